"""The JSON that the commands and the API return: each kind of thing has one shape.

Dates are EDTF as stored, ``null`` where there is none; numbers are decimal strings. Each shape is a TypedDict. The
API's schemas are made of these types, with their docstrings as descriptions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from types import NoneType
from typing import Annotated, Any, NotRequired, TypedDict, TypeVar, cast, get_args, get_origin, get_type_hints

from msgspec import Meta

from tracker.domain import figures
from tracker.domain import values as event_values
from tracker.domain.amend import CORRECTED, REDACTED, RETRACTED, STANDS, Development
from tracker.domain.events import MET, Event, Figure, Occurrence, added, links_of
from tracker.domain.fold import Step
from tracker.domain.story import Change, Claim, Office, Position, Reading, Situation, Story, belongs_to
from tracker.text.dates import Recorded, days_apart
from tracker.views.bitemporal import Difference, Reread
from tracker.views.development import is_withdrawn, mentioned_by
from tracker.views.hindsight import Hindsight
from tracker.views.series import Series, series

Instant = Annotated[str, Meta(description="An instant in UTC, to the millisecond.",
                              extra_json_schema={"format": "date-time"})]  # fmt: skip
DateField = Annotated[str, Meta(description="A date as precise as it is known, in EDTF.")]
NumberField = Annotated[str, Meta(description="A decimal number.")]
SeqField = Annotated[int, Meta(ge=1, description="The number of a development in its story.")]
StandingField = Annotated[str, Meta(extra_json_schema={"enum": [STANDS, CORRECTED, RETRACTED, REDACTED]})]
StateField = Annotated[str, Meta(extra_json_schema={"enum": ["in force", "pending", "ended"]})]
StatusField = Annotated[str, Meta(extra_json_schema={"enum": ["open", "closed"]})]


class StateShape(TypedDict):
    """A state of a situation. `words` is `null` if the development changed the announced end only."""

    words: str | None
    pending: str | None
    until: DateField | None
    occurred: DateField | None
    seq: SeqField


class SituationShape(TypedDict):
    """A situation: it begins and may end. `until` is when it ended or, while in force, its announced end. In a
    view as of a date, `uncertain` is true where its own dates do not say whether it was in force, or in that
    state. `pending` is what it waits for. `states` holds its states, the first one first. `terms` is what was
    agreed or ruled, in Markdown."""

    kind: str
    title: str
    label: str
    terms: str | None
    parties: list[str]
    since: DateField | None
    until: DateField | None
    state: StateField
    words: str
    pending: str | None
    states: list[StateShape]
    uncertain: bool
    seq: SeqField
    outcome: Annotated[str, Meta(description="How it ended, in the words of the event that ended it.")] | None
    ended_by: SeqField | None


class ExpectedShape(SituationShape):
    """An expected event. `due` is its announced date. `score` says how it came out: `met`, `missed` or
    `withdrawn`. `days_late` counts the days by which it was met late; a negative number means early."""

    due: DateField | None
    score: str | None
    days_late: int | None


class ClaimShape(TypedDict):
    """A reported claim. `origins` counts its independent origins; `reports` holds the numbers of its reports.
    `occurred` is when it is said to have happened, `reported` when a source first published it, `confirmed` when
    it was first confirmed."""

    title: str
    status: str
    origins: int
    reports: list[SeqField]
    parties: list[str]
    occurred: DateField | None
    reported: DateField | None
    confirmed: DateField | None
    seq: SeqField


class NumberShape(TypedDict):
    """A figure as one development gives it. `verdict` compares it with the expected values. `occurred` is the
    figure's own date or, without one, that of the development. `about` is the id of the development that opened
    the situation to which it belongs."""

    party: str | None
    name: str
    value: NumberField | None
    unit: str | None
    per: str | None
    low: NumberField | None
    high: NumberField | None
    approx: bool
    bound: Annotated[str, Meta(description="The words of a bound, such as more than.")] | None
    expected_low: NumberField | None
    expected_high: NumberField | None
    verdict: str | None
    according_to: str | None
    about: str | None
    words: str
    occurred: DateField | None
    seq: SeqField


class ReadingShape(NumberShape):
    """The latest figure of its party, name and unit. `outdated` says how the situation ended to which it
    belongs."""

    outdated: str | None


class SeriesShape(TypedDict):
    """A figure over time: all numbers of one party, name and unit, in the order of their dates. The last one
    stands."""

    party: str | None
    name: str
    unit: str | None
    per: str | None
    values: list[NumberShape]


class PositionShape(TypedDict):
    """The last statement of a party. `quote` is verbatim, or `null`; `title` is in the desk's words. `speaker` is
    the one who spoke for the party, `role` the speaker's role."""

    party: str
    quote: str | None
    title: str
    to: str | None
    speaker: str | None
    role: str | None
    occurred: DateField | None
    seq: SeqField


