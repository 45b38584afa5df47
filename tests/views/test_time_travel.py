"""What turns a page back: for every event, the file gives where things stood, in the words of the briefing."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings

from tests.conformance import history_faults, refuse
from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain.events import Event
from tracker.domain.fold import fold
from tracker.feeds.entries import Entry, build_feed
from tracker.site.pages import history
from tracker.text.markup import to_html
from tracker.views.briefing import HEADINGS
from tracker.views.days import serialize, turns
from tracker.views.time_travel import FORMAT
from tracker.wording.lines import Section, briefing, headings_of, line
from tracker.wording.messages import Wording

ENGLISH = Wording()


class Read(NamedTuple):
    """What a page says of the story as known then."""

    title: str
    status: str
    summary: str
    sections: list[Section]


def history_of(slug: str, events: list[Event]) -> bytes:
    story_feed = build_feed(slug, events)
    return b"".join(history(story_feed, turns(slug, events, story_feed.states)))


def put_beside(told: Any, until: int) -> Read:
    """The lines of the file's first steps beside each other, as the page's script does."""
    items: dict[str, list[Any]] = {}
    for step in told["steps"][:until]:
        for key, *item in step["items"]:
            items.pop(key, None)
            items |= {key: item} if item else {}
    own = {key: item[2] for key, item in items.items() if item[0] == -1}
    sections = []
    for number, heading in enumerate(told["sections"]):
        lines = sorted((item for item in items.values() if item[0] == number), key=lambda item: str(item[1]))
        if lines:
            sections.append(Section(heading, tuple((words, seq) for _, _, words, seq in lines)))
    return Read(own["title"], own["status"], own.get("summary", ""), sections)


@pytest.mark.slow
@settings(max_examples=50)
@given(streams())
def test_at_every_event_it_reads_as_the_briefing_did_then(events: list[Event]) -> None:
    """Whatever happened and was amended before: the title, the status and the summary too."""
    data = history_of("story", events)
    refuse(history_faults(data))
    told = json.loads(data)
    assert [(step["seq"], step["recorded"]) for step in told["steps"]] == [
        (seq, event.recorded) for seq, event in enumerate(events, 1)
    ]
    for until in range(1, len(events) + 1):
        story = fold("story", events[:until])
        summary = to_html(story.summary) if story.summary else ""
        assert put_beside(told, until) == Read(story.title, story.status, summary, briefing(story, ENGLISH)), until


def test_key_events_stand_in_the_order_of_the_world() -> None:
    """Also on a page that puts the lines of the file in order: an event of 2023 that came last is first."""
    stream = Stream()
    stream.add("opened", "A story", occurred="2024-08-01", key=True)
    stream.add("update", "An earlier one", occurred="2023", key=True)
    told = json.loads(history_of(stream.slug, stream.events))
    expected = Section("Key events", (("2023: An earlier one", 2), ("1 August 2024: A story", 1)))
    assert expected in put_beside(told, 2).sections
    assert expected in briefing(fold(stream.slug, stream.events), ENGLISH)


def said(entry: Entry) -> tuple[Any, ...]:
    """What an article shows of a development."""
    return (
        *(entry.title, entry.occurred, entry.body, entry.quote, entry.details, entry.standing, entry.type),
        *(entry.notices, entry.sources, entry.parties, entry.changes, entry.about, entry.published),
    )


@examples(40)
@given(streams())
def test_every_development_reads_as_it_did_then(events: list[Event]) -> None:
    """As the first version that an event amended which was not known yet; without one, as it reads now."""
    story_feed = build_feed("story", events)
    for known in range(1, len(events) + 1):
        then = build_feed("story", events[:known])
        for now, was in zip(story_feed.entries, then.entries, strict=False):
            earlier = [
                story_feed.earlier(each)
                for each in story_feed.versions
                if each.entry.seq == now.seq and each.until > known
            ]
            shown = [*earlier, story_feed.with_body(now)][0]
            assert said(shown) == said(then.with_body(was)), (known, was.seq)


def a_story() -> Stream:
    stream = Stream()
    stream.add("opened", "A story", summary="What it is *about*")
    stream.add("report", "They pay", parties=["OpenAI"])
    stream.add("question", "Will it end?")
    stream.correct(2, title="They lend")
    stream.retract(2)
    return stream


def states(stream: Stream) -> list[dict[str, Any]]:
    return [dict(state.lines) for state in build_feed(stream.slug, stream.events).states]


def test_a_step_has_what_its_event_changed() -> None:
    """And nothing else; what is gone is said to be."""
    stream = a_story()
    opened, reported, asked, corrected, retracted = states(stream)
    assert [(key, line(ENGLISH, place.item)) for key, place in opened.items()] == [
        ("title", "A story"), ("status", "open"), ("summary", "What it is *about*"),
    ]  # fmt: skip
    claim, question = f"claim/{stream.events[1].id}", f"situation/{stream.events[2].id}"
    assert [*reported, *asked] == [claim, question]
    assert (reported[claim].heading, reported[claim].seq) == ("reported", 2)
    assert "They lend" in line(ENGLISH, corrected[claim].item)
    assert corrected.keys() == {claim}
    assert retracted == {claim: None}


def test_an_event_that_changes_no_line_is_a_step_without_items() -> None:
    """Also where an item is another whose words are the same."""
    stream = a_story()
    stream.add("update", "By the way")
    stream.correct(3, body="More of it.")
    assert states(stream)[5:] == [{}, {}]


def test_what_an_amendment_left_alone_has_no_earlier_version() -> None:
    """An amendment that is amended has one too."""
    stream = a_story()
    stream.retract(5, "it was right")
    versions = build_feed(stream.slug, stream.events).versions
    assert [(each.entry.seq, each.until, each.entry.title) for each in versions] == [
        (2, 4, "They pay"),
        (2, 5, "They lend (corrected)"),
        (2, 6, "They lend (withdrawn)"),
        (5, 6, "Withdrawn: “They lend”"),
    ]


def test_the_file_is_one_line_a_step() -> None:
    """So that a diff shows what is new; with the sections in the order of the page, and how amended developments
    read before."""
    stream = a_story()
    story_feed = build_feed(stream.slug, stream.events)
    parts = serialize(
        "story",
        story_feed.states,
        turns("story", stream.events, story_feed.states),
        [(2, [(4, "<h4>They pay</h4>", "", ""), (5, "<h4>They lend</h4>", "", "")])],
        [*headings_of(ENGLISH).values()],
        partial(line, ENGLISH),
    )
    data = b"".join(parts)
    assert len(data.splitlines()) == 1 + 5 + 2
    told = json.loads(data)
    assert (told["format"], told["story"], told["sections"]) == (FORMAT, "story", [*headings_of(ENGLISH).values()])
    assert told["was"] == {"2": [[4, "<h4>They pay</h4>", "", ""], [5, "<h4>They lend</h4>", "", ""]]}
    assert told["steps"][0]["items"][2] == ["summary", -1, "", "<p>What it is <em>about</em></p>", 0]
    claim = f"claim/{stream.events[1].id}"
    assert told["steps"][1]["items"] == [[claim, HEADINGS.index("reported"), "000000002", words(story_feed, 1), 2]]
    assert told["steps"][4]["items"] == [[claim]]


def words(story_feed: Any, step: int) -> str:
    ((_, place),) = story_feed.states[step].lines
    return line(ENGLISH, place.item)


def test_a_removed_text_is_in_no_step() -> None:
    """The steps are those of what is left."""
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("report", "A secret", parties=["OpenAI"])
    stream.correct(2, title="The secret")
    stream.redact(2)
    assert b"secret" not in history_of(stream.slug, stream.events).lower()


def test_a_party_that_is_known_only_later_is_not_in_what_was_said_before() -> None:
    """Those who follow it are told of the amendment from then on; as known before, it does not name it."""
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("update", "They meet", parties=["Alpha"])
    stream.add("correction", corrects="#2", changes={"title": "They met"}, why="a slip")
    stream.add("correction", corrects="#2", changes={"parties": ["Alpha", "Zeta"]}, why="another")
    stream.add("retraction", retracts="#3", why="it was right")
    (until, html, kind, parties), *others = json.loads(history_of("story", stream.events))["was"]["3"]
    assert (until, kind, parties, others) == (5, "", "alpha", [])
    assert "Zeta" not in html
