"""The command line as a whole: finding a workspace, help, refusals, and what it never does."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from tracker import __version__
from tracker.cli import COMMANDS, TOGETHER
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]


@pytest.fixture
def story(cli: Cli) -> None:
    """A story with a claim and something in force."""
    cli("open", "story", "--title", "A story")
    cli("add", "report", "story", "They pay")
    cli("add", "suspension", "story", "Out", "--subject", "ByteDance")


# Which workspace.


def test_it_works_in_the_workspace_of_the_current_folder(
    cli: Cli, desk: Workspace, story: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or in the one above it."""
    below = Path(desk.root, "a", "b")
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert cli("show", "story").out.startswith("A story\n")


def test_another_folder_may_be_named(
    cli: Cli, desk: Workspace, story: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With -C, which counts before TRACKER_HOME, which counts before the current folder."""
    monkeypatch.chdir(tmp_path)
    assert cli("show", "story").code == 2
    assert cli("-C", "desk", "show", "story").code == 0
    assert cli("-C", "desk/events", "show", "story").code == 0
    monkeypatch.setenv("TRACKER_HOME", desk.root)
    assert cli("show", "story").code == 0
    cli("init", "other")
    assert cli("-C", "other", "show", "story").code == 2


def test_without_a_workspace_it_says_how_to_get_one(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command that needs one."""
    monkeypatch.chdir(tmp_path)
    for command in (
        ["stories"], ["show", "x"], ["timeline", "x"], ["replay", "x"], ["search", "x"], ["publish"], ["rebuild"],
        ["verify"], ["open", "x", "--title", "X"], ["add", "update", "x", "X"], ["retract", "x#1", "--why", "y"],
        ["correct", "x#1", "--set", "title=y", "--why", "z"], ["append", "x"],
    ):  # fmt: skip
        code, out, err = cli(*command, input="")
        assert (code, out) == (2, "")
        assert err.startswith("error: no tracker.toml in "), command
        assert "tracker init DIR" in err


def test_a_folder_that_is_not_there_is_an_error(cli: Cli) -> None:
    """It does not fall back on another workspace."""
    assert cli("-C", "typo", "stories") == (2, "", "error: typo is not a folder\n")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (b"\x00\xff\x1b[31m", "error: tracker.toml:1: is not UTF-8"),
        (b'titel = "x"', "error: tracker.toml:1: titel: is not a key; did you mean title?"),
        (b'id = "x"', "error: tracker.toml:1: id: 'x' is not a UUID"),
    ],
)
def test_settings_that_cannot_be_read_are_said(cli: Cli, settings: bytes, message: str) -> None:
    """In one line, by whatever command."""
    Path("tracker.toml").write_bytes(settings)
    code, out, err = cli("stories")
    assert (code, out) == (2, "")
    assert err.startswith(message)
    assert err.count("\n") == 1


# Help.


