"""Check the published feeds as subscribers get them: read each document, and compare it with the log.

::

    log ──fold──▶ the feeds, the newest entry of each, edited entries ──┐
    feeds/ ──read──▶ documents ─────────────────────────────────────────┴─▶ FeedStatus, one for each feed

A feed that lacks an event that is not published yet is *stale*. A feed that lacks an event that is published
according to ``heads.json`` has a *fault*: the next publication would not repair it. The same holds for a document
that feed readers cannot parse.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from lxml import etree

from tracker.errors import CorruptLog
from tracker.feeds import catalogue, posts
from tracker.feeds.documents import FORMATS, NAMES, NEVER, Feed
from tracker.feeds.entries import StoryFeed, build_feed
from tracker.feeds.paths import SITE, published_paths
from tracker.log.checkpoints import Heads
from tracker.publishing.freshness import NewestEntries
from tracker.publishing.render import Progress
from tracker.publishing.rewrites import seen_heads
from tracker.text import messages
from tracker.text.dates import Recorded, recorded_at
from tracker.workspace.desk import Workspace

KINDS = ("site", "story", "party", "type")

_FOLDERS = {"stories": "story", "parties": "party", "types": "type"}
_DOCUMENT = re.compile(r"((?:.+/)?(?:all|developments|corrections|standing))(-[0-9-]+)?\.(atom|rss|json)")


class ExpectedEntry(NamedTuple):
    """An entry that a feed must have, as the event ``slug#seq`` left it at ``updated``."""

    updated: Recorded
    slug: str
    seq: int
    id: str

    def __str__(self) -> str:
        return f"{self.slug}#{self.seq}"

    def is_in(self, seen: Heads) -> bool:
        """Whether the heads include the event."""
        return self.slug in seen.stories and seen.stories[self.slug].seq >= self.seq


class Document(NamedTuple):
    """A published document: its title, when it was updated, and when each entry was updated, by id. A document
    that feed readers cannot parse is ``broken``, and its other attributes are empty."""

    title: str = ""
    updated: Recorded = NEVER
    entries: Mapping[str, Recorded] = {}
    broken: bool = False


class FeedStatus(NamedTuple):
    """The state of a published feed.

    Attributes: ``entries`` is the number of entries in its head, ``archives`` the number of its archives.
    ``updated`` is read from its Atom document, and empty if that has none or has never had entries. ``absent`` are
    the formats without a document, ``unreadable`` the formats that feed readers cannot parse. ``lacks`` is the
    newest entry that is missing or outdated, and ``lacking`` are the readable formats with such an entry.
    ``fault`` says that something absent, unreadable or lacking was published according to ``heads.json``.
    ``left_over`` says that the log has no entries for the feed any more.
    """

    path: str
    url: str
    title: str
    entries: int
    archives: int
    updated: Recorded
    absent: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    lacks: ExpectedEntry | None = None
    lacking: tuple[str, ...] = ()
    fault: bool = False
    left_over: bool = False

    @property
    def kind(self) -> str:
        return _kind(self.path)

    @property
    def story(self) -> str:
        """The slug of the feed's story; empty if the feed belongs to none."""
        return self.path.split("/")[1] if self.kind == "story" else ""

    @property
    def published(self) -> bool:
        return len(self.absent) < len(FORMATS)

    def address(self, format: str) -> str:
        return f"{self.url}{self.path}.{format}"

    @property
    def wrong(self) -> str:
        """The problems of the feed in words; empty if it is fresh."""
        if not self.published:
            return "missing, though it was published" if self.fault else "not published yet"
        unreadable = f"unreadable in {_named(self.unreadable)}" if self.unreadable else ""
        return ", ".join(filter(None, [unreadable, self._behind]))

    @property
    def _behind(self) -> str:
        """The entry or the formats that the feed lacks, in words."""
        if self.left_over:
            return "stale: nothing in the log belongs into it"
        if self.lacks:
            where = f" in {_named(self.lacking)}" if self.lacking != FORMATS else ""
            return f"stale: lacks {self.lacks}{where}"
        return f"missing in {_named(self.absent)}" if self.absent else ""


class Listing(NamedTuple):
    """The feeds of a site, of its stories, its parties and its types, in this order.

    Attributes: ``published`` says whether any feed is published. ``errors`` has the damage of stories; only the
    events before the damage count.
    """

    feeds: list[FeedStatus]
    published: bool
    errors: list[CorruptLog]


