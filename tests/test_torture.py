"""A sample of what ``python -m tests.torture`` tries: nothing is lost, and each scenario can fail."""

from __future__ import annotations

import shutil

import pytest

from tests.torture.scenario import caught, tried_once
from tests.torture.scenarios import SCENARIOS


def marks(name: str) -> list[pytest.MarkDecorator]:
    """What a scenario needs. What no package can bring (the right to mount) makes it one that is not run, with the
    reason told, and no failure where nothing may be skipped."""
    if lacking := SCENARIOS[name].lacking():
        return [pytest.mark.xfail(run=False, reason=lacking)]
    if not SCENARIOS[name].strace:
        return []
    return [pytest.mark.debian, pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")]


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(name, marks=marks(name)) for name in SCENARIOS])
def test_the_promise_holds(name: str) -> None:
    found = tried_once(SCENARIOS[name], quick=True)
    assert found.cases
    assert not found.bad, "\n".join(found.said)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "number"),
    [
        pytest.param(each.name, number, marks=marks(each.name))
        for each in SCENARIOS.values()
        for number in range(1, len(each.controls) + 1)
    ],
)
def test_the_control(name: str, number: int) -> None:
    """Against a tracker that is broken on purpose the scenario finds something."""
    assert caught(SCENARIOS[name], number).bad
