"""A mapping: the TOML file that says what event a record becomes. It is checked as a whole when it is read.

docs/importing.md describes all keys. The tables ``[event]`` and ``[[when]]`` have the fields of the event's type,
each with a template. The value of a date may also be a table: ``{ start = "{from}", end = "{to}" }``, or the parts
of a date: ``{ year = "{Year}", month = "{Month}" }``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct, structs

from tracker.domain.events import Occurrence, Opened, Source, fields_of
from tracker.domain.glossary import Glossary
from tracker.errors import BadInput, TrackerError, Unknown
from tracker.importing import readers
from tracker.importing.records import Options, load
from tracker.importing.templates import Template, compiled, parse
from tracker.text import toml

FOLDER = os.path.join(os.path.dirname(__file__), "mappings")
"""The folder of the mappings that come with tracker."""

POLICIES = ("correct", "update", "ignore", "ask")
"""What the change of a field at the origin may become."""

TOLD_BY_UPDATES = ("title", "body", "tags", "place", "figures")
"""The fields whose changes an update can tell."""

PARTS = ("year", "month", "day", "hour", "minute", "second", "time")

EXAMPLE = 'title = "{name}"'


class Keys(Struct, frozen=True, forbid_unknown_fields=True):
    """The keys at the top of a mapping, as they are written."""

    format: str
    id: str
    event: dict[str, Any] = {}
    help: str = ""
    importer: str = ""
    pack: str = ""
    records: str = ""
    nested: str = ""
    skip: str = ""
    header: int = 1
    sheet: str = ""
    encoding: str = "utf-8"
    delimiter: str = ""
    order: Literal["oldest-first", "newest-first", "file"] = "oldest-first"
    undated: Literal["refuse", "skip"] = "refuse"
    gone: Literal["report", "window", "ignore"] = "report"
    timezone: str = ""
    dates: tuple[str, ...] = ()
    backfill: bool = False
    changed: str = ""
    changes: Literal["correct", "update", "ignore", "ask"] = "correct"
    html: tuple[str, ...] = ()
    shorten: tuple[str, ...] = ()
    when: tuple[dict[str, Any], ...] = ()
    fields: dict[str, str] = {}


Value = Any
"""A value of an event table: a Template, a list or a dictionary of them, or a bool."""


class When(Struct, frozen=True):
    """A condition, and the fields of events of which it is true."""

    condition: str
    fields: dict[str, Value]


class ImportMapping(Struct, frozen=True):
    """A checked mapping. ``name`` identifies the importer in the log. ``place`` is the file's name for
    refusals."""

    name: str
    place: str
    keys: Keys
    id: Template
    changed: Template
    event: dict[str, Value]
    whens: tuple[When, ...]

    @property
    def options(self) -> Options:
        named = {each: getattr(self.keys, each) for each in Options.__struct_fields__}
        return Options(**named)

    def policy(self, field: str, group: str = "") -> str:
        """Returns what a change of this field becomes; ``group`` is the field that has it (``figures``)."""
        named = self.keys.fields
        default = self.keys.changes
        if default == "update" and (group or field) not in TOLD_BY_UPDATES:
            default = "correct"
        return named.get(field) or named.get(group) or default

    def names(self) -> set[str]:
        """Returns the names and paths that the mapping uses. Those below ``up`` are of the list ``nested``."""
        tables = [self.event, *(each.fields for each in self.whens)]
        used = {name for template in (self.id, self.changed, *_templates(tables)) for name in template.names}
        nested = self.keys.nested
        inside = nested if re.fullmatch(r"[\w.]+", nested) else ""
        conditions = ["" if inside else nested, self.keys.skip, *(each.condition for each in self.whens)]
        used |= {name for text in conditions if text for name in Template(((text,),)).names}
        return {re.sub("^up(?=[.])", inside or "up", name).removeprefix("_links.") for name in used}


def shipped() -> list[str]:
    """Returns the names of the mappings that come with tracker."""
    return sorted(each.removesuffix(".toml") for each in os.listdir(FOLDER) if each.endswith(".toml"))


def text_of_mapping(mapping: str) -> tuple[bytes, str, str]:
    """Returns the bytes of a mapping, its name, and its place for refusals. ``mapping`` is a path or the name of
    one that comes with tracker. Raises Unknown, BadInput."""
    known = shipped()
    if mapping in known:
        return load(os.path.join(FOLDER, f"{mapping}.toml")), mapping, mapping
    if not mapping.endswith(".toml") and not os.path.exists(mapping):
        raise Unknown(
            "mapping", mapping, known, "tracker import --list lists them; or name a file that ends with .toml."
        )
    try:
        return load(mapping), os.path.splitext(os.path.basename(mapping))[0], mapping
    except BadInput as error:
        raise error.at(mapping) from None


def read(mapping: str, glossary: Glossary) -> ImportMapping:
    """Returns the mapping of this name or path. Raises BadInput with the file, the line, the table and the key."""
    text, name, place = text_of_mapping(mapping)
    return parse_mapping(text, name, place, glossary)


def parse_mapping(text: bytes, name: str, place: str, glossary: Glossary) -> ImportMapping:
    """Returns a mapping from its text. Raises BadInput."""
    values = toml.read(text, place, EXAMPLE)
    try:
        return _checked(values, name, place, glossary)
    except TrackerError as error:
        field = getattr(error, "field", "")
        line = toml.line_of(toml.decoded(text), toml.path_of(field)) if field else 0
        raise BadInput(f"{place}:{line}: {error}" if line else f"{place}: {error}") from None


def _checked(values: dict[str, Any], name: str, place: str, glossary: Glossary) -> ImportMapping:
    keys = toml.convert(values, Keys)
    try:
        readers.check_format(keys.format)
    except Unknown as error:
        raise BadInput(str(error), field="format") from None
    if keys.records and keys.format in readers.FORMATS and keys.format not in readers.SEARCHABLE:
        raise BadInput(f"belongs to the formats {' and '.join(readers.SEARCHABLE)}; leave it out", field="records")
    for each in ("records", "nested", "skip"):
        if (
            getattr(keys, each)
            and _template(each, f"{{{getattr(keys, each)}}}")
            and not compiled(getattr(keys, each))
        ):
            raise BadInput(f"{getattr(keys, each)!r} is no JMESPath", field=each)
    base = _fields(keys.event, "event")
    whens = tuple(_when(each, f"when[{number}]") for number, each in enumerate(keys.when))
    for table, fields in (
        ("event", base),
        *((f"when[{number}]", each.fields) for number, each in enumerate(whens)),
    ):
        if keys.format == readers.OWN:
            if fields:
                raise BadInput(f"each row of {keys.format} says what it is; leave it out", field=table)
            continue
        _check_type({**base, **fields}, fields, table, keys, glossary)
    for field, policy in keys.fields.items():
        _check_policy(field, policy, [base, *(each.fields for each in whens)])
    if "update" in (keys.changes, *keys.fields.values()) and not keys.changed:
        raise BadInput(
            'is missing; an update needs the time of the change, such as changed = "{modified}"', field="changed"
        )
    return ImportMapping(
        keys.importer or name,
        place,
        keys,
        _template("id", keys.id),
        _template("changed", keys.changed),
        base,
        whens,
    )


def _check_policy(field: str, policy: str, tables: Sequence[dict[str, Value]]) -> None:
    """Refuses (BadInput) what a change cannot become, and a field or figure that the mapping does not give."""
    path = f"fields.{field}"
    if policy not in POLICIES:
        raise BadInput(f"{policy!r} is none of {', '.join(POLICIES)}", field=path)
    mapped = {name for table in tables for name in table}
    if field in mapped:
        if policy == "update" and field not in TOLD_BY_UPDATES:
            raise BadInput(
                f"an update can tell {', '.join(TOLD_BY_UPDATES)}; a change of this is a correction", field=path
            )
        return
    stated = [template for table in tables for template in _templates(table.get("figures"))]
    names = [str(each.parts[0]).partition("=")[0].strip() for each in stated if isinstance(each.parts[0], str)]
    if field not in names and len(names) == len(stated):
        known = ", ".join(sorted(mapped - {"type"} | set(names)))
        raise BadInput(f"is no field and no figure of this mapping; there are: {known}", field=path)


def _when(table: Mapping[str, Any], path: str) -> When:
    condition = table.get("if")
    if not isinstance(condition, str):
        raise BadInput("is missing; say when it applies: if = \"status == 'resolved'\"", field=f"{path}.if")
    _template(f"{path}.if", f"{{{condition}}}")
    if compiled(condition) is None:
        raise BadInput(f"{condition!r} is no JMESPath", field=f"{path}.if")
    return When(condition, _fields({name: each for name, each in table.items() if name != "if"}, path))


def _fields(table: Mapping[str, Any], path: str) -> dict[str, Value]:
    return {name: _value(each, f"{path}.{name}") for name, each in table.items()}


def _value(value: Any, path: str) -> Value:
    if isinstance(value, str):
        return _template(path, value)
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return [_value(each, f"{path}[{number}]") for number, each in enumerate(value)]
    if isinstance(value, dict):
        return {name: _value(each, f"{path}.{name}") for name, each in value.items()}
    raise BadInput('has to be a text such as "{name}"', field=path)


def _template(path: str, text: str) -> Template:
    try:
        return parse(text)
    except BadInput as error:
        raise BadInput(error.reason, field=path) from None


def _templates(value: Value) -> Iterable[Template]:
    if isinstance(value, Template):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _templates(each)


def _check_type(
    whole: dict[str, Value], own: dict[str, Value], table: str, keys: Keys, glossary: Glossary
) -> None:
    """Refuses (BadInput, Unknown) a type that is not there, and fields that it does not have."""
    named = whole.get("type")
    type = "".join(map(str, named.parts)) if isinstance(named, Template) and not named.expressions else ""
    if not type:
        raise BadInput('is missing; name a type, such as type = "update"', field=f"{table}.type")
    cls = glossary.types.get(type)
    if cls is None:
        near = str(Unknown("type of event", type, glossary.types))
        remedy = f"copy it with tracker types add {keys.pack}" if keys.pack else "tracker types lists them all"
        raise BadInput(f"{near} {remedy[0].upper()}{remedy[1:]}.", field=f"{table}.type")
    if not issubclass(cls, Occurrence) or issubclass(cls, Opened):
        raise BadInput(f"{type} cannot be imported; name a type that tracker add records", field=f"{table}.type")
    if cls.redefined & {"imported", "backfilled"}:
        raise BadInput(f"this desk's type {type} has its own field imported or backfilled", field=f"{table}.type")
    kinds = {field.name: field.kind for field in fields_of(cls)}
    for name, value in own.items():
        if name == "type":
            continue
        path = f"{table}.{name}"
        if name not in kinds or name in (
            "id",
            "recorded",
            "salt",
            "hash",
            "imported",
            "backfilled",
            "image",
            "also",
        ):
            raise BadInput(f"{_why_no_field(name, type)}", field=path)
        _check_shape(kinds[name], value, path)


def _why_no_field(name: str, type: str) -> str:
    reasons = {
        "image": "pictures are not imported; leave it out",
        "backfilled": "is written above [event] as backfill = true",
        "also": "further speakers are not imported; leave it out",
    }
    return reasons.get(name, f"is no field of {type}; tracker types {type} lists them")


def _check_shape(kind: str, value: Value, path: str) -> None:
    if isinstance(value, dict) and kind == "date":
        names = PARTS if "year" in value else ("start", "end", "words")
        for name, each in value.items():
            if name not in names:
                raise BadInput(f"is none of {', '.join(names)}", field=f"{path}.{name}")
            if isinstance(each, dict):
                _check_shape(kind, each, f"{path}.{name}")
    elif kind == "sources":
        for number, each in enumerate(value if isinstance(value, list) else [value]):
            for name in each if isinstance(each, dict) else ["?"]:
                if name not in (*Source.__struct_fields__, "list"):
                    known = ", ".join((*Source.__struct_fields__, "list"))
                    raise BadInput(f"a source is a table with {known}", field=f"{path}[{number}]")
    elif isinstance(value, dict):
        raise BadInput('has to be a text such as "{name}"', field=path)
    elif isinstance(value, list) and kind not in ("parties", "tags", "refs", "links", "figures"):
        raise BadInput('has one value; write a text such as "{name}"', field=path)
    elif isinstance(value, bool) and kind != "flag":
        raise BadInput('has to be a text such as "{name}"', field=path)


def with_zone(mapping: ImportMapping, timezone: str) -> ImportMapping:
    """Returns the mapping with another time zone for dates that name none."""
    return structs.replace(mapping, keys=structs.replace(mapping.keys, timezone=timezone)) if timezone else mapping
