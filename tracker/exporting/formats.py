"""The formats of exports, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tracker.exporting import as_json, calendar_file, dossier, liveblog, table, timelinejs
from tracker.exporting.story import Exported


class ExportFormat(NamedTuple):
    """A format: the function that writes it, and what it is, in words."""

    write: Callable[[Exported], bytes]
    about: str


FORMATS = {
    "timelinejs": ExportFormat(timelinejs.write, "for TimelineJS"),
    "timelinejs-csv": ExportFormat(timelinejs.write_csv, "for its spreadsheet"),
    "csv": ExportFormat(table.write, "a table with all fields, for spreadsheets"),
    "json": ExportFormat(as_json.write, "what show --json --full prints"),
    "markdown": ExportFormat(dossier.write, "a dossier, to mail"),
    "ics": ExportFormat(calendar_file.write, "a calendar of its days and instants"),
    "liveblog": ExportFormat(liveblog.write, "schema.org's LiveBlogPosting"),
}
