"""A stream to feed entries: what subscribers are told, as values. ``feeds.py`` writes them down.

Every development, correction and retraction is an entry of its own, with the event's id for ever. Readers do not
show edits reliably, so an amendment is news; and its target's entry is edited too: the same id, a later
``updated``, and the amendment said first. A removed text is gone from its entry, which stays as a stub, so that
readers which keep what they have seen overwrite it; those that know tombstones (RFC 6721) get one. What else an
entry says of its story, what it changed and what it is about is as it was when the event was recorded: an entry
changes with the events that touch it, and with no others, so that what was written of it can be kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct, structs

from tracker.domain import values as event_values
from tracker.domain.amend import REDACTED, RETRACTED, Amended, Development, amend, field_words
from tracker.domain.events import Event, Occurrence, Redacted, Source
from tracker.domain.fold import Step, places, replay
from tracker.domain.story import Change, Story
from tracker.errors import BadInput
from tracker.feeds import paging
from tracker.feeds.paging import FeedItem
from tracker.feeds.standing import StandingTracker, StoryStanding
from tracker.text import dates, markup
from tracker.text.dates import Recorded
from tracker.text.names import is_absolute
from tracker.views.development import body_of, details_of, is_minor, last_touched, removed_at, updated
from tracker.views.time_travel import PageState, Rewind

SUMMARY_LENGTH = 280
FIELD_LENGTH = 60


class Notice(Struct, frozen=True):
    """What an amendment did to the entry it stands on, for readers: a sentence, the reason, was and is."""

    text: str
    why: str
    recorded: Recorded
    changes: tuple[tuple[str, str, str], ...] = ()


class Entry(Struct, frozen=True, kw_only=True):
    """One entry, as RFC 4287 means it. ``updated`` moves only when the development is amended.

    ``path`` is where it is read on the site, relative to its root; ``about`` and ``about_id`` are the place and
    the id of the development which this one amends. ``touched`` is the place of the last event that changed this
    entry, ``weight`` about how many bytes it took when it was new. ``removed`` is when its text was removed, or
    empty. ``since`` is the place of the event since which it belongs into feeds, as it was not minor then, or 0;
    ``filed`` are all parties that it ever named. ``body`` is Markdown; all else is plain text.
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
    occurred: str
    summary: str
    body: str
    quote: str
    details: tuple[tuple[str, str], ...]
    standing: str
    minor: bool
    notices: tuple[Notice, ...]
    changes: tuple[Change, ...]
    sources: tuple[Source, ...]
    parties: tuple[str, ...]
    since: int
    filed: tuple[str, ...]
    about: int
    about_id: str
    touched: int
    weight: int
    removed: Recorded

    @property
    def in_feeds(self) -> bool:
        """Whether it belongs into feeds: whether it ever was not minor."""
        return self.since > 0

    @property
    def item(self) -> FeedItem:
        return FeedItem(self.published, self.slug, self.seq, self.id, self.weight)


class EarlierText(NamedTuple):
    """An entry as it read until the event of the number ``until`` amended it."""

    entry: Entry
    until: int


class StoryFeed(NamedTuple):
    """All that is told of a stream: its entries in log order, those of minor developments included (``minor`` is
    set), where it stands, the story, and what it was before: each event's ``states``, and the ``versions`` of
    entries that were amended, earlier ones first."""

    entries: list[Entry]
    standing: StoryStanding
    story: Story
    states: list[PageState]
    versions: list[EarlierText]


class _Then(NamedTuple):
    """What is said of an event as it was when it was recorded."""

    changes: tuple[Change, ...]
    target: Development | None
    title: str
    language: str


class _Ever:
    """What developments ever were, which no amendment undoes: not minor, and with which parties. Whoever was told
    of one is told in the same feeds what becomes of it; so are those who follow a party that it names only now."""

    def __init__(self) -> None:
        self.since: dict[int, int] = {}
        self.filed: dict[int, dict[str, None]] = {}

    def take(self, step: Step) -> None:
        """Looks at the event of a step and at what it amends, while the story is as the step left it."""
        amending = [step.development]
        while target := amending[-1].target:
            amending.append(step.story.developments[target - 1])
        development = amending.pop()
        event, seq = development.event, development.seq
        told = not (isinstance(event, (Occurrence, Redacted)) and event.minor)
        if told:
            self.since.setdefault(seq, step.development.seq)
        self.filed.setdefault(seq, {}).update(dict.fromkeys(getattr(event, "parties", ())))
        for each in amending:
            if seq in self.since:
                self.since.setdefault(each.seq, step.development.seq)
            self.filed[each.seq] = dict(self.filed[seq])


def entries(slug: str, events: Iterable[Event]) -> list[Entry]:
    """The entries of a stream in log order, those of minor developments included."""
    stream = list(events)
    return build_feed(slug, stream).entries if stream else []


def build_feed(slug: str, events: Iterable[Event], known: int | None = None) -> StoryFeed:
    """All that is told of a stream that has a first event; with ``known``, all that was when it had so many.
    Raises BadInput where no feed can tell it: two of its events have one id, a text has a character that XML
    cannot hold, or the story has no title."""
    whole = list(events)
    stream, numbers = whole[:known], places(whole)
    if len(numbers) < len(whole):
        raise BadInput("an id is there twice")
    for event in stream:
        event_values.check_texts(event)
    standpoint, ever, rewind = StandingTracker(), _Ever(), Rewind()
    then: list[_Then] = []
    versions = []
    for step in replay(slug, stream):
        standpoint.take(step)
        for was, until in rewind.take(step):
            versions.append(EarlierText(_entry(slug, was, numbers, then[was.seq - 1], was, ever), until))
        ever.take(step)
        then.append(_then(step))
    if not step.story.title:
        raise BadInput("the event that opened the story is withdrawn")
    developments = amend(stream)
    touched = last_touched(developments)
    told = [
        _entry(slug, development, numbers, before, developments[touched[development.seq] - 1], ever)
        for development, before in zip(developments, then, strict=True)
    ]
    return StoryFeed(told, standpoint.standing(step.story), step.story, rewind.states, versions)


