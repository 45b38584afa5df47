"""The read model's SQLite file: its tables and queries. Module ``projection`` makes the rows.

The file is disposable. It is opened in WAL mode, so that readers never wait. Each story's rows are written with
its checkpoint in one transaction, so that no reader sees rows and a checkpoint that disagree. Datasette can open
it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from tracker import atomic
from tracker.domain.directory import NO_PARTIES, Directory
from tracker.errors import BadInput
from tracker.log import scratch
from tracker.text import scripts
from tracker.text.dates import Edge, Moment, in_order, when
from tracker.text.identity import name_key

if TYPE_CHECKING:
    from sqlite_utils import Database

VERSION = 15
"""The version of the tables. A file of another version is deleted and rebuilt."""

Row = tuple[Any, ...]
Listed = tuple[str, str, str, int, str, int]
"""A line of the list of stories: slug, title (the short one), status, number of events, last update, pinned."""

Rows = Mapping[str, Sequence[Row]]


class Checkpoint(NamedTuple):
    """How far a story is projected: its version in the log then, and the number and the hash of its last event.
    ``types`` is the fingerprint of the declared types then; empty where the story uses none."""

    version: int
    seq: int
    hash: str
    types: str = ""


class Table(NamedTuple):
    """A table: its columns, its key, and whether its rows belong to single events (``by_event``). Otherwise they
    are the story's state, and are replaced each time."""

    columns: dict[str, type]
    key: tuple[str, ...]
    by_event: bool


