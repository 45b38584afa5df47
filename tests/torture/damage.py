"""Bytes that are missing and bits that are others: what is whole is kept, and no damage goes unnoticed."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from unittest import mock

from msgspec import structs

from tests.torture import desks
from tests.torture.scenario import Scenario, Trying, case
from tracker import chain, codec
from tracker.clock import new_id, new_salts, now
from tracker.errors import CorruptLog, TrackerError
from tracker.events import Event, Redaction, Removed
from tracker.log import FileLog
from tracker.verify import verify
from tracker.workspace import Workspace

SLUG = "story"


def a_long_story(desk: Workspace, count: int, *, redacted: bool = True) -> bytes:
    """Records a story of so many events, of many kinds, one of them redacted; the bytes of its log."""
    source = {"url": "https://a.example/1", "publisher": "Ä", "quote": "they pay"}
    drafts: list[dict[str, object]] = [
        {"type": "opened", "title": "A story"},
        {"type": "report", "title": "They pay", "sources": [source], "parties": ["ByteDance"]},
        {"type": "statement", "title": "We comply", "speaker": "ByteDance", "quote": "we comply"},
        {"type": "correction", "corrects": "#2", "changes": {"title": "They lend"}, "why": "misread"},
        {"type": "redaction", "redacts": "#3", "reason": "court-order", "authority": "a court"},
    ]
    if not redacted:
        drafts.pop()
    updates: list[dict[str, object]] = [
        {"type": "update", "title": f"Nº {number}\u2028"} for number in range(count - len(drafts))
    ]
    for draft in [*drafts, *updates]:
        desk.record(SLUG, [draft])
    with open(desk.log.path(SLUG), "rb") as file:
        return file.read()


def write(desk: Workspace, data: bytes) -> None:
    """Has these bytes be the log. The file is not emptied first: that would be written to the disk each time."""
    with open(desk.log.path(SLUG), "r+b") as file:
        file.write(data)
        file.truncate()


# Cut at every byte.


def torn_tails(folder: str, quick: bool) -> Trying:
    """A log is cut at a byte: an exact prefix is there, and what was torn is kept aside."""
    desk = desks.new_desk(folder)
    data = a_long_story(desk, 5 if quick else 12, redacted=False)
    lines = [line + b"\n" for line in data.split(b"\n")[:-1]]
    for cut in range(0, len(data), 29 if quick else 1):
        yield case(_mended(desk, lines, data[:cut]))


def _mended(desk: Workspace, lines: Sequence[bytes], data: bytes) -> Iterator[str]:
    """What is wrong when a log is read, and appended to, of which only these bytes are left."""
    write(desk, data)
    whole, torn = data[: data.rfind(b"\n") + 1], data[data.rfind(b"\n") + 1 :]
    prefix = [line + b"\n" for line in whole.split(b"\n")[:-1]]
    try:
        if desk.log.lines_and_rest(SLUG) != (prefix, torn) or prefix != lines[: len(prefix)]:
            yield f"cut at {len(data)}: the reader has no prefix"
        desk.log.append(SLUG, [desks.an_update()])
        after = desk.log.lines(SLUG)
        if after[:-1] != prefix or len(after) != len(prefix) + 1:
            yield f"cut at {len(data)}: what was appended does not follow the prefix"
    except TrackerError as error:
        yield f"cut at {len(data)}: {error}"
    if _kept_aside(desk) != ([torn] if torn else []):
        yield f"cut at {len(data)}: the torn line is not kept"


def _kept_aside(desk: Workspace) -> list[bytes]:
    """What is kept aside of torn tails; it is taken away."""
    folder = os.path.join(desk.scratch, "torn")
    kept = [data for _, data in desks.files_below(folder)]
    shutil.rmtree(folder, ignore_errors=True)
    return kept


@contextlib.contextmanager
def _leaving_torn_tails() -> Iterator[None]:
    """A log that appends to whatever is there."""

    def as_it_is(log: FileLog, slug: str, descriptor: int) -> bytes:
        data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        return data[: data.rfind(b"\n") + 1]

    with mock.patch.object(FileLog, "_mended", as_it_is):
        yield


@contextlib.contextmanager
def _throwing_torn_tails_away() -> Iterator[None]:
    """A log that keeps nothing of what it cuts off."""
    with mock.patch.object(FileLog, "_quarantine", lambda log, slug, tail: log.path(slug)):
        yield


# Every bit.


def flipped_bits(folder: str, quick: bool) -> Trying:
    """One bit of a log of 40 events is another: that is noticed, and nobody makes it look right."""
    desk = desks.new_desk(folder)
    data = a_long_story(desk, 40)
    write(desk, data)
    yield case(str(problem) for problem in verify(desk).problems)
    for bit in range(0, len(data) * 8, 61 if quick else 1):
        yield case(_unnoticed(desk, data, bit))
    for bit in range(0, len(data) * 8, 6101 if quick else 61):
        flip(desk, data, bit)
        yield case([] if verify(desk).problems else [f"verify finds nothing wrong with bit {bit} flipped"])
    write(desk, data)


def flip(desk: Workspace, data: bytes, bit: int) -> bytes:
    flipped = bytearray(data)
    flipped[bit // 8] ^= 1 << bit % 8
    write(desk, bytes(flipped))
    return bytes(flipped)


def _unnoticed(desk: Workspace, data: bytes, bit: int) -> Iterator[str]:
    """What is wrong when a log is read in which this bit is another. What stands in place of a removed text is
    known from its redaction and is put right by reading: then the log has to be what it was, to the byte."""
    flipped = flip(desk, data, bit)
    place = f"bit {bit % 8} of byte {bit // 8}"
    try:
        _, error = desk.log.intact(SLUG)
        _, rest = desk.log.lines_and_rest(SLUG)
    except Exception as fault:
        yield f"{place}: {type(fault).__name__}: {fault}"
        return
    with open(desk.log.path(SLUG), "rb") as file:
        now = file.read()
    if now not in (data, flipped):
        yield f"{place}: reading has changed the damaged log"
    if now != data and error is None and not rest:
        yield f"{place} is not noticed"


@contextlib.contextmanager
def _believing_every_line() -> Iterator[None]:
    """A log whose reader does not compute the hashes."""
    with mock.patch.object(codec, "unchain", lambda slug, lines, place: iter(lines)):
        yield


# Redactions that nobody recorded.


def forged_redactions(folder: str, quick: bool) -> Trying:
    """A line that does not follow from the chain asks for an event's text to be removed: whoever reads the log, or
    appends to it, is told of the damage, and the text stays."""
    desk = desks.new_desk(folder)
    data = a_long_story(desk, 8, redacted=False)
    lines = [line + b"\n" for line in data.split(b"\n")[:-1]]
    for target in range(1, len(lines) + 1):
        forged = _forged(desk, lines, target)
        for after in range(target, len(lines) + 1):
            write(desk, b"".join([*lines[:after], forged, *lines[after:]]))
            yield case(_believed(desk, lines[target - 1], f"a forged line {after + 1} about {target}"))


def _forged(desk: Workspace, lines: Sequence[bytes], target: int) -> bytes:
    """What the line of a redaction would look like, with a hash of nothing."""
    id, recorded = codec.id_and_recorded(lines[target - 1])
    hashes = [chain.START, *map(chain.hash_of, lines)]
    removed = Removed(
        id=id, was="update", recorded=recorded, hash=hashes[target].hex(), follows=hashes[target - 1].hex()
    )
    redaction = Redaction(redacts=id, reason="court-order", authority="a court", removed=(removed,))
    stamped = structs.replace(redaction, id=new_id(now()), recorded=now(), salt=new_salts(1)[0])
    _, line, _ = codec.encode(stamped, bytes(32))
    return line


def _believed(desk: Workspace, line: bytes, place: str) -> Iterator[str]:
    _, error = desk.log.intact(SLUG)
    if error is None:
        yield f"{place} is not noticed"
    with contextlib.suppress(CorruptLog):
        desk.log.append(SLUG, [desks.an_update()])
    with open(desk.log.path(SLUG), "rb") as file:
        if line not in file.read():
            yield f"{place}: the event is lost"


@contextlib.contextmanager
def _obeying_every_line() -> Iterator[None]:
    """A log that removes what any line in it asks for."""
    intact = FileLog.intact

    def obeying(log: FileLog, slug: str) -> tuple[list[Event], CorruptLog | None]:
        with open(log.path(slug), "r+b") as file:
            lines = file.read().splitlines(keepends=True)
            named = [line for line in lines if any(_names(each, line) for each in lines)]
            file.seek(0)
            file.writelines(line for line in lines if line not in named)
            file.truncate()
        return intact(log, slug)

    with mock.patch.object(FileLog, "intact", obeying):
        yield


def _names(line: bytes, other: bytes) -> bool:
    return line != other and b'"hash":"%b"' % chain.hash_of(other).hex().encode() in line


SCENARIOS = (
    Scenario(
        "torn-tail",
        "a log that is cut at any byte recovers to an exact prefix, and nothing is deleted",
        torn_tails,
        (_leaving_torn_tails, _throwing_torn_tails_away),
    ),
    Scenario("bit-flips", "any flipped bit is noticed", flipped_bits, (_believing_every_line,)),
    Scenario(
        "forged",
        "a redaction that is not part of the chain removes nothing",
        forged_redactions,
        (_obeying_every_line,),
    ),
)
