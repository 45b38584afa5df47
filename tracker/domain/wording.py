"""The values of an event's fields in words for readers. ``events.kind_of`` gives the kind of a field."""

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
    """Returns one plain value of a field of this kind in words; ``nothing`` if it is empty. ``places`` has the
    numbers of the story's events by id, for a field that refers to an event. Raises BadInput if the value cannot
    be read."""
    if value in (None, "", [], ()):
        return "nothing"
    if isinstance(value, (list, tuple)):
        return "; ".join(in_words(kind, each, places) for each in value)
    if kind == "links" and "#" in value:
        slug, _, id = value.partition("#")
        return f"{slug} ({id[:8]})"
    if kind in ("ref", "refs", "links"):
        if not places or value not in places:
            raise BadInput(f"{value!r} is the id of no event of this story")
        return f"#{places[value]}"
    if kind == "date":
        return dates.in_words(value)
    if kind == "money":
        return figures.money_in_words(value)
    if kind == "figures":
        return f"{value['name']} {figures.in_words(Figure(**value))}"
    if kind == "image":
        said = (value.get(name) for name in ("alt", "caption", "credit"))
        return f"{'; '.join(filter(None, said))} (picture {value['file'][:8]})"
    if kind == "sayings":
        return f"{value['speaker']}: “{value['quote']}”" if value.get("quote") else str(value["speaker"])
    if kind == "sources":
        return ", ".join(dates.in_words(each) if name == "published" else each for name, each in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def enumerated(words: Iterable[str]) -> str:
    """Returns ``OpenAI``, ``OpenAI and Microsoft`` or ``OpenAI, Microsoft and TikTok``."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def filled(templates: Iterable[str], cls: type[Event], get: Callable[[str], Any]) -> str:
    """Returns the first template whose fields are all set, with their values in words; empty if there is none.

    ``{by} suspends {subject}`` is a template. ``get`` returns a field's value by its name.
    """
    for template in templates:
        if "{" not in template:
            return template
        names = names_in(template)
        if all(map(get, names)):
            return template.format_map({name: _inside(cls, name, get(name)) for name in names})
    return ""


@lru_cache(1_000)
def names_in(template: str) -> tuple[str, ...]:
    """Returns the names of the fields in a template."""
    return tuple(re.findall(r"\{([a-z0-9_]+)\}", template))


def _inside(cls: type[Struct], name: str, value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return enumerated(map(str, value))
    return in_words(kind_of(cls, name), value)
