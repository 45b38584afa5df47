"""List the published feeds, as the state of the last publication has them.

::

    .tracker/published.db ──feeds, digests──▶ feeds ◀──is each file as it was written?── feeds/
                          └──versions of stories──▶ events behind ◀──what has been appended since?── log

A document with the bytes that the publisher wrote has every entry that was due then, and ``behind`` counts the
events appended since.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from tracker.errors import CorruptLog
from tracker.feeds import paths
from tracker.feeds.formats import FORMATS
from tracker.publishing import below
from tracker.publishing.publisher import alone
from tracker.publishing.state import LastPublication, digest, last_publication
from tracker.workspace.desk import Workspace

KINDS = ("site", "story", "party", "type", "tag")


class FeedStatus(NamedTuple):
    """A published feed.

    ``path`` is below ``feeds/``, without an ending. ``kind`` is one of ``KINDS``, ``story`` the slug of the story
    whose feed it is, or empty. ``entries`` are as many as the head has. ``updated`` is when the last of them was
    updated, or empty if the feed never had an entry.

    ``behind`` is how many events were appended since the publication: in the story, or in all stories for a feed
    of the site. It is None for a party or a type. ``altered`` are the formats whose document is gone or has other
    bytes than the publisher wrote.
    """

    path: str
    kind: str
    story: str
    title: str
    entries: int
    updated: str
    behind: int | None
    altered: tuple[str, ...]


class Listing(NamedTuple):
    """The feeds of the last publication: those of the site, of stories, of parties, of types. ``published`` is
    whether there was one. ``behind`` has how many events each story got since, 0 left out, and their sum under
    the empty slug. ``damaged`` are the stories whose feeds that publication left as they were, so that its state
    does not have them."""

    feeds: list[FeedStatus]
    published: bool
    behind: Mapping[str, int]
    damaged: list[str]


def listing(workspace: Workspace, slug: str = "") -> Listing:
    """Return every feed of the last publication, or those of one story. There is none before the first publication
    in this workspace."""
    found = _listing(workspace, slug)
    if any(feed.altered for feed in found.feeds):  # another process may be publishing: wait for it and look again
        with alone(workspace.scratch):
            found = _listing(workspace, slug)
    return found


def _listing(workspace: Workspace, slug: str) -> Listing:
    last = last_publication(workspace.scratch)
    behind = _behind(workspace, last)
    folder = paths.story(slug) if slug else ""
    found = sorted((path for path in last.feeds if path.startswith(folder)), key=_order)
    feeds = [_status(workspace, path, last, behind) for path in found]
    published = [each for each, (_, seq) in last.stories.items() if seq]
    damaged = [each for each in published if paths.of_story(each, "standing") not in last.feeds]
    return Listing(feeds, bool(last.feeds), behind, damaged)


def _behind(workspace: Workspace, last: LastPublication) -> dict[str, int]:
    found: dict[str, int] = {}
    for slug, version in sorted(workspace.log.versions(last.stories).items()):
        was, seq = last.stories.get(slug, (None, 0))
        with suppress(CorruptLog):  # a damaged story is not published
            if version != was and (count := workspace.log.head(slug).seq - seq) > 0:
                found[slug] = count
    return {"": sum(found.values()), **found}


def _status(workspace: Workspace, path: str, last: LastPublication, behind: Mapping[str, int]) -> FeedStatus:
    altered = tuple(
        format
        for format in FORMATS
        if last.documents.get(f"{path}.{format}") != digest(below.read(workspace.feeds, f"{path}.{format}"))
    )
    kind, story = paths.kind(path), paths.slug_of(path)
    events = behind.get(story, 0) if kind in ("site", "story") else None
    return FeedStatus(path, kind, story, *last.feeds[path], events, altered)


def _order(path: str) -> tuple[int, str, bool, str]:
    """Return a sort key: site, stories, parties, types; of a story its developments first."""
    folder, _, name = path.rpartition("/")
    return KINDS.index(paths.kind(path)), folder, name != "developments", name
