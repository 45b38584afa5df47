"""A disk that fails or is full: it is said, nothing is acknowledged, and nothing that was there is harmed."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple
from unittest import mock

from tests.torture import desks
from tests.torture.children import MKDIR, RENAME, Child, Ended, Say, Work, traced
from tests.torture.scenario import Scenario, Trying, case
from tracker import cli
from tracker.errors import LogFailed
from tracker.log.files import FileLog
from tracker.workspace.desk import Workspace

ADD = ("add", "update", "story", "More")
OPEN = ("open", "new-story", "--title", "New")
PUBLISH = ("publish",)


class Fault(NamedTuple):
    """What happens to which system calls on which path of the desk, while a command runs: to the call of some
    number where no path is given, to the first on the path of that number where it has one."""

    command: Sequence[str]
    calls: str
    effect: str
    path: str = ""


STORY, FOLDER = "events/story.jsonl", "events"

FAULTS = (
    Fault(ADD, "fdatasync", "error=EIO", STORY),
    Fault(ADD, "write", "error=ENOSPC", STORY),
    Fault(ADD, "write", "error=EIO", STORY),
    Fault(ADD, "write", "error=EDQUOT", STORY),
    Fault(ADD, "openat", "error=EACCES", STORY),
    Fault(ADD, "openat", "error=EROFS", STORY),
    Fault(ADD, "flock", "error=ENOLCK", STORY),
    Fault(OPEN, "fsync", "error=EIO", FOLDER),
    Fault(OPEN, "fdatasync", "error=EIO", "events/new-story.jsonl"),
    Fault(OPEN, "write", "error=ENOSPC", "events/new-story.jsonl"),
)

PUBLISHING = (
    Fault(PUBLISH, "fsync", "error=EIO"),
    Fault(PUBLISH, "write", "error=ENOSPC", ".tracker/.aside/{}"),
    Fault(PUBLISH, RENAME, "error=EIO"),
    Fault(PUBLISH, MKDIR, "error=ENOSPC"),
    Fault(PUBLISH, "pwrite64", "error=ENOSPC"),
    Fault(PUBLISH, "fdatasync", "error=EIO"),
)


def command(root: str, *args: str) -> Work:
    """The command line, in a process of its own; what it prints is what it says."""

    def work(say: Say) -> None:
        out, said = os.pipe()
        if not os.fork():
            _become(root, said, args)
        os.close(said)
        with open(out, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                say(line.rstrip("\n"))
        _, status = os.wait()
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)

    return work


def _become(root: str, said: int, args: Sequence[str]) -> None:
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.stdin = None
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    os.chdir(root)
    sys.argv = ["tracker", *args]
    cli.run()


def failing_appends(folder: str, quick: bool) -> Trying:
    """A call fails while an event is added or a story opened."""
    for number, fault in enumerate(FAULTS[:: 3 if quick else 1]):
        desk = _a_desk(folder, f"desk-{number}")
        with _untouched(desk) as problems:
            problems += unsaid(_run(desk, fault))
        yield case(f"{fault.calls} {fault.effect} on {fault.path}: {problem}" for problem in problems)


def _run(desk: Workspace, fault: Fault, number: int = 1) -> Ended:
    path = os.path.join(desk.root, fault.path.format(number - 1)) if fault.path else ""
    return traced(command(desk.root, *fault.command), fault.calls, fault.effect, 1 if path else number, path)


def _a_desk(folder: str, name: str) -> Workspace:
    desk = desks.new_desk(folder, name)
    desk.record("story", [{"type": "opened", "title": "A story"}])
    desks.published(desk)
    desk.record("story", [{"type": "update", "title": "More"}])
    return desk


def unsaid(ended: Ended) -> list[str]:
    """What is wrong with how a command ended that has to fail."""
    said = " ".join(ended.lines)
    problems = [] if ended.code in (1, 2) else [f"the exit status is {ended.code}"]
    if "error: " not in said or "Traceback" in said or "a fault in tracker" in said:
        problems.append(f"it said {said!r}")
    return problems


@contextlib.contextmanager
def _untouched(desk: Workspace) -> Iterator[list[str]]:
    """Adds to the problems what is wrong with the log after a command that failed, and with the next append."""
    problems: list[str] = []
    before = desk.log.lines("story")
    yield problems
    if desk.log.lines("story")[: len(before)] != before:
        problems.append("what was there is not there any more")
    for slug in desk.log.streams():
        if desk.log.lines_and_rest(slug)[0]:
            problems += desks.story_faults(desk.log, slug)
    count = len(desk.log.lines("story"))
    desk.log.append("story", [desks.an_update()])
    if len(desk.log.lines("story")) != count + 1 or desks.story_faults(desk.log, "story"):
        problems.append("the next append went wrong")


def failing_publications(folder: str, quick: bool) -> Trying:
    """A call fails while a publication runs: no file is half written, and the next publication completes it."""
    for number, fault in product((2,) if quick else range(1, 21), PUBLISHING[: 3 if quick else None]):
        desk = _a_desk(folder, f"desk-{number}-{PUBLISHING.index(fault)}")
        before, after = desks.site(desk), desks.site_anew(desk)
        problems = _unsaid_or_done(_run(desk, fault, number), desk, after)
        problems += [*desks.halves(desk, before, after), *desks.published(desks.at(desk.root))]
        problems += desks.site_faults(desk, after)
        yield case(f"{fault.calls} {number} {fault.effect} {fault.path}: {problem}" for problem in problems)


def _unsaid_or_done(ended: Ended, desk: Workspace, after: desks.Site) -> list[str]:
    """A command that succeeds in spite of the fault has done all of its work."""
    return desks.site_faults(desk, after) if ended.code == 0 else unsaid(ended)


def files_at_their_limit(folder: str, quick: bool) -> Trying:
    """No file may grow past some size, at which the line to be appended does not fit, or only half."""
    desk = _a_desk(folder, "desk")
    size = len(desk.log.lines("story")[-1])
    for room in range(0, size, 60 if quick else 1):
        before = os.path.getsize(desk.log.path("story"))
        with _untouched(desk) as problems:
            with Child(_limited(desk.root, before + room)) as child:
                problems += unsaid(child.wait())
            if os.path.getsize(desk.log.path("story")) != before:
                problems.append("the log is not as it was")
        yield case(f"with room for {room} bytes: {problem}" for problem in problems)


def _limited(root: str, size: int) -> Work:
    def work(say: Say) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        command(root, *ADD)(say)

    return work


@contextlib.contextmanager
def _hoping_for_the_best() -> Iterator[None]:
    """A log that does not look whether its writes arrive."""
    write = FileLog._write

    def careless(log: FileLog, descriptor: int, data: bytes, path: str) -> None:
        with contextlib.suppress(LogFailed):
            write(log, descriptor, data, path)

    with mock.patch.object(FileLog, "_write", careless):
        yield


@contextlib.contextmanager
def saying_nothing() -> Iterator[None]:
    """A command line that fails and says that it did not."""
    with mock.patch.object(cli, "_say", return_value=0):
        yield


SCENARIOS = (
    Scenario(
        "disk-append",
        "a failed write, flush or lock is said and never acknowledged, and the log stays whole",
        failing_appends,
        (_hoping_for_the_best,),
        strace=True,
    ),
    Scenario(
        "disk-publish",
        "a failed write, flush or rename while publishing is said, and the next completes it",
        failing_publications,
        (saying_nothing,),
        strace=True,
    ),
    Scenario(
        "disk-limit",
        "a line that does not fit any more is said, and the log is as it was",
        files_at_their_limit,
        (_hoping_for_the_best,),
    ),
)
