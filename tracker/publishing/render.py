"""Make every file of a site from the log.

::

    stream ──build_feed──▶ entries ──written once, in three formats──▶ documents of the story's feeds
                                           └──▶ cut into heads and archives ──▶ documents of mixed feeds
                                                                                (all stories, parties, types)

``render`` makes all files from the log. ``incremental.py`` uses its parts, such as ``StoryWriter`` and ``lists``,
to go on from the last publication. A document is then a new envelope around the bytes of its entries. These bytes
are taken from the published documents (``FindPublished``), except for the entries that an event has touched since.
A document comes after the documents that it lists.
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
"""The most stories on the page of a party or a type. They are those that began last."""
STORIES_IN_FULL = 300
"""The most stories that the list of stories shows. If there are more, it shows months only."""

Progress = Callable[[str], None]

OnEntries = Callable[[Sequence[Entry]], None]
"""A callback that takes the entries of each published story."""

Archived = Callable[[str], bool]
"""A function that says whether an archive, given by its path, is published."""

FindPublished = Callable[[str, bool], Mapping[str, SerializedEntry]]
"""A function that takes the path of a published document without the ending, and whether it is a head. It returns
the entries of the document by id, or none if it cannot be used."""

WRITERS = {"atom": atom_rss.atom, "rss": atom_rss.rss, "json": jsonfeed.json}
"""For each format, the function that writes a document: ``WRITERS["atom"](feed, facts, posts)``."""


class File(NamedTuple):
    """A file of the site: its path below the site's root, and its bytes.

    Attributes: ``head`` marks the head of a feed, from which the next publication may take entries. ``page`` marks
    a page from which it may take articles. ``archive`` marks a file that later publications seldom change, so that
    the publisher does not check it.
    """

    path: str
    data: bytes
    head: bool = False
    archive: bool = False
    page: bool = False


def nothing(path: str, head: bool) -> Mapping[str, SerializedEntry]:
    """The ``FindPublished`` of a rebuild: it finds no published entries."""
    return {}


def serialize_entries(made: Sequence[Post]) -> dict[str, SerializedEntry]:
    """Return the bytes of posts in each format, by id without ``urn:uuid:``."""
    if not made:
        return {}
    facts = Facts(updated=NEVER)
    by_format = [split(format, WRITERS[format](made[0].source, facts, made)) for format in FORMATS]
    ids = [post.id.removeprefix("urn:uuid:") for post in made]
    return {id: SerializedEntry(*(each[id] for each in by_format)) for id in ids}


def documents(
    feed: Feed, facts: Facts, entries: Sequence[SerializedEntry], *, mixed: bool = False
) -> Iterator[File]:
    """Yield a document of the feed in each format, with entries newest first. The entries of a story's own feed
    get no source."""
    for number, format in enumerate(FORMATS):
        lines = [each[number] if mixed else own_bytes(format, each[number]) for each in entries]
        data = assemble(format, WRITERS[format](feed, facts), lines)
        yield File(feed.place(format, facts.name), data, head=not facts.name, archive=bool(facts.name))


class StoryWriter:
    """Makes the files of one story.

    ``since`` is the number of the last published event, or 0. ``called`` is the published title of the story.
    ``find_published`` finds the published entries. ``archived`` says whether an archive is published. ``page``
    returns the bytes of the published page of the story, or no bytes if another program changed it.
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
        """Yield all files that may have changed; ``lines`` are the lines of the story's log."""
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
        """Yield the pages of the developments that were touched, of the last published one, which now links to the
        next, and of the months since. If the title of the story changed, the pages of all developments."""
        title, last = self.story_feed.standing.title, len(self.story_feed.entries)
        for entry in reversed(self.story_feed.entries):
            if self._renamed or entry.touched > self.since or entry.seq == self.since:
                path = f"{folder}{entry.seq}"
                page = pages.development(self._site, self.family, title, entry, last)
                yield File(f"{path}.oembed.json", pages.oembed(self._site, title, entry), archive=True)
                yield File(f"{path}.html", page, archive=True)
        yield from self._months(folder)

    def _own_page(self, folder: str) -> Iterator[File]:
        """Yield the page of the story, and ``history.json``, with which it is turned back in time."""
        yield File(f"{folder}history.json", pages.history(self.story_feed))
        path = f"{folder}index.html"
        published = pages.articles_in(self._page(path)) if self.since else {}
        entries = self.story_feed.entries
        articles = {seq: text for seq, text in published.items() if entries[seq - 1].touched <= self.since}
        yield File(path, pages.story(self._site, self.family, self.story_feed, articles), page=True)

    def _months(self, folder: str) -> Iterator[File]:
        """Yield the pages of the story as known at the end of each month, with nothing recorded later."""
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
        """Return the head that ``heads.json`` has of the story after this publication."""
        developments = self.story_feed.story.developments
        return checkpoints.published(developments[0].id, [each.event.hash for each in developments])

    def fresh(self) -> dict[str, SerializedEntry]:
        """Return the bytes of the touched entries by id, as mixed feeds have them."""
        return {id: self._written[id] for id in self.touched}

    def row(self, version: int) -> StoryRow:
        """Return the row of the story for lists; ``version`` is the version of its log."""
        story, standing = self.story_feed.story, self.story_feed.standing
        row = StoryRow(standing.slug, version, story.developments[0].id, story.seq, story.head)
        return row._replace(opener=self.opener, title=story.title, status=story.status, opened=standing.published,
                            events=story.seq, updated=story.updated, turned=standing.updated,
                            turn=_turn(standing), weight=standing.weight)  # fmt: skip

    def keep(self, kept: PublicationState) -> set[str]:
        """Put the lines that other pages show of the story into ``kept``. Returns the paths of the feeds whose
        pages change."""
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
        """Yield an archive if an entry in it was touched, or if it is not published yet. It has the title that the
        story had when the last entry in it was recorded."""
        path = f"{self.family[name].path}-{page.name}"
        ids = [item.id for item in reversed(page.items)]
        if self.touched.isdisjoint(ids) and all(self._archived(f"{path}.{format}") for format in FORMATS):
            return
        feed = catalogue.of_entry(self.config, self.entries[ids[0]], self.opener)[name]
        shown = self._found(ids, self.family[name].path, path)
        yield from documents(feed, archive_facts(page, shown), shown)

    def _found(self, ids: Sequence[str], head: str, archive: str = "") -> list[SerializedEntry]:
        """Return the entries with these ids: written now, or published in the head or the archive. Entries that
        are in neither are written again."""
        known = dict(self._written)
        for path in (head, archive):
            if path and not known.keys() >= set(ids):
                known = {**self._find_published(path, path == head), **known}
        again = self._write([id for id in ids if id not in known])
        self._written |= again
        known |= again
        return [known[id] for id in ids]

    def _write(self, ids: Iterable[str]) -> dict[str, SerializedEntry]:
        entries = (self.entries[id] for id in ids)
        return serialize_entries(
            [posts.of_entry(each, catalogue.of_entry(self.config, each, self.opener)) for each in entries]
        )


