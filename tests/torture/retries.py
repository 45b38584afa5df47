"""Retries of an append that was cut short: each event is there once, in its place."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from itertools import count
from unittest import mock

from tests.torture import desks
from tests.torture.children import Child, Say, Work, kills
from tests.torture.crashes import not_looking_whether_it_is_there
from tests.torture.scenario import Found, Scenario, Trying
from tracker.domain.events import Event
from tracker.log.clock import new_id, now
from tracker.log.files import FileLog, Head
from tracker.workspace.desk import Workspace

MANY = 4

SOME = ("openat", "write", "fdatasync", "close")


def retried_batches(folder: str, quick: bool) -> Trying:
    """Appends several events at once and cuts that short: kills it at each system call, or leaves only a part of
    the bytes on the disk. Then two processes append all events again at the same time, and then one more does."""
    desk = desks.new_desk(folder)
    for opens in (False, True):
        tries: list[tuple[str, list[Event]]] = []

        def work(number: int, opens: bool = opens, tries: list[tuple[str, list[Event]]] = tries) -> Work:
            tries.append(_a_batch(desk, f"killed-{opens}-{number}".lower(), opens))
            return _appending(desk.root, *tries[-1])

        for place, ended in kills(work, (1,), SOME) if quick else kills(work, count(1)):
            slug, batch = tries[-1]
            lost = "acknowledged" in ended.lines and set(_ids(batch)) - set(_there(desk, slug))
            yield _repeated(
                desk, slug, batch, f"killed at {place}", ["an acknowledged event is lost"] if lost else []
            )
        for slug, batch, place in _cut_short(desk, opens, 97 if quick else 1):
            yield _repeated(desk, slug, batch, place)


def _a_batch(desk: Workspace, slug: str, opens: bool) -> tuple[str, list[Event]]:
    """Returns a slug and events with ids, so that a retry recognizes them. They follow an event of an existing
    story, or the first of them opens a new one."""
    batch: list[Event] = [desks.an_update(f"Part {number}") for number in range(1, MANY + 1)]
    if opens:
        batch[0] = desks.opening(slug, new_id(now()))
    else:
        desks.open_story(desk.log, slug)
    return slug, batch


def _cut_short(desk: Workspace, opens: bool, step: int) -> Iterator[tuple[str, list[Event], str]]:
    """Yields stories that have only a part of the bytes of their last append, from none to all."""
    slug, batch = _a_batch(desk, f"whole-{opens}".lower(), opens)
    start = 0 if opens else os.path.getsize(desk.log.path(slug))
    desk.log.append(slug, batch)
    with open(desk.log.path(slug), "rb") as file:
        data = file.read()
    for cut in range(start, len(data) + 1, step):
        with open(desk.log.path(slug), "r+b") as file:  # not emptied first: that would cost a flush each time
            file.write(data)
            file.truncate(cut)
        yield slug, batch, f"with {cut - start} of {len(data) - start} bytes"


def _appending(root: str, slug: str, batch: Sequence[Event]) -> Work:
    def work(say: Say) -> None:
        desks.at(root).log.append(slug, batch)
        say("acknowledged")

    return work


def _repeated(desk: Workspace, slug: str, batch: Sequence[Event], place: str, faults: Sequence[str] = ()) -> Found:
    """Appends the batch again, and returns what is wrong then."""
    faults = [*faults]
    work = _appending(desk.root, slug, batch)
    with Child(work) as one, Child(work) as two:
        faults += [f"the retry fails: {each.lines[-1:]}" for each in (one.wait(), two.wait()) if each.code]
    once = _there(desk, slug)
    desk.log.append(slug, batch)
    there, wanted = _there(desk, slug), _ids(batch)
    if there != once:
        faults.append("another retry changes the log")
    if [id for id in dict.fromkeys(there) if id in wanted] != wanted:
        faults.append("an event is lost, or in another place")
    faults += desks.story_faults(desk.log, slug)
    said = tuple(f"{place}: {fault}" for fault in faults)
    return Found(1, int(bool(faults)), len(there) - len(set(there)), said)


def _ids(batch: Sequence[Event]) -> list[str]:
    return [event.id for event in batch]


def _there(desk: Workspace, slug: str) -> list[str]:
    """Returns the ids of the complete lines of a story, in their order."""
    return [line[7:43].decode() for line in desk.log.lines_if_any(slug)]


@contextlib.contextmanager
def _taking_the_rest_to_be_there() -> Iterator[None]:
    """A log that takes a batch for recorded if its first event is recorded."""
    append = FileLog.append

    def careless(log: FileLog, slug: str, drafts: Sequence[Event], expected: Head | None = None) -> list[Event]:
        there = any(drafts[0].id.encode() in line for line in log.lines_if_any(slug))
        return list(drafts) if there else append(log, slug, drafts, expected)

    with mock.patch.object(FileLog, "append", careless):
        yield


SCENARIOS = (
    Scenario(
        "retries",
        "several events appended at once, cut short anywhere and retried: each is there once",
        retried_batches,
        (not_looking_whether_it_is_there, _taking_the_rest_to_be_there),
        strace=True,
    ),
)
