"""What is promised of every log, wherever it keeps its lines: the same tests for files and for PostgreSQL."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.conftest import FixedClock
from tests.pictures import FILES
from tests.servers import Server
from tests.strategies import streams
from tracker.domain import chain
from tracker.domain.events import Event, Opened, Redacted, Update
from tracker.domain.integrity import check_stream
from tracker.errors import BadInput, Conflict, CorruptLog, Unknown
from tracker.log.base import NOTHING, EventLog, Head
from tracker.log.clock import new_id
from tracker.log.files import FileLog
from tracker.log.postgres import PostgresLog
from tracker.text.dates import Recorded
from tracker.workspace.desk import Workspace

pytestmark = pytest.mark.xdist_group("postgres")


class Kind(NamedTuple):
    """A log of a kind: how to open it, once more, and how to bring lines into it past all checks."""

    open: Callable[[], EventLog]
    force: Callable[[str, list[bytes]], None]
    url: str


@pytest.fixture(params=["files", "postgres"])
def kind(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> Kind:
    """An empty log below the current folder, or on the server."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "events"
    if request.param == "files":

        def write(slug: str, lines: list[bytes]) -> None:
            folder.mkdir(exist_ok=True)
            (folder / f"{slug}.jsonl").write_bytes(b"".join(lines))

        return Kind(lambda: FileLog(folder, clock=clock, wait=5), write, str(folder))
    server: Server = request.getfixturevalue("server")
    url = server.log()

    def insert(slug: str, lines: list[bytes]) -> None:
        ids = [chain.id_of(line) if line.startswith(b'{"id":"') else new_id(clock()) for line in lines]
        rows = [
            f"('{slug}', {seq}, coalesce((SELECT gen_random_uuid() FROM tracker.events WHERE id = '{id}'),"
            f" '{id}'), '\\x{line.hex()}')"
            for seq, (id, line) in enumerate(zip(ids, lines, strict=True), 1)
        ]
        server.run(
            url,
            "SET session_replication_role = replica",
            f"DELETE FROM tracker.events WHERE story = '{slug}'",
            *(f"INSERT INTO tracker.events VALUES {row}" for row in rows),
        )

    return Kind(lambda: PostgresLog(url, folder, clock=clock, wait=5), insert, url)


@pytest.fixture
def log(kind: Kind) -> EventLog:
    return kind.open()


def opened(title: str = "A story", slug: str = "story") -> Event:
    return Opened(title=title, format=2, slug=slug)


def update(title: str, id: str = "") -> Event:
    return Update(title=title, id=id)


def titles(log: EventLog, slug: str = "story") -> list[str]:
    return [getattr(event, "title", "") for event in log.read(slug)]


def problems(log: EventLog, slug: str = "story") -> list[str]:
    return [str(problem) for problem in check_stream(slug, log.lines(slug), slug, {})]


def a_story_of(log: EventLog, count: int, slug: str = "story") -> list[bytes]:
    """A story with so many events, one append each; its lines."""
    log.append(slug, [opened(slug=slug)])
    for number in range(2, count + 1):
        log.append(slug, [update(f"number {number}")])
    return log.lines(slug)


# Appending and reading.


def test_what_is_appended_is_read(kind: Kind, log: EventLog) -> None:
    """By whoever opens the log, in its order, each event with what the log gave it."""
    recorded = log.append("story", [opened(), update("first"), update("second")])
    assert list(kind.open().read("story")) == recorded
    assert all(event.id and event.recorded and event.salt and event.hash for event in recorded)
    assert problems(log) == []


def test_reading_goes_on_after_a_number(log: EventLog) -> None:
    a_story_of(log, 4)
    assert [event.title for event in log.read("story", after=2)] == ["number 3", "number 4"]  # type: ignore
    assert list(log.read("story", after=4)) == []


def test_appending_nothing_changes_nothing(log: EventLog) -> None:
    lines = a_story_of(log, 2)
    assert log.append("story", []) == []
    assert log.lines("story") == lines


