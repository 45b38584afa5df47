"""A server from its start to its end: socket, event loop, signals."""

from __future__ import annotations

import os
import resource
import signal
import socket
from importlib.resources import files
from typing import IO

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from tracker.errors import TrackerError
from tracker.server.access_log import AccessLog
from tracker.server.app import application
from tracker.server.connections import PATIENCE, Connections
from tracker.server.files.cache import FileCache
from tracker.server.files.static import Static
from tracker.server.metrics import Metrics
from tracker.server.publisher_thread import CurrentWorkspace, OnFailure, OnPublished, PublisherThread
from tracker.server.sse import EventStreams
from tracker.text.dates import to_datetime
from tracker.workspace.desk import Workspace

BACKLOG = 2_048
"""Connections that wait to be accepted."""

GRACE = 5
"""Seconds that clients are given to take their answers when the server ends."""

OWN = ("live.css", "live.js")
"""Files of this package that are served beside those in ``feeds/``."""


class Server(uvicorn.Server):
    """A server that ends its streams before it waits for what is in flight."""

    def __init__(self, config: uvicorn.Config, live: EventStreams) -> None:
        super().__init__(config)
        self.live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.live.close()
        await super().shutdown(sockets)


def server(workspace: Workspace, told: OnPublished, failed: OnFailure, log: IO[str] | None = None) -> Server:
    """A server of the workspace that publishes it as well. ``log`` takes a line for each request."""
    metrics = Metrics()
    live = EventStreams(metrics)
    current = CurrentWorkspace(workspace)
    own = {name: files(__package__).joinpath(name).read_bytes() for name in OWN}
    table = FileCache(workspace.feeds, current.place, lambda: to_datetime(workspace.clock()).timestamp(), own)
    publications = PublisherThread(current, table, live, metrics, told, failed)
    static = Static(table, lambda: publications.was_tried)
    journal = AccessLog(metrics, log, workspace.clock)
    connections = Connections(AutoHTTPProtocol)
    config = uvicorn.Config(
        application(publications, live, static, journal, connections),
        http=connections,  # type: ignore[arg-type]  # it makes connections as a class does
        loop="uvloop",
        ws="none",
        interface="asgi3",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=PATIENCE,
        timeout_graceful_shutdown=GRACE,
    )
    return Server(config, live)


def listening(host: str, port: int) -> socket.socket:
    """A socket there. Raises TrackerError, saying what would work."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:
        number = getattr(error, "errno", None) or 0
        reason = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or str(error)
        raise TrackerError(f"cannot serve at {host}, port {port}: {reason}. Another: --port {port + 1}") from None
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux: a client that takes nothing for so long is cut off
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, PATIENCE * 1_000)
    return listener


def address(listener: socket.socket) -> str:
    """Its URL."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve(server: Server, listener: socket.socket) -> None:
    """Serves until SIGINT or SIGTERM; then streams end, and the publication that is being made."""

    def end(number: int, frame: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):  # which the server raises again when it has ended
        signal.signal(number, end)
    _open_many()
    server.run([listener])


def _open_many() -> None:
    """As many open files as this process may have: every connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
