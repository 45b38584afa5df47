"""Documents of a feed in Atom (RFC 4287) and RSS 2.0, written by feedgen.

feedgen writes each entry, and each document without its entries. No clock is read, so publishing again gives the
same bytes. The extension mechanism of feedgen adds the elements that feedgen does not write: typed links, archives
and complete feeds (RFC 5005), the entry that an amendment replies to (RFC 4685), the style sheet, and the time at
which an item in RSS was updated. Tombstones (RFC 6721), which declare their own namespace, and sources are written
here.
"""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from tracker.feeds import paths
from tracker.feeds.documents import EntryBytes, Facts, Feed, Link, Picture, Post, alternates, previous
from tracker.feeds.formats import FORMATS
from tracker.text.dates import to_datetime

TTL = 5
"""Minutes after which a feed reader should poll again."""

ICON_SIZE = 144
"""Pixels of the width and of the height of ``icon.png``: the most that RSS allows for the width."""

_ATOM = "http://www.w3.org/2005/Atom"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_NAMESPACES = {
    "fh": "http://purl.org/syndication/history/1.0",
    "thr": "http://purl.org/syndication/thread/1.0",
}
_DC = "http://purl.org/dc/elements/1.1/"
_SY = "http://purl.org/rss/1.0/modules/syndication/"
_RSS_NAMESPACES = {
    "atom": _ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": _DC,
    "media": "http://search.yahoo.com/mrss/",
    "sy": _SY,
}
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class _Writer(ABC):
    """Writes feeds in Atom or RSS. A document is the envelope that feedgen writes, split at its end tag, with the
    entries before that."""

    format: str
    end: bytes
    end_of_entry: bytes
    namespaces: Mapping[str, str]

    def entry(self, post: Post) -> EntryBytes:
        """Return the bytes of an entry. Its prefixes are those that the envelope declares."""
        entry = self._entry(_entry(post, self.format))
        return EntryBytes(self._bytes(entry), self._bytes(self._source(post)), self._tombstone(post))

    def document(self, feed: Feed, facts: Facts, entries: Sequence[EntryBytes], *, mixed: bool) -> bytes:
        """Return a document with these entries in the given order."""
        start = self._envelope(_envelope(feed, facts, self.format)).removesuffix(self.end)
        tombstones = (each.tombstone for each in entries if each.tombstone)
        return b"\n".join([start, *tombstones, *(self._line(each, mixed) for each in entries), self.end, b""])

    def _line(self, each: EntryBytes, mixed: bool) -> bytes:
        if not mixed:
            return each.entry
        return each.entry.removesuffix(self.end_of_entry) + each.source + self.end_of_entry

    def _bytes(self, element: Any) -> bytes:
        """Return the element as a document that declares the namespaces has it: without declarations."""
        around = etree.Element("around", nsmap=self.namespaces)
        around.text = ""
        empty: bytes = etree.tostring(around, encoding="UTF-8")
        around.append(element)
        written: bytes = etree.tostring(around, encoding="UTF-8")
        end = b"</around>"
        return written.removeprefix(empty.removesuffix(end)).removesuffix(end)

    @abstractmethod
    def _envelope(self, generator: FeedGenerator) -> bytes: ...

    @abstractmethod
    def _entry(self, entry: FeedEntry) -> Any: ...

    @abstractmethod
    def _source(self, post: Post) -> Any:
        """Return the element that names the feed of the entry, as it was when the entry was written."""

    def _tombstone(self, post: Post) -> bytes:
        return b""


class _Atom(_Writer):
    format, end, end_of_entry, namespaces = "atom", b"</feed>", b"</entry>", _NAMESPACES

    def _envelope(self, generator: FeedGenerator) -> bytes:
        return bytes(generator.atom_str())

    def _entry(self, entry: FeedEntry) -> Any:
        return entry.atom_entry()

    def _source(self, post: Post) -> Any:
        source = etree.Element("source")  # RFC 4287, 4.2.11
        etree.SubElement(source, "id").text = post.source.id
        etree.SubElement(source, "title").text = post.source.title
        etree.SubElement(source, "updated").text = to_datetime(post.updated).isoformat()
        if post.source.author:
            etree.SubElement(etree.SubElement(source, "author"), "name").text = post.source.author
        page = Link("alternate", post.source.url + post.source.page, "text/html", "")
        _add_links(source, [Link("self", post.source.address("atom"), FORMATS["atom"].media_type, ""), page])
        return source

    def _tombstone(self, post: Post) -> bytes:
        if not post.removed:
            return b""
        written = {"ref": post.id, "when": to_datetime(post.removed).isoformat()}
        element = etree.Element(f"{{{_TOMBSTONES}}}deleted-entry", written, nsmap={"at": _TOMBSTONES})
        return bytes(etree.tostring(element))


