"""The log: what is acknowledged stays, in order, once, whatever happens around it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.conftest import FixedClock
from tests.lines import sealed, stem
from tests.pictures import FILES
from tests.strategies import streams
from tracker.domain import chain
from tracker.domain.events import Event, Opened, Redacted, Update, type_of
from tracker.domain.glossary import BUILT_IN
from tracker.domain.integrity import check_stream
from tracker.errors import BadInput, Busy, CorruptLog, LogFailed, Unknown
from tracker.log.clock import new_id
from tracker.log.files import NOTHING, FileLog
from tracker.text.dates import Recorded
from tracker.workspace.desk import Workspace


@pytest.fixture
def told() -> list[str]:
    """The sentences that the log had to say."""
    return []


@pytest.fixture
def log(tmp_path: Path, clock: FixedClock, told: list[str], monkeypatch: pytest.MonkeyPatch) -> FileLog:
    """An empty log in ``events/``, below the current folder."""
    monkeypatch.chdir(tmp_path)
    return FileLog(tmp_path / "events", clock=clock, wait=5, tell=told.append)


def opened(title: str = "A story", slug: str = "story") -> Event:
    return Opened(title=title, format=2, slug=slug)


def update(title: str, id: str = "") -> Event:
    return Update(title=title, id=id)


def titles(log: FileLog, slug: str = "story") -> list[str]:
    return [getattr(event, "title", "") for event in log.read(slug)]


def file_of(log: FileLog, slug: str = "story") -> Path:
    return Path(log.path(slug))


def problems(log: FileLog, slug: str = "story") -> list[str]:
    return [str(problem) for problem in check_stream(slug, log.lines(slug), slug, {})]


def a_story_of(log: FileLog, count: int, slug: str = "story") -> list[bytes]:
    """A story with so many events, one append each; its lines."""
    log.append(slug, [opened(slug=slug)])
    for number in range(2, count + 1):
        log.append(slug, [update(f"number {number}")])
    return log.lines(slug)


def damage(path: Path, line: int, at: int = 30) -> None:
    """Flips one bit of a character of the line (from 1)."""
    lines = path.read_bytes().split(b"\n")
    flipped = bytearray(lines[line - 1])
    flipped[at] ^= 1
    lines[line - 1] = bytes(flipped)
    path.write_bytes(b"\n".join(lines))


# Appending and reading.


def test_what_is_appended_is_read(log: FileLog) -> None:
    """Events come back in their order, each with what the log gave it."""
    recorded = log.append("story", [opened(), update("first"), update("second")])
    assert list(log.read("story")) == recorded
    assert titles(log) == ["A story", "first", "second"]
    assert all(event.id and event.recorded and event.salt and event.hash for event in recorded)
    assert problems(log) == []


def test_a_line_is_on_the_disk_as_the_format_says(log: FileLog) -> None:
    """One JSON object a line, LF at its end, and nothing else in the file."""
    (event,) = log.append("story", [opened()])
    data = file_of(log).read_bytes()
    assert data.startswith(f'{{"id":"{event.id}","type":"opened","recorded":"2024-08-01T12:00:01'.encode())
    assert data.endswith(f'"hash":"{event.hash}"}}\n'.encode())
    assert data.count(b"\n") == 1


def test_reading_goes_on_after_a_number(log: FileLog) -> None:
    """A reader who has the first events asks for the rest."""
    a_story_of(log, 4)
    assert [event.title for event in log.read("story", after=2)] == ["number 3", "number 4"]  # type: ignore[attr-defined]
    assert list(log.read("story", after=4)) == []


def test_appending_only_adds_bytes(log: FileLog) -> None:
    """What was in the file stays the beginning of it."""
    a_story_of(log, 2)
    before = file_of(log).read_bytes()
    log.append("story", [update("more")])
    assert file_of(log).read_bytes().startswith(before)


def test_appending_nothing_changes_nothing(log: FileLog) -> None:
    """An empty batch is recorded in no time."""
    a_story_of(log, 2)
    before = file_of(log).read_bytes()
    assert log.append("story", []) == []
    assert file_of(log).read_bytes() == before


def test_other_line_ends_inside_a_text_end_no_line(log: FileLog) -> None:
    """U+2028, U+0085 and form feeds are text to some programs and line ends to others."""
    log.append("story", [opened("one\u2028two\u2029three\x85four")])
    assert len(log.lines("story")) == 1
    assert titles(log) == ["one\u2028two\u2029three\x85four"]


def test_each_story_has_its_own_chain(log: FileLog) -> None:
    """A line of one story cannot stand in another's file."""
    a_story_of(log, 1, "one")
    file_of(log, "two").write_bytes(file_of(log, "one").read_bytes())
    with pytest.raises(CorruptLog, match=r"events/two\.jsonl:1: "):
        list(log.read("two"))


