"""A hub is told what was published; whatever it does, publishing goes on."""

from __future__ import annotations

import http.server
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tracker import __version__
from tracker.errors import BadInput
from tracker.publishing import websub

TOPICS = ["https://desk.example/all.atom", "https://desk.example/all.rss", "https://desk.example/stories/a.atom"]

Answer = tuple[int, dict[str, str]]
OK: Answer = (204, {})


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine's own settings are."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Hub:
    """A server that gives these answers in turn, the last one for ever, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [OK]
        self.body = b""
        self.posts: list[dict[str, list[str]]] = []
        self.sent: list[dict[str, str]] = []
        self.asked: list[str] = []
        self.connections = 0
        self.said: list[str] = []
        self.address = ""

    @property
    def topics(self) -> list[str]:
        return [post["hub.url"][0] for post in self.posts]

    def ping(self, topics: list[str] = TOPICS, **values: Any) -> list[str]:
        return websub.ping(values.pop("hub", self.address), topics, tell=self.said.append, **values)


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            hub.connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hub.asked.append(f"POST {self.path}")
            hub.sent.append(dict(self.headers))
            hub.posts.append(parse_qs(body.decode(), strict_parsing=True))
            status, headers = hub.answers.pop(0) if len(hub.answers) > 1 else hub.answers[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(hub.body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(hub.body)

        def do_GET(self) -> None:
            hub.asked.append(f"GET {self.path}")
            self.send_error(200)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *args: Any) -> None:
            """Who asked may have gone."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    hub.address = f"http://127.0.0.1:{server.server_port}/push"
    yield hub
    server.shutdown()
    server.server_close()


@contextmanager
def answering(raw: bytes | None) -> Iterator[str]:
    """The address of a server that sends these bytes on every connection and hangs up; or none, and does not."""
    listening = socket.create_server(("127.0.0.1", 0))
    open_ones = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            if raw is None:
                open_ones.append(connection)
                continue
            with connection, suppress(OSError):  # who asked may have gone
                connection.recv(65_536)
                connection.sendall(raw)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        listening.close()
        for each in open_ones:
            each.close()


# What a hub is sent.


def test_a_hub_is_told_of_each_topic(hub: Hub) -> None:
    """With both of the names that hubs go by, in a form, over one connection."""
    assert hub.ping() == []
    assert hub.posts == [{"hub.mode": ["publish"], "hub.url": [topic], "hub.topic": [topic]} for topic in TOPICS]
    assert {sent["Content-Type"] for sent in hub.sent} == {"application/x-www-form-urlencoded"}
    assert {sent["User-Agent"] for sent in hub.sent} == {f"tracker/{__version__}"}
    assert (hub.connections, hub.said) == (1, [])


def test_addresses_arrive_as_they_are(hub: Hub) -> None:
    topics = ["https://desk.example/?a=1&b=2+3#x", "https://desk.example/stories/ö/feed.atom"]
    assert hub.ping(topics) == []
    assert hub.topics == topics


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_success_will_do(hub: Hub, status: int) -> None:
    """And what it says with it does not matter, however long it is."""
    hub.answers, hub.body = [(status, {})], b"x" * 3_000_000
    assert hub.ping() == []
    assert (hub.topics, hub.said) == (TOPICS, [])


def test_a_success_that_breaks_off_is_one() -> None:
    """The hub has been told by then."""
    said: list[str] = []
    with answering(b"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf") as address:
        assert websub.ping(address, TOPICS, tell=said.append) == []
    assert said == []


def test_with_no_topics_nobody_is_asked(hub: Hub) -> None:
    assert hub.ping([]) == []
    assert (hub.connections, hub.said) == (0, [])


# A hub that says no.


@pytest.mark.slow
@pytest.mark.parametrize("status", [307, 308, 400, 403, 404, 408, 410, 422, 429, 500, 503, 600])
def test_a_hub_that_says_no_is_not_asked_again(hub: Hub, status: int) -> None:
    """The other topics may be taken all the same."""
    hub.answers = [OK, (status, {"Retry-After": "1"}), OK]
    assert hub.ping() == [TOPICS[1]]
    assert hub.topics == TOPICS
    (said,) = hub.said
    assert said.startswith(f"{hub.address} was not told that {TOPICS[1]} changed: {status}")


