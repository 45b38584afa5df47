"""JSON Feed 1.1."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.conformance.markup import html_faults
from tests.conformance.shared import LANGUAGE, Faults, absolute, instant, parsed, refuse, repeated

MOST_BYTES = 250_000
"""In a feed that is polled; the specification asks for small ones, and some readers stop there."""


class _Kind(NamedTuple):
    words: str
    holds: Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_author(value: Any) -> bool:
    known = {"name": lambda name: _is_text(name) and bool(name.strip()), "url": _is_url, "avatar": _is_url}
    return isinstance(value, dict) and "name" in value and all(known.get(key, _no)(value[key]) for key in value)


def _is_attachment(value: Any) -> bool:
    return isinstance(value, dict) and _is_url(value.get("url")) and _is_text(value.get("mime_type"))


def _is_url(value: Any) -> bool:
    return _is_text(value) and absolute(value)


def _no(value: Any) -> bool:
    return False


def _list_of(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(holds, value))


_TEXT = _Kind("a text", _is_text)
_NAME = _Kind("a text with something in it", lambda value: _is_text(value) and bool(value.strip()))
_URL = _Kind("an absolute address", _is_url)
_DATE = _Kind("a date of RFC 3339", lambda value: _is_text(value) and instant(value) is not None)
_TAG = _Kind("a language", lambda value: _is_text(value) and bool(LANGUAGE.fullmatch(value)))
_AUTHORS = _Kind("a list of authors, each with a name", _list_of(_is_author))
_TEXTS = _Kind("a list of texts", _list_of(_is_text))
_OBJECTS = _Kind("a list of objects", _list_of(lambda value: isinstance(value, dict)))
_BOOLEAN = _Kind("true or false", lambda value: isinstance(value, bool))
_ATTACHMENTS = _Kind("a list of attachments, each with url and mime_type", _list_of(_is_attachment))
_VERSION = _Kind("https://jsonfeed.org/version/1.1", lambda value: value == "https://jsonfeed.org/version/1.1")

_FEED = {
    "version": _VERSION, "title": _NAME, "home_page_url": _URL, "feed_url": _URL, "description": _TEXT,
    "user_comment": _TEXT, "next_url": _URL, "icon": _URL, "favicon": _URL, "authors": _AUTHORS, "language": _TAG,
    "expired": _BOOLEAN, "hubs": _OBJECTS, "items": _OBJECTS,
}  # fmt: skip
_ITEM = {
    "id": _NAME, "url": _URL, "external_url": _URL, "title": _TEXT, "content_html": _TEXT, "content_text": _TEXT,
    "summary": _TEXT, "image": _URL, "banner_image": _URL, "date_published": _DATE, "date_modified": _DATE,
    "authors": _AUTHORS, "tags": _TEXTS, "language": _TAG, "attachments": _ATTACHMENTS,
}  # fmt: skip


def check_json_feed(data: bytes, *, archive: bool = False) -> None:
    """A JSON Feed that no reader can stumble over; an ``archive``, which nobody polls, may be of any size."""
    refuse(json_feed_faults(data, archive=archive))


def json_feed_faults(data: bytes, *, archive: bool = False) -> Faults:
    if len(data) >= MOST_BYTES and not archive:
        yield f"has {len(data)} bytes, which is too many to poll"
    feed, error = parsed(data)
    if error:
        yield error
        return
    yield from _fields(feed, _FEED, ("version", "title", "feed_url", "items"))
    if feed.get("next_url") and feed.get("next_url") == feed.get("feed_url"):
        yield "is its own next_url"
    yield from _items(feed.get("items"))


def _items(items: Any) -> Faults:
    known = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    yield from (f"{id}: two items have this id" for id in repeated(str(item.get("id")) for item in known))
    for place, item in enumerate(known, 1):
        yield from (f"item {place} ({item.get('id')}): {fault}" for fault in _item(item))


def _item(item: Mapping[str, Any]) -> Faults:
    yield from _fields(item, _ITEM, ("id",))
    if "content_html" not in item and "content_text" not in item:
        yield "has neither content_html nor content_text"
    yield from html_faults(str(item.get("content_html", "")))


def _fields(values: Mapping[str, Any], known: Mapping[str, _Kind], required: tuple[str, ...]) -> Faults:
    yield from (f"has no {key}" for key in required if key not in values)
    for key, value in values.items():
        if key.startswith("_"):
            if not re.fullmatch(r"_[A-Za-z]\w*", key):
                yield f"{key} is no name of an extension"
        elif key not in known:
            yield f"{key} is neither a field of JSON Feed 1.1 nor an extension, whose names begin with _"
        elif not known[key].holds(value):
            yield f"{key} is {str(value)[:60]!r}, not {known[key].words}"
