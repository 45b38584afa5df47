"""A removed text is gone for good, wherever it was, and everything that was ever published still verifies."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Ran
from tests.strategies import Stream, recorded
from tracker import codec, heads, log, projection, redaction
from tracker import database as tables
from tracker.amend import amend
from tracker.checks import check_stream
from tracker.entries import entries
from tracker.errors import BadInput, CorruptLog, LogFailed
from tracker.fold import fold, replay, unfold
from tracker.hindsight import hindsight
from tracker.history import view
from tracker.publish import publish, seen_heads
from tracker.times import to_datetime
from tracker.verify import verify
from tracker.workspace import Workspace

SECRET = b"unspeakable"


@pytest.fixture
def story(desk: Workspace, record: Callable[..., Any]) -> str:
    """A story whose second event and its corrections hold a secret, published and projected."""
    record("opened", "A story")
    record("statement", "Acme says the unspeakable", speaker="Acme", quote="it is unspeakable", occurred="2024")
    record("correction", corrects="#2", changes={"body": "An unspeakable body"}, why="unspeakable slip")
    record("update", "It goes on")
    publish(desk)
    with projection.caught_up(desk.database_path, desk.log, print):
        pass
    return "story"


def redact(desk: Workspace, seq: int = 2) -> None:
    values = {"type": "redaction", "redacts": f"#{seq}", "reason": "court-order", "authority": "a court"}
    desk.record("story", [values])


def found(desk: Workspace) -> list[str]:
    """Every file of the workspace which has the secret in its bytes."""
    paths = (Path(folder, name) for folder, _, names in os.walk(desk.root) for name in names)
    return sorted(str(path.relative_to(desk.root)) for path in paths if SECRET in path.read_bytes())


def test_the_text_is_found_nowhere(desk: Workspace, story: str, cli: Callable[..., Ran]) -> None:
    """Nor in an unfinished line that was kept aside; and the control: before, the same search finds it."""
    torn = Path(desk.scratch, "torn", f"story-{desk.log.head(story).hash[:36]}")
    torn.parent.mkdir()
    torn.write_bytes(b'{"title":"unspeakable')
    seen = seen_heads(desk)
    before = found(desk)
    assert {
        "events/story.jsonl", ".tracker/tracker.db", ".tracker/published.db", "feeds/all.atom", "feeds/index.html",
        "feeds/stories/story/2.html", "feeds/stories/story/2.oembed.json", "feeds/stories/story/history.json",
    } <= set(before)  # fmt: skip
    assert str(torn.relative_to(desk.root)) in before
    ran = cli("redact", "story#2", "--reason", "court-order", "--authority", "District court, 1 C 2/24")
    assert ran.code == 0
    assert "git history and copies that others have fetched still have it" in ran.err
    assert found(desk) == []
    assert verify(desk, seen)[2:] == ([], [])
    assert cli("verify").code == 0


def test_rows_that_are_merely_deleted_are_still_in_the_file(desk: Workspace, story: str) -> None:
    """The control: without writing the database anew, its free pages and its index keep the text."""
    redact(desk)
    with projection.open_database(desk.database_path, print) as database, pytest.MonkeyPatch.context() as patched:
        patched.setattr(tables, "scrub", lambda database: None)
        database.conn.execute("PRAGMA secure_delete = OFF")
        projection.catch_up(database, desk.log)
        database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert ".tracker/tracker.db" in found(desk)


def test_a_scrubbing_that_was_cut_short_is_done_the_next_time(desk: Workspace, story: str) -> None:
    redact(desk)
    with projection.open_database(desk.database_path, print) as database:
        database.conn.execute("PRAGMA secure_delete = OFF")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(tables, "scrub", lambda database: None)
            projection.catch_up(database, desk.log)
    with projection.caught_up(desk.database_path, desk.log, print):
        pass
    assert [name for name in found(desk) if not name.startswith("feeds/")] == []


def test_the_next_catching_up_scrubs_a_clone_as_well(desk: Workspace, story: str) -> None:
    """The redaction may have come from elsewhere, by git."""
    redact(desk)
    with projection.caught_up(desk.database_path, desk.log, print):
        pass
    assert [name for name in found(desk) if not name.startswith("feeds/")] == []


def test_readers_get_a_tombstone_a_stub_and_a_notice(desk: Workspace, story: str) -> None:
    """The stub has the same id and is newer than the tombstone, so that whoever keeps the entry overwrites it."""
    id = desk.story(story).developments[1].id
    redact(desk)
    publish(desk)
    text = Path(desk.feeds, "all.atom").read_text()
    when = to_datetime(desk.story(story).updated)
    assert f'<at:deleted-entry ref="urn:uuid:{id}" when="{when.isoformat()}"/>' in text
    parsed = feedparser.parse(text)
    assert not parsed.bozo
    entries = {entry.id: entry for entry in parsed.entries}
    stub = entries[f"urn:uuid:{id}"]
    assert stub.title == "[removed]"
    assert stub.updated == (when + timedelta(milliseconds=1)).isoformat()
    assert parsed.entries[0].title == "Removed: the text of development 2"
    rss = feedparser.parse(Path(desk.feeds, "all.rss").read_text())
    assert {entry.id for entry in rss.entries} == set(entries)


def test_a_redaction_that_was_cut_short_is_finished_when_the_story_is_next_read(
    desk: Workspace, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is recorded, and the text not shown, before the file can be replaced."""

    def fail(source: str, target: str) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(log.os, "replace", fail)
        with pytest.raises(LogFailed, match="could not be removed yet"):
            redact(desk)
        told: list[str] = []
        desk.log.tell = told.append
        shown = desk.story(story)
        assert [each.title for each in shown.developments][1:3] == ["[removed]", "[removed]"]
        assert "a redaction is not finished yet" in told[0]
        assert "still has its text" in str(verify(desk).problems[0])
    assert "events/story.jsonl" in found(desk)
    desk.story(story)
    assert "events/story.jsonl" not in found(desk)
    assert [name for name in os.listdir(desk.log.folder) if not name.endswith(".jsonl")] == []


