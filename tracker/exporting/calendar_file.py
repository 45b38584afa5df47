"""Write the days and instants of a story as a calendar (RFC 5545).

A development is in the calendar if its date is a day, an instant, or goes from one to another. A month, a quarter
or a date that is about right is not: a calendar would show it on days that no source names. One that was in the
calendar and left it (it was retracted, its text was removed, its date was corrected to a month) is there as
``CANCELLED``, so that subscribed programs remove it. ``SEQUENCE`` counts the amendments ever recorded of a
development and of those amendments, also such as were taken back. So it only grows.

The calendar of expected dates, ``tracker expected --ics``, has other events: the UID here is a URN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tracker.domain.amend import Development, amend
from tracker.domain.events import Correction, Event, Occurrence, Redacted, added
from tracker.exporting.story import (
    DESK_ACTS,
    Exported,
    facts,
    is_of_the_world,
    quotes,
    shown,
    source_words,
    stands,
)
from tracker.feeds import icalendar_feed, paths
from tracker.feeds.icalendar_feed import instant, text
from tracker.feeds.posts import named
from tracker.text import markup
from tracker.text.dates import Occurred, Recorded
from tracker.views.development import body_of, last_touched, place_of, said_of, updated
from tracker.wording import amendments
from tracker.wording.messages import Wording

KIND = "events"

_EXACT = re.compile(r"\d{4}-\d\d-\d\d(?:T[^/]*)?(?:/\d{4}-\d\d-\d\d(?:T[^/]*)?)?")


def write(exported: Exported) -> bytes:
    """Return the calendar of a story. Those that occur later than the view are not in it."""
    log = amend(exported.events)
    seen = {each.id for each in exported.story.developments}
    touched, past = last_touched(log), pasts(log)
    url, slug = exported.config.url, exported.story.slug

    def made(each: Development) -> bytes:
        changed = updated(each, touched[each.seq], log[touched[each.seq].seq - 1])
        return entry(
            exported.wording, each, past.get(each.seq, Past()), changed, url + paths.development(slug, each.seq)
        )

    events = (made(each) for each in log if each.id in seen)
    return document(url, slug, exported.story.title, exported.events[0].id, events)


def document(url: str, slug: str, title: str, opener: str, entries: Iterable[bytes]) -> bytes:
    """Return the calendar with these entries, some of which may be empty. ``opener`` is the id of the story's
    first event."""
    address, id = url + paths.story(slug), f"urn:uuid:{named(opener, KIND)}"
    return icalendar_feed.document(KIND, title, address, id, entries)


class Past(NamedTuple):
    """The amendments of a development: how many were recorded of it and of its amendments, and the last exact date
    that a correction gave it, or empty."""

    amendments: int = 0
    date: str = ""


def pasts(developments: Sequence[Development]) -> dict[int, Past]:
    """Return the past of each development that was ever amended, by its number. ``developments`` are all of a
    stream."""
    found: dict[int, Past] = {}
    for each in developments:
        root = each
        while root.target:
            root = developments[root.target - 1]
        if root is not each:
            count, date = found.get(root.seq, Past())
            given = each.event.changes.get("occurred") if isinstance(each.event, Correction) else None
            found[root.seq] = Past(count + 1, given if isinstance(given, str) and _is_exact(given) else date)
    return found


def entry(wording: Wording, development: Development, past: Past, changed: Recorded, address: str) -> bytes:
    """Return the ``VEVENT`` of a development, or nothing if the calendar never had it. ``changed`` is when it was
    recorded or last amended; ``address`` is that of its page."""
    at, event = _date(development, past), development.event
    if not at:
        return b""
    is_there = stands(development) and _is_exact(getattr(event, "occurred", ""))
    properties = [
        ("UID", f"urn:uuid:{event.id}"),
        ("DTSTAMP", instant(changed)),
        ("CREATED", instant(event.recorded)),
        ("SEQUENCE", str(past.amendments)),
        *icalendar_feed.extent(at),
        ("STATUS", "CONFIRMED" if is_there else "CANCELLED"),
        ("SUMMARY", text(amendments.shown(wording, shown(development)))),
        *(_texts(wording, shown(development).event) if is_there else ()),
        ("URL", address),
        ("TRANSP", "TRANSPARENT"),
    ]
    return icalendar_feed.component("VEVENT", properties)


def _texts(wording: Wording, event: Event) -> Iterator[tuple[str, str]]:
    assert isinstance(event, Occurrence)
    parts = [
        *(f"“{words}” ({speaker})" if speaker else f"“{words}”" for speaker, words in quotes(event) if words),
        said_of(event),
        markup.to_text(body_of(event)),
        "\n".join(facts(wording, event)),
        "\n".join(" ".join(filter(None, (source_words(wording, each), each.url))) for each in event.sources),
    ]
    if any(parts):
        yield "DESCRIPTION", text("\n\n".join(filter(None, parts)))
    yield "CATEGORIES", ",".join(map(text, (str(event.__struct_config__.tag), *(added(event, "tags") or ()))))
    if place := place_of(event):
        yield "LOCATION", text(place)
    if at := added(event, "at"):
        yield "GEO", at.replace(",", ";")


def _date(development: Development, past: Past) -> Occurred:
    """Return the date at which the calendar has a development: its exact date or, if that is no longer exact, the
    last one that was. Of a removed text no date is left, so that it is the day of recording. Empty if it never had
    an exact date."""
    event, original = development.event, development.original
    if isinstance(event, Redacted):
        return Occurred("" if event.about or event.was in DESK_ACTS else event.recorded[:10])
    if not is_of_the_world(event):
        return Occurred("")
    dates = (getattr(event, "occurred", ""), past.date, getattr(original, "occurred", ""))
    return Occurred(next(filter(_is_exact, dates), ""))


def _is_exact(occurred: str) -> bool:
    return _EXACT.fullmatch(occurred) is not None
