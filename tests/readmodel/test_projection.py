"""The log in SQLite: however it got there, it is what a rebuild makes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from sqlite3 import Connection
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from sqlite_utils import Database

from benchmarks import corpus
from tests.domain.test_custom_types import OFFICES
from tests.examples import examples
from tests.strategies import Stream, recorded
from tracker.domain import chain, lines
from tracker.errors import TrackerError
from tracker.log.files import FileLog
from tracker.readmodel import cores, projection, tables
from tracker.text.dates import END, edge
from tracker.workspace.desk import Workspace

Tables = dict[str, list[Any]]


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def database(desk: Workspace, told: list[str]) -> Iterator[Database]:
    """The desk's read model, open."""
    with projection.open_database(desk.database_path, told.append) as database:
        yield database


def rebuilt(log: FileLog) -> Tables:
    """What the log makes, from its beginning."""
    with Database(memory=True) as database:
        tables.create(database)
        projection.catch_up(database, log)
        return tables.dump(database)


def everything_found(database: Database, word: str) -> list[str]:
    return sorted(event["id"] for event in tables.search(database, word, 1000))


def a_story_unfolds(record: Callable[..., Any], story: str = "story") -> None:
    """Something in every table."""
    source = {"url": "https://a.example/1", "publisher": "A", "quote": "they pay"}
    record("opened", "A story", story=story)
    record("report", "They pay", story=story, sources=[source], parties=["ByteDance"])
    record("suspension", "Out", story=story, subject="ByteDance", by="OpenAI")
    record("statement", "We comply", story=story, speaker="ByteDance", quote="we comply")
    figures = [{"name": "growth", "value": "29", "unit": "%", "expected_low": "30", "expected_high": "31"}]
    record("earnings", "Numbers", story=story, company="Microsoft", figures=figures)


def test_every_table_is_filled(desk: Workspace, record: Callable[..., Any], database: Database) -> None:
    """Each with the story's rows; a person can read them."""
    Path(desk.log.folder, "types.toml").write_text(OFFICES)
    a_story_unfolds(record)
    record("update", "It follows", see=["#2"])
    for person in ("Cora", "Dora"):
        record("appointment", person=person, role="chair", organisation="A", occurred="2024")
    assert projection.catch_up(database, desk.log) == []
    dump = tables.dump(database)
    assert [name for name, rows in dump.items() if not rows] == []
    (story,) = database.query("SELECT story, title, status, seq, head FROM stories")
    assert story == {
        "story": "story", "title": "A story", "status": "open", "seq": 8, "head": desk.log.head("story").hash,
    }  # fmt: skip
    (figure,) = database.query("SELECT party, name, value, verdict, words FROM figures")
    assert figure == {
        "party": "Microsoft", "name": "growth", "value": "29", "verdict": "below",
        "words": "29% (below the 30 to 31% expected)",
    }  # fmt: skip
    offices = list(database.query("SELECT office, party, holds, since, seq, until, ended_by FROM offices"))
    assert [list(each.values()) for each in offices] == [
        ["chair of A", "Cora", 0, "2024", 7, "2024", 8],
        ["chair of A", "Dora", 1, "2024", 8, "", 0],
    ]
    assert dump == rebuilt(desk.log)


def test_catching_up_adds_what_is_new(desk: Workspace, record: Callable[..., Any], database: Database) -> None:
    """After each event the tables are what a rebuild makes."""
    record("opened", "A story")
    for number in range(3):
        record("update", f"number {number}")
        projection.catch_up(database, desk.log)
        assert tables.dump(database) == rebuilt(desk.log)
    assert len(everything_found(database, "number")) == 3


def test_catching_up_with_nothing_new_writes_nothing(
    desk: Workspace, record: Callable[..., Any], database: Database
) -> None:
    """The common case costs nothing."""
    a_story_unfolds(record)
    projection.catch_up(database, desk.log)
    changes = database.conn.total_changes
    projection.catch_up(database, desk.log)
    assert database.conn.total_changes == changes


