"""The values that feed documents are written from: feeds, the facts of one document, and posts.

An entry has the same bytes in every document that has it (except that a feed of its own story needs no source),
and begins a line. So the publisher keeps the bytes of entries, and writes a document as a new envelope around
them."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec import Struct

from tracker.feeds.formats import FORMATS
from tracker.text.dates import Recorded

NEVER = Recorded("1970-01-01T00:00:00.000Z")


class Link(Struct, frozen=True):
    """A typed link, as in RFC 4287, 4.2.7."""

    rel: str
    href: str
    type: str
    title: str


class Feed(Struct, frozen=True, kw_only=True):
    """A feed and its metadata.

    Attributes: ``path`` is its place on the site without the ending. ``url`` is the site's root, with a slash at
    the end. ``page`` is the place of the page that shows the same entries. ``links`` lead to other feeds and to
    the log. ``expired`` says that no more entries will come. ``query`` is the end of each of its addresses, with
    ``?``. ``rights`` says who may use the texts and how, or is empty.
    """

    path: str
    page: str
    url: str
    id: str
    title: str
    subtitle: str
    language: str
    author: str
    hub: str = ""
    links: tuple[Link, ...] = ()
    expired: bool = False
    query: str = ""
    rights: str = ""

    def place(self, format: str, name: str = "") -> str:
        """Return the place of one of its documents: of the archive ``name``, or of the head where that is
        empty."""
        return f"{self.path}-{name}.{format}" if name else f"{self.path}.{format}"

    def address(self, format: str, name: str = "") -> str:
        return self.url + self.place(format, name) + self.query


class Facts(Struct, frozen=True, kw_only=True):
    """The metadata of one document of a feed (RFC 5005).

    Attributes: ``updated`` is when its last entry was updated. ``name`` is its name if it is an archive, else
    empty. ``previous`` is the name of the archive before it, or empty. ``complete`` says that it has all entries
    of the feed.
    """

    updated: Recorded
    name: str = ""
    previous: str = ""
    complete: bool = False


def alternates(feed: Feed, facts: Facts, format: str) -> list[Link]:
    """Return the links to a document in the other formats."""
    return [
        Link("alternate", feed.address(name, facts.name), each.media_type, each.label)
        for name, each in FORMATS.items()
        if name != format and not (facts.name and each.archives)
    ]


def previous(feed: Feed, facts: Facts, format: str) -> Link | None:
    """Return the link to the archive before a document, or None if there is none."""
    if not facts.previous:
        return None
    archives = FORMATS[format].archives or format
    return Link("prev-archive", feed.address(archives, facts.previous), FORMATS[archives].media_type, "")


class Picture(NamedTuple):
    """A picture as a feed links to it: its address, media type and size, and the smaller one of the same
    format."""

    url: str
    type: str
    alt: str
    bytes: int
    width: int
    height: int
    small: str
    small_width: int
    small_height: int


class Post(Struct, frozen=True, kw_only=True):
    """An entry as a feed carries it.

    Attributes: ``content`` is HTML, every other text is plain. ``categories`` are triples of term, scheme and
    label. ``source`` is the feed that the entry belongs to. ``about`` is the id and the address of the entry that
    it amends, ``before`` those of the entry whose place it takes; both are empty where there is none. ``removed``
    is when its text was removed, or empty. ``picture`` is None if it has none. ``more`` holds values for programs
    that know tracker.
    """

    id: str
    title: str
    link: str
    published: Recorded
    updated: Recorded
    content: str
    summary: str
    author: str
    language: str
    categories: tuple[tuple[str, str, str], ...]
    source: Feed
    about: tuple[str, str] = ("", "")
    before: tuple[str, str] = ("", "")
    removed: Recorded = Recorded("")
    picture: Picture | None = None
    more: dict[str, Any] = {}


class EntryBytes(NamedTuple):
    """The bytes of an entry in one format.

    ``source`` is the element that names the feed of the entry's story, without which a feed of that story has the
    entry. ``tombstone`` stands before all entries of a document. Both may be empty.
    """

    entry: bytes
    source: bytes = b""
    tombstone: bytes = b""
