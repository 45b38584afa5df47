"""Make events into developments: each event as it stands after all later amendments to it.

An amendment names its target by id. The cases in which amendments meet:

=========================================  ===============================================================
case                                       result
=========================================  ===============================================================
a field corrected twice                    the later correction
a correction retracted                     the target as if that correction had never been made
a retraction retracted                     the target stands again
a retracted development corrected          it stays withdrawn; its text is the corrected one
the opener of a closed situation           the situation is gone; the closer stays, and ends nothing
retracted
a correction of an amendment               refused when appended (retract it and correct again)
the first report of a claim retracted      the claim rests on the other reports; without any, it is retracted
a development redacted                     its text and effects are gone, whatever other amendments it has
a correction redacted                      the target as if that correction had never been made
a retraction redacted                      its reason is gone; the target stays withdrawn
a redaction redacted                       its text is gone; its target stays removed, because its head names it
a redaction retracted                      refused when appended
a correction that its target's type        it has no effect; ``verify`` reports it
does not allow
=========================================  ===============================================================

This module is pure. An amendment acts on earlier events only. So the story as known at any time is made from the
events up to that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

from tracker.domain import values as event_values
from tracker.domain.events import (
    Amendment,
    Correction,
    Event,
    Occurrence,
    Redacted,
    Redaction,
    Retraction,
    kind_of,
    type_of,
)
from tracker.domain.wording import in_words
from tracker.errors import BadInput, Unknown
from tracker.text.dates import Recorded

REMOVED = "[removed]"
"""The title and the reason of an amendment whose text was removed, for editors and programs."""

STANDS, CORRECTED, RETRACTED, REDACTED = "stands", "corrected", "retracted", "redacted"

UNCORRECTABLE = ("id", "type", "recorded", "editor", "salt", "hash", "format", "slug", "was", "imported")
"""Fields that say how an event came into the log. No correction may change them."""


def is_correctable(cls: type[Event], name: str) -> bool:
    """Returns whether a correction may change a field of this name: a desk's own, or none of ``UNCORRECTABLE``."""
    return name not in UNCORRECTABLE or name in cls.redefined


class FieldChange(Struct, frozen=True):
    """The change of one field by a correction. ``before`` and ``after`` are plain values, None if the field is
    empty. ``kind`` is the field's kind."""

    field: str
    before: Any
    after: Any
    kind: str


class Amended(Struct, frozen=True, gc=False):
    """An amendment in effect, as kept with its target. ``seq`` is the amendment's own number in the log."""

    seq: int
    id: str
    kind: str
    recorded: Recorded
    why: str
    changes: tuple[FieldChange, ...] = ()


class Development(Struct, frozen=True, gc=False):
    """An event as it stands.

    ``event`` is the event with the corrections applied, ``original`` the event as it was appended. ``standing`` is
    ``stands``, ``corrected``, ``retracted`` or ``redacted``. ``amendments`` are those in effect. ``target`` is the
    number of the event that an amendment is about, 0 for other events.
    """

    seq: int
    event: Event
    original: Event
    standing: str = STANDS
    amendments: tuple[Amended, ...] = ()
    target: int = 0
    target_title: str = ""

    @property
    def id(self) -> str:
        return self.event.id

    @property
    def type(self) -> str:
        return type_of(self.event)

    @property
    def title(self) -> str:
        """The event's title. An amendment's title names its type and its target."""
        if isinstance(self.event, Occurrence):
            return self.event.title
        if isinstance(self.event, Redacted):
            return REMOVED
        name = self.type.capitalize()
        return f"{name} of #{self.target}: {self.target_title}" if self.target else name


def target_of(event: Event) -> str:
    """Returns the id of the event that this one amends, or an empty string."""
    if isinstance(event, Redacted):
        return event.about
    return str(getattr(event, event.target_field)) if isinstance(event, Amendment) else ""


def amend(events: Sequence[Event]) -> list[Development]:
    """Returns one development for each event, in log order. ``events`` are all events of a stream from the
    first."""
    amending = [(seq, event) for seq, event in enumerate(events, 1) if type(event) in _AMENDING]
    developments = [Development(seq, event, event) for seq, event in enumerate(events, 1)]
    if not amending:
        return developments
    _amend(developments, events, amending, places(events))
    return developments


def places(events: Iterable[Event]) -> dict[str, int]:
    """Returns every event's number by its id, for texts that refer to an event."""
    return {event.id: seq for seq, event in enumerate(events, 1)}


