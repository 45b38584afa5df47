"""Publish a workspace: write every feed and page of its log, so that a reader never sees half a file.

::

    log ──which stories moved?──▶ their files ──▶ mixed feeds they are in ──▶ lists ──▶ heads.json
              (state.py)                       (site_files.py)                   (atomic_files.py)

The same log gives the same bytes, published at once or event by event. The clock is read only to date the
acceptance of a rewritten history.

A publication goes on from the last one if it can, and then takes time in proportion to the new events. It begins
from nothing, with an empty state, if there is no last one, if the configuration or the code changed, if another
program changed ``feeds/``, or if a story is damaged, gone or rewritten, or a text was removed. A file that has the
right bytes already is not written.

``heads.json`` records the published events. A log that does not extend them is refused, unless the editor accepts
the rewrite with a reason. A story whose log is damaged keeps its last good publication; lists show it with the
events before the damage. So does a rewritten story if a removed text has to go from other files. If nothing can be
published, the files that may have a removed text are taken down.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from tracker import __version__
from tracker.errors import BadInput, Busy, CorruptLog, TrackerError
from tracker.feeds import paths
from tracker.log import checkpoints, locks
from tracker.log import scratch as scratch_files
from tracker.log.checkpoints import Heads
from tracker.publishing import below, owned, state, websub
from tracker.publishing.atomic_files import AtomicFiles
from tracker.publishing.below import Below
from tracker.publishing.state import digest
from tracker.workspace import unmerged
from tracker.workspace.desk import Workspace

if TYPE_CHECKING:  # what writes feeds and pages takes 80 ms to import, and often there is nothing new
    from tracker.publishing.removed import RemovedTexts
    from tracker.publishing.site_file import File
    from tracker.publishing.site_files import Progress


class PublishResult(NamedTuple):
    """The result of a publication.

    Attributes: ``written`` are the paths of the files written, below ``feeds/``. ``anew`` says that everything was
    made from nothing. ``errors`` has the damage of each story that could not be published. ``missing`` are the
    files that another program changed or removed before the publication ended.
    """

    written: list[str]
    anew: bool
    errors: list[CorruptLog]
    missing: list[str]


Check = Callable[[Collection[str], str], str]
"""A function that takes the slugs of the stories that changed, and what it returned at the last publication (empty
if there is none). It raises an error if the log may not be published."""

MOST_WATCHED = 300
"""The most files of parties, of types, and of tags that the publisher checks before it goes on from the last
publication. It also checks the files of a tenth as many stories."""


def publish(
    workspace: Workspace,
    progress: Progress = lambda slug: None,
    *,
    accept_rewrite: str = "",
    anew: bool = False,
    live: Heads | None = None,
    check: Check = lambda slugs, last: last,
) -> PublishResult:
    """Publish the log into the workspace's ``feeds/``. A second publication waits for the first, up to
    ``PATIENCE``.

    ``progress`` is called with the slug of each story that moved. ``accept_rewrite`` is the reason to accept a
    rewritten log. ``anew`` begins from nothing. ``live`` are the heads that readers see, if ``feeds/`` may have
    others; the publication goes on from them. ``check`` is called if something is new, before anything is written.
    An error that it raises ends the publication.

    Raises Rewritten, before anything is written, if the log does not extend the published events and there is no
    reason; Busy if the other publication takes too long; TrackerError if the state cannot be written.
    """
    publication = None
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(alone(workspace.scratch))
            publication = _Publication(workspace)
            held.callback(lambda: publication.kept.close())
            unmerged.check_merged(workspace.root, workspace.log.folder)
            from_nothing = accept_rewrite or anew or not publication.extends(live)
            if from_nothing or not publication.goes_on(progress, check):
                publication.checked = check(workspace.log.streams(), "")
                publication.begins(accept_rewrite, progress, live)
            return publication.finished()
        except Busy:
            raise
        except (TrackerError, OSError, *state.BROKEN) as error:
            _take_down(workspace, publication.removed if publication else None)
            if not isinstance(error, state.BROKEN):
                raise
            path = os.path.relpath(os.path.join(workspace.scratch, state.FILE))
            raise TrackerError(f"{path}: {error}. Not all is published; repair that and publish again") from None


def _take_down(workspace: Workspace, removed: RemovedTexts | None) -> None:
    """Remove the published files that may have a removed text, because no publication replaces them. ``removed``
    are the texts that were published when the publication began, if it did."""
    from tracker.publishing.rewrites import removed_texts

    gone = (removed_texts(workspace) if removed is None else removed).take_down()
    if not gone:
        return
    with contextlib.suppress(OSError):
        state.forget(workspace.scratch)  # so that the next publication makes them again
    if workspace.tell:
        workspace.tell(
            f"{len(gone)} files were removed from {os.path.relpath(workspace.feeds)}, because they may have a"
            " redacted text. The next publication that succeeds makes them again without it"
        )


def tell_hub(workspace: Workspace, tell: Callable[[str], None]) -> None:
    """Tell the configured WebSub hub which documents changed since it was last told.

    Addresses that the hub does not take stay in the queue, and ``tell`` is called with a sentence about them.
    Raises BadInput if httpx is missing.
    """
    waiting = websub.queued(workspace.scratch)
    failed = set(websub.ping(workspace.config.hub, waiting, tell=tell)) if waiting else set()
    with alone(workspace.scratch):
        websub.dequeue(workspace.scratch, (each for each in waiting if each not in failed))


_KEPT = "its last publication was kept"
_LEFT_OUT = "it is not published"
_CUT = "cut to the events that are certain, because a published text was redacted"


class _Publication:
    """One publication. It begins with the state of the last one and saves the state for the next.

    Attributes: ``kept`` is that state. ``heads`` are the bytes of ``heads.json``. ``put`` are the digests of the
    files that later publications check, by path; the digest is empty if the file is no document of a feed.
    ``placed`` are the stamps of the files written, by path. ``topics`` are the addresses for the hub. ``anew``
    says that everything is made from nothing. ``cut`` are the damaged stories whose publication was cut.
    ``removed`` are the removed texts that were published when the publication began from nothing.
    ``checked`` is the result of the check.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.kept = state.open_state(workspace.scratch)
        self.heads = below.read(workspace.feeds, checkpoints.FILE)
        self.put: dict[str, bytes] = {}
        self.placed: dict[str, str] = {}
        self.topics: list[str] = []
        self.anew = False
        self.cut: set[str] = set()
        self.removed: RemovedTexts | None = None
        self.checked = ""

    def extends(self, live: Heads | None) -> bool:
        """Whether the live heads, if there are any, are those in ``feeds/``."""
        return live is None or checkpoints.serialize(live) == self.heads

    def goes_on(self, progress: Progress, check: Check) -> bool:
        """Go on from the last publication, after a check of the stories that changed. Returns False if that is not
        possible."""
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
        from tracker.publishing.site_files import CannotGoOn, changed_files

        changed = [slug for slug, version in versions.items() if was.get(slug) != version]
        self.checked = check(changed, self.kept.fact("checked"))
        try:
            self._place(changed_files(self.workspace, self.kept, versions, progress=progress))
        except (CannotGoOn, BadInput, *state.BROKEN):
            return False
        return True

    def _is_unchanged(self) -> bool:
        """Whether code, configuration and published files are as the last publication left them."""
        facts = _facts(self.workspace, self.heads)
        if (
            self.kept.fact("held")
            or self.kept.lacking()
            or any(self.kept.fact(key) != value for key, value in facts.items())
        ):
            return False
        watched = self.kept.watched(paths.LISTS, MOST_WATCHED // 10, MOST_WATCHED)
        with Below(self.workspace.feeds) as published:
            return all(published.stamp(path) == seen for path, seen in watched)

    def begins(self, accept_rewrite: str, progress: Progress, live: Heads | None = None) -> None:
        """Publish from nothing, and remove the files that are no longer published."""
        from tracker.publishing.rewrites import accepted
        from tracker.publishing.site_files import all_files

        if self.workspace.config.headers and os.path.isdir(self.workspace.feeds):
            with Below(self.workspace.feeds) as published:
                owned.check_headers(published)
        seen, held, self.removed = accepted(self.workspace, accept_rewrite, live)
        self.kept.close()
        state.forget(self.workspace.scratch)  # it may have texts that were removed since
        self.kept = state.open_state(self.workspace.scratch)
        self.anew = True
        self.kept.note("held", " ".join(held))  # so that the next publication looks again
        there = self._place(
            all_files(self.workspace, self.kept, seen, held, self.removed, on_cut=self.cut.add, progress=progress)
        )
        damaged = [slug for slug, *_ in self.kept.errors()]
        kept_as_they_are = [paths.story(slug) for slug in damaged if slug not in self.cut]
        if damaged and not self.removed:
            # The kept pages of those stories link there.
            kept_as_they_are += [*paths.GROUPS, paths.MEDIA]
        kept_as_they_are += map(paths.media, self.kept.lacking())  # it may be the only copy
        with Below(self.workspace.feeds) as published:
            for path in list(owned.published_paths(published)):
                if path not in there and not path.startswith(tuple(kept_as_they_are)):
                    published.remove(path)

    def _place(self, files: Iterable[File]) -> set[str]:
        """Put files in place; return their paths."""
        there = set()
        with self._placing() as placing, Below(self.workspace.feeds) as published:
            for file in files:
                there.add(file.path)
                if owned.is_desks(published, file.path):
                    continue
                if placing.put(file.path, file.content):
                    self.topics += [self.workspace.config.url + file.path] if file.head else []
                if file.path == checkpoints.FILE:
                    self.heads = file.data
                if file.head:
                    self.kept.put_document(file.path.rpartition(".")[0], file.head)
                if not file.archive:
                    self.put[file.path] = digest(file.data) if file.head else b""
        self.placed |= placing.placed
        return there

    def finished(self) -> PublishResult:
        """Return the result. Save the state for the next publication, unless another program changed a file."""
        with Below(self.workspace.feeds) as published:
            missing = [path for path, seen in self.placed.items() if published.stamp(path) != seen]
        errors = [
            CorruptLog(f"{error} ({_LEFT_OUT if not seq else _CUT if slug in self.cut else _KEPT})")
            for slug, error, seq in self.kept.errors()
        ]
        errors += map(CorruptLog, self.kept.lacking().values())
        if not missing:
            with contextlib.suppress(*state.BROKEN):  # then the next publication begins from nothing
                self._keep()
        return PublishResult(list(self.placed), self.anew, errors, missing)

    def _keep(self) -> None:
        with Below(self.workspace.feeds) as published:
            for path, found in self.put.items():
                self.kept.put_file(path, found, self.placed.get(path) or published.stamp(path))
        facts = _facts(self.workspace, self.heads)
        for key, value in (facts | {"checked": self.checked} if self.checked else facts).items():
            self.kept.note(key, value)
        self.kept.commit()

    def _placing(self) -> AtomicFiles:
        return AtomicFiles(self.workspace.feeds, _aside(self.workspace), self._enqueue_topics)

    def _enqueue_topics(self) -> None:
        """Queue the changed documents for the hub before they are in place, in case the publication is
        interrupted."""
        if self.workspace.config.hub and self.topics:
            websub.enqueue(self.workspace.scratch, self.topics)


def _facts(workspace: Workspace, heads: bytes) -> dict[str, str]:
    """Return the facts that must be the same for the next publication to go on: a digest of the code, the
    configuration, the declared types and the parties; a digest of ``heads.json``; and the mtimes of the folders
    that every publication writes into."""
    package = os.path.dirname(os.path.dirname(__file__))
    code = [(file.name, file.stat().st_mtime_ns) for file in sorted(_code(package), key=lambda file: file.path)]
    made_from = (workspace.config, workspace.log.declarations(), workspace.parties)
    shape = repr((__version__, code, *made_from)).encode()
    folders = (os.path.join(workspace.feeds, folder) for folder in ("", *paths.OF_MANY))
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
    except OSError:
        return 0


def _aside(workspace: Workspace) -> str:
    """Return the folder for files before they are put in place. It is outside the served ``feeds/``, if the
    scratch folder is on the same disk."""
    below.make_first(workspace.feeds)
    one_disk = below.can_rename(workspace.scratch, workspace.feeds)
    return os.path.join(workspace.scratch if one_disk else workspace.feeds, ".aside")


PATIENCE = 60.0
"""Seconds that a publication waits for another one to end."""


@contextlib.contextmanager
def alone(scratch: str) -> Iterator[None]:
    """Hold the publisher's lock; wait up to ``PATIENCE`` for another publication. Raises Busy."""
    scratch_files.make(scratch)
    path = os.path.join(scratch, "publish.lock")
    scratch_files.check(path)
    with open(path, "ab") as lock:
        locks.take(lock.fileno(), path, PATIENCE, "published")
        yield
