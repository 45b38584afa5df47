"""Make feed entries of the events of a stream, as values. ``posts.py`` gives them their HTML.

- Every development, correction and retraction is an entry of its own. Its id is the event's id and never changes.
- Feed readers do not show edits reliably. So an amendment is a new entry, and the entry that it amends is edited
  too: it keeps its id, gets a later ``updated``, and begins with the amendment.
- A removed text is removed from its entry. The entry stays as a stub, so that a reader which keeps entries
  overwrites the text. A reader that knows tombstones (RFC 6721) gets one.
- An entry also names the events that changed, ended or answered it since. They change its bytes, and not its
  ``updated``, because they are entries of their own.
- All other texts of an entry (the title of its story, the changes that it made) are as they were when the event
  was recorded. So an entry changes only with the events that touch it, and its published bytes can be used again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby, islice
from typing import NamedTuple

from msgspec import Struct, structs

from tracker.domain import values as event_values
from tracker.domain.amend import (
    REDACTED,
    Amended,
    Development,
    target_of,
    without_body,
)
from tracker.domain.events import (
    Amendment,
    Event,
    Figure,
    Image,
    Occurrence,
    Redacted,
    Source,
    Statement,
    added,
    lacks_source,
    links_of,
    type_of,
)
from tracker.domain.fold import Replay, Step
from tracker.domain.story import Change, Reading, Story, figure_key
from tracker.errors import BadInput
from tracker.feeds import paging, paths
from tracker.feeds.paging import FeedItem
from tracker.feeds.standing import StandingTracker, StoryStanding, name_of
from tracker.text import markup
from tracker.text.dates import Recorded
from tracker.text.names import is_absolute
from tracker.views.development import (
    Touch,
    body_of,
    details_of,
    is_minor,
    is_quiet,
    last_touched,
    mentions,
    place_of,
    removed_at,
    said_of,
    updated,
)
from tracker.views.time_travel import Earlier, PageState, Rewind
from tracker.wording import amendments, amounts, dates
from tracker.wording.changes import changes as told_changes
from tracker.wording.changes import field
from tracker.wording.messages import Wording, Wordings, capitalized, plain, sentence
from tracker.wording.types import field_name
from tracker.wording.values import value

SUMMARY_LENGTH = 160
"""Characters of a summary. Search engines and lists of feed readers show no more."""

FIELD_LENGTH = 60


class Notice(Struct, frozen=True):
    """An amendment, as the entry that it amends shows it: its number, a sentence, the reason, and a sentence for
    each field that it changed."""

    seq: int
    text: str
    why: str
    recorded: Recorded
    changes: tuple[str, ...] = ()


class EntryWords(NamedTuple):
    """What an entry tells in the language of its story.

    Attributes: ``occurred`` is the date in words. ``happened`` is the date as feeds say it: in a sentence, and
    empty where it is the day of recording. ``said`` is the claim, the question or the reason of an amendment.
    ``sayings`` are the further speakers of a statement, and the words of each. ``figures`` are the labels and
    words of figures that ``changes`` do not tell. ``changes`` has a sentence for each.
    """

    occurred: str
    happened: str
    summary: str
    said: str
    sayings: tuple[tuple[str, str], ...]
    details: tuple[tuple[str, str], ...]
    figures: tuple[tuple[str, str], ...]
    notices: tuple[Notice, ...]
    changes: tuple[str, ...]


class _Later:
    """The words of an entry, which are made when they are first needed."""

    __slots__ = ("_made",)

    def __init__(self, make: Callable[[], EntryWords]) -> None:
        self._made: EntryWords | Callable[[], EntryWords] = make

    def __call__(self) -> EntryWords:
        if not isinstance(self._made, EntryWords):
            self._made = self._made()
        return self._made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Later) and self() == other()


class Entry(Struct, frozen=True, kw_only=True):
    """One entry, in the sense of RFC 4287. ``updated`` moves only when the development is amended.

    Attributes: ``path`` is the place of its page on the site. ``about`` and ``about_id`` are the number and the id
    of the development that it amends, or 0 and empty. ``touched`` is the number of the last event that changed it.
    ``weight`` is about how many bytes it took when it was new. ``removed`` is when its text was removed, or empty.
    ``since`` is the number of the event from which on feeds have it, because it was not minor then, or 0.
    ``backfilled`` says that it was recorded to complete the past of the story, so that no head of a feed has it.
    ``filed`` are all parties that it ever named, ``tagged`` all tags that it ever had, and ``was_key`` says
    whether it was ever a key event. ``place`` is where it occurred, in words. ``body`` is Markdown, every other
    text is plain; ``StoryFeed`` reads the body where it is needed, and has entries without it. ``followers`` are
    the events that changed, ended or answered it since: what each did, and its number. They move ``touched``, and
    not ``updated``. ``see`` are related events: the story and the number of each, 0 if it is not known.
    ``unsourced`` says that it should have a source and has none. ``words`` returns what it tells; most
    publications need that of the newest entries only.
    """

    id: str
    slug: str
    seq: int
    type: str
    title: str
    story_title: str
    language: str
    editor: str
    published: Recorded
    updated: Recorded
    path: str
    body: str = ""
    quote: str
    image: Image | None
    standing: str
    followers: tuple[tuple[str, int], ...]
    see: tuple[tuple[str, int], ...]
    minor: bool
    sources: tuple[Source, ...]
    unsourced: bool
    parties: tuple[str, ...]
    key: bool
    tags: tuple[str, ...]
    place: str
    since: int
    backfilled: bool
    filed: tuple[str, ...]
    tagged: tuple[str, ...]
    was_key: bool
    about: int
    about_id: str
    touched: int
    weight: int
    removed: Recorded
    wording: Wording
    words: _Later

    occurred = property(lambda self: self.words().occurred)
    happened = property(lambda self: self.words().happened)
    summary = property(lambda self: self.words().summary)
    said = property(lambda self: self.words().said)
    sayings = property(lambda self: self.words().sayings)
    details = property(lambda self: self.words().details)
    figures = property(lambda self: self.words().figures)
    notices = property(lambda self: self.words().notices)
    changes = property(lambda self: self.words().changes)

    @property
    def in_feeds(self) -> bool:
        """Whether feeds have the entry: whether it was ever not minor."""
        return self.since > 0

    @property
    def full_title(self) -> str:
        """The title with the name of the story before it, as feeds have it: it stands alone."""
        return titled(self.wording, self.story_title, self.title)

    @property
    def untold(self) -> list[tuple[str, str]]:
        """The details that neither the title nor a change tells: in feeds, each would stand there twice."""
        return _untold(self.details, (self.title, *self.changes))

    @property
    def html(self) -> str:
        """The HTML of ``said`` and ``body``."""
        return "\n".join(filter(None, (markup.paragraph(self.said), markup.to_html(self.body))))

    @property
    def item(self) -> FeedItem:
        return FeedItem(self.published, self.slug, self.seq, self.id, self.weight, int(self.backfilled))


class Addition(NamedTuple):
    """A run of backfilled developments of a story, for which feeds have one entry. The run ends before the next
    development that is news.

    Attributes: ``first`` is the entry of its first development, ``number`` how many it has. ``touched`` is the
    number of the event that last added one, ``updated`` when that was recorded.
    """

    first: Entry
    number: int
    touched: int
    updated: Recorded

    @property
    def seq(self) -> int:
        """The number under which its entry is kept: below 0, as those of developments are above."""
        return -self.first.seq

    @property
    def item(self) -> FeedItem:
        first = self.first
        return FeedItem(first.published, first.slug, self.seq, first.id, paging.weight([first.story_title] * 3))


def additions(entries: Iterable[Entry]) -> list[Addition]:
    """Return the runs of backfilled developments among the entries of a story."""
    found: list[Addition] = []
    runs = groupby((each for each in entries if each.in_feeds), key=lambda each: each.backfilled)
    for run in (list(each) for backfilled, each in runs if backfilled):
        last = max(run, key=lambda each: each.since)
        found.append(Addition(run[0], len(run), last.since, last.published))
    return found


def titled(wording: Wording, story: str, title: str) -> str:
    """Return a title with the name of its story before it, unless it begins with that."""
    begins_so = title[: len(story)].casefold() == story.casefold() and not title[len(story) :][:1].isalnum()
    if not story or begins_so:
        return title
    return wording.say("{story}: {title}", story=story, title=title)


NumberOf = Callable[[str, str], int]
"""A function that returns the number of an event by its story's slug and its id; 0 if that is not known."""


