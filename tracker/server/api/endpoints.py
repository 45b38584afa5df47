"""Makes endpoints of questions: who has to wait, what is answered from memory, and conditional requests.

::

    request ──▶ question ──▶ kept? ──yes──▶ 200, or 304 if the client has the same bytes
                                │ no                                ▲
                                ▼                                   │
                       queue (or 503) ──▶ answer, in a thread or in a worker

An answer is kept by its question and the version of the stories that it was made from, so that the same question
costs once until something is recorded. Requests with the same question wait for the same piece of work. A piece of
work for which no client waits any more is not begun. A worker that has begun it stops when another piece needs it.
The event loop never waits.

Short stories are answered in threads. A long one would keep the interpreter from the event loop, so it goes to a
process. Both have a queue of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from http import HTTPStatus

from anyio import CapacityLimiter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from tracker.errors import TrackerError
from tracker.log import clock
from tracker.server.api.answers import PUBLIC, Answer, Question, answer, problem, refusal
from tracker.server.api.kept import KeptAnswer, KeptAnswers
from tracker.server.api.stories import open_workspace
from tracker.server.api.workers import Job, Workers
from tracker.server.files import conditional
from tracker.text.dates import Recorded, seconds_apart, to_datetime
from tracker.workspace.config import is_server
from tracker.workspace.desk import Workspace

AT_ONCE = 4
"""Most threads that answer at a time, so that many requests need no more memory than a few."""

WAITING = 20
"""Most pieces of work in a queue. Other requests get 503."""

AGAIN = 1
"""Seconds after which a client that got 503 may ask again."""

LONG = 100
"""Events from which on a story goes to a worker: with fewer, the answer takes a few milliseconds."""

HUNG_UP = 499
"""The status in the access log for a client that did not wait for its answer."""

MANY = 1_000
"""Events of a desk from which on the versions of all its stories are read in a thread."""

Size = Callable[[str | None], int]
"""Returns about how many events a story has, or all stories have."""

Endpoint = Callable[[Request], Awaitable[Response]]


class _Full(Exception):
    """As many pieces of work wait as may."""


class _Piece:
    """A piece of work, and the number of requests that wait for it. ``job`` is the question if a worker answers
    it."""

    def __init__(self) -> None:
        self.job: Job | None = None
        self.requests = 0
        self.has_begun = False
        self.task: asyncio.Task[Answer]


class Endpoints:
    """Makes endpoints, which share queues and answers. Without ``workers``, threads answer all questions."""

    def __init__(self, workers: Workers | None = None, size: Size = lambda slug: 0) -> None:
        self._workers = workers
        self._size = size
        self._in_threads = CapacityLimiter(AT_ONCE)
        self._in_workers = CapacityLimiter(workers.number if workers else 1)
        self._kept = KeptAnswers()
        self._pieces: dict[Hashable, _Piece] = {}
        self._desk: Workspace | None = None

    def __call__(self, workspace: Callable[[], Workspace], read: Callable[[Request], Question]) -> Endpoint:
        """Returns an endpoint. ``workspace`` returns the desk with its current configuration; ``read`` reads a
        request, and raises BadInput."""

        async def endpoint(request: Request) -> Response:
            try:
                question, desk = read(request), open_workspace(workspace)
                self._forget_unless(desk)
                return await self._respond(request, question, desk)
            except TrackerError as error:
                refused = refusal(error)
            except _Full:
                refused = problem(HTTPStatus.SERVICE_UNAVAILABLE, "too many requests wait; ask again in a second")
                refused.headers["Retry-After"] = str(AGAIN)
            return Response(refused.body, refused.status, refused.headers)

        return endpoint

    def close(self) -> None:
        """Ends the workers."""
        if self._workers:
            self._workers.close()

    def _forget_unless(self, desk: Workspace) -> None:
        """Drops all answers if they were made with another configuration."""
        if desk is not self._desk:
            self._desk = desk
            self._kept.clear()
            self._pieces.clear()

    async def _respond(self, request: Request, question: Question, desk: Workspace) -> Response:
        now = desk.clock()
        key = (question.work, *sorted(question.asked.items()), await self._version(desk, question.slug))
        kept = self._kept.find(key)
        if kept and kept.holds(now) and (response := _response(kept.answer, request, now)):
            return response
        made = await self._made(key, question, desk, request)
        return (_response(made, request, now) if made else None) or Response(status_code=HUNG_UP)

    async def _version(self, desk: Workspace, slug: str | None) -> int:
        """Returns a number that changes when the story changes, or any story if ``slug`` is None."""

        def read() -> int:
            return desk.log.version(slug) if slug is not None else hash(frozenset(desk.log.versions().items()))

        if is_server(desk.config.log.url) or (slug is None and self._size(None) > MANY):
            async with _turn(self._in_threads):
                return await run_in_threadpool(read)
        return read()

    async def _made(self, key: Hashable, question: Question, desk: Workspace, request: Request) -> Answer | None:
        """Returns the answer when it is made, or None if the client has hung up before."""
        piece = self._pieces.get(key)
        if piece is None:
            piece = self._pieces[key] = _Piece()
            piece.task = asyncio.create_task(self._make(piece, key, question, desk))
        gone = asyncio.create_task(_hung_up(request))
        piece.requests += 1
        try:
            await asyncio.wait((piece.task, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            piece.requests -= 1
            if not piece.requests and not piece.has_begun:
                self._drop(key, piece)
                piece.task.cancel()
            elif self._in_workers.statistics().tasks_waiting:
                self._abandon()
        return piece.task.result() if piece.task.done() else None

    async def _make(self, piece: _Piece, key: Hashable, question: Question, desk: Workspace) -> Answer:
        """Makes the answer when it is its turn, and keeps it."""
        workers = self._workers if self._size(question.slug) > LONG else None
        piece.job = Job(question) if workers else None
        if workers and not self._in_workers.available_tokens:
            self._abandon()
        try:
            async with _turn(self._in_workers if workers else self._in_threads):
                piece.has_begun, now = True, desk.clock()
                if workers and piece.job:
                    made = await run_in_threadpool(workers.answer, piece.job)
                else:
                    made = await run_in_threadpool(answer, question, lambda: desk)
        finally:
            self._drop(key, piece)
        if made.status == HTTPStatus.OK and desk is self._desk:
            self._kept.put(key, KeptAnswer(made, now))
        return made

    def _abandon(self) -> None:
        """Stops the workers that work for no client."""
        for key, piece in list(self._pieces.items()):
            if piece.job and piece.has_begun and not piece.requests:
                self._drop(key, piece)
                piece.job.abandon()

    def _drop(self, key: Hashable, piece: _Piece) -> None:
        if self._pieces.get(key) is piece:
            del self._pieces[key]


@asynccontextmanager
async def _turn(limiter: CapacityLimiter) -> AsyncIterator[None]:
    """A context that begins when it is this piece of work's turn. Raises _Full."""
    if limiter.statistics().tasks_waiting >= WAITING:
        raise _Full
    async with limiter:
        yield


async def _hung_up(request: Request) -> None:
    """Returns when the client has closed its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _response(answer: Answer, request: Request, now: Recorded) -> Response | None:
    """Returns the response to this request, or None if its body is not in memory."""
    status, headers = answer.status, answer.headers
    if answer.etag:
        fresh = min(answer.fresh, int(seconds_apart(now, answer.until))) if answer.until else answer.fresh
        common = PUBLIC | {"Cache-Control": f"max-age={max(fresh, 0)}", "ETag": answer.etag}
        changed = None
        if answer.changed and answer.changed[:19] < now[:19]:  # another change may follow in this second
            changed = int(to_datetime(answer.changed).timestamp())
            common["Last-Modified"] = conditional.http_date(changed).decode()
        status = conditional.status(
            conditional.join_fields(request.headers.raw), answer.etag.encode(), changed, _now
        )
        if status != HTTPStatus.OK:
            return Response(status_code=status, headers=common)
        headers = headers | common
    if answer.body is None:
        return None
    response = Response(answer.body, status, headers)
    if request.method == "HEAD":
        response.body = b""  # the headers have its length already
    return response


def _now() -> float:
    return to_datetime(clock.now()).timestamp()
