"""Cut a feed that keeps growing into documents: a head that subscribers poll, and archives (RFC 5005, section 4).

::

    items, in order of recording:        ○○○○○ ○○○○ | ○○○○○○○○ | ○○○○○○○
                                         └─ closed ─┘           └ open ─┘
                                         page  page    page        page
                                                     └────── head ──────┘

The items are cut into *pages*. A page ends with its month, at ``MOST_ITEMS``, or before its weight exceeds
``MOST_WEIGHT``. Only the last page is open. The others are closed: they change only when an item in them is
amended, and each becomes an archive document. The head has the open page and as many earlier items as fit. If all
items fit, the feed is *complete* and has no archives.

The size of an item is its ``weight``, which follows from the recorded event and not from the bytes of the entry:
an amendment makes an entry longer, but must not move the bounds of a page. The cut depends only on the items and
their order. So publishing one event at a time and publishing all at once give the same documents.
"""

from __future__ import annotations

import html
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from tracker.text.dates import Recorded

MOST_ITEMS = 300
"""The most items in a document. Some feed readers look at no more."""

MOST_WEIGHT = 225_000
"""The most weight of the items in a document. A reader's limit is 250,000 bytes; the rest is room for
amendments."""

LONGEST = 60_000
"""Characters of HTML in an entry. Of a longer one, the feed has a summary and a link to the site."""

_EACH = 1_500
_PARTY = 150


class FeedItem(NamedTuple):
    """The place and the weight of an entry in a feed. Items sort in the order of feeds: by time of recording, then
    story, then number in the story."""

    published: Recorded
    slug: str
    seq: int
    id: str
    weight: int

    @property
    def month(self) -> str:
        return self.published[:7]


class Page(NamedTuple):
    """A closed page: its name (``2024-08``, then ``2024-08-2``), the name of the page before it (empty for the
    first), and its items, oldest first."""

    name: str
    previous: str
    items: tuple[FeedItem, ...]


def weight(texts: Iterable[str], markup: str = "", parties: int = 0) -> int:
    """Estimate the bytes of an entry with these texts, this HTML and this number of parties, in the format that
    needs the most."""
    plain = html.escape("".join(texts), quote=False)
    escaped = html.escape(plain + (markup if len(markup) <= LONGEST else ""), quote=False)
    return _EACH + len(escaped.encode()) * 23 // 20 + parties * _PARTY


class FeedWindow(Struct, frozen=True, kw_only=True):
    """The current cut of a feed.

    Attributes: ``window`` are the items of the head, oldest first; the last ``opened`` of them are in the open
    page. ``number`` is the number of the open page in its month. ``previous`` is the name of the last closed page,
    empty while the feed is ``complete``.
    """

    window: tuple[FeedItem, ...] = ()
    opened: int = 0
    number: int = 1
    previous: str = ""
    complete: bool = True

    @property
    def archived(self) -> tuple[FeedItem, ...]:
        """The items of the head that are also in archives."""
        return () if self.complete else self.window[: len(self.window) - self.opened]


def extend(cut: FeedWindow, items: Iterable[FeedItem]) -> tuple[FeedWindow, list[Page]] | None:
    """Add items to a feed; return its new cut and the pages to publish as new archives. An item may belong among
    those of the open page. Return None if an item belongs before the open page."""
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
    """Cuts a feed while it takes the items one by one, in their order.

    ``archived`` are the items of a head whose pages are all closed; ``number`` is the number of the page that the
    next item opens, ``previous`` the name of the last closed page.
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
        """Take the next item; return the pages to publish as new archives. These are the pages that the item
        closes or, if the feed was complete and the item no longer fits, all closed pages."""
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
