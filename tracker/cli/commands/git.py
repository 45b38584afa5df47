"""Commands about git: git-setup, merge, and git-merge, which git itself calls."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tracker.cli.terminal import mention, pass_desk, say
from tracker.errors import BadInput

if TYPE_CHECKING:
    from tracker.domain.integrity import IntegrityProblem
    from tracker.maintenance.branches import MergeResult
    from tracker.workspace.desk import Workspace


@click.command()
@pass_desk
def git_setup_command(desk: Workspace) -> None:
    """Set up git to merge this workspace's stories. Run it once in each clone, because git does not share
    settings.

    Two branches that appended to the same story then merge without a conflict. Events that others have seen, in
    the upstream branch or published, keep their place. The other branch's new events follow, with the same ids and
    with new hashes. See docs/git.md.
    """
    from tracker.maintenance.git import set_up

    done = set_up(desk)
    for each in done:
        say(each)
    say("git can merge stories here" if done else "git can merge stories here already")


@click.command()
@click.argument("ref", required=False, metavar="[REF]")
@click.option("--check", is_flag=True, help="Say what would happen. Change nothing.")
@click.option("--rename", "renames", multiple=True, metavar="OLD=NEW",
              help="A name for the second of two stories called OLD. May be repeated.")  # fmt: skip
@pass_desk
def merge_command(desk: Workspace, ref: str | None, check: bool, renames: tuple[str, ...]) -> None:
    """Merge a branch of git, or finish or repair a merge.

    It merges the branch or commit REF into the current branch, and commits. It needs no tracker git-setup.

    Without REF, it finishes a merge that git left unfinished, or repairs the log. It puts back events and pictures
    that a revert or a merge by hand took out, and removes texts that came back.

    If both branches opened a story of the same name, the one that others have not seen gets another name. With
    --check, the exit status is 1 if the branch cannot be merged.
    """
    from tracker.maintenance.branches import BranchMerger

    merger = BranchMerger(desk, dict(map(_renaming, renames)))
    if check:
        if not ref:
            raise BadInput("needs the branch to check: tracker merge --check REF", field="--check")
        _say_check(ref, merger.check(ref), merger.compare())
        return
    for sentence in merger.merge(ref) if ref else merger.go_on():
        mention(sentence)
    say(f"merged {ref}" if ref else "done")
    for problem in merger.compare() if ref else ():
        mention(str(problem))
    if os.path.isdir(desk.feeds):
        say("now publish it: tracker publish")


def _renaming(given: str) -> tuple[str, str]:
    old, equals, new = given.partition("=")
    if not (old and equals and new):
        raise BadInput(f"{given!r} is not OLD=NEW, such as trial=trial-in-court", field="--rename")
    return old, new


def _say_check(ref: str, result: MergeResult, problems: Sequence[IntegrityProblem]) -> None:
    """Prints what a merge would give, and what the present branch lacks of its own commits. Raises Exit with
    status 1 if there is an error or a problem."""
    for sentence in result.said:
        say(sentence)
    for error in (*result.errors, *problems):
        mention(str(error))
    if result.errors or problems:
        say(f"{ref} cannot be merged")
        raise click.exceptions.Exit(1)
    say(f"{ref} can be merged")


@click.command()
@click.argument("base")
@click.argument("ours")
@click.argument("theirs")
@click.argument("path")
def git_merge_command(base: str, ours: str, theirs: str, path: str) -> None:
    """Merge two versions of a file. Git calls it (gitattributes(5), "Defining a custom merge driver").

    The result goes into OURS. If the exit status is not 0, OURS is as it was; the command in git's configuration
    then puts conflict markers into it.
    """
    from tracker.maintenance.merging import merge_files

    for sentence in merge_files(base, ours, theirs, path):
        mention(sentence)
