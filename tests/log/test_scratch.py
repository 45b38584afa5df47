"""What stands in .tracker in place of a file is named, not followed and not waited for."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran
from tracker.workspace.desk import Workspace

ELSEWHERE = "elsewhere.db"


def _link(path: Path) -> None:
    path.symlink_to(path.parent.parent.parent / ELSEWHERE)


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # an address has at most 107 bytes
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path.name)
    os.chdir(here)


KINDS: dict[str, Callable[[Path], None]] = {
    "a symbolic link": _link,
    "a FIFO": lambda path: os.mkfifo(path),
    "a folder": Path.mkdir,
    "a socket": _socket,
}

DATABASES = [f"{name}{ending}" for name in ("tracker.db", "published.db") for ending in ("", "-wal", "-journal")]


@pytest.fixture
def elsewhere(desk: Workspace, record: Callable[..., Any], cli: Callable[..., Ran]) -> Path:
    """A database beside the desk, which has a story and was published and searched."""
    record("opened", "A story")
    assert cli("publish").code == cli("search", "story").code == 0
    path = Path(desk.root).parent / ELSEWHERE
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE precious (x)")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [*DATABASES, "publish.lock"])
def test_what_is_in_the_way_is_named(desk: Workspace, elsewhere: Path, name: str, kind: str) -> None:
    """By each command that needs the file; when it is gone, they go on."""
    path, before = Path(desk.scratch, name), elsewhere.read_bytes()
    path.unlink(missing_ok=True)
    KINDS[kind](path)
    commands = [["search", "story"], ["rebuild"]] if "tracker" in name else [["publish"], ["publish", "--anew"]]
    start = [sys.executable, "-m", "tracker", "-C", desk.root]
    for command in commands:
        ran = subprocess.run([*start, *command], capture_output=True, text=True, timeout=30, check=False)
        assert ran.returncode == 1, (command, ran)
        assert f"{name}: {kind} is in the way of a file. Remove it or move it away, and try again" in ran.stderr
    assert elsewhere.read_bytes() == before
    path.rmdir() if kind == "a folder" else path.unlink()
    for command in commands:
        assert subprocess.run([*start, *command], capture_output=True, timeout=30, check=False).returncode == 0


def test_a_link_at_the_read_model_is_not_followed(
    elsewhere: Path, desk: Workspace, cli: Callable[..., Ran]
) -> None:
    before = elsewhere.read_bytes()
    Path(desk.database_path).unlink()
    _link(Path(desk.database_path))
    for command in (["search", "story"], ["rebuild"], ["verify"]):
        ran = cli(*command)
        assert ran.code == 1
        assert ".tracker/tracker.db: a symbolic link is in the way of a file" in ran.err
    assert elsewhere.read_bytes() == before
