"""Figures beside a story: in groups by party, with small lines of steps."""

from __future__ import annotations

from typing import Any

import pytest

from tests.strategies import Stream
from tracker.site.numbers import MOST_STEPS, numbers
from tracker.wording.messages import plain


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "A story")
    return stream


def reads(stream: Stream, value: str, occurred: str = "", **figure: Any) -> None:
    dated = {"occurred": occurred} if occurred else {}
    stream.add("update", "It is so", figures=[{"name": "cost", "value": value, **figure}], **dated)


def test_a_story_without_figures_has_none(story: Stream) -> None:
    assert numbers(story.story, plain("en")) == []


def test_the_party_with_the_latest_figure_comes_first(story: Stream) -> None:
    reads(story, "1", "2024-03", party="A")
    reads(story, "2", "2024-05", party="B")
    reads(story, "3", "2024-04", party="A", name="staff")
    found = [(party, [(each.name, each.words, each.date, each.seq) for each in them])
             for party, them in numbers(story.story, plain("en"))]  # fmt: skip
    assert found == [
        ("B", [("cost", "2", "May 2024", 3)]),
        ("A", [("staff", "3", "April 2024", 4), ("cost", "1", "March 2024", 2)]),
    ]


def spark(stream: Stream) -> str:
    ((_, (number,)),) = numbers(stream.story, plain("en"))
    return number.spark


def test_a_figure_that_moved_has_steps(story: Stream) -> None:
    reads(story, "38")
    assert spark(story) == ""
    reads(story, "42")
    assert 'd="M0 22V22H36V4H72"' in spark(story)


def test_a_figure_that_stays_is_a_level_line(story: Stream) -> None:
    reads(story, "38")
    reads(story, "38")
    assert 'd="M0 13V13H36V13H72"' in spark(story)


def test_a_range_is_no_step_and_only_the_latest_are_drawn(story: Stream) -> None:
    reads(story, "", low="1", high="2")
    for number in range(MOST_STEPS + 5):
        reads(story, str(number))
    assert spark(story).count("H") == MOST_STEPS
