"""TOML that people write by hand: read so that every refusal can name the line.

``tomllib`` gives values without their places. A value stands on the first line up to which the text has it, once
the brackets and strings that are open there are closed; that line is looked for by halving.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from tracker.errors import BadInput
from tracker.text import messages

Shape = TypeVar("Shape", bound=Struct)

Path = Sequence[str | int]
"""Keys from the outside in, and places in lists: ``("sources", 1, "published")``."""

EXAMPLE = 'title = "What happened"'

# What can hold a bracket or a line end without meaning it, then what means it. The text is TOML already.
_TOKENS = (
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{}\n]"
)
_CLOSERS = {"[": "]", "{": "}"}


def read(text: bytes, place: str, example: str = EXAMPLE, *, real: Callable[[str], Any] = float) -> dict[str, Any]:
    """The document. Raises BadInput with ``place`` (the file's name), line, and an ``example`` of what works.

    ``real`` makes something of a number with a point or an exponent, of ``inf`` and of ``nan``.
    """
    import tomllib

    try:
        return tomllib.loads(decoded(text), parse_float=real)
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise BadInput(f"{place}:{line}: is not UTF-8") from None
    except RecursionError:
        raise BadInput(f"{place}: is nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        reason, line = _reason_and_line(str(error), text)
        raise BadInput(f"{place}:{line}: is not TOML: {reason}; write it like {example}") from None
    except ValueError:
        raise BadInput(f"{place}: has a number of more digits than can be read") from None


def decoded(text: bytes) -> str:
    """The text of a file, without the mark that some editors begin it with. Raises UnicodeDecodeError."""
    return text.decode().removeprefix("\ufeff")


def convert(values: Mapping[str, Any], cls: type[Shape]) -> Shape:
    """A table as the struct that says what may stand in it. Raises BadInput, naming the key."""
    try:
        return msgspec.convert(values, cls)
    except msgspec.ValidationError as error:
        unknown = next(_unknown_keys(values, cls), None) if "contains unknown field" in str(error) else None
        field, reason = unknown or messages.where_and_why(error)
        raise BadInput(reason.replace("an object", "a table"), field=field) from None


def _unknown_keys(values: Mapping[str, Any], cls: type[Struct], path: str = "") -> Iterator[tuple[str, str]]:
    """The keys that are none of the struct's or of those inside it, and why they are refused."""
    types = {each.name: each.type for each in msgspec.structs.fields(cls)}
    for key, value in values.items():
        if key not in types:
            yield path + _written(key), messages.no_such_key(key, cls)
        elif isinstance(value, dict) and isinstance(types[key], type) and issubclass(types[key], Struct):
            yield from _unknown_keys(value, types[key], f"{path}{key}.")


def no_table(name: str, value: Any, cls: type[Struct], what: str, example: str) -> str:
    """Why what stands at the top of a file is refused where every table is a ``what`` with the keys of ``cls``;
    ``example`` is the name of one."""
    if name in cls.__struct_fields__:
        return f"stands outside of a {what}; put it below a heading such as {heading(example)}"
    if isinstance(value, list):
        return f"is a list; a {what} has single brackets: {heading(name)}"
    return f"is not a {what}, which begins with its name in brackets: {heading(name)}"


def heading(name: str) -> str:
    """``[Microsoft]``, ``["Open AI"]``."""
    return f"[{_written(name)}]"


def _written(key: str) -> str:
    """A key as it stands in the file: ``Microsoft``, ``"Open AI"``."""
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else msgspec.json.encode(key).decode()


def path_of(field: str) -> list[str | int]:
    """``sources[1].published`` as keys and places: ``["sources", 1, "published"]``. A key may be in quotes."""
    found = re.findall(r'("(?:[^"\\]|\\.)*")|([^.\[\]]+)|\[([0-9]+)\]', field)
    return [
        msgspec.json.decode(quoted) if quoted else int(number) if number else key for quoted, key, number in found
    ]


def line_of(text: str, path: Path) -> int:
    """The 1-based line on which the value at ``path`` begins or, where it is not there, what is nearest around it;
    0 where nothing of it is there."""
    for length in range(len(path), 0, -1):
        if _has(text, path[:length]):
            return _first_line(text, path[:length])
    return 0


def _first_line(text: str, path: Path) -> int:
    return 1 + bisect_left(
        list(_line_ends(text)), True, key=lambda end: _has(text[: end.position] + end.closing, path)
    )


class _LineEnd(NamedTuple):
    """Where a line ends, and what closes the strings and brackets that are open there."""

    position: int
    closing: str


def _line_ends(text: str) -> Iterator[_LineEnd]:
    opened: list[str] = []
    for token in re.finditer(_TOKENS, text, re.DOTALL):
        word = token[0]
        if word in _CLOSERS:
            opened.append(_CLOSERS[word])
        elif word in ("]", "}"):
            opened.pop()
        quotes = "" if word == "\n" else word[:3]
        for found in re.finditer("\n", word):
            yield _LineEnd(token.start() + found.end(), quotes + "".join(reversed(opened)))
    yield _LineEnd(len(text), "")


def _has(text: str, path: Path) -> bool:
    """Whether there is a value at the path."""
    import tomllib

    try:
        values: Any = tomllib.loads(text)
        for key in path:
            values = values[key]
    except (ValueError, RecursionError, KeyError, IndexError, TypeError):
        return False
    return True


def _reason_and_line(message: str, text: bytes) -> tuple[str, int]:
    """What tomllib says, and on which line: ``(at end of document)`` is the last one."""
    reason, _, where = message.rpartition(" (at ")
    found = re.match(r"line ([0-9]+)", where)
    return reason or message, int(found[1]) if found else text.rstrip().count(b"\n") + 1
