"""The tables of the read model, with rows that no log has made."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from tracker.readmodel import tables
from tracker.readmodel.tables import Checkpoint, StaleDatabase
from tracker.text.dates import END, Moment, edge


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "scratch" / "tracker.db")


@pytest.fixture
def database(path: str) -> Iterator[Database]:
    """An empty read model."""
    with tables.connect(path) as database:
        yield database


def row(table: str, **values: Any) -> tuple[Any, ...]:
    """A row of the table, empty but for these values."""
    columns = tables.TABLES[table].columns
    empty = {name: "" if kind is str else 0 for name, kind in columns.items()}
    assert values.keys() <= empty.keys()
    return tuple((empty | values).values())


def put(database: Database, story: str = "story", **rows: list[tuple[Any, ...]]) -> None:
    with tables.writing(database):
        tables.put(database, story, rows)


def an_event(seq: int, title: str, story: str = "story", **values: Any) -> tuple[Any, ...]:
    return row("events", id=f"{story}-{seq}", story=story, seq=seq, title=title, **values)


def found(database: Database, query: str) -> list[str]:
    return [event["title"] for event in tables.search(database, query, 20)]


def test_a_new_read_model_has_every_table(database: Database) -> None:
    """And nothing in them."""
    assert tables.dump(database) == {name: [] for name in tables.TABLES}
    assert set(tables.TABLES) <= set(database.table_names())


def test_readers_do_not_wait(database: Database) -> None:
    """The file is in WAL mode."""
    assert database.journal_mode == "wal"


@pytest.mark.slow
def test_many_make_it_at_once(tmp_path: Path) -> None:
    """SQLite does not wait for a change of mode if two that want it would wait for each other. tracker does; if it
    did not, one round in 150 would fail."""
    for number in range(200):
        path, start = str(tmp_path / str(number) / "tracker.db"), threading.Barrier(12)

        def opened(path: str = path, start: threading.Barrier = start) -> None:
            start.wait()
            tables.connect(path).close()

        with ThreadPoolExecutor(12) as threads:
            for each in [threads.submit(opened) for _ in range(12)]:
                each.result()


def test_opening_it_again_keeps_its_rows(path: str) -> None:
    """Only a missing file is made."""
    with tables.connect(path) as database:
        put(database, events=[an_event(1, "kept")])
    with tables.connect(path) as database:
        assert found(database, "kept") == ["kept"]


def test_a_file_of_another_version_is_stale(path: str) -> None:
    """Whoever opens it decides what to do about it."""
    with tables.connect(path) as database:
        database.conn.execute(f"PRAGMA user_version = {tables.VERSION + 1}")
    with pytest.raises(StaleDatabase):
        tables.connect(path)


def test_a_file_that_is_no_database_is_refused(path: str) -> None:
    """With SQLite's own error."""
    Path(path).parent.mkdir()
    Path(path).write_bytes(b"not a database, but long enough to look at" * 50)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        tables.connect(path)


def test_discarding_removes_every_file_of_it(path: str) -> None:
    """And may be done twice."""
    with tables.connect(path) as database:
        put(database, events=[an_event(1, "gone")])
        tables.discard(path)
        tables.discard(path)
    assert list(Path(path).parent.iterdir()) == []


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    """Rows and checkpoint are there together, or neither is."""
    rows = {"events": [an_event(1, "half")], "parties": [("too", "few")]}
    with pytest.raises(sqlite3.Error), tables.writing(database):
        tables.put(database, "story", rows)
    assert tables.dump(database)["events"] == []
    assert found(database, "half") == []


def test_rows_of_events_are_added_and_what_stands_is_replaced(database: Database) -> None:
    """A story's new events join its old ones; its figures, checkpoint and title are those of now."""
    for seq in (1, 2):
        put(
            database,
            checkpoints=[("story", 100 * seq, seq, f"hash {seq}", "types")],
            events=[an_event(seq, f"event {seq}")],
            figures=[row("figures", story="story", name="price", value=f"{seq}")],
        )
    dump = tables.dump(database)
    assert [event[2] for event in dump["events"]] == [1, 2]
    assert dump["figures"] == [row("figures", story="story", name="price", value="2")]
    assert tables.checkpoints(database) == {"story": Checkpoint(200, 2, "hash 2", "types")}


def test_the_checkpoint_of_a_story_that_is_not_there_is_zero(database: Database) -> None:
    """So that projecting it begins at the beginning."""
    put(database, checkpoints=[("story", 100, 1, "hash", "")])
    assert tables.checkpoint(database, "story") == Checkpoint(100, 1, "hash")
    assert tables.checkpoint(database, "other") == Checkpoint(0, 0, "")


