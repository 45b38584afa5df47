"""Plan an import: compare the candidates of a file with the story, and decide what is recorded.

::

    candidates ─▶ one for each key ─▶ new: oldest first, references resolved ──▶ drafts
                                  └─▶ known: compared three ways ─▶ corrections, updates ─┘
                                                                └─▶ conflicts, told

The module is pure. A plan is for the story as it was read: it names its events by their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from tracker.domain.amend import RETRACTED
from tracker.domain.directory import Directory
from tracker.domain.events import Event, Occurrence, kind_of, type_of
from tracker.domain.story import Story
from tracker.domain.wording import in_words
from tracker.errors import BadInput
from tracker.importing.changes import CHANGED, CONFLICT, LESS_PRECISE, FieldDifference, differences
from tracker.importing.drafting import REFERRING, Candidate
from tracker.importing.mapping import TOLD_BY_UPDATES, ImportMapping
from tracker.importing.origins import KnownRecord, Origins, origin_of, origins
from tracker.startup import sha256
from tracker.text.dates import Occurred, span

Values = dict[str, Any]


class Note(Struct, frozen=True):
    """Something that an import does not record, in words: ``what`` is ``conflict``, ``asked``, ``ignored``, ``less
    precise``, ``withdrawn``, ``removed``, ``type``, ``gone``, ``repeated`` or ``skipped``. ``seq`` is the event's
    number, or 0."""

    what: str
    text: str
    key: str = ""
    seq: int = 0


class Planned(Struct, frozen=True):
    """A draft with the place of its record. ``what`` is ``event``, ``correction`` or ``update``."""

    what: str
    values: Values
    place: str
    key: str


class Plan(Struct, frozen=True):
    """What an import records, in this order, and what it only tells. ``refusals`` are of records that cannot be
    recorded; with one, nothing is. ``unchanged`` is the number of records that the story has as they are."""

    drafts: list[Planned]
    notes: list[Note]
    refusals: list[BadInput]
    unchanged: int
    batch: str

    def count(self, what: str) -> int:
        return sum(each.what == what for each in self.drafts)

    def told(self, what: str) -> list[Note]:
        return [each for each in self.notes if each.what == what]


def plan(
    story: Story, candidates: Sequence[Candidate], mapping: ImportMapping, path: str, directory: Directory
) -> Plan:
    """Returns the plan of an import into the story."""
    planner = _Planner(story, mapping, path, directory)
    return planner.plan(candidates)


class _Planner:
    def __init__(self, story: Story, mapping: ImportMapping, path: str, directory: Directory) -> None:
        self.story = story
        self.mapping = mapping
        self.path = path
        self.directory = directory
        self.origins: Origins = origins(story.developments, mapping.name)
        named = [*mapping.keys.fields, *TOLD_BY_UPDATES]
        self.updates = frozenset(name for name in named if mapping.policy(name) == "update")
        self.notes: list[Note] = []
        self.refusals: list[BadInput] = []
        self.unchanged = 0

    def plan(self, candidates: Sequence[Candidate]) -> Plan:
        chosen = self._one_each(candidates)
        new = self._in_order([each for each in chosen.values() if self._is_new(each)])
        self._refuse_copies(new)
        numbers = {each.key: self.story.seq + place for place, each in enumerate(new, 1)}
        numbers |= {key: each.first.seq for key, each in self.origins.known.items()}
        drafts = [Planned("event", self._resolved(each, numbers), each.record.place, each.key) for each in new]
        for each in chosen.values():
            if known := self.origins.known.get(each.key):
                drafts += self._changes(each, known)
        self._note_gone(chosen)
        batch = self._batch(drafts)
        for draft in drafts:
            draft.values["imported"] = {**draft.values["imported"], "batch": batch}
        return Plan(drafts, self.notes, self.refusals, self.unchanged, batch)

    def _note(self, what: str, text: str, key: str = "", seq: int = 0) -> None:
        self.notes.append(Note(what, text, key, seq))

    def _one_each(self, candidates: Iterable[Candidate]) -> dict[str, Candidate]:
        """Returns one candidate for each key. Refuses keys that repeat with different content."""
        chosen: dict[str, Candidate] = {}
        for each in candidates:
            first = chosen.setdefault(each.key, each)
            if first is each:
                continue
            if (first.draft, first.at) == (each.draft, each.at):
                self._note("repeated", f"{each.record.place}: repeats {first.record.place}", each.key)
            else:
                self.refusals.append(
                    BadInput(
                        f"{self.path}: {each.record.where()}: id: {each.key!r} is the id of {first.record.place},"
                        " too, which says something else; name more of the record in id, such as"
                        ' id = "{id} {published}"'
                    )
                )
        return chosen

    def _is_new(self, candidate: Candidate) -> bool:
        if candidate.key in self.origins.known:
            return False
        if self.origins.removed and self.origins.is_removed(candidate.key):
            self._note("removed", f"{candidate.record.place}: its text was removed for good here", candidate.key)
            return False
        return True

    def _refuse_copies(self, new: Sequence[Candidate]) -> None:
        """Refuses new records that the story has already: from another importer, as after a mapping was renamed,
        or as its own events, as in a table that was exported from it."""
        ids = {each.id: each.seq for each in self.story.developments}
        others = {
            (origin.key, *_told_of(each.original)): (each.seq, origin.importer)
            for each in self.story.developments
            if new and (origin := origin_of(each.original)) and origin.importer != self.mapping.name
            if each.standing != RETRACTED
        }
        for each in new:
            place = f"{self.path}: {each.record.place}"
            seq, importer = others.get((each.key, *_told_of(each.event)), (0, ""))
            if seq:
                self.refusals.append(
                    BadInput(
                        f"{place}: is #{seq} of this story already, imported as {importer!r}. If the mapping was"
                        f' renamed, add importer = "{importer}" to it; if this is another record, name more in id'
                    )
                )
            elif each.key in ids:
                seq = ids[each.key]
                correct = f"tracker correct {self.story.slug}#{seq}"
                self.refusals.append(
                    BadInput(f"{place}: is #{seq} of this story already. To change it: {correct}")
                )

    def _in_order(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Returns the candidates, the oldest first, and each after those that it refers to."""
        by_key = {each.key: each for each in candidates}
        ordered: dict[str, Candidate] = {}

        def place(each: Candidate, above: tuple[str, ...]) -> None:
            if each.key in ordered or each.key in above:
                return
            for key in _references(each):
                if key in by_key:
                    place(by_key[key], (*above, each.key))
            ordered[each.key] = each

        for each in candidates if self.mapping.keys.order == "file" else sorted(candidates, key=_when):
            place(each, ())
        return list(ordered.values())

    def _resolved(self, candidate: Candidate, numbers: Mapping[str, int]) -> Values:
        """Returns the draft with the numbers of the events that it refers to."""
        own = numbers[candidate.key]
        draft = dict(candidate.draft)
        for name, value in candidate.draft.items():
            several = isinstance(value, list)
            found = []
            for each in value if several else [value]:
                if not (
                    isinstance(each, str)
                    and each.startswith("@")
                    and kind_of(type(candidate.event), name) in REFERRING
                ):
                    found.append(each)
                    continue
                number = numbers.get(each[1:], 0)
                if not 0 < number < own:
                    why = "comes later" if number else "is not in the file, and was not imported before"
                    self.refusals.append(
                        BadInput(f"{self.path}: {candidate.record.place}: {name}: the record {each[1:]!r} {why}")
                    )
                found.append(f"#{number}")
            draft[name] = found if several else found[0]
        draft["imported"] = self._origin(candidate)
        return draft

    def _origin(self, candidate: Candidate) -> Values:
        at = {"at": candidate.at} if candidate.at else {}
        return {"importer": self.mapping.name, "key": candidate.key, **at}

    # Known records.

    def _changes(self, candidate: Candidate, known: KnownRecord) -> Iterator[Planned]:
        """Yields the corrections and updates of a known record, and notes what is only told."""
        first, place = known.first, candidate.record.place
        if known.withdrawn:
            self._note("withdrawn", f"{place}: was withdrawn here (#{first.seq})", candidate.key, first.seq)
            return
        was, now = type_of(first.event), type_of(candidate.event)
        if was != now:
            text = f"{place}: is {now} there by now, and {was} here (#{first.seq})"
            self._note("type", text, candidate.key, first.seq)
        found = differences(known, candidate.event, candidate.mapped, self.updates, self.directory)
        if not found and was == now:
            self.unchanged += 1
        to_correct: dict[int, list[FieldDifference]] = {}
        to_update = []
        for each in found:
            policy = self.mapping.policy(each.field, each.group)
            cannot_tell = policy == "update" and not each.theirs  # an update tells a value
            if each.outcome != CHANGED or policy in ("ignore", "ask") or cannot_tell:
                what = {CHANGED: "ignored" if policy == "ignore" else "asked"}.get(each.outcome, each.outcome)
                self._note(what, f"{place}: {_told(each)}", candidate.key, each.carrier.seq)
            elif policy == "update":
                to_update.append(each)
            else:
                to_correct.setdefault(each.carrier.seq, []).append(each)
        for seq, group in to_correct.items():
            yield self._correction(candidate, seq, group)
        if to_update:
            yield from self._update(candidate, to_update)

    def _correction(self, candidate: Candidate, seq: int, found: Sequence[FieldDifference]) -> Planned:
        changes: Values = {}
        for each in found:
            if each.group:
                stated = changes.get("figures")
                if stated is None:
                    stated = msgspec.to_builtins(getattr(each.carrier.event, "figures", ()))
                kept = [figure for figure in stated if figure["name"] != each.field]
                changes["figures"] = [*kept, *([each.theirs] if each.theirs else [])] or None
            else:
                changes[each.field] = each.theirs
        quiet = {"quiet": True} if self.mapping.keys.backfill else {}
        values = {
            "type": "correction",
            "corrects": f"#{seq}",
            "changes": changes,
            "why": f"changed at its origin ({self.mapping.name})",
            **quiet,
            "imported": self._origin(candidate),
        }
        return Planned("correction", values, candidate.record.place, candidate.key)

    def _update(self, candidate: Candidate, found: Sequence[FieldDifference]) -> Iterator[Planned]:
        """Yields the update that tells the changed fields: it occurred when the record was changed there."""
        place = candidate.record.where(self.mapping.changed.names[:1])
        if not candidate.at:
            names = ", ".join(each.field for each in found)
            reason = f"has no date, and the change of {names} needs one"
            self.refusals.append(BadInput(f"{self.path}: {place}: changed: {reason}"))
            return
        assert isinstance(candidate.event, Occurrence)
        values: Values = {"type": "update", "title": candidate.event.title, "occurred": candidate.at}
        for each in found:
            if each.group:
                values.setdefault("figures", []).append(each.theirs)
            else:
                values[each.field] = each.theirs
        known = self.origins.known[candidate.key]
        more: Values = {
            name: candidate.draft[name] for name in ("parties", "sources", "backfilled") if name in candidate.draft
        }
        values |= {**more, "see": [f"#{known.first.seq}"], "imported": self._origin(candidate)}
        yield Planned(
            "update", {name: each for name, each in values.items() if each}, candidate.record.place, candidate.key
        )

    # The whole.

    def _note_gone(self, there: Mapping[str, Candidate]) -> None:
        """Notes the known records that the file does not have. For a feed, those of before its first are past its
        window, and not gone."""
        if self.mapping.keys.gone == "ignore":
            return
        oldest = min(map(_when, there.values()), default="")
        for key, known in self.origins.known.items():
            event = known.first.event
            if key in there or known.withdrawn or not isinstance(event, Occurrence):
                continue
            if self.mapping.keys.gone == "window" and _date_key(event.occurred) < oldest:
                continue
            self._note(
                "gone", f"#{known.first.seq} ({event.title}) is gone there; it stays here", key, known.first.seq
            )

    def _batch(self, drafts: Sequence[Planned]) -> str:
        """Returns the name of the import: a digest of what it records. A retry has the same."""
        said = [self.story.slug, self.story.seq, self.mapping.name, [each.values for each in drafts]]
        return sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()[:10]


