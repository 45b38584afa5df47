"""What is answered over HTTP: as RFC 9110 asks, whole, and clearly refused where it is no request."""

from __future__ import annotations

import contextlib
import glob
import gzip
import itertools
import json
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import FixedClock
from tests.pictures import FILES, NAME, image
from tests.serving import PATIENCE, Answer, Running, Site, eventually, received, request, running
from tracker.feeds.atom_rss import TTL
from tracker.publishing.publisher import publish
from tracker.server import connections
from tracker.server.files import conditional, representations, url_paths
from tracker.site import headers
from tracker.templating import SERVED_HEAD, SERVED_REPLAY
from tracker.workspace import init
from tracker.workspace.desk import Workspace


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A desk with a story of three events, published long ago. Nobody changes it."""
    root, clock = str(tmp_path_factory.mktemp("desk")), FixedClock()
    init.init(root, "The desk", "https://desk.example/", "Desk", "en", clock=clock)
    with of_three(Workspace(root, clock=clock)) as site:
        yield site


@pytest.fixture
def own(desk: Workspace) -> Iterator[Running]:
    """Such a desk for one test alone."""
    with of_three(desk) as site:
        yield site


@contextlib.contextmanager
def of_three(desk: Workspace) -> Iterator[Running]:
    report = {"type": "report", "title": "They pay", "body": "A long text. " * 100}
    desk.record(
        "story", [{"type": "opened", "title": "A story"}, report, {"type": "update", "title": "It goes on"}]
    )
    publish(desk)
    long_ago(desk)
    with running(desk) as site:
        yield site


def long_ago(desk: Workspace) -> None:
    """What is published has been there since before the desk's clock began."""
    for folder, _, names in os.walk(desk.feeds):
        for name in names:
            os.utime(os.path.join(folder, name), (1_700_000_000,) * 2)


def read(desk: Workspace, path: str) -> bytes:
    with open(os.path.join(desk.feeds, path), "rb") as file:
        return file.read()


# What is served, as what.


