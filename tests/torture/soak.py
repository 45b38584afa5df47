"""A server under load for minutes: appends and amendments, polls, ranges of logs and open streams."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from unittest import mock

from lxml import etree

from tests.serving import Answer, Site, eventually, received, request
from tests.torture import desks
from tests.torture.children import Child, Say
from tests.torture.scenario import Found, Scenario, Trying
from tracker.server.files import cache, representations
from tracker.server.run import address, listening, server
from tracker.workspace.desk import Workspace

QUICK, FULL = 10, 600
"""Seconds."""

POLLERS, MIRRORS, LISTENERS = 3, 2, 5

SPARE = 24_576
"""KiB by which the server's memory may grow after a third of the time, besides the growth of the site."""

STORIES = ("one", "two", "three")


def soaked(folder: str, quick: bool) -> Trying:
    """Serves a desk that keeps recording, and checks every answer."""
    desk = desks.new_desk(folder)
    for slug in STORIES:
        desks.open_story(desk.log, slug)
    listener = listening("127.0.0.1", 0)
    site = Site(address(listener))

    def serves(say: Say) -> None:
        serving = server(desks.at(desk.root), lambda published: None, lambda error: say(str(error)))
        say("begun")
        serving.run([listener])

    with Child(serves) as child, listener:
        child.has_said()
        if not eventually(lambda: site.asks("/healthz").status == 200):
            yield Found(1, 1, 0, ("the server does not start",))
            return
        yield from _under_load(site, desk, child.pid, QUICK if quick else FULL)


