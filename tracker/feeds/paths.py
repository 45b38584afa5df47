"""Paths of a published site: the files that belong to no story, party or type, and those that a publication
owns."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from tracker.feeds.documents import FORMATS
from tracker.log import checkpoints

ASSETS = ("style.css", "feed.css", "script.js", "icon.svg")

SITE = ("all", "corrections", "standing")
"""The feeds of all stories."""

LISTS = (
    *ASSETS,
    *(
        "index.html",
        "about/index.html",
        "corrections/index.html",
        "stories/index.html",
        "feeds.opml",
        checkpoints.FILE,
    ),
    *(f"{name}.{format}" for name in SITE for format in FORMATS),
)
"""The files that belong to no story, party or type, without archives."""

_OURS = (
    r"(?:(?:all|corrections|standing)|stories/[^/]+/(?:developments|corrections|standing)"
    r"|(?:parties|types)/[^/]+/developments)(?:-\d{4}-\d{2}(?:-\d+)?)?\.(?:atom|rss|json)"
    r"|stories/[^/]+/(?:index\.html|events\.jsonl|(?:heads|history)\.json|\d{4}-\d{2}\.html|\d+\.(?:html|oembed\.json))"
    r"|stories/\d{4}-\d{2}\.html|(?:parties|types)/[^/]+/index\.html|types\.toml"
)


def published_paths(folder: str) -> Iterator[str]:
    """Yield the paths of the files below ``folder`` that a publication wrote, by their names. Others are the
    desk's."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(parent, name), folder)
            if re.fullmatch(_OURS, path):
                yield path
