"""Streams to rows: the fold written into SQLite, each story with its checkpoint.

::

    log ──events after the checkpoint──▶ rows ──one transaction──▶ rows + checkpoint

Catching up adds the rows of new events and replaces those of what stands. Where an amendment is among the new
events, or the log no longer continues what was projected, or the desk declares otherwise what the types are that
the story uses, its rows are all made anew. Either way the tables are, row for row, what a rebuild makes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from tracker import database as tables
from tracker import figures, kept, locks
from tracker.amend import Development
from tracker.briefing import due_by
from tracker.database import Checkpoint, Row, Rows
from tracker.entries import Entry, body_of, entries
from tracker.errors import CorruptLog, TrackerError
from tracker.events import Amendment, Event, Occurrence, Redaction
from tracker.fold import fold
from tracker.log import FORGED, FileLog
from tracker.shapes import situation_shape
from tracker.story import Story
from tracker.times import check_recorded, when

Progress = Callable[[str], None]


def open_database(path: str, tell: Progress) -> Database:
    """The read model at ``path``; one that is damaged or of another version is thrown away and begun anew."""
    try:
        return tables.connect(path)
    except (sqlite3.DatabaseError, tables.StaleDatabase) as error:
        if isinstance(error, sqlite3.OperationalError):
            raise TrackerError(f"{os.path.relpath(path)}: {error}") from None
        reason = "is damaged" if isinstance(error, sqlite3.DatabaseError) else "is of another version"
        tell(f"{os.path.relpath(path)} {reason}; it is only a read model and is built anew from the log")
        tables.discard(path)
        return tables.connect(path)


@contextlib.contextmanager
def caught_up(path: str, log: FileLog, tell: Progress) -> Iterator[Database]:
    """The read model with all in it that is in the log; stories that are damaged as they were."""
    try:
        with open_database(path, tell) as database:
            for error in catch_up(database, log):
                tell(f"left as it was: {error}")
            yield database
    except sqlite3.DatabaseError as error:
        raise TrackerError(f"{os.path.relpath(path)}: {error}. Make it anew with tracker rebuild") from None


def rebuild(path: str, log: FileLog, progress: Progress = lambda slug: None) -> list[CorruptLog]:
    """Builds the read model aside from the whole log and puts it in place; damaged stories are left out.

    In place is by copying, in one transaction: whoever has the file open goes on with the new rows.
    """
    for left in locks.left(os.path.dirname(path)):
        os.remove(left)
    aside = f"{path}.{os.getpid()}.new"
    try:
        with tables.connect(aside) as database:
            errors = catch_up(database, log, progress)
            with open_database(path, lambda sentence: None) as in_place:
                database.conn.backup(in_place.conn)
    finally:
        tables.discard(aside)
    return errors


def catch_up(database: Database, log: FileLog, progress: Progress = lambda slug: None) -> list[CorruptLog]:
    """Projects what is new in the log. A damaged story keeps the rows it has; its error is returned."""
    known = tables.checkpoints(database)
    slugs = log.streams()
    for slug in known.keys() - set(slugs):
        with tables.writing(database):
            tables.forget(database, slug)
    errors = []
    for slug in slugs:
        try:
            if not _is_current(log, slug, known.get(slug)):
                _project(database, log, slug)
        except (*FORGED, sqlite3.IntegrityError) as error:
            errors.append(log.damaged(slug, error))
        progress(slug)
    tables.scrub(database)
    return errors


def _is_current(log: FileLog, slug: str, checkpoint: Checkpoint | None) -> bool:
    if checkpoint is None or checkpoint.types not in ("", log.glossary.fingerprint):
        return False
    return (checkpoint.position, checkpoint.hash) == log.position(slug)


def _project(database: Database, log: FileLog, slug: str) -> None:
    lines, _ = log.lines_and_rest(slug)
    events = list(log.decoded(slug, lines))
    if not events:
        if tables.checkpoint(database, slug).seq:
            with tables.writing(database):
                tables.forget(database, slug)
        return
    size = sum(map(len, lines))
    types = log.glossary.fingerprint if log.glossary.declares(events) else ""
    with tables.writing(database):
        done = tables.checkpoint(database, slug)
        if done.seq >= len(events) and (events[-1].hash, types) == (done.hash, done.types):
            return
        if done.seq and any(isinstance(event, Redaction) for event in events[done.seq :]):
            tables.to_be_scrubbed(database)
            kept.forget(log.scratch)  # it says how stories are listed
        if done.types != types or not _continues(events, done):
            tables.forget(database, slug)
            done = Checkpoint(0, 0, "")
        tables.put(database, slug, rows(slug, events, size, types, after=done.seq))


def _continues(events: Sequence[Event], done: Checkpoint) -> bool:
    """Whether the rows of the events up to the checkpoint are still what a rebuild would make."""
    if done.seq and (done.seq > len(events) or events[done.seq - 1].hash != done.hash):
        return False
    return not any(isinstance(event, Amendment) for event in events[done.seq :])


def rows(slug: str, events: Sequence[Event], size: int, types: str = "", after: int = 0) -> Rows:
    """A story's rows by table; those of single events for the events after the first ``after`` only."""
    story = fold(slug, events)
    told = entries(slug, events)
    new = list(zip(story.developments, told, strict=True))[after:]
    amendments = _amendments(story.developments)
    for development, _ in new:
        check_recorded(development.event.recorded, field="recorded")  # it dates what is listed
    return {
        "checkpoints": [(slug, size, len(events), events[-1].hash, types)],
        "stories": [_story_row(story, events)],
        "events": [_event_row(slug, development, entry, amendments) for development, entry in new],
        "changes": [
            (slug, entry.seq, number, *change)
            for _, entry in new
            for number, change in enumerate(entry.changes, 1)
        ],
        "sources": [row for development, _ in new for row in _source_rows(slug, development)],
        "parties": [(party, slug, entry.seq) for _, entry in new for party in dict.fromkeys(entry.parties)],
        "entries": [_entry_row(entry) for _, entry in new],
        "situations": [
            _situation_row(slug, each) for each in (*story.situations, *story.questions, *story.expected)
        ],
        "claims": [
            (slug, each.seq, each.label, each.status, each.origins, each.occurred) for each in story.claims
        ],
        "figures": [_figure_row(slug, each) for each in story.readings],
        "positions": [
            (slug, each.party, each.quote, each.title, each.to, each.words, each.occurred, each.seq)
            for each in story.positions
        ],
    }


