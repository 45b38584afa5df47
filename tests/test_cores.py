"""The same work on all cores."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tracker import cores


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


KILLED = """
import os, sys, time
from tracker import cores

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
