"""tracker.refusals puts what msgspec refuses into words that an editor can act on."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta, Struct

from tests.lines import sealed
from tracker.domain import chain, lines
from tracker.domain.events import Report, Update
from tracker.domain.glossary import MANY, Glossary
from tracker.errors import CorruptLog
from tracker.text import messages


class Part(Struct, forbid_unknown_fields=True):
    name: str


class Whole(Struct, forbid_unknown_fields=True):
    title: Annotated[str, Meta(min_length=1, max_length=3)] = "t"
    number: int = 0
    flag: bool = False
    code: Annotated[str, Meta(pattern="^[a-z]+$")] = "a"
    several: Annotated[tuple[str, ...], Meta(min_length=2, max_length=3)] = ("a", "b")
    parts: list[Part] = []
    by_name: dict[str, Part] = {}


def refused(values: Any, cls: type[Struct] = Whole) -> Exception:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(values, cls)
    return error.value


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"title": 5}, "title: has to be a text, not a number"),
        ({"title": None}, "title: has to be a text, not nothing"),
        ({"title": ["a"]}, "title: has to be a text, not a list"),
        ({"title": {"a": 1}}, "title: has to be a text, not an object"),
        ({"title": True}, "title: has to be a text, not true or false"),
        ({"number": "a"}, "number: has to be a number, not a text"),
        ({"flag": "a"}, "flag: has to be true or false, not a text"),
        ({"title": ""}, "title: is empty"),
        ({"title": "abcd"}, "title: is longer than 3 characters"),
        ({"code": "A"}, "code: is not a code of small letters and hyphens, such as court-order"),
        ({"several": ["a"]}, "several: needs at least 2 of them"),
        ({"several": ["a"] * 4}, "several: has more than 3 of them"),
        ({"parts": [{"name": "a"}, {}]}, "parts[1].name: is missing"),
        ({"parts": [{"name": "a", "size": 1}]}, "parts[0].size: is not a field that this tracker knows"),
        ({"by_name": {"x": {}}}, "by_name.name: is missing"),
        ({"other": 1}, "other: is not a field that this tracker knows, nor declared in types.toml beside the log"),
        ([], "has to be an object, not a list"),
    ],
)
def test_a_refusal_names_the_field_and_what_it_has_to_be(values: Any, said: str) -> None:
    assert messages.in_one(refused(values)) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"title = 2024-03-15", "a date"),
        (b"title = 2024-03-15T21:05:00Z", "a date"),
        (b"title = 21:05:00", "a time of day"),
    ],
)
def test_a_date_without_quotes_is_called_one(value: bytes, said: str) -> None:
    """TOML has dates of its own. tracker wants a date as a text."""
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.toml.decode(value, type=Whole)
    assert messages.in_one(error.value) == f"title: has to be a text, not {said}"


@pytest.mark.parametrize(
    ("line", "cls", "said"),
    [
        (b"", Whole, "is not JSON: it ends too early"),
        (b'{"title":"t"', Whole, "is not JSON: it ends too early"),
        (b"{'title':'t'}", Whole, "is not JSON: object keys must be strings (byte 1)"),
        (b'{"title":"\x1b"}', Whole, "is not JSON: invalid character (byte 10)"),
        (b'{"number":1e999}', Whole, "number: is a number that is too large"),
        (b'{"number":1.5}', Whole, "number: has to be a whole number"),
        (b'{"type":"x"}', Report | Update, f"type: {messages.unknown_type('x')}"),
        (b"{}", Report | Update, "type: is missing"),
        (b'{"type":"report"}', Report | Update, "title: is missing"),
    ],
)
def test_a_refusal_of_bytes_is_in_words_too(line: bytes, cls: Any, said: str) -> None:
    with pytest.raises(msgspec.DecodeError) as error:
        msgspec.json.decode(line, type=cls)
    assert messages.in_one(error.value) == said


def test_the_installed_msgspec_words_its_refusals_as_the_table_expects() -> None:
    """The failure names the version and each sentence of msgspec that no line of the table recognises."""
    refusing: list[tuple[bytes, Any]] = [
        (b'{"title":5}', Whole),
        (b'{"several":5}', Whole),
        (b"[]", Whole),
        (b'{"several":["a"]}', Whole),
        (b'{"several":["a","b","c","d"]}', Whole),
        (b'{"title":""}', Whole),
        (b'{"title":"abcd"}', Whole),
        (b'{"code":"A"}', Whole),
        (b'{"other":1}', Whole),
        (b"{}", Part),
        (b'{"number":1e999}', Whole),
        (b'{"type":"x"}', Report | Update),
        (b"", Whole),
        (b"[1,]", Any),
        (b"\x1b", Any),
    ]
    unknown = []
    for line, cls in refusing:
        with pytest.raises(msgspec.DecodeError) as error:
            msgspec.json.decode(line, type=cls)
        if "cannot be read: " in messages.in_one(error.value):
            unknown.append(str(error.value))
    version = importlib.metadata.version("msgspec")
    assert not unknown, f"msgspec {version} says what tracker/text/messages.py does not recognise: {unknown}"


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Keys collide - at `$.number`", ("number", "cannot be read: “Keys collide”")),
        ("Wanted `int` at `$.number`", ("", "cannot be read: “Wanted int at $.number”")),
        ("", ("", "cannot be read: “ValidationError”")),
    ],
)
def test_a_sentence_that_is_not_recognised_is_quoted(sentence: str, said: tuple[str, str]) -> None:
    assert messages.where_and_why(msgspec.ValidationError(sentence)) == said


def test_bytes_that_are_not_utf8_are_refused_before_they_are_parsed() -> None:
    assert messages.utf8(b"plain") == b"plain"
    assert messages.utf8("naïve".encode()) == "naïve".encode()
    with pytest.raises(UnicodeDecodeError):
        messages.utf8(b'{"a":"\xff"}')


STORED = b'{"id":"00000000-0000-7000-8000-%012d","type":"%b","recorded":"2024-08-01T12:00:00.000Z"'


def decoding_all_types() -> Glossary:
    """Returns a glossary after the number of lines from which on one decoder reads all types."""
    glossary = Glossary()
    assert glossary.reader(MANY + 1) == glossary._decoder.decode
    return glossary


@pytest.mark.parametrize("make", [Glossary, decoding_all_types])
@pytest.mark.parametrize("line", [b"\xff", b'{"\xff":1}', b'{"type":"update","title":"t"} \xc3'])
def test_no_line_that_is_not_utf8_reaches_msgspec(make: Callable[[], Glossary], line: bytes) -> None:
    """A glossary checks each line, with a decoder for each type and with one decoder for all types."""
    with pytest.raises(UnicodeDecodeError):
        make().decode(line)


def test_no_line_of_a_stream_that_is_not_utf8_reaches_msgspec(monkeypatch: pytest.MonkeyPatch) -> None:
    """``reader`` leaves the check to its caller, and the stream is corrupt."""
    glossary, given = decoding_all_types(), list[bytes]()
    decoder = glossary._decoder
    spy = SimpleNamespace(decode=lambda line: given.append(line) or decoder.decode(line))
    monkeypatch.setattr(glossary, "_decoder", spy)
    salt = b',"salt":"00000000000000000000000000000000"'
    first = sealed(STORED % (1, b"opened") + b',"format":2,"title":"T","slug":"story"' + salt, chain.START)
    second = sealed(STORED % (2, b"update") + b',"ti\xfftle":"T"' + salt, chain.hash_of(first))
    with pytest.raises(CorruptLog, match=r"^story\.jsonl:2: is not UTF-8"):
        list(lines.decoded("story", [first, second], "story.jsonl", glossary))
    assert given == [first]


def test_an_unknown_type_says_where_it_may_be_declared() -> None:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert({"type": "outage", "title": "t"}, Report | Update)
    assert messages.where_and_why(error.value) == ("type", messages.unknown_type("outage"))
    assert "types.toml" in messages.unknown_type("outage")


def test_an_unknown_field_of_a_stored_line_says_where_it_may_have_been_declared() -> None:
    """A draft gets the nearest field instead. A desk cannot declare fields of parts of an event."""
    error = refused({"other": 1})
    assert "types.toml" in messages.in_one(error)
    assert messages.where_and_why(error) == ("other", "is not a field that this tracker knows")
    assert "types.toml" not in messages.in_one(refused({"parts": [{"name": "a", "size": 1}]}))


def test_what_is_wrong_with_a_text_as_such_has_no_field() -> None:
    with pytest.raises(UnicodeDecodeError) as error:
        b"\xff".decode()
    assert messages.in_one(error.value) == "is not UTF-8"
    assert messages.in_one(RecursionError()) == "is nested too deeply"


def test_a_key_that_is_not_there_suggests_the_nearest_or_lists_all() -> None:
    assert messages.no_such_key("titel", Whole) == "is not a key; did you mean title?"
    assert messages.no_such_key("zzz", Part) == "is not a key; there are: name"
