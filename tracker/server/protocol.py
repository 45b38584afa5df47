"""HTTP/1.1 on a connection: what can be answered from memory is, at once, and the application gets the rest.

::

    bytes ──the same as before?──────────────────────────────────────────▶ answer ──▶ transport
      └──parsed──▶ a usual request, and nothing before it in flight? ──────▶ answer ──▶ transport
                       └──────────────────────────────▶ application ──▶ answer ──▶ transport

Most requests of a subscriber are the same bytes as the one before. They are parsed once; what they are answered
with is kept beside them and holds as long as the file is what it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from time import perf_counter
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from tracker.server import answers, conditions
from tracker.server.answers import Answer
from tracker.server.journal import Journal
from tracker.server.static import Static
from tracker.server.table import Entry
from tracker.server.targets import LONGEST

MOST_BYTES = 64 * 1024
"""Of a request that is not there yet as far as its body."""

MOST_KEPT, MOST_KEPT_BYTES = 4_096, 2_048
"""Requests that are kept, and the bytes of one of them."""

PATIENCE = 30
"""Seconds in which a request has to be there, and the next has to come."""


class Kept:
    """A request and what it is answered with, as long as the file is what it was."""

    __slots__ = ("_beginning", "_bytes", "agent", "body", "entry", "head", "method", "status", "target")

    def __init__(self, entry: Entry, answer: Answer, method: str, target: bytes, agent: bytes) -> None:
        assert isinstance(answer.body, bytes)
        self.entry = entry
        self.status = answer.status
        self.head = _lines(answer.headers) + b"\r\n"
        self.body = answer.body
        self.method = method
        self.target = target
        self.agent = agent
        self._beginning = self._bytes = b""

    def bytes(self, beginning: bytes) -> bytes:
        """The answer with these first lines, but for its body."""
        if beginning is not self._beginning:
            self._beginning, self._bytes = beginning, beginning + self.head
        return self._bytes


class Shared:
    """What the connections of a server share: what they answer from, requests that are kept, and the first
    lines of answers, which have the date in them."""

    def __init__(self, static: Static, journal: Journal) -> None:
        self.static = static
        self.journal = journal
        self.kept: dict[bytes, Kept] = {}
        self._drops = 0
        self._dated: list[tuple[bytes, bytes]] | None = None
        self._beginnings: dict[int, bytes] = {}

    def keep(self, data: bytes, kept: Kept) -> None:
        """Keeps a request, and none of those that have files which are not in memory any more."""
        drops = self.static.table.drops
        if drops != self._drops or len(self.kept) >= MOST_KEPT:
            self.kept, self._drops = {}, drops
        self.kept[data] = kept

    def beginning(self, status: int, state: ServerState) -> bytes:
        """The first lines of an answer. The server has other default headers whenever the date is another."""
        if self._dated is not state.default_headers:
            self._dated, self._beginnings = state.default_headers, {}
        if status not in self._beginnings:
            self._beginnings[status] = STATUS_LINE[status] + _lines(state.default_headers)
        return self._beginnings[status]


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"%s: %s\r\n" % header for header in headers)


class Protocol(HttpToolsProtocol):
    """A connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        shared: Shared,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.shared = shared
        self._is_between = True  # two requests, as far as bytes have come
        self._is_direct = False  # the answer to this one
        self._begun = 0  # requests in the bytes that are looked at
        self._directly: list[Kept] = []
        self._has_no_fields = False  # yet, this one
        self._unread = 0  # bytes of it
        self._since = 0.0
        self._left = 0  # bytes of answers that were not taken when that was looked at last
        self._started = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        self._wait()

    # Requests.

    def data_received(self, data: bytes) -> None:
        self._started = perf_counter()
        if (
            self._is_between
            and (kept := self.shared.kept.get(data))
            and self._is_idle()
            and self._holds(kept.entry)
        ):
            self._answer(kept)
            return
        was_between = self._is_between
        self._begun, self._directly = 0, []
        super().data_received(data)
        if self.transport.is_closing():
            return
        if (
            was_between
            and self._is_between
            and self._begun == len(self._directly) == 1
            and len(data) <= MOST_KEPT_BYTES
        ):
            self.shared.keep(data, self._directly[0])
        self._unread = self._unread + len(data) if self._has_no_fields else 0
        if self._unread > MOST_BYTES:
            self._refuse(431, "Too long", "The header fields are too long.")
        elif self.timeout_keep_alive_task is None and self._is_answered():
            self._wait()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_between, self._is_direct, self._has_no_fields = False, False, True
        self._begun += 1
        self._since = self.loop.time()

    def on_headers_complete(self) -> None:
        self._has_no_fields = False
        found = self._found() if self._is_idle() else None
        if found is None:
            super().on_headers_complete()
            return
        self._is_direct = True
        self._directly.append(found)
        self._answer(found)

    def on_message_complete(self) -> None:
        if not self._is_direct:
            super().on_message_complete()
        self._is_between = True

    def _is_idle(self) -> bool:
        """Whether an answer can be written now: none is in flight, and the client has taken those before."""
        return self._is_answered() and not self.flow.write_paused and not self.transport.is_closing()

    def _is_answered(self) -> bool:
        """Whether no answer is being made."""
        return self.cycle is None or self.cycle.response_complete

    def _found(self) -> Kept | None:
        """What is answered to the present request, if that is in memory and the connection goes on."""
        version = self.parser.get_http_version()
        if version != "1.1" or not self.parser.should_keep_alive():
            return None
        method = self.parser.get_method().decode("ascii")
        fields = conditions.joined(self.headers)
        found = self.shared.static.directly(method, version, self.url, fields, self.loop.time())
        if found is None:
            return None
        return Kept(*found, method, self.url, fields.get(b"user-agent", b""))

    def _holds(self, entry: Entry) -> bool:
        now = self.loop.time()
        return now < entry.until or self.shared.static.table.confirm(entry, now)

    # Answers.

    def _answer(self, kept: Kept) -> None:
        head = kept.bytes(self.shared.beginning(kept.status, self.server_state))
        if kept.body:
            self.transport.writelines((head, kept.body))
        else:
            self.transport.write(head)
        self._since = self.loop.time()
        self._note(kept.method, kept.target, kept.status, len(kept.body), kept.agent)

    def send_400_response(self, msg: str) -> None:
        """The bytes are no request."""
        self._refuse(400, "Bad request", "This is no request of HTTP/1.1.")

    def _refuse(self, status: int, title: str, reason: str) -> None:
        """Ends the connection, after the answers that are in flight."""
        if not self._is_answered():
            self.flow.pause_reading()
            self.cycle.keep_alive = False
            return
        answer = answers.problem("GET", status, title, reason, b"/")
        assert isinstance(answer.body, bytes)
        head = _lines((*answer.headers, (b"connection", b"close"))) + b"\r\n"
        self.transport.writelines((self.shared.beginning(status, self.server_state), head, answer.body))
        self.transport.close()
        self._note("", self.url[:LONGEST] if self._begun else b"", status, answer.size, b"")

    def _note(self, method: str, target: bytes, status: int, size: int, agent: bytes) -> None:
        client = self.client[0] if self.client else ""
        self.shared.journal.note(client, method, target, status, size, perf_counter() - self._started, agent)

    # Time and room.

    def on_response_complete(self) -> None:
        self._since = self.loop.time()
        super().on_response_complete()

    def _wait(self) -> None:
        rest = self._since + PATIENCE - self.loop.time()
        self.timeout_keep_alive_task = self.loop.call_later(max(rest, 0), self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        """Ends the connection if the request that began, or the next, is not there in time, or the last answer has
        not been taken."""
        self.timeout_keep_alive_task = None
        if self.transport.is_closing() or not self._is_answered():
            return
        left, now = self.transport.get_write_buffer_size(), self.loop.time()
        if left and left != self._left:  # some is taken, however slowly
            self._left, self._since = left, now
        if self._since + PATIENCE > now:
            self._wait()
        elif left:
            self.transport.abort()
        else:
            self.transport.close()

    def pause_writing(self) -> None:
        """Who takes no answers is asked for no requests."""
        super().pause_writing()
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.pipeline:
            self.flow.resume_reading()
