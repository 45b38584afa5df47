"""Broken files are refused with the place of the fault, and nothing is recorded."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.importing.samples import a_desk
from tracker.errors import BadInput
from tracker.importing import records
from tracker.importing.run import run
from tracker.workspace.desk import Workspace


def mapping(format: str, title: str = "{title}", more: str = "", id: str = "{title}") -> str:
    return (
        f'format = "{format}"\nid = "{id}"\n{more}\n[event]\ntype = "update"\ntitle = "{title}"\n'
        'occurred = "{date}"\nbody = "{body}"\n'
    )


def sheet(*rows: list[Any], merged: str = "", change: Callable[[Any], None] = lambda sheet: None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    change(book.active)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def packed(parts: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return data.getvalue()


def with_entity(data: bytes) -> bytes:
    """A workbook whose first sheet declares an entity."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    return packed(parts | {name: b'<!DOCTYPE x [<!ENTITY a "b">]>\n' + parts[name]})


def ics(*lines: str) -> bytes:
    event = "\r\n".join(["BEGIN:VEVENT", "UID:a", "SUMMARY:Talks", *lines, "END:VEVENT"])
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event}\r\nEND:VCALENDAR\r\n".encode()


RSS = b'<?xml version="1.0"?>%s<rss version="2.0"><channel><item><title>A</title></item></channel></rss>'
LAUGHS = b'<!DOCTYPE rss [\n<!ENTITY a "ha">\n<!ENTITY b "&a;&a;&a;">]>'
HEAD = ["date", "title", "body"]
CSV, XLSX = mapping("csv"), mapping("xlsx")
EXPORTED = 'format = "tracker-csv"\nid = "{id}"\n'
YAML = mapping("yaml", more='records = "a"')
ICS = 'format = "ics"\nid = "{uid} {start}"\n[event]\ntype = "update"\ntitle = "{summary}"\noccurred = "{start}"\n'
FEED = 'format = "feed"\nid = "{id}"\n[event]\ntype = "update"\ntitle = "{title}"\noccurred = "{published}"\n'
SEVERAL = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{n}: &{n} [{', '.join(['*' + p] * 9)}]\n" for p, n in zip("abcdefg", "bcdefgh", strict=True)
)