def test_what_was_refused_is_said_once_for_each_reason(hub: Hub) -> None:
    """With the first few of the topics."""
    topics = [f"https://desk.example/{number}" for number in range(6)]
    hub.answers = [(410, {}), (404, {})]
    assert hub.ping(topics) == topics
    assert hub.said == [
        f"{hub.address} was not told that {topics[0]} changed: 410 Gone",
        f"{hub.address} was not told that {', '.join(topics[1:4])} and 2 others changed: 404 Not Found",
    ]


def test_one_more_topic_is_not_others(hub: Hub) -> None:
    hub.answers = [(404, {})]
    hub.ping(list("abcd"))
    assert hub.said == [f"{hub.address} was not told that a, b, c and 1 other changed: 404 Not Found"]


# A hub that is not there, or is none.


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which connections are refused: the port is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"


def test_a_hub_that_is_down_is_given_up(nobody: str) -> None:
    """It is said once."""
    said: list[str] = []
    topics = [f"https://desk.example/{number}" for number in range(100)]
    assert websub.ping(nobody, topics, tell=said.append) == topics
    (sentence,) = said
    assert sentence.startswith(f"{nobody} was not told that {', '.join(topics[:3])} and 97 others changed: ")
    assert "Connection refused" in sentence


def test_a_hub_that_hangs_is_given_up() -> None:
    """The second topic is the last that is tried."""
    said: list[str] = []
    topics = [f"https://desk.example/{number}" for number in range(100)]
    with answering(None) as address:
        began = monotonic()
        assert websub.ping(address, topics, tell=said.append, timeout=0.05) == topics
        assert monotonic() - began < 2.5  # 100 topics would be five seconds
    (sentence,) = said
    assert sentence.endswith("changed: timed out")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\x1b[31m\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200\x00OK\r\n\r\n",
        b"HTTP/1.1 2 OK\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nX: " + b"x" * 300_000 + b"\r\n\r\n",
        b"HTTP/1.1 404 Not\x1b[31m\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: many\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://a..b/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://a:99999/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: \xff\xfe\r\n\r\n",
    ],
)
def test_an_answer_that_is_none_is_told(raw: bytes) -> None:
    """In one line without what a terminal would obey."""
    said: list[str] = []
    with answering(raw) as address:
        assert websub.ping(address, TOPICS, tell=said.append) == TOPICS
    for sentence in said:
        assert sentence.isprintable()
        assert len(sentence) < 500


@examples(20)
@given(raw=st.binary(max_size=200).map(lambda raw: b"HTTP/1.1 " + raw) | st.binary(max_size=50))
def test_no_answer_raises(raw: bytes) -> None:
    with answering(raw) as address:
        told = websub.ping(address, ["a"], tell=lambda sentence: None, timeout=1.0)
    assert told in ([], ["a"])


@pytest.mark.parametrize("address", ["http://[", "http://a..b/", "http://127.0.0.1:99999/", "gopher://a/", "hub"])
def test_an_address_that_leads_nowhere_is_told(address: str) -> None:
    said: list[str] = []
    assert websub.ping(address, TOPICS, tell=said.append) == TOPICS
    (sentence,) = said
    assert sentence.startswith(f"{address} was not told that ")


def test_a_topic_that_is_no_text_is_told(hub: Hub) -> None:
    assert hub.ping(["\udcff", "b"]) == ["\udcff"]
    assert hub.topics == ["b"]


@pytest.mark.parametrize("proxy", ["nonsense://x", "http://[", "socks5://127.0.0.1:1"])
def test_a_proxy_that_does_not_work_is_told(hub: Hub, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """It is the machine's setting; what is published is published all the same."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    assert hub.ping() == TOPICS
    assert (hub.asked, len(hub.said)) == ([], 1)


# Redirects.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told(hub: Hub, status: int) -> None:
    """It says where to, so that the setting can be mended."""
    hub.answers = [(status, {"Location": "/elsewhere"})]
    assert hub.ping(TOPICS[:1]) == TOPICS[:1]
    assert hub.asked == ["POST /push"]
    assert hub.said[0].endswith(f" to {hub.address.replace('push', 'elsewhere')}")


def test_a_redirect_to_nowhere_is_a_refusal(hub: Hub) -> None:
    hub.answers = [(307, {})]
    assert hub.ping(TOPICS[:1]) == TOPICS[:1]
    assert hub.said[0].endswith(": 307 Temporary Redirect")


# The extra.


def test_without_httpx_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(BadInput, match=r"needs the extra websub: pip install 'storyfold\[websub\]'$"):
        websub.ping("https://hub.example/", TOPICS, tell=print)