def test_a_forgotten_story_leaves_no_row(database: Database) -> None:
    """Not even in the search; other stories keep theirs."""
    for story in ("one", "two"):
        put(
            database,
            story,
            checkpoints=[(story, 100, 1, "hash", "")],
            events=[an_event(1, f"event of {story}", story)],
            parties=[("OpenAI", story, 1)],
        )
    with tables.writing(database):
        tables.forget(database, "one")
    dump = tables.dump(database)
    assert {each[0] for each in dump["checkpoints"]} == {"two"}
    assert dump["parties"] == [("OpenAI", "two", 1)]
    assert found(database, "event") == ["event of two"]


def test_search_wants_all_words_in_any_form(database: Database) -> None:
    """English endings, case and accents do not matter; every word does."""
    put(
        database,
        events=[an_event(1, "OpenAI suspends an account"), an_event(2, "Suspending everybody"),
                an_event(3, "Élysée denies", body="The account of a café", parties="ByteDance")],
    )  # fmt: skip
    assert sorted(found(database, "SUSPENDED")) == ["OpenAI suspends an account", "Suspending everybody"]
    assert found(database, "accounts suspending") == ["OpenAI suspends an account"]
    assert found(database, "elysee bytedance cafe") == ["Élysée denies"]
    assert found(database, "account nowhere") == []


def test_search_prefers_the_better_match(database: Database) -> None:
    """An event that is about the word comes before a long one that has it in passing."""
    put(database, events=[an_event(1, "Azure in passing " + "and much else " * 40), an_event(2, "Azure")])
    assert found(database, "azure")[0] == "Azure"


def test_search_gives_at_most_so_many(database: Database) -> None:
    """With a snippet of what matched."""
    put(database, events=[an_event(seq, f"price {seq}") for seq in range(1, 6)])
    rows = list(tables.search(database, "price", 2))
    assert len(rows) == 2
    assert "price" in rows[0]["snippet"]


@pytest.mark.parametrize(
    "query",
    ['"', '"unbalanced', "title:price", "price AND", "OR", "NOT price", "NEAR(price cost)", "price*", "^price",
     "-price", "{title body}: price", "price + cost", "(", ")", "a'b", "; DROP TABLE events", "\\", "%", "", "  ",
     "!!!", "\U0001f4b0", "مرحبا", "x" * 5_000, "a " * 500, 'say ""', '""', "NEAR/2"],
)  # fmt: skip
def test_no_query_is_a_syntax_error(database: Database, query: str) -> None:
    """What FTS5 would take for its own language is looked for as it is written."""
    put(database, events=[an_event(1, "The price of the cost")])
    assert found(database, query) in ([], ["The price of the cost"])


def test_words_of_the_query_language_are_words(database: Database) -> None:
    """An event that has AND, OR or a column's name in it is found by them."""
    put(database, events=[an_event(1, "Neither title nor body, AND yet"), an_event(2, "other")])
    assert found(database, "AND") == ["Neither title nor body, AND yet"]
    assert found(database, "title AND body") == ["Neither title nor body, AND yet"]
    assert found(database, "title OR other") == []


def test_stories_are_listed_by_what_moved_last(database: Database) -> None:
    """Each with the number of its situations that are in force."""
    for story, updated in (("a", "2024-01"), ("b", "2024-03"), ("c", "2024-02")):
        put(
            database,
            story,
            stories=[row("stories", story=story, updated=updated)],
            situations=[
                row("situations", story=story, seq=1, listed="situations", state="in force"),
                row("situations", story=story, seq=2, listed="situations", state="ended"),
            ],
        )
    listed = list(tables.stories(database, edge(END)))
    assert [each["story"] for each in listed] == ["b", "c", "a"]
    assert {each["in_force"] for each in listed} == {1}
    assert tables.listed(database.conn) == [
        tuple(each[column] for column in ("story", "title", "status", "seq", "updated", "pinned"))
        for each in listed
    ]


