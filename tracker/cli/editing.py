"""``-e``: a development is filled in as a form, with the editor that whoever types is used to.

::

    .tracker/forms/story.update.toml ──an editor──▶ read ──▶ recorded, and the form is deleted
              ▲                                      │
              └────────── a mistake is marked ───────┘

A form stays where it is until what it says is recorded, so that nothing typed is ever lost: the same command takes
up what was left behind. While a form is open nobody else takes it up.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Callable, Iterator

import click

from tracker import forms
from tracker.amend import Development
from tracker.cli.known import cited_just_now, taken_over
from tracker.cli.recording import How, Values, append, correctable, correction_of, draft_of, may_follow
from tracker.cli.terminal import mention
from tracker.drafts import is_empty
from tracker.errors import BadInput, TrackerError, Unknown
from tracker.events import Occurrence, Opened
from tracker.fold import places
from tracker.forms import Form
from tracker.names import Reference
from tracker.workspace import Workspace

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
    if cited and "sources" not in given:
        form = _form_of(desk, name, slug, as_in=f"#{cited.seq}")
        start["sources"] = taken_over(cited.sources)
    else:
        form = _form_of(desk, name, slug)
    with desk.log.until_told():
        _edited(_place(desk, slug, name), form, start, given, take, how)


def correct(
    desk: Workspace, reference: Reference, target: Development, typed: Values, why: str | None, how: How
) -> None:
    """Records a correction: of the fields that the form says otherwise than the event does."""
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
    place = _place(desk, reference.slug, f"correction-{reference.seq}")
    with desk.log.until_told():
        _edited(place, form, {**before, **given}, given, take, how)


def keep(desk: Workspace, name: str, slug: str, typed: Values) -> None:
    """Keeps what was typed elsewhere as a form, to be taken up with ``-e``."""
    path = _keep(_place(desk, slug, name), _form_of(desk, name, slug).text(_with_language(desk, name, typed)))
    command = "open" if desk.log.glossary.of(name) is Opened else f"add {name}"
    mention(f"what was typed is kept in {os.path.relpath(path)}; tracker {command} {slug} -e takes it up")


def keep_correction(desk: Workspace, reference: Reference, target: Development, typed: Values, why: str) -> None:
    """Keeps what was typed of a correction as a form, to be taken up with ``-e``."""
    form, before = _correction_form(desk, reference, correctable(reference, target))
    place = _place(desk, reference.slug, f"correction-{reference.seq}")
    path = _keep(place, form.text({**before, **typed, "why": why}))
    mention(f"what was typed is kept in {os.path.relpath(path)}; tracker correct '{reference}' -e takes it up")


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


# From the form to the log.


def _edited(place: str, form: Form, typed: Values, given: Values, take: Take, how: How) -> None:
    """Opens a form until what it says is taken, or it was left as it was."""
    text = form.text(typed)
    with _open_form(place, form, text, given) as path, _never_lost(path, text):
        while (say_so := _taken(path, form, text, take)) is None:
            pass
        if not how.dry_run:
            os.remove(path)
    say_so()
    if how.dry_run:
        mention(f"the form is kept in {os.path.relpath(path)}; the same command without --dry-run takes it up")


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
def _never_lost(path: str, text: str) -> Iterator[None]:
    """However the command ends without recording: a form that somebody has worked on is kept, and it is said
    where; one that nobody has is deleted."""
    try:
        yield
    except BaseException as error:
        left = isinstance(error, _Left)
        if not os.path.exists(path):
            mention("nothing was recorded; the editor removed the form, so there is nothing left of it")
        elif forms.unmarked(_read(path)) == text:
            os.remove(path)
            if left:
                mention("the form was left as it was; nothing was recorded")
        else:
            mention(
                f"nothing was recorded; the form is kept in {os.path.relpath(path)},"
                " and the same command takes it up again"
            )
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


# Where forms lie.


def _place(desk: Workspace, slug: str | None, name: str) -> str:
    """What the names of the forms for this begin with."""
    folder = os.path.join(desk.scratch, FOLDER)
    os.makedirs(folder, exist_ok=True)
    return os.path.join(folder, f"{slug or '_'}.{name}")


@contextlib.contextmanager
def _open_form(place: str, form: Form, text: str, given: Values) -> Iterator[str]:
    """The path of a form that nobody else has open: one that was left behind and has what was given, else a new
    one with this text."""
    for path in _left_behind(place):
        with _locked(path) as is_ours:
            if is_ours and _has(path, form, given):
                mention(f"going on with {os.path.relpath(path)}, which was not recorded; delete it to begin anew")
                yield path
                return
    path = _keep(place, text)
    with _locked(path):
        yield path


def _left_behind(place: str) -> list[str]:
    """The forms of this place, the latest first."""
    folder, start = os.path.split(place)
    names = [name for name in os.listdir(folder) if re.fullmatch(rf"{re.escape(start)}(-[0-9]+)?\.toml", name)]
    return sorted((os.path.join(folder, name) for name in names), key=os.path.getmtime, reverse=True)


def _has(path: str, form: Form, given: Values) -> bool:
    """Whether a form says all that was given. One that cannot be read says nothing for sure."""
    if not given:
        return True
    try:
        said, wanted = form.read(_read(path), "form"), form.read(form.text(given), "form")
    except BadInput:
        return False
    return all(said.get(name) == wanted.get(name) for name in given)


def _keep(place: str, text: str) -> str:
    """A new form with this text."""
    number = 1
    while True:
        path = f"{place}-{number}.toml" if number > 1 else f"{place}.toml"
        try:
            with open(path, "x", encoding="utf-8", newline="") as file:
                file.write(text)
            return path
        except FileExistsError:
            number += 1


@contextlib.contextmanager
def _locked(path: str) -> Iterator[bool]:
    """Whether nobody else has the form open. The lock is a file beside it: editors replace the form itself."""
    lock = f"{path}.lock"
    with open(lock, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.remove(lock)


def _state(path: str) -> tuple[int, int]:
    """What changes whenever the form is saved, also as it was."""
    found = os.stat(path)
    return found.st_ino, found.st_mtime_ns


def _read(path: str) -> str:
    """The form, without the mark that some editors begin a file with. What is not UTF-8 stays in it, for the
    reading to refuse by its line."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read().removeprefix("\ufeff")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)
