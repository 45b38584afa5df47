"""Publish a workspace: write every feed and page of its log, so that a reader never sees half a file.

::

    log ──which stories moved?──▶ their files ──▶ mixed feeds they are in ──▶ lists ──▶ heads.json
              (state.py)               └── published documents get the new bytes (incremental.py)

The same log gives the same bytes, published at once (``render.render``) or event by event. The clock is read only
to date the acceptance of a rewritten history.

A publication goes on from the last one if it can, and then takes time in proportion to the new events. It rebuilds
everything if there is no last one, if the configuration or the code changed, if another program changed
``feeds/``, or if ``incremental.Irregular`` is raised. A file that has the right bytes already is not written.

``heads.json`` records the published events. A log that does not extend them is refused, unless the editor accepts
the rewrite with a reason. A story whose log is damaged keeps its last good publication; lists show it with the
events before the damage.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator
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
    from tracker.publishing.freshness import NewestEntries
    from tracker.publishing.render import File, Progress


class PublishResult(NamedTuple):
    """The result of a publication.

    Attributes: ``written`` are the paths of the files written, below ``feeds/``. ``anew`` says that everything was
    rebuilt. ``errors`` has the damage of each story that could not be published. ``missing`` are the documents
    that lack the newest entry of their feed.
    """

    written: list[str]
    anew: bool
    errors: list[CorruptLog]
    missing: list[str]


MOST_WATCHED = 300
"""The most files of parties, and of types, that the publisher checks before it goes on from the last publication.
It also checks the files of a tenth as many stories."""


def publish(
    workspace: Workspace,
    progress: Progress = lambda slug: None,
    *,
    accept_rewrite: str = "",
    anew: bool = False,
) -> PublishResult:
    """Publish the log into the workspace's ``feeds/``. A second publication waits for the first, up to
    ``PATIENCE``.

    ``progress`` is called with the slug of each story of a rebuild. ``accept_rewrite`` is the reason to accept a
    rewritten log. ``anew`` rebuilds everything. Raises Rewritten, before anything is written, if the log does not
    extend the published events and there is no reason; Busy if the other publication takes too long; TrackerError
    if the state cannot be written.
    """
    with alone(workspace.scratch):
        publication = _Publication(workspace)
        try:
            if accept_rewrite or anew or not publication.goes_on():
                publication.rebuild(accept_rewrite, progress)
            return publication.finished()
        except state.BROKEN as error:
            path = os.path.relpath(os.path.join(workspace.scratch, state.FILE))
            raise TrackerError(f"{path}: {error}. Not all is published; repair that and publish again") from None
        finally:
            publication.kept.close()


def tell_hub(workspace: Workspace, tell: Callable[[str], None]) -> None:
    """Tell the configured WebSub hub which documents changed since it was last told.

    Addresses that the hub does not take stay in the queue, and ``tell`` is called with a sentence about them.
    Raises BadInput if httpx is missing.
    """
    waiting = websub.queued(workspace.scratch)
    failed = set(websub.ping(workspace.config.hub, waiting, tell=tell)) if waiting else set()
    with alone(workspace.scratch):
        websub.dequeue(workspace.scratch, (each for each in waiting if each not in failed))


_CUT = "cut to what comes before the damage, because a published text was redacted"


class _Publication:
    """One publication. It begins with the state of the last one and saves the state for the next.

    Attributes: ``kept`` is that state. ``heads`` are the bytes of ``heads.json``. ``newest`` are the newest
    entries of the feeds written. ``written`` are the paths of the files written, ``topics`` the addresses for the
    hub. ``written_digests`` are the digests of documents and pages that are not archives, by path. ``anew`` says
    that everything is rebuilt. ``cut`` are the damaged stories whose publication was cut.
    """

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
        """Go on from the last publication. Returns False if that is not possible."""
        try:
            if not self._is_unchanged():
                return False
            was = self.kept.versions()
            versions = self.workspace.log.versions(was)
            if versions == was:
                with self._placing():  # which removes leftover files of a killed publication
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

    def _is_unchanged(self) -> bool:
        """Whether code, configuration and published files are as the last publication left them."""
        facts = _facts(self.workspace, self.heads)
        if any(self.kept.fact(key) != value for key, value in facts.items()):
            return False
        watched = self.kept.watched(feed_paths.LISTS, MOST_WATCHED // 10, MOST_WATCHED)
        return all(self._stamp(path) == seen for path, seen in watched)

    def rebuild(self, accept_rewrite: str, progress: Progress) -> None:
        """Rebuild everything, and remove the files that are no longer published."""
        from tracker.publishing import render
        from tracker.publishing.freshness import NewestEntries

        seen = accepted(self.workspace, accept_rewrite)
        self.kept.close()
        state.forget(self.workspace.scratch)  # it may have texts that were removed since
        self.kept = state.open_state(self.workspace.scratch)
        self.newest, self.anew = NewestEntries(), True
        told, cut = self.newest.take, self.cut.add
        rendered = render.render(self.workspace, self.kept, seen, told=told, on_cut=cut, progress=progress)
        with self._placing() as placing:
            paths = {self._put(file, placing) for file in rendered}
        damaged = [slug for slug, _ in self.kept.errors()]
        kept_as_they_are = [f"stories/{slug}/" for slug in damaged if slug not in self.cut]
        if damaged and not any(map(self.workspace.log.has_redactions, seen.stories)):
            kept_as_they_are += ["parties/", "types/"]  # the kept pages of those stories link there
        for path in published_paths(self.workspace.feeds):
            if path not in paths and not path.startswith(tuple(kept_as_they_are)):
                _remove(os.path.join(self.workspace.feeds, path))

    def finished(self) -> PublishResult:
        """Return the result. Save the state for the next publication, unless a document lacks an entry."""
        missing = self.newest.missing(self.workspace.feeds) if self.newest else []
        errors = [
            CorruptLog(f"{error} ({_CUT if slug in self.cut else 'its last publication was kept'})")
            for slug, error in self.kept.errors()
        ]
        if not missing:
            with contextlib.suppress(*state.BROKEN):  # then the next publication rebuilds everything
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
        return AtomicFiles(self.workspace.feeds, _aside(self.workspace), self._enqueue_topics)

    def _enqueue_topics(self) -> None:
        """Queue the changed documents for the hub before they are in place, in case the publication is
        interrupted."""
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
    """Return the facts that must be the same for the next publication to go on: a digest of the code, the
    configuration and the declared types; a digest of ``heads.json``; and the mtimes of the folders that every
    publication writes into."""
    package = os.path.dirname(os.path.dirname(__file__))
    code = [(file.name, file.stat().st_mtime_ns) for file in sorted(_code(package), key=lambda file: file.path)]
    shape = repr((__version__, code, workspace.config, workspace.log.declarations())).encode()
    folders = (os.path.join(workspace.feeds, folder) for folder in ("", "stories", "parties", "types"))
    return {
        "shape": blake2b(shape, digest_size=16).hexdigest(),
        "heads": digest(heads).hex(),
        "folders": " ".join(str(_changed(folder)) for folder in folders),
    }


_SHAPES_NO_FILE = ("cli", "server", "maintenance", "readmodel", "say")
"""Packages of tracker whose code never changes a published file."""


def _code(folder: str, except_for: Collection[str] = _SHAPES_NO_FILE) -> Iterator[os.DirEntry[str]]:
    """Yield the files of a folder and of the folders in it, except for the folders ``except_for`` directly below
    it and for every ``__pycache__``."""
    with os.scandir(folder) as found:
        for each in found:
            if each.is_file():
                yield each
            elif each.is_dir() and each.name not in (*except_for, "__pycache__"):
                yield from _code(each.path, ())


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except FileNotFoundError:
        return 0


def _aside(workspace: Workspace) -> str:
    """Return the folder for files before they are put in place. It is outside the served ``feeds/``, if the
    scratch folder is on the same disk."""
    os.makedirs(workspace.feeds, exist_ok=True)
    one_disk = os.stat(workspace.feeds).st_dev == os.stat(workspace.scratch).st_dev
    return os.path.join(workspace.scratch if one_disk else workspace.feeds, ".aside")


def _remove(path: str) -> None:
    """Remove a file, and its folder if that is then empty."""
    os.remove(path)
    with contextlib.suppress(OSError):
        os.rmdir(os.path.dirname(path))


PATIENCE = 60.0
"""Seconds that a publication waits for another one to end."""


@contextlib.contextmanager
def alone(scratch: str) -> Iterator[None]:
    """Hold the publisher's lock; wait up to ``PATIENCE`` for another publication. Raises Busy."""
    os.makedirs(scratch, exist_ok=True)
    path = os.path.join(scratch, "publish.lock")
    with open(path, "ab") as lock:
        locks.take(lock.fileno(), path, PATIENCE, "published")
        yield
