"""Merge a branch where git has no merge driver, and finish or repair a merge: ``tracker merge``.

::

    the story in both commits ─▶ merged lines ─▶ git merge --no-commit REF ─▶ put them in place ─▶ git commit

A merge that git has left unfinished, and a merge commit that a person made by hand ("accept both"), are made again
from their two parents. A story that both sides opened becomes two stories: the one that comes second gets another
name.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from itertools import count
from typing import NamedTuple

from tracker import atomic
from tracker.domain import chain, media
from tracker.domain.integrity import IntegrityProblem
from tracker.errors import BadInput, CorruptLog, TrackerError
from tracker.log.files import SUFFIX, FileLog
from tracker.log.media import FOLDER
from tracker.log.merge import OpenedTwice, comes_first, readdressed, renamed
from tracker.maintenance import git, history, merging
from tracker.maintenance.git import Repository
from tracker.maintenance.merging import TABLES, slug_of, whole_lines
from tracker.text import toml, toml_merge
from tracker.text.names import check_slug
from tracker.workspace.desk import Workspace


class Sides(NamedTuple):
    """The commits of a merge: the common base (empty if there is none), ours and theirs."""

    base: str
    ours: str
    theirs: str


class MergeResult(NamedTuple):
    """The result of a merge: the merged bytes of each file by path, sentences for the editor, and an error for
    each file that cannot be merged."""

    files: dict[str, bytes]
    said: list[str]
    errors: list[TrackerError]


Versions = Sequence[bytes]
"""The bytes of a file in the base, in ours and in theirs; empty where there is no such file."""


class BranchMerger:
    """Merges branches of the repository that a workspace is in. ``names`` maps the name of a story that both sides
    opened to the new name of the one that comes second."""

    def __init__(self, workspace: Workspace, names: Mapping[str, str] | None = None) -> None:
        git.require(workspace.root)
        if not isinstance(workspace.log, FileLog):
            raise BadInput("the log is in a database, where git merges nothing")
        self.log = workspace.log
        self.repository = Repository(git.ask_text(workspace.root, "rev-parse", "--show-toplevel"))
        self.events, self.feeds = map(self._inside, (workspace.log.folder, workspace.feeds))
        self.workspace = workspace
        self.names = {old: check_slug(new) for old, new in (names or {}).items()}

    def _inside(self, folder: str) -> str:
        return os.path.relpath(os.path.realpath(folder), os.path.realpath(self.repository.top))

    # What the command does.

    def check(self, ref: str) -> MergeResult:
        """Returns what a merge of the branch would give. Nothing is changed."""
        theirs = self.repository.commit(ref)
        if not theirs:
            raise BadInput(f"there is no branch or commit {ref!r} here; git fetch brings those of others")
        return self._merged(self._sides("HEAD", theirs))

    def compare(self) -> list[IntegrityProblem]:
        """Returns what the log lacks of the commits of the present branch."""
        return history.compare(self.workspace).problems

    def merge(self, ref: str) -> list[str]:
        """Merges the branch, commits the merge and returns sentences. Raises TrackerError, with nothing changed,
        where a file of the log cannot be merged or git refuses."""
        if self._is_merging() or self._unmerged():
            raise BadInput("a merge is not finished here: tracker merge finishes it, git merge --abort ends it")
        result = self.check(ref)
        if result.errors:
            raise result.errors[0]
        for path in result.files:
            if self._load(path) != self.repository.version("HEAD", path):
                raise BadInput(f"{path}: has changes that are not committed. Commit them, then merge")
        theirs = self.repository.commit(ref)
        moves = any(self.repository.version(theirs, path) != data for path, data in result.files.items())
        off = [word for name in git.NAMES for word in ("-c", f"merge.{name}.driver=false")]  # all is merged here
        how = ["--no-ff"] if moves else []
        done = self.repository.run(*off, "merge", "--no-commit", *how, "-m", f"Merge {ref}", theirs)
        if self._is_merging():
            return self._finish(result)
        if done.returncode:
            raise TrackerError(f"git does not merge {ref}: {_words(done.stderr or done.stdout)}")
        return [_words(done.stdout).splitlines()[0]]

    def go_on(self) -> list[str]:
        """Finishes what git has left unfinished, or repairs the last merge. Returns sentences."""
        if self._is_merging():
            result = self._merged(self._sides("HEAD", "MERGE_HEAD"), self._is_whole)
            self._check_complete(result)
            return self._finish(result)
        if not self._unmerged():
            said = [*self._repaired(), *self._restored(), *self._pictures()]
            if said and self.repository.run("diff", "--cached", "--quiet").returncode:
                said.append("now commit it")
            return said or ["there is nothing to merge or to repair"]
        result = MergeResult({}, [], [])
        for path in self._unmerged():  # of a rebase, for example
            versions = self._staged(path)
            if versions[0] and not (versions[1] and versions[2]):
                self._keep(result, path, versions, "HEAD" if versions[2] else "REBASE_HEAD")
            else:
                self._merge_file(result, path, versions, None)
        self._put(result)
        return [*result.said, "now go on, for example with git rebase --continue"]

    # Merging.

    def _finish(self, result: MergeResult) -> list[str]:
        """Puts the merged files in place and commits the merge. Raises TrackerError if a person has to go on."""
        self._put(result)
        for path in self._unmerged():
            if path.startswith(f"{self.feeds}/"):
                self._put_published(path)
        if left := self._unmerged():
            raise TrackerError(f"git could not merge {', '.join(left)}. Edit and git add it, then git commit")
        result.said.extend(self._pictures())
        done = self.repository.run("commit", "-q", "--no-edit")
        if done.returncode:
            raise TrackerError(f"git does not commit: {_words(done.stderr or done.stdout)}")
        return result.said

    def _merged(
        self, sides: Sides, is_done: Callable[[str, Versions], bool] = lambda path, versions: False
    ) -> MergeResult:
        """The merge of the files of the log that differ between the two sides, except for those that are done."""
        result = MergeResult({}, [], [])
        between = ("diff", "-z", "--name-only", "--no-renames", sides.ours, sides.theirs, "--", self.events)
        for path in self.repository.paths(*between):
            versions = [self.repository.version(commit, path) for commit in sides]
            try:
                if not (versions[1] and versions[2]):
                    self._keep(result, path, versions, sides.ours if versions[2] else sides.theirs)
                elif not is_done(path, versions):
                    self._merge_file(result, path, versions, sides)
            except TrackerError as error:
                result.errors.append(error)
        return result

    def _merge_file(self, result: MergeResult, path: str, versions: Versions, sides: Sides | None) -> None:
        """Adds the merged file to the result. ``sides`` is None if theirs is picked."""
        base, ours, theirs = versions
        if path.startswith(f"{self.feeds}/"):
            result.files[path] = merging.published_version(self.repository, path, ours, theirs)
        elif path.endswith(TABLES):
            result.files[path] = toml_merge.merged(base, ours, theirs, path)
        elif path.endswith(SUFFIX):
            self._merge_story(result, path, versions, sides)
        else:
            raise BadInput(f"{path}: git could not merge it. Edit and git add it, then try again")

    def _merge_story(self, result: MergeResult, path: str, versions: Versions, sides: Sides | None) -> None:
        try:
            merged = merging.merge_story(self.repository, path, *map(BytesIO, versions), picked=not sides)
        except OpenedTwice as error:
            if not sides:
                raise BadInput(
                    f"{error}, but not in a rebase: git rebase --abort, then git pull --no-rebase"
                ) from None
            self._merge_two(result, path, versions, sides)
        else:
            result.files[path] = b"".join(merged.lines)
            if merged.moved or merged.remarks:
                result.said.extend(merging.told(slug_of(path), merged))

    def _merge_two(self, result: MergeResult, path: str, versions: Versions, sides: Sides) -> None:
        """Adds two stories to the result in place of one that both sides opened."""
        slug = slug_of(path)
        ours, theirs = (whole_lines(each, path) for each in versions[1:])
        ours_stays = comes_first(ours, theirs, merging.shared_versions(self.repository, path))
        stays, goes = (ours, theirs) if ours_stays else (theirs, ours)
        name = self._name_of(chain.id_of(goes[0]), sides.ours, slug)
        if name:  # an earlier merge has renamed it
            known = self.repository.version(sides.ours, self._path(name))
            first = whole_lines(known, path)[0]
            more = b"".join(readdressed(first, goes))
            files = map(BytesIO, (b"", known, more))
            lines = merging.merge_story(self.repository, self._path(name), *files).lines
        else:
            name = self.names.get(slug) or next(filter(self._is_free(sides), (f"{slug}-{n}" for n in count(2))))
            if not self._is_free(sides)(name):
                raise BadInput(
                    f"there is a story {name} already; choose another name for {slug}", field="--rename"
                )
            lines = renamed(name, goes)
        result.files.update({path: b"".join(stays), self._path(name): b"".join(lines)})
        whose = "theirs" if ours_stays else "ours"
        result.said.append(f"{slug}: both branches opened a story of this name; {whose} is now called {name}")

    def _name_of(self, stream: str, commit: str, slug: str) -> str:
        """The name of the story in a commit whose first event has the id, unless it is ``slug``; else empty."""
        start = '{"id":"' + stream
        found = self.repository.ask(
            "grep", "-l", "-z", "-F", "-e", start, commit, "--", f"{self.events}/*{SUFFIX}"
        )
        names = [os.path.basename(os.fsdecode(each)).removesuffix(SUFFIX) for each in found.split(b"\0")[:-1]]
        return next((name for name in names if name != slug), "")

    def _is_free(self, sides: Sides) -> Callable[[str], bool]:
        """Returns a function that says whether no story of the two sides has a name."""
        return lambda name: not any(self.repository.version(commit, self._path(name)) for commit in sides)

    def _keep(self, result: MergeResult, path: str, versions: Versions, without: str) -> None:
        """Adds a story that a commit (``without``) has removed and the base has, unless that one renamed it."""
        if versions[0] and path.endswith(SUFFIX):
            slug = slug_of(path)
            if not self._name_of(chain.id_of(versions[0]), without, slug):
                result.files[path] = versions[1] or versions[2]
                result.said.append(f"{slug}: one branch has removed this story; a log keeps it")

    # Repairing.

    def _repaired(self) -> list[str]:
        """Repairs the damaged files of the log, each from the parents of the last merge that changed it."""
        said = []
        for path in sorted(glob.glob(f"{glob.escape(self.events)}/*", root_dir=self.repository.top)):
            if path.endswith((SUFFIX, TABLES)) and not _is_sound(path, self._load(path)):
                said += self._repaired_file(path)
        return said

    def _restored(self) -> list[str]:
        """Puts back the events that commits took out or moved, and removes texts that came back."""
        compared = history.compare(self.workspace)
        sides = Sides("", self.repository.commit("HEAD"), self.repository.commit("HEAD"))
        result = MergeResult({}, [], [])
        for slug, blob in dict.fromkeys(compared.versions):
            path = self._path(slug)
            ours = result.files.get(path) or self._load(path)
            self._merge_file(result, path, [b"", ours, self.repository.ask("cat-file", "blob", blob)], sides)
        self._check_complete(result)
        self._put(result)
        return [f"repaired: {each.place}: {each.message}" for each in compared.problems]

    def _pictures(self) -> list[str]:
        """Puts back the pictures that events show and that git still has."""
        log, said = self.log, []
        named = (media.named(chain.executed(log.lines_if_any(slug))) for slug in log.streams())
        wanted = {name for each in named for _, name in each}
        for name in sorted(wanted - set(log.picture_names())):
            path = f"{self.events}/{FOLDER}/{name}"
            how = ("--all", "--full-history", "-m", "--format=", "--raw", "--no-abbrev")
            found = self.repository.text("log", *how, "--", path)
            for blob in dict.fromkeys(word for line in found.splitlines() for word in line.split()[2:4]):
                data = self.repository.ask("cat-file", "blob", blob)
                if media.fits(name, data):
                    log.put_picture(name, data)
                    self.repository.ask("add", "-f", "--", path)
                    said.append(f"{path}: put back, because an event shows it")
                    break
        return said

    def _repaired_file(self, path: str) -> list[str]:
        found = self.repository.text("log", "-1", "--merges", "--full-history", "--format=%H", "--", path)
        if not found or _is_sound(path, self.repository.version("HEAD", path)):
            raise CorruptLog(
                f"{path}: is damaged, and not by a merge. Restore it from a copy, for example from git"
            )
        sides = self._sides(f"{found}^1", f"{found}^2")
        result = MergeResult({}, [], [])
        self._merge_file(result, path, [self.repository.version(commit, path) for commit in sides], sides)
        self._check_complete(result)
        self._put(result)
        return [*result.said, f"{path}: made again from the two branches of {found[:10]}"]

    def _check_complete(self, result: MergeResult) -> None:
        """Raises CorruptLog where a story in the work tree has an event that the merged files lack."""
        known = _ids(b"".join(result.files.values()))
        for path in result.files:
            for number, line in enumerate(self._load(path).splitlines(keepends=True), 1):
                if path.endswith(SUFFIX) and chain.hash_of(line) and chain.id_of(line) not in known:
                    raise CorruptLog(
                        f"{path}:{number}: is an event of neither branch. Move it away, and try again"
                    )

    # Facts.

    def _is_whole(self, path: str, versions: Versions) -> bool:
        """Whether the file in the work tree is merged: it is sound, and a story has the events of both sides."""
        there = self._load(path)
        is_merged = _is_sound(path, there) and path not in self._unmerged()
        return is_merged and (path.endswith(TABLES) or _ids(versions[1]) | _ids(versions[2]) <= _ids(there))

    def _sides(self, ours: str, theirs: str) -> Sides:
        base = self.repository.text("merge-base", ours, theirs)
        self.repository.merging = [theirs]
        return Sides(base, self.repository.commit(ours), self.repository.commit(theirs))

    def _is_merging(self) -> bool:
        return bool(self.repository.commit("MERGE_HEAD"))

    def _unmerged(self) -> list[str]:
        return self.repository.paths("diff", "-z", "--name-only", "--diff-filter=U")

    def _staged(self, path: str) -> Versions:
        return [self.repository.version(f":{stage}", path) for stage in (1, 2, 3)]

    def _path(self, slug: str) -> str:
        return f"{self.events}/{slug}{SUFFIX}"

    def _load(self, path: str) -> bytes:
        try:
            with open(os.path.join(self.repository.top, path), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    # Writing.

    def _put(self, result: MergeResult) -> None:
        """Writes and stages the merged files. Then raises the first error, if there is one."""
        for path, data in result.files.items():
            place = os.path.join(self.repository.top, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)  # git rm may have removed it
            atomic.replace(place, data, 0o644)
            self.repository.ask("add", "-f", "--", path)
            if path.startswith(f"{self.feeds}/"):
                merging.forget_publication(place)
        if result.errors:
            raise result.errors[0]

    def _put_published(self, path: str) -> None:
        """Keeps one version of a published file that git could not merge; none where one side removed it."""
        _, ours, theirs = self._staged(path)
        if ours and theirs:
            data = merging.published_version(self.repository, path, ours, theirs)
            self._put(MergeResult({path: data}, [], []))
        else:
            self.repository.ask("rm", "-q", "-f", "--", path)


def _is_sound(path: str, data: bytes) -> bool:
    """Whether a file of the log can be read."""
    try:
        if path.endswith(TABLES):
            toml.read(data, path)
        else:
            for _ in chain.unchain(whole_lines(data, path), path):
                pass
    except TrackerError:
        return False
    return True


def _ids(data: bytes) -> set[str]:
    return {chain.id_of(line) for line in data.splitlines(keepends=True)}


def _words(output: bytes) -> str:
    return os.fsdecode(output).strip()
