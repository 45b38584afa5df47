"""Benchmarks of whole processes, as the shell runs them, against the smallest click program."""

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
"""Events of the story that the commands show and extend."""

STORIES = 10_000
"""Stories of the desk on which a slug is completed."""


def add(rounds: int) -> Measured:
    """Measures a durable append by the command line, as an editor types it."""
    titles = (f"It goes on, for the {number}th time" for number in count(2))
    return _against_hello("tracker add, durable", lambda: ["add", "update", "story", next(titles)], 1.4, rounds)


def help(rounds: int) -> Measured:
    return _against_hello("tracker --help", lambda: ["--help"], 1.2, rounds)


def show(rounds: int) -> Measured:
    return _against_hello(f"tracker show, {EVENTS} events", lambda: ["show", "story"], 2.0, rounds)


def complete(rounds: int) -> Measured:
    """Measures shell completion after the beginning of a slug."""
    variables = {"_TRACKER_COMPLETE": "bash_complete", "COMP_WORDS": "tracker show story-77", "COMP_CWORD": "2"}
    what = f"completing a slug among {STORIES} stories"
    return _against_hello(what, lambda: [], 2.0, rounds, stories=STORIES, variables=variables)


BENCHMARKS: dict[str, Callable[..., Measured]] = {"add": add, "help": help, "show": show, "complete": complete}


def _against_hello(
    what: str,
    arguments: Callable[[], list[str]],
    target: float,
    rounds: int,
    stories: int = 0,
    variables: Mapping[str, str] | None = None,
) -> Measured:
    with _desk(stories) as folder, hello() as peer:
        tracker = str(Path(sys.executable).with_name("tracker"))
        took = in_turns(lambda: run([tracker, *arguments()], folder, variables), peer, rounds)
    return Measured(what, took[0], "click hello world", took[1], target)


@contextmanager
def hello() -> Iterator[Callable[[], None]]:
    """Gives a function that runs the peer's program."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "hello.py"
        program.write_text(HELLO)
        yield lambda: run([sys.executable, str(program)], folder)


@contextmanager
def _desk(stories: int) -> Iterator[str]:
    """Creates a workspace with a story of EVENTS events, and ``stories`` others of one event."""
    with tempfile.TemporaryDirectory() as folder:
        init.init(folder, "Bench", "https://bench.example/", "", "en")
        drafts = [{"type": "opened", "title": "A story"}]
        drafts += [
            {"type": "update", "title": f"Update {n}", "body": "What happened. " * 20} for n in range(EVENTS - 1)
        ]
        Workspace(folder).record("story", drafts)
        Path(folder, ".tracker").mkdir()  # as on any desk that has published
        line = Path(folder, "events", "story.jsonl").read_bytes().splitlines(keepends=True)[0]
        for number in range(stories):
            Path(folder, "events", f"story-{number}.jsonl").write_bytes(line)
        yield folder


def run(
    command: list[str], folder: str, variables: Mapping[str, str] | None = None, patience: float | None = None
) -> None:
    """Runs a command as a user does: in the workspace, with compiled bytecode, and a minimal environment. Raises
    an error if it fails, or takes more than ``patience`` seconds.

    Its output is captured: without pipes, Python looks only every 50 ms whether a command with a limit has ended.
    """
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        env=environment | dict(variables or {}),
        cwd=folder,
        timeout=patience,
    )
