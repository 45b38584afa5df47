"""Commands that read one story from the log: show, links, timeline, replay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tracker.cli import options
from tracker.cli.completion import complete_story
from tracker.cli.terminal import (
    WARNING,
    json_option,
    mention,
    minute,
    on_terminal,
    paged,
    pass_desk,
    say,
    say_json,
    wrapped,
)
from tracker.domain.amend import CORRECTED, REDACTED, RETRACTED, Development
from tracker.domain.events import NO_SOURCE, Event, Opened, lacks_source, links_of
from tracker.domain.fold import Step, replay, unfold
from tracker.domain.story import Situation, Story
from tracker.text.dates import BEGINNING, END, Edge, Occurred, Recorded, Span, when
from tracker.views.briefing import arranged, since_due
from tracker.views.development import is_withdrawn
from tracker.wording import points
from tracker.wording.changes import changes
from tracker.wording.developments import HEADINGS, facts, line, mentions
from tracker.wording.lines import headings_of, time_apart
from tracker.wording.lines import line as line_of
from tracker.wording.messages import Wording
from tracker.workspace.config import is_server
from tracker.workspace.desk import Workspace
from tracker.workspace.links import linked_from, naming
from tracker.workspace.points import Point
from tracker.workspace.points import point as point_of
from tracker.workspace.zones import at_the_desk

if TYPE_CHECKING:
    from tracker.views.as_json import LinkedShape

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _by_option(default: str) -> Callable[[_Command], _Command]:
    """The option for the order of developments."""
    return click.option(
        "--by",
        "order",
        type=click.Choice(["recorded", "occurred"]),
        default=default,
        show_default=True,
        help="The order: as recorded, or as occurred.",
    )


MOST_SCANNED = 1_000
"""The most stories whose files are read to find links. With more, the read model is asked."""

LATEST = 5
"""The number of developments at the end of ``show``."""


@click.command()
@click.argument("story", shell_complete=complete_story)
@options.as_of_option
@options.known_at_option
@options.language_option
@json_option
@options.full_option
@pass_desk
def show_command(
    desk: Workspace, story: str, as_of: str, known_at: str, language: str, as_json: bool, full: bool
) -> None:
    """Show where a story stands, or where it stood.

    --as-of keeps what had occurred by a date; --known-at keeps what this desk knew by then. You can give both.
    """
    from tracker.views.as_json import story_shape

    options.check_full(full, as_json)
    point = point_of(desk, story, as_of, known_at)
    stands = point.view()
    if as_json:
        say_json(story_shape(stands, *point.instants, numbers=desk.numbers, full=full))
        return
    now = desk.clock()
    with paged():
        wording = desk.wordings(language or stands.language).without_isolates
        _say_story(stands, point, now, wording)
        if not _nothing_yet(point, stands, wording):
            _say_briefing(stands, _seen_from(point, now, desk), wording)
            _say_links(desk, stands, _linked_from(desk, point), wording)
            _say_latest(stands, wording)


def _linked_from(desk: Workspace, point: Point) -> Sequence[LinkedShape]:
    """The developments of other stories that mention one of this story."""
    if is_server(desk.config.log.url) or desk.log.count() > MOST_SCANNED:
        from tracker.cli.commands.stories import answer  # the read model takes long to import
        from tracker.readmodel import tables

        others = answer(desk, lambda connection: tables.linking(connection, point.slug))
    else:
        others = list(naming(desk.log, point.slug))
    known = point.known.instant if point.known else None
    return linked_from(desk.log, others, point.slug, point.as_of.edge if point.as_of else None, known)


def _say_links(desk: Workspace, stands: Story, back: Sequence[LinkedShape], wording: Wording) -> None:
    """Prints the links between this story and others."""
    seqs = {each.id: each.seq for each in stands.developments}
    lines = [
        mentions(wording, each.seq, slug or stands.slug, number)
        for each in stands.developments
        for slug, id in links_of(each.event)
        if not is_withdrawn(each) and (number := desk.numbers(slug, id) if slug else seqs.get(id))
    ]
    lines += map(_said_of_link, back)
    if lines:
        say()
        say(wording.say(HEADINGS["related"]), bold=True)
    for each in lines:
        wrapped(each, "  ")


def _seen_from(point: Point, now: Recorded, desk: Workspace) -> Edge:
    """The instant of the view. It decides whether an expected event is overdue."""
    if point.as_of:
        return point.as_of.edge
    return at_the_desk(point.known.instant if point.known else now, desk)


def _say_story(stands: Story, point: Point, now: Recorded, wording: Wording) -> None:
    wrapped(stands.title, bold=True)
    if point.words:
        wrapped(point.told(wording))
    ago = ""
    if on_terminal() and stands.updated <= now:  # only there, so that a saved output does not depend on the time
        ago = time_apart(wording, stands.updated, now)
    wrapped(facts(wording, stands, minute(stands.updated), ago))
    for text in dict.fromkeys(filter(None, (stands.about, stands.summary))):
        say()
        wrapped(text, hanging=False)


def _say_briefing(stands: Story, now: Edge, wording: Wording) -> None:
    unsourced = {each.seq for each in stands.developments if lacks_source(each.event)}
    for heading, found in arranged(stands).items():
        say()
        say(headings_of(wording)[heading], bold=True)
        for each in found:
            is_claim = heading in ("reported", "confirmed", "contested")
            mark = f"  [{wording.say(NO_SOURCE)}]" if each.seq in unsourced and not is_claim else ""
            item = each.item
            is_late = heading == "expected" and isinstance(item, Situation) and since_due(item.announced, now)
            text = f"{line_of(wording, item, now)}  #{each.seq}{mark}"
            wrapped(text, "  ", **(WARNING if is_late else {}))


def _say_latest(stands: Story, wording: Wording) -> None:
    say()
    say(wording.say(HEADINGS["latest"]), bold=True)
    for development in stands.developments[: -LATEST - 1 : -1]:
        say_development(development, wording, "  ")


@click.command()
@click.argument("story", shell_complete=complete_story)
@options.as_of_option
@options.known_at_option
@json_option
@pass_desk
def links_command(desk: Workspace, story: str, as_of: str, known_at: str, as_json: bool) -> None:
    """List what other stories mention of a story.

    These are the developments that were recorded with --see."""
    found = _linked_from(desk, point_of(desk, story, as_of, known_at))
    if as_json:
        say_json(found)
        return
    with paged():
        for each in found:
            wrapped(_said_of_link(each))
    if not found:
        mention(f"no other story mentions {story}")


def _said_of_link(link: LinkedShape) -> str:
    return f"#{link['to']} is mentioned by {link['story']}#{link['seq']}  {link['title']}"


@click.command()
@click.argument("story", shell_complete=complete_story)
@_by_option("occurred")
@options.as_of_option
@options.known_at_option
@options.language_option
@json_option
@options.full_option
@pass_desk
def timeline_command(
    desk: Workspace, story: str, order: str, as_of: str, known_at: str, language: str, as_json: bool, full: bool
) -> None:
    """List a story's developments.

    With --by occurred, they come in the order in which they happened in the world, and corrections and retractions
    after them. With --by recorded, they come in the order in which they were recorded, each with that time.
    """
    from tracker.views.as_json import developments_shape
    from tracker.views.timeline import listed

    options.check_full(full, as_json)
    point = point_of(desk, story, as_of, known_at)
    stands = point.view()
    developments = listed(stands.developments) if order == "occurred" else stands.developments
    if as_json:
        say_json(developments_shape(stands, developments, desk.numbers, full=full))
        return
    wording = desk.wordings(language or stands.language).without_isolates
    with paged():
        for development in developments:
            say_development(development, wording, recorded=order == "recorded")
        _nothing_yet(point, stands, wording)


def _nothing_yet(point: Point, stands: Story, wording: Wording) -> bool:
    """Returns whether nothing had occurred by then, and if so prints it."""
    if point.as_of is None or any(each.type != "opened" for each in stands.developments):
        return False
    say(points.nothing(wording, point.as_of.occurred))
    return True


@click.command()
@click.argument("story", shell_complete=complete_story)
@_by_option("recorded")
@options.as_of_option
@options.known_at_option
@options.language_option
@json_option
@pass_desk
def replay_command(
    desk: Workspace, story: str, order: str, as_of: str, known_at: str, language: str, as_json: bool
) -> None:
    """Watch a story unfold, event by event, with what each changed.

    With --by recorded, each event appears as it was recorded. With --by occurred, each development appears as it
    stands now, at its date; corrections and retractions are left out, because they did not happen in the world.
    """
    point = point_of(desk, story, as_of, known_at)
    steps = unfold(story, point.view().developments) if order == "occurred" else _recorded(point)
    if as_json:
        from tracker.views.as_json import step_shape

        say_json([step_shape(step) for step in steps])
        return
    stands = point.view()
    wording = desk.wordings(language or stands.language).without_isolates
    with paged():
        if point.words:
            wrapped(point.told(wording))
        for step in steps:
            event = step.development.event
            when = _span(event) if order == "occurred" else minute(event.recorded)
            _say_step(step, when, desk.wordings(language or step.story.language).without_isolates)
        _nothing_yet(point, stands, wording)


def _say_step(step: Step, when: str, wording: Wording) -> None:
    wrapped(f"#{step.development.seq}  {when}", bold=True)
    say_development(step.development, wording, "    ", seq=False)
    for each in changes(wording, step.changes, [step.development.title]):
        wrapped(each, "      ")


def _recorded(point: Point) -> Iterator[Step]:
    from tracker.views.bitemporal import occurred_by

    wanted = occurred_by(point.as_of.edge) if point.as_of else None
    return replay(point.slug, point.events, wanted)


def _when(event: Event) -> Span:
    return when(getattr(event, "occurred", Occurred("")), event.recorded)


def _span(event: Event) -> str:
    """The days on which the event may have occurred, such as ``2023-01-01 … 2024-08-04``."""
    first, last = _when(event)
    if isinstance(event, Opened):
        return f"opened here on {event.recorded[:10]}"
    if not getattr(event, "occurred", ""):
        return f"{first.day} (no date; counted from when it was recorded)"
    if first.day == last.day:
        return first.day
    ends = ("" if first.instant == BEGINNING else f"{first.day} "), ("" if last.instant == END else f" {last.day}")
    return f"{ends[0]}…{ends[1]}"


def say_development(
    development: Development, wording: Wording, indent: str = "", *, seq: bool = True, recorded: bool = False
) -> None:
    """Prints the line of a development in the colour of its standing, if asked with when it was recorded."""
    text = line(wording, development, seq=seq)
    text += f"  [{wording.say(NO_SOURCE)}]" if seq and lacks_source(development.event) else ""
    text += f"  {wording.say('recorded {time}', time=minute(development.event.recorded))}" if recorded else ""
    wrapped(text, indent, **_STANDING.get(development.standing, {}))


_STANDING: dict[str, dict[str, Any]] = {
    CORRECTED: {"fg": "cyan"},
    RETRACTED: {"fg": "red"},
    REDACTED: {"fg": "red"},
}
