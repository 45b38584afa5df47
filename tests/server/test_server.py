"""``tracker serve``: whoever subscribes is told at once, and whoever runs it is told how it goes."""

from __future__ import annotations

import io
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import Any

import feedparser
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import Ran
from tests.serving import (
    TRACKER,
    Process,
    Running,
    Site,
    command,
    eventually,
    received,
    request,
    running,
    starting,
)
from tests.subscribers import Feedparser, Newsboat, Reader, Rss2email, Sfeed, Subscriber
from tracker.publishing import publisher as publishing
from tracker.server import run
from tracker.server.files.cache import FileCache
from tracker.server.files.representations import PublicAddress
from tracker.workspace.desk import Workspace

SOON = 2.0
"""Seconds within which subscribers see what was recorded."""


@pytest.fixture
def site(desk: Workspace, record: Callable[..., Any]) -> Iterator[Running]:
    record("opened", "A story")
    record("report", "They pay")
    with running(desk) as site:
        yield site


@pytest.fixture
def process(desk: Workspace, record: Callable[..., Any]) -> Iterator[Process]:
    """The installed command, of a desk with a story."""
    record("opened", "A story")
    with command(desk.root) as process:
        yield process


def measured(site: Site, **fields: str) -> dict[str, float]:
    """What the metrics say, by name and labels."""
    text = site.asks("/metrics", **fields).body.decode()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {f"{each.name}{''.join(each.labels.values())}": each.value for each in samples}


def add(desk: Workspace, title: str) -> None:
    """Records it, by the command, in a process of its own."""
    subprocess.run([TRACKER, "-C", desk.root, "add", "update", "story", title], check=True, capture_output=True)


# Subscribers.


class Parser(Feedparser):
    """feedparser, as a program uses it that remembers the validators."""

    def __init__(self, folder: Path) -> None:
        self.seen: dict[str, Any] = {}

    def _items(self, feed: str) -> Any:
        before = self.seen.get(feed)
        found = feedparser.parse(feed, etag=before and before.etag, modified=before and before.get("modified"))
        if found.status == 304:
            found = before
        assert not found.bozo
        self.seen[feed] = found
        return found.entries


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "format"),
    [
        (Parser, "atom"),
        (Reader, "json"),
        pytest.param(Newsboat, "rss", marks=pytest.mark.debian),
    ],
)
def test_a_subscriber_sees_what_is_recorded_and_fetches_nothing_twice(
    process: Process, desk: Workspace, tmp_path: Path, program: type[Subscriber], format: str
) -> None:
    """Within two seconds of ``tracker add``; while nothing is new, it is told just that."""
    folder = tmp_path / "subscriber"
    folder.mkdir()
    subscriber, feed = program(folder), f"{process.url}/all.{format}"
    for _ in range(3):  # newsboat keeps no validators of a feed that it has just come to know
        assert [item.title for item in subscriber.polls(feed)] == ["A story"]
    assert measured(process)["tracker_requests_total304"] >= 1
    took = [_seen_after(subscriber, feed, desk, f"News {number}") for number in range(3)]
    assert min(took) < SOON, took


READERS: dict[type[Subscriber], tuple[str, ...]] = {
    Parser: ("atom", "rss"),
    Reader: ("atom", "rss", "json"),
    Newsboat: ("atom", "rss"),
    Rss2email: ("atom", "rss"),
    Sfeed: ("atom", "rss"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "format"),
    [
        pytest.param(
            program,
            format,
            id=f"{program.__name__.lower()}-{format}",
            marks=[] if program in (Parser, Reader) else [pytest.mark.debian],
        )
        for program, formats in READERS.items()
        for format in formats
    ],
)
def test_every_reader_sees_every_append(
    process: Process, desk: Workspace, tmp_path: Path, program: type[Subscriber], format: str
) -> None:
    """In each of two rounds by one poll, after several polls that brought nothing."""
    folder = tmp_path / "subscriber"
    folder.mkdir()
    subscriber, feed = program(folder), f"{process.url}/all.{format}"
    titles = ["A story"]
    for number in range(2):
        for _ in range(2):
            assert sorted(item.title for item in subscriber.polls(feed)) == sorted(titles)
        new = [f"News {number}", f"More news {number}"]
        for title in new:
            add(desk, title)
        assert eventually(lambda new=new: new[-1].encode() in process.asks(f"/all.{format}").body)
        titles += [f"A story: {title}" for title in new]
        assert sorted(item.title for item in subscriber.polls(feed)) == sorted(titles)


def _seen_after(subscriber: Subscriber, feed: str, desk: Workspace, title: str) -> float:
    add(desk, title)
    recorded = time.monotonic()
    assert eventually(lambda: f"A story: {title}" in [item.title for item in subscriber.polls(feed)])
    return time.monotonic() - recorded


