"""How a development shows in other people's pages (oembed.com): a JSON response of the type ``rich``."""

from __future__ import annotations

from tests.conformance.markup import html_faults
from tests.conformance.shared import Faults, absolute, parsed

_REQUIRED = ("version", "type", "html", "width", "height")
_TEXTS = ("title", "author_name", "provider_name")
_URLS = ("author_url", "provider_url")
_KNOWN = {*_REQUIRED, *_TEXTS, *_URLS, "cache_age", "thumbnail_url", "thumbnail_width", "thumbnail_height"}


def oembed_faults(data: bytes) -> Faults:
    told, error = parsed(data)
    if error:
        yield error
        return
    yield from (f"has no {name}" for name in _REQUIRED if name not in told)
    yield from (f"{name} is no field of oEmbed 1.0" for name in told if name not in _KNOWN)
    for name, value in (("version", "1.0"), ("type", "rich")):
        if told.get(name, value) != value:
            yield f"{name} is {told[name]!r}, not {value!r}"
    for name in ("width", "height"):
        if type(told.get(name, 1)) is not int or told.get(name, 1) <= 0:
            yield f"{name} is {told[name]!r}, not a number of pixels"
    for name in ("html", *_TEXTS):
        if not isinstance(told.get(name, "x"), str) or not told.get(name, "x").strip():
            yield f"{name} is {told[name]!r}, not a text with something in it"
    for name in _URLS:
        if name in told and not absolute(str(told[name])):
            yield f"{name} is {told[name]!r}, not an absolute address"
    yield from html_faults(str(told.get("html", "")))
