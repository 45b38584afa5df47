"""Apply a function to many items, on all cores.

Each child process is forked and works on every n-th batch. The results come back in order, through a pipe for each
child. No child has an end of another child's pipe open: if a process is killed, the others notice and end too. The
children of ``concurrent.futures`` share one pipe: if one is killed while it sends a large result, the parent waits
for ever, and if the parent is killed, so do they.
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
"""The number of items below which one process does all: children take 20 ms to start."""

BATCH = 8
"""The number of items whose results a child sends at once."""


def count() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(work: Callable[[Job], Result], items: Sequence[Job], few: int = FEW) -> Iterator[Result]:
    """Yields the result of ``work`` for each item, in their order. One process does all if there are fewer than
    ``few``.

    Results are pickled, and so is an exception that ``work`` raises, which is raised here. Raises TrackerError
    where a child is killed.
    """
    batches = [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
    cores = min(count(), len(batches))
    if cores <= 1 or len(items) < few:
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


@contextlib.contextmanager
def beside(work: Callable[[], str]) -> Iterator[Callable[[], str]]:
    """A context in which a child process does the work. Yields a function that waits for its result, which is
    empty if the work failed. With one core, that function does the work itself."""
    if count() <= 1:
        yield work
        return
    mine, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(theirs, work().encode())
        finally:
            os._exit(0)
    os.close(theirs)
    with open(mine, encoding="utf-8") as pipe:
        try:
            yield pipe.read
        finally:
            pipe.close()
            os.waitpid(child, 0)


def _received(pipe: Connection) -> Sequence[Any]:
    """The results of the next batch from a child. Raises the exception that the child sends."""
    try:
        results = pipe.recv()
    except (EOFError, OSError):  # OSError if the child was killed in the middle of a message
        raise TrackerError(
            "a process that did part of the work ended before that was done (killed, or out of memory?). Try again"
        ) from None
    if isinstance(results, Exception):
        raise results
    assert isinstance(results, list)
    return results


def _work(
    work: Callable[[Job], Result], batches: Sequence[Sequence[Job]], pipe: Connection, not_mine: list[Connection]
) -> None:
    """Works on the batches in a child and sends their results. Ctrl-C is left to the parent, which closes the
    pipes."""
    for other in not_mine:
        other.close()
    with contextlib.suppress(BrokenPipeError):  # the parent has closed the pipe
        for batch in batches:
            pipe.send(_results(work, batch))


def _results(work: Callable[[Job], Result], batch: Sequence[Job]) -> list[Result] | Exception:
    """The results of a batch, or the exception that ended it."""
    try:
        return [work(item) for item in batch]
    except Exception as error:
        return error
