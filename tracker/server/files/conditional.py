"""Conditional requests, ranges and content coding (RFC 9110), as functions of the request's header fields.

An unreadable field counts as a missing one, as the RFC requires.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from math import inf
from typing import NamedTuple

Fields = Mapping[bytes, bytes]
"""Header fields by name in lower case. Commas join the values of a repeated field."""

_TAG = re.compile(rb'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_RANGE = re.compile(rb"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)
_QUALITY = re.compile(rb"q[ \t]*=[ \t]*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+;=%-]+|\[[0-9A-Fa-f:.]+\])?(?::[0-9]{0,5})?")


class Part(NamedTuple):
    """The bytes from ``start`` up to, but not including, ``stop``."""

    start: int
    stop: int


UNSATISFIABLE = Part(0, 0)


def join_fields(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Returns the fields of a request. Their names are in lower case."""
    fields: dict[bytes, bytes] = {}
    for name, value in headers:
        fields[name] = fields[name] + b", " + value if name in fields else value
    return fields


def is_host(value: bytes | None) -> bool:
    """Returns whether a value is one host, with or without a port (RFC 9112, 3.2)."""
    return value is not None and _HOST.fullmatch(value) is not None


def status(fields: Fields, etag: bytes, modified: int | None, now: Callable[[], float] = lambda: inf) -> int:
    """Evaluates the preconditions in the order of 13.2.2. Returns 412, 304, or 200 to send the representation.

    ``modified`` is in seconds since 1970, or None if it is not known yet. ``now`` returns the present time in such
    seconds: a later If-Modified-Since does not count, because it would hide each version until then.
    """
    if (wanted := fields.get(b"if-match")) is not None:
        if not _contains_tag(wanted, etag, weakly=False):
            return 412
    elif (until := _seconds(fields.get(b"if-unmodified-since"))) is not None and (
        modified is None or modified > until
    ):
        return 412
    if (known := fields.get(b"if-none-match")) is not None:
        return 304 if _contains_tag(known, etag, weakly=True) else 200
    since = _seconds(fields.get(b"if-modified-since"))
    return 304 if since is not None and modified is not None and modified <= since <= now() else 200


def _contains_tag(value: bytes, etag: bytes, *, weakly: bool) -> bool:
    """Returns whether a list of tags contains ``etag``, which is strong. A weak tag matches only ``weakly``."""
    if value.strip() in (etag, b"*"):
        return True
    return any((tag.removeprefix(b"W/") if weakly else tag) == etag for tag in _TAG.findall(value))


def part(fields: Fields, etag: bytes, modified: int | None, size: int) -> Part | None:
    """Returns the requested range (14.2), or None to send everything: no range, several, or one of another
    version.

    Returns ``UNSATISFIABLE`` if the range begins after the end of the representation.
    """
    found = _RANGE.fullmatch(fields.get(b"range", b""))
    if (
        not found
        or (found[0] and not (found[1] or found[2]))
        or not _matches_if_range(fields.get(b"if-range"), etag, modified)
    ):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        return Part(size - length, size) if length else UNSATISFIABLE
    first, last = int(found[1]), int(found[2]) if found[2] else size - 1
    if found[2] and last < first:
        return None
    return Part(first, min(last + 1, size)) if first < size else UNSATISFIABLE


def _matches_if_range(version: bytes | None, etag: bytes, modified: int | None) -> bool:
    """Returns whether ``If-Range`` names this version or is missing (13.1.5)."""
    if version is None or version.strip() == etag:
        return True
    return modified is not None and _seconds(version) == modified


def takes_gzip(value: bytes | None) -> bool:
    """Returns whether the client prefers gzip to no coding, or likes both equally (12.5.3)."""
    if not value:
        return False
    qualities = dict(_qualities(value))
    gzip = qualities.get(b"gzip", qualities.get(b"x-gzip", qualities.get(b"*", 0.0)))
    return gzip > 0 and gzip >= qualities.get(b"identity", 0.0)


def _qualities(value: bytes) -> Iterator[tuple[bytes, float]]:
    for each in value.lower().split(b","):
        name, *parameters = (word.strip() for word in each.split(b";"))
        found = [_QUALITY.fullmatch(parameter) for parameter in parameters]
        if name and all(found):
            yield name, float(found[0][1]) if found and found[0] else 1.0


def http_date(seconds: int) -> bytes:
    """Returns a time in seconds since 1970 as an HTTP date."""
    return formatdate(seconds, usegmt=True).encode()


def _seconds(value: bytes | None) -> float | None:
    """Returns an HTTP date in seconds since 1970, or None for any other value."""
    if value is None:
        return None
    try:
        return parsedate_to_datetime(value.decode("ascii")).replace(tzinfo=UTC).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
