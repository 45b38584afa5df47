"""The JSON of TimelineJS 3, by its documentation (https://timeline.knightlab.com/docs/json-format.html)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.conformance import markup
from tests.conformance.markup import html_faults
from tests.conformance.shared import Faults, absolute, parsed, refuse, repeated

_DATE = {"year": (-9999, 9999), "month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59),
         "second": (0, 59), "millisecond": (0, 999)}  # fmt: skip
"""The numbers of a date, with the least and the greatest of each. One may be there if the one before it is."""

_TIMELINE = {"events", "title", "eras", "scale"}
_SLIDE = {
    "start_date",
    "end_date",
    "text",
    "media",
    "group",
    "display_date",
    "background",
    "autolink",
    "unique_id",
}
_TEXT = {"headline", "text"}
_MEDIA = {"url", "caption", "credit", "thumbnail", "alt", "title", "link", "link_target"}
_HTML = ("headline", "text", "caption", "credit")
"""Fields that are shown as HTML."""


def check_timelinejs(data: bytes) -> None:
    refuse(timelinejs_faults(data))


def timelinejs_faults(data: bytes) -> Faults:
    told, error = parsed(data)
    if error:
        yield error
        return
    yield from _unknown("the timeline", told, _TIMELINE)
    events = told.get("events")
    if not isinstance(events, list):
        yield "has no list of events"
        return
    if told.get("scale", "human") not in ("human", "cosmological"):
        yield f"its scale is {told['scale']!r}"
    slides = [("the title", told["title"])] if "title" in told else []
    slides += [(f"slide {number}", slide) for number, slide in enumerate(events, 1)]
    for name, slide in slides:
        yield from (f"{name}: {fault}" for fault in _slide_faults(slide, dated=name != "the title"))
    ids = [slide["unique_id"] for _, slide in slides if "unique_id" in slide]
    yield from (f"the id {id!r} is there twice" for id in repeated(ids))


def addresses_of_timeline(data: bytes) -> Iterator[str]:
    """Where its texts lead, and its pictures."""
    told, _ = parsed(data)
    for slide in (told["title"], *told["events"]):
        yield from markup.parsed(slide["text"].get("text", "")).addresses
        yield from (slide["media"][name] for name in ("url", "thumbnail") if name in slide.get("media", {}))


def _slide_faults(slide: dict[str, Any], *, dated: bool) -> Faults:
    yield from _unknown("it", slide, _SLIDE)
    if dated and "start_date" not in slide:
        yield "has no start_date"
    dates = [slide[name] for name in ("start_date", "end_date") if name in slide]
    for date in dates:
        yield from _date_faults(date)
    if len(dates) == 2 and [*dates[1].values()] < [*dates[0].values()]:
        yield "ends before it begins"
    yield from (f"its {name} is no text" for name in ("display_date", "group", "unique_id")
                if not isinstance(slide.get(name, ""), str))  # fmt: skip
    yield from _object_faults("text", slide.get("text", {}), _TEXT)
    media = slide.get("media")
    if media is not None:
        yield from _object_faults("media", media, _MEDIA)
        if not absolute(media.get("url", "")):
            yield "its media has no address"


def _object_faults(kind: str, found: dict[str, Any], known: set[str]) -> Faults:
    yield from _unknown(kind, found, known)
    for name, value in found.items():
        if not isinstance(value, str) or not value:
            yield f"{kind}.{name} is no text"
        elif name in _HTML:
            yield from (f"{kind}.{name}: {fault}" for fault in html_faults(value))


def _date_faults(date: dict[str, Any]) -> Faults:
    yield from _unknown("the date", date, {*_DATE, "display_date", "format"})
    numbers = [name for name in _DATE if name in date]
    if not numbers or numbers != list(_DATE)[: len(numbers)]:
        yield f"the date has {', '.join(numbers)} only"
    for name in numbers:
        least, most = _DATE[name]
        if type(date[name]) is not int or not least <= date[name] <= most:
            yield f"the {name} is {date[name]!r}"


def _unknown(kind: str, found: dict[str, Any], known: set[str]) -> Faults:
    yield from (f"{kind} has a {name}" for name in found if name not in known)
