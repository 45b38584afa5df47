"""Benchmarks of a desk of many stories, and of many corrections at once."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import corpus, processes
from benchmarks.measure import QUICK, Measured, in_turns
from tracker.workspace import init
from tracker.workspace.desk import Workspace

STORIES, IN_A_HURRY = 100_000, 200
"""Stories of one event each."""

TO_VERIFY, TO_VERIFY_IN_A_HURRY = 20_000, 4_000
"""Stories to verify: with fewer, the start of Python is most of the time."""

LIMIT = 1_000.0
"""Milliseconds that a list of all stories may take when nothing has moved."""

FEW, MANY = 100, 1_000
"""Corrections in one batch."""

ROUNDS = 7
"""Most rounds that are measured: each takes long."""

TRACKER = str(Path(sys.executable).with_name("tracker"))


def list_again(rounds: int) -> Measured:
    """Measures the list of all stories, as a whole process. The peer is the limit."""
    stories = IN_A_HURRY if rounds <= QUICK else STORIES
    with TemporaryDirectory() as folder:
        _write(folder, stories)
        took = [
            _milliseconds(lambda: processes.run([TRACKER, "stories"], folder)) for _ in range(min(rounds, 11) + 1)
        ]
    what = f"tracker stories, nothing new in {stories:,} stories ({took[0] / 1000:,.1f} s the first time)"
    return Measured(what, median(took[1:]), "limit", LIMIT, 1.0)


def verify_on_all_cores(rounds: int) -> Measured:
    """Measures a verification of a log and its read model, as a whole process, against one core."""
    stories = TO_VERIFY_IN_A_HURRY if rounds <= QUICK else TO_VERIFY
    with TemporaryDirectory() as folder:
        _write(folder, stories)
        processes.run([TRACKER, "rebuild"], folder)
        command = [TRACKER, "verify"]
        core = str(min(os.sched_getaffinity(0)))
        all_cores, one_core = in_turns(
            lambda: processes.run(command, folder),
            lambda: processes.run(["taskset", "-c", core, *command], folder),
            _rounds(rounds),
        )
    cores = len(os.sched_getaffinity(0))
    return Measured(f"tracker verify, {stories:,} stories, {cores} cores", all_cores, "one core", one_core, 0.8)


def correct_many(rounds: int) -> Measured:
    """Measures the decision of corrections in one batch: each of many against each of few."""
    with TemporaryDirectory() as folder:
        init.init(folder, "Bench", "https://bench.example/", "", "en")
        desk = Workspace(folder)
        drafts = [{"type": "update", "title": f"Update {number}"} for number in range(2, MANY + 1)]
        desk.record("story", [{"type": "opened", "title": "A story"}, *drafts])
        corrections = [
            {
                "type": "correction",
                "corrects": f"#{seq}",
                "changes": {"title": f"News {seq}"},
                "why": "It was wrong",
            }
            for seq in range(1, MANY + 1)
        ]

        def decide(number: int) -> None:
            desk.record("story", corrections[:number], dry_run=True)

        def decide_few() -> None:
            for _ in range(MANY // FEW):
                decide(FEW)

        many, few = in_turns(lambda: decide(MANY), decide_few, _rounds(rounds))
    return Measured(f"{MANY:,} corrections in one batch", many, f"{FEW} at a time", few, 1.5)


BENCHMARKS: dict[str, Callable[..., Measured]] = {
    "stories": list_again,
    "verify": verify_on_all_cores,
    "corrections": correct_many,
}


def _rounds(rounds: int) -> int:
    return 1 if rounds <= QUICK else ROUNDS


def _write(folder: str, stories: int) -> None:
    """Creates a desk of this number of stories."""
    init.init(folder, "Bench", "https://bench.example/", "", "en")
    corpus.write(os.path.join(folder, "events"), stories, moving=0, quiet=1)


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000