class _Rss(_Writer):
    format, end, end_of_entry, namespaces = "rss", b"</channel></rss>", b"</item>", _NAMESPACES | _RSS_NAMESPACES

    def _envelope(self, generator: FeedGenerator) -> bytes:
        return bytes(generator.rss_str())

    def _entry(self, entry: FeedEntry) -> Any:
        return entry.rss_entry()

    def _source(self, post: Post) -> Any:
        source = etree.Element("source", {"url": post.source.address("rss")})
        source.text = post.source.title
        return source


def _envelope(feed: Feed, facts: Facts, format: str) -> FeedGenerator:
    generator = FeedGenerator()
    generator.register_extension("tracker_atom", _FeedInAtom, atom=True, rss=False)
    generator.register_extension("tracker_rss", _FeedInRss, atom=False, rss=True)
    for extension in (generator.tracker_atom, generator.tracker_rss):
        extension.feed, extension.facts = feed, facts
    generator.id(feed.id)
    generator.title(feed.title)
    generator.subtitle(feed.subtitle)
    generator.language(feed.language)
    generator.generator("tracker")
    generator.docs("https://www.rssboard.org/rss-specification")
    generator.ttl(TTL)
    page = feed.url + feed.page
    generator.icon(feed.url + paths.ICON)
    generator.image(feed.url + paths.ICON, feed.title, page, *map(str, [ICON_SIZE] * 2))
    if feed.rights:
        generator.rights(feed.rights)
    if feed.author:
        generator.author({"name": feed.author})
    generator.link(href=feed.address(format, facts.name), rel="self", type=FORMATS[format].media_type)
    generator.link(href=page, rel="alternate", type="text/html")
    generator.updated(to_datetime(facts.updated))
    generator.lastBuildDate(to_datetime(facts.updated))
    return generator


def _entry(post: Post, format: str) -> FeedEntry:
    written = FeedEntry()
    written.guid(post.id, permalink=False)
    written.title(post.title)
    written.link(href=post.link)
    written.published(to_datetime(post.published))
    written.updated(to_datetime(post.updated))
    is_section = format == "rss" and "]]>" not in post.content
    written.content(post.content, type="CDATA" if is_section else "html")
    written.summary(html.escape(post.summary, quote=False) if format == "rss" else post.summary)  # HTML in RSS
    written.category([{"term": term, "scheme": scheme, "label": label} for term, scheme, label in post.categories])
    if post.author:
        written.author({"name": post.author})
    if post.picture:
        _add_picture(written, post.picture)
    written.register_extension("tracker_atom", _EntryInAtom, atom=True, rss=False)
    written.register_extension("tracker_rss", _EntryInRss, atom=False, rss=True)
    written.tracker_atom.post = written.tracker_rss.post = post
    return written


def _add_picture(written: FeedEntry, picture: Picture) -> None:
    """Add a picture to an item in RSS: as an enclosure, and as Media RSS has it."""
    length, width, height = (str(each) for each in (picture.bytes, picture.width, picture.height))
    written.enclosure(picture.url, length, picture.type)
    written.load_extension("media", atom=False, rss=True)
    written.media.content(
        {"url": picture.url, "fileSize": length, "type": picture.type, "medium": "image",
         "width": width, "height": height},
        group=None,
    )  # fmt: skip
    small = {"width": str(picture.small_width), "height": str(picture.small_height)}
    written.media.thumbnail({"url": picture.small, **small}, group=None)


