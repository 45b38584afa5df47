"""The bytes of entries: kept from the last publication or, if the state does not have them, made from the log."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from msgspec import structs

from tracker.exporting import calendar_file, timelinejs
from tracker.exporting.calendar_file import Past
from tracker.feeds import catalogue, posts
from tracker.feeds.documents import Post
from tracker.feeds.entries import Entry, StoryFeed, build_feed
from tracker.feeds.formats import FORMATS
from tracker.feeds.writers import writer
from tracker.publishing.state import KeptEntry, PublicationState
from tracker.site import pages
from tracker.workspace.desk import Workspace

STANDING = 0
"""The number under which the entry is kept that says where a story stands."""

_MOST = 8_000_000
"""Bytes of entries in memory. An entry is in several documents of one publication."""


class EntryCache:
    """Makes and keeps the bytes of entries. Any of them can be dropped: it is made again when it is needed."""

    def __init__(self, workspace: Workspace, state: PublicationState) -> None:
        self._workspace = workspace
        self._state = state
        self._recent: OrderedDict[tuple[str, int], KeptEntry] = OrderedDict()
        self._size = 0
        self._story_feed: StoryFeed | None = None
        self._pasts: dict[int, Past] = {}

    def put(self, story_feed: StoryFeed, entries: Sequence[Entry]) -> dict[int, str]:
        """Make and keep the bytes of these entries of a story, and of where it stands. ``entries`` are newest
        first: those that the page of the story shows in full are also kept as articles. Return what ``pages.told``
        makes of those, by number."""
        self._hold(story_feed)
        size, told = 0, dict[int, str]()
        touched = {entry.seq for entry in entries}
        for each in story_feed.additions:
            if each.touched in touched:
                self._put(each.first.slug, each.seq, self._made(story_feed, each.seq))
        for entry in entries:
            article = ""
            if size < pages.MOST_IN_FULL:
                told[entry.seq] = pages.told(story_feed.with_body(entry))
                article = pages.article(entry, told[entry.seq])
                size += len(article)
            self._put(entry.slug, entry.seq, self._made(story_feed, entry.seq, article))
        self._put(story_feed.standing.slug, STANDING, self._made(story_feed, STANDING))
        return told

    def of(self, slug: str, seq: int) -> KeptEntry:
        """Return the bytes of an entry. The number ``STANDING`` is that of where the story stands."""
        if kept := self._recent.get((slug, seq)):
            self._recent.move_to_end((slug, seq))
        elif kept := self._state.entry(slug, seq):
            self._remember(slug, seq, kept)
        else:
            kept = self._made(self._read(slug), seq)
            self._put(slug, seq, kept)
        return kept

    def _put(self, slug: str, seq: int, kept: KeptEntry) -> None:
        self._state.put_entry(slug, seq, kept)
        self._remember(slug, seq, kept)

    def _remember(self, slug: str, seq: int, kept: KeptEntry) -> None:
        if before := self._recent.pop((slug, seq), None):
            self._size -= before.size
        self._recent[slug, seq] = kept
        self._size += kept.size
        while self._size > _MOST:
            self._size -= self._recent.popitem(last=False)[1].size

    def _read(self, slug: str) -> StoryFeed:
        """Return a story as it is being published."""
        if self._story_feed is None or self._story_feed.standing.slug != slug:
            row = self._state.story(slug)
            events = self._workspace.log.whole(slug)[0]
            known = events[: row.events] if row else events
            desk = self._workspace
            return self._hold(
                build_feed(
                    slug, known, canonical=desk.directory.canonical, numbers=desk.numbers, wordings=desk.wordings
                )
            )
        return self._story_feed

    def _hold(self, story_feed: StoryFeed) -> StoryFeed:
        self._story_feed = story_feed
        self._pasts = calendar_file.pasts(story_feed.story.developments)
        return story_feed

    def amendments(self, seq: int) -> int:
        """Return the number of amendments ever recorded of a development of the story that was put last."""
        return self._pasts.get(seq, Past()).amendments

    def _made(self, story_feed: StoryFeed, seq: int, article: str = "") -> KeptEntry:
        config, standing = self._workspace.config, story_feed.standing
        if seq == STANDING:
            family = catalogue.of_standing(config, standing)
            stubs = tuple(map(_serialized, posts.of_removed(standing, family)))
            return structs.replace(_serialized(posts.of_standing(standing, family)), stubs=stubs)
        if seq < 0:
            addition = next(each for each in story_feed.additions if each.seq == seq)
            first = addition.first
            return _serialized(posts.of_addition(addition, catalogue.of_entry(config, first, standing.opener)))
        entry, development = story_feed.entries[seq - 1], story_feed.development(seq)
        past, address = self._pasts.get(seq, Past()), config.url + entry.path
        calendar = calendar_file.entry(entry.wording, development, past, entry.updated, address)
        slide = timelinejs.encoded(entry.wording, development, config.url)
        if not entry.in_feeds:
            return KeptEntry(entry.updated, {}, article, calendar, slide)
        entry = story_feed.with_body(entry)
        kept = _serialized(posts.of_entry(entry, catalogue.of_entry(config, entry, standing.opener)))
        return structs.replace(kept, article=article, calendar=calendar, slide=slide)


def _serialized(post: Post) -> KeptEntry:
    return KeptEntry(post.updated, {format: writer(format).entry(post) for format in FORMATS})
