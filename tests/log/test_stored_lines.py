"""The lines of a large file are those of a small one, and are read when they are needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import CorruptLog
from tracker.log import stored_lines
from tracker.log.stored_lines import StoredLines


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stored") / "story.jsonl"


@pytest.fixture(autouse=True, scope="module")
def small_chunks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored_lines, "_CHUNK", 7)
        yield


def stored(path: Path, data: bytes) -> StoredLines:
    path.write_bytes(data)
    with path.open("rb") as file:
        return StoredLines(file.fileno(), len(data), str(path))


@given(st.binary(max_size=40).map(lambda data: data.replace(b"\0", b"\n")), st.slices(12))
def test_they_are_the_lines_of_the_file(path: Path, data: bytes, place: slice) -> None:
    """Split at LF only, without an unfinished last line, also in chunks that are shorter than a line."""
    lines = [line + b"\n" for line in data.split(b"\n")[:-1]]
    found, forward = stored(path, data), slice(place.start, place.stop)
    assert list(found) == lines
    assert [found[index] for index in range(-len(lines), len(lines))] == lines + lines
    assert list(found[forward]) == lines[forward]
    assert list(found[forward][1:]) == lines[forward][1:]
    assert found.size == len(b"".join(lines))
    assert found[forward].size == len(b"".join(lines[forward]))


def test_a_file_in_its_place_changes_nothing(path: Path) -> None:
    """As after a removal of a text, which replaces the file, and after an append."""
    lines = stored(path, b"one\ntwo\n")
    with path.open("ab") as file:
        file.write(b"three\n")
    other = path.with_name("other")
    other.write_bytes(b"another\n")
    os.replace(other, path)
    assert list(lines) == [b"one\n", b"two\n"]


@pytest.mark.parametrize("data", [b"one\nTWO\n", b"one\n", b""], ids=["changed", "shorter", "empty"])
def test_a_file_that_is_written_over_is_refused(path: Path, data: bytes) -> None:
    """No mixture of what was there and what is there now is read."""
    stored(path, b"one\ntwo\n")
    os.utime(path, ns=(1, 1))  # the clock of files has ticks
    with path.open("rb") as file:
        lines = StoredLines(file.fileno(), 8, str(path))
    path.write_bytes(data)
    with pytest.raises(CorruptLog, match=r"story\.jsonl: was written over by another program"):
        list(lines)
