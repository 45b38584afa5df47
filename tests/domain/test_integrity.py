"""Verification: each fault of a log is told once, where it is; and no bit of it can change unnoticed."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given

from tests.examples import examples
from tests.lines import rechained, sealed
from tests.strategies import Stream, recorded
from tracker.domain import chain, values
from tracker.domain.events import TYPES, Redaction
from tracker.domain.integrity import check_stream
from tracker.domain.values import from_values
from tracker.errors import CorruptLog

NO_EVENT = "00000000-0000-7000-8000-000000000000"
ANOTHER = "00000000-0000-7000-8000-000000000001"


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "TikTok and OpenAI")
    return stream


def problems(lines: list[bytes], slug: str = "story", seen: dict[str, str] | None = None) -> list[str]:
    return [str(each) for each in check_stream(slug, lines, "f", {} if seen is None else seen)]


def write(stream: Stream, type: str, **fields: Any) -> None:
    """Appends a line that nobody decided on, with a hash that follows."""
    stamps = {name: fields.pop(name) for name in ("id", "salt", "recorded") if name in fields}
    title = {} if "why" in fields else {"title": "It happened"}
    stream.put(values.convert(TYPES[type], {"type": type, **title, **fields}), **stamps)


def forge(stream: Stream, text: bytes) -> None:
    """Appends this text, with a hash that follows."""
    stream.lines.append(sealed(text, stream.previous))
    stream.previous = chain.hash_of(stream.lines[-1])


@examples(40)
@given(recorded())
def test_what_was_decided_and_recorded_has_no_problems(stream: Stream) -> None:
    assert problems(stream.lines) == []


def test_a_file_without_events_is_told() -> None:
    assert problems([]) == ["f:1: the story has no events"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"type": "opened"}, "type: the first event, and no other, is opened"),
        ({"id": ""}, "id: is not where format 2 wants it"),
        ({"salt": "abc"}, "salt: the text of the line does not end with 32 hex digits of salt"),
        ({"salt": ""}, "salt: the text of the line does not end with 32 hex digits of salt"),
        ({"id": "7"}, "id: '7' is not a UUID of hex digits in small letters"),
        ({"recorded": "yesterday"}, "recorded: 'yesterday' is not an instant in UTC, such as 2024-"),
        ({"recorded": "2024-02-30T12:00:00.000Z"}, "recorded: '2024-02-30T12:00:00.000Z': there is no day 30"),
        ({"recorded": "2024-07-01T12:00:00.000Z"},
         "recorded: 2024-07-01T12:00:00.000Z is before the event above it (2024-08-01T12:00:01.000Z)"),
        ({"occurred": "2025"}, "occurred: 2025 is after it was recorded"),
        ({"occurred": "2024-02-30"}, "occurred: '2024-02-30': there is no day 30"),
        ({"occurred": "2024-02", "recorded": "2024-02"}, "recorded: '2024-02' is not an instant in UTC"),
        ({"recorded": "9999-99-31T12:00:00.000Z"}, "recorded: '9999-99-31T12:00:00.000Z': there is no month 99"),
        ({"recorded": "2024-08-01T24:00:00.000Z"}, "recorded: '2024-08-01T24:00:00.000Z': "),
        ({"closes": NO_EVENT}, f"closes: {NO_EVENT} is no earlier event of this story"),
        ({"closes": "opened"}, "closes: opened is not what this can end"),
        ({"type": "reinstatement"}, "closes: nothing is no earlier event of this story"),
        ({"type": "report", "about": NO_EVENT}, f"about: {NO_EVENT} is no earlier event of this story"),
        ({"type": "report", "about": "opened"}, "about: opened is not a report"),
        ({"type": "denial", "about": "opened"}, "about: opened is not a report"),
        ({"figures": [{"name": "x", "value": "1", "about": NO_EVENT}]},
         f"figures: {NO_EVENT} is no earlier event"),
        ({"type": "confirmation"}, "about: nothing is no earlier event of this story"),
        ({"type": "retraction", "retracts": "opened", "why": "w"}, "retracts: opened is not to be retracted"),
        ({"type": "retraction", "retracts": NO_EVENT, "why": "w"}, f"retracts: {NO_EVENT} is no earlier event"),
        ({"type": "correction", "corrects": NO_EVENT, "changes": {"title": "t"}, "why": "w"},
         f"corrects: {NO_EVENT} is no earlier event"),
        ({"type": "correction", "corrects": "opened", "changes": {"titel": "t"}, "why": "w"},
         "changes: there is no field of opened 'titel'. Did you mean title?"),
        ({"type": "correction", "corrects": "opened", "changes": {"title": ""}, "why": "w"},
         "changes: title: is empty"),
        ({"type": "correction", "corrects": "opened", "changes": {"title": "a\nb"}, "why": "w"},
         "changes: title: has to be one line"),
        ({"type": "correction", "corrects": "opened", "changes": {"id": "x"}, "why": "w"},
         "changes: id: says how the event came into the log"),
        ({"sources": [{"url": "javascript:x"}]}, "sources[0].url: 'javascript:x' is not an address"),
    ],
)  # fmt: skip
def test_an_event_that_makes_no_sense_is_told_with_its_place(
    story: Stream, fields: dict[str, Any], message: str
) -> None:
    """Though its hash is right: once, and the field is named."""
    opened = story.events[0].id
    real = {name: opened if value == "opened" and name != "type" else value for name, value in fields.items()}
    write(story, **{"type": "update", **real})
    (told,) = problems(story.lines)
    assert told.startswith(f"f:2: {message.replace(': opened is', f': {opened} is')}")


def test_a_figure_belongs_to_what_opened_a_situation(story: Stream) -> None:
    for target in (story.add("question", "Why?"), story.add("update", "Therefore")):
        about = target.development.id
        write(story, type="update", figures=[{"name": "x", "value": "1", "about": about}])
    (told,) = problems(story.lines)
    assert told == f"f:5: figures: {about} is not what a figure can belong to"


def test_a_redaction_of_an_earlier_event_makes_sense(story: Stream) -> None:
    story.redact(1)
    assert problems(story.lines) == []


def test_a_redaction_that_makes_no_sense_is_told(story: Stream) -> None:
    """It has to name an earlier line, and to say what it says of itself only."""

    def told(**fields: Any) -> list[str]:
        stream = Stream("story")
        stream.put(story.events[0])
        stream.put(Redaction(**{"reason": "court-order", "authority": "a court"} | fields))
        return problems(stream.lines)

    assert told(redacts=story.events[0].id) == []
    assert told(redacts=NO_EVENT) == [f"f:2: redacts: {NO_EVENT} is no earlier event of this story"]


def test_a_shell_has_the_head_and_the_digest_of_its_line(story: Stream) -> None:
    """Another type, another digest, or no redaction: each is told, and where."""
    story.add("update", "secret")
    story.redact(2)
    first, shell, redaction = story.lines
    assert problems(story.lines) == []
    forged = re.sub(b'"removed":"....', b'"removed":"0000', shell)
    for changed in (shell.replace(b'"update"', b'"report"'), forged):
        (told,) = problems([first, changed, redaction])
        assert told.startswith("f:2: the line is not what was appended")
    (told,) = problems([first, shell])
    assert told.startswith("f:2: lost its text without a redaction")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'"title":"a","title":"b"', "title: is there twice"),
        (b'"title":"a","type":"opened"', "type: is there twice"),
        (b'"title":"a","minor":true', "minor: belongs in the head"),
        (b'"title":"a","corrects":"x"', "corrects: belongs in the head"),
        (b'"title":"a","removed":"x"', "removed: stands in a line whose text was removed"),
        (b'"title":"a","Body":"x"', "Body: is not a name"),
        (b'"title":"a","bod\\u0079":"x"', "bod\\u0079: is a name that is written with escapes"),
        (b'"title":"a", "bod\\u0079" :"x"', "bod\\u0079: is a name that is written with escapes"),
        (b'"title":"a","sources":[{"publishe\\u0072":"x"}]', "publishe\\u0072: is a name that is written with"),
        (b'"title":"a","sources":[{"Publisher":"x"}]', "sources[0].Publisher: is not a name"),
        (b'"title":"a","body":1.5', "body: 1.5 is not a whole number; write it as a string"),
        (b'"title":"a","body":1e2', "body: 1e2 is not a whole number"),
        (b'"title":"a","body":NaN', "body: NaN is not a whole number"),
        (b'"title":"a","figures":[{"name":"x","value":-Infinity}]', "figures[0].value: -Infinity is not a whole"),
        (b'"title":"a","body":9007199254740992', "body: 9007199254740992 is past 2^53, where JSON readers lose"),
        (b'"title":"a","parties":["x",-9007199254740992]', "parties[1]: -9007199254740992 is past 2^53"),
        (b'"title":"\\ud800"', "title: U+D800 is half a surrogate pair, which is no text"),
        (b'"title":"a","parties":["\\udfff"]', "parties[0]: U+DFFF is half a surrogate pair"),
        (b'"title":"a","body":' + b"[" * 16 + b"]" * 16, "body: is nested in more than 16 levels"),
    ],
)
def test_what_json_allows_and_the_line_format_does_not_is_told(story: Stream, text: bytes, message: str) -> None:
    """Though the hash is right."""
    head = b'{"id":"%b","type":"update","recorded":"2024-08-01T12:00:05.000Z",' % NO_EVENT.encode()
    salt = b',"salt":"%b"' % (b"0" * 32)
    line = sealed(head + text + salt, chain.hash_of(story.lines[0]))
    assert problems([story.lines[0], sealed(head + b'"title":"a"' + salt, chain.hash_of(story.lines[0]))]) == []
    (told,) = problems([story.lines[0], line])
    assert told.startswith("f:2: ")
    assert message in told


@pytest.mark.parametrize("text", ['B": c', '"b": c', "b\\", 'b\\":', ',"b\\":'])
def test_quotes_and_backslashes_in_a_list_are_no_name_with_escapes(story: Stream, text: str) -> None:
    """What an editor may write anywhere, verify takes anywhere."""
    story.add("update", text, body=text, parties=["a", text], sources=[{"publisher": "a", "quote": text}] * 2)
    assert problems(story.lines) == []


def test_a_correction_of_an_amendment_is_told(story: Stream) -> None:
    story.correct(1, title="TikTok")
    second = story.events[1].id
    write(story, "correction", corrects=second, changes={"why": "x"}, why="w")
    assert problems(story.lines) == [f"f:3: corrects: {second} is not a development"]


def test_a_stream_that_does_not_begin_with_its_opening_is_told() -> None:
    stream = Stream()
    stream.put(from_values({"type": "update", "title": "t"}))
    (told,) = problems(stream.lines)
    assert told.startswith("f:1: format: is missing, so that this is not the first line of a story")
    (line,) = rechained([stream.lines[0].replace(b'000Z",', b'000Z","format":2,')])
    (told,) = problems([line])
    assert told == "f:1: type: the first event, and no other, is opened"


def test_an_id_is_there_once_over_all_streams(story: Stream) -> None:
    seen: dict[str, str] = {}
    assert problems(story.lines, seen=seen) == []
    same = story.events[0].id
    assert problems(story.lines, seen=seen) == [f"f:1: id: {same} is the id of f:1 already"]


def test_recorded_times_at_the_end_of_the_calendar_are_checked_too() -> None:
    stream = Stream()
    write(stream, "opened", occurred="9999", format=2, slug="story")
    write(stream, "update", occurred="2024", recorded="9999-12-31T23:59:59.999Z")
    assert problems(stream.lines) == ["f:1: occurred: 9999 is after it was recorded"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'"type":"updat",%b"title":"t"', "type: updat is not a type of event that this tracker knows"),
        (b'"type":"update",%b"title":"t","titel":"t"', "titel: is not a field that this tracker knows"),
        (b'"type":"update",%b"title":"t","title":"t"', "title: is there twice in one object"),
        (b'"type":"update",%b"title":"\\u0007"', "title: U+0007 at character 1 is not text"),
        (b'"type":"update",%b"title":"\xff"', "is not UTF-8"),
        (b'"type":"update",%b"format":7,"title":"t"', "format: belongs in the head of a line"),
        (b'"type":"update",%b"title":"t"}', "is not JSON: Extra data"),
        (b'"title":"t",%b"type":"update"', "type: is not where format 2 wants it"),
    ],
)
def test_a_line_that_is_no_event_is_told_and_the_rest_is_checked(story: Stream, text: bytes, message: str) -> None:
    """Places stay right after it."""
    recorded = b'"recorded":"2024-08-01T12:00:01.000Z",'
    forge(story, b'{"id":"%b",%b,"salt":"%b"' % (NO_EVENT.encode(), text % recorded, b"0" * 32))
    write(story, "update", closes=ANOTHER)
    write(story, "correction", corrects=story.events[0].id, changes={"title": ""}, why="w")
    first, second, third = problems(story.lines)
    assert first.startswith(f"f:2: {message}")
    assert second.startswith("f:3: closes:")
    assert third.startswith("f:4: changes: title: is empty")


@pytest.mark.parametrize(
    ("change", "places"),
    [
        (lambda a, b, c, d: [a, b.replace(b"Two", b"Too"), c, d], [2]),
        (lambda a, b, c, d: [a, b.replace(b"Two", b"Too"), c.replace(b"Three", b"Four"), d], [2, 3]),
        (lambda a, b, c, d: [a, c, d], [2]),
        (lambda a, b, c, d: [a, c, b, d], [2, 3, 4]),
        (lambda a, b, c, d: [a, b, b, c, d], [3]),
        (lambda a, b, c, d: [a, b"\n", b, c, d], [2, 3]),
    ],
)
def test_every_line_that_does_not_follow_is_told_and_no_other(
    story: Stream, change: Any, places: list[int]
) -> None:
    """It goes on from the hash that each line claims, where it claims one."""
    for title in ("Two", "Three", "Four"):
        story.add("update", title)
    told = check_stream("story", change(*story.lines), "f", {})
    assert [each.place for each in told if "the line" in each.message] == [f"f:{place}" for place in places]


def test_one_changed_line_is_one_problem(story: Stream) -> None:
    story.add("update", "Two")
    story.add("update", "Three")
    story.lines[1] = story.lines[1].replace(b"Two", b"Too")
    (told,) = problems(story.lines)
    assert told.startswith("f:2: the line is not what was appended")


def test_another_storys_file_is_told(story: Stream) -> None:
    (told,) = problems(story.lines, slug="other")
    assert told.startswith(
        "f:1: slug: the story is 'story', and lies under the name 'other'. Give it its own name"
    )


# Any bit


def flips(data: bytes) -> list[bytes]:
    whole = int.from_bytes(data, "big")
    return [(whole ^ (1 << bit)).to_bytes(len(data), "big") for bit in range(len(data) * 8)]


def split(data: bytes) -> tuple[list[bytes], bytes]:
    """Whole lines, and what is no whole line (which a log keeps apart and tells)."""
    *lines, rest = data.split(b"\n")
    return [line + b"\n" for line in lines], rest


def missed(data: bytes, noticed: Callable[[list[bytes]], bool]) -> int:
    """How many single-bit changes of a log nobody would notice."""
    return sum(not rest and not noticed(lines) for lines, rest in map(split, flips(data)))


def unchaining_notices(lines: list[bytes]) -> bool:
    try:
        list(chain.unchain(lines, "f"))
    except CorruptLog:
        return True
    return False


@pytest.fixture
def small(story: Stream) -> bytes:
    story.add("update", "Zwei ä")
    return b"".join(story.lines)


def test_no_bit_can_change_unnoticed(small: bytes) -> None:
    assert not unchaining_notices(split(small)[0])
    assert missed(small, unchaining_notices) == 0
    assert missed(small, lambda lines: bool(problems(lines))) == 0


def test_a_hash_compared_as_a_number_would_miss_bits(small: bytes) -> None:
    """The control of the law above: upper-case digits are the same number, but another line."""

    def follows_as_number(lines: list[bytes]) -> bool:
        previous = chain.START
        for line in lines:
            try:
                parts, told = chain.split(line), bytes.fromhex(line[-67:-3].decode())
            except (CorruptLog, ValueError):
                return True
            digest = sha256(previous + parts.head + sha256(parts.middle).digest()).digest()
            if digest != told or line[-3:] != b'"}\n':
                return True
            previous = told
        return False

    assert missed(small, follows_as_number) > 0
