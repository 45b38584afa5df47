"""Bodies: Markdown as an editor writes it, to HTML that any reader may show."""

from __future__ import annotations

import html
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

_TAGS = {
    *("p", "br", "hr", "h4", "h5", "h6", "blockquote", "pre", "code"),
    *("ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "thead", "tbody", "tfoot", "tr", "th", "td"),
    *("a", "abbr", "em", "strong", "b", "i", "s", "del", "ins", "q", "sub", "sup"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "ol": {"start"}}


def to_html(markdown: str) -> str:
    """The body as HTML: CommonMark with tables and strikethrough; only harmless tags; only absolute http(s)
    links. Headings start at h4, below those of the page they stand on."""
    return nh3.clean(
        _parser().render(markdown),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_absolute_links,
        url_schemes={"http", "https"},
        link_rel=None,
    ).strip()


def to_text(markdown: str) -> str:
    """The body as plain text, a paragraph a line: what its HTML says when all tags are gone."""
    return html.unescape(nh3.clean(_parser().render(markdown), tags=set())).strip()


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.core.ruler.push("lower_headings", _lower_headings)
    return parser


def _lower_headings(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + 3, 6)}"


def _absolute_links(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href" and not value.lower().startswith(("http://", "https://")):
        return None
    return value