def _turn(standing: StoryStanding) -> str:
    """Return a line about the last change of where the story stands."""
    return shortened(str(standing.turn)) if standing.turn.seq > 1 else "The story begins."


def stands(config: Config, standing: StoryStanding) -> SerializedEntry:
    """Return the bytes of the entry that says where a story stands."""
    (entry,) = serialize_entries([posts.of_standing(standing, catalogue.of_standing(config, standing))]).values()
    return entry


def facts_of(cut: FeedWindow, shown: Sequence[SerializedEntry], empty: Recorded = NEVER) -> Facts:
    """Return the metadata of a head; ``empty`` is the ``updated`` of a feed without entries."""
    updated = latest((each.json for each in shown), default=empty)
    return Facts(updated=updated, previous=cut.previous, complete=cut.complete)


def archive_facts(page: Page, shown: Sequence[SerializedEntry]) -> Facts:
    """Return the metadata of an archive."""
    return Facts(updated=latest(each.json for each in shown), name=page.name, previous=page.previous)


def archive(
    config: Config, path: str, name: str, page: Page, shown: Mapping[str, SerializedEntry]
) -> Iterator[File]:
    """Yield the documents of an archive of a mixed feed."""
    entries = [shown[item.id] for item in reversed(page.items)]
    feed = catalogue.mixed_feed(config, path, name)
    yield from documents(feed, archive_facts(page, entries), entries, mixed=True)


