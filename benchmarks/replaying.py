"""Benchmarks of verified replays: against ``eventsourcing``, against a bare decoding loop, on one core and on all
cores, and their memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from typing import Union

import msgspec

from benchmarks import corpus
from benchmarks.measure import QUICK, Measured, in_turns
from tracker.domain.events import TYPES
from tracker.domain.fold import fold
from tracker.log.base import EventLog
from tracker.log.files import FileLog
from tracker.readmodel import cores

STORIES, FEW = 2_000, 100
"""Stories of a hundred events each, in a full and in a quick run."""

MANY, NOT_SO_MANY = 10_000, 200
"""Stories of the log for the measurement of memory, in a full and in a quick run."""

ROUNDS = 7
"""Most rounds: a round takes seconds."""

MOST_MEMORY = 150.0
"""MiB."""


def against_eventsourcing(rounds: int) -> Measured:
    """Measures a replay against the same stories as aggregates, rebuilt in this process."""
    from benchmarks import peers

    folder, stories = log_for(rounds)
    with tempfile.TemporaryDirectory() as place:
        application = peers.application(place)
        ids = []
        for slug in FileLog(folder).streams():
            with open(os.path.join(folder, f"{slug}.jsonl"), "rb") as file:
                story = peers.recorded(slug, map(msgspec.json.decode, file))
            application.save(story)
            ids.append(story.id)

        def peer() -> None:
            for id in ids:
                application.repository.get(id)

        ours, peer_took = in_turns(partial(replay, folder), peer, min(rounds, ROUNDS))
        application.close()
    return Measured(f"replay of {events_in(stories)}, verified", ours, "eventsourcing", peer_took, 1 / 8)


def against_decoding(rounds: int) -> Measured:
    """Measures decoding, verifying and folding against decoding alone."""
    folder, stories = log_for(rounds)
    decoder = msgspec.json.Decoder(Union[tuple(TYPES.values())])  # noqa: UP007  made at run time

    def bare() -> None:
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as file:
                for line in file:
                    decoder.decode(line)

    ours, peer = in_turns(partial(replay, folder), bare, min(rounds, ROUNDS))
    return Measured(f"replay of {events_in(stories)}, verified", ours, "bare msgspec loop", peer, 2.5)


def on_all_cores(rounds: int) -> Measured:
    """Measures a replay as a whole process, on all cores against one core."""
    folder, stories = log_for(rounds)
    every = os.sched_getaffinity(0)
    ours, peer = in_turns(partial(_run, folder, every), partial(_run, folder, _one()), min(rounds, ROUNDS))
    what = f"replay of {events_in(stories)}, whole process, {len(every)} cores"
    return Measured(what, ours, "one core", peer, 1 / 1.5)


def memory(rounds: int) -> Measured:
    """Measures the peak memory of a process that replays a long log on one core. The peer is the limit."""
    many, fewer = (NOT_SO_MANY, FEW) if rounds <= QUICK else (MANY, STORIES)
    peak, peak_of_fewer = (_run(corpus.kept(stories), _one()) for stories in (many, fewer))
    what = f"memory of a replay of {events_in(many)} ({peak_of_fewer:.1f} MiB for {events_in(fewer)})"
    return Measured(what, peak, "limit", MOST_MEMORY, 1.0, "MiB")


BENCHMARKS: dict[str, Callable[..., Measured]] = {
    "replay": against_eventsourcing,
    "decode": against_decoding,
    "cores": on_all_cores,
    "memory": memory,
}


def replay(folder: str) -> int:
    """Folds every story of a log, one after the other. Returns the number of events."""
    log = FileLog(folder)
    return sum(replayed(log, slug) for slug in log.streams())


def log_for(rounds: int) -> tuple[str, int]:
    """Returns the folder of the log to replay, and its number of stories."""
    stories = FEW if rounds <= QUICK else STORIES
    return corpus.kept(stories), stories


def events_in(stories: int) -> str:
    return f"{stories * corpus.EVENTS:,} events"


def replayed(log: EventLog, slug: str) -> int:
    """Folds a story. Returns the number of its events."""
    return fold(slug, log.read(slug)).seq


def _one() -> set[int]:
    return {min(os.sched_getaffinity(0))}


def _run(folder: str, affinity: set[int]) -> float:
    """Runs a process that replays a log on these cores. Returns its peak memory in MiB."""
    command = [sys.executable, "-m", "benchmarks.replaying", folder]
    ran = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, preexec_fn=lambda: os.sched_setaffinity(0, affinity)
    )
    return int(ran.stdout) / 1024


if __name__ == "__main__":
    whole = FileLog(sys.argv[1])
    for _ in cores.each(partial(replayed, whole), whole.streams()):
        pass
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
