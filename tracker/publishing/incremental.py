"""Publish incrementally: go on from the last publication and write only the files that new events change.

A story with new events is folded again. The entries that these events touched are written; the bytes of all other
entries are taken from published documents. The files have the bytes that ``render.render`` gives, or ``Irregular``
is raised. It is raised if a story is damaged, gone or rewritten, if a text was removed, if an event belongs into a
published archive or before the first entry of a feed, or if another program changed a document. A forged story
raises BadInput.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import count

import msgspec

from tracker.domain.events import Amendment, Event, Redaction
from tracker.feeds import catalogue, posts
from tracker.feeds.documents import FORMATS, SerializedEntry, split
from tracker.feeds.entries import Entry, build_feed, entries
from tracker.feeds.paging import FeedItem, FeedWindow, Page, extend
from tracker.log import checkpoints
from tracker.log.checkpoints import PublishedHead
from tracker.publishing import render
from tracker.publishing.atomic_files import read
from tracker.publishing.render import File, OnEntries, StoryWriter
from tracker.publishing.state import PublicationState
from tracker.site.rows import StoryRow
from tracker.workspace.desk import Workspace

MOST_STORIES = 200
"""The most stories with new events. Their new entries are held in memory; for more stories, everything is
rebuilt."""


class Irregular(Exception):
    """The publisher cannot go on from the last publication and has to rebuild everything."""


def changed_stories(was: Mapping[str, int], versions: Mapping[str, int]) -> dict[str, int]:
    """Return the stories whose version changed, with their new versions, sorted by slug. Raises Irregular."""
    if not was.keys() <= versions.keys():
        raise Irregular("a story is gone")
    others = sorted([slug for slug, version in versions.items() if was.get(slug) != version])
    if len(others) > MOST_STORIES:
        raise Irregular("much is new")
    return {slug: versions[slug] for slug in others}


def go_on_from(
    workspace: Workspace, kept: PublicationState, moved: Mapping[str, int], seen: bytes, on_entries: OnEntries
) -> Iterator[File]:
    """Yield the files that may have changed; a file comes after the files that it links to. Updates ``kept``.

    ``moved`` are the stories with new events, with their versions. ``seen`` is the published ``heads.json``.
    ``on_entries`` is called with the new entries of each story. Raises Irregular.
    """
    changes = _Changes(workspace, kept)
    for slug, version in moved.items():
        yield from changes.story(slug, version, on_entries)
    if changes.moved:
        yield from changes.mixed()
        yield from changes.group_pages()
        yield from render.standings(workspace.config, kept, changes.standings)
        if changes.renamed:
            yield from render.lists(workspace.config, kept)
        yield from render.first_pages(workspace.config, kept, changes.corrections(), checkpoints.rewrites_in(seen))
        yield changes.heads(seen)


class _Changes:
    """The changes that new events make to a published site.

    Attributes: ``written`` are the entries written now, by id. ``new`` and ``amended`` are the items of mixed
    feeds, by the path of the feed. ``standing`` are the entries of where stories stand, by slug. ``published`` are
    the new heads of stories, by slug. ``pages`` are the feeds whose pages change. ``shown`` are the JSON items of
    the heads of feeds, by path. ``moved`` says that a story has new events. ``renamed`` says that a story or a
    feed is new or has a new name.
    """

    def __init__(self, workspace: Workspace, kept: PublicationState) -> None:
        self.workspace = workspace
        self.config = workspace.config
        self.kept = kept
        self.written: dict[str, SerializedEntry] = {}
        self.new: defaultdict[str, list[tuple[FeedItem, str]]] = defaultdict(list)
        self.amended: defaultdict[str, list[FeedItem]] = defaultdict(list)
        self.standing: dict[str, SerializedEntry] = {}
        self.published: dict[str, PublishedHead] = {}
        self.pages: set[str] = set()
        self.shown: dict[str, Mapping[str, bytes]] = {}
        self.moved = self.renamed = False

    def story(self, slug: str, version: int, on_entries: OnEntries) -> Iterator[File]:
        """Yield the files of a story whose version changed."""
        row = self.kept.story(slug) or StoryRow(slug, version)
        events, lines = self._events(row)
        if len(events) == row.seq:
            self.kept.put_story(row._replace(version=version))
            return
        self.moved = True
        story_feed = build_feed(slug, events)
        on_entries(story_feed.entries[row.seq :])
        writer = StoryWriter(
            self.config,
            story_feed,
            since=row.seq,
            called=row.title,
            find_published=self._published,
            archived=self._is_there,
            page=self._page,
        )
        self._take(writer, row.seq, entries(slug, events[: row.seq]) if _amends(events[row.seq :]) else [])
        yield from writer.files(lines)
        self.published[slug] = writer.published()
        now = writer.row(version)
        self.renamed |= (row.opener, row.title) != (now.opener, now.title)
        self.kept.put_story(now)
        self.pages |= writer.keep(self.kept)
        if row.title != now.title:
            self.pages.update(self.kept.involving(slug))
            self.pages.update(path for entry in story_feed.entries for path in catalogue.memberships(entry))

    def _events(self, row: StoryRow) -> tuple[list[Event], list[bytes]]:
        """Return the events and the lines of a story. Raises Irregular if they do not extend the published
        ones."""
        events, lines, error = self.workspace.log.whole(row.slug)
        if error or row.error:
            raise Irregular(f"{row.slug} is or was damaged")
        if row.seq > len(events) or (row.seq and events[row.seq - 1].hash != row.hash):
            raise Irregular(f"{row.slug} was rewritten")
        if row.seq and any(isinstance(event, Redaction) for event in events[row.seq :]):
            raise Irregular(f"a text of {row.slug} was removed")
        return events, lines

    def _take(self, writer: StoryWriter, since: int, before: Sequence[Entry]) -> None:
        """Sort the written entries of a story into ``new`` and ``amended``. ``before`` are the published entries
        if there are new amendments, which may bring a published entry into more feeds."""
        joined: dict[int, set[str]] = {}
        for was, now in zip(before, writer.story_feed.entries, strict=False):
            joined[now.seq] = catalogue.memberships(now).keys() - catalogue.memberships(was).keys()
        self.written |= writer.fresh()
        self.standing[writer.story_feed.standing.slug] = writer.standing
        for entry in (writer.entries[id] for id in writer.touched):
            for path, name in catalogue.memberships(entry).items():
                if entry.seq > since or path in joined.get(entry.seq, ()):
                    self.new[path].append((entry.item, name))
                else:
                    self.amended[path].append(entry.item)

    def mixed(self) -> Iterator[File]:
        """Yield the documents of the mixed feeds that changed, archives first."""
        for path in sorted(self.new.keys() | self.amended.keys()):
            yield from self._mixed(path)

    def _mixed(self, path: str) -> Iterator[File]:
        known = self.kept.cut(path)
        self.renamed |= known is None
        name, cut = known or (min(self.new[path])[1], FeedWindow())
        gone_on = extend(cut, [item for item, _ in self.new[path]])
        if gone_on is None or (known and gone_on[0].window[:1] < cut.window[:1]):
            raise Irregular(f"an event belongs into an archive of {path}, or begins it")
        now, pages = gone_on
        shown = {**self._head(path, cut), **self.written}
        for page in pages:
            yield from render.archive(self.config, path, name, page, shown)
        if not cut.complete:
            first = cut.window[len(cut.archived)]
            yield from self._amend_archives(path, name, [item for item in self.amended[path] if item < first])
        self.kept.put_cut(path, name, now)
        self.pages.add(path)
        self.shown[path] = render.in_json(shown)
        yield from render.head(self.config, path, name, now, shown)

    def group_pages(self) -> Iterator[File]:
        """Yield the pages of the mixed feeds that change."""
        for path in sorted(self.pages):
            if known := self.kept.cut(path):
                yield from render.page_of(self.config, self.kept, path, *known, self._shown(path, known[1]))

    def _shown(self, path: str, cut: FeedWindow) -> Mapping[str, bytes]:
        """Return the JSON items of a feed's head, written now or published before. Raises Irregular if one is
        missing."""
        if path not in self.shown:
            name = f"{path}.json"
            data = read(self._place(name))
            self.shown[path] = split("json", data) if self.kept.is_kept(name, data) else {}
            self._check_has_window(path, cut, self.shown[path])
        return self.shown[path]

    def _head(self, path: str, cut: FeedWindow) -> Mapping[str, SerializedEntry]:
        """Return the entries of the published head of a feed. Raises Irregular if another program changed it."""
        shown = self._published(path)
        self._check_has_window(path, cut, shown)
        return shown

    def _check_has_window(self, path: str, cut: FeedWindow, shown: Container[str]) -> None:
        if not all(item.id in shown for item in cut.window):
            raise Irregular(f"{path} is not as it was left")

    def _amend_archives(self, path: str, name: str, items: Sequence[FeedItem]) -> Iterator[File]:
        """Yield the archives that have these items."""
        remaining = sorted(items)
        while remaining:
            page, shown = self._page_with(path, name, remaining[0])
            yield from render.archive(self.config, path, name, page, {**shown, **self.written})
            ids = {item.id for item in page.items}
            remaining = [item for item in remaining if item.id not in ids]

    def _page_with(self, path: str, name: str, wanted: FeedItem) -> tuple[Page, Mapping[str, SerializedEntry]]:
        """Return the published archive that has the item, with its entries. It is one of the archives of the
        item's month."""
        feed = catalogue.mixed_feed(self.config, path, name)
        for number in count(1):
            named = wanted.month if number == 1 else f"{wanted.month}-{number}"
            shown = self._published(f"{path}-{named}", head=False)
            if not shown:
                raise Irregular(f"no archive of {path} has {wanted.slug}#{wanted.seq}")
            if wanted.id in shown:
                break
        envelope = msgspec.json.decode(read(self._place(f"{path}-{named}.json")))
        previous = envelope.get("next_url", "").removeprefix(f"{feed.url}{path}-").removesuffix(".json")
        oldest_first = reversed(list(shown))
        items = tuple(wanted._replace(id=id) for id in oldest_first)  # a page needs no more of them than the ids
        return Page(named, previous, items), shown

    def standings(self, rows: Sequence[StoryRow]) -> Mapping[str, SerializedEntry]:
        """Return the entries of where these stories stand: written now, published before, or made from their
        log."""
        published = self._published("standing")
        found: dict[str, SerializedEntry] = {}
        for row in rows:
            id = posts.named(row.opener, "stands")
            if row.slug in self.standing:
                found[row.slug] = self.standing[row.slug]
            elif id in published:
                found[row.slug] = published[id]
            else:
                found[row.slug] = self._stands(row)
        return found

    def _stands(self, row: StoryRow) -> SerializedEntry:
        events, _ = self.workspace.log.intact(row.slug)
        return render.stands(self.config, build_feed(row.slug, events[: row.events]).standing)

    def heads(self, seen: bytes) -> File:
        """Return the new ``heads.json``; ``seen`` is the published one."""
        few = self.kept.are_few(checkpoints.FEW)
        stories = {
            slug: each if few else PublishedHead(stream=each.stream, seq=each.seq, hash=each.hash)
            for slug, each in self.published.items()
        }
        data = checkpoints.changed_heads(seen, stories)
        if data is not None:
            return File(checkpoints.FILE, data)
        known = checkpoints.read(seen, checkpoints.FILE)
        return render.heads_file(self.kept, {**known.stories, **self.published}, known.rewrites)

    def _published(self, path: str, head: bool = True) -> Mapping[str, SerializedEntry]:
        """Return the entries of a published document by id. There are none if a file is missing, or if the
        document is a head that another program changed."""
        by_format = []
        for format in FORMATS:
            data = read(self._place(f"{path}.{format}"))
            if not data or (head and not self.kept.is_kept(f"{path}.{format}", data)):
                return {}
            by_format.append(split(format, data))
        return {id: SerializedEntry(*(each[id] for each in by_format)) for id in by_format[0]}

    def corrections(self) -> list[bytes]:
        """Return the JSON items of the head of the feed ``corrections``, newest first."""
        known = self.kept.cut("corrections")
        if not known:
            return []
        shown = self._shown("corrections", known[1])
        return [shown[item.id] for item in reversed(known[1].window)]

    def _page(self, path: str) -> bytes:
        """Return a published page, or no bytes if another program changed it."""
        data = read(self._place(path))
        return data if self.kept.is_kept(path, data) else b""

    def _is_there(self, path: str) -> bool:
        return os.path.exists(self._place(path))

    def _place(self, path: str) -> str:
        return os.path.join(self.workspace.feeds, path)


def _amends(events: Sequence[Event]) -> bool:
    return any(isinstance(event, Amendment) for event in events)
