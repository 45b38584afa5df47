"""Child processes to kill. They are forked, so that all modules are imported when they start."""

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
"""Seconds to wait for a child that hangs."""

ANYBODY = ctypes.c_ulong(-1)
PR_SET_PTRACER = 0x59616D61


class Ended(NamedTuple):
    """The exit code of a child (negative: the signal that ended it) and the complete lines that it said."""

    code: int
    lines: list[str]

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Child:
    """A process that does some work and says lines. If it is ``held``, it first waits for ``let_go``.

    The end of a ``with`` statement kills it.
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
        """Waits for output or the end of the child. Returns false if neither comes in time."""
        return bool(select.select([self.out], [], [], PATIENCE)[0])

    def kill(self) -> Ended:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def wait(self) -> Ended:
        """Waits for the end of the child and returns how it ended. Kills a child that hangs."""
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
    """Does the work of a child and ends the process, without the cleanup of the parent's objects."""
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
    """Kills a child at a random moment, at most ``seconds`` after its first output. Returns how it ended."""
    child.has_said()
    time.sleep(random.uniform(0, seconds))
    return child.kill()


def traced(work: Work, calls: str, effect: str, number: int = 1, path: str = "") -> Ended:
    """Runs work in a child. The call of this number of each of the system calls gets the effect
    (``signal=SIGKILL``, ``error=EIO``). With a path, only calls on that path count. Returns how the child
    ended."""
    inject = ("-e", f"inject={calls}:{effect}:when={number}", *(("-P", path) if path else ()))
    return _under_strace(work, calls, os.devnull, *inject)


def calls_of(work: Work, calls: Sequence[str]) -> Counter[str]:
    """Runs work in a child, and returns how often it made each of the system calls, by name."""
    with tempfile.NamedTemporaryFile("r") as trace:
        ended = _under_strace(work, ",".join(calls), trace.name)
        if ended.code:
            raise RuntimeError(f"the work fails without a fault: {ended.lines[-1:]}")
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
"""The system calls that change the state of the disk, or come between such changes."""


def kills(
    work: Callable[[int], Work], numbers: Iterable[int], calls: Sequence[str] = CALLS
) -> Iterator[tuple[str, Ended]]:
    """Repeats work, and kills it at the calls of these numbers, for each system call until the work survives.

    Yields the place of each kill and how the child ended. ``work`` gets the number of the try and prepares it."""
    tries = count()
    for call in calls:
        for number in copy(numbers):
            ended = traced(work(next(tries)), call, KILL, number)
            yield f"{call} {number}", ended
            if not ended.killed:
                break
