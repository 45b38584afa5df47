"""The axis of time of a picture: one clock for all dates, and their places from left to right.

::

    edges ──Clock──▶ milliseconds ──Axis──▶ percent of the width, with quiet times folded

The axis is linear, except for quiet times: where nothing begins, ends or occurs, and no vague date lies, it is
folded to a few percent. Pure: the same dates always give the same places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from tracker.text.dates import Edge, Moment, to_datetime

MARGIN, FOLD = 2.0, 5.0
"""The width of each margin, and of a folded quiet time, in percent."""

FOLDED, FOLDED_BEFORE_NOW, MOST_FOLDS = 0.45, 0.2, 3
"""A quiet time is folded if it is a longer part of all that is not folded yet. The time before now need not be so
long. Where times are few, a quiet time has to be half as long again as they are on average. At most three are
folded."""

_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_HOUR = 3_600_000
_DAY = 24 * _HOUR
_YEAR = 365.2425 * _DAY
_STEPS = (
    *(("minute", n, n * _HOUR / 60) for n in (1, 5, 15, 30)),
    *(("hour", n, n * _HOUR) for n in (1, 2, 3, 6, 12)),
    *(("day", n, n * _DAY) for n in (1, 2, 7, 14)),
    *(("month", n, n * _YEAR / 12) for n in (1, 3, 6)),
    *(("year", n, n * _YEAR) for n in (1, 2, 5, 10, 20, 50, 100, 500, 1000)),
)
MOST_TICKS = 9


class Clock:
    """One clock for all edges: milliseconds since the year 1, in the westernmost zone of these edges.

    One clock for all instants keeps their order. In that zone no instant is on a later day than at its own place,
    so that it stays before a date without a time that follows it.
    """

    def __init__(self, edges: Iterable[Edge]) -> None:
        timed = [each for each in edges if each.offset]
        self.shift = min((_milliseconds(each.local) - _milliseconds(each.instant) for each in timed), default=0)

    def at(self, edge: Edge) -> int:
        return _milliseconds(edge.instant) + self.shift if edge.offset else _milliseconds(edge.local)


def _milliseconds(moment: Moment) -> int:
    return (to_datetime(moment) - _BEGINNING) // timedelta(milliseconds=1)


class Segment(NamedTuple):
    """A part of the axis: from and to which time it runs, its places in percent, and whether it is folded."""

    start: int
    end: int
    left: float
    right: float
    folded: bool


class Tick(NamedTuple):
    """A mark of the axis at a round time, in ``unit``: minute, hour, day, month or year. ``at`` is its place."""

    at: float
    time: datetime
    unit: str


class Axis:
    """An axis over these times. ``vague`` has the beginning and the end of dates that are not exactly known, which
    stay whole; ``now`` is one of the times. ``segments`` are its parts from left to right."""

    def __init__(self, times: Iterable[int], vague: Iterable[tuple[int, int]], now: int) -> None:
        ordered = sorted({*times, now})
        if len(ordered) == 1:
            ordered = [max(now - _HOUR, 0), max(now, _HOUR)]
        self.now = now
        self.segments = tuple(_segments(ordered, _folds(ordered, list(vague), now)))

    def at(self, time: int) -> float:
        """Returns the place of a time, in percent. Times outside the axis are at its ends."""
        for each in self.segments:
            if time <= each.end:
                part = max(time - each.start, 0) / max(each.end - each.start, 1)
                return each.left + part * (each.right - each.left)
        return 100 - MARGIN

    @property
    def folds(self) -> list[Segment]:
        return [each for each in self.segments if each.folded]

    def ticks(self) -> list[Tick]:
        """Returns the ticks, from left to right, at most about ``MOST_TICKS``. A part between folds in which no
        round time lies has one tick at its beginning."""
        shown = [each for each in self.segments if not each.folded]
        visible = sum(each.end - each.start for each in shown)
        unit, step, _ = next((each for each in _STEPS if visible / each[2] <= MOST_TICKS), _STEPS[-1])
        found: list[Tick] = []
        for each in shown:
            times = [Tick(self.at(time), _time(time), unit) for time in _round(each.start, each.end, unit, step)]
            coarser = {"minute": "day", "hour": "day", "day": "month"}.get(unit, "year")
            found += times or [Tick((each.left + each.right) / 2, _time(each.start), coarser)]
        return found


def _folds(times: Sequence[int], vague: Sequence[tuple[int, int]], now: int) -> list[tuple[int, int]]:
    """Returns the quiet times that are folded, from left to right."""
    whole, gaps = times[-1] - times[0], sorted(pairwise(times), key=lambda gap: gap[0] - gap[1])
    found: list[tuple[int, int]] = []
    for start, end in gaps:
        least = max(FOLDED_BEFORE_NOW if end == now else FOLDED, 1.5 / (len(gaps) - len(found)))
        if len(found) == MOST_FOLDS or not least * whole < end - start < whole:
            continue
        if not any(first < end and start < last for first, last in vague):
            found.append((start, end))
            whole -= end - start
    return sorted(found)


def _segments(times: Sequence[int], folds: Sequence[tuple[int, int]]) -> Iterator[Segment]:
    """Yields the parts of the axis. A fold leaves a margin on both sides, so that no mark touches it."""
    visible = times[-1] - times[0] - sum(end - start for start, end in folds)
    width = 100 - 2 * MARGIN - (FOLD + 2 * MARGIN) * len(folds)
    scale = width / visible if visible else 0
    start, left = times[0], MARGIN
    for first, last in folds:
        right = left + (first - start) * scale + MARGIN
        margin = min(round(MARGIN / scale), (last - first) // 3) if scale else (last - first) // 3
        yield Segment(start, first + margin, left, right, False)
        yield Segment(first + margin, last - margin, right, right + FOLD, True)
        start, left = last - margin, right + FOLD
    yield Segment(start, times[-1], left, 100 - MARGIN, False)


def _time(milliseconds: int) -> datetime:
    return _BEGINNING + timedelta(milliseconds=milliseconds)


def _round(start: int, end: int, unit: str, step: int) -> Iterator[int]:
    """Yields the round times of a unit from ``start`` to ``end``."""
    if unit in ("month", "year"):
        months = step * (12 if unit == "year" else 1)
        first = _time(start)
        count = -(-(first.year * 12 + first.month - 1) // months) * months
        while (year := count // 12) <= 9999:
            time = (datetime(max(year, 1), count % 12 + 1, 1, tzinfo=UTC) - _BEGINNING) // timedelta(
                milliseconds=1
            )
            if time > end:
                return
            if time >= start:
                yield time
            count += months
    else:
        length = step * {"minute": _HOUR // 60, "hour": _HOUR, "day": _DAY}[unit]
        yield from range(-(-start // length) * length, end + 1, length)
