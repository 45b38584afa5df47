"""Links between the events of several stories. An event is known by its number to people, by its id in the log.

A number never changes, and an event is linked to after it was recorded. So a link reads the same at any later
time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tracker.domain import chain
from tracker.errors import BadInput, CorruptLog, TrackerError, Unknown
from tracker.log.base import EventLog
from tracker.text.dates import Edge, Recorded
from tracker.text.names import is_link, is_reference, parse_reference

if TYPE_CHECKING:
    from tracker.views.as_json import LinkedShape

FIELD = "see"


class Numbers:
    """The numbers of events by story and id. Each story is read once, and again for an id that is new."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._of: dict[str, dict[str, int]] = {}

    def __call__(self, slug: str, id: str) -> int:
        """Returns the number of an event; 0 if there is none, or the story cannot be read."""
        if id not in self._of.get(slug, {}):
            lines = self._log.lines_if_any(slug)
            self._of[slug] = {chain.id_of(line): seq for seq, line in enumerate(lines, 1)}
        return self._of[slug].get(id, 0)


def naming(log: EventLog, slug: str) -> dict[str, list[int]]:
    """Returns the other stories whose lines may name an event of this story, with the numbers of these lines.
    Reads all lines."""
    mark = f'"{slug}#'.encode()
    found = (
        (other, [seq for seq, line in enumerate(log.lines_if_any(other), 1) if mark in line])
        for other in log.streams()
        if other != slug
    )
    return {other: seqs for other, seqs in found if seqs}


def linked_from(
    log: EventLog, others: Iterable[str], slug: str, as_of: Edge | None = None, known_at: Recorded | None = None
) -> list[LinkedShape]:
    """Returns the developments of the ``others`` that mention one of the story ``slug``, in the order in which
    they were recorded: as of a date, as known at an instant. A damaged story is left out."""
    from tracker.views.as_json import linked_shapes  # seldom needed, and so is the next
    from tracker.views.bitemporal import view

    found: list[LinkedShape] = []
    for other in others:
        with contextlib.suppress(CorruptLog, Unknown):
            story = view(log.read(other), as_of=as_of, known_at=known_at, slug=other)
            found += linked_shapes(story, slug, Numbers(log))
    return sorted(found, key=lambda each: (each["recorded"], each["story"], each["seq"]))


def with_ids(log: EventLog, slug: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values of a draft of the story ``slug``, with ids for the events of other stories in ``see``.
    Raises BadInput if there is no such event."""
    completed, see, changes = dict(values), values.get(FIELD), values.get("changes")
    if isinstance(see, (list, tuple)):
        completed[FIELD] = [_with_id(log, slug, each) for each in see]
    if isinstance(changes, Mapping):
        completed["changes"] = with_ids(log, slug, changes)
    return completed


def _with_id(log: EventLog, slug: str, text: Any) -> Any:
    if not isinstance(text, str) or not is_reference(text):
        return text
    if is_link(text):
        other, _, id = text.partition("#")
        if not Numbers(log)(other, id):
            raise BadInput(f"{other} has no event {id}", field=FIELD)
        return id if other == slug else text
    reference = parse_reference(text, slug)
    if reference.slug == slug:
        return text
    try:
        lines = log.lines(reference.slug)
    except TrackerError as error:
        raise BadInput(str(error), field=FIELD) from None
    if reference.seq > len(lines):
        last = f"{reference.slug}#{len(lines)}"
        raise BadInput(f"there is no {reference}; the last one is {last}", field=FIELD)
    return f"{reference.slug}#{chain.id_of(lines[reference.seq - 1])}"
