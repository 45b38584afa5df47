"""Small files of the shapes that people have, the mapping of each, and the table of what becomes of them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import openpyxl

from tracker.importing import mapping as mappings
from tracker.importing.run import Outcome, Refused, run
from tracker.text.dates import Recorded
from tracker.workspace import init, packs
from tracker.workspace.desk import Workspace

FILES = Path(__file__).parent / "files"

SAMPLES = [
    ("slides.csv", "timelinejs-csv"),
    ("slides.json", "timelinejs"),
    ("news.atom", "atom"),
    ("docket.rss", "rss"),
    ("docket.rss", "docket.toml"),
    ("feed.json", "jsonfeed"),
    ("court.ics", "ics"),
    ("blog.jsonld", "liveblog"),
    ("incidents.json", "statuspage"),
    ("issues", "cstate"),
    ("HISTORY.md", "changelog"),
    ("osv.yaml", "osv"),
    ("kev.json", "kev"),
    ("ninjs.json", "ninjs"),
    ("fires.jsonl", "fires.toml"),
    ("plain.yaml", "plain.toml"),
    ("sheet.xlsx", "sheet.toml"),
    ("bells.tsv", "bells.toml"),
    ("rulings.md", "rulings.toml"),
    ("posts", "posts.toml"),
]
"""Every file with its mapping: the name of one that comes with tracker, or a file."""


def workbook(path: Path) -> Path:
    """Writes a spreadsheet with a title above the table, merged cells, and dates of several precisions."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["The harbour, year by year"])
    sheet.merge_cells("A1:D1")
    sheet.append([])
    for row in (
        ["No", "Date", "Event", "Who"],
        [1, 1987, "The quay is built", "City"],
        [2, date(2024, 3, 1), "The crane falls", "Harbour company"],
        [3, None, "The crane is searched", "Police"],
        [4, date(2024, 4, 1), "The quay closes", "City"],
    ):
        sheet.append(row)
    sheet["B5"].number_format = "yyyy-mm-dd"
    sheet["B7"].number_format = "mmmm yyyy"
    sheet.merge_cells("B5:B6")
    book.create_sheet("Notes").append(["nothing"])
    book.save(path)
    return path


def file(name: str, folder: Path) -> Path:
    """Returns a copy of a sample in the folder."""
    if name.endswith(".xlsx"):
        return workbook(folder / name)
    if (FILES / name).is_dir():
        return Path(shutil.copytree(FILES / name, folder / name, dirs_exist_ok=True))
    return Path(shutil.copy(FILES / name, folder / name))


def mapping_of(name: str) -> str:
    return str(FILES / name) if name.endswith(".toml") else name


def a_desk(folder: Path) -> Workspace:
    """Returns a desk with an open story and the types of the pack for status pages. Its clock stands still."""
    init.init(str(folder), "The desk", "https://desk.example/", "Desk", "en")
    desk = Workspace(str(folder), clock=lambda: Recorded("2024-08-01T12:00:00.000Z"))
    packs.add(desk.log, "status")
    desk = Workspace(str(folder), clock=desk.clock)
    desk.record("story", [{"type": "opened", "title": "A story"}])
    return desk


def import_into(desk: Workspace, name: str, mapping: str, folder: Path) -> Outcome:
    return run(desk, mapping_of(mapping), str(file(name, folder)), "story", sign=dict)


class Row(NamedTuple):
    """What became of a sample: the number of its records, of the events, of those of a second import; what was
    left out, what was lost, and why it was refused."""

    records: int
    events: int
    again: int
    skipped: list[str]
    lost: list[str]
    refused: list[str]


@cache
def outcome(name: str, mapping: str) -> Row:
    """Imports a sample twice into an empty story."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        desk = a_desk(folder / "desk")
        try:
            first = import_into(desk, name, mapping, folder)
        except Refused as error:
            return Row(0, 0, 0, [], [], [str(each).replace(f"{folder}/", "") for each in error.refusals])
        second = import_into(desk, name, mapping, folder)
        return Row(first.records, len(first.results), len(second.results), first.skipped, first.lost, [])


def table() -> Iterator[str]:
    """Yields the lines of the table in docs/importing.md."""
    yield "| file | mapping | records | events | second import | left out, lost, refused |"
    yield "|---|---|--:|--:|--:|---|"
    for name, mapping in SAMPLES:
        row = outcome(name, mapping)
        told = "<br>".join(
            each.replace("|", "\\|").replace("<", "&lt;") for each in (*row.refused, *row.skipped, *row.lost)
        )
        counts = "| – | – | –" if row.refused else f"| {row.records} | {row.events} | {row.again} new"
        yield f"| `{name}` | `{mapping}` {counts} | {told} |"


def helps() -> Iterator[str]:
    """Yields a line for each mapping that comes with tracker."""
    for name in mappings.shipped():
        text, _, place = mappings.text_of_mapping(name)
        keys = mappings.toml.read(text, place)
        pack = f"; types of the pack `{keys['pack']}`" if "pack" in keys else ""
        yield f"| `{name}` | {keys['help']}{pack} |"
