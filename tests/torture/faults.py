"""A disk that fails or is full: the command reports it, acknowledges nothing, and leaves the log intact."""

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
    """An ``effect`` on system calls of a command. With a ``path`` it hits the first call on that path, in which
    ``{}`` stands for the number of the try. Without a path it hits the call of that number."""

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
    """Returns work that runs the command line in a new process, and says each line that it prints."""

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
    """Lets a system call fail while a command adds an event or opens a story."""
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
    """Returns the faults in how a command ended that has to fail with a message."""
    said = " ".join(ended.lines)
    problems = [] if ended.code in (1, 2) else [f"the exit status is {ended.code}"]
    if "error: " not in said or "Traceback" in said or "a fault in tracker" in said:
        problems.append(f"it printed {said!r}")
    return problems


@contextlib.contextmanager
def _untouched(desk: Workspace) -> Iterator[list[str]]:
    """Gives a list of problems. At its end it adds what is wrong with the log after a failed command, and with the
    next append."""
    problems: list[str] = []
    before = desk.log.lines("story")
    yield problems
    if desk.log.lines("story")[: len(before)] != before:
        problems.append("recorded lines are lost")
    for slug in desk.log.streams():
        if desk.log.lines_and_rest(slug)[0]:
            problems += desks.story_faults(desk.log, slug)
    count = len(desk.log.lines("story"))
    desk.log.append("story", [desks.an_update()])
    if len(desk.log.lines("story")) != count + 1 or desks.story_faults(desk.log, "story"):
        problems.append("the next append went wrong")


def failing_publications(folder: str, quick: bool) -> Trying:
    """Lets a system call fail while publishing. No file may be incomplete; the next publication completes the
    site."""
    for number, fault in product((2,) if quick else range(1, 21), PUBLISHING[: 3 if quick else None]):
        desk = _a_desk(folder, f"desk-{number}-{PUBLISHING.index(fault)}")
        before, after = desks.site(desk), desks.fresh_site(desk)
        problems = _unsaid_or_done(_run(desk, fault, number), desk, after)
        problems += [*desks.halves(desk, before, after), *desks.published(desks.at(desk.root))]
        problems += desks.site_faults(desk, after)
        yield case(f"{fault.calls} {number} {fault.effect} {fault.path}: {problem}" for problem in problems)


def _unsaid_or_done(ended: Ended, desk: Workspace, after: desks.Site) -> list[str]:
    """Returns faults: a command that succeeds in spite of the failed call has to have done all of its work."""
    return desks.site_faults(desk, after) if ended.code == 0 else unsaid(ended)


def files_at_their_limit(folder: str, quick: bool) -> Trying:
    """Limits the size of files, so that the new line does not fit, or only a part of it."""
    desk = _a_desk(folder, "desk")
    size = len(desk.log.lines("story")[-1])
    for room in range(0, size, 60 if quick else 1):
        before = os.path.getsize(desk.log.path("story"))
        with _untouched(desk) as problems:
            with Child(_limited(desk.root, before + room)) as child:
                problems += unsaid(child.wait())
            if os.path.getsize(desk.log.path("story")) != before:
                problems.append("the log has changed")
        yield case(f"with room for {room} bytes: {problem}" for problem in problems)


def _limited(root: str, size: int) -> Work:
    def work(say: Say) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        command(root, *ADD)(say)

    return work


@contextlib.contextmanager
def _hoping_for_the_best() -> Iterator[None]:
    """A log that ignores failed writes."""
    write = FileLog._write

    def careless(log: FileLog, descriptor: int, data: bytes, path: str) -> None:
        with contextlib.suppress(LogFailed):
            write(log, descriptor, data, path)

    with mock.patch.object(FileLog, "_write", careless):
        yield


@contextlib.contextmanager
def saying_nothing() -> Iterator[None]:
    """A command line that fails, prints no error and exits with 0."""
    with mock.patch.object(cli, "_say", return_value=0):
        yield


SCENARIOS = (
    Scenario(
        "disk-append",
        "a write, flush or lock that fails (full, failing, read-only) is reported and never acknowledged",
        failing_appends,
        (_hoping_for_the_best,),
        strace=True,
    ),
    Scenario(
        "disk-publish",
        "a write, flush or rename that fails while publishing is reported, and the next publication completes"
        " the site",
        failing_publications,
        (saying_nothing,),
        strace=True,
    ),
    Scenario(
        "disk-limit",
        "a line that does not fit on the disk is reported, and the log is unchanged",
        files_at_their_limit,
        (_hoping_for_the_best,),
    ),
)
