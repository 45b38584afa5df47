"""What several formats have in common: addresses, dates, names, JSON, and the history of a feed
(RFC 5005)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

Faults = Iterator[str]

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"

URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_RFC822 = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (GMT|[+-]\d{4})")
_ONCE = ("self", "current", "prev-archive", "next-archive")
_OF_PAGES = ("prev-archive", "next-archive", "previous", "next")


def refuse(faults: Iterable[str], name: str = "") -> None:
    """Raises AssertionError if there is any fault."""
    found = list(dict.fromkeys(faults))
    if found:
        raise AssertionError("\n".join([*([f"{name}:"] if name else []), *found]))


def absolute(url: str) -> bool:
    """Whether the address is one that a reader can open wherever it has the text."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r'[\s<>"]', url)


def instant(text: str | None) -> datetime | None:
    """The instant that RFC 3339 writes so, or None."""
    if not text or not _RFC3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def rfc822(text: str | None) -> datetime | None:
    """The instant that RFC 822 writes so, with a year of four digits and the weekday that it was, or None."""
    if not text or not _RFC822.fullmatch(text):
        return None
    try:
        parsed = parsedate_to_datetime(text)
    except ValueError:
        return None
    return parsed if text.startswith(parsed.strftime("%a")) else None


def repeated(values: Iterable[str]) -> list[str]:
    """The values that occur more than once."""
    return [value for value, count in Counter(values).items() if count > 1]


def parsed(data: bytes) -> tuple[dict[str, Any], str]:
    """The object that is written so, in which no name is there twice; or what is wrong with it."""
    try:
        found = json.loads(data.decode(), object_pairs_hook=_object)
    except ValueError as error:
        return {}, f"is no JSON: {error}"
    return (found, "") if isinstance(found, dict) else ({}, "is no object")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for key in repeated(key for key, _ in pairs):
        raise ValueError(f"{key!r} is there twice")
    return dict(pairs)


def links(head: etree._Element) -> dict[str, list[str]]:
    """The addresses of an element's Atom links, by relation."""
    found: dict[str, list[str]] = {}
    for link in head.findall(f"{ATOM}link"):
        found.setdefault(link.get("rel", "alternate"), []).append(link.get("href", ""))
    return found


def history(head: etree._Element) -> Faults:
    """How a feed, or a channel, says where it is and where the rest of it is (RFC 5005)."""
    by_rel = links(head)
    complete, archive = (head.find(f"{HISTORY}{name}") is not None for name in ("complete", "archive"))
    if "self" not in by_rel:
        yield "has no link rel=self"
    yield from (f"has more than one link rel={rel}" for rel in _ONCE if len(by_rel.get(rel, [])) > 1)
    if complete and archive:
        yield "is both complete and an archive"
    if complete:
        yield from (f"is complete and yet has a link rel={rel}" for rel in _OF_PAGES if rel in by_rel)
    if archive and "current" not in by_rel:
        yield "is an archive without a link rel=current"
    if not archive and "next-archive" in by_rel:
        yield "has a link rel=next-archive and yet is no archive"
    for rel in ("prev-archive", "next-archive"):
        if by_rel.get(rel, []) == by_rel.get("self"):
            yield f"is its own {rel}"
