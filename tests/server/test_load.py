"""The API when many ask: each question costs once, few wait, and the feeds go on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from tests.asgi import Client, listening
from tests.conftest import FixedClock
from tests.serving import Site, command, eventually, request, running
from tracker.server.api import endpoints, kept, operations
from tracker.server.api.answers import Answer, ApiResponse, Asked, Question
from tracker.server.api.endpoints import AT_ONCE, LONG, WAITING, Endpoints
from tracker.server.api.workers import Job, Workers
from tracker.server.connections import Connections
from tracker.server.current import CurrentWorkspace
from tracker.server.files import cache
from tracker.server.files.representations import PublicAddress
from tracker.text.dates import Recorded, recorded_at
from tracker.workspace.desk import Workspace


class Counted:
    """Work that is counted. It waits while ``gate`` is closed."""

    def __init__(self, until: Callable[[], Recorded | None] = lambda: None) -> None:
        self.begun: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self._until = until

    def __call__(self, desk: Workspace, asked: Asked) -> ApiResponse:
        self.begun.append(asked.get("q", ""))
        assert self.gate.wait(30)
        return ApiResponse(f"{asked}".encode(), "text/plain", 60, until=self._until())

    def app(self, desk: Workspace) -> Starlette:
        def read(request: Request) -> Question:
            return Question(self, dict(request.query_params), "story")

        self.endpoints = Endpoints()
        return Starlette(routes=[Route("/", self.endpoints(lambda: desk, read))])


@pytest.fixture
def story(record: Callable[..., Any]) -> None:
    record("opened", "A story")


@pytest.mark.usefixtures("story")
def test_the_same_question_costs_once_until_something_is_recorded(
    desk: Workspace, record: Callable[..., Any]
) -> None:
    work = Counted()
    client = Client(work.app(desk))
    assert len({client.get("/?q=1").text for _ in range(5)}) == 1
    client.get("/?q=2")
    assert work.begun == ["1", "2"]
    record("update", "new", story="story")
    assert client.get("/?q=1").status_code == 200
    assert work.begun == ["1", "2", "1"]


@pytest.mark.usefixtures("story")
def test_those_who_ask_the_same_at_the_same_time_wait_for_one_answer(desk: Workspace) -> None:
    """However many they are."""
    work = Counted()
    found = Client(work.app(desk)).together(["/?q=1"] * 100)
    assert {each.status_code for each in found} == {200}
    assert work.begun == ["1"]


@pytest.mark.usefixtures("story")
def test_an_answer_that_time_changes_is_made_again(desk: Workspace, clock: FixedClock) -> None:
    """And caches are not told to keep it longer."""
    until = clock.instant.replace(minute=1)
    work = Counted(lambda: recorded_at(until))
    client = Client(work.app(desk))
    assert 30 < int(client.get("/").headers["cache-control"].removeprefix("max-age=")) < 60
    client.get("/")
    assert len(work.begun) == 1
    clock.instant = until
    assert client.get("/").headers["cache-control"] == "max-age=0"
    assert len(work.begun) == 2


@pytest.mark.usefixtures("story")
def test_a_client_that_has_the_answer_needs_no_body(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the body is not in memory any more."""
    monkeypatch.setattr(kept, "MOST", 1)
    work = Counted()
    client = Client(work.app(desk))
    tag = client.get("/").headers["etag"]
    assert client.get("/", if_none_match=tag).status_code == 304
    assert len(work.begun) == 1
    assert client.get("/").status_code == 200
    assert len(work.begun) == 2


