"""Lines and the chain: what is written is read back, what was changed shows, what nobody could read is refused."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from tests.examples import examples
from tests.lines import rechained, sealed, stem
from tests.pictures import image
from tests.strategies import OCCURRENCES, Stream, drafts, recorded, texts
from tracker.domain import chain
from tracker.domain import lines as event_lines
from tracker.domain import values as event_values
from tracker.domain.events import TYPES, Agreement, Event, Source, Suspension, fields_of, type_of
from tracker.errors import BadInput, CorruptLog, Unknown

UPDATE = {"type": "update", "title": "What happened"}
AN_ID = "00000000-0000-7000-8000-000000000001"
GENESIS = chain.START


def update(**fields: Any) -> Event:
    return event_values.from_values({**UPDATE, **fields})


def encoded(event: Event) -> bytes:
    return event_lines.encode(event, GENESIS)[1]


def refused(**fields: Any) -> BadInput:
    with pytest.raises(BadInput) as caught:
        update(**fields)
    assert caught.value.exit_code == 2
    return caught.value


# The line


def test_a_line_is_one_flat_object_in_a_fixed_order() -> None:
    """Whoever writes the values in whatever order gets the same line, the type's own fields in the middle."""
    values = {
        **{"salt": "s", "minor": True, "by": "OpenAI", "title": "t", "type": "suspension", "subject": "B"},
        **{"occurred": "2023-12", "id": AN_ID, "recorded": "2024-08-01T12:00:00.000Z", "editor": "desk"},
    }
    line = encoded(event_values.convert(TYPES[values["type"]], values))
    expected = ["id", "type", "recorded", "minor", "editor", "occurred", "title", "subject", "by", "salt", "hash"]
    assert list(json.loads(line)) == expected
    assert encoded(event_values.convert(TYPES[values["type"]], dict(reversed(values.items())))) == line


def test_the_hash_is_what_the_documentation_says() -> None:
    """Anyone can recompute it with nothing but SHA-256."""
    event, line, digest = event_lines.encode(update(id=AN_ID), chain.START)
    stem, ending = line.split(b',"hash":"')
    head, text = stem[: stem.index(b'"title"')], stem[stem.index(b'"title"') :]
    assert sha256(sha256(b"tracker/2\n").digest() + head + sha256(text).digest()).hexdigest() == event.hash
    assert ending == event.hash.encode() + b'"}\n'
    assert digest == bytes.fromhex(event.hash) == chain.hash_of(line)


def test_a_line_has_only_what_the_event_says() -> None:
    assert list(json.loads(encoded(update()))) == ["type", "title", "hash"]


@examples(200)
@given(drafts(*OCCURRENCES))
def test_decoding_what_was_encoded_is_identity(values: dict[str, Any]) -> None:
    event, line, _ = event_lines.encode(event_values.from_values(values), GENESIS)
    assert event_lines.decode(line) == event_lines.decode_strictly(line) == event
    assert event_values.convert(type(event), event_values.to_values(event)) == event


@examples(40)
@given(recorded())
def test_encoding_what_was_decoded_gives_the_same_bytes(stream: Stream) -> None:
    previous, again = GENESIS, []
    for line in stream.lines:
        _, written, previous = event_lines.encode(event_lines.decode(line), previous)
        again.append(written)
    assert again == stream.lines


def test_bytes_in_another_order_are_not_what_is_encoded() -> None:
    """The control of the two laws above: a lossy or free order would show."""
    line = encoded(update(body="more"))
    shuffled = json.dumps(dict(reversed(json.loads(line).items()))).encode() + b"\n"
    assert event_lines.decode(shuffled) == event_lines.decode(line)
    assert encoded(event_lines.decode(shuffled)) != shuffled
    assert event_lines.decode(line) != update(body="less")


@given(texts(200))
def test_any_text_is_kept_to_the_letter(text: str) -> None:
    event = event_lines.decode(encoded(update(body=text)))
    assert event.body == text  # type: ignore[attr-defined]


# The chain


def a_small_log() -> list[bytes]:
    stream = Stream()
    stream.add("opened", "Ö")
    stream.add("update", "Two")
    stream.add("update", "Three")
    return stream.lines


def unchained(lines: list[bytes]) -> list[bytes]:
    return list(chain.unchain(lines, "events/story.jsonl"))


