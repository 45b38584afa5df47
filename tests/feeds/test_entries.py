"""Entries: every event is one, for ever; an amendment is news and also edits the entry it is about."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain.amend import amend
from tracker.domain.events import Event
from tracker.domain.fold import replay
from tracker.domain.values import from_values
from tracker.feeds.entries import SUMMARY_LENGTH, Entry, additions, entries
from tracker.text.dates import later
from tracker.views.development import body_of, said_of, text_of


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "TikTok and OpenAI", summary="Who pays whom", language="en")
    stream.add("report", "They pay", body="A *lot*.", occurred="2024-03~", parties=["ByteDance"], editor="desk",
               sources=[{"publisher": "CNN"}])  # fmt: skip
    return stream


def entry(stream: Stream, seq: int) -> Entry:
    return entries("story", stream.events)[seq - 1]


def test_every_event_is_an_entry_of_its_own(story: Stream) -> None:
    """In log order, whatever their dates; with the event's id for ever."""
    story.add("update", "Long ago", occurred="2019")
    story.correct(2, title="They pay more")
    story.retract(3)
    found = entries("story", story.events)
    assert [each.id for each in found] == [event.id for event in story.events]
    assert [each.seq for each in found] == [1, 2, 3, 4, 5]
    assert [each.published for each in found] == [event.recorded for event in story.events]
    assert [each.path for each in found][:2] == ["stories/story/1.html", "stories/story/2.html"]
    assert entries("story", []) == []


def test_an_entry_says_all_that_the_development_does(story: Stream) -> None:
    told = entry(story, 2)
    assert (told.slug, told.story_title, told.language) == ("story", "TikTok and OpenAI", "en")
    assert (told.type, told.title, told.editor) == ("report", "They pay", "desk")
    assert (told.occurred, told.body, told.quote) == ("about March 2024", "A *lot*.", "")
    assert (told.standing, told.minor, told.notices, told.about) == ("stands", False, (), 0)
    assert (told.parties, told.sources) == (("ByteDance",), story.events[1].sources)  # type: ignore[attr-defined]
    assert (told.published, told.updated) == (story.events[1].recorded, story.events[1].recorded)
    assert told.changes == (), "the title says it"


def test_a_statements_quote_is_told(story: Stream) -> None:
    story.add("statement", "They talk", speaker="ByteDance", quote="We talk.")
    assert entry(story, 3).quote == "We talk."
    assert entry(story, 3).occurred == ""


# Edited in place


def test_a_correction_edits_the_entry_it_is_about(story: Stream) -> None:
    """The same id and published; updated moves; the correction is said first."""
    before = entry(story, 2)
    story.correct(2, "it was more", title="They pay more", minor=True)
    after = entry(story, 2)
    assert (after.id, after.published, after.path) == (before.id, before.published, before.path)
    assert after.updated == later(story.events[2].recorded, 1) > before.updated
    assert (after.title, after.standing) == ("They pay more (corrected)", "corrected")
    assert after.summary == (
        "Corrected on 1 August 2024. It was more. Headline: we had said “They pay”; it is “They pay more”."
        " Minor: yes. About March 2024. A lot."
    )
    (notice,) = after.notices
    assert (notice.text, notice.why) == ("Corrected on 1 August 2024.", "It was more.")
    assert notice.recorded == story.events[2].recorded
    assert notice.changes == ("Headline: we had said “They pay”; it is “They pay more”.", "Minor: yes.")


def test_a_retraction_edits_the_entry_it_is_about(story: Stream) -> None:
    story.retract(2, "it was wrong")
    after = entry(story, 2)
    assert (after.title, after.standing) == ("They pay (withdrawn)", "retracted")
    assert after.summary == "Withdrawn on 1 August 2024. It was wrong. About March 2024. A lot."
    assert [(each.text, each.why) for each in after.notices] == [("Withdrawn on 1 August 2024.", "It was wrong.")]
    assert after.body == "A *lot*."