def no_number(slug: str, id: str) -> int:
    """Knows no events of other stories."""
    return 0


class EarlierText(NamedTuple):
    """An entry as it read until the event with the number ``until`` amended it. Its body is that of its event if
    ``is_as_recorded``; the entry has another. So the bodies of a long story are not in memory."""

    entry: Entry
    until: int
    is_as_recorded: bool


class StoryFeed(NamedTuple):
    """Everything that feeds and pages show of a stream.

    Attributes: ``entries`` are in log order and include minor developments (their ``minor`` is set). They have no
    body. ``standing`` is where the story stands, ``story`` the story itself. ``states`` hold what each event
    changed of that. ``versions`` are the earlier texts of amended entries, the earliest first. ``events`` are all
    events of the stream. ``canonical`` returns the name under which pages and feeds list a party, ``numbers`` the
    number of an event of another story by its slug and its id.
    """

    entries: list[Entry]
    standing: StoryStanding
    story: Story
    states: list[PageState]
    versions: list[EarlierText]
    events: Sequence[Event]
    canonical: Callable[[str], str] = str
    numbers: NumberOf = no_number
    wordings: Wordings = plain

    @property
    def additions(self) -> list[Addition]:
        """The runs of backfilled developments."""
        return additions(self.entries)

    @property
    def wording(self) -> Wording:
        """The words for readers of the story."""
        return self.standing.wording

    def with_body(self, entry: Entry) -> Entry:
        """Return an entry of the stream with its body."""
        return structs.replace(entry, body=body_of(self.development(entry.seq).event))

    @property
    def amended(self) -> dict[int, list[EarlierText]]:
        """The earlier texts of each amended entry, by its number."""
        found: dict[int, list[EarlierText]] = {}
        for each in self.versions:
            found.setdefault(each.entry.seq, []).append(each)
        return found

    def earlier(self, text: EarlierText) -> Entry:
        """Return an entry as it read, with its body."""
        entry = text.entry
        if not text.is_as_recorded:
            return entry
        return structs.replace(entry, body=body_of(_event_of(self.events, entry.seq)))

    def development(self, seq: int) -> Development:
        """Return the development of an entry, with its body."""
        return _with_body(self.story.developments[seq - 1], _event_of(self.events, seq))


