"""The only clock, and the only module that draws ids and salts. Callers pass the values to other modules."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from tracker.text.dates import Recorded, recorded_at, to_datetime

Clock = Callable[[], Recorded]


def now() -> Recorded:
    """This instant, in UTC, to the millisecond."""
    return recorded_at(datetime.now(UTC))


def new_id(instant: Recorded) -> str:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits."""
    number = int.from_bytes(_milliseconds(instant) + os.urandom(10), "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@lru_cache(8)
def _milliseconds(instant: Recorded) -> bytes:
    """The milliseconds since 1970, as 6 bytes."""
    return round(to_datetime(instant).timestamp() * 1000).to_bytes(6, "big")


def new_salts(number: int) -> list[str]:
    """As many salts as ``number`` says: 128 random bits each, as 32 hex digits."""
    digits = os.urandom(16 * number).hex()
    return [digits[start : start + 32] for start in range(0, len(digits), 32)]