def _amend(
    developments: list[Development],
    events: Sequence[Event],
    amending: Sequence[tuple[int, Event]],
    place: Mapping[str, int],
) -> None:
    """Applies amendments, each with its number, to the developments, which have none of them yet."""
    for target, amendments in _amendments_in_effect(events, amending, place).items():
        seq = place[target]
        developments[seq - 1] = _amended(Development(seq, events[seq - 1], events[seq - 1]), amendments)
    for seq, event in amending:
        if isinstance(event, Redacted) and developments[seq - 1].standing != REDACTED:
            developments[seq - 1] = single(seq, event)
        if 0 < (about := place.get(target_of(event), 0)) < seq:
            developments[seq - 1] = _with_target(developments[seq - 1], developments[about - 1])


class Stream:
    """A stream that grows. An amendment costs as much as its development has amendments, not as the stream has
    events.

    Attributes: ``events`` are its events, ``developments`` is what ``amend`` returns of them, ``places`` has the
    number of each event by its id.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self.events = list(events)
        self.developments = amend(self.events)
        self.places = places(self.events)
        self._amendments: dict[int, list[int]] = {}
        self._roots: dict[int, int] = {}
        for seq, event in enumerate(self.events, 1):
            self._note(seq, event)

    def add(self, event: Event) -> int:
        """Adds the next event. Returns the number of the development that it amends: of an amendment of an
        amendment, the one at the root. Returns 0 if it amends none."""
        self.events.append(event)
        seq = len(self.events)
        self.developments.append(single(seq, event))
        self.places[event.id] = seq
        root = self._note(seq, event)
        if root:
            self._amend(root, seq, event)
        return root

    def root_of(self, seq: int) -> int:
        """Returns the number of the development that an amendment is about at the root; ``seq`` for others."""
        return self._roots.get(seq, seq)

    def _note(self, seq: int, event: Event) -> int:
        """Notes which development an event amends, and returns its number."""
        about = self.places.get(target_of(event), 0)
        if not 0 < about < seq:
            return 0
        root = self._roots[seq] = self.root_of(about)
        self._amendments.setdefault(root, []).append(seq)
        return root

    def _amend(self, root: int, seq: int, event: Event) -> None:
        was, family = self.developments[root - 1], self._amendments[root]
        if isinstance(event, (Correction, Retraction)) and self.places[target_of(event)] == root and _takes(was):
            self.developments[root - 1] = now = _amended(was, [(seq, event)])
            for each in (seq,) if now.title == was.title else family:
                about = self.places[target_of(self.events[each - 1])]
                self.developments[each - 1] = _with_target(
                    self.developments[each - 1], self.developments[about - 1]
                )
            return
        members = [(each, self.events[each - 1]) for each in (root, *family)]
        for each, member in members:
            self.developments[each - 1] = Development(each, member, member)
        amending = [(each, member) for each, member in members if type(member) in _AMENDING]
        _amend(self.developments, self.events, amending, self.places)


def _takes(development: Development) -> bool:
    """Whether a correction or retraction of the development changes it and nothing else."""
    return type(development.event) not in _AMENDING


def single(seq: int, event: Event) -> Development:
    """Returns the development of an event that has no amendments and amends no event."""
    return Development(seq, event, event, REDACTED if isinstance(event, Redacted) else STANDS)


def corrected(event: Occurrence, changes: Mapping[str, Any]) -> Occurrence:
    """Returns the event with these fields changed (None empties a field). Raises BadInput, Unknown.

    The rules of ``values.check`` are not applied here: ``decide`` applied them when the correction was appended.
    """
    values = event_values.to_values(event)
    for field, value in changes.items():
        if not is_correctable(type(event), field):
            raise BadInput("says how the event came into the log and cannot be corrected", field=field)
        if value is None and field in event.__struct_fields__:
            values.pop(field, None)
        else:
            values[field] = value
    fixed = event_values.convert(type(event), values)
    assert isinstance(fixed, Occurrence)
    return fixed


def field_words(change: FieldChange, places: Mapping[str, int]) -> tuple[str, str]:
    """Returns a corrected field's values before and after in words; ``nothing`` is an empty value. ``places`` maps
    the ids of the story's events to their numbers, for fields that refer to an event."""
    return in_words(change.kind, change.before, places), in_words(change.kind, change.after, places)


