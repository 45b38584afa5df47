"""A story for machines: schema.org's ``LiveBlogPosting`` as JSON-LD, for the head of its page.

Each development is a ``BlogPosting`` with its sources (``citation``), its amendments (``correction``) and, where
that is known to the minute, when it happened (``contentReferenceTime``). The newest come first, as many as fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tracker.domain.events import Source
from tracker.domain.story import Story
from tracker.feeds.documents import Feed
from tracker.feeds.entries import Entry
from tracker.text import markup

MOST = 150_000
"""Bytes of updates on a page."""


def live_blog(site: Feed, feed: Feed, story: Story, entries: Sequence[Entry]) -> str:
    """The markup of a story, as it can stand in a ``script`` element; ``entries`` are all, newest first."""
    publisher = {"@type": "Organization", "name": site.author, "url": site.url}
    first, last = entries[-1], entries[0]
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": story.title,
        "description": markup.to_line(story.summary),
        "url": feed.url + feed.page,
        "inLanguage": feed.language,
        "datePublished": first.published,
        "dateModified": max(each.updated for each in entries),
        "coverageStartTime": first.published,
        "coverageEndTime": last.published if story.status == "closed" else "",
        "author": publisher,
        "publisher": publisher,
        "liveBlogUpdate": list(_updates(site, story, entries)),
    }
    return _in_script(_said(told))


def _updates(site: Feed, story: Story, entries: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    size = 0
    for entry in entries:
        update = _update(site, entry, str(getattr(story.developments[entry.seq - 1].event, "occurred", "")))
        size += len(msgspec.json.encode(update))
        if size > MOST:
            return
        yield update


def _update(site: Feed, entry: Entry, occurred: str) -> dict[str, Any]:
    told = {
        "@type": "BlogPosting",
        "headline": entry.title,
        "url": site.url + entry.path,
        "datePublished": entry.published,
        "dateModified": entry.updated,
        "contentReferenceTime": occurred if "T" in occurred and "/" not in occurred else "",
        "articleBody": entry.summary,
        "author": {"@type": "Organization", "name": entry.editor or site.author},
        "about": [{"@type": "Thing", "name": party} for party in entry.parties],
        "citation": [_citation(source) for source in entry.sources],
        "correction": [
            {
                "@type": "CorrectionComment",
                "text": f"{notice.text}: {notice.why}",
                "datePublished": notice.recorded,
            }
            for notice in entry.notices
        ],
    }
    return _said(told)


def _citation(source: Source) -> dict[str, Any]:
    told = {
        "@type": "CreativeWork",
        "name": source.title or source.publisher or source.url,
        "url": source.url,
        "publisher": {"@type": "Organization", "name": source.publisher} if source.publisher else "",
        "datePublished": source.published,
    }
    return _said(told)


def _said(told: dict[str, Any]) -> dict[str, Any]:
    """What there is to say."""
    return {key: value for key, value in told.items() if value}


def _in_script(told: dict[str, Any]) -> str:
    """JSON in which nothing ends the element that it stands in, or begins a comment there."""
    text = msgspec.json.encode(told).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
