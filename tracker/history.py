"""The two time axes: what this log knew at K, and what held in the world at T.

- ``known_at(events, K)``: the events recorded by K. Recorded times never go back, so this is a prefix of the
  log, and nothing recorded later can reach a view of it.
- ``as_of(story, T)``: the story restricted to what had occurred by T, as it is known in ``story``.
- ``view`` is both: ``as_of(fold(known_at(events, K)), T)``.

A date is a span. A development had occurred by T if its earliest instant had; where T lies inside the span of
a situation's beginning or end, the situation is flagged ``uncertain``. A development without a date counts as
occurring when it was recorded; what is about the log and not the world (``opened``) is always there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import structs

from tracker.events import Event, Occurrence, Opened
from tracker.fold import fold, fold_developments
from tracker.story import Situation, Story
from tracker.times import Moment, Recorded, when


def view(
    slug: str, events: Iterable[Event], *, as_of: Moment | None = None, known_at: Recorded | None = None
) -> Story:
    """The story at a point on each axis; None means no restriction on that axis."""
    story = fold(slug, _known_at(events, known_at) if known_at else events)
    return _as_of(story, as_of) if as_of else story


def known_at(events: Iterable[Event], known: Recorded) -> Iterator[Event]:
    """The events of a stream that were recorded by ``known`` (inclusive)."""
    for event in events:
        if event.recorded > known:
            return
        yield event


def as_of(story: Story, moment: Moment) -> Story:
    """The story restricted to what had occurred by ``moment`` (inclusive)."""
    by_then = [each for each in story.developments if _had_occurred(each.event, moment)]
    restricted = fold_developments(story.slug, by_then)
    restricted.seq, restricted.head, restricted.updated = story.seq, story.head, story.updated
    for key, item in restricted.items.items():
        if isinstance(item, Situation) and _is_uncertain(item, moment):
            restricted.items[key] = structs.replace(item, uncertain=True)
    return restricted


_known_at, _as_of = known_at, as_of


def _had_occurred(event: Event, moment: Moment) -> bool:
    if isinstance(event, Opened):
        return True
    return isinstance(event, Occurrence) and when(event.occurred, event.recorded).earliest <= moment


def _is_uncertain(situation: Situation, moment: Moment) -> bool:
    """Whether ``moment`` lies where the beginning's or the end's date does not say if it was in force."""
    edges = [when(situation.since, situation.recorded)]
    if situation.ended_by:
        edges.append(when(situation.until, situation.ended_recorded))
    return any(edge.earliest <= moment < edge.latest for edge in edges)
