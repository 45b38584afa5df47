"""SHA-256 (FIPS 180-4), from whichever of Python's two implementations is done first.

The one in OpenSSL is three times as fast, and takes 4 ms to load: more than it wins on fewer than ``MANY`` lines.
So whoever appends one event to a story takes the one that is built in, as the standard library's ``random`` does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast

MANY = 1_500
"""Lines of a log, of the length that lines have."""

_seen = 0


class Digest(Protocol):
    """What hashing gives."""

    def digest(self) -> bytes: ...

    def hexdigest(self) -> str: ...


Hash = Callable[[bytes], Digest]


def for_lines(number: int) -> Hash:
    """The implementation for so many lines more than there have been already: a process that reads many short
    streams has many lines to read, too."""
    global _seen
    _seen += number
    return for_many() if _seen >= MANY else sha256


def for_many() -> Hash:
    """The implementation for long streams."""
    from hashlib import sha256

    return sha256


def for_few() -> Hash:
    """The implementation for short ones: Python's own, where it was built with it."""
    for module in ("_sha2", "_sha256"):  # from Python 3.12 on, and before
        with contextlib.suppress(ImportError):
            return cast(Hash, import_module(module).sha256)
    return for_many()


sha256: Hash = for_few()
