"""``tracker import`` as a person uses it."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.importing.samples import FILES, file
from tracker.domain import lines
from tracker.importing import guessing, readers
from tracker.importing import mapping as mappings
from tracker.workspace.desk import Workspace

PAGE = (FILES.parents[2] / "docs" / "importing.md").read_text()


@pytest.fixture
def story(desk: Workspace) -> None:
    desk.record("story", [{"type": "opened", "title": "A story"}])


def test_a_file_goes_in_and_nothing_the_second_time(desk: Workspace, story: None, cli: Callable[..., Any]) -> None:
    path = str(FILES / "slides.csv")
    tried = cli("import", "timelinejs-csv", path, "--story", "story", "--dry-run")
    assert "story#2  update  1931-05/1933-09-02  They build it  (row 3)" in tried.out
    assert "3 new events; nothing was recorded" in tried.out
    done = cli("import", "timelinejs-csv", path, "--story", "story")
    batch = re.search(r"recorded 3 new events in story \(import ([0-9a-f]{10})\)", done.out)
    assert batch
    assert f"to take it back: tracker import --undo {batch[1]}" in done.err
    assert "Background: is not imported (in 2 of 4)" in done.out
    shutil.rmtree(Path(desk.root) / ".tracker", ignore_errors=True)
    again = cli("import", "timelinejs-csv", path, "--story", "story")
    assert again.out.startswith("0 new events\n3 records unchanged\n")
    assert cli("import", "--batches").out.startswith(f"{batch[1]}  ")
    undone = cli("import", "--undo", batch[1])
    assert undone.out == "3 events of story withdrawn, without entries in feeds\n"
    assert "; 3 undone" in cli("import", "--batches").out


def test_programs_get_json(desk: Workspace, story: None, cli: Callable[..., Any]) -> None:
    kev = str(FILES / "kev.json")
    shape = cli("import", "kev", kev, "--story", "story", "--json").json
    assert (shape["recorded"], shape["records"], shape["refused"]) == (True, 2, [])
    assert [each["reference"] for each in shape["planned"]] == ["story#2", "story#3"]
    (batch,) = cli("import", "--batches", "--json").json
    assert (batch["batch"], batch["events"], batch["types"]) == (shape["batch"], [2, 3], {"update": 2})
    (first, *_) = cli("import", "--list", "--json").json
    assert first == {"name": "atom", "help": "An Atom feed", "pack": None}
    second = cli("import", "kev", kev, "--story", "story", "--json").json
    assert (second["recorded"], second["batch"], second["unchanged"]) == (False, None, 2)
    refused = cli("import", "rss", str(FILES / "docket.rss"), "--story", "story", "--json")
    assert refused.code == 2
    assert (refused.json["recorded"], len(refused.json["refused"])) == (False, 1)
    assert cli("import", "--undo", shape["batch"], "--json").json["references"] == ["story#4", "story#5"]


def test_the_line_of_an_import_says_so(desk: Workspace, story: None, cli: Callable[..., Any]) -> None:
    """The hash is over it, and the JSON views and the read model have it."""
    cli("import", "kev", str(FILES / "kev.json"), "--story", "story")
    line = desk.log.lines("story")[1]
    assert line.index(b'"backfilled":true,"imported":{"importer":"kev","key":"CVE-2024-0001","batch":"') > 0
    event = lines.decode_strictly(line)
    assert event.imported is not None
    development = cli("show", "story", "--json").json["developments"][1]
    assert development["backfilled"]
    assert (development["imported"]["key"], development["imported"]["at"]) == ("CVE-2024-0001", None)
    assert cli("verify").code == 0
    assert cli("search", "Overread").code == 0


def test_events_that_are_typed_can_complete_the_past(
    desk: Workspace, story: None, cli: Callable[..., Any]
) -> None:
    cli("add", "update", "story", "It began", "--occurred", "1987", "--backfill", "--publisher", "A")
    assert cli("show", "story", "--json").json["developments"][1]["backfilled"]


@pytest.mark.parametrize(
    ("args", "refusal"),
    [
        ((), "missing: MAPPING, FILE, --story. tracker import --guess FILE prints a mapping"),
        (("kev", "kev.json"), "missing: --story."),
        (("kev", "--list"), "--list, --show, --guess, --batches and --undo stand alone"),
        (("--show", "atm"), "there is no mapping 'atm'. Did you mean atom?"),
        (("--undo", "abc"), "there is no import 'abc'"),
        (("kev", "none.json", "--story", "story"), "none.json: cannot be read: No such file or directory"),
        (
            ("kev", str(FILES / "kev.json"), "--story", "other"),
            "there is no story 'other'. To begin a new one: tracker",
        ),
        (("kev", str(FILES / "kev.json"), "--story", "story", "--timezone", "Mars"), "'Mars' is no time zone"),
        (
            ("statuspage", str(FILES / "incidents.json"), "--story", "story"),
            "Copy it with tracker types add status.",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(
    desk: Workspace, story: None, cli: Callable[..., Any], args: tuple[str, ...], refusal: str
) -> None:
    ran = cli("import", *args)
    assert ran.code == 2
    assert refusal in ran.err
    assert desk.log.head("story").seq == 1


def test_a_closed_story_takes_nothing(desk: Workspace, story: None, cli: Callable[..., Any]) -> None:
    desk.record("story", [{"type": "closed", "title": "The end"}])
    ran = cli("import", "kev", str(FILES / "kev.json"), "--story", "story")
    assert (ran.code, desk.log.head("story").seq) == (2, 2)
    assert "kev.json: vulnerabilities[1]: the story story is closed" in ran.err


def test_the_mappings_are_listed_and_printed(cli: Callable[..., Any]) -> None:
    listed = cli("import", "--list").out
    assert [each.split()[0] for each in listed.splitlines()] == mappings.shipped()
    assert cli("import", "--show", "kev").out == (Path(mappings.FOLDER) / "kev.toml").read_text()
    assert cli("import", "--batches").out == "nothing was imported yet\n"


# Guessing.

KNOWN = [
    ("slides.csv", "timelinejs-csv"),
    ("slides.json", "timelinejs"),
    ("news.atom", "atom"),
    ("docket.rss", "rss"),
    ("feed.json", "jsonfeed"),
    ("court.ics", "ics"),
    ("blog.jsonld", "liveblog"),
    ("kev.json", "kev"),
    ("incidents.json", "statuspage"),
    ("issues", "cstate"),
    ("HISTORY.md", "changelog"),
    ("osv.yaml", "osv"),
    ("ninjs.json", "ninjs"),
]


@pytest.mark.parametrize(("name", "mapping"), KNOWN)
def test_a_file_of_a_known_shape_is_recognized(name: str, mapping: str) -> None:
    assert guessing.guess(str(FILES / name)).startswith(
        f"# This file is for the mapping {mapping}: tracker import"
    )


@pytest.mark.parametrize("name", ["fires.jsonl", "plain.yaml", "sheet.xlsx", "bells.tsv", "rulings.md", "posts"])
def test_a_guess_can_be_tried_at_once(
    desk: Workspace, story: None, cli: Callable[..., Any], tmp_path: Path, name: str
) -> None:
    """It says what it is not sure of."""
    path = str(file(name, tmp_path))
    guessed = cli("import", "--guess", path)
    assert "# ?" in guessed.out
    text = guessed.out.replace("id = ", 'undated = "skip"\nid = ', 1)
    if name == "posts":
        text = text.replace('occurred = "" # ? no column looks like a date', 'occurred = "{_date}"')
    (tmp_path / "guess.toml").write_text(text)
    done = cli("import", str(tmp_path / "guess.toml"), path, "--story", "story")
    assert done.code == 0, (guessed.out, done.err)
    assert desk.log.head("story").seq >= 3


def test_a_spreadsheet_of_another_country_is_guessed(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_bytes("Meine Liste;;\n\nNr;Date;Titre\n1;2024-03-01;Été\n2;2024-03-02;Noël\n".encode("cp1252"))
    guessed = guessing.guess(str(path))
    for line in ("header = 3 # ?", 'encoding = "cp1252" # ?', 'delimiter = ";"', 'occurred = "{Date}" # ?'):
        assert line in guessed


@pytest.mark.parametrize(
    ("data", "refusal"), [(b"Dear all", "is of no format that can be guessed"), (b"", "is empty")]
)
def test_what_cannot_be_guessed_is_refused(
    cli: Callable[..., Any], tmp_path: Path, data: bytes, refusal: str
) -> None:
    (tmp_path / "file").write_bytes(data)
    ran = cli("import", "--guess", str(tmp_path / "file"))
    assert ran.code == 2
    assert refusal in ran.err


# Plugins.


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example of docs/importing.md, installed as a distribution."""
    code, entry, mapping = re.findall(
        r"```(?:python|toml)\n(.*?)```", PAGE.partition("## Your own format")[2], re.DOTALL
    )
    folder = tmp_path / "site"
    (folder / "court_dockets-1.dist-info").mkdir(parents=True)
    (folder / "court_dockets.py").write_text(code)
    name, target = re.findall(r'(\w+) = "([\w:]+)"', entry)[0]
    (folder / "court_dockets-1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: court-dockets\nVersion: 1\n"
    )
    (folder / "court_dockets-1.dist-info" / "entry_points.txt").write_text(
        f"[{readers.GROUP}]\n{name} = {target}\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "court_dockets", raising=False)
    (tmp_path / "docket.toml").write_text(mapping)
    return tmp_path


def test_a_plugin_reads_a_format_of_its_own(
    desk: Workspace, story: None, cli: Callable[..., Any], plugin: Path
) -> None:
    (plugin / "docket.txt").write_text("2024-03-05 | 17 | Motion denied\n2024-03-01 | 16 | Motion filed\n")
    args = ("import", str(plugin / "docket.toml"), str(plugin / "docket.txt"), "--story", "story")
    assert "recorded 2 new events" in cli(*args).out
    assert [each.title for each in desk.story("story").developments[1:]] == ["Motion filed", "Motion denied"]
    assert "0 new events" in cli(*args).out


def test_a_plugin_that_fails_is_a_refusal(
    desk: Workspace, story: None, cli: Callable[..., Any], plugin: Path
) -> None:
    (plugin / "docket.txt").write_text("2024-03-05\n")
    ran = cli("import", str(plugin / "docket.toml"), str(plugin / "docket.txt"), "--story", "story")
    assert ran.code == 2
    assert "docket.txt: the plugin docket fails: ValueError: not enough values" in ran.err
    (plugin / "site" / "court_dockets.py").write_text("def read(path): return [7]\n")
    sys.modules.pop("court_dockets", None)
    ran = cli("import", str(plugin / "docket.toml"), str(plugin / "docket.txt"), "--story", "story")
    assert "docket.txt: record 1: the plugin docket returns int, not a dictionary" in ran.err


def test_a_renamed_mapping_records_nothing_again(
    desk: Workspace, story: None, cli: Callable[..., Any], tmp_path: Path
) -> None:
    """It is told which importer it was; with that name, or after the import was undone, the file goes in."""
    path = str(FILES / "slides.csv")
    text = mappings.text_of_mapping("timelinejs-csv")[0].decode()
    renamed, named = tmp_path / "renamed.toml", tmp_path / "named.toml"
    renamed.write_text(text)
    named.write_text(f'importer = "timelinejs-csv"\n{text}')
    batch = cli("import", "timelinejs-csv", path, "--story", "story", "--json").json["batch"]
    refused = cli("import", str(renamed), path, "--story", "story")
    assert refused.code == 2
    assert "row 3: is #2 of this story already, imported as 'timelinejs-csv'" in refused.err
    assert 'add importer = "timelinejs-csv" to it' in refused.err
    assert cli("import", str(named), path, "--story", "story").out.startswith(
        "0 new events\n3 records unchanged\n"
    )
    cli("import", "--undo", batch)
    assert cli("import", str(renamed), path, "--story", "story").out.startswith("recorded 3 new events")


def test_a_table_does_not_come_back_into_its_own_story(
    desk: Workspace, story: None, cli: Callable[..., Any], tmp_path: Path
) -> None:
    desk.record("story", [{"type": "update", "title": "Once", "occurred": "2024-03-01"}])
    table = str(tmp_path / "story.csv")
    cli("export", "story", "--as", "csv", "-o", table)
    refused = cli("import", "tracker-csv", table, "--story", "story")
    assert refused.code == 2
    assert "row 3: is #2 of this story already. To change it: tracker correct story#2" in refused.err
