"""Refuse to work with a log that git has merged only in part: an append or a publication would drop one side."""

from __future__ import annotations

import os

from tracker.errors import Unmerged

_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
"""The names in git's own folder that are there while git merges, picks, reverts or rebases."""


def check_merged(root: str, folder: str) -> None:
    """Raises Unmerged if a file of the log, in ``folder``, has an unresolved conflict in the repository around
    ``root``."""
    if not _is_under_way(root):
        return
    import subprocess  # most of the time git is not in the middle of anything

    command = ["git", "-C", root, "ls-files", "-u", "-z", "--", os.path.abspath(folder)]
    try:
        found = subprocess.run(command, capture_output=True, check=False).stdout
    except FileNotFoundError:
        return
    if found:
        name = os.fsdecode(found.partition(b"\t")[2].partition(b"\0")[0])
        raise Unmerged(f"{name}: {STATE}. {REMEDY}")


STATE = "git has not merged its two branches yet"
REMEDY = "tracker merge finishes that"


def top_of(root: str) -> str:
    """The top folder of the work tree around a folder, found without running git; empty if there is none."""
    folder = root
    while not os.path.lexists(os.path.join(folder, ".git")):
        if folder == (folder := os.path.dirname(folder)):
            return ""
    return folder


def _is_under_way(root: str) -> bool:
    """Whether git is in the middle of something in the repository around the folder."""
    folder = top_of(root)
    if not folder:
        return False
    inside = os.path.join(folder, ".git")
    if os.path.isfile(inside):  # a work tree of its own
        with open(inside, encoding="utf-8", errors="surrogateescape") as file:
            inside = os.path.join(folder, file.read().removeprefix("gitdir:").strip())
    return any(os.path.exists(os.path.join(inside, name)) for name in _UNDER_WAY)
