"""Times of day as people write them, with the zone of the clock, and their offset from UTC.

    "5:13 p.m. PT" ──find──▶ Clock("17:13", "pt") ──offset──▶ "-08:00", on that day

- Times have 24 hours (``17:13``, ``17.13``, ``17h13``) or 12 (``5:13pm``, ``5 p.m.``, ``noon``). Midnight begins
  one day and ends another, and is refused.
- A zone is an offset (``+02:00``, ``-0800``, ``UTC+2``), an abbreviation that means one offset (``PST``), a name
  for which an American clock is meant in summer and winter (``PT``), or a name of the IANA database
  (``Europe/Paris``). Without a zone, the desk's ``timezone`` counts.
- An abbreviation of several places (``CST``) is refused, unless the desk's own zone has it.
- So is one of the other half of the year (``EST`` in July), because people write it for the time of the place too.
  The dates of RFC 822 define it.
- A time that a place's clocks skip or show twice is refused with the instants that may be meant.

The text is in lower case, without commas and the dots of abbreviations. The module is pure: the caller passes the
database of zones.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from msgspec import Struct

from tracker.text.date_context import Zones


class Clock(Struct, frozen=True):
    """A time of day as EDTF writes it, such as ``17:13``, and the words of its zone, which may be empty."""

    time: str
    zone: str


class RefusedTime(Exception):
    """The reason why a time is refused. The module that reads dates turns it into a refusal."""


_FIXED = {
    **dict.fromkeys(("z", "utc", "gmt", "ut", "wet"), "Z"),
    **{"est": "-05:00", "edt": "-04:00", "cdt": "-05:00", "mst": "-07:00", "mdt": "-06:00", "pst": "-08:00"},
    **{"pdt": "-07:00", "akst": "-09:00", "akdt": "-08:00", "hst": "-10:00", "adt": "-03:00", "nst": "-03:30"},
    **{"ndt": "-02:30", "brt": "-03:00", "art": "-03:00", "uyt": "-03:00", "clst": "-03:00", "clt": "-04:00"},
    **{"cot": "-05:00", "pet": "-05:00", "west": "+01:00", "cet": "+01:00", "cest": "+02:00", "eet": "+02:00"},
    **{"eest": "+03:00", "msk": "+03:00", "trt": "+03:00", "wat": "+01:00", "cat": "+02:00", "sast": "+02:00"},
    **{"eat": "+03:00", "pkt": "+05:00", "npt": "+05:45", "ict": "+07:00", "wib": "+07:00", "wita": "+08:00"},
    **{"wit": "+09:00", "sgt": "+08:00", "hkt": "+08:00", "pht": "+08:00", "awst": "+08:00", "jst": "+09:00"},
    **{"kst": "+09:00", "acst": "+09:30", "acdt": "+10:30", "aest": "+10:00", "aedt": "+11:00"},
    **{"nzst": "+12:00", "nzdt": "+13:00"},
}
"""Abbreviations that mean one offset."""

_SEVERAL = {
    "cst": ("-06:00", "+08:00"),
    "ist": ("+05:30", "+02:00", "+01:00"),
    "bst": ("+01:00", "+06:00"),
    "ast": ("-04:00", "+03:00"),
    "gst": ("+04:00", "-02:00"),
}
"""Abbreviations that several places use, with their offsets there."""

_AMERICAN = {
    **{"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"},
    **{"eastern time": "America/New_York", "central time": "America/Chicago"},
    **{"mountain time": "America/Denver", "pacific time": "America/Los_Angeles"},
    **{"eastern": "America/New_York", "pacific": "America/Los_Angeles"},
}
_FIXED |= {
    f"{name} {half} time": _FIXED[f"{name[0]}{half[0]}t"]
    for name in ("eastern", "mountain", "pacific")
    for half in ("standard", "daylight")
} | {"central standard time": "-06:00", "central daylight time": "-05:00", "central european time": "+01:00"}

_HALVES = {
    **{"est": "America/New_York", "edt": "America/New_York", "cdt": "America/Chicago", "mdt": "America/Denver"},
    **{"pst": "America/Los_Angeles", "pdt": "America/Los_Angeles"},
    **{"akst": "America/Anchorage", "akdt": "America/Anchorage", "cet": "Europe/Paris", "cest": "Europe/Paris"},
    **{"eest": "Europe/Athens", "aedt": "Australia/Sydney", "acdt": "Australia/Adelaide"},
    **{"nzst": "Pacific/Auckland", "nzdt": "Pacific/Auckland"},
}
"""Abbreviations of one half of the year, with a place that has them. It misses those that some place has all year,
such as MST in Arizona."""

_SECONDS = r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
_HALF = "(?P<half>(?:a ?m|p ?m|noon)(?![a-z]))"
_OFFSET = r"(?:(?:utc?|gmt) ?)?(?P<sign>[+-])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?(?: \([a-z ]+\))?"
_NAMED = "|".join(sorted((*_FIXED, *_SEVERAL, *_AMERICAN), key=len, reverse=True))
_IANA = "[a-z]+(?:[_-][a-z]+)*/[a-z0-9_+/-]+"
_ZONE = rf"\(?(?P<zone>{_OFFSET}|{_IANA}|{_NAMED})\)?"
PATTERN = (
    rf"(?:(?P<hour>[0-9]{{1,2}})(?:"
    rf"(?P<mark>[:.h])(?P<minute>[0-9]{{2}}){_SECONDS}(?: ?(?:h|hrs?|hours))?(?: ?{_HALF})?"
    rf"| ?{_HALF.replace('half', 'full')})|(?P<noon>noon)|(?P<midnight>midnight))(?: ?{_ZONE})?"
)
"""A time of day and its zone."""


def clock(found: re.Match[str]) -> Clock:
    """Returns the time that a match of ``PATTERN`` found. Raises RefusedTime."""
    if found["midnight"]:
        raise RefusedTime("midnight begins one day and ends another; write 00:00 on the day that begins")
    hour = 12 if found["noon"] else int(found["hour"])
    half = (found["half"] or found["full"] or "").replace(" ", "")
    if half and not 1 <= hour <= 12:
        raise RefusedTime(f"there is no hour {hour} {half}; write {hour}:{found['minute'] or '00'} without {half}")
    if half == "noon" and (hour != 12 or found["minute"] not in (None, "00")):
        raise RefusedTime("noon is 12:00")
    hour = hour % 12 + (0 if half == "am" else 12) if half else hour
    return Clock(f"{hour:02}:{found['minute'] or '00'}{_seconds(found)}", found["zone"] or "")


def _seconds(found: re.Match[str]) -> str:
    """Returns the seconds and at most three decimals, as EDTF has them; of microseconds, the milliseconds."""
    if not found["second"]:
        return ""
    fraction = found["fraction"] or ""
    if len(fraction) <= 3:
        return f":{found['second']}{'.' if fraction else ''}{fraction}"
    kept = fraction[:3].rstrip("0")
    if not kept and found["second"] == "00":
        return ""
    return f":{found['second']}{'.' if kept else ''}{kept}"


def offset(clock: Clock, day: str, zones: Zones, *, american: bool = False) -> str:
    """Returns the offset of the clock on that day, such as ``-08:00`` or ``Z``. Raises RefusedTime.

    ``american``: the text is a date of RFC 822, which names American zones only.
    """
    zone = clock.zone
    if found := re.fullmatch(_OFFSET, zone):
        written = f"{found['sign']}{found['hours']:0>2}:{found['minutes'] or '00'}"
        return "Z" if written == "-00:00" else written  # RFC 822 has it for UTC
    if zone in _FIXED:
        return _FIXED[zone] if american else _of_half(zone, f"{day}T{clock.time}", zones)
    if zone in _SEVERAL and american:
        return _SEVERAL[zone][0]
    try:
        local = datetime.fromisoformat(f"{day}T{clock.time}")
    except ValueError:
        return "Z"  # it is on no calendar, and the check of the whole date says why
    if not zone and not zones.home:
        raise RefusedTime(
            f"a time needs its offset: write {day}T{clock.time}Z for UTC, {day}T{clock.time}+02:00 where clocks"
            " are two hours ahead; or name the desk's zone once, as timezone in tracker.toml"
        )
    if zone in _SEVERAL:
        return _of_several(zone, local, zones)
    return _in(_AMERICAN.get(zone, zone) or zones.home, local, zones)


def _of_half(zone: str, local: str, zones: Zones) -> str:
    """Returns the offset of an abbreviation. Refuses EST in July, unless the desk's own zone has it then."""
    short = "".join(word[0] for word in zone.split(" ")) if " " in zone else zone
    try:
        instant = datetime.fromisoformat(local)
    except ValueError:
        return _FIXED[zone]  # it is on no calendar, and the check of the whole date says why
    names = (_HALVES[short], zones.home) if short in _HALVES else ()
    places = [place for name in names if name and (place := zones.find(name))]
    there = {str(each.tzname()): each for place in places for each in _shown(place, instant)}
    if not there or not {short.upper(), "LMT"}.isdisjoint(there):
        return _FIXED[zone]
    name, shown = next(iter(there.items()))
    raise RefusedTime(
        f"{short.upper()} is not in use then, but {name} is; write {_written(shown)}{text_of(shown.utcoffset())}"
        f" for {name}, or {local}{_FIXED[zone]}"
    )


