"""The desk, and one story of it, for a request: what is there, and whose fault it is where that cannot be read."""

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
    """The desk as it is now. Raises TrackerError where a file of its configuration is broken, which no client has
    written."""
    try:
        desk = workspace()
        desk.log.glossary  # noqa: B018  it reads types.toml
    except BadInput as error:
        raise TrackerError(str(error)) from None
    return desk


@contextlib.contextmanager
def reading(desk: Workspace, slug: str) -> Iterator[None]:
    """While a story is read. Raises Unknown, also where no story can be called so."""
    try:
        if not is_slug(slug):
            raise Unknown("story", shown(slug, _SHOWN), desk.log.streams())
        yield
    except Unknown as error:
        raise error.with_remedy("api/stories lists them all.") from None


def fold_or_refuse(desk: Workspace, slug: str, make: Callable[[], Made]) -> Made:
    """What is made of events that were read. Raises CorruptLog where they are none that tracker records."""
    with desk.log.folding(slug):
        return make()
