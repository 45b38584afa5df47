"""Benchmarks of the read model: its rows against plain inserts by ``sqlite3``, and a rebuild against
``sqlite-utils``, which only loads the lines."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks import corpus, processes, replaying
from benchmarks.measure import Measured, in_turns
from tracker.log.files import FileLog
from tracker.readmodel import projection
from tracker.readmodel import tables as readmodel
from tracker.workspace import init


def rows(rounds: int) -> Measured:
    """Measures the insertion of rows into tables with primary keys. Neither side makes other indexes."""
    log = FileLog(corpus.kept(replaying.FEW))
    made = [(slug, _rows(log, slug)) for slug in log.streams()]
    total = sum(len(each) for _, tables in made for each in tables.values())

    def ours() -> None:
        with tempfile.TemporaryDirectory() as place, closing(readmodel.aside(f"{place}/ours.db")) as into:
            readmodel.create_tables(into)
            readmodel.insert(into, made)

    def peer() -> None:
        with tempfile.TemporaryDirectory() as place, closing(readmodel.aside(f"{place}/peer.db")) as into:
            readmodel.create_tables(into)
            _insert_plainly(into.conn, made)

    ours_took, peer_took = in_turns(ours, peer, rounds)
    return Measured(f"{total:,} rows of the read model", ours_took, "sqlite3 executemany", peer_took, 1.15)


def rebuild(rounds: int) -> Measured:
    """Measures whole processes: one verifies, folds and indexes all events, the peer only loads the lines."""
    folder, stories = replaying.log_for(rounds)
    with tempfile.TemporaryDirectory() as place:
        init.init(place, "Bench", "https://bench.example/", "", "en")
        Path(place, "events").rmdir()
        Path(place, "events").symlink_to(folder)
        lines = Path(place, "lines.jsonl")
        with lines.open("wb") as file:
            file.writelines(path.read_bytes() for path in sorted(Path(folder).iterdir()))
        tracker, utils = (str(Path(sys.executable).with_name(name)) for name in ("tracker", "sqlite-utils"))

        def ours() -> None:
            for path in Path(place, ".tracker").glob("tracker.db*"):
                path.unlink()
            processes.run([tracker, "rebuild"], place)

        def peer() -> None:
            Path(place, "peer.db").unlink(missing_ok=True)
            processes.run(
                [utils, "insert", "peer.db", "events", str(lines), "--nl", "--pk", "id", "--alter"], place
            )

        ours_took, peer_took = in_turns(ours, peer, min(rounds, replaying.ROUNDS))
    what = f"rebuild of the read model of {replaying.events_in(stories)}, searchable"
    return Measured(what, ours_took, "sqlite-utils insert", peer_took, 1 / 4)


BENCHMARKS: dict[str, Callable[..., Measured]] = {"rows": rows, "rebuild": rebuild}


def _rows(log: FileLog, slug: str) -> readmodel.Rows:
    lines = log.lines(slug)
    return projection.rows(slug, list(log.decoded(slug, lines)), sum(map(len, lines)))


def _insert_plainly(connection: sqlite3.Connection, made: list[tuple[str, readmodel.Rows]]) -> None:
    """Inserts all rows in one transaction, table by table."""
    connection.execute("BEGIN")
    for name, table in readmodel.TABLES.items():
        marks = ", ".join("?" * len(table.columns))
        found = (row for _, tables in made for row in tables[name])
        connection.executemany(f"INSERT INTO [{name}] VALUES ({marks})", found)
    connection.commit()
