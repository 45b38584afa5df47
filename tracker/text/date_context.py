"""What the words of a date count from: the present or a source's date, time zones, and fiscal years.

Commands that get no date make these values without loading the modules that read words, which are large.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from msgspec import Struct

from tracker.text.dates import Span

EXAMPLES = (
    "15 March 2024",
    "Q4 2024",
    "29 July to 4 August 2024",
    "about March 2024",
    "last week",
    "2024-07-30 21:05 +02:00",
)
"""Forms that ``date_phrases`` accepts, for messages and help texts."""


def _find_none(name: str) -> tzinfo | None:
    return None


class Zones(Struct, frozen=True):
    """The time zones of a desk: its own (an IANA name, or empty), and the database that finds one by its name."""

    home: str = ""
    find: Callable[[str], tzinfo | None] = _find_none


class Reference(Struct, frozen=True):
    """The date that relative words count from, and the desk's time zones. ``here``: it is an instant of the clock,
    whose day is that of the desk's own zone."""

    span: Span
    zones: Zones = Zones()
    here: bool = False

    def at(self, span: Span) -> Reference:
        """Returns the reference for words that count from this date."""
        return Reference(span, self.zones)


class FiscalYear(Struct, frozen=True):
    """The end of a company's fiscal year: a month, and a day of it (0: the last one). A fiscal year has the number
    of the calendar year in which it ends or, with ``by_start``, begins."""

    company: str
    month: int
    day: int = 0
    by_start: bool = False
