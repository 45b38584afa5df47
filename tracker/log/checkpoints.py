"""Published heads: a reader who keeps them can tell later whether the log was rewritten.

``heads.json`` holds for each story the number and the hash of its last event, and the hashes of some earlier
ones::

    {"format":"tracker/2","stories":{
    "tiktok-openai":{"stream":"01a2…","seq":13,"hash":"1da1…","checkpoints":{"1":…}}
    },"rewrites":[{"at":…,"reason":…,"stories":["tiktok-openai"]}]}

``stream`` is the id of the story's first line, by which it is found under any name. A hash vouches for its line
and all lines before it. The checkpoints only say *where* two histories part. The last 64 events each have one,
then every 64th of the last 4,096, every 4,096th of the last 262,144, and so on: their number grows with the
logarithm of the story's length. With more than ``FEW`` stories, only ``stories/<slug>/heads.json`` has the
checkpoints; it is the same file for one story. ``rewrites`` lists the publications that did not extend the one
before: when, why, which stories.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct, structs

from tracker.domain import chain
from tracker.domain import values as event_values
from tracker.domain.chain import FORMAT
from tracker.domain.events import Was
from tracker.errors import BadInput
from tracker.text import messages
from tracker.text.dates import Recorded

FILE = "heads.json"

FEW = 30
"""The number of stories up to which ``heads.json`` itself has their checkpoints."""

_STEP = 64


class PublishedHead(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The published head of one story: number and hash of its last event, and the hashes of earlier events by
    number. ``stream`` is empty in a file of format 1."""

    stream: str = ""
    seq: int
    hash: str
    checkpoints: dict[str, str] = {}

    def known(self) -> dict[int, str]:
        """Every hash in it, by number, ascending."""
        known = {int(seq): hash for seq, hash in self.checkpoints.items()} | {self.seq: self.hash}
        return dict(sorted(known.items()))


class Rewrite(Struct, frozen=True, kw_only=True):
    """A publication that did not extend the one before: its time, the reason, and its stories."""

    at: Recorded
    reason: str
    stories: tuple[str, ...]

    def under(self, names: Mapping[str, str]) -> Rewrite:
        """The same rewrite with the present names of its stories. ``names`` maps published names that changed to
        present ones."""
        return structs.replace(self, stories=tuple(sorted(names.get(slug, slug) for slug in self.stories)))


class Heads(Struct, frozen=True, kw_only=True):
    """The content of a ``heads.json``."""

    format: str = f"tracker/{FORMAT}"
    stories: dict[str, PublishedHead] = {}
    rewrites: tuple[Rewrite, ...] = ()


class Divergence(NamedTuple):
    """The first place where a log differs from what was published: the line (from 1), and a sentence."""

    line: int
    message: str


def published(stream: str, hashes: Sequence[str]) -> PublishedHead:
    """The head to publish for a story whose events have these hashes, at least one. ``stream`` is the id of the
    first."""
    seq = len(hashes)
    checkpoints = {str(each): hashes[each - 1] for each in _checkpoint_numbers(seq)}
    return PublishedHead(stream=stream, seq=seq, hash=hashes[-1], checkpoints=checkpoints)


def _checkpoint_numbers(seq: int) -> list[int]:
    """The numbers of the events, of ``seq``, that get a checkpoint; ascending."""
    numbers: set[int] = set()
    step = 1
    while step <= seq:
        last = seq - seq % step
        numbers.update(range(max(step, last - step * (_STEP - 1)), last + 1, step))
        step *= _STEP
    return sorted(numbers)


def serialize(heads: Heads) -> bytes:
    """The bytes of the file, one line a story. The same heads give the same bytes."""
    return joined((line(*each) for each in sorted(heads.stories.items())), heads.rewrites, heads.format)


def line(slug: str, published: PublishedHead) -> bytes:
    """The line of a story in the file."""
    return b'"%s":%s' % (slug.encode(), msgspec.json.encode(published))


def joined(lines: Iterable[bytes], rewrites: Sequence[Rewrite], format: str = f"tracker/{FORMAT}") -> bytes:
    """The bytes of the file with these lines, sorted by slug."""
    start = b'{"format":%s,"stories":{\n' % msgspec.json.encode(format)
    return start + b",\n".join(lines) + b'\n},"rewrites":%s}\n' % msgspec.json.encode(rewrites)


