"""``sitemap.xml`` and ``robots.txt``, by which search engines find stories and developments (sitemaps.org).

::

    robots.txt ──▶ sitemap.xml ──▶ stories/<slug>/sitemap.xml ──▶ the story and its developments
               └─▶ sitemap-2.xml                          └─▶ stories/<slug>/sitemap-2.xml

A file has at most ``MOST`` addresses, and further parts have the others. A list of sitemaps cannot name other
lists, so ``robots.txt`` names each part. A list has no dates: it changes only if a story is new, or has a further
part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from tracker.feeds import paths

MOST = 50_000
"""The most addresses in one file (sitemaps.org)."""

_HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {paths.MARK} -->\n'
_SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"


def parts(developments: int) -> int:
    """Return how many sitemaps a story with that number of developments has. Its own page is in the first."""
    return developments // MOST + 1


def of_story(url: str, slug: str, changed: str, developments: Iterable[tuple[int, str]]) -> list[bytes]:
    """Return the sitemaps of a story. ``changed`` is when its last event was recorded, ``developments`` are the
    numbers of all, each with the time at which it was last amended."""
    story = escape(url) + paths.story(slug)
    lines = [_line("url", story, changed), *(_line("url", f"{story}{n}.html", at) for n, at in developments)]
    return list(_files("urlset", lines))


def of_stories(url: str, stories: Iterable[tuple[str, int]]) -> list[bytes]:
    """Return the lists of the sitemaps of stories, at least one. ``stories`` are the slug of each, and the number
    of its developments."""
    shown = escape(url)
    addresses = (paths.sitemap(slug, n) for slug, count in stories for n in range(1, parts(count) + 1))
    return list(_files("sitemapindex", [_line("sitemap", shown + each) for each in addresses]))


def robots(url: str, lists: int) -> bytes:
    """Return ``robots.txt``, which names that number of lists of sitemaps."""
    sitemaps = "".join(f"Sitemap: {url}{paths.sitemap(part=n)}\n" for n in range(1, lists + 1))
    return f"# {paths.MARK}\nUser-agent: *\nAllow: /\n{sitemaps}".encode()


def _line(element: str, address: str, changed: str = "") -> str:
    date = f"<lastmod>{changed}</lastmod>" if changed else ""
    return f"<{element}><loc>{address}</loc>{date}</{element}>\n"


def _files(element: str, lines: Sequence[str]) -> Iterator[bytes]:
    for start in range(0, len(lines) or 1, MOST):
        shown = "".join(lines[start : start + MOST])
        yield f'{_HEAD}<{element} xmlns="{_SCHEMA}">\n{shown}</{element}>\n'.encode()
