"""A whole published folder: each file by its ending, where its links lead, and the archives behind each feed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urljoin

from lxml import etree

from tests.conformance import markup
from tests.conformance.atom import atom_faults
from tests.conformance.calendars import calendar_faults
from tests.conformance.history import addresses_of_history, history_faults
from tests.conformance.json_feed import json_feed_faults
from tests.conformance.markup import Html, page_faults
from tests.conformance.opml import opml_faults
from tests.conformance.rss import CONTENT, rss_faults
from tests.conformance.shared import ATOM, HISTORY, Faults, absolute, links, parsed, refuse, repeated
from tests.conformance.sitemaps import addresses_of_sitemap, sitemap_faults
from tests.conformance.timelinejs import addresses_of_timeline, timelinejs_faults

_ARCHIVE = re.compile(r"-\d{4}-\d\d(-\d+)?$")
_OTHER_JSON = {"heads.json": "", "history.json": "history", "timeline.json": "timeline"}
_OTHER_JSON |= {"oembed.json": ""}
"""The files that end like a JSON Feed and are none, and what they are."""
_NOWHERE = "https://nowhere.invalid/"


class Feed(NamedTuple):
    """A published feed document: where it is, what is in it, and its neighbours. ``times`` has the time at which
    entries were published, by id."""

    path: str
    url: str
    previous: str
    next: str
    current: str
    says_archive: bool
    complete: bool
    ids: list[str]
    times: dict[str, str]
    addresses: list[str]

    @property
    def is_archive(self) -> bool:
        return bool(_ARCHIVE.search(self.path.rpartition(".")[0]))

    @property
    def name(self) -> str:
        """The path of the feed that one subscribes to, of which this may be an archive."""
        stem, _, ending = self.path.rpartition(".")
        return f"{_ARCHIVE.sub('', stem)}.{ending}"


def check_site(folder: Path | str, covers: Mapping[str, Iterable[str]] = {}) -> None:
    """A folder that can be served as it is: every file holds, every link of the site to itself leads somewhere,
    and whoever follows a feed's archives to their end has seen every entry, none of them in two archives.

    ``covers`` says by the feed's path, without its ending, which ids it has to have between itself and its
    archives.
    """
    refuse(Site(Path(folder), covers).faults(), str(folder))


class Site:
    """A published folder, whose files are named by their paths in it."""

    def __init__(self, root: Path, covers: Mapping[str, Iterable[str]]) -> None:
        self.root = root
        self.covers = covers
        self.pages: dict[str, Html] = {}

    def faults(self) -> Faults:
        broken = list(self._file_faults())
        yield from broken
        if broken:
            return  # what is said of the whole would only be said of that again
        yield from self._link_faults()
        for head in self.feeds.values():
            if not head.is_archive:
                yield from (f"{head.path}: {fault}" for fault in self._chain_faults(head))
        yield from (f"{each.path}: no feed leads to this archive" for each in self._unreached())
        yield from self._gaps()

    @cached_property
    def files(self) -> list[str]:
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())

    @cached_property
    def there(self) -> frozenset[str]:
        return frozenset(self.files)

    @cached_property
    def feeds(self) -> dict[str, Feed]:
        """Every feed document by its path."""
        names = [name for name in self.files if self._kind(name) in _READ]
        return {name: _READ[self._kind(name)](name, self._bytes(name)) for name in names}

    @cached_property
    def url(self) -> str:
        """The root of the site, as the feeds say it."""
        for feed in self.feeds.values():
            return feed.url.removesuffix(feed.path)
        return _NOWHERE

    def chain(self, head: Feed) -> list[Feed]:
        """The feed and its archives, newest first, as far as there are any."""
        found = [head]
        while (previous := self._at(found[-1].previous)) and previous not in found:
            found.append(previous)
        return found

    def _bytes(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def _kind(self, name: str) -> str:
        return _OTHER_JSON.get(name.rpartition("/")[2], name.rpartition(".")[2])

    def _at(self, url: str) -> Feed | None:
        return self.feeds.get(url.removeprefix(self.url)) if url.startswith(self.url) else None

    def _file_faults(self) -> Faults:
        for name in self.files:
            check = _CHECKS.get(self._kind(name))
            for fault in check(name, self._bytes(name)) if check else ():
                yield f"{name}: {fault}"

    def _link_faults(self) -> Faults:
        for feed in self.feeds.values():
            if feed.is_archive != feed.says_archive:
                yield f"{feed.path}: fh:archive and the name of the file disagree"
            if feed.url != self.url + feed.path:
                yield f"{feed.path}: says it is at {feed.url}, not at {self.url}{feed.path}"
            yield from self._broken(feed.path, feed.addresses)
        for name in self.files:
            if find := _ADDRESSES.get(self._kind(name)):
                yield from self._broken(name, find(self._bytes(name)))
            if self._kind(name) == "html":
                yield from self._broken(name, self._page(name).addresses)
                yield from (f"{name}: {fault}" for fault in self._own_faults(name, self._page(name)))
            if self._kind(name) == "history" and parsed(self._bytes(name))[0]["story"] != name.split("/")[-2]:
                yield f"{name}: is the history of another story"

    def _own_faults(self, name: str, page: Html) -> Faults:
        """Where a page says that it is."""
        own = self.url + name.removesuffix("index.html")
        said = page.canonical + [content for called, content in page.metas if called == "og:url"]
        yield from (f"says it is at {address}, not at {own}" for address in dict.fromkeys(said) if address != own)

    def _broken(self, name: str, addresses: Iterable[str]) -> Faults:
        """The addresses that should be of the site and lead nowhere in it."""
        for address in dict.fromkeys(addresses):
            target = address if absolute(address) else urljoin(self.url + name, address)
            if not target.startswith(self.url):
                if not absolute(address):
                    yield f"{name}: {address} leads out of the site"
            elif not self._leads(target):
                yield f"{name}: {address} leads nowhere"

    def _leads(self, target: str) -> bool:
        place, fragment = urldefrag(target.removeprefix(self.url))
        name = unquote(place.partition("?")[0])
        name += "index.html" if name.endswith("/") or not name else ""
        if not fragment:
            return name in self.there
        return self._kind(name) == "html" and name in self.there and unquote(fragment) in self._page(name).places

    def _page(self, name: str) -> Html:
        if name not in self.pages:
            self.pages[name] = markup.parsed(self._bytes(name).decode(), page=True)
        return self.pages[name]

    def _chain_faults(self, head: Feed) -> Faults:
        """What whoever follows the archives from here stumbles over."""
        chain = self.chain(head)
        end = chain[-1]
        if end.previous:
            again = "again" if self._at(end.previous) else "which is not there"
            yield f"{end.path} goes on at {end.previous}, {again}"
        for newer, archive in pairwise(chain):
            yield from self._neighbour_faults(head, newer, archive)
        for id in repeated(id for archive in chain[1:] for id in archive.ids):
            yield f"{id} is in two archives"

    def _neighbour_faults(self, head: Feed, newer: Feed, archive: Feed) -> Faults:
        stem, _, ending = head.path.rpartition(".")
        head = self.feeds.get(f"{stem}.atom", head) if ending == "rss" else head  # RSS has its archives in Atom
        if archive.name != head.name:
            yield f"{archive.path} is no archive of it"
        if archive.current and archive.current != head.url:
            yield f"{archive.path} says that the current feed is {archive.current}"
        if archive.next and archive.next != newer.url:
            yield f"{archive.path} says that {archive.next} comes after it, not {newer.url}"

    def _unreached(self) -> Iterator[Feed]:
        """The archives that no subscriber finds."""
        heads = [feed for feed in self.feeds.values() if not feed.is_archive]
        reached = {each.path for head in heads for each in self.chain(head)}
        return (feed for feed in self.feeds.values() if feed.is_archive and feed.path not in reached)

    def _gaps(self) -> Faults:
        """What one feed has and another, that should have it too, has not, archives included: the same feed in
        another format, and the feed of everything, which need not have what is older than its oldest entry."""
        all_ids = {head.path: self._ids(head) for head in self.feeds.values() if not head.is_archive}
        for stem in self.covers:
            if not any(f"{stem}.{ending}" in all_ids for ending in _READ):
                yield f"there is no feed {stem}"
        for path, ids in all_ids.items():
            stem, _, ending = path.rpartition(".")
            wider = {f"{stem}.{other}": ids for other in _READ}
            if not stem.endswith("standing"):
                wider[f"all.{ending}"] = ids & self._expected(f"all.{ending}")
            for each, due in wider.items():
                if missing := due - all_ids.get(each, due):
                    yield f"{each}: lacks {', '.join(sorted(missing))}, which {path} has"
            if missing := set(self.covers.get(stem, ())) - ids:
                yield f"{path}: lacks {', '.join(sorted(missing))}"

    def _expected(self, path: str) -> set[str]:
        """The ids of the entries in heads that were published after the oldest in this feed; of all if it is
        complete."""
        head = self.feeds.get(path)
        oldest = "" if head is None or head.complete else min(head.times.values(), default="")
        return {
            id
            for feed in self.feeds.values()
            for id in (() if feed.is_archive else feed.ids)
            if feed.times.get(id, "9999")[:19] > oldest[:19]
        }

    def _ids(self, head: Feed) -> set[str]:
        return {id for feed in self.chain(head) for id in feed.ids}


def _atom(path: str, data: bytes) -> Feed:
    head = etree.fromstring(data)
    contents = [each.text or "" for each in head.iter(f"{ATOM}content") if each.get("type") == "html"]
    hrefs = [link.get("href", "") for link in head.iter(f"{ATOM}link")]
    entries = head.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id", "") for entry in entries]
    dates = (entry.findtext(f"{ATOM}published") for entry in entries)
    times = {id: date for id, date in zip(ids, dates, strict=True) if date}
    return _feed_of(path, head, ids, times, hrefs, contents)


def _rss(path: str, data: bytes) -> Feed:
    channel = etree.fromstring(data)[0]
    contents = [each.text or "" for each in channel.iter(CONTENT)]
    hrefs = [link.get("href", "") for link in channel.iter(f"{ATOM}link")]
    hrefs += [link.text or "" for link in channel.iter("link")]
    ids = [guid.text or "" for guid in channel.iter("guid")]
    dates = (item.findtext("pubDate") for item in channel.iter("item"))
    times = {id: parsedate_to_datetime(date).isoformat() for id, date in zip(ids, dates, strict=False) if date}
    return _feed_of(path, channel, ids, times, hrefs, contents)


def _feed_of(
    path: str,
    head: etree._Element,
    ids: list[str],
    times: dict[str, str],
    hrefs: list[str],
    contents: list[str],
) -> Feed:
    by_rel = links(head)
    rels = {"url": "self", "previous": "prev-archive", "next": "next-archive", "current": "current"}
    neighbours = {name: by_rel.get(rel, [""])[0] for name, rel in rels.items()}
    archive, complete = (head.find(f"{HISTORY}{name}") is not None for name in ("archive", "complete"))
    return Feed(
        path,
        says_archive=archive,
        complete=complete,
        ids=ids,
        times=times,
        addresses=hrefs + _addresses_in(contents),
        **neighbours,
    )


def _json(path: str, data: bytes) -> Feed:
    feed = json.loads(data)
    items = feed["items"]
    found = [feed.get("home_page_url", ""), *(item.get("url", "") for item in items)]
    return Feed(
        path=path,
        url=feed["feed_url"],
        previous=feed.get("next_url", ""),
        next="",
        current="",
        says_archive=bool(_ARCHIVE.search(path.rpartition(".")[0])),
        complete=feed.get("_tracker", {}).get("complete", False),
        ids=[item["id"] for item in items],
        times={item["id"]: item["date_published"] for item in items if "date_published" in item},
        addresses=[*filter(None, found), *_addresses_in([item.get("content_html", "") for item in items])],
    )


def _addresses_in(contents: list[str]) -> list[str]:
    return [address for content in contents for address in markup.parsed(content).addresses]


def _addresses_of_outlines(data: bytes) -> list[str]:
    outlines = etree.fromstring(data).iter("outline")
    return [address for each in outlines for name in ("xmlUrl", "htmlUrl") if (address := each.get(name))]


_ADDRESSES: dict[str, Callable[[bytes], Iterable[str]]] = {
    "opml": _addresses_of_outlines,
    "history": addresses_of_history,
    "timeline": addresses_of_timeline,
    "xml": addresses_of_sitemap,
}

_READ: dict[str, Callable[[str, bytes], Feed]] = {"atom": _atom, "rss": _rss, "json": _json}

_CHECKS: dict[str, Callable[[str, bytes], Faults]] = {
    "atom": lambda name, data: atom_faults(data),
    "rss": lambda name, data: rss_faults(data),
    "json": lambda name, data: json_feed_faults(data, archive=bool(_ARCHIVE.search(name.rpartition(".")[0]))),
    "opml": lambda name, data: opml_faults(data),
    "html": lambda name, data: page_faults(data.decode()),
    "svg": lambda name, data: markup.drawing_faults(data),
    "history": lambda name, data: history_faults(data),
    "timeline": lambda name, data: timelinejs_faults(data),
    "ics": lambda name, data: calendar_faults(data),
    "xml": lambda name, data: sitemap_faults(data),
}
