"""Resolve dates as people write them to EDTF, and refuse the ambiguous ones.

    "about March 2024" ──tidy──▶ words ──an EDTF text?──▶ as it stands
                                   └──one date? two ends?──▶ Understood("2024-03~", "about March 2024")

The result is in the EDTF subset of ``tracker.text.dates`` (ISO 8601-2:2019), no wider and no narrower than the
words. Where words are ambiguous, the refusal says so; nothing is guessed:

- **Relative words** are resolved at both ends of the reference (the span of "now", or of the date a source
  was published). Where the answers differ ("last year", published 2023-12-30/2024-01-02), they are refused.
- **As precise as its unit**: "3 days ago" is a day, "2 weeks ago" the whole ISO week (Monday to Sunday) two
  before, "3 months ago" a calendar month, "a year ago" a calendar year. "Now" is a minute in UTC.
- **Omitted parts** are taken from the end of an interval: "29 July to 4 August 2024", "12 to 15 March 2024".
- **Until and by** include the date named. Before and after would exclude it, and are refused.
- **Winter** takes both years ("winter 2024/25"), because "winter 2024" may be either of two.
- **Fiscal periods** ("Q4 FY2024") become the months of the company whose fiscal year the caller gives; where it
  gives several that disagree, they are refused.
- **Refused** because the words alone do not tell: fiscal periods without a company, weekdays, months
  without a year, 3/4/2024, early and late, times without an offset.

Each text that ``dates.in_words`` returns is understood here and gives the same date again.

This is a closed list of English forms and no natural-language parser. It is pure: the caller passes "now" as the
reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from tracker.errors import BadDate, shown
from tracker.text.dates import MONTHS, Occurred, Span, month_length, to_datetime, why_not

EXAMPLES = (
    "15 March 2024",
    "Q4 2024",
    "29 July to 4 August 2024",
    "about March 2024",
    "last week",
    "2024-07-30 21:05 +02:00",
)
"""Accepted forms, for messages and help texts."""


class Understood(NamedTuple):
    """The resolved date, and the words it was resolved from (empty where EDTF was typed)."""

    occurred: Occurred
    occurred_as: str


class FiscalYear(NamedTuple):
    """The end of a company's fiscal year: a month, and a day of it (0: the last one). A fiscal year has the number
    of the calendar year in which it ends or, with ``by_start``, begins."""

    company: str
    month: int
    day: int = 0
    by_start: bool = False


class _Refused(Exception):
    """The reason why words are refused. It never leaves this module."""


_LONGEST = 120  # characters of typed text

_RANKS = (("first", "1st"), ("second", "2nd"), ("third", "3rd"), ("fourth", "4th"))
_MONTH_CODES = {
    **{name.lower(): f"{number:02}" for number, name in enumerate(MONTHS, 1)},
    **{name[:3].lower(): f"{number:02}" for number, name in enumerate(MONTHS, 1)},
    **{"sept": "09"},
}
_CODES = {
    **_MONTH_CODES,
    **{"spring": "21", "summer": "22", "autumn": "23", "fall": "23"},
    **{f"{rank} quarter": f"{33 + n}" for n, ranks in enumerate(_RANKS) for rank in ranks},
    **{f"{rank} half": f"{40 + n}" for n, ranks in enumerate(_RANKS[:2]) for rank in ranks},
    **{f"q{n}": f"{32 + n}" for n in range(1, 5)},
    **{f"h{n}": f"{39 + n}" for n in range(1, 3)},
}
_LENGTHS = dict.fromkeys(("33", "34", "35", "36"), 3) | dict.fromkeys(("40", "41"), 6)
"""The number of months of each quarter and half, by code."""
_LAST = {3: 36, 6: 41}
"""The code of a year's last quarter and last half, by their number of months."""
_AHEAD_AT_MOST = 10
"""A year of two digits is one of this century if it is at most this many years ahead."""
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_COUNTS |= {"seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12}

# Patterns are text, compiled by ``re`` on first use: most runs never read a phrase.
_MONTH, _PART = "|".join(_MONTH_CODES), "|".join(_CODES)
_YEAR, _DAY = "(?P<year>[0-9]{4})", "(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_WRITTEN = (
    f"(?P<part>{_PART}) (?:of )?{_YEAR}",
    f"{_YEAR}[ -]?(?P<part>q[1-4]|h[12])",
    f"{_DAY} (?:of )?(?P<part>{_MONTH}) (?:of )?{_YEAR}",
    f"(?P<part>{_MONTH}) {_DAY} {_YEAR}",
)
_WINTER = f"winter (?:of )?{_YEAR} ?[/-] ?(?P<next>[0-9]{{2}}|[0-9]{{4}})"
_CLOCKED = (
    r"(?P<day>.+?) (?:at )?(?P<hour>[0-9]{1,2})(?P<rest>:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,3})?)?)"
    r" ?\(?(?:z|(?:utc|gmt)? ?(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2})|utc|gmt)\)?"
)
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}t[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:z|[+-][0-9]{2}:[0-9]{2})"
_ABOUT = "about|around|circa|approximately|approx|roughly|ca|c"
_SINGLE = (
    rf"(?:(?:as of|in|on|during) )?(?P<about>(?:{_ABOUT}) |~ ?)?(?:the )?"
    r"(?P<core>.+?)(?P<uncertain> ?\?| \(uncertain\))?"
)
_COUNT, _UNIT = f"(?P<count>[0-9]{{1,4}}|{'|'.join(_COUNTS)})", "(?P<unit>minute|hour|day|week|month|year)"
_AGO, _AHEAD = f"{_COUNT} {_UNIT}s? ago", f"in {_COUNT} {_UNIT}s?"
_CLOCK_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_NEIGHBOUR = "(?P<step>last|this|next) (?P<unit>week|month|year)"
_STEPS = {"last": -1, "this": 0, "next": 1}
_NAMED_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}

