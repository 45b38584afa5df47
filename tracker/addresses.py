"""Addresses that may be published: what leads to the same place from anywhere."""

from __future__ import annotations

import re

_NOT_IN_ADDRESSES = re.compile(r"[\x00-\x20\x7f\s\\<>\"\ufffe\uffff]")


_PLAIN = r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,4})?(?:/[A-Za-z0-9._~/-]*)?"
"""Most addresses, of which nothing more has to be known."""


def is_absolute(address: str) -> bool:
    """Whether it leads to the same place from anywhere: http or https, a host, and nobody's name before it."""
    return bool(re.fullmatch(_PLAIN, address)) or _is_absolute(address)


def _is_absolute(address: str) -> bool:
    from urllib.parse import urlsplit  # 4 ms

    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    known = parts.scheme in ("http", "https") and host and "@" not in parts.netloc
    return bool(known and not _NOT_IN_ADDRESSES.search(address))
