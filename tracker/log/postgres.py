"""``PostgresLog``: a log with one row in PostgreSQL for each line. The lines are those of ``FileLog``.

::

    tracker.events   story │ seq │ id │ line          primary key (story, seq), unique (id)
    tracker.media    name │ data                      primary key (name): the pictures that lines name

The steps of an append. If the connection breaks between any two of them, no acknowledged event is lost:

1. read the last two lines of the story, and find the ids that are there already; lock nothing. (If this process
   appended to the story last, it first assumes that the story still ends there, and skips this step.)
2. check that the last line is whole and that the head is the expected one, and chain the new lines to it;
3. insert them all, from the next number on, in one statement, which is a transaction of its own; the server
   refuses a line that does not follow the one before;
4. return only when the server has confirmed the commit: the events are acknowledged.

If another client inserts the same number first, the unique key refuses step 3, which is a compare-and-swap, and
this client starts over at 1 and reads. It also starts over if the server gives up the transaction (a deadlock, a
failed serialisation) or the connection is lost. The ids stay the same, so the next attempt finds the lines that a
broken one did commit. After ``wait`` seconds the append ends; if its outcome is unknown then, it raises
``Unsure``.

``tracker log init`` makes the tables, and they belong to the role that runs it. Other roles only need to insert
and to select: the database itself keeps the log append-only. The one exception is a redaction: in the same
transaction, the line that it names loses its text. Only the owner may do that.

psycopg is an extra: importing this module raises BadInput where it is missing.
"""

from __future__ import annotations

import os
import random
import select
import threading
from collections.abc import Callable, Collection, Container, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from time import monotonic, sleep
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from msgspec import structs

from tracker import extras
from tracker.domain import chain, media
from tracker.domain.events import Event, Opened, Redaction, files_of
from tracker.errors import BadInput, Busy, LogFailed, TrackerError, Unreachable, Unsure
from tracker.log import clock as clocks
from tracker.log.base import (
    NO_PICTURES,
    NOTHING,
    EventLog,
    Head,
    Last,
    LogFinding,
    check_expected,
    check_renaming,
    id_in_use,
)
from tracker.log.clock import Clock
from tracker.log.interrupts import uninterrupted
from tracker.log.postgres_schema import FORMAT_2_SINCE, SCHEMA, VERSION
from tracker.startup import sha256
from tracker.text.names import check_slug, is_slug

try:
    import psycopg
    from psycopg import errors
    from psycopg.conninfo import conninfo_to_dict
except ImportError:
    raise BadInput(f"a log in PostgreSQL needs {extras.needed('postgres')}") from None

Row: TypeAlias = tuple[Any, ...]
Connection: TypeAlias = "psycopg.Connection[Row]"

SETTINGS = {
    "application_name": "tracker",
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "target_session_attrs": "read-write",  # a standby may lag behind what was acknowledged
    "tcp_user_timeout": "10000",
}
"""Parameters of a connection where the URL has no others. With them, a lost server is noticed within seconds."""

_STORIES = """
    WITH RECURSIVE head (story, seq) AS (
        (SELECT story, seq FROM tracker.events ORDER BY story DESC, seq DESC LIMIT 1)
        UNION ALL
        SELECT below.story, below.seq FROM head, LATERAL (
            SELECT story, seq FROM tracker.events WHERE story < head.story ORDER BY story DESC, seq DESC LIMIT 1
        ) AS below
    )
"""
"""Each story with its last number. This costs one index lookup a story, whatever the number of events."""

