"""Does every feed have the newest that belongs into it? Asked of the log and of the published bytes, whatever it
was that published them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from tracker.feeds import catalogue
from tracker.feeds.documents import FORMATS
from tracker.feeds.entries import Entry
from tracker.feeds.paging import FeedItem
from tracker.publishing.atomic_files import read


class Missing(NamedTuple):
    """A document that lacks the newest entry of its feed."""

    path: str
    item: FeedItem

    def __str__(self) -> str:
        return f"lacks {self.item.slug}#{self.item.seq}, the newest that belongs into it"


class NewestEntries:
    """The newest entry of each feed, as far as entries were looked at."""

    def __init__(self) -> None:
        self.items: dict[str, FeedItem] = {}

    def take(self, entries: Iterable[Entry]) -> None:
        """Looks at the entries of a story."""
        for entry in entries:
            for path in _paths(entry):
                self.items[path] = max(self.items.get(path, entry.item), entry.item)

    def missing(self, folder: str) -> list[Missing]:
        """The documents below a published site's ``folder`` that lack the newest of their feed."""
        documents = ((f"{path}.{format}", item) for path, item in self.items.items() for format in FORMATS)
        return [Missing(path, item) for path, item in documents if not _has(os.path.join(folder, path), item)]


def _paths(entry: Entry) -> list[str]:
    """Every feed of developments or corrections that it belongs to."""
    mixed = list(catalogue.memberships(entry))
    if not mixed:
        return []
    folder = f"stories/{entry.slug}/"
    return [*mixed, f"{folder}developments", *([f"{folder}corrections"] if entry.about else [])]


def _has(path: str, item: FeedItem) -> bool:
    return f"urn:uuid:{item.id}".encode() in read(path)
