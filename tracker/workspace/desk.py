"""A workspace: a folder with a ``tracker.toml``, and everything wired together for it.

::

    <root>/tracker.toml     the desk's title and the address of its feeds
    <root>/events/          the log: never delete
    <root>/feeds/           published files: may be deleted, tracker publish makes them again
    <root>/.tracker/        read model, locks, torn tails: may be deleted

A command looks for it from the current folder upwards, as git does, or where ``-C DIR`` or ``TRACKER_HOME`` says.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import structs

from tracker.domain import directory as directories
from tracker.domain import lines
from tracker.domain.advice import Adviser
from tracker.domain.decide import decide
from tracker.domain.directory import Directory
from tracker.domain.events import Event, Opened
from tracker.domain.fold import Replay, Step, fold
from tracker.domain.story import Change, Story
from tracker.errors import BadInput, Busy, Conflict, LogFailed, NoWorkspace, TrackerError, Unknown, Unsure
from tracker.log import clock as clocks
from tracker.log.base import NOTHING, EventLog, Head
from tracker.log.beside import read_beside
from tracker.log.clock import Clock
from tracker.log.files import FileLog
from tracker.text.names import Reference, check_slug
from tracker.workspace.config import FILE, is_server, read_config

if TYPE_CHECKING:
    from tracker.workspace.pending import Unsettled

PATIENCE = 10.0
"""``record`` retries for at least this many seconds while other processes append first."""

ATTEMPTS = 100
"""``record`` makes at least this many attempts while other processes append first."""

UNSETTLED = "unsettled.json"
"""The file in ``.tracker`` that the class ``Unsettled`` keeps."""

Tell = Callable[[str], None]


def open_log(
    address: str, folder: str, *, scratch: str | None = None, clock: Clock = clocks.now, tell: Tell | None = None
) -> EventLog:
    """Returns the log at an address; ``folder`` holds its files or, for a server, ``types.toml``."""
    if not is_server(address):
        return FileLog(folder, scratch=scratch, clock=clock, tell=tell)
    from tracker.log.postgres import PostgresLog  # a desk on one machine needs no psycopg

    return PostgresLog(address, folder, scratch=scratch, clock=clock, tell=tell)


class RecordResult(NamedTuple):
    """An event as it was recorded: its reference, the event, its changes, and advice for the editor."""

    reference: Reference
    event: Event
    changes: tuple[Change, ...]
    advice: tuple[str, ...] = ()


class Workspace:
    """One desk's folder. ``clock`` returns the present instant; the log calls ``tell`` with a sentence when it
    repaired a file."""

    def __init__(self, root: str, *, clock: Clock = clocks.now, tell: Tell | None = None) -> None:
        self.root = os.path.abspath(root)
        self.scratch = os.path.join(self.root, ".tracker")
        self.config = read_config(os.path.join(self.root, FILE))
        self.clock = clock
        self.tell = tell
        self.database_path = os.path.join(self.scratch, "tracker.db")
        self.feeds = os.path.join(self.root, "feeds")
        events = os.path.join(self.root, self.config.log.folder)
        self.log = open_log(self.config.log.url, events, scratch=self.scratch, clock=clock, tell=tell)

    @cached_property
    def directory(self) -> Directory:
        """The parties in the desk's ``parties.toml``. Raises BadInput, naming the invalid line."""
        path = os.path.join(self.log.folder, directories.FILE)
        text = read_beside(path)
        return directories.read(text, os.path.relpath(path)) if text else directories.NOBODY

    def story(self, slug: str) -> Story:
        """Returns the story as it stands. Raises Unknown."""
        return fold(slug, self.log.read(slug))

    def record(
        self,
        slug: str,
        drafts: Sequence[Mapping[str, Any]],
        *,
        dry_run: bool = False,
        place: Callable[[int], str] = lambda number: "",
        progress: Callable[[], None] = lambda: None,
        removes: bool = False,
    ) -> list[RecordResult]:
        """Decides and appends the drafts, all or none, and returns the recorded events.

        Where another process appends in between, all drafts are decided again on the new state. ``place`` returns
        the place of the draft with a number (from 1), for refusals; ``progress`` is called after each decided
        draft. With ``dry_run`` nothing is written. A redaction is refused unless the caller sets ``removes``.
        """
        known = [] if dry_run else self._ids_known(slug, drafts)
        ids = known or [clocks.new_id(self.clock()) for _ in drafts]
        deadline = monotonic() + PATIENCE
        for attempt in count(1):
            stream = self._events(slug, drafts)
            if known and (recorded_before := self._recorded_before(slug, stream, known)):
                self._settle(slug, drafts)
                return recorded_before
            replayed = Replay(check_slug(slug), stream)
            head = _head(replayed)
            adviser = Adviser(slug, replayed.developments, self.directory)
            steps = []
            for number, (values, id) in enumerate(zip(drafts, ids, strict=True), 1):
                step = self._decided(replayed, values, id, place(number), removes=removes)
                event = step.development.original
                steps.append((step, tuple(adviser.on(event, step.story))))
                adviser.take(step.development.seq, event)
                progress()
            try:
                events = [step.development.original for step, _ in steps]
                recorded = events if dry_run else self.log.append(slug, events, head)
            except Conflict:
                if attempt >= ATTEMPTS and monotonic() >= deadline:
                    break
                continue
            except (Busy, LogFailed) as error:
                if known or isinstance(error, Unsure):
                    raise self._unsure(error, slug, drafts, ids) from None
                raise
            if known:
                self._settle(slug, drafts)
            return [
                RecordResult(Reference(slug, step.development.seq), event, step.changes, advice)
                for (step, advice), event in zip(steps, recorded, strict=True)
            ]
        raise Conflict(f"other processes kept appending to {slug}; nothing was recorded. Try again")

    # Appends with an unknown outcome. They are rare.

    def _ids_known(self, slug: str, drafts: Sequence[Mapping[str, Any]]) -> list[str]:
        """Returns the ids of an earlier attempt with these drafts and an unknown outcome, if there is one."""
        if not os.path.exists(os.path.join(self.scratch, UNSETTLED)):
            return []
        return self._unsettled().ids(slug, drafts, self.clock())

    def _recorded_before(self, slug: str, stream: Sequence[Event], ids: Sequence[str]) -> list[RecordResult]:
        """Returns the results of an earlier attempt with these ids, if it is recorded."""
        seq = next((seq for seq, event in enumerate(stream) if event.id == ids[0]), None)
        if seq is None:
            return []
        events = self.log.append(slug, stream[seq : seq + len(ids)])
        replayed = Replay(slug, stream[:seq])
        return [
            RecordResult(Reference(slug, step.development.seq), step.development.original, step.changes)
            for step in map(replayed.step, events)
        ]

    def _unsure(
        self, error: TrackerError, slug: str, drafts: Sequence[Mapping[str, Any]], ids: list[str]
    ) -> Unsure:
        """Returns the error with the next step. This attempt may have failed while an earlier one is recorded."""
        if not isinstance(error, Unsure):
            error = Unsure(f"{self.log.name(slug)}: recorded: unknown, from an earlier attempt ({error})")
        if self._unsettled().keep(slug, drafts, ids, self.clock()):
            return Unsure(f"{error}. Run the same command again: it will not be recorded twice")
        return Unsure(f"{error}. Look at tracker timeline {slug} before you record it again")

    def _settle(self, slug: str, drafts: Sequence[Mapping[str, Any]]) -> None:
        self._unsettled().settle(slug, drafts, self.clock())

    def _unsettled(self) -> Unsettled:
        from tracker.workspace.pending import Unsettled

        return Unsettled(os.path.join(self.scratch, UNSETTLED))

    def _decided(self, replayed: Replay, values: Mapping[str, Any], id: str, place: str, *, removes: bool) -> Step:
        """Returns the draft as the next step of its story. A refusal names the draft's place."""
        now = self.clock()
        try:
            if values.get("type") == "redaction" and not removes:
                raise BadInput("a text is removed by tracker redact STORY#N, and by nothing else", field="type")
            decided = decide(replayed.story, values, now, self.log.glossary, self.directory)
            draft = structs.replace(decided, id=id, recorded=now)
            lines.check_length(draft)
        except BadInput as error:
            raise (error.at(place) if place else error) from None
        except Unknown as error:
            raise (BadInput(f"{place}: {error}") if place else error) from None
        return replayed.step(draft)

    def _events(self, slug: str, drafts: Sequence[Mapping[str, Any]]) -> list[Event]:
        """Returns the stream so far; empty for a story that the first draft opens."""
        try:
            return list(self.log.read(slug))
        except Unknown as error:
            if drafts and drafts[0].get("type") == Opened.__struct_config__.tag:
                return []
            raise error.with_remedy(f"To begin a new one: tracker open {slug} --title …") from None


def _head(replayed: Replay) -> Head:
    return Head(len(replayed.events), replayed.events[-1].hash) if replayed.events else NOTHING


def find(start: str, *, clock: Clock = clocks.now, tell: Tell | None = None) -> Workspace:
    """Returns the workspace that the folder ``start`` is in. Raises NoWorkspace."""
    folder = os.path.abspath(start)
    if not os.path.isdir(folder):
        raise NoWorkspace(f"{start} is not a folder")
    while not os.path.isfile(os.path.join(folder, FILE)):
        parent = os.path.dirname(folder)
        if parent == folder:
            raise NoWorkspace(
                f"no {FILE} in {os.path.abspath(start)} or above it. Go to a workspace, name one with -C DIR or"
                " TRACKER_HOME, or make one with tracker init DIR"
            )
        folder = parent
    return Workspace(folder, clock=clock, tell=tell)
