"""What a story is about and where it stands, its short title, and the order of the desk's lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Ran
from tests.publishing.test_incremental import anew
from tests.publishing.test_publisher import site
from tests.strategies import Stream
from tracker.cli.commands.types import effect_of
from tracker.domain.decide import decide
from tracker.domain.events import TYPES
from tracker.errors import BadInput
from tracker.feeds.entries import build_feed
from tracker.publishing.publisher import publish
from tracker.text.dates import Recorded
from tracker.views.bitemporal import known_at, view
from tracker.views.hindsight import hindsight
from tracker.wording.messages import plain
from tracker.workspace.desk import Workspace


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "A long title", summary="What it is about", short="Short")
    return stream


def told(of: Any) -> tuple[str, str]:
    return of.about, of.summary


def test_a_summary_leaves_what_the_story_is_about(story: Stream) -> None:
    """On both axes, and when the summary is withdrawn."""
    assert told(story.story) == ("What it is about", "What it is about")
    story.add("summary", "It stands so")
    assert told(story.story) == ("What it is about", "It stands so")
    assert told(view(known_at(story.events, story.events[0].recorded))) == ("What it is about", "What it is about")
    story.correct(1, summary="What it is really about")
    assert told(story.story) == ("What it is really about", "It stands so")
    story.retract(2)
    assert told(story.story) == ("What it is really about", "What it is really about")
    assert told(Stream().story) == ("", "")


def test_a_short_title_is_for_feeds_and_lists(story: Stream) -> None:
    assert (story.story.title, story.story.name) == ("A long title", "Short")
    found = build_feed("story", story.events)
    assert (found.entries[0].title, found.entries[0].story_title, found.standing.title) == (
        *("A long title", "Short", "Short"),
    )
    assert found.entries[0].details == ()
    story.correct(1, short=None)
    assert build_feed("story", story.events).standing.turn.told(plain("en")) == [
        "The story is now called “A long title”."
    ]
    assert story.story.name == "A long title"


def test_a_pin_is_no_news_of_the_story(story: Stream) -> None:
    changes = story.add("pinned").changes
    assert list(map(str, changes)) == ["place in lists: none → first"]
    assert story.story.pinned
    assert build_feed("story", story.events).standing.turn.seq == 1
    assert [each.key for each in hindsight("story", story.events, 2).beliefs] == ["summary"]
    story.add("unpinned", why="It is over")
    assert (story.story.pinned, story.story.developments[2].title) == (False, "It is over")
    story.retract(3)
    assert story.story.pinned


@pytest.mark.parametrize(("type", "reason"), [("pinned", "is pinned already"), ("unpinned", "is not pinned")])
def test_a_story_is_pinned_once(story: Stream, type: str, reason: str) -> None:
    if type == "pinned":
        story.add("pinned")
    story.add("closed", "It is over")
    with pytest.raises(BadInput, match=reason):
        decide(story.story, {"type": type}, Recorded("2026-08-01T12:00:00.000Z"))
    story.add({"pinned": "unpinned", "unpinned": "pinned"}[type])  # a closed story too


def test_types_say_what_they_do() -> None:
    assert [effect_of(TYPES[each]) for each in ("pinned", "unpinned")] == [
        *("Lists the story first.", "Lists the story among the others."),
    ]


def test_pinned_stories_come_first(cli: Callable[..., Ran], record: Callable[..., Any]) -> None:
    record("opened", "A long title", story="one", short="One")
    record("opened", "Two", story="two")
    assert [each["story"] for each in cli("stories", "--json").json] == ["two", "one"]
    assert cli("pin", "one", "--why", "Elections").code == 0
    assert [(each["story"], each["pinned"]) for each in cli("stories", "--json").json] == [
        *(("one", True), ("two", False)),
    ]
    assert cli("stories").out.startswith("Pinned\n  one  One\n")
    assert cli("show", "one", "--json").json["developments"][1]["title"] == "Elections"
    assert "pinned has a command of its own: tracker pin --help" in cli("add", "pinned", "one").err
    cli("add", "closed", "one", "Over")
    assert "Pinned" not in cli("stories").out
    assert cli("unpin", "one").code == 0


def test_show_says_both(cli: Callable[..., Ran], record: Callable[..., Any]) -> None:
    cli("open", "story", "A long title", "--short", "Short", "--summary", "What it is about")
    assert cli("show", "story").out.count("What it is about") == 1
    record("summary", "It stands so")
    assert "\n\nWhat it is about\n\nIt stands so\n" in cli("show", "story").out
    shape = cli("show", "story", "--json").json
    assert (shape["about"], shape["summary"], shape["short"]) == ("What it is about", "It stands so", "Short")


@pytest.mark.slow
def test_pages_say_both_and_list_pinned_stories_first(desk: Workspace, record: Callable[..., Any]) -> None:
    for slug in ("one", "two", "three"):
        record("opened", f"A long title of {slug}", story=slug, short=slug.upper(), summary="What it is about")
    publish(desk)
    assert b'<div id="summary" class="big" dir="auto"></div>' in site(desk)["stories/one/index.html"]
    record("summary", "It stands so", story="one")
    record("pinned", story="one", minor=True)
    record("update", "News", story="two")
    publish(desk)
    page, index = site(desk)["stories/one/index.html"], site(desk)["index.html"].partition(b'id="stories"')[2]
    assert b'<div id="about" class="stand" dir="auto"><p>What it is about</p></div>' in page
    assert b'<div id="summary" class="big" dir="auto"><p>It stands so</p></div>' in page
    assert b"<subtitle>What it is about</subtitle>" in site(desk)["stories/one/developments.atom"]
    assert index.index(b"title of one") < index.index(b"title of two") < index.index(b"title of three")
    record("correction", story="one", corrects="#1", changes={"short": "Uno"}, why="a slip")
    record("unpinned", story="one", minor=True)
    publish(desk)
    assert b"Uno" in site(desk)["stories/index.html"]
    assert site(desk) == anew(desk)
