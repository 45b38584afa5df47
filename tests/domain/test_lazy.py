"""A lazy sequence is the list of what it makes, made item by item."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.lazy import Lazy


def numbered(number: int, text: str) -> str:
    return f"{number}{text}"


@given(st.lists(st.text(max_size=2)), st.slices(9))
def test_it_equals_the_list_of_its_items(texts: list[str], place: slice) -> None:
    """Also in a slice of a slice, whose items keep their numbers."""
    lazy = Lazy(texts, numbered)
    made = [numbered(number, text) for number, text in enumerate(texts, 1)]
    forward = slice(place.start, place.stop)
    assert list(lazy) == made
    assert [lazy[index] for index in range(-len(texts), len(texts))] == made + made
    assert list(lazy[forward]) == made[forward]
    assert list(lazy[forward][1:]) == made[forward][1:]
    assert len(lazy[forward]) == len(made[forward])


def test_nothing_is_made_before_it_is_asked_for() -> None:
    asked: list[int] = []
    lazy = Lazy("abc", lambda number, text: asked.append(number) or text)
    assert (lazy[1], lazy[1:][-1], asked) == ("b", "c", [2, 3])
