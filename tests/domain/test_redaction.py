"""A removed text is gone for good, wherever it was, and everything that was ever published still verifies."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import feedparser
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.conftest import Ran
from tests.examples import examples
from tests.lines import rechained
from tests.strategies import Stream, recorded
from tracker.domain import chain, redaction, values
from tracker.domain import lines as event_lines
from tracker.domain.amend import amend
from tracker.domain.events import Redaction
from tracker.domain.fold import fold, replay, unfold
from tracker.domain.integrity import check_stream
from tracker.errors import BadInput, CorruptLog, LogFailed
from tracker.feeds.entries import entries
from tracker.log import checkpoints, files
from tracker.log.clock import new_id
from tracker.maintenance.verify import verify
from tracker.publishing.publisher import publish
from tracker.publishing.rewrites import seen_heads
from tracker.readmodel import projection, tables
from tracker.text.dates import to_datetime
from tracker.views.bitemporal import view
from tracker.views.hindsight import hindsight
from tracker.workspace.desk import Workspace

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


def redact(desk: Workspace, *seqs: int) -> None:
    """Removes the texts of the events; of the second one and its correction, without numbers."""
    reason = {"type": "redaction", "reason": "court-order", "authority": "a court"}
    desk.record("story", [{**reason, "redacts": f"#{seq}"} for seq in seqs or (2, 3)], removes=True)


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
        "feeds/stories/story/2.html", "feeds/stories/story/history.json",
    } <= set(before)  # fmt: skip
    assert str(torn.relative_to(desk.root)) in before
    ran = cli("redact", "story#2", "--reason", "court-order", "--authority", "District court, 1 C 2/24")
    assert ran.code == 0
    assert "git history and copies that others fetched still have it" in ran.err
    assert "readers still get the text until the next publication. Publish now: tracker publish" in ran.err
    assert all(path.startswith("feeds/") for path in found(desk))
    publish(desk)
    assert found(desk) == []
    assert verify(desk, seen).problems == []
    assert cli("verify").code == 0


def test_the_text_goes_where_feeds_were_deleted(desk: Workspace, story: str, cli: Callable[..., Ran]) -> None:
    """Nothing is published then, and the state of the last publication has the text."""
    shutil.rmtree(desk.feeds)
    assert ".tracker/published.db" in found(desk)
    assert cli("redact", "story#2", "--reason", "court-order", "--authority", "a court").code == 0
    assert found(desk) == []


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
    assert not [name for name in found(desk) if "tracker.db" in name]
    publish(desk)
    assert found(desk) == []


def test_the_next_catching_up_scrubs_a_clone_as_well(desk: Workspace, story: str) -> None:
    """The redaction may have come from elsewhere, by git. The next publication removes the text from its state."""
    redact(desk)
    with projection.caught_up(desk.database_path, desk.log, print):
        pass
    assert not [name for name in found(desk) if "tracker.db" in name]
    publish(desk)
    assert found(desk) == []


def test_readers_get_a_tombstone_a_stub_and_a_notice(desk: Workspace, story: str) -> None:
    """The stub has the same id and is newer than the tombstone, so that whoever keeps the entry overwrites it."""
    id = desk.story(story).developments[1].id
    redact(desk)
    publish(desk)
    text = Path(desk.feeds, "all.atom").read_text()
    when = to_datetime(desk.story(story).updated)
    assert re.search(f'<at:deleted-entry [^>]*ref="urn:uuid:{id}" when="{re.escape(when.isoformat())}"/>', text)
    parsed = feedparser.parse(text)
    assert not parsed.bozo
    entries = {entry.id: entry for entry in parsed.entries}
    stub = entries[f"urn:uuid:{id}"]
    assert stub.title == "A story: A text that we removed"
    assert datetime.fromisoformat(stub.updated) > when
    assert parsed.entries[0].title == "A story: Removed: a text of 1 August 2024"
    rss = feedparser.parse(Path(desk.feeds, "all.rss").read_text())
    assert {entry.id for entry in rss.entries} == set(entries)


@pytest.fixture
def cut_short(desk: Workspace, story: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A story of which a redaction is recorded, and the text is still in the file."""

    def fail(source: str, target: str) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(files.os, "replace", fail)
        with pytest.raises(LogFailed, match=r"nothing shows the text\. Remove it with .* --finish story#N"):
            redact(desk)
    return story


