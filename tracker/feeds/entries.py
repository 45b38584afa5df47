"""Make feed entries of the events of a stream, as values. ``posts.py`` gives them their HTML.

- Every development, correction and retraction is an entry of its own. Its id is the event's id and never changes.
- Feed readers do not show edits reliably. So an amendment is a new entry, and the entry that it amends is edited
  too: it keeps its id, gets a later ``updated``, and begins with the amendment.
- A removed text is removed from its entry. The entry stays as a stub, so that a reader which keeps entries
  overwrites the text. A reader that knows tombstones (RFC 6721) gets one.
- All other texts of an entry (the title of its story, the changes that it made) are as they were when the event
  was recorded. So an entry changes only with the events that touch it, and its published bytes can be used again.
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
from tracker.feeds import paging, paths
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
    """An amendment, as the entry that it amends shows it: a sentence, the reason, and the field, the old and the
    new value of each change."""

    text: str
    why: str
    recorded: Recorded
    changes: tuple[tuple[str, str, str], ...] = ()


class Entry(Struct, frozen=True, kw_only=True):
    """One entry, in the sense of RFC 4287. ``updated`` moves only when the development is amended.

    Attributes: ``path`` is the place of its page on the site. ``about`` and ``about_id`` are the number and the id
    of the development that it amends, or 0 and empty. ``touched`` is the number of the last event that changed it.
    ``weight`` is about how many bytes it took when it was new. ``removed`` is when its text was removed, or empty.
    ``since`` is the number of the event from which on feeds have it, because it was not minor then, or 0.
    ``filed`` are all parties that it ever named. ``body`` is Markdown, every other text is plain.
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
        """Whether feeds have the entry: whether it was ever not minor."""
        return self.since > 0

    @property
    def item(self) -> FeedItem:
        return FeedItem(self.published, self.slug, self.seq, self.id, self.weight)


class EarlierText(NamedTuple):
    """An entry as it read until the event with the number ``until`` amended it."""

    entry: Entry
    until: int


class StoryFeed(NamedTuple):
    """Everything that feeds and pages show of a stream.

    Attributes: ``entries`` are in log order and include minor developments (their ``minor`` is set). ``standing``
    is where the story stands, ``story`` the story itself. ``states`` hold what each event changed of that.
    ``versions`` are the earlier texts of amended entries, the earliest first.
    """

    entries: list[Entry]
    standing: StoryStanding
    story: Story
    states: list[PageState]
    versions: list[EarlierText]


class _WhenRecorded(NamedTuple):
    """The values of an entry that stay as they were when its event was recorded."""

    changes: tuple[Change, ...]
    target: Development | None
    title: str
    language: str


class _Memberships:
    """The feeds that each development of a stream ever belonged to. No amendment takes a development out of a
    feed: a subscriber who got it also gets its amendments. An amendment that adds a party adds that party's feed.

    Attributes, by the number of a development: ``since`` holds the number of the event from which on it was not
    minor, ``filed`` the parties that it ever named.
    """

    def __init__(self) -> None:
        self.since: dict[int, int] = {}
        self.filed: dict[int, dict[str, None]] = {}

    def take(self, step: Step) -> None:
        """Take the event of a step and the developments that it amends, while the story is as the step left it."""
        amending = [step.development]
        while target := amending[-1].target:
            amending.append(step.story.developments[target - 1])
        development = amending.pop()
        event, seq = development.event, development.seq
        if not (isinstance(event, (Occurrence, Redacted)) and event.minor):
            self.since.setdefault(seq, step.development.seq)
        self.filed.setdefault(seq, {}).update(dict.fromkeys(getattr(event, "parties", ())))
        for each in amending:
            if seq in self.since:
                self.since.setdefault(each.seq, step.development.seq)
            self.filed[each.seq] = dict(self.filed[seq])


def entries(slug: str, events: Iterable[Event]) -> list[Entry]:
    """Return the entries of a stream in log order, with those of minor developments."""
    stream = list(events)
    return build_feed(slug, stream).entries if stream else []


