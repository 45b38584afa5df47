"""SIGKILL at random moments: acknowledged events are there once, and site and read model are complete."""

from __future__ import annotations

import contextlib
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any
from unittest import mock

from tests.torture import desks
from tests.torture.children import Child, Say, Work, killed_after
from tests.torture.scenario import Found, Scenario, Trying, case
from tracker.domain.events import Event
from tracker.log.clock import new_id, now
from tracker.log.files import FileLog
from tracker.publishing.atomic_files import AtomicFiles
from tracker.publishing.below import Content
from tracker.readmodel import tables
from tracker.workspace.desk import Workspace

WORKERS = 3
SHARED = "shared"
PER_DESK = 100

Attempt = tuple[str, str]
"""A slug, and the id of an event that is appended to its story."""


def appending(root: str, own: str, waiting: Sequence[Attempt]) -> Work:
    """Returns work that appends without end, to the shared story and its own. First it retries the waiting
    events."""

    def fresh() -> Iterator[Attempt]:
        while True:
            yield random.choice((SHARED, own)), new_id(now())

    def work(say: Say) -> None:
        log = desks.at(root).log
        random.seed(os.getpid())
        for slug, id in chain(waiting, fresh()):
            say(f"try {slug} {id}")
            log.append(slug, [desks.an_update(id=id)])
            say(f"done {slug} {id}")

    return work


class Worker:
    """A series of appending processes. Each retries the events that the one before left unacknowledged."""

    def __init__(self, root: str, own: str) -> None:
        self.root, self.own = root, own
        self.tried: list[Attempt] = []
        self.open: list[Attempt] = []
        self.kills = 0
        self.child = self._new()

    def _new(self) -> Child:
        return Child(appending(self.root, self.own, self.open))

    def kill(self) -> None:
        """Kills the process, and notes which events it tried and which of them were not acknowledged."""
        ended = killed_after(self.child, 0.008)
        self.kills += 1
        said = [line.split() for line in ended.lines]
        if not ended.killed:
            raise RuntimeError(f"an appending process gave up: {ended.lines[-1:]}")
        done = {(slug, id) for word, slug, id in said if word == "done"}
        tried = [(slug, id) for word, slug, id in said if word == "try"]
        self.tried = list(dict.fromkeys([*self.tried, *tried]))
        self.open = [each for each in dict.fromkeys([*self.open, *tried]) if each not in done]

    def kill_and_replace(self) -> None:
        self.kill()
        self.child = self._new()


def killed_appenders(folder: str, quick: bool) -> Trying:
    """Several processes append to one story and to their own. Each is killed and replaced repeatedly."""
    for number, count in enumerate([20] if quick else [PER_DESK] * 10):
        yield _appenders_of_one_desk(desks.new_desk(folder, f"desk{number}").root, count)


def _appenders_of_one_desk(root: str, count: int) -> Found:
    log = desks.at(root).log
    own = [f"story-{number}" for number in range(WORKERS)]
    for slug in (SHARED, *own):
        desks.open_story(log, slug)
    workers = [Worker(root, slug) for slug in own]
    try:
        for _ in range(count - WORKERS):
            random.choice(workers).kill_and_replace()
        for worker in workers:
            worker.kill()
    finally:
        for worker in workers:
            worker.child.kill()
    return _appended(log, (SHARED, *own), workers)


def _appended(log: FileLog, slugs: Sequence[str], workers: Sequence[Worker]) -> Found:
    """Retries the unacknowledged events, and returns which events are lost or there twice then."""
    for slug, id in chain.from_iterable(worker.open for worker in workers):
        log.append(slug, [desks.an_update(id=id)])
    tried = [each for worker in workers for each in worker.tried]
    there = Counter((slug, id) for slug in slugs for id in desks.ids(log, slug))
    lost = [each for each in tried if not there[each]]
    twice = [each for each, count in there.items() if count > 1]
    faults = [fault for slug in slugs for fault in desks.story_faults(log, slug)]
    said = (*(f"{id} is lost from {slug}" for slug, id in lost), *faults)
    return Found(sum(worker.kills for worker in workers), len(lost) + len(faults), len(twice), said)


@contextlib.contextmanager
def _acknowledging_too_early() -> Iterator[None]:
    """A log that acknowledges an event at once, and records it together with the next."""
    append = FileLog.append
    late: list[tuple[str, Sequence[Event]]] = []

    def early(log: FileLog, slug: str, drafts: Sequence[Event], expected: Any = None) -> list[Event]:
        while late:
            append(log, *late.pop())
        late.append((slug, drafts))
        return list(drafts)

    with mock.patch.object(FileLog, "append", early):
        yield


@contextlib.contextmanager
def _not_knowing_what_is_there() -> Iterator[None]:
    """A log that does not recognize a retried event, on a slow disk."""
    flush = os.fdatasync

    def slow(descriptor: int) -> None:
        flush(descriptor)
        time.sleep(0.004)

    with mock.patch.object(FileLog, "_present", return_value={}), mock.patch.object(os, "fdatasync", slow):
        yield


# Readers while publishers are killed.

