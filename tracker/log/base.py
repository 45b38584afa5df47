"""The contract of a log, and the code that a log in files (``files.py``) and one in PostgreSQL (``postgres.py``)
share.

::

    drafts ──chained(last line)──▶ lines ──append, if the head is still the expected one──▶ acknowledged
    lines ──unchained──▶ events

Both keep the same bytes: the lines of one can be put into the other, with every hash. This module computes the
ids, times, salts and hashes of an append. Each kind of log only writes the lines: all at once, durably, and only
if the last line is still the same.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # see tracker/__main__.py
import contextlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

from msgspec import Struct, structs

from tracker.domain import chain
from tracker.domain import lines as event_lines
from tracker.domain.events import Correction, Event, files_of
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.errors import BadInput, Conflict, CorruptLog, Unknown
from tracker.log import clock as clocks
from tracker.log.beside import read_beside
from tracker.log.clock import Clock
from tracker.startup import for_lines
from tracker.text import messages
from tracker.text.dates import Recorded, check_recorded

TYPES_FILE = "types.toml"

NO_PICTURES: Mapping[str, bytes] = MappingProxyType({})

RESTORE_PICTURE = "Restore it from a copy of the log or from the published media/; tracker merge finds it in git"


class Head(Struct, frozen=True):
    """The last event of a stream: its number and its hash. ``Head(0, "")`` is an empty stream."""

    seq: int
    hash: str


NOTHING = Head(0, "")


Whole = tuple[Sequence[Event], Sequence[bytes], CorruptLog | None]
"""The events of a stream up to the first damaged line, their lines without the texts that a redaction removes, and
the error of the damaged line. The events and lines of a large stream are read when they are needed."""


class Last(Struct, frozen=True):
    """The last event of a stream: its hash, and when it was recorded; empty where there is none."""

    hash: str
    recorded: Recorded


LogFinding = tuple[bool | None, str, str]
"""A finding about the server of a log: True (good), None (worth a look) or False (wrong); a sentence; the next
step."""


class EventLog(ABC):
    """All streams of a desk. ``folder`` holds ``types.toml`` and ``parties.toml``, ``scratch`` holds files that
    may be deleted. An append waits up to ``wait`` seconds for other writers. The log calls ``tell`` with a
    sentence when it repaired something."""

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

    has_unique_ids = False
    """Whether the log itself refuses an event whose id is in another story."""

    # What each kind of log implements.

    @abstractmethod
    def name(self, slug: str = "") -> str:
        """The name of the log, or of one story in it, for messages. Raises BadInput where the slug cannot name a
        story."""

    @abstractmethod
    def streams(self, start: str = "") -> list[str]:
        """The slugs of all stories, or of those that begin with ``start``, sorted. Files or rows of no story are
        left out."""

    def strays(self) -> list[str]:
        """The files in the log's folder that look like a story's but have a name that no story can have."""
        return []

    @abstractmethod
    def count(self) -> int:
        """About how many stories there are, for progress bars."""

    @abstractmethod
    def versions(self, known: Container[str] = ()) -> dict[str, int]:
        """The version of every story, by slug, unsorted: a number that changes when the story changes. No story is
        read. Slugs in ``known`` are taken as valid."""

    @abstractmethod
    def version(self, slug: str) -> int:
        """The version of one story, as in ``versions``; 0 where there is no such story."""

    @abstractmethod
    def latest(self) -> tuple[str, float]:
        """The slug of the story that was appended to last, and the time of that append in seconds since 1970;
        ``"", 0`` where there is no story."""

    @abstractmethod
    def lines_and_rest(self, slug: str) -> tuple[Sequence[bytes], bytes]:
        """The whole lines of a stream, and the bytes after the last LF, which are no event (yet). Raises Unknown,
        and CorruptLog where the story cannot be read."""

    @abstractmethod
    def head(self, slug: str) -> Head:
        """The head of a stream by its last whole line; ``NOTHING`` where there is no such line."""

    @abstractmethod
    def append(
        self,
        slug: str,
        drafts: Sequence[Event],
        expected: Head | None = None,
        pictures: Mapping[str, bytes] = NO_PICTURES,
    ) -> list[Event]:
        """Appends the drafts durably and returns them as recorded, in their order. Each redaction among them
        removes the text of the line that it names, under the same lock, and the pictures that no other line names.

        ``pictures`` are stored files that the drafts name, by name. They are durable before the lines are. Raises
        BadInput where another file that a draft names is not in the log.

        A draft without an id gets one. A draft whose id is in the story already is returned as it was recorded.
        Raises BadInput where an id is in another story. (A caller that gives ``expected`` has read the story and
        makes new ids; a log in files does not look for those.) Raises Conflict where ``expected`` is given and is
        not the head, Busy, LogFailed or CorruptLog; then nothing was acknowledged. Raises Unsure where it is
        unknown whether the events are recorded.
        """

    @abstractmethod
    def put(self, slug: str, lines: Sequence[bytes], after: Head) -> None:
        """Appends lines of another log as they are, all or none, if the head is ``after``. The caller has checked
        that they follow it. Removes no text. Raises Conflict, Busy, LogFailed."""

    @abstractmethod
    def remove_texts(self, slug: str, ids: Collection[str]) -> None:
        """Replaces each line with one of these ids by its shell, if a later redaction names it, and removes the
        pictures that no other line names. Raises Busy, LogFailed."""

    @abstractmethod
    def picture_names(self) -> list[str]:
        """The names of all stored pictures, sorted."""

    @abstractmethod
    def read_picture(self, name: str) -> bytes | None:
        """The bytes of a stored picture, unchecked; None where it is missing. Raises CorruptLog where it cannot be
        read."""

    @abstractmethod
    def put_picture(self, name: str, data: bytes) -> None:
        """Stores a picture durably. Only a copy of a log needs it: ``append`` stores those of its events. Raises
        LogFailed."""

    @abstractmethod
    def picture_place(self, name: str) -> str:
        """The place of a stored picture, for messages."""

    def stray_pictures(self) -> list[str]:
        """The files among the pictures that are none."""
        return []

    def leftover_pictures(self) -> list[str]:
        """The temporary files that a killed process left among the pictures."""
        return []

    @abstractmethod
    def rename(self, slug: str, name: str) -> None:
        """Gives another name to a story whose first line is a shell. Raises BadInput where a story has that name
        or the first line still has its text; Busy, LogFailed."""

    @abstractmethod
    def upgrade(self, progress: Callable[[], None] = lambda: None) -> dict[str, int]:
        """Rewrites the stories of line format 1 in today's format. Returns their numbers of lines, by slug. Raises
        CorruptLog where one of them is damaged, before anything is written; LogFailed."""

    def examine(self) -> Iterator[LogFinding]:
        """Checks the server that keeps the log, if there is one, and yields the findings."""
        return iter(())

    def close(self) -> None:
        """Closes the connection that the log keeps between calls, if any. The next call opens one."""
        return None

    # What all logs do the same way.

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
        """The bytes of ``types.toml``; empty where there is no such file. Raises BadInput."""
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

    def lines(self, slug: str) -> Sequence[bytes]:
        """The whole lines of a stream, unchecked, without an unfinished last line. Raises Unknown where there is
        no such story."""
        lines, _ = self.lines_and_rest(slug)
        if not lines:
            raise self._unknown(slug)
        return lines

    def lines_if_any(self, slug: str) -> Sequence[bytes]:
        """The whole lines of a stream; none where there is no such story or it cannot be read."""
        try:
            return self.lines(slug)
        except (Unknown, CorruptLog):
            return []

    def others_with(self, ids: Collection[str], slug: str) -> Iterator[tuple[str, str, int]]:
        """The events of other stories that have one of these ids: the id, the story and the number of each. Reads
        the other stories."""
        for other in self.streams() if ids else ():
            if other != slug:
                numbered = enumerate(map(chain.id_of, self.lines_if_any(other)), 1)
                yield from ((id, other, seq) for seq, id in numbered if id in ids)

    def has_redactions(self, slug: str) -> bool:
        """Whether a redaction is among the lines of a story, also of a damaged one."""
        return bool(chain.removals(self.lines_if_any(slug)))

    def read(self, slug: str, after: int = 0) -> Iterator[Event]:
        """The events of a stream after the first ``after``, in order. The hashes of all lines are checked.

        Raises Unknown where there is no such story, and CorruptLog, with the place, at a line that is not what was
        appended. Nothing is written.
        """
        return self.decoded(slug, self.lines(slug), after)

    def decoded(self, slug: str, lines: Sequence[bytes], after: int = 0) -> Iterator[Event]:
        """The events of a stream's lines, as ``read`` gives them."""
        return event_lines.decoded(slug, lines, self.name(slug), self.glossary, after)

    def whole(self, slug: str) -> Whole:
        """The sound part of a stream, read once; empty where there is no such story."""
        events: list[Event] = []
        lines: Sequence[bytes] = []
        number, error = 0, None
        try:
            lines = chain.executed(self.lines(slug))
            for event in self.decoded(slug, lines):
                number += 1
                if isinstance(lines, list):
                    events.append(event)
        except Unknown:
            pass
        except CorruptLog as damage:
            error = damage
        sound = lines[:number]
        return events if isinstance(sound, list) else self._read_lazily(slug, sound), sound, error

    def _read_lazily(self, slug: str, lines: Sequence[bytes]) -> Sequence[Event]:
        """The events of lines that were checked."""
        from tracker.domain.lazy import Lazy  # few streams are so large

        name, glossary = self.name(slug), self.glossary
        return Lazy(lines, lambda number, line: event_lines.decode(line, f"{name}:{number}", glossary))

    def intact(self, slug: str) -> tuple[Sequence[Event], CorruptLog | None]:
        """The events of a stream up to the first damaged line, and that line's error."""
        events, _, error = self.whole(slug)
        return events, error

    @contextlib.contextmanager
    def until_told(self) -> Iterator[None]:
        """A context for the main thread of a program. Once something was appended in it, Ctrl-C is ignored until
        its end, so that the program can say what is recorded."""
        before, self._held = _signal.getsignal(_signal.SIGINT), True
        try:
            yield
        finally:
            self._held = False
            _signal.signal(_signal.SIGINT, before)

    def _unknown(self, slug: str) -> Unknown:
        others = [each for each in self.streams() if each != slug]
        return Unknown("story", slug, others, "tracker stories lists them all.")

    def _upgraded(self, slug: str, lines: Sequence[bytes]) -> list[bytes]:
        """The lines of a story of format 1 in today's format. Raises CorruptLog."""
        from tracker.log import upgrade

        new_id, new_salt = (lambda: clocks.new_id(self.clock())), (lambda: clocks.new_salts(1)[0])
        return upgrade.converted(slug, lines, self.name(slug), new_id, new_salt)

    # Pictures.

    def picture(self, name: str) -> bytes:
        """The bytes of a stored picture. Raises CorruptLog where they are missing, or not those of its name."""
        from tracker.domain.media import fits  # few events have a picture

        data = self.read_picture(name)
        if data is None:
            raise CorruptLog(f"{self.picture_place(name)}: is missing. {RESTORE_PICTURE}")
        if not fits(name, data):
            raise CorruptLog(f"{self.picture_place(name)}: was changed. {RESTORE_PICTURE}")
        return data

    def lacking(self, names: Iterable[str]) -> list[str]:
        """Those of the pictures that are not stored as they should be."""
        lacking = []
        for name in names:
            try:
                self.picture(name)
            except CorruptLog:
                lacking.append(name)
        return lacking

    def check_pictures(self, draft: Event, given: Container[str] = ()) -> None:
        """Refuses (BadInput) a draft that names a picture which is neither stored nor ``given``."""
        for name in self.lacking(name for name in files_of(draft) if name not in given):
            raise BadInput(
                f"{self.picture_place(name)} is missing or was changed; tracker add --image stores a picture",
                field="changes.image" if isinstance(draft, Correction) else "image",
            )

    # Parts of an append.

    def _last(self, slug: str, seq: int, before: bytes, line: bytes) -> Last:
        """The end of a stream whose last line is ``line``, which has the number ``seq``. Raises CorruptLog where
        the line does not follow the line ``before`` it, or has no valid time or a type that this tracker does not
        know."""
        if not line:
            return Last(NOTHING.hash, Recorded(""))
        hash = chain.follows(chain.hash_of(before) if before else chain.START, line)
        if not hash:
            raise CorruptLog(f"{self.place(slug, seq)}: {chain.fault(line, is_first=not before)}")
        parts = chain.split(line)
        if parts.type not in self.glossary.types:
            raise CorruptLog(f"{self.place(slug, seq)}: type: {messages.unknown_type(parts.type)}")
        try:
            return Last(hash.hex(), check_recorded(parts.recorded, field="recorded"))
        except BadInput as error:
            raise CorruptLog(f"{self.place(slug, seq)}: {error}") from None

    def _decoded(self, slug: str, line: bytes, seq: int) -> Event:
        return event_lines.decode(line, self.place(slug, seq), self.glossary)

    def _chained(
        self, slug: str, drafts: Sequence[Event], last: Last, present: dict[str, Event]
    ) -> tuple[list[Event], list[bytes]]:
        """The drafts as events after the last one of the stream, and the lines to append. Events that are
        ``present`` already, by id, have no line among these."""
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


def id_in_use(id: str, story: str, seq: int) -> BadInput:
    """The refusal of an event whose id another story has."""
    return BadInput(f"{id} is the id of {story}#{seq} already; no two events can have one")


def check_expected(slug: str, expected: Head | None, last: Last | Head, seq: int, done: bool = False) -> None:
    """Raises Conflict where ``expected`` is given and is not the end of the stream, unless the append is ``done``
    already. ``seq`` is the number of the last event."""
    if expected is not None and expected.hash != last.hash and not done:
        raise Conflict(f"{slug} has moved on to #{seq} while this was being prepared; try again")


def _warn(sentence: str) -> None:
    import logging

    logging.getLogger("tracker").warning(sentence)
