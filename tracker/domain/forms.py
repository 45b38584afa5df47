"""A development as a form in TOML, which ``tracker add -e`` opens in $EDITOR.

::

    typed values ──form──▶ TOML with a comment on every field ──an editor──▶ TOML ──read──▶ typed values

A field that stays empty has no value. A mistake is marked above its line, in a comment that the next reading
ignores. Only LF ends a line, as editors and TOML count lines. Typed values are those of ``drafts.py``. This module
is pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from msgspec import Struct, structs

from tracker.domain import figures
from tracker.domain import values as event_values
from tracker.domain.events import (
    LISTS,
    REFERENCES,
    TYPED_OF_IMAGE,
    Event,
    Field,
    Figure,
    Image,
    Saying,
    Source,
    fields_of,
)
from tracker.errors import BadInput, Unknown
from tracker.text import toml
from tracker.text.date_phrases import as_typed
from tracker.text.dates import Occurred

MARK = "#>>> "
"""The beginning of a line that marks a mistake. A text with such a line in it is written as one escaped string."""

LEFT_OUT = ("id", "recorded", "editor", "salt", "hash", "format", "slug", "was")
"""Fields that a form does not have."""

Values = dict[str, Any]

_TABLES: Mapping[str, tuple[type[Struct], str]] = {
    "image": (Image, "picture"),
    "sayings": (Saying, "speaker"),
    "sources": (Source, "source"),
}
"""The kinds of fields that are tables: the struct of each, and its name for editors."""

# Characters that a TOML string has to escape, or that end or reorder a line in an editor. Quotation marks and
# backslashes are not among them.
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Form:
    """The form of one type of event.

    ``intro`` has the sentences at the top, one a line. ``extra`` has fields of the form that are not of the event,
    each with its help text: the story, the reason of a correction. ``as_in`` names the development from which the
    sources in the form are copied.
    """

    def __init__(
        self, cls: type[Event], intro: Sequence[str], extra: Mapping[str, str] | None = None, as_in: str = ""
    ) -> None:
        self.cls = cls
        self.intro = intro
        self.as_in = as_in
        self.extra = dict(extra or {})
        fields = [field for field in fields_of(cls) if field.name not in LEFT_OUT and field.kind != "imported"]
        self.tables = {field.name: field.kind for field in fields if field.kind in _TABLES}
        self.fields = sorted((each for each in fields if each.name not in self.tables), key=_order)

    def text(self, typed: Mapping[str, Any]) -> str:
        """Returns the form with these typed values in it."""
        lines = [*(f"# {sentence}" for sentence in self.intro), ""]
        lines += [f"{name} = {_string(typed.get(name) or '')}  # {help}" for name, help in self.extra.items()]
        for field in self.fields:
            if field.name == "title" and self.cls.sentences:
                field = structs.replace(
                    field, help=f"{field.help}; by default a sentence made from the other fields", required=False
                )
            lines += _field_lines(field, typed.get(field.name))
        if "image" in self.tables:
            lines += _image_lines(typed.get("image") or {})
        for name, kind in self.tables.items():
            if kind == "sayings":
                lines += ["", "# Further speakers of it. For another one, copy these lines."]
                lines += _table_lines(name, Saying, typed.get(name) or ())
        if "sources" in self.tables:
            same = f", as it stands the same as {self.as_in}: change it where that is not so" if self.as_in else ""
            lines += ["", f"# Where it was read{same}. For another source, copy these lines."]
            lines += _table_lines("sources", Source, typed.get("sources") or ())
        return "\n".join(lines) + "\n"

    def read(self, text: str, place: str) -> Values:
        """Returns the typed values of a form, without empty ones.

        Raises BadInput: with ``place`` and line if the text is not TOML, else with the field.
        """
        values = toml.read(text.encode("utf-8", "surrogatepass"), place, real=str)
        typed: Values = {}
        for name, value in values.items():
            kind = self._kind(name)
            read = _READERS.get(kind, _text)(value, name)
            if read not in ("", [], {}, False):
                typed[name] = read
        return typed

    def _kind(self, name: str) -> str:
        if name in self.extra:
            return "line"
        kinds = {field.name: field.kind for field in self.fields} | self.tables
        if name not in kinds:
            raise BadInput(str(Unknown("field", name, [*self.extra, *kinds])), field=name)
        return kinds[name]


Elsewhere = Callable[[str, str], int]
"""Returns the number of an event of another story by its slug and id; 0 if there is none."""


def typed_of(event: Event, places: Mapping[str, int], elsewhere: Elsewhere = lambda slug, id: 0) -> Values:
    """Returns an event's fields as an editor types them. ``places`` has the numbers of the story's events by
    id."""
    typed: Values = {}
    stored = event_values.to_values(event)
    for field in fields_of(type(event)):
        value = stored.get(field.name)
        if value is None or field.name in LEFT_OUT or field.kind == "imported":
            continue
        if field.kind == "ref":
            value = f"#{places[value]}"
        elif field.kind in REFERENCES:
            value = [reference_as_typed(each, places, elsewhere) for each in value]
        elif field.kind == "figures":
            value = [figure_as_typed(Figure(**each), event) for each in value]
        elif field.kind == "money":
            value = figures.money_in_words(value)
        elif field.kind == "image":
            value = {name: value[name] for name in TYPED_OF_IMAGE if name in value}
        elif field.kind == "date":
            value = as_typed(value)
        elif field.kind == "sources":
            value = [source_as_typed(each) for each in value]
        typed[field.name] = list(value) if isinstance(value, tuple) else value
    return typed


def reference_as_typed(stored: str, places: Mapping[str, int], elsewhere: Elsewhere) -> str:
    """Returns ``#7`` or ``other#7`` for an id as events store it. An id of no event stays as it is."""
    slug, _, id = stored.rpartition("#")
    seq = elsewhere(slug, id) if slug else places.get(id, 0)
    return f"{slug}#{seq}" if seq else stored


