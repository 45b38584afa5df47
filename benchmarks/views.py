"""Benchmarks of a view at a point on each time axis, against a plain fold of the same events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from msgspec import structs

from benchmarks.measure import Measured, in_turns
from tracker.domain import values
from tracker.domain.events import Event
from tracker.domain.fold import fold
from tracker.text.dates import edge, moment_at, recorded_at
from tracker.views.bitemporal import view

START = datetime(2020, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

AT_LEAST = 5_000
"""Least number of events in a round, so that a round takes far longer than the timer's noise."""


def large(rounds: int) -> Measured:
    return _against_fold(10_000, rounds, 1.2)


def small(rounds: int) -> Measured:
    return _against_fold(100, rounds, 1.3)


BENCHMARKS: dict[str, Callable[..., Measured]] = {"view": large, "view-100": small}


def _against_fold(size: int, rounds: int, target: float) -> Measured:
    """Measures a view as of the middle of the story, as known when nine tenths of it were recorded."""
    events = _stream(size)
    middle, late = edge(events[size // 2].recorded), events[size * 9 // 10].recorded
    known = [each for each in events if each.recorded <= late]
    times = max(1, AT_LEAST // size)

    def ours() -> None:
        for _ in range(times):
            view(events, as_of=middle, known_at=late)

    def peer() -> None:
        for _ in range(times):
            fold("story", known)

    ours_took, peer_took = in_turns(ours, peer, rounds)
    return Measured(
        f"view of a story of {size} events, as of and known at",
        ours_took / times,
        "fold",
        peer_took / times,
        target,
    )


def _stream(size: int) -> list[Event]:
    """Returns the events of a story of many types. A tenth of them amend earlier ones."""
    events: list[Event] = []
    for number in range(size):
        event = values.from_values(_values(number))
        recorded = recorded_at(START + number * HOUR)
        events.append(structs.replace(event, id=_id(number), recorded=recorded, hash=f"{number:064x}"))
    return events


def _id(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


def _values(number: int) -> dict[str, object]:
    """Returns the event of this number, in a cycle of ten types. It is dated to the day before it is recorded,
    every seventh only to the month."""
    if not number:
        return {"type": "opened", "title": "A story", "format": 2, "slug": "story"}
    day = moment_at(START + number * HOUR - timedelta(days=1))[: 7 if number % 7 == 0 else 10]
    dated = {"title": f"Development {number}", "body": "What happened. " * 20, "occurred": day}
    source = {"url": f"https://outlet.example/{number}", "publisher": f"Outlet {number % 9}"}
    match number % 10:
        case 1:
            return {"type": "report", "parties": ["ByteDance"], "sources": [source], **dated}
        case 2:
            return {"type": "confirmation", "about": _id(number - 1), "by": "OpenAI", **dated}
        case 3:
            return {"type": "suspension", "subject": "ByteDance", "by": "OpenAI", **dated}
        case 4:
            return {"type": "statement", "speaker": f"Party {number % 50}", "quote": "We talk.", **dated}
        case 5:
            figure = {"party": "Microsoft", "name": f"figure {number % 30}", "value": str(number), "unit": "USD"}
            return {"type": "earnings", "company": "Microsoft", "figures": [figure], **dated}
        case 6:
            return {"type": "reinstatement", "closes": _id(number - 3), **dated}
        case 7:
            return {"type": "question", **dated}
        case 9 if number % 40 == 9:
            return {"type": "retraction", "retracts": _id(number - 5), "why": "it was wrong"}
        case 9:
            changes = {"title": f"Development {number - 8}, corrected"}
            return {"type": "correction", "corrects": _id(number - 8), "changes": changes, "why": "a slip"}
    return {"type": "update", **dated}
