"""A server that goes on: appends and amendments, polls, parts of logs and open streams, for minutes on end."""

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
"""KiB that the server may take at the end more than after a third of the time, besides what the site has grown."""

STORIES = ("one", "two", "three")


def soaked(folder: str, quick: bool) -> Trying:
    """Serves a desk that goes on, and looks at every answer."""
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
            yield Found(1, 1, 0, ("the server does not begin",))
            return
        yield from _used(site, desk, child.pid, QUICK if quick else FULL)


def _used(site: Site, desk: Workspace, process: int, seconds: int) -> Trying:
    """Uses it for so long; gives what was found as it goes."""
    clients = _Clients(site)
    works = [*[clients.poll] * POLLERS, *[clients.mirror] * MIRRORS, *[clients.listen] * LISTENERS]
    threads = [threading.Thread(target=clients.until_over, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        began, warm, size = time.monotonic(), 0, 0
        for number in range(10**9):
            _go_on(desk, number)
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


def _go_on(desk: Workspace, number: int) -> None:
    """Something happens: mostly news, and now and then something is taken back."""
    slug = random.choice(STORIES)
    if number % 5 == 4:
        changes = {"title": f"A better title, the {number}th"}
        desk.record(slug, [{"type": "correction", "corrects": "#1", "changes": changes, "why": "misread"}])
    else:
        text = f"What happened, the {number}th time. " * 5
        desk.record(slug, [{"type": "update", "title": f"Update {number}", "body": text}])


def _memory(process: int) -> int:
    """KiB that a process has."""
    found = re.search(r"VmRSS:\s+([0-9]+)", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1])


def _size(desk: Workspace) -> int:
    """KiB of the published site, all of which may be in memory."""
    return sum(file.stat().st_size for file in Path(desk.feeds).rglob("*") if file.is_file()) // 1024


class _Clients:
    """Who uses the server, each in a thread, and what is wrong with what they get."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.is_over = threading.Event()
        self._said: list[str] = []
        self._answers: Counter[str] = Counter()
        self._told = 0
        self._streams: set[socket.socket] = set()

    def end(self) -> None:
        """Has all of them stop; those who listen are not waited for until they hear something."""
        self.is_over.set()
        for stream in list(self._streams):
            with contextlib.suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)

    def found(self) -> Found:
        """What was found since it was asked for last."""
        answers, self._told = sum(self._answers.values()) - self._told, sum(self._answers.values())
        said, self._said = self._said, []
        return Found(answers, len(said), 0, tuple(said))

    def until_over(self, work: Callable[[], None]) -> None:
        try:
            while not self.is_over.is_set():
                work()
        except Exception as error:
            self._said.append(f"{work.__name__}: {type(error).__name__}: {error}")

    def poll(self) -> None:
        """A subscriber or reader, for a while on one connection, who keeps what they have."""
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
                self._look(path, answer)
                if answer.status == 200:
                    known[path] = answer

    def mirror(self) -> None:
        """Somebody who keeps a copy of a log, and asks for what comes after it."""
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
            self._said.append(f"{path}: parts of it are no beginning of it")

    def listen(self) -> None:
        """An open page: what it is told never goes back."""
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

    def _look(self, path: str, answer: Answer) -> None:
        self._answers["poll"] += 1
        if answer.status == 304:
            return
        if answer.status != 200 or not _is_whole(path, answer):
            self._said.append(f"{path}: {answer.status} {answer.headers} is not whole")


_PATHS = ("/all.atom", "/all.rss", "/all.json", "/standing.atom", "/stories/{}/", "/stories/{}/developments.atom",
          "/stories/{}/events.jsonl", "/heads.json", "/")  # fmt: skip


def _is_whole(path: str, answer: Answer) -> bool:
    """Whether it is what its head says, and a whole document."""
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
    """Whether all lines are whole."""
    return data.endswith(b"\n") and all(line.endswith(b'"}') for line in data.splitlines())


@contextlib.contextmanager
def _tags_of_paths() -> Iterator[None]:
    """A server whose tags say which file it is, and not which version."""

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
    """A server that keeps all versions of all files."""
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
        "what a server answers is whole and of one version, and its memory does not grow",
        soaked,
        (_tags_of_paths, _keeping_everything),
    ),
)
