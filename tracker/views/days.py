"""The table with which a story's page shows what was so on a day, as it was known at any time.

::

    each event ──▶ the items that it concerns ──fold of their developments alone──▶ cells: a day, and the line
                                                                                      │  from then on
                              the page takes the last cell that was known then ◀── history.json

An event changes its items from the day on that it is about, and nothing of the days before. No item needs another
one, except for a figure that belongs to a situation. So an item on a day is the fold of its own developments that
had occurred by then, and a cell holds until a later event concerns the same item and the same days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from tracker.domain import values as event_values
from tracker.domain.amend import Development, Stream, target_of, without_body
from tracker.domain.events import Event, Occurrence, Opened, Redacted
from tracker.domain.fold import concerns_of
from tracker.domain.story import Item, Story, belongs_to, figure_key
from tracker.text.dates import BEGINNING, Occurred, Recorded, moment, when
from tracker.views.bitemporal import as_of
from tracker.views.briefing import Placed, placed
from tracker.views.time_travel import FORMAT, PageState, Version, line_of, shown

MOST_DAYS = 50
"""The most days on which one event changes an item, in full. Of more, the table has the last of each month."""

MOST_MONTHS = 60
"""The most months at whose ends a story has a page of what was so then."""

ALWAYS = BEGINNING[:10]
"""The day of what has always occurred: the opening of the story."""

Cell = tuple[str, Placed | None]
"""A day, and the place of an item from then on; None if it stands nowhere."""


class Turn(NamedTuple):
    """What one event changed of the days.

    Attributes: ``occurred`` has the day of the development that the event records or amends, by number; the day is
    empty if it does not occur. ``first`` is the first day that the event changes. ``cells`` are those of the items
    that it concerns, by key.
    """

    seq: int
    recorded: Recorded
    first: str
    occurred: dict[int, str]
    cells: dict[str, list[Cell]]


def turns(slug: str, events: Sequence[Event], states: Sequence[PageState]) -> Iterator[Turn]:
    """Yield what each event of a stream changed of what was so on any day. ``states`` hold what each changed of
    what is so now."""
    amended = {target_of(event) for event in events}
    stream, table = Stream(()), _Table(slug)
    for state, event in zip(states, events, strict=True):
        about = stream.root_of(stream.places.get(target_of(event), 0))
        was = stream.developments[about - 1] if about else None
        told = event_values.with_directions_closed(event if event.id in amended else without_body(event))
        root = stream.add(told) or state.seq
        yield table.take(state, was, stream.developments[root - 1], stream.developments)


class _Table:
    """The developments of each item, and the last day that they are about."""

    def __init__(self, slug: str) -> None:
        self._slug = slug
        self._seqs: dict[str, set[int]] = defaultdict(set)
        self._last: dict[str, str] = defaultdict(str)
        self._readings: dict[str, set[str]] = defaultdict(set)

    def take(
        self, state: PageState, was: Development | None, now: Development, developments: Sequence[Development]
    ) -> Turn:
        """Take the event of a state. It recorded the development ``now``, or amended it; before that, it was
        ``was``."""
        concerned, before = concerns_of(now), concerns_of(was) if was else {}
        for key in before:
            self._seqs[key].discard(now.seq)
        for key in concerned:
            self._seqs[key].add(now.seq)
        for figure in getattr(now.event, "figures", ()):
            if owner := belongs_to(now.event, figure):
                self._readings[f"situation/{owner}"].add(figure_key(figure))
        days = [*_days_of(now), *(_days_of(was) if was else ())]
        first, last = min(days, default=ALWAYS), max(days, default=ALWAYS)
        lines = dict(state.lines)
        keys = {**before, **concerned}
        keys |= dict.fromkeys(reading for key in keys for reading in self._readings[key]) | dict.fromkeys(lines)
        cells: dict[str, list[Cell]] = {}
        for key in keys:
            if first >= self._last[key] and first == last and not was:
                cells[key] = [(first, lines[key])] if key in lines else []
            else:
                cells[key] = self._cells(key, first, developments)
            self._last[key] = max(self._last[key], last)
        occurred = {now.seq: next(iter(_days_of(now)), "")}
        return Turn(
            state.seq, state.recorded, first, occurred, {key: found for key, found in cells.items() if found}
        )

    def _cells(self, key: str, first: str, developments: Sequence[Development]) -> list[Cell]:
        """Return an item on each day from ``first`` on on which it changes."""
        of_item = [developments[seq - 1] for seq in sorted(self._of(key))]
        days = sorted({first, *(day for each in of_item for day in _days_of(each) if day >= first)})
        if len(days) > MOST_DAYS:
            days = list({day[:7]: day for day in days}.values())
        of_days = (as_of(Story(self._slug, developments=of_item), moment(day)).items.get(key) for day in days)
        runs = groupby(zip(days, of_days, strict=True), key=lambda each: shown(each[1]))
        return [(day, placed(item)) for _, ((day, item), *_) in runs]

    def _of(self, key: str) -> set[int]:
        """Return the numbers of an item's developments and, of a figure, of those of its situation."""
        owners = [owner for owner, readings in self._readings.items() if key in readings]
        return self._seqs[key].union(*(self._seqs[owner] for owner in owners))


