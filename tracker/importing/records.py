"""Records of a file, the limits of files, and the errors that a reader raises."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from msgspec import Struct

from tracker import extras
from tracker.errors import BadInput

MOST_BYTES = 50_000_000
"""The largest size of a file, in bytes."""

MOST_RECORDS = 100_000
"""The largest number of records of a file."""


class Record(Struct, frozen=True):
    """One record of a file.

    Attributes: ``values`` are its values by name: texts, numbers, lists and tables, as in JSON. ``place`` says
    where it stands, such as ``row 7``. ``cells`` has the cell of each column, such as ``B7``.
    """

    values: dict[str, Any]
    place: str
    cells: Mapping[str, str] = {}

    def where(self, names: Sequence[str] = ()) -> str:
        """Returns the place for a refusal: ``row 7, cell B7 (Date)``. ``names`` are those that are meant."""
        if not names:
            return self.place
        first = names[0]
        if cell := self.cells.get(first):
            return f"{self.place}, cell {cell} ({first})"
        return f"{self.place}, {', '.join(names)}"


class Document(Struct, frozen=True):
    """A file that was read: its records, the value at its top (``root``), and sentences on parts of it that no
    record has (``lost``)."""

    records: list[Record]
    root: Any = None
    lost: tuple[str, ...] = ()


class Options(Struct, frozen=True):
    """The keys of a mapping that readers use. ``records`` is a JMESPath, ``header`` the number of the row with the
    names of the columns."""

    records: str = ""
    header: int = 1
    sheet: str = ""
    encoding: str = "utf-8"
    delimiter: str = ""


def load(path: str) -> bytes:
    """Returns the bytes of a regular file. Raises BadInput if it cannot be read or is too large."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise BadInput("is not a regular file")
        if status.st_size > MOST_BYTES:
            most = MOST_BYTES // 1_000_000
            raise BadInput(f"has {status.st_size / 1e6:,.0f} MB; {most} MB is the most. Split it")
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}") from None
    if data.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
        raise BadInput("is compressed; unpack it first")
    if not data.strip():
        raise BadInput("is empty")
    return data


def text_of(data: bytes, encoding: str = "utf-8") -> str:
    """Returns the text of a file, without a byte order mark. Raises BadInput with the line of a wrong byte."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and not encoding.lower().startswith("utf-16"):
        raise BadInput('is UTF-16; save it as UTF-8, or add encoding = "utf-16" to the mapping')
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f"line {line}: byte {error.start + 1} (0x{data[error.start]:02x}) is not {encoding.upper()}; save the"
            ' file as UTF-8, or name its encoding in the mapping, such as encoding = "cp1252"'
        ) from None
    except LookupError:
        raise BadInput(f"{encoding!r} is no encoding; write one like utf-8 or cp1252", field="encoding") from None
    if (at := text.find("\0")) >= 0:
        line = text.count("\n", 0, at) + 1
        raise BadInput(
            f"line {line}: has a zero byte. Is the file UTF-16? Save it as UTF-8, or add"
            ' encoding = "utf-16-le" to the mapping'
        )
    return text


def needs(package: str) -> Any:
    """Returns a package of the extra ``import``. Raises BadInput, with the command that installs it."""
    try:
        return import_module(package)
    except ImportError:
        raise BadInput(f"{package} is missing; import needs {extras.needed('import')}") from None


def check_entities(data: bytes) -> None:
    """Refuses (BadInput) XML that declares entities, which can expand to any size."""
    plain = data.replace(b"\0", b"")  # UTF-16
    if (at := plain.find(b"<!ENTITY")) >= 0:
        line = plain.count(b"\n", 0, at) + 1
        raise BadInput(f"line {line}: declares an entity of XML, which could expand to any size; remove it")


def column(number: int) -> str:
    """Returns the letters of a column by its number from 0: A, B, …, Z, AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def rows_to_records(rows: Sequence[tuple[int, str, Sequence[str]]], header: int) -> list[Record]:
    """Returns the records of a table. A row has its number, its place and its cells; row ``header`` has the names
    of the columns. Empty rows are left out. Raises BadInput."""
    named = next(((number, cells) for number, _, cells in rows if number == header), None)
    if named is None or not any(each.strip() for each in named[1]):
        raise BadInput(f"row {header}: has no names of columns; say in the mapping which row has them: header = 1")
    names = [" ".join(each.split()) for each in named[1]]
    for at, name in enumerate(names):
        if name and name in names[:at]:
            twice = f"cells {column(names.index(name))}{header} and {column(at)}{header}"
            raise BadInput(f"row {header}, {twice}: two columns are named {name!r}; rename one")
    records = []
    for number, place, cells in rows:
        if number <= header or not any(each.strip() for each in cells):
            continue
        if [" ".join(each.split()) for each in cells] == names:
            raise BadInput(
                f"{place}: repeats the names of the columns; are these two tables, one below the other?"
            )
        beyond = next(
            (at for at, each in enumerate(cells) if each.strip() and (at >= len(names) or not names[at])), None
        )
        if beyond is not None:
            raise BadInput(
                f"{place}, cell {column(beyond)}{number}: the column has no name in row {header}; name it, or is"
                " there a separator too many in the row?"
            )
        values = {name: cells[at].strip() if at < len(cells) else "" for at, name in enumerate(names) if name}
        where = {name: f"{column(at)}{number}" for at, name in enumerate(names) if name}
        records.append(Record(values, place, where))
    return records
