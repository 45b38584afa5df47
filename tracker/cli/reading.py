"""Commands that read: stories, show, timeline, replay, search.

One story is folded from its log; what goes over all stories asks the read model, which first catches up.
"""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from time import sleep
from typing import TYPE_CHECKING, Any

import click

from tracker.amend import Development
from tracker.cli import points
from tracker.cli.terminal import count, mention, say, say_json, workspace
from tracker.errors import BadInput
from tracker.events import Event, Occurrence, Opened
from tracker.fold import Step, replay, unfold
from tracker.story import Story
from tracker.times import BEGINNING, END, Moment, Occurred, Span, in_words, seconds_apart, when

if TYPE_CHECKING:
    from sqlite_utils import Database

    from tracker.workspace import Workspace

LATEST = 5
"""How many developments ``show`` ends with."""

json_option = click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")


@click.command()
@json_option
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
        say(f"  {row['status']}, {count(row['seq'], 'development')}, last recorded {minute(row['updated'])}")
    if not rows:
        say("no story yet; begin with tracker open STORY --title …")


@click.command()
@click.argument("story")
@points.as_of_option
@points.known_at_option
@json_option
@click.pass_context
def show_command(ctx: click.Context, story: str, as_of: str, known_at: str, as_json: bool) -> None:
    """Show where a story stands, or where it stood.

    --as-of asks what had occurred by a date, --known-at what this desk knew by then; both may be given.
    """
    from tracker.briefing import briefing
    from tracker.shapes import story_shape

    point = points.point(workspace(ctx), story, as_of, known_at)
    stands = point.view()
    if as_json:
        say_json(story_shape(stands, *point.instants))
        return
    say(stands.title, bold=True)
    if point.words:
        wrapped(point.words, "")
    say(f"{stands.status}, {count(stands.seq, 'development')}, last recorded {minute(stands.updated)}")
    if stands.summary:
        say()
        wrapped(stands.summary, "")
    if _nothing_yet(point, stands):
        return
    for section in briefing(stands):
        say()
        say(section.heading, bold=True)
        for text, seq in section.lines:
            wrapped(f"{text}  #{seq}", "  ")
    say()
    say("Latest developments", bold=True)
    for development in stands.developments[: -LATEST - 1 : -1]:
        wrapped(line(development), "  ")


@click.command()
@click.argument("story")
@points.as_of_option
@points.known_at_option
@json_option
@click.pass_context
def timeline_command(ctx: click.Context, story: str, as_of: str, known_at: str, as_json: bool) -> None:
    """List a story's developments. They come in the order in which they were recorded."""
    from tracker.shapes import development_shape

    point = points.point(workspace(ctx), story, as_of, known_at)
    stands = point.view()
    if as_json:
        say_json([development_shape(each) for each in stands.developments])
        return
    for development in stands.developments:
        wrapped(line(development), "")
    _nothing_yet(point, stands)


def _nothing_yet(point: points.Point, stands: Story) -> bool:
    """Whether nothing had occurred by then; says so, below what is about the log and not the world."""
    if point.as_of is None or any(each.type != "opened" for each in stands.developments):
        return False
    say(f"nothing is known to have occurred by {point.as_of.words}")
    return True


@click.command()
@click.argument("story")
@click.option(
    "--by",
    "order",
    type=click.Choice(["recorded", "occurred"]),
    default="recorded",
    show_default=True,
    help="In the order in which it was recorded, or in which it occurred.",
)
@click.option("--step", "stepping", is_flag=True, help="Wait for Enter after each event.")
@click.option("--speed", metavar="TIME/s", help="Let so much time pass in a second, such as 1d/s.")
@points.as_of_option
@points.known_at_option
@json_option
@click.pass_context
def replay_command(
    ctx: click.Context,
    story: str,
    order: str,
    stepping: bool,
    speed: str | None,
    as_of: str,
    known_at: str,
    as_json: bool,
) -> None:
    """Watch a story unfold, event by event, with what each changed.

    By recorded, each is shown as it was recorded. By occurred, each is shown as it stands now, where its date
    puts it; corrections and retractions are no events of the world and are left out.
    """
    pace = _pace(stepping, speed, as_json)
    point = points.point(workspace(ctx), story, as_of, known_at)
    steps = unfold(story, point.view().developments) if order == "occurred" else _recorded(point)
    if as_json:
        from tracker.shapes import step_shape

        say_json([step_shape(step) for step in steps])
        return
    if point.words:
        wrapped(point.words, "")
    for step, instant in pace((step, _instant(step, order)) for step in steps):
        event = step.development.event
        say(f"#{step.development.seq}  {_span(event) if order == 'occurred' else minute(instant)}", bold=True)
        wrapped(line(step.development, seq=False), "    ")
        for change in step.changes:
            wrapped(str(change), "      ")
    _nothing_yet(point, point.view())


