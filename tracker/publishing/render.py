"""Every file of a site, as a function of the log.

::

    stream ──tell──▶ entries ──written once, in three formats──▶ documents of the story's feeds
                                     └──▶ cut into heads and archives ──▶ documents of mixed feeds
                                                                          (all stories, parties, types)

``render`` makes all of it from nothing. ``StoryWriter``, ``mixed`` and ``lists`` are its parts, which ``publish``
also uses to go on from what was published: a document is a new envelope with the bytes of its entries in it, and
those are taken from the published documents (``FindPublished``), except the entries that an event has touched
since. Documents that list others come after them.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, takewhile
from typing import NamedTuple

from tracker.domain import chain
from tracker.errors import CorruptLog, Rewritten
from tracker.feeds import atom_rss, catalogue, jsonfeed, posts
from tracker.feeds.documents import (
    FORMATS,
    NEVER,
    Facts,
    Feed,
    Post,
    SerializedEntry,
    assemble,
    latest,
    own_bytes,
    split,
)
from tracker.feeds.entries import Entry, StoryFeed, build_feed, shortened
from tracker.feeds.opml import opml
from tracker.feeds.paging import MOST_ITEMS, MOST_WEIGHT, FeedWindow, Page, Pager
from tracker.feeds.paths import ASSETS, SITE
from tracker.feeds.standing import StoryStanding
from tracker.log import checkpoints
from tracker.log.base import TYPES_FILE
from tracker.log.checkpoints import Heads, PublishedHead, Rewrite
from tracker.publishing.atomic_files import read
from tracker.publishing.state import PublicationState
from tracker.site import pages
from tracker.site.rows import StoryRow
from tracker.text.dates import Recorded
from tracker.views.briefing import Placed, arranged
from tracker.workspace.config import Config
from tracker.workspace.desk import Workspace

STORIES_ON_INDEX = 100
TURNED_ON_INDEX = 10
EXPECTED_ON_INDEX = 20
STORIES_OF_GROUP = 50
"""On the page of a party or a type: those that began last."""
STORIES_IN_FULL = 300
"""When there are more stories, the list of them is by month only."""

Progress = Callable[[str], None]

OnEntries = Callable[[Sequence[Entry]], None]
"""Is called with the entries of each story that is published."""

Archived = Callable[[str], bool]
"""Says whether a file is there that was made to stay."""

FindPublished = Callable[[str, bool], Mapping[str, SerializedEntry]]
"""Finds the entries of a published document by its path without the ending, and whether it is a head; none where
it is not there."""

WRITERS = {"atom": atom_rss.atom, "rss": atom_rss.rss, "json": jsonfeed.json}
"""What writes a whole document of a feed in each format: ``WRITERS["atom"](feed, facts, posts)``."""


class File(NamedTuple):
    """A file of the site: its path below the site's root, and its bytes. A ``head`` is a document of a feed that
    the next publication may go on from, a ``page`` one that it may take articles from; an ``archive`` is made to
    stay."""

    path: str
    data: bytes
    head: bool = False
    archive: bool = False
    page: bool = False


def nothing(path: str, head: bool) -> Mapping[str, SerializedEntry]:
    """Nothing was published before."""
    return {}


def serialize_entries(told: Sequence[Post]) -> dict[str, SerializedEntry]:
    """The bytes of posts in each format, by id without its scheme."""
    if not told:
        return {}
    facts = Facts(updated=NEVER)
    apart = [split(format, WRITERS[format](told[0].source, facts, told)) for format in FORMATS]
    ids = [post.id.removeprefix("urn:uuid:") for post in told]
    return {id: SerializedEntry(*(each[id] for each in apart)) for id in ids}


def documents(
    feed: Feed, facts: Facts, entries: Sequence[SerializedEntry], *, mixed: bool = False
) -> Iterator[File]:
    """A document of the feed in each format; entries newest first. Those of a feed of its own story need no
    source."""
    for number, format in enumerate(FORMATS):
        lines = [each[number] if mixed else own_bytes(format, each[number]) for each in entries]
        data = assemble(format, WRITERS[format](feed, facts), lines)
        yield File(feed.place(format, facts.name), data, head=not facts.name, archive=bool(facts.name))


class StoryWriter:
    """The files of one story.

    ``since`` is the number of the last event that was published, and ``called`` the title of the story then.
    ``find_published`` finds the entries published then. ``archived`` says whether an archive is there. ``page``
    gives the bytes of the story's page, and nothing where another program changed it.
    """

    def __init__(
        self,
        config: Config,
        story_feed: StoryFeed,
        *,
        since: int = 0,
        called: str = "",
        find_published: FindPublished = nothing,
        archived: Archived = lambda path: False,
        page: Callable[[str], bytes] = lambda path: b"",
    ) -> None:
        self.config = config
        self.since = since
        self._renamed = called != story_feed.standing.title
        self.story_feed = story_feed
        self.opener = story_feed.standing.opener
        self.family = catalogue.of_standing(config, story_feed.standing)
        self.entries = {entry.id: entry for entry in story_feed.entries if entry.in_feeds}
        self.touched = {entry.id for entry in self.entries.values() if entry.touched > since}
        self._find_published, self._archived, self._page = find_published, archived, page
        self._site = catalogue.site_feed(config, "all")
        self._written = self._write(self.touched)
        self.standing = stands(config, story_feed.standing)

    def files(self, lines: Sequence[bytes]) -> Iterator[File]:
        """All of them; ``lines`` are those of its log."""
        folder = self.family["developments"].page
        yield from self._pages(folder)
        developments = list(self.entries.values())
        yield from self._feed("developments", developments)
        yield from self._feed("corrections", [entry for entry in developments if entry.about])
        facts = Facts(updated=self.story_feed.standing.updated, complete=True)
        yield from documents(self.family["standing"], facts, [self.standing])
        yield from self._own_page(folder)
        yield File(f"{folder}events.jsonl", b"".join(lines))
        published = Heads(stories={self.story_feed.standing.slug: self.published()})
        yield File(f"{folder}{checkpoints.FILE}", checkpoints.serialize(published))

    def _pages(self, folder: str) -> Iterator[File]:
        """Those of the developments that were touched, and of the last one before, which has a next one now, or
        of all where the story is called otherwise; and of the months since."""
        title, last = self.story_feed.standing.title, len(self.story_feed.entries)
        for entry in reversed(self.story_feed.entries):
            if self._renamed or entry.touched > self.since or entry.seq == self.since:
                path = f"{folder}{entry.seq}"
                page = pages.development(self._site, self.family, title, entry, last)
                yield File(f"{path}.oembed.json", pages.oembed(self._site, title, entry), archive=True)
                yield File(f"{path}.html", page, archive=True)
        yield from self._months(folder)

    def _own_page(self, folder: str) -> Iterator[File]:
        """The story's page, with what turns it back."""
        yield File(f"{folder}history.json", pages.history(self.story_feed))
        path = f"{folder}index.html"
        published = pages.articles_in(self._page(path)) if self.since else {}
        entries = self.story_feed.entries
        articles = {seq: text for seq, text in published.items() if entries[seq - 1].touched <= self.since}
        yield File(path, pages.story(self._site, self.family, self.story_feed, articles), page=True)

    def _months(self, folder: str) -> Iterator[File]:
        """The story as it was known at the end of each month; nothing recorded later is on these pages."""
        events = [each.original for each in self.story_feed.story.developments]
        ends = {event.recorded[:7]: seq for seq, event in enumerate(events, 1)}
        before = ""
        for month, end in ends.items():
            path = f"{folder}{month}.html"
            if end > self.since or not self._archived(path):
                then = (
                    self.story_feed
                    if end == len(events)
                    else build_feed(self.story_feed.standing.slug, events, end)
                )
                family = catalogue.of_standing(self.config, then.standing)
                yield File(path, pages.month(self._site, family, then, month, before), archive=True)
            before = month

    def published(self) -> PublishedHead:
        """What publishing the story leaves behind."""
        developments = self.story_feed.story.developments
        return checkpoints.published(developments[0].id, [each.event.hash for each in developments])

    def fresh(self) -> dict[str, SerializedEntry]:
        """The entries touched, as mixed feeds have them."""
        return {id: self._written[id] for id in self.touched}

    def row(self, version: int) -> StoryRow:
        """How the story is listed from now on."""
        story, standing = self.story_feed.story, self.story_feed.standing
        row = StoryRow(standing.slug, version, story.developments[0].id, story.seq, story.head)
        return row._replace(opener=self.opener, title=story.title, status=story.status, opened=standing.published,
                            events=story.seq, updated=story.updated, turned=standing.updated,
                            turn=_turn(standing), weight=standing.weight)  # fmt: skip

    def keep(self, kept: PublicationState) -> set[str]:
        """Keeps what is told of the story on pages of others; gives the paths of the feeds whose pages change."""
        story, slug = self.story_feed.story, self.story_feed.standing.slug
        lines = arranged(story)
        kept.put_expected(slug, lines.get("Expected next", []))
        involved: dict[str, list[Placed]] = {}
        for line in itertools.chain.from_iterable(lines.values()):
            type = story.developments[line.seq - 1].type
            for path in catalogue.concerning(story.items[line.key].parties, type):
                involved.setdefault(path, []).append(line)
        return kept.put_involved(slug, self.story_feed.standing.published, involved)

    def _feed(self, name: str, entries: Sequence[Entry]) -> Iterator[File]:
        feed = self.family[name]
        pager, archives = Pager(), []
        for entry in entries:
            archives += pager.push(entry.item)
        cut = pager.cut
        for page in archives:
            yield from self._archive(name, page)
        shown = self._found([item.id for item in reversed(cut.window)], feed.path)
        yield from documents(feed, facts_of(cut, shown, self.story_feed.standing.published), shown)

    def _archive(self, name: str, page: Page) -> Iterator[File]:
        """An archive, if something in it was touched or it is not there yet. It is called as the story was when
        the last entry in it was recorded."""
        path = f"{self.family[name].path}-{page.name}"
        ids = [item.id for item in reversed(page.items)]
        if self.touched.isdisjoint(ids) and all(self._archived(f"{path}.{format}") for format in FORMATS):
            return
        feed = catalogue.of_entry(self.config, self.entries[ids[0]], self.opener)[name]
        shown = self._found(ids, self.family[name].path, path)
        yield from documents(feed, archive_facts(page, shown), shown)

    def _found(self, ids: Sequence[str], head: str, archive: str = "") -> list[SerializedEntry]:
        """The entries of these ids: written now, published before in one of two documents or, where they are
        nowhere, written anew."""
        known = dict(self._written)
        for path in (head, archive):
            if path and not known.keys() >= set(ids):
                known = {**self._find_published(path, path == head), **known}
        again = self._write([id for id in ids if id not in known])
        self._written |= again
        known |= again
        return [known[id] for id in ids]

    def _write(self, ids: Iterable[str]) -> dict[str, SerializedEntry]:
        told = (self.entries[id] for id in ids)
        return serialize_entries(
            [posts.of_entry(each, catalogue.of_entry(self.config, each, self.opener)) for each in told]
        )


