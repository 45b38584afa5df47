"""Make the files of the site that changed since its last publication.

::

    stories with new events ──fold──▶ entries, in every format ──▶ their files          (story_files.py)
                                         └──▶ feeds of several stories, and their pages (mixed_feeds.py)
                                                └──▶ lists, the first page, heads.json  (front_pages.py)

A publication from nothing is the same with an empty state: every story has new events then. A file comes after the
files that it links to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import msgspec

from tracker.domain import media
from tracker.domain.amend import amend
from tracker.domain.events import Event, Redaction, links_of
from tracker.errors import CorruptLog
from tracker.feeds import paths
from tracker.feeds.entries import build_feed
from tracker.feeds.paths import ASSETS, HEADERS
from tracker.log import checkpoints
from tracker.log.base import TYPES_FILE
from tracker.log.checkpoints import Heads, PublishedHead, Rewrite
from tracker.publishing import below, damaged, doubles, front_pages
from tracker.publishing.entry_cache import EntryCache
from tracker.publishing.mixed_feeds import MixedFeeds
from tracker.publishing.removed import RemovedTexts
from tracker.publishing.site_file import File
from tracker.publishing.state import PublicationState
from tracker.publishing.story_files import StoryFiles
from tracker.site import headers, pages
from tracker.site.rows import Mention, StoryRow
from tracker.text import visible
from tracker.views.development import is_withdrawn
from tracker.workspace.desk import Workspace

Progress = Callable[[str], None]

RECENT = 600
"""Entries of a story that are kept for feeds of several stories where the story's own files are not made."""


class CannotGoOn(Exception):
    """The publisher cannot go on from the last publication and has to begin from nothing."""


def changed_files(
    workspace: Workspace,
    state: PublicationState,
    versions: Mapping[str, int],
    *,
    on_cut: Callable[[str], None] = lambda slug: None,
    progress: Progress = lambda slug: None,
) -> Iterator[File]:
    """Yield the files that new events change, and put what the next publication needs into ``state``, which is not
    empty. ``versions`` are those of the log. Raises CannotGoOn if the publication has to begin from nothing."""
    was = state.versions()
    if not was.keys() <= versions.keys():
        raise CannotGoOn("a story is gone")
    new = {slug: version for slug, version in versions.items() if was.get(slug) != version}
    yield from _Site(workspace, state).changed(new, on_cut, progress)


def all_files(
    workspace: Workspace,
    state: PublicationState,
    seen: Heads,
    held: Mapping[str, CorruptLog] = MappingProxyType({}),
    removed: RemovedTexts | None = None,
    *,
    on_cut: Callable[[str], None] = lambda slug: None,
    progress: Progress = lambda slug: None,
    upto: Mapping[str, int] | None = None,
    own: bool = True,
) -> Iterator[File]:
    """Yield every file of the site, made from the log, and put what the next publication needs into ``state``,
    which is empty.

    ``seen`` are the published heads, ``held`` the rewritten stories among them, which are published as if they
    were damaged, each with the error. ``removed`` are the removed texts that may be published. ``on_cut`` is
    called with the slug of each damaged story whose published files may have one, ``progress`` with the slug of
    each story. ``upto`` gives the number of events of each story, to make the site as it was then. Without
    ``own``, the files of single stories are left out, which ``story_files`` makes."""
    site = _Site(workspace, state, seen, held, removed, upto, own=own)
    for name in ASSETS:
        yield File(name, pages.asset(name))
    if workspace.config.headers:
        yield File(HEADERS, headers.host_headers())
    if types := workspace.log.declarations():
        state.note("types", "declared")
        yield File(TYPES_FILE, types)
    state.note("rewrites", msgspec.json.encode(seen.rewrites).decode())
    site.mixed.changed |= {"all", "corrections"}
    yield from site.changed(workspace.log.versions(), on_cut, progress)


def story_files(
    workspace: Workspace, state: PublicationState, seen: Heads, slug: str, upto: Mapping[str, int]
) -> Iterator[File]:
    """Yield the files of a single story, and its pictures, as ``all_files`` makes them with the same arguments.
    ``put_links`` has put into the state what other stories mention of it."""
    yield from _Site(workspace, state, seen, upto=upto).from_nothing(StoryRow(slug, 0), seen.stories.get(slug))


