"""Removing a text for good: which lines a removal concerns, and what repeats their text elsewhere.

A redaction names one line in its head. A correction repeats the text of its target, so an editor who removes a
text redacts the corrections of it too, each with a redaction of its own. The log replaces the lines by their
shells (``chain.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracker import codec
from tracker.amend import REDACTED, Development
from tracker.errors import BadInput
from tracker.events import Event, Redaction
from tracker.story import Story

LONG_ENOUGH = 12
"""Shorter texts are common words, not repetitions."""


def concerned(story: Story, target: Development) -> list[Development]:
    """The developments that a removal of the target's text concerns: itself, and its corrections that still have
    their text."""
    corrections = (
        each
        for each in story.developments
        if each.type == "correction" and each.target == target.seq and each.standing != REDACTED
    )
    return [target, *corrections]


def check(story: Story, target: Development, draft: Redaction) -> None:
    """Refuses (BadInput) a redaction that removes nothing, or that repeats what it is to remove."""
    if target.standing == REDACTED:
        place = f"{story.slug}#{target.seq}"
        raise BadInput(f"{place} was redacted already", field="redacts")
    if any(text in draft.authority for text in texts(target.original)):
        raise BadInput("repeats the text that is to be removed", field="authority")


def repeats(story: Story, target: Development) -> list[int]:
    """The numbers of other events that repeat a text of the target word for word; those of its corrections, which
    go with it, left out."""
    own = texts(target.original)
    return [
        each.seq
        for each in story.developments
        if each.seq != target.seq and not (each.type == "correction" and each.target == target.seq)
        if any(text in other for text in own for other in texts(each.original, least=1))
    ]


def texts(event: Event, least: int = LONG_ENOUGH) -> list[str]:
    """What the event says in words of its own: titles, bodies, quotations; not names, dates and addresses."""
    return [text for text in _strings(codec.to_values(event)) if len(text) >= least]


_NO_TEXT = frozenset(
    ["id", "type", "recorded", "editor", "salt", "hash", "occurred", "parties", "closes", "about", "corrects",
     "retracts", "redacts", "url", "archived", "published", "publisher", "via", "party", "subject", "by", "into",
     "speaker", "company", "between", "language", "until", "due"]
)  # fmt: skip


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _NO_TEXT:
                yield from _strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _strings(item)