def _turn(standing: StoryStanding) -> str:
    """What moved last, in a line."""
    return shortened(str(standing.turn)) if standing.turn.seq > 1 else "The story begins."


def stands(config: Config, standing: StoryStanding) -> SerializedEntry:
    """Where a story stands, in bytes."""
    (entry,) = serialize_entries([posts.of_standing(standing, catalogue.of_standing(config, standing))]).values()
    return entry


def facts_of(cut: FeedWindow, shown: Sequence[SerializedEntry], empty: Recorded = NEVER) -> Facts:
    """What the head says of itself; ``empty`` is when a feed without entries was updated."""
    updated = latest((each.json for each in shown), default=empty)
    return Facts(updated=updated, previous=cut.previous, complete=cut.complete)


def archive_facts(page: Page, shown: Sequence[SerializedEntry]) -> Facts:
    """What an archive says of itself."""
    return Facts(updated=latest(each.json for each in shown), name=page.name, previous=page.previous)


def archive(
    config: Config, path: str, name: str, page: Page, shown: Mapping[str, SerializedEntry]
) -> Iterator[File]:
    """An archive of a mixed feed."""
    entries = [shown[item.id] for item in reversed(page.items)]
    feed = catalogue.mixed_feed(config, path, name)
    yield from documents(feed, archive_facts(page, entries), entries, mixed=True)


