"""Desks for the scenarios, and functions that return what is wrong with a desk."""

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
from tracker.publishing.site_files import all_files
from tracker.publishing.state import PublicationState
from tracker.readmodel import projection, tables
from tracker.readmodel.tables import Row
from tracker.workspace import init
from tracker.workspace.desk import Workspace

Tables = dict[str, list[Row]]


def new_desk(folder: str, name: str = "desk") -> Workspace:
    """Creates an empty desk."""
    root = os.path.join(folder, name)
    init.init(root, "The desk", "https://desk.example/", "Desk", "en")
    return at(root)


def at(root: str) -> Workspace:
    """Opens a desk, as a new command does."""
    return Workspace(root, tell=lambda sentence: None)


def open_story(log: EventLog, slug: str) -> Event:
    (opened,) = log.append(slug, [opening(slug)])
    return opened


def opening(slug: str, id: str = "") -> Opened:
    """Returns the first event of a story, not recorded yet."""
    return Opened(title=f"The story {slug}", format=chain.FORMAT, slug=slug, id=id)


def an_update(title: str = "It goes on", id: str = "") -> Update:
    return Update(title=title, body="What happened, in some words. " * 5, id=id or new_id(now()))


def story_faults(log: FileLog, slug: str) -> list[str]:
    """Returns what is wrong with a stream."""
    lines, rest = log.lines_and_rest(slug)
    faults = [str(each) for each in check_stream(slug, lines, slug, {}, log.glossary)]
    return [*faults, *(["a torn tail"] if rest else [])]


def ids(log: FileLog, slug: str) -> list[str]:
    """Returns the ids of the lines of a story, also if their hashes do not follow."""
    return [chain.id_of(line) for line in log.lines_if_any(slug)]


# The site.

Site = dict[str, bytes]


def site(desk: Workspace) -> Site:
    """Returns the published files by path."""
    return dict(files_below(desk.feeds))


def files_below(folder: str) -> Iterator[tuple[str, bytes]]:
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                yield os.path.relpath(path, folder), file.read()


def fresh_site(desk: Workspace) -> Site:
    """Returns the files that a first publication would write."""
    with closing(PublicationState()) as aside:
        return {file.path: file.data or b"".join(file.lines or ()) for file in all_files(desk, aside, Heads())}


def site_faults(desk: Workspace, expected: Site) -> list[str]:
    """Returns where the published site differs from the expected one."""
    there = site(desk)
    paths = sorted(there.keys() | expected.keys())
    return [f"{path} differs from a first publication" for path in paths if there.get(path) != expected.get(path)]


def halves(desk: Workspace, before: Site, after: Site) -> list[str]:
    """Returns the published files that have neither their old nor their new bytes."""
    return [
        f"{path} is incomplete"
        for path, data in site(desk).items()
        if data not in (before.get(path), after.get(path))
    ]


def published(desk: Workspace) -> list[str]:
    """Publishes, and returns what is wrong with that."""
    done = publish(desk)
    return [*map(str, done.errors), *done.missing]


# The read model.


def model_faults(desk: Workspace) -> list[str]:
    """Brings the read model up to date, and returns where it differs from a rebuild."""
    said: list[str] = []
    try:
        with projection.caught_up(desk.database_path, desk.log, said.append) as database:
            has = tables.dump(database)
            database.conn.execute("INSERT INTO events_fts (events_fts, rank) VALUES ('integrity-check', 1)")
    except TrackerError as error:
        return [str(error)]
    made = fresh_model(desk.log)
    return [*said, *(f"the table {name} differs from a rebuild" for name in made if made[name] != has[name])]


def model(desk: Workspace) -> Tables:
    """Returns the read model, without bringing it up to date."""
    with Database(tables.as_it_is(desk.database_path), execute_plugins=False) as database:
        return tables.dump(database)


def fresh_model(log: FileLog) -> Tables:
    with Database(memory=True, execute_plugins=False) as database:
        tables.create(database)
        projection.catch_up(database, log)
        return tables.dump(database)


def catch_up(desk: Workspace) -> None:
    with projection.caught_up(desk.database_path, desk.log, lambda sentence: None):
        pass


def files_with(root: str, text: bytes) -> list[str]:
    """Returns the paths of the files below a folder that have a text."""
    return [path for path, data in files_below(root) if text in data]
