"""The formats of feed documents.

To add a format, write a module with a ``writers.Writer`` and list it here. Every feed is then published in it,
served with its media type, and linked from the pages and from the documents in the other formats.
"""

from __future__ import annotations

from typing import NamedTuple


class Format(NamedTuple):
    """A format: its name for readers, its media type, and the place of its writer (``module:name``)."""

    label: str
    media_type: str
    writer: str


FORMATS = {
    "atom": Format("Atom", "application/atom+xml", "tracker.feeds.atom_rss:ATOM"),
    "rss": Format("RSS", "application/rss+xml", "tracker.feeds.atom_rss:RSS"),
    "json": Format("JSON Feed", "application/feed+json", "tracker.feeds.jsonfeed:JSON"),
}
"""The formats by the ending of their files, the preferred one first."""