def head(
    config: Config, path: str, name: str, cut: FeedWindow, shown: Mapping[str, SerializedEntry]
) -> Iterator[File]:
    """The head of a mixed feed."""
    entries = [shown[item.id] for item in reversed(cut.window)]
    feed = catalogue.mixed_feed(config, path, name)
    yield from documents(feed, facts_of(cut, entries), entries, mixed=True)


def in_json(shown: Mapping[str, SerializedEntry]) -> dict[str, bytes]:
    """The entries as pages take them."""
    return {id: each.json for id, each in shown.items()}


def page_of(
    config: Config, kept: PublicationState, path: str, name: str, cut: FeedWindow, shown: Mapping[str, bytes]
) -> Iterator[File]:
    """The page that shows what a mixed feed does, if it has one of its own; ``shown`` are its items in JSON."""
    feed = catalogue.mixed_feed(config, path, name)
    if feed.page:
        told = [pages.listed(shown[item.id]) for item in reversed(cut.window)]
        previous = f"{feed.path.rpartition('/')[2]}-{cut.previous}" if cut.previous else ""
        site = catalogue.site_feed(config, "all")
        if path in SITE:
            page = pages.corrections(site, feed, told, previous)
        else:
            page = pages.group(
                site,
                feed,
                name,
                involved=kept.involved(path, STORIES_OF_GROUP),
                entries=told,
                titles=kept.titles(each.more.story for each in told),
                previous=previous,
            )
        yield File(f"{feed.page}index.html", page)


