"""How many examples a property and a table of cases are tried with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings


def examples(number: int) -> settings:
    """Return the settings of a property: the thorough profile tries ``number`` examples of it, and the other
    profiles fewer in proportion, at least five."""
    return settings(max_examples=max(5, number * settings().max_examples // 100))


def some_quick(cases: Iterable[tuple[Any, ...]], ids: Iterable[str] | None = None) -> list[Any]:
    """Return the cases of a table, of which every eighth is quick and the others are slow."""
    slow = pytest.mark.slow
    every = list(cases)
    names = list(ids) if ids else [None] * len(every)
    return [
        pytest.param(*case, id=name, marks=[slow] if number % 8 else [])
        for number, (case, name) in enumerate(zip(every, names, strict=True))
    ]
