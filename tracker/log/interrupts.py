"""Ctrl-C while the log is written."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def uninterrupted(held: bool) -> Iterator[None]:
    """Ctrl-C comes too late once the write has begun: whoever is told that it stopped can rely on nothing having
    been recorded. Where it is ``held``, that stays so afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    except BaseException:
        held = False
        raise
    finally:
        if not held:
            signal.signal(signal.SIGINT, before)
