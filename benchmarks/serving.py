"""Benchmarks of the server: a feed of some 30 KB against starlette's StaticFiles on the same uvicorn and against
nginx, many open event streams, and polls of a feed while other clients ask the API for a long story.

wrk sends requests to both servers in turns, on 32 connections and one thread. The benchmark compares the time for
a request. On a machine of two cores wrk is often slower than the server, so the benchmark also prints the CPU time
that a request costs the server.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import click

from benchmarks.measure import QUICK, Measured
from tracker.publishing.publisher import publish
from tracker.workspace import init
from tracker.workspace.desk import Workspace

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

FEED = "all.atom"
EVENTS = 11
"""Events of the desk. Its feed has some 30 KB."""

CONNECTIONS = 32
FEW_ROUNDS, ROUNDS = 2, 11
"""Rounds of a second for each server, in a quick and in a full run."""

STREAMS = 2_000
APPENDS = 20
PATIENCE = 60
"""Seconds within which all streams have to send an event."""

LONG = 10_000
"""Events of the long story."""

ASKING = 4
"""Clients that ask for it."""

SLOWEST, TIMES = 10.0, 20.0
"""The most that the 99th percentile of polls may be: in ms, and as a multiple of that without other clients."""

STATIC_FILES = """\
import sys
import uvicorn
from starlette.staticfiles import StaticFiles

app = StaticFiles(directory=sys.argv[1])
uvicorn.run(app, port=int(sys.argv[2]), http="httptools", loop="uvloop", log_level="error", access_log=False)
"""

NGINX = """\
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/errors;
events {{ worker_connections 512; }}
http {{
    types {{ application/atom+xml atom; }}
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/1;
    proxy_temp_path {folder}/2;
    fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4;
    scgi_temp_path {folder}/5;
    server {{ listen 127.0.0.1:{port}; root {feeds}; }}
}}
"""


class Server(NamedTuple):
    """A process that serves at an address."""

    name: str
    url: str
    process: int

    def seconds(self) -> float:
        """Returns the CPU time of the process, in seconds."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Returns the memory of the process, in KiB."""
        found = re.search(r"VmRSS:\s+([0-9]+)", Path(f"/proc/{self.process}/status").read_text())
        assert found
        return int(found[1])


class Cost(NamedTuple):
    """The cost of a request in µs: its time, and the CPU time of the server."""

    took: float
    cpu: float


def whole(rounds: int) -> Measured:
    return _against(rounds, _static_files, "", 1 / 4)


def unchanged(rounds: int) -> Measured:
    return _against(rounds, _static_files, "304", 1 / 4)


def whole_nginx(rounds: int) -> Measured:
    return _against(rounds, _nginx, "", 2.5)


def unchanged_nginx(rounds: int) -> Measured:
    return _against(rounds, _nginx, "304", 2.5)


def _against(
    rounds: int, peer: Callable[[Path, Path], AbstractContextManager[Server]], status: str, target: float
) -> Measured:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        desk = _desk(folder / "desk")
        ours = stack.enter_context(_tracker(desk))
        other = stack.enter_context(peer(Path(desk.feeds), folder))
        costs: dict[Server, list[Cost]] = {ours: [], other: []}
        for number in range((FEW_ROUNDS if rounds <= QUICK else ROUNDS) + 1):
            for server in costs if number % 2 else reversed(costs):
                found = _cost(server, bool(status))
                if number:
                    costs[server].append(found)
        took = {server: statistics.median(each.took for each in found) for server, found in costs.items()}
        cpu = {server: statistics.median(each.cpu for each in found) for server, found in costs.items()}
        size = os.path.getsize(os.path.join(desk.feeds, FEED))
    what = f"request for a feed of {size:,} bytes" + (", not modified" if status else "")
    ratio = cpu[ours] / cpu[other]
    click.echo(f"{'':8} CPU: {cpu[ours]:.1f} µs; {other.name}: {cpu[other]:.1f} µs; ratio {ratio:.2f}", err=True)
    return Measured(what, took[ours], other.name, took[other], target, "µs")