class HolderShape(TypedDict):
    """A holder of an office. `seq` is the development by which it took the office, `left` the one by which it left
    it, or `null`."""

    party: str
    since: DateField | None
    until: DateField | None
    seq: SeqField | None
    left: SeqField | None


class OfficeShape(TypedDict):
    """An office and its line of succession. `holder` is the present holder, `null` if it is vacant."""

    office: str
    holder: str | None
    holders: list[HolderShape]
    seq: SeqField


class ImageShape(TypedDict):
    """A picture. `file` and `small` are the names of its files in the log's `media/` and the site's. `alt` says
    what it shows."""

    file: str
    width: int
    height: int
    bytes: int
    small: str
    small_width: int
    small_height: int
    small_bytes: int
    alt: str
    credit: str | None
    caption: str | None


class PlaceShape(TypedDict):
    """Where a development occurred. `at` is its latitude and its longitude in degrees, with a comma between
    them."""

    name: str
    at: str | None


class ImportedShape(TypedDict):
    """The origin of an imported event. `importer` is the name of the mapping, `key` names the record there, `at`
    is when it was last changed there, and `batch` names the import that recorded it."""

    importer: str
    key: str
    at: DateField | None
    batch: str | None


class DevelopmentShape(TypedDict):
    """One line of the timeline: an event as it stands. `target` is the development that an amendment is about.
    `key` marks an event that makes the story, `backfilled` one that was recorded to complete its past."""

    seq: SeqField
    id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    type: str
    title: str
    occurred: DateField | None
    occurred_as: Annotated[str, Meta(description="The source's own words for that.")] | None
    recorded: Instant
    standing: StandingField
    parties: list[str]
    key: bool
    tags: list[str]
    place: PlaceShape | None
    image: ImageShape | None
    backfilled: bool
    imported: ImportedShape | None
    target: SeqField | None
    amended_by: list[SeqField]


class LinkShape(TypedDict):
    """A related event, which may be of another story. `seq` is `null` where its number is not known here."""

    story: str
    id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    seq: SeqField | None


class FollowerShape(TypedDict):
    """An event that changed, ended, answered or mentioned a development since: `did` is `changed`, `ended`,
    `answered`, `met`, `missed`, `withdrawn`, `settled`, `corroborated`, `confirmed`, `denied` or `mentioned`, or a
    word of the desk's own for the end of a question."""

    did: str
    seq: SeqField


class SourceShape(TypedDict):
    """A source. `via` is the outlet whose reporting it rests on. `quote` is verbatim."""

    url: str | None
    publisher: str | None
    title: str | None
    published: DateField | None
    quote: str | None
    archived: str | None
    via: str | None


class FollowedShape(DevelopmentShape):
    """A development among those of its story. `followed_by` holds the events that changed, ended, answered or
    mentioned it since, as far as the view has them. `see` holds the events that it mentions itself. The other
    fields are there if they are asked for in full: `body` is Markdown, `fields` has the fields of its type as the
    log has them, corrected: the speaker of a statement, the changes and the reason of a correction."""

    see: list[LinkShape]
    followed_by: list[FollowerShape]
    editor: NotRequired[str | None]
    minor: NotRequired[bool]
    body: NotRequired[Annotated[str, Meta(description="Markdown.")] | None]
    sources: NotRequired[list[SourceShape]]
    figures: NotRequired[list[NumberShape]]
    fields: NotRequired[dict[str, Any]]


