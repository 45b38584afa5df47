"""Decide what is published of a story whose log is damaged or was rewritten."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from tracker.domain import chain
from tracker.errors import Rewritten
from tracker.feeds import paths
from tracker.log import checkpoints
from tracker.log.checkpoints import PublishedHead
from tracker.publishing.below import Below
from tracker.publishing.removed import leads_to
from tracker.workspace.desk import Workspace


def agreed(workspace: Workspace, slug: str, before: PublishedHead, lines: Sequence[bytes]) -> int:
    """Return how many of the readable lines of a damaged log are published: as many as the published head says if
    they lead to it, else those that the published log has too. Later lines wait until the log is repaired, because
    no published head names them. The first line whose text was removed in the published log, and is there again,
    counts no more."""
    published = published_log(workspace, slug)
    if not leads_to(published, before):
        published = []  # another program altered it
    pairs = list(zip(lines[: before.seq], published, strict=False))
    agreed = sum(1 for _ in takewhile(lambda pair: chain.hash_of(pair[0]) == chain.hash_of(pair[1]), pairs))
    if len(lines) >= before.seq and chain.hash_of(lines[before.seq - 1]).hex() == before.hash:
        agreed = before.seq
    back = (number for number, (line, was) in enumerate(pairs) if chain.is_shell(was) and not chain.is_shell(line))
    return min(agreed, next(back, agreed))


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
