"""Make the feeds of several stories, and their pages: all developments, corrections, key events, parties, types
and tags.

Such a feed has a head with its newest entries, and no archives: each story has its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from tracker.feeds import catalogue, paging, paths
from tracker.feeds.documents import NEVER, Feed
from tracker.publishing.entry_cache import EntryCache
from tracker.publishing.site_file import File, documents
from tracker.publishing.state import KeptEntry, PublicationState
from tracker.publishing.story_files import StoryFiles
from tracker.site import pages
from tracker.workspace.config import Config

STORIES_OF_GROUP = 50
"""The most stories on the page of a party, a type or a tag. They are those that began last."""


class MixedFeeds:
    """Collects what changes in feeds of several stories, and then makes their documents and pages.

    Attributes: ``changed`` are the paths of the feeds whose documents change, ``shown`` of those whose page
    changes. After ``files``, ``is_new`` says whether a feed is new or has a new name.
    """

    def __init__(self, config: Config, state: PublicationState, cache: EntryCache) -> None:
        self.changed: set[str] = set()
        self.shown: set[str] = set()
        self.is_new = False
        self._config = config
        self._state = state
        self._cache = cache
        self._put: Counter[str] = Counter()
        self._before: dict[str, str | None] = {}

    def take(self, story: StoryFiles) -> None:
        """Take the touched entries of a story, and its lines on pages."""
        slug = story.standing.slug
        for entry in story.touched:
            for path, name in catalogue.memberships(entry).items():
                self._take(path, name, entry.item)
        for addition in story.new_additions:
            self._take("all", "", addition.item)
        self.shown |= self._state.put_involved(slug, story.standing.published, story.involved())
        if story.renamed:
            self.shown.update(self._state.involving(slug))
            self.shown.update(path for each in story.story_feed.entries for path in catalogue.memberships(each))

    def _take(self, path: str, name: str, item: paging.FeedItem) -> None:
        self.changed.add(path)
        if path not in self._before:
            self._before[path] = self._state.name(path)
        self._state.put_item(path, name, item)
        self._put[path] += 1
        if self._put[path] % (4 * paging.MOST_ITEMS) == 0:
            self._state.window(path)  # which drops what no head shows

    def files(self) -> Iterator[File]:
        """Yield the documents of the feeds that changed, and pages."""
        names = self._state.feeds()
        self.is_new = any(names.get(path) != name for path, name in self._before.items())
        for path in sorted(self.changed | (self.shown & names.keys())):
            found = self._state.window(path)
            shown = self._entries(found.shown)
            feed = catalogue.mixed_feed(self._config, path, names.get(path, ""))
            if path in self.changed:
                news = shown if found.news == found.shown else self._entries(found.news)
                empty = max((each.updated for each in shown), default=NEVER)
                yield from documents(feed, news, empty=empty, complete=found.is_all_news, mixed=True)
            if feed.page:
                page = self._page(feed, names.get(path, ""), _listed(shown), found.is_all)
                yield File(f"{feed.page}{paths.INDEX}", page)

    def corrections(self) -> list[pages.Listed]:
        """Return the entries of the head of the feed ``corrections``, newest first."""
        return _listed(self._entries(self._state.window("corrections").shown))

    def _entries(self, items: Iterable[paging.FeedItem]) -> list[KeptEntry]:
        """Return entries, newest first; ``items`` are oldest first."""
        return [self._cache.of(item.slug, item.seq) for item in reversed(list(items))]

    def _page(self, feed: Feed, name: str, entries: list[pages.Listed], complete: bool) -> bytes:
        site = catalogue.site_feed(self._config, "all")
        if feed.path in paths.SITE:
            return pages.corrections(site, feed, entries, complete)
        involved = self._state.involved(feed.path, STORIES_OF_GROUP)
        titles = self._state.titles(each.more.story for each in entries)
        return pages.group(site, feed, name, involved, entries, titles, complete)


def _listed(shown: list[KeptEntry]) -> list[pages.Listed]:
    return [pages.listed(each.formats["json"].entry) for each in shown]
