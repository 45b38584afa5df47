"""The ids of appends of which nobody knows yet whether they are recorded, in ``.tracker/unsettled.json``.

Who is told ``recorded: unknown`` gives the same command again. It is the same by what it says (a hash of that is
kept, and no text), and gets the same ids: what is recorded already is then found by them, and not recorded twice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from tracker import atomic
from tracker.startup import sha256
from tracker.text.dates import Recorded, seconds_apart

LONGEST = 24 * 3600
"""Seconds for which a command counts as the same one, given again."""


class _Entry(Struct):
    at: Recorded
    ids: list[str]


class Unsettled:
    """Those in a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def ids(self, slug: str, drafts: Sequence[Mapping[str, Any]], now: Recorded) -> list[str]:
        """The ids that the same drafts for the same story had; none where there was no such attempt lately."""
        entry = self._entries(now).get(_key(slug, drafts))
        return entry.ids if entry else []

    def keep(self, slug: str, drafts: Sequence[Mapping[str, Any]], ids: list[str], now: Recorded) -> bool:
        """Keeps the ids of an attempt; says whether that could be done."""
        return self._write(self._entries(now) | {_key(slug, drafts): _Entry(now, ids)})

    def settle(self, slug: str, drafts: Sequence[Mapping[str, Any]], now: Recorded) -> None:
        """Forgets an attempt: what became of it is known."""
        entries = self._entries(now)
        if entries.pop(_key(slug, drafts), None):
            self._write(entries)

    def _entries(self, now: Recorded) -> dict[str, _Entry]:
        try:
            with open(self.path, "rb") as file:
                entries = msgspec.json.decode(file.read(), type=dict[str, _Entry])
            return {key: each for key, each in entries.items() if seconds_apart(each.at, now) < LONGEST}
        except (OSError, ValueError):
            return {}

    def _write(self, entries: dict[str, _Entry]) -> bool:
        try:
            if entries:
                os.makedirs(os.path.dirname(self.path), exist_ok=True)
                atomic.replace(self.path, msgspec.json.encode(entries))
            else:
                os.remove(self.path)
        except OSError:
            return False
        return True


def _key(slug: str, drafts: Sequence[Mapping[str, Any]]) -> str:
    return sha256(msgspec.json.encode([slug, drafts], order="deterministic")).hexdigest()
