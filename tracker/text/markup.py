"""Render bodies: from Markdown as an editor writes it to HTML that any feed reader may show.

No text is lost. A link that leads nowhere from a feed reader becomes its words. An image or a frame becomes a link
to it, with its description as the words. An address alone becomes a link. Footnotes are not supported and stay as
typed. A tag that would swallow the text after it stays as typed, too. ``unshown`` names the rest, such as a script
and a comment.
"""

from __future__ import annotations

import re
from functools import lru_cache

MOST_KEPT = 256
"""The number of bodies in the cache of renderings: feeds, page and summary need the same body."""


@lru_cache(maxsize=MOST_KEPT)
def to_html(markdown: str) -> str:
    """Returns the body as HTML: CommonMark with tables and strikethrough; only harmless tags; only links to
    absolute http(s) addresses and to mail addresses. Headings start at h4, below those of the page."""
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


def unshown(markdown: str) -> tuple[str, ...]:
    """Returns the parts of the body that its HTML does not show, in words: ``an iframe``, ``a comment: …``."""
    if not _SUSPECT.search(markdown):
        return ()
    from tracker.text import markdown as whole

    return whole.unshown(markdown)


_SUSPECT = re.compile(
    r"<[A-Za-z/!?]"  # HTML
    r"|\][(:](?!https?://[^\s()\[\]]*\))"  # a link with more than an absolute address, or a definition
    r"|\]\[|!\["  # a link by reference, an image
    r"|^[ >*+-]*(?:```|~~~|[0-9]{1,9}[.)]\s)"  # a language of code, the numbers of a list
    r"|^[ >*+-]*\|?[ ]*:?-+:?[ ]*(?:\||$)",  # the line below the head of a table
    re.MULTILINE,
)
"""A pattern of all that may have parts which are not shown. Other bodies are not parsed while an editor waits."""


def paragraph(text: str) -> str:
    """Returns a plain text as HTML: one paragraph, or nothing if it is empty."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<p>{escaped}</p>" if text else ""


def _plain(markdown: str) -> list[str] | None:
    """Returns the paragraphs of a body without markup; None where it may have markup. Most bodies have none and
    need not be parsed and cleaned."""
    if not markdown:
        return []
    paragraphs = markdown.split("\n\n")
    if all(each[:1].isalpha() and each.isprintable() and each[-1] != " " for each in paragraphs):
        return None if _MARKUP.search(markdown) else paragraphs
    return None


_MARKUP = re.compile(r"[\\`*_\[\]!&<>~]|://|mailto:|www\.", re.IGNORECASE)


def to_line(markdown: str) -> str:
    """Returns the body as plain text on one line."""
    return " ".join(to_text(markdown).split())
