"""Make candidates of records: for each, the draft of an event and the key of its record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from typing import Any

from msgspec import Struct

from tracker.domain import drafts, figures
from tracker.domain.decide import complete
from tracker.domain.directory import Directory
from tracker.domain.events import REFERENCES, Event, Occurrence, Opened, fields_of, kind_of
from tracker.domain.glossary import Glossary
from tracker.errors import BadInput, TrackerError, Unknown, shown
from tracker.exporting import table
from tracker.importing.dating import Dates, holds, of_parts, period
from tracker.importing.mapping import ImportMapping, Value
from tracker.importing.readers import OWN
from tracker.importing.records import Document, Record, needs
from tracker.importing.templates import Template, search, text_of
from tracker.text import dates
from tracker.text.date_context import Reference
from tracker.text.dates import Occurred
from tracker.text.names import is_absolute

LONGEST_TITLE = 300
LONGEST_KEY = 1_000
"""The number of characters of a line of text, as which the log has the key."""
_REFERENCES = ("ref", "refs", "links")
_NOT_COMPARED = (*_REFERENCES, "image", "imported", "other")


class Candidate(Struct, frozen=True):
    """An event that a record becomes.

    Attributes: ``key`` names the record at its origin. ``draft`` has the plain values of the event; a reference to
    another record is ``@`` and its key. ``event`` is the draft as an event, without its references. ``mapped`` are
    the fields that the mapping gives. ``at`` is when the record was changed at the origin, or empty. ``record``
    has the place.
    """

    key: str
    draft: dict[str, Any]
    event: Event
    mapped: tuple[str, ...]
    at: str
    record: Record


class Drafted(Struct, frozen=True):
    """The candidates of a file, the refusals, the places of records that are left out (with the reason), and
    sentences on values that were cut."""

    candidates: list[Candidate]
    refusals: list[BadInput]
    skipped: list[str]
    cut: list[str]


class Drafter:
    """Makes the candidates of one file. ``now`` is the present instant; only ``_future`` depends on it."""

    def __init__(
        self,
        mapping: ImportMapping,
        path: str,
        glossary: Glossary,
        directory: Directory,
        dates: Dates,
        now: Reference,
        dollar: str = "",
    ) -> None:
        self.mapping = mapping
        self.path = path
        self.glossary = glossary
        self.directory = directory
        self.dates = dates
        self.now = now
        self.dollar = dollar
        self.cut: list[str] = []
        self._figure = lru_cache(20_000)(self._read_figure)

    def _read_figure(self, text: str, field: str) -> dict[str, Any]:
        return drafts.figure(text, field, [self.now], dollar=self.dollar)

    def drafted(self, document: Document) -> Drafted:
        """Returns the candidates of all records, in the order of the file, the oldest first."""
        candidates, refusals, skipped = [], [], []
        for record, values in self._contexts(document):
            try:
                made = self._candidate(record, values)
            except BadInput as error:
                refusals.append(error)
                continue
            if isinstance(made, str):
                skipped.append(f"{record.where()}: {made}")
            else:
                candidates.append(made)
        if self.mapping.keys.order == "newest-first":
            for told in (refusals, skipped, self.cut):
                told.reverse()  # into the order of the file
        return Drafted(candidates, refusals, skipped, self.cut)

    def _contexts(self, document: Document) -> Iterator[tuple[Record, dict[str, Any]]]:
        """Yields each record, or each part of it that ``nested`` finds, with the values that templates see."""
        keys = self.mapping.keys
        newest_first = keys.order == "newest-first"
        for record in reversed(document.records) if newest_first else document.records:
            values = {"_root": document.root, "_first": True, **record.values}
            if not keys.nested:
                yield record, values
                continue
            found = search(keys.nested, values)
            inside = found if isinstance(found, list) else [found] if found else []
            numbered = list(enumerate(inside))
            for place, (number, each) in enumerate(reversed(numbered) if newest_first else numbered):
                name = keys.nested if keys.nested.replace("_", "").isalnum() else "part"
                part = Record(record.values, f"{record.place}.{name}[{number}]", record.cells)
                yield part, {**values, "up": each, "_first": place == 0}

    def _refusal(self, error: TrackerError, record: Record, value: Value, field: str) -> BadInput:
        """Returns a refusal with the path, the place, the cell and the field."""
        names = [name for each in _templates_of(value) for name in each.names if not name.startswith("_")]
        reason = error.reason if isinstance(error, BadInput) else str(error)
        meant = [name for name in names[:1] if name != field or name in record.cells]
        return BadInput(f"{self.path}: {record.where(meant)}: {field}: {reason}")

    def _candidate(self, record: Record, values: dict[str, Any]) -> Candidate | str:
        """Returns the candidate, or why the record is left out."""
        mapping = self.mapping
        if mapping.keys.format == OWN:
            return self._exported(record)
        if mapping.keys.skip and search(mapping.keys.skip, values, "skip"):
            return f"left out by skip = {mapping.keys.skip!r}"
        fields = mapping.event
        dated = self._date(fields.get("occurred"), values, record, "occurred")
        if dated:
            values["_future"] = self.now.span.latest.is_before(dates.span(dates.Occurred(dated)).earliest)
        for when in mapping.whens:
            if search(when.condition, values, "if"):
                fields = {**fields, **when.fields}
        key = self._text(mapping.id, values, record, "id")
        if not key:
            why = f"is empty{_not_there(mapping.id, values)}; it has to name the record at its origin"
            raise self._refusal(BadInput(why), record, mapping.id, "id")
        _check_key(key, f"{self.path}: {record.where(mapping.id.names[:1])}")
        draft, mapped = self._draft(fields, values, record)
        if not (draft.get("occurred") or draft.get("due")):
            why = "has no date" if "occurred" in fields else "has no date, and the mapping gives none"
            why += _not_there(fields.get("occurred"), values)
            if mapping.keys.undated == "skip":
                return why
            remedy = 'correct it there, or leave such records out: undated = "skip"'
            raise self._refusal(BadInput(f"{why}; {remedy}"), record, fields.get("occurred"), "occurred")
        if mapping.keys.backfill:
            draft["backfilled"] = True
        at = self._date(mapping.changed, values, record, "changed")
        return self._made_of(" ".join(key.split()), draft, mapped, at, record, fields)

    def _made_of(
        self,
        key: str,
        draft: dict[str, Any],
        mapped: tuple[str, ...],
        at: str,
        record: Record,
        fields: Mapping[str, Value],
    ) -> Candidate:
        """Returns the candidate of a draft. Raises BadInput if no story could take it."""
        cls = self.glossary.types.get(draft.get("type", ""), Occurrence)
        names = {name for name, each in draft.items() if kind_of(cls, name) in REFERRING and _refers(each)}
        alone = {name: each for name, each in draft.items() if name not in names}
        try:
            event = complete(alone, self.glossary, self.directory)
        except TrackerError as error:
            field = getattr(error, "field", "")
            top = field.partition("[")[0].partition(".")[0]
            raise self._refusal(error, record, fields.get(top), field or "event") from None
        return Candidate(key, draft, event, mapped, at, record)

    def _exported(self, record: Record) -> Candidate | str:
        """Returns the candidate of a row that tracker exported. An event without a date gets the time at which it
        was recorded then, which is said."""
        if "type" not in record.values or "id" not in record.values:
            lacking = "type" if "id" in record.values else "id"
            raise BadInput(
                f"{self.path}: {record.place}: there is no column {lacking!r}, which the CSV of tracker export"
                " has; tracker import --guess FILE begins a mapping for another table"
            )
        try:
            typed = table.typed_of({name: each for name, each in record.values.items() if each}, self.glossary)
            cls = self.glossary.of(typed.pop("type"))
            if cls is Opened:
                return "opens the story, which is open here"
            if typed.pop("image", None):
                self.cut.append(f"{record.where(['image'])}: pictures are not imported")
            kinds = {field.name: field.kind for field in fields_of(cls)}
            key = typed.pop("id", "")
            refers = {name: _at(each) for name, each in typed.items() if kinds[name] in _REFERENCES}
            plain = {name: each for name, each in typed.items() if name not in refers}
            if "occurred" not in plain:
                plain["occurred"] = record.values.get("recorded", "")
                self.cut.append(
                    f"{record.where(['occurred'])}: has no date; the time of its recording stands for it"
                )
            values = drafts.values(cls, plain, self.now, self.directory, self.dollar)
        except (BadInput, Unknown) as error:
            field = getattr(error, "field", "") or "type"
            reason = error.reason if isinstance(error, BadInput) else str(error)
            raise BadInput(f"{self.path}: {record.where([field])}: {field}: {reason}") from None
        if not key or not values.get("occurred"):
            lacking = "occurred" if key else "id"
            raise BadInput(f"{self.path}: {record.where([lacking])}: {lacking}: is empty")
        _check_key(key, f"{self.path}: {record.where(['id'])}")
        mapped = tuple(name for name in kinds if name in record.values and kinds[name] not in _NOT_COMPARED)
        draft = {"type": str(cls.__struct_config__.tag), **values, **refers}
        if self.mapping.keys.backfill:
            draft["backfilled"] = True
        columns = {name: Template(((name,),)) for name in record.values}
        return self._made_of(key, draft, mapped, "", record, columns)

    def _draft(
        self, fields: Mapping[str, Value], values: dict[str, Any], record: Record
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        cls = self.glossary.of(fields["type"].parts[0])
        kinds = {field.name: field.kind for field in fields_of(cls)}
        draft: dict[str, Any] = {"type": fields["type"].parts[0]}
        for name, value in fields.items():
            if name == "type" or name not in kinds:
                continue  # a type of [[when]] may lack fields of [event]
            try:
                made = self._made(kinds[name], name, value, values, record)
            except BadInput as error:
                if isinstance(error, _Placed):
                    raise
                raise self._refusal(error, record, value, name) from None
            if not drafts.is_empty(made):
                draft[name] = made
            if name == "occurred" and isinstance(value, dict) and "words" in value:
                words = text_of(value["words"].fill(values)).strip()
                if words and self._in_words(value, values) != made:
                    draft["occurred_as"] = words
        mapped = (name for name in fields if name in kinds and kinds[name] not in _REFERENCES)
        return draft, tuple(mapped)

    def _made(self, kind: str, name: str, value: Value, values: dict[str, Any], record: Record) -> Any:
        """Returns the plain value of a field. Raises BadInput."""
        if kind == "date":
            return self._date(value, values, record, name)
        if kind == "sources":
            return list(self._sources(value, values, record))
        if kind == "flag":
            return value if isinstance(value, bool) else self._flag(text_of(value.fill(values)))
        if kind in ("parties", "tags", "refs", "links"):
            texts = [
                text for each in (value if isinstance(value, list) else [value]) for text in _many(each, values)
            ]
            return list(dict.fromkeys(filter(None, texts)))
        if kind == "figures":
            given = [
                text for each in (value if isinstance(value, list) else [value]) for text in _many(each, values)
            ]
            return [self._figure(text, f"figures[{number}]") for number, text in enumerate(given)]
        text = text_of(value.fill(values)).strip()
        if text and kind == "money":
            return figures.money(text, field=name, dollar=self.dollar)
        if text and kind == "coordinates":
            return "".join(text.split())
        return self._tidied(text, name, kind, record)

    def _tidied(self, text: str, name: str, kind: str, record: Record) -> str:
        """Returns the text without HTML where the mapping says that it has some; a line without line breaks."""
        keys = self.mapping.keys
        if name in keys.html:
            text = markdown_of(without_list(text)) if kind == "prose" else line_of(text)
        if kind != "prose":
            text = re.sub(r"[ \t\r\n\f\v]+", " ", text).strip()
        if name in keys.shorten and len(text) > LONGEST_TITLE:
            text = f"{text[: LONGEST_TITLE - 1].rstrip()}…"
            self.cut.append(f"{record.where()}: {name} is cut after {LONGEST_TITLE} characters")
        return text

    def _flag(self, text: str) -> bool:
        return drafts.flag(text.strip(), "flag") if text.strip() else False

    def _sources(self, value: Value, values: dict[str, Any], record: Record) -> Iterator[dict[str, str]]:
        """Yields the sources; for a list of addresses, one each. A table without an address and a publisher gives
        no source. A text that is no address is left out, and said."""
        for stated in value if isinstance(value, list) else [value]:
            if "list" in stated:
                yield from listed_sources(text_of(stated["list"].fill(values)))
                continue
            made = {name: _many(each, values) for name, each in stated.items()}
            for number in range(max(map(len, made.values()), default=0)):
                source = {}
                for name, texts in made.items():
                    text = texts[number] if number < len(texts) else texts[0] if len(texts) == 1 else ""
                    if name == "published" and text:
                        text = self.dates.read(text)
                    elif f"sources.{name}" in self.mapping.keys.html and text:
                        text = line_of(text)
                    source[name] = " ".join(text.split()) if name != "quote" else text
                if (url := source.get("url", "")) and not is_absolute(url):
                    names = stated["url"].names[:1]
                    self.cut.append(f"{record.where(names)}: {shown(url, 60)!r} is no address, and is left out")
                    del source["url"]
                if source.get("url") or source.get("publisher"):
                    yield {name: text for name, text in source.items() if text}

    def _date(self, value: Value, values: dict[str, Any], record: Record, field: str) -> str:
        """Returns a date in EDTF; empty if the record has none. Raises BadInput with the place."""
        if value is None:
            return ""
        if isinstance(value, dict) and "year" not in value:
            return self._period(value, values, record, field)
        try:
            if isinstance(value, dict):
                text = of_parts({name: text_of(each.fill(values)).strip() for name, each in value.items()})
            else:
                text = text_of(value.fill(values)).strip()
            return self.dates.read(text) if text else ""
        except BadInput as error:
            raise _Placed(str(self._refusal(error, record, value, field))) from None

    def _period(self, value: dict[str, Value], values: dict[str, Any], record: Record, field: str) -> str:
        """Returns the date from ``start`` to ``end``, or that of ``words`` if it has the other one within it. A
        time without a zone may have it in words."""
        meant = self._in_words(value, values)
        try:
            start, end = (self._date(value.get(name), values, record, field) for name in ("start", "end"))
            drawn = period(start, end)
        except BadInput as error:
            parts = value.get("start")
            stated = parts if isinstance(parts, dict) else {}
            named = {name: stated[name] for name in ("year", "month", "day") if name in stated}
            day = of_parts({name: text_of(each.fill(values)).strip() for name, each in named.items()})
            if meant and len(day) == 10 and dates.span(meant).earliest.day == day:
                return meant
            raise (
                error if isinstance(error, _Placed) else _Placed(str(self._refusal(error, record, value, field)))
            ) from None
        return meant if meant and drawn and holds(meant, drawn) else drawn

    def _in_words(self, value: dict[str, Value], values: dict[str, Any]) -> Occurred:
        """Returns the date that ``words`` mean; empty if the record has none, or none that is read."""
        words = text_of(value["words"].fill(values)).strip() if "words" in value else ""
        try:
            return self.dates.read(words) if words else Occurred("")
        except BadInput:
            return Occurred("")

    def _text(self, template: Template, values: dict[str, Any], record: Record, field: str) -> str:
        try:
            return text_of(template.fill(values)).strip()
        except BadInput as error:
            raise self._refusal(error, record, template, field) from None


def _not_there(value: Value, values: Mapping[str, Any]) -> str:
    """Returns the reason why a value is empty: names that the record does not have, and a name that it has in
    another spelling. Empty if the record has a name."""
    names = [name for each in _templates_of(value) for name in each.names]
    own = [name for name in values if not name.startswith("_")]
    if not names or any(name.partition(".")[0] in values for name in names):
        return ""
    alike = next((each for each in own if each.casefold() == names[0].casefold()), "")
    return f": the record has {alike!r} and no {names[0]!r}" if alike else f": the record has no {names[0]!r}"


def _check_key(key: str, place: str) -> None:
    if len(key) > LONGEST_KEY:
        raise BadInput(f"{place}: id: has {len(key):,} characters; {LONGEST_KEY:,} is the most")


class _Placed(BadInput):
    """A refusal that has its place already."""


def _many(template: Template, values: Mapping[str, Any]) -> list[str]:
    found = template.fill(values)
    return (
        [each.strip() for each in found] if isinstance(found, list) else [found.strip()] if found.strip() else []
    )


def _at(value: Any) -> Any:
    """Returns references to rows as references to records; those to other stories stay."""
    if isinstance(value, list):
        return [_at(each) for each in value]
    return value if "#" in value else f"@{value}"


REFERRING = ("ref", *REFERENCES)
"""The kinds of fields that may name another record."""


def _refers(value: Any) -> bool:
    """Whether a value names another record."""
    return any(
        isinstance(each, str) and each.startswith("@") for each in (value if isinstance(value, list) else [value])
    )


def _templates_of(value: Value) -> Sequence[Template]:
    if isinstance(value, Template):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [template for each in inside for template in _templates_of(each)]


@lru_cache(1_000)
def markdown_of(html: str) -> str:
    """Returns HTML as Markdown. A text without tags and entities is returned as it is."""
    if "<" not in html and "&" not in html:
        return html
    convert: Callable[..., str] = needs("markdownify").markdownify
    return convert(html, heading_style="ATX", bullets="-", strip=["img"], escape_misc=True).strip()


def line_of(html: str) -> str:
    """Returns the text of HTML, with a space between blocks. A text without tags and entities is returned as it
    is."""
    if "<" not in html and "&" not in html:
        return html
    from lxml.html import fragment_fromstring

    spaced = re.sub(r"(?i)<br\s*/?>|</(?:p|div|li|h[1-6]|blockquote|td|tr)>", " ", html)
    return str(fragment_fromstring(spaced, create_parent="div").text_content())


_LIST = '<ul class="sources">'
"""The list in which ``tracker export --as timelinejs`` writes the sources of a slide."""


def without_list(html: str) -> str:
    """Returns HTML without its list of sources."""
    before, mark, after = html.rpartition(_LIST)
    return f"{before}{after.partition('</ul>')[2]}" if mark else html


def listed_sources(html: str) -> Iterator[dict[str, str]]:
    """Yields the sources in the list of sources of HTML: the address of each, and its words as the headline."""
    _, mark, listed = html.rpartition(_LIST)
    for item in re.findall("<li>(.*?)</li>", listed.partition("</ul>")[0], re.DOTALL) if mark else ():
        address = re.search(r'<a href="([^"]*)"', item)
        before, quoted, quote = item.partition(": <q>")
        words = " ".join(unescape(re.sub("<[^>]*>", "", before)).split())
        said = {"quote": unescape(quote.partition("</q>")[0])} if quoted else {}
        if address:
            yield {"url": unescape(address[1]), **({"title": words} if words else {}), **said}
        elif words:
            yield {"publisher": words, **said}
