"""The two time axes: what was known at K, what held at T, and that nothing learned later leaks into either."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.strategies import NOON, Stream, past, streams
from tracker.domain.events import Event, Occurrence, Opened
from tracker.domain.fold import fold, fold_developments, replay, unfold
from tracker.domain.story import Situation, Story
from tracker.text.dates import BEGINNING, END, Edge, Occurred, Recorded, edge, moment, recorded_at, span, when
from tracker.views.bitemporal import as_of, difference, known_at, occurred_by, view
from tracker.views.series import series


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
    long_before = as_of(story.story, FIRST)
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
    assert [each.words for each in view(story.events, known_at=second).positions] == ["No"]
    assert view(story.events, known_at=at(60)).positions == []


def test_a_view_restricts_both_axes_or_either_or_none(story: Stream) -> None:
    """What was backdated is not known before it was recorded, and holds from when it occurred."""
    story.add("statement", "Yes", speaker="OpenAI", occurred="2023", after=timedelta(minutes=10))
    story.add("statement", "No", speaker="OpenAI", occurred="2024-03", after=timedelta(minutes=10))

    def position(as_of: Edge | None = None, known: Recorded | None = None) -> list[str]:
        return [each.words for each in view(story.events, as_of=as_of, known_at=known).positions]

    assert position() == ["No"]
    assert position(as_of=moment("2023")) == ["Yes"]
    assert position(known=at(15)) == ["Yes"]
    assert position(as_of=moment("2024"), known=at(15)) == ["Yes"]
    assert position(as_of=moment("2023"), known=at(5)) == []


def test_a_figure_as_of_a_date_is_as_it_was_known(story: Stream) -> None:
    """A value and its series go by both axes, and so does the mark of an agreement that ended."""
    dead = {"name": "dead", "value": "12", "party": "A"}
    story.add("agreement", "They agree", between=["A", "B"], occurred="2024-01-01", figures=[dead])
    story.add(
        "update", "More", occurred="2024-02-01", figures=[{**dead, "value": "15"}], after=timedelta(minutes=10)
    )
    story.add("update", "Then", occurred="2024-01-20", after=timedelta(minutes=10),
              figures=[{**dead, "value": "13", "about": "#2"}])  # fmt: skip
    story.add("termination", "It ends", occurred="2024-01-25", after=timedelta(minutes=10))

    def told(as_of: str, known: Recorded | None = None) -> tuple[str, list[str]]:
        seen = view(story.events, as_of=moment(as_of), known_at=known)
        (values,) = (each.values for each in series(seen))
        return seen.readings[0].words, [each.figure.value for each in values]

    assert told("2024-01-10") == ("12", ["12"])
    assert told("2024-01-22") == ("13", ["12", "13"])
    assert told("2024-01-26") == ("13 (agreement terminated)", ["12", "13"])
    assert told("2024-02-02") == ("15", ["12", "13", "15"])
    assert told("2024-01-22", at(15)) == ("12", ["12"])
    assert told("2024-01-26", at(25)) == ("13", ["12", "13"])
    assert told("2024-02-02", at(15)) == ("15", ["12", "15"])


# Two views beside each other


def test_what_two_views_say_differently(story: Stream) -> None:
    """What stands, what is new, and what reads differently, field by field."""
    story.add("report", "They pay", occurred="2024-03")
    before = view(story.events)
    story.add("statement", "No", speaker="OpenAI")
    story.correct(2, occurred="2024-02")
    story.retract(2)
    found = difference(before, view(story.events))
    assert [str(each) for each in found.changes] == ["They pay: reported → retracted", "OpenAI says: none → No"]
    assert [each.seq for each in found.added] == [3, 4, 5]
    ((development, changes),) = found.amended
    assert development.seq == 2
    assert [str(each) for each in changes] == [
        "#2 occurred: March 2024 → February 2024",
        "#2: stands → retracted by #5",
    ]
    assert found.removed == ()


def test_what_was_taken_back_reads_as_before(story: Stream) -> None:
    story.add("update", "One")
    story.correct(2, title="Two")
    before = view(story.events)
    story.retract(3)
    ((_, second), (_, third)) = difference(before, view(story.events)).amended
    assert [str(each) for each in second] == ["#2 title: Two → One", "#2: corrected → stands"]
    assert [str(each) for each in third] == ["#3: stands → retracted by #4"]


def test_views_that_are_the_same_say_nothing_differently(story: Stream) -> None:
    assert not any(difference(view(story.events), view(story.events)))


def test_a_corrected_date_takes_a_development_out_of_a_view(story: Stream) -> None:
    """``places`` serve for what is in neither view."""
    story.add("question", "Why?", occurred="2024-07")
    story.add("update", "Therefore", occurred="2024-02", closes="#2")
    story.add("update", "It was", occurred="2024-03")
    then = moment("2024-04")
    before = view(story.events, as_of=then)
    story.correct(4, occurred="2024-06")
    story.correct(3, closes=None)
    places = {event.id: seq for seq, event in enumerate(story.events, 1)}
    found = difference(before, view(story.events, as_of=then), places)
    assert [each.seq for each in found.removed] == [4]
    assert [str(each) for _, changes in found.amended for each in changes] == [
        "#3 closes: #2 → nothing",
        "#3: stands → corrected by #6",
    ]


def test_of_a_removed_text_nothing_is_told(story: Stream) -> None:
    story.add("update", "One")
    before = view(story.events)
    story.redact(2)
    ((_, changes),) = difference(before, view(story.events)).amended
    assert [each.before for each in changes] == ["stands"]


def test_a_removed_text_has_lost_its_date(story: Stream) -> None:
    """It counts from when it was recorded."""
    story.add("update", "One", occurred="2023")
    story.redact(2)
    assert [each.seq for each in view(story.events, as_of=moment("2024-07")).developments] == [1]
    assert [each.seq for each in view(story.events, as_of=moment("2024-08-01")).developments] == [1, 2]


# Laws


FIRST, LAST = Edge(BEGINNING, BEGINNING), Edge(END, END)


def in_time(moment: Edge) -> str:
    """A sort key for moments that all have a time, or all have none."""
    return moment.instant


def a_moment() -> st.SearchStrategy[Edge]:
    """Edges of dates that events may have, and any minute of the days around."""
    return an_edge() | a_minute()


def an_edge() -> st.SearchStrategy[Edge]:
    return past().flatmap(lambda date: st.sampled_from(span(Occurred(date))))


def a_minute() -> st.SearchStrategy[Edge]:
    return st.integers(-2_000_000, 20_000).map(lambda minutes: edge(at(minutes)))


def comparable(number: int) -> st.SearchStrategy[list[Edge]]:
    """Moments that all have a time, or none: others have no order that holds throughout."""
    timed = a_minute() | an_edge().filter(lambda each: bool(each.offset))
    dated = an_edge().filter(lambda each: not each.offset)
    return st.sampled_from((timed, dated)).flatmap(lambda kind: st.lists(kind, min_size=number, max_size=number))


View = Callable[[Iterable[Event], Recorded], Iterable[Event]]


def leaks(events: list[Event], knowing: View) -> bool:
    """Whether what was recorded after some event changes a view of what was known when that was recorded."""
    for seq, event in enumerate(events, 1):
        if seq < len(events) and events[seq].recorded == event.recorded:
            continue
        if fold("story", knowing(events, event.recorded)) != fold("story", knowing(events[:seq], event.recorded)):
            return True
    return False


def leaks_into_views(events: list[Event], moment: Edge, viewed: Callable[..., Story]) -> bool:
    """Whether what was recorded after some event changes a view as of ``moment`` of what was known by then."""
    for seq, event in enumerate(events[:-1], 1):
        if events[seq].recorded == event.recorded:
            continue
        known = event.recorded
        if viewed(events, moment, known) != viewed(events[:seq], moment, known):
            return True
    return False


@examples(50)
@given(streams())
def test_the_last_value_of_a_series_is_the_one_that_stands(events: list[Event]) -> None:
    story = fold("story", events)
    for each in series(story):
        last = each.values[-1]
        found = last.development.seq, last.figure.value, last.figure.low, last.occurred
        latest = each.latest
        assert found == (latest.seq, latest.figure.value, latest.figure.low, latest.occurred)


def _view(events: list[Event], moment: Edge, known: Recorded) -> Story:
    return view(events, as_of=moment, known_at=known)


@examples(50)
@given(streams(min_size=2))
def test_later_records_never_alter_an_earlier_view(events: list[Event]) -> None:
    assert not leaks(events, known_at)


@pytest.mark.slow
@settings(max_examples=50)
@given(streams(min_size=2), a_moment())
def test_later_records_never_alter_a_view_as_of_any_time(events: list[Event], moment: Edge) -> None:
    assert not leaks_into_views(events, moment, _view)


def test_a_view_as_of_that_knows_today_would_be_noticed(story: Stream) -> None:
    """The control of the law above."""
    story.add("statement", "Yes", speaker="OpenAI", occurred="2023")
    assert leaks_into_views(story.events, moment("2024"), lambda events, then, _: view(events, as_of=then))


@examples(50)
@given(streams(min_size=2), a_moment())
def test_a_view_is_the_fold_of_what_was_known_restricted(events: list[Event], moment: Edge) -> None:
    assert view(events, known_at=events[-1].recorded, slug="story") == fold("story", events)
    for event in events:
        known = event.recorded
        restricted = as_of(fold("story", known_at(events, known)), moment)
        assert view(events, as_of=moment, known_at=known, slug="story") == restricted


def test_a_view_that_forgets_an_axis_would_be_noticed(story: Stream) -> None:
    """The control of the law above."""
    a_suspension(story, "2023-12")
    assert view(story.events, slug="story") != as_of(story.story, FIRST)
    assert view(story.events, known_at=story.events[0].recorded, slug="story") != story.story


def test_a_view_that_leaks_would_be_noticed(story: Stream) -> None:
    """The control of the law above: going by when it occurred, a backdated statement leaks."""

    def by_occurrence(events: Iterable[Event], known: Recorded) -> list[Event]:
        return [
            each
            for each in events
            if isinstance(each, Occurrence) and when(each.occurred, each.recorded).earliest.instant <= known
        ]

    story.add("statement", "Yes", speaker="OpenAI", occurred="2023")
    assert leaks(story.events, by_occurrence)


def faults(story: Story, moment: Edge, restricted: Story) -> list[Situation]:
    """Situations whose state in a view as of ``moment`` is not what their dates say."""
    wrong = []
    for each in restricted.situations + restricted.questions + restricted.expected:
        began = when(each.since, each.recorded)
        ended = when(each.ended, each.ended_recorded) if each.ended_by else None
        in_doubt = moment.is_before(began.latest) or bool(ended and moment.is_before(ended.latest))
        begun = not moment.is_before(began.earliest) and not (ended and moment.is_before(ended.earliest))
        if not begun or each.uncertain != in_doubt:
            wrong.append(each)
    return wrong


@examples(60)
@given(streams(min_size=2), a_moment())
def test_what_is_in_force_began_and_did_not_end(events: list[Event], moment: Edge) -> None:
    story = fold("story", events)
    assert not faults(story, moment, as_of(story, moment))
    known = [each for each in story.developments if each.standing in ("stands", "corrected")]
    for situation in as_of(story, moment).situations:
        closers = [
            each
            for each in known
            if isinstance(each.event, Occurrence)
            and each.event.closes == situation.id
            and not moment.is_before(when(each.event.occurred, each.event.recorded).earliest)
        ]
        assert situation.in_force == (not closers)


def test_an_as_of_view_that_restricts_nothing_would_be_noticed(story: Stream) -> None:
    """The control of the law above."""
    a_suspension(story, "2023-12", "2024-03-15")
    then = moment("2024-01")
    assert not faults(story.story, then, as_of(story.story, then))
    assert faults(story.story, then, story.story)


@examples(40)
@given(streams())
def test_at_the_end_of_time_all_has_occurred(events: list[Event]) -> None:
    story = fold("story", events)
    assert as_of(story, LAST).items == story.items


@pytest.mark.slow
@settings(max_examples=40)
@given(streams(), comparable(2))
def test_an_as_of_view_only_grows_with_time(events: list[Event], moments: list[Edge]) -> None:
    """What had occurred by a moment had occurred by any later one that has a time too, or no time either."""
    story = fold("story", events)
    early, late = (as_of(story, each) for each in sorted(moments, key=in_time))
    assert {each.seq for each in early.developments} <= {each.seq for each in late.developments}
    assert all(isinstance(each.event, Opened) for each in as_of(story, FIRST).developments[:1])


def state(story: Story, id: str) -> str:
    found = story.situation(id)
    return found.words if found and not found.uncertain else ""


def interrupted(story: Story, moments: list[Edge], viewed: Callable[[Story, Edge], Story]) -> list[str]:
    """Situations certainly in force at the first and the last moment, and not in between although no date of the
    story touches what lies between."""
    first, last = moments[0], moments[-1]
    for each in story.developments:
        if isinstance(each.event, Occurrence):
            edges = when(each.event.occurred, each.event.recorded)
            begins_after = first.is_before(edges.earliest)
            if begins_after and not last.is_before(edges.earliest) and first.is_before(edges.latest):
                return []
    views = [viewed(story, moment) for moment in moments]
    held = [each for each in views[0].all_situations if each.in_force and not each.uncertain]
    return [
        each.id
        for each in held
        if state(views[-1], each.id) == each.words
        and any(state(view, each.id) != each.words for view in views[1:-1])
    ]


@examples(60)
@given(streams(min_size=2), comparable(3))
def test_what_holds_at_both_ends_holds_throughout(events: list[Event], moments: list[Edge]) -> None:
    assert not interrupted(fold("story", events), sorted(moments, key=in_time), as_of)


def test_a_gap_in_what_holds_would_be_noticed(story: Stream) -> None:
    """The control of the law above."""
    a_suspension(story, "2023-12")
    moments = [moment(each) for each in ("2024-01", "2024-02", "2024-03")]
    assert not interrupted(story.story, moments, as_of)
    gap = {moments[1]: FIRST}
    assert interrupted(story.story, moments, lambda known, then: as_of(known, gap.get(then, then)))


@pytest.mark.slow
@settings(max_examples=60)
@given(streams(min_size=2), a_moment())
def test_a_replay_of_what_had_occurred_ends_in_the_view(events: list[Event], moment: Edge) -> None:
    """Only what is uncertain is not its matter."""
    replayed = [(step.story.seq, step.changes) for step in replay("story", events, occurred_by(moment))]
    *_, last = [Story("story"), *(step.story for step in replay("story", events, occurred_by(moment)))]
    expected = {key: item.words for key, item in view(events, as_of=moment).items.items()}
    assert {key: item.words for key, item in last.items.items()} == expected
    assert all(seq <= len(events) for seq, _ in replayed)


def misplaced(story: Story, order: Callable[[Story], Story]) -> bool:
    """Whether the situations end otherwise in that order of the world."""
    unfolded = order(story)
    return {each.id: each.words for each in unfolded.all_situations} != {
        each.id: each.words for each in story.all_situations
    }


def _unfolded(story: Story) -> Story:
    *_, last = unfold(story.slug, story.developments)
    return last.story


@pytest.mark.slow
@settings(max_examples=80)
@given(streams(min_size=2))
def test_in_the_order_of_the_world_the_situations_end_as_in_the_fold(events: list[Event]) -> None:
    assert not misplaced(fold("story", events), _unfolded)


def test_an_end_before_its_beginning_would_be_noticed(story: Stream) -> None:
    """The control of the law above: by their dates alone, this end comes before what it ends."""
    a_suspension(story, "2024-03", "2024-02")
    by_date = [story.story.developments[place] for place in (0, 2, 1)]
    assert not misplaced(story.story, _unfolded)
    assert misplaced(story.story, lambda known: fold_developments("story", by_date))
