"""What is for terminals only, in real ones: widths, colours, the pager; and what is escaped everywhere."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pexpect
import pytest
from wcwidth import wcswidth

from tests.conftest import Ran
from tracker.cli import terminal
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]

COLOUR = re.compile("\x1b\\[[0-9;]*m")
READING = (
    *(["show", "story"], ["timeline", "story"], ["replay", "story"], ["diff", "story", "#1"]),
    *(
        ["hindsight", "story"],
        ["stories"],
        ["expected"],
        ["parties"],
        ["parties", "字节跳动"],
        ["search", "字节跳动"],
    ),
)


@pytest.fixture
def story(record: Callable[..., Any]) -> None:
    """A story in several scripts with one of everything, recorded long ago."""
    record("opened", "字节跳动与微软的人工智能合作" * 10, summary="मुख्यमंत्री की घोषणा के बाद " * 12)
    record(
        "report",
        "字节跳动使用OpenAI的模型秘密开发自己的语言模型" * 8,
        parties=["字节跳动"],
        sources=[{"publisher": "A"}],
    )
    record("suspension", "Café " * 30, subject="e\u0301" * 50, by="字节跳动", until="2025")
    record("statement", "👩‍👩‍👧‍👦 " * 20, speaker="字节跳动", quote="“We comply” … " * 20, body="字节跳动 " * 40)
    record("expectation", "A very long word: " + "x" * 250, due="2024-08-01", parties=["字节跳动"])
    record("expectation", "字节跳动 decides", due="2024-08-01")
    record("correction", corrects="#2", changes={"occurred": "2024-03"}, why="a slip")


@pytest.fixture
def short(record: Callable[..., Any]) -> None:
    """A story that fits on a screen, with something overdue and something corrected."""
    record("opened", "A story")
    record("expectation", "A ruling", due="2024-08-01")
    record("correction", corrects="#2", changes={"title": "The ruling"}, why="a slip")


class Terminal:
    """Runs a command in a terminal of its own."""

    def __init__(self, desk: Workspace, folder: Path) -> None:
        self.desk = desk
        self.paged = folder / "paged"
        pager = folder / "pager"
        pager.write_text(f"#!/bin/sh\ntee {self.paged}\n")
        pager.chmod(0o755)
        self.environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8", "PAGER": str(pager)}

    def spawn(self, *args: str, rows: int = 24, columns: int = 80, **environment: str) -> Any:
        return pexpect.spawn(
            sys.executable,
            ["-m", "tracker", "-C", self.desk.root, *args],
            dimensions=(rows, columns),
            env=self.environment | environment,
            encoding="utf-8",
            timeout=30,
        )

    def __call__(self, *args: str, rows: int = 24, columns: int = 80, **environment: str) -> str:
        """All that it printed."""
        child = self.spawn(*args, rows=rows, columns=columns, **environment)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0, child.before
        return str(child.before).replace("\r\n", "\n")


@pytest.fixture
def in_terminal(desk: Workspace, tmp_path: Path) -> Terminal:
    return Terminal(desk, tmp_path)


def width(line: str) -> int:
    return wcswidth(COLOUR.sub("", line))


@pytest.mark.slow
@pytest.mark.parametrize("columns", [60, 200])
@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_nothing_is_wider_than_the_terminal(
    in_terminal: Terminal, story: None, command: list[str], columns: int
) -> None:
    """Counted in columns, whatever the script; and lines do use the width that is there."""
    widths = [width(line) for line in in_terminal(*command, rows=24, columns=columns).splitlines()]
    assert columns - 30 < max(widths) <= columns


def test_on_a_very_narrow_terminal_words_are_still_words(in_terminal: Terminal, short: None) -> None:
    assert "development" in in_terminal("show", "story", rows=99, columns=10)


@pytest.mark.slow
def test_colours_are_for_terminals(in_terminal: Terminal, short: None, cli: Cli) -> None:
    """Bold headings, a warning where something is overdue, the standing of what was amended."""
    out = in_terminal("show", "story", columns=100)
    assert "\x1b[1mExpected next\x1b[0m" in out
    assert re.search(
        r"\x1b\[33m  The ruling. Expected by 1 August 2024. Overdue by \d+ days\.  #2  \[no source"
        r" given\]\x1b\[0m",
        out,
    )
    assert "  [corrected by #3]  [no source given]\x1b[0m" in in_terminal("timeline", "story")
    assert re.search(r"\x1b\[33m1 August 2024, overdue by \d+ days\x1b\[0m", in_terminal("expected"))
    assert ", 1 overdue\x1b[0m" in in_terminal("stories", columns=120)
    for command in READING[:6]:
        assert COLOUR.search(in_terminal(*command)), command
        assert not COLOUR.search(cli(*command).out), command


@pytest.mark.slow
@pytest.mark.parametrize("command", READING[:7], ids=" ".join)
def test_whoever_wants_no_colour_gets_none(in_terminal: Terminal, short: None, command: list[str]) -> None:
    """https://no-color.org; set but empty, the variable says nothing."""
    assert not COLOUR.search(in_terminal(*command, NO_COLOR="1"))
    assert COLOUR.search(in_terminal(*command, NO_COLOR=""))


