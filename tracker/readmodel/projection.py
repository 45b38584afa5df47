"""Project streams into rows: each story is folded and written into SQLite, with its checkpoint.

::

    log ──events after the checkpoint──▶ rows ──one transaction──▶ rows + checkpoint

Catching up adds the rows of new events, and replaces the rows of the story's state (situations, claims, figures,
…). It projects the whole story again if one of the new events is an amendment, if the log does not extend what was
projected, or if the declarations of the story's types changed. Either way the tables equal a rebuild, row for row.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import json

from tracker import startup
from tracker.domain import figures
from tracker.domain.amend import Development
from tracker.domain.events import (
    EXPECTED,
    MET,
    Amendment,
    Event,
    Occurrence,
    Redaction,
    Statement,
    added,
    links_of,
    stated,
)
from tracker.domain.fold import fold
from tracker.domain.story import Office, Story
from tracker.domain.wording import in_words
from tracker.errors import CorruptLog, TrackerError, Unreachable
from tracker.log import scratch
from tracker.log.base import EventLog
from tracker.readmodel import cores, tables
from tracker.readmodel.tables import Checkpoint, Row, Rows
from tracker.text import scripts
from tracker.text.dates import check_recorded, when
from tracker.views.as_json import situation_shape
from tracker.views.briefing import due_by
from tracker.views.development import Touch, details_of, is_minor, last_touched, text_of, updated

if TYPE_CHECKING:
    from sqlite_utils import Database

Progress = Callable[[str], None]
Answer = TypeVar("Answer")
Ask = Callable[[sqlite3.Connection], Answer]

_HAS_AN_ID_OF_ANOTHER = "has an event with the id of another"


def open_database(path: str, tell: Progress) -> Database:
    """Opens the read model at ``path``. If it is damaged or of another version, it is replaced by an empty one."""
    try:
        return tables.connect(path)
    except (*tables.BROKEN, tables.StaleDatabase) as error:
        if isinstance(error, sqlite3.OperationalError):
            raise TrackerError(f"{os.path.relpath(path)}: {error}") from None
        reason = "is of another version" if isinstance(error, tables.StaleDatabase) else "is damaged"
        tell(f"{os.path.relpath(path)} {reason}; it is only a read model and is rebuilt from the log")
        tables.discard(path)
        return tables.connect(path)


@contextlib.contextmanager
def caught_up(
    path: str, log: EventLog, tell: Progress, progress: Progress = lambda slug: None
) -> Iterator[Database]:
    """A context with the read model, which has every event of the log. A damaged story keeps its old rows. If the
    disk cannot be written, the read model is made in memory, without the damaged stories."""
    if not is_writable(path):
        with tables.in_memory() as database:
            for error in load(database, log, progress):
                tell(f"left out: {error}")
            yield database
        return
    try:
        with open_database(path, tell) as database:
            if not tables.has_stories(database) and log.count() >= cores.FEW:
                rebuild(path, log, progress)  # on all cores, and in one transaction
            for error in catch_up(database, log, progress):
                tell(f"left as it was: {error}")
            yield database
    except sqlite3.DatabaseError as error:
        raise TrackerError(f"{os.path.relpath(path)}: {error}. Make it again with tracker rebuild") from None


MANY = 5_000
"""Stories of a desk from which on a digest of the whole log is kept."""


def answer(
    path: str,
    log: EventLog,
    ask: Ask[Answer],
    tell: Progress,
    progress: Progress = lambda slug: None,
) -> Answer:
    """Returns what ``ask`` finds in the read model, as in the context ``caught_up``.

    On a large desk it asks at once, while a child process looks whether the log has changed. If it has, the answer
    is dropped, and it asks again."""
    with (
        contextlib.suppress(sqlite3.DatabaseError),
        contextlib.closing(tables.as_it_is(path)) as connection,
        tables.reading(connection),
    ):
        if digest := tables.digest(connection):
            with cores.beside(partial(_digest, log)) as digest_now, startup.collection_paused():
                found = ask(connection)
                if digest_now() == digest:
                    return found
    with caught_up(path, log, tell, progress) as database:
        return ask(database.conn)


def _digest(log: EventLog, versions: Mapping[str, int] | None = None) -> str:
    """A digest of the versions of all stories, of the declared types and of the version of the tables."""
    found = log.versions() if versions is None else versions
    data = json.encode([tables.VERSION, log.glossary.fingerprint, found], order="sorted")
    return blake2b(data, digest_size=16).hexdigest()


def is_writable(path: str) -> bool:
    """Whether the read model at ``path`` can be written: the file, if there is one, and the nearest folder."""
    if os.path.exists(path) and not os.access(path, os.W_OK):
        return False
    folder = os.path.dirname(path)
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return os.access(folder, os.W_OK)


def rebuild(path: str, log: EventLog, progress: Progress = lambda slug: None) -> list[CorruptLog]:
    """Builds the read model from the whole log in a temporary file and puts it in place. Damaged stories are left
    out; their errors are returned.

    An existing read model gets the new rows in one transaction, so that a process that has it open reads on.
    """
    scratch.make(os.path.dirname(path))
    for leftover in scratch.leftovers(os.path.dirname(path)):
        os.remove(leftover)
    aside = f"{path}.{os.getpid()}.new"
    tables.discard(aside)  # a killed process may have had the same number
    try:
        with contextlib.closing(tables.aside(aside)) as database:
            errors = load(database, log, progress)
            if not tables.is_there(path) and tables.place(database, aside, path):
                return errors
        with tables.connect(aside) as database, open_database(path, lambda sentence: None) as in_place:
            database.conn.backup(in_place.conn)
    except sqlite3.DatabaseError as error:
        raise TrackerError(f"{os.path.relpath(path)}: {error}. It was not rebuilt") from None
    finally:
        tables.discard(aside)
    return errors


def load(database: Database, log: EventLog, progress: Progress = lambda slug: None) -> list[CorruptLog]:
    """Projects the whole log into an empty database, on all cores. Damaged stories are left out; their errors are
    returned."""
    errors: list[CorruptLog] = []

    def stories() -> Iterator[tuple[str, Rows]]:
        versions = sorted(log.versions().items())
        for (slug, _), result in zip(versions, cores.each(partial(_rows_or_damage, log), versions), strict=True):
            if isinstance(result, Unreachable):
                raise result
            if isinstance(result, CorruptLog):
                errors.append(result)
            elif result:
                yield slug, result
            progress(slug)

    refused = tables.load(database, stories())
    return errors + [log.damaged(slug, _HAS_AN_ID_OF_ANOTHER) for slug in refused]


PART = 64
"""Stories that are compared at once."""


def is_rebuilt(path: str, log: EventLog, progress: Progress = lambda slug: None) -> bool:
    """Whether the read model at ``path`` has the rows of a rebuild. All cores compare them. Raises
    sqlite3.DatabaseError."""
    versions = sorted(log.versions().items())
    parts = [versions[start : start + PART] for start in range(0, len(versions), PART)]
    later = [part[0][0] for part in parts[1:]]
    jobs = list(zip(parts, ["", *later], [*later, ""]))  # noqa: B905  there may be no part
    number = 0
    for part, found in zip(parts, cores.each(partial(_same_rows, path, log), jobs, few=2), strict=True):
        if found is None:
            return False
        number += found
        for slug, _ in part:
            progress(slug)
    with contextlib.closing(tables.as_it_is(path)) as connection:
        return tables.count_rows(connection) == number


def _same_rows(path: str, log: EventLog, part: tuple[Sequence[tuple[str, int]], str, str]) -> int | None:
    """The number of rows of some stories in the read model, or None if they are not those of a rebuild. ``part``
    has the stories with their versions, and the slugs that they lie between."""
    stories, start, end = part
    made = [_rows_or_damage(log, story) for story in stories]
    number = 0
    with contextlib.closing(tables.as_it_is(path)) as connection:
        for name in tables.TABLES:
            found = tables.rows_between(connection, name, start, end)
            rebuilt = {row for rows in made if isinstance(rows, Mapping) for row in rows.get(name, ())}
            if len(found) != len(rebuilt) or rebuilt != set(found):
                return None
            number += len(found)
    return number


def _rows_or_damage(log: EventLog, story: tuple[str, int]) -> Rows | CorruptLog | Unreachable:
    """All rows of a story by the log, or the error. ``story`` is its slug and its version. A story without events
    has no rows."""
    slug, version = story
    try:
        with log.folding(slug):
            events = _events(log, slug)
            return rows(slug, events, version, _types_of(log, events)) if events else {}
    except (CorruptLog, Unreachable) as error:
        return error


def catch_up(database: Database, log: EventLog, progress: Progress = lambda slug: None) -> list[CorruptLog]:
    """Projects the new events of the log. A damaged story keeps its rows, and its error is returned. But if its
    log has a redaction, its rows are deleted: one of them may have the removed text."""
    known = tables.versions(database, ("", log.glossary.fingerprint))
    versions = log.versions(known)  # read first: events that are appended meanwhile are projected next time
    errors = [] if known == versions else _catch_up(database, log, known, versions, progress)
    if len(versions) >= MANY and not errors and tables.digest(database.conn) != (digest := _digest(log, versions)):
        tables.put_digest(database, digest)
    tables.scrub(database)
    return errors


def _catch_up(
    database: Database, log: EventLog, known: Mapping[str, int], versions: Mapping[str, int], progress: Progress
) -> list[CorruptLog]:
    """Projects the stories whose version is not the ``known`` one, and forgets those that are gone."""
    projected = tables.checkpoints(database)
    for slug in projected.keys() - versions.keys():
        with tables.writing(database):
            tables.forget(database, slug)
    errors = []
    for slug, version in sorted(versions.items()):
        try:
            if known.get(slug) != version:
                with log.folding(slug):
                    _project(database, log, slug, version)
        except (CorruptLog, sqlite3.IntegrityError) as error:
            damage = error if isinstance(error, CorruptLog) else log.damaged(slug, _HAS_AN_ID_OF_ANOTHER)
            errors.append(damage)
            if slug in projected and any(map(log.has_redactions, versions)):  # the files may be swapped
                with tables.writing(database):
                    tables.to_be_scrubbed(database)
                    tables.forget(database, slug)
        progress(slug)
    return errors


def _events(log: EventLog, slug: str) -> list[Event]:
    """The events of a story; none where it has no whole line."""
    lines, _ = log.lines_and_rest(slug)
    return list(log.decoded(slug, lines))


def _project(database: Database, log: EventLog, slug: str, version: int) -> None:
    """Brings the rows of a story up to date, in one transaction."""
    events = _events(log, slug)
    if not events:
        if tables.checkpoint(database, slug).seq:
            with tables.writing(database):
                tables.forget(database, slug)
        return
    types = _types_of(log, events)
    with tables.writing(database):
        done = tables.checkpoint(database, slug)
        if (version, len(events), events[-1].hash, types) == done:
            return
        if done.seq and any(isinstance(event, Redaction) for event in events[done.seq :]):
            tables.to_be_scrubbed(database)
        if done.types != types or not _continues(events, done):
            tables.forget(database, slug)
            done = Checkpoint(0, 0, "")
        tables.put(database, slug, rows(slug, events, version, types, after=done.seq))


def _types_of(log: EventLog, events: Sequence[Event]) -> str:
    """The fingerprint of the declared types; empty where no event is of such a type."""
    return log.glossary.fingerprint if log.glossary.declares(events) else ""


def _continues(events: Sequence[Event], done: Checkpoint) -> bool:
    """Whether the rows of the events up to the checkpoint are the same in a rebuild."""
    if done.seq and (done.seq > len(events) or events[done.seq - 1].hash != done.hash):
        return False
    return not any(isinstance(event, Amendment) for event in events[done.seq :])


def rows(slug: str, events: Sequence[Event], version: int, types: str = "", after: int = 0) -> Rows:
    """A story's rows, by table. Tables with rows of single events get those of the events after the first
    ``after`` only. ``version`` is the story's version in ``EventLog.versions``."""
    story = fold(slug, events)
    developments = story.developments
    new = [(each, _parties(each, developments)) for each in developments[after:]]
    amendments, touched = _amendments(developments), last_touched(developments)
    return {
        "checkpoints": [(slug, version, len(events), events[-1].hash, types)],
        "stories": [_story_row(story, events)],
        "events": [
            _event_row(slug, each, parties, developments, amendments[each.seq], touched[each.seq])
            for each, parties in new
        ],
        "sources": [row for each, _ in new for row in _source_rows(slug, each)],
        "parties": [(party, slug, each.seq) for each, parties in new for party in dict.fromkeys(parties)],
        "links": [(slug, each.seq, *link) for each, _ in new for link in _links(slug, each)],
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
        "offices": [row for each in story.offices for row in _office_rows(slug, each)],
    }


