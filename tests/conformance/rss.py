"""RSS 2.0 as the RSS Advisory Board's Best Practices Profile wants it."""

from __future__ import annotations

from lxml import etree

from tests.conformance.markup import html_faults
from tests.conformance.shared import (
    ATOM,
    LANGUAGE,
    URN,
    Faults,
    absolute,
    history,
    instant,
    refuse,
    repeated,
    rfc822,
)

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_SYNDICATION = "{http://purl.org/rss/1.0/modules/syndication/}"
_PERIODS = ("hourly", "daily", "weekly", "monthly", "yearly")
_CHANNEL = {
    *("title", "link", "description", "language", "copyright", "managingEditor", "webMaster", "pubDate"),
    *("lastBuildDate", "category", "generator", "docs", "cloud", "ttl", "image", "rating", "textInput"),
    *("skipHours", "skipDays", "item"),
}
_ITEM = {
    *("title", "link", "description", "author", "category", "comments", "enclosure", "guid", "pubDate", "source"),
}
_MANY = ("category", "item")


def check_rss(data: bytes) -> None:
    """An RSS channel that no reader can stumble over."""
    refuse(rss_faults(data))


def rss_faults(data: bytes) -> Faults:
    try:
        document = etree.fromstring(data)
    except etree.XMLSyntaxError as error:
        yield f"not well-formed: {error}"
        return
    if document.tag != "rss" or document.get("version") != "2.0":
        yield f"is no RSS 2.0, but <{document.tag}> of version {document.get('version')!r}"
    if [child.tag for child in document.iterchildren(etree.Element)] != ["channel"]:
        yield "has not one channel"
        return
    channel = document[0]
    yield from _channel(channel)
    yield from _addresses(channel)
    yield from _dates(channel)
    items = channel.findall("item")
    yield from (f"{guid}: two items have this guid" for guid in repeated(map(_name, items)))
    for item in items:
        yield from (f"{_name(item)}: {fault}" for fault in _item(item))


def _name(item: etree._Element) -> str:
    return item.findtext("guid") or item.findtext("title") or "an item"


def _channel(channel: etree._Element) -> Faults:
    yield from _elements(channel, _CHANNEL, ("title", "link", "description"))
    yield from history(channel)
    language, ttl = channel.findtext("language"), channel.findtext("ttl")
    if language is not None and not LANGUAGE.fullmatch(language):
        yield f"the language {language!r} is none"
    if ttl is not None and not _is_positive(ttl):
        yield f"the ttl {ttl!r} is no number of minutes"
    for name in ("managingEditor", "webMaster"):
        if "@" not in channel.findtext(name, "@"):
            yield f"{name} has no e-mail address"
    for element in channel.iterchildren(f"{_SYNDICATION}*"):
        yield from _syndication(element.tag.removeprefix(_SYNDICATION), element.text or "")


def _syndication(name: str, text: str) -> Faults:
    """How often to ask again, in the words of RSS 1.0's syndication module."""
    holds = {
        "updatePeriod": text in _PERIODS,
        "updateFrequency": _is_positive(text),
        "updateBase": instant(text) is not None,
    }
    if not holds.get(name):
        yield f"sy:{name} may not be {text!r}" if name in holds else f"there is no sy:{name}"


def _is_positive(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text) > 0


def _item(item: etree._Element) -> Faults:
    yield from _elements(item, _ITEM, ("title", "link", "description", "guid", "pubDate", CONTENT))
    names = [child.tag for child in item]
    if {"description", CONTENT} <= set(names) and names.index("description") > names.index(CONTENT):
        yield "has its description after content:encoded, where some readers overlook it"
    if "author" in names:
        yield "has an author, which RSS takes for an e-mail address"
    guid = item.find("guid")
    if guid is not None and guid.get("isPermaLink") != "false":
        yield "has a guid that passes for an address"
    if guid is not None and not URN.fullmatch(guid.text or ""):
        yield "has a guid that is no urn:uuid"
    for name in ("description", CONTENT):
        yield from html_faults(item.findtext(name) or "")


def _elements(parent: etree._Element, known: set[str], required: tuple[str, ...]) -> Faults:
    """Only RSS's own names without a namespace; each once, those that are required with something in it."""
    names = [child.tag for child in parent.iterchildren(etree.Element)]
    own = [name for name in names if not name.startswith("{")]
    yield from (f"there is no <{name}> in <{parent.tag}> of RSS" for name in own if name not in known)
    yield from (f"has more than one <{name}>" for name in repeated(own) if name not in _MANY)
    if names.count(CONTENT) > 1:
        yield "has more than one content:encoded"
    yield from (f"has no {_short(name)}" for name in required if not (parent.findtext(name) or "").strip())


def _short(name: str) -> str:
    return "content:encoded" if name == CONTENT else name


def _dates(channel: etree._Element) -> Faults:
    for date in channel.iter("pubDate", "lastBuildDate"):
        if rfc822(date.text) is None:
            yield f"the date {date.text!r} is not one of RFC 822"
    for date in channel.iter(f"{ATOM}updated", f"{ATOM}published"):
        if instant(date.text) is None:
            yield f"the date {date.text!r} is not one of RFC 3339"


def _addresses(channel: etree._Element) -> Faults:
    found = [element.text for element in channel.iter("link", "docs", "comments", "url")]
    for tag, name in (("enclosure", "url"), ("source", "url"), ("category", "domain"), (f"{ATOM}link", "href")):
        found += [element.get(name) for element in channel.iter(tag) if name != "domain" or element.get(name)]
    yield from (f"the address {each!r} is not absolute" for each in found if not absolute(each or ""))
