"""Clocks that step back and disagree: the times in the log never decrease."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from unittest import mock

from tests.torture import desks
from tests.torture.children import Child, Say, Work
from tests.torture.scenario import Scenario, Trying, case
from tracker.domain import chain
from tracker.log import base
from tracker.log import clock as clocks
from tracker.log.clock import Clock
from tracker.text.dates import Recorded, recorded_at, to_datetime

SLUG = "story"
EACH = 10


def jumping(seed: int) -> Clock:
    """Returns a clock that is wrong by up to a day, by another random amount at each reading."""
    dice = random.Random(seed)
    start = to_datetime(clocks.now())
    return lambda: recorded_at(start + timedelta(seconds=dice.uniform(-86_400, 86_400)))


def clocks_stepping_back(folder: str, quick: bool) -> Trying:
    """Processes with jumping clocks append to one story. No line may have an earlier time than the one before."""
    desk = desks.new_desk(folder)
    desks.open_story(desk.log, SLUG)
    for number in range(3 if quick else 50):
        with Child(_appending(desk.root, 2 * number)) as one, Child(_appending(desk.root, 2 * number + 1)) as two:
            failed = [f"a process failed: {each.lines[-1:]}" for each in (one.wait(), two.wait()) if each.code]
        log = desks.at(desk.root).log
        times = [chain.split(line).recorded for line in log.lines(SLUG)][-2 * EACH - 1 :]
        yield from (
            case([] if before <= after else [f"{after} follows {before}"]) for before, after in pairwise(times)
        )
        yield case([*failed, *desks.story_faults(log, SLUG)])


def _appending(root: str, seed: int) -> Work:
    def work(say: Say) -> None:
        log = desks.at(root).log
        log.clock = jumping(seed)
        for _ in range(EACH):
            log.append(SLUG, [desks.an_update()])

    return work


def _the_clock_alone() -> mock._patch[Callable[[Recorded, Recorded], Recorded]]:
    """A log that records the time of its clock unchanged."""
    return mock.patch.object(base, "max", lambda now, last: now, create=True)


SCENARIOS = (
    Scenario(
        "clocks",
        "a clock that steps back never reorders recorded events",
        clocks_stepping_back,
        (_the_clock_alone,),
    ),
)
