"""The table of days: at any point of both time axes it has what a fold of the events has."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.examples import examples
from tests.strategies import streams
from tracker.domain.events import Event
from tracker.domain.fold import Replay
from tracker.text.dates import moment
from tracker.views.bitemporal import view
from tracker.views.days import Turn, turns
from tracker.views.time_travel import Rewind, shown


def table(events: list[Event]) -> list[Turn]:
    """The table of a stream."""
    replay, rewind = Replay("story"), Rewind()
    for event in events:
        rewind.take(replay.step(event))
    return list(turns("story", events, rewind.states))


def looked_up(found: list[Turn], known: int, day: str) -> dict[str, object]:
    """What the page's script finds: of each item the last cell that was known and begins by the day."""
    items: dict[str, object] = {}
    for turn in found[:known]:
        for key, cells in turn.cells.items():
            begun = [place for first, place in cells if first <= day]
            if begun:
                items[key] = shown(begun[-1].item) if begun[-1] else ()
    return {key: told for key, told in items.items() if told}


@pytest.mark.hypothesis
@examples(100)
@given(streams(max_size=12))
def test_it_is_the_fold(events: list[Event]) -> None:
    found = table(events)
    days = sorted({day for turn in found for day in turn.occurred.values() if day})
    for known in range(1, len(events) + 1):
        for day in days:
            story = view(events[:known], as_of=moment(day), slug="story")
            expected = {key: told for key, item in story.items.items() if (told := shown(item))}
            assert looked_up(found, known, day) == expected, (known, day)