def test_an_untouched_log_comes_through() -> None:
    assert unchained(a_small_log()) == a_small_log()
    assert unchained([]) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda one, two, three: [two, three], 1),
        (lambda one, two, three: [one, three], 2),
        (lambda one, two, three: [one, three, two], 2),
        (lambda one, two, three: [one, one, two, three], 2),
        (lambda one, two, three: [one, two.replace(b"Two", b"Twa"), three], 2),
        (lambda one, two, three: [one, two.replace(b'"salt"', b' "salt"'), three], 2),
        (lambda one, two, three: [one, two, three[:-1] + b"\r\n"], 3),
        (lambda one, two, three: [one, two, three[:-1]], 3),
        (lambda one, two, three: [one, b"\n", two, three], 2),
        (lambda one, two, three: [one, two[:-4] + b"\n", three], 2),
        (lambda one, two, three: [one, two.replace(two[-67:-3], two[-67:-3].upper()), three], 2),
    ],
)
def test_any_change_of_a_log_names_the_first_line_that_does_not_follow(change: Any, line: int) -> None:
    said = "(the line|format: is missing, so|format: stands|salt: the text) "
    with pytest.raises(CorruptLog, match=f"^events/story.jsonl:{line}: {said}") as corrupt:
        unchained(change(*a_small_log()))
    assert corrupt.value.exit_code == 1


def test_a_log_under_another_name_is_refused() -> None:
    """A story's file cannot be passed off as another story's, and the message says which it is."""
    assert [event.id for event in event_lines.decoded("story", a_small_log(), "x")]
    with pytest.raises(CorruptLog, match="x:1: slug: the story is 'story', and lies under the name 'other'"):
        list(event_lines.decoded("other", a_small_log(), "x"))


def test_a_fault_says_what_is_wrong_and_what_to_do() -> None:
    whole = a_small_log()[0]
    assert chain.fault(whole[:-9] + b"\n") == "the line does not end with its hash"
    assert "is a conflict marker of git" in chain.fault(b"<<<<<<< HEAD\n")
    assert "its hash does not follow" in chain.fault(whole.replace("Ö".encode(), b"O"), is_first=True)
    assert "Restore the file from a copy" in chain.fault(whole.replace("Ö".encode(), b"O"), is_first=True)
    assert chain.hash_of(b"") == chain.hash_of(b"\n") == chain.hash_of(whole.upper()) == b""


HEAD = '{"id":"0190f000-0000-7000-8000-000000000001","type":"report","recorded":"2024-08-01T12:00:00.000Z",'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0190f000", "../../..", "id: '../../..-0000-7000-8000-000000000001' is not a UUID of hex digits"),
        ("0190f000", "0190F000", "id: '0190F000-0000-7000-8000-000000000001' is not a UUID"),
        ("0190f000", "0" * 99, f"id: '{'0' * 40}…' is not a UUID"),
        ('"id":"', '"id":7,"x":"', "id: is not where format 2 wants it: id, type and recorded, in this order"),
        ("report", "Report", "type: 'Report' is not the name of a type, which has small letters and hyphens only"),
        ("report", r"re\u0070ort", r"type: 're\\u0070ort' is not the name of a type"),
        ("report", "\x1b[2J", r"type: '\x1b[2J' is not the name of a type"),
        ("report", "", "type: '' is not the name of a type"),
        ("report", "x" * 41, "type: takes more than 40 bytes"),
        ('"type":"report",', "", "type: is not where format 2 wants it"),
        ("2024-08-01T12:00:00.000Z", "yesterday", "recorded: 'yesterday' is not an instant in UTC, such as 2024"),
        (".000Z", ".000000Z", "recorded: '2024-08-01T12:00:00.000000Z' is not an instant in UTC"),
        ('Z",', 'Z" ,', "recorded: no comma follows it, so that the head has no end"),
        ("{", "\ufeff{", "begins with a byte order mark, the bytes EF BB BF. Remove them, or restore the file"),
        ("{", " {", "id: is not where format 2 wants it"),
    ],
)  # fmt: skip
def test_a_head_that_is_none_says_which_part_of_it(old: str, new: str, message: str) -> None:
    """With the value, at most 40 characters of it and none that a terminal acts on, and what helps."""
    line = sealed(HEAD.encode() + b'"title":"x","salt":"%b"' % (b"0" * 32))
    assert chain.split(line).id
    assert HEAD.count(old) == 1
    broken = HEAD.replace(old, new)
    for told in (chain.fault(line.replace(HEAD.encode(), broken.encode())), refusal_to_split(broken.encode())):
        assert told.startswith(message)
        assert "estore the file from a copy" in told or "takes more than" in told