def standings(
    config: Config, kept: PublicationState, found: Callable[[Sequence[StoryRow]], Mapping[str, SerializedEntry]]
) -> Iterator[File]:
    """Where all stories stand, those first where that changed last; ``found`` gives the entries by slug."""
    rows: list[StoryRow] = []
    heavy = 0
    lately = kept.turned_lately(MOST_ITEMS + 1)
    for row in lately[:MOST_ITEMS]:
        heavy += row.weight
        if heavy > MOST_WEIGHT and rows:
            break
        rows.append(row)
    entries = found(rows)
    feed = catalogue.site_feed(config, "standing")
    facts = Facts(updated=Recorded(rows[0].turned) if rows else NEVER, complete=rows == lately)
    yield from documents(feed, facts, [entries[row.slug] for row in rows], mixed=True)


def first_pages(
    config: Config, kept: PublicationState, corrections: Iterable[bytes], rewrites: Sequence[Rewrite]
) -> Iterator[File]:
    """What moved lately in all stories; ``corrections`` are the items of that feed's head in JSON."""
    feeds, total = _site(config), int(kept.fact("listed"))
    moved = kept.recently_changed(STORIES_ON_INDEX)
    about = pages.about(feeds, moved, total, rewrites, types=bool(kept.fact("types")))
    yield File("about/index.html", about)
    page = pages.index(
        feeds,
        moved,
        total,
        turned=kept.turned_lately(TURNED_ON_INDEX),
        expected=kept.expected(moved[0].updated if moved else "", EXPECTED_ON_INDEX),
        corrections=[pages.listed(each) for each in corrections],
        rewrites=rewrites,
    )
    yield File("index.html", page)