def _story_row(story: Story, events: Sequence[Event]) -> Row:
    return (
        story.slug,
        story.title,
        story.status,
        story.summary,
        story.language,
        story.seq,
        story.head,
        events[0].recorded,
        story.updated,
    )


def _amendments(developments: Sequence[Development]) -> dict[int, int]:
    """By place, how many amendments were recorded that touch a development, by way of the amendments that they
    undo too. Unlike the number of those in effect it only ever grows."""
    touching: dict[int, int] = dict.fromkeys((each.seq for each in developments), 0)
    for development in developments:
        while development.target:
            touching[development.target] += 1
            development = developments[development.target - 1]
    return touching


def _event_row(slug: str, development: Development, entry: Entry, amendments: Mapping[int, int]) -> Row:
    event = development.event
    occurrence = event if isinstance(event, Occurrence) else None
    span = when(occurrence.occurred, event.recorded) if occurrence else (None, None)
    return (
        event.id,
        slug,
        development.seq,
        development.type,
        development.title,
        body_of(event),
        "\n".join(quote for quote in (entry.quote, *(source.quote for source in entry.sources)) if quote),
        "\n".join(entry.parties),
        "; ".join(f"{name}: {words}" for name, words in entry.details),
        occurrence.occurred if occurrence else "",
        *span,
        event.recorded,
        event.editor,
        development.standing,
        amendments[development.seq],
        int(entry.minor),
    )


def _source_rows(slug: str, development: Development) -> list[Row]:
    sources = getattr(development.event, "sources", ())
    return [
        (slug, development.seq, number, each.url, each.publisher, each.title, each.published, each.quote,
         each.archived, each.via)
        for number, each in enumerate(sources, 1)
    ]  # fmt: skip


def _entry_row(entry: Entry) -> Row:
    return (
        entry.id,
        entry.slug,
        entry.seq,
        entry.title,
        entry.summary,
        entry.published,
        entry.updated,
        entry.path,
        int(entry.minor),
    )


def _situation_row(slug: str, situation: Any) -> Row:
    shape = situation_shape(situation)
    return (
        slug,
        situation.seq,
        situation.kind,
        situation.label,
        situation.title,
        shape["state"],
        situation.words,
        situation.since,
        situation.until,
        situation.announced,
        due_by(situation.announced) if situation.kind == "expectation" else "",
        situation.ended_by or None,
    )


def _figure_row(slug: str, reading: Any) -> Row:
    figure = reading.figure
    numbers = (figure.low, figure.high, figure.expected_low, figure.expected_high)
    return (
        slug,
        figure.party,
        figure.name,
        figure.value,
        figure.unit,
        figure.per,
        int(figure.approx),
        *numbers,
        figures.verdict(figure),
        reading.words,
        reading.occurred,
        reading.seq,
    )