class _WhenRecorded(NamedTuple):
    """The values of an entry that stay as they were when its event was recorded."""

    changes: tuple[Change, ...]
    target: Development | None
    title: str
    wording: Wording


class _Memberships:
    """The feeds that each development of a stream ever belonged to. No amendment takes a development out of a
    feed: a subscriber who got it also gets its amendments. An amendment that adds a party adds that party's feed.

    Attributes, by the number of a development: ``since`` holds the number of the event from which on it was not
    minor, ``filed`` the parties that it ever named, ``tagged`` the tags that it ever had. ``key`` are the numbers
    of those that were ever key events.
    """

    def __init__(self, canonical: Callable[[str], str]) -> None:
        self.canonical = canonical
        self.since: dict[int, int] = {}
        self.filed: dict[int, dict[str, None]] = {}
        self.tagged: dict[int, dict[str, None]] = {}
        self.key: set[int] = set()

    @property
    def has_key_events(self) -> bool:
        """Whether feeds have one."""
        return not self.key.isdisjoint(self.since)

    def take(self, step: Step) -> None:
        """Take the event of a step and the developments that it amends, while the story is as the step left it."""
        amending = [step.development]
        while target := amending[-1].target:
            amending.append(step.story.developments[target - 1])
        development = amending.pop()
        event, seq = development.event, development.seq
        if not (isinstance(event, (Occurrence, Redacted)) and event.minor):
            self.since.setdefault(seq, step.development.seq)
        self.filed.setdefault(seq, {}).update(dict.fromkeys(map(self.canonical, getattr(event, "parties", ()))))
        self.tagged.setdefault(seq, {}).update(dict.fromkeys(added(event, "tags") or ()))
        self.key.update([seq] if added(event, "key") else [])
        for each in amending:
            self.tagged[each.seq] = dict(self.tagged[seq])
            self.key.update([each.seq] if seq in self.key else [])
            if seq in self.since and not is_quiet(each.event):
                self.since.setdefault(each.seq, step.development.seq)
            self.filed[each.seq] = dict(self.filed[seq])


