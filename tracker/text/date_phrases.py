"""Resolve dates as people write them to EDTF, and refuse the ambiguous ones.

    "about March 2024" ──tidy──▶ words ──an EDTF text?──▶ as it stands
                                   └──one date? two ends?──▶ Understood("2024-03~", "about March 2024")

The result is in the EDTF subset of ``tracker.text.dates`` (ISO 8601-2:2019), no wider and no narrower than the
words. Where words are ambiguous, the refusal says so; nothing is guessed:

- **Relative words** are resolved at both ends of the reference (the span of "now", or of the date a source
  was published), on the calendar of its place. Where the answers differ ("last year", published
  2023-12-30/2024-01-02), they are refused.
- **As precise as its unit**: "3 days ago" is a day, "2 weeks ago" the whole ISO week (Monday to Sunday) two
  before, "3 months ago" a calendar month, "a year ago" a calendar year. "Now" is a minute.
- **Last Sunday** is the Sunday before the reference. A bare, this or next Sunday may be either of two.
- **A weekday beside a date** is checked.
- **Omitted parts** are taken from the other end of an interval: "26-29 October 2009", "Nov 21-23, 2025".
- **Until and by** include the date named, before and after exclude it.
- **Winter** takes both years ("winter 2024/25"), because "winter 2024" may be either of two.
- **Two numbers** such as 2020-21 may be two years or a season, and are refused, although EDTF has one reading.
- **Fiscal periods** ("Q4 FY2024") become the months of the company whose fiscal year the caller gives; where it
  gives several that disagree, they are refused.
- **Times of day** take the desk's time zone if they name none, and today or the source's day if they name no day:
  see ``clock_phrases``.
- **The end of a period** is its last day where a deadline is asked for; otherwise how late is not certain.
- **Refused** because the words alone do not tell: fiscal periods without a company, months without a year,
  3/4/2024, early and late. The remedy is made from the words.

Each text that ``dates.in_words`` returns is understood here and gives the same date again.

This is a closed list of English forms and no natural-language parser. It is pure: the caller passes "now" as the
reference.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple

from tracker.errors import BadDate, shown
from tracker.text import clock_phrases
from tracker.text.clock_phrases import RefusedTime
from tracker.text.date_context import EXAMPLES, FiscalYear, Reference
from tracker.text.dates import (
    MONTHS,
    Edge,
    Occurred,
    edge_at,
    in_words,
    month_length,
    simplest,
    span,
    to_datetime,
    why_not,
)


class Understood(NamedTuple):
    """The resolved date, and the words it was resolved from (empty where EDTF was typed)."""

    occurred: Occurred
    occurred_as: str


class _Refused(Exception):
    """The reason why words are refused. It never leaves this module."""


_LONGEST = 120  # characters of typed text
_MOST_WORDS = 12
"""The number of words in which a part is looked for that is a date."""

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
    **{f"{written}": f"{32 + n}" for n in range(1, 5) for written in (f"q{n}", f"q0{n}", f"{n}q")},
    **{f"{written}": f"{39 + n}" for n in range(1, 3) for written in (f"h{n}", f"{n}h")},
    **{"last quarter": "36", "final quarter": "36", "last half": "41", "latter half": "41"},
}
_LENGTHS = dict.fromkeys(("33", "34", "35", "36"), 3) | dict.fromkeys(("40", "41"), 6)
"""The number of months of each quarter and half, by code."""
_LAST = {3: 36, 6: 41}
"""The code of a year's last quarter and last half, by their number of months."""
_AHEAD_AT_MOST = 10
"""A year of two digits is one of this century if it is at most this many years ahead."""
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_COUNTS |= {"seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# Patterns are text, compiled by ``re`` on first use: most runs never read a phrase.
_MONTH, _PART = "|".join(_MONTH_CODES), "|".join(_CODES)
_WEEKDAY = "mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_YEAR, _DAY = "(?P<year>[0-9]{4}|'[0-9]{2})", "(?:the )?(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_SHORT_YEAR = "(?P<year>'?[0-9]{2}|[0-9]{4})"
_QUARTER = "(?P<part>q0?[1-4]|[1-4]q|h[12]|[12]h)"
_WRITTEN = (
    f"(?P<part>{_PART})[ -](?:of )?(?:the year )?{_YEAR}",
    f"(?P<part>{_MONTH})/{_YEAR}",
    f"{_YEAR}[ -](?P<part>{_PART})",
    f"{_QUARTER} ?[/-]? ?(?:of )?{_SHORT_YEAR}",
    f"(?P<year>[0-9]{{4}}) ?[/-]? ?{_QUARTER}",
    f"{_DAY}(?P<mark>[ /-]?)(?:of )?(?P<part>{_MONTH})(?P=mark)(?:of )?{_SHORT_YEAR}",
    f"(?P<part>{_MONTH})(?P<mark>[ -]){_DAY}(?P=mark){_SHORT_YEAR}",
    f"{_YEAR}[ -](?P<part>{_MONTH})[ -]{_DAY}",
    "(?P<year>[0-9]{4})(?P<mark>[-/. ])(?P<part>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})",
    "(?P<year>[0-9]{4})-(?P<part>[1-9])",
    "(?P<year>[0-9]{4})年(?P<part>[0-9]{1,2})月",
    "(?P<year>[0-9]{4})年(?P<part>[0-9]{1,2})月(?P<day>[0-9]{1,2})日",
    "(?P<year>[0-9]{4})(?P<part>[01][0-9])(?P<day>[0-3][0-9])",
)
_WEEK = "w|week|wk|cw|kw|calendar week"
_WINTER = "winter (?:of )?(?P<year>[0-9]{4}) ?[/-] ?(?P<next>[0-9]{2}|[0-9]{4})"
_AT, _CLOCK = "(?: at |[t ])", clock_phrases.PATTERN
_CLOCKED = (
    rf"(?P<day>.+?){_AT}{_CLOCK}",
    f"{_CLOCK} (?:on )?(?P<day>.+)",
    rf"(?P<day>.+?) {_CLOCK} (?P<year>[0-9]{{4}})",
)
_RFC_822 = rf"(?:{_WEEKDAY}) [0-9]{{1,2}} (?:{_MONTH}) [0-9]{{2,4}} [0-9:]+ [a-z]+"
_REWRITTEN = (
    (r"^([0-9]{4})-?([0-9]{2})-?([0-9]{2})[t ]([0-9]{2})([0-9]{2})(?= ?(?:z|utc|gmt|[+-]))", r"\1-\2-\3t\4:\5"),
    (r"^([0-9]{4})-?([0-9]{2})-?([0-9]{2})t([0-9]{2})([0-9]{2})([0-9]{2})(?=z|[+-])", r"\1-\2-\3t\4:\5:\6"),
    (r"(:[0-9]{2}) ([0-9]{4}) ([+-][0-9]{4})$", r"\1 \3 \2"),
    (r"([0-9])\.([a-z])", r"\1 \2"),
    (r"\bqtr\b\.?", "quarter"),
)
"""Spellings that are rewritten first: times without colons, the date of a git log, 5.May.2024."""
_ABOUT = "about|around|circa|approximately|approx|roughly|ca|c"
_SINGLE = (
    rf"(?:(?:as of|in|on|at|during) )?(?P<about>(?:{_ABOUT}) |~ ?)?(?:the )?(?:year )?"
    r"(?P<perhaps>(?:possibly|probably|perhaps|maybe) )?(?P<core>.+?)(?P<uncertain> ?\?| \((?:uncertain|\?)\))?"
)
_COUNT, _UNIT = f"(?P<count>[0-9]{{1,4}}|{'|'.join(_COUNTS)})", "(?P<unit>minute|hour|day|week|month|year)"
_AGO, _AHEAD = f"{_COUNT} {_UNIT}s? ago", f"in {_COUNT} {_UNIT}s?"
_CLOCK_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_NEIGHBOUR = "(?P<step>last|this|next) (?P<unit>week|month|year)"
_STEPS = {"last": -1, "this": 0, "next": 1}
_NAMED_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1, "day before yesterday": -2, "day after tomorrow": 2}