def read(data: bytes, place: str) -> Heads:
    """The heads in a file's bytes. Raises BadInput, naming ``place``."""
    try:
        values = event_values.parse_json(data)
        if isinstance(values, dict) and "format" not in values:
            raise BadInput("is missing; a heads.json says which format it has", field="format")
        heads = msgspec.convert(values, Heads)
        msgspec.json.encode(heads)
    except BadInput as error:
        raise error.at(place) from None
    except UnicodeEncodeError:
        raise BadInput(f"{place}: has half a surrogate pair, which no file can be written with") from None
    except msgspec.ValidationError as error:
        raise BadInput(f"{place}: is not a heads.json of tracker: {messages.in_one(error)}") from None
    if heads.format not in (f"tracker/{FORMAT}", OLD_FORMAT):
        raise BadInput(f"{place}: is of format {heads.format!r}; this tracker reads tracker/{FORMAT}")
    for slug, each in heads.stories.items():
        has_stream = bool(re.fullmatch(chain.UUID, each.stream)) if each.stream else heads.format == OLD_FORMAT
        if not has_stream or not _is_sound(each):
            raise BadInput(f"{place}: stories.{slug}: has something else than an id, numbers and their hashes")
    return heads


OLD_FORMAT = "tracker/1"
"""The format of files that were published of logs in line format 1."""


def _is_sound(each: PublishedHead) -> bool:
    numbers = [*each.checkpoints, str(each.seq)]
    hashes = [*each.checkpoints.values(), each.hash]
    return (
        all(re.fullmatch("[1-9][0-9]{0,8}", number) for number in numbers)
        and all(re.fullmatch("[0-9a-f]{64}", hash) for hash in hashes)
        and each.checkpoints.get(str(each.seq), each.hash) == each.hash
    )


def located(seen: PublishedHead, story: PublishedHead | None) -> PublishedHead:
    """The head ``seen``, with the earlier checkpoints of the story's own file, if that file is of the same
    history."""
    known = story.known() if story else {}
    if known.get(seen.seq) != seen.hash:
        return seen
    before = {str(seq): hash for seq, hash in known.items() if seq < seen.seq}
    return structs.replace(seen, checkpoints=before | seen.checkpoints)


def divergence(seen: PublishedHead, lines: Sequence[bytes]) -> Divergence | None:
    """The first place where the lines, at least one, differ from what was published; None where they extend
    it."""
    if not seen.stream:
        return _since_format_1(seen, lines[0])
    if chain.id_of(lines[0]) != seen.stream:
        return Divergence(
            1, f"is another story than the one that was published, whose first event is {seen.stream}"
        )
    hashes = [chain.hash_of(line).hex() for line in lines]
    agreed = 0
    for seq, hash in seen.known().items():
        if seq > len(hashes) or hashes[seq - 1] != hash:
            which = f"#{seq}" if seq == agreed + 1 else f"one of #{agreed + 1} to #{seq}"
            line = min(agreed + 1, len(hashes)) or 1
            return Divergence(
                line, f"{which} is not what was published: {_explanation(seen.known(), hashes, seq)}"
            )
        agreed = seq
    return None


def _explanation(known: Mapping[int, str], hashes: Sequence[str], seq: int) -> str:
    """A sentence on the event that was published as ``seq``: moved, removed or changed, as far as hashes tell."""
    if seq > len(hashes):
        return f"the log ends with #{len(hashes)}; #{seq} had the hash {known[seq]}"
    here = next((number for number, hash in known.items() if number > seq and hash == hashes[seq - 1]), 0)
    there = hashes.index(known[seq]) + 1 if known[seq] in hashes else 0
    if there and here:
        return f"it was moved, and is #{there} now"
    if there:
        return f"something was put in before it, and it is #{there} now"
    if here:
        return f"it was removed; what was published as #{here} is in its place"
    return f"it was changed, or the log was rewritten from here on; #{seq} had the hash {known[seq]}"


def _since_format_1(seen: PublishedHead, first: bytes) -> Divergence | None:
    """None where the stream that begins with this line is the upgrade of the one that was published in format 1.
    The line says which head that stream had in the end."""
    was = _was(first)
    if was == (seen.seq, seen.hash):
        return None
    if was and was[0] > seen.seq:
        return Divergence(
            1,
            f"#{seen.seq} was published in format 1, and the log was upgraded when it had #{was[0]}, so that the"
            " two cannot be compared. Compare the old file, or a heads.json published at the upgrade or later",
        )
    return Divergence(1, f"#{seen.seq} was published in format 1, and is not what the log was upgraded from")


def _was(first: bytes) -> tuple[int, str] | None:
    """The last number and hash of the stream in format 1, if its first line states them."""
    try:
        was = msgspec.json.decode(messages.utf8(first), type=_First).was
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return (was.seq, was.hash) if was and was.format == 1 else None


class _First(Struct):
    was: Was | None = None


def extended(seen: Heads, log: Mapping[str, Sequence[bytes]]) -> dict[str, Divergence]:
    """The stories that do not extend what was published of them, each with the place of the difference. ``log``
    has the lines of each story, by its published name; a story that it lacks was removed."""
    found: dict[str, Divergence] = {}
    for slug, each in seen.stories.items():
        if not log.get(slug):
            found[slug] = Divergence(1, f"the story is gone; {each.seq} events of it were published")
        elif difference := divergence(each, log[slug]):
            found[slug] = difference
    return found