def entries(slug: str, events: Iterable[Event]) -> list[Entry]:
    """Return the entries of a stream in log order, with their bodies and those of minor developments."""
    stream = list(events)
    if not stream:
        return []
    story_feed = build_feed(slug, stream)
    return [story_feed.with_body(entry) for entry in story_feed.entries]


def build_feed(
    slug: str,
    events: Sequence[Event],
    known: int | None = None,
    canonical: Callable[[str], str] = str,
    numbers: NumberOf = no_number,
    wordings: Wordings = plain,
) -> StoryFeed:
    """Return everything that feeds and pages show of a stream, which has at least one event. With ``known``, only
    the first ``known`` events count. Raises BadInput as ``FeedBuilder`` does."""
    builder = FeedBuilder(slug, events, canonical, numbers=numbers, wordings=wordings)
    builder.advance(len(events) if known is None else known)
    return builder.story_feed()


class FeedBuilder:
    """Everything that feeds and pages show of a stream, which advances event by event.

    It reads the events one after the other, and keeps no body of an event that no other amends: bodies are most of
    a long stream. Raises BadInput if no feed can show the stream: two of its events have the same id, a text has a
    character that XML cannot hold, or the story has no title.
    """

    def __init__(
        self,
        slug: str,
        events: Sequence[Event],
        canonical: Callable[[str], str] = str,
        numbers: NumberOf = no_number,
        wordings: Wordings = plain,
    ) -> None:
        """Begin before the first event. ``canonical`` returns the name under which a party is listed: it joins
        names that became aliases after they were recorded. ``wordings`` returns the words for readers in a
        language."""
        self._canonical = canonical
        self._number_of = numbers
        self._wordings = wordings
        self._slug = slug
        self._events = events
        self._numbers: dict[str, int] = {}
        self._amended: set[str] = set()
        for seq, event in enumerate(events, 1):
            if self._numbers.setdefault(event.id, seq) != seq:
                raise BadInput("an id is there twice")
            self._amended.add(target_of(event))
        self._told = _Told(self._numbers)
        self._coming = iter(events)
        self._replay = Replay(slug)
        self._standing, self._memberships, self._rewind = StandingTracker(), _Memberships(canonical), Rewind()
        self._recorded: list[_WhenRecorded] = []
        self._followers: dict[int, tuple[tuple[str, int], ...]] = {}
        self._mentions: dict[int, tuple[tuple[str, int], ...]] = {}
        self._followed: dict[int, int] = {}
        self._entries: list[Entry] = []
        self._versions: list[EarlierText] = []

    def advance(self, known: int) -> None:
        """Take the next events, up to the one with the number ``known``."""
        for event in islice(self._coming, known - len(self._entries)):
            event_values.check_texts(event)
            self._take(event_values.with_directions_closed(event))

    def _take(self, event: Event) -> None:
        step = self._replay.step(event if event.id in self._amended else without_body(event))
        self._standing.take(step)
        amended, followed = self._rewind.take(step), _followed(step, self._followers)
        mentioned = _mentioned(step, self._numbers, self._mentions)
        seqs = (followed.keys() | mentioned.keys()) - {was.seq for was, _ in amended}
        before = (Earlier(self._replay.developments[seq - 1], step.development.seq) for seq in sorted(seqs))
        for was, until in (*amended, *before):
            is_as_recorded = was.standing != REDACTED and was.event is was.original
            body = "" if is_as_recorded else body_of(was.event)
            self._versions.append(EarlierText(structs.replace(self._entry(was), body=body), until, is_as_recorded))
        self._followers.update(followed)
        self._mentions.update(mentioned)
        self._followed.update(dict.fromkeys((*followed, *mentioned), step.development.seq))
        self._memberships.take(step)
        self._recorded.append(_when_recorded(step, self._wordings(step.story.language)))
        self._entries.append(self._entry(step.development, event=event))

    def story_feed(self) -> StoryFeed:
        """Return the story as of the last event taken."""
        developments, story = self._replay.developments, self._replay.story
        if not story.title:
            raise BadInput("the event that opened the story is withdrawn")
        touched = last_touched(developments)
        made = [
            entry
            if max(touched[entry.seq].seq, self._followed.get(entry.seq, 0)) == entry.touched and not entry.about
            else self._entry(developments[entry.seq - 1], touched[entry.seq])
            for entry in self._entries
        ]
        standing = self._standing.standing(story, self._wordings(story.language))
        standing = structs.replace(standing, has_key_events=self._memberships.has_key_events)
        states, versions = self._rewind.states, self._versions
        return StoryFeed(made, standing, story, states, versions, self._events, self._canonical, self._number_of,
                         self._wordings)  # fmt: skip

    def _entry(self, development: Development, touch: Touch | None = None, event: Event | None = None) -> Entry:
        """Return the entry of a development. ``touch`` is its last touch, if that is by another; ``event`` is its
        event, if that is at hand."""
        touch, given = touch or Touch(development.seq, 0), development
        development = _with_body(development, event or _event_of(self._events, development.seq))
        event, seq, then = development.event, development.seq, self._recorded[development.seq - 1]
        target = then.target
        occurrence = event if isinstance(event, Occurrence) else None
        filed = tuple(self._memberships.filed[seq])
        title = amendments.title(then.wording, development, target)
        return Entry(
            id=event.id,
            slug=self._slug,
            seq=seq,
            type=development.type,
            title=title,
            story_title=then.title,
            language=then.wording.tag,
            editor=event.editor,
            published=event.recorded,
            updated=updated(development, touch, self._replay.developments[touch.seq - 1]),
            path=paths.development(self._slug, seq),
            quote=str(getattr(event, "quote", "")),
            image=occurrence.image if occurrence else None,
            standing=development.standing,
            followers=(*self._followers.get(seq, ()), *self._mentions.get(seq, ())),
            see=tuple(self._see(event, seq)),
            minor=is_minor(development, target),
            sources=tuple(map(_harmless, occurrence.sources)) if occurrence else (),
            unsourced=lacks_source(event),
            parties=tuple(dict.fromkeys(map(self._canonical, occurrence.parties))) if occurrence else filed,
            key=bool(added(event, "key")),
            tags=added(event, "tags") or (),
            place=place_of(event),
            since=self._memberships.since.get(seq, 0),
            backfilled=seq > 1 and bool(added(development.original, "backfilled")),
            filed=filed,
            tagged=tuple(self._memberships.tagged[seq]),
            was_key=seq in self._memberships.key,
            about=development.target,
            about_id=target.id if target else "",
            touched=max(touch.seq, self._followed.get(seq, 0)),
            weight=_weight(development.original, then),
            removed=removed_at(development),
            wording=then.wording,
            words=_Later(partial(self._words, given, title, then)),
        )

    def _words(self, development: Development, title: str, then: _WhenRecorded) -> EntryWords:
        """Return what the entry of a development tells, which no later event of the stream changes."""
        development = _with_body(development, _event_of(self._events, development.seq))
        wording, event = then.wording, development.event
        occurrence = event if isinstance(event, Occurrence) else None
        occurred = _occurred(wording, occurrence) if occurrence else ""
        happened = capitalized(sentence(occurred)) if occurred and not _is_of_its_day(event) else ""
        notices = tuple(self._told.of(wording, development.type, each) for each in development.amendments)
        changes = tuple(self._changes(wording, development, then))
        details = tuple(_details(wording, development.type, event))
        stated = (*changes, *_stated(event, details, (title, *changes)))
        return EntryWords(
            occurred,
            happened,
            _summary(wording, development, happened, stated, notices),
            _said(wording, event),
            tuple(_sayings(wording, event)),
            details,
            tuple(_figures(wording, occurrence, then.changes)) if occurrence else (),
            notices,
            changes,
        )

    def _changes(self, wording: Wording, development: Development, then: _WhenRecorded) -> Iterator[str]:
        """Yield what the event changed, without what its title or its text says already, or said before a
        correction, and without the standing of the development that it amends, which that one shows."""
        items = [each for each in then.changes if each.was is not None or each.now is not None]
        for each in then.changes:
            if each.field is not None:
                yield field(wording, then.target.type if then.target else "", each.field, self._numbers)
        said = [
            text
            for each in (development.event, development.original)
            for text in (getattr(each, "title", ""), said_of(each), body_of(each), getattr(each, "quote", ""))
        ]
        yield from told_changes(wording, items, said)

    def _see(self, event: Event, before: int) -> Iterator[tuple[str, int]]:
        """Yield the story and the number of each related event."""
        for slug, id in links_of(event):
            number = self._number_of(slug, id) if slug else self._numbers.get(id, 0)
            if slug or 0 < number < before:
                yield slug or self._slug, number