_FISCAL_YEAR = "(?:fy|(?:fiscal|financial)(?: year)?)"
_FISCAL_PART = f"(?P<part>{'|'.join(part for part, code in _CODES.items() if code in _LENGTHS)})"
_NUMBERED = "'?(?P<year>[0-9]{4}|[0-9]{2})"
_FISCAL = (
    f"(?:{_FISCAL_PART} (?:of )?(?:the )?)?{_FISCAL_YEAR} ?{_NUMBERED}",
    f"{_FISCAL_YEAR} ?{_NUMBERED} {_FISCAL_PART}",
    f"fiscal {_FISCAL_PART} (?:of )?{_NUMBERED}",
    f"(?P<rank>first|second|third|fourth|1st|2nd|3rd|4th) fiscal (?P<length>quarter|half) (?:of )?{_NUMBERED}",
)

_SINCE = "(?:since|on or after|no earlier than|not earlier than|not before) (.+)|from (.+) on(?:wards?)?"
_GOES_ON = "(?:from )?(.+?)(?: onwards?| ?-(?: ?present)?| (?:to|until|till|through) (?:the )?present)"
_UNTIL = "(?:until|till|by|up to|on or before|no later than|not later than) (.+)"
_BEFORE, _AFTER = "(?:before|prior to|earlier than) (.+)", "(?:after|later than) (.+)"
_BOTH_ENDS = (
    "between (.+) and (.+)",
    "(?:from )?(.+?) (?:to|until|till|through|thru|-) (.+)",
    "(.+?) ?(?:/|--|\\.\\.+) ?(.+)",
)
_TIME = "[0-9]{1,2}(?:[:h][0-9]{2}(?::[0-9]{2})?)?(?: ?(?P<HALF>[ap] ?m))?"
_TIMES = (
    rf"(?P<before>.*?)(?:from |between )?(?P<start>{_TIME.replace('HALF', 'first')}) ?(?:-|to|and|until) ?"
    rf"(?P<end>(?=[0-9]+(?:[:h]| ?[ap])){_TIME.replace('HALF', 'second')})(?P<after>(?: .*|z)?)"
)

_FIRST_PART, _LAST_PART = "early|beginning|start", "late|end"
_PARTLY = rf"(?P<which>{_FIRST_PART}|mid|middle|{_LAST_PART})(?: (?:in|of) | |-)(?:the )?(?P<rest>.+)"
_START_OF = "(?:the )?(?:start|beginning|first day)(?: of |-| )(?:the )?(?P<rest>.+)"
_END_OF = "(?:the )?(?:end|last day)(?: of |-| )(?:the )?(?P<rest>.+)"

_OF_A_FISCAL_YEAR = r"\b(?:fy|fy ?'?[0-9]+|fiscal|financial year|tax year)\b"

_TIME_OF_DAY = r"\b(?:(?:in the |this )?(?:morning|afternoon|evening)|(?:at )?night|tonight|noon|midnight)\b"
_VAGUE_INTERVAL = (
    rf"(?:\b(?:{_ABOUT}|uncertain)\b|[~?%]).* (?:to|and|until|till|through|-) |"
    r" (?:to|and|until|till|through|-) .*[?)%~]$"
)

