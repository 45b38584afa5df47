"""One question on a terminal: what is known to choose from, what was understood, what is wrong with an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

from tracker.cli.terminal import safe, wrapped
from tracker.domain import values
from tracker.errors import BadInput, nearest

Check = Callable[[str], object]
"""Raises BadInput where an answer cannot be taken; what it returns does not matter."""

MOST = 200
"""Answers that are offered at once."""


def ask(
    label: str,
    help: str,
    check: Check,
    known: Mapping[str, str] | None = None,
    *,
    required: bool = False,
    default: str = "",
    shown: Callable[[str], str] | None = None,
    offer: bool = False,
) -> str:
    """The answer, checked; empty where that is allowed and given. What cannot be taken stays, to be mended.

    ``known`` are answers to choose from with a word on each, which ``offer`` shows before anything is typed;
    ``shown`` says beside an answer what was understood.
    """
    is_choice = label.endswith("?")
    hint = help if required or default or is_choice or not help else f"{help}; Enter leaves it out"
    dim = _dim(hint)
    session: PromptSession[str] = PromptSession(
        FormattedText([("bold", f"{safe(label)}{' ' if is_choice else ': '}")]),
        completer=_Known(known) if known else None,
        complete_while_typing=True,
        placeholder=lambda: "" if get_app().is_done else dim,
        rprompt=(lambda: _dim(shown(get_app().current_buffer.text))) if shown else None,
        input_processors=[_Harmless()],
        enable_open_in_editor=True,
        reserve_space_for_menu=6 if known else 0,
    )
    begin = (lambda: get_app().current_buffer.start_completion()) if offer else None
    while True:
        try:
            default = session.prompt(default=default, pre_run=begin).strip()
        except EOFError:
            raise click.exceptions.Abort from None
        mistake = _mistake(default, check, required)
        if not mistake:
            return default
        wrapped(mistake, "  ", fg="red")


def choose(question: str, answers: Mapping[str, str]) -> str:
    """One of these answers, each with a word on it; its first letter is enough, and Enter is the first."""
    help = "Enter or " + ", ".join(f"{each[0]}: {word}" for each, word in answers.items())

    def check(text: str) -> None:
        if not _begun(text, answers):
            raise BadInput(" or ".join(f"{each} ({word})" for each, word in answers.items()))

    given = ask(question, help, check, answers)
    return _begun(given, answers) or next(iter(answers))


def agrees(question: str, *, by_default: bool) -> bool:
    """Yes or no."""
    answers = {"yes": "yes", "no": "no"} if by_default else {"no": "no", "yes": "yes"}
    return choose(question, answers) == "yes"


def _begun(text: str, answers: Iterable[str]) -> str:
    """The answer that somebody began to say."""
    typed = text.casefold()
    return next((each for each in answers if typed and each.startswith(typed)), "")


def _dim(text: str) -> FormattedText:
    return FormattedText([("ansibrightblack", safe(text))])


def _mistake(answer: str, check: Check, required: bool) -> str:
    """Why an answer cannot be taken; empty where it can."""
    if not answer:
        return "this is needed; Ctrl-C stops, and records nothing" if required else ""
    try:
        check(answer)
        return ""
    except BadInput as error:
        return error.reason


class _Known(Completer):
    """What is known and has what was typed in it, or in the word on it; what begins with that comes first."""

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
    """What a terminal would act on is shown as �, one for one, while an answer is edited."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        return Transformation([(part[0], _shown(part[1])) for part in transformation_input.fragments])


def _shown(text: str) -> str:
    return text if text.isprintable() else "".join(each if safe(each) == each else "\ufffd" for each in text)


# Checks.


def field_check(cls: type[Any], name: str) -> Check:
    return lambda text: values.check_field(cls, name, text)


def one_of(known: Iterable[str], what: str) -> Check:
    names = list(known)

    def check(text: str) -> None:
        if text not in names:
            near = nearest(text, names)
            some = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
            raise BadInput(f"there is no such {what}; {f'did you mean {near}?' if near else f'there are {some}'}")

    return check
