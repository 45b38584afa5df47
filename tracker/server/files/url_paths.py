"""Request targets: which file below ``feeds/`` they name, if any can be named so."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

LONGEST = 8_000
"""Bytes of a target (RFC 9110, 4.1)."""

INDEX = "index.html"

_BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class BadTarget(Exception):
    """A target that cannot name anything; its text says why."""


@lru_cache(1_024)
def path_of(target: bytes) -> str | None:
    """The path of the file that the target's path names; a folder's is that of its index.

    None where no file that is served can have such a name: neither is anything hidden, nor do dots lead up, nor
    is a slash part of a name. Raises BadTarget where it is no path at all.
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
    """What leads from there to the root of the site."""
    return "../" * (target.count(b"/") - 1) or "./"