def test_an_amendment_changes_earlier_rows(
    desk: Workspace, record: Callable[..., Any], database: Database
) -> None:
    """The corrected text is found, the old one is not; the standing is said."""
    a_story_unfolds(record)
    projection.catch_up(database, desk.log)
    record("correction", corrects="#2", changes={"title": "They lend"}, why="misread")
    record("retraction", retracts="#3", why="it was a rumour")
    projection.catch_up(database, desk.log)
    assert tables.dump(database) == rebuilt(desk.log)
    standings = {row["seq"]: row["standing"] for row in database.query("SELECT seq, standing FROM events")}
    assert (standings[2], standings[3], standings[4]) == ("corrected", "retracted", "stands")
    assert [row["seq"] for row in tables.search(database, "lend", 9)] != []
    assert list(database.query("SELECT * FROM situations")) == []


def test_how_often_a_development_was_amended(
    desk: Workspace, record: Callable[..., Any], database: Database
) -> None:
    """The number never goes back, also where an amendment is itself withdrawn."""
    record("opened", "A story")
    record("expectation", "A ruling", due="2024-12")
    record("correction", corrects="#2", changes={"due": "2025"}, why="postponed")
    record("retraction", retracts="#3", why="it was not")
    projection.catch_up(database, desk.log)
    events = database.query("SELECT seq, amendments FROM events ORDER BY seq")
    assert [(event["seq"], event["amendments"]) for event in events] == [(1, 0), (2, 2), (3, 1), (4, 0)]


def test_when_something_is_due_at_the_latest(
    desk: Workspace, record: Callable[..., Any], database: Database
) -> None:
    """Of what is expected; of nothing else."""
    record("opened", "A story")
    record("expectation", "A ruling", due="2024-12")
    record("expectation", "A machine", due="2028/..")
    record("suspension", "Out", subject="X", until="2025")
    projection.catch_up(database, desk.log)
    situations = database.query("SELECT seq, due, due_by FROM situations ORDER BY seq")
    assert [tuple(each.values()) for each in situations] == [
        (2, "2024-12", "2024-12-31T23:59:59.999Z"), (3, "2028/..", END), (4, "2025", ""),
    ]  # fmt: skip


def test_details_are_found(desk: Workspace, record: Callable[..., Any], database: Database) -> None:
    """What only the type's own fields say; with the name of the field."""
    record("opened", "A story")
    record("suspension", "Out", subject="X", reason="breach of contract")
    record("earnings", "Numbers", company="Microsoft", period="Q4 FY2024")
    projection.catch_up(database, desk.log)
    (row,) = tables.search(database, "breach", 9)
    assert (row["seq"], row["details"]) == (2, "reason: breach of contract")
    assert [row["seq"] for row in tables.search(database, "period FY2024", 9)] == [3]
    record("correction", corrects="#2", changes={"reason": "a misunderstanding"}, why="it was one")
    projection.catch_up(database, desk.log)
    assert [row["seq"] for row in tables.search(database, "breach", 9)] == []
    assert [row["seq"] for row in tables.search(database, "misunderstanding", 9)] == [2]


@examples(15)
@given(recorded(max_size=10), recorded(max_size=6, slug="other"))
@pytest.mark.slow
def test_what_is_loaded_is_what_is_caught_up_with(one: Stream, two: Stream) -> None:
    """Rows, indexes, what is searched, and what keeps that up to date."""
    with tempfile.TemporaryDirectory() as folder, Database(memory=True) as database:
        log = FileLog(folder)
        Path(log.path("story")).write_bytes(b"".join(one.lines))
        Path(log.path("other")).write_bytes(b"".join(two.lines))
        assert projection.load(database, log) == []
        assert tables.dump(database) == rebuilt(log)
        database.conn.execute("INSERT INTO events_fts (events_fts, rank) VALUES ('integrity-check', 1)")
        with Database(memory=True) as created:
            tables.create(created)
            schemas = [
                each.conn.execute("SELECT sql FROM sqlite_master").fetchall() for each in (database, created)
            ]
        assert sorted(map(str, schemas[0])) == sorted(map(str, schemas[1]))


