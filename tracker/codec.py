"""Events to bytes and back, and everything that is refused.

``chain.py`` has the line format. Here a line's values get their order and their meaning:

- ``encode`` makes a line of an event, its head first (id, type, recorded, format, an amendment's target, minor).
- ``decode`` reads a stored line and trusts what an intact hash vouches for.
- ``draft_values`` and ``from_values`` read what an editor or a program hands in, and refuse everything that a
  reader, a feed or another JSON parser could choke on, naming the field.

``check`` holds the rules that all of them go by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct, structs

from tracker import chain, figures, refusals, times
from tracker.errors import BadInput, CorruptLog, Unknown
from tracker.events import Event, Figure, Opened, Redacted, Redaction, Source, fields_of, kind_of
from tracker.glossary import BUILT_IN, Glossary
from tracker.hashing import Hash, sha256
from tracker.names import is_absolute

_TEXT = ("editor", "occurred", "occurred_as", "title", "body", "parties")
_TAIL = ("figures", "closes", "sources", "salt")

MOST_NESTED = 16
"""Levels of objects and arrays in a line, the line itself being the first."""

_NAME = r"[a-z][a-z0-9_]*"

# Writing.


def encode(event: Event, previous: bytes, hashed: Hash = sha256) -> tuple[Event, bytes, bytes]:
    """The event with its hash, its line with LF, and the 32 bytes of its hash, following ``previous``.

    Raises BadInput where the line would be longer than chain.MAX_LINE.
    """
    values = msgspec.to_builtins(event)
    head, text = _order(type(event))
    line, following = chain.seal(_members(values, head) + b",", _members(values, text), previous, hashed)
    return structs.replace(event, hash=following.hex()), line, following


def _members(values: Mapping[str, Any], names: Sequence[str]) -> bytes:
    """The members of these names as JSON; those of a head with the brace that begins the line."""
    members: bytes = msgspec.json.encode({name: values[name] for name in names if name in values})
    return members[:-1] if names[0] == "id" else members[1:-1]


@cache
def _order(cls: type[Event]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names in the head and in the text of a line of this type."""
    own = [each.encode_name for each in structs.fields(cls)]
    given = (*chain.NAMES, *_TEXT, *_TAIL, "hash")
    return chain.NAMES, (*_TEXT, *(name for name in own if name not in given), *_TAIL)


def check_length(draft: Event) -> None:
    """Refuses (BadInput) an event that has its id and time but would not fit into a line with salt and hash."""
    encode(structs.replace(draft, salt="0" * 32), bytes(32))


# Reading what was stored.


def decoded(
    slug: str, lines: Sequence[bytes], place: str, glossary: Glossary = BUILT_IN, after: int = 0
) -> Iterator[Event]:
    """The events of a stream's lines after the first ``after``, each checked to follow the one before. A line
    that a redaction further down names is given as removed, whether its text is gone already or not.

    ``place`` is the file's name for messages. Raises CorruptLog at the first line that is not what was appended.
    """
    read = glossary.reader()
    checked = enumerate(chain.unchain(chain.executed(lines), place), 1)
    for _ in islice(checked, after):
        pass
    for number, line in checked:
        try:
            if not line.isascii():
                line.decode()  # what is not UTF-8 never reaches msgspec
            event = read(line)
        except _UNREADABLE:
            event = decode(line, f"{place}:{number}", glossary)
        try:
            _check_computable(event)
        except BadInput as error:
            raise CorruptLog(f"{place}:{number}: {error}") from None
        if number == 1 and isinstance(event, Opened) and event.slug != slug:
            raise CorruptLog(f"{place}:{number}: {other_name(event.slug, slug)}")
        yield event


def _check_computable(event: Event) -> None:
    """Refuses (BadInput) an event whose time or figures have the right type, and cannot be computed with."""
    try:
        times.to_datetime(event.recorded)
    except ValueError:
        times.check_recorded(event.recorded, field="recorded")
    if stated := getattr(event, "figures", ()):
        _check_figures(stated, "figures")


def other_name(slug: str, name: str) -> str:
    """What is wrong with a story that lies under another name than its first line has."""
    return (
        f"slug: the story is {slug!r}, and lies under the name {name!r}. Give it its own name back; a name that"
        f" has to go is replaced by tracker redact {slug}#1 --rename NEW"
    )


