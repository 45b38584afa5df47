"""Make what shows all stories: the first page, lists, the feed of where they stand, and their heads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from tracker.feeds import catalogue, icalendar_feed, paging, paths
from tracker.feeds.documents import Feed
from tracker.feeds.opml import opml
from tracker.log import checkpoints
from tracker.log.checkpoints import Rewrite
from tracker.publishing.entry_cache import STANDING, EntryCache
from tracker.publishing.site_file import File, documents
from tracker.publishing.state import PublicationState
from tracker.site import pages, sitemap
from tracker.site.rows import StoryRow
from tracker.wording.messages import plain
from tracker.workspace.config import Config

STORIES_ON_INDEX = 100
TEASERS_ON_INDEX = 11
TURNED_ON_INDEX = 10
EXPECTED_ON_INDEX = 20
STORIES_IN_FULL = 300
"""The most stories that the list of stories shows. If there are more, it shows months only."""


def standings(config: Config, state: PublicationState, cache: EntryCache) -> Iterator[File]:
    """Yield the feed of where all stories stand, the last change first."""
    rows, lacking = paging.newest(state.turned_lately(paging.MOST_ITEMS + 1))
    stand = [cache.of(row.slug, STANDING) for row in reversed(rows)]
    entries = [entry for each in stand for entry in (each, *each.stubs)]
    feed = catalogue.site_feed(config, "standing")
    yield from documents(feed, entries, complete=not lacking, mixed=True)


def lists(config: Config, state: PublicationState) -> Iterator[File]:
    """Yield the lists of all stories and all feeds. They change only if a story or a feed is new or renamed."""
    rows = state.listed()
    state.note("listed", str(len(rows)))  # counting many stories takes long
    yield from _lists_of_stories(_site(config, state), rows)
    yield from _sitemaps(config, rows)
    yield File(paths.NOT_FOUND, pages.not_found(_site(config, state)[0]))
    mixed = [catalogue.mixed_feed(config, *each) for each in state.feeds().items()]
    families = [
        catalogue.story_feeds(config, row.slug, row.opener, row.title, key=bool(row.has_key)) for row in rows
    ]
    say = plain(config.language).say
    groups = {
        say("All stories"): _site(config, state),
        say("Stories"): [feed for family in families for feed in family.values()],
        say("Parties"): [feed for feed in mixed if paths.kind(feed.path) == "party"],
        say("Types"): [feed for feed in mixed if paths.kind(feed.path) == "type"],
        say("Tags"): [feed for feed in mixed if paths.kind(feed.path) == "tag"],
    }
    yield File(paths.OPML, opml(config.title, groups))


def _lists_of_stories(feeds: Sequence[Feed], rows: Sequence[StoryRow]) -> Iterator[File]:
    """Yield the lists of stories by the month in which they began, the latest first."""
    latest_first = sorted(rows, key=lambda row: (row.opened, row.slug), reverse=True)
    months = {month: list(began) for month, began in groupby(latest_first, key=lambda row: row.opened[:7])}
    for month, began in months.items():
        yield File(f"{paths.STORIES}{month}.html", pages.stories_of_month(feeds, month, began))
    shown = latest_first if len(rows) <= STORIES_IN_FULL else []
    counts = [(month, len(began)) for month, began in months.items()]
    yield File(paths.ALL_STORIES, pages.all_stories(feeds, counts, shown))


def _sitemaps(config: Config, rows: Sequence[StoryRow]) -> Iterator[File]:
    """Yield the lists of the sitemaps of stories, and ``robots.txt``."""
    lists = sitemap.of_stories(config.url, ((row.slug, row.events) for row in rows))
    for number, data in enumerate(lists, 1):
        yield File(paths.sitemap(part=number), data)
    yield File(paths.ROBOTS, sitemap.robots(config.url, len(lists)))


def expected(config: Config, state: PublicationState) -> File:
    """Return the calendar of the expected dates of all open stories."""
    return File(paths.EXPECTED, icalendar_feed.expected(config.title, config.url, config.id, state.due_events()))


def first_pages(
    config: Config, state: PublicationState, corrections: Sequence[pages.Listed], rewrites: Sequence[Rewrite]
) -> Iterator[File]:
    """Yield the page about the desk and the first page. ``corrections`` are the entries of the head of the feed
    ``corrections``."""
    feeds, total = _site(config, state), int(state.fact("listed"))
    moved = state.recently_changed(STORIES_ON_INDEX)
    pinned = state.pinned(STORIES_ON_INDEX)
    first = [*pinned, *(row for row in moved if row not in pinned)][:STORIES_ON_INDEX]
    about = pages.about(feeds, moved, total, rewrites, types=bool(state.fact("types")))
    yield File(paths.ABOUT, about)
    page = pages.index(
        feeds,
        first,
        total,
        teasers=state.teasers(row.slug for row in first[:TEASERS_ON_INDEX]),
        turned=state.turned_lately(TURNED_ON_INDEX),
        expected=state.expected(moved[0].updated if moved else "", EXPECTED_ON_INDEX),
        corrections=corrections,
        rewrites=rewrites,
    )
    yield File(paths.INDEX, page)


def heads(state: PublicationState, rewrites: Sequence[Rewrite]) -> File:
    """Return ``heads.json``. It has checkpoints while stories are few."""
    return File(paths.heads(), checkpoints.joined(state.heads(checkpoints.FEW), rewrites))


def _site(config: Config, state: PublicationState) -> list[Feed]:
    key = [paths.KEY] if state.name(paths.KEY) is not None else []
    return [catalogue.site_feed(config, name) for name in (*paths.SITE, *key)]
