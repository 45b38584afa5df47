"""HTML: of an entry, which stands anywhere, and of a page of the site."""

from __future__ import annotations

from html.parser import HTMLParser

from tests.conformance.shared import Faults, absolute, refuse, repeated

_VOID = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"),
}
_HARMFUL = {"base", "embed", "form", "frame", "iframe", "input", "object", "script", "style"}
_OF_PAGES = {"body", "head", "html", "link", "main", "meta", "title"}
_ADDRESSES = ("href", "src", "cite", "action", "formaction", "poster", "background", "data")


class Html(HTMLParser):
    """What a piece of HTML has in it: addresses, the names of its places, and what is wrong with it."""

    def __init__(self, text: str, *, page: bool = False) -> None:
        super().__init__()
        self.page = page
        self.faults: list[str] = []
        self.addresses: list[str] = []
        self.places: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self.open]
        self.faults += [f"the place {place!r} is there twice" for place in repeated(self.places)]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _HARMFUL or (tag in _OF_PAGES and not self.page):
            self.faults.append(f"there is a <{tag}>")
        for name, value in attributes:
            self._attribute(tag, name, value or "")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open[-1:]:
            self.open.pop()
        elif tag not in _VOID:
            self.faults.append(f"</{tag}> closes {self.open[-1:] or 'nothing'}")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or name == "style":
            self.faults.append(f"<{tag}> has an attribute {name}")
        if name == "id":
            self.places.append(value)
        if name in _ADDRESSES:
            self._address(value)

    def _address(self, value: str) -> None:
        scheme = "".join(value.split()).lower().partition(":")[0]
        if scheme in ("javascript", "vbscript", "data"):
            self.faults.append(f"the address {value!r} is a program")
        elif not self.page and not absolute(value):
            self.faults.append(f"the address {value!r} is not absolute")
        else:
            self.addresses.append(value)


def html_faults(text: str) -> Faults:
    """What is wrong with the HTML of an entry."""
    yield from Html(text).faults


def page_faults(text: str) -> Faults:
    """What is wrong with a page; where its links lead is seen with the whole site."""
    if not text.lower().startswith("<!doctype html>"):
        yield "does not begin with <!doctype html>"
    page = Html(text, page=True)
    yield from page.faults


def check_html(text: str) -> None:
    """HTML that may stand in any reader: closed, harmless, and every address absolute."""
    refuse(html_faults(text))