def test_a_redaction_that_was_cut_short_hides_its_text_and_reading_writes_nothing(
    desk: Workspace, cut_short: str, cli: Callable[..., Ran]
) -> None:
    """Neither does publishing or appending. What is published, and the read model, have the text no more."""
    before = Path(desk.log.path(cut_short)).read_bytes()
    assert [each.title for each in desk.story(cut_short).developments][1:3] == ["[removed]", "[removed]"]
    for command in (
        ["show", "story"],
        ["replay", "story"],
        ["timeline", "story", "--known-at", "#4"],
        ["publish"],
    ):
        ran = cli(*command)
        assert ran.code == 0
        assert "unspeakable" not in ran.out
    with projection.caught_up(desk.database_path, desk.log, print):
        pass
    assert Path(desk.log.path(cut_short)).read_bytes() == before
    assert found(desk) == ["events/story.jsonl"]
    ran = cli("verify")
    assert ran.code == 0
    assert "story.jsonl:2: #5 removes this text, which is still there. If the removal is right:" in ran.err
    assert "tracker redact --finish story#5" in ran.err
    desk.record(cut_short, [{"type": "update", "title": "More"}])
    assert Path(desk.log.path(cut_short)).read_bytes().startswith(before)


def test_it_is_finished_by_the_command_that_says_so(
    desk: Workspace, cut_short: str, cli: Callable[..., Ran]
) -> None:
    """With the corrections of the same target, after saying what goes; twice is once."""
    hashes = [chain.hash_of(line) for line in desk.log.lines(cut_short)]
    again = cli("redact", "story#2", "--reason", "court-order", "--authority", "a court")
    assert (again.code, "tracker redact --finish story#5" in again.err) == (2, True)
    dry = cli("redact", "--finish", "story#5", "--dry-run")
    assert dry.code == 0
    assert "to be removed" in dry.out
    assert "events/story.jsonl" in found(desk)
    assert cli("redact", "--finish", "story#5").code == 0
    publish(desk)
    assert found(desk) == []
    assert [chain.hash_of(line) for line in desk.log.lines(cut_short)] == hashes
    assert "is finished" in cli("redact", "--finish", "story#5").out
    assert chain.waiting(desk.log.lines(cut_short)) == []


def test_finishing_one_redaction_leaves_others_that_wait(
    desk: Workspace, story: str, cli: Callable[..., Ran]
) -> None:
    """They may be forged."""
    forged = forged_redaction(desk, 4)
    redact(desk)
    assert cli("redact", "--finish", "story#6").code == 0
    assert desk.log.lines(story)[3] == forged
    assert chain.waiting(desk.log.lines(story)) == [(5, 4)]


