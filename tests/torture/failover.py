"""Failovers of a log in PostgreSQL: the primary dies and its standby takes over, while desks keep recording."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import count, cycle, islice, product
from threading import Timer
from typing import NamedTuple
from unittest import mock

from tests.servers import Server, a_server
from tests.torture import desks, pairs
from tests.torture.children import Child, Say, Work
from tests.torture.pairs import Pair
from tests.torture.scenario import Found, Scenario, Trying, case
from tracker.domain.integrity import check_stream
from tracker.errors import TrackerError, Unsure
from tracker.log import postgres
from tracker.log.base import EventLog
from tracker.log.copy import copy
from tracker.maintenance.verify import verify
from tracker.workspace.config import FILE
from tracker.workspace.desk import Workspace
from tracker.workspace.recorder import Recorder

WRITERS = 4
SHARED = ("shared-1", "shared-2")
WAIT = 0.5
"""Seconds that an append waits for the servers: less than they take to recover."""

RECORDED, REFUSED, UNSURE = "recorded", "refused", "unsure"


class Outcome(NamedTuple):
    """The result of recording an update, known by its title: recorded, with its place; refused; or unsure. ``id``
    and ``seq`` are empty unless it is recorded."""

    slug: str
    title: str
    word: str
    id: str = ""
    seq: int = 0


def failovers(folder: str, quick: bool) -> Trying:
    """Several desks record to stories that they share and to their own. The primary dies at any moment, or after
    its standby got nothing for a while, or it freezes and comes back when there is a new primary. The standby
    becomes the primary. For a while it has no standby; then the former primary becomes its standby."""
    with pairs.a_pair() as pair, contextlib.ExitStack() as running:
        pair.primary.run("postgres", "CREATE DATABASE desk")
        url = pair.url("desk")
        postgres.init(url)
        writers = [a_desk(folder, f"writer-{number}", url) for number in range(WRITERS)]
        with contextlib.closing(desks.at(writers[0]).log) as log:
            for slug in (*SHARED, *map(own, writers)):
                desks.open_story(log, slug)
        for root in writers:
            running.enter_context(Child(recording(root, os.getpid()))).has_said()
        for fail in islice(cycle((held_up, killed, frozen)), 1 if quick else 15):
            time.sleep(random.uniform(0.2, 0.8))
            fail(pair)
            time.sleep(random.uniform(0, 2 * WAIT))
            pair.rejoin()
        time.sleep(2 * WAIT)
        running.close()
        outcomes = [each for root in writers for each in _noted_outcomes(root)]
        with contextlib.closing(desks.at(writers[0]).log) as log:
            yield _recorded(log, outcomes)
        yield case(_copy_faults(folder, writers[0]))


def killed(pair: Pair) -> None:
    pair.kill(pair.primary)
    pair.promote()


def held_up(pair: Pair) -> None:
    """Kills the primary after a while in which it committed updates alone. It may not acknowledge these."""
    pair.hold_up()
    time.sleep(3 * WAIT)
    killed(pair)


def frozen(pair: Pair) -> None:
    """Lets two primaries accept writes for a while. The old one has no standby that confirms them."""
    former = pair.primary
    former.signal(signal.SIGSTOP)
    pair.promote()
    former.signal(signal.SIGCONT)
    time.sleep(3 * WAIT)
    pair.kill(former)


def a_desk(folder: str, name: str, url: str) -> str:
    """Creates a desk with its log at ``url``, and returns its root. All desks have the same configuration."""
    root = desks.new_desk(folder, name).root
    path = os.path.join(root, FILE)
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(re.sub("(?m)^id = .*\n", "", text).replace('url = "events"', f'url = "{url}"'))
    return root


def own(root: str) -> str:
    """Returns the slug of the story to which only this desk records."""
    return os.path.basename(root)


def recording(root: str, parent: int) -> Work:
    """Returns work that records without end, and notes each result. After an unsure result it records the same
    update again, as a new command does."""

    def work(say: Say) -> None:
        random.seed(os.getpid())
        desk = _at(root)
        with open(_notes(root), "a") as notes:
            say("recording")
            for number in count(1):
                slug, title = random.choice((*SHARED, own(root))), f"{own(root)} says {number}"
                words: list[str] = []
                while not words or (UNSURE in words and words[-1] != RECORDED):
                    outcome = _record(desk, slug, title)
                    words.append(outcome.word)
                    print(*outcome, sep="\t", file=notes, flush=True)
                    os.fdatasync(notes.fileno())
                    if outcome.word != RECORDED:
                        desk = _at(root)
                        time.sleep(0.02)
                    if os.getppid() != parent:
                        return

    return work


def _at(root: str) -> Workspace:
    desk = desks.at(root)
    desk.log.wait = WAIT
    return desk


def _record(desk: Workspace, slug: str, title: str) -> Outcome:
    try:
        (recorded,) = desk.record(slug, [{"type": "update", "title": title}])
    except Unsure:
        return Outcome(slug, title, UNSURE)
    except TrackerError:
        return Outcome(slug, title, REFUSED)
    return Outcome(slug, title, RECORDED, recorded.event.id, recorded.reference.seq)


def _notes(root: str) -> str:
    return os.path.join(root, "outcomes")


def _noted_outcomes(root: str) -> Iterator[Outcome]:
    """Yields the results that a desk noted."""
    with open(_notes(root)) as file:
        for line in file:
            slug, title, word, id, seq = line.rstrip("\n").split("\t")
            yield Outcome(slug, title, word, id, int(seq))


def _recorded(log: EventLog, outcomes: Sequence[Outcome]) -> Found:
    """Returns the updates whose noted result is not true. An unsure result promises nothing."""
    stories = {slug: list(log.read(slug)) for slug in log.streams()}
    there = Counter(getattr(event, "title", "") for events in stories.values() for event in events)
    recorded = [each for each in outcomes if each.word == RECORDED]
    settled = {each.title for each in outcomes if each.word != REFUSED}
    lost = [
        f"{each.slug}#{each.seq} was acknowledged and is not there"
        for each in recorded
        if [event.id for event in stories[each.slug][each.seq - 1 : each.seq]] != [each.id]
    ]
    lies = [
        f"{each.title!r} was refused and is there"
        for each in outcomes
        if there[each.title] and each.title not in settled
    ]
    faults = [
        str(each) for slug in stories for each in check_stream(slug, log.lines(slug), slug, {}, log.glossary)
    ]
    twice = [title for title, number in there.items() if number > 1]
    said = (*lost, *lies, *faults, *(f"{title!r} is there twice" for title in twice))
    return Found(len(recorded), len(lost) + len(lies) + len(faults), len(twice), said)


def _copy_faults(folder: str, root: str) -> Iterable[str]:
    """Yields what is wrong with a copy of the log in files, and with the sites of both logs."""
    server, files = desks.at(root), desks.at(a_desk(folder, "files", "events"))
    with contextlib.closing(server.log):
        copy(server.log, files.log)
        for desk in (server, files):
            yield from desks.published(desk)
            yield from map(str, verify(desk).problems)
        yield from desks.site_faults(files, desks.site(server))


# A server that is frozen.

THAW = 8.0
"""Seconds after which a server that is frozen goes on: much longer than ``WAIT`` and the grace."""


def freezes(folder: str, quick: bool) -> Trying:
    """Freezes the server's process for a connection, or all its processes, while a desk reads or records. Each
    call ends in time, and says what is known. When the server goes on, the same command records once."""
    with a_server() as server:
        url = server.log()
        for number, (what, call) in enumerate(product((False, True), CALLS)):
            if not quick or number in (2, 5):
                root = a_desk(folder, f"desk-{number}", url)
                desk, slug = _at(root), f"story-{number}"
                with contextlib.closing(desk.log):
                    desk.record(
                        slug, [{"type": "opened", "title": "A story"}, {"type": "update", "title": "More"}]
                    )
                    name = f"{call}, {'all' if what else 'one'} frozen"
                    yield case(f"{name}: {each}" for each in _freeze_faults(server, desk, slug, CALLS[call], what))


Call = Callable[[Workspace, str], object]

CALLS: dict[str, Call] = {
    "reading": lambda desk, slug: desk.log.lines(slug),
    "listing": lambda desk, slug: desk.log.versions(),
    "recording": lambda desk, slug: desk.record(slug, [NEWS]),
    "appending at a known end": lambda desk, slug: desk.log.append(slug, [desks.an_update(NEWS["title"])]),
    "copying": lambda desk, slug: copy(desk.log, desk.log),
}

NEWS = {"type": "update", "title": "News"}


def _freeze_faults(server: Server, desk: Workspace, slug: str, call: Call, whole: bool) -> Iterator[str]:
    """Yields what is wrong with a call of a desk whose server is frozen, and after that."""
    before = desk.log.lines(slug)
    (process,) = (row[0] for row in desk.log._rows("SELECT pg_backend_pid()"))  # type: ignore[attr-defined]
    frozen = server.signal(signal.SIGSTOP) if whole else [process]
    os.kill(process, signal.SIGSTOP)
    thaw = Timer(THAW, _go_on, [frozen])
    thaw.start()
    began, error = time.monotonic(), None
    try:
        call(desk, slug)
    except TrackerError as raised:
        error = raised
    took = time.monotonic() - began
    if took > THAW - 2:
        yield f"it took {took:.0f} seconds"
    if error is None:
        yield "it succeeded"
    thaw.cancel()
    _go_on(frozen)
    time.sleep(0.3)
    there = [line for line in desk.log.lines(slug)[len(before) :] if b"News" in line]
    if there and not isinstance(error, Unsure):
        yield f"it is recorded although the message is: {error}"
    if call is CALLS["recording"]:
        desk.record(slug, [NEWS])
        if sum(b"News" in line for line in desk.log.lines(slug)) != 1:
            yield "the same command did not record it once"


def _go_on(processes: Iterable[int]) -> None:
    for each in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGCONT)


def _waiting_for_ever() -> AbstractContextManager[object]:
    """A log that waits for the server without a limit of its own."""
    return mock.patch.object(postgres, "GRACE", 1000.0)


def _without_confirmation() -> AbstractContextManager[object]:
    """A server that acknowledges a commit without its standby."""
    return mock.patch.object(pairs, "COMMIT", "local")


def _taking_it_for_confirmed() -> AbstractContextManager[object]:
    """A log that ignores the warning that no standby has confirmed a commit."""
    return mock.patch.object(postgres, "_keep_warning")


def _as_another() -> AbstractContextManager[object]:
    """A desk that does not recognize a repeated command."""
    return mock.patch.object(Recorder, "_known_ids", return_value=[])


SCENARIOS = (
    Scenario(
        "failover",
        "an acknowledged event survives `kill -9` of the primary of two servers, and is recorded once",
        failovers,
        (_without_confirmation, _taking_it_for_confirmed, _as_another),
    ),
    Scenario(
        "freezes",
        "a command whose PostgreSQL server is frozen ends in time and says what is known, and the same command"
        " records once",
        freezes,
        (_waiting_for_ever,),
    ),
)