def _of_several(zone: str, local: datetime, zones: Zones) -> str:
    """Returns the offset of an abbreviation of several places if the desk's own zone has it then."""
    home = zones.find(zones.home) if zones.home else None
    if home and zone.upper() in (each.tzname() for each in _shown(home, local)):
        return _in(zones.home, local, zones)
    written = " or ".join(f"{_written(local)}{each}" for each in _SEVERAL[zone])
    raise RefusedTime(f"{zone.upper()} is the time of several places; write {written}")


def _in(name: str, local: datetime, zones: Zones) -> str:
    """Returns the offset in a zone of the IANA database."""
    zone = zones.find(name)
    name = name.title() if name.islower() else name
    if zone is None:
        raise RefusedTime(
            f"{name} is no time zone; write one like Europe/Paris, or the offset: {_written(local)}Z"
        )
    shown = _shown(zone, local)
    if len(shown) == 2:
        raise RefusedTime(f"there are two in {name}, because clocks were put back; write {_either(shown)}")
    if not shown:
        around = [each.astimezone(UTC).astimezone(zone) for each in _both(zone, local)[::-1]]
        raise RefusedTime(
            f"that time does not exist in {name}, because clocks were put forward; write {_either(around)}"
        )
    return text_of(shown[0].utcoffset())


