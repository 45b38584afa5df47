"""Processes that answer questions about long stories, so that the server's own process stays free for feeds.

Each worker has a pipe of its own, and no other process has an end of it: if the server is killed, its workers end,
and if a worker is killed, the server starts another. The children of ``concurrent.futures`` share a pipe, with
neither of these properties (see ``readmodel/cores.py``).

To stop the work on a question that no client waits for, the server sends a signal. A late signal stops the work on
the next question instead, which is then asked again.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from tracker.readmodel import cores
from tracker.server.api.answers import Answer, Question, answer, problem
from tracker.server.current import CurrentWorkspace
from tracker.workspace.desk import Workspace

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MOST = 4
"""Most workers: each takes some 60 MB, and more for a long story."""

NICE = 5
"""By how much the operating system prefers the server's own process to its workers."""

TRIES = 2
"""How often a question is asked whose worker is killed."""

INTERRUPT = signal.SIGUSR1
"""The signal that stops the work on a question."""

_log = logging.getLogger("tracker")


class Job:
    """A question for a worker. The event loop may abandon it while a thread waits for its answer."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.is_abandoned = False
        self._worker: _Worker | None = None
        self._lock = threading.Lock()

    def abandon(self) -> None:
        """Stops the work on the question."""
        with self._lock:
            self.is_abandoned = True
            if self._worker:
                self._worker.interrupt()

    def ask(self, worker: _Worker) -> Answer | None:
        """Returns the answer of a worker, or None if the job is abandoned."""
        found = None
        while found is None and not self.is_abandoned:
            with self._lock:
                self._worker = worker
            try:
                found = worker.answer(self.question)
            finally:
                with self._lock:
                    self._worker = None
        return found


class Workers:
    """At most ``number`` processes that answer questions about the desk in the folder ``root``. A question that
    finds none idle starts one. Any thread may call ``answer``, at most ``number`` at a time."""

    def __init__(self, root: str) -> None:
        self.number = min(MOST, cores.count())
        self._root = root
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._is_closed = False

    def answer(self, job: Job) -> Answer:
        """Returns the answer of a worker. That of an abandoned job is a problem."""
        question = job.question
        for _ in range(TRIES):
            worker = self._idle.pop() if self._idle else _Worker(self._root)
            self._all.add(worker)
            try:
                found = job.ask(worker)
            except (EOFError, OSError):
                self._all.discard(worker)
                worker.end()
                if self._is_closed:
                    break
            else:
                self._idle.append(worker)
                return found or problem(HTTPStatus.SERVICE_UNAVAILABLE, "no client waits for this any more")
        else:
            _log.error(f"{question.work.__name__} {dict(question.asked)}: the process that answers it was killed")
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "there is no answer; the log of this server says more")

    def close(self) -> None:
        """Ends all workers, also those that are at work."""
        self._is_closed = True
        for worker in list(self._all):
            worker.end()


class _Worker:
    """A process, and the server's end of its pipe. It does not share the memory or the locks of the server's
    threads, because it is not forked."""

    def __init__(self, root: str) -> None:
        from multiprocessing import get_context  # most servers need no worker

        self._ending = threading.Lock()
        self._has_answered = False
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(root, theirs))
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which it inherits: Ctrl-C is for us
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()

    def answer(self, question: Question) -> Answer | None:
        """Returns the answer, or None if the work was stopped. Raises EOFError or OSError if the process has
        ended."""
        self._pipe.send(question)
        body = self._pipe.recv_bytes()
        found: Answer | None = self._pipe.recv()
        self._has_answered = True
        return found._replace(body=body) if found else None

    def interrupt(self) -> None:
        """Stops the work on a question. The first one imports modules, and is not stopped."""
        with self._ending:
            if self._has_answered and not self._pipe.closed and self._process.is_alive():
                os.kill(self._process.pid or 0, INTERRUPT)

    def end(self) -> None:
        """Ends the process. The thread that waits for its answer and the one that closes the server may both call
        this."""
        with self._ending:
            if not self._pipe.closed:
                self._process.terminate()
                self._process.join()
                self._pipe.close()


class _Stopped(BaseException):
    """No client waits for the answer any more."""


def _work(root: str, pipe: Connection) -> None:
    """Answers questions until the server closes the pipe."""
    os.nice(NICE)
    is_busy = is_stopped = False

    def stop(number: int, frame: object) -> None:
        nonlocal is_stopped
        is_stopped = True
        if is_busy:
            raise _Stopped

    signal.signal(INTERRUPT, stop)
    current: list[CurrentWorkspace] = []

    def workspace() -> Workspace:
        if not current:
            current.append(CurrentWorkspace(Workspace(root)))
        return current[0]()

    while True:
        try:
            question = pipe.recv()
        except (EOFError, OSError):
            return
        found = None
        with suppress(_Stopped):
            is_busy = True
            if not is_stopped:
                found = answer(question, workspace)
            is_busy = False
        is_busy = is_stopped = False
        with suppress(OSError):  # the server has ended
            pipe.send_bytes((found and found.body) or b"")  # not pickled: that would copy it
            pipe.send(found and found._replace(body=b""))
