"""Responses to requests for files: the file, a part of it, a redirect, or a page that names the problem."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tracker.server.files import conditional
from tracker.server.files.conditional import UNSATISFIABLE, Fields
from tracker.server.files.representations import POLICY, SAFE, Body, FileVersion, Header, Representation
from tracker.server.files.url_paths import LONGEST, up

ALLOWED = b"GET, HEAD, OPTIONS"

MOST_FIELDS = 32 * 1024
"""Most bytes of a request's header fields, with their names."""

_AROUND = len(": \r\n")
"""Bytes that a field takes besides its name and value."""

_PREFLIGHT: tuple[Header, ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"If-None-Match, If-Modified-Since, Range, If-Range, Last-Event-ID"),
    (b"access-control-max-age", b"86400"),
)

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{status} {title}</title>
<link rel="stylesheet" href="{root}style.css">
</head>
<body>
<main>
<h1>{title}</h1>
<p>{reason}</p>
<p><a href="{root}">All stories</a></p>
</main>
</body>
</html>
"""


class HttpResponse(NamedTuple):
    """A response. A body on disk is sent in part: ``size`` bytes, from ``start`` on."""

    status: int
    headers: tuple[Header, ...]
    body: Body = b""
    start: int = 0
    size: int = 0


def answer(method: str, fields: Fields, version: FileVersion, now: Callable[[], float]) -> HttpResponse:
    """Returns the response to a GET or HEAD of a file (RFC 9110). ``now`` returns the time in seconds since
    1970."""
    chosen = version.plain
    if version.gzip and conditional.takes_gzip(fields.get(b"accept-encoding")):
        chosen = version.gzip
    status = conditional.status(fields, chosen.etag, version.modified, now)
    if status == 304:
        return HttpResponse(304, chosen.common)
    if status == 412:
        return HttpResponse(412, (*chosen.common, (b"content-length", b"0")))
    part = None
    if version.ranges and method == "GET":
        part = conditional.part(fields, chosen.etag, version.modified, chosen.size)
    if part is None:
        return _of(method, 200, chosen, 0, chosen.size)
    if part == UNSATISFIABLE:
        beyond = (b"content-range", b"bytes */%d" % chosen.size)
        return HttpResponse(416, (*chosen.common, beyond, (b"content-length", b"0")))
    within = (b"content-range", b"bytes %d-%d/%d" % (part.start, part.stop - 1, chosen.size))
    return _of(method, 206, chosen, part.start, part.stop - part.start, within)


def _of(method: str, status: int, chosen: Representation, start: int, size: int, *more: Header) -> HttpResponse:
    headers = (*chosen.common, *chosen.own, *more, (b"content-length", b"%d" % size))
    if method == "HEAD":
        return HttpResponse(status, headers)
    whole = isinstance(chosen.body, bytes) and size == chosen.size
    body = chosen.body if whole or not isinstance(chosen.body, bytes) else chosen.body[start : start + size]
    return HttpResponse(status, headers, body, start, size)


def refusal(version: str, headers: Sequence[Header], fields: Fields, target: bytes) -> HttpResponse | None:
    """Returns the response to a request that breaks a limit, names no host, or has a body whose end is unclear;
    None for a good request. ``version`` is that of HTTP."""
    if len(target) > LONGEST:
        return problem("GET", 414, "Too long", f"An address has at most {LONGEST:,} bytes here.", b"/")
    if sum([len(name) + len(value) + _AROUND for name, value in headers]) > MOST_FIELDS:
        return problem("GET", 431, "Too long", "The header fields are too long.", target)
    if not is_framed(version, fields):
        found = problem("GET", 400, "Bad request", "The only transfer coding here is chunked.", target)
        return found._replace(headers=((b"connection", b"close"), *found.headers))
    host = fields.get(b"host")
    if (host is not None or version == "1.1") and not conditional.is_host(host):
        return problem("GET", 400, "Bad request", "The request does not name one host.", target)
    return None


def is_framed(version: str, fields: Fields) -> bool:
    """Returns whether the end of the request's body is clear (RFC 9112, 6.1)."""
    coding = fields.get(b"transfer-encoding")
    return coding is None or (version == "1.1" and coding.strip(b" \t").lower() == b"chunked")


def options(crossing: bool) -> HttpResponse:
    """Returns the allowed methods. ``crossing`` is whether a page of another site asks (a CORS preflight)."""
    return HttpResponse(204, ((b"allow", ALLOWED), *SAFE, *(_PREFLIGHT if crossing else ())))


def not_allowed(method: str, target: bytes) -> HttpResponse:
    """Returns the response to a method that the server does not allow."""
    found = problem("GET", 405, "Not allowed", "This site is read-only.", target)
    return found._replace(
        headers=((b"allow", ALLOWED), *found.headers), body=found.body if method != "HEAD" else b""
    )


def redirect(target: bytes, query: bytes) -> HttpResponse:
    """Returns a redirect to the folder of that name. It is relative: the site may be in a folder of another."""
    place = b"./" + target.rpartition(b"/")[2] + b"/" + (b"?" + query if query else b"")
    return HttpResponse(308, ((b"location", place), *SAFE, (b"content-length", b"0")))


def not_found(method: str, target: bytes) -> HttpResponse:
    return problem(method, 404, "Not found", "There is nothing at this address.", target)


def not_yet(method: str, target: bytes) -> HttpResponse:
    """Returns the response for a missing file during the first publication."""
    found = problem(method, 503, "Not yet", "The site is being published. Try again in a moment.", target)
    return found._replace(headers=((b"retry-after", b"1"), *found.headers))


def problem(method: str, status: int, title: str, reason: str, target: bytes) -> HttpResponse:
    """Returns a small page that says what is wrong."""
    page = PAGE.format(status=status, title=title, reason=html.escape(reason), root=up(target)).encode()
    headers = (
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", b"%d" % len(page)),
        (b"content-security-policy", POLICY),
        (b"cache-control", b"no-cache"),
        *SAFE,
    )
    return HttpResponse(status, headers, page if method != "HEAD" else b"", size=len(page))
