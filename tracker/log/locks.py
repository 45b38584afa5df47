"""Locks between processes. One process holds a file; the others wait for a while, then name the process that holds
it.

The system's ``flock`` releases the lock when the process ends, however it ends. No lock file has to be cleaned up.
"""

from __future__ import annotations

import fcntl
import os
import time

from tracker.errors import Busy

_LONGEST_PAUSE = 0.05
"""Seconds between two attempts, at most."""


def take(descriptor: int, path: str, wait: float, outcome: str, how: int = fcntl.LOCK_EX) -> None:
    """Locks an open file, the one at ``path``, against all other processes; with ``LOCK_SH``, against those that
    want it alone. Waits up to ``wait`` seconds, then raises Busy, which names the process that holds the lock.
    ``outcome`` says what was not done, such as "written"."""
    deadline = time.monotonic() + wait
    pause = 0.001
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Busy(
                    f"{os.path.relpath(path)} has been locked by {_holder(descriptor)} for {wait:g} seconds;"
                    f" nothing was {outcome}. Try again when that one is done"
                ) from None
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _holder(descriptor: int) -> str:
    """The process that holds the lock: ``process 4711 (tracker publish)``, or ``another tracker`` where the system
    does not say."""
    stat = os.fstat(descriptor)
    file = f"{os.major(stat.st_dev):02x}:{os.minor(stat.st_dev):02x}:{stat.st_ino}"
    try:
        with open("/proc/locks", encoding="ascii") as locks:
            held = (line.split() for line in locks)
            pid = next(int(words[4]) for words in held if words[1] == "FLOCK" and words[5] == file)
        with open(f"/proc/{pid}/cmdline", "rb") as file_of:
            words = file_of.read().decode(errors="replace").split("\0")
    except (OSError, StopIteration, ValueError, IndexError):
        return "another tracker"
    command = " ".join([os.path.basename(words[0]), *words[1:]]).strip()
    return f"process {pid} ({command[:80]})"
