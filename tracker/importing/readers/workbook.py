"""XLSX. Dates are as precise as the cell's format shows them. A cell that is merged over several rows counts in
each of them."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from typing import Any

from tracker.errors import BadInput, Unknown
from tracker.importing.records import Document, Options, check_entities, load, needs, rows_to_records

MOST_UNPACKED = 100_000_000
"""The largest size of a workbook when it is unpacked, in bytes."""

MOST_CELLS = 1_000_000
"""The largest number of cells of a sheet, empty ones included."""


def read_xlsx(path: str, options: Options) -> Document:
    data = load(path)
    has_formulas = _check(data)
    openpyxl = needs("openpyxl")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        formulas = openpyxl.load_workbook(io.BytesIO(data)) if has_formulas else None
    except Exception as error:  # the library documents no errors
        raise BadInput(f"is no workbook that can be read: {type(error).__name__}: {error}") from None
    names = [each.title for each in book.worksheets]
    if options.sheet and options.sheet not in names:
        raise BadInput(str(Unknown("sheet", options.sheet, names, f"There are: {', '.join(names)}.")))
    if not names:
        raise BadInput("has no sheet with cells")
    name = options.sheet or names[0]
    sheet = book[name]
    if sheet.max_row * sheet.max_column > MOST_CELLS:
        raise BadInput(
            f"sheet {name!r}: has {sheet.max_row:,} rows and {sheet.max_column:,} columns; delete empty ones"
        )
    texts = _texts(sheet, formulas[name] if formulas else None)
    _spread(sheet, texts, options.header)
    rows = [(number, f"row {number}", cells) for number, cells in enumerate(texts, 1)]
    others = tuple(
        f"sheet {each!r} is not read; name it in the mapping with sheet" for each in names if each != name
    )
    return Document(rows_to_records(rows, options.header), lost=others if not options.sheet else ())


def _check(data: bytes) -> bool:
    """Refuses (BadInput) what is no workbook, or would unpack to more than there may be. Returns whether it has
    formulas."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadInput("is an old or encrypted workbook; save it as .xlsx, without a password")
    has_formulas = False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
            if unpacked > MOST_UNPACKED:
                most = MOST_UNPACKED // 1_000_000
                raise BadInput(f"unpacks to {unpacked / 1e6:,.0f} MB; {most} MB is the most")
            for each in archive.infolist():
                if each.filename.endswith((".xml", ".rels")):
                    part = archive.read(each)
                    check_entities(part)
                    has_formulas = has_formulas or b"<f>" in part or b"<f " in part
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise BadInput(f"is no .xlsx workbook: {error}") from None
    return has_formulas


def _texts(sheet: Any, formulas: Any) -> list[list[str]]:
    texts = []
    for row in sheet.iter_rows():
        cells = []
        for cell in row:
            if formulas is not None and cell.value is None:
                stated = formulas[cell.coordinate].value if not _is_merged(cell) else None
                if isinstance(stated, str) and stated.startswith("="):
                    raise BadInput(
                        f"row {cell.row}, cell {cell.coordinate}: has a formula without its value; save the file"
                        " in a spreadsheet"
                    )
            cells.append(_text(cell))
        texts.append(cells)
    return texts


def _is_merged(cell: Any) -> bool:
    return not hasattr(cell, "number_format")


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if getattr(cell, "data_type", "") == "e":
        raise BadInput(f"row {cell.row}, cell {cell.coordinate}: has the error {value}; correct it")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date)):
        return _date_text(value, cell.number_format.lower())
    if isinstance(value, time):
        return value.isoformat(timespec="seconds" if value.second else "minutes")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _date_text(value: date, format: str) -> str:
    """Returns a date as precise as its cell shows it: ``2024``, ``2024-03``, ``2024-03-15`` or with the time."""
    if isinstance(value, datetime) and ("h" in format or value.time() != time()):
        return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
    if "d" not in format:
        return f"{value:%Y-%m}" if "m" in format else f"{value:%Y}"
    return f"{value:%Y-%m-%d}"


def _spread(sheet: Any, texts: list[list[str]], header: int) -> None:
    """Puts the value of a merged cell into every row of it. Refuses (BadInput) one that spans several columns of
    the table, because it is not known to which of them its value belongs."""
    for merged in sheet.merged_cells.ranges:
        if merged.max_row < header:
            continue  # a title above the table
        if merged.max_col > merged.min_col:
            place = f"row {merged.min_row}, cells {merged.coord}"
            raise BadInput(f"{place}: are merged over several columns; unmerge them")
        for row in range(merged.min_row, merged.max_row):
            texts[row][merged.min_col - 1] = texts[merged.min_row - 1][merged.min_col - 1]
