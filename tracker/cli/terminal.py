"""Output to a terminal: escaped, wrapped and paged; and the workspace that a command works in.

Lines are wrapped at the terminal's width in columns (a Chinese character takes two, an accent none). Only a
terminal gets colours, and none if NO_COLOR is set. Output that is longer than the screen goes through a pager.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from functools import wraps
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import folder_of
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.errors import NoWorkspace
from tracker.text.printable import UNSAFE, as_json

if TYPE_CHECKING:
    from tracker.workspace.desk import Workspace

# One column each: Latin letters, dashes, quotation marks, arrows. wcwidth measures the others.
_NARROW = "[\n -~\xa1-\xac\xae-\u02ff\u2010-\u2027\u2190-\u2193]*"

_LEAST = 20
"""The least width of a line, in columns. A narrower one has no room for indented words."""

PLAIN: dict[str, Any] = {}
HEADING: dict[str, Any] = {"bold": True}
WARNING: dict[str, Any] = {"fg": "yellow"}
"""Styles of texts."""

StyledText = tuple[str, str, dict[str, Any]]
"""A text, its indent and its style."""


def safe(text: str) -> str:
    """Returns the text with control characters escaped, so that it cannot drive the terminal."""
    return text if text.isprintable() else re.sub(UNSAFE, lambda found: ascii(found[0])[1:-1], text)


def say(text: str = "", **style: Any) -> None:
    """Prints a line on standard output. The style shows only on a terminal."""
    click.echo(click.style(safe(text), **style) if style else safe(text))


def wrapped(text: str, indent: str = "", *, hanging: bool = True, **style: Any) -> None:
    """Prints the text wrapped at the terminal's width. With ``hanging``, lines after the first are indented
    more."""
    for line in _lines(text, indent, indent + "    " * hanging, _width()):
        click.echo(click.style(line, **style) if style else line)


def laid_out(texts: Iterable[StyledText]) -> str:
    """Returns what ``wrapped`` prints for texts, one after the other. For a long list, that takes a tenth of
    the time that it takes to print each line."""
    width, is_plain = _width(), not on_terminal()
    lines: list[str] = []
    for text, indent, style in texts:
        found = _lines(text, indent, indent + "    ", width)
        lines += found if is_plain or not style else (click.style(line, **style) for line in found)
    return "\n".join([*lines, ""])


def _lines(text: str, indent: str, more: str, width: int) -> list[str]:
    """Returns the lines of a text; those after the first are indented by ``more``."""
    if text.isascii() and text.isprintable() and 0 < len(text) <= width - len(indent):  # most of a long list
        return [(indent + text).rstrip()]
    return [line for each in safe(text).splitlines() for line in _filled(each, indent, more, width)]


def _filled(paragraph: str, indent: str, more: str, width: int) -> list[str]:
    """Returns lines broken between words. ``tiktok-openai#7`` stays whole, so that it can be copied."""
    wrap = _wrap_for(paragraph)
    lines = wrap(paragraph, width, initial_indent=indent, subsequent_indent=more, break_on_hyphens=False)
    return lines or [""]


def _wrap_for(text: str) -> Callable[..., list[str]]:
    """Returns the wrap function for the text. wcwidth is imported only if needed, because its tables load
    slowly."""
    if re.fullmatch(_NARROW, text):
        import textwrap

        return textwrap.wrap
    import wcwidth

    return wcwidth.wrap


def _width() -> int:
    return max(_LEAST, _size().columns)


def _size() -> os.terminal_size:
    if isinstance(sys.stdout, _Page):
        return sys.stdout.size
    import shutil  # takes 3 ms, and commands that append print short lines

    return shutil.get_terminal_size((100, 24))


class _Page(io.StringIO):
    """A buffer for output to a terminal. It says that it is one, so that colours stay.

    Attributes: ``size`` is the size of the terminal when the page was begun.
    """

    def __init__(self) -> None:
        super().__init__()
        self.size = _size()

    def isatty(self) -> bool:
        return True


@contextmanager
def paged() -> Iterator[None]:
    """Collects the output of the block. On a terminal, sends it through a pager at the end if it is longer than
    the screen."""
    if not is_interactive():
        yield
        return
    with redirect_stdout(_Page()) as page:
        yield
    say_page(page.getvalue())


