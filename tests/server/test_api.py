"""The API: what commands print with ``--json``, over HTTP; and as its own description says.

With TRACKER_EXAMPLES=2000, say, more is tried of what a description allows and what it does not.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from tests.asgi import Client, listening
from tests.conftest import FixedClock, Ran
from tests.torture import disks
from tracker.publishing.publisher import publish
from tracker.server.api import operations
from tracker.server.api.answers import ApiResponse, Asked, Question
from tracker.server.api.endpoints import AT_ONCE, Endpoints
from tracker.workspace.desk import Workspace

ROOT = Path(__file__).parents[2]
OWN = "tiktok-openai"
EXAMPLES = int(os.environ.get("TRACKER_EXAMPLES", "20"))

Cli = Callable[..., Ran]


@pytest.fixture
def app(desk: Workspace) -> Starlette:
    return Starlette(routes=operations.routes(lambda: desk, Endpoints()))


@pytest.fixture
def client(app: Starlette) -> Client:
    return Client(app)


@pytest.fixture
def story(record: Callable[..., Any], clock: FixedClock) -> None:
    """Situations, claims and figures, some of them corrected, retracted and removed."""
    record("opened", "A story", summary="It *began*", language="en")
    record("report", "They pay", occurred="2024-03", parties=["OpenAI"])
    record("suspension", "Out", subject="ByteDance", by="OpenAI", of="account", occurred="2023/2024-07")
    record("statement", "No", speaker="OpenAI", quote="No comment", occurred="2024-05")
    clock.instant = clock.instant.replace(day=12)
    record("correction", corrects="#2", changes={"occurred": "2024-02", "title": "They lend"}, why="misread")
    record("reinstatement", "In", occurred="2024-06")
    record("retraction", retracts="#4", why="withdrawn")
    record("earnings", "More than ever", company="Microsoft", period="Q4 2024",
           figures=[{"name": "revenue", "value": "64.7", "unit": "USD", "expected_low": "64"}])  # fmt: skip
    record("expectation", "A ruling", due="2024-08-10", body="of a court")
    record("question", "Why?")
    record("redaction", redacts="#6", reason="court-order", authority="a court")


def asked(client: Client, path: str, **parameters: Any) -> Any:
    response = client.get(f"/api/{path}{'?' if parameters else ''}{urlencode(parameters)}")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


# The same as the commands.

POINTS: list[dict[str, str]] = [
    {}, {"as_of": "2024-03"}, {"as_of": "1999"}, {"known_at": "2024-08-01"}, {"known_at": "#5"},
    {"known_at": "yesterday"}, {"as_of": "2023-12", "known_at": "#3"}, {"as_of": "9999", "known_at": "2030"},
]  # fmt: skip


def options(parameters: dict[str, str]) -> list[str]:
    return [word for name, value in parameters.items() for word in (f"--{name.replace('_', '-')}", value)]


@pytest.mark.parametrize("parameters", POINTS, ids=str)
@pytest.mark.usefixtures("story", "by_the_clock")
def test_a_story_is_what_show_prints(client: Client, cli: Cli, parameters: dict[str, str]) -> None:
    """On both axes of time."""
    assert (
        asked(client, "stories/story", **parameters) == cli("show", "story", "--json", *options(parameters)).json
    )


@pytest.mark.usefixtures("story")
def test_events_are_what_timeline_prints(client: Client, cli: Cli) -> None:
    assert (
        asked(client, "stories/story/events")["events"]
        == cli("timeline", "story", "--by", "recorded", "--json").json
    )


@pytest.mark.usefixtures("story", "by_the_clock")
def test_stories_are_what_stories_prints(client: Client, cli: Cli, record: Callable[..., Any]) -> None:
    record("opened", "Another", story="another")
    record("closed", "The end", story="another")
    told = asked(client, "stories")
    assert told == cli("stories", "--json").json
    assert [(each["story"], each["status"], each["overdue"]) for each in told] == [
        ("another", "closed", 0), ("story", "open", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["lend", "open*", '"they', "a court", "AND", "lend OR pay"])
@pytest.mark.usefixtures("story")
def test_a_search_finds_what_search_prints(client: Client, cli: Cli, query: str) -> None:
    """Whatever the query looks like to a search engine."""
    assert asked(client, "search", q=query) == cli("search", "--json", "--", query).json
    assert asked(client, "search", q=query, limit=1) == cli("search", "--json", "--limit", "1", "--", query).json


@pytest.mark.parametrize(
    "parameters",
    [
        {"a": "#4"}, {"a": "#4", "b": "#6"}, {"a": "2024-08-01"}, {"a": "#2", "b": "#11", "as_of": "2024-02"},
        {"a": "2024-01", "b": "2024-06", "known_at": "now"}, {"a": "2024-01", "known_at": "#4"},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.usefixtures("story", "by_the_clock")
def test_a_difference_is_what_diff_prints(client: Client, cli: Cli, parameters: dict[str, str]) -> None:
    points = [parameters[name] for name in ("a", "b") if name in parameters]
    more = {name: value for name, value in parameters.items() if name not in ("a", "b")}
    printed = cli("diff", "story", *points, *options(more), "--json").json
    assert asked(client, "diff", story="story", **parameters) == printed


def test_the_story_of_this_repository(cli: Cli, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "events", tmp_path / "own" / "events")
    shutil.copy(ROOT / "tracker.toml", tmp_path / "own")
    own = Workspace(str(tmp_path / "own"))
    client = Client(Starlette(routes=operations.routes(lambda: own, Endpoints())))

    def printed(*arguments: str) -> Any:
        return cli("-C", own.root, *arguments, "--json").json

    assert asked(client, "stories") == printed("stories")
    assert asked(client, f"stories/{OWN}") == printed("show", OWN)
    for point in ({"as_of": "2023-12-31"}, {"known_at": "#13"}, {"as_of": "2023-12-31", "known_at": "#13"}):
        assert asked(client, f"stories/{OWN}", **point) == printed("show", OWN, *options(point))
    assert asked(client, f"stories/{OWN}/events")["events"] == printed("timeline", OWN, "--by", "recorded")
    assert asked(client, "search", q="supercomputer") == printed("search", "supercomputer")
    assert asked(client, "diff", story=OWN, a="#13", b="#14") == printed("diff", OWN, "#13", "#14")


# Page by page.


def test_events_come_in_pages(client: Client, desk: Workspace, record: Callable[..., Any]) -> None:
    """Each leads to the next; the last leads nowhere until there is more."""
    record("opened", "A story")
    desk.record("story", [{"type": "update", "title": f"The {number}th"} for number in range(2, 251)])
    sizes, seen, address = [], [], "/api/stories/story/events"
    while address:
        page = client.get(address).json()
        sizes.append(len(page["events"]))
        seen += [each["seq"] for each in page["events"]]
        address = (page["next"] or "").removeprefix("https://desk.example")
    assert sizes == [100, 100, 50]
    assert seen == list(range(1, 251))
    assert asked(client, "stories/story/events", after=250) == {"story": "story", "events": [], "next": None}
    record("update", "new")
    assert [each["title"] for each in asked(client, "stories/story/events", after=250)["events"]] == ["new"]
    assert asked(client, "stories/story/events", after=999_999_999)["events"] == []


@pytest.mark.usefixtures("story")
def test_in_full(client: Client, desk: Workspace) -> None:
    """A story and a page of its developments, with texts, sources and figures; the next page is in full, too."""
    desk.record("story", [{"type": "update", "title": "more", "body": "*Much* more"}] * 100)
    story = asked(client, "stories/story", full=1)
    assert story["developments"][-1]["body"] == "*Much* more"
    page = asked(client, "stories/story/events", full=1)
    assert page["events"] == story["developments"][:100]
    assert page["next"].endswith("/events?after=100&full=1")
    assert "body" not in asked(client, "stories/story", full=0)["developments"][-1]


@pytest.mark.usefixtures("story")
def test_a_page_ends_with_the_story(client: Client, desk: Workspace) -> None:
    desk.record("story", [{"type": "update", "title": "more"}] * 89)
    assert asked(client, "stories/story/events")["next"] is None


# As its description says.


@pytest.fixture
def described(client: Client) -> Any:
    return schemathesis.openapi.from_dict(client.get("/api/openapi.json").json())


def conforms(client: Client, case: Any) -> httpx.Response:
    """Whether the answer to a case is one that the description has; raises where it is not. That what may be asked
    is always given cannot be said in a schema: not every text is a date."""
    sent = case.as_transport_kwargs(base_url="http://desk.example")
    response = client.get(str(httpx.URL(sent["url"], params=sent.get("params"))))
    case.validate_response(response, excluded_checks=[positive_data_acceptance])
    return response


KNOWN = {
    "/api/stories": {},
    "/api/stories/{slug}": {"path_parameters": {"slug": "story"}},
    "/api/stories/{slug}/events": {"path_parameters": {"slug": "story"}},
    "/api/links": {"query": {"to": "story"}},
    "/api/search": {"query": {"q": "they"}},
    "/api/diff": {"query": {"story": "story", "a": "#2"}},
}
"""What makes an answer of each likely."""


@pytest.mark.slow
@pytest.mark.parametrize("path", KNOWN)
@pytest.mark.parametrize("known", [True, False], ids=["known", "anything"])
@pytest.mark.usefixtures("story")
def test_what_may_be_asked(client: Client, described: Any, path: str, known: bool) -> None:
    """The answers have the shapes that are told, and so have refusals."""
    cases = described[path]["GET"].as_strategy(**(KNOWN[path] if known else {}))

    @settings(max_examples=EXAMPLES)
    @given(cases)
    def check(case: Any) -> None:
        assert conforms(client, case).status_code < 500

    check()


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in KNOWN if path != "/api/stories"])
@pytest.mark.usefixtures("story")
def test_what_may_not_be_asked(client: Client, described: Any, path: str) -> None:
    """It is refused, as is told."""
    cases = described[path]["GET"].as_strategy(GenerationMode.NEGATIVE)

    @settings(max_examples=EXAMPLES)
    @given(cases)
    def check(case: Any) -> None:
        assert conforms(client, case).status_code < 500

    check()


@pytest.mark.slow
@pytest.mark.parametrize("path", KNOWN)
@pytest.mark.usefixtures("story")
def test_the_control(client: Client, record: Callable[..., Any], path: str) -> None:
    """Answers of another shape than is told are found."""
    record("opened", "Another", story="other")
    record("update", "It follows", story="other", see=["story#1"])
    document = client.get("/api/openapi.json").json()
    for schema in document["components"]["schemas"].values():
        schema["required"] = [*schema["required"], "moon"]
    operation = schemathesis.openapi.from_dict(document)[path]["GET"]
    known = {"path_parameters": {"slug": "story"}} if "{slug}" in path else {}
    case = operation.Case(query=KNOWN[path].get("query", {}), **known)
    with pytest.raises(FailureGroup, match="moon"):
        conforms(client, case)


@pytest.mark.slow
def test_the_description(client: Client) -> None:
    """It is OpenAPI 3.1, has every operation and nothing else, and says what keys mean."""
    document = client.get("/api/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert schemathesis.openapi.from_dict(document).validate() is None
    assert list(document["paths"]) == list(KNOWN)
    assert document["servers"] == [{"url": "https://desk.example/"}]
    shape = document["components"]["schemas"]["DevelopmentShape"]
    assert shape["description"].startswith("One line of the timeline")
    assert shape["properties"]["recorded"]["format"] == "date-time"


# Refusals.

LONG = "a" * 2_000


@pytest.mark.parametrize(
    ("address", "status", "reason"),
    [
        ("stories/stori", 404, "there is no story 'stori'. Did you mean story? api/stories lists them all."),
        ("stories/..%2f..%2ftracker.toml", 404, ""),
        ("stories/%2e%2e", 404, "there is no story '..'"),
        ("stories/st%00ry", 404, r"there is no story 'st\x00ry'"),
        ("stories/%C4%B0", 404, "there is no story 'İ'"),
        ("stories/%ff%fe/events", 404, "there is no story"),
        ("stories/story%0a", 404, r"there is no story 'story\n'"),
        (f"stories/{LONG}", 404, "a…'"),
        ("stories/con", 404, "there is no story 'con'"),
        ("diff?story=../x&a=%231", 404, "there is no story '../x'"),
        ("stories/story?as_of=2024-13", 400, "as_of: '2024-13': there is no month 13"),
        ("stories/story?as_of=2024-02-30", 400, "as_of: '2024-02-30': there is no day 30"),
        ("stories/story?as_of=2024-03/..", 400, "as_of: '2024-03/..' has no end; write the last day"),
        ("stories/story?as_of=", 400, "as_of: is empty; give it a value, or leave it out"),
        ("stories/story?as_of=%00", 400, "as_of: "),
        (f"stories/story?as_of={LONG}", 400, "as_of: is longer than 1,000 characters"),
        ("stories/story?asof=2024", 400, "there is no parameter 'asof'; did you mean as_of?"),
        ("stories/story?x=1", 400, "there are: as_of, known_at"),
        ("stories?x=1", 400, "there is no parameter 'x'; there is none here"),
        ("openapi.json?x=1", 400, "there is no parameter 'x'"),
        ("stories/story?as_of=2023&as_of=2024", 400, "as_of: is there twice; give it once"),
        ("stories/story?known_at=story%23x", 400, "known_at: 'story#x' is not a development"),
        ("stories/story/events?after=-1", 400, "after: has to be a number from 0 to 999,999,999"),
        ("stories/story/events?after=%D9%A3", 400, "after: has to be a number"),
        ("stories/story?full=yes", 400, "full: has to be a number from 0 to 1"),
        ("search", 400, "q: is missing. Words, all of which"),
        ("search?q=%00,", 400, "q: ' ,' has no word to search for"),
        ("search?q=x&limit=1001", 400, "limit: has to be a number from 1 to 1,000"),
        ("diff?story=story", 400, "a: is missing."),
        ("stories/story?known_at=2023", 422, "known_at: story was opened on 1 August 2024"),
        ("stories/story?known_at=%2399", 422, "known_at: there is no story#99; the last one is story#11"),
        ("diff?story=story&a=other%231", 422, "a: other#1 is not in story"),
        ("diff?story=story&a=%234&b=%232", 422, "a: is later than the other point; the earlier comes first"),
        ("diff?story=story&a=%232&as_of=2023&known_at=now", 422, "give one of them"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("story")
def test_a_refusal_says_what_would_work(client: Client, address: str, status: int, reason: str) -> None:
    response = client.get(f"/api/{address}")
    assert response.status_code == status, response.text
    if reason:
        assert response.headers["content-type"] == "application/problem+json"
        told = response.json()
        assert told["status"] == status
        assert reason in told["detail"]
        if told["detail"].split(":")[0].isidentifier():
            assert told["parameter"] == told["detail"].split(":")[0]


@pytest.mark.parametrize("path", ["stories/story", "stories/story/events", "diff?story=story&a=%231"])
@pytest.mark.usefixtures("story")
def test_a_damaged_story_is_no_fault_of_the_client(desk: Workspace, client: Client, path: str) -> None:
    """It is said, and not where its file is; the others can be read."""
    file = Path(desk.root, "events", "story.jsonl")
    file.write_bytes(file.read_bytes().replace(b"They pay", b"They owe"))
    response = client.get(f"/api/{path}")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "jsonl" not in response.text
    desk.record("other", [{"type": "opened", "title": "Another"}])
    assert [each["story"] for each in asked(client, "stories")] == ["other"]


def test_a_log_that_cannot_be_reached_now(desk: Workspace) -> None:
    """Whoever asks may do so again."""
    Path(desk.root, "tracker.toml").write_text('[log]\nurl = "postgresql://127.0.0.1:1/desk"\n')
    client = Client(Starlette(routes=operations.routes(lambda: Workspace(desk.root), Endpoints())))
    for path in ("stories", "stories/story", "search?q=x"):
        response = client.get(f"/api/{path}")
        assert (response.status_code, response.json()["detail"]) == (
            503, "the log cannot be read now; ask again in a minute",
        )  # fmt: skip


@pytest.mark.parametrize("file", ["tracker.toml", "events/types.toml"])
@pytest.mark.usefixtures("story")
def test_nor_is_a_broken_configuration(desk: Workspace, caplog: pytest.LogCaptureFixture, file: str) -> None:
    Path(desk.root, file).write_text("[broken")
    client = Client(Starlette(routes=operations.routes(lambda: Workspace(desk.root), Endpoints())))
    for path in ("stories", "stories/story", "openapi.json"):
        response = client.get(f"/api/{path}")
        assert (response.status_code, response.json()["detail"]) == (
            500, "the desk cannot be read; the log of this server says why",
        )  # fmt: skip
    assert f"{file}:1" in caplog.text


# HTTP.


@pytest.mark.usefixtures("story")
def test_what_is_known_is_not_sent_again(client: Client, record: Callable[..., Any]) -> None:
    """And scripts of any page may ask."""
    for address in ("/api/stories/story", "/api/stories/story/events", "/api/openapi.json", "/api/search?q=lend"):
        first = client.get(address)
        assert first.headers["cache-control"] == "max-age=60"
        assert first.headers["access-control-allow-origin"] == "*"
        again = client.get(address, if_none_match=first.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
    tag = client.get("/api/stories/story").headers["etag"]
    record("update", "new")
    assert client.get("/api/stories/story", if_none_match=tag).status_code == 200


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_it_can_only_be_read(app: Starlette, client: Client) -> None:
    """By GET and HEAD, which a server that is real answers as such."""
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        response = client.ask(method, "/api/stories/story")
        assert response.status_code == 405
        assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}
    with listening(app) as url:
        head, whole = httpx.head(f"{url}/api/stories/story"), httpx.get(f"{url}/api/stories/story")
    assert head.content == b""
    assert head.headers["content-length"] == whole.headers["content-length"]
    assert head.headers["etag"] == whole.headers["etag"]


def app_of(work: Callable[[Workspace, Asked], ApiResponse], desk: Workspace) -> Starlette:
    """An app that answers every query by this work."""

    def read(request: Request) -> Question:
        return Question(work, dict(request.query_params), None)

    return Starlette(routes=[Route("/", Endpoints()(lambda: desk, read))])


def test_work_does_not_keep_the_loop_nor_take_all_threads(desk: Workspace) -> None:
    """So many at a time as there may be, each in a thread, and no more."""
    together, lock = threading.Barrier(AT_ONCE, timeout=30), threading.Lock()
    working = most = 0

    def work(desk: Workspace, asked: Asked) -> ApiResponse:
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        together.wait()  # all of them are here at the same time
        with lock:
            working -= 1
        together.wait()
        return ApiResponse(b"done", "text/plain", 0)

    client = Client(app_of(work, desk))
    questions = [f"/?q={number}" for number in range(AT_ONCE * 3)]
    assert [each.text for each in client.together(questions)] == ["done"] * AT_ONCE * 3
    assert most == AT_ONCE


@pytest.mark.usefixtures("story")
def test_many_at_the_same_time(desk: Workspace, client: Client) -> None:
    """The read model is not there yet, and each of them makes it."""
    assert not os.path.exists(desk.database_path)
    found = client.together(["/api/search?q=lend", "/api/stories", "/api/stories/story"] * 8)
    assert {each.status_code for each in found} == {200}
    assert len({each.text for each in found[::3]}) == 1


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_a_disk_that_cannot_be_written(desk: Workspace, client: Client, record: Callable[..., Any]) -> None:
    """The read model is made in memory; of what was removed nothing is found. A damaged story is
    left out."""
    if lacking := disks.no_mounts():
        pytest.skip(lacking)
    publish(desk)
    Path(desk.root, "events", "damaged.jsonl").write_bytes(b"no event\n")
    with disks.read_only(desk.scratch):
        assert [each["seq"] for each in asked(client, "search", q="lend")] == [2, 5]
        assert len({each.text for each in client.together(["/api/search?q=lend"] * 8)}) == 1
        record("update", "They lend more")
        assert [each["seq"] for each in asked(client, "search", q="more")] == [12, 8]
        record("redaction", redacts="#2", reason="court-order", authority="a court")
        assert [each["seq"] for each in asked(client, "search", q="lend")] == [12]
    assert not os.path.exists(desk.database_path)
