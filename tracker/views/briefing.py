"""The briefing: where things stand, as items under headings. ``wording/lines.py`` gives them their words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from msgspec import structs

from tracker.domain.events import EXPECTED, QUESTIONS
from tracker.domain.story import Claim, Item, KeyEvent, Note, Office, Pin, Position, Reading, Situation, Story
from tracker.text.dates import END, Edge, Moment, Occurred, Recorded, order_alone, span, when

HEADINGS = (
    *("force", "pending", "open", "contested", "confirmed", "reported", "figures", "offices", "positions"),
    *("expected", "questions", "ended", "key"),
)
"""The sections, in their order."""


class Placed(NamedTuple):
    """An item's place: the section, the key that sorts it there, the item, and the number of the development that
    it rests on. A note is above all sections: its heading is empty."""

    heading: str
    order: str
    item: Item
    seq: int

    @property
    def key(self) -> str:
        return self.item.key


def arranged(story: Story) -> dict[str, list[Placed]]:
    """Returns the items by section, in the order of the briefing. Sections without items are left out. The order
    does not depend on the order of events."""
    return in_sections(map(placed, story.items.values()))


def in_sections(places: Iterable[Placed | None]) -> dict[str, list[Placed]]:
    """Returns the places that are in a section, in the same way."""
    found: dict[str, list[Placed]] = {heading: [] for heading in HEADINGS}
    for place in places:
        if place and place.heading:
            found[place.heading].append(place)
    return {heading: sorted(items, key=lambda each: each.order) for heading, items in found.items() if items}


def placed(item: Item | None) -> Placed | None:
    """Returns the item's place in the briefing; None where it has none."""
    return _PLACING[type(item)](item) if item and not item.retracted else None


def facts(item: Item | None) -> tuple[object, ...]:
    """Returns all values that the item's line tells, and its section; empty where it has no line. Where a story
    stands has changed if and only if these have, for some item."""
    place = placed(item)
    return (place.heading, *_FACTS[type(place.item)](place.item)) if place else ()


def _placed_note(item: Note) -> Placed:
    return Placed("", "", item, 0)


def _placed_claim(item: Claim) -> Placed:
    return Placed(_CLAIMS[item.status], _by_number(item), item, item.seq)


def _placed_reading(item: Reading) -> Placed:
    return Placed("figures", item.key, item, item.seq)


def _placed_position(item: Position) -> Placed:
    return Placed("positions", item.key, item, item.seq)


def _placed_office(item: Office) -> Placed:
    return Placed("offices", item.key, item, item.seq)


def _placed_nowhere(item: Item) -> None:
    return None


def _placed_key_event(item: KeyEvent) -> Placed:
    return Placed("key", f"{order_alone(when(item.occurred, item.recorded))} {item.seq:09}", item, item.seq)


_CLAIMS = {"disputed": "contested", "denied": "contested", "confirmed": "confirmed", "reported": "reported"}


def _placed_situation(item: Situation) -> Placed:
    order = _by_number(item)
    if not item.in_force:
        return Placed("ended", order, item, item.ended_by)
    seq = item.told_states[-1].seq
    if item.listed == EXPECTED:
        return Placed("expected", f"{due_by(item.announced)} {order}", item, seq)
    if item.listed == QUESTIONS:
        return Placed("questions", order, item, seq)
    return Placed("pending" if item.is_pending else "open" if item.pending else "force", order, item, seq)


def _by_number(item: Situation | Claim) -> str:
    return f"{item.seq:09}"


_PLACING: dict[type[Item], Callable[[Any], Placed | None]] = {
    Note: _placed_note,
    Situation: _placed_situation,
    Claim: _placed_claim,
    Reading: _placed_reading,
    Position: _placed_position,
    Office: _placed_office,
    KeyEvent: _placed_key_event,
    Pin: _placed_nowhere,
}


def _facts_of_situation(item: Situation) -> tuple[object, ...]:
    states = tuple((each.words, each.awaits, each.given, each.occurred) for each in item.told_states)
    doubt = item.begin_uncertain, item.state_uncertain, item.end_uncertain
    ended = () if item.in_force else (item.ended_word, item.days, item.ended, item.outcome)
    return item.label, item.values, item.terms, item.since, item.announced, states, doubt, ended


def _facts_of_claim(item: Claim) -> tuple[object, ...]:
    return (item.label, item.status, item.occurred, len(item.reports), item.origins, item.reported, item.confirmed,
            item.stances)  # fmt: skip


def _facts_of_reading(item: Reading) -> tuple[object, ...]:
    figure = structs.replace(item.figure, about="")
    return item.label, figure, item.outdated, Occurred("") if figure.as_of else item.occurred


def _facts_of_office(item: Office) -> tuple[object, ...]:
    return item.label, *((each.party, each.since, each.until, not each.left) for each in item.holders)


def _facts_of_position(item: Position) -> tuple[object, ...]:
    return item.party, item.quote or item.title, item.speaker, item.role, item.to, item.occurred


_FACTS: dict[type[Item], Callable[[Any], tuple[object, ...]]] = {
    Note: lambda item: (item.text,),
    Situation: _facts_of_situation,
    Claim: _facts_of_claim,
    Reading: _facts_of_reading,
    Office: _facts_of_office,
    Position: _facts_of_position,
    KeyEvent: lambda item: (item.title, item.occurred),
}


def since_due(due: Occurred, now: Edge) -> tuple[Recorded, Recorded] | None:
    """Returns the last instant of the date, and now, on one clock; None where it is not due yet."""
    last = span(due).latest if due else now
    if not last.is_before(now):
        return None
    first, second = (last.instant, now.instant) if last.offset and now.offset else (last.local, now.local)
    return Recorded(first), Recorded(second)


def due_by(due: Occurred) -> Moment:
    """Returns the last instant that a due date may mean; without a date, the end of time."""
    return span(due).latest.instant if due else END
