"""Write dates as a calendar (RFC 5545). ``DueDate`` is an expected date.

::

    2024-08-15                  the day
    2024-03, 2024-33            the whole month, the whole quarter
    2024-07-30T19:05Z           that minute
    2024-07-30T19:05Z/2024-07-30T20:00Z    from the one time to the other
    2024-03/2024-05             from the first day of March to the last day of May
    2024-03/.., ../2024-03      the end that is known: a calendar cannot show an open end

A calendar is a function of its dates alone. No clock is read, so the same dates give the same bytes. A program
that subscribes recognises an amended date by its ``SEQUENCE`` and ``DTSTAMP``.

The lines are written here, because the library icalendar takes 0.2 s to import, which is twice the time in which a
new event of a story is published. The tests read every calendar with that library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from msgspec import Struct

from tracker.text.dates import Edge, Occurred, Recorded, span, to_datetime


class DueDate(Struct, frozen=True, kw_only=True):
    """An expected date. ``id`` is the id of its event, ``url`` the address of its page. ``updated`` is when the
    event was recorded or last amended, ``amendments`` how many amendments it has."""

    id: str
    story: str
    title: str
    text: str
    due: Occurred
    updated: Recorded
    amendments: int
    url: str


Properties = Iterable[tuple[str, str]]
"""The names of properties, with their parameters, and their values as they are written."""


def calendar(title: str, url: str, id: str, dates: Iterable[DueDate]) -> bytes:
    """Write the calendar of these dates in the given order. ``id`` is the desk's and may be empty; ``url`` is its
    site."""
    return expected(title, url, id, map(event, dates))


def expected(title: str, url: str, id: str, events: Iterable[bytes]) -> bytes:
    """Write the calendar of expected dates with these events."""
    return document("expected", title, url, id, events)


def event(due: DueDate) -> bytes:
    """Write the event of an expected date."""
    return component(
        "VEVENT",
        [
            ("UID", due.id),
            ("DTSTAMP", instant(due.updated)),
            ("SEQUENCE", str(due.amendments)),
            ("SUMMARY", text(due.title)),
            ("DESCRIPTION", text(due.text)),
            ("CATEGORIES", text(due.story)),
            ("URL", due.url),
            ("TRANSP", "TRANSPARENT"),
            *extent(due.due),
        ],
    )


# The parts of every calendar.


def document(kind: str, title: str, url: str, id: str, events: Iterable[bytes]) -> bytes:
    """Write a calendar of these components. ``kind`` is its kind among those of tracker."""
    properties = [
        ("VERSION", "2.0"),
        ("PRODID", f"-//tracker//{kind}//EN"),
        ("NAME", text(title)),
        ("X-WR-CALNAME", text(title)),  # for programs older than RFC 7986
        ("URL", url),
        *([("UID", id)] if id else []),
    ]
    return component("VCALENDAR", properties, events)


def component(name: str, properties: Properties, parts: Iterable[bytes] = ()) -> bytes:
    """Write a component: its properties and the components in it."""
    begin, end = f"BEGIN:{name}\r\n".encode(), f"END:{name}\r\n".encode()
    return b"".join((begin, *(_line(f"{name}:{value}") for name, value in properties), *parts, end))


MOST_OCTETS = 75
"""Octets of a line without its end (RFC 5545, 3.1)."""


def _line(content: str) -> bytes:
    """Write a content line. A long one is folded between characters; each further line begins with a space."""
    rest, lines, most = content.encode(), [], MOST_OCTETS
    while len(rest) > most:
        cut = most
        while rest[cut] & 0xC0 == 0x80:  # within a character
            cut -= 1
        lines.append(rest[:cut])
        rest, most = rest[cut:], MOST_OCTETS - 1
    return b"\r\n ".join((*lines, rest)) + b"\r\n"


def text(value: str) -> str:
    """Write a value of the type TEXT (RFC 5545, 3.3.11)."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n")


def instant(at: str) -> str:
    """Write an instant in UTC, to the second: ``20240801T120001Z``."""
    return at[:19].replace("-", "").replace(":", "") + "Z"


def extent(occurred: Occurred) -> Iterator[tuple[str, str]]:
    """Yield the properties that say from when to when a date lasts."""
    first, after = _extent(occurred)
    yield _when("DTSTART", first)
    if after:
        yield _when("DTEND", after)


def _when(name: str, at: date) -> tuple[str, str]:
    if isinstance(at, datetime):
        return name, instant(at.isoformat())
    return f"{name};VALUE=DATE", at.isoformat().replace("-", "")


def _extent(due: Occurred) -> tuple[date, date | None]:
    """Return the first day of a date and the day after its last day; of a date with a time, its first second and
    the second after its last; of two times, those. The end is None after 9999-12-31, where an event without an end
    takes a day."""
    ends = [end for end in due.split("/") if end != ".."]
    first, last = span(Occurred("/".join(ends)))
    if not (first.offset and last.offset):
        return date.fromisoformat(first.day), _later(date.fromisoformat(last.day), timedelta(days=1))
    begins = _second(first)
    closes = _second(span(Occurred(ends[-1])).earliest)
    return begins, closes if closes > begins else _later(_second(last), timedelta(seconds=1))


def _second(edge: Edge) -> datetime:
    return to_datetime(edge.instant).replace(microsecond=0)


def _later(day: date, length: timedelta) -> date | None:
    try:
        return day + length
    except OverflowError:
        return None
