"""The formats of feed documents.

To add a format, write a module with a ``writers.Writer`` and list it here. Every feed is then published in it,
served with its media type, and linked from the pages and from the documents in the other formats.
"""

from __future__ import annotations

from typing import NamedTuple


class Format(NamedTuple):
    """A format: its name for readers, its media type, and the place of its writer (``module:name``).

    ``archives`` is the format of its archives: a program that follows RFC 5005 from a feed in RSS reads Atom, so
    that an entry is archived in Atom alone. It is empty if the format has archives of its own.
    """

    label: str
    media_type: str
    writer: str
    archives: str = ""


FORMATS = {
    "atom": Format("Atom", "application/atom+xml", "tracker.feeds.atom_rss:ATOM"),
    "rss": Format("RSS", "application/rss+xml", "tracker.feeds.atom_rss:RSS", archives="atom"),
    "json": Format("JSON Feed", "application/feed+json", "tracker.feeds.jsonfeed:JSON"),
}
"""The formats by the ending of their files, the preferred one first."""
