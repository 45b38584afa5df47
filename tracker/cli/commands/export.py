"""The command that writes a story for other programs: export."""

from __future__ import annotations

import os

import click

from tracker import atomic
from tracker.cli import options
from tracker.cli.completion import complete_story
from tracker.cli.terminal import mention, on_terminal, pass_desk, say
from tracker.errors import BadInput
from tracker.exporting.formats import FORMATS
from tracker.exporting.story import Exported
from tracker.workspace.desk import Workspace
from tracker.workspace.points import point as point_of


@click.command()
@click.argument("story", shell_complete=complete_story)
@click.option("--as", "format", type=click.Choice(list(FORMATS)), required=True, help="The format.")
@options.as_of_option
@options.known_at_option
@click.option("-o", "--output", metavar="FILE", type=click.Path(dir_okay=False), default="-",
              help="The file to write, in place of standard output.")  # fmt: skip
@pass_desk
def export_command(desk: Workspace, story: str, format: str, as_of: str, known_at: str, output: str) -> None:
    """Write a story in the format of another program.

    It has what stands, corrected, with texts, sources and figures: for TimelineJS (timelinejs) and its spreadsheet
    (timelinejs-csv), as a table with all fields (csv), as the JSON of show --json --full (json), as a dossier to
    mail (markdown), as a calendar of its days and instants (ics), or as a live blog of schema.org (liveblog).
    """
    point = point_of(desk, story, as_of, known_at)
    exported = Exported(
        desk.config,
        point.view(),
        point.events,
        *point.instants,
        point.words,
        desk.directory.canonical,
        desk.numbers,
        desk.wordings,
    )
    written = FORMATS[format](exported)
    if output != "-":
        _write(output, written)
        mention(f"wrote {output}")
    elif on_terminal():
        say(written.decode().rstrip("\n"))
    else:
        click.echo(written, nl=False)


def _write(path: str, data: bytes) -> None:
    """Writes the file, or into the pipe or the device of that name. Raises BadInput."""
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            with open(path, "wb") as stream:
                stream.write(data)
        else:
            atomic.replace(os.path.realpath(path), data)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}", field="--output") from None