class StoryShape(TypedDict):
    """A story: all that stands, and the developments that it rests on. `as_of` and `known_at` are the instants
    that the story is restricted to; `head` is the hash of the last event that is known. `about` says what the
    story is about, `summary` where it stands: the same until the desk sums it up. `short` is a title for lists."""

    story: str
    as_of: Instant | None
    known_at: Instant | None
    title: str
    short: str | None
    status: StatusField
    pinned: bool
    about: str | None
    summary: str | None
    language: str | None
    seq: SeqField
    head: str
    updated: Instant
    situations: list[SituationShape]
    claims: list[ClaimShape]
    figures: list[ReadingShape]
    series: list[SeriesShape]
    offices: list[OfficeShape]
    positions: list[PositionShape]
    questions: list[SituationShape]
    expected: list[ExpectedShape]
    developments: list[FollowedShape]


class ChangeShape(TypedDict):
    """One difference, also in words."""

    key: str
    label: str
    before: str
    after: str
    words: str


class StepShape(DevelopmentShape):
    """A development with its changes: those that it made or, if it was amended, those of its own text."""

    changes: list[ChangeShape]


class DifferenceShape(TypedDict):
    """The differences of a view from an earlier one. `left` holds developments that a new date removes."""

    changes: list[ChangeShape]
    added: list[DevelopmentShape]
    amended: list[StepShape]
    left: list[DevelopmentShape]


class PointShape(TypedDict):
    """A point in time from which a story is viewed. `seq` is the number of the last event that is known there."""

    as_of: Instant | None
    known_at: Instant | None
    seq: SeqField


_Ends = TypedDict("_Ends", {"story": str, "from": PointShape, "to": PointShape})


class ComparisonShape(DifferenceShape, _Ends):
    """Two points in time, and the differences of the later one. `left` holds the developments that a new date
    removes from it."""


class ListedShape(TypedDict):
    """A story in the list of all, in which the pinned ones come first. `in_force` counts its situations, `overdue`
    its expected events whose due date has passed. `quiet_days` holds the whole days since the last event was
    recorded."""

    story: str
    title: str
    short: str
    status: StatusField
    pinned: bool
    about: str
    summary: str
    language: str
    seq: SeqField
    head: str
    opened: Instant
    updated: Instant
    in_force: int
    overdue: int
    quiet_days: int


class EventsShape(TypedDict):
    """Some developments of a story, as they stand. `next` is the address of the following ones, or `null`. New
    developments have higher numbers than the last one here."""

    story: str
    events: list[FollowedShape]
    next: str | None


class EventShape(TypedDict):
    """A development among those of several stories."""

    story: str
    seq: SeqField
    id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    type: str
    title: str
    recorded: Instant
    standing: StandingField
    occurred: DateField | None


class LinkedShape(TypedDict):
    """A development that mentions another one: that of the number `to` in the story that was asked for."""

    story: str
    seq: SeqField
    id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    type: str
    title: str
    recorded: Instant
    to: SeqField | None


def linked_shapes(story: Story, slug: str, numbers: NumberOf) -> Iterator[LinkedShape]:
    """Yields the developments of a story that mention those of another one, which is ``slug``."""
    for each in story.developments:
        for other, id in links_of(each.event) if not is_withdrawn(each) else ():
            if other == slug:
                yield _shape(LinkedShape, each, each.event, story=story.slug, to=numbers(slug, id))


class FoundShape(EventShape):
    """A development that has all words of a search. `snippet` holds the passage with these words."""

    snippet: str


_T = TypeVar("_T", bound=Mapping[str, object])
_ABSENT = object()


