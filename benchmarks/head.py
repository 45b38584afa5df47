"""Benchmark of a feed after one new entry: made from published bytes, against feedgen with all entries."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice

from benchmarks import corpus
from benchmarks.measure import Measured, in_turns
from tracker.domain import lines
from tracker.feeds import atom_rss, catalogue, posts
from tracker.feeds.documents import Facts, Feed, Post, assemble, split
from tracker.feeds.entries import Entry, entries
from tracker.feeds.paging import MOST_ITEMS
from tracker.workspace.config import Config

FORMATS: dict[str, Callable[[Feed, Facts, Sequence[Post]], bytes]] = {"atom": atom_rss.atom, "rss": atom_rss.rss}

CONFIG = Config(title="Bench", url="https://bench.example/")


def head(rounds: int) -> Measured:
    """Measures Atom and RSS. Both get texts in HTML. tracker's time includes rendering the new entry."""
    *older, last = _posts(MOST_ITEMS + 1)
    feed = catalogue.site_feed(CONFIG, "all")
    before, after = older[::-1], [last, *older[:0:-1]]
    published = {format: _joined_from_all(format, feed, before) for format in FORMATS}

    def ours() -> dict[str, bytes]:
        return {format: _extended(format, feed, published[format], last) for format in FORMATS}

    def peer() -> dict[str, bytes]:
        return {format: write(feed, _facts(after), after) for format, write in FORMATS.items()}

    assert {format: _in_one_line(data) for format, data in ours().items()} == {
        format: _in_one_line(data) for format, data in peer().items()
    }
    ours_took, peer_took = in_turns(ours, peer, rounds)
    what = f"new head of {MOST_ITEMS} entries, Atom and RSS"
    return Measured(what, ours_took, "feedgen with all entries", peer_took, 0.25)


BENCHMARKS: dict[str, Callable[..., Measured]] = {"head": head}


def _extended(format: str, feed: Feed, published: bytes, post: Post) -> bytes:
    """Returns the document that follows the published one after a new post."""
    (entry,) = split(format, FORMATS[format](feed, _facts([post]), [post])).values()
    kept = islice(split(format, published).values(), MOST_ITEMS - 1)
    return assemble(format, FORMATS[format](feed, _facts([post]), ()), [entry, *kept])


def _joined_from_all(format: str, feed: Feed, told: Sequence[Post]) -> bytes:
    document = FORMATS[format](feed, _facts(told), told)
    return assemble(format, FORMATS[format](feed, _facts(told), ()), split(format, document).values())


def _facts(told: Sequence[Post]) -> Facts:
    return Facts(updated=told[0].updated, previous="2018-01")


def _in_one_line(document: bytes) -> bytes:
    return re.sub(rb">\n<", b"><", document).rstrip(b"\n")


def _posts(number: int) -> list[Post]:
    """Returns ``number`` entries of several stories, in the order of feeds."""
    stories = range(number // corpus.EVENTS + 1)
    told = sorted((entry for story in stories for entry in _entries(story)), key=lambda entry: entry.item)
    openers = {entry.slug: entry.id for entry in told if entry.seq == 1}
    return [
        posts.of_entry(entry, catalogue.of_entry(CONFIG, entry, openers[entry.slug])) for entry in told[-number:]
    ]


def _entries(story: int) -> list[Entry]:
    return entries(corpus.slug(story), map(lines.decode, corpus.lines(story)))
