"""The feed that tells a story from its beginning, as those get it who subscribe to it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import feedparser
import pytest
from starlette.applications import Starlette

from tests.asgi import Client, listening
from tests.conformance import check_atom, check_json_feed, check_rss
from tests.conftest import FixedClock
from tests.strategies import Stream
from tests.subscribers import Newsboat, Reader
from tracker.domain.events import Update
from tracker.feeds.schedule import ORDERS
from tracker.publishing.publisher import publish
from tracker.server.api import replay_feed
from tracker.server.api.endpoints import Endpoints
from tracker.text.dates import later
from tracker.workspace.desk import Workspace

CHECKS: dict[str, Callable[[bytes], None]] = {"atom": check_atom, "rss": check_rss, "json": check_json_feed}

TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json",
}

DAILY = "?start=2024-09-01&pace=1d"


@pytest.fixture
def app(desk: Workspace) -> Starlette:
    return Starlette(routes=replay_feed.routes(lambda: desk, Endpoints()))


@pytest.fixture
def client(app: Starlette) -> Client:
    return Client(app)


@pytest.fixture
def at(clock: FixedClock) -> Callable[[str], None]:
    """``at("2024-09-01T12:00")`` sets the clock, to UTC."""

    def at(text: str) -> None:
        clock.instant = datetime.fromisoformat(f"{text}+00:00")

    return at


@pytest.fixture
def story(record: Callable[..., Any]) -> None:
    """A story of five developments."""
    record("opened", "A story")
    record("report", "They pay", body="Some *text*.", occurred="2024-03")
    record("update", "AT&T <b>bold</b> ]]> 💰", occurred="2024-02")
    record("update", "more")
    record("correction", corrects="#2", changes={"title": "They lend"}, why="misread")


def told(client: Client, query: str = DAILY, slug: str = "story") -> list[dict[str, Any]]:
    """The items, newest first."""
    response = client.get(f"/replay/{slug}.json{query}")
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def numbers(client: Client, query: str = DAILY) -> list[int]:
    return [item["_tracker"]["seq"] for item in told(client, query)]


@pytest.mark.usefixtures("story")
def test_a_development_a_day(client: Client, at: Callable[[str], None]) -> None:
    at("2024-08-31T23:59")
    assert numbers(client) == []
    at("2024-09-01T00:00")
    assert numbers(client) == [1]
    at("2024-09-03T12:00")
    assert numbers(client) == [3, 2, 1]
    assert [item["date_published"][:19] for item in told(client)] == [
        f"2024-09-0{day}T00:00:00" for day in (3, 2, 1)
    ]


@pytest.mark.usefixtures("story")
def test_in_the_order_of_the_world(client: Client, at: Callable[[str], None]) -> None:
    at("2024-09-09T12:00")
    assert numbers(client, f"{DAILY}&order=occurred") == [5, 4, 2, 3, 1]


@pytest.mark.usefixtures("story")
def test_it_goes_on_as_the_live_feed(
    desk: Workspace, client: Client, record: Callable[..., Any], at: Callable[[str], None]
) -> None:
    """With the same entries, in the same words, as soon as they are recorded."""
    at("2024-10-01T12:00")
    recorded = record("update", "new")
    item = told(client)[0]
    assert item["title"] == "A story: new"
    assert item["date_published"] == recorded.event.recorded
    publish(desk)
    live = json.loads(Path(desk.feeds, "stories/story/developments.json").read_bytes())["items"]
    assert [each["_tracker"]["event"] for each in told(client)] == [each["id"] for each in live]
    for key in ("url", "title", "summary", "tags", "authors"):
        assert [each.get(key) for each in told(client)] == [each.get(key) for each in live]
    assert item["content_html"] == live[0]["content_html"]
    assert (
        told(client)[1]["content_html"]
        == "<p>Recorded on 1 August 2024, 12:00 UTC.</p>\n" + live[1]["content_html"]
    )


@pytest.mark.usefixtures("story")
def test_it_tells_what_is_true(client: Client, at: Callable[[str], None]) -> None:
    """What was corrected since says so at its turn; the correction comes at its own."""
    at("2024-09-02T12:00")
    item = told(client)[0]
    assert item["title"] == "A story: They lend (corrected)"
    assert "Misread." in item["content_html"]
    assert item["date_modified"] == item["date_published"]
    at("2024-09-05T12:00")
    correction = told(client)[0]
    assert correction["title"] == "A story: Correction: “They lend”"
    assert correction["_tracker"]["about"] == item["id"]


@pytest.mark.usefixtures("story")
def test_an_entry_moves_when_it_is_amended_after_its_turn(
    client: Client, record: Callable[..., Any], at: Callable[[str], None]
) -> None:
    at("2024-09-04T12:00")
    before = told(client)
    retraction = record("retraction", retracts="#3", why="it was wrong")
    after = told(client)
    assert [each["id"] for each in after] == [each["id"] for each in before]
    assert after[1]["title"].endswith(" (withdrawn)")
    assert after[1]["date_modified"] == later(retraction.event.recorded, 1)
    assert after[1]["date_published"] == before[1]["date_published"]
    assert (after[0], after[2]) == (before[0], before[2])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("format", CHECKS)
@pytest.mark.usefixtures("story")
def test_a_removed_text_is_gone(
    client: Client, record: Callable[..., Any], at: Callable[[str], None], order: str, format: str
) -> None:
    """At once where it was told, and where it was not it never is; in Atom with a tombstone for those who know
    these."""
    at("2024-09-02T12:00")
    address = f"/replay/story.{format}{DAILY}&order={order}"
    client.get(address)
    record("redaction", redacts="#2", reason="court-order", authority="a court")
    for day in ("2024-09-02T13:00", "2024-09-03T12:00", "2024-09-20T12:00"):
        at(day)
        text = client.get(address).text
        CHECKS[format](text.encode())
        assert not re.search(r"They (?:pay|lend)|Some <em>text|[Mm]isread", text)
    assert text.count("A text that we removed") > 0
    if format == "atom":
        (tombstone, *_) = re.findall(r'deleted-entry [^>]*ref="([^"]*)"', text)
        assert f"<id>{tombstone}</id>" in text


def test_ids_are_those_of_this_replay(
    desk: Workspace, client: Client, record: Callable[..., Any], at: Callable[[str], None]
) -> None:
    """The same whenever it is asked for, in every format, pace and order; others with another start, and others
    than those of the live feed."""
    ids = {f"urn:uuid:{record('opened', 'A story').event.id}", f"urn:uuid:{record('update', 'more').event.id}"}
    at("2024-09-20T12:00")
    replayed = {item["id"] for item in told(client)}
    at("2024-10-20T12:00")
    for query in ("?start=2024-09-01", f"{DAILY}&order=occurred", "?start=2024-09-01T00:00Z&pace=1h"):
        assert {item["id"] for item in told(client, query)} == replayed
        for format in ("atom", "rss"):
            parsed = feedparser.parse(client.get(f"/replay/story.{format}{query}").content)
            assert {entry.id for entry in parsed.entries} == replayed
    again = {item["id"] for item in told(client, "?start=2024-09-02")}
    assert len(ids | replayed | again) == 6


@pytest.mark.parametrize("format", CHECKS)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.usefixtures("story")
def test_documents_are_valid(client: Client, at: Callable[[str], None], format: str, order: str) -> None:
    """From the first day to the last; and say what they are, and where."""
    for day in ("2024-08-20T12:00", "2024-09-01T12:00", "2024-09-03T12:00", "2024-09-30T12:00"):
        at(day)
        response = client.get(f"/replay/story.{format}{DAILY}&order={order}")
        assert response.status_code == 200
        assert response.headers["content-type"] == TYPES[format]
        CHECKS[format](response.content)
    if format != "json":
        parsed = feedparser.parse(response.content)
        assert not parsed.bozo
        assert parsed.feed.title == "A story, from the beginning"
        assert parsed.feed.subtitle.startswith(
            "A development every day from 1 September 2024 on, in the order in which"
        )
        by_rel = {link.rel: link.href for link in parsed.feed.links if link.rel == "self"}
        assert by_rel["self"] == f"https://desk.example/replay/story.{format}{DAILY}&order={order}"


def test_a_document_has_the_newest(
    client: Client, desk: Workspace, record: Callable[..., Any], at: Callable[[str], None]
) -> None:
    """As many as other feeds have, in as many bytes."""
    record("opened", "A story")
    desk.record("story", [{"type": "update", "title": f"The {number}th"} for number in range(2, 400)])
    at("2024-09-02T00:00")
    for format, check in CHECKS.items():
        response = client.get(f"/replay/story.{format}?start=2024-09-01&pace=1m")
        check(response.content)
        assert len(response.content) < 250_000
    titles = [item["title"] for item in told(client, "?start=2024-09-01&pace=1m")]
    assert 100 < len(titles) <= 300
    assert titles == [f"A story: The {number}th" for number in range(399, 399 - len(titles), -1)]


def test_a_closed_story_ends(client: Client, record: Callable[..., Any], at: Callable[[str], None]) -> None:
    """When all of it is told; no hub is told of it."""
    record("opened", "A story")
    record("closed", "The end")
    at("2024-09-01T12:00")
    assert "expired" not in client.get(f"/replay/story.json{DAILY}").json()
    at("2024-09-02T12:00")
    assert client.get(f"/replay/story.json{DAILY}").json()["expired"] is True


@pytest.mark.usefixtures("story")
def test_nothing_of_another_clock_s_future_is_told(
    client: Client, record: Callable[..., Any], at: Callable[[str], None]
) -> None:
    """An event of a machine whose clock is ahead is not there yet, nor what it did."""
    at("2024-09-20T12:00")
    before = told(client)
    at("2024-09-20T13:00")
    record("retraction", retracts="#2", why="it was wrong")
    at("2024-09-20T12:00")
    assert told(client) == before
    at("2024-01-01T12:00")
    assert client.get("/replay/story.json?start=2023-01-01").status_code == 404


# The beginning.


@pytest.mark.usefixtures("story")
def test_without_a_start_it_leads_to_one(client: Client, at: Callable[[str], None]) -> None:
    """For good, for this client alone, and keeping what else was asked."""
    at("2024-09-07T12:00")
    response = client.get("/replay/story.atom")
    assert response.status_code == 301
    assert response.headers["cache-control"] == "no-store"
    location = urljoin("http://desk.example/replay/story.atom", response.headers["location"])
    assert location == "http://desk.example/replay/story.atom?start=2024-09-07&pace=1d"
    assert [entry.title for entry in feedparser.parse(client.get(location).content).entries] == ["A story"]
    other = client.get("/replay/story.rss?order=occurred&pace=12h").headers["location"]
    assert other == "story.rss?start=2024-09-07&pace=12h&order=occurred"


# HTTP.


@pytest.mark.usefixtures("story")
def test_what_is_known_is_not_sent_again(
    client: Client, record: Callable[..., Any], at: Callable[[str], None]
) -> None:
    """By its tag or by its date, until there is something new."""
    at("2024-09-02T12:00")
    address = f"/replay/story.atom{DAILY}"
    first = client.get(address)
    tag, date = first.headers["etag"], first.headers["last-modified"]
    assert parsedate_to_datetime(date).isoformat() == "2024-09-02T00:00:00+00:00"
    for known in ({"if_none_match": tag}, {"if_none_match": f'"x", W/{tag}'}, {"if_none_match": "*"},
                  {"if_modified_since": date}):  # fmt: skip
        response = client.get(address, **known)
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == tag
    earlier = "Sun, 01 Sep 2024 12:00:00 GMT"
    for other in ({"if_none_match": '"x"'}, {"if_none_match": '"x"', "if_modified_since": date},
                  {"if_modified_since": earlier}, {"if_modified_since": "lately"}):  # fmt: skip
        assert client.get(address, **other).status_code == 200
    at("2024-09-03T00:00")
    for known in ({"if_none_match": tag}, {"if_modified_since": date}):
        assert client.get(address, **known).status_code == 200


@pytest.mark.usefixtures("story")
def test_no_date_is_told_in_the_second_of_the_last_change(
    client: Client, record: Callable[..., Any], clock: FixedClock, at: Callable[[str], None]
) -> None:
    """Another change in that second would go unseen."""
    at("2024-09-20T12:00")
    record("update", "new")
    before = clock.instant
    assert "last-modified" in client.get(f"/replay/story.atom{DAILY}").headers
    clock.instant = before.replace(second=before.second - 1)
    assert "last-modified" not in client.get(f"/replay/story.atom{DAILY}").headers


@pytest.mark.usefixtures("story")
def test_how_long_it_may_be_kept(client: Client, at: Callable[[str], None]) -> None:
    """A minute, and not beyond the next turn."""
    at("2024-09-02T12:00")
    assert client.get(f"/replay/story.atom{DAILY}").headers["cache-control"] == "max-age=60"
    at("2024-09-02T23:59:48")
    assert client.get(f"/replay/story.atom{DAILY}").headers["cache-control"] == "max-age=11"


@pytest.mark.usefixtures("story")
def test_only_the_head_of_it(client: Client, at: Callable[[str], None]) -> None:
    at("2024-09-02T12:00")
    whole = client.get(f"/replay/story.atom{DAILY}")
    head = client.ask("HEAD", f"/replay/story.atom{DAILY}")
    assert head.content == b""
    assert head.headers == whole.headers
    assert client.ask("POST", f"/replay/story.atom{DAILY}").status_code == 405


@pytest.mark.parametrize(
    ("address", "status", "reason"),
    [
        ("other.atom", 404, "there is no story 'other'"),
        ("stori.atom", 404, "Did you mean story?"),
        ("story", 404, "There are .atom, .rss, .json."),
        ("story.xml", 404, "There are .atom, .rss, .json."),
        ("..%2f..%2fetc%2fpasswd", 404, ""),
        ("%2e%2e.atom", 404, "there is no story '..'"),
        ("st%00ry.atom", 404, r"there is no story 'st\x00ry'"),
        ("%ff%fe.atom", 404, "there is no story"),
        (f"{'a' * 500}.atom", 404, "a…'"),
        ("story.atom?start=2024-13-01", 400, "there is no month 13"),
        ("story.atom?start=", 400, "start: is empty; give it a value, or leave it out"),
        ("story.atom?start=lately", 400, "is no day; write one, like 2026-11-23"),
        ("story.atom?start=0000-01-01", 400, "years run from 0001"),
        ("story.atom?pace=1s", 400, "write one from 1m to 365d"),
        ("story.atom?order=size", 400, "there are recorded and occurred"),
        ("story.atom?stat=2024-09-01", 400, "did you mean start?"),
        ("story.atom?x=1", 400, "there are: start, pace, order"),
        ("story.atom?pace=1d&pace=2d", 400, "pace: is there twice; give it once"),
        (f"story.atom?pace={'1' * 2000}", 400, "pace: is longer than 1,000 characters"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("story")
def test_a_refusal_says_what_would_work(client: Client, address: str, status: int, reason: str) -> None:
    response = client.get(f"/replay/{address}")
    assert response.status_code == status
    if reason:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == status
        assert reason in response.json()["detail"]


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59.999-14:00"])
@pytest.mark.usefixtures("story")
def test_the_ends_of_time(client: Client, text: str) -> None:
    assert client.get(f"/replay/story.atom?start={text}&pace=365d").status_code in (200, 400)


@pytest.mark.usefixtures("story")
def test_a_damaged_log_is_no_fault_of_the_client(
    desk: Workspace, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said without telling the world where files are."""
    path = Path(desk.root, "events", "story.jsonl")
    path.write_bytes(path.read_bytes().replace(b"They pay", b"They owe"))
    response = client.get(f"/replay/story.atom{DAILY}")
    assert response.status_code == 500
    assert response.json()["detail"] == "the desk cannot be read; the log of this server says why"
    assert "story.jsonl:2" in caplog.text


