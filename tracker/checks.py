"""Is the log what was appended, and does it make sense? Problems are values, collected with their places.

One pass over a stream's bytes checks, line by line: the hash chain; that the line is one strict JSON object of a
known type within all limits; that recorded times do not go back; that ids are new; that every reference names an
earlier event which it can be about. It does not stop at the first problem: after a line that does not follow, it
goes on from the hash that the line itself claims, so that each fault is reported once, where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from tracker import codec, times
from tracker.amend import amend, corrected, remains, target_of
from tracker.errors import BadInput, CorruptLog, Unknown
from tracker.events import (
    Amendment,
    Closes,
    Confirmation,
    Correction,
    Denial,
    Event,
    Occurrence,
    Opened,
    Opens,
    Redacted,
    Redaction,
    Removed,
    Report,
    Retraction,
    type_of,
)
from tracker.fold import may_close
from tracker.glossary import BUILT_IN, Glossary
from tracker.times import Recorded


class Problem(NamedTuple):
    """Something wrong, where (``file:line``), in a sentence."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def check_stream(
    slug: str, lines: Iterable[bytes], name: str, seen: dict[str, str], glossary: Glossary = BUILT_IN
) -> Iterator[Problem]:
    """The problems of one stream. ``name`` is its file; ``seen`` maps ids to places, over all streams;
    ``glossary`` has the types of its events."""
    lines = list(lines)
    previous = codec.genesis(slug)
    removals = codec.removals(lines)
    events: list[Event] = []
    earlier: dict[str, Event] = {}
    latest = Recorded("")
    places: list[str] = []
    for number, line in enumerate(lines, 1):
        place = f"{name}:{number}"
        if codec.is_redacted(line):
            intact = removals.get((line, previous.hex()), 0) > number
        else:
            intact = bool(codec.follows(previous, line))
        if not intact:
            yield Problem(place, codec.fault(line))
        previous = codec.hash_of(line)
        try:
            event = codec.decode_strictly(line, place, glossary)
        except CorruptLog as error:
            yield Problem(place, str(error).removeprefix(f"{place}: "))
            continue
        for message in _check_event(event, earlier, latest, seen, number):
            yield Problem(place, message)
        seen.setdefault(event.id, place)
        earlier[event.id] = event
        latest = max(latest, event.recorded)
        events.append(event)
        places.append(place)
    if not events:
        yield Problem(f"{name}:1", "the story has no events")
    for seq, message in _check_corrections(events):
        yield Problem(places[seq - 1], message)


def _check_event(
    event: Event, earlier: Mapping[str, Event], latest: Recorded, seen: Mapping[str, str], number: int
) -> Iterator[str]:
    """What is wrong with an event; ``earlier`` are those before it by id, ``latest`` is when the last came in."""
    if event.id in seen:
        yield f"id: {event.id} is the id of {seen[event.id]} already"
    for field, value, length in (("id", event.id, 36), ("salt", event.salt, 32)):
        if len(value) != length and not (field == "salt" and isinstance(event, Redacted)):
            yield f"{field}: is missing or malformed"
    yield from _check_recorded(event, latest)
    if (type_of(event) == "opened") != (number == 1):
        yield "type: the first event, and no other, is opened"
    if isinstance(event, Occurrence):
        yield from _check_occurred(event)
    if isinstance(event, Redaction):
        yield from _check_removed(event, earlier)
    yield from _check_references(event, earlier)


def _check_recorded(event: Event, latest: Recorded) -> Iterator[str]:
    try:
        times.check_recorded(event.recorded, field="recorded")
    except BadInput as error:
        yield str(error)
        return
    if event.recorded < latest:
        yield f"recorded: {event.recorded} is before the event above it ({latest})"


def _check_occurred(event: Occurrence) -> Iterator[str]:
    if not event.occurred:
        return
    try:
        limit = times.moment_at(times.to_datetime(event.recorded) + timedelta(days=1))
    except (ValueError, OverflowError):
        return
    if times.span(event.occurred).earliest > limit:
        yield f"occurred: {event.occurred} is after it was recorded"


def _check_removed(redaction: Redaction, earlier: Mapping[str, Event]) -> Iterator[str]:
    if redaction.redacts not in [each.id for each in redaction.removed]:
        yield "removed: the event that is redacted is not among those whose text was removed"
    for removed in redaction.removed:
        event = earlier.get(removed.id)
        if not isinstance(event, Redacted):
            rest = "is no earlier event" if event is None else f"still has its text. {_FINISHED}"
            yield f"removed: {removed.id} {rest}"
        elif remains(event) != _as_removed(removed):
            yield f"removed: {removed.id} is not what was left of it"


_FINISHED = "A redaction was cut short; the next append to this story, or tracker publish, finishes it"


def _as_removed(removed: Removed) -> Redacted:
    return Redacted(
        id=removed.id, recorded=removed.recorded, hash=removed.hash, was=removed.was, about=removed.about
    )


class _Reference(NamedTuple):
    """A reference that an event makes: the field, the id, which events it can be about, and that in words."""

    field: str
    id: str
    fits: Callable[[Event], bool]
    wanted: str


def _check_references(event: Event, earlier: Mapping[str, Event]) -> Iterator[str]:
    for reference in _references(event):
        target = earlier.get(reference.id)
        if target is None:
            yield f"{reference.field}: {reference.id or 'nothing'} is no earlier event of this story"
        elif not isinstance(target, Redacted) and not reference.fits(target):
            yield f"{reference.field}: {reference.id} is not {reference.wanted}"


def _references(event: Event) -> Iterator[_Reference]:
    if isinstance(event, Occurrence) and (event.closes or isinstance(event.effect, Closes)):
        yield _Reference("closes", event.closes, lambda target: _can_close(event, target), "what this can end")
    if isinstance(event, (Confirmation, Denial)) or (isinstance(event, Report) and event.about):
        yield _Reference("about", event.about, lambda target: isinstance(target, Report), "a report")
    if isinstance(event, Correction):
        yield _Reference("corrects", event.corrects, lambda each: isinstance(each, Occurrence), "a development")
    elif isinstance(event, Retraction):
        yield _Reference("retracts", event.retracts, _can_be_retracted, "to be retracted")
    elif isinstance(event, Amendment):
        yield _Reference(event.target_field, target_of(event), lambda each: True, "")


def _can_be_retracted(target: Event) -> bool:
    return not isinstance(target, (Opened, Redaction))


def _can_close(event: Event, target: Event) -> bool:
    return isinstance(target.effect, Opens) and may_close(event, target.effect.kind)


def _check_corrections(events: list[Event]) -> Iterator[tuple[int, str]]:
    """Corrections that their target cannot take, each with its place."""
    by_id = {each.id: each for each in amend(events)}
    for seq, event in enumerate(events, 1):
        if not isinstance(event, Correction) or event.corrects not in by_id:
            continue
        target = by_id[event.corrects].original
        try:
            if isinstance(target, Occurrence):
                codec.check(corrected(target, event.changes))
        except (BadInput, Unknown) as error:
            yield seq, f"changes: {error}"