def test_help_lists_every_command(cli: Cli) -> None:
    """Each once, below one of four headings, in at most 45 lines."""
    for command in ([], ["--help"], ["-h"]):
        ran = cli(*command)
        text = ran.out + ran.err
        assert len(text.splitlines()) <= 45
        assert re.findall(r"^(\w[\w ]*):$", text, re.MULTILINE)[1:] == ["Record", "Read", "Publish", "Look after"]
        found = re.findall(
            r"^  ([a-z-]+)(?:, ([a-z-]+))?  +([A-Z].*)$", text[text.index("Record:") :], re.MULTILINE
        )
        assert sorted(name for *names, _ in found for name in names if name) == sorted(COMMANDS)
        for name, other, line in found:
            assert line == (TOGETHER[name][1] if other else COMMANDS[name][1])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(cli: Cli, name: str) -> None:
    """What it does, and each option with a word on it."""
    code, out, err = cli(name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: tracker {name}")
    options = [line.split("  ") for line in out.partition("Options:")[2].splitlines() if line.strip()]
    assert all(len([part for part in line if part.strip()]) >= 1 for line in options)


def test_the_version_is_told(cli: Cli) -> None:
    """As other programs tell it."""
    assert cli("--version").out == f"tracker, version {__version__}\n"


# Typing errors.


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["shwo", "story"], "Did you mean show?"),
        (["ad", "update"], "Did you mean add?"),
        (["edit", "story#2"], "Did you mean correct?"),
        (["delete", "story#2"], "Did you mean retract?"),
        (["redat", "story#2"], "there is no command 'redat'."),
        (["xyzzy"], "there is no command 'xyzzy'."),
        (["add", "updat", "story", "T"], "there is no type 'updat'; did you mean update?"),
        (["add", "xyzzy", "story", "T"], "there is no type 'xyzzy'; there are: report, "),
        (["add", "opened", "story", "T"], "opened has a command of its own: tracker open --help"),
        (["add", "correction", "story", "T"], "correction has a command of its own: tracker correct --help"),
        (["add", "retraction", "story", "T"], "retraction has a command of its own: tracker retract --help"),
        (["add", "redaction", "story", "T"], "redaction has a command of its own: tracker redact --help"),
        (["add", "update", "story", "T", "--bdy", "x"], "--body"),
        (["add", "suspension", "story", "T"], "missing: --subject (the party that is suspended)"),
        (["add", "update", "story"], "missing: TITLE (what happened, in one line)"),
        (["open", "other"], "missing: TITLE (the story's title)"),
        (["open"], "missing: STORY (its short name, such as tiktok-openai)"),
        (["add", "update"], "missing: STORY (its short name; tracker stories lists all)"),
        (["add"], "missing: TYPE; there are: report, confirmation, denial"),
        (["correct"], "missing: STORY#N"),
        (["retract"], "missing: STORY#N"),
        (["retract", "story#1"], "missing: --why"),
        (["show", "stroy"], "there is no story 'stroy'. Did you mean story?"),
        (["timeline", "stroy"], "Did you mean story?"),
        (["replay", "stroy"], "Did you mean story?"),
        (["add", "update", "stroy", "T"], "there is no story 'stroy'. Did you mean story?"),
        (["retract", "stroy#2", "--why", "x"], "Did you mean story?"),
        (["correct", "stroy#2", "--set", "title=x", "--why", "x"], "Did you mean story?"),
        (["show", "../etc"], "'../etc' cannot name a story"),
        (["open", "Big Story", "--title", "T"], "'Big Story' cannot name a story: use at most 80 small letters"),
        (["open", "nul", "--title", "T"], "Windows reserves that file name"),
        (["retract", "story", "--why", "x"], "'story' is not a development: write the story and its number"),
        (["retract", "story#0", "--why", "x"], "'story#0' is not a development"),
        (["retract", "story#9", "--why", "x"], "there is no story#9; the last one is story#3"),
        (["search", "--limit", "0", "x"], "0 is not in the range"),
        (["search", "!!!"], "'!!!' has no word to search for"),
    ],
)
def test_a_typing_error_is_answered_with_what_would_work(
    cli: Cli, story: None, desk: Workspace, command: list[str], message: str
) -> None:
    """Status 2, nothing on standard output, nothing recorded."""
    before = Path(desk.log.path("story")).read_bytes()
    code, out, err = cli(*command)
    assert (code, out) == (2, ""), err
    assert message in err
    assert Path(desk.log.path("story")).read_bytes() == before
    assert os.listdir(desk.log.folder) == ["story.jsonl"]


# What is not what it should be.


@pytest.mark.slow
@pytest.mark.parametrize(
    "garbage",
    [b"\x00\xff\xfe\x1b[31m\x80", b"\x00\xff\xfe\x1b[31m\x80\n", b"{}\n", b"[[[[[[\n" * 1000, b"\n\n\n",
     b'{"id":"\xff","type":"update"}\n', b"{" * 100_000 + b"\n", "\u202e\u2066\n".encode()],
)  # fmt: skip
def test_garbage_in_the_log_never_shows_a_traceback(
    cli: Cli, story: None, desk: Workspace, garbage: bytes
) -> None:
    """Nor does it reach the terminal; where the log is damaged, the line is named."""
    with Path(desk.log.path("story")).open("ab") as file:
        file.write(garbage)
    for command in (
        ["stories"], ["show", "story"], ["timeline", "story"], ["replay", "story"], ["search", "pay"], ["publish"],
        ["rebuild"], ["verify"], ["verify", "--json"], ["correct", "story#2", "--set", "title=x", "--why", "y"],
        ["retract", "story#2", "--why", "y"], ["add", "update", "story", "T"],
    ):  # fmt: skip
        code, out, err = cli(*command)
        assert code in (0, 1), (command, err)
        assert not set("\x1b\x00\u202e\u2066\x80") & set(out + err)
        if garbage.endswith(b"\n") and command[0] in ("show", "timeline", "replay", "add", "verify", "retract"):
            assert code == 1
            assert "events/story.jsonl:4: " in err or "events/story.jsonl:4" in out


@pytest.mark.parametrize("kind", ["folder", "link", "loop", "empty"])
def test_something_else_in_place_of_a_story_never_shows_a_traceback(
    cli: Cli, story: None, desk: Workspace, kind: str
) -> None:
    """The story that is there goes on."""
    other = Path(desk.log.path("other"))
    if kind == "folder":
        other.mkdir()
    elif kind == "empty":
        other.touch()
    else:
        other.symlink_to("story.jsonl" if kind == "link" else "other.jsonl")
    for command in (["show", "other"], ["timeline", "other"], ["replay", "other"], ["add", "update", "other", "T"],
                    ["open", "other", "--title", "T", "--editor", "x"]):  # fmt: skip
        code, _, err = cli(*command)
        expected = (0 if command[0] == "open" else 2) if kind == "empty" else 1
        assert code == expected, (command, err)
    assert "story\n" in cli("stories").out
    assert cli("search", "pay").out.startswith("story#2")
    cli("publish")
    assert Path(desk.feeds, "stories", "story", "index.html").exists()


