"""The calendar of a story: its days and instants, with what left it cancelled."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from icalendar import Calendar, Event

from tests.conformance import check_calendar
from tests.examples import examples
from tests.exporting.exports import a_story, exported, views
from tests.strategies import Stream, streams
from tracker.domain.events import Event as Line
from tracker.exporting import calendar_file
from tracker.exporting.story import Exported


def events(view: Exported) -> dict[str, Event]:
    """The events of a calendar by their UID."""
    data = calendar_file.write(view)
    check_calendar(data)
    parsed = Calendar.from_ical(data)
    assert isinstance(parsed, Calendar)
    return {str(each["UID"]): each for each in parsed.walk("VEVENT")}


def of(stream: Stream) -> list[Event]:
    return list(events(exported(stream.events)).values())


@pytest.mark.parametrize(
    ("occurred", "is_there"),
    [
        ("2023-12-15", True),
        ("2024-07-30T21:05+02:00", True),
        ("2024-07-29/2024-08-01", True),
        ("2024-07-30T19:05Z/2024-07-30T20:00Z", True),
        ("2023-12-15~", False),
        ("2023-12-15?", False),
        ("2024-03", False),
        ("2024-33", False),
        ("202X", False),
        ("2023-12-15/..", False),
        ("2024-03/2024-03-05", False),
        ("", False),
    ],
)
def test_only_days_and_instants_are_in_it(occurred: str, is_there: bool) -> None:
    assert bool(of(a_story(occurred=occurred))) == is_there


def test_what_an_event_has() -> None:
    stream = a_story(
        occurred="2024-07-30T21:05+02:00", body="*More*, of it", place="Portland; Oregon", at="45.5152,-122.6784",
        tags=["ai"], figures=[{"name": "cost", "value": "5", "unit": "USD"}],
        sources=[{"url": "https://a.example/1", "publisher": "CNN"}],
    )  # fmt: skip
    (event,) = of(stream)
    assert event["SUMMARY"] == "It happened"
    assert event["DESCRIPTION"] == (
        "More, of it\n\nWhere: Portland; Oregon (45.5152, -122.6784)\ncost: 5 USD\n\nCNN https://a.example/1"
    )
    assert (event["DTSTART"].to_ical(), event["DTEND"].to_ical()) == (b"20240730T190500Z", b"20240730T190600Z")
    assert event["CATEGORIES"].to_ical() == b"update,ai"
    assert (event["LOCATION"], event["GEO"].to_ical()) == (
        "Portland; Oregon (45.5152, -122.6784)",
        "45.5152;-122.6784",
    )
    assert (event["STATUS"], event["SEQUENCE"], event["TRANSP"]) == ("CONFIRMED", 0, "TRANSPARENT")
    assert event["URL"] == "https://desk.example/stories/story/2.html"
    assert event["UID"] == f"urn:uuid:{stream.events[1].id}"
    assert event["DTSTAMP"].to_ical() == b"20240801T120002Z"


def test_a_statement_is_described_by_its_words() -> None:
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("statement", "They talk", speaker="OpenAI", quote="We talk.", occurred="2024-03-05")
    (event,) = of(stream)
    assert event["DESCRIPTION"] == "“We talk.” (OpenAI)"


def test_sequence_moves_with_corrections() -> None:
    """Also with one that is taken back: it never goes down."""
    stream = a_story(occurred="2023-12-15")
    stream.correct(2, occurred="2023-12-16")
    (event,) = of(stream)
    assert (event["SEQUENCE"], event["DTSTART"].to_ical()) == (1, b"20231216")
    assert event["DTSTAMP"].to_ical() == b"20240801T120003Z"
    stream.retract(3)
    (event,) = of(stream)
    assert (event["SEQUENCE"], event["DTSTART"].to_ical()) == (2, b"20231215")


def test_what_leaves_it_is_cancelled() -> None:
    """A retracted development, one whose date is corrected to a month, and a removed text, which has its title no
    more."""
    stream = a_story(occurred="2023-12-15", body="More")
    stream.retract(2)
    (event,) = of(stream)
    assert (event["STATUS"], event["SEQUENCE"], event["DTSTART"].to_ical()) == ("CANCELLED", 1, b"20231215")
    stream.retract(3)
    (event,) = of(stream)
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 2)
    stream.correct(2, occurred="2023-12-16")
    stream.correct(2, occurred="2023-12")
    (event,) = of(stream)
    assert (event["STATUS"], event["SEQUENCE"], event["DTSTART"].to_ical()) == ("CANCELLED", 4, b"20231216")
    assert "DESCRIPTION" not in event
    stream.redact(2)
    (event,) = of(stream)
    assert (event["STATUS"], event["SUMMARY"], event["DTSTART"].to_ical()) == (
        "CANCELLED",
        "A text that we removed",
        b"20240801",
    )
    assert event["SEQUENCE"] > 4


def test_a_date_that_a_retracted_correction_gave_is_cancelled() -> None:
    stream = a_story(occurred="2023-12")
    assert of(stream) == []
    stream.correct(2, occurred="2023-12-15")
    stream.retract(3)
    (event,) = of(stream)
    assert (event["STATUS"], event["DTSTART"].to_ical()) == ("CANCELLED", b"20231215")


def test_acts_of_the_desk_are_not_in_it() -> None:
    stream = Stream()
    stream.add("opened", "A story", occurred="2023-12-15")
    stream.add("summary", "Where it stands", occurred="2023-12-15")
    stream.add("closed", "That was all", why="done")
    stream.redact(2)
    assert of(stream) == []


@examples(60)
@given(views())
@pytest.mark.slow
def test_any_view_is_a_calendar(view: Exported) -> None:
    seen = {f"urn:uuid:{each.id}" for each in view.story.developments}
    assert events(view).keys() <= seen


@examples(40)
@given(streams(min_size=2, max_size=8))
@pytest.mark.slow
def test_an_event_never_vanishes_and_never_goes_back(lines: list[Line]) -> None:
    """With each line of the log, each event is still there, and a changed one has a higher sequence."""
    before: dict[str, Any] = {}
    for known in range(1, len(lines) + 1):
        now = events(exported(lines[:known]))
        assert before.keys() <= now.keys()
        for uid, was in before.items():
            assert was["SEQUENCE"] < now[uid]["SEQUENCE"] or was == now[uid]
        before = now
