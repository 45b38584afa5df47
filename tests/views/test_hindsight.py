"""What was believed then, beside what is known now: every verdict, and that nothing later reaches ``then``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings

from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain.events import Event
from tracker.text.dates import Recorded
from tracker.views.hindsight import Belief, Snapshot, first_told, hindsight, snapshots_at

DAY = timedelta(days=1)


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "TikTok and OpenAI")
    return stream


def only(stream: Stream, known: int | None = None) -> Belief:
    (belief,) = hindsight("story", stream.events, known).beliefs
    return belief


def verdict(stream: Stream, known: int | None = None) -> str:
    return only(stream, known).verdict


def later(stream: Stream, time: timedelta) -> Stream:
    stream.instant += time - timedelta(seconds=1)
    return stream


def test_what_stands_as_it_was_is_unchanged(story: Stream) -> None:
    story.add("statement", "No", speaker="OpenAI")
    belief = only(story, 2)
    assert belief == ("position/openai", "OpenAI says", 2, "No", "No", "unchanged", (), ())
    assert belief.is_same


def test_a_corrected_belief_says_what_it_was(story: Stream) -> None:
    story.add("report", "They pay", occurred="2024-03")
    later(story, 12 * DAY).correct(2, title="They paid", occurred="2024-02")
    belief = only(story, 2)
    assert (belief.then, belief.now) == ("reported", "They paid: reported")
    assert (belief.verdict, belief.by) == ("corrected 12 days later by #3", (3,))
    assert {str(each) for each in belief.changes} == {
        "#2 title: They pay → They paid",
        "#2 occurred: March 2024 → February 2024",
    }


def test_a_corrected_date_shows_where_the_words_stay(story: Stream) -> None:
    story.add("suspension", "Stopped", subject="ByteDance", occurred="2023-12")
    later(story, timedelta(hours=1)).correct(2, occurred="2023-11")
    belief = only(story, 2)
    assert (belief.then, belief.now, belief.is_same) == ("suspended", "suspended", False)
    assert belief.verdict == "corrected 1 hour later by #3"
    assert [str(each) for each in belief.changes] == ["#2 occurred: December 2023 → November 2023"]


def test_what_was_retracted_is_no_longer_there(story: Stream) -> None:
    story.add("suspension", "Stopped", subject="ByteDance")
    later(story, timedelta(hours=3)).retract(2)
    assert (only(story, 2).now, verdict(story, 2)) == ("none", "retracted 3 hours later by #3")
    assert hindsight("story", story.events, 3).beliefs == ()


def test_an_amendment_that_was_taken_back(story: Stream) -> None:
    story.add("statement", "No", speaker="OpenAI")
    story.correct(2, title="Yes")
    later(story, 2 * DAY).retract(3)
    belief = only(story, 3)
    assert (belief.then, belief.now, belief.verdict) == ("Yes", "No", "correction #3 retracted 2 days later by #4")


def test_views_taken_since(story: Stream) -> None:
    story.add("report", "They pay", sources=[{"publisher": "A"}])
    story.add("report", "They do", about="#2", sources=[{"publisher": "B"}])
    story.add("confirmation", "Yes", about="#2", by="Microsoft")
    story.add("denial", "No", about="#2", by="OpenAI")
    story.add("denial", "No", about="#2")
    told = verdict(story, 2)
    assert told == (
        "corroborated since by #3; confirmed since by Microsoft (#4); denied since by OpenAI (#5);"
        " denied since by #6"
    )
    assert verdict(story, 4) == "disputed since by OpenAI (#5); disputed since by #6"
    story.retract(5)
    story.retract(6)
    assert verdict(story, 4) == "unchanged"
    assert verdict(story, 6) == "#5 retracted 2 seconds later by #7; #6 retracted 2 seconds later by #8"


def test_a_withdrawn_report_of_several(story: Stream) -> None:
    story.add("report", "They pay")
    story.add("report", "They do", about="#2")
    later(story, DAY).retract(3)
    assert verdict(story, 3) == "#3 retracted 1 day later by #4"


@pytest.mark.parametrize(
    ("opener", "fields", "closer", "words"),
    [
        ("suspension", {"subject": "ByteDance"}, "reinstatement", "ended since by #3"),
        ("question", {}, "update", "answered since by #3"),
        ("expectation", {"due": "2025"}, "update", "met 153 days early since by #3"),
    ],
)
def test_what_ended_since(story: Stream, opener: str, fields: dict[str, str], closer: str, words: str) -> None:
    story.add(opener, "It begins", **fields)
    story.add(closer, "It ends", closes="#2")
    assert verdict(story, 2) == words
    story.retract(3)
    assert verdict(story, 3) == "#3 retracted 1 second later by #4"
    assert verdict(story, 2) == "unchanged"


def test_what_changed_since(story: Stream) -> None:
    story.add("suspension", "It begins", subject="A")
    story.add("change", "It is eased", state="eased")
    assert verdict(story, 2) == "changed since by #3"
    story.correct(3, state="eased in part")
    assert verdict(story, 3) == "#3 corrected 1 second later by #4"


def test_what_was_replaced_since(story: Stream) -> None:
    story.add("statement", "No", speaker="OpenAI")
    story.add("statement", "Yes", speaker="OpenAI")
    assert (verdict(story, 2), only(story, 2).now) == ("replaced since by #3", "Yes")
    story.add("summary", "It began")
    assert [each.label for each in hindsight("story", story.events, 4).beliefs] == ["OpenAI says", "summary"]
    story.add("summary", "It goes on")
    belief = hindsight("story", story.events, 4).beliefs[1]
    assert (belief.seq, belief.then, belief.now, belief.verdict) == (
        4, "It began", "It goes on", "replaced since by #5",
    )  # fmt: skip


def test_a_summary_given_at_the_opening() -> None:
    stream = Stream()
    stream.add("opened", "A story", summary="It began")
    assert (only(stream).seq, verdict(stream)) == (1, "unchanged")


def test_what_changed_by_the_way(story: Stream) -> None:
    """A claim comes back when a stance whose target was corrected no longer counts."""
    story.add("report", "They pay", sources=[{"publisher": "A"}])
    story.add("report", "Others pay", sources=[{"publisher": "A"}])
    story.add("confirmation", "Yes", about="#2", by="OpenAI")
    story.correct(4, about="#3")
    told = {each.seq: each for each in hindsight("story", story.events, 4).beliefs}
    assert told[2].verdict == "#4 corrected 1 second later by #5"
    assert (told[3].then, told[3].now, told[3].verdict) == ("reported", "confirmed", "changed since")


def test_what_was_not_known_then(story: Stream) -> None:
    """All that had certainly occurred by then, whatever stands of it; undated, it occurred when recorded."""
    later(story, 12 * DAY).add("statement", "No", speaker="OpenAI", occurred="2024-03")
    story.add("update", "Vague", occurred="2024")
    story.add("update", "Undated")
    story.add("update", "Wrong", occurred="2023")
    story.retract(5)
    (learned,) = hindsight("story", story.events, 1).learned
    assert (learned.development.seq, learned.words) == (2, "learned 12 days later")
    a_day_later = Recorded("2024-08-02T12:00:01.000Z")
    (learned,) = hindsight("story", story.events, 1, a_day_later).learned
    assert learned.words == "learned 11 days later"


def test_each_as_it_was_first_told(story: Stream) -> None:
    story.add("statement", "No", speaker="OpenAI")
    story.add("report", "They pay")
    story.add("statement", "Yes", speaker="OpenAI")
    found = hindsight("story", story.events)
    assert [(each.then, each.now, each.verdict) for each in found.beliefs] == [
        ("No", "Yes", "replaced since by #4"),
        ("reported", "reported", "unchanged"),
    ]
    assert found.learned == ()


# Laws


def leaks(events: list[Event], told: Callable[[str, Sequence[Event], int], list[Snapshot]]) -> bool:
    return any(told("story", events, seq) != told("story", events[:seq], seq) for seq in range(1, len(events)))


@examples(40)
@given(streams(min_size=2))
def test_nothing_recorded_later_reaches_what_was_believed(events: list[Event]) -> None:
    assert not leaks(events, snapshots_at)
    for seq in range(1, len(events)):
        found = {each.key: each.then for each in hindsight("story", events, seq).beliefs}
        alone = hindsight("story", events[:seq], seq).beliefs
        assert found == {each.key: each.then for each in alone}
        assert all(each.is_same and each.then == each.now for each in alone)


def test_a_belief_of_today_would_be_noticed(story: Stream) -> None:
    """The control of the law above."""
    story.add("statement", "No", speaker="OpenAI")
    story.add("statement", "Yes", speaker="OpenAI")
    assert leaks(story.events, lambda slug, events, known: snapshots_at(slug, events, len(events)))


@pytest.mark.slow
@settings(max_examples=40)
@given(streams(min_size=2))
def test_whatever_reads_differently_has_a_verdict(events: list[Event]) -> None:
    """And every event that it names was recorded after what it is about was told."""
    for told, belief in zip(first_told("story", events), hindsight("story", events).beliefs, strict=True):
        assert not belief.is_same or belief.then == belief.now
        assert all(seq > 1 for seq in belief.by)
        assert belief.then == told.item.words
