"""Expected dates as a calendar: what the standard wants, and what programs make of every form of date."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from tests.strategies import dates, texts, titles
from tracker.feeds.icalendar_feed import DueDate, calendar
from tracker.text.dates import Occurred, Recorded

ID = "0191fe0a-0000-7000-8000-000000000001"


def a_due(due: str = "2024-08-15", **values: Any) -> DueDate:
    given = {
        "id": ID,
        "story": "tiktok-openai",
        "title": "OpenAI decides",
        "text": "Where things stand: expected 15 August 2024",
        "due": Occurred(due),
        "updated": Recorded("2024-08-01T12:00:01.500Z"),
        "amendments": 0,
        "url": "https://desk.example/stories/tiktok-openai/#7",
    }
    return DueDate(**given | values)


def made(*dates: DueDate) -> bytes:
    return calendar("The desk", "https://desk.example/", "the-desk-s-id", dates)


def read(*dates: DueDate) -> list[Event]:
    parsed = Calendar.from_ical(made(*dates))
    assert isinstance(parsed, Calendar)
    return list(parsed.walk("VEVENT"))


def test_all_that_a_program_is_told() -> None:
    """Names, identities and versions; none depends on where or when this is made. Their order is the library's."""
    assert sorted(made(a_due(amendments=2)).decode().split("\r\n")) == sorted(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//tracker//expected//EN",
            "NAME:The desk",
            "X-WR-CALNAME:The desk",
            "UID:the-desk-s-id",
            "URL:https://desk.example/",
            "BEGIN:VEVENT",
            "SUMMARY:OpenAI decides",
            "DTSTART;VALUE=DATE:20240815",
            "DTEND;VALUE=DATE:20240816",
            "DTSTAMP:20240801T120001Z",
            f"UID:{ID}",
            "SEQUENCE:2",
            "CATEGORIES:tiktok-openai",
            "DESCRIPTION:Where things stand: expected 15 August 2024",
            "TRANSP:TRANSPARENT",
            "URL:https://desk.example/stories/tiktok-openai/#7",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )


@pytest.mark.parametrize(
    ("due", "first", "after"),
    [
        ("2024", date(2024, 1, 1), date(2025, 1, 1)),
        ("2024-02", date(2024, 2, 1), date(2024, 3, 1)),
        ("2024-36", date(2024, 10, 1), date(2025, 1, 1)),
        ("2024-03~", date(2024, 3, 1), date(2024, 4, 1)),
        ("202X", date(2020, 1, 1), date(2030, 1, 1)),
        ("2024-03/2024-05-02", date(2024, 3, 1), date(2024, 5, 3)),
        ("2024-03/..", date(2024, 3, 1), date(2024, 4, 1)),
        ("../2024-03-15", date(2024, 3, 15), date(2024, 3, 16)),
        ("2024-07-30T22:00Z/2024-08-01", date(2024, 7, 30), date(2024, 8, 2)),
        ("2024-01-05T17:13-08:00/2024-01-06", date(2024, 1, 5), date(2024, 1, 7)),
        ("2024-03-05/2024-03-05", date(2024, 3, 5), date(2024, 3, 6)),
        ("9999", date(9999, 1, 1), None),
    ],
)
def test_days(due: str, first: date, after: date | None) -> None:
    """The day after the last is the end; the calendar has none after the year 9999."""
    (event,) = read(a_due(due))
    assert (event["dtstart"].dt, event["dtend"].dt if "dtend" in event else None) == (first, after)
    assert type(event["dtstart"].dt) is date


@pytest.mark.parametrize(
    ("due", "first", "after"),
    [
        ("2024-07-30T21:05+02:00", "19:05:00", "19:06:00"),
        ("2024-07-30T19:05:30Z", "19:05:30", "19:05:31"),
        ("2024-07-30T19:05:30.250Z", "19:05:30", "19:05:31"),
        ("2024-07-30T19:05Z/2024-07-30T20:00Z", "19:05:00", "20:00:00"),
        ("2024-07-30T21:05+02:00/2024-07-30T12:30-07:00", "19:05:00", "19:30:00"),
        ("2024-07-30T19:05Z/2024-07-30T19:05:00Z", "19:05:00", "19:05:01"),
        ("../2024-07-30T19:05Z", "19:05:00", "19:06:00"),
    ],
)
def test_instants(due: str, first: str, after: str) -> None:
    """Real times, in UTC and to the second; of a window its own end, else the last minute included."""
    (event,) = read(a_due(due))
    expected = [datetime.fromisoformat(f"2024-07-30T{clock}").replace(tzinfo=UTC) for clock in (first, after)]
    assert [event["dtstart"].dt, event["dtend"].dt] == expected


def test_the_last_minute_of_all_has_no_end() -> None:
    (event,) = read(a_due("9999-12-31T23:59Z"))
    assert "dtend" not in event


def test_no_dates_are_an_empty_calendar() -> None:
    assert read() == []
    assert b"UID" not in calendar("The desk", "https://desk.example/", "", [])


@given(
    st.lists(st.builds(a_due, dates(), title=titles(), text=texts(200), amendments=st.integers(0, 99)), max_size=4)
)
def test_any_dates_are_read_back(given: list[DueDate]) -> None:
    """Folded into lines of at most 75 octets that end in CR LF, and the same bytes whenever they are made. What
    reads them here takes a byte order mark from the front of every text."""
    text = made(*given)
    assert text == made(*given)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", text)
    assert max(map(len, text.split(b"\r\n"))) <= 75
    events = read(*given)
    assert [(event["summary"], event["description"]) for event in events] == [
        (each.title.removeprefix("\ufeff"), each.text.removeprefix("\ufeff")) for each in given
    ]
    for event in events:
        assert "dtend" not in event or event["dtstart"].dt < event["dtend"].dt
