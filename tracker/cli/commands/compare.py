"""Commands that compare a story at two points in time: diff, hindsight."""

from __future__ import annotations

import click

from tracker.cli import options
from tracker.cli.completion import complete_story
from tracker.cli.terminal import count, json_option, paged, pass_desk, say, say_json, wrapped
from tracker.domain.story import introduced
from tracker.views.bitemporal import Difference
from tracker.views.hindsight import Belief, Hindsight, hindsight
from tracker.wording import points
from tracker.wording.changes import changes
from tracker.wording.developments import HEADINGS, line
from tracker.wording.messages import Wording, plain
from tracker.workspace.desk import Workspace
from tracker.workspace.points import point


@click.command()
@click.argument("story", shell_complete=complete_story)
@click.argument("a")
@click.argument("b", required=False, default="")
@options.as_of_option
@click.option(
    "--known-at",
    metavar="WHEN",
    callback=options.given,
    help="Compare the world at the dates A and B, both as known at WHEN (now: as known today).",
)
@options.language_option
@json_option
@pass_desk
def diff_command(
    desk: Workspace, story: str, a: str, b: str, as_of: str, known_at: str, language: str, as_json: bool
) -> None:
    """Show what changed between two points in time.

    A and B select what this desk knew: a date, words, or an event (#9: right after that one). Without B, it is
    now. --as-of limits both to what had occurred by a date. With --known-at, A and B are dates of the world
    instead.
    """
    from tracker.workspace.compare import compare, comparison_shape

    compared = compare(desk, story, a, b, as_of=as_of, known_at=known_at)
    if as_json:
        say_json(comparison_shape(story, compared))
        return
    with paged():
        wording = desk.wordings(language or compared.after.view().language).without_isolates
        wrapped(wording.say(points.FROM, point=compared.before.told(wording) or wording.say(points.NOW)))
        wrapped(wording.say(points.TO, point=compared.after.told(wording) or wording.say(points.NOW)))
        _say_difference(compared.difference(), wording)


def _say_difference(found: Difference, wording: Wording) -> None:
    if not any(found):
        say()
        say(wording.say(points.UNCHANGED))
    told = {
        "changes": changes(wording, found.changes),
        "added": [line(wording, each) for each in found.added],
        "removed": [line(wording, each) for each in found.removed],
        "amended": [change for each in found.amended for change in changes(wording, each.changes)],
    }
    for name, lines in told.items():
        _section(wording.say(HEADINGS[name]), lines)


def _section(heading: str, lines: list[str]) -> None:
    if lines:
        say()
        say(heading, bold=True)
    for each in lines:
        wrapped(each, "  ")


@click.command()
@click.argument("story", shell_complete=complete_story)
@options.known_at_option
@json_option
@pass_desk
def hindsight_command(desk: Workspace, story: str, known_at: str, as_json: bool) -> None:
    """Compare what was believed then with what is known now.

    With --known-at, it shows the state of the story as known then, and the events that had happened by then but
    were not known. Without it, it shows each item as it was first recorded.
    """
    then = point(desk, story, known_at=known_at)
    events = list(desk.log.read(story))
    known = then.known
    found = hindsight(story, events, *((known.seq, known.instant) if known else ()))
    if as_json:
        from tracker.views.as_json import hindsight_shape

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
    _section("Not known then", [f"{line(plain('en'), each.development)}: {each.words}" for each in found.learned])


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
