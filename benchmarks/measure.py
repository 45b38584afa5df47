"""Runs tracker and a peer in turns, and holds the result."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

QUICK, FULL = 3, 41
"""Rounds: of a quick run, which shows that a benchmark works, and of a full run, which measures."""


class Measured(NamedTuple):
    """Medians of tracker (``ours``) and of the peer in ``unit``. ``target`` is the greatest ratio allowed."""

    what: str
    ours: float
    peer_name: str
    peer: float
    target: float
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        return self.ours / self.peer

    def __str__(self) -> str:
        verdict = "reached" if self.ratio <= self.target else "missed"
        return (
            f"{self.what}: {self._amount(self.ours)}; {self.peer_name}: {self._amount(self.peer)};"
            f" ratio {self.ratio:.2f}, target at most {self.target:.2f}: {verdict}"
        )

    def row(self) -> str:
        """Returns a row of a Markdown table. A ratio that missed the target is bold."""
        ratio = f"{self.ratio:.2f}" if self.ratio <= self.target else f"**{self.ratio:.2f}**"
        peer = f"{self.peer_name}: {self._amount(self.peer)}"
        return f"| {self.what} | {self._amount(self.ours)} | {peer} | {ratio} | {self.target:.2f} |"

    def _amount(self, amount: float) -> str:
        return f"{amount:,.{3 if amount < 1 else 1}f} {self.unit}"


def in_turns(
    ours: Callable[[], object],
    peer: Callable[[], object],
    rounds: int,
    before: Callable[[], object] = lambda: None,
) -> tuple[float, float]:
    """Runs both in turns, after one round that does not count. Returns the median milliseconds of each.

    ``before`` runs before every round, outside the measured time. Which of the two runs first after it changes
    from round to round, because the first is slower."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        before()
        turns = list(zip(times, (ours, peer), strict=True))
        for kept, work in turns if number % 2 else turns[::-1]:
            started = time.perf_counter()
            work()
            if number:
                kept.append((time.perf_counter() - started) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])
