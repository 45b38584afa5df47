"""The history with which a story's page goes back in time: the lines of the briefing that each event changed.

::

    steps of a replay ──▶ States (key, its item from then on) ──▶ history.json ──▶ the page puts lines in and out

A program that has the file can show where things stood as known at any time: it applies the lines of all states up
to then, and folds nothing. A state holds its lines as known right after its event: no later
amendment reaches it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tracker.domain.amend import Development
from tracker.domain.fold import Step
from tracker.domain.story import Item
from tracker.text import markup
from tracker.text.dates import Recorded
from tracker.views.briefing import HEADINGS, Placed, facts, placed

FORMAT = "tracker/1"


class PageState(NamedTuple):
    """The change that one event made to the briefing. ``lines`` holds the places of the items that read
    differently from then on, by the item's key; None for one that is gone."""

    seq: int
    recorded: Recorded
    lines: tuple[tuple[str, Placed | None], ...]


class Earlier(NamedTuple):
    """A development as it stood until the event ``until`` amended it."""

    development: Development
    until: int


class Rewind:
    """A recorder of the states during a replay."""

    def __init__(self) -> None:
        self.states: list[PageState] = []
        self._developments: list[Development] = []

    def take(self, step: Step) -> list[Earlier]:
        """Records a step, while the story is as the step left it. Returns the developments that it amended,
        as they stood before."""
        event = step.development.event
        changed = tuple(
            (item.key, placed(after))
            for before, after in step.changed_items
            if (item := after or before) and shown(before) != shown(after)
        )
        self.states.append(PageState(step.development.seq, event.recorded, changed))
        amended = list(self._amended(step)) if step.development.target else []
        self._developments.append(step.development)
        return amended

    def _amended(self, step: Step) -> Iterator[Earlier]:
        """Yields the developments that the amendment changed, as they stood before."""
        for number, (was, now) in enumerate(zip(self._developments, step.story.developments, strict=False)):
            if was != now:
                yield Earlier(was, step.development.seq)
                self._developments[number] = now


Version = tuple[int | str, ...]
"""An earlier reading of a development: the number of the event that amended it, HTML, the kind of article, and its
parties; if it had tags or was a key event, also its tags, and ``key`` or an empty text."""


def shown(item: Item | None) -> tuple[object, ...]:
    """Returns everything that a page shows of an item: its place, and what its line tells."""
    place = placed(item)
    return (place.order, place.seq, facts(item)) if place else ()


def line_of(key: str, place: Placed | None, words: Callable[[Item], str]) -> list[object]:
    """Returns an item as the page's script reads it: its key, the number of its section, the key that sorts it
    there, its line, and the number of its development. Only the key if it stands nowhere."""
    if place is None:
        return [key]
    line = words(place.item)
    if not place.heading:
        return [key, -1, "", markup.to_html(line) if key == "summary" else line, 0]
    return [key, HEADINGS.index(place.heading), place.order, line, place.seq]
