"""Render Markdown to HTML that any feed reader may show. ``markup.py`` calls this for bodies with markup."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html.parser import HTMLParser
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.rules_block import StateBlock, blockquote, list_block, reference, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, text
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
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    return _NO_TEXT.sub("\ufffd", harmless)


def _leads(address: str) -> bool:
    """Returns whether the address leads to the same place from any feed reader."""
    return is_absolute(address) or re.fullmatch(_MAIL, address, re.IGNORECASE) is not None


_MAIL = r"mailto:[^\s\\<>\"@?]+@[^\s\\<>\"@]+"


def _harmless(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        return value if _leads(value) else None
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
    rules.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.inline.ruler.at("text", _text)
    parser.inline.ruler.before("escape", "address", _address)
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


def _table(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Recognises a table, and notes the cells of rows that have more of them than the table has columns: they are
    not shown."""
    first = len(state.tokens)
    if not table(state, line, end, silent):
        return False
    columns = sum(token.type == "th_open" for token in state.tokens[first:])
    rows = (token.map[0] for token in state.tokens[first:] if token.type == "tr_open" and token.map)
    for row in rows:
        typed = state.src[state.bMarks[row] + state.tShift[row] : state.eMarks[row]].strip()
        cells = re.split(r"(?<!\\)\|", typed.removeprefix("|").removesuffix("|"))
        if more := " | ".join(each.strip() for each in cells[columns:] if each.strip()):
            state.env.setdefault("hidden", []).append(f"the cells after the last column of a table ({more})")
    return True


def _text(state: StateInline, silent: bool) -> bool:
    """Takes text up to a host that begins with ``www.``, where ``_address`` goes on."""
    start = state.pos
    if not text(state, True):
        return False
    if found := _WWW.search(state.src, start, state.pos):
        state.pos = found.start()
    if not silent:
        state.pending += state.src[start : state.pos]
    return state.pos > start


def _address(state: StateInline, silent: bool) -> bool:
    """Makes an address alone a link: ``https://example.org/``, ``mailto:a@example.org``, and ``www.example.org``,
    to which ``http`` is added as in GitHub Flavored Markdown (section 6.9)."""
    if silent or state.linkLevel:
        return False
    is_host = _WWW.match(state.src, state.pos) is not None
    scheme = _SCHEME.search(state.pending[-7:]) if state.src[state.pos] == ":" else None
    rest = re.compile(_HOST if is_host else _REST).match(state.src, state.pos) if is_host or scheme else None
    if not rest:
        return False
    before = scheme[1] if scheme else ""
    words = _trimmed(before + rest[0])
    address = state.md.normalizeLink(f"http://{words}" if is_host else words)
    if not _leads(address):
        return False
    state.pending = state.pending.removesuffix(before)
    state.push("link_open", "a", 1).attrs = {"href": address}
    state.push("text", "", 0).content = words
    state.push("link_close", "a", -1)
    state.pos += len(words) - len(before)
    return True


_WWW = re.compile(r"(?<![A-Za-z0-9.@/:-])www\.", re.IGNORECASE)
_SCHEME = re.compile(r"(?<![A-Za-z0-9_.+-])(https?|mailto)$", re.IGNORECASE)
_ENDS = r"\s<>\"“”«»。，、！？；：（）「」『』【】《》"
_REST = rf":(?://[^@/?#{_ENDS}]{{1,300}}+(?!@)(?:[/?#][^{_ENDS}]{{0,2000}})?|[^@:/{_ENDS}]{{1,100}}@[^@:{_ENDS}]{{1,300}})"
"""The rest of an address after its scheme. Its length is limited, so that a long text is read once."""
_HOST = rf"\w{{3}}(?:\.(?!-)[\w-]{{1,63}}){{2,20}}+(?![@\w])(?::[0-9]{{1,5}})?(?:[/?#][^{_ENDS}]{{0,2000}})?"


def _trimmed(address: str) -> str:
    """Returns the address without the punctuation behind it. A bracket stays if its partner is in the address."""
    while address[-1:] in ".,;:!?'*_~|" or (
        address[-1:] in _BRACKETS and address.count(_BRACKETS[address[-1]]) < address.count(address[-1])
    ):
        address = address[:-1]
    return address


_BRACKETS = {")": "(", "]": "[", "}": "{"}


def _lower_headings(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + 3, 6)}"


def _readable(state: StateCore) -> None:
    hidden = state.env.setdefault("hidden", [])
    for token in state.tokens:
        if token.children:
            token.children = list(_readable_line(token.children, hidden))
        elif token.type == "html_block":
            token.content = _Embeds(hidden).linked(token.content)
            if _swallows(token.content):
                token.content = f"<p>{html.escape(token.content, quote=False)}</p>\n"


