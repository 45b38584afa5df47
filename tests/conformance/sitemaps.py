"""Sitemaps and lists of them, as sitemaps.org wants them."""

from __future__ import annotations

from lxml import etree

from tests.conformance.shared import Faults, absolute, instant, repeated

_SITEMAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_ELEMENTS = {f"{_SITEMAPS}urlset": f"{_SITEMAPS}url", f"{_SITEMAPS}sitemapindex": f"{_SITEMAPS}sitemap"}
_MOST, _MOST_BYTES = 50_000, 50 * 1024 * 1024


def sitemap_faults(data: bytes) -> Faults:
    try:
        root = etree.fromstring(data)
    except etree.XMLSyntaxError as error:
        yield f"not well-formed: {error}"
        return
    if root.tag not in _ELEMENTS:
        yield f"is a {root.tag}, neither a sitemap nor a list of sitemaps"
        return
    if len(root) > _MOST or len(data) > _MOST_BYTES:
        yield f"has {len(root)} addresses in {len(data)} bytes"
    for each in root:
        address, changed = each.findtext(f"{_SITEMAPS}loc") or "", each.findtext(f"{_SITEMAPS}lastmod")
        if each.tag != _ELEMENTS[root.tag] or not absolute(address):
            yield f"has a {each.tag} with the address {address!r}"
        if changed is not None and instant(changed) is None:
            yield f"{address}: {changed!r} is no date of W3C"
    yield from (f"{address} is there twice" for address in repeated(addresses_of_sitemap(data)))


def addresses_of_sitemap(data: bytes) -> list[str]:
    return [each.text or "" for each in etree.fromstring(data).iter(f"{_SITEMAPS}loc")]
