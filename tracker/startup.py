"""Let a short command start fast: with Python's own SHA-256 (FIPS 180-4), and without garbage collection.

An editor waits for ``tracker add``. It takes 1.05 times as long with OpenSSL's SHA-256 from the start, and 1.08
times as long with the garbage collector on during imports (80 interleaved pairs, pinned CPU, byte code written).

OpenSSL's SHA-256 hashes three times as fast and takes 4 ms to load, which pays from ``MANY`` lines on. Python
has its own in a private module, which the standard library's ``random`` uses in the same way. A Python that lacks
it gets OpenSSL's; the hashes are the same.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Protocol, cast

MANY = 1_500
"""The number of lines of a log from which OpenSSL's implementation is faster."""

_seen = 0


class Digest(Protocol):
    """A computed hash, as bytes or as hexadecimal text."""

    def digest(self) -> bytes: ...

    def hexdigest(self) -> str: ...


Hash = Callable[[bytes], Digest]


def for_lines(number: int) -> Hash:
    """Returns the implementation for this many more lines. All lines that the process has read count, because a
    process may read many short streams."""
    global _seen
    _seen += number
    return for_many() if _seen >= MANY else sha256


def for_many() -> Hash:
    """Returns OpenSSL's implementation."""
    from hashlib import sha256

    return sha256


def for_few() -> Hash:
    """Returns Python's own implementation, or OpenSSL's in a Python that has none."""
    for module in ("_sha2", "_sha256"):  # from Python 3.12 on, and before
        with contextlib.suppress(ImportError, AttributeError):
            return cast(Hash, import_module(module).sha256)
    return for_many()


sha256: Hash = for_few()


def pause_collection() -> None:
    """Switches the garbage collector off while modules are imported, which make no garbage."""
    gc.disable()


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """A context without garbage collection, which would go over the rows of a long list again and again."""
    pause_collection()
    try:
        yield
    finally:
        resume_collection()


def resume_collection() -> None:
    """Switches the garbage collector on again. It ignores the objects that exist by then."""
    gc.freeze()
    gc.enable()
