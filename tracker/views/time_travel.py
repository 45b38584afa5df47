"""What turns a story's page back in time: which lines of the briefing each event changed, as the fold made them.

::

    steps of a replay ──▶ States (key, its line from then on) ──▶ history.json ──▶ the page puts lines in and out

Whoever has the file can say where things stood as known at any time by putting the lines of all states up to
then beside each other; nothing has to be folded again. What a state says is as it was known right after its event:
later amendments do not reach it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from tracker.domain.amend import Development
from tracker.domain.fold import Step
from tracker.text import markup
from tracker.text.dates import Recorded
from tracker.views.briefing import HEADINGS, Placed, placed

FORMAT = "tracker/1"


class PageState(NamedTuple):
    """What one event made of what stands: by key, the lines that are others from then on; None where one is
    gone."""

    seq: int
    recorded: Recorded
    lines: tuple[tuple[str, Placed | None], ...]


class Earlier(NamedTuple):
    """A development as it stood until the event ``until`` amended it."""

    development: Development
    until: int


class Rewind:
    """Follows a replay."""

    def __init__(self) -> None:
        self.states: list[PageState] = []
        self._developments: list[Development] = []

    def take(self, step: Step) -> list[Earlier]:
        """Looks at a step while the story is as the step left it; gives what it amended."""
        event = step.development.event
        lines = (
            (item.key, placed(before), placed(after))
            for before, after in step.changed_items
            if (item := after or before)
        )
        changed = tuple((key, now) for key, was, now in lines if was != now)
        self.states.append(PageState(step.development.seq, event.recorded, changed))
        amended = list(self._amended(step)) if step.development.target else []
        self._developments.append(step.development)
        return amended

    def _amended(self, step: Step) -> Iterator[Earlier]:
        """What the amendment changed. Developments that it left alone are the same still."""
        for number, (was, now) in enumerate(zip(self._developments, step.story.developments, strict=False)):
            if was != now:
                yield Earlier(was, step.development.seq)
                self._developments[number] = now


def serialize(
    slug: str, states: Iterable[PageState], was: Mapping[int, Sequence[tuple[int, str, str, str]]]
) -> bytes:
    """The file's bytes. ``was`` is how developments read until an event amended them: by number, that of the
    event, HTML, what kind of article that is, and its parties. The summary is HTML too, all else plain text."""
    steps = [
        {"seq": state.seq, "recorded": state.recorded, "items": [_item(*line) for line in state.lines]}
        for state in states
    ]
    start = {"format": FORMAT, "story": slug, "sections": HEADINGS}
    lines = b",\n".join(msgspec.json.encode(step) for step in steps)
    amended = msgspec.json.encode({str(seq): versions for seq, versions in was.items()})
    return msgspec.json.encode(start)[:-1] + b',"steps":[\n' + lines + b'\n],\n"was":' + amended + b"}\n"


def _item(key: str, line: Placed | None) -> list[object]:
    if line is None:
        return [key]
    if not line.heading:
        return [key, -1, "", markup.to_html(line.words) if key == "summary" else line.words, 0]
    return [key, HEADINGS.index(line.heading), line.order, line.words, line.seq]
