"""Compare what was believed then with what is known now.

::

    events ──▶ the story as it was known then ──┐
      └──────▶ the story as it is known now ────┴──▶ Belief(then, now, "corrected 12 days later by #14")

"Then" is one place in the log or, without one, the place where each item was first told. A belief is followed to
the events that changed it: amendments of the developments it rests on, and events that take another view, end or
replace it. The verdict may use events that are recorded after "then"; the field ``then`` uses none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from tracker.domain.amend import REDACTED, RETRACTED, Amended, Development, places
from tracker.domain.events import SITUATIONS, Confirmation, Denial, Event, Occurrence, Opened, Report, Summary
from tracker.domain.fold import Replay, read_differently
from tracker.domain.story import NONE, Change, Claim, Item, KeyEvent, Pin, Situation, introduced
from tracker.text.dates import Edge, Recorded, apart, edge, when

UNCHANGED = "unchanged"


class Belief(NamedTuple):
    """One item, then and now. ``seq`` is the number of the development it rested on; ``changes`` holds the fields
    of that development which were corrected since; ``by`` holds the numbers of the events behind the verdict."""

    key: str
    label: str
    seq: int
    then: str
    now: str
    verdict: str
    by: tuple[int, ...]
    changes: tuple[Change, ...]

    @property
    def is_same(self) -> bool:
        return self.verdict == UNCHANGED


class Learned(NamedTuple):
    """A development that had occurred by then and was recorded later."""

    development: Development
    words: str


class Hindsight(NamedTuple):
    """All beliefs, and the developments that were not known then (none where each belief has its own then)."""

    beliefs: tuple[Belief, ...]
    learned: tuple[Learned, ...]


class Snapshot(NamedTuple):
    """An item as it was known right after the event ``known``, with the amendments that it rested on by then."""

    item: Item
    known: int
    seq: int
    amendments: tuple[Amended, ...]


class _Reason(NamedTuple):
    """Why a belief changed, and the numbers of the events that changed it."""

    words: str
    by: tuple[int, ...]


def hindsight(
    slug: str, events: Sequence[Event], known: int | None = None, at: Recorded | None = None
) -> Hindsight:
    """Returns the items as known after the first ``known`` events beside the items after all events. With None,
    each item counts from where it was first told. ``at`` is the instant that ``known`` stands for; without it,
    the instant at which the last of the ``known`` events was recorded."""
    replayed = Replay(slug, events)
    snapshots = first_told(slug, events) if known is None else snapshots_at(slug, events, known)
    beliefs = tuple(_belief(each, replayed) for each in snapshots)
    if known is None:
        return Hindsight(beliefs, ())
    return Hindsight(beliefs, tuple(_learned(replayed.developments[known:], at or events[known - 1].recorded)))


def snapshots_at(slug: str, events: Sequence[Event], known: int) -> list[Snapshot]:
    """Returns every item that stood after the first ``known`` events."""
    replayed = Replay(slug, events[:known])
    return [_snapshot(item, replayed) for item in replayed.story.items.values() if _is_believed(item)]


def first_told(slug: str, events: Iterable[Event]) -> list[Snapshot]:
    """Returns every item right after the event that introduced it."""
    replayed, snapshots = Replay(slug), dict[str, Snapshot]()
    for event in events:
        for change in replayed.step(event).changes:
            item = replayed.story.items.get(change.key)
            if item and change.key not in snapshots and _is_believed(item):
                snapshots[change.key] = _snapshot(item, replayed)
    return list(snapshots.values())


def _is_believed(item: Item) -> bool:
    return item.key not in ("title", "status") and not item.retracted and not isinstance(item, (KeyEvent, Pin))


def _snapshot(item: Item, replayed: Replay) -> Snapshot:
    seq = _rests_on(item, replayed.developments)
    supports = _supports(item, seq, replayed.developments)
    amendments = (each for support in supports for each in replayed.developments[support - 1].amendments)
    return Snapshot(item, len(replayed.events), seq, tuple(amendments))


def _rests_on(item: Item, developments: Sequence[Development]) -> int:
    """Returns the number of the development that gave the item its state."""
    return item.seq or max(each.seq for each in developments if _sums_up(each))


def _sums_up(development: Development) -> bool:
    event = development.event
    says = isinstance(event, Summary) or (isinstance(event, Opened) and bool(event.summary))
    return says and development.standing != RETRACTED


def _supports(item: Item, seq: int, developments: Sequence[Development]) -> list[int]:
    """Returns the numbers of all developments that the item's state rests on, its own first."""
    others = _OTHERS.get(type(item))
    return [seq, *(other for other in (others(item, developments) if others else ()) if other != seq)]


def _movers(situation: Situation, developments: Sequence[Development]) -> list[int]:
    """Returns the numbers of the events that changed or ended the situation."""
    ended = [situation.ended_by] if situation.ended_by else []
    return [*(each.seq for each in situation.states), *ended]


def _about(claim: Claim, developments: Sequence[Development]) -> list[int]:
    return [each.seq for each in developments if _is_about(each, claim)]


_OTHERS: dict[type[Item], Callable[[Any, Sequence[Development]], list[int]]] = {Situation: _movers, Claim: _about}
"""By type of item: the function that returns the developments it rests on besides its own."""


