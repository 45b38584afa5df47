"""Events that end several situations, and events that name related ones: decide, fold, and the views."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.strategies import Stream, streams
from tracker.domain import custom_types
from tracker.domain.decide import check_alone, decide
from tracker.domain.events import TYPES, Event, closed_by, links_of
from tracker.domain.fold import unfold
from tracker.domain.integrity import check_stream
from tracker.domain.values import convert
from tracker.errors import BadInput
from tracker.feeds.entries import build_feed
from tracker.text.dates import Recorded, edge
from tracker.views.as_json import developments_shape, linked_shapes
from tracker.views.bitemporal import as_of, known_at, view
from tracker.views.development import mentioned_by

UUID = "01910000-0000-7000-8000-000000000000"
OTHER = f"other#{UUID}"


@pytest.fixture
def story() -> Stream:
    """Two investigations, a question and an expectation."""
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("investigation", "X looks into Y", by="X", into="Y")
    stream.add("investigation", "Z looks into Y", by="Z", into="Y")
    stream.add("question", "Why?")
    stream.add("expectation", "A report", due="2025")
    return stream


def refusal(stream: Stream, type: str, **fields: Any) -> str:
    title = {} if type == "correction" else {"title": "T"}
    with pytest.raises(BadInput) as refused:
        decide(stream.story, {"type": type, **title, **fields}, Recorded("2026-08-01T12:00:00.000Z"))
    return str(refused.value)


# Several ends


@pytest.mark.parametrize(
    ("type", "fields", "ended"),
    [
        ("finding", {"closes": "#2", "also_closes": ["#3"]}, [2, 3]),
        ("finding", {"closes": "#4", "also_closes": ["#3"]}, [3, 4]),
        ("finding", {"closes": "#5", "by": "Z"}, [3, 5]),
        ("finding", {"closes": "#2", "also_closes": ["#2", "#5"]}, [2, 5]),
        ("update", {"closes": "#5", "also_closes": ["#4"]}, [5, 4]),
    ],
    ids=["two", "own-kind-first", "own-kind-found", "twice", "any-type"],
)
def test_an_event_ends_several(story: Stream, type: str, fields: dict[str, Any], ended: list[int]) -> None:
    step = story.add(type, "Over", **fields)
    assert [story.story.situation(id).seq for id in closed_by(step.development.event)] == ended  # type: ignore[union-attr]
    assert [each.seq for each in story.story.all_situations if each.ended_by == 6] == sorted(ended)


OWN = """\
[outage]
help = "A service stops."
opens = "outage"
label = "outage of {service}"
[outage.fields.service]
kind = "party"
required = true
[recovery]
help = "A service works again."
closes = "outage"
[recovery.fields.service]
kind = "party"
required = true
[recovery.fields.also_closes]
kind = "text"
"""


def test_a_desk_s_own_field_of_that_name_keeps_its_meaning() -> None:
    story = Stream(glossary=custom_types.read(OWN.encode(), "types.toml"))
    for type, title, fields in (
        ("opened", "A story", {}),
        ("outage", "Down", {"service": "Mail"}),
        ("question", "Why?", {}),
        ("recovery", "Up", {"service": "Mail", "also_closes": "at six"}),
        ("outage", "Down", {"service": "Web"}),
    ):
        step = story.add(type, title, **fields)
        if type == "recovery":
            assert step.development.event.also_closes == "at six"  # type: ignore[union-attr]
            assert closed_by(step.development.event) == (story.story.developments[1].id,)
    with pytest.raises(BadInput, match="recovery can end one situation: its field also_closes"):
        story.add("recovery", "Up", service="Web", closes="#3")


def test_each_of_several_has_to_be_in_force(story: Stream) -> None:
    story.add("update", "Because", closes="#4")
    assert refusal(story, "finding", closes="#2", also_closes=["#4"]) == "closes: Why? was ended by #6 already"
    assert refusal(story, "update", closes="#5", also_closes=["#2"]).startswith("closes: update does not end X")
    assert refusal(story, "change", about="#2", state="s", closes="#5", also_closes=["#2"]).startswith("closes: ")


def test_a_correction_adds_an_end_and_takes_it_back(story: Stream) -> None:
    story.add("update", "Because", closes="#4")
    story.correct(6, also_closes=["#5"])
    assert [each.ended_by for each in story.story.all_situations] == [0, 0, 6, 6]
    assert refusal(story, "correction", corrects="#6", why="w", changes={"also_closes": ["#2"]}).startswith(
        "changes.also_closes: update does not end X"
    )
    story.retract(6)
    assert all(each.in_force for each in story.story.all_situations)


def test_in_the_order_of_the_world_an_end_follows_all_that_it_ends(story: Stream) -> None:
    story.add("update", "Because", closes="#4", also_closes=["#5"], occurred="2020")
    assert [step.development.seq for step in unfold("story", story.story.developments)][-1] == 6


# Related events


def test_a_related_event_is_known_by_its_id(story: Stream) -> None:
    step = story.add("update", "See", see=["#2", "story#4", OTHER])
    assert links_of(step.development.event) == (
        ("", story.events[1].id),
        ("", story.events[3].id),
        ("other", UUID),
    )
    check_alone({"type": "update", "title": "T", "see": ["#2", OTHER], "closes": "#3"})


@pytest.mark.parametrize(
    ("see", "reason"),
    [
        (["#9"], "see: there is no story#9; the last one is story#5"),
        ([UUID], f"see: story has no earlier event {UUID}"),
        (["other#3"], "see: other#3 is not in story; an event refers to its own story only"),
        ([f"story#{UUID}"], f"see: story has no earlier event {UUID}"),
        ([f"Other#{UUID}"], "see[0]: 'Other' cannot name a story"),
        ([OTHER, OTHER], "see[1]: is there twice"),
        (["what"], "see[0]: 'what' is neither the id of an event nor its number, such as story#7"),
    ],
    ids=["range", "unknown", "not-looked-up", "own-slug", "slug", "twice", "text"],
)
def test_what_is_no_related_event_is_refused(story: Stream, see: list[str], reason: str) -> None:
    assert refusal(story, "update", see=see) == reason


def test_a_correction_names_no_later_event(story: Stream) -> None:
    story.add("update", "See", see=["#2"])
    story.add("update", "Later")
    story.correct(6, see=["#3", OTHER])
    assert refusal(story, "correction", corrects="#6", why="w", changes={"see": ["#7"]}).startswith(
        "changes.see: "
    )
    (notice,) = build_feed("story", story.events).entries[5].notices
    assert notice.changes == ("Related: we added #3; other (01910000). Related: we removed #2.",)


def test_what_is_mentioned_says_so_until_that_is_withdrawn(story: Stream) -> None:
    def followed() -> list[tuple[str, int]]:
        (shape,) = developments_shape(story.story, [story.story.developments[1]])
        found = [(each["did"], each["seq"]) for each in shape["followed_by"]]
        assert build_feed("story", story.events).entries[1].followers == tuple(found)
        return found

    story.add("update", "See", see=["#2"])
    story.add("update", "See too", see=["#2", "#6"])
    assert followed() == [("mentioned", 6), ("mentioned", 7)]
    story.retract(6)
    assert followed() == [("mentioned", 7)]
    story.correct(7, see=None)
    assert followed() == []
    story.correct(7, see=["#2"])
    story.redact(7)
    assert followed() == []


def test_a_mention_is_an_earlier_text_of_the_entry(story: Stream) -> None:
    """So that the page can go back to the time before it."""
    story.add("update", "See", see=["#2"])
    (version,) = build_feed("story", story.events).versions
    assert (version.entry.seq, version.until, version.entry.followers) == (2, 6, ())


def test_links_in_json_have_numbers_where_they_are_known(story: Stream) -> None:
    story.add("update", "See", see=["#2", OTHER])
    numbers = {("other", UUID): 3}

    def see(number: Any) -> list[tuple[str, int | None]]:
        (shape,) = developments_shape(story.story, [story.story.developments[5]], number)
        return [(each["story"], each["seq"]) for each in shape["see"]]

    assert see(lambda slug, id: numbers.get((slug, id), 0)) == [("story", 2), ("other", 3)]
    assert see(lambda slug, id: 0) == [("story", 2), ("other", None)]
    (linked,) = linked_shapes(story.story, "other", lambda slug, id: 3)
    assert (linked["story"], linked["seq"], linked["to"]) == ("story", 6, 3)
    story.retract(6)
    assert not list(linked_shapes(story.story, "other", lambda slug, id: 3))


def test_a_view_has_the_links_of_its_time_only(story: Stream) -> None:
    """On both axes, with the whole story as the control."""
    story.add("update", "See", see=["#2", "#3"], occurred="2024-06")
    story.correct(3, occurred="2024-07")
    (first,) = [each for each in story.events if each.id == story.events[1].id]

    def seen(of: Any) -> tuple[dict[str, list[int]], list[Any]]:
        shapes = developments_shape(of, of.developments)
        return mentioned_by(of.developments), [link["seq"] for each in shapes for link in each["see"]]

    assert seen(story.story) == ({first.id: [6], story.events[2].id: [6]}, [2, 3])
    assert seen(view(known_at(story.events, story.events[4].recorded), slug="story")) == ({}, [])
    june = as_of(story.story, edge(Recorded("2024-06-30T00:00:00.000Z")))
    assert [each.seq for each in june.developments] == [1, 6]
    assert seen(june)[1] == []


@pytest.mark.slow
@given(streams(max_size=14))
def test_feeds_know_the_same_mentions_as_json(events: list[Event]) -> None:
    """They find them event by event, JSON in the whole story."""
    found = build_feed("story", events)
    told = {
        entry.id: [seq for did, seq in entry.followers if did == "mentioned"]
        for entry in found.entries
        if any(did == "mentioned" for did, _ in entry.followers)
    }
    assert told == mentioned_by(found.story.developments)


def test_verify_reports_a_link_to_no_earlier_event(story: Stream) -> None:
    story.put(convert(TYPES["update"], {"title": "It happened", "see": [UUID, OTHER]}))
    problems = [str(each) for each in check_stream("story", story.lines, "story.jsonl", {})]
    assert problems == [f"story.jsonl:6: see: {UUID} is no earlier event of this story"]
