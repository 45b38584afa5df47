"""A development as a form in TOML, to be filled in with an editor: what ``tracker add -e`` opens.

::

    typed values ──form──▶ TOML with a comment on every field ──an editor──▶ TOML ──read──▶ typed values

What is left empty says nothing. A mistake is marked above its line, in a comment that the next reading ignores.
Lines end at LF and nowhere else, as editors and TOML count them. Typed values are those of ``drafts.py``. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tracker.domain import figures
from tracker.domain import values as event_values
from tracker.domain.events import Event, Field, Figure, Source, fields_of
from tracker.errors import BadInput, Unknown
from tracker.text import toml

MARK = "#>>> "
"""What a line begins with that says what was wrong. No text of several lines is written with such a line in it."""

LEFT_OUT = ("id", "recorded", "editor", "salt", "hash", "format", "slug", "was")
"""Fields that no form asks for."""

Values = dict[str, Any]

# What no TOML string holds as it is, other than quotation marks and backslashes, and what would end or reorder a
# line in an editor.
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Form:
    """The form of one type of event. ``extra`` are fields of the form that are none of the event's: the story it
    goes to, why something is corrected. ``intro`` is said at the top, a sentence a line; ``as_in`` names the
    development whose sources stand in it."""

    def __init__(
        self, cls: type[Event], intro: Sequence[str], extra: Mapping[str, str] | None = None, as_in: str = ""
    ) -> None:
        self.cls = cls
        self.intro = intro
        self.as_in = as_in
        self.extra = dict(extra or {})
        fields = [field for field in fields_of(cls) if field.name not in LEFT_OUT]
        self.sources = any(field.kind == "sources" for field in fields)
        self.fields = sorted((each for each in fields if each.kind != "sources"), key=_order)

    def text(self, typed: Mapping[str, Any]) -> str:
        """The form with these typed values in it."""
        lines = [*(f"# {sentence}" for sentence in self.intro), ""]
        lines += [f"{name} = {_string(typed.get(name) or '')}  # {help}" for name, help in self.extra.items()]
        for field in self.fields:
            if field.name == "title" and self.cls.sentences:
                field = field._replace(help=f"{field.help}; left out, it follows from the rest", required=False)
            lines += _field_lines(field, typed.get(field.name))
        if self.sources:
            lines += _source_lines(typed.get("sources") or (), self.as_in)
        return "\n".join(lines) + "\n"

    def read(self, text: str, place: str) -> Values:
        """The typed values of a form that was filled in; what is empty is left out.

        Raises BadInput: with ``place`` and line where it is not TOML, else with the field.
        """
        values = toml.read(text.encode("utf-8", "surrogatepass"), place, real=str)
        typed: Values = {}
        for name, value in values.items():
            kind = self._kind(name)
            read = _READERS.get(kind, _text)(value, name)
            if read not in ("", [], False):
                typed[name] = read
        return typed

    def _kind(self, name: str) -> str:
        if name in self.extra:
            return "line"
        if name == "sources" and self.sources:
            return "sources"
        kinds = {field.name: field.kind for field in self.fields}
        if name not in kinds:
            raise BadInput(str(Unknown("field", name, [*self.extra, *kinds])), field=name)
        return kinds[name]


def typed_of(event: Event, places: Mapping[str, int]) -> Values:
    """An event's fields as somebody would type them. ``places`` are the numbers of the story's events by id."""
    typed: Values = {}
    stored = event_values.to_values(event)
    for field in fields_of(type(event)):
        value = stored.get(field.name)
        if value is None or field.name in LEFT_OUT:
            continue
        if field.kind == "ref":
            value = f"#{places[value]}"
        elif field.kind == "figures":
            value = [_figure_as_typed(Figure(**each), event) for each in value]
        elif field.kind == "money":
            value = figures.money_in_words(value)
        typed[field.name] = list(value) if isinstance(value, tuple) else value
    return typed


def _figure_as_typed(figure: Figure, event: Event) -> Any:
    """A figure in its notation; field by field where that cannot say it or would give it to another party."""
    whose = getattr(event, "company", "") or next(iter(getattr(event, "parties", ())), "")
    notation = figures.notation(figure) if figure.party in ("", whose) else ""
    return notation or event_values.to_values(figure)


def marked(text: str, reason: str, field: str, line: int = 0) -> str:
    """The text with what is wrong said above its line (that of the field, where no line is given) and, where that
    is further down, with a word of it at the top."""
    text = unmarked(text)
    number = line or _line_of(text, field) or 1
    lines = text.split("\n")
    told = f"{field}: {reason}" if field else reason
    lines.insert(number - 1, f"{MARK}{' '.join(told.split())}")
    if number > 1:
        lines.insert(0, f"{MARK}not recorded yet: what is wrong is said below, above its line")
    return "\n".join(lines)


def unmarked(text: str) -> str:
    """The text without marks of earlier mistakes."""
    return "\n".join(line for line in text.split("\n") if not line.startswith(MARK.rstrip()))


def _line_of(text: str, field: str) -> int:
    path = toml.path_of(field.removeprefix("changes."))
    if len(path) > 1 and isinstance(path[1], int):
        items = toml.read(text.encode("utf-8", "surrogatepass"), "form").get(str(path[0]))
        said = [place for place, each in enumerate(items) if _says(each)] if isinstance(items, list) else []
        path[1:2] = said[path[1] : path[1] + 1]
    return toml.line_of(text, path) if path else 0


def _says(item: Any) -> bool:
    """Whether an item of a list says anything. Those that do not are passed over, and have no number."""
    if isinstance(item, dict):
        return any(_says(each) for each in item.values())
    return not isinstance(item, str) or bool(item.strip())


# Writing.


def _order(field: Field) -> int:
    """What happened and the type's own fields first, then when, then the rest; long texts after short ones."""
    if field.name == "title":
        return 0
    return _LATER.get(field.name, 1)


