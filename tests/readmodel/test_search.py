"""Search: tracker, sqlite-utils and Datasette find the same, in every script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlite_utils import Database

from tracker.domain import directory
from tracker.readmodel import tables
from tracker.readmodel.projection import caught_up
from tracker.workspace.desk import Workspace

TITLES = {
    "english": "LockBit is running a leak site",
    "chinese": "北京发生火灾造成三人受伤",
    "japanese": "東京で地震が発生、けが人なし",
    "korean": "서울에서 화재가 발생했다",
    "thai": "เกิดเหตุไฟไหม้ในกรุงเทพ",
    "hindi": "दिल्ली में आग लगी",
    "accents": "Zürich café",
    "german": "Die Straße ist gesperrt",
    "polish": "Pożar w Łodzi",
    "vietnamese": "Thành phố Đà Nẵng",
    "greek": "Φωτιά στην Ελλάδα",
    "arabic": "السَّلام",
}
QUERIES = [
    ("lockbit", "english"),
    ("run leak", "english"),
    ("火灾", "chinese"),
    ("北京", "chinese"),
    ("三人受伤", "chinese"),
    ("地震", "japanese"),
    ("けが", "japanese"),
    ("화재", "korean"),
    ("ไฟไหม้", "thai"),
    ("กรุงเทพ", "thai"),
    ("दिल्ली", "hindi"),
    ("zurich", "accents"),
    ("strasse", "german"),
    ("STRASSE", "german"),
    ("straße", "german"),
    ("lodzi", "polish"),
    ("da nang", "vietnamese"),
    ("ελλαδα", "greek"),
    ("السلام", "arabic"),
]


@pytest.fixture
def database(desk: Workspace, record: Callable[..., Any]) -> str:
    """The path of a read model with an event of each title."""
    record("opened", "Stories")
    for title in TITLES.values():
        record("update", title)
    with caught_up(desk.database_path, desk.log, str):
        return desk.database_path


@pytest.mark.parametrize(("query", "script"), QUERIES)
def test_words_are_found_in_every_script(database: str, query: str, script: str) -> None:
    with tables.connect(database) as read_model:
        (found,) = tables.search(read_model, query, 10)
    assert found["title"] == TITLES[script]
    assert found["snippet"] == TITLES[script]


@pytest.mark.parametrize(("query", "script"), QUERIES)
def test_sqlite_utils_finds_the_same(database: str, query: str, script: str) -> None:
    with tables.connect(database) as read_model:
        assert read_model.table("events").detect_fts() == "events_fts"
        assert [each["title"] for each in read_model.table("events").search(query, quote=True)] == [TITLES[script]]


def test_a_longer_run_is_found_by_its_parts(database: str) -> None:
    with tables.connect(database) as read_model:
        assert [each["title"] for each in tables.search(read_model, "京发生火灾造成三人受", 10)] == [
            TITLES["chinese"]
        ]
        assert list(tables.search(read_model, "京发生火灾造成五人受", 10)) == []


def test_the_tables_of_a_story_refer_to_it(database: str) -> None:
    with Database(database) as read_model:
        for name in set(tables.TABLES) - {"stories"}:
            (key,) = read_model.table(name).foreign_keys
            assert (key.column, key.other_table, key.other_column) == ("story", "stories", "story")


@pytest.mark.slow
@pytest.mark.parametrize(("query", "script"), QUERIES)
def test_datasette_finds_the_same(database: str, query: str, script: str) -> None:
    app = pytest.importorskip("datasette.app")

    async def search() -> Any:
        datasette = app.Datasette([database])
        response = await datasette.client.get(
            "/tracker/events.json", params={"_search": query, "_shape": "objects"}
        )
        return response.json()["rows"]

    assert [each["title"] for each in asyncio.run(search())] == [TITLES[script]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Twitter", ["Before", "After"]),
        ("x", ["Before", "After"]),
        ("X CORP", ["Before", "After"]),
        ("x corp acme", ["After"]),
        ("acme twitter", ["After"]),
        ("acme x nothing", []),
        ("acme + x &", ["After"]),
        ('"acme x"', []),
        ('"x acme"', ["After"]),
        ('"x acme', ["After"]),
        ("corp", []),
        ('"', []),
        ("+", []),
        ("twitter AND (", []),
    ],
)
def test_an_alias_finds_what_was_recorded_under_the_other_name(
    desk: Workspace, record: Callable[..., Any], query: str, found: list[str]
) -> None:
    """As one term of the query, beside any others."""
    record("opened", "Stories")
    record("update", "Before", parties=["Twitter"])
    record("update", "After", parties=["X", "Acme"])
    parties = directory.read(b'[X]\naliases = ["Twitter", "X Corp"]\n', "parties.toml")
    with caught_up(desk.database_path, desk.log, str), tables.connect(desk.database_path) as read_model:
        rows = tables.search(read_model, query, 10, parties)
        assert sorted(each["title"] for each in rows) == sorted(found)


@pytest.mark.parametrize("query", ["passengers", "4,500", "EUR", "radio valley", "evening report", "the wire"])
def test_figures_and_sources_are_found(desk: Workspace, record: Callable[..., Any], query: str) -> None:
    record("opened", "A story")
    source = {"publisher": "Radio Valley", "title": "The evening report", "via": "The Wire"}
    figures = [{"name": "passengers a day", "value": "4500", "unit": "EUR"}]
    record("update", "A ferry", sources=[source], figures=figures)
    with caught_up(desk.database_path, desk.log, str) as database:
        (found,) = tables.search(database, tables.words_of(query), 10)
    assert found["title"] == "A ferry"
