"""The ASGI application that serves the files of a folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from tracker.server.files import answers, conditional
from tracker.server.files.answers import HttpResponse
from tracker.server.files.cache import CachedFile, FileCache
from tracker.server.files.conditional import Fields
from tracker.server.files.representations import Stored
from tracker.server.files.url_paths import INDEX, BadTarget, path_of

_CHUNK = 256 * 1024
READING = ("GET", "HEAD")


class Static:
    """Serves the files of the cache. ``is_settled`` returns whether the first publication is over: until then a
    missing file is answered with 503, after that with 404."""

    def __init__(self, table: FileCache, is_settled: Callable[[], bool]) -> None:
        self.table = table
        self.is_settled = is_settled
        self._loading: dict[str, asyncio.Task[CachedFile | None]] = {}

    def in_memory(self, method: str, target: bytes, fields: Fields) -> HttpResponse | None:
        """Returns the response to a request for a file in memory, or None for any other request."""
        if method not in READING:
            return None
        try:
            path = path_of(target)
        except BadTarget:
            return None
        entry = self.table.find(path, asyncio.get_running_loop().time()) if path else None
        return (
            answers.answer(method, fields, entry.version, self.table.now)
            if entry and entry.version.in_memory
            else None
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fields = conditional.join_fields(scope["headers"])
        found = await self._answer(scope["method"], scope["raw_path"], scope["query_string"], fields)
        await send_response(found, scope, receive, send)

    async def _answer(self, method: str, target: bytes, query: bytes, fields: Fields) -> HttpResponse:
        if method == "OPTIONS":
            return answers.options(b"access-control-request-method" in fields)
        if method not in READING:
            return answers.not_allowed(method, target)
        try:
            path = path_of(target)
        except BadTarget as error:
            return answers.problem(method, 400, "Bad request", f"Bad address: {error}.", target)
        if path and (entry := await self._entry(path)):
            return answers.answer(method, fields, entry.version, self.table.now)
        if path and not target.endswith(b"/") and await self._entry(f"{path}/{INDEX}"):
            return answers.redirect(target, query)
        return answers.not_found(method, target) if self.is_settled() else answers.not_yet(method, target)

    async def _entry(self, path: str) -> CachedFile | None:
        """Returns the file, from memory or from disk. Concurrent requests for one file share one read."""
        loop = asyncio.get_running_loop()
        if entry := self.table.find(path, loop.time()):
            return entry
        loading = self._loading.get(path)
        if loading is None:
            loading = self._loading[path] = loop.create_task(self._load(path))
            loading.add_done_callback(lambda _: self._loading.pop(path))
        return await asyncio.shield(loading)

    async def _load(self, path: str) -> CachedFile | None:
        entry = await run_in_threadpool(self.table.load, path)
        if entry:
            self.table.put(entry, asyncio.get_running_loop().time())
        else:
            self.table.drop(path)
        return entry


async def send_response(answer: HttpResponse, scope: Scope, receive: Receive, send: Send) -> None:
    """Sends a response."""
    if not isinstance(answer.body, bytes):
        response = StreamingResponse(_parts(answer.body, answer.start, answer.size), answer.status)
        response.raw_headers = list(answer.headers)
        await response(scope, receive, send)
        return
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    await send({"type": "http.response.body", "body": answer.body})


async def _parts(stored: Stored, start: int, size: int) -> AsyncIterator[bytes]:
    for at in range(start, start + size, _CHUNK):
        yield await run_in_threadpool(stored.read, at, min(_CHUNK, start + size - at))
