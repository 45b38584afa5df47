"""What subscribers see: the feeds as real readers have them who fetch them over HTTP, again and again."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from reader import UpdatedFeed

from tests.subscribers import Feedparser, Item, Newsboat, Reader, Subscriber, serving
from tracker.publishing.publisher import publish
from tracker.workspace.desk import Workspace

READS: dict[type[Subscriber], tuple[str, ...]] = {
    Feedparser: ("atom", "rss"),
    Reader: ("atom", "rss", "json"),
    Newsboat: ("atom", "rss"),
}
"""The formats that each of them understands."""

REMEMBER = (Reader, Newsboat)

Polls = Callable[..., list[Item]]


def pairs(*programs: type[Subscriber]) -> list[Any]:
    """Each of the programs with each format that it understands, for a test of its own."""
    return [
        pytest.param(
            (program, format),
            id=f"{program.__name__.lower()}-{format}",
            marks=[pytest.mark.debian] if program is Newsboat else [],
        )
        for program in programs
        for format in READS[program]
    ]


@pytest.fixture
def served(desk: Workspace) -> Iterator[str]:
    """The address of the desk's feeds."""
    with serving(desk.feeds) as url:
        yield url


@pytest.fixture(params=pairs(*READS))
def polls(request: pytest.FixtureRequest, desk: Workspace, served: str, tmp_path: Path) -> Polls:
    """``polls("all")`` publishes, lets the subscriber fetch the feed, and gives what it has of it then."""
    program, format = request.param
    folder = tmp_path / "subscriber"
    folder.mkdir()
    subscriber = program(folder)

    def polls(*feeds: str) -> list[Item]:
        publish(desk)
        return subscriber.polls(*(f"{served}/{feed}.{format}" for feed in feeds))

    polls.subscriber = subscriber  # type: ignore[attr-defined]
    return polls


only_those_that_remember = pytest.mark.parametrize("polls", pairs(*REMEMBER), indirect=True)


def by_id(items: list[Item]) -> dict[str, Item]:
    """The items, of which no two are the same."""
    found = {item.id: item for item in items}
    assert len(found) == len(items)
    return found


def urn(recorded: Any) -> str:
    return f"urn:uuid:{recorded.event.id}"


@pytest.mark.parametrize("feed", ["all", "stories/story/developments"])
def test_a_subscriber_sees_every_development(record: Callable[..., Any], polls: Polls, feed: str) -> None:
    """Under its name, newest first; of what is naughty in a title nothing is lost."""
    naughty = "AT&T <b>bold</b> ]]> 💰"
    recorded = [
        record("opened", "A story"),
        record("update", naughty, body="Some *text*"),
        record("report", "They pay"),
    ]
    items = polls(feed)
    assert [item.id for item in items] == [urn(each) for each in reversed(recorded)]
    assert [html.unescape(item.title) for item in items] == ["A story: They pay", f"A story: {naughty}", "A story"]
    assert "Some <em>text</em>" in items[1].content


@pytest.mark.slow
def test_a_backdated_development_reaches_subscribers(record: Callable[..., Any], polls: Polls) -> None:
    """As the newest: it is new to them."""
    record("opened", "A story")
    polls("all")
    record("update", "long ago", occurred="2019")
    assert [item.title for item in polls("all")] == ["A story: long ago", "A story"]


@pytest.mark.slow
def test_a_correction_is_one_new_entry_and_is_seen_in_the_old_one(
    record: Callable[..., Any], polls: Polls
) -> None:
    """The corrected one keeps its name and says that it is corrected; nothing is there twice."""
    record("opened", "A story")
    wrong = record("report", "They pay")
    before = by_id(polls("all"))
    correction = record("correction", corrects="#2", changes={"title": "They lend"}, why="misread")
    after = by_id(polls("all"))
    assert after.keys() - before.keys() == {urn(correction)}
    assert after.keys() >= before.keys()
    assert after[urn(wrong)].title == "A story: They lend (corrected)"
    assert "Misread." in after[urn(wrong)].content
    assert after[urn(correction)].title == "A story: Correction: “They lend”"


@pytest.mark.slow
def test_a_retraction_is_seen_in_the_old_entry(record: Callable[..., Any], polls: Polls) -> None:
    """So is a retraction of the retraction, later."""
    record("opened", "A story")
    rumour = record("report", "They pay")
    polls("all")
    record("retraction", retracts="#2", why="a rumour")
    assert by_id(polls("all"))[urn(rumour)].title == "A story: They pay (withdrawn)"
    record("retraction", retracts="#3", why="true after all")
    after = by_id(polls("all"))
    assert after[urn(rumour)].title == "A story: They pay"
    assert len(after) == 4