def test_nor_is_a_forged_one(desk: Workspace, client: Client) -> None:
    """Its chain holds, and no feed may say two things under one id."""
    stream = Stream()
    stream.add("opened", "A story")
    stream.put(Update(title="more", id=stream.events[0].id))
    Path(desk.root, "events", "story.jsonl").write_bytes(b"".join(stream.lines))
    assert client.get(f"/replay/story.atom{DAILY}").status_code == 500


def test_many_stories(client: Client, record: Callable[..., Any], at: Callable[[str], None]) -> None:
    """More than are kept as they were told: each is told right, the first again too."""
    slugs = [f"story-{number}" for number in range(replay_feed.KEPT + 2)]
    for slug in slugs:
        record("opened", f"Of {slug}", story=slug)
    at("2024-09-01T12:00")
    for slug in [*slugs, slugs[0]]:
        assert [item["title"] for item in told(client, slug=slug)] == [f"Of {slug}"]


# Real readers.


@pytest.mark.parametrize("format", CHECKS)
@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_a_reader_follows_it(app: Starlette, tmp_path: Path, at: Callable[[str], None], format: str) -> None:
    """From the start on, poll by poll; each development once."""
    program = Reader(tmp_path)
    with listening(app) as url:
        feed = f"{url}/replay/story.{format}{DAILY}"
        for day, titles in (
            ("2024-09-01T12:00", ["A story"]),
            ("2024-09-02T12:00", ["A story: They lend (corrected)", "A story"]),
            ("2024-09-02T13:00", ["A story: They lend (corrected)", "A story"]),
        ):
            at(day)
            assert [item.title for item in program.polls(feed)] == titles
        at("2024-09-06T12:00")
        assert len(program.polls(feed)) == 5
        assert program.counts[feed].new == 3


@pytest.mark.debian
@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_newsboat_shows_it_beside_the_live_feed(
    desk: Workspace, app: Starlette, tmp_path: Path, at: Callable[[str], None]
) -> None:
    """It drops what it knows from another feed, which an entry with the event's own id would be."""
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles

    publish(desk)
    app.routes.append(Mount("/", StaticFiles(directory=desk.feeds)))
    program = Newsboat(tmp_path)
    with listening(app) as url:
        at("2024-09-02T12:00")
        live, replayed = f"{url}/stories/story/developments.atom", f"{url}/replay/story.atom{DAILY}"
        program.polls(live, replayed)
        at("2024-09-03T12:00")
        program.polls(live, replayed)
    with closing(sqlite3.connect(tmp_path / "cache.db")) as cache:
        query = "SELECT feedurl, count(*) FROM rss_item GROUP BY feedurl"
        assert dict(cache.execute(query)) == {live: 5, replayed: 3}
