"""Missing bytes and flipped bits: complete lines survive, and each damage is noticed."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from unittest import mock

from tests.torture import desks
from tests.torture.scenario import Scenario, Trying, case
from tracker.domain import chain
from tracker.domain.events import Event
from tracker.errors import CorruptLog, TrackerError
from tracker.log.files import FileLog
from tracker.maintenance.verify import verify
from tracker.workspace.desk import Workspace

SLUG = "story"


EXECUTED, WAITING = 3, 5
"""Numbers of the events of a long story that are redacted. The text of the second is still there."""

REDACTIONS = 2


def a_long_story(desk: Workspace, count: int, *, redacted: bool = True) -> bytes:
    """Records a story of ``count`` events of many types, and returns the bytes of its log. If it is ``redacted``,
    one removal is finished and one is not."""
    source = {"url": "https://a.example/1", "publisher": "Ä", "quote": "they pay"}
    redaction = {"type": "redaction", "reason": "court-order", "authority": "a court"}
    drafts: list[dict[str, object]] = [
        {"type": "opened", "title": "A story"},
        {"type": "report", "title": "They pay", "sources": [source], "parties": ["ByteDance"]},
        {"type": "statement", "title": "We comply", "speaker": "ByteDance", "quote": "we comply"},
        {"type": "correction", "corrects": "#2", "changes": {"title": "They lend"}, "why": "misread"},
        {"type": "update", "title": f"They say {WAITING_TEXT}", "minor": True},
        {**redaction, "redacts": f"#{EXECUTED}"},
        {**redaction, "redacts": f"#{WAITING}"},
    ]
    if not redacted:
        drafts = drafts[:-REDACTIONS]
    drafts = drafts[:count]
    updates: list[dict[str, object]] = [
        {"type": "update", "title": f"Nº {number}\u2028"} for number in range(count - len(drafts))
    ]
    texts: dict[int, bytes] = {}
    for draft in [*drafts, *updates]:
        desk.record(SLUG, [draft], removes=True)
        texts.setdefault(seq := desk.log.head(SLUG).seq, desk.log.lines(SLUG)[seq - 1])
    if redacted:
        put_back(desk, texts[WAITING])
    with open(desk.log.path(SLUG), "rb") as file:
        return file.read()


WAITING_TEXT = "a text that a court wants removed"


def put_back(desk: Workspace, line: bytes) -> None:
    """Puts a removed text back into the log."""
    lines = desk.log.lines(SLUG)
    write(desk, b"".join(line if chain.id_of(each) == chain.id_of(line) else each for each in lines))


def write(desk: Workspace, data: bytes) -> None:
    """Replaces the bytes of the log. It does not empty the file first: that would cost a flush each time."""
    with open(desk.log.path(SLUG), "r+b") as file:
        file.write(data)
        file.truncate()


# Cut at every byte.


def torn_tails(folder: str, quick: bool) -> Trying:
    """Cuts a log at a byte. An exact prefix has to remain, and the torn line has to be kept aside."""
    desk = desks.new_desk(folder)
    data = a_long_story(desk, 5 if quick else 12, redacted=False)
    lines = [line + b"\n" for line in data.split(b"\n")[:-1]]
    for cut in range(0, len(data), 29 if quick else 1):
        yield case(_recovery_faults(desk, lines, data[:cut]))


def _recovery_faults(desk: Workspace, lines: Sequence[bytes], data: bytes) -> Iterator[str]:
    """Reads a log of these bytes and appends to it. Yields what is wrong then."""
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
    """Returns the torn tails that were kept aside, and deletes them."""
    folder = os.path.join(desk.scratch, "torn")
    kept = [data for _, data in desks.files_below(folder)]
    shutil.rmtree(folder, ignore_errors=True)
    return kept


@contextlib.contextmanager
def _leaving_torn_tails() -> Iterator[None]:
    """A log that appends behind a torn tail."""

    def as_it_is(log: FileLog, slug: str, descriptor: int) -> list[bytes]:
        data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        return data[: data.rfind(b"\n") + 1].splitlines(keepends=True)

    with mock.patch.object(FileLog, "_without_torn_tail", as_it_is):
        yield


@contextlib.contextmanager
def _throwing_torn_tails_away() -> Iterator[None]:
    """A log that does not keep the torn tails that it cuts off."""
    with mock.patch.object(FileLog, "_quarantine", lambda log, slug, tail: log.path(slug)):
        yield


# Every bit.


def flipped_bits(folder: str, quick: bool) -> Trying:
    """Flips one bit of a log of 40 events, of which one has lost its text and one is to lose it. The log has to
    notice that, and reading may not change the file."""
    desk = desks.new_desk(folder)
    data = a_long_story(desk, 40)
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
    """Flips a bit and reads the log. Yields what is wrong then."""
    flipped = flip(desk, data, bit)
    place = f"bit {bit % 8} of byte {bit // 8}"
    try:
        _, error = desk.log.intact(SLUG)
        _, rest = desk.log.lines_and_rest(SLUG)
    except Exception as fault:
        yield f"{place}: {type(fault).__name__}: {fault}"
        return
    with open(desk.log.path(SLUG), "rb") as file:
        if file.read() != flipped:
            yield f"{place}: reading has changed the damaged log"
    if error is None and not rest:
        yield f"{place} is not noticed"
    if error is not None and not str(error).startswith(f"{desk.log.name(SLUG)}:"):
        yield f"{place}: {str(error)!r} names no place"


@contextlib.contextmanager
def _believing_every_line() -> Iterator[None]:
    """A log that does not check hashes when it is read."""
    with mock.patch.object(chain, "unchain", lambda lines, place: iter(lines)):
        yield


@contextlib.contextmanager
def _carrying_out_what_it_finds() -> Iterator[None]:
    """A log that removes waiting texts when it is read."""
    intact = FileLog.intact

    def removing(log: FileLog, slug: str) -> tuple[list[Event], CorruptLog | None]:
        log.remove_texts(slug, set(chain.removals(log.lines_if_any(slug))))
        return intact(log, slug)

    with mock.patch.object(FileLog, "intact", removing):
        yield


SCENARIOS = (
    Scenario(
        "torn-tail",
        "a log that is cut at any byte recovers to an exact prefix, and nothing is deleted",
        torn_tails,
        (_leaving_torn_tails, _throwing_torn_tails_away),
    ),
    Scenario(
        "bit-flips",
        "any flipped bit of a log of 40 events is noticed, and reading changes nothing",
        flipped_bits,
        (_believing_every_line, _carrying_out_what_it_finds),
    ),
)
