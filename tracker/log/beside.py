"""Files that editors keep beside the streams, such as ``types.toml``."""

from __future__ import annotations

import os

from tracker.errors import BadInput, InTheWay
from tracker.log import scratch


def read_beside(path: str) -> bytes:
    """The bytes of a file beside the streams; empty where there is no file. Raises BadInput where it cannot be
    read or is too large."""
    try:
        with open(path, "rb", opener=of_a_file) as file:
            text = file.read(MOST_BESIDE + 1)
    except FileNotFoundError:
        return b""
    except InTheWay as error:
        raise BadInput(str(error)) from None
    except OSError as error:
        raise BadInput(f"{os.path.relpath(path)}: {error.strerror}") from None
    if len(text) > MOST_BESIDE:
        raise BadInput(f"{os.path.relpath(path)}: is larger than {MOST_BESIDE:,} bytes")
    return text


MOST_BESIDE = 1024 * 1024
"""The bytes that such a file may have."""


def of_a_file(path: str, flags: int) -> int:
    """Opens a file and returns the descriptor; makes it where the flags say so. Raises InTheWay at once if
    something else has the path: a link is not followed, and the other end of a FIFO is not waited for."""
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
    except OSError:
        scratch.check(path)
        raise
    try:
        scratch.check_mode(path, os.fstat(descriptor).st_mode)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
