"""Processes that are there to be killed: forked, so that they start with everything imported."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import re
import select
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from itertools import count
from typing import NamedTuple

Say = Callable[[str], None]
Work = Callable[[Say], None]

PATIENCE = 60.0
"""Seconds for which a child that hangs is waited for."""

ANYBODY = ctypes.c_ulong(-1)
PR_SET_PTRACER = 0x59616D61


class Ended(NamedTuple):
    """How a child ended (negative: by a signal) and the whole lines that it said."""

    code: int
    lines: list[str]

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Child:
    """A process that does some work and says lines. Where it is ``held``, it waits for ``let_go`` first.

    Used in a ``with`` statement it is gone at its end.
    """

    def __init__(self, work: Work, *, held: bool = False) -> None:
        self.out, into = os.pipe()
        gate, self.gate = os.pipe()
        self.ended: Ended | None = None
        self.pid = os.fork()
        if not self.pid:
            _do(work, into, gate if held else None)
        os.close(into)
        os.close(gate)

    def let_go(self) -> None:
        os.write(self.gate, b"!")

    def has_said(self) -> bool:
        """Waits until it has said something, or is gone."""
        return bool(select.select([self.out], [], [], PATIENCE)[0])

    def kill(self) -> Ended:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def wait(self) -> Ended:
        """How it ended; one that does not is killed."""
        if self.ended is None:
            said = self._all_said()
            _, status = os.waitpid(self.pid, 0)
            os.close(self.out)
            os.close(self.gate)
            lines = said.decode(errors="replace").split("\n")[:-1]
            self.ended = Ended(os.waitstatus_to_exitcode(status), lines)
        return self.ended

    def _all_said(self) -> bytes:
        said = b""
        while self.has_said():
            part = os.read(self.out, 65536)
            if not part:
                return said
            said += part
        os.kill(self.pid, signal.SIGKILL)
        return said

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        if self.ended is None:
            self.kill()


def _do(work: Work, into: int, gate: int | None) -> None:
    """The life of a child; it ends here, and nothing of its parent is taken down."""
    code = 99
    try:
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANYBODY, 0, 0, 0)  # where only parents may trace their children
        if gate is not None:
            os.read(gate, 1)
        work(lambda line: _say(into, line))
        code = 0
    except BaseException as error:
        with contextlib.suppress(OSError):
            _say(into, f"raised {type(error).__name__}: {error}")
    finally:
        os._exit(code)


def _say(into: int, line: str) -> None:
    os.write(into, line.replace("\n", " ").encode() + b"\n")


def killed_after(child: Child, seconds: float) -> Ended:
    """Kills it at random, at most so many seconds after it first said something."""
    child.has_said()
    time.sleep(random.uniform(0, seconds))
    return child.kill()


def traced(work: Work, calls: str, effect: str, number: int = 1, path: str = "") -> Ended:
    """Lets a child do its work, with this effect (``signal=SIGKILL``, ``error=EIO``) on the call of that number of
    each of the system calls; of those on that path only, where one is given."""
    inject = ("-e", f"inject={calls}:{effect}:when={number}", *(("-P", path) if path else ()))
    return _under_strace(work, calls, os.devnull, *inject)


def calls_of(work: Work, calls: Sequence[str]) -> Counter[str]:
    """Lets a child do its work, and counts by name those of the system calls that it makes."""
    with tempfile.NamedTemporaryFile("r") as trace:
        ended = _under_strace(work, ",".join(calls), trace.name)
        if ended.code:
            raise RuntimeError(f"undisturbed it fails: {ended.lines[-1:]}")
        return Counter(re.findall(r"^(?:\d+ +)?(\w+)\(", trace.read(), re.MULTILINE))


def _under_strace(work: Work, calls: str, trace: str, *more: str) -> Ended:
    with Child(work, held=True) as child:
        command = ["strace", "-f", "-p", str(child.pid), "-o", trace, "-e", f"trace={calls}", *more]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr
            attached = tracer.stderr.readline()
            if "attached" not in attached:
                raise RuntimeError(f"strace cannot trace: {attached}")
            child.let_go()
            ended = child.wait()
    return ended


KILL = "signal=SIGKILL"

RENAME, UNLINK, MKDIR = "?rename,?renameat,?renameat2", "?unlink,?unlinkat,?rmdir", "?mkdir,?mkdirat"

CALLS = (
    "openat",
    "write",
    "pwrite64",
    "fdatasync",
    "fsync",
    RENAME,
    "ftruncate",
    "flock",
    "close",
    UNLINK,
    MKDIR,
)
"""The system calls between which a disk is in different states."""


def kills(
    work: Callable[[int], Work], numbers: Iterable[int], calls: Sequence[str] = CALLS
) -> Iterator[tuple[str, Ended]]:
    """Does the work again and again, killed at the calls of these numbers (of each system call) until it survives;
    gives the place and how it ended. ``work`` is given the number of the try and prepares it."""
    tries = count()
    for call in calls:
        for number in copy(numbers):
            ended = traced(work(next(tries)), call, KILL, number)
            yield f"{call} {number}", ended
            if not ended.killed:
                break
