"""The header fields of published files. ``tracker serve`` sends them; ``_headers`` has them for a static host.

Netlify, Cloudflare Pages and others read ``_headers`` from the root of the published folder. Its rules keep to
the syntax and limits that the hosts share:

- A path has at most one ``*``, which also matches slashes. ``:name`` is a whole segment. A file has at most 100
  rules (Cloudflare).
- No two rules set the same field for the same path: Cloudflare would join the values, Netlify would take one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tracker.feeds import paths
from tracker.feeds.formats import FORMATS

MAX_AGE = 60
"""Seconds for which a cache may use its copy without asking: less than the feeds' own ttl."""

ARCHIVE_MAX_AGE = 3600
"""The same for archives. The publisher rewrites an archive only if an entry in it is amended or removed."""

MEDIA_MAX_AGE = 30 * 24 * 3600
"""The same for pictures. The file of a name never changes. Caches may keep a removed one for that long."""

SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin"}
"""The fields of every file."""

OPEN = {"Access-Control-Allow-Origin": "*"}
"""The field of files that scripts of every site may read."""

NO_FRAMES, FRAMES = "frame-ancestors 'none'", "frame-ancestors *"
"""The part of the content security policy that a page cannot state itself: no site may frame it, or every site."""

_FOLDERS = (paths.STORIES, *paths.GROUPS, "corrections/", "about/")
_UNFRAMED = ("", paths.INDEX, paths.NOT_FOUND, *(f"{folder}*" for folder in _FOLDERS))
"""The rules for all pages that no site may frame."""


def _in_utf8(type: str) -> str:
    """Returns the media type with its charset, if the type has that parameter: a text or XML (RFC 7303) does, JSON
    (RFC 8259) does not. Chromium shows feeds without it in the encoding of the user's language."""
    return f"{type}; charset=utf-8" if re.match(r"text/|.*[+/]xml$", type) else type


FEED_TYPES = {name: _in_utf8(format.media_type) for name, format in FORMATS.items()}
"""The media type of a feed document, by its format."""

_TYPES = {
    "css": "text/css",
    "csv": "text/csv",
    "html": "text/html",
    "ico": "image/x-icon",
    "ics": "text/calendar",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "opml": "text/x-opml",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "toml": "application/toml",
    "txt": "text/plain",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "xml": "application/xml",
}


def media_type(path: str) -> str:
    """Returns the media type of the file at a path."""
    if format := paths.format_of(path):
        return FEED_TYPES[format]
    return _in_utf8(_TYPES.get(path.rpartition(".")[2], "application/octet-stream"))


def frames(path: str) -> str:
    """Returns which sites may frame the page at a path."""
    return FRAMES if path.startswith(paths.EMBED) else NO_FRAMES


def cache_control(path: str) -> str:
    """Returns how long caches may keep the file at a path."""
    if paths.is_media(path):
        return f"public, max-age={MEDIA_MAX_AGE}, immutable"
    return f"public, max-age={ARCHIVE_MAX_AGE if paths.is_archive(path) else MAX_AGE}"


def is_feed(path: str) -> bool:
    return bool(paths.format_of(path))


def is_open(path: str) -> bool:
    """Returns whether scripts of every site may read the file at a path: a feed, a log, a calendar or other
    data."""
    return is_feed(path) or path.endswith((".json", ".jsonl", ".ics"))


_FEEDS = (
    *(*paths.SITE, paths.KEY),
    *(paths.of_story(":story", name) for name in (*paths.STORY, paths.KEY)),
    *(f"{folder}:name/developments" for folder in paths.GROUPS),
)

_FILES = (
    *("*.html", paths.OPML, "types.toml", paths.heads()),
    *(paths.story(":story") + name for name in ("heads.json", "history.json", "oembed.json")),
    *(paths.log(":story"), paths.timeline(":story"), paths.card(":story"), "*.ics", "sitemap.xml"),
    paths.sitemap(":story"),
)
"""The other files, without those whose media type every host knows: style, script and icon."""


def host_headers() -> bytes:
    """Returns ``_headers``."""
    rules = [_rule("*", SAFE.items())]
    rules += [_rule(path, [("Content-Security-Policy", NO_FRAMES)]) for path in _UNFRAMED]
    rules.append(_rule(f"{paths.EMBED}*", [("Content-Security-Policy", FRAMES)]))
    for feed in _FEEDS:
        for format in FORMATS:
            rules.append(_rule(f"{feed}.{format}", _fields(f"{feed}.{format}")))
            archive = f"{feed}-0000-00.{format}"
            if paths.is_archive(archive):
                rules.append(_rule(f"{feed}-*.{format}", _fields(archive)))
    rules += [_rule(path, _fields(path)) for path in _FILES]
    picture = cache_control(paths.media(f"{'0' * 64}.jpg"))
    rules.append(_rule(f"{paths.MEDIA}*", [("Cache-Control", picture)]))
    return paths.HEADERS_MARK + "".join(rules).encode()


def _fields(path: str) -> Iterator[tuple[str, str]]:
    yield "Content-Type", media_type(path)
    yield "Cache-Control", cache_control(path)
    if is_open(path):
        yield from OPEN.items()


def _rule(path: str, fields: Iterable[tuple[str, str]]) -> str:
    return "".join((f"/{path}\n", *(f"  {name}: {value}\n" for name, value in fields)))