def head(
    config: Config, path: str, name: str, cut: FeedWindow, shown: Mapping[str, SerializedEntry]
) -> Iterator[File]:
    """Yield the documents of the head of a mixed feed."""
    entries = [shown[item.id] for item in reversed(cut.window)]
    feed = catalogue.mixed_feed(config, path, name)
    yield from documents(feed, facts_of(cut, entries), entries, mixed=True)


def in_json(shown: Mapping[str, SerializedEntry]) -> dict[str, bytes]:
    """Return the JSON items of entries, which pages show."""
    return {id: each.json for id, each in shown.items()}


def page_of(
    config: Config, kept: PublicationState, path: str, name: str, cut: FeedWindow, shown: Mapping[str, bytes]
) -> Iterator[File]:
    """Yield the page of a mixed feed, if the feed has one of its own. ``shown`` are the JSON items of its head."""
    feed = catalogue.mixed_feed(config, path, name)
    if feed.page:
        entries = [pages.listed(shown[item.id]) for item in reversed(cut.window)]
        previous = f"{feed.path.rpartition('/')[2]}-{cut.previous}" if cut.previous else ""
        site = catalogue.site_feed(config, "all")
        if path in SITE:
            page = pages.corrections(site, feed, entries, previous)
        else:
            page = pages.group(
                site,
                feed,
                name,
                involved=kept.involved(path, STORIES_OF_GROUP),
                entries=entries,
                titles=kept.titles(each.more.story for each in entries),
                previous=previous,
            )
        yield File(f"{feed.page}index.html", page)


def standings(
    config: Config, kept: PublicationState, found: Callable[[Sequence[StoryRow]], Mapping[str, SerializedEntry]]
) -> Iterator[File]:
    """Yield the feed of where all stories stand, the last change first. ``found`` returns the entries by slug."""
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
    """Yield ``index.html`` and ``about/``. ``corrections`` are the JSON items of the head of the feed
    ``corrections``."""
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
    """Yield the lists of all stories and all feeds. They change only if a story or a feed is new or renamed."""
    rows = kept.listed()
    kept.note("listed", str(len(rows)))  # counting many stories takes long
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
    """Yield the lists of stories by the month in which they began, the latest first."""
    latest_first = sorted(rows, key=lambda row: (row.opened, row.slug), reverse=True)
    months = {month: list(began) for month, began in groupby(latest_first, key=lambda row: row.opened[:7])}
    for month, began in months.items():
        yield File(f"stories/{month}.html", pages.stories_of_month(feeds, month, began))
    shown = latest_first if len(rows) <= STORIES_IN_FULL else []
    counts = [(month, len(began)) for month, began in months.items()]
    yield File("stories/index.html", pages.all_stories(feeds, counts, shown))


