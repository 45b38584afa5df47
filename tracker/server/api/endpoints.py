"""Makes endpoints of functions: caching headers, conditional requests, and errors as problem details.

::

    request ──▶ work, in a thread ──▶ ApiResponse ──▶ 200, or 304 if the client has the same bytes
                     └── TrackerError ──▶ problem details (RFC 9457)

At most ``AT_ONCE`` pieces of work run at a time, so that many requests for long stories need no more memory than a
few. The other requests wait, and the event loop never does.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from hashlib import sha256
from http import HTTPStatus
from typing import NamedTuple, NotRequired, TypedDict

import msgspec
from anyio import CapacityLimiter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from tracker.errors import BadInput, Busy, Inapplicable, TrackerError, Unknown, Unreachable
from tracker.server.files import conditional
from tracker.text.dates import Recorded, to_datetime

AT_ONCE = 4

PROBLEM = "application/problem+json"

PUBLIC = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
"""Headers of every response: scripts of all pages may read it, and a browser may not guess another media type."""

_log = logging.getLogger("tracker")


class ApiResponse(NamedTuple):
    """A body of a media type. Caches may keep it for ``fresh`` seconds. ``changed`` is the time of its last
    change, if that is known to the second."""

    body: bytes
    type: str
    fresh: int
    changed: Recorded | None = None


class Problem(TypedDict):
    """Problem details: why a request is refused, with a remedy in ``detail`` (RFC 9457)."""

    title: str
    status: int
    detail: str
    parameter: NotRequired[str]


class Redirect(NamedTuple):
    """A permanent redirect to ``location``, which no cache may keep."""

    location: str


Work = Callable[[Request], ApiResponse | Redirect]

Endpoint = Callable[[Request], Awaitable[Response]]


class Endpoints:
    """Makes endpoints that run their work in threads, for at most ``AT_ONCE`` requests at a time."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(AT_ONCE)

    def __call__(self, work: Work) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            async with self._limiter:
                return await run_in_threadpool(_respond, work, request)

        return endpoint


def _respond(work: Work, request: Request) -> Response:
    try:
        made = work(request)
    except TrackerError as error:
        response = _refusal(error)
    else:
        response = _redirected(made) if isinstance(made, Redirect) else _success(made, request)
    if request.method == "HEAD":
        response.body = b""  # the headers have its length already
    return response


def _success(answer: ApiResponse, request: Request) -> Response:
    tag = f'"{sha256(answer.body).hexdigest()[:32]}"'
    headers = {**PUBLIC, "Cache-Control": f"max-age={answer.fresh}", "ETag": tag}
    changed = int(to_datetime(answer.changed).timestamp()) if answer.changed else None
    if changed is not None:
        headers["Last-Modified"] = conditional.http_date(changed).decode()
    status = conditional.status(conditional.join_fields(request.headers.raw), tag.encode(), changed)
    if status != HTTPStatus.OK:
        return Response(status_code=status, headers=headers)
    return Response(answer.body, headers=headers | {"Content-Type": answer.type})


def _redirected(elsewhere: Redirect) -> Response:
    headers = {**PUBLIC, "Location": elsewhere.location, "Cache-Control": "no-store"}
    return Response(status_code=HTTPStatus.MOVED_PERMANENTLY, headers=headers)


def _refusal(error: TrackerError) -> Response:
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


def problem(status: HTTPStatus, detail: str, parameter: str = "") -> Response:
    """Returns a response with problem details."""
    found: Problem = {"title": status.phrase, "status": int(status), "detail": detail}
    if parameter:
        found["parameter"] = parameter
    headers = {**PUBLIC, "Cache-Control": "no-store", "Content-Type": PROBLEM}
    return Response(msgspec.json.encode(found), int(status), headers)
