"""The picture of a story, as values: lanes over time, one for each situation, claim and office.

::

    story ──▶ a lane for each item that begins and ends ──▶ Picture(lanes, happened, keys, now)

- A *lane* has stretches, one for each state that the item was in, from begin to end, and marks.
- A *bound* says where a stretch begins or ends: between two edges, because a date may be vague. If only the latest
  edge is known, the earliest is None. Without a date, the time of recording is the latest.
- A mark says what changed, when something is due, and what was corrected. A corrected date has the bound that was
  believed before.

``site/lanes.py`` draws it. The picture ends where the last event was recorded: it knows no present.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tracker.domain.amend import CORRECTED, Development
from tracker.domain.events import EXPECTED, QUESTIONS, Occurrence, Opened
from tracker.domain.story import Claim, Item, KeyEvent, Office, Situation, Story
from tracker.text.dates import BEGINNING, Edge, Occurred, Recorded, Span, edge, in_order, simplest, span, when
from tracker.views.development import is_withdrawn
from tracker.views.series import Value, series

FORCE, OPEN, ENDED = "force", "open", "ended"
"""The states of situations: it holds; it holds and waits for an outcome; it ended."""

REPORTED, CONFIRMED, DENIED, DISPUTED = "reported", "confirmed", "denied", "disputed"
"""The states of claims."""

CHANGED, DUE, CORRECTION = "changed", "due", "corrected"
"""The kinds of marks."""


class Bound(NamedTuple):
    """Where a stretch begins or ends. ``earliest`` is None if only the latest edge is known. ``occurred`` is the
    date that says so; it may be empty."""

    earliest: Edge | None
    latest: Edge
    occurred: Occurred = Occurred("")


class Stretch(NamedTuple):
    """A part of a lane in one state. ``words`` name the state or the holder of an office, ``seq`` is the number of
    the event that began it. ``end`` is None if it is still so."""

    state: str
    words: str
    seq: int
    begin: Bound
    end: Bound | None


class Mark(NamedTuple):
    """A mark on a lane. ``seq`` is the number of its event. ``was`` is the bound that was believed before a
    correction; None if no date was corrected."""

    kind: str
    at: Bound
    seq: int
    was: Bound | None = None


class Lane(NamedTuple):
    """One item over time. ``kind`` is ``situation``, ``question``, ``expectation``, ``claim`` or ``office``,
    ``state`` the present state. ``seq`` is the number of the development that it began with. ``figures`` are the
    values of a figure that belongs to it, if there are several numbers."""

    kind: str
    item: Item
    seq: int
    state: str
    stretches: tuple[Stretch, ...]
    marks: tuple[Mark, ...] = ()
    figures: tuple[Value, ...] = ()

    @property
    def key(self) -> str:
        return self.item.key

    @property
    def begin(self) -> Bound:
        return self.stretches[0].begin

    @property
    def end(self) -> Bound | None:
        return self.stretches[-1].end


class Picture(NamedTuple):
    """A story over time. ``lanes`` are in the order in which they began, ``happened`` has the bounds of all dated
    developments, ``keys`` the key events in the order of the world, ``now`` is when the last event was
    recorded."""

    lanes: tuple[Lane, ...]
    happened: tuple[Bound, ...]
    keys: tuple[KeyEvent, ...]
    now: Edge


def picture(story: Story) -> Picture:
    """Returns the picture of a story that has at least one event."""
    drawn = [*_situations(story), *map(_claim, _standing(story)), *map(_office, story.offices)]
    orders = in_order([_span(each.begin) for each in drawn])
    ordered = sorted(zip(orders, drawn, strict=True), key=lambda pair: (pair[0], pair[1].seq))
    lanes = tuple(_with_corrections(each, story.developments) for _, each in ordered)
    return Picture(lanes, tuple(_happened(story)), tuple(_keys(story)), edge(story.updated))


def bound(occurred: Occurred, recorded: Recorded) -> Bound:
    """Returns where something lies that occurred then. ``2024-03/..`` begins in March; ``../2024-03`` at an
    unknown time before April, and without a date before the time of recording."""
    if not occurred:
        return Bound(None, edge(recorded))
    first, _, last = simplest(occurred).partition("/")
    earliest, latest = span(Occurred(first) if last == ".." else occurred)
    return Bound(None if first == ".." else earliest, latest, occurred)


def chosen(lanes: Sequence[Lane], most: int) -> tuple[list[Lane], list[Lane]]:
    """Returns the lanes to draw and the others. If there are more than ``most``, those that hold come before those
    that ended, and the latest before the earlier; up to ``most`` of each."""
    if len(lanes) <= most:
        return list(lanes), []
    holding = [each for each in lanes if each.end is None][-most:]
    ended = [each for each in lanes if each.end is not None]
    latest = sorted(ended, key=lambda each: (each.end or each.begin).latest.instant)[-most:]
    keys = {each.key for each in (*holding, *latest)}
    return [each for each in lanes if each.key in keys], [each for each in lanes if each.key not in keys]


def _span(begin: Bound) -> Span:
    return Span(begin.earliest or Edge(BEGINNING, BEGINNING), begin.latest)


def _situations(story: Story) -> Iterator[Lane]:
    """Yields the lanes of situations. A question without a date has none."""
    values = {each.latest.key: each.values for each in series(story)} if story.belonging else {}
    for each in story.all_situations:
        if each.listed != QUESTIONS or each.since:
            keys = story.belonging.get(each.id, {})
            numbers = (tuple(value for value in values.get(key, ()) if value.figure.value) for key in keys)
            yield _situation(each, next((found for found in numbers if len(found) > 1), ()))


def _situation(item: Situation, figures: tuple[Value, ...]) -> Lane:
    ended = bound(item.ended, item.ended_recorded) if item.ended_by else None
    waits = OPEN if item.pending or item.listed in (QUESTIONS, EXPECTED) else FORCE
    states = item.told_states
    bounds = [bound(each.occurred, each.recorded) for each in states]
    told = [ENDED if ended else OPEN if each.awaits else waits for each in states]
    stretches = (
        Stretch(state, each.words, each.seq, begin, end)
        for state, each, begin, end in zip(told, states, bounds, [*bounds[1:], ended], strict=True)
    )
    marks = [Mark(CHANGED, at, each.seq) for each, at in zip(states[1:], bounds[1:], strict=True)]
    if item.announced:
        marks.append(Mark(DUE, bound(item.announced, item.recorded), states[-1].seq))
    if ended:
        marks.append(Mark(ENDED, ended, item.ended_by))
    kind = {QUESTIONS: "question", EXPECTED: "expectation"}.get(item.listed, "situation")
    return Lane(kind, item, item.seq, told[-1], tuple(stretches), tuple(marks), figures)


def _standing(story: Story) -> list[tuple[Claim, Development]]:
    """Returns the claims that were not withdrawn, each with its report."""
    return [(each, story.developments[each.seq - 1]) for each in story.claims if not each.retracted]


def _claim(found: tuple[Claim, Development]) -> Lane:
    """Returns the lane of a claim: from when it was first reported, as far as is known, through every answer."""
    item, report = found
    recorded = report.event.recorded
    answers = sorted(
        ((bound(occurred, recorded), seq, stance)
         for (seq, stance), occurred in zip(item.answers, item.answered, strict=True)),
        key=lambda each: (each[0].latest.instant, each[1]),
    )  # fmt: skip
    states, stances = [(bound(item.reported or item.occurred, recorded), item.seq, REPORTED)], set[str]()
    for at, seq, stance in answers:
        stances.add(stance)
        states.append((at, seq, DISPUTED if len(stances) > 1 else stance))
    states[-1] = (*states[-1][:2], item.status)
    stretches = tuple(
        Stretch(state, state, seq, begin, states[place + 1][0] if place + 1 < len(states) else None)
        for place, (begin, seq, state) in enumerate(states)
    )
    marks = tuple(Mark(CHANGED, begin, seq) for begin, seq, _ in states[1:])
    return Lane("claim", item, item.seq, item.status, stretches, marks)


def _office(item: Office) -> Lane:
    """Returns the lane of an office, with a stretch for each holder. A holder whose beginning is not known stands
    where its successor begins."""
    recorded = {each.seq: each.recorded for each in item.line}
    stretches = []
    for each in item.holders:
        begin = bound(each.since, recorded[each.seq or each.left])
        end = bound(each.until, recorded[each.left]) if each.left else None
        if not each.seq and end:
            begin = Bound(None, end.latest, Occurred(""))
        stretches.append(Stretch(ENDED if end else FORCE, each.party, each.seq or each.left, begin, end))
    if not stretches:
        first = item.line[0]
        stretches.append(Stretch(ENDED, "", first.seq, bound(first.occurred, first.recorded), None))
    state = ENDED if stretches[-1].end else FORCE
    marks = tuple(Mark(CHANGED, each.begin, each.seq) for each in stretches[1:])
    return Lane("office", item, item.line[0].seq, state, tuple(stretches), marks)


def _with_corrections(lane: Lane, developments: Sequence[Development]) -> Lane:
    """Returns the lane with a mark for each of its events that was corrected."""
    at = {each.seq: each.begin for each in reversed(lane.stretches)}
    at |= {each.seq: each.at for each in lane.marks if each.kind == ENDED}
    marks = tuple(_corrections(at.items(), developments))
    return lane._replace(marks=lane.marks + marks) if marks else lane


def _corrections(places: Iterable[tuple[int, Bound]], developments: Sequence[Development]) -> Iterator[Mark]:
    for seq, at in places:
        development = developments[seq - 1]
        if development.standing == CORRECTED:
            before = Occurred(getattr(development.original, "occurred", ""))
            was = bound(before, development.event.recorded) if before != at.occurred else None
            yield Mark(CORRECTION, at, seq, was)


def _happened(story: Story) -> Iterator[Bound]:
    """Yields when each development with a date occurred."""
    for each in story.developments:
        event = each.event
        if isinstance(event, Opened) or is_withdrawn(each):
            continue
        if isinstance(event, Occurrence) and event.occurred:
            yield bound(event.occurred, event.recorded)


def _keys(story: Story) -> list[KeyEvent]:
    """Returns the key events in the order of the world."""
    events = [each for each in story.items.values() if isinstance(each, KeyEvent)]
    orders = in_order([when(each.occurred, each.recorded) for each in events])
    ranked = sorted(zip(orders, events, strict=True), key=lambda pair: (pair[0], pair[1].seq))
    return [each for _, each in ranked]