_HEADS = f"""{_STORIES}
    SELECT story, seq, substring(line FROM octet_length(line) - 66 FOR 64)
    FROM head JOIN tracker.events USING (story, seq)
"""
_LINES = "SELECT line FROM tracker.events WHERE story = %s ORDER BY seq"
_END = "SELECT seq, line FROM tracker.events WHERE story = %s ORDER BY seq DESC LIMIT 2"
_END_AND_IDS = """
    (SELECT true, story, seq, id, line FROM tracker.events WHERE story = %s ORDER BY seq DESC LIMIT 2)
    UNION ALL
    (SELECT false, story, seq, id, line FROM tracker.events WHERE id = ANY(%s::uuid[]))
"""
_INSERT = b"INSERT INTO tracker.events (story, seq, id, line) VALUES (%s, %s, %s, %s)"
_COPY = b"COPY tracker.events (story, seq, id, line) FROM STDIN (FORMAT binary)"
_SHELL = b"UPDATE tracker.events SET line = %s WHERE story = %s AND seq = %s"
_RENAME = b"UPDATE tracker.events SET story = %s WHERE story = %s"
_NAMING = "SELECT line FROM tracker.events WHERE position(%s IN line) > 0"
_PUT_PICTURE = b"INSERT INTO tracker.media (name, data) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_REMOVE_PICTURES = b"DELETE FROM tracker.media WHERE name = ANY(%s)"
_HOLD_PICTURES = b"SELECT pg_advisory_xact_lock_shared(7381239301)"
_HOLD_PICTURES_ALONE = b"SELECT pg_advisory_xact_lock(7381239301)"
"""A lock until the transaction ends: shared by appends that name pictures, held alone by a removal of texts, so
that no picture is removed while another append is about to name it. The number has no meaning."""
_FLUSH = b"SELECT pg_logical_emit_message(true, 'tracker', '')"
_BEGIN = """
    SELECT version, current_setting('synchronous_standby_names'), set_config('lock_timeout', %s, false),
        set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
        ELSE current_setting('synchronous_commit') END, false)
    FROM tracker.version
"""
"""The first query of a connection. It limits the wait for locks, and has a commit flush to the disk."""
_ASK_SERVER = """
    SELECT version(), current_setting('fsync'), current_setting('synchronous_standby_names'),
        has_table_privilege('tracker.events', 'UPDATE') OR has_table_privilege('tracker.events', 'DELETE')
        OR has_table_privilege('tracker.events', 'TRUNCATE') OR has_table_privilege('tracker.media', 'DELETE'),
        has_table_privilege('tracker.events', 'INSERT'), has_table_privilege('tracker.media', 'INSERT')
"""

_GRANT = "docs/scaling.md says what to grant to editors' roles, and what only the owner may do"

GRACE = 1.0
"""Seconds for which tracker waits longer than the server should wait for a lock or a standby."""

_PAUSE, _LONGEST_PAUSE = 0.005, 0.5
"""Seconds between two attempts: the first pause and the longest. Each is about twice as long as the one before."""


