"""The auditor finds whatever was done to the log or the read model, and says where."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tests.conftest import FixedClock
from tracker.domain.events import Confirmation, Retraction, Update
from tracker.domain.integrity import IntegrityProblem
from tracker.log.base import NOTHING
from tracker.log.clock import new_id
from tracker.maintenance.verify import check_log, verify
from tracker.publishing.publisher import publish
from tracker.publishing.rewrites import seen_heads
from tracker.publishing.site_file import File
from tracker.publishing.site_files import all_files, story_files
from tracker.publishing.state import PublicationState
from tracker.readmodel import cores, projection
from tracker.workspace.desk import Workspace


@pytest.fixture
def story(desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a story with one of everything that can go wrong."""
    monkeypatch.chdir(desk.root)
    record("opened", "A story")
    record("report", "They pay", sources=[{"publisher": "A"}], occurred="2024-03")
    record("confirmation", "They say so", by="ByteDance")
    record("suspension", "Out", subject="ByteDance")
    record("reinstatement", "In again")
    record("correction", corrects="#2", changes={"title": "They lend"}, why="misread")
    record("retraction", retracts="#3", why="a rumour")
    return Path(desk.log.path("story"))


def problems(desk: Workspace) -> list[str]:
    return [str(problem) for problem in verify(desk).problems]


def places(desk: Workspace) -> list[str]:
    return [problem.place for problem in verify(desk).problems]


def rewrite(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Changes the lines of a file behind tracker's back."""
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def test_all_is_well(desk: Workspace, story: Path) -> None:
    """Without a read model, and with one; heads and events are counted."""
    verified = verify(desk)
    assert verified.problems == []
    assert verified.events == 7
    assert verified.heads == {"story": {"seq": 7, "hash": desk.log.head("story").hash}}
    with projection.caught_up(desk.database_path, desk.log, print):
        pass
    assert verify(desk) == verified


def test_an_empty_log_is_well(desk: Workspace) -> None:
    """There is nothing wrong with it."""
    assert verify(desk) == ({}, 0, [], [], None)


@pytest.mark.slow
def test_any_flipped_bit_is_found_where_it_is(desk: Workspace, story: Path) -> None:
    """In any line, in any place of it: text, salt, hash, punctuation."""
    whole = story.read_bytes()
    starts = [0, *(place + 1 for place, byte in enumerate(whole) if byte == 10)]
    for line, (start, end) in enumerate(pairwise(starts), 1):
        for place in range(start, end - 1, 23):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << place % 8
            if damaged[place] == 10:
                continue
            story.write_bytes(damaged)
            assert f"events/story.jsonl:{line}" in places(desk), place
    story.write_bytes(whole)
    assert problems(desk) == []


def test_a_letter_of_the_hash_in_another_case_is_found(desk: Workspace, story: Path) -> None:
    """It would be the same number, but it is not what was appended."""

    def in_capitals(lines: list[bytes]) -> list[bytes]:
        return [*lines[:-1], lines[-1][:-67] + lines[-1][-67:-3].upper() + lines[-1][-3:]]

    rewrite(story, in_capitals)
    assert places(desk) == ["events/story.jsonl:7"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda lines: [*lines[:3], *lines[4:]], 4),
        (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], 4),
        (lambda lines: [*lines[:3], lines[2], *lines[3:]], 4),
        (lambda lines: lines[1:], 1),
        (lambda lines: [*lines[:3], b"\n", *lines[3:]], 4),
        (lambda lines: [*lines[:3], b"\x00\xff\x1b[31m{{{\n", *lines[3:]], 4),
        (lambda lines: [*lines[:3], lines[3][:-1] + b"\r\n", *lines[4:]], 4),
        (lambda lines: [b"\xef\xbb\xbf" + lines[0], *lines[1:]], 1),
    ],
    ids=["deleted", "swapped", "duplicated", "beheaded", "blank", "garbage", "CRLF", "BOM"],
)  # fmt: skip
def test_lines_that_were_moved_are_found(
    desk: Workspace, story: Path, change: Callable[[list[bytes]], list[bytes]], found: int
) -> None:
    """The first place where the file is not what was appended is the first that is named."""
    rewrite(story, change)
    assert places(desk)[0] == f"events/story.jsonl:{found}"


