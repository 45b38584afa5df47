"""Render bodies: from Markdown as an editor writes it to HTML that any feed reader may show.

No text is lost. A link that leads nowhere from a feed reader becomes its words. An image becomes a link to it,
with its description as the words. Footnotes are not supported and stay as typed. A tag that would swallow the text
after it stays as typed, too.
"""

from __future__ import annotations

import re
from functools import lru_cache

MOST_KEPT = 256
"""The number of bodies in the cache of renderings: feeds, page and summary need the same body."""


@lru_cache(maxsize=MOST_KEPT)
def to_html(markdown: str) -> str:
    """Returns the body as HTML: CommonMark with tables and strikethrough; only harmless tags; only absolute
    http(s) links. Headings start at h4, below those of the page they stand on."""
    plain = _plain(markdown)
    if plain is not None:
        return "\n".join(f"<p>{each}</p>" for each in plain)
    from tracker.text import markdown as whole  # 30 ms

    return whole.to_html(markdown)


@lru_cache(maxsize=MOST_KEPT)
def to_text(markdown: str) -> str:
    """Returns the text of the body's HTML without tags: a line for each paragraph, cell and line of code."""
    plain = _plain(markdown)
    if plain is not None:
        return "\n".join(plain)
    from tracker.text import markdown as whole

    return whole.to_text(to_html(markdown))


def _plain(markdown: str) -> list[str] | None:
    """Returns the paragraphs of a body without markup; None where it may have markup. Most bodies have none and
    need not be parsed and cleaned."""
    if not markdown:
        return []
    paragraphs = markdown.split("\n\n")
    if all(each[:1].isalpha() and each.isprintable() and each[-1] != " " for each in paragraphs):
        return None if _MARKUP.search(markdown) else paragraphs
    return None


_MARKUP = re.compile(r"[\\`*_\[\]!&<>~]")


def to_line(markdown: str) -> str:
    """Returns the body as plain text on one line."""
    return " ".join(to_text(markdown).split())
