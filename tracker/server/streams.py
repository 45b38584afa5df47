"""One story of the desk for a request: its events as they are now."""

from __future__ import annotations

from tracker.errors import Unknown, shown
from tracker.events import Event
from tracker.names import is_slug
from tracker.workspace import Workspace

_SHOWN = 80


def events_of(desk: Workspace, slug: str) -> list[Event]:
    """The events of a story. Raises Unknown, also where no story can be called so, and CorruptLog."""
    try:
        if is_slug(slug):
            return list(desk.log.read(slug))
        raise Unknown("story", shown(slug, _SHOWN), desk.log.streams())
    except Unknown as error:
        raise error.with_remedy("api/stories lists them all") from None