def forged_redaction(desk: Workspace, seq: int) -> bytes:
    """Appends a redaction that removes nothing yet, as a program could; gives the line that it names."""
    lines = desk.log.lines("story")
    draft = Redaction(redacts=chain.id_of(lines[seq - 1]), reason="safety", authority="nobody")
    stamped = structs.replace(draft, id=new_id(desk.clock()), recorded=desk.clock(), salt="0" * 32)
    _, line, _ = event_lines.encode(stamped, chain.hash_of(lines[-1]))
    with open(desk.log.path("story"), "ab") as file:
        file.write(line)
    return lines[seq - 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["story#2"], "--reason: is missing"),
        (["story#2", "--reason", "safety"], "--authority: is missing"),
        (["--finish", "story#2"], "--finish: story#2 is not a redaction"),
        (["--finish", "story#9"], "--finish: story#9 is not a redaction"),
        (["--finish", "story#5", "--reason", "safety"], "--finish: the redaction already has a reason"),
        (["story#2", "--reason", "safety", "--authority", "a", "--rename", "other"], "only story#1 has the name"),
        (["story#1", "--reason", "safety", "--authority", "a", "--rename", "../x"], ""),
        (
            ["story#1", "--reason", "safety", "--authority", "a", "--rename", "story"],
            "--rename: the story is called",
        ),
        (["--finish", "story#5", "--rename", "story"], "--rename: the story is called story already"),
        (["story#2", "--reason", "safety", "--authority", "\u200b \xa0"], "authority: "),
        (["story#2", "--reason", "safety", "--authority", "\u3164\uffa0"], "authority: "),
    ],
    ids=lambda each: "-".join(each)[:40] if isinstance(each, list) else "",
)
def test_what_cannot_be_removed_is_refused(
    desk: Workspace, story: str, cli: Callable[..., Ran], arguments: list[str], message: str
) -> None:
    before = found(desk)
    ran = cli("redact", *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert found(desk) == before


def test_json_lines_remove_nothing(desk: Workspace, story: str, cli: Callable[..., Ran]) -> None:
    """Only tracker redact does."""
    line = '{"type":"redaction","redacts":"#2","reason":"safety","authority":"the desk"}'
    ran = cli("append", story, input=line)
    assert ran.code == 2
    assert "type: a text is removed by tracker redact STORY#N, and by nothing else" in ran.err
    assert "events/story.jsonl" in found(desk)


def test_a_redaction_can_be_redacted_and_keeps_its_force(
    desk: Workspace, story: str, cli: Callable[..., Ran]
) -> None:
    """Its text may name a person, too. The newest one still says on whose authority."""
    redact(desk)
    by_another = ["--reason", "data-protection", "--authority", "another judge"]
    for redaction_of_it in ("story#5", "story#6"):
        assert cli("redact", redaction_of_it, *by_another).code == 0
    assert [each.title for each in desk.story(story).developments][1] == "[removed]"
    assert b"a court" not in Path(desk.log.path(story)).read_bytes()
    publish(desk)
    assert b"another judge" in Path(desk.feeds, "all.atom").read_bytes()
    assert verify(desk).problems == []


def test_a_name_that_has_to_go_is_replaced(
    desk: Workspace, record: Callable[..., Any], cli: Callable[..., Ran]
) -> None:
    """In file names, addresses and the read model; a heads.json seen before still holds."""
    record("opened", "The trial", story="john-doe")
    record("update", "It goes on", story="john-doe")
    record("opened", "Another", story="other")
    publish(desk)
    with projection.caught_up(desk.database_path, desk.log, print):
        pass
    seen = seen_heads(desk)
    by_court = ["--reason", "court-order", "--authority", "a court"]
    taken = cli("redact", "john-doe#1", *by_court, "--rename", "other")
    assert (taken.code, "there is a story other already" in taken.err) == (2, True)
    ran = cli("redact", "--finish", "john-doe#3", "--rename", "a-trial")
    assert ran.code == 0
    assert desk.log.streams() == ["a-trial", "other"]
    publish(desk)
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(desk.root) for name in names]
    assert [path for path in paths if "john-doe" in path or b"john-doe" in Path(path).read_bytes()] == []
    found = verify(desk, seen)
    assert found.problems == []
    assert "was published as john-doe; the text that had its name is removed" in str(found.remarks)
    assert cli("redact", "a-trial#3", *by_court).code == 0
    publish(desk)
    assert cli("verify").code == 0


def test_a_story_that_gets_the_name_that_it_has_keeps_its_log(desk: Workspace, story: str) -> None:
    """Its file is there under the new name, too, as after a renaming that was cut short."""
    redact(desk, 1)
    before = desk.log.lines(story)
    with pytest.raises(BadInput, match="rename: the story is called story already"):
        desk.log.rename(story, story)
    assert desk.log.lines(story) == before


@pytest.mark.slow
@pytest.mark.parametrize("damaged", [1, 2, 3, 4, 5, 6, 7])
def test_damage_does_not_bring_a_removed_text_back(
    desk: Workspace, story: str, cli: Callable[..., Ran], damaged: int
) -> None:
    """Neither above the redactions nor below, before their texts are removed or after."""
    path = Path(desk.log.path(story))
    lines = desk.log.lines(story)
    redact(desk)
    lines += [*desk.log.lines(story)[4:], b"{broken\n"]
    lines[damaged - 1] = lines[damaged - 1].replace(b'"hash":"', b'"hash":"f') if damaged < 7 else b"{broken\n"
    path.write_bytes(b"".join(lines))
    for _ in range(2):
        found = cli("search", "unspeakable")
        assert "events/story.jsonl:" in found.err
        assert "unspeakable" not in found.out
        assert cli("publish").code == 1
        made = (*Path(desk.feeds).rglob("*"), *Path(desk.scratch).glob("*.db*"))
        assert [each for each in made if each.is_file() and SECRET in each.read_bytes()] == []
        assert seen_heads(desk).stories[story].seq >= 4


