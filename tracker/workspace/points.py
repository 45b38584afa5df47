"""Points in time as people name them: as of a date of the world, as known at a point of the log.

A date means its last instant (the end of the day, of the month). An event, ``story#9`` or ``#9``, also names a
point of the log: right after that event, even if several were recorded at the same instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tracker.domain.events import Event
from tracker.domain.story import Story
from tracker.errors import BadInput, Inapplicable
from tracker.text.date_context import Reference
from tracker.text.dates import MONTHS, Edge, Moment, Occurred, Recorded, in_words, span
from tracker.text.names import parse_reference
from tracker.wording.catalogue import ENGLISH
from tracker.workspace.desk import Workspace
from tracker.workspace.zones import now_of

if TYPE_CHECKING:
    from tracker.wording.messages import Wording


class AsOf(NamedTuple):
    """The last edge of a date, the date, and the date in words."""

    edge: Edge
    words: str
    occurred: Occurred

    @property
    def instant(self) -> Moment:
        return self.edge.instant


class KnownAt(NamedTuple):
    """A point of the log: right after its first ``seq`` events. ``instant`` is the requested instant, or that of
    the event; ``occurred`` is the requested date, or empty if an event was requested."""

    seq: int
    instant: Recorded
    words: str
    occurred: Occurred = Occurred("")


class Point(NamedTuple):
    """A point from which a story is viewed. ``events`` holds those known there; None means no restriction."""

    slug: str
    events: Sequence[Event]
    as_of: AsOf | None
    known: KnownAt | None

    def view(self) -> Story:
        """Returns the story as it is seen from this point."""
        from tracker.views.bitemporal import view

        return view(self.events, as_of=self.as_of.edge if self.as_of else None, slug=self.slug)

    @property
    def instants(self) -> tuple[str | None, str | None]:
        """The instants of ``as_of`` and ``known``, for programs; None means no restriction."""
        return self.as_of.instant if self.as_of else None, self.known.instant if self.known else None

    @property
    def words(self) -> str:
        """``as of 31 December 2023, known at 1 August 2024``; empty where nothing restricts it."""
        as_of = [f"as of {self.as_of.words}"] if self.as_of else []
        known = [f"known {self.known.words}"] if self.known else []
        return ", ".join(as_of + known)

    def told(self, wording: Wording) -> str:
        """Returns the same in the language of a reader."""
        if wording.language == ENGLISH:
            return self.words
        from tracker.wording import points

        as_of = self.as_of.occurred if self.as_of else Occurred("")
        known, after = (self.known.occurred, self.known.seq) if self.known else (Occurred(""), 0)
        return points.point(wording, as_of, known, after)


def point(desk: Workspace, slug: str, as_of: str = "", known_at: str = "") -> Point:
    """Returns the point that two texts name, each of which may be empty. Raises Unknown, and BadInput whose field
    is ``as_of`` or ``known_at``."""
    return among(slug, list(desk.log.read(slug)), now_of(desk), as_of, known_at)


def among(
    slug: str, events: Sequence[Event], now: Reference, as_of: str, known_at: str, field: str = "known_at"
) -> Point:
    """Returns the same point from events that the caller has read. ``field`` names ``known_at`` in refusals."""
    moment = date(as_of, now, "as_of") if as_of else None
    known = known_by(known_at, slug, events, now, field) if known_at else None
    return Point(slug, events[: known.seq] if known else events, moment, known)


def date(text: str, now: Reference, field: str) -> AsOf:
    """Returns the last instant of the date that the text means. Raises BadInput where the date has no end."""
    from tracker.text.date_phrases import understand

    occurred, _ = understand(text, now, field=field, deadline=True)
    if occurred.endswith("/.."):
        raise BadInput(f"{text!r} has no end; write the last day that counts, like 2024-12-31", field=field)
    return AsOf(span(occurred).latest, in_words(occurred), occurred)


def known_by(text: str, slug: str, events: Sequence[Event], now: Reference, field: str) -> KnownAt:
    """Returns the point of the log at a date or right after an event. Raises BadInput, and Inapplicable where
    nothing was known yet."""
    if "#" in text:
        return _after_event(text, slug, events, field)
    last, words, occurred = date(text, now, field)
    instant = last.instant
    seq = sum(event.recorded <= instant for event in events)
    if not seq:
        opened = _minute_words(events[0].recorded)
        raise Inapplicable(f"{slug} was opened on {opened}; nothing was known of it by {words}", field=field)
    return KnownAt(seq, Recorded(instant), f"at {words}", occurred)


def _after_event(text: str, slug: str, events: Sequence[Event], field: str) -> KnownAt:
    try:
        reference = parse_reference(text.strip(), slug)
    except BadInput as error:
        raise BadInput(error.reason, field=field) from None
    if reference.slug != slug:
        raise Inapplicable(f"{text} is not in {slug}; name one of its own events, like {slug}#1", field=field)
    if (seq := reference.seq) > len(events):
        raise Inapplicable(f"there is no {reference}; the last one is {slug}#{len(events)}", field=field)
    return KnownAt(seq, events[seq - 1].recorded, f"right after #{seq}")


def _minute_words(recorded: Recorded) -> str:
    year, month, day = recorded[:10].split("-")
    return f"{int(day)} {MONTHS[int(month) - 1]} {year} at {recorded[11:16]} UTC"
