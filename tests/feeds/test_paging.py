"""How a feed is cut depends only on its items, and archives never change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.feeds import paging
from tracker.feeds.paging import MOST_WEIGHT, FeedCut, FeedItem, cut, newest, weight
from tracker.text.dates import Recorded


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterable[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(paging, "MOST_ITEMS", 4)
        patched.setattr(paging, "MOST_WEIGHT", 40)
        patched.setattr(paging, "LEAST_ITEMS", 3)
        yield


def item(number: int, month: str = "2024-08", weight: int = 5) -> FeedItem:
    return FeedItem(Recorded(f"{month}-01T00:00:{number:02}.000Z"), "story", number, f"id {number}", weight)


def numbers(items: Sequence[FeedItem]) -> list[int]:
    return [each.seq for each in items]


def pages(found: FeedCut) -> list[tuple[str, str, list[int]]]:
    return [(page.name, page.previous, numbers(page.items)) for page in found.archives]


# Feeds of a story


def test_a_head_has_no_backfilled_items() -> None:
    """They have pages of their own, which are archives at once. The last of these grows."""
    old = [item(number)._replace(backfilled=1) for number in (2, 3, 6)]
    items = [item(1), *old[:2], item(4), item(5), old[2]]
    found = cut(items)
    assert (numbers(found.head), found.complete) == ([1, 4, 5], False)
    assert pages(found) == [
        ("2024-08", "", [1]),
        ("2024-08-2", "2024-08", [2, 3]),
        ("2024-08-3", "2024-08-2", [4, 5]),
        ("2024-08-4", "2024-08-3", [6]),
    ]
    assert pages(cut(items[:5]))[1:] == pages(found)[1:2], "the open page has news"
    assert numbers(cut(old[:1]).head) == []


def test_a_feed_that_fits_is_complete() -> None:
    """It has no archives, though months have passed."""
    found = cut([item(1), item(2, "2024-09"), item(3, "2024-10"), item(4, "2024-11")])
    assert (numbers(found.head), found.archives, found.complete, found.previous) == ([1, 2, 3, 4], (), True, "")
    assert cut([]) == FeedCut((), ())


def test_what_does_not_fit_is_archived_by_month() -> None:
    """Every month that is over has an archive, which names the one before. The head has the open page and earlier
    items."""
    found = cut([item(1), item(2), item(3, "2024-09"), item(4, "2024-11"), item(5, "2024-11")])
    assert pages(found) == [("2024-08", "", [1, 2]), ("2024-09", "2024-08", [3])]
    assert (numbers(found.head), found.complete, found.previous) == ([3, 4, 5], False, "2024-09")


def test_a_month_has_as_many_pages_as_it_needs() -> None:
    found = cut(item(number) for number in range(1, 11))
    assert pages(found) == [("2024-08", "", [1, 2, 3, 4]), ("2024-08-2", "2024-08", [5, 6, 7, 8])]
    assert numbers(found.head) == [8, 9, 10]


def test_the_head_has_all_of_the_open_page() -> None:
    """It may have more items than ``LEAST_ITEMS``."""
    assert numbers(cut(item(number) for number in range(1, 9)).head) == [5, 6, 7, 8]
    assert numbers(cut(item(number) for number in range(1, 10)).head) == [7, 8, 9]


def test_a_page_ends_before_it_grows_too_heavy() -> None:
    """One item that is too heavy by itself has a page, and a head, of its own."""
    found = cut([item(1), item(2, weight=30), item(3, weight=10), item(4, weight=100), item(5)])
    assert [numbers(page.items) for page in found.archives] == [[1, 2], [3], [4]]
    assert numbers(found.head) == [5]
    found = cut([item(1), item(2, weight=100)])
    assert ([numbers(page.items) for page in found.archives], numbers(found.head)) == ([[1]], [2])


ITEMS = st.lists(
    st.tuples(st.sampled_from(["2024-08", "2024-09", "2025-01"]), st.integers(0, 59), st.integers(0, 60)),
    max_size=25,
    unique_by=lambda each: each[:2],
).map(lambda drawn: sorted(item(number, month, weight) for month, number, weight in drawn))


@given(ITEMS)
def test_every_item_is_in_the_head_or_in_an_archive(items: list[FeedItem]) -> None:
    """Archives have the oldest items, each once. The head has the newest: all that are in no archive."""
    found = cut(items)
    archived = [each for page in found.archives for each in page.items]
    assert archived == items[: len(archived)]
    assert list(found.head) == items[len(items) - len(found.head) :]
    assert len(archived) + len(found.head) >= len(items)
    rest = len(items) - len(archived)
    assert found.complete == (not archived)
    if not found.complete:
        assert rest <= len(found.head) <= max(rest, paging.LEAST_ITEMS)
        assert list(found.head) == newest(items[::-1])[0][-max(rest, paging.LEAST_ITEMS) :]


@given(ITEMS)
def test_archives_are_a_chain_of_months(items: list[FeedItem]) -> None:
    archives = cut(items).archives
    assert [page.previous for page in archives] == ["", *(page.name for page in archives)][: len(archives)]
    assert len({page.name for page in archives}) == len(archives)
    assert [page.name[:7] for page in archives] == sorted(page.name[:7] for page in archives)
    assert cut(items).previous == (archives[-1].name if archives else "")
    for page, following in pairwise(archives):
        fits = len(page.items) < 4 and sum(each.weight for each in (*page.items, following.items[0])) <= 40
        assert page.items[-1].month < following.items[0].month or not fits


@given(ITEMS, ITEMS)
def test_an_archive_stays_as_it_is(items: list[FeedItem], more: list[FeedItem]) -> None:
    """Later items leave archives and their names alone."""
    later = [each for each in more if not items or each > items[-1]]
    before = cut(items).archives
    assert cut([*items, *later]).archives[: len(before)] == before


@given(ITEMS, st.data())
def test_no_archive_is_lost(items: list[FeedItem], data: st.DataObject) -> None:
    """An entry that is no longer minor may come between others. Then archives have other items, but none goes."""
    if items:
        without = list(items)
        del without[data.draw(st.integers(0, len(items) - 1))]
        was, now = ({page.name for page in cut(each).archives} for each in (without, items))
        assert was <= now


@given(ITEMS)
def test_no_document_is_too_large(items: list[FeedItem]) -> None:
    """The exception is one item that is too large by itself."""
    found = cut(items)
    for document in (found.head, *(page.items for page in found.archives)):
        assert len(document) <= 4
        assert len(document) <= 1 or sum(each.weight for each in document) <= 40
        assert document is found.head or len({each.month for each in document}) == 1


# Feeds of several stories


def test_the_newest_that_fit() -> None:
    assert newest([]) == ([], None)
    assert newest([item(2), item(1)]) == ([item(1), item(2)], None)
    assert newest(item(number) for number in range(9, 0, -1)) == ([item(each) for each in (6, 7, 8, 9)], item(5))
    heavy = item(3, weight=100)
    assert newest([heavy, item(2)]) == ([heavy], item(2))
    assert newest([item(4), heavy, item(2)]) == ([item(4)], heavy)


def test_no_more_is_read_than_needed() -> None:
    """The publisher may ask for a feed of millions of entries."""
    items = iter([item(number) for number in range(9, 0, -1)])
    newest(items)
    assert next(items) == item(4)


@given(ITEMS)
def test_one_more_would_not_fit(items: list[FeedItem]) -> None:
    found, lacking = newest(items[::-1])
    assert found == items[len(items) - len(found) :]
    if lacking is None:
        assert found == items
    else:
        assert lacking == items[-len(found) - 1]
        assert len(found) == 4 or sum(each.weight for each in (lacking, *found)) > 40


@given(ITEMS, st.data())
def test_items_below_the_window_can_be_dropped(items: list[FeedItem], data: st.DataObject) -> None:
    """Items may come in any order, and those that are older than the first that does not fit are dropped in
    between. The window is that of all items."""
    kept: list[FeedItem] = []
    for each in data.draw(st.permutations(items)):
        kept = sorted([*kept, each], reverse=True)
        if data.draw(st.booleans()):
            lacking = newest(kept)[1]
            kept = [every for every in kept if lacking is None or every >= lacking]
    assert newest(kept) == newest(items[::-1])


def test_a_weight_is_about_the_size() -> None:
    """A text is escaped twice, as HTML in XML is."""
    assert weight(["a" * 100]) - weight([""]) == 115
    assert weight(["<" * 100]) - weight([""]) == 920
    assert MOST_WEIGHT < 250_000
