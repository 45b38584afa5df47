"""Dates as precise as they are known, and the two axes of time.

    "2024-03~" ──check──▶ Occurred ──span──▶ Span(earliest, latest), two Edges    for comparisons
                              └────in_words──▶ "about March 2024"                 for readers

**Two axes.** ``Moment`` says when something was so in the world (valid time), ``Recorded`` when the log
learned it (transaction time). Both are text of exactly the form ``2024-07-30T19:05:00.000Z`` (UTC, to the
millisecond), so the order of the text is the order of time. They are two types, so that a type checker
finds the places that swap them.

**What happened** is dated by ``Occurred``: a strict subset of EDTF (the Extended Date/Time Format of
ISO 8601-2:2019; specification: https://www.loc.gov/standards/datetime/).

=================================  =============================================================
form                               reads
=================================  =============================================================
``2023`` ``2024-03`` ``2023-12-15``  a year, a month, a day
``2024-07-30T21:05+02:00``         an instant; seconds and up to three decimals may follow the
                                   minutes; the offset (``Z`` or up to ±14:00) may not be left out
``2024-03~`` ``2024?`` ``2024%``   about, uncertain, both; one mark at the end, never on an instant
                                   nor on unspecified digits
``2024-21`` .. ``2024-24``         spring (March to May), summer (June to August), autumn (September
                                   to November), winter (December to February of the next year):
                                   the meteorological seasons of the northern hemisphere
``2024-33`` .. ``2024-36``         quarters of the calendar year
``2024-40`` ``2024-41``            halves of the calendar year
``202X`` ``20XX``                  some year of those ten, of those hundred
``2024-03/2024-05``                from .. to; either end is any of the forms above
``2024-03/..`` ``../2024-03``      open: still going on, begun at an unknown time
=================================  =============================================================

Rules that the standard leaves to its users:

- A day is the day of the place where it happened. A date without a time does not say in which zone, so that it
  compares with the calendar day of an instant's own offset: ``2024-01-05T17:13-08:00`` is on 5 January and
  before ``2024-01-06``, although it is 6 January in UTC. Two instants compare as instants (``Edge.is_before``).
- In a list, instants have the order of time. A date without a time stands before the instants of its day and
  after those of earlier days (``in_order``). Where instants in several zones contradict that, the instants keep
  the order of time, and the date stands after the last instant of an earlier day.
- An instant covers its own precision: ``T21:05Z`` is the sixty seconds from 21:05.
- An interval of twice the same date is that date.
- Marks flag, they do not widen: ``2024-03~`` and ``2024-03`` have the same span.
- An interval is reversed, and refused, where no reading lets it start before it ends. ``2024-07/2024`` (from
  July to some day of that year) is fine.
- Years run from 0001 to 9999, in UTC as well; leap seconds, ``24:00`` and ``-00:00`` are refused.

The module is pure: it reads no clock.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, NewType

from msgspec import Struct

from tracker.errors import BadDate, shown

Recorded = NewType("Recorded", str)
"""An instant of transaction time: ``YYYY-MM-DDTHH:MM:SS.mmmZ``."""

Moment = NewType("Moment", str)
"""An instant of valid time: ``YYYY-MM-DDTHH:MM:SS.mmmZ``."""

Occurred = NewType("Occurred", str)
"""When something happened: text of the EDTF subset described above."""

BEGINNING = Moment("0001-01-01T00:00:00.000Z")
END = Moment("9999-12-31T23:59:59.999Z")

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
"""English month names, January first."""


class Edge(Struct, frozen=True):
    """The first or the last millisecond that a date may mean.

    Attributes: ``instant`` is in UTC. ``local`` is what the clock shows at the place then, in the same form.
    ``offset`` is that clock's offset, such as ``-08:00``. It is empty for a date without a time: the place is not
    known then, and ``instant`` takes its day for a day in UTC.
    """

    instant: Moment
    local: Moment
    offset: str = ""

    @property
    def day(self) -> str:
        """The calendar day at the place, such as ``2024-01-05``."""
        return self.local[:10]

    def is_before(self, other: Edge) -> bool:
        """Returns whether this is earlier: as an instant if both have a time, else on the clocks of their
        places."""
        if self.offset and other.offset:
            return self.instant < other.instant
        return self.local < other.local


class Span(NamedTuple):
    """The first and the last millisecond that a date may mean, both inclusive."""

    earliest: Edge
    latest: Edge


class _Refused(Exception):
    """The reason why a text is not in the subset. It never leaves this module."""


_LONGEST = 64  # characters; the longest form, an interval of two full instants, has 59
_YEAR, _MARK, _OPEN = "[0-9]{4}", "[~?%]", ".."
_DATE = f"({_YEAR})(?:-([0-9]{{2}})(?:-([0-9]{{2}}))?)?({_MARK}?)"
_CLOCK = r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,3}))?)?"
_INSTANT = rf"({_YEAR})-([0-9]{{2}})-([0-9]{{2}})T{_CLOCK}(Z|[+-][0-9]{{2}}:[0-9]{{2}})"
_UNSPECIFIED = "([0-9]{3}X|[0-9]{2}XX)"
_STORED = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"

_FIRST_AND_COUNT = {f"{month:02}": (month, 1) for month in range(1, 13)} | {
    **{f"{21 + season}": (3 + 3 * season, 3) for season in range(4)},
    **{f"{33 + quarter}": (1 + 3 * quarter, 3) for quarter in range(4)},
    **{f"{40 + half}": (1 + 6 * half, 6) for half in range(2)},
}
_NAMES = {f"{number:02}": name for number, name in enumerate(MONTHS, 1)} | {
    **dict(zip(("21", "22", "23", "24"), ("spring", "summer", "autumn", "winter"), strict=True)),
    **{f"{33 + quarter}": f"Q{1 + quarter}" for quarter in range(4)},
    **{"40": "first half of", "41": "second half of"},
}

# Near misses, each with a remedy. The first pattern that matches the whole text counts; ``\1`` is its group.
_NEAR_MISSES = (
    ("", r"nothing is written; write a date like 2024-03-15"),
    (rf"({_YEAR}-[0-9]{{2}}-[0-9]{{2}})\s+({_CLOCK}(?:Z|[+-][0-9]{{2}}:[0-9]{{2}}))", r"write \1T\2"),
    (r"(?=.*\s).*[a-zA-Z]{3}.*", r"write the date as EDTF, like 2024, 2024-03 or 2024-07-29/2024-08-04"),
    (r".*\s.*", r"take out the space or line break"),
    (r".*[^ -~].*", r"use plain digits and letters only, like 2024-03-15"),
    (r".*[tzx].*", r"write T, Z and X as capitals, like 2024-07-30T19:05Z"),
    (r".*[~?%]{2}.*", r"one mark is enough; % says both about and uncertain, like 2024-03%"),
    (rf"({_YEAR})-XX(?:-XX)?{_MARK}?", r"leave out what is not known: write \1"),
    (rf"({_YEAR}-[0-9]{{2}})-XX{_MARK}?", r"leave out what is not known: write \1"),
    (rf"({_UNSPECIFIED}){_MARK}", r"unspecified digits take no mark; write \1"),
    (rf"({_YEAR}-[0-9]{{2}}-[0-9]{{2}})T.*{_MARK}", r"an instant takes no mark; write the day, like \1~"),
    (r".*[~?%].+", r"put the mark at the end, like 2024-03~"),
    (rf"({_YEAR}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK})", r"add the offset, like 2024-07-30T21:05+02:00"),
    (r".*T.*\.[0-9]{4,}.*", r"a second has at most three decimals, like 2024-07-30T21:05:00.123Z"),
    (
        rf"({_YEAR}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}})(Z|[+-][0-9]{{2}}:[0-9]{{2}})",
        r"write the minutes too: \1:00\2",
    ),
    (r".*T.*", r"write an instant with minutes and an offset, like 2024-07-30T21:05+02:00"),
    (rf"({_YEAR})([0-9]{{2}})([0-9]{{2}})", r"write it with hyphens, like \1-\2-\3"),
    (rf"{_YEAR}-[0-9]{{1,2}}(?:-[0-9]{{1,2}})?", r"write months and days with two digits, like 2024-03-05"),
)
_FORMS = (
    "write a date like 2023, 2024-03, 2023-12-15, 2024-07-30T21:05+02:00, 2024-03~, 2024-33 (first quarter), "
    "202X, 2024-03/2024-05 or 2024-03/.."
)


# Reading


def check(text: str, *, field: str = "") -> Occurred:
    """Returns ``text`` if it is in the subset. Otherwise raises BadDate, which says what to write instead."""
    if reason := why_not(text):
        raise BadDate(shown(text, _LONGEST), reason, field=field)
    return Occurred(text)


def why_not(text: str) -> str:
    """Returns the reason why ``text`` is not in the subset; an empty string where it is. Raises nothing."""
    try:
        _parse(text)
    except _Refused as refused:
        return str(refused)
    return ""


def span(occurred: Occurred) -> Span:
    """Returns the earliest and the latest moment that ``occurred`` covers. Raises BadDate where it is no date."""
    try:
        return _parse(occurred)
    except _Refused as refused:
        raise BadDate(shown(occurred, _LONGEST), str(refused)) from None


def when(occurred: Occurred, recorded: Recorded) -> Span:
    """Returns the span in which something occurred; without a date, the instant at which it was recorded."""
    return span(occurred) if occurred else Span(edge(recorded), edge(recorded))


def edge(instant: Recorded | Moment) -> Edge:
    """Returns an instant as an edge, on a clock in UTC."""
    return Edge(Moment(instant), Moment(instant), "Z")


def simplest(occurred: Occurred) -> Occurred:
    """Returns the date itself for an interval of twice the same date; any other date as it is."""
    start, _, end = occurred.partition("/")
    return Occurred(start) if start == end else occurred


def in_order(spans: Sequence[Span]) -> list[tuple[str, str, Moment, Moment]]:
    """Returns a sort key for each span, by its earliest edge and then by its latest.

    All keys together give one order: instants by time, and a date without a time before the instants of its day.
    So the keys of instants begin with the earliest day that any instant from then on has at its place.
    """
    days: dict[Edge, str] = {}
    day = END[:10]
    timed = (first for first, _ in spans if first.offset)
    for first in sorted(timed, key=lambda each: (each.instant, each.local), reverse=True):
        day = min(day, first.day)
        days[first] = day
    return [
        (days[first], "timed", first.instant, last.instant)
        if first.offset
        else (first.day, "", first.instant, last.instant)
        for first, last in spans
    ]


def order_alone(dated: Span) -> str:
    """Returns a sort key that needs no other span, for lists that are kept line by line: by the day at the place,
    a date without a time before the instants of its day.

    It differs from ``in_order`` where instants in several zones contradict their days: here the days win.
    """
    first, last = dated
    return f"{first.day} {'timed' if first.offset else ''} {first.instant} {last.instant}"


@lru_cache(maxsize=4096)
def _parse(text: str) -> Span:
    if len(text) > _LONGEST:
        raise _Refused(f"a date has at most {_LONGEST} characters; {_FORMS}")
    start, slash, end = text.partition("/")
    return _interval(start, end) if slash else _single(text)


def _interval(start: str, end: str) -> Span:
    if start == end == _OPEN:
        raise _Refused("one end has to be known, like 2024-03/.. or ../2024-03")
    if "" in (start, end):
        raise _Refused("write an open end as two dots, like 2024-03/.. or ../2024-03")
    if re.fullmatch("[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?", start) and re.fullmatch("[0-9]{2}", end):
        raise _Refused(f"write both ends in full: {start}/{start[:-2]}{end}")
    if "/" in end or re.fullmatch("[0-9]{1,2}", end):
        raise _Refused("a slash joins two dates, like 2024-03/2024-05; a date has hyphens, like 2024-03-15")
    earliest = Edge(BEGINNING, BEGINNING) if start == _OPEN else _single(start).earliest
    latest = Edge(END, END) if end == _OPEN else _single(end).latest
    if latest.is_before(earliest) and latest.instant < earliest.instant:
        raise _Refused(f"it ends before it starts; in order it is {end}/{start}")
    return Span(earliest, latest)


def _single(text: str) -> Span:
    if found := re.fullmatch(_DATE, text):
        year, month, day, _ = found.groups()
        return _date(year, month, day)
    if found := re.fullmatch(_INSTANT, text):
        return _instant(text, found)
    if re.fullmatch(_UNSPECIFIED, text):
        return _unspecified(text)
    raise _Refused(_near_miss(text))


def _date(year: str, month: str | None, day: str | None) -> Span:
    _check_year(year)
    if not month:
        return _days(f"{year}-01-01", f"{year}-12-31")
    if not day:
        return _months(year, month)
    _check_day(year, month, day)
    return _days(f"{year}-{month}-{day}", f"{year}-{month}-{day}")


def _months(year: str, code: str) -> Span:
    if code not in _FIRST_AND_COUNT:
        raise _Refused(
            f"there is no month {code}; months are 01 to 12, seasons 21 to 24, quarters 33 to 36, halves 40 and 41"
        )
    first, count = _FIRST_AND_COUNT[code]
    years, last = divmod(first + count - 2, 12)
    final_year, final_month = int(year) + years, last + 1
    if final_year > 9999:
        raise _Refused("it ends after the year 9999; write 9999-12")
    final_day = month_length(final_year, final_month)
    return _days(f"{year}-{first:02}-01", f"{final_year:04}-{final_month:02}-{final_day}")


def _days(first: str, last: str) -> Span:
    earliest, latest = Moment(f"{first}T00:00:00.000Z"), Moment(f"{last}T23:59:59.999Z")
    return Span(Edge(earliest, earliest), Edge(latest, latest))


def _unspecified(text: str) -> Span:
    first, last = text.replace("X", "0"), text.replace("X", "9")
    _check_year(first)
    return _days(f"{first}-01-01", f"{last}-12-31")


def _instant(text: str, found: re.Match[str]) -> Span:
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    _check_year(year)
    _check_day(year, month, day)
    _check_clock(hour, minute, second or "00")
    _check_offset(zone)
    start = datetime.fromisoformat(text)
    try:
        return Span(edge_at(start, zone), edge_at(start + _precision(second, fraction), zone))
    except (OverflowError, ValueError):
        raise _Refused("in UTC it falls outside the years 0001 to 9999") from None


def _precision(second: str | None, fraction: str | None) -> timedelta:
    """Returns the time from the first to the last millisecond of a minute, a second or its decimals."""
    unit = 10 ** (3 - len(fraction or "")) if second else 60_000
    return timedelta(milliseconds=unit - 1)


def _check_year(year: str) -> None:
    if year == "0000":
        raise _Refused("years run from 0001 to 9999")


def _check_day(year: str, month: str, day: str) -> None:
    if not "01" <= month <= "12":
        raise _Refused(f"there is no month {month} with days; months are 01 to 12, like 2024-03-15")
    length = month_length(int(year), int(month))
    if not 1 <= int(day) <= length:
        raise _Refused(f"there is no day {int(day)}: {_NAMES[month]} {year} has the days 01 to {length}")


def _check_clock(hour: str, minute: str, second: str) -> None:
    if int(hour) > 23:
        raise _Refused("hours run from 00 to 23; midnight is 00:00 of the day that begins")
    if int(minute) > 59 or int(second) > 59:
        raise _Refused("minutes and seconds run from 00 to 59; write a leap second as 59")


def _check_offset(zone: str) -> None:
    if zone == "-00:00":
        raise _Refused("an offset of -00:00 says nothing; write Z for UTC")
    if zone != "Z" and (zone[4:] > "59" or zone[1:] > "14:00"):
        raise _Refused("an offset lies between -14:00 and +14:00, like 2024-07-30T21:05+02:00")


def month_length(year: int, month: int) -> int:
    """Returns the number of days of a month (1 to 12)."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _near_miss(text: str) -> str:
    for pattern, remedy in _NEAR_MISSES:
        if found := re.fullmatch(pattern, text, re.DOTALL):
            return found.expand(remedy)
    return _FORMS


