"""A desk that is served: in a thread of this process, or by the installed command.

``with running(desk) as site`` serves it, published; ``site.asks("/all.atom", if_none_match=…)`` is a request
and its answer, ``site.sends(b"GET …")`` are bytes as they are on the wire and what comes back.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tracker.server.run import Server, address, listening, server
from tracker.workspace.desk import Workspace

TRACKER = os.path.join(os.path.dirname(sys.executable), "tracker")

PATIENCE = 20.0
"""Seconds that a busy machine is given for what takes a fraction of one."""


def eventually(is_so: Callable[[], object], patience: float = PATIENCE) -> bool:
    """Whether that becomes true."""
    deadline = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class Answer(NamedTuple):
    """An answer as it came: its status, its header fields (those that came twice are joined) and its body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def same_as(self, other: Answer) -> bool:
        """Whether they differ in their date only."""
        return self._replace(headers=self.headers | {"date": ""}) == other._replace(
            headers=other.headers | {"date": ""}
        )


class Site:
    """A server that runs at an address."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        self.place = host.strip("[]"), int(port)

    def connects(self) -> socket.socket:
        return socket.create_connection(self.place, timeout=PATIENCE)

    def sends(self, *requests: bytes) -> list[Answer]:
        """Sends the bytes at once, on a connection of their own, and gives all answers until the server ends it or
        has answered as often."""
        with self.connects() as connection, connection.makefile("rb") as answers:
            for request in requests:
                connection.sendall(request)
            methods = [request.partition(b" ")[0] for request in requests]
            found = (received(answers, method == b"HEAD") for method in methods)
            return [each for each in found if each]

    def asks(self, target: str, method: str = "GET", **fields: str) -> Answer:
        """One request; ``if_none_match`` is the field ``If-None-Match``."""
        (answer,) = self.sends(request(target, method, **fields))
        return answer


def request(target: str, method: str = "GET", **fields: str) -> bytes:
    """The bytes of a request."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in {"host": "desk.example", **fields}.items()]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode("latin-1")


def received(answers: Any, is_head: bool = False) -> Answer | None:
    """The next answer on a connection; None where it is at its end."""
    first = answers.readline()
    if not first:
        return None
    status = int(first.split()[1])
    headers: dict[str, str] = {}
    while line := answers.readline().decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(": ")
        name = name.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Answer(status, headers, b"" if is_head or status in (204, 304) else _body(headers, answers))


def _body(headers: dict[str, str], answers: Any) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return answers.read(int(headers["content-length"]))
    chunks = []
    while size := int(answers.readline(), 16):
        chunks.append(answers.read(size))
        answers.readline()
    answers.readline()
    return b"".join(chunks)


class Running(Site):
    """A server in a thread of this process."""

    def __init__(self, url: str, server: Server, desk: Workspace, said: list[str]) -> None:
        super().__init__(url)
        self.server = server
        self.desk = desk
        self.said = said


@contextlib.contextmanager
def running(desk: Workspace, *, log: Any = None) -> Iterator[Running]:
    """The desk, served and published."""
    said: list[str] = []
    listener = listening("127.0.0.1", 0)
    own = Workspace(desk.root, clock=desk.clock)
    serving = server(own, lambda published: None, lambda error: said.append(str(error)), log)
    thread = threading.Thread(target=serving.run, args=([listener],))
    site = Running(address(listener), serving, desk, said)
    thread.start()
    try:
        assert eventually(lambda: site.asks("/healthz").status == 200 or said)
        yield site
    finally:
        serving.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


class Process(Site):
    """The installed command."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        super().__init__(url)
        self.process = process

    def ends(self, signal: int = signal.SIGTERM) -> int:
        """Tells it to end, and gives its exit status."""
        self.process.send_signal(signal)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def starting(root: str, *args: str) -> Iterator[Process]:
    """``tracker serve`` in that folder, at any port, once it listens."""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([TRACKER, "-C", root, "serve", "--port", "0", *args], **pipes) as process:
        try:
            assert process.stderr
            found = re.match(r"serving (http://\S+/);", process.stderr.readline())
            assert found
            yield Process(found[1], process)
        finally:
            process.kill()


@contextlib.contextmanager
def command(root: str, *args: str) -> Iterator[Process]:
    """The same once it has published."""
    with starting(root, *args) as process:
        assert eventually(lambda: process.asks("/healthz").status == 200)
        yield process
