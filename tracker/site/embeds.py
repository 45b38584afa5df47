"""What other sites show of a story: a frame, its description for programs (oEmbed), and a badge.

A frame is ``embed/<story>/``, the only kind of page that other sites may frame. See https://oembed.com for the
description, which programs find through a link in the head of the page of the story.
"""

from __future__ import annotations

from html import escape

import msgspec

from tracker.domain.story import Story
from tracker.feeds.documents import Feed
from tracker.site.lanes import bars
from tracker.site.overview import Overview
from tracker.text import markup
from tracker.wording.messages import Wording
from tracker.workspace.cards import MOST_BARS, Bar, Card

WIDTH, HEIGHT = 640, 490
"""The size of a frame, in pixels."""

_LETTER = 6.6
"""About how wide a letter of a badge is, in pixels."""
_LONGEST = 40


def frame(url: str, slug: str, title: str) -> str:
    """Return the HTML of a frame for other sites. ``url`` is the address of the site."""
    return (
        f'<iframe src="{escape(url)}embed/{escape(slug)}/" title="{escape(title)}" width="{WIDTH}"'
        f' height="{HEIGHT}" loading="lazy" sandbox="allow-popups"></iframe>'
    )


def oembed(site: Feed, story: Story) -> bytes:
    """Return the description of the frame of a story."""
    found = {
        "version": "1.0",
        "type": "rich",
        "title": story.title,
        "provider_name": site.author,
        "provider_url": site.url,
        "html": frame(site.url, story.slug, story.title),
        "width": WIDTH,
        "height": HEIGHT,
    }
    return msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"


def card(site: Feed, found: Overview) -> Card:
    """Return the share card of a story."""
    story, wording = found.story_feed.story, found.wording
    status = wording.say("No longer followed") if story.status == "closed" else wording.say("Still developing")
    parts = tuple(Bar(*each) for each in bars(found.picture, MOST_BARS))
    return Card(site.title, status, story.title, markup.to_line(story.summary)[:300], parts)


def badge(story: Story, wording: Wording) -> bytes:
    """Return a badge with the name and the status of a story."""
    status = wording.say("No longer followed") if story.status == "closed" else wording.say("Still developing")
    name = story.name if len(story.name) <= _LONGEST else f"{story.name[: _LONGEST - 1]}…"
    left, right = (round(_LETTER * len(words)) + 16 for words in (name, status))
    colour = "#5a6268" if story.status == "closed" else "#b0232a"
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img"'
        f' aria-label="{escape(name)}: {escape(status)}"><title>{escape(name)}: {escape(status)}</title>'
        f'<rect width="{left}" height="20" fill="#15181b"/><rect x="{left}" width="{right}" height="20"'
        f' fill="{colour}"/><g fill="#fff" text-anchor="middle" font-family="Verdana, sans-serif" font-size="11">'
        f'<text x="{left // 2}" y="14" textLength="{left - 12}">{escape(name)}</text>'
        f'<text x="{left + right // 2}" y="14" textLength="{right - 12}">{escape(status)}</text></g></svg>\n'
    )
    return parts.encode()
