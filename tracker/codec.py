"""Events to bytes and back: the line format, the hash chain, and everything that is refused.

A line is one JSON object, UTF-8, ended by LF, its keys in a fixed order::

    {"id":…,"type":…,"recorded":…, …what it says… ,"salt":…,"hash":"<64 hex digits>"}

``hash`` is the lower-case hex SHA-256 of the previous line's 32 hash bytes followed by this line's bytes up
to ``,"hash":"``. The first line follows ``SHA-256("tracker/1\\n" + slug)``. The chain can therefore be
verified without parsing any JSON, and any changed bit shows, in the text and in the hash itself.

A line whose text was removed keeps its place, and the hash that the next one follows::

    {"id":…,"type":…,"recorded":…,"redacted":true,"hash":"<the hash it had>"}

It cannot be recomputed. It is accepted only to the letter as a later redaction, itself in the chain, records it
(id, type, recorded, hash), and only after the line whose hash that redaction says it followed: without the latter,
everything before a removed text could be written anew behind it.

There are two ways in. ``decode`` reads a stored line and trusts what an intact hash vouches for.
``draft_values`` and ``from_values`` read what somebody hands in, and refuse everything that a reader, a feed or
another JSON parser could choke on, naming the field. ``check`` holds the rules that both go by.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct, structs

from tracker import figures, refusals, times
from tracker.addresses import is_absolute
from tracker.errors import BadInput, CorruptLog, Unknown
from tracker.events import (
    FORMAT,
    Event,
    Figure,
    Opened,
    Redacted,
    Redaction,
    Removed,
    Source,
    fields_of,
    kind_of,
)
from tracker.glossary import BUILT_IN, Glossary
from tracker.hashing import Hash, for_lines, sha256
from tracker.times import Recorded

MAX_LINE = 256 * 1024
"""Longest line in bytes, the LF included."""

_HEAD = ("id", "type", "recorded", "editor", "occurred", "occurred_as", "title", "body", "parties")
_TAIL = ("figures", "closes", "sources", "minor", "salt")
_STAMPS = ("id", "recorded", "salt", "hash")

_HASH_KEY = b',"hash":"'
_HASH = rb"[0-9a-f]{64}"
_ENDING = len(_HASH_KEY) + 64 + len(b'"}')
_TO_HASH = -_ENDING - 1

# What XML 1.0 cannot hold, and so no feed: C0 controls, half surrogates, U+FFFE and U+FFFF.
_NO_TEXT = r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]"
_STRIPPED = r"[\x7f-\x9f]"
_LANGUAGE = r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_SAFE_INTEGER = 2**53
_REDACTED = (
    rb'\{"id":"(?P<id>%b)","type":"(?P<was>[a-z]+(?:-[a-z]+)*)","recorded":"(?P<recorded>[0-9TZ:.-]{24})","redacted":true,'
    rb'(?:"about":"(?P<about>%b)",)?"hash":"(?P<hash>%b)"\}\n' % (_UUID.encode(), _UUID.encode(), _HASH)
)
_IS_REDACTION = b'"type":"redaction",'
_TYPE_AT = len('{"id":"",') + 36

# The chain.


def genesis(slug: str) -> bytes:
    """The 32 bytes that the first line of the stream ``slug`` follows."""
    return sha256(f"tracker/{FORMAT}\n{slug}".encode()).digest()


def encode(event: Event, previous: bytes, hashed: Hash = sha256) -> tuple[Event, bytes, bytes]:
    """The event with its hash, its line with LF, and the hash's 32 bytes, following ``previous``.

    Raises BadInput where the line would be longer than MAX_LINE.
    """
    values = msgspec.to_builtins(event)
    ordered = {key: values[key] for key in _order(type(event)) if key in values}
    line, following = _line(ordered, previous, hashed)
    return structs.replace(event, hash=following.hex()), line, following


@cache
def _order(cls: type[Event]) -> tuple[str, ...]:
    """The keys of a line of this type, but for the hash."""
    own = [each.encode_name for each in structs.fields(cls)]
    return (*_HEAD, *(key for key in own if key not in (*_HEAD, *_TAIL, "hash")), *_TAIL)


def check_length(draft: Event) -> None:
    """Refuses (BadInput) an event that has its id and time but would not fit into a line with salt and hash."""
    encode(structs.replace(draft, salt="0" * 32), bytes(32))


def chained_anew(line: bytes, recorded: Recorded, previous: bytes) -> tuple[bytes, bytes]:
    """A stored line as it reads when it was recorded then and follows ``previous``, and its hash's 32 bytes.

    What it says need not be understood: it may be of a type that is declared on another branch only. What is left
    of a removed text keeps its hash, for there is nothing to make another one of.
    """
    values = msgspec.json.decode(line)
    values["recorded"] = recorded
    if is_redacted(line):
        return msgspec.json.encode(values) + b"\n", hash_of(line)
    del values["hash"]
    return _line(values, previous)


def id_and_recorded(line: bytes) -> tuple[str, Recorded]:
    """What a stored line is named, and when it was recorded."""
    values = msgspec.json.decode(line)
    return values["id"], values["recorded"]


def _line(values: Mapping[str, Any], previous: bytes, hashed: Hash = sha256) -> tuple[bytes, bytes]:
    """The line of these values, which are in order, with its hash after ``previous``."""
    stem = msgspec.json.encode(values)[:-1]
    if (length := len(stem) + _ENDING + 1) > MAX_LINE:
        raise BadInput(f"the event takes {length:,} bytes; a line may have {MAX_LINE:,}. Shorten its texts")
    digest = hashed(previous + stem).digest()
    return b'%b,"hash":"%b"}\n' % (stem, digest.hex().encode()), digest


def unchain(slug: str, lines: Sequence[bytes], place: str) -> Iterator[bytes]:
    """The lines (each with its LF) as they come, each checked to follow the one before.

    ``place`` is the file's name for messages. Raises CorruptLog at the first line that does not follow.
    """
    previous, known = genesis(slug), None
    hashed = for_lines(len(lines))
    for number, line in enumerate(lines, 1):
        following = hashed(previous + line[:_TO_HASH]).digest()  # as ``follows``, without a call for each line
        if line[_TO_HASH:] != b'%b%b"}\n' % (_HASH_KEY, following.hex().encode()):
            known = removals(lines) if known is None else known
            if not is_redacted(line) or (line, previous.hex()) not in known:
                raise CorruptLog(f"{place}:{number}: {fault(line)}")
            following = hash_of(line)
        previous = following
        yield line


def follows(previous: bytes, line: bytes) -> bytes:
    """The hash bytes of the line (LF included) if it is whole and follows ``previous``; else nothing.

    The ending is compared to the letter: ``"AB"`` and ``"ab"`` are the same bytes as hex, but not the same line.
    """
    digest = sha256(previous + line[:_TO_HASH]).digest()
    return digest if line[_TO_HASH:] == b'%b%b"}\n' % (_HASH_KEY, digest.hex().encode()) else b""


def hash_of(line: bytes) -> bytes:
    """The 32 bytes which a well-formed line's own hash literal says; empty for any other line."""
    literal = line[_TO_HASH:][len(_HASH_KEY) : -3]
    return bytes.fromhex(literal.decode()) if re.fullmatch(_HASH, literal) else b""