def _shape(cls: type[_T], /, *sources: object, **given: object) -> _T:
    """Returns a value for each key of the TypedDict ``cls``: the one given, or the attribute of the first source
    that has it. An empty value becomes ``null`` where the type allows that."""
    shape: dict[str, Any] = {}
    for key, is_list, may_be_null in _keys(cls):
        value: Any = given.get(key, _ABSENT)
        for source in sources:
            if value is _ABSENT:
                value = getattr(source, key, _ABSENT)
        shape[key] = list(value) if is_list else (value or None) if may_be_null else value
    return cast(_T, shape)


@cache
def _keys(cls: type) -> list[tuple[str, bool, bool]]:
    """Returns each required key of a TypedDict, whether its value is a list, and whether it may be null."""
    hints = get_type_hints(cls)
    return [
        (key, get_origin(hint) is list, NoneType in get_args(hint))
        for key, hint in hints.items()
        if key in cls.__required_keys__  # type: ignore[attr-defined]
    ]


def _no_number(slug: str, id: str) -> int:
    return 0


NumberOf = Callable[[str, str], int]
"""A function that returns the number of an event of another story by its slug and its id; 0 if it is not known."""


def story_shape(
    story: Story,
    as_of: str | None = None,
    known_at: str | None = None,
    numbers: NumberOf = _no_number,
    *,
    full: bool = False,
) -> StoryShape:
    """Returns the shape of a story; ``as_of`` and ``known_at`` are the instants that it is restricted to. With
    ``full``, its developments have their texts, sources and figures."""
    return _shape(
        StoryShape,
        story,
        story=story.slug,
        as_of=as_of,
        known_at=known_at,
        situations=map(situation_shape, story.situations),
        claims=map(claim_shape, story.claims),
        figures=map(reading_shape, story.readings),
        series=map(series_shape, series(story)),
        offices=map(office_shape, story.offices),
        positions=map(position_shape, story.positions),
        questions=map(situation_shape, story.questions),
        expected=map(expected_shape, story.expected),
        developments=developments_shape(story, story.developments, numbers, full=full),
    )


def developments_shape(
    story: Story, developments: Iterable[Development], numbers: NumberOf = _no_number, *, full: bool = False
) -> list[FollowedShape]:
    """Returns the shapes of some developments of a story, with the events that followed each. With ``full``, they
    have their texts, sources and figures."""
    followers = {item.seq: item.followers for item in story.items.values() if item.followers}
    seqs, mentions = {each.id: each.seq for each in story.developments}, mentioned_by(story.developments)

    def see(development: Development) -> list[LinkShape]:
        return [
            {"story": slug or story.slug, "id": id, "seq": (numbers(slug, id) if slug else seqs[id]) or None}
            for slug, id in links_of(development.event)
            if slug or id in seqs
        ]

    def followed_by(development: Development) -> list[FollowerShape]:
        since = (("mentioned", seq) for seq in mentions.get(development.id, ()))
        return [{"did": did, "seq": seq} for did, seq in (*followers.get(development.seq, ()), *since)]

    def shape(each: Development) -> FollowedShape:
        more = _in_full(each) if full else {}
        return cast(
            FollowedShape, {**development_shape(each), "see": see(each), "followed_by": followed_by(each), **more}
        )

    return [shape(each) for each in developments]


def _in_full(development: Development) -> dict[str, Any]:
    """Returns the optional fields of a FollowedShape."""
    event = development.event
    return {
        "editor": event.editor or None,
        "minor": getattr(event, "minor", False),
        "body": getattr(event, "body", "") or None,
        "sources": [_shape(SourceShape, each) for each in getattr(event, "sources", ())],
        "figures": [_number(each, development) for each in getattr(event, "figures", ())],
        "fields": {
            name: value
            for name, value in event_values.to_values(event).items()
            if name not in _ELSEWHERE or name in event.redefined
        },
    }


_ELSEWHERE = {
    *("type", *Event.__struct_fields__, "title", "occurred", "occurred_as", "body", "parties", "figures", "see"),
    *("key", "tags", "place", "at", "image", "sources", "minor"),
}
"""The fields of an event for which a development's shape has keys of its own, or that the log has set."""


