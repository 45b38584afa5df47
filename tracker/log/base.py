"""What a log is, wherever its lines are kept: in files (``log.py``) or in PostgreSQL (``postgres.py``).

::

    drafts ──chained(last line)──▶ lines ──append, if the head is still the expected one──▶ acknowledged
    lines ──unchained──▶ events

Both keep the same bytes: what one has can be put into the other, line by line, with every hash. What an append
decides (ids, times, salts, the chain) is computed here, once for both; where the lines are kept decides only how
they get there all at once, durably, and after that last line only.
"""

from __future__ import annotations

import contextlib
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Container, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec import structs

from tracker.domain import chain
from tracker.domain import lines as event_lines
from tracker.domain.events import Event
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.errors import BadInput, Conflict, CorruptLog, Unknown
from tracker.log import clock as clocks
from tracker.log.beside import read_beside
from tracker.log.clock import Clock
from tracker.startup import for_lines
from tracker.text import messages
from tracker.text.dates import Recorded, check_recorded

TYPES_FILE = "types.toml"


class Head(NamedTuple):
    """The last event of a stream: its number and its hash. ``Head(0, "")`` is an empty stream."""

    seq: int
    hash: str


NOTHING = Head(0, "")


class Whole(NamedTuple):
    """The events of a stream up to the first damaged line, their lines in the form in which they may leave the
    log, and what is wrong with the damaged one."""

    events: list[Event]
    lines: list[bytes]
    error: CorruptLog | None


class Last(NamedTuple):
    """The last event of a stream: its hash, and when it was recorded; empty where there is none."""

    hash: str
    recorded: Recorded


LogFinding = tuple[bool | None, str, str]
"""What is found of what a log stands on (well, worth a look, wrong), and what helps."""


