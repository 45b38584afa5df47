"""State of the last publication. With it, a publication takes time in proportion to the new events.

The state is the SQLite database ``.tracker/published.db``. It has the published version and the list row of each
story, the items of each feed of several stories, the bytes of entries that documents need (compressed), and the
digest and stamp of each file that is no archive. The file can be deleted at any time. The next publication is then
made from the log alone, by the same code and with the same bytes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

import msgspec
from msgspec import Struct

from tracker.feeds import paging, paths
from tracker.feeds.documents import EntryBytes
from tracker.feeds.paging import FeedItem
from tracker.log import checkpoints
from tracker.log import scratch as scratch_files
from tracker.log.checkpoints import PublishedHead
from tracker.site.rows import Expected, Involved, Mention, StoryRow
from tracker.text.dates import Recorded
from tracker.wording.lines import Line

FILE = "published.db"

BROKEN = (sqlite3.DatabaseError, msgspec.MsgspecError, UnicodeDecodeError, zlib.error)
"""The errors that any method may raise if the database is damaged or cannot be written."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE stories (
  slug TEXT PRIMARY KEY, version INTEGER, stream TEXT, seq INTEGER, hash TEXT, error TEXT,
  opener TEXT, title TEXT, status TEXT, opened TEXT, events INTEGER, updated TEXT, turned TEXT, turn TEXT,
  weight INTEGER, has_key INTEGER, pinned INTEGER
) WITHOUT ROWID;
CREATE INDEX stories_updated ON stories (updated, slug);
CREATE INDEX stories_turned ON stories (turned, slug);
CREATE INDEX stories_pinned ON stories (updated, slug) WHERE pinned = 1;
CREATE INDEX stories_versions ON stories (slug, version);
CREATE INDEX stories_damaged ON stories (slug) WHERE error != '';
CREATE TABLE ids (id TEXT PRIMARY KEY, slug TEXT) WITHOUT ROWID;
CREATE TABLE published (slug TEXT PRIMARY KEY, brief BLOB, whole BLOB);
CREATE TABLE expected (
  slug TEXT, key TEXT, due TEXT, words TEXT, seq INTEGER, event BLOB, PRIMARY KEY (slug, key)
);
CREATE TABLE teasers (slug TEXT PRIMARY KEY, html TEXT);
CREATE INDEX expected_due ON expected (due, slug, key);
CREATE TABLE involved (path TEXT, slug TEXT, opened TEXT, lines BLOB, PRIMARY KEY (path, slug)) WITHOUT ROWID;
CREATE INDEX involved_opened ON involved (path, opened, slug);
CREATE INDEX involved_slug ON involved (slug);
CREATE TABLE links (
  slug TEXT, seq INTEGER, recorded TEXT, title TEXT, id TEXT, other TEXT, PRIMARY KEY (slug, seq, other, id)
) WITHOUT ROWID;
CREATE INDEX links_other ON links (other, recorded);
CREATE TABLE entries (slug TEXT, seq INTEGER, kept BLOB, PRIMARY KEY (slug, seq));
CREATE TABLE items (
  path TEXT, published TEXT, slug TEXT, seq INTEGER, id TEXT, weight INTEGER, backfilled INTEGER,
  PRIMARY KEY (path, published, slug, seq)
) WITHOUT ROWID;
CREATE INDEX items_story ON items (slug, seq);
CREATE TABLE feeds (path TEXT PRIMARY KEY, name TEXT, published TEXT, slug TEXT, seq INTEGER) WITHOUT ROWID;
CREATE TABLE heads (path TEXT PRIMARY KEY, title TEXT, entries INTEGER, updated TEXT) WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, digest BLOB, stamp TEXT) WITHOUT ROWID;
"""


class KeptEntry(Struct, frozen=True, array_like=True):
    """The bytes of an entry: in each format of feeds, none if no feed has it, as an article of the page of its
    story, and in the story's calendar and its file for TimelineJS, empty where these do not have it. ``updated``
    is when it was last updated. ``stubs`` are further entries without text, which feeds have after it."""

    updated: Recorded
    formats: dict[str, EntryBytes]
    article: str = ""
    calendar: bytes = b""
    slide: bytes = b""
    stubs: tuple[KeptEntry, ...] = ()

    @property
    def size(self) -> int:
        """About how many bytes it takes in memory."""
        exported = len(self.calendar) + len(self.slide)
        return exported + len(self.article) + sum(len(each.entry) for each in self.formats.values())


class FeedHead(NamedTuple):
    """What ``tracker feeds`` lists of a feed: its title, the number of entries in its head, and when the last of
    them was updated."""

    title: str
    entries: int
    updated: str


class Window(NamedTuple):
    """The newest items of a feed of several stories, oldest first: the ``news``, which its head has, and those
    ``shown`` on its page, which has the backfilled ones too; and whether each are all."""

    news: list[FeedItem]
    is_all_news: bool
    shown: list[FeedItem]
    is_all: bool


class PublicationState:
    """An open state, empty or from the last publication. Only ``commit`` saves changes."""

    def __init__(self, path: str = "", wait: float = 0.0) -> None:
        """Open the database at ``path``, and wait up to ``wait`` seconds for its lock. Without a path, the state
        is in memory. Raises sqlite3.DatabaseError."""
        if path:
            scratch_files.check(path, scratch_files.DATABASE)
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

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """A context whose changes are undone at its end."""
        self._db.execute("SAVEPOINT undone")
        try:
            yield
        finally:
            self._db.execute("ROLLBACK TO undone")
            self._db.execute("RELEASE undone")

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

    def put_lacking(self, name: str, error: str) -> None:
        """Keep the error of a picture that could not be published, so that the next publication looks again."""
        self.note("lacking", msgspec.json.encode(self.lacking() | {name: error}).decode())

    def lacking(self) -> dict[str, str]:
        """Return the names of the pictures that could not be published, each with its error."""
        return msgspec.json.decode(self.fact("lacking") or "{}", type=dict[str, str])

    # Stories.

    def versions(self) -> dict[str, int]:
        """Return the versions of all stories by slug. One row has them all, because there may be many."""
        found = self._db.execute("SELECT json_group_object(slug, version) FROM stories").fetchone()[0]
        return msgspec.json.decode(found, type=dict[str, int])

    def errors(self) -> list[tuple[str, str, int]]:
        """Return the slugs of damaged stories, each with its error and the number of its published events."""
        return list(self._db.execute("SELECT slug, error, seq FROM stories WHERE error != '' ORDER BY slug"))

    def story(self, slug: str) -> StoryRow | None:
        found = self._db.execute("SELECT * FROM stories WHERE slug = ?", (slug,)).fetchone()
        return StoryRow(*found) if found else None

    def put_story(self, row: StoryRow) -> None:
        self._db.execute(f"INSERT OR REPLACE INTO stories VALUES ({', '.join('?' * len(row))})", row)

    def claim(self, slug: str, ids: Sequence[str]) -> dict[str, str]:
        """Note that the events with these ids are the story's, unless they are another's. Return those that are,
        each with the slug of the other story, which is empty if several stories have the event."""
        before = self._db.total_changes
        self._db.executemany("INSERT OR IGNORE INTO ids VALUES (?, ?)", ((id, slug) for id in ids))
        if self._db.total_changes - before == len(ids):
            return {}
        owner = "SELECT slug FROM ids WHERE id = ?"
        found = ((id, self._db.execute(owner, (id,)).fetchone()[0]) for id in ids)
        return {id: other for id, other in found if other != slug}

    def give(self, slug: str, id: str) -> None:
        """Note that the event is the story's, or with an empty slug that it is no story's."""
        self._db.execute("INSERT OR REPLACE INTO ids VALUES (?, ?)", (id, slug))

    def heads(self, few: int) -> list[bytes]:
        """Return the lines of ``heads.json``, with checkpoints if at most ``few`` stories are published."""
        column = "brief" if self._are_more(few) else "whole"
        return [line for (line,) in self._db.execute(f"SELECT {column} FROM published ORDER BY slug")]

    def put_head(self, slug: str, head: PublishedHead, few: int) -> None:
        """Keep the lines of a story in ``heads.json``: without checkpoints and, while stories are few, with
        them."""
        brief = checkpoints.line(slug, PublishedHead(stream=head.stream, seq=head.seq, hash=head.hash))
        whole = b"" if self._are_more(few) else checkpoints.line(slug, head)
        self._db.execute("INSERT OR REPLACE INTO published VALUES (?, ?, ?)", (slug, brief, whole))

    def _are_more(self, few: int) -> bool:
        return bool(self._db.execute("SELECT 1 FROM published LIMIT 1 OFFSET ?", (few,)).fetchone())

    def recently_changed(self, most: int) -> list[StoryRow]:
        """Return up to ``most`` listed stories, the one with the latest event first."""
        found = self._db.execute(f"{_LISTED} ORDER BY updated DESC, slug DESC LIMIT ?", (most,))
        return [StoryRow(*row) for row in found]

    def pinned(self, most: int) -> list[StoryRow]:
        """Return up to ``most`` pinned stories that are open, the one with the latest event first."""
        which = "opener != '' AND pinned = 1 AND status = 'open'"
        found = f"SELECT * FROM stories WHERE {which} ORDER BY updated DESC, slug DESC LIMIT ?"
        return [StoryRow(*row) for row in self._db.execute(found, (most,))]

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

    def put_expected(self, slug: str, found: Iterable[tuple[Line, bytes]]) -> bool:
        """Replace the expected dates of a story: the line of each, and its event in calendars, which is empty
        without a date. Returns whether the calendar of all stories changes."""
        was = self._events_of(slug)
        self._db.execute("DELETE FROM expected WHERE slug = ?", (slug,))
        rows = [(slug, line.key, line.order, line.words, line.seq, event) for line, event in found]
        self._db.executemany("INSERT INTO expected VALUES (?, ?, ?, ?, ?, ?)", rows)
        return self._events_of(slug) != was

    def _events_of(self, slug: str) -> list[tuple[str, bytes]]:
        return list(self._db.execute("SELECT due, event FROM expected WHERE slug = ? ORDER BY key", (slug,)))

    def due_events(self) -> list[bytes]:
        """Return the events in calendars of all expected dates of open stories, the earliest first."""
        found = "SELECT event FROM expected JOIN stories USING (slug) WHERE status = 'open'"
        return [event for (event,) in self._db.execute(f"{found} ORDER BY due, expected.slug, key")]

    def put_teaser(self, slug: str, html: str) -> None:
        """Keep the HTML of a story on the first page."""
        self._db.execute("INSERT OR REPLACE INTO teasers VALUES (?, ?)", (slug, html))

    def teasers(self, slugs: Iterable[str]) -> dict[str, str]:
        """Return the HTML of these stories on the first page, by slug."""
        found = (self._db.execute("SELECT slug, html FROM teasers WHERE slug = ?", (slug,)) for slug in slugs)
        return {slug: html for rows in found for slug, html in rows}

    def expected(self, now: str, most: int) -> list[Expected]:
        """Return up to ``most`` expected dates of open stories: first those from ``now`` on, the earliest first;
        then the overdue ones, the latest first."""
        coming = self._expected("due >= ? ORDER BY due, expected.slug, key", now, most)
        past = self._expected("due < ? ORDER BY due DESC, expected.slug, key", now, most - len(coming))
        return [Expected(*row, overdue=False) for row in coming] + [Expected(*row, overdue=True) for row in past]

    def _expected(self, which: str, now: str, most: int) -> list[tuple[str, str, str, int]]:
        found = "SELECT slug, title, words, expected.seq FROM expected JOIN stories USING (slug)"
        return list(self._db.execute(f"{found} WHERE status = 'open' AND {which} LIMIT ?", (now, most)))

    # Links between stories.

    def put_links(self, slug: str, links: Iterable[tuple[Mention, str]]) -> dict[str, set[str]]:
        """Replace the mentions by a story, each with the story that it mentions. Returns the ids of the events
        whose mentions changed, by story."""
        now = {(*mention, other) for mention, other in links}
        was = set(self._db.execute("SELECT * FROM links WHERE slug = ?", (slug,)))
        changed: dict[str, set[str]] = {}
        for *_, id, other in now ^ was:
            changed.setdefault(other, set()).add(id)
        if changed:
            self._db.execute("DELETE FROM links WHERE slug = ?", (slug,))
            self._db.executemany("INSERT INTO links VALUES (?, ?, ?, ?, ?, ?)", now)
        return changed

    def mentions(self, slug: str) -> list[Mention]:
        """Return the mentions of a story's events by other stories, in the order in which they were recorded."""
        found = "SELECT slug, seq, recorded, title, id FROM links WHERE other = ? ORDER BY recorded, slug, seq, id"
        return [Mention(*row) for row in self._db.execute(found, (slug,))]

    # Stories of parties and types.

    def put_involved(self, slug: str, opened: str, lines: Mapping[str, Sequence[Line]]) -> set[str]:
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
            Involved(slug, title, msgspec.msgpack.decode(lines, type=list[Line])) for slug, title, lines in rows
        ]

    # Entries.

    def put_entry(self, slug: str, seq: int, kept: KeptEntry) -> None:
        """Keep the bytes of an entry. The number 0 is the entry that says where the story stands."""
        packed = zlib.compress(msgspec.msgpack.encode(kept), 1)
        self._db.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", (slug, seq, packed))

    def entry(self, slug: str, seq: int) -> KeptEntry | None:
        """Return the bytes of an entry, or None if they are not kept."""
        found = self._db.execute("SELECT kept FROM entries WHERE slug = ? AND seq = ?", (slug, seq)).fetchone()
        return msgspec.msgpack.decode(zlib.decompress(found[0]), type=KeptEntry) if found else None

    def drop_entries(self, slug: str, needed: Iterable[int]) -> None:
        """Drop the entries of a story, except for those that are ``needed`` or in the head of a feed of several
        stories."""
        shown = self._db.execute("SELECT seq FROM items WHERE slug = ?", (slug,))
        kept = {0, *needed, *(seq for (seq,) in shown)}
        there = self._db.execute("SELECT seq FROM entries WHERE slug = ?", (slug,)).fetchall()
        gone = [(slug, seq) for (seq,) in there if seq not in kept]
        self._db.executemany("DELETE FROM entries WHERE slug = ? AND seq = ?", gone)

    # Feeds of several stories.

    def put_item(self, path: str, name: str, item: FeedItem) -> None:
        """Put an item into a feed. The feed has the name that its first item gives it."""
        self._db.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)", (path, *item))
        self._db.execute(
            "INSERT INTO feeds VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name,"
            " published = excluded.published, slug = excluded.slug, seq = excluded.seq WHERE"
            " (excluded.published, excluded.slug, excluded.seq) < (feeds.published, feeds.slug, feeds.seq)",
            (path, name, *item[:3]),
        )

    def window(self, path: str) -> Window:
        """Return the newest items of a feed. The older ones are dropped, except for the first that does not fit:
        an item that is older still can never fit."""
        most = paging.MOST_ITEMS if paths.kind(path) == "site" else min(paging.MOST_ITEMS, paging.MOST_OF_GROUP)
        order = "ORDER BY published DESC, slug DESC, seq DESC"
        columns = "published, slug, seq, id, weight, backfilled"
        rows = self._db.execute(f"SELECT {columns} FROM items WHERE path = ? {order}", (path,))
        found = [FeedItem(*row) for row in rows]
        news, lacking = paging.newest((item for item in found if not item.backfilled), most=most)
        shown, rest = news, lacking
        if is_mixed := any(item.backfilled for item in found):
            shown, rest = paging.newest(found, most=most)
        for backfilled, first in enumerate((lacking, rest)):
            if first:
                older = (
                    "DELETE FROM items WHERE path = ? AND backfilled = ? AND (published, slug, seq) < (?, ?, ?)"
                )
                self._db.execute(older, (path, backfilled, *first[:3]))
        return Window(news, not lacking and not is_mixed, shown, not rest)

    def feeds(self) -> dict[str, str]:
        """Return the names of the feeds of several stories by path, sorted."""
        return dict(self._db.execute("SELECT path, name FROM feeds ORDER BY path"))

    def name(self, path: str) -> str | None:
        """Return the name of a feed, or None if it has no entry."""
        found = self._db.execute("SELECT name FROM feeds WHERE path = ?", (path,)).fetchone()
        return found[0] if found else None

    # Files.

    def put_document(self, path: str, head: FeedHead) -> None:
        """Keep what ``tracker feeds`` lists of a feed."""
        self._db.execute("INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?)", (path, *head))

    def put_file(self, path: str, digest: bytes, stamp: str) -> None:
        """Keep the digest and the stamp of a published file. The digest is empty if it is no document of a
        feed."""
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", (path, digest, stamp))

    def watched(self, files: Sequence[str], stories: int, groups: int) -> Iterator[tuple[str, str]]:
        """Yield the paths and stamps of the files that the publisher checks before it goes on: these ``files``,
        those of the last ``stories`` that changed, and up to ``groups`` each of parties, types and tags. No
        archive is checked."""
        marks = ", ".join("?" * len(files))
        yield from self._db.execute(f"SELECT path, stamp FROM files WHERE path IN ({marks})", files)
        for row in self.recently_changed(stories):
            yield from self._below(paths.story(row.slug), -1)
        for folder in paths.GROUPS:
            yield from self._below(folder, groups)

    def _below(self, folder: str, most: int) -> list[tuple[str, str]]:
        found = "SELECT path, stamp FROM files WHERE path > ? AND path < ? LIMIT ?"
        return list(self._db.execute(found, (folder, folder[:-1] + "0", most)))


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

    ``stories`` has each story's version and the number of its events that were published, ``feeds`` what is listed
    of each feed by path, ``documents`` the digest of the head of each feed in each format by path. All are empty
    if no publication left a readable state."""

    stories: Mapping[str, tuple[int, int]] = {}
    feeds: Mapping[str, FeedHead] = {}
    documents: Mapping[str, bytes] = {}


def last_publication(scratch: str) -> LastPublication:
    """Read the state in that folder, also from a read-only disk and while a publisher writes it."""
    from urllib.parse import quote  # 4 ms

    scratch_files.check(os.path.join(scratch, FILE), scratch_files.DATABASE)
    how = "mode=rw" if os.access(scratch, os.W_OK) else "immutable=1"
    address = f"file:{quote(os.fsencode(os.path.join(scratch, FILE)))}?{how}"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as db:
            stories = db.execute("SELECT slug, version, seq FROM stories ORDER BY slug")
            feeds = db.execute("SELECT path, title, entries, updated FROM heads ORDER BY path")
            files = db.execute("SELECT path, digest FROM files WHERE digest != x''")
            return LastPublication(
                {slug: (version, seq) for slug, version, seq in stories},
                {path: FeedHead(*each) for path, *each in feeds},
                dict(files),
            )
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
