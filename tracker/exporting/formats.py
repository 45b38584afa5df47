"""The formats of exports, by name."""

from __future__ import annotations

from collections.abc import Callable

from tracker.exporting import as_json, calendar_file, dossier, liveblog, table, timelinejs
from tracker.exporting.story import Exported

FORMATS: dict[str, Callable[[Exported], bytes]] = {
    "timelinejs": timelinejs.write,
    "timelinejs-csv": timelinejs.write_csv,
    "csv": table.write,
    "json": as_json.write,
    "markdown": dossier.write,
    "ics": calendar_file.write,
    "liveblog": liveblog.write,
}
"""The function that writes each format."""
