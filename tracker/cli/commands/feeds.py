"""The command that lists the published feeds: feeds."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from tracker.cli.completion import complete_story
from tracker.cli.terminal import (
    WARNING,
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
    from tracker.publishing.status import FeedStatus, Listing

HEADINGS = {"site": "All stories", "story": "Stories", "party": "Parties", "type": "Types", "tag": "Tags"}


@click.command()
@click.argument("story", required=False, shell_complete=complete_story)
@click.option("--kind", type=click.Choice(list(HEADINGS)), help="Only feeds of that kind.")
@json_option
@pass_desk
def feeds_command(desk: Workspace, story: str | None, kind: str | None, as_json: bool) -> None:
    """List the published feeds, and which are behind or altered. With STORY, those of that story.

    A feed is behind if events were recorded after the last publication: in its story, or in any story for the
    feeds of all stories. It is altered if a file is missing or is not what tracker publish wrote. The exit status
    is 1 if a listed feed is altered.
    """
    from tracker.publishing.status import listing

    _check(desk, story, kind)
    found = listing(desk, story or "")
    feeds = [each for each in found.feeds if kind in (None, each.kind)]
    if as_json:
        say_json([_shape(desk, each) for each in feeds])
    else:
        with paged():
            _say_feeds(desk, feeds, headings=not story and not kind)
    if not found.published:
        mention("nothing was published from this workspace yet; tracker publish does that")
    else:
        if not feeds:
            mention(f"no feed of {'that story' if story else f'the kind {kind}'} was published yet")
        _advise(found, feeds, story)


def _check(desk: Workspace, story: str | None, kind: str | None) -> None:
    """Refuses a story that is not there, and a kind of which a story has no feeds."""
    if story is None:
        return
    if kind not in (None, "story"):
        raise BadInput(f"all feeds of {story} are of the kind story; leave the option out", field="--kind")
    with contextlib.suppress(CorruptLog):  # a damaged story may have feeds
        desk.log.lines(story)


def _advise(found: Listing, feeds: Sequence[FeedStatus], story: str | None) -> None:
    """Says the next step. The command fails if a feed is altered: the next publication may not look at it."""
    for slug in found.damaged:
        if story in (None, slug):
            mention(f"{slug} was damaged when it was published last; its feeds are not listed. Run tracker verify")
    behind = found.behind.get(story or "", 0)
    if behind:
        mention(f"{count(behind, 'event')} {'is' if behind == 1 else 'are'} not published; run tracker publish")
    altered = sum(bool(each.altered) for each in feeds)
    if altered:
        mention(f"{count(altered, 'feed')} {'is' if altered == 1 else 'are'} altered; run tracker publish --anew")
        raise click.exceptions.Exit(1)


def _say_feeds(desk: Workspace, feeds: Sequence[FeedStatus], *, headings: bool) -> None:
    for number, (kind, group) in enumerate(groupby(feeds, lambda feed: feed.kind)):
        if number:
            say()
        if headings:
            say(HEADINGS[kind], bold=True)
        for feed in group:
            wrapped(feed.title, "  ", bold=True)
            say(f"    {desk.config.url}{feed.path}.atom")  # whole, to be copied
            wrapped(", ".join(filter(None, _facts(feed))), "    ",
                    **(WARNING if feed.altered or feed.behind else {}))  # fmt: skip


def _facts(feed: FeedStatus) -> list[str]:
    """``300 entries``, ``last update 2024-08-01 12:00 UTC``, ``5 behind``, ``altered: rss``"""
    return [
        count(feed.entries, "entry", "entries") if feed.entries else "no entries",
        f"last update {minute(feed.updated)}" if feed.updated else "",
        f"{feed.behind} behind" if feed.behind else "",
        f"altered: {', '.join(feed.altered)}" if feed.altered else "",
    ]


def _shape(desk: Workspace, feed: FeedStatus) -> dict[str, Any]:
    """A feed for programs. ``altered`` lists formats."""
    from tracker.feeds.formats import FORMATS

    return {
        "kind": feed.kind,
        "story": feed.story or None,
        "title": feed.title,
        "addresses": {format: f"{desk.config.url}{feed.path}.{format}" for format in FORMATS},
        "entries": feed.entries,
        "updated": feed.updated or None,
        "behind": feed.behind,
        "altered": list(feed.altered),
    }
