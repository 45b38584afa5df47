"""Commands about git: git-setup, and git-merge, which git itself calls."""

from __future__ import annotations

import click

from tracker.cli.terminal import count, mention, pass_desk, say
from tracker.text.names import Reference
from tracker.workspace.desk import Workspace


@click.command()
@pass_desk
def git_setup_command(desk: Workspace) -> None:
    """Set up git to merge this workspace's stories. Run it once in each clone, because git does not share
    settings.

    Two branches that appended to the same story then merge without a conflict. Published events keep their place.
    The other branch's new events follow, with the same ids and with new hashes.
    """
    from tracker.maintenance.git import set_up

    done = set_up(desk)
    for each in done:
        say(each)
    say("git can merge stories here" if done else "git can merge stories here already")


@click.command()
@click.argument("base")
@click.argument("ours")
@click.argument("theirs")
@click.argument("path")
def git_merge_command(base: str, ours: str, theirs: str, path: str) -> None:
    """Merge two branches of a story. Git calls it (gitattributes(5), "Defining a custom merge driver").

    The result goes into OURS. Exit status 1 leaves OURS as it is; git then reports a conflict.
    """
    from tracker.maintenance.git import merge_files

    slug, merged = merge_files(ours, theirs, path)
    for number, message in merged.remarks:
        mention(f"{Reference(slug, number)} {message}")
    if not merged.moved:
        mention(f"{slug}: one branch has all events of the other")
        return
    moved, stayed = ("the other branch", "ours") if merged.ours_first else ("our branch", "the other's")
    follow = "follows" if merged.moved == 1 else "follow"
    first = Reference(slug, len(merged.lines) - merged.moved + 1)
    mention(f"{slug}: {count(merged.moved, 'event')} of {moved} {follow} {stayed}, from {first} on")
