"""The log in PostgreSQL: what happens when the server, the way to it or the right to use it is not there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec import structs

from tests.conftest import FixedClock, Ran
from tests.servers import Server
from tests.test_imports import imported_by
from tracker.domain import chain
from tracker.domain import lines as event_lines
from tracker.domain.events import Event, Opened, Update
from tracker.domain.integrity import check_stream
from tracker.errors import Busy, LogFailed, Unreachable, Unsure
from tracker.log import postgres
from tracker.log.clock import new_id
from tracker.log.postgres import PostgresLog
from tracker.log.postgres_schema import SCHEMA
from tracker.workspace.desk import Workspace

pytestmark = pytest.mark.xdist_group("postgres")

Cli = Callable[..., Ran]

SCALING = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text(encoding="utf-8")


@pytest.fixture
def url(server: Server) -> str:
    return server.log()


@pytest.fixture
def log(url: str, tmp_path: Path, clock: FixedClock) -> PostgresLog:
    """A log with a story of two events, which does not wait long."""
    log = PostgresLog(url, tmp_path / "events", clock=clock, wait=1)
    log.append("story", [Opened(title="A story", format=2, slug="story"), Update(title="first")])
    return log


@pytest.fixture
def shared(desk: Workspace, url: str) -> Workspace:
    """The desk with its log on the server."""
    return moved_to(desk, url)


def move(desk: Workspace, url: str) -> None:
    path = Path(desk.root, "tracker.toml")
    path.write_text(re.sub(r"(?s)\[log\].*", f'[log]\nurl = "{url}"\n', path.read_text()))


def moved_to(desk: Workspace, url: str) -> Workspace:
    """The desk with its log there."""
    move(desk, url)
    moved = Workspace(desk.root, clock=desk.clock)
    moved.log.wait = 1
    return moved


def titles(log: PostgresLog) -> list[str]:
    return [getattr(event, "title", "") for event in log.read("story")]


def a_draft(log: PostgresLog, title: str) -> Event:
    return Update(title=title, id=new_id(log.clock()))


def is_whole(log: PostgresLog) -> bool:
    return not list(check_stream("story", log.lines("story"), "story", {}))


# The connection is lost.


def test_a_lost_connection_is_made_anew(log: PostgresLog, server: Server) -> None:
    """For reading and for appending, without a word."""
    server.break_connections(log.url)
    assert titles(log) == ["A story", "first"]
    server.break_connections(log.url)
    log.append("story", [Update(title="second")])
    assert titles(log) == ["A story", "first", "second"]


class Breaking:
    """In place of what inserts: fails so many times, before the lines are inserted or after that."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception, *, times: int = 1, after: bool) -> None:
        self.insert = postgres._insert
        self.error, self.times, self.after = error, times, after
        monkeypatch.setattr(postgres, "_insert", self)

    def __call__(self, server: Any, *arguments: Any) -> None:
        self.times -= 1
        if self.times < 0 or self.after:
            self.insert(server, *arguments)
        if self.times >= 0:
            if not self.error.sqlstate:  # type: ignore[attr-defined]
                server.close()
            raise self.error


LOST = psycopg.OperationalError("server closed the connection unexpectedly")


