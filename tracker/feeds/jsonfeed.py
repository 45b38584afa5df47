"""Documents of a feed in JSON Feed 1.1 (jsonfeed.org/version/1.1), with one item on each line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tracker.feeds.documents import MEDIA_TYPES, NAMES, Facts, Feed, Link, Post


def json(feed: Feed, facts: Facts, posts: Sequence[Post] = ()) -> bytes:
    """Write a document of the feed, with the posts in the given order."""
    envelope: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.url + feed.page,
        "feed_url": feed.address("json", facts.name),
        "description": feed.subtitle,
        "next_url": feed.address("json", facts.previous) if facts.previous else "",
        "language": feed.language,
        "authors": _authors(feed.author),
        "expired": feed.expired,
        "hubs": [{"type": "WebSub", "url": feed.hub}] if feed.hub else [],
        "_tracker": {
            "updated": facts.updated,
            "complete": facts.complete,
            "links": [{"rel": each.rel, "href": each.href, "title": each.title} for each in _links(feed, facts)],
        },
    }
    start = msgspec.json.encode({key: value for key, value in envelope.items() if value})
    items = b",\n".join(_item(post) for post in posts)
    return start[:-1] + b',"items":[\n' + items + b"\n]}\n"


def _links(feed: Feed, facts: Facts) -> list[Link]:
    """Return the links of a document: from the head to its other formats, from an archive to the head; and the
    links of the feed."""
    if facts.name:
        return [Link("current", feed.address("json"), MEDIA_TYPES["json"], ""), *feed.links]
    others = (each for each in MEDIA_TYPES if each != "json")
    return [
        *(Link("alternate", feed.address(each), MEDIA_TYPES[each], NAMES[each]) for each in others),
        *feed.links,
    ]


def _item(post: Post) -> bytes:
    item: dict[str, Any] = {
        "id": post.id,
        "url": post.link,
        "title": post.title,
        "content_html": post.content,
        "summary": post.summary,
        "date_published": post.published,
        "date_modified": post.updated,
        "tags": list(dict.fromkeys(label for _, _, label in post.categories)),
        "authors": _authors(post.author),
        "language": post.language,
        "_tracker": post.more | ({"about": post.about[0]} if post.about[0] else {}),
    }
    return msgspec.json.encode({key: value for key, value in item.items() if value})


def _authors(name: str) -> list[dict[str, str]]:
    return [{"name": name}] if name else []
