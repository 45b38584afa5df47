"""Merge one file of two branches: the merge drivers, which git runs for stories, tables and published files.

::

    events/story.jsonl   chained again: what others have seen stays in its place (log/merge.py)
    events/types.toml    table by table (text/toml_merge.py)
    feeds/…              one version is kept, if it cannot have a removed text; tracker publish makes it again
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import BinaryIO

from tracker.domain import chain
from tracker.errors import BadInput, CorruptLog, NoWorkspace
from tracker.log import checkpoints
from tracker.log.base import id_in_use
from tracker.log.files import SUFFIX, FileLog
from tracker.log.merge import Merged, merge
from tracker.maintenance.git import Repository
from tracker.publishing import below
from tracker.text import toml_merge
from tracker.text.names import Reference, check_slug
from tracker.workspace.config import FEEDS, root_of

TABLES = ".toml"
"""The ending of the files whose tables are merged."""


def merge_files(base: str, ours: str, theirs: str, path: str) -> list[str]:
    """Merges the file ``theirs`` into the file ``ours``, and returns sentences for the editor. Git calls this for
    a file that both branches changed.

    ``path`` is the file in the work tree, whose top is the current folder. If the two cannot be merged, raises
    TrackerError and leaves ``ours`` as it is.
    """
    repository = Repository(".", _merged_commits())
    with open(base, "rb") as base_file, open(ours, "r+b") as our_file, open(theirs, "rb") as their_file:
        files = base_file, our_file, their_file
        if _is_published(path):
            lines, stay, said = [published_version(repository, path, our_file.read(), their_file.read())], 0, []
            forget_publication(path)
        elif path.endswith(SUFFIX):
            merged = merge_story(repository, path, *files, picked=not repository.merging)
            lines, stay, said = merged.lines, merged.stayed, told(slug_of(path), merged)
        else:
            tables = toml_merge.merged(base_file.read(), our_file.read(), their_file.read(), path)
            lines, stay, said = [tables], 0, []
        our_file.seek(sum(map(len, lines[:stay])))  # a long story begins with the lines that are there
        our_file.writelines(lines[stay:])
        our_file.truncate()
    return said


def forget_publication(path: str) -> None:
    """Deletes the state of the last publication of the workspace that a merged published file is in: it may have a
    text that the other branch removed."""
    from tracker.publishing import state  # most desks keep no published files in git

    state.forget(os.path.join(_root(path), ".tracker"))


def _root(path: str) -> str:
    """The folder of the workspace that a file is in, or that of the file itself while git moves the workspace."""
    folder = os.path.dirname(path)
    while folder and not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    try:
        return root_of(folder or ".")
    except NoWorkspace:
        return os.path.abspath(folder)


def _is_published(path: str) -> bool:
    """Whether a file is one of the published files of its workspace."""
    return os.path.relpath(path, _root(path)).startswith(f"{FEEDS}/")


def _merged_commits() -> list[str]:
    """The commits that git merge merges into the present one; none during a cherry-pick or a rebase."""
    return [key.removeprefix("GITHEAD_") for key in os.environ if key.startswith("GITHEAD_")]


# Stories.


def slug_of(path: str) -> str:
    """The story that a file has. Raises BadInput where the name of the file is none of a story."""
    return check_slug(os.path.basename(path).removesuffix(SUFFIX))


def merge_story(
    repository: Repository, path: str, base: BinaryIO, ours: BinaryIO, theirs: BinaryIO, *, picked: bool = False
) -> Merged:
    """Merges the versions of a story's file. ``picked``: the commit with theirs is cherry-picked or rebased, and
    adds only what its base does not have. Raises TrackerError as ``merge`` does."""
    name = os.path.basename(path)
    our_lines = _whole(ours.readlines(), name)
    merged = merge(
        slug_of(path),
        our_lines,
        _whole(_lines_beside(our_lines, theirs), name),
        _published(repository, path),
        shared_versions(repository, path),
        _lines_beside(our_lines, base) if picked else (),
    )
    _check_ids(os.path.join(repository.top, path), our_lines, merged)
    return merged


def _check_ids(path: str, ours: Sequence[bytes], merged: Merged) -> None:
    """Raises BadInput where an event that a merge brought is in another story. A story that begins with the same
    event is no other story: one branch has renamed it."""
    log, stayed = FileLog(os.path.dirname(path)), merged.stayed
    brought = set(map(chain.id_of, merged.lines[stayed:])) - set(map(chain.id_of, ours[stayed:]))
    for id, other, seq in log.others_with(brought, slug_of(path)):
        if chain.id_of(log.lines(other)[0]) != chain.id_of(merged.lines[0]):
            raise id_in_use(id, other, seq)


def told(slug: str, merged: Merged) -> list[str]:
    """Sentences on what a merge did, and what the editor has to look at."""
    said = [f"{Reference(slug, number)} {message}" for number, message in merged.remarks]
    if merged.skipped:
        stay = f"stay{_s(merged.skipped)}"
        said.append(f"{slug}: {_events(merged.skipped)} of earlier commits, which are not here, {stay} out")
    if merged.taken_back:
        what = "it" if merged.taken_back == 1 else "them"
        said.append(
            f"{slug}: the other side takes back {_events(merged.taken_back)}; a log keeps {what}. To withdraw an"
            " event, use tracker retract"
        )
    if merged.moved:
        moved, stayed = ("the other branch", "ours") if merged.ours_first else ("our branch", "the other's")
        first = Reference(slug, len(merged.lines) - merged.moved + 1)
        follow = f"follow{_s(merged.moved)}"
        said.append(f"{slug}: {_events(merged.moved)} of {moved} {follow} {stayed}, from {first} on")
    elif not said:
        said.append(f"{slug}: one branch has all events of the other")
    return said


def _events(number: int) -> str:
    return f"{number} event{'' if number == 1 else 's'}"


def _s(number: int) -> str:
    """The ending of a verb."""
    return "s" if number == 1 else ""


def whole_lines(data: bytes, name: str) -> list[bytes]:
    """The lines of a story's file, each with its LF. Raises CorruptLog where the last one is unfinished."""
    return _whole(BytesIO(data).readlines(), name)


