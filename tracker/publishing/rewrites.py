"""The comparison of the log with what was published, and the refusal to publish a rewritten log."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from tracker.domain import chain
from tracker.errors import BadInput, CorruptLog, Rewritten
from tracker.log import checkpoints, upgrade
from tracker.log.base import EventLog
from tracker.log.checkpoints import Divergence, Heads, Rewrite
from tracker.text.names import is_slug
from tracker.workspace.desk import Workspace

if TYPE_CHECKING:  # what writes feeds and pages takes 80 ms to import, and often there is nothing new
    pass


def seen_heads(workspace: Workspace) -> Heads:
    """What ``feeds/heads.json`` says was published; nothing where there is none. Raises BadInput."""
    return _heads(os.path.join(workspace.feeds, checkpoints.FILE))


def located_heads(workspace: Workspace, seen: Heads) -> Heads:
    """The heads with what ``feeds/`` knows of where histories may part."""
    stories = {slug: checkpoints.located(head, _own_head(workspace, slug)) for slug, head in seen.stories.items()}
    return structs.replace(seen, stories=stories)


def _own_head(workspace: Workspace, slug: str) -> checkpoints.PublishedHead | None:
    """What the file beside a story's feeds says was published of it."""
    with contextlib.suppress(BadInput):
        return _heads(os.path.join(workspace.feeds, "stories", slug, checkpoints.FILE)).stories.get(slug)
    return None


def _beside(workspace: Workspace, seen: Heads) -> Heads:
    """What the files beside the stories' feeds say was published, where ``seen`` does not say the same."""
    folder = os.path.join(workspace.feeds, "stories")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    found = {slug: _own_head(workspace, slug) for slug in names if is_slug(slug)}
    return Heads(
        stories={
            slug: own
            for slug, own in found.items()
            if own and own.stream and (own.seq, own.hash) != _seq_and_hash(seen.stories.get(slug))
        }
    )


def _seq_and_hash(head: checkpoints.PublishedHead | None) -> tuple[int, str]:
    return (head.seq, head.hash) if head else (0, "")


class Now(NamedTuple):
    """The log of the stories that were published, by the name that they were published under: their lines, none of
    a story that is gone, and the names of those that go by another name now."""

    lines: dict[str, list[bytes]]
    names: dict[str, str]


def stories_now(log: EventLog, seen: Heads) -> Now:
    """The log of the stories that the heads are of. A story whose name was removed with its first event's text is
    found by the id of that event. Any other file under a wrong name is not looked at."""
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


def _heads(path: str) -> Heads:
    try:
        with open(path, "rb") as file:
            return checkpoints.read(file.read(), os.path.relpath(path))
    except FileNotFoundError:
        return Heads()


def accepted(workspace: Workspace, reason: str) -> Heads:
    """What was published and is extended by the log, with the rewriting that the reason accepts. Raises
    Rewritten."""
    seen = seen_heads(workspace)
    if seen.format == checkpoints.OLD_FORMAT:
        _refuse_format_1(workspace)
    beside, now = _beside(workspace, seen), stories_now(workspace.log, seen)
    rewritten = _rewritten(workspace, seen, now.lines)
    rewritten |= _rewritten(workspace, beside, stories_now(workspace.log, beside).lines)
    if not rewritten:
        return _under(now.names, seen)
    if not reason:
        raise Rewritten(_refusal(workspace, rewritten))
    rewrite = Rewrite(at=workspace.clock(), reason=reason, stories=tuple(sorted(rewritten)))
    kept = {slug: head for slug, head in seen.stories.items() if slug not in rewritten}
    return Heads(stories=kept, rewrites=(*seen.rewrites, rewrite))


def _under(names: Mapping[str, str], seen: Heads) -> Heads:
    """The heads, in which a story that was renamed has its old name nowhere: it may be a person's."""
    if not names:
        return seen
    stories = {names.get(slug, slug): each for slug, each in seen.stories.items()}
    return structs.replace(seen, stories=stories, rewrites=tuple(each.under(names) for each in seen.rewrites))


def _rewritten(workspace: Workspace, seen: Heads, lines: Mapping[str, list[bytes]]) -> dict[str, Divergence]:
    """The stories whose log is whole and yet does not extend what was published. A damaged one is left out of the
    publication anyway."""
    parted = checkpoints.extended(located_heads(workspace, seen), lines)
    return {slug: where for slug, where in parted.items() if workspace.log.intact(slug)[1] is None}


def _refuse_format_1(workspace: Workspace) -> None:
    """Raises CorruptLog where a story is still written in format 1, of which no head could be published."""
    for slug in workspace.log.streams():
        lines = workspace.log.lines_if_any(slug)
        if lines and upgrade.is_format_1(lines):
            raise CorruptLog(f"{workspace.log.place(slug, 1)}: {chain.UPGRADE}")


def _refusal(workspace: Workspace, rewritten: Mapping[str, Divergence]) -> str:
    first, where = next(iter(rewritten.items()))
    others = f" (and {len(rewritten) - 1} more)" if len(rewritten) > 1 else ""
    return (
        f"{workspace.log.place(first, where.line)}: {where.message}{others}. Nothing was published. Restore the"
        " log from a copy or, if this was meant, tell readers why: tracker publish --accept-rewrite REASON"
    )