def _office_rows(slug: str, office: Office) -> Iterator[Row]:
    """The rows of an office: one for each holder, in the order of their succession."""
    for number, each in enumerate(office.holders, 1):
        holds = int(each == office.holder)
        yield (slug, office.label, number, each.party, holds, each.since, each.seq, each.until, each.left)


def _story_row(story: Story, events: Sequence[Event]) -> Row:
    return (
        story.slug,
        story.title,
        story.short,
        story.status,
        int(story.pinned),
        story.about,
        story.summary,
        story.language,
        story.seq,
        story.head,
        events[0].recorded,
        story.updated,
    )


def _amendments(developments: Sequence[Development]) -> dict[int, int]:
    """The number of recorded amendments of each development, by its number. An amendment of an amendment counts
    for both. Unlike the number of amendments in effect, it only grows."""
    touching: dict[int, int] = dict.fromkeys((each.seq for each in developments), 0)
    for development in developments:
        while development.target:
            touching[development.target] += 1
            development = developments[development.target - 1]
    return touching


def _event_row(
    slug: str,
    development: Development,
    parties: Sequence[str],
    developments: Sequence[Development],
    amendments: int,
    touch: Touch,
) -> Row:
    event = development.event
    check_recorded(event.recorded, field="recorded")  # lists are ordered by it
    occurrence = event if isinstance(event, Occurrence) else None
    span = when(occurrence.occurred, event.recorded) if occurrence else None
    said = (each.quote for each in event.also) if isinstance(event, Statement) else ()
    quotes = [getattr(event, "quote", ""), *said, *(source.quote for source in getattr(event, "sources", ()))]
    target = developments[development.target - 1] if development.target else None
    imported = added(event, "imported")
    searched = (
        development.title,
        text_of(event),
        "\n".join(filter(None, quotes)),
        "\n".join(parties),
        "; ".join(f"{name}: {words}" for name, words in (*_details(event), *_texts_of(event))),
    )
    return (
        event.id,
        slug,
        development.seq,
        development.type,
        *searched,
        occurrence.occurred if occurrence else "",
        *((span.earliest.instant, span.latest.instant, span.earliest.day) if span else (None, None, None)),
        event.recorded,
        event.editor,
        development.standing,
        amendments,
        int(is_minor(development, target)),
        updated(development, touch, developments[touch.seq - 1]),
        int(bool(added(event, "key"))),
        ", ".join(added(event, "tags") or ()),
        added(event, "place") or "",
        added(event, "at") or "",
        int(bool(added(event, "backfilled"))),
        *((imported.importer, imported.key, imported.batch) if imported else ("", "", "")),
        scripts.parts("\n".join(searched)),
    )