def test_a_folder_in_place_of_the_read_model_is_said(cli: Cli, story: None, desk: Workspace) -> None:
    """With its path."""
    Path(desk.database_path).mkdir(parents=True)
    said = "a folder is in the way of a file. Remove it or move it away, and try again"
    assert cli("stories") == (1, "", f"error: .tracker/tracker.db: {said}\n")


def test_a_file_in_place_of_a_folder_is_said(cli: Cli, story: None, desk: Workspace) -> None:
    """Whichever it is."""
    Path(desk.feeds).write_text("a file")
    code, _, err = cli("publish")
    assert code == 1
    assert err.startswith("error: ")
    assert "feeds" in err
    shutil.rmtree(desk.scratch)
    Path(desk.scratch).write_text("a file")
    for command in ("publish", "stories", "rebuild"):
        code, _, err = cli(command)
        assert code == 1
        assert ".tracker" in err


def test_a_read_model_that_was_tampered_with_says_rebuild(cli: Cli, story: None, desk: Workspace) -> None:
    """And after that all is well."""
    import sqlite3

    cli("stories")
    with sqlite3.connect(desk.database_path) as database:
        database.execute("DROP TABLE stories")
    database.close()
    assert cli("stories") == (
        1, "", "error: .tracker/tracker.db: no such table: stories. Make it again with tracker rebuild\n",
    )  # fmt: skip
    assert cli("rebuild").code == 0
    assert cli("stories").code == 0


def test_a_damaged_read_model_is_built_anew(cli: Cli, story: None, desk: Workspace) -> None:
    """The command goes on, after one sentence."""
    Path(desk.scratch).mkdir()
    Path(desk.database_path).write_bytes(b"garbage " * 100)
    code, out, err = cli("stories")
    assert code == 0
    assert out.startswith("Moved lately\n  story  A story\n")
    assert err == (".tracker/tracker.db is damaged; it is only a read model and is rebuilt from the log\n")


def test_a_torn_tail_is_mended_by_the_next_append(cli: Cli, story: None, desk: Workspace) -> None:
    """After one sentence, which says where the bytes are."""
    with Path(desk.log.path("story")).open("ab") as file:
        file.write(b'{"id":')
    code, out, err = cli("add", "update", "story", "next")
    assert code == 0
    assert out.startswith("story#4  update")
    assert err.startswith("events/story.jsonl:4: an unfinished line of 6 bytes")
    assert err.count("\n") == 1
    assert cli("verify").code == 0


# What reaches the terminal.


def test_nothing_drives_the_terminal(cli: Cli) -> None:
    """Bidi controls are escaped wherever a text is shown; in JSON, programs get them as they are."""
    evil = "\u202eevil\u202c \u2066x\u2069 \u200e\u061c"
    cli("open", "story", "--title", evil, "--summary", evil)
    cli("add", "statement", "story", evil, "--speaker", evil, "--quote", evil, "--publisher", evil, "--body", evil)
    cli("correct", "story#2", "--set", f"body={evil}!", "--why", evil)
    for command in (
        ["show", "story"], ["timeline", "story"], ["replay", "story"], ["stories"], ["search", "evil"],
        ["show", evil], ["add", "question", "story", evil, "--dry-run"], ["add", "update", evil, "x"],
    ):  # fmt: skip
        _, out, err = cli(*command)
        assert "evil" in out + err, command
        assert not set(evil) & set("\u202e\u202c\u2066\u2069\u200e\u061c") & set(out + err), command
    assert cli("show", "story", "--json").json["title"] == evil.strip()


def test_control_characters_are_refused_by_name(cli: Cli) -> None:
    """They never get into the log."""
    code, out, err = cli("open", "story", "--title", "red \x1b[31m alert")
    assert (code, out) == (2, "")
    assert err == "error: title: U+001B at character 5 is not text that a feed can carry; remove it\n"
    assert cli("open", "story", "--title", "\udcff").code == 2


def test_a_fault_in_tracker_is_said_in_one_line(
    cli: Cli, desk: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Status 70; the traceback is for those who ask for it."""
    import sys

    from tracker import cli as command_line

    def broken(*args: object, **options: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("tracker.workspace.desk.find", broken)
    monkeypatch.setattr(sys, "argv", ["tracker", "show", "story"])
    monkeypatch.setattr(os, "_exit", sys.exit)
    with pytest.raises(SystemExit) as stopped:
        command_line.run()
    assert stopped.value.code == 70
    assert capfd.readouterr().err == "error: a fault in tracker, please report it: ZeroDivisionError: oops\n"
    monkeypatch.setenv("TRACKER_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        command_line.run()
