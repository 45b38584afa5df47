"""The parts of a development besides its title: its body, its details, and its time of last change. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from tracker.domain.amend import REDACTED, RETRACTED, Development
from tracker.domain.events import (
    OWN_MARKDOWN,
    Amendment,
    Closer,
    Event,
    Field,
    Mover,
    Occurrence,
    Opened,
    Opener,
    Opens,
    added,
    closed_by,
    fields_of,
    kind_of,
    links_of,
)
from tracker.domain.fold import said
from tracker.domain.wording import names_in
from tracker.text.dates import Recorded, later


def said_of(event: Event) -> str:
    """Returns the plain text of an event besides its title: the claim, the question; the reason of an
    amendment."""
    if isinstance(event, Amendment):
        return str(getattr(event, "why", ""))
    if not isinstance(event, Occurrence) or kind_of(type(event), event.title_says) != "line":
        return ""
    own = said(event)
    return own if own != event.title else ""


def body_of(event: Event) -> str:
    """Returns the Markdown of an event: of its own field, such as the terms of an agreement, and its body."""
    if not isinstance(event, Occurrence):
        return ""
    own = (getattr(event, name) for name in OWN_MARKDOWN if kind_of(type(event), name) == "prose")
    return "\n\n".join([*(text for text in own if text not in ("", event.title)), *filter(None, [event.body])])


def text_of(event: Event) -> str:
    """Returns both, as they are typed."""
    return "\n\n".join(filter(None, (said_of(event), body_of(event))))


def details_of(event: Event) -> tuple[tuple[str, str, Any], ...]:
    """Returns the other fields of the event's type, such as the reason of a suspension: the name, the kind and the
    value of each.

    The label of a situation already has the fields that name it.
    """
    if not isinstance(event, Occurrence):
        return ()
    return tuple(
        (field.name, field.kind, value)
        for field in _shown(type(event), ends_nothing=isinstance(event, Closer) and event.unopened)
        if (value := getattr(event, field.name)) not in ("", (), event.title)
    )


@cache
def _shown(cls: type[Occurrence], *, ends_nothing: bool) -> tuple[Field, ...]:
    common = {*Occurrence.__struct_fields__}
    shown_elsewhere = {"quote", "text", "summary", "terms", "language", cls.title_says}
    if issubclass(cls, (Opener, Mover, Closer)) and not ends_nothing:
        shown_elsewhere.update({"state", "pending"} - cls.redefined)  # among the changes
    if cls is Opened:
        shown_elsewhere.add("short")
    if isinstance(cls.effect, Opens):
        shown_elsewhere.update(names_in("".join(cls.effect.labels)))
    own = (field for field in fields_of(cls) if field.name not in common - cls.redefined)
    return tuple(field for field in own if field.kind in _SHOWN and field.name not in shown_elsewhere)


def is_withdrawn(development: Development) -> bool:
    """Returns whether the development was retracted, or its text removed."""
    return development.standing in (RETRACTED, REDACTED)


def place_of(event: Event) -> str:
    """Returns where the event occurred: ``Portland, Oregon (45.5152, -122.6784)``; empty if it does not say."""
    place, at = (added(event, name) for name in ("place", "at"))
    return f"{place} ({at.replace(',', ', ')})" if place and at else place or ""


def mentions(development: Development) -> list[str]:
    """Returns the ids of the events of the same story that a development is related to; none if it is
    withdrawn."""
    if is_withdrawn(development):
        return []
    return [id for slug, id in links_of(development.event) if not slug]


def mentioned_by(developments: Sequence[Development]) -> dict[str, list[int]]:
    """Returns the numbers of the developments that are related to an event of the story, by its id."""
    found: dict[str, list[int]] = {}
    for development in developments:
        for id in mentions(development):
            found.setdefault(id, []).append(development.seq)
    return found


_SHOWN = ("line", "party", "parties", "date", "money", "url")


def is_quiet(event: Event) -> bool:
    """Returns whether this is an amendment that has no entry of its own in feeds."""
    return bool(getattr(event, "quiet", False)) and isinstance(event, Amendment)


def is_minor(development: Development, target: Development | None) -> bool:
    """Returns whether feeds leave the development out: it is minor, it is a quiet amendment, or an amendment of a
    ``target`` that is minor."""
    if is_quiet(development.event):
        return True
    event = target.event if target else development.event
    return isinstance(event, Occurrence) and event.minor


class Touch(NamedTuple):
    """The last event that touched a development: its number, and the place of the development among those that it
    touched, from 1; 0 if the development was touched by no other event than itself."""

    seq: int
    place: int


def last_touched(developments: list[Development]) -> dict[int, Touch]:
    """Returns, by number, the last touch of each development. An amendment of an amendment also touches the
    development behind it. A redaction touches every development whose text it removed."""
    touched = {each.seq: Touch(each.seq, 0) for each in developments}
    for development in developments:
        if not development.target:
            continue
        removed = [each.seq for each in _removed_with(development, developments)]
        found: dict[int, None] = {}
        for target in (development.target, *removed, *_referring(removed, developments, development.seq)):
            while target:
                found[target] = None
                target = developments[target - 1].target
        touched |= {seq: Touch(development.seq, place) for place, seq in enumerate(found, 1)}
    return touched


def _referring(removed: Sequence[int], developments: list[Development], before: int) -> list[int]:
    """Returns the numbers of the developments before a redaction that describe a change in removed words."""
    ids = {developments[seq - 1].id for seq in removed}
    return [
        each.seq
        for each in developments[: before - 1 if ids else 0]
        if {*closed_by(each.event), getattr(each.event, "about", "")} & ids
    ]


def updated(development: Development, touch: Touch, by: Development) -> Recorded:
    """Returns when the development was last touched, ``by`` another development or itself. An amended development
    is newer than its amendment by milliseconds, one for each place: no two entries of a feed have the same time.
    The entry of a removed text is newer than its tombstone; otherwise a feed reader deletes the entry, too
    (RFC 6721, 3)."""
    at, removed = by.event.recorded, removed_at(development)
    found = later(at, touch.place) if touch.place else at
    return max(found, later(removed, 1)) if removed else found


def _removed_with(redaction: Development, developments: list[Development]) -> list[Development]:
    """Returns the developments whose text this redaction removed."""
    if redaction.type != "redaction":
        return []
    return [each for each in developments if any(by.id == redaction.id for by in each.amendments)]


def removed_at(development: Development) -> Recorded:
    """Returns when the development's text was removed; empty where it was not, or where that is not known yet."""
    if not development.amendments:
        return Recorded("")
    times = (each.recorded for each in development.amendments if each.kind == "redaction")
    return max(times, default=Recorded(""))
