"""Benchmark of a feed after one new entry, with the kept bytes of the others, against feedgen with all entries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from benchmarks import corpus
from benchmarks.measure import Measured, in_turns
from tracker.domain import lines
from tracker.feeds import catalogue, posts
from tracker.feeds.documents import EntryBytes, Facts, Post
from tracker.feeds.entries import Entry, entries
from tracker.feeds.paging import MOST_ITEMS
from tracker.feeds.writers import writer
from tracker.publishing.state import KeptEntry, PublicationState
from tracker.workspace.config import Config

CONFIG = Config(title="Bench", url="https://bench.example/")

WRITERS = {format: writer(format) for format in ("atom", "rss")}


def head(rounds: int) -> Measured:
    """Measures Atom and RSS. Both get texts in HTML. tracker's time includes rendering the new entry, and reading
    the others from the state of the last publication."""
    last, *older = reversed(_posts(MOST_ITEMS))
    with closing(PublicationState()) as state:
        for number, post in enumerate(older):
            state.put_entry("bench", number, KeptEntry(post.updated, _written(post)))

        def ours() -> dict[str, bytes]:
            kept = (state.entry("bench", number) for number in range(len(older)))
            return _documents(last, [_written(last), *(each.formats for each in kept if each)])

        def peer() -> dict[str, bytes]:
            return _documents(last, [_written(post) for post in (last, *older)])

        assert ours() == peer()
        ours_took, peer_took = in_turns(ours, peer, rounds)
    what = f"new head of {MOST_ITEMS} entries, Atom and RSS"
    return Measured(what, ours_took, "feedgen with all entries", peer_took, 0.25)


BENCHMARKS: dict[str, Callable[..., Measured]] = {"head": head}


def _written(post: Post) -> dict[str, EntryBytes]:
    return {format: writer.entry(post) for format, writer in WRITERS.items()}


def _documents(newest: Post, shown: list[dict[str, EntryBytes]]) -> dict[str, bytes]:
    feed, facts = catalogue.site_feed(CONFIG, "all"), Facts(updated=newest.updated)
    return {
        format: writer.document(feed, facts, [each[format] for each in shown], mixed=True)
        for format, writer in WRITERS.items()
    }


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
