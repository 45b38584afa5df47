"""State of the last publication. With it, a publication takes time in proportion to the new events.

The state is the SQLite database ``.tracker/published.db``. It has the published version and the list row of each
story, the cut of each mixed feed, and the digest and stamp of each file that is no archive. It does not have the
bytes of entries: the published documents have them. The file can be deleted at any time. The next publication is
then made from the log alone, with the same bytes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from tracker.feeds.documents import SerializedEntry
from tracker.feeds.paging import FeedItem, FeedWindow
from tracker.site.rows import Expected, Involved, StoryRow
from tracker.views.briefing import Placed

FILE = "published.db"

BROKEN = (sqlite3.DatabaseError, msgspec.MsgspecError, UnicodeDecodeError)
"""The errors that any method may raise if the database is damaged or cannot be written."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE stories (
  slug TEXT PRIMARY KEY, version INTEGER, stream TEXT, seq INTEGER, hash TEXT, error TEXT,
  opener TEXT, title TEXT, status TEXT, opened TEXT, events INTEGER, updated TEXT, turned TEXT, turn TEXT,
  weight INTEGER
) WITHOUT ROWID;
CREATE INDEX stories_updated ON stories (updated, slug);
CREATE INDEX stories_turned ON stories (turned, slug);
CREATE INDEX stories_versions ON stories (slug, version);
CREATE INDEX stories_published ON stories (slug) WHERE seq > 0;
CREATE INDEX stories_damaged ON stories (slug) WHERE error != '';
CREATE TABLE expected (slug TEXT, key TEXT, due TEXT, words TEXT, seq INTEGER, PRIMARY KEY (slug, key));
CREATE INDEX expected_due ON expected (due, slug, key);
CREATE TABLE involved (path TEXT, slug TEXT, opened TEXT, lines BLOB, PRIMARY KEY (path, slug)) WITHOUT ROWID;
CREATE INDEX involved_opened ON involved (path, opened, slug);
CREATE INDEX involved_slug ON involved (slug);
CREATE TABLE feeds (path TEXT PRIMARY KEY, name TEXT, cut BLOB) WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, digest BLOB, version TEXT) WITHOUT ROWID;
"""

_SPOOL = """
CREATE TEMP TABLE written (id TEXT PRIMARY KEY, atom BLOB, rss BLOB, json BLOB);
CREATE TEMP TABLE items (path TEXT, published TEXT, slug TEXT, seq INTEGER, id TEXT, weight INTEGER, name TEXT);
"""


class PublicationState:
    """An open state, empty or from the last publication. Only ``commit`` saves changes."""

    def __init__(self, path: str = "", wait: float = 0.0) -> None:
        """Open the database at ``path``, and wait up to ``wait`` seconds for its lock. Without a path, the state
        is in memory. Raises sqlite3.DatabaseError."""
        self._db = sqlite3.connect(path, timeout=wait, isolation_level=None, cached_statements=64)
        try:
            self._begin(path)
        except BaseException:
            self.close()
            raise

    def _begin(self, path: str) -> None:
        if path:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("BEGIN IMMEDIATE")
        if not self._db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            for statement in _TABLES.split(";"):
                self._db.execute(statement)

    def commit(self) -> None:
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the database without saving changes since ``commit``."""
        self._db.close()

    # Facts about the whole publication.

    def fact(self, key: str) -> str:
        """Return the value of a fact, or an empty text."""
        found = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return found[0] if found else ""

    def note(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    # Stories.

    def versions(self) -> dict[str, int]:
        """Return the versions of all stories by slug. One row has them all, because there may be many."""
        found = self._db.execute("SELECT json_group_object(slug, version) FROM stories").fetchone()[0]
        return msgspec.json.decode(found, type=dict[str, int])

    def errors(self) -> list[tuple[str, str]]:
        """Return the slugs of damaged stories, each with its error."""
        return list(self._db.execute("SELECT slug, error FROM stories WHERE error != '' ORDER BY slug"))

    def story(self, slug: str) -> StoryRow | None:
        found = self._db.execute("SELECT * FROM stories WHERE slug = ?", (slug,)).fetchone()
        return StoryRow(*found) if found else None

    def put_story(self, row: StoryRow) -> None:
        self._db.execute(f"INSERT OR REPLACE INTO stories VALUES ({', '.join('?' * len(row))})", row)

    def heads(self) -> Iterator[tuple[str, str, int, str]]:
        """Yield for each published story its slug, the id of its first event, and the number and hash of its last
        event."""
        yield from self._db.execute("SELECT slug, stream, seq, hash FROM stories WHERE seq > 0 ORDER BY slug")

    def are_few(self, most: int) -> bool:
        """Whether at most ``most`` stories are published. The query does not count all of them."""
        return not self._db.execute("SELECT 1 FROM stories WHERE seq > 0 LIMIT 1 OFFSET ?", (most,)).fetchone()

    def recently_changed(self, most: int) -> list[StoryRow]:
        """Return up to ``most`` listed stories, the one with the latest event first."""
        found = self._db.execute(f"{_LISTED} ORDER BY updated DESC, slug DESC LIMIT ?", (most,))
        return [StoryRow(*row) for row in found]

    def turned_lately(self, most: int) -> list[StoryRow]:
        """Return up to ``most`` listed stories, the one whose standing changed last first."""
        found = self._db.execute(f"{_LISTED} ORDER BY turned DESC, slug DESC LIMIT ?", (most,))
        return [StoryRow(*row) for row in found]

    def titles(self, slugs: Iterable[str]) -> dict[str, str]:
        """Return the titles of these stories by slug."""
        return {row.slug: row.title for slug in set(slugs) if (row := self.story(slug))}

    def listed(self) -> list[StoryRow]:
        """Return all listed stories, sorted by slug."""
        return [StoryRow(*row) for row in self._db.execute(f"{_LISTED} ORDER BY slug")]

    # Expected dates.

    def put_expected(self, slug: str, lines: Iterable[Placed]) -> None:
        """Replace the expected dates of a story."""
        self._db.execute("DELETE FROM expected WHERE slug = ?", (slug,))
        rows = [(slug, line.key, line.order, line.words, line.seq) for line in lines]
        self._db.executemany("INSERT INTO expected VALUES (?, ?, ?, ?, ?)", rows)

    def expected(self, now: str, most: int) -> list[Expected]:
        """Return up to ``most`` expected dates of open stories: first those from ``now`` on, the earliest first;
        then the overdue ones, the latest first."""
        coming = self._expected("due >= ? ORDER BY due, expected.slug, key", now, most)
        past = self._expected("due < ? ORDER BY due DESC, expected.slug, key", now, most - len(coming))
        return [Expected(*row, overdue=False) for row in coming] + [Expected(*row, overdue=True) for row in past]

    def _expected(self, which: str, now: str, most: int) -> list[tuple[str, str, str, int]]:
        found = "SELECT slug, title, words, expected.seq FROM expected JOIN stories USING (slug)"
        return list(self._db.execute(f"{found} WHERE status = 'open' AND {which} LIMIT ?", (now, most)))

    # Stories of parties and types.

    def put_involved(self, slug: str, opened: str, lines: Mapping[str, Sequence[Placed]]) -> set[str]:
        """Replace a story's lines, given by the path of the feed whose page shows them. Returns the paths whose
        lines changed."""
        now = {path: msgspec.msgpack.encode(found) for path, found in lines.items()}
        was = dict(self._db.execute("SELECT path, lines FROM involved WHERE slug = ?", (slug,)))
        changed = {path for path in was.keys() | now.keys() if was.get(path) != now.get(path)}
        gone = [(path, slug) for path in changed - now.keys()]
        self._db.executemany("DELETE FROM involved WHERE path = ? AND slug = ?", gone)
        rows = [(path, slug, opened, now[path]) for path in changed & now.keys()]
        self._db.executemany("INSERT OR REPLACE INTO involved VALUES (?, ?, ?, ?)", rows)
        return changed

    def involving(self, slug: str) -> list[str]:
        """Return the paths of the feeds whose pages show the story."""
        return [path for (path,) in self._db.execute("SELECT path FROM involved WHERE slug = ?", (slug,))]

    def involved(self, path: str, most: int) -> list[Involved]:
        """Return up to ``most`` stories of the feed's party or type, the one that began last first."""
        found = (
            "SELECT slug, title, lines FROM involved JOIN stories USING (slug) WHERE path = ?"
            " ORDER BY involved.opened DESC, slug DESC LIMIT ?"
        )
        rows = self._db.execute(found, (path, most))
        return [
            Involved(slug, title, msgspec.msgpack.decode(lines, type=list[Placed])) for slug, title, lines in rows
        ]

    # Mixed feeds.

    def feeds(self) -> list[tuple[str, str]]:
        """Return the paths and names of mixed feeds, sorted by path."""
        return list(self._db.execute("SELECT path, name FROM feeds ORDER BY path"))

    def cut(self, path: str) -> tuple[str, FeedWindow] | None:
        """Return the name and the cut of a feed, or None if it was never published."""
        found = self._db.execute("SELECT name, cut FROM feeds WHERE path = ?", (path,)).fetchone()
        return (found[0], msgspec.msgpack.decode(found[1], type=FeedWindow)) if found else None

    def put_cut(self, path: str, name: str, cut: FeedWindow) -> None:
        values = (path, name, msgspec.msgpack.encode(cut))
        self._db.execute("INSERT OR REPLACE INTO feeds VALUES (?, ?, ?)", values)

    # Documents.

    def is_kept(self, path: str, data: bytes) -> bool:
        """Whether ``data`` are the bytes that were published at ``path``."""
        found = self._db.execute("SELECT digest FROM files WHERE path = ?", (path,)).fetchone()
        return found is not None and found[0] == digest(data)

    def put_file(self, path: str, digest: bytes, version: str) -> None:
        """Keep the digest and the stamp (``version``) of a published file. The digest is empty if no later
        publication takes bytes from the file."""
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", (path, digest, version))

    def watched(self, files: Sequence[str], stories: int, groups: int) -> Iterator[tuple[str, str]]:
        """Yield the paths and stamps of the files that the publisher checks before it goes on: these ``files``,
        those of the last ``stories`` that changed, and up to ``groups`` of parties and of types. No archive is
        checked."""
        marks = ", ".join("?" * len(files))
        yield from self._db.execute(f"SELECT path, version FROM files WHERE path IN ({marks})", files)
        for row in self.recently_changed(stories):
            yield from self._below(f"stories/{row.slug}/", -1)
        for folder in ("parties/", "types/"):
            yield from self._below(folder, groups)

    def _below(self, folder: str, most: int) -> list[tuple[str, str]]:
        found = "SELECT path, version FROM files WHERE path > ? AND path < ? LIMIT ?"
        return list(self._db.execute(found, (folder, folder[:-1] + "0", most)))

    # Entries of the whole log during a rebuild. They may not fit into memory.

    def spool(self) -> None:
        """Create temporary tables for the entries. They are dropped when the database is closed."""
        for statement in _SPOOL.split(";"):
            self._db.execute(statement)

    def put_written(self, id: str, written: SerializedEntry) -> None:
        self._db.execute("INSERT OR REPLACE INTO temp.written VALUES (?, ?, ?, ?)", (id, *written))

    def put_item(self, path: str, name: str, item: FeedItem) -> None:
        self._db.execute("INSERT INTO temp.items VALUES (?, ?, ?, ?, ?, ?, ?)", (path, *item, name))

    def paths(self) -> list[str]:
        """Return the paths of the feeds that items were put into."""
        self._db.execute("CREATE INDEX temp.items_order ON items (path, published, slug, seq)")
        return [path for (path,) in self._db.execute("SELECT DISTINCT path FROM temp.items ORDER BY path")]

    def items(self, path: str) -> Iterator[tuple[FeedItem, str]]:
        """Yield the items of a feed in order, each with the name that its entry gives the feed."""
        columns = "published, slug, seq, id, weight, name"
        order = "ORDER BY published, slug, seq"
        for *item, name in self._db.execute(f"SELECT {columns} FROM temp.items WHERE path = ? {order}", (path,)):
            yield FeedItem(*item), name

    def written(self, ids: Iterable[str]) -> dict[str, SerializedEntry]:
        """Return the bytes of these entries by id."""
        found = {}
        for id in ids:
            row = self._db.execute("SELECT atom, rss, json FROM temp.written WHERE id = ?", (id,)).fetchone()
            found[id] = SerializedEntry(*row)
        return found


_LISTED = "SELECT * FROM stories WHERE opener != ''"


def open_state(scratch: str, wait: float = 5.0) -> PublicationState:
    """Open the state in a scratch folder. It is empty if the file is missing, damaged or locked for ``wait``
    seconds."""
    path = os.path.join(scratch, FILE)
    try:
        return PublicationState(path, wait)
    except sqlite3.OperationalError:  # another process has locked it, or it cannot be written
        return PublicationState()
    except sqlite3.DatabaseError:
        forget(scratch)
        return PublicationState(path)


class LastPublication(NamedTuple):
    """What the last publication wrote.

    ``stories`` has each story's version and the number of its events that were published, ``documents`` the digest
    of each document of a feed by path, without archives. Both are empty if no publication left a readable state.
    """

    stories: Mapping[str, tuple[int, int]] = {}
    documents: Mapping[str, bytes] = {}


def last_publication(scratch: str) -> LastPublication:
    """Read the state in that folder, also from a read-only disk and while a publisher writes it."""
    from urllib.parse import quote  # 4 ms

    how = "mode=rw" if os.access(scratch, os.W_OK) else "immutable=1"
    address = f"file:{quote(os.fsencode(os.path.join(scratch, FILE)))}?{how}"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as db:
            stories = db.execute("SELECT slug, version, seq FROM stories ORDER BY slug")
            files = db.execute("SELECT path, digest FROM files WHERE digest != x'' AND path NOT LIKE '%.html'")
            return LastPublication({slug: (version, seq) for slug, version, seq in stories}, dict(files))
    except BROKEN:
        return LastPublication()


def digest(data: bytes) -> bytes:
    """Return the digest of a document's bytes."""
    return blake2b(data, digest_size=16).digest()


def forget(scratch: str) -> None:
    """Delete the state, so that the next publication rebuilds everything."""
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(os.path.join(scratch, FILE + ending))
