"""Documents of a feed in JSON Feed 1.1 (jsonfeed.org/version/1.1), with one item on each line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tracker.feeds import paths
from tracker.feeds.documents import EntryBytes, Facts, Feed, Link, Picture, Post, alternates
from tracker.feeds.formats import FORMATS


class _Json:
    """Writes feeds in JSON Feed."""

    def entry(self, post: Post) -> EntryBytes:
        """Return the bytes of an entry, in one line."""
        item: dict[str, Any] = {
            "id": post.id,
            "url": post.link,
            "title": post.title,
            "content_html": post.content,
            "summary": post.summary,
            "image": post.picture.url if post.picture else "",
            "date_published": post.published,
            "date_modified": post.updated,
            "tags": list(dict.fromkeys(label for _, _, label in post.categories)),
            "authors": _authors(post.author) if post.author != post.source.author else [],  # then the feed has it
            "language": post.language,
            "attachments": _attachments(post.picture),
            "_tracker": post.more
            | {name: id for name, (id, _) in (("about", post.about), ("before", post.before)) if id},
        }
        return EntryBytes(msgspec.json.encode({key: value for key, value in item.items() if value}))

    def document(self, feed: Feed, facts: Facts, entries: Sequence[EntryBytes], *, mixed: bool) -> bytes:
        """Return a document of the feed with these entries in the given order."""
        envelope: dict[str, Any] = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": feed.url + feed.page,
            "feed_url": feed.address("json", facts.name),
            "description": feed.subtitle,
            "next_url": feed.address("json", facts.previous) if facts.previous else "",
            "icon": feed.url + paths.ICON,
            "favicon": feed.url + paths.FAVICON,
            "language": feed.language,
            "authors": _authors(feed.author),
            "expired": feed.expired,
            "hubs": [{"type": "WebSub", "url": feed.hub}] if feed.hub else [],
            "_tracker": {
                "updated": facts.updated,
                "complete": facts.complete,
                **({"rights": feed.rights} if feed.rights else {}),
                "links": [
                    {"rel": each.rel, "href": each.href, "title": each.title} for each in _links(feed, facts)
                ],
            },
        }
        start = msgspec.json.encode({key: value for key, value in envelope.items() if value})
        items = b",\n".join(each.entry for each in entries)
        return b"\n".join([start[:-1] + b',"items":[', *([items] if items else []), b"]}", b""])


def _links(feed: Feed, facts: Facts) -> list[Link]:
    """Return the links of a document: to its other formats, from an archive to the head; and the links of the
    feed."""
    current = [Link("current", feed.address("json"), FORMATS["json"].media_type, "")] if facts.name else []
    return [*alternates(feed, facts, "json"), *current, *feed.links]


def _attachments(picture: Picture | None) -> list[dict[str, Any]]:
    if picture is None:
        return []
    return [{"url": picture.url, "mime_type": picture.type, "title": picture.alt, "size_in_bytes": picture.bytes}]


def _authors(name: str) -> list[dict[str, str]]:
    return [{"name": name}] if name else []


JSON = _Json()
