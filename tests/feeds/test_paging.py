"""A feed is cut the same way however it grew, and its archives never change."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.feeds import paging
from tracker.feeds.paging import MOST_WEIGHT, FeedItem, FeedWindow, Page, Pager, extend, weight
from tracker.text.dates import Recorded


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_ITEMS", 4)
    monkeypatch.setattr(paging, "MOST_WEIGHT", 40)


def item(number: int, month: str = "2024-08", weight: int = 5) -> FeedItem:
    return FeedItem(Recorded(f"{month}-01T00:00:{number:02}.000Z"), "story", number, f"id {number}", weight)


def cut(items: Sequence[FeedItem]) -> tuple[FeedWindow, list[Page]]:
    pager = Pager()
    pages = [page for each in items for page in pager.push(each)]
    return pager.cut, pages


def numbers(items: Sequence[FeedItem]) -> list[int]:
    return [each.seq for each in items]


def test_a_feed_that_fits_is_complete() -> None:
    """It has no archives, though months have passed."""
    found, pages = cut([item(1), item(2, "2024-09"), item(3, "2024-10"), item(4, "2024-11")])
    assert (numbers(found.window), found.complete, found.previous, pages) == ([1, 2, 3, 4], True, "", [])
    assert found.archived == ()


def test_what_does_not_fit_is_archived_by_month() -> None:
    """All months that are over, each naming the one before; the head has the newest, and all of the last month."""
    found, pages = cut([item(1), item(2), item(3, "2024-09"), item(4, "2024-11"), item(5, "2024-11")])
    assert [(page.name, page.previous, numbers(page.items)) for page in pages] == [
        ("2024-08", "", [1, 2]),
        ("2024-09", "2024-08", [3]),
    ]
    assert (numbers(found.window), found.opened, found.number) == ([2, 3, 4, 5], 2, 1)
    assert (found.complete, found.previous, numbers(found.archived)) == (False, "2024-09", [2, 3])


def test_a_month_has_as_many_pages_as_it_needs() -> None:
    found, pages = cut([item(number) for number in range(1, 11)])
    assert [(page.name, page.previous, numbers(page.items)) for page in pages] == [
        ("2024-08", "", [1, 2, 3, 4]),
        ("2024-08-2", "2024-08", [5, 6, 7, 8]),
    ]
    assert (numbers(found.window), found.opened, found.number) == ([7, 8, 9, 10], 2, 3)


def test_a_page_ends_before_it_grows_too_large() -> None:
    """One item that is too large by itself has a page, and a head, of its own."""
    found, pages = cut([item(1), item(2, weight=30), item(3, weight=10), item(4, weight=100), item(5)])
    assert [numbers(page.items) for page in pages] == [[1, 2], [3], [4]]
    assert numbers(found.window) == [5]
    found, pages = cut([item(1), item(2, weight=100)])
    assert (numbers(found.window), found.archived) == ([2], ())


def test_a_late_item_is_put_among_those_of_the_open_page() -> None:
    first, _ = cut([item(1), item(2), item(3, "2024-09"), item(5, "2024-09")])
    gone_on = extend(first, [item(4, "2024-09")])
    assert gone_on == cut([item(1), item(2), item(3, "2024-09"), item(4, "2024-09"), item(5, "2024-09")])


def test_an_item_that_belongs_into_an_archive_is_refused() -> None:
    first, _ = cut([item(1), item(3), *(item(number, "2024-09") for number in range(4, 9))])
    assert extend(first, [item(2)]) is None
    assert extend(first, [item(9, "2024-09")]) is not None


ITEMS = st.lists(
    st.tuples(st.sampled_from(["2024-08", "2024-09", "2025-01"]), st.integers(0, 59), st.integers(0, 60)),
    max_size=25,
    unique_by=lambda each: each[:2],
).map(lambda drawn: sorted(item(number, month, weight) for month, number, weight in drawn))


@given(ITEMS, st.data())
def test_however_it_grew_a_feed_is_cut_the_same(items: list[FeedItem], data: st.DataObject) -> None:
    """The head, and the archives, which are published once and together with the head have everything."""
    now, published, rest = FeedWindow(), [], items
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        gone_on = extend(now, rest[:size])
        assert gone_on is not None
        now, pages = gone_on
        published += pages
        rest = rest[size:]
    assert (now, published) == cut(items)
    archived = [each for page in published for each in page.items]
    assert archived == items[: len(archived)]
    assert [*archived[: len(archived) - len(now.archived)], *now.window] == items
    assert [page.previous for page in published] == ["", *(page.name for page in published)][: len(published)]
    assert now.previous == (published[-1].name if published else "")
    assert now.complete == (not published)


@given(ITEMS)
def test_no_document_is_too_large(items: list[FeedItem]) -> None:
    """Save for one item that is it by itself."""
    found, pages = cut(items)
    for document in (found.window, *(page.items for page in pages)):
        assert len(document) <= 4
        assert len(document) <= 1 or sum(each.weight for each in document) <= 40
        assert document is found.window or len({each.month for each in document}) == 1


def test_a_weight_is_about_the_size() -> None:
    """Of what is escaped twice, as HTML in XML is."""
    assert weight(["a" * 100]) - weight([""]) == 115
    assert weight(["<" * 100]) - weight([""]) == 920
    assert MOST_WEIGHT < 250_000