# Instants


def recorded_at(instant: datetime) -> Recorded:
    """Returns an aware datetime as an instant of transaction time, without the digits after the milliseconds.

    Raises ValueError where the datetime is naive, or outside the years 1 to 9999 in UTC.
    """
    return Recorded(_stamp(instant))


def later(recorded: Recorded, milliseconds: int) -> Recorded:
    """Returns the instant that number of milliseconds later, or the same one at the end of the year 9999."""
    try:
        return recorded_at(to_datetime(recorded) + timedelta(milliseconds=milliseconds))
    except OverflowError:
        return recorded


def moment_at(instant: datetime) -> Moment:
    """Returns an aware datetime as an instant of valid time, by the rules of ``recorded_at``."""
    return Moment(_stamp(instant))


def edge_at(instant: datetime, offset: str) -> Edge:
    """Returns an aware datetime as an edge, with its offset as text. Raises ValueError as ``recorded_at`` does."""
    return Edge(moment_at(instant), moment_at(instant.replace(tzinfo=UTC)), offset)


def check_recorded(text: str, *, field: str = "") -> Recorded:
    """Returns ``text`` if it is ``YYYY-MM-DDTHH:MM:SS.mmmZ`` and on the calendar. Otherwise raises BadDate."""
    if not re.fullmatch(_STORED, text):
        raise BadDate(shown(text, _LONGEST), "write an instant in UTC, like 2024-07-30T19:05:00.000Z", field=field)
    try:
        datetime.fromisoformat(text)  # takes a tenth of the time that ``check`` takes
    except ValueError:
        raise BadDate(text, why_not(text), field=field) from None
    return Recorded(text)


