"""Benchmarks of the log in PostgreSQL, on a server of its own.

They compare appends with plain inserts, writers to one story with writers to a story each, and replays with those
of a log in files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection
from random import Random
from typing import Any
from uuid import uuid4

import psycopg

from benchmarks import corpus
from benchmarks.measure import QUICK, Measured, in_turns
from benchmarks.replaying import replay, replayed
from tests.servers import Server, a_server
from tracker.domain import lines as event_lines
from tracker.domain import values
from tracker.domain.events import Event
from tracker.errors import Conflict
from tracker.log.copy import copy
from tracker.log.files import FileLog
from tracker.log.postgres import PostgresLog
from tracker.workspace import init
from tracker.workspace.desk import Workspace

WRITERS = 8
"""Number of processes."""

APPENDS, EVENTS = 25, 5
"""Per process and round: appends to a log, and events recorded by a desk."""

STORIES, FEW = 1_000, 100
"""Replayed stories of a hundred events each, in a full and in a quick run."""

ROUNDS = 7
"""Most rounds of replays."""

Work = Callable[[], Any]


def append(rounds: int) -> Measured:
    """Measures appends by writers that each have a story of their own."""
    with a_server() as server:
        url = server.log()
        peer_url = _table_of_rows(server)
        writers = [partial(_appending, url, f"story-{number}") for number in range(WRITERS)]
        peers = [partial(_inserting, peer_url, f"story-{number}") for number in range(WRITERS)]
        with crew(writers) as ours, crew(peers) as peer:
            took = in_turns(ours, peer, rounds)
    each = WRITERS * APPENDS
    what = f"durable append to PostgreSQL, {WRITERS} writers"
    return Measured(what, took[0] / each, "insert of a row", took[1] / each, 2.0)


def contend(rounds: int) -> Measured:
    """Measures writers that all record to one story, and decide again whenever another was faster. Together they
    have to be at least as fast as one writer that has a story of its own."""
    lost: list[int] = []
    with a_server() as server, tempfile.TemporaryDirectory() as folder:
        desk = _desk(folder, server.log())
        for slug in ("all", *map(str, range(WRITERS))):
            desk.record(slug, [{"type": "opened", "title": f"The story {slug}"}])
        writers = [partial(_recording, desk.root, "all", number) for number in range(WRITERS)]
        peers = [partial(_recording, desk.root, str(number), number) for number in range(WRITERS)]
        with crew(writers) as ours, crew(peers) as peer:
            took = in_turns(lambda: lost.extend(ours()), peer, min(rounds, ROUNDS))
    each = WRITERS * EVENTS
    attempts = sum(lost) / (len(lost) * EVENTS)
    what = f"event recorded in PostgreSQL, {WRITERS} writers to one story, {attempts:.1f} attempts lost for each"
    return Measured(what, took[0] / each, "each to its own", took[1] / each, float(WRITERS))


def replay_server(rounds: int) -> Measured:
    """Measures a verified replay of the same stories from PostgreSQL and from files."""
    stories = FEW if rounds <= QUICK else STORIES
    folder = corpus.kept(stories)
    with a_server() as server:
        log = PostgresLog(server.log(), folder)
        copy(FileLog(folder), log)

        def ours() -> None:
            for slug in log.streams():
                replayed(log, slug)

        took = in_turns(ours, partial(replay, folder), min(rounds, ROUNDS))
        log.close()
    what = f"replay of {stories * corpus.EVENTS:,} events from PostgreSQL, verified"
    return Measured(what, took[0], "from files", took[1], 2.0)


BENCHMARKS: dict[str, Callable[..., Measured]] = {
    "postgres-append": append,
    "postgres-contend": contend,
    "postgres-replay": replay_server,
}


@contextmanager
def crew(members: Sequence[Callable[[], Work]]) -> Iterator[Callable[[], list[Any]]]:
    """Starts a process for each member, which prepares its work. Gives a function that lets all of them work once
    at the same time, and returns their results."""
    context = get_context("fork")
    lines = []
    for prepare in members:
        line, far_end = context.Pipe()
        context.Process(target=_member, args=(far_end, prepare), daemon=True).start()
        lines.append(line)
        line.recv()

    def go() -> list[Any]:
        for line in lines:
            line.send(True)
        return [line.recv() for line in lines]

    yield go
    for line in lines:
        line.send(False)


def _member(line: Connection, prepare: Callable[[], Work]) -> None:
    work = prepare()
    line.send(None)
    while line.recv():
        line.send(work())


def _appending(url: str, slug: str) -> Work:
    log = PostgresLog(url, os.devnull)
    log.append(slug, [_draft(0)])
    draft = _draft(8)

    def work() -> None:
        for _ in range(APPENDS):
            log.append(slug, [draft])

    return work


def _table_of_rows(server: Server) -> str:
    """Creates a table like that of the log, but without checks. Returns the URL of its database."""
    url = server.log()
    server.run(url, "CREATE TABLE rows (LIKE tracker.events INCLUDING ALL)")
    return url


def _inserting(url: str, slug: str) -> Work:
    server = psycopg.connect(url, autocommit=True)
    line = event_lines.encode(_draft(8), bytes(32))[1]
    numbers = count(1)

    def work() -> None:
        for _ in range(APPENDS):
            server.execute("INSERT INTO rows VALUES (%s, %s, %s, %s)", (slug, next(numbers), uuid4(), line))

    return work


def _recording(root: str, slug: str, writer: int) -> Work:
    """Returns work that records events, and returns the number of its lost attempts."""
    desk = Workspace(root)
    append, lost = desk.log.append, 0

    def counted(*arguments: Any) -> list[Event]:
        nonlocal lost
        try:
            return append(*arguments)
        except Conflict:
            lost += 1
            raise

    desk.log.append = counted  # type: ignore[method-assign, assignment]
    titles = (f"Update {number} of {writer}" for number in count())

    def work() -> int:
        nonlocal lost
        lost = 0
        for _ in range(EVENTS):
            desk.record(slug, [{"type": "update", "title": next(titles)}])
        return lost

    return work


def _desk(folder: str, url: str) -> Workspace:
    path = init.init(folder, "Bench", "https://bench.example/", "", "en")
    with open(path, "r+") as file:
        text = file.read().replace('url = "events"', f'url = "{url}"')
        file.seek(0)
        file.write(text)
    return Workspace(folder)


def _draft(number: int) -> Event:
    return values.from_values(corpus.values(0, number, Random(number)))