def say_page(text: str) -> None:
    """Prints a text of many lines. On a terminal, sends it through a pager if it is longer than the screen."""
    if not is_interactive() or text.count("\n") < _size().lines:
        click.echo(text, nl=False)
        return
    os.environ.setdefault("LESS", "-FRX")  # colours pass, and the text stays on the screen
    click.echo_via_pager(text.removesuffix("\n"))


def is_interactive(as_json: bool = False) -> bool:
    """Whether the command can ask questions: input and output are a terminal, and no JSON is wanted."""
    return not as_json and on_terminal() and sys.stdin is not None and sys.stdin.isatty()


def on_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def count(number: int, one: str, many: str = "") -> str:
    """``1 story``, ``2 stories``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def minute(recorded: str) -> str:
    """``2024-08-01 12:00 UTC``"""
    return f"{recorded[:10]} {recorded[11:16]} UTC"


def second(recorded: str) -> str:
    """``2024-08-01 12:00:05 UTC``"""
    return f"{recorded[:10]} {recorded[11:19]} UTC"


def mention(sentence: str) -> None:
    """Prints a note on standard error."""
    click.echo(safe(sentence), err=True)


@contextmanager
def bar(label: str, length: int | Callable[[], int], after: float = 0) -> Iterator[Callable[..., None]]:
    """Shows a progress bar on standard error if that is a terminal and there are two steps or more; from that many
    seconds ``after`` the start on. Yields a function that the caller calls at each step. ``length`` is called when
    the bar appears."""
    if not sys.stderr.isatty():
        yield lambda step="": None
        return
    with ExitStack() as stack:
        shown = _Bar(stack, label, length)
        if after:
            shown.next = monotonic() + after
        else:
            shown.update()
        yield shown.step
        if shown.click_bar:
            shown.update()


class _Bar:
    """A progress bar that appears with the first update. A step updates it if the time of the ``next`` one has
    come, or if it is the last: an update takes longer than many steps."""

    def __init__(self, stack: ExitStack, label: str, length: int | Callable[[], int]) -> None:
        self._stack, self._label, self._length = stack, label, length
        self._steps = 0
        self._left = inf
        self.next = 0.0
        self.click_bar: Any = None

    def step(self, step: str = "") -> None:
        self._steps += 1
        if monotonic() >= self.next or self._steps == self._left:
            self.update()

    def update(self) -> None:
        if self.click_bar is None:
            length = self._length if isinstance(self._length, int) else self._length()
            if length < 2:  # click's bar takes 3 ms to import
                self.next = inf
                return
            made = click.progressbar(length=length, label=self._label, file=sys.stderr)
            self.click_bar, self._left = self._stack.enter_context(made), length
        self.click_bar.update(self._steps)
        self._left -= self._steps
        self._steps, self.next = 0, monotonic() + 0.1


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def say_json(value: Any) -> None:
    """Prints a JSON document on standard output. Control characters are JSON escapes, so that they cannot drive a
    terminal."""
    click.echo(as_json(value).encode())


def workspace(ctx: click.Context) -> Workspace:
    """Returns the workspace that the command line names. Raises NoWorkspace."""
    root = ctx.find_root()
    if _DESK not in root.meta:  # several parts of a command ask for it
        from tracker.workspace import desk  # git's merge driver needs none

        root.meta[_DESK] = desk.find(folder_of(root.params.get("folder")), tell=mention)
    found: Workspace = root.meta[_DESK]
    return found


def pass_desk(command: Callable[..., None]) -> Callable[..., None]:
    """Decorates the function of a command. The function gets the workspace as its first argument."""

    @wraps(command)
    def with_desk(*args: Any, **options: Any) -> None:
        command(workspace(click.get_current_context()), *args, **options)

    return with_desk


def glossary_of(ctx: click.Context) -> Glossary:
    """Returns the types of the workspace. Without a workspace, and if none was named, returns the built-in
    types."""
    try:
        return workspace(ctx).log.glossary
    except NoWorkspace:
        if ctx.find_root().params.get("folder") or os.environ.get("TRACKER_HOME"):
            raise
        return BUILT_IN


_DESK = "tracker.workspace"