def test_every_line_has_the_colour(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A pager that begins in the middle of a paragraph shows its colour too."""
    monkeypatch.setenv("COLUMNS", "31")
    with click.Context(click.Command("show"), color=True):
        terminal.wrapped("a ruling that is many days late  #1", "  ", fg="yellow")
    assert capsys.readouterr().out == (
        "\x1b[33m  a ruling that is many days\x1b[0m\n\x1b[33m      late  #1\x1b[0m\n"
    )


def test_how_long_ago(in_terminal: Terminal, short: None) -> None:
    """Whoever reads along is told."""
    assert re.search(r"last recorded 2024-08-01 12:00 UTC, \d+ days ago\n", in_terminal("show", "story"))


# The pager.


@pytest.mark.slow
@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_what_is_longer_than_the_screen_is_paged(in_terminal: Terminal, story: None, command: list[str]) -> None:
    """All of it; a screen that has a line left for the prompt is enough."""
    whole = in_terminal(*command, rows=500)
    assert not in_terminal.paged.exists()
    lines = whole.count("\n")
    in_terminal(*command, rows=lines + 1)
    assert not in_terminal.paged.exists()
    in_terminal(*command, rows=lines)
    assert in_terminal.paged.read_text() == COLOUR.sub("", whole)


@pytest.mark.slow
def test_what_is_not_for_reading_is_not_paged(in_terminal: Terminal, story: None) -> None:
    """What programs read."""
    for command in (["show", "story", "--json"], ["expected", "--ics"]):
        assert in_terminal(*command, rows=5)
        assert not in_terminal.paged.exists()


def test_what_is_piped_is_not_paged(in_terminal: Terminal, story: None) -> None:
    command = [sys.executable, "-m", "tracker", "-C", in_terminal.desk.root, "show", "story"]
    environment = in_terminal.environment | {"LINES": "5"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "Overdue" in ran.stdout
    assert not COLOUR.search(ran.stdout)
    assert not in_terminal.paged.exists()


def test_what_has_no_keyboard_is_not_paged(in_terminal: Terminal, story: None) -> None:
    """Nobody could turn the page."""
    command = f"{sys.executable} -m tracker -C {in_terminal.desk.root} show story </dev/null"
    child = pexpect.spawn(
        "sh", ["-c", command], dimensions=(10, 80), env=in_terminal.environment, encoding="utf-8"
    )
    child.expect(pexpect.EOF)
    assert "Overdue" in child.before
    assert COLOUR.search(child.before)
    assert not in_terminal.paged.exists()


@pytest.mark.slow
def test_a_pager_that_is_missing_is_done_without(in_terminal: Terminal, story: None) -> None:
    assert "Latest developments" in in_terminal("show", "story", rows=10, PAGER="no-such-pager")


@pytest.mark.slow
def test_less_shows_the_colours(in_terminal: Terminal, short: None) -> None:
    """It is what is used by default; the texts' own control characters stay harmless in it."""
    in_terminal.desk.record("story", [{"type": "update", "title": "bad \u202e reordering\u202c"}])
    child = in_terminal.spawn("show", "story", rows=8, PAGER="")
    child.expect("\n:")
    assert "\x1b[1m" in child.before
    child.send("G")
    child.expect_exact("bad \\u202e reordering")
    child.expect_exact("(END)")
    child.send("q")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


@pytest.mark.slow
def test_interrupting_the_pager_leaves_no_trace(in_terminal: Terminal, story: None) -> None:
    """Ctrl-C is the pager's own; tracker ends with it."""
    child = in_terminal.spawn("show", "story", rows=12, PAGER="less")
    child.expect(":")
    child.sendintr()
    child.send("q")
    child.expect(pexpect.EOF)
    child.close()
    assert "Traceback" not in child.before
    assert child.exitstatus == 0


@pytest.mark.slow
def test_interrupting_what_feeds_the_pager_leaves_no_trace(
    in_terminal: Terminal, record: Callable[..., Any], tmp_path: Path
) -> None:
    """A pager that does not read on keeps tracker waiting, until somebody stops it."""
    record("opened", "A story")
    in_terminal.desk.record("story", [{"type": "update", "title": "x" * 300}] * 400)
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\ntrap '' INT\necho waiting\nsleep 2\n")
    slow.chmod(0o755)
    child = in_terminal.spawn("timeline", "story", PAGER=str(slow))
    child.expect("waiting")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert "Traceback" not in child.before
    assert child.exitstatus in (0, 130)
    assert child.signalstatus is None


# What is escaped.


def test_json_has_nothing_that_a_terminal_would_act_on(cli: Cli, record: Callable[..., Any]) -> None:
    """The same values, escaped; letters of any script are left."""
    title = "bidi \u202e and \u2066, mark\u2069\u202c \u200f, 字节 é 💰"
    record("opened", title)
    out = cli("show", "story", "--json").out
    assert "bidi \\u202e and \\u2066, mark\\u2069\\u202c \\u200f, 字节 é 💰" in out
    assert json.loads(out)["title"] == title


def test_json_of_any_text(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Also of those that no log takes."""
    value = {"a\x7f": "\x1b[31m \x85 \x9b \ud800 \u061c\n\t"}
    terminal.say_json(value)
    out = capsysbinary.readouterr().out.decode()
    assert '"a\\u007f": "\\u001b[31m \\u0085 \\u009b \\ud800 \\u061c\\n\\t"' in out
    assert json.loads(out) == value


# What it costs.


@pytest.mark.parametrize(("title", "imported"), [("“Plain” – Café →", False), ("字节", True)])
def test_tables_of_widths_are_only_read_where_they_are_needed(
    desk: Workspace, record: Callable[..., Any], title: str, imported: bool
) -> None:
    """Quotation marks and accents are as wide as letters."""
    record("opened", title)
    code = "import sys; from tracker.cli import main; main(sys.argv[1:], standalone_mode=False);"
    code += "print('wcwidth' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code, "-C", desk.root, "show", "story"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == str(imported)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "word",
        "two words",
        "  indented",
        "ends in spaces   ",
        "x" * 59,
        "x" * 60,
        "x" * 61,
        "a\nb",
        "\t",
        "é",
    ],
)
def test_a_line_that_fits_is_printed_as_a_wrapped_one(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    terminal.wrapped(text, " ")
    lines = [line for each in text.splitlines() for line in textwrap.wrap(each, 60, initial_indent=" ",
             subsequent_indent="     ", break_on_hyphens=False) or [""]]  # fmt: skip
    assert capsys.readouterr().out == "".join(f"{line}\n" for line in lines)
    assert terminal.laid_out([(text, " ", terminal.HEADING)]) == "".join(f"{line}\n" for line in lines)


def test_a_bar_appears_when_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that is done before shows none."""

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    for after, shows in ((3600.0, False), (1e-9, True), (0.0, True)):
        monkeypatch.setattr(sys, "stderr", screen := Screen())
        with terminal.bar("reading", lambda: 3, after) as step:
            for _ in range(3):
                step()
        assert ("100%" in screen.getvalue()) is shows
