"""Write files atomically: a reader sees the old bytes or the new bytes, never a mixture.

The files are written to a folder aside, flushed to the disk together (which costs little more than flushing one)
and then renamed in the order of ``put``. So a file can be put after the files that it links to.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from types import TracebackType

from tracker import atomic

MOST_ASIDE = 500
"""The most files that wait aside before they are put in place."""


class AtomicFiles:
    """Writes files below a folder, in a ``with`` statement. At the end of the statement all files are in place. If
    it ends in an error, the files that still wait aside are removed.

    ``aside`` is a folder on the same disk, for this use only: leftover files of a killed process are removed from
    it. ``before`` is called before files are put in place.
    """

    def __init__(self, folder: str, aside: str, before: Callable[[], None] = lambda: None) -> None:
        self.folder = folder
        self.aside = aside
        self.before = before
        self._aside: list[tuple[str, str]] = []
        self._made: set[str] = set()

    def put(self, path: str, data: bytes) -> bool:
        """Write the bytes to a path below the folder, unless the file has them already. Returns whether it
        writes."""
        place = os.path.join(self.folder, path)
        if _has(place, data):
            return False
        parent = os.path.dirname(place)
        if parent not in self._made:
            os.makedirs(parent, exist_ok=True)
            self._made.add(parent)
        aside = os.path.join(self.aside, str(len(self._aside)))
        self._aside.append((aside, place))
        with open(aside, "wb") as file:
            file.write(data)
        if len(self._aside) == MOST_ASIDE:
            self.place()
        return True

    def place(self) -> None:
        """Flush the files that wait aside and put them in place."""
        for aside, _ in self._aside:
            atomic.flush(aside)
        if self._aside:
            self.before()
        for aside, place in self._aside:
            os.replace(aside, place)
        self._aside = []

    def __enter__(self) -> AtomicFiles:
        shutil.rmtree(self.aside, ignore_errors=True)
        os.makedirs(self.aside)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        try:
            if kind is None:
                self.place()
        finally:
            shutil.rmtree(self.aside, ignore_errors=True)


def _has(path: str, data: bytes) -> bool:
    try:
        if os.stat(path).st_size != len(data):
            return False
        with open(path, "rb") as file:
            return file.read() == data
    except FileNotFoundError:
        return False


def stamp(path: str) -> str:
    """The file's stamp: inode, size and mtime. It changes when the file changes. Empty if there is no file."""
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return ""
    return f"{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}"


def read(path: str) -> bytes:
    """Return the bytes of a file, or none if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
