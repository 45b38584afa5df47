"""What tracker exported as a table comes back as the same story."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exporting.exports import exported
from tests.importing.samples import a_desk
from tests.strategies import Stream, drafts
from tracker.domain.events import Event
from tracker.exporting import table
from tracker.importing.run import Outcome, Refused, run
from tracker.workspace.desk import Workspace

NEW = ("id", "recorded", "standing now", "page", "image", "image_alt", "image_credit", "image_caption")
"""Columns that are not the same: those that the log sets, and pictures, which are not imported."""


def rows(events: list[Event]) -> list[dict[str, str]]:
    text = table.write(exported(events)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))[1:]  # without the row that opens the story


def brought(folder: Path, data: bytes) -> tuple[Workspace, Outcome]:
    (folder / "story.csv").write_bytes(data)
    desk = a_desk(folder / "desk")
    return desk, run(desk, "tracker-csv", str(folder / "story.csv"), "story", sign=dict)


@settings(max_examples=15)
@given(values=st.lists(drafts(), min_size=1, max_size=5))
def test_law_a_table_comes_back(tmp_path_factory: pytest.TempPathFactory, values: list[dict[str, Any]]) -> None:
    """Dates, titles, texts, figures and sources are equal, and a second import records nothing."""
    stream = Stream()
    stream.add("opened", "A story")
    for each in values:
        stream.take(each)
    folder = tmp_path_factory.mktemp("trip")
    desk, _ = brought(folder, table.write(exported(stream.events)))
    first, second = rows(stream.events), rows(list(desk.log.read("story")))
    for before, after in zip(first, second, strict=True):
        after["occurred"] = after["occurred"] if before["occurred"] else ""  # it was the time of recording
        names = {*before, *after} - {*NEW}
        assert {name: before.get(name, "") for name in names} == {name: after.get(name, "") for name in names}
    again = run(desk, "tracker-csv", str(folder / "story.csv"), "story", sign=dict)
    assert again.plan.drafts == []


def test_references_come_back_too(tmp_path: Path) -> None:
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("suspension", "Out", subject="A", occurred="2024-03-05")
    stream.add("reinstatement", "Back", closes="#2", occurred="2024-03-01T10:00Z/2024-03-06")
    stream.add("report", "They pay", claim="They pay", see=["#2"])
    stream.add("denial", "No", about="#4")
    desk, outcome = brought(tmp_path, table.write(exported(stream.events)))
    out, back, pay, no = (each.event for each in desk.story("story").developments[1:])
    assert back.closes == out.id
    assert no.about == pay.id
    assert pay.see == (out.id,)
    assert pay.occurred == stream.events[3].recorded  # never the day of the import
    assert outcome.skipped == ["row 2: opens the story, which is open here"]
    assert outcome.lost == []


@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        (",update,A,2024", r"row 2, cell A2 \(id\): id: is empty"),
        (
            "a,updat,A,2024",
            r"row 2, cell B2 \(type\): type: there is no type of event 'updat'. Did you mean update",
        ),
        ("a,update,A,", r"row 2, cell D2 \(occurred\): occurred: is empty"),
        ("a,update,A,32 March 2024", r"row 2, cell D2 \(occurred\): occurred: '32 March 2024'"),
        ("a,update,,2024", r"row 2, cell C2 \(title\): title: is missing"),
    ],
)
def test_a_row_that_was_edited_wrongly_is_refused(tmp_path: Path, row: str, refusal: str) -> None:
    with pytest.raises(Refused, match=refusal):
        brought(tmp_path, f"id,type,title,occurred\n{row}\n".encode())
