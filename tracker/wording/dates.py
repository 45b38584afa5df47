"""Dates in words, exactly as precise as they are known.

Each use of a date in a sentence is a whole phrase ("on 24 January 2024", "since some time in 2023"), so that no
message has a preposition before a date. ``date`` gives the words alone, for headings, lists and brackets.
"""

from __future__ import annotations

from datetime import date as Day

from tracker.text import dates
from tracker.text.dates import Occurred, Parts, Recorded, parts_of
from tracker.wording.messages import N_, Wording

_OPEN = ".."

_ON = N_("on {day}"), N_("in {month}"), N_("in {year}")
_SINCE = N_("since {day}"), N_("since {month}"), N_("since {year}")
_BY = N_("by {day}"), N_("by {month}"), N_("by {year}")

_SEASONS = {
    "21": N_("spring {year}"),
    "22": N_("summer {year}"),
    "23": N_("autumn {year}"),
    "24": N_("winter {year}"),
    "33": N_("Q1 {year}"),
    "34": N_("Q2 {year}"),
    "35": N_("Q3 {year}"),
    "36": N_("Q4 {year}"),
    "40": N_("first half of {year}"),
    "41": N_("second half of {year}"),
}


def date(wording: Wording, occurred: Occurred) -> str:
    """Returns ``24 January 2024``, ``about March 2024`` or ``29 July to 4 August 2024``."""
    if wording.language == "en":
        return dates.in_words(occurred)
    first, _, last = dates.simplest(occurred).partition("/")
    if last == _OPEN:
        return _phrase(wording, first, _SINCE)
    if first == _OPEN:
        return _phrase(wording, last, _BY)
    if last:
        return wording.say("{first} to {last}", first=_single(wording, first), last=_single(wording, last))
    return _single(wording, first)


def when(wording: Wording, occurred: Occurred) -> str:
    """Returns ``on 24 January 2024``, ``in March 2024`` or ``some time between 2023 and May 2024``."""
    if not occurred:
        return wording.say("on a day we do not know")
    first, _, last = dates.simplest(occurred).partition("/")
    if first == _OPEN:
        return _phrase(wording, last, _BY)
    if last == _OPEN:
        return wording.say("some time from {date} on", date=_single(wording, first))
    if last:
        return _between(wording, first, last)
    return _phrase(wording, first, _ON)


def since(wording: Wording, occurred: Occurred) -> str:
    """Returns ``since December 2023``, ``since some time between 2023 and August 2024``, or ``since August 2024 at
    the latest``. It is empty without a date."""
    if not occurred:
        return ""
    first, _, last = dates.simplest(occurred).partition("/")
    if first == _OPEN:
        return wording.say("since {date} at the latest", date=_single(wording, last))
    if last in ("", _OPEN):
        return _phrase(wording, first, _SINCE)
    return wording.say(
        "since some time between {first} and {last}", first=_single(wording, first), last=_single(wording, last)
    )


def by(wording: Wording, occurred: Occurred) -> str:
    """Returns ``by 4 August 2024``: at the end of the date at the latest."""
    simplest = dates.simplest(occurred)
    return when(wording, occurred) if "/" in simplest else _phrase(wording, simplest, _BY)


def some_time(wording: Wording, occurred: Occurred) -> str:
    """Returns ``some time in 2023``, ``some time between 2023 and May 2024`` or ``by May 2024 at the latest``:
    words for a date that is too vague for what is said."""
    first, _, last = dates.simplest(occurred).partition("/")
    if first == _OPEN:
        return wording.say("by {date} at the latest", date=_single(wording, last))
    if last:
        return when(wording, occurred)
    return wording.say("some time {phrase}", phrase=_phrase(wording, first, _ON))


def minute(wording: Wording, recorded: Recorded | str) -> str:
    """Returns ``24 January 2024, 17:13 UTC`` for an instant of recording."""
    return date(wording, Occurred(f"{recorded[:16]}Z"))


