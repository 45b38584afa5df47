"""Merge two branches of a story. Git cannot merge them line by line, because every hash covers the one before.

::

    common prefix ── the side that comes first, as it is ── the other side's new events, with new hashes

Ids, texts and salts stay. A moved line gets a new hash, and a ``recorded`` that is not before that of the event
above. First comes the side that is in a branch that others have seen, else the one of which more was published,
else ours. If a line is a shell on either side and a redaction in the result names it, it is a shell in the result;
no other line loses its text. Lines with which both sides begin are taken as they are: ``verify`` checks them.

A picked commit (cherry-pick, rebase) adds only the lines that its *base*, the version before it, does not have. A
merge has no base here: both sides keep all their events, even if an earlier merge has lost some of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import eq, itemgetter
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from tracker.domain import chain
from tracker.errors import BadInput
from tracker.text.dates import Recorded

SeqHashes = Collection[tuple[int, str]]
"""Numbers of events with their hashes in hex."""

Lines = Sequence[bytes]


class OpenedTwice(BadInput):
    """The two sides are two stories of one name, each opened for itself."""


class Merged(NamedTuple):
    """The result of a merge: the lines; how many of them, at the end, were moved; whether ours came first;
    remarks, each the number of a line and a sentence. ``stayed`` is the number of lines at the beginning that are
    as in ours; ``skipped`` of those that the base and theirs have and ours lacks; ``taken_back`` of those that the
    base has and theirs lacks, as in a revert."""

    lines: list[bytes]
    moved: int
    ours_first: bool
    remarks: list[tuple[int, str]]
    stayed: int
    skipped: int
    taken_back: int


def merge(
    slug: str,
    ours: Lines,
    theirs: Lines,
    published: Iterable[tuple[int, str]] = (),
    shared: Iterable[Lines] = (),
    base: Lines = (),
) -> Merged:
    """Merges the lines, each with its LF, of two branches of one story. ``shared`` has the story's lines in the
    branches that others have seen, the most important branch first. They and ``published`` (numbers of published
    events with their hashes in hex) decide which side comes first; both are read as far as that needs them. The
    types of the events need not be declared.

    Raises CorruptLog where a side is damaged. Raises OpenedTwice where the sides opened the story separately, and
    BadInput where they have different texts, types or targets under one id, or a line refers to one that the
    result lacks.
    """
    common = _common(ours, theirs)
    _check(slug, ours, theirs)
    if not common and ours and theirs:
        raise OpenedTwice(
            f"both branches opened the story {slug}, each for itself. tracker merge gives one of them another name"
        )
    skipped = _only_in(base, ours) & _ids(theirs[common:])
    ours_first = bool(skipped) or _ours_first(ours, theirs, shared, published, common)
    first, second = (ours, theirs) if ours_first else (theirs, ours)
    new = [line for line in _new(slug, first, second[common:]) if _id(line) not in skipped]
    _check_references(slug, new, skipped)
    lines = _without_texts([*first, *_chained(first, new)], ours, theirs)
    remarks = [*chain.remarks(slug, lines), *_collisions(slug, first[common:], lines, len(new))]
    taken_back = len(_only_in(base, theirs))
    return Merged(lines, len(new), ours_first, remarks, same(ours, lines), len(skipped), taken_back)


def renamed(name: str, lines: Lines) -> list[bytes]:
    """Returns the lines of a story under another name. All hashes are new, and so is the text of the first event.
    Raises CorruptLog; BadInput where the text of the first event was removed, so that it says no name."""
    first = chain.split(lines[0])
    if first.is_shell:
        raise BadInput(
            "the text of its first event was removed; rename it with tracker redact STORY#1 --rename NEW"
        )
    text = re.sub(rb'"slug":"[a-z0-9-]+"', b'"slug":"%b"' % name.encode(), first.middle, count=1)
    line, _ = chain.seal(first.head, text, chain.START)
    return readdressed(line, lines)


def readdressed(first: bytes, lines: Lines) -> list[bytes]:
    """Returns the lines with another first line, which follow it with new hashes."""
    return [first, *_chained([first], lines[1:])]


def comes_first(ours: Lines, theirs: Lines, shared: Iterable[Lines]) -> bool:
    """Whether ours comes first of two stories that were opened separately."""
    return _ours_first(ours, theirs, shared, (), 0)


def _check(slug: str, ours: Lines, theirs: Lines) -> None:
    """Raises CorruptLog where a side is damaged after the lines with which both begin, or where the last of those
    does not follow the one before it."""
    known = same(ours, theirs)
    if not chain.follows(
        chain.hash_of(ours[known - 2]) if known > 1 else chain.START, b"".join(ours[known - 1 : known])
    ):
        known = 0  # so that the message names the first damaged line
    for side, name in ((ours, "ours"), (theirs, "theirs")):
        for _ in chain.unchain(side, f"{slug} ({name})", known):
            pass


_id = itemgetter(chain.ID)


def _ids(lines: Iterable[bytes]) -> set[bytes]:
    return set(map(_id, lines))


def _only_in(side: Lines, other: Lines) -> set[bytes]:
    """The ids of the lines that a side has and the other lacks."""
    common = _common(side, other)
    return _ids(side[common:]) - _ids(other[common:])


def same(ours: Lines, theirs: Lines) -> int:
    """The number of equal lines that both sides begin with."""
    equal = list(map(eq, ours, theirs))
    return equal.index(False) if False in equal else len(equal)


def _common(ours: Lines, theirs: Lines) -> int:
    """The number of lines that both sides begin with. A line and its shell count as the same line."""
    common = same(ours, theirs)
    for our, their in zip(ours[common:], theirs[common:], strict=False):
        if our != their and (_id(our), chain.hash_of(our)) != (_id(their), chain.hash_of(their)):
            break
        common += 1
    return common


def _ours_first(
    ours: Lines, theirs: Lines, shared: Iterable[Lines], published: Iterable[tuple[int, str]], common: int
) -> bool:
    """Whether ours comes first. The first shared branch that has more of one side decides, else what is
    published."""
    for each in shared:
        our, their = (_known(side, each, common) for side in (ours, theirs))
        if our != their:
            return our > their
    heads = set(published)
    return _published(ours, heads, common) >= _published(theirs, heads, common)


def _known(side: Lines, shared: Lines, common: int) -> int:
    """The number of the last line that a side has in common with a branch, which is 0 if it is among the common
    ones of the sides. A hash vouches for all lines before it."""
    numbers = range(min(len(side), len(shared)), common, -1)
    return next((seq for seq in numbers if chain.hash_of(side[seq - 1]) == chain.hash_of(shared[seq - 1])), 0)


def _published(side: Lines, heads: SeqHashes, common: int) -> int:
    """The number of a side's last line that is among the heads; 0 where none is after the common lines."""
    numbers = (
        seq for seq, hash in heads if common < seq <= len(side) and chain.hash_of(side[seq - 1]).hex() == hash
    )
    return max(numbers, default=0)


