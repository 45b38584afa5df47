"""What a story already has of an importer: which records, with which values, and what became of them.

A record is *known* by its key. Its event is its first carrier; an update that a later import recorded is another
one. The values that an import gave last are those of the carrier with the imported corrections on top. They may
differ from those that stand now, which an editor may have corrected.

Events that ``--undo`` withdrew are not known: the records can be imported again. Events that an editor withdrew
are: they do not come back. Of a removed event only a digest of its key is left, in its redaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from tracker.domain import redaction
from tracker.domain import values as event_values
from tracker.domain.amend import RETRACTED, STANDS, Development
from tracker.domain.events import Correction, Event, Imported, Occurrence, Redaction, Retraction, added, type_of


class Carrier(Struct):
    """An event with values of a record: its number, the ``values`` that imports gave it, and the event as it
    stands."""

    seq: int
    values: dict[str, Any]
    event: Event


class KnownRecord(Struct):
    """A record in the log. ``withdrawn``: an editor has withdrawn its event."""

    carriers: list[Carrier]
    withdrawn: bool = False

    @property
    def first(self) -> Carrier:
        return self.carriers[0]


class Origins(Struct, frozen=True):
    """The records that a story has of one importer, by their keys; and of removed ones, the id of the event with
    the digest."""

    known: Mapping[str, KnownRecord]
    removed: frozenset[tuple[str, str]]
    importer: str

    def is_removed(self, key: str) -> bool:
        """Returns whether the text of the record's event was removed for good."""
        return any(redaction.digest(id, self.importer, key) == digest for id, digest in self.removed)


def origin_of(event: Event) -> Imported | None:
    """Returns where an event was imported from; None if it was not."""
    found = added(event, "imported")
    return found if isinstance(found, Imported) else None


def undone(developments: Iterable[Development]) -> set[str]:
    """Returns the ids of the events that ``--undo`` withdrew."""
    return {
        each.original.retracts
        for each in developments
        if isinstance(each.original, Retraction) and origin_of(each.original) and each.standing == STANDS
    }


def origins(developments: Iterable[Development], importer: str) -> Origins:
    """Returns what a story has of an importer. ``developments`` are all of the story, in log order."""
    everything = list(developments)
    gone = undone(everything)
    known: dict[str, KnownRecord] = {}
    carriers: dict[str, Carrier] = {}
    removed: set[tuple[str, str]] = set()
    for each in everything:
        origin = origin_of(each.original)
        if origin is None or origin.importer != importer or each.id in gone:
            continue
        if isinstance(each.original, Redaction):
            removed.add((each.original.redacts, origin.key))
        elif isinstance(each.original, Occurrence):
            carrier = carriers[each.id] = Carrier(each.seq, event_values.to_values(each.original), each.event)
            if origin.key in known:
                known[origin.key].carriers.append(carrier)
            else:
                known[origin.key] = KnownRecord([carrier], each.standing == RETRACTED)
        elif isinstance(each.original, Correction) and each.original.corrects in carriers:
            carriers[each.original.corrects].values.update(each.original.changes)
    return Origins(known, frozenset(removed), importer)


class Batch(Struct):
    """One import: its name, its importer, when it was recorded, the numbers of its events by type, and how many of
    them ``--undo`` withdrew."""

    name: str
    importer: str
    recorded: str
    seqs: list[int]
    types: dict[str, int]
    undone: int = 0


def batches(developments: Iterable[Development]) -> list[Batch]:
    """Returns the imports of a story, the oldest first."""
    everything = list(developments)
    gone = undone(everything)
    found: dict[str, Batch] = {}
    for each in everything:
        origin = origin_of(each.original)
        if not origin or not origin.batch or isinstance(each.original, Retraction):
            continue
        batch = found.setdefault(
            origin.batch, Batch(origin.batch, origin.importer, each.original.recorded, [], {})
        )
        batch.seqs.append(each.seq)
        batch.types[type_of(each.original)] = batch.types.get(type_of(each.original), 0) + 1
        batch.undone += each.id in gone
    return list(found.values())
