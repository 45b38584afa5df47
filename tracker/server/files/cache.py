"""A cache of the files of a folder: each requested file, complete and in its current version.

After a second the cache checks a file again, and reads it again if it has changed. It never leaves the folder: it
follows no symbolic link. It drops the files that were requested least recently. It does not keep a large file in
memory, but reads it from disk in parts.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import blake2b
from math import inf

from tracker.errors import InTheWay
from tracker.publishing.below import Below
from tracker.server.files import representations
from tracker.server.files.representations import FileVersion, PublicAddress

TRUSTED = 1.0
"""Seconds after which the cache checks whether a file has changed."""

MOST = 256 * 1024 * 1024
"""Most bytes of all files in memory."""

MOST_EACH = 4 * 1024 * 1024
"""Most bytes of one file in memory."""

OVERHEAD = 2_000
"""Bytes that a cached file takes besides its body."""

OPEN = MOST // 32
"""Bytes that a file on disk counts as, so that the cache has at most 32 of them open: the process may have only so
many open files."""

_CHUNK = 1024 * 1024

Stamp = tuple[int, ...]
"""Device, inode, size and mtime of a file: a new version has another stamp."""


class OnDisk:
    """An open file. If the file is replaced on disk, this object still reads the old version."""

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor = descriptor
        self.size = size

    def read(self, start: int, size: int) -> bytes:
        """Returns ``size`` bytes from ``start`` on; fewer if another process has truncated the file."""
        return os.pread(self.descriptor, size, start)

    def __del__(self) -> None:
        os.close(self.descriptor)


class CachedFile:
    """A cached file. ``until`` is the time of its next check, by the clock of the event loop."""

    __slots__ = ("path", "stamp", "until", "version")

    def __init__(self, path: str, stamp: Stamp, version: FileVersion) -> None:
        self.path = path
        self.stamp = stamp
        self.version = version
        self.until = 0.0

    @property
    def size(self) -> int:
        """The number of bytes that it counts as."""
        return (OPEN if isinstance(self.version.plain.body, OnDisk) else self.version.in_memory) + OVERHEAD


class FileCache:
    """The cached files by path. ``place`` returns the address of the site, ``now`` the time in seconds since 1970,
    ``own`` has files that are not in the folder and never change.

    Any thread may call ``load`` and use ``in``. Only the event loop may call the other methods.
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
        self._own = {path: _permanent(path, data, place()) for path, data in own.items()}
        self.drops = 0
        self._entries: OrderedDict[str, CachedFile] = OrderedDict()
        self._size = 0

    def __contains__(self, path: str) -> bool:
        return path in self._entries

    def paths(self) -> list[str]:
        """Returns the paths of the cached files."""
        return list(self._entries)

    def find(self, path: str, now: float) -> CachedFile | None:
        """Returns the cached file if it is current, or None. ``now`` is by the clock of the event loop."""
        entry = self._own.get(path) or self._entries.get(path)
        return entry if entry and (now < entry.until or self.confirm(entry, now)) else None

    def confirm(self, entry: CachedFile, now: float) -> bool:
        """Returns whether the file on disk is unchanged. If so, the cache trusts the entry for another second."""
        if self._entries.get(entry.path) is not entry or entry.version.modified is None:
            return False
        if self._stamp(entry.path) != entry.stamp:
            return False
        entry.until = now + TRUSTED
        self._entries.move_to_end(entry.path)
        return True

    def put(self, entry: CachedFile, now: float) -> None:
        """Caches a loaded file, in place of its old version."""
        self.drop(entry.path)
        if self._stamp(entry.path) == entry.stamp:  # otherwise it was replaced during the read
            entry.until = now + TRUSTED
        self._entries[entry.path] = entry
        self._size += entry.size
        while self._size > self.most and len(self._entries) > 1:
            self.drop(next(iter(self._entries)))

    def doubt(self) -> None:
        """Marks every file as due for a check."""
        for entry in self._entries.values():
            entry.until = 0.0

    def drop(self, path: str) -> None:
        """Removes a file from the cache."""
        entry = self._entries.pop(path, None)
        if entry is None:
            return
        entry.until = 0.0
        self.drops += 1
        self._size -= entry.size

    def load(self, path: str) -> CachedFile | None:
        """Returns the file on disk, or None if there is none that the server may serve."""
        try:
            with Below(self.folder) as below:
                descriptor = below.open_file(path)
        except (OSError, InTheWay, ValueError):  # ValueError: a name that no file system allows
            return None
        found = os.fstat(descriptor)
        stored = OnDisk(descriptor, found.st_size)
        modified = self._modified(found.st_mtime)
        if found.st_size > MOST_EACH:
            version = representations.of_stored(path, stored, _digest(stored), modified, self.place())
        else:
            version = representations.version(path, _read(stored), modified, self.place())
        return CachedFile(path, _stamp_of(found), version)

    def _stamp(self, path: str) -> Stamp | None:
        try:
            return _stamp_of(os.lstat(os.path.join(self.folder, path)))
        except OSError:
            return None

    def _modified(self, mtime: float) -> int | None:
        """Returns the mtime rounded up to a full second, or None if that is in the future: another version could
        still follow in the same second."""
        second = int(mtime) + 1
        return second if second <= self.now() else None


def _permanent(path: str, data: bytes, place: PublicAddress) -> CachedFile:
    entry = CachedFile(path, (), representations.version(path, data, None, place))
    entry.until = inf
    return entry


def _read(stored: OnDisk) -> bytes:
    """Returns all bytes of a file, also if it has grown since."""
    data = bytearray()
    while chunk := stored.read(len(data), _CHUNK):
        data += chunk
    return bytes(data)


def _digest(stored: OnDisk) -> str:
    digest = blake2b(digest_size=12)
    for start in range(0, stored.size, _CHUNK):
        digest.update(stored.read(start, min(_CHUNK, stored.size - start)))
    return digest.hexdigest()


def _stamp_of(found: os.stat_result) -> Stamp:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
