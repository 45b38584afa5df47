"""Recording in a desk: drafts are decided on the story as it stands, and appended, all or none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tracker.domain.events import Event
from tracker.errors import BadInput, Conflict, CorruptLog, Unknown
from tracker.log.clock import new_id
from tracker.log.files import FileLog, Head
from tracker.text.dates import to_datetime
from tracker.workspace import recorder
from tracker.workspace.desk import Workspace


def test_what_is_recorded_is_told_with_its_name_and_changes(desk: Workspace, record: Callable[..., Any]) -> None:
    """The reference that people write, the event as it is in the log, and what it changed."""
    record("opened", "A story")
    recorded = record("suspension", "Out", subject="ByteDance")
    assert str(recorded.reference) == "story#2"
    assert recorded.event == list(desk.log.read("story"))[1]
    assert [str(change) for change in recorded.changes] == ["ByteDance: none → suspended"]
    assert desk.story("story").seq == 2


def test_a_batch_is_recorded_as_one(desk: Workspace) -> None:
    """Each of its drafts may refer to those before it."""
    recorded = desk.record(
        "story",
        [
            {"type": "opened", "title": "A story"},
            {"type": "suspension", "title": "Out", "subject": "ByteDance"},
            {"type": "reinstatement", "title": "In"},
            {"type": "correction", "corrects": "#2", "changes": {"title": "Outside"}, "why": "clearer"},
        ],
    )
    assert [str(each.reference) for each in recorded] == ["story#1", "story#2", "story#3", "story#4"]
    assert recorded[2].event.closes == recorded[1].event.id  # type: ignore[attr-defined]
    assert desk.story("story").developments[1].title == "Outside"


def test_of_a_batch_with_a_fault_nothing_is_recorded(desk: Workspace, record: Callable[..., Any]) -> None:
    """The refusal says which draft it was."""
    record("opened", "A story")
    before = Path(desk.log.path("story")).read_bytes()
    drafts = [{"type": "update", "title": "good"}, {"type": "updat", "title": "bad"}]
    with pytest.raises(BadInput, match=r"^draft 2: .*'updat'.*Did you mean update\?"):
        desk.record("story", drafts, place=lambda number: f"draft {number}")
    assert Path(desk.log.path("story")).read_bytes() == before


def test_a_trial_writes_nothing(desk: Workspace, record: Callable[..., Any]) -> None:
    """And still says what it would change."""
    record("opened", "A story")
    before = sorted(Path(desk.root).rglob("*"))
    (tried,) = desk.record("story", [{"type": "question", "title": "And now?"}], dry_run=True)
    assert [str(change) for change in tried.changes] == ["And now? none → open"]
    assert str(tried.reference) == "story#2"
    assert sorted(Path(desk.root).rglob("*")) == before
    assert desk.story("story").seq == 1


def test_a_story_has_to_be_opened_first(desk: Workspace) -> None:
    """The error says how, and no file is made."""
    with pytest.raises(Unknown, match=r"no story 'story'.* tracker open story TITLE"):
        desk.record("story", [{"type": "update", "title": "early"}])
    assert os.listdir(desk.log.folder) == []


def test_nothing_is_recorded_on_a_damaged_story(desk: Workspace, record: Callable[..., Any]) -> None:
    """Wherever the damage is: a decision must rest on all of it."""
    for number in range(4):
        record(*(("opened", "A story") if not number else ("update", f"number {number}")))
    path = Path(desk.log.path("story"))
    damaged = path.read_bytes().replace(b"number 1", b"number 7")
    path.write_bytes(damaged)
    with pytest.raises(CorruptLog, match=r"story\.jsonl:2: "):
        record("update", "next")
    assert path.read_bytes() == damaged


def somebody_faster(desk: Workspace, times: int) -> FileLog:
    """A log to which somebody else appends just before us, so many times."""

    class Raced(FileLog):
        left = times

        def append(self, slug: str, drafts: Any, expected: Head | None = None, pictures: Any = ()) -> list[Event]:
            if self.left:
                self.left -= 1
                FileLog(self.folder, clock=self.clock).append(slug, [
                    type(drafts[0])(title=f"faster {self.left}", id=new_id(self.clock())),
                ])  # fmt: skip
            return super().append(slug, drafts, expected, dict(pictures))

    return Raced(desk.log.folder, clock=desk.clock)


def test_what_was_prepared_on_an_older_story_is_prepared_anew(desk: Workspace, record: Callable[..., Any]) -> None:
    """Whoever is slower goes after whoever was faster."""
    record("opened", "A story")
    desk.log = somebody_faster(desk, 3)
    recorded = record("update", "slower")
    assert str(recorded.reference) == "story#5"
    assert [each.title for each in desk.story("story").developments[1:]] == [
        "faster 2", "faster 1", "faster 0", "slower",
    ]  # fmt: skip


def test_it_does_not_give_up_at_once(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often somebody else is faster in a few seconds."""
    record("opened", "A story")
    monkeypatch.setattr(recorder, "ATTEMPTS", 3)
    desk.log = somebody_faster(desk, 9)
    assert str(record("update", "slower").reference) == "story#11"


def test_it_gives_up_in_the_end(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says that nothing was recorded."""
    record("opened", "A story")
    monkeypatch.setattr(recorder, "ATTEMPTS", 3)
    monkeypatch.setattr(recorder, "PATIENCE", 0.0)
    desk.log = somebody_faster(desk, 9)
    with pytest.raises(Conflict, match="other processes kept appending to story; nothing was recorded"):
        record("update", "slower")
    assert "slower" not in [each.title for each in desk.story("story").developments]


def test_a_clock_behind_the_file_of_the_story_is_noticed(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """By more than an hour. Only the computer's own clock is compared."""
    own = Workspace(desk.root)
    own.record("story", [{"type": "opened", "title": "A story"}])
    path = Path(own.log.path("story"))
    for ahead, told in ((3_000, 0), (4_000, 1)):
        now = to_datetime(own.clock()).timestamp()
        os.utime(path, (now + ahead, now + ahead))
        (recorded,) = own.record("story", [{"type": "update", "title": "T"}], dry_run=True)
        assert len([each for each in recorded.advice if "this computer's clock says" in each]) == told
    assert desk.record("story", [{"type": "update", "title": "U"}], dry_run=True)[0].advice[1:] == ()


def test_a_desk_can_demand_a_source(desk: Workspace) -> None:
    """Of what happens in the world; the desk's own acts need none."""
    path = Path(desk.root, "tracker.toml")
    path.write_text("require_source = true\n" + path.read_text())
    strict = Workspace(desk.root, clock=desk.clock)
    source = {"sources": [{"publisher": "CNN"}]}
    own = [
        {"type": "opened", "title": "S"},
        {"type": "summary", "title": "T"},
        {"type": "question", "title": "Q?"},
    ]
    strict.record("story", [*own, {"type": "update", "title": "T", **source}])
    for values in (
        {"type": "update", "title": "T"},
        {"type": "expectation", "title": "T", "due": "2025"},
        {"type": "correction", "corrects": "#4", "changes": {"sources": None}, "why": "x"},
    ):
        with pytest.raises(BadInput, match="sources: has no source, and require_source"):
            strict.record("story", [values])
    strict.record("story", [{"type": "correction", "corrects": "#4", "changes": {"title": "U"}, "why": "x"}])
    strict.record("story", [{"type": "closed", "title": "The end"}])
