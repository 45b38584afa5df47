"""The values of an event: read from JSON and from drafts, converted, and checked.

``draft_values`` and ``from_values`` read what an editor or a program hands in. They refuse, with the name of the
field, everything that a reader, a feed or another JSON parser could choke on. ``check`` holds the rules for all
events.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct, structs

from tracker.domain import chain, figures
from tracker.domain.events import Event, Figure, Opened, Redaction, Source, fields_of, kind_of
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.errors import BadInput, Unknown
from tracker.text import dates, messages
from tracker.text.names import is_absolute

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
        raise BadInput(messages.in_one(error)) from None
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
        field, reason = messages.where_and_why(error)
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
        raise BadInput(messages.where_and_why(error)[1], field=name) from None
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
    dates.check(text, field=field)


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


def check_figures(all_of_them: tuple[Figure, ...], field: str) -> None:
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
    "figures": check_figures,
    "sources": _check_sources,
}
