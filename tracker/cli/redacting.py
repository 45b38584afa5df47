"""The command that removes a text for good: from the log, the read model, the feeds and the pages."""

from __future__ import annotations

import os
import sys

import click

from tracker import redaction
from tracker.cli.completing import complete_development
from tracker.cli.options import editor_option
from tracker.cli.publishing import republish
from tracker.cli.recording import How, record
from tracker.cli.terminal import mention, workspace
from tracker.decide import find
from tracker.names import Reference, parse_reference
from tracker.workspace import Workspace


@click.command()
@click.argument("development", metavar="STORY#N", shell_complete=complete_development)
@click.option("--reason", required=True, metavar="CODE",
              help="A code: court-order, data-protection, copyright, defamation, safety, …")  # fmt: skip
@click.option("--authority", required=True, help="Who demands it, never the text itself.")
@click.option("--dry-run", is_flag=True, help="Say what it would change, and remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@editor_option
@click.pass_context
def redact_command(
    ctx: click.Context,
    development: str,
    reason: str,
    authority: str,
    dry_run: bool,
    yes: bool,
    editor: str | None,
) -> None:
    """Remove an earlier event's text for good. It cannot be undone; the event's place in the log stays.

    The text goes from the log, the corrections of it, the read model, the feeds and the pages; verify still
    accepts the log, and readers are told that something was removed and on whose authority. What git has kept,
    and what others have fetched, stays there: rewrite a git history with git filter-repo.
    """
    desk = workspace(ctx)
    reference = parse_reference(development)
    story = desk.story(reference.slug)
    target = find(story, str(reference))
    repeated = redaction.repeats(story, target)
    if not (dry_run or yes) and sys.stdin and sys.stdin.isatty():
        click.confirm(f"Remove the text of {reference} for good?", abort=True, err=True)
    values = {"type": "redaction", "redacts": str(reference), "reason": reason, "authority": authority}
    record(desk, reference.slug, values, How(editor, dry_run))
    for seq in repeated:
        mention(f"{Reference(reference.slug, seq)} repeats it word for word: look whether that has to go too")
    if not dry_run:
        _remove_copies(ctx, desk, reference.slug)


def _remove_copies(ctx: click.Context, desk: Workspace, slug: str) -> None:
    """Takes the text out of what is made from the log."""
    from tracker import projection
    from tracker.cli import editing

    editing.forget(desk, slug)
    if os.path.exists(desk.database_path):
        with projection.caught_up(desk.database_path, desk.log, mention):
            pass
    if os.path.isdir(desk.feeds):
        republish(ctx, desk)
    mention("git history and copies that others have fetched still have it; see tracker redact --help")
