"""Compare the log with the published heads, and refuse to publish a rewritten log."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import structs

from tracker.domain import chain
from tracker.errors import BadInput, CorruptLog, InTheWay, Rewritten
from tracker.feeds import paths
from tracker.log import checkpoints, upgrade
from tracker.log.base import EventLog
from tracker.log.checkpoints import Divergence, Heads, Rewrite
from tracker.publishing.below import Below
from tracker.publishing.removed import RemovedTexts
from tracker.text.names import is_slug
from tracker.workspace.desk import Workspace

MEND_HEADS = "Restore it from a copy, or delete it and publish again"


def seen_heads(workspace: Workspace) -> Heads:
    """Read the published heads from ``feeds/heads.json``. They are empty if there is no file. Raises BadInput, and
    InTheWay or OSError if it is no file or cannot be read."""
    with Below(workspace.feeds) as published:
        return _heads(published, checkpoints.FILE)


def located_heads(workspace: Workspace, seen: Heads) -> Heads:
    """Return the heads with the checkpoints in ``feeds/``, which tell where a rewritten log departs from them."""
    with Below(workspace.feeds) as published:
        stories = {
            slug: checkpoints.located(head, _own_head(published, slug)) for slug, head in seen.stories.items()
        }
    return structs.replace(seen, stories=stories)


def _own_head(published: Below, slug: str) -> checkpoints.PublishedHead | None:
    """Return the head in the ``heads.json`` beside a story's feeds, or None if there is none that can be read."""
    with contextlib.suppress(BadInput, InTheWay, OSError):
        return _heads(published, paths.heads(slug)).stories.get(slug)
    return None


def _differing_own_heads(workspace: Workspace, seen: Heads) -> Heads:
    """Return the heads in the files beside the stories' feeds that differ from ``seen``."""
    with Below(workspace.feeds) as published:
        found = {
            slug: _own_head(published, slug)
            for slug in published.names(paths.STORIES.rstrip("/"))
            if is_slug(slug)
        }
    return Heads(
        stories={
            slug: own
            for slug, own in found.items()
            if own and own.stream and (own.seq, own.hash) != _seq_and_hash(seen.stories.get(slug))
        }
    )


def removed_texts(workspace: Workspace) -> RemovedTexts:
    """Return the removed texts that may be published. The published heads are those of ``heads.json``, if it can
    be read, and of the files beside the stories' feeds for the stories that it lacks."""
    seen = Heads()
    with contextlib.suppress(BadInput, InTheWay, OSError):
        seen = seen_heads(workspace)
    return RemovedTexts(workspace, _differing_own_heads(workspace, seen).stories | seen.stories)


def _seq_and_hash(head: checkpoints.PublishedHead | None) -> tuple[int, str]:
    return (head.seq, head.hash) if head else (0, "")


class Now(NamedTuple):
    """The log of the published stories, by the slug that each was published under.

    Attributes: ``lines`` are the lines of each story; a story that is gone has none. ``names`` are the new slugs
    of renamed stories.
    """

    lines: dict[str, Sequence[bytes]]
    names: dict[str, str]


def stories_now(log: EventLog, seen: Heads) -> Now:
    """Return the log of the stories in the heads. If the text of a story's first event was removed, and the story
    was renamed with it, the story is found by the id of that event. Other files under a wrong name are ignored."""
    now = Now({slug: log.lines_if_any(slug) for slug in seen.stories}, {})
    lost = {
        each.stream: slug
        for slug, each in seen.stories.items()
        if each.stream and not (now.lines[slug] and chain.id_of(now.lines[slug][0]) == each.stream)
    }
    for name in log.streams() if lost else ():
        lines = log.lines_if_any(name)
        if lines and chain.is_shell(lines[0]) and (slug := lost.get(chain.id_of(lines[0]))):
            now.lines[slug], now.names[slug] = lines, name
    return now


def _heads(published: Below, path: str) -> Heads:
    data = published.load(path)
    if data is None:
        return Heads()
    return checkpoints.read(data, published.place_of(path))


class Accepted(NamedTuple):
    """The published heads with which a publication goes on; the stories that it may not publish, each with the
    error; and the removed texts that may be published."""

    heads: Heads
    held: Mapping[str, CorruptLog]
    removed: RemovedTexts


