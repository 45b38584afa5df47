"""Files are in place at once, in their order, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
    monkeypatch.setattr(os, "replace", lambda old, new: (done.append(os.path.basename(new)), rename(old, new)))
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
    with pytest.raises(OSError, match="directory"):
        interrupted(tmp_path)
    assert "a" not in names(tmp_path)


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
