"""Answers a question about the log: the body of the response, or a refusal as problem details (RFC 9457).

Questions and answers are plain values, so that another process can make the answer (``workers.py``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import NamedTuple, NotRequired, TypedDict

import msgspec

from tracker.errors import BadInput, Busy, Inapplicable, TrackerError, Unknown, Unreachable
from tracker.server.api.stories import open_workspace
from tracker.text.dates import Recorded
from tracker.workspace.desk import Workspace

PROBLEM = "application/problem+json"

PUBLIC = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
"""Headers of every response: scripts of all pages may read it, and a browser may not guess another media type."""

_log = logging.getLogger("tracker")


class ApiResponse(NamedTuple):
    """A body of a media type. Caches may keep it for ``fresh`` seconds. ``changed`` is the time of its last
    change, if that is known. ``until`` is the time from which on the same question may have another answer though
    nothing was recorded; None if there is none."""

    body: bytes
    type: str
    fresh: int
    changed: Recorded | None = None
    until: Recorded | None = None


class Problem(TypedDict):
    """Problem details: why a request is refused, with a remedy in ``detail`` (RFC 9457)."""

    title: str
    status: int
    detail: str
    parameter: NotRequired[str]


class Redirect(NamedTuple):
    """A permanent redirect to ``location``, which no cache may keep."""

    location: str


Asked = Mapping[str, str]
"""The values of the given parameters, by name."""

Work = Callable[[Workspace, Asked], ApiResponse | Redirect]


class Question(NamedTuple):
    """A request without its HTTP. ``work`` is a function of a module, which answers it. ``slug`` is the only story
    that it reads; None if it reads all."""

    work: Work
    asked: Asked
    slug: str | None


class Answer(NamedTuple):
    """A response to an unconditional request. ``body`` is None if it is not in memory any more. ``etag`` is empty
    if this is no success. ``fresh``, ``changed`` and ``until`` are those of ``ApiResponse``."""

    status: int
    headers: dict[str, str]
    body: bytes | None = b""
    etag: str = ""
    fresh: int = 0
    changed: Recorded | None = None
    until: Recorded | None = None


def answer(question: Question, workspace: Callable[[], Workspace]) -> Answer:
    """Returns the answer. ``workspace`` returns the desk with its current configuration."""
    try:
        made = question.work(open_workspace(workspace), question.asked)
    except TrackerError as error:
        return refusal(error)
    if isinstance(made, Redirect):
        headers = {**PUBLIC, "Location": made.location, "Cache-Control": "no-store"}
        return Answer(HTTPStatus.MOVED_PERMANENTLY, headers)
    etag = f'"{sha256(made.body).hexdigest()[:32]}"'
    headers = PUBLIC | {"Content-Type": made.type}
    return Answer(HTTPStatus.OK, headers, made.body, etag, made.fresh, made.changed, made.until)


def refusal(error: TrackerError) -> Answer:
    """Returns the answer for an error. If the desk is at fault, the log of the server has the reason."""
    match error:
        case Unknown():
            return problem(HTTPStatus.NOT_FOUND, str(error))
        case Inapplicable():
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), error.field)
        case BadInput():
            return problem(HTTPStatus.BAD_REQUEST, str(error), error.field)
        case Busy() | Unreachable():
            _log.error(str(error))
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "the log cannot be read now; ask again in a minute")
    _log.error(str(error))  # not in the response: it names files
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the desk cannot be read; the log of this server says why")


def problem(status: HTTPStatus, detail: str, parameter: str = "") -> Answer:
    """Returns an answer with problem details."""
    found: Problem = {"title": status.phrase, "status": int(status), "detail": detail}
    if parameter:
        found["parameter"] = parameter
    headers = {**PUBLIC, "Cache-Control": "no-store", "Content-Type": PROBLEM}
    return Answer(int(status), headers, msgspec.json.encode(found))