class PostgresLog(EventLog):
    """All streams in the tables of one database."""

    has_unique_ids = True

    def __init__(
        self,
        url: str,
        folder: str | os.PathLike[str],
        *,
        scratch: str | os.PathLike[str] | None = None,
        clock: Clock = clocks.now,
        wait: float = 10.0,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(folder, scratch=scratch, clock=clock, wait=wait, tell=tell)
        self.url = url
        self._name = shown(url)
        self._server: Connection | None = None
        self._process = 0
        self._parent_server: Connection | None = None
        self._connecting = threading.Lock()
        self._was_reached = False
        self._has_standbys = False
        self._warnings: list[str] = []
        self._ends: dict[str, _End] = {}

    def name(self, slug: str = "") -> str:
        """The address without user and password, and the story if one is given."""
        return f"{self._name}/{check_slug(slug)}" if slug else self._name

    # Reading.

    def streams(self, start: str = "") -> list[str]:
        """As for every log."""
        slugs = (slug for (slug,) in self._rows(f"{_STORIES} SELECT story FROM head"))
        return sorted(slug for slug in slugs if slug.startswith(start) and is_slug(slug))

    def count(self) -> int:
        """As for every log; the exact number."""
        return len(self.streams())

    def heads(self) -> dict[str, Head]:
        """The head of every story."""
        rows = self._rows(_HEADS)
        return {slug: Head(seq, hash.decode("ascii", "replace")) for slug, seq, hash in rows if is_slug(slug)}

    def versions(self, known: Container[str] = ()) -> dict[str, int]:
        """As for every log: a hash of the head. Removing a text changes the head too, because a redaction is
        appended."""
        return {slug: _number(head) for slug, head in self.heads().items()}

    def version(self, slug: str) -> int:
        """As for every log."""
        head = self.head(slug) if is_slug(slug) else NOTHING
        return _number(head) if head.seq else 0

    def latest(self) -> tuple[str, float]:
        """As for every log, by the newest id: ids begin with the time."""
        rows = self._rows("SELECT story, id FROM tracker.events ORDER BY id DESC LIMIT 1")
        return (rows[0][0], (rows[0][1].int >> 80) / 1000) if rows else ("", 0.0)

    def lines_and_rest(self, slug: str) -> tuple[Sequence[bytes], bytes]:
        """As for every log; a row is a whole line."""
        rows = self._rows(_LINES, check_slug(slug))
        if not rows:
            raise self._unknown(slug)
        return [line for (line,) in rows], b""

    def head(self, slug: str) -> Head:
        """As for every log."""
        return _head(self._rows(_END, check_slug(slug)))

    # Pictures.

    def picture_names(self) -> list[str]:
        """As for every log."""
        return sorted(name for (name,) in self._rows("SELECT name FROM tracker.media"))

    def read_picture(self, name: str) -> bytes | None:
        """As for every log."""
        rows = self._rows("SELECT data FROM tracker.media WHERE name = %s", name)
        return rows[0][0] if rows else None

    def put_picture(self, name: str, data: bytes) -> None:
        """As for every log."""
        try:
            self._connected().execute(_PUT_PICTURE, (name, data))
        except psycopg.Error as error:
            raise LogFailed(f"{self.picture_place(name)}: {self._why(error)}; it was not stored") from None

    def picture_place(self, name: str) -> str:
        """As for every log: the address, the table and the name."""
        return f"{self._name}/media/{name}"

    # Appending.

    def append(
        self,
        slug: str,
        drafts: Sequence[Event],
        expected: Head | None = None,
        pictures: Mapping[str, bytes] = NO_PICTURES,
    ) -> list[Event]:
        """As for every log; committed by the server and the standbys that the server is configured to wait for."""
        check_slug(slug)
        drafts = [structs.replace(each, id=each.id or clocks.new_id(self.clock())) for each in drafts]
        trial = _Trial()
        for _ in self._attempts():
            try:
                plan = self._planned(slug, drafts, expected)
                trial.begins_to_write()
                self._commit(slug, plan, pictures)
                self._remember(slug, plan)
                return plan.recorded
            except psycopg.Error as error:
                if not trial.may_retry(error):
                    break
            except KeyboardInterrupt:
                if not trial.unsure:
                    raise
                break
        raise self._failure(slug, trial, "recorded")

    def put(self, slug: str, lines: Sequence[bytes], after: Head) -> None:
        """As for every log, in one transaction, without retries: the next copy goes on from the head."""
        trial = _Trial()
        try:
            server = self._connected()
            head = _head(_select(server, _END, check_slug(slug)))
            check_expected(slug, after, head, head.seq)
            trial.begins_to_write()
            with server.transaction():
                if any(map(media.names_in, lines)):
                    server.execute(_HOLD_PICTURES)
                _copy_in(server, slug, after.seq, lines)
        except psycopg.Error as error:
            trial.may_retry(error)
            raise self._failure(slug, trial, "copied") from None

    def remove_texts(self, slug: str, ids: Collection[str]) -> None:
        """As for every log. Only a copied redaction needs it: ``append`` removes the text in the transaction of
        the redaction."""
        with self._changing(slug, "removed") as server:
            server.execute(_HOLD_PICTURES_ALONE)
            _remove_texts(server, slug, ids)

    def rename(self, slug: str, name: str) -> None:
        """As for every log."""
        check_slug(name)
        with self._changing(slug, "renamed") as server:
            lines = [line for (line,) in _select(server, _LINES, slug)]
            check_renaming(slug, name, lines)
            if _select(server, _END, name):
                raise BadInput(f"there is a story {name} already", field="rename")
            server.execute(_RENAME, (name, slug))
        self._ends.clear()

    @contextmanager
    def _changing(self, slug: str, done: str) -> Iterator[Connection]:
        """A transaction that changes existing lines. ``done`` names the change in messages. Raises Busy,
        LogFailed, Unsure."""
        trial = _Trial()
        try:
            server = self._connected()
            trial.begins_to_write()
            with uninterrupted(self._held), server.transaction():
                yield server
        except psycopg.Error as error:
            trial.may_retry(error)
            raise self._failure(slug, trial, done) from None

    def upgrade(self, progress: Callable[[], None] = lambda: None) -> dict[str, int]:
        """As for every log, in one transaction, which only the owner may do. The server checks every line."""
        try:
            with psycopg.connect(**_parameters(self.url)) as server:
                return self._upgraded_in(server, progress)
        except psycopg.Error as error:
            raise LogFailed(f"{self._name}: {self._why(error)}; the log is as it was") from None

    def _upgraded_in(self, server: Connection, progress: Callable[[], None]) -> dict[str, int]:
        """Upgrades in the transaction of this connection. Returns the stories' numbers of lines, by slug."""
        version = _version(server)
        _check_version(version, self._name)
        if not version or version >= FORMAT_2_SINCE:
            return {}
        server.execute(b"LOCK TABLE tracker.events IN ACCESS EXCLUSIVE MODE")
        slugs = [slug for (slug,) in _select(server, f"{_STORIES} SELECT story FROM head")]
        lines = {slug: [line for (line,) in _select(server, _LINES, slug)] for slug in slugs}
        new = {slug: self._upgraded(slug, each) for slug, each in lines.items()}
        server.execute(b"DELETE FROM tracker.events")
        for statements in SCHEMA[version:]:
            server.execute(statements.encode())
        server.execute(b"UPDATE tracker.version SET version = %s", [VERSION])
        for slug, each in new.items():
            _copy_in(server, slug, 0, each)
            progress()
        return {slug: len(each) for slug, each in new.items()}

    def _planned(self, slug: str, drafts: Sequence[Event], expected: Head | None) -> _Plan:
        """The plan of an append: after the end that this log remembers, if it has one, else after the end that
        it reads."""
        end = self._ends.pop(slug, None)
        if any(isinstance(draft, Opened) for draft in drafts):  # then it is a retry: it has to be read
            end = None
        is_expected = end and (expected is None or expected.hash == end.last.hash)
        if not end or not is_expected or not _is_quiet(self._connected()):
            return self._planned_from_server(slug, drafts, expected)
        return _Plan(*self._chained(slug, drafts, end.last, {}), end.seq)

    def _planned_from_server(self, slug: str, drafts: Sequence[Event], expected: Head | None) -> _Plan:
        """The plan of an append after the end that the server has now. Raises Conflict, CorruptLog, BadInput."""
        server = self._connected()
        rows = _select(server, _END_AND_IDS, slug, [draft.id for draft in drafts])
        end = sorted((seq, line) for is_end, _, seq, _, line in rows if is_end)
        before, line = ([b""] * 2 + [line for _, line in end])[-2:]
        after: int = end[-1][0] if end else 0
        last = self._last(slug, after, before, line)
        present = {}
        for is_end, story, seq, id, line in rows:
            if is_end:
                continue
            if story != slug:
                raise id_in_use(str(id), story, seq)
            present[str(id)] = self._decoded(slug, line, seq)
        check_expected(slug, expected, last, after, done=len(present) >= len(drafts) > 0)
        return _Plan(*self._chained(slug, drafts, last, present), after)

    def _remember(self, slug: str, plan: _Plan) -> None:
        """Remembers the new end of the stream if all events were new, so that the next append need not read it.
        If another client appends in between, the server refuses the insert, and the end is read then."""
        if plan.recorded and len(plan.lines) == len(plan.recorded):
            last = plan.recorded[-1]
            self._ends[slug] = _End(plan.after + len(plan.lines), Last(last.hash, last.recorded))

    def _commit(self, slug: str, plan: _Plan, pictures: Mapping[str, bytes]) -> None:
        """Inserts all lines and pictures or none, and removes the texts that redactions among them name. Also
        flushes if there is nothing to insert: lines that an earlier attempt committed are acknowledged only
        now."""
        server = self._connected()
        names = [event for event in plan.recorded if files_of(event)]
        removes = {event.redacts for event in plan.recorded if isinstance(event, Redaction)}
        with uninterrupted(self._held), self._cancelled_in_time(server):
            if removes or names:
                with server.transaction():
                    server.execute(_HOLD_PICTURES_ALONE if removes else _HOLD_PICTURES)
                    for name, data in pictures.items():
                        server.execute(_PUT_PICTURE, (name, data))
                    for event in names:
                        self.check_pictures(event)
                    if plan.lines:
                        _insert(server, slug, plan.after, plan.lines)
                    _remove_texts(server, slug, removes)
            elif plan.lines:
                _insert(server, slug, plan.after, plan.lines)
            elif plan.recorded:
                with suppress(errors.UndefinedFunction):  # other servers with PostgreSQL's protocol lack it
                    server.execute(_FLUSH)
            if self._warnings:  # it is committed, but the standbys have not confirmed it in time
                raise _Unconfirmed(self._warnings[0])
        if removes:
            self.tell(
                f"{self.name(slug)}: no query returns the text any more; it leaves the server's disk with"
                " VACUUM FULL tracker.events, tracker.media, and backups and archived WAL when they are deleted"
            )

    @contextmanager
    def _cancelled_in_time(self, server: Connection) -> Iterator[None]:
        """A context that cancels a commit after ``wait`` seconds, if it waits for a standby. The server itself has
        no timeout for that."""
        self._warnings.clear()
        if not self._has_standbys:
            yield
            return
        timer = threading.Timer(self.wait, _cancel, [server])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _failure(self, slug: str, trial: _Trial, done: str) -> TrackerError:
        """The error to raise at the end of an append: Unsure where it may be committed, else Busy or LogFailed."""
        error, place, nothing = trial.error, self.name(slug), f"nothing was {done}"
        why = self._why(error) if error else "stopped"
        if trial.unsure:
            return Unsure(f"{place}: {done}: unknown ({why})")
        if isinstance(error, errors.UniqueViolation):
            return Busy(f"{place} kept moving on for {self.wait:g} seconds; {nothing}. Try again")
        if isinstance(error, (errors.LockNotAvailable, errors.QueryCanceled)):
            return Busy(f"{place} has been locked by another for {self.wait:g} seconds; {nothing}. Try again")
        remedy = f". {_GRANT}" if isinstance(error, errors.InsufficientPrivilege) else ""
        return LogFailed(f"{place}: {why}; {nothing}{remedy}")

    # The server.

    def _rows(self, query: str, *parameters: Any) -> list[Row]:
        """The rows that a query returns. The query is sent again if the connection is lost. Raises Unreachable."""
        trial = _Trial()
        for _ in self._attempts():
            try:
                return _select(self._connected(), query, *parameters)
            except psycopg.Error as error:
                if not trial.may_retry(error):
                    break
        raise Unreachable(f"{self._name}: {self._why(trial.error)}")

    def _attempts(self) -> Iterator[None]:
        """Yields once for each attempt, for ``wait`` seconds. The pauses between them double, and are random so
        that clients do not retry in step."""
        deadline, pause = monotonic() + self.wait, _PAUSE
        yield
        while monotonic() < deadline:
            sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, _LONGEST_PAUSE)
            yield

    def _connected(self) -> Connection:
        """The connection of this process; a new one if it is lost. Raises Unreachable where the first one fails,
        and psycopg's errors, which are retried, where a later one does."""
        with self._connecting:
            if self._server is None or self._server.closed or self._process != os.getpid():
                if self._process != os.getpid():
                    self._parent_server = self._server  # a forked child must neither use nor close its parent's
                self._server, self._process = None, os.getpid()
                self._server = self._connect()
                self._was_reached = True
            return self._server

    def _connect(self) -> Connection:
        try:
            server = _Server.connect(**_parameters(self.url), autocommit=True)
        except psycopg.Error as error:
            if self._was_reached or "starting up" in str(error):
                raise
            raise Unreachable(f"{self._name}: {self._why(error)}") from None
        server.patience = self.wait + GRACE
        try:
            self._check(server)
        except BaseException:
            server.close()
            raise
        server.add_notice_handler(partial(_keep_warning, self._warnings))  # holds no reference to the log
        return server

    def _check(self, server: Connection) -> None:
        """Sets up a new connection. Raises Unreachable where the tables are missing or of another version."""
        try:
            ((version, standbys, *_),) = _select(server, _BEGIN, f"{round(self.wait * 1000)}ms")
        except errors.UndefinedTable:
            raise Unreachable(f"{self._name}: has no log of tracker yet; tracker log init makes one") from None
        except errors.InsufficientPrivilege as error:
            raise Unreachable(f"{self._name}: {self._why(error)}. {_GRANT}") from None
        _check_version(version, self._name)
        if version < VERSION:
            remedy = f"tracker log init brings them to {VERSION}, tracker log upgrade rewrites their lines"
            raise Unreachable(f"{self._name}: has tables of version {version}; {remedy}")
        self._has_standbys = bool(standbys)

    def _why(self, error: psycopg.Error | None) -> str:
        return _why(error, self.url) if error else "no answer"

    def close(self) -> None:
        """Closes the connection, if this process has one."""
        server: Connection | None = getattr(self, "_server", None)  # none where the address was refused
        if server is not None and self._process == os.getpid():
            server.close()
            self._server = None

    def __del__(self) -> None:
        self.close()

    def examine(self) -> Iterator[LogFinding]:
        """As for every log: whether the server answers, flushes its commits, and protects the log from changes."""
        ((product, fsync, standbys, rewrites, appends, pictures),) = self._rows(_ASK_SERVER)
        yield True, f"{self._name} answers: {product.partition(' on ')[0]}", ""
        if fsync == "off":
            yield False, "the server does not flush to its disk (fsync is off)", "Set fsync = on, and restart it"
        if not standbys:
            remedy = "Where that matters, name a standby in synchronous_standby_names"
            yield None, "no standby has to confirm a commit: what is acknowledged is on one machine", remedy
        if not appends:
            yield False, "this role may not append", _GRANT
        elif not pictures:
            yield None, "this role may append, but store no pictures", _GRANT
        if rewrites:
            yield None, "this role may change what is recorded", f"Use it for redactions only. {_GRANT}"
        else:
            yield True, "this role can neither change nor delete what is recorded", ""


