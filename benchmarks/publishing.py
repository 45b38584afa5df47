"""Benchmarks of a publication after one new event: does its cost depend on the new events or on the size of the
log?

The benchmark first publishes two logs in full, a small and a large one. It keeps them between runs in
``~/.cache/tracker-benchmarks``, or in the folder of the environment variable ``TRACKER_BENCHMARKS``, with the
events that runs append. The preparation does not flush to the disk; the measured publications do.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from unittest import mock

import click
import msgspec

from benchmarks import corpus, processes
from benchmarks.measure import QUICK, Measured, in_turns
from tracker.domain import values as event_values
from tracker.log import clock as clocks
from tracker.log.clock import Clock
from tracker.log.files import FileLog
from tracker.publishing.publisher import publish as publication
from tracker.text.dates import recorded_at
from tracker.workspace import init
from tracker.workspace.desk import Workspace

SMALL, LARGE, LARGE_IN_A_HURRY = 10, 10_000, 20
"""Number of stories: of the small desk, of the large one, and of the large one in a quick run."""

MOVING = 10
"""Number of stories to which runs append in turns: the last ones, which still develop when the log ends."""

QUIET = 3
"""Events of each other story, in the benchmarks of many stories."""

EACH = 20_000
"""Bytes on the disk for an event: in feeds of three formats, on pages, and in temporary files."""

PATIENCE = 180
"""Seconds. A publication that takes longer was not incremental."""

_NOTES = "prepared.json"


def publish(rounds: int) -> Measured:
    """Measures a publication in a log of a million events against one in a small log."""
    return _publish(rounds, corpus.EVENTS, 1.2)


def publish_stories(rounds: int) -> Measured:
    """Measures a publication on a desk of ten thousand short stories against one on a small desk."""
    return _publish(rounds, QUIET, 1.5)


def publish_one(rounds: int) -> Measured:
    """Measures the whole process, with one new event."""
    desk = _desk(rounds, SMALL, corpus.EVENTS)
    with processes.hello() as peer:
        took = in_turns(desk.run, peer, rounds, desk.append)
    return Measured("tracker publish, one event new", took[0], "click hello world", took[1], 4.0)


def publish_none(rounds: int) -> Measured:
    """Measures the whole process, without new events on a desk of many stories."""
    desk = _desk(rounds, _many(rounds), QUIET)
    desk.run()
    with processes.hello() as peer:
        took = in_turns(desk.run, peer, rounds)
    return Measured(
        f"tracker publish, nothing new in {desk.stories:,} stories", took[0], "click hello world", took[1], 3.0
    )


def _publish(rounds: int, quiet: int, target: float) -> Measured:
    """Measures the publication in this process, which it prints, and as a whole process, which it returns."""
    large, small = desks = (_desk(rounds, _many(rounds), quiet), _desk(rounds, SMALL, quiet))

    def append() -> None:
        for desk in desks:
            desk.append()

    inside = in_turns(large.publish_here, small.publish_here, rounds, append)
    whole = in_turns(large.run, small.run, rounds, append)
    what = f"tracker publish, one event more than {large.events:,} in {large.stories:,} stories"
    peer = f"than {small.events:,} in {small.stories}"
    click.echo(f"{'':8} in process: {Measured(what, inside[0], peer, inside[1], target)}", err=True)
    return Measured(what, whole[0], peer, whole[1], target)


BENCHMARKS: dict[str, Callable[..., Measured]] = {
    "publish-one": publish_one,
    "publish-none": publish_none,
    "publish-stories": publish_stories,
    "publish": publish,
}


def _many(rounds: int) -> int:
    return LARGE_IN_A_HURRY if rounds <= QUICK else LARGE


def _desk(rounds: int, stories: int, quiet: int) -> _Desk:
    """Returns a prepared desk of this number of stories. Those that do not develop have ``quiet`` events."""
    folder = Path(corpus.cache(), f"{corpus.fingerprint(_many(rounds))}-{quiet}")
    desk = _Desk(folder / ("small" if stories == SMALL else "large"), stories, quiet)
    desk.prepare()
    return desk


class _Desk:
    """A published workspace of this number of stories. Those that do not develop have ``quiet`` events."""

    def __init__(self, folder: Path, stories: int, quiet: int) -> None:
        self.folder = folder
        self.stories = stories
        self.quiet = quiet
        self.events = (stories - MOVING) * quiet + MOVING * corpus.EVENTS
        self._appended = 0

    def prepare(self) -> None:
        """Creates and publishes the workspace if it does not exist, and prints its notes."""
        if not (self.folder / _NOTES).exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            self._make()
        notes = msgspec.json.decode((self.folder / _NOTES).read_bytes())
        click.echo(f"{'':8} {self.folder}: {notes}", err=True)
        self._appended = sum(self._head(story) - corpus.EVENTS for story in self._developing())
        self.append()
        started = time.monotonic()
        if publication(Workspace(str(self.folder))).anew:
            took = time.monotonic() - started
            click.echo(
                f"{'':8} the program has changed: everything was published again in {took:,.0f} s", err=True
            )

    def append(self) -> None:
        """Appends an event to the next of the developing stories."""
        self._appended += 1
        instant = corpus.end(self.stories) + timedelta(minutes=self._appended)
        recorded = recorded_at(instant)
        story = self._developing()[self._appended % MOVING]
        values = corpus.values(story, 8, Random(self._appended)) | {"occurred": recorded[:10]}
        self._log(lambda: recorded).append(corpus.slug(story), [event_values.from_values(values)])

    def publish_here(self) -> None:
        """Publishes in this process. Raises ClickException if the publication was not incremental."""
        published = publication(Workspace(str(self.folder)))
        if published.anew or published.missing or published.errors or not published.written:
            raise click.ClickException(f"{self.folder}: the publication was not incremental")

    def run(self) -> None:
        """Publishes with the command, as a user does."""
        command = [str(Path(sys.executable).with_name("tracker")), "publish"]
        processes.run(command, str(self.folder), patience=PATIENCE)

    def _make(self) -> None:
        self._check_room()
        init.init(str(self.folder), "Bench", "https://bench.example/", "", "en")
        written = corpus.write(str(self.folder / "events"), self.stories, MOVING, self.quiet)
        started = time.monotonic()
        with mock.patch("os.fsync"), click.progressbar(length=self.stories, file=sys.stderr) as bar:
            publication(Workspace(str(self.folder)), lambda slug: bar.update(1))
        took = time.monotonic() - started
        os.sync()
        bytes = sum(file.stat().st_size for file in (self.folder / "feeds").rglob("*") if file.is_file())
        notes = (
            f"{self.events:,} events, {written / self.events:.0f} bytes a line; published in {took:,.0f} s without"
            f" flushes, {bytes / 1e9:.1f} GB"
        )
        (self.folder / _NOTES).write_bytes(msgspec.json.encode(notes))

    def _check_room(self) -> None:
        self.folder.mkdir(parents=True)
        free, needed = shutil.disk_usage(self.folder).free, self.events * EACH
        if free < needed:
            raise click.ClickException(
                f"{self.folder} needs {needed / 1e9:.0f} GB, and {free / 1e9:.0f} GB are free; set"
                " TRACKER_BENCHMARKS to another folder"
            )

    def _developing(self) -> range:
        return range(self.stories - MOVING, self.stories)

    def _head(self, story: int) -> int:
        return self._log().head(corpus.slug(story)).seq

    def _log(self, clock: Clock = clocks.now) -> FileLog:
        return FileLog(self.folder / "events", scratch=self.folder / ".tracker", clock=clock)
