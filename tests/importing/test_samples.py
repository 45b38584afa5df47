"""Files of the shapes that people have go in, and a second import records nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importing.samples import SAMPLES, a_desk, import_into, outcome, table
from tracker.importing import mapping as mappings

PAGE = (Path(__file__).parents[2] / "docs" / "importing.md").read_text()

TAKEN = [each for each in SAMPLES if each != ("docket.rss", "rss")]


@pytest.mark.parametrize(("name", "mapping"), TAKEN, ids=[" ".join(each) for each in TAKEN])
def test_a_sample_goes_in_once(name: str, mapping: str) -> None:
    """The numbers are in the table of docs/importing.md, which another test compares."""
    row = outcome(name, mapping)
    assert not row.refused
    assert row.events > 1 or name == "osv.yaml"
    assert row.again == 0


def test_guids_that_repeat_are_refused_with_their_places() -> None:
    row = outcome("docket.rss", "rss")
    assert len(row.refused) == 1
    assert (
        "docket.rss: item 1 (1:24-cv-7 A v. B): id: '7' is the id of item 2 (1:24-cv-7 A v. B), too"
        in row.refused[0]
    )


def test_every_mapping_that_comes_with_tracker_has_a_sample() -> None:
    used = {mapping for _, mapping in SAMPLES if not mapping.endswith(".toml")}
    assert {*mappings.shipped()} == used | {"tracker-csv"}  # test_round_trip.py


@pytest.mark.slow
def test_the_table_in_the_documentation_is_what_happens() -> None:
    assert "\n".join(table()) in PAGE


def stories(tmp_path: Path, name: str, mapping: str) -> list[tuple[str, str, str]]:
    desk = a_desk(tmp_path / "desk")
    import_into(desk, name, mapping, tmp_path)
    return [
        (each.type, getattr(each.event, "occurred", ""), each.title)
        for each in desk.story("story").developments[1:]
    ]


def test_slides_keep_their_precision_and_their_words(tmp_path: Path) -> None:
    assert stories(tmp_path, "slides.csv", "timelinejs-csv") == [
        ("update", "1931-05/1933-09-02", "They build it"),
        ("update", "1933-09-02", "It opens"),
        ("update", "1987", "It is closed for lorries"),
    ]
    built = a_desk(tmp_path / "other")
    import_into(built, "slides.csv", "timelinejs-csv", tmp_path)
    first, _, last = (each.event for each in built.story("story").developments[1:])
    assert first.body == "Three hundred people build it, see [the plans](https://bridge.example/plans)."
    assert (first.sources[0].publisher, first.sources[0].title) == ("City archive", "On the river")
    assert first.backfilled
    assert first.tags == ("Building",)
    assert last.occurred_as == "the late eighties"


def test_incidents_open_and_close_outages(tmp_path: Path) -> None:
    assert stories(tmp_path, "incidents.json", "statuspage") == [
        ("outage", "2024-03-01T10:00:00.000Z", "API down"),
        ("update", "2024-03-01T11:00:00.000Z", "API down: identified"),
        ("recovery", "2024-03-01T12:00:00.000Z", "API down: resolved"),
        ("outage", "2024-03-02T10:00:00.000Z", "Slow log-in"),
    ]
    story = a_desk(tmp_path / "other")
    import_into(story, "incidents.json", "statuspage", tmp_path)
    assert [each.in_force for each in story.story("story").situations] == [False, True]


def test_a_spreadsheet_has_dates_as_precise_as_its_cells(tmp_path: Path) -> None:
    assert stories(tmp_path, "sheet.xlsx", "sheet.toml") == [
        ("update", "1987", "The quay is built"),
        ("update", "2024-03-01", "The crane falls"),
        ("update", "2024-03-01", "The crane is searched"),
        ("update", "2024-04", "The quay closes"),
    ]


def test_a_calendar_has_recurring_events_and_dates_to_come(tmp_path: Path) -> None:
    assert stories(tmp_path, "court.ics", "ics") == [
        ("update", "2024-03-01/2024-03-03", "Talks"),
        ("expectation", "2024-03-01T08:00Z", "Ruling expected"),
        ("update", "2024-03-05T10:00+01:00/2024-03-05T11:30+01:00", "Hearing"),
        ("update", "2024-03-15/2024-03-17", "Talks"),
    ]


def test_dates_of_several_forms(tmp_path: Path) -> None:
    assert stories(tmp_path, "bells.tsv", "bells.toml") == [
        ("update", "2024-03-01T10:00+01:00", "The bell rings"),
        ("update", "2024-03-05", "It stops"),
    ]
    assert [each[1] for each in stories(tmp_path / "posts", "posts", "posts.toml")] == ["2024-03-01", "2024-04"]
    assert [each[1] for each in stories(tmp_path / "docket", "docket.rss", "docket.toml")] == [
        "2024-03-04T09:00-05:00",
        "2024-03-04T11:00-05:00",
        "2024-03-05T16:30-05:00",
    ]
