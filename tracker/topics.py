"""Which published documents a WebSub hub has not been told of yet: ``.tracker/topics``, an address a line.

A publication adds those that it changed; whoever tells the hub takes away those that it was told. Deleting the
file loses only the telling.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from tracker import atomic

FILE = "topics"


def waiting(scratch: str) -> list[str]:
    """The addresses that wait, in the order in which they came."""
    try:
        with open(os.path.join(scratch, FILE), encoding="utf-8") as file:
            return list(dict.fromkeys(file.read().split()))
    except OSError:
        return []


def add(scratch: str, addresses: Iterable[str]) -> None:
    """Has these wait too. One at a time calls this."""
    _write(scratch, [*waiting(scratch), *addresses])


def take_away(scratch: str, addresses: Iterable[str]) -> None:
    """The hub was told of these. One at a time calls this."""
    told = set(addresses)
    _write(scratch, [each for each in waiting(scratch) if each not in told])


def _write(scratch: str, addresses: Iterable[str]) -> None:
    lines = "".join(f"{each}\n" for each in dict.fromkeys(addresses))
    atomic.replace(os.path.join(scratch, FILE), lines.encode())
