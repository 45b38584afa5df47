"""What open pages and programs are told: that something new is published (server-sent events).

::

    id: 14-1da1c0ffee…          the head of the story, or of the desk, when this was said
    event: published
    data: {"story":"tiktok-openai","seq":14}

A stream tells states, not differences: it begins with the present head unless the client has that
(``Last-Event-ID``), and says the next whenever it is another. Whoever was away, or reads slowly, is told where
things are now, and has missed nothing; what lies between is in ``events.jsonl``.
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
"""Seconds after which a silent stream says that it is there."""

RETRY = 2_000
"""Milliseconds after which a client comes back."""


class PublishedCount(NamedTuple):
    """How far a story, or the desk, is published: the number of its events, and what names them all."""

    events: int
    name: str

    @property
    def id(self) -> str:
        return f"{self.events}-{self.name[:16]}"


NOTHING = PublishedCount(0, "")


class EventStreams:
    """Who listens, and what they are told. All of it belongs to the event loop."""

    def __init__(self, metrics: Metrics) -> None:
        AppStatus.enable_automatic_graceful_drain = False  # which would cut streams off; close() ends them
        self.metrics = metrics
        self.desk = NOTHING
        self.stories: dict[str, PublishedCount] = {}
        self.is_closed = False
        self._moved = asyncio.Event()

    def tell(self, published: Mapping[str, checkpoints.PublishedHead]) -> None:
        """This is published now."""
        stories = {slug: PublishedCount(each.seq, each.hash) for slug, each in published.items()}
        if stories == self.stories:
            return
        self.stories, self.desk = stories, _of_desk(stories)
        self._wake()

    def close(self) -> None:
        """Ends every stream."""
        self.is_closed = True
        self._wake()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

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
                moved = self._moved
                head = self.stories.get(slug, NOTHING) if slug else self.desk
                if head.id != seen:
                    yield ServerSentEvent(_data(slug, head), event="published", id=head.id)
                    seen = head.id
                await moved.wait()
        finally:
            self.metrics.streams -= 1


def _of_desk(stories: Mapping[str, PublishedCount]) -> PublishedCount:
    names = "".join(f"{slug} {head.name}\n" for slug, head in sorted(stories.items()))
    digest = blake2b(names.encode(), digest_size=8).hexdigest()
    return PublishedCount(sum(head.events for head in stories.values()), digest)


def _data(slug: str, head: PublishedCount) -> str:
    """What a stream says of the head of a story, or of the desk where ``slug`` is empty."""
    told = {"story": slug, "seq": head.events} if slug else {"events": head.events}
    return msgspec.json.encode(told).decode()
