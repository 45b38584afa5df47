"""Ctrl-C while the log is written."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # see tracker/__main__.py
import contextlib
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def uninterrupted(held: bool) -> Iterator[None]:
    """A context in which Ctrl-C is ignored while the log is written. So if a command says that it was stopped,
    nothing was recorded. If ``held``, Ctrl-C stays ignored after the context, unless an exception ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only
        return
    before = _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
    try:
        yield
    except BaseException:
        held = False
        raise
    finally:
        if not held:
            _signal.signal(_signal.SIGINT, before)
