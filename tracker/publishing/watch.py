"""Watch a workspace, and publish it whenever its log has moved.

::

    log, feeds/heads.json, tracker.toml ──changed?──▶ publish ──▶ on_published
                 ▲                                        │
                 └──────────────── rest ◀─────────────────┘

The watcher polls, so writers need not notify it. It does the same for logs in files and in PostgreSQL: it looks at
the file or the head of each story. It reads the versions of the log before it publishes, so that the next look
finds events appended meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Event
from time import monotonic

from tracker.errors import TrackerError
from tracker.log import checkpoints
from tracker.log.base import TYPES_FILE
from tracker.publishing import below
from tracker.publishing.atomic_files import stamp
from tracker.publishing.publisher import PublishResult, publish
from tracker.workspace import config
from tracker.workspace.desk import Workspace

REST, LONGEST_REST = 0.2, 30.0
"""Seconds between two looks: the least, and the most after failures. Each failure doubles the rest."""


def watch(
    workspace: Workspace,
    on_published: Callable[[PublishResult], None],
    on_failed: Callable[[TrackerError | OSError], None],
    stop: Event,
) -> None:
    """Publish until ``stop`` is set, and call ``on_published`` with each result.

    If another program removes files during a publication, the result lacks them. The watcher then does not count
    the publication as seen, and publishes again.

    ``on_failed`` is called with an error, once while it stays the same. The watcher retries, and calls
    ``on_published`` when it succeeds. A rest is at least as long as the last look took. The watcher opens the
    workspace again when its configuration changes, and at the start, because it may have changed since
    ``workspace`` was opened.
    """
    given = workspace
    settings: tuple[str, ...] = ()
    seen, failure, rest = None, "", REST
    try:
        while not stop.is_set():
            began = monotonic()
            try:
                if settings != (settings := _settings(workspace)):
                    before, workspace = workspace, _opened_again(workspace)
                    _close(before, given)
                    seen = None
                versions = workspace.log.versions()
                rest_after = REST
                if failure or seen != (versions, _published(workspace)):
                    published = publish(workspace)
                    heads = _published(workspace)
                    seen = (versions, heads) if heads and not published.missing else None
                    rest_after = REST if seen else min(2 * rest, LONGEST_REST)
                    on_published(published)
                failure, rest = "", max(rest_after, monotonic() - began)
            except (TrackerError, OSError) as error:
                if failure != str(error):
                    on_failed(error)
                failure, rest = str(error), min(2 * rest, LONGEST_REST)
            stop.wait(rest)
    finally:
        _close(workspace, given)


def _opened_again(workspace: Workspace) -> Workspace:
    return Workspace(workspace.root, clock=workspace.clock, tell=workspace.tell)


def _close(workspace: Workspace, given: Workspace) -> None:
    """Close the log of a workspace that ``watch`` opened. The caller's workspace may be in use elsewhere."""
    if workspace is not given:
        workspace.log.close()


def _settings(workspace: Workspace) -> tuple[str, ...]:
    """Return the stamps of the configuration and of the declared types."""
    files = os.path.join(workspace.root, config.FILE), os.path.join(workspace.log.folder, TYPES_FILE)
    return tuple(map(stamp, files))


def _published(workspace: Workspace) -> str:
    """Return the stamp of ``heads.json``. It changes when another process publishes or removes the file."""
    return below.stamp(workspace.feeds, checkpoints.FILE)
