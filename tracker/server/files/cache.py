"""The files of a folder in memory, as far as they are asked for, each whole and as it is on the disk.

A file is looked at again after a second, and read anew where it is another. Nothing outside the folder is
reached: no symbolic link is followed. What was asked for last stays; a file that is too large is read from the
disk in parts.
"""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import blake2b
from math import inf

from tracker.server.files import representations
from tracker.server.files.representations import FileVersion, PublicAddress

TRUSTED = 1.0
"""Seconds for which a file is not looked at again."""

MOST = 256 * 1024 * 1024
"""Bytes of all files in memory."""

MOST_EACH = 4 * 1024 * 1024
"""Bytes of one file in memory."""

OVERHEAD = 2_000
"""Bytes that a file takes besides its own."""

_CHUNK = 1024 * 1024

Stamp = tuple[int, ...]
"""What is another when a file is."""


class OnDisk:
    """An open file. Placed anew it stays what it was, to whoever has this."""

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor = descriptor
        self.size = size

    def read(self, start: int, size: int) -> bytes:
        """So many bytes of it; fewer where somebody has cut it short."""
        return os.pread(self.descriptor, size, start)

    def __del__(self) -> None:
        os.close(self.descriptor)


class CachedFile:
    """A file in memory. ``until`` is when it is to be looked at again, by the clock of the event loop."""

    __slots__ = ("path", "stamp", "until", "version")

    def __init__(self, path: str, stamp: Stamp, version: FileVersion) -> None:
        self.path = path
        self.stamp = stamp
        self.version = version
        self.until = 0.0

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return self.version.in_memory + OVERHEAD


class FileCache:
    """``place`` says where the site is served, ``now`` the time in seconds since 1970.

    All but ``load`` and ``in`` belong to the event loop; those may be called in any thread.
    """

    def __init__(
        self,
        folder: str,
        place: Callable[[], PublicAddress],
        now: Callable[[], float],
        own: Mapping[str, bytes] = {},
        *,
        most: int = MOST,
    ) -> None:
        self.folder = folder
        self.place = place
        self.now = now
        self.most = most
        self._own = {path: _lasting(path, data, place()) for path, data in own.items()}
        self.drops = 0
        self._entries: OrderedDict[str, CachedFile] = OrderedDict()
        self._size = 0

    def __contains__(self, path: str) -> bool:
        return path in self._entries

    def paths(self) -> list[str]:
        """Those that are in memory."""
        return list(self._entries)

    def find(self, path: str, now: float) -> CachedFile | None:
        """The file, if it is in memory and what it is on the disk; ``now`` is by the clock of the event loop."""
        entry = self._own.get(path) or self._entries.get(path)
        return entry if entry and (now < entry.until or self.confirm(entry, now)) else None

    def confirm(self, entry: CachedFile, now: float) -> bool:
        """Whether what was found is still the file; then it is for another second."""
        if self._entries.get(entry.path) is not entry or entry.version.modified is None:
            return False
        if self._stamp(entry.path) != entry.stamp:
            return False
        entry.until = now + TRUSTED
        self._entries.move_to_end(entry.path)
        return True

    def put(self, entry: CachedFile, now: float) -> None:
        """Keeps what was loaded in the place of what there was."""
        self.drop(entry.path)
        if self._stamp(entry.path) == entry.stamp:  # else it was placed anew while it was read
            entry.until = now + TRUSTED
        self._entries[entry.path] = entry
        self._size += entry.size
        while self._size > self.most and len(self._entries) > 1:
            self.drop(next(iter(self._entries)))

    def doubt(self) -> None:
        """Has every file looked at again before it is served."""
        for entry in self._entries.values():
            entry.until = 0.0

    def drop(self, path: str) -> None:
        """Removes a file from memory."""
        entry = self._entries.pop(path, None)
        if entry is None:
            return
        entry.until = 0.0
        self.drops += 1
        self._size -= entry.size

    def load(self, path: str) -> CachedFile | None:
        """The file as it is on the disk; None where there is none, or none that may be served."""
        try:
            descriptor = _opened(self.folder, path)
        except (OSError, ValueError):  # ValueError: a name that no file system has
            return None
        found = os.fstat(descriptor)
        stored = OnDisk(descriptor, found.st_size)
        if not stat.S_ISREG(found.st_mode):
            return None
        modified = self._modified(found.st_mtime)
        if found.st_size > MOST_EACH:
            version = representations.of_stored(path, stored, _digest(stored), modified, self.place())
        else:
            version = representations.version(path, _read(stored), modified, self.place())
        return CachedFile(path, _of(found), version)

    def _stamp(self, path: str) -> Stamp | None:
        try:
            return _of(os.lstat(os.path.join(self.folder, path)))
        except OSError:
            return None

    def _modified(self, mtime: float) -> int | None:
        """The second by which it was there. Before that is over there may be another version of it, with the
        same."""
        second = int(mtime) + 1
        return second if second <= self.now() else None


def _lasting(path: str, data: bytes, place: PublicAddress) -> CachedFile:
    entry = CachedFile(path, (), representations.version(path, data, None, place))
    entry.until = inf
    return entry


def _opened(folder: str, path: str) -> int:
    """A descriptor of the file. Symbolic links on the way from the folder are not followed, nor is a pipe
    waited for."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    at = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    *parents, name = path.split("/")
    try:
        for parent in parents:
            below = os.open(parent, flags | os.O_DIRECTORY, dir_fd=at)
            os.close(at)
            at = below
        return os.open(name, flags, dir_fd=at)
    finally:
        os.close(at)


def _read(stored: OnDisk) -> bytes:
    """All of it, even of what has grown."""
    data = bytearray()
    while chunk := stored.read(len(data), _CHUNK):
        data += chunk
    return bytes(data)


def _digest(stored: OnDisk) -> str:
    digest = blake2b(digest_size=12)
    for start in range(0, stored.size, _CHUNK):
        digest.update(stored.read(start, min(_CHUNK, stored.size - start)))
    return digest.hexdigest()


def _of(found: os.stat_result) -> Stamp:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
