"""What was understood of a workspace's TOML files the last time, in ``.tracker/toml.json``.

Loading a TOML parser takes 4 ms, for which an editor would wait at every append. A file that says the same, to the
letter, as when it was read last is not parsed again. Nothing depends on this copy: it is made where ``.tracker``
exists, and what is wrong with it makes it count as nothing.
"""

from __future__ import annotations

import contextlib
import os
from typing import Any

import msgspec
from msgspec import Struct

from tracker import toml
from tracker.hashing import sha256

FILE = "toml.json"


class Remembered:
    """Reads as ``toml.read`` does. ``folder`` is where the copy is kept."""

    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, FILE)

    def read(self, text: bytes, place: str, example: str = toml.EXAMPLE) -> dict[str, Any]:
        """The document. Raises BadInput as ``toml.read`` does."""
        name, kept = os.path.basename(place), self._kept()
        with contextlib.suppress(UnicodeDecodeError):
            entry = kept.get(name)
            if entry and entry.text == text.decode() and entry.check == _check(entry.text, entry.values):
                return entry.values
        values = toml.read(text, place, example)
        self._keep(kept, name, toml.decoded(text), values)
        return values

    def _kept(self) -> dict[str, _Entry]:
        try:
            with open(self.path, "rb") as file:
                return msgspec.json.decode(file.read(), type=dict[str, _Entry])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return {}

    def _keep(self, kept: dict[str, _Entry], name: str, text: str, values: dict[str, Any]) -> None:
        """Keeps what JSON says as it is; dates and infinite numbers are read anew each time."""
        aside = f"{self.path}.{os.getpid()}.new"
        with contextlib.suppress(OSError, TypeError, ValueError, RecursionError):
            if msgspec.json.decode(msgspec.json.encode(values)) != values:
                return
            entry = _Entry(text=text, values=values, check=_check(text, values))
            try:
                with open(aside, "wb") as file:
                    file.write(msgspec.json.encode(kept | {name: entry}))
                os.replace(aside, self.path)
            finally:
                with contextlib.suppress(OSError):
                    os.remove(aside)


class _Entry(Struct):
    """One file: what it said, what that means, and a hash of both, so that a damaged copy counts as none."""

    text: str
    values: dict[str, Any]
    check: str


def _check(text: str, values: Any) -> str:
    return sha256(msgspec.json.encode([text, values])).hexdigest()
