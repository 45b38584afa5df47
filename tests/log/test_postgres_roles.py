"""What each role can do to a log in PostgreSQL, with whatever program, and by what it is refused.

The roles are those of docs/scaling.md. ``owner`` ran ``tracker log init`` and is no superuser. ``editor`` may
select and insert. ``reader`` may select. The lines are written here, and not by tracker.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from tests.examples import some_quick
from tests.servers import Server
from tracker.errors import Unreachable
from tracker.log import postgres
from tracker.log.postgres_schema import SCHEMA, VERSION

pytestmark = pytest.mark.xdist_group("postgres")

SCALING = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text(encoding="utf-8")

MISMATCH, MALFORMED, FORBIDDEN, FINAL = "23514", "22023", "42501", "55000"
"""The codes of tracker/log/postgres_schema.py. Only the first is tried again."""

NOW = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251
AMENDS = {"correction": "corrects", "retraction": "retracts", "redaction": "redacts"}

_ids = count(1)


# Lines.


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


START = sha256(b"tracker/2\n")


class Line(NamedTuple):
    """A line in its parts, and the hash of the line before."""

    head: bytes
    middle: bytes
    previous: bytes = START

    @property
    def id(self) -> str:
        return self.head[7:43].decode("ascii", "replace")

    @property
    def digest(self) -> bytes:
        return bytes.fromhex(self.middle[11:75].decode()) if self.is_shell else sha256(self.middle)

    @property
    def is_shell(self) -> bool:
        return re.fullmatch(rb'"removed":"[0-9a-f]{64}"', self.middle) is not None

    @property
    def hash(self) -> bytes:
        return sha256(self.previous + self.head + self.digest)

    @property
    def bytes(self) -> bytes:
        return self.head + self.middle + b',"hash":"%s"}\n' % self.hash.hex().encode()

    @property
    def shell(self) -> Line:
        return self._replace(middle=b'"removed":"%s"' % self.digest.hex().encode())


def new_id() -> str:
    return f"01a20aff-3af5-7fe5-9734-{next(_ids):012x}"


def timed(seconds: float = 0) -> str:
    """Seconds from when the tests began."""
    return (NOW + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def head(type: str, target: str = "", *, id: str = "", recorded: str = "", rest: str = "") -> bytes:
    amends = f'"{AMENDS[type]}":"{target}",' if type in AMENDS else ""
    text = f'{{"id":"{id or new_id()}","type":"{type}","recorded":"{recorded or timed()}",{rest}{amends}'
    return text.encode()


def text(members: str = '"title":"A text"') -> bytes:
    return f'{members},"salt":"{next(_ids):032x}"'.encode()


def opened(slug: str = "story", rest: str = '"format":2,') -> Line:
    return Line(head("opened", rest=rest), text(f'"title":"Stör","slug":"{slug}"'))


def after(line: Line, type: str = "update", target: str = "", **given: str) -> Line:
    """A line of that type which follows the other."""
    return Line(head(type, target, **given), text(), line.hash)


def format_1(story: str) -> bytes:
    """The first line of a story, as format 1 has it."""
    stem = head("opened") + b'"title":"T","format":1,"salt":"%s"' % (b"0" * 32)
    return stem + b',"hash":"%s"}\n' % sha256(sha256(b"tracker/1\n" + story.encode()) + stem).hex().encode()


# Rows.


class Row(NamedTuple):
    story: str
    seq: int
    line: bytes
    id: str

    @classmethod
    def of(cls, story: str, seq: int, line: Line | bytes, id: str = "") -> Row:
        raw = line if isinstance(line, bytes) else line.bytes
        return cls(story, seq, raw, id or raw[7:43].decode("ascii"))

    @property
    def insert(self) -> str:
        values = f"'{self.story}', {self.seq}, '{self.id}', E'\\\\x{self.line.hex()}'"
        return f"INSERT INTO tracker.events VALUES ({values})"


def inserts(story: str, lines: Sequence[Line], first: int = 1) -> list[str]:
    return [Row.of(story, seq, line).insert for seq, line in enumerate(lines, first)]


def update(story: str, seq: int, line: Line | bytes) -> str:
    raw = line if isinstance(line, bytes) else line.bytes
    return f"UPDATE tracker.events SET line = E'\\\\x{raw.hex()}' WHERE story = '{story}' AND seq = {seq}"


class Log(NamedTuple):
    """A log with two stories. Line 2 of ``story`` is redacted by line 4, and that is not executed. Of ``gone`` the
    first line is a shell."""

    server: Server
    database: str
    story: list[Line]
    gone: list[Line]

    def run(self, role: str, statements: Sequence[str]) -> None:
        """Runs the statements in one transaction and leaves nothing of it. Raises what the server says."""
        with psycopg.connect(self.server.url(self.database, role)) as connection:
            try:
                for statement in statements:
                    connection.execute(statement.encode())
            finally:
                connection.rollback()

    def run_without_triggers(self, role: str, statements: Sequence[str]) -> None:
        drop = "DROP FUNCTION tracker.check_line, tracker.check_change CASCADE"
        self.run("postgres", [drop, f"SET LOCAL ROLE {role}", *statements])

    def refused(self, role: str, statements: Sequence[str]) -> psycopg.Error:
        with pytest.raises(psycopg.Error) as refused:
            self.run(role, statements)
        return refused.value


@pytest.fixture(scope="module")
def log(server: Server) -> Iterator[Log]:
    server.run("postgres", "CREATE ROLE owner LOGIN", "CREATE ROLE reader LOGIN")
    url = server.database()
    database = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    server.run("postgres", f"ALTER DATABASE {database} OWNER TO owner")
    owner = server.url(database, "owner")
    assert postgres.init(owner)
    (granted,) = re.findall(r"^```sql\n(.*?)^```$", SCALING, re.DOTALL | re.MULTILINE)
    create, *grants = granted.split("\n", 1)
    server.run("postgres", create)
    server.run(owner, *grants)
    for grant in grants[0].replace("SELECT, INSERT", "SELECT").replace("editor", "reader").split(";\n")[:-1]:
        server.run(owner, grant)

    story = [opened()]
    story.append(after(story[-1]))
    story.append(after(story[-1], "correction", story[1].id))
    story.append(after(story[-1], "redaction", story[1].id))
    story.append(after(story[-1], rest='"minor":true,'))
    gone = [opened("gone")]
    gone.append(after(gone[-1], "redaction", gone[0].id))
    gone.append(after(gone[-1]))
    server.run(owner, *inserts("story", story), *inserts("gone", gone), update("gone", 1, gone[0].shell))
    yield Log(server, database, story, [gone[0].shell, *gone[1:]])
    server.run(url, "DROP OWNED BY reader, editor")
    server.run("postgres", f"DROP DATABASE {database} (FORCE)", "DROP ROLE owner, editor, reader")


# Attempts.

Attempt = Callable[[Log], Sequence[str]]
"""Gives the statements."""


def appended(change: Callable[[Log, Line], Line | bytes], seq: int = 6) -> Attempt:
    """Inserts a next line of ``story``, changed."""
    return lambda log: [Row.of("story", seq, change(log, after(log.story[-1]))).insert]


def opening(change: Callable[[Line], Line | bytes]) -> Attempt:
    """Inserts a first line of ``new``, changed."""
    return lambda log: [Row.of("new", 1, change(opened("new"))).insert]


def headed(pattern: str, by: str) -> Attempt:
    """Inserts a next line of ``story`` with another head, under the hash of that."""
    return appended(lambda log, line: line._replace(head=re.sub(pattern.encode(), by.encode(), line.head)))


def dated(recorded: str) -> Attempt:
    return headed('"recorded":"[^"]*"', f'"recorded":"{recorded}"')


def with_text(middle: bytes) -> Attempt:
    """Inserts a next line of ``story`` with these bytes between head and hash."""
    return appended(lambda log, line: line._replace(middle=middle))


def forged(was: bytes, by: bytes) -> Attempt:
    """Inserts a next line of ``story`` with other bytes, under the old hash."""
    return appended(lambda log, line: line.bytes.replace(was, by))


def following(previous: Callable[[Log], Line]) -> Attempt:
    return appended(lambda log, line: after(previous(log)))


def amending(type: str, target: Callable[[Log], str]) -> Attempt:
    return appended(lambda log, line: after(log.story[-1], type, target(log)))


def to_shell(seq: int) -> Attempt:
    return lambda log: [update("story", seq, log.story[seq - 1].shell)]


def running(*statements: str) -> Attempt:
    return lambda log: statements


def opened_by_an_update(log: Log) -> list[str]:
    return inserts("new", [Line(head("update", rest='"format":2,'), text())])


def without_format(log: Log) -> list[str]:
    return inserts("new", [opened("new", rest="")])


def of_format_1(log: Log) -> list[str]:
    return [Row.of("new", 1, format_1("new")).insert]


def chained_as_format_1(log: Log) -> list[str]:
    """The hash is of the line, and not of its head and digest."""
    line = after(log.story[-1])
    end = b',"hash":"%s"}\n' % sha256(line.previous + line.head + line.middle).hex().encode()
    return [Row.of("story", 6, line.head + line.middle + end).insert]


def in_another_order(log: Log, line: Line) -> Line:
    return line._replace(head=line.head[:44] + b',"recorded":"%s","type":"update",' % timed().encode())


def a_correction_that_redacts(log: Log, line: Line) -> Line:
    return line._replace(head=head("redaction", log.story[4].id).replace(b'"redaction"', b'"correction"'))


def a_minor_correction(log: Log, line: Line) -> Line:
    return line._replace(head=head("correction", log.story[4].id) + b'"minor":true,')


def with_its_hash_in_capitals(log: Log, line: Line) -> bytes:
    return line.bytes[:-67] + line.hash.hex().upper().encode() + line.bytes[-3:]


def with_another_id(log: Log) -> list[str]:
    return [Row.of("story", 6, after(log.story[-1]), new_id()).insert]


def amending_a_later_line(log: Log) -> list[str]:
    late = new_id()
    correction = after(log.story[-1], "correction", late)
    return inserts("story", [correction, after(correction, id=late)], 6)


def amending_itself(log: Log) -> list[str]:
    id = new_id()
    return inserts("story", [after(log.story[-1], "retraction", id, id=id)], 6)


def rewritten(log: Log) -> list[str]:
    """Another text, and the hash that goes with it."""
    return [update("story", 5, log.story[4]._replace(middle=text('"title":"Rewritten"')))]


def rewritten_under_its_hash(log: Log) -> list[str]:
    return [update("story", 5, log.story[4].bytes.replace(b"A text", b"A lie!"))]


def to_a_shell_cut_elsewhere(log: Log) -> list[str]:
    """It keeps a part of the text, and has the digest of the rest."""
    line = log.story[1]
    kept, rest = line.middle[:10], line.middle[10:]
    removed = b'"removed":"%s"' % sha256(rest).hex().encode()
    return [update("story", 2, line.head + kept + removed + line.bytes[-76:])]


def to_a_shell_with_another_digest(log: Log) -> list[str]:
    line, other = log.story[1], sha256(b"other").hex().encode()
    return [update("story", 2, line.shell.bytes.replace(line.digest.hex().encode(), other))]


def to_a_full_line(log: Log) -> list[str]:
    return [update("gone", 1, opened("gone"))]


def swapped(log: Log) -> list[str]:
    a, b = log.story[1].id, log.story[4].id
    return [
        "UPDATE tracker.events SET id = '01a20aff-3af5-7fe5-9734-ffffffffffff' "
        f"WHERE story = 'story' AND id = '{a}'",
        f"UPDATE tracker.events SET id = '{a}' WHERE story = 'story' AND id = '{b}'",
    ]


def renamed(where: str, *, sets: str = "story = 'renamed'") -> str:
    return f"UPDATE tracker.events SET {sets} WHERE {where}"


REFUSED: dict[str, dict[str, dict[str, tuple[Attempt, str]]]] = {
    "editor": {
        MALFORMED: {
            "format 1": (of_format_1, 'new#1 .*"format"'),
            "a first line without format": (without_format, 'new#1 .*"format"'),
            "format on a later line": (headed("$", '"format":2,'), 'story#6 .*"format"'),
            "a story opened twice": (headed('"update"', '"opened"'), "story#6 is of type opened"),
            "a desk in a story": (headed('"update"', '"desk"'), "story#6 is of type desk"),
            "a story that is not opened": (opened_by_an_update, "new#1 is of type update"),
            "an id in capitals": (headed('"id":"01a2', '"id":"01A2'), "head of line format 2"),
            "a type in capitals": (headed("update", "Update"), "head of line format 2"),
            "a type of 41 bytes": (headed("update", "u" * 41), "head of line format 2"),
            "a type with a dash at its end": (headed("update", "update-"), "head of line format 2"),
            "a head in another order": (appended(in_another_order), "head of line format 2"),
            "another id than the row's": (with_another_id, "the id of its row"),
            "30 February": (dated("2024-02-30T00:00:00.000Z"), "none: date/time field value"),
            "24 o'clock": (dated("2026-02-03T24:00:00.000Z"), "a time that does not exist"),
            "a leap second": (dated("2026-02-03T23:59:60.000Z"), "a time that does not exist"),
            "the year 0": (dated("0000-02-03T23:59:00.000Z"), "none: date/time field value"),
            "no milliseconds": (dated("2026-02-03T23:59:00Z"), "a time that does not exist"),
            "no time zone": (dated("2026-02-03T23:59:00.000"), "a time that does not exist"),
            "the word now": (dated("now"), "a time that does not exist"),
            "the word infinity": (dated("infinity"), "a time that does not exist"),
            "a correction of nothing": (headed("update", "correction"), "does not go with what"),
            "an update that corrects": (headed("$", f'"corrects":"{new_id()}",'), "does not go with what"),
            "a correction that redacts": (appended(a_correction_that_redacts), "does not go with what"),
            "a minor correction": (appended(a_minor_correction), "is minor, which no amendment is"),
            "a target that is no id": (amending("correction", lambda log: "x" * 36), "none: .* type uuid"),
            "a target in capitals": (
                amending("correction", lambda log: log.story[4].id.upper()),
                "corrects what is no id",
            ),
            "no salt": (with_text(b'"title":"A text that is long enough, and has no salt"'), "a salt and a hash"),
            "a salt in capitals": (with_text(b'"a":1,"salt":"%s"' % (b"A" * 32)), "a salt and a hash"),
            "a salt with a space": (with_text(b'"a":1,"salt":"%s "' % (b"a" * 31)), "none: invalid hex"),
            "a salt after no comma": (with_text(b'"a":1;"salt":"%s"' % (b"a" * 32)), "a salt and a hash"),
            "a text after the salt": (with_text(b'"salt":"%s","a":1' % (b"a" * 32)), "a salt and a hash"),
            "a text that is no member": (with_text(b'x,"salt":"%s"' % (b"a" * 32)), "a salt and a hash"),
            "a tab": (with_text(text('"a":\t1')), "below 0x20"),
            "a NUL": (with_text(text('"a":"\0"')), "below 0x20"),
            "two lines": (appended(lambda log, line: line.bytes + after(line).bytes), "below 0x20"),
            "a byte too many": (with_text(text(f'"a":"{"x" * 261_922}"')), "longer than 262,144 bytes"),
            "no LF": (appended(lambda log, line: line.bytes[:-1]), "story#6"),
            "a line cut short": (appended(lambda log, line: line.bytes[:200]), "story#6 is cut short"),
            "a hash in capitals": (appended(with_its_hash_in_capitals), "a salt and a hash"),
            "dated before the line above": (dated(timed(-1)), "story#6 is recorded before the line above"),
            "dated an hour ahead": (dated(timed(3600)), "story#6 is recorded more than 5 minutes ahead"),
            "a target in another story": (
                amending("correction", lambda log: log.gone[2].id),
                "story#6 corrects .*, which is no line above it",
            ),
            "a target later in the story": (
                amending_a_later_line,
                "story#6 corrects .*, which is no line above it",
            ),
            "a target that is the line itself": (
                amending_itself,
                "story#6 retracts .*, which is no line above it",
            ),
        },
        MISMATCH: {
            "a gap": (appended(lambda log, line: line, 7), "story#7 .* the line before: there is none"),
            "a story from its second line on": (
                lambda log: inserts("new", [after(opened())], 2),
                "new#2 does not follow from the line before",
            ),
            "a line after an earlier one": (following(lambda log: log.story[2]), "story#6 does not follow"),
            "a line after one of another story": (following(lambda log: log.gone[2]), "story#6 does not follow"),
            "another text than is hashed": (forged(b"A text", b"A lie!"), "story#6 does not follow"),
            "another head than is hashed": (forged(b'"update"', b'"report"'), "story#6 does not follow"),
            "chained as format 1": (chained_as_format_1, "story#6 does not follow"),
        },
        FORBIDDEN: {
            "a forged redaction": (
                amending("redaction", lambda log: log.story[4].id),
                "permission denied for story#6, which is a redaction",
            ),
            "a shell": (
                appended(lambda log, line: line.shell),
                "story#6, which is what is left of a removed text",
            ),
            "a first line that is a shell": (opening(lambda line: line.shell), "new#1, which is what is left"),
        },
    },
    "owner": {
        MALFORMED: {
            "a digest in capitals": (with_text(b'"removed":"%s"' % (b"A" * 64)), "a salt and a hash"),
            "a redaction of no line": (amending("redaction", lambda log: new_id()), "story#6 redacts .* no line"),
            "a shell that keeps a part": (to_a_shell_cut_elsewhere, "story#2 does not end with a salt and a hash"),
        },
        MISMATCH: {
            "a part of a story renamed": (
                running(renamed("story = 'gone' AND seq < 3")),
                "gone cannot become renamed without all of its lines",
            ),
        },
        FINAL: {
            "another text": (rewritten, "story#5 can change to what a redaction leaves of it"),
            "another text under the old hash": (rewritten_under_its_hash, "story#5 can change to what"),
            "a shell without a redaction": (to_shell(5), "story#5 keeps its text: no later line of its story"),
            "a shell before the redaction of another": (to_shell(3), "story#3 keeps its text"),
            "a shell with another digest": (to_a_shell_with_another_digest, "story#2 can change to what"),
            "a text in place of a shell": (to_a_full_line, "gone#1 can change to what a redaction leaves of it"),
            "nothing in place of a line": (lambda log: [update("story", 2, b"")], "story#2 can change to what"),
            "ids swapped": (swapped, "story#2 keeps its number and its id"),
            "another number": (running(renamed("seq = 5", sets="seq = 6")), "story#5 keeps its number"),
            "a story appended to another": (
                running(renamed("story = 'gone'", sets="story = 'story', seq = seq + 5")),
                "gone#. keeps its number",
            ),
            "a story renamed that has its first text": (
                running(renamed("story = 'story'")),
                "story#. keeps its name as long as its first line has its text",
            ),
            "a line renamed and changed": (
                running(renamed("story = 'gone' AND seq = 2", sets="story = 'renamed', line = ''")),
                "gone#2 keeps its line when it is renamed",
            ),
            "a line deleted": (running("DELETE FROM tracker.events WHERE seq = 5"), "append-only"),
            "the table emptied": (running("TRUNCATE tracker.events"), "append-only"),
        },
    },
    "postgres": {
        FINAL: {
            "all lines deleted": (running("DELETE FROM tracker.events"), "append-only"),
            "nothing deleted": (running("DELETE FROM tracker.events WHERE false"), "append-only"),
        },
    },
}
"""By role and code: what the triggers refuse, and what they say. Nothing else refuses it."""

DENIED: dict[str, dict[str, Attempt]] = {
    "editor": {
        "a line changed": to_shell(2),
        "an id changed": running("UPDATE tracker.events SET id = id"),
        "a line changed by an insert": lambda log: [
            f"{Row.of('story', 2, log.story[1]).insert} ON CONFLICT (id) DO UPDATE SET line = ''"
        ],
        "a line deleted": running("DELETE FROM tracker.events"),
        "the table emptied": running("TRUNCATE tracker.events"),
        "the table locked": running("LOCK TABLE tracker.events IN ACCESS EXCLUSIVE MODE"),
        "a function dropped": running("DROP FUNCTION tracker.check_line CASCADE"),
        "a function replaced": running(
            "CREATE OR REPLACE FUNCTION tracker.check_line() RETURNS trigger"
            " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        ),
        "the triggers off": running("ALTER TABLE tracker.events DISABLE TRIGGER USER"),
        "the triggers off for a session": running("SET session_replication_role = replica"),
        "the owner's role taken": running("SET ROLE owner"),
        "another version": running("UPDATE tracker.version SET version = 9"),
    },
    "reader": {
        "an append": appended(lambda log, line: line),
        "a line changed": to_shell(2),
        "a line deleted": running("DELETE FROM tracker.events"),
    },
}
"""By role: what its rights do not allow."""

ALLOWED: dict[str, dict[str, Attempt]] = {
    "editor": {
        "a read": running("SELECT line FROM tracker.events"),
        "an append": appended(lambda log, line: line),
        "a new story": opening(lambda line: line),
        "the stream of a desk": lambda log: inserts("desk", a_desk()),
        "a line in the name of another editor": with_text(text('"editor":"another","title":"I say"')),
        "a text of nothing but its salt": with_text(text()[-41:]),
        "a text with the letters of a shell": with_text(
            text(f'"a":{{"removed":"{"0" * 64}","hash":"{"0" * 64}"}}')
        ),
        "a text with backslashes": with_text(text(r'"a":"\\\"\u0000\\000"')),
        "the longest line": with_text(text(f'"a":"{"x" * 261_921}"')),
        "the longest type": headed("update", "u" * 40),
        "29 February": lambda log: inserts(
            "new", [Line(head("opened", recorded="2024-02-29T23:59:59.999Z", rest='"format":2,'), text())]
        ),
        "a correction": amending("correction", lambda log: log.story[4].id),
        "a correction of a redacted line": amending("correction", lambda log: log.story[1].id),
        "a retraction of the first line": amending("retraction", lambda log: log.story[0].id),
        "a line two minutes ahead": dated(timed(120)),
    },
    "owner": {
        "a redaction": amending("redaction", lambda log: log.story[4].id),
        "a redaction of a redaction": amending("redaction", lambda log: log.story[3].id),
        "a shell": appended(lambda log, line: line.shell),
        "a redaction executed": to_shell(2),
        "a redaction executed twice": lambda log: [*to_shell(2)(log), *to_shell(2)(log)],
        "a redaction executed after it has lost its own text": lambda log: [
            Row.of("story", 6, after(log.story[-1], "redaction", log.story[3].id)).insert,
            *to_shell(4)(log),
            *to_shell(2)(log),
        ],
        "a story renamed whose first text is removed": running(renamed("story = 'gone'")),
        "the same, with its rows in another order": lambda log: [
            update("gone", 1, log.gone[0]),
            renamed("story = 'gone'"),
        ],
        "an append to it": lambda log: [
            renamed("story = 'gone'"),
            Row.of("renamed", 4, after(log.gone[2])).insert,
        ],
    },
    "reader": {
        "a read": running("SELECT line FROM tracker.events"),
    },
}
"""By role: what it is there for."""


def a_desk() -> list[Line]:
    first = Line(head("desk", rest='"format":2,'), text())
    return [first, after(first, "desk")]


def every_refused() -> Iterator[tuple[str, str, Attempt, str, str]]:
    for role, codes in REFUSED.items():
        for code, attempts in codes.items():
            for name, (attempt, said) in attempts.items():
                yield name, role, attempt, code, said


def each(attempts: dict[str, dict[str, Attempt]]) -> list[Any]:
    return [
        pytest.param(role, attempt, id=f"{role}-{name}")
        for role, by_role in attempts.items()
        for name, attempt in by_role.items()
    ]


@pytest.mark.parametrize(
    ("role", "attempt", "code", "said"),
    some_quick(
        ((*rest,) for _, *rest in every_refused()), (f"{role}-{name}" for name, role, *_ in every_refused())
    ),
)
def test_an_attempt_is_refused_by_the_triggers(
    log: Log, role: str, attempt: Attempt, code: str, said: str
) -> None:
    """And by nothing else: without them, the same statements succeed."""
    statements = attempt(log)
    error = log.refused(role, statements)
    assert error.sqlstate == code, error
    assert re.search(said, str(error)), error
    log.run_without_triggers(role, statements)


@pytest.mark.parametrize(("role", "attempt"), each(DENIED))
def test_an_attempt_is_refused_by_the_rights_of_the_role(log: Log, role: str, attempt: Attempt) -> None:
    assert log.refused(role, attempt(log)).sqlstate == FORBIDDEN


@pytest.mark.parametrize(("role", "attempt"), each(ALLOWED))
def test_a_role_can_do_what_it_is_there_for(log: Log, role: str, attempt: Attempt) -> None:
    log.run(role, attempt(log))


def copied(log: Log, role: str, story: str, lines: Sequence[Line], first: int = 1) -> None:
    """Inserts all lines with one COPY, and leaves nothing of it."""
    with psycopg.connect(log.server.url(log.database, role)) as connection:
        try:
            with connection.cursor() as cursor, cursor.copy("COPY tracker.events FROM STDIN") as copy:
                for seq, line in enumerate(lines, first):
                    copy.write_row((story, seq, line.id, line.bytes))
        finally:
            connection.rollback()


def many(amended: int) -> list[Line]:
    """A story of a hundred lines. Every tenth corrects the line that is so many lines above."""
    lines = [opened("new")]
    for number in range(1, 100):
        target = lines[number - amended].id if number % 10 == 0 else ""
        lines.append(after(lines[-1], "correction" if target else "update", target))
    return lines


def test_many_lines_are_copied_at_once(log: Log) -> None:
    """A line follows a line of the same command, and amends one."""
    copied(log, "editor", "new", many(amended=5))


def test_one_line_of_many_that_does_not_follow_is_named(log: Log) -> None:
    lines = many(amended=5)
    with pytest.raises(psycopg.errors.CheckViolation, match="new#51 does not follow from the line before"):
        copied(log, "editor", "new", [*lines[:50], *lines[51:]])
    late = after(lines[9], "correction", lines[20].id)
    with pytest.raises(
        psycopg.errors.InvalidParameterValue, match=r"new#11 corrects .*, which is no line above it"
    ):
        copied(log, "editor", "new", [*lines[:10], late])


def test_a_rewrite_with_the_triggers_off_shows_in_the_hash_that_was_kept(log: Log) -> None:
    """The owner rewrites line 3 and all after it, as it has to. No later line has its old hash."""
    lines = [*log.story[:2], log.story[2]._replace(middle=text('"title":"Rewritten"'))]
    for line in log.story[3:]:
        lines.append(line._replace(previous=lines[-1].hash))
    off = "ALTER TABLE tracker.events DISABLE TRIGGER USER"
    on = "ALTER TABLE tracker.events ENABLE TRIGGER USER"
    log.run("owner", [off, *(update("story", seq, line) for seq, line in enumerate(lines, 1)), on])
    assert [line.hash == kept.hash for line, kept in zip(lines, log.story, strict=True)] == [True] * 2 + [
        False
    ] * 3


# What a session sets, and what others do at the same time.


@pytest.mark.slow
def test_no_setting_of_a_session_changes_what_is_refused(log: Log) -> None:
    """An editor who may make a schema brings functions, operators and tables with the names that are used."""
    settings = [
        "SET standard_conforming_strings = off",
        "SET bytea_output = escape",
        "SET datestyle = 'SQL, DMY'",
        "SET intervalstyle = sql_standard",
        "SET timezone = 'Pacific/Kiritimati'",
        "SET transform_null_equals = on",
    ]
    imitations = [
        f"GRANT CREATE, TEMPORARY ON DATABASE {log.database} TO editor",
        "SET LOCAL ROLE editor",
        "CREATE SCHEMA imitated",
        "CREATE FUNCTION imitated.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$SELECT ''::bytea$$",
        "CREATE FUNCTION imitated.has_table_privilege(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE FUNCTION imitated.unequal(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false'",
        "CREATE OPERATOR imitated.<> (FUNCTION = imitated.unequal, LEFTARG = text, RIGHTARG = text)",
        "CREATE TEMPORARY TABLE events (LIKE tracker.events)",
        "SET LOCAL search_path = imitated, pg_temp, pg_catalog",
    ]
    for name, role, attempt, code, said in every_refused():
        error = log.refused(role, [*settings, *attempt(log)])
        assert error.sqlstate == code, (name, error)
        assert re.search(said, str(error)), (name, error)
        if role == "editor":
            assert log.refused("postgres", [*imitations, *attempt(log)]).sqlstate == code, name
    for role, attempts in ALLOWED.items():
        for attempt in attempts.values():
            log.run(role, [*settings, *attempt(log)])


@pytest.mark.slow
def test_while_a_story_is_renamed_nothing_is_appended_to_it(log: Log) -> None:
    """Or a line would stay behind under the old name. A line that is not committed yet is waited for."""
    append = Row.of("gone", 4, after(log.gone[2])).insert.encode()
    with (
        psycopg.connect(log.server.url(log.database, "owner")) as owner,
        psycopg.connect(log.server.url(log.database, "editor")) as editor,
    ):
        for connection in (owner, editor):
            connection.execute("SET lock_timeout = 200")
            connection.commit()
        owner.execute(renamed("story = 'gone'").encode())
        with pytest.raises(psycopg.errors.LockNotAvailable):
            editor.execute(append)
        owner.rollback()
        editor.rollback()
        editor.execute(append)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            owner.execute(renamed("story = 'gone'").encode())
        owner.rollback()
        editor.rollback()


def test_of_two_who_append_one_is_told_to_try_again(log: Log) -> None:
    """The codes of the other refusals are final: another attempt cannot help."""
    lines = [after(log.story[-1]), after(log.story[-1])]
    assert log.refused("editor", [Row.of("story", 6, line).insert for line in lines]).sqlstate == "23505"
    for _, role, attempt, code, _ in every_refused():
        assert postgres._passes(log.refused(role, attempt(log))) is (code == MISMATCH)


# Versions.


@pytest.fixture
def version_2(server: Server) -> str:
    """The URL of a database with the tables of version 2."""
    url = server.database()
    server.run(url, *SCHEMA[:2], "UPDATE tracker.version SET version = 2")
    return url


def test_empty_tables_of_version_2_are_brought_to_version_3(server: Server, version_2: str) -> None:
    assert postgres.init(version_2)
    assert not postgres.init(version_2)
    assert server.run(version_2, "SELECT version FROM tracker.version") == [(VERSION,)]
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        server.run(version_2, Row.of("story", 1, format_1("story")).insert)
    server.run(version_2, *inserts("story", [opened()]))


def test_lines_of_format_1_are_left_to_the_command_that_rewrites_them(server: Server, version_2: str) -> None:
    line = Row.of("story", 1, format_1("story"))
    server.run(version_2, line.insert)
    with pytest.raises(Unreachable, match="the log has lines of format 1; tracker log upgrade rewrites it"):
        postgres.init(version_2)
    assert server.run(version_2, "SELECT version, line FROM tracker.version, tracker.events") == [(2, line.line)]


def test_a_log_is_rewritten_in_one_transaction(server: Server, version_2: str) -> None:
    """As ``tracker log upgrade`` does it: the lines go, the triggers come, the new lines come."""
    server.run(version_2, Row.of("story", 1, format_1("story")).insert)
    lines = [opened()]
    lines.append(after(lines[-1]))
    lines.append(after(lines[-1], "redaction", lines[1].id))
    lines[1] = lines[1].shell
    with psycopg.connect(version_2) as connection:
        for statement in (
            "LOCK TABLE tracker.events IN ACCESS EXCLUSIVE MODE",
            "DELETE FROM tracker.events",
            *SCHEMA[2:],
            *inserts("story", lines),
            f"UPDATE tracker.version SET version = {VERSION}",
        ):
            connection.execute(statement.encode())
    assert not postgres.init(version_2)
    assert len(server.run(version_2, "SELECT id FROM tracker.events")) == 3
