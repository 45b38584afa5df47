"""What an import of a changed file does. Three ways are compared; nothing that an editor did is overwritten."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.importing.samples import a_desk
from tracker.domain.events import Retraction
from tracker.errors import BadInput, Unknown
from tracker.importing.changes import is_less_precise
from tracker.importing.run import Outcome, Refused, imports, run, undo
from tracker.workspace.desk import Workspace

MAPPING = """
format = "csv"
id = "{id}"
changed = "{modified}"
[event]
type = "update"
title = "{title}"
body = "{body}"
occurred = "{date}"
parties = "{party}"
figures = ["acres={acres}"]
place = "{place}"
tags = "{tag}"
[[event.sources]]
publisher = "The list"
[fields]
acres = "update"
place = "ignore"
tags = "ask"
"""

A = {
    "id": "a",
    "date": "2024-03-15",
    "title": "It burns",
    "body": "A fire.",
    "party": "Forest service",
    "acres": "500",
}
B = {"id": "b", "date": "2024-03-10", "title": "It rains", "modified": "2024-03-11"}
COLUMNS = ["id", "date", "title", "body", "party", "acres", "place", "tag", "modified"]

Import = Callable[..., Outcome]


class Importer:
    """Imports rows into the story of a desk, with a mapping."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.desk = a_desk(folder / "desk")
        self.mapping = MAPPING

    def __call__(self, *rows: dict[str, str], dry_run: bool = False, desk: Workspace | None = None) -> Outcome:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
        (self.folder / "list.csv").write_text(text.getvalue(), newline="")
        (self.folder / "list.toml").write_text(self.mapping)
        mapping, path = str(self.folder / "list.toml"), str(self.folder / "list.csv")
        return run(desk or self.desk, mapping, path, "story", sign=dict, dry_run=dry_run)

    def record(self, type: str, **values: Any) -> None:
        self.desk.record("story", [{"type": type, **values}], removes=True)

    def events(self) -> list[Any]:
        return [each.event for each in self.desk.story("story").developments[1:]]


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


def notes(outcome: Outcome) -> list[str]:
    return [each.what for each in outcome.plan.notes]


def whats(outcome: Outcome) -> list[str]:
    return [each.what for each in outcome.plan.drafts]


def test_the_oldest_comes_first_and_the_line_says_where_it_is_from(importer: Importer) -> None:
    outcome = importer(A, B)
    assert [each.title for each in importer.events()] == ["It rains", "It burns"]
    rains = importer.events()[0].imported
    assert (rains.importer, rains.key, rains.at, rains.batch) == ("list", "b", "2024-03-11", outcome.plan.batch)


def test_the_same_again_records_nothing_without_any_cache_and_in_a_clone(
    importer: Importer, tmp_path: Path
) -> None:
    importer(A, B)
    clone = a_desk(tmp_path / "clone")
    (tmp_path / "clone/events/story.jsonl").write_bytes((tmp_path / "desk/events/story.jsonl").read_bytes())
    for desk in (importer.desk, clone):
        again = importer(B, A, desk=desk)
        assert (again.plan.drafts, again.plan.notes, again.plan.unchanged) == ([], [], 2)


def test_a_changed_field_is_corrected(importer: Importer) -> None:
    importer(A)
    outcome = importer(A | {"title": "It smokes", "body": ""})
    assert whats(outcome) == ["correction"]
    assert (importer.events()[0].title, importer.events()[0].body) == ("It smokes", "")
    assert not importer(A | {"title": "It smokes", "body": ""}).plan.drafts


def test_a_change_can_become_an_update(importer: Importer) -> None:
    """It occurred when the record changed there, and the next change is told from it."""
    importer(A)
    for acres, day in (("700", "2024-03-20"), ("900", "2024-03-22")):
        outcome = importer(A | {"acres": acres, "modified": day})
        assert whats(outcome) == ["update"]
        assert not importer(A | {"acres": acres, "modified": day}).plan.drafts
    first, *updates = importer.events()
    assert first.figures[0].value == "500"
    assert [(each.occurred, each.figures[0].value) for each in updates] == [
        ("2024-03-20", "700"),
        ("2024-03-22", "900"),
    ]
    assert updates[0].see == (first.id,)


def test_an_update_needs_the_time_of_the_change(importer: Importer) -> None:
    importer(A)
    with pytest.raises(
        Refused, match=r"row 2, cell I2 \(modified\): changed: has no date, and the change of acres"
    ):
        importer(A | {"acres": "700"})
    assert len(importer.events()) == 1


def test_what_an_editor_changed_is_not_overwritten(importer: Importer) -> None:
    importer(A)
    importer.record("correction", corrects="#2", changes={"title": "It glows"}, why="seen")
    assert not importer(A).plan.drafts
    outcome = importer(A | {"title": "It smokes"})
    assert (whats(outcome), notes(outcome)) == ([], ["conflict"])
    assert "was “It burns”, is “It smokes” there and “It glows” here" in outcome.plan.notes[0].text
    assert importer.events()[0].title == "It glows"
    assert notes(importer(A | {"title": "It glows"})) == []


