"""Write tables as CSV (RFC 4180) that no spreadsheet takes for formulas, and read them back. Pure.

A spreadsheet evaluates a cell that begins with ``=``, ``+``, ``-`` or ``@``, also behind white space, and with the
full-width forms of these (OWASP, *CSV Injection*). Such a cell gets an apostrophe in front. So does one that
already has apostrophes there, so that ``text_of`` takes away exactly what ``harmless`` added.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

_FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")

BOM = "\ufeff"
"""The mark with which spreadsheets recognise UTF-8."""


def harmless(text: str) -> str:
    """Return the cell of a text."""
    return f"'{text}" if _FORMULA.match(text) else text


def text_of(cell: str) -> str:
    """Return the text of a cell that ``harmless`` made, or that an editor typed."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell


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
