"""Limits for connections: the server closes one that sends no request in time, or too much at once, and takes no
more than it has descriptors for.

uvicorn waits for a request without a limit, and keeps in memory all bytes of it and of the requests that follow. A
``GuardedConnection`` stands between the transport and uvicorn's protocol; to both it is an ``asyncio.Protocol``.
The application calls ``began`` when it starts to answer a request, and ``ended`` when it has answered::

    transport ──bytes──▶ GuardedConnection ──bytes──▶ uvicorn ──request──▶ application
        ▲                    ▲  └─ may close it                                │
        │                    └─────────── began, ended ────────────────────────┤
        └───────────────────────── response ◀── uvicorn ◀──────────────────────┘
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf

MOST_BYTES = 256 * 1024
"""Bytes that a client may send before all its requests are answered. One more read may exceed this."""

PATIENCE = 30
"""Seconds within which the next request has to arrive."""

TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 25\r\nconnection: close\r\n\r\nThe request is too long.\n"
)

RESERVED = 128
"""Descriptors that are not for connections: publishing, the log, the cache of files and the workers need some."""

FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\nretry-after: 1\r\n"
    b"content-length: 18\r\nconnection: close\r\n\r\nToo many clients.\n"
)

Client = tuple[str, int]
"""The address of a client: its host and port, as ASGI has them."""


class GuardedConnection(asyncio.Protocol):
    """A connection with limits. ``http`` is uvicorn's protocol, which reads requests and writes responses."""

    def __init__(self, http: asyncio.Protocol, connections: dict[Client, GuardedConnection]) -> None:
        self._http = http
        self._connections = connections
        self._unanswered = 0  # bytes of unanswered requests, at most
        self._begun = 0  # number of requests that began
        self._deadline = inf  # of the next request; infinite during an answer
        self.pause_writing = http.pause_writing  # type: ignore[method-assign]
        self.resume_writing = http.resume_writing  # type: ignore[method-assign]
        self.eof_received = http.eof_received  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._client = (transport.get_extra_info("peername") or ("", 0))[:2]  # empty if the client is gone already
        self._connections[self._client] = self
        self.ended()
        self._check_deadline()
        self._http.connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._timer.cancel()
        self._connections.pop(self._client, None)
        self._http.connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._unanswered > MOST_BYTES:
            if self._deadline != inf:  # no response is half written
                self._transport.write(TOO_LONG)
            self._transport.close()
            return
        self._unanswered += len(data)
        self._http.data_received(data)

    def began(self) -> None:
        """Notes that the application has received a request."""
        self._begun += 1
        self._deadline = inf

    def ended(self) -> None:
        """Notes that the application has answered the request."""
        self._deadline = self._loop.time() + PATIENCE
        if self._unanswered > MOST_BYTES / 2:
            self._loop.call_soon(self._reset_if_answered, self._begun)  # after a request that has arrived already

    def _reset_if_answered(self, begun: int) -> None:
        """Resets the count of unanswered bytes, if no other request has begun since."""
        if begun == self._begun:
            self._unanswered = 0

    def _check_deadline(self) -> None:
        """Closes the connection at its deadline; before that, schedules the next check."""
        rest = self._deadline - self._loop.time()
        if rest <= 0:
            self._transport.close()
        else:
            self._timer = self._loop.call_later(min(rest, PATIENCE), self._check_deadline)


class RefusedConnection(asyncio.Protocol):
    """A connection that is over the limit. It gets 503 and is closed at once."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        transport.write(FULL)
        transport.abort()


class Connections:
    """The open connections by client, at most ``most``. Calling it makes a connection around one of uvicorn's
    class ``protocol``."""

    def __init__(self, protocol: Callable[..., asyncio.Protocol]) -> None:
        self._protocol = protocol
        self._open: dict[Client, GuardedConnection] = {}
        self.most: float = inf

    def __call__(self, **given: object) -> asyncio.Protocol:
        if len(self._open) >= self.most:
            return RefusedConnection()
        return GuardedConnection(self._protocol(**given), self._open)

    def limit(self, descriptors: int) -> None:
        """Sets the limit for a process that may have this number of open files."""
        self.most = descriptors - min(RESERVED, descriptors // 2)

    def find(self, client: Client | None) -> GuardedConnection | None:
        """Returns the open connection of a client, or None."""
        return self._open.get(client) if client else None
