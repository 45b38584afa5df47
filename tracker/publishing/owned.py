"""Tell the files that a publication wrote from those of the desk."""

from __future__ import annotations

import os
from collections.abc import Iterator

from tracker.errors import BadInput
from tracker.feeds import paths
from tracker.publishing.below import Below


def published_paths(published: Below) -> Iterator[str]:
    """Yield the paths of the files that a publication wrote, by their names. Others are the desk's."""
    for parent, _, names in os.walk(published.folder):
        for name in names:
            path = os.path.relpath(os.path.join(parent, name), published.folder)
            if paths.is_published(path) or (path == paths.HEADERS and has_own_headers(published)):
                yield path


def is_desks(published: Below, path: str) -> bool:
    """Whether there is a file of the desk where tracker would write one that many sites have, such as
    ``robots.txt``."""
    return path in paths.SHARED and paths.MARK.encode() not in (published.load(path) or paths.MARK.encode())


def check_headers(published: Below) -> None:
    """Raise BadInput if there is a ``_headers`` that tracker did not write, and would have to overwrite."""
    if published.load(paths.HEADERS) is not None and not has_own_headers(published):
        raise BadInput(
            f"tracker did not write {published.place_of(paths.HEADERS)}, so it does not overwrite it. Remove the"
            " file, or headers = true",
            field="headers",
        )


def has_own_headers(published: Below) -> bool:
    """Whether there is a ``_headers`` that tracker wrote."""
    return published.read(paths.HEADERS).startswith(paths.HEADERS_MARK)
