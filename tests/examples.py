"""How many examples a property is tried with."""

from __future__ import annotations

from hypothesis import settings


def examples(number: int) -> settings:
    """Return the settings of a property that the thorough profile tries with so many examples. The other profiles
    try fewer, in proportion, and at least five."""
    return settings(max_examples=max(5, number * settings().max_examples // 100))