# Patterns that are refused on purpose, each with a remedy. The first pattern found in the words counts.
_REFUSALS = (
    (
        _OF_A_FISCAL_YEAR,
        "a fiscal period depends on the company's year end; write its months, like {year}-04/{year}-06, or name"
        " the company, with its fiscal_year_end in parties.toml",
    ),
    (r"^-(?=[^ ]+ .*\bago$)(.*)", r"leave out the minus sign: \1"),
    (r"\b(?:bc|bce|b c|b c e)\b|^-[0-9]", "years run from 1 on, so that nothing before the year 1 can be dated"),
    (r"\bq0?(?:0|[5-9])\b|\b(?:0|[5-9])q", "a year has the quarters Q1 to Q4"),
    (r"\bh(?:0|[3-9])\b", "a year has the halves H1 and H2"),
    (
        rf"^(?:in |since |until |by )?(?:the )?(?:{_PART}|q[1-4]|h[12])(?: or |-| and | to )?(?:{_PART}|q[1-4])?$",
        "which year? Write it too, like {words} {year}",
    ),
    (rf"^(?:last|past|this) ({_MONTH})$", r"which year? Write \1 {before} or \1 {year}"),
    (rf"^next ({_MONTH})$", r"which year? Write \1 {year} or \1 {following}"),
    (rf"^({_MONTH})[ -]([0-9]{{2}})$", r"which year? Write \1 20\2, or \1 \2 {year}"),
    (
        rf"^(?!.*[0-9]{{4}})(?=.*\b(?:{_WEEKDAY})\b)(?=.*\b(?:{_MONTH})\b).*[0-9]",
        "which year? Write it too, like {words} {year}",
    ),
    (rf"\b(?:{_WEEKDAY})\b", "a weekday does not say which week; write the date instead of it, or last Sunday"),
    (
        _TIME_OF_DAY,
        "a time of day needs the day and the clock, like {day} 21:05 +02:00; or write the day alone: {day}",
    ),
    (r"\bwinter (?:of )?([0-9]{4})", r"a winter has two years; write winter {before}/\1 or winter \1/{after}"),
    (r"\bwinter\b", "a winter has two years; write both, like winter {year}/{after}"),
    (
        r"\b([0-9]{2})00s\b",
        r"it may be ten years or a hundred; write \g<1>0X for the decade or \g<1>XX for the century",
    ),
    (
        r"[0-9] ?(?:am|pm|a m|p m)\b|[0-9]:[0-9]{2}",
        "a time needs its day and an offset or zone that tracker knows; write the day, the time and the offset",
    ),
    (r"^(?:the )?'?([0-9])0'?s$", r"which century? Write the 19\g<1>0s or the 20\g<1>0s"),
    (r"^from ((?!.* to ).+)$", r"write since \1 where it went on, or \1 alone where it did not"),
    (r"^([0-9]{1,2})[/.-]([0-9]{4})$", r"write the year first: \2-\1"),
    (rf"^(?!.*[0-9]{{4}}).*\b(?:{_MONTH})\b", "which year? Write it too, like {words} {year}"),
)


def understand(
    text: str, reference: Reference, *, field: str = "", fiscal: Iterable[FiscalYear] = (), deadline: bool = False
) -> Understood:
    """Returns the date that ``text`` means. ``reference`` is the date that relative words count from; ``fiscal``
    holds the fiscal years that may apply. ``deadline``: the end of a period means its last day.

    EDTF comes back unchanged. Raises BadDate where the words are unknown, impossible or ambiguous; the error
    says what to write instead. Letter case, spacing and a full stop or comma at the end do not matter.
    """
    if len(text) > _LONGEST:
        raise BadDate(shown(text, _LONGEST), f"a date has at most {_LONGEST} characters", field=field)
    words = _tidy(text)
    try:
        if not why_not(words):
            _refuse_two_numbers(words)
            return Understood(simplest(Occurred(words)), "")
        plain = _plain(words)
        found = _fiscal(plain, list(fiscal), reference) or (_bound(plain, reference, _END_OF) if deadline else "")
        return Understood(Occurred(found or _read(plain, reference)), words)
    except (_Refused, RefusedTime) as refused:
        raise BadDate(text, str(refused), field=field) from None


def is_time(words: str) -> bool:
    """Returns whether the words are a time of day alone, such as "5:13 PM"."""
    return re.fullmatch(rf"(?:at )?{_CLOCK}", _plain(_tidy(words))) is not None


def as_typed(occurred: Occurred) -> str:
    """Returns the text that ``understand`` reads as this date: EDTF, or words where EDTF is refused."""
    try:
        _refuse_two_numbers(occurred)
    except _Refused:
        return in_words(occurred)
    return occurred


def _refuse_two_numbers(words: str) -> None:
    """Refuses two numbers such as 2020-21, which are a season in EDTF and two years to most people."""
    found = re.fullmatch(r"(([0-9]{2})([0-9]{2})) ?([-/]) ?([0-9]{2})([~?%]?)", words)
    if not found:
        return
    if (found[3], found[5]) == ("99", "00"):
        raise _Refused(f"write {found[1]}/{_year(int(found[1]) + 1)}")
    month = f"{found[1]}-{found[5]}{found[6]}"
    as_part = "" if why_not(month) else month if found[5] <= "12" else in_words(Occurred(month))
    as_years = f"{found[1]}/{found[2]}{found[5]}" if found[5] > found[3] else ""
    if found[4] == "-" and (found[5] <= "12" or not as_years):
        return
    forms = [form for form in (as_years, as_part) if form]
    both = "it may be two years or a part of one; " if len(forms) == 2 else ""
    raise _Refused(f"{both}write {' or '.join(forms)}")


