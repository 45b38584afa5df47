"""HTML: of an entry, which stands anywhere; of a part of a page; and of a page of the site."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from lxml import etree

from tests.conformance.shared import Faults, absolute, refuse, repeated

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
"""What every page says of itself: whatever came into it would not be run, loaded or sent."""

_VOID = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"),
}
_HARMFUL = {
    *("base", "embed", "frame", "frameset", "iframe", "math", "object", "style", "template", "textarea"),
    *("animate", "animatemotion", "animatetransform", "foreignobject", "image", "set"),
}
_OF_PAGES = {
    *("body", "head", "html", "link", "main", "meta", "title", "header", "footer", "nav", "script", "svg", "use"),
    *("button", "fieldset", "form", "input", "label", "option", "output", "select"),
}
_ADDRESSES = (
    *("href", "src", "cite", "action", "formaction", "poster", "background", "data", "data-history", "data-days"),
    *("srcset", "ping", "xlink:href"),
)
_INPUTS = ("range", "date", "search")
_RELATIONS = ("alternate", "canonical", "icon", "stylesheet")
_NAMING = ("for", "aria-labelledby", "aria-describedby", "aria-controls")
_UP = r"((\.\./)*|/([^/]+/)*)"

Attributes = dict[str, str | None]


class Html(HTMLParser):
    """What a piece of HTML has in it: addresses, the names of its places, and what is wrong with it.

    A ``page`` is a whole one, which has its controls and its script. What is ``relative`` is a part of one, where
    addresses lead from.
    """

    def __init__(self, text: str, *, page: bool = False, relative: bool = False) -> None:
        super().__init__()
        self.page = page
        self.relative = page or relative
        self.faults: list[str] = []
        self.addresses: list[str] = []
        self.places: list[str] = []
        self.named: list[str] = []
        self.open: list[str] = []
        self.canonical: list[str] = []
        self.metas: list[tuple[str, str]] = []
        self.policies: list[str] = []
        self.data: list[str] = []
        self._loads: list[str] = []
        self._script: Attributes = {}
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self.open]
        self.faults += [f"the place {place!r} is there twice" for place in repeated(self.places)]
        self.faults += [f"{name!r} is named and not there" for name in self.named if name not in self.places]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _HARMFUL or (tag in _OF_PAGES and not self.page):
            self.faults.append(f"there is a <{tag}>")
        elif check := _OF_TAGS.get(tag):
            self.faults += check(self, dict(attributes))
        for name in repeated(name for name, _ in attributes):
            self.faults.append(f"<{tag}> has two attributes {name}")
        for name, value in attributes:
            self._attribute(tag, name, value or "")
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "script":
            self._script = dict(attributes)
            self.data += [""] if "type" in self._script else []

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open[-1:]:
            self.open.pop()
        elif tag not in _VOID:
            self.faults.append(f"</{tag}> closes {self.open[-1:] or 'nothing'}")
        if tag == "script" and "type" in self._script:
            self.faults += self._data_faults(self.data[-1])

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["script"]:
            return
        if "type" in self._script:
            self.data[-1] += data
        elif data:
            self.faults.append(f"there is a <script> that says {data[:40]!r}")

    def _data_faults(self, text: str) -> Iterator[str]:
        """Of what a page says of itself to machines."""
        if "<" in text:
            yield "the data in a <script> may end it: it has a <"
        try:
            found = json.loads(text)
        except ValueError as error:
            yield f"the data in a <script> is no JSON: {error}"
        else:
            self.addresses += _urls_in(found)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or name in ("style", "srcdoc", "autofocus"):
            self.faults.append(f"<{tag}> has an attribute {name}")
        if name == "id":
            self.places.append(value)
            self.faults += [] if value and not re.search(r"\s", value) else [f"{value!r} is no name of a place"]
        if name in _NAMING:
            self.named += value.split()
        if name in _ADDRESSES:
            self._address(value)

    def _address(self, value: str) -> None:
        scheme = "".join(value.split()).lower().partition(":")[0]
        if scheme in ("javascript", "vbscript", "data"):
            self.faults.append(f"the address {value!r} is a program")
        elif scheme == "mailto":
            self.faults += (
                [] if re.fullmatch(r"mailto:[^\s@]+@[^\s@]+", value) else [f"{value!r} is no mail address"]
            )
        elif not self.relative and not absolute(value):
            self.faults.append(f"the address {value!r} is not absolute")
        else:
            self.addresses.append(value)

    # What is on pages only.

    def script(self, attributes: Attributes) -> Iterator[str]:
        source = attributes.get("src") or ""
        program = attributes.keys() == {"src", "defer"} and re.fullmatch(f"{_UP}script\\.js", source)
        if not program and attributes != {"type": "application/ld+json"}:
            yield f"there is a <script> with {attributes}, which is neither the site's nor data"
        yield from self._load("script", source)

    def link(self, attributes: Attributes) -> Iterator[str]:
        relation, address = (attributes.get(name) or "" for name in ("rel", "href"))
        if relation not in _RELATIONS:
            yield f"there is a <link> to what is {relation!r} of it"
        if relation == "stylesheet":
            if not re.fullmatch(f"{_UP}style\\.css", address):
                yield f"the style sheet {address!r} is not the site's"
            yield from self._load("style sheet", address)
        if relation == "icon" and not re.fullmatch(f"{_UP}icon\\.svg", address):
            yield f"the icon {address!r} is not the site's"
        if relation == "canonical":
            self.canonical.append(address)

    def _load(self, what: str, address: str) -> Iterator[str]:
        if address and not self.policies:
            yield f"a {what} comes before the Content-Security-Policy"
        if address in self._loads:
            yield f"the {what} {address} is loaded twice"
        self._loads.append(address)

    def meta(self, attributes: Attributes) -> Iterator[str]:
        content = attributes.get("content") or ""
        self.metas.append((attributes.get("property") or attributes.get("name") or "", content))
        if "http-equiv" not in attributes:
            return
        self.policies.append(content)
        if (attributes["http-equiv"] or "").lower() != "content-security-policy":
            yield f"a <meta> stands for a header {attributes['http-equiv']}"
        elif content != POLICY:
            yield f"its Content-Security-Policy is {content!r}"

    def form(self, attributes: Attributes) -> Iterator[str]:
        yield from (f"a <form> has {name}" for name in ("action", "method", "target") if name in attributes)

    def input(self, attributes: Attributes) -> Iterator[str]:
        if attributes.get("type") not in _INPUTS:
            yield f"there is an <input> of the type {attributes.get('type')}"
        yield from self.submits(attributes)

    def button(self, attributes: Attributes) -> Iterator[str]:
        if attributes.get("type") != "button":
            yield f"there is a <button> of the type {attributes.get('type')}"
        yield from self.submits(attributes)

    def use(self, attributes: Attributes) -> Iterator[str]:
        if not re.fullmatch(r"#lane-[a-z]+", attributes.get("href") or ""):
            yield f"there is a <use> of {attributes.get('href')!r}, which is no shape of the page"

    def submits(self, attributes: Attributes) -> Iterator[str]:
        yield from (f"there is a {name}" for name in attributes if name.startswith("form"))


_OF_TAGS: dict[str, Callable[[Html, Attributes], Iterator[str]]] = {
    "script": Html.script,
    "link": Html.link,
    "meta": Html.meta,
    "form": Html.form,
    "input": Html.input,
    "button": Html.button,
    "select": Html.submits,
    "use": Html.use,
}


@lru_cache(maxsize=8_192)
def parsed(text: str, *, page: bool = False, relative: bool = False) -> Html:
    """What is in a piece of HTML, which is looked at once, however many files have it."""
    return Html(text, page=page, relative=relative)


def _urls_in(found: Any) -> Iterator[str]:
    """The addresses that data has under ``url``."""
    if isinstance(found, dict):
        yield from (value for name, value in found.items() if name == "url" and isinstance(value, str))
    if isinstance(found, dict | list):
        for each in found.values() if isinstance(found, dict) else found:
            yield from _urls_in(each)


def html_faults(text: str) -> Faults:
    """What is wrong with the HTML of an entry."""
    yield from parsed(text).faults


def page_faults(text: str) -> Faults:
    """What is wrong with a page; where its links lead is seen with the whole site."""
    if not text.lower().startswith("<!doctype html>"):
        yield "does not begin with <!doctype html>"
    page = parsed(text, page=True)
    yield from page.faults
    if len(page.policies) != 1:
        yield f"has {len(page.policies)} instead of one Content-Security-Policy"
    graph = [name for name, content in page.metas if name.startswith("og:") and content.strip()]
    if graph:
        yield from (f"has no {name}" for name in ("og:title", "og:type", "og:url") if name not in graph)
    for name in repeated(graph):
        yield f"has {name} twice"
    if len(page.canonical) > 1:
        yield "has two canonical addresses"


def drawing_faults(data: bytes) -> Faults:
    """What is wrong with a drawing that is a file (SVG): it is one, runs nothing and loads nothing."""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        yield f"is no XML: {error}"
        return
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        yield f"is no drawing but {root.tag}"
    drawing = Html(data.decode(), page=True)
    yield from drawing.faults
    yield from (f"has a <{tag}>" for tag in ("script", "link", "a") if root.find(f".//{{*}}{tag}") is not None)
    yield from (f"loads {address}" for address in drawing.addresses)


def check_html(text: str) -> None:
    """HTML that may stand in any reader: closed, harmless, and every address absolute."""
    refuse(html_faults(text))