def test_a_redacted_entry_is_a_tombstone(story: Stream) -> None:
    story.redact(2, "a court order")
    after = entry(story, 2)
    assert (after.title, after.type, after.standing) == ("A text that we removed", "report", "redacted")
    assert (after.body, after.quote, after.sources, after.parties, after.occurred) == ("", "", (), (), "")
    assert [each.text for each in after.notices] == ["We removed this text on 1 August 2024."]
    assert "[removed]" not in after.summary
    assert after.id == story.events[1].id


def test_what_an_entry_said_then_stays_said(story: Stream) -> None:
    """What it changed is as it was when it was recorded."""
    before = entry(story, 2)
    story.add("denial", "No")
    story.retract(2)
    assert entry(story, 2).changes == before.changes


def test_a_title_names_its_story(story: Stream) -> None:
    """It stands alone in a list of many stories. One that begins with the name already has it once."""
    story.add("update", "TikTok and OpenAI: they talk")
    story.add("update", "TikTok and OpenAIs")
    story.redact(2)
    assert [each.full_title for each in entries("story", story.events)][:4] == [
        "TikTok and OpenAI",
        "TikTok and OpenAI: A text that we removed",
        "TikTok and OpenAI: they talk",
        "TikTok and OpenAI: TikTok and OpenAIs",
    ]


def test_a_story_whose_name_was_removed_goes_by_its_slug(story: Stream) -> None:
    story.redact(1)
    assert [each.full_title for each in entries("story", story.events)][:2] == [
        "story: A text that we removed",
        "story: They pay",
    ]


@pytest.mark.parametrize(
    ("values", "happened"),
    [
        ({"occurred": "2024-08-01"}, ""),
        ({"occurred": "2024-07-31"}, "31 July 2024."),
        ({"occurred": "2024-08"}, "August 2024."),
        ({"occurred": "2024-08-01T09:00Z"}, "1 August 2024, 09:00 UTC."),
        ({"occurred": "2024-08-01", "occurred_as": "today"}, "1 August 2024 (the source says “today”)."),
        ({}, ""),
    ],
    ids=["that day", "the day before", "that month", "a time of that day", "in words", "without"],
)
def test_feeds_say_when_it_happened_unless_that_is_the_day_of_recording(
    values: dict[str, Any], happened: str
) -> None:
    stream = Stream()
    stream.add("opened", "t")
    stream.add("update", "It", **values)
    assert entry(stream, 2).happened == happened


def test_backfilled_developments_that_follow_each_other_are_one_addition(story: Stream) -> None:
    """News between them ends it; what no feed has does not count. The opening of a story is always news."""
    story.add("update", "One", backfilled=True)
    story.add("update", "Two", backfilled=True, minor=True)
    story.add("update", "Three", backfilled=True)
    story.add("update", "News")
    story.add("update", "Four", backfilled=True)
    found = additions(entries("story", story.events))
    assert [(each.first.seq, each.number, each.touched, each.seq) for each in found] == [
        (3, 2, 5, -3),
        (7, 1, 7, -7),
    ]
    assert [each.updated for each in found] == [story.events[4].recorded, story.events[6].recorded]
    assert [each.item.backfilled for each in entries("story", story.events)] == [0, 0, 1, 1, 1, 0, 1]
    begun = Stream()
    begun.add("opened", "A story", backfilled=True)
    assert additions(entries("story", begun.events)) == []


# The amendment's own entry


def test_an_amendment_is_news(story: Stream) -> None:
    story.correct(2, "it was more", title="They pay more")
    told = entry(story, 3)
    assert (told.type, told.title) == ("correction", "Correction: “They pay more”")
    assert (told.said, told.body) == ("It was more.", "")
    assert told.summary == "Headline: we had said “They pay”; it is “They pay more”. It was more."
    assert told.about == 2
    assert told.parties == ("ByteDance",)
    assert (told.sources, told.occurred) == ((), "")
    assert told.changes == ("Headline: we had said “They pay”; it is “They pay more”.",)


