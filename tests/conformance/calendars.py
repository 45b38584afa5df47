"""A calendar, by RFC 5545."""

from __future__ import annotations

import re
from datetime import datetime

from icalendar import Calendar
from icalendar.cal import Component

from tests.conformance.shared import Faults, absolute, refuse, repeated

_ONCE = {"UID", "DTSTAMP", "DTSTART", "DTEND", "CREATED", "LAST-MODIFIED", "SEQUENCE", "STATUS", "SUMMARY",
         "DESCRIPTION", "URL", "TRANSP", "LOCATION", "GEO"}  # fmt: skip
_EVENT = _ONCE | {"CATEGORIES"}
_CALENDAR = {"VERSION", "PRODID", "NAME", "X-WR-CALNAME", "URL", "UID"}


def check_calendar(data: bytes) -> None:
    refuse(calendar_faults(data))


def calendar_faults(data: bytes) -> Faults:
    lines = data.split(b"\r\n")
    if lines[-1] or re.search(rb"(?<!\r)\n|\r(?!\n)", data):
        yield "a line does not end in CR LF"
    yield from (f"a line has {len(line)} octets" for line in lines if len(line) > 75)
    for line in lines:
        try:
            line.decode()
        except UnicodeDecodeError:
            yield "a line is folded within a character"
    try:
        calendar = Calendar.from_ical(data)
    except ValueError as error:
        yield f"is no calendar: {error}"
        return
    if _unfolded(calendar.to_ical(sorted=False)) != _unfolded(data):
        yield "icalendar writes it otherwise"
    yield from (f"the calendar has no {name}" for name in ("VERSION", "PRODID") if name not in calendar)
    yield from (f"the calendar has a {name}" for name in calendar if name not in _CALENDAR)
    events = calendar.walk("VEVENT")
    for event in events:
        yield from (f"{event.get('UID')}: {fault}" for fault in _event_faults(event))
    yield from (f"the UID {uid} is there twice" for uid in repeated(str(event["UID"]) for event in events))


def _unfolded(data: bytes) -> bytes:
    return data.replace(b"\r\n ", b"")


def _event_faults(event: Component) -> Faults:
    yield from (f"has no {name}" for name in ("UID", "DTSTAMP", "DTSTART") if name not in event)
    yield from (f"has a {name}" for name in event if name not in _EVENT)
    yield from (f"has several {name}" for name in _ONCE if isinstance(event.get(name), list))
    first, after = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else None
    if after is not None and (type(after) is not type(first) or after <= first):
        yield f"goes from {first} to {after}"
    for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART"):
        at = event[name].dt if name in event else first
        if isinstance(at, datetime) and at.utcoffset() is None:
            yield f"{name} is not in UTC"
    if event.get("STATUS", "CONFIRMED") not in ("TENTATIVE", "CONFIRMED", "CANCELLED"):
        yield f"its status is {event['STATUS']}"
    if event.get("SEQUENCE", 0) < 0 or event.get("TRANSP", "OPAQUE") not in ("OPAQUE", "TRANSPARENT"):
        yield "its sequence is negative, or it is neither opaque nor transparent"
    if "URL" in event and not absolute(event["URL"]):
        yield f"{event['URL']} is no address"
    if "GEO" in event and not (abs(event["GEO"].latitude) <= 90 and abs(event["GEO"].longitude) <= 180):
        yield "it is nowhere on the earth"
