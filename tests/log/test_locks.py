"""Locks: who waits for how long, and what is said then."""

from __future__ import annotations

import builtins
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tracker.errors import Busy
from tracker.log import locks
from tracker.publishing import publisher
from tracker.workspace.desk import Workspace

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "rb")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.touch()
    return path


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds the file until it is killed."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        yield holder
        holder.kill()


def refusal(path: Path) -> str:
    with path.open("rb") as file, pytest.raises(Busy) as raised:
        locks.take(file.fileno(), "the file", 0.05, "done")
    return str(raised.value)


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the system does not tell")
def test_whoever_waits_in_vain_is_told_for_whom(path: Path, holder: subprocess.Popen[bytes]) -> None:
    """By number and command, so that somebody can look at it; and that nothing was done."""
    program = Path(sys.executable).name
    said = refusal(path)
    assert said.startswith(f"the file has been locked by process {holder.pid} ({program} -c")
    assert said.endswith("for 0.05 seconds; nothing was done. Try again when that one is done")


def test_where_that_cannot_be_found_out_it_is_another(
    path: Path, holder: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*args: Any, **more: Any) -> None:
        raise PermissionError

    with path.open("rb") as file:
        monkeypatch.setattr(builtins, "open", refused)
        with pytest.raises(Busy, match="locked by another tracker for"):
            locks.take(file.fileno(), "the file", 0.05, "done")
        monkeypatch.undo()


def test_it_goes_with_the_process(path: Path, holder: subprocess.Popen[bytes]) -> None:
    """However that ends; whoever waited has it then."""
    holder.kill()
    with path.open("rb") as file:
        locks.take(file.fileno(), "the file", 5, "done")


@pytest.mark.slow
def test_a_publication_waits_for_another_and_not_for_ever(
    desk: Workspace, record: Callable[..., Any], cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It then says so, and nothing is published."""
    record("opened", "A story")
    monkeypatch.setattr(publisher, "PATIENCE", 0.1)
    with publisher.alone(desk.scratch):
        ran = cli("publish")
    assert (ran.code, ran.out) == (1, "")
    assert re.match(r"(error: )?\.tracker/publish\.lock has been locked by .* nothing was published\.", ran.err)
    assert not Path(desk.feeds, "index.html").exists()
    assert cli("publish").code == 0