def listing(workspace: Workspace, slug: str = "", progress: Progress = lambda slug: None) -> Listing:
    """Return every feed of the site, or those of one story. ``progress`` is called with the slug of each story
    read. Raises BadInput if ``heads.json`` cannot be read."""
    seen = seen_heads(workspace)  # read first, so that the log and the documents are not older
    log = _Log(workspace, slug, progress)
    heads, archives = _published(workspace.feeds)
    paths = {*log.feeds, *(path for path in heads if not slug or path.startswith(f"stories/{slug}/"))}
    found = [_status(workspace, path, log, seen, archives[path]) for path in sorted(paths, key=_order)]
    return Listing(found, bool(heads), log.errors)


class _Log:
    """The feeds and entries that the log requires: ``feeds`` by path, and ``edits``, the edited entries by id. The
    feeds of a damaged story are not in ``feeds``, because they stay as they were published."""

    def __init__(self, workspace: Workspace, slug: str, progress: Progress) -> None:
        self.config = workspace.config
        site = [] if slug else [catalogue.site_feed(self.config, name) for name in SITE]
        self.feeds: dict[str, Feed] = {feed.path: feed for feed in site}
        self.errors: list[CorruptLog] = []
        self.damaged: set[str] = set()
        self.edits: dict[str, ExpectedEntry] = {}
        self._newest = NewestEntries()
        self._standing: dict[str, ExpectedEntry] = {}
        for each in [slug] if slug else sorted(workspace.log.versions()):
            self._read(workspace, each, mixed=not slug)
            progress(each)

    def _read(self, workspace: Workspace, slug: str, *, mixed: bool) -> None:
        events, error = workspace.log.intact(slug)
        try:
            with workspace.log.folding(slug):
                story_feed = build_feed(slug, events) if events else None
        except CorruptLog as forged:
            story_feed, error = None, forged
        if error:
            self.errors.append(error)
            self.damaged.add(slug)
        if story_feed:
            self._take(story_feed, own=not error, mixed=mixed)

    def _take(self, story_feed: StoryFeed, *, own: bool, mixed: bool) -> None:
        self._newest.take(story_feed.entries)
        for entry in story_feed.entries:
            if entry.touched > entry.seq:
                self.edits[entry.id] = ExpectedEntry(entry.updated, entry.slug, entry.touched, entry.id)
            for path, name in catalogue.memberships(entry).items() if mixed else ():
                if path not in self.feeds:
                    self.feeds[path] = catalogue.mixed_feed(self.config, path, name)
        if own:
            self.feeds |= {
                feed.path: feed for feed in catalogue.of_standing(self.config, story_feed.standing).values()
            }
        standing = story_feed.standing
        due = ExpectedEntry(
            standing.updated, standing.slug, standing.turn.seq, posts.named(standing.opener, "stands")
        )
        self.edits[due.id] = self._standing[f"stories/{due.slug}/standing"] = due
        self._standing["standing"] = max(self._standing.get("standing", due), due)

    def due(self, path: str) -> ExpectedEntry | None:
        """Return the newest entry that the feed must have, or None."""
        if item := self._newest.items.get(path):
            return ExpectedEntry(item.published, item.slug, item.seq, item.id)
        return self._standing.get(path)

    def lacking(self, path: str, document: Document) -> ExpectedEntry | None:
        """Return the newest entry that is missing in the document or outdated, or None."""
        due = self.due(path)
        lacking = [due] if due and due.id not in document.entries else []
        edits = ((self.edits[id], updated) for id, updated in document.entries.items() if id in self.edits)
        return max([*lacking, *(edit for edit, updated in edits if updated < edit.updated)], default=None)

    def is_over(self, path: str) -> bool:
        """Whether the log has no entries any more for a feed that is not in ``feeds``. False while a damaged story
        may have some."""
        return path.split("/")[1] not in self.damaged if _kind(path) == "story" else not self.damaged


