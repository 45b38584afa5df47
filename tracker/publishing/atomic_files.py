"""Files put in place so that whoever reads them sees the whole of the old or the whole of the new.

They are written aside, flushed to the disk together (which costs little more than flushing one) and then renamed
in the order in which they came: what others lead to is there before them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from types import TracebackType

from tracker import atomic

MOST_ASIDE = 500
"""Files that are aside at a time."""


class AtomicFiles:
    """Puts files below a folder. Used in a ``with`` statement: they are in place at its end, and where it ends in
    an error, those that were not yet are not there at all.

    ``aside`` is a folder on the same disk, for this alone: what somebody who was killed left in it is removed.
    ``before`` is called before any file is put in place.
    """

    def __init__(self, folder: str, aside: str, before: Callable[[], None] = lambda: None) -> None:
        self.folder = folder
        self.aside = aside
        self.before = before
        self._aside: list[tuple[str, str]] = []
        self._made: set[str] = set()

    def put(self, path: str, data: bytes) -> bool:
        """Puts the bytes there, if they are not there already; says whether it has to. ``path`` is below the
        folder."""
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
        """Puts in place what is aside."""
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
    """What is another when the file is; empty where it is gone."""
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return ""
    return f"{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}"


def read(path: str) -> bytes:
    """What is published there; nothing where nothing is."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
