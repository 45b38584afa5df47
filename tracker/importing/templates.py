"""Templates of a mapping: ``{name}`` is a value of the record, by a name or a JMESPath (https://jmespath.org).

A template that is a single ``{…}`` gives the value itself, which may be a list. Others give a text. If all values
in a template are empty, the text is empty, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from msgspec import Struct

from tracker.errors import BadInput
from tracker.importing.records import needs

_NAME = r'(?:[A-Za-z_]\w*|"(?:[^"\\]|\\.)*")(?:\[[^\]]*\])*'
_CHAIN = rf"""'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|({_NAME}(?:\.{_NAME})*)(?!\w|\()"""
"""A literal, or a name or path as the group."""

_DEEPEST = 30
"""The deepest nesting of lists and tables in which names are looked up."""


class Template(Struct, frozen=True):
    """A template: its ``parts`` are texts and, as tuples of one, expressions."""

    parts: tuple[str | tuple[str], ...]

    @property
    def expressions(self) -> list[str]:
        return [each[0] for each in self.parts if isinstance(each, tuple)]

    @property
    def names(self) -> list[str]:
        """The names and paths in the expressions, such as ``media.url``."""
        return [name for each in self.expressions for name in names_in(each)]

    def fill(self, values: Mapping[str, Any]) -> Any:
        """Returns the text, or the list if the template is a single expression. Raises BadInput."""
        found = [_value(each[0], values) if isinstance(each, tuple) else each for each in self.parts]
        if len(found) == 1 and isinstance(found[0], list):
            return [text for each in found[0] if (text := text_of(each)).strip()]
        texts = [text_of(each) for each in found]
        filled = any(text.strip() for text, part in zip(texts, self.parts, strict=True) if isinstance(part, tuple))
        return "".join(texts) if filled or not self.expressions else ""


def parse(text: str) -> Template:
    """Returns a template. Raises BadInput if a brace or an expression is wrong."""
    parts: list[str | tuple[str]] = []
    rest = text
    while rest:
        before, brace, after = rest.partition("{")
        if "}" in before:
            raise BadInput("has a } without a {")
        if before:
            parts.append(before)
        if not brace:
            break
        end = _end(after)
        expression = after[:end].strip()
        if not expression:
            raise BadInput("has {} without a name in it")
        compiled(expression)
        parts.append((expression,))
        rest = after[end + 1 :]
    return Template(tuple(parts))


def _end(text: str) -> int:
    """Returns the place of the brace that closes the one before the text."""
    depth, quote, place = 0, "", 0
    while place < len(text):
        character = text[place]
        if quote:
            place += character == "\\"
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            if not depth:
                return place
            depth -= 1
        place += 1
    raise BadInput("has a { that is not closed")


@cache
def compiled(expression: str) -> Any:
    """Returns a compiled JMESPath; None for the name of a column that is no JMESPath, such as ``End Year``. Raises
    BadInput."""
    jmespath = needs("jmespath")
    try:
        return jmespath.compile(expression)
    except jmespath.exceptions.JMESPathError as error:
        if re.fullmatch(r"[^\[\]{}()|&=!<>`@*]+", expression):
            return None
        raise BadInput(f"{expression!r} is no JMESPath: {' '.join(str(error).split())}") from None


def search(expression: str, values: Any, field: str = "") -> Any:
    """Returns what a JMESPath finds. Raises BadInput."""
    jmespath = needs("jmespath")
    found = compiled(expression)
    if found is None:
        raise BadInput(f"{expression!r} is no JMESPath", field=field)
    try:
        return found.search(values)
    except jmespath.exceptions.JMESPathError as error:
        raise BadInput(
            f"{expression!r} cannot be worked out: {' '.join(str(error).split())}", field=field
        ) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"{expression!r} cannot be worked out: {error}", field=field) from None


def _value(expression: str, values: Mapping[str, Any]) -> Any:
    if expression in values:
        return values[expression]
    return search(expression, values) if compiled(expression) is not None else None


def text_of(value: Any) -> str:
    """Returns the value as a text: nothing for null and false, the items of a list with commas between them.
    Raises BadInput for a table."""
    if value is None or value is False:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true"
    if isinstance(value, (int, float)):
        return repr(int(value) if isinstance(value, float) and value.is_integer() else value)
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, map(text_of, value)))
    raise BadInput(f"is a table with {', '.join(map(str, value))}; name one of its values")


@cache
def names_in(expression: str) -> list[str]:
    """Returns the names and paths in an expression: ``media.url``, ``End Year``. Parts in brackets are left
    out."""
    if compiled(expression) is None:
        return [expression]
    chains = [found[1] for found in re.finditer(_CHAIN, expression) if found[1]]
    return [re.sub(r"\[[^\]]*\]", "", each).replace('"', "") for each in chains]


def leaves(values: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """Yields the paths of the values that are not empty, without the numbers of items:
    ``incident_updates.body``."""
    if isinstance(values, dict) and depth < _DEEPEST:
        for name, each in values.items():
            yield from leaves(each, f"{path}.{name}" if path else str(name), depth + 1)
    elif isinstance(values, list) and depth < _DEEPEST:
        for each in values:
            yield from leaves(each, path, depth + 1)
    elif values not in (None, "", [], {}):
        yield path