def _both(zone: tzinfo, local: datetime) -> list[datetime]:
    return [local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]


def _shown(zone: tzinfo, local: datetime) -> list[datetime]:
    """Returns the instants at which the clocks of a zone show this time: one, none or two."""
    real = [each for each in _both(zone, local) if _is_shown(each)]
    return real[:1] if len({each.utcoffset() for each in real}) == 1 else real


def _is_shown(instant: datetime) -> bool:
    try:
        back = instant.astimezone(UTC).astimezone(instant.tzinfo)
    except OverflowError:
        return True  # at the ends of the calendar, where no clock was changed
    return back.replace(tzinfo=None) == instant.replace(tzinfo=None)


def _either(instants: list[datetime]) -> str:
    return " or ".join(f"{_written(each)}{text_of(each.utcoffset())}" for each in instants)


def _written(local: datetime) -> str:
    return local.replace(tzinfo=None).isoformat(timespec="seconds" if local.second else "minutes")


def text_of(offset: timedelta | None) -> str:
    """Returns an offset as EDTF writes it. Raises RefusedTime if it has seconds, as before standard time."""
    seconds = round((offset or timedelta()).total_seconds())
    if seconds % 60:
        raise RefusedTime("clocks had no offset in whole minutes there then; write the day alone")
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}:{minutes:02}"