def _then(step: Step) -> _Then:
    """What has to be said of a step before the story moves on."""
    developments, target = step.story.developments, step.development.target
    return _Then(
        step.changes,
        developments[target - 1] if target else None,
        step.story.title,
        step.story.language,
    )


def _entry(
    slug: str,
    development: Development,
    numbers: Mapping[str, int],
    then: _Then,
    touched: Development,
    ever: _Ever,
) -> Entry:
    event = development.event
    target = then.target
    occurrence = event if isinstance(event, Occurrence) else None
    notices = [_notice(slug, each, numbers) for each in development.amendments]
    return Entry(
        id=event.id,
        slug=slug,
        seq=development.seq,
        type=development.type,
        title=_title(development, target),
        story_title=then.title,
        language=then.language,
        editor=event.editor,
        published=event.recorded,
        updated=updated(development, touched),
        path=f"stories/{slug}/{development.seq}.html",
        occurred=_occurred(occurrence) if occurrence else "",
        summary=_summary(development, then.changes, notices),
        body=body_of(event),
        quote=str(getattr(event, "quote", "")),
        details=details_of(event),
        standing=development.standing,
        minor=is_minor(development, target),
        notices=tuple(notices),
        changes=then.changes,
        sources=tuple(map(_harmless, occurrence.sources)) if occurrence else (),
        parties=occurrence.parties if occurrence else tuple(ever.filed[development.seq]),
        since=ever.since.get(development.seq, 0),
        filed=tuple(ever.filed[development.seq]),
        about=development.target,
        about_id=target.id if target else "",
        touched=touched.seq,
        weight=_weight(development.original, then),
        removed=removed_at(development),
    )


def _harmless(source: Source) -> Source:
    """The source without an address that leads anywhere else than to a page; a forged log may have one."""
    if all(not each or is_absolute(each) for each in (source.url, source.archived)):
        return source
    return structs.replace(source, url="", archived="")


def _weight(event: Event, then: _Then) -> int:
    """From what was recorded, whatever amendments said since."""
    values = event_values.to_values(event)
    values.pop("body", None)
    texts = (str(values), *map(str, then.changes), then.title)
    return paging.weight(texts, markup.to_html(body_of(event)), len(getattr(event, "parties", ())))


def _title(development: Development, target: Development | None) -> str:
    if development.standing == REDACTED:
        return development.title
    prefix = {"stands": "", "corrected": "Corrected: ", RETRACTED: "Retracted: "}
    return prefix[development.standing] + (_amending(development, target) if target else development.title)


def _amending(development: Development, target: Development) -> str:
    """``Correction of “…”``; what withdraws a withdrawal restores."""
    if development.type == "redaction":
        return f"Removed: the text of development {target.seq}"
    if development.type == target.type == "retraction":
        return f"Restored: “{target.target_title}”"
    if target.target:
        return f"{development.type.capitalize()} of the {target.type} of “{target.target_title}”"
    return f"{development.type.capitalize()} of “{target.title}”"


def _summary(development: Development, changes: tuple[Change, ...], notices: Sequence[Notice]) -> str:
    """A line or two of plain text: how it stands amended and what it said before, then what it says, or what it
    changed."""
    amendments = zip(development.amendments, notices, strict=True)
    parts = [f"{_done(each)} by #{each.seq}{_said_before(notice)}" for each, notice in amendments]
    body = markup.to_text(body_of(development.event))
    parts += body.split("\n") if body else ["; ".join(map(str, changes)) or development.title]
    return shortened(" ".join([*(_sentence(part) for part in parts[:-1] if part.strip()), *parts[-1].split()]))


def _said_before(notice: Notice) -> str:
    """`` (title: They pay → They lend)``; nothing where no field was changed."""
    changes = (f"{field}: {shortened(was, FIELD_LENGTH)} → {shortened(now, FIELD_LENGTH)}"
               for field, was, now in notice.changes)  # fmt: skip
    told = "; ".join(changes)
    return f" ({told})" if told else ""


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?", "…", ":", ";")) else f"{text}."


def shortened(text: str, length: int = SUMMARY_LENGTH) -> str:
    """A text of about that many characters at most, cut between words."""
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0] + " …"


def _notice(slug: str, amended: Amended, places: Mapping[str, int]) -> Notice:
    changes = tuple((each.field, *field_words(each, places)) for each in amended.changes)
    return Notice(f"{_done(amended)} by {slug}#{amended.seq}", amended.why, amended.recorded, changes)


def _done(amended: Amended) -> str:
    return {"correction": "Corrected", "retraction": "Retracted", "redaction": "Removed"}[amended.kind]


def _occurred(event: Occurrence) -> str:
    """When, in words, and in the source's own where it had others; empty where it is not said."""
    if not event.occurred:
        return ""
    return dates.in_words(event.occurred) + (f" (“{event.occurred_as}”)" if event.occurred_as else "")