def test_what_is_overdue_is_counted(database: Database) -> None:
    """What was due before now and is still awaited; neither what is settled nor what merely ends then."""
    put(
        database,
        stories=[row("stories", story="story")],
        situations=[
            a_situation(1, listed="expected", due_by="2024-01-31"),
            a_situation(2, listed="expected", due_by="2024-02-29"),
            a_situation(3, listed="expected", due_by="2024-01-31", state="ended"),
            a_situation(4, listed="situations", due_by=""),
        ],
    )
    counted = {now: next(iter(tables.stories(database, edge(Moment(now)))))["overdue"] for now in NOWS}
    assert counted == {"2024-01-31": 0, "2024-02-01": 1, "2024-03-01": 2}
    for now, number in counted.items():
        assert tables.overdue(database.conn, edge(Moment(now))) == ({"story": number} if number else {})


NOWS = ("2024-01-31", "2024-02-01", "2024-03-01")


def a_situation(seq: int, **values: Any) -> tuple[Any, ...]:
    return row("situations", **{"story": "story", "seq": seq, "state": "in force"} | values)


def test_what_is_expected_comes_in_the_order_in_which_it_is_due(database: Database) -> None:
    """With what its event and its story say; only what has a date and is awaited, up to the limit."""
    for story in ("b", "a"):
        put(
            database,
            story,
            stories=[row("stories", story=story, title=f"Story {story}")],
            events=[an_event(seq, f"event {seq}", story, amendments=seq, updated="now") for seq in range(1, 6)],
            situations=[
                a_situation(1, story=story, listed="expected", due="2025", due_by="2025"),
                a_situation(2, story=story, listed="expected", due="2024", due_by="2024"),
                a_situation(3, story=story, listed="expected", due="2023", due_by="2023", state="ended"),
                a_situation(4, story=story, listed="expected", due="", due_by="2022"),
                a_situation(5, story=story, listed="situations"),
            ],
        )
    rows = list(tables.expected(database, END))
    assert [each["id"] for each in rows] == ["a-2", "b-2", "a-1", "b-1"]
    assert (rows[0]["story_title"], rows[0]["amendments"], rows[0]["updated"]) == ("Story a", 2, "now")
    assert [each["id"] for each in tables.expected(database, Moment("2024"))] == ["a-2", "b-2"]


def an_involvement(seq: int, party: str, story: str = "story") -> tuple[Any, ...]:
    return row("parties", party=party, story=story, seq=seq)


def test_parties_are_involved_in_what_stands(database: Database) -> None:
    """Amendments (which occur at no time) and what was withdrawn or removed do not count."""
    standings = ("stands", "corrected", "retracted", "redacted", "stands")
    events = [
        an_event(seq, f"event {seq}", standing=standing, earliest="2024", recorded=f"{seq}")
        for seq, standing in enumerate(standings, 1)
    ]
    amendment = row("events", id="6", story="story", seq=6, standing="stands", earliest=None)
    put(
        database,
        stories=[row("stories", story="story", title="A story")],
        events=[*events, amendment],
        parties=[*(an_involvement(seq, "OpenAI") for seq in (1, 2, 3, 4, 6)), an_involvement(5, "CNN")],
    )
    tables.join_parties(database, str)
    assert list(tables.involved(database)) == [
        {"party": "CNN", "story": "story", "story_title": "A story", "developments": 1},
        {"party": "OpenAI", "story": "story", "story_title": "A story", "developments": 2},
    ]
    assert [each["seq"] for each in tables.involving(database, "OpenAI", 9)] == [2, 1]
    assert [each["seq"] for each in tables.involving(database, "OpenAI", 1)] == [2]


def test_what_each_party_is_held_by(database: Database) -> None:
    """Situations in force, once for each of their parties; questions and expected dates are none."""
    put(
        database,
        parties=[an_involvement(seq, party) for party in ("OpenAI", "CNN") for seq in (1, 2, 3, 4)],
        situations=[
            a_situation(1, listed="situations", label="account"),
            a_situation(2, listed="situations", state="ended"),
            a_situation(3, listed="questions"),
            a_situation(4, listed="expected"),
        ],
    )
    tables.join_parties(database, str)
    held = [(each["party"], each["seq"], each["label"]) for each in tables.held(database)]
    assert held == [("CNN", 1, "account"), ("OpenAI", 1, "account")]


def test_the_latest_position_comes_first(database: Database) -> None:
    """It goes by when it occurred, then by when it was recorded."""
    for story, occurred, recorded in (("a", "2024-01", "9"), ("b", "2024-02", "1"), ("c", "2024-02", "2")):
        put(
            database,
            story,
            events=[an_event(1, "says", story, recorded=recorded)],
            positions=[row("positions", story=story, party="OpenAI", seq=1, occurred=occurred)],
        )
    tables.join_parties(database, str)
    assert [each["story"] for each in tables.positions(database)] == ["c", "b", "a"]