@pytest.mark.parametrize(
    ("path", "type"),
    [
        ("/all.atom", "application/atom+xml; charset=utf-8"),
        ("/all.rss", "application/rss+xml; charset=utf-8"),
        ("/all.json", "application/feed+json"),
        ("/stories/story/developments.json", "application/feed+json"),
        ("/stories/story/heads.json", "application/json"),
        ("/stories/story/history.json", "application/json"),
        ("/stories/story/events.jsonl", "application/x-ndjson"),
        ("/stories/story/timeline.json", "application/json"),
        ("/stories/story/events.ics", "text/calendar; charset=utf-8"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/icon.svg", "image/svg+xml; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/script.js", "text/javascript; charset=utf-8"),
        ("/live.js", "text/javascript; charset=utf-8"),
        ("/", "text/html; charset=utf-8"),
        ("/stories/story/", "text/html; charset=utf-8"),
        ("/stories/story/index.html", "text/html; charset=utf-8"),
    ],
)
def test_every_kind_of_file_has_its_media_type(site: Running, path: str, type: str) -> None:
    answer = site.asks(path)
    assert (answer.status, answer.headers["content-type"]) == (200, type)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ("content-security-policy" in answer.headers) == (type.startswith("text/html") or "svg" in type)


def test_a_picture_is_served_for_long(own: Running, desk: Workspace) -> None:
    """As what it is, and to be kept: a file of that name never changes. A removed one is gone at once."""
    desk.pictures |= FILES
    desk.record("story", [{"type": "update", "title": "Seen", "image": image()}])
    publish(desk)
    answer = own.asks(f"/media/{NAME}")
    assert (answer.status, answer.body) == (200, FILES[NAME])
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "public, max-age=2592000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-encoding" not in answer.headers
    assert own.asks(f"/media/{NAME}", if_none_match=answer.headers["etag"]).status == 304
    redaction = {"type": "redaction", "redacts": "#4", "reason": "copyright", "authority": "A photographer"}
    desk.record("story", [redaction], removes=True)
    publish(desk)
    assert eventually(lambda: own.asks(f"/media/{NAME}").status == 404)


def test_what_is_served_is_what_is_published(site: Running) -> None:
    """To the byte; pages are given what only a server can do: the script that tells of news, behind their own, and
    where the story is told from its beginning."""
    assert site.asks("/all.atom").body == read(site.desk, "all.atom")
    page, served = read(site.desk, "stories/story/index.html"), site.asks("/stories/story/").body
    for marker, added in (
        (
            SERVED_HEAD,
            '<link rel="stylesheet" href="../../live.css">\n<script src="../../live.js" defer></script>',
        ),
        (
            SERVED_REPLAY,
            ', or <a href="../../replay/story.atom" rel="nofollow">from the start</a>, a development a day',
        ),
    ):
        assert served.count(added.encode()) == page.count(marker.encode()) == 1
        served = served.replace(added.encode(), marker.encode())
    assert served == page


def test_every_page_is_given_the_script_at_its_own_depth(site: Running) -> None:
    """Except for the pages that other sites frame: each reader of those would keep a stream open."""
    for path in glob.glob("**/*.html", root_dir=site.desk.feeds, recursive=True):
        page = site.asks(f"/{path}").body
        root = "../" * path.count("/")
        is_framed = path.startswith("embed/")
        assert page.count(f'<script src="{root}live.js" defer></script>'.encode()) == (not is_framed)
        assert b"<!-- served" not in page
        assert (b"/replay/story.atom" in page) == (path == "stories/story/index.html")


@pytest.mark.slow
def test_no_text_is_taken_for_the_place_of_the_script(own: Running, desk: Workspace) -> None:
    """Texts of a desk and of a story that have the markers, and the end of the head."""
    hostile = f"{SERVED_HEAD} {SERVED_REPLAY} </head> </title> --> {SERVED_HEAD}"
    body = f"{hostile}\n\n{hostile}\n\n    {hostile}\n\n[{hostile}](https://a.example/ '{hostile}')\n\n`{hostile}`"
    source = {"url": "https://a.example/1", "title": hostile, "quote": hostile}
    report = {"type": "report", "title": hostile, "body": body, "parties": ["<!-- served"], "sources": [source]}
    desk.record("hostile", [{"type": "opened", "title": hostile, "summary": body}, report])
    assert eventually(lambda: own.asks("/stories/hostile/2.html").status == 200)
    for path in ("", "stories/", "stories/hostile/", "stories/hostile/2.html"):
        page = own.asks(f"/{path}").body
        head = page.partition(b"</head>")[0]
        assert page.count(b'live.js" defer') == head.count(b'live.js" defer') == 1
        assert head.index(b"<title>") < head.index(b"live.js") < head.index(b'rel="alternate"')
        assert page.count(b">from the start</a>") == path.endswith("hostile/")
        assert b"<!--" not in page


def test_what_only_a_server_can_answer_is_there(site: Running) -> None:
    """The replay that pages lead to, and the API; both refuse what changes things as files do."""
    led = site.asks("/replay/story.atom")
    assert (led.status, led.headers["cache-control"]) == (301, "no-store")
    replay = site.asks(f"/replay/{led.headers['location']}")
    assert (replay.status, replay.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    assert site.asks("/api/stories/story").status == 200
    refused = site.asks("/api/stories", "POST")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_page_of_the_desk_s_own_is_left_alone(own: Running, desk: Workspace) -> None:
    with open(os.path.join(desk.feeds, "imprint.html"), "w", encoding="utf-8") as file:
        file.write("<html><head></head><body>The desk</body></html>")
    assert own.asks("/imprint.html").body == read(desk, "imprint.html")


def test_a_range_that_cannot_be_read_is_none(site: Running) -> None:
    assert site.asks("/stories/story/events.jsonl", range=f"bytes=0-{'9' * 5000}").status == 200


def test_a_folder_has_a_slash_at_its_end(site: Running) -> None:
    """Whoever forgets it is led there, in terms that hold behind a reverse proxy too, with what they asked for."""
    answer = site.asks("/stories/story?known=2024-08-01")
    assert (answer.status, answer.headers["location"]) == (308, "./story/?known=2024-08-01")


def test_what_is_not_there_is_a_small_page(site: Running) -> None:
    answer = site.asks("/stories/nowhere/1.html")
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b'href="../../style.css"' in answer.body
    assert b"There is nothing at this address" in answer.body


# Caches.


def test_nobody_keeps_a_copy_longer_than_the_feed_says(site: Running) -> None:
    answer = site.asks("/all.atom")
    found = re.fullmatch(r"public, max-age=([0-9]+)", answer.headers["cache-control"])
    assert found
    assert int(found[1]) <= TTL * 60


@pytest.mark.parametrize("path", ["/all.atom", "/stories/story/", "/stories/story/events.jsonl"])
def test_what_the_client_has_is_not_sent_again(site: Running, path: str) -> None:
    """Each validator alone is enough; of both, the tag counts."""
    whole = site.asks(path)
    tag, modified = whole.headers["etag"], whole.headers["last-modified"]
    for fields in (
        {"if_none_match": tag},
        {"if_none_match": f'"other", W/{tag}'},
        {"if_none_match": "*"},
        {"if_modified_since": modified},
        {"if_none_match": tag, "if_modified_since": formatdate(0, usegmt=True)},
    ):
        answer = site.asks(path, **fields)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
        assert answer.headers["cache-control"] == whole.headers["cache-control"]
    for fields in (
        {"if_none_match": '"other"'},
        {"if_none_match": '"other"', "if_modified_since": modified},
        {"if_modified_since": formatdate(0, usegmt=True)},
        {"if_modified_since": formatdate(2**32, usegmt=True)},
        {"if_modified_since": "yesterday"},
        {"if_none_match": tag.strip('"')},
    ):
        assert site.asks(path, **fields).status == 200


def test_who_wants_another_version_is_told_that_it_is_gone(site: Running) -> None:
    tag = site.asks("/all.atom").headers["etag"]
    assert site.asks("/all.atom", if_match=tag).status == 200
    assert site.asks("/all.atom", if_match=f"W/{tag}").status == 412
    assert site.asks("/all.atom", if_unmodified_since=formatdate(0, usegmt=True)).status == 412


@pytest.mark.slow
def test_two_versions_within_a_second_have_two_tags_and_no_date(own: Running, desk: Workspace) -> None:
    """A date knows whole seconds: it is told when that second is over by the desk's clock."""
    path = os.path.join(desk.feeds, "notes.txt")
    seen = []
    for text in ("one", "two"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        answer = _fresh(own, "/notes.txt", text.encode())
        assert "last-modified" not in answer.headers
        seen.append(answer.headers["etag"])
    assert seen[0] != seen[1]


def _fresh(site: Site, path: str, body: bytes) -> Answer:
    deadline = time.monotonic() + PATIENCE
    while (answer := site.asks(path)).body != body:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return answer


# Compression.


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("*", True),
        ("GZIP;Q=0.5", True),
        ("x-gzip", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("identity, gzip;q=0.5", False),
        ("gzip;q=0.5, identity;q=0.5", True),
        ("*;q=0", False),
        ("br", False),
        ("", False),
        ("gzip;q=2", False),
        ("gzip;q=", False),
        (",,;,", False),
    ],
)
def test_a_text_is_compressed_for_who_takes_that(site: Running, accepted: str, is_packed: bool) -> None:
    """Each form has a tag of its own, and caches are told."""
    plain, answer = site.asks("/all.atom"), site.asks("/all.atom", accept_encoding=accepted)
    assert (answer.headers.get("content-encoding") == "gzip") == is_packed
    assert (gzip.decompress(answer.body) if is_packed else answer.body) == read(site.desk, "all.atom")
    assert (answer.headers["etag"] != plain.headers["etag"]) == is_packed
    assert answer.headers["vary"] == "Accept-Encoding"
    again = site.asks("/all.atom", accept_encoding=accepted, if_none_match=answer.headers["etag"])
    assert (again.status, again.headers["etag"]) == (304, answer.headers["etag"])


def test_a_log_and_what_is_small_are_not_compressed(site: Running) -> None:
    for path in ("/stories/story/events.jsonl", "/icon.svg"):
        assert "content-encoding" not in site.asks(path, accept_encoding="gzip").headers


# Parts of a log.


@pytest.mark.parametrize(
    ("range", "start", "stop"),
    [("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=10-", 10, None), ("bytes=-5", -5, None),
     ("bytes=10-999999999", 10, None), ("BYTES=0-4", 0, 5), ("bytes=-999999999", 0, None)],
)  # fmt: skip
def test_a_part_of_a_log_can_be_had(site: Running, range: str, start: int, stop: int | None) -> None:
    log = read(site.desk, "stories/story/events.jsonl")
    answer = site.asks("/stories/story/events.jsonl", range=range)
    assert (answer.status, answer.body) == (206, log[start:stop])
    first = start % len(log)
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.body) - 1}/{len(log)}"