def test_the_head_is_the_last_event(log: EventLog) -> None:
    """A stream that is not there has nothing as its head."""
    assert log.head("story") == NOTHING
    *_, last = log.append("story", [opened(), update("more")])
    assert log.head("story") == Head(2, last.hash)


def test_each_story_has_its_own_chain(kind: Kind, log: EventLog) -> None:
    """A line of one story cannot stand in another."""
    kind.force("two", a_story_of(log, 1, "one"))
    with pytest.raises(CorruptLog, match=r"two(\.jsonl)?:1: "):
        list(log.read("two"))


def test_stories_are_listed_in_the_order_of_their_letters(log: EventLog) -> None:
    """Whatever the locale of a database says of hyphens."""
    slugs = ["a", "a-b", "a0", "ab", "b", "b-9", "b9", "z"]
    for slug in reversed(slugs):
        log.append(slug, [opened()])
    assert log.streams() == sorted(slugs)
    assert log.streams("b") == ["b", "b-9", "b9"]
    assert log.count() == 8


def test_an_empty_log_has_no_stories(log: EventLog) -> None:
    assert (log.streams(), log.count(), log.versions(), log.latest()) == ([], 0, {}, ("", 0))


def test_an_unknown_story_suggests_the_nearest(log: EventLog) -> None:
    a_story_of(log, 1, "tiktok-openai")
    for ask in (log.read, log.lines, log.lines_and_rest):
        with pytest.raises(Unknown, match=r"no story 'tiktok-opena'\. Did you mean tiktok-openai\?"):
            ask("tiktok-opena")
    assert log.lines_if_any("tiktok-opena") == []
    assert log.intact("tiktok-opena") == ([], None)


@pytest.mark.slow
@pytest.mark.parametrize(
    "slug",
    [
        "../escape",
        "UPPER",
        "-dash",
        "a/b",
        "nul",
        "x" * 81,
        "a\n",
        "a\0",
        "'; DROP TABLE tracker.events; --",
        "%s",
    ],
)
def test_a_hostile_name_is_refused(log: EventLog, slug: str) -> None:
    """For reading and for writing, and all that is there stays."""
    lines = a_story_of(log, 1)
    for attempt in (
        lambda: log.append(slug, [opened()]),
        lambda: log.lines(slug),
        lambda: log.head(slug),
        lambda: log.put(slug, lines, NOTHING),
    ):
        with pytest.raises(BadInput, match="cannot name a story"):
            attempt()
    assert log.streams() == ["story"]


def test_names_that_nobody_could_have_given_are_passed_over(kind: Kind, log: EventLog) -> None:
    lines = a_story_of(log, 1)
    kind.force("UPPER", lines)
    assert log.streams() == ["story"]
    assert log.versions().keys() == {"story"}


def test_texts_of_all_kinds_come_back(log: EventLog) -> None:
    """Other line ends, bytes that databases escape, and what is longer than a page of a database."""
    texts = ["one\u2028two\x85three", "back\\slash '\"; \\x00 \\000", "日本語 🙂 é", "long " * 2_000]
    log.append("story", [opened(), *(Update(title="t", body=text) for text in texts)])
    assert [event.body for event in log.read("story", after=1)] == texts  # type: ignore[attr-defined]
    assert problems(log) == []


def test_an_event_too_long_for_a_line_is_refused(log: EventLog) -> None:
    """With all others of its batch."""
    lines = a_story_of(log, 1)
    with pytest.raises(BadInput, match="a line may have 262,144"):
        log.append("story", [update("fits"), Update(title="does not", body="x" * chain.MAX_LINE)])
    assert log.lines("story") == lines


def test_what_moves_a_story_changes_its_version(log: EventLog) -> None:
    """And no other's."""
    a_story_of(log, 2, "one")
    a_story_of(log, 2, "two")
    before = log.versions()
    assert log.versions(before) == before
    log.append("one", [update("more")])
    after = log.versions(before)
    assert after["one"] != before["one"]
    assert after["two"] == before["two"]


