"""Two PostgreSQL servers: a primary, and a standby that has to confirm what it commits. They change places.

::

    primary ──every commit──▶ standby          kill, or freeze
    (dead)                    promote ──▶ primary
    rejoin ──▶ standby ◀──every commit── primary

Nobody but who holds the pair decides which of them is the primary, as a failover manager does.
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
"""``synchronous_commit``: what a commit waits for. ``on``: that it is flushed on both."""

PR_SET_CHILD_SUBREAPER = 36

SETTINGS = {
    "synchronous_standby_names": "*",
    "wal_keep_size": "1GB",
    "wal_retrieve_retry_interval": "100ms",
}


class Pair:
    """Both run, and the standby confirms."""

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
        """The address that names both."""
        return f"postgresql://postgres@/{database}?host={self.primary.sockets},{self.standby.sockets}"

    def hold_up(self) -> None:
        """From now on the standby is sent nothing."""
        ((sender,),) = self.primary.run("postgres", "SELECT pid FROM pg_stat_replication")
        os.kill(sender, signal.SIGSTOP)

    def kill(self, server: Server) -> None:
        """Kills all of a server's processes at once."""
        for process in server.signal(signal.SIGKILL):
            os.waitpid(process, 0)  # the first of them is the parent of the others, which are then ours

    def promote(self) -> None:
        """The standby becomes the primary; the one before, whatever it does, is called the standby."""
        self.primary, self.standby = self.standby, self.primary
        self.primary.control("promote")

    def rejoin(self) -> None:
        """The former primary, which is killed, becomes the standby: what it has that the primary has not is taken
        back first. It takes no connection before it is one."""
        ended = ("-D", str(self.standby.folder), "--source-server", self.primary.url("postgres"))
        self.standby.execute("pg_rewind", "-N", "-R", *ended)
        self._follow()

    def _follow(self) -> None:
        """Starts the standby, and waits until it confirms."""
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
    """A pair until the end of the context."""
    with _adopting(), a_server() as one, a_server(empty=True) as other:
        yield Pair(one, other)


@contextmanager
def _adopting() -> Iterator[None]:
    """What outlives its parent becomes a child of this process, which can then wait until it is gone."""
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