@pytest.mark.parametrize("range", ["bytes=999999999-", "bytes=-0"])
def test_a_part_beyond_the_end_is_refused(site: Running, range: str) -> None:
    log = read(site.desk, "stories/story/events.jsonl")
    answer = site.asks("/stories/story/events.jsonl", range=range)
    assert (answer.status, answer.headers["content-range"]) == (416, f"bytes */{len(log)}")


@pytest.mark.parametrize("range", ["bytes=5-1", "bytes=-", "lines=0-1", "bytes=0-1,3-4", "bytes", "bytes=a-b"])
def test_what_is_no_single_range_gives_all(site: Running, range: str) -> None:
    answer = site.asks("/stories/story/events.jsonl", range=range)
    assert (answer.status, answer.body) == (200, read(site.desk, "stories/story/events.jsonl"))


def test_a_part_is_of_the_version_that_the_client_has(site: Running) -> None:
    """If-Range: else it gets all of the new one."""
    path = "/stories/story/events.jsonl"
    whole = site.asks(path).headers
    for version, status in ((whole["etag"], 206), (whole["last-modified"], 206), ('"other"', 200),
                            (f"W/{whole['etag']}", 200), (formatdate(0, usegmt=True), 200)):  # fmt: skip
        assert site.asks(path, range="bytes=0-9", if_range=version).status == status
    assert site.asks(path, range="bytes=0-9", if_none_match=whole["etag"]).status == 304


