"""Log to site: every feed and page of a workspace, written so that readers never see half a file.

::

    log ──which stories moved?──▶ their files ──▶ mixed feeds they are in ──▶ lists ──▶ heads.json
              (kept.py)                └── new bytes go into the documents that are there (incremental.py)

The same log publishes the same bytes, at once (``site.render``) or event by event: no clock is read, save to date
the acceptance of a rewritten history. A publication goes on from the last one where it can, and then costs what is
new and not what is there. Where it cannot (the first; another configuration, or code; somebody was at ``feeds/``;
what ``incremental.Irregular`` says) everything is made anew. What has the same bytes already is left alone.

``heads.json`` says what has been published: a log that no longer extends it is not published, unless somebody
takes that on themselves with a reason. A story whose log is damaged keeps its last good publication, and in the
lists what comes before the damage.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from tracker import __version__
from tracker.errors import BadInput, CorruptLog, TrackerError
from tracker.feeds import paths as feed_paths
from tracker.feeds.paths import published_paths
from tracker.log import checkpoints, locks
from tracker.publishing import state, websub
from tracker.publishing.atomic_files import AtomicFiles, read, stamp
from tracker.publishing.rewrites import accepted
from tracker.publishing.state import digest
from tracker.workspace.desk import Workspace

if TYPE_CHECKING:  # what writes feeds and pages takes 80 ms to import, and often there is nothing new
    from tracker.publishing.freshness import Missing, NewestEntries
    from tracker.publishing.render import File, Progress


class PublishResult(NamedTuple):
    """What a publication did: the paths of the files written (below ``feeds/``), whether everything was made anew,
    what is wrong with stories that could not be published, and the documents that lack what belongs into them."""

    written: list[str]
    anew: bool
    errors: list[CorruptLog]
    missing: list[Missing]


MOST_WATCHED = 300
"""Files of parties, and of types, that are looked at before a publication goes on; and a tenth as many stories."""


def publish(
    workspace: Workspace,
    progress: Progress = lambda slug: None,
    *,
    accept_rewrite: str = "",
    anew: bool = False,
) -> PublishResult:
    """Publishes the log into the workspace's ``feeds/``. One publication at a time; a second waits a while.

    ``anew`` makes everything anew. Raises Rewritten, before anything is written, where the log does not extend
    what was published and no reason to accept that is given, and TrackerError where the scratch folder gives out.
    """
    with alone(workspace.scratch):
        publication = _Publication(workspace)
        try:
            if accept_rewrite or anew or not publication.goes_on():
                publication.make_anew(accept_rewrite, progress)
            return publication.finished()
        except state.BROKEN as error:
            path = os.path.relpath(os.path.join(workspace.scratch, state.FILE))
            raise TrackerError(f"{path}: {error}. Not all is published; mend that and publish again") from None
        finally:
            publication.kept.close()


def tell_hub(workspace: Workspace, tell: Callable[[str], None]) -> None:
    """Tells the hub of the configuration what was published since it was told last.

    What it does not take waits for the next time; ``tell`` is called with a sentence about that. Raises BadInput
    where it cannot be told at all.
    """
    waiting = websub.queued(workspace.scratch)
    failed = set(websub.ping(workspace.config.hub, waiting, tell=tell)) if waiting else set()
    with alone(workspace.scratch):
        websub.dequeue(workspace.scratch, (each for each in waiting if each not in failed))


_CUT = "cut to what comes before the damage, because a published text was redacted"


class _Publication:
    """One publication, from what is kept of the last to what is kept for the next."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.kept = state.open_state(workspace.scratch)
        self.heads = read(os.path.join(workspace.feeds, checkpoints.FILE))
        self.newest: NewestEntries | None = None
        self.written: list[str] = []
        self.topics: list[str] = []
        self.written_digests: dict[str, bytes] = {}
        self.anew = False
        self.cut: set[str] = set()

    def goes_on(self) -> bool:
        """Goes on from the last publication, if that can be."""
        try:
            if not self._is_as_it_was_left():
                return False
            was = self.kept.versions()
            versions = self.workspace.log.versions(was)
            if versions == was:
                with self._placing():  # which removes what somebody who was killed left aside
                    return True
        except state.BROKEN:
            return False
        from tracker.publishing import incremental
        from tracker.publishing.freshness import NewestEntries

        self.newest = NewestEntries()
        try:
            with self._placing() as placing:
                moved = incremental.changed_stories(was, versions)
                for file in incremental.go_on_from(self.workspace, self.kept, moved, self.heads, self.newest.take):
                    self._put(file, placing)
        except (incremental.Irregular, BadInput, *state.BROKEN):
            return False
        return True

    def _is_as_it_was_left(self) -> bool:
        facts = _facts(self.workspace, self.heads)
        if any(self.kept.fact(key) != value for key, value in facts.items()):
            return False
        watched = self.kept.watched(feed_paths.LISTS, MOST_WATCHED // 10, MOST_WATCHED)
        return all(self._stamp(path) == seen for path, seen in watched)

    def make_anew(self, accept_rewrite: str, progress: Progress) -> None:
        """Makes everything anew, and removes what is not published any more."""
        from tracker.publishing import render
        from tracker.publishing.freshness import NewestEntries

        seen = accepted(self.workspace, accept_rewrite)
        self.kept.close()
        state.forget(self.workspace.scratch)  # and with it texts that were removed since
        self.kept = state.open_state(self.workspace.scratch)
        self.newest, self.anew = NewestEntries(), True
        rendered = render.render(self.workspace, self.kept, seen, told=self.newest.take, progress=progress)
        with self._placing() as placing:
            paths = {self._put(file, placing) for file in rendered}
        damaged = [slug for slug, _ in self.kept.errors()]
        self.cut = {
            slug
            for slug in damaged
            if f"stories/{slug}/events.jsonl" in paths or render.publishes_removed(self.workspace, slug)
        }
        kept_as_they_are = [f"stories/{slug}/" for slug in damaged if slug not in self.cut]
        if damaged and not self.cut:
            kept_as_they_are += ["parties/", "types/"]  # which those stories lead to
        for path in published_paths(self.workspace.feeds):
            if path not in paths and not path.startswith(tuple(kept_as_they_are)):
                _remove(os.path.join(self.workspace.feeds, path))

    def finished(self) -> PublishResult:
        """What was done. What is kept for the next publication is written down, if nothing is missing."""
        missing = self.newest.missing(self.workspace.feeds) if self.newest else []
        errors = [
            CorruptLog(f"{error} ({_CUT if slug in self.cut else 'its last publication was kept'})")
            for slug, error in self.kept.errors()
        ]
        if not missing:
            with contextlib.suppress(*state.BROKEN):  # then the next is made anew
                self._keep()
        return PublishResult(list(dict.fromkeys(self.written)), self.anew, errors, missing)

    def _keep(self) -> None:
        for path, data in self.written_digests.items():
            self.kept.put_file(path, data, self._stamp(path))
        for key, value in _facts(self.workspace, self.heads).items():
            self.kept.note(key, value)
        self.kept.commit()

    def _stamp(self, path: str) -> str:
        return stamp(os.path.join(self.workspace.feeds, path))

    def _placing(self) -> AtomicFiles:
        return AtomicFiles(self.workspace.feeds, _aside(self.workspace), self._tell_topics)

    def _tell_topics(self) -> None:
        """The hub is to be told of documents even if this publication is cut short right after they are there."""
        if self.workspace.config.hub and self.topics:
            websub.enqueue(self.workspace.scratch, self.topics)

    def _put(self, file: File, placing: AtomicFiles) -> str:
        if placing.put(file.path, file.data):
            self.written.append(file.path)
            self.topics += [self.workspace.config.url + file.path] if file.head else []
        if file.path == checkpoints.FILE:
            self.heads = file.data
        if not file.archive:
            self.written_digests[file.path] = digest(file.data) if file.head or file.page else b""
        return file.path


def _facts(workspace: Workspace, heads: bytes) -> dict[str, str]:
    """What has to be as the last publication left it: the code, the configuration and the declared types;
    ``heads.json``, these bytes; which files there are in the folders that every publication writes into."""
    package = os.path.dirname(os.path.dirname(__file__))
    code = [(file.name, file.stat().st_mtime_ns) for file in sorted(_files(package), key=lambda file: file.path)]
    shape = repr((__version__, code, workspace.config, workspace.log.declarations())).encode()
    folders = (os.path.join(workspace.feeds, folder) for folder in ("", "stories", "parties", "types"))
    return {
        "shape": blake2b(shape, digest_size=16).hexdigest(),
        "heads": digest(heads).hex(),
        "folders": " ".join(str(_changed(folder)) for folder in folders),
    }


def _files(package: str) -> Iterator[os.DirEntry[str]]:
    """The files of the package that shape what is published, and some that do not."""
    for wing in ("", "text", "domain", "views", "log", "workspace", "feeds", "site", "publishing", "templates"):
        with os.scandir(os.path.join(package, wing)) as files:
            yield from (file for file in files if file.is_file())


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except FileNotFoundError:
        return 0


def _aside(workspace: Workspace) -> str:
    """Where files are written before they are put in place: where nobody serves them, if that is on one disk."""
    os.makedirs(workspace.feeds, exist_ok=True)
    one_disk = os.stat(workspace.feeds).st_dev == os.stat(workspace.scratch).st_dev
    return os.path.join(workspace.scratch if one_disk else workspace.feeds, ".aside")


def _remove(path: str) -> None:
    """Removes a file, and its folder where that leaves it empty."""
    os.remove(path)
    with contextlib.suppress(OSError):
        os.rmdir(os.path.dirname(path))


PATIENCE = 60.0
"""Seconds that a publication waits for another."""


@contextlib.contextmanager
def alone(scratch: str) -> Iterator[None]:
    """While nobody publishes; waits for who does. Raises Busy."""
    os.makedirs(scratch, exist_ok=True)
    path = os.path.join(scratch, "publish.lock")
    with open(path, "ab") as lock:
        locks.take(lock.fileno(), path, PATIENCE, "published")
        yield
