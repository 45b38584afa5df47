"""Opens the desk and reads a story for a request. An error says whether the client or the desk is at fault."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TypeVar

from tracker.errors import BadInput, TrackerError, Unknown, shown
from tracker.text.names import is_slug
from tracker.workspace.desk import Workspace

Made = TypeVar("Made")

_SHOWN = 80


def open_workspace(workspace: Callable[[], Workspace]) -> Workspace:
    """Returns the desk with its current configuration. Raises TrackerError if a configuration file is broken: that
    is not the client's fault."""
    try:
        desk = workspace()
        desk.log.glossary  # noqa: B018  it reads types.toml
    except BadInput as error:
        raise TrackerError(str(error)) from None
    return desk


@contextlib.contextmanager
def reading(desk: Workspace, slug: str) -> Iterator[None]:
    """A context for reading a story. Raises Unknown if there is no such story, or ``slug`` is not a slug."""
    try:
        if not is_slug(slug):
            raise Unknown("story", shown(slug, _SHOWN), desk.log.streams())
        yield
    except Unknown as error:
        raise error.with_remedy("api/stories lists them all.") from None


def fold_or_refuse(desk: Workspace, slug: str, make: Callable[[], Made]) -> Made:
    """Returns the result of ``make``, which folds the story's events. Raises CorruptLog if they cannot be
    folded."""
    with desk.log.folding(slug):
        return make()
