"""The workspace with its current configuration."""

from __future__ import annotations

import os

from tracker.errors import BadInput
from tracker.log.base import TYPES_FILE
from tracker.publishing.atomic_files import stamp
from tracker.server.files.representations import PublicAddress
from tracker.workspace.config import FILE
from tracker.workspace.desk import Workspace


class CurrentWorkspace:
    """The workspace, opened again when its ``tracker.toml`` or ``types.toml`` changes. While ``tracker.toml`` is
    broken, the last good one stays."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stamps = self._found()

    def __call__(self) -> Workspace:
        """Returns the workspace with its current configuration."""
        if self._stamps != (found := self._found()):
            try:
                self._workspace = Workspace(self._workspace.root, clock=self._workspace.clock)
            except BadInput:
                return self._workspace
            self._stamps = found
        return self._workspace

    def place(self) -> PublicAddress:
        """Returns the configured address of the site, and of its hub."""
        config = self().config
        return PublicAddress(config.url, config.hub)

    def _found(self) -> tuple[str, str]:
        """Returns the stamps of the two files."""
        workspace = self._workspace
        return stamp(os.path.join(workspace.root, FILE)), stamp(os.path.join(workspace.log.folder, TYPES_FILE))