BROKEN: dict[str, tuple[str, bytes, str]] = {
    # tables
    "latin-1": (CSV, b"date,title,body\n2024,Caf\xe9,x\n", "line 2: byte 25 (0xe9) is not UTF-8"),
    "utf-16": (
        CSV,
        "date,title\n2024,A\n".encode("utf-16"),
        'is UTF-16; save it as UTF-8, or add encoding = "utf-16"',
    ),
    "utf-16 without a mark": (
        CSV,
        "date,title\n2024,A\n".encode("utf-16-le"),
        "line 1: has a zero byte. Is the file",
    ),
    "no encoding": (mapping("csv", more='encoding = "utf-9"'), b"date,title\n2024,A\n", "'utf-9' is no encoding"),
    "empty": (CSV, b"\n", "is empty"),
    "open quote": (CSV, b'date,title,body\n2024,"A,x\n2023,B,y\n', "row 2 (line 2): is not CSV: "),
    "quote inside": (CSV, b'date,title,body\n2024,"A"b,x\n', "row 2 (line 2): is not CSV: "),
    "too many cells": (CSV, b"date,title,body\n2024,A,x,y\n", "row 2, cell D2: the column has no name in row 1"),
    "two columns of a name": (CSV, b"date,title,title\n", "row 1, cells B1 and C1: two columns are named 'title'"),
    "two headers": (
        CSV,
        b"date,title,body\n2024,A,x\ndate,title,body\n",
        "row 3: repeats the names of the columns",
    ),
    "no header": (mapping("csv", more="header = 9"), b"date,title\n2024,A\n", "row 9: has no names of columns"),
    "semicolons": (CSV, b"date;title;body\n2024;A;x\n", 'row 1: is one cell; add delimiter = ";" to the mapping'),
    "formula in csv": (CSV, b"date,title,body\n2024,=SUM(A1:A9),x\n", "row 2, cell B2: is a formula"),
    "control character": (CSV, b"date,title,body\n2024,A\x01b,x\n", "row 2, cell B2 (title): title: U+0001"),
    "long title": (CSV, b"date,title,body\n2024," + b"A" * 301 + b",x\n", "row 2, cell B2 (title): title: "),
    "long cell": (
        CSV,
        b"date,title,body\n2024,A," + b"x" * 200_000 + b"\n",
        "row 2, cell C2 (body): body: is longer",
    ),
    "long id": (CSV, b"date,title,body\n2024," + b"A" * 1_001 + b",x\n", "row 2, cell B2 (title): id: has 1,001"),
    "name in capitals": (
        CSV,
        b"date,TITLE,body\n2024,A,x\n",
        "row 2, title: id: is empty: the record has 'TITLE' and no 'title'",
    ),
    "no date column": (CSV, b"day,title,body\n2024,A,x\n", "occurred: has no date: the record has no 'date'"),
    "table of another tool": (EXPORTED, b"date,title\n2024,A\n", "row 2: there is no column 'id'"),
    "table without types": (EXPORTED, b"id,title\n1,A\n", "row 2: there is no column 'type'"),
    "no such day": (CSV, b"date,title,body\n2024-02-30,A,x\n", "row 2, cell A2 (date): occurred: '2024-02-30': "),
    "day or month": (CSV, b"date,title,body\n03/04/2024,A,x\n", "row 2, cell A2 (date): occurred: '03/04/2024': "),
    "time without a zone": (
        CSV,
        b"date,title,body\n2024-03-01 10:00,A,x\n",
        "has a time without a zone; give --timezone",
    ),
    "yet to come": (CSV, b"date,title,body\n2099,A,x\n", "row 2: occurred: 2099 is still to come"),
    "gzip": (CSV, b"\x1f\x8b\x08\x00abc", "is compressed; unpack it first"),
    # workbooks
    "no workbook": (XLSX, b"date,title\n", "is no .xlsx workbook: "),
    "old workbook": (XLSX, b"\xd0\xcf\x11\xe0" + b"\0" * 99, "is an old or encrypted workbook"),
    "zip bomb": (XLSX, packed({"xl/workbook.xml": b"\0" * 100_000_001}), "unpacks to 100 MB; 100 MB is the most"),
    "zip of something else": (XLSX, packed({"a.txt": b"a"}), "is no workbook that can be read: "),
    "entity in a workbook": (XLSX, with_entity(sheet(HEAD)), "line 1: declares an entity of XML"),
    "merged columns": (
        XLSX,
        sheet(HEAD, [2024, "A"], merged="A2:B2"),
        "row 2, cells A2:B2: are merged over several",
    ),
    "formula without a value": (
        XLSX,
        sheet(HEAD, [2024, "=A2+1"]),
        "row 2, cell B2: has a formula without its value",
    ),
    "error in a cell": (XLSX, sheet(HEAD, [2024, "#REF!"]), "row 2, cell B2: has the error #REF!"),
    "no such sheet": (mapping("xlsx", more='sheet = "Data"'), sheet(HEAD), "there is no sheet 'Data'"),
    "title above": (
        XLSX,
        sheet(["My list"], HEAD, [2024, "A"]),
        "row 2, cell B2: the column has no name in row 1",
    ),
    "huge sheet": (
        XLSX,
        sheet(HEAD, change=lambda sheet: sheet.cell(1_000_000, 3, "x")),
        "sheet 'Sheet': has 1,000,000 rows and 3 columns",
    ),
    # JSON and YAML
    "no json": (mapping("json"), b'[{"title": "A"', "is not JSON: "),
    "key twice": (mapping("json"), b'[{"title": "A", "title": "B"}]', "title: is there twice"),
    "deep json": (mapping("json"), b"[" * 100_000, "is nested too deeply"),
    "not a number": (mapping("json"), b'[{"title": NaN}]', "NaN is not a number"),
    "no list": (mapping("json", more='records = "b"'), b'{"a": []}', "b has no list of records"),
    "no objects": (
        mapping("json", more='records = "a"'),
        b'{"a": [{"title": "A", "date": "2024"}, 7]}',
        "a[1]: is not",
    ),
    "a table as text": (mapping("json"), b'[{"title": {"en": "A"}, "date": "2024"}]', "record 1, title: "),
    "line of jsonl": (mapping("jsonl"), b'{"title": "A", "date": "2024"}\n{"title"}\n', "line 2: is not JSON: "),
    "list in jsonl": (mapping("jsonl"), b'{"title": "A", "date": "2024"}\n[1]\n', "line 2: is not a JSON object"),
    "no yaml": (YAML, b"a: [1, 2\nb: 3\n", "is not YAML: "),
    "cycle of aliases": (YAML, b"a: &x\n  - title: *x\n", "line 1: an alias makes a value contain itself"),
    "bomb of aliases": (YAML, SEVERAL.encode(), "has more than 2,000,000 values, with its aliases written out"),
    "yaml tag": (YAML, b"a: !!python/object/apply:os.system [ls]\n", "line 1: is not YAML: "),
    "yaml key twice": (YAML, b"a:\n  - title: A\n    title: B\n", "line 3: 'title' is there twice"),
    "deep yaml": (YAML, b"a: " + b"[" * 5_000, "is not YAML: "),
    # feeds and calendars
    "entity bomb": (FEED, RSS % LAUGHS, "line 2: declares an entity of XML"),
    "cut off feed": (FEED, (RSS % b"")[:-20], "is no well-formed feed: "),
    "no feed": (FEED, b"<html><body><p>Not found</p></body></html>", "is neither RSS nor Atom"),
    "no date in a feed": (FEED, RSS % b"", "item 1 (A): id: is empty"),
    "no calendar": (ICS, b"Dear all\r\n", "is no iCalendar file"),
    "rule without an end": (
        ICS,
        ics("DTSTART:20240301T100000Z", "RRULE:FREQ=DAILY"),
        "RRULE has no end, so it would",
    ),
    "rule of many": (
        ICS,
        ics("DTSTART:20240301T100000Z", "RRULE:FREQ=SECONDLY;COUNT=9999"),
        "RRULE makes more than 1,000",
    ),
    "day to time": (
        ICS,
        ics("DTSTART;VALUE=DATE:20240301", "DTEND:20240301T100000Z"),
        "one is a day, the other has a",
    ),
    "no date of an event": (ICS, ics("DTSTART:yesterday"), "VEVENT 1 (Talks)"),
    # Markdown
    "no front matter": (mapping("frontmatter"), b"# A\n", "line 1: has no front matter"),
    "front matter not closed": (mapping("frontmatter"), b"---\ntitle: A\n", "line 1: has no front matter"),
    "no names": (mapping("frontmatter"), b"---\n- a\n---\n", "line 2: the front matter has no names"),
    "wrong toml": (mapping("frontmatter"), b"+++\ntitle = A\n+++\n", "is not TOML: "),
    "no table": (mapping("markdown-table"), b"# A\n\nText\n", "has no table"),
    "no version": (mapping("changelog", id="{version}", title="{version}"), b"# Changes\n", "has no version"),
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return a_desk(tmp_path_factory.mktemp("broken") / "desk")


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused(desk: Workspace, tmp_path: Path, name: str) -> None:
    toml, data, refusal = BROKEN[name]
    (tmp_path / "file").write_bytes(data)
    (tmp_path / "map.toml").write_text(toml)
    with pytest.raises(BadInput) as refused:
        run(desk, str(tmp_path / "map.toml"), str(tmp_path / "file"), "story", sign=dict)
    assert refusal in str(refused.value)
    assert str(refused.value).endswith("\nnothing was recorded")
    assert str(refused.value).startswith(str(tmp_path / "file"))
    assert desk.log.head("story").seq == 1


def test_there_are_forty() -> None:
    assert len(BROKEN) >= 40


def test_the_control_the_same_files_without_a_fault_are_taken(desk: Workspace, tmp_path: Path) -> None:
    whole = {
        CSV: b"date,title,body\n2024,A,x\n",
        XLSX: sheet(HEAD, [2024, "A"]),
        mapping("json"): b'[{"title": "A", "date": "2024"}]',
        YAML: b"a:\n  - &x {title: A, date: '2024'}\n",
        ICS: ics("DTSTART:20240301T100000Z", "RRULE:FREQ=DAILY;COUNT=2"),
        mapping("frontmatter"): b"---\ntitle: A\ndate: 2024\n---\n",
    }
    for number, (toml, data) in enumerate(whole.items()):
        (tmp_path / f"{number}").write_bytes(data)
        (tmp_path / f"{number}.toml").write_text(toml)
        outcome = run(
            desk, str(tmp_path / f"{number}.toml"), str(tmp_path / f"{number}"), "story", sign=dict, dry_run=True
        )
        assert outcome.results


def test_a_large_file_is_not_read(desk: Workspace, tmp_path: Path) -> None:
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate(200_000_000)
    (tmp_path / "map.toml").write_text(CSV)
    with pytest.raises(BadInput, match=r"large.csv: has 200 MB; 50 MB is the most. Split it"):
        run(desk, str(tmp_path / "map.toml"), str(tmp_path / "large.csv"), "story", sign=dict)


def test_many_records_are_refused(desk: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.importing.readers.MOST_RECORDS", 2)
    (tmp_path / "map.toml").write_text(mapping("json"))
    (tmp_path / "many.json").write_text(json.dumps([{"title": str(each), "date": "2024"} for each in range(3)]))
    with pytest.raises(BadInput, match=r"many.json: has 3 records; 2 is the most"):
        run(desk, str(tmp_path / "map.toml"), str(tmp_path / "many.json"), "story", sign=dict)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, refusal in (
        (tmp_path, "is not a regular file"),
        (tmp_path / "pipe", "is not a regular file"),
        (tmp_path / "none", "cannot be read: No such file"),
    ):
        with pytest.raises(BadInput, match=refusal):
            records.load(str(path))


def test_a_package_that_is_missing_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(
        BadInput, match=r"no_such_package is missing; import needs the extra import: pip install '.*import"
    ):
        records.needs("no_such_package")