@pytest.mark.slow
@only_those_that_remember
def test_a_removed_text_is_gone_from_who_has_fetched_it(record: Callable[..., Any], polls: Polls) -> None:
    """A reader keeps what it has seen; the stub takes its place."""
    record("opened", "A story")
    secret = record("update", "The unspeakable", body="an unspeakable text")
    assert "unspeakable text" in by_id(polls("all"))[urn(secret)].content
    record("redaction", redacts="#2", reason="court-order", authority="a court")
    after = by_id(polls("all"))
    assert len(after) == 3
    assert "The text of this development was removed" in after[urn(secret)].content
    assert "unspeakable" not in str(after)


@pytest.mark.slow
@pytest.mark.parametrize("polls", pairs(Reader), indirect=True)
def test_a_reader_counts_what_is_new_and_what_is_changed(record: Callable[..., Any], polls: Any) -> None:
    """A correction is one new entry and one changed one, and nothing else moved; without news nothing does."""
    record("opened", "A story")
    record("report", "They pay")
    record("update", "It goes on")
    polls("all")
    (feed,) = polls.subscriber.counts
    assert polls.subscriber.counts[feed] == UpdatedFeed(feed, new=3, modified=0, unmodified=0)
    record("correction", corrects="#2", changes={"title": "They lend"}, why="misread")
    polls("all")
    assert polls.subscriber.counts[feed] == UpdatedFeed(feed, new=1, modified=1, unmodified=2)
    polls("all")
    assert polls.subscriber.counts[feed] == UpdatedFeed(feed, new=0, modified=0, unmodified=4)


@pytest.mark.slow
@pytest.mark.parametrize("polls", pairs(Reader), indirect=True)
def test_whoever_subscribes_to_all_and_to_a_story_can_tell_what_is_the_same(
    record: Callable[..., Any], polls: Polls
) -> None:
    """A development has the same name in both feeds, and says the same; so has a correction."""
    record("opened", "Another", story="other")
    record("opened", "A story")
    record("report", "They pay")
    polls("all", "stories/story/developments")
    record("correction", corrects="#2", changes={"title": "They lend"}, why="misread")
    items = polls("all", "stories/story/developments")
    assert len(items) == 4 + 3
    assert len(set(items)) == 4


@pytest.mark.parametrize("polls", pairs(Newsboat), indirect=True)
def test_newsboat_shows_a_development_once_however_many_feeds_have_it(
    record: Callable[..., Any], polls: Polls
) -> None:
    """It knows it by its name, over all its feeds; so it does after a correction."""
    record("opened", "A story")
    wrong = record("report", "They pay")
    assert len(by_id(polls("all", "stories/story/developments"))) == 2
    record("correction", corrects="#2", changes={"title": "They lend"}, why="misread")
    after = by_id(polls("all", "stories/story/developments"))
    assert len(after) == 3
    assert after[urn(wrong)].title == "A story: They lend (corrected)"


@pytest.mark.slow
@pytest.mark.parametrize("feed", ["standing", "stories/story/standing"])
def test_each_change_of_where_things_stand_alerts(record: Callable[..., Any], polls: Polls, feed: str) -> None:
    """It is a new entry, because most readers never show one again that was edited. What changes nothing makes
    none."""
    record("opened", "A story")
    record("suspension", "It stops", subject="ByteDance", of="account", occurred="2023-12")
    (before,) = polls(feed)
    assert before.title == "A story: ByteDance: account suspended"
    record("update", "More of it")
    assert polls(feed) == [before]
    record("reinstatement", "It goes on", occurred="2024-08-01")
    after = by_id(polls(feed))
    (new,) = (item for id, item in after.items() if id != before.id)
    assert new.title.startswith("A story: The suspension of ByteDance ended on 1 August 2024")
    assert text(new).startswith("What changed The suspension of ByteDance ended")
    assert "What changed before" in text(new)


@pytest.mark.slow
@only_those_that_remember
def test_a_removed_text_is_gone_from_earlier_entries_of_where_things_stand(
    record: Callable[..., Any], polls: Polls
) -> None:
    """They are published once more without text, under the same ids."""
    record("opened", "A story")
    record("question", "Who is the unspeakable?")
    record("question", "Who pays?")
    before = by_id(polls("standing"))
    assert "unspeakable" in str(before)
    record("redaction", redacts="#2", reason="court-order", authority="a court")
    after = by_id(polls("standing"))
    assert before.keys() < after.keys()
    assert "unspeakable" not in str(after)
    assert all("We removed a text" in text(after[id]) for id in before)


def text(item: Item) -> str:
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", item.content)).split())


@pytest.mark.slow
def test_corrections_can_be_followed_alone(record: Callable[..., Any], polls: Polls) -> None:
    record("opened", "A story")
    assert polls("corrections", "stories/story/corrections") == []
    record("report", "They pay")
    correction = record("correction", corrects="#2", changes={"title": "They lend"}, why="misread")
    assert [item.id for item in polls("stories/story/corrections")] == [urn(correction)]
    assert "we had said “They pay”; it is “They lend”" in text(polls("stories/story/corrections")[0])
