"""``FileLog``: a log with one append-only file for each story.

The steps of an append, in this order. A crash between any two of them loses no acknowledged event:

1. open (only a file, never through a symbolic link) and lock the story's file, with a time limit;
2. start over if the file was replaced while waiting for the lock;
3. cut off a torn tail (bytes after the last LF: a write that was never acknowledged), and keep a copy of it;
4. check that the last line is whole and that the head is the expected one; find the ids that are there already;
5. write the pictures that the lines name, if any (``media.py``);
6. write a single line at the end of the file, in one call, and flush it to the disk; if the file is new, flush its
   folder. If there are several lines, replace the file by a copy with the lines at its end, because a killed
   process can leave a part of a write, and all lines are recorded or none. Redactions are written at the end of
   the file too, because the texts are removed afterwards;
7. only then return: the events are acknowledged.

Appending an event whose id is there already changes nothing.

The one exception to append-only is a redaction. ``tracker redact`` appends it like any event. Still under the
lock, it then replaces the file by one in which the line that it names is a shell. If the command is killed in
between, the text stays in the file, no command shows it, and ``tracker redact --finish`` removes it. Reading never
writes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from operator import itemgetter
from typing import TYPE_CHECKING, BinaryIO

from tracker import atomic
from tracker.domain import chain
from tracker.domain.events import Event, Redaction, files_of
from tracker.errors import BadInput, CorruptLog, InTheWay, LogFailed, Unknown
from tracker.log import clock as clocks
from tracker.log import locks, scratch
from tracker.log.base import (
    NO_PICTURES,
    NOTHING,
    RESTORE_PICTURE,
    EventLog,
    Head,
    Last,
    check_expected,
    check_renaming,
    id_in_use,
)
from tracker.log.beside import of_a_file
from tracker.log.interrupts import uninterrupted
from tracker.text.names import check_slug, is_slug

if TYPE_CHECKING:
    from tracker.log.media import MediaFolder

SUFFIX = ".jsonl"

LARGE = 8 << 20
"""The size in bytes from which on the lines of a file are read when they are needed. Smaller files are read at
once, which is faster."""


class FileLog(EventLog):
    """All streams below one folder: ``<folder>/<slug>.jsonl``.

    ``scratch`` also holds the torn tails (by default ``.tracker`` beside the folder).
    """

    def name(self, slug: str = "") -> str:
        """The story's file, or the folder."""
        return os.path.relpath(self.path(slug) if slug else self.folder)

    # Reading.

    def streams(self, start: str = "") -> list[str]:
        """The slugs of all stories, or of those that begin with ``start``, sorted. Other files are left out."""
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        slugs = (name.removesuffix(SUFFIX) for name in names if name.startswith(start) and name.endswith(SUFFIX))
        return sorted(slug for slug in slugs if is_slug(slug))

    def strays(self) -> list[str]:
        """As for every log: files whose names end like a story's."""
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
        """As for every log: a hash of the file's inode, size and ctime. No file is read. A change stays unnoticed
        only if its author sets the clock back to hide it."""
        found: dict[str, int] = {}
        try:
            folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            return found
        try:
            with os.scandir(folder) as files:  # by descriptor: thousands of paths need not be walked
                for file in files:
                    name = file.name
                    slug = name[: -len(SUFFIX)]
                    if name.endswith(SUFFIX) and (slug in known or is_slug(slug)):
                        facts = file.stat(follow_symlinks=False)
                        found[slug] = hash((facts.st_ino, facts.st_size, facts.st_ctime_ns))
        finally:
            os.close(folder)
        return found

    def version(self, slug: str) -> int:
        """As for every log."""
        try:
            return _version(os.lstat(self.path(slug))) if is_slug(slug) else 0
        except OSError:
            return 0

    def latest(self) -> tuple[str, float]:
        """As for every log, by the times of the files."""
        changed = ((os.lstat(self.path(slug)).st_mtime, slug) for slug in self.streams())
        when, slug = max(changed, default=(0.0, ""))
        return slug, when

    def path(self, slug: str) -> str:
        """The file of a story. Raises BadInput where the slug cannot name one."""
        return os.path.join(self.folder, check_slug(slug) + SUFFIX)

    def lines_and_rest(self, slug: str) -> tuple[Sequence[bytes], bytes]:
        """As for every log. The lines of a large file are read when they are needed."""
        with self._opened(slug) as file:
            return lines_in(file.fileno(), self.path(slug))

    def head(self, slug: str) -> Head:
        """As for every log."""
        try:
            return _head(self.lines(slug))
        except Unknown:
            return NOTHING

    def _opened(self, slug: str) -> BinaryIO:
        """The story's file, open for reading. Raises Unknown, CorruptLog."""
        path = self.path(slug)
        try:
            return open(path, "rb", buffering=0, opener=of_a_file)
        except FileNotFoundError:
            raise self._unknown(slug) from None
        except (OSError, InTheWay) as error:
            raise CorruptLog(_refusal(path, error)) from None

    # Pictures.

    @property
    def _media(self) -> MediaFolder:
        from tracker.log.media import FOLDER, MediaFolder  # few events have a picture

        return MediaFolder(os.path.join(self.folder, FOLDER))

    def picture_names(self) -> list[str]:
        """As for every log."""
        return self._media.names()

    def read_picture(self, name: str) -> bytes | None:
        """As for every log."""
        try:
            return self._media.read(name)
        except (OSError, InTheWay) as error:
            why = error.what if isinstance(error, InTheWay) else error.strerror
            raise CorruptLog(f"{self.picture_place(name)}: {why}. {RESTORE_PICTURE}") from None

    def put_picture(self, name: str, data: bytes) -> None:
        """As for every log."""
        self._media.put(name, data)

    def picture_place(self, name: str) -> str:
        """As for every log: the file."""
        return os.path.relpath(self._media.path(name))

    def stray_pictures(self) -> list[str]:
        """As for every log."""
        return list(map(os.path.relpath, self._media.strays()))

    def leftover_pictures(self) -> list[str]:
        """As for every log."""
        return self._media.leftovers()

    def _pictures_held(self, *, names: bool = False, removes: bool = False) -> AbstractContextManager[None]:
        """A context in which no process removes a picture that is about to be named (``names``), or none is named
        while pictures are removed (``removes``). Enter it before a story is locked."""
        if names or (removes and os.path.isdir(self._media.folder)):
            return self._media.locked(self.wait, shared=not removes)
        return nullcontext()

    # Appending.

    def append(
        self,
        slug: str,
        drafts: Sequence[Event],
        expected: Head | None = None,
        pictures: Mapping[str, bytes] = NO_PICTURES,
    ) -> list[Event]:
        """As for every log; durable on the disk."""
        path = self.path(slug)
        if expected is None:
            self._check_ids(slug, {draft.id for draft in drafts if draft.id})
        self._make_folder()
        names = [draft for draft in drafts if files_of(draft)]
        removes = any(isinstance(draft, Redaction) for draft in drafts)
        with self._pictures_held(names=bool(names), removes=removes), self._locked(path) as descriptor:
            stored = self._without_torn_tail(slug, descriptor)
            last = self._end(slug, stored)
            present = self._present(slug, stored, {draft.id.encode() for draft in drafts})
            check_expected(slug, expected, last, len(stored), done=len(present) >= len(drafts) > 0)
            for draft in names:
                self.check_pictures(draft, pictures)
            for name, data in pictures.items():
                self._media.put(name, data)
            recorded, lines = self._chained(slug, drafts, last, present)
            removed = {event.redacts for event in recorded if isinstance(event, Redaction)}
            self._write_lines(slug, descriptor, stored, lines, removed)
        return recorded

    def _check_ids(self, slug: str, ids: Set[str]) -> None:
        """Raises BadInput where another story has an event with one of these ids."""
        for found in self.others_with(ids, slug):
            raise id_in_use(*found)

    def put(self, slug: str, lines: Sequence[bytes], after: Head) -> None:
        """As for every log; durable on the disk."""
        self._make_folder()
        from tracker.domain import media

        names = any(map(media.names_in, lines))
        with self._pictures_held(names=names), self._locked(self.path(slug)) as descriptor:
            stored = self._without_torn_tail(slug, descriptor)
            check_expected(slug, after, _head(stored), len(stored))
            self._write_lines(slug, descriptor, stored, lines)

    def _write_lines(
        self,
        slug: str,
        descriptor: int,
        stored: Sequence[bytes],
        lines: Sequence[bytes],
        removed: Collection[str] = (),
    ) -> None:
        """Writes the lines after the stored ones of the locked file, and removes the texts of the lines with the
        ids ``removed``."""
        path = self.path(slug)
        with uninterrupted(self._held):
            if len(lines) > 1 and not removed:
                self._write_together(slug, descriptor, stored, lines)
                return
            self._write(descriptor, b"".join(lines), path)
            if not stored:
                atomic.flush(self.folder)
            if removed:
                self._remove_texts(slug, descriptor, removed)

    def remove_texts(self, slug: str, ids: Collection[str]) -> None:
        """As for every log. Also removes leftover files and the copies of unfinished lines."""
        with (
            self._pictures_held(removes=True),
            self._locked(self.path(slug)) as descriptor,
            uninterrupted(self._held),
        ):
            self._remove_texts(slug, descriptor, ids)

    def _remove_texts(self, slug: str, descriptor: int, ids: Collection[str]) -> None:
        """Replaces the locked file by one in which each line with one of these ids is a shell, if a redaction
        names it. Also removes leftover files and the copies of unfinished lines, which may repeat the text, and
        first the pictures that no line names then: if it is cut short, the line still says which they are."""
        lines = self._without_torn_tail(slug, descriptor)
        without = chain.without_texts(lines, ids)
        from tracker.domain import media

        gone = media.gone(lines, without)
        others = (line for each in self.streams() if gone and each != slug for line in self.lines_if_any(each))
        path = self.path(slug)
        try:
            for name in (*self._leftovers(slug), *scratch.leftovers(self.scratch), *self._torn(slug)):
                os.remove(name)
            self._media.remove(gone - {name for _, name in media.named(others)})
            self._replace(path, descriptor, without)
        except OSError as error:
            raise LogFailed(
                f"{os.path.relpath(path)}: the text could not be removed yet ({error.strerror}); the redaction is"
                f" recorded, and nothing shows the text. Remove it with tracker redact --finish {slug}#N, where N"
                " is the redaction's number"
            ) from None

    def _replace(self, path: str, descriptor: int, lines: Iterable[bytes]) -> None:
        """Replaces the locked file by one with these lines and the same permissions and owner, durably."""
        was = os.fstat(descriptor)
        atomic.replace(path, lines, was.st_mode & 0o7777, (was.st_uid, was.st_gid))

    def rename(self, slug: str, name: str) -> None:
        """As for every log. If it is cut short, the next run completes it."""
        old, new = self.path(slug), self.path(name)
        with self._locked(old) as descriptor, uninterrupted(self._held):
            lines = self._without_torn_tail(slug, descriptor)
            check_renaming(slug, name, lines)
            try:
                os.link(old, new)  # fails where there is a story of that name, which a renaming would overwrite
            except FileExistsError:
                if not os.path.samestat(os.lstat(old), os.lstat(new)):
                    raise BadInput(f"there is a story {name} already", field="rename") from None
            except OSError as error:
                raise LogFailed(f"{os.path.relpath(new)}: {error.strerror}; the story keeps its name") from None
            os.unlink(old)
            atomic.flush(self.folder)

    def upgrade(self, progress: Callable[[], None] = lambda: None) -> dict[str, int]:
        """As for every log, one file after the other. If it is cut short, the next run goes on with it."""
        from tracker.log import upgrade

        done = {}
        old = [slug for slug in self.streams() if upgrade.is_format_1(self.lines_if_any(slug))]
        for slug in old:
            self._upgraded(slug, self.lines(slug))
        for slug in old:
            path = self.path(slug)
            with self._locked(path) as descriptor, uninterrupted(self._held):
                lines = self._upgraded(slug, self._without_torn_tail(slug, descriptor))
                try:
                    self._replace(path, descriptor, lines)
                except OSError as error:
                    raise LogFailed(f"{os.path.relpath(path)}: {error.strerror}; it is as it was") from None
            done[slug] = len(lines)
            progress()
        return done

    def _leftovers(self, slug: str) -> list[str]:
        """The leftover files of killed appends and redactions of the story. The process that holds its lock may
        remove them."""
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

    def _end(self, slug: str, stored: Sequence[bytes]) -> Last:
        """The end of the stream. Raises CorruptLog where its last line does not follow the line before it."""
        before, line = (b"", b"", *stored[-2:])[-2:]
        return self._last(slug, len(stored), before, line)

    def _present(self, slug: str, stored: Sequence[bytes], ids: Set[bytes]) -> dict[str, Event]:
        """The events of the stream that have one of the ids, by id."""
        if ids.isdisjoint(map(itemgetter(chain.ID), stored)):
            return {}
        found = ((line[chain.ID], line, seq) for seq, line in enumerate(stored, 1))
        return {id.decode(): self._decoded(slug, line, seq) for id, line, seq in found if id in ids}

    def _make_folder(self) -> None:
        """Makes the folder where it is missing, as in a clone of a workspace without stories: git keeps no empty
        folder."""
        if not os.path.isdir(self.folder):
            os.makedirs(self.folder, exist_ok=True)
            atomic.flush(os.path.dirname(os.path.abspath(self.folder)))

    @contextlib.contextmanager
    def _locked(self, path: str) -> Iterator[int]:
        """A context that holds the story's file, locked against other writers, and gives its descriptor. Raises
        Busy, LogFailed."""
        while True:
            try:
                descriptor = of_a_file(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
            except (OSError, InTheWay) as error:
                raise LogFailed(_refusal(path, error)) from None
            try:
                locks.take(descriptor, path, self.wait, "written")
                if _is_still(descriptor, path):
                    yield descriptor
                    return
            finally:
                os.close(descriptor)

    def _without_torn_tail(self, slug: str, descriptor: int) -> Sequence[bytes]:
        """Moves a torn tail out of the locked file, if it has one, and returns the whole lines."""
        lines, tail = lines_in(descriptor, self.path(slug))
        if tail:
            kept = self._quarantine(slug, tail)
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - len(tail))
            os.fsync(descriptor)
            self.tell(
                f"{self.place(slug, len(lines) + 1)}: an unfinished line of {len(tail)} bytes, left by"
                f" an append that was cut short and never acknowledged, was moved to {os.path.relpath(kept)}"
            )
        return lines

    def _quarantine(self, slug: str, tail: bytes) -> str:
        """Keeps a copy of a torn tail in the scratch folder and returns its path."""
        folder = os.path.join(self.scratch, "torn")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, f"{slug}-{clocks.new_id(self.clock())}")
        atomic.create(path, tail)
        atomic.flush(folder)
        return path

    def _write_together(self, slug: str, descriptor: int, stored: Sequence[bytes], lines: Sequence[bytes]) -> None:
        """Replaces the locked file by one that has the lines at its end, durably. Raises LogFailed."""
        path = self.path(slug)
        try:
            for leftover in self._leftovers(slug):
                os.remove(leftover)
            self._replace(path, descriptor, (line for part in (stored, lines) for line in part))
        except OSError as error:
            if not _is_still(descriptor, path):
                raise _unconfirmed(path, error) from None
            raise _undo(descriptor, os.fstat(descriptor).st_size, path, error) from None

    def _write(self, descriptor: int, data: bytes, path: str) -> None:
        """Writes all bytes durably, or none. Also flushes if there are none: lines that an earlier, failed attempt
        wrote are acknowledged only now. Raises LogFailed."""
        size = os.fstat(descriptor).st_size
        try:
            written = os.write(descriptor, data) if data else 0
        except OSError as error:
            raise _undo(descriptor, size, path, error) from None
        if written < len(data):
            raise _undo(descriptor, size, path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        try:
            os.fdatasync(descriptor)
        except OSError as error:
            raise _unconfirmed(path, error) from None


def lines_in(descriptor: int, path: str) -> tuple[Sequence[bytes], bytes]:
    """The whole lines of a file, split at LF only, because a text may contain other line ends; and the bytes after
    the last LF. ``path`` is the file's, for errors."""
    size = os.fstat(descriptor).st_size
    if size >= LARGE:
        from tracker.log.stored_lines import StoredLines

        stored = StoredLines(descriptor, size, path)
        return stored, os.pread(descriptor, size - stored.size, stored.size)
    lines = BytesIO(os.pread(descriptor, size, 0)).readlines()  # a third of the time that splitlines takes
    rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
    return lines, rest


def _head(lines: Sequence[bytes]) -> Head:
    return Head(len(lines), chain.hash_of(lines[-1]).hex()) if lines else NOTHING


def _undo(descriptor: int, size: int, path: str, error: OSError) -> LogFailed:
    """Undoes a partial write and returns the error to raise. If that fails too, a torn tail stays, which the next
    append moves away."""
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, size)
        os.fsync(descriptor)
        if not size:
            os.unlink(path)  # it was made for this append; a process that waits for its lock makes another
    return LogFailed(f"{os.path.relpath(path)}: {error.strerror}; nothing was recorded and the log is as it was")


def _unconfirmed(path: str, error: OSError) -> LogFailed:
    return LogFailed(
        f"{os.path.relpath(path)}: the disk could not confirm the write ({error.strerror}). It may or may not be"
        " recorded: repair the disk and look at tracker timeline before you add it again"
    )


def _is_still(descriptor: int, path: str) -> bool:
    """Whether the locked file still has that name: it may be replaced while this process waits for the lock."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def _version(facts: os.stat_result) -> int:
    return hash((facts.st_ino, facts.st_size, facts.st_ctime_ns))


def _refusal(path: str, error: OSError | InTheWay) -> str:
    """The message for a file that cannot be opened."""
    return f"{os.path.relpath(path)}: {error.strerror}" if isinstance(error, OSError) else str(error)
