"""``FileLog``: one append-only file a story, the only truth.

What appending does, in this order, and why a crash between any two steps loses nothing acknowledged:

1. open (never through a symbolic link) and lock the story's file, with a time limit;
2. start over if the file was replaced while waiting for the lock;
3. cut a torn tail (bytes after the last LF: a write that was never acknowledged), keeping a copy;
4. check that the last line is whole, that the head is the expected one, and which ids are there already;
5. write all lines in one call; flush them to the disk; where the file is new, flush its folder;
6. only then return: the events are acknowledged.

An event that is there already, by id, is done: appending it again changes nothing.

The one exception to append-only is a redaction. ``tracker redact`` appends it like any event and then, still under
the lock, replaces the file by one in which the line that it names is a shell. Cut short in between, the text
stays in the file, is shown nowhere, and goes with ``tracker redact --finish``. Reading never writes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Callable, Collection, Container, Iterator, Sequence, Set
from functools import partial
from io import BytesIO
from typing import BinaryIO

from tracker import atomic
from tracker.domain import chain
from tracker.domain.events import Event, Redaction
from tracker.errors import BadInput, CorruptLog, LogFailed, Unknown
from tracker.log import clock as clocks
from tracker.log import locks, scratch
from tracker.log.base import NOTHING, EventLog, Head, Last, check_expected, check_renaming
from tracker.log.beside import is_pipe, of_a_file
from tracker.log.interrupts import uninterrupted
from tracker.text.names import check_slug, is_slug

SUFFIX = ".jsonl"

FEW = 8
"""Ids that are looked for one by one."""


class FileLog(EventLog):
    """All streams below one folder: ``<folder>/<slug>.jsonl``.

    ``scratch`` is also where torn tails are kept (by default ``.tracker`` beside the folder).
    """

    def name(self, slug: str = "") -> str:
        """The story's file, or the folder."""
        return os.path.relpath(self.path(slug) if slug else self.folder)

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

    def strays(self) -> list[str]:
        """As every log does: files whose names end like a story's."""
        names = os.listdir(self.folder) if os.path.isdir(self.folder) else []
        strays = (
            name for name in names if name.lower().endswith(SUFFIX) and not is_slug(name.removesuffix(SUFFIX))
        )
        return sorted(os.path.relpath(os.path.join(self.folder, name)) for name in strays)

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

    def latest(self) -> tuple[str, float]:
        """As every log does, by the times of the files."""
        changed = ((os.path.getmtime(self.path(slug)), slug) for slug in self.streams())
        when, slug = max(changed, default=(0.0, ""))
        return slug, when

    def path(self, slug: str) -> str:
        """The file of a story. Raises BadInput where the slug cannot name one."""
        return os.path.join(self.folder, check_slug(slug) + SUFFIX)

    def lines_and_rest(self, slug: str) -> tuple[list[bytes], bytes]:
        """The whole lines of a stream and the bytes after them, which are no event (yet). Raises Unknown."""
        with self._opened(slug) as file:
            data = file.read()
        return _split(data), data[data.rfind(b"\n") + 1 :]

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

    # Appending.

    def append(self, slug: str, drafts: Sequence[Event], expected: Head | None = None) -> list[Event]:
        """As every log does; durable on the disk."""
        path = self.path(slug)
        self._make_folder()
        with self._locked(path) as descriptor:
            stored = self._mended(slug, descriptor)
            seq = partial(stored.count, b"\n")  # seldom asked for, and counting takes longer than all else
            last = self._end(slug, stored, seq)
            present = self._present(slug, stored, {draft.id.encode() for draft in drafts})
            check_expected(slug, expected, last, seq, done=len(present) >= len(drafts) > 0)
            recorded, lines = self._chained(slug, drafts, last, present)
            removed = {event.redacts for event in recorded if isinstance(event, Redaction)}
            self._written(slug, descriptor, lines, is_new=not stored, removed=removed)
        return recorded

    def put(self, slug: str, lines: Sequence[bytes], after: Head) -> None:
        """As every log does; durable on the disk."""
        self._make_folder()
        with self._locked(self.path(slug)) as descriptor:
            stored = self._mended(slug, descriptor)
            head = _head(_split(stored))
            check_expected(slug, after, head, lambda: head.seq)
            self._written(slug, descriptor, lines, is_new=not stored)

    def _written(
        self, slug: str, descriptor: int, lines: Sequence[bytes], *, is_new: bool, removed: Collection[str] = ()
    ) -> None:
        """Writes the lines to the locked file, and removes the texts of the lines with the ids ``removed``."""
        with uninterrupted(self._held):
            self._write(descriptor, b"".join(lines), self.path(slug))
            if is_new:
                atomic.flush(self.folder)
            if removed:
                self._remove_texts(slug, descriptor, removed)

    def remove_texts(self, slug: str, ids: Collection[str]) -> None:
        """As every log does. Copies of unfinished lines, and what killed commands left, go too."""
        with self._locked(self.path(slug)) as descriptor, uninterrupted(self._held):
            self._remove_texts(slug, descriptor, ids)

    def _remove_texts(self, slug: str, descriptor: int, ids: Collection[str]) -> None:
        """Replaces the locked file by one in which the lines of these ids are shells, where a redaction names
        them.

        Unfinished lines that were kept aside may repeat such a text and go too.
        """
        without = chain.without_texts(_split(self._mended(slug, descriptor)), ids)
        path = self.path(slug)
        try:
            for name in (*self._left(slug), *scratch.leftovers(self.scratch), *self._torn(slug)):
                os.remove(name)
            self._replace(path, descriptor, without)
        except OSError as error:
            raise LogFailed(
                f"{os.path.relpath(path)}: the text could not be removed yet ({error.strerror}); the redaction is"
                f" recorded, and nothing shows the text. Remove it with tracker redact --finish {slug}#N, where N"
                " is the redaction's number"
            ) from None

    def _replace(self, path: str, descriptor: int, lines: Sequence[bytes]) -> None:
        """Replaces the locked file by one with these lines, durably."""
        atomic.replace(path, b"".join(lines), os.fstat(descriptor).st_mode & 0o7777)

    def rename(self, slug: str, name: str) -> None:
        """As every log does. Run again after it was cut short, it completes."""
        old, new = self.path(slug), self.path(name)
        with self._locked(old) as descriptor, uninterrupted(self._held):
            lines = _split(self._mended(slug, descriptor))
            check_renaming(slug, name, lines)
            try:
                os.link(old, new)  # fails where there is a story of that name, which a renaming would overwrite
            except FileExistsError:
                if not os.path.samefile(old, new):
                    raise BadInput(f"there is a story {name} already", field="rename") from None
            except OSError as error:
                raise LogFailed(f"{os.path.relpath(new)}: {error.strerror}; the story keeps its name") from None
            os.unlink(old)
            atomic.flush(self.folder)

    def upgrade(self, progress: Callable[[], None] = lambda: None) -> dict[str, int]:
        """As every log does, a file at a time. Run again after it was cut short, it goes on."""
        from tracker.log import upgrade

        done = {}
        old = [slug for slug in self.streams() if upgrade.is_format_1(self.lines_if_any(slug))]
        for slug in old:
            self._upgraded(slug, self.lines(slug))
        for slug in old:
            path = self.path(slug)
            with self._locked(path) as descriptor, uninterrupted(self._held):
                lines = self._upgraded(slug, _split(self._mended(slug, descriptor)))
                try:
                    self._replace(path, descriptor, lines)
                except OSError as error:
                    raise LogFailed(f"{os.path.relpath(path)}: {error.strerror}; it is as it was") from None
            done[slug] = len(lines)
            progress()
        return done

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

    def _end(self, slug: str, stored: bytes, seq: Callable[[], int]) -> Last:
        """The end of the stream. Raises CorruptLog where its last line does not itself follow the line before."""
        start = stored.rfind(b"\n", 0, -1) + 1
        before = stored[stored.rfind(b"\n", 0, max(0, start - 1)) + 1 : start]
        return self._last(slug, seq, before, stored[start:])

    def _present(self, slug: str, stored: bytes, ids: Set[bytes]) -> dict[str, Event]:
        """Those of the ids that are in the log, with their events."""
        if len(ids) <= FEW and not any(id in stored for id in ids if id):
            return {}
        start = len(b'{"id":"')
        found = ((line[start : start + 36], line, seq) for seq, line in enumerate(_split(stored), 1))
        return {id.decode(): self._decoded(slug, line, seq) for id, line, seq in found if id in ids}

    def _make_folder(self) -> None:
        """git keeps no empty folder, so a clone of a workspace without stories lacks it."""
        if not os.path.isdir(self.folder):
            os.makedirs(self.folder, exist_ok=True)
            atomic.flush(os.path.dirname(os.path.abspath(self.folder)))

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
                if is_pipe(descriptor):
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
        atomic.create(path, tail)
        atomic.flush(folder)
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


def _split(data: bytes) -> list[bytes]:
    """The whole lines, split at LF only: other line ends may stand inside a text."""
    lines = BytesIO(data).readlines()  # a third of the time that splitlines takes
    if lines and not lines[-1].endswith(b"\n"):
        lines.pop()
    return lines


def _head(lines: Sequence[bytes]) -> Head:
    return Head(len(lines), chain.hash_of(lines[-1]).hex()) if lines else NOTHING


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


def _not_through_links(path: str, flags: int) -> int:
    return of_a_file(path, flags | os.O_NOFOLLOW)


def _refusal(path: str, error: OSError) -> str:
    reason = "is a symbolic link, which a log cannot be" if error.errno == errno.ELOOP else error.strerror
    return f"{os.path.relpath(path)}: {reason}"