_Followers = tuple[tuple[str, int], ...]


def _followed(step: Step, known: Mapping[int, _Followers]) -> dict[int, _Followers]:
    """Return the followers of the developments that the event of a step changes, ends or answers, by number.
    ``known`` are those before the step."""
    followers = {
        item.seq: after.followers if after else ()
        for before, after in step.changed_items
        if (item := after or before)
    }
    return {seq: found for seq, found in followers.items() if found != known.get(seq, ())}


def _mentioned(step: Step, numbers: Mapping[str, int], known: Mapping[int, _Followers]) -> dict[int, _Followers]:
    """Return the mentions of the developments that are related to the event of a step, by number. An amendment may
    add or remove the mention by the development that it amends. ``known`` are those before the step."""
    root = step.development
    while root.target:
        root = step.story.developments[root.target - 1]
    links = {numbers.get(id, 0) for id in mentions(root)}
    if root is step.development and not links:
        return {}
    mine = ("mentioned", root.seq)
    added = {seq: sorted((*known.get(seq, ()), mine), key=_by_seq) for seq in links if 0 < seq < root.seq}
    gone = {seq: [each for each in found if each != mine] for seq, found in known.items() if seq not in links}
    found = ((seq, tuple(dict.fromkeys(each))) for seq, each in (added | gone).items())
    return {seq: each for seq, each in found if each != known.get(seq, ())}


