"""Make what an editor types into the plain values of a draft: dates from words, figures and amounts from their
notation, and sources.

::

    {"occurred": "last year", "figures": ["cost=5 million USD"], …}  ──values──▶  {"occurred": "2023", …}

The command line, the prompts and the forms pass the same typed values. The plain values have the form that
``tracker append`` takes as JSON. This module is pure: "now" and the desk's directory are arguments.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import structs

from tracker.domain import figures
from tracker.domain import values as event_values
from tracker.domain.directory import NO_PARTIES, Directory
from tracker.domain.events import Event, Moves, Occurrence, Opens, fields_of, kind_of
from tracker.errors import BadDate, BadInput
from tracker.text.date_context import FiscalYear, Reference
from tracker.text.dates import Occurred, in_words, span
from tracker.text.identity import name_key

# The module that reads words takes a millisecond to load. What needs it loads it.
if TYPE_CHECKING:
    from tracker.text.date_phrases import Understood

Values = dict[str, Any]


def values(
    cls: type[Event],
    typed: Mapping[str, Any],
    now: Reference,
    directory: Directory = NO_PARTIES,
    dollar: str = "",
) -> Values:
    """Returns the plain values of a draft of this type, without empty ones. ``dollar`` is the currency that the
    desk means by ``$``. Raises BadInput.

    ``typed`` has a text for a field, a list of texts for parties and figures, and a list of mappings of texts for
    sources. Relative dates count from when the sources were published or, if no source has a date, from ``now``.
    """
    given = {name: value for name, value in typed.items() if not is_empty(value)}
    if "sources" in given:
        given["sources"] = [source(each, number, now) for number, each in enumerate(given["sources"])]
    dated = (each.get("published") for each in given.get("sources", ()) if isinstance(each, Mapping))
    references = references_of((each for each in dated if isinstance(each, str)), now)
    fiscal = directory.fiscal_years(_named(cls, given))
    if "figures" in given:
        given["figures"] = _figures(cls, given, given["figures"], references, directory, dollar)
    for field in fields_of(cls):
        text = given.get(field.name)
        if not isinstance(text, str):
            continue
        if field.kind == "coordinates":
            given[field.name] = "".join(text.split())
        elif field.kind == "money":
            given[field.name] = figures.money(text, field=field.name, dollar=dollar)
        elif field.kind == "date":
            understood = date(text, field.name, references, fiscal, deadline=field.name in _ends(cls))
            given[field.name] = understood.occurred
            if field.name == "occurred":
                _refuse_yet_to_come(understood, now)
                words = own_words(understood)
                given |= {"occurred_as": words} if words and "occurred_as" not in given else {}
    return given | _covered(cls, given, references, fiscal)


def is_empty(value: Any) -> bool:
    """Whether the editor typed nothing, or only white space."""
    return value in (None, "", (), [], {}) or (isinstance(value, str) and not value.strip())


def source(typed: Any, number: int, now: Reference) -> Any:
    """Returns a source with its date in the stored form. Raises BadDate."""
    if not isinstance(typed, Mapping):
        return typed  # values.convert refuses it
    given = {name: value for name, value in typed.items() if not is_empty(value)}
    published = given.get("published")
    if isinstance(published, str):
        from tracker.text import date_phrases

        field = f"sources[{number}].published"
        given["published"] = date_phrases.understand(published, now, field=field).occurred
    return given


def _figures(
    cls: type[Event],
    given: Mapping[str, Any],
    typed: Iterable[Any],
    references: Sequence[Reference],
    directory: Directory,
    dollar: str,
) -> list[Any]:
    """Returns the values of figures from their notations. A figure that is given field by field is returned as it
    is. ``5,500 aircraft of Boeing`` is a figure of Boeing if the event names Boeing, or the directory has it."""
    known = {*map(name_key, (*_named(cls, given), *directory.names()))}
    return [
        figure(each, f"figures[{number}]", references, known, dollar) if isinstance(each, str) else each
        for number, each in enumerate(typed)
    ]


def figure(
    typed: str, field: str, references: Sequence[Reference], known: Container[str] = (), dollar: str = ""
) -> Values:
    """Returns the values of a figure from its notation. ``known`` are the keys of parties that may stand behind
    its unit. Raises BadInput."""
    read = figures.parse(typed, field=field, dollar=dollar)
    unit = re.fullmatch(r"(?:(.*) )?of (.+)", read.unit)
    if unit and not read.party and name_key(unit[2]) in known:
        read = structs.replace(read, unit=unit[1] or "", party=unit[2])
    if read.as_of:
        read = structs.replace(read, as_of=date(read.as_of, f"{field}.as_of", references).occurred)
    return event_values.to_values(read)


def references_of(published: Iterable[str], now: Reference) -> list[Reference]:
    """Returns the dates from which relative dates count: those of the sources or, if no source has a date, now."""
    return [now.at(span(Occurred(each))) for each in published if each] or [now]


def date(
    text: str,
    field: str,
    references: Sequence[Reference],
    fiscal: Sequence[FiscalYear] = (),
    *,
    deadline: bool = False,
) -> Understood:
    """Returns the date that the words mean. Raises BadDate, also if they mean different dates from two
    references. ``deadline``: the end of a period means its last day."""
    from tracker.text import date_phrases

    readings = {
        date_phrases.understand(text, each, field=field, fiscal=fiscal, deadline=deadline) for each in references
    }
    if len(readings) > 1:
        dates = " and ".join(sorted(reading.occurred for reading in readings))
        raise BadDate(text, f"counted from the dates of the sources it means {dates}; write the date", field=field)
    return readings.pop()


def own_words(understood: Understood) -> str:
    """Returns the words to store beside a date, such as "last year" or "Q4 FY2024". The text is empty for other
    words with a year in them and for a time alone, which only spell the date differently."""
    from tracker.text import date_phrases

    words = understood.occurred_as
    if re.search(r"\b(?:fy|fiscal|financial)", words, re.IGNORECASE):
        return words
    return "" if re.search("[0-9]{4}", words) or date_phrases.is_time(words) else words


def from_words(event: Occurrence) -> str:
    """Returns a text such as ``, from “last year” counted from 1 August 2024``; empty if the event stores no words
    for its date."""
    from tracker.text import date_phrases

    words = f", from “{event.occurred_as}”" if event.occurred_as else ""
    published = next((each.published for each in event.sources if each.published), None)
    if not words or not published:
        return words
    try:
        counted = date_phrases.understand(event.occurred_as, Reference(span(published))).occurred == event.occurred
    except BadDate:  # words that tracker cannot read as a date
        counted = False
    return f"{words} counted from {in_words(published)}" if counted else words


def _ends(cls: type[Event]) -> tuple[str, ...]:
    """Returns the field that holds the announced end of what an event of this type opens or changes."""
    if isinstance(cls.effect, Moves):
        return ("until",)
    return (cls.effect.until,) if isinstance(cls.effect, Opens) else ()


def _named(cls: type[Event], given: Mapping[str, Any]) -> list[str]:
    """Returns the parties whose fiscal year may be meant: the company or, without one, all parties of the
    fields."""
    if company := given.get("company"):
        return [str(company)]
    named: list[str] = []
    for field in fields_of(cls):
        value = given.get(field.name)
        if field.kind == "party" and isinstance(value, str):
            named.append(value)
        elif field.kind == "parties" and isinstance(value, (list, tuple)):
            named += [each for each in value if isinstance(each, str)]
    return named


def _refuse_yet_to_come(understood: Understood, now: Reference) -> None:
    """Refuses (BadDate) words such as "tomorrow", or a time of today, that mean a date after now."""
    from tracker.text import date_phrases

    words = understood.occurred_as
    first, present = span(understood.occurred).earliest, now.span.latest
    begins = words.casefold().startswith(("tomorrow", "next ", "in "))
    if begins and present.is_before(first):
        raise BadDate(
            words, "is still to come; record it with tracker add expectation and --due", field="occurred"
        )
    if date_phrases.is_time(words) and present.is_before(first):
        raise BadDate(words, f"is still to come on {first.day}; write its day too", field="occurred")


def _covered(
    cls: type[Event], given: Mapping[str, Any], references: Sequence[Reference], fiscal: Sequence[FiscalYear]
) -> Values:
    """Returns ``covers``, the dates of a company's period. The values are empty if the period's words give no
    date."""
    period = given.get("period")
    if "covers" not in cls.__struct_fields__ or "covers" in given or not isinstance(period, str):
        return {}
    try:
        return {"covers": date(period, "period", references, fiscal).occurred}
    except BadInput:
        return {}


# Corrections.


def changes(
    event: Occurrence,
    typed: Mapping[str, Any],
    now: Reference,
    directory: Directory = NO_PARTIES,
    dollar: str = "",
) -> dict[str, Any]:
    """Returns the changes of a correction of the event to these typed values; None empties a field.

    Relative dates count from the event's own sources. Raises BadInput with the field.
    """
    cls = type(event)
    given = dict(typed)
    references = references_of([each.published for each in event.sources], now)
    standing = {name: value for name, value in event_values.to_values(event).items() if name not in given}
    fiscal = directory.fiscal_years(_named(cls, {**standing, **given}))
    changed = {
        name: None if is_empty(value) else _changed(cls, name, value, now, references, fiscal, dollar)
        for name, value in given.items()
    }
    if changed.get("figures"):
        standing_or_given = {**standing, **given}
        changed["figures"] = _figures(cls, standing_or_given, given["figures"], references, directory, dollar)
    if "occurred" in given and "occurred_as" not in given:
        occurred = given["occurred"]
        words = "" if is_empty(occurred) else own_words(date(occurred, "occurred", references, fiscal))
        if words != event.occurred_as:  # a corrected date does not keep the words of the old one
            changed["occurred_as"] = words or None
    if "covers" not in given and ("period" in given or "company" in given):
        covers, covered = getattr(event, "covers", "") or None, _covered_after(event, given, references, directory)
        if covered != covers:
            changed["covers"] = covered
    return changed


def _covered_after(
    event: Occurrence, given: Mapping[str, Any], references: Sequence[Reference], directory: Directory
) -> str | None:
    """Returns the dates of the event's period after the correction: from the new words, or by the new company's
    fiscal year. If neither changes the dates, those that an editor typed stay."""
    cls = type(event)
    before = {name: value for name, value in event_values.to_values(event).items() if name != "covers"}
    was, now = (
        _covered(cls, each, references, directory.fiscal_years(_named(cls, each))).get("covers")
        for each in (before, {**before, **given})
    )
    return getattr(event, "covers", "") or None if was == now and "period" not in given else now


def _changed(
    cls: type[Event],
    name: str,
    value: Any,
    now: Reference,
    references: Sequence[Reference],
    fiscal: Sequence[FiscalYear],
    dollar: str,
) -> Any:
    """Returns the plain value of a field from its typed value. Raises BadInput."""
    kind = kind_of(cls, name)
    if kind == "sources":
        return [source(each, number, now) for number, each in enumerate(value)]
    if kind == "date":
        return date(value, name, references, fiscal, deadline=name in _ends(cls)).occurred
    if kind == "money":
        return figures.money(value, field=name, dollar=dollar)
    if kind == "flag":
        return flag(value, name)
    if kind == "coordinates":
        return "".join(value.split())
    return value


def flag(value: Any, field: str) -> bool:
    """Returns True for ``yes`` and ``true``, False for ``no`` and ``false``. Raises BadInput."""
    text = str(value).lower()
    if text not in ("yes", "no", "true", "false"):
        raise BadInput(f"{value!r} is neither yes nor no", field=field)
    return text in ("yes", "true")