def test_the_oldest_answers_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their bodies first."""
    monkeypatch.setattr(kept, "MOST", 25)
    monkeypatch.setattr(kept, "MOST_ANSWERS", 4)
    answers = kept.KeptAnswers()
    for number in (1, 2, 3, 1, 4, 5):
        if not answers.find(number):
            answers.put(number, kept.KeptAnswer(Answer(200, {}, b"0123456789"), Recorded("2024")))
    found = {number: answers.find(number) for number in range(1, 6)}
    assert not found[2]
    assert [number for number, each in found.items() if each and each.answer.body] == [4, 5]
    answers.clear()
    assert not answers.find(5)


@pytest.mark.usefixtures("story")
def test_at_most_twenty_wait(desk: Workspace) -> None:
    """The others are told to come again, at once."""
    work = Counted()
    work.gate.clear()
    client = Client(work.app(desk))
    threading.Timer(1, work.gate.set).start()
    found = client.together([f"/?q={number}" for number in range(60)])
    assert [each.status_code for each in found].count(200) == AT_ONCE + WAITING
    refused = next(each for each in found if each.status_code == 503)
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["content-type"] == "application/problem+json"
    assert client.get("/?q=60").status_code == 200


@pytest.mark.usefixtures("story")
def test_nothing_is_begun_for_clients_that_hung_up(desk: Workspace) -> None:
    """Work that has begun is finished, and kept for the next who asks."""
    work = Counted()
    assert _begun_in_a_flood(work, desk, patience=30) == [*map(str, range(AT_ONCE)), "honest"]


@pytest.mark.slow
@pytest.mark.usefixtures("story")
def test_the_control(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not see that clients hang up."""

    async def never(request: Request) -> None:
        await anyio.sleep_forever()

    monkeypatch.setattr(endpoints, "_hung_up", never)
    monkeypatch.setattr(endpoints, "WAITING", 10**9)
    assert len(_begun_in_a_flood(Counted(), desk)) > AT_ONCE + 1


def _begun_in_a_flood(work: Counted, desk: Workspace, patience: float = 1) -> list[str]:
    """Returns the questions on which work was begun: of clients that hang up, and of one that does not. The server
    has ``patience`` seconds to notice who hung up."""
    work.gate.clear()
    with listening(work.app(desk)) as url:
        site = Site(url)
        for number in range(AT_ONCE):
            _asks_and_hangs_up(site, f"/?q={number}")
        assert eventually(lambda: len(work.begun) == AT_ONCE)
        for number in range(100, 150):
            _asks_and_hangs_up(site, f"/?q={number}")
        found: list[int] = []
        honest = threading.Thread(target=lambda: found.append(site.asks("/?q=honest").status))
        honest.start()
        pieces = work.endpoints._pieces
        eventually(lambda: "honest" in str(list(pieces)) and len(pieces) == AT_ONCE + 1, patience)
        work.gate.set()
        honest.join(30)
        assert found == [200]
        assert eventually(lambda: not pieces), "the queue is empty"
        before = len(work.begun)
        assert site.asks("/?q=0").status == 200
        assert len(work.begun) == before
    return [*sorted(work.begun[:AT_ONCE]), *work.begun[AT_ONCE:]]


def _asks_and_hangs_up(site: Site, target: str) -> None:
    with site.connects() as connection:
        connection.sendall(request(target))


def test_a_changed_declaration_is_noticed(desk: Workspace) -> None:
    """And a changed configuration; a broken one is not taken."""
    current = CurrentWorkspace(desk)
    assert current() is desk
    for path in (Path(desk.log.folder, "types.toml"), Path(desk.root, "tracker.toml")):
        path.parent.mkdir(exist_ok=True)
        before = current()
        path.write_text((path.read_text() if path.exists() else "") + "\n# a comment\n")
        found = current()
        assert found is not before
        assert current() is found
    path.write_text("[broken")
    assert current() is found


# Processes.


@pytest.fixture
def long(desk: Workspace, story: None) -> Workspace:
    """A desk with a story that is too long for the server's own process."""
    desk.record("story", [{"type": "update", "title": f"Update {number}"} for number in range(LONG + 1)])
    return desk


@pytest.mark.slow
def test_a_long_story_is_answered_by_a_process(long: Workspace, record: Callable[..., Any]) -> None:
    """With the same bytes. There is none before it is needed. If one is killed, there is another, and none stays
    when the server is killed."""
    here = Client(Starlette(routes=operations.routes(lambda: long, Endpoints())))
    record("opened", "A short one", story="short")
    with command(long.root) as site:
        assert site.asks("/api/stories/short").status == 200
        assert not _children(site.process.pid)
        for path in (
            "stories/story?known_at=%239",
            "stories/story/events?after=3",
            "stories/nowhere",
            "search?q=u",
        ):
            assert site.asks(f"/api/{path}").body == here.get(f"/api/{path}").content
        assert site.asks("/replay/story.atom?start=2024-08-01").status == 200
        workers = _children(site.process.pid)
        assert workers
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        assert site.asks("/api/stories/story?known_at=%238").status == 200
        workers = _children(site.process.pid)
        site.process.kill()
        assert eventually(lambda: not any(map(_is_there, workers)))


