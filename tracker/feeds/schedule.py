"""A story told again from its beginning, a development at a time: which are out by when.

::

    start        + pace      + 2 × pace   + 3 × pace                    recorded
      │            │            │            │                             │
      ▼            ▼            ▼            ▼                             ▼
     #1           #2           #3           #4   …all that was there…     #38   as it comes

An entry's *turn* is its place times the pace after the start, and never before it was recorded. So whoever has
been told all that was there is told what is new when it is recorded: a replay becomes the live feed by itself.

A turn never moves back, whatever is recorded later: what is out stays out. In the order of recording that is so
because the log only grows. In the order of the world the places are those that were known at the start; what was
recorded since comes after, in the order of recording. Amendments occur in no world and come between the two. An
entry whose text was removed since has lost its date: its stub is out with the removal, and those behind it come
one pace earlier. (One that is dated before what it ends or answers may then come later, for it follows that.)

Pure: nothing here asks what time it is.
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
"""How ``timedelta`` and readers call each."""

_SHOWN = 40
"""Characters of what was asked for that a refusal repeats."""


class Pace(NamedTuple):
    """How often something is told. ``words``: ``every day``, ``every 12 hours``."""

    time: timedelta
    words: str


class Plan(NamedTuple):
    """How a story is told again: from when on, how fast, and in which of the ``ORDERS``."""

    start: Recorded
    pace: Pace
    order: str = "recorded"


class ScheduledEntry(NamedTuple):
    """An entry, and when it is out."""

    at: Recorded
    entry: Entry


def place(slug: str) -> str:
    """Where a story's replay is, relative to the root of the site, without the ending."""
    return f"replay/{slug}"


def link(slug: str, root: str = "") -> str:
    """What follows a story from its beginning, for whoever asks there; ``root`` is the way to the site's root from
    the page that the link is on (``../../`` from a story's)."""
    return f"{root}{place(slug)}.atom"


def read_pace(text: str) -> Pace:
    """``30m``, ``12h``, ``1d``, ``1w``. Raises BadInput."""
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
    """The instant that is meant, of a day the first one (UTC). Raises BadInput."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[^/\s]*)?", text):
        raise BadInput(
            f"{shown(text, _SHOWN)!r} is no day; write one, like 2026-11-23 or 2026-11-23T08:00Z", field="start"
        )
    return Recorded(span(check(text, field="start")).earliest)


def read_order(text: str) -> str:
    """One of the ``ORDERS``. Raises BadInput."""
    if text not in ORDERS:
        raise BadInput(f"{shown(text, _SHOWN)!r} is no order; there are recorded and occurred", field="order")
    return text


def turns(entries: Iterable[Entry], events: Sequence[Event], plan: Plan) -> list[ScheduledEntry]:
    """When each entry that belongs into feeds is out, the earliest first; ``events`` are those of the story."""
    told = [each for each in entries if each.since]
    lost: list[Entry] = []
    if plan.order == "occurred":
        known = sum(1 for _ in known_at(events, plan.start))
        lost = [each for each in told if each.removed > plan.start and each.seq <= known]
        gone = {each.seq for each in lost}
        told = _in_the_world([each for each in told if each.seq not in gone], events[:known])
    else:
        told.sort(key=_joined)
    slots = (_later(plan.start, plan.pace.time, number) for number in range(len(told)))
    placed = [
        ScheduledEntry(max(slot, events[each.since - 1].recorded), each)
        for slot, each in zip(slots, told, strict=True)
    ]
    return sorted([*placed, *(ScheduledEntry(each.removed, each) for each in lost)], key=lambda turn: turn.at)


def _joined(entry: Entry) -> tuple[int, int]:
    """The order in which entries came into feeds: an entry that was minor first comes when it no longer is."""
    return entry.since, entry.seq


def _in_the_world(told: Sequence[Entry], known: Sequence[Event]) -> list[Entry]:
    """What was ``known`` by when it occurred, then amendments of that, then what came since."""
    ids = {each.id for each in told if each.since <= len(known)}
    developments = [each for each in amend(known) if each.id in ids]
    world = {each.seq: number for number, each in enumerate(world_order(developments))}
    return sorted(told, key=lambda each: (world.get(each.seq, len(known)), _joined(each)))


def _later(start: Recorded, pace: timedelta, number: int) -> Recorded:
    """So many paces after the start; the end of all time where that is later still."""
    try:
        return recorded_at(to_datetime(start) + number * pace)
    except OverflowError:
        return Recorded(END)


def out(turns: Iterable[ScheduledEntry], now: Recorded) -> list[ScheduledEntry]:
    """Those whose turn has come."""
    return [each for each in turns if each.at <= now]


def due(turns: Iterable[ScheduledEntry], now: Recorded) -> Recorded | None:
    """When the next one is out; None where all are."""
    return min((each.at for each in turns if each.at > now), default=None)
