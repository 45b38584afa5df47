"""Figures over time: the numbers of one party, name and unit, each with its date and its development.

A series rests on the developments of a story alone, so that a view as of a date, or as known at one, has the
values that its developments have. A retracted or redacted development gives no value; a corrected one gives its
present value.
"""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from tracker.domain.amend import REDACTED, RETRACTED, Development
from tracker.domain.events import Figure, Occurrence
from tracker.domain.fold import placed
from tracker.domain.story import Reading, Story, figure_key
from tracker.text.dates import Occurred, Recorded


class Value(Struct, frozen=True):
    """One number of a series. ``occurred`` is its own date or that of its development, and may be empty."""

    figure: Figure
    development: Development
    occurred: Occurred
    recorded: Recorded


class Series(Struct, frozen=True):
    """The values of one figure, in the order of their dates. The last is ``latest``, the one that stands."""

    latest: Reading
    values: tuple[Value, ...]


def series(story: Story) -> list[Series]:
    """Returns the series of every figure of the story, ordered by key.

    A value that was recorded late stands before those that definitely occurred after it.
    """
    found = defaultdict[str, tuple[Value, ...]](tuple)
    for each in story.developments:
        for (key, _), value in _values(each).items():
            found[key] = placed(found[key], value)
    readings = sorted(story.readings, key=lambda each: each.key)
    return [Series(latest, found[latest.key]) for latest in readings]


def _values(development: Development) -> dict[tuple[str, Occurred], Value]:
    """Returns the values that a development gives, by key and date. Of two with one date, the last counts."""
    event = development.event
    if not isinstance(event, Occurrence) or development.standing in (RETRACTED, REDACTED):
        return {}
    return {
        (figure_key(each), each.as_of): Value(each, development, each.as_of or event.occurred, event.recorded)
        for each in event.figures
    }
