"""A story as a live blog of schema.org, with every development that stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from tests.examples import examples
from tests.exporting.exports import URL, a_story, exported, views
from tracker.exporting import liveblog
from tracker.exporting.story import Exported
from tracker.feeds.entries import entries

UPDATE = {
    *("@type", "headline", "url", "datePublished", "dateModified", "contentReferenceTime", "articleBody", "image"),
    *("author", "about", "citation", "correction"),
}
BLOG = {
    *("@context", "@id", "@type", "headline", "description", "url", "inLanguage", "datePublished", "dateModified"),
    *("coverageStartTime", "coverageEndTime", "author", "publisher", "liveBlogUpdate"),
}


def told(view: Exported) -> Any:
    return json.loads(liveblog.write(view))


def test_an_update_has_the_whole_text() -> None:
    """Not in short, as on the page; with its sources and its corrections."""
    stream = a_story(body="Word " * 100 + "*end*.", sources=[{"url": "https://a.example/1"}])
    stream.correct(2, "a slip", title="It did happen")
    (update,) = told(exported(stream.events))["liveBlogUpdate"]
    assert update["headline"] == "It did happen (corrected)"
    assert update["articleBody"] == "Word " * 100 + "end."
    assert update["citation"][0]["url"] == "https://a.example/1"
    assert update["correction"][0]["text"].endswith("A slip.")


def test_an_update_without_a_text_has_that_of_its_entry() -> None:
    stream = a_story()
    stream.add("suspension", "Stopped", subject="TikTok")
    (entry,) = (each for each in entries("story", stream.events) if each.title == "Stopped")
    update = told(exported(stream.events))["liveBlogUpdate"][0]
    assert update["articleBody"] == entry.summary != ""


@examples(40)
@given(views())
@pytest.mark.slow
def test_any_view_is_a_live_blog(view: Exported) -> None:
    """With an update for each development that stands, newest first, and no field that schema.org lacks there."""
    blog = told(view)
    assert blog.keys() <= BLOG
    assert (blog["@type"], blog["headline"]) == ("LiveBlogPosting", view.story.title)
    updates = blog.get("liveBlogUpdate", [])
    assert all(update.keys() <= UPDATE and update["@type"] == "BlogPosting" for update in updates)
    expected = [each.seq for each in reversed(view.standing) if each.type != "opened"]
    assert [each["url"] for each in updates] == [f"{URL}stories/story/{seq}.html" for seq in expected]
