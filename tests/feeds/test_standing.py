"""Where a story stands: an entry that moves when that changes, and never otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from msgspec import structs

from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain.amend import REDACTED
from tracker.domain.events import Event
from tracker.domain.fold import replay
from tracker.domain.story import Story
from tracker.feeds import catalogue, posts
from tracker.feeds.atom_rss import ATOM
from tracker.feeds.entries import StoryFeed, build_feed
from tracker.feeds.standing import EARLIER, MOST_STUBS, StandingTracker, StoryStanding
from tracker.text.dates import later
from tracker.views.briefing import facts
from tracker.wording.lines import briefing, line
from tracker.wording.messages import Wording
from tracker.workspace.config import Config

ENGLISH = Wording()


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "TikTok and OpenAI", summary="Who pays whom", language="en")
    stream.add("suspension", "OpenAI suspends it", subject="ByteDance", of="OpenAI account", occurred="2023-12")
    return stream


def standing(stream: Stream) -> StoryStanding:
    return build_feed("story", stream.events).standing


def changes(stream: Stream) -> list[str]:
    return standing(stream).turn.told(ENGLISH)


def test_it_says_what_changed_and_then_where_things_stand(story: Stream) -> None:
    found = standing(story)
    assert changes(story) == ["ByteDance: OpenAI account suspended."]
    assert [(section.heading, [text for text, _ in section.lines]) for section in found.sections] == [
        ("In force", ["ByteDance: OpenAI account suspended since December 2023."])
    ]
    assert (found.title, found.summary, found.status, found.language) == (
        "TikTok and OpenAI", "Who pays whom", "open", "en",
    )  # fmt: skip
    assert (found.published, found.updated) == (story.events[0].recorded, story.events[1].recorded)
    assert (found.opener, found.turn.seq) == (story.events[0].id, 2)


def test_an_event_that_changes_nothing_that_stands_does_not_move_it(story: Stream) -> None:
    before = standing(story)
    story.add("update", "It goes on", body="There is much to say.")
    assert standing(story) == before
    story.correct(3, title="It does not")
    assert standing(story) == before


def test_the_end_of_a_situation_moves_it(story: Stream) -> None:
    story.add("reinstatement", "OpenAI lets it in again", occurred="2024-08-01")
    assert changes(story) == [
        "The suspension of ByteDance ended on 1 August 2024: OpenAI account. OpenAI lets it in again."
        " It had been suspended since December 2023."
    ]
    assert standing(story).updated == story.events[2].recorded


def test_a_date_that_is_corrected_moves_it(story: Stream) -> None:
    """Though the words for what is in force are the same."""
    story.correct(2, occurred="2023-12-15")
    assert changes(story) == [
        "ByteDance: OpenAI account suspended since 15 December 2023."
        " Before, we had: ByteDance: OpenAI account suspended since December 2023."
    ]


def test_a_retraction_moves_it(story: Stream) -> None:
    story.add("question", "Will it pay?")
    story.retract(3)
    assert changes(story) == ["We no longer say this: Will it pay?"]


def test_another_report_of_a_claim_moves_it(story: Stream) -> None:
    """What it rests on is part of what stands."""
    story.add("report", "They pay", sources=[{"publisher": "CNN"}])
    story.add("report", "They pay, too", about="#3", sources=[{"publisher": "The Post", "via": "CNN"}])
    assert changes(story) == ["They pay. 2 reports, one independent origin. Before, we had: They pay. One report."]


def test_what_changed_before_is_told_too(story: Stream) -> None:
    """The last few times, the latest first."""
    for number in range(EARLIER + 5):
        story.add("question", f"Question {number}?")
    found = standing(story)
    assert [turn.seq for turn in found.earlier] == list(
        range(found.turn.seq - 1, found.turn.seq - 1 - EARLIER, -1)
    )


def test_title_status_and_summary_are_what_stands(story: Stream) -> None:
    story.add("summary", "The end of it", text="It is over.")
    assert changes(story) == ["Where it stands: It is over."]
    story.correct(1, title="Who pays OpenAI")
    assert changes(story) == ["The story is now called “Who pays OpenAI”."]
    story.add("closed", "The end")
    assert changes(story) == ["We no longer follow this story."]
    assert standing(story).status == "closed"


def test_a_stream_that_begins_with_nothing_stands_somehow() -> None:
    """Only a forger makes one."""
    stream = Stream()
    stream.add("opened", "A story")
    standpoint = StandingTracker()
    (step,) = replay("story", stream.events)
    standpoint.take(structs.replace(step, changed_items=()))
    assert standpoint.standing(step.story, ENGLISH).turn.changes == ()


def test_a_weight_is_about_the_size(story: Stream) -> None:
    before = standing(story).weight
    story.add("question", "?" * 200)
    assert standing(story).weight > before + 400
    for number in range(60):
        story.add("report", f"They pay {number}", occurred="2024-03-01")
        story.add("suspension", f"Out {number}", subject=f"Company {number}", occurred="2024-03-02")
    now = standing(story)
    config = Config(title="D", url="https://desk.example/", author="D")
    post = posts.of_standing(now, catalogue.of_standing(config, now))
    assert 0.7 < len(ATOM.entry(post).entry) / now.weight < 1.1


# Laws


@examples(20)
@given(streams(min_size=2, max_size=10))
def test_it_reads_the_same_until_it_moves(events: list[Event]) -> None:
    """With every event either no value is another one, or it moves. Its words change only when it does."""
    for seq in range(2, len(events) + 1):
        before, after = (build_feed("story", events[:end]) for end in (seq - 1, seq))
        has_moved = after.standing.turn.seq == seq
        assert (values(before) != values(after)) == has_moved
        if not has_moved:
            assert reading(before.standing) == reading(after.standing)
            assert (before.standing.turn, before.standing.earlier) == (after.standing.turn, after.standing.earlier)


def values(found: StoryFeed) -> tuple[object, ...]:
    """Everything that readers are told of where a story stands, as values."""
    told = {item.key: facts(item) for item in found.story.items.values() if facts(item) and item.key != "title"}
    return found.standing.title, found.standing.status, found.standing.summary, found.standing.language, told


def reading(standing: StoryStanding) -> tuple[object, ...]:
    """The same in words."""
    lines = [(section.heading, [text for text, _ in section.lines]) for section in standing.sections]
    return standing.title, standing.status, standing.summary, lines


def test_a_value_that_facts_leave_out_would_change_the_words_in_silence(
    story: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the property: facts without dates miss a corrected one."""
    before = standing(story)
    story.correct(2, occurred="2023-12-15")
    assert reading(standing(story)) != reading(before)
    assert standing(story).turn.seq == 3
    monkeypatch.setattr("tracker.feeds.standing.facts", lambda item: getattr(item, "state", ()))
    assert reading(standing(story)) != reading(before)
    assert standing(story).turn.seq == 2


