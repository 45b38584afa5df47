"""Pictures in a log, in files and in PostgreSQL: stored before the line that names them, removed with its text."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import FixedClock
from tests.pictures import FILES, NAME, SMALL_NAME, WHOLE, image, stored
from tests.servers import Server
from tracker.domain import chain
from tracker.domain.events import Correction, Event, Image, Opened, Redaction, Update
from tracker.errors import BadInput, Busy, Conflict, CorruptLog, LogFailed
from tracker.log.base import NOTHING, EventLog
from tracker.log.copy import copy
from tracker.log.files import FileLog
from tracker.log.postgres import PostgresLog

pytestmark = pytest.mark.xdist_group("postgres")

Made = Callable[..., EventLog]


@pytest.fixture
def made(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> Made:
    """Makes an empty log of a kind below the current folder, or on the server."""
    monkeypatch.chdir(tmp_path)

    def made(kind: str, name: str = "events") -> EventLog:
        if kind == "files":
            return FileLog(name, scratch=f"{name}.scratch", clock=clock, wait=0.2)
        server: Server = request.getfixturevalue("server")
        return PostgresLog(server.log(), name, clock=clock, wait=0.2)

    return made


@pytest.fixture(params=["files", "postgres"])
def log(request: pytest.FixtureRequest, made: Made) -> EventLog:
    """A log with an open story."""
    log = made(request.param)
    log.append("story", [Opened(title="A story", format=2, slug="story")])
    return log


def pictured(values: Mapping[str, Any] | None = None, title: str = "Seen") -> Event:
    return Update(title=title, image=Image(**(values or image())))


def redaction(target: Event) -> Event:
    return Redaction(redacts=target.id, reason="copyright", authority="A photographer")


def test_a_picture_is_stored_with_its_event(log: EventLog) -> None:
    log.append("story", [pictured()], pictures=FILES)
    assert log.picture_names() == sorted(FILES)
    assert {name: log.picture(name) for name in FILES} == FILES
    assert log.lacking([*FILES, f"{'0' * 64}.png"]) == [f"{'0' * 64}.png"]
    with pytest.raises(CorruptLog, match=r"0000.png: is missing. Restore it from a copy"):
        log.picture(f"{'0' * 64}.png")


def test_a_picture_that_is_there_is_named_again(log: EventLog) -> None:
    """By the same command, and by ``tracker append``, which has no file."""
    log.append("story", [pictured()], pictures=FILES)
    log.append("story", [pictured()], pictures=FILES)
    log.append("story", [pictured()])
    assert log.picture_names() == sorted(FILES)


def test_a_missing_picture_is_refused(log: EventLog) -> None:
    only_one = {NAME: WHOLE}
    with pytest.raises(BadInput, match=rf"{SMALL_NAME} is missing or was changed; tracker add --image"):
        log.append("story", [pictured()], pictures=only_one)
    (seen,) = log.append("story", [Update(title="Seen")])
    correction = Correction(corrects=seen.id, changes={"image": image()}, why="a slip")
    with pytest.raises(BadInput, match=r"^changes.image: "):
        log.append("story", [correction])
    assert log.head("story").seq == 2


def test_a_refused_append_stores_nothing(log: EventLog) -> None:
    with pytest.raises(Conflict):
        log.append("story", [pictured()], expected=NOTHING, pictures=FILES)
    assert not log.picture_names()


def test_a_redaction_removes_the_picture(log: EventLog) -> None:
    """Also one that a correction gave the event, once that is redacted too."""
    (seen,) = log.append("story", [pictured()], pictures=FILES)
    other = stored(b"another")
    (name,) = other
    correction = Correction(corrects=seen.id, changes={"image": image(name, name)}, why="a slip")
    (corrected,) = log.append("story", [correction], pictures=other)
    log.append("story", [redaction(seen), redaction(corrected)])
    assert not log.picture_names()
    assert all(chain.is_shell(line) for line in log.lines("story")[1:3])


def test_a_redaction_leaves_pictures_that_others_show(log: EventLog) -> None:
    """An event of the same story, of another story, or a correction: until that is redacted, too."""
    log.append("other", [Opened(title="Another", format=2, slug="other")])
    (seen,) = log.append("story", [pictured()], pictures=FILES)
    own = stored(b"its own")
    (name,) = own
    log.append("story", [redaction(seen)])
    assert not log.picture_names()
    (seen,) = log.append("story", [pictured()], pictures=FILES)
    (elsewhere,) = log.append("other", [pictured(image(NAME, name))], pictures=FILES | own)
    log.append("story", [redaction(seen)])
    assert log.picture_names() == sorted([NAME, name])
    (plain,) = log.append("story", [Update(title="Plain")])
    correction = Correction(corrects=plain.id, changes={"image": image(NAME, NAME)}, why="a slip")
    (corrected,) = log.append("story", [correction])
    log.append("other", [redaction(elsewhere)])
    assert log.picture_names() == [NAME]
    log.append("story", [redaction(corrected)])
    assert not log.picture_names()


def test_a_text_that_looks_like_a_name_keeps_no_picture(log: EventLog) -> None:
    """Otherwise an editor could keep a picture from being removed."""
    (seen,) = log.append("story", [pictured()], pictures=FILES)
    log.append("story", [Update(title="Seen", body=f'"image":{{"file":"{NAME}"}}')])
    log.append("story", [redaction(seen)])
    assert not log.picture_names()


def test_a_copied_redaction_is_finished(log: EventLog, made: Made, request: pytest.FixtureRequest) -> None:
    """A redaction that came with a copy removes the picture when it is finished, and not before."""
    log.append("story", [pictured()], pictures=FILES)
    kind = request.node.callspec.params["log"]
    target = made(kind, "copied")
    copy(log, target)
    (seen,) = [event for event in log.read("story") if isinstance(event, Update)]
    log.append("story", [redaction(seen)])
    target.tell = lambda sentence: None
    copy(log, target)
    assert (log.picture_names(), target.picture_names()) == ([], sorted(FILES))
    target.remove_texts("story", {seen.id})
    assert not target.picture_names()


@pytest.mark.slow
@pytest.mark.parametrize("kinds", list(product(["files", "postgres"], repeat=2)), ids="-to-".join)
def test_a_copy_takes_the_pictures_along(made: Made, kinds: tuple[str, str]) -> None:
    """Those of new lines and those that the target lacks. A story whose picture the source lacks is not copied."""
    source, target = made(kinds[0], "from"), made(kinds[1], "to")
    source.append("story", [Opened(title="A story", format=2, slug="story"), pictured()], pictures=FILES)
    copy(source, target)
    assert {name: target.picture(name) for name in target.picture_names()} == FILES
    assert target.lines("story") == source.lines("story")
    copy(target, source)
    new = stored(b"new")
    (name,) = new
    source.append("story", [pictured(image(name, name))], pictures=new)
    _lose(source, name)
    with pytest.raises(CorruptLog, match=rf"{name}: is missing"):
        copy(source, target)
    assert target.head("story").seq == 2
    source.put_picture(name, new[name])
    copy(source, target)
    assert target.picture(name) == new[name]


def _lose(log: EventLog, name: str) -> None:
    if isinstance(log, FileLog):
        os.remove(log._media.path(name))
    else:
        with psycopg.connect(log.url) as server:  # type: ignore[attr-defined]
            server.execute("DELETE FROM tracker.media WHERE name = %s", [name])


@pytest.mark.slow
def test_no_picture_is_removed_while_another_append_names_it(log: EventLog, made: Made) -> None:
    """A removal waits for an append that has seen the picture, and an append for a removal."""
    (seen,) = log.append("story", [pictured()], pictures=FILES)
    log.append("other", [Opened(title="Another", format=2, slug="other")])
    inside, go_on = threading.Event(), threading.Event()

    def slow(draft: Event, given: Any = ()) -> None:
        inside.set()
        assert go_on.wait(20)

    appending = log if isinstance(log, FileLog) else PostgresLog(log.url, log.folder, clock=log.clock)  # type: ignore[attr-defined]
    if isinstance(log, FileLog):
        appending = FileLog(log.folder, scratch=log.scratch, clock=log.clock)
    appending.check_pictures = slow  # type: ignore[method-assign]
    thread = threading.Thread(target=lambda: appending.append("other", [pictured()]))
    thread.start()
    try:
        assert inside.wait(20)
        with pytest.raises(Busy):
            log.append("story", [redaction(seen)])
    finally:
        go_on.set()
        thread.join()
        appending.close()
    log.append("story", [redaction(seen)])
    assert log.picture_names() == sorted(FILES)


# Files only.


@pytest.fixture
def files(made: Made) -> FileLog:
    log = made("files")
    assert isinstance(log, FileLog)
    log.append("story", [Opened(title="A story", format=2, slug="story")])
    return log


def test_the_file_is_durable_before_the_line(files: FileLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the line cannot be written, at most the picture is left."""
    there: list[str] = []
    write = FileLog._write

    def watched(log: FileLog, *arguments: Any) -> None:
        there.extend(log.picture_names())
        write(log, *arguments)

    monkeypatch.setattr(FileLog, "_write", watched)
    files.append("story", [pictured()], pictures=FILES)
    assert there == sorted(FILES)