def accepted(workspace: Workspace, reason: str, live: Heads | None = None) -> Accepted:
    """Return the published heads that the log extends. Stories that it does not extend are left out, and a new
    ``Rewrite`` records the reason. If ``live`` is given, it has the published heads, and those in ``feeds/`` do
    not count.

    Raises Rewritten if there are such stories and the reason is empty. But if a text is published that a redaction
    removes, that cannot wait: then all heads are returned, and these stories are held.
    """
    try:
        seen = seen_heads(workspace) if live is None else live
    except BadInput as error:
        raise BadInput(f"{error}. {MEND_HEADS}") from None
    if seen.format == checkpoints.OLD_FORMAT:
        _refuse_format_1(workspace)
    own_heads = _differing_own_heads(workspace, seen) if live is None else Heads()
    seen = structs.replace(seen, stories=own_heads.stories | seen.stories)  # heads.json may have been deleted
    removed = RemovedTexts(workspace, seen.stories) if live is None else removed_texts(workspace)
    now = stories_now(workspace.log, seen)
    rewritten = _rewritten(workspace, seen, now.lines)
    rewritten |= _rewritten(workspace, own_heads, stories_now(workspace.log, own_heads).lines)
    if not rewritten:
        return Accepted(_under(now.names, seen), {}, removed)
    if not reason:
        if live is not None or not removed.stories:
            raise Rewritten(_refusal(workspace, rewritten, is_live=live is not None))
        held = {
            now.names.get(slug, slug): CorruptLog(
                f"{workspace.log.place(slug, where.line)}: {where.message}. {_RESTORE}"
            )
            for slug, where in rewritten.items()
        }
        return Accepted(_under(now.names, seen), held, removed)
    rewrite = Rewrite(at=workspace.clock(), reason=reason, stories=tuple(sorted(rewritten)))
    kept = {slug: head for slug, head in seen.stories.items() if slug not in rewritten}
    return Accepted(Heads(stories=kept, rewrites=(*seen.rewrites, rewrite)), {}, removed)


def _under(names: Mapping[str, str], seen: Heads) -> Heads:
    """Return the heads with the new names of renamed stories. An old name may be a person's and must not
    remain."""
    if not names:
        return seen
    stories = {names.get(slug, slug): each for slug, each in seen.stories.items()}
    return structs.replace(seen, stories=stories, rewrites=tuple(each.under(names) for each in seen.rewrites))


def _rewritten(workspace: Workspace, seen: Heads, lines: Mapping[str, Sequence[bytes]]) -> dict[str, Divergence]:
    """Return the stories whose log is intact but does not extend the heads, each with the place where it departs
    from them. A damaged story is not published anyway."""
    divergences = checkpoints.extended(located_heads(workspace, seen), lines)
    return {slug: where for slug, where in divergences.items() if workspace.log.intact(slug)[1] is None}


def _refuse_format_1(workspace: Workspace) -> None:
    """Raise CorruptLog if a story is still in format 1: heads of that format cannot be compared with the log."""
    for slug in workspace.log.streams():
        lines = workspace.log.lines_if_any(slug)
        if lines and upgrade.is_format_1(lines):
            raise CorruptLog(f"{workspace.log.place(slug, 1)}: {chain.UPGRADE}")


def _refusal(workspace: Workspace, rewritten: Mapping[str, Divergence], *, is_live: bool) -> str:
    first, where = next(iter(rewritten.items()))
    others = f" (and {len(rewritten) - 1} more)" if len(rewritten) > 1 else ""
    remedy = _RESTORE if is_live else remedies(workspace)
    return f"{workspace.log.place(first, where.line)}: {where.message}{others}. Nothing was published. {remedy}"


def remedies(workspace: Workspace) -> str:
    """Return the next steps for a log that does not extend what is published in ``feeds/``."""
    return f"{_RESTORE}. If no reader has seen what feeds/ has: tracker publish --against {workspace.config.url}"


_RESTORE = (
    "Restore the log from a copy or, if this was meant, tell readers why: tracker publish --accept-rewrite REASON"
)
