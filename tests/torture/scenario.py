"""Scenarios, and how to run them: against tracker, and against a tracker that is broken on purpose (a control)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, closing
from time import monotonic
from typing import NamedTuple

MOST_SAID = 5
"""Most sentences about faults that a result keeps."""


class Found(NamedTuple):
    """The result of some cases. ``lost`` counts the cases with a fault: something was lost, broken or not
    reported. ``twice`` counts the events that were there twice. ``said`` has sentences about the faults."""

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
    """Returns the result of one case, which is lost if there is any problem."""
    said = tuple(problems)
    return Found(1, int(bool(said)), 0, said)


Trying = Generator[Found, None, None]
Run = Callable[[str, bool], Trying]
Control = Callable[[], AbstractContextManager[object]]


def nothing() -> str:
    """Returns that a machine lacks nothing: for a scenario without needs of its own."""
    return ""


class Scenario(NamedTuple):
    """A promise and the attempts to break it.

    ``run(folder, quick)`` tries all cases, or a sample, in an empty folder and yields its results one by one.
    Inside each of ``controls`` it has to find a fault. ``lacking`` returns what this machine lacks to run the
    scenario, or nothing."""

    name: str
    promise: str
    run: Run
    controls: tuple[Control, ...]
    strace: bool = False
    lacking: Callable[[], str] = nothing


class Tried(NamedTuple):
    """The result of a scenario, the numbers (from 1) of controls that found nothing, and the seconds it took."""

    found: Found
    blind: list[int]
    seconds: float

    @property
    def holds(self) -> bool:
        return bool(self.found.cases) and not self.found.bad and not self.blind


def tried(scenario: Scenario, quick: bool) -> Tried:
    """Runs a scenario and its controls, and returns the result."""
    start = monotonic()
    found = tried_once(scenario, quick)
    seconds = monotonic() - start
    blind = [number for number in range(1, len(scenario.controls) + 1) if not caught(scenario, number).bad]
    return Tried(found, blind, seconds)


def tried_once(scenario: Scenario, quick: bool) -> Found:
    """Runs a scenario without its controls, and returns what it found."""
    found = Found()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        for part in scenario.run(folder, quick):
            found = found.plus(part)
    return found


def caught(scenario: Scenario, number: int) -> Found:
    """Runs the quick scenario inside a control (by number, from 1) up to the first fault. Returns the result."""
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
