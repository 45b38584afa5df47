"""Read the heads that are live, or that a reader kept: a ``heads.json`` at an address or in a file."""

from __future__ import annotations

from http.client import HTTPException

from tracker.errors import BadInput
from tracker.log import checkpoints
from tracker.log.checkpoints import Heads

MOST_BYTES = 64 * 1024 * 1024
"""The bytes that a ``heads.json`` may have."""

_SECONDS = 30
"""The seconds after which a server that does not answer counts as down."""


def read_heads(where: str) -> Heads:
    """Returns the ``heads.json`` in a file or at an http(s) address, that of the site or of the file. Raises
    BadInput where it cannot be read."""
    if _is_address(where) and where.endswith("/"):
        where += checkpoints.FILE
    return checkpoints.read(_load(where), where)


def live_heads(where: str) -> Heads | None:
    """Returns the ``heads.json`` of a published site, given by the address of the site or of the file, or by the
    path of a copy. None if the server says that there is none (404). Raises BadInput where it cannot be read."""
    try:
        return read_heads(where)
    except _NotThere:
        return None


class _NotThere(BadInput):
    """The server has no such file."""


def _is_address(where: str) -> bool:
    return where.startswith(("http://", "https://"))


def _load(where: str) -> bytes:
    try:
        data = _fetch(where) if _is_address(where) else _load_file(where)
    except (OSError, ValueError, HTTPException) as error:
        kind = _NotThere if getattr(error, "code", None) == 404 else BadInput
        raise kind(f"{where}: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MOST_BYTES:
        raise BadInput(f"{where}: is larger than any heads.json")
    return data


def _fetch(address: str) -> bytes:
    from urllib.request import Request, urlopen

    request = Request(address, headers={"Cache-Control": "no-cache"})  # an older copy would look like a rewrite
    with urlopen(request, timeout=_SECONDS) as answer:
        data: bytes = answer.read(MOST_BYTES + 1)
        return data


def _load_file(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(MOST_BYTES + 1)
