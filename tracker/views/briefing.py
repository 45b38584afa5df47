"""The briefing: where things stand, in lines for people. The terminal, feeds and pages use the same lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from tracker.domain.events import EXPECTED, NO_SOURCE, QUESTIONS
from tracker.domain.story import (
    Claim,
    Holder,
    Item,
    KeyEvent,
    Note,
    Office,
    Pin,
    Position,
    Reading,
    Situation,
    State,
    Story,
    introduced,
)
from tracker.domain.wording import enumerated
from tracker.text.dates import (
    END,
    Edge,
    Moment,
    Occurred,
    Recorded,
    apart,
    in_words,
    order_alone,
    simplest,
    span,
    when,
)

_ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Section(NamedTuple):
    """A heading and its lines, each with the number of the development that it rests on."""

    heading: str
    lines: tuple[tuple[str, int], ...]


HEADINGS = (
    *("In force", "Pending", "Open", "Contested", "Confirmed", "Reported", "Figures", "Offices", "Positions"),
    *("Expected next", "Open questions", "Ended", "Key events"),
)
"""The headings of the sections, in their order."""


class Placed(NamedTuple):
    """An item's line: the item's key, the heading above the line, the key that sorts it there, its words, and the
    number of the development that it rests on. A note is above all sections: its heading is empty."""

    key: str
    heading: str
    order: str
    words: str
    seq: int


def briefing(story: Story, now: Edge | None = None) -> list[Section]:
    """Returns the sections that have lines. The order of sections and lines is fixed: it does not depend on the
    order of events.

    A line says that something is overdue only if the caller passes ``now``. Published files cannot know the time.
    """
    return [
        Section(heading, tuple((each.words, each.seq) for each in lines))
        for heading, lines in arranged(story, now).items()
    ]


def arranged(story: Story, now: Edge | None = None) -> dict[str, list[Placed]]:
    """Returns the lines of the briefing by heading, in its order."""
    lines: dict[str, list[Placed]] = {heading: [] for heading in HEADINGS}
    for item in story.items.values():
        found = placed(item, now)
        if found and found.heading:
            lines[found.heading].append(found)
    return {heading: sorted(found, key=lambda line: line.order) for heading, found in lines.items() if found}


def placed(item: Item | None, now: Edge | None = None) -> Placed | None:
    """Returns the item's line in the briefing; None where it has none."""
    return _PLACING[type(item)](item, now) if item and not item.retracted else None


def _placed_note(item: Note, now: Edge | None) -> Placed:
    return Placed(item.key, "", "", item.words, 0)


def _placed_claim(item: Claim, now: Edge | None) -> Placed:
    return Placed(item.key, _CLAIMS[item.status], _by_number(item), _claim(item), item.seq)


def _placed_reading(item: Reading, now: Edge | None) -> Placed:
    return Placed(item.key, "Figures", item.key, _reading(item), item.seq)


def _placed_position(item: Position, now: Edge | None) -> Placed:
    return Placed(item.key, "Positions", item.key, _position(item), item.seq)


def _placed_office(item: Office, now: Edge | None) -> Placed:
    return Placed(item.key, "Offices", item.key, _office(item), item.seq)


def _placed_nowhere(item: Item, now: Edge | None) -> None:
    return None


def _placed_key_event(item: KeyEvent, now: Edge | None) -> Placed:
    order = f"{order_alone(when(item.occurred, item.recorded))} {item.seq:09}"
    return Placed(item.key, "Key events", order, dated(item.title, item.occurred), item.seq)


_CLAIMS = {"disputed": "Contested", "denied": "Contested", "confirmed": "Confirmed", "reported": "Reported"}


def _placed_situation(item: Situation, now: Edge | None) -> Placed:
    order = _by_number(item)
    if not item.in_force:
        return Placed(item.key, "Ended", order, _ended(item), item.ended_by)
    seq = item.told_states[-1].seq
    if item.listed == EXPECTED:
        return Placed(item.key, "Expected next", f"{due_by(item.announced)} {order}", _expected(item, now), seq)
    if item.listed == QUESTIONS:
        return Placed(item.key, "Open questions", order, _question(item), seq)
    heading = "Pending" if item.is_pending else "Open" if item.pending else "In force"
    return Placed(item.key, heading, order, _situation(item), seq)


