"""The installed command as a process: what only a real one shows."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tracker.workspace.desk import Workspace

TRACKER = os.path.join(os.path.dirname(sys.executable), "tracker")

Installed = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def installed(desk: Workspace) -> Installed:
    """``installed("add", …)`` runs the command in the desk's folder."""

    def installed(*args: str, command: str = TRACKER, **options: Any) -> subprocess.CompletedProcess[str]:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.run([command, *args], cwd=desk.root, text=True, check=False, **options)

    return installed


def process(desk: Workspace, *args: str) -> subprocess.Popen[str]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([TRACKER, *args], cwd=desk.root, text=True, **pipes)


def a_long_story(desk: Workspace, count: int = 2_000) -> None:
    """More than fits into a pipe."""
    updates = [{"type": "update", "title": f"number {number} {'x' * 60}"} for number in range(count)]
    desk.record("story", [{"type": "opened", "title": "A story"}, *updates])


def test_the_main_job(installed: Installed, desk: Workspace) -> None:
    """Append, see, publish, verify: each in a process of its own."""
    for args, begins in (
        (["open", "story", "--title", "A story"], "story#1  opened  recorded "),
        (["add", "report", "story", "They pay", "--occurred", "March 2024"], "story#2  report  recorded "),
        (["correct", "story#2", "--set", "title=They lend", "--why", "misread"], "story#3  correction  recorded "),
        (["retract", "story#2", "--why", "a rumour"], "story#4  retraction  recorded "),
        (["show", "story"], "A story\nopen, 4 developments, "),
        (
            ["timeline", "story"],
            "#1  opened  A story\n#2  report  They lend  (March 2024)  [retracted by #4; corrected by #3]",
        ),
        (["stories"], "Moved lately\n  story  A story\n"),
        (["search", "lend"], "story#"),
        (["publish"], "published to feeds: 67 files written\n"),
        (["rebuild"], "built .tracker/tracker.db from events\n"),
        (["verify"], "story#4  "),
    ):
        ran = installed(*args)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout.startswith(begins), ran.stdout
        assert "\x1b" not in ran.stdout


def test_it_runs_as_a_module(installed: Installed, desk: Workspace) -> None:
    """Where the command is not on the path."""
    a_long_story(desk, 1)
    assert installed("-m", "tracker", "show", "story", command=sys.executable).stdout.startswith("A story\n")


@pytest.mark.parametrize("command", ["timeline", "replay"])
@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(installed: Installed, desk: Workspace, command: str) -> None:
    """``tracker timeline story | head -1``: quiet, and with a status that says so."""
    a_long_story(desk)
    with process(desk, command, "story") as writing:
        assert writing.stdout
        assert writing.stderr
        assert writing.stdout.readline().startswith("#1  ")
        writing.stdout.close()
        assert writing.stderr.read() == ""
    assert writing.returncode == 141


def test_a_reader_that_is_gone_already_is_no_error(installed: Installed, desk: Workspace) -> None:
    """Also where the output is so short that it only goes out at the end."""
    a_long_story(desk, 1)
    reading, writing = os.pipe()
    os.close(reading)
    ran = installed("show", "story", stdout=writing)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (141, "")


@pytest.mark.slow
def test_without_standard_output_it_still_records(installed: Installed, desk: Workspace) -> None:
    """As daemons and cron may start it."""
    a_long_story(desk, 0)
    ran = installed("-c", f'exec "{TRACKER}" add update story "T" >&-', command="/bin/sh")
    assert (ran.returncode, ran.stderr) == (0, "")
    ran = installed("-c", f'exec "{TRACKER}" add update story "T" >&- 2>&-', command="/bin/sh")
    assert ran.returncode == 0
    assert desk.story("story").seq == 3


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.slow
def test_a_full_disk_under_the_output_is_one_line(installed: Installed, desk: Workspace) -> None:
    """For long output and for short."""
    for count in (1, 1_999):
        a_long_story(desk, count) if count == 1 else desk.record(
            "story", [{"type": "update", "title": "x"}] * count
        )
        with open("/dev/full", "w") as full:
            ran = installed("timeline", "story", stdout=full)
        assert ran.returncode == 1
        assert ran.stderr.count("\n") == 1
        assert ran.stderr.startswith("error: ")
        assert "No space left on device" in ran.stderr


