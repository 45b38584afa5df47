"""Write files atomically: a reader sees the old bytes or the new bytes, never a mixture.

The new bytes are written to ``NAME.4711.new``, where 4711 is the number of the process, are flushed to the disk,
and are then renamed. ``log.scratch.leftovers`` recognises such a file that a killed process leaves behind.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable


def create(
    path: str, data: bytes | Iterable[bytes], mode: int | None = None, owner: tuple[int, int] | None = None
) -> None:
    """Creates the file, of bytes or of all its lines, and flushes it. It gets the ``owner`` (user and group) if
    this user may give files away. Its name is durable as soon as the caller flushes its folder. Raises
    FileExistsError; a symbolic link counts as a file."""
    with open(path, "xb") as file:
        if owner is not None:
            with contextlib.suppress(OSError):
                os.fchown(file.fileno(), *owner)
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.writelines([data] if isinstance(data, bytes) else data)
        file.flush()
        os.fsync(file.fileno())


def replace(
    path: str, data: bytes | Iterable[bytes], mode: int | None = None, owner: tuple[int, int] | None = None
) -> None:
    """Writes the bytes, or all the lines, durably to the file, whether it exists or not; ``mode`` holds its
    permissions, ``owner`` its user and group, as for ``create``. If that fails, the old file and no leftover file
    remains."""
    new = f"{path}.{os.getpid()}.new"
    with contextlib.suppress(FileNotFoundError):
        os.remove(new)  # left by a killed process that had the same number
    try:
        create(new, data, mode, owner)
        os.replace(new, path)
        flush(os.path.dirname(path) or ".")
    finally:
        with contextlib.suppress(OSError):
            os.remove(new)


def flush(path: str) -> None:
    """Flushes a file, or a folder with the names in it, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
