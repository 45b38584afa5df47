"""What is told as it happens: event streams, and open pages that say what is new and show it on a click."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser

from tests.browser import Visit, launched
from tests.serving import Running, eventually, request, running
from tracker.server import sse
from tracker.workspace.desk import Workspace


@pytest.fixture
def site(desk: Workspace, record: Callable[..., Any]) -> Iterator[Running]:
    record("opened", "A story")
    record("opened", "Another", story="other")
    with running(desk) as site:
        yield site


class Told(NamedTuple):
    """An event of a stream."""

    id: str
    data: dict[str, Any]


class Stream:
    """An open event stream, read line by line."""

    def __init__(self, site: Running, path: str, **fields: str) -> None:
        self.connection = site.connects()
        self.lines = self.connection.makefile("rb")
        self.connection.sendall(request(path, accept="text/event-stream", **fields))
        assert b" 200 " in self.lines.readline()
        while self.lines.readline().strip():
            pass

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.lines.close()
        self.connection.close()

    def hears(self) -> Told | None:
        """The next event; None where the stream has ended."""
        id = ""
        while line := self._line():
            if line.startswith("id: "):
                id = line[4:]
            if line.startswith("data: "):
                return Told(id, json.loads(line[6:]))
        return None

    def is_silent(self) -> bool:
        """Whether nothing more comes for a while."""
        self.connection.settimeout(0.5)
        try:
            return not self._line()
        except TimeoutError:
            return True

    def _line(self) -> str:
        """The next line with anything on it, out of its chunk."""
        while line := self.lines.readline().decode():
            if line.strip() and not line.startswith((":", "retry:")) and not _is_size(line):
                return line.strip()
        return ""


def _is_size(line: str) -> bool:
    return all(letter in "0123456789abcdef" for letter in line.strip())


@pytest.mark.slow
def test_a_stream_begins_with_how_things_stand_and_goes_on(site: Running, record: Callable[..., Any]) -> None:
    with Stream(site, "/stories/story/live") as stream:
        first = stream.hears()
        record("update", "It goes on")
        second = stream.hears()
    assert first
    assert second
    assert first.data == {"story": "story", "seq": 1}
    assert second.data == {"story": "story", "seq": 2}
    assert first.id != second.id


@pytest.mark.slow
def test_a_stream_of_all_says_how_many_events_there_are(site: Running, record: Callable[..., Any]) -> None:
    with Stream(site, "/live") as stream:
        first = stream.hears()
        record("update", "It goes on", story="other")
        second = stream.hears()
    assert first
    assert second
    assert first.data == {"events": 2}
    assert second.data == {"events": 3}


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/live", "/stories/story/live"])
def test_who_comes_back_is_told_what_they_missed_and_nothing_twice(
    site: Running, record: Callable[..., Any], path: str
) -> None:
    with Stream(site, path) as stream:
        last = stream.hears()
    assert last
    with Stream(site, path, last_event_id=last.id) as stream:
        assert stream.is_silent()
    record("update", "It goes on", story="other")
    record("update", "It goes on")
    record("update", "And on")
    assert eventually(lambda: site.server.live.stories["story"].events == 3)
    with Stream(site, path, last_event_id=last.id) as stream:
        missed = stream.hears()
        assert stream.is_silent()
    assert missed
    if path == "/live":
        assert missed.data == {"events": 5}
    else:
        assert missed.data == {"story": "story", "seq": 3}


def test_a_silent_stream_says_that_it_is_there(site: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no proxy on the way ends it."""
    monkeypatch.setattr(sse, "HEARTBEAT", 0.2)
    with Stream(site, "/live") as stream:
        assert stream.hears()
        heard = iter(stream.lines.readline, b"")
        assert next(line for line in heard if line.startswith(b":"))


def test_streams_end_when_the_server_does(site: Running) -> None:
    with Stream(site, "/live") as one, Stream(site, "/stories/story/live") as other:
        assert one.hears()
        assert other.hears()
        assert site.server.live.metrics.streams == 2
        site.server.should_exit = True
        assert one.hears() is None
        assert other.hears() is None
    assert eventually(lambda: site.server.live.metrics.streams == 0)


def test_a_client_that_goes_is_not_counted_any_more(site: Running) -> None:
    with Stream(site, "/live") as stream:
        assert stream.hears()
        assert site.server.live.metrics.streams == 1
        stream.connection.shutdown(socket.SHUT_RDWR)
    assert eventually(lambda: site.server.live.metrics.streams == 0)


def test_a_head_of_a_stream_ends(site: Running) -> None:
    answer = site.asks("/live", "HEAD")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"


# Pages.