def test_only_logs_are_given_in_parts(site: Running) -> None:
    answer = site.asks("/all.atom", range="bytes=0-1")
    assert answer.status == 200
    assert "accept-ranges" not in answer.headers


def test_a_log_that_is_too_large_for_the_memory_is_read_in_parts(
    own: Running, desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.server.files.cache.MOST_EACH", 100)
    log = read(desk, "stories/story/events.jsonl") * 500
    with open(os.path.join(desk.feeds, "stories/story/copy.jsonl"), "wb") as file:
        file.write(log)
    whole = own.asks("/stories/story/copy.jsonl", accept_encoding="gzip")
    assert whole.body == log
    assert own.asks("/stories/story/copy.jsonl", if_none_match=whole.headers["etag"]).status == 304
    assert own.asks("/stories/story/copy.jsonl", range="bytes=1000-900000").body == log[1000:900001]
    assert own.asks("/stories/story/copy.jsonl", "HEAD").headers["content-length"] == str(len(log))


# Methods.


def test_a_head_says_what_the_whole_would(site: Running) -> None:
    for path in ("/all.atom", "/", "/stories/story/events.jsonl", "/nothing", "/healthz", "/stories/story"):
        whole, head = site.asks(path), site.asks(path, "HEAD")
        assert head.same_as(whole._replace(body=b""))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["/all.atom", "/", "/nothing", "/healthz", "/live"])
def test_nothing_can_be_written(site: Running, method: str, path: str) -> None:
    answer = site.asks(path, method, content_length="0")
    assert answer.status == 405
    assert {"GET", "HEAD"} <= set(answer.headers["allow"].split(", "))


