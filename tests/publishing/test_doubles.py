"""An event that is in two stories is published with one of them, or with none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tests.publishing.test_publisher import a_story_unfolds, site
from tracker.domain.events import Event, Opened, Update
from tracker.log.base import NOTHING
from tracker.maintenance.verify import verify
from tracker.publishing import doubles
from tracker.publishing.publisher import publish
from tracker.workspace.desk import Workspace

COPY = "copy"


def copied(desk: Workspace, name: str = COPY, story: str = "story", *more: Event) -> list[Event]:
    """The events of a story as those of a story of another name, and some more."""
    first, *others = desk.log.read(story)
    return [structs.replace(first, slug=name), *others, *more]


def forge(desk: Workspace, name: str, events: list[Event]) -> None:
    """Put the events in place of a story. Their ids stay, and their hashes follow."""
    Path(desk.log.path(name)).unlink(missing_ok=True)
    desk.log.append(name, events, NOTHING)


@pytest.fixture(autouse=True)
def inside(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.root)


@pytest.fixture
def published(desk: Workspace, record: Callable[..., Any]) -> dict[str, bytes]:
    """The files of a published story, beside another one."""
    a_story_unfolds(record)
    record("opened", "Another", story="other")
    record("update", "Of another", story="other")
    publish(desk)
    return site(desk)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a-copy", "z-copy"], ids=["before it", "behind it"])
@pytest.mark.parametrize("anew", [False, True])
def test_a_copy_of_a_published_story_is_not_published(
    desk: Workspace, published: dict[str, bytes], name: str, anew: bool
) -> None:
    """With any text, and in both orders of reading."""
    forge(desk, name, copied(desk, name, "story", Update(title="Forged")))
    for _ in range(2):
        said = [str(error) for error in publish(desk, anew=anew).errors]
        first = next(desk.log.read("story")).id
        assert said == [
            f"events/{name}.jsonl:1: id: {first} is the id of events/story.jsonl:1 already; remove the copy"
            " (it is not published)"
        ]
        assert site(desk) == published
    assert [each.place for each in verify(desk).problems][:1] == [f"events/{name}.jsonl:1"]
    os.remove(desk.log.path(name))
    assert publish(desk).errors == []
    assert site(desk) == published


def test_a_new_event_of_another_story_is_not_published(desk: Workspace, published: dict[str, bytes]) -> None:
    """The story keeps its last publication, and the other goes on."""
    other = list(desk.log.read("other"))[1]
    desk.log.append("story", [structs.replace(other, title="Forged")], desk.log.head("story"))
    desk.log.append("other", [Update(title="Of another again")])
    (error,) = publish(desk).errors
    assert str(error).endswith(
        "is the id of events/other.jsonl:2 already; remove the copy (its last publication was kept)"
    )
    now = site(desk)
    assert {path: data for path, data in now.items() if path.startswith("stories/story/")} == {
        path: data for path, data in published.items() if path.startswith("stories/story/")
    }
    assert not [path for path, data in now.items() if b"Forged" in data]
    assert b"Of another again" in now["stories/other/index.html"]


@pytest.mark.parametrize("anew", [False, True])
def test_two_stories_that_are_new_are_both_left_out(
    desk: Workspace, published: dict[str, bytes], record: Callable[..., Any], anew: bool
) -> None:
    """For nothing says which is the copy. When one is gone, the other is published."""
    record("opened", "New", story="new")
    forge(desk, COPY, copied(desk, COPY, "new"))
    said = [str(error) for error in publish(desk, anew=anew).errors]
    assert [each.partition(": id")[0] for each in said] == ["events/copy.jsonl:1", "events/new.jsonl:1"]
    assert site(desk) == published
    os.remove(desk.log.path(COPY))
    assert publish(desk).errors == []
    assert b"New" in site(desk)["stories/new/index.html"]


def test_a_copy_of_a_damaged_story_is_not_published(desk: Workspace, published: dict[str, bytes]) -> None:
    """The published log says which events the damaged story had."""
    forge(desk, COPY, copied(desk))
    Path(desk.log.path("story")).write_bytes(b"damage\n")
    said = [str(error) for error in publish(desk).errors]
    assert [each.partition(":")[0] for each in said] == ["events/copy.jsonl", "events/story.jsonl"]
    assert not [path for path in site(desk) if COPY in path]


def test_a_damaged_copy_takes_nothing(desk: Workspace, record: Callable[..., Any]) -> None:
    """A new story is published although a file that is no log has its ids."""
    record("opened", "New", story="new")
    Path(desk.log.path(COPY)).write_bytes(Path(desk.log.path("new")).read_bytes())
    (error,) = publish(desk).errors
    assert "events/copy.jsonl:1: slug: " in str(error)
    assert b"New" in site(desk)["stories/new/index.html"]


def test_a_story_that_is_copied_while_it_is_published(
    desk: Workspace, published: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The publisher looks again when it reads a story."""
    forge(desk, COPY, copied(desk))
    monkeypatch.setattr(doubles, "_decided", lambda *_: {})
    (error,) = publish(desk).errors
    assert "is the id of story already" in str(error)
    assert site(desk) == published


def test_a_new_name_is_no_copy(desk: Workspace, published: dict[str, bytes]) -> None:
    """Once the rewrite is accepted."""
    forge(desk, COPY, copied(desk))
    os.remove(desk.log.path("story"))
    assert publish(desk, accept_rewrite="renamed").errors == []
    assert "stories/copy/index.html" in site(desk)
    assert Opened in map(type, desk.log.read(COPY))