def test_interrupted_while_it_reads_it_records_nothing(desk: Workspace) -> None:
    """Ctrl-C: one word, status 130."""
    a_long_story(desk, 0)
    with process(desk, "append", "story") as appending:
        assert appending.stdin
        appending.stdin.write('{"type":"update","title":"one"}\n')
        appending.stdin.flush()
        for _ in range(100):  # until it has read that, and waits for more
            with pytest.raises(subprocess.TimeoutExpired):
                appending.wait(0.2)
            if not any(fcntl.ioctl(appending.stdin, termios.FIONREAD, bytes(4))):
                break
        appending.send_signal(signal.SIGINT)
        out, err = appending.communicate()
    assert appending.returncode == 130
    assert out == ""
    assert err.strip() == "error: stopped"
    assert desk.story("story").seq == 1


@pytest.mark.slow
def test_refusals_have_a_status(installed: Installed, desk: Workspace) -> None:
    """2 for what was typed, 1 for what is stored; one line on standard error, no traceback."""
    a_long_story(desk, 1)
    for args, code in (
        (["shwo"], 2),
        (["show", "stroy"], 2),
        (["add", "update", "story", "T", "--occurred", "x"], 2),
    ):
        ran = installed(*args)
        assert (ran.returncode, ran.stdout) == (code, "")
        assert "Traceback" not in ran.stderr
    with Path(desk.log.path("story")).open("ab") as file:
        file.write(b"\x00\xff\x1b[31m\n")
    for args in (["show", "story"], ["add", "update", "story", "T"], ["verify"]):
        ran = installed(*args)
        assert ran.returncode == 1
        assert "events/story.jsonl:3: " in ran.stderr
        assert "Traceback" not in ran.stderr
        assert "\x1b" not in ran.stderr + ran.stdout


@pytest.mark.slow
def test_standard_input_has_a_name(installed: Installed, desk: Workspace) -> None:
    """In refusals of append."""
    a_long_story(desk, 0)
    ran = installed("append", "story", input='{"type":"update","title":"T"}\nnonsense\n')
    assert ran.returncode == 2
    assert ran.stderr.startswith("error: <stdin>:2: is not JSON")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8:strict"])
def test_any_encoding_of_the_terminal(installed: Installed, desk: Workspace, encoding: str) -> None:
    """Where it cannot show a character, it shows something else."""
    desk.record("story", [{"type": "opened", "title": "Élysée → 💰 字"}])
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    for command in (
        ["show", "story"],
        ["replay", "story"],
        ["stories"],
        ["show", "story", "--json"],
        ["show", "字"],
    ):
        ran = subprocess.run([TRACKER, *command], cwd=desk.root, env=env, capture_output=True, check=False)
        assert ran.returncode == (2 if command[1:] == ["字"] else 0), (command, ran.stderr)


@pytest.mark.slow
def test_a_terminal_gets_colours(installed: Installed, desk: Workspace) -> None:
    """Only a terminal does."""
    script = shutil.which("script")
    if not script:
        pytest.skip("needs script, of util-linux")
    a_long_story(desk, 0)
    ran = installed("-qec", f"{TRACKER} show story", os.devnull, command=script)
    assert "\x1b[1mA story\x1b[0m" in ran.stdout
    assert "\x1b" not in installed("show", "story").stdout


# Where a stream is closed or takes nothing


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("append story", "has no events"),
        ("add update story Title --body -", "body: is empty: standard input had nothing in it"),
    ],
)
def test_a_closed_standard_input_has_nothing_in_it(desk: Workspace, command: str, message: str) -> None:
    desk.record("story", [{"type": "opened", "title": "A story"}])
    ran = subprocess.run(
        f"{sys.executable} -m tracker {command} <&-", shell=True, cwd=desk.root, capture_output=True, text=True
    )
    assert ran.returncode == 2
    assert message in ran.stderr
    assert len(desk.log.lines("story")) == 1


def test_what_is_recorded_is_said_even_where_output_takes_nothing(desk: Workspace) -> None:
    """Or it would be recorded once more."""
    desk.record("story", [{"type": "opened", "title": "A story"}])
    ran = subprocess.run(
        f"{sys.executable} -m tracker add update story Title >/dev/full",
        shell=True, cwd=desk.root, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 1
    assert ran.stderr == "error: story#2 is recorded; standard output: No space left on device\n"
    assert len(desk.log.lines("story")) == 2


@pytest.mark.parametrize("command", [["types"], ["add", "--help"]])
def test_a_workspace_that_was_named_and_is_not_there_is_said(tmp_path: Path, command: list[str]) -> None:
    """Without a name, outside of any, the built-in types are told."""
    named = [sys.executable, "-m", "tracker", "-C", str(tmp_path / "none"), *command]
    ran = subprocess.run(named, cwd=tmp_path, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "none is not a folder" in ran.stderr
    ran = subprocess.run([sys.executable, "-m", "tracker", *command], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0
    assert "suspension" in ran.stdout