def test_an_amendment_undone_is_edited_and_so_is_what_it_was_about(story: Stream) -> None:
    """An amendment of an amendment touches both entries, each a millisecond after the other."""
    story.retract(2)
    story.retract(3)
    last = story.events[3].recorded
    assert entry(story, 3).title == "Withdrawn: the withdrawal of “They pay”"
    assert entry(story, 4).title == "We stand by this again: “They pay”"
    assert [each.updated for each in entries("story", story.events)][1:] == [later(last, 2), later(last, 1), last]
    assert (entry(story, 2).title, entry(story, 2).notices) == ("They pay", ())


def test_an_amendment_without_a_target_is_still_an_entry(story: Stream) -> None:
    nobody = "00000000-0000-7000-8000-000000000000"
    story.put(from_values({"type": "retraction", "retracts": nobody, "why": "w"}))
    told = entry(story, 3)
    assert (told.title, told.about, told.parties) == ("Retraction", 0, ())


def test_minor_goes_for_amendments_of_what_is_minor(story: Stream) -> None:
    story.add("update", "Background", minor=True)
    story.correct(3, title="More background")
    story.correct(2, title="They pay more")
    assert [each.minor for each in entries("story", story.events)] == [False, False, True, True, False]
    story.redact(3)
    assert not entry(story, 3).minor


# Texts


@pytest.mark.parametrize(
    ("values", "body"),
    [
        ({"type": "update"}, ""),
        ({"type": "update", "body": "B"}, "B"),
        ({"type": "opened", "summary": "S", "body": "B"}, "S\n\nB"),
        ({"type": "agreement", "between": ["A", "C"], "terms": "T"}, "T"),
        ({"type": "report", "claim": "C"}, "C"),
        ({"type": "report", "claim": "The title"}, ""),
        ({"type": "report", "claim": "C", "body": "B"}, "C\n\nB"),
        ({"type": "summary", "text": "S"}, "S"),
        ({"type": "summary"}, ""),
        ({"type": "finding", "outcome": "O"}, "O"),
        ({"type": "statement", "speaker": "A", "quote": "Q"}, ""),
    ],
)
def test_what_an_event_says_beyond_its_title(values: dict[str, Any], body: str) -> None:
    assert text_of(from_values({"title": "The title", **values})) == body


@pytest.mark.parametrize(
    ("values", "said", "body"),
    [
        ({"type": "report", "claim": "C", "body": "B"}, "C", "B"),
        ({"type": "question", "text": "Is <x> so?"}, "Is <x> so?", ""),
        ({"type": "opened", "summary": "S"}, "", "S"),
        ({"type": "summary", "text": "S"}, "", "S"),
        ({"type": "retraction", "retracts": "#2", "why": "The <model> was wrong"}, "The <model> was wrong", ""),
    ],
    ids=["claim", "question", "summary of a story", "summary", "reason"],
)
def test_lines_are_plain_and_prose_is_markdown(values: dict[str, Any], said: str, body: str) -> None:
    draft = {"title": "T", **values}
    if values["type"] == "retraction":
        draft = {**values, "retracts": "00000000-0000-7000-8000-000000000001"}
    event = from_values(draft)
    assert (said_of(event), body_of(event)) == (said, body)


@pytest.mark.parametrize(
    ("values", "summary"),
    [
        ({"type": "update", "title": "Only this"}, "Only this"),
        ({"type": "statement", "title": "No", "speaker": "A"}, "No"),
        (
            {"type": "suspension", "title": "Out", "subject": "A", "reason": "a crack"},
            "A is suspended. Reason: a crack",
        ),
        ({"type": "closed", "title": "It is over"}, "We no longer follow this story."),
        ({"type": "update", "title": "t", "body": "One\n\n  two"}, "One. two"),
        ({"type": "update", "title": "t", "body": "x" * SUMMARY_LENGTH}, "x" * SUMMARY_LENGTH),
        ({"type": "update", "title": "t", "body": "word " * 60}, ("word " * 31) + "word …"),
    ],
)
def test_a_summary_is_a_line_or_two(values: dict[str, Any], summary: str) -> None:
    """What it says, or what it changed, or its title; cut between words."""
    stream = Stream()
    stream.add("opened", "t")
    stream.take(values)
    assert entry(stream, 2).summary == summary


