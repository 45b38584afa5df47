"""A story on the two time axes: as this log knew it at K, and as it held in the world at T.

- ``known_at(events, K)``: the events recorded by K. Recorded times never go back, so this is a prefix of the
  log, and nothing recorded later can reach a view of it.
- ``as_of(story, T)``: the story restricted to what had occurred by T, as it is known in ``story``.
- ``view`` is both, in one fold: ``as_of(fold(known_at(events, K)), T)``.
- ``difference`` compares two views.

A date is a span. A development had occurred by T if its earliest instant had; where T lies inside the span of
a situation's beginning or end, that is flagged uncertain. If the date or T has no time, the calendar day at
the place of the other one counts (``Edge.is_before``). A development without a date counts as occurring when it
was recorded; an event about the log and not the world (``opened``) has always occurred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import structs

from tracker.domain import values
from tracker.domain.amend import STANDING_BY, Development, FieldChange, amend, is_correctable
from tracker.domain.events import Event, Occurrence, Opened, Redacted, fields_of
from tracker.domain.fold import fold_developments, read_differently, restricted
from tracker.domain.story import Change, Story, differences
from tracker.text.dates import Edge, Occurred, Recorded, when


def view(
    events: Iterable[Event], *, as_of: Edge | None = None, known_at: Recorded | None = None, slug: str = ""
) -> Story:
    """Returns the story at a point on each axis; None means no restriction on that axis."""
    developments = amend(list(_known_at(events, known_at) if known_at else events))
    return _restricted(slug, developments, as_of) if as_of else fold_developments(slug, developments)


def known_at(events: Iterable[Event], known: Recorded) -> Iterator[Event]:
    """Yields the events of a stream that were recorded by ``known`` (inclusive)."""
    for event in events:
        if event.recorded > known:
            return
        yield event


def as_of(story: Story, moment: Edge) -> Story:
    """Returns the story restricted to what had occurred by ``moment`` (inclusive)."""
    return _restricted(story.slug, story.developments, moment)


_known_at = known_at


def occurred_by(moment: Edge) -> Callable[[Event], bool]:
    """Returns a predicate: whether an event had occurred by ``moment``. Amendments are about the log and never
    occur. An event whose text was removed has lost its date, and occurs when it was recorded."""

    def had_occurred(event: Event) -> bool:
        if isinstance(event, Redacted):
            undated = not event.about and not moment.is_before(when(Occurred(""), event.recorded).earliest)
            return undated or event.was == "opened"
        if not isinstance(event, Occurrence):
            return False
        return isinstance(event, Opened) or not moment.is_before(when(event.occurred, event.recorded).earliest)

    return had_occurred


def _restricted(slug: str, developments: Sequence[Development], moment: Edge) -> Story:
    story = restricted(slug, developments, occurred_by(moment))
    for item in story.all_situations:
        begun = _lies_within(moment, item.since, item.recorded)
        *_, last = item.told_states
        changed = last.seq != item.seq and _lies_within(moment, last.occurred, last.recorded)
        ended = item.ended_by > 0 and _lies_within(moment, item.ended, item.ended_recorded)
        if begun or changed or ended:
            story.items[item.key] = structs.replace(
                item, begin_uncertain=begun, state_uncertain=changed, end_uncertain=ended
            )
    return story


def _lies_within(moment: Edge, occurred: Occurred, recorded: Recorded) -> bool:
    """Returns whether the date does not say if it was before or after ``moment``."""
    earliest, latest = when(occurred, recorded)
    return not moment.is_before(earliest) and moment.is_before(latest)


# Two views beside each other.


class Reread(NamedTuple):
    """A development that reads differently in the later view, with the differences."""

    development: Development
    changes: tuple[Change, ...]


class Difference(NamedTuple):
    """The differences of a view from an earlier one.

    ``changes`` are those of the story's items; ``added`` are the developments that only the later view has,
    ``removed`` those that only the earlier view has (a corrected date removes one), ``amended`` those that read
    differently.
    """

    changes: tuple[Change, ...]
    added: tuple[Development, ...]
    amended: tuple[Reread, ...]
    removed: tuple[Development, ...]


def difference(before: Story, after: Story, places: Mapping[str, int] | None = None) -> Difference:
    """Returns the differences of ``after`` from ``before``. ``places`` holds the numbers of the log's events by
    id, for views which do not hold them all."""
    earlier = {each.seq: each for each in before.developments}
    later = {each.seq: each for each in after.developments}
    known = {each.id: each.seq for each in (*before.developments, *after.developments)} | dict(places or {})
    reread = (Reread(now, _reread(earlier[seq], now, known)) for seq, now in later.items() if seq in earlier)
    return Difference(
        differences(before, after),
        tuple(each for seq, each in later.items() if seq not in earlier),
        tuple(each for each in reread if each.changes),
        tuple(each for seq, each in earlier.items() if seq not in later),
    )


def _reread(was: Development, now: Development, places: Mapping[str, int]) -> tuple[Change, ...]:
    if was == now:
        return ()
    new = [
        f"#{each.seq}"
        for each in now.amendments
        if each not in was.amendments and STANDING_BY[each.kind] == now.standing
    ]
    by = f" by {' and '.join(new)}" if new else ""
    return tuple(read_differently(was, now, field_changes(was.event, now.event), places, by))


def field_changes(was: Event, now: Event) -> list[FieldChange]:
    """Returns the fields that differ between two readings of one event; none where its text was removed."""
    if type(was) is not type(now):
        return []
    before, after = values.to_values(was), values.to_values(now)
    fields = [field for field in fields_of(type(now)) if is_correctable(type(now), field.name)]
    changes = (FieldChange(each.name, before.get(each.name), after.get(each.name), each.kind) for each in fields)
    return [change for change in changes if change.before != change.after]
