"""What stands in ``events/`` in place of a file is named, not followed and not waited for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran
from tests.log.test_scratch import KINDS
from tracker.workspace.desk import Workspace

REMEDY = "is in the way of a file. Remove it or move it away, and try again"

NEEDS: dict[str, list[list[str]]] = {
    "story.jsonl": [["show", "story"], ["add", "update", "story", "More"], ["publish"], ["verify"]],
    "types.toml": [
        ["show", "story"],
        ["add", "update", "story", "More"],
        ["publish"],
        ["verify"],
        ["search", "x"],
    ],
    "parties.toml": [["add", "update", "story", "More"], ["parties"]],
}
"""Commands that need each file."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NEEDS)
def test_what_is_in_the_way_is_named(
    desk: Workspace, record: Callable[..., Any], cli: Callable[..., Ran], name: str, kind: str
) -> None:
    """By each command that needs the file; when it is gone, they go on."""
    record("opened", "A story")
    path, kept = Path(desk.log.folder, name), Path(desk.root, "kept")
    if path.exists():
        path.rename(kept)
    (Path(desk.root).parent / "elsewhere.db").write_text("[precious]\n")
    KINDS[kind](path)
    for command in NEEDS[name]:
        ran = cli(*command)
        assert ran.code in (1, 2), (command, ran)
        assert f"events/{name}: {kind} {REMEDY}" in ran.out + ran.err
    path.rmdir() if kind == "a folder" else path.unlink()
    if kept.exists():
        kept.rename(path)
    for command in NEEDS[name]:
        assert cli(*command).code == 0, command


@pytest.mark.parametrize("kind", KINDS)
def test_other_stories_go_on(
    desk: Workspace, record: Callable[..., Any], cli: Callable[..., Ran], kind: str
) -> None:
    record("opened", "A story")
    KINDS[kind](Path(desk.log.folder, "other.jsonl"))
    for command in (["add", "update", "story", "More"], ["show", "story"], ["stories"]):
        ran = cli(*command)
        assert ran.code == 0, command
    assert "2 developments" in ran.out
    assert desk.log.latest()[0] in desk.log.streams()


def test_the_folder_may_be_a_link(desk: Workspace, record: Callable[..., Any], cli: Callable[..., Ran]) -> None:
    record("opened", "A story")
    events = Path(desk.log.folder)
    events.rename(events.parent / "disk")
    events.symlink_to("disk")
    for command in (["add", "update", "story", "More"], ["publish"], ["verify"]):
        assert cli(*command).code == 0
