"""Starters: the files that publish a desk somewhere. ``tracker init --template`` writes them into its folder.

They are in the folder ``starters/`` of the package. In them, ``@version@`` and the other names of ``_values``
stand for what differs from desk to desk.
"""

from __future__ import annotations

import os
import pwd
import re

import msgspec

from tracker import __version__, atomic
from tracker.errors import BadInput
from tracker.workspace.config import Config, is_server

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "starters")

_REQUIREMENTS = {"requirements.txt": "requirements.txt"}

STARTERS = {
    "github-pages": {".github/workflows/desk.yml": "github-pages.yml", **_REQUIREMENTS},
    "gitlab-pages": {".gitlab-ci.yml": "gitlab-pages.yml", **_REQUIREMENTS},
    "docker": {
        "Dockerfile": "Dockerfile",
        "compose.yaml": "compose.yaml",
        ".dockerignore": "dockerignore",
        **_REQUIREMENTS,
    },
    "systemd": {"tracker.service": "tracker.service", **_REQUIREMENTS},
}
"""By the name of a starter: the paths of its files in a desk's folder, and their names in ``FOLDER``."""

LOGS = {"docker": "postgresql://db/desk"}
"""The log of a new desk that begins with this starter, where it is not a folder: that of ``compose.yaml``."""

ON_PAGES = ("github-pages", "gitlab-pages")
"""Starters of a forge. It reads its workflow at the top of a repository, and serves the desk at an address that
``tracker.toml`` has to name."""


def missing(folder: str, names: tuple[str, ...], config: Config) -> dict[str, bytes]:
    """Returns the files of these starters that the desk's folder lacks, by their paths in it. Raises BadInput if
    one is there with other content, or if the desk has no address at which a forge could serve it."""
    if config.url == Config().url and (forges := [name for name in names if name in ON_PAGES]):
        raise BadInput(f"{forges[0]} needs the address at which the pages will be", field="--url")
    files = {}
    for path, name in (item for each in names for item in STARTERS[each].items()):
        with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
            text = _filled(file.read(), folder, config)
        try:
            with open(os.path.join(folder, path), "rb") as file:
                there = file.read()
        except FileNotFoundError:
            files[path] = text
            continue
        if there != text:
            raise BadInput(f"{os.path.relpath(os.path.join(folder, path))} is there already; move it away first")
    return files


def other_log(names: tuple[str, ...], config: Config) -> str:
    """Returns the log that one of the starters expects, if the desk's log is another, in files. Else nothing."""
    return next((LOGS[name] for name in names if name in LOGS and not is_server(config.log.url)), "")


def write(folder: str, files: dict[str, bytes]) -> None:
    """Creates the files in the desk's folder."""
    for path, data in files.items():
        whole = os.path.join(folder, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        atomic.create(whole, data)
        atomic.flush(os.path.dirname(whole))


def _filled(text: str, folder: str, config: Config) -> bytes:
    values = _values(os.path.abspath(folder), config)
    return re.sub("@([a-z]+)@", lambda found: values[found[1]], text).encode()


def _values(folder: str, config: Config) -> dict[str, str]:
    in_unit = folder.replace("%", "%%")  # systemd reads %n and the like
    return {
        "version": __version__,
        "url": msgspec.json.encode(config.url).decode(),
        "folder": in_unit,
        "quoted": in_unit.replace("\\", "\\\\").replace('"', '\\"'),
        "user": _user(),
    }


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