def day(wording: Wording, recorded: Recorded | str) -> str:
    """Returns ``24 January 2024`` for an instant of recording."""
    return date(wording, Occurred(recorded[:10]))


def _between(wording: Wording, first: str, last: str) -> str:
    return wording.say(
        "some time between {first} and {last}", first=_single(wording, first), last=_single(wording, last)
    )


def _phrase(wording: Wording, text: str, forms: tuple[str, str, str]) -> str:
    """Returns a date that is no interval, in one of three messages: for a day, for a month, for a longer time."""
    parts = parts_of(text)
    if parts.time:
        at = {"day": _day(wording, parts), "time": _clock(wording, parts)}
        return wording.say(_AT[forms], **at)
    if parts.mark in ("~", "%"):
        phrase = wording.say(_AROUND[forms], date=_words(wording, parts))
    elif parts.day:
        phrase = wording.say(forms[0], day=_words(wording, parts))
    elif parts.month and parts.month <= "12":
        phrase = wording.say(forms[1], month=_words(wording, parts))
    elif parts.month >= "40":
        phrase = wording.say(forms[2], year=wording.say("the {half}", half=_words(wording, parts)))
    else:
        phrase = wording.say(forms[2], year=_words(wording, parts))
    return wording.say("{phrase}, it is thought", phrase=phrase) if parts.mark in ("?", "%") else phrase


_AT = {
    _ON: N_("on {day} at {time}"),
    _SINCE: N_("since {day}, {time}"),
    _BY: N_("by {day}, {time}"),
}
_AROUND = {
    _ON: N_("around {date}"),
    _SINCE: N_("since about {date}"),
    _BY: N_("by about {date}"),
}


def _single(wording: Wording, text: str) -> str:
    """Returns the words of a date that is no interval."""
    if wording.language == "en":
        return dates.in_words(Occurred(text))
    parts = parts_of(text)
    words = _words(wording, parts)
    if parts.time:
        return wording.say("{day}, {time}", day=words, time=_clock(wording, parts))
    if parts.mark in ("~", "%"):
        words = wording.say("about {date}", date=words)
    return wording.say("{date} (uncertain)", date=words) if parts.mark in ("?", "%") else words


def _words(wording: Wording, parts: Parts) -> str:
    """Returns the words of a date without its mark and its time."""
    year, month, day = parts.year, parts.month, parts.day
    if "X" in year:
        return _unspecified(wording, year)
    if day:
        return _day(wording, parts)
    if month in _SEASONS:
        return wording.say(_SEASONS[month], year=_winter(year) if month == "24" else year)
    return _month(wording, parts) if month else year


def _winter(year: str) -> str:
    """Returns the years of a winter, which runs into the next one: ``2023/24``."""
    return f"{year}/{(int(year) + 1) % 100:02}"


def _unspecified(wording: Wording, year: str) -> str:
    known = year.replace("X", "0")
    if year.endswith("XX"):
        return wording.say("the {year}s (century)", year=known)
    if year.endswith("0X"):
        return wording.say("the {year}s (decade)", year=known)
    return wording.say("the {year}s", year=known)


def _day(wording: Wording, parts: Parts) -> str:
    if wording.language == "en":
        return dates.in_words(Occurred(f"{parts.year}-{parts.month}-{parts.day}"))
    from babel.dates import format_date

    day = Day(int(parts.year), int(parts.month), int(parts.day))
    return str(format_date(day, "long", locale=wording.locale))


def _month(wording: Wording, parts: Parts) -> str:
    if wording.language == "en":
        return dates.in_words(Occurred(f"{parts.year}-{parts.month}"))
    from babel.dates import format_skeleton

    return str(format_skeleton("yMMMM", Day(int(parts.year), int(parts.month), 1), locale=wording.locale))


def _clock(wording: Wording, parts: Parts) -> str:
    """Returns the time of day with its zone."""
    if parts.zone == "Z":
        return wording.say("{time} UTC", time=parts.time)
    return wording.say("{time} (UTC{offset})", time=parts.time, offset=parts.zone.replace("-", "−"))