def test_streams_passes_over_what_is_no_story(log: FileLog) -> None:
    """Editors and operating systems leave files around."""
    assert log.streams() == []
    a_story_of(log, 1, "b-story")
    a_story_of(log, 1, "a-story")
    for name in ("types.toml", ".DS_Store", "A.jsonl", "con.jsonl", "a_b.jsonl", "a-story.jsonl~", ".jsonl", "x"):
        (Path(log.folder) / name).write_text("not a story")
    assert log.streams() == ["a-story", "b-story"]


def test_an_unknown_story_suggests_the_nearest(log: FileLog) -> None:
    """A typing error is answered with what was probably meant."""
    a_story_of(log, 1, "tiktok-openai")
    for ask in (log.read, log.lines):
        with pytest.raises(Unknown, match=r"no story 'tiktok-opena'\. Did you mean tiktok-openai\?"):
            ask("tiktok-opena")


@pytest.mark.parametrize("slug", ["../escape", "UPPER", "-dash", "", "a/b", "nul", "x" * 81, "a\n"])
def test_a_name_that_could_leave_the_folder_is_refused(log: FileLog, slug: str) -> None:
    """Nothing is opened under such a name, for reading or for writing."""
    with pytest.raises(BadInput, match="cannot name a story"):
        log.append(slug, [opened()])
    with pytest.raises(BadInput, match="cannot name a story"):
        log.lines(slug)


def test_an_event_too_long_for_a_line_is_refused(log: FileLog) -> None:
    """With all others of its batch, and nothing is written."""
    a_story_of(log, 1)
    before = file_of(log).read_bytes()
    with pytest.raises(BadInput, match="a line may have 262,144"):
        log.append("story", [update("fits"), Update(title="does not", body="x" * chain.MAX_LINE)])
    assert file_of(log).read_bytes() == before


# Once, and only on what was read.


def test_the_same_id_is_recorded_once(log: FileLog) -> None:
    """A retry gives back what was recorded the first time."""
    a_story_of(log, 1)
    draft = update("once", id=new_id(log.clock()))
    first = log.append("story", [draft])
    before = file_of(log).read_bytes()
    assert log.append("story", [draft]) == first
    assert file_of(log).read_bytes() == before


def test_recorded_never_goes_back(log: FileLog, clock: FixedClock) -> None:
    """Though the clock does, the order of the log stays the order of its times."""
    (first,) = log.append("story", [opened()])
    clock.instant -= timedelta(days=1)
    (second,) = log.append("story", [update("after the clock was set back")])
    assert second.recorded == first.recorded
    clock.instant += timedelta(days=2)
    (third,) = log.append("story", [update("later")])
    assert third.recorded > second.recorded
    assert problems(log) == []


def a_draft_of(event: Event) -> Event:
    return structs.replace(event, recorded=Recorded(""), salt="", hash="")


