"""The order of the world in groups: by month or day, vague dates apart, and notes of the desk last."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain.amend import amend
from tracker.domain.events import Event
from tracker.views.timeline import Group, groups, listed


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "A story")
    return stream


def happens(stream: Stream, *dates: str) -> None:
    """Records an update for each date; none where it is empty."""
    for occurred in dates:
        dated: dict[str, Any] = {"occurred": occurred} if occurred else {}
        stream.add("update", "It happened", **dated)


def named(stream: Stream) -> list[Group]:
    return groups(stream.story.developments)


def test_groups_are_months_the_latest_first(story: Stream) -> None:
    happens(story, "2024-01-05", "2024-03-02", "2024-01-07", "2024-03")
    assert named(story) == [Group("2024-03", (3, 5)), Group("2024-01", (4, 2)), Group("notes", (1,))]


def test_in_a_story_of_a_few_weeks_they_are_days(story: Stream) -> None:
    happens(story, "2024-01-05", "2024-01-05T17:00Z", "2024-02-01")
    assert named(story) == [Group("2024-02-01", (4,)), Group("2024-01-05", (3, 2)), Group("notes", (1,))]


def test_a_vague_date_has_a_group_of_its_own(story: Stream) -> None:
    happens(story, "2023-05-01", "2024", "2023-11/2024-02", "../2024-04", "2024-02-03")
    assert [each.occurred for each in named(story)] == [
        "2024-02", "2024", "2023-11/2024-02", "2023-05", "../2024-04", "notes",
    ]  # fmt: skip


def test_what_has_no_date_comes_after_what_has_one(story: Stream) -> None:
    happens(story, "2024-01-05", "", "2024-03-02")
    assert named(story)[-2:] == [Group("", (3,)), Group("notes", (1,))]


def test_where_most_have_no_date_they_count_when_they_were_recorded(story: Stream) -> None:
    happens(story, "", "2024-07-02", "", "")
    assert named(story)[0] == Group("2024-08-01", (5, 4, 2))


def test_summaries_amendments_and_the_end_of_a_story_are_notes(story: Stream) -> None:
    happens(story, "2024-01-05")
    story.add("summary", "So it stands", text="So it stands")
    story.add("summary", "So it stood then", text="So it stood", occurred="2024-02-01")
    story.add("correction", corrects="#2", changes={"title": "It did"}, why="a slip")
    story.add("closed", why="nothing more")
    assert named(story)[-1] == Group("notes", (5, 6, 3, 1))
    assert [each.occurred for each in named(story)] == ["2024-02-01", "2024-01-05", "notes"]


def test_a_story_of_notes_alone(story: Stream) -> None:
    assert named(story) == [Group("notes", (1,))]


@examples(40)
@given(streams(max_size=12))
def test_every_development_is_in_one_group(events: list[Event]) -> None:
    developments = amend(events)
    seqs = [seq for group in groups(developments) for seq in group.seqs]
    assert sorted(seqs) == [each.seq for each in developments]
    assert sorted(each.seq for each in listed(developments)) == [each.seq for each in developments]
