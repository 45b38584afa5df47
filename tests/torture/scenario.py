"""What a scenario is, how it is run, and how it is run against a tracker that is broken on purpose."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, closing
from time import monotonic
from typing import NamedTuple

MOST_SAID = 5
"""Sentences that are kept about what went wrong."""


class Found(NamedTuple):
    """How many cases were tried, in how many of them something was lost (or broken, or said to nobody), how often
    something was there twice, and sentences about that."""

    cases: int = 0
    lost: int = 0
    twice: int = 0
    said: tuple[str, ...] = ()

    @property
    def bad(self) -> bool:
        return bool(self.lost or self.twice)

    def plus(self, other: Found) -> Found:
        said = (self.said + other.said)[:MOST_SAID]
        return Found(self.cases + other.cases, self.lost + other.lost, self.twice + other.twice, said)


def case(problems: Iterable[str]) -> Found:
    """One case, lost where there is any problem."""
    said = tuple(problems)
    return Found(1, int(bool(said)), 0, said)


Trying = Generator[Found, None, None]
Run = Callable[[str, bool], Trying]
Control = Callable[[], AbstractContextManager[object]]


def nothing() -> str:
    """What a machine lacks for a scenario that needs nothing."""
    return ""


class Scenario(NamedTuple):
    """``run(folder, quick)`` tries the promise in an empty folder, all of it or a sample, and gives what it found
    bit by bit. While one of ``controls`` is entered, it has to find something. ``lacking`` says what this machine
    lacks to try it at all."""

    name: str
    promise: str
    run: Run
    controls: tuple[Control, ...]
    strace: bool = False
    lacking: Callable[[], str] = nothing


class Tried(NamedTuple):
    """What a scenario found, which of its controls (by number, from 1) found nothing, and the seconds it took."""

    found: Found
    blind: list[int]
    seconds: float

    @property
    def holds(self) -> bool:
        return bool(self.found.cases) and not self.found.bad and not self.blind


def tried(scenario: Scenario, quick: bool) -> Tried:
    """Runs a scenario and its controls."""
    start = monotonic()
    found = tried_once(scenario, quick)
    seconds = monotonic() - start
    blind = [number for number in range(1, len(scenario.controls) + 1) if not caught(scenario, number).bad]
    return Tried(found, blind, seconds)


def tried_once(scenario: Scenario, quick: bool) -> Found:
    """What the scenario finds."""
    found = Found()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        for part in scenario.run(folder, quick):
            found = found.plus(part)
    return found


def caught(scenario: Scenario, number: int) -> Found:
    """What the quick scenario finds first where tracker is broken by the control of that number (from 1)."""
    found = Found()
    with (
        tempfile.TemporaryDirectory(prefix="torture-") as folder,
        scenario.controls[number - 1](),
        closing(scenario.run(folder, True)) as parts,
    ):
        for part in parts:
            found = found.plus(part)
            if found.bad:
                break
    return found