_FISCAL_YEAR = "(?:fy|(?:fiscal|financial)(?: year)?)"
_FISCAL_PART = f"(?P<part>{'|'.join(part for part, code in _CODES.items() if code in _LENGTHS)})"
_NUMBERED = "'?(?P<year>[0-9]{4}|[0-9]{2})"
_FISCAL = (
    f"(?:{_FISCAL_PART} (?:of )?(?:the )?)?{_FISCAL_YEAR} ?{_NUMBERED}",
    f"{_FISCAL_YEAR} ?{_NUMBERED} {_FISCAL_PART}",
    f"fiscal {_FISCAL_PART} (?:of )?{_NUMBERED}",
    f"(?P<rank>first|second|third|fourth|1st|2nd|3rd|4th) fiscal (?P<length>quarter|half) (?:of )?{_NUMBERED}",
)

_SINCE = "since (.+)|from (.+) on(?:wards?)?"
_UNTIL = "(?:until|till|by|up to) (.+)"
_BOTH_ENDS = ("between (.+) and (.+)", "(?:from )?(.+?) (?:to|until|till|through|-) (.+)")

_OF_A_FISCAL_YEAR = r"\b(?:fy|fy ?'?[0-9]+|fiscal|financial year|tax year)\b"

# Patterns that are refused on purpose, each with a remedy. The first pattern found in the words counts.
_REFUSALS = (
    (
        _OF_A_FISCAL_YEAR,
        r"a fiscal period depends on the company's year end; write its months, like 2024-04/2024-06, or name the "
        r"company, with its fiscal_year_end in parties.toml",
    ),
    (
        r"\b(?:last|this|next) (?:quarter|half)\b",
        r"it may be the company's or the calendar's; write it like Q4 2024, or its months: 2024-04/2024-06",
    ),
    (
        r"\b(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\b",
        r"a weekday does not say which week; write the date without it, like 15 March 2024",
    ),
    (
        r"^[0-9]{1,2}:[0-9]{2}\b|\b(?:morning|afternoon|evening|tonight|noon|midnight)\b",
        r"a time of day needs the day and the offset, like 2024-07-30 21:05 +02:00",
    ),
    (r"\bwinter\b", r"a winter has two years; write both, like winter 2024/25"),
    (
        r"\b([0-9]{2})00s\b",
        r"it may be ten years or a hundred; write \g<1>0X for the decade or \g<1>XX for the century",
    ),
    (
        r"\b(?:early|mid|late|beginning|start|middle|end)\b",
        r"how early or late is not certain; write the months, like 2024-01/2024-03, or about March 2024",
    ),
    (
        r"\b(?:before|after)\b",
        r"it leaves out the date named; write the last or first day that counts, like until 14 March 2024 "
        r"or since 16 March 2024",
    ),
    (
        r"[0-9] ?(?:am|pm|a m|p m)\b|[0-9]:[0-9]{2}",
        r"write the day, the time on the 24-hour clock and its offset, like 2024-07-30 21:05 +02:00",
    ),
    (
        rf"(?:\b(?:{_ABOUT}|uncertain)\b|[~?%]).* (?:to|and|until|till|through|-) |"
        r" (?:to|and|until|till|through|-) .*[?)%~]$",
        r"write both ends in full, so that it shows which one is meant, like about April 2024 to June 2024",
    ),
    (r"^from\b", r"write since March 2024 where it went on, or March 2024 alone where it did not"),
    (r"^([0-9]{4})-([0-9]{4})$", r"write \1/\2"),
    (r"^([0-9]{1,2})[/.-]([0-9]{4})$", r"write the year first, like 2024-03"),
    (rf"^(?!.*[0-9]{{4}}).*\b(?:{_MONTH})\b", r"which year? Write it too, like March 2024"),
)