@pytest.mark.parametrize("dropped", [1, 2, 3])
def test_search_forgets_a_removed_text_of_a_shortened_log(
    desk: Workspace, story: str, cli: Callable[..., Ran], dropped: int
) -> None:
    """The log has as many lines as before, so its number of lines does not show the redaction."""
    assert "unspeakable" in cli("search", "unspeakable").out
    forged_redaction(desk, 2)
    forged_redaction(desk, 3)
    lines = desk.log.lines(story)
    Path(desk.log.path(story)).write_bytes(b"".join(lines[: dropped - 1] + lines[dropped + 1 :]))
    assert "unspeakable" not in cli("search", "unspeakable").out


def test_a_removed_text_goes_where_the_published_log_is_lost(
    desk: Workspace, story: str, cli: Callable[..., Ran]
) -> None:
    """Also in a damaged story: the publisher cannot know that the other files do not have it."""
    forged_redaction(desk, 2)
    forged_redaction(desk, 3)
    Path(desk.log.path(story)).write_bytes(b"".join([*desk.log.lines(story), b"{broken\n"]))
    Path(desk.feeds, "stories", story, "events.jsonl").unlink()
    assert cli("publish", "--anew").code == 1
    assert [each for each in Path(desk.feeds).rglob("*") if each.is_file() and SECRET in each.read_bytes()] == []


def test_a_removed_text_goes_from_parties_while_another_story_is_damaged(
    desk: Workspace, story: str, record: Callable[..., Any], cli: Callable[..., Ran]
) -> None:
    """The party has no other entry, so its pages go with the text."""
    record("opened", "Another", story="other")
    publish(desk)
    Path(desk.log.path("other")).write_bytes(b"{broken\n")
    redact(desk)
    assert cli("publish").code == 1
    assert [each for each in Path(desk.feeds).rglob("*") if each.is_file() and SECRET in each.read_bytes()] == []


@pytest.mark.slow
@pytest.mark.parametrize("damaged", [4, 5])
def test_a_damaged_copy_of_before_the_redaction_brings_no_text_back(
    desk: Workspace, story: str, cli: Callable[..., Ran], damaged: int
) -> None:
    """The published log knows that the text was removed."""
    before = desk.log.lines(story)
    redact(desk)
    publish(desk)
    old = [*before, b"{broken\n"] if damaged == 5 else [*before[:3], b"{broken\n"]
    Path(desk.log.path(story)).write_bytes(b"".join(old))
    for options in ([], ["--anew"]):
        assert cli("publish", *options).code == 1
        made = (each for each in Path(desk.feeds).rglob("*") if each.is_file())
        assert [each for each in made if SECRET in each.read_bytes()] == []


def test_new_events_of_a_damaged_story_wait(
    desk: Workspace, story: str, record: Callable[..., Any], cli: Callable[..., Ran]
) -> None:
    """No published head would name them, so another event could take their place unnoticed."""
    record("update", "A new development")
    path = Path(desk.log.path(story))
    sound = path.read_bytes()
    path.write_bytes(sound + b"{broken\n")

    def says_it() -> list[Path]:
        files = (each for each in Path(desk.feeds).rglob("*") if each.is_file())
        return [each for each in files if b"A new development" in each.read_bytes()]

    assert (cli("publish").code, says_it()) == (1, [])
    path.write_bytes(sound)
    assert cli("publish").code == 0
    assert says_it()


def test_a_story_is_renamed_only_where_its_opening_is_removed(desk: Workspace, story: str) -> None:
    """Else its first line would say another name than its file."""
    with pytest.raises(BadInput, match="story#1 still has its text, and with it the name"):
        desk.log.rename(story, "other")
    assert desk.log.streams() == [story]


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


# Proof: a shell has the hash of its line, and hides nothing.


def lines_with_a_removed_text() -> list[bytes]:
    stream = Stream()
    stream.add("opened", "T")
    stream.add("update", "a")
    stream.add("update", "b")
    stream.redact(3)
    stream.add("update", "c")
    return stream.lines


LINES = lines_with_a_removed_text()


