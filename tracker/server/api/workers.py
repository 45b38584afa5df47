"""Processes that answer questions about long stories, so that the server's own process stays free for feeds.

Each worker has a pipe of its own, and no other process has an end of it: if the server is killed, its workers end,
and if a worker is killed, the server starts another. The children of ``concurrent.futures`` share a pipe, with
neither of these properties (see ``readmodel/cores.py``).
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

_log = logging.getLogger("tracker")


class Workers:
    """At most ``number`` processes that answer questions about the desk in the folder ``root``. A question that
    finds none idle starts one. Any thread may call ``answer``, at most ``number`` at a time."""

    def __init__(self, root: str) -> None:
        self.number = min(MOST, cores.count())
        self._root = root
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._is_closed = False

    def answer(self, question: Question) -> Answer:
        """Returns the answer of a worker."""
        for _ in range(TRIES):
            worker = self._idle.pop() if self._idle else _Worker(self._root)
            self._all.add(worker)
            try:
                found = worker.answer(question)
            except (EOFError, OSError):
                self._all.discard(worker)
                worker.end()
                if self._is_closed:
                    break
            else:
                self._idle.append(worker)
                return found
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
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(root, theirs))
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which it inherits: Ctrl-C is for us
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()

    def answer(self, question: Question) -> Answer:
        """Returns the answer. Raises EOFError or OSError if the process has ended."""
        self._pipe.send(question)
        body = self._pipe.recv_bytes()
        found: Answer = self._pipe.recv()
        return found._replace(body=body)

    def end(self) -> None:
        """Ends the process. The thread that waits for its answer and the one that closes the server may both call
        this."""
        with self._ending:
            if not self._pipe.closed:
                self._process.terminate()
                self._process.join()
                self._pipe.close()


def _work(root: str, pipe: Connection) -> None:
    """Answers questions until the server closes the pipe."""
    os.nice(NICE)
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
        found = answer(question, workspace)
        with suppress(OSError):  # the server has ended
            pipe.send_bytes(found.body or b"")  # not pickled: that would copy it
            pipe.send(found._replace(body=b""))
