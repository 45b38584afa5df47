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
from typing import TYPE_CHECKING, Any

from tracker.domain import directory as directories
from tracker.domain.directory import Directory
from tracker.domain.fold import fold
from tracker.domain.story import Story
from tracker.log import clock as clocks
from tracker.log.base import EventLog, Head
from tracker.log.beside import read_beside
from tracker.log.clock import Clock
from tracker.log.files import FileLog
from tracker.workspace import unmerged
from tracker.workspace.config import FEEDS, FILE, is_server, read_config, root_of
from tracker.workspace.links import Numbers
from tracker.workspace.recorder import Recorder, RecordResult

if TYPE_CHECKING:
    from tracker.wording.messages import Wordings

Tell = Callable[[str], None]


def open_log(
    address: str, folder: str, *, scratch: str | None = None, clock: Clock = clocks.now, tell: Tell | None = None
) -> EventLog:
    """Returns the log at an address; ``folder`` holds its files or, for a server, ``types.toml``."""
    if not is_server(address):
        return FileLog(folder, scratch=scratch, clock=clock, tell=tell)
    from tracker.log.postgres import PostgresLog  # a desk on one machine needs no psycopg

    return PostgresLog(address, folder, scratch=scratch, clock=clock, tell=tell)


class Workspace:
    """One desk's folder. ``clock`` returns the present instant; the log calls ``tell`` with a sentence when it
    repaired a file. ``pictures`` holds the files of pictures that are to be stored with the next events that name
    them (``pictures.py``)."""

    def __init__(self, root: str, *, clock: Clock = clocks.now, tell: Tell | None = None) -> None:
        self.root = os.path.abspath(root)
        self.scratch = os.path.join(self.root, ".tracker")
        self.config = read_config(os.path.join(self.root, FILE))
        self.clock = clock
        self.tell = tell
        self.database_path = os.path.join(self.scratch, "tracker.db")
        self.feeds = os.path.join(self.root, FEEDS)
        self.pictures: dict[str, bytes] = {}
        events = os.path.join(self.root, self.config.log.folder)
        self.log = open_log(self.config.log.url, events, scratch=self.scratch, clock=clock, tell=tell)

    @cached_property
    def directory(self) -> Directory:
        """The parties in the desk's ``parties.toml``. Raises BadInput, naming the invalid line."""
        text = self.parties
        place = os.path.relpath(os.path.join(self.log.folder, directories.FILE))
        return directories.read(text, place) if text else directories.NO_PARTIES

    @cached_property
    def parties(self) -> bytes:
        """The bytes of the desk's ``parties.toml``; empty without one."""
        return read_beside(os.path.join(self.log.folder, directories.FILE)) or b""

    @cached_property
    def wordings(self) -> Wordings:
        """The words for readers by language. Raises BadInput as ``directory`` does."""
        from tracker.wording.messages import wordings

        return wordings(self.config.language, self.log.glossary, self.directory.plural)

    @cached_property
    def numbers(self) -> Numbers:
        """The numbers of events of other stories, by their ids."""
        return Numbers(self.log)

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
        after: Head | None = None,
    ) -> list[RecordResult]:
        """Decide and append the drafts, all or none, and return what is recorded.

        If another process appends first, they are decided again on the story as it then stands. ``place`` names
        the draft of a number (from 1) in refusals; ``progress`` is called after each draft that is decided. With
        ``dry_run`` nothing is written. Redactions are refused unless the caller says that it ``removes`` texts.
        ``after`` is the head of the story for which the drafts were made, if they depend on it. Raises Conflict,
        and does not decide them again, where the story has another one.
        """
        unmerged.check_merged(self.root, self.log.folder)
        recorder = Recorder(self, slug, drafts, place=place, progress=progress, removes=removes, after=after)
        return recorder.preview() if dry_run else recorder.record()


def find(start: str, *, clock: Clock = clocks.now, tell: Tell | None = None) -> Workspace:
    """Returns the workspace that the folder ``start`` is in. Raises NoWorkspace."""
    return Workspace(root_of(start), clock=clock, tell=tell)