@pytest.mark.parametrize("after", [False, True])
def test_an_append_cut_short_is_tried_again_and_recorded_once(
    log: PostgresLog, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    """Whether the server had committed it before the connection broke, or not."""
    Breaking(monkeypatch, LOST, after=after)
    head = log.head("story")
    (event,) = log.append("story", [Update(title="once")], head)
    assert titles(log) == ["A story", "first", "once"]
    assert log.head("story").hash == event.hash
    assert is_whole(log)


@pytest.mark.parametrize("error", [psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected])
def test_what_the_server_gives_up_is_tried_again(
    log: PostgresLog, monkeypatch: pytest.MonkeyPatch, error: type[psycopg.Error]
) -> None:
    Breaking(monkeypatch, error("given up"), times=3, after=False)
    log.append("story", [Update(title="once")])
    assert titles(log) == ["A story", "first", "once"]


@pytest.mark.slow
def test_what_is_given_up_for_good_was_not_recorded(log: PostgresLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that refuses has answered: that is certain."""
    Breaking(monkeypatch, psycopg.errors.SerializationFailure("given up"), times=100_000, after=False)
    with pytest.raises(LogFailed, match="given up; nothing was recorded") as refused:
        log.append("story", [Update(title="never")])
    assert not isinstance(refused.value, Unsure)
    assert titles(log) == ["A story", "first"]


def test_a_full_disk_is_not_tried_again(log: PostgresLog, monkeypatch: pytest.MonkeyPatch) -> None:
    Breaking(monkeypatch, psycopg.errors.DiskFull("no space left on device"), after=False)
    with pytest.raises(LogFailed, match="no space left on device; nothing was recorded"):
        log.append("story", [Update(title="never")])


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """While the server is down, as by a power cut."""
    server.control("stop", "-m", "immediate")
    try:
        yield
    finally:
        server.control("start")


@pytest.mark.slow
def test_while_the_server_is_down_nothing_is_recorded(log: PostgresLog, server: Server) -> None:
    """That is said, after a while; what was acknowledged is there when it comes back."""
    with stopped(server):
        with pytest.raises(LogFailed, match="nothing was recorded") as refused:
            log.append("story", [Update(title="never")])
        assert not isinstance(refused.value, Unsure)
        with pytest.raises(Unreachable):
            log.lines("story")
    assert titles(log) == ["A story", "first"]


@pytest.mark.slow
def test_a_server_that_comes_back_in_time_is_waited_for(log: PostgresLog, server: Server) -> None:
    log.wait = 30
    server.control("restart", "-m", "immediate")
    log.append("story", [Update(title="after the restart")])
    assert titles(log) == ["A story", "first", "after the restart"]


@pytest.mark.slow
def test_what_cannot_be_known_is_said(log: PostgresLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the same ids, tried again, are recorded once."""
    draft = a_draft(log, "perhaps")
    with monkeypatch.context() as patched:
        Breaking(patched, LOST, after=True)
        patched.setattr(postgres.PostgresLog, "_connect", _refused)
        with pytest.raises(Unsure, match=r"^postgresql:///desk\d+/story: recorded: unknown \(refused\)$"):
            log.append("story", [draft])
    log.append("story", [draft])
    assert titles(log) == ["A story", "first", "perhaps"]


def _refused(log: PostgresLog) -> Any:
    raise psycopg.OperationalError("refused")


def test_ctrl_c_while_it_is_unknown_says_so(log: PostgresLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """“stopped” would be taken for “not recorded”."""

    def interrupted(log: PostgresLog) -> Any:
        raise KeyboardInterrupt

    Breaking(monkeypatch, LOST, after=True)
    monkeypatch.setattr(postgres.PostgresLog, "_connect", interrupted)
    with pytest.raises(Unsure):
        log.append("story", [Update(title="perhaps")])


@pytest.mark.slow
def test_a_standby_that_does_not_confirm_is_not_waited_for_for_ever(log: PostgresLog, server: Server) -> None:
    """What is committed on one machine only, where two have to have it, is not acknowledged."""
    draft = a_draft(log, "on one machine")
    reload = "SELECT pg_reload_conf()"
    server.run("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'", reload)
    log.close()
    try:
        for _ in range(2):  # also where it is there already
            with pytest.raises(Unsure, match="recorded: unknown"):
                log.append("story", [draft])
    finally:
        server.run("postgres", "ALTER SYSTEM RESET synchronous_standby_names", reload)
    log.append("story", [draft])
    assert titles(log) == ["A story", "first", "on one machine"]


def test_a_log_that_nobody_has_any_more_is_closed(url: str, server: Server) -> None:
    """At once, and not when what refers to itself is collected."""
    log = PostgresLog(url, "events")
    log.streams()
    connection = log._server
    assert connection is not None
    del log
    assert connection.closed


@pytest.mark.slow
def test_a_lock_of_somebody_else_is_not_waited_for_for_ever(log: PostgresLog) -> None:
    with psycopg.connect(log.url) as other:
        other.execute("LOCK TABLE tracker.events IN SHARE MODE")
        with pytest.raises(Busy, match="has been locked by another for 1 seconds; nothing was recorded"):
            log.append("story", [Update(title="late")])
    log.append("story", [Update(title="in time")])
    assert titles(log) == ["A story", "first", "in time"]


@pytest.mark.slow
def test_the_same_command_given_again_is_recorded_once(shared: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is told “unknown” gives it again: it is found, or recorded now. A third time it is meant anew."""
    shared.record("story", [{"type": "opened", "title": "A story"}])
    for after in (True, False):
        shared.record("story", [{"type": "update", "title": "certain"}])
        drafts = [{"type": "suspension", "subject": f"Party {after}"}, {"type": "update", "title": "with it"}]
        with monkeypatch.context() as patched:
            Breaking(patched, LOST, after=after)
            patched.setattr(postgres.PostgresLog, "_connect", _refused)
            with pytest.raises(Unsure, match=r"Run the same command again: it will not be recorded twice$"):
                shared.record("story", drafts)
        before = shared.log.head("story").seq
        first, second = Workspace(shared.root, clock=shared.clock).record("story", drafts)
        assert first.changes[0].after == "suspended"
        assert second.reference.seq == shared.log.head("story").seq == before + (0 if after else 2)
        assert is_whole(shared.log)  # type: ignore[arg-type]
    assert not Path(shared.scratch, "unsettled.json").exists()
    (again,) = shared.record("story", [{"type": "update", "title": "with it"}])
    assert again.reference.seq == before + 3


@pytest.mark.slow
def test_what_was_unknown_stays_so_until_it_is_recorded(
    shared: Workspace, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an attempt that is refused for certain nothing follows for the one before."""
    shared.record("story", [{"type": "opened", "title": "A story"}])
    drafts = [{"type": "update", "title": "once"}]
    with monkeypatch.context() as patched:
        Breaking(patched, LOST, after=False)
        patched.setattr(postgres.PostgresLog, "_connect", _refused)
        with pytest.raises(Unsure):
            shared.record("story", drafts)
    with monkeypatch.context() as patched:
        Breaking(patched, psycopg.errors.DiskFull("no space left"), after=False)
        with pytest.raises(
            Unsure, match=r"recorded: unknown, from an earlier attempt \(.*no space left; nothing was recorded\)"
        ):
            shared.record("story", drafts)
    shared.record("story", drafts)
    assert [event.title for event in shared.log.read("story")] == ["A story", "once"]  # type: ignore[attr-defined]


@pytest.mark.slow
def test_where_the_ids_cannot_be_kept_it_is_not_promised(
    shared: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.record("story", [{"type": "opened", "title": "A story"}])
    Path(shared.scratch).mkdir(exist_ok=True)
    Path(shared.scratch, "unsettled.json").mkdir()
    Breaking(monkeypatch, LOST, after=True)
    monkeypatch.setattr(postgres.PostgresLog, "_connect", _refused)
    with pytest.raises(Unsure, match="Look at tracker timeline story before you record it again"):
        shared.record("story", [{"type": "update", "title": "perhaps"}])


# Who may what.


@pytest.fixture
def editor(log: PostgresLog, server: Server) -> Iterator[PostgresLog]:
    """The log as somebody sees it to whom is granted what the documentation says."""
    (block,) = re.findall(r"^```sql\n(.*?)^```$", SCALING, re.DOTALL | re.MULTILINE)
    database = psycopg.conninfo.conninfo_to_dict(log.url)["dbname"]
    server.run(log.url, block)
    yield PostgresLog(server.url(str(database), "editor"), log.folder, clock=log.clock, wait=1)
    server.run(log.url, "DROP OWNED BY editor", "DROP ROLE editor")


def test_an_editor_may_append_and_read(editor: PostgresLog, log: PostgresLog) -> None:
    """Also what is there already, and lines of another log."""
    draft = a_draft(log, "second")
    assert editor.append("story", [draft]) == editor.append("story", [draft])
    assert titles(editor) == ["A story", "first", "second"]
    other = PostgresLog(editor.url, "events")
    line = a_first_line("other", log)
    other.put("other", [line], postgres.NOTHING)
    assert editor.streams() == ["other", "story"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tracker.events SET line = ''",
        "DELETE FROM tracker.events",
        "TRUNCATE tracker.events",
        "DROP TABLE tracker.events",
        "ALTER TABLE tracker.events DISABLE TRIGGER ALL",
        "CREATE TABLE tracker.other (a int)",
        "UPDATE tracker.version SET version = 9",
    ],
)
def test_an_editor_cannot_change_what_is_recorded(editor: PostgresLog, server: Server, statement: str) -> None:
    """The database itself keeps the log append-only."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        server.run(editor.url, statement)


def a_first_line(slug: str, log: PostgresLog) -> bytes:
    """That of a story that is opened."""
    stamps = {"id": new_id(log.clock()), "recorded": log.clock(), "salt": "0" * 32}
    return event_lines.encode(structs.replace(Opened(title="T", format=2, slug=slug), **stamps), chain.START)[1]


def a_line(slug: str, previous: bytes, log: PostgresLog) -> bytes:
    """That of an event after the line before, or after that which the slug begins with."""
    follows = chain.hash_of(previous) if previous else chain.START
    event = structs.replace(a_draft(log, "next"), recorded=log.clock(), salt="0" * 32)
    return event_lines.encode(event, follows)[1]


def inserted(log: PostgresLog, server: Server, slug: str, seq: int, line: bytes, id: str = "") -> None:
    """Brings a line into the log without tracker."""
    named = id or line[7:43].decode("ascii", "replace") if len(line) > 50 else new_id(log.clock())
    server.run(log.url, f"INSERT INTO tracker.events VALUES ('{slug}', {seq}, '{named}', '\\x{line.hex()}')")


def test_an_editor_may_insert_what_follows(editor: PostgresLog, server: Server) -> None:
    """With whatever program."""
    inserted(editor, server, "story", 3, a_line("story", editor.lines("story")[-1], editor))
    inserted(editor, server, "other", 1, a_first_line("other", editor))
    assert is_whole(editor)
    assert editor.streams() == ["other", "story"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seq", "forge"),
    [
        pytest.param(4, lambda line: line, id="a gap"),
        pytest.param(3, lambda line: line.replace(b"next", b"text"), id="another text"),
        pytest.param(3, lambda line: line[:-67] + line[-67:].upper(), id="other letters"),
        pytest.param(3, lambda line: line[:-1], id="no end of the line"),
        pytest.param(3, lambda line: line + line, id="two lines"),
        pytest.param(3, lambda line: line[:-10], id="cut short"),
        pytest.param(3, lambda line: b"{}\n", id="too short"),
        pytest.param(3, lambda line: b"", id="nothing"),
        pytest.param(1, lambda line: line, id="in the place of the first"),
        pytest.param(0, lambda line: line, id="before the first"),
    ],
)
def test_what_does_not_follow_is_refused_by_the_database(
    editor: PostgresLog, server: Server, seq: int, forge: Callable[[bytes], bytes]
) -> None:
    """Whoever inserts it, with whatever program."""
    before = editor.lines("story")
    line = a_line("story", before[-1], editor)
    with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InvalidParameterValue), match="story#"):
        inserted(editor, server, "story", seq, forge(line))
    assert editor.lines("story") == before


def test_a_line_of_another_story_or_another_id_is_refused(editor: PostgresLog, server: Server) -> None:
    line = a_line("story", editor.lines("story")[-1], editor)
    for slug, seq, id in (("other", 1, ""), ("other", 2, ""), ("story", 3, new_id(editor.clock()))):
        with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InvalidParameterValue)):
            inserted(editor, server, slug, seq, line, id)


def test_several_lines_at_once_have_to_follow_each_other(editor: PostgresLog, log: PostgresLog) -> None:
    """Those before in the same command count."""
    lines = [a_first_line("other", log)]
    for _ in range(3):
        lines.append(a_line("other", lines[-1], log))
    with pytest.raises(LogFailed, match=r"other#3 does not follow from the line before; nothing was copied"):
        editor.put("other", [*lines[:2], lines[3]], postgres.NOTHING)
    assert editor.streams() == ["story"]
    editor.put("other", lines, postgres.NOTHING)
    assert editor.lines("other") == lines


@pytest.mark.slow
def test_what_is_left_of_a_removed_text_is_copied_by_the_owner(
    log: PostgresLog, editor: PostgresLog, shared: Workspace, server: Server
) -> None:
    """A role that may only append can insert no line without its text."""
    by_owner = moved_to(shared, log.url)
    draft = {"type": "redaction", "redacts": "#2", "reason": "safety", "authority": "a court"}
    by_owner.record("story", [draft], removes=True)
    lines = log.lines("story")
    assert chain.is_shell(lines[1])
    other = server.log()
    (block,) = re.findall(r"^```sql\n(?:.*?;\n){1}(.*?)^```$", SCALING, re.DOTALL | re.MULTILINE)
    server.run(other, block)
    copied = PostgresLog(other.replace("postgres@", "editor@"), log.folder)
    try:
        with pytest.raises(LogFailed, match="permission denied for story#2"):
            copied.put("story", lines, postgres.NOTHING)
        PostgresLog(other, log.folder).put("story", lines, postgres.NOTHING)
        assert copied.lines("story") == lines
    finally:
        server.run(other, "DROP OWNED BY editor")


def test_tables_of_the_first_version_are_brought_to_the_last(desk: Workspace, cli: Cli, server: Server) -> None:
    """From then on what does not follow is refused."""
    url = server.database()
    server.run(url, SCHEMA[0], "UPDATE tracker.version SET version = 1")
    moved = moved_to(desk, url)
    assert "has tables of version 1; tracker log init brings them to 4" in cli("stories").err
    assert cli("log", "init").out.startswith("made the tables of")
    moved.record("story", [{"type": "opened", "title": "T"}])
    moved.record("story", [{"type": "update", "title": "more"}])
    log = PostgresLog(url, "events", clock=desk.clock)
    (first, _) = log.lines("story")
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        inserted(log, server, "story", 3, first.replace(b"T", b"U"), new_id(log.clock()))


def test_an_append_after_the_own_one_does_not_read(log: PostgresLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until somebody else was faster."""
    log.append("story", [Update(title="second")])
    with monkeypatch.context() as patched:
        patched.setattr(postgres, "_END_AND_IDS", "SELECT 1 / 0")
        log.append("story", [Update(title="third")], log.head("story"))
    PostgresLog(log.url, log.folder, clock=log.clock).append("story", [Update(title="faster")])
    again = log.lines("story")[-1]
    log.append("story", [event_lines.decode(again)])
    log.append("story", [Update(title="slower")])
    assert titles(log) == ["A story", "first", "second", "third", "faster", "slower"]
    assert is_whole(log)


def test_the_end_that_is_remembered_may_be_gone(log: PostgresLog, server: Server) -> None:
    """As after a failover, where it was never confirmed."""
    log.append("story", [Update(title="never confirmed")])
    delete = "DELETE FROM tracker.events WHERE story = 'story' AND seq = 3"
    server.run(log.url, "SET session_replication_role = replica", delete)
    log.append("story", [Update(title="third")])
    assert titles(log) == ["A story", "first", "third"]
    assert is_whole(log)


def test_only_the_owner_redacts(
    log: PostgresLog, editor: PostgresLog, shared: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor who tries has recorded nothing; the owner does it in one transaction."""
    draft = {"type": "redaction", "redacts": "#2", "reason": "safety", "authority": "a court"}
    before = editor.lines("story")
    by_owner, by_editor = moved_to(shared, log.url), moved_to(shared, editor.url)
    with pytest.raises(LogFailed, match=r"permission denied .*; nothing was recorded\. docs/scaling\.md says"):
        by_editor.record("story", [draft], removes=True)
    assert editor.lines("story") == before

    leave = postgres._remove_texts

    def broken(server: Any, slug: str, ids: Any) -> None:
        leave(server, slug, ids)
        raise psycopg.errors.DiskFull("no space")

    with monkeypatch.context() as patched:
        patched.setattr(postgres, "_remove_texts", broken)
        with pytest.raises(LogFailed, match="nothing was recorded"):
            by_owner.record("story", [draft], removes=True)
    assert editor.lines("story") == before
    said: list[str] = []
    by_owner.log.tell = said.append
    by_owner.record("story", [draft], removes=True)
    assert b"first" not in b"".join(editor.lines("story"))
    assert "VACUUM FULL tracker.events" in said[0]
    assert is_whole(editor)


def test_without_any_right_that_is_said(log: PostgresLog, server: Server) -> None:
    server.run(log.url, "CREATE ROLE stranger LOGIN")
    try:
        stranger = PostgresLog(log.url.replace("postgres@", "stranger@"), log.folder)
        with pytest.raises(Unreachable, match=r"permission denied for schema tracker\. docs/scaling\.md says"):
            stranger.streams()
    finally:
        server.run(log.url, "DROP ROLE stranger")


# What is said where it does not work.


def test_a_server_that_cannot_be_reached_is_said_in_one_line(desk: Workspace, cli: Cli) -> None:
    """At once, without the password."""
    moved_to(desk, "postgresql://desk:hushhush@127.0.0.1:1/desk")
    ran = cli("stories")
    assert ran.code == 1
    assert ran.err.startswith("error: postgresql://127.0.0.1:1/desk: connection to server at")
    assert "Connection refused" in ran.err
    assert ran.err.count("\n") == 1
    assert "hushhush" not in ran.err


def test_a_wrong_password_is_said_and_not_shown(desk: Workspace, cli: Cli, server: Server, url: str) -> None:
    server.run(url, "CREATE ROLE locked LOGIN PASSWORD 'right'")
    rules = server.folder / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"local all locked scram-sha-256\n{before}")
    server.run(url, "SELECT pg_reload_conf()")
    try:
        moved_to(desk, url.replace("postgres@", "locked:hushhush@"))
        ran = cli("add", "update", "story", "Title")
    finally:
        rules.write_text(before)
        server.run(url, "SELECT pg_reload_conf()", "DROP ROLE locked")
    assert ran.code == 1
    assert 'password authentication failed for user "locked"' in ran.err
    assert ran.err.count("\n") == 1
    assert "hushhush" not in ran.err


@pytest.mark.parametrize(
    "address",
    ["postgresql://me:hush%hush@host/desk", "postgresql://me:hush/hush@host:x/desk?a=b", "postgresql://[hush"],
)
def test_an_address_that_is_none_is_not_repeated(desk: Workspace, cli: Cli, address: str) -> None:
    """There may be a password in any part of it."""
    move(desk, address)
    ran = cli("stories")
    assert ran.code in (1, 2)
    assert "hush" not in ran.err
    assert ran.err.count("\n") == 1


def test_without_the_extra_it_is_named(tmp_path: Path, desk: Workspace) -> None:
    moved_to(desk, "postgresql://host/desk")
    (tmp_path / "psycopg.py").write_text("raise ImportError")
    ran = subprocess.run(
        [sys.executable, "-m", "tracker", "-C", desk.root, "stories"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    needs = "error: a log in PostgreSQL needs the extra postgres: pip install 'storyfold[postgres]'\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", needs)


@pytest.mark.slow
def test_tables_are_made_once_and_known_by_their_version(desk: Workspace, cli: Cli, server: Server) -> None:
    moved_to(desk, server.database())
    assert "has no log of tracker yet; tracker log init makes one" in cli("stories").err
    assert cli("log", "init").out.startswith("made the tables of postgresql:///desk")
    assert cli("log", "init").out.endswith(" has its tables already\n")
    assert cli("open", "story", "--title", "T").code == 0
    address = Workspace(desk.root).config.log.url
    server.run(address, "UPDATE tracker.version SET version = 9")
    for command in (["stories"], ["log", "init"]):
        assert "has tables of version 9; this tracker knows 4. Upgrade it" in cli(*command).err
    server.run(address, "UPDATE tracker.version SET version = 0")
    assert "has tables of version 0; tracker log init brings them to 4" in cli("stories").err


def test_a_server_told_not_to_flush_is_overruled(log: PostgresLog, server: Server) -> None:
    """What is acknowledged is on the disk, whatever the database's own setting is."""
    database = psycopg.conninfo.conninfo_to_dict(log.url)["dbname"]
    server.run(log.url, f"ALTER DATABASE {database} SET synchronous_commit TO off")
    again = PostgresLog(log.url, log.folder)
    assert again._rows("SELECT current_setting('synchronous_commit')") == [("on",)]


# Every command.


@pytest.mark.slow
def test_every_command_works_as_with_files(shared: Workspace, cli: Cli) -> None:
    """What they print, and what is published, is what it is with files; verify and doctor agree."""
    for command in (
        ["open", "story", "--title", "A story"],
        ["add", "report", "story", "They pay", "--party", "OpenAI"],
        ["add", "suspension", "story", "Out", "--subject", "ByteDance"],
        ["correct", "story#2", "--set", "title=They paid", "--why", "It is over"],
        ["retract", "story#3", "--why", "Withdrawn"],
        ["show", "story"],
        ["timeline", "story"],
        ["stories"],
        ["search", "paid"],
        ["publish"],
        ["feeds"],
        ["rebuild"],
        ["verify"],
        ["verify", "--against", "feeds/heads.json"],
        ["doctor"],
        ["redact", "story#2", "--reason", "safety", "--authority", "a court", "--yes"],
        ["publish"],
        ["verify", "--against", "feeds/heads.json"],
    ):
        ran = cli(*command)
        assert ran.code == 0, (command, ran)
    assert "nothing" not in cli("log", "copy", shared.config.log.url, "copied").out
    published = {path: path.read_bytes() for path in Path("feeds").rglob("*") if path.is_file()}
    moved_to(shared, "copied")
    assert cli("publish", "--anew").code == 0
    assert cli("verify", "--against", "feeds/heads.json").code == 0
    assert {path: path.read_bytes() for path in Path("feeds").rglob("*") if path.is_file()} == published


@pytest.mark.slow
def test_two_desks_append_to_one_log(shared: Workspace, cli: Cli, tmp_path: Path) -> None:
    """Each has its own read model and its own feeds, which are the same."""
    cli("open", "story", "--title", "A story")
    cli("publish")
    other = tmp_path / "other"
    other.mkdir()
    (other / "tracker.toml").write_bytes(Path(shared.root, "tracker.toml").read_bytes())
    assert cli("-C", str(other), "publish").code == 0
    assert cli("-C", str(other), "add", "report", "story", "They pay").code == 0
    assert cli("-C", str(other), "publish").code == 0
    assert "They pay" in cli("search", "pay").out
    assert cli("publish").code == 0
    one, two = (
        {path.relative_to(root): path.read_bytes() for path in (root / "feeds").rglob("*") if path.is_file()}
        for root in (Path(shared.root), other)
    )
    assert one == two


@pytest.mark.slow
def test_a_large_log_is_projected_by_all_cores(log: PostgresLog, tmp_path: Path) -> None:
    """Each child has a connection of its own; the parent's goes on."""
    from tracker.readmodel import projection

    for number in range(70):
        log.append(f"story-{number}", [Opened(title=f"Story {number}", format=2, slug=f"story-{number}")])
    assert projection.rebuild(str(tmp_path / "tracker.db"), log) == []
    assert len(log.streams()) == 71


@pytest.mark.slow
def test_a_server_lost_while_projecting_is_no_damage(log: PostgresLog, tmp_path: Path, server: Server) -> None:
    """It is said as what it is, and the read model keeps what it has."""
    from tracker.readmodel import projection

    path = str(tmp_path / "tracker.db")
    projection.rebuild(path, log)
    with stopped(server), pytest.raises(Unreachable):
        projection.rebuild(path, log)
    with projection.caught_up(path, log, print) as database:
        assert database["events"].count == 2


@pytest.mark.slow
def test_files_need_no_psycopg(desk: Workspace) -> None:
    """Not even the module that would import it."""
    desk.record("story", [{"type": "opened", "title": "A story"}])
    for command in (["add", "update", "story", "Title"], ["publish"], ["verify"]):
        imported = imported_by(desk, *command)
        assert not [name for name in imported if name.startswith("psycopg") or name == "tracker.log.postgres"]
