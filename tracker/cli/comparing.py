"""Commands that set a story beside itself at another time: diff, hindsight."""

from __future__ import annotations

from shlex import quote
from typing import Any, NamedTuple

import click

from tracker.cli import points
from tracker.cli.completing import complete_story
from tracker.cli.points import Point
from tracker.cli.reading import json_option, line
from tracker.cli.terminal import count, paged, say, say_json, workspace, wrapped
from tracker.errors import BadInput
from tracker.fold import places
from tracker.hindsight import Belief, Hindsight, hindsight
from tracker.history import Difference, difference
from tracker.story import introduced
from tracker.times import END
from tracker.workspace import Workspace


class _Sides(NamedTuple):
    """The two points that are compared, the earlier first."""

    before: Point
    after: Point


@click.command()
@click.argument("story", shell_complete=complete_story)
@click.argument("a")
@click.argument("b", required=False, default="")
@points.as_of_option
@click.option(
    "--known-at",
    metavar="WHEN",
    callback=points.given,
    help="Compare the world as of A and as of B, both as known then (now: as known today).",
)
@json_option
@click.pass_context
def diff_command(ctx: click.Context, story: str, a: str, b: str, as_of: str, known_at: str, as_json: bool) -> None:
    """Show what changed between two points in time.

    A and B are what this desk knew: dates, words, or events (#9: right after that one). B left out is now.
    --as-of keeps both to what had occurred by a date. With --known-at, A and B are dates of the world instead.
    """
    if as_of and known_at:
        raise BadInput(
            "--as-of compares what was known at A and at B, --known-at what held at A and at B; give one of them"
        )
    desk = workspace(ctx)
    sides = _in_the_world(desk, story, a, b, known_at) if known_at else _in_the_log(desk, story, a, b, as_of)
    numbers = places((sides.before if len(sides.before.events) > len(sides.after.events) else sides.after).events)
    found = difference(sides.before.view(), sides.after.view(), numbers)
    if as_json:
        from tracker.shapes import difference_shape

        ends = {"from": _point_shape(sides.before), "to": _point_shape(sides.after)}
        say_json({"story": story} | ends | difference_shape(found))
        return
    with paged():
        wrapped(f"from {sides.before.words or 'now'}")
        wrapped(f"to {sides.after.words or 'now'}")
        _say_difference(found)


def _in_the_log(desk: Workspace, story: str, a: str, b: str, as_of: str) -> _Sides:
    before = points.point(desk, story, as_of, a, field="A")
    after = points.point(desk, story, as_of, b, field="B")
    if _place(before) > _place(after):
        raise _reversed(story, a, b)
    return _Sides(before, after)


def _place(point: Point) -> tuple[int, str]:
    """What orders points of the log: how many events are known, then the instant; now is after all."""
    return len(point.events), point.known.instant if point.known else END


def _in_the_world(desk: Workspace, story: str, a: str, b: str, known_at: str) -> _Sides:
    known = points.point(desk, story, known_at=known_at)
    now = desk.clock()
    first, last = points.date(a, now, "A"), points.date(b or "now", now, "B")
    if first.instant > last.instant:
        raise _reversed(story, a, b or "now")
    return _Sides(known._replace(as_of=first), known._replace(as_of=last))


def _reversed(story: str, a: str, b: str) -> BadInput:
    return BadInput(f"A is later than B; the earlier comes first: tracker diff {story} {quote(b)} {quote(a)}")


def _point_shape(point: Point) -> dict[str, Any]:
    as_of, known_at = point.instants
    return {"as_of": as_of, "known_at": known_at, "seq": len(point.events)}


def _say_difference(found: Difference) -> None:
    if not any(found):
        say()
        say("nothing changed between them")
    _section("What stands", [str(change) for change in found.changes])
    _section("New", [line(each) for each in found.added])
    _section("No longer there", [line(each) for each in found.left])
    _section("Reads differently", [str(change) for each in found.amended for change in each.changes])


def _section(heading: str, lines: list[str]) -> None:
    if lines:
        say()
        say(heading, bold=True)
    for each in lines:
        wrapped(each, "  ")


@click.command()
@click.argument("story", shell_complete=complete_story)
@points.known_at_option
@json_option
@click.pass_context
def hindsight_command(ctx: click.Context, story: str, known_at: str, as_json: bool) -> None:
    """Show what was believed then beside what is known now.

    With --known-at, all that stood then, and what had happened by then but was not known. Without, each thing
    as it was first told.
    """
    then = points.point(workspace(ctx), story, known_at=known_at)
    events = list(workspace(ctx).log.read(story))
    known = then.known
    found = hindsight(story, events, *((known.seq, known.instant) if known else ()))
    if as_json:
        from tracker.shapes import hindsight_shape

        say_json({"story": story, "known_at": known.instant if known else None} | hindsight_shape(found))
        return
    with paged():
        _say_hindsight(found, f"known {known.words}" if known else "as first told")


def _say_hindsight(found: Hindsight, then: str) -> None:
    wrapped(f"then: {then}; now: all that is known")
    differ = [each for each in found.beliefs if not each.is_same]
    for belief in differ:
        _say_belief(belief)
    same = len(found.beliefs) - len(differ)
    if same or not differ:
        say()
    if same:
        others = count(same, "other") if differ else count(same, "item")
        say(f"{others} {'stands as it was' if same == 1 else 'stand as they were'}")
    elif not differ:
        say("nothing was believed then")
    _section("Not known then", [f"{line(each.development)}: {each.words}" for each in found.learned])


def _say_belief(belief: Belief) -> None:
    say()
    wrapped(f"{introduced(belief.label).removesuffix(':')}  #{belief.seq}", bold=True)
    if belief.then == belief.now:
        wrapped(f"then and now: {belief.then}", "  ")
    else:
        wrapped(f"then: {belief.then}", "  ")
        wrapped(f"now: {belief.now}", "  ")
    wrapped(belief.verdict, "  ")
    for change in belief.changes:
        wrapped(str(change), "    ")