class _Server(psycopg.Connection[Row]):
    """A connection that ends when the server is silent for longer than ``patience`` seconds while tracker waits
    for it. The server's own time limits do not help if its process is frozen, and keepalives only notice a lost
    machine."""

    patience = 10.0 + GRACE

    def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        return super().wait(self._patient(gen), *args, **options)

    def _patient(self, gen: Any) -> Generator[Any, Any, Any]:
        """Yields what psycopg's generator yields, and sends it what psycopg sends. Raises _Silent."""
        try:
            state, heard = next(gen), monotonic()
            while True:
                if ready := (yield state):
                    state, heard = gen.send(ready), monotonic()
                elif monotonic() - heard > self.patience:
                    self.close()
                    raise _Silent(f"the server has not answered for {self.patience:g} seconds")
        except StopIteration as end:
            return end.value


class _Silent(psycopg.OperationalError):
    """The server did not answer in time. It may be doing what it was asked to do."""


def init(url: str) -> bool:
    """Makes the tables of a log, or upgrades them to this version. Returns whether anything was changed. Raises
    Unreachable."""
    try:
        with psycopg.connect(**_parameters(url)) as server:
            version = _version(server)
            _check_version(version, shown(url))
            for statements in SCHEMA[version:]:
                server.execute(statements.encode())
            if version < VERSION:
                server.execute(b"UPDATE tracker.version SET version = %s", [VERSION])
            return version < VERSION
    except psycopg.Error as error:
        raise Unreachable(f"{shown(url)}: {_why(error, url)}") from None


