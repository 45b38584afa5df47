"""The two time axes: what was known at K, what held at T, and that nothing learned later leaks into either."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import NOON, Stream, past, streams
from tracker.events import Event, Occurrence, Opened
from tracker.fold import fold
from tracker.history import as_of, known_at, view
from tracker.story import Situation, Story
from tracker.times import BEGINNING, END, Moment, Occurred, Recorded, moment, recorded_at, span, when


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "TikTok and OpenAI", occurred="2024-07")
    return stream


def a_suspension(stream: Stream, since: str, until: str = "") -> Stream:
    stream.add("suspension", "Stopped", subject="ByteDance", occurred=since)
    if until:
        stream.add("reinstatement", "Back", occurred=until)
    return stream


def in_force_at(stream: Stream, date: str) -> str:
    """How the one situation stood at the end of that date."""
    found = as_of(stream.story, moment(date)).situations
    if not found:
        return "not yet"
    return ("in force" if found[0].in_force else "ended") + (", uncertain" if found[0].uncertain else "")


@pytest.mark.parametrize(
    ("date", "state"),
    [
        ("2023-11-30", "not yet"),
        ("2023-12-01", "in force, uncertain"),
        ("2023-12-30", "in force, uncertain"),
        ("2023-12-31", "in force"),
        ("2024-03-14", "in force"),
        ("2024-03-15T10:00Z", "ended, uncertain"),
        ("2024-03-15", "ended"),
        ("2024-07-30", "ended"),
    ],
)
def test_a_situation_is_in_force_from_its_beginning_to_its_end(story: Stream, date: str, state: str) -> None:
    """Where a date's own fuzziness straddles the moment, that is flagged."""
    assert in_force_at(a_suspension(story, "2023-12", "2024-03-15"), date) == state


@pytest.mark.parametrize(("date", "state"), [("2024-07-31", "not yet"), ("2024-08-01T12:01Z", "in force")])
def test_what_has_no_date_occurred_when_it_was_recorded(story: Stream, date: str, state: str) -> None:
    assert in_force_at(a_suspension(story, ""), date) == state


def test_an_undated_end_is_when_it_was_recorded(story: Stream) -> None:
    a_suspension(story, "2024-01-01")
    story.add("reinstatement", "Back", after=timedelta(days=1))
    assert in_force_at(story, "2024-08-01") == "in force"
    assert in_force_at(story, "2024-08-02") == "ended"


def test_the_opening_is_about_the_log_and_always_there(story: Stream) -> None:
    long_before = as_of(story.story, BEGINNING)
    assert (long_before.title, long_before.status) == ("TikTok and OpenAI", "open")
    assert [each.seq for each in long_before.developments] == [1]


def test_a_view_as_of_goes_by_what_is_known_now(story: Stream) -> None:
    """A correction learned later applies to what is said of the past; a retracted statement is not in it."""
    story.add("statement", "No", speaker="OpenAI", occurred="2024-01")
    story.correct(2, occurred="2023-05", title="Never")
    assert [each.words for each in as_of(story.story, moment("2023-06")).positions] == ["Never"]
    story.retract(2)
    assert as_of(story.story, moment("2023-06")).positions == []


def test_a_view_as_of_keeps_whose_story_it_is(story: Stream) -> None:
    """Head and number are those of the log it was made from."""
    a_suspension(story, "2024-07")
    restricted = as_of(story.story, moment("2024-01"))
    assert (restricted.slug, restricted.seq, restricted.head) == ("story", 2, story.events[1].hash)
    assert restricted.updated == story.events[1].recorded
    assert restricted.situations == []


def at(minutes: float) -> Recorded:
    return recorded_at(NOON + timedelta(minutes=minutes))


def test_known_at_takes_what_was_recorded_by_then(story: Stream) -> None:
    """Up to and including that millisecond."""
    story.add("statement", "No", speaker="OpenAI", after=timedelta(minutes=10))
    story.retract(2)
    second = story.events[1].recorded
    assert list(known_at(story.events, at(0))) == []
    assert list(known_at(story.events, at(5))) == story.events[:1]
    assert list(known_at(story.events, second)) == story.events[:2]
    assert list(known_at(story.events, at(60))) == story.events
    assert [each.words for each in view("story", story.events, known_at=second).positions] == ["No"]
    assert view("story", story.events, known_at=at(60)).positions == []


