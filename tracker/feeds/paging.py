"""Cut feeds into documents of a moderate size: a head that subscribers poll, and archives (RFC 5005, section 4).

::

    items, in order of recording:        ○○○○○ ○○○○ | ○○○○○○○○ | ○○○○○○○
                                         └─ closed ─┘           └ open ─┘
                                         page  page    page        page
                                                     └────── head ──────┘

A feed with entries of several stories has a head alone, with its newest items (``newest``). The feeds of a story
also have archives: their items are cut into *pages*. A page ends with its month, at ``MOST_ITEMS``, or before its
weight exceeds ``MOST_WEIGHT``. Only the last page is open. The others are closed, and each becomes an archive,
which changes only when an item in it is amended. The head has the open page and some earlier items
(``LEAST_ITEMS``). If all items fit into one document, the feed is *complete* and has no archives.

No head has a development that was recorded to complete the past (``backfilled``): hundreds may come at once, and
are no news. Such developments have pages of their own, which are archives at once.

The size of an item is its ``weight``, which follows from the recorded event and not from the bytes of the entry:
an amendment makes an entry longer, but must not move the bounds of a page. The cut depends only on the items and
their order. So publishing one event at a time and publishing all at once give the same documents.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple, TypeVar

from tracker.text.dates import Recorded

T = TypeVar("T")

MOST_ITEMS = 300
"""The most items in a document. Some feed readers look at no more."""

MOST_WEIGHT = 225_000
"""The most weight of the items in a document. A reader's limit is 250,000 bytes; the rest is room for
amendments."""

LEAST_ITEMS = 30
"""The items that the head of a feed with archives has, if they fit. It has more if the open page has more: the
rest would only be in two documents."""

MOST_OF_GROUP = 30
"""The most items in the feed of a party, a type or a tag. There are many of them, and each entry is in several."""

LONGEST = 60_000
"""Characters of HTML in an entry. Of a longer one, the feed has a summary and a link to the site."""

_EACH = 1_500
_PARTY = 150


class FeedItem(NamedTuple):
    """The place and the weight of an entry in a feed. Items sort in the order of feeds: by time of recording, then
    story, then number in the story. ``backfilled`` is 1 if no head of a feed has it, else 0."""

    published: Recorded
    slug: str
    seq: int
    id: str
    weight: int
    backfilled: int = 0

    @property
    def month(self) -> str:
        return self.published[:7]


class Page(NamedTuple):
    """A page that is an archive: its name (``2024-08``, then ``2024-08-2``), the name of the page before it (empty
    for the first), and its items, oldest first."""

    name: str
    previous: str
    items: tuple[FeedItem, ...]


def weight(texts: Iterable[str], markup: str = "", parties: int = 0) -> int:
    """Estimate the bytes of an entry with these texts, this HTML and this number of parties, in the format that
    needs the most."""
    plain = html.escape("".join(texts), quote=False)
    escaped = html.escape(plain + (markup if len(markup) <= LONGEST else ""), quote=False)
    return _EACH + len(escaped.encode()) * 23 // 20 + parties * _PARTY


class FeedCut(NamedTuple):
    """A feed, cut into documents: the items of its head, oldest first, and its archives, the earliest first. There
    are none if the head is ``complete``."""

    head: tuple[FeedItem, ...]
    archives: tuple[Page, ...]

    @property
    def complete(self) -> bool:
        return not self.archives

    @property
    def previous(self) -> str:
        """The name of the last archive, or an empty text."""
        return self.archives[-1].name if self.archives else ""


def cut(items: Iterable[FeedItem]) -> FeedCut:
    """Cut a feed with archives. ``items`` are all its items in their order."""
    pages: list[list[FeedItem]] = []
    weight = 0
    ordered = tuple(items)
    for item in ordered:
        weight += item.weight
        if not pages or _kind(item) != _kind(pages[-1][0]) or len(pages[-1]) == MOST_ITEMS or weight > MOST_WEIGHT:
            pages.append([])
            weight = item.weight
        pages[-1].append(item)
    news = [item for item in ordered if not item.backfilled]
    fitting, lacking = newest(reversed(news))
    if not lacking and len(news) == len(ordered):
        return FeedCut(ordered, ())
    unfinished = [] if pages[-1][0].backfilled else pages.pop()
    head = fitting[-max(len(unfinished), LEAST_ITEMS) :]
    return FeedCut(tuple(head), tuple(_named(pages)))


def _kind(item: FeedItem) -> tuple[str, int]:
    """Return what all items of a page have in common."""
    return item.month, item.backfilled


def _named(pages: Iterable[list[FeedItem]]) -> Iterator[Page]:
    number, previous = 0, ""
    for items in pages:
        month = items[0].month
        number = number + 1 if previous[:7] == month else 1
        name = month if number == 1 else f"{month}-{number}"
        yield Page(name, previous, tuple(items))
        previous = name


def newest(
    newest_first: Iterable[T], weight: Callable[[T], int] = attrgetter("weight"), most: int | None = None
) -> tuple[list[T], T | None]:
    """Return the newest that fit into a document, oldest first and at least one, and the first that does not fit,
    or None. Reads no further than that one. ``weight`` returns the weight of each. They are at most ``most``, or
    ``MOST_ITEMS``."""
    most = MOST_ITEMS if most is None else most
    found: list[T] = []
    total = 0
    for each in newest_first:
        total += weight(each)
        if found and (len(found) == most or total > MOST_WEIGHT):
            return found[::-1], each
        found.append(each)
    return found[::-1], None
