"""``-e``: a development is filled in as a form, with the editor that whoever types is used to.

The form lies in ``.tracker/forms/`` while it is open, and stays there until what it says is recorded, so that
nothing typed is ever lost: what was left behind is taken up again the next time.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import click

from tracker import forms
from tracker.amend import UNCORRECTABLE, Development
from tracker.cli.recording import How, Values, correction_of, draft_of, record
from tracker.cli.terminal import mention
from tracker.drafts import is_empty
from tracker.errors import BadInput, Unknown
from tracker.events import Opened
from tracker.fold import places
from tracker.forms import Form
from tracker.names import Reference
from tracker.workspace import Workspace

Take = Callable[[Values], None]
"""Records what a form says. Raises BadInput, Unknown."""

FOLDER = "forms"

_LEAVE = "Save the file and close it to record it; leave it as it is to record nothing."


def fill_in(desk: Workspace, name: str, slug: str | None, typed: Values, how: How) -> None:
    """Records a development of this type from a form with these values in it."""
    cls = desk.log.glossary.of(name)
    extra = {} if slug else {"story": "its short name, such as tiktok-openai"}
    where = f" in {slug}" if slug else ""
    form = Form(cls, [f"{name}{where}: {' '.join((cls.__doc__ or '').split())}", _LEAVE], extra)

    def take(filled: Values) -> None:
        story = slug or filled.pop("story", "")
        if not story:
            raise BadInput("is missing", field="story")
        record(desk, story, draft_of(desk, name, filled), how)

    given = any(not is_empty(value) for value in typed.values())
    if cls is Opened:
        typed = {**typed, "language": typed.get("language") or desk.config.language}
    _edited(_path(desk, slug, name, anew=given), form, typed, take, keep=how.dry_run)


def correct(
    desk: Workspace, reference: Reference, target: Development, typed: Values, why: str | None, how: How
) -> None:
    """Records a correction: of the fields that the form says otherwise than the event does."""
    before = forms.typed_of(target.event, places(desk.log.read(reference.slug)))
    extra = {"why": "why, for the readers (required)"}
    intro = [f"{reference}: change what it should say, and say why. What is emptied says nothing.", _LEAVE]
    form = Form(type(target.event), intro, extra)
    start = form.read(form.text(before), "form")

    def take(filled: Values) -> None:
        reason = filled.pop("why", "")
        names = [name for name in {**start, **filled} if filled.get(name) != start.get(name)]
        if not names:
            raise BadInput("nothing is said otherwise; change a field, or leave the form as it is", field="why")
        if not reason:
            raise BadInput("is missing; say why, for the readers", field="why")
        changes = {name: filled.get(name) for name in names if name not in UNCORRECTABLE}
        record(desk, reference.slug, correction_of(desk, reference, target, changes, reason), how)

    path = _path(desk, reference.slug, f"correction-{reference.seq}", anew=bool(typed or why))
    _edited(path, form, {**before, **typed, "why": why}, take, keep=how.dry_run)


def _edited(path: str, form: Form, typed: Values, take: Take, *, keep: bool) -> None:
    """Opens the form at ``path`` until what it says is taken, or it was left as it was."""
    text = form.text(typed)
    if os.path.exists(path):
        mention(f"going on with {os.path.relpath(path)}, which was not recorded; delete it to begin anew")
        text = _read(path)
    else:
        _write(path, text)
    while True:
        before = _read(path)
        _open_editor(path)
        filled = _read(path)
        if filled == before:
            _leave(path, text)
        mistake = _mistake(form, forms.unmarked(filled), path, take)
        if not mistake and keep:
            mention(f"the form is kept in {os.path.relpath(path)}")
        elif not mistake:
            os.remove(path)
        if not mistake:
            return
        mention(mistake.rstrip())


def _mistake(form: Form, text: str, path: str, take: Take) -> str:
    """What is wrong with what the form says, after it was said in the form too; empty where it was taken."""
    try:
        take(form.read(text, "form"))
        return ""
    except Unknown as error:
        reason, field, line = str(error), error.kind, 0
    except BadInput as error:
        found = re.match(r"form:([0-9]+): ", error.reason)
        line = int(found[1]) if found else 0
        reason, field = error.reason[found.end() :] if found else error.reason, error.field
    _write(path, forms.marked(text, reason, field, line))
    return f"{field}: {reason}" if field else reason


def _leave(path: str, text: str) -> None:
    """Ends the command: nothing is recorded. A form that somebody has worked on is kept."""
    if forms.unmarked(_read(path)) == text:
        os.remove(path)
        mention("the form was left as it was; nothing was recorded")
    else:
        mention(f"nothing was recorded; the form is kept in {os.path.relpath(path)}")
    raise click.exceptions.Exit(1)


def _open_editor(path: str) -> None:
    if not (os.environ.get("VISUAL") or os.environ.get("EDITOR")):
        mention("neither VISUAL nor EDITOR says which editor; taking what is there")
    click.edit(filename=path)


def _path(desk: Workspace, slug: str | None, name: str, *, anew: bool) -> str:
    """Where the form lies. One that was left behind is taken up again, unless something was given (``anew``)."""
    folder = os.path.join(desk.scratch, FOLDER)
    os.makedirs(folder, exist_ok=True)
    start = os.path.join(folder, f"{slug or '_'}.{name}")
    path, number = f"{start}.toml", 1
    while anew and os.path.exists(path):
        number += 1
        path = f"{start}-{number}.toml"
    return path


def forget(desk: Workspace, slug: str) -> None:
    """Deletes the forms of a story that were not recorded: they may repeat a text that has to go."""
    folder = os.path.join(desk.scratch, FOLDER)
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if name.startswith(f"{slug}."):
            os.remove(os.path.join(folder, name))


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise BadInput(f"{os.path.relpath(path)}: is not UTF-8 (byte {error.start})") from None


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
