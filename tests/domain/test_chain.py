"""The bytes of lines: what a shell is, what is told of removals that wait, and what a line may say of other lines.

The grammar itself is tried in test_format.py, against a verifier that shares no code with this.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.lines import sealed, stem
from tests.strategies import Stream
from tracker.domain import chain
from tracker.domain import lines as event_lines
from tracker.domain.integrity import check_stream
from tracker.errors import BadInput, CorruptLog
from tracker.text.dates import Recorded

NO_EVENT = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("update", "A secret", minor=True)
    stream.correct(2, title="The secret")
    return stream


def waiting(story: Stream, *seqs: int) -> list[bytes]:
    """The story with redactions of these events, which are not carried out."""
    for seq in seqs:
        story.add("redaction", redacts=f"#{seq}", reason="safety", authority="a court")
    return story.lines


def added(story: Stream, type: str, **head: Any) -> list[bytes]:
    """The story with one more line of this type, whose hash follows; ``head`` is what its head has besides."""
    told = {"id": NO_EVENT, "type": type, "recorded": "2024-08-01T13:00:00.000Z", **head}
    start = "{" + ",".join(f'"{name}":"{value}"' for name, value in told.items()) + ","
    text = b'"title":"One more","salt":"%b"' % (b"0" * 32)
    return [*story.lines, sealed(start.encode() + text, chain.hash_of(story.lines[-1]))]


def refusals(lines: list[bytes]) -> set[str]:
    """What reading and checking say of the last line: both have to say the same."""
    with pytest.raises(CorruptLog) as read:
        list(chain.unchain(lines, "f"))
    place, _, message = str(read.value).partition(": ")
    assert place == f"f:{len(lines)}"
    return {message, *(message for number, message in chain.check(lines) if number == len(lines))}


@pytest.mark.parametrize("time", ["2024-02-30T12:00:00.000Z", "2024", "never", ""])
def test_a_second_time_in_the_text_that_is_no_time_is_refused_by_reading(story: Stream, time: str) -> None:
    """The head has a sound time, but JSON readers take the later of two values."""
    line = added(story, "update")[-1]
    forged = stem(line).replace(b'"salt"', b'"recorded":"%b","salt"' % time.encode())
    lines = [*story.lines, sealed(forged, chain.hash_of(story.lines[-1]))]
    with pytest.raises(CorruptLog, match=rf"^f:4: recorded: '{time}': "):
        list(event_lines.decoded("story", lines, "f"))


def test_a_redaction_without_a_target_removes_nothing(story: Stream) -> None:
    assert chain.removals(added(story, "redaction")) == {}


@pytest.mark.parametrize("at", [0, 9, 31])
def test_a_salt_that_is_closed_too_early_is_refused_by_reading_too(story: Stream, at: int) -> None:
    """It has as many bytes as a salt, each of them a hex digit but for the quote."""
    sound, salt = added(story, "update")[-1], b"0" * 32 + b'"'
    early = sound[:-76].replace(salt, b"0" * at + b'"' + b"0" * (32 - at))
    (message,) = refusals([*story.lines, sealed(early, chain.hash_of(story.lines[-1]))])
    assert message.startswith("salt: the text of the line does not end with 32 hex digits of salt")


def test_a_line_has_a_head_a_text_and_an_ending(story: Stream) -> None:
    parts = chain.split(story.lines[1])
    assert (parts.type, parts.minor, parts.target, parts.is_shell) == ("update", True, "", False)
    assert story.lines[1] == parts.head + parts.middle + b',"hash":"%b"}\n' % story.lines[1][-67:-3]
    assert chain.split(story.lines[2]).target == parts.id


def test_a_shell_has_the_same_head_digest_and_hash(story: Stream) -> None:
    line = story.lines[1]
    shell = chain.shell(line)
    assert chain.shell(shell) == shell
    assert (chain.is_shell(line), chain.is_shell(shell)) == (False, True)
    assert chain.split(shell).head == chain.split(line).head
    assert chain.split(shell).digest_of_text == chain.split(line).digest_of_text
    assert chain.hash_of(shell) == chain.hash_of(line)
    assert chain.follows(chain.hash_of(story.lines[0]), shell) == chain.hash_of(line)
    assert b"secret" not in shell


def test_a_removal_that_waits_is_told_and_carried_out_where_lines_leave(story: Stream) -> None:
    lines = waiting(story, 2)
    assert chain.removals(lines) == {chain.id_of(lines[1]): 4}
    assert chain.waiting(lines) == [(4, 2)]
    executed = chain.executed(lines)
    assert [chain.is_shell(line) for line in executed] == [False, True, False, False]
    assert chain.waiting(executed) == []
    assert list(chain.remarks("story", lines)) == [
        (
            2,
            "#4 removes this text, which is still there. If the removal is right: tracker redact --finish story#4",
        ),
        (3, "corrects #2, whose text was removed, and may repeat it. To remove it: tracker redact story#3"),
    ]
    assert [*check_stream("story", lines, "f", {})] == [*check_stream("story", executed, "f", {})] == []


def test_without_redactions_there_is_nothing_to_remark(story: Stream) -> None:
    assert (list(chain.remarks("story", story.lines)), chain.waiting(story.lines)) == ([], [])
    assert chain.executed(story.lines) == story.lines


def test_only_the_named_texts_are_removed(story: Stream) -> None:
    """Also of those that redactions name; nothing is removed that none names."""
    lines = waiting(story, 2, 3)
    second, third = chain.id_of(lines[1]), chain.id_of(lines[2])
    assert chain.without_texts(lines, {third}) == [*lines[:2], chain.shell(lines[2]), *lines[3:]]
    assert chain.without_texts(lines, {chain.id_of(lines[0])}) == lines
    assert chain.without_texts(story.lines[:3], {second}) == story.lines[:3]


def test_a_redaction_removes_no_later_line_and_not_itself(story: Stream) -> None:
    late = waiting(story, 2)
    moved = [late[0], late[3], late[1]]
    assert chain.executed(moved) == moved
    assert chain.waiting(moved) == []


def test_a_damaged_line_that_is_named_stays_to_be_told(story: Stream) -> None:
    lines = waiting(story, 2)
    lines[1] = lines[1].replace(b'"recorded"', b'"recorder"')
    assert chain.executed(lines) == lines


@pytest.mark.parametrize("type", ["correction", "retraction", "redaction"])
def test_an_amendment_names_an_earlier_line(story: Stream, type: str) -> None:
    field = chain.AMENDS[type]
    assert [*chain.unchain(added(story, type, **{field: story.events[1].id}), "f")]
    said = f"{field}: {NO_EVENT} is no earlier event of this story"
    assert refusals(added(story, type, **{field: NO_EVENT})) == {said}


def test_a_line_is_recorded_no_earlier_than_the_one_above(story: Stream) -> None:
    early = added(story, "update")
    early[-1] = sealed(stem(early[-1]).replace(b"2024-08-01T13", b"2024-07-01T13"), chain.hash_of(early[-2]))
    assert refusals(early) == {
        "recorded: 2024-07-01T13:00:00.000Z is before the event above it (2024-08-01T12:00:03.000Z)"
    }


@pytest.mark.parametrize(
    ("type", "head", "message"),
    [
        ("opened", {}, "type: the first event, and no other, is opened"),
        ("correction", {}, "corrects: stands in the heads of amendments only"),
        ("update", {"corrects": NO_EVENT}, "corrects: stands in the heads of amendments only"),
        ("correction", {"redacts": NO_EVENT}, "redacts: stands in the heads of amendments only"),
        ("x" * 41, {}, "type: takes more than 40 bytes"),
    ],
    ids=["opened-twice", "no-target", "a-target", "another-target", "a-long-type"],
)
def test_a_head_that_breaks_a_rule_is_told(story: Stream, type: str, head: dict[str, str], message: str) -> None:
    (said,) = refusals(added(story, type, **head))
    assert said.startswith(message)


def test_a_minor_amendment_and_a_later_format_are_told(story: Stream) -> None:
    correction, plain = (stem(line) for line in (story.lines[2], added(story, "update")[-1]))
    minor = correction.replace(b'",', b'","minor":true,', 4).replace(b'"minor":true,', b"", 3)
    previous = chain.hash_of(story.lines[1])
    assert refusals([*story.lines[:2], sealed(minor, previous)]) == {
        "minor: does not belong in the head of an amendment"
    }
    formatted = plain.replace(b'"title"', b'"format":2,"title"')
    assert refusals([*story.lines, sealed(formatted, chain.hash_of(story.lines[2]))]) == {
        f"format: stands on the first line of a story, and on no other. {chain.RESTORE}"
    }


def test_a_line_that_is_too_long_or_has_control_bytes_is_told(story: Stream) -> None:
    """Though its hash follows."""
    long = added(story, "update")
    long[-1] = sealed(stem(long[-1]).replace(b"One", b"O" * chain.MAX_LINE), chain.hash_of(long[-2]))
    control = added(story, "update")
    control[-1] = sealed(stem(control[-1]).replace(b"One", b"O\tne"), chain.hash_of(control[-2]))
    assert [message.partition(" bytes")[2] for _, message in chain.check(long)] == ["; a line may have 262,144"]
    assert [message.partition(" at byte")[0] for _, message in chain.check(control)] == ["has the byte 0x09"]
    with pytest.raises(BadInput, match="a line may have 262,144"):
        chain.seal(b"{", b"x" * chain.MAX_LINE, chain.START)


def test_a_moved_line_keeps_its_id_and_its_text(story: Stream) -> None:
    """And its digest, so that a shell can be moved as well. Its time and its hash are others."""
    later = Recorded("2024-08-09T00:00:00.000Z")
    for line in (story.lines[1], chain.shell(story.lines[1])):
        moved, hash = chain.relinked(line, later, bytes(32))
        was, now = chain.split(line), chain.split(moved)
        assert (now.id, now.middle, now.recorded) == (was.id, was.middle, later)
        assert chain.follows(bytes(32), moved) == hash == chain.hash_of(moved)
        assert now.digest_of_text == was.digest_of_text