def test_the_story_appended_to_last_is_known(log: EventLog, clock: FixedClock) -> None:
    for slug in ("one", "two", "three"):
        log.append(slug, [opened()])
    latest, when = log.latest()
    assert latest == "three"
    assert when > 0


# Once, and only on what was read.


def test_the_same_id_is_recorded_once(kind: Kind, log: EventLog) -> None:
    """A retry, of this process or another, gives back what was recorded the first time."""
    a_story_of(log, 1)
    draft = update("once", id=new_id(log.clock()))
    first = log.append("story", [draft])
    lines = log.lines("story")
    assert log.append("story", [draft]) == first
    assert kind.open().append("story", [draft]) == first
    assert log.lines("story") == lines


def test_of_a_batch_that_is_partly_there_the_rest_is_recorded(log: EventLog) -> None:
    """Whichever part of it is there; what is returned is the whole batch in its order."""
    a_story_of(log, 1)
    drafts = [update(f"draft {number}", id=new_id(log.clock())) for number in range(4)]
    log.append("story", [drafts[0], drafts[2]])
    recorded = log.append("story", drafts)
    assert [event.id for event in recorded] == [draft.id for draft in drafts]
    assert titles(log) == ["A story", "draft 0", "draft 2", "draft 1", "draft 3"]
    assert problems(log) == []


def test_an_id_of_another_story_is_refused(log: EventLog) -> None:
    """Nothing of the batch is recorded then."""
    a_story_of(log, 2)
    draft = update("once", id=new_id(log.clock()))
    log.append("story", [draft])
    with pytest.raises(BadInput, match=r"is the id of story#3 already"):
        log.append("other", [Opened(title="Other", format=2, slug="other"), draft])
    assert log.streams() == ["story"]


def test_the_same_id_twice_in_one_batch_is_recorded_once(log: EventLog) -> None:
    """Also when nothing of the batch is there yet."""
    a_story_of(log, 1)
    draft = update("once", id=new_id(log.clock()))
    first, second = log.append("story", [draft, draft])
    assert first == second
    assert titles(log) == ["A story", "once"]


def test_an_append_to_a_head_that_has_moved_on_conflicts(log: EventLog) -> None:
    """What was decided on an older story is not written."""
    a_story_of(log, 1)
    head = log.head("story")
    log.append("story", [update("faster")], head)
    with pytest.raises(Conflict, match=r"story has moved on to #2"):
        log.append("story", [update("slower")], head)
    assert titles(log) == ["A story", "faster"]


def test_a_new_story_expects_nothing(log: EventLog) -> None:
    """Two who open the same story: the second conflicts."""
    log.append("story", [opened("mine")], NOTHING)
    with pytest.raises(Conflict):
        log.append("story", [opened("theirs")], NOTHING)
    assert titles(log) == ["mine"]


def test_a_retry_of_what_is_there_does_not_conflict(log: EventLog) -> None:
    """Its first attempt moved the head; it is done."""
    a_story_of(log, 1)
    head, draft = log.head("story"), update("once", id=new_id(log.clock()))
    assert log.append("story", [draft], head) == log.append("story", [draft], head)


def test_recorded_never_goes_back(log: EventLog, clock: FixedClock) -> None:
    """Though the clock does, the order of the log stays the order of its times."""
    (first,) = log.append("story", [opened()])
    clock.instant -= timedelta(days=1)
    (second,) = log.append("story", [update("after the clock was set back")])
    assert second.recorded == first.recorded
    assert problems(log) == []


