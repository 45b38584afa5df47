"""Files are in place at once, in their order, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tracker.errors import InTheWay
from tracker.publishing import atomic_files
from tracker.publishing.atomic_files import AtomicFiles


def placed(folder: Path) -> AtomicFiles:
    return AtomicFiles(str(folder), f"{folder}-aside")


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_are_in_place_at_the_end(tmp_path: Path) -> None:
    """Until then readers see what was there."""
    (tmp_path / "a").write_bytes(b"old")
    with placed(tmp_path) as files:
        assert files.put("a", b"new")
        assert files.put("b/c", b"more")
        assert (tmp_path / "a").read_bytes() == b"old"
    assert (tmp_path / "a").read_bytes() == b"new"
    assert names(tmp_path) == ["a", "b/c"]


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"same")
    before = (tmp_path / "a").stat()
    with placed(tmp_path) as files:
        assert not files.put("a", b"same")
        assert files.put("b", b"same")
    assert (tmp_path / "a").stat().st_ino == before.st_ino


def interrupted(folder: Path, error: Exception | None = None) -> None:
    with placed(folder) as files:
        files.put("a", b"new")
        files.put("b", b"new")
        if error:
            raise error


def test_an_error_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    stopped = ValueError("on the way")
    with pytest.raises(ValueError, match="on the way"):
        interrupted(tmp_path, stopped)
    assert (names(tmp_path), (tmp_path / "a").read_bytes()) == (["a"], b"old")


def test_they_are_renamed_in_their_order_after_all_are_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is what a power cut may not undo."""
    done: list[str] = []
    flush, rename = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (done.append("flushed"), flush(descriptor)))
    monkeypatch.setattr(os, "replace", lambda old, new, **at: (done.append(new), rename(old, new, **at)))
    with placed(tmp_path) as files:
        for name in ("z", "a", "m"):
            files.put(name, b"data")
    assert done == ["flushed"] * 3 + ["z", "a", "m"]


def test_many_files_are_placed_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site of any size needs only so much room aside."""
    monkeypatch.setattr(atomic_files, "MOST_ASIDE", 2)
    with placed(tmp_path) as files:
        files.put("a", b"1")
        files.put("b", b"2")
        assert names(tmp_path) == ["a", "b"]
        files.put("c", b"3")
        assert names(tmp_path) == ["a", "b"]
    assert names(tmp_path) == ["a", "b", "c"]


def test_a_file_that_cannot_be_placed_stops_it(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(InTheWay, match="a: a folder is in the way of a file"):
        interrupted(tmp_path)
    assert names(tmp_path) == []


def test_what_somebody_left_aside_is_removed(tmp_path: Path) -> None:
    """They were killed; what they had written may be a text that is removed by now."""
    left = tmp_path.with_name(f"{tmp_path.name}-aside") / "17"
    left.parent.mkdir()
    left.write_bytes(b"a secret")
    with placed(tmp_path):
        assert not left.exists()
    assert not left.parent.exists()


def test_somebody_is_told_before_anything_is_in_place(tmp_path: Path) -> None:
    seen: list[list[str]] = []
    with AtomicFiles(str(tmp_path), f"{tmp_path}-aside", lambda: seen.append(names(tmp_path))) as files:
        files.put("a", b"data")
    with AtomicFiles(str(tmp_path), f"{tmp_path}-aside", lambda: seen.append(names(tmp_path))) as files:
        files.put("a", b"data")
    assert seen == [[]]


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o7777 for path in folder.rglob("*")}


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o137])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_every_user_may_read_them(tmp_path: Path, umask: int) -> None:
    """Whatever the umask."""
    with placed(tmp_path) as files:
        files.put("a", b"data")
        files.put("b/c/d", b"data")
    assert modes(tmp_path) == {"a": 0o644, "b": 0o755, "b/c": 0o755, "b/c/d": 0o644}


def test_modes_are_repaired(tmp_path: Path) -> None:
    """Also of files that have their bytes. The file stays the same one."""
    (tmp_path / "b").mkdir(mode=0o700)
    (tmp_path / "b/c").write_bytes(b"data")
    (tmp_path / "b/c").chmod(0o600)
    before = (tmp_path / "b/c").stat().st_ino
    with placed(tmp_path) as files:
        assert not files.put("b/c", b"data")
    assert modes(tmp_path) == {"b": 0o755, "b/c": 0o644}
    assert (tmp_path / "b/c").stat().st_ino == before


def test_a_group_that_may_write_the_folder_may_write_new_folders_in_it(tmp_path: Path) -> None:
    """So several accounts can publish one desk."""
    tmp_path.chmod(0o775)
    with placed(tmp_path) as files:
        files.put("a/b/c", b"data")
    assert modes(tmp_path) == {"a": 0o775, "a/b": 0o775, "a/b/c": 0o644}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Neither as a file nor as a folder; and nothing is in place, before or after it."""
    feeds, outside = tmp_path / "feeds", tmp_path / "outside"
    for folder in (feeds, outside):
        folder.mkdir()
    (outside / "file").write_bytes(b"data")
    (feeds / "link").symlink_to(outside / "file")
    (feeds / "folder").symlink_to(outside)
    for path in ("link", "folder/file", "folder/other/file"):
        with pytest.raises(InTheWay, match="a symbolic link is in the way"):
            interrupted_by(feeds, path)
        assert names(outside) == ["file"]
        assert sorted(os.listdir(feeds)) == ["folder", "link"]


def interrupted_by(folder: Path, path: str) -> None:
    with placed(folder) as files:
        files.put("before", b"data")
        files.put(path, b"data")


def test_a_link_that_comes_later_is_replaced(tmp_path: Path) -> None:
    """Between the look and the rename. What it leads to stays as it is."""
    other = tmp_path.with_name(f"{tmp_path.name}-other")
    other.write_bytes(b"precious")
    with placed(tmp_path) as files:
        files.put("a", b"data")
        (tmp_path / "a").symlink_to(other)
    assert ((tmp_path / "a").read_bytes(), other.read_bytes()) == (b"data", b"precious")


@pytest.mark.parametrize("make", [os.mkfifo, Path.touch, lambda path: path.symlink_to("/tmp")])
def test_what_is_no_folder_aside_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    aside = tmp_path.with_name(f"{tmp_path.name}-aside")
    make(aside)
    with pytest.raises(InTheWay, match=r"-aside: a .* is in the way of a folder"), placed(tmp_path):
        pass
    assert names(tmp_path) == []
