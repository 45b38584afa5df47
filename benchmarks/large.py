"""Benchmarks of the peak memory of whole processes, in a desk with one very long story."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import corpus
from benchmarks.measure import QUICK, Measured
from tracker.workspace import init

SIZE, SMALLER = 300_000_000, 3_000_000
"""Bytes of the story, also of a quick run."""

WORDS = 1_600
"""Words in the body of an event, which takes 10 KB then."""


def add(rounds: int) -> Measured:
    return _peak(rounds, ["add", "update", corpus.slug(0), "It goes on"], 300)


def publish(rounds: int) -> Measured:
    return _peak(rounds, ["publish"], 400)


BENCHMARKS: dict[str, Callable[..., Measured]] = {"add-memory": add, "publish-memory": publish}


def _peak(rounds: int, arguments: list[str], limit: float) -> Measured:
    size = SMALLER if rounds <= QUICK else SIZE
    with desk(size) as folder:
        return Measured(
            f"memory of tracker {arguments[0]}, a story of {size / 1e6:.0f} MB", peak(folder, arguments), "limit",
            limit, 1.0, "MiB",
        )  # fmt: skip


@contextmanager
def desk(size: int) -> Iterator[str]:
    """Creates a workspace with one story of at least this number of bytes."""
    with tempfile.TemporaryDirectory(dir=corpus.cache()) as folder:
        init.init(folder, "Bench", "https://bench.example/", "", "en")
        with Path(folder, "events", f"{corpus.slug(0)}.jsonl").open("wb") as file:
            for line in corpus.lines(0, size, WORDS):
                file.write(line)
                if file.tell() >= size:
                    break
        yield folder


LAUNCHER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A small process that starts a command: Linux counts the memory of a process that forks for what it starts."""


def peak(folder: str, arguments: list[str]) -> float:
    """Runs a command of tracker in a workspace. Returns its peak memory in MiB."""
    command = [str(Path(sys.executable).with_name("tracker")), *arguments]
    ran = subprocess.run(
        [sys.executable, "-c", LAUNCHER, *command], cwd=folder, capture_output=True, text=True, check=True
    )
    return int(ran.stdout.split()[-1]) / 1024