@examples(20)
@given(streams(max_size=10))
def test_a_line_is_what_the_briefing_says(events: list[Event]) -> None:
    """Of every item that it tells."""
    story: Story = build_feed("story", events).story
    told = sorted(text for section in briefing(story, ENGLISH) for text, _ in section.lines)
    notes = ("title", "status", "summary")
    lines = (line(ENGLISH, item) for key, item in story.items.items() if key not in notes and facts(item))
    assert sorted(lines) == told


@examples(30)
@given(streams(min_size=2, max_size=10))
@pytest.mark.slow
def test_an_entry_changes_only_with_the_events_that_touch_it(events: list[Event]) -> None:
    """So that what was written of it can be kept."""
    for seq in range(1, len(events)):
        before, after = build_feed("story", events[:seq]).entries, build_feed("story", events).entries
        for was, now in zip(before, after, strict=False):
            assert was == now or now.touched > seq
            assert was.item == now.item, "and its place never"


def test_a_redacted_entry_keeps_its_name(story: Stream) -> None:
    story.redact(2)
    found = build_feed("story", story.events)
    assert (found.entries[1].standing, found.entries[1].touched) == (REDACTED, 3)
    assert found.standing.sections == []


def test_another_language_moves_it(story: Stream) -> None:
    """It is told in another from then on."""
    story.correct(1, language="fr")
    assert changes(story) == ["The story is told in another language now."]
    assert standing(story).language == "fr"


def test_a_removal_moves_it_and_says_no_more(story: Stream) -> None:
    story.redact(2)
    found = standing(story)
    assert (found.turn.seq, found.turn.changes) == (3, ())
    assert changes(story) == ["We removed a text."]


def test_entries_that_may_quote_a_removed_text_are_stubs(story: Stream) -> None:
    """Those since the removed event, which changed something then; each with a time of its own. The latest is in
    full."""
    story.add("question", "Who pays?")
    story.add("update", "It goes on")
    story.add("question", "Who is paid?")
    story.redact(3)
    story.add("question", "What now?")
    found = standing(story)
    removal = story.events[5].recorded
    assert [(stub.seq, stub.recorded, stub.removed, stub.updated) for stub in found.removed] == [
        (5, story.events[4].recorded, removal, later(removal, 2)),
        (3, story.events[2].recorded, removal, later(removal, 1)),
    ]
    assert found.turn.seq == 7


def test_stubs_are_limited(story: Stream) -> None:
    for number in range(MOST_STUBS + 5):
        story.add("question", f"Question {number}?")
    story.redact(3)
    assert len(standing(story).removed) == MOST_STUBS


def test_the_order_of_lines_is_no_matter_of_history(story: Stream) -> None:
    """What was said again, and is withdrawn, leaves the others where they are."""
    for speaker, quote in (("B", "one"), ("C", "two"), ("B", "three")):
        story.add("statement", "It speaks", speaker=speaker, quote=quote)
    before = [text for text, _ in standing(story).sections[-1].lines]
    story.retract(3)
    assert [text for text, _ in standing(story).sections[-1].lines] == before
