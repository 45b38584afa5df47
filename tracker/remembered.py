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

from tracker import toml

FILE = "toml.json"


class Remembered:
    """Reads as ``toml.read`` does. ``folder`` is where the copy is kept."""

    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, FILE)

    def read(self, text: bytes, place: str, example: str = toml.EXAMPLE) -> dict[str, Any]:
        """The document. Raises BadInput as ``toml.read`` does."""
        name, kept = os.path.basename(place), self._kept()
        with contextlib.suppress(KeyError, TypeError, UnicodeDecodeError):
            if kept[name]["text"] == text.decode():
                return dict(kept[name]["values"])
        values = toml.read(text, place, example)
        self._keep(kept | {name: {"text": toml.decoded(text), "values": values}}, values)
        return values

    def _kept(self) -> dict[str, Any]:
        try:
            with open(self.path, "rb") as file:
                return msgspec.json.decode(file.read(), type=dict[str, Any])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return {}

    def _keep(self, kept: dict[str, Any], values: dict[str, Any]) -> None:
        """Keeps what JSON says as it is; dates and infinite numbers are read anew each time."""
        with contextlib.suppress(OSError, TypeError, ValueError, RecursionError):
            data = msgspec.json.encode(kept)
            if msgspec.json.decode(msgspec.json.encode(values)) != values:
                return
            aside = f"{self.path}.{os.getpid()}.new"
            with open(aside, "wb") as file:
                file.write(data)
            os.replace(aside, self.path)
