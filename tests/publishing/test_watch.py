"""A workspace that is watched: whatever is recorded is published, wherever the log is."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import FixedClock
from tests.log.test_postgres import moved_to, stopped
from tests.servers import Server
from tests.serving import PATIENCE, eventually
from tracker.publishing import watch as watching
from tracker.publishing.atomic_files import AtomicFiles
from tracker.publishing.publisher import PublishResult
from tracker.publishing.watch import watch
from tracker.workspace.desk import Workspace

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture(params=["files", "postgres"])
def desk(request: pytest.FixtureRequest, desk: Workspace) -> Workspace:
    """A desk with a story of one event, with its log in files or on the server."""
    if request.param == "postgres":
        server: Server = request.getfixturevalue("server")
        desk = moved_to(desk, server.log())
    desk.record("story", [{"type": "opened", "title": "A story"}])
    return desk


class Watched:
    """What was told of a desk while it was watched."""

    def __init__(self, desk: Workspace) -> None:
        self.desk = Workspace(desk.root, clock=FixedClock())
        self.desk.log.wait = 0.2
        self.published: list[PublishResult] = []
        self.failed: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._fault: Exception | None = None
        self._thread.start()

    def _watch(self) -> None:
        try:
            watch(self.desk, self.published.append, lambda error: self.failed.append(str(error)), self._stop)
        except Exception as error:
            self._fault = error

    def end(self) -> None:
        self._stop.set()
        self._thread.join()
        assert self._fault is None

    def has(self, text: str, path: str = "all.atom") -> bool:
        """Whether that is published, or will be soon."""
        file = Path(self.desk.feeds, path)  # read as UTF-8: feedgen changes the locale of all threads for a moment
        return eventually(lambda: file.is_file() and text in file.read_text(encoding="utf-8"))


@pytest.fixture
def watched(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr(watching, "LONGEST_REST", 0.3)
    monkeypatch.chdir(desk.root)
    watched = Watched(desk)
    try:
        yield watched
    finally:
        watched.end()


def test_whatever_is_recorded_is_published(desk: Workspace, watched: Watched) -> None:
    for number in range(3):
        desk.record("story", [{"type": "update", "title": f"Update {number}"}])
        assert watched.has(f"Update {number}")
    desk.record("other", [{"type": "opened", "title": "Another story"}])
    assert watched.has("Another story", "stories/other/index.html")
    assert not watched.failed


@pytest.mark.slow
def test_where_nothing_is_recorded_nothing_is_published(desk: Workspace, watched: Watched) -> None:
    assert eventually(lambda: watched.published)
    time.sleep(3 * watching.REST)
    assert len(watched.published) == 1


@pytest.mark.slow
def test_what_somebody_removes_is_published_again(watched: Watched) -> None:
    assert watched.has("A story", "stories/story/index.html")
    assert eventually(lambda: watched.published), (
        "else the publisher puts files into the folder while it is removed"
    )
    shutil.rmtree(watched.desk.feeds)
    assert watched.has("A story", "stories/story/index.html")


@pytest.mark.slow
@pytest.mark.parametrize("removed", ["", "stories"])
def test_what_is_removed_when_it_was_just_published_is_published_again(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch, removed: str
) -> None:
    """Another program removes all files, or those of stories, after the last one is in place."""
    stop, said = threading.Event(), []
    place = AtomicFiles.place

    def then_remove(self: AtomicFiles) -> None:
        monkeypatch.setattr(AtomicFiles, "place", place)
        place(self)
        shutil.rmtree(Path(self.folder, removed))

    def told(published: PublishResult) -> None:
        said.append(published)
        if len(said) == 2:
            stop.set()

    monkeypatch.setattr(AtomicFiles, "place", then_remove)
    ends = threading.Timer(PATIENCE, stop.set)
    ends.start()
    watch(desk, told, lambda error: pytest.fail(str(error)), stop)
    ends.cancel()
    assert [bool(each.missing) for each in said] == [True, False]
    assert "A story" in Path(desk.feeds, "stories/story/index.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_another_configuration_is_read(desk: Workspace, watched: Watched) -> None:
    """A broken one is said once, and what was before stays in force."""
    settings = Path(desk.root, "tracker.toml")
    good = settings.read_text(encoding="utf-8")
    assert watched.has("The desk")
    settings.write_text(good + "nothing\n")
    assert eventually(lambda: watched.failed)
    desk.record("story", [{"type": "update", "title": "Meanwhile"}])
    assert watched.has("Meanwhile")
    settings.write_text(good.replace('"The desk"', '"Another name"'))
    assert watched.has("Another name")
    assert [error.partition(":")[0] for error in watched.failed] == ["tracker.toml"]


@pytest.mark.slow
def test_declared_types_are_read(desk: Workspace, watched: Watched) -> None:
    assert watched.has("A story")
    Path(desk.root, "events", "types.toml").write_text('[lawsuit]\nhelp = "A suit."\n')
    desk = Workspace(desk.root)
    desk.record("story", [{"type": "lawsuit", "title": "A suit is filed"}])
    assert watched.has("A suit is filed")


@pytest.mark.slow
def test_what_fails_is_said_once_and_tried_again(desk: Workspace, watched: Watched) -> None:
    """Here: somebody has put a file where a folder has to be."""
    assert watched.has("A story")
    folder = Path(watched.desk.feeds, "stories", "other")
    folder.write_text("in the way")
    desk.record("other", [{"type": "opened", "title": "Another story"}])
    assert eventually(lambda: watched.failed)
    time.sleep(4 * watching.LONGEST_REST)
    assert len(watched.failed) == 1
    folder.unlink()
    assert watched.has("Another story", "stories/other/index.html")


@pytest.mark.slow
@pytest.mark.parametrize("desk", ["postgres"], indirect=True)
def test_a_server_that_comes_back_is_asked_again(desk: Workspace, watched: Watched, server: Server) -> None:
    assert watched.has("A story")
    with stopped(server):
        assert eventually(lambda: watched.failed)
    desk.record("story", [{"type": "update", "title": "Back again"}])
    assert watched.has("Back again")


def run(desk: Workspace) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tracker", "publish", "--watch"]
    return subprocess.Popen(command, cwd=desk.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_the_command_goes_on_until_it_is_told_to_end(desk: Workspace, by: signal.Signals) -> None:
    child = run(desk)
    assert child.stdout
    assert child.stdout.readline().startswith("published to feeds: ")
    assert child.stdout.readline().startswith("watching ")
    desk.record("story", [{"type": "update", "title": "Seen"}])
    assert "files written" in child.stdout.readline()
    assert "Seen" in Path(desk.feeds, "all.atom").read_text(encoding="utf-8")
    child.send_signal(by)
    assert child.communicate(timeout=PATIENCE) == ("", "")
    assert child.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("desk", ["files"], indirect=True)
def test_the_command_says_once_what_is_damaged(desk: Workspace) -> None:
    """And publishes the others."""
    desk.record("other", [{"type": "opened", "title": "Another story"}])
    with Path(desk.log.name("story")).open("ab") as file:
        file.write(b"{}\n")
    child = run(desk)
    assert child.stdout
    assert child.stdout.readline().startswith("published to feeds: ")
    child.stdout.readline()
    for number in range(2):
        desk.record("other", [{"type": "update", "title": f"Update {number}"}])
        assert "written" in child.stdout.readline()
    child.terminate()
    _, said = child.communicate(timeout=PATIENCE)
    assert said.count("it is not published") == 1
    assert child.returncode == 0
