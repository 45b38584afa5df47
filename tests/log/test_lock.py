"""``constraints.txt`` locks all that the README and the gate install, for every Python that is supported."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LINES = (ROOT / "constraints.txt").read_text().splitlines()
LOCKED = [Requirement(line) for line in LINES if line and not line.startswith("#")]

PYTHONS = ("3.11.7", "3.12.1", "3.13.0", "3.14.0")


def environment(python: str) -> dict[str, str]:
    """What markers are asked on Linux with this Python."""
    return {
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": "linux",
        "os_name": "posix",
    }


def applies(marker: Marker | None, python: str) -> bool:
    return marker is None or marker.evaluate(environment(python))


def declared() -> list[Requirement]:
    """What ``pyproject.toml`` asks for, with every extra."""
    project = PYPROJECT["project"]
    asked = [project["dependencies"], *project["optional-dependencies"].values()]
    every = [Requirement(each) for some in asked for each in some]
    return [each for each in every if each.name != project["name"]]


@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_is_locked_once(python: str) -> None:
    """In a version that ``pyproject.toml`` allows."""
    found: dict[str, str] = {}
    for each in LOCKED:
        if applies(each.marker, python):
            (version,) = each.specifier
            assert version.operator == "=="
            assert found.setdefault(each.name, version.version) == version.version
    for each in declared():
        assert each.specifier.contains(found[canonicalize_name(each.name)]), each


def test_a_build_installs_what_is_locked() -> None:
    """pip gives a build an environment of its own, to which no constraints apply."""
    locked = {str(each) for each in LOCKED}
    for each in PYPROJECT["build-system"]["requires"]:
        assert each in locked


def test_the_lock_can_be_made_again_from_its_first_lines() -> None:
    """It names no registry and no path of a machine."""
    assert LINES[1].strip("# ").startswith("uv pip compile ")
    assert LINES[1].endswith(" -o constraints.txt pyproject.toml")
    assert not [line for line in LINES if re.search(r"://|(?<!\S)/|--(?:extra-)?index|--find-links", line)]


def test_old_pips_take_the_lock() -> None:
    """They refuse constraints with extras."""
    assert not [each for each in LOCKED if each.extras or each.url]


def test_every_supported_python_is_resolved() -> None:
    assert PYPROJECT["project"]["requires-python"] == ">=3.11"
    assert "--python-version 3.11" in LINES[1]
    assert "--universal --all-extras" in LINES[1]


def test_the_tested_pythons_are_classified() -> None:
    """3.14 is resolved and not tested, which the comment above the classifiers says."""
    tested = [python.rpartition(".")[0] for python in PYTHONS if python != "3.14.0"]
    prefix = "Programming Language :: Python :: "
    classified = [each for each in PYPROJECT["project"]["classifiers"] if each.startswith(prefix)]
    assert classified == [prefix + python for python in tested]
