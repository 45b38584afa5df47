"""To go on from what was published: the files that new events change, and no others.

A story that moved is told anew, and those of its entries that an event touched since are written; all others are
in documents that are there. This gives the bytes that ``site.render`` gives or raises ``Irregular``: where a story
is damaged, gone or rewritten, a text was removed, an event belongs into an archive that is published already or
before all others of a feed, or a document is not as it was left. A story
that a forger has written raises BadInput.
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
"""When more have moved at once, everything is made anew: the entries that are new are held in memory."""


class Irregular(Exception):
    """The last publication cannot be gone on from."""


def changed_stories(was: Mapping[str, int], versions: Mapping[str, int]) -> dict[str, int]:
    """The stories that have another version than they had, with that one, sorted. Raises Irregular."""
    if not was.keys() <= versions.keys():
        raise Irregular("a story is gone")
    others = sorted([slug for slug, version in versions.items() if was.get(slug) != version])
    if len(others) > MOST_STORIES:
        raise Irregular("much is new")
    return {slug: versions[slug] for slug in others}


def go_on_from(
    workspace: Workspace, kept: PublicationState, moved: Mapping[str, int], seen: bytes, told: OnEntries
) -> Iterator[File]:
    """The files that may have changed since, those that others lead to first; ``kept`` moves on with them.

    ``redirect`` are the stories that did, with their versions, ``seen`` is the ``heads.json`` that was published;
    ``told`` is called with the entries that are new. Raises Irregular.
    """
    changes = _Changes(workspace, kept)
    for slug, version in moved.items():
        yield from changes.story(slug, version, told)
    if changes.moved:
        yield from changes.mixed()
        yield from changes.group_pages()
        yield from render.standings(workspace.config, kept, changes.standings)
        if changes.renamed:
            yield from render.lists(workspace.config, kept)
        yield from render.first_pages(workspace.config, kept, changes.corrections(), checkpoints.rewrites_in(seen))
        yield changes.heads(seen)


class _Changes:
    """What has to change.

    ``written`` are the entries written, by id; ``new`` and ``amended`` those of mixed feeds, by path. ``shown``
    are the items of heads, ``pages`` the feeds whose pages show something else, and ``published`` is what
    stories that moved leave behind. ``redirect`` is whether one did, ``renamed`` whether one or a feed is called
    otherwise, or is new.
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

    def story(self, slug: str, version: int, told: OnEntries) -> Iterator[File]:
        """The files of a story that moved."""
        row = self.kept.story(slug) or StoryRow(slug, version)
        events, lines = self._events(row)
        if len(events) == row.seq:
            self.kept.put_story(row._replace(version=version))
            return
        self.moved = True
        story_feed = build_feed(slug, events)
        told(story_feed.entries[row.seq :])
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
        """The events and the lines of a story that goes on from what was published of it."""
        events, lines, error = self.workspace.log.whole(row.slug)
        if error or row.error:
            raise Irregular(f"{row.slug} is or was damaged")
        if row.seq > len(events) or (row.seq and events[row.seq - 1].hash != row.hash):
            raise Irregular(f"{row.slug} was rewritten")
        if row.seq and any(isinstance(event, Redaction) for event in events[row.seq :]):
            raise Irregular(f"a text of {row.slug} was removed")
        return events, lines

    def _take(self, writer: StoryWriter, since: int, before: Sequence[Entry]) -> None:
        """Takes the entries that the mixed feeds need; ``before`` are those of the story before amendments."""
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
        """The documents of the mixed feeds that changed, archives first."""
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
        """The pages of the mixed feeds that show something else now."""
        for path in sorted(self.pages):
            if known := self.kept.cut(path):
                yield from render.page_of(self.config, self.kept, path, *known, self._shown(path, known[1]))

    def _shown(self, path: str, cut: FeedWindow) -> Mapping[str, bytes]:
        """The items of a head in JSON, written now or as it was left."""
        if path not in self.shown:
            name = f"{path}.json"
            data = read(self._place(name))
            self.shown[path] = split("json", data) if self.kept.is_kept(name, data) else {}
            self._check_left(path, cut, self.shown[path])
        return self.shown[path]

    def _head(self, path: str, cut: FeedWindow) -> Mapping[str, SerializedEntry]:
        """The entries of a head that is as it was left."""
        shown = self._published(path)
        self._check_left(path, cut, shown)
        return shown

    def _check_left(self, path: str, cut: FeedWindow, shown: Container[str]) -> None:
        if not all(item.id in shown for item in cut.window):
            raise Irregular(f"{path} is not as it was left")

    def _amend_archives(self, path: str, name: str, items: Sequence[FeedItem]) -> Iterator[File]:
        """The archives that these items are in."""
        remaining = sorted(items)
        while remaining:
            page, shown = self._page_with(path, name, remaining[0])
            yield from render.archive(self.config, path, name, page, {**shown, **self.written})
            ids = {item.id for item in page.items}
            remaining = [item for item in remaining if item.id not in ids]

    def _page_with(self, path: str, name: str, wanted: FeedItem) -> tuple[Page, Mapping[str, SerializedEntry]]:
        """The archive that the item is in, as it is published; one of those of its month."""
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
        items = tuple(wanted._replace(id=id) for id in oldest_first)  # of the others only the id is of interest
        return Page(named, previous, items), shown

    def standings(self, rows: Sequence[StoryRow]) -> Mapping[str, SerializedEntry]:
        """Where these stories stand: written now, published before, or from their log."""
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
        """What has been published of every story; ``seen`` is what was before."""
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
        """The entries of a published document; none where it is not there, or a head is not as it was left."""
        apart = []
        for format in FORMATS:
            data = read(self._place(f"{path}.{format}"))
            if not data or (head and not self.kept.is_kept(f"{path}.{format}", data)):
                return {}
            apart.append(split(format, data))
        return {id: SerializedEntry(*(each[id] for each in apart)) for id in apart[0]}

    def corrections(self) -> list[bytes]:
        """The items of that feed's head in JSON, newest first."""
        known = self.kept.cut("corrections")
        if not known:
            return []
        shown = self._shown("corrections", known[1])
        return [shown[item.id] for item in reversed(known[1].window)]

    def _page(self, path: str) -> bytes:
        """A published page; nothing where it is not as it was left."""
        data = read(self._place(path))
        return data if self.kept.is_kept(path, data) else b""

    def _is_there(self, path: str) -> bool:
        return os.path.exists(self._place(path))

    def _place(self, path: str) -> str:
        return os.path.join(self.workspace.feeds, path)


def _amends(events: Sequence[Event]) -> bool:
    return any(isinstance(event, Amendment) for event in events)