@pytest.mark.slow
@settings(max_examples=40)
@given(streams(max_size=8), st.data())
def test_any_batching_gives_the_same_file(events: list[Event], data: st.DataObject) -> None:
    """One by one, all at once, or in any parts, with retries: the same events make the same bytes."""
    drafts = [a_draft_of(event) for event in events]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(drafts)))) | {0, len(drafts)})
    again = data.draw(st.booleans())
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr("tracker.log.clock.new_salts", lambda number: ["5" * 32] * number)
        logs = [FileLog(f"{folder}/{name}", clock=lambda: events[-1].recorded) for name in ("one", "two")]
        logs[0].append("story", drafts, pictures=FILES)
        for start, end in pairwise(cuts):
            logs[1].append("story", drafts[start:end], pictures=FILES)
            if again:
                logs[1].append("story", drafts[:end], pictures=FILES)
        one, two = (file_of(log).read_bytes() for log in logs)
    assert one == two
    assert one.count(b"\n") == len(drafts)


# Torn tails and damage.


@pytest.mark.slow
def test_a_tail_torn_at_any_byte_is_mended(log: FileLog, told: list[str]) -> None:
    """What was never acknowledged is moved aside; the events before it are there to the byte."""
    lines = a_story_of(log, 3)
    whole, last = b"".join(lines[:-1]), lines[-1]
    kept_in = Path(log.scratch) / "torn"
    for cut in range(1, len(last)):
        torn = last[:cut]
        file_of(log).write_bytes(whole + torn)
        told.clear()
        shutil.rmtree(kept_in, ignore_errors=True)

        assert log.lines("story") == lines[:-1], "a reader never sees it"
        assert file_of(log).read_bytes() == whole + torn, "and changes nothing"

        log.append("story", [update("after the crash")])
        assert log.lines("story")[:-1] == lines[:-1]
        assert titles(log) == ["A story", "number 2", "after the crash"]
        assert [kept.read_bytes() for kept in kept_in.iterdir()] == [torn]
        (sentence,) = told
        assert sentence.startswith(f"events/story.jsonl:3: an unfinished line of {cut} bytes")
        assert "was moved to .tracker/torn/story-" in sentence


def test_a_whole_tail_is_left_alone(log: FileLog, told: list[str]) -> None:
    """The control for the above: with its line end the line is an event."""
    a_story_of(log, 3)
    log.append("story", [update("next")])
    assert len(titles(log)) == 4
    assert told == []
    assert not (Path(log.scratch) / "torn").exists()


def test_a_first_line_that_was_torn_leaves_an_empty_story(log: FileLog, told: list[str]) -> None:
    """A story whose opening was cut short can be opened."""
    (line,) = a_story_of(log, 1)
    file_of(log).write_bytes(line[:50])
    with pytest.raises(Unknown):
        log.lines("story")
    assert log.head("story") == NOTHING
    log.append("story", [opened("again")], NOTHING)
    assert titles(log) == ["again"]
    assert len(told) == 1


def test_bytes_that_are_no_event_after_the_last_line_are_kept_aside(log: FileLog) -> None:
    """Whatever they are."""
    a_story_of(log, 2)
    garbage = bytes(range(256)).replace(b"\n", b"")
    with file_of(log).open("ab") as file:
        file.write(garbage)
    log.append("story", [update("next")])
    (kept,) = (Path(log.scratch) / "torn").iterdir()
    assert kept.read_bytes() == garbage
    assert problems(log) == []


def test_reading_stops_at_a_damaged_line(log: FileLog) -> None:
    """The events before it are given; the error names file and line, and the way out."""
    a_story_of(log, 4)
    ids = [event.id for event in log.read("story")]
    damage(file_of(log), line=3)
    events = log.read("story")
    assert [next(events).id, next(events).id] == ids[:2]
    with pytest.raises(CorruptLog, match=r"^events/story\.jsonl:3: .*Restore the file from a copy"):
        next(events)


