"""What is worth a look about an event, and what is not: a false alarm costs as much as a miss."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.strategies import Stream, names
from tracker.domain import directory as directories
from tracker.domain.advice import Adviser
from tracker.domain.directory import NO_PARTIES, Directory
from tracker.domain.events import Event, Update
from tracker.text.dates import recorded_at

DIRECTORY = directories.read(b'[Microsoft]\naliases = ["MSFT", "Copilot"]', "parties.toml")


def adviser(stream: Stream, directory: Directory = NO_PARTIES) -> Adviser:
    return Adviser(stream.slug, stream.story.developments, directory)


def advice(stream: Stream, type: str = "update", title: str = "News", **fields: object) -> list[str]:
    """What is said of such an event, when it is recorded next."""
    knows = adviser(stream)
    step = stream.add(type, title, **fields)
    return knows.on(step.development.event, step.story)


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "The story")
    return stream


# Names that are nearly alike


def near_miss(known: str, given: str) -> str:
    knows = Adviser("story", [], NO_PARTIES)
    knows.take(1, Update(title="t", parties=(known,)))
    return knows.near_miss(given)


@pytest.mark.parametrize(
    ("known", "given"),
    [
        ("OpenAI", "Open AI"),
        ("OpenAI", "Open-AI"),
        ("Microsoft", "Microsfot"),
        ("Microsoft", "Microsof"),
        ("Microsoft", "Microssoft"),
        ("Microsoft", "Microsift"),
        ("Microsoft", "Microsoft Corp."),
        ("Microsoft Corporation", "Microsoft, Inc."),
        ("Nestlé", "Nestle"),
        ("AT&T", "AT and T"),
        ("McDonald's", "McDonald’s Corp."),
        ("U.K.", "UK"),
        ("The Verge", "Verge"),
        ("Hezbollah", "Hizbollah"),
        ("Court of Appeal", "Court of Appeals"),
    ],
)
def test_another_spelling_of_a_name_is_noticed(known: str, given: str) -> None:
    """Whichever of the two came first."""
    assert near_miss(known, given) == known
    assert near_miss(given, known) == given


@pytest.mark.parametrize(
    ("known", "given"),
    [
        ("Microsoft", "Micron"),
        ("Microsoft", "Microsoft Research"),
        ("EU", "UK"),
        ("Iran", "Iraq"),
        ("Bank of Iran", "Bank of Iraq"),
        ("Austria", "Australia"),
        ("Niger", "Nigeria"),
        ("Zambia", "Gambia"),
        ("North Korea", "South Korea"),
        ("East Germany", "West Germany"),
        ("Team 1", "Team 2"),
        ("Region01", "Region02"),
        ("Model A", "Model B"),
        ("Slovakia", "Slovenia"),
        ("☃", "♥"),
        ("Meta", "Beta"),
        ("Alpha Beta", "Alpho Bete"),
    ],
)
def test_somebody_else_is_not_taken_for_a_slip(known: str, given: str) -> None:
    assert near_miss(known, given) == near_miss(given, known) == ""


@given(st.lists(names(), min_size=1, max_size=5))
def test_whoever_is_known_is_no_near_miss(known: list[str]) -> None:
    knows = Adviser("story", [], NO_PARTIES)
    knows.take(1, Update(title="t", parties=tuple(known)))
    assert [knows.near_miss(each) for each in known] == [""] * len(known)


def test_a_slip_of_an_alias_leads_to_the_name() -> None:
    """And aliases themselves are known."""
    knows = Adviser("story", [], DIRECTORY)
    assert knows.near_miss("Copilott") == knows.near_miss("Co-Pilot") == "Microsoft"
    assert knows.near_miss("msft") == knows.near_miss("Microsoft") == ""


def test_the_advice_says_what_to_do_about_it(story: Stream) -> None:
    story.add("update", "One", parties=["OpenAI"])
    assert advice(story, parties=["Open AI", "Micron"]) == [
        "Open AI is spelt almost like OpenAI; if you mean that party, correct the name, and add an alias to"
        " parties.toml"
    ]
    assert advice(story, title="Other news", parties=["Open AI"]) == []


# What is there already


def test_the_same_title_within_the_hour_may_be_one_too_many(story: Stream) -> None:
    story.add("update", "News")
    assert advice(story, title="NEWS") == [
        "#2, recorded 1 second earlier, has the same title; if this event repeats it, withdraw it with"
        " tracker retract story#3"
    ]


def test_the_same_title_after_an_hour_is_another_development(story: Stream) -> None:
    knows = adviser(story)
    earlier = story.add("update", "News").development.event
    knows.take(2, earlier)
    later = story.add("update", "News", after=timedelta(hours=2))
    assert knows.on(later.development.event, later.story) == []


def test_a_source_that_was_cited_is_named(story: Stream) -> None:
    """With the development that cited it first; a source without an address cannot be told apart."""
    cited = {"url": "https://a.example/1"}
    story.add("update", "One", sources=[cited])
    story.add("update", "Two", sources=[cited])
    story.add("update", "Something else")
    assert advice(story, sources=[cited, {"publisher": "A"}, {"url": "https://a.example/2"}]) == [
        "https://a.example/1 is cited by #2 already"
    ]


def test_one_article_typed_in_one_sitting_is_no_news(story: Stream) -> None:
    """It is after an hour."""
    cited = {"url": "https://a.example/1"}
    knows = adviser(story)
    knows.take(2, story.add("update", "One", sources=[cited]).development.event)
    soon = story.add("update", "Two", sources=[cited])
    assert knows.on(soon.development.event, soon.story) == []
    late = story.add("update", "Three", sources=[cited], after=timedelta(hours=2))
    assert knows.on(late.development.event, late.story) == ["https://a.example/1 is cited by #2 already"]


# What was expected


def expecting(stream: Stream, **fields: object) -> None:
    stream.add("expectation", "Results are due", due="2024-09", **fields)


@pytest.mark.parametrize(("type", "fields"), [("question", {}), ("expectation", {"due": "2024-10"})])
def test_what_leaves_more_open_answers_nothing(story: Stream, type: str, fields: dict[str, str]) -> None:
    expecting(story, parties=["Microsoft"])
    assert advice(story, type, "More is due", parties=["Microsoft"], **fields) == []


def test_what_may_answer_an_expectation_is_told_how_to_say_so(story: Stream) -> None:
    expecting(story, parties=["Microsoft"])
    assert advice(story, parties=["Microsoft"]) == [
        "this may be what #2 expects (Results are due); if it is, say --closes '#2' or, once it is recorded:"
        " tracker correct story#3 --set closes=#2 --why …"
    ]


def test_an_expectation_of_nobody_in_particular_may_be_answered_by_anybody(story: Stream) -> None:
    expecting(story)
    assert "what #2 expects" in advice(story)[0]
    assert "what #2 expects" in advice(story, title="More", parties=["OpenAI"])[0]


@pytest.mark.parametrize("party", ["MICROSOFT", "Microsoft\u200b"])
def test_an_expectation_may_be_answered_under_another_spelling(story: Stream, party: str) -> None:
    expecting(story, parties=["Microsoft"])
    assert any("what #2 expects" in each for each in advice(story, parties=[party]))


@pytest.mark.parametrize(
    "fields",
    [{"parties": ["OpenAI"]}, {"parties": ["Microsoft"], "occurred": "2023"}, {"closes": "#2"}],
)
def test_what_cannot_or_does_answer_it_is_not(story: Stream, fields: dict[str, object]) -> None:
    """Of somebody else, from before, or said to close it."""
    expecting(story, parties=["Microsoft"])
    assert advice(story, **fields) == []


def test_an_expectation_does_not_answer_itself_nor_one_that_is_settled(story: Stream) -> None:
    knows = adviser(story)
    step = story.add("expectation", "Results are due", due="2024-09")
    assert knows.on(step.development.event, step.story) == []
    story.add("update", "Results", closes="#2")
    assert advice(story) == []


# Amendments


def test_amendments_are_left_alone(story: Stream) -> None:
    """They are about what was said, and say nothing new."""
    knows = adviser(story)
    step = story.correct(1, title="The other story")
    event: Event = step.development.event
    assert knows.on(event, step.story) == []
    knows.take(2, event)


# Text that readers do not get

COMMENT = "Staff <!-- later --> left."


@pytest.mark.parametrize(
    ("type", "fields"),
    [
        ("update", {"body": COMMENT}),
        ("summary", {"text": COMMENT}),
        ("agreement", {"between": ["A", "B"], "terms": COMMENT}),
        ("correction", {"corrects": "#1", "changes": {"summary": COMMENT}, "why": "it was wrong"}),
    ],
    ids=["body", "summary", "terms", "correction"],
)
def test_what_readers_do_not_get_is_named(story: Stream, type: str, fields: dict[str, object]) -> None:
    assert advice(story, type, "" if type == "correction" else "News", **fields) == [
        "not shown: a comment (later)"
    ]


def test_plain_texts_and_other_corrections_are_shown_whole(story: Stream) -> None:
    assert advice(story, "question", "News", text="Is <x> so?") == []
    story.add("update", "News of <b>", body=COMMENT)
    assert advice(story, "correction", "", corrects="#3", changes={"title": "a <!-- b -->"}, why="<x>") == []


# A wrong clock


@pytest.mark.parametrize(("hours", "warned"), [(-25, True), (-23, False), (1, False)])
def test_a_clock_that_is_a_day_behind_is_noticed(story: Stream, hours: int, warned: bool) -> None:
    knows = adviser(story)
    now = recorded_at(story.instant + timedelta(hours=hours))
    told = knows.on(structs.replace(Update(title="News"), recorded=now), story.story)
    assert any("this computer's clock says" in each for each in told) is warned
