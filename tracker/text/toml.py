"""Read TOML that people write by hand, and find the line that a refusal is about.

``tomllib`` returns values without their places. A value stands on the first line up to which the text has it, once
the brackets and strings that are open there are closed. A binary search finds that line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from tracker.errors import UNMERGED, BadInput, is_conflict_marker
from tracker.text import messages

Shape = TypeVar("Shape", bound=Struct)

Path = Sequence[str | int]
"""Keys from the outside in, and places in lists: ``("sources", 1, "published")``."""

EXAMPLE = 'title = "What happened"'

# Strings and comments, whose brackets and line ends have no meaning, then those that have. The text is valid TOML.
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
    """Returns the document. Raises BadInput with ``place`` (the file's name), the line and a valid ``example``.

    ``real`` converts numbers with a point or an exponent, ``inf`` and ``nan``.
    """
    try:
        plain = _plain(decoded(text))
        if plain is not None:
            return plain
        import tomllib

        return tomllib.loads(decoded(text), parse_float=real)
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise BadInput(f"{place}:{line}: is not UTF-8") from None
    except RecursionError:
        raise BadInput(f"{place}: is nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        reason, line = _reason_and_line(str(error), text)
        for number, each in enumerate(text.splitlines(keepends=True), 1):
            if is_conflict_marker(each):
                raise BadInput(f"{place}:{number}: {UNMERGED}") from None
        raise BadInput(f"{place}:{line}: is not TOML: {reason}; write it like {example}") from None
    except ValueError:
        raise BadInput(f"{place}: has a number of more digits than can be read") from None


def _plain(text: str) -> dict[str, Any] | None:
    """Returns a document that has only headings such as ``[log]``, values such as ``title = "A"`` and
    ``headers = true``, comments and blank lines; None for any other document.

    Most settings are such a document, and ``tomllib`` takes a tenth of the time of ``tracker add`` to load.
    """
    document: dict[str, Any] = {}
    table = document
    for line in filter(None, text.split("\n")):
        if not line.isprintable():
            return None
        if line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            key, value, table = line[1:-1], {}, document
        else:
            key, _, after = line.partition(" = ")
            value = _plain_value(after)
        is_bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
        if value is None or key in table or not is_bare:
            return None
        table[key] = value
        table = value if isinstance(value, dict) else table
    return document


def _plain_value(text: str) -> Any:
    """Returns a string that has neither quotes nor escapes in it, or a flag; None for any other value."""
    inner = text[1:-1]
    if text == f'"{inner}"' and '"' not in inner and "\\" not in inner:
        return inner
    return {"true": True, "false": False}.get(text)


def decoded(text: bytes) -> str:
    """Returns the text of a file without its byte order mark. Raises UnicodeDecodeError."""
    return text.decode().removeprefix("\ufeff")


def convert(values: Mapping[str, Any], cls: type[Shape]) -> Shape:
    """Returns a table as an instance of the struct ``cls``. Raises BadInput, naming the key."""
    try:
        return msgspec.convert(values, cls)
    except msgspec.ValidationError as error:
        unknown = next(_unknown_keys(values, cls), None) if "contains unknown field" in str(error) else None
        field, reason = unknown or messages.where_and_why(error)
        raise BadInput(reason.replace("an object", "a table"), field=field) from None


def _unknown_keys(values: Mapping[str, Any], cls: type[Struct], path: str = "") -> Iterator[tuple[str, str]]:
    """Yields the keys that the struct, or a struct inside it, does not have, and why they are refused."""
    types = {each.name: each.type for each in msgspec.structs.fields(cls)}
    for key, value in values.items():
        if key not in types:
            yield path + _written(key), messages.no_such_key(key, cls)
        elif isinstance(value, dict) and isinstance(types[key], type) and issubclass(types[key], Struct):
            for place, reason in _unknown_keys(value, types[key], f"{path}{key}."):
                name = place.rpartition(".")[2]
                above = f"belongs above the line [{key}], which begins a table" if name in types else reason
                yield place, above


def no_table(name: str, value: Any, cls: type[Struct], what: str, example: str) -> str:
    """Returns why a value at the top of a file is refused. Every table there is a ``what`` with the keys of
    ``cls``; ``example`` is the name of one."""
    if name in cls.__struct_fields__:
        return f"stands outside of a {what}; put it below a heading such as {heading(example)}"
    if isinstance(value, list):
        return f"is a list; a {what} has single brackets: {heading(name)}"
    return f"is not a {what}, which begins with its name in brackets: {heading(name)}"


def heading(name: str) -> str:
    """Returns the heading of a table: ``[Microsoft]``, ``["Open AI"]``."""
    return f"[{_written(name)}]"


def _written(key: str) -> str:
    """Returns a key as it stands in the file: ``Microsoft``, ``"Open AI"``."""
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else msgspec.json.encode(key).decode()


def path_of(field: str) -> list[str | int]:
    """Returns ``sources[1].published`` as keys and places: ``["sources", 1, "published"]``. Keys may be quoted."""
    found = re.findall(r'("(?:[^"\\]|\\.)*")|([^.\[\]]+)|\[([0-9]+)\]', field)
    return [
        msgspec.json.decode(quoted) if quoted else int(number) if number else key for quoted, key, number in found
    ]


def line_of(text: str, path: Path) -> int:
    """Returns the 1-based line on which the value at ``path`` begins. Where the text lacks it, the line of its
    nearest parent; 0 where it has none of them."""
    for length in range(len(path), 0, -1):
        if _has(text, path[:length]):
            return _first_line(text, path[:length])
    return 0


def _first_line(text: str, path: Path) -> int:
    from bisect import bisect_left  # only refusals need it

    return 1 + bisect_left(
        list(_line_ends(text)), True, key=lambda end: _has(text[: end.position] + end.closing, path)
    )


class _LineEnd(Struct, frozen=True):
    """The position of a line's end, and the text that closes the strings and brackets that are open there."""

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
    """Returns whether there is a value at the path."""
    import tomllib

    try:
        values: Any = tomllib.loads(text)
        for key in path:
            values = values[key]
    except (ValueError, RecursionError, KeyError, IndexError, TypeError):
        return False
    return True


def _reason_and_line(message: str, text: bytes) -> tuple[str, int]:
    """Returns the reason and the line in tomllib's message: ``(at end of document)`` is the last line."""
    reason, _, where = message.rpartition(" (at ")
    found = re.match(r"line ([0-9]+)", where)
    return reason or message, int(found[1]) if found else text.rstrip().count(b"\n") + 1
