"""Write tables as CSV (RFC 4180) that no spreadsheet takes for formulas, and read them back. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from tracker.text.formulas import harmless, text_of

BOM = "\ufeff"
"""The mark with which spreadsheets recognise UTF-8."""


def write(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table. Its first line has the names of the columns."""
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(columns)
    writer.writerows(map(harmless, row) for row in rows)
    return made.getvalue()


def read(text: str) -> Iterator[dict[str, str]]:
    """Yield each row of a table as its cells that are not empty, by the name of their column."""
    for row in csv.DictReader(io.StringIO(text.removeprefix(BOM), newline=""), restkey=""):
        yield {name: text_of(cell) for name, cell in row.items() if name and cell}
