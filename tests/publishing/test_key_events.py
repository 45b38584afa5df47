"""The feeds and pages of key events and tags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedparser
import pytest

from tests.conftest import Ran
from tests.publishing.test_incremental import anew
from tests.publishing.test_publisher import site
from tracker.feeds import paths
from tracker.publishing.publisher import publish
from tracker.workspace.desk import Workspace


def added_files(desk: Workspace, before: dict[str, bytes]) -> set[str]:
    return {path for path in site(desk).keys() - before.keys() if not path.endswith("2.html")}


@pytest.fixture
def published(desk: Workspace, record: Callable[..., Any]) -> dict[str, bytes]:
    """The site of two stories without key events or tags."""
    record("opened", "A story")
    record("opened", "Another", story="other")
    publish(desk)
    return site(desk)


@pytest.mark.slow
def test_a_feed_exists_only_where_it_has_something(
    desk: Workspace, record: Callable[..., Any], published: dict[str, bytes]
) -> None:
    assert not [path for path in published if "key" in path or path.startswith("tags/")]
    record("update", "It breaks", key=True, tags=["Air safety"], place="Portland, Oregon", at="45.5,-122.6")
    assert not publish(desk).anew
    assert added_files(desk, published) - {"types/update/index.html"} >= {
        *(f"{feed}.{format}" for feed in ("key", "stories/story/key") for format in ("atom", "rss", "json")),
        *(f"tags/air-safety/{file}" for file in ("index.html", "developments.atom", "developments.rss")),
    }
    assert not [path for path in site(desk) if path.startswith("stories/other/key")]
    assert site(desk) == anew(desk)
    (entry,) = feedparser.parse(site(desk)["key.atom"]).entries
    assert (entry.title, "Air safety" in [tag.label for tag in entry.tags]) == ("A story: It breaks", True)
    assert "Where: Portland, Oregon (45.5, -122.6)" in entry.content[0].value
    for path in ("index.html", "feeds.opml", "stories/story/index.html"):
        assert b"key" in site(desk)[path].replace(b"data-key", b"")


@pytest.mark.slow
def test_a_later_key_event_changes_no_list(desk: Workspace, record: Callable[..., Any]) -> None:
    record("opened", "A story")
    record("update", "First", key=True)
    publish(desk)
    record("update", "Again", key=True)
    written = publish(desk).written
    assert {"key.atom", "stories/story/key.atom"} <= {*written}
    assert "feeds.opml" not in written
    assert site(desk) == anew(desk)


@pytest.mark.slow
def test_a_page_filters_by_tag_and_key_event(desk: Workspace, record: Callable[..., Any]) -> None:
    record("opened", "A story")
    publish(desk)
    assert b'<select id="tag">' not in site(desk)["stories/story/index.html"]
    record("update", "It breaks", key=True, tags=["Air safety"])
    publish(desk)
    page = site(desk)["stories/story/index.html"]
    assert b'<option value="air-safety">Air safety</option>' in page
    assert b'<select id="key"><option value="">all developments</option><option value="key">' in page
    assert b'data-tags="air-safety" data-key="key"' in page
    assert b'<a href="../../tags/air-safety/">#<bdi>Air safety</bdi></a>' in page


@pytest.mark.parametrize(
    "path", ["key.atom", "stories/s/key.rss", "stories/s/key-2024-08.json", "tags/a/index.html"]
)
def test_the_publisher_knows_its_files(path: str) -> None:
    assert paths.is_published(path)


@pytest.mark.slow
def test_a_feed_of_a_tag_is_removed_with_its_last_development(desk: Workspace, record: Callable[..., Any]) -> None:
    record("opened", "A story")
    record("update", "It breaks", tags=["secret"], key=True)
    publish(desk)
    record("redaction", redacts="#2", reason="court-order", authority="A court")
    publish(desk)
    assert not Path(desk.feeds, "tags/secret/developments.atom").exists()
    assert site(desk) == anew(desk)


def test_options_are_given_on_the_command_line(cli: Callable[..., Ran], record: Callable[..., Any]) -> None:
    record("opened", "A story")
    cli("add", "update", "story", "T", "--key", "--tag", "a", "--tag", "b", "--place", "P", "--at", "1, 2")
    (*_, shape) = cli("timeline", "story", "--json").json
    assert (shape["key"], shape["tags"], shape["place"]) == (True, ["a", "b"], {"name": "P", "at": "1,2"})
    assert "#2  update  T  [key event]" in cli("timeline", "story").out
    cli("correct", "story#2", "--set", "key=no", "--remove", "tags=a", "--add", "tags=c", "--why", "w")
    assert cli("timeline", "story", "--json").json[1]["tags"] == ["b", "c"]
    assert "story#2" in cli("search", "P").out