def test_the_next_add_finishes_it_too(desk: Workspace, story: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: str, target: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(log.os, "replace", fail)
        with pytest.raises(LogFailed):
            redact(desk)
    desk.record(story, [{"type": "update", "title": "More"}])
    assert "events/story.jsonl" not in found(desk)
    assert [each.title for each in desk.story(story).developments][-1] == "More"


def test_json_lines_take_redactions_too(desk: Workspace, story: str, cli: Callable[..., Ran]) -> None:
    line = '{"type":"redaction","redacts":"#2","reason":"safety","authority":"the desk"}'
    assert cli("append", story, input=line).code == 0
    assert "events/story.jsonl" not in found(desk)


def test_the_opening_can_go_too(desk: Workspace, story: str) -> None:
    """The story stays, without its title."""
    redact(desk, 1)
    shown = desk.story(story)
    assert (shown.title, shown.status) == ("[removed]", "open")
    desk.record(story, [{"type": "update", "title": "More"}])
    assert [str(each) for each in verify(desk).problems if "events/story" in each.place] == []


def test_what_repeats_the_text_is_named(desk: Workspace, story: str, cli: Callable[..., Ran]) -> None:
    desk.record(story, [{"type": "summary", "title": "So far", "text": "Acme says the unspeakable, they write"}])
    ran = cli("redact", "story#2", "--reason", "safety", "--authority", "the desk")
    assert "story#5 repeats it word for word" in ran.err
    assert redaction.repeats(desk.story(story), desk.story(story).developments[3]) == []


def test_a_dry_run_removes_nothing(desk: Workspace, story: str, cli: Callable[..., Ran]) -> None:
    before = found(desk)
    ran = cli("redact", "story#2", "--reason", "safety", "--authority", "the desk", "--dry-run")
    assert (ran.code, found(desk)) == (0, before)
    assert "#2: corrected → redacted" in ran.out


def test_what_is_removed_is_not_made_anew_where_there_is_nothing(
    desk: Workspace, record: Callable[..., Any], cli: Callable[..., Ran]
) -> None:
    """No read model and no publication come into being by it."""
    record("opened", "A story")
    record("update", "unspeakable")
    assert cli("redact", "story#2", "--reason", "safety", "--authority", "the desk").code == 0
    assert not os.path.exists(desk.feeds)
    assert not os.path.exists(desk.database_path)


# Proof: what stays of a line is accepted to the letter, and only there.


def lines_with_a_removed_text() -> list[bytes]:
    stream = Stream()
    stream.add("opened", "T")
    stream.add("update", "a")
    stream.add("update", "b")
    stream.redact(3)
    stream.add("update", "c")
    return stream.lines


LINES = lines_with_a_removed_text()
HASHES = [codec.hash_of(line).hex() for line in LINES]


def is_found(lines: list[bytes]) -> bool:
    """Whether verify finds that these are not LINES: by themselves, or against what was published."""
    return bool([*check_stream("story", lines, "f", {})] or heads.divergence(heads.published(HASHES), lines))


def accepts(lines: list[bytes]) -> bool:
    try:
        return bool(list(codec.unchain("story", lines, "f")))
    except CorruptLog:
        return False


@pytest.mark.slow
def test_every_flipped_bit_is_found() -> None:
    assert not is_found(LINES)
    for number, line in enumerate(LINES):
        for place in range(len(line) * 8):
            flipped = bytearray(line)
            flipped[place // 8] ^= 1 << place % 8
            pieces = [each + b"\n" for each in bytes(flipped).split(b"\n")[:-1]] or [bytes(flipped)]
            assert is_found([*LINES[:number], *pieces, *LINES[number + 1 :]]), (number, place)


@pytest.mark.parametrize("number", range(len(LINES)))
def test_every_line_that_is_missing_doubled_moved_or_put_in_is_found(number: int) -> None:
    before, line, after = LINES[:number], LINES[number], LINES[number + 1 :]
    assert is_found([*before, *after])
    assert is_found([*before, line, line, *after])
    assert is_found([*before, *after[:1], line, *after[1:]]) or not after
    for other in LINES:
        assert is_found([*before, other, line, *after])


def rewritten_before_the_removed_line() -> list[bytes]:
    """The second line says something else, with a hash made anew; what was removed after it hides the seam."""
    stream = Stream()
    stream.put(codec.decode(LINES[0]))
    stream.add("update", "A forgery")
    return [LINES[0], stream.lines[1], *LINES[2:]]


def test_what_comes_before_a_removed_text_is_vouched_for() -> None:
    assert accepts(LINES)
    assert not accepts(rewritten_before_the_removed_line())
    assert is_found(rewritten_before_the_removed_line())


def test_without_what_it_follows_a_removed_text_would_hide_a_forgery(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: comparing id, type, time and hash only."""

    class Anything(dict[tuple[bytes, str], int]):
        def __contains__(self, key: object) -> bool:
            assert isinstance(key, tuple)
            return any(line == key[0] for line, _ in self)

    removals = codec.removals
    monkeypatch.setattr(codec, "removals", lambda lines: Anything(removals(lines)))
    assert accepts(rewritten_before_the_removed_line())


def test_a_removed_text_without_its_redaction_is_refused() -> None:
    assert not accepts(LINES[:3])
    with pytest.raises(CorruptLog, match="f:3: the line says that its text was removed, but no redaction"):
        list(codec.unchain("story", [*LINES[:3], LINES[4]], "f"))


def test_an_unknown_type_of_a_removed_text_is_told() -> None:
    with pytest.raises(CorruptLog, match="sonnet is not a type of event"):
        codec.decode(LINES[2].replace(b'"update"', b'"sonnet"'), "f:3")


def said_in(value: Any) -> Iterator[str]:
    """Every text in plain values, whatever it is called."""
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        yield from said_in(each)


@settings(max_examples=40)
@given(recorded(min_size=2), st.lists(st.integers(1, 20), min_size=1, max_size=4))
def test_whatever_is_removed_the_rest_makes_sense(stream: Stream, seqs: list[int]) -> None:
    """It verifies, no text comes back in any view of any time, and heads seen before still hold."""
    before = [codec.hash_of(line).hex() for line in stream.lines]
    removed = []
    for seq in seqs:
        with contextlib.suppress(BadInput):
            texts = redaction.texts(stream.story.developments[(seq - 1) % len(before)].original)
            stream.redact((seq - 1) % len(before) + 1)
            removed += texts
    assert [*check_stream("story", stream.lines, "f", {})] == []
    assert heads.divergence(heads.published(before), stream.lines) is None
    events = [codec.decode(line) for line in stream.lines]
    assert [step.story for step in replay("story", events)][-1] == fold("story", events)
    assert [each.id for each in entries("story", events)] == [each.id for each in events]
    left = " ".join(text for event in events for text in redaction.texts(event, least=1))
    views = (hindsight("story", events), hindsight("story", events, 1), list(unfold("story", amend(events))))
    told = " ".join(said_in(msgspec.to_builtins(views)))
    for text in removed:
        assert text in left or text not in told


@given(recorded(min_size=3))
@settings(max_examples=20)
def test_known_before_the_removal_it_is_gone_as_well(stream: Stream) -> None:
    """The one exception to what was known then: a removed text is removed from every earlier view."""
    stream.redact(2)
    early = view([codec.decode(line) for line in stream.lines][:2])
    assert early.developments[1].title == "[removed]"
