"""Read, place and remove the files below a folder, such as ``feeds/``, and never leave it.

::

    feeds/ ──open──▶ stories ──open, no link──▶ tiktok-openai ──▶ index.html: a regular file, or InTheWay

Each folder is opened by its name in the folder above it, so no symbolic link below the first folder is followed.
The first folder itself may be a link or a mount. Only regular files are opened, so tracker waits for no FIFO and
reads no device.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from tracker.errors import CorruptLog, InTheWay
from tracker.log.files import lines_in
from tracker.log.scratch import kind_of

FILE_MODE, FOLDER_MODE = 0o644, 0o755
"""The permissions of published files and folders, whatever the umask: a web server of another user reads them."""

_READERS, _GROUP_WRITES = 0o055, 0o020

_FIRST = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY
_FOLDER = _FIRST | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


Content = bytes | Iterable[bytes]
"""The bytes of a file, or the lines of one that may be too large for the memory."""


class Below:
    """The files below a folder. Their paths are relative to it, with slashes.

    It keeps the folders of the last path open, so that the next path in the same folder costs no lookup. Close it
    at the end, best with a ``with`` statement. Methods raise InTheWay if something else than a file has the path,
    or something else than a folder is on the way to it, and OSError with the whole path.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._opened: list[tuple[str, int]] = []
        self._names: list[str] | None = None

    def __enter__(self) -> Below:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._close_from(0)

    def open_file(self, path: str) -> int:
        """Return a new descriptor of a file, for reading. Raises FileNotFoundError if there is none."""
        at, name = self._parent(path)
        with Named(self, path):
            found = os.stat(name, dir_fd=at, follow_symlinks=False)
            self._check_file(path, found)  # before it is opened: some devices act on that
            descriptor = os.open(name, _FILE, dir_fd=at)
        try:
            self._check_file(path, os.fstat(descriptor))
        except InTheWay:
            os.close(descriptor)
            raise
        return descriptor

    def load(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None if there is none."""
        try:
            descriptor = self.open_file(path)
        except FileNotFoundError:
            return None
        with Named(self, path), open(descriptor, "rb") as file:
            return file.read()

    def read(self, path: str) -> bytes:
        """Return the bytes of a file, or none if it cannot be read. Raises nothing."""
        try:
            return self.load(path) or b""
        except (OSError, InTheWay):
            return b""

    def lines(self, path: str) -> Sequence[bytes]:
        """Return the lines of a file, or none if it cannot be read. Raises nothing."""
        try:
            with open(self.open_file(path), "rb") as file:
                lines, rest = lines_in(file.fileno(), os.path.join(self.folder, path))
        except (OSError, InTheWay, CorruptLog):
            return []
        return [*lines, rest] if rest else lines

    def stamp(self, path: str) -> str:
        """Return the file's stamp: inode, size and mtime. It changes when the file changes. Empty if there is no
        file. Raises nothing."""
        try:
            found = self._status(path)
        except (OSError, InTheWay):
            return ""
        return stamp_of(found) if found else ""

    def names(self, path: str) -> list[str]:
        """Return the names in a folder. There are none if it is no folder or cannot be read. Raises nothing."""
        try:
            return os.listdir(self._folder(path.split("/")))
        except (OSError, InTheWay):
            return []

    def reads(self, path: str, data: Content) -> bool:
        """Whether a file has this content. Raises nothing."""
        try:
            with open(self.open_file(path), "rb") as file:
                return _is_same(file, data)
        except (OSError, InTheWay):
            return False

    def has(self, path: str, data: Content) -> bool:
        """Whether a file has this content. If so, it has ``FILE_MODE`` from now on. Makes the folders on the way
        to it."""
        self._parent(path, make=True)
        try:
            descriptor = self.open_file(path)
        except (FileNotFoundError, PermissionError):
            return False
        with Named(self, path), open(descriptor, "rb") as file:
            if not _is_same(file, data):
                return False
            if stat.S_IMODE(os.fstat(descriptor).st_mode) != FILE_MODE:
                try:
                    os.fchmod(descriptor, FILE_MODE)
                except PermissionError:  # the file of another user, which a new file replaces
                    return False
        return True

    def place(self, path: str, folder: int, name: str) -> None:
        """Rename a file to the path, in place of the file that is there. ``folder`` is the descriptor of the
        folder that it is in, ``name`` its name there."""
        at, last = self._parent(path)
        with Named(self, path):
            os.replace(name, last, src_dir_fd=folder, dst_dir_fd=at)

    def remove(self, path: str) -> None:
        """Remove a file, or something else that is no folder, and the folder that it was in if that is empty."""
        at, name = self._parent(path)
        with Named(self, path):
            os.unlink(name, dir_fd=at)
        if "/" in path:
            folder, _ = self._opened[-1]
            self._close_from(len(self._opened) - 1)
            with contextlib.suppress(OSError):
                os.rmdir(folder, dir_fd=self._opened[-1][1])

    def open_empty(self, path: str) -> int:
        """Make a folder for this user only, in place of the one that is there. Returns its descriptor."""
        self.remove_folder(path)
        at, name = self._parent(path)
        with Named(self, path):
            os.mkdir(name, 0o700, dir_fd=at)
            descriptor = os.open(name, _FOLDER, dir_fd=at)
            os.fchmod(descriptor, 0o700)
        return descriptor

    def remove_folder(self, path: str) -> None:
        """Remove a folder and all that is in it, as far as that is possible."""
        at, name = self._parent(path)
        try:
            found = os.stat(name, dir_fd=at, follow_symlinks=False)
        except FileNotFoundError:
            return
        if not stat.S_ISDIR(found.st_mode):
            raise self._in_the_way(path, found, "folder")
        import shutil  # seldom needed

        shutil.rmtree(name, ignore_errors=True, dir_fd=at)

    def _status(self, path: str) -> os.stat_result | None:
        try:
            at, name = self._parent(path)
            with Named(self, path):
                found = os.stat(name, dir_fd=at, follow_symlinks=False)
        except FileNotFoundError:
            return None
        self._check_file(path, found)
        return found

    def _parent(self, path: str, *, make: bool = False) -> tuple[int, str]:
        """Return the descriptor of the folder that a file is in, and the file's name."""
        *folders, name = path.split("/")
        return self._folder(folders, make=make), name

    def _folder(self, names: list[str], *, make: bool = False) -> int:
        """Return the descriptor of a folder, which stays open until another folder is asked for."""
        if names == self._names:
            return self._opened[-1][1]
        if not self._opened:
            with Named(self, ""):
                self._opened.append(("", os.open(self.folder, _FIRST)))
        same = 0
        while same < min(len(names), len(self._opened) - 1) and self._opened[same + 1][0] == names[same]:
            same += 1
        self._close_from(same + 1)
        for number in range(same, len(names)):
            descriptor = self._enter(self._opened[-1][1], "/".join(names[: number + 1]), make)
            self._opened.append((names[number], descriptor))
        self._names = names
        return self._opened[-1][1]

    def _enter(self, above: int, path: str, make: bool) -> int:
        """Open a folder. ``make`` makes it if it is missing, and lets every user read it."""
        name = path.rpartition("/")[2]
        with Named(self, path):
            if name == "..":
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            try:
                descriptor, more = os.open(name, _FOLDER, dir_fd=above), _READERS
            except FileNotFoundError:
                if not make:
                    raise
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, FOLDER_MODE, dir_fd=above)
                descriptor = os.open(name, _FOLDER, dir_fd=above)
                more = FOLDER_MODE | os.fstat(above).st_mode & _GROUP_WRITES
            except OSError:
                found = os.stat(name, dir_fd=above, follow_symlinks=False)
                if stat.S_ISDIR(found.st_mode):
                    raise
                raise self._in_the_way(path, found, "folder") from None
            if make:
                _add_mode(descriptor, more)
            return descriptor

    def _close_from(self, depth: int) -> None:
        self._names = None
        while len(self._opened) > depth:
            os.close(self._opened.pop()[1])

    def _check_file(self, path: str, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise self._in_the_way(path, found, "file")

    def _in_the_way(self, path: str, found: os.stat_result, wanted: str) -> InTheWay:
        only = f" (only {os.path.basename(self.folder)}/ itself may be one)" if stat.S_ISLNK(found.st_mode) else ""
        return InTheWay(self.place_of(path), f"{kind_of(found.st_mode)} is in the way of a {wanted}{only}")

    def place_of(self, path: str) -> str:
        """Return the path as messages have it."""
        return os.path.relpath(os.path.join(self.folder, path))


class Named:
    """A context that gives an OSError the whole path of a file. It costs less than a generator."""

    __slots__ = ("below", "path")

    def __init__(self, below: Below, path: str) -> None:
        self.below = below
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, self.below.place_of(self.path)) from None


