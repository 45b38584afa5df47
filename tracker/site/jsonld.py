"""Describe a story to machines: schema.org's ``LiveBlogPosting`` as JSON-LD, for the head of the story's page, and
whole for an export.

Each development is a ``BlogPosting`` with its sources (``citation``) and its amendments (``correction``). If its
date has a time, that is its ``contentReferenceTime``. The newest come first, as many as fit. The page of a
development has it as a ``NewsArticle``, with its whole text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from tracker.domain.amend import RETRACTED, Development
from tracker.domain.events import Source
from tracker.domain.story import Story
from tracker.feeds import paths
from tracker.feeds.documents import Feed
from tracker.feeds.entries import Entry
from tracker.text import markup

MOST = 10_000
"""The most bytes of updates on a page: the newest, which search engines show."""


def live_blog(site: Feed, feed: Feed, story: Story, entries: Sequence[Entry]) -> str:
    """Return the JSON-LD of a story, safe inside a ``script`` element. ``entries`` are all of them, newest
    first."""
    updates = (_update(site, entry, story.developments[entry.seq - 1], entry.summary) for entry in entries)
    return in_script(_posting(site, feed, story, entries, _first(updates)))


def whole(site: Feed, feed: Feed, story: Story, entries: Sequence[Entry], updates: Iterable[Entry]) -> bytes:
    """Return the JSON-LD of a view of a story with these updates, which have their bodies. ``entries`` are all of
    the view, newest first."""
    developments = {each.seq: each for each in story.developments}

    def update(entry: Entry) -> dict[str, Any]:
        text = "\n".join(filter(None, (entry.quote, entry.said, markup.to_text(entry.body))))
        return _update(site, entry, developments[entry.seq], text or entry.summary)

    posting = _posting(site, feed, story, entries, [update(each) for each in updates])
    return msgspec.json.format(msgspec.json.encode(posting), indent=2) + b"\n"


def _posting(
    site: Feed, feed: Feed, story: Story, entries: Sequence[Entry], updates: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    publisher = _organization(site)
    first, last = entries[-1], entries[0]
    blog: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": story.title,
        "description": markup.to_line(story.summary),
        "@id": feed.url + feed.page,
        "url": feed.url + feed.page,
        "inLanguage": feed.language,
        "datePublished": first.published,
        "dateModified": max(each.updated for each in entries),
        "coverageStartTime": first.published,
        "coverageEndTime": last.published if story.status == "closed" else "",
        "author": publisher,
        "publisher": publisher,
        "liveBlogUpdate": list(updates),
    }
    return _without_empty(blog)


def news_article(site: Feed, entry: Entry) -> str:
    """Return the JSON-LD of a development, for its own page. ``entry`` has its body."""
    text = "\n".join(filter(None, (entry.quote, entry.said, markup.to_text(entry.body))))
    article = _update(site, entry, None, text or entry.summary) | {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "inLanguage": entry.language or site.language,
        "isPartOf": {"@id": site.url + paths.story(entry.slug)},
    }
    return in_script(article | ({"publisher": _organization(site)} if entry.editor else {}))


def _organization(site: Feed) -> dict[str, Any]:
    """Return the desk, which publishes every story."""
    return {"@type": "Organization", "name": site.author, "url": site.url}


def _first(updates: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return as many updates as fit on a page."""
    size, found = 0, []
    for update in updates:
        size += len(msgspec.json.encode(update))
        if size > MOST:
            break
        found.append(update)
    return found


def _update(site: Feed, entry: Entry, development: Development | None, body: str) -> dict[str, Any]:
    occurred = str(getattr(development.event, "occurred", "")) if development else ""
    posting = {
        "@type": "BlogPosting",
        "headline": entry.title,
        "url": site.url + entry.path,
        "datePublished": entry.published,
        "dateModified": entry.updated,
        "contentReferenceTime": occurred if "T" in occurred and "/" not in occurred else "",
        "articleBody": body,
        "image": _image(site, entry),
        "author": {"@type": "Organization", "name": entry.editor or site.author},
        "about": [{"@type": "Thing", "name": party} for party in entry.parties],
        "citation": [_citation(source) for source in entry.sources],
        "correction": [
            {
                "@type": "CorrectionComment",
                "text": f"{notice.text} {notice.why}",
                "datePublished": notice.recorded,
            }
            for notice in entry.notices
        ],
    }
    return _without_empty(posting)


def _image(site: Feed, entry: Entry) -> dict[str, Any]:
    image = entry.image
    if image is None or entry.standing == RETRACTED:
        return {}
    picture = {
        "@type": "ImageObject",
        "url": site.url + paths.media(image.file),
        "width": image.width,
        "height": image.height,
        "description": image.alt,
        "caption": image.caption,
        "creditText": image.credit,
    }
    return _without_empty(picture)


def _citation(source: Source) -> dict[str, Any]:
    work = {
        "@type": "CreativeWork",
        "name": source.title or source.publisher or source.url,
        "url": source.url,
        "publisher": {"@type": "Organization", "name": source.publisher} if source.publisher else "",
        "datePublished": source.published,
    }
    return _without_empty(work)


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that are not empty."""
    return {key: value for key, value in values.items() if value}


def in_script(values: dict[str, Any]) -> str:
    """Return the values as JSON in which no text ends the ``script`` element or begins a comment."""
    text = msgspec.json.encode(values).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
