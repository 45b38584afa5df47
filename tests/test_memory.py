"""A long story is recorded into and published in a memory that does not grow with its texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import corpus, large

pytestmark = pytest.mark.slow

SIZE = 30_000_000


def test_a_long_story_takes_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Much less than twice its size, which a command took that held its lines and its events."""
    monkeypatch.setenv("TRACKER_BENCHMARKS", str(tmp_path))
    with large.desk(SIZE) as folder:
        assert large.peak(folder, ["add", "update", corpus.slug(0), "It goes on"]) < 60
        assert large.peak(folder, ["publish"]) < 160
        large.peak(folder, ["add", "update", corpus.slug(0), "It still goes on"])
        assert large.peak(folder, ["publish"]) < 130