def _links(feed: Feed, facts: Facts, format: str) -> list[Link]:
    """Return the links of a document that feedgen does not write in every format."""
    links = [Link("hub", feed.hub, "", "")] if feed.hub else []
    links += alternates(feed, facts, format)
    if facts.name:
        links.append(Link("current", feed.address(format), FORMATS[format].media_type, ""))
    if before := previous(feed, facts, format):
        links.append(before)
    return [*links, *feed.links]


def _add_links(element: Any, links: Sequence[Link], tag: str = "link") -> None:
    for link in links:
        given = {"href": link.href, "rel": link.rel, "type": link.type, "title": link.title}
        etree.SubElement(element, tag, {name: value for name, value in given.items() if value})


def _add_history(element: Any, facts: Facts) -> None:
    if facts.name:
        etree.SubElement(element, f"{{{_NAMESPACES['fh']}}}archive")
    if facts.complete:
        etree.SubElement(element, f"{{{_NAMESPACES['fh']}}}complete")


def _add_stylesheet(root: Any, url: str) -> None:
    """Name the style sheet with which a browser shows the document."""
    root.addprevious(
        etree.ProcessingInstruction("xml-stylesheet", f'type="text/css" href="{html.escape(url)}feed.css"')
    )


class _FeedInAtom(BaseExtension):  # type: ignore[misc]
    feed: Feed
    facts: Facts

    def extend_ns(self) -> dict[str, str]:
        return _NAMESPACES

    def extend_atom(self, element: Any) -> Any:
        _add_stylesheet(element, self.feed.url)
        _add_links(element, _links(self.feed, self.facts, "atom"))
        _add_history(element, self.facts)
        return element


class _EntryInAtom(BaseEntryExtension):  # type: ignore[misc]
    post: Post

    def extend_atom(self, element: Any) -> Any:
        post = self.post
        if post.language:
            element.set(_LANG, post.language)
        for link in element.findall("link"):  # feedgen writes links with nothing but their address
            element.remove(link)
        _add_links(element, [Link("alternate", post.link, "text/html", "")])
        if picture := post.picture:
            _add_links(element, [Link("enclosure", picture.url, picture.type, picture.alt)])
            element[-1].set("length", str(picture.bytes))
        if before := post.before[1]:
            _add_links(element, [Link("related", before, "text/html", "")])
        about, address = post.about
        if about:
            _add_links(element, [Link("related", address, "text/html", "")])
            given = {"ref": about, "href": address, "type": "text/html"}
            etree.SubElement(element, f"{{{_NAMESPACES['thr']}}}in-reply-to", given)
        return element


class _FeedInRss(BaseExtension):  # type: ignore[misc]
    feed: Feed
    facts: Facts

    def extend_ns(self) -> dict[str, str]:
        return _NAMESPACES | _RSS_NAMESPACES

    def extend_rss(self, root: Any) -> Any:
        _add_stylesheet(root, self.feed.url)
        channel = root[0]
        _add_links(channel, _links(self.feed, self.facts, "rss"), f"{{{_ATOM}}}link")
        _add_history(channel, self.facts)
        etree.SubElement(channel, f"{{{_SY}}}updatePeriod").text = "hourly"
        etree.SubElement(channel, f"{{{_SY}}}updateFrequency").text = str(60 // TTL)
        return root


class _EntryInRss(BaseEntryExtension):  # type: ignore[misc]
    """Elements of other vocabularies in an RSS item. RSS itself has no modification date, no author's name and no
    language; the RSS Best Practices Profile suggests these."""

    post: Post

    def extend_rss(self, item: Any) -> Any:
        post = self.post
        if post.author:
            etree.SubElement(item, f"{{{_DC}}}creator").text = post.author
        if post.language:
            etree.SubElement(item, f"{{{_DC}}}language").text = post.language
        etree.SubElement(item, f"{{{_ATOM}}}updated").text = to_datetime(post.updated).isoformat()
        if before := post.before[1]:
            _add_links(item, [Link("related", before, "text/html", "")], f"{{{_ATOM}}}link")
        about, address = post.about
        if about:
            given = {"ref": about, "href": address, "type": "text/html"}
            etree.SubElement(item, f"{{{_NAMESPACES['thr']}}}in-reply-to", given)
            _add_links(item, [Link("related", address, "text/html", "")], f"{{{_ATOM}}}link")
        return item


ATOM, RSS = _Atom(), _Rss()
