"""Files below a folder are read without leaving it, and without waiting."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tracker.errors import InTheWay
from tracker.publishing import below
from tracker.publishing.below import Below


def bind(path: Path) -> None:
    os.chdir(path.parent)  # the path of a socket has at most 108 bytes
    with socket.socket(socket.AF_UNIX) as each:
        each.bind(path.name)


OTHERS: dict[str, Callable[[Path], object]] = {
    "symbolic link": lambda path: path.symlink_to("../outside/file"),
    "FIFO": os.mkfifo,
    "socket": bind,
    "folder": Path.mkdir,
}
"""How to make something that is no file, by kind."""


@pytest.fixture
def feeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, next to one outside of it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feeds/stories").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_bytes(b"precious")
    return tmp_path / "feeds"


@pytest.mark.parametrize("kind", OTHERS)
def test_only_a_file_is_read(feeds: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """A reader that cannot do without it gets its path and its kind."""
    OTHERS[kind](feeds / "a")
    monkeypatch.chdir(feeds.parent)
    assert (below.read(str(feeds), "a"), below.stamp(str(feeds), "a")) == (b"", "")
    with pytest.raises(InTheWay, match=f"^feeds/a: a {kind} is in the way of a file.*Remove it or move it away"):
        below.load(str(feeds), "a")


def test_a_linked_folder_is_not_entered(feeds: Path) -> None:
    (feeds / "stories/a").symlink_to("../../outside")
    with Below(str(feeds)) as published:
        assert (published.read("stories/a/file"), published.stamp("stories/a/file")) == (b"", "")
        assert published.names("stories/a") == []
        for act in (published.load, published.remove, published.open_file):
            with pytest.raises(InTheWay, match=r"^feeds/stories/a: a symbolic link is in the way of a folder"):
                act("stories/a/file")
    assert (feeds.parent / "outside/file").read_bytes() == b"precious"


def test_no_path_leads_out(feeds: Path) -> None:
    assert below.load(str(feeds), "../outside/file") is None
    assert below.load(str(feeds), "stories/../../outside/file") is None


def test_the_folder_itself_may_be_a_link(feeds: Path) -> None:
    (feeds.parent / "link").symlink_to("outside")
    assert below.load("link", "file") == b"precious"
    assert below.load("nowhere", "file") is None


def test_a_file_is_read_in_any_order_of_folders(feeds: Path) -> None:
    """Each is read from its own folder, also after a look into another."""
    for path in ("1", "a/1", "a/b/1", "a/c/1", "d/1"):
        (feeds / path).parent.mkdir(exist_ok=True)
        (feeds / path).write_text(path)
    with Below(str(feeds)) as published:
        for path in ("a/b/1", "a/c/1", "1", "d/1", "a/1", "a/b/1", "none/1", "d/1", "a/none", "a/1"):
            assert published.read(path).decode() == ("" if "none" in path else path)


def test_a_file_is_removed_with_its_empty_folder(feeds: Path) -> None:
    for path in ("stories/a/1", "stories/a/2"):
        (feeds / path).parent.mkdir(exist_ok=True)
        (feeds / path).write_text(path)
    with Below(str(feeds)) as published:
        published.remove("stories/a/1")
        assert os.listdir(feeds / "stories") == ["a"]
        published.remove("stories/a/2")
        assert os.listdir(feeds / "stories") == []
        with pytest.raises(FileNotFoundError):
            published.remove("stories/a/2")


def test_no_descriptor_is_left_open(feeds: Path) -> None:
    os.mkfifo(feeds / "stories/fifo")
    before = os.listdir("/proc/self/fd")
    for path in ("stories/fifo", "stories/none", "stories/fifo/x", "stories"):
        below.read(str(feeds), path)
    assert os.listdir("/proc/self/fd") == before


def test_folders_on_one_disk(feeds: Path) -> None:
    assert below.can_rename(str(feeds), str(feeds.parent))
    assert not below.can_rename(str(feeds), "/proc")
