"""Removing a text for good: what a redaction takes out of the log, and what repeats it elsewhere.

A redaction names every line whose text goes: the target's, and those of its corrections, which repeat it. The log
rewrites these lines when the redaction is on the disk (``log.py``); ``codec.py`` says what stays of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from tracker import codec
from tracker.amend import REDACTED, Development, target_of
from tracker.errors import BadInput
from tracker.events import Event, Redaction, Removed
from tracker.story import Story

LONG_ENOUGH = 12
"""Shorter texts are common words, not repetitions."""


def complete(story: Story, target: Development, draft: Redaction) -> Redaction:
    """The redaction of ``target`` with every line that it removes. Raises BadInput."""
    place = f"{story.slug}#{target.seq}"
    if draft.removed:
        raise BadInput("is written by tracker; leave it out", field="removed")
    if target.type == "redaction":
        raise BadInput(f"{place} says who demanded a removal, and stays", field="redacts")
    if target.standing == REDACTED:
        raise BadInput(f"{place} was redacted already", field="redacts")
    corrections = (
        each
        for each in story.developments
        if each.type == "correction" and each.target == target.seq and each.standing != REDACTED
    )
    removed = tuple(_removed(story, each) for each in (target, *corrections))
    if not all(each.hash for each in removed):
        raise BadInput(f"{place} is not recorded yet; leave it out in place of redacting it", field="redacts")
    if any(text in draft.authority for text in texts(target.original)):
        raise BadInput("repeats the text that is to be removed", field="authority")
    return structs.replace(draft, removed=removed)


def _removed(story: Story, development: Development) -> Removed:
    event = development.original
    seq = development.seq
    follows = story.developments[seq - 2].event.hash if seq > 1 else codec.genesis(story.slug).hex()
    return Removed(
        id=event.id,
        was=development.type,
        recorded=event.recorded,
        about=target_of(event),
        hash=event.hash,
        follows=follows,
        minor=_is_minor(story, development),
    )


def _is_minor(story: Story, development: Development) -> bool:
    """Whether it, or the event that it corrects, was kept out of the feeds from the first."""
    while development.target:
        development = story.developments[development.target - 1]
    readings = (development.event, development.original)
    return all(getattr(event, "minor", False) for event in readings)


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
