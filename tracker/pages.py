"""Pages that an entry's link leads to: the list of stories, and each story with all its developments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import NamedTuple

from tracker.briefing import briefing
from tracker.documents import Feed
from tracker.entries import Entry
from tracker.heads import Rewrite
from tracker.posts import Family, content, environment
from tracker.story import Story


class Listed(NamedTuple):
    """A story in a list: ``updated`` is when its last event was recorded."""

    slug: str
    title: str
    status: str
    events: int
    updated: str


def index(feeds: Sequence[Feed], stories: Iterable[Listed], total: int, rewrites: Sequence[Rewrite] = ()) -> bytes:
    """The first page: the stories that moved lately, out of how many, and when their history was rewritten."""
    moved = list(stories)
    return _page("index.html", feeds[0], root="", stories=moved, total=total, rewrites=rewrites, feeds=feeds)


def stories_page(feeds: Sequence[Feed], stories: Iterable[tuple[str, str]]) -> bytes:
    """Every story by slug and title: a page that changes only with those."""
    return _page("stories.html", feeds[0], root="../", stories=list(stories), feeds=feeds)


def story_page(site: Feed, family: Family, story: Story, entries: Sequence[Entry]) -> bytes:
    """A story: where it stands, and every development with its amendments, newest first."""
    feed = family["developments"]
    return _page(
        "story.html",
        site,
        language=feed.language,
        root="../../",
        story=story,
        sections=briefing(story),
        entries=entries,
        contents={entry.seq: content(entry, feed.url) for entry in entries},
        feeds=list(family.values()),
    )


def style_sheet(name: str) -> bytes:
    """``style.css`` for pages, ``feed.css`` for feeds that are opened in a browser."""
    return files("tracker").joinpath(f"templates/{name}").read_bytes()


def _page(template: str, site: Feed, *, language: str = "", **values: object) -> bytes:
    rendered = environment().get_template(template).render(site=site, language=language or site.language, **values)
    return rendered.encode() + b"\n"