pages = [pytest.mark.debian, pytest.mark.xdist_group("browser"),
         pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium")]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def reader(browser: Browser, site: Running) -> Iterator[Visit]:
    """Somebody who looks at the site; no page does anything wrong."""
    reader = Visit(browser, site.url, viewport={"width": 1000, "height": 700})
    yield reader
    reader.ends()
    reader.context.close()


class TestPages:
    pytestmark = pages

    @pytest.mark.slow
    def test_an_open_page_says_what_is_new_and_shows_it_on_a_click(
        self, site: Running, reader: Visit, record: Callable[..., Any]
    ) -> None:
        """Where it is: nothing is loaded again, and the controls go on working."""
        reader.opens(f"{site.url}/stories/story/")
        reader.page.evaluate("window.isTheSame = true")
        assert reader.page.locator("#news").get_attribute("role") == "status"
        record("update", "It goes on")
        reader.page.get_by_role("button", name="1 new development").wait_for()
        record("suspension", "It stops", subject="ByteDance", of="account")
        button = reader.page.get_by_role("button", name="2 new developments")
        button.wait_for()
        reader.lists([1])
        button.click()
        reader.lists([3, 2, 1])
        told = reader.told()
        assert [heading for heading, _ in told.sections] == ["In force"]
        assert reader.text("#count") == "3 developments"
        assert reader.page.locator("#news").text_content() == ""
        assert reader.page.locator("article[data-new]").count() == 2
        assert reader.soon(lambda: reader.page.evaluate("window.isTheSame && document.activeElement.id") == "main")
        reader.page.locator("#type").select_option("suspension")
        reader.lists([3])
        reader.keeps(type="suspension")
        reader.page.locator("#sections a[href='#3']").click()
        record("update", "And on")
        reader.page.get_by_role("button", name="1 new development").click()
        assert reader.soon(lambda: reader.page.evaluate("document.activeElement.id") == "main")
        reader.lists([3])
        reader.page.locator("#type").select_option("")
        reader.lists([4, 3, 2, 1])
        reader.slides(0)
        reader.lists([1])
        assert reader.text("#known").startswith("As known on")

    @pytest.mark.slow
    def test_nothing_jumps(self, site: Running, reader: Visit, record: Callable[..., Any]) -> None:
        """What was being read stays where it is, though what is new comes above it."""
        for number in range(2, 30):
            record("update", f"Update {number}", body="What happened. " * 40)
        assert eventually(lambda: site.server.live.stories["story"].events == 29)
        reader.opens(f"{site.url}/stories/story/")
        reader.page.locator("[id='10']").scroll_into_view_if_needed()
        reader.page.evaluate("scrollBy(0, 37)")
        top = "document.getElementById('10').getBoundingClientRect().top"
        reader.page.wait_for_timeout(300)  # until what comes into sight is laid out
        before = reader.page.evaluate(top)
        assert reader.page.evaluate("scrollY") > 1000
        record("update", "The newest", body="It is long. " * 80)
        reader.page.get_by_role("button", name="1 new development").click()
        reader.page.locator("article[data-new]").wait_for(state="attached")
        assert reader.soon(lambda: abs(reader.page.evaluate(top) - before) < 2)
        reader.page.wait_for_timeout(200)
        assert abs(reader.page.evaluate(top) - before) < 2

    @pytest.mark.slow
    @pytest.mark.parametrize("path", ["", "types/update/", "corrections/"])
    def test_lists_say_so_too(self, site: Running, reader: Visit, record: Callable[..., Any], path: str) -> None:
        """If what is new is on them."""
        record("update", "It goes on")
        assert eventually(lambda: site.asks("/types/update/").status == 200)
        reader.opens(f"{site.url}/{path}")
        record("update", "The newest")
        record("correction", corrects="#2", changes={"title": "It goes on and on"}, why="misread")
        assert eventually(lambda: site.server.live.stories["story"].events == 4)
        reader.page.get_by_role("button", name="New developments").click()
        reader.page.get_by_text("It goes on and on").first.wait_for()
        assert reader.page.locator("#news").text_content() == ""

    @pytest.mark.slow
    def test_a_page_whose_desk_is_quiet_says_nothing(self, site: Running, reader: Visit) -> None:
        for path in ("", "stories/story/", "stories/story/1.html", "about/"):
            reader.opens(f"{site.url}/{path}")
            assert eventually(lambda: site.server.live.metrics.streams == 1)
            reader.page.wait_for_timeout(200)
            assert reader.page.locator("#news").text_content() == ""

    @pytest.mark.slow
    def test_a_page_that_missed_something_says_so_when_it_listens_again(
        self, site: Running, reader: Visit, record: Callable[..., Any]
    ) -> None:
        """It listens as long as it is to be seen."""
        reader.opens(f"{site.url}/stories/story/")
        assert eventually(lambda: site.server.live.metrics.streams == 1)
        _is_hidden(reader, True)
        assert eventually(lambda: site.server.live.metrics.streams == 0)
        record("update", "It goes on")
        assert eventually(lambda: site.server.live.stories["story"].events == 2)
        _is_hidden(reader, False)
        reader.page.get_by_role("button", name="1 new development").wait_for()

    def test_without_scripts_everything_is_as_it_was(self, site: Running, browser: Browser) -> None:
        reader = Visit(browser, site.url, java_script_enabled=False)
        reader.opens(f"{site.url}/stories/story/")
        assert reader.page.locator("#news").count() == 0
        assert reader.page.locator("#timeline article").count() == 1
        reader.ends()
        reader.context.close()


def _is_hidden(reader: Visit, hidden: bool) -> None:
    """Another tab comes in front of the page, or goes."""
    reader.page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_the_pages_of_other_hosts_do_not_listen(site: Running, desk: Workspace) -> None:
    """What is published has no trace of it: the server adds it, so that static hosts are not asked for streams."""
    with open(f"{desk.feeds}/stories/story/index.html", encoding="utf-8") as page:
        assert "live.js" not in page.read()
