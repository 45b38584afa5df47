"""Draws how the costs of operations grow with the size of the log."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random

import matplotlib

from benchmarks import corpus, replaying
from tracker.domain import values
from tracker.domain.events import Event
from tracker.domain.fold import fold
from tracker.feeds.entries import build_feed
from tracker.log.files import FileLog
from tracker.readmodel import projection
from tracker.text.dates import edge
from tracker.views.bitemporal import view
from tracker.workspace.desk import Workspace
from tracker.workspace.init import init as make

ROUNDS = 7

LENGTHS = (10, 30, 100, 300, 1_000, 3_000, 10_000)
"""Numbers of events of one story."""

SLUG = corpus.slug(0)

ENTRIES, MOST_EVENTS = "all entries anew", 1_000
"""The operation that is quadratic in amendments, and the most events for which it is drawn."""

NUMBERS = (1, 3, 10, 30, 100, 300, 1_000)
"""Numbers of stories of a hundred events."""

Costs = Mapping[str, Sequence[float]]
"""Milliseconds for each size, by operation."""


def draw(path: str, *, quick: bool) -> None:
    """Draws two diagrams into an SVG file: of one story that grows, and of a log with more and more stories."""
    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = "tracker"
    lengths, numbers = (LENGTHS[:4], NUMBERS[:4]) if quick else (LENGTHS, NUMBERS)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    for axes, sizes, costs, label in (
        (left, lengths, _of_one_story(lengths), "events of one story"),
        (right, numbers, _of_many(numbers), f"stories of {corpus.EVENTS} events"),
    ):
        for name, took in costs.items():
            axes.plot(sizes, took, marker="o", label=name)
        axes.set(xscale="log", yscale="log", xlabel=label, ylabel="milliseconds")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    figure.savefig(path, format="svg", metadata={"Date": None})


def _of_one_story(lengths: Sequence[int]) -> Costs:
    costs: defaultdict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(dir=corpus.cache()) as folder:
        log = FileLog(Path(folder, "events"))
        Path(log.folder).mkdir()
        for length in lengths:
            Path(log.path(SLUG)).write_bytes(b"".join(corpus.lines(0, length)))
            for name, work in _works(log).items():
                is_too_much = name == ENTRIES and length > MOST_EVENTS
                costs[name].append(float("nan") if is_too_much else _median(work))
    return costs


def _works(log: FileLog) -> dict[str, Callable[[], object]]:
    events = list(log.read(SLUG))
    middle, late = events[len(events) // 2].recorded, events[len(events) * 9 // 10].recorded
    return {
        "append one event": lambda: log.append(SLUG, [_draft()]),
        "replay": lambda: fold(SLUG, log.read(SLUG)),
        "as of, known at": lambda: view(events, as_of=edge(middle), known_at=late),
        ENTRIES: lambda: build_feed(SLUG, events),
    }


def _of_many(numbers: Sequence[int]) -> Costs:
    costs: dict[str, list[float]] = {"replay, one core": [], "rebuild of the read model": []}
    for number in numbers:
        folder = corpus.kept(number)
        with tempfile.TemporaryDirectory(dir=corpus.cache()) as place:
            make(place, "Bench", "https://bench.example/", "", "en")
            os.rmdir(os.path.join(place, "events"))
            os.symlink(folder, os.path.join(place, "events"))
            desk = Workspace(place)
            costs["replay, one core"].append(_median(partial(replaying.replay, folder)))
            rebuild = partial(projection.rebuild, desk.database_path, desk.log)
            costs["rebuild of the read model"].append(_median(rebuild, 3))
    return costs


def _draft() -> Event:
    return values.from_values(corpus.values(0, 8, Random(0)))


def _median(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1_000)
    return statistics.median(times)