def is_redacted(line: bytes) -> bool:
    """Whether the line has the form of one whose text was removed."""
    return b'"redacted":true,' in line and re.fullmatch(_REDACTED, line) is not None


def is_redaction(line: bytes) -> bool:
    """Whether the line is that of a redaction, without reading it all."""
    return line.startswith(_IS_REDACTION, _TYPE_AT)


def redacted_line(removed: Removed) -> bytes:
    """What stays of a line whose text was removed, LF included."""
    about = f'"about":"{removed.about}",' if removed.about else ""
    return (
        f'{{"id":"{removed.id}","type":"{removed.was}","recorded":"{removed.recorded}","redacted":true,'
        f'{about}"hash":"{removed.hash}"}}\n'
    ).encode()


def removals(lines: Iterable[bytes]) -> dict[tuple[bytes, str], int]:
    """What the redactions among the lines account for: each line as it is to stand and the hash (in hex) that it
    follows, with the number of the redaction's own line."""
    found: dict[tuple[bytes, str], int] = {}
    for number, line in enumerate(lines, 1):
        if is_redaction(line):
            with contextlib.suppress(CorruptLog):  # whoever reads that line will say so
                redaction = decode(line)
                for each in redaction.removed if isinstance(redaction, Redaction) else ():
                    found[redacted_line(each), each.follows] = number
    return found


