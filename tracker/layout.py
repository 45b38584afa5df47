"""Which files a site has that belong to no story, party or type."""

from __future__ import annotations

from tracker import heads
from tracker.documents import FORMATS

ASSETS = ("style.css", "feed.css", "script.js", "icon.svg")

SITE = ("all", "corrections", "standing")
"""The feeds of all stories."""

LISTS = (
    *ASSETS,
    *("index.html", "about/index.html", "corrections/index.html", "stories/index.html", "feeds.opml", heads.FILE),
    *(f"{name}.{format}" for name in SITE for format in FORMATS),
)
"""All of them; archives left out."""
