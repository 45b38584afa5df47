"""What all answers have in common: when they may be kept, when they need not be sent again, and how no is said.

::

    request ──▶ work, in a thread ──▶ Answer ──▶ 200 or, where the client has these very bytes, 304
                     └── TrackerError ──▶ problem details (RFC 9457)

At most ``AT_ONCE`` pieces of work go on at a time, so that many who ask for long stories need no more memory than
a few do; the others wait, and the event loop never does.
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

EVERYBODY = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
"""Headers of every answer: scripts of any page may read it, and nobody may take it for something else."""

_log = logging.getLogger("tracker")


class ApiResponse(NamedTuple):
    """Bytes of a media type. They may be kept for ``fresh`` seconds; ``changed`` is when they last did, where that
    is known to the second."""

    body: bytes
    type: str
    fresh: int
    changed: Recorded | None = None


class Problem(TypedDict):
    """Why a request is refused, and what would work (RFC 9457)."""

    title: str
    status: int
    detail: str
    parameter: NotRequired[str]


class Redirect(NamedTuple):
    """Where that is from now on, for this client."""

    location: str


Work = Callable[[Request], ApiResponse | Redirect]

Endpoint = Callable[[Request], Awaitable[Response]]


class Endpoints:
    """Makes endpoints of work that may take long, for at most ``AT_ONCE`` requests at a time."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(AT_ONCE)

    def __call__(self, work: Work) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            async with self._limiter:
                return await run_in_threadpool(_answered, work, request)

        return endpoint


def _answered(work: Work, request: Request) -> Response:
    try:
        made = work(request)
    except TrackerError as error:
        response = _refused(error)
    else:
        response = _moved(made) if isinstance(made, Redirect) else _given(made, request)
    if request.method == "HEAD":
        response.body = b""  # its length is said already
    return response


def _given(answer: ApiResponse, request: Request) -> Response:
    tag = f'"{sha256(answer.body).hexdigest()[:32]}"'
    headers = {**EVERYBODY, "Cache-Control": f"max-age={answer.fresh}", "ETag": tag}
    changed = int(to_datetime(answer.changed).timestamp()) if answer.changed else None
    if changed is not None:
        headers["Last-Modified"] = conditional.http_date(changed).decode()
    status = conditional.status(conditional.join_fields(request.headers.raw), tag.encode(), changed)
    if status != HTTPStatus.OK:
        return Response(status_code=status, headers=headers)
    return Response(answer.body, headers=headers | {"Content-Type": answer.type})


def _moved(elsewhere: Redirect) -> Response:
    headers = {**EVERYBODY, "Location": elsewhere.location, "Cache-Control": "no-store"}
    return Response(status_code=HTTPStatus.MOVED_PERMANENTLY, headers=headers)


def _refused(error: TrackerError) -> Response:
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
    _log.error(str(error))  # it names files
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the desk cannot be read; the log of this server says why")


def problem(status: HTTPStatus, detail: str, parameter: str = "") -> Response:
    """A refusal for programs, in words for people."""
    told: Problem = {"title": status.phrase, "status": int(status), "detail": detail}
    if parameter:
        told["parameter"] = parameter
    headers = {**EVERYBODY, "Cache-Control": "no-store", "Content-Type": PROBLEM}
    return Response(msgspec.json.encode(told), int(status), headers)
