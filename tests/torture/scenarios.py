"""All scenarios, by name."""

from __future__ import annotations

from tests.torture import clocks, crashes, damage, faults, kills

SCENARIOS = {each.name: each for module in (kills, damage, crashes, faults, clocks) for each in module.SCENARIOS}