def _number(figure: Figure, development: Development) -> NumberShape:
    return _shape(
        NumberShape,
        figure,
        occurred=figure.as_of or getattr(development.event, "occurred", ""),
        seq=development.seq,
        about=belongs_to(development.event, figure),
        verdict=figures.verdict(figure),
        words=figures.in_words(figure),
    )


def situation_shape(situation: Situation) -> SituationShape:
    return _shape(
        SituationShape,
        situation,
        state="pending" if situation.is_pending else "in force" if situation.in_force else "ended",
        pending=situation.awaits,
        states=[_shape(StateShape, each, pending=each.awaits) for each in situation.states],
        uncertain=situation.uncertain or situation.state_uncertain,
    )


def expected_shape(situation: Situation) -> ExpectedShape:
    late = situation.days if situation.score == MET else None
    return {
        **situation_shape(situation),
        "due": situation.announced or None,
        "score": situation.score or None,
        "days_late": late,
    }


def claim_shape(claim: Claim) -> ClaimShape:
    return _shape(ClaimShape, claim, title=claim.label)


def reading_shape(reading: Reading) -> ReadingShape:
    return _shape(
        ReadingShape, reading, reading.figure, about=reading.about, verdict=figures.verdict(reading.figure)
    )


def series_shape(series: Series) -> SeriesShape:
    values = [_number(each.figure, each.development) for each in series.values]
    return _shape(SeriesShape, series.latest.figure, values=values)


def office_shape(office: Office) -> OfficeShape:
    return _shape(
        OfficeShape,
        office,
        office=office.label,
        holder=office.holder.party if office.holder else None,
        holders=[_shape(HolderShape, each) for each in office.holders],
    )


def position_shape(position: Position) -> PositionShape:
    return _shape(PositionShape, position)


def development_shape(development: Development) -> DevelopmentShape:
    event = development.event
    lacks = {} if isinstance(event, Occurrence) else {"occurred": "", "occurred_as": "", "parties": ()}
    amended_by = [each.seq for each in development.amendments]
    image = event.image if isinstance(event, Occurrence) else None
    shape = _shape(ImageShape, image) if image else None
    name = added(event, "place")
    place = {"name": name, "at": added(event, "at") or None} if name else None
    imported = added(event, "imported")
    common = {
        "key": bool(added(event, "key")),
        "tags": added(event, "tags") or (),
        "place": place,
        "image": shape,
        "backfilled": bool(added(event, "backfilled")),
        "imported": _shape(ImportedShape, imported) if imported else None,
    }
    return _shape(DevelopmentShape, development, event, amended_by=amended_by, **{**lacks, **common})


def change_shape(change: Change) -> ChangeShape:
    return _shape(ChangeShape, change, words=str(change))


def step_shape(step: Step | Reread) -> StepShape:
    return {**development_shape(step.development), "changes": [change_shape(each) for each in step.changes]}


def difference_shape(difference: Difference) -> DifferenceShape:
    return {
        "changes": [change_shape(each) for each in difference.changes],
        "added": [development_shape(each) for each in difference.added],
        "amended": [step_shape(each) for each in difference.amended],
        "left": [development_shape(each) for each in difference.removed],
    }


def hindsight_shape(hindsight: Hindsight) -> dict[str, Any]:
    """Returns every item as it was known then and is now, and the developments that were not known then."""
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
    """Returns the shape of a row of ``database.stories``. Where the clock is behind, ``quiet_days`` is 0."""
    return cast(
        ListedShape, {**row, "pinned": bool(row["pinned"]), "quiet_days": max(0, days_apart(row["updated"], now))}
    )


def found_shape(row: Mapping[str, Any]) -> FoundShape:
    """Returns the shape of a row of ``database.search``."""
    return _shape(FoundShape, **row)


def event_shape(row: Mapping[str, Any]) -> EventShape:
    """Returns the shape of a row of the table ``events``."""
    return _shape(EventShape, **row)
