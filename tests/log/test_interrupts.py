"""Ctrl-C at any moment leaves a whole log: all of an append, or none of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tracker.domain.events import Update
from tracker.domain.integrity import check_stream
from tracker.log import files as logs
from tracker.log.files import FileLog
from tracker.workspace.desk import Workspace

MANY = 2_000


@pytest.fixture
def lines(desk: Workspace, record: Callable[..., Any]) -> Path:
    """A story, and a file with many developments for it."""
    record("opened", "A story")
    path = Path(desk.root, "many.jsonl")
    drafts = [{"type": "update", "title": f"Update {number}", "body": "More. " * 50} for number in range(MANY)]
    path.write_text("".join(json.dumps(draft) + "\n" for draft in drafts))
    return path


def is_whole(desk: Workspace) -> bool:
    lines, rest = desk.log.lines_and_rest("story")
    return not rest and not [*check_stream("story", lines, "story", {})]


@pytest.mark.slow
def test_ctrl_c_while_many_are_appended(desk: Workspace, lines: Path) -> None:
    """Whenever it comes, it is all of them or none; and none of them is said to be stopped."""
    before = Path(desk.log.path("story")).read_bytes()
    seen = set()
    for milliseconds in (40, 60, 80, 100, 125, 150, 200, 300, 500, 800, 1_500):  # Python takes some 50 to start
        command = [sys.executable, "-m", "tracker", "append", "story", str(lines)]
        child = subprocess.Popen(
            command, cwd=desk.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )  # fmt: skip
        time.sleep(milliseconds / 1_000)
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=60)
        assert is_whole(desk)
        recorded = len(desk.log.lines("story")) - 1
        assert recorded == (MANY if "recorded" in out else 0)
        seen.add(recorded)
        Path(desk.log.path("story")).write_bytes(before)
    assert 0 in seen


def interrupting(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Ctrl-C comes with this call of the system, before it does anything."""
    call = getattr(os, name)

    def interrupted(*args: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return call(*args)

    monkeypatch.setattr(os, name, interrupted)


@pytest.mark.parametrize("name", ["write", "fdatasync"])
def test_once_the_write_has_begun_it_comes_too_late(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What is on the disk is told as recorded."""
    desk.record("story", [{"type": "opened", "title": "A story"}])
    interrupting(monkeypatch, name)
    (recorded,) = desk.record("story", [{"type": "update", "title": "More"}])
    assert recorded.reference.seq == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_control(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without that, an event could be on the disk of which nobody is told."""
    desk.record("story", [{"type": "opened", "title": "A story"}])
    monkeypatch.setattr(logs, "uninterrupted", lambda held: threading.Lock())
    interrupting(monkeypatch, "fdatasync")
    with pytest.raises(KeyboardInterrupt):
        desk.record("story", [{"type": "update", "title": "More"}])
    assert len(desk.log.lines("story")) == 2


def test_other_threads_append_as_ever(tmp_path: Path) -> None:
    """Signals do not reach them."""
    log = FileLog(tmp_path / "events")
    done: list[str] = []

    def append() -> None:
        done.extend(event.hash for event in log.append("story", [Update(title="From a thread")]))

    thread = threading.Thread(target=append)
    thread.start()
    thread.join()
    assert [line for line in log.lines("story") if done[0].encode() in line]


@pytest.mark.slow
def test_many_lines_show_their_progress(desk: Workspace, lines: Path) -> None:
    """On a terminal."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "tracker", "append", "story", str(lines)],
        cwd=desk.root,
        encoding="utf-8",
        timeout=30,
        dimensions=(24, 80),
    )
    child.expect("checking")
    child.expect("100%")
    child.expect(f"recorded {MANY} events")
    child.expect(pexpect.EOF)


@pytest.mark.slow
def test_what_is_typed_into_a_terminal_is_asked_for(desk: Workspace, lines: Path) -> None:
    """A body or lines from standard input, which is a terminal here: it says how that ends."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "tracker", "add", "update", "story", "Title", "--body", "-"],
        cwd=desk.root,
        encoding="utf-8",
        timeout=30,
        dimensions=(24, 80),
    )
    child.expect("type the body; Ctrl-D")
    child.sendline("What happened.")
    child.sendeof()
    child.expect("story#2")
    child.expect(pexpect.EOF)
