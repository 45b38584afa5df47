"""Dates as other tools write them. A date that counts from the present is refused: an import has no present."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache, partial

from tracker.errors import BadDate, BadInput
from tracker.text import date_phrases
from tracker.text.date_context import Reference, Zones
from tracker.text.dates import Occurred, check, span

_FRACTION = r"(?<=[0-9]{2}:[0-9]{2}:[0-9]{2})[.,]([0-9]{1,3})[0-9]*"
_ISO = (
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?) ?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_SOME_DAYS = tuple(span(Occurred(each)) for each in ("2001-02-07", "2019-10-22"))


class Dates:
    """Reads dates. ``zones`` has the time zone of dates that name none. ``formats`` are the forms of ``strptime``
    that are tried first."""

    def __init__(self, zones: Zones, formats: Sequence[str] = ()) -> None:
        self.formats = formats
        self._references = [Reference(each, zones) for each in _SOME_DAYS]
        self._in_utc = [Reference(each, Zones("UTC", zones.find)) for each in _SOME_DAYS]
        self._has_zone = bool(zones.home)
        self.read = lru_cache(20_000)(self._read)

    def _read(self, text: str) -> Occurred:
        """Returns the date. Raises BadInput with the reason."""
        written = self._as_iso(text.strip())
        found = [_understood(written, each) for each in self._references]
        if len(set(found)) > 1:
            raise BadDate(text, "depends on the day on which it was written; write the date")
        date, reason = found[0]
        if not reason:
            return Occurred(date.replace("+00:00", "Z"))
        if not self._has_zone and all(
            not refused for _, refused in map(partial(_understood, written), self._in_utc)
        ):
            reason = 'has a time without a zone; give --timezone, or say timezone = "Europe/Paris" in the mapping'
        raise BadDate(text, reason)

    def _as_iso(self, text: str) -> str:
        for format in self.formats:
            try:
                moment = datetime.strptime(text, format)  # noqa: DTZ007  the zone is that of the mapping
            except ValueError:
                continue
            has_time = any(each in format for each in ("%H", "%I", "%T", "%X", "%c"))
            text = moment.isoformat(sep=" ", timespec="seconds") if has_time else _date_of(moment, format)
            break
        text = re.sub(_FRACTION, r".\1", text)
        if found := re.fullmatch(_ISO, text, re.IGNORECASE):
            day, clock, zone = found.groups()
            zone = (zone or "").upper()
            zone = f"{zone[:3]}:{zone[3:]}" if len(zone) == 5 else zone
            return f"{day}T{clock}{'Z' if zone == '-00:00' else zone}" if zone else f"{day} {clock}"
        return text


def _date_of(moment: datetime, format: str) -> str:
    if any(each in format for each in ("%d", "%j", "%D", "%F", "%x")):
        return moment.strftime("%Y-%m-%d")
    return (
        moment.strftime("%Y-%m") if any(each in format for each in ("%m", "%b", "%B")) else moment.strftime("%Y")
    )


def _understood(text: str, reference: Reference) -> tuple[str, str]:
    """Returns the date that a text means, or an empty text and the reason why it means none."""
    try:
        return date_phrases.understand(text, reference).occurred, ""
    except BadDate as error:
        return "", error.reason.removeprefix(f"{error.text!r}: ")


def period(start: str, end: str) -> Occurred:
    """Returns the date of what lasted. Raises BadDate if it ends before it begins."""
    if not end or start == end:
        return Occurred(start)
    return check(f"{start or '..'}/{end}")


def holds(words: Occurred, date: Occurred) -> bool:
    """Returns whether a date lies within the one that words say."""
    whole, part = span(words), span(date)
    return not part.earliest.is_before(whole.earliest) and not whole.latest.is_before(part.latest)


def of_parts(parts: dict[str, str]) -> str:
    """Returns a date as text from its parts: ``year``, ``month``, ``day``, ``hour``, ``minute``, ``second``, or
    ``time``. It is as precise as the parts are. Raises BadInput with the part."""
    year = parts.get("year", "")
    if not year:
        if any(parts.values()):
            raise BadInput("has no year")
        return ""
    for name in ("year", "month", "day", "hour", "minute", "second"):
        text = parts.get(name, "")
        if text and not re.fullmatch("[0-9]{1,4}" if name == "year" else "[0-9]{1,2}", text):
            reason = "is before the year 1, which tracker cannot date" if text.startswith("-") else "is no number"
            raise BadInput(f"the {name} {text!r} {reason}")
    date = f"{int(year):04}"
    month, day, hour = (parts.get(name, "") for name in ("month", "day", "hour"))
    if day and not month:
        raise BadInput(f"has a day ({day}) and no month")
    date += "".join(f"-{int(each):02}" for each in (month, day) if each)
    clock = parts.get("time", "")
    if hour:
        clock = ":".join(f"{int(parts.get(name) or 0):02}" for name in ("hour", "minute"))
        clock += f":{int(parts['second']):02}" if parts.get("second") else ""
    return f"{date} {clock}" if clock and day else date