def _swallows(raw: str) -> bool:
    """Returns whether raw HTML turns the text behind it into a script, a comment or the value of an attribute."""
    return _BEHIND not in nh3.clean(raw + _BEHIND, tags={"x-behind"})


def _readable_line(tokens: Iterable[Token], hidden: list[str]) -> Iterator[Token]:
    """Yields the tokens of a paragraph. Links that lead nowhere and links in links become their words; images
    and embedded documents become links. ``hidden`` gets the addresses that are not shown."""
    links: list[bool] = []
    embeds = _Embeds(hidden)
    for token in tokens:
        embeds.in_link = any(links) or embeds.in_raw_link
        if token.type == "link_open":
            links.append(_leads(str(token.attrs["href"])) and not embeds.in_link)
            if not links[-1]:
                hidden.extend(_of_address(token, "href", "a link"))
        if token.type == "image":
            yield from _image(token, hidden, alone=not embeds.in_link)
        elif token.type == "html_inline":
            yield _raw(embeds.linked(token.content))
        elif token.type not in ("link_open", "link_close") or links[-1]:
            yield token
        if token.type == "link_close":
            links.pop()


def _raw(content: str) -> Token:
    """Returns the token of a tag, or of its text if the tag would swallow the text behind it."""
    swallows = _swallows(content.replace("</", "<")) if content.count("<") == 1 else False
    return Token("text" if swallows else "html_inline", "", 0, content=content)


def _image(token: Token, hidden: list[str], *, alone: bool) -> Iterator[Token]:
    """Yields the image's description, or its address where it has none; with ``alone``, as a link to the image."""
    address = str(token.attrs["src"])
    words = _words(token.children or ()).strip()
    text = Token("text", "", 0, content=words or address)
    hidden.extend(_in_description(token.children or ()))
    if not (alone and is_absolute(address)):
        hidden.extend(_of_address(token, "src", "an image") if words or "title" in token.attrs else ())
        return (yield text)
    hidden.append("an image; a link leads to it")
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


class _Embeds:
    """Makes links of the images and documents that raw HTML embeds. A link leads to an address that is absolute;
    otherwise the words stay. ``hidden`` gets what is not shown."""

    def __init__(self, hidden: list[str]) -> None:
        self.hidden = hidden
        self.in_link = self.in_raw_link = False
        self._replaced: Counter[str] = Counter()

    def linked(self, raw: str) -> str:
        return _EMBED.sub(self._link, raw)

    def _link(self, tag: re.Match[str]) -> str:
        closes, name = bool(tag[1]), tag[2].lower()
        if name == "a":
            self.in_link = self.in_raw_link = not closes
            return tag[0]
        given = dict(_attributes(tag[3]))
        address = given.get("src") or given.get("data") or ""
        if closes and self._replaced[name]:
            self._replaced[name] -= 1
            return ""
        if closes or not address:
            return tag[0]
        self._replaced[name] += name not in _VOID
        words = given.get("alt") or given.get("title") or (address if is_absolute(address) else "")
        leads = is_absolute(address) and not self.in_link
        self.hidden.append(f"{_a(name)}{'; a link leads to it' if leads else f' ({address})'}")
        self.hidden.extend(
            f"{key} of {_a(name)} ({value})" for key, value in given.items() if value not in ("", address, words)
        )
        text = html.escape(words, quote=False)
        return f'<a href="{html.escape(address)}">{text}</a>' if leads else text


_EMBED = re.compile(
    r"<(/?)(a|iframe|frame|img|image|video|audio|source|track|embed|object)(?![\w-])"
    r"((?:[^<>\"']|\"[^\"<]{0,2000}\"|'[^'<]{0,2000}'){0,1000})>",
    re.IGNORECASE,
)
_VOID = ("img", "image", "source", "track", "embed", "frame")


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    found = re.finditer(r"([^\s\"'>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?", text)
    return ((each[1].lower(), html.unescape(each[2] or each[3] or each[4] or "")) for each in found)


# The parts that are not shown.


def unshown(markdown: str) -> tuple[str, ...]:
    """Does what ``markup.unshown`` does."""
    env: dict[str, Any] = {}
    parser = _parser()
    tokens = parser.parse(markdown, env)
    raw = parser.renderer.render(tokens, parser.options, env)
    before, after = _Seen(raw), _Seen(cleaned(cleaned(raw)))
    lost = Counter(before.words) - Counter(after.words)
    is_same = "".join(before.words) == "".join(after.words)  # only the spaces may differ, around blocks
    words = ["the words " + " ".join(lost)] if lost and not is_same else []
    return tuple(
        dict.fromkeys([*env["hidden"], *_in_tokens(tokens), *_definitions(env, raw), *before.hidden, *words])
    )


