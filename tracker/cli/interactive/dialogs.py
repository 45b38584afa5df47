"""Asking for what is missing, a question at a time, with what is known to choose from.

::

    story? type? fields? ──▶ typed values ──▶ what it will change ──yes──▶ recorded
                                 ▲                     │
                                 └── a mistake asks again, e opens all of it as a form

What was given as an option is not asked. An answer is checked as it is given; Enter leaves out what is not
required. Ctrl-C and Ctrl-D stop at any question, and nothing is recorded; what cannot be recorded although all was
answered is kept as a form.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import click

from tracker.cli.interactive import editor
from tracker.cli.interactive.prompt import Check, agrees, ask, choose, field_check, one_of
from tracker.cli.interactive.questions import Asker, given, reference_check
from tracker.cli.interactive.suggestions import SITTING
from tracker.cli.recording import How, Values, draft_of, may_follow, preview, report, signed, tell_entry
from tracker.cli.terminal import mention, say, wrapped
from tracker.domain.amend import REDACTED, RETRACTED, Development
from tracker.domain.decide import refuse_out_of_turn
from tracker.domain.events import Closes, Event, Occurrence, Opened, Redaction, Report, TakesStance, short_help
from tracker.domain.story import Story
from tracker.errors import BadInput, TrackerError, nearest
from tracker.text.dates import to_datetime
from tracker.text.names import Reference, check_slug, parse_reference
from tracker.workspace.desk import Workspace
from tracker.workspace.recorder import RecordResult

# The commands.


def open_story(desk: Workspace, slug: str | None, typed: Values, how: How) -> str:
    """Opens a story and returns its slug."""
    with _nothing_recorded():
        return _open(desk, slug, typed, how)


def add(desk: Workspace, name: str | None, slug: str | None, typed: Values, how: How) -> None:
    """Asks for whatever of a development is not given, and records it; and for another, while that is wanted."""
    told = "nothing was recorded"
    if slug is None:
        with _nothing_recorded(told):
            slug, opened = _ask_story(desk, how)
        told = "nothing more was recorded" if opened else told
    more = True
    while more:
        with _nothing_recorded(told):
            more = _add_one(desk, name, slug, typed, how)
        name, typed, told = None, {}, "nothing more was recorded"


def wrong_development(desk: Workspace) -> Reference:
    """Ask which development is to be corrected, and return its name."""
    with _nothing_recorded():
        return _ask_development(desk, "which development was wrong", _is_correctable)


def retract(desk: Workspace, development: str | None, why: str | None, how: How) -> None:
    """Asks what is withdrawn, and why."""
    with _nothing_recorded():
        if development is None:
            reference = _ask_development(desk, "which event is withdrawn", _is_retractable)
        else:
            reference = parse_reference(development)
        values = {"type": "retraction", "retracts": str(reference), "why": why or "-"}
        desk.record(reference.slug, [signed(values, desk, how.editor)], dry_run=True)  # may be refused at once
        _confirmed(desk, reference.slug, values | {"why": why or _ask_why()}, how)


def _open(desk: Workspace, slug: str | None, typed: Values, how: How) -> str:
    slug = slug or ask("story", "its short name, such as tiktok-openai", _new_slug(desk), required=True)
    asker = Asker(desk, may_follow(desk, slug, Opened), Opened)
    typed = asker.rest(given(typed) | {"language": typed.get("language") or desk.config.language})
    _settle(desk, "opened", typed, how, asker)
    return slug


def _add_one(desk: Workspace, name: str | None, slug: str, typed: Values, how: How) -> bool:
    """Records one development; says whether another one is wanted."""
    types = desk.log.glossary.addable
    story = may_follow(desk, slug, types[name]) if name else desk.story(slug)
    if name is None:
        possible = {each: short_help(cls) for each, cls in types.items() if not _out_of_place(story, cls)}
        check = partial(_check_type, story, types)
        name = ask("type", "what kind of development", check, possible, required=True, offer=True)
    elif reason := _out_of_place(story, types[name]):
        raise BadInput(reason)
    asker = Asker(desk, story, types[name])
    return _settle(desk, name, asker.rest(given(typed)), how, asker, more=True)


@contextlib.contextmanager
def _nothing_recorded(told: str = "nothing was recorded") -> Iterator[None]:
    """Whoever stops is told that nothing was recorded."""
    try:
        yield
    except (KeyboardInterrupt, click.exceptions.Abort):
        mention(told)
        raise


# From the answers to the log.


def _settle(desk: Workspace, name: str, typed: Values, how: How, asker: Asker, *, more: bool = False) -> bool:
    """Previews and records; what is refused is asked again. Says whether another development is wanted."""
    slug = asker.story.slug
    while True:
        try:
            edit = partial(editor.fill_in, desk, name, slug, typed, how)
            return _confirmed(desk, slug, draft_of(desk, name, typed), how, edit, more=more)
        except BadInput as error:
            field = _top(error.field)
            if field not in asker.fields:
                editor.keep(desk, name, slug, typed)
                raise
            wrapped(str(error), "  ", fg="red")
            typed = given(typed | asker.field(field, typed))
        except (TrackerError, KeyboardInterrupt, click.exceptions.Abort):
            editor.keep(desk, name, slug, typed)
            raise


def _confirmed(
    desk: Workspace,
    slug: str,
    values: Values,
    how: How,
    edit: Callable[[], None] | None = None,
    *,
    more: bool = False,
) -> bool:
    """Says what recording it would change and records it on yes. Raises BadInput before anything is asked. Says
    whether another development is wanted, which only ``more`` offers."""
    say()
    previewed = preview(desk, slug, values, how)
    if how.dry_run:
        tell_entry(desk, previewed)
        mention("nothing was recorded")
        return False
    say()
    answers = {"yes": "record it"}
    answers |= {"more": "record it, and type another"} if more else {}
    answers |= {"edit": "open it as a form"} if edit else {}
    answer = choose("record it?", {**answers, "no": "record nothing"})
    if answer == "no":
        mention("nothing was recorded")
        raise click.exceptions.Exit(1)
    if answer == "edit" and edit:
        edit()
        return False
    with desk.log.until_told():
        (recorded,) = desk.record(slug, [signed(values, desk, how.editor)])
        if _said(recorded) != _said(previewed):
            mention("somebody else has recorded something meanwhile; this is what it changed in the end:")
            report(recorded, dry_run=False, title=True)
        say(f"recorded {recorded.reference}", bold=True)
    return answer == "more"


def _said(recorded: RecordResult) -> tuple[Reference, list[str]]:
    """What was told of it, whatever its id."""
    return recorded.reference, [str(change) for change in recorded.changes]


def _top(field: str) -> str:
    """The event's field that ``sources[1].published`` is part of."""
    return field.partition("[")[0].partition(".")[0]