def _version(server: Connection) -> int:
    """The version of the tables; 0 where there are none."""
    ((there,),) = _select(server, "SELECT to_regclass('tracker.version') IS NOT NULL")
    return int(_select(server, "SELECT version FROM tracker.version")[0][0]) if there else 0


def _check_version(version: int, name: str) -> None:
    if version > VERSION:
        raise Unreachable(f"{name}: has tables of version {version}; this tracker knows {VERSION}. Upgrade it")


def shown(url: str) -> str:
    """The address without user, password and settings, and without the path of a socket."""
    given = _parameters(url)
    hosts, ports = str(given.get("host", "")).split(","), str(given.get("port", "")).split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    places = (f"{host}:{port}" if port else host for host, port in zip(hosts, ports, strict=False))
    named = ",".join(each for each in places if not each.startswith("/"))
    return f"postgresql://{named}/{given.get('dbname', '')}"


def _parameters(url: str) -> dict[str, Any]:
    """The parameters of a connection. Raises BadInput where the URL is invalid. The message of libpq is left out,
    because it repeats parts of the URL."""
    try:
        return SETTINGS | conninfo_to_dict(url)
    except psycopg.Error:
        raise BadInput(
            "the log's address is not one such as postgresql://db.example.org/desk; in names and passwords,"
            " characters that have a meaning in addresses are written as %40 and the like"
        ) from None