@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(streams(max_size=8), st.data())
def test_any_batching_gives_the_same_lines(kind: Kind, events: list[Event], data: st.DataObject) -> None:
    """One by one, all at once, or in any parts, with retries: the same events make the same bytes in any log."""
    drafts = [structs.replace(event, recorded=Recorded(""), salt="", hash="") for event in events]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(drafts)))) | {0, len(drafts)})
    kind.force("story", [])
    for path in Path("reference").glob("*.jsonl"):
        path.unlink()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tracker.log.clock.new_salts", lambda number: ["5" * 32] * number)
        one, two = FileLog("reference"), kind.open()
        one.clock = two.clock = lambda: events[-1].recorded
        one.append("story", drafts, pictures=FILES)
        for start, end in pairwise(cuts):
            two.append("story", drafts[start:end], pictures=FILES)
            two.append("story", drafts[:end], pictures=FILES)
        assert one.lines("story") == two.lines("story")


# Damage.


def test_reading_stops_at_a_damaged_line(kind: Kind, log: EventLog) -> None:
    """The events before it are given; the error names the place, and the way out."""
    lines = a_story_of(log, 4)
    lines[2] = lines[2].replace(b"number", b"numbed")
    kind.force("story", lines)
    events, error = log.intact("story")
    assert len(events) == 2
    assert f"{log.place('story', 3)}: the line is not what was appended" in str(error)


@pytest.mark.parametrize("garbage", [b"\n", b"\x00\xff\x1b[31m\n", b"{}\n", b'{"hash":"00"}\n', b"\r\n"])
def test_nothing_is_appended_to_damage(kind: Kind, log: EventLog, garbage: bytes) -> None:
    """The chain must not go on from what was not appended."""
    lines = [*a_story_of(log, 2), garbage]
    kind.force("story", lines)
    with pytest.raises(CorruptLog, match=r":3: the line (does not end with its hash|ends were changed \(CRLF)"):
        log.append("story", [update("next")])
    assert log.lines("story") == lines
    assert log.versions().keys() == {"story"}


# Many at once.


APPEND = """
import sys
from tracker.workspace.desk import find
desk = find(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[4])):
    (recorded,) = desk.record(sys.argv[3], [{"type": "update", "title": f"{sys.argv[2]} {number}"}])
    print(recorded.event.id, flush=True)
"""


@pytest.fixture
def shared(desk: Workspace, kind: Kind) -> Workspace:
    """The desk with its log there, and a story in it."""
    path = Path(desk.root, "tracker.toml")
    path.write_text(path.read_text().replace('url = "events"', f'url = "{kind.url}"'))
    desk = Workspace(desk.root)
    desk.record("story", [{"type": "opened", "title": "A story"}])
    return desk