def refusal_to_split(line: bytes) -> str:
    with pytest.raises(CorruptLog) as corrupt:
        chain.split(line)
    return str(corrupt.value)


def test_a_first_line_of_another_format_says_which() -> None:
    """Whether its hash follows or not, and whether it has a salt or not."""
    first = a_small_log()[0]
    later = sealed(stem(first).replace(b'"format":2', b'"format":3'))
    old = stem(first).replace(b'"format":2', b'"format":1')
    unsalted = sealed(old[: old.index(b',"salt"')])
    for line, message in ((later, "is written in format 3; this"), (sealed(old), "is written in format 1, in"),
                          (unsalted, "is written in format 1, in")):  # fmt: skip
        assert chain.fault(line, is_first=True).startswith(message)
        assert next(chain.check([line])) == (1, chain.fault(line, is_first=True))
        with pytest.raises(CorruptLog, match=f"^events/story.jsonl:1: {message}"):
            unchained([line])


@pytest.mark.parametrize(
    "text",
    [b'"title":"secret","salt":"%b"' % (b"z" * 32), b'"title":"secret","salt":"short"', b'"title":"secret"', b""],
)
def test_a_removed_text_is_shown_nowhere_though_its_salt_is_none(text: bytes) -> None:
    """Its hash is right, so that reading goes on. The line with the text is at fault all the same."""
    first = a_small_log()[0]
    id = chain.id_of(first)[:-1].encode()
    head = b'{"id":"%bf","type":"update","recorded":"2024-08-01T12:00:02.000Z",' % id
    forged = sealed(head + text, chain.hash_of(first))
    redaction = b'{"id":"%be","type":"redaction","recorded":"2024-08-01T12:00:03.000Z","redacts":"%bf",' % (id, id)
    why = b'"reason":"court-order","authority":"A court","salt":"%b"' % (b"0" * 32)
    lines = [first, forged, sealed(redaction + why, chain.hash_of(forged))]
    assert chain.is_shell(chain.executed(lines)[1])
    assert list(chain.check(chain.executed(lines))) == []
    assert [type_of(event) for event in event_lines.decoded("story", lines, "x")] == [
        "opened",
        "update",
        "redaction",
    ]
    assert b"secret" not in b"".join(chain.executed(lines))
    assert next(chain.check(lines))[0] == 2


# Reading what was stored


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "is not JSON: it ends too early"),
        (b"[]", "has to be an object, not a list"),
        (b'{"type":"update"}', "title: is missing"),
        (b'{"title":"t"}', "type: is missing"),
        (b'{"type":"upd","title":"t"}', "type: upd is not a type of event that this tracker knows"),
        (b'{"type":"update","title":"t","x":1}', "x: is not a field that this tracker knows"),
        (b'{"type":"update","title":""}', "title: is empty"),
        (b'{"type":"update","title":"t","sources":[{"by":"x"}]}', "sources[0].by: is not a field"),
        (b'{"type":"update","title":"t","figures":[{}]}', "figures[0].name: is missing"),
        (b'{"type":"update","title":"\xff"}', "is not UTF-8"),
        (b'{"type":"correction","changes":{"title":' + b"[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_stored_line_that_is_no_event_names_its_place(line: bytes, reason: str) -> None:
    with pytest.raises(CorruptLog) as corrupt:
        event_lines.decode(line, "f:7")
    assert str(corrupt.value).lower().startswith(f"f:7: {reason}".lower())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"type":"update","title":"t","title":"u"}', "title: is there twice in one object"),
        (
            b'{"type":"update","title":"t","sources":[{"publisher":"a","publisher":"b"}]}',
            "publisher: is there twice",
        ),
        (b'{"type":"update","title":"a\\u0001"}', "title: U+0001 at character 2"),
        (b'{"type":"update","title":"t","occurred":"2023-02-30"}', "occurred: '2023-02-30'"),
        (b'{"type":"update","title":"t","closes":"7"}', "closes: '7' is neither the id of an event"),
    ],
)
def test_reading_strictly_also_refuses_what_may_not_be_said(line: bytes, reason: str) -> None:
    """What an intact hash would vouch for is checked all the same."""
    assert event_lines.decode(line)
    with pytest.raises(CorruptLog) as corrupt:
        event_lines.decode_strictly(line, "f:7")
    assert str(corrupt.value).startswith(f"f:7: {reason}")


