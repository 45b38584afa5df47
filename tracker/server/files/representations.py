"""A published file as the server sends it: its bytes and its headers.

A file has one version at a time, and a version has one representation for each content coding. The entity tag is a
hash of the bytes: representations with the same tag are equal, on any server and at any time.
"""

from __future__ import annotations

import gzip
import re
from hashlib import blake2b
from typing import NamedTuple, Protocol
from urllib.parse import quote

from tracker.feeds.documents import MEDIA_TYPES as FEEDS
from tracker.server.files.conditional import http_date

Header = tuple[bytes, bytes]

MAX_AGE = 60
"""Seconds for which a cache may use its copy without asking: less than the feeds' own ttl."""

LEAST_COMPRESSED = 500
"""Bytes. A smaller file fits into one packet without compression."""

_TEXTS = {
    "css": "text/css",
    "csv": "text/csv",
    "html": "text/html",
    "ics": "text/calendar",
    "js": "text/javascript",
    "opml": "text/x-opml",
    "txt": "text/plain",
}
_OTHERS = {
    "ico": "image/x-icon",
    "jpg": "image/jpeg",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "toml": "application/toml",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "xml": "application/xml",
}
_TYPES = {name: f"{type}; charset=utf-8" for name, type in _TEXTS.items()} | _OTHERS
_COMPRESSED = {*_TEXTS, *FEEDS, "json", "toml", "xml", "svg"}

_IN_ADDRESSES = "%/:=&?~#+!$,;'@()*[]"

_FEED = re.compile(r"(?:.+/)?(?:all|corrections|standing|developments)(?:-\d{4}-\d{2}(?:-\d+)?)?\.(atom|rss|json)")
_FOLLOW = re.compile(rb'<a href="((?:\.\./)*)stories/([^"/]+)/developments\.json">JSON Feed</a>')
_FROM_START = rb'\g<0>, or <a href="\g<1>replay/\g<2>.atom" rel="nofollow">from the start</a>, a development a day'
"""A link to the replay feed. Only a server has replays (``replay_feed.py``), so published files lack the link."""

_SCRIPT = re.compile(rb'<script src="((?:\.\./)*)script\.js" defer></script>\n')
_LIVE = rb"""\g<0><link rel="stylesheet" href="\g<1>live.css">
<script src="\g<1>live.js" defer></script>
"""

POLICY = (
    b"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self';"
    b" base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The policy that pages state themselves (``base.html``); in addition no site may frame them."""

SAFE: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)
_OPEN: Header = (b"access-control-allow-origin", b"*")
_EXPOSED: Header = (
    b"access-control-expose-headers",
    b"ETag, Last-Modified, Content-Range, Accept-Ranges, Link",
)


class Stored(Protocol):
    """A file that is too large for memory. Its bytes stay the same as long as this object exists."""

    size: int

    def read(self, start: int, size: int) -> bytes: ...


Body = bytes | Stored


class Representation(NamedTuple):
    """A body with its headers: ``common`` in every response, ``own`` only in responses that send the body."""

    body: Body
    size: int
    etag: bytes
    common: tuple[Header, ...]
    own: tuple[Header, ...]


class FileVersion(NamedTuple):
    """A version of a file. ``modified`` is in seconds since 1970; None if the file may change in that second."""

    modified: int | None
    plain: Representation
    gzip: Representation | None
    ranges: bool

    @property
    def in_memory(self) -> int:
        """The number of bytes of its representations that are in memory."""
        bodies = [self.plain.body, self.gzip.body if self.gzip else b""]
        return sum(len(each) for each in bodies if isinstance(each, bytes))


class PublicAddress(NamedTuple):
    """The addresses of the site and of its hub, from ``tracker.toml``."""

    url: str
    hub: str


def version(path: str, data: bytes, modified: int | None, place: PublicAddress) -> FileVersion:
    """Returns the version of a file with these bytes. Pages get the links and scripts that need a server."""
    if path.endswith(".html"):
        data = _FOLLOW.sub(_FROM_START, _SCRIPT.sub(_LIVE, data, count=1), count=1)
    etag = b'"%s"' % blake2b(data, digest_size=12).hexdigest().encode()
    if not _is_compressed(path, len(data)):
        return _version(path, data, len(data), etag, modified, place, None)
    packed = gzip.compress(data, 6, mtime=0)
    return _version(path, data, len(data), etag, modified, place, packed if len(packed) < len(data) else None)


def of_stored(path: str, stored: Stored, digest: str, modified: int | None, place: PublicAddress) -> FileVersion:
    """Returns the version of a file that is not in memory. ``digest`` is the hash of its bytes."""
    return _version(path, stored, stored.size, b'"%s"' % digest.encode(), modified, place, None)


def _version(
    path: str, body: Body, size: int, etag: bytes, modified: int | None, place: PublicAddress, packed: bytes | None
) -> FileVersion:
    common, own = _headers(path, modified, place)
    plain = Representation(body, size, etag, ((b"etag", etag), *common), own)
    other = None
    if packed is not None:
        tag = etag[:-1] + b'-gzip"'
        other = Representation(
            packed, len(packed), tag, ((b"etag", tag), *common), (*own, (b"content-encoding", b"gzip"))
        )
    return FileVersion(modified, plain, other, path.endswith(".jsonl"))


def _headers(
    path: str, modified: int | None, place: PublicAddress
) -> tuple[tuple[Header, ...], tuple[Header, ...]]:
    kind = path.rpartition(".")[2]
    feed = bool(_FEED.fullmatch(path))
    common = [(b"cache-control", b"public, max-age=%d" % MAX_AGE)]
    if _is_compressed(path):
        common.append((b"vary", b"Accept-Encoding"))
    own = [(b"content-type", media_type(path).encode()), *SAFE]
    if feed or kind in ("json", "jsonl"):
        common.append(_OPEN)
        own.append(_EXPOSED)
    if modified is not None:
        own.append((b"last-modified", http_date(modified)))
    if kind in ("html", "svg"):
        own.append((b"content-security-policy", POLICY))
    if kind == "jsonl":
        own.append((b"accept-ranges", b"bytes"))
    if feed:
        own.append((b"link", _links(path, place)))
    return tuple(common), tuple(own)


def media_type(path: str) -> str:
    """Returns the media type of the file at a path."""
    found = _FEED.fullmatch(path)
    return FEEDS[found[1]] if found else _TYPES.get(path.rpartition(".")[2], "application/octet-stream")


def _is_compressed(path: str, size: int = LEAST_COMPRESSED) -> bool:
    """Returns whether the server compresses a file. Logs stay plain: clients request ranges of their bytes."""
    return size >= LEAST_COMPRESSED and path.rpartition(".")[2] in _COMPRESSED


def _links(path: str, place: PublicAddress) -> bytes:
    """Returns a Link header with the feed's own address and its hub (WebSub, 4)."""
    links = {"self": place.url + quote(path), **({"hub": place.hub} if place.hub else {})}
    return ", ".join(
        f'<{quote(address, safe=_IN_ADDRESSES)}>; rel="{rel}"' for rel, address in links.items()
    ).encode()
