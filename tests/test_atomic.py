"""A file is replaced as a whole, durably, and a failure leaves nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tracker import atomic


def test_a_file_is_replaced(tmp_path: Path) -> None:
    """A reader that has the old file open goes on with the old bytes."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with path.open("rb") as reader:
        atomic.replace(str(path), b"new")
        assert (reader.read(), path.read_bytes()) == (b"old", b"new")
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the current folder too."""
    monkeypatch.chdir(tmp_path)
    atomic.replace("file", b"new", 0o640)
    assert (Path("file").read_bytes(), Path("file").stat().st_mode & 0o7777) == (b"new", 0o640)


def test_bytes_and_names_are_flushed_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    flush, rename = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda each: (done.append(os.readlink(f"/proc/self/fd/{each}")), flush(each)))
    monkeypatch.setattr(os, "replace", lambda old, new: (done.append("renamed"), rename(old, new)))
    atomic.replace(str(tmp_path / "file"), b"new")
    assert done == [f"{tmp_path}/file.{os.getpid()}.new", "renamed", str(tmp_path)]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fails(*values: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(OSError, match="No space"):
        atomic.replace(str(path), b"new")
    assert (os.listdir(tmp_path), path.read_bytes()) == (["file"], b"old")


def test_what_a_killed_process_of_the_same_number_left_is_overwritten(tmp_path: Path) -> None:
    """Numbers come again, in a container soon. A symbolic link is not followed."""
    other = tmp_path / "other"
    other.write_bytes(b"untouched")
    left = tmp_path / f"file.{os.getpid()}.new"
    left.symlink_to(other)
    atomic.replace(str(tmp_path / "file"), b"new")
    assert sorted(os.listdir(tmp_path)) == ["file", "other"]
    assert (other.read_bytes(), (tmp_path / "file").is_symlink()) == (b"untouched", False)


def test_what_is_created_was_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        atomic.create(str(tmp_path / "file"), b"new")
    assert not (tmp_path / "nowhere").exists()