# Laws


@examples(40)
@given(streams(max_size=10))
@pytest.mark.slow
def test_any_stream_has_entries(events: list[Event]) -> None:
    """Nothing that can be recorded stops them, and each says something."""
    found = entries("story", events)
    assert [each.id for each in found] == [event.id for event in events]
    assert all(each.title and each.summary and each.updated >= each.published for each in found)
    for told, step, development in zip(found, replay("story", events), amend(events), strict=True):
        assert told.standing == development.standing
        assert all(told.changes)
        assert bool(told.changes) <= bool(step.changes)


def moved(events: list[Event], seq: int) -> set[int]:
    """Entries which the event of this number changed or added."""
    before, after = entries("story", events[: seq - 1]), entries("story", events[:seq])
    return {each.seq for each in after if each not in before}


@examples(30)
@given(streams(min_size=2, max_size=8))
def test_an_entry_changes_only_with_its_updated(events: list[Event]) -> None:
    """A reader who looks at updated alone misses nothing, save titles of the story and of what is amended."""
    for seq in range(2, len(events) + 1):
        before, after = entries("story", events[: seq - 1]), entries("story", events[:seq])
        for was, now in zip(before, after, strict=False):
            same = (was.notices, was.body, was.standing) == (now.notices, now.body, now.standing)
            assert same or now.updated > events[seq - 1].recorded


def test_an_entry_names_what_followed_it_and_keeps_its_time(story: Stream) -> None:
    """A denial changes the entry of the report, which is not new for that; a withdrawn denial is not named."""
    story.add("denial", "No")
    story.correct(2, title="They pay more")
    assert moved(story.events, 3) == {2, 3}
    assert moved(story.events, 4) == {2, 4}
    _, was, *_ = entries("story", story.events[:2])
    _, now, *_ = entries("story", story.events[:3])
    assert (was.followers, now.followers) == ((), (("denied", 3),))
    assert (now.updated, now.touched) == (was.updated, 3)
    story.retract(3)
    _, last, *_ = entries("story", story.events)
    assert (last.followers, last.touched, last.updated) == ((), 5, later(story.events[3].recorded, 1))


def test_another_event_changes_no_other_entry(story: Stream) -> None:
    story.add("update", "No")
    assert moved(story.events, 3) == {3}


def test_what_the_types_own_fields_say_is_told(story: Stream) -> None:
    """By name; what is said elsewhere in the entry, and ids, are not said again."""
    story.add("suspension", "It stops", subject="ByteDance", of="account", reason="a breach", until="2025")
    story.add("reinstatement", "It goes on")
    story.add("earnings", "Numbers", company="Microsoft", period="Q4 FY2024")
    told = entries("story", story.events)[-4:]
    assert told[1].details == (
        ("Reason", "a breach"),
        ("Until", "2025"),
    )
    assert told[2].details == ()
    assert told[3].details == (("Company", "Microsoft"), ("Period", "Q4 FY2024"))


def test_an_entry_has_all_speakers_of_a_statement(story: Stream) -> None:
    also = [
        {"speaker": "C", "quote": "We look.", "role": "chair", "behalf": "NTSB"},
        {"speaker": "D", "to": "CNN"},
    ]
    story.add("statement", "They speak", speaker="A", behalf="EU", quote="We care.", also=also)
    entry = entries("story", story.events)[-1]
    assert entry.details == (("Speaker", "A"), ("On behalf of", "EU"))
    assert (entry.quote, entry.sayings) == ("We care.", (("C, chair, for NTSB", "We look."), ("D, to CNN", "")))
