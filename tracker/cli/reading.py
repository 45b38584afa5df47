"""Commands that read: stories, show, timeline, replay, search.

One story is folded from its log; what goes over all stories asks the read model, which first catches up.
"""

from __future__ import annotations

import shutil
import textwrap
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click

from tracker.amend import Development
from tracker.cli.terminal import count, mention, say, say_json, workspace
from tracker.errors import BadInput
from tracker.events import Occurrence
from tracker.fold import replay
from tracker.times import in_words

if TYPE_CHECKING:
    from sqlite_utils import Database

    from tracker.workspace import Workspace

LATEST = 5
"""How many developments ``show`` ends with."""

_json = click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")


@click.command()
@_json
@click.pass_context
def stories_command(ctx: click.Context, as_json: bool) -> None:
    """List the stories, the one that moved last first."""
    from tracker import database as tables

    with _caught_up(workspace(ctx)) as database:
        rows = list(tables.stories(database))
    if as_json:
        say_json(rows)
        return
    for row in rows:
        say(f"{row['story']}", bold=True)
        say(f"  {row['title']}")
        say(f"  {row['status']}, {count(row['seq'], 'development')}, last recorded {_minute(row['updated'])}")
    if not rows:
        say("no story yet; begin with tracker open STORY --title …")


@click.command()
@click.argument("story")
@_json
@click.pass_context
def show_command(ctx: click.Context, story: str, as_json: bool) -> None:
    """Show where a story stands."""
    from tracker.briefing import briefing
    from tracker.shapes import story_shape

    stands = workspace(ctx).story(story)
    if as_json:
        say_json(story_shape(stands))
        return
    say(stands.title, bold=True)
    say(f"{stands.status}, {count(stands.seq, 'development')}, last recorded {_minute(stands.updated)}")
    if stands.summary:
        say()
        _wrapped(stands.summary, "")
    for section in briefing(stands):
        say()
        say(section.heading, bold=True)
        for line, seq in section.lines:
            _wrapped(f"{line}  #{seq}", "  ")
    say()
    say("Latest developments", bold=True)
    for development in stands.developments[: -LATEST - 1 : -1]:
        _wrapped(_line(development), "  ")


@click.command()
@click.argument("story")
@_json
@click.pass_context
def timeline_command(ctx: click.Context, story: str, as_json: bool) -> None:
    """List a story's developments. They come in the order in which they were recorded."""
    from tracker.shapes import development_shape

    stands = workspace(ctx).story(story)
    if as_json:
        say_json([development_shape(each) for each in stands.developments])
        return
    for development in stands.developments:
        _wrapped(_line(development), "")


@click.command()
@click.argument("story")
@_json
@click.pass_context
def replay_command(ctx: click.Context, story: str, as_json: bool) -> None:
    """Watch a story unfold, event by event. Each is shown as it was recorded, with what it changed."""
    from tracker.shapes import step_shape

    steps = replay(story, workspace(ctx).log.read(story))
    if as_json:
        say_json([step_shape(step) for step in steps])
        return
    for step in steps:
        say(f"#{step.development.seq}  {_minute(step.development.event.recorded)}", bold=True)
        _wrapped(_line(step.development, seq=False), "    ")
        for change in step.changes:
            _wrapped(str(change), "      ")


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
@_json
@click.pass_context
def search_command(ctx: click.Context, query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Search all developments. Words are looked for in titles, bodies, quotations and parties."""
    from tracker import database as tables

    words = " ".join(query)
    if not any(character.isalnum() for character in words):
        raise BadInput(f"{words!r} has no word to search for")
    with _caught_up(workspace(ctx)) as database:
        found = list(tables.search(database, words, limit))
    if as_json:
        say_json([_found_shape(row) for row in found])
        return
    for row in found:
        standing = f"  [{row['standing']}]" if row["standing"] != "stands" else ""
        say(f"{row['story']}#{row['seq']}  {row['title']}{standing}", bold=True)
        snippet = " ".join(row["snippet"].split())
        if snippet != row["title"]:
            _wrapped(snippet, "  ")
    if not found:
        mention(f"nothing has all of: {words}")


def _caught_up(desk: Workspace) -> AbstractContextManager[Database]:
    """The read model, with everything in it that is in the log."""
    from tracker import projection

    return projection.caught_up(desk.database_path, desk.log, mention)


def _found_shape(row: dict[str, Any]) -> dict[str, Any]:
    keys = ("story", "seq", "id", "type", "title", "recorded", "standing", "snippet")
    return {key: row[key] for key in keys} | {"occurred": row["occurred"] or None}


def _line(development: Development, *, seq: bool = True) -> str:
    """``#5  suspension  OpenAI suspends …  (December 2023)  [corrected by #9]``"""
    event = development.event
    parts = [f"#{development.seq}"] if seq else []
    parts += [development.type, development.title]
    if isinstance(event, Occurrence) and event.occurred:
        parts.append(f"({in_words(event.occurred)})")
    if development.amendments:
        by = ", ".join(f"#{each.seq}" for each in development.amendments)
        parts.append(f"[{development.standing} by {by}]")
    return "  ".join(parts)


def _wrapped(text: str, indent: str) -> None:
    width = max(40, shutil.get_terminal_size((100, 24)).columns)
    for paragraph in text.splitlines():
        lines = textwrap.wrap(paragraph, width, initial_indent=indent, subsequent_indent=f"{indent}    ")
        for line in lines or [""]:
            say(line)


def _minute(recorded: str) -> str:
    return f"{recorded[:10]} {recorded[11:16]} UTC"
