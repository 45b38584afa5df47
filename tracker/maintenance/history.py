"""Compare the log with the commits of git, because git calls the merge driver only if both sides changed a file.

A revert, ``git rm`` and a merge that takes one side take lines out without a driver::

    git log -p  (the last commits)    ─▶ lines taken out ─▶ is the event in the log? does a removed text stay away?
    git diff    (not committed)       ─▶ lines taken out ─▶ the same
    git diff    (the shared branch)   ─▶ lines changed   ─▶ is the event in its place?

Only commits that HEAD contains count: a commit that its author amended or took back with ``git reset`` does not.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tracker.domain import chain
from tracker.domain.integrity import IntegrityProblem
from tracker.errors import BadInput, CorruptLog, InTheWay, Unmerged
from tracker.log.base import EventLog
from tracker.log.files import SUFFIX, FileLog
from tracker.maintenance.git import NoGit, Repository
from tracker.publishing.rewrites import seen_heads
from tracker.text.names import is_slug
from tracker.workspace import unmerged
from tracker.workspace.desk import Workspace

RECENT = 100
"""The number of commits that are looked at, of those that changed a story."""


class Version(NamedTuple):
    """A story in git that has lines which the log lacks or has in another place: its slug, and the id of its
    blob."""

    slug: str
    blob: str


class Compared(NamedTuple):
    """The result of a comparison. ``head`` is the commit that was compared, ``problems`` are faults, and
    ``returned`` are those of them that are removed texts which came back. A merge of ``versions`` with the log
    repairs all, in their order."""

    head: str
    problems: list[IntegrityProblem]
    returned: list[IntegrityProblem]
    versions: list[Version]


class _Step(NamedTuple):
    """A change of a story's file: how it took lines out (words with a gap for "it" or "them"), the version before
    it, the lines that it took out or changed, and the ids of lines that had no text before or after it."""

    how: str
    before: Version
    lines: list[bytes]
    shells: list[bytes]


_PATCH = (
    *("-U0", "--full-index", "--no-renames", "--diff-filter=a"),  # all but new files
    *("--no-color", "--no-ext-diff", "--no-textconv", "--text"),  # whatever git is configured to do
)
"""How git shows changes of files."""


def compare(workspace: Workspace, last: str = "") -> Compared:
    """Compares the log with the commits of the repository around it, if there is one and git has merged the log.
    With ``last``, the commit of an earlier comparison that found nothing, only later commits are looked at."""
    found = Compared("", [], [], [])
    top = unmerged.top_of(workspace.root)
    if top and isinstance(workspace.log, FileLog):
        inside = os.path.relpath(os.path.realpath(workspace.log.folder), os.path.realpath(top))
        with contextlib.suppress(NoGit, Unmerged):
            unmerged.check_merged(workspace.root, workspace.log.folder)
            repository = Repository(top)
            found = found._replace(head=repository.commit("HEAD"))
            earlier = [f"^{last}"] if last and repository.commit(last) else []
            _compare(_Log(workspace), repository, [*earlier, "--", f":(top,glob){inside}/*{SUFFIX}"], found)
    return found


def _compare(log: _Log, repository: Repository, limits: Sequence[str], found: Compared) -> None:
    """Adds to ``found``. ``limits`` are the last words of the command, from the commits to leave out on."""
    files = limits[limits.index("--") :]
    uncommitted = repository.ask("diff", *_PATCH, "HEAD", *files)
    log_command = ("log", f"-{RECENT}", "--full-history", "-m", "--format=commit %H", "--no-show-signature")
    commits = repository.ask(*log_command, *_PATCH, "HEAD", *limits)
    steps = [*_steps("a change that is not committed took {} out", uncommitted), *_steps("", commits)]
    for step in steps:
        log.look_for({*map(_id, step.lines), *step.shells}, step.before.slug)
    branch = next(iter(repository.shared_branches()), "")
    base = branch and repository.text("merge-base", "HEAD", branch)
    shared = uncommitted if base == found.head else repository.ask("diff", *_PATCH, base, *files) if base else b""
    for step in _steps("others have seen {}", shared):
        log.look_for(set(map(_id, step.lines)), step.before.slug)
        steps.append(step)
        if moved := log.moved(step):
            found.problems.append(moved)
            found.versions.append(step.before)
    for step in steps:
        if lost := log.lost(step):
            found.problems.append(_lost(log, step, lost))
            found.versions.append(step.before)
    for place in dict.fromkeys(place for step in steps for place in log.with_text_again(step.shells)):
        message = "has its text again, which an earlier commit removed"
        found.returned.append(IntegrityProblem(place, message, "tracker merge removes it again"))
    found.problems.extend(found.returned)


def _lost(log: _Log, step: _Step, lost: Sequence[bytes]) -> IntegrityProblem:
    first, it = lost[0].decode(), "it" if len(lost) == 1 else "them"
    what = f"the event {first} is gone" if len(lost) == 1 else f"{len(lost)} events from {first} on are gone"
    remedy = f"tracker merge puts {it} back; to withdraw an event, use tracker retract"
    return IntegrityProblem(log.name(step.before.slug), f"{what}: {step.how.format(it)}", remedy)


_ID = re.compile(rb'[-+]\{"id":"(%b)","' % chain.UUID.encode())


def _steps(how: str, patch: bytes) -> Iterator[_Step]:
    """Yields the changes in a patch of git that took lines out of a story, or changed a line without text."""
    blob = ""
    step = _Step(how, Version("", ""), [], [])
    for line in patch.split(b"\n"):
        if found := _ID.match(line):
            if line.startswith(b"-"):
                step.lines.append(line[1:] + b"\n")
            if b'"removed":"' in line and chain.is_shell(line[1:] + b"\n"):
                step.shells.append(found[1])
        elif line.startswith(b"commit "):
            how = f"commit {line[7:17].decode()} took {{}} out"
        elif line.startswith(b"index "):
            blob = line[6:].partition(b"..")[0].decode()
        elif line.startswith(b"--- "):
            yield step
            slug = os.path.basename(os.fsdecode(line[4:])).removesuffix(SUFFIX)
            step = _Step(how, Version(slug, blob), [], [])
    yield step


def _id(line: bytes) -> bytes:
    return line[chain.ID]


class _Log:
    """The events of a log by id, read as far as a comparison needs them. ``removed`` are the targets of
    redactions, and ``known`` the ids of events whose loss was found. ``rewrites`` has the times of the latest
    announced rewrites by slug: events from before may be gone."""

    def __init__(self, workspace: Workspace) -> None:
        self.log: EventLog = workspace.log
        self.events: dict[bytes, tuple[str, int, bytes]] = {}
        self.removed: set[str] = set()
        self.read: set[str] = set()
        self.known: set[bytes] = set()
        self.rewrites: dict[str, str] = {}
        with contextlib.suppress(BadInput, InTheWay, OSError):  # verify reports a broken file
            self.rewrites = {slug: each.at for each in seen_heads(workspace).rewrites for slug in each.stories}

    def name(self, slug: str) -> str:
        return self.log.name(slug) if is_slug(slug) else slug

    def look_for(self, ids: set[bytes], slug: str) -> None:
        """Reads the story in which the ids were; and all others if it has not all of them."""
        self._read(slug)
        if not ids <= self.events.keys():
            for other in self.log.streams():
                self._read(other)

    def _read(self, slug: str) -> None:
        if slug in self.read or not is_slug(slug):
            return
        self.read.add(slug)
        lines = self.log.lines_if_any(slug)
        self.removed |= chain.removals(lines).keys()
        for number, line in enumerate(lines, 1):
            self.events.setdefault(_id(line), (slug, number, line))

    def lost(self, step: _Step) -> list[bytes]:
        """The ids of events that a step took out, are not in the log, and were in no step before."""
        gone = [_id(line) for line in step.lines if self._counts(step, line) and _id(line) not in self.events]
        lost = [id for id in dict.fromkeys(gone) if id not in self.known]
        self.known.update(lost)
        return lost

    def moved(self, step: _Step) -> IntegrityProblem | None:
        """The problem if a line that the shared branch has is in another place or was changed."""
        for line in step.lines:
            slug, number, now = self.events.get(_id(line), ("", 0, b""))
            if number and self._counts(step, line) and chain.hash_of(now) != chain.hash_of(line):
                what = "this event and perhaps others are not where a shared branch has them"
                remedy = "Others have seen them there: tracker merge puts them back"
                return IntegrityProblem(self.log.place(slug, number), what, remedy)
        return None

    def _counts(self, step: _Step, line: bytes) -> bool:
        """Whether the log should have the line: it is of this format, and no announced rewrite came after it."""
        with contextlib.suppress(CorruptLog):
            return chain.split(line).recorded > self.rewrites.get(step.before.slug, "")
        return False

    def with_text_again(self, ids: Sequence[bytes]) -> Iterator[str]:
        """Yields the places of events with these ids that have their text, though no redaction removes it."""
        for id in ids:
            slug, number, line = self.events.get(id, ("", 0, b""))
            if number and not chain.is_shell(line) and id.decode() not in self.removed:
                yield self.log.place(slug, number)