def _tidy(text: str) -> str:
    """Returns the words as they are kept: with single spaces and plain hyphens, without invisible characters, and
    without a full stop or comma at the end."""
    seen = re.sub("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", "", text)
    plain = re.sub(r"\d", lambda digit: str(int(digit[0])), seen)  # digits of other scripts
    words = " ".join(re.sub("[\u2010\u2011\u2212\ufe63\uff0d]", "-", plain).split())
    return re.sub(r"(?<!\.)[.,]$", "", words)  # the two dots of 2024-03/.. stay


def _plain(words: str) -> str:
    """Returns the words as they are parsed: lower case, no commas or dots of abbreviations, all dashes alike."""
    plain = re.sub(r"(?<=\S)[‒–—―](?=\S)| [‒–—―](?=[0-9]{2}:?[0-9]{2}$)", _hyphen, words.lower())
    plain = re.sub("[‘’ʼ`]", "'", re.sub("[‒–—―]", " - ", plain))
    for pattern, written in _REWRITTEN:
        plain = re.sub(pattern, written, plain)
    plain = re.sub(r"(:[0-9]{2}),([0-9])", r"\1.\2", plain)
    plain = re.sub(r",|(?<=[a-z])\.|(?<=[0-9])\.(?= )", " ", plain)
    return " ".join(re.sub(r"(?<=[a-z])-(quarter|half|end)\b", r" \1", plain).split())


def _hyphen(found: re.Match[str]) -> str:
    return f"{' ' * found[0].startswith(' ')}-"


def _read(words: str, reference: Reference) -> Occurred:
    _refuse_two_numbers(words)
    edtf = _single(words, reference) or _interval(words, reference)
    if not edtf:
        raise _Refused(_refusal(words, reference))
    if reason := why_not(edtf):
        raise _Refused(reason)
    return simplest(Occurred(edtf))


# One date. Every reader returns EDTF text, whose calendar ``_read`` checks, or an empty string.


def _single(words: str, reference: Reference) -> str:
    if edtf := _core(words, reference):
        return edtf
    found = re.fullmatch(_SINGLE, words)
    if not found:
        return ""
    edtf = _core(found["core"], reference)
    marks = ("~" if found["about"] else "") + ("?" if found["perhaps"] or found["uncertain"] else "")
    return _marked(edtf, marks) if edtf and marks else edtf


def _core(words: str, reference: Reference) -> str:
    return (
        _edtf(words)
        or _written(words, reference)
        or _day_first_or_month_first(words)
        or _era(words)
        or _winter(words)
        or _decade(words)
        or _iso_week(words)
        or _relative(words, reference)
        or _clocked(words, reference)
        or _with_weekday(words, reference)
    )


def _edtf(words: str) -> str:
    edtf = words.upper()
    if why_not(edtf):
        return ""
    _refuse_two_numbers(edtf)
    return edtf


def _written(words: str, reference: Reference) -> str:
    for pattern in _WRITTEN:
        if found := re.fullmatch(pattern, words):
            parts = found.groupdict()
            part = _CODES.get(parts["part"]) or f"{int(parts['part']):02}"
            day = f"-{int(parts['day']):02}" if "day" in parts else ""
            return f"{_four_digits(parts['year'], reference)}-{part}{day}"
    return ""


def _four_digits(year: str, reference: Reference) -> str:
    """Returns a year with its century. One of two digits is of this century, unless that is far ahead."""
    digits = year.removeprefix("'")
    if len(digits) == 4:
        return digits
    if 2000 + int(digits) > to_datetime(reference.span.earliest.instant).year + _AHEAD_AT_MOST:
        raise _Refused(f"which century? Write the year with four digits, like 19{digits}")
    return f"20{digits}"


def _day_first_or_month_first(words: str) -> str:
    """Returns the day of 13/4/2024, of which only one reading is on the calendar. Raises _Refused for 3/4/2024."""
    found = re.fullmatch(r"([0-9]{1,2})([/. -])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})", words)
    if not found:
        return ""
    a, b, last = int(found[1]), int(found[3]), found[4]
    readings = dict.fromkeys((f"{last:0>4}-{b:02}-{a:02}", f"{last:0>4}-{a:02}-{b:02}"))
    if len(last) == 2:
        readings = dict.fromkeys([f"20{last}{each[4:]}" for each in readings] + [f"20{a:02}-{b:02}-{last}"])
    possible = [reading for reading in readings if not why_not(reading)]
    if len(possible) > 1:
        raise _Refused(f"it may be day or month first; write {' or '.join(possible)}")
    return possible[0] if possible else ""


def _era(words: str) -> str:
    found = re.fullmatch("(?:ad|a d|ce) ([0-9]{1,4})|([0-9]{1,4}) (?:ad|a d|ce|c e)", words)
    return f"{found[1] or found[2]:0>4}" if found else ""


def _winter(words: str) -> str:
    found = re.fullmatch(_WINTER, words)
    if not found or not f"{int(found['year']) + 1:04}".endswith(found["next"]):
        return ""
    return f"{found['year']}-24"


def _decade(words: str) -> str:
    if found := re.fullmatch("([0-9]{2}[1-9])0'?s", words):
        return f"{found[1]}X"
    if found := re.fullmatch(r"([0-9]{2})00s \(?(decade|century)\)?", words):
        return f"{found[1]}0X" if found[2] == "decade" else f"{found[1]}XX"
    return ""


