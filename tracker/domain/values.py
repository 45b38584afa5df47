"""The values of an event: read them from JSON and from drafts, convert them, and check them.

``draft_values`` and ``from_values`` read the input of an editor or a program. They refuse, with the name of the
field, values that a feed cannot carry or that JSON parsers read differently. ``check`` has the rules for all
events.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct, structs

from tracker.domain import chain, figures
from tracker.domain.events import (
    SCORES,
    Event,
    Field,
    Figure,
    Image,
    Imported,
    Occurrence,
    Opened,
    Redaction,
    Saying,
    Source,
    added,
    fields_of,
    kind_of,
)
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.errors import BadInput, Unknown
from tracker.text import dates, messages, visible
from tracker.text.identity import name_key
from tracker.text.names import is_absolute, is_slug

_STAMPS = ("id", "recorded", "salt", "hash")

# Characters that XML 1.0, and so a feed, cannot hold: C0 controls, half surrogates, U+FFFE and U+FFFF.
_NO_TEXT = r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]"
_STRIPPED = r"[\x7f-\x9f]"
_LANGUAGE = r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"
_SAFE_INTEGER = 2**53


def draft_values(line: bytes) -> dict[str, Any]:
    """Returns the values of a draft: one JSON object, without the fields that the log sets. Raises BadInput."""
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
    """Returns a draft from plain values (``type`` and the type's fields), cleaned and checked. Raises BadInput and
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
    check_shown(event)
    check_complete(event)
    return event


def convert(cls: type[Event], values: Mapping[str, Any]) -> Event:
    """Returns an event of this type with these plain values, within the limits of its declaration. Raises
    BadInput, Unknown."""
    known = cls.__struct_fields__
    for key in values:
        if key not in known and key != "type":
            raise Unknown(f"field of {cls.__struct_config__.tag}", key, known)
    try:
        return msgspec.convert(values, cls)
    except (msgspec.ValidationError, RecursionError) as error:
        field, reason = messages.where_and_why(error)
        raise BadInput(reason, field=field) from None
    except UnicodeEncodeError as error:  # half a surrogate in a key, or in a field that is not a text
        raise BadInput(f"U+{ord(error.object[error.start]):04X} is not text; remove it") from None


def to_values(event: Struct) -> dict[str, Any]:
    """Returns the type of an event and its fields that are not empty, as plain values; of a figure, its fields."""
    values: dict[str, Any] = msgspec.to_builtins(event)
    return values


def value_of(event: Event, name: str) -> Any:
    """Returns one field as ``to_values`` does, or None if it is empty."""
    value = getattr(event, name)
    return None if value == _defaults(type(event))[name] else msgspec.to_builtins(value)


@cache
def _defaults(cls: type[Event]) -> Mapping[str, Any]:
    return {each.name: each.default for each in structs.fields(cls)}


def _clean(value: Any) -> Any:
    """Returns the same values without DEL, C1 controls and white space around texts, and with LF for CRLF."""
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
    """Returns the value of a JSON text that all parsers read alike: no key twice, no NaN, no number past 2^53.
    Raises BadInput.

    ``integer`` and ``other`` are functions of the caller that convert integers and other numbers.
    """
    import json  # slower than msgspec, but its hooks can refuse values

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
    """Returns the integer, or None if it is past 2^53."""
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
    """Returns the message about a number that JSON readers do not read alike."""
    return f"{text[:40]} is past 2^53, where JSON readers lose digits; write it as a string"


# The rules for what an event may say.


def check(event: Struct, prefix: str = "") -> None:
    """Refuses (BadInput with the field) values that the declared types allow but tracker does not: texts that no
    feed can carry, impossible dates, addresses that are not http, malformed figures. ``prefix`` goes before field
    names."""
    for name, kind in _checked(type(event)):
        value = getattr(event, name)
        if value:
            _CHECKS[kind](value, prefix + name)
    if isinstance(event, Source) and not (event.url or event.publisher):
        raise BadInput("a source needs a url or a publisher", field=prefix.rstrip("."))
    if isinstance(event, Redaction) and not is_visible(event.authority):
        raise BadInput("says nothing that a reader could see; say who demands it", field="authority")
    score = event.closes_as if isinstance(event, Occurrence) else ""
    if score and score not in SCORES:
        raise BadInput(f"{score!r} is none of {', '.join(SCORES)}", field="closes_as")
    if isinstance(event, Opened) and event.language and not re.fullmatch(_LANGUAGE, event.language):
        raise BadInput(f"{event.language!r} is not a language tag such as en or pt-BR", field="language")


def check_shown(event: Struct, prefix: str = "", only: Container[str] | None = None) -> None:
    """Refuses (BadInput with the field) a text that shows nothing, and a line that leaves a direction of writing
    open. Drafts are checked so; older lines may have such texts. ``prefix`` goes before field names; ``only`` are
    the fields to check, or None for all."""
    for field in _parties_last(type(event)):
        if only is not None and field.name not in only:
            continue
        value, name = getattr(event, field.name), prefix + field.name
        if field.kind in ("line", "party", "prose") and value:
            _check_shown(value, name, line=field.kind != "prose")
        elif field.kind in ("parties", "tags"):
            for number, party in enumerate(value):
                _check_shown(party, f"{name}[{number}]")
        elif field.kind in ("figures", "sayings", "sources"):
            for number, each in enumerate(value):
                check_shown(each, f"{name}[{number}].")


def _check_shown(text: str, field: str, *, line: bool = True) -> None:
    if not visible.shows(text):
        raise BadInput("has nothing to see: it needs a visible character", field=field)
    if line and (character := visible.overrides(text)):
        raise BadInput(
            f"U+{ord(character):04X} at character {text.index(character) + 1} changes the direction of the text"
            " behind it, and nothing ends that; end it with U+202C, or remove it",
            field=field,
        )


def with_directions_closed(event: Event) -> Event:
    """Returns the event with each direction of writing ended in the line that opens it, for texts on a page."""
    if not re.search(rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa8]", msgspec.json.encode(event)):
        return event
    return convert(type(event), _closed(to_values(event)))


def _closed(value: Any) -> Any:
    if isinstance(value, str):
        return visible.closed(value)
    if isinstance(value, dict):
        return {key: _closed(item) for key, item in value.items()}
    return list(map(_closed, value)) if isinstance(value, (list, tuple)) else value


def check_texts(event: Struct) -> None:
    """Refuses (BadInput with the field) an event with a text that no feed can carry."""
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
    """Refuses (BadInput) a value that this one field of a struct cannot have."""
    kind, hint = kind_of(cls, name), next(each.type for each in structs.fields(cls) if each.name == name)
    try:
        msgspec.convert(_clean(value), hint)
    except msgspec.ValidationError as error:
        raise BadInput(messages.where_and_why(error)[1], field=name) from None
    if kind in _CHECKS:
        _CHECKS[kind](_clean(value), name)
    texts = value if isinstance(value, (tuple, list)) else (value,)
    for text in texts if kind in ("line", "party", "parties", "tags", "prose") else ():
        if text := _clean(text):
            _check_shown(text, name, line=kind != "prose")


def check_complete(event: Struct) -> None:
    """Refuses (BadInput) an event with an empty field that its type requires. Only drafts are checked so: older
    lines may lack a field that became required later."""
    for field in fields_of(type(event)):
        if field.required and not getattr(event, field.name):
            raise BadInput("is missing", field=field.name)
    if stated := getattr(event, "figures", ()):
        figures.check_stated(stated)
    if isinstance(event, Event) and added(event, "at") and not added(event, "place"):
        raise BadInput("has no name; say where that is, such as Portland, Oregon", field="place")


@cache
def _checked(cls: type[Struct]) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, field.kind) for field in _parties_last(cls) if field.kind in _CHECKS)