@pytest.mark.slow
def test_what_another_process_publishes_is_served(site: Running, desk: Workspace) -> None:
    """And what somebody changes by hand, within about a second."""
    page = Path(desk.feeds, "imprint.html")
    page.write_text("one")
    assert site.asks("/imprint.html").body == b"one"
    page.write_text("two")
    assert eventually(lambda: site.asks("/imprint.html").body == b"two")
    page.unlink()
    assert eventually(lambda: site.asks("/imprint.html").status == 404)
    Workspace(desk.root, clock=desk.clock).record("story", [{"type": "update", "title": "News"}])
    subprocess.run([TRACKER, "-C", desk.root, "publish"], check=True, capture_output=True)
    assert eventually(lambda: b"News" in site.asks("/all.atom").body)


@pytest.mark.slow
def test_every_answer_is_whole_and_of_one_version(site: Running, record: Callable[..., Any]) -> None:
    """While it is published again and again: the tag is that of the body, and what a head leads to is there."""
    faults: list[object] = []
    is_over = threading.Event()

    def reads() -> None:
        with site.connects() as connection, connection.makefile("rb") as answers:
            while not is_over.is_set():
                for path in ("/all.atom", "/stories/story/", "/stories/story/events.jsonl", "/all.json"):
                    connection.sendall(request(path))
                    answer = received(answers)
                    assert answer
                    if answer.status != 200 or not _is_whole(answer.body, answer.headers):
                        faults.append((path, answer))

    readers = [threading.Thread(target=reads) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(30):
        record("update", f"Update {number}")
    assert eventually(lambda: site.server.live.desk.events == 32)
    is_over.set()
    for reader in readers:
        reader.join()
    assert not faults


def _is_whole(body: bytes, headers: dict[str, str]) -> bool:
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    return headers["etag"] == tag and headers["content-length"] == str(len(body))


# How it goes.


@pytest.mark.slow
def test_health_is_told_to_all_and_its_reason_to_this_machine(site: Running, desk: Workspace) -> None:
    """And that it is, as soon as it is again."""
    assert site.asks("/healthz").body == b"healthy\n"
    log = Path(desk.log.folder, "story.jsonl")
    whole = log.read_bytes()
    log.write_bytes(whole.replace(b"They pay", b"They lie"))
    assert eventually(lambda: site.asks("/healthz").status == 503)
    assert site.asks("/healthz").body == b"unhealthy\n"
    assert [name for name in measured(site, host="localhost:80") if "story.jsonl:2" in name]
    for fields in (
        {},
        {"host": "localhost", "x_forwarded_for": "192.0.2.1"},
        {"host": "127.0.0.1", "via": "1.1 a"},
    ):
        found = site.asks("/metrics", **fields).body
        assert b"tracker_healthy 0\n" in found
        assert b"story" not in found.replace(b"tracker_stories", b"")
    assert site.asks("/all.atom").status == 200
    log.write_bytes(whole)
    assert eventually(lambda: site.asks("/healthz").status == 200)
    folder = Path(desk.log.folder)
    folder.rename(folder.with_name("away"))
    folder.write_text("no folder")
    assert eventually(lambda: site.asks("/healthz").status == 503)
    folder.unlink()
    folder.with_name("away").rename(folder)
    assert eventually(lambda: site.asks("/healthz").status == 200)
    assert site.said


@pytest.mark.slow
def test_metrics_count_what_happens(site: Running, record: Callable[..., Any]) -> None:
    """In a format that Prometheus reads."""
    for path in ("/all.atom", "/all.atom", "/nothing", "/%zz"):
        site.asks(path)
    before = measured(site)
    assert (before["tracker_events"], before["tracker_stories"]) == (2, 1)
    assert before["tracker_publications_total"] == 1
    assert before["tracker_documents_total"] > 10
    assert before["tracker_requests_total404"] == 1
    assert before["tracker_requests_total400"] == 1
    assert before["tracker_requests_total200"] >= 2
    assert before["tracker_publication_lag_seconds"] == 0
    record("update", "It goes on")
    assert eventually(lambda: measured(site)["tracker_events"] == 3)
    assert measured(site)["tracker_publication_lag_seconds"] > 0


@pytest.mark.slow
def test_every_request_is_logged_where_that_is_wanted(desk: Workspace, record: Callable[..., Any]) -> None:
    """Those for files in memory, and those for what is not."""
    record("opened", "A story")
    log = io.StringIO()
    with running(desk, log=log) as site:
        for path in ("/all.atom?x=1", "/all.atom?x=1", "/nothing"):
            site.asks(path, user_agent='a "reader"')
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    asked = [each for each in lines if each["target"] != "/healthz"]
    assert [(each["method"], each["target"], each["status"]) for each in asked] == [
        ("GET", "/all.atom?x=1", 200),
        ("GET", "/all.atom?x=1", 200),
        ("GET", "/nothing", 404),
    ]
    assert asked[0]["agent"] == 'a "reader"'
    assert asked[0]["bytes"] > 1000
    assert asked[0]["client"] == "127.0.0.1"
    assert set(asked[0]) == {"at", "client", "method", "target", "status", "bytes", "seconds", "agent"}


def test_the_command_logs_requests_as_json_lines(desk: Workspace, record: Callable[..., Any]) -> None:
    record("opened", "A story")
    with command(desk.root, "--access-log") as process:
        process.asks("/all.atom")
        process.ends()
        assert process.process.stdout
        lines = [json.loads(line) for line in process.process.stdout]
    assert lines[-1]["target"] == "/all.atom"


# Its start and its end.


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_it_is_told_to(process: Process, number: int) -> None:
    """At once, with open streams and connections; that is no error."""
    with process.connects() as connection, connection.makefile("rb") as stream, process.connects():
        connection.sendall(request("/live"))
        assert b"200" in stream.readline()
        assert process.ends(number) == 0
    assert process.process.stderr
    said = process.process.stderr.read()
    assert re.fullmatch(r"[0-9-]+ [0-9:]+ UTC: [0-9]+ files written\n", said)


@pytest.mark.slow
def test_it_ends_though_somebody_does_not_take_an_answer(desk: Workspace, record: Callable[..., Any]) -> None:
    record("opened", "A story")
    with command(desk.root) as process, process.connects() as connection:
        connection.sendall(request("/stories/story/") * 2_000)
        assert process.ends() == 0


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="needs Linux")
def test_a_client_that_takes_nothing_for_long_is_cut_off(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though its answers are not finished, so that they do not stay in memory."""
    record("opened", "A story")
    monkeypatch.setattr(run, "PATIENCE", 1)
    with running(desk) as site, site.connects() as connection:
        connection.sendall(request("/stories/story/") * 2_000)
        assert eventually(lambda: len(site.server.server_state.connections) == 1)
        assert eventually(lambda: not site.server.server_state.connections)
        assert site.asks("/all.atom").status == 200


@pytest.mark.slow
def test_it_goes_on_where_nobody_hears_what_it_says(desk: Workspace, record: Callable[..., Any]) -> None:
    """Of publications and of requests."""
    record("opened", "A story")
    with command(desk.root, "--access-log") as process:
        for pipe in (process.process.stdout, process.process.stderr):
            assert pipe
            pipe.close()
        for title in ("Once", "Twice"):
            add(desk, title)
            assert eventually(lambda title=title: title.encode() in process.asks("/all.atom").body)
        assert process.asks("/healthz").status == 200


@pytest.mark.slow
def test_a_port_that_is_taken_is_said_in_one_line(desk: Workspace, record: Callable[..., Any]) -> None:
    record("opened", "A story")
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        line = [TRACKER, "-C", desk.root, "serve", "--port", str(port)]
        ran = subprocess.run(line, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr == (
        f"error: cannot serve at 127.0.0.1, port {port}: Address already in use. Another: --port {port + 1}\n"
    )


def test_a_host_that_is_none_is_said(cli: Callable[..., Ran]) -> None:
    ran = cli("serve", "--host", "nowhere.invalid")
    assert ran.code == 1
    assert ran.err.startswith("error: cannot serve at nowhere.invalid, port 8000: ")
    assert ran.err.count("\n") == 1


def test_without_the_extra_it_says_what_is_needed(
    cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tracker.server.run", None)
    ran = cli("serve")
    assert (ran.code, ran.err) == (2, "error: needs the extra serve: pip install 'storyfold[serve]'\n")


@pytest.mark.slow
def test_what_is_not_there_yet_may_be_there_soon(desk: Workspace, record: Callable[..., Any]) -> None:
    """While a desk is published for the first time."""
    record("opened", "A story")
    with publishing.alone(desk.scratch), starting(desk.root) as process:
        answer = process.asks("/stories/story/")
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert process.asks("/healthz").status == 503


# Memory.


def test_what_was_asked_for_last_stays_in_memory(tmp_path: Path) -> None:
    """And no more than there is room for."""
    for number in range(20):
        (tmp_path / f"{number}.txt").write_bytes(b"%02d" % number * 5_000)
    table = FileCache(str(tmp_path), lambda: PublicAddress("https://desk.example/", ""), lambda: 0.0, most=50_000)
    for number in [*range(20), 3]:
        entry = table.load(f"{number}.txt")
        assert entry
        table.put(entry, 0.0)
    assert table.paths() == ["17.txt", "18.txt", "19.txt", "3.txt"]
