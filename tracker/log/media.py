"""The folder ``media`` of a log in files: the pictures of all stories, each under its name (``domain/media.py``).

A file is written aside, flushed and renamed before the line that names it is written, and is removed before that
line loses its text. So a line never names a file that was not there. If a command is killed in between, at most a
file remains that no line names; ``tracker doctor`` names it.

An append that names pictures holds the folder's lock shared, a removal of texts holds it alone. So no picture is
removed while another append is about to name it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator

from tracker import atomic
from tracker.domain import media
from tracker.errors import InTheWay, LogFailed
from tracker.log import locks, scratch
from tracker.log.beside import of_a_file

FOLDER = "media"

MODE = 0o644


class MediaFolder:
    """The pictures in a folder, which is made when the first one is put into it."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def names(self) -> list[str]:
        """The names of the pictures, sorted."""
        return sorted(filter(media.is_name, self._all()))

    def strays(self) -> list[str]:
        """The paths of other files in the folder. Leftover files of running commands are not among them."""
        return [
            self.path(name)
            for name in sorted(self._all())
            if not media.is_name(name) and not scratch.is_temporary(name)
        ]

    def leftovers(self) -> list[str]:
        """The paths of temporary files of commands that were killed."""
        return scratch.leftovers(self.folder)

    def _all(self) -> list[str]:
        return os.listdir(self.folder) if os.path.isdir(self.folder) else []

    def read(self, name: str) -> bytes | None:
        """The bytes of a picture, or None where it is missing. Raises OSError, InTheWay."""
        try:
            with open(self.path(name), "rb", opener=of_a_file) as file:
                return file.read()
        except FileNotFoundError:
            return None

    def put(self, name: str, data: bytes) -> None:
        """Stores a picture durably. Raises LogFailed."""
        try:
            if self._has(name, data):
                atomic.flush(self.path(name))  # another process may have been killed before it did
                atomic.flush(self.folder)
                return
            self._make()
            atomic.replace(self.path(name), data, MODE)
        except OSError as error:
            raise LogFailed(
                f"{os.path.relpath(self.path(name))}: {error.strerror}; nothing was recorded"
            ) from None

    def _make(self) -> None:
        if not os.path.isdir(self.folder):
            os.makedirs(self.folder, exist_ok=True)
            atomic.flush(os.path.dirname(os.path.abspath(self.folder)))

    def _has(self, name: str, data: bytes) -> bool:
        try:
            return self.read(name) == data
        except (OSError, InTheWay):
            return False  # a link or the like, which is replaced

    def remove(self, names: Iterable[str]) -> None:
        """Removes pictures and leftover files. Raises OSError."""
        for path in (*map(self.path, names), *self.leftovers()):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
        if os.path.isdir(self.folder):
            atomic.flush(self.folder)

    @contextlib.contextmanager
    def locked(self, wait: float, *, shared: bool) -> Iterator[None]:
        """A context that holds the folder's lock, which is made if it is missing. Raises Busy, LogFailed."""
        try:
            self._make()
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise LogFailed(f"{os.path.relpath(self.folder)}: {error.strerror}; nothing was recorded") from None
        try:
            how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            locks.take(descriptor, self.folder, wait, "written", how)
            yield
        finally:
            os.close(descriptor)
