"""One log into another: the same bytes, however often it is stopped, and never over another history."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from msgspec import structs

from tests.conftest import FixedClock, Ran
from tests.servers import Server
from tracker.domain import chain
from tracker.domain import lines as event_lines
from tracker.domain.events import Opened, Redaction, Update
from tracker.errors import CorruptLog, Diverged, LogFailed
from tracker.log.base import NOTHING, EventLog
from tracker.log.clock import new_id
from tracker.log.copy import Copied, copy
from tracker.log.files import FileLog
from tracker.log.postgres import PostgresLog
from tracker.workspace.desk import Workspace

pytestmark = pytest.mark.xdist_group("postgres")

Cli = Callable[..., Ran]
Pair = tuple[EventLog, EventLog]


@pytest.fixture(params=product(["files", "postgres"], repeat=2), ids="-to-".join)
def pair(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> Pair:
    """A log to copy from and one to copy to, both empty."""
    monkeypatch.chdir(tmp_path)
    server: Server = request.getfixturevalue("server")

    def made(kind: str, name: str) -> EventLog:
        return FileLog(name, clock=clock) if kind == "files" else PostgresLog(server.log(), name, clock=clock)

    source, target = request.param
    return made(source, "from"), made(target, "to")


def a_story_of(log: EventLog, slug: str, count: int) -> None:
    updates = [Update(title=f"number {each}") for each in range(1, count)]
    log.append(slug, [Opened(title=slug, format=2, slug=slug), *updates])


def is_same(one: EventLog, other: EventLog) -> bool:
    return {each: one.lines(each) for each in one.streams()} == {
        each: other.lines(each) for each in other.streams()
    }


def test_a_copy_has_the_same_bytes(pair: Pair) -> None:
    """And goes on with what is new, in old stories and new ones."""
    source, target = pair
    a_story_of(source, "one", 3)
    a_story_of(source, "two", 4)
    assert copy(source, target) == Copied(stories=2, moved=2, events=7)
    assert is_same(source, target)
    source.append("one", [Update(title="more")])
    a_story_of(source, "three", 1)
    assert copy(source, target) == Copied(stories=3, moved=2, events=2)
    assert is_same(source, target)
    assert copy(source, target) == Copied(stories=3, moved=0, events=0)
    assert copy(target, source) == Copied(stories=3, moved=0, events=0)


def test_what_is_appended_to_a_copy_goes_back(pair: Pair) -> None:
    source, target = pair
    a_story_of(source, "story", 3)
    copy(source, target)
    target.append("story", [Update(title="over there")])
    with pytest.raises(Diverged, match=r"story(\.jsonl)?:4: is not in .*story.*, which ends before it"):
        copy(source, target)
    assert copy(target, source).events == 1
    assert is_same(source, target)


def test_a_copy_that_was_stopped_goes_on(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """A story is there as far as before or as a whole, wherever it was stopped."""
    source, target = pair
    for slug in ("a", "b", "c"):
        a_story_of(source, slug, 3)
    put, calls = type(target).put, iter("go on")

    def stopping(self: EventLog, *arguments: object) -> None:
        if next(calls) == "o":
            raise LogFailed("stopped")
        put(self, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(type(target), "put", stopping)
        with pytest.raises(LogFailed):
            copy(source, target)
    assert target.streams() == ["a"]
    assert copy(source, target) == Copied(stories=3, moved=2, events=6)
    assert is_same(source, target)


def test_another_history_is_never_written_over(pair: Pair) -> None:
    """The first difference is named, in both; stories before it are copied, none after it."""
    source, target = pair
    a_story_of(source, "a", 2)
    a_story_of(source, "b", 2)
    copy(source, target)
    source.append("b", [Update(title="here")])
    target.append("b", [Update(title="there")])
    source.append("a", [Update(title="more")])
    a_story_of(source, "c", 1)
    there = target.lines("b")
    with pytest.raises(Diverged, match=r"^b#3 is not the same in both: .*b(\.jsonl)?:3 and .*b(\.jsonl)?:3\."):
        copy(source, target)
    assert target.lines("b") == there
    assert target.lines("a") == source.lines("a")
    assert target.streams() == ["a", "b"]


def test_an_event_of_another_story_is_not_copied(pair: Pair, tmp_path: Path) -> None:
    """Be that story in the target or among those that are copied."""
    source, target = FileLog(tmp_path / "twice"), pair[1]
    a_story_of(source, "a", 2)
    first, *_ = source.read("a")
    source.append("b", [structs.replace(first, slug="b")], NOTHING)
    with pytest.raises(
        CorruptLog, match=r"b\.jsonl:1: id: .* is in .*a(\.jsonl)? already\. The stories before it"
    ):
        copy(source, target)
    assert target.streams() == ["a"]
    Path(source.path("a")).unlink()
    with pytest.raises(CorruptLog, match=r"b\.jsonl:1: id: .* is in .*a(\.jsonl)? already"):
        copy(source, target)
    assert target.streams() == ["a"]


def test_a_damaged_story_is_not_copied(pair: Pair) -> None:
    source, target = FileLog("damaged"), pair[1]
    a_story_of(source, "story", 3)
    path = Path(source.path("story"))
    path.write_bytes(path.read_bytes().replace(b"number 1", b"numbed 1"))
    with pytest.raises(CorruptLog, match=r"story\.jsonl:2: the line is not what was appended"):
        copy(source, target)
    assert target.streams() == []


def test_an_unfinished_line_is_not_copied(pair: Pair) -> None:
    source, target = pair
    a_story_of(source, "story", 2)
    if isinstance(source, FileLog):
        with open(source.path("story"), "ab") as file:
            file.write(b'{"id":"')
        Path(source.path("empty")).touch()
    copy(source, target)
    assert target.lines("story") == source.lines("story")
    assert target.streams() == ["story"]


def test_a_text_that_was_removed_since_waits_in_the_copy(pair: Pair, desk: Workspace) -> None:
    """It is shown no more, and removed there only when an editor says so: the redaction may be forged."""
    source, target = pair
    desk.log = source
    desk.record("story", [{"type": "opened", "title": "A story"}])
    desk.record("story", [{"type": "update", "title": "A name that must not be read"}])
    copy(source, target)
    redaction = {"type": "redaction", "redacts": "#2", "reason": "safety", "authority": "a court"}
    desk.record("story", [redaction], removes=True)
    told: list[str] = []
    target.tell = told.append
    copy(source, target)
    assert chain.waiting(target.lines("story")) == [(3, 2)]
    assert "must not be read" not in str(list(target.read("story")))
    assert "tracker redact --finish story#3" in told[0]
    target.remove_texts("story", {chain.id_of(target.lines("story")[1])})
    assert is_same(source, target)


def test_a_text_that_waits_to_be_removed_is_not_copied(pair: Pair, desk: Workspace) -> None:
    source, target = pair
    desk.log = source
    desk.record("story", [{"type": "opened", "title": "A story"}])
    text = desk.record("story", [{"type": "update", "title": "A name that must not be read"}])[0].event
    draft = Redaction(redacts=text.id, reason="safety", authority="a court", id=new_id(desk.clock()))
    stamped = structs.replace(draft, recorded=desk.clock(), salt="0" * 32)
    lines = source.lines("story")
    source.put("story", [event_lines.encode(stamped, chain.hash_of(lines[-1]))[1]], source.head("story"))
    copy(source, target)
    assert b"must not be read" in b"".join(source.lines("story"))
    assert b"must not be read" not in b"".join(target.lines("story"))
    copy(source, target)


@pytest.mark.slow
def test_the_command_says_what_it_did(cli: Cli, server: Server) -> None:
    """And what is no log is refused."""
    url = server.log()
    cli("open", "story", "--title", "T")
    cli("add", "update", "story", "Title")
    name = url.replace("postgres@", "").partition("?")[0]
    assert cli("log", "copy", "events", url).out == f"copied 2 events of 1 story from events to {name}\n"
    assert cli("log", "copy", "events", url).out == f"nothing new from events to {name}; both have 1 story\n"
    assert cli("log", "copy", url, "back").out == f"copied 2 events of 1 story from {name} to back\n"
    assert Path("back/story.jsonl").read_bytes() == Path("events/story.jsonl").read_bytes()
    cli("add", "update", "story", "Here")
    cli("-C", ".", "log", "copy", "events", url)
    ran = cli("log", "copy", "back", url)
    assert ran.code == 1
    assert ran.err.startswith(f"error: {name}/story:3: is not in back/story.jsonl, which ends before it.")
    refused = cli("log", "copy", "mysql://me:secret@host/db", "back")
    assert (refused.code, "secret" in refused.err) == (2, False)
    assert cli("log", "copy", "nosuch", "back").code == 2
    assert "tracker.toml names a folder" in cli("log", "init").err