# Taking what is handed in: JSON


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        (b'{"a":1,"a":2}', "a", "is there twice in one object"),
        (b'[{"b":[{"a":1,"a":1}]}]', "a", "is there twice in one object"),
        (b'{"a":NaN}', "", "NaN is not a number that can be kept; write numbers as decimal strings"),
        (b'{"a":Infinity}', "", "Infinity is not a number that can be kept"),
        (b'{"a":-Infinity}', "", "-Infinity is not a number that can be kept"),
        (b'{"a":9007199254740992}', "", "9007199254740992 is past 2^53"),
        (b'{"a":-9007199254740993}', "", "is past 2^53, where JSON readers lose digits; write it as a string"),
        (b'{"a":' + b"9" * 5000 + b"}", "", "is past 2^53"),
        (b'{"a":1e400}', "", "1e400 is past 2^53"),
        (b'{"a":-1e17}', "", "-1e17 is past 2^53"),
        (b"[" * 100_000, "", "is nested too deeply"),
        (b'{"a":"\xff"}', "", "is not UTF-8 (byte 6)"),
        (b'{"a":"\xed\xa0\x80"}', "", "is not UTF-8 (byte 6)"),
        ('{"a":1}'.encode("utf-16"), "", "is not UTF-8 (byte 0)"),
        (b'\xef\xbb\xbf{"a":1}', "", "is not JSON: Unexpected UTF-8 BOM"),
        (b"{'a':1}", "", "is not JSON: Expecting property name enclosed in double quotes (character 1)"),
        (b'{"a":1} {"a":1}', "", "is not JSON: Extra data"),
        (b"", "", "is not JSON"),
    ],
)
def test_json_that_parsers_disagree_on_is_refused(text: bytes, field: str, reason: str) -> None:
    with pytest.raises(BadInput) as caught:
        event_values.parse_json(text)
    assert caught.value.field == field
    assert caught.value.reason.startswith(reason) or reason in caught.value.reason


@pytest.mark.parametrize(
    "text", ["9007199254740991", "-9007199254740991", "1.5", "0.1e3", '"1e400"', "null", "[]"]
)
def test_json_that_all_parsers_agree_on_is_taken(text: str) -> None:
    assert event_values.parse_json(text.encode()) == json.loads(text)


@pytest.mark.parametrize("line", [b"[]\n", b'"text"\n', b"7\n"])
def test_a_stored_line_is_one_object(line: bytes) -> None:
    with pytest.raises(BadInput, match="is not a JSON object"):
        event_lines.check_format(line)


def test_a_draft_is_an_object_without_what_the_log_gives() -> None:
    assert event_values.draft_values(b'{"type":"update","title":"t"}') == {"type": "update", "title": "t"}
    with pytest.raises(BadInput, match=r'is not a JSON object such as {"type":"update"'):
        event_values.draft_values(b"[]")


@pytest.mark.parametrize("stamp", ["id", "recorded", "salt", "hash"])
def test_a_draft_cannot_bring_its_own_stamps(stamp: str) -> None:
    with pytest.raises(BadInput, match="given by the log when the event is appended; leave it out") as caught:
        event_values.draft_values(json.dumps({**UPDATE, stamp: "x"}).encode())
    assert caught.value.field == stamp


def test_a_draft_longer_than_a_line_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(BadInput, match="takes 300,000 bytes; a line may have 262,144"):
        event_values.draft_values(b"x" * 300_000)


# Taking what is handed in: values


@pytest.mark.parametrize("values", [{}, {"type": ""}, {"type": None}, {"title": "t"}])
def test_a_draft_without_a_type_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"^type: is missing; it says what kind of event this is, such as update"):
        event_values.from_values(values)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("updtae", "update"), ("suspend", "suspension"), (["update"], "update"), ("zzz", ""), (7, "")],
)
def test_an_unknown_type_suggests_the_nearest(name: Any, nearest: str) -> None:
    with pytest.raises(Unknown, match="there is no type of event") as unknown:
        event_values.from_values({"type": name, "title": "t"})
    assert unknown.value.nearest == nearest
    assert (f"Did you mean {nearest}?" in str(unknown.value)) == bool(nearest)
    assert unknown.value.exit_code == 2


