"""Merge two versions of a TOML file table by table and key by key.

::

    text ─▶ units: a heading, or a key with its value ─▶ merge unit by unit ─▶ text ─▶ compare with merged values

The comments and empty lines above a heading or a key belong to it. If a text is split wrongly, for example at a
bracket inside a string, the merged text does not have the merged values, and the merge is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tracker.errors import BadInput
from tracker.text import toml

Unit = tuple[str, str]
"""A part of the text: the heading of its table, and its key, which is empty for the heading itself."""

_HEADING = re.compile(r"[ \t]*(\[\[?[^\[\]]+\]\]?)[ \t]*(?:#.*)?$")
_KEY = re.compile(r"""[ \t]*([\w."'-]+)[ \t]*=""")
_NOTHING: Mapping[str, Any] = {}


def merged(base: bytes, ours: bytes, theirs: bytes, place: str) -> bytes:
    """Returns the text with the changes of both sides since the base. Raises BadInput, naming ``place``, where a
    side is not TOML, or where both changed the same key or table in different ways."""
    was, our, their = (toml.read(each, place) for each in (base, ours, theirs))
    values = _merged_values(was, our, their, place)
    text = _merged_texts(*(_units(_lines(each)) for each in (base, ours, theirs))).encode()
    try:
        has_all = toml.read(text, place) == values
    except BadInput:
        has_all = False
    if not has_all:
        raise BadInput(f"{place}: both branches changed it, and tracker cannot put the changes together")
    return text


def _lines(text: bytes) -> str:
    """Returns the text with LF as line end, also of the last line."""
    lines = toml.decoded(text).replace("\r\n", "\n")
    return lines if lines.endswith("\n") or not lines else f"{lines}\n"


def _merged_values(base: Any, ours: Any, theirs: Any, place: str, path: tuple[str, ...] = ()) -> Any:
    """Returns the values with the changes of both sides. None stands for no value, which TOML cannot have."""
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        raise BadInput(f"{place}: both branches changed {'.'.join(path)}, each in its own way")
    known = base if isinstance(base, dict) else _NOTHING
    found = {
        key: _merged_values(known.get(key), ours.get(key), theirs.get(key), place, (*path, key))
        for key in dict.fromkeys((*ours, *theirs))
    }
    return {key: value for key, value in found.items() if value is not None}


def _merged_texts(base: Mapping[Unit, str], ours: Mapping[Unit, str], theirs: Mapping[Unit, str]) -> str:
    """Returns the text of the units of both sides: ours in their order, each new one of theirs after the one
    before it. Where both changed a unit, ours stays."""
    order = list(ours)
    at = -1
    for unit in theirs:
        if unit in ours:
            at = order.index(unit)
        elif unit not in base:
            at += 1
            while not unit[1] and at < len(order) and order[at][0] == order[at - 1][0]:
                at += 1  # a heading comes after all of the table before it
            order.insert(at, unit)
    text = ""
    for unit in order:
        is_ours = unit in ours and ours[unit] != base.get(unit)
        text += ours[unit] if is_ours else theirs.get(unit, "")
    return text


def _units(text: str) -> dict[Unit, str]:
    """Returns the units of a text in their order. Other lines belong to the unit above them."""
    unit, before = ("", ""), ""
    units = {unit: ""}
    for line in text.splitlines(keepends=True):
        heading, key = _HEADING.match(line), _KEY.match(line)
        if heading:
            unit = heading[1], ""
        elif key:
            unit = unit[0], key[1]
        elif not line.strip() or line.startswith("#"):
            before += line
            continue
        units[unit] = units.get(unit, "") + before + line
        before = ""
    units[unit] += before
    return units
