"""Rows of the lists on pages: stories, expected dates, and the stories of a party or a type."""

from __future__ import annotations

from typing import NamedTuple

from tracker.wording.lines import Line


class StoryRow(NamedTuple):
    """A story as it was published, and as lists show it.

    Attributes: ``version`` is the version of its log. ``stream`` is the id of its first event. ``seq`` and
    ``hash`` are of the last published event, or 0 and empty. ``error`` is the damage of its log, or empty.

    For lists: ``opener`` is the id of its first event, empty if no event could be read, and then no list has the
    story. ``opened`` is when it began, ``updated`` when its last event was recorded, ``events`` the number of its
    events. ``turned`` is when its standing last changed, ``turn`` how. ``weight`` is the weight of its standing.
    ``has_key`` is 1 if it has a feed of key events, else 0, ``pinned`` if the desk lists it first.
    """

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
    has_key: int = 0
    pinned: int = 0


class Expected(NamedTuple):
    """An expected date of a story: a line in ``words``, the number of its development, and whether it is
    overdue."""

    slug: str
    title: str
    words: str
    seq: int
    overdue: bool


class Mention(NamedTuple):
    """A development that mentions one of another story: its story, its number, when it was recorded, its title,
    and the id of the other development."""

    slug: str
    seq: int
    recorded: str
    title: str
    id: str


class Involved(NamedTuple):
    """A story of a party or a type: the lines of where the story stands that concern it."""

    slug: str
    title: str
    lines: list[Line]
