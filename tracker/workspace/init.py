"""Create a workspace."""

from __future__ import annotations

import contextlib
import os

import msgspec

from tracker import atomic
from tracker.errors import BadInput
from tracker.log import clock as clocks
from tracker.log.clock import Clock
from tracker.log.files import SUFFIX
from tracker.log.media import FOLDER
from tracker.workspace import starters
from tracker.workspace.config import EVENTS, FILE, checked_config, read_config


def init(
    folder: str,
    title: str,
    url: str,
    author: str,
    language: str,
    *,
    begun_with: tuple[str, ...] = (),
    clock: Clock = clocks.now,
) -> str:
    """Makes a workspace, with the files of the starters ``begun_with``, and returns the path of its tracker.toml.
    Raises BadInput where the folder is one, before anything is written."""
    path = os.path.join(folder, FILE)
    if is_workspace(folder):
        raise BadInput(f"{os.path.relpath(path)} is there already; this folder is a workspace")
    given = {"title": title, "url": url, "language": language, "author": author}
    try:
        quoted = {key: msgspec.json.encode(value).decode() for key, value in given.items()}
    except UnicodeEncodeError as error:
        raise BadInput(f"{error.object!r} is not UTF-8") from None
    log = next((starters.LOGS[name] for name in begun_with if name in starters.LOGS), EVENTS)
    text = _TEMPLATE.format(**quoted, id=clocks.new_id(clock()), log=log).encode()
    files = starters.missing(folder, begun_with, checked_config(text, os.path.relpath(path)))
    made = _missing(os.path.abspath(folder))
    os.makedirs(os.path.join(folder, "events"), exist_ok=True)
    for name, lines in _GIT.items():
        with contextlib.suppress(FileExistsError):
            atomic.create(os.path.join(folder, name), "".join(f"{line}\n" for line in lines).encode())
    starters.write(folder, files)
    atomic.create(path, text)
    for each in (folder, *map(os.path.dirname, made)):
        atomic.flush(each)
    return path


def extend(folder: str, names: tuple[str, ...]) -> list[str]:
    """Writes the files of these starters into a workspace and returns their paths in it. Files that are there
    already are left out. Raises BadInput where one has other content, before anything is written."""
    files = starters.missing(folder, names, read_config(os.path.join(folder, FILE)))
    starters.write(folder, files)
    return list(files)


def is_workspace(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, FILE))


def _missing(folder: str) -> list[str]:
    """Returns the missing folders of the path, the innermost first."""
    missing = []
    while not os.path.exists(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    return missing


def attributes(events: str) -> tuple[str, ...]:
    """Returns the lines of ``.gitattributes``. They keep git from changing line ends in the folder ``events`` and
    from merging its files line by line: both break the hash chain of the log. The drivers are in
    ``maintenance/git.py``. Pictures need none: two files of one name have the same bytes."""
    return (
        f"/{events}/*{SUFFIX} -text merge=tracker",
        f"/{events}/*.toml text eol=lf merge=tracker-toml",
        f"/{events}/{FOLDER}/* binary",
        "/feeds/** -text merge=tracker-published",
    )


IGNORED = ("/.tracker/", "/feeds/", "/.env", "/.venv/")
"""The lines of a new workspace's ``.gitignore``. ``feeds/`` is made from the log, and two branches that both
published would conflict in it. ``.env`` has the password of the starter ``docker``."""

_GIT = {".gitignore": IGNORED, ".gitattributes": attributes("events")}


_TEMPLATE = """\
# The desk: what it is called, who signs its feeds, and the address at which feeds/ will be served.
title = {title}
url = {url}
language = {language}
author = {author}

# Names this desk's own feeds in every reader. Never change it.
id = "{id}"

[log]
url = "{log}"
"""