@pytest.mark.parametrize(("name", "nearest"), [("titel", "title"), ("subjekt", "subject"), ("zzz", "")])
def test_an_unknown_field_suggests_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(Unknown, match=f"there is no field of suspension '{name}'") as unknown:
        event_values.from_values({"type": "suspension", "title": "t", "subject": "s", name: "x"})
    assert unknown.value.nearest == nearest


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"title": ""}, "title", "is empty"),
        ({"title": " \n "}, "title", "is empty"),
        ({"title": "x" * 301}, "title", "is longer than 300 characters"),
        ({"title": 5}, "title", "has to be a text, not a number"),
        ({"title": "a\nb"}, "title", "has to be one line without tabs"),
        ({"title": "a\tb"}, "title", "has to be one line without tabs"),
        ({"title": "a\x00b"}, "title", "U+0000 at character 2 is not text that a feed can carry; remove it"),
        ({"body": "a\x1b[31m"}, "body", "U+001B at character 2"),
        ({"body": "a\rb"}, "body", "U+000D at character 2"),
        ({"body": "\ud800"}, "body", "U+D800 at character 1"),
        ({"body": "\udfff"}, "body", "U+DFFF at character 1"),
        ({"body": "a\ufffe"}, "body", "U+FFFE at character 2"),
        ({"body": "\uffff"}, "body", "U+FFFF at character 1"),
        ({"body": "x" * 50_001}, "body", "is longer than 50000 characters"),
        ({"editor": "x" * 201}, "editor", "is longer than 200 characters"),
        ({"parties": ["a", "b\x00"]}, "parties[1]", "U+0000"),
        ({"parties": [""]}, "parties[0]", "a party needs a name"),
        ({"parties": ["a"] * 101}, "parties", "has more than 100 of them"),
        ({"parties": "a"}, "parties", "has to be a list, not a text"),
        ({"minor": "yes"}, "minor", "has to be true or false, not a text"),
        ({"occurred": "2023-02-30"}, "occurred", "there is no day 30: February 2023 has the days 01 to 28"),
        ({"occurred": "0000"}, "occurred", "years run from 0001 to 9999"),
        ({"occurred": "2024-07-30T21:05"}, "occurred", "add the offset, like 2024-07-30T21:05+02:00"),
        ({"occurred": "9999-12-31T23:00-14:00"}, "occurred", "outside the years 0001 to 9999"),
        ({"occurred": "2024-07-30T21:05:60Z"}, "occurred", "write a leap second as 59"),
        ({"occurred": "x" * 65}, "occurred", "is longer than 64 characters"),
        ({"closes": "7"}, "closes", "'7' is neither the id of an event nor its number, such as story#7"),
        ({"closes": AN_ID.upper().replace("0", "A")}, "closes", "is neither the id of an event"),
        ({"figures": [{"name": "x"}]}, "figures[0]", "has no value; give value, or low and high"),
        ({"figures": [{"name": "x", "value": "1"}, {"name": "x", "value": "1e3"}]}, "figures[1].value", "'1e3'"),
        ({"figures": [{"name": "x", "value": 5}]}, "figures[0].value", "has to be a text, not a number"),
        ({"figures": [{"name": "", "value": "5"}]}, "figures[0].name", "is empty"),
        ({"figures": [{"name": "x", "valu": "5"}]}, "figures[0].valu", "is not a field that this tracker knows"),
        ({"figures": [{"name": "a\tb", "value": "5"}]}, "figures[0].name", "has to be one line"),
        ({"sources": [{}]}, "sources[0]", "a source needs a url or a publisher"),
        ({"sources": [{"title": "t"}]}, "sources[0]", "a source needs a url or a publisher"),
        ({"sources": [{"publisher": "a"}, {"url": "ftp://a"}]}, "sources[1].url", "'ftp://a' is not an address"),
        ({"sources": [{"publisher": "a", "archived": "x"}]}, "sources[0].archived", "is not an address"),
        ({"sources": [{"publisher": "a", "published": "May"}]}, "sources[0].published", "write a date like"),
        ({"sources": [{"publisher": "a", "quote": "\x07"}]}, "sources[0].quote", "U+0007"),
    ],
)  # fmt: skip
def test_what_an_event_may_not_say_is_refused_with_its_field(
    fields: dict[str, Any], field: str, reason: str
) -> None:
    error = refused(**fields)
    assert error.field.replace("[...]", "") == field
    assert reason in str(error)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "javascript:alert(1)",
            "JavaScript://x/%0aalert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://a.b",
        ),
        *(
            "//a.example",
            "a.example",
            "http:",
            "http://",
            "http:///a",
            "https://user@a.example",
            "https://a:b@c.d",
        ),
        *("https://a.example\\@b", "https:\\\\a.example", "https://a.example/\\b", "https://a.example/ b"),
        *("https://a.example/<b>", 'https://a.example/"', "https://[::1", "https://a:99999", "https://a:x/"),
    ],
)
def test_an_address_that_is_not_plainly_http_is_refused(url: str) -> None:
    error = refused(sources=[{"url": url}])
    assert error.field == "sources[0].url"
    assert "is not an address such as https://example.org/article" in error.reason