def understand(text: str, reference: Span, *, field: str = "", fiscal: Iterable[FiscalYear] = ()) -> Understood:
    """Returns the date that ``text`` means. ``reference`` is the span of the date that relative words count from;
    ``fiscal`` holds the fiscal years that may apply.

    EDTF comes back unchanged. Raises BadDate where the words are unknown, impossible or ambiguous; the error
    says what to write instead. Letter case, spacing and a full stop or comma at the end do not matter.
    """
    if len(text) > _LONGEST:
        raise BadDate(shown(text, _LONGEST), f"a date has at most {_LONGEST} characters", field=field)
    words = _tidy(text)
    if not why_not(words):
        return Understood(Occurred(words), "")
    try:
        plain = _plain(words)
        return Understood(_fiscal(plain, list(fiscal), reference) or _read(plain, reference), words)
    except _Refused as refused:
        raise BadDate(text, str(refused), field=field) from None


def _tidy(text: str) -> str:
    """Returns the words as they are kept: with single spaces, and without a full stop or comma at the end."""
    words = " ".join(text.split())
    return re.sub(r"(?<!\.)[.,]$", "", words)  # the two dots of 2024-03/.. stay


def _plain(words: str) -> str:
    """Returns the words as they are parsed: lower case, no commas or dots of abbreviations, all dashes alike."""
    dashed = re.sub("[–—]", " - ", words.lower())
    return " ".join(re.sub(r",|(?<=[a-z])\.", " ", dashed).split())


def _read(words: str, reference: Span) -> Occurred:
    edtf = _single(words, reference) or _interval(words, reference)
    if not edtf:
        raise _Refused(why_not(words.upper()) if re.fullmatch(_INSTANT, words) else _refusal(words))
    if reason := why_not(edtf):
        raise _Refused(reason)
    return Occurred(edtf)


# One date. Every reader returns EDTF text, whose calendar ``_read`` checks, or an empty string.


def _single(words: str, reference: Span) -> str:
    if edtf := _core(words, reference):
        return edtf
    found = re.fullmatch(_SINGLE, words)
    if not found:
        return ""
    edtf = _core(found["core"], reference)
    marks = ("~" if found["about"] else "") + ("?" if found["uncertain"] else "")
    return _marked(edtf, marks) if edtf and marks else edtf


def _core(words: str, reference: Span) -> str:
    return _absolute(words) or _relative(words, reference)


def _absolute(words: str) -> str:
    return _edtf(words) or _written(words) or _winter(words) or _decade(words) or _clocked(words)


def _edtf(words: str) -> str:
    return "" if why_not(words.upper()) else words.upper()


def _written(words: str) -> str:
    for pattern in _WRITTEN:
        if found := re.fullmatch(pattern, words):
            parts = found.groupdict()
            day = f"-{int(parts['day']):02}" if "day" in parts else ""
            return f"{parts['year']}-{_CODES[parts['part']]}{day}"
    return ""


def _winter(words: str) -> str:
    found = re.fullmatch(_WINTER, words)
    if not found or not f"{int(found['year']) + 1:04}".endswith(found["next"]):
        return ""
    return f"{found['year']}-24"