def test_nothing_is_appended_to_a_damaged_line(log: FileLog) -> None:
    """The chain must not go on from what was not appended."""
    a_story_of(log, 3)
    damage(file_of(log), line=3)
    before = file_of(log).read_bytes()
    with pytest.raises(CorruptLog, match=r"^events/story\.jsonl:3: "):
        log.append("story", [update("next")])
    assert file_of(log).read_bytes() == before


@pytest.mark.parametrize("garbage", [b"\n", b"\x00\xff\x1b[31m\n", b"{}\n", b'{"hash":"00"}\n', b"\r\n"])
def test_a_line_of_garbage_is_damage(log: FileLog, garbage: bytes) -> None:
    """Reading stops there, and nothing is appended to it."""
    a_story_of(log, 2)
    with file_of(log).open("ab") as file:
        file.write(garbage)
    with pytest.raises(
        CorruptLog, match=r"^events/story\.jsonl:3: the line (does not end with its hash|ends were changed \(CRLF)"
    ):
        list(log.read("story"))
    with pytest.raises(CorruptLog, match=r"^events/story\.jsonl:3: "):
        log.append("story", [update("next")])


def test_an_event_of_a_later_tracker_names_its_place(log: FileLog) -> None:
    """Its hash is right, its type unknown here: reading and appending say where, and touch nothing."""
    (line,) = a_story_of(log, 1)
    head = b'{"id":"%b","type":"lawsuit","recorded":"%b",' % (new_id(log.clock()).encode(), log.clock().encode())
    data = line + sealed(head + b'"title":"x","salt":"%b"' % (b"0" * 32), chain.hash_of(line))
    file_of(log).write_bytes(data)
    for attempt in (lambda: list(log.read("story")), lambda: log.append("story", [update("next")])):
        with pytest.raises(CorruptLog, match=r"^events/story\.jsonl:2: type: lawsuit is not a type of event"):
            attempt()
    assert file_of(log).read_bytes() == data


@pytest.mark.parametrize("time", ["9999-99-99T99:99:99.999Z", "2024-02-30T12:00:00.000Z"])
def test_nothing_is_appended_after_a_time_that_is_none(log: FileLog, time: str) -> None:
    """What is appended is never before the line above it, and nothing can be after that."""
    (line,) = a_story_of(log, 1)
    head = f'{{"id":"{new_id(log.clock())}","type":"update","recorded":"{time}",'.encode()
    data = line + sealed(head + b'"title":"x","salt":"%b"' % (b"0" * 32), chain.hash_of(line))
    file_of(log).write_bytes(data)
    with pytest.raises(CorruptLog, match=rf"^events/story\.jsonl:2: recorded: '{time}': "):
        log.append("story", [update("next")])
    assert file_of(log).read_bytes() == data


def test_a_story_in_a_later_format_says_upgrade(log: FileLog) -> None:
    """This tracker does not guess what a later one wrote."""
    (line,) = a_story_of(log, 1)
    file_of(log).write_bytes(sealed(stem(line).replace(b'"format":2', b'"format":3')))
    with pytest.raises(CorruptLog, match=r"^events/story\.jsonl:1: is written in format 3.*Upgrade"):
        list(log.read("story"))


# Other writers.


