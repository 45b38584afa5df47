"""Compare a record three ways, field by field: as it was imported last, as it is there now, as the log says now.

===========================================  ==============================================================
there now                                    what follows
===========================================  ==============================================================
as it was imported last                      nothing, even if an editor changed it since
as the log says now                          nothing: an editor has made the change already
less precise than it was imported            nothing: "March 2024" is no correction of "15 March 2024"
changed, and the log is as imported          a change, which the mapping makes a correction or an update
changed, and the log is changed otherwise    a conflict, which an editor decides
===========================================  ==============================================================

Parties are a set: those that were added or removed there are added and removed here, and there is no conflict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from tracker.domain import values as event_values
from tracker.domain.directory import Directory
from tracker.domain.events import Event, kind_of
from tracker.importing.origins import Carrier, KnownRecord
from tracker.text import dates
from tracker.text.identity import address_key, name_key

CONFLICT, CHANGED, LESS_PRECISE = "conflict", "changed", "less precise"


class FieldDifference(Struct, frozen=True):
    """A field of a record that changed at the origin: ``outcome`` is ``conflict``, ``changed`` or ``less
    precise``.

    ``base`` is the value that was imported last, ``theirs`` the one there now, ``ours`` the one in the log; None
    is an empty one. ``group`` is ``figures`` for one figure, whose name is ``field``. ``carrier`` has the value.
    """

    field: str
    outcome: str
    base: Any
    theirs: Any
    ours: Any
    carrier: Carrier
    group: str = ""


def differences(
    known: KnownRecord, now: Event, mapped: tuple[str, ...], updates: frozenset[str], directory: Directory
) -> list[FieldDifference]:
    """Returns the fields among the ``mapped`` ones that changed at the origin. ``updates`` are the fields, and the
    names of figures, whose changes are recorded as updates: a later carrier may have their last value."""
    theirs = event_values.to_values(now)
    found = []
    for field in mapped:
        if field == "figures":
            found += _figures(known, theirs, updates)
        elif field not in known.first.event.__struct_fields__:
            continue  # the record has become of another type, which is told as such
        else:
            carrier = _carrier(known, field) if field in updates else known.first
            kind = kind_of(type(carrier.event), field)
            base, there, ours = (
                each.get(field) for each in (carrier.values, theirs, event_values.to_values(carrier.event))
            )
            if field == "parties":
                merged = _merged(base or (), there or (), carrier.event, directory)
                outcome, there = (CHANGED if merged != list(ours or ()) else ""), merged or None
            else:
                outcome = _outcome(kind, base, there, ours, directory)
            if outcome:
                found.append(FieldDifference(field, outcome, base, there, ours, carrier))
    return found


def _merged(base: Sequence[str], theirs: Sequence[str], event: Event, directory: Directory) -> list[str]:
    """Returns the parties of the event with those that were added at the origin, and without those that were
    removed there. A party that a figure names stays with the figure."""

    def key(name: str) -> str:
        return name_key(directory.canonical(name))

    ours = list(getattr(event, "parties", ()))
    figures = {key(each.party) for each in getattr(event, "figures", ())}
    added = {key(each): each for each in theirs if key(each) not in {*map(key, base), *map(key, ours)}}
    removed = {*map(key, base)} - {*map(key, theirs)} - figures
    return [*(each for each in ours if key(each) not in removed), *added.values()]


def _carrier(known: KnownRecord, field: str) -> Carrier:
    return next(
        each for each in (*reversed(known.carriers), known.first) if each.values.get(field) or each is known.first
    )


def _figures(known: KnownRecord, theirs: Mapping[str, Any], updates: frozenset[str]) -> list[FieldDifference]:
    now = _by_name(theirs)
    found = []
    for name in dict.fromkeys([*_by_name(known.first.values), *now]):
        carrier = known.first
        if name in updates or "figures" in updates:
            carrier = next(
                (each for each in reversed(known.carriers) if name in _by_name(each.values)), known.first
            )
        base, ours = (_by_name(each).get(name) for each in (carrier.values, event_values.to_values(carrier.event)))
        if outcome := _outcome("figure", base, now.get(name), ours, Directory):
            found.append(FieldDifference(name, outcome, base, now.get(name), ours, carrier, "figures"))
    return found


def _by_name(values: Mapping[str, Any]) -> dict[str, Any]:
    return {each["name"]: each for each in values.get("figures") or ()}


def _outcome(kind: str, base: Any, theirs: Any, ours: Any, directory: Any) -> str:
    """Returns what became of a field, or an empty text if there is nothing to do."""
    same = [_compared(kind, each, directory) for each in (base, theirs, ours)]
    if same[1] in (same[0], same[2]):
        return ""
    if is_less_precise(kind, base, theirs):
        return LESS_PRECISE
    return CHANGED if same[0] == same[2] else CONFLICT


def _compared(kind: str, value: Any, directory: Any) -> Any:
    """Returns a value in a form in which different spellings of the same name or address are equal."""
    if not value:
        return None
    if kind == "party":
        return name_key(directory.canonical(value))
    if kind == "tags":
        return {name_key(each) for each in value}
    if kind == "sources":
        return [{**each, "url": address_key(each.get("url", ""))} for each in value]
    if kind == "figure":
        return {name: each for name, each in value.items() if name != "party"}
    if kind == "date":
        return dates.simplest(value)
    return list(value) if isinstance(value, tuple) else value


def is_less_precise(kind: str, base: Any, theirs: Any) -> bool:
    """Returns whether the value there says less than the imported one: a longer span, a text cut off with dots, a
    rounded number."""
    if not base or not theirs:
        return False
    if kind == "date":
        ends = base.split("/"), theirs.split("/")
        return len(ends[0]) == len(ends[1]) and base != theirs and all(map(_is_wider, *ends))
    if kind in ("prose", "line"):
        stem = theirs.rstrip(". …")
        return theirs.endswith(("…", "...")) and len(stem) < len(base) and base.startswith(stem)
    if kind == "figure":
        rest = [
            {name: each for name, each in value.items() if name not in ("value", "approx")}
            for value in (base, theirs)
        ]
        return rest[0] == rest[1] and _is_rounded(base, theirs)
    return False


def _is_wider(narrow: str, wide: str) -> bool:
    """Returns whether one end of a date is the same, or says less."""
    if ".." in (narrow, wide) or narrow == wide:
        return narrow == wide
    (first, last), (earliest, latest) = (dates.span(dates.Occurred(each)) for each in (narrow, wide))
    within = not first.is_before(earliest) and not latest.is_before(last)
    return within and ((first, last) != (earliest, latest) or wide[-1] in "~?%")


def _is_rounded(base: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Returns whether a figure is the other one, but rounded or called approximate."""
    try:
        number, less = Decimal(base.get("value", "")), Decimal(theirs.get("value", ""))
    except InvalidOperation:
        return False
    if number == less:
        return bool(theirs.get("approx")) and not base.get("approx")
    exponent = less.normalize().as_tuple().exponent
    return isinstance(exponent, int) and number.quantize(Decimal((0, (1,), exponent))) == less
