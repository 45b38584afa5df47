"""A file of the site, and the documents of a feed as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from tracker.feeds.documents import NEVER, Facts, Feed
from tracker.feeds.formats import FORMATS
from tracker.feeds.writers import writer
from tracker.publishing.below import Content
from tracker.publishing.state import FeedHead, KeptEntry
from tracker.text.dates import Recorded


class Parts:
    """The content of a file that may be too large for the memory, in parts. They are made each time it is read."""

    def __init__(self, make: Callable[[], Iterable[bytes]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._make())


class File(NamedTuple):
    """A file of the site: its path below the site's root, and its bytes.

    Attributes: ``lines`` are its content in place of ``data`` if it may be too large for the memory. ``head`` is
    set for the head of a feed. ``archive`` marks a file that later publications seldom change, so that the
    publisher does not check it.
    """

    path: str
    data: bytes
    head: FeedHead | None = None
    archive: bool = False
    lines: Iterable[bytes] | None = None

    @property
    def content(self) -> Content:
        return self.data if self.lines is None else self.lines


def documents(
    feed: Feed,
    entries: Sequence[KeptEntry],
    *,
    empty: Recorded = NEVER,
    name: str = "",
    previous: str = "",
    complete: bool = False,
    mixed: bool = False,
) -> Iterator[File]:
    """Yield a document of the feed in each format, with entries newest first. It is the archive ``name``, in the
    formats that have archives of their own, or the head where that is empty. ``empty`` is when a feed without
    entries was updated; see ``Facts`` for the others."""
    updated = max((each.updated for each in entries), default=empty)
    facts = Facts(updated=updated, name=name, previous=previous, complete=complete)
    head = None if name else FeedHead(feed.title, len(entries), "" if updated == NEVER else updated)
    for format, each in FORMATS.items():
        if name and each.archives:
            continue
        written = [kept.formats[format] for kept in entries]
        data = writer(format).document(feed, facts, written, mixed=mixed)
        yield File(feed.place(format, name), data, head=head, archive=bool(name))
