"""Whole processes, from the shell's point of view, against the smallest program that click can make."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from benchmarks.measure import Measured, in_turns
from tracker.workspace import init
from tracker.workspace.desk import Workspace

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

STORIES = 10_000
"""Among which a slug is completed."""


def add(rounds: int) -> Measured:
    """One durable append by the command line, as an editor types it."""
    titles = (f"It goes on, for the {number}th time" for number in count(2))
    return _against_hello("tracker add, durable", lambda: ["add", "update", "story", next(titles)], 1.4, rounds)


def help(rounds: int) -> Measured:
    return _against_hello("tracker --help", lambda: ["--help"], 1.2, rounds)


def show(rounds: int) -> Measured:
    return _against_hello(f"tracker show, {EVENTS} events", lambda: ["show", "story"], 2.0, rounds)


def complete(rounds: int) -> Measured:
    """Tab after the beginning of a slug."""
    asked = {"_TRACKER_COMPLETE": "bash_complete", "COMP_WORDS": "tracker show story-77", "COMP_CWORD": "2"}
    what = f"completing a slug among {STORIES} stories"
    return _against_hello(what, lambda: [], 2.0, rounds, stories=STORIES, asked=asked)


BENCHMARKS: dict[str, Callable[..., Measured]] = {"add": add, "help": help, "show": show, "complete": complete}


def _against_hello(
    what: str,
    arguments: Callable[[], list[str]],
    target: float,
    rounds: int,
    stories: int = 0,
    asked: Mapping[str, str] | None = None,
) -> Measured:
    with _desk(stories) as folder, hello() as peer:
        tracker = str(Path(sys.executable).with_name("tracker"))
        took = in_turns(lambda: run([tracker, *arguments()], folder, asked), peer, rounds)
    return Measured(what, took[0], "click hello world", took[1], target)


@contextmanager
def hello() -> Iterator[Callable[[], None]]:
    """What runs the peer's program."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "hello.py"
        program.write_text(HELLO)
        yield lambda: run([sys.executable, str(program)], folder)


@contextmanager
def _desk(stories: int) -> Iterator[str]:
    """A workspace with a story of EVENTS events and so many others of one."""
    with tempfile.TemporaryDirectory() as folder:
        init.init(folder, "Bench", "https://bench.example/", "", "en")
        drafts = [{"type": "opened", "title": "A story"}]
        drafts += [
            {"type": "update", "title": f"Update {n}", "body": "What happened. " * 20} for n in range(EVENTS - 1)
        ]
        Workspace(folder).record("story", drafts)
        Path(folder, ".tracker").mkdir()  # as in any desk that has published
        line = Path(folder, "events", "story.jsonl").read_bytes().splitlines(keepends=True)[0]
        for number in range(stories):
            Path(folder, "events", f"story-{number}.jsonl").write_bytes(line)
        yield folder


def run(
    command: list[str], folder: str, asked: Mapping[str, str] | None = None, patience: float | None = None
) -> None:
    """Runs it as a user would: in the workspace, with compiled bytecode kept, and nothing of ours in the
    environment. Within so many seconds, if ``patience`` is given."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment | dict(asked or {}),
        cwd=folder,
        timeout=patience,
    )