@pytest.mark.parametrize("url", ["https://a.example/b\nc", "https://a.example/b\tc", "https://a.example/\x00"])
def test_an_address_with_a_control_in_it_is_refused(url: str) -> None:
    assert refused(sources=[{"url": url}]).field == "sources[0].url"


@pytest.mark.parametrize(
    "url",
    ["http://a.example", "HTTPS://a.example:8443/b?c=d#e", "https://[::1]/a", "https://münchen.example/ä'(1)"],
)
def test_an_address_that_is_plainly_http_is_taken(url: str) -> None:
    assert update(sources=[{"url": url}]).sources[0].url == url  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "field"),
    [(name, field.name) for name, cls in TYPES.items() for field in fields_of(cls) if field.required],
)
def test_what_a_type_cannot_do_without_is_asked_for(name: str, field: str) -> None:
    """Each required field, left out of an otherwise whole draft, is named."""
    values: dict[str, Any] = {
        **dict.fromkeys(("corrects", "retracts", "redacts"), AN_ID),
        **dict.fromkeys(
            ("title", "why", "speaker", "subject", "into", "company", "by", "reason", "authority"), "a"
        ),
        **{"changes": {"title": "t"}, "between": ["a", "b"], "due": "2024"},
    }
    known = {each.name for each in fields_of(TYPES[name])}
    whole = {"type": name} | {key: value for key, value in values.items() if key in known}
    assert event_values.from_values(whole)
    with pytest.raises(BadInput) as caught:
        event_values.from_values({key: value for key, value in whole.items() if key != field})
    assert (caught.value.field, caught.value.reason) == (field, "is missing")


@pytest.mark.parametrize("language", ["en", "pt-BR", "zh-Hant-TW", "gsw"])
def test_a_language_tag_is_taken(language: str) -> None:
    assert event_values.from_values({"type": "opened", "title": "t", "language": language})


@pytest.mark.parametrize("language", ["English", "e", "EN", "en_US", "en-", "en\n-US", "x" * 20])
def test_what_is_no_language_tag_is_refused(language: str) -> None:
    with pytest.raises(BadInput, match="language: "):
        event_values.from_values({"type": "opened", "title": "t", "language": language})


def test_values_nested_too_deeply_are_refused() -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    assert refused(parties=deep).reason == "is nested too deeply"


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("  a  ", "a"),
        ("a\r\nb", "a\nb"),
        ("a\x7fb\x85c\x9f", "abc"),
        ("a\u2028b\u2029c", "a\u2028b\u2029c"),
        ("\u202eevil", "\u202eevil"),
        ("<script>", "<script>"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
    ],
)
def test_texts_are_cleaned_of_what_nobody_meant(given_text: str, kept: str) -> None:
    """DEL and C1 controls, white space around, CRLF; all that is text stays as it is."""
    assert update(body=given_text).body == kept  # type: ignore[attr-defined]


def test_texts_are_cleaned_wherever_they_are() -> None:
    event: Any = update(parties=[" a "], sources=[{"publisher": " CNN\x7f"}])
    assert event.parties == ("a",)
    assert event.sources[0].publisher == "CNN"


