"""The pages that an entry's link leads to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tracker.publish import publish
from tracker.workspace import Workspace


@pytest.fixture
def page(desk: Workspace) -> Callable[..., Any]:
    """Publishes, and gives a page as a browser would read it."""

    def page(path: str = "stories/story/index.html") -> Any:
        publish(desk)
        return etree.HTML(Path(desk.feeds, path).read_text())

    return page


def words(node: Any) -> str:
    return " ".join("".join(node.itertext()).split())


def test_a_story_s_page_says_where_it_stands_and_how_it_came_there(
    record: Callable[..., Any], page: Callable[..., Any]
) -> None:
    """Each line leads to the development it rests on; developments are newest first."""
    record("opened", "A story", summary="What it is about")
    record("suspension", "Out", subject="ByteDance", occurred="2023-12")
    record("question", "And now?")
    html = page()
    assert html.xpath("string(//h1)") == "A story"
    assert "What it is about" in words(html)
    assert [words(line) for line in html.xpath("//main/ul/li")] == [
        "ByteDance: suspended, since December 2023 #2", "And now? #3",
    ]  # fmt: skip
    assert html.xpath("//main/ul/li/a/@href") == ["#2", "#3"]
    assert html.xpath("//article/@id") == ["3", "2", "1"]


def test_every_link_of_the_site_leads_somewhere(desk: Workspace, record: Callable[..., Any]) -> None:
    """Between pages, to feeds, to the style sheet, to places on the page."""
    for story in ("one", "two"):
        record("opened", "A story", story=story)
        record("suspension", "Out", story=story, subject="ByteDance")
    publish(desk)
    for path in Path(desk.feeds).rglob("*.html"):
        html = etree.HTML(path.read_text())
        for link in html.xpath("//@href"):
            address, _, place = link.partition("#")
            target = (path.parent / address).resolve() if address else path
            if link.startswith("https://"):
                continue
            assert (target / "index.html" if target.is_dir() else target).is_file(), (path, link)
            if place:
                assert html.xpath("//*[@id=$place]", place=place), (path, link)


def test_each_page_names_its_own_feeds(record: Callable[..., Any], page: Callable[..., Any]) -> None:
    """So that a reader given the page's address finds them."""
    record("opened", "A story")
    types = ["application/atom+xml", "application/rss+xml", "application/feed+json"]
    story = "../../stories/story/"
    for path, feeds in (
        ("index.html", ["all", "corrections", "standing"]),
        ("stories/story/index.html", [f"{story}{name}" for name in ("developments", "corrections", "standing")]),
    ):
        found = page(path).xpath("//link[@rel='alternate']")
        assert [link.get("href") for link in found] == [
            f"{feed}.{e}" for feed in feeds for e in ("atom", "rss", "json")
        ]
        assert [link.get("type") for link in found] == types * 3


def test_the_list_has_what_moved_last_first(record: Callable[..., Any], page: Callable[..., Any]) -> None:
    """With the status, and how much there is."""
    for story in ("a", "b"):
        record("opened", f"Story {story}", story=story)
    record("closed", "done", story="a")
    items = [words(item) for item in page("index.html").xpath("//ul[@class='stories']/li")]
    assert items == [
        "Story a closed, 2 developments, last recorded 2024-08-01",
        "Story b open, 1 development, last recorded 2024-08-01",
    ]


def test_amendments_are_shown_on_what_they_amend(record: Callable[..., Any], page: Callable[..., Any]) -> None:
    """Struck where withdrawn; was and is where corrected."""
    record("opened", "A story")
    record("update", "Twenty millon")
    record("report", "They pay", body="The text.")
    record("correction", corrects="#2", changes={"title": "Twenty million"}, why="a slip")
    record("retraction", retracts="#3", why="a rumour")
    html = page()
    (corrected,) = html.xpath("//article[@id='2']")
    assert words(corrected.find("h3")) == "Corrected: Twenty million"
    assert "Corrected by story#4: a slip" in words(corrected)
    assert corrected.xpath("string(.//del)") == "Twenty millon"
    (retracted,) = html.xpath("//article[@id='3']")
    assert retracted.get("class") == "retracted"
    assert "Retracted by story#5: a rumour" in words(retracted)
    assert "They pay" not in [words(line) for line in html.xpath("//main/ul/li")]


def test_minor_developments_are_on_the_page(record: Callable[..., Any], page: Callable[..., Any]) -> None:
    """The page has all of them."""
    record("opened", "A story")
    record("update", "a detail", minor=True)
    assert "a detail" in words(page())


def test_a_page_runs_nothing_and_loads_nothing_from_elsewhere(
    record: Callable[..., Any], page: Callable[..., Any]
) -> None:
    """It says so itself, for hosts that send no headers."""
    record("opened", "A story", language="pt-BR")
    html = page()
    assert html.xpath("//meta[@http-equiv='Content-Security-Policy']/@content") == [
        "default-src 'none'; style-src 'self'"
    ]
    assert html.xpath("//script | //img | //iframe | //@style | //@onclick") == []
    assert html.get("lang") == "pt-BR"
    assert html.xpath("string(//title)") == "A story"