def test_the_other_fields_of_a_record_in_conflict_are_corrected(importer: Importer) -> None:
    importer(A)
    importer.record("correction", corrects="#2", changes={"title": "It glows"}, why="seen")
    outcome = importer(A | {"title": "It smokes", "body": "Smoke."})
    assert (whats(outcome), notes(outcome)) == (["correction"], ["conflict"])
    assert (importer.events()[0].title, importer.events()[0].body) == ("It glows", "Smoke.")


def test_an_imported_correction_that_an_editor_withdrew_stays_withdrawn(importer: Importer) -> None:
    importer(A)
    importer(A | {"title": "It smokes"})
    importer.record("retraction", retracts="#3", why="wrong there")
    outcome = importer(A | {"title": "It smokes"})
    assert (whats(outcome), notes(outcome)) == ([], [])
    assert importer.events()[0].title == "It burns"


def test_fields_whose_changes_are_ignored_or_asked_about(importer: Importer) -> None:
    importer(A)
    outcome = importer(A | {"place": "Lyon", "tag": "fire"})
    assert (whats(outcome), sorted(notes(outcome))) == ([], ["asked", "ignored"])


@pytest.mark.parametrize(
    "change", [{"date": "2024-03"}, {"date": "2024-03-15~"}, {"body": "A…"}, {"acres": "about 500"}], ids=str
)
def test_what_only_became_less_precise_is_no_correction(importer: Importer, change: dict[str, str]) -> None:
    importer.mapping = MAPPING.replace('acres = "update"', "")
    importer(A)
    assert whats(importer(A | change)) == []


@pytest.mark.parametrize("date", ["2024-03-16", "2024-03-15T10:00Z", "2024-03-15/2024-03-20", "2022"])
def test_another_date_is_a_correction(importer: Importer, date: str) -> None:
    importer(A)
    assert whats(importer(A | {"date": date})) == ["correction"]
    assert importer.events()[0].occurred == date


LESS = [
    ("figure", {"name": "n", "value": "5123"}, {"name": "n", "value": "5100", "approx": True}, True),
    ("figure", {"name": "n", "value": "5123"}, {"name": "n", "value": "5200"}, False),
    ("figure", {"name": "n", "value": "5123", "unit": "a"}, {"name": "n", "value": "5100"}, False),
    ("figure", {"name": "n", "low": "5"}, {"name": "n", "value": "5"}, False),
    ("date", "2024-03/2024-05", "2024", False),
    ("date", "2024-03/2024-05-01", "2024-03/2024-05", True),
    ("date", "2024-03/..", "2024/..", True),
    ("date", "2024-03/..", "2024/2025", False),
    ("date", "2024-03~", "2024-03", False),
    ("line", "A long title", "A long…", True),
    ("line", "A long title", "Another…", False),
    ("party", "A", "B", False),
    ("date", "2024", "", False),
]


@pytest.mark.parametrize(("kind", "base", "theirs", "is_less"), LESS)
def test_less_precise_values(kind: str, base: Any, theirs: Any, is_less: bool) -> None:
    assert is_less_precise(kind, base, theirs) == is_less


def test_records_that_are_gone_are_told_and_stay(importer: Importer) -> None:
    importer(A, B)
    outcome = importer(A)
    assert [each.text for each in outcome.plan.told("gone")] == ["#2 (It rains) is gone there; it stays here"]
    assert len(importer.events()) == 2
    importer.mapping = 'gone = "window"\n' + MAPPING
    assert notes(importer(A)) == []  # it is older than what the file has
    assert notes(importer(B)) == ["gone"]
    importer.mapping = 'gone = "ignore"\n' + MAPPING
    assert notes(importer(B)) == []


def test_ids_that_repeat(importer: Importer) -> None:
    with pytest.raises(Refused, match=r"row 3: id: 'a' is the id of row 2, too, which says something else"):
        importer(A, A | {"title": "Another"})
    assert importer.events() == []
    outcome = importer(A, A)
    assert (len(outcome.results), notes(outcome)) == (1, ["repeated"])


def test_an_event_that_an_editor_withdrew_does_not_come_back(importer: Importer) -> None:
    importer(A)
    importer.record("retraction", retracts="#2", why="no fire")
    outcome = importer(A | {"title": "It smokes"})
    assert (whats(outcome), notes(outcome)) == ([], ["withdrawn"])


def test_a_removed_text_does_not_come_back(importer: Importer) -> None:
    importer(A, B)
    importer.record("redaction", redacts="#3", reason="court-order", authority="A court")
    lines = (importer.folder / "desk/events/story.jsonl").read_bytes()
    assert b'"key":"a"' not in lines
    outcome = importer(A, B)
    assert (whats(outcome), notes(outcome), outcome.plan.unchanged) == ([], ["removed"], 1)
    redaction = importer.desk.story("story").developments[3].original
    assert redaction.imported is not None
    assert redaction.imported.key != "a"


