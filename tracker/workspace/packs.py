"""Packs: declarations of types that come with tracker. ``tracker types add`` copies them into ``types.toml``.

A log stays self-contained: it is read by its own declarations, whatever a later version of a pack says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tracker import atomic
from tracker.domain import custom_types
from tracker.domain.events import TYPES
from tracker.errors import BadInput, Unknown
from tracker.log.base import TYPES_FILE, EventLog
from tracker.text import toml

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "packs")


class Pack(NamedTuple):
    """A pack: its name, a line about it, and the declaration of each type as it stands in ``types.toml``."""

    name: str
    help: str
    types: dict[str, str]


class Added(NamedTuple):
    """The types that were copied, and those that were not: tracker's own, and those that are declared already."""

    copied: list[str]
    own: list[str]
    declared: list[str]


def packs() -> list[Pack]:
    """Returns all packs, sorted by name."""
    return [_read(file.removesuffix(".toml")) for file in sorted(os.listdir(FOLDER)) if file.endswith(".toml")]


def _read(name: str) -> Pack:
    with open(os.path.join(FOLDER, f"{name}.toml"), encoding="utf-8", newline="\n") as file:
        first, *declarations = re.split(r"^(?=\[[a-z-]+\]$)", file.read(), flags=re.MULTILINE)
    types = {text[1 : text.index("]")]: text.strip() + "\n" for text in declarations}
    return Pack(name, first.strip().removeprefix(f"# {name}: "), types)


def add(log: EventLog, name: str, wanted: Sequence[str] = ()) -> Added:
    """Copies the declarations of a pack, or of the ``wanted`` types in it, to the end of the log's ``types.toml``.

    A type that is tracker's own, or that is declared in the same way, is left out. Raises Unknown if there is no
    such pack or type, and BadInput, before anything is written, if the desk declares such a type in another way.
    """
    known = {pack.name: pack for pack in packs()}
    if name not in known:
        raise Unknown("pack", name, known, "tracker types --packs lists them all.")
    pack = known[name]
    for each in wanted:
        if each not in pack.types:
            raise Unknown(f"type in the pack {name}", each, pack.types)
    path = os.path.join(log.folder, TYPES_FILE)
    place = os.path.relpath(path)
    before = log.declarations()
    declared = toml.read(before, place, custom_types.EXAMPLE)
    types = {each: text for each, text in pack.types.items() if not wanted or each in wanted}
    added = Added(*_sorted_out(types, declared, place))
    text = before.decode()
    parts = [text.rstrip("\n"), *(pack.types[each].rstrip("\n") for each in added.copied)]
    after = ("\n\n".join(filter(None, parts)) + "\n").encode()
    if added.copied:
        custom_types.read(after, place)
        os.makedirs(log.folder, exist_ok=True)
        atomic.replace(path, after)
    return added


def _sorted_out(
    types: Mapping[str, str], declared: Mapping[str, Any], place: str
) -> tuple[list[str], list[str], list[str]]:
    own = [each for each in types if each in TYPES]
    there = [each for each in types if each in declared and each not in own]
    for each in there:
        if toml.read(types[each].encode(), each)[each] != declared[each]:
            others = " ".join(other for other in types if other not in (each, *own))
            raise BadInput(
                f"{place} declares a type {each} already, and another one; nothing was copied. Name the types that"
                f" you want: {others}",
                field=each,
            )
    return [each for each in types if each not in (*own, *there)], own, there
