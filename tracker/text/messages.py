"""msgspec's refusals, in words that an editor can act on.

The only content of an error of msgspec is an English sentence, so the sentences are recognised by the regular
expressions below. A version of msgspec may word them differently: ``tests/text/test_messages.py`` runs the table
against the installed version and names each sentence that is no longer recognised. Such a sentence reaches the
editor in quotes, as msgspec says it.

Bytes that are not UTF-8 never reach msgspec: ``utf8`` refuses them first.
"""

from __future__ import annotations

import re

from msgspec import Struct

from tracker.errors import nearest

NOT_UTF8 = "is not UTF-8"


def utf8(data: bytes) -> bytes:
    """Returns the same bytes. Raises UnicodeDecodeError where they are not UTF-8."""
    if not data.isascii():
        data.decode()
    return data


def where_and_why(error: Exception) -> tuple[str, str]:
    """Returns the field and the reason of a refusal."""
    if isinstance(error, RecursionError):
        return "", "is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "", NOT_UTF8
    text, _, path = str(error).partition(" - at `$")
    field = path.rstrip("`").replace("[...]", "").lstrip(".")
    for pattern, reason in _REASONS:
        match = re.fullmatch(pattern, text)
        if match:
            named = match.groupdict().get("field")
            return (".".join(filter(None, (field, named))) if named else field), match.expand(reason)
    kinds = re.fullmatch(r"Expected `(\w+)`, got `(\w+)`", text)
    if kinds:
        wanted, got = (_KINDS.get(kind, kind) for kind in kinds.groups())
        return field, f"has to be {wanted}, not {got}"
    return field, f"cannot be read: “{text.strip().replace('`', '') or type(error).__name__}”"


def in_one(error: Exception) -> str:
    """Returns ``field: reason`` for a stored line. An unknown field may be missing in ``types.toml``."""
    field, reason = where_and_why(error)
    if reason == _UNKNOWN and "." not in field:
        reason = f"{_UNKNOWN}{_NOR_DECLARED}"
    return f"{field}: {reason}" if field else reason


def no_such_key(name: str, cls: type[Struct]) -> str:
    """Returns why a key is refused in a table with the keys of ``cls``."""
    known = cls.__struct_fields__
    near = nearest(name, known)
    return f"is not a key; {f'did you mean {near}?' if near else 'there are: ' + ', '.join(known)}"


def unknown_type(name: str) -> str:
    """Returns why a stored event of this type cannot be read."""
    return f"{name} is not a type of event that this tracker knows{_NOR_DECLARED}"


_NOR_DECLARED = ", nor declared in types.toml beside the log"
_UNKNOWN = "is not a field that this tracker knows"

_KINDS = {
    "str": "a text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
    "date": "a date",
    "time": "a time of day",
    "datetime": "a date",
}

_REASONS = (
    (r"Expected `int`, got `float`", "has to be a whole number"),
    (r"Object missing required field `(?P<field>.+)`", "is missing"),
    (r"Object contains unknown field `(?P<field>.+)`", _UNKNOWN),
    (r"Expected `str` of length <= (\d+)", r"is longer than \1 characters"),
    (r"Expected `str` of length >= 1", "is empty"),
    (r"Expected `(?:array|object)` of length >= (\d+)", r"needs at least \1 of them"),
    (r"Expected `array` of length <= (\d+)", r"has more than \1 of them"),
    (r"Expected `str` matching regex .*0-9a-f.*", "is not the name of a stored picture, such as 3f0c….jpg"),
    (r"Expected `int` >= (\d+)", r"has to be \1 at least"),
    (r"Expected `int` <= (\d+)", r"has to be \1 at most"),
    (r"Expected `str` matching regex .*", "is not a code of small letters and hyphens, such as court-order"),
    (r"Invalid value '(.*)'", unknown_type(r"\1")),
    (r"Number out of range", "is a number that is too large"),
    (r"Input data was truncated", "is not JSON: it ends too early"),
    (r"JSON is malformed: (.+)", r"is not JSON: \1"),
)
