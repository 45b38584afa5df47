"""Key events, tags and places: their rules, and what the fold, the views and the feeds make of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.strategies import Stream, streams
from tracker.domain.custom_types import read
from tracker.domain.drafts import changes, values
from tracker.domain.events import TYPES, Event, Update, added
from tracker.domain.values import from_values
from tracker.errors import BadInput
from tracker.feeds.catalogue import memberships
from tracker.feeds.entries import Entry, build_feed
from tracker.feeds.standing import StoryStanding
from tracker.text.date_phrases import Reference
from tracker.text.dates import Occurred, Recorded, edge, span
from tracker.views.as_json import development_shape
from tracker.views.bitemporal import as_of, known_at, view
from tracker.views.development import place_of
from tracker.views.hindsight import hindsight
from tracker.wording.lines import briefing
from tracker.wording.messages import Wording, wordings

NOW = Reference(span(Occurred("2026-08-01")))


@pytest.fixture
def story() -> Stream:
    """A story with two key events, the later one recorded first, and a development that is none."""
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("update", "It comes back", key=True, occurred="2024-02")
    stream.add("update", "It breaks", key=True, occurred="2024-01-05", tags=["Safety"])
    stream.add("update", "They talk")
    return stream


def listed(story: Any) -> list[tuple[str, int]]:
    sections = dict(briefing(story, Wording()))
    return list(sections.get("Key events", ()))


def test_key_events_are_listed_as_they_occurred(story: Stream) -> None:
    """And are no changes: the story stands as before."""
    assert listed(story.story) == [("5 January 2024: It breaks", 3), ("February 2024: It comes back", 2)]
    assert story.add("update", "It flies", key=True, occurred="2024-03").changes == ()
    assert [belief.key for belief in hindsight("story", story.events, 4).beliefs] == []


def test_an_instant_is_on_the_day_of_its_place() -> None:
    """In the evening of the 5th, and before what another event dates to the 6th."""
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("update", "It is grounded", key=True, occurred="2024-01-06")
    stream.add("update", "It breaks", key=True, occurred="2024-01-05T17:14-08:00")
    assert [seq for _, seq in listed(stream.story)] == [3, 2]


def test_a_key_event_is_marked_and_unmarked_by_corrections(story: Stream) -> None:
    story.correct(4, key=True)
    assert [seq for _, seq in listed(story.story)] == [3, 2, 4]
    story.correct(3, key=None)
    story.retract(2)
    assert [seq for _, seq in listed(story.story)] == [4]


def test_a_view_has_the_key_events_of_its_time_only(story: Stream) -> None:
    """On both axes, with the whole story as the control."""
    assert [seq for _, seq in listed(story.story)] == [3, 2]
    assert [seq for _, seq in listed(view(known_at(story.events, story.events[1].recorded), slug="story"))] == [2]
    january = edge(Recorded("2024-01-31T12:00:00.000Z"))
    assert [seq for _, seq in listed(as_of(story.story, january))] == [3]


def standing(stream: Stream) -> StoryStanding:
    return build_feed("story", stream.events).standing


def test_a_key_event_is_news_of_where_the_story_stands(story: Stream) -> None:
    assert standing(story).turn.told(Wording()) == ["A key event: It breaks."]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"at": "45,-122"}, "place: has no name; say where that is, such as Portland, Oregon"),
        ({"place": "P", "at": "91,0"}, "at: '91,0' is not a latitude from -90 to 90"),
        ({"place": "P", "at": "0,-180.5"}, "at: '0,-180.5' is not a latitude from -90 to 90 and a longitude"),
        ({"place": "P", "at": "45.5"}, "at: '45.5' is not a latitude"),
        ({"place": "P", "at": "1e1,5"}, "at: '1e1,5' is not a latitude"),
        ({"tags": ["a", "A"]}, "tags[1]: is there twice"),
        ({"tags": ["!"]}, "tags[0]: a tag needs a letter or a digit"),
        ({"tags": ["a\nb"]}, "tags[0]: has to be one line"),
        ({"tags": ["a" * 61]}, "tags[0]: "),
        ({"tags": ["a\u202eb"]}, "tags[0]: U+202E at character 2 changes the direction"),
    ],
    ids=["no-name", "latitude", "longitude", "one", "exponent", "twice", "mark", "lines", "long", "direction"],
)
def test_what_is_no_tag_or_place_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        from_values({"type": "update", "title": "T", **fields})
    assert str(refused.value).startswith(reason)


@pytest.mark.parametrize(
    ("fields", "words", "shape"),
    [
        ({}, "", None),
        ({"place": "Portland, Oregon"}, "Portland, Oregon", {"name": "Portland, Oregon", "at": None}),
        ({"place": "P", "at": "90,-180.00"}, "P (90, -180.00)", {"name": "P", "at": "90,-180.00"}),
    ],
    ids=["none", "name", "at"],
)
def test_a_place_is_told(story: Stream, fields: dict[str, str], words: str, shape: Any) -> None:
    development = story.add("update", "Here", **fields).development
    assert place_of(development.event) == words
    assert development_shape(development)["place"] == shape


def test_coordinates_are_typed_with_spaces() -> None:
    event = from_values(
        {"type": "update", "title": "T", "place": "P", **values(Update, {"at": "45.5, -122.6"}, NOW)}
    )
    assert isinstance(event, Update)
    assert event.at == "45.5,-122.6"
    assert changes(event, {"at": " 1, 2 "}, NOW) == {"at": "1,2"}


def test_a_type_of_a_desk_keeps_its_own_fields() -> None:
    """Declared before every event had a place and a key: with the meaning that they had."""
    text = b'[sighting]\nhelp = "Seen."\n[sighting.fields]\nplace = { kind = "party" }\nkey = { kind = "text" }\n'
    glossary = read(text, "types.toml")
    stream = Stream(glossary=glossary)
    stream.add("opened", "A story")
    development = stream.add("sighting", "Seen", place="Köln", key="A4").development
    assert (added(development.event, "key"), place_of(development.event)) == (None, "")
    words = wordings("en", glossary, ())
    entry = build_feed("story", stream.events, wordings=words).entries[1]
    assert dict(entry.details) == {"Place": "Köln", "Key": "A4"}
    assert listed(stream.story) == []


# Feeds


def entries(stream: Stream) -> list[Entry]:
    return build_feed("story", stream.events).entries


def test_key_events_and_tags_have_feeds(story: Stream) -> None:
    """And their amendments do, also after the mark and the tag are taken away."""
    assert {"key", "tags/safety/developments"} <= memberships(entries(story)[2]).keys()
    assert "key" not in memberships(entries(story)[3])
    assert standing(story).has_key_events
    story.correct(3, key=None, tags=["Trust"])
    of_tag = {"tags/safety/developments", "tags/trust/developments"}
    for entry in (entries(story)[2], entries(story)[4]):
        assert {"key", *of_tag} <= memberships(entry).keys()
    assert (entries(story)[2].key, entries(story)[2].tags) == (False, ("Trust",))


def test_a_minor_key_event_makes_no_feed() -> None:
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("update", "Small", key=True, minor=True)
    assert not standing(stream).has_key_events
    stream.correct(2, minor=None)
    assert standing(stream).has_key_events


@given(streams())
def test_every_key_event_is_in_the_briefing(events: list[Event]) -> None:
    story = view(events, slug="story")
    wanted = {each.seq for each in story.developments if added(each.event, "key") and each.standing != "retracted"}
    assert {seq for _, seq in listed(story)} == wanted


def test_the_fields_of_every_event_are_the_last_to_be_redefined() -> None:
    assert all(not cls.redefined for cls in TYPES.values())
