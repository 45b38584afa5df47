"""Merge two branches of a story. Git cannot merge them line by line, because every hash covers the one before.

::

    common prefix ── the side that comes first, as it is ── the other side's new events, with new hashes

Ids, texts and salts stay. A moved line gets a new hash, and a ``recorded`` that is not before that of the event
above. First comes the side that is in the upstream branch, else the one of which more was published, else ours. If
a line is a shell on either side, it is a shell in the result; no other line loses its text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from tracker.domain import chain
from tracker.errors import BadInput
from tracker.text.dates import Recorded

SeqHashes = Collection[tuple[int, str]]
"""Numbers of events with their hashes in hex."""


class Merged(NamedTuple):
    """The result of a merge: the lines; how many of them, at the end, were moved; whether ours came first; and
    remarks, each the number of a line and a sentence."""

    lines: list[bytes]
    moved: int
    ours_first: bool
    remarks: list[tuple[int, str]]


def merge(
    slug: str,
    ours: Sequence[bytes],
    theirs: Sequence[bytes],
    published: SeqHashes = (),
    upstream: SeqHashes = (),
) -> Merged:
    """Merges the lines, each with its LF, of two branches of one story. ``upstream`` (heads of the upstream
    branch) and ``published`` (published heads) decide which side comes first. The types of the events need not be
    declared.

    Raises CorruptLog where a side is damaged. Raises BadInput where the sides opened the story separately, or have
    different texts, types or targets under one id.
    """
    for side, name in ((ours, "ours"), (theirs, "theirs")):
        for _ in chain.unchain(side, f"{slug} ({name})"):
            pass
    common = _common(ours, theirs)
    if not common and ours and theirs:
        raise BadInput(
            f"both branches opened the story {slug}, each for itself; give one of them another name"
            f" (git mv its file, open the story again with tracker open, tracker append)"
        )
    ours_first = _rank(ours, upstream, published, common) >= _rank(theirs, upstream, published, common)
    first, second = (ours, theirs) if ours_first else (theirs, ours)
    new = list(_new(slug, first, second[common:]))
    lines = _without_texts([*first, *_chained(first, new)], ours, theirs)
    return Merged(lines, len(new), ours_first, list(chain.remarks(slug, lines)))


def _common(ours: Sequence[bytes], theirs: Sequence[bytes]) -> int:
    """The number of lines that both sides begin with. A line and its shell count as the same line."""
    common = 0
    for our, their in zip(ours, theirs, strict=False):
        if (chain.id_of(our), chain.hash_of(our)) != (chain.id_of(their), chain.hash_of(their)):
            break
        common += 1
    return common


def _rank(side: Sequence[bytes], upstream: SeqHashes, published: SeqHashes, common: int) -> tuple[int, int]:
    """The number of a side's last line in the upstream branch, and of its last published line; 0 where that is
    among the common lines."""
    return _known(side, upstream, common), _known(side, published, common)


def _known(side: Sequence[bytes], heads: SeqHashes, common: int) -> int:
    """The number of a side's last line that is among the heads; 0 where none is after the common lines."""
    numbers = (
        seq for seq, hash in heads if common < seq <= len(side) and chain.hash_of(side[seq - 1]).hex() == hash
    )
    return max(numbers, default=0)


def _new(slug: str, first: Sequence[bytes], second: Sequence[bytes]) -> Iterator[bytes]:
    """The lines of the second side that the first does not have. Raises BadInput where it has another text, type
    or target under the same id."""
    known = {chain.id_of(line): _content(line) for line in first}
    for line in second:
        id = chain.id_of(line)
        if id not in known:
            yield line
        elif known[id] != _content(line):
            what = "text" if known[id][0] != _content(line)[0] else "head"
            raise BadInput(
                f"{slug}: the event {id} has one {what} in one branch and another in the other. One of them was"
                " rewritten: compare both with tracker verify --against a heads.json that was kept"
            )


def _content(line: bytes) -> tuple[bytes, str, str, bool]:
    """The parts of a line that stay when it is moved: all but its time and its hash."""
    parts = chain.split(line)
    return parts.digest_of_text, parts.type, parts.target, parts.minor


def _chained(first: Sequence[bytes], new: Sequence[bytes]) -> Iterator[bytes]:
    """The new lines with new hashes: the first follows the last line of ``first``, each other the one before
    it."""
    previous = chain.hash_of(first[-1]) if first else chain.START
    last = chain.split(first[-1]).recorded if first else Recorded("")
    for line in new:
        last = max(last, chain.split(line).recorded)
        moved, previous = chain.relinked(line, last, previous)
        yield moved


def _without_texts(lines: Sequence[bytes], ours: Sequence[bytes], theirs: Sequence[bytes]) -> list[bytes]:
    """The lines, as shells where one side has a shell."""
    removed = {chain.id_of(line) for side in (ours, theirs) for line in side if chain.is_shell(line)}
    return [chain.shell(line) if chain.id_of(line) in removed else line for line in lines]