def _new(slug: str, first: Lines, second: Lines) -> Iterator[bytes]:
    """The lines of the second side that the first does not have. Raises BadInput where it has another text, type
    or target under the same id."""
    wanted = _ids(second)
    if wanted.isdisjoint(map(_id, first)):  # most of the time
        yield from second
        return
    known = dict(zip(map(_id, first), first, strict=True))
    for line in second:
        id = _id(line)
        if id not in known:
            yield line
        elif _content(known[id]) != _content(line):
            what = "text" if _content(known[id])[0] != _content(line)[0] else "head"
            raise BadInput(
                f"{slug}: the event {chain.id_of(line)} has one {what} in one branch and another in the other."
                " One of them was rewritten: compare both with tracker verify --against a heads.json that was kept"
            )


def _content(line: bytes) -> tuple[bytes, str, str, bool]:
    """The parts of a line that stay when it is moved: all but its time and its hash."""
    parts = chain.split(line)
    return parts.digest_of_text, parts.type, parts.target, parts.minor


_UUID = re.compile(chain.UUID.encode())


def _check_references(slug: str, new: Iterable[bytes], skipped: Collection[bytes]) -> None:
    """Raises BadInput where a new line names an event of the base that the result lacks."""
    for line in new if skipped else ():
        named = set(_UUID.findall(line)) & set(skipped)
        if named:
            raise BadInput(
                f"{slug}: the event {chain.id_of(line)} refers to {min(named).decode()}, which this branch does"
                " not have. Pick the commit that added that one, too"
            )


def _chained(first: Lines, new: Iterable[bytes]) -> Iterator[bytes]:
    """The new lines with new hashes: the first follows the last line of ``first``, each other the one before
    it."""
    previous = chain.hash_of(first[-1]) if first else chain.START
    last = chain.split(first[-1]).recorded if first else Recorded("")
    for line in new:
        last = max(last, chain.split(line).recorded)
        moved, previous = chain.relinked(line, last, previous)
        yield moved


def _without_texts(lines: Lines, ours: Lines, theirs: Lines) -> list[bytes]:
    """The lines, as shells where one side has a shell and a redaction among the lines names it."""
    named = chain.removals(lines)
    if not named:
        return list(lines)
    shells = (line for side in (ours, theirs) for line in side if b'"removed":"' in line and chain.is_shell(line))
    return list(chain.without_texts(lines, named.keys() & set(map(chain.id_of, shells))))


class _Changes(Struct):
    """The fields that a correction changes."""

    changes: dict[str, Any] = {}


def _collisions(slug: str, stayed: Lines, lines: Lines, moved: int) -> Iterator[tuple[int, str]]:
    """Remarks on moved corrections of a field that a correction of the other branch (``stayed``) changes too."""
    start = len(lines) - moved
    fields: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines[start - len(stayed) : start], start - len(stayed) + 1):
        fields |= dict.fromkeys(_corrected(line), number)
    if not fields:
        return
    numbers = {chain.id_of(line): number for number, line in enumerate(lines, 1)}
    for number, line in enumerate(lines[start:], start + 1):
        for target, field in _corrected(line):
            if other := fields.get((target, field)):
                what = f"corrects the {field} of #{numbers[target]}, as #{other} of the other branch does"
                advice = f"If #{other} is right: tracker retract {slug}#{number}"
                yield number, f"{what}. #{number} stands, because it is later. {advice}"


def _corrected(line: bytes) -> Mapping[tuple[str, str], None]:
    """The id of the event that a correction corrects with each field that it changes; none for other lines, and
    for a correction whose text was removed."""
    if not line.startswith(b'"type":"correction"', len(b'{"id":"",') + 36):
        return {}
    parts = chain.split(line)
    try:
        changes = msgspec.json.decode(b"{%b}" % parts.middle, type=_Changes).changes
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    return {(parts.target, field): None for field in changes}
