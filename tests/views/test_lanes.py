"""The picture of a story as values: which lanes there are, from when to when, and what is marked on them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.domain.test_custom_types import moved, offices
from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain.events import Event
from tracker.domain.fold import fold
from tracker.text.dates import edge
from tracker.views.lanes import Lane, Mark, Picture, chosen, picture


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "OpenAI and ByteDance")
    return stream


def suspends(stream: Stream, occurred: str = "2024-03-05", subject: str = "ByteDance", **more: Any) -> Any:
    dated = {"occurred": occurred} if occurred else {}
    return stream.add("suspension", "OpenAI suspends it", subject=subject, by="OpenAI", **dated, **more)


def lane(stream: Stream) -> Lane:
    """The one lane there is."""
    (found,) = picture(stream.story).lanes
    return found


def days(found: Lane) -> list[tuple[str, str, str]]:
    """Of each stretch its state, and its first and last day; ``…`` where it is still so."""
    return [
        (each.state, each.begin.latest.day, each.end.latest.day if each.end else "…") for each in found.stretches
    ]


def marked(found: Lane, kind: str) -> list[Mark]:
    return [each for each in found.marks if each.kind == kind]


def test_a_story_without_items_has_no_lanes(story: Stream) -> None:
    assert picture(story.story) == Picture((), (), (), edge(story.story.updated))


def test_a_situation_holds_from_its_beginning(story: Stream) -> None:
    suspends(story)
    found = lane(story)
    assert days(found) == [("force", "2024-03-05", "…")]
    assert (found.kind, found.seq, found.state) == ("situation", 2, "force")
    assert set(found.item.parties) == {"OpenAI", "ByteDance"}


def test_an_ended_situation_is_over_in_all_of_its_states(story: Stream) -> None:
    suspends(story)
    story.add("change", "It is eased", about="#2", state="eased", occurred="2024-04-02")
    story.add("reinstatement", "It is over", closes="#2", occurred="2024-05-01")
    found = lane(story)
    assert days(found) == [("ended", "2024-03-05", "2024-04-02"), ("ended", "2024-04-02", "2024-05-01")]
    assert [each.seq for each in marked(found, "changed")] == [3]
    assert found.item.words == "reinstated"


def test_what_waits_for_an_outcome_is_open(story: Stream) -> None:
    story.add("investigation", "OpenAI investigates", by="OpenAI", into="ByteDance", occurred="2024")
    assert lane(story).state == "open"


def test_what_is_pending_is_open_until_it_is_in_force(story: Stream) -> None:
    story.add("agreement", "They agree", between=["A", "B"], pending="awaits the judge", occurred="2024-01-02")
    story.add("change", "The judge approves", about="#2", state="approved", occurred="2024-02-03")
    assert days(lane(story)) == [("open", "2024-01-02", "2024-02-03"), ("force", "2024-02-03", "…")]


@pytest.mark.parametrize(
    ("occurred", "earliest", "latest"),
    [
        ("2024-03", "2024-03-01", "2024-03-31"),
        ("2023/2024-05-06", "2023-01-01", "2024-05-06"),
        ("2024-03/..", "2024-03-01", "2024-03-31"),
        ("../2024-03", None, "2024-03-31"),
        ("", None, "2024-08-01"),
    ],
)
def test_a_vague_beginning_has_both_its_edges(
    story: Stream, occurred: str, earliest: str | None, latest: str
) -> None:
    suspends(story, occurred)
    begin = lane(story).begin
    assert (begin.earliest and begin.earliest.day, begin.latest.day, begin.occurred) == (
        earliest,
        latest,
        occurred,
    )


def test_an_announced_end_and_a_due_date_are_marked(story: Stream) -> None:
    suspends(story, until="2024-09-01")
    story.add("expectation", "They will say more", due="2024-10")
    due = [marked(each, "due") for each in picture(story.story).lanes]
    assert {each.at.latest.day for marks in due for each in marks} == {"2024-09-01", "2024-10-31"}


def test_a_question_without_a_date_has_no_lane(story: Stream) -> None:
    story.add("question", "Why?")
    story.add("question", "How?", occurred="2024-03-05")
    assert [(each.kind, each.item.label) for each in picture(story.story).lanes] == [("question", "How?")]


def test_a_claim_is_reported_then_confirmed_then_disputed(story: Stream) -> None:
    source = {"url": "https://cnn.example/a", "publisher": "CNN", "published": "2024-01-10"}
    story.add("report", "They used it", occurred="2023-12", sources=[source])
    story.add("denial", "They deny it", about="#2", by="ByteDance", occurred="2024-03-01")
    story.add("confirmation", "It is so", about="#2", by="OpenAI", occurred="2024-02-01")
    assert days(lane(story)) == [
        ("reported", "2024-01-10", "2024-02-01"),
        ("confirmed", "2024-02-01", "2024-03-01"),
        ("disputed", "2024-03-01", "…"),
    ]


def test_a_withdrawn_claim_has_no_lane(story: Stream) -> None:
    story.add("report", "They used it", occurred="2023-12")
    story.add("retraction", retracts="#2", why="a mistake")
    assert picture(story.story).lanes == ()


@pytest.mark.parametrize(
    ("moves", "stretches", "words"),
    [
        ("-A 2023, +B 2024", [("A", "ended", "", "2023"), ("B", "force", "2024", None)], "B"),
        ("+A 2020, -A 2024", [("A", "ended", "2020", "2024")], "vacant"),
        ("- 2024", [("", "ended", "2024", None)], "vacant"),
    ],
)
def test_an_office_has_a_stretch_for_each_holder(moves: str, stretches: list[Any], words: str) -> None:
    stream = offices()
    moved(stream, moves)
    found = lane(stream)
    told = [
        (each.words, each.state, each.begin.occurred, each.end and each.end.occurred) for each in found.stretches
    ]
    assert (found.kind, found.item.words, told) == ("office", words, stretches)


def test_a_correction_marks_the_edge_that_it_moved(story: Stream) -> None:
    suspends(story, "2023")
    story.add("correction", corrects="#2", changes={"occurred": "2023-12-15"}, why="the filing says so")
    (mark,) = marked(lane(story), "corrected")
    assert mark.at.latest.day == "2023-12-15"
    assert mark.was is not None
    assert (mark.was.earliest and mark.was.earliest.day, mark.was.latest.day) == ("2023-01-01", "2023-12-31")


def test_a_correction_of_a_closer_is_at_the_end(story: Stream) -> None:
    suspends(story)
    story.add("reinstatement", "It is over", closes="#2", occurred="2024-05-01")
    story.add("correction", corrects="#3", changes={"title": "It is really over"}, why="clearer")
    (mark,) = marked(lane(story), "corrected")
    assert (mark.at.latest.day, mark.was) == ("2024-05-01", None)


def test_the_numbers_of_its_figure_belong_to_a_lane(story: Stream) -> None:
    limit = {"party": "OpenAI", "name": "limit", "unit": "accounts"}
    suspends(story, figures=[{**limit, "value": "38"}, {"name": "once", "value": "1"}])
    story.add("update", "It is raised", occurred="2024-06-01", figures=[{**limit, "value": "42"}])
    assert [each.figure.value for each in lane(story).figures] == ["38", "42"]


def test_lanes_are_in_the_order_in_which_they_began(story: Stream) -> None:
    suspends(story, "2024-03-05")
    suspends(story, "2022", "TikTok")
    suspends(story, "../2024", "Another")
    assert [each.seq for each in picture(story.story).lanes] == [4, 3, 2]


def test_all_dated_developments_happened_and_key_events_are_in_order(story: Stream) -> None:
    story.add("update", "Later", occurred="2024-05-02", key=True)
    story.add("update", "Earlier", occurred="2024-05-01", key=True)
    story.add("update", "Undated")
    story.add("update", "Wrong", occurred="2024-05-03")
    story.add("retraction", retracts="#5", why="wrong")
    found = picture(story.story)
    assert [each.latest.day for each in found.happened] == ["2024-05-02", "2024-05-01"]
    assert [each.title for each in found.keys] == ["Earlier", "Later"]


def test_of_many_lanes_those_that_hold_come_first(story: Stream) -> None:
    for number in range(1, 5):
        suspends(story, f"2024-01-0{number}", f"Company {number}")
    for number in range(1, 4):
        story.add("reinstatement", "It is over", closes=f"#{number + 1}", occurred=f"2024-05-0{9 - number}")
    lanes = picture(story.story).lanes
    drawn, others = chosen(lanes, 1)
    assert [each.seq for each in drawn] == [2, 5]
    assert [each.seq for each in others] == [3, 4]
    assert chosen(lanes, 4) == (list(lanes), [])


@examples(40)
@given(streams(max_size=12))
def test_each_stretch_of_a_lane_begins_where_the_one_before_it_ends(events: list[Event]) -> None:
    for found in picture(fold("story", events)).lanes:
        assert found.stretches
        for before, after in zip(found.stretches, found.stretches[1:], strict=False):
            if found.kind != "office":
                assert before.end == after.begin
        assert all(each.end is not None for each in found.stretches[:-1])