def source_as_typed(source: Values) -> Values:
    """Returns a source with its date as an editor types it."""
    published = source.get("published")
    return {**source, "published": as_typed(published)} if published else source


def figure_as_typed(figure: Figure, event: Event) -> Any:
    """Returns a figure in its notation, or its values by field if the notation cannot give it or gives it another
    party."""
    whose = getattr(event, "company", "") or next(iter(getattr(event, "parties", ())), "")
    typed = structs.replace(figure, as_of=Occurred(as_typed(figure.as_of))) if figure.as_of else figure
    notation = figures.notation(typed) if figure.party in ("", whose) else ""
    return notation or event_values.to_values(figure)


def marked(text: str, reason: str, field: str, line: int = 0) -> str:
    """Returns the text with the reason above the line of the mistake: the line of this number or, without one,
    that of the field. A mark at the top points to a mistake further down."""
    text = unmarked(text)
    number = line or _line_of(text, field) or 1
    lines = text.split("\n")
    message = f"{field}: {reason}" if field else reason
    lines.insert(number - 1, f"{MARK}{' '.join(message.split())}")
    if number > 1:
        lines.insert(0, f"{MARK}not recorded yet: what is wrong is said below, above its line")
    return "\n".join(lines)


def unmarked(text: str) -> str:
    """Returns the text without the marks of earlier mistakes."""
    return "\n".join(line for line in text.split("\n") if not line.startswith(MARK.rstrip()))


def _line_of(text: str, field: str) -> int:
    """Returns the number of a field's line, or 0 if it has none. An index in ``field`` skips empty items."""
    path = toml.path_of(field.removeprefix("changes."))
    if len(path) > 1 and isinstance(path[1], int):
        items = toml.read(text.encode("utf-8", "surrogatepass"), "form").get(str(path[0]))
        filled = [place for place, each in enumerate(items) if _is_filled(each)] if isinstance(items, list) else []
        path[1:2] = filled[path[1] : path[1] + 1]
    return toml.line_of(text, path) if path else 0


def _is_filled(item: Any) -> bool:
    """Whether an item of a list has a value. Empty items are skipped and not numbered."""
    if isinstance(item, dict):
        return any(_is_filled(each) for each in item.values())
    return not isinstance(item, str) or bool(item.strip())


# Writing.


def _order(field: Field) -> int:
    """Returns a field's rank in the form: the title, the type's own fields, the date, then the other fields."""
    if field.name == "title":
        return 0
    return _LATER.get(field.name, 1)


_LATER = {
    **{"occurred": 2, "occurred_as": 3, "parties": 4, "closes": 5, "also_closes": 5, "see": 5, "closes_as": 6},
    **{"key": 7, "tags": 7, "place": 7, "at": 7, "minor": 7, "backfilled": 7, "figures": 8, "body": 9},
}