@given(st.text(max_size=20))
def test_any_text_at_all_is_taken_or_refused_with_its_field(text: str) -> None:
    """Never another error; and what is taken can be written and read strictly."""
    try:
        event = update(body=text)
    except BadInput as error:
        event, field = None, error.field
    if event is None:
        assert field == "body"
    else:
        recorded_event, line, _ = event_lines.encode(event, GENESIS)
        assert event_lines.decode_strictly(line) == recorded_event


# Limits


def test_texts_of_just_the_limit_are_taken() -> None:
    assert update(title="x" * 300, body="😀" * 50_000)


def sized(size: int) -> Event:
    """An event whose line takes just this many bytes."""
    quotes = [{"publisher": "a", "quote": "x" * 5_000} for _ in range(50)]
    spare = size - len(encoded(update(sources=quotes, body="x"))) + 1
    return update(sources=quotes, body="x" * spare)


def test_a_line_of_just_the_limit_is_taken() -> None:
    assert len(encoded(sized(chain.MAX_LINE))) == 262_144


def test_a_line_past_the_limit_is_refused() -> None:
    with pytest.raises(BadInput, match=r"a line may have 262,144\. Shorten its texts"):
        encoded(sized(chain.MAX_LINE + 1))


# One field at a time


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [
        (Suspension, "subject", " ByteDance "),
        (Suspension, "until", "2024-03"),
        (Suspension, "minor", True),
        (Agreement, "between", ("OpenAI", "Microsoft")),
        (Source, "url", "https://a.example/"),
    ],
)
def test_what_a_field_can_say_alone_is_taken(cls: type[Struct], name: str, value: object) -> None:
    event_values.check_field(cls, name, value)


@pytest.mark.parametrize(
    ("cls", "name", "value", "message"),
    [
        (Suspension, "subject", "", "subject: is empty"),
        (Suspension, "subject", "x" * 201, "subject: is longer than 200 characters"),
        (Suspension, "subject", "two\nlines", "subject: has to be one line without tabs"),
        (Suspension, "until", "2024-13", "until: '2024-13': there is no month 13"),
        (Agreement, "between", ("OpenAI",), "between: needs at least 2 of them"),
        (Source, "url", "javascript:x", "url: 'javascript:x' is not an address"),
    ],
)
def test_what_it_cannot_is_refused_by_its_name(cls: type[Struct], name: str, value: object, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        event_values.check_field(cls, name, value)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        (
            b'"recorded":"2026-11-24T12:10',
            b'"recorded":"2026-11-31T12:10',
            "14: recorded: '2026-11-31T12:10:33.724Z'",
        ),
        (b'"value":"20000000"', b'"value":"many"', "10: figures[0].value: 'many' is not a decimal number"),
        (b'"low":"200000000"', b'"low":"1000000000"', "5: figures[0]: the range 1000000000..900000000"),
    ],
    ids=["time", "number", "range"],
)
def test_reading_refuses_what_cannot_be_computed_with(old: bytes, new: bytes, refusal: str) -> None:
    """Also in a line whose hash is right: the refusal names its line."""
    path = Path(__file__).parents[2] / "events" / "tiktok-openai.jsonl"
    lines = rechained(line.replace(old, new) for line in path.read_bytes().splitlines(keepends=True))
    with pytest.raises(CorruptLog, match=f"^f:{re.escape(refusal)}"):
        list(event_lines.decoded("tiktok-openai", lines, "f"))


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"file": "quay.jpg"}, "file", "is not the name of a stored picture, such as 3f0c….jpg"),
        ({"small": f"{'0' * 64}.svg"}, "small", "is not the name of a stored picture"),
        ({"width": 0}, "width", "has to be 1 at least"),
        ({"height": 50_000_001}, "height", "has to be 50000000 at most"),
        ({"alt": " "}, "alt", "is empty"),
        ({"alt": "…"}, "alt", "says nothing; say what the picture shows"),
        ({"alt": "a\nb"}, "alt", "has to be one line without tabs"),
        ({"place": "Here"}, "place", "is not a field that this tracker knows"),
    ],
    ids=range(8),
)
def test_a_picture_that_is_refused(change: dict[str, Any], field: str, reason: str) -> None:
    error = refused(image=image() | change)
    assert (error.field, reason in error.reason) == (f"image.{field}", True)
