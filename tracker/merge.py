"""Two branches of a log into one: what git cannot do line by line, because every hash holds the one before.

::

    common prefix ── the side that comes first, as it is ── the other side's new events, chained anew

Ids and salts stay; hashes are made anew for what is moved, and ``recorded`` is never before that of the event
above. What has been published keeps its place: the side of which more was published comes first, else ours. A text
that was removed on either side is removed in the result.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from msgspec import structs

from tracker import codec
from tracker.errors import BadInput
from tracker.events import Redaction
from tracker.times import Recorded

Heads = Collection[tuple[int, str]]
"""What is known to have been published: numbers of events with their hashes, in hex."""


class Merged(NamedTuple):
    """The lines of both sides, how many of them (the last ones) were moved, and whether ours came first."""

    lines: list[bytes]
    moved: int
    ours_first: bool


def merge(
    slug: str,
    ours: Sequence[bytes],
    theirs: Sequence[bytes],
    published: Heads = (),
) -> Merged:
    """The merge of two logs of one story; lines with their LF. ``published`` decides who comes first. Types that
    one of the branches declares need not be known.

    Raises CorruptLog where a side does not verify, BadInput where the sides opened the story separately.
    """
    for side, name in ((ours, "ours"), (theirs, "theirs")):
        for _ in codec.unchain(slug, side, f"{slug} ({name})"):
            pass
    common = _common(ours, theirs)
    if not common and ours and theirs:
        raise BadInput(
            f"both branches opened the story {slug}, each for itself; give one of them another name"
            f" (git mv its file, begin it anew with tracker open, tracker append)"
        )
    ours_first = _published(ours, published, common) >= _published(theirs, published, common)
    first, second = (ours, theirs) if ours_first else (theirs, ours)
    known = {_id(line) for line in first}
    moved = [line for line in second[common:] if _id(line) not in known]
    lines = codec.without_removed(slug, [*first, *_chained(slug, first, moved)])
    return Merged(lines, len(moved), ours_first)


def _common(ours: Sequence[bytes], theirs: Sequence[bytes]) -> int:
    """How many lines both sides begin with. One that was redacted on a side is the same line."""
    common = 0
    for our, their in zip(ours, theirs, strict=False):
        if (_id(our), codec.hash_of(our)) != (_id(their), codec.hash_of(their)):
            break
        common += 1
    return common


def _id(line: bytes) -> bytes:
    return line[len(b'{"id":"') :][:36]


def _published(side: Sequence[bytes], heads: Heads, common: int) -> int:
    """The number of the last event of a side that was published; the common ones count for both alike."""
    numbers = (
        seq for seq, hash in heads if common < seq <= len(side) and codec.hash_of(side[seq - 1]).hex() == hash
    )
    return max(numbers, default=0)


def _chained(slug: str, first: Sequence[bytes], moved: Sequence[bytes]) -> list[bytes]:
    """The moved lines, each following the one before it; the first of them follows ``first``."""
    places = _places(slug, first) if any(codec.is_redaction(line) for line in moved) else {}
    previous = codec.hash_of(first[-1]) if first else codec.genesis(slug)
    last = codec.id_and_recorded(first[-1])[1] if first else Recorded("")
    chained = []
    for line in moved:
        id, recorded = codec.id_and_recorded(line)
        last = max(last, recorded)
        line, following = _moved(line, last, previous, places)
        places[id] = _Place(last, codec.hash_of(line).hex(), previous.hex())
        previous = following
        chained.append(line)
    return chained


def _moved(line: bytes, recorded: Recorded, previous: bytes, places: Mapping[str, _Place]) -> tuple[bytes, bytes]:
    """The line and its hash, following ``previous``; a redaction with the new places of what it removes."""
    if not codec.is_redaction(line):
        return codec.chained_anew(line, recorded, previous)
    redaction = codec.decode(line)
    assert isinstance(redaction, Redaction)
    removed = tuple(structs.replace(each, **places[each.id]._asdict()) for each in redaction.removed)
    _, line, following = codec.encode(structs.replace(redaction, removed=removed, recorded=recorded), previous)
    return line, following


class _Place(NamedTuple):
    """Where an event stands now: what a redaction records of it."""

    recorded: Recorded
    hash: str
    follows: str


def _places(slug: str, lines: Sequence[bytes]) -> dict[str, _Place]:
    places = {}
    previous = codec.genesis(slug)
    for line in lines:
        id, recorded = codec.id_and_recorded(line)
        places[id] = _Place(recorded, codec.hash_of(line).hex(), previous.hex())
        previous = codec.hash_of(line)
    return places
