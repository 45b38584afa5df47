"""One question on a terminal: what is known to choose from, what was understood, what is wrong with an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import Completer, WordCompleter
from prompt_toolkit.formatted_text import FormattedText

from tracker import codec
from tracker.cli.terminal import safe, wrapped
from tracker.errors import BadInput, nearest

Check = Callable[[str], object]
"""Raises BadInput where an answer cannot be taken; what it returns does not matter."""


def ask(
    label: str,
    help: str,
    check: Check,
    known: Mapping[str, str] | None = None,
    *,
    required: bool = False,
    default: str = "",
    shown: Callable[[str], str] | None = None,
) -> str:
    """The answer, checked; empty where that is allowed and given. What cannot be taken stays, to be mended.

    ``known`` are answers to choose from with a word on each; ``shown`` says beside it what was understood.
    """
    is_choice = label.endswith("?")
    hint = help if required or default or is_choice or not help else f"{help}; Enter leaves it out"
    dim = _dim(hint)
    session: PromptSession[str] = PromptSession(
        FormattedText([("bold", f"{safe(label)}{' ' if is_choice else ': '}")]),
        completer=_completer(known) if known else None,
        complete_while_typing=True,
        placeholder=lambda: "" if get_app().is_done else dim,
        rprompt=(lambda: _dim(shown(get_app().current_buffer.text))) if shown else None,
        enable_open_in_editor=True,
        reserve_space_for_menu=6 if known else 0,
    )
    while True:
        try:
            default = session.prompt(default=default).strip()
        except EOFError:
            raise click.exceptions.Abort from None
        mistake = _mistake(default, check, required)
        if not mistake:
            return default
        wrapped(mistake, "  ", fg="red")


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


def _completer(known: Mapping[str, str]) -> Completer:
    return WordCompleter(list(known), ignore_case=True, meta_dict=dict(known), sentence=True, match_middle=True)


# Checks.


def field_check(cls: type[Any], name: str) -> Check:
    return lambda text: codec.check_field(cls, name, text)


def one_of(known: Iterable[str], what: str) -> Check:
    names = list(known)

    def check(text: str) -> None:
        if text not in names:
            near = nearest(text, names)
            raise BadInput(f"there is no such {what}; {f'did you mean {near}?' if near else ', '.join(names)}")

    return check


def yes_or_no(text: str) -> None:
    if text.lower() not in ("y", "yes", "n", "no"):
        raise BadInput("y or n")
