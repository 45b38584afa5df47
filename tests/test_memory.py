"""A long story is recorded into and published in a memory that does not grow with its texts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks import corpus, large
from tests.conftest import FixedClock
from tracker.log import files
from tracker.publishing.publisher import publish
from tracker.workspace.desk import Workspace

SIZE = 12_000_000


def test_a_large_story_is_as_a_small_one(
    desk: Workspace, clock: FixedClock, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recorded, corrected, removed, and published: at once, in steps, and each month as it was known then."""
    monkeypatch.setattr(files, "LARGE", 0)
    record("opened", "A story", body="Text of the first.")
    for number in range(4):
        record("update", f"Update {number}", body=f"**Text** of {number}.")
    publish(desk)
    clock.instant += timedelta(days=40)
    record("correction", corrects="#2", changes={"body": "Another text."}, why="It was wrong.")
    record("correction", corrects="#3", changes={"title": "Another title"}, why="It was wrong.")
    publish(desk)
    clock.instant += timedelta(days=40)
    record("retraction", retracts="#7", why="It was right.")
    record("redaction", redacts="#4", reason="error", authority="The desk")
    publish(desk)
    in_steps = published(desk)
    assert b"Text</strong> of 2" not in b"".join(in_steps.values())
    publish(desk, anew=True)
    assert published(desk) == in_steps
    monkeypatch.undo()
    publish(desk, anew=True)
    assert published(desk) == in_steps


def published(desk: Workspace) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in Path(desk.feeds).rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_long_story_takes_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Much less than twice its size, which a command took that held its lines and its events."""
    monkeypatch.setenv("TRACKER_BENCHMARKS", str(tmp_path))
    with large.desk(SIZE) as folder:
        assert large.peak(folder, ["add", "update", corpus.slug(0), "It goes on"]) < 40
        assert large.peak(folder, ["publish"]) < 88
        large.peak(folder, ["add", "update", corpus.slug(0), "It still goes on"])
        assert large.peak(folder, ["publish"]) < 85
