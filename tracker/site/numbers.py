"""The figures of a story for the rail of its page: by party, each with its value and, if it moved, a small line of
steps."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from tracker.domain.story import Story
from tracker.text.dates import Edge, when
from tracker.views.series import Series, Value, series
from tracker.wording import dates
from tracker.wording.lines import reading
from tracker.wording.messages import Wording

_WIDTH, _HEIGHT, _MARGIN = 72, 26, 4
MOST_STEPS = 30
"""The most values of a small line: the latest."""


class Number(NamedTuple):
    """A figure as it stands. ``spark`` is its line as SVG, or empty if it had one value."""

    name: str
    words: str
    date: str
    seq: int
    spark: str


def numbers(story: Story, wording: Wording) -> list[tuple[str, list[Number]]]:
    """Return the figures of each party, those of the party with the latest figure first."""
    found: dict[str, list[Series]] = {}
    for each in sorted(series(story), key=_latest, reverse=True):
        found.setdefault(each.latest.figure.party, []).append(each)
    return [(party, [_number(each, wording) for each in figures]) for party, figures in found.items()]


def _latest(found: Series) -> tuple[str, int]:
    edge: Edge = when(found.latest.occurred, found.latest.recorded).latest
    return edge.instant, found.latest.seq


def _number(found: Series, wording: Wording) -> Number:
    occurred = found.values[-1].occurred
    date = dates.date(wording, occurred) if occurred else dates.day(wording, found.values[-1].recorded)
    return Number(found.latest.figure.name, reading(wording, found.latest), date, found.latest.seq,
                  spark(found.values))  # fmt: skip


def spark(values: Sequence[Value]) -> str:
    """Return a line of steps through the exact values, or an empty text if there is only one."""
    numbers = [Fraction(each.figure.value) for each in values if each.figure.value][-MOST_STEPS:]
    if len(numbers) < 2:
        return ""
    low, high = min(numbers), max(numbers)
    places = [round(_WIDTH * place / len(numbers)) for place in range(1, len(numbers) + 1)]
    room = _HEIGHT - 2 * _MARGIN
    heights = [
        _HEIGHT - _MARGIN - round(room * (each - low) / (high - low)) if high > low else _HEIGHT // 2
        for each in numbers
    ]
    steps = "".join(f"V{height}H{place}" for height, place in zip(heights, places, strict=True))
    path = f"M0 {heights[0]}{steps}"
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true"><path class="st" d="{path}"/></svg>'
