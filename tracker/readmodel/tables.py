"""The read model's SQLite file: its tables, and nothing about where their rows come from.

The file is disposable. It is opened in WAL mode, so that readers never wait; each story's rows are written with
the story's checkpoint in one transaction, so that no reader ever sees rows and a checkpoint that disagree.
Readable in Datasette as it is.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlite_utils import Database

from tracker import atomic
from tracker.errors import BadInput
from tracker.text.dates import Moment

VERSION = 6
"""Of the tables below; a file of another version is thrown away and built anew."""

Row = tuple[Any, ...]
Rows = Mapping[str, Sequence[Row]]


class Checkpoint(NamedTuple):
    """How far a story is projected: the version that its log had, its last event's number, and that one's hash.
    ``types`` is the fingerprint of the declared types it was projected with; empty where it uses none."""

    version: int
    seq: int
    hash: str
    types: str = ""


class Table(NamedTuple):
    """A table's columns, its key, and whether its rows belong to single events (``by_event``) or are what
    stands, replaced whole each time."""

    columns: dict[str, type]
    key: tuple[str, ...]
    by_event: bool


TABLES: dict[str, Table] = {
    "checkpoints": Table(
        {"story": str, "version": int, "seq": int, "hash": str, "types": str}, ("story",), by_event=False
    ),
    "stories": Table(
        {
            "story": str, "title": str, "status": str, "summary": str, "language": str,
            "seq": int, "head": str, "opened": str, "updated": str,
        },
        ("story",),
        by_event=False,
    ),
    "events": Table(
        {
            "id": str, "story": str, "seq": int, "type": str, "title": str, "body": str, "quotes": str,
            "parties": str, "details": str, "occurred": str, "earliest": str, "latest": str, "recorded": str,
            "editor": str, "standing": str, "amendments": int, "minor": int,
            "updated": str,
        },
        ("id",),
        by_event=True,
    ),
    "sources": Table(
        {
            "story": str, "seq": int, "number": int, "url": str, "publisher": str, "title": str,
            "published": str, "quote": str, "archived": str, "via": str,
        },
        ("story", "seq", "number"),
        by_event=True,
    ),
    "parties": Table({"party": str, "story": str, "seq": int}, ("party", "story", "seq"), by_event=True),
    "situations": Table(
        {
            "story": str, "seq": int, "kind": str, "listed": str, "label": str, "title": str, "state": str,
            "words": str, "since": str, "until": str, "due": str, "due_by": str, "ended_by": int,
        },
        ("story", "seq"),
        by_event=False,
    ),
    "claims": Table(
        {"story": str, "seq": int, "claim": str, "status": str, "origins": int, "occurred": str},
        ("story", "seq"),
        by_event=False,
    ),
    "figures": Table(
        {
            "story": str, "party": str, "name": str, "value": str, "unit": str, "per": str, "approx": int,
            "low": str, "high": str, "expected_low": str, "expected_high": str, "verdict": str,
            "words": str, "occurred": str, "seq": int,
        },
        ("story", "party", "name"),
        by_event=False,
    ),
    "positions": Table(
        {
            "story": str, "party": str, "quote": str, "title": str, "to": str, "words": str, "occurred": str,
            "seq": int,
        },
        ("story", "party"),
        by_event=False,
    ),
}  # fmt: skip

_INSERTS = {
    name: f"INSERT INTO [{name}] VALUES ({', '.join('?' * len(table.columns))})" for name, table in TABLES.items()
}

SEARCHED = ("title", "body", "quotes", "parties", "details")


def connect(path: str) -> Database:
    """The read model at ``path``, created where it is missing. Raises sqlite3.DatabaseError for a file that
    is not one, StaleDatabase for one of another version."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    database = Database(path, execute_plugins=False)
    try:
        database.conn.execute("PRAGMA busy_timeout = 30000")
        database.conn.execute("PRAGMA journal_mode = WAL")
        database.conn.execute("PRAGMA synchronous = NORMAL")
        if not _version(database):
            with writing(database):
                if not _version(database):  # nobody else was faster
                    create(database)
        if _version(database) != VERSION:
            raise StaleDatabase(_version(database))
    except BaseException:
        database.close()
        raise
    return database