def without_removed(slug: str, lines: Sequence[bytes]) -> list[bytes]:
    """The lines without the texts that redactions among them say are removed.

    Where the chain up to such a redaction does not hold, that may be damaged or nobody's: the lines are given as
    they are, for what a forger wrote removes nothing.
    """
    kept, last = list(lines), 0
    shells = {hash_of(line): (line, number) for (line, _), number in removals(lines).items()}
    if not shells:
        return kept
    for number, line in enumerate(lines, 1):
        shell, by = shells.get(hash_of(line), (line, 0))
        if number < by and shell != line:
            kept[number - 1], last = shell, max(last, by)
    try:
        for _ in unchain(slug, kept[:last], ""):
            pass
    except CorruptLog:
        return list(lines)
    return kept


def fault(line: bytes) -> str:
    """Why a line that does not follow does not."""
    if is_redacted(line):
        return (
            "the line says that its text was removed, but no redaction further down records it like this, after"
            " this line. Restore the file from a copy"
        )
    if not hash_of(line):
        return "the line does not end with its hash"
    return (
        "the line is not what was appended: its hash does not follow from the line before and its own text."
        " Restore the file from a copy; an earlier event is amended with tracker correct, never by editing"
    )


# Reading what was stored.


def decoded(
    slug: str, lines: Sequence[bytes], place: str, glossary: Glossary = BUILT_IN, after: int = 0
) -> Iterator[Event]:
    """The events of a stream's lines after the first ``after``, each checked to follow the one before.

    ``place`` is the file's name for messages. Raises CorruptLog at the first line that is not what was appended.
    """
    read = glossary.reader()
    for number, line in enumerate(unchain(slug, lines, place), 1):
        if number > after:
            try:
                event = read(line)
            except _UNREADABLE:
                event = decode(line, f"{place}:{number}", glossary)
            if type(event) is Opened:
                _check_format(event, f"{place}:{number}")
            yield event


_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode(line: bytes, place: str = "", glossary: Glossary = BUILT_IN) -> Event:
    """The event of a stored line. ``place`` (``file:line``) goes in front of errors. Raises CorruptLog."""
    if is_redacted(line):
        return _decode_redacted(line, place, glossary)
    try:
        event = glossary.decode(line)
    except _UNREADABLE as error:
        raise CorruptLog(f"{place}: {refusals.in_one(error)}") from None
    if isinstance(event, Opened):
        _check_format(event, place)
    return event


def _check_format(opened: Opened, place: str) -> None:
    if opened.format > FORMAT:
        raise CorruptLog(f"{place}: written in format {opened.format}; this tracker reads {FORMAT}. Upgrade it")


def _decode_redacted(line: bytes, place: str, glossary: Glossary) -> Redacted:
    found = re.fullmatch(_REDACTED, line)
    assert found
    values = {name: (value or b"").decode() for name, value in found.groupdict().items()}
    if values["was"] not in glossary.types:
        raise CorruptLog(f"{place}: {refusals.unknown_type(values['was'])}")
    return msgspec.convert(values | {"type": "Redacted"}, Redacted)


def decode_strictly(line: bytes, place: str = "", glossary: Glossary = BUILT_IN) -> Event:
    """As ``decode``, and also refuses what ``check`` refuses and what JSON parsers disagree on."""
    event = decode(line, place, glossary)
    try:
        parse_json(line)
        check(event)
    except BadInput as error:
        raise CorruptLog(f"{place}: {error}") from None
    return event


# Taking what is handed in.


def draft_values(line: bytes) -> dict[str, Any]:
    """The values of a draft: one JSON object with ``type`` and without what the log gives. Raises BadInput."""
    if len(line) > MAX_LINE:
        raise BadInput(f"takes {len(line):,} bytes; a line may have {MAX_LINE:,}")
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


def parse_json(text: bytes) -> Any:
    """Any JSON that all parsers agree on: no key twice, no NaN, no number past 2^53. Raises BadInput."""
    import json  # slower than msgspec, but it can be told what to refuse

    try:
        return json.loads(
            text.decode(),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_safe_integer,
            parse_float=_safe_float,
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


def _safe_integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > _SAFE_INTEGER:
        raise BadInput(f"{text[:40]} is past 2^53, where JSON readers lose digits; write it as a string")
    return int(text)


def _safe_float(text: str) -> float:
    number = float(text)
    if abs(number) > _SAFE_INTEGER:
        raise BadInput(f"{text[:40]} is past 2^53, where JSON readers lose digits; write it as a string")
    return number


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
    if isinstance(event, Opened) and event.language and not re.fullmatch(_LANGUAGE, event.language):
        raise BadInput(f"{event.language!r} is not a language tag such as en or pt-BR", field="language")


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
    if not re.fullmatch(_UUID, text):
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