def test_an_import_can_be_undone_and_made_again(importer: Importer) -> None:
    first = importer(A, B)
    slug, results = undo(importer.desk, first.plan.batch, sign=dict)
    assert (slug, len(results)) == ("story", 2)
    assert all(isinstance(each.event, Retraction) and each.event.quiet for each in results)
    ((_, batch),) = imports(importer.desk)
    assert (batch.name, batch.undone) == (first.plan.batch, 2)
    with pytest.raises(BadInput, match="was undone already"):
        undo(importer.desk, first.plan.batch, sign=dict)
    again = importer(A, B)
    assert whats(again) == ["event", "event"]
    assert again.plan.batch != first.plan.batch
    assert not importer(A, B).plan.drafts


def test_undoing_a_correction_brings_it_back_with_the_next_import(importer: Importer) -> None:
    importer(A)
    changed = importer(A | {"title": "It smokes"})
    undo(importer.desk, changed.plan.batch, sign=dict)
    assert importer.events()[0].title == "It burns"
    assert whats(importer(A | {"title": "It smokes"})) == ["correction"]


def test_an_unknown_import_cannot_be_undone(importer: Importer) -> None:
    with pytest.raises(Unknown, match="there is no import 'abc'"):
        undo(importer.desk, "abc", sign=dict)


def test_a_dry_run_records_nothing(importer: Importer) -> None:
    before = (importer.folder / "desk/events/story.jsonl").read_bytes()
    assert whats(importer(A, B, dry_run=True)) == ["event", "event"]
    assert (importer.folder / "desk/events/story.jsonl").read_bytes() == before


def test_two_imports_at_once_record_each_record_once(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one appends while the first has its plan: the first plans again, and finds nothing to do."""
    other = Workspace(importer.desk.root, clock=importer.desk.clock)
    record = Workspace.record

    def after_another(desk: Workspace, *args: Any, **options: Any) -> Any:
        monkeypatch.setattr(Workspace, "record", record)
        importer(A, B, desk=other)
        return record(desk, *args, **options)

    monkeypatch.setattr(Workspace, "record", after_another)
    outcome = importer(A, B)
    assert (outcome.plan.drafts, outcome.plan.unchanged) == ([], 2)
    assert len(importer.events()) == 2


def test_a_batch_is_recorded_whole_or_not(importer: Importer) -> None:
    """All refusals come in one run, each with its row and its cell."""
    with pytest.raises(Refused) as refused:
        importer(
            A,
            B | {"date": "13/14/2024"},
            {"id": "c", "date": "2024"},
            {"id": "", "date": "2024", "title": "T"},
            {"id": "d", "title": "T"},
        )
    said = [str(each).partition("list.csv: ")[2] for each in refused.value.refusals]
    assert said[0].startswith("row 3, cell B3 (date): occurred: '13/14/2024'")
    assert said[1].startswith("row 4, cell C4 (title): title: ")
    assert said[2].startswith("row 5, cell A5 (id): id: is empty")
    assert said[3].startswith("row 6, cell B6 (date): occurred: has no date; correct it there, or leave")
    assert importer.events() == []


def test_a_record_without_a_date_can_be_left_out(importer: Importer) -> None:
    importer.mapping = 'undated = "skip"\n' + MAPPING
    outcome = importer(A, B | {"date": ""})
    assert (len(outcome.results), outcome.skipped) == (1, ["row 3: has no date"])


@pytest.mark.parametrize("words", ["today", "last week", "Monday", "5 minutes ago"])
def test_a_date_that_counts_from_the_present_is_refused(importer: Importer, words: str) -> None:
    with pytest.raises(Refused, match=r"cell B2 \(date\): occurred: .*depends on the day on which it was written"):
        importer(A | {"date": words})


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from("abcd"),
            "date": st.sampled_from(
                ["2024-03-15", "2024-03", "2023", "15 March 2024", "about 1987", "2024-03-01T10:00Z"]
            ),
            "title": st.sampled_from(["One", "Two", "=1", "Ä*b*"]),
            "body": st.sampled_from(["", "Text.", "More <b>text</b>\nhere"]),
            "party": st.sampled_from(["", "Boeing", "BOEING"]),
            "acres": st.sampled_from(["", "5", "1,200", "2.5 million USD"]),
            "modified": st.just("2024-04-01"),
        }
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda row: row["id"],
)


@examples(15)
@given(st.lists(ROWS, min_size=1, max_size=3))
@pytest.mark.slow
def test_law_importing_again_records_nothing(tmp_path_factory: pytest.TempPathFactory, files: list[Any]) -> None:
    """The file changes between the imports, several times and in any way."""
    importer = Importer(tmp_path_factory.mktemp("law"))
    for rows in files:
        importer(*rows)
        again = importer(*rows)
        assert again.plan.drafts == []


def test_the_control(importer: Importer) -> None:
    """An importer that has forgotten its keys does record again, so the law could fail."""
    importer(A)
    importer.mapping = MAPPING.replace('id = "', 'id = "another ')
    assert whats(importer(A)) == ["event"]
