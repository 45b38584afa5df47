"""Write files atomically: a reader sees the old bytes or the new bytes, never a mixture.

The files are written to a folder aside, flushed to the disk together (which costs little more than flushing one)
and then renamed in the order of ``put``. So a file can be put after the files that it links to.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from tracker.publishing import below
from tracker.publishing.below import FILE_MODE, Below, Content, Named

_FLUSHES = 4
"""The files that are flushed at a time, so that the disk can write their journal entries together."""

MOST_ASIDE = 500
"""The most files that wait aside before they are put in place."""


class AtomicFiles:
    """Writes files below a folder, in a ``with`` statement. At the end of the statement all files are in place. If
    it ends in an error, the files that still wait aside are removed.

    ``aside`` is a folder on the same disk, for this use only: leftover files of a killed process are removed from
    it. ``before`` is called before files are put in place. ``placed`` are the stamps of the files in place, by
    path. No symbolic link below the folders of ``folder`` and ``aside`` is followed.
    """

    def __init__(self, folder: str, aside: str, before: Callable[[], None] = lambda: None) -> None:
        self.folder = folder
        self.aside = aside
        self.before = before
        self.placed: dict[str, str] = {}
        self._below = Below(folder)
        self._beside, self._name = Below(os.path.dirname(aside)), os.path.basename(aside)
        self._waiting: list[str] = []

    def put(self, path: str, data: Content) -> bool:
        """Write the content to a path below the folder, unless the file has it already. Returns whether it writes.
        Raises InTheWay, before any waiting file is in place, if something else than a file has the path."""
        if self._below.has(path, data):
            return False
        name = str(len(self._waiting))
        self._waiting.append(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with self._named(name), open(os.open(name, flags, FILE_MODE, dir_fd=self._folder), "wb") as file:
            os.fchmod(file.fileno(), FILE_MODE)
            file.writelines([data] if isinstance(data, bytes) else data)
        if len(self._waiting) == MOST_ASIDE:
            self.place()
        return True

    def place(self) -> None:
        """Flush the files that wait aside and put them in place."""
        if not self._waiting:
            return
        names = [str(number) for number in range(len(self._waiting))]
        with ThreadPoolExecutor(_FLUSHES) as threads:
            stamps = list(threads.map(self._flush, names))
        self.before()
        for name, path, stamp in zip(names, self._waiting, stamps, strict=True):
            self._below.place(path, self._folder, name)
            self.placed[path] = stamp
        self._waiting = []

    def _flush(self, name: str) -> str:
        """Flush a file aside. Returns its stamp, which it keeps when it is renamed."""
        with self._named(name):
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=self._folder)
            try:
                os.fsync(descriptor)
                return below.stamp_of(os.fstat(descriptor))
            finally:
                os.close(descriptor)

    def _named(self, name: str) -> Named:
        return Named(self._beside, f"{self._name}/{name}")

    def __enter__(self) -> AtomicFiles:
        with self._beside:
            self._folder = self._beside.open_empty(self._name)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        try:
            if kind is None:
                self.place()
        finally:
            os.close(self._folder)
            self._below.close()
            with self._beside:
                self._beside.remove_folder(self._name)


def stamp(path: str) -> str:
    """The file's stamp: inode, size and mtime. It changes when the file changes. Empty if there is no file."""
    try:
        return below.stamp_of(os.stat(path))
    except FileNotFoundError:
        return ""