def _add_mode(descriptor: int, more: int) -> None:
    """Add permissions to those of a file or folder."""
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode | more != mode:
        with contextlib.suppress(PermissionError):  # the folder of another user
            os.fchmod(descriptor, mode | more)


def read(folder: str, path: str) -> bytes:
    """Return the bytes of a file below a folder, or none if it cannot be read."""
    with Below(folder) as below:
        return below.read(path)


def load(folder: str, path: str) -> bytes | None:
    """Return the bytes of a file below a folder, or None if there is none. Raises OSError and InTheWay."""
    with Below(folder) as below:
        return below.load(path)


def stamp(folder: str, path: str) -> str:
    """Return the stamp of a file below a folder. It changes when the file changes. Empty if there is no file."""
    with Below(folder) as below:
        return below.stamp(path)


def stamp_of(found: os.stat_result) -> str:
    """Return the stamp of a file with this status."""
    return f"{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"


def _is_same(file: BinaryIO, data: Content) -> bool:
    if isinstance(data, bytes):
        return os.fstat(file.fileno()).st_size == len(data) and file.read() == data
    return all(file.read(len(line)) == line for line in data) and not file.read(1)


def make_first(folder: str) -> None:
    """Make a folder that every user may read, unless it is there. Its mode is then the desk's."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder)
        os.chmod(folder, FOLDER_MODE)


def can_rename(one: str, other: str) -> bool:
    """Whether files can be renamed from one folder into another: both are on one disk, in one mount of it."""
    try:
        os.rename(os.path.join(one, _NO_FILE), os.path.join(other, _NO_FILE))
    except FileNotFoundError:  # a missing file is noticed after another disk
        return os.stat(one).st_dev == os.stat(other).st_dev
    except OSError:
        return False
    return True


_NO_FILE = ".no-such-file"
