"""A server that many clients, or strangers, ask for too much."""

from __future__ import annotations

import contextlib
import math
import re
import resource
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from unittest import mock

import anyio

from tests.serving import Site, eventually, received, request
from tests.torture import desks
from tests.torture.children import Child, Say
from tests.torture.scenario import Found, Scenario, Trying, case
from tracker.server import app, connections, run
from tracker.server.api import endpoints
from tracker.server.files import answers
from tracker.server.run import address, listening, serve, server
from tracker.workspace.desk import Workspace

DESCRIPTORS, CLIENTS = 200, 400

PATIENCE = 120
"""Seconds that the first publication may take."""

UNREAD = 320 * 1024
"""Most bytes that wait in the system for a client that does not read."""


@contextlib.contextmanager
def _serving(desk: Workspace, descriptors: int = 0) -> Iterator[Site]:
    """A context with a child process that serves the desk, once it has published. If ``descriptors`` is given, it
    may have that many open files."""
    listener = listening("127.0.0.1", 0)
    site = Site(address(listener))

    def serves(say: Say) -> None:
        if descriptors:
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        serving = server(desks.at(desk.root), lambda published: None, lambda error: say(str(error)))
        say("begun")
        serve(serving, listener)

    with Child(serves) as child, listener:
        child.has_said()
        if not eventually(lambda: site.asks("/all.atom").status == 200, PATIENCE):
            raise RuntimeError("the server does not start")
        yield site


def _long_story(folder: str, events: int) -> Workspace:
    """Creates a desk with a story of that many events."""
    desk = desks.new_desk(folder)
    desks.open_story(desk.log, "long")
    desk.record("long", [{"type": "update", "title": f"Update {number}"} for number in range(2, events + 1)])
    return desk


# A flood of abandoned requests.


def flooded(folder: str, quick: bool) -> Trying:
    """Asks for many views of a long story and hangs up, then asks for one more. The machine of a quick run may be
    busy, so that it counts answers in place of seconds. Without a bound, nearly all of the flood is answered
    before the one more; with it, about a tenth, which the server began before it knew."""
    events, flood = (1_000, 400) if quick else (10_000, 1_000)
    desk = _long_story(folder, events)
    with _serving(desk) as site:
        _seconds(site, "as_of=2000")  # the first view of a long story starts a process
        for number in range(1 if quick else 10):
            alone = median(_seconds(site, f"known_at=%23{events - 10 * number - each}") for each in range(5))
            before = _answered(site)
            for seq in range(1, flood + 1):
                with site.connects() as connection:
                    connection.sendall(request(f"/api/stories/long?known_at=%23{seq}&as_of={2001 + number}"))
            delay = _seconds(site, f"known_at=%23{events - 10 * number - 9}") - alone
            in_vain = _answered(site) - before - 2  # the request above, and that for the numbers
            late = delay > 1.0 and not quick
            yield case(
                [f"{in_vain} abandoned requests were answered before it"] * (in_vain > flood / 2)
                + [f"an honest request was delayed by {delay:.1f} s"] * (late or math.isinf(delay))
            )


def _answered(site: Site) -> int:
    """Returns how many requests the server has answered with success."""
    found = re.search(rb'requests_total\{status="200"\} (\d+)', site.asks("/metrics").body)
    return int(found[1]) if found else 0


def _seconds(site: Site, query: str) -> float:
    """Returns how long a view of the story takes; infinitely if there is no answer."""
    began = time.monotonic()
    try:
        status = site.asks(f"/api/stories/long?{query}").status
    except TimeoutError:
        status = 0
    return time.monotonic() - began if status == 200 else math.inf


@contextlib.contextmanager
def _waiting_for_ever() -> Iterator[None]:
    """A server in which any number of requests wait, also those of clients that hung up."""

    async def never(request: object) -> None:
        await anyio.sleep_forever()

    with mock.patch.object(endpoints, "WAITING", 10**9), mock.patch.object(endpoints, "_hung_up", never):
        yield


# More connections than descriptors.


def crowded(folder: str, quick: bool) -> Trying:
    """Holds twice as many connections as the server may have open files, and records."""
    desk = _long_story(folder, 2)
    with _serving(desk, DESCRIPTORS) as site, contextlib.ExitStack() as stack:
        eventually(lambda: site.asks("/all.atom").status == 200)
        held = [stack.enter_context(site.connects()) for _ in range(CLIENTS)]
        statuses = [_status_on(each) for each in held]
        yield case(f"{each}" for each in statuses if each not in (200, 503))
        if 200 not in statuses:
            yield Found(1, 1, 0, ("no connection is served",))
            return
        served = held[statuses.index(200)]
        for number in range(1 if quick else 20):
            desk.record("long", [{"type": "update", "title": f"News {number}"}])
            title = f"News {number}".encode()
            is_there = eventually(lambda title=title: title in _body_on(served, "/all.atom"))  # type: ignore[misc]
            yield case([] if is_there else ["an event was not published"])
        yield case([] if _body_on(served, "/healthz") == b"healthy\n" else ["the server is not healthy"])


