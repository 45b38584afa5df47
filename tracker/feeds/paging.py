"""How a feed that grows for ever is cut into documents: a head that subscribers poll, and archives (RFC 5005, 4).

::

    items, by when they were recorded:   ○○○○○ ○○○○ | ○○○○○○○○ | ○○○○○○○
                                         └─ closed ─┘           └ open ─┘
                                         page  page    page        page
                                                     └────── head ──────┘

The items are cut into *pages*: a page ends with its month, at ``MOST_ITEMS``, and before it would grow too large.
All but the last are closed and never change again, save that an item in them is amended; each becomes an archive
document. The head has the last page, and of those before it as many items as fit; where all fit, the feed is
*complete* and has no archives.

Sizes are reckoned from what was recorded (``weight``), not from bytes: an amendment makes an entry longer, and
must not move the bounds of a page. All of this depends on the items and their order alone, so that publishing one
by one and publishing all at once give the same documents.
"""

from __future__ import annotations

import html
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from tracker.text.dates import Recorded

MOST_ITEMS = 300
"""In any document: what the most demanding readers look at."""

MOST_WEIGHT = 225_000
"""In any document. A reader's limit is 250,000 bytes; the rest is for what amendments add."""

LONGEST = 60_000
"""Characters of HTML in an entry; what is longer is read on the site."""

_EACH = 1_500
_PARTY = 150


class FeedItem(NamedTuple):
    """An entry as its place in a feed knows it, in the order of feeds: by when it was recorded, its story and
    its number there."""

    published: Recorded
    slug: str
    seq: int
    id: str
    weight: int

    @property
    def month(self) -> str:
        return self.published[:7]


class Page(NamedTuple):
    """A closed page: its name (``2024-08``, then ``2024-08-2``), that of the one before it (empty for the
    first), and its items, oldest first."""

    name: str
    previous: str
    items: tuple[FeedItem, ...]


def weight(texts: Iterable[str], markup: str = "", parties: int = 0) -> int:
    """About how many bytes an entry with these texts, this HTML and so many parties takes in the format that needs
    most."""
    plain = html.escape("".join(texts), quote=False)
    escaped = html.escape(plain + (markup if len(markup) <= LONGEST else ""), quote=False)
    return _EACH + len(escaped.encode()) * 23 // 20 + parties * _PARTY


class FeedWindow(Struct, frozen=True, kw_only=True):
    """How a feed is cut now. ``window`` are the items of the head, oldest first, of which the last ``opened`` are
    in the open page; ``number`` is that page's number in its month, ``previous`` the last closed one's name."""

    window: tuple[FeedItem, ...] = ()
    opened: int = 0
    number: int = 1
    previous: str = ""
    complete: bool = True

    @property
    def archived(self) -> tuple[FeedItem, ...]:
        """The items of the head that archives have as well."""
        return () if self.complete else self.window[: len(self.window) - self.opened]


def extend(cut: FeedWindow, items: Iterable[FeedItem]) -> tuple[FeedWindow, list[Page]] | None:
    """The feed with more items, and the pages to be published that were not. Items may also belong among those
    of the open page; None where one belongs before that."""
    kept, again = cut.archived, cut.window[len(cut.archived) :]
    ordered = sorted([*again, *items])
    if cut.complete:
        pager = Pager()
    elif ordered[0] != again[0]:
        return None
    else:
        pager = Pager(kept, cut.number, cut.previous)
    pages = [page for item in ordered for page in pager.push(item)]
    return pager.cut, pages


class Pager:
    """Takes the items of a feed one by one, in their order.

    ``archived`` are the items of a head that has no open page yet; ``number`` is that of the page which the next
    item opens.
    """

    def __init__(self, archived: Iterable[FeedItem] = (), number: int = 1, previous: str = "") -> None:
        self._window = deque(archived)
        self._opened: list[FeedItem] = []
        self._number = number
        self._previous = previous
        self._complete = not self._window and not previous
        self._unpublished: list[Page] = []
        self._weight = sum(each.weight for each in self._window)
        self._weight_opened = 0

    def push(self, item: FeedItem) -> list[Page]:
        """Takes the next item; gives the pages to be published that were not: those that it closes or, where it
        is the first that does not fit into a complete feed any more, all."""
        if self._opened and self._closes(item):
            self._close(item)
        self._opened.append(item)
        self._window.append(item)
        self._weight += item.weight
        self._weight_opened += item.weight
        while len(self._window) > len(self._opened) and self._is_full():
            self._weight -= self._window.popleft().weight
            self._complete = False
        if self._complete:
            return []
        pages, self._unpublished = self._unpublished, []
        return pages

    @property
    def cut(self) -> FeedWindow:
        return FeedWindow(
            window=tuple(self._window),
            opened=len(self._opened),
            number=self._number,
            previous="" if self._complete else self._previous,
            complete=self._complete,
        )

    def _closes(self, item: FeedItem) -> bool:
        """Whether the open page ends before this item."""
        if item.month != self._opened[-1].month or len(self._opened) == MOST_ITEMS:
            return True
        return self._weight_opened + item.weight > MOST_WEIGHT

    def _close(self, item: FeedItem) -> None:
        month = self._opened[0].month
        name = month if self._number == 1 else f"{month}-{self._number}"
        self._unpublished.append(Page(name, self._previous, tuple(self._opened)))
        self._number = self._number + 1 if item.month == month else 1
        self._previous = name
        self._opened = []
        self._weight_opened = 0

    def _is_full(self) -> bool:
        return len(self._window) > MOST_ITEMS or self._weight > MOST_WEIGHT