def _why(error: psycopg.Error, url: str) -> str:
    """The message of the server or its client library, in one line, without the password."""
    message = (error.diag.message_primary if error.sqlstate else "") or str(error)
    message = " ".join(message.split()).removeprefix("connection failed: ").removeprefix("connection is bad: ")
    secret = str(_parameters(url).get("password") or "")
    return message.replace(secret, "…") if secret else message


class _End(NamedTuple):
    """The end of a stream: the number, the hash and the time of its last event."""

    seq: int
    last: Last


class _Plan(NamedTuple):
    """The plan of an append: the events as they will be recorded, the lines to insert, and the number of the line
    that they come after."""

    recorded: list[Event]
    lines: list[bytes]
    after: int


class _Unconfirmed(psycopg.Error):
    """The server has committed, but a standby that has to confirm the commit has not."""


class _Trial:
    """The outcome of the attempts so far: the last error, and whether one of them may be committed
    (``unsure``)."""

    def __init__(self) -> None:
        self.error: psycopg.Error | None = None
        self.unsure = False
        self._writes = False

    def begins_to_write(self) -> None:
        self._writes = True

    def may_retry(self, error: psycopg.Error) -> bool:
        """Keeps an error and returns whether another attempt may help."""
        self.error = error
        self.unsure |= self._writes and _may_be_committed(error)
        self._writes = False
        return _passes(error)