def heads_file(kept: PublicationState, known: Mapping[str, PublishedHead], rewrites: Sequence[Rewrite]) -> File:
    """Return ``heads.json``. ``known`` has the heads with checkpoints, which the file has while stories are
    few."""
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
    on_cut: Callable[[str], None] = lambda slug: None,
    progress: Progress = lambda slug: None,
    upto: Mapping[str, int] | None = None,
) -> Iterator[File]:
    """Yield every file of the site, made from the log. A file comes after the files that it lists.

    ``kept`` is empty and gets the state for the next publication. ``seen`` are the published heads. ``told`` is
    called with the entries of each published story, ``on_cut`` with the slug of each damaged story whose published
    files may have a removed text, ``progress`` with the slug of each story. ``upto`` gives the number of events of
    each story, to make the site as it was then.
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
        published = yield from _story(workspace, kept, StoryRow(slug, version), before, told, on_cut, upto)
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
    on_cut: Callable[[str], None],
    upto: Mapping[str, int] | None,
) -> Generator[File, None, PublishedHead | None]:
    """Yield the files of one story, and return its published head. A damaged story keeps its published files, and
    lists show those of its published events that come before the damage. But if a redaction in the log removes a
    published text, its files are made again from the same events."""
    events, lines, error = workspace.log.whole(row.slug)
    if upto is not None:
        events = events[: upto.get(row.slug, 0)]
    elif before and error:
        events = events[: _agreed(workspace, row.slug, before, lines)]
    elif before:
        _check_extends(workspace, row.slug, before, lines)
    published = before
    is_cut = bool(error) and _may_publish_removed(workspace, row.slug, before)
    if events and (before or not error):
        try:
            with workspace.log.folding(row.slug):
                writer = StoryWriter(workspace.config, build_feed(row.slug, events))
                files = list(writer.files(lines[: len(events)])) if is_cut or not error else []
        except CorruptLog as forged:
            error, is_cut = forged, _may_publish_removed(workspace, row.slug, before)
        else:
            yield from files
            spool(kept, writer)
            if is_cut or not error:
                told(writer.story_feed.entries)
            if not error:
                published = writer.published()
            row = writer.row(row.version)
            writer.keep(kept)
    if is_cut:
        on_cut(row.slug)
    stream, seq, hash = (published.stream, published.seq, published.hash) if published else ("", 0, "")
    kept.put_story(row._replace(stream=stream, seq=seq, hash=hash, error=str(error or "")))
    return published


def _agreed(workspace: Workspace, slug: str, before: PublishedHead, lines: Sequence[bytes]) -> int:
    """Return how many of the readable lines of a damaged log are published: as many as the published head says if
    they lead to it, else those that the published log has too. Later lines wait until the log is repaired, because
    no published head names them. The first line whose text was removed in the published log, and is there again,
    counts no more."""
    published = _published_log(workspace, slug)
    pairs = list(zip(lines[: before.seq], published, strict=False))
    agreed = sum(1 for _ in takewhile(lambda pair: chain.hash_of(pair[0]) == chain.hash_of(pair[1]), pairs))
    if len(lines) >= before.seq and chain.hash_of(lines[before.seq - 1]).hex() == before.hash:
        agreed = before.seq
    back = (number for number, (line, was) in enumerate(pairs) if chain.is_shell(was) and not chain.is_shell(line))
    return min(agreed, next(back, agreed))


def _may_publish_removed(workspace: Workspace, slug: str, before: PublishedHead | None) -> bool:
    """Whether the published files of a damaged story may have a text that a redaction in the log removes. The
    published log says so, unless it was altered."""
    removals = chain.removals(workspace.log.lines_if_any(slug))
    if not removals:
        return False
    published = _published_log(workspace, slug)
    if not before or not published or chain.hash_of(published[-1]).hex() != before.hash:
        return True
    return any(chain.id_of(line) in removals and not chain.is_shell(line) for line in published)


def _published_log(workspace: Workspace, slug: str) -> list[bytes]:
    return read(os.path.join(workspace.feeds, "stories", slug, "events.jsonl")).splitlines(keepends=True)


def _check_extends(workspace: Workspace, slug: str, before: PublishedHead, lines: Sequence[bytes]) -> None:
    """Raise Rewritten if the lines do not extend the published head. The publisher checks that before it begins,
    but another program may have changed the log since then."""
    if divergence := checkpoints.divergence(before, lines) if lines else None:
        place = workspace.log.place(slug, divergence.line)
        raise Rewritten(
            f"{place}: {divergence.message}. The log was changed while it was being published; publish again"
        )


def spool(kept: PublicationState, writer: StoryWriter) -> None:
    """Put the entries of a story into ``kept``, from where the mixed feeds take them."""
    fresh = writer.fresh()
    for entry in writer.entries.values():
        kept.put_written(entry.id, fresh[entry.id])
        for path, name in catalogue.memberships(entry).items():
            kept.put_item(path, name, entry.item)
    kept.put_written(writer.story_feed.standing.slug, writer.standing)


def _stands(kept: PublicationState, rows: Sequence[StoryRow]) -> dict[str, SerializedEntry]:
    return kept.written(row.slug for row in rows)


def _mixed(config: Config, kept: PublicationState, path: str) -> Iterator[File]:
    """Yield the documents of a mixed feed, archives first. The feed has the name that its first entry gives it."""
    pager, name = Pager(), ""
    for number, (item, named) in enumerate(kept.items(path)):
        name = name if number else named
        for page in pager.push(item):
            yield from archive(config, path, name, page, kept.written(each.id for each in page.items))
    kept.put_cut(path, name, pager.cut)
    shown = kept.written(item.id for item in pager.cut.window)
    yield from head(config, path, name, pager.cut, shown)
    yield from page_of(config, kept, path, name, pager.cut, in_json(shown))