def _a(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _of_address(token: Token, attribute: str, what: str) -> Iterator[str]:
    """Yields the address and the title of a link or an image that does not become a link."""
    address = _parser().normalizeLinkText(str(token.attrs[attribute]))
    yield f"the address of {what} ({address})"
    if "title" in token.attrs:
        yield f"the title of {what} ({token.attrs['title']})"


def _in_description(tokens: Iterable[Token]) -> Iterator[str]:
    """Yields the parts of an image's description that are no text."""
    for token in tokens:
        if token.type == "html_inline":
            yield f"{token.content} in the description of an image"
        elif token.type == "link_open":
            yield from _of_address(token, "href", "a link")
        elif token.type == "image":
            yield from _of_address(token, "src", "an image")
            yield from _in_description(token.children or ())


def _in_tokens(tokens: Sequence[Token]) -> Iterator[str]:
    """Yields the languages of code blocks, and the numbers of lists that are not in order."""
    expected: list[int] = []
    for token in tokens:
        if token.type == "fence" and token.info.strip():
            yield f"the language of a code block ({token.info.strip()})"
        elif token.type == "ordered_list_open":
            expected.append(int(token.attrs.get("start", 1)))
        elif token.type == "ordered_list_close":
            expected.pop()
        elif token.type == "list_item_open" and token.info:
            if int(token.info) != expected[-1]:
                yield f"the number {token.info} of an item, which is shown as {expected[-1]}"
            expected[-1] += 1


def _definitions(env: dict[str, Any], raw: str) -> Iterator[str]:
    """Yields the definitions of addresses that no link uses."""
    named = [{"label": label, **each} for label, each in env.get("references", {}).items()]
    for each in (*named, *env.get("duplicate_refs", ())):
        if f'href="{html.escape(each["href"])}"' not in raw:
            yield f"the definition of [{each['label'].lower()}] ({each['href']} {each['title']}".rstrip() + ")"


class _Seen(HTMLParser):
    """The words of an HTML text, and in ``hidden`` the tags, attributes and comments that ``cleaned`` removes."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.hidden: list[str] = []
        self._text: list[str] = []
        try:
            self.feed(markup)
            self.close()
        except AssertionError:  # html.parser raises it for some declarations
            self.hidden.append("a declaration")
        self.words = "".join(self._text).split()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.hidden.append(_a(tag) if tag in _WITHOUT_TEXT else f"a <{tag}> tag, only its text")
        for name, value in attrs:
            shown = name in (_ATTRIBUTES.get(tag) or ()) and _harmless(tag, name, value or "") is not None
            if not shown and (tag, name) not in _OF_MARKDOWN:
                self.hidden.append(f"{name} of {_a(tag)}" + (f" ({value})" if value else ""))
        if tag in _ENDS_LINE:
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _ENDS_LINE:
            self._text.append(" ")

    def handle_data(self, data: str) -> None:
        if self.lasttag in ("script", "style") and self.cdata_elem:
            self.hidden.append(f"the text of {_a(self.lasttag)} ({data.strip()})")
        else:
            self._text.append(data)

    def handle_comment(self, data: str) -> None:
        self.hidden.append(f"a comment ({data.strip()})")

    def handle_decl(self, decl: str) -> None:
        self.hidden.append(f"a declaration ({decl})")

    def unknown_decl(self, data: str) -> None:
        self.hidden.append(f"a declaration ({data})")

    def handle_pi(self, data: str) -> None:
        self.hidden.append(f"an instruction ({data})")


_WITHOUT_TEXT = {
    *(
        "script",
        "style",
        "iframe",
        "frame",
        "img",
        "image",
        "video",
        "audio",
        "source",
        "track",
        "embed",
        "object",
    ),
    *(
        "svg",
        "math",
        "canvas",
        "form",
        "input",
        "select",
        "button",
        "textarea",
        "meta",
        "link",
        "base",
        "template",
    ),
}
_ENDS_LINE = {*("p", "br", "hr", "h4", "h5", "h6", "pre", "blockquote", "ul", "ol", "dl", "li", "dt", "dd"),
              *("table", "tr", "td", "th", "div")}  # fmt: skip
_OF_MARKDOWN = {("code", "class"), ("th", "style"), ("td", "style")}
"""Attributes that the parser makes: the language of code, which is named by itself, and the alignment of cells."""