def _decade(words: str) -> str:
    if found := re.fullmatch("([0-9]{2}[1-9])0s", words):
        return f"{found[1]}X"
    if found := re.fullmatch(r"([0-9]{2})00s \(?(decade|century)\)?", words):
        return f"{found[1]}0X" if found[2] == "decade" else f"{found[1]}XX"
    return ""


def _clocked(words: str) -> str:
    found = re.fullmatch(_CLOCKED, words)
    if not found:
        return ""
    day = _written(found["day"]) or found["day"]
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
        return ""
    offset = f"{found['sign']}{found['hours']}:{found['minutes']}" if found["sign"] else "Z"
    return f"{day}T{found['hour']:0>2}{found['rest']}{offset}"


def _marked(edtf: str, marks: str) -> str:
    if "/" in edtf:
        raise _Refused("about and uncertain go with a single date; mark its ends, like 2024-03~/2024-05~")
    bare = edtf.rstrip("~?%")
    every = {*edtf[len(bare) :], *marks}
    return f"{bare}{every.pop() if len(every) == 1 else '%'}"


# Relative dates


def _relative(words: str, reference: Span) -> str:
    step = _step(words)
    if not step:
        return ""
    first, last = (_moved(to_datetime(end), *step) for end in reference)
    if first != last:
        raise _Refused(
            f"relative to {reference.earliest} it is {first}, relative to {reference.latest} it is {last}; "
            "write the date itself"
        )
    return first


def _step(words: str) -> tuple[str, int] | None:
    """Returns the unit of relative words and their number of units from the reference (negative: back in time);
    None for other words."""
    if words == "now":
        return "minute", 0
    if words in _NAMED_DAYS:
        return "day", _NAMED_DAYS[words]
    if found := re.fullmatch(_NEIGHBOUR, words):
        return found["unit"], _STEPS[found["step"]]
    if found := re.fullmatch(_AGO, words):
        return found["unit"], -_count(found["count"])
    if found := re.fullmatch(_AHEAD, words):
        return found["unit"], _count(found["count"])
    return None


def _count(words: str) -> int:
    return _COUNTS.get(words) or int(words)


def _moved(instant: datetime, unit: str, steps: int) -> str:
    if unit in _CLOCK_UNITS:
        return _clock_away(instant, unit, steps)
    if unit in ("day", "week"):
        return _days_away(instant, unit, steps)
    if unit == "year":
        return _year(instant.year + steps)
    years, month = divmod(instant.month - 1 + steps, 12)
    return f"{_year(instant.year + years)}-{month + 1:02}"


def _year(number: int) -> str:
    if not 1 <= number <= 9999:
        raise _Refused("it falls outside the years 0001 to 9999")
    return f"{number:04}"


def _clock_away(instant: datetime, unit: str, steps: int) -> str:
    try:
        return f"{(instant + _CLOCK_UNITS[unit] * steps).isoformat()[:16]}Z"
    except OverflowError:
        raise _Refused("it falls outside the years 0001 to 9999") from None


def _days_away(instant: datetime, unit: str, steps: int) -> str:
    try:
        if unit == "day":
            return (instant.date() + timedelta(days=steps)).isoformat()
        monday = instant.date() + timedelta(weeks=steps, days=-instant.weekday())
        return f"{monday}/{monday + timedelta(days=6)}"
    except OverflowError:
        raise _Refused("it falls outside the years 0001 to 9999") from None


# Fiscal periods


def _fiscal(words: str, years: list[FiscalYear], reference: Span) -> Occurred:
    """Returns the months of a fiscal period; empty where the words name none, or the caller gives no year."""
    if not years or not re.search(_OF_A_FISCAL_YEAR, words):
        return Occurred("")
    words = re.sub("^(?:(?:in|during|for) )?(?:the )?", "", words)
    found = next((match for pattern in _FISCAL if (match := re.fullmatch(pattern, words))), None)
    part, number = _part_and_number(found.groupdict(), reference) if found else ("", 0)
    if not number:
        raise _Refused("a fiscal period is understood by itself only, like Q4 FY2024 or FY2024; write its months")
    periods = {_period(part, number, year): year.company for year in years}
    if len(periods) > 1:
        readings = ", ".join(f"{period} for {company}" for period, company in periods.items())
        raise _Refused(f"it is {readings}; write the months of the one that is meant")
    (period,) = periods
    return Occurred(period)