def _by_seq(follower: tuple[str, int]) -> int:
    return follower[1]


def _event_of(events: Sequence[Event], seq: int) -> Event:
    """Return the event with this number as feeds and pages show it: each direction of writing is ended."""
    return event_values.with_directions_closed(events[seq - 1])


def _with_body(development: Development, event: Event) -> Development:
    """Return the development with the body of its event, if no correction changed it."""
    if development.standing == REDACTED or development.event is not development.original:
        return development
    return structs.replace(development, event=event, original=event)


def _when_recorded(step: Step, wording: Wording) -> _WhenRecorded:
    """Take from the story of a step the values that its entry keeps, before the next step changes the story."""
    developments, target = step.story.developments, step.development.target
    return _WhenRecorded(
        step.changes,
        developments[target - 1] if target else None,
        name_of(step.story),
        wording,
    )


def _harmless(source: Source) -> Source:
    """Return the source without its addresses if one of them is not a web address, as in a forged log."""
    if all(not each or is_absolute(each) for each in (source.url, source.archived)):
        return source
    return structs.replace(source, url="", archived="")


def _said(wording: Wording, event: Event) -> str:
    said = said_of(event)
    return amendments.reason(wording, type_of(event), said) if isinstance(event, Amendment) else said


def _weight(event: Event, then: _WhenRecorded) -> int:
    """Return the weight of the entry as it was recorded, without its amendments."""
    values = event_values.to_values(event)
    values.pop("body", None)
    texts = (str(values), *map(str, then.changes), then.title, then.title)
    shown = markup.paragraph(said_of(event)) + markup.to_html(body_of(event))
    return paging.weight(texts, shown, len(getattr(event, "parties", ())))


def _untold(details: Sequence[tuple[str, str]], texts: Iterable[str]) -> list[tuple[str, str]]:
    """Return the details whose values none of the texts tells, each value once."""
    told = " ".join(texts)
    values = dict(reversed([(words, name) for name, words in details]))
    return [(name, words) for name, words in details if values[words] == name and words not in told]


def _stated(event: Event, details: Sequence[tuple[str, str]], texts: Iterable[str]) -> list[str]:
    """Return the details that a summary tells, such as a reason, if none of the texts does. Titles tell parties,
    and a statement is told by its quote."""
    if isinstance(event, Statement):
        return []
    kinds = (kind for _, kind, _ in details_of(event))
    told = [each for each, kind in zip(details, kinds, strict=True) if kind in ("line", "date", "money")]
    return [f"{name}: {words}" for name, words in _untold(told, texts)]