def test_options_say_what_can_be_done(site: Running) -> None:
    answer = site.asks("/all.atom", "OPTIONS")
    assert (answer.status, answer.headers["allow"], answer.body) == (204, "GET, HEAD, OPTIONS", b"")
    asked = {"origin": "https://elsewhere.example", "access_control_request_method": "GET"}
    answer = site.asks("/all.atom", "OPTIONS", **asked)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "If-None-Match" in answer.headers["access-control-allow-headers"]


def test_scripts_of_other_sites_may_read_feeds_and_data(site: Running) -> None:
    """And no pages."""
    for path in ("/all.atom", "/all.json", "/heads.json", "/stories/story/events.jsonl"):
        answer = site.asks(path)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "ETag" in answer.headers["access-control-expose-headers"]
        again = site.asks(path, if_none_match=answer.headers["etag"])
        assert (again.status, again.headers["access-control-allow-origin"]) == (304, "*")
    for path in ("/", "/script.js"):
        assert "access-control-allow-origin" not in site.asks(path).headers


@pytest.mark.slow
def test_feeds_name_themselves_and_the_hub(desk: Workspace, record: Callable[..., Any]) -> None:
    record("opened", "A story")
    with open(os.path.join(desk.root, "tracker.toml"), encoding="utf-8") as file:
        text = file.read()
    with open(os.path.join(desk.root, "tracker.toml"), "w", encoding="utf-8") as file:
        file.write('hub = "https://hub.example/"\n' + text)
    with running(desk) as site:
        links = site.asks("/stories/story/developments.rss").headers["link"]
    own = "https://desk.example/stories/story/developments.rss"
    assert links == f'<{own}>; rel="self", <https://hub.example/>; rel="hub"'


# What is no request.

