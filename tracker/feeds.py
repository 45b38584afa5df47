"""Entries to Atom (RFC 4287) and RSS 2.0, written by feedgen.

A feed is a function of its entries alone: no clock is read, so that publishing again gives the same bytes. What
feedgen leaves out is added through its own extension mechanism.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from jinja2 import Environment, PackageLoader, StrictUndefined
from lxml import etree
from msgspec import Struct

from tracker import markup
from tracker.entries import Entry
from tracker.times import Recorded, in_words, to_datetime

MOST_ENTRIES = 300
"""In any feed that subscribers poll: what the most demanding readers look at."""

_ATOM = "{http://www.w3.org/2005/Atom}"
_DELETED = "http://purl.org/atompub/tombstones/1.0"
_NEVER = Recorded("1970-01-01T00:00:00.000Z")


class Feed(Struct, frozen=True, kw_only=True):
    """What a feed says of itself. ``path`` is its place on the site without the ending; ``url`` the site's
    root, with a slash at its end; ``page`` the place of the page that shows the same."""

    path: str
    page: str
    url: str
    id: str
    title: str
    subtitle: str
    language: str
    author: str

    def address(self, ending: str) -> str:
        return f"{self.url}{self.path}.{ending}"


def newest(entries: Sequence[Entry]) -> list[Entry]:
    """The entries that a feed shows, newest first, in a total order: by when they were recorded, so that a
    backdated development still reaches subscribers."""
    ordered = sorted(entries, key=lambda each: (each.published, each.slug, each.seq), reverse=True)
    return [each for each in ordered if not each.minor][:MOST_ENTRIES]


def atom(feed: Feed, entries: Sequence[Entry]) -> bytes:
    """The feed in Atom; ``entries`` newest first."""
    return bytes(_document(feed, entries, "atom").atom_str(pretty=True))


def rss(feed: Feed, entries: Sequence[Entry]) -> bytes:
    """The feed in RSS 2.0; ``entries`` newest first."""
    return bytes(_document(feed, entries, "rss").rss_str(pretty=True))


def content(entry: Entry, url: str, *, stands: bool = True) -> str:
    """What the entry says, as HTML that stands alone in any reader; on a page that says where things stand
    itself, without that (``stands``)."""
    return environment().get_template("entry.html").render(entry=entry, url=url, stands=stands).strip()


_MEDIA_TYPES = {"atom": "application/atom+xml", "rss": "application/rss+xml"}


def _document(feed: Feed, entries: Sequence[Entry], ending: str) -> Any:
    updated = _instant(max((each.updated for each in entries), default=_NEVER))
    generator = FeedGenerator()
    generator.load_extension("dc", atom=False, rss=True)
    generator.register_extension("tracker_rss", BaseExtension, _UpdatedInRss, atom=False, rss=True)
    generator.register_extension("tracker_atom", _Tombstones, atom=True, rss=False)
    generator.tracker_atom.removed = [(each.id, each.removed) for each in entries if each.removed]
    generator.id(feed.id)
    generator.title(feed.title)
    generator.subtitle(feed.subtitle)
    generator.language(feed.language)
    generator.generator("tracker")
    generator.docs("https://www.rssboard.org/rss-specification")
    generator.ttl(5)
    if feed.author:
        generator.author({"name": feed.author})
    generator.link(href=feed.address(ending), rel="self", type=_MEDIA_TYPES[ending])
    generator.link(href=feed.url + feed.page, rel="alternate", type="text/html")
    generator.updated(updated)
    generator.lastBuildDate(updated)
    for entry in entries:
        generator.add_entry(_entry(feed, entry, ending), order="append")
    return generator


def _entry(feed: Feed, entry: Entry, ending: str) -> Any:
    written = FeedEntry()
    written.load_extension("dc", atom=False, rss=True)
    written.register_extension("tracker_rss", _UpdatedInRss, atom=False, rss=True)
    written.guid(f"urn:uuid:{entry.id}", permalink=False)
    written.title(entry.title)
    written.link(href=feed.url + entry.path)
    written.published(_instant(entry.published))
    written.updated(_instant(entry.updated))
    written.tracker_rss.updated = entry.updated
    written.content(content(entry, feed.url), type="html")
    written.summary(html.escape(entry.summary, quote=False) if ending == "rss" else entry.summary)  # RSS: is HTML
    written.category([
        {"term": entry.type, "scheme": f"{feed.url}types/", "label": entry.type},
        {"term": entry.slug, "scheme": f"{feed.url}stories/", "label": entry.story_title},
        *({"term": party, "scheme": f"{feed.url}parties/", "label": party} for party in entry.parties),
    ])  # fmt: skip
    author = entry.editor or feed.author
    if author:
        written.author({"name": author})
        written.dc.dc_creator(author)
    return written


class _Tombstones(BaseExtension):  # type: ignore[misc]
    """``at:deleted-entry`` for every entry whose text was removed (RFC 6721)."""

    removed: Sequence[tuple[str, Recorded]] = ()

    def extend_ns(self) -> dict[str, str]:
        return {"at": _DELETED}

    def extend_atom(self, feed: Any) -> Any:
        for id, when in self.removed:
            written = {"ref": f"urn:uuid:{id}", "when": _instant(when).isoformat()}
            etree.SubElement(feed, f"{{{_DELETED}}}deleted-entry", written)
        return feed


class _UpdatedInRss(BaseEntryExtension):  # type: ignore[misc]
    """RSS items have no modification date: Atom's, as the RSS Best Practices Profile suggests."""

    updated: Recorded = _NEVER

    def extend_rss(self, item: Any) -> Any:
        etree.SubElement(item, f"{_ATOM}updated").text = _instant(self.updated).isoformat()
        return item


def _instant(recorded: Recorded) -> datetime:
    return to_datetime(recorded)


@cache
def environment() -> Environment:
    """The templates, with everything in them escaped unless it is marked safe."""
    environment = Environment(
        loader=PackageLoader("tracker"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["markdown"] = markup.to_html
    environment.filters["date"] = in_words
    return environment
