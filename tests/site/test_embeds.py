"""What other sites show of a story: a frame, its description for programs, a badge, and what to paste."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.conformance import page_faults, refuse
from tests.conformance.markup import drawing_faults
from tests.conftest import Ran
from tracker.publishing.publisher import publish
from tracker.workspace.desk import Workspace

MOST = 15_000
"""The most bytes of a page for frames."""


@pytest.fixture
def story(desk: Workspace, record: Callable[..., Any]) -> Callable[[str], bytes]:
    """A story with many situations and long texts, and the function that returns a published file of it."""
    record("opened", 'The <bridge> & "why"', summary="Who pays. " * 40)
    for number in range(60):
        record("suspension", "Out " * 30, subject=f"Company {number} " * 6, occurred=f"2024-0{number % 7 + 1}",
               key=True)  # fmt: skip
        record("question", "And now what " * 15 + f"{number}?")
    record("summary", "It stands still", text="It stands *still*. " * 40)
    publish(desk)
    return lambda path: Path(desk.feeds, path).read_bytes()


def test_a_page_for_frames_says_where_it_stands_and_is_small(story: Callable[[str], bytes]) -> None:
    """It has no script, and its links leave the frame."""
    data = story("embed/story/index.html")
    assert len(data) <= MOST
    refuse(page_faults(data.decode()), "embed")
    html = etree.HTML(data.decode())
    assert html.xpath("string(//h1)") == 'The <bridge> & "why"'
    assert html.xpath("//script") == []
    assert len(html.xpath("//ul[@class='marked']/li")) == 5
    assert {(each.get("target"), each.get("href")[:21]) for each in html.xpath("//a")} == {
        ("_blank", "https://desk.example/")
    }


@pytest.mark.slow
def test_programs_find_the_frame_through_the_page_of_the_story(story: Callable[[str], bytes]) -> None:
    html = etree.HTML(story("stories/story/index.html").decode())
    (link,) = html.xpath("//link[@type='application/json+oembed']/@href")
    found = json.loads(story(f"stories/story/{link}"))
    assert (found["version"], found["type"], found["title"]) == ("1.0", "rich", 'The <bridge> & "why"')
    frame = etree.HTML(found["html"]).find(".//iframe")
    assert frame.get("src") == "https://desk.example/embed/story/"
    assert (frame.get("width"), frame.get("height")) == (str(found["width"]), str(found["height"]))


@pytest.mark.slow
def test_a_badge_says_the_status(
    desk: Workspace, record: Callable[..., Any], story: Callable[[str], bytes]
) -> None:
    """A long name is shortened, and the status stands behind it."""
    data = story("embed/story/badge.svg")
    refuse(drawing_faults(data), "badge")
    assert etree.fromstring(data).get("aria-label") == 'The <bridge> & "why": Still developing'
    record("correction", corrects="#1", changes={"title": "A long title " * 9}, why="a better title")
    record("closed", why="It is built")
    publish(desk)
    label = etree.fromstring(story("embed/story/badge.svg")).get("aria-label")
    assert label.endswith("…: No longer followed")


@pytest.mark.slow
def test_what_to_paste_is_printed(cli: Callable[..., Ran], story: Callable[[str], bytes]) -> None:
    frame = etree.HTML(cli("embed", "story").out).find(".//iframe")
    assert (frame.get("src"), frame.get("title")) == ("https://desk.example/embed/story/", 'The <bridge> & "why"')
    badge = etree.HTML(cli("embed", "story", "--badge").out)
    assert badge.xpath("//a/@href") == ["https://desk.example/stories/story/"]
    assert badge.xpath("//img/@src") == ["https://desk.example/embed/story/badge.svg"]
    assert cli("embed", "other").code == 2