@contextlib.contextmanager
def somebody_holding(path: Path) -> Iterator[None]:
    """Another writer's lock on the file."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_a_lock_that_cannot_be_had_in_time_is_said(log: FileLog) -> None:
    """Nothing is written, and reading does not wait."""
    a_story_of(log, 2)
    log.wait = 0.1
    with somebody_holding(file_of(log)):
        with pytest.raises(Busy, match=r"^events/story\.jsonl has been locked .* 0\.1 seconds; nothing was"):
            log.append("story", [update("late")])
        assert titles(log) == ["A story", "number 2"]
    log.append("story", [update("in time")])
    assert titles(log) == ["A story", "number 2", "in time"]


HOLD = """
import fcntl, sys
file = open(sys.argv[1], "rb")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_killed_process_holds_no_lock(log: FileLog) -> None:
    """The lock goes with the process, however it ends."""
    a_story_of(log, 1)
    command = [sys.executable, "-c", HOLD, str(file_of(log))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        log.wait = 0.1
        with pytest.raises(Busy):
            log.append("story", [update("late")])
        holder.kill()
    log.wait = 5
    log.append("story", [update("after it")])
    assert titles(log) == ["A story", "after it"]


def append_in_the_background(log: FileLog, draft: Event) -> threading.Thread:
    thread = threading.Thread(target=log.append, args=("story", [draft]))
    thread.start()
    return thread


def test_a_file_replaced_while_waiting_is_opened_again(log: FileLog) -> None:
    """A redaction puts a new file in place: the event goes there, not into the one that is gone."""
    a_story_of(log, 2)
    path = file_of(log)
    with somebody_holding(path):
        waiting = append_in_the_background(log, update("waited"))
        waiting.join(0.1)
        copy = path.with_suffix(".new")
        copy.write_bytes(path.read_bytes())
        copy.replace(path)
    waiting.join()
    assert titles(log) == ["A story", "number 2", "waited"]
    assert problems(log) == []


def test_a_file_removed_while_waiting_is_a_new_story(log: FileLog) -> None:
    """What is waited for is the name, not the file that once had it."""
    a_story_of(log, 2)
    with somebody_holding(file_of(log)):
        waiting = append_in_the_background(log, opened("first"))
        waiting.join(0.1)
        file_of(log).unlink()
    waiting.join()
    assert titles(log) == ["first"]
    assert problems(log) == []


APPEND = """
import sys
from tracker.workspace.desk import find
desk = find(sys.argv[1])
if "wait" in sys.argv:
    print("ready", flush=True)
    sys.stdin.readline()
for number in range(int(sys.argv[3])):
    (recorded,) = desk.record("story", [{"type": "update", "title": f"{sys.argv[2]} {number}"}])
    print(recorded.event.id, flush=True)
    if number == 0 and "wait" in sys.argv:
        sys.stdin.readline()
"""


def a_desk_that_appends(desk: Workspace, name: str, count: int, *args: str) -> subprocess.Popen[bytes]:
    """A process that records so many updates and prints the id of each that was acknowledged."""
    command = [sys.executable, "-c", APPEND, desk.root, name, str(count), *args]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def go_on(processes: list[subprocess.Popen[bytes]]) -> None:
    """Lets those that wait go on."""
    for process in processes:
        assert process.stdin
        process.stdin.write(b"go\n")
        process.stdin.flush()


@pytest.mark.slow
def test_two_processes_lose_nothing_and_record_nothing_twice(desk: Workspace, record: Callable[..., None]) -> None:
    """Each appends 200 events to one story: all are there, each one's in its order, the chain whole."""
    record("opened", "A story")
    both = [a_desk_that_appends(desk, name, 200, "wait") for name in ("one", "two")]
    for process in both:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
    go_on(both)
    first = [process.stdout.readline().decode().strip() for process in both if process.stdout]
    go_on(both)  # not before, else one may be done when the other gets the lock for the first time
    rest = [process.communicate()[0].decode().split() for process in both]
    acknowledged = [[one, *others] for one, others in zip(first, rest, strict=True)]
    assert [process.returncode for process in both] == [0, 0]

    assert problems(desk.log) == []
    events = list(desk.log.read("story"))
    assert sorted(event.id for event in events[1:]) == sorted(acknowledged[0] + acknowledged[1])
    for name in ("one", "two"):
        theirs = [title for title in titles(desk.log) if title.startswith(name)]
        assert theirs == [f"{name} {number}" for number in range(200)]
    order = titles(desk.log)
    assert max(map(order.index, ("one 0", "two 0"))) < min(map(order.index, ("one 199", "two 199"))), "they met"


@pytest.mark.slow
def test_what_was_acknowledged_survives_kill(desk: Workspace, record: Callable[..., None]) -> None:
    """A process killed while it appends has lost nothing that it said was recorded."""
    record("opened", "A story")
    for number in range(3):
        with a_desk_that_appends(desk, f"run {number}", 10_000) as process:
            assert process.stdout
            acknowledged = [process.stdout.readline().decode().strip() for _ in range(10 + 7 * number)]
            process.kill()
            acknowledged += process.stdout.read().decode().split("\n")[:-1]
        record("update", f"after run {number}")
        assert set(acknowledged) <= {event.id for event in desk.log.read("story")}
        assert problems(desk.log) == []


# The disk.


@contextlib.contextmanager
def room_for(count: int, path: Path) -> Iterator[None]:
    """No file may grow past this one's size and so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("count", [0, 1, 100])
def test_a_write_that_does_not_fit_leaves_the_log_as_it_was(log: FileLog, count: int) -> None:
    """Also where some of its bytes did fit: none of them stays."""
    a_story_of(log, 3)
    before = file_of(log).read_bytes()
    with (
        room_for(count, file_of(log)),
        pytest.raises(LogFailed, match="nothing was recorded and the log is as"),
    ):
        log.append("story", [update("one"), update("two")])
    assert file_of(log).read_bytes() == before
    log.append("story", [update("there is room again")])
    assert problems(log) == []


def test_a_flush_that_fails_is_not_acknowledged(log: FileLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is on the disk cannot be known; a retry with the same id settles it."""
    a_story_of(log, 1)
    draft = update("perhaps", id=new_id(log.clock()))

    def failing(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", failing)
        with pytest.raises(LogFailed, match=r"could not confirm the write \(Input/output error\)"):
            log.append("story", [draft])
    log.append("story", [draft])
    assert titles(log) == ["A story", "perhaps"]


@pytest.mark.debian
@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
@pytest.mark.parametrize("call", ["openat", "flock", "write", "fdatasync", "close"])
def test_a_process_killed_at_any_system_call_leaves_a_whole_log(
    desk: Workspace, record: Callable[..., None], call: str
) -> None:
    """The next append works, and nothing is there twice."""
    record("opened", "A story")
    path = desk.log.path("story")
    command = ["strace", "-f", "-qq", "-o", os.devnull, "-P", path, "-e", f"trace={call}",
               "-e", f"inject={call}:signal=SIGKILL:when=1",
               sys.executable, "-c", APPEND, desk.root, "killed", "1"]  # fmt: skip
    killed = subprocess.run(command, capture_output=True, check=False)
    assert killed.returncode != 0, "the control: without the fault it would have succeeded"
    assert killed.stdout == b""
    record("update", "after it")
    assert titles(desk.log) in (["A story", "after it"], ["A story", "killed 0", "after it"])
    assert problems(desk.log) == []


TOGETHER = """
import resource, signal, sys
from tracker.workspace.desk import find
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
drafts = [{"type": "update", "title": f"one of many {n}", "body": "x" * 900} for n in range(300)]
find(sys.argv[1]).record("story", drafts)
"""


@pytest.mark.debian
@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
@pytest.mark.parametrize(
    ("fault", "room", "recorded"),
    [
        ("fsync:signal=SIGKILL:when=1", 1 << 30, 0),
        ("rename:signal=SIGKILL:when=1", 1 << 30, 0),
        ("fsync:signal=SIGKILL:when=2", 1 << 30, 300),
        ("rename:error=EIO:when=1", 1 << 30, 0),
        ("fsync:error=EIO:when=9", 100_000, 0),
    ],
    ids=["written", "renamed", "flushed", "refused", "in the middle"],
)
@pytest.mark.slow
def test_several_events_are_recorded_all_or_none(
    desk: Workspace, record: Callable[..., None], fault: str, room: int, recorded: int
) -> None:
    """Wherever the process is killed. The next events remove its leftover file."""
    record("opened", "A story")
    command = ["strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=fsync,rename", "-e", f"inject={fault}",
               sys.executable, "-c", TOGETHER, desk.root, str(room)]  # fmt: skip
    killed = subprocess.run(command, capture_output=True, check=False)
    assert killed.returncode != 0, "the control: without the fault it would have succeeded"
    assert len(titles(desk.log)) == 1 + recorded
    assert problems(desk.log) == []
    desk.record("story", [{"type": "update", "title": each} for each in ("after", "it")])
    assert os.listdir(desk.log.folder) == ["story.jsonl"]
    assert titles(desk.log)[-2:] == ["after", "it"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_that_is_replaced_keeps_its_owner_and_permissions(log: FileLog) -> None:
    a_story_of(log, 1)
    os.chown(file_of(log), 65534, 65533)
    file_of(log).chmod(0o640)
    before = file_of(log).stat()
    log.append("story", [update("one"), update("two")])
    after = file_of(log).stat()
    assert after.st_ino != before.st_ino
    assert (after.st_uid, after.st_gid, after.st_mode) == (65534, 65533, before.st_mode)


def test_a_symbolic_link_is_refused(log: FileLog, tmp_path: Path) -> None:
    """A log that is a link could be made to point anywhere."""
    a_story_of(log, 1, "real")
    file_of(log).symlink_to(file_of(log, "real"))
    with pytest.raises(LogFailed, match=r"^events/story\.jsonl: a symbolic link is in the way of a file"):
        log.append("story", [update("next")])
    with pytest.raises(CorruptLog, match=r"^events/story\.jsonl: a symbolic link is in the way of a file"):
        list(log.read("story"))
    assert titles(log, "real") == ["A story"]


def test_a_folder_in_place_of_a_file_is_refused(log: FileLog) -> None:
    """With its name and the reason, for reading and for writing."""
    file_of(log).mkdir(parents=True)
    with pytest.raises(LogFailed, match=r"^events/story\.jsonl: a folder is in the way of a file"):
        log.append("story", [opened()])
    with pytest.raises(CorruptLog, match=r"^events/story\.jsonl: a folder is in the way of a file"):
        list(log.read("story"))


def test_reading_leaves_no_descriptor_open(log: FileLog) -> None:
    """Not even where there is nothing to read."""
    a_story_of(log, 1)
    file_of(log, "folder").mkdir()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        log.lines("story")
        with contextlib.suppress(CorruptLog):
            log.lines("folder")
    assert len(os.listdir("/proc/self/fd")) == before


def test_torn_tails_go_beside_the_log(tmp_path: Path) -> None:
    """Without another place being given, into .tracker beside the folder of the log."""
    assert FileLog(tmp_path / "events").scratch == str(tmp_path / ".tracker")
    assert FileLog("events").scratch == ".tracker"
    assert FileLog("events/").scratch == ".tracker"


def test_without_anybody_to_tell_it_goes_to_the_log_of_the_program(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A program that uses the log as a library hears of mended tails in its own logging."""
    log = FileLog(tmp_path / "events")
    log.append("story", [opened()])
    with file_of(log).open("ab") as file:
        file.write(b"torn")
    with caplog.at_level(logging.WARNING, logger="tracker"):
        log.append("story", [update("next")])
    assert "an unfinished line of 4 bytes" in caplog.text


def test_a_story_that_could_not_be_opened_leaves_nothing(log: FileLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """No empty file stays behind to be taken for a story."""

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(LogFailed, match="nothing was recorded"):
            log.append("story", [opened("Story")])
    assert log.streams() == []
    log.append("story", [opened("Story")], NOTHING)
    assert titles(log) == ["Story"]


# Types that the desk declares


POWER_CUTS = """\
[power-cut]
help = "A place is without power."
opens = "power-cut"
label = "power cut in {place}"
sentence = "The power fails in {place}"
fields.place = { kind = "text", required = true }
"""


@pytest.fixture
def declaring(desk: Workspace, record: Callable[..., Event]) -> Workspace:
    """A desk with a story in which the power fails."""
    Path(desk.log.folder, "types.toml").write_text(POWER_CUTS)
    record("opened", "A story")
    record("power-cut", place="Springfield")
    record("update", "It goes on")
    return desk


def without_types(desk: Workspace) -> Workspace:
    Path(desk.log.folder, "types.toml").unlink()
    return Workspace(desk.root, clock=desk.clock)


def test_types_declared_beside_the_log_are_read_and_appended(declaring: Workspace) -> None:
    events = list(Workspace(declaring.root).log.read("story"))
    assert [type_of(event) for event in events] == ["opened", "power-cut", "update"]
    assert events[1].place == "Springfield"  # type: ignore[attr-defined]
    assert titles(declaring.log) == ["A story", "The power fails in Springfield", "It goes on"]
    assert declaring.log.streams() == ["story"]
    lines = declaring.log.lines("story")
    assert not [*check_stream("story", lines, "story.jsonl", {}, declaring.log.glossary)]


def test_without_declarations_there_are_trackers_own_types(log: FileLog) -> None:
    assert log.glossary is BUILT_IN
    (Path(log.folder)).mkdir()
    Path(log.folder, "types.toml").write_bytes(b"")
    assert FileLog(log.folder).glossary is BUILT_IN


def test_a_story_whose_types_were_taken_away_says_what_is_missing(declaring: Workspace) -> None:
    """By file and line, when it is read, appended to or verified; nothing is lost, and the chain holds."""
    desk = without_types(declaring)
    missing = "power-cut is not a type of event that this tracker knows, nor declared in types.toml beside the log"
    with pytest.raises(CorruptLog, match=rf"story\.jsonl:2: type: {missing}"):
        list(desk.log.read("story"))
    with pytest.raises(CorruptLog, match=missing):
        desk.record("story", [{"type": "update", "title": "t"}])
    assert [str(each) for each in check_stream("story", desk.log.lines("story"), "story.jsonl", {})] == [
        f"story.jsonl:2: type: {missing}"
    ]
    Path(desk.log.folder, "types.toml").write_text(POWER_CUTS)
    assert len(list(Workspace(desk.root).log.read("story"))) == 3


def test_a_broken_declaration_stops_reading_with_its_line(declaring: Workspace) -> None:
    Path(declaring.log.folder, "types.toml").write_text(POWER_CUTS.replace("text", "txt"))
    with pytest.raises(BadInput, match=r"types\.toml:6: power-cut\.fields\.place\.kind: 'txt' is not a kind"):
        list(Workspace(declaring.root).log.read("story"))


def test_a_types_file_that_is_none_is_said(declaring: Workspace) -> None:
    """With the system's reason, or the limit."""
    path = Path(declaring.log.folder, "types.toml")
    path.write_text("#" * (1024 * 1024 + 1))
    with pytest.raises(BadInput, match=r"types\.toml: is larger than 1,048,576 bytes"):
        Workspace(declaring.root).log.glossary  # noqa: B018
    path.unlink()
    path.mkdir()
    with pytest.raises(BadInput, match=r"types\.toml: a folder is in the way of a file"):
        Workspace(declaring.root).log.glossary  # noqa: B018


def test_a_declared_event_is_redacted_like_any_other(declaring: Workspace) -> None:
    """Its text is gone, its place, its type and the chain stay; whoever reads it needs the declaration still."""
    by = {"type": "redaction", "redacts": "#2", "reason": "court-order", "authority": "a court"}
    declaring.record("story", [by], removes=True)
    desk = Workspace(declaring.root, clock=declaring.clock)
    assert b"Springfield" not in file_of(desk.log).read_bytes()
    event = list(desk.log.read("story"))[1]
    assert isinstance(event, Redacted)
    assert event.was == "power-cut"
    assert not [*check_stream("story", desk.log.lines("story"), "story.jsonl", {}, desk.log.glossary)]
    with pytest.raises(CorruptLog, match=r"story\.jsonl:2: power-cut is not a type of event"):
        list(without_types(desk).log.read("story"))
