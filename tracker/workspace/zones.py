"""The desk's time zones, and the present instant as dates count from it.

The database of zones is the system's, or that of the package tzdata. It takes 15 ms to load, and is loaded when a
time or a relative date needs it.
"""

from __future__ import annotations

import os
from datetime import tzinfo
from typing import TYPE_CHECKING

from tracker.errors import BadInput
from tracker.text.date_context import Reference, Zones
from tracker.text.dates import Edge, Moment, Recorded, Span, edge, edge_at, to_datetime
from tracker.workspace.config import FILE

if TYPE_CHECKING:
    from tracker.workspace.desk import Workspace


def now_of(desk: Workspace) -> Reference:
    """Returns the present instant, from which relative dates count, on the clock of the desk's own zone."""
    now = edge(desk.clock())
    return Reference(Span(now, now), zones_of(desk), here=True)


def at_the_desk(instant: Recorded | Moment, desk: Workspace) -> Edge:
    """Returns the instant on the clock of the desk's own zone, or in UTC if it names none. A date without a time
    is over when that clock shows the next day."""
    zone = zones_of(desk).find(desk.config.timezone) if desk.config.timezone else None
    if zone is None:
        return edge(instant)
    from tracker.text.clock_phrases import text_of

    local = to_datetime(instant).astimezone(zone)
    return edge_at(local, text_of(local.utcoffset()))


def zones_of(desk: Workspace) -> Zones:
    """Returns the desk's zones. Finding its own one raises BadInput if there is no such zone."""

    def find(name: str) -> tzinfo | None:
        zone = find_zone(name)
        if zone is None and name == desk.config.timezone:
            place = os.path.relpath(os.path.join(desk.root, FILE))
            raise BadInput(f"{name!r} is no time zone; write one like Europe/Paris", field="timezone").at(place)
        return zone

    return Zones(desk.config.timezone, find)


def find_zone(name: str) -> tzinfo | None:
    """Returns the zone of this name, whose letter case does not matter; None if there is none."""
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        found = {each.lower(): each for each in available_timezones()}.get(name.lower())
        return ZoneInfo(found) if found else None