def days(found: Iterable[Turn]) -> dict[int, str]:
    """Return the days of the developments that occurred, as known after these turns, by number."""
    told = {seq: day for turn in found for seq, day in turn.occurred.items()}
    return {seq: day for seq, day in told.items() if day and day != ALWAYS}


def months_over(found: Iterable[Turn]) -> list[str]:
    """Return the months in which developments occurred, without the last one. Of more than ``MOST_MONTHS``, only
    the last of each year."""
    *over, _ = sorted({day[:7] for day in days(found).values()}) or [""]
    return over if len(over) <= MOST_MONTHS else list({month[:4]: month for month in over}.values())


def _days_of(development: Development) -> list[str]:
    """Return the first day that the date of a development may mean and, if it may mean several, the last. None if
    it does not occur."""
    event = development.event
    if isinstance(event, Opened) or (isinstance(event, Redacted) and event.was == "opened"):
        return [ALWAYS]
    if not isinstance(event, Occurrence) and (not isinstance(event, Redacted) or event.about):
        return []
    occurred = event.occurred if isinstance(event, Occurrence) else Occurred("")
    return list(dict.fromkeys(edge.day for edge in when(occurred, event.recorded)))


def serialize(
    slug: str,
    states: Iterable[PageState],
    found: Iterable[Turn],
    was: Iterable[tuple[int, Iterable[Version]]],
    headings: Sequence[str],
    words: Callable[[Item], str],
) -> Iterator[bytes]:
    """Yield the bytes of the file, in parts. ``found`` are the turns of the events, ``states`` what each changed
    of what is so now, ``was`` the earlier readings of developments, each with its number. ``headings`` are those
    of ``HEADINGS`` for readers, ``words`` returns the line of an item. The summary is HTML; everything else is
    plain text."""
    steps = (
        {
            "seq": state.seq,
            "recorded": state.recorded,
            **_day_of(turn),
            "items": [line_of(*line, words) for line in state.lines],
            **_cells_of(turn, dict(state.lines), words),
        }
        for state, turn in zip(states, found, strict=True)
    )
    start = {"format": FORMAT, "story": slug, "sections": headings}
    yield msgspec.json.encode(start)[:-1] + b',"steps":[\n'
    yield from _separated(b",\n", map(msgspec.json.encode, steps))
    yield b'\n],\n"was":{'
    yield from _separated(b",", (b'"%d":%b' % (seq, msgspec.json.encode(list(each))) for seq, each in was))
    yield b"}}\n"


def _separated(separator: bytes, parts: Iterable[bytes]) -> Iterator[bytes]:
    for number, part in enumerate(parts):
        yield separator + part if number else part


def _day_of(turn: Turn) -> dict[str, object]:
    """Return the day of a step; the number of the development whose day it is, if the event amended it; and the
    first day that the event changes, if that is another."""
    ((seq, day),) = turn.occurred.items()
    return {
        "day": day,
        **({"of": seq} if seq != turn.seq else {}),
        **({"first": turn.first} if turn.first != day else {}),
    }


def _cells_of(turn: Turn, lines: Mapping[str, Placed | None], words: Callable[[Item], str]) -> dict[str, object]:
    """Return the cells of the items that are not, from the first day on, what the step says of them."""
    cells = [
        [key, *([day, *line_of(key, place, words)[1:]] for day, place in found)]
        for key, found in turn.cells.items()
        if key not in lines or found != [(turn.first, lines[key])]
    ]
    return {"cells": cells} if cells else {}
