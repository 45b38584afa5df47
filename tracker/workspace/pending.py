"""The ids of appends with an unknown outcome, in ``.tracker/unsettled.json``.

An editor who reads ``recorded: unknown`` gives the same command again. A command is the same if its story and its
drafts have the same hash; the file holds that hash and no text. The command gets the same ids, so the log finds
events that it already holds and does not record them twice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from tracker import atomic
from tracker.errors import InTheWay
from tracker.log import scratch
from tracker.startup import sha256
from tracker.text.dates import Recorded, seconds_apart

LONGEST = 24 * 3600
"""Seconds after which an entry no longer counts: the same command is then a new one."""


class _Entry(Struct):
    """One attempt: its time, and the ids of its events."""

    at: Recorded
    ids: list[str]


class Unsettled:
    """The attempts with an unknown outcome that the file at ``path`` holds."""

    def __init__(self, path: str) -> None:
        self.path = path

    def ids(self, slug: str, drafts: Sequence[Mapping[str, Any]], now: Recorded) -> list[str]:
        """Returns the ids of an attempt with the same drafts for the same story; empty if there is none."""
        entry = self._entries(now).get(_key(slug, drafts))
        return entry.ids if entry else []

    def keep(self, slug: str, drafts: Sequence[Mapping[str, Any]], ids: list[str], now: Recorded) -> bool:
        """Writes the ids of an attempt to the file; returns whether that succeeded."""
        return self._write(self._entries(now) | {_key(slug, drafts): _Entry(now, ids)})

    def settle(self, slug: str, drafts: Sequence[Mapping[str, Any]], now: Recorded) -> None:
        """Removes an attempt whose outcome is known by now."""
        entries = self._entries(now)
        if entries.pop(_key(slug, drafts), None):
            self._write(entries)

    def _entries(self, now: Recorded) -> dict[str, _Entry]:
        try:
            scratch.check(self.path)
            with open(self.path, "rb") as file:
                entries = msgspec.json.decode(file.read(), type=dict[str, _Entry])
            return {key: each for key, each in entries.items() if seconds_apart(each.at, now) < LONGEST}
        except (OSError, ValueError, InTheWay):
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
