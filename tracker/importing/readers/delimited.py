"""CSV and TSV. Quotation is strict: a file that a spreadsheet would repair by guessing is refused."""

from __future__ import annotations

import csv
import io
import re

from tracker.errors import BadInput
from tracker.importing.records import MOST_BYTES, Document, Options, column, load, rows_to_records, text_of
from tracker.text.formulas import text_of as text_of_cell

_FORMULA = r"=[A-Za-z]+[(0-9]"


def read_csv(path: str, options: Options) -> Document:
    return _read(path, options, options.delimiter or ",")


def read_tsv(path: str, options: Options) -> Document:
    return _read(path, options, options.delimiter or "\t")


def read_tracker_csv(path: str, options: Options) -> Document:
    return _read(path, options, ",")


def _read(path: str, options: Options, delimiter: str) -> Document:
    text = text_of(load(path), options.encoding)
    csv.field_size_limit(MOST_BYTES)  # a cell that is too long is refused later, with its field
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, str, list[str]]] = []
    line = 1
    try:
        for number, cells in enumerate(reader, 1):
            place = f"row {number}" if line == number else f"row {number} (line {line})"
            rows.append((number, place, [_cell(each, place, at, number) for at, each in enumerate(cells)]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(
            f"row {len(rows) + 1} (line {line}): is not CSV: {error}; check the quotation marks"
        ) from None
    header = next((cells for number, _, cells in rows if number == options.header), [])
    if len(header) == 1 and (other := next((each for each in ";\t|," if header[0].count(each)), "")):
        written = other.replace("\t", "\\t")
        raise BadInput(f'row {options.header}: is one cell; add delimiter = "{written}" to the mapping')
    return Document(rows_to_records(rows, options.header))


def _cell(text: str, place: str, at: int, number: int) -> str:
    if re.match(_FORMULA, text):
        raise BadInput(f"{place}, cell {column(at)}{number}: is a formula; save the file with values")
    return text_of_cell(text)
