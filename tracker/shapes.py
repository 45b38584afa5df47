"""The JSON that people's programs read: one shape a thing, the same wherever it is asked for.

Dates are EDTF as stored, ``null`` where there is none; numbers are decimal strings. Each shape is a type, of which
the schemas of the API are made, with what is said here of its keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypedDict

from msgspec import Meta

from tracker import figures
from tracker.amend import CORRECTED, REDACTED, RETRACTED, STANDS, Development
from tracker.events import Occurrence
from tracker.fold import Step
from tracker.hindsight import Hindsight
from tracker.history import Difference
from tracker.story import Change, Claim, Position, Reading, Situation, Story
from tracker.times import Recorded, days_apart

Instant = Annotated[str, Meta(description="An instant in UTC, to the millisecond.",
                              extra_json_schema={"format": "date-time"})]  # fmt: skip
Date = Annotated[str, Meta(description="A date as precise as it is known, in EDTF.")]
Number = Annotated[str, Meta(description="A decimal number.")]
Seq = Annotated[int, Meta(ge=1, description="The number of a development in its story.")]
Standing = Annotated[str, Meta(extra_json_schema={"enum": [STANDS, CORRECTED, RETRACTED, REDACTED]})]
State = Annotated[str, Meta(extra_json_schema={"enum": ["in force", "ended"]})]
Status = Annotated[str, Meta(extra_json_schema={"enum": ["open", "closed"]})]


class SituationShape(TypedDict):
    """What begins and may end. `until` is when it ended or, while in force, its announced end. `uncertain`: in
    views as of a date, where its own dates do not say whether it was in force."""

    kind: str
    title: str
    label: str
    parties: list[str]
    since: Date | None
    until: Date | None
    state: State
    words: str
    uncertain: bool
    seq: Seq
    ended_by: Seq | None


class ExpectedShape(SituationShape):
    """What is awaited. `due` is when, as it was announced."""

    due: Date | None


class ClaimShape(TypedDict):
    """What is reported. `origins` counts independent ones; `reports` are the numbers of those that made it."""

    title: str
    status: str
    origins: int
    reports: list[Seq]
    parties: list[str]
    occurred: Date | None
    seq: Seq


class ReadingShape(TypedDict):
    """The latest figure of its kind. `verdict` puts it beside what was expected."""

    party: str | None
    name: str
    value: Number | None
    unit: str | None
    per: str | None
    low: Number | None
    high: Number | None
    approx: bool
    expected_low: Number | None
    expected_high: Number | None
    verdict: str | None
    words: str
    occurred: Date | None
    seq: Seq


class PositionShape(TypedDict):
    """What a party said last. `quote` is verbatim, `null` where the desk put it in its own words (`title`)."""

    party: str
    quote: str | None
    title: str
    to: str | None
    occurred: Date | None
    seq: Seq


class DevelopmentShape(TypedDict):
    """One line of the timeline: an event as it stands, an amendment with the number it is about (`target`)."""

    seq: Seq
    id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    type: str
    title: str
    occurred: Date | None
    occurred_as: Annotated[str, Meta(description="The source's own words for that.")] | None
    recorded: Instant
    standing: Standing
    parties: list[str]
    target: Seq | None
    amended_by: list[Seq]


class StoryShape(TypedDict):
    """All that stands, and the developments it rests on. `as_of` and `known_at` are the instants that the story is
    restricted to; `head` is the hash of the last event that is known."""

    story: str
    as_of: Instant | None
    known_at: Instant | None
    title: str
    status: Status
    summary: str | None
    language: str | None
    seq: Seq
    head: str
    updated: Instant
    situations: list[SituationShape]
    claims: list[ClaimShape]
    figures: list[ReadingShape]
    positions: list[PositionShape]
    questions: list[SituationShape]
    expected: list[ExpectedShape]
    developments: list[DevelopmentShape]


class ChangeShape(TypedDict):
    """One difference, also in words."""

    key: str
    label: str
    before: str
    after: str
    words: str


class StepShape(DevelopmentShape):
    """A development with what it changed or how it reads differently."""

    changes: list[ChangeShape]


class DifferenceShape(TypedDict):
    """What a view says differently from an earlier one. `left`: no longer in it, because of its new date."""

    changes: list[ChangeShape]
    added: list[DevelopmentShape]
    amended: list[StepShape]
    left: list[DevelopmentShape]


class PointShape(TypedDict):
    """Where a story is looked at from; `seq` is the last event that is known there."""

    as_of: Instant | None
    known_at: Instant | None
    seq: Seq


_Ends = TypedDict("_Ends", {"story": str, "from": PointShape, "to": PointShape})


class ComparisonShape(DifferenceShape, _Ends):
    """Two points in time, and what is said differently at the later one. `left`: no longer there, because of its
    new date."""


class ListedShape(TypedDict):
    """A story in the list of all. `in_force` counts its situations, `overdue` what is awaited of it and was due
    earlier; `quiet_days` are whole days since anything was recorded."""

    story: str
    title: str
    status: Status
    summary: str
    language: str
    seq: Seq
    head: str
    opened: Instant
    updated: Instant
    in_force: int
    overdue: int
    quiet_days: int


class EventsShape(TypedDict):
    """Some developments of a story, as they stand. `next` is where there are more; where there are none yet, those
    that come have higher numbers than the last one here."""

    story: str
    events: list[DevelopmentShape]
    next: str | None


class EventShape(TypedDict):
    """A development among those of several stories."""

    story: str
    seq: Seq
    id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    type: str
    title: str
    recorded: Instant
    standing: Standing
    occurred: Date | None


class FoundShape(EventShape):
    """A development that has all words of a search, and where it has them (`snippet`)."""

    snippet: str


def story_shape(story: Story, as_of: str | None = None, known_at: str | None = None) -> StoryShape:
    """``as_of`` and ``known_at`` are the instants that the story is restricted to."""
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
        "expected": [{**situation_shape(each), "due": each.announced or None} for each in story.expected],
        "developments": [development_shape(each) for each in story.developments],
    }


def situation_shape(situation: Situation) -> SituationShape:
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


def claim_shape(claim: Claim) -> ClaimShape:
    return {
        "title": claim.label,
        "status": claim.status,
        "origins": claim.origins,
        "reports": list(claim.reports),
        "parties": list(claim.parties),
        "occurred": claim.occurred or None,
        "seq": claim.seq,
    }


def reading_shape(reading: Reading) -> ReadingShape:
    figure = reading.figure
    return {
        "party": figure.party or None,
        "name": figure.name,
        "value": figure.value or None,
        "unit": figure.unit or None,
        "per": figure.per or None,
        "low": figure.low or None,
        "high": figure.high or None,
        "approx": figure.approx,
        "expected_low": figure.expected_low or None,
        "expected_high": figure.expected_high or None,
        "verdict": figures.verdict(figure) or None,
        "words": reading.words,
        "occurred": reading.occurred or None,
        "seq": reading.seq,
    }


def position_shape(position: Position) -> PositionShape:
    return {
        "party": position.party,
        "quote": position.quote or None,
        "title": position.title,
        "to": position.to or None,
        "occurred": position.occurred or None,
        "seq": position.seq,
    }


def development_shape(development: Development) -> DevelopmentShape:
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


def change_shape(change: Change) -> ChangeShape:
    return {
        "key": change.key,
        "label": change.label,
        "before": change.before,
        "after": change.after,
        "words": str(change),
    }


def step_shape(step: Step) -> StepShape:
    return _with_changes(step.development, step.changes)


def _with_changes(development: Development, changes: Iterable[Change]) -> StepShape:
    return {**development_shape(development), "changes": [change_shape(each) for each in changes]}


def difference_shape(difference: Difference) -> DifferenceShape:
    return {
        "changes": [change_shape(each) for each in difference.changes],
        "added": [development_shape(each) for each in difference.added],
        "amended": [_with_changes(each.development, each.changes) for each in difference.amended],
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
            {**development_shape(each.development), "learned": each.words} for each in hindsight.learned
        ],
    }


# Rows of the read model.


def listed_shape(row: Mapping[str, Any], now: Recorded) -> ListedShape:
    """A row of ``database.stories``; where the clock is behind, no day has been quiet."""
    return {
        "story": row["story"],
        "title": row["title"],
        "status": row["status"],
        "summary": row["summary"],
        "language": row["language"],
        "seq": row["seq"],
        "head": row["head"],
        "opened": row["opened"],
        "updated": row["updated"],
        "in_force": row["in_force"],
        "overdue": row["overdue"],
        "quiet_days": max(0, days_apart(row["updated"], now)),
    }


def found_shape(row: Mapping[str, Any]) -> FoundShape:
    """A row of ``database.search``."""
    return {**event_shape(row), "snippet": row["snippet"]}


def event_shape(row: Mapping[str, Any]) -> EventShape:
    """A row of the table ``events``."""
    return {
        "story": row["story"],
        "seq": row["seq"],
        "id": row["id"],
        "type": row["type"],
        "title": row["title"],
        "recorded": row["recorded"],
        "standing": row["standing"],
        "occurred": row["occurred"] or None,
    }
