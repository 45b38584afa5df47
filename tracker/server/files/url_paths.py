"""Maps request targets to paths of files below ``feeds/``."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

LONGEST = 8_000
"""Most bytes of a target (RFC 9110, 4.1)."""

INDEX = "index.html"

_BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class BadTarget(Exception):
    """A target that cannot name a file. The text says why."""


@lru_cache(1_024)
def path_of(target: bytes) -> str | None:
    """Returns the path of the file that a target names. For a folder that is the path of its index.

    Returns None if the server serves no file of such a name: hidden files, ``..``, and names with a slash. Raises
    BadTarget if the target is not a path.
    """
    if not target.startswith(b"/"):
        raise BadTarget("the path does not begin with a slash")
    if _BROKEN.search(target):
        raise BadTarget("the percent-encoding is broken")
    try:
        names = [unquote_to_bytes(name).decode() for name in target[1:].split(b"/")]
    except UnicodeDecodeError:
        raise BadTarget("the path is not UTF-8") from None
    if any(map(_CONTROLS.search, names)):
        raise BadTarget("the path has a control character in it")
    names[-1] = names[-1] or INDEX
    return "/".join(names) if all(map(_is_served, names)) else None


def _is_served(name: str) -> bool:
    return bool(name) and "/" not in name and (not name.startswith(".") or name == ".well-known")


def up(target: bytes) -> str:
    """Returns the relative address of the site's root, as seen from a target."""
    return "../" * (target.count(b"/") - 1) or "./"
