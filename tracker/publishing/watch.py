"""A workspace that is watched: published again whenever its log has moved.

::

    log, feeds/heads.json, tracker.toml ──another than seen?──▶ publish ──▶ told
                 ▲                                                 │
                 └──────────────────── a rest ◀────────────────────┘

Nobody has to call: logs in files and in PostgreSQL are asked alike, which takes a look at each story's file, or at
its head. The log is asked before it is published, so that what is appended meanwhile is seen the next time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Event
from time import monotonic

from tracker.errors import TrackerError
from tracker.log import checkpoints
from tracker.log.base import TYPES_FILE
from tracker.publishing.atomic_files import stamp
from tracker.publishing.publisher import PublishResult, publish
from tracker.workspace import config
from tracker.workspace.desk import Workspace

REST, LONGEST_REST = 0.2, 30.0
"""Seconds between two looks: at least, and at most after failures, each of which doubles them."""


def watch(
    workspace: Workspace,
    told: Callable[[PublishResult], None],
    failed: Callable[[TrackerError | OSError], None],
    stop: Event,
) -> None:
    """Publishes until ``stop`` is set, and calls ``told`` with what that did.

    Where files are removed while they are published, the publication ends without them. It is then made again, as
    if it had not been: what it left behind does not count as seen.

    ``failed`` is called with what has gone wrong, once as long as it stays the same; it is tried again, and
    ``told`` called when it goes well. Half of the time is spent resting, however long a look takes. The workspace
    is opened anew whenever its configuration is another, and at first: that may be so since ``workspace`` was.
    """
    given = workspace
    settings: tuple[str, ...] = ()
    seen, said, rest = None, "", REST
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
                if said or seen != (versions, _published(workspace)):
                    published = publish(workspace)
                    left = _published(workspace)
                    seen = (versions, left) if left and not published.missing else None
                    rest_after = REST if seen else min(2 * rest, LONGEST_REST)
                    told(published)
                said, rest = "", max(rest_after, monotonic() - began)
            except (TrackerError, OSError) as error:
                if said != str(error):
                    failed(error)
                said, rest = str(error), min(2 * rest, LONGEST_REST)
            stop.wait(rest)
    finally:
        _close(workspace, given)


def _opened_again(workspace: Workspace) -> Workspace:
    return Workspace(workspace.root, clock=workspace.clock, tell=workspace.tell)


def _close(workspace: Workspace, given: Workspace) -> None:
    """Ends the connection of a workspace that was opened here; the caller's may be in use elsewhere."""
    if workspace is not given:
        workspace.log.close()


def _settings(workspace: Workspace) -> tuple[str, ...]:
    """What is another when the configuration or the declared types are."""
    files = os.path.join(workspace.root, config.FILE), os.path.join(workspace.log.folder, TYPES_FILE)
    return tuple(map(stamp, files))


def _published(workspace: Workspace) -> str:
    """What is another when somebody else has published, or removed what was."""
    return stamp(os.path.join(workspace.feeds, checkpoints.FILE))
