"""The auditor: is every stream what was appended, and is the read model what the log says?"""

from __future__ import annotations

import os
from sqlite3 import DatabaseError
from typing import Any, NamedTuple

from sqlite_utils import Database

from tracker import checks, codec, projection
from tracker import database as tables
from tracker.checks import Problem
from tracker.errors import CorruptLog, Unknown
from tracker.workspace import ATTEMPTS, Workspace


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
        try:
            lines, rest = log.lines_and_rest(slug)
        except CorruptLog as error:
            place, _, message = str(error).partition(": ")
            problems.append(Problem(place, message))
            continue
        problems += checks.check_stream(slug, lines, os.path.relpath(log.path(slug)), seen)
        if rest:
            problems.append(
                Problem(
                    log.place(slug, len(lines) + 1),
                    f"an unfinished line of {len(rest)} bytes; the next append to this story moves it away",
                )
            )
        heads[slug] = {"seq": len(lines), "hash": codec.hash_of(lines[-1]).hex() if lines else ""}
    problems += _check_seen(workspace)
    if not problems:
        problems += _check_projection(workspace)
    return Verified(heads, sum(head["seq"] for head in heads.values()), problems)


def _check_seen(workspace: Workspace) -> list[Problem]:
    """Whether the log still has the heads that the read model has seen: a log that was cut short, or written anew
    with its hashes, does not show it by itself."""
    path = workspace.database_path
    if not os.path.exists(path):
        return []
    try:
        with Database(path, execute_plugins=False) as database:
            seen = tables.checkpoints(database)
    except DatabaseError:
        return []  # damaged or of another version: no witness
    problems = []
    for slug, checkpoint in seen.items():
        lines = _lines(workspace, slug)
        if len(lines) < checkpoint.seq or codec.hash_of(lines[checkpoint.seq - 1]).hex() != checkpoint.hash:
            head = f"{slug}#{checkpoint.seq} {checkpoint.hash}"
            message = f"the read model has seen {head}, which the log no longer has. If that was meant: {_REBUILD}"
            problems.append(Problem(workspace.log.place(slug, min(len(lines), checkpoint.seq) or 1), message))
    return problems


def _lines(workspace: Workspace, slug: str) -> list[bytes]:
    try:
        return workspace.log.lines(slug)
    except (Unknown, CorruptLog):
        return []


def _check_projection(workspace: Workspace) -> list[Problem]:
    """Whether the read model, brought up to date, equals a rebuild, row for row."""
    path = workspace.database_path
    if not os.path.exists(path):
        return []
    name = os.path.relpath(path)
    try:
        for _ in range(ATTEMPTS):
            heads = _heads(workspace)
            had, has = _read_model(workspace), _rebuilt(workspace)
            if had == has or heads == _heads(workspace):  # else somebody appended in between
                break
    except DatabaseError as error:
        return [Problem(name, f"{error}. {_REMEDY}")]
    return [
        Problem(f"{name}:{table}", f"{_first_difference(had[table], has[table])}. {_REMEDY}")
        for table in has
        if had[table] != has[table]
    ]


_REBUILD = "tracker rebuild"
_REMEDY = f"Make it anew with {_REBUILD}"


def _heads(workspace: Workspace) -> list[tuple[int, str]]:
    return [workspace.log.position(slug) for slug in workspace.log.streams()]


def _read_model(workspace: Workspace) -> dict[str, list[tables.Row]]:
    with projection.open_database(workspace.database_path, workspace.tell or (lambda sentence: None)) as database:
        projection.catch_up(database, workspace.log)
        return tables.dump(database)


def _rebuilt(workspace: Workspace) -> dict[str, list[tables.Row]]:
    with Database(memory=True, execute_plugins=False) as database:
        tables.create(database)
        projection.catch_up(database, workspace.log)
        return tables.dump(database)


def _first_difference(had: list[tables.Row], has: list[tables.Row]) -> str:
    extra, missing = _first_not_in(had, has), _first_not_in(has, had)
    if extra:
        return f"has a row that the log does not make: {extra}"
    return f"lacks a row that the log makes: {missing}" if missing else "has a row twice"


def _first_not_in(rows: list[tables.Row], others: list[tables.Row]) -> tables.Row | None:
    known = set(others)
    return next((row for row in rows if row not in known), None)
