"""The read model for requests that come at the same time, each in a thread of its own.

Where the disk can be written that is the desk's own file, which any number may read while one catches up. Where it
cannot, one in memory is kept for all, who take turns.
"""

from __future__ import annotations

import contextlib
import logging
import weakref
from collections.abc import Iterator
from threading import Lock
from typing import TYPE_CHECKING

from tracker import database as tables
from tracker import projection
from tracker.workspace import Workspace

if TYPE_CHECKING:
    from sqlite_utils import Database

_log = logging.getLogger("tracker")


class ReadModel:
    """Gives the read model of a desk with all in it that is in the log; stories that are damaged as they were."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._memory: Database | None = None

    @contextlib.contextmanager
    def caught_up(self, desk: Workspace) -> Iterator[Database]:
        """To be used in the thread that asks for it. Raises TrackerError."""
        if projection.is_writable(desk.database_path):
            with projection.caught_up(desk.database_path, desk.log, _log.warning) as database:
                yield database
            return
        with self._turn:
            yield self._in_memory(desk)

    def _in_memory(self, desk: Workspace) -> Database:
        if self._memory:
            with contextlib.suppress(OSError):  # a text was removed, which what is kept on the disk cannot be told
                return _up_to_date(self._memory, desk)
            self._memory.close()
        self._memory = tables.in_memory()
        weakref.finalize(self, self._memory.close)
        return _up_to_date(self._memory, desk)


def _up_to_date(database: Database, desk: Workspace) -> Database:
    for error in projection.catch_up(database, desk.log):
        _log.warning("left as it was: %s", error)
    return database
