"""TOML that people write by hand: read so that every refusal can name the line.

``tomllib`` gives values without their places. A value's line is found by reading ever longer beginnings of the
text: the value stands where it first appears. That takes time, and is done on the way to an error only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from tracker import refusals
from tracker.errors import BadInput

Table = TypeVar("Table", bound=Struct)

Path = Sequence[str | int]
"""Keys from the outside in, and places in lists: ``("sources", 1, "published")``."""


def read(text: bytes, place: str) -> dict[str, Any]:
    """The document. Raises BadInput with ``place`` (the file's name) and the line."""
    try:
        return tomllib.loads(text.decode())
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise BadInput(f"{place}:{line}: is not UTF-8") from None
    except RecursionError:
        raise BadInput(f"{place}: is nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        reason, line = _reason_and_line(str(error), text)
        raise BadInput(f'{place}:{line}: is not TOML: {reason}; write it like title = "What happened"') from None


def convert(values: Mapping[str, Any], cls: type[Table]) -> Table:
    """A table as the struct that says what may stand in it. Raises BadInput, naming the key."""
    try:
        return msgspec.convert(values, cls)
    except msgspec.ValidationError as error:
        field, reason = refusals.where_and_why(error)
        unknown = str(error).partition("unknown field `")[2].partition("`")[0]
        if unknown:
            reason = refusals.no_such_key(unknown, _table_of(cls, field.split(".")[:-1]))
        raise BadInput(reason, field=field) from None


def _table_of(cls: type[Struct], path: Sequence[str]) -> type[Struct]:
    """The struct of a table inside another."""
    for key in path:
        cls = next(each.type for each in msgspec.structs.fields(cls) if each.name == key)
    return cls


def path_of(field: str) -> list[str | int]:
    """``sources[1].published`` as keys and places: ``["sources", 1, "published"]``."""
    return [int(number) if number else key for key, number in re.findall(r"([^.\[\]]+)|\[([0-9]+)\]", field)]


def line_of(text: str, path: Path) -> int:
    """The 1-based line on which the value at ``path`` begins or, where it is not there, what is nearest around it;
    0 where nothing of it is there."""
    for length in range(len(path), 0, -1):
        if line := _line_of(text, path[:length]):
            return line
    return 0


def _line_of(text: str, path: Path) -> int:
    """Where the value first stands. A value over several lines counts from the line after the last whole one."""
    lines = text.splitlines(keepends=True)
    whole = 0
    for number in range(1, len(lines) + 1):
        if not lines[number - 1].strip() and number < len(lines):
            continue
        try:
            values = tomllib.loads("".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue
        if _has(values, path):
            return next(each for each in range(whole + 1, number + 1) if _says_something(lines[each - 1]))
        whole = number
    return 0


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _has(values: Any, path: Path) -> bool:
    for key in path:
        try:
            values = values[key]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _reason_and_line(message: str, text: bytes) -> tuple[str, int]:
    """What tomllib says, and on which line: ``(at end of document)`` is the last one."""
    reason, _, where = message.rpartition(" (at ")
    found = re.match(r"line ([0-9]+)", where)
    return reason or message, int(found[1]) if found else text.rstrip().count(b"\n") + 1
