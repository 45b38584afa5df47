"""Render Markdown to HTML that any feed reader may show. ``markup.py`` calls this for bodies with markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.rules_block import StateBlock, blockquote, list_block, reference
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from tracker.text.names import is_absolute

_TAGS = {
    *("p", "br", "hr", "h4", "h5", "h6", "blockquote", "pre", "code"),
    *("ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "thead", "tbody", "tfoot", "tr", "th", "td"),
    *("a", "abbr", "em", "strong", "b", "i", "s", "del", "ins", "q", "sub", "sup"),
}
_ATTRIBUTES = {"*": set[str](), "a": {"href", "title"}, "abbr": {"title"}, "ol": {"start"}}

_NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
"""Characters that XML, and so a feed, cannot hold. Raw HTML can hold them as entities."""

_BEHIND = "<x-behind></x-behind>"
_DEFINITION = re.compile(r"\[(?!\^)(?:[^\\\[\]\n]|\\.)+\]:[ \t]*<?https?://", re.IGNORECASE)
_CODE_OR_BREAK = re.compile(r"<pre>.*?</pre>|\n", re.DOTALL)
_ENDS_A_LINE = re.compile(
    r"(?=<(?:p|h[4-6]|pre|blockquote|[uod]l|table)\b)|(?<=<br>)|(?<=<hr>)"
    r"|(?=</(?:p|h[4-6]|pre|blockquote|li|d[td]|t[hd])>)"
)


def to_html(markdown: str) -> str:
    """Does what ``markup.to_html`` does, for every body."""
    once = cleaned(_parser().render(markdown))
    return cleaned(once).strip()  # the first cleaning may move tags; the second cleans them in their new places


def to_text(markup: str) -> str:
    """Returns the text of HTML that ``to_html`` made: a line for each paragraph, cell and line of code."""
    flowing = _CODE_OR_BREAK.sub(lambda found: " " if found[0] == "\n" else found[0], markup)
    text = html.unescape(nh3.clean(_ENDS_A_LINE.sub("\n", flowing), tags=set()))
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def cleaned(markup: str) -> str:
    """Returns the HTML without the tags, attributes and characters that a feed reader may not show."""
    harmless = nh3.clean(
        markup,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_harmless,
        url_schemes={"http", "https"},
        link_rel=None,
    )
    return _NO_TEXT.sub("\ufffd", harmless)


def _harmless(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        return value if is_absolute(value) else None
    if attribute == "start":
        return value if re.fullmatch("-?[0-9]{1,9}", value) else None
    return value


# The parser.


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """Accepts every address, so that the parser tells the words of each link from its address."""
        return True


@cache
def _parser() -> MarkdownIt:
    parser = _Parser("commonmark").enable(["table", "strikethrough"])
    rules = parser.block.ruler
    rules.at("blockquote", _shallow(blockquote), {"alt": ["paragraph", "reference", "blockquote", "list"]})
    rules.at("list", _shallow(list_block), {"alt": ["paragraph", "reference", "blockquote"]})
    rules.at("reference", _definition)
    parser.core.ruler.push("lower_headings", _lower_headings)
    parser.core.ruler.push("readable", _readable)
    return parser


def _shallow(rule: RuleFuncBlockType) -> RuleFuncBlockType:
    """Returns the rule with a limit: content so deeply nested that markdown-it would drop it is text."""

    def shallow(state: StateBlock, line: int, end: int, silent: bool) -> bool:
        return state.level + 2 < state.md.options.maxNesting and rule(state, line, end, silent)

    return shallow


def _definition(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Recognises the definition of a link's address; ``[^1]: a note`` and ``[Update]: confirmed`` are text."""
    text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
    return _DEFINITION.match(text) is not None and reference(state, line, end, silent)


def _lower_headings(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + 3, 6)}"


def _readable(state: StateCore) -> None:
    for token in state.tokens:
        if token.children:
            token.children = list(_readable_line(token.children))
        elif token.type == "html_block" and _swallows(token.content):
            token.content = f"<p>{html.escape(token.content, quote=False)}</p>\n"


def _swallows(raw: str) -> bool:
    """Returns whether raw HTML turns the text behind it into a script, a comment or the value of an attribute."""
    return _BEHIND not in nh3.clean(raw + _BEHIND, tags={"x-behind"})


def _readable_line(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yields the tokens of a paragraph. Links that lead nowhere and links in links become their words; images
    become links."""
    links: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            links.append(is_absolute(str(token.attrs["href"])) and not any(links))
        if token.type == "image":
            yield from _image(token, alone=not any(links))
        elif token.type == "html_inline" and _swallows(token.content.replace("</", "<")):
            yield Token("text", "", 0, content=token.content)
        elif token.type not in ("link_open", "link_close") or links[-1]:
            yield token
        if token.type == "link_close":
            links.pop()


def _image(token: Token, *, alone: bool) -> Iterator[Token]:
    """Yields the image's description, or its address where it has none; with ``alone``, as a link to the image."""
    address = str(token.attrs["src"])
    text = Token("text", "", 0, content=_words(token.children or ()).strip() or address)
    if not (alone and is_absolute(address)):
        return (yield text)
    title = {"title": token.attrs["title"]} if "title" in token.attrs else {}
    yield Token("link_open", "a", 1, attrs={"href": address, **title})
    yield text
    yield Token("link_close", "a", -1)


def _words(tokens: Iterable[Token]) -> str:
    """Returns the text of an image's description."""
    return "".join(
        _words(token.children or ()) if token.type == "image"
        else token.content if token.type in ("text", "code_inline")
        else " " if token.type in ("softbreak", "hardbreak") else ""
        for token in tokens
    )  # fmt: skip