def _summary(
    wording: Wording, development: Development, happened: str, stated: tuple[str, ...], notices: Sequence[Notice]
) -> str:
    """Return a line or two of plain text: first the amendments with what they changed, then when it happened and
    the body or, without one, what is ``stated``: the changes that the event made, and details such as a reason.
    An amendment has both. Its title stands there only if there is nothing else."""
    parts = []
    for notice in notices:
        parts += [notice.text, notice.why, *notice.changes]
        if len(parts) > SUMMARY_LENGTH:  # a part has a character or more, so that the others are cut off anyway
            break
    event = development.event
    texts = [each for each in (_said(wording, event), *markup.to_text(body_of(event)).split("\n")) if each]
    parts += [happened] if happened else []
    if isinstance(event, Amendment):
        texts = [*stated, *texts]
    parts += texts or stated or ([] if parts else [development.title])
    return shortened(" ".join([*(_sentence(part) for part in parts[:-1] if part.strip()), *parts[-1].split()]))


def _is_of_its_day(event: Event) -> bool:
    """Return whether all that is known of the date is that it is the day of recording."""
    return bool(getattr(event, "occurred", "") == event.recorded[:10] and not getattr(event, "occurred_as", ""))


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((":", ";")) else sentence(text)


def shortened(text: str, length: int = SUMMARY_LENGTH) -> str:
    """Cut a text between words after at most ``length`` characters."""
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0] + " …"


class _Told:
    """The notices of amendments. Each is made once, although many versions of an entry may have it."""

    def __init__(self, places: Mapping[str, int]) -> None:
        self.places = places
        self._notices: dict[tuple[int, str], tuple[Amended, Notice]] = {}

    def of(self, wording: Wording, type: str, amended: Amended) -> Notice:
        """Return the notice of an amendment of a development of this type."""
        key = id(amended), wording.tag  # while the amendment is kept, no other object has its id
        if key not in self._notices:
            changes = tuple(field(wording, type, each, self.places) for each in amended.changes)
            text = amendments.done(wording, amended)
            why = amendments.reason(wording, amended.kind, amended.why)
            self._notices[key] = amended, Notice(amended.seq, text, why, amended.recorded, changes)
        return self._notices[key][1]


def _sayings(wording: Wording, event: Event) -> Iterator[tuple[str, str]]:
    """Yield the further speakers of a statement, each with its role, the party for which it speaks and the one to
    which, and its words."""
    for each in event.also if isinstance(event, Statement) else ():
        who = each.speaker
        if each.role:
            who = wording.say("{who}, {role}", who=who, role=each.role)
        if each.behalf:
            who = wording.say("{who}, for {party}", who=who, party=each.behalf)
        if each.to:
            who = wording.say("{who}, to {to}", who=who, to=each.to)
        yield who, each.quote


def _occurred(wording: Wording, event: Occurrence) -> str:
    """Return the date of the event in words, followed by the words of the source if it has them. Empty without
    both."""
    if not event.occurred:
        return wording.say("“{words}”, says the source", words=event.occurred_as) if event.occurred_as else ""
    date = dates.date(wording, event.occurred)
    if not event.occurred_as:
        return date
    return wording.say("{date} (the source says “{words}”)", date=date, words=event.occurred_as)


def _details(wording: Wording, type: str, event: Event) -> Iterator[tuple[str, str]]:
    """Yield the other fields of the event's type, each with its name for readers and its value."""
    for name, kind, given in details_of(event):
        yield field_name(wording, type, name), value(wording, kind, given)


def _figures(wording: Wording, event: Occurrence, changes: Iterable[Change]) -> Iterator[tuple[str, str]]:
    """Yield the name and the value of each figure of the event that its changes do not tell, such as one that was
    told before."""
    told = [each.now.figure for each in changes if isinstance(each.now, Reading)]
    for each in event.figures:
        if not any(_is_told(each, figure) for figure in told):
            name = wording.say("{party}, {name}", party=each.party, name=each.name) if each.party else each.name
            yield name, amounts.figure(wording, each)


def _is_told(given: Figure, told: Figure) -> bool:
    """Return whether a figure is the one that a change tells, which may spell the party otherwise."""
    return figure_key(given) == figure_key(told) and structs.replace(given, party=told.party) == told