_PLACING: dict[type[Item], Callable[[Any, Edge | None], Placed | None]] = {
    Note: _placed_note,
    Situation: _placed_situation,
    Claim: _placed_claim,
    Reading: _placed_reading,
    Position: _placed_position,
    Office: _placed_office,
    KeyEvent: _placed_key_event,
    Pin: _placed_nowhere,
}


def _by_number(item: Situation | Claim) -> str:
    return f"{item.seq:09}"


def line(item: Item | None) -> str:
    """Returns the words of an item's line (of a note, its text); empty where it has no line."""
    found = placed(item)
    return found.words if found else ""


def overdue(due: Occurred, now: Edge) -> str:
    """Returns ``overdue by 41 days``, counted from the last instant of the date; empty where it is not due yet."""
    late = since_due(due, now)
    return f"overdue by {apart(*late)}" if late else ""


def since_due(due: Occurred, now: Edge) -> tuple[Recorded, Recorded] | None:
    """Returns the last instant of the date, and now, on one clock; None where it is not due yet."""
    last = span(due).latest if due else now
    if not last.is_before(now):
        return None
    first, second = (last.instant, now.instant) if last.offset and now.offset else (last.local, now.local)
    return Recorded(first), Recorded(second)


def due_by(due: Occurred) -> Moment:
    """Returns the last instant that a due date may mean; without a date, the end of time."""
    return span(due).latest.instant if due else END


def dated(words: str, occurred: Occurred) -> str:
    """Returns ``words, December 2023``; the words alone where there is no date."""
    return f"{words}, {in_words(occurred)}" if occurred else words


def since(occurred: Occurred) -> str:
    """Returns ``since December 2023``; where only limits are known, ``since some time between
    2023 and August 2024``."""
    first, _, last = simplest(occurred).partition("/")
    if first == "..":
        return f"since {in_words(Occurred(last))} at the latest"
    if last in ("", ".."):
        return f"since {in_words(Occurred(first))}"
    return f"since some time between {in_words(Occurred(first))} and {in_words(Occurred(last))}"


def _situation(situation: Situation) -> str:
    words = f"{introduced(situation.label)} {situation.words}"
    began = situation.told_states[-1].occurred
    if situation.begin_uncertain or situation.state_uncertain:
        words += _doubt(situation)
    elif began:
        words += f", {since(began)}"
    if situation.until:
        words += f", announced until {in_words(situation.until)}"
    return words + _terms(situation) + _before(situation)


TERMS_LENGTH = 200


def _terms(situation: Situation) -> str:
    """Returns what was agreed, such as ``: Boeing pays 243 million USD``, cut between words; empty if the label
    has it already."""
    if not situation.terms or situation.terms in situation.label:
        return ""
    from tracker.text import markup  # it reads Markdown, and few situations have terms

    terms = markup.to_line(situation.terms)
    cut = terms if len(terms) <= TERMS_LENGTH else f"{terms[:TERMS_LENGTH].rsplit(' ', 1)[0]} …"
    return f": {cut}" if cut else ""


def _question(situation: Situation) -> str:
    first = situation.told_states[0]
    if len(situation.told_states) == 1 and not first.given:
        return situation.label
    return f"{introduced(situation.label)} {situation.words}{_before(situation)}"


def _ended(situation: Situation) -> str:
    """Returns ``investigation into Boeing: concluded 24 June 2025: four bolts were missing (opened #5)``."""
    words = f"{introduced(situation.label)} {situation.words}"
    if situation.uncertain:
        words += _doubt(situation)
    elif situation.ended:
        words += f" {in_words(situation.ended)}"
    if situation.outcome:
        words += f": {situation.outcome}"
    return words + (_before(situation) or f" (opened #{situation.seq})")


def _before(situation: Situation) -> str:
    """Returns the earlier states, such as `` (grounded 6 January 2024, #4)``; empty if there is only one."""
    states = situation.told_states if situation.ended_by else situation.told_states[:-1]
    if len(situation.told_states) < 2:
        return ""
    told = (f"{_stated(each)}, #{each.seq}" for each in states)
    return f" ({'; '.join(told)})"


def _stated(state: State) -> str:
    return f"{state} {in_words(state.occurred)}" if state.occurred else str(state)


