"""Files that editors keep beside the streams, such as ``types.toml``."""

from __future__ import annotations

import errno
import os
import stat

from tracker.errors import BadInput


def read_beside(path: str) -> bytes:
    """The bytes of a file beside the streams; empty where there is no file. Raises BadInput where it cannot be
    read or is too large."""
    try:
        with open(path, "rb", opener=of_a_file) as file:
            text = file.read(MOST_BESIDE + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise BadInput(f"{os.path.relpath(path)}: {error.strerror}") from None
    if len(text) > MOST_BESIDE:
        raise BadInput(f"{os.path.relpath(path)}: is larger than {MOST_BESIDE:,} bytes")
    return text


MOST_BESIDE = 1024 * 1024
"""The bytes that such a file may have."""


def of_a_file(path: str, flags: int) -> int:
    """Opens a file or a folder and returns the descriptor. Raises OSError at once for a pipe or a device, instead
    of waiting for its other end."""
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    try:
        if not is_pipe(descriptor):
            return descriptor
    except OSError:
        os.close(descriptor)
        raise
    os.close(descriptor)
    raise OSError(errno.EINVAL, "is a pipe or a device, which a log cannot be", path)


def is_pipe(descriptor: int) -> bool:
    """Whether the descriptor is of a pipe or a device: neither a file nor a folder."""
    mode = os.fstat(descriptor).st_mode
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
