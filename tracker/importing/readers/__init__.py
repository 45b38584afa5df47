"""The formats of files, each with the module that reads it. A module is imported when its format is read.

A plugin adds a format by the entry point ``tracker.importers``: a function from a path to records, which are
dictionaries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from tracker.errors import BadInput, TrackerError, Unknown
from tracker.importing.records import MOST_RECORDS, Document, Options, Record

FORMATS = {
    **dict.fromkeys(("csv", "tsv", "tracker-csv"), "delimited"),
    "xlsx": "workbook",
    **dict.fromkeys(("json", "jsonl", "yaml"), "structured"),
    "feed": "feed",
    "ics": "calendar",
    **dict.fromkeys(("frontmatter", "markdown-table", "changelog"), "markdown"),
}
"""The module below this package by the name of the format."""

OWN = "tracker-csv"
"""The format of the tables that ``tracker export --as csv`` writes. Each row says itself what event it is."""

SEARCHABLE = ("json", "yaml")
"""Formats in which a mapping says with ``records`` where the records are."""

GROUP = "tracker.importers"
"""The group of entry points of plugins."""


def read(format: str, path: str, options: Options) -> Document:
    """Returns the records of a file. Raises BadInput with the path and the place, Unknown if there is no such
    format."""
    try:
        if format in FORMATS:
            reader = import_module(f"tracker.importing.readers.{FORMATS[format]}")
            document: Document = getattr(reader, f"read_{format.replace('-', '_')}")(path, options)
        else:
            document = _read_by_plugin(format, path)
    except BadInput as error:
        raise error.at(path) from None
    if len(document.records) > MOST_RECORDS:
        raise BadInput(f"{path}: has {len(document.records):,} records; {MOST_RECORDS:,} is the most. Split it")
    return document


Reader = Callable[[str], Iterable[Any]]
"""The function of a plugin."""


def plugins() -> dict[str, Callable[[], Reader]]:
    """Returns the functions that load the plugins' functions, by the name of the format."""
    from importlib.metadata import entry_points

    return {each.name: each.load for each in entry_points(group=GROUP)}


def check_format(format: str) -> None:
    """Refuses (Unknown) a format that neither tracker nor a plugin reads."""
    if format not in FORMATS and format not in plugins():
        raise Unknown("format", format, FORMATS, f"A plugin can add one (entry point {GROUP}).")


def _read_by_plugin(format: str, path: str) -> Document:
    """Returns the records of a plugin's function. Any error of the plugin is a refusal."""
    try:
        found = list(plugins()[format]()(path))
    except TrackerError:
        raise
    except Exception as error:
        raise BadInput(f"the plugin {format} fails: {type(error).__name__}: {error}") from error
    for number, each in enumerate(found, 1):
        if not isinstance(each, dict) or not all(isinstance(name, str) for name in each):
            raise BadInput(f"record {number}: the plugin {format} returns {type(each).__name__}, not a dictionary")
    return Document([Record(each, f"record {number}") for number, each in enumerate(found, 1)], found)
