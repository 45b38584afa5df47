"""docs/cli.md says what --help says, of every command. docs/architecture.md names files that exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tracker.cli import COMMANDS
from tracker.domain.glossary import BUILT_IN

ROOT = Path(__file__).parent.parent
DOCUMENTED = (ROOT / "docs" / "cli.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
PLANNED = {"exchange/", "wording/", "tests/exchange/"}

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


def test_every_file_in_the_architecture_exists() -> None:
    """Paths in the text are below ``tracker/`` or the repository. What is planned is not there yet."""
    paths = re.findall(r"`((?:\w+/)+(?:\w+\.\w+)?)`", ARCHITECTURE)
    assert len(paths) > 100
    found = {path for path in paths if any((base / path).exists() for base in (ROOT / "tracker", ROOT))}
    assert set(paths) - found == PLANNED | {"events/types.toml"}  # of a desk that declares types


def test_every_room_is_in_the_architecture() -> None:
    """The tree has a line on each module and package directly below ``tracker/``."""
    tree = re.findall(r"^  (\w+(?:/|\.py)) ", ARCHITECTURE, re.MULTILINE)
    below = [path for path in (ROOT / "tracker").iterdir() if path.name not in ("__init__.py", "__pycache__")]
    assert sorted(tree) == sorted(path.name + "/" * path.is_dir() for path in below)
