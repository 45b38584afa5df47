"""Two PostgreSQL servers: a primary, and a standby that has to confirm each commit. They change places.

::

    primary ──every commit──▶ standby          kill, or freeze
    (dead)                    promote ──▶ primary
    rejoin ──▶ standby ◀──every commit── primary

Only the caller decides which of them is the primary, as a failover manager does.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers import Server, a_server
from tests.torture.children import PATIENCE

COMMIT = "on"
"""``synchronous_commit``: with ``on``, a commit waits until both servers have flushed it."""

PR_SET_CHILD_SUBREAPER = 36

SETTINGS = {
    "synchronous_standby_names": "*",
    "wal_keep_size": "1GB",
    "wal_retrieve_retry_interval": "100ms",
}


class Pair:
    """A running primary with a running standby that confirms its commits."""

    def __init__(self, primary: Server, standby: Server) -> None:
        """``standby`` is empty."""
        self.primary, self.standby = primary, standby
        for each in (primary, standby):
            each.keep_data_alone()
        primary.control("start")
        for name, value in (SETTINGS | {"synchronous_commit": COMMIT}).items():
            primary.run("postgres", f"ALTER SYSTEM SET {name} = '{value}'")
        folder, source = str(standby.folder), primary.url("postgres")
        standby.execute("pg_basebackup", "-N", "-D", folder, "-d", source, "-R", "-c", "fast")
        primary.run("postgres", "SELECT pg_reload_conf()")
        self._follow()

    def url(self, database: str) -> str:
        """Returns the address of a database, which names both servers."""
        return f"postgresql://postgres@/{database}?host={self.primary.sockets},{self.standby.sockets}"

    def hold_up(self) -> None:
        """Stops the primary's sender process, so that the standby gets no more commits."""
        ((sender,),) = self.primary.run("postgres", "SELECT pid FROM pg_stat_replication")
        os.kill(sender, signal.SIGSTOP)

    def kill(self, server: Server) -> None:
        """Kills all of a server's processes at once."""
        for process in server.signal(signal.SIGKILL):
            os.waitpid(process, 0)  # the first is the parent; when it is dead we adopt the others

    def promote(self) -> None:
        """Makes the standby the primary. The former primary counts as the standby, also if it still runs."""
        self.primary, self.standby = self.standby, self.primary
        self.primary.control("promote")

    def rejoin(self) -> None:
        """Makes the former primary, which is dead, the standby. First it undoes commits that the new primary does
        not have. It accepts no connection before it is a standby."""
        ended = ("-D", str(self.standby.folder), "--source-server", self.primary.url("postgres"))
        self.standby.execute("pg_rewind", "-N", "-R", *ended)
        self._follow()

    def _follow(self) -> None:
        """Starts the standby, and waits until it confirms commits."""
        self.standby.control("start")
        if self.standby.run("postgres", "SELECT pg_is_in_recovery()") != [(True,)]:
            raise RuntimeError("there are two primaries")
        confirms = "SELECT true FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'"
        deadline = time.monotonic() + PATIENCE
        while not self.primary.run("postgres", confirms):
            if time.monotonic() > deadline:
                raise RuntimeError("the standby does not follow")
            time.sleep(0.01)


@contextmanager
def a_pair() -> Iterator[Pair]:
    """A context with a running pair."""
    with _adopting(), a_server() as one, a_server(empty=True) as other:
        yield Pair(one, other)


@contextmanager
def _adopting() -> Iterator[None]:
    """A context in which this process adopts orphaned descendants, so that it can wait for their end."""
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
