"""The application: what is served where."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from time import perf_counter

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracker.server import answers, api, conditions, replay
from tracker.server.answering import Answering
from tracker.server.journal import Journal
from tracker.server.live import Live
from tracker.server.metrics import MEDIA_TYPE, Metrics
from tracker.server.publications import Publications
from tracker.server.static import READING, Static, sent

_UNKEPT = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def application(publications: Publications, live: Live, static: Static, journal: Journal) -> ASGIApp:
    """All of it. It publishes while it runs."""

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        publications.start()
        try:
            yield
        finally:
            await publications.stop()

    desk, answering = publications.current, Answering()
    routes = [
        *_state(publications, journal.metrics),
        *live.routes(),
        *api.routes(desk, answering),
        *replay.routes(desk, answering),
    ]
    app = Starlette(routes=routes, lifespan=running)
    app.router.redirect_slashes = False
    app.router.default = static
    return Front(app, static, journal)


def _state(publications: Publications, metrics: Metrics) -> Iterable[BaseRoute]:
    async def health(request: Request) -> Response:
        wrong = publications.wrong
        return Response(f"{wrong or 'all is well'}\n", 503 if wrong else 200, _UNKEPT, "text/plain")

    async def measured(request: Request) -> Response:
        return Response(metrics.text(), 200, _UNKEPT, MEDIA_TYPE)

    return Route("/healthz", health), Route("/metrics", measured)


class Front:
    """What all requests go through: who asks for no host is refused, as are other methods than GET and HEAD, and
    every answer is noted."""

    def __init__(self, app: ASGIApp, static: Static, journal: Journal) -> None:
        self.app = app
        self.static = static
        self.journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, size = perf_counter(), 500, 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            status = message.get("status", status)
            size += len(message.get("body", b""))
            await send(message)

        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        fields = conditions.joined(scope["headers"])
        try:
            if refusal := answers.refusal(scope["http_version"], fields, target):
                await sent(refusal, scope, receive, counted)
            else:
                app = self.app if scope["method"] in READING else self.static
                await app(scope, receive, counted)
        finally:
            client = scope["client"][0] if scope["client"] else ""
            agent = fields.get(b"user-agent", b"")
            self.journal.note(client, scope["method"], target, status, size, perf_counter() - began, agent)
