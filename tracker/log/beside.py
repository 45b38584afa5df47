"""The files that stand beside the log, such as ``types.toml``."""

from __future__ import annotations

import errno
import os
import stat

from tracker.errors import BadInput

# What people keep beside the streams.


def read_beside(path: str) -> bytes:
    """What stands in a file that people keep beside the streams; nothing where there is none. Raises BadInput."""
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


def of_a_file(path: str, flags: int) -> int:
    """A descriptor of a file (or a folder, which nothing is read from). For a pipe nobody is waited for."""
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
    mode = os.fstat(descriptor).st_mode
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
