"""Ctrl-C while a command is being imported.

An exception that is raised then may be swallowed by the import system, and the command would go on. So until there
is anything to clean up, the process ends at once.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # built in; the module around it takes a millisecond
import os


def at_once() -> None:
    """Until ``as_usual``, Ctrl-C ends the process, and says so."""
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _stop)


def as_usual() -> None:
    """Ctrl-C raises KeyboardInterrupt again."""
    if _signal.getsignal(_signal.SIGINT) is _stop:
        _signal.signal(_signal.SIGINT, _signal.default_int_handler)


def _stop(signal: int, frame: object) -> None:
    os.write(2, b"error: stopped\n")
    os._exit(130)
