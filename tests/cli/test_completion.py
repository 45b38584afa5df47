"""What Tab offers, asked as the shells ask, and typed into real ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.conftest import Ran
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]
Offer = Callable[..., list[str]]

TYPES = """
[outage]
help = "A service stops working."
opens = "outage"
label = "outage of {service}"

[outage.fields.service]
kind = "party"
"""


@pytest.fixture
def desk_with_stories(desk: Workspace, record: Callable[..., Any]) -> Workspace:
    """Two stories of one beginning and one of another, a directory, and a type of the desk's own."""
    Path(desk.log.folder, "types.toml").write_text(TYPES)
    Path(desk.log.folder, "parties.toml").write_text('["Byte Dance Ltd"]\n')
    record("opened", "TikTok and OpenAI", story="tiktok-openai")
    record("report", "They \u202epay\u202c", story="tiktok-openai", parties=["ByteDance", "OpenAI"])
    record("opened", "TikTok in court", story="tiktok-court")
    record("opened", "Outages", story="outages")
    return desk


@pytest.fixture
def offer(desk_with_stories: Workspace, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """``offer("show", "ti")``: what bash is offered for the last word."""

    def offer(*words: str) -> list[str]:
        line = ["tracker", *words]
        monkeypatch.setenv("_TRACKER_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(line))
        monkeypatch.setenv("COMP_CWORD", str(len(line) - 1))
        ran = cli()
        assert (ran.code, ran.err) == (0, "")
        return [each.partition(",")[2] for each in ran.out.splitlines() if each]

    return offer


def test_commands(offer: Offer) -> None:
    assert offer("re") == ["retract", "redact", "replay", "rebuild"]


@pytest.mark.parametrize("command", ["show", "timeline", "replay", "diff", "hindsight", "append", "open"])
def test_stories(offer: Offer, command: str) -> None:
    assert offer(command, "tik") == ["tiktok-court", "tiktok-openai"]


def test_types_with_the_desk_s_own(offer: Offer) -> None:
    assert offer("add", "o") == ["outage"]
    assert offer("add", "su") == ["suspension", "summary"]
    assert offer("types", "co") == ["confirmation", "correction"]


def test_options_of_a_declared_type(offer: Offer) -> None:
    assert "--service" in offer("add", "outage", "outages", "--se")


def test_parties_of_the_desk_and_of_the_story(offer: Offer) -> None:
    """A backslash-escaped blank is the shell's business."""
    assert offer("add", "suspension", "tiktok-openai", "--subject", "byte") == ["Byte Dance Ltd", "ByteDance"]
    assert offer("add", "suspension", "tiktok-court", "--subject", "byte") == ["Byte Dance Ltd"]
    assert offer("add", "update", "tiktok-openai", "Title", "--party", "Open") == ["OpenAI"]


@pytest.mark.parametrize("command", ["correct", "retract", "redact"])
def test_developments_once_the_story_is_clear(offer: Offer, command: str) -> None:
    assert offer(command, "tik") == ["tiktok-court", "tiktok-openai"]
    assert offer(command, "tiktok-o") == ["tiktok-openai#2", "tiktok-openai#1"]
    assert offer(command, "tiktok-openai#1") == ["tiktok-openai#1"]


def test_references_of_a_development(offer: Offer) -> None:
    assert offer("add", "denial", "tiktok-openai", "T", "--about", "tiktok-openai#2") == ["tiktok-openai#2"]


@pytest.mark.parametrize(
    "words",
    [
        ["show", "nothing-like-it"],
        ["correct", "nothing#1"],
        ["correct", "../x#"],
        ["add", "nonsense", "x"],
        ["add", "update", "nothing", "T", "--party", "x"],
        ["-C", "/nowhere", "show", ""],
        ["nonsense", "x"],
    ],
)
def test_nothing_is_offered_where_there_is_nothing(offer: Offer, words: list[str]) -> None:
    """Silently."""
    assert offer(*words) == []


def test_a_broken_declaration_costs_nothing_but_its_types(desk: Workspace, offer: Offer) -> None:
    Path(desk.log.folder, "types.toml").write_text("[outage]\n")
    assert offer("show", "out") == ["outages"]
    assert offer("add", "su") == ["suspension", "summary"]


def test_nothing_is_said_over_the_line_that_is_typed(desk: Workspace, offer: Offer) -> None:
    """Though a command of a desk with a broken declaration would."""
    Path(desk.log.folder, "types.toml").write_text("[outage]\n")
    with pytest.raises(AssertionError, match="assert \\(1, ''\\)"):
        offer("add", "report", "out")


def test_outside_of_any_workspace(offer: Offer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert offer("show", "") == []
    assert offer("add", "su") == ["suspension", "summary"]


def test_no_command_is_imported_to_complete_a_command(desk: Workspace) -> None:
    code = "import sys; sys.argv=['tracker']; import os; os._exit=lambda code: None\n"
    code += (
        "from tracker.cli import run; run(); print(sorted(m for m in sys.modules if m.startswith('tracker.cli.')))"
    )
    asked = {"_TRACKER_COMPLETE": "bash_complete", "COMP_WORDS": "tracker sh", "COMP_CWORD": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines() == ["plain,show", "[]"]


# In the shells themselves.


# Teach it, and it completes. zsh and fish come from Debian packages.
SHELLS = {
    "bash": ("bash", ["--norc", "--noprofile", "-i"], 'eval "$(tracker completion bash)"'),
    "zsh": ("zsh", ["-f", "-i"], 'autoload -U compinit; compinit -u; eval "$(tracker completion zsh)"'),
    "fish": ("fish", ["--no-config", "-i"], "tracker completion fish | source"),
}


def _begin_anew(child: Any) -> None:
    """Drops what was typed, and waits until the shell listens again. Ctrl-C while it is still completing drops
    that only, and not the line."""
    child.sendcontrol("c")
    child.sendcontrol("u")
    child.sendline("")
    child.sendline("echo go''on")
    child.expect("goon")


@pytest.mark.slow
@pytest.mark.parametrize(
    "shell", [pytest.param(each, marks=[pytest.mark.debian] if each != "bash" else []) for each in SHELLS]
)
def test_tab_in_a_real_shell(desk_with_stories: Workspace, tmp_path: Path, shell: str) -> None:
    """A story, a development and a type are completed, and the command that comes of it runs."""
    program, arguments, teach = SHELLS[shell]
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TERM": "dumb",
        "PS1": "ready> ",
        "LANG": "C.UTF-8",
    }
    child = pexpect.spawn(
        program, arguments, cwd=desk_with_stories.root, env=environment, encoding="utf-8", timeout=20,
        dimensions=(40, 160),
    )  # fmt: skip
    try:
        child.sendline(f"{teach}; echo tau''ght")
        child.expect("taught")
        child.send("tracker show tiktok-c\t")
        child.expect("tiktok-court")
        child.sendline("")
        child.expect("TikTok in court")
        child.send("tracker retract tiktok-o\t")
        child.expect(r"penai\\?#")
        _begin_anew(child)
        child.send("tracker add out\t")
        child.expect("outage")
        _begin_anew(child)
        child.send("tracker parties Byt\t")
        child.expect(r"e\\ Dance\\ Ltd")
    finally:
        child.close(force=True)