def _details(event: Event) -> Iterator[tuple[str, str]]:
    """The other fields of the event's type, by name."""
    return ((name.replace("_", " "), in_words(kind, value)) for name, kind, value in details_of(event))


def _texts_of(event: Event) -> list[tuple[str, str]]:
    """The state that the event gives a situation, its place, its tags, its figures, its sources, and the texts of
    its picture, by name."""
    states = [(name, stated(event, name)) for name in ("state", "pending")]
    states += [("place", added(event, "place") or ""), ("tags", ", ".join(added(event, "tags") or ()))]
    states += [(each.name, figures.in_words(each)) for each in getattr(event, "figures", ())]
    for source in getattr(event, "sources", ()):
        states.append(("source", ", ".join(filter(None, (source.title, source.publisher, source.via)))))
    image = getattr(event, "image", None)
    texts = ((name, getattr(image, name)) for name in ("alt", "caption", "credit")) if image else ()
    return [(name, text) for name, text in (*states, *texts) if text]


def _parties(development: Development, developments: Sequence[Development]) -> Sequence[str]:
    """The parties of a development. Those of an amendment are all parties that the development it amends has ever
    named."""
    if not development.target:
        return getattr(development.event, "parties", ())
    while development.target:
        development = developments[development.target - 1]
    named = [*getattr(development.original, "parties", ())]
    named += [
        party
        for amendment in development.amendments
        for change in amendment.changes
        if change.field == "parties"
        for party in change.after or ()
    ]
    return tuple(dict.fromkeys(named))


def _links(slug: str, development: Development) -> Iterable[tuple[str, str]]:
    """The story and the id of each event that the development ever mentioned."""
    versions = [development.original, development.event]
    return dict.fromkeys((other or slug, id) for each in versions for other, id in links_of(each))


def _source_rows(slug: str, development: Development) -> list[Row]:
    sources = getattr(development.event, "sources", ())
    return [
        (slug, development.seq, number, each.url, each.publisher, each.title, each.published, each.quote,
         each.archived, each.via)
        for number, each in enumerate(sources, 1)
    ]  # fmt: skip


def _situation_row(slug: str, situation: Any) -> Row:
    shape = situation_shape(situation)
    return (
        slug,
        situation.seq,
        situation.kind,
        situation.listed,
        situation.label,
        situation.title,
        shape["state"],
        situation.words,
        situation.awaits,
        situation.since,
        situation.until,
        situation.announced,
        due_by(situation.announced) if situation.listed == EXPECTED else "",
        situation.ended_by or None,
        situation.score,
        situation.days if situation.score == MET else None,
    )


def _figure_row(slug: str, reading: Any) -> Row:
    figure = reading.figure
    numbers = (figure.low, figure.high, figure.bound, figure.expected_low, figure.expected_high)
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