_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode(line: bytes, place: str = "", glossary: Glossary = BUILT_IN) -> Event:
    """The event of a stored line. ``place`` (``file:line``) goes in front of errors. Raises CorruptLog."""
    if chain.is_shell(line):
        return _decode_shell(line, place, glossary)
    try:
        return glossary.decode(line)
    except _UNREADABLE as error:
        raise CorruptLog(f"{place}: {refusals.in_one(error)}") from None


def _decode_shell(line: bytes, place: str, glossary: Glossary) -> Redacted:
    try:
        parts = chain.split(line)
    except CorruptLog as error:
        raise CorruptLog(f"{place}: {error}") from None
    if parts.type not in glossary.types:
        raise CorruptLog(f"{place}: {refusals.unknown_type(parts.type)}")
    hash = chain.hash_of(line).hex()
    return Redacted(
        id=parts.id, recorded=parts.recorded, hash=hash, was=parts.type, about=parts.target, minor=parts.minor
    )


def decode_strictly(line: bytes, place: str = "", glossary: Glossary = BUILT_IN) -> Event:
    """As ``decode``, and also refuses what ``check`` refuses, what JSON parsers disagree on, and names and numbers
    that the line format does not allow (docs/format.md, 1)."""
    try:
        check_format(line)
        event = decode(line, place, glossary)
        check(event)
    except BadInput as error:
        raise CorruptLog(f"{place}: {error}") from None
    return event


def check_format(line: bytes) -> None:
    """Refuses (BadInput) a stored line that is no JSON object, or one that the line format does not allow."""
    values = parse_json(line, integer=_integer, other=_NoInteger)
    if not isinstance(values, dict):
        raise BadInput("is not a JSON object")
    _check_values(values)
    try:
        head = msgspec.json.decode(chain.split(line).head[:-1] + b"}")
    except CorruptLog:
        return  # the chain's own check says so
    text = list(values)[len(head) : -1]
    for name in text:
        if name in chain.RESERVED and name != "removed":
            raise BadInput("belongs in the head of a line, and not in its text", field=name)
    if "removed" in text and not chain.is_shell(line):
        raise BadInput("stands in a line whose text was removed, and nowhere else", field="removed")
    for name in _escaped_names(line):
        raise BadInput("is a name that is written with escapes", field=name)


def _escaped_names(line: bytes) -> list[str]:
    """The names in a JSON object, in nested ones too, that are written with escapes."""
    if b"\\" not in line:
        return []
    strings = re.findall(rb'"((?:[^"\\]|\\.)*)"([ \t\r\n]*:)?', line)
    return [text.decode() for text, colon in strings if colon and b"\\" in text]


class _NoInteger(str):
    """A number of a stored line that is no integer which all JSON readers read alike, as it is written."""

    __slots__ = ()


def _integer(text: str) -> int | _NoInteger:
    number = exact_integer(text)
    return _NoInteger(text) if number is None else number


def _check_values(value: Any, field: str = "", level: int = 1) -> None:
    """Refuses (BadInput) names, numbers, texts and depths that the line format does not allow."""
    if isinstance(value, _NoInteger):
        is_whole = re.fullmatch("-?[0-9]+", value)
        raise BadInput(
            past(value) if is_whole else f"{value[:40]} is not a whole number; write it as a string", field=field
        )
    if isinstance(value, str) and (found := re.search("[\ud800-\udfff]", value)):
        raise BadInput(f"U+{ord(found[0]):04X} is half a surrogate pair, which is no text", field=field)
    if not isinstance(value, (dict, list)):
        return
    if level > MOST_NESTED:
        top = re.split(r"[.[]", field)[0]
        raise BadInput(f"is nested in more than {MOST_NESTED} levels", field=top)
    if isinstance(value, list):
        for number, item in enumerate(value):
            _check_values(item, f"{field}[{number}]", level + 1)
        return
    for name, item in value.items():
        inner = f"{field}.{name}" if field else name
        if not re.fullmatch(_NAME, name):
            raise BadInput("is not a name of small letters, digits and _", field=inner)
        _check_values(item, inner, level + 1)


# Values. Nothing below needs what is above.

_STAMPS = ("id", "recorded", "salt", "hash")

# What XML 1.0 cannot hold, and so no feed: C0 controls, half surrogates, U+FFFE and U+FFFF.
_NO_TEXT = r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]"
_STRIPPED = r"[\x7f-\x9f]"
_LANGUAGE = r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"
_SAFE_INTEGER = 2**53


