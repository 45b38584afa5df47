"""What the pages list of a story, of an expected date and of a party."""

from __future__ import annotations

from typing import NamedTuple

from tracker.views.briefing import Placed


class StoryRow(NamedTuple):
    """A story as it was published: ``stream`` is the id of its first event, ``seq`` and ``hash`` are of the last
    event published, 0 and empty where none was; ``error`` is what is wrong with its log, or empty. The rest is
    how it is listed: ``opened`` is when it began, ``events`` how many it has, ``turned`` when what stands last
    changed and ``turn`` how. Not listed (``opener`` empty) is one without a whole event."""

    slug: str
    version: int
    stream: str = ""
    seq: int = 0
    hash: str = ""
    error: str = ""
    opener: str = ""
    title: str = ""
    status: str = ""
    opened: str = ""
    events: int = 0
    updated: str = ""
    turned: str = ""
    turn: str = ""
    weight: int = 0


class Expected(NamedTuple):
    """What a story expects, in a line, the number of the development that says so, and whether it was due."""

    slug: str
    title: str
    words: str
    seq: int
    overdue: bool


class Involved(NamedTuple):
    """How a party, or a type, is involved in a story: where that stands, as far as it is about them."""

    slug: str
    title: str
    lines: list[Placed]
