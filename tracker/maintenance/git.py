"""Git and the log: the merge driver that merges two branches of a story, and the configuration of git for it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence

from tracker.domain import chain
from tracker.errors import BadInput, CorruptLog, TrackerError
from tracker.log import checkpoints
from tracker.log.base import id_in_use
from tracker.log.files import SUFFIX
from tracker.log.merge import Merged, merge
from tracker.publishing import below
from tracker.text.names import check_slug
from tracker.workspace.desk import Workspace, find
from tracker.workspace.init import attributes

DRIVERS = {
    "tracker": ("two branches of a story's log, chained anew", "{python} -P -m tracker git-merge %O %A %B %P"),
    "tracker-published": (
        "the upstream branch's is kept, else ours; tracker publish makes it new",
        "git show @{{upstream}}:%P 2>/dev/null | cmp -s - %B && cp %B %A; true",
    ),
}


class NoGit(TrackerError):
    """The workspace is in no git repository, or git is not installed."""

    exit_code = 2


def set_up(workspace: Workspace) -> list[str]:
    """Configures the workspace's repository to merge stories, and returns a sentence for each change.

    The editor commits ``.gitattributes``; the driver is part of each clone's own configuration. Raises NoGit.
    """
    if not inside_repository(workspace.root):
        raise NoGit(f"{workspace.root} is not in a git repository; make one with git init, then try again")
    done = []
    if _with_lines(workspace, ".gitattributes", attributes(workspace.config.log.folder)):
        done.append("wrote .gitattributes: commit it")
    if _with_lines(workspace, ".gitignore", ("/.tracker/",)):
        done.append("wrote .gitignore: commit it")
    python = shlex.quote(sys.executable).replace("%", "%%")
    for name, (words, command) in DRIVERS.items():
        for key, value in (("name", words), ("driver", command.format(python=python))):
            if ask(workspace.root, "config", "--get", f"merge.{name}.{key}").decode().strip() != value:
                ask(workspace.root, "config", f"merge.{name}.{key}", value)
                done.append(f"set merge.{name}.{key} in this clone")
    return done


def inside_repository(folder: str) -> bool:
    """Whether the folder is in a git repository. False also where git is not installed."""
    try:
        return ask(folder, "rev-parse", "--is-inside-work-tree").strip() == b"true"
    except NoGit:
        return False


def merge_files(ours: str, theirs: str, path: str) -> tuple[str, Merged]:
    """Merges the file ``theirs`` into the file ``ours``. Git calls this for a story that both branches changed.

    ``path`` is the story's file in the work tree, whose top is the current folder. Returns the story's slug and
    the merge. If they cannot be merged, raises TrackerError and leaves ``ours`` as it is.
    """
    name = os.path.basename(path)
    slug = check_slug(name.removesuffix(SUFFIX))
    workspace = find(os.path.dirname(path) or ".")
    published = set(_published(workspace, slug))
    our_lines = _lines(ours, name)
    merged = merge(slug, our_lines, _lines(theirs, name), published, set(_upstream(path)))
    _check_ids(workspace, slug, our_lines, merged.lines)
    with open(ours, "wb") as file:
        file.write(b"".join(merged.lines))
        file.flush()
        os.fsync(file.fileno())
    return slug, merged


def _check_ids(workspace: Workspace, slug: str, ours: Sequence[bytes], merged: Sequence[bytes]) -> None:
    """Raises BadInput where an event that a merge brought is in another story. A story that begins with the same
    event is no other story: one branch has renamed it."""
    brought = set(map(chain.id_of, merged)) - set(map(chain.id_of, ours))
    for id, other, seq in workspace.log.others_with(brought, slug):
        if chain.id_of(workspace.log.lines(other)[0]) != chain.id_of(merged[0]):
            raise id_in_use(id, other, seq)


def _lines(path: str, name: str) -> list[bytes]:
    """The lines of a story's file, each with its LF. Raises CorruptLog where the last one is unfinished."""
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    if lines.pop():
        raise CorruptLog(f"{name}: one of the branches ends with an unfinished line; tracker verify says where")
    return [line + b"\n" for line in lines]


def _published(workspace: Workspace, slug: str) -> Iterator[tuple[int, str]]:
    """The heads of the story that either branch has published: those in heads.json in the work tree and in the
    commits that are being merged."""
    path = os.path.join(workspace.feeds, checkpoints.FILE)
    texts = [below.load(workspace.feeds, checkpoints.FILE) or b""]
    inside = os.path.relpath(os.path.realpath(path))
    merging = [key.removeprefix("GITHEAD_") for key in os.environ if key.startswith("GITHEAD_")]
    for commit in ("HEAD", "MERGE_HEAD", "REBASE_HEAD", *merging):
        texts.append(ask(".", "show", f"{commit}:{inside}"))
    for text in texts:
        try:
            story = checkpoints.read(text, path).stories.get(slug)
        except BadInput:  # no such file there, or a broken one
            continue
        yield from story.known().items() if story else ()


def _upstream(path: str) -> Iterator[tuple[int, str]]:
    """The heads of the story in the upstream branch of the current branch, or else in the default branch of
    origin."""
    for branch in ("@{upstream}", "origin/HEAD"):
        lines = ask(".", "show", f"{branch}:./{path}").splitlines(keepends=True)
        for number, line in enumerate(lines, 1):
            yield number, chain.hash_of(line).hex()
        if lines:
            return


def _with_lines(workspace: Workspace, name: str, lines: tuple[str, ...]) -> bool:
    """Adds the lines to the file, in place of lines with the same pattern. Returns whether the file changed."""
    path = os.path.join(workspace.root, name)
    try:
        with open(path, encoding="utf-8") as file:
            before = file.read().splitlines()
    except FileNotFoundError:
        before = []
    patterns = {line.split()[0] for line in lines}
    kept = [line for line in before if line in lines or not line.split() or line.split()[0] not in patterns]
    after = [*kept, *(line for line in lines if line not in kept)]
    if after == before:
        return False
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(after) + "\n")
    return True


def ask(folder: str, *arguments: str, given: bytes = b"") -> bytes:
    """Runs git in a folder, with ``given`` as its input. Returns its output, which is empty where git refuses.
    Raises NoGit where git is not installed."""
    command = ["git", "-C", folder, *arguments]
    try:
        return subprocess.run(command, input=given, capture_output=True, check=False).stdout
    except FileNotFoundError:
        raise NoGit("there is no git on this machine; install it first") from None
