"""Run the commands that a page of the documentation shows, and compare what they print with what it shows.

A block ```` ```console ```` has commands after ``$ ``, each with its output; a line ``…`` stands for any lines.
The blocks of a page run in order, in one folder. A comment above a block says how it runs:

``<!-- host -->``
    Not here: it needs a machine, an account or a network of the reader's own.
``<!-- fails -->``
    Its last command has to fail.
``<!-- apart -->``
    In an empty folder, as those after it.
``<!-- serves -->``
    In another terminal: it runs until the page ends, at a port of its own instead of 8000.

A block inside of a comment runs, too, and readers do not see it. Comments do not nest, so a block of the language
``serves`` starts the server there.

``python -m tests.pages_of_docs docs/tutorial.md`` writes the output of the commands into the page.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent, indent
from typing import NamedTuple

from tests.serving import TRACKER, Process, starting

ROOT = Path(__file__).parents[1]

_BLOCK = re.compile(
    r"^(?P<indent> *)(?:<!-- (?P<mark>\w+) -->\n *)?```(?:console|(?P<hidden>serves))\n(?P<block>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)

_MOVING = (
    (r"[0-9a-f]{64}", "HASH"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID"),
    (r"20(2[6-9]|[3-9]\d)-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( UTC|Z)?)?", "TIME"),
    (r"\d+ \w+ 20(2[6-9]|[3-9]\d)\b", "DAY"),
    (r"(less than a second|\d+ \w+) later", "LATER"),
    (r"(?i)overdue by \d+ days", "OVERDUE"),
    (r"\d+ files? written", "WRITTEN"),
    (r"127\.0\.0\.1:\d+", "HERE"),
)
"""What differs each time that the commands run, or with what tracker publishes: hashes, ids, times, ports."""


class Command(NamedTuple):
    """A command as it is typed, and the output that the page shows below it."""

    typed: str
    shown: str


_COMMAND = re.compile(
    r"(?P<typed>[^\n]*<<'END'\n.*?^END|(?:[^\n]*\\\n)*[^\n]*)\n(?P<shown>.*)", re.DOTALL | re.MULTILINE
)
"""One line, with the lines that continue it, or the text up to a line END."""


def commands(block: str) -> list[Command]:
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [Command(found["typed"], found["shown"]) for found in map(_COMMAND.match, parts) if found]


class Difference(NamedTuple):
    """A command that printed something else than its page shows, or ended in another way."""

    command: str
    shown: str
    printed: str


class Terminal:
    """A shell in a folder. ``cd`` and variables last from one command to the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.directory = folder
        self.site: Process | None = None
        self.environment = os.environ | {
            "PATH": f"{Path(TRACKER).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "REPOSITORY": str(ROOT),
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "LC_ALL": "C.UTF-8",
        }

    def types(self, command: str) -> tuple[str, int]:
        """Returns what the command prints, and its exit status."""
        if self.site:
            command = command.replace("http://127.0.0.1:8000", self.site.url)
        after = f'\nstatus=$?; pwd > "{self.folder}/.pwd"; exit $status'
        done = subprocess.run(
            ["bash", "-c", command + after],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.directory = Path((self.folder / ".pwd").read_text().strip())
        return done.stdout, done.returncode

    def serves(self, stack: ExitStack) -> None:
        self.site = stack.enter_context(starting(str(self.directory)))


def run(text: str, folder: Path) -> Iterator[tuple[Command, str, bool]]:
    """Runs the page in a folder. Yields each command with what it printed, and whether it ended as it should."""
    terminal = Terminal(folder)
    with ExitStack() as stack:
        for found in _BLOCK.finditer(text):
            mark, block = found["mark"] or found["hidden"], dedent(found["block"])
            if mark == "host":
                continue
            if mark == "apart":
                terminal.directory = Path(tempfile.mkdtemp(dir=folder))
            if mark == "serves":
                terminal.serves(stack)
                continue
            typed = commands(block)
            for command in typed:
                printed, status = terminal.types(command.typed)
                fails = mark == "fails" and command is typed[-1]
                yield command, printed, (status != 0) == fails


def differences(text: str, folder: Path) -> list[Difference]:
    return [
        Difference(command.typed, command.shown, printed)
        for command, printed, is_right in run(text, folder)
        if not is_right or not matches(command.shown, printed)
    ]


def matches(shown: str, printed: str) -> bool:
    """Whether the output is as shown, apart from what differs each time."""
    pattern = re.escape(_settled(shown)).replace(re.escape("…\n"), "(.*\n)*")
    return re.fullmatch(pattern, _settled(printed)) is not None


def _settled(text: str) -> str:
    for pattern, word in _MOVING:
        text = re.sub(pattern, word, text)
    return text


def rewritten(text: str, folder: Path) -> str:
    """The page with the present outputs. An output that still matches stays, times and all."""
    printed = iter(list(run(text, folder)))

    def block(found: re.Match[str]) -> str:
        if (found["mark"] or found["hidden"]) in ("host", "serves"):
            return found[0]
        shown = []
        for command in commands(dedent(found["block"])):
            _, output, is_right = next(printed)
            if not is_right:
                sys.exit(f"$ {command.typed}\n{output}")
            shown.append(f"$ {command.typed}\n{command.shown if matches(command.shown, output) else output}")
        mark = f"<!-- {found['mark']} -->\n" if found["mark"] else ""
        return indent(f"{mark}```console\n{''.join(shown)}```", found["indent"])

    return _BLOCK.sub(block, text)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as scratch:
            page = Path(name)
            page.write_text(rewritten(page.read_text(), Path(scratch)))
