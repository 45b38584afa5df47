"""Values of an event's fields as readers are told them. ``events.py`` says of which kind a field is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from tracker.domain import figures
from tracker.domain.events import Event, Figure, kind_of
from tracker.errors import BadInput
from tracker.text import dates


def in_words(kind: str, value: Any, places: Mapping[str, int] | None = None) -> str:
    """One value of a field of this kind; ``nothing`` where it is empty. ``places`` are the numbers of the story's
    events by id, for what refers to one."""
    if value in (None, "", [], ()):
        return "nothing"
    if isinstance(value, (list, tuple)):
        return "; ".join(in_words(kind, each, places) for each in value)
    if kind == "ref":
        if not places or value not in places:
            raise BadInput(f"{value!r} is the id of no event of this story")
        return f"#{places[value]}"
    if kind == "date":
        return dates.in_words(value)
    if kind == "money":
        return figures.money_in_words(value)
    if kind == "figures":
        return f"{value['name']} {figures.in_words(Figure(**value))}"
    if kind == "sources":
        return str(value.get("url") or value.get("publisher"))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def enumerated(words: Iterable[str]) -> str:
    """``OpenAI``, ``OpenAI and Microsoft``, ``OpenAI, Microsoft and TikTok``."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def filled(templates: Iterable[str], cls: type[Event], get: Callable[[str], Any]) -> str:
    """The first of the templates all of whose fields say something, with them in words; empty where none is.

    ``get`` gives a field's value by its name; ``{by} suspends {subject}`` is a template.
    """
    for template in templates:
        if "{" not in template:
            return template
        values = {name: get(name) for name in names_in(template)}
        if all(values.values()):
            return template.format_map({name: _inside(cls, name, value) for name, value in values.items()})
    return ""


@lru_cache(1_000)
def names_in(template: str) -> tuple[str, ...]:
    """The fields that a template names."""
    return tuple(re.findall(r"\{([a-z0-9_]+)\}", template))


def _inside(cls: type[Struct], name: str, value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return enumerated(map(str, value))
    return in_words(kind_of(cls, name), value)
