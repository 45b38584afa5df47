"""Bodies: Markdown as an editor writes it, to HTML that any reader may show.

No text is lost on the way. A link that leads nowhere from a feed reader is its words; an image is a link to it,
by its description; footnotes are not known, and stay as they were typed, and so does a tag that would swallow what
comes after it.
"""

from __future__ import annotations

import re
from functools import lru_cache

MOST_KEPT = 256
"""Bodies whose rendering is remembered: a body is needed for its feeds, its page and its summary."""


@lru_cache(maxsize=MOST_KEPT)
def to_html(markdown: str) -> str:
    """The body as HTML: CommonMark with tables and strikethrough; only harmless tags; only absolute http(s)
    links. Headings start at h4, below those of the page they stand on."""
    plain = _plain(markdown)
    if plain is not None:
        return "\n".join(f"<p>{each}</p>" for each in plain)
    from tracker.text import markdown as whole  # 30 ms

    return whole.to_html(markdown)


@lru_cache(maxsize=MOST_KEPT)
def to_text(markdown: str) -> str:
    """The body as plain text, a paragraph, a cell or a line of code a line: what its HTML says when all tags
    are gone."""
    plain = _plain(markdown)
    if plain is not None:
        return "\n".join(plain)
    from tracker.text import markdown as whole

    return whole.to_text(to_html(markdown))


def _plain(markdown: str) -> list[str] | None:
    """Its paragraphs, where it has nothing in it that could be markup: most bodies are so, and need not be
    parsed and cleaned. None where it may have."""
    if not markdown:
        return []
    paragraphs = markdown.split("\n\n")
    if all(each[:1].isalpha() and each.isprintable() and each[-1] != " " for each in paragraphs):
        return None if _MARKUP.search(markdown) else paragraphs
    return None


_MARKUP = re.compile(r"[\\`*_\[\]!&<>~]")


def to_line(markdown: str) -> str:
    """The body as plain text on one line."""
    return " ".join(to_text(markdown).split())