def as_it_is(path: str) -> Database:
    """The file at ``path``, to be read: nothing is made, not even beside it where that is impossible. Raises
    sqlite3.DatabaseError."""
    how = "mode=rw" if os.access(os.path.dirname(path), os.W_OK) else "immutable=1"
    connection = sqlite3.connect(f"file:{quote(os.fsencode(path))}?{how}", uri=True)
    return Database(connection, execute_plugins=False)


def aside(path: str) -> Database:
    """A new file for ``load``, which is thrown away: nothing of it is flushed."""
    database = Database(path, execute_plugins=False)
    for pragma in ("journal_mode = MEMORY", "synchronous = OFF", "cache_size = -65536"):
        database.conn.execute(f"PRAGMA {pragma}")
    return database


def place(database: Database, at: str, path: str) -> bool:
    """Puts what ``load`` has made in the file ``at`` where no read model is yet, and closes it; says whether there
    was none."""
    database.conn.execute("PRAGMA journal_mode = WAL")
    database.close()
    atomic.flush(at)
    try:
        os.link(at, path)
    except OSError:  # there is one by now, or the file system knows no links
        return False
    return True


def _version(database: Database) -> int:
    return int(database.conn.execute("PRAGMA user_version").fetchone()[0])


def is_there(path: str) -> bool:
    """Whether anything of a read model is, a journal that was left included."""
    return any(os.path.exists(path + ending) for ending in ("", "-wal", "-shm"))


BROKEN = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What is raised where a file is none of SQLite's; the latter where it cannot even say so."""


class StaleDatabase(Exception):
    """The file was written by another version of tracker."""


def discard(path: str) -> None:
    """Removes the read model; nothing is lost by it. Its journal goes first: beside another file it would be taken
    for that one's."""
    for ending in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + ending)


@contextlib.contextmanager
def writing(database: Database) -> Iterator[None]:
    """One transaction that has the write lock from its start, so that what it reads it may act on."""
    database.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.conn.rollback()
        raise
    database.conn.commit()


def checkpoints(database: Database) -> dict[str, Checkpoint]:
    """Every story's checkpoint."""
    found = database.conn.execute("SELECT story, version, seq, hash, types FROM checkpoints")
    return {story: Checkpoint(*rest) for story, *rest in found}


def checkpoint(database: Database, story: str) -> Checkpoint:
    """One story's checkpoint; zeros where it is not projected."""
    found = database.conn.execute("SELECT version, seq, hash, types FROM checkpoints WHERE story = ?", (story,))
    return next((Checkpoint(*row) for row in found), Checkpoint(0, 0, ""))


def forget(database: Database, story: str) -> None:
    """Removes all rows of a story."""
    for name in TABLES:
        database.conn.execute(f"DELETE FROM [{name}] WHERE story = ?", (story,))


def put(database: Database, story: str, rows: Rows) -> None:
    """Adds a story's rows: those of single events to the ones there, those of what stands instead of them."""
    for name, table in TABLES.items():
        if not table.by_event:
            database.conn.execute(f"DELETE FROM [{name}] WHERE story = ?", (story,))
        database.conn.executemany(_INSERTS[name], rows.get(name, ()))


def load(database: Database, stories: Iterable[tuple[str, Rows]]) -> dict[str, sqlite3.IntegrityError]:
    """Puts the rows of whole stories into an empty database, without tables, and creates what follows from them
    last: an index is made faster of all rows than kept with each. A story whose rows cannot stand beside those of
    the others is left out, and returned with the reason."""
    create_tables(database)
    refused = insert(database, stories)
    _create_indexes(database)
    configure = "INSERT INTO events_fts (events_fts, rank) VALUES ('hashsize', ?)"
    database.conn.execute(configure, (_MANY_WORDS,))
    database.conn.execute("INSERT INTO events_fts (events_fts) VALUES ('rebuild')")
    database.conn.execute(configure, (_WORDS,))
    database.conn.commit()
    return refused