def put_links(workspace: Workspace, state: PublicationState, seen: Heads, upto: Mapping[str, int]) -> None:
    """Put what the published events of stories mention of other stories into the state."""
    _Site(workspace, state, seen, upto=upto).link(upto)


class _Site:
    """The site during one publication. ``seen`` is None if it goes on from the last publication. Without ``own``,
    it lacks the files of single stories."""

    def __init__(
        self,
        workspace: Workspace,
        state: PublicationState,
        seen: Heads | None = None,
        held: Mapping[str, CorruptLog] = MappingProxyType({}),
        removed: RemovedTexts | None = None,
        upto: Mapping[str, int] | None = None,
        *,
        own: bool = True,
    ) -> None:
        self.workspace = workspace
        self.canonical = workspace.directory.canonical  # a broken parties.toml is refused before a file is made
        self.state = state
        self.seen = seen
        self.held = held
        self.upto = upto
        self.own = own
        self.cache = EntryCache(workspace, state)
        self.mixed = MixedFeeds(workspace.config, state, self.cache)
        self.doubles: dict[str, CorruptLog] = {}
        self.relinked: dict[str, set[str]] = {}
        self.removed = removed
        self.moved = seen is not None
        self.renamed = seen is not None
        self.expects = seen is not None

    def changed(
        self, versions: Mapping[str, int], on_cut: Callable[[str], None], progress: Progress
    ) -> Iterator[File]:
        """Yield the files that the stories with these slugs change."""
        seen = self.seen.stories if self.seen else {}
        for slug in self.held.keys() - versions.keys():  # stories that have no log any more
            if self._may_have_removed(slug):
                on_cut(slug)
            self._put(StoryRow(slug, 0), seen.get(slug), self.held[slug])
        if self.seen is not None:
            self.doubles = doubles.find(self.workspace, self.state, seen, versions)
        self.link(versions)
        mentioned = {slug: row.version for slug in self.relinked if (row := self.state.story(slug))}
        for slug, version in sorted((mentioned | dict(versions)).items()):
            row = self.state.story(slug) or StoryRow(slug, version)
            if self.seen is None:
                yield from self._goes_on(row, version)
            else:
                yield from self.from_nothing(row, seen.get(slug), on_cut)
            progress(slug)
        if not self.moved:
            return
        config, state = self.workspace.config, self.state
        rewrites = msgspec.json.decode(state.fact("rewrites"), type=tuple[Rewrite, ...])
        yield from self.mixed.files()
        yield from front_pages.standings(config, state, self.cache)
        if self.renamed or self.mixed.is_new:
            yield from front_pages.lists(config, state)
        if self.expects:
            yield front_pages.expected(config, state)
        yield from front_pages.first_pages(config, state, self.mixed.corrections(), rewrites)
        yield front_pages.heads(state, rewrites)

    def _goes_on(self, row: StoryRow, version: int) -> Iterator[File]:
        """Yield the files of a story whose log extends what was published."""
        events, lines, error = self.workspace.log.whole(row.slug)
        if error or row.error or not _extends(row, events):
            raise CannotGoOn(f"{row.slug} is damaged, was rewritten, or a text was removed")
        if self.state.claim(row.slug, [event.id for event in events[row.seq :]]):
            raise CannotGoOn(f"{row.slug} has an event of another story")
        if len(events) == row.seq and row.slug not in self.relinked:
            self.state.put_story(row._replace(version=version))
            return
        self.moved = True
        story = self._story(row, events)
        if story.has_old_card or story.has_old_month:
            raise CannotGoOn(f"a published file of {row.slug} has to go")
        yield from self._pictures(lines[row.seq :])
        yield from story.files(lines)
        self._keep(story)
        self._put(story.row(version), story.head(), None)

    def from_nothing(
        self, row: StoryRow, before: PublishedHead | None, on_cut: Callable[[str], None] = lambda slug: None
    ) -> Iterator[File]:
        """Yield the files of a story. A damaged story keeps its published files, and lists show those of its
        published events that come before the damage. But if a redaction in the log removes a published text, its
        files are made again from the same events. ``before`` is the published head."""
        workspace, slug = self.workspace, row.slug
        events, lines, damage = workspace.log.whole(slug)
        error = damage or self.held.get(slug) or self.doubles.get(slug)
        error = error or doubles.check(workspace, self.state, slug, [event.id for event in events])
        if self.upto is not None:
            events = events[: self.upto.get(slug, 0)]
        elif before and error:
            events = events[: damaged.agreed(workspace, slug, before, lines)]
        elif before:
            damaged.check_extends(workspace, slug, before, lines)
        is_cut = bool(error) and self._may_have_removed(slug)
        head = before
        if events and (before or not error):
            try:
                with workspace.log.folding(slug):
                    story = self._story(row, events)
            except CorruptLog as forged:
                error, is_cut = forged, self._may_have_removed(slug)
            else:
                if self.own:
                    yield from self._pictures(lines[: len(events)])
                if self.own and (is_cut or not error):
                    yield from story.files(lines[: len(events)])
                row = story.row(row.version)
                if not error:
                    head = story.head()
                self._keep(story)
        if is_cut:
            on_cut(slug)
        self._put(row, head, error)

    def link(self, slugs: Iterable[str]) -> None:
        """Put what these stories mention of others into the state."""
        for slug in slugs:
            for other, ids in self.state.put_links(slug, self._links(slug)).items():
                self.relinked.setdefault(other, set()).update(ids)

    def _links(self, slug: str) -> Iterator[tuple[Mention, str]]:
        """Yield the events of other stories that this one mentions, as its published events stand."""
        if not any(b'"see":[' in line for line in self.workspace.log.lines_if_any(slug)):
            return
        events, _, damage = self.workspace.log.whole(slug)
        before = self.seen.stories.get(slug) if self.seen else None
        if self.upto is not None:
            events = events[: self.upto.get(slug, 0)]
        elif damage or slug in self.held:
            events = events[: before.seq if before else 0]
        for each in amend(events):
            for other, id in () if is_withdrawn(each) else links_of(each.event):
                if other:
                    title = visible.closed(each.title)
                    yield Mention(slug, each.seq, each.event.recorded, title, id), other

    def _pictures(self, lines: Sequence[bytes]) -> Iterator[File]:
        """Yield the pictures that the lines name. One that is missing or was changed goes into the state."""
        for name in dict.fromkeys(name for _, name in media.named(lines)):
            try:
                yield File(paths.media(name), self.workspace.log.picture(name), archive=True)
            except CorruptLog as error:
                self.state.put_lacking(name, str(error))

    def _may_have_removed(self, slug: str) -> bool:
        return self.removed is not None and self.removed.may_be_in(slug)

    def _put(self, row: StoryRow, head: PublishedHead | None, error: CorruptLog | None) -> None:
        """Keep the row of a story with its published head and its error."""
        stream, seq, hash = (head.stream, head.seq, head.hash) if head else ("", 0, "")
        self.state.put_story(row._replace(stream=stream, seq=seq, hash=hash, error=str(error or "")))
        if head:
            self.state.put_head(row.slug, head, checkpoints.FEW)

    def _story(self, row: StoryRow, events: Sequence[Event]) -> StoryFiles:
        """Fold a story, and make the bytes of the entries that its new events touch."""
        story = StoryFiles(
            self.workspace.config,
            self.cache,
            build_feed(
                row.slug,
                events,
                canonical=self.canonical,
                numbers=self.workspace.numbers,
                wordings=self.workspace.wordings,
            ),
            row,
            self.state.mentions(row.slug),
            self.relinked.get(row.slug, set()),
            partial(below.read, self.workspace.feeds),
        )
        story.told = self.cache.put(story.story_feed, story.touched)
        return story

    def _keep(self, story: StoryFiles) -> None:
        """Put what lists and other feeds show of a story into the state."""
        slug = story.standing.slug
        self.renamed |= story.renamed or story.has_new_feed or story.has_new_part
        self.expects |= self.state.put_expected(slug, story.expected) or story.has_new_status
        self.state.put_teaser(slug, story.teaser())
        self.mixed.take(story)
        recent = (entry.seq for entry in story.story_feed.entries[-RECENT:])
        self.state.drop_entries(slug, story.needed if self.own else recent)


def _extends(row: StoryRow, events: Sequence[Event]) -> bool:
    """Whether the events extend the published ones, and none of the new ones removes a text."""
    if row.seq == 0:
        return True
    if row.seq > len(events) or events[row.seq - 1].hash != row.hash:
        return False
    return not any(isinstance(event, Redaction) for event in events[row.seq :])