def _status(workspace: Workspace, path: str, log: _Log, seen: Heads, archives: int) -> FeedStatus:
    documents = {format: _read(os.path.join(workspace.feeds, path), format) for format in FORMATS}
    absent = tuple(format for format, each in documents.items() if each is None)
    unreadable = tuple(format for format, each in documents.items() if each and each.broken)
    is_due = path in log.feeds
    lacks = {
        format: due
        for format, each in documents.items()
        if is_due and format not in unreadable and (due := log.lacking(path, each or Document()))
    }
    newest = max(lacks.values(), default=None)
    atom = documents["atom"] or Document()
    status = FeedStatus(
        path=path,
        url=workspace.config.url,
        title=atom.title or (log.feeds[path].title if is_due else path),
        entries=len(atom.entries),
        archives=archives,
        updated=atom.updated if atom.updated != NEVER else Recorded(""),
        absent=absent,
        unreadable=unreadable,
        lacks=newest,
        lacking=tuple(lacks),
        left_over=not is_due and log.is_over(path),
    )
    was_published = status.story in seen.stories if status.story else bool(seen.stories)
    fault = was_published and bool(unreadable or (absent and is_due and not newest))
    return status._replace(fault=fault or (newest is not None and newest.is_in(seen)))


def _published(folder: str) -> tuple[set[str], Counter[str]]:
    """Return the paths of published feeds, without their ending, and the number of archives of each."""
    heads: set[str] = set()
    archives: Counter[str] = Counter()
    for found in filter(None, map(_DOCUMENT.fullmatch, published_paths(folder))):
        if not found[2]:
            heads.add(found[1])
        elif found[3] == "atom":
            archives[found[1]] += 1
    return heads, archives


def _order(path: str) -> tuple[int, str, int]:
    """Sort key: site, stories, parties, types; then the order of the catalogue within a story."""
    folder, _, name = path.rpartition("/")
    family = catalogue.STORY if folder else SITE
    return KINDS.index(_kind(path)), folder, family.index(name)


def _kind(path: str) -> str:
    return _FOLDERS[path.partition("/")[0]] if "/" in path else "site"


def _named(formats: tuple[str, ...]) -> str:
    return " and ".join(NAMES[format] for format in formats)


# Reading documents.

_ATOM = "{http://www.w3.org/2005/Atom}"

_UNREADABLE = (
    *(etree.XMLSyntaxError, msgspec.DecodeError, ValueError),  # not XML, JSON, UTF-8 or a date
    *(AttributeError, TypeError),  # a missing element
    RecursionError,  # nesting without end
)


def _read(path: str, format: str) -> Document | None:
    """Read a document, or return None if there is no file."""
    try:
        with open(f"{path}.{format}", "rb") as file:
            data = file.read()
    except OSError:
        return None
    try:
        return _READERS[format](data)
    except _UNREADABLE:
        return Document(broken=True)


def _atom(data: bytes) -> Document:
    root = _xml(data)
    updated = _instant(root.findtext(f"{_ATOM}updated"))
    return Document(root.findtext(f"{_ATOM}title"), updated, dict(_entries(root, "entry", f"{_ATOM}id", _ATOM)))


def _rss(data: bytes) -> Document:
    channel = _xml(data).find("channel")
    return Document(channel.findtext("title"), NEVER, dict(_entries(channel, "item", "guid", "")))


class _Item(msgspec.Struct):
    id: str
    date_modified: str


class _About(msgspec.Struct):
    updated: str


class _JsonFeed(msgspec.Struct):
    """The members of a JSON Feed that are read. Others are ignored."""

    title: str
    items: list[_Item]
    about: _About = msgspec.field(name="_tracker")


def _json(data: bytes) -> Document:
    feed = msgspec.json.decode(messages.utf8(data), type=_JsonFeed)
    entries = {_uuid(each.id): _instant(each.date_modified) for each in feed.items}
    return Document(feed.title, _instant(feed.about.updated), entries)


_READERS = {"atom": _atom, "rss": _rss, "json": _json}


def _xml(data: bytes) -> Any:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _entries(parent: Any, tag: str, id: str, namespace: str) -> Iterator[tuple[str, Recorded]]:
    for entry in parent.findall(namespace + tag):
        yield _uuid(entry.findtext(id)), _instant(entry.findtext(f"{_ATOM}updated"))


def _uuid(text: str) -> str:
    return text.removeprefix("urn:uuid:")


def _instant(text: str) -> Recorded:
    return recorded_at(datetime.fromisoformat(text))
