"""What is told of a development besides its title: its body, its details, and when it was last touched. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache

from tracker.domain.amend import Development
from tracker.domain.events import Amendment, Event, Field, Occurrence, Opens, fields_of
from tracker.domain.fold import said
from tracker.domain.wording import in_words, names_in
from tracker.text.dates import Recorded, recorded_at, to_datetime


def body_of(event: Event) -> str:
    """The text of an event that is longer than its title: its body, or what its own field says; for an
    amendment, why."""
    if isinstance(event, Amendment):
        return str(getattr(event, "why", ""))
    if not isinstance(event, Occurrence):
        return ""
    own = said(event) if event.title_says else str(getattr(event, "summary", "") or getattr(event, "terms", ""))
    return "\n\n".join(text for text in (own if own != event.title else "", event.body) if text)


def details_of(event: Event) -> tuple[tuple[str, str], ...]:
    """What else the type's own fields say, by name: the reason of a suspension, the period of earnings.

    What names a situation is said in its label.
    """
    if not isinstance(event, Occurrence):
        return ()
    return tuple(
        (field.name, in_words(field.kind, value))
        for field in _shown(type(event))
        if (value := getattr(event, field.name))
    )


@cache
def _shown(cls: type[Occurrence]) -> tuple[Field, ...]:
    told = {"quote", "text", "summary", "terms", "language", cls.title_says}
    if isinstance(cls.effect, Opens):
        told.update(names_in("".join(cls.effect.labels)))
    own = (field for field in fields_of(cls) if field.name not in Occurrence.__struct_fields__)
    return tuple(field for field in own if field.kind in _SHOWN and field.name not in told)


_SHOWN = ("line", "party", "parties", "date", "money", "url")


def is_minor(development: Development, target: Development | None) -> bool:
    """Whether feeds leave it out; an amendment is as minor as its ``target``."""
    event = target.event if target else development.event
    return isinstance(event, Occurrence) and event.minor


def last_touched(developments: list[Development]) -> dict[int, int]:
    """By place, the place of the last event that said anything about a development: an amendment also touches
    what the amendment that it undoes was about, and a redaction whatever text went with it."""
    touched = {each.seq: each.seq for each in developments}
    for development in developments:
        if not development.target:
            continue
        removed = [each.seq for each in _removed_with(development, developments)]
        for target in (development.target, *removed, *_referring(removed, developments, development.seq)):
            while target:
                touched[target] = development.seq
                target = developments[target - 1].target
    return touched


def _referring(removed: Sequence[int], developments: list[Development], before: int) -> list[int]:
    """The developments before a redaction that tell what they changed in the words of what it removed."""
    ids = {developments[seq - 1].id for seq in removed}
    return [
        each.seq
        for each in developments[: before - 1 if ids else 0]
        if {getattr(each.event, "closes", ""), getattr(each.event, "about", "")} & ids
    ]


_LAST = "9999-12-31T23:59:59.999Z"
"""The last instant that can be recorded."""


def updated(development: Development, touched: Development) -> Recorded:
    """When it was last touched. What stays of a removed text is newer than its tombstone, or it would count as
    deleted too (RFC 6721, 3)."""
    removed = removed_at(development)
    has_later = "" < removed < _LAST
    later = recorded_at(to_datetime(removed) + timedelta(milliseconds=1)) if has_later else removed
    return max(touched.event.recorded, later)


def _removed_with(redaction: Development, developments: list[Development]) -> list[Development]:
    """The developments whose text went with this redaction."""
    if redaction.type != "redaction":
        return []
    return [each for each in developments if any(by.id == redaction.id for by in each.amendments)]


def removed_at(development: Development) -> Recorded:
    """When its text was removed; empty where it was not, or where that is not known yet."""
    if not development.amendments:
        return Recorded("")
    times = (each.recorded for each in development.amendments if each.kind == "redaction")
    return max(times, default=Recorded(""))