BAD = {
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "an empty host": (b"GET / HTTP/1.1\r\nHost: \r\n\r\n", 200),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "an odd host": (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "a host with a name": (b"GET / HTTP/1.1\r\nHost: me@a\r\n\r\n", 400),
    "an address as host": (b"GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n", 200),
    "1.0 needs no host": (b"GET /all.atom HTTP/1.0\r\n\r\n", 200),
    "an absolute target": (b"GET http://a.example/all.atom HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    "an absolute target without a path": (b"GET http://a.example HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "an asterisk": (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204),
    "an asterisk for all": (b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "no method": (b"FETCH / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a tunnel": (b"CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "broken encoding": (b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "half an encoding": (b"GET /all.atom% HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a NUL": (b"GET /all.atom%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a raw NUL": (b"GET /all\x00.atom HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a line break": (b"GET /%0d%0aset-cookie:a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "no UTF-8": (b"GET /%ff%fe HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "raw UTF-8": ("GET /café HTTP/1.1\r\nHost: a\r\n\r\n".encode(), 400),
    "up": (b"GET /../tracker.toml HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "up, encoded": (b"GET /%2e%2e/tracker.toml HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "up, with encoded slashes": (b"GET /..%2f..%2f/etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "up, with backslashes": (b"GET /..%5c..%5ctracker.toml HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "up, later": (b"GET /stories/../../tracker.toml HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "absolute": (b"GET //etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "two slashes": (b"GET /stories//story/ HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "a hidden file": (b"GET /.secret HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "a file as folder": (b"GET /all.atom/ HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "a long name": (b"GET /" + b"a" * 300 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "a deep path": (b"GET " + b"/a" * 3000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "a long path": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "a long query": (b"GET /all.atom?" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "an odd query": (b"GET /all.atom?%zz&&==&known=%ff HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    "a fragment": (b"GET /all.atom#x HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    "long fields": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", 431),
    "empty fields": (
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(map(b"X%d:\r\n".__mod__, range(8_000))) + b"\r\n", 431),
    "one empty field": (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X:\r\n" * 12_000 + b"\r\n", 431),
    "a long name of a field": (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X" * 40_000 + b": a\r\n\r\n", 431),
    "many fields": (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: aaaaaaaa\r\n" * 5_000 + b"\r\n", 431),
    "fields without end": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 5_000_000, 431),
    "a path without end": (b"GET /" + b"a" * 5_000_000, 431),
    "a folded field": (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400),
    "a space before the colon": (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    "a length and chunks": (
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "a body": (b"GET /all.atom HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 200),
    "chunks": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED \r\n\r\n0\r\n\r\n", 405),
    **{
        f"transfer coding {coding.decode()}": (
            b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: %s\r\n\r\n0\r\n\r\n" % coding, 400)
        for coding in (b"xchunked", b"chunkedx", b"chunked, chunked", b"gzip, chunked", b"chunked;a=1",
                       b"identity", b"gzip", b"\x0bchunked", b"")
    },
    "two transfer codings": (
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n", 400),
    "chunks in 1.0": (b"GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "an odd version": (b"GET / HTTP/7.0\r\nHost: a\r\n\r\n", 400),
    "another protocol": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50, 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "nothing known of the story": (b"GET /stories/nowhere/live HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "odd conditions": (b'GET /all.atom HTTP/1.1\r\nHost: a\r\nIf-None-Match: "\xff\r\nIf-Modified-Since: \xfe\r\n'
                       b"Range: \xff\r\nAccept-Encoding: \xff;;=\r\n\r\n", 200),
    "an upgrade": (b"GET /all.atom HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 200),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_odd_requests_are_answered_clearly(site: Running, name: str) -> None:
    """What is wrong with it is the client's fault, and is said; nothing is a fault of the server."""
    sent, status = BAD[name]
    with site.connects() as connection, connection.makefile("rb") as answers:
        try:
            connection.sendall(sent)
        except ConnectionError:
            assert status == 431  # who does not end is cut short
        answer = received(answers)
    assert answer
    assert answer.status == status
    if status >= 400 and status != 412:
        assert answer.headers["content-type"].startswith("text/")
        assert b"root:" not in answer.body
    assert site.asks("/all.atom").status == 200


def test_nothing_outside_the_folder_is_reached(own: Running, desk: Workspace) -> None:
    """By no symbolic link, be it a file or a folder; nor is a pipe waited for."""
    os.symlink(os.path.join(desk.root, "tracker.toml"), os.path.join(desk.feeds, "link.toml"))
    os.symlink(desk.root, os.path.join(desk.feeds, "up"))
    os.mkfifo(os.path.join(desk.feeds, "pipe.txt"))
    for path in ("/link.toml", "/up/tracker.toml", "/up/", "/pipe.txt"):
        assert own.asks(path).status == 404


def test_who_does_not_read_is_not_read_from(site: Running) -> None:
    """Nor are answers made for them without end. Others are answered meanwhile, and what comes is in order."""
    pages = [site.asks(path) for path in ("/stories/story/", "/all.atom")]
    sent = request("/stories/story/") + request("/all.atom")
    with site.connects() as connection, connection.makefile("rb") as answers:
        connection.sendall(sent * 1_000)
        assert site.asks("/all.atom").status == 200
        for number in range(300):
            answer = received(answers)
            assert answer
            assert answer.same_as(pages[number % 2])


@pytest.mark.slow
def test_who_asks_without_end_and_reads_nothing_is_cut_off(site: Running) -> None:
    """Before their requests fill the memory; others are answered."""
    with site.connects() as connection:
        with pytest.raises(ConnectionError):
            connection.sendall(request("/all.atom") * 1_000_000)
        assert site.asks("/all.atom").status == 200


def test_requests_that_come_in_pieces_or_together_are_answered_in_order(site: Running) -> None:
    """What is answered at once does not overtake what is not. An empty line before a request is passed over."""
    paths = ["/all.atom", "/nothing", "/all.rss", "/stories/story", "/healthz", "/all.atom", "/all.json"]
    expected = [site.asks(path) for path in paths]
    sent = b"\r\n" + b"".join(map(request, paths))
    for size in (1, 7, 100, len(sent)):
        with site.connects() as connection, connection.makefile("rb") as answers:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for start in range(0, len(sent), size):
                connection.sendall(sent[start : start + size])
            for one in expected:
                answer = received(answers)
                assert answer
                assert answer.same_as(one)


def test_a_connection_goes_on_until_the_client_ends_it(site: Running) -> None:
    with site.connects() as connection, connection.makefile("rb") as answers:
        for path in ("/all.atom", "/nothing", "/all.atom"):
            connection.sendall(request(path))
            assert received(answers)
        connection.sendall(request("/all.atom", connection="close"))
        last = received(answers)
        assert last
        assert last.headers["connection"] == "close"
        assert answers.read() == b""


@pytest.mark.slow
@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n", request("/all.atom")])
def test_who_is_silent_for_long_is_cut_off(site: Running, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether nothing was asked for, half a request, or all that there was. Who listens to a stream is not."""
    monkeypatch.setattr(connections, "PATIENCE", 0.3)
    monkeypatch.setattr(site.server.config, "timeout_keep_alive", 0.3)
    with site.connects() as connection, site.connects() as listening:
        listening.sendall(request("/live"))
        assert listening.recv(1000)
        connection.sendall(sent)
        read_to_the_end(connection)
        listening.settimeout(0.5)
        with pytest.raises(TimeoutError):
            read_to_the_end(listening)


@pytest.mark.slow
def test_who_sends_a_request_letter_by_letter_is_cut_off(site: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.5)

    def goes_on(connection: socket.socket) -> None:
        for letter in itertools.repeat(b"a"):
            connection.sendall(letter)
            time.sleep(0.02)

    with site.connects() as connection:
        connection.sendall(b"GET /")
        with pytest.raises(ConnectionError):
            goes_on(connection)


def read_to_the_end(connection: socket.socket) -> None:
    while connection.recv(100_000):
        pass


# The parts that are pure.


@pytest.mark.parametrize("kind", ["atom", "rss", "xml", "svg", "css", "csv", "html", "ics", "js", "opml", "txt"])
def test_a_text_has_its_charset(kind: str) -> None:
    assert headers.media_type(f"all.{kind}").endswith("; charset=utf-8")


@pytest.mark.parametrize("kind", ["json", "jsonl", "toml", "png", "woff2", "bin"])
def test_a_type_that_has_no_such_parameter_has_none(kind: str) -> None:
    """JSON is in UTF-8 in any case (RFC 8259)."""
    assert ";" not in headers.media_type(f"all.{kind}")


def test_a_time_to_come_hides_no_new_version() -> None:
    """As 13.1.3 asks; a client's clock may be ahead."""
    fields = {b"if-modified-since": conditional.http_date(100)}
    assert conditional.status(fields, b'"a"', 50, lambda: 100) == 304
    assert conditional.status(fields, b'"a"', 50, lambda: 99) == 200


@given(st.binary(max_size=60))
def test_no_field_is_a_fault(value: bytes) -> None:
    """Whatever stands in it."""
    names = (b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since", b"if-range", b"range")
    fields = dict.fromkeys(names, value)
    assert conditional.status(fields, b'"a"', 0) in (200, 304, 412)
    conditional.part(fields, b'"a"', None, 10)
    assert conditional.takes_gzip(value) in (True, False)
    conditional.is_host(value)


@given(st.binary(max_size=60))
def test_no_target_leads_up(target: bytes) -> None:
    try:
        path = url_paths.path_of(target)
    except url_paths.BadTarget:
        return
    if path is not None:
        assert os.path.normpath(path) == path
        assert not path.startswith(("/", ".."))


def test_the_same_bytes_have_the_same_tag_everywhere() -> None:
    place = representations.PublicAddress("https://desk.example/", "")
    one, other = (representations.version("all.atom", b"<feed/>" * 99, when, place) for when in (1, 2))
    assert one.plain.etag == other.plain.etag
    assert one.gzip
    assert other.gzip
    assert (one.gzip.etag, one.gzip.body) == (other.gzip.etag, other.gzip.body)
    assert json.dumps(headers.media_type("x.unknown")) == '"application/octet-stream"'
