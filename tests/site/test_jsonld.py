"""What a story's page says of itself to machines: schema.org's LiveBlogPosting."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from tests.conformance import page_faults
from tests.conformance.markup import POLICY
from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain.events import Event
from tracker.feeds.documents import Feed
from tracker.feeds.entries import build_feed
from tracker.site import jsonld
from tracker.site.jsonld import live_blog
from tracker.text.dates import later

URL = "https://desk.example/"


def feed(path: str, page: str) -> Feed:
    return Feed(path=path, page=page, url=URL, id="urn:uuid:1", title="The desk", subtitle="All of it",
                language="en-GB", author="Desk")  # fmt: skip


def text_of(events: list[Event], slug: str = "story") -> str:
    story_feed = build_feed(slug, events)
    own = feed(f"stories/{slug}/developments", f"stories/{slug}/")
    return live_blog(feed("all", ""), own, story_feed.story, story_feed.entries[::-1])


def told(stream: Stream) -> Any:
    return json.loads(text_of(stream.events))


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "A story", summary="What it is *about*")
    return stream


def test_a_story_is_a_live_blog(story: Stream) -> None:
    """With its title, its summary as plain text, when it began and moved, and who publishes it."""
    story.add("update", "More")
    found = told(story)
    desk = {"@type": "Organization", "name": "Desk", "url": URL}
    updates = found.pop("liveBlogUpdate")
    assert found == {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "@id": "https://desk.example/stories/story/",
        "headline": "A story",
        "description": "What it is about",
        "url": "https://desk.example/stories/story/",
        "inLanguage": "en-GB",
        "datePublished": story.events[0].recorded,
        "dateModified": story.events[1].recorded,
        "coverageStartTime": story.events[0].recorded,
        "author": desk,
        "publisher": desk,
    }
    assert [each["headline"] for each in updates] == ["More", "A story"]


def test_a_story_without_a_summary_has_no_description() -> None:
    """What there is not is left out."""
    stream = Stream()
    stream.add("opened", "A story")
    assert "description" not in told(stream)


def test_a_closed_story_says_until_when_it_was_covered(story: Stream) -> None:
    """And no more when it goes on."""
    closed = story.add("closed", "That was all")
    assert told(story)["coverageEndTime"] == closed.development.event.recorded
    story.add("reopened", "It was not")
    assert "coverageEndTime" not in told(story)


def test_a_development_is_a_posting(story: Stream) -> None:
    """With its text in short, its parties and its sources."""
    story.add("report", "They pay", body="They *pay*.", editor="Ann", parties=["OpenAI", "ByteDance"],
              sources=[{"url": "https://a.example/1", "title": "They do", "publisher": "CNN",
                        "published": "2024-07"},
                       {"publisher": "Reuters"}, {"url": "https://a.example/2"}])  # fmt: skip
    update, _ = told(story)["liveBlogUpdate"]
    recorded = story.events[1].recorded
    assert update == {
        "@type": "BlogPosting",
        "headline": "They pay",
        "url": "https://desk.example/stories/story/2.html",
        "datePublished": recorded,
        "dateModified": recorded,
        "articleBody": "They pay.",
        "author": {"@type": "Organization", "name": "Ann"},
        "about": [{"@type": "Thing", "name": "OpenAI"}, {"@type": "Thing", "name": "ByteDance"}],
        "citation": [
            {"@type": "CreativeWork", "name": "They do", "url": "https://a.example/1",
             "publisher": {"@type": "Organization", "name": "CNN"}, "datePublished": "2024-07"},
            {"@type": "CreativeWork", "name": "Reuters",
             "publisher": {"@type": "Organization", "name": "Reuters"}},
            {"@type": "CreativeWork", "name": "https://a.example/2", "url": "https://a.example/2"},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("occurred", "says"),
    [
        ("2024-07-30T21:05+02:00", True),
        ("2024-07-30T19:05:00.123Z", True),
        ("2024-07-30", False),
        ("2024-07~", False),
        ("2024-03/2024-05", False),
        ("../2024-03", False),
        ("", False),
    ],
)
def test_only_an_instant_is_said_as_one(story: Stream, occurred: str, says: bool) -> None:
    """Schema.org knows dates and times, and none that are about or between."""
    story.add("update", "More", occurred=occurred)
    update = told(story)["liveBlogUpdate"][0]
    event: Any = story.events[1]
    assert update.get("contentReferenceTime") == (event.occurred if says else None)


def test_an_amendment_is_a_correction_of_what_it_amends(story: Stream) -> None:
    """With its reason; and an update of its own, which is about no party and has no source."""
    story.add("update", "Twenty millon", occurred="2024-07-30T19:05Z")
    story.correct(2, "a slip", title="Twenty million")
    story.retract(2, "a rumour")
    retraction, correction, update, _ = told(story)["liveBlogUpdate"]
    assert update["headline"] == "Twenty million (withdrawn)"
    assert update["dateModified"] == later(story.events[3].recorded, 1)
    assert update["correction"] == [
        {"@type": "CorrectionComment", "text": f"{done} on 1 August 2024. {why}",
         "datePublished": story.events[seq - 1].recorded}
        for done, seq, why in (("Corrected", 3, "A slip."), ("Withdrawn", 4, "A rumour."))
    ]  # fmt: skip
    for each in (retraction, correction):
        assert each.keys() & {"citation", "correction", "contentReferenceTime"} == set()
    assert told(story)["dateModified"] == later(story.events[3].recorded, 1)


def test_the_newest_come_first_as_many_as_fit(story: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest of a long story are on their own pages only."""
    for number in range(2, 30):
        story.add("update", f"Number {number}", body="Word " * 50)
    monkeypatch.setattr(jsonld, "MOST", 5_000)
    updates = told(story)["liveBlogUpdate"]
    assert [each["headline"] for each in updates] == [f"Number {29 - place}" for place in range(len(updates))]
    assert 5 < len(updates) < 20
    assert len(json.dumps(updates, separators=(",", ":"))) <= 5_100
    monkeypatch.setattr(jsonld, "MOST", 1)
    assert "liveBlogUpdate" not in told(story)


NAUGHTY = "</script><script>x()</script> <!-- <script> --> ]]> & \u2028 &lt;"


def test_nothing_in_it_ends_the_element(story: Stream) -> None:
    """Nor begins a comment in it; and it says what was recorded."""
    story.add("report", NAUGHTY, body=NAUGHTY, parties=[NAUGHTY], sources=[{"publisher": NAUGHTY}])
    text = text_of(story.events)
    assert not {"<", ">", "&"} & set(text)
    update = json.loads(text)["liveBlogUpdate"][0]
    assert (update["headline"], update["about"][0]["name"]) == (NAUGHTY, NAUGHTY)


@examples(30)
@given(streams(max_size=8))
def test_any_story_can_be_said(events: list[Event]) -> None:
    """As the data of a page, with every development in it."""
    text = text_of(events)
    page = f'<!doctype html><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    assert list(page_faults(f'{page}<script type="application/ld+json">{text}</script>')) == []
    found = json.loads(text)
    entries = build_feed("story", events).entries[::-1]
    assert [each["url"] for each in found["liveBlogUpdate"]] == [URL + entry.path for entry in entries]
    assert found["headline"] == build_feed("story", events).story.title
