"""The first screen of a story: what holds, what is latest and what is open, the most important first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from tracker.domain.amend import Development
from tracker.domain.events import added
from tracker.domain.story import Story
from tracker.views.briefing import Placed
from tracker.views.development import is_withdrawn
from tracker.views.timeline import NOTES, Group

HOLDS = ("force", "offices", "confirmed")
OPEN = ("contested", "pending", "open", "questions", "expected")
"""The sections of the briefing under which something holds, and under which something is open."""

OWN_ACTS = ("pinned", "unpinned", "summary")
"""Types of what the desk itself does, which is no news."""

MOST, LATEST = 4, 3
"""The most lines of each kind, and the number of the latest developments."""


class Digest(NamedTuple):
    """The lines for what holds and for what is open, and how many there are of each in all. Where nothing holds,
    ``holds`` are the lines for what has ended. ``latest`` are the developments that occurred last."""

    holds: list[Placed]
    holding: int
    open: list[Placed]
    opened: int
    latest: list[Development]


def digest(story: Story, sections: Mapping[str, Sequence[Placed]], groups: Sequence[Group]) -> Digest:
    """Returns the digest of a story with these sections of its briefing and these groups of its timeline. A key
    event makes a line important, and then that it rests on what occurred late."""
    ranked = [(seq, group.occurred != NOTES) for group in groups for seq in group.seqs]
    rank = {seq: place for place, (seq, _) in enumerate(ranked)}

    def importance(line: Placed) -> tuple[bool, int]:
        item = story.items[line.key]
        is_key = any(added(story.developments[seq - 1].event, "key") for seq in (item.seq, line.seq) if seq)
        return not is_key, rank[line.seq]

    holds, opened, ended = (
        [line for name in names for line in sections.get(name, ())] for names in (HOLDS, OPEN, ("ended",))
    )
    holds = holds or ended
    news = (story.developments[seq - 1] for seq, is_news in ranked if is_news)
    latest = list(islice((each for each in news if not is_withdrawn(each) and each.type not in OWN_ACTS), LATEST))
    return Digest(sorted(holds, key=importance)[:MOST], len(holds), sorted(opened, key=importance)[:MOST],
                  len(opened), latest)  # fmt: skip