def _iso_week(words: str) -> str:
    """Returns the days of an ISO week, 2024-W05 or week 5 of 2024, or a day of it, 2024-W05-1."""
    words = re.sub(f"^(?:{_WEEK}) ?([0-9]{{1,2}}) (?:of )?([0-9]{{4}})$", r"\2-w\1", words)
    found = re.fullmatch(f"([0-9]{{4}})[ -]?(?:{_WEEK}) ?([0-9]{{1,2}})(?:-?([1-7]))?", words)
    if not found:
        return ""
    year, week = int(found[1]), int(found[2])
    try:
        days = [date.fromisocalendar(year, week, day) for day in (1, 7)]
    except ValueError:
        last = date(year or 1, 12, 28).isocalendar().week
        missing = f"there is no week {week}: {year:04} has the weeks 01 to {last}"
        raise _Refused(missing if year and not 1 <= week <= last else _OUTSIDE) from None
    if found[3]:
        return str(_later(days[0], int(found[3]) - 1))
    return "/".join(map(str, days))


def _with_weekday(words: str, reference: Reference) -> str:
    """Returns the date beside a weekday. Raises _Refused where it falls on another one."""
    found = re.fullmatch(rf"({_WEEKDAY}) (.+)", words) or re.fullmatch(rf"(.+?) \(?({_WEEKDAY})\)?", words)
    if not found:
        return ""
    first_is_weekday = re.fullmatch(_WEEKDAY, found[1]) is not None
    weekday, rest = (found[1], found[2]) if first_is_weekday else (found[2], found[1])
    edtf = _core(rest.removeprefix("the "), reference)
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}(T.+)?", edtf):
        return ""
    if reason := why_not(edtf):
        raise _Refused(reason)
    day = date.fromisoformat(edtf[:10])
    name = _WEEKDAYS[day.weekday()]
    if not name.lower().startswith(weekday[:3]):
        raise _Refused(
            f"{in_words(Occurred(edtf[:10]))} is a {name}; write {name} {_titled(rest)}, or the other day"
        )
    return edtf


def _clocked(words: str, reference: Reference) -> str:
    """Returns an instant from a time of day, with its day before, after or around it, or none."""
    if found := re.fullmatch(_CLOCK, words):
        if found["mark"] == "." and not found["half"]:
            return ""  # 5.13 alone is a number
        if found["midnight"] or found["hour"] == "24":
            _refuse_midnight(
                found, _today(clock_phrases.Clock("00:00", found["zone"] or ""), reference), reference
            )
        clock = clock_phrases.clock(found)
        return _at(_today(clock, reference), clock, words, reference)
    for pattern in _CLOCKED:
        found = re.fullmatch(pattern, words)
        day = _core(_day_around(found), reference) if found else ""
        if found and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
            _refuse_midnight(found, day, reference)
            if _ends_in_a_time(day, words):
                return ""
            return _at(day, clock_phrases.clock(found), words, reference)
    return ""


def _ends_in_a_time(day: str, words: str) -> bool:
    """Whether the words end in two times, such as 17:13-17:20, and not in an offset. Raises _Refused where they
    may be either, as 05:00-08:00."""
    found = re.search("(?<![t0-9:])([0-9]{1,2}:[0-9]{2})-([0-9]{2}:[0-9]{2})$", words)
    if not found or found[2] < f"{found[1]:0>5}":
        return False
    if found[2] <= "14:00":
        offset = f"{day}T{found[1]:0>5}-{found[2]}"
        raise _Refused(
            f"{found[2]} may be an offset or the end; write {offset}, or {found[1]} to {found[2]} and the zone"
        )
    return True


def _refuse_midnight(found: re.Match[str], day: str, reference: Reference) -> None:
    """Refuses midnight and 24:00 of a day with the instants that may be meant."""
    is_end = (found["hour"], found["minute"]) == ("24", "00")
    if why_not(day) or not (is_end or found["midnight"]):
        return
    days = [_later(date.fromisoformat(day), 1)] if is_end else [day, _later(date.fromisoformat(day), 1)]
    zone = found["zone"] or ("" if reference.zones.home else "z")
    clock = clock_phrases.Clock("00:00", zone)
    forms = [f"{each}T00:00{clock_phrases.offset(clock, str(each), reference.zones)}" for each in days]
    reason = "midnight is 00:00 of the day that begins" if is_end else "midnight begins one day and ends another"
    raise _Refused(f"{reason}; write {' or '.join(forms)}")


def _day_around(found: re.Match[str]) -> str:
    return f"{found['day']} {found['year']}" if "year" in found.groupdict() else str(found["day"])


def _at(day: str, clock: clock_phrases.Clock, words: str, reference: Reference) -> str:
    american = re.fullmatch(_RFC_822, words) is not None
    offset = clock_phrases.offset(clock, day, reference.zones, american=american)
    edtf = f"{day}T{clock.time}{offset}"
    without_seconds = f"{day}T{clock.time[:5]}{offset}"
    exact = (
        re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[t ]", words)
        or why_not(edtf)
        or _plain(in_words(Occurred(edtf))) == words
    )
    return edtf if exact or clock.time[5:] != ":00" else without_seconds


def _today(clock: clock_phrases.Clock, reference: Reference) -> str:
    """Returns the day of the reference, in the zone of the clock if both have one."""
    days = []
    for edge in reference.span:
        local, _ = _on_the_clock(edge, reference)
        if edge.offset and clock.zone:
            offset = clock_phrases.offset(clock, local.date().isoformat(), reference.zones)
            shift = datetime.fromisoformat(f"2000-01-01T00:00{offset}").utcoffset() or timedelta()
            local = to_datetime(edge.instant) + shift
        days.append(local.date().isoformat())
    return _agreed(days, reference)


