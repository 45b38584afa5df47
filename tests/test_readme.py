"""What the README tells people to type works, in the order in which it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.serving import command
from tracker.workspace.desk import Workspace

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str, after: str) -> str:
    """The first block in a language after a heading."""
    found = re.search(rf"^```{language}\n(.*?)^```$", README[README.index(after) :], re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def test_a_story_is_kept_as_it_says(tmp_path: Path) -> None:
    """Every command of the block succeeds, and what was withdrawn is told so."""
    commands = "set -e\n" + block("sh", "## Keep a story")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    ran = subprocess.run(["bash", "-c", commands], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "occurred: 2023 (2023), from “last year” counted from 1 August 2024" in ran.stdout
    assert "OpenAI account of ByteDance: suspended → none" in ran.stdout
    assert (tmp_path / "desk/feeds/all.atom").exists()


@pytest.mark.debian
@pytest.mark.skipif(not shutil.which("newsboat"), reason="needs newsboat")
def test_a_newcomer_subscribes_as_it_says(desk: Workspace, tmp_path: Path) -> None:
    """What the feed reader shows is the desk, with what was recorded. The port is another."""
    desk.record("story", [{"type": "opened", "title": "The bridge"}])
    commands = "set -e\n" + block("sh", "## Subscribe")
    assert "127.0.0.1:8000" in commands
    with command(desk.root) as process:
        typed = commands.replace("http://127.0.0.1:8000", process.url)
        environment = {**os.environ, "HOME": str(tmp_path), "TERM": "xterm"}
        reader = pexpect.spawn("bash", ["-c", typed], cwd=str(tmp_path), env=environment, timeout=20)
        try:
            reader.expect(r"\(1/1\).*The desk")
            reader.send("\r")
            reader.expect("The bridge")
        finally:
            reader.close(force=True)


def test_the_story_is_read_from_python_as_it_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    exec(block("python", "## From Python"), {})
    claims, then = capsys.readouterr().out.splitlines()
    assert claims.count("reported") == 3
    assert "OpenAI account of ByteDance" in then
    assert "Will ByteDance" not in then
