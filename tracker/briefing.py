"""Where things stand, in lines for people. The terminal, the feeds and the pages all say it this way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from tracker.story import Claim, Position, Reading, Situation, Story, introduced
from tracker.times import Occurred, in_words

Kind = TypeVar("Kind", Situation, Claim, Reading, Position)


class Section(NamedTuple):
    """A heading and its lines, each with the number of the development that it rests on."""

    heading: str
    lines: tuple[tuple[str, int], ...]


def briefing(story: Story) -> list[Section]:
    """Where things stand, the sections that have something to say in a fixed order."""
    sections = (
        _section("In force", story.situations, _situation, lambda each: each.in_force),
        _section("Claims", story.claims, _claim, lambda each: not each.retracted),
        _section("Figures", story.readings, _reading),
        _section("Positions", story.positions, _position),
        _section("Expected", story.expected, _expected, lambda each: each.in_force),
        _section("Open questions", story.questions, lambda each: each.label, lambda each: each.in_force),
        _section("Ended", story.all_situations, _ended, lambda each: not each.in_force),
    )
    return [section for section in sections if section.lines]


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


def _section(
    heading: str,
    items: Iterable[Kind],
    words: Callable[[Kind], str],
    wanted: Callable[[Kind], bool] = lambda each: True,
) -> Section:
    return Section(heading, tuple((words(each), each.seq) for each in items if wanted(each)))


def _situation(situation: Situation) -> str:
    words = f"{introduced(situation.label)} {situation.words}"
    if situation.since:
        words += f", {since(situation.since)}"
    if situation.until:
        words += f", announced until {in_words(situation.until)}"
    return f"{words} (uncertain)" if situation.uncertain else words


def _ended(situation: Situation) -> str:
    return dated(f"{introduced(situation.label)} {situation.words}", situation.until)


def _expected(situation: Situation) -> str:
    return f"{introduced(situation.label)} {situation.words}"


def _claim(claim: Claim) -> str:
    return dated(f"{introduced(claim.label)} {claim.words}", claim.occurred)


def _reading(reading: Reading) -> str:
    return dated(f"{introduced(reading.label)} {reading.words}", reading.occurred)


def _position(position: Position) -> str:
    to = f", to {position.to}" if position.to else ""
    return dated(f"{position.party}: {position.words}{to}", position.occurred)