def _marked(edtf: str, marks: str) -> str:
    if "/" in edtf:
        raise _Refused("about and uncertain go with a single date; mark its ends, like " + _ends_marked(edtf))
    bare = edtf.rstrip("~?%")
    every = {*edtf[len(bare) :], *marks}
    return f"{bare}{every.pop() if len(every) == 1 else '%'}"


def _ends_marked(edtf: str) -> str:
    return "/".join(f"{end.rstrip('~?%')}~" for end in edtf.split("/"))


# Relative dates


def _relative(words: str, reference: Reference) -> str:
    step = _step(words)
    if not step:
        return ""
    return _agreed([_moved(*_on_the_clock(edge, reference), *step) for edge in reference.span], reference)


def _agreed(readings: list[str], reference: Reference) -> str:
    """Returns the reading from both ends of the reference. Raises _Refused where they differ."""
    (first, last), (earliest, latest) = readings, reference.span
    if first != last:
        raise _Refused(
            f"relative to {earliest.instant} it is {first}, relative to {latest.instant} it is {last}; "
            "write the date itself"
        )
    return first


def _on_the_clock(edge: Edge, reference: Reference) -> tuple[datetime, str]:
    """Returns the date and time on the clock of the place, and its offset: the desk's, if the edge is now."""
    zone = reference.zones.find(reference.zones.home) if reference.here and reference.zones.home else None
    if zone:
        local = to_datetime(edge.instant).astimezone(zone)
        edge = edge_at(local, clock_phrases.text_of(local.utcoffset()))
    return to_datetime(edge.local), edge.offset or "Z"


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
    if found := re.fullmatch(rf"(?:(last|this|next|coming|on) )?({_WEEKDAY})", words):
        return f"{found[1] or ''} {found[2][:3]}", 0
    if found := re.fullmatch(r"(last|this|next) (quarter|half)", words):
        return found[2], _STEPS[found[1]]
    return None


def _count(words: str) -> int:
    return _COUNTS.get(words) or int(words)


def _moved(local: datetime, offset: str, unit: str, steps: int) -> str:
    if unit in _CLOCK_UNITS:
        return _clock_away(local, offset, unit, steps)
    if unit in ("day", "week"):
        return _days_away(local, unit, steps)
    if unit == "year":
        return _year(local.year + steps)
    if unit in ("quarter", "half"):
        return _refuse_part(local, unit, steps)
    if " " in unit:
        return _weekday(local.date(), *unit.split(" "))
    years, month = divmod(local.month - 1 + steps, 12)
    return f"{_year(local.year + years)}-{month + 1:02}"


def _year(number: int) -> str:
    if not 1 <= number <= 9999:
        raise _Refused(_OUTSIDE)
    return f"{number:04}"


_OUTSIDE = "it falls outside the years 0001 to 9999"


def _clock_away(local: datetime, offset: str, unit: str, steps: int) -> str:
    try:
        return f"{(local + _CLOCK_UNITS[unit] * steps).isoformat()[:16]}{offset}"
    except OverflowError:
        raise _Refused(_OUTSIDE) from None


def _days_away(local: datetime, unit: str, steps: int) -> str:
    if unit == "day":
        return _later(local.date(), steps).isoformat()
    monday = _later(local.date(), 7 * steps - local.weekday())
    return f"{monday}/{_later(monday, 6)}"


