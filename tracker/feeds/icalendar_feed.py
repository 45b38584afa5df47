"""Write expected dates as a calendar (RFC 5545), with icalendar.

::

    2024-08-15                  the day
    2024-03, 2024-33            the whole month, the whole quarter
    2024-07-30T19:05Z           that minute
    2024-07-30T19:05Z/2024-07-30T20:00Z    from the one time to the other
    2024-03/2024-05             from the first day of March to the last day of May
    2024-03/.., ../2024-03      the end that is known: a calendar cannot show an open end

A calendar is a function of its dates alone. No clock is read, so the same dates give the same bytes. A program
that subscribes recognises an amended date by its ``SEQUENCE`` and ``DTSTAMP``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event
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


def calendar(title: str, url: str, id: str, dates: Iterable[DueDate]) -> bytes:
    """Write the calendar of these dates in the given order. ``id`` is the desk's and may be empty; ``url`` is its
    site."""
    made = Calendar()
    made.add("prodid", "-//tracker//expected//EN")
    made.add("version", "2.0")
    made.add("name", title)
    made.add("x-wr-calname", title)  # for programs older than RFC 7986
    made.add("url", url)
    if id:
        made.add("uid", id)
    for each in dates:
        made.add_component(_event(each))
    return bytes(made.to_ical())


def _event(due: DueDate) -> Event:
    event = Event()
    event.add("uid", due.id)
    event.add("dtstamp", to_datetime(due.updated))
    event.add("sequence", due.amendments)
    event.add("summary", due.title)
    event.add("description", due.text)
    event.add("categories", [due.story])
    event.add("url", due.url)
    event.add("transp", "TRANSPARENT")
    first, after = _extent(due.due)
    event.add("dtstart", first)
    if after:
        event.add("dtend", after)
    return event


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