def _may_be_committed(error: psycopg.Error) -> bool:
    """Whether the server may have committed without saying so. A refusal or an abort is a certain answer."""
    state = error.sqlstate or ""
    return not state or state[:2] == "08" or state in ("40003", "57P01", "57P02")


def _passes(error: psycopg.Error) -> bool:
    """Whether another attempt may help: another client was faster; a failover lost the remembered end; the
    connection is lost; the server is starting, stopping or now a standby; or it aborted the transaction in favour
    of another."""
    state = error.sqlstate or ""
    if not state:
        return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
    return state[:2] in ("08", "40") or state in ("23505", "23514", "25006", "53300", "57P01", "57P02", "57P03")


def _keep_warning(warnings: list[str], notice: errors.Diagnostic) -> None:
    if notice.severity_nonlocalized == "WARNING":
        warnings.append(notice.message_primary or "")


def _cancel(server: Connection) -> None:
    with suppress(psycopg.Error):
        server.cancel_safe(timeout=5)


def _is_quiet(server: Connection) -> bool:
    """Whether no unread message of the server is waiting, such as the one that it ends the connection."""
    poll = select.poll()
    poll.register(server.fileno(), select.POLLIN)
    return not poll.poll(0)


def _select(server: Connection, query: str, *parameters: Any) -> list[Row]:
    with server.cursor(binary=True) as cursor:
        return cursor.execute(query.encode(), parameters).fetchall()


def _head(end: Sequence[Row]) -> Head:
    """The head of a stream, from the rows of ``_END``."""
    return Head(end[0][0], chain.hash_of(end[0][1]).hex()) if end else NOTHING


def _number(head: Head) -> int:
    return int.from_bytes(sha256(repr(head).encode()).digest()[:7], "big")


def _insert(server: Connection, slug: str, after: int, lines: Sequence[bytes]) -> None:
    """Inserts all lines, or none, from the number after ``after`` on."""
    if len(lines) > 1:
        _copy_in(server, slug, after, lines)
    else:
        (line,) = lines
        server.execute(_INSERT, (slug, after + 1, UUID(_id(line)), line))


def _copy_in(server: Connection, slug: str, after: int, lines: Sequence[bytes]) -> None:
    with server.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(["text", "int8", "uuid", "bytea"])
        for seq, line in enumerate(lines, after + 1):
            copy.write_row((slug, seq, UUID(_id(line)), line))


def _remove_texts(server: Connection, slug: str, ids: Collection[str]) -> None:
    """Replaces each line with one of these ids by its shell, if a redaction names it. Removes the pictures that no
    line names then."""
    lines = [line for (line,) in _select(server, _LINES, slug)]
    without = chain.without_texts(lines, ids)
    for seq, (line, shell) in enumerate(zip(lines, without, strict=True), 1):
        if line != shell:
            server.execute(_SHELL, (shell, slug, seq))
    gone = media.gone(lines, without)
    shown = {name for name in gone for _, other in media.named(_naming(server, name)) if other == name}
    if gone - shown:
        server.execute(_REMOVE_PICTURES, [sorted(gone - shown)])


def _naming(server: Connection, name: str) -> list[bytes]:
    """The lines of all stories that have the name of a picture in them."""
    return [line for (line,) in _select(server, _NAMING, name.encode())]


def _id(line: bytes) -> str:
    return line[len(b'{"id":"') :][:36].decode("ascii", "replace")
