"""What reaches a terminal: texts made harmless, and the workspace that a command works in."""

from __future__ import annotations

import re
from typing import Any

import click

from tracker import workspace as workspaces
from tracker.workspace import Workspace

# Control characters could drive the terminal; bidi controls could reorder what a line says.
_UNSAFE = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"


def safe(text: str) -> str:
    """The text with everything that a terminal would act on escaped."""
    return text if text.isprintable() else re.sub(_UNSAFE, lambda found: ascii(found[0])[1:-1], text)


def say(text: str = "", **style: Any) -> None:
    """A line on standard output; a style only where that is a terminal."""
    click.echo(click.style(safe(text), **style) if style else safe(text))


def count(number: int, one: str, many: str = "") -> str:
    """``1 story``, ``2 stories``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def mention(sentence: str) -> None:
    """A line on standard error that is no error."""
    click.echo(safe(sentence), err=True)


def say_json(value: Any) -> None:
    """One JSON document on standard output."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace"))


def workspace(ctx: click.Context) -> Workspace:
    """The workspace that the command line names. Raises NoWorkspace."""
    return workspaces.find(ctx.find_root().obj, tell=mention)
