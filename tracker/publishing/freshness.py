"""Check that every published feed has its newest entry, by comparing the log with the published bytes. The check
does not depend on the code that published them."""

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
    """The newest entry of each feed, among the entries taken so far: ``items`` by the path of the feed."""

    def __init__(self) -> None:
        self.items: dict[str, FeedItem] = {}

    def take(self, entries: Iterable[Entry]) -> None:
        """Take the entries of a story."""
        for entry in entries:
            for path in _paths(entry):
                self.items[path] = max(self.items.get(path, entry.item), entry.item)

    def missing(self, folder: str) -> list[Missing]:
        """Return the documents of a site published in ``folder`` that lack the newest entry of their feed."""
        documents = ((f"{path}.{format}", item) for path, item in self.items.items() for format in FORMATS)
        return [Missing(path, item) for path, item in documents if not _has(os.path.join(folder, path), item)]


def _paths(entry: Entry) -> list[str]:
    """Return the paths of the feeds of developments and corrections that the entry belongs to."""
    mixed = list(catalogue.memberships(entry))
    if not mixed:
        return []
    folder = f"stories/{entry.slug}/"
    return [*mixed, f"{folder}developments", *([f"{folder}corrections"] if entry.about else [])]


def _has(path: str, item: FeedItem) -> bool:
    return f"urn:uuid:{item.id}".encode() in read(path)
