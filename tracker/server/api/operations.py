"""The JSON API: over HTTP, programs get the same JSON as commands print with ``--json``.

``OPERATIONS`` is the only list of operations. This module makes its routes and checks queries by it, and
``openapi.py`` describes it to programs.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from tracker.domain.fold import fold
from tracker.errors import BadInput
from tracker.readmodel import projection, tables
from tracker.server.api import openapi
from tracker.server.api.answers import ApiResponse, Asked, Question
from tracker.server.api.endpoints import Endpoints
from tracker.server.api.openapi import JSON, Operation, Parameter
from tracker.server.api.parameters import query
from tracker.server.api.stories import fold_or_refuse, reading
from tracker.text.dates import Recorded, recorded_at, to_datetime
from tracker.views.as_json import (
    ComparisonShape,
    EventsShape,
    FoundShape,
    LinkedShape,
    ListedShape,
    StoryShape,
    developments_shape,
    found_shape,
    listed_shape,
    story_shape,
)
from tracker.workspace import points
from tracker.workspace.compare import compare, comparison_shape
from tracker.workspace.desk import Workspace
from tracker.workspace.links import linked_from
from tracker.workspace.zones import at_the_desk

if TYPE_CHECKING:
    from sqlite_utils import Database

_log = logging.getLogger("tracker")

FRESH = 60
"""Seconds for which caches may keep a response: a story develops."""

PAGE = 100
"""Most developments in one response."""

MOST_FOUND, FOUND = 1_000, 20

_FIXED = re.compile("|[^#]*#[0-9]+|[0-9]{4}(-.*[0-9])?")
"""A text that names the same point whenever it is read; a date in full has the year first."""


def routes(workspace: Callable[[], Workspace], answering: Endpoints) -> list[BaseRoute]:
    """Returns the routes below ``/api``. ``workspace`` returns the desk with its current configuration."""

    def route(operation: Operation) -> Route:
        names = [each.name for each in operation.parameters if each.place == "query"]

        def read(request: Request) -> Question:
            asked = {**query(request, *names), **request.path_params}
            for each in operation.parameters:
                if each.required and each.name not in asked:
                    raise BadInput(f"is missing. {each.about}", field=each.name)
            return Question(operation.work, asked, asked.get("slug", asked.get("story")))

        return Route(operation.path, answering(workspace, read))

    def read(request: Request) -> Question:
        return Question(description, query(request), "")

    return [*map(route, OPERATIONS), Route("/api/openapi.json", answering(workspace, read))]


def description(desk: Workspace, asked: Asked) -> ApiResponse:
    return _json(openapi.document(desk.config, OPERATIONS))


def _json(value: Any, until: Recorded | None = None) -> ApiResponse:
    return ApiResponse(msgspec.json.encode(value), JSON, FRESH, until=until)


def _until(desk: Workspace, *dates: str) -> Recorded | None:
    """Returns until when an answer holds that depends on these dates. Words such as yesterday move."""
    return None if all(map(_FIXED.fullmatch, dates)) else desk.clock()


def _read_model(desk: Workspace) -> AbstractContextManager[Database]:
    return projection.caught_up(desk.database_path, desk.log, _log.warning)


def stories(desk: Workspace, asked: Asked) -> ApiResponse:
    now = desk.clock()
    with _read_model(desk) as database:
        listed = [listed_shape(row, now) for row in tables.stories(database, at_the_desk(now, desk))]
    return _json(listed, recorded_at(to_datetime(now) + timedelta(seconds=FRESH)))  # some are overdue by then


def story(desk: Workspace, asked: Asked) -> ApiResponse:
    slug, as_of, known_at = asked["slug"], asked.get("as_of", ""), asked.get("known_at", "")
    with reading(desk, slug):
        point = points.point(desk, slug, as_of, known_at)
    full = _is_full(asked)
    shape = fold_or_refuse(desk, slug, lambda: story_shape(point.view(), *point.instants, desk.numbers, full=full))
    return _json(shape, _until(desk, as_of, known_at))


def events(desk: Workspace, asked: Asked) -> ApiResponse:
    slug, after, full = asked["slug"], _number(asked, "after", 0, 0, 999_999_999), _is_full(asked)
    with reading(desk, slug):
        events = list(desk.log.read(slug))
    story = fold_or_refuse(desk, slug, lambda: fold(slug, events))
    developments = story.developments[after : after + PAGE]
    last = after + len(developments)
    following = f"{desk.config.url}api/stories/{slug}/events?after={last}{'&full=1' if full else ''}"
    shape: EventsShape = {
        "story": slug,
        "events": developments_shape(story, developments, desk.numbers, full=full),
        "next": following if last < len(events) and developments else None,
    }
    return _json(shape)


def search(desk: Workspace, asked: Asked) -> ApiResponse:
    limit = _number(asked, "limit", FOUND, 1, MOST_FOUND)
    try:
        words = tables.words_of(asked["q"])
    except BadInput as error:
        raise BadInput(error.reason, field="q") from None
    with _read_model(desk) as database:
        return _json([found_shape(row) for row in tables.search(database, words, limit, desk.directory)])


def links(desk: Workspace, asked: Asked) -> ApiResponse:
    slug = asked["to"]
    with reading(desk, slug):
        desk.log.head(slug)
    with _read_model(desk) as database:
        others = tables.linking(database.conn, slug)
    return _json(linked_from(desk.log, others, slug))


def diff(desk: Workspace, asked: Asked) -> ApiResponse:
    slug, a, b, as_of, known_at = (asked.get(name, "") for name in ("story", "a", "b", "as_of", "known_at"))
    with reading(desk, slug):
        compared = compare(desk, slug, a, b, as_of=as_of, known_at=known_at)
    shape = fold_or_refuse(desk, slug, lambda: comparison_shape(slug, compared))
    return _json(shape, _until(desk, a, b or ("now" if known_at else ""), as_of, known_at))


def _number(asked: Asked, name: str, default: int, least: int, most: int) -> int:
    text = asked.get(name, str(default))
    if not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise BadInput(f"has to be a number from {least:,} to {most:,}", field=name)
    return int(text)


def _is_full(asked: Asked) -> bool:
    return _number(asked, "full", 0, 0, 1) == 1


_SLUG = Parameter("slug", "The slug of the story.", place="path", required=True)
_AS_OF = Parameter(
    "as_of", "Only developments that occurred by then: a date or words, such as 2023-12 or yesterday."
)
_KNOWN_AT = Parameter("known_at", "Only events recorded by then: a date, or an event such as #9 (written %239).")
_FULL = Parameter("full", "1 for the texts, sources and figures of each development.", number=(0, 1))

OPERATIONS = (
    Operation(stories, "/api/stories", "All stories, the last changed first.", list[ListedShape]),
    Operation(
        story,
        "/api/stories/{slug}",
        "The state of a story, now or at a point in time.",
        StoryShape,
        (_SLUG, _AS_OF, _KNOWN_AT, _FULL),
    ),
    Operation(
        events,
        "/api/stories/{slug}/events",
        f"The developments of a story in the order in which they were recorded, {PAGE} at a time.",
        EventsShape,
        (
            _SLUG,
            Parameter("after", "Only those with a higher number.", number=(0, 999_999_999)),
            _FULL,
        ),
    ),
    Operation(
        links,
        "/api/links",
        "The developments of other stories that mention one of a story.",
        list[LinkedShape],
        (Parameter("to", "The slug of the story.", required=True),),
    ),
    Operation(
        search,
        "/api/search",
        "Developments of all stories, the best match first.",
        list[FoundShape],
        (
            Parameter("q", "Words, all of which a development has to contain.", required=True),
            Parameter("limit", f"The most results; by default {FOUND}.", number=(1, MOST_FOUND)),
        ),
    ),
    Operation(
        diff,
        "/api/diff",
        "What changed in a story between two points in time.",
        ComparisonShape,
        (
            Parameter("story", "The slug of the story.", required=True),
            Parameter("a", "The earlier point: a date, or an event such as #9 (written %239).", required=True),
            Parameter("b", "The later point; by default now."),
            Parameter("as_of", "Only developments that had occurred by then, at both points."),
            Parameter("known_at", "Compare the world as of a and as of b, as known then (now: as known today)."),
        ),
    ),
)
