"""Whole processes, from the shell's point of view, against the smallest program that click can make."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Measured, in_turns
from tracker import workspace as workspaces
from tracker.workspace import Workspace

HELLO = """\
import click


@click.command()
def main():
    click.echo("Hello")


if __name__ == "__main__":
    main()
"""

EVENTS = 100
"""In the story that is added to and shown."""


def add(rounds: int) -> Measured:
    """One durable append by the command line, as an editor types it."""
    return _against_hello("tracker add, durable", ["add", "update", "story", "It goes on"], 1.6, rounds)


def help(rounds: int) -> Measured:
    return _against_hello("tracker --help", ["--help"], 1.25, rounds)


def show(rounds: int) -> Measured:
    return _against_hello(f"tracker show, {EVENTS} events", ["show", "story"], 2.0, rounds)


BENCHMARKS: dict[str, Callable[..., Measured]] = {"add": add, "help": help, "show": show}


def _against_hello(what: str, arguments: list[str], target: float, rounds: int) -> Measured:
    with _desk() as (folder, hello):
        tracker = [str(Path(sys.executable).with_name("tracker")), "-C", folder, *arguments]
        ours, peer = in_turns(lambda: _run(tracker), lambda: _run([sys.executable, hello]), rounds)
    return Measured(what, ours, "click hello world", peer, target)


@contextmanager
def _desk() -> Iterator[tuple[str, str]]:
    """A workspace with a story of EVENTS events, and the path of the peer's program."""
    with tempfile.TemporaryDirectory() as folder:
        workspaces.init(folder, "Bench", "https://bench.example/", "", "en")
        hello = Path(folder) / "hello.py"
        hello.write_text(HELLO)
        drafts = [{"type": "opened", "title": "A story"}]
        drafts += [
            {"type": "update", "title": f"Update {n}", "body": "What happened. " * 20} for n in range(EVENTS - 1)
        ]
        Workspace(folder).record("story", drafts)
        yield folder, str(hello)


def _run(command: list[str]) -> None:
    """Runs it as a user would: with compiled bytecode kept, and nothing of ours in the environment."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