def _status_on(connection: socket.socket) -> int:
    """Returns the status of a request on this connection; 0 if it was closed without one."""
    try:
        with contextlib.suppress(ConnectionError):  # what was sent before is still there
            connection.sendall(request("/all.atom"))
        with connection.makefile("rb") as answers:
            answer = received(answers)
    except OSError:
        return 0
    return answer.status if answer else 0


def _body_on(connection: socket.socket, path: str) -> bytes:
    connection.sendall(request(path))
    with connection.makefile("rb") as answers:
        answer = received(answers)
    assert answer
    return answer.body


@contextlib.contextmanager
def _taking_all() -> Iterator[None]:
    """A server that takes as many connections as come."""
    with mock.patch.object(connections.Connections, "limit"):
        yield


# Clients that read nothing.


def unread(folder: str, quick: bool) -> Trying:
    """Asks for a large file many times, and does not read it."""
    desk = _long_story(folder, 2)
    Path(desk.feeds).mkdir(exist_ok=True)
    Path(desk.feeds, "large.txt").write_bytes(b"0123456789abcde\n" * 200_000)
    with _serving(desk) as site, contextlib.ExitStack() as stack:
        for _ in range(10 if quick else 200):
            connection = stack.enter_context(site.connects())
            connection.sendall(request("/large.txt") * 3)
        time.sleep(2)
        for waiting in _waiting_bytes(site.place[1]):
            yield case([f"{waiting:,} bytes wait for a client"] if waiting > UNREAD else [])


def _waiting_bytes(port: int) -> Iterator[int]:
    """Yields the number of bytes in the send queue of each connection of a server."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, queues, *_ = line.split()
        if local.endswith(f":{port:04X}") and state == "01":
            yield int(queues.partition(":")[0], 16)


def no_proc() -> str:
    return "" if Path("/proc/net/tcp").exists() else "needs /proc/net/tcp, which Linux has"


@contextlib.contextmanager
def _buffering() -> Iterator[None]:
    """A server that leaves the size of buffers to the system."""
    with mock.patch.object(run, "BUFFERS", ()):
        yield


# Strangers.

CODINGS = ("xchunked", "chunkedx", "chunked, chunked", "gzip, chunked", "chunked;a=1", "identity", "\x0bchunked")


def strange(folder: str, quick: bool) -> Trying:
    """Sends odd header fields, and asks how a server is that has a damaged story."""
    desk = _long_story(folder, 2)
    with _serving(desk) as site:
        for size in range(33, 70 if quick else 200):
            empty = "".join(f"x{number:04}:\r\n" for number in range(size * 1024 // 8))
            sent = f"GET /all.atom HTTP/1.1\r\nhost: a\r\n{empty}\r\n".encode()
            yield case(_not_refused(site, sent, 431, f"{size} KB of empty fields"))
        for coding in CODINGS:
            sent = request("/all.atom", transfer_encoding=coding) + b"0\r\n\r\n"
            yield case(_not_refused(site, sent, 400, coding))
        log = Path(desk.log.folder, "long.jsonl")
        log.write_bytes(log.read_bytes().replace(b"Update 2", b"Update 3"))
        eventually(lambda: site.asks("/healthz").status == 503)
        for path in ("/healthz", "/metrics"):
            for fields in ({}, {"host": "127.0.0.1", "x_forwarded_for": "192.0.2.1"}, {"host": "a.example:80"}):
                body = site.asks(path, **fields).body
                yield case([f"{path} names the story"] if b"long" in body else [])


def _not_refused(site: Site, sent: bytes, status: int, what: str) -> Iterator[str]:
    (answer,) = site.sends(sent) or [None]
    if not answer or answer.status != status:
        yield f"{what}: {answer.status if answer else 'no answer'}"


def _patched(owner: object, name: str, value: object) -> Callable[[], contextlib.AbstractContextManager[object]]:
    """Returns a control in which something has another value."""
    return lambda: mock.patch.object(owner, name, value)


SCENARIOS = (
    Scenario(
        "flood",
        "a thousand abandoned requests for a story of 10,000 events delay another request by at most a second",
        flooded,
        (_waiting_for_ever,),
    ),
    Scenario(
        "crowd",
        "with twice as many connections as descriptors, every event is published, and clients get 200 or 503",
        crowded,
        (_taking_all,),
    ),
    Scenario(
        "unread",
        "the system buffers at most 320 KB for a client that reads nothing",
        unread,
        (_buffering,),
        lacking=no_proc,
    ),
    Scenario(
        "strangers",
        "too many header fields and odd transfer codings are refused, and no stranger is told the name of a file",
        strange,
        (
            _patched(answers, "MOST_FIELDS", 10**9),
            _patched(answers, "is_framed", lambda version, fields: True),
            _patched(app, "_is_local", lambda request: True),
        ),
    ),
)
