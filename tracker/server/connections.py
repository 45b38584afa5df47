"""Connections that bring no request in time, or too much at once, are closed.

uvicorn waits for a request without end, and keeps all that it has of it and of those that follow. A
``GuardedConnection`` stands between the transport and uvicorn's protocol; to both it is an ``asyncio.Protocol``.
The application says when it begins to answer a request, and when it has ended::

    transport ──bytes──▶ Connection ──bytes──▶ uvicorn ──request──▶ application
        ▲                    ▲  └─ may close it                         │
        │                    └─────────── began, ended ─────────────────┤
        └───────────────────────── response ◀── uvicorn ◀───────────────┘
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf

MOST_BYTES = 256 * 1024
"""Bytes that a connection may bring before all its requests are answered. One read may come on top."""

PATIENCE = 30
"""Seconds in which the next request has to be there."""

TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 25\r\nconnection: close\r\n\r\nThe request is too long.\n"
)

Client = tuple[str, int]
"""The address of a client: its host and port, as ASGI has them."""


class GuardedConnection(asyncio.Protocol):
    """A connection. ``http`` is uvicorn's protocol, which does the work."""

    def __init__(self, http: asyncio.Protocol, connections: dict[Client, GuardedConnection]) -> None:
        self._http = http
        self._connections = connections
        self._unanswered = 0  # bytes, at most
        self._begun = 0  # requests
        self._deadline = inf  # of the next request; there is none while one is answered
        self.pause_writing = http.pause_writing  # type: ignore[method-assign]
        self.resume_writing = http.resume_writing  # type: ignore[method-assign]
        self.eof_received = http.eof_received  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._client = (transport.get_extra_info("peername") or ("", 0))[:2]  # none where the client has gone
        self._connections[self._client] = self
        self.ended()
        self._look()
        self._http.connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._timer.cancel()
        self._connections.pop(self._client, None)
        self._http.connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._unanswered > MOST_BYTES:
            if self._deadline != inf:  # else a response may be half written
                self._transport.write(TOO_LONG)
            self._transport.close()
            return
        self._unanswered += len(data)
        self._http.data_received(data)

    def began(self) -> None:
        """Notes that a request is there."""
        self._begun += 1
        self._deadline = inf

    def ended(self) -> None:
        """Notes that the request is answered."""
        self._deadline = self._loop.time() + PATIENCE
        if self._unanswered > MOST_BYTES / 2:
            self._loop.call_soon(self._settle, self._begun)  # a request that is there already begins before that

    def _settle(self, begun: int) -> None:
        """Where no other request has begun since, all are answered."""
        if begun == self._begun:
            self._unanswered = 0

    def _look(self) -> None:
        """Closes the connection at its deadline; until then looks at that again."""
        rest = self._deadline - self._loop.time()
        if rest <= 0:
            self._transport.close()
        else:
            self._timer = self._loop.call_later(min(rest, PATIENCE), self._look)


class Connections:
    """The open connections. It makes them too, out of ``protocol``, uvicorn's own class of them."""

    def __init__(self, protocol: Callable[..., asyncio.Protocol]) -> None:
        self._protocol = protocol
        self._open: dict[Client, GuardedConnection] = {}

    def __call__(self, **given: object) -> GuardedConnection:
        return GuardedConnection(self._protocol(**given), self._open)

    def find(self, client: Client | None) -> GuardedConnection | None:
        """The connection of a client, if it is open."""
        return self._open.get(client) if client else None
