"""Atom (RFC 4287) with what its grammar leaves out, archives (RFC 5005) and tombstones (RFC 6721)."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path

from lxml import etree

from tests.conformance.markup import html_faults
from tests.conformance.shared import ATOM, URN, Faults, absolute, history, instant, links, refuse, repeated

_GRAMMAR = Path(__file__).parent.parent / "schemas" / "atom.rng"
_TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
_ADDRESSES = ("href", "src", "uri", "scheme")
_TEXTS = ("title", "subtitle", "summary", "content", "rights")


def check_atom(data: bytes) -> None:
    """An Atom feed or entry that no reader can stumble over."""
    refuse(atom_faults(data))


def atom_faults(data: bytes) -> Faults:
    try:
        document = etree.fromstring(data)
    except etree.XMLSyntaxError as error:
        yield f"not well-formed: {error}"
        return
    yield from _grammar_faults(document)
    entries = document.findall(f"{ATOM}entry") if document.tag == f"{ATOM}feed" else [document]
    yield from _unsigned(document, entries)
    yield from _ids(document, entries)
    yield from _dates(document)
    yield from _addresses(document)
    for entry in entries:
        yield from (f"{_name(entry)}: {fault}" for fault in _entry(entry))
    for element in document.iter(*(f"{ATOM}{name}" for name in _TEXTS)):
        yield from (f"{_name(element.getparent())}: {fault}" for fault in _html(element))
    if document.tag == f"{ATOM}feed":
        yield from _alternates(document)
        yield from _newest(document, entries)
        yield from history(document)
        yield from _tombstones(document, entries)


@cache
def _grammar() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(_GRAMMAR))


def _grammar_faults(document: etree._Element) -> Faults:
    if not _grammar().validate(document):
        yield from (f"line {error.line}: {error.message}" for error in _grammar().error_log)


def _name(element: etree._Element) -> str:
    return element.findtext(f"{ATOM}id") or element.tag.removeprefix(ATOM)


def _unsigned(document: etree._Element, entries: list[etree._Element]) -> Faults:
    """Somebody wrote every entry: 4.1.1 and 4.1.2."""
    if document.tag == f"{ATOM}feed" and document.find(f"{ATOM}author") is not None:
        return
    if not entries:
        yield "has neither an author nor an entry with one"
    for entry in entries:
        if entry.find(f"{ATOM}author") is None and entry.find(f"{ATOM}source/{ATOM}author") is None:
            yield f"{_name(entry)}: has no author, nor has its feed or source"


def _ids(document: etree._Element, entries: list[etree._Element]) -> Faults:
    for id in document.iter(f"{ATOM}id"):
        if not URN.fullmatch(id.text or ""):
            yield f"the id {id.text!r} is no urn:uuid"
    yield from (f"{id}: two entries have this id" for id in repeated(map(_name, entries)))


def _dates(document: etree._Element) -> Faults:
    for date in document.iter(f"{ATOM}updated", f"{ATOM}published"):
        if instant(date.text) is None:
            yield f"{_name(date.getparent())}: the date {date.text!r} is not one of RFC 3339"


def _addresses(document: etree._Element) -> Faults:
    for element in document.iter(f"{ATOM}*"):
        found = [element.get(name) for name in _ADDRESSES if element.get(name) is not None]
        if element.tag in (f"{ATOM}icon", f"{ATOM}logo", f"{ATOM}uri"):
            found.append(element.text)
        for address in found:
            if not absolute(address or "") and not str(address).startswith("urn:"):
                yield f"{_name(element.getparent())}: the address {address!r} is not absolute"


def _entry(entry: etree._Element) -> Faults:
    """4.1.2 and 4.1.3: what an entry without content, or with content elsewhere, needs."""
    yield from _alternates(entry)
    content = entry.find(f"{ATOM}content")
    if content is None:
        if "alternate" not in links(entry):
            yield "has neither content nor an alternate link"
        return
    if _is_apart(content) and entry.find(f"{ATOM}summary") is None:
        yield "has content elsewhere, or encoded, and no summary"
    if content.get("type", "").startswith("text/") and len(content):
        yield f"has elements in content of type {content.get('type')}"


def _is_apart(content: etree._Element) -> bool:
    type = content.get("type", "text")
    readable = "/" not in type or type.startswith("text/") or type.endswith(("+xml", "/xml"))
    return content.get("src") is not None or not readable


def _alternates(element: etree._Element) -> Faults:
    """At most one page shows the same in a format."""
    alternates = [link for link in element.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"]
    for type in repeated(link.get("type", "") for link in alternates):
        yield f"has two alternate links of the type {type!r}"


def _html(element: etree._Element) -> Faults:
    if element.get("type") == "html":
        yield from html_faults(element.text or "")
    if element.get("type") == "xhtml":
        yield from html_faults("".join(_without_namespace(child) for child in element))


def _without_namespace(element: etree._Element) -> str:
    """XHTML as HTML writes it."""
    element = deepcopy(element)
    for each in element.iter(etree.Element):
        each.tag = etree.QName(each).localname
    etree.cleanup_namespaces(element)
    return etree.tostring(element, encoding="unicode", method="html", with_tail=False)


def _newest(feed: etree._Element, entries: list[etree._Element]) -> Faults:
    updated = feed.findtext(f"{ATOM}updated")
    dates = [instant(entry.findtext(f"{ATOM}updated")) for entry in entries]
    newest = max((date for date in dates if date), default=None)
    if newest and instant(updated) and instant(updated) != newest:
        yield f"says it was updated {updated}, and its newest entry {newest.isoformat()}"


def _tombstones(feed: etree._Element, entries: list[etree._Element]) -> Faults:
    """What was deleted is not there, or there again since."""
    tombstones = [(each.get("ref", ""), each.get("when", "")) for each in feed.iter(_TOMBSTONE)]
    updated = {_name(entry): instant(entry.findtext(f"{ATOM}updated")) for entry in entries}
    yield from (f"two tombstones say {each}" for each in repeated(f"{ref} {when}" for ref, when in tombstones))
    for ref, when in tombstones:
        if not URN.fullmatch(ref) or instant(when) is None:
            yield f"the tombstone of {ref!r} at {when!r} says no urn:uuid or no date"
        elif (live := updated.get(ref)) and live <= instant(when):
            yield f"{ref}: is not newer than its tombstone"
