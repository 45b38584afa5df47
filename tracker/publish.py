"""Log to site: every feed and page of a workspace, written so that readers never see half a file.

::

    log ──read──▶ events ──entries──▶ feeds, pages ──write aside, rename──▶ feeds/

Nothing here reads a clock: the same log publishes the same bytes. A file whose bytes are the same is left alone.
What lists others is written after them. A story whose log is damaged keeps its last good publication, and in the
lists what comes before the damage.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import uuid
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tracker import feeds, pages
from tracker.entries import Entry, entries
from tracker.errors import CorruptLog, TrackerError
from tracker.events import Event
from tracker.feeds import Feed
from tracker.fold import fold
from tracker.story import Story
from tracker.workspace import Config, Workspace

Progress = Callable[[str], None]


class Published(NamedTuple):
    """What a publication did: files written, files left alone, and the stories that could not be published."""

    written: int
    unchanged: int
    errors: list[CorruptLog]


class _Rendered(NamedTuple):
    """A file of the site: its path below the site's root and its bytes."""

    path: str
    data: bytes


def publish(workspace: Workspace, progress: Progress = lambda slug: None) -> Published:
    """Publishes the whole log into the workspace's ``feeds/``. One publication at a time; a second waits."""
    written = unchanged = 0
    errors: list[CorruptLog] = []
    with _alone(workspace.scratch):
        for file in render(workspace, errors, progress):
            if _write(os.path.join(workspace.feeds, file.path), file.data):
                written += 1
            else:
                unchanged += 1
    return Published(written, unchanged, errors)


def render(workspace: Workspace, errors: list[CorruptLog], progress: Progress) -> Iterator[_Rendered]:
    """Every file of the site, those that list others last. Damaged stories are added to ``errors``."""
    config = workspace.config
    site = _site_feed(config)
    latest: list[Entry] = []
    stories: list[Story] = []
    yield _Rendered("style.css", pages.style_sheet())
    for slug in workspace.log.streams():
        events, error = workspace.log.intact(slug)
        try:
            told, story = entries(slug, events), fold(slug, events)
            files = list(_story_files(config, site, story, events[0], told)) if events and not error else []
        except (TrackerError, ValueError) as forged:
            errors.append(workspace.log.damaged(slug, forged))
            continue
        yield from files
        errors += [error] if error else []
        if events:
            latest = feeds.newest([*latest, *told])
            stories.append(_without_developments(story))
        progress(slug)
    stories.sort(key=lambda each: (each.updated, each.slug), reverse=True)
    yield _Rendered("all.atom", feeds.atom(site, latest))
    yield _Rendered("all.rss", feeds.rss(site, latest))
    yield _Rendered("index.html", pages.index(site, stories))


def _story_files(
    config: Config, site: Feed, story: Story, opened: Event, told: list[Entry]
) -> Iterator[_Rendered]:
    feed = _story_feed(config, story, opened)
    latest = feeds.newest(told)
    yield _Rendered(f"{feed.path}.atom", feeds.atom(feed, latest))
    yield _Rendered(f"{feed.path}.rss", feeds.rss(feed, latest))
    yield _Rendered(f"{feed.page}index.html", pages.story_page(site, feed, story, told[::-1]))


def _site_feed(config: Config) -> Feed:
    return Feed(
        path="all",
        page="",
        url=config.url,
        id=_feed_id(config.id or str(uuid.uuid5(uuid.NAMESPACE_URL, config.url)), "all"),
        title=config.title,
        subtitle=f"Every development of every story that {config.title} follows",
        language=config.language,
        author=config.author or config.title,
    )


def _story_feed(config: Config, story: Story, opened: Event) -> Feed:
    return Feed(
        path=f"stories/{story.slug}/developments",
        page=f"stories/{story.slug}/",
        url=config.url,
        id=_feed_id(opened.id, "developments"),
        title=story.title,
        subtitle=story.summary or f"Every development of the story: {story.title}",
        language=story.language or config.language,
        author=config.author or config.title,
    )


def _feed_id(owner: str, name: str) -> str:
    """A name for a feed that has neither host nor title in it (RFC 4287, 4.2.6)."""
    return f"urn:uuid:{uuid.uuid5(uuid.UUID(owner), name)}"


def _without_developments(story: Story) -> Story:
    """The story for the index, without what would keep every event of the log in memory."""
    story.developments = []
    return story


@contextlib.contextmanager
def _alone(scratch: str) -> Iterator[None]:
    os.makedirs(scratch, exist_ok=True)
    with open(os.path.join(scratch, "publish.lock"), "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: str, data: bytes) -> bool:
    """Puts the bytes there in one step, if they are not there already; says whether it wrote."""
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        if file.read() == data:
            return False
    os.makedirs(os.path.dirname(path), exist_ok=True)
    aside = f"{path}.{os.getpid()}.new"
    try:
        with open(aside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(aside)
    return True
