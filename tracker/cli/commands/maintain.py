"""Commands that make and check a workspace: init, rebuild, verify."""

from __future__ import annotations

import os

import click

from tracker.cli.terminal import bar, count, json_option, mention, pass_desk, say, say_json
from tracker.workspace import init, starters
from tracker.workspace.desk import Workspace


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--title", default="Developing stories", show_default=True, help="The name of the desk.")
@click.option(
    "--url",
    default="http://localhost:8000/",
    show_default=True,
    help="The address at which feeds/ will be served.",
)
@click.option("--author", default="", help="The author of the feeds.")
@click.option("--language", default="en", show_default=True, help="The language of the stories: en, pt-BR, …")
@click.option(
    "--template",
    "names",
    type=click.Choice(list(starters.STARTERS)),
    multiple=True,
    help="Add what publishes the desk there: a workflow, a container, a service. It may be given twice.",
)
def init_command(folder: str, title: str, url: str, author: str, language: str, names: tuple[str, ...]) -> None:
    """Make a workspace. DIR gets a tracker.toml and an empty log.

    In a git repository, it also sets up git to merge stories. If DIR is a workspace already, --template adds the
    files of that template and changes nothing else.
    """
    from tracker.maintenance import git

    if names and init.is_workspace(folder):
        written = init.extend(folder, names)
        say(f"added {', '.join(written)}" if written else "all its files are there already")
        _check_top(folder, names)
        if wanted := starters.other_log(names, Workspace(folder).config):
            mention(f'compose.yaml has a log in PostgreSQL: set url = "{wanted}" below [log] in tracker.toml, and'
                    " copy the log with tracker log copy")  # fmt: skip
        return
    path = init.init(folder, title, url, author, language, begun_with=names)
    _check_top(folder, names)
    if git.inside_repository(folder):
        git.set_up(Workspace(folder), init.IGNORED)
    there = "" if os.path.samefile(folder, ".") else f" -C {folder}"
    say(f"made {os.path.relpath(path)}; now: tracker{there} open STORY TITLE")


def _check_top(folder: str, names: tuple[str, ...]) -> None:
    """Says it if a forge would not find its workflow, because the desk is in a folder of a repository."""
    from tracker.maintenance import git

    forges = [name for name in names if name in starters.ON_PAGES]
    if forges and (below := git.ask_text(folder, "rev-parse", "--show-prefix")):
        mention(f"{forges[0]}: a forge reads its workflow at the top of a repository, and this is {below} of one;"
                " git init here makes the desk a repository of its own")  # fmt: skip


@click.command()
@pass_desk
def rebuild_command(desk: Workspace) -> None:
    """Rebuild the read model from the log. Nothing is lost, because the log has everything that it holds."""
    from tracker.readmodel import projection

    with bar("rebuilding", desk.log.count) as progress:
        errors = projection.rebuild(desk.database_path, desk.log, progress)
    say(f"built {os.path.relpath(desk.database_path)} from {desk.log.name()}")
    for error in errors:
        mention(f"{error} (left out)")
    if errors:
        raise click.exceptions.Exit(1)


@click.command()
@click.option("--against", metavar="FILE-OR-URL",
              help="A heads.json that you kept earlier, to check that no event in it was rewritten.")  # fmt: skip
@json_option
@pass_desk
def verify_command(desk: Workspace, against: str | None, as_json: bool) -> None:
    """Check that the log was not altered. It checks the read model and the published files, too.

    It checks every hash, reference and date. If the log was rewritten together with its hashes, only a heads.json
    that a reader kept elsewhere shows it: --against.
    """
    from tracker.maintenance.verify import verify
    from tracker.publishing.live import read_heads

    seen = None if against is None else read_heads(against)
    verified = verify(desk, seen, lambda what: bar(what, desk.log.count, after=0.5))
    if as_json:
        problems, remarks = (
            [{"place": each.place, "message": each.text} for each in found]
            for found in (verified.problems, verified.remarks)
        )
        say_json(
            {
                "ok": not problems,
                "stories": verified.heads,
                "events": verified.events,
                "compared": verified.compared and verified.compared._asdict(),
                "problems": problems,
                "remarks": remarks,
            }
        )
    else:
        for remark in verified.remarks:
            mention(f"{remark}")
        for problem in verified.problems:
            mention(f"{problem}")
        for slug, head in verified.heads.items():
            say(f"{slug}#{head['seq']}  {head['hash']}")
        checked = f"{count(len(verified.heads), 'story', 'stories')}, {count(verified.events, 'event')}"
        if compared := verified.compared:
            lines = count(compared.lines, "line")
            say(f"compared {count(compared.stories, 'story', 'stories')} and {lines} with {against}")
        found = len(verified.problems)
        say(f"{checked}: {count(found, 'problem') if found else 'all is well'}")
    if verified.problems:
        raise click.exceptions.Exit(1)
