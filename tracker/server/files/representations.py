"""A published file as the server sends it: its bytes and its headers.

A file has one version at a time, and a version has one representation for each content coding. The entity tag is a
hash of the bytes: representations with the same tag are equal, on any server and at any time.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Mapping
from hashlib import blake2b
from typing import NamedTuple, Protocol
from urllib.parse import quote

from tracker.feeds.formats import FORMATS
from tracker.server.files.conditional import http_date
from tracker.site import headers
from tracker.templating import SERVED_HEAD, SERVED_REPLAY

Header = tuple[bytes, bytes]

LEAST_COMPRESSED = 500
"""Bytes. A smaller file fits into one packet without compression."""

_COMPRESSED = {*FORMATS, "css", "csv", "html", "ics", "js", "json", "opml", "svg", "toml", "txt", "xml"}

_IN_ADDRESSES = "%/:=&?~#+!$,;'@()*[]"

_LIVE = """<link rel="stylesheet" href="{root}live.css">
<script src="{root}live.js" defer></script>"""
_FROM_START = ', or <a href="{root}replay/{story}.atom" rel="nofollow">from the start</a>, a development a day'
"""A link to the replay feed. Only a server has replays (``replay_feed.py``), so published files lack the link."""

_STATED = (
    b"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self';"
    b" base-uri 'none'; form-action 'none'; "
)
"""The policy that pages state themselves (``base.html``)."""

POLICY = _STATED + headers.NO_FRAMES.encode()
"""The same; in addition no site may frame the page."""


def _encoded(fields: Mapping[str, str]) -> tuple[Header, ...]:
    return tuple((name.lower().encode(), value.encode()) for name, value in fields.items())


SAFE = _encoded(headers.SAFE)
_OPEN = _encoded(headers.OPEN)
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
        data = _with_server(path, data)
    etag = b'"%s"' % blake2b(data, digest_size=12).hexdigest().encode()
    if not _is_compressed(path, len(data)):
        return _version(path, data, len(data), etag, modified, place, None)
    packed = gzip.compress(data, 6, mtime=0)
    return _version(path, data, len(data), etag, modified, place, packed if len(packed) < len(data) else None)


def _with_server(path: str, page: bytes) -> bytes:
    """Returns a page with its links and scripts that need a server, in place of the markers of the templates."""
    root = "../" * path.count("/")
    head, end, body = page.partition(b"</head>")
    head = head.replace(SERVED_HEAD.encode(), _LIVE.format(root=root).encode(), 1)
    story = os.path.basename(os.path.dirname(path))
    body = body.replace(SERVED_REPLAY.encode(), _FROM_START.format(root=root, story=story).encode(), 1)
    return head + end + body


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
    common = [(b"cache-control", headers.cache_control(path).encode())]
    if _is_compressed(path):
        common.append((b"vary", b"Accept-Encoding"))
    own = [(b"content-type", headers.media_type(path).encode()), *SAFE]
    if headers.is_open(path):
        common += _OPEN
        own.append(_EXPOSED)
    if modified is not None:
        own.append((b"last-modified", http_date(modified)))
    if kind in ("html", "svg"):
        own.append((b"content-security-policy", _STATED + headers.frames(path).encode()))
    if kind == "jsonl":
        own.append((b"accept-ranges", b"bytes"))
    if headers.is_feed(path):
        own.append((b"link", _links(path, place)))
    return tuple(common), tuple(own)


def _is_compressed(path: str, size: int = LEAST_COMPRESSED) -> bool:
    """Returns whether the server compresses a file. Logs stay plain: clients request ranges of their bytes."""
    return size >= LEAST_COMPRESSED and path.rpartition(".")[2] in _COMPRESSED


def _links(path: str, place: PublicAddress) -> bytes:
    """Returns a Link header with the feed's own address and its hub (WebSub, 4)."""
    links = {"self": place.url + quote(path), **({"hub": place.hub} if place.hub else {})}
    return ", ".join(
        f'<{quote(address, safe=_IN_ADDRESSES)}>; rel="{rel}"' for rel, address in links.items()
    ).encode()
