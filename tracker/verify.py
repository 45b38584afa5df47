"""The auditor: is every stream what was appended, and is the read model what the log says?"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from sqlite_utils import Database

from tracker import checks, projection
from tracker import database as tables
from tracker.checks import Problem
from tracker.workspace import Workspace


class Verified(NamedTuple):
    """Each story's head (``seq`` and ``hash``), the number of events, and everything that is wrong."""

    heads: dict[str, dict[str, Any]]
    events: int
    problems: list[Problem]


def verify(workspace: Workspace) -> Verified:
    """Checks all streams, and the read model (where there is one) against a rebuild in memory."""
    log = workspace.log
    heads: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for slug in log.streams():
        lines, rest = log.lines_and_rest(slug)
        problems += checks.check_stream(slug, lines, os.path.relpath(log.path(slug)), seen)
        if rest:
            problems.append(
                Problem(
                    log.place(slug, len(lines) + 1),
                    f"an unfinished line of {len(rest)} bytes; the next append to this story moves it away",
                )
            )
        head = log.head(slug)
        heads[slug] = {"seq": head.seq, "hash": head.hash}
    if not problems:
        problems += _check_projection(workspace)
    return Verified(heads, sum(head["seq"] for head in heads.values()), problems)


def _check_projection(workspace: Workspace) -> list[Problem]:
    """Whether the read model, brought up to date, equals a rebuild, row for row."""
    path = workspace.database_path
    if not os.path.exists(path):
        return []
    rebuilt = Database(memory=True, execute_plugins=False)
    tables.create(rebuilt)
    projection.catch_up(rebuilt, workspace.log)
    with projection.open_database(path, workspace.tell or (lambda sentence: None)) as database:
        projection.catch_up(database, workspace.log)
        had, has = tables.dump(database), tables.dump(rebuilt)
    name = os.path.relpath(path)
    return [
        Problem(
            f"{name}:{table}",
            f"{_first_difference(had[table], has[table])}. Make it anew with tracker rebuild",
        )
        for table in has
        if had[table] != has[table]
    ]


def _first_difference(had: list[tables.Row], has: list[tables.Row]) -> str:
    extra, missing = [row for row in had if row not in has], [row for row in has if row not in had]
    if extra:
        return f"has a row that the log does not make: {extra[0]}"
    return f"lacks a row that the log makes: {missing[0]}" if missing else "has a row twice"
