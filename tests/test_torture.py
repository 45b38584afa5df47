"""A sample of what ``python -m tests.torture`` tries: nothing is lost, and each scenario can fail."""

from __future__ import annotations

import shutil

import pytest

from tests.torture.scenario import caught, tried_once
from tests.torture.scenarios import SCENARIOS

NOT_YET = {
    "bit-flips": "reading a log whose redaction is damaged rewrites the line that the redaction is about",
    "forged": "reading and appending remove what a redaction names that is not part of the chain",
    "redact": "killed after the log was replaced, it leaves the torn lines that were kept aside",
    "leftovers": "what a killed rebuild or redaction wrote aside stays, and keeps what is removed later",
}
"""Promises that are not kept yet, and why."""


def marks(name: str) -> list[pytest.MarkDecorator]:
    """What a scenario needs."""
    if not SCENARIOS[name].strace:
        return []
    return [pytest.mark.debian, pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")]


def promises() -> list[object]:
    """The scenarios; those that cannot pass yet are known to fail."""
    fails = {name: pytest.mark.xfail(reason=reason, raises=AssertionError) for name, reason in NOT_YET.items()}
    return [pytest.param(name, marks=[*marks(name), *filter(None, [fails.get(name)])]) for name in SCENARIOS]


@pytest.mark.parametrize("name", promises())
def test_the_promise_holds(name: str) -> None:
    found = tried_once(SCENARIOS[name], quick=True)
    assert found.cases
    assert not found.bad, "\n".join(found.said)


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
