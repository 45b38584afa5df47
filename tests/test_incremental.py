"""Going on from the last publication gives the bytes that making everything anew gives, and costs what is new."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.strategies import Stream, next_event
from tests.test_publish import site
from tracker import archives
from tracker import site as sites
from tracker import workspace as workspaces
from tracker.amend import REDACTED
from tracker.publish import publish
from tracker.workspace import Workspace


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three entries, so that a short story has archives; and a disk that takes no time."""
    for module in (archives, sites):
        monkeypatch.setattr(module, "MOST_ITEMS", 3)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def anew(desk: Workspace) -> dict[str, bytes]:
    """The site that the same log gives when everything is made anew, elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(desk.root, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("feeds", ".tracker"))
        copy = Workspace(folder, clock=desk.clock)
        assert publish(copy).anew
        return site(copy)


GAPS = st.sampled_from([timedelta(0), timedelta(seconds=1), timedelta(days=1), timedelta(days=20)])


def move(data: st.DataObject, streams: list[Stream]) -> None:
    """Something is recorded in one of the stories, after all that was recorded before, or a text is removed."""
    stream = data.draw(st.sampled_from(streams))
    instant = max(each.instant for each in streams) if data.draw(st.integers(0, 9)) else stream.instant
    gap = instant - stream.instant + data.draw(GAPS)
    removable = [each.seq for each in stream.story.developments if each.standing != REDACTED and not each.target]
    if len(removable) > 3 and not data.draw(st.integers(0, 19)):
        stream.instant += gap
        stream.redact(data.draw(st.sampled_from(removable[1:])))
    else:
        stream.take(data.draw(next_event(stream.story)), after=gap)


def write(desk: Workspace, stream: Stream) -> None:
    path = Path(desk.log.path(stream.slug))
    text = b"".join(stream.lines)
    if not path.exists() or path.read_bytes() != text:
        aside = path.with_suffix(".new")
        aside.write_bytes(text)
        aside.replace(path)


@settings(max_examples=25)
@given(st.data())
def test_any_history_of_publications_gives_the_same_site(data: st.DataObject) -> None:
    """Whatever is appended, amended, removed and published in between, in whatever order."""
    streams = [Stream("one"), Stream("two")]
    for stream in streams:
        stream.add("opened", f"Story {stream.slug}", language="en")
    with tempfile.TemporaryDirectory() as folder:
        workspaces.init(folder, "The desk", "https://desk.example/", "Desk", "en")
        desk = Workspace(folder)
        for _ in range(data.draw(st.integers(1, 5))):
            for _ in range(data.draw(st.integers(0, 6))):
                move(data, streams)
            for stream in streams[: data.draw(st.integers(1, 2))]:
                write(desk, stream)
            published = publish(desk)
            assert (published.errors, published.missing) == ([], [])
            event("anew" if published.anew else "went on")
        assert site(desk) == anew(desk)
