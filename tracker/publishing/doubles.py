"""Find events that are in two stories, and decide which story they belong to.

An event belongs to the story that was published with it. The other story, which may be a forged or an old copy, is
not published until it is gone. If no story was published with the event, the publisher cannot know which is the
copy, and publishes neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tracker.domain import chain
from tracker.errors import CorruptLog
from tracker.log.checkpoints import PublishedHead
from tracker.publishing import damaged
from tracker.publishing.state import PublicationState
from tracker.workspace.desk import Workspace


class _Claim(NamedTuple):
    """An event of a story: whether the story was published without it, its slug and its number."""

    is_new: bool
    slug: str
    seq: int


def find(
    workspace: Workspace, state: PublicationState, seen: Mapping[str, PublishedHead], slugs: Iterable[str]
) -> dict[str, CorruptLog]:
    """Note in ``state`` to which story each event belongs. Return the stories that have an event of another story,
    each with the error. ``seen`` are the published heads, ``slugs`` the stories of the log."""
    log, rivals = workspace.log, set[str]()
    for slug, head in seen.items():
        state.claim(slug, [head.stream] if head.stream else [])
    for slug in () if log.has_unique_ids else {**seen, **dict.fromkeys(slugs)}:
        lines = log.lines_if_any(slug)
        ids = [*_published_ids(workspace, slug, seen.get(slug), lines), *map(chain.id_of, lines)]
        for other in state.claim(slug, ids).values():
            rivals |= {slug, other}
    return _decided(workspace, state, seen, sorted(rivals - {""}))


def check(workspace: Workspace, state: PublicationState, slug: str, ids: Iterable[str]) -> CorruptLog | None:
    """Note that the events, in their order, are the story's. Return the error if one is another story's."""
    others = state.claim(slug, ids := list(ids))
    for seq, id in enumerate(ids, 1):
        if id in others:
            return _error(workspace, _Claim(True, slug, seq), id, others[id])
    return None


def _published_ids(
    workspace: Workspace, slug: str, head: PublishedHead | None, lines: Sequence[bytes]
) -> Iterator[str]:
    """Yield the ids of the published events of a story, if the lines of its log do not lead to the published
    head."""
    if head and not (len(lines) >= head.seq and chain.hash_of(lines[head.seq - 1]).hex() == head.hash):
        yield from filter(None, [head.stream])
        yield from map(chain.id_of, damaged.published_log(workspace, slug))


def _decided(
    workspace: Workspace, state: PublicationState, seen: Mapping[str, PublishedHead], rivals: Iterable[str]
) -> dict[str, CorruptLog]:
    """Decide to which of the stories each event belongs that several of them have."""
    claims: dict[str, dict[str, _Claim]] = defaultdict(dict)
    for slug in rivals:
        head, (events, lines, _) = seen.get(slug), workspace.log.whole(slug)
        for id in _published_ids(workspace, slug, head, lines):
            claims[id].setdefault(slug, _Claim(False, slug, 1))
        for seq, event in enumerate(events, 1):
            claims[event.id].setdefault(slug, _Claim(not head or seq > head.seq, slug, seq))
    errors: dict[str, CorruptLog] = {}
    for id, by_slug in claims.items():
        first, *others = sorted(by_slug.values())
        is_undecided = bool(others) and others[0].is_new == first.is_new
        state.give("" if is_undecided else first.slug, id)
        for each in others:
            errors.setdefault(each.slug, _error(workspace, each, id, workspace.log.place(*first[1:])))
        if is_undecided:
            errors.setdefault(first.slug, _error(workspace, first, id, workspace.log.place(*others[0][1:])))
    return errors


def _error(workspace: Workspace, claim: _Claim, id: str, other: str) -> CorruptLog:
    place = workspace.log.place(claim.slug, claim.seq)
    return CorruptLog(f"{place}: id: {id} is the id of {other or 'another story'} already; remove the copy")
