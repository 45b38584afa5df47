"""Items and changes: what counts as one origin, what counts as a change, and which items a story has."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import Stream, names, sources
from tracker.domain.events import Source
from tracker.domain.story import Change, Item, Note, Story, change_of, differences, independent_origins
from tracker.domain.values import from_values


def outlets(*named: str) -> list[Source]:
    """``"CNN"`` is an outlet, ``"CNN < AP"`` one whose reporting rests on AP's."""
    parts = [name.partition(" < ") for name in named]
    return [Source(publisher=publisher, via=via) for publisher, _, via in parts]


@pytest.mark.parametrize(
    ("named", "origins"),
    [
        ([], 0),
        (["CNN"], 1),
        (["CNN", "CNN"], 1),
        (["CNN", "cnn"], 1),
        (["The Example", "The  Example", "THE\u00a0EXAMPLE"], 1),
        (["CNN", "Reuters"], 2),
        (["CNN < AP", "Reuters < AP"], 1),
        (["CNN < AP", "Reuters < ap"], 1),
        (["CNN < AP", "AP"], 1),
        (["AP", "CNN < AP"], 1),
        (["CNN < AP", "Reuters"], 2),
        (["A < B", "B < C", "C"], 1),
        (["C", "B < C", "A < B"], 1),
        (["A < B", "C < D", "B < D"], 1),
        (["A < B", "C < D"], 2),
        (["A < B", "B < A"], 1),
        (["A < A", "B"], 2),
        (["A < AP", "B < AP", "C < AP", "D < AP", "E < AP"], 1),
        (["A < AP", "B < AP", "C < AP", "D < AP", "E"], 2),
        (["A", "A < AP", "B < AP"], 1),
    ],
)
def test_outlets_that_rest_on_one_report_are_one_origin(named: list[str], origins: int) -> None:
    assert independent_origins(outlets(*named)) == origins


@pytest.mark.parametrize(
    ("urls", "origins"),
    [
        (["https://cnn.example/1", "https://cnn.example/2"], 1),
        (["https://www.cnn.example/1", "http://cnn.example"], 1),
        (["https://CNN.example/1", "https://cnn.example/2"], 1),
        (["https://cnn.example", "https://edition.cnn.example"], 2),
        (["https://cnn.example/1", "https://web.archive.org/web/2024/https://cnn.example/2"], 1),
        (["https://archive.ph/AbC", "https://archive.ph/XyZ"], 2),
    ],
)
def test_without_a_publisher_the_address_says_who(urls: list[str], origins: int) -> None:
    assert independent_origins([Source(url=url) for url in urls]) == origins


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"publisher": "A", "url": "https://a.example/1"}, {"publisher": "B", "url": "https://a.example/2"}),
        ({"publisher": "A", "url": "https://a.example/1"}, {"url": "http://m.a.example/1?utm_source=x"}),
        ({"publisher": "A", "archived": "https://archive.ph/AbC"}, {"url": "https://archive.ph/AbC"}),
    ],
    ids=["one host", "one article", "a copy that has no name"],
)
def test_another_publisher_is_not_another_origin_if_the_address_says_so(
    one: dict[str, str], other: dict[str, str]
) -> None:
    assert independent_origins([Source(**one), Source(**other)]) == 1


def drawn_sources() -> st.SearchStrategy[list[Source]]:
    def made(values: list[dict[str, str]]) -> list[Source]:
        event = from_values({"type": "update", "title": "t", "sources": values})
        return list(event.sources)  # type: ignore[attr-defined]

    return st.lists(sources(), max_size=6).map(made)


@given(drawn_sources(), st.randoms(use_true_random=False))
def test_origins_do_not_depend_on_the_order(found: list[Source], random: Random) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert independent_origins(shuffled) == independent_origins(found)


@given(drawn_sources(), names())
def test_resting_on_one_report_makes_all_one(found: list[Source], origin: str) -> None:
    """However many outlets, where each rests on one they are one; and never more than there are sources."""
    assert independent_origins(found) <= len(found)
    rested = [Source(publisher=each.publisher, via=origin) for each in found]
    assert independent_origins(rested) == min(1, len(found))


def note(text: str) -> Note:
    return Note(key="summary", label="summary", text=text)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, note("a"), "summary: none → a"),
        (note("a"), note("b"), "summary: a → b"),
        (note("a"), None, "summary: a → none"),
        (note("a"), note("a"), ""),
        (None, None, ""),
    ],
)
def test_a_change_is_an_items_words_before_and_after(before: Note | None, after: Note | None, said: str) -> None:
    change = change_of(before, after)
    assert (str(change) if change else "") == said


def test_differences_come_in_the_order_of_the_items() -> None:
    """What was there first, what is new last; what is the same is left out."""

    def story(**texts: str) -> Story:
        return Story("s", items={key: Note(key=key, label=key, text=text) for key, text in texts.items()})

    before, after = story(a="1", b="1", c="1"), story(d="1", b="1", a="2")
    was, now = before.items, after.items
    assert differences(before, after) == (
        Change("a", "a", "1", "2", was["a"], now["a"]),
        Change("c", "c", "1", "none", was["c"]),
        Change("d", "d", "none", "1", None, now["d"]),
    )


@pytest.mark.parametrize("name", ["words", "state"])
def test_an_item_of_no_kind_has_no_state(name: str) -> None:
    """Each kind of item says itself what its state is."""
    with pytest.raises(NotImplementedError):
        getattr(Item(key="a", label="a"), name)


def test_a_story_knows_its_items_by_kind() -> None:
    stream = Stream()
    stream.add("opened", "The story")
    stream.add("suspension", "Stopped", subject="ByteDance")
    stream.add("question", "Why?")
    stream.add("expectation", "A ruling", due="2025")
    stream.add("report", "They pay", sources=[{"publisher": "A"}, {"publisher": "B"}])
    stream.add("statement", "No", speaker="OpenAI")
    stream.add("earnings", "Q4", company="Microsoft", figures=[{"name": "growth", "value": "29"}])
    story, events = stream.story, stream.events
    assert [each.title for each in story.situations] == ["Stopped"]
    assert [each.title for each in story.questions] == ["Why?"]
    assert [each.title for each in story.expected] == ["A ruling"]
    assert [each.words for each in story.claims] == ["reported, 2 independent origins"]
    assert [each.party for each in story.positions] == ["OpenAI"]
    assert [each.label for each in story.readings] == ["Microsoft: growth"]
    assert story.situation(events[2].id) is story.questions[0]
    assert story.claim(events[4].id) is story.claims[0]
    assert story.situation(events[4].id) is story.claim(events[2].id) is None


def test_items_say_whom_they_are_about() -> None:
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("statement", "No", speaker="OpenAI")
    stream.add("report", "They pay", parties=["CNN"])
    stream.add("earnings", "Numbers", company="Acme", figures=[{"name": "revenue", "value": "1", "unit": "USD"}])
    assert {key.partition("/")[0]: item.parties for key, item in stream.story.items.items()} == {
        "title": (), "status": (), "position": ("OpenAI",), "claim": ("CNN",), "figure": ("Acme",),
    }  # fmt: skip
