"""The values of fields in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.domain.events import Figure
from tracker.domain.wording import in_words
from tracker.text.dates import Occurred
from tracker.wording import amounts, dates
from tracker.wording.messages import Wording

NOWHERE: Mapping[str, int] = {}
"""The numbers of no events."""


def value(wording: Wording, kind: str, given: Any, places: Mapping[str, int] = NOWHERE) -> str:
    """Returns the value of a field in words; empty if the field is."""
    if given in (None, "", [], ()):
        return ""
    if isinstance(given, (list, tuple)):
        return "; ".join(value(wording, kind, each, places) for each in given)
    if kind == "date":
        return dates.date(wording, Occurred(given))
    if kind == "figures":
        figure = Figure(**given)
        return wording.say("{name}: {value}", name=figure.name, value=amounts.figure(wording, figure))
    if kind == "sources":
        return _source(given)
    return in_words(kind, given, places)


def _source(given: dict[str, str]) -> str:
    """Returns what a reader knows a source by: its publisher, its headline, or its address."""
    return ", ".join(filter(None, (given.get("title"), given.get("publisher")))) or given.get("url", "")
