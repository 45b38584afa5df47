"""Benchmarks of the peak memory of whole processes, in a desk with one very long story."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import corpus
from benchmarks.measure import QUICK, Measured
from tracker.workspace import init

SIZE, SMALLER = 300_000_000, 30_000_000
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


def peak(folder: str, arguments: list[str]) -> float:
    """Runs a command of tracker in a workspace. Returns its peak memory in MiB."""
    tracker = str(Path(sys.executable).with_name("tracker"))
    process = subprocess.Popen([tracker, *arguments], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return used.ru_maxrss / 1024
