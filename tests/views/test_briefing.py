"""Where things stand, as items: their sections, their order, and the values that decide whether that changed."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.domain.test_custom_types import moved, offices
from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain.events import Event
from tracker.domain.fold import fold, replay
from tracker.text.dates import END, Edge, Occurred, moment
from tracker.views.briefing import HEADINGS, arranged, due_by, facts, placed, since_due
from tracker.wording.lines import line
from tracker.wording.messages import Wording

ENGLISH = Wording()


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "TikTok and OpenAI")
    return stream


def test_a_story_in_which_nothing_stands_has_no_sections(story: Stream) -> None:
    assert arranged(story.story) == {}


def test_what_is_due_first_comes_first(story: Stream) -> None:
    """By the last instant that a date may mean: the year ends after the month, and what is open never does."""
    for due in ("2024/..", "2024", "2024-12-31T23:00Z", "2024-03", "../2024-02"):
        story.add("expectation", due, due=due)
    assert [each.seq for each in arranged(story.story)["expected"]] == [6, 5, 4, 3, 2]


def test_the_place_of_a_note_is_above_all_sections(story: Stream) -> None:
    place = placed(story.story.items["title"])
    assert place
    assert (place.heading, place.key) == ("", "title")


def test_what_is_withdrawn_or_pinned_has_no_place_and_no_facts(story: Stream) -> None:
    story.add("report", "They pay")
    story.add("pinned", "First")
    (claim,) = story.story.claims
    assert placed(claim)
    story.retract(2)
    (claim,) = story.story.claims
    for item in (claim, story.story.items["pinned"], None):
        assert (placed(item), facts(item)) == (None, ())


def test_what_has_no_due_date_or_no_end_is_never_due() -> None:
    for due in ("", "2024-03/..", "9999"):
        assert (due_by(Occurred(due)), since_due(Occurred(due), Edge(END, END))) == (END, None)
    assert since_due(Occurred("../2024-03"), moment("2024-04-02"))


def test_a_longer_outcome_or_another_date_is_another_fact(story: Stream) -> None:
    """Though the state of the item is the same."""
    story.add("suspension", "Stopped", subject="ByteDance", occurred="2024-01")
    (before,) = story.story.situations
    story.correct(2, occurred="2024-02")
    (after,) = story.story.situations
    assert before.state == after.state
    assert facts(before) != facts(after)


def test_a_holder_that_left_is_another_fact() -> None:
    stream = offices()
    moved(stream, "+A 2020")
    (before,) = stream.story.offices
    moved(stream, "-A 2024-03")
    (after,) = stream.story.offices
    assert facts(before) != facts(after)


@examples(30)
@given(streams(min_size=3))
def test_every_item_with_a_place_is_arranged(events: list[Event]) -> None:
    """In its section, in an order that does not depend on the order of events."""
    story = fold("story", events)
    found = arranged(story)
    assert [*found] == [heading for heading in HEADINGS if heading in found]
    for heading, items in found.items():
        assert items == sorted(items, key=lambda each: each.order)
        assert all(each.heading == heading and 0 < each.seq <= story.seq for each in items)
    told = {each.key for items in found.values() for each in items}
    assert told == {key for key, item in story.items.items() if (place := placed(item)) and place.heading}


@examples(30)
@given(streams(min_size=3))
def test_a_line_reads_differently_only_if_its_facts_do(events: list[Event]) -> None:
    """So that a story's standing cannot change in silence."""
    for step in replay("story", events):
        for before, after in step.changed_items:
            if placed(before) and placed(after) and facts(before) == facts(after):
                assert before
                assert after
                assert line(ENGLISH, before) == line(ENGLISH, after)
