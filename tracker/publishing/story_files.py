"""Make the files of one story that changed since its last publication."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, groupby, islice

from tracker.domain.events import added
from tracker.domain.story import Situation
from tracker.exporting import calendar_file, timelinejs
from tracker.feeds import catalogue, icalendar_feed, paging, paths
from tracker.feeds.entries import Addition, EarlierText, Entry, StoryFeed, shortened
from tracker.feeds.icalendar_feed import DueDate
from tracker.feeds.paging import FeedItem
from tracker.feeds.posts import named
from tracker.log import checkpoints
from tracker.log.checkpoints import Heads, PublishedHead
from tracker.publishing.entry_cache import STANDING, EntryCache
from tracker.publishing.site_file import File, Parts, documents
from tracker.publishing.state import KeptEntry
from tracker.site import embeds, pages, sitemap
from tracker.site.overview import Overview, overview
from tracker.site.rows import Mention, StoryRow
from tracker.text import markup
from tracker.views.briefing import Placed
from tracker.views.days import Turn, days, months_over, turns
from tracker.wording.lines import Line, label
from tracker.workspace import cards
from tracker.workspace.config import Config


class StoryFiles:
    """The files of one story. ``row`` is the story as it was published last; its ``seq`` is 0 if it was not.
    ``mentions`` are the developments of other stories that mention one of this story. ``relinked`` are the ids of
    the developments whose mentions changed. ``published`` returns the bytes of a file of the last publication, or
    none.

    Attributes: ``touched`` are the entries that new events made or amended, newest first. ``renamed`` says that
    the title of the story changed. ``has_new_feed``: it had no feed of key events before. ``has_new_part``: it has
    a further sitemap. ``has_new_status``: it was closed or reopened. ``needed`` are the numbers of the entries
    that its open documents need. ``told`` is what ``pages.told`` made of entries, by number.
    """

    def __init__(
        self,
        config: Config,
        cache: EntryCache,
        story_feed: StoryFeed,
        row: StoryRow,
        mentions: Sequence[Mention] = (),
        relinked: Collection[str] = (),
        published: Callable[[str], bytes] = lambda path: b"",
    ) -> None:
        self.config = config
        self.story_feed = story_feed
        self.standing = story_feed.standing
        self.since = row.seq
        self.published = published
        self.renamed = row.title != story_feed.standing.title
        self.has_new_feed = bool(row.has_key) != story_feed.standing.has_key_events
        self.has_new_part = sitemap.parts(row.events) != sitemap.parts(story_feed.story.seq)
        self.has_new_status = row.status != story_feed.standing.status
        self.touched = [entry for entry in reversed(story_feed.entries) if entry.touched > row.seq]
        self.needed: set[int] = set()
        self.told: Mapping[int, str] = {}
        self._in_full: list[int] = []
        self._mentions = mentions
        self._relinked = relinked
        self._cache = cache
        self._family = catalogue.of_standing(config, story_feed.standing)
        self._site = catalogue.site_feed(config, "all")
        self._folder = paths.story(self.standing.slug)

    def files(self, lines: Sequence[bytes]) -> Iterator[File]:
        """Yield all files that may have changed. ``lines`` are the lines of the story's log."""
        yield from self._pages()
        yield from self._months()
        yield from self._months_of_world()
        in_feeds = [entry for entry in self.story_feed.entries if entry.in_feeds]
        yield from self._feed("developments", in_feeds)
        yield from self._feed("corrections", [entry for entry in in_feeds if entry.about])
        if paths.KEY in self._family:
            yield from self._feed(paths.KEY, [entry for entry in in_feeds if entry.was_key])
        stands = self._kept(STANDING)
        yield from documents(self._family["standing"], [stands, *stands.stubs], complete=True)
        history = Parts(lambda: pages.history(self.story_feed, self._turns))
        yield File(f"{self._folder}history.json", b"", lines=history)
        page, slug, story = self._own_page(), self.standing.slug, self.story_feed.story
        yield from self._exports()
        yield File(paths.embed(slug), pages.embed(self._site, self.overview))
        yield File(paths.badge(slug), embeds.badge(story, self.standing.wording))
        if self.card:
            yield File(paths.card(slug), self.card, archive=True)
        yield File(paths.oembed(slug), embeds.oembed(self._site, story))
        yield File(f"{self._folder}{paths.INDEX}", page)
        developments = ((entry.seq, entry.updated) for entry in self.story_feed.entries)
        changed = self.story_feed.story.updated
        for number, data in enumerate(sitemap.of_story(self.config.url, slug, changed, developments), 1):
            yield File(paths.sitemap(slug, number), data)
        yield File(paths.log(slug), b"", lines=lines)
        heads = Heads(stories={slug: self.head()})
        yield File(paths.heads(slug), checkpoints.serialize(heads))

    def _kept(self, seq: int) -> KeptEntry:
        return self._cache.of(self.standing.slug, seq)

    def _pages(self) -> Iterator[File]:
        """Yield the pages of the developments that were touched, and of the last published one, which now links to
        the next, and of those whose mentions changed. If the title of the story changed, the pages of all."""
        last, feed = len(self.story_feed.entries), self._family["developments"]
        for entry in reversed(self.story_feed.entries):
            is_new = entry.touched > self.since or entry.id in self._relinked
            if self.renamed or is_new or entry.seq == self.since:
                whole = self.story_feed.with_body(entry)
                mentions = [each for each in self._mentions if each.id == entry.id]
                was = {each.until: self.story_feed.earlier(each) for each in self._earlier.get(entry.seq, ())}
                told = self.told.get(entry.seq) or pages.told(whole)
                page = pages.development(self._site, feed, self.standing.title, whole, told, last, mentions, was)
                yield File(entry.path, page, archive=True)

    def _months(self) -> Iterator[File]:
        """Yield the pages of the story as known at the end of each month that is over, with nothing recorded
        later."""
        entries, before = self.story_feed.entries, ""
        states, places = iter(self.story_feed.states), dict[str, Placed | None]()
        *over, _ = (list(found) for _, found in groupby(entries, key=lambda entry: entry.published[:7]))
        published = entries[self.since - 1].published[:7] if self.since else ""
        for found in over:
            last, month = found[-1], found[-1].published[:7]
            places.update(line for state in islice(states, len(found)) for line in state.lines)
            if month >= published:
                feed = catalogue.of_entry(self.config, last, self.standing.opener)["developments"]
                then = [self._as_known(entry, last.seq) for entry in reversed(found)]
                page = pages.month(self._site, feed, last, places, month, before, then)
                yield File(f"{self._folder}{month}.html", page, archive=True)
            before = month

    def _feed(self, name: str, entries: Sequence[Entry]) -> Iterator[File]:
        """Yield the documents of a feed: archives that are new or have a touched entry, and the head."""
        feed = self._family[name]
        additions = {each.first.seq: each for each in (self.additions if name == "developments" else ())}
        now = paging.cut(_items(entries, additions))
        was = paging.cut(_items([entry for entry in entries if entry.since <= self.since], additions))
        touched = {entry.seq for entry in self.touched} | {each.seq for each in self.new_additions}
        for page in now.archives:
            seqs = [item.seq for item in reversed(page.items)]
            if page not in was.archives or not touched.isdisjoint(seqs):
                newest = self.story_feed.entries[abs(seqs[0]) - 1]
                then = catalogue.of_entry(self.config, newest, self.standing.opener)[name]
                shown = [self._kept(seq) for seq in seqs]
                yield from documents(then, shown, name=page.name, previous=page.previous)
        head = [item.seq for item in reversed(now.head)]
        self.needed.update(head)
        yield from documents(
            feed,
            [self._kept(seq) for seq in head],
            empty=self.standing.published,
            previous=now.previous,
            complete=now.complete,
        )

    def _own_page(self) -> bytes:
        """Return the page of the story. Its developments are in full as long as they fit."""
        size, articles = 0, {}
        most = pages.most_in_full(len(self.story_feed.entries))
        for entry in reversed(self.story_feed.entries):
            if size < most:
                self.needed.add(entry.seq)
                self._in_full.append(entry.seq)
                articles[entry.seq] = self._kept(entry.seq).article or self._article(entry)
            else:
                articles[entry.seq] = pages.brief(entry)
            size += len(articles[entry.seq])
        return pages.story(
            self._site, self._family, self.overview, articles, self._mentions, self._turns, card=bool(self.card)
        )

    def _exports(self) -> Iterator[File]:
        """Yield the calendar and the file for TimelineJS. They have the developments that the page of the story
        shows in full, so that a new event costs as little in a long story."""
        slug, story = self.standing.slug, self.story_feed.story
        kept = [*map(self._kept, reversed(self._in_full))]
        events = calendar_file.document(
            self.config.url, slug, story.title, self.standing.opener, (each.calendar for each in kept)
        )
        yield File(paths.calendar(slug), events)
        yield self._calendar()
        yield File(paths.timeline(slug), timelinejs.document(story, (each.slide for each in kept)))

    @cached_property
    def additions(self) -> list[Addition]:
        """The runs of backfilled developments."""
        return self.story_feed.additions

    @property
    def new_additions(self) -> list[Addition]:
        """The runs that new events extended."""
        return [each for each in self.additions if each.touched > self.since]

    @cached_property
    def _turns(self) -> list[Turn]:
        """What each event changed of what was so on any day."""
        states = self.story_feed.states
        return list(turns(self.standing.slug, self.story_feed.events[: len(states)], states))

    @property
    def has_old_month(self) -> bool:
        """Whether there is a published page of a month in which nothing occurred, as known now."""
        return not set(months_over(self._turns[: self.since])) <= set(months_over(self._turns))

    def _months_of_world(self) -> Iterator[File]:
        """Yield the pages of what was so at the ends of months, if a new event changes that, or a development that
        occurred in the month."""
        occurred, there, before = days(self._turns), set(months_over(self._turns[: self.since])), ""
        changed = min((turn.first for turn in self._turns[self.since :]), default="~")[:7]
        feed = self._family["developments"]
        touched = {occurred[entry.seq][:7] for entry in self.touched if entry.seq in occurred}
        for month in months_over(self._turns):
            if self.renamed or month not in there or month >= changed or month in touched:
                seqs = sorted((day, seq) for seq, day in occurred.items() if day[:7] == month)
                entries = [self.story_feed.entries[seq - 1] for _, seq in reversed(seqs)]
                page = pages.month_of_world(self._site, feed, self.story_feed, month, before, entries)
                yield File(f"{self._folder}asof-{month}.html", page, archive=True)
            before = month

    @cached_property
    def _earlier(self) -> dict[int, list[EarlierText]]:
        return self.story_feed.amended

    def _as_known(self, entry: Entry, seq: int) -> Entry:
        """Return an entry as it read after the event with the number ``seq``."""
        return next((each.entry for each in self._earlier.get(entry.seq, ()) if each.until > seq), entry)

    def _article(self, entry: Entry) -> str:
        return pages.article(entry, pages.told(self.story_feed.with_body(entry)))

    def head(self) -> PublishedHead:
        """Return the head that ``heads.json`` has of the story after this publication."""
        developments = self.story_feed.story.developments
        return checkpoints.published(developments[0].id, [each.event.hash for each in developments])

    def row(self, version: int) -> StoryRow:
        """Return the row of the story for lists; ``version`` is the version of its log."""
        story, standing = self.story_feed.story, self.standing
        row = StoryRow(standing.slug, version, story.developments[0].id, story.seq, story.head)
        turn = shortened(" ".join(standing.turn.told(standing.wording)))
        return row._replace(opener=standing.opener, title=story.name, status=story.status,
                            opened=standing.published, events=story.seq, updated=story.updated,
                            turned=standing.updated, turn=turn, weight=standing.weight,
                            has_key=int(standing.has_key_events), pinned=int(story.pinned))  # fmt: skip

    @cached_property
    def overview(self) -> Overview:
        """What pages, lists and embeds show of the story as it stands."""
        return overview(self.story_feed)

    @cached_property
    def card(self) -> bytes:
        """The share card of the story as PNG: the published one if it shows the same, or a new one. Empty if none
        can be painted. So a machine without Pillow keeps the card that another has painted."""
        card = embeds.card(self._site, self.overview)
        published = self.published(paths.card(self.standing.slug))
        if cards.is_of(card, published):
            return published
        return cards.paint(card) if card.is_paintable else b""

    @property
    def has_old_card(self) -> bool:
        """Whether there is a published card, and none can be painted now."""
        return not self.card and bool(self.published(paths.card(self.standing.slug)))

    def teaser(self) -> str:
        """Return the HTML of the story on the first page."""
        return pages.teaser(self.overview)

    @cached_property
    def expected(self) -> list[tuple[Line, bytes]]:
        """The lines of the story about expected dates, each with its event in calendars, which is empty without a
        date."""
        found = self.standing.items.get("expected", [])
        lines = self.overview.sections.get("expected", [])
        return [(line, self._event(each, line)) for each, line in zip(found, lines, strict=True)]

    def _event(self, placed: Placed, line: Line) -> bytes:
        item = placed.item
        if not isinstance(item, Situation) or not item.announced:
            return b""
        entry, slug = self.story_feed.entries[item.seq - 1], self.standing.slug
        body = markup.to_text(self.story_feed.with_body(entry).body)
        return icalendar_feed.event(
            DueDate(
                id=item.id,
                story=slug,
                title=label(self.standing.wording, item),
                text="\n\n".join(filter(None, [f"{self.standing.title}: {line.words}", body])),
                due=item.announced,
                updated=entry.updated,
                amendments=self._cache.amendments(item.seq),
                url=f"{self.config.url}{paths.story(slug)}#{item.seq}",
            )
        )

    def _calendar(self) -> File:
        """Return the calendar of the expected dates of the story."""
        slug, id = self.standing.slug, named(self.standing.opener, "expected")
        address, events = self.config.url + paths.story(slug), (event for _, event in self.expected)
        data = icalendar_feed.expected(self.standing.title, address, f"urn:uuid:{id}", events)
        return File(paths.expected(slug), data)

    def involved(self) -> dict[str, list[Line]]:
        """Return the lines that pages of parties, types and tags show of the story, by the path of their feed."""
        story = self.story_feed.story
        found: dict[str, list[Line]] = {}
        for line in chain.from_iterable(self.overview.sections.values()):
            item = story.items[line.key]
            type = story.developments[(item.seq or line.seq) - 1].type
            tags = added(story.developments[(item.seq or line.seq) - 1].event, "tags") or ()
            parties = map(self.story_feed.canonical, item.parties)
            for path in (*catalogue.concerning(parties, type), *map(paths.of_tag, tags)):
                found.setdefault(path, []).append(line)
        return found


def _items(entries: Iterable[Entry], additions: Mapping[int, Addition]) -> Iterator[FeedItem]:
    """Yield the items of a feed. The entry of a run of backfilled developments is before the first of them."""
    for entry in entries:
        if addition := additions.get(entry.seq):
            yield addition.item
        yield entry.item
