"""Starts and stops a server: socket, event loop, signals."""

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
from tracker.server.current import CurrentWorkspace
from tracker.server.files.cache import FileCache
from tracker.server.files.static import Static
from tracker.server.metrics import Metrics
from tracker.server.publisher_thread import OnFailure, OnPublished, PublisherThread
from tracker.server.sse import EventStreams
from tracker.text.dates import to_datetime
from tracker.workspace.desk import Workspace

BACKLOG = 2_048
"""Connections that may wait to be accepted."""

BUFFER = 128 * 1024
"""Bytes that the system keeps in each direction of a connection until they are read. Linux takes twice as many;
without this, it takes 4 MB and more."""

BUFFERS = (socket.SO_SNDBUF, socket.SO_RCVBUF)

GRACE = 5
"""Seconds in which clients can read their responses when the server stops."""

OWN = ("live.css", "live.js")
"""Files of this package that the server serves beside those in ``feeds/``."""


class Server(uvicorn.Server):
    """A server that ends its event streams before it waits for open requests."""

    def __init__(self, config: uvicorn.Config, live: EventStreams, connections: Connections) -> None:
        super().__init__(config)
        self.live = live
        self.connections = connections

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.live.close()
        await super().shutdown(sockets)


def server(
    workspace: Workspace, on_published: OnPublished, on_failure: OnFailure, log: IO[str] | None = None
) -> Server:
    """Returns a server that also publishes the workspace. It writes a line to ``log`` for each request."""
    metrics = Metrics()
    live = EventStreams(metrics)
    current = CurrentWorkspace(workspace)
    own = {name: files(__package__).joinpath(name).read_bytes() for name in OWN}
    table = FileCache(workspace.feeds, current.place, lambda: to_datetime(workspace.clock()).timestamp(), own)
    publications = PublisherThread(current, table, live, metrics, on_published, on_failure)
    static = Static(table, lambda: publications.was_tried)
    journal = AccessLog(metrics, log, workspace.clock)
    connections = Connections(AutoHTTPProtocol)
    config = uvicorn.Config(
        application(publications, live, static, journal, connections),
        http=connections,  # type: ignore[arg-type]  # calling it makes a connection, as calling a class does
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
    return Server(config, live, connections)


def listening(host: str, port: int) -> socket.socket:
    """Returns a socket that listens at this address. Raises TrackerError, with another port as the remedy."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:
        number = getattr(error, "errno", None) or 0
        reason = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or str(error)
        raise TrackerError(f"cannot serve at {host}, port {port}: {reason}. Another: --port {port + 1}") from None
    for option in BUFFERS:  # its connections inherit them
        listener.setsockopt(socket.SOL_SOCKET, option, BUFFER)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux: closes the connection of a client that reads nothing
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, PATIENCE * 1_000)
    return listener


def address(listener: socket.socket) -> str:
    """Returns the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve(server: Server, listener: socket.socket) -> None:
    """Serves until SIGINT or SIGTERM. Then it ends the streams and finishes the running publication."""

    def end(number: int, frame: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises the signal again after its shutdown
        signal.signal(number, end)
    server.connections.limit(_raise_file_limit())
    server.run([listener])


def _raise_file_limit() -> int:
    """Raises the limit of open files to the hard limit, and returns it: each connection takes one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most
