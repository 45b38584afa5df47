"""The examples: each is a workspace that verifies, publishes, and does what its README says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import feedparser
import pytest

from tracker.domain.events import Event, Occurrence, type_of
from tracker.domain.fold import fold
from tracker.domain.values import to_values
from tracker.log.files import FileLog
from tracker.workspace.desk import Workspace

FOLDER = Path(__file__).parent.parent / "examples"
EXAMPLES = sorted(path.parent.name for path in FOLDER.glob("*/tracker.toml"))


def copy_of(example: str, into: Path) -> Path:
    """The example as it is committed, in a folder of its own."""
    made = shutil.ignore_patterns(".tracker", "feeds")
    return Path(shutil.copytree(FOLDER / example, into / example, ignore=made))


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return copy_of(request.param, tmp_path)


@pytest.fixture
def outages(tmp_path: Path) -> Path:
    return copy_of("outages", tmp_path)


def run(folder: Path, commands: str) -> str:
    """What the commands say when they are typed in the folder."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1", "HOME": str(folder)}
    ran = subprocess.run(
        ["bash", "-c", f"set -e\n{commands}"], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def readme(folder: Path) -> str:
    return (folder / "README.md").read_text(encoding="utf-8")


def commands_of(folder: Path) -> str:
    """The commands that recorded the example."""
    found = re.search(r"^```sh\n(.*?)^```$", readme(folder), re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def log_of(folder: Path) -> FileLog:
    return Workspace(str(folder)).log


def says(event: Event) -> dict[str, Any]:
    """What an event says, without what the log gives it and the ids that it refers to."""
    given = ("id", "recorded", "salt", "hash", "was", "closes", "also_closes", "see", "about", "corrects")
    given += ("retracts",)
    return {"type": type_of(event)} | {
        name: value for name, value in to_values(event).items() if name not in given
    }


# Every example


def test_there_are_examples() -> None:
    assert {"outages", "newsroom", "court", "regulator", "markets", "door-plug"} <= {*EXAMPLES}


def test_an_example_verifies(example: Path) -> None:
    assert run(example, "tracker verify").endswith("all is well\n")


@pytest.mark.slow
def test_an_example_shows_what_its_readme_says(example: Path) -> None:
    """To the letter; where a block ends with … the output goes on."""
    blocks = re.findall(r"^```\n\$ (.*?)\n(.*?)^```$", readme(example), re.DOTALL | re.MULTILINE)
    assert blocks
    for command, shown in blocks:
        told = run(example, command)
        assert told.startswith(shown.removesuffix("…\n")) if shown.endswith("…\n") else told == shown, command


@pytest.mark.slow
def test_an_example_can_be_recorded_again(example: Path) -> None:
    """From nothing but its declarations, by the commands in its README: the same events, to the same end."""
    before = log_of(example)
    recorded = {slug: list(before.read(slug)) for slug in before.streams()}
    for path in (example / "events").glob("*.jsonl"):
        path.unlink()
    run(example, commands_of(example))
    again = log_of(example)
    assert again.streams() == list(recorded)
    for slug, events in recorded.items():
        events_again = list(again.read(slug))
        assert [says(event) for event in events_again] == [says(event) for event in events]
        assert standing(slug, events_again) == standing(slug, events)


def standing(slug: str, events: list[Event]) -> dict[str, tuple[str, str, int]]:
    story = fold(slug, events)
    situations = (*story.situations, *story.questions, *story.expected)
    return {each.label: (each.since, each.ended, each.ended_by) for each in situations}


@pytest.mark.slow
def test_what_an_example_publishes_is_not_committed(example: Path) -> None:
    """It is made anew, the same each time."""
    ignored = (example / ".gitignore").read_text().split()
    assert {"/feeds/", "/.tracker/"} <= {*ignored}
    run(example, "tracker publish")
    before = {path: path.read_bytes() for path in (example / "feeds").rglob("*") if path.is_file()}
    run(example, "tracker publish")
    assert before == {path: path.read_bytes() for path in (example / "feeds").rglob("*") if path.is_file()}


def test_git_leaves_the_line_ends_of_an_example_alone() -> None:
    """A changed line end would break the chain."""
    assert "/examples/*/events/*.jsonl -text" in (FOLDER.parent / ".gitattributes").read_text().splitlines()


# The door plug


def test_the_real_story_has_what_a_day_brings() -> None:
    """Changes, what was pending, outcomes, corrections, a retraction, key events, a picture."""
    log = log_of(FOLDER / "door-plug")
    (slug,) = log.streams()
    events = list(log.read(slug))
    types = {type_of(each) for each in events}
    assert len(events) >= 40
    assert {"change", "suspension", "agreement", "expectation", "correction", "retraction", "appointment"} <= types
    story = fold(slug, events)
    (plea,) = (each for each in story.situations if each.seq == 28)
    assert (plea.since, plea.ended) == ("2024-07-07", "2024-12-05")
    assert [each.label for each in story.questions if each.in_force] == [
        "Who took the bolts out, and why is there no record of it?"
    ]
    (picture,) = (each.image.file for each in events if isinstance(each, Occurrence) and each.image)
    assert log.picture(picture)


# A status page


def test_declared_types_are_in_the_help(outages: Path) -> None:
    """Below tracker's own, and with their fields as options."""
    listed = run(outages, "tracker add --help").partition("This desk's own types:\n")[2]
    assert [line.split()[0] for line in listed.splitlines() if re.match("  [a-z]", line)] == [
        *("outage", "degradation", "recovery", "maintenance", "maintenance-end", "post-mortem"),
    ]
    told = run(outages, "tracker add outage --help")
    assert "A service stops working, or works only in part." in told
    assert re.search(r"--service PARTY +What has stopped working\. Required\.", told)
    assert re.search(r"--expected WHEN +When it is expected to be over\.", told)
    assert re.search(r"--cost AMOUNT +What is refunded for it\.", run(outages, "tracker add recovery --help"))


def test_declared_types_are_folded(outages: Path) -> None:
    """An outage goes on until its recovery; an alias has become the name."""
    log = log_of(outages)
    events = list(log.read("sync-outage"))
    (situation,) = fold("sync-outage", events[:6]).situations
    assert (situation.label, situation.word, situation.in_force) == ("outage of Quillmarsh Sync", "going on", True)
    (situation,) = fold("sync-outage", events).situations
    assert (situation.ended_by, situation.since) == (7, "2026-11-23T08:31Z")
    assert events[2].title == "Quillmarsh Sync is down"  # type: ignore[attr-defined]
    assert b'"Sync"' not in b"".join(log.lines("sync-outage"))


def test_declared_types_are_in_the_feeds(outages: Path) -> None:
    """With the title that their sentence makes, what they changed, and their type among the categories."""
    run(outages, "tracker publish")
    feed = feedparser.parse((outages / "feeds/stories/sync-outage/developments.atom").read_bytes())
    entry = next(each for each in feed.entries if each.title.endswith(": Quillmarsh Sync works again"))
    assert {"recovery", "sync-outage", "Quillmarsh Sync"} == {tag.term for tag in entry.tags}
    assert "Quillmarsh Sync came back on 23 November 2026" in entry.summary
    told = entry.content[0].value
    assert "Cause: a full disk behind the queue" in told
    assert "Cost: 1,200 EUR" in told
    corrected = next(each for each in feed.entries if each.title.endswith("Quillmarsh Sync is down (corrected)"))
    assert "08:52" in corrected.content[0].value
    assert "08:31" in corrected.content[0].value


def test_declared_fields_are_searched(outages: Path) -> None:
    assert run(outages, "tracker search certificate").startswith("api-move#4  Quillmarsh API works again")
    assert "sync-outage#3  Quillmarsh Sync is down" in run(outages, "tracker search 'reach no other'")


def test_what_a_declared_type_asks_for_is_asked(outages: Path) -> None:
    """And an outage of a service that is not down cannot end."""
    for command, told in (
        ("tracker add outage sync-outage", "--service"),
        ("tracker add recovery sync-outage --service Editor", "sync-outage has no outage in force"),
        ("tracker add outage sync-outage --service Sync --expected soon", "expected: 'soon': write a date like"),
        ("tracker add recovery sync-outage --service Sync --cost much", "cost: 'much' is not one number"),
    ):
        before = (outages / "events/sync-outage.jsonl").read_bytes()
        assert told in run(outages, f"{command} </dev/null 2>&1 && exit 1 || test $? = 2")
        assert (outages / "events/sync-outage.jsonl").read_bytes() == before