def a_desk_that_appends(desk: Workspace, name: str, count: int, slug: str = "story") -> subprocess.Popen[bytes]:
    """A process that records so many updates once it is told to, and prints the id of each acknowledged one."""
    command = [sys.executable, "-c", APPEND, desk.root, name, slug, str(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    return process


def go(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin
    process.stdin.write(b"go\n")
    process.stdin.flush()


@pytest.mark.slow
def test_several_processes_lose_nothing_and_record_nothing_twice(shared: Workspace) -> None:
    """Four append to one story: all events are there, each one's in its order, the chain whole."""
    names = ["one", "two", "three", "four"]
    processes = [a_desk_that_appends(shared, name, 25) for name in names]
    for process in processes:
        go(process)
    said = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, [err for _, err in said]
    acknowledged = [id for out, _ in said for id in out.decode().split()]

    assert problems(shared.log) == []
    events = list(shared.log.read("story"))
    assert sorted(event.id for event in events[1:]) == sorted(acknowledged)
    for name in names:
        theirs = [title for title in titles(shared.log) if title.startswith(name)]
        assert theirs == [f"{name} {number}" for number in range(25)]


@pytest.mark.slow
def test_what_was_acknowledged_survives_kill(shared: Workspace) -> None:
    """A process killed while it appends has lost nothing that it said was recorded."""
    for number in range(3):
        with a_desk_that_appends(shared, f"run {number}", 10_000) as process:
            go(process)
            assert process.stdout
            acknowledged = [process.stdout.readline().decode().strip() for _ in range(5 + 7 * number)]
            process.send_signal(signal.SIGKILL)
            acknowledged += process.stdout.read().decode().split("\n")[:-1]
        shared.record("story", [{"type": "update", "title": f"after run {number}"}])
        assert set(acknowledged) <= {event.id for event in shared.log.read("story")}
        assert problems(shared.log) == []


# Lines of another log.


def test_lines_are_put_in_as_they_are(kind: Kind, log: EventLog, tmp_path: Path) -> None:
    """After the head that was seen, or not at all; and what is appended then follows them."""
    other = FileLog(tmp_path / "other")
    lines = a_story_of(other, 4)
    head = Head(2, chain.hash_of(lines[1]).hex())
    with pytest.raises(Conflict):
        log.put("story", lines[2:], head)
    assert log.streams() in ([], ["story"])
    log.put("story", lines[:2], NOTHING)
    with pytest.raises(Conflict):
        log.put("story", lines, NOTHING)
    log.put("story", lines[2:], head)
    assert kind.open().lines("story") == lines
    log.append("story", [update("next")])
    assert problems(log) == []


# Redaction.


def redact(desk: Workspace, seq: int) -> None:
    values = {"type": "redaction", "redacts": f"#{seq}", "reason": "safety", "authority": "a court"}
    desk.record("story", [values], removes=True)


def test_a_redacted_text_is_gone_and_the_chain_holds(shared: Workspace, kind: Kind) -> None:
    """Its place stays, for whoever opens the log; and what was seen of it before is still extended."""
    shared.record("story", [{"type": "update", "title": "A name that must not be read"}])
    shared.record("story", [{"type": "update", "title": "Goes on"}])
    before = [chain.hash_of(line) for line in shared.log.lines("story")]
    redact(shared, 2)
    lines = kind.open().lines("story")
    assert b"must not be read" not in b"".join(lines)
    assert [chain.hash_of(line) for line in lines][:3] == before
    assert isinstance(list(shared.log.read("story"))[1], Redacted)
    assert problems(shared.log) == []
    shared.record("story", [{"type": "update", "title": "And on"}])
    assert problems(shared.log) == []


def test_reading_writes_nothing_and_hides_what_a_redaction_names(shared: Workspace, kind: Kind) -> None:
    """However its text came to be there again; removing it is a step of its own, which removes that text only."""
    for title in ("A name that must not be read", "Another"):
        shared.record("story", [{"type": "update", "title": title}])
    text = shared.log.lines("story")[1]
    redact(shared, 2)
    redact(shared, 3)
    whole = shared.log.lines("story")
    kind.force("story", [whole[0], text, *whole[2:]])
    log = kind.open()
    assert titles(log) == ["A story", "", "", "", ""]
    assert list(log.read("story")) == list(shared.log.decoded("story", whole))
    assert log.lines("story")[1] == text
    log.remove_texts("story", {"00000000-0000-7000-8000-000000000000"})
    assert log.lines("story")[1] == text
    log.remove_texts("story", {chain.id_of(text)})
    assert kind.open().lines("story") == whole


def test_a_text_is_removed_only_where_a_redaction_names_it(shared: Workspace, kind: Kind) -> None:
    shared.record("story", [{"type": "update", "title": "Stays"}])
    lines = shared.log.lines("story")
    shared.log.remove_texts("story", {chain.id_of(line) for line in lines})
    assert kind.open().lines("story") == lines


def test_a_story_whose_opening_is_removed_can_be_renamed(shared: Workspace, kind: Kind) -> None:
    """Its lines stay as they are, and what is appended follows them."""
    shared.record("other", [{"type": "opened", "title": "Another"}])
    with pytest.raises(BadInput, match="story#1 still has its text"):
        shared.log.rename("story", "new")
    redact(shared, 1)
    lines = shared.log.lines("story")
    with pytest.raises(BadInput, match="there is a story other already"):
        shared.log.rename("story", "other")
    shared.log.rename("story", "new")
    log = kind.open()
    assert (log.streams(), log.lines("new")) == (["new", "other"], lines)
    log.append("new", [update("more")])
    assert [*check_stream("new", log.lines("new"), "new", {})] == []