_WORDS, _MANY_WORDS = 1 << 20, 1 << 26
"""Bytes of words that SQLite holds in memory until it writes them into a full-text index: by itself, and while all
of it is made."""


def insert(database: Database, stories: Iterable[tuple[str, Rows]]) -> dict[str, sqlite3.IntegrityError]:
    """What ``load`` does between the tables and the indexes."""
    refused = {}
    with writing(database):
        for story, rows in stories:
            database.conn.execute("SAVEPOINT story")
            try:
                for name, made in rows.items():
                    if made:
                        database.conn.executemany(_INSERTS[name], made)
            except sqlite3.IntegrityError as error:
                database.conn.execute("ROLLBACK TO story")
                refused[story] = error
            database.conn.execute("RELEASE story")
    return refused


def to_be_scrubbed(database: Database) -> None:
    """Remembers, in the transaction that it is called in, that a text was removed from the tables."""
    database.conn.execute(f"PRAGMA application_id = {_UNSCRUBBED}")


def scrub(database: Database) -> None:
    """Where a text was removed from the tables, writes the file anew, so that no free page, index or journal keeps
    it. Cut short, or where somebody still reads the old pages, that is done the next time."""
    if database.conn.execute("PRAGMA application_id").fetchone()[0] != _UNSCRUBBED:
        return
    database.conn.execute("INSERT INTO events_fts (events_fts) VALUES ('rebuild')")
    database.conn.commit()
    database.conn.execute("VACUUM")
    ((busy, _, _),) = database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if not busy:  # else a reader still has the old pages open
        database.conn.execute("PRAGMA application_id = 0")


_UNSCRUBBED = 1


def dump(database: Database) -> dict[str, list[Row]]:
    """Every row of every table, in the order of the keys; what two equal read models share."""
    return {
        name: list(database.conn.execute(f"SELECT * FROM [{name}] ORDER BY {_listed(table.key)}"))
        for name, table in TABLES.items()
    }


def words_of(text: str) -> str:
    """What may be searched for of a text that somebody has typed. Raises BadInput where it has no word."""
    words = text.replace("\0", " ").encode(errors="replace").decode()
    if not any(character.isalnum() for character in words):
        raise BadInput(f"{words!r} has no word to search for")
    return words


def search(database: Database, query: str, limit: int) -> Iterator[dict[str, Any]]:
    """The events that have all words of the query, best first: the event's row and a ``snippet``."""
    words = database.quote_fts(" ".join(query.split()))
    if not words:
        return iter(())
    return database.query(
        """
        SELECT events.*, snippet(events_fts, -1, '', '', ' … ', 16) AS snippet
        FROM events_fts JOIN events ON events.rowid = events_fts.rowid
        WHERE events_fts MATCH ? ORDER BY rank, events.recorded DESC, events.id LIMIT ?
        """,
        (words, limit),
    )


def stories(database: Database, now: Moment) -> Iterable[dict[str, Any]]:
    """Every story's row, the one that moved last first, with the number of its situations in force, and of what
    was expected of it by ``now`` and is still awaited."""
    return database.query(
        """
        SELECT stories.*, (
            SELECT count(*) FROM situations
            WHERE situations.story = stories.story AND state = 'in force'
            AND listed = 'situations'
        ) AS in_force, (
            SELECT count(*) FROM situations
            WHERE situations.story = stories.story AND state = 'in force'
            AND listed = 'expected' AND due_by < ?
        ) AS overdue
        FROM stories ORDER BY updated DESC, story
        """,
        (now,),
    )


def expected(database: Database, until: Moment) -> Iterable[dict[str, Any]]:
    """What is awaited and due by ``until`` at the latest, in the order of that: the situation's row, its story's
    title, and from its event the id, the body, how often it was amended and when anything was last said of it."""
    return database.query(
        """
        SELECT situations.*, stories.title AS story_title, events.id, events.body, events.amendments,
               events.updated
        FROM situations
        JOIN stories USING (story) JOIN events USING (story, seq)
        WHERE situations.listed = 'expected' AND situations.state = 'in force'
        AND situations.due != '' AND situations.due_by <= ?
        ORDER BY situations.due_by, situations.story, situations.seq
        """,
        (until,),
    )


