"""A stream to feed entries: what subscribers are told, as values. ``feeds.py`` writes them down.

Every development, correction and retraction is an entry of its own, with the event's id for ever. Readers do not
show edits reliably, so an amendment is news; and its target's entry is edited too: the same id, a later
``updated``, and the amendment said first. What an entry says an event changed, and how things stood after it, is
as it was when the event was recorded, so that publishing again gives the same entries.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from tracker.amend import REDACTED, RETRACTED, Amended, Development, amend, field_words
from tracker.briefing import Section, briefing
from tracker.events import Amendment, Event, Occurrence, Source
from tracker.fold import Step, replay, said
from tracker.story import Change
from tracker.times import Recorded, in_words

SUMMARY_LENGTH = 280


class Notice(Struct, frozen=True):
    """What an amendment did to the entry it stands on, for readers: a sentence, the reason, was and is."""

    text: str
    why: str
    recorded: Recorded
    changes: tuple[tuple[str, str, str], ...] = ()


class Entry(Struct, frozen=True, kw_only=True):
    """One entry, as RFC 4287 means it. ``updated`` moves only when the development is amended.

    ``path`` is where it is read on the site, relative to its root; ``about`` is the id of the entry which this
    one amends. ``body`` is Markdown; all else is plain text.
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
    standing: str
    minor: bool
    notices: tuple[Notice, ...]
    changes: tuple[Change, ...]
    stands: tuple[Section, ...]
    sources: tuple[Source, ...]
    parties: tuple[str, ...]
    about: str


def entries(slug: str, events: Iterable[Event]) -> list[Entry]:
    """The entries of a stream in log order, those of minor developments included (``minor`` is set)."""
    stream = list(events)
    steps = [_freeze(step) for step in replay(slug, stream)]
    developments = amend(stream)
    updated = _updated(developments)
    story_title = next((each.title for each in developments[:1]), "")
    language = next((getattr(each.event, "language", "") for each in developments[:1]), "")
    return [
        _entry(slug, story_title, language, development, developments, changes, stands, updated[development.seq])
        for development, (changes, stands) in zip(developments, steps, strict=True)
    ]


def _freeze(step: Step) -> tuple[tuple[Change, ...], tuple[Section, ...]]:
    """What has to be said of a step before the story moves on."""
    return step.changes, tuple(briefing(step.story))


def _updated(developments: list[Development]) -> dict[int, Recorded]:
    """By place, when each development was last said anything about: an amendment also touches what the
    amendment that it undoes was about."""
    updated = {each.seq: each.event.recorded for each in developments}
    for development in developments:
        target = development.target
        while target:
            updated[target] = development.event.recorded
            target = developments[target - 1].target
    return updated


def _entry(
    slug: str,
    story_title: str,
    language: str,
    development: Development,
    developments: list[Development],
    changes: tuple[Change, ...],
    stands: tuple[Section, ...],
    updated: Recorded,
) -> Entry:
    event = development.event
    target = developments[development.target - 1] if development.target else None
    occurrence = event if isinstance(event, Occurrence) else None
    return Entry(
        id=event.id,
        slug=slug,
        seq=development.seq,
        type=development.type,
        title=_title(development, target),
        story_title=story_title,
        language=language,
        editor=event.editor,
        published=event.recorded,
        updated=updated,
        path=f"stories/{slug}/#{development.seq}",
        occurred=in_words(occurrence.occurred) if occurrence and occurrence.occurred else "",
        summary=_summary(development, changes),
        body=body_of(event),
        quote=str(getattr(event, "quote", "")),
        standing=development.standing,
        minor=_is_minor(development, target),
        notices=tuple(_notice(slug, each) for each in development.amendments),
        changes=changes,
        stands=stands,
        sources=occurrence.sources if occurrence else (),
        parties=occurrence.parties if occurrence else getattr(target and target.event, "parties", ()),
        about=target.id if target else "",
    )


def _title(development: Development, target: Development | None) -> str:
    if target:
        return f"{development.type.capitalize()} of “{target.title}”"
    prefix = {"stands": "", "corrected": "Corrected: ", RETRACTED: "Retracted: ", REDACTED: ""}
    return prefix[development.standing] + development.title


def _summary(development: Development, changes: tuple[Change, ...]) -> str:
    """A line or two of plain text: how it stands amended, then what it says, or what it changed."""
    said_first = " ".join(_notice("", each).text + "." for each in development.amendments)
    what = body_of(development.event) or "; ".join(map(str, changes)) or development.title
    return _shortened(" ".join(f"{said_first} {what}".split()))


def _shortened(text: str) -> str:
    if len(text) <= SUMMARY_LENGTH:
        return text
    return text[:SUMMARY_LENGTH].rsplit(" ", 1)[0] + " …"


def body_of(event: Event) -> str:
    """The text of an event that is longer than its title: its body, or what its own field says; for an
    amendment, why."""
    if isinstance(event, Amendment):
        return str(getattr(event, "why", ""))
    if not isinstance(event, Occurrence):
        return ""
    own = said(event) if event.title_says else str(getattr(event, "summary", "") or getattr(event, "terms", ""))
    return "\n\n".join(text for text in (own if own != event.title else "", event.body) if text)


def _is_minor(development: Development, target: Development | None) -> bool:
    event = target.event if target else development.event
    return isinstance(event, Occurrence) and event.minor


def _notice(slug: str, amended: Amended) -> Notice:
    verb = {"correction": "Corrected", "retraction": "Retracted", "redaction": "Removed"}[amended.kind]
    changes = tuple((each.field, *field_words(each)) for each in amended.changes)
    return Notice(f"{verb} by {slug}#{amended.seq}", amended.why, amended.recorded, changes)
