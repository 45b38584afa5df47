"""The table of days: at any point of both time axes it has what a fold of the events has."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from msgspec import structs

from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain.events import Event
from tracker.domain.fold import Replay
from tracker.domain.story import Item
from tracker.text.dates import moment
from tracker.text.markup import to_html
from tracker.views.bitemporal import view
from tracker.views.briefing import HEADINGS
from tracker.views.days import MOST_DAYS, MOST_MONTHS, Turn, months_over, serialize, turns
from tracker.views.time_travel import Rewind, shown


def table(events: list[Event]) -> list[Turn]:
    """The table of a stream."""
    replay, rewind = Replay("story"), Rewind()
    for event in events:
        rewind.take(replay.step(event))
    return list(turns("story", events, rewind.states))


def steps(events: list[Event]) -> list[dict[str, Any]]:
    """The steps of the file of a stream. The line of an item has all that a page shows of it."""
    replay, rewind = Replay("story"), Rewind()
    for event in events:
        rewind.take(replay.step(event))
    found = turns("story", events, rewind.states)
    parts = serialize("story", rewind.states, found, [], ["a section"] * len(HEADINGS), words)
    read: list[dict[str, Any]] = json.loads(b"".join(parts))["steps"]
    return read


def words(item: Item) -> str:
    return repr(shown(item))


def looked_up(found: list[dict[str, Any]], known: int, day: str) -> dict[str, str]:
    """What the page's script finds: of each item the last cell that was known and begins by the day."""
    items: dict[str, str] = {}
    for step in found[:known]:
        first = step.get("first", step["day"])
        cells = {key: [[first, *item]] for key, *item in step["items"]}
        for key, each in (cells | {key: each for key, *each in step.get("cells", ())}).items():
            begun = [item for first, *item in each if first <= day]
            if begun:
                items[key] = begun[-1][2] if begun[-1] else ""
    return {key: told for key, told in items.items() if told}


@pytest.mark.hypothesis
@examples(100)
@given(streams(max_size=12))
def test_it_is_the_fold(events: list[Event]) -> None:
    found = steps(events)
    days = sorted({step["day"] for step in found if step["day"]})
    for known in range(1, len(events) + 1):
        for day in days:
            story = view(events[:known], as_of=moment(day), slug="story")
            expected = {key: words(item) for key, item in story.items.items() if shown(item)}
            expected = {key: to_html(told) if key == "summary" else told for key, told in expected.items()}
            assert looked_up(found, known, day) == expected, (known, day)


def test_of_many_days_that_one_event_changes_the_last_of_each_month_is_there() -> None:
    """They were recorded before it, and the item differs on each."""
    stream = Stream("story")
    stream.add("opened", "A story")
    for day in range(MOST_DAYS + 10):
        figure = {"name": "deaths", "value": str(day)}
        stream.add("update", "More", figures=[figure], occurred=f"2024-{1 + day // 28:02}-{1 + day % 28:02}")
    stream.add("update", "First", figures=[{"name": "deaths", "value": "1000"}], occurred="2023-12-31")
    ((cells,),) = (turn.cells.values() for turn in table(stream.events)[-1:])
    assert [day for day, _ in cells] == ["2023-12-31", "2024-01-28", "2024-02-28", "2024-03-04"]


def test_a_removed_correction_does_not_occur() -> None:
    story = Stream("story")
    story.add("opened", "A story")
    story.add("update", "More", occurred="2024-01-02")
    story.correct(2, occurred="2024-01-03")
    story.redact(3)
    occurred = {seq: day for turn in table(story.events) for seq, day in turn.occurred.items()}
    assert occurred[2] == "2024-01-02"
    assert not any(occurred[seq] for seq in (3, 4) if seq in occurred)


def test_an_amendment_of_nothing_that_is_there_does_not_occur() -> None:
    """Only a forger records one."""
    story = Stream("story")
    story.add("opened", "A story")
    story.add("update", "More", occurred="2024-01-02")
    story.retract(2)
    forged = structs.replace(story.events[-1], retracts="00000000-0000-7000-8000-000000000000")
    assert table([*story.events[:2], forged])[-1].occurred == {3: ""}


@pytest.mark.parametrize("before", [[], [{"party": "X", "name": "users", "value": "68"}]])
def test_a_figure_that_a_correction_adds_to_what_has_ended_is_of_the_time(before: list[dict[str, str]]) -> None:
    """From the day of the end on."""
    story = Stream("story")
    story.add("opened", "A story")
    story.add("suspension", "Out", occurred="2023-10-01", subject="X", figures=before)
    story.add("reinstatement", "Back", occurred="2023-12-01", closes="#2")
    story.correct(2, figures=[{"party": "X", "name": "fine", "value": "7", "unit": "USD"}])
    found = steps(story.events)
    for day in ("2023-10-01", "2023-11-30", "2023-12-01", "2024-01-01"):
        items = view(story.events, as_of=moment(day), slug="story").items.items()
        assert looked_up(found, 4, day) == {key: words(item) for key, item in items if shown(item)}, day


def test_of_many_months_the_last_of_each_year_has_a_page() -> None:
    stream = Stream("story")
    stream.add("opened", "A story")
    for month in range(MOST_MONTHS + 2):
        stream.add("update", "More", occurred=f"{2000 + month // 12}-{1 + month % 12:02}-01")
    found = months_over(table(stream.events))
    assert found == ["2000-12", "2001-12", "2002-12", "2003-12", "2004-12", "2005-01"]
