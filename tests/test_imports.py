"""What starts with the command: as little as possible, because an editor waits for it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import click
import pytest

from tracker.cli import COMMANDS
from tracker.workspace.desk import Workspace

SLOW = {
    "feedgen", "lxml", "sqlite_utils", "sqlite3", "jinja2", "markupsafe", "markdown_it", "nh3", "rich", "pydantic",
    "httpx", "urllib.request", "http", "http.client", "email", "asyncio", "logging", "ssl", "socket", "dateutil",
    "multiprocessing", "unittest", "xml", "importlib.metadata", "prompt_toolkit", "icalendar", "wcwidth",
    "_hashlib", "PIL", "tomllib", "unicodedata",
}  # fmt: skip
"""Modules that take milliseconds, and that appending one event has no use for."""

RUN = """
import json, sys
before = set(sys.modules)
import click
of_click = set(sys.modules)
from tracker.cli import main
main(sys.argv[1:], standalone_mode=False, prog_name="tracker")
print("\\n" + json.dumps(sorted(set(sys.modules) - of_click)))
"""


def imported_by(desk: Workspace, *args: str) -> set[str]:
    """What the command imports besides what click does, in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-I", "-c", RUN, "-C", desk.root, *args], capture_output=True, text=True, check=True
    )
    return set(json.loads(ran.stdout.splitlines()[-1]))


@pytest.fixture
def story(desk: Workspace) -> None:
    desk.record("story", [{"type": "opened", "title": "A story"}])


@pytest.mark.parametrize(
    "command",
    [
        ["add", "update", "story", "The title"],
        ["add", "update", "story", "The title", "--body", "More", "--party", "OpenAI", "--occurred", "2024-03"],
        ["open", "other", "--title", "Other"],
        ["retract", "--help"],
        ["--help"],
        ["add", "--help"],
        ["add", "suspension", "--help"],
        ["show", "story"],
        ["timeline", "story"],
    ],
)  # fmt: skip
def test_nothing_slow_is_imported(desk: Workspace, story: None, command: list[str]) -> None:
    """Neither the read model nor the feeds; nor the network."""
    assert imported_by(desk, *command) & SLOW == set()


def test_words_of_dates_are_read_where_there_are_some(desk: Workspace, story: None) -> None:
    words = {"tracker.text.date_phrases", "tracker.text.clock_phrases"}
    assert not imported_by(desk, "add", "update", "story", "The title") & words
    assert words <= imported_by(desk, "add", "update", "story", "Another", "--occurred", "last week")


def test_help_does_not_import_the_commands(desk: Workspace) -> None:
    """The table of their short helps is all it needs."""
    imported = imported_by(desk, "--help")
    assert not {name for name in imported if name.startswith("tracker.cli.")}
    assert "msgspec" not in imported


def test_the_control(desk: Workspace, story: None) -> None:
    """Publishing does import what is slow, so it would be seen."""
    assert {"feedgen", "jinja2", "lxml"} <= imported_by(desk, "publish")
    assert {"sqlite_utils", "sqlite3"} <= imported_by(desk, "stories")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_short_help_is_the_command_s_own(name: str) -> None:
    """The table in tracker.cli has the first sentence of the command's own help."""
    module, line = COMMANDS[name]
    command = getattr(import_module(f"tracker.cli.commands.{module}"), f"{name.replace('-', '_')}_command")
    assert isinstance(command, click.Command)
    assert command.help
    first = " ".join(command.help.split()).partition(". ")[0].rstrip(".") + "."
    assert first == line