ALWAYS_THERE = ("all.atom", "all.rss", "all.json", "index.html", "heads.json", "opml.xml")


def killed_publishers(folder: str, quick: bool) -> Trying:
    """A reader reads the published files repeatedly, while two publishers run at once and are killed."""
    desk = desks.new_desk(folder)
    desks.open_story(desk.log, "story")
    desks.published(desk)
    with Child(_reading(desk.feeds, os.getpid())) as reader:
        reader.has_said()
        for _ in range(12 if quick else 200):
            with Child(publishing(desk.root)) as one, Child(publishing(desk.root)) as two:
                killed_after(one, 0.15)
                killed_after(two, 0.15)
        open(os.path.join(folder, "enough"), "w").close()
        ended = reader.wait()
    *_, counted = ended.lines
    cases, torn = map(int, counted.split()[1:])
    yield Found(cases, torn, 0, tuple(line for line in ended.lines if line.startswith("incomplete"))[:5])
    yield case(desks.published(desk) or desks.site_faults(desk, desks.fresh_site(desk)))


def publishing(root: str, after: Callable[[Workspace], object] = lambda desk: None) -> Work:
    """Returns work that appends and publishes without end. It calls ``after`` after each publication."""

    def work(say: Say) -> None:
        desk = desks.at(root)
        while True:
            desk.log.append("story", [desks.an_update()])
            say("appended")
            desks.published(desk)
            after(desk)

    return work


def _reading(feeds: str, parent: int) -> Work:
    """Returns work that reads all files until a file ``enough`` exists. It says how many it read, and how many of
    them were incomplete."""
    enough = os.path.join(feeds, "..", "..", "enough")

    def work(say: Say) -> None:
        cases = torn = 0
        say("reading")
        while not os.path.exists(enough) and os.getppid() == parent:
            for path, data in _read(feeds):
                cases += 1
                if not is_whole(path, data):
                    torn += 1
                    say(f"incomplete: {path}") if torn <= 5 else None
        say(f"read {cases} {torn}")

    return work


def _read(feeds: str) -> Iterator[tuple[str, bytes]]:
    for parent, _, names in os.walk(feeds):
        for name in names:
            path = os.path.join(parent, name)
            with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
                yield path, file.read()


def is_whole(path: str, data: bytes) -> bool:
    """Returns whether a published file is complete."""
    ending = os.path.splitext(path)[1]
    if ending == ".json":
        with contextlib.suppress(ValueError):
            return bool(json.loads(data)) or True
        return False
    last = {".atom": b"</feed>", ".rss": b"</rss>", ".html": b"</html>", ".opml": b"</opml>", ".jsonl": b"}"}
    return data.rstrip().endswith(last.get(ending, b""))


@contextlib.contextmanager
def writing_in_place() -> Iterator[None]:
    """A publication that writes into existing files, not atomically."""

    def put(placing: AtomicFiles, path: str, content: Content) -> bool:
        data = content if isinstance(content, bytes) else b"".join(content)
        place = os.path.join(placing.folder, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb", buffering=0) as file:
            for start in range(0, len(data), 4096):
                file.write(data[start : start + 4096])
        return True

    with mock.patch.object(AtomicFiles, "put", put):
        yield


# Racing projectors.


def racing_projectors(folder: str, quick: bool) -> Trying:
    """Two processes update the read model at once and are killed. Then it has to equal a rebuild."""
    desk = desks.new_desk(folder)
    slugs = ("one", "two", "three")
    for slug in slugs:
        desks.open_story(desk.log, slug)
    desks.catch_up(desk)
    for _ in range(10 if quick else 200):
        for slug in slugs:
            desk.log.append(slug, [desks.an_update(), desks.an_update()])
        with Child(_projecting(desk.root)) as one, Child(_projecting(desk.root)) as two:
            killed_after(one, 0.012)
            killed_after(two, 0.006)
        yield case(desks.model_faults(desk))


def _projecting(root: str) -> Work:
    def work(say: Say) -> None:
        desk = desks.at(root)
        say("catching up")
        desks.catch_up(desk)
        time.sleep(1)

    return work


@contextlib.contextmanager
def row_by_row() -> Iterator[None]:
    """A read model that writes each row in a transaction of its own, slowly."""

    @contextlib.contextmanager
    def writing(database: Any) -> Iterator[None]:
        database.conn.isolation_level = None
        database.conn.set_progress_handler(lambda: time.sleep(0.0005), 50)
        yield

    with mock.patch.object(tables, "writing", writing):
        yield


SCENARIOS = (
    Scenario(
        "kills",
        "an acknowledged event survives `kill -9` of three writers that retry, and is recorded once",
        killed_appenders,
        (_acknowledging_too_early, _not_knowing_what_is_there),
    ),
    Scenario(
        "readers",
        "readers never see an incomplete file, whichever of two publishers is killed",
        killed_publishers,
        (writing_in_place,),
    ),
    Scenario(
        "projectors",
        "the read model equals a rebuild, whichever process is killed while catching up",
        racing_projectors,
        (row_by_row,),
    ),
)
