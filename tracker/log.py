"""``FileLog``: one append-only file a story, the only truth.

What appending does, in this order, and why a crash between any two steps loses nothing acknowledged:

1. open (never through a symbolic link) and lock the story's file, with a time limit;
2. start over if the file was replaced while waiting for the lock;
3. cut a torn tail (bytes after the last LF: a write that was never acknowledged), keeping a copy;
4. check that the last line is whole, that the head is the expected one, and which ids are there already;
5. write all lines in one call; flush them to the disk; where the file is new, flush its folder;
6. only then return: the events are acknowledged.

An event that is there already, by id, is done: appending it again changes nothing.

The one exception to append-only is a redaction. It is appended like any event and then, still under the lock, the
file is replaced by one without the texts that it removes. Cut short in between, that is finished when the story is
next read or appended to.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import signal
import stat
import threading
from collections.abc import Callable, Container, Iterator, Sequence, Set
from functools import cached_property
from typing import BinaryIO, NamedTuple

from msgspec import structs

from tracker import clock as clocks
from tracker import codec, locks
from tracker.clock import Clock
from tracker.errors import BadInput, Busy, Conflict, CorruptLog, LogFailed, TrackerError, Unknown
from tracker.events import Event, Redaction
from tracker.glossary import BUILT_IN, Glossary
from tracker.hashing import for_lines
from tracker.names import check_slug, is_slug
from tracker.times import Recorded

FORGED = (TrackerError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError)
"""What a story may raise that has events in it which tracker would not have appended."""

SUFFIX = ".jsonl"
TYPES_FILE = "types.toml"


class Head(NamedTuple):
    """The last event of a stream: its number and its hash. ``Head(0, "")`` is an empty stream."""

    seq: int
    hash: str


NOTHING = Head(0, "")


class _Last(NamedTuple):
    """The last event of a stream: its hash, and when it was recorded; empty where there is none."""

    hash: str
    recorded: Recorded


FEW = 8
"""Ids that are looked for one by one."""


class FileLog:
    """All streams below one folder: ``<folder>/<slug>.jsonl``.

    ``scratch`` is where torn tails are kept (by default ``.tracker`` beside the folder), ``wait`` the seconds
    to wait for another writer, ``tell`` what is called with a sentence when something had to be mended.
    """

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

    @cached_property
    def glossary(self) -> Glossary:
        """The types of events in this log: tracker's own, and those that ``types.toml`` in the folder declares.

        Raises BadInput, naming the line, where a declaration is broken.
        """
        text = self.declarations()
        if not text:
            return BUILT_IN
        from tracker import declared  # most logs have none

        return declared.read(text, os.path.relpath(os.path.join(self.folder, TYPES_FILE)))

    def declarations(self) -> bytes:
        """What stands in ``types.toml``; nothing where there is none. Raises BadInput."""
        return read_beside(os.path.join(self.folder, TYPES_FILE))

    # Reading.

    def streams(self, start: str = "") -> list[str]:
        """The slugs of all stories, or of those that begin with ``start``, sorted. Files that are no story's are
        passed over."""
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        slugs = (name.removesuffix(SUFFIX) for name in names if name.startswith(start) and name.endswith(SUFFIX))
        return sorted(slug for slug in slugs if is_slug(slug))

    def count(self) -> int:
        """About how many stories there are, for progress bars."""
        try:
            return sum(name.endswith(SUFFIX) for name in os.listdir(self.folder))
        except FileNotFoundError:
            return 0

    def versions(self, known: Container[str] = ()) -> dict[str, int]:
        """For every story, a number that is another whenever its file is (but for one who sets the clock back to
        hide it): nothing is read. By slug, unsorted; those ``known`` are not looked at again whether they can name
        one."""
        found: dict[str, int] = {}
        try:
            folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            return found
        try:
            with os.scandir(folder) as files:  # by descriptor: thousands of paths need not be walked
                for file in files:
                    slug, dot, ending = file.name.partition(".")
                    if dot + ending == SUFFIX and (slug in known or is_slug(slug)):
                        facts = file.stat(follow_symlinks=False)
                        found[slug] = hash((facts.st_ino, facts.st_size, facts.st_ctime_ns))
        finally:
            os.close(folder)
        return found

    def path(self, slug: str) -> str:
        """The file of a story. Raises BadInput where the slug cannot name one."""
        return os.path.join(self.folder, check_slug(slug) + SUFFIX)

    def place(self, slug: str, seq: int) -> str:
        """``events/tiktok-openai.jsonl:7``, for messages."""
        return f"{os.path.relpath(self.path(slug))}:{seq}"

    def damaged(self, slug: str, error: Exception) -> CorruptLog:
        """What is wrong with a story that cannot be folded or published, naming its file. A chain that holds with
        events in it that tracker would not have appended is the work of a forger."""
        if isinstance(error, CorruptLog):
            return error
        known = isinstance(error, (TrackerError, ValueError))
        said = str(error) if known else "has an event that tracker does not record"
        return CorruptLog(f"{os.path.relpath(self.path(slug))}: {said}. tracker verify says which line")

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

    def lines_and_rest(self, slug: str) -> tuple[list[bytes], bytes]:
        """The whole lines of a stream and the bytes after them, which are no event (yet). Raises Unknown."""
        with self._opened(slug) as file:
            data = file.read()
        return _split(data), data[data.rfind(b"\n") + 1 :]

    def read(self, slug: str, after: int = 0) -> Iterator[Event]:
        """The events of a stream after the first ``after``, in order, the chain checked all the way.

        Raises Unknown for no such story, CorruptLog (file and line) at a line that is not what was appended.
        """
        lines = self.lines(slug)
        if codec.without_removed(slug, lines) != lines:
            lines = self._finished(slug, lines)
        return self.decoded(slug, lines, after)

    def decoded(self, slug: str, lines: Sequence[bytes], after: int = 0) -> Iterator[Event]:
        """The events of a stream's lines, as ``read`` gives them."""
        return codec.decoded(slug, lines, os.path.relpath(self.path(slug)), self.glossary, after)

    def intact(self, slug: str) -> tuple[list[Event], CorruptLog | None]:
        """The events of a stream up to the first damaged line, and what is wrong with that. No events where the
        first is not there yet."""
        events = []
        try:
            for event in self.read(slug):
                events.append(event)
        except Unknown:
            return [], None
        except CorruptLog as error:
            return events, error
        return events, None

    def position(self, slug: str) -> tuple[int, str]:
        """The size of a stream's file in bytes and the hash its last whole line ends with, read from its end
        only: enough to tell whether there is anything new."""
        with self._opened(slug) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 4096))
            tail = file.read()
        last = tail[: tail.rfind(b"\n") + 1]
        return size - (len(tail) - len(last)), codec.hash_of(last).hex()

    def head(self, slug: str) -> Head:
        """The head of a stream, as its last whole line says it; ``NOTHING`` where there is none."""
        try:
            return _head(self.lines(slug))
        except Unknown:
            return NOTHING

    def _opened(self, slug: str) -> BinaryIO:
        path = self.path(slug)
        try:
            return open(path, "rb", opener=_not_through_links)
        except FileNotFoundError:
            raise self._unknown(slug) from None
        except OSError as error:
            raise CorruptLog(_refusal(path, error)) from None

    def _unknown(self, slug: str) -> Unknown:
        others = [each for each in self.streams() if each != slug]
        return Unknown("story", slug, others, "tracker stories lists them all.")

    # Appending.

    def append(self, slug: str, drafts: Sequence[Event], expected: Head | None = None) -> list[Event]:
        """Appends the drafts and returns them as recorded, in their order, durable on the disk.

        A draft without an id gets one; one whose id is there already is returned as it was recorded. Raises
        Conflict where ``expected`` is given and is not the head, Busy, LogFailed, CorruptLog; in each of
        these cases nothing was acknowledged.
        """
        path = self.path(slug)
        self._make_folder()
        with self._locked(path) as descriptor:
            stored = self._mended(slug, descriptor)
            if self._remove_texts(slug, descriptor, stored):
                return self.append(slug, drafts, expected)  # to the file that is now there
            last = self._last(slug, stored)
            present = self._present(slug, stored, {draft.id.encode() for draft in drafts})
            if expected is not None and expected.hash != last.hash and len(present) < len(drafts):
                seq = stored.count(10)
                raise Conflict(f"{slug} has moved on to #{seq} while this was being prepared; try again")
            recorded, data = self._encoded(slug, drafts, last, present)
            with _uninterrupted(self._held):
                self._write(descriptor, data, path)
                if not stored:
                    flush_folder(self.folder)
                if any(isinstance(event, Redaction) for event in recorded):
                    self._remove_texts(slug, descriptor, self._mended(slug, descriptor))
        return recorded

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

    def finish(self, slug: str) -> None:
        """Removes the texts that an interrupted redaction has left. Raises Busy, LogFailed."""
        with self._locked(self.path(slug)) as descriptor:
            self._remove_texts(slug, descriptor, self._mended(slug, descriptor))

    def _finished(self, slug: str, lines: list[bytes]) -> list[bytes]:
        """The lines after an interrupted redaction was finished; where it cannot be, the lines as they will be."""
        try:
            self.finish(slug)
        except (Busy, LogFailed, OSError) as error:
            self.tell(f"{os.path.relpath(self.path(slug))}: a redaction is not finished yet: {error}")
            return codec.without_removed(slug, lines)
        return self.lines(slug)

    def _remove_texts(self, slug: str, descriptor: int, stored: bytes) -> bool:
        """Replaces the locked file by one without the texts that redactions in it remove; says whether it did.

        Unfinished lines that were kept aside may repeat such a text and go too.
        """
        if not codec.may_remove(stored):
            return False
        lines = _split(stored)
        without = codec.without_removed(slug, lines)
        if without == lines:
            return False
        path = self.path(slug)
        aside = f"{path}.{os.getpid()}.new"
        try:
            for name in (*self._left(slug), *locks.left(self.scratch)):
                os.remove(name)
            with open(aside, "xb") as file:
                os.fchmod(file.fileno(), os.fstat(descriptor).st_mode & 0o7777)
                file.write(b"".join(without))
                file.flush()
                os.fsync(file.fileno())
            for name in self._torn(slug):
                os.remove(name)
            os.replace(aside, path)
            flush_folder(self.folder)
        except OSError as error:
            raise LogFailed(
                f"{os.path.relpath(path)}: the text could not be removed yet ({error.strerror}); the redaction is"
                " recorded, and the next append to this story or tracker publish removes the text"
            ) from None
        finally:
            with contextlib.suppress(OSError):
                os.remove(aside)
        return True

    def _left(self, slug: str) -> list[str]:
        """What redactions of the story that were killed have left beside it; who holds its lock may remove it."""
        name = re.escape(slug + SUFFIX)
        return [
            os.path.join(self.folder, each)
            for each in os.listdir(self.folder)
            if re.fullmatch(rf"{name}\.[0-9]+\.new", each)
        ]

    def _torn(self, slug: str) -> list[str]:
        """The files with unfinished lines of a story (their names end in a UUID)."""
        folder = os.path.join(self.scratch, "torn")
        names = os.listdir(folder) if os.path.isdir(folder) else []
        return [os.path.join(folder, name) for name in names if name[:-37] == slug]

    def _encoded(
        self, slug: str, drafts: Sequence[Event], last: _Last, present: dict[str, Event]
    ) -> tuple[list[Event], bytes]:
        """The events as they will stand in the log, and the bytes to append for those not there yet."""
        previous = bytes.fromhex(last.hash) or codec.genesis(slug)
        instant = max(self.clock(), last.recorded)
        hashed = for_lines(len(drafts))
        recorded, data = [], []
        for draft in drafts:
            event = present.get(draft.id)
            if event is None:
                event, line, previous = codec.encode(self._stamped(draft, instant), previous, hashed)
                data.append(line)
                present[event.id] = event
            recorded.append(event)
        return recorded, b"".join(data)

    def _last(self, slug: str, stored: bytes) -> _Last:
        """The end of the log. Raises CorruptLog where its last line does not itself follow the line before it."""
        if not stored:
            return _Last(NOTHING.hash, Recorded(""))
        start = stored.rfind(b"\n", 0, -1) + 1
        line = stored[start:]
        before = stored[stored.rfind(b"\n", 0, max(0, start - 1)) + 1 : start]
        if not codec.follows(codec.hash_of(before) if before else codec.genesis(slug), line):
            raise CorruptLog(f"{self.place(slug, stored.count(10))}: {codec.fault(line)}")
        try:
            recorded = codec.decode(line, glossary=self.glossary).recorded
        except CorruptLog as error:
            raise CorruptLog(f"{self.place(slug, stored.count(10))}{error}") from None
        return _Last(codec.hash_of(line).hex(), recorded)

    def _decoded(self, slug: str, line: bytes, seq: int) -> Event:
        return codec.decode(line, self.place(slug, seq), self.glossary)

    def _present(self, slug: str, stored: bytes, ids: Set[bytes]) -> dict[str, Event]:
        """Those of the ids that are in the log, with their events."""
        if len(ids) <= FEW and not any(id in stored for id in ids if id):
            return {}
        start = len(b'{"id":"')
        found = ((line[start : start + 36], line, seq) for seq, line in enumerate(_split(stored), 1))
        return {id.decode(): self._decoded(slug, line, seq) for id, line, seq in found if id in ids}

    def _stamped(self, draft: Event, instant: Recorded) -> Event:
        return structs.replace(
            draft, id=draft.id or clocks.new_id(instant), recorded=instant, salt=clocks.new_salt()
        )

    def _make_folder(self) -> None:
        """git keeps no empty folder, so a clone of a workspace without stories lacks it."""
        if not os.path.isdir(self.folder):
            os.makedirs(self.folder, exist_ok=True)
            flush_folder(os.path.dirname(os.path.abspath(self.folder)))

    @contextlib.contextmanager
    def _locked(self, path: str) -> Iterator[int]:
        """A descriptor of the story's file, locked against other writers (flock, dropped on any exit)."""
        while True:
            try:
                descriptor = os.open(
                    path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644
                )
            except OSError as error:
                raise LogFailed(_refusal(path, error)) from None
            try:
                if _is_pipe(descriptor):
                    raise LogFailed(f"{os.path.relpath(path)}: is a pipe or a device, which a log cannot be")
                locks.take(descriptor, path, self.wait, "written")
                if _is_still(descriptor, path):
                    yield descriptor
                    return
            finally:
                os.close(descriptor)

    def _mended(self, slug: str, descriptor: int) -> bytes:
        """The whole lines of the locked file, after a torn tail was moved out of it."""
        size = os.fstat(descriptor).st_size
        data = os.pread(descriptor, size, 0) if size else b""
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            kept = self._quarantine(slug, data[whole:])
            os.ftruncate(descriptor, whole)
            os.fsync(descriptor)
            self.tell(
                f"{self.place(slug, data.count(10) + 1)}: an unfinished line of {len(data) - whole} bytes, left by"
                f" an append that was cut short and never acknowledged, was moved to {os.path.relpath(kept)}"
            )
        return data[:whole]

    def _quarantine(self, slug: str, tail: bytes) -> str:
        folder = os.path.join(self.scratch, "torn")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, f"{slug}-{clocks.new_id(self.clock())}")
        with open(path, "xb") as file:
            file.write(tail)
            file.flush()
            os.fsync(file.fileno())
        flush_folder(folder)
        return path

    def _write(self, descriptor: int, data: bytes, path: str) -> None:
        """All the bytes, durably, or none. Also flushes where there is nothing to write: what an earlier,
        failed attempt left there is acknowledged only now."""
        size = os.fstat(descriptor).st_size
        try:
            written = os.write(descriptor, data) if data else 0
        except OSError as error:
            raise _take_back(descriptor, size, path, error) from None
        if written < len(data):
            raise _take_back(descriptor, size, path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        try:
            os.fdatasync(descriptor)
        except OSError as error:
            raise LogFailed(
                f"{os.path.relpath(path)}: the disk could not confirm the write ({error.strerror}). It may or may"
                " not be recorded: mend the disk and look at tracker timeline before you add it again"
            ) from None


def read_beside(path: str) -> bytes:
    """What stands in a file that people keep beside the streams; nothing where there is none. Raises BadInput."""
    try:
        with open(path, "rb", opener=_of_a_file) as file:
            text = file.read(MOST_BESIDE + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise BadInput(f"{os.path.relpath(path)}: {error.strerror}") from None
    if len(text) > MOST_BESIDE:
        raise BadInput(f"{os.path.relpath(path)}: is larger than {MOST_BESIDE:,} bytes")
    return text


MOST_BESIDE = 1024 * 1024


@contextlib.contextmanager
def _uninterrupted(held: bool) -> Iterator[None]:
    """Ctrl-C comes too late once the write has begun: whoever is told that it stopped can rely on nothing having
    been recorded. Where it is ``held``, that stays so afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    except BaseException:
        held = False
        raise
    finally:
        if not held:
            signal.signal(signal.SIGINT, before)


def _split(data: bytes) -> list[bytes]:
    """The whole lines, split at LF only: other line ends may stand inside a text."""
    if b"\r" in data:
        return [line + b"\n" for line in data.split(b"\n")[:-1]]
    return data[: data.rfind(b"\n") + 1].splitlines(keepends=True)


def _head(lines: Sequence[bytes]) -> Head:
    return Head(len(lines), codec.hash_of(lines[-1]).hex()) if lines else NOTHING


def _take_back(descriptor: int, size: int, path: str, error: OSError) -> LogFailed:
    """Undoes a partial write; what cannot be undone is a torn tail, which the next append moves away."""
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, size)
        os.fsync(descriptor)
        if not size:
            os.unlink(path)  # it was made for this append; whoever waits for its lock makes another
    return LogFailed(f"{os.path.relpath(path)}: {error.strerror}; nothing was recorded and the log is as it was")


def _is_still(descriptor: int, path: str) -> bool:
    """Whether the locked file is the one of that name, and was not replaced while waiting."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def flush_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _not_through_links(path: str, flags: int) -> int:
    return _of_a_file(path, flags | os.O_NOFOLLOW)


def _of_a_file(path: str, flags: int) -> int:
    """A descriptor of a file (or a folder, which nothing is read from). For a pipe nobody is waited for."""
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    try:
        if not _is_pipe(descriptor):
            return descriptor
    except OSError:
        os.close(descriptor)
        raise
    os.close(descriptor)
    raise OSError(errno.EINVAL, "is a pipe or a device, which a log cannot be", path)


def _is_pipe(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _refusal(path: str, error: OSError) -> str:
    reason = "is a symbolic link, which a log cannot be" if error.errno == errno.ELOOP else error.strerror
    return f"{os.path.relpath(path)}: {reason}"


def _warn(sentence: str) -> None:
    import logging

    logging.getLogger("tracker").warning(sentence)