def _part_and_number(groups: dict[str, str | None], reference: Span) -> tuple[str, int]:
    """Returns the code of the part (empty: the whole year) and the number of a fiscal year; 0 where there is no
    such part."""
    part = groups.get("part") or " ".join(filter(None, (groups.get("rank"), groups.get("length"))))
    if part and part not in _CODES:
        return "", 0
    number = str(groups["year"])
    if len(number) == 2 and 2000 + int(number) > to_datetime(reference.earliest).year + _AHEAD_AT_MOST:
        raise _Refused(f"which century? Write the year with four digits, like FY19{number}")
    return _CODES.get(part, ""), int(number) + (2000 if len(number) == 2 else 0)


def _period(part: str, number: int, year: FiscalYear) -> str:
    """Returns the interval from the first to the last month (or day) of a part of the fiscal year."""
    ends_with_calendar_year = year.month == 12 and not year.day
    months = (number + (year.by_start and not ends_with_calendar_year)) * 12 + year.month - 1
    length = _LENGTHS.get(part, 12)
    if part:
        months -= length * (_LAST[length] - int(part))
    if not year.day:
        return f"{_month(months - length + 1)}/{_month(months)}"
    first, last = _day(months - length, year.day) + timedelta(days=1), _day(months, year.day)
    return f"{first}/{last}"


def _month(months: int) -> str:
    return f"{_year(months // 12)}-{months % 12 + 1:02}"


def _day(months: int, day: int) -> date:
    year, month = int(_year(months // 12)), months % 12 + 1
    return date(year, month, min(day, month_length(year, month)))


# Intervals


def _interval(words: str, reference: Span) -> str:
    if found := re.fullmatch(_SINCE, words):
        start = _end(found[1] or found[2], reference)
        return f"{start}/.." if start else ""
    if found := re.fullmatch(_UNTIL, words):
        end = _end(found[1], reference)
        return f"../{end}" if end else ""
    for pattern in _BOTH_ENDS:
        if found := re.fullmatch(pattern, words):
            return _from_to(found[1], found[2], reference)
    return ""


def _end(words: str, reference: Span) -> str:
    edtf = _single(words, reference)
    if "/" in edtf:
        raise _Refused(f"{words} is itself an interval, {edtf}; write the day that it starts or ends on")
    return edtf


def _from_to(start: str, end: str, reference: Span) -> str:
    last = _end(end, reference)
    if not last:
        return ""
    if first := _end(start, reference):
        return f"{first}/{last}"
    first = _completed(start, end)
    if first and not why_not(first) and not why_not(last) and why_not(f"{first}/{last}"):
        raise _Refused("as written it ends before it starts; write month and year at both ends")
    return first and f"{first}/{last}"


def _completed(start: str, end: str) -> str:
    """Returns ``start`` as a date, with as few last words of ``end`` as it needs: 29 (July 2024), April (2024)."""
    words = end.split(" ")
    for shared in range(1, len(words)):
        if edtf := _written(f"{start} {' '.join(words[-shared:])}"):
            return edtf
    return ""


# Refusals


def _refusal(words: str) -> str:
    for pattern, remedy in _REFUSALS:
        if found := re.search(pattern, words):
            return found.expand(remedy)
    return _numeric_refusal(words) or _edtf_refusal(words) or f"write a date like {_examples()}"


def _examples() -> str:
    return f"{', '.join(EXAMPLES[:-1])} or {EXAMPLES[-1]}"


def _numeric_refusal(words: str) -> str:
    found = re.search(r"\b([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})\b", words)
    if not found:
        return ""
    a, b = int(found[1]), int(found[3])
    readings = dict.fromkeys((f"{found[4]}-{b:02}-{a:02}", f"{found[4]}-{a:02}-{b:02}"))
    possible = [reading for reading in readings if not why_not(reading)]
    if len(possible) == 2:
        return f"it may be day or month first; write {possible[0]} or {possible[1]}"
    return f"write {possible[0]}" if possible else ""


def _edtf_refusal(words: str) -> str:
    """Returns why the first word that looks like EDTF is not EDTF; empty where no word looks so."""
    for word in words.upper().split(" "):
        if re.match(r"[0-9]{3}[0-9X]|[0-9]{2}XX|\.\./|/", word) and (reason := why_not(word)):
            return reason
    return ""
