"""Desks to be tortured, and what can be wrong with them afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

from sqlite_utils import Database

from tracker.domain import chain
from tracker.domain.events import Event, Opened, Update
from tracker.domain.integrity import check_stream
from tracker.errors import TrackerError
from tracker.log.base import EventLog
from tracker.log.checkpoints import Heads
from tracker.log.clock import new_id, now
from tracker.log.files import FileLog
from tracker.publishing.publisher import publish
from tracker.publishing.render import render
from tracker.publishing.state import PublicationState
from tracker.readmodel import projection, tables
from tracker.readmodel.tables import Row
from tracker.workspace import init
from tracker.workspace.desk import Workspace

Tables = dict[str, list[Row]]


def new_desk(folder: str, name: str = "desk") -> Workspace:
    """An empty desk."""
    root = os.path.join(folder, name)
    init.init(root, "The desk", "https://desk.example/", "Desk", "en")
    return at(root)


def at(root: str) -> Workspace:
    """The desk as a new command finds it."""
    return Workspace(root, tell=lambda sentence: None)


def open_story(log: EventLog, slug: str) -> Event:
    (opened,) = log.append(slug, [opening(slug)])
    return opened


def opening(slug: str, id: str = "") -> Opened:
    """The first event of a story, not recorded yet."""
    return Opened(title=f"The story {slug}", format=chain.FORMAT, slug=slug, id=id)


def an_update(title: str = "It goes on", id: str = "") -> Update:
    return Update(title=title, body="What happened, in some words. " * 5, id=id or new_id(now()))


def story_faults(log: FileLog, slug: str) -> list[str]:
    """What is wrong with a stream."""
    lines, rest = log.lines_and_rest(slug)
    faults = [str(each) for each in check_stream(slug, lines, slug, {}, log.glossary)]
    return [*faults, *(["a torn tail"] if rest else [])]


def ids(log: FileLog, slug: str) -> list[str]:
    """The ids of the lines of a story, whether they follow or not."""
    return [chain.id_of(line) for line in log.lines_if_any(slug)]


# What is published.

Site = dict[str, bytes]


def site(desk: Workspace) -> Site:
    """The published files by path."""
    return dict(files_below(desk.feeds))


def files_below(folder: str) -> Iterator[tuple[str, bytes]]:
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                yield os.path.relpath(path, folder), file.read()


def site_anew(desk: Workspace) -> Site:
    """The files that a first publication would write."""
    with closing(PublicationState()) as aside:
        return {file.path: file.data for file in render(desk, aside, Heads())}


def site_faults(desk: Workspace, expected: Site) -> list[str]:
    """Where the published site is not the expected one."""
    there = site(desk)
    paths = sorted(there.keys() | expected.keys())
    return [f"{path} is not as made anew" for path in paths if there.get(path) != expected.get(path)]


def halves(desk: Workspace, before: Site, after: Site) -> list[str]:
    """The published files that are neither as they were nor as they will be."""
    return [
        f"{path} is half written"
        for path, data in site(desk).items()
        if data not in (before.get(path), after.get(path))
    ]


def published(desk: Workspace) -> list[str]:
    """Publishes; what is wrong with that."""
    done = publish(desk)
    return [*map(str, done.errors), *map(str, done.missing)]


# The read model.


def model_faults(desk: Workspace) -> list[str]:
    """Where the read model, once it has caught up, is not what a rebuild makes."""
    said: list[str] = []
    try:
        with projection.caught_up(desk.database_path, desk.log, said.append) as database:
            has = tables.dump(database)
            database.conn.execute("INSERT INTO events_fts (events_fts, rank) VALUES ('integrity-check', 1)")
    except TrackerError as error:
        return [str(error)]
    made = model_anew(desk.log)
    return [*said, *(f"the table {name} is not what a rebuild makes" for name in made if made[name] != has[name])]


def model(desk: Workspace) -> Tables:
    """The read model as it is."""
    with closing(tables.as_it_is(desk.database_path)) as database:
        return tables.dump(database)


def model_anew(log: FileLog) -> Tables:
    with Database(memory=True, execute_plugins=False) as database:
        tables.create(database)
        projection.catch_up(database, log)
        return tables.dump(database)


def catch_up(desk: Workspace) -> None:
    with projection.caught_up(desk.database_path, desk.log, lambda sentence: None):
        pass


def files_with(root: str, text: bytes) -> list[str]:
    """The files of a desk in which a text still is."""
    return [path for path, data in files_below(root) if text in data]