def lists(config: Config, kept: PublicationState) -> Iterator[File]:
    """What names every story and every feed, and changes only with those."""
    rows = kept.listed()
    kept.note("listed", str(len(rows)))  # as counting them takes long where there are many
    yield from _lists_of_stories(_site(config), rows)
    mixed = [catalogue.mixed_feed(config, *each) for each in kept.feeds() if each[0] not in SITE]
    families = [catalogue.story_feeds(config, row.slug, row.opener, row.title) for row in rows]
    groups = {
        "All stories": _site(config),
        "Stories": [feed for family in families for feed in family.values()],
        "Parties": [feed for feed in mixed if feed.path.startswith("parties/")],
        "Types": [feed for feed in mixed if feed.path.startswith("types/")],
    }
    yield File("feeds.opml", opml(config.title, groups))


def _lists_of_stories(feeds: Sequence[Feed], rows: Sequence[StoryRow]) -> Iterator[File]:
    """All stories by the month in which they began, the latest first."""
    latest_first = sorted(rows, key=lambda row: (row.opened, row.slug), reverse=True)
    months = {month: list(began) for month, began in groupby(latest_first, key=lambda row: row.opened[:7])}
    for month, began in months.items():
        yield File(f"stories/{month}.html", pages.stories_of_month(feeds, month, began))
    shown = latest_first if len(rows) <= STORIES_IN_FULL else []
    counts = [(month, len(began)) for month, began in months.items()]
    yield File("stories/index.html", pages.all_stories(feeds, counts, shown))


def heads_file(kept: PublicationState, known: Mapping[str, PublishedHead], rewrites: Sequence[Rewrite]) -> File:
    """What has been published of every story; ``known`` has the checkpoints, as long as there are few."""
    stories = {slug: PublishedHead(stream=stream, seq=seq, hash=hash) for slug, stream, seq, hash in kept.heads()}
    if len(stories) <= checkpoints.FEW:
        stories = {slug: known[slug] for slug in stories}
    return File(checkpoints.FILE, checkpoints.serialize(Heads(stories=stories, rewrites=tuple(rewrites))))


def _site(config: Config) -> list[Feed]:
    return [catalogue.site_feed(config, name) for name in SITE]


def render(
    workspace: Workspace,
    kept: PublicationState,
    seen: Heads,
    *,
    told: OnEntries = lambda entries: None,
    progress: Progress = lambda slug: None,
    upto: Mapping[str, int] | None = None,
) -> Iterator[File]:
    """Every file of the site, made anew, those that list others last; ``kept`` is empty and gets what the next
    publication goes on from. ``told`` is called with the entries of every story that is published.

    ``seen`` is what was published before; with ``upto``, the site as it was with so many events of each story.
    """
    config = workspace.config
    kept.spool()
    for name in ASSETS:
        yield File(name, pages.asset(name))
    if types := workspace.log.declarations():
        kept.note("types", "declared")
        yield File(TYPES_FILE, types)
    known: dict[str, PublishedHead] = {}
    for slug, version in sorted(workspace.log.versions().items()):
        before = seen.stories.get(slug)
        published = yield from _story(workspace, kept, StoryRow(slug, version), before, told, upto)
        if published and len(known) <= checkpoints.FEW:
            known[slug] = published
        progress(slug)
    for path in kept.paths():
        yield from _mixed(config, kept, path)
    for path in ("all", "corrections"):
        if not kept.cut(path):
            kept.put_cut(path, "", FeedWindow())
            yield from head(config, path, "", FeedWindow(), {})
            yield from page_of(config, kept, path, "", FeedWindow(), {})
    yield from standings(config, kept, lambda rows: _stands(kept, rows))
    yield from lists(config, kept)
    corrections = kept.cut("corrections")
    window = corrections[1].window if corrections else ()
    amended = [each.json for each in kept.written(item.id for item in reversed(window)).values()]
    yield from first_pages(config, kept, amended, seen.rewrites)
    yield heads_file(kept, known, seen.rewrites)


