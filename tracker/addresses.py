"""Addresses that may be published: what leads to the same place from anywhere."""

from __future__ import annotations

import re

_NOT_IN_ADDRESSES = re.compile(r"[\x00-\x20\x7f\s\\<>\"\ufffe\uffff]")


def is_absolute(address: str) -> bool:
    """Whether it leads to the same place from anywhere: http or https, a host, and nobody's name before it."""
    from urllib.parse import urlsplit  # most events name none when they are recorded

    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    known = parts.scheme in ("http", "https") and host and "@" not in parts.netloc
    return bool(known and not _NOT_IN_ADDRESSES.search(address))
