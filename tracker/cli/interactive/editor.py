"""Forms: the editor fills in or corrects a development in a file that ``$EDITOR`` opens.

::

    .tracker/forms/story.update.toml ──$EDITOR──▶ read ──▶ recorded, and the form is deleted
              ▲                                     │
              └─────── a mistake is marked ─────────┘

A form stays a file until its values are recorded, so no typed text is lost. Without options, the command opens the
newest unrecorded form. With options, it begins a new one.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator

import click

from tracker.cli.interactive.suggestions import cited_just_now, taken_over
from tracker.cli.recording import How, Values, append, correctable, correction_of, draft_of, story_for
from tracker.cli.terminal import mention
from tracker.domain import forms
from tracker.domain.amend import Development, places
from tracker.domain.drafts import is_empty
from tracker.domain.events import Occurrence, Opened
from tracker.domain.forms import Form
from tracker.errors import BadInput, TrackerError, Unknown
from tracker.text.names import Reference
from tracker.workspace.desk import Workspace
from tracker.workspace.links import Numbers

Take = Callable[[Values], Callable[[], None]]
"""Records the values of a form and returns a function that reports the event. Raises BadInput, Unknown."""

FOLDER = "forms"

_LEAVE = "To record it, save the file and close it. To record nothing, close it without a change."


def fill_in(desk: Workspace, name: str, slug: str | None, typed: Values, how: How) -> None:
    """Opens a form with these values and records it as a development of this type. Raises BadInput, Unknown."""
    cls = desk.log.glossary.of(name)
    story = story_for(desk, slug, cls) if slug else None
    cited = cited_just_now(story, desk.clock()) if story else None

    def take(filled: Values) -> Callable[[], None]:
        into = slug or filled.pop("story", "")
        if not into:
            raise BadInput("is missing; name the story", field="story")
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
    """Opens a form with the event's values and records a correction of the fields that the editor changes. Raises
    BadInput, Unknown."""
    event = correctable(reference, target)
    form, before = _correction_form(desk, reference, event)
    start = form.read(form.text(before), "form")

    def take(filled: Values) -> Callable[[], None]:
        reason = filled.pop("why", "")
        names = [name for name in {**start, **filled} if filled.get(name) != start.get(name)]
        if not names:
            raise BadInput("no field is changed; change one, or close the form without a change")
        if not reason:
            raise BadInput("is missing; give the reason, for readers", field="why")
        changes = {name: filled.get(name) for name in names}
        return append(
            desk, reference.slug, correction_of(desk, reference, target, changes, reason, quiet=how.quiet), how
        )

    given = {**typed, **({"why": why} if why else {})}
    place = FormPlace(desk, reference.slug, f"correction-{reference.seq}", f"correct '{reference}'")
    with desk.log.until_told():
        _edited(place, form, {**before, **given}, given, take, how)


def keep(desk: Workspace, name: str, slug: str, typed: Values) -> None:
    """Saves the values of a dialog as a form and prints its path."""
    place = FormPlace(desk, slug, name, _command(desk, name, slug))
    path = place.keep(_form_of(desk, name, slug).text(_with_language(desk, name, typed)))
    mention(f"your text is kept in {os.path.relpath(path)}; continue with {place.command}")


def forget(desk: Workspace, slug: str) -> None:
    """Deletes the unrecorded forms of a story, and the backup files of text editors beside them. They may repeat a
    removed text."""
    folder = os.path.join(desk.scratch, FOLDER)
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        path = os.path.join(folder, name)
        own = name.lstrip(".#")
        if own.startswith(f"{slug}.") or (own.startswith("_.") and _is_for(slug, path)):
            os.remove(path)


def _is_for(slug: str, path: str) -> bool:
    """Whether a form with a field for the story may name this one."""
    return bool(re.search(rf"""^\s*["']?story["']?\s*=.*\b{re.escape(slug)}\b""", _read(path), re.MULTILINE))


# The forms.


def _form_of(desk: Workspace, name: str, slug: str | None, as_in: str = "") -> Form:
    cls = desk.log.glossary.of(name)
    extra = {} if slug else {"story": "its short name, such as tiktok-openai (required)"}
    where = f" in {slug}" if slug else ""
    return Form(cls, [f"{name}{where}: {' '.join((cls.__doc__ or '').split())}", _LEAVE], extra, as_in)


def _correction_form(desk: Workspace, reference: Reference, event: Occurrence) -> tuple[Form, Values]:
    """Returns the form and the event's values as typed."""
    intro = [
        f"{reference}: change the fields that are wrong, and say why. Empty a field to remove its value.",
        _LEAVE,
    ]
    form = Form(type(event), intro, {"why": "the reason, for readers (required)"})
    return form, forms.typed_of(event, places(desk.log.read(reference.slug)), Numbers(desk.log))


def _with_language(desk: Workspace, name: str, typed: Values) -> Values:
    is_opening = desk.log.glossary.of(name) is Opened
    return {"language": desk.config.language, **typed} if is_opening else dict(typed)


def _command(desk: Workspace, name: str, slug: str | None) -> str:
    command = "open" if desk.log.glossary.of(name) is Opened else f"add {name}"
    return f"{command} {slug}" if slug else command


# From the form to the log.

MOST_OPENED = 50


def _edited(place: FormPlace, form: Form, start: Values, given: Values, take: Take, how: How) -> None:
    """Opens a form with the values ``start``, again until it is recorded or closed without a change, at most
    ``MOST_OPENED`` times: an editor may be a program that makes the same mistake each time."""
    text = form.text(start)
    path = place.opened(text, again=not given)
    with _never_lost(path, text, place.command):
        for _ in range(MOST_OPENED):
            if report := _taken(path, form, text, take):
                break
        else:
            raise BadInput(f"the form was opened {MOST_OPENED} times, and is still refused")
        if not how.dry_run:
            with contextlib.suppress(FileNotFoundError):  # another command has it now
                os.remove(path)
    report()
    if how.dry_run:
        mention(f"the form is kept in {os.path.relpath(path)}; continue with {place.command}")


def _taken(path: str, form: Form, text: str, take: Take) -> Callable[[], None] | None:
    """Opens the form once and records its values. If they are refused, prints the mistake, marks it in the form
    and returns None. Raises _Unchanged."""
    before, state = _read(path), _state(path)
    _open_editor(path)
    filled = _read(path)
    is_ready = before != text and before == forms.unmarked(before)
    if filled == before and not (is_ready and _state(path) != state):
        raise _Unchanged
    try:
        return take(form.read(forms.unmarked(filled), "form"))
    except (BadInput, Unknown) as error:
        field, reason, line = _field_reason_and_line(error, form)
    _write(path, forms.marked(filled, reason, field, line))
    mention(f"{field}: {reason}" if field else reason)
    return None


def _field_reason_and_line(error: BadInput | Unknown, form: Form) -> tuple[str, str, int]:
    """The field, the reason and the line of a mistake. A form that is not TOML has a line, else there is a
    field."""
    if isinstance(error, Unknown):
        return error.kind if error.kind in form.extra else "", str(error), 0
    found = re.match(r"form:([0-9]+): ", error.reason)
    return error.field, error.reason[found.end() :] if found else error.reason, int(found[1]) if found else 0


class _Unchanged(Exception):
    """The editor closed the form without a change."""


@contextlib.contextmanager
def _never_lost(path: str, text: str, command: str) -> Iterator[None]:
    """If the block ends without recording, keeps a changed form and prints its path; deletes an unchanged one."""
    try:
        yield
    except BaseException as error:
        unchanged = isinstance(error, _Unchanged)
        if not os.path.exists(path):
            mention(f"nothing was recorded; {os.path.relpath(path)} was removed while it was open")
        elif forms.unmarked(_read(path)) == text:
            os.remove(path)
            if unchanged:
                mention("the form was not changed; nothing was recorded")
        else:
            mention(f"nothing was recorded; the form is kept in {os.path.relpath(path)}; continue with {command}")
        if unchanged:
            raise click.exceptions.Exit(1) from None
        raise


def _open_editor(path: str) -> None:
    if not (os.environ.get("VISUAL") or os.environ.get("EDITOR")):
        mention("VISUAL and EDITOR are not set; opening an editor of this system")
    try:
        click.edit(filename=path)
    except click.ClickException as error:
        raise TrackerError(f"{error.message}. Set the variable EDITOR to your editor") from None


# Where forms are.


class FormPlace:
    """The place of the forms for one development. ``command`` opens the newest of them."""

    def __init__(self, desk: Workspace, slug: str | None, name: str, command: str) -> None:
        self.start = os.path.join(desk.scratch, FOLDER, f"{slug or '_'}.{name}")
        self.command = f"tracker {command} -e"
        os.makedirs(os.path.dirname(self.start), exist_ok=True)

    def opened(self, text: str, *, again: bool) -> str:
        """Returns the path of a form to open: a new one with this text or, if ``again``, the newest unrecorded
        one.

        The unrecorded form gets a new name. If a text editor still has it open, that editor saves to the old name.
        """
        unrecorded = self._newest(text)
        path = self.keep(_read(unrecorded) if unrecorded and again else text)
        if unrecorded and again:
            os.replace(unrecorded, path)
            mention(
                f"continuing with {os.path.relpath(path)}, which is not recorded yet; delete it to begin another"
            )
        elif unrecorded:
            mention(f"{os.path.relpath(unrecorded)} is not recorded yet; continue with {self.command}")
        return path

    def _newest(self, text: str) -> str:
        """The path of the form that was saved last and has another text than this; empty if there is none."""
        folder, start = os.path.split(self.start)
        names = (name for name in os.listdir(folder) if re.fullmatch(rf"{re.escape(start)}(-[0-9]+)?\.toml", name))
        paths = sorted((os.path.join(folder, name) for name in names), key=os.path.getmtime)
        return next((path for path in reversed(paths) if _read(path) != text), "")

    def keep(self, text: str) -> str:
        """Writes a new form with this text and returns its path."""
        path, number = f"{self.start}.toml", 1
        while os.path.exists(path):
            number += 1
            path = f"{self.start}-{number}.toml"
        _write(path, text, "x")
        return path


def _state(path: str) -> tuple[int, int]:
    """The form's inode and mtime. They change at each save, even without a change of the text."""
    found = os.stat(path)
    return found.st_ino, found.st_mtime_ns


def _read(path: str) -> str:
    """Returns the form without a byte order mark. Bytes that are not UTF-8 stay, so that the parser refuses them
    with their line."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read().removeprefix("\ufeff")


def _write(path: str, text: str, mode: str = "w") -> None:
    with open(path, mode, encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)
