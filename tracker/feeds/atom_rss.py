"""Documents of a feed in Atom (RFC 4287) and RSS 2.0, written by feedgen.

A document is a function of its arguments. No clock is read, so publishing again gives the same bytes. The
extension mechanism of feedgen adds the elements that feedgen does not write: typed links, archives and complete
feeds (RFC 5005), tombstones (RFC 6721), the entry that an amendment replies to (RFC 4685), the style sheet, the
source of an entry, and the time at which an item in RSS was updated.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from tracker.feeds.documents import MEDIA_TYPES, NAMES, Facts, Feed, Link, Post
from tracker.text.dates import Recorded, to_datetime

TTL = 5
"""Minutes after which a feed reader should poll again."""

_ATOM = "http://www.w3.org/2005/Atom"
_NAMESPACES = {
    "at": "http://purl.org/atompub/tombstones/1.0",
    "fh": "http://purl.org/syndication/history/1.0",
    "thr": "http://purl.org/syndication/thread/1.0",
}
_DC = "http://purl.org/dc/elements/1.1/"
_SY = "http://purl.org/rss/1.0/modules/syndication/"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def atom(feed: Feed, facts: Facts, posts: Sequence[Post] = ()) -> bytes:
    """Write a document of the feed in Atom, in one line, with the posts in the given order."""
    return bytes(_document(feed, facts, posts, "atom").atom_str())


def rss(feed: Feed, facts: Facts, posts: Sequence[Post] = ()) -> bytes:
    """Write a document of the feed in RSS 2.0, in one line, with the posts in the given order."""
    return bytes(_document(feed, facts, posts, "rss").rss_str())


def _document(feed: Feed, facts: Facts, posts: Sequence[Post], format: str) -> Any:
    generator = FeedGenerator()
    generator.register_extension("tracker_atom", _FeedInAtom, _EntryInAtom, atom=True, rss=False)
    generator.register_extension("tracker_rss", _FeedInRss, _EntryInRss, atom=False, rss=True)
    for extension in (generator.tracker_atom, generator.tracker_rss):
        extension.feed, extension.facts = feed, facts
        extension.removed = [post for post in posts if post.removed]
    generator.id(feed.id)
    generator.title(feed.title)
    generator.subtitle(feed.subtitle)
    generator.language(feed.language)
    generator.generator("tracker")
    generator.docs("https://www.rssboard.org/rss-specification")
    generator.ttl(TTL)
    if feed.author:
        generator.author({"name": feed.author})
    generator.link(href=feed.address(format, facts.name), rel="self", type=MEDIA_TYPES[format])
    generator.link(href=feed.url + feed.page, rel="alternate", type="text/html")
    generator.updated(_instant(facts.updated))
    generator.lastBuildDate(_instant(facts.updated))
    for post in posts:
        generator.add_entry(_entry(post, format), order="append")
    return generator


def _entry(post: Post, format: str) -> Any:
    written = FeedEntry()
    written.guid(post.id, permalink=False)
    written.title(post.title)
    written.link(href=post.link)
    written.published(_instant(post.published))
    written.updated(_instant(post.updated))
    written.content(post.content, type="html")
    written.summary(html.escape(post.summary, quote=False) if format == "rss" else post.summary)  # HTML in RSS
    written.category([{"term": term, "scheme": scheme, "label": label} for term, scheme, label in post.categories])
    if post.author:
        written.author({"name": post.author})
    written.register_extension("tracker_atom", _EntryInAtom, atom=True, rss=False)
    written.register_extension("tracker_rss", _EntryInRss, atom=False, rss=True)
    written.tracker_atom.post = written.tracker_rss.post = post
    return written


def _links(feed: Feed, facts: Facts, format: str) -> list[Link]:
    """Return the links of a document that feedgen does not write in every format."""
    links = [Link("hub", feed.hub, "", "")] if feed.hub else []
    if facts.name:
        links.append(Link("current", feed.address(format), MEDIA_TYPES[format], ""))
    else:
        others = (each for each in MEDIA_TYPES if each != format)
        links += (Link("alternate", feed.address(each), MEDIA_TYPES[each], NAMES[each]) for each in others)
    if facts.previous:
        links.append(Link("prev-archive", feed.address(format, facts.previous), MEDIA_TYPES[format], ""))
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
    removed: Sequence[Post]

    def extend_ns(self) -> dict[str, str]:
        return _NAMESPACES

    def extend_atom(self, element: Any) -> Any:
        _add_stylesheet(element, self.feed.url)
        _add_links(element, _links(self.feed, self.facts, "atom"))
        _add_history(element, self.facts)
        for post in self.removed:
            written = {"ref": post.id, "when": _instant(post.removed).isoformat()}
            etree.SubElement(element, f"{{{_NAMESPACES['at']}}}deleted-entry", written)
        return element


class _EntryInAtom(BaseEntryExtension):  # type: ignore[misc]
    post: Post

    def extend_atom(self, element: Any) -> Any:
        post = self.post
        if post.language:
            element.set(_LANG, post.language)
        for link in element.findall("link"):  # feedgen writes the link without its type
            element.remove(link)
        _add_links(element, [Link("alternate", post.link, "text/html", "")])
        about, address = post.about
        if about:
            _add_links(element, [Link("related", address, "text/html", "")])
            given = {"ref": about, "href": address, "type": "text/html"}
            etree.SubElement(element, f"{{{_NAMESPACES['thr']}}}in-reply-to", given)
        _add_source(element, post)
        return element


def _add_source(element: Any, post: Post) -> None:
    """Add the feed that the entry belongs to, as it was when the entry was written there (RFC 4287, 4.2.11)."""
    source = etree.SubElement(element, "source")
    etree.SubElement(source, "id").text = post.source.id
    etree.SubElement(source, "title").text = post.source.title
    etree.SubElement(source, "updated").text = _instant(post.updated).isoformat()
    if post.source.author:
        etree.SubElement(etree.SubElement(source, "author"), "name").text = post.source.author
    address = post.source.address("atom")
    page = post.source.url + post.source.page
    _add_links(source, [Link("self", address, MEDIA_TYPES["atom"], ""), Link("alternate", page, "text/html", "")])


class _FeedInRss(BaseExtension):  # type: ignore[misc]
    feed: Feed
    facts: Facts
    removed: Sequence[Post]

    def extend_ns(self) -> dict[str, str]:
        return {**_NAMESPACES, "dc": _DC, "sy": _SY}

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
        etree.SubElement(item, f"{{{_ATOM}}}updated").text = _instant(post.updated).isoformat()
        about, address = post.about
        if about:
            given = {"ref": about, "href": address, "type": "text/html"}
            etree.SubElement(item, f"{{{_NAMESPACES['thr']}}}in-reply-to", given)
            _add_links(item, [Link("related", address, "text/html", "")], f"{{{_ATOM}}}link")
        etree.SubElement(item, "source", {"url": post.source.address("rss")}).text = post.source.title
        return item


def _instant(recorded: Recorded) -> datetime:
    return to_datetime(recorded)