STANDING_BY = {"correction": CORRECTED, "retraction": RETRACTED, "redaction": REDACTED}
"""The standing that each kind of amendment gives to its target."""


def attributed(development: Development) -> dict[str, list[int]]:
    """Returns the states that amendments gave the development, the strongest first, each with the numbers of its
    amendments."""
    found: dict[str, list[int]] = {}
    for each in sorted(development.amendments, key=lambda each: -_RANK.index(STANDING_BY[each.kind])):
        found.setdefault(STANDING_BY[each.kind], []).append(each.seq)
    return found


_AMENDING = frozenset((Correction, Retraction, Redaction, Redacted))


def _amendments_in_effect(
    events: Sequence[Event], amending: Sequence[tuple[int, Event]], place: Mapping[str, int]
) -> dict[str, list[tuple[int, Event]]]:
    """Returns the amendments that no later one undoes, each with its number, by the id of their target.
    ``amending`` are the events that may be amendments, with their numbers, in log order.

    The loop goes from the last event to the first, so that it sees a retraction before the amendment which that
    retraction undoes.
    """
    undone: set[str] = set()
    removed: set[str] = set()
    touched: dict[str, list[tuple[int, Event]]] = {}
    for seq, event in reversed(amending):
        if event.id in undone:
            continue
        kind, target = type_of(event), target_of(event)
        if event.id in removed:
            event = remains(event)
        if not 0 < place.get(target, 0) < seq or (kind == "correction" and isinstance(event, Redacted)):
            continue
        if kind == "redaction":
            removed.add(target)
        elif type_of(events[place[target] - 1]) == "redaction":
            continue
        elif kind == "retraction":
            undone.add(target)
        touched.setdefault(target, []).insert(0, (seq, event))
    return touched


def remains(event: Event) -> Redacted:
    """Returns the event as it is after its text is removed."""
    if isinstance(event, Redacted):
        return event
    return Redacted(
        id=event.id,
        recorded=event.recorded,
        hash=event.hash,
        was=type_of(event),
        about=target_of(event),
        minor=isinstance(event, Occurrence) and event.minor,
    )


def without_body(event: Event) -> Event:
    """Returns the event without its body, which no effect and no decision reads. In a long stream, bodies are most
    of the bytes. An event that is amended keeps its body: a correction may have changed it."""
    return structs.replace(event, body="") if isinstance(event, Occurrence) and event.body else event


def _amended(was: Development, amendments: Iterable[tuple[int, Event]]) -> Development:
    """Returns a development with further amendments, each with its number."""
    seq, event = was.seq, was.original
    standing, current, seen = was.standing, was.event, list(was.amendments)
    for place, amendment in amendments:
        changes: tuple[FieldChange, ...] = ()
        if isinstance(amendment, Correction):
            after = _corrected_or_none(current, amendment)
            if after is None:
                continue
            changes = _field_changes(current, after, amendment.changes)
            current, standing = after, max(standing, CORRECTED, key=_RANK.index)
        else:
            new = REDACTED if type_of(amendment) == "redaction" else RETRACTED
            standing = max(standing, new, key=_RANK.index)
        seen.append(Amended(place, amendment.id, type_of(amendment), amendment.recorded, _why(amendment), changes))
    if standing == REDACTED or isinstance(event, Redacted):
        removed = remains(event)
        seen = [each for each in seen if each.kind == "redaction"]
        return Development(seq, removed, removed, REDACTED, tuple(seen))
    return Development(seq, current, event, standing, tuple(seen))


_RANK = (STANDS, CORRECTED, RETRACTED, REDACTED)


def _corrected_or_none(event: Event, correction: Correction) -> Event | None:
    if not isinstance(event, Occurrence):
        return None
    try:
        return corrected(event, correction.changes)
    except (BadInput, Unknown):
        return None


def _field_changes(before: Event, after: Event, changes: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    cls = type(after)
    return tuple(
        FieldChange(
            name, event_values.value_of(before, name), event_values.value_of(after, name), kind_of(cls, name)
        )
        for name in changes
    )


def _why(event: Event) -> str:
    if isinstance(event, Redacted):
        return REMOVED
    assert isinstance(event, (Correction, Retraction, Redaction))
    return event.why


def _with_target(development: Development, target: Development) -> Development:
    return Development(
        development.seq,
        development.event,
        development.original,
        development.standing,
        development.amendments,
        target.seq,
        target.title,
    )
