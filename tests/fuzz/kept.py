"""The corpus: for each target a folder of few and small inputs that reach everything its readers do, each named by
its own hash."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Iterable
from functools import partial
from hashlib import sha256
from pathlib import Path

import coverage

from tests.fuzz import WATCHED
from tests.fuzz.targets import TARGETS, seconds

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
MOST = 60
"""Files of a target."""
QUICK = 0.1
"""Seconds that one of them may take."""

Arcs = frozenset[tuple[str, tuple[int, int]]]


def of(name: str) -> list[Path]:
    """The files of a target."""
    return sorted((CORPUS / name).glob("*"))


def faults() -> dict[str, str]:
    """Why something is wrong still with a file of the corpus, by ``target/file``."""
    return {
        f"{each['target']}/{each['file']}": each["reason"]
        for each in tomllib.loads((HERE / "faults.toml").read_text(encoding="utf-8")).get("fault", ())
    }


def name_of(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]


def keep(name: str, inputs: Iterable[bytes]) -> int:
    """Makes a target's corpus of these inputs, and says of how many. What is known to be wrong stays in it."""
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    wrong = {file.partition("/")[2] for file in faults() if file.startswith(f"{name}/")}
    kept = {name_of(data): data for data in smallest(name, inputs)}
    for path in of(name):
        if path.name not in kept and path.name not in wrong:
            path.unlink()
    for file, data in kept.items():
        (folder / file).write_bytes(data)
    return len(of(name))


def smallest(name: str, inputs: Iterable[bytes]) -> list[bytes]:
    """Few of the inputs that together reach what all do, short ones first among those that reach as much."""
    quick = (data for data in {*inputs} if seconds(partial(tried, name), data) < QUICK)
    reached = {
        data: arcs for data in sorted(quick, key=lambda data: (len(data), data)) if (arcs := arcs_of(name, data))
    }
    chosen: list[bytes] = []
    known: set[tuple[str, tuple[int, int]]] = set()
    while reached and len(chosen) < MOST:
        best = max(reached, key=lambda data: len(reached[data] - known))
        if not reached[best] - known:
            break
        chosen.append(best)
        known |= reached.pop(best)
    return chosen


def tried(name: str, data: bytes) -> None:
    with contextlib.suppress(Exception):
        TARGETS[name](data)


def arcs_of(name: str, data: bytes) -> Arcs:
    """The branches that an input takes; none for one with which something is wrong."""
    measured = coverage.Coverage(data_file=None, branch=True, source=WATCHED, config_file=False)
    measured.set_option(
        "run:disable_warnings", ["module-not-measured", "module-not-imported", "no-data-collected"]
    )
    measured.start()
    try:
        TARGETS[name](data)
    except Exception:
        return frozenset()
    finally:
        measured.stop()
    found = measured.get_data()
    return frozenset((file, arc) for file in found.measured_files() for arc in found.arcs(file) or ())
