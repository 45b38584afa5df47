"""iCalendar (RFC 5545). An event that recurs becomes a record for each time it takes place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from tracker.errors import BadInput
from tracker.importing.records import Document, Options, Record, load, needs, text_of

MOST_TIMES = 1_000
"""The most times that one event may take place."""

_TEXTS = {
    **{"uid": "UID", "summary": "SUMMARY", "description": "DESCRIPTION", "location": "LOCATION", "url": "URL"},
    **{"status": "STATUS", "class": "CLASS", "organizer": "ORGANIZER"},
}


def read_ics(path: str, options: Options) -> Document:
    icalendar = needs("icalendar")
    text = text_of(load(path), options.encoding)
    try:
        calendars = icalendar.Calendar.from_ical(text, multiple=True)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise BadInput(f"is no iCalendar file: {error}") from None
    if not calendars:
        raise BadInput("is no iCalendar file: it has no VCALENDAR")
    events = [event for each in calendars for event in each.walk("VEVENT")]
    replaced = {
        (str(each.get("UID")), _moment(each, "RECURRENCE-ID")) for each in events if "RECURRENCE-ID" in each
    }
    lost: dict[str, None] = {}
    records = []
    for number, event in enumerate(events, 1):
        place = f"VEVENT {number} ({event.get('SUMMARY') or event.get('UID') or 'without a name'})"
        try:
            records += [
                Record(values, place)
                for values in _times(event, lost, place)
                if "RECURRENCE-ID" in event or (values["uid"], values["recurrence_id"]) not in replaced
            ]
        except BadInput as error:
            raise error.at(place) from None
        except Exception as error:  # the library raises other errors for values that it could not read
            raise BadInput(f"{place}: cannot be read: {error}") from None
    others = {each.name for calendar in calendars for each in calendar.subcomponents} - {"VEVENT", "VTIMEZONE"}
    lost.update(dict.fromkeys(f"{each}: is not read" for each in sorted(others)))
    return Document(records, lost=tuple(lost))


def _times(event: Any, lost: dict[str, None], place: str) -> Iterator[dict[str, Any]]:
    """Yields the values of an event, once for each time it takes place."""
    values: dict[str, Any] = {name: str(event.get(key) or "") for name, key in _TEXTS.items()}
    values["categories"] = [str(each) for each in getattr(event.get("CATEGORIES"), "cats", ())]
    geo = event.get("GEO")
    values["geo"] = f"{geo.latitude},{geo.longitude}" if hasattr(geo, "latitude") else ""
    for name in ("created", "dtstamp", "last-modified"):
        found = _value(event, name.upper())
        values[name.replace("-", "_")] = _text(found) if found else ""
    start = _value(event, "DTSTART")
    if isinstance(event.get("DTSTART"), list):
        lost[f"{place}: DTSTART is there {len(event['DTSTART'])} times; the first counts"] = None
    length = _length(event, start)
    if start is None:
        yield {**values, "start": "", "end": "", "recurrence_id": ""}
        return
    if "RRULE" not in event and "RDATE" not in event:
        yield {**values, **_period(start, length), "recurrence_id": _moment(event, "RECURRENCE-ID")}
        return
    for each in _recurring(event, start):
        yield {**values, **_period(each, length), "recurrence_id": _text(each)}


def _recurring(event: Any, start: date) -> list[date]:
    """Returns the times at which an event takes place. Raises BadInput if they have no end."""
    rule, excluded = event.get("RRULE"), set(_listed(event, "EXDATE"))
    found = {start, *_listed(event, "RDATE")}
    if rule is not None:
        if isinstance(rule, list):
            raise BadInput("RRULE is there several times")
        if "COUNT" not in rule and "UNTIL" not in rule:
            raise BadInput("RRULE has no end, so it would become events without end; give it COUNT or UNTIL")
        rrulestr = needs("dateutil.rrule").rrulestr
        first = start if isinstance(start, datetime) else datetime.combine(start, datetime.min.time())
        naive = first.replace(tzinfo=None)
        text = _naive_rule(rule, first)
        try:
            times = list(islice(rrulestr(text, dtstart=naive), MOST_TIMES + 1))
        except (ValueError, TypeError) as error:
            raise BadInput(f"RRULE {text}: {error}") from None
        if len(times) > MOST_TIMES:
            raise BadInput(f"RRULE makes more than {MOST_TIMES:,} events; give it an earlier UNTIL")
        for each in times:
            found.add(each.replace(tzinfo=first.tzinfo) if isinstance(start, datetime) else each.date())
    return sorted(each for each in found if each not in excluded)


def _naive_rule(rule: Any, first: datetime) -> str:
    """Returns the rule with its end on the clock of the event, on which its times are worked out."""
    text: str = rule.to_ical().decode()
    until = next(iter(rule.get("UNTIL", ())), None)
    if isinstance(until, datetime) and until.tzinfo and first.tzinfo:
        local = until.astimezone(first.tzinfo).strftime("%Y%m%dT%H%M%S")
        return ";".join(f"UNTIL={local}" if part.startswith("UNTIL=") else part for part in text.split(";"))
    return ";".join(part.removesuffix("Z") if part.startswith("UNTIL=") else part for part in text.split(";"))


def _listed(event: Any, name: str) -> list[Any]:
    found = event.get(name) or []
    return [each.dt for part in (found if isinstance(found, list) else [found]) for each in part.dts]


def _value(event: Any, name: str) -> Any:
    found = event.get(name)
    found = found[0] if isinstance(found, list) else found
    if found is not None and not hasattr(found, "dt"):
        raise BadInput(f"{name} {str(found)!r} is no date")
    return found.dt if found is not None else None


def _moment(event: Any, name: str) -> str:
    found = _value(event, name)
    return _text(found) if found is not None else ""


def _length(event: Any, start: Any) -> timedelta:
    """Returns how long the event takes; a day that DTEND names is not part of it."""
    end, duration = _value(event, "DTEND"), event.get("DURATION")
    if end is not None and start is not None:
        if isinstance(end, datetime) != isinstance(start, datetime):
            raise BadInput("DTSTART and DTEND: one is a day, the other has a time")
        try:
            return end - start  # type: ignore[no-any-return]
        except TypeError:
            raise BadInput("DTSTART and DTEND: one has a time zone, the other has none") from None
    return getattr(duration, "dt", timedelta())


def _period(start: date, length: timedelta) -> dict[str, str]:
    if length <= timedelta() or (not isinstance(start, datetime) and length <= timedelta(days=1)):
        return {"start": _text(start), "end": ""}
    end = start + length if isinstance(start, datetime) else start + length - timedelta(days=1)
    return {"start": _text(start), "end": _text(end)}


def _text(moment: date) -> str:
    if not isinstance(moment, datetime):
        return moment.isoformat()
    if moment.utcoffset() is None:
        return moment.isoformat(sep=" ", timespec="minutes")
    text = moment.isoformat(timespec="seconds" if moment.second else "minutes")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