TABLES: dict[str, Table] = {
    "checkpoints": Table(
        {"story": str, "version": int, "seq": int, "hash": str, "types": str}, ("story",), by_event=False
    ),
    "stories": Table(
        {
            "story": str, "title": str, "short": str, "status": str, "pinned": int, "about": str,
            "summary": str, "language": str, "seq": int, "head": str, "opened": str, "updated": str,
        },
        ("story",),
        by_event=False,
    ),
    "events": Table(
        {
            "id": str, "story": str, "seq": int, "type": str, "title": str, "body": str, "quotes": str,
            "parties": str, "details": str, "occurred": str, "earliest": str, "latest": str, "day": str,
            "recorded": str, "editor": str, "standing": str, "amendments": int, "minor": int,
            "updated": str, "key": int, "tags": str, "place": str, "at": str, "backfilled": int,
            "importer": str, "origin": str, "batch": str, "parts": str,
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
    "links": Table(
        {"story": str, "seq": int, "to_story": str, "to_id": str},
        ("story", "seq", "to_story", "to_id"),
        by_event=True,
    ),
    "situations": Table(
        {
            "story": str, "seq": int, "kind": str, "listed": str, "label": str, "title": str, "state": str,
            "words": str, "pending": str, "since": str, "until": str, "due": str, "due_by": str, "ended_by": int,
            "score": str, "days_late": int,
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
            "low": str, "high": str, "bound": str, "expected_low": str, "expected_high": str, "verdict": str,
            "words": str, "occurred": str, "seq": int,
        },
        ("story", "party", "name", "unit", "per"),
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
    "offices": Table(
        {
            "story": str, "office": str, "number": int, "party": str, "holds": int, "since": str, "seq": int,
            "until": str, "ended_by": int,
        },
        ("story", "office", "number"),
        by_event=False,
    ),
}  # fmt: skip

_INSERTS = {
    name: f"INSERT INTO [{name}] VALUES ({', '.join('?' * len(table.columns))})" for name, table in TABLES.items()
}

PATIENCE = 30
"""Seconds for which a connection waits for others."""

SEARCHED = ("title", "body", "quotes", "parties", "details", "parts")
"""The columns of the full-text index. ``parts`` has the words of scripts without spaces (``text/scripts.py``)."""


def connect(path: str) -> Database:
    """Opens the read model at ``path``, and creates it if it is missing. Raises sqlite3.DatabaseError where the
    file is no database, StaleDatabase where it is of another version."""
    scratch.make(os.path.dirname(path))
    scratch.check(path, scratch.DATABASE)
    database = _wrapped(path)
    try:
        database.conn.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
        _use_wal(database)
        database.conn.execute("PRAGMA synchronous = NORMAL")
        if not _version(database):
            with writing(database):
                if not _version(database):  # no other process has made it meanwhile
                    create(database)
        if _version(database) != VERSION:
            raise StaleDatabase(_version(database))
    except BaseException:
        database.close()
        raise
    return database


def _use_wal(database: Database) -> None:
    """Switches the database to a write-ahead log. SQLite does not wait for other connections then, so that this
    function does."""
    deadline = monotonic() + PATIENCE
    while True:
        try:
            database.conn.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
        sleep(0.01)


def in_memory() -> Database:
    """Makes a database that is in no file."""
    return _wrapped(":memory:")


def _wrapped(connection: str | sqlite3.Connection) -> Database:
    from sqlite_utils import Database  # 0.1 s

    return Database(connection, execute_plugins=False)


def as_it_is(path: str) -> sqlite3.Connection:
    """Opens the file at ``path`` to read it, also in a folder that cannot be written. Creates no tables. Raises
    sqlite3.DatabaseError."""
    scratch.check(path, scratch.DATABASE)
    how = "mode=rw" if os.access(os.path.dirname(path), os.W_OK) else "immutable=1"
    return sqlite3.connect(f"file:{quote(os.fsencode(path))}?{how}", uri=True)


def aside(path: str) -> Database:
    """Makes a temporary database for ``load``. Its writes are not flushed."""
    database = _wrapped(path)
    for pragma in ("journal_mode = MEMORY", "synchronous = OFF", "cache_size = -65536"):
        database.conn.execute(f"PRAGMA {pragma}")
    return database


def place(database: Database, at: str, path: str) -> bool:
    """Closes the database, which is in the file ``at``, and links it to ``path``. Returns whether that was
    possible: it is not if there is a read model already."""
    database.conn.execute("PRAGMA journal_mode = WAL")
    database.close()
    atomic.flush(at)
    try:
        os.link(at, path)
    except OSError:  # there is one by now, or the file system has no links
        return False
    return True


def _version(database: Database) -> int:
    return int(database.conn.execute("PRAGMA user_version").fetchone()[0])


def is_there(path: str) -> bool:
    """Whether there is a file of a read model, or a leftover journal of one."""
    return any(os.path.exists(path + ending) for ending in ("", "-wal", "-shm"))


BROKEN = (sqlite3.DatabaseError, UnicodeDecodeError)
"""The errors for a file that is no SQLite database. The second comes from a message of SQLite that is no UTF-8."""


class StaleDatabase(Exception):
    """The file was written by another version of tracker."""


def discard(path: str) -> None:
    """Deletes the read model; no event is lost by that. Its journal goes first, because SQLite would apply it to
    the next file of that name."""
    for ending in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + ending)


@contextlib.contextmanager
def writing(database: Database) -> Iterator[None]:
    """A transaction that takes the write lock at its start, so that the rows that it reads do not change."""
    database.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.conn.rollback()
        raise
    database.conn.commit()


@contextlib.contextmanager
def reading(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction in which all rows that are read are of one time."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.rollback()


def has_stories(database: Database) -> bool:
    """Whether any story is projected."""
    return bool(database.conn.execute("SELECT EXISTS (SELECT * FROM checkpoints)").fetchone()[0])


def checkpoints(database: Database) -> dict[str, Checkpoint]:
    """Every story's checkpoint."""
    found = database.conn.execute("SELECT story, version, seq, hash, types FROM checkpoints")
    return {story: Checkpoint(*rest) for story, *rest in found}


def versions(database: Database, types: Sequence[str]) -> dict[str, int]:
    """The version of every story that is projected with one of these fingerprints of types."""
    marks = ", ".join("?" * len(types))
    found = database.conn.execute(f"SELECT story, version FROM checkpoints WHERE types IN ({marks})", types)
    return dict(found.fetchall())


def checkpoint(database: Database, story: str) -> Checkpoint:
    """One story's checkpoint; zeros where it is not projected."""
    found = database.conn.execute("SELECT version, seq, hash, types FROM checkpoints WHERE story = ?", (story,))
    return next((Checkpoint(*row) for row in found), Checkpoint(0, 0, ""))


def digest(connection: sqlite3.Connection) -> str:
    """The digest of the log that the rows stand for; empty where it is not known, or ``scrub`` has to run."""
    found = connection.execute("SELECT digest FROM log").fetchone()
    return str(found[0]) if found and not _is_to_be_scrubbed(connection) else ""


def put_digest(database: Database, digest: str) -> None:
    """Keeps the digest of the log that the rows stand for. The next change of the rows removes it."""
    with writing(database):
        _forget_digest(database)
        database.conn.execute("INSERT INTO log (digest) VALUES (?)", (digest,))


def _forget_digest(database: Database) -> None:
    database.conn.execute("DELETE FROM log")


def forget(database: Database, story: str) -> None:
    """Removes all rows of a story."""
    _forget_digest(database)
    for name in TABLES:
        database.conn.execute(f"DELETE FROM [{name}] WHERE story = ?", (story,))


def put(database: Database, story: str, rows: Rows) -> None:
    """Adds a story's rows of single events, and replaces its other rows."""
    _forget_digest(database)
    for name, table in TABLES.items():
        if not table.by_event:
            database.conn.execute(f"DELETE FROM [{name}] WHERE story = ?", (story,))
        database.conn.executemany(_INSERTS[name], rows.get(name, ()))


def load(database: Database, stories: Iterable[tuple[str, Rows]]) -> dict[str, sqlite3.IntegrityError]:
    """Puts the rows of whole stories into a database without tables, and creates the indexes last: that is faster
    than updating them with each row. A story whose rows collide with those of another is left out, and returned
    with the error."""
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
"""Bytes of words that SQLite holds in memory before it writes them into a full-text index: its default, and the
value while the whole index is made."""


def insert(database: Database, stories: Iterable[tuple[str, Rows]]) -> dict[str, sqlite3.IntegrityError]:
    """Inserts the rows of whole stories. Returns the stories that were left out, as ``load`` does."""
    refused = {}
    with writing(database):
        for story, rows in stories:
            database.conn.execute("SAVEPOINT story")
            try:
                for name, of_table in rows.items():
                    if of_table:
                        database.conn.executemany(_INSERTS[name], of_table)
            except sqlite3.IntegrityError as error:
                database.conn.execute("ROLLBACK TO story")
                refused[story] = error
            database.conn.execute("RELEASE story")
    return refused


def to_be_scrubbed(database: Database) -> None:
    """Marks the file, in the current transaction: a text was removed from its tables, and ``scrub`` has to run."""
    database.conn.execute(f"PRAGMA application_id = {_UNSCRUBBED}")


def scrub(database: Database) -> None:
    """Rewrites the file if a text was removed from its tables, so that no free page, index or journal has it. If
    this is cut short, or a reader still has old pages open, the next call does it."""
    if not _is_to_be_scrubbed(database.conn):
        return
    database.conn.execute("INSERT INTO events_fts (events_fts) VALUES ('rebuild')")
    database.conn.commit()
    database.conn.execute("VACUUM")
    ((busy, _, _),) = database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if not busy:  # no reader has the old pages open
        database.conn.execute("PRAGMA application_id = 0")


def _is_to_be_scrubbed(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == _UNSCRUBBED)


_UNSCRUBBED = 1
"""The value of ``application_id`` that marks a file that has to be scrubbed."""


def dump(database: Database) -> dict[str, list[Row]]:
    """Every row of every table, ordered by key. Equal read models have equal dumps."""
    return {
        name: list(database.conn.execute(f"SELECT * FROM [{name}] ORDER BY {_listed(table.key)}"))
        for name, table in TABLES.items()
    }


def rows_between(connection: sqlite3.Connection, name: str, start: str, end: str) -> list[Row]:
    """The rows of a table with the slugs from ``start`` to before ``end``, or to the last slug if it is empty."""
    found = f"SELECT * FROM [{name}] WHERE story >= ?"
    return connection.execute(found + " AND story < ?" * bool(end), (start, end)[: 1 + bool(end)]).fetchall()


def count_rows(connection: sqlite3.Connection) -> int:
    """The number of rows of all tables."""
    return sum(connection.execute(f"SELECT count(*) FROM [{name}]").fetchone()[0] for name in TABLES)


def words_of(text: str) -> str:
    """A typed text as a query that SQLite accepts. Raises BadInput where it has no word."""
    words = text.replace("\0", " ").encode(errors="replace").decode()
    if not any(character.isalnum() for character in words):
        raise BadInput(f"{words!r} has no word to search for")
    return words


def search(
    database: Database, query: str, limit: int, directory: Directory = NO_PARTIES
) -> Iterator[dict[str, Any]]:
    """The rows of the events that have all words of the query, best first, each with a ``snippet``. A name of a
    party in the directory stands for all of its names, except in a query with quoted phrases."""
    spellings = directory.spellings(query) if '"' not in query else [(query,)]
    words = " AND ".join(
        f"({' OR '.join(f'({each})' for each in alternatives)})"
        for spelt in spellings
        if (alternatives := [quoted for each in spelt if (quoted := _quoted(database, each))])
    )
    if not words:
        return iter(())
    rows = database.query(
        """
        SELECT events.*, snippet(events_fts, -1, '', '', ' … ', 16) AS snippet
        FROM events_fts JOIN events ON events.rowid = events_fts.rowid
        WHERE events_fts MATCH ? ORDER BY rank, events.recorded DESC, events.id LIMIT ?
        """,
        (words, limit),
    )
    return (_without_parts(row, query) for row in rows)


def _quoted(database: Database, text: str) -> str:
    """Returns the words of a text, quoted for a query; empty if it has none."""
    if not any(character.isalnum() for character in text):
        return ""
    spellings = dict.fromkeys(scripts.query(each) for each in (text, scripts.plain(text)))
    return " OR ".join(f"({database.quote_fts(each)})" for each in spellings)


def _without_parts(row: dict[str, Any], query: str) -> dict[str, Any]:
    """Returns a found row without its parts, which are no text to read. A snippet of them becomes one of the
    text."""
    parts = row.pop("parts")
    if row["snippet"].strip(" …") in parts:
        texts = (scripts.excerpt(row[column], query) for column in SEARCHED if column in row)
        row["snippet"] = next(filter(None, texts), row["title"])
    return row


_OVERDUE = """state = 'in force' AND listed = 'expected'
            AND due_by < CASE WHEN substr(due, instr(due, '/') + 1) LIKE '%T%' THEN ? ELSE ? END"""


def stories(database: Database, now: Edge) -> Iterable[dict[str, Any]]:
    """Every story's row, pinned ones first, then the latest updated first. ``in_force`` counts its situations in
    force, ``overdue`` its expected events that were due before ``now`` and are still awaited. A due date without a
    time is over when the clock of ``now`` shows the next day."""
    return database.query(
        f"""
        SELECT stories.*, (
            SELECT count(*) FROM situations
            WHERE situations.story = stories.story AND state = 'in force'
            AND listed = 'situations'
        ) AS in_force, (
            SELECT count(*) FROM situations
            WHERE situations.story = stories.story AND {_OVERDUE}
        ) AS overdue
        FROM stories ORDER BY {_IN_LISTS}
        """,
        (now.instant, now.local),
    )


def listed(connection: sqlite3.Connection) -> list[Listed]:
    """The lines of the list of stories, in the order of ``stories``."""
    columns = "story, iif(short = '', title, short), status, seq, updated, pinned"
    return connection.execute(f"SELECT {columns} FROM stories ORDER BY {_IN_LISTS}").fetchall()


_IN_LISTS = "pinned AND status != 'closed' DESC, updated DESC, story"
"""The order of stories in lists: pinned ones first, then the latest updated."""


def overdue(connection: sqlite3.Connection, now: Edge) -> dict[str, int]:
    """The number of overdue events of each story that has any, as ``stories`` counts them."""
    found = f"SELECT story, count(*) FROM situations WHERE {_OVERDUE} GROUP BY story"
    return dict(connection.execute(found, (now.instant, now.local)).fetchall())


def expected(database: Database, until: Moment) -> Iterable[dict[str, Any]]:
    """The expected events that are due by ``until`` and still awaited, ordered by due date: the situation's
    row, its story's title, and from its event the id, the body, the number of amendments and the last update."""
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


def expected_before(database: Database) -> Iterable[dict[str, Any]]:
    """The expected events that are no longer awaited, ordered by due date: the situation's row, its story's
    title, and from the event that ended it its title, its date and when it was recorded."""
    return database.query(
        """
        SELECT situations.*, stories.title AS story_title, opener.id, closer.title AS outcome, closer.occurred,
               closer.recorded
        FROM situations
        JOIN stories USING (story)
        JOIN events AS opener ON opener.story = situations.story AND opener.seq = situations.seq
        JOIN events AS closer ON closer.story = situations.story AND closer.seq = situations.ended_by
        WHERE situations.listed = 'expected' AND situations.state = 'ended'
        ORDER BY situations.due_by, situations.story, situations.seq
        """
    )


def linking(connection: sqlite3.Connection, story: str) -> list[str]:
    """The other stories of which a development ever mentioned one of this story."""
    query = "SELECT DISTINCT story FROM links WHERE to_story = ? AND story != to_story ORDER BY story"
    return [other for (other,) in connection.execute(query, (story,))]


def join_parties(database: Database, canonical: Callable[[str], str]) -> None:
    """Makes the queries below list the spellings and aliases of one party under one name: that of ``canonical``,
    or the first spelling that was recorded. They need this first."""
    recorded = database.query(
        """
        SELECT party FROM parties JOIN events USING (story, seq)
        GROUP BY party ORDER BY min(events.recorded), party
        """
    )
    first: dict[str, str] = {}
    for row in recorded:
        first.setdefault(name_key(canonical(row["party"])), canonical(row["party"]))

    def joined(party: str) -> str:
        return first.get(name_key(canonical(party)), party)

    database.register_function(joined, deterministic=True)


def involved(database: Database) -> Iterable[dict[str, Any]]:
    """Every party with each of its stories and its number of developments there. Developments that do not stand,
    and amendments, are not counted."""
    return database.query(
        """
        SELECT joined(parties.party) AS party, story, stories.title AS story_title,
            count(DISTINCT parties.seq) AS developments
        FROM parties JOIN events USING (story, seq) JOIN stories USING (story)
        WHERE events.earliest IS NOT NULL AND events.standing IN ('stands', 'corrected')
        GROUP BY 1, story ORDER BY 1, developments DESC, story
        """
    )


def involving(database: Database, party: str, limit: int) -> Iterable[dict[str, Any]]:
    """The rows of a party's last developments, the newest first; of those that ``involved`` counts."""
    return database.query(
        """
        SELECT DISTINCT events.* FROM parties JOIN events USING (story, seq)
        WHERE joined(parties.party) = ?
            AND events.earliest IS NOT NULL AND events.standing IN ('stands', 'corrected')
        ORDER BY events.recorded DESC, events.story, events.seq DESC LIMIT ?
        """,
        (party, limit),
    )


def held(database: Database) -> Iterable[dict[str, Any]]:
    """Every situation in force with each of its parties. Questions and expected events are left out."""
    return database.query(
        """
        SELECT DISTINCT joined(parties.party) AS party, situations.*
        FROM situations JOIN parties USING (story, seq)
        WHERE state = 'in force' AND listed = 'situations'
        ORDER BY 1, story, seq
        """
    )


def positions(database: Database) -> Iterable[dict[str, Any]]:
    """The last position of every party in each of its stories, by party, the latest first."""
    rows = list(
        database.query(
            """
            SELECT positions.*, joined(positions.party) AS party, events.recorded
            FROM positions JOIN events USING (story, seq)
            ORDER BY events.recorded DESC, story
            """
        )
    )
    keys = in_order([when(row["occurred"], row["recorded"]) for row in rows])
    latest_first = sorted(zip(keys, rows, strict=True), key=lambda each: each[0], reverse=True)
    return sorted((row for _, row in latest_first), key=lambda row: str(row["party"]))


def offices(database: Database) -> Iterable[dict[str, Any]]:
    """Every office that a party holds or held, by party: those that it holds come first, then the last one."""
    return database.query(
        """
        SELECT joined(offices.party) AS party, offices.* FROM offices
        ORDER BY 1, holds DESC, max(seq, ended_by) DESC, story, office
        """
    )


def names(path: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The parties, and the publishers each with a URL, in the read model at ``path`` without catching up; empty
    where it cannot be read."""
    try:
        with connect(path) as database:
            parties = [party for (party,) in database.conn.execute("SELECT DISTINCT party FROM parties")]
            sources = database.conn.execute("SELECT DISTINCT publisher, url FROM sources WHERE publisher != ''")
            return parties, list(sources)
    except (sqlite3.DatabaseError, StaleDatabase):
        return [], []


def create(database: Database) -> None:
    """Creates the tables and their indexes in an empty database."""
    create_tables(database)
    _create_indexes(database)


def create_tables(database: Database) -> None:
    """Creates the tables without indexes. Rows of a story refer to it, so that Datasette links to it; SQLite does
    not enforce that."""
    for name, table in sorted(TABLES.items(), key=lambda each: each[0] != "stories"):
        key = table.key[0] if len(table.key) == 1 else table.key
        of_a_story = [("story", "stories", "story")] if name != "stories" else []
        database.table(name).create(table.columns, pk=key, foreign_keys=of_a_story)
    database.table("log").create({"digest": str})


def _create_indexes(database: Database) -> None:
    database.table("events").create_index(["story", "seq"], unique=True)
    database.table("events").create_index(["recorded"])
    database.table("parties").create_index(["story"])
    database.table("links").create_index(["to_story"])
    _create_search(database)
    database.conn.execute(f"PRAGMA user_version = {VERSION}")


def _create_search(database: Database) -> None:
    """Creates the full-text index and the triggers that update it. It is written out here, because sqlite-utils
    commits while it creates one. Datasette and sqlite-utils find the index by ``content=[events]``."""
    columns = _listed(SEARCHED)
    old, new = (", ".join(f"{row}.[{column}]" for column in SEARCHED) for row in ("old", "new"))
    for statement in (
        f'CREATE VIRTUAL TABLE events_fts USING fts5({columns}, content=[events], tokenize="{_TOKENIZER}")',
        f"""CREATE TRIGGER events_ai AFTER INSERT ON events BEGIN
              INSERT INTO events_fts (rowid, {columns}) VALUES (new.rowid, {new}); END""",
        f"""CREATE TRIGGER events_ad AFTER DELETE ON events BEGIN
              INSERT INTO events_fts (events_fts, rowid, {columns}) VALUES ('delete', old.rowid, {old}); END""",
    ):
        database.conn.execute(statement)


_TOKENIZER = "porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
"""Marks are parts of words: vowels in Hindi and Thai are such."""


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f"[{column}]" for column in columns)