# Which type, story, development.


def _out_of_place(story: Story, cls: type[Event]) -> str:
    """Why nothing of this type can be recorded as the story stands; empty where it can."""
    try:
        refuse_out_of_turn(story, cls)
    except BadInput as error:
        return error.reason
    effect = cls.effect
    if isinstance(effect, Closes) and not any(
        each.in_force and each.kind == effect.kind for each in story.all_situations
    ):
        return f"{story.slug} has no {effect.kind} in force, so nothing ends"
    if isinstance(effect, TakesStance) and all(each.retracted for each in story.claims):
        return f"{story.slug} has no claim yet; add a report first"
    return ""


def _check_type(story: Story, types: Mapping[str, type[Event]], text: str) -> None:
    one_of(types, "type")(text)
    if reason := _out_of_place(story, types[text]):
        raise BadInput(reason)


def _ask_story(desk: Workspace, how: How) -> tuple[str, bool]:
    """Which story, and whether it was only just opened."""
    slugs = desk.log.streams()
    if not slugs:
        mention("there is no story yet; this opens the first one")
        return _open_first(desk, None, how), True
    while True:
        slug = _ask_slug(desk, slugs, check_slug)
        if slug in slugs:
            return slug, False
        near = nearest(slug, slugs)
        meant = f" (did you mean {near}?)" if near else ""
        if agrees(f"there is no story {slug}{meant}; open it?", by_default=False):
            return _open_first(desk, slug, how), True


def _ask_slug(desk: Workspace, slugs: Sequence[str], check: Check) -> str:
    known, recent = dict.fromkeys(slugs, ""), _recent(desk, slugs)
    return ask("story", "which one", check, known, required=True, default=recent, offer=not recent)


def _open_first(desk: Workspace, slug: str | None, how: How) -> str:
    slug = _open(desk, slug, {}, how)
    if how.dry_run:
        mention("a trial opens no story, so there is none to try a development in")
        raise click.exceptions.Exit(0)
    say()
    return slug


def _recent(desk: Workspace, slugs: Sequence[str]) -> str:
    """The story that is probably meant: the only one, or that of which something was recorded in this sitting."""
    latest, when = desk.log.latest()
    age = to_datetime(desk.clock()).timestamp() - when
    return latest if len(slugs) == 1 or age < SITTING else ""


def _ask_development(desk: Workspace, help: str, wanted: Callable[[Development], bool]) -> Reference:
    slugs = desk.log.streams()
    if not slugs:
        raise BadInput("there is no story yet; begin one with tracker open")
    slug = _ask_slug(desk, slugs, one_of(slugs, "story"))
    developments = reversed(desk.story(slug).developments)
    titles = {f"#{each.seq}": each.title for each in developments if wanted(each)}
    if not titles:
        raise BadInput(f"{slug} has nothing of which that could be said")
    answer = ask("development", help, reference_check(titles, slug), titles, required=True, offer=True)
    return parse_reference(answer, slug)


def _is_correctable(development: Development) -> bool:
    return isinstance(development.event, Occurrence)


def _is_retractable(development: Development) -> bool:
    is_final = isinstance(development.event, (Opened, Redaction))
    return not is_final and development.standing not in (RETRACTED, REDACTED)


def _ask_why(default: str = "") -> str:
    return ask("why", "for the readers", field_check(Report, "claim"), required=True, default=default)


def _new_slug(desk: Workspace) -> Check:
    def check(text: str) -> None:
        if check_slug(text) in desk.log.streams(text):
            raise BadInput(f"{text} is open already; tracker add adds to it")

    return check