def test_a_view_restricts_both_axes_or_either_or_none(story: Stream) -> None:
    """What was backdated is not known before it was recorded, and holds from when it occurred."""
    story.add("statement", "Yes", speaker="OpenAI", occurred="2023", after=timedelta(minutes=10))
    story.add("statement", "No", speaker="OpenAI", occurred="2024-03", after=timedelta(minutes=10))

    def position(as_of: Moment | None = None, known: Recorded | None = None) -> list[str]:
        return [each.words for each in view("story", story.events, as_of=as_of, known_at=known).positions]

    assert position() == ["No"]
    assert position(as_of=moment("2023")) == ["Yes"]
    assert position(known=at(15)) == ["Yes"]
    assert position(as_of=moment("2024"), known=at(15)) == ["Yes"]
    assert position(as_of=moment("2023"), known=at(5)) == []


# Laws


def a_moment() -> st.SearchStrategy[Moment]:
    """Edges of dates that events may have, and any minute of the days around."""
    edges = past().flatmap(lambda date: st.sampled_from(span(Occurred(date))))
    return edges | st.integers(-2_000_000, 20_000).map(lambda minutes: Moment(at(minutes)))


View = Callable[[Iterable[Event], Recorded], Iterable[Event]]


def leaks(events: list[Event], knowing: View) -> bool:
    """Whether what was recorded after some event changes a view of what was known when that was recorded."""
    for seq, event in enumerate(events, 1):
        if seq < len(events) and events[seq].recorded == event.recorded:
            continue
        if fold("story", knowing(events, event.recorded)) != fold("story", knowing(events[:seq], event.recorded)):
            return True
    return False


@settings(max_examples=50)
@given(streams(min_size=2))
def test_later_records_never_alter_an_earlier_view(events: list[Event]) -> None:
    assert not leaks(events, known_at)


def test_a_view_that_leaks_would_be_noticed(story: Stream) -> None:
    """The control of the law above: going by when it occurred, a backdated statement leaks."""

    def by_occurrence(events: Iterable[Event], known: Recorded) -> list[Event]:
        return [
            each
            for each in events
            if isinstance(each, Occurrence) and when(each.occurred, each.recorded).earliest <= known
        ]

    story.add("statement", "Yes", speaker="OpenAI", occurred="2023")
    assert leaks(story.events, by_occurrence)


def faults(story: Story, moment: Moment, restricted: Story) -> list[Situation]:
    """Situations whose state in a view as of ``moment`` is not what their dates say."""
    wrong = []
    for each in restricted.situations + restricted.questions + restricted.expected:
        began = when(each.since, each.recorded)
        ended = when(each.ended, each.ended_recorded) if each.ended_by else None
        in_doubt = began.latest > moment or bool(ended and ended.latest > moment)
        if began.earliest > moment or (ended and ended.earliest > moment) or each.uncertain != in_doubt:
            wrong.append(each)
    return wrong


@settings(max_examples=60)
@given(streams(min_size=2), a_moment())
def test_what_is_in_force_began_and_did_not_end(events: list[Event], moment: Moment) -> None:
    story = fold("story", events)
    assert not faults(story, moment, as_of(story, moment))
    known = [each for each in story.developments if each.standing in ("stands", "corrected")]
    for situation in as_of(story, moment).situations:
        closers = [
            each
            for each in known
            if isinstance(each.event, Occurrence)
            and each.event.closes == situation.id
            and when(each.event.occurred, each.event.recorded).earliest <= moment
        ]
        assert situation.in_force == (not closers)


def test_an_as_of_view_that_restricts_nothing_would_be_noticed(story: Stream) -> None:
    """The control of the law above."""
    a_suspension(story, "2023-12", "2024-03-15")
    then = moment("2024-01")
    assert not faults(story.story, then, as_of(story.story, then))
    assert faults(story.story, then, story.story)


@settings(max_examples=40)
@given(streams())
def test_at_the_end_of_time_all_has_occurred(events: list[Event]) -> None:
    story = fold("story", events)
    assert as_of(story, END).items == story.items


@settings(max_examples=40)
@given(streams(), a_moment(), a_moment())
def test_an_as_of_view_only_grows_with_time(events: list[Event], one: Moment, other: Moment) -> None:
    """What had occurred by a moment had occurred by any later one."""
    story = fold("story", events)
    early, late = (as_of(story, each) for each in sorted([one, other]))
    assert {each.seq for each in early.developments} <= {each.seq for each in late.developments}
    assert all(isinstance(each.event, Opened) for each in as_of(story, BEGINNING).developments[:1])
