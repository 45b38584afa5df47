"""Feeds for those who have most of them: the entries that are new or changed since a version (RFC 3229, ``feed``).

A version is remembered by the hashes of its entries. What is answered is a whole document in itself: the
envelope of the present one around fewer entries.
"""

from __future__ import annotations

import re
from hashlib import blake2b

from tracker.documents import joined, parted

Known = bytes
"""The hashes of a version's entries, one after the other."""

_SIZE = 8
"""Bytes of a hash."""

_COMPLETE = re.compile(rb"<fh:complete ?/>")
_FIRST = {
    "atom": re.compile(rb"^<(?:entry|at:deleted-entry)[ >]", re.MULTILINE),
    "rss": re.compile(rb"^<item>", re.MULTILINE),
}
_END = {"atom": b"</feed>\n", "rss": b"</channel></rss>\n"}


def known(format: str, document: bytes) -> Known:
    """What is remembered of a version."""
    return b"".join(map(_hash, parted(format, document).values()))


def delta(format: str, document: bytes, seen: Known) -> bytes:
    """The document without the entries that were seen; it does not say that it is complete (RFC 5005)."""
    found = _FIRST[format].search(document)
    envelope = document[: found.start()] + _END[format] if found else document
    hashes = {seen[start : start + _SIZE] for start in range(0, len(seen), _SIZE)}
    new = [each for each in parted(format, document).values() if _hash(each) not in hashes]
    return joined(format, _COMPLETE.sub(b"", envelope), new)


def _hash(entry: bytes) -> bytes:
    return blake2b(entry, digest_size=_SIZE).digest()
