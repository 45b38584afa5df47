"""The desk of examples: all their stories, in one workspace that verifies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import FixedClock
from tracker.errors import BadInput
from tracker.maintenance.verify import verify
from tracker.workspace import demo

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_it_has_the_stories_of_the_examples(tmp_path: Path, clock: FixedClock) -> None:
    """Byte for byte, with their pictures, types and parties. ``tracker verify`` finds nothing."""
    desk = demo.make(str(tmp_path / "demo"), "http://127.0.0.1:8000/", clock=clock)
    found = (path for name in os.listdir(demo.FOLDER) for path in EXAMPLES.glob(f"{name}/events/*.jsonl"))
    logs = {path.stem: path for path in found}
    assert {"door-plug", "sync-outage", "mill-v-energy"} <= logs.keys()
    for path in logs.values():
        assert Path(desk.log.folder, path.name).read_bytes() == path.read_bytes()
    verified = verify(desk)
    assert (verified.problems, sorted(verified.heads)) == ([], sorted(logs))
    assert {"outage", "appointment", "lawsuit"} <= {*desk.log.glossary.declared}
    assert desk.config.url == "http://127.0.0.1:8000/"


def test_it_is_made_once(tmp_path: Path) -> None:
    demo.make(str(tmp_path), "http://127.0.0.1:8000/")
    with pytest.raises(BadInput, match="is there already"):
        demo.make(str(tmp_path), "http://127.0.0.1:8000/")
