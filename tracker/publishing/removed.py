"""Find the published files that may have a removed text, and take them down when nothing can be published.

::

    redactions in the log ──▶ ids ──in the published logs──▶ stories ──named in other files──▶ files to take down

An id is looked for in every published log: the story's file may have another name since, or that of another story.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence

from tracker.domain import chain, media
from tracker.errors import CorruptLog, InTheWay
from tracker.feeds import paths
from tracker.log import checkpoints
from tracker.log.base import TYPES_FILE
from tracker.log.checkpoints import PublishedHead
from tracker.publishing import owned
from tracker.publishing.below import Below
from tracker.text.names import is_slug
from tracker.workspace.desk import Workspace

_PICTURE = re.compile(rb"[0-9a-f]{64}\.[a-z]+")
"""The names of pictures in a published file."""


class RemovedTexts:
    """The texts that redactions in the log remove, and the stories whose published files may have them. ``seen``
    are the published heads.

    Attributes: ``stories`` are the slugs of those stories, as they were published when this was made: their
    published log has a removed text, or cannot tell because it was altered.
    """

    def __init__(self, workspace: Workspace, seen: Mapping[str, PublishedHead]) -> None:
        self._workspace = workspace
        self._seen = seen
        found = ((slug, chain.removals(workspace.log.lines_if_any(slug))) for slug in workspace.log.streams())
        self._by_file: dict[str, Collection[str]] = {slug: ids.keys() for slug, ids in found if ids}
        first = {slug: chain.id_of(workspace.log.lines(slug)[0]) for slug in self._by_file}
        # A stray has another story than the published one of its name.
        self._has_stray = any(slug not in seen or seen[slug].stream != id for slug, id in first.items())
        self.stories = self._published() if self else set()

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._by_file)

    def _published(self) -> set[str]:
        ids = set().union(*self._by_file.values())
        with Below(self._workspace.feeds) as published:
            slugs = {*self._seen, *filter(is_slug, published.names(paths.STORIES.rstrip("/")))}
            return {slug for slug in slugs if self._may_have(slug, published.lines(paths.log(slug)), ids)}

    def _may_have(self, slug: str, lines: Sequence[bytes], ids: Collection[str]) -> bool:
        if any(chain.id_of(line) in ids and not chain.is_shell(line) for line in lines):
            return True
        if slug not in self._by_file and not self._has_stray:
            return False
        return slug not in self._seen or not leads_to(lines, self._seen[slug])

    def may_be_in(self, slug: str) -> bool:
        """Whether the published files of a story may have a removed text, of this story or of one that they link
        to; or there are none to keep, because it had another name."""
        if slug in self.stories or not self.stories:
            return bool(self.stories)
        with Below(self._workspace.feeds) as published:
            folder = paths.story(slug)
            names = published.names(folder.rstrip("/"))
            return not names or any(self._link(published.read(folder + name)) for name in names)

    def _link(self, data: bytes) -> bool:
        return any(b"/%b/" % slug.encode() in data for slug in self.stories)

    def take_down(self) -> list[str]:
        """Remove the published files that may have a removed text, and return their paths. The hashes stay."""
        if not self.stories:
            return []
        gone = []
        with Below(self._workspace.feeds) as published:
            for path in list(self._may_have_text(published)):
                with contextlib.suppress(OSError, InTheWay):  # as many as possible
                    published.remove(path)
                    gone.append(path)
        return gone

    def _may_have_text(self, published: Below) -> Iterator[str]:
        """Yield the paths of the files of these stories, of the pages of other stories that link to them, of their
        pictures, and of all lists and feeds of several stories."""
        folders = tuple(folder + slug + "/" for slug in self.stories for folder in (paths.STORIES, paths.EMBED))
        pictures = {name for folder in folders for name in self._shown_in(published, folder)}
        pictures -= {name for slug in self._workspace.log.streams() for name in self._needed(slug)}
        for path in sorted({*owned.published_paths(published), *paths.LISTS}):
            name = os.path.basename(path)
            if name == checkpoints.FILE or path in (*paths.ASSETS, paths.HEADERS, TYPES_FILE):
                continue
            if path.startswith(paths.MEDIA):
                is_shown = name in pictures
            elif path.count("/") > 1 and path.startswith((paths.STORIES, paths.EMBED)):
                is_log = path == paths.log(paths.slug_of(path))
                is_shown = path.startswith(folders) or (not is_log and self._link(published.read(path)))
            else:
                is_shown = bool(published.stamp(path)) and not owned.is_desks(published, path)
            if is_shown:
                yield path

    def _shown_in(self, published: Below, folder: str) -> Iterator[str]:
        for name in published.names(folder.rstrip("/")):
            yield from (found.decode() for found in _PICTURE.findall(published.read(folder + name)))

    def _needed(self, slug: str) -> Iterator[str]:
        lines = chain.executed(self._workspace.log.lines_if_any(slug))
        return (name for _, name in media.named(lines))


def leads_to(published: Sequence[bytes], head: PublishedHead) -> bool:
    """Whether a published log is whole: its lines follow each other to the published head."""
    try:
        last = deque(chain.unchain(published, ""), maxlen=1)
    except CorruptLog:
        return False
    return bool(last) and chain.hash_of(last[0]).hex() == head.hash