def _cost(server: Server, is_known: bool) -> Cost:
    """Runs wrk against a server for a second, and returns the cost of a request."""
    url = server.url + FEED
    fields = []
    if is_known:
        with urllib.request.urlopen(url) as answer:
            fields = ["-H", f"If-None-Match: {answer.headers['ETag']}"]
    before = server.seconds()
    ran = subprocess.run(
        [_program("wrk"), "-t1", f"-c{CONNECTIONS}", "-d1s", *fields, url],
        check=True,
        capture_output=True,
        text=True,
    )
    number = re.search(r"([0-9]+) requests in", ran.stdout)
    rate = re.search(r"Requests/sec: +([0-9.]+)", ran.stdout)
    if not number or not rate or "Non-2xx or 3xx" in ran.stdout:
        raise click.ClickException(f"{server.name}: {ran.stdout}")
    return Cost(1e6 / float(rate[1]), (server.seconds() - before) / int(number[1]) * 1e6)


def streams(rounds: int) -> Measured:
    """Measures the memory that an open event stream takes, while a desk appends events that all streams send."""
    number = STREAMS // 20 if rounds <= QUICK else STREAMS
    _open_many()
    with tempfile.TemporaryDirectory() as folder:
        desk = _desk(Path(folder) / "desk")
        with _tracker(desk) as server:
            asyncio.run(_deliver(server, desk, 1))  # so that the memory for publishing does not count
            before = server.memory()
            delivery = asyncio.run(_deliver(server, desk, number))
            each = (delivery.memory - before) / number
    late = statistics.median(delivery.late)
    click.echo(f"{'':8} all {number:,} streams sent an event {late:.2f} s after its append", err=True)
    return Measured(
        f"each of {number:,} open event streams, none missed an event", each, "limit", 64.0, 1.0, "KiB"
    )


class Delivery(NamedTuple):
    """Seconds from each append until all streams had sent it, and the server's KiB with all streams open."""

    late: list[float]
    memory: int


async def _deliver(server: Server, desk: Workspace, number: int) -> Delivery:
    """Opens ``number`` streams and appends events. Raises an error if a stream does not send an event in time."""
    last = [0] * number
    moved = asyncio.Event()
    begun = desk.log.head("story").seq

    async def listen(place: int) -> None:
        address = urlsplit(server.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(b"GET /stories/story/live HTTP/1.1\r\nHost: bench\r\n\r\n")
        async for line in reader:
            if line.startswith(b"data: "):
                seq = json.loads(line[6:])["seq"]
                if seq <= last[place]:
                    raise click.ClickException(f"a stream sent #{seq} after #{last[place]}")
                last[place] = seq
                moved.set()

    async def all_have(seq: int) -> None:
        while min(last) < seq:
            moved.clear()
            await moved.wait()

    late = []
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(listen(place)) for place in range(number)]
        await asyncio.wait_for(all_have(begun), PATIENCE)
        for seq in range(begun + 1, begun + APPENDS + 1):
            desk.record("story", [{"type": "update", "title": f"Update {seq}"}])
            started = time.monotonic()
            await asyncio.wait_for(all_have(seq), PATIENCE)
            late.append(time.monotonic() - started)
        memory = server.memory()
        for task in tasks:
            task.cancel()
    return Delivery(late, memory)


