"""``tracker export``: a story in the format of another program, as of any point."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from tests.conftest import Ran
from tracker.exporting import table
from tracker.exporting.formats import FORMATS
from tracker.publishing.publisher import publish
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]


@pytest.fixture
def story(record: Callable[..., Any]) -> None:
    record("opened", "A story", summary="What it is about")
    record("suspension", "Stopped", subject="ByteDance", occurred="2023-12-15", body="*More*")
    record("report", "They pay", occurred="2024-03", sources=[{"publisher": "CNN"}])
    record("update", "It goes on", occurred="2024-07-30T19:05Z")
    record("correction", corrects="#2", changes={"title": "Halted"}, why="a slip")
    record("retraction", retracts="#4", why="a rumour")


def titles(format: str, text: str) -> list[str]:
    """The titles of the developments of the world in an export, in order."""
    match format:
        case "timelinejs":
            return [each["text"]["headline"] for each in json.loads(text)["events"]]
        case "timelinejs-csv" | "csv":
            return [row.get("Headline") or row["title"] for row in table.cells.read(text)][1:]
        case "json":
            listed = json.loads(text)["developments"]
            return [each["title"] for each in listed[1:] if each["standing"] != "retracted" and not each["target"]]
        case "markdown":
            lines = text.partition("## Developments")[2].splitlines()
            return [line.partition(": ")[2] for line in lines if line.startswith("### ")]
        case "ics":
            found = Calendar.from_ical(text.replace("\n", "\r\n").replace("\r\r", "\r"))
            return [str(each["SUMMARY"]) for each in found.walk("VEVENT") if each["STATUS"] == "CONFIRMED"]
    updates = json.loads(text).get("liveBlogUpdate", [])
    return [each["headline"].removesuffix(" (corrected)") for each in reversed(updates)]


DATED = {"Stopped", "Halted", "It goes on"}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((), ["Halted", "They pay"]),
        (("--as-of", "2024-02"), ["Halted"]),
        (("--known-at", "#4"), ["Stopped", "They pay", "It goes on"]),
        (("--as-of", "2024-02", "--known-at", "#3"), ["Stopped"]),
        (("--as-of", "2023"), []),
    ],
)
@pytest.mark.usefixtures("story")
def test_an_export_has_what_show_has(cli: Cli, format: str, point: tuple[str, ...], expected: list[str]) -> None:
    """Restricted to the same point, in every format. A calendar has those with a day."""
    if point == ("--as-of", "2023"):
        point = ("--as-of", "2023-06")
    ran = cli("export", "story", "--as", format, *point)
    assert (ran.code, ran.err) == (0, "")
    shown = cli("show", "story", "--json", *point).json["developments"]
    stands = [each["title"] for each in shown[1:] if each["standing"] != "retracted" and not each["target"]]
    assert stands == expected
    assert titles(format, ran.out) == [each for each in expected if format != "ics" or each in DATED]


@pytest.mark.usefixtures("story")
def test_json_is_what_show_prints(cli: Cli) -> None:
    point = ("--as-of", "2024-05", "--known-at", "#5")
    assert (
        cli("export", "story", "--as", "json", *point).out == cli("show", "story", "--json", "--full", *point).out
    )


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_what_is_published_is_what_is_exported(cli: Cli, desk: Workspace) -> None:
    publish(desk)
    for format, name in (("timelinejs", "timeline.json"), ("ics", "events.ics")):
        written = Path(desk.feeds, "stories", "story", name).read_bytes()
        assert cli("export", "story", "--as", format, "-o", "x").code == 0
        assert Path("x").read_bytes() == written


@pytest.mark.usefixtures("story")
def test_a_file_is_written_whole(cli: Cli) -> None:
    """In place of an old one, where a link leads, and into a pipe or a device; else the refusal says why not."""
    Path("old.csv").write_text("old")
    Path("link.csv").symlink_to("old.csv")
    ran = cli("export", "story", "--as", "csv", "-o", "link.csv")
    assert (ran.code, ran.out, ran.err) == (0, "", "wrote link.csv\n")
    assert Path("old.csv").read_bytes().startswith(b"\xef\xbb\xbfid,type,title")
    assert Path("link.csv").is_symlink()
    assert cli("export", "story", "--as", "csv", "-o", os.devnull).code == 0
    assert not Path(os.devnull).is_file()
    ran = cli("export", "story", "--as", "csv", "-o", "nowhere/x.csv")
    assert (ran.code, "nowhere/x.csv: No such file or directory" in ran.err) == (2, True)


@pytest.mark.usefixtures("story")
def test_what_cannot_be_exported_is_refused(cli: Cli) -> None:
    assert "'timelinejs'" in cli("export", "story", "--as", "pdf").err
    assert "Missing option '--as'" in cli("export", "story").err
    assert "there is no story 'stor'" in cli("export", "stor", "--as", "csv").err