class EventLog(ABC):
    """All streams of a desk. ``folder`` is where ``types.toml`` and ``parties.toml`` are, ``scratch`` what may be
    deleted, ``wait`` the seconds that an append waits for others, ``tell`` what is called with a sentence when
    something had to be mended."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        scratch: str | os.PathLike[str] | None = None,
        clock: Clock = clocks.now,
        wait: float = 10.0,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.folder = os.fspath(folder)
        beside = os.path.dirname(os.path.normpath(self.folder))
        self.scratch = os.fspath(scratch) if scratch else os.path.join(beside, ".tracker")
        self.clock = clock
        self.wait = wait
        self.tell = tell or _warn
        self._held = False

    # What each kind of log does in its own way.

    @abstractmethod
    def name(self, slug: str = "") -> str:
        """The log, or the place of one story in it, for messages. Raises BadInput where the slug cannot name a
        story."""

    @abstractmethod
    def streams(self, start: str = "") -> list[str]:
        """The slugs of all stories, or of those that begin with ``start``, sorted. What is no story's is passed
        over."""

    def strays(self) -> list[str]:
        """The files of the log that look like a story's and are none."""
        return []

    @abstractmethod
    def count(self) -> int:
        """About how many stories there are, for progress bars."""

    @abstractmethod
    def versions(self, known: Container[str] = ()) -> dict[str, int]:
        """For every story, a number that is another whenever it has moved: no story is read. By slug, unsorted;
        those ``known`` are not looked at again whether they can name one."""

    @abstractmethod
    def latest(self) -> tuple[str, float]:
        """The story that was appended to last, and when that was, in seconds since 1970; ``"", 0`` where there is
        none."""

    @abstractmethod
    def lines_and_rest(self, slug: str) -> tuple[list[bytes], bytes]:
        """The whole lines of a stream and the bytes after them, which are no event (yet). Raises Unknown."""

    @abstractmethod
    def head(self, slug: str) -> Head:
        """The head of a stream, as its last whole line says it; ``NOTHING`` where there is none."""

    @abstractmethod
    def append(self, slug: str, drafts: Sequence[Event], expected: Head | None = None) -> list[Event]:
        """Appends the drafts and returns them as recorded, in their order, durably. Of the redactions among them
        each removes the text of the line that it names, under the same lock, and no other line.

        A draft without an id gets one; one whose id is there already is returned as it was recorded. Raises
        Conflict where ``expected`` is given and is not the head, Busy, LogFailed, CorruptLog; in each of
        these cases nothing was acknowledged. Unsure is raised where it cannot be known.
        """

    @abstractmethod
    def put(self, slug: str, lines: Sequence[bytes], after: Head) -> None:
        """Appends these very lines, of another log, all or none, where the head is ``after``. That they follow it
        has been checked. No text that is there is removed. Raises Conflict, Busy, LogFailed."""

    @abstractmethod
    def remove_texts(self, slug: str, ids: Collection[str]) -> None:
        """Replaces the lines of these ids by their shells, where a redaction further down names them. Raises Busy,
        LogFailed."""

    @abstractmethod
    def rename(self, slug: str, name: str) -> None:
        """Gives a story whose first line lost its text another name. Raises BadInput where there is a story of
        that name or the first line still has its text; Busy, LogFailed."""

    @abstractmethod
    def upgrade(self, progress: Callable[[], None] = lambda: None) -> dict[str, int]:
        """Rewrites the stories that are written in format 1 in today's line format; gives their slugs with their
        numbers of lines. Raises CorruptLog, before anything is written, where one of them is damaged;
        LogFailed."""

    def examine(self) -> Iterator[LogFinding]:
        """Looks at the server that keeps the log, if one does."""
        return iter(())

    def close(self) -> None:
        """Ends the connection that the log keeps between two calls, if any. The next call makes another."""
        return None

    # What follows from that.

    @cached_property
    def glossary(self) -> Glossary:
        """The types of events in this log: tracker's own, and those that ``types.toml`` in the folder declares.

        Raises BadInput, naming the line, where a declaration is broken.
        """
        text = self.declarations()
        if not text:
            return BUILT_IN
        from tracker.domain import custom_types  # most logs have none

        return custom_types.read(text, os.path.relpath(os.path.join(self.folder, TYPES_FILE)))

    def declarations(self) -> bytes:
        """What stands in ``types.toml``; nothing where there is none. Raises BadInput."""
        return read_beside(os.path.join(self.folder, TYPES_FILE))

    def place(self, slug: str, seq: int) -> str:
        """``events/tiktok-openai.jsonl:7``, for messages."""
        return f"{self.name(slug)}:{seq}"

    def damaged(self, slug: str, reason: str) -> CorruptLog:
        """Returns the error that says why a story cannot be folded or published though its chain holds."""
        return CorruptLog(f"{self.name(slug)}: {reason}. tracker verify says which line")

    @contextlib.contextmanager
    def folding(self, slug: str) -> Iterator[None]:
        """A context in which events of a story are folded or published.

        If one of them has a value that tracker would have refused to record, a forger appended it. The context
        then raises CorruptLog in place of BadInput. Any other exception is a fault in tracker and passes.
        """
        try:
            yield
        except (BadInput, Unknown) as error:
            raise self.damaged(slug, str(error)) from error

    def lines(self, slug: str) -> list[bytes]:
        """The whole lines of a stream, unchecked; an unfinished last line is not there yet.

        Raises Unknown where there is no such story.
        """
        lines, _ = self.lines_and_rest(slug)
        if not lines:
            raise self._unknown(slug)
        return lines

    def lines_if_any(self, slug: str) -> list[bytes]:
        """The whole lines of a stream; none where there is no such story, or it cannot be read."""
        try:
            return self.lines(slug)
        except (Unknown, CorruptLog):
            return []

    def removes_since(self, slug: str, seq: int) -> bool:
        """Whether a redaction is among the lines after the first ``seq``, also where the story is damaged."""
        return any(number > seq for number in chain.removals(self.lines_if_any(slug)).values())

    def read(self, slug: str, after: int = 0) -> Iterator[Event]:
        """The events of a stream after the first ``after``, in order, the chain checked all the way.

        Raises Unknown for no such story, CorruptLog (with its place) at a line that is not what was appended.
        Nothing is written.
        """
        return self.decoded(slug, self.lines(slug), after)

    def decoded(self, slug: str, lines: Sequence[bytes], after: int = 0) -> Iterator[Event]:
        """The events of a stream's lines, as ``read`` gives them."""
        return event_lines.decoded(slug, lines, self.name(slug), self.glossary, after)

    def whole(self, slug: str) -> Whole:
        """What is sound of a stream, by one reading; nothing where there is no such story."""
        events: list[Event] = []
        lines: list[bytes] = []
        error = None
        try:
            lines = chain.executed(self.lines(slug))
            for event in self.decoded(slug, lines):
                events.append(event)
        except Unknown:
            pass
        except CorruptLog as damage:
            error = damage
        return Whole(events, lines[: len(events)], error)

    def intact(self, slug: str) -> tuple[list[Event], CorruptLog | None]:
        """The events of a stream up to the first damaged line, and what is wrong with that."""
        events, _, error = self.whole(slug)
        return events, error

    @contextlib.contextmanager
    def until_told(self) -> Iterator[None]:
        """For the main thread of a program: once something was appended in this context, Ctrl-C comes too late
        until its end, so that what is recorded is told."""
        before, self._held = signal.getsignal(signal.SIGINT), True
        try:
            yield
        finally:
            self._held = False
            signal.signal(signal.SIGINT, before)

    def _unknown(self, slug: str) -> Unknown:
        others = [each for each in self.streams() if each != slug]
        return Unknown("story", slug, others, "tracker stories lists them all.")

    def _upgraded(self, slug: str, lines: Sequence[bytes]) -> list[bytes]:
        """The lines of a story of format 1 in today's format. Raises CorruptLog."""
        from tracker.log import upgrade

        new_id, new_salt = (lambda: clocks.new_id(self.clock())), (lambda: clocks.new_salts(1)[0])
        return upgrade.converted(slug, lines, self.name(slug), new_id, new_salt)

    # What an append decides.

    def _last(self, slug: str, seq: Callable[[], int], before: bytes, line: bytes) -> Last:
        """The end of a stream, whose last line is ``line``; its number ``seq`` is asked for where that is to be
        said. Raises CorruptLog where it does not itself follow the line ``before`` it, or has a time that is
        none or a type that this tracker does not know."""
        if not line:
            return Last(NOTHING.hash, Recorded(""))
        hash = chain.follows(chain.hash_of(before) if before else chain.START, line)
        if not hash:
            raise CorruptLog(f"{self.place(slug, seq())}: {chain.fault(line, is_first=not before)}")
        parts = chain.split(line)
        if parts.type not in self.glossary.types:
            raise CorruptLog(f"{self.place(slug, seq())}: type: {messages.unknown_type(parts.type)}")
        try:
            return Last(hash.hex(), check_recorded(parts.recorded, field="recorded"))
        except BadInput as error:
            raise CorruptLog(f"{self.place(slug, seq())}: {error}") from None

    def _decoded(self, slug: str, line: bytes, seq: int) -> Event:
        return event_lines.decode(line, self.place(slug, seq), self.glossary)

    def _chained(
        self, slug: str, drafts: Sequence[Event], last: Last, present: dict[str, Event]
    ) -> tuple[list[Event], list[bytes]]:
        """The events as they will stand in the log after its last, and the lines to append for those that are not
        ``present`` yet."""
        previous = bytes.fromhex(last.hash) or chain.START
        instant = max(self.clock(), last.recorded)
        hashed = for_lines(len(drafts))
        recorded, lines = [], []
        for draft, salt in zip(drafts, clocks.new_salts(len(drafts)), strict=True):
            event = present.get(draft.id)
            if event is None:
                id = draft.id or clocks.new_id(instant)
                stamped = structs.replace(draft, id=id, recorded=instant, salt=salt)
                event, line, previous = event_lines.encode(stamped, previous, hashed)
                lines.append(line)
                present[event.id] = event
            recorded.append(event)
        return recorded, lines


def check_renaming(slug: str, name: str, lines: Sequence[bytes]) -> None:
    """Refuses (BadInput) to rename a story to its own name, or one whose first line still has its text."""
    if slug == name:
        raise BadInput(f"the story is called {name} already; give it another name", field="rename")
    if not lines or not chain.is_shell(lines[0]):
        raise BadInput(f"{slug}#1 still has its text, and with it the name; redact it first", field="rename")


def check_expected(
    slug: str, expected: Head | None, last: Last | Head, seq: Callable[[], int], done: bool = False
) -> None:
    """Raises Conflict where somebody else has appended since ``expected``, unless all is done already; ``seq`` is
    the number of the last event."""
    if expected is not None and expected.hash != last.hash and not done:
        raise Conflict(f"{slug} has moved on to #{seq()} while this was being prepared; try again")


def _warn(sentence: str) -> None:
    import logging

    logging.getLogger("tracker").warning(sentence)