def _field_lines(field: Field, value: Any) -> list[str]:
    """Returns the lines of a field, with its help text as a comment."""
    help = " ".join(field.help.split()) + (" (required)" if field.required else "")
    if field.kind == "prose":
        return [f"# {field.name}: {help}", f"{field.name} = {_prose(value or '')}"]
    if field.kind == "flag":
        return [f"{field.name} = {'true' if str(value).lower() in _YES else 'false'}  # {help}"]
    if field.kind == "figures":
        comment = f'# figures: one text each, such as "{figures.EXAMPLE}"'
        return [comment, f"figures = {_listed(value or ())}"]
    if field.kind in LISTS:
        return [f"{field.name} = {_listed(value or ())}  # {help}; a list of texts"]
    return [f"{field.name} = {_string(value or '')}  # {help}"]


def _image_lines(image: Mapping[str, Any]) -> Iterator[str]:
    yield "\n# A picture of it. Empty its file to show none."
    yield "[image]"
    for field in fields_of(Image):
        if field.name in TYPED_OF_IMAGE:
            yield f"{field.name} = {_string(image.get(field.name) or '')}  # {field.help}"


def _table_lines(name: str, cls: type[Struct], items: Sequence[Any]) -> Iterator[str]:
    """Yields the lines of a list of tables; of an empty one, if there is none."""
    for number, item in enumerate(items or ({},)):
        if number:
            yield ""
        yield f"[[{name}]]"
        for field in fields_of(cls):
            yield f"{field.name} = {_string(item.get(field.name) or '')}" + ("" if number else f"  # {field.help}")


_YES = ("true", "yes")


def _string(text: Any) -> str:
    """Returns a TOML string. TOML has all escapes of JSON."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(str(text), ensure_ascii=False))


def _prose(text: str) -> str:
    """Returns a TOML string of several lines, or an escaped one if the text needs escapes."""
    if "'''" in text or _ESCAPED.search(text) or text != unmarked(text):
        return _string(text)
    return f"'''\n{text}\n'''" if text else "'''\n'''"


def _listed(values: Sequence[Any]) -> str:
    items = [_inline(each) if isinstance(each, Mapping) else _string(each) for each in values]
    if len(items) < 2:
        return f"[{', '.join(items)}]"
    return "[\n" + "".join(f"  {item},\n" for item in items) + "]"


def _inline(values: Mapping[str, Any]) -> str:
    pairs = (f"{key} = {'true' if value is True else _string(value)}" for key, value in values.items())
    return f"{{ {', '.join(pairs)} }}"


# Reading.


def _text(value: Any, field: str) -> str:
    """Returns a text. The editor may write numbers and dates without quotation marks. Raises BadInput."""
    if isinstance(value, bool) or not isinstance(value, (str, int, date, time, datetime)):
        raise BadInput('has to be a text in quotation marks, like "…"', field=field)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).strip()


def _texts(value: Any, field: str) -> list[str]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise BadInput('has to be a list of texts, like ["…", "…"]', field=field)
    return [_text(each, f"{field}[{number}]") for number, each in enumerate(filter(_is_filled, value))]


def _figures(value: Any, field: str) -> list[Any]:
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        return list(filter(_is_filled, value))
    return _texts(value, field)


def _tables(kind: str) -> Callable[[Any, str], list[Values]]:
    """Returns a function that returns those tables of a list which have a value. It raises BadInput."""
    cls, noun = _TABLES[kind]

    def read(value: Any, field: str) -> list[Values]:
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise BadInput(f"each {noun} begins with a line [[{field}]]", field=field)
        return [
            _table(each, f"{field}[{number}]", noun, [known.name for known in fields_of(cls)])
            for number, each in enumerate(filter(_is_filled, value))
        ]

    return read


def _image(value: Any, field: str) -> Values:
    """Returns the texts of the picture that are not empty; none if it has no file. Raises BadInput."""
    if not isinstance(value, dict):
        raise BadInput("the picture begins with a line [image]", field=field)
    return _table(value, field, "picture", TYPED_OF_IMAGE)


def _table(values: Mapping[str, Any], field: str, noun: str, known: Sequence[str]) -> Values:
    """Returns the texts of a table that are not empty. Raises BadInput for a field that is not ``known``."""
    for name in values:
        if name not in known:
            raise BadInput(str(Unknown(f"field of a {noun}", name, known)), field=f"{field}.{name}")
    texts = {name: _text(each, f"{field}.{name}") for name, each in values.items()}
    return {name: text for name, text in texts.items() if text}


def _flag(value: Any, field: str) -> bool:
    if not isinstance(value, bool):
        raise BadInput("has to be true or false", field=field)
    return value


_READERS = {
    **dict.fromkeys(LISTS, _texts),
    "figures": _figures,
    "image": _image,
    "sayings": _tables("sayings"),
    "sources": _tables("sources"),
    "flag": _flag,
}
