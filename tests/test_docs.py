"""docs/cli.md says what --help says, of every command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tracker.cli import COMMANDS
from tracker.domain.glossary import BUILT_IN

DOCUMENTED = (Path(__file__).parent.parent / "docs" / "cli.md").read_text()

EVERY = [
    [],
    *([name] for name in COMMANDS),
    *(["add", name] for name in BUILT_IN.addable),
    *(["log", name] for name in ("init", "copy")),
]


@pytest.mark.slow
@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_every_help_is_documented(tmp_path: Path, command: list[str]) -> None:
    """Word for word, below its name."""
    heading = f"{'###' if command[1:] else '##'} {' '.join(['tracker', *command])}"
    ran = subprocess.run(
        [sys.executable, "-m", "tracker", *command, "--help"],
        cwd=tmp_path,
        env=os.environ | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{heading}\n\n```\n{ran.stdout.rstrip()}\n```\n" in DOCUMENTED
