"""OPML 2.0: a list of feeds to subscribe to at once."""

from __future__ import annotations

from lxml import etree

from tests.conformance.shared import Faults, absolute, refuse, repeated, rfc822


def check_opml(data: bytes) -> None:
    """A subscription list that every reader imports."""
    refuse(opml_faults(data))


def opml_faults(data: bytes) -> Faults:
    try:
        document = etree.fromstring(data)
    except etree.XMLSyntaxError as error:
        yield f"not well-formed: {error}"
        return
    if document.tag != "opml" or document.get("version") != "2.0":
        yield f"is no OPML 2.0, but <{document.tag}> of version {document.get('version')!r}"
    if [child.tag for child in document.iterchildren(etree.Element)] != ["head", "body"]:
        yield "has not a head and a body"
    if not document.findtext("head/title", "").strip():
        yield "has no title"
    for date in document.iter("dateCreated", "dateModified"):
        if rfc822(date.text) is None:
            yield f"the date {date.text!r} is not one of RFC 822"
    outlines = list(document.iter("outline"))
    if not outlines:
        yield "lists nothing"
    for outline in outlines:
        yield from (f"{outline.get('text') or 'an outline'}: {fault}" for fault in _outline(outline))
    addresses = (outline.get("xmlUrl", "") for outline in outlines)
    yield from (f"{address} is listed twice" for address in repeated(filter(None, addresses)))


def _outline(outline: etree._Element) -> Faults:
    if not outline.get("text", "").strip():
        yield "has no text"
    if outline.get("type") != "rss" and not len(outline):
        yield f"is of type {outline.get('type')!r}, not rss, and holds nothing"
    if outline.get("type") == "rss" and not outline.get("xmlUrl"):
        yield "is a feed without xmlUrl"
    for name in ("xmlUrl", "htmlUrl"):
        if not absolute(outline.get(name, "https://none.example/")):
            yield f"the address {outline.get(name)!r} is not absolute"