def beside_api(rounds: int) -> Measured:
    """Measures how long a poll takes, also while four clients ask for views of a long story. No two views are the
    same, so that each has to be made."""
    length, polls = (LONG // 10, 200) if rounds <= QUICK else (LONG, 2_000)
    alone: list[float] = []
    beside: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        desk = _desk(Path(folder) / "desk", length)
        with _tracker(desk) as server:
            for newest in (length, length // 2):
                alone += _polls(server, polls)
                with _asking(server, newest) as views:
                    beside += _polls(server, polls)
                    while not views.value:
                        beside += _polls(server, polls)
                    click.echo(f"{'':8} {views.value} views of the story meanwhile", err=True)
    slowest, usual = (statistics.quantiles(each, n=100)[-1] for each in (beside, alone))
    click.echo(f"{'':8} medians: {statistics.median(beside):.2f} ms; {statistics.median(alone):.2f} ms", err=True)
    what = f"99th percentile of polls, not modified, while {ASKING} clients ask the API for {length:,} events"
    return Measured(what, slowest, "alone", usual, min(TIMES, SLOWEST / usual))


def _polls(server: Server, number: int) -> list[float]:
    """Polls a feed that does not change, and returns how many milliseconds each answer took."""
    with urllib.request.urlopen(server.url + FEED) as answer:
        tag = answer.headers["ETag"]
    address = urlsplit(server.url)
    took = []
    with socket.create_connection((address.hostname, address.port)) as connection:
        for _ in range(number):
            time.sleep(0.001)
            began = time.perf_counter()
            connection.sendall(f"GET /{FEED} HTTP/1.1\r\nHost: bench\r\nIf-None-Match: {tag}\r\n\r\n".encode())
            if b" 304 " not in connection.recv(4096):
                raise click.ClickException("a poll was not answered with 304")
            took.append(1e3 * (time.perf_counter() - began))
    return took


@contextmanager
def _asking(server: Server, newest: int) -> Iterator[Synchronized[int]]:
    """A context in which clients, each a process, ask for views of the story: what was known right after the event
    of this number, then after earlier ones. Yields the number of answers."""
    context = get_context("fork")
    views = context.Value("i", 0)
    clients = [context.Process(target=_ask, args=(server, newest - number, views)) for number in range(ASKING)]
    for client in clients:
        client.start()
    try:
        yield views
    finally:
        for client in clients:
            client.terminate()
            client.join()


def _ask(server: Server, newest: int, views: Synchronized[int]) -> None:
    for seq in count(newest, -ASKING):
        try:
            with urllib.request.urlopen(f"{server.url}api/stories/story?known_at=%23{seq}") as answer:
                while answer.read(1024 * 1024):
                    pass
        except urllib.error.HTTPError:  # 503: too many wait
            continue
        with views.get_lock():
            views.value += 1


BENCHMARKS: dict[str, Callable[..., Measured]] = {
    "serve-200": whole,
    "serve-304": unchanged,
    "serve-200-nginx": whole_nginx,
    "serve-304-nginx": unchanged_nginx,
    "streams": streams,
    "serve-304-api": beside_api,
}


def _desk(folder: Path, events: int = EVENTS) -> Workspace:
    """Creates a published desk. With few events it has a feed of some 30 KB."""
    init.init(str(folder), "Bench", "https://bench.example/", "", "en")
    desk = Workspace(str(folder))
    updates = [
        {"type": "update", "title": f"Update {n}", "body": "What happened. " * 60} for n in range(events - 1)
    ]
    desk.record("story", [{"type": "opened", "title": "A story"}, *updates])
    publish(desk)
    return desk


@contextmanager
def _tracker(desk: Workspace) -> Iterator[Server]:
    port = _free_port()
    program = str(Path(sys.executable).with_name("tracker"))
    with _running("tracker serve", port, [program, "-C", desk.root, "serve", "--port", str(port)]) as server:
        yield server


@contextmanager
def _static_files(feeds: Path, folder: Path) -> Iterator[Server]:
    port = _free_port()
    (folder / "static_files.py").write_text(STATIC_FILES)
    line = [sys.executable, str(folder / "static_files.py"), str(feeds), str(port)]
    with _running("starlette StaticFiles", port, line) as server:
        yield server


@contextmanager
def _nginx(feeds: Path, folder: Path) -> Iterator[Server]:
    port = _free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, feeds=feeds, port=port))
    with _running("nginx", port, [_program("nginx"), "-c", str(folder / "nginx.conf")]) as server:
        yield server


@contextmanager
def _running(name: str, port: int, line: list[str]) -> Iterator[Server]:
    """A context with a running server, from its first answer on."""
    url = f"http://127.0.0.1:{port}/"
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                if _answers(url):
                    break
                time.sleep(0.05)
            else:
                raise click.ClickException(f"{name} does not answer")
            yield Server(name, url, process.pid)
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + FEED) as answer:
            return bool(answer.read())
    except OSError:
        return False


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if not found:
        raise click.ClickException(f"needs {name}, which is in the Debian package of that name")
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _open_many() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
