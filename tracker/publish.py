"""Log to site: every feed and page of a workspace, written so that readers never see half a file.

::

    log ──read──▶ events ──entries──▶ feeds, pages ──write aside, rename──▶ feeds/

The same log publishes the same bytes: no clock is read, save to date the acceptance of a rewritten history. What
has the same bytes already is left alone. What lists others is written after them, and ``heads.json`` last, which
says what has been published: a log that no longer extends it is not published, unless somebody takes that on
themselves with a reason. A story whose log is damaged keeps its last good publication, and in the lists what comes
before the damage.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from tracker import feeds, heads, pages
from tracker.entries import Entry, entries
from tracker.errors import CorruptLog, Rewritten, TrackerError, Unknown
from tracker.events import Event
from tracker.feeds import Feed
from tracker.fold import fold
from tracker.heads import Divergence, Heads, Rewrite
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


def publish(
    workspace: Workspace, progress: Progress = lambda slug: None, *, accept_rewrite: str = ""
) -> Published:
    """Publishes the whole log into the workspace's ``feeds/``. One publication at a time; a second waits.

    Raises Rewritten, before anything is written, where the log does not extend what was published and no reason
    to accept that is given.
    """
    written = unchanged = 0
    errors: list[CorruptLog] = []
    with _alone(workspace.scratch):
        seen = seen_heads(workspace)
        rewritten = _rewritten(workspace, seen)
        if rewritten and not accept_rewrite:
            raise Rewritten(_refusal(workspace, rewritten))
        if rewritten:
            rewrite = Rewrite(at=workspace.clock(), reason=accept_rewrite, stories=tuple(sorted(rewritten)))
            kept = {slug: head for slug, head in seen.stories.items() if slug not in rewritten}
            seen = Heads(stories=kept, rewrites=(*seen.rewrites, rewrite))
        for file in render(workspace, seen, errors, progress):
            if _write(os.path.join(workspace.feeds, file.path), file.data):
                written += 1
            else:
                unchanged += 1
    return Published(written, unchanged, errors)


def seen_heads(workspace: Workspace) -> Heads:
    """What ``feeds/heads.json`` says was published; nothing where there is none. Raises BadInput."""
    path = os.path.join(workspace.feeds, heads.FILE)
    try:
        with open(path, "rb") as file:
            return heads.read(file.read(), os.path.relpath(path))
    except FileNotFoundError:
        return Heads()


def _rewritten(workspace: Workspace, seen: Heads) -> dict[str, Divergence]:
    """The stories whose log is whole and yet does not extend what was published. A damaged one is left out of the
    publication anyway."""
    log = workspace.log
    parted = heads.extended(seen, {slug: _lines(workspace, slug) for slug in seen.stories})
    return {slug: where for slug, where in parted.items() if log.intact(slug)[1] is None}


def _lines(workspace: Workspace, slug: str) -> list[bytes]:
    try:
        return workspace.log.lines(slug)
    except (Unknown, CorruptLog):
        return []


def _refusal(workspace: Workspace, rewritten: Mapping[str, Divergence]) -> str:
    first, where = next(iter(rewritten.items()))
    others = f" (and {len(rewritten) - 1} more)" if len(rewritten) > 1 else ""
    return (
        f"{workspace.log.place(first, where.line)}: {where.message}{others}. Nothing was published. Restore the"
        " log from a copy or, if this was meant, tell readers why: tracker publish --accept-rewrite REASON"
    )


def render(
    workspace: Workspace,
    seen: Heads,
    errors: list[CorruptLog],
    progress: Progress = lambda slug: None,
    upto: Mapping[str, int] | None = None,
) -> Iterator[_Rendered]:
    """Every file of the site, those that list others last. Damaged stories are added to ``errors``.

    ``seen`` is what was published before; with ``upto``, the site as it was with so many events of each story.
    """
    config = workspace.config
    current: dict[str, heads.Published] = {}
    site = _site_feed(config)
    latest: list[Entry] = []
    stories: list[Story] = []
    yield _Rendered("style.css", pages.style_sheet())
    for slug in workspace.log.streams():
        events, error = workspace.log.intact(slug)
        events = events if upto is None else events[: upto.get(slug, 0)]
        try:
            told, story = entries(slug, events), fold(slug, events)
            files = list(_story_files(config, site, story, events[0], told)) if events and not error else []
        except (TrackerError, ValueError) as forged:
            errors.append(workspace.log.damaged(slug, forged))
            current |= {slug: seen.stories[slug]} if slug in seen.stories else {}
            continue
        yield from files
        errors += [error] if error else []
        if files:
            current[slug] = heads.published([event.hash for event in events])
        elif slug in seen.stories:
            current[slug] = seen.stories[slug]
        if events:
            latest = feeds.newest([*latest, *told])
            stories.append(_without_developments(story))
        progress(slug)
    stories.sort(key=lambda each: (each.updated, each.slug), reverse=True)
    yield _Rendered("all.atom", feeds.atom(site, latest))
    yield _Rendered("all.rss", feeds.rss(site, latest))
    yield _Rendered("index.html", pages.index(site, stories, seen.rewrites))
    yield _Rendered(heads.FILE, heads.written(Heads(stories=current, rewrites=seen.rewrites)))


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