def _is_about(development: Development, claim: Claim) -> bool:
    """Returns whether the development was recorded as being about the claim."""
    original = development.original
    return isinstance(original, (Report, Confirmation, Denial)) and original.about == claim.id


# The verdict.


def _belief(snapshot: Snapshot, replayed: Replay) -> Belief:
    item, now = snapshot.item, replayed.story.items.get(snapshot.item.key)
    reasons = [*_amended(snapshot, replayed.developments), *_since(snapshot, now, replayed.developments)]
    after = _now(item, now)
    if not reasons and after != item.words:
        reasons = [_Reason("changed since", ())]
    return Belief(
        item.key,
        item.label,
        snapshot.seq,
        item.words,
        after,
        "; ".join(each.words for each in reasons) or UNCHANGED,
        tuple(dict.fromkeys(seq for each in reasons for seq in each.by)),
        tuple(_corrected_fields(snapshot, replayed)),
    )


def _now(item: Item, now: Item | None) -> str:
    """Returns the item's words now, under its new label where that was corrected."""
    if now is None:
        return NONE
    return now.words if now.label == item.label else f"{introduced(now.label)} {now.words}"


def _amended(snapshot: Snapshot, developments: Sequence[Development]) -> Iterator[_Reason]:
    """Yields the later amendments of the developments that the item rested on, and the amendments of these."""
    for seq in _supports(snapshot.item, snapshot.seq, developments[: snapshot.known]):
        target = developments[seq - 1]
        whose = "" if seq == snapshot.seq else f"#{seq} "
        for each in target.amendments:
            if each.seq > snapshot.known:
                done = _DONE[each.kind]
                later = apart(target.event.recorded, each.recorded)
                yield _Reason(f"{whose}{done} {later} later by #{each.seq}", (each.seq,))
    for withdrawn in snapshot.amendments:
        for each in developments[withdrawn.seq - 1].amendments:
            later = apart(withdrawn.recorded, each.recorded)
            words = f"{withdrawn.kind} #{withdrawn.seq} {_DONE[each.kind]} {later} later by #{each.seq}"
            yield _Reason(words, (each.seq,))


_DONE = {"correction": "corrected", "retraction": "retracted", "redaction": "redacted"}


def _since(snapshot: Snapshot, now: Item | None, developments: Sequence[Development]) -> Iterator[_Reason]:
    """Yields the later events that changed the item without amending its developments."""
    return _SINCE.get(type(now), _replaced)(snapshot, now, developments) if now else iter(())


def _replaced(snapshot: Snapshot, now: Item, developments: Sequence[Development]) -> Iterator[_Reason]:
    seq = _rests_on(now, developments)
    if seq != snapshot.seq:
        yield _Reason(f"replaced since by #{seq}", (seq,))


def _moved(snapshot: Snapshot, now: Situation, developments: Sequence[Development]) -> Iterator[_Reason]:
    for each in now.states:
        if each.seq > snapshot.known:
            yield _Reason(f"changed since by #{each.seq}", (each.seq,))
    if now.ended_by > snapshot.known:
        word = "ended" if now.listed == SITUATIONS else now.ended_word
        yield _Reason(f"{word} since by #{now.ended_by}", (now.ended_by,))


def _stances(snapshot: Snapshot, now: Claim, developments: Sequence[Development]) -> Iterator[_Reason]:
    then: Any = snapshot.item  # a claim, as ``now`` is
    for each in developments[snapshot.known :]:
        if not _is_about(each, now) or each.standing in (RETRACTED, REDACTED):
            continue
        event, ref = each.event, f"#{each.seq}"
        if isinstance(event, Report):
            yield _Reason(f"corroborated since by {ref}", (each.seq,))
        else:
            assert isinstance(event, (Confirmation, Denial))
            stance = "confirmed" if isinstance(event, Confirmation) else "denied"
            if now.status == "disputed" and then.status not in ("reported", stance):
                stance = "disputed"
            by = f"by {event.by} ({ref})" if event.by else f"by {ref}"
            yield _Reason(f"{stance} since {by}", (each.seq,))


_SINCE: dict[type[Item], Callable[[Snapshot, Any, Sequence[Development]], Iterator[_Reason]]] = {
    Situation: _moved,
    Claim: _stances,
}


def _corrected_fields(snapshot: Snapshot, replayed: Replay) -> Iterator[Change]:
    development = replayed.developments[snapshot.seq - 1]
    later = [each for each in development.amendments if each.seq > snapshot.known]
    fields = [change for each in later for change in each.changes]
    yield from read_differently(development, development, fields, places(replayed.events))


# Developments that were not known then.


def _learned(later: Iterable[Development], known: Recorded) -> Iterator[Learned]:
    """Yields the developments that were recorded later, of those that had certainly occurred by then."""
    for each in later:
        if _had_occurred(each, edge(known)):
            yield Learned(each, f"learned {apart(known, each.event.recorded)} later")


def _had_occurred(development: Development, moment: Edge) -> bool:
    event = development.event
    if not isinstance(event, Occurrence) or development.standing in (RETRACTED, REDACTED):
        return False
    return not moment.is_before(when(event.occurred, event.recorded).latest)
