"""Ctrl-C at every system call of a command: the command stops or is done, and its message says which."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from unittest import mock

from tests.torture import desks
from tests.torture.children import CALLS, PATIENCE, Ended, Say, Work, calls_of, traced
from tests.torture.crashes import Tries, after_redaction, rebuild, told
from tests.torture.kills import is_whole
from tests.torture.scenario import Scenario, Trying, case
from tracker import cli
from tracker.log import files as logs
from tracker.workspace.desk import Workspace

INTERRUPT = "signal=SIGINT"

STOPPED = 130

SOME = ("write", "fdatasync", "rename", "close")
"""The system calls that the quick scenario interrupts, each at its last call."""


class Interrupted(NamedTuple):
    """A command to interrupt. ``before`` prepares the desk. ``faults`` yields what is wrong with the desk
    afterwards, given how the command ended and what it printed."""

    command: Sequence[str]
    before: Callable[[Workspace], object]
    faults: Callable[[Workspace, Ended], Iterator[str]]


def interrupted_commands(folder: str, quick: bool) -> Trying:
    """Interrupts five commands: one adds an event, one appends several, one redacts an event, one publishes, one
    rebuilds the read model. The exit status has to be 0 if the command was done, or 130 if it says that it was
    stopped. The next command has to find nothing wrong."""
    with open(os.path.join(folder, "printed"), "a+b") as printed, open(os.devnull, "rb") as nothing:
        for each in COMMANDS[:: 3 if quick else 1]:

            def prepare(desk: Workspace, each: Interrupted = each) -> Work:
                each.before(desk)
                printed.truncate(0)
                return _command(desk.root, each.command, nothing.fileno(), printed.fileno())

            tries = Tries(folder, prepare)
            for call, number in _some(calls_of(tries(0), CALLS), quick):
                ended = traced(tries(0), call, INTERRUPT, number)
                printed.seek(0)
                ended = Ended(ended.code, [*printed.read().decode().splitlines(), *ended.lines])
                faults = [*_ending_faults(ended), *each.faults(tries.desk, ended)]
                yield case(f"{each.command[0]}: Ctrl-C at {call} {number}: {fault}" for fault in faults)


def _some(counts: Mapping[str, int], quick: bool) -> Iterator[tuple[str, int]]:
    """Yields the system calls of a command by name and number; for a quick run, the last of some kinds."""
    for call, count in counts.items():
        if not quick or call in SOME:
            yield from ((call, number) for number in range(count if quick else 1, count + 1))


def _command(root: str, args: Sequence[str], nothing: int, printed: int) -> Work:
    """Returns work that runs the command line in the child itself, so that the traced calls are its own. It prints
    into a file."""

    def work(say: Say) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, descriptor in enumerate((nothing, printed, printed)):
            os.dup2(descriptor, number)
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
        os.chdir(root)
        sys.argv = ["tracker", *args]
        cli.run()

    return work


def _ending_faults(ended: Ended) -> Iterator[str]:
    """Yields the faults in how a command ended after Ctrl-C, which may have come too late."""
    said, last = "\n".join(ended.lines), "".join(ended.lines[-1:])
    if ended.code not in (0, STOPPED):
        yield f"it ends with {ended.code} and {last!r}"
    elif "Traceback" in said or "raised" in said or "a fault in tracker" in said:
        yield f"it shows where it stopped, and ends with {last!r}"
    elif (ended.code == STOPPED) != ("error: stopped" in said):
        yield f"it ends with {ended.code} and {last!r}"


# Appending.


def _append_faults(desk: Workspace, ended: Ended, told: str, count: int) -> Iterator[str]:
    """Yields what is wrong with a story of one event, to which a command appends ``count`` events or none.
    ``told`` is the text with which it acknowledges them."""
    there = len(desk.log.lines("story")) - 1
    was_told = any(told in line for line in ended.lines)
    if there not in (0, count):
        yield f"{there} of {count} events are there"
    if was_told and not there:
        yield "what was acknowledged is lost"
    if there and not was_told:
        yield "it is recorded, and the command did not say so"
    if not ended.code and not (there and was_told):
        yield "the command says that it succeeded, and did not"
    yield from desks.story_faults(desk.log, "story")
    desks.at(desk.root).record("story", [{"type": "update", "title": "The next"}])
    if len(desk.log.lines("story")) != there + 2:
        yield "the next append went wrong"


def _lines_to_append(desk: Workspace) -> None:
    with open(os.path.join(desk.root, "lines"), "w", encoding="utf-8") as file:
        file.writelines(f'{{"type":"update","title":"Part {number}"}}\n' for number in range(3))


# What is made from the log.


def _publication_faults(desk: Workspace, ended: Ended) -> Iterator[str]:
    """Yields what is wrong with the site, before and after the next publication."""
    yield from (f"{path} is incomplete" for path, data in desks.site(desk).items() if not is_whole(path, data))
    after = desks.fresh_site(desk)
    if not ended.code:
        yield from desks.site_faults(desk, after)
    yield from desks.published(desks.at(desk.root))
    yield from desks.site_faults(desk, after)


def _to_be_published(desk: Workspace) -> None:
    desks.published(desk)
    desk.log.append("story", [desks.an_update()])


def _rebuild_faults(desk: Workspace, ended: Ended) -> Iterator[str]:
    """Yields what is wrong with the read model, before and after the next rebuild."""
    yield from desks.model_faults(desk)
    rebuild(desks.at(desk.root))
    yield from desks.model_faults(desk)


def _to_be_rebuilt(desk: Workspace) -> None:
    desks.catch_up(desk)
    desk.log.append("story", [desks.an_update() for _ in range(5)])


# A redaction.


def _redaction_faults(desk: Workspace, ended: Ended) -> Iterator[str]:
    """Yields what is wrong after an interrupted redaction, and after it was finished or repeated."""
    lines, _ = desk.log.lines_and_rest("story")
    there = len(lines) == 5
    if not there and len(lines) != 3:
        yield f"{len(lines) - 3} of 2 redactions are there"
    if there != any("story#5" in line for line in ended.lines):
        yield "it is recorded, and the command did not say so" if there else "what was acknowledged is lost"
    yield from after_redaction(desk)


COMMANDS = (
    Interrupted(
        ("add", "update", "story", "More"),
        lambda desk: None,
        lambda desk, ended: _append_faults(desk, ended, "story#2", 1),
    ),
    Interrupted(
        ("append", "story", "lines"),
        _lines_to_append,
        lambda desk, ended: _append_faults(desk, ended, "recorded 3 events", 3),
    ),
    Interrupted(
        ("redact", "story#2", "--reason", "court-order", "--authority", "a court", "--yes"),
        told,
        _redaction_faults,
    ),
    Interrupted(("publish",), _to_be_published, _publication_faults),
    Interrupted(("rebuild",), _to_be_rebuilt, _rebuild_faults),
)


# A command that is only just starting.

STARTING = ("-B", "-m", "tracker", "show", "story")


def interrupted_starts(folder: str, quick: bool) -> Trying:
    """Interrupts a command at each file that it opens, from the first file of tracker's command line on. (Before
    that the interpreter itself starts.) The command has to show no traceback."""
    desk = desks.new_desk(folder)
    desks.open_story(desk.log, "story")
    trace = os.path.join(folder, "trace")
    _started(desk, trace)
    with open(trace, encoding="utf-8") as file:
        opened = file.readlines()
    first = next(number for number, line in enumerate(opened, 1) if "/tracker/cli/" in line)
    for number in range(first, len(opened) + 1, 40 if quick else 1):
        started = _started(desk, os.devnull, "-e", f"inject=openat:{INTERRUPT}:when={number}")
        ended = Ended(started.returncode, (started.stdout + started.stderr).splitlines())
        is_killed = ended == Ended(-signal.SIGINT, [])  # during imports Ctrl-C ends the process at once
        faults = [*(() if is_killed else _ending_faults(ended)), *desks.story_faults(desk.log, "story")]
        yield case(f"Ctrl-C at openat {number}, {opened[number - 1].strip()}: {fault}" for fault in faults)


def _started(desk: Workspace, trace: str, *more: str) -> subprocess.CompletedProcess[str]:
    command = ["strace", "-qq", "-o", trace, "-e", "trace=openat", *more, sys.executable, *STARTING]
    return subprocess.run(command, cwd=desk.root, capture_output=True, text=True, timeout=PATIENCE, check=False)


def _showing_where_it_stopped() -> mock._patch[Any]:
    """A command line that does not catch an interruption."""

    def run() -> int:
        return cli.main(standalone_mode=False) or 0

    return mock.patch.object(cli, "_run", run)


def _starting_without_care() -> mock._patch[Any]:
    """A command line whose imports do not catch an interruption."""
    command = "from tracker.cli import main; main(['show', 'story'], standalone_mode=False)"
    return mock.patch(f"{__name__}.STARTING", ("-B", "-c", command))


def _stopping_in_the_middle() -> mock._patch[Any]:
    """A log that an interruption stops after it has written the event."""
    return mock.patch.object(logs, "uninterrupted", contextlib.nullcontext)


SCENARIOS = (
    Scenario(
        "interrupts",
        "Ctrl-C at any system call of five commands: all or nothing, and the message says whether the command was"
        " done or stopped",
        interrupted_commands,
        (_showing_where_it_stopped, _stopping_in_the_middle),
        strace=True,
    ),
    Scenario(
        "starts",
        "Ctrl-C while a command is starting stops it, and shows no traceback",
        interrupted_starts,
        (_starting_without_care,),
        strace=True,
    ),
)