@pytest.mark.slow
def test_ctrl_c_ends_the_processes_too(long: Workspace) -> None:
    """Without a word from them, though one is at work."""
    with command(long.root) as site:
        assert site.asks("/api/stories/story").status == 200
        workers = _children(site.process.pid)
        for seq in range(1, 20):
            _asks_and_hangs_up(site, f"/api/stories/story?known_at=%23{seq}")
        assert site.ends(signal.SIGINT) == 0
        assert site.process.stderr
        assert "Traceback" not in site.process.stderr.read()
        assert eventually(lambda: not any(map(_is_there, workers)))


def _children(process: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True, check=False)
    return [int(each) for each in found.stdout.split()]


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


# Connections.


@pytest.mark.slow
def test_a_connection_too_many_is_refused(long: Workspace) -> None:
    """At once and by name; one that is closed makes room."""
    with running(long) as site:
        site.server.connections.most = 2
        with site.connects() as one, site.connects():
            assert eventually(lambda: len(site.server.server_state.connections) == 2)
            refused = site.asks("/all.atom")
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            one.close()
            assert eventually(lambda: site.asks("/all.atom").status == 200)


@pytest.mark.parametrize(("descriptors", "most"), [(1_024, 896), (200, 100), (4, 2)])
def test_descriptors_are_left_for_publishing(descriptors: int, most: int) -> None:
    found = Connections(AutoHTTPProtocol)
    found.limit(descriptors)
    assert found.most == most


def test_few_large_files_are_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes a descriptor."""
    monkeypatch.setattr(cache, "MOST_EACH", 10)
    table = cache.FileCache(str(tmp_path), lambda: PublicAddress("https://desk.example/", ""), lambda: 0.0)
    for number in range(50):
        (tmp_path / f"{number}.jsonl").write_bytes(b"0123456789\n")
        entry = table.load(f"{number}.jsonl")
        assert entry
        table.put(entry, 0.0)
    assert len(table.paths()) < 33


# Workers that work for no client.


def slow(desk: Workspace, asked: Asked) -> ApiResponse:
    """Answers at once, or after a minute."""
    for _ in range(6_000 if asked["q"] == "slow" else 0):
        time.sleep(0.01)
    return ApiResponse(asked["q"].encode(), "text/plain", 60)


@pytest.fixture
def workers(desk: Workspace, story: None) -> Iterator[Workers]:
    """Workers that have answered a question: the first one is always finished."""
    with contextlib.closing(Workers(desk.root)) as found:
        found.number = 1
        assert asked_of(found, "first") == b"first"
        yield found


def asked_of(workers: Workers, q: str) -> bytes | None:
    return workers.answer(Job(Question(slow, {"q": q}, "story"))).body


@pytest.mark.slow
def test_work_is_stopped_at_any_time(workers: Workers) -> None:
    """Before it has begun, just then, and later. The worker answers the next question."""
    for after in (0, 0.001, 0.01, 0.3):
        job = Job(Question(slow, {"q": "slow"}, "story"))
        timer = threading.Timer(after, job.abandon)
        timer.start()
        assert workers.answer(job).status == 503
        assert asked_of(workers, "next") == b"next"
        timer.join()
    assert len(workers._all) == 1


@pytest.mark.slow
def test_a_late_signal_costs_no_answer(workers: Workers) -> None:
    (worker,) = workers._all
    for number in range(20):
        worker.interrupt()
        assert asked_of(workers, f"{number}") == f"{number}".encode()


@pytest.mark.slow
@pytest.mark.parametrize("stops", [True, False])
def test_a_worker_that_is_needed_stops_work_for_clients_that_hung_up(
    desk: Workspace, workers: Workers, monkeypatch: pytest.MonkeyPatch, stops: bool
) -> None:
    """The control waits for the minute."""
    if not stops:
        monkeypatch.setattr(Endpoints, "_abandon", lambda self: None)
    asking = Endpoints(workers, lambda slug: LONG + 1)
    read = lambda request: Question(slow, dict(request.query_params), "story")  # noqa: E731
    with listening(Starlette(routes=[Route("/", asking(lambda: desk, read))])) as url:
        site = Site(url)
        _asks_and_hangs_up(site, "/?q=slow")
        assert eventually(lambda: any(piece.has_begun for piece in asking._pieces.values()))
        found: list[int] = []
        honest = threading.Thread(target=lambda: found.append(site.asks("/?q=honest").status), daemon=True)
        honest.start()
        honest.join(20 if stops else 1)
        assert found == [200] * stops
        workers.close()
