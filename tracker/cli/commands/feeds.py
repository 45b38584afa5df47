"""The command feeds: list the published feeds."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from tracker.cli.completion import complete_story
from tracker.cli.terminal import (
    WARNING,
    bar,
    count,
    json_option,
    mention,
    minute,
    paged,
    pass_desk,
    say,
    say_json,
    wrapped,
)
from tracker.errors import BadInput, CorruptLog
from tracker.workspace.desk import Workspace

if TYPE_CHECKING:
    from tracker.publishing.status import FeedStatus

HEADINGS = {"site": "All stories", "story": "Stories", "party": "Parties", "type": "Types"}


@click.command()
@click.argument("story", required=False, shell_complete=complete_story)
@click.option("--kind", type=click.Choice(list(HEADINGS)), help="Only feeds of that kind.")
@json_option
@pass_desk
def feeds_command(desk: Workspace, story: str | None, kind: str | None, as_json: bool) -> None:
    """List the feeds, and which of them are stale. With STORY, only those of that story.

    The command reads the published documents, as subscribers do. A feed is stale if it lacks its newest entry or
    has an entry as it was before an amendment.
    """
    from tracker.publishing.status import listing

    _check(desk, story, kind)
    with bar("reading", 1 if story else len(desk.log.streams())) as progress:
        found = listing(desk, story or "", progress)
    for error in found.errors:
        mention(f"only events before the damage were checked: {error}")
    feeds = [each for each in found.feeds if kind in (None, each.kind)]
    if as_json:
        say_json([_shape(each) for each in feeds])
    elif found.published:
        with paged():
            _say_feeds(feeds, headings=not story and not kind)
    if not found.published:
        mention("nothing is published yet; run tracker publish")
    elif not feeds:
        mention(f"there is no feed of {'that story' if story else f'the kind {kind}'} yet")
    else:
        _advise(feeds)


def _check(desk: Workspace, story: str | None, kind: str | None) -> None:
    """Refuses a story that does not exist, and a kind of feeds that a story does not have. Raises BadInput,
    Unknown."""
    assert desk.log.glossary  # a broken declaration is reported first, or each story would look damaged
    if story is None:
        return
    if kind not in (None, "story"):
        raise BadInput(f"all feeds of {story} are of the kind story; leave the option out", field="--kind")
    with contextlib.suppress(CorruptLog):  # the list reports the damage
        desk.log.lines(story)


def _advise(feeds: Sequence[FeedStatus]) -> None:
    """Prints the remedy for stale feeds. Raises Exit with status 1 if the next publication would not repair a
    feed."""
    faults = [each for each in feeds if each.fault]
    behind = [each for each in feeds if each.wrong and not each.fault]
    if behind:
        mention(f"{_are(behind, 'behind the log')}; tracker publish catches up")
    if faults:
        them = "it" if len(faults) == 1 else "them"
        what = _are(faults, "without events that heads.json lists as published")
        mention(f"{what}; rewrite {them} with tracker publish --anew")
        raise click.exceptions.Exit(1)


def _are(feeds: Sequence[FeedStatus], what: str) -> str:
    return f"{count(len(feeds), 'feed')} {'is' if len(feeds) == 1 else 'are'} {what}"


def _say_feeds(feeds: Sequence[FeedStatus], *, headings: bool) -> None:
    for number, (kind, group) in enumerate(groupby(feeds, lambda feed: feed.kind)):
        if number:
            say()
        if headings:
            say(HEADINGS[kind], bold=True)
        for feed in group:
            _say_feed(feed)


def _say_feed(feed: FeedStatus) -> None:
    wrapped(feed.title, "  ", bold=True)
    say(f"    {feed.address('atom')}")  # on one line, so that it can be copied
    wrapped(", ".join(filter(None, [*_contents(feed), feed.wrong])), "    ",
            **(WARNING if feed.wrong else {}))  # fmt: skip


def _contents(feed: FeedStatus) -> list[str]:
    """``300 entries and 2 archives``, ``last update 2024-08-01 12:00 UTC``"""
    if not feed.published or "atom" in feed.unreadable:  # nothing is known of its entries
        return []
    entries = count(feed.entries, "entry", "entries") if feed.entries else "no entries"
    archives = f" and {count(feed.archives, 'archive')}" if feed.archives else ""
    return [entries + archives, f"last update {minute(feed.updated)}" if feed.updated else ""]


def _shape(feed: FeedStatus) -> dict[str, Any]:
    """A feed for programs. ``unreadable`` lists the formats (``atom``, ``rss``, ``json``) whose document cannot be
    read. If ``atom`` is among them, ``entries`` is 0 and ``updated`` is null."""
    from tracker.feeds.documents import FORMATS

    return {
        "kind": feed.kind,
        "story": feed.story or None,
        "title": feed.title,
        "addresses": {format: feed.address(format) for format in FORMATS},
        "published": feed.published,
        "entries": feed.entries,
        "archives": feed.archives,
        "updated": feed.updated or None,
        "unreadable": list(feed.unreadable),
        "stale": bool(feed.wrong) and feed.published,
        "lacks": str(feed.lacks) if feed.lacks else None,
        "fault": feed.fault,
    }
