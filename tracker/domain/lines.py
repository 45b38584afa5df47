"""An event as a line of the log.

``chain.py`` has the grammar and the hashes of lines, ``values.py`` the checks of values. ``encode`` makes an event
into a line. ``decode`` reads a stored line. It trusts a line with an intact hash, and does not repeat the checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

import msgspec
from msgspec import structs

from tracker.domain import chain, figures
from tracker.domain.events import Event, Figure, Opened, Redacted
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.domain.values import check, exact_integer, parse_json, past
from tracker.errors import BadDate, BadInput, CorruptLog
from tracker.startup import Hash, sha256
from tracker.text import dates, messages

_TEXT = ("editor", "occurred", "occurred_as", "title", "body", "parties", "key", "tags", "place", "at")
"""The names at the beginning of a text, in their order. A type's own fields follow."""

_TAIL = (
    *("figures", "closes", "closes_as", "also_closes", "see", "image", "sources"),
    *("backfilled", "imported", "salt"),
)
"""The names at the end of a text, in their order."""

MOST_NESTED = 16
"""The largest number of levels of objects and arrays in a line. The line itself is the first level."""

_NAME = r"[a-z][a-z0-9_]*"


# Writing.


def encode(event: Event, previous: bytes, hashed: Hash = sha256) -> tuple[Event, bytes, bytes]:
    """Returns the event with its hash, its line (LF included) that follows the hash ``previous``, and its hash (32
    bytes).

    Raises BadInput if the line would be longer than chain.MAX_LINE.
    """
    values = msgspec.to_builtins(event)
    head, text = _order(type(event))
    line, following = chain.seal(_members(values, head) + b",", _members(values, text), previous, hashed)
    return structs.replace(event, hash=following.hex()), line, following


def _members(values: Mapping[str, Any], names: Sequence[str]) -> bytes:
    """Returns the members of these names as JSON. Those of a head include the brace at the beginning of the
    line."""
    members: bytes = msgspec.json.encode({name: values[name] for name in names if name in values})
    return members[:-1] if names[0] == "id" else members[1:-1]


@cache
def _order(cls: type[Event]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the names in the head and those in the text of a line of this type, in their order."""
    given = (*chain.NAMES, *_TEXT, *_TAIL, "hash")
    return chain.NAMES, (*_TEXT, *(name for name in cls.__struct_fields__ if name not in given), *_TAIL)


def check_length(draft: Event) -> None:
    """Refuses (BadInput) an event that has its id and time but would not fit into a line with salt and hash."""
    encode(structs.replace(draft, salt="0" * 32), bytes(32))


# Reading what was stored.


def decoded(
    slug: str, lines: Sequence[bytes], place: str, glossary: Glossary = BUILT_IN, after: int = 0
) -> Iterator[Event]:
    """Yields the events of a stream's lines after the first ``after`` lines. Each line is checked to follow the
    one before. A line that a redaction further down names becomes a Redacted, even if it still has its text.

    ``place`` is the file's name for messages. Raises CorruptLog at the first line that fails a check.
    """
    read, fromisoformat = glossary.reader(len(lines) - after), datetime.fromisoformat
    checked = enumerate(chain.unchain(chain.executed(lines), place), 1)
    for _ in islice(checked, after):
        pass
    for number, line in checked:
        try:
            if not line.isascii():
                line.decode()  # msgspec gets valid UTF-8 only
            event = read(line)
        except _UNREADABLE:
            event = decode(line, f"{place}:{number}", glossary)
        try:
            # The grammar of a line allows a time that is on no calendar, and a forged text may name a second time.
            fromisoformat(event.recorded)
            if stated := getattr(event, "figures", ()):
                _check_figures(stated)
        except ValueError:
            refusal = BadDate(event.recorded, dates.why_not(event.recorded), field="recorded")
            raise CorruptLog(f"{place}:{number}: {refusal}") from None
        except BadInput as error:
            raise CorruptLog(f"{place}:{number}: {error}") from None
        if type(event) is Opened and event.slug != slug:
            raise CorruptLog(f"{place}:{number}: {other_name(event.slug, slug)}")
        yield event


def _check_figures(stated: Sequence[Figure]) -> None:
    """Refuses (BadInput) figures that are texts, but no numbers. Most are a single whole number."""
    for number, figure in enumerate(stated):
        bounds = figure.low or figure.high or figure.expected_low or figure.expected_high
        if bounds or not figure.value.isdecimal():
            figures.check(figure, field=f"figures[{number}]")


def other_name(slug: str, name: str) -> str:
    """Returns the message about a story that is stored under another name than its first line has."""
    return (
        f"slug: the story is {slug!r}, and lies under the name {name!r}. Give it its own name back:"
        f" in a folder, rename {name}.jsonl to {slug}.jsonl"
    )


_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode(line: bytes, place: str = "", glossary: Glossary = BUILT_IN) -> Event:
    """Returns the event of a stored line. Raises CorruptLog with ``place`` (``file:line``) in front."""
    if chain.is_shell(line):
        return _decode_shell(line, place, glossary)
    try:
        return glossary.decode(line)
    except _UNREADABLE as error:
        raise CorruptLog(f"{place}: {messages.in_one(error)}") from None


def _decode_shell(line: bytes, place: str, glossary: Glossary) -> Redacted:
    try:
        parts = chain.split(line)
    except CorruptLog as error:
        raise CorruptLog(f"{place}: {error}") from None
    if parts.type not in glossary.types:
        raise CorruptLog(f"{place}: {messages.unknown_type(parts.type)}")
    hash = chain.hash_of(line).hex()
    return Redacted(
        id=parts.id, recorded=parts.recorded, hash=hash, was=parts.type, about=parts.target, minor=parts.minor
    )


def decode_strictly(line: bytes, place: str = "", glossary: Glossary = BUILT_IN) -> Event:
    """Returns the event of a stored line as ``decode`` does, after all checks: those of ``check``, and those of
    the line format for JSON, names and numbers (docs/format.md, 1). Raises CorruptLog."""
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
        return  # chain.check reports it
    text = list(values)[len(head) : -1]
    for name in text:
        if name in chain.RESERVED and name != "removed":
            raise BadInput("belongs in the head of a line, and not in its text", field=name)
    if "removed" in text and not chain.is_shell(line):
        raise BadInput("stands in a line whose text was removed, and nowhere else", field="removed")
    for name in _escaped_names(line):
        raise BadInput("is a name that is written with escapes", field=name)


def _escaped_names(line: bytes) -> list[str]:
    """Returns the names that are written with escapes in a JSON object, those of nested objects included."""
    if b"\\" not in line:
        return []
    strings = re.findall(rb'"((?:[^"\\]|\\.)*)"([ \t\r\n]*:)?', line)
    return [text.decode() for text, colon in strings if colon and b"\\" in text]


class _NoInteger(str):
    """A number in a stored line, as it is written there, that is not an integer below 2^53."""

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