def draft_values(line: bytes) -> dict[str, Any]:
    """The values of a draft: one JSON object with ``type`` and without what the log gives. Raises BadInput."""
    if len(line) > chain.MAX_LINE:
        raise BadInput(f"takes {len(line):,} bytes; a line may have {chain.MAX_LINE:,}")
    values = parse_json(line)
    if not isinstance(values, dict):
        raise BadInput('is not a JSON object such as {"type":"update","title":"…"}')
    for stamp in _STAMPS:
        if stamp in values:
            raise BadInput("is given by the log when the event is appended; leave it out", field=stamp)
    return values


def from_values(values: Mapping[str, Any], glossary: Glossary = BUILT_IN) -> Event:
    """A draft from plain values (``type`` and the type's fields), cleaned and checked. Raises BadInput and
    Unknown."""
    name = values.get("type", "")
    if not name:
        raise BadInput("is missing; it says what kind of event this is, such as update", field="type")
    cls = glossary.of(name)
    try:
        cleaned = _clean(dict(values))
    except RecursionError as error:
        raise BadInput(refusals.in_one(error)) from None
    event = convert(cls, cleaned)
    check(event)
    check_complete(event)
    return event


def convert(cls: type[Event], values: Mapping[str, Any]) -> Event:
    """The event of this type that plain values make, as its declaration allows. Raises BadInput, Unknown."""
    known = [field.name for field in fields_of(cls)]
    for key in values:
        if key != "type" and key not in known:
            raise Unknown(f"field of {cls.__struct_config__.tag}", key, known)
    try:
        return msgspec.convert(values, cls)
    except (msgspec.ValidationError, RecursionError) as error:
        field, reason = refusals.where_and_why(error)
        raise BadInput(reason, field=field) from None
    except UnicodeEncodeError as error:  # where no text belongs, or in a key
        raise BadInput(f"U+{ord(error.object[error.start]):04X} is not text; remove it") from None


def to_values(event: Struct) -> dict[str, Any]:
    """An event's type and the fields that it says something in (or a figure's), as plain values."""
    values: dict[str, Any] = msgspec.to_builtins(event)
    return values


def value_of(event: Event, name: str) -> Any:
    """A field as ``to_values`` gives it; None where it says nothing."""
    value = getattr(event, name)
    return None if value == _defaults(type(event))[name] else msgspec.to_builtins(value)


@cache
def _defaults(cls: type[Event]) -> Mapping[str, Any]:
    return {each.name: each.default for each in structs.fields(cls)}


def _clean(value: Any) -> Any:
    """The same values with DEL and C1 controls gone, CRLF as LF, and no white space around texts."""
    if isinstance(value, str):
        return (value if value.isprintable() else _without_controls(value)).strip()
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value


def _without_controls(text: str) -> str:
    return re.sub(_STRIPPED, "", text.replace("\r\n", "\n"))


