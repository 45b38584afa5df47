"""Check that every published feed has its newest entry, by comparing the log with the published bytes.

The check does not depend on the code that makes documents. So it finds an entry that the publisher lost, and a
document that another program removed or changed during the publication.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from tracker.feeds import catalogue
from tracker.feeds.documents import FORMATS
from tracker.feeds.entries import Entry
from tracker.feeds.paging import FeedItem
from tracker.publishing.atomic_files import read


class NewestEntries:
    """The newest entry of each feed, among the entries taken so far: ``items`` by the path of the feed."""

    def __init__(self) -> None:
        self.items: dict[str, FeedItem] = {}

    def take(self, entries: Iterable[Entry]) -> None:
        """Take the entries of a story."""
        for entry in entries:
            mixed = catalogue.memberships(entry)
            own = ["developments", *(["corrections"] if entry.about else [])] if mixed else []
            for path in (*mixed, *(f"stories/{entry.slug}/{name}" for name in own)):
                self.items[path] = max(self.items.get(path, entry.item), entry.item)

    def missing(self, folder: str) -> list[str]:
        """Return a message for each document in ``folder`` that lacks the newest entry of its feed."""
        return [
            f"{path}.{format}: lacks {item.slug}#{item.seq}, the newest that belongs into it"
            for path, item in self.items.items()
            for format in FORMATS
            if f"urn:uuid:{item.id}".encode() not in read(os.path.join(folder, f"{path}.{format}"))
        ]
