"""The same work for many things, on all the cores there are.

The children are forked and take turns; their results come back in order, through a pipe for each child. A child
has no end of another child's pipe open: if any process is killed, the others notice and end too. The children of
``concurrent.futures`` share one pipe: if one of them is killed while it sends a large result, the parent waits for
ever, and if the parent is killed, so do they.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from tracker.errors import TrackerError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Job = TypeVar("Job")
Result = TypeVar("Result")

FEW = 64
"""Items that one process does by itself: children take 20 ms to begin."""

BATCH = 8
"""Items that are done before what they made is handed over."""


def count() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(work: Callable[[Job], Result], items: Sequence[Job]) -> Iterator[Result]:
    """What ``work`` makes of each of the items, in their order. That is pickled, and so is what ``work`` raises.

    Raises TrackerError where a child is killed.
    """
    batches = [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
    cores = min(count(), len(batches))
    if cores <= 1 or len(items) < FEW:
        yield from map(work, items)
        return
    import signal
    from multiprocessing import get_context  # 10 ms

    context = get_context("fork")
    pipes: list[Connection] = []
    children: list[Any] = []
    try:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # children keep it blocked: see _work
        try:
            for number in range(cores):
                mine, theirs = context.Pipe(duplex=False)
                pipes.append(mine)
                todo = batches[number::cores]
                child = context.Process(target=_work, args=(work, todo, theirs, pipes), daemon=True)
                child.start()
                children.append(child)
                theirs.close()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number in range(len(batches)):
            yield from _received(pipes[number % cores])
    finally:
        for pipe in pipes:
            pipe.close()
        for child in children:
            child.join()


def _received(pipe: Connection) -> Sequence[Any]:
    try:
        made = pipe.recv()
    except (EOFError, OSError):  # the latter where it was killed in the middle of a message
        raise TrackerError(
            "a process that did part of the work ended before that was done (killed, or out of memory?). Try again"
        ) from None
    if isinstance(made, Exception):
        raise made
    assert isinstance(made, list)
    return made


def _work(
    work: Callable[[Job], Result], batches: Sequence[Sequence[Job]], pipe: Connection, not_mine: list[Connection]
) -> None:
    """Does the batches. Ctrl-C reaches the parent and its children; the parent says so, and closes the pipes."""
    for other in not_mine:
        other.close()
    with contextlib.suppress(BrokenPipeError):  # nobody wants any more
        for batch in batches:
            pipe.send(_made(work, batch))


def _made(work: Callable[[Job], Result], batch: Sequence[Job]) -> list[Result] | Exception:
    try:
        return [work(item) for item in batch]
    except Exception as error:
        return error
