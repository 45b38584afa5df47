"""The ASGI application: its routes, and the checks that every request passes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from time import perf_counter

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracker.server.access_log import AccessLog
from tracker.server.api import operations, replay_feed
from tracker.server.api.endpoints import Endpoints
from tracker.server.api.workers import Workers
from tracker.server.connections import Connections
from tracker.server.files import answers, conditional
from tracker.server.files.static import READING, Static
from tracker.server.metrics import MEDIA_TYPE, Metrics
from tracker.server.publisher_thread import PublisherThread
from tracker.server.sse import NOTHING, EventStreams

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""Fields that proxies add."""

_NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def application(
    publications: PublisherThread, live: EventStreams, static: Static, journal: AccessLog, connections: Connections
) -> ASGIApp:
    """Returns the application. While it runs, the publisher thread runs too."""

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        publications.start()
        try:
            yield
        finally:
            answering.close()
            await publications.stop()

    def size(slug: str | None) -> int:
        return (live.desk if slug is None else live.stories.get(slug, NOTHING)).events

    desk = publications.current
    answering = Endpoints(Workers(desk().root), size)
    routes = [
        *_status_routes(publications, journal.metrics),
        *live.routes(),
        *operations.routes(desk, answering),
        *replay_feed.routes(desk, answering),
    ]
    app = Starlette(routes=routes, lifespan=running)
    app.router.redirect_slashes = False
    app.router.default = static
    return Front(app, static, journal, connections)


def _status_routes(publications: PublisherThread, metrics: Metrics) -> Iterable[BaseRoute]:
    async def health(request: Request) -> Response:
        if publications.wrong:  # the reason may name a file that the public should not know of
            return Response("unhealthy\n", 503, _NO_STORE, "text/plain")
        return Response("healthy\n", 200, _NO_STORE, "text/plain")

    async def measured(request: Request) -> Response:
        return Response(metrics.text(publications.wrong, names_it=_is_local(request)), 200, _NO_STORE, MEDIA_TYPE)

    return Route("/healthz", health), Route("/metrics", measured)


def _is_local(request: Request) -> bool:
    """Returns whether a program on this machine asks, and not through a proxy that says so or keeps the host."""
    places = request.client.host if request.client else "", request.url.hostname or ""
    return all(each in _LOOPBACK for each in places) and not any(name in request.headers for name in _FORWARDED)


class Front:
    """The outermost application, which every request passes.

    It refuses requests without exactly one host. It answers for files in memory before it looks for a route, and
    leaves methods other than GET and HEAD to ``static``. It logs each response."""

    def __init__(self, app: ASGIApp, static: Static, journal: AccessLog, connections: Connections) -> None:
        self.app = app
        self.static = static
        self.journal = journal
        self.connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, size = perf_counter(), 500, 0

        async def send_counted(message: Message) -> None:
            nonlocal status, size
            status = message.get("status", status)
            size += len(message.get("body", b""))
            await send(message)

        method, path, query, client = scope["method"], scope["raw_path"], scope["query_string"], scope["client"]
        target = path + b"?" + query if query else path
        fields = conditional.join_fields(scope["headers"])
        connection = self.connections.find(client)
        if connection:
            connection.began()
        try:
            answer = answers.refusal(scope["http_version"], scope["headers"], fields, target)
            if answer := answer or self.static.in_memory(method, path, fields):
                status, size = answer.status, answer.size
                await send({"type": "http.response.start", "status": status, "headers": answer.headers})
                await send({"type": "http.response.body", "body": answer.body})
            else:
                app = self.app if method in READING else self.static
                await app(scope, receive, send_counted)
        finally:
            if connection:
                connection.ended()
            name, agent = client[0] if client else "", fields.get(b"user-agent", b"")
            self.journal.note(name, method, target, status, size, perf_counter() - began, agent)
