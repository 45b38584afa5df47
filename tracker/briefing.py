"""Where things stand, in lines for people. The terminal, the feeds and the pages all say it this way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple, TypeVar

from tracker.story import Claim, Item, Position, Reading, Situation, Story, introduced
from tracker.times import END, Moment, Occurred, Recorded, apart, in_words, span

Kind = TypeVar("Kind", Situation, Claim, Reading, Position)

_ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Section(NamedTuple):
    """A heading and its lines, each with the number of the development that it rests on."""

    heading: str
    lines: tuple[tuple[str, int], ...]


def briefing(story: Story, now: Moment | None = None) -> list[Section]:
    """Where things stand, the sections that have something to say in a fixed order, and so are the lines: it does
    not depend on how the story came to stand like this.

    That something expected is overdue is told to those who say when ``now`` is; what is published cannot know.
    """
    in_force = [each for each in story.situations if each.in_force]
    claims = [each for each in story.claims if not each.retracted]
    sections = (
        _section("In force", _situation, (each for each in in_force if not each.pending)),
        _section("Open", _situation, (each for each in in_force if each.pending)),
        _section("Contested", _claim, (each for each in claims if each.status in ("disputed", "denied"))),
        _section("Confirmed", _claim, (each for each in claims if each.status == "confirmed")),
        _section("Reported", _claim, (each for each in claims if each.status == "reported")),
        _section("Figures", _reading, sorted(story.readings, key=lambda each: each.key)),
        _section("Positions", _position, sorted(story.positions, key=lambda each: each.key)),
        _section("Expected next", partial(_expected, now=now), _by_due(story.expected)),
        _section("Open questions", _question, (each for each in story.questions if each.in_force)),
        _section("Ended", _ended, (each for each in story.all_situations if not each.in_force)),
    )
    return [section for section in sections if section.lines]


def line(item: Item | None) -> str:
    """What the briefing says of one item: its line, or nothing where it has none; the words of the title, the
    status and the summary."""
    if isinstance(item, Situation):
        if not item.in_force:
            return _ended(item)
        return _OPEN.get(item.kind, _situation)(item)
    if isinstance(item, Claim):
        return "" if item.retracted else _claim(item)
    if isinstance(item, Reading):
        return _reading(item)
    if isinstance(item, Position):
        return _position(item)
    return item.words if item else ""


def overdue(due: Occurred, now: Moment) -> str:
    """``overdue by 41 days``, counted from the last instant that the date may mean; empty where it is not."""
    last = due_by(due)
    return f"overdue by {apart(Recorded(last), Recorded(now))}" if last < now else ""


def due_by(due: Occurred) -> Moment:
    """The last instant that a due date may mean; without one, there is always time."""
    return span(due).latest if due else END


def dated(words: str, occurred: Occurred) -> str:
    """``words, December 2023``; the words alone where there is no date."""
    return f"{words}, {in_words(occurred)}" if occurred else words


def since(occurred: Occurred) -> str:
    """``since December 2023``; where only limits are known, ``since some time between 2023 and August 2024``."""
    first, _, last = occurred.partition("/")
    if first == "..":
        return f"since {in_words(Occurred(last))} at the latest"
    if last in ("", ".."):
        return f"since {in_words(Occurred(first))}"
    return f"since some time between {in_words(Occurred(first))} and {in_words(Occurred(last))}"


def _section(heading: str, words: Callable[[Kind], str], items: Iterable[Kind]) -> Section:
    return Section(heading, tuple((words(each), each.seq) for each in items))


def _by_due(expected: Iterable[Situation]) -> list[Situation]:
    """Those in force, by when they are due at the latest."""
    return sorted((each for each in expected if each.in_force), key=lambda each: due_by(each.announced))


def _situation(situation: Situation) -> str:
    words = f"{introduced(situation.label)} {situation.words}"
    if situation.begin_uncertain:
        words += _doubt(situation)
    elif situation.since:
        words += f", {since(situation.since)}"
    if situation.until:
        words += f", announced until {in_words(situation.until)}"
    return words


def _ended(situation: Situation) -> str:
    words = f"{introduced(situation.label)} {situation.words}"
    return f"{words}{_doubt(situation)}" if situation.uncertain else dated(words, situation.until)


def _doubt(situation: Situation) -> str:
    """Why it is uncertain whether it was in force: `` (uncertain: ended some time in 2024, perhaps not yet)``."""
    edges = []
    if situation.begin_uncertain:
        edges.append(f"begun {some_time(situation.since)}, perhaps not yet")
    if situation.end_uncertain:
        edges.append(f"ended {some_time(situation.ended)}, perhaps not yet")
    elif situation.ended:
        edges.append(f"ended {some_time(situation.ended)}")
    return f" (uncertain: {'; '.join(edges)})"


def some_time(occurred: Occurred) -> str:
    """``some time in 2023``, ``some time between 2023 and August 2024``, ``by August 2024 at the latest``."""
    first, _, last = occurred.partition("/")
    if first == "..":
        return f"by {in_words(Occurred(last))} at the latest"
    if last == "..":
        return f"some time from {in_words(Occurred(first))} on"
    if last:
        return f"some time between {in_words(Occurred(first))} and {in_words(Occurred(last))}"
    return f"some time {'on' if len(first) >= len('2023-12-15') else 'in'} {in_words(occurred)}"


def _expected(situation: Situation, now: Moment | None) -> str:
    late = overdue(situation.announced, now) if now else ""
    return f"{introduced(situation.label)} {situation.words}{', ' if late else ''}{late}"


def _question(situation: Situation) -> str:
    return situation.label


_OPEN: dict[str, Callable[[Situation], str]] = {
    "question": _question,
    "expectation": partial(_expected, now=None),
}


def _claim(claim: Claim) -> str:
    words = dated(f"{introduced(claim.label)} {claim.status}", claim.occurred)
    stances = ", ".join(_stance(claim, stance) for stance in ("confirmed", "denied") if _wants(claim, stance))
    return f"{words} ({_reports(claim)}, {_origins(claim)}{'; ' if stances else ''}{stances})"


def _reports(claim: Claim) -> str:
    return "1 report" if len(claim.reports) == 1 else f"reports {_joined(f'#{seq}' for seq in claim.reports)}"


def _origins(claim: Claim) -> str:
    if not claim.origins:
        return "no source named"
    return f"{claim.origins} independent origin{'s' if claim.origins > 1 else ''}"


def _wants(claim: Claim, stance: str) -> bool:
    """Whether the stance says more than the status does: who takes it, or one of the two that meet."""
    return claim.status == "disputed" or bool(_holders(claim, stance))


def _stance(claim: Claim, stance: str) -> str:
    holders = _holders(claim, stance)
    return f"{stance} by {_joined(holders)}" if holders else stance


def _holders(claim: Claim, stance: str) -> list[str]:
    """Who is named for the stance. One that names nobody is held under its event's id."""
    return [whose for whose, each in claim.stances if each == stance and not re.fullmatch(_ID, whose)]


def _joined(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _reading(reading: Reading) -> str:
    return dated(f"{introduced(reading.label)} {reading.words}", reading.occurred)


def _position(position: Position) -> str:
    to = f", to {position.to}" if position.to else ""
    return dated(f"{position.party}: {position.words}{to}", position.occurred)