def _told_of(event: Event) -> tuple[str, str, str]:
    """Returns the type, the title and the date of an event."""
    return type_of(event), getattr(event, "title", ""), getattr(event, "occurred", "")


def _references(candidate: Candidate) -> Iterator[str]:
    """Yields the keys of the records to which a candidate refers."""
    for name, value in candidate.draft.items():
        if kind_of(type(candidate.event), name) in REFERRING:
            found = (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str))
            yield from (each[1:] for each in found if each.startswith("@"))


def _when(candidate: Candidate) -> str:
    return _date_key(candidate.draft.get("occurred") or candidate.draft.get("due") or "")


def _date_key(date: str) -> str:
    return span(Occurred(date)).earliest.instant if date else ""


def _told(difference: FieldDifference) -> str:
    kind = "figures" if difference.group else kind_of(type(difference.carrier.event), difference.field)
    base, theirs, ours = (
        _words(kind, [each] if difference.group and each else each)
        for each in (difference.base, difference.theirs, difference.ours)
    )
    place = f"{difference.field} (#{difference.carrier.seq})"
    if difference.outcome == CONFLICT:
        return f"{place}: was {base}, is {theirs} there and {ours} here"
    if difference.outcome == LESS_PRECISE:
        return f"{place}: {theirs} says less than {base}"
    return f"{place}: was {base}, is {theirs} there"


def _words(kind: str, value: Any) -> str:
    words = " ".join(in_words(kind, value).split())
    return f"“{words[:60]}…”" if len(words) > 60 else f"“{words}”" if value else words
