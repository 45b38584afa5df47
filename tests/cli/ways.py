"""The three ways in which an editor types a value: an option, a question and a form.

``by_prompt`` and ``by_form`` call the questions and the reader of forms in this process, with keys in place of a
terminal. ``typing`` and ``at_the_editor`` are the keys, and a program in place of $EDITOR.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from tests.typist import Action, type_into
from tracker.cli.interactive.questions import Asker
from tracker.cli.recording import draft_of
from tracker.domain.forms import Form
from tracker.errors import BadInput
from tracker.workspace.desk import Workspace

ENTER, CTRL_C, NO = "\r", "\x03", ""


def by_form(desk: Workspace, type: str = "update", **typed: Any) -> dict[str, Any]:
    """The plain values from a form in which these values are typed. Raises BadInput."""
    form = Form(desk.log.glossary.of(type), [])
    return draft_of(desk, type, form.read(form.text({"title": "T", **typed}), "form"))


def by_prompt(desk: Workspace, capsys: Any, type: str = "update", **typed: Any) -> dict[str, Any]:
    """The plain values from answers to the questions about these fields. Raises BadInput with the reason that the
    prompt shows, if it refuses an answer."""
    asker = Asker(desk, desk.story("s"), desk.log.glossary.of(type))
    answers: dict[str, Any] = {} if "title" in typed else {"title": "T"}
    for name, value in typed.items():
        lines = [*itertools.chain.from_iterable(map(_answers, value)), ""] if isinstance(value, list) else [value]
        capsys.readouterr()
        with typing(*lines, NO):
            try:
                answers |= asker.field(name, answers)
            except (KeyboardInterrupt, click.exceptions.Abort):
                said = capsys.readouterr()
                raise BadInput(" ".join((said.out + said.err).split()), field=name) from None
    return draft_of(desk, type, answers)


@contextlib.contextmanager
def typing(*lines: str) -> Iterator[None]:
    """The editor answers with these lines, and stops at any further question with Ctrl-C."""
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("".join(f"{line}{ENTER}" for line in lines) + CTRL_C)
        yield


def at_the_editor(monkeypatch: pytest.MonkeyPatch, *actions: Action) -> None:
    """The editor does this in each form that is opened, as ``Typist`` does, without a program of its own."""

    def edit(filename: str) -> None:
        path = Path(filename)
        for action in actions:
            path.write_text(type_into(path.read_text(), action))

    monkeypatch.setattr(click, "edit", edit)


def _answers(item: Any) -> list[str]:
    """The answers about one item of a list; a source is asked for by its address, or by its publisher."""
    if isinstance(item, str):
        return [item]
    asked = ["publisher", "published", "quote", "via"]
    first = item.get("url") or item["publisher"]
    return [first, *(item.get(name, "") for name in (asked if "url" in item else asked[1:]))]


def refused(way: Any, *given: Any, **typed: Any) -> str:
    """The reason why this way refuses the values, on one line."""
    with pytest.raises(BadInput) as error:
        way(*given, **typed)
    return " ".join(str(error.value).split())