def involved(database: Database) -> Iterable[dict[str, Any]]:
    """Every party with the number of its developments in each of its stories; of those that still stand, and
    without the amendments."""
    return database.query(
        """
        SELECT parties.party, story, stories.title AS story_title, count(*) AS developments
        FROM parties JOIN events USING (story, seq) JOIN stories USING (story)
        WHERE events.earliest IS NOT NULL AND events.standing IN ('stands', 'corrected')
        GROUP BY parties.party, story ORDER BY parties.party, developments DESC, story
        """
    )


def involving(database: Database, party: str, limit: int) -> Iterable[dict[str, Any]]:
    """The rows of the last developments of a party, of those that ``involved`` counts; the newest first."""
    return database.query(
        """
        SELECT events.* FROM parties JOIN events USING (story, seq)
        WHERE parties.party = ? AND events.earliest IS NOT NULL AND events.standing IN ('stands', 'corrected')
        ORDER BY events.recorded DESC, events.story, events.seq DESC LIMIT ?
        """,
        (party, limit),
    )


def held(database: Database) -> Iterable[dict[str, Any]]:
    """Every situation in force with each of its parties; questions and expected dates are none."""
    return database.query(
        """
        SELECT parties.party, situations.* FROM situations JOIN parties USING (story, seq)
        WHERE state = 'in force' AND listed = 'situations'
        ORDER BY parties.party, story, seq
        """
    )


def positions(database: Database) -> Iterable[dict[str, Any]]:
    """What every party said last in each of its stories, the latest of these first."""
    return database.query(
        """
        SELECT positions.* FROM positions JOIN events USING (story, seq)
        ORDER BY positions.party, events.earliest DESC, events.recorded DESC, story
        """
    )


def names(path: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The parties, and the publishers with an address, in the read model at ``path`` as it is; nothing where that
    cannot be read."""
    try:
        with connect(path) as database:
            parties = [party for (party,) in database.conn.execute("SELECT DISTINCT party FROM parties")]
            sources = database.conn.execute("SELECT DISTINCT publisher, url FROM sources WHERE publisher != ''")
            return parties, list(sources)
    except (sqlite3.DatabaseError, StaleDatabase):
        return [], []


def create(database: Database) -> None:
    """Makes the tables in an empty database."""
    create_tables(database)
    _create_indexes(database)


def create_tables(database: Database) -> None:
    """The tables alone."""
    for name, table in TABLES.items():
        database.table(name).create(table.columns, pk=table.key[0] if len(table.key) == 1 else table.key)


def _create_indexes(database: Database) -> None:
    database.table("events").create_index(["story", "seq"], unique=True)
    database.table("events").create_index(["recorded"])
    database.table("parties").create_index(["story"])
    _create_search(database)
    database.conn.execute(f"PRAGMA user_version = {VERSION}")


def _create_search(database: Database) -> None:
    """A full-text index kept by triggers. Written out, because sqlite-utils commits while creating one."""
    columns = _listed(SEARCHED)
    old, new = (", ".join(f"{row}.[{column}]" for column in SEARCHED) for row in ("old", "new"))
    for statement in (
        f"CREATE VIRTUAL TABLE events_fts USING fts5({columns}, content='events', tokenize='porter unicode61')",
        f"""CREATE TRIGGER events_ai AFTER INSERT ON events BEGIN
              INSERT INTO events_fts (rowid, {columns}) VALUES (new.rowid, {new}); END""",
        f"""CREATE TRIGGER events_ad AFTER DELETE ON events BEGIN
              INSERT INTO events_fts (events_fts, rowid, {columns}) VALUES ('delete', old.rowid, {old}); END""",
    ):
        database.conn.execute(statement)


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f"[{column}]" for column in columns)
