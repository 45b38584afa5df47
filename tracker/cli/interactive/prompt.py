"""One question on a terminal, with suggestions, the date as it was understood, and the reason for a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

from tracker.cli.terminal import safe, wrapped
from tracker.domain import values
from tracker.errors import BadInput, nearest

Check = Callable[[str], object]
"""Checks an answer. Raises BadInput if it is refused. Its result is ignored."""

MOST = 200
"""The largest number of suggestions that are shown at once."""


def ask(
    label: str,
    help: str,
    check: Check,
    known: Mapping[str, str] | None = None,
    *,
    required: bool = False,
    default: str = "",
    suggested: str = "",
    shown: Callable[[str], str] | None = None,
    offer: bool = False,
) -> str:
    """Asks a question and returns the checked answer; it is empty only if not ``required``. If an answer is
    refused, the editor can edit it. Raises Abort on Ctrl-D.

    ``default`` is a value that the editor gave already, to keep or to edit. ``suggested`` is a guess: it shows
    behind the cursor, Tab takes it, and Enter does not. ``known`` maps suggestions to a note on each. With
    ``offer``, they show before the first key. ``shown`` returns the text that stands beside the answer, such as
    the date as it was understood.
    """
    is_choice = label.endswith("?")
    takes = "  Tab takes it" if suggested else ""
    skips = "" if required or default or is_choice or not (help or takes) else "Enter skips it"
    hint = "; ".join(filter(None, (takes, help, skips)))
    dim = _dim(hint)
    session: PromptSession[str] = PromptSession(
        FormattedText([("bold", f"{safe(label)}{' ' if is_choice else ': '}")]),
        completer=_Known(known) if known else None,
        auto_suggest=_Guess(suggested),
        key_bindings=_taken_by_tab(),
        complete_while_typing=True,
        placeholder=lambda: "" if get_app().is_done else dim,
        rprompt=(lambda: _dim(shown(get_app().current_buffer.text))) if shown else None,
        input_processors=[_Harmless()],
        enable_open_in_editor=True,
        reserve_space_for_menu=6 if known else 0,
    )

    def begin() -> None:
        buffer = get_app().current_buffer
        if offer:
            buffer.start_completion()
        if suggested and not buffer.text:
            buffer.suggestion = Suggestion(safe(suggested))

    while True:
        try:
            default = session.prompt(default=default, pre_run=begin).strip()
        except EOFError:
            raise click.exceptions.Abort from None
        mistake = _mistake(default, check, required)
        if not mistake:
            return default
        wrapped(mistake, "  ", fg="red")


def choose(question: str, answers: Mapping[str, str], *, default: str = "") -> str:
    """Returns one of these answers, which map to a note on each. The first letter is enough. Enter takes the
    ``default``; without one, it takes none."""
    help = ("Enter or " if default else "") + ", ".join(f"{each[0]}: {word}" for each, word in answers.items())

    def check(text: str) -> None:
        if not _completed(text, answers):
            raise BadInput(" or ".join(f"{each} ({word})" for each, word in answers.items()))

    given = ask(question, help, check, answers, required=not default)
    return _completed(given, answers) or default


def agrees(question: str) -> bool:
    """Asks a question that is answered with yes or no; Enter is no. Returns whether the answer is yes."""
    return choose(question, {"no": "no", "yes": "yes"}, default="no") == "yes"


def _completed(text: str, answers: Iterable[str]) -> str:
    """The first answer that begins with the text; empty if there is none."""
    typed = text.casefold()
    return next((each for each in answers if typed and each.startswith(typed)), "")


def _dim(text: str) -> FormattedText:
    return FormattedText([("ansibrightblack", safe(text))])


def _mistake(answer: str, check: Check, required: bool) -> str:
    """The reason why an answer is refused; empty if it is accepted."""
    if not answer:
        return "an answer is needed; Ctrl-C stops and records nothing" if required else ""
    try:
        check(answer)
        return ""
    except BadInput as error:
        return error.reason


class _Guess(AutoSuggest):
    """Goes on suggesting a guess while the typed text is its beginning."""

    def __init__(self, guess: str) -> None:
        self.guess = guess

    def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
        typed = document.text
        return Suggestion(self.guess[len(typed) :]) if typed and self.guess.startswith(typed) else None


def _taken_by_tab() -> KeyBindings:
    """Returns the key that takes the guess behind the cursor."""
    keys = KeyBindings()

    @keys.add("tab", filter=Condition(lambda: get_app().current_buffer.suggestion is not None))
    def take(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.suggestion:
            buffer.insert_text(buffer.suggestion.text)

    return keys


class _Known(Completer):
    """Suggests the known answers that contain the typed text, in the answer or in its note. Answers that begin
    with it come first."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = {answer: (answer.casefold(), word.casefold()) for answer, word in known.items()}
        self.words = known

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        before = document.text_before_cursor
        typed = before.casefold()
        found = [answer for answer, texts in self.known.items() if any(typed in text for text in texts)]
        found.sort(key=lambda answer: not self.known[answer][0].startswith(typed))
        for answer in found[:MOST]:
            yield Completion(answer, -len(before), display=safe(answer), display_meta=safe(self.words[answer]))


class _Harmless(Processor):
    """Shows each control character as � while an answer is edited."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        return Transformation([(part[0], _shown(part[1])) for part in transformation_input.fragments])


def _shown(text: str) -> str:
    return text if text.isprintable() else "".join(each if safe(each) == each else "\ufffd" for each in text)


# Checks.


def field_check(cls: type[Any], name: str) -> Check:
    """Returns a check for a field of a type of events."""
    return lambda text: values.check_field(cls, name, text)


def one_of(known: Iterable[str], what: str) -> Check:
    """Returns a check that an answer is one of the known ones. ``what`` names their kind in the message."""
    names = list(known)

    def check(text: str) -> None:
        if text not in names:
            near = nearest(text, names)
            some = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
            raise BadInput(f"there is no such {what}; {f'did you mean {near}?' if near else f'there are {some}'}")

    return check
