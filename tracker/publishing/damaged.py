"""Decide what is published of a story whose log is damaged or was rewritten."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Sequence
from itertools import takewhile

from tracker.domain import chain
from tracker.errors import CorruptLog, Rewritten
from tracker.feeds import paths
from tracker.log import checkpoints
from tracker.log.checkpoints import PublishedHead
from tracker.publishing.below import Below
from tracker.workspace.desk import Workspace


def agreed(workspace: Workspace, slug: str, before: PublishedHead, lines: Sequence[bytes]) -> int:
    """Return how many of the readable lines of a damaged log are published: as many as the published head says if
    they lead to it, else those that the published log has too. Later lines wait until the log is repaired, because
    no published head names them. The first line whose text was removed in the published log, and is there again,
    counts no more."""
    published = published_log(workspace, slug)
    if not _leads_to(published, before):
        published = []  # another program altered it
    pairs = list(zip(lines[: before.seq], published, strict=False))
    agreed = sum(1 for _ in takewhile(lambda pair: chain.hash_of(pair[0]) == chain.hash_of(pair[1]), pairs))
    if len(lines) >= before.seq and chain.hash_of(lines[before.seq - 1]).hex() == before.hash:
        agreed = before.seq
    back = (number for number, (line, was) in enumerate(pairs) if chain.is_shell(was) and not chain.is_shell(line))
    return min(agreed, next(back, agreed))


def may_publish_removed(
    workspace: Workspace, slug: str, before: PublishedHead | None, lines: Sequence[bytes]
) -> bool:
    """Whether the published files of a story may have a text that a redaction in its ``lines`` removes. The
    published log says so, unless it was altered."""
    if not (removals := chain.removals(lines)):
        return False
    published = published_log(workspace, slug)
    return not before or not _leads_to(published, before) or _has_text(published, removals)


def publishes_removed(workspace: Workspace, slug: str, lines: Sequence[bytes]) -> bool:
    """Whether the published log of a story has a text that a redaction in its ``lines`` removes."""
    removals = chain.removals(lines)
    return bool(removals) and _has_text(published_log(workspace, slug), removals)


def _leads_to(published: Sequence[bytes], head: PublishedHead) -> bool:
    """Whether a published log is whole: its lines follow each other to the published head."""
    try:
        last = deque(chain.unchain(published, ""), maxlen=1)
    except CorruptLog:
        return False
    return bool(last) and chain.hash_of(last[0]).hex() == head.hash


def _has_text(lines: Iterable[bytes], ids: Container[str]) -> bool:
    return any(chain.id_of(line) in ids and not chain.is_shell(line) for line in lines)


def published_log(workspace: Workspace, slug: str) -> Sequence[bytes]:
    """Return the lines of the published log of a story; none if there is none."""
    with Below(workspace.feeds) as published:
        return published.lines(paths.log(slug))


def check_extends(workspace: Workspace, slug: str, before: PublishedHead, lines: Sequence[bytes]) -> None:
    """Raise Rewritten if the lines do not extend the published head. The publisher checks that before it begins,
    but another program may have changed the log since then."""
    if divergence := checkpoints.divergence(before, lines) if lines else None:
        place = workspace.log.place(slug, divergence.line)
        raise Rewritten(
            f"{place}: {divergence.message}. The log was changed while it was being published; publish again"
        )
