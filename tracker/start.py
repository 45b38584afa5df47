"""Where the process starts. ``Commands.get_command`` resumes the garbage collection when a command is imported."""

from __future__ import annotations

from tracker import hashing, stopping


def run() -> None:
    """Runs the command line and ends the process."""
    hashing.pause_collection()
    stopping.at_once()
    from tracker.cli import run

    run()
