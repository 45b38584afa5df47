"""Replay a story from its beginning, one development at a time: compute when each entry comes out.

::

    start        + pace      + 2 × pace   + 3 × pace                    recorded
      │            │            │            │                             │
      ▼            ▼            ▼            ▼                             ▼
     #1           #2           #3           #4     … the backlog …        #38   when recorded

The *turn* of the entry in the n-th place is n paces after the start, but never before the entry was recorded. So a
subscriber who has received the backlog receives each new entry when it is recorded: a replay becomes the live
feed.

Later events never withdraw an entry that is out. In the order of recording this holds because the log only grows.
In the order of occurrence, the entries known at the start have fixed places: first developments by when they
occurred, then their amendments, which have no date of occurrence. Entries recorded since the start follow in the
order of recording. An entry whose text was removed since the start has lost its date: its stub comes out at the
time of the removal, and the entries behind it come one pace earlier. (An entry dated before the one that it ends
or answers may then come later, because it follows that one.)

Pure: nothing here reads the clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from tracker.domain.amend import amend
from tracker.domain.events import Event
from tracker.domain.fold import world_order
from tracker.errors import BadInput, shown
from tracker.feeds.entries import Entry
from tracker.text.dates import END, Recorded, check, recorded_at, span, to_datetime
from tracker.views.bitemporal import known_at

ORDERS = ("recorded", "occurred")

LEAST, MOST = timedelta(minutes=1), timedelta(days=365)

_UNITS = {"m": ("minutes", "minute"), "h": ("hours", "hour"), "d": ("days", "day"), "w": ("weeks", "week")}
"""For each letter, the unit as ``timedelta`` names it, and in the singular for readers."""

_SHOWN = 40
"""Characters of the refused text that a message repeats."""


class Pace(NamedTuple):
    """The time between two entries, also in words: ``every day``, ``every 12 hours``."""

    time: timedelta
    words: str


class Plan(NamedTuple):
    """A plan for a replay: its start, its pace, and one of the ``ORDERS``."""

    start: Recorded
    pace: Pace
    order: str = "recorded"


class ScheduledEntry(NamedTuple):
    """An entry, and the time at which it comes out."""

    at: Recorded
    entry: Entry


def place(slug: str) -> str:
    """Return the place of a story's replay, relative to the root of the site and without the ending."""
    return f"replay/{slug}"


def link(slug: str, root: str = "") -> str:
    """Return a link to a story's replay. ``root`` leads from the page with the link to the site's root (``../../``
    from a story's page)."""
    return f"{root}{place(slug)}.atom"


def read_pace(text: str) -> Pace:
    """Read a pace such as ``30m``, ``12h``, ``1d`` or ``1w``. Raises BadInput."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([mhdw])", text)
    if found:
        number, (unit, single) = int(found[1]), _UNITS[found[2]]
        time = timedelta(**{unit: number})
        if LEAST <= time <= MOST:
            return Pace(time, f"every {single}" if number == 1 else f"every {number} {unit}")
    raise BadInput(
        f"{shown(text, _SHOWN)!r} is no pace; write one from 1m to 365d, like 30m, 12h, 1d or 1w", field="pace"
    )


def read_start(text: str) -> Recorded:
    """Read an instant, or a day, whose first instant in UTC is returned. Raises BadInput."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[^/\s]*)?", text):
        raise BadInput(
            f"{shown(text, _SHOWN)!r} is no day; write one, like 2026-11-23 or 2026-11-23T08:00Z", field="start"
        )
    return Recorded(span(check(text, field="start")).earliest.instant)


def read_order(text: str) -> str:
    """Read one of the ``ORDERS``. Raises BadInput."""
    if text not in ORDERS:
        raise BadInput(f"{shown(text, _SHOWN)!r} is no order; there are recorded and occurred", field="order")
    return text


def turns(entries: Iterable[Entry], events: Sequence[Event], plan: Plan) -> list[ScheduledEntry]:
    """Return when each entry that feeds have comes out, the earliest first. ``events`` are those of the story."""
    remaining = [each for each in entries if each.since]
    lost: list[Entry] = []
    if plan.order == "occurred":
        known = sum(1 for _ in known_at(events, plan.start))
        lost = [each for each in remaining if each.removed > plan.start and each.seq <= known]
        gone = {each.seq for each in lost}
        remaining = _by_occurrence([each for each in remaining if each.seq not in gone], events[:known])
    else:
        remaining.sort(key=_joined)
    slots = (_later(plan.start, plan.pace.time, number) for number in range(len(remaining)))
    placed = [
        ScheduledEntry(max(slot, events[each.since - 1].recorded), each)
        for slot, each in zip(slots, remaining, strict=True)
    ]
    return sorted([*placed, *(ScheduledEntry(each.removed, each) for each in lost)], key=lambda turn: turn.at)


def _joined(entry: Entry) -> tuple[int, int]:
    """Sort key for the order in which entries joined the feeds. A minor entry joins when it is no longer minor."""
    return entry.since, entry.seq


def _by_occurrence(entries: Sequence[Entry], known: Sequence[Event]) -> list[Entry]:
    """Sort entries: first the ``known`` developments by when they occurred, then their amendments, then newer
    ones."""
    ids = {each.id for each in entries if each.since <= len(known)}
    developments = [each for each in amend(known) if each.id in ids]
    world = {each.seq: number for number, each in enumerate(world_order(developments))}
    return sorted(entries, key=lambda each: (world.get(each.seq, len(known)), _joined(each)))


def _later(start: Recorded, pace: timedelta, number: int) -> Recorded:
    """Return the time ``number`` paces after the start, at most ``END``."""
    try:
        return recorded_at(to_datetime(start) + number * pace)
    except OverflowError:
        return Recorded(END)


def out(turns: Iterable[ScheduledEntry], now: Recorded) -> list[ScheduledEntry]:
    """Return the entries that are out."""
    return [each for each in turns if each.at <= now]


def due(turns: Iterable[ScheduledEntry], now: Recorded) -> Recorded | None:
    """Return when the next entry comes out, or None if all are out."""
    return min((each.at for each in turns if each.at > now), default=None)
