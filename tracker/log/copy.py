"""Copy one log into another, byte for byte: files to PostgreSQL, back, or files to files.

::

    source ──chain checked──▶ does it extend what the target has? ──▶ the lines that are missing, a story at once

Of each story, all missing lines are copied or none, after the pictures that they name. If a copy is stopped, the
next run goes on with it. No line of the target changes: a redaction among the new lines removes no text there,
because a forged one would destroy the copy as well. Copying ends where the target has a line that the source
lacks: the two are different histories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from tracker.domain import chain, media
from tracker.errors import CorruptLog, Diverged
from tracker.log.base import NOTHING, EventLog, Head


class Copied(NamedTuple):
    """The result of a copy: how many stories the source has, how many of them had new events, and how many
    events were copied."""

    stories: int
    moved: int
    events: int


def copy(source: EventLog, target: EventLog, progress: Callable[[], None] = lambda: None) -> Copied:
    """Appends to the target what it lacks of the source. Calls ``progress`` after each story. Raises Diverged at
    the first story that differs, CorruptLog where the source is damaged or has an event of another story, and what
    ``EventLog.put`` raises."""
    slugs = source.streams()
    there = set(target.streams())
    stories = _Stories(target)
    counts = []
    for slug in slugs:
        counts.append(_copy_story(source, target, stories, slug, is_new=slug not in there))
        progress()
    return Copied(len(slugs), sum(map(bool, counts)), sum(counts))


class _Stories:
    """The story of each event of the target, by id. The target is read when something is new."""

    def __init__(self, target: EventLog) -> None:
        self.target = target

    @cached_property
    def _by_id(self) -> dict[str, str]:
        slugs = self.target.streams()
        return {chain.id_of(line): slug for slug in slugs for line in self.target.lines_if_any(slug)}

    def add(self, slug: str, lines: Sequence[bytes], source: EventLog, after: int) -> None:
        """Adds the new lines of a story. Raises CorruptLog where another story has an event with the same id."""
        for seq, line in enumerate(lines, after + 1):
            other = self._by_id.setdefault(chain.id_of(line), slug)
            if other != slug:
                raise CorruptLog(
                    f"{source.place(slug, seq)}: id: {chain.id_of(line)} is in {self.target.name(other)} already."
                    " The stories before it are copied, and nothing of this one or of those after it"
                )


def _copy_story(source: EventLog, target: EventLog, stories: _Stories, slug: str, *, is_new: bool) -> int:
    """Copies a story and returns how many events the target lacked."""
    lines, _ = source.lines_and_rest(slug)
    for _ in chain.unchain(lines, source.name(slug)):
        pass
    for redaction, number in chain.waiting(lines):
        source.tell(f"{source.place(slug, number)}: copied without its text, which #{redaction} removes")
    lines = chain.executed(lines)
    has = [] if is_new else target.lines_and_rest(slug)[0]
    _check_extends(source, target, slug, lines, has)
    missing = lines[len(has) :]
    _copy_pictures(source, target, lines)
    if missing:
        stories.add(slug, missing, source, len(has))
        target.put(slug, missing, Head(len(has), chain.hash_of(has[-1]).hex()) if has else NOTHING)
        _copy_pictures(source, target, missing)  # those that a removal took away before these lines named them
    for redaction, number in chain.waiting([*has, *missing]):
        target.tell(
            f"{target.place(slug, number)}: its removal came with the copy, and its text is still there. If the"
            f" removal is right, run this where that log is used: tracker redact --finish {slug}#{redaction}"
        )
    return len(missing)


def _copy_pictures(source: EventLog, target: EventLog, lines: Iterable[bytes]) -> None:
    """Copies the pictures that the lines name and the target lacks."""
    for name in target.lacking(dict.fromkeys(name for _, name in media.named(lines))):
        target.put_picture(name, source.picture(name))


def _check_extends(
    source: EventLog, target: EventLog, slug: str, lines: Sequence[bytes], has: Sequence[bytes]
) -> None:
    for seq, (line, other) in enumerate(zip(lines, has, strict=False), 1):
        if line != other and chain.shell(line) != chain.shell(other):
            raise Diverged(
                f"{slug}#{seq} is not the same in both: {source.place(slug, seq)} and {target.place(slug, seq)}."
                " The stories before it are copied, and nothing of this one or of those after it"
            )
    if len(has) > len(lines):
        raise Diverged(
            f"{target.place(slug, len(lines) + 1)}: is not in {source.name(slug)}, which ends before it."
            " The stories before it are copied, and nothing of those after it; copy the other way first"
        )
