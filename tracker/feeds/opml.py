"""Every feed of a site in OPML 2.0 (opml.org/spec2.opml), for readers that subscribe to several at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree

from tracker.feeds.documents import Feed


def opml(title: str, groups: Mapping[str, Sequence[Feed]]) -> bytes:
    """Write an OPML document with the feeds of each group below the heading of the group."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for heading, feeds in groups.items():
        if not feeds:
            continue
        group = etree.SubElement(body, "outline", text=heading)
        for feed in feeds:
            etree.SubElement(group, "outline", type="rss", text=feed.title, title=feed.title,
                             xmlUrl=feed.address("atom"), htmlUrl=feed.url + feed.page)  # fmt: skip
    return bytes(etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=True))