def _under_load(site: Site, desk: Workspace, process: int, seconds: int) -> Trying:
    """Runs the clients for ``seconds``, and yields what they find."""
    clients = _Clients(site)
    works = [*[clients.poll] * POLLERS, *[clients.mirror] * MIRRORS, *[clients.listen] * LISTENERS]
    threads = [threading.Thread(target=clients.until_over, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        began, warm, size = time.monotonic(), 0, 0
        for number in range(10**9):
            _record(desk, number)
            time.sleep(0.2)
            gone = time.monotonic() - began
            if not warm and gone > seconds / 3:
                warm, size = _memory(process), _size(desk)
            yield clients.found()
            if gone > seconds:
                break
    finally:
        clients.end()
        for thread in threads:
            thread.join()
    grown = _memory(process) - warm - (_size(desk) - size)
    said = (f"the server has {grown:,} KiB more than after a third of the time",) if grown > SPARE else ()
    yield clients.found().plus(Found(1, len(said), 0, said))


def _record(desk: Workspace, number: int) -> None:
    """Records an event: mostly an update, every fifth time a correction."""
    slug = random.choice(STORIES)
    if number % 5 == 4:
        changes = {"title": f"A better title, the {number}th"}
        desk.record(slug, [{"type": "correction", "corrects": "#1", "changes": changes, "why": "misread"}])
    else:
        text = f"What happened, the {number}th time. " * 5
        desk.record(slug, [{"type": "update", "title": f"Update {number}", "body": text}])


def _memory(process: int) -> int:
    """Returns the memory of a process in KiB."""
    found = re.search(r"VmRSS:\s+([0-9]+)", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1])


def _size(desk: Workspace) -> int:
    """Returns the size of the published site in KiB. All of it may be in memory."""
    return sum(file.stat().st_size for file in Path(desk.feeds).rglob("*") if file.is_file()) // 1024


class _Clients:
    """The clients of the server, each in a thread, and the faults in the answers that they got."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.is_over = threading.Event()
        self._said: list[str] = []
        self._answers: Counter[str] = Counter()
        self._reported = 0
        self._streams: set[socket.socket] = set()

    def end(self) -> None:
        """Stops all clients. It closes the open streams, which may be silent for long."""
        self.is_over.set()
        for stream in list(self._streams):
            with contextlib.suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)

    def found(self) -> Found:
        """Returns what was found since the last call."""
        answers, self._reported = sum(self._answers.values()) - self._reported, sum(self._answers.values())
        said, self._said = self._said, []
        return Found(answers, len(said), 0, tuple(said))

    def until_over(self, work: Callable[[], None]) -> None:
        try:
            while not self.is_over.is_set():
                work()
        except Exception as error:
            self._said.append(f"{work.__name__}: {type(error).__name__}: {error}")

    def poll(self) -> None:
        """A subscriber or reader: 200 requests on one connection, conditional ones for known files."""
        known: dict[str, Answer] = {}
        with self.site.connects() as connection, connection.makefile("rb") as answers:
            for _ in range(200):
                if self.is_over.is_set():
                    return
                path = random.choice(_PATHS).format(random.choice(STORIES))
                fields = {"accept_encoding": "gzip"} if path.endswith("/") else {}
                if path in known and random.random() < 0.7:
                    fields["if_none_match"] = known[path].headers["etag"]
                connection.sendall(request(path, **fields))
                answer = received(answers)
                assert answer, "the server has ended the connection"
                self._check(path, answer)
                if answer.status == 200:
                    known[path] = answer

    def mirror(self) -> None:
        """A mirror: keeps a copy of a log, and requests the range after its end."""
        path, copy = f"/stories/{random.choice(STORIES)}/events.jsonl", b""
        for _ in range(20):
            answer = self.site.asks(path, range=f"bytes={len(copy)}-")
            if answer.status == 206:
                copy += answer.body
            elif answer.status != 416:
                self._said.append(f"{path}: {answer.status} to a part")
            self._answers["part"] += 1
        whole = self.site.asks(path)
        if not whole.body.startswith(copy) or not _is_log(copy):
            self._said.append(f"{path}: its ranges are not the beginning of it")

    def listen(self) -> None:
        """An open page: the number of events on its stream never decreases."""
        last = 0
        with self.site.connects() as connection, connection.makefile("rb") as lines:
            self._streams.add(connection)
            connection.settimeout(60)
            connection.sendall(request("/live"))
            for line in lines:
                if line.startswith(b"data: "):
                    events = json.loads(line[6:])["events"]
                    if events < last:
                        self._said.append(f"a stream went back from {last} to {events}")
                    last = events
                    self._answers["event"] += 1
                if self.is_over.is_set():
                    break
            self._streams.discard(connection)

    def _check(self, path: str, answer: Answer) -> None:
        self._answers["poll"] += 1
        if answer.status == 304:
            return
        if answer.status != 200 or not _is_complete(path, answer):
            self._said.append(f"{path}: {answer.status} {answer.headers} is incomplete")


_PATHS = ("/all.atom", "/all.rss", "/all.json", "/standing.atom", "/stories/{}/", "/stories/{}/developments.atom",
          "/stories/{}/events.jsonl", "/heads.json", "/")  # fmt: skip


def _is_complete(path: str, answer: Answer) -> bool:
    """Returns whether an answer matches its headers, and is a complete document."""
    body = answer.body
    packed = answer.headers.get("content-encoding") == "gzip"
    if packed:
        body = gzip.decompress(body)
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}{"-gzip" if packed else ""}"'
    if answer.headers["etag"] != tag or answer.headers["content-length"] != str(len(answer.body)):
        return False
    try:
        if path.endswith((".atom", ".rss")):
            etree.fromstring(body)
        elif path.endswith(".json"):
            json.loads(body)
    except ValueError:
        return False
    return _is_log(body) if path.endswith(".jsonl") else body.endswith(b"\n")


def _is_log(data: bytes) -> bool:
    """Returns whether all lines are complete."""
    return data.endswith(b"\n") and all(line.endswith(b'"}') for line in data.splitlines())


@contextlib.contextmanager
def _tags_of_paths() -> Iterator[None]:
    """A server whose entity tags depend on the path, not on the version."""

    def version(path: str, data: bytes, *rest: object) -> representations.FileVersion:
        found = _version(path, data, *rest)  # type: ignore[arg-type]
        tag = b'"%s"' % path.encode()
        return found._replace(
            plain=found.plain._replace(etag=tag, common=((b"etag", tag), *found.plain.common[1:]))
        )

    _version = representations.version
    with mock.patch.object(representations, "version", version):
        yield


@contextlib.contextmanager
def _keeping_everything() -> Iterator[None]:
    """A server that keeps all versions of all files in memory."""
    kept: list[bytes] = []
    drop = cache.FileCache.drop

    def drop_and_keep(self: cache.FileCache, path: str) -> None:
        if path in self:
            kept.append(b"x" * 1024 * 1024)
        drop(self, path)

    with mock.patch.object(cache.FileCache, "drop", drop_and_keep):
        yield


SCENARIOS = (
    Scenario(
        "soak",
        "each answer of a server is complete and of one version, and its memory does not grow",
        soaked,
        (_tags_of_paths, _keeping_everything),
    ),
)
