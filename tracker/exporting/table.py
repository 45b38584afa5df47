"""Write a story as a table (CSV) with all that it takes to record it again, and read such a table.

A row is a development that stands, corrected, in the order of the log. It has no amendments, and a development
that was withdrawn has no row. A column is a field of the developments; fields of single types have a column if a
development has such a field. How a value is written in its cell:

==========================  ============================================================================
value                       cell
==========================  ============================================================================
a text                      as it is; in several lines if it has several
a date                      EDTF, such as 2024-03~; words where EDTF would be misread, such as spring 2020
parties, tags               one a line
figures                     one a line, as ``--figure`` takes it; a JSON object with its fields if that
                            cannot give it, or gives it another party
sources                     one a line: its address, or a JSON object with its fields
speakers beside the first   one a line, each a JSON object
a reference                 the id of the other row; ``story#id`` for a development of another story
yes or no                   yes, or empty
a picture                   its address, and three columns for its description, its credit and its caption
==========================  ============================================================================

A reference to a development without a row is left out: what it would end or be about is not there. The columns
behind ``recorded`` are for readers, and are not read back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec import structs

from tracker.domain import values as event_values
from tracker.domain.amend import Development
from tracker.domain.events import TYPED_OF_IMAGE, Closer, Occurrence, fields_of, kind_of
from tracker.domain.forms import figure_as_typed, source_as_typed
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.errors import BadInput
from tracker.exporting import cells
from tracker.exporting.story import Exported, occurrence, stands
from tracker.feeds import paths
from tracker.text.date_phrases import as_typed

FIRST = ("id", "type", "title", "occurred", "occurred_as", "body", "parties", "figures", "sources", "closes")
"""The columns that every table has in front, in this order. Those of single fields follow."""

IMAGE = {"file": "image", "alt": "image_alt", "credit": "image_credit", "caption": "image_caption"}
"""The columns of a picture, by the field that each has."""

LAST = ("recorded", "standing now", "page")
"""The columns for readers. No field has a name with a space in it, nor one of the others."""

_LEFT_OUT = {"recorded", "salt", "hash", "format", "slug", "was", "imported", "backfilled"}

Typed = dict[str, Any]


def write(exported: Exported) -> bytes:
    """Return the table, in UTF-8 with a byte order mark, by which spreadsheets recognise it."""
    developments = [each for each in exported.story.developments if stands(each)]
    ids = {each.id for each in developments}
    rows = [_row(each, ids, exported.config.url, exported.story.slug) for each in developments]
    own = dict.fromkeys(name for row in rows for name in row if name not in (*FIRST, *LAST))
    columns = (*FIRST, *own, *LAST)
    return (cells.BOM + cells.write(columns, ([row.get(name, "") for name in columns] for row in rows))).encode()


def _row(development: Development, ids: set[str], url: str, slug: str) -> dict[str, str]:
    event = _without_dangling(occurrence(development), ids)
    row = {"type": development.type}
    for field in fields_of(type(event)):
        value = event_values.value_of(event, field.name) if field.name not in _LEFT_OUT else None
        if value is not None and field.kind == "image":
            row |= {IMAGE[name]: value[name] for name in TYPED_OF_IMAGE if name in value}
            row["image"] = url + paths.media(value["file"])
        elif value is not None and field.kind == "figures":
            row[field.name] = _figures(event)
        elif value is not None:
            row[field.name] = _CELLS.get(field.kind, str)(value)
    page = url + paths.development(slug, development.seq)
    return row | {"recorded": event.recorded, "standing now": development.standing, "page": page}


def _without_dangling(event: Occurrence, ids: set[str]) -> Occurrence:
    """Return the event without references to events that have no row."""
    changes: Typed = {}
    for field in fields_of(type(event)):
        value = getattr(event, field.name)
        if field.kind == "ref" and field.name != "id" and value and value not in ids:
            changes[field.name] = ""
        elif field.kind in ("refs", "links"):
            changes[field.name] = tuple(each for each in value if "#" in each or each in ids)
        elif field.kind == "figures":
            changes[field.name] = tuple(
                each if each.about in ids else structs.replace(each, about="") for each in value
            )
    if isinstance(event, Closer) and changes.get("closes") == "":
        changes |= {"unopened": True}
    return structs.replace(event, **changes)


def _lines(values: Iterable[str]) -> str:
    return "\n".join(values)


def _flag(value: bool) -> str:
    return "yes" if value else ""


def _json(value: Typed) -> str:
    return json.dumps(value, ensure_ascii=False)


def _figures(event: Occurrence) -> str:
    typed = [figure_as_typed(each, event) for each in event.figures]
    return _lines(
        each if isinstance(each, str) and not each.startswith("{") else _json(event_values.to_values(figure))
        for each, figure in zip(typed, event.figures, strict=True)
    )


def _source(value: Typed) -> str:
    return value["url"] if value.keys() == {"url"} else _json(source_as_typed(value))


_CELLS: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(("parties", "refs", "links", "tags"), _lines),
    "date": as_typed,
    "flag": _flag,
    "sources": lambda values: _lines(map(_source, values)),
    "sayings": lambda values: _lines(map(_json, values)),
}
"""The cell of a value, by the kind of its field; others are texts."""


# Reading.


def read(text: str, glossary: Glossary = BUILT_IN) -> Iterator[Typed]:
    """Yield the typed values of each row, as ``drafts.values`` takes them, with the id of the row. A picture is
    given by the name of its file. Raises BadInput, with the column, for a type that is not known and for JSON that
    is cut off."""
    for row in cells.read(text):
        yield typed_of(row, glossary)


def typed_of(row: Mapping[str, str], glossary: Glossary = BUILT_IN) -> Typed:
    """Return the typed values of one row, as ``read`` does. Raises BadInput, Unknown."""
    cls = glossary.of(row.get("type", ""))
    typed: Typed = {"type": row["type"]}
    for name, cell in row.items():
        kind = kind_of(cls, name)
        if kind and kind != "image" and name not in LAST:
            typed[name] = _READERS.get(kind, _text)(cell, name)
    image = {name: row[column] for name, column in IMAGE.items() if column in row}
    if kind_of(cls, "image") == "image" and image:
        typed["image"] = image | {"file": image.get("file", "").rpartition("/")[2]}
    return typed


def _text(cell: str, name: str) -> str:
    return cell


def _split(cell: str, name: str) -> list[str]:
    return cell.split("\n")


def _objects(cell: str, name: str) -> list[Any]:
    return [_object(each, name) if each.startswith("{") else each for each in cell.split("\n")]


def _object(line: str, name: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise BadInput(f"{line!r} is not a JSON object", field=name) from None


def _sources(cell: str, name: str) -> list[Any]:
    return [each if isinstance(each, dict) else {"url": each} for each in _objects(cell, name)]


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    **dict.fromkeys(("parties", "refs", "links", "tags"), _split),
    **dict.fromkeys(("figures", "sayings"), _objects),
    "sources": _sources,
    "flag": lambda cell, name: cell.strip().lower() in ("yes", "true", "1"),
}