def is_found(lines: list[bytes]) -> bool:
    """Whether verify finds that these are not LINES: by themselves, or against what was published."""
    published = checkpoints.published(chain.id_of(LINES[0]), [chain.hash_of(line).hex() for line in LINES])
    return bool([*check_stream("story", lines, "f", {})] or checkpoints.divergence(published, lines))


def accepts(lines: list[bytes]) -> bool:
    try:
        return bool(list(chain.unchain(lines, "f")))
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


def rewritten_before(number: int, shell: Callable[[bytes], bytes]) -> list[bytes]:
    """The second line says something else, and the lines after it get new hashes up to a shell which keeps the
    hash that its line had. ``shell`` makes it."""
    stream = Stream()
    stream.put(event_lines.decode(LINES[0]))
    stream.add("update", "A forgery")
    made = [LINES[0], *rechained([stream.lines[1], *LINES[2 : number - 1]], chain.hash_of(LINES[0]))]
    return [*made, shell(LINES[number - 1]), *LINES[number:]]


@pytest.mark.parametrize("number", [3, 4, 5])
def test_a_removed_text_hides_no_rewriting_before_it(number: int) -> None:
    """Its hash holds the hash of the line before, whatever digest a forger gives it."""
    digests = [
        chain.shell(LINES[number - 1]),
        re.sub(b'"removed":".{64}', b'"removed":"%b' % (b"0" * 64), LINES[2]),
    ]
    for forged in digests:
        lines = rewritten_before(number, lambda line, forged=forged: forged)
        assert not accepts(lines)
        assert is_found(lines)


def test_a_hash_that_is_believed_would_hide_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: line format 1 believed the hash of a line whose text was removed."""
    believed = rewritten_before(3, lambda line: line)
    assert not accepts(believed)
    monkeypatch.setattr(chain, "_following", lambda previous, line, parts: chain.hash_of(line))
    assert [*chain.check(believed)] == []


def test_a_removed_text_without_its_redaction_is_refused() -> None:
    assert not accepts(LINES[:3])
    with pytest.raises(CorruptLog, match="f:3: lost its text without a redaction"):
        list(chain.unchain([*LINES[:3], *rechained([LINES[4]], chain.hash_of(LINES[2]))], "f"))


def test_an_unknown_type_of_a_removed_text_is_told() -> None:
    with pytest.raises(CorruptLog, match="sonnet is not a type of event"):
        event_lines.decode(LINES[2].replace(b'"update"', b'"sonnet"'), "f:3")


def said_in(value: Any) -> Iterator[str]:
    """Every text in plain values, whatever it is called."""
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        yield from said_in(each)


@examples(40)
@given(recorded(min_size=2), st.lists(st.integers(1, 20), min_size=1, max_size=4))
def test_whatever_is_removed_the_rest_makes_sense(stream: Stream, seqs: list[int]) -> None:
    """It verifies, no text comes back in any view of any time, and heads seen before still hold."""
    before = [chain.hash_of(line).hex() for line in stream.lines]
    removed = []
    for seq in seqs:
        with contextlib.suppress(BadInput):
            texts = redaction.texts(stream.story, stream.story.developments[(seq - 1) % len(before)])
            stream.redact((seq - 1) % len(before) + 1)
            removed += texts
    assert [*check_stream("story", stream.lines, "f", {})] == []
    assert checkpoints.divergence(checkpoints.published(stream.events[0].id, before), stream.lines) is None
    events = [event_lines.decode(line) for line in stream.lines]
    assert [step.story for step in replay("story", events)][-1] == fold("story", events)
    assert [each.id for each in entries("story", events)] == [each.id for each in events]
    story = stream.story
    left = " ".join(text for each in story.developments for text in said_in(values.to_values(each.original)))
    views = (hindsight("story", events), hindsight("story", events, 1), list(unfold("story", amend(events))))
    told = " ".join(said_in(msgspec.to_builtins(views)))
    for text in removed:
        assert text in left or text not in told


@given(recorded(min_size=3))
@examples(20)
def test_known_before_the_removal_it_is_gone_as_well(stream: Stream) -> None:
    """The one exception to what was known then: a removed text is removed from every earlier view."""
    stream.redact(2)
    early = view([event_lines.decode(line) for line in stream.lines][:2])
    assert early.developments[1].title == "[removed]"
