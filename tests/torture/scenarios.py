"""The table of all scenarios, by name."""

from __future__ import annotations

from tests.torture import (
    branches,
    clocks,
    crashes,
    damage,
    failover,
    faults,
    forged,
    interrupts,
    kills,
    load,
    mounts,
    placement,
    power,
    retries,
    rewriting,
    soak,
)

MODULES = (
    kills,
    retries,
    damage,
    rewriting,
    crashes,
    interrupts,
    faults,
    forged,
    mounts,
    placement,
    power,
    branches,
    clocks,
    failover,
    load,
    soak,
)

SCENARIOS = {each.name: each for module in MODULES for each in module.SCENARIOS}
