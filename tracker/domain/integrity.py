"""Is the log what was appended, and does it make sense? Problems are values, collected with their places.

``chain.check`` looks at the bytes: the grammar, the hash chain, ids, recorded times, targets, removed texts. Then
each line is read as JSON: one strict object of a known type within all limits, whose references name earlier
events that they can be about. The checks do not stop at the first problem.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from tracker.domain import chain, values
from tracker.domain import lines as event_lines
from tracker.domain.amend import amend, corrected
from tracker.domain.events import (
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
    Report,
    Retraction,
)
from tracker.domain.fold import may_close
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.errors import BadInput, CorruptLog, Unknown
from tracker.text import dates


class IntegrityProblem(NamedTuple):
    """A sentence on what is wrong, its place (``file:line``), and the next step if there is a certain one."""

    place: str
    message: str
    remedy: str = ""

    @property
    def text(self) -> str:
        """The sentence with the next step."""
        return f"{self.message}. {self.remedy}" if self.remedy else self.message

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


def check_stream(
    slug: str, lines: Iterable[bytes], name: str, seen: dict[str, str], glossary: Glossary = BUILT_IN
) -> Iterator[IntegrityProblem]:
    """The problems of one stream. ``name`` is its file; ``seen`` maps ids to places, over all streams;
    ``glossary`` has the types of its events."""
    lines = list(lines)
    events: list[Event] = []
    earlier: dict[str, Event] = {}
    numbers: list[int] = []
    found = defaultdict(list)
    for number, message in chain.check(lines):
        found[number].append(message)
    for number, line in enumerate(lines, 1):
        place = f"{name}:{number}"
        yield from (IntegrityProblem(place, message) for message in found[number])
        try:
            event = event_lines.decode_strictly(line, place, glossary)
        except CorruptLog as error:
            if not found[number]:
                yield IntegrityProblem(place, str(error).removeprefix(f"{place}: "))
            continue
        if event.id in seen and event.id not in earlier:
            yield IntegrityProblem(place, f"id: {event.id} is the id of {seen[event.id]} already")
        if number == 1 and isinstance(event, Opened) and event.slug != slug:
            yield IntegrityProblem(place, event_lines.other_name(event.slug, slug))
        for message in _check_event(event, earlier):
            yield IntegrityProblem(place, message)
        seen.setdefault(event.id, place)
        earlier[event.id] = event
        events.append(event)
        numbers.append(number)
    if not lines:
        yield IntegrityProblem(f"{name}:1", "the story has no events")
    for seq, message in _check_corrections(events):
        yield IntegrityProblem(f"{name}:{numbers[seq - 1]}", message)


def remarks(slug: str, lines: Sequence[bytes], name: str) -> Iterator[IntegrityProblem]:
    """What is worth saying of a stream though nothing is wrong with it: removals that are not finished, and
    corrections that may repeat a removed text."""
    for number, message in chain.remarks(slug, lines):
        yield IntegrityProblem(f"{name}:{number}", message)


def _check_event(event: Event, earlier: Mapping[str, Event]) -> Iterator[str]:
    """What is wrong with an event; ``earlier`` are those before it by id."""
    if isinstance(event, Occurrence):
        yield from _check_occurred(event)
    yield from _check_references(event, earlier)


def _check_occurred(event: Occurrence) -> Iterator[str]:
    if not event.occurred:
        return
    try:
        limit = dates.moment_at(dates.to_datetime(event.recorded) + timedelta(days=1))
    except (ValueError, OverflowError):
        return
    if dates.span(event.occurred).earliest > limit:
        yield f"occurred: {event.occurred} is after it was recorded"


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
            if reference.field not in chain.NAMES:  # else the chain's own check says so
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


def _can_be_retracted(target: Event) -> bool:
    return not isinstance(target, (Opened, Redaction))


def _can_close(event: Event, target: Event) -> bool:
    return isinstance(target.effect, Opens) and may_close(event, target.effect)


def _check_corrections(events: list[Event]) -> Iterator[tuple[int, str]]:
    """Corrections that their target cannot take, each with its place."""
    by_id = {each.id: each for each in amend(events)}
    for seq, event in enumerate(events, 1):
        if not isinstance(event, Correction) or event.corrects not in by_id:
            continue
        target = by_id[event.corrects].original
        try:
            if isinstance(target, Occurrence):
                values.check(corrected(target, event.changes))
        except (BadInput, Unknown) as error:
            yield seq, f"changes: {error}"