def build_feed(slug: str, events: Iterable[Event], known: int | None = None) -> StoryFeed:
    """Return everything that feeds and pages show of a stream, which has at least one event. With ``known``, only
    the first ``known`` events count.

    Raises BadInput if no feed can show the stream: two of its events have the same id, a text has a character that
    XML cannot hold, or the story has no title.
    """
    whole = list(events)
    stream, numbers = whole[:known], places(whole)
    if len(numbers) < len(whole):
        raise BadInput("an id is there twice")
    for event in stream:
        event_values.check_texts(event)
    standing_tracker, memberships, rewind = StandingTracker(), _Memberships(), Rewind()
    recorded: list[_WhenRecorded] = []
    versions = []
    for step in replay(slug, stream):
        standing_tracker.take(step)
        for was, until in rewind.take(step):
            earlier = _entry(slug, was, numbers, recorded[was.seq - 1], was, memberships)
            versions.append(EarlierText(earlier, until))
        memberships.take(step)
        recorded.append(_when_recorded(step))
    if not step.story.title:
        raise BadInput("the event that opened the story is withdrawn")
    developments = amend(stream)
    touched = last_touched(developments)
    made = [
        _entry(slug, each, numbers, then, developments[touched[each.seq] - 1], memberships)
        for each, then in zip(developments, recorded, strict=True)
    ]
    return StoryFeed(made, standing_tracker.standing(step.story), step.story, rewind.states, versions)


def _when_recorded(step: Step) -> _WhenRecorded:
    """Take from the story of a step the values that its entry keeps, before the next step changes the story."""
    developments, target = step.story.developments, step.development.target
    return _WhenRecorded(
        step.changes,
        developments[target - 1] if target else None,
        step.story.title,
        step.story.language,
    )


def _entry(
    slug: str,
    development: Development,
    numbers: Mapping[str, int],
    then: _WhenRecorded,
    touched: Development,
    memberships: _Memberships,
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
        path=paths.development(slug, development.seq),
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
        parties=occurrence.parties if occurrence else tuple(memberships.filed[development.seq]),
        since=memberships.since.get(development.seq, 0),
        filed=tuple(memberships.filed[development.seq]),
        about=development.target,
        about_id=target.id if target else "",
        touched=touched.seq,
        weight=_weight(development.original, then),
        removed=removed_at(development),
    )


def _harmless(source: Source) -> Source:
    """Return the source without its addresses if one of them is not a web address, as in a forged log."""
    if all(not each or is_absolute(each) for each in (source.url, source.archived)):
        return source
    return structs.replace(source, url="", archived="")


def _weight(event: Event, then: _WhenRecorded) -> int:
    """Return the weight of the entry as it was recorded, without its amendments."""
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
    """Return the title of an amendment, such as ``Correction of “…”``. To retract a retraction is to restore."""
    if development.type == "redaction":
        return f"Removed: the text of development {target.seq}"
    if development.type == target.type == "retraction":
        return f"Restored: “{target.target_title}”"
    if target.target:
        return f"{development.type.capitalize()} of the {target.type} of “{target.target_title}”"
    return f"{development.type.capitalize()} of “{target.title}”"


def _summary(development: Development, changes: tuple[Change, ...], notices: Sequence[Notice]) -> str:
    """Return a line or two of plain text: first the amendments with the earlier values, then the body or, without
    one, the changes that the event made."""
    amendments = zip(development.amendments, notices, strict=True)
    parts = [f"{_done(each)} by #{each.seq}{_said_before(notice)}" for each, notice in amendments]
    body = markup.to_text(body_of(development.event))
    parts += body.split("\n") if body else ["; ".join(map(str, changes)) or development.title]
    return shortened(" ".join([*(_sentence(part) for part in parts[:-1] if part.strip()), *parts[-1].split()]))


def _said_before(notice: Notice) -> str:
    """Return the changed fields, such as `` (title: They pay → They lend)``, or an empty text."""
    changes = (f"{field}: {shortened(was, FIELD_LENGTH)} → {shortened(now, FIELD_LENGTH)}"
               for field, was, now in notice.changes)  # fmt: skip
    words = "; ".join(changes)
    return f" ({words})" if words else ""


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?", "…", ":", ";")) else f"{text}."


def shortened(text: str, length: int = SUMMARY_LENGTH) -> str:
    """Cut a text between words after at most ``length`` characters."""
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0] + " …"


def _notice(slug: str, amended: Amended, places: Mapping[str, int]) -> Notice:
    changes = tuple((each.field, *field_words(each, places)) for each in amended.changes)
    return Notice(f"{_done(amended)} by {slug}#{amended.seq}", amended.why, amended.recorded, changes)


def _done(amended: Amended) -> str:
    return {"correction": "Corrected", "retraction": "Retracted", "redaction": "Removed"}[amended.kind]


def _occurred(event: Occurrence) -> str:
    """Return the date of the event in words, followed by the words of the source if it has them. Empty without a
    date."""
    if not event.occurred:
        return ""
    return dates.in_words(event.occurred) + (f" (“{event.occurred_as}”)" if event.occurred_as else "")
