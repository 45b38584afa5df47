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
import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from tracker import __version__, chain, heads, kept, layout, locks, upgrade, websub
from tracker.errors import BadInput, CorruptLog, Rewritten, TrackerError
from tracker.eventlog import EventLog
from tracker.heads import Divergence, Heads, Rewrite
from tracker.kept import digest
from tracker.names import is_slug
from tracker.placing import Placing, read, stamp
from tracker.workspace import Workspace

if TYPE_CHECKING:  # what writes feeds and pages takes 80 ms to import, and often there is nothing new
    from tracker.freshness import Missing, Newest
    from tracker.site import File, Progress


class Published(NamedTuple):
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
) -> Published:
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
        except kept.BROKEN as error:
            path = os.path.relpath(os.path.join(workspace.scratch, kept.FILE))
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
        self.kept = kept.opened(workspace.scratch)
        self.heads = read(os.path.join(workspace.feeds, heads.FILE))
        self.newest: Newest | None = None
        self.written: list[str] = []
        self.topics: list[str] = []
        self.left: dict[str, bytes] = {}
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
        except kept.BROKEN:
            return False
        from tracker import incremental
        from tracker.freshness import Newest

        self.newest = Newest()
        try:
            with self._placing() as placing:
                moved = incremental.moved(was, versions)
                for file in incremental.go_on_from(self.workspace, self.kept, moved, self.heads, self.newest.take):
                    self._put(file, placing)
        except (incremental.Irregular, BadInput, *kept.BROKEN):
            return False
        return True

    def _is_as_it_was_left(self) -> bool:
        facts = _facts(self.workspace, self.heads)
        if any(self.kept.fact(key) != value for key, value in facts.items()):
            return False
        watched = self.kept.watched(layout.LISTS, MOST_WATCHED // 10, MOST_WATCHED)
        return all(self._stamp(path) == seen for path, seen in watched)

    def make_anew(self, accept_rewrite: str, progress: Progress) -> None:
        """Makes everything anew, and removes what is not published any more."""
        from tracker import site
        from tracker.freshness import Newest

        seen = _accepted(self.workspace, accept_rewrite)
        self.kept.close()
        kept.forget(self.workspace.scratch)  # and with it texts that were removed since
        self.kept = kept.opened(self.workspace.scratch)
        self.newest, self.anew = Newest(), True
        rendered = site.render(self.workspace, self.kept, seen, told=self.newest.take, progress=progress)
        with self._placing() as placing:
            paths = {self._put(file, placing) for file in rendered}
        damaged = [slug for slug, _ in self.kept.errors()]
        self.cut = {
            slug
            for slug in damaged
            if f"stories/{slug}/events.jsonl" in paths or site.publishes_removed(self.workspace, slug)
        }
        kept_as_they_are = [f"stories/{slug}/" for slug in damaged if slug not in self.cut]
        if damaged and not self.cut:
            kept_as_they_are += ["parties/", "types/"]  # which those stories lead to
        for path in published_paths(self.workspace.feeds):
            if path not in paths and not path.startswith(tuple(kept_as_they_are)):
                _remove(os.path.join(self.workspace.feeds, path))

    def finished(self) -> Published:
        """What was done. What is kept for the next publication is written down, if nothing is missing."""
        missing = self.newest.missing(self.workspace.feeds) if self.newest else []
        errors = [
            CorruptLog(f"{error} ({_CUT if slug in self.cut else 'its last publication was kept'})")
            for slug, error in self.kept.errors()
        ]
        if not missing:
            with contextlib.suppress(*kept.BROKEN):  # then the next is made anew
                self._keep()
        return Published(list(dict.fromkeys(self.written)), self.anew, errors, missing)

    def _keep(self) -> None:
        for path, data in self.left.items():
            self.kept.put_file(path, data, self._stamp(path))
        for key, value in _facts(self.workspace, self.heads).items():
            self.kept.note(key, value)
        self.kept.commit()

    def _stamp(self, path: str) -> str:
        return stamp(os.path.join(self.workspace.feeds, path))

    def _placing(self) -> Placing:
        return Placing(self.workspace.feeds, _aside(self.workspace), self._tell_topics)

    def _tell_topics(self) -> None:
        """The hub is to be told of documents even if this publication is cut short right after they are there."""
        if self.workspace.config.hub and self.topics:
            websub.enqueue(self.workspace.scratch, self.topics)

    def _put(self, file: File, placing: Placing) -> str:
        if placing.put(file.path, file.data):
            self.written.append(file.path)
            self.topics += [self.workspace.config.url + file.path] if file.head else []
        if file.path == heads.FILE:
            self.heads = file.data
        if not file.archive:
            self.left[file.path] = digest(file.data) if file.head or file.page else b""
        return file.path


def _facts(workspace: Workspace, heads: bytes) -> dict[str, str]:
    """What has to be as the last publication left it: the code, the configuration and the declared types;
    ``heads.json``, these bytes; which files there are in the folders that every publication writes into."""
    package = os.path.dirname(__file__)
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
    for folder in (package, os.path.join(package, "templates")):
        with os.scandir(folder) as files:
            yield from (file for file in files if file.is_file())


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except FileNotFoundError:
        return 0


def seen_heads(workspace: Workspace) -> Heads:
    """What ``feeds/heads.json`` says was published; nothing where there is none. Raises BadInput."""
    return _heads(os.path.join(workspace.feeds, heads.FILE))


def located_heads(workspace: Workspace, seen: Heads) -> Heads:
    """The heads with what ``feeds/`` knows of where histories may part."""
    stories = {slug: heads.located(head, _own_head(workspace, slug)) for slug, head in seen.stories.items()}
    return structs.replace(seen, stories=stories)


def _own_head(workspace: Workspace, slug: str) -> heads.Published | None:
    """What the file beside a story's feeds says was published of it."""
    with contextlib.suppress(BadInput):
        return _heads(os.path.join(workspace.feeds, "stories", slug, heads.FILE)).stories.get(slug)
    return None


def _beside(workspace: Workspace, seen: Heads) -> Heads:
    """What the files beside the stories' feeds say was published, where ``seen`` does not say the same."""
    folder = os.path.join(workspace.feeds, "stories")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    found = {slug: _own_head(workspace, slug) for slug in names if is_slug(slug)}
    return Heads(
        stories={
            slug: own
            for slug, own in found.items()
            if own and own.stream and (own.seq, own.hash) != _seq_and_hash(seen.stories.get(slug))
        }
    )


def _seq_and_hash(head: heads.Published | None) -> tuple[int, str]:
    return (head.seq, head.hash) if head else (0, "")


class Now(NamedTuple):
    """The log of the stories that were published, by the name that they were published under: their lines, none of
    a story that is gone, and the names of those that go by another name now."""

    lines: dict[str, list[bytes]]
    names: dict[str, str]


def stories_now(log: EventLog, seen: Heads) -> Now:
    """The log of the stories that the heads are of. A story whose name was removed with its first event's text is
    found by the id of that event. Any other file under a wrong name is not looked at."""
    now = Now({slug: log.lines_if_any(slug) for slug in seen.stories}, {})
    lost = {
        each.stream: slug
        for slug, each in seen.stories.items()
        if each.stream and not (now.lines[slug] and chain.id_of(now.lines[slug][0]) == each.stream)
    }
    for name in log.streams() if lost else ():
        lines = log.lines_if_any(name)
        if lines and chain.is_shell(lines[0]) and (slug := lost.get(chain.id_of(lines[0]))):
            now.lines[slug], now.names[slug] = lines, name
    return now


def _heads(path: str) -> Heads:
    try:
        with open(path, "rb") as file:
            return heads.read(file.read(), os.path.relpath(path))
    except FileNotFoundError:
        return Heads()


def _accepted(workspace: Workspace, reason: str) -> Heads:
    """What was published and is extended by the log, with the rewriting that the reason accepts. Raises
    Rewritten."""
    seen = seen_heads(workspace)
    if seen.format == heads.OLD_FORMAT:
        _refuse_format_1(workspace)
    beside, now = _beside(workspace, seen), stories_now(workspace.log, seen)
    rewritten = _rewritten(workspace, seen, now.lines)
    rewritten |= _rewritten(workspace, beside, stories_now(workspace.log, beside).lines)
    if not rewritten:
        return _under(now.names, seen)
    if not reason:
        raise Rewritten(_refusal(workspace, rewritten))
    rewrite = Rewrite(at=workspace.clock(), reason=reason, stories=tuple(sorted(rewritten)))
    kept = {slug: head for slug, head in seen.stories.items() if slug not in rewritten}
    return Heads(stories=kept, rewrites=(*seen.rewrites, rewrite))


def _under(names: Mapping[str, str], seen: Heads) -> Heads:
    """The heads, in which a story that was renamed has its old name nowhere: it may be a person's."""
    if not names:
        return seen
    stories = {names.get(slug, slug): each for slug, each in seen.stories.items()}
    return structs.replace(seen, stories=stories, rewrites=tuple(each.under(names) for each in seen.rewrites))


def _rewritten(workspace: Workspace, seen: Heads, lines: Mapping[str, list[bytes]]) -> dict[str, Divergence]:
    """The stories whose log is whole and yet does not extend what was published. A damaged one is left out of the
    publication anyway."""
    parted = heads.extended(located_heads(workspace, seen), lines)
    return {slug: where for slug, where in parted.items() if workspace.log.intact(slug)[1] is None}


def _refuse_format_1(workspace: Workspace) -> None:
    """Raises CorruptLog where a story is still written in format 1, of which no head could be published."""
    for slug in workspace.log.streams():
        lines = workspace.log.lines_if_any(slug)
        if lines and upgrade.is_format_1(lines):
            raise CorruptLog(f"{workspace.log.place(slug, 1)}: {chain.UPGRADE}")


def _refusal(workspace: Workspace, rewritten: Mapping[str, Divergence]) -> str:
    first, where = next(iter(rewritten.items()))
    others = f" (and {len(rewritten) - 1} more)" if len(rewritten) > 1 else ""
    return (
        f"{workspace.log.place(first, where.line)}: {where.message}{others}. Nothing was published. Restore the"
        " log from a copy or, if this was meant, tell readers why: tracker publish --accept-rewrite REASON"
    )


def _aside(workspace: Workspace) -> str:
    """Where files are written before they are put in place: where nobody serves them, if that is on one disk."""
    os.makedirs(workspace.feeds, exist_ok=True)
    one_disk = os.stat(workspace.feeds).st_dev == os.stat(workspace.scratch).st_dev
    return os.path.join(workspace.scratch if one_disk else workspace.feeds, ".aside")


_OURS = (
    r"(?:(?:all|corrections|standing)|stories/[^/]+/(?:developments|corrections|standing)"
    r"|(?:parties|types)/[^/]+/developments)(?:-\d{4}-\d{2}(?:-\d+)?)?\.(?:atom|rss|json)"
    r"|stories/[^/]+/(?:index\.html|events\.jsonl|(?:heads|history)\.json|\d{4}-\d{2}\.html|\d+\.(?:html|oembed\.json))"
    r"|stories/\d{4}-\d{2}\.html|(?:parties|types)/[^/]+/index\.html|types\.toml"
)


def published_paths(folder: str) -> Iterator[str]:
    """The files in a published site whose names only a publication gives; others may be the desk's own."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(parent, name), folder)
            if re.fullmatch(_OURS, path):
                yield path


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
