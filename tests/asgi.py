"""Apps asked without a network, as often as a test likes, and over HTTP on this machine, by real feed readers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import uvicorn


class Client:
    """Asks an app; a fault in it is raised here."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def get(self, address: str, **headers: str) -> httpx.Response:
        """Names of headers have underscores here."""
        return self.ask("GET", address, headers)

    def ask(self, method: str, address: str, headers: Mapping[str, str] = {}) -> httpx.Response:
        (response,) = self.together([address], method, headers)
        return response

    def together(
        self, addresses: list[str], method: str = "GET", headers: Mapping[str, str] = {}
    ) -> list[httpx.Response]:
        """Asks all at the same time."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}

        async def asked() -> list[httpx.Response]:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://desk.example") as client:
                return await asyncio.gather(*(client.request(method, each, headers=sent) for each in addresses))

        return asyncio.run(asked())


@contextlib.contextmanager
def listening(app: Any) -> Iterator[str]:
    """The address at which the app is served by uvicorn, without a slash at its end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()  # who connects before it is up waits in the listener's queue
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