def test_many_stories_are_loaded_on_all_cores(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In their order; damaged ones are left out, and so is one that has an id of another."""
    monkeypatch.setattr(cores, "count", lambda: 3)
    monkeypatch.setattr(cores, "FEW", 2)
    for number in range(30):
        record("opened", f"Story {number}", story=f"story-{number:02}")
    record("update", "More", story="story-05")
    path = Path(desk.log.path("story-07"))
    path.write_bytes(path.read_bytes()[1:])
    id = desk.log.lines("story-02")[0][7:43].decode()
    forged = structs.replace(next(iter(desk.log.read("story-03"))), id=id)
    _, line, _ = lines.encode(forged, chain.START)
    Path(desk.log.path("story-03")).write_bytes(line)
    passed: list[str] = []
    with Database(memory=True) as database:
        errors = projection.load(database, desk.log, passed.append)
        found = [row[0] for row in tables.dump(database)["stories"]]
        assert tables.dump(database) == rebuilt(desk.log)
    assert passed == desk.log.streams()
    assert found == [slug for slug in desk.log.streams() if slug not in ("story-03", "story-07")]
    assert [str(each).partition(":")[0][-14:] for each in errors] == ["story-07.jsonl", "story-03.jsonl"]


@examples(30)
@given(recorded(max_size=10), recorded(max_size=6, slug="other"), st.data())
@pytest.mark.slow
def test_any_catching_up_equals_a_rebuild(one: Stream, two: Stream, data: st.DataObject) -> None:
    """Cut the log anywhere and as often as you like, amendments included: row for row the same."""
    cuts = st.lists(st.tuples(st.integers(0, len(one.lines)), st.integers(0, len(two.lines))), max_size=4)
    steps = [*sorted(data.draw(cuts)), (len(one.lines), len(two.lines))]
    with tempfile.TemporaryDirectory() as folder, Database(memory=True) as database:
        log = FileLog(folder)
        tables.create(database)
        for first, second in steps:
            Path(log.path("story")).write_bytes(b"".join(one.lines[:first]))
            Path(log.path("other")).write_bytes(b"".join(two.lines[:second]))
            assert projection.catch_up(database, log) == []
        assert tables.dump(database) == rebuilt(log)
        database.conn.execute("INSERT INTO events_fts (events_fts, rank) VALUES ('integrity-check', 1)")


def test_a_story_that_is_gone_is_gone(desk: Workspace, record: Callable[..., Any], database: Database) -> None:
    """Its rows go with its file."""
    for story in ("one", "two"):
        a_story_unfolds(record, story)
    projection.catch_up(database, desk.log)
    Path(desk.log.path("one")).unlink()
    projection.catch_up(database, desk.log)
    assert tables.dump(database) == rebuilt(desk.log)
    assert [each["story"] for each in tables.stories(database, edge(END))] == ["two"]


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_a_log_that_was_rewritten_is_projected_anew(
    desk: Workspace, record: Callable[..., Any], database: Database, kept: int
) -> None:
    """Restored from a copy, shorter or going on differently: what is in the file counts."""
    a_story_unfolds(record)
    projection.catch_up(database, desk.log)
    path = Path(desk.log.path("story"))
    path.write_bytes(b"".join(desk.log.lines("story")[:kept]))
    if not kept:
        record("opened", "Another story")
    for number in range(3):
        record("update", f"another {number}")
    projection.catch_up(database, desk.log)
    assert tables.dump(database) == rebuilt(desk.log)


def test_a_log_that_got_shorter_is_projected_anew(
    desk: Workspace, record: Callable[..., Any], database: Database
) -> None:
    """Without anything new in it."""
    a_story_unfolds(record)
    projection.catch_up(database, desk.log)
    Path(desk.log.path("story")).write_bytes(b"".join(desk.log.lines("story")[:2]))
    projection.catch_up(database, desk.log)
    assert tables.dump(database) == rebuilt(desk.log)


def test_a_story_whose_last_line_went_leaves_no_row(
    desk: Workspace, record: Callable[..., Any], database: Database
) -> None:
    """An empty file has no story in it."""
    a_story_unfolds(record)
    projection.catch_up(database, desk.log)
    Path(desk.log.path("story")).write_bytes(b"")
    projection.catch_up(database, desk.log)
    assert tables.dump(database) == rebuilt(desk.log)


def test_a_damaged_story_keeps_its_rows(desk: Workspace, record: Callable[..., Any], database: Database) -> None:
    """Its error is returned, and the other stories go on."""
    for story in ("one", "two"):
        a_story_unfolds(record, story)
    projection.catch_up(database, desk.log)
    before = tables.dump(database)
    path = Path(desk.log.path("one"))
    path.write_bytes(path.read_bytes().replace(b"They pay", b"They lie") + b"garbage\n")
    record("update", "more", story="two")
    (error,) = projection.catch_up(database, desk.log)
    assert "one.jsonl:2: the line is not what was appended" in str(error)
    after = tables.dump(database)
    assert [row for row in after["events"] if row[1] == "one"] == [
        row for row in before["events"] if row[1] == "one"
    ]
    assert len(everything_found(database, "more")) == 1


def test_a_text_that_is_declared_an_amount_damages_its_own_story_only(
    desk: Workspace, record: Callable[..., Any]
) -> None:
    """The others go on, and so does that one once the kind is what it was."""
    declared = Path(desk.log.folder, "types.toml")
    declared.write_text('[outage]\nhelp = "h"\nfields.cost.kind = "text"\n')
    for story in ("one", "two"):
        record("opened", "A story", story=story)
    record("outage", "Down", story="one", cost="soonish")
    declared.write_text('[outage]\nhelp = "h"\nfields.cost.kind = "money"\n')
    again = Workspace(desk.root, clock=desk.clock)
    with projection.open_database(again.database_path, lambda sentence: None) as database:
        (error,) = projection.catch_up(database, again.log)
        assert "one.jsonl" in str(error)
        assert "'soonish' is not an amount such as 20000000 USD" in str(error)
        assert [row[0] for row in tables.dump(database)["stories"]] == ["two"]


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    desk: Workspace, record: Callable[..., Any], database: Database, kind: str
) -> None:
    """A link or a folder in place of a story's file is told and passed over."""
    a_story_unfolds(record)
    path = Path(desk.log.path("a-strange-one"))
    path.mkdir() if kind == "folder" else path.symlink_to(desk.log.path("story"))
    (error,) = projection.catch_up(database, desk.log)
    assert "a-strange-one.jsonl: " in str(error)
    assert [each["story"] for each in tables.stories(database, edge(END))] == ["story"]


def test_an_unfinished_line_is_not_projected(
    desk: Workspace, record: Callable[..., Any], database: Database
) -> None:
    """It is projected when it is there."""
    a_story_unfolds(record)
    path = Path(desk.log.path("story"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    projection.catch_up(database, desk.log)
    assert len(tables.dump(database)["events"]) == 4
    path.write_bytes(whole)
    projection.catch_up(database, desk.log)
    assert tables.dump(database) == rebuilt(desk.log)
    assert len(tables.dump(database)["events"]) == 5


def test_progress_is_told_by_story(desk: Workspace, record: Callable[..., Any], database: Database) -> None:
    """Each story once, current or not. None if nothing moved."""
    for story in ("b", "a"):
        record("opened", "A story", story=story)
    for moved in (True, True, False):
        if moved:
            record("update", "It goes on", story="a")
        passed: list[str] = []
        projection.catch_up(database, desk.log, passed.append)
        assert passed == (["a", "b"] if moved else [])


# The file may be anything.


def opened_again(desk: Workspace, told: list[str]) -> Tables:
    with projection.open_database(desk.database_path, told.append) as database:
        projection.catch_up(database, desk.log)
        return tables.dump(database)


@pytest.mark.parametrize(
    "data", [b"not a database at all" * 99, b"\x00" * 4096, b"SQLite format 3\x00" + b"\xff" * 200]
)
def test_a_damaged_file_is_built_anew(
    desk: Workspace, record: Callable[..., Any], told: list[str], data: bytes
) -> None:
    """One sentence says so; nothing is lost, because nothing was only there."""
    a_story_unfolds(record)
    Path(desk.scratch).mkdir(exist_ok=True)
    Path(desk.database_path).write_bytes(data)
    assert opened_again(desk, told) == rebuilt(desk.log)
    (sentence,) = told
    assert "tracker.db is damaged; it is only a read model and is rebuilt from the log" in sentence


def test_an_empty_file_is_a_new_read_model(desk: Workspace, record: Callable[..., Any], told: list[str]) -> None:
    """SQLite itself makes empty files."""
    a_story_unfolds(record)
    Path(desk.scratch).mkdir(exist_ok=True)
    Path(desk.database_path).write_bytes(b"")
    assert opened_again(desk, told) == rebuilt(desk.log)
    assert told == []


def test_a_file_of_another_version_is_built_anew(
    desk: Workspace, record: Callable[..., Any], told: list[str]
) -> None:
    """An upgrade of tracker needs no migration."""
    a_story_unfolds(record)
    with tables.connect(desk.database_path) as database:
        database.conn.execute("DROP TABLE events")
        database.conn.execute(f"PRAGMA user_version = {tables.VERSION + 1}")
    assert opened_again(desk, told) == rebuilt(desk.log)
    (sentence,) = told
    assert "tracker.db is of another version" in sentence


def test_a_folder_in_its_place_is_refused(desk: Workspace, told: list[str]) -> None:
    """Folders are not thrown away; the error names the path."""
    Path(desk.database_path).mkdir(parents=True)
    with pytest.raises(TrackerError, match=r"tracker\.db: a folder is in the way of a file"):
        projection.open_database(desk.database_path, told.append)
    assert told == []


# Rebuilding.


def test_a_rebuild_makes_the_same_rows(desk: Workspace, record: Callable[..., Any], told: list[str]) -> None:
    """Aside, then put in place; nothing of the building site stays."""
    a_story_unfolds(record)
    opened_again(desk, told)
    with projection.open_database(desk.database_path, told.append) as database:
        database.conn.execute("UPDATE events SET title = 'tampered'")
        database.conn.commit()
    passed: list[str] = []
    assert projection.rebuild(desk.database_path, desk.log, passed.append) == []
    assert passed == ["story"]
    with projection.open_database(desk.database_path, told.append) as database:
        assert tables.dump(database) == rebuilt(desk.log)
    assert [name for name in os.listdir(desk.scratch) if ".new" in name] == []
    assert told == []


def test_a_rebuild_leaves_out_a_damaged_story(desk: Workspace, record: Callable[..., Any]) -> None:
    """And says which."""
    for story in ("one", "two"):
        a_story_unfolds(record, story)
    path = Path(desk.log.path("one"))
    path.write_bytes(path.read_bytes()[1:])
    (error,) = projection.rebuild(desk.database_path, desk.log)
    assert "one.jsonl:1: " in str(error)
    with tables.connect(desk.database_path) as database:
        assert [each["story"] for each in tables.stories(database, edge(END))] == ["two"]


def test_a_journal_that_was_left_is_not_taken_for_that_of_the_next_file(
    desk: Workspace, record: Callable[..., Any], told: list[str]
) -> None:
    """Somebody was killed while reading, and the file itself is gone."""
    a_story_unfolds(record)
    with projection.open_database(desk.database_path, told.append) as database:
        projection.catch_up(database, desk.log)
        wal = Path(f"{desk.database_path}-wal").read_bytes()
    assert wal
    record("update", "More")
    tables.discard(desk.database_path)
    Path(f"{desk.database_path}-wal").write_bytes(wal)
    assert projection.rebuild(desk.database_path, desk.log) == []
    assert opened_again(desk, told) == rebuilt(desk.log)
    assert told == []


def test_a_rebuild_where_nothing_can_be_linked(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    """As on some network and other disks: it is copied."""
    a_story_unfolds(record)

    def refuse(*args: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert projection.rebuild(desk.database_path, desk.log) == []
    assert opened_again(desk, told) == rebuilt(desk.log)


def test_what_a_killed_rebuild_of_the_same_number_left(
    desk: Workspace, record: Callable[..., Any], told: list[str]
) -> None:
    a_story_unfolds(record)
    Path(desk.scratch).mkdir(exist_ok=True)
    Path(f"{desk.database_path}.{os.getpid()}.new").write_bytes(b"half a page")
    assert projection.rebuild(desk.database_path, desk.log) == []
    assert opened_again(desk, told) == rebuilt(desk.log)


def test_a_correction_is_found_by_the_parties_that_it_took_out(
    desk: Workspace, record: Callable[..., Any], database: Database
) -> None:
    """And by those it put in."""
    record("opened", "A story")
    record("update", "A deal", parties=["ByteDance"])
    record("correction", corrects="#2", changes={"parties": ["TikTok"]}, why="mixed up")
    projection.catch_up(database, desk.log)
    assert [row["seq"] for row in tables.search(database, "ByteDance", 9)] == [3]
    assert sorted(row["seq"] for row in tables.search(database, "TikTok", 9)) == [2, 3]


# Others at the same time.


CATCH_UP = """
import sys
from tracker.readmodel import tables
from tracker.readmodel import projection
from tracker.workspace.desk import find
desk = find(sys.argv[1])
seen = 0
while seen < int(sys.argv[2]):
    with projection.open_database(desk.database_path, print) as database:
        assert projection.catch_up(database, desk.log) == []
        for row in database.query("SELECT seq, (SELECT count(*) FROM events) AS events FROM stories"):
            assert row["seq"] == row["events"], row
            seen = row["seq"]
"""


@pytest.mark.slow
def test_two_who_catch_up_at_once_make_the_same_rows(desk: Workspace, record: Callable[..., Any]) -> None:
    """While events are appended; neither ever reads rows and a checkpoint that disagree."""
    command = [sys.executable, "-c", CATCH_UP, desk.root, "60"]
    racing = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    record("opened", "A story")
    for number in range(58):
        record("update", f"number {number}")
    record("retraction", retracts="#2", why="to make them start over")
    for process in racing:
        assert process.communicate() == (b"", b"")
        assert process.returncode == 0
    with tables.connect(desk.database_path) as database:
        assert tables.dump(database) == rebuilt(desk.log)


REBUILD = """
import sys
from tracker.readmodel import projection
from tracker.workspace.desk import find
desk = find(sys.argv[1])
for _ in range(20):
    projection.rebuild(desk.database_path, desk.log)
"""


@pytest.mark.slow
def test_catching_up_while_somebody_rebuilds(desk: Workspace, record: Callable[..., Any]) -> None:
    """The file that is there in the end is whole and right."""
    record("opened", "A story")
    for number in range(58):
        record("update", f"number {number}")
    rebuilding = [subprocess.Popen([sys.executable, "-c", REBUILD, desk.root], stderr=subprocess.PIPE)]
    told: list[str] = []
    while rebuilding[0].poll() is None:
        with projection.open_database(desk.database_path, told.append) as database:
            projection.catch_up(database, desk.log)
    assert rebuilding[0].communicate()[1] == b""
    assert told == []
    with projection.open_database(desk.database_path, told.append) as database:
        projection.catch_up(database, desk.log)
        assert database.conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert tables.dump(database) == rebuilt(desk.log)


def test_readers_do_not_wait_for_a_writer(desk: Workspace, record: Callable[..., Any], database: Database) -> None:
    """They read what was there before it, at once."""
    a_story_unfolds(record)
    projection.catch_up(database, desk.log)
    with sqlite3.connect(desk.database_path, timeout=0) as reader:
        with tables.writing(database):
            tables.forget(database, "story")
            assert reader.execute("SELECT count(*) FROM events").fetchone() == (5,)
        assert reader.execute("SELECT count(*) FROM events").fetchone() == (0,)
    reader.close()


# Declared types


def declare(desk: Workspace, label: str) -> Workspace:
    """The desk with a type of its own whose situations are called so; opened anew, as by the next command."""
    head = '[outage]\nhelp = "A service stops."\nopens = "outage"\n'
    text = f'{head}label = "{label}"\n[outage.fields.service]\nkind = "party"\n'
    Path(desk.log.folder, "types.toml").write_text(text)
    return Workspace(desk.root, clock=desk.clock)


def labels(desk: Workspace) -> list[str]:
    with projection.caught_up(desk.database_path, desk.log, lambda sentence: None) as database:
        return [label for (label,) in database.conn.execute("SELECT label FROM situations ORDER BY story")]


def test_a_changed_declaration_shows_in_the_stories_that_use_it(desk: Workspace) -> None:
    """Though nothing was appended; the others stay as they are projected."""
    desk = declare(desk, "outage of {service}")
    for story in ("one", "two"):
        desk.record(story, [{"type": "opened", "title": "A story"}])
    desk.record("one", [{"type": "outage", "title": "It is down", "service": "API"}])
    desk.record("two", [{"type": "question", "title": "Why?"}])
    assert labels(desk) == ["outage of API", "Why?"]
    desk = declare(desk, "{service} outage")
    assert labels(desk) == ["API outage", "Why?"]
    with projection.caught_up(desk.database_path, desk.log, lambda sentence: None) as database:
        assert tables.dump(database) == rebuilt(desk.log)
        types = dict(database.conn.execute("SELECT story, types FROM checkpoints"))
    assert types == {"one": desk.log.glossary.fingerprint, "two": ""}


def many_stories(desk: Workspace, number: int) -> None:
    """Writes stories of one event each."""
    os.makedirs(desk.log.folder, exist_ok=True)
    for story in range(number):
        (line,) = corpus.lines(story, 1)
        Path(desk.log.folder, f"{corpus.slug(story)}.jsonl").write_bytes(line)


def test_the_first_reading_of_many_stories_is_one_rebuild(desk: Workspace) -> None:
    """Not a transaction for each. Each story is a step of the progress."""
    many_stories(desk, cores.FEW + 1)
    steps: list[str] = []
    with projection.caught_up(desk.database_path, desk.log, print, steps.append) as database:
        assert tables.dump(database) == rebuilt(desk.log)
    assert steps == desk.log.streams()


def test_a_log_that_has_not_moved_is_compared_by_versions_only(desk: Workspace) -> None:
    many_stories(desk, 3)
    with projection.open_database(desk.database_path, print) as database:
        projection.catch_up(database, desk.log)
        asked: list[str] = []
        database.conn.set_trace_callback(asked.append)
        steps: list[str] = []
        assert projection.catch_up(database, desk.log, steps.append) == []
        assert not steps
        assert not [statement for statement in asked if "hash" in statement]


@pytest.fixture
def large(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A desk that counts as large, with a read model."""
    monkeypatch.setattr(projection, "MANY", 1)
    monkeypatch.setattr(cores, "count", lambda: 2)
    many_stories(desk, 3)
    assert listed(desk) == (SLUGS, False)
    return desk


SLUGS = [corpus.slug(number) for number in range(3)]


def listed(desk: Workspace) -> tuple[list[str], bool]:
    """The stories of the read model with the newest events, and whether the first answer was the last."""
    answers = []

    def ask(connection: Connection) -> list[str]:
        answers.append(sorted(row[0] for row in tables.listed(connection)))
        return answers[-1]

    with mock.patch.object(projection, "caught_up", wraps=projection.caught_up) as caught_up:
        found = projection.answer(desk.database_path, desk.log, ask, print)
    assert found is answers[-1]
    return found, not caught_up.called


def test_a_large_desk_that_has_not_moved_is_not_caught_up(large: Workspace) -> None:
    assert listed(large) == (SLUGS, True)


def add_a_byte(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


def replace(path: Path) -> None:
    """Same name, size and time."""
    facts = path.stat()
    aside = path.with_suffix(".aside")
    aside.write_bytes(path.read_bytes())
    os.utime(aside, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    aside.replace(path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "byte": add_a_byte,
    "same-size": lambda path: path.write_bytes(path.read_bytes().replace(b"a", b"b")),
    "replaced": replace,
    "gone": Path.unlink,
    "renamed": lambda path: path.rename(path.with_stem("another")),
    "new": lambda path: path.with_stem("empty").touch(),
    "types": lambda path: path.with_name("types.toml").write_text('[outage]\nhelp = "A service stops."\n'),
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_any_change_of_a_large_desk_is_noticed(large: Workspace, change: str) -> None:
    """By any program; and the next reading has nothing to do, unless a story stays damaged."""
    CHANGES[change](Path(large.log.folder, f"{SLUGS[0]}.jsonl"))
    desk = Workspace(large.root)
    found, is_first = listed(desk)
    assert not is_first
    with projection.caught_up(desk.database_path, desk.log, str) as database:
        assert found == sorted(row[0] for row in tables.listed(database.conn))
    is_damaged = change in ("same-size", "renamed")
    assert listed(desk) == (found, not is_damaged)


@pytest.mark.parametrize(
    "spoil", ["DROP TABLE log", "DELETE FROM log", "PRAGMA application_id = 1", "DROP TABLE stories"]
)
def test_a_large_desk_whose_read_model_is_not_known_is_caught_up(large: Workspace, spoil: str) -> None:
    """One of an older version, with rows that changed, with a text to scrub; one that is broken is said to be."""
    with tables.connect(large.database_path) as database:
        database.conn.execute(spoil)
        database.conn.commit()
    if spoil.startswith("DROP"):
        with pytest.raises(TrackerError, match="tracker rebuild"):
            listed(large)
        projection.rebuild(large.database_path, large.log)
    assert listed(large) == (SLUGS, False)
    assert listed(large) == (SLUGS, True)


def test_rows_that_change_have_no_digest(large: Workspace) -> None:
    """Until the log is compared again: another process may stop in between."""
    with tables.connect(large.database_path) as database:
        assert tables.digest(database.conn)
        with tables.writing(database):
            tables.put(database, SLUGS[0], {})
        assert not tables.digest(database.conn)


def test_a_desk_that_cannot_be_looked_at_is_caught_up(large: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that looks may be killed."""
    monkeypatch.setattr(projection, "_digest", lambda log, versions=None: os._exit(9))
    with pytest.raises(AssertionError), mock.patch.object(projection, "caught_up", side_effect=AssertionError):
        listed(large)
