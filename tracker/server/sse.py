"""Event streams: the server tells open pages and programs of each publication (server-sent events).

::

    id: 14-1da1c0ffee…          the head of the story, or of the desk, at this time
    event: published
    data: {"story":"tiktok-openai","seq":14}

A stream sends states, not differences. It begins with the current head, unless the client has that already
(``Last-Event-ID``), and sends the head again when it has changed. A client that was away or reads slowly gets the
current head and misses nothing: the events in between are in ``events.jsonl``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from hashlib import blake2b
from typing import NamedTuple

import msgspec
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import AppStatus
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tracker.log import checkpoints
from tracker.server.metrics import Metrics

HEARTBEAT = 15
"""Seconds of silence after which a stream sends a ping."""

RETRY = 2_000
"""Milliseconds after which a client connects again."""


class PublishedCount(NamedTuple):
    """The published state of a story or of the desk: the number of its events, and a hash that covers them all."""

    events: int
    name: str

    @property
    def id(self) -> str:
        return f"{self.events}-{self.name[:16]}"


NOTHING = PublishedCount(0, "")


class EventStreams:
    """The open event streams and the heads that they send. Only the event loop may use an instance."""

    def __init__(self, metrics: Metrics) -> None:
        AppStatus.enable_automatic_graceful_drain = False  # it would cut streams off; close() ends them
        self.metrics = metrics
        self.desk = NOTHING
        self.stories: dict[str, PublishedCount] = {}
        self.is_closed = False
        self._changed = asyncio.Event()

    def tell(self, published: Mapping[str, checkpoints.PublishedHead]) -> None:
        """Sends these published heads to every open stream that they concern."""
        stories = {slug: PublishedCount(each.seq, each.hash) for slug, each in published.items()}
        if stories == self.stories:
            return
        self.stories, self.desk = stories, _desk_head(stories)
        self._wake()

    def close(self) -> None:
        """Ends all streams."""
        self.is_closed = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def routes(self) -> list[Route]:
        return [Route("/live", self._of_desk), Route("/stories/{slug}/live", self._of_story)]

    async def _of_desk(self, request: Request) -> Response:
        return self._stream(request, "")

    async def _of_story(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        if slug not in self.stories:
            return Response("there is no such story\n", 404, media_type="text/plain")
        return self._stream(request, slug)

    def _stream(self, request: Request, slug: str) -> Response:
        seen = request.headers.get("last-event-id", "")
        headers = {"access-control-allow-origin": "*", "x-content-type-options": "nosniff"}
        return EventSourceResponse(self._events(slug, seen), ping=HEARTBEAT, headers=headers)

    async def _events(self, slug: str, seen: str) -> AsyncIterator[ServerSentEvent]:
        self.metrics.streams += 1
        try:
            yield ServerSentEvent(retry=RETRY)
            while not self.is_closed:
                changed = self._changed
                head = self.stories.get(slug, NOTHING) if slug else self.desk
                if head.id != seen:
                    yield ServerSentEvent(_data(slug, head), event="published", id=head.id)
                    seen = head.id
                await changed.wait()
        finally:
            self.metrics.streams -= 1


def _desk_head(stories: Mapping[str, PublishedCount]) -> PublishedCount:
    """Returns the head of the desk: the events of all stories, and a hash of all their heads."""
    names = "".join(f"{slug} {head.name}\n" for slug, head in sorted(stories.items()))
    digest = blake2b(names.encode(), digest_size=8).hexdigest()
    return PublishedCount(sum(head.events for head in stories.values()), digest)


def _data(slug: str, head: PublishedCount) -> str:
    """Returns the JSON that a stream sends for the head of a story, or of the desk if ``slug`` is empty."""
    fields = {"story": slug, "seq": head.events} if slug else {"events": head.events}
    return msgspec.json.encode(fields).decode()
