"""The command redact: remove a text for good from the log and the read model. tracker publish removes it from the
feeds and the pages."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from tracker.cli.completion import complete_development
from tracker.cli.options import editor_option
from tracker.cli.recording import How, record_removals
from tracker.cli.terminal import mention, pass_desk, say
from tracker.domain import chain, redaction
from tracker.domain.decide import find
from tracker.errors import BadInput
from tracker.text.names import Reference, check_slug, parse_reference
from tracker.workspace.desk import Workspace
from tracker.workspace.links import naming


@click.command()
@click.argument("development", metavar="STORY#N", shell_complete=complete_development)
@click.option("--reason", metavar="CODE",
              help="A code: court-order, data-protection, copyright, defamation, safety, …")  # fmt: skip
@click.option("--authority", help="The person or body that demands it. Do not repeat the text.")
@click.option("--finish", is_flag=True,
              help="STORY#N is a recorded redaction. Remove its texts now.")  # fmt: skip
@click.option("--rename", metavar="NEW", help="With STORY#1: the story's new short name, for files and addresses.")
@click.option("--dry-run", is_flag=True, help="Show what would change. Remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@editor_option
@pass_desk
def redact_command(
    desk: Workspace,
    development: str,
    reason: str | None,
    authority: str | None,
    finish: bool,
    rename: str | None,
    dry_run: bool,
    yes: bool,
    editor: str | None,
) -> None:
    """Remove an earlier event's text for good. It cannot be undone; the event's place in the log stays.

    The text is removed from the log, its corrections and the read model. So is its picture, unless another event
    shows it. Readers of the feeds and pages still see both until the next tracker publish: do that at once, or
    push, if another machine publishes. Then they see that a text was removed, and on what authority. Its hash
    stays, so that verify still accepts the log. A git history and copies that others fetched still have the text:
    rewrite a git history with git filter-repo.

    A redaction may come from another editor (through git, for example), or it may have been interrupted. It hides
    its text at once. Because it may be forged, the text is removed only when you confirm it with --finish.
    """
    reference = parse_reference(development)
    _check_options(reference, reason, authority, finish=finish, rename=rename)
    if finish:
        slug = _finish(desk, reference, rename, dry_run=dry_run, yes=yes)
    else:
        how = How(editor, dry_run)
        slug = _redact(desk, reference, {"reason": reason, "authority": authority}, rename, how, yes=yes)
    if not dry_run:
        _remove_copies(desk, {reference.slug, slug})


def _check_options(
    reference: Reference, reason: str | None, authority: str | None, *, finish: bool, rename: str | None
) -> None:
    if finish and (reason or authority):
        raise BadInput("the redaction already has a reason and an authority; leave them out", field="--finish")
    for option, value in (("--reason", reason), ("--authority", authority)):
        if not value and not finish:
            raise BadInput("is missing", field=option)
    if rename is not None:
        check_slug(rename)
        if rename == reference.slug:
            raise BadInput(f"the story is called {rename} already; give it another name", field="--rename")
        if not finish and reference.seq != 1:
            raise BadInput(f"only {reference.slug}#1 has the name; leave the option out", field="--rename")


def _redact(
    desk: Workspace, reference: Reference, given: dict[str, str | None], rename: str | None, how: How, *, yes: bool
) -> str:
    """Records a redaction of the event and of each correction of it, and removes their texts. Returns the slug of
    the story, which may be new."""
    story = desk.story(reference.slug)
    target = find(story, str(reference))
    for number, seq in chain.waiting(desk.log.lines(reference.slug)):
        if seq == target.seq:
            redaction_of_it = Reference(reference.slug, number)
            raise BadInput(
                f"{reference} was redacted by {redaction_of_it}, and its text is still there. To remove it:"
                f" tracker redact --finish {redaction_of_it}"
            )
    repeated = redaction.repeats(story, target, desk.log.glossary)
    concerned = redaction.concerned(story, target)
    _confirm(
        f"Remove the text of {_named(reference.slug, [each.seq for each in concerned])} for good?", how, yes=yes
    )
    drafts = [{"type": "redaction", "redacts": f"{reference.slug}#{each.seq}", **given} for each in concerned]
    record_removals(desk, reference.slug, drafts, how)
    for seq in repeated:
        mention(f"{Reference(reference.slug, seq)} repeats it word for word: check whether to redact that as well")
    if reference.seq == 1 and not rename:
        mention(f"files and addresses still have the name {reference.slug}; change it with --rename NEW")
    return _renamed(desk, reference.slug, rename, how)


def _finish(desk: Workspace, reference: Reference, rename: str | None, *, dry_run: bool, yes: bool) -> str:
    """Removes the text that a recorded redaction covers, and the texts of its corrections that have a redaction of
    their own. Returns the slug of the story, which may be new."""
    how = How(dry_run=dry_run)
    lines = desk.log.lines(reference.slug)
    if not 0 < reference.seq <= len(lines) or not chain.is_redaction(lines[reference.seq - 1]):
        raise BadInput(f"{reference} is not a redaction", field="--finish")
    target = chain.split(lines[reference.seq - 1]).target
    waiting = {}
    for _, number in chain.waiting(lines):
        parts = chain.split(lines[number - 1])
        if target in (parts.id, parts.target if parts.type == "correction" else ""):
            waiting[parts.id] = number
    if not waiting and not rename:
        say(f"{reference} is finished: its text is removed")
        return reference.slug
    for number in waiting.values():
        say(f"to be removed: {desk.log.place(reference.slug, number)}  {_excerpt(lines[number - 1])}")
    if waiting:
        _confirm(f"Remove the text of {_named(reference.slug, list(waiting.values()))} for good?", how, yes=yes)
        if not dry_run:
            desk.log.remove_texts(reference.slug, set(waiting))
    return _renamed(desk, reference.slug, rename, how)


def _renamed(desk: Workspace, slug: str, rename: str | None, how: How) -> str:
    if not rename or how.dry_run:
        return slug
    desk.log.rename(slug, rename)
    say(f"the story is now called {rename}")
    for other, seqs in naming(desk.log, slug).items():
        for seq in seqs:
            mention(f"{Reference(other, seq)} mentions {slug}: redact it as well to remove that name")
    return rename


def _excerpt(line: bytes) -> str:
    """The text of a stored line, shortened, so that the editor sees what is about to be removed."""
    text = chain.split(line).middle.decode("utf-8", "replace")
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"


_EXCERPT = 300


def _confirm(question: str, how: How, *, yes: bool) -> None:
    if not (how.dry_run or yes) and sys.stdin and sys.stdin.isatty():
        click.confirm(question, abort=True, err=True)


def _named(slug: str, seqs: Sequence[int]) -> str:
    first, *others = (f"#{seq}" for seq in seqs)
    return f"{slug}{first}" + (f" and of its corrections ({', '.join(others)})" if others else "")


def _remove_copies(desk: Workspace, slugs: set[str]) -> None:
    """Removes the text from the forms, the read model and the state of the last publication, which are made from
    the log. Published files keep it until the next publication: this clone may not be the one that publishes."""
    from tracker.cli.interactive import editor as form_editor
    from tracker.maintenance import git
    from tracker.publishing import state
    from tracker.readmodel import projection

    for slug in slugs:
        form_editor.forget(desk, slug)
    state.forget(desk.scratch)  # it has the titles of stories
    if os.path.exists(desk.database_path):
        with projection.caught_up(desk.database_path, desk.log, mention):
            pass
    mention("a git history and copies that others fetched still have it; see tracker redact --help")
    if os.path.isdir(desk.feeds) or git.inside_repository(desk.root):
        mention(
            "readers still get the text until the next publication. Publish now: tracker publish, or git push if"
            " another machine publishes"
        )