def _whole(lines: list[bytes], name: str) -> list[bytes]:
    """The lines. Raises CorruptLog where the last one is unfinished."""
    if lines and not lines[-1].endswith(b"\n"):
        raise CorruptLog(f"{name}: one of the branches ends with an unfinished line; tracker verify says where")
    return lines


def _lines_beside(known: Sequence[bytes], file: BinaryIO) -> list[bytes]:
    """The lines of a file. A line that stands at the same place among the ``known`` ones is that line itself, so
    that most of a long story is in memory once."""
    found = [line if line == read else read for line, read in zip(known, file, strict=False)]
    return [*found, *file]


def _published(repository: Repository, path: str) -> Iterator[tuple[int, str]]:
    """The heads of the story that either branch has published: those in heads.json in the work tree and in the
    commits that are being merged."""
    feeds = os.path.join(_root(os.path.join(repository.top, path)), FEEDS)
    file = os.path.join(feeds, checkpoints.FILE)
    inside = os.path.relpath(os.path.realpath(file), os.path.realpath(repository.top))
    commits = ("HEAD", "MERGE_HEAD", "REBASE_HEAD", *repository.merging)
    texts = below.load(feeds, checkpoints.FILE), *(repository.version(each, inside) for each in commits)
    for text in filter(None, texts):
        try:
            story = checkpoints.read(text, file).stories.get(slug_of(path))
        except BadInput:  # it is broken
            continue
        yield from story.known().items() if story else ()


def shared_versions(repository: Repository, path: str) -> Iterator[list[bytes]]:
    """Yields the lines of a story's file in each of the commits that others have seen."""
    for commit in repository.seen():
        yield BytesIO(repository.version(commit, path)).readlines()


# Published files.


def published_version(repository: Repository, path: str, ours: bytes, theirs: bytes) -> bytes:
    """The version of a published file to keep: that of the shared branch if it is one of the two, else ours. It is
    empty if its branch lacks a redaction that one of the merged branches has: it may have the removed text."""
    branch = next(repository.seen())
    shared = repository.version(branch, path)
    source, kept = (branch, shared) if shared and shared in (ours, theirs) else ("HEAD", ours)
    if os.path.basename(path) == checkpoints.FILE:
        return kept
    commits = ["HEAD", branch, repository.rebasing("orig-head"), "MERGE_HEAD", *repository.merging]
    redactions = [repository.redactions(commit) for commit in commits if commit]
    return b"" if set().union(*redactions) - repository.redactions(source) else kept