def _later(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise _Refused(_OUTSIDE) from None


def _weekday(today: date, which: str, name: str) -> str:
    """Returns the last day of that name before today. Raises _Refused where the words may mean either of two."""
    number = [each[:3].lower() for each in _WEEKDAYS].index(name)
    back = (today.weekday() - number) % 7 or 7
    if which == "last":
        return _later(today, -back).isoformat()
    near = _later(today, (7 if which in ("next", "coming") else 0) - back)
    raise _Refused(f"a weekday does not say which week; write the date: {near} or {_later(near, 7)}")


def _refuse_part(local: datetime, unit: str, steps: int) -> str:
    """Raises _Refused for the last, this or next quarter or half, which may be the company's."""
    length = 3 if unit == "quarter" else 6
    years, number = divmod((local.month - 1) // length + steps, 12 // length)
    written = f"{'Q' if length == 3 else 'H'}{number + 1} {_year(local.year + years)}"
    raise _Refused(f"it may be the company's or the calendar's; write {written} for the calendar's, or its months")


# Fiscal periods


def _fiscal(words: str, years: list[FiscalYear], reference: Reference) -> Occurred:
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


def _part_and_number(groups: dict[str, str | None], reference: Reference) -> tuple[str, int]:
    """Returns the code of the part (empty: the whole year) and the number of a fiscal year; 0 where there is no
    such part."""
    part = groups.get("part") or " ".join(filter(None, (groups.get("rank"), groups.get("length"))))
    if part and part not in _CODES:
        return "", 0
    try:
        number = int(_four_digits(str(groups["year"]), reference))
    except _Refused:
        raise _Refused(f"which century? Write the year with four digits, like FY19{groups['year']}") from None
    return _CODES.get(part, ""), number


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


def _interval(words: str, reference: Reference) -> str:
    if found := re.fullmatch(_SINCE, words):
        words = found[1] or found[2]
        start = _bound(words, reference, _START_OF) or _end(words, reference)
        return f"{start}/.." if start else ""
    if found := re.fullmatch(_UNTIL, words):
        end = _bound(found[1], reference, _END_OF) or _end(found[1], reference)
        return f"../{end}" if end else ""
    if times := _times(words, reference):
        return times
    if (found := re.fullmatch(_GOES_ON, words)) and (start := _end(found[1], reference)):
        return f"{start}/.."
    if found := re.fullmatch(_BEFORE, words):
        return _beyond(found[1], reference, -1)
    if found := re.fullmatch(_AFTER, words):
        return _beyond(found[1], reference, 1)
    pairs = [found.groups() for pattern in _BOTH_ENDS if (found := re.fullmatch(pattern, words))]
    pairs += [(words[: each.start()], words[each.end() :]) for each in re.finditer("(?<=[^ -])-(?=[^ -])", words)]
    return next(filter(None, (_from_to(start, end, reference) for start, end in pairs)), "")


def _times(words: str, reference: Reference) -> str:
    """Returns the interval between two times of one day, which share its zone: 17:13-17:20 UTC, 5 to 6 pm."""
    found = re.fullmatch(_TIMES, words)
    if not found:
        return ""
    half = f" {found['second']}" if found["second"] and not found["first"] else ""
    ends = (f"{found['before']}{each}{found['after']}" for each in (found["start"] + half, found["end"]))
    first, last = (_core(each, reference) for each in ends)
    if "T" not in first or "T" not in last:
        return ""
    if not why_not(first) and not why_not(last) and why_not(f"{first}/{last}"):
        next_day = _later(date.fromisoformat(last[:10]), 1)
        raise _Refused(
            f"it ends before it starts; if it ended on the next day, write {first}/{next_day}{last[10:]}"
        )
    return f"{first}/{last}"


def _end(words: str, reference: Reference) -> str:
    edtf = _single(words, reference)
    if "/" in edtf:
        raise _Refused(f"{words} is itself an interval, {edtf}; write the day that it starts or ends on")
    return edtf


def _from_to(start: str, end: str, reference: Reference) -> str:
    if re.fullmatch(_CLOCK, end):  # of the day of the start
        first = _end(start, reference)
        return f"{first}/{_end(f'{first[:10]} {end}', reference)}" if "T" in first else ""
    last = _bound(end, reference, _END_OF) or _end(end, reference)
    last = last or _end(f"{start.split(' ')[0]} {end}", reference)
    if not last:
        return ""
    if first := _bound(start, reference, _START_OF) or _end(start, reference):
        return f"{first}/{last}"
    first = _completed(start, end, reference)
    if first and not why_not(first) and not why_not(last) and why_not(f"{first}/{last}"):
        raise _Refused("as written it ends before it starts; write month and year at both ends")
    return first and f"{first}/{last}"


def _completed(start: str, end: str, reference: Reference) -> str:
    """Returns ``start`` as a date, with as few last words of ``end`` as it needs: 29 (July 2024), April (2024)."""
    words = end.split(" ")
    for shared in range(1, len(words)):
        completed = f"{start} {' '.join(words[-shared:])}"
        for read in (_written, _with_weekday, partial(_bound, pattern=_START_OF)):
            if edtf := read(completed, reference):
                return edtf
    return ""


def _beyond(words: str, reference: Reference, way: int) -> str:
    """Returns the open interval up to (``way`` -1) or from (1) the neighbour of a date, which it excludes."""
    edtf = _end(words, reference)
    if not edtf or why_not(edtf):
        return edtf  # its check says why
    if edtf[-1] in "~?%":
        raise _Refused(f"it is not certain which day it leaves out; write until {words} or since {words}")
    neighbour = _neighbour(Occurred(edtf), way)
    return f"../{neighbour}" if way < 0 else f"{neighbour}/.."


def _neighbour(occurred: Occurred, way: int) -> str:
    """Returns the year, month, day or minute before (``way`` -1) or after (1) a date."""
    first, last = span(occurred)
    edge = first if way < 0 else last
    if edge.offset:
        return _clock_away(to_datetime(edge.local), edge.offset, "minute", way)
    if re.fullmatch("[0-9]{4}", occurred):
        return _year(int(occurred) + way)
    if re.fullmatch("[0-9]{4}-(?:0[1-9]|1[0-2])", occurred):
        return _month(int(occurred[:4]) * 12 + int(occurred[5:]) - 1 + way)
    return _later(date.fromisoformat(edge.day), way).isoformat()


def _bound(words: str, reference: Reference, pattern: str) -> str:
    """Returns the first or last day of a period, for words of the pattern; empty for other words."""
    found = re.fullmatch(f"(?:by |until |at |on )?{pattern}", words)
    if not found:
        return ""
    rest = found["rest"]
    edtf = _core(f"this {rest}" if rest in ("week", "month", "year") else rest, reference)
    if not edtf or why_not(edtf):
        return ""
    return span(Occurred(edtf)).latest.day if pattern == _END_OF else span(Occurred(edtf)).earliest.day


# Refusals


def _refusal(words: str, reference: Reference) -> str:
    """Returns the reason why the words are refused, and a remedy that is made from them."""
    for word in words.split(" "):
        _refuse_two_numbers(word)
    if re.search(" (?:and|or) ", words):
        edtf = _interval(re.sub(" (?:and|or) ", " to ", words), reference)
        if edtf and not why_not(edtf):
            return f"a date is one date or an interval; write {simplest(Occurred(edtf))}"
    this_year = f"{words} {_on_the_clock(reference.span.latest, reference)[0].year:04}"
    if vague := _partly(words, reference) or _vague_interval(words, reference):
        return vague
    if vague := "" if re.search("[0-9]{4}", words) else _partly(this_year, reference):
        return f"which year? If it is {this_year[-4:]}, {vague}"
    for pattern, remedy in _REFUSALS:
        if found := re.search(pattern, words):
            return _filled(found.expand(remedy), words, reference)
    return _edtf_refusal(words) or _partly_read(words, reference) or f"write a date like {_examples()}"


def _partly_read(words: str, reference: Reference) -> str:
    """Returns the refusal of words of which a part is a date, with the longest such part; or nothing."""
    each = words.split(" ")[:_MOST_WORDS]
    pairs = (
        (first, first + length)
        for length in range(len(each) - 1, 0, -1)
        for first in range(len(each) - length + 1)
    )
    for part in (" ".join(each[first:last]) for first, last in pairs):
        with contextlib.suppress(_Refused, RefusedTime):
            if re.search("[0-9]{4}", part) and (edtf := _single(part, reference)) and not why_not(edtf):
                written = "" if edtf == part else f", {edtf}"
                return f"only {_titled(part)!r} of it is a date{written}; write that alone, or all of it in digits"
    return ""


def _filled(remedy: str, words: str, reference: Reference) -> str:
    """Returns the remedy with the year and the day of the words; if they have none, those of the reference."""
    today = _on_the_clock(reference.span.latest, reference)[0].date()
    short = [f"20{each}" for each in re.findall("(?:fy|fiscal) ?'?([0-9]{2})(?![0-9])", words)]
    year = next(iter(re.findall("(?<![0-9])[0-9]{4}(?![0-9])", words) + short), f"{today.year:04}")
    without_time = re.sub(_TIME_OF_DAY, "", words.replace("last night", "yesterday"))
    rest = re.sub("^(?:early |late )?(?:of|on) | at$", "", " ".join(without_time.split()))
    day = _core(rest, reference) or _interval(rest, reference)
    if "{day}" in remedy and rest and (why_not(day) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", day)):
        alone = "" if why_not(day) else f": {day}"
        return f"a time of day needs the day and the clock, all in digits; or write the date alone{alone}"
    made = {"year": year, "before": f"{int(year) - 1:04}", "after": f"{(int(year) + 1) % 100:02}", "words": words}
    made["following"] = f"{int(year) + 1:04}"
    made["day"] = day or today.isoformat()
    for name, value in made.items():
        remedy = remedy.replace(f"{{{name}}}", value)
    return _titled(remedy)


def _titled(words: str) -> str:
    """Returns the words with capital letters where English has them."""
    return re.sub(rf"(?<!it )\b(?:{_MONTH}|{_WEEKDAY})\b", lambda found: found[0].title(), words)


def _examples() -> str:
    return f"{', '.join(EXAMPLES[:-1])} or {EXAMPLES[-1]}"


def _partly(words: str, reference: Reference) -> str:
    """Returns the refusal of the early, middle or late part of a period, with that third of it; or nothing."""
    found = re.fullmatch(rf"(?:(?:as of|in|on|since|until|by|from) )?(?:the )?{_PARTLY}", words)
    rest = found["rest"] if found else ""
    edtf = _core(f"this {rest}" if rest in ("week", "month", "year") else rest, reference)
    if not found or not edtf or why_not(edtf):
        return ""
    first, last = (date.fromisoformat(each.day) for each in span(Occurred(edtf)))
    if first == last:
        return f"how early or late is not certain; write {first}"
    number = (
        0 if re.fullmatch(_FIRST_PART, found["which"]) else 2 if re.fullmatch(_LAST_PART, found["which"]) else 1
    )
    day = {"end": f", or {last} for its last day", "start": f", or {first} for its first day"}
    return f"how early or late is not certain; write {_third(first, last, number)}{day.get(found['which'], '')}"


def _third(first: date, last: date, number: int) -> str:
    """Returns the first (0), middle (1) or last (2) third of a period, in years, months or days."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    whole = first.day == 1 and last.day == month_length(last.year, last.month)
    if whole and months >= 36:
        start, end = (first.year + (months // 12 * each) // 3 for each in (number, number + 1))
        return f"{start:04}/{end - 1:04}"
    if whole and months >= 3:
        start, end = (first.year * 12 + first.month - 1 + months * each // 3 for each in (number, number + 1))
        return simplest(Occurred(f"{_month(start)}/{_month(end - 1)}"))
    days = (last - first).days + 1
    start_day, end_day = (_later(first, days * each // 3) for each in (number, number + 1))
    return simplest(Occurred(f"{start_day}/{_later(end_day, -1)}"))


def _vague_interval(words: str, reference: Reference) -> str:
    """Returns the refusal of "about April to June 2024", with both readings; or nothing."""
    if not re.search(_VAGUE_INTERVAL, words):
        return ""
    bare = re.sub(rf"\b(?:{_ABOUT})\b|\(?uncertain\)?|[~?%]", " ", words)
    edtf = _interval(" ".join(bare.split()), reference)
    start, _, end = edtf.partition("/")
    forms = f": {start}~/{end}, {start}/{end}~ or {_ends_marked(edtf)}" if end and not why_not(edtf) else ""
    return f"write both ends in full, so that it shows which one is meant{forms}"


def _edtf_refusal(words: str) -> str:
    """Returns why the first word that looks like EDTF is not EDTF; empty where no word looks so."""
    for word in words.upper().split(" "):
        if re.match(r"[0-9]{3}[0-9X]|[0-9]{2}XX|\.\./|/", word) and (reason := why_not(word)):
            return reason
    return ""
