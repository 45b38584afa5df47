"""Write a story as JSON: what ``tracker show --json --full`` prints."""

from __future__ import annotations

from tracker.exporting.story import Exported
from tracker.text import printable
from tracker.views.as_json import story_shape


def write(exported: Exported) -> bytes:
    """Return the shape of a story in full."""
    shape = story_shape(exported.story, exported.as_of, exported.known_at, exported.numbers, full=True)
    return f"{printable.as_json(shape)}\n".encode()
