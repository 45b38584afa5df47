"""The feeds of a site as subscribers get them: what each published document says of itself and has in it, and what
of the log it lacks.

::

    log ──tell──▶ feeds there should be, the newest of each, what was edited ──┐
    feeds/ ──read──▶ documents ────────────────────────────────────────────────┴─▶ Served, a row a feed

A feed that lacks what is not published yet is *stale*. One that lacks what ``heads.json`` says was published is at
*fault*: the next publication would not look at it again, nor at a document that no reader can read.
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
    """What has to be in a feed: an entry as the event ``slug#seq`` left it at ``updated``."""

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
    """What a published document says: its title, when it was updated, and when each of its entries was, by id. One
    that no reader could read is ``broken`` and says nothing."""

    title: str = ""
    updated: Recorded = NEVER
    entries: Mapping[str, Recorded] = {}
    broken: bool = False


class FeedStatus(NamedTuple):
    """A feed: how many entries its head has, how many archives there are, and when it was updated, as its Atom
    document says it (empty where it does not, or never was).

    ``absent`` are the formats in which there is no document, ``unreadable`` those in which no reader could read
    it; ``lacks`` is the newest that it lacks in those of ``lacking``, which are not unreadable. ``fault``: of what
    is absent, unreadable or lacking, ``heads.json`` says that it was published. ``left_over``: nothing in the log
    belongs into the feed any more.
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
        """The slug of the story whose feed it is."""
        return self.path.split("/")[1] if self.kind == "story" else ""

    @property
    def published(self) -> bool:
        return len(self.absent) < len(FORMATS)

    def address(self, format: str) -> str:
        return f"{self.url}{self.path}.{format}"

    @property
    def wrong(self) -> str:
        """What is wrong with it, in words; nothing where it is fresh."""
        if not self.published:
            return "missing, though it was published" if self.fault else "not published yet"
        unreadable = f"unreadable in {_named(self.unreadable)}" if self.unreadable else ""
        return ", ".join(filter(None, [unreadable, self._behind]))

    @property
    def _behind(self) -> str:
        if self.left_over:
            return "stale: nothing in the log belongs into it"
        if self.lacks:
            where = f" in {_named(self.lacking)}" if self.lacking != FORMATS else ""
            return f"stale: lacks {self.lacks}{where}"
        return f"missing in {_named(self.absent)}" if self.absent else ""


class Listing(NamedTuple):
    """The feeds in their order: those of the site, of stories, of parties, of types; whether any was published
    yet; and what is wrong with stories, which are looked at as far as they are whole."""

    feeds: list[FeedStatus]
    published: bool
    errors: list[CorruptLog]


def listing(workspace: Workspace, slug: str = "", progress: Progress = lambda slug: None) -> Listing:
    """Every feed of the site, or those of one story; ``progress`` is called for each story looked at. Raises
    BadInput where ``heads.json`` is broken."""
    seen = seen_heads(workspace)  # before the log and the documents: those are as new as this, or newer
    log = _Log(workspace, slug, progress)
    heads, archives = _published(workspace.feeds)
    paths = {*log.feeds, *(path for path in heads if not slug or path.startswith(f"stories/{slug}/"))}
    found = [_served(workspace, path, log, seen, archives[path]) for path in sorted(paths, key=_order)]
    return Listing(found, bool(heads), log.errors)


class _Log:
    """What should be published: the feeds by path, the newest of each, and entries that were edited, by id.

    The own feeds of a damaged story are not among them: they stay as they were published.
    """

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
        """The newest entry that belongs into the feed."""
        if item := self._newest.items.get(path):
            return ExpectedEntry(item.published, item.slug, item.seq, item.id)
        return self._standing.get(path)

    def lacking(self, path: str, document: Document) -> ExpectedEntry | None:
        """The newest that the document lacks."""
        due = self.due(path)
        lacking = [due] if due and due.id not in document.entries else []
        edits = ((self.edits[id], updated) for id, updated in document.entries.items() if id in self.edits)
        return max([*lacking, *(edit for edit, updated in edits if updated < edit.updated)], default=None)

    def is_over(self, path: str) -> bool:
        """Whether nothing belongs any more into a feed that is not among them, as far as that can be told."""
        return path.split("/")[1] not in self.damaged if _kind(path) == "story" else not self.damaged


def _served(workspace: Workspace, path: str, log: _Log, seen: Heads, archives: int) -> FeedStatus:
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
    served = FeedStatus(
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
    was_published = served.story in seen.stories if served.story else bool(seen.stories)
    fault = was_published and bool(unreadable or (absent and is_due and not newest))
    return served._replace(fault=fault or (newest is not None and newest.is_in(seen)))


def _published(folder: str) -> tuple[set[str], Counter[str]]:
    """The paths of published feeds, without ending, and how many archives each has."""
    heads: set[str] = set()
    archives: Counter[str] = Counter()
    for found in filter(None, map(_DOCUMENT.fullmatch, published_paths(folder))):
        if not found[2]:
            heads.add(found[1])
        elif found[3] == "atom":
            archives[found[1]] += 1
    return heads, archives


def _order(path: str) -> tuple[int, str, int]:
    """Site, stories, parties, types; the feeds of one story as the catalogue has them."""
    folder, _, name = path.rpartition("/")
    family = catalogue.STORY if folder else SITE
    return KINDS.index(_kind(path)), folder, family.index(name)


def _kind(path: str) -> str:
    return _FOLDERS[path.partition("/")[0]] if "/" in path else "site"


def _named(formats: tuple[str, ...]) -> str:
    return " and ".join(NAMES[format] for format in formats)


# What documents say.

_ATOM = "{http://www.w3.org/2005/Atom}"

_UNREADABLE = (
    *(etree.XMLSyntaxError, msgspec.DecodeError, ValueError),  # no XML, no JSON, no UTF-8, no date
    *(AttributeError, TypeError),  # an element that is not there
    RecursionError,  # nesting without end
)


def _read(path: str, format: str) -> Document | None:
    """The document; None where there is none."""
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
    """What is read of a JSON Feed; whatever else is in it is passed over."""

    title: str
    items: list[_Item]
    about: _About = msgspec.field(name="_tracker")


def _json(data: bytes) -> Document:
    told = msgspec.json.decode(messages.utf8(data), type=_JsonFeed)
    entries = {_uuid(each.id): _instant(each.date_modified) for each in told.items}
    return Document(told.title, _instant(told.about.updated), entries)


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
