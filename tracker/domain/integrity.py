"""Check that a stream is as it was appended, and that its events are valid. Problems are values with their places.

``chain.check`` checks the bytes: the grammar, the hash chain, ids, recorded times, targets, removed texts. Then
each line is read as JSON: it has to be one strict object of a known type within all limits, and its references
have to name fitting earlier events. The checks do not stop at the first problem.
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
    Mover,
    Occurrence,
    Opened,
    Opens,
    Redacted,
    Redaction,
    Report,
    Retraction,
    closed_by,
    links_of,
)
from tracker.domain.fold import may_close, may_move
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.errors import BadInput, CorruptLog, Unknown
from tracker.text import dates


class IntegrityProblem(NamedTuple):
    """A problem of a stream: its place (``file:line``), a sentence on it, and the next step if that is certain."""

    place: str
    message: str
    remedy: str = ""

    @property
    def text(self) -> str:
        """The sentence, with the next step if there is one."""
        return f"{self.message}. {self.remedy}" if self.remedy else self.message

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


def check_stream(
    slug: str, lines: Iterable[bytes], name: str, seen: dict[str, str], glossary: Glossary = BUILT_IN
) -> Iterator[IntegrityProblem]:
    """Yields the problems of one stream. ``name`` is its file. ``seen`` maps the ids of all streams checked so far
    to their places, and this function adds to it. ``glossary`` has the types of the events."""
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
    """Yields remarks on a stream that are not problems: removals that are not finished, and corrections that may
    repeat a removed text."""
    for number, message in chain.remarks(slug, lines):
        yield IntegrityProblem(f"{name}:{number}", message)


def _check_event(event: Event, earlier: Mapping[str, Event]) -> Iterator[str]:
    """Yields messages about an event. ``earlier`` has the events before it by id."""
    if isinstance(event, Occurrence):
        yield from _check_occurred(event)
    yield from _check_references(event, earlier)


def _check_occurred(event: Occurrence) -> Iterator[str]:
    """Yields a message if the event occurred more than a day after it was recorded."""
    if not event.occurred:
        return
    try:
        limit = dates.moment_at(dates.to_datetime(event.recorded) + timedelta(days=1))
    except (ValueError, OverflowError):
        return
    if dates.span(event.occurred).earliest.instant > limit:
        yield f"occurred: {event.occurred} is after it was recorded"


class _Reference(NamedTuple):
    """A reference in an event: the field, the id in it, a test of the target, and the wanted target in words."""

    field: str
    id: str
    fits: Callable[[Event], bool]
    wanted: str


def _check_references(event: Event, earlier: Mapping[str, Event]) -> Iterator[str]:
    for reference in _references(event):
        target = earlier.get(reference.id)
        if target is None:
            if reference.field not in chain.NAMES:  # for those, chain.check reports it
                yield f"{reference.field}: {reference.id or 'nothing'} is no earlier event of this story"
        elif not isinstance(target, Redacted) and not reference.fits(target):
            yield f"{reference.field}: {reference.id} is not {reference.wanted}"


def _references(event: Event) -> Iterator[_Reference]:
    if isinstance(event, Occurrence) and (event.closes or isinstance(event.effect, Closes)):
        for id in closed_by(event) or ("",):
            yield _Reference("closes", id, lambda target: _can_close(event, target), "what this can end")
    for slug, id in links_of(event):
        if not slug:
            yield _Reference("see", id, lambda target: True, "")
    if isinstance(event, (Confirmation, Denial)) or (isinstance(event, Report) and event.about):
        yield _Reference("about", event.about, lambda target: isinstance(target, Report), "a report")
    for figure in getattr(event, "figures", ()):
        if figure.about:
            yield _Reference("figures", figure.about, _opens_situation, "what a figure can belong to")
    if isinstance(event, Mover):
        yield _Reference("about", event.about, lambda target: _can_move(event, target), "what this can change")
    if isinstance(event, Correction):
        yield _Reference("corrects", event.corrects, lambda each: isinstance(each, Occurrence), "a development")
    elif isinstance(event, Retraction):
        yield _Reference("retracts", event.retracts, _can_be_retracted, "to be retracted")


def _can_be_retracted(target: Event) -> bool:
    return not isinstance(target, (Opened, Redaction))


def _opens_situation(target: Event) -> bool:
    return isinstance(target.effect, Opens)


def _can_close(event: Event, target: Event) -> bool:
    return isinstance(target.effect, Opens) and may_close(event, target.effect)


def _can_move(event: Event, target: Event) -> bool:
    return isinstance(target.effect, Opens) and may_move(event, target.effect)


def _check_corrections(events: list[Event]) -> Iterator[tuple[int, str]]:
    """Yields the corrections that do not suit their target: the number of each and a message."""
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
