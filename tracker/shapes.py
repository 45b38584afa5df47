"""The JSON that people's programs read: one shape a thing, the same wherever it is asked for.

Dates are EDTF as stored, ``null`` where there is none; numbers are decimal strings.
"""

from __future__ import annotations

from typing import Any

from tracker import figures
from tracker.amend import Development
from tracker.events import Occurrence
from tracker.fold import Step
from tracker.hindsight import Hindsight
from tracker.history import Difference
from tracker.story import Change, Claim, Position, Reading, Situation, Story


def story_shape(story: Story, as_of: str | None = None, known_at: str | None = None) -> dict[str, Any]:
    """All that stands, and the developments it rests on. ``as_of`` and ``known_at`` are the instants that the
    story is restricted to."""
    return {
        "story": story.slug,
        "as_of": as_of,
        "known_at": known_at,
        "title": story.title,
        "status": story.status,
        "summary": story.summary or None,
        "language": story.language or None,
        "seq": story.seq,
        "head": story.head,
        "updated": story.updated,
        "situations": [situation_shape(each) for each in story.situations],
        "claims": [claim_shape(each) for each in story.claims],
        "figures": [reading_shape(each) for each in story.readings],
        "positions": [position_shape(each) for each in story.positions],
        "questions": [situation_shape(each) for each in story.questions],
        "expected": [situation_shape(each) | {"due": each.announced or None} for each in story.expected],
        "developments": [development_shape(each) for each in story.developments],
    }


def situation_shape(situation: Situation) -> dict[str, Any]:
    """``until`` is when it ended or, while in force, its announced end. ``uncertain``: in as-of views."""
    return {
        "kind": situation.kind,
        "title": situation.title,
        "label": situation.label,
        "parties": list(situation.parties),
        "since": situation.since or None,
        "until": situation.until or None,
        "state": "in force" if situation.in_force else "ended",
        "words": situation.words,
        "uncertain": situation.uncertain,
        "seq": situation.seq,
        "ended_by": situation.ended_by or None,
    }


def claim_shape(claim: Claim) -> dict[str, Any]:
    """``origins`` counts independent ones; ``reports`` are the numbers of those that made it."""
    return {
        "title": claim.label,
        "status": claim.status,
        "origins": claim.origins,
        "reports": list(claim.reports),
        "parties": list(claim.parties),
        "occurred": claim.occurred or None,
        "seq": claim.seq,
    }


def reading_shape(reading: Reading) -> dict[str, Any]:
    figure = reading.figure
    numbers = {name: getattr(figure, name) or None for name in ("value", "unit", "per", "low", "high")}
    return {
        "party": figure.party or None,
        "name": figure.name,
        **numbers,
        "approx": figure.approx,
        "expected_low": figure.expected_low or None,
        "expected_high": figure.expected_high or None,
        "verdict": figures.verdict(figure) or None,
        "words": reading.words,
        "occurred": reading.occurred or None,
        "seq": reading.seq,
    }


def position_shape(position: Position) -> dict[str, Any]:
    """``quote`` is verbatim, ``null`` where the desk put it in its own words (``title``)."""
    return {
        "party": position.party,
        "quote": position.quote or None,
        "title": position.title,
        "to": position.to or None,
        "occurred": position.occurred or None,
        "seq": position.seq,
    }


def development_shape(development: Development) -> dict[str, Any]:
    """One line of the timeline: an event as it stands, an amendment with the number it is about."""
    event = development.event
    occurrence = event if isinstance(event, Occurrence) else None
    return {
        "seq": development.seq,
        "id": development.id,
        "type": development.type,
        "title": development.title,
        "occurred": (occurrence.occurred or None) if occurrence else None,
        "occurred_as": (occurrence.occurred_as or None) if occurrence else None,
        "recorded": event.recorded,
        "standing": development.standing,
        "parties": list(occurrence.parties) if occurrence else [],
        "target": development.target or None,
        "amended_by": [each.seq for each in development.amendments],
    }


def change_shape(change: Change) -> dict[str, Any]:
    return {
        "key": change.key,
        "label": change.label,
        "before": change.before,
        "after": change.after,
        "words": str(change),
    }


def step_shape(step: Step) -> dict[str, Any]:
    """One event of a replay with what it changed."""
    return development_shape(step.development) | {"changes": [change_shape(each) for each in step.changes]}


def difference_shape(difference: Difference) -> dict[str, Any]:
    """What a view says differently from an earlier one. ``left``: no longer in it, because of its new date."""
    return {
        "changes": [change_shape(each) for each in difference.changes],
        "added": [development_shape(each) for each in difference.added],
        "amended": [
            development_shape(each.development) | {"changes": [change_shape(change) for change in each.changes]}
            for each in difference.amended
        ],
        "left": [development_shape(each) for each in difference.left],
    }


def hindsight_shape(hindsight: Hindsight) -> dict[str, Any]:
    """Every item as it was known then and is now, and what was not known then."""
    return {
        "items": [
            {
                "key": each.key,
                "label": each.label,
                "seq": each.seq,
                "then": each.then,
                "now": each.now,
                "verdict": each.verdict,
                "same": each.is_same,
                "by": list(each.by),
                "changes": [change_shape(change) for change in each.changes],
            }
            for each in hindsight.beliefs
        ],
        "not_known_then": [
            development_shape(each.development) | {"learned": each.words} for each in hindsight.learned
        ],
    }