_LATER = {"occurred": 2, "occurred_as": 3, "parties": 4, "closes": 5, "minor": 6, "figures": 7, "body": 8}


def _field_lines(field: Field, value: Any) -> list[str]:
    help = " ".join(field.help.split()) + (" (required)" if field.required else "")
    if field.kind == "prose":
        return [f"# {field.name}: {help}", f"{field.name} = {_prose(value or '')}"]
    if field.kind == "flag":
        return [f"{field.name} = {'true' if str(value).lower() in _YES else 'false'}  # {help}"]
    if field.kind == "figures":
        comment = f'# figures: one text each, such as "{figures.EXAMPLE}"'
        return [comment, f"figures = {_listed(value or ())}"]
    if field.kind == "parties":
        return [f"{field.name} = {_listed(value or ())}  # {help}; a list of texts"]
    return [f"{field.name} = {_string(value or '')}  # {help}"]


def _source_lines(sources: Sequence[Any], as_in: str) -> Iterator[str]:
    same = f", as it stands the same as {as_in}: change it where that is not so" if as_in else ""
    yield f"\n# Where it was read{same}. For another source, copy these lines."
    for number, source in enumerate(sources or ({},)):
        if number:
            yield ""
        yield "[[sources]]"
        for field in fields_of(Source):
            yield f"{field.name} = {_string(source.get(field.name) or '')}" + (
                "" if number else f"  # {field.help}"
            )


_YES = ("true", "yes")


def _string(text: Any) -> str:
    """A TOML string: JSON's escapes are among TOML's."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(str(text), ensure_ascii=False))


def _prose(text: str) -> str:
    """A text of several lines as it reads, where no escape is needed in it."""
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
    """A text; numbers and dates may be written without quotation marks."""
    if isinstance(value, bool) or not isinstance(value, (str, int, date, datetime)):
        raise BadInput('has to be a text in quotation marks, like "…"', field=field)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).strip()


def _texts(value: Any, field: str) -> list[str]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise BadInput('has to be a list of texts, like ["…", "…"]', field=field)
    return [_text(each, f"{field}[{number}]") for number, each in enumerate(filter(_says, value))]


def _figures(value: Any, field: str) -> list[Any]:
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        return list(filter(_says, value))
    return _texts(value, field)


def _sources(value: Any, field: str) -> list[Values]:
    """The sources that say something."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise BadInput("each source begins with a line [[sources]]", field=field)
    return [_source(each, f"{field}[{number}]") for number, each in enumerate(filter(_says, value))]


def _source(source: Mapping[str, Any], field: str) -> Values:
    known = [each.name for each in fields_of(Source)]
    for name in source:
        if name not in known:
            raise BadInput(str(Unknown("field of a source", name, known)), field=f"{field}.{name}")
    texts = {name: _text(each, f"{field}.{name}") for name, each in source.items()}
    return {name: text for name, text in texts.items() if text}


def _flag(value: Any, field: str) -> bool:
    if not isinstance(value, bool):
        raise BadInput("has to be true or false", field=field)
    return value


_READERS = {"parties": _texts, "figures": _figures, "sources": _sources, "flag": _flag}
