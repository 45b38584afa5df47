"""Benchmarks of durable appends in this process: one event against the system calls that it needs, many against
``eventsourcing``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random

from benchmarks import corpus
from benchmarks.measure import Measured, in_turns
from tracker.domain import values
from tracker.domain.events import Event
from tracker.log.files import FileLog

AT_A_TIME = 20
"""Appends in a round. One round takes longer than the variations of a disk."""

BATCH = 1_000


def append(rounds: int) -> Measured:
    """Measures appends of one event to a story of a hundred events."""
    with tempfile.TemporaryDirectory(dir=corpus.cache()) as folder:
        log = FileLog(Path(folder, "events"))
        Path(log.folder).mkdir()
        for story in (0, 1):
            Path(log.path(corpus.slug(story))).write_bytes(b"".join(corpus.lines(story)))
        stored = Path(log.path(corpus.slug(0)))
        before, drafts = stored.read_bytes(), [_draft(number) for number in range(AT_A_TIME)]
        plain = log.path(corpus.slug(1))
        line = Path(plain).read_bytes().splitlines(keepends=True)[-1]

        def ours() -> None:
            for draft in drafts:
                log.append(corpus.slug(0), [draft])

        def restore() -> None:
            stored.write_bytes(before)
            os.sync()

        def peer() -> None:
            for _ in range(AT_A_TIME):
                descriptor = os.open(plain, os.O_WRONLY | os.O_APPEND)
                os.write(descriptor, line)
                os.fdatasync(descriptor)
                os.close(descriptor)

        ours_took, peer_took = in_turns(ours, peer, rounds, restore)
    return Measured(
        "one durable append, in process",
        ours_took / AT_A_TIME,
        "open, append, fdatasync",
        peer_took / AT_A_TIME,
        1.4,
    )


def batch(rounds: int) -> Measured:
    """Measures appends of a thousand events in one call, each time to a new story."""
    from benchmarks import peers

    with tempfile.TemporaryDirectory(dir=corpus.cache()) as folder:
        log = FileLog(Path(folder, "events"))
        application = peers.application(folder)
        names = (f"story-{number}" for number in count())
        drafts = [_draft(number) for number in range(BATCH)]
        payloads = [values.to_values(each) for each in drafts]

        def ours() -> None:
            log.append(next(names), drafts)

        def peer() -> None:
            application.save(peers.recorded(next(names), payloads))

        ours_took, peer_took = in_turns(ours, peer, rounds)
        application.close()
    return Measured(f"durable append of {BATCH:,} in one call", ours_took, "eventsourcing", peer_took, 1 / 3)


BENCHMARKS: dict[str, Callable[..., Measured]] = {"append": append, "batch": batch}


def _draft(number: int) -> Event:
    return values.from_values(corpus.values(0, 8, Random(number)))
