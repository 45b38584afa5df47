"""The clock and the dice."""

from __future__ import annotations

import uuid

from tracker.log import clock
from tracker.text.dates import Recorded, check_recorded, to_datetime


def test_now_is_an_instant_as_the_log_keeps_it() -> None:
    """Now has the one form of recorded times, and does not go back."""
    first, second = clock.now(), clock.now()
    assert check_recorded(first) == first
    assert first <= second


def test_an_id_is_a_uuid_of_version_7() -> None:
    """Other programs read the id as what it is, with the time it was made in it."""
    instant = clock.now()
    text = clock.new_id(instant)
    made = uuid.UUID(text)
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == round(to_datetime(instant).timestamp() * 1000)
    assert str(made) == text


def test_ids_sort_by_the_time_they_were_made() -> None:
    """An id made a millisecond later is a later text."""
    earlier, later = Recorded("2024-08-01T12:00:00.001Z"), Recorded("2024-08-01T12:00:00.002Z")
    assert clock.new_id(earlier) < clock.new_id(later)


def test_ids_and_salts_are_never_the_same_twice() -> None:
    """Within one millisecond, dice make the difference."""
    instant = clock.now()
    assert len({clock.new_id(instant) for _ in range(1000)}) == 1000
    assert len({*clock.new_salts(500), *clock.new_salts(500)}) == 1000


def test_a_salt_is_128_bits_in_hex() -> None:
    """32 small hex digits."""
    (salt,) = clock.new_salts(1)
    assert len(salt) == 32
    assert int(salt, 16) >= 0
