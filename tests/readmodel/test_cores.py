"""The same work on all cores."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest

from tracker.errors import TrackerError
from tracker.readmodel import cores


def doubled(number: int) -> int:
    return 2 * number


def where(number: int) -> int:
    return os.getpid()


@pytest.mark.parametrize("number", [0, 1, cores.FEW, 1_000])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_what_is_made_comes_in_order(monkeypatch: pytest.MonkeyPatch, number: int, count: int) -> None:
    monkeypatch.setattr(cores, "count", lambda: count)
    assert list(cores.each(doubled, range(number))) == [2 * each for each in range(number)]


def test_every_core_has_some_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """And few things are not worth it."""
    monkeypatch.setattr(cores, "count", lambda: 3)
    many = set(cores.each(where, range(1_000)))
    assert len(many) == 3
    assert os.getpid() not in many
    assert set(cores.each(where, range(cores.FEW - 1))) == {os.getpid()}


def test_who_stops_early_leaves_nobody_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "count", lambda: 2)
    some = cores.each(where, range(10_000))
    child = next(some)
    some.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def refusing(number: int) -> int:
    if number == 500:
        raise FileNotFoundError(2, "No such file", "somewhere")
    return number


def dying(number: int) -> int:
    if number == 500:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("count", [1, 2])
def test_what_the_work_raises_is_raised(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Whoever does it; and nothing is printed by them."""
    monkeypatch.setattr(cores, "count", lambda: count)
    with pytest.raises(FileNotFoundError, match="somewhere"):
        list(cores.each(refusing, range(1_000)))


def test_a_child_that_is_killed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as if somebody had stopped the command, which is what EOFError would be taken for."""
    monkeypatch.setattr(cores, "count", lambda: 2)
    with pytest.raises(TrackerError, match="ended before that was done"):
        list(cores.each(dying, range(1_000)))


def large(number: int) -> bytes:
    return bytes(1_000_000)


@pytest.mark.slow
def test_a_child_that_is_killed_while_it_sends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its results do not fit into a pipe: it is in the middle of them until the parent reads."""
    monkeypatch.setattr(cores, "count", lambda: 2)
    monkeypatch.setattr(cores, "BATCH", 1)
    made = cores.each(large, range(cores.FEW))
    next(made)
    time.sleep(0.3)
    for child in multiprocessing.active_children():
        child.kill()
    with pytest.raises(TrackerError, match="ended before that was done"):
        list(made)


@pytest.mark.slow
def test_few_batches_need_few_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "count", lambda: 64)
    assert len(set(cores.each(where, range(cores.FEW)))) == cores.FEW // cores.BATCH


@pytest.mark.parametrize("count", [1, 2])
def test_work_is_done_beside(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """By another process where there is a core for it."""
    monkeypatch.setattr(cores, "count", lambda: count)
    with cores.beside(lambda: str(os.getpid())) as done:
        pass
    with cores.beside(lambda: str(os.getpid())) as done:
        assert (done() == str(os.getpid())) is (count == 1)


def test_work_beside_that_fails_has_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "count", lambda: 2)
    with cores.beside(lambda: str(refusing(500))) as done:
        assert done() == ""


KILLED = """
import os, sys, time
from tracker.readmodel import cores
from tracker.errors import TrackerError

def slow(number):
    time.sleep(0.001)
    return os.getpid()

cores.count = lambda: 2
for pid in cores.each(slow, range(100_000)):
    print(pid, flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_whose_parent_is_killed_ends_too(how: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert parent.stdout
    children = set()
    while len(children) < 2:
        children.add(int(parent.stdout.readline()))
    parent.send_signal(how)
    parent.communicate()
    limit = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{child}/stat") and is_running(child) for child in children):
        assert time.monotonic() < limit
        time.sleep(0.05)


def is_running(process: int) -> bool:
    """Not a zombie that nobody has waited for."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