def test_a_picture_that_cannot_be_written(files: FileLog) -> None:
    """Nothing is recorded, and the message names the file."""
    Path("events/media").write_bytes(b"in the way")
    with pytest.raises(LogFailed, match=r"events/media: .*; nothing was recorded"):
        files.append("story", [pictured()], pictures=FILES)
    assert files.head("story").seq == 1


def test_a_changed_picture_is_not_read(files: FileLog) -> None:
    files.append("story", [pictured()], pictures=FILES)
    Path("events/media", NAME).write_bytes(b"another")
    with pytest.raises(CorruptLog, match=rf"events/media/{NAME}: was changed. Restore it"):
        files.picture(NAME)
    files.append("story", [pictured()], pictures=FILES)
    assert files.picture(NAME) == WHOLE


def test_a_picture_is_never_read_through_a_link(files: FileLog, tmp_path: Path) -> None:
    files.append("story", [pictured()], pictures=FILES)
    (tmp_path / "secret").write_bytes(WHOLE)
    Path("events/media", NAME).unlink()
    Path("events/media", NAME).symlink_to(tmp_path / "secret")
    with pytest.raises(CorruptLog, match="a symbolic link is in the way of a file"):
        files.picture(NAME)
    files.append("story", [pictured()], pictures=FILES)
    assert not Path("events/media", NAME).is_symlink()


def test_leftover_files_go_with_a_removed_text(files: FileLog) -> None:
    """A killed append left a picture aside, which may be the one to remove."""
    (seen,) = files.append("story", [pictured()], pictures=FILES)
    ended = subprocess.Popen(["true"])
    ended.wait()
    Path("events/media", f"{NAME}.{ended.pid}.new").write_bytes(WHOLE)
    assert files.leftover_pictures() == [f"events/media/{NAME}.{ended.pid}.new"]
    assert not files.stray_pictures()
    files.append("story", [redaction(seen)])
    assert os.listdir("events/media") == []


# PostgreSQL only.


@pytest.mark.slow
def test_the_database_refuses_a_file_under_another_name(server: Server, clock: FixedClock) -> None:
    log = PostgresLog(server.log(), "events", clock=clock)
    for name in (SMALL_NAME, "x.jpg", NAME.replace("jpg", "svg"), NAME.upper()):
        with pytest.raises(LogFailed, match="violates check constraint"):
            log.put_picture(name, WHOLE)
    log.put_picture(NAME, WHOLE)
    with psycopg.connect(log.url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute("UPDATE tracker.media SET data = 'another'")
    log.close()
