"""Dialogs: ask the editor for missing values, one question at a time, and suggest known answers.

::

    story? type? fields? ──▶ typed values ──▶ preview of the changes ──yes──▶ recorded
                                 ▲                     │
                                 └── a mistake asks again; e opens a form with all values

A value given as an option is not asked for. Each answer is checked at once. Enter skips a value that is not
required. Ctrl-C and Ctrl-D stop at any question and record nothing. If a complete development cannot be recorded,
its values are kept as a form.
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
from tracker.cli.recording import (
    How,
    Values,
    draft_of,
    preview,
    report,
    retraction_of,
    signed,
    story_for,
    tell_entry,
)
from tracker.cli.terminal import mention, say, wrapped
from tracker.domain.amend import REDACTED, RETRACTED, Development
from tracker.domain.decide import refuse_out_of_turn
from tracker.domain.events import (
    Closes,
    Event,
    Moves,
    Occurrence,
    Opened,
    Redaction,
    Report,
    TakesStance,
    short_help,
)
from tracker.domain.fold import may_move
from tracker.domain.story import Story
from tracker.errors import BadInput, TrackerError, nearest
from tracker.text.dates import to_datetime
from tracker.text.names import Reference, check_slug, parse_reference
from tracker.workspace.desk import Workspace
from tracker.workspace.recorder import RecordResult

# The commands.


def open_story(desk: Workspace, slug: str | None, typed: Values, how: How) -> str:
    """Asks for missing values, opens a story and returns its slug."""
    with _nothing_recorded():
        return _open(desk, slug, typed, how)


def add(desk: Workspace, name: str | None, slug: str | None, typed: Values, how: How) -> None:
    """Asks for the missing values of a development and records it. Repeats this while the editor wants to add
    more."""
    outcome = "nothing was recorded"
    if slug is None:
        with _nothing_recorded(outcome):
            slug, opened = _ask_story(desk, how)
        outcome = "nothing more was recorded" if opened else outcome
    more = True
    while more:
        with _nothing_recorded(outcome):
            more = _add_one(desk, name, slug, typed, how)
        name, typed, outcome = None, {}, "nothing more was recorded"


def which(desk: Workspace, name: str, slug: str, typed: Values, how: How, refused: BadInput) -> None:
    """Asks for the reference without which a development is refused, offers what can be meant, and records the
    development. Raises the refusal if nothing can be meant."""
    with _nothing_recorded():
        cls = desk.log.glossary.addable[name]
        asker = Asker(desk, story_for(desk, slug, cls), cls)
        wrapped(refused.reason, "  ")
        answer = given(asker.field(refused.field, given(typed)))
        if not answer:
            raise refused
        _settle(desk, name, given(typed) | answer, how, asker)


def wrong_development(desk: Workspace) -> Reference:
    """Asks which development to correct, and returns its reference."""
    with _nothing_recorded():
        return _ask_development(desk, "which development to correct", _is_correctable)


def retract(desk: Workspace, development: str | None, why: str | None, how: How) -> None:
    """Asks which event to retract, and why, and records the retraction."""
    with _nothing_recorded():
        if development is None:
            reference = _ask_development(desk, "which event to retract", _is_retractable)
        else:
            reference = parse_reference(development)
        values = retraction_of(reference, why or "-", quiet=how.quiet)
        desk.record(reference.slug, [signed(values, desk, how.editor)], dry_run=True)  # a refusal comes first
        _confirmed(desk, reference.slug, values | {"why": why or _ask_why()}, how)


def _open(desk: Workspace, slug: str | None, typed: Values, how: How) -> str:
    slug = slug or ask("story", "its short name, such as tiktok-openai", _new_slug(desk), required=True)
    asker = Asker(desk, story_for(desk, slug, Opened), Opened)
    typed = asker.rest(given(typed) | {"language": typed.get("language") or desk.config.language})
    _settle(desk, "opened", typed, how, asker)
    return slug


def _add_one(desk: Workspace, name: str | None, slug: str, typed: Values, how: How) -> bool:
    """Records one development. Returns whether the editor wants to add another."""
    types = desk.log.glossary.addable
    story = story_for(desk, slug, types[name]) if name else desk.story(slug)
    if name is None:
        possible = {each: short_help(cls) for each, cls in types.items() if not _out_of_place(story, cls)}
        check = partial(_check_type, story, types)
        name = ask("type", "what kind of development", check, possible, required=True, offer=True)
    elif reason := _out_of_place(story, types[name]):
        raise BadInput(reason)
    asker = Asker(desk, story, types[name])
    return _settle(desk, name, asker.rest(given(typed)), how, asker, more=True)


@contextlib.contextmanager
def _nothing_recorded(outcome: str = "nothing was recorded") -> Iterator[None]:
    """Prints ``outcome`` if the editor stops the dialog."""
    try:
        yield
    except (KeyboardInterrupt, click.exceptions.Abort):
        mention(outcome)
        raise


# From the answers to the log.


def _settle(desk: Workspace, name: str, typed: Values, how: How, asker: Asker, *, more: bool = False) -> bool:
    """Previews and records the values; asks again for a value that is refused. Returns whether the editor wants to
    add another development."""
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
    """Shows what recording the values would change, and records them if the editor agrees. Returns whether the
    editor wants to add another development, which only ``more`` offers. Raises BadInput before the first
    question."""
    say()
    previewed = preview(desk, slug, values, how)
    if how.dry_run:
        tell_entry(desk, previewed)
        mention("nothing was recorded")
        return False
    say()
    answers = {"yes": "record it"}
    answers |= {"more": "record it and add another"} if more else {}
    answers |= {"edit": "edit it in a form"} if edit else {}
    answer = choose("record it?", {**answers, "no": "record nothing"})
    if answer == "no":
        mention("nothing was recorded")
        raise click.exceptions.Exit(1)
    if answer == "edit" and edit:
        edit()
        return False
    with desk.log.until_told():
        (recorded,) = desk.record(slug, [signed(values, desk, how.editor)])
        if _outcome_of(recorded) != _outcome_of(previewed):
            mention("another editor recorded something meanwhile; your event changed:")
            report(recorded, dry_run=False, title=True)
        say(f"recorded {recorded.reference}", bold=True)
    return answer == "more"


def _outcome_of(recorded: RecordResult) -> tuple[Reference, list[str]]:
    """The reference and the changes: the part of a preview that another event can alter."""
    return recorded.reference, [str(change) for change in recorded.changes]


def _top(field: str) -> str:
    """The top-level field of a path: ``sources`` for ``sources[1].published``."""
    return field.partition("[")[0].partition(".")[0]


# Which type, story, development.


def _out_of_place(story: Story, cls: type[Event]) -> str:
    """Why the story cannot take an event of this type now; empty if it can."""
    try:
        refuse_out_of_turn(story, cls)
    except BadInput as error:
        return error.reason
    effect = cls.effect
    if isinstance(effect, Closes) and not any(
        each.in_force and each.kind == effect.kind for each in story.all_situations
    ):
        return f"{story.slug} has no {effect.kind} in force, so nothing ends"
    if isinstance(effect, Moves) and not any(may_move(cls, each) for each in story.all_situations):
        return f"{story.slug} has nothing that this could change; add that first"
    if isinstance(effect, TakesStance) and all(each.retracted for each in story.claims):
        return f"{story.slug} has no claim yet; add a report first"
    return ""


def _check_type(story: Story, types: Mapping[str, type[Event]], text: str) -> None:
    one_of(types, "type")(text)
    if reason := _out_of_place(story, types[text]):
        raise BadInput(reason)


def _ask_story(desk: Workspace, how: How) -> tuple[str, bool]:
    """Asks which story. Returns its slug and whether the dialog has just opened it."""
    slugs = desk.log.streams()
    if not slugs:
        mention("there is no story yet; open the first one")
        return _open_first(desk, None, how), True
    while True:
        slug = _ask_slug(desk, slugs, check_slug)
        if slug in slugs:
            return slug, False
        near = nearest(slug, slugs)
        meant = f" (did you mean {near}?)" if near else ""
        if agrees(f"there is no story {slug}{meant}; open it?"):
            return _open_first(desk, slug, how), True


def _ask_slug(desk: Workspace, slugs: Sequence[str], check: Check) -> str:
    known, recent = dict.fromkeys(slugs, ""), _recent(desk, slugs)
    return ask("story", "which one", check, known, required=True, suggested=recent, offer=not recent)


def _open_first(desk: Workspace, slug: str | None, how: How) -> str:
    slug = _open(desk, slug, {}, how)
    if how.dry_run:
        mention("a dry run opens no story, so there is none to add a development to")
        raise click.exceptions.Exit(0)
    say()
    return slug


def _recent(desk: Workspace, slugs: Sequence[str]) -> str:
    """The slug of the likely story: the only one, or the one with an event in the last hour; empty if there is
    none."""
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
        raise BadInput(f"{slug} has no development that can be corrected or retracted")
    answer = ask("development", help, reference_check(titles, slug), titles, required=True, offer=True)
    return parse_reference(answer, slug)


def _is_correctable(development: Development) -> bool:
    return isinstance(development.event, Occurrence)


def _is_retractable(development: Development) -> bool:
    is_final = isinstance(development.event, (Opened, Redaction))
    return not is_final and development.standing not in (RETRACTED, REDACTED)


def _ask_why(default: str = "") -> str:
    return ask("why", "the reason, for readers", field_check(Report, "claim"), required=True, default=default)


def _new_slug(desk: Workspace) -> Check:
    def check(text: str) -> None:
        if check_slug(text) in desk.log.streams(text):
            raise BadInput(f"{text} is open already; add to it with tracker add")

    return check
