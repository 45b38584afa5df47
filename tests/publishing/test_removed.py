"""A removed text is published nowhere, also if something else is wrong with the log or with what was published."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.pictures import FILES, NAME, SMALL_NAME, image
from tests.publishing.test_publisher import a_story_unfolds, site
from tracker.domain import chain
from tracker.errors import TrackerError
from tracker.publishing import atomic_files
from tracker.publishing.publisher import publish
from tracker.workspace.desk import Workspace

SECRET = b"unspeakable"


def with_secret(desk: Workspace) -> list[str]:
    """The published files that have the secret or its name, and the pictures."""
    named = (SECRET.decode(), "unspeakably", NAME, SMALL_NAME)
    return [path for path, data in site(desk).items() if SECRET in data or any(each in path for each in named)]


@pytest.fixture
def good(desk: Workspace, record: Callable[..., Any]) -> Workspace:
    """A desk that has published the stories bad and good, and has a removal in good that is not published yet. The
    text names a party, has a picture, and mentions the other story."""
    for name, data in FILES.items():
        desk.log.put_picture(name, data)
    for story in ("bad", "good"):
        a_story_unfolds(record, story)
    text = {"body": "unspeakable", "parties": ["unspeakable"], "see": ["bad#2"], "image": image()}
    record("update", "unspeakable", story="good", **text)
    record(
        "update", "unspeakable", story="good", backfilled=True, parties=["unspeakably old"], tags=["unspeakable"]
    )
    record("opened", "The unspeakable", story="named")
    publish(desk)
    assert {path.split("/")[0] for path in with_secret(desk)} >= {"stories", "parties", "media", "all.atom"}
    assert "stories/bad/2.html" in with_secret(desk)
    for story, seq in (("good", 4), ("good", 5), ("named", 1)):
        record("redaction", story=story, redacts=f"#{seq}", reason="court-order", authority="a court")
    return desk


def nothing(desk: Workspace, path: Path) -> None:
    pass


def unfinished(desk: Workspace, path: Path) -> None:
    path.write_bytes(b"<<<<<<< HEAD\n" + path.read_bytes())


def deleted(desk: Workspace, path: Path) -> None:
    path.unlink()


def folder(desk: Workspace, path: Path) -> None:
    path.unlink()
    path.mkdir()


def cut(desk: Workspace, path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))


def damaged(desk: Workspace, path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"{broken\n")


def renamed(desk: Workspace, path: Path) -> None:
    path.rename(path.with_name("other.jsonl"))


def swapped(desk: Workspace, path: Path) -> None:
    other = path.with_name("bad.jsonl")
    aside = path.rename(path.with_name("aside"))
    if other.exists():
        other.rename(path)
    aside.rename(other)


def executed(desk: Workspace, path: Path) -> None:
    desk.log.remove_texts("good", {chain.id_of(line) for line in desk.log.lines("good")[3:5]})


HEADS = (nothing, deleted, unfinished, folder)
OTHER = (nothing, deleted, cut, damaged)
OWN = (nothing, executed, damaged, renamed, swapped)
PUBLISHED = (nothing, deleted)
CASES = [
    pytest.param(
        *case, id="-".join(each.__name__ for each in case), marks=[pytest.mark.slow] if number % 40 else []
    )
    for number, case in enumerate(product(HEADS, OTHER, OWN, PUBLISHED))
]
"""Of forty cases, one is quick."""


@pytest.mark.parametrize(
    ("heads", "other", "own", "published"),
    CASES,
)
def test_a_removed_text_is_published_nowhere(
    good: Workspace, heads: Callable[..., None], other: Callable[..., None], own: Callable[..., None],
    published: Callable[..., None],
) -> None:  # fmt: skip
    """The publisher may refuse. When all is repaired, the site is that of a first publication."""
    events, feeds = Path(good.log.folder), Path(good.feeds)
    if own is executed:
        own(good, events / "good.jsonl")
    shutil.copytree(events, events.with_name("kept"))
    other(good, events / "bad.jsonl")
    if own is not executed:
        own(good, events / "good.jsonl")
    heads(good, feeds / "heads.json")
    published(good, feeds / "stories" / "good" / "events.jsonl")
    for _ in range(2):
        with contextlib.suppress(TrackerError):
            publish(good)
        assert with_secret(good) == []
    shutil.rmtree(events)
    shutil.copytree(events.with_name("kept"), events)
    if (feeds / "heads.json").is_dir():
        (feeds / "heads.json").rmdir()
    elif heads is unfinished:
        (feeds / "heads.json").unlink()
    assert publish(Workspace(good.root, clock=good.clock)).errors == []
    again = site(good)
    shutil.rmtree(feeds)
    shutil.rmtree(good.scratch)
    publish(good)
    assert site(good) == again


def broken_types(desk: Workspace) -> None:
    Path(desk.log.folder, "types.toml").write_text("[x")


def file_for_scratch(desk: Workspace) -> None:
    shutil.rmtree(desk.scratch)
    Path(desk.scratch).touch()


def folder_for_a_late_file(desk: Workspace) -> None:
    """The files of the stories are in place by then, with their logs."""
    folder(desk, Path(desk.feeds, "index.html"))


def folder_for_a_feed(desk: Workspace) -> None:
    folder(desk, Path(desk.feeds, "stories", "bad", "developments.atom"))


@pytest.mark.parametrize("fault", [broken_types, file_for_scratch, folder_for_a_late_file, folder_for_a_feed])
def test_a_removed_text_goes_though_nothing_can_be_published(
    good: Workspace, fault: Callable[[Workspace], None]
) -> None:
    """And the desk is told."""
    told: list[str] = []
    fault(good)
    with pytest.raises(TrackerError):
        publish(Workspace(good.root, clock=good.clock, tell=told.append))
    assert with_secret(good) == []
    assert [each for each in told if "because they may have a redacted text" in each]


def test_a_removed_text_goes_during_a_merge(good: Workspace) -> None:
    """A file of the log is in conflict, so nothing can be published."""
    conflict = (
        "git init -q; git config user.email a@b.example; git config user.name A; git add events/bad.jsonl;"
        " git commit -qm 1; git checkout -qb b; echo b >> events/bad.jsonl; git commit -qam b; git checkout -q -;"
        " echo a >> events/bad.jsonl; git commit -qam a; git merge -q b"
    )
    subprocess.run(["sh", "-c", conflict], cwd=good.root, capture_output=True, check=False)
    with pytest.raises(TrackerError, match="git has not merged"):
        publish(good)
    assert with_secret(good) == []
    assert "stories/bad/events.jsonl" in site(good)


@pytest.mark.parametrize("name", ["a-story", "zed"])
def test_a_kept_story_loses_a_mention_before_or_after_the_text_in_order(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The files of stories are put in place in the order of their names, some at a time."""
    monkeypatch.setattr(atomic_files, "MOST_ASIDE", 2)
    for story in ("good", name):
        a_story_unfolds(record, story)
    record("update", "unspeakable", story="good", see=[f"{name}#2"])
    publish(desk)
    assert f"stories/{name}/2.html" in with_secret(desk)
    record("redaction", story="good", redacts="#4", reason="court-order", authority="a court")
    damaged(desk, Path(desk.log.path(name)))
    assert len(publish(desk).errors) == 1
    assert with_secret(desk) == []