def _recorded(point: points.Point) -> Iterator[Step]:
    from tracker.history import occurred_by

    wanted = occurred_by(Moment(point.as_of.instant)) if point.as_of else None
    return replay(point.slug, point.events, wanted)


def _instant(step: Step, order: str) -> str:
    """What the pace goes by: when it was recorded, or the first instant at which it may have occurred."""
    event = step.development.event
    if order == "recorded":
        return event.recorded
    return BEGINNING if isinstance(event, Opened) else _when(event).earliest


def _when(event: Event) -> Span:
    return when(getattr(event, "occurred", Occurred("")), event.recorded)


def _span(event: Event) -> str:
    """``2023-01-01 … 2024-08-04``: how exactly its date is known."""
    first, last = _when(event)
    if isinstance(event, Opened):
        return f"opened here on {event.recorded[:10]}"
    if not getattr(event, "occurred", ""):
        return f"{first[:10]} (no date; counted from when it was recorded)"
    if first[:10] == last[:10]:
        return first[:10]
    ends = ("" if first == BEGINNING else f"{first[:10]} "), ("" if last == END else f" {last[:10]}")
    return f"{ends[0]}…{ends[1]}"


# The pace of a replay.

Paced = Iterable[tuple[Step, str]]

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_557_600}


def _pace(stepping: bool, speed: str | None, as_json: bool) -> Callable[[Paced], Paced]:
    """How the events follow each other: at once, one for each Enter, or as fast as the story went."""
    if stepping and speed:
        raise BadInput("--step waits for Enter and --speed for the clock; give one of them")
    if as_json and (stepping or speed):
        raise BadInput(f"--json prints one document at once; leave out {'--step' if stepping else '--speed'}")
    if stepping:
        return _stepped
    if speed:
        return _timed(_seconds_per_second(speed))
    return _at_once


def _seconds_per_second(speed: str) -> float:
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?([smhdwy])/s", speed.strip())
    if not found or not float(found[1]):
        raise BadInput(
            f"{speed!r} is no speed; write how much time passes in a second, like 1d/s, 0.5y/s or 12h/s"
            " (s, m, h, d, w, y)",
            field="--speed",
        )
    return float(found[1]) * _UNITS[found[2]]


def _stepped(steps: Paced) -> Iterator[tuple[Step, str]]:
    """Asks after each event but the last, on standard error; the end of the input stops as q does."""
    for number, step in enumerate(steps):
        if number:
            click.echo("Enter for the next, q to stop ", nl=False, err=True)
            answer = sys.stdin.readline() if sys.stdin else ""
            if not answer.endswith("\n") or answer.strip().lower() in ("q", "quit"):
                click.echo(err=True)
                return
        yield step


def _at_once(steps: Paced) -> Paced:
    return steps


def _timed(seconds: float) -> Callable[[Paced], Paced]:
    """Waits before each event as long as the gap to the one before says. An unknown beginning is no gap."""

    def timed(steps: Paced) -> Iterator[tuple[Step, str]]:
        last = ""
        for step, instant in steps:
            if last and instant > last:
                sys.stdout.flush()
                sleep(seconds_apart(last, instant) / seconds)
            if instant != BEGINNING:
                last = max(last, instant)
            yield step, instant

    return timed


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
@json_option
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
            wrapped(snippet, "  ")
    if not found:
        mention(f"nothing has all of: {words}")


def _caught_up(desk: Workspace) -> AbstractContextManager[Database]:
    """The read model, with everything in it that is in the log."""
    from tracker import projection

    return projection.caught_up(desk.database_path, desk.log, mention)


def _found_shape(row: dict[str, Any]) -> dict[str, Any]:
    keys = ("story", "seq", "id", "type", "title", "recorded", "standing", "snippet")
    return {key: row[key] for key in keys} | {"occurred": row["occurred"] or None}


def line(development: Development, *, seq: bool = True) -> str:
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


def wrapped(text: str, indent: str) -> None:
    width = max(40, shutil.get_terminal_size((100, 24)).columns)
    for paragraph in text.splitlines():
        lines = textwrap.wrap(paragraph, width, initial_indent=indent, subsequent_indent=f"{indent}    ")
        for line in lines or [""]:
            say(line)


def minute(recorded: str) -> str:
    return f"{recorded[:10]} {recorded[11:16]} UTC"
