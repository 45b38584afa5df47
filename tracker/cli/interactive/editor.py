"""Forms: an editor fills in or corrects a development in a file that ``$EDITOR`` opens.

::

    .tracker/forms/story.update.toml ──$EDITOR──▶ read ──▶ recorded, and the form is deleted
              ▲                                     │
              └─────── a mistake is marked ─────────┘

A form is a file of its own until what it says is recorded, so nothing that was typed is lost. The command without
options opens the newest form that was not recorded; with options it begins another.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator

import click

from tracker.cli.interactive.suggestions import cited_just_now, taken_over
from tracker.cli.recording import How, Values, append, correctable, correction_of, draft_of, may_follow
from tracker.cli.terminal import mention
from tracker.domain import forms
from tracker.domain.amend import Development
from tracker.domain.drafts import is_empty
from tracker.domain.events import Occurrence, Opened
from tracker.domain.fold import places
from tracker.domain.forms import Form
from tracker.errors import BadInput, TrackerError, Unknown
from tracker.text.names import Reference
from tracker.workspace.desk import Workspace

Take = Callable[[Values], Callable[[], None]]
"""Records what a form says, and returns what says so. Raises BadInput, Unknown."""

FOLDER = "forms"

_LEAVE = "Save the file and close it to record it; leave it as it is to record nothing."


def fill_in(desk: Workspace, name: str, slug: str | None, typed: Values, how: How) -> None:
    """Records a development of this type from a form with these values in it. Raises BadInput, Unknown."""
    cls = desk.log.glossary.of(name)
    story = may_follow(desk, slug, cls) if slug else None
    cited = cited_just_now(story, desk.clock()) if story else None

    def take(filled: Values) -> Callable[[], None]:
        into = slug or filled.pop("story", "")
        if not into:
            raise BadInput("is missing; say which", field="story")
        return append(desk, into, draft_of(desk, name, filled), how)

    given = {field: value for field, value in typed.items() if not is_empty(value)}
    start = _with_language(desk, name, given)
    place = FormPlace(desk, slug, name, _command(desk, name, slug))
    if cited and "sources" not in given:
        form = _form_of(desk, name, slug, as_in=f"#{cited.seq}")
        start["sources"] = taken_over(cited.sources)
    else:
        form = _form_of(desk, name, slug)
    with desk.log.until_told():
        _edited(place, form, start, given, take, how)


def correct(
    desk: Workspace, reference: Reference, target: Development, typed: Values, why: str | None, how: How
) -> None:
    """Record a correction of the fields in which the form differs from the event. Raises BadInput, Unknown."""
    event = correctable(reference, target)
    form, before = _correction_form(desk, reference, event)
    start = form.read(form.text(before), "form")

    def take(filled: Values) -> Callable[[], None]:
        reason = filled.pop("why", "")
        names = [name for name in {**start, **filled} if filled.get(name) != start.get(name)]
        if not names:
            raise BadInput("nothing is said otherwise; change a field, or leave the form as it is")
        if not reason:
            raise BadInput("is missing; say why, for the readers", field="why")
        changes = {name: filled.get(name) for name in names}
        return append(desk, reference.slug, correction_of(desk, reference, target, changes, reason), how)

    given = {**typed, **({"why": why} if why else {})}
    place = FormPlace(desk, reference.slug, f"correction-{reference.seq}", f"correct '{reference}'")
    with desk.log.until_told():
        _edited(place, form, {**before, **given}, given, take, how)


def keep(desk: Workspace, name: str, slug: str, typed: Values) -> None:
    """Keep what was typed elsewhere as a form, and say where."""
    place = FormPlace(desk, slug, name, _command(desk, name, slug))
    path = place.keep(_form_of(desk, name, slug).text(_with_language(desk, name, typed)))
    mention(f"what was typed is kept in {os.path.relpath(path)}; {place.command} takes it up")


def forget(desk: Workspace, slug: str) -> None:
    """Deletes the forms of a story that were not recorded, and what editors keep beside them: they may repeat a
    text that has to go."""
    folder = os.path.join(desk.scratch, FOLDER)
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        path = os.path.join(folder, name)
        own = name.lstrip(".#")
        if own.startswith(f"{slug}.") or (own.startswith("_.") and _is_for(slug, path)):
            os.remove(path)


def _is_for(slug: str, path: str) -> bool:
    """Whether a form that says which story it is for may say this one."""
    return bool(re.search(rf"""^\s*["']?story["']?\s*=.*\b{re.escape(slug)}\b""", _read(path), re.MULTILINE))


# The forms.


def _form_of(desk: Workspace, name: str, slug: str | None, as_in: str = "") -> Form:
    cls = desk.log.glossary.of(name)
    extra = {} if slug else {"story": "its short name, such as tiktok-openai (required)"}
    where = f" in {slug}" if slug else ""
    return Form(cls, [f"{name}{where}: {' '.join((cls.__doc__ or '').split())}", _LEAVE], extra, as_in)


def _correction_form(desk: Workspace, reference: Reference, event: Occurrence) -> tuple[Form, Values]:
    """The form, and what the event says."""
    intro = [f"{reference}: change what it should say, and say why. What is emptied says nothing.", _LEAVE]
    form = Form(type(event), intro, {"why": "why, for the readers (required)"})
    return form, forms.typed_of(event, places(desk.log.read(reference.slug)))


def _with_language(desk: Workspace, name: str, typed: Values) -> Values:
    is_opening = desk.log.glossary.of(name) is Opened
    return {"language": desk.config.language, **typed} if is_opening else dict(typed)


def _command(desk: Workspace, name: str, slug: str | None) -> str:
    command = "open" if desk.log.glossary.of(name) is Opened else f"add {name}"
    return f"{command} {slug}" if slug else command


# From the form to the log.


def _edited(place: FormPlace, form: Form, start: Values, given: Values, take: Take, how: How) -> None:
    """Open a form that begins with the values ``start`` until what it says is taken, or it was left as it was."""
    text = form.text(start)
    path = place.opened(text, again=not given)
    with _never_lost(path, text, place.command):
        while (say_so := _taken(path, form, text, take)) is None:
            pass
        if not how.dry_run:
            with contextlib.suppress(FileNotFoundError):  # taken over by another command
                os.remove(path)
    say_so()
    if how.dry_run:
        mention(f"the form is kept in {os.path.relpath(path)}; {place.command} takes it up")


def _taken(path: str, form: Form, text: str, take: Take) -> Callable[[], None] | None:
    """Opens the editor once and takes what the form then says. What is wrong with it is said, in the form too."""
    before, state = _read(path), _state(path)
    _open_editor(path)
    filled = _read(path)
    is_ready = before != text and before == forms.unmarked(before)
    if filled == before and not (is_ready and _state(path) != state):
        raise _Left
    try:
        return take(form.read(forms.unmarked(filled), "form"))
    except (BadInput, Unknown) as error:
        field, reason, line = _field_reason_and_line(error, form)
    _write(path, forms.marked(filled, reason, field, line))
    mention(f"{field}: {reason}" if field else reason)
    return None


def _field_reason_and_line(error: BadInput | Unknown, form: Form) -> tuple[str, str, int]:
    """What is wrong with a form, and where: its line, where it is not TOML, else its field."""
    if isinstance(error, Unknown):
        return error.kind if error.kind in form.extra else "", str(error), 0
    found = re.match(r"form:([0-9]+): ", error.reason)
    return error.field, error.reason[found.end() :] if found else error.reason, int(found[1]) if found else 0


class _Left(Exception):
    """The form was left as it was."""


@contextlib.contextmanager
def _never_lost(path: str, text: str, command: str) -> Iterator[None]:
    """If the command ends without recording, keep a form that was changed and say where it is; delete one that is
    as it began."""
    try:
        yield
    except BaseException as error:
        left = isinstance(error, _Left)
        if not os.path.exists(path):
            mention(f"nothing was recorded; {os.path.relpath(path)} was removed while it was open")
        elif forms.unmarked(_read(path)) == text:
            os.remove(path)
            if left:
                mention("the form was left as it was; nothing was recorded")
        else:
            mention(f"nothing was recorded; the form is kept in {os.path.relpath(path)}; {command} takes it up")
        if left:
            raise click.exceptions.Exit(1) from None
        raise


def _open_editor(path: str) -> None:
    if not (os.environ.get("VISUAL") or os.environ.get("EDITOR")):
        mention("neither VISUAL nor EDITOR says which editor; taking what is there")
    try:
        click.edit(filename=path)
    except click.ClickException as error:
        raise TrackerError(f"{error.message}. The variable EDITOR says which editor to use") from None


# Where forms are.


class FormPlace:
    """Where the forms for one development are. ``command`` takes up the newest of them."""

    def __init__(self, desk: Workspace, slug: str | None, name: str, command: str) -> None:
        self.start = os.path.join(desk.scratch, FOLDER, f"{slug or '_'}.{name}")
        self.command = f"tracker {command} -e"
        os.makedirs(os.path.dirname(self.start), exist_ok=True)

    def opened(self, text: str, *, again: bool) -> str:
        """The path of a form to open: a new one with this text or, if ``again``, the newest that was not recorded.

        That one gets another name. If it is still open in an editor, the editor saves to a file of its own.
        """
        left = self._newest(text)
        path = self.keep(_read(left) if left and again else text)
        if left and again:
            os.replace(left, path)
            mention(f"going on with {os.path.relpath(path)}, which was not recorded; delete it to begin another")
        elif left:
            mention(f"{os.path.relpath(left)} is not recorded yet; {self.command} takes it up")
        return path

    def _newest(self, text: str) -> str:
        """The path of the form that was saved last and does not have this text; empty where there is none."""
        folder, start = os.path.split(self.start)
        names = (name for name in os.listdir(folder) if re.fullmatch(rf"{re.escape(start)}(-[0-9]+)?\.toml", name))
        paths = sorted((os.path.join(folder, name) for name in names), key=os.path.getmtime)
        return next((path for path in reversed(paths) if _read(path) != text), "")

    def keep(self, text: str) -> str:
        """The path of a new form with this text."""
        path, number = f"{self.start}.toml", 1
        while os.path.exists(path):
            number += 1
            path = f"{self.start}-{number}.toml"
        _write(path, text, "x")
        return path


def _state(path: str) -> tuple[int, int]:
    """What changes whenever the form is saved, also as it was."""
    found = os.stat(path)
    return found.st_ino, found.st_mtime_ns


def _read(path: str) -> str:
    """The form, without the mark that some editors begin a file with. What is not UTF-8 stays in it, for the
    reading to refuse by its line."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read().removeprefix("\ufeff")


def _write(path: str, text: str, mode: str = "w") -> None:
    with open(path, mode, encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)
