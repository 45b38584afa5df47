"""The developments of a story in the order of the world, in groups by what happened when.

::

    developments ──world_order──▶ Group("2024-03", 7, 5), …, Group("", 9), Group("notes", 12, 1)

A group has the developments of a month or, in a story of a few weeks, of a day. A date that is less precise has a
group of its own, at its earliest day. After the groups with dates come what has no date and the notes of the desk:
the opening, summaries, amendments, and that the story was closed. Where most developments have no date, they count
as occurring when they were recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from tracker.domain.amend import Development
from tracker.domain.events import Closed, Event, Occurrence, Opened, Reopened, Summary
from tracker.domain.fold import world_order
from tracker.text.dates import Occurred, simplest, when

NOTES = "notes"
FEW_DAYS = 45
"""The most days of a story whose groups are days."""


class Group(NamedTuple):
    """Developments that occurred in one day, month or other time. ``occurred`` is that time as a date; it is empty
    for those without a date, and ``NOTES`` for notes of the desk. ``seqs`` are their numbers, the latest first."""

    occurred: str
    seqs: tuple[int, ...]


def listed(developments: Sequence[Development]) -> list[Development]:
    """Returns the developments in the order of the world, and then the amendments, which happen in the log."""
    ordered = world_order(developments)
    seqs = {each.seq for each in ordered}
    return [*ordered, *(each for each in developments if each.seq not in seqs)]


def groups(developments: Sequence[Development]) -> list[Group]:
    """Returns the groups of all developments, the latest first."""
    ordered = listed(developments)[::-1]
    notes = [each for each in ordered if _is_note(each.event)]
    others = [each for each in ordered if not _is_note(each.event)]
    dated = [each for each in others if _occurred(each.event)]
    if 2 * len(dated) < len(others):
        dated = others
    undated = [] if dated is others else [each for each in others if not _occurred(each.event)]
    name = _namer(dated)
    found = [Group(key, _seqs(list(each))) for key, each in groupby(dated, key=lambda each: name(each.event))]
    return [*found, *(Group(key, _seqs(each)) for key, each in (("", undated), (NOTES, notes)) if each)]


def _seqs(developments: Sequence[Development]) -> tuple[int, ...]:
    return tuple(each.seq for each in developments)


def _is_note(event: Event) -> bool:
    """Returns whether an event is about the log or the desk, and not about the world."""
    return not isinstance(event, Occurrence) or (
        isinstance(event, (Opened, Summary, Closed, Reopened))
        and (isinstance(event, Opened) or not event.occurred)
    )


def _occurred(event: Event) -> Occurred:
    return Occurred(getattr(event, "occurred", ""))


def _namer(dated: Sequence[Development]) -> Callable[[Event], str]:
    """Returns the function that names the group of an event: by day if all lie within weeks, else by month."""
    spans = [when(_occurred(each.event), each.event.recorded) for each in dated]
    first = min((each.earliest.day for each in spans), default="")
    last = max((each.latest.day for each in spans), default="")
    length = 10 if first and (date.fromisoformat(last) - date.fromisoformat(first)).days <= FEW_DAYS else 7

    def name(event: Event) -> str:
        occurred = _occurred(event)
        earliest, latest = when(occurred, event.recorded)
        for size in (length, 7, 4):
            if earliest.day[:size] == latest.day[:size]:
                return earliest.day[:size]
        return simplest(occurred)

    return name
