"""The lines of a large file, which are read when they are needed."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Sequence
from typing import overload

from tracker.errors import CorruptLog

_CHUNK = 1 << 20


class StoredLines(Sequence[bytes]):
    """The whole lines that a file had when this was made, each with its LF. The memory holds where each line ends,
    and no text. A file that is put in the place of this one changes nothing.

    Attributes: ``size`` is the number of bytes of all these lines. A slice is again of stored lines.
    """

    def __init__(self, descriptor: int, size: int, path: str) -> None:
        """Take the first ``size`` bytes of an open file. The descriptor still belongs to the caller. ``path`` is
        the file's, for errors: reading lines raises CorruptLog if another program changed them."""
        self._file = _File(os.dup(descriptor), path)
        self._ends = array("Q", [0])
        for start in range(0, size, _CHUNK):
            chunk = self._file.read(start, min(start + _CHUNK, size))
            at = 0
            while at := chunk.find(b"\n", at) + 1:
                self._ends.append(start + at)

    @property
    def size(self) -> int:
        return self._ends[-1] - self._ends[0]

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __iter__(self) -> Iterator[bytes]:
        start = first = self._ends[0]
        chunk = b""
        for number in range(1, len(self._ends)):
            end = self._ends[number]
            if end - first > len(chunk):
                first, chunk = start, self._file.read(start, max(end, min(start + _CHUNK, self._ends[-1])))
            yield chunk[start - first : end - first]
            start = end

    @overload
    def __getitem__(self, place: int) -> bytes: ...
    @overload
    def __getitem__(self, place: slice) -> StoredLines: ...
    def __getitem__(self, place: int | slice) -> bytes | StoredLines:
        numbers = range(len(self))[place]
        if isinstance(numbers, int):
            return self._file.read(self._ends[numbers], self._ends[numbers + 1])
        some = StoredLines.__new__(StoredLines)
        some._file = self._file
        some._ends = self._ends[numbers.start : numbers.start + len(numbers) + 1]
        return some


class _File:
    """An open file, which is closed when it is needed no more. Its bytes do not change, but it may grow."""

    def __init__(self, descriptor: int, path: str) -> None:
        self._descriptor, self._path = descriptor, path
        self._size, self._changed = self._facts()

    def __del__(self) -> None:
        os.close(self._descriptor)

    def read(self, start: int, end: int) -> bytes:
        """The bytes from ``start`` to ``end``. Raises CorruptLog if the file was written over. An append changes
        its size and its time; a change of the time alone shows that bytes were replaced."""
        data = os.pread(self._descriptor, end - start, start)
        size, changed = self._facts()
        if len(data) < end - start or (size == self._size and changed != self._changed):
            place = os.path.relpath(self._path)
            raise CorruptLog(f"{place}: was written over by another program while it was read; try again")
        return data

    def _facts(self) -> tuple[int, int]:
        facts = os.fstat(self._descriptor)
        return facts.st_size, facts.st_mtime_ns