def parse_json(
    text: bytes, *, integer: Callable[[str], Any] | None = None, other: Callable[[str], Any] | None = None
) -> Any:
    """Any JSON that all parsers agree on: no key twice, no NaN, no number past 2^53. Raises BadInput.

    With ``integer`` and ``other`` the caller makes the values of integers and of other numbers itself.
    """
    import json  # slower than msgspec, but it can be told what to refuse

    try:
        return json.loads(
            text.decode(),
            object_pairs_hook=_unique,
            parse_constant=other or _no_constant,
            parse_int=integer or _safe_integer,
            parse_float=other or _safe_float,
        )
    except RecursionError:
        raise BadInput("is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"is not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise BadInput(f"is not JSON: {error.msg} (character {error.pos})") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise BadInput("is there twice in one object", field=twice)
    return values


def _no_constant(text: str) -> Any:
    raise BadInput(f"{text} is not a number that can be kept; write numbers as decimal strings")


def exact_integer(text: str) -> int | None:
    """The integer; None where it is past 2^53."""
    return int(text) if len(text) <= 17 and abs(int(text)) < _SAFE_INTEGER else None


def _safe_integer(text: str) -> int:
    number = exact_integer(text)
    if number is None:
        raise BadInput(past(text))
    return number


def _safe_float(text: str) -> float:
    number = float(text)
    if abs(number) > _SAFE_INTEGER:
        raise BadInput(past(text))
    return number


def past(text: str) -> str:
    """Why a number is refused that JSON readers do not read alike."""
    return f"{text[:40]} is past 2^53, where JSON readers lose digits; write it as a string"


# The rules for what an event may say.


def check(event: Struct, prefix: str = "") -> None:
    """Refuses (BadInput, naming the field) what the declared types alone cannot: texts that no feed can
    carry, impossible dates, addresses that are not http, figures that are no numbers."""
    for name, kind in _checked(type(event)):
        value = getattr(event, name)
        if value:
            _CHECKS[kind](value, prefix + name)
    if isinstance(event, Source) and not (event.url or event.publisher):
        raise BadInput("a source needs a url or a publisher", field=prefix.rstrip("."))
    if isinstance(event, Redaction) and not is_visible(event.authority):
        raise BadInput("says nothing that a reader could see; say who demands it", field="authority")
    if isinstance(event, Opened) and event.language and not re.fullmatch(_LANGUAGE, event.language):
        raise BadInput(f"{event.language!r} is not a language tag such as en or pt-BR", field="language")


def check_texts(event: Struct) -> None:
    """Refuses (BadInput, naming the field) an event that has a text which no feed can carry."""
    _check_texts(to_values(event), "")


def _check_texts(value: Any, field: str) -> None:
    if isinstance(value, str):
        _check_prose(value, field)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_texts(item, f"{field}.{name}" if field else name)
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            _check_texts(item, f"{field}[{number}]")


def check_field(cls: type[Struct], name: str, value: Any) -> None:
    """Refuses (BadInput) what this one field of a struct cannot say."""
    kind, hint = kind_of(cls, name), next(each.type for each in structs.fields(cls) if each.name == name)
    try:
        msgspec.convert(_clean(value), hint)
    except msgspec.ValidationError as error:
        raise BadInput(refusals.where_and_why(error)[1], field=name) from None
    if kind in _CHECKS:
        _CHECKS[kind](_clean(value), name)


def check_complete(event: Struct) -> None:
    """Refuses (BadInput) an event without what its type asks for. Lines from before it did may lack it."""
    for field in fields_of(type(event)):
        if field.required and not getattr(event, field.name):
            raise BadInput("is missing", field=field.name)


@cache
def _checked(cls: type[Struct]) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, field.kind) for field in fields_of(cls) if field.kind in _CHECKS)


def is_visible(text: str) -> bool:
    """Whether a reader sees a letter or a digit. Hangul fillers are letters to Unicode, and invisible."""
    return any(each.isalnum() and each not in "\u115f\u1160\u3164\uffa0" for each in text)


def _check_line(text: str, field: str) -> None:
    _check_prose(text, field)
    if "\n" in text or "\t" in text:
        raise BadInput("has to be one line without tabs", field=field)


def _check_prose(text: str, field: str) -> None:
    found = None if text.isprintable() else re.search(_NO_TEXT, text)
    if found:
        raise BadInput(
            f"U+{ord(found[0]):04X} at character {found.start() + 1} is not text that a feed can carry; remove it",
            field=field,
        )


def _check_parties(parties: tuple[str, ...], field: str) -> None:
    for number, party in enumerate(parties):
        _check_line(party, f"{field}[{number}]")
        if not party:
            raise BadInput("a party needs a name", field=f"{field}[{number}]")


def _check_date(text: str, field: str) -> None:
    times.check(text, field=field)


def _check_ref(text: str, field: str) -> None:
    if not re.fullmatch(chain.UUID, text):
        raise BadInput(f"{text!r} is neither the id of an event nor its number, such as story#7", field=field)


def _check_money(text: str, field: str) -> None:
    _check_line(text, field)
    figures.check_money(text, field=field)


def _check_url(url: str, field: str) -> None:
    _check_line(url, field)
    if not is_absolute(url):
        raise BadInput(f"{url!r} is not an address such as https://example.org/article", field=field)


def _check_figures(all_of_them: tuple[Figure, ...], field: str) -> None:
    for number, figure in enumerate(all_of_them):
        check(figure, f"{field}[{number}].")
        figures.check(figure, field=f"{field}[{number}]")


def _check_sources(sources: tuple[Source, ...], field: str) -> None:
    for number, source in enumerate(sources):
        check(source, f"{field}[{number}].")


_CHECKS: dict[str, Callable[[Any, str], None]] = {
    "line": _check_line,
    "party": _check_line,
    "number": _check_line,
    "prose": _check_prose,
    "parties": _check_parties,
    "date": _check_date,
    "ref": _check_ref,
    "money": _check_money,
    "url": _check_url,
    "figures": _check_figures,
    "sources": _check_sources,
}
