"""What the hub is told: the documents that changed since it was told last."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran
from tests.publishing.test_websub import Hub, hub, no_proxy  # noqa: F401
from tracker.publishing import websub
from tracker.workspace.desk import Workspace


@pytest.fixture
def desk_with_hub(desk: Workspace, hub: Hub) -> Hub:  # noqa: F811
    path = Path(desk.root, "tracker.toml")
    path.write_text(f'hub = "{hub.address}"\n{path.read_text()}')
    return hub


@pytest.fixture
def story(cli: Callable[..., Ran]) -> None:
    cli("open", "story", "--title", "A story")


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_the_hub_is_told_what_changed(
    cli: Callable[..., Ran], record: Callable[..., Any], desk_with_hub: Hub
) -> None:
    """Every document once, those of earlier publications too; nothing when nothing is new."""
    cli("publish")
    record("update", "More")
    assert cli("publish", "--ping").code == 0
    told = desk_with_hub.topics
    assert len(told) == len(set(told)) == 3 * (3 + 3 + 2)
    assert "https://desk.example/stories/story/standing.json" in told
    assert cli("publish", "--ping").code == 0
    record("update", "And more")
    assert cli("publish", "--ping").code == 0
    last = desk_with_hub.topics[len(told) :]
    assert sorted(last) == [
        f"https://desk.example/{feed}.{ending}"
        for feed in ("all", "stories/story/developments", "types/update/developments")
        for ending in ("atom", "json", "rss")
    ]


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_a_hub_that_is_down_stops_nothing(cli: Callable[..., Ran], desk: Workspace, desk_with_hub: Hub) -> None:
    """It is published, it is said, and the hub is told the next time."""
    desk_with_hub.answers = [(503, {})]
    code, out, err = cli("publish", "--ping")
    assert (code, "published to feeds: " in out) == (0, True)
    assert "was not told that https://desk.example/" in err
    assert len(websub.queued(desk.scratch)) == 3 * (3 + 3 + 1)
    desk_with_hub.answers = [(204, {})]
    desk_with_hub.posts.clear()
    assert cli("publish", "--ping") == (0, "feeds is up to date\n" + out.split("\n", 1)[1], "")
    assert len(desk_with_hub.topics) == 3 * (3 + 3 + 1)
    assert websub.queued(desk.scratch) == []


@pytest.mark.usefixtures("story")
def test_what_the_hub_does_not_take_waits(cli: Callable[..., Ran], desk: Workspace, desk_with_hub: Hub) -> None:
    desk_with_hub.answers = [(404, {}), (204, {})]
    assert "404" in cli("publish", "--ping").err
    assert len(websub.queued(desk.scratch)) == 1


@pytest.mark.usefixtures("story")
def test_what_cannot_be_told_is_refused_before_anything_is_published(
    cli: Callable[..., Ran],
    desk: Workspace,
    hub: Hub,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a hub, and without the extra."""
    code, out, err = cli("publish", "--ping")
    assert (code, out) == (2, "")
    assert err == 'error: --ping: tracker.toml names no hub to tell; add hub = "https://…" to it\n'
    path = Path(desk.root, "tracker.toml")
    path.write_text(f'hub = "{hub.address}"\n{path.read_text()}')
    monkeypatch.setitem(sys.modules, "httpx", None)
    assert "pip install 'storyfold[websub]'" in cli("publish", "--ping").err
    assert not Path(desk.feeds).exists()


def test_a_desk_without_a_hub_keeps_no_list(cli: Callable[..., Ran], desk: Workspace, story: None) -> None:
    cli("publish")
    assert not Path(desk.scratch, websub.FILE).exists()


def test_every_format_names_the_hub(
    cli: Callable[..., Ran], desk: Workspace, desk_with_hub: Hub, story: None
) -> None:
    """So that subscribers find it in the document itself."""
    cli("publish")
    for ending in ("atom", "rss", "json"):
        for feed in ("all", "stories/story/standing", "types/opened/developments"):
            assert desk_with_hub.address in Path(desk.feeds, f"{feed}.{ending}").read_text()


def test_addresses_are_kept_once(tmp_path: Path) -> None:
    websub.enqueue(str(tmp_path), ["a", "b"])
    websub.enqueue(str(tmp_path), ["b", "c"])
    assert websub.queued(str(tmp_path)) == ["a", "b", "c"]
    websub.dequeue(str(tmp_path), ["b", "x"])
    assert websub.queued(str(tmp_path)) == ["a", "c"]


def test_a_disk_that_is_full_leaves_the_queue_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no temporary file."""
    websub.enqueue(str(tmp_path), ["a"])

    def fails(*values: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="No space"):
        websub.enqueue(str(tmp_path), ["b"])
    assert (os.listdir(tmp_path), websub.queued(str(tmp_path))) == ([websub.FILE], ["a"])
