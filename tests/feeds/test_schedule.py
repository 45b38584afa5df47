"""A story told again: one development each pace, nothing early, nothing twice, and then as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.strategies import NOON, Stream, streams
from tracker.domain.events import Event
from tracker.errors import BadInput
from tracker.feeds import schedule
from tracker.feeds.entries import Entry, build_feed
from tracker.feeds.schedule import Pace, Plan, ScheduledEntry
from tracker.text.dates import Recorded, recorded_at, to_datetime
from tracker.views.bitemporal import known_at

DAY = Pace(timedelta(days=1), "every day")
LATER = datetime(2025, 1, 1, tzinfo=UTC)


def entries(events: Sequence[Event]) -> list[Entry]:
    return build_feed("story", events).entries if events else []


def turns(events: Sequence[Event], plan: Plan, now: Recorded) -> list[ScheduledEntry]:
    """All turns as they are known at an instant."""
    known = list(known_at(events, now))
    return schedule.turns(entries(known), known, plan)


def out(events: Sequence[Event], plan: Plan, now: Recorded) -> list[ScheduledEntry]:
    return schedule.out(turns(events, plan, now), now)


def told(stream: Stream, plan: Plan, days: float) -> list[int]:
    """The numbers of what is out so long after the start."""
    now = recorded_at(to_datetime(plan.start) + timedelta(days=days))
    return [each.entry.seq for each in out(stream.events, plan, now)]


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("update", "the third", occurred="2024-03")
    stream.add("update", "the second", occurred="2024-02")
    stream.add("update", "the first", occurred="2024-01")
    return stream


def test_one_comes_each_pace(story: Stream) -> None:
    """The first at the start, and none before that."""
    plan = Plan(recorded_at(LATER), DAY)
    assert told(story, plan, -0.1) == []
    assert told(story, plan, 0) == [1]
    assert told(story, plan, 0.9) == [1]
    assert told(story, plan, 1) == [1, 2]
    assert told(story, plan, 3) == [1, 2, 3, 4]


def test_when_the_next_one_is_due(story: Stream) -> None:
    plan = Plan(recorded_at(LATER), DAY)
    placed = schedule.turns(entries(story.events), story.events, plan)
    assert schedule.due(placed, Recorded("2024-12-31T23:00:00.000Z")) == "2025-01-01T00:00:00.000Z"
    assert schedule.due(placed, Recorded("2025-01-01T00:00:00.000Z")) == "2025-01-02T00:00:00.000Z"
    assert schedule.due(placed, Recorded("2025-01-04T00:00:00.000Z")) is None


def test_what_is_new_comes_when_it_is_recorded(story: Stream) -> None:
    """Once all that was there is told; before that, when it is its turn."""
    plan = Plan(recorded_at(NOON), DAY)
    story.add("update", "soon", after=timedelta(days=1))
    assert told(story, plan, 3.9) == [1, 2, 3, 4]
    assert told(story, plan, 4) == [1, 2, 3, 4, 5]
    story.add("update", "late", after=timedelta(days=10.5))
    (*_, last) = out(story.events, plan, recorded_at(story.instant))
    assert (last.entry.title, last.at) == ("late", story.events[-1].recorded)


def test_in_the_order_of_the_world(story: Stream) -> None:
    """As it is known at the start; then amendments, then what was recorded since, wherever it belongs."""
    story.correct(3, occurred="2023-12")
    plan = Plan(recorded_at(LATER), DAY, "occurred")
    assert told(story, plan, 9) == [1, 3, 4, 2, 5]
    story.add("update", "older still", occurred="2020", after=timedelta(days=300))
    story.correct(2, occurred="2019")
    assert told(story, plan, 900) == [1, 3, 4, 2, 5, 6, 7]


@pytest.mark.parametrize(
    ("order", "places"), [("recorded", [1, 2, 3, 4, 6, 5, 7]), ("occurred", [1, 4, 3, 2, 6, 5, 7])]
)
def test_what_was_minor_comes_when_it_no_longer_is(order: str, places: list[int], story: Stream) -> None:
    """And moves nothing that was told before."""
    story.add("update", "small", minor=True, occurred="2020")
    story.add("update", "the fourth")
    plan = Plan(recorded_at(story.instant), DAY, order)
    before = out(story.events, plan, recorded_at(story.instant + timedelta(days=9)))
    assert [each.entry.seq for each in before] == places[:5]
    story.instant += timedelta(days=20)
    story.correct(5, minor=False)
    after = out(story.events, plan, recorded_at(story.instant + timedelta(days=9)))
    assert [each.entry.seq for each in after] == places
    assert [each.at for each in after][:5] == [each.at for each in before]


@pytest.mark.parametrize("order", schedule.ORDERS)
def test_a_removed_text_does_not_come_back(order: str, story: Stream) -> None:
    """What was out stays, and of the removed one a stub."""
    plan = Plan(recorded_at(LATER), DAY, order)
    before = {each.entry.id for each in out(story.events, plan, Recorded("2025-01-02T12:00:00.000Z"))}
    story.instant = datetime(2025, 1, 2, 13, tzinfo=UTC)
    story.redact(4)
    after = out(story.events, plan, recorded_at(story.instant))
    assert {each.entry.id for each in after} >= before
    story.instant = datetime(2026, 1, 1, tzinfo=UTC)
    everything = out(story.events, plan, recorded_at(story.instant))
    assert sorted(each.entry.seq for each in everything) == [1, 2, 3, 4, 5]
    assert not any("the first" in repr(each) for each in everything)


def test_the_end_of_time() -> None:
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("update", "more")
    plan = Plan(Recorded("9999-12-31T00:00:00.000Z"), Pace(timedelta(days=365), "every year"))
    assert [each.at[:10] for each in turns(stream.events, plan, recorded_at(LATER))] == ["9999-12-31"] * 2


# What holds of every story.

plans = st.builds(
    Plan,
    st.sampled_from([timedelta(days=-400), timedelta(0), timedelta(seconds=2), timedelta(days=3)]).map(
        lambda since: recorded_at(NOON + since)
    ),
    st.sampled_from([timedelta(minutes=1), timedelta(hours=12), timedelta(days=1)]).map(
        lambda each: Pace(each, "")
    ),
    st.sampled_from(schedule.ORDERS),
)
instants = st.timedeltas(timedelta(0), timedelta(days=30)).map(lambda since: recorded_at(NOON + since))
END = recorded_at(NOON + timedelta(days=1_000))


@examples(50)
@given(streams(), plans, instants, instants)
def test_what_is_out_stays_out(events: list[Event], plan: Plan, one: Recorded, other: Recorded) -> None:
    """With its instant, whatever is recorded meanwhile; and what comes later is later."""
    earlier, later = (out(events, plan, now) for now in sorted([one, other]))
    assert [(each.at, each.entry.id) for each in later][: len(earlier)] == [
        (each.at, each.entry.id) for each in earlier
    ]


@examples(50)
@given(streams(), plans, instants)
@pytest.mark.slow
def test_nothing_is_out_before_its_turn(events: list[Event], plan: Plan, now: Recorded) -> None:
    """Nor told of before it was recorded, nor twice; turns are in the order of time, at least a pace apart where
    nothing was awaited."""
    known = turns(events, plan, now)
    shown = schedule.out(known, now)
    assert len({each.entry.id for each in shown}) == len(shown)
    assert [each.at for each in known] == sorted(each.at for each in known)
    for number, (at, entry) in enumerate(shown):
        slot = recorded_at(to_datetime(plan.start) + number * plan.pace.time)
        assert at == max(slot, events[entry.since - 1].recorded)
        assert max(at, entry.published, *(each.recorded for each in entry.notices)) <= now
    due = schedule.due(known, now)
    assert due is None if len(shown) == len(known) else due == known[len(shown)].at > now


@examples(50)
@given(streams(), plans)
@pytest.mark.slow
def test_in_the_end_it_is_the_live_feed(events: list[Event], plan: Plan) -> None:
    """All that is in that one, and nothing else, in words that are the same."""
    shown = [each.entry for each in out(events, plan, END)]
    assert sorted(shown, key=lambda each: each.seq) == [each for each in entries(events) if each.in_feeds]


@pytest.mark.slow
@settings(max_examples=50)
@given(streams(min_size=2), plans)
def test_who_has_caught_up_is_told_as_it_comes(events: list[Event], plan: Plan) -> None:
    """What is recorded after the last slot is out that instant."""
    for turn in out(events, plan, END):
        recorded = events[turn.entry.since - 1].recorded
        if recorded >= recorded_at(to_datetime(plan.start) + len(events) * plan.pace.time):
            assert turn.at == recorded


# What is asked for.


@pytest.mark.parametrize(
    ("text", "time", "words"),
    [
        ("1m", timedelta(minutes=1), "every minute"),
        ("30m", timedelta(minutes=30), "every 30 minutes"),
        ("12h", timedelta(hours=12), "every 12 hours"),
        ("1d", timedelta(days=1), "every day"),
        ("52w", timedelta(weeks=52), "every 52 weeks"),
    ],
)
def test_paces(text: str, time: timedelta, words: str) -> None:
    assert schedule.read_pace(text) == (time, words)


@pytest.mark.parametrize("text", ["", "0d", "1", "d", "366d", "53w", "1s", "1 d", "-1d", "1.5d", "٣d", "9999999d"])
def test_paces_that_are_none(text: str) -> None:
    with pytest.raises(BadInput, match="is no pace; write one from 1m to 365d"):
        schedule.read_pace(text)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-23", "2026-11-23T00:00:00.000Z"),
        ("2026-11-23T08:00Z", "2026-11-23T08:00:00.000Z"),
        ("2026-11-23T08:00:30+01:00", "2026-11-23T07:00:30.000Z"),
    ],
)
def test_starts(text: str, instant: str) -> None:
    assert schedule.read_start(text) == instant


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no day; write one, like 2026-11-23"),
        ("2026-02-30", "there is no day 30"),
        ("2026-11", "is no day; write one, like 2026-11-23"),
        ("2026-11-23~", "is no day"),
        ("2026-11-23/2026-11-24", "is no day"),
        ("2026-11-23T08:00Z/..", "is no day"),
        ("2026-11-23T08:00 01:00", "is no day"),
        ("yesterday", "is no day"),
        ("2026-11-23T8:00Z", "write an instant with minutes and an offset"),
        ("2026-11-23T08:00", "add the offset"),
    ],
)
def test_starts_that_are_none(text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=f"^start: .*{reason}"):
        schedule.read_start(text)


def test_orders() -> None:
    assert schedule.read_order("occurred") == "occurred"
    with pytest.raises(BadInput, match="there are recorded and occurred"):
        schedule.read_order("size")


def test_the_link_of_a_story() -> None:
    assert schedule.link("story", "../../") == "../../replay/story.atom"