def _doubt(situation: Situation) -> str:
    """Returns why it is uncertain if it was in force: `` (uncertain: ended some time in 2024, perhaps not
    yet)``."""
    edges = []
    if situation.begin_uncertain:
        edges.append(f"begun {some_time(situation.since)}, perhaps not yet")
    if situation.state_uncertain:
        edges.append(f"changed {some_time(situation.told_states[-1].occurred)}, perhaps not yet")
    if situation.end_uncertain:
        edges.append(f"ended {some_time(situation.ended)}, perhaps not yet")
    elif situation.ended:
        edges.append(f"ended {some_time(situation.ended)}")
    return f" (uncertain: {'; '.join(edges)})"


def some_time(occurred: Occurred) -> str:
    """Returns ``some time in 2023``, ``some time between 2023 and May 2024`` or ``by May 2024 at the latest``."""
    first, _, last = simplest(occurred).partition("/")
    if first == "..":
        return f"by {in_words(Occurred(last))} at the latest"
    if last == "..":
        return f"some time from {in_words(Occurred(first))} on"
    if last:
        return f"some time between {in_words(Occurred(first))} and {in_words(Occurred(last))}"
    return f"some time {'on' if len(first) >= len('2023-12-15') else 'in'} {in_words(occurred)}"


def _expected(situation: Situation, now: Edge | None) -> str:
    late = overdue(situation.announced, now) if now else ""
    return f"{introduced(situation.label)} {situation.words}{', ' if late else ''}{late}{_before(situation)}"


def _claim(claim: Claim) -> str:
    words = dated(f"{introduced(claim.label)} {claim.status}", claim.occurred)
    stances = ", ".join(_stance(claim, stance) for stance in ("confirmed", "denied") if _wants(claim, stance))
    told = f", first reported {in_words(claim.reported)}" if claim.reported else ""
    if claim.confirmed:
        stances = ", ".join(filter(None, (stances, f"first confirmed {in_words(claim.confirmed)}")))
    return f"{words} ({_reports(claim)}, {_origins(claim)}{told}{'; ' if stances else ''}{stances})"


def _reports(claim: Claim) -> str:
    return "1 report" if len(claim.reports) == 1 else f"reports {enumerated(f'#{seq}' for seq in claim.reports)}"


def _origins(claim: Claim) -> str:
    if not claim.origins:
        return NO_SOURCE
    return f"{claim.origins} independent origin{'s' if claim.origins > 1 else ''}"


def _wants(claim: Claim, stance: str) -> bool:
    """Returns whether the stance adds to the status: it has named holders, or the claim is disputed."""
    return claim.status == "disputed" or bool(_holders(claim, stance))


def _stance(claim: Claim, stance: str) -> str:
    holders = _holders(claim, stance)
    return f"{stance} by {enumerated(holders)}" if holders else stance


def _holders(claim: Claim, stance: str) -> list[str]:
    """Returns the names of those that take the stance. A stance without a name is stored under its event's id."""
    return [whose for whose, each in claim.stances if each == stance and not re.fullmatch(_ID, whose)]


def _reading(reading: Reading) -> str:
    occurred = Occurred("") if reading.figure.as_of else reading.occurred
    return dated(f"{introduced(reading.label)} {reading.words}", occurred)


def _office(office: Office) -> str:
    """Returns ``chief executive of Boeing: Kelly Ortberg, since 8 August 2024 (before: Dave Calhoun, until 7
    August 2024, #4)``."""
    words, holder = f"{introduced(office.label)} {office.words}", office.holder
    if holder and holder.since:
        words += f", {since(holder.since)}"
    before = (_held(each) for each in reversed(office.holders) if each != holder)
    told = "; ".join(before)
    return f"{words} (before: {told})" if told else words


def _held(holder: Holder) -> str:
    """Returns a former holder with the dates that are known, and the event by which it took the office or else
    left it."""
    dates = (f"from {in_words(holder.since)}" if holder.since else "",
             f"until {in_words(holder.until)}" if holder.until else "")  # fmt: skip
    when = " ".join(filter(None, dates))
    return ", ".join(filter(None, (holder.party, when, f"#{holder.seq or holder.left}")))


def _position(position: Position) -> str:
    """Returns ``Boeing: “…”, Kelly Ortberg (chief executive of Boeing), to CNN, March 2024``."""
    role = f" ({position.role})" if position.role else ""
    to = f", to {position.to}" if position.to else ""
    if position.speaker:
        return dated(f"{position.party}: {position.words}, {position.speaker}{role}{to}", position.occurred)
    return dated(f"{position.party}{role}: {position.words}{to}", position.occurred)