def _parties_last(cls: type[Struct]) -> list[Field]:
    """Returns the fields with the parties last, so that a refusal names the field in which an editor typed one."""
    return sorted(fields_of(cls), key=lambda field: field.name == "parties")


def is_visible(text: str) -> bool:
    """Whether a text has a visible letter or digit. Hangul fillers are letters in Unicode, but invisible."""
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


def _check_tags(tags: tuple[str, ...], field: str) -> None:
    for number, tag in enumerate(tags):
        _check_line(tag, f"{field}[{number}]")
        if not is_visible(tag):
            raise BadInput("a tag needs a letter or a digit", field=f"{field}[{number}]")
        if name_key(tag) in map(name_key, tags[:number]):
            raise BadInput("is there twice", field=f"{field}[{number}]")


def _check_coordinates(text: str, field: str) -> None:
    found = re.fullmatch(r"(-?[0-9]{1,2}(?:\.[0-9]{1,8})?),(-?[0-9]{1,3}(?:\.[0-9]{1,8})?)", text)
    if not found or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        raise BadInput(
            f"{text!r} is not a latitude from -90 to 90 and a longitude from -180 to 180, such as"
            " 45.5152,-122.6784",
            field=field,
        )


def _check_refs(ids: tuple[str, ...], field: str) -> None:
    for number, id in enumerate(ids):
        _check_ref(id, f"{field}[{number}]")


def _check_links(links: tuple[str, ...], field: str) -> None:
    for number, link in enumerate(links):
        slug, hash, id = link.rpartition("#")
        _check_ref(id, f"{field}[{number}]")
        if hash and not is_slug(slug):
            raise BadInput(f"{slug!r} cannot name a story", field=f"{field}[{number}]")
        if link in links[:number]:
            raise BadInput("is there twice", field=f"{field}[{number}]")


def _check_money(text: str, field: str) -> None:
    _check_line(text, field)
    figures.check_money(text, field=field)


def _check_url(url: str, field: str) -> None:
    _check_line(url, field)
    if not is_absolute(url):
        raise BadInput(f"{url!r} is not an address such as https://example.org/article", field=field)


def check_figures(values: tuple[Figure, ...], field: str) -> None:
    """Refuses (BadInput) malformed figures of the field ``field``."""
    for number, figure in enumerate(values):
        check(figure, f"{field}[{number}].")
        figures.check(figure, field=f"{field}[{number}]")


def _check_sources(sources: tuple[Source, ...], field: str) -> None:
    for number, source in enumerate(sources):
        check(source, f"{field}[{number}].")


def _check_image(image: Image, field: str) -> None:
    check(image, f"{field}.")
    if not is_visible(image.alt):
        raise BadInput("says nothing; say what the picture shows", field=f"{field}.alt")


def _check_imported(imported: Imported, field: str) -> None:
    check(imported, f"{field}.")


def _check_sayings(sayings: tuple[Saying, ...], field: str) -> None:
    for number, saying in enumerate(sayings):
        check(saying, f"{field}[{number}].")


_CHECKS: dict[str, Callable[[Any, str], None]] = {
    "line": _check_line,
    "party": _check_line,
    "number": _check_line,
    "prose": _check_prose,
    "parties": _check_parties,
    "date": _check_date,
    "ref": _check_ref,
    "refs": _check_refs,
    "links": _check_links,
    "tags": _check_tags,
    "coordinates": _check_coordinates,
    "money": _check_money,
    "url": _check_url,
    "figures": check_figures,
    "image": _check_image,
    "imported": _check_imported,
    "sayings": _check_sayings,
    "sources": _check_sources,
}
