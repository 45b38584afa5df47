"""What tracker exported as a table comes back as the same story."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.examples import examples
from tests.exporting.exports import exported
from tests.importing.samples import a_desk
from tests.strategies import Stream, drafts
from tracker.domain.events import Event
from tracker.exporting import table, timelinejs
from tracker.importing.drafting import listed_sources, without_list
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


@examples(15)
@given(values=st.lists(drafts(), min_size=1, max_size=5))
@example(values=[{"type": "update", "title": "@", "occurred_as": "@"}])
@pytest.mark.slow
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


def slides(events: list[Event]) -> list[dict[str, Any]]:
    """What readers of a timeline get of each slide: dates, title, words of the text, sources."""
    found = []
    for each in json.loads(timelinejs.write(exported(events)))["events"]:
        html = each["text"].get("text", "")
        found.append(
            {
                "dates": (each["start_date"], each.get("end_date")),
                "words": each["display_date"] if not each["display_date"].startswith("recorded") else "",
                "title": each["text"]["headline"],
                "text": "".join(unescape(re.sub("<[^>]*>", "", without_list(html))).split()),
                "sources": list(listed_sources(html)),
            }
        )
    return sorted(found, key=repr)


@examples(15)
@given(values=st.lists(drafts("update", "statement", "report"), min_size=1, max_size=4, unique_by=repr))
@pytest.mark.slow
def test_law_a_timeline_comes_back(tmp_path_factory: pytest.TempPathFactory, values: list[dict[str, Any]]) -> None:
    """Dates, titles, texts and sources are equal. A picture comes back as a source: pictures are not imported."""
    stream = Stream()
    stream.add("opened", "A story")
    for number, each in enumerate(values):
        without_picture = {name: value for name, value in each.items() if name != "image"}
        stream.take({**without_picture, "occurred": each.get("occurred") or f"2024-03-{number + 1:02}"})
    folder = tmp_path_factory.mktemp("trip")
    (folder / "timeline.json").write_bytes(timelinejs.write(exported(stream.events)))
    desk = a_desk(folder / "desk")
    run(desk, "timelinejs", str(folder / "timeline.json"), "story", sign=dict)
    before, after = slides(stream.events), slides(list(desk.log.read("story")))
    for name in ("dates", "words", "title", "sources", "text"):
        assert [each[name] for each in after] == [each[name] for each in before]
    assert not run(desk, "timelinejs", str(folder / "timeline.json"), "story", sign=dict).plan.drafts


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
    assert outcome.lost[0] == "row 5, cell D5 (occurred): has no date; the time of its recording stands for it"
    assert out.backfilled


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