def _story(
    workspace: Workspace,
    kept: PublicationState,
    row: StoryRow,
    before: PublishedHead | None,
    told: OnEntries,
    upto: Mapping[str, int] | None,
) -> Generator[File, None, PublishedHead | None]:
    """The files of one story. A damaged one keeps its files as they are, and is listed with what was published
    before. Where a redaction removes a text that is published, its files are made of the same. Gives what is
    published of the story."""
    events, lines, error = workspace.log.whole(row.slug)
    if upto is not None:
        events = events[: upto.get(row.slug, 0)]
    elif before and error:
        events = events[: _agreed(workspace, row.slug, before, lines)]
    elif before:
        _check_extends(workspace, row.slug, before, lines)
    published = before
    if events and (before or not error):
        try:
            with workspace.log.folding(row.slug):
                writer = StoryWriter(workspace.config, build_feed(row.slug, events))
                stays = error and not publishes_removed(workspace, row.slug)
                files = [] if stays else list(writer.files(lines[: len(events)]))
        except CorruptLog as forged:
            error = forged
        else:
            yield from files
            spool(kept, writer)
            if not stays:
                told(writer.story_feed.entries)
            if not error:
                published = writer.published()
            row = writer.row(row.version)
            writer.keep(kept)
    stream, seq, hash = (published.stream, published.seq, published.hash) if published else ("", 0, "")
    kept.put_story(row._replace(stream=stream, seq=seq, hash=hash, error=str(error or "")))
    return published


def _agreed(workspace: Workspace, slug: str, before: PublishedHead, lines: Sequence[bytes]) -> int:
    """How many of the first lines of a damaged log may be listed: all where they extend what was published, else
    those that the published log has too."""
    if len(lines) >= before.seq and chain.hash_of(lines[before.seq - 1]).hex() == before.hash:
        return len(lines)
    hashes = zip(map(chain.hash_of, lines), map(chain.hash_of, _published_log(workspace, slug)), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], hashes))


def publishes_removed(workspace: Workspace, slug: str) -> bool:
    """Whether the published log of a story has a text that a redaction in the log removes, also where the log is
    damaged."""
    removals = chain.removals(workspace.log.lines_if_any(slug))
    published = _published_log(workspace, slug) if removals else []
    return any(chain.id_of(line) in removals and not chain.is_shell(line) for line in published)


def _published_log(workspace: Workspace, slug: str) -> list[bytes]:
    return read(os.path.join(workspace.feeds, "stories", slug, "events.jsonl")).splitlines(keepends=True)


def _check_extends(workspace: Workspace, slug: str, before: PublishedHead, lines: Sequence[bytes]) -> None:
    """Raises Rewritten where the lines that are about to be published do not extend what was. The publisher has
    looked before it began; since then the log may have been changed."""
    if parted := checkpoints.divergence(before, lines) if lines else None:
        place = workspace.log.place(slug, parted.line)
        raise Rewritten(
            f"{place}: {parted.message}. The log was changed while it was being published; publish again"
        )


def spool(kept: PublicationState, writer: StoryWriter) -> None:
    """Puts the entries of a story where the mixed feeds find them."""
    fresh = writer.fresh()
    for entry in writer.entries.values():
        kept.put_written(entry.id, fresh[entry.id])
        for path, name in catalogue.memberships(entry).items():
            kept.put_item(path, name, entry.item)
    kept.put_written(writer.story_feed.standing.slug, writer.standing)


def _stands(kept: PublicationState, rows: Sequence[StoryRow]) -> dict[str, SerializedEntry]:
    return kept.written(row.slug for row in rows)


def _mixed(config: Config, kept: PublicationState, path: str) -> Iterator[File]:
    """The documents of a mixed feed, archives first. It is called as its first entry names it."""
    pager, name = Pager(), ""
    for number, (item, named) in enumerate(kept.items(path)):
        name = name if number else named
        for page in pager.push(item):
            yield from archive(config, path, name, page, kept.written(each.id for each in page.items))
    kept.put_cut(path, name, pager.cut)
    shown = kept.written(item.id for item in pager.cut.window)
    yield from head(config, path, name, pager.cut, shown)
    yield from page_of(config, kept, path, name, pager.cut, in_json(shown))