def moment(text: str) -> Edge:
    """Returns the last edge of a date, so that ``as_of(story, moment("2023-12-31"))`` includes all of that day.

    Raises BadDate where the date is not in the subset.
    """
    return span(check(text)).latest


def to_datetime(instant: Recorded | Moment) -> datetime:
    """Returns the instant as an aware datetime in UTC. Raises ValueError where the text is not an instant."""
    return datetime.fromisoformat(instant)


def seconds_apart(earlier: str, later: str) -> float:
    """Returns the seconds from one instant to a later one of the same axis."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def days_apart(earlier: str, later: str) -> int:
    """Returns the whole days from one instant to a later one of the same axis."""
    return int(seconds_apart(earlier, later) // 86_400)


def calendar_days(earlier: Edge, later: Edge) -> int:
    """Returns the number of days from the day of one edge to that of another."""
    first, last = (datetime.fromisoformat(each.day) for each in (earlier, later))
    return (last - first).days


def apart(earlier: Recorded, later: Recorded) -> str:
    """Returns the time between, in whole units of the largest kind that fits: "12 days", "1 hour"."""
    seconds = int(seconds_apart(earlier, later))
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if number := seconds // length:
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return "less than a second"


def _stamp(instant: datetime) -> str:
    if instant.utcoffset() is None:
        raise ValueError(f"{instant!r} has no offset; use an aware datetime")
    try:
        utc = instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{instant!r} is outside the years 1 to 9999 in UTC") from None
    return f"{utc.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


# Words


def in_words(occurred: Occurred) -> str:
    """Returns plain English, exactly as precise as the date: "about March 2024", "29 July to 4 August 2024".

    No two dates of the subset read the same, except an interval of twice the same date, which reads as that date.
    Raises BadDate where ``occurred`` is not in the subset.
    """
    span(occurred)
    start, _, end = simplest(occurred).partition("/")
    if end == _OPEN:
        return f"since {_single_words(start)}"
    if start == _OPEN:
        return f"by {_single_words(end)}"
    return _interval_words(start, end) if end else _single_words(start)


def _interval_words(start: str, end: str) -> str:
    first, last = _single_words(start).split(" "), _single_words(end).split(" ")
    if _is_plain(start) and _is_plain(end) and len(first) == len(last) and first != last:
        while first[-1] == last[len(first) - 1]:
            first.pop()  # "April 2024 to June 2024" shares its year
    return f"{' '.join(first)} to {' '.join(last)}"


def _is_plain(text: str) -> bool:
    parts = parts_of(text)
    return not (parts.mark or parts.time or "X" in parts.year)


class Parts(Struct, frozen=True):
    """The parts of one date of the subset, each empty if the date does not have it.

    ``year`` may have unspecified digits (``202X``). ``month`` has two digits: a month, or the number of a season,
    a quarter or a half. ``time`` is the time of day, ``zone`` its offset: ``Z`` or ``-08:00``.
    """

    year: str
    month: str = ""
    day: str = ""
    mark: str = ""
    time: str = ""
    zone: str = ""


def parts_of(text: str) -> Parts:
    """Returns the parts of a date that is no interval. It has to be one of the subset."""
    if "X" in text:
        return Parts(text)
    date, _, clock = text.partition("T")
    mark = date[-1] if date[-1] in "~?%" else ""
    year, month, day = (*date.rstrip("~?%").split("-"), "", "")[:3]
    zone = "Z" if clock.endswith("Z") else clock[-6:]
    return Parts(year, month, day, mark, clock.removesuffix(zone), zone)


def _single_words(text: str) -> str:
    parts = parts_of(text)
    if "X" in parts.year:
        return _unspecified_words(parts.year)
    words = _date_words(parts.year, parts.month, parts.day)
    if parts.time:
        return f"{words}, {parts.time} {'UTC' if parts.zone == 'Z' else f'(UTC{parts.zone})'}"
    about = "about " if parts.mark in ("~", "%") else ""
    return f"{about}{words}{' (uncertain)' if parts.mark in ('?', '%') else ''}"


def _date_words(year: str, month: str, day: str) -> str:
    if not month:
        return year
    if day:
        return f"{int(day)} {_NAMES[month]} {year}"
    if month == "24":  # the only one that runs into the next year
        return f"winter {year}/{(int(year) + 1) % 100:02}"
    return f"{_NAMES[month]} {year}"


def _unspecified_words(text: str) -> str:
    years = f"the {text.replace('X', '0')}s"
    if text.endswith("XX"):
        return f"{years} (century)"
    return f"{years} (decade)" if text.endswith("0X") else years