def test_lines_missing_at_the_end_show_in_the_head(desk: Workspace, story: Path) -> None:
    """The chain of what is left is whole; who remembers the head sees that it is not the same."""
    before = verify(desk).heads
    rewrite(story, lambda lines: lines[:-1])
    verified = verify(desk)
    assert verified.problems == []
    assert verified.heads["story"]["seq"] == before["story"]["seq"] - 1
    assert verified.heads != before


def test_an_unfinished_tail_is_told(desk: Workspace, story: Path) -> None:
    """Where it is, how long, and what becomes of it."""
    with story.open("ab") as file:
        file.write(b'{"id":"019')
    assert problems(desk) == [
        "events/story.jsonl:8: an unfinished line of 10 bytes; the next append to this story moves it away."
        " It was never acknowledged: record again what is missing"
    ]


def test_an_append_that_is_done_by_now_left_no_tail(
    desk: Workspace, story: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The auditor reads a tail twice: a reader may see half of what another process is writing."""
    lines, _ = desk.log.lines_and_rest("story")
    answers = iter([(lines[:-1], lines[-1][:10]), (lines, b"")])
    monkeypatch.setattr(desk.log, "lines_and_rest", lambda slug: next(answers))
    assert check_log(desk).problems == []


def test_every_fault_is_reported_where_it_is(desk: Workspace, story: Path) -> None:
    """It does not stop at the first, nor at the first story."""
    desk.record("other", [{"type": "opened", "title": "Other"}, {"type": "update", "title": "more"}])
    rewrite(story, lambda lines: [*lines[:1], lines[1].replace(b"pay", b"sue"), *lines[2:4],
                                  lines[4].replace(b"In again", b"In anger"), *lines[5:]])  # fmt: skip
    other = Path(desk.log.path("other"))
    rewrite(other, lambda lines: [lines[0], lines[1].replace(b"more", b"less")])
    found = places(desk)
    assert found[0] == "events/other.jsonl:2"
    assert {"events/story.jsonl:2", "events/story.jsonl:5"} <= set(found)
    assert set(found) <= {f"events/story.jsonl:{line}" for line in (2, 3, 5, 6)} | {"events/other.jsonl:2"}


def test_references_that_lead_nowhere_are_found(desk: Workspace, story: Path) -> None:
    """Their chain is right, for they were appended: what they are about is not there."""
    nowhere = new_id(desk.clock())
    desk.log.append("story", [Retraction(retracts=nowhere, why="?"), Confirmation(title="?", about=nowhere)])
    desk.log.append("story", [Update(title="?", closes=nowhere)])
    assert problems(desk) == [
        f"events/story.jsonl:8: retracts: {nowhere} is no earlier event of this story",
        f"events/story.jsonl:9: about: {nowhere} is no earlier event of this story",
        f"events/story.jsonl:10: closes: {nowhere} is no earlier event of this story",
    ]


def test_an_id_in_two_stories_is_found(desk: Workspace, story: Path) -> None:
    """It would be one entry in every reader."""
    first = next(desk.log.read("story"))
    desk.log.append("twin", [structs.replace(first, slug="twin")], NOTHING)
    assert problems(desk) == [f"events/twin.jsonl:1: id: {first.id} is the id of events/story.jsonl:1 already"]


def test_a_date_after_it_was_recorded_is_found(desk: Workspace, story: Path) -> None:
    """What is yet to come is an expectation."""
    desk.log.append("story", [Update(title="prophecy", occurred="2031")])  # type: ignore[arg-type]
    assert problems(desk) == ["events/story.jsonl:8: occurred: 2031 is after it was recorded"]


def test_a_file_that_no_story_can_be_is_remarked(desk: Workspace, story: Path) -> None:
    """Its events are in nothing that is made from the log."""
    for name in ("Story.jsonl", "a b.jsonl", "desk.jsonl", "notes.txt"):
        story.with_name(name).write_bytes(story.read_bytes())
    found = verify(desk)
    assert found.problems == []
    assert [each.place for each in found.remarks] == [f"events/{name}.jsonl" for name in ("Story", "a b", "desk")]


def test_a_line_that_is_ahead_of_the_clock_is_remarked(desk: Workspace, story: Path, clock: FixedClock) -> None:
    """By more than five minutes: clocks of two machines differ a little."""
    assert verify(desk).remarks == []
    clock.instant -= timedelta(minutes=4)
    assert verify(desk).remarks == []
    clock.instant -= timedelta(minutes=4)
    (remark,) = verify(desk).remarks
    assert "which this machine's clock has not reached yet" in remark.message
    assert remark.place.startswith("events/story.jsonl:")


def test_an_empty_file_is_no_story(desk: Workspace, story: Path) -> None:
    """Something was there, or was to be."""
    story.write_bytes(b"")
    assert problems(desk) == ["events/story.jsonl:1: the story has no events"]


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_what_cannot_be_read_is_one_problem_among_others(desk: Workspace, story: Path, kind: str) -> None:
    """The stories after it are checked too."""
    strange = Path(desk.log.path("a-strange-one"))
    strange.mkdir() if kind == "folder" else strange.symlink_to(story)
    with story.open("ab") as file:
        file.write(b"torn")
    found = verify(desk)
    assert [problem.place for problem in found.problems] == ["events/a-strange-one.jsonl", "events/story.jsonl:8"]
    assert list(found.heads) == ["story"]


# The read model.


@pytest.fixture
def read_model(desk: Workspace, story: Path) -> Callable[[str], None]:
    """The desk's read model, up to date; called with SQL it is changed behind tracker's back."""
    with projection.caught_up(desk.database_path, desk.log, print):
        pass

    def run(sql: str) -> None:
        with sqlite3.connect(desk.database_path) as database:
            database.execute(sql)
        database.close()

    return run


@pytest.mark.parametrize(
    ("sql", "table", "words"),
    [
        ("UPDATE events SET title = 'Fake' WHERE seq = 4", "events", "has a row that the log does not make: "),
        ("DELETE FROM claims", "claims", "lacks a row that the log makes: "),
        ("UPDATE situations SET state = 'in force'", "situations", "has a row that the log does not make: "),
        ("INSERT INTO sources SELECT story, seq, 99, url, publisher, title, published, quote, archived, via"
         " FROM sources", "sources", "has a row that the log does not make: "),
        ("UPDATE stories SET summary = 'Fake'", "stories", "has a row that the log does not make: "),
    ],
)  # fmt: skip
def test_a_tampered_row_is_found(
    desk: Workspace, read_model: Callable[[str], None], sql: str, table: str, words: str
) -> None:
    """With its table, the row, and how to have it right again."""
    read_model(sql)
    (problem,) = verify(desk).problems
    assert problem.place == f".tracker/tracker.db:{table}"
    assert problem.message.startswith(words)
    assert problem.message.endswith("Make it again with tracker rebuild")
    projection.rebuild(desk.database_path, desk.log)
    assert verify(desk).problems == []


def test_a_read_model_that_is_behind_is_brought_up_to_date_first(
    desk: Workspace, read_model: Callable[[str], None], record: Callable[..., Any]
) -> None:
    """Being behind is no fault."""
    record("update", "more")
    assert verify(desk).problems == []


APPEND = """
import sys
from tracker.workspace.desk import find
desk = find(sys.argv[1])
for number in range(150):
    desk.record("story", [{"type": "update", "title": f"number {number}"}])
"""


@pytest.mark.slow
def test_appending_while_it_is_checked_is_no_problem(desk: Workspace, read_model: Callable[[str], None]) -> None:
    """What is compared is compared at one and the same head."""
    with subprocess.Popen([sys.executable, "-c", APPEND, desk.root]) as appending:
        while appending.poll() is None:
            assert verify(desk).problems == []
    assert appending.returncode == 0
    assert verify(desk).events == 157


def test_a_read_model_without_its_tables_is_a_problem(desk: Workspace, read_model: Callable[[str], None]) -> None:
    """Not a fault of the auditor, and a rebuild mends it."""
    read_model("DROP TABLE claims")
    assert verify(desk).problems == [
        IntegrityProblem(".tracker/tracker.db", "no such table: claims. Make it again with tracker rebuild")
    ]
    projection.rebuild(desk.database_path, desk.log)
    assert verify(desk).problems == []


@pytest.mark.slow
def test_a_read_model_with_damaged_pages_is_a_problem(desk: Workspace, read_model: Callable[[str], None]) -> None:
    """Wherever in the file the damage is; a rebuild mends it."""
    path = Path(desk.database_path)
    read_model("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    for page in range(1, len(whole) // 4096, 3):
        path.write_bytes(whole[: page * 4096] + os.urandom(4096) + whole[(page + 1) * 4096 :])
        found = verify(desk).problems
        assert all(str(problem).endswith("Make it again with tracker rebuild") for problem in found), found
        projection.rebuild(desk.database_path, desk.log)
        assert verify(desk).problems == []
        read_model("PRAGMA wal_checkpoint(TRUNCATE)")


def test_the_read_model_is_not_looked_at_where_the_log_is_damaged(
    desk: Workspace, story: Path, read_model: Callable[[str], None]
) -> None:
    """What it is to be compared with is not known."""
    rewrite(story, lambda lines: [lines[0].replace(b"A story", b"A stony"), *lines[1:]])
    read_model("DELETE FROM claims")
    assert set(places(desk)) == {"events/story.jsonl:1"}


def test_the_read_model_is_no_witness(desk: Workspace, story: Path) -> None:
    """A rebase gives events that only this clone has seen other hashes. The read model is made again."""
    with projection.caught_up(desk.database_path, desk.log, str):
        pass
    story.write_bytes(b"".join(story.read_bytes().splitlines(keepends=True)[:-1]))
    assert problems(desk) == []


@pytest.mark.slow
def test_a_publication_in_between_is_no_problem(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check looks again when no other process publishes. It keeps the state of the last publication."""
    record("opened", "A story")
    publish(desk)
    record("update", "More")
    verifying = import_module("tracker.maintenance.verify")
    all_files = verifying.all_files

    def publish_first(*args: Any, **given: Any) -> Any:
        publish(desk)
        return all_files(*args, **given)

    monkeypatch.setattr(verifying, "all_files", publish_first)
    with monkeypatch.context() as patched:
        patched.setattr("tracker.publishing.publisher.alone", lambda scratch: contextlib.nullcontext())
        assert verify(desk).problems == []
    assert not publish(desk).anew


IN_THE_WAY: dict[str, Callable[[Path], object]] = {
    "symbolic link": lambda path: path.symlink_to("/dev/zero"),
    "FIFO": os.mkfifo,
    "folder": Path.mkdir,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["heads.json", "index.html"])
@pytest.mark.parametrize("kind", IN_THE_WAY)
def test_what_is_in_the_way_of_a_published_file_is_named(
    desk: Workspace, story: Path, kind: str, name: str
) -> None:
    """It is not opened, so verify neither waits nor reads without end."""
    publish(desk)
    path = Path(desk.feeds, name)
    path.unlink()
    IN_THE_WAY[kind](path)
    (problem,) = verify(desk).problems
    assert problem.place == f"feeds/{name}"
    assert problem.message.startswith(f"a {kind} is in the way of a file")
    assert "Remove it" in problem.remedy


@pytest.mark.slow
def test_a_linked_folder_of_published_files_is_named_once(desk: Workspace, story: Path) -> None:
    publish(desk)
    folder = Path(desk.feeds, "stories/story")
    folder.rename(Path(desk.root, "moved"))
    folder.symlink_to("../../moved")
    assert places(desk) == ["feeds/stories/story"]


@pytest.mark.slow
def test_each_phase_tells_each_story(desk: Workspace, record: Callable[..., Any]) -> None:
    for story in ("b", "a"):
        record("opened", "A story", story=story)
    publish(desk)
    with projection.caught_up(desk.database_path, desk.log, str):
        pass
    told: dict[str, list[str]] = {}

    @contextlib.contextmanager
    def phase(what: str) -> Iterator[Callable[[str], None]]:
        yield told.setdefault(what, []).append

    verify(desk, phase=phase)
    phases = ["checking the log", "comparing the read model", "comparing the published files"]
    assert list(told) == phases
    assert [sorted(slugs) for slugs in told.values()] == [["a", "b"]] * 3


@pytest.fixture
def many(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A published desk with a read model and so many stories that several processes compare them."""
    monkeypatch.chdir(desk.root)
    monkeypatch.setattr(cores, "count", lambda: 2)
    monkeypatch.setattr(projection, "PART", 4)
    for number in range(projection.PART + 1):
        desk.record(f"story-{number:02}", [{"type": "opened", "title": f"The story {number}", "parties": ["A"]}])
    publish(desk)
    with projection.caught_up(desk.database_path, desk.log, str):
        pass
    return desk


def test_many_stories_are_compared_on_all_cores(many: Workspace) -> None:
    """Whichever process compares them, a difference is found."""
    assert verify(many).problems == []
    stories = Path(many.feeds, "stories")
    (stories / "story-03/index.html").write_text("edited")
    (stories / "story-04/developments.atom").unlink()
    Path(many.feeds, "all.atom").write_text("edited")
    found = ("stories/story-03/index.html", "stories/story-04/developments.atom", "all.atom")
    assert sorted(places(many)) == sorted(f"feeds/{each}" for each in found)


@pytest.mark.slow
@pytest.mark.parametrize(
    "tampered",
    [
        "UPDATE stories SET title = 'x' WHERE story = 'story-04'",
        "DELETE FROM parties WHERE story = 'story-00'",
        "INSERT INTO parties VALUES ('A', 'another', 1)",
        "INSERT INTO situations (story, seq) VALUES (NULL, 1)",
    ],
)
def test_rows_of_many_stories_are_compared(many: Workspace, tampered: str) -> None:
    with contextlib.closing(sqlite3.connect(many.database_path)) as connection:
        connection.execute(tampered)
        connection.commit()
    (problem,) = verify(many).problems
    assert problem.place.startswith(".tracker/tracker.db:")


@pytest.mark.slow
def test_the_files_of_single_stories_and_the_others_are_all_files(
    many: Workspace, record: Callable[..., Any]
) -> None:
    record("report", "A picture of it", story="story-01", sources=[{"publisher": "A"}])
    record("correction", story="story-01", corrects="#2", changes={"title": "It"}, why="misread")
    publish(many)
    seen = seen_heads(many)
    upto = {slug: each.seq for slug, each in seen.stories.items()}

    def by_path(files: Iterator[File]) -> dict[str, bytes]:
        return {file.path: file.data or b"".join(file.lines or ()) for file in files}

    with contextlib.closing(PublicationState()) as state:
        whole = by_path(all_files(many, state, seen, upto=upto))
    with contextlib.closing(PublicationState()) as state:
        parts = by_path(all_files(many, state, seen, upto=upto, own=False))
    assert not [path for path in parts if path.startswith("stories/story-01/")]
    with contextlib.closing(PublicationState()) as state:
        for slug in upto:
            with state.undone():
                parts |= by_path(story_files(many, state, seen, slug, upto))
    assert parts == whole
