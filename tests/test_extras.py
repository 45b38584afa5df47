"""An error text that names an extra also names a command that installs it."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tracker import extras

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def installed(monkeypatch: pytest.MonkeyPatch, *found: tuple[str, str]) -> None:
    """The environment has distributions of these names, with a command ``tracker`` that runs this."""
    commands = [SimpleNamespace(dist=SimpleNamespace(name=name), value=value) for name, value in found]
    monkeypatch.setattr(metadata, "entry_points", lambda **_: commands)


def test_the_distribution_of_this_environment_is_found() -> None:
    assert extras.distribution() == PROJECT["name"] == extras.UNKNOWN
    assert PROJECT["scripts"] == {"tracker": extras.COMMAND}


def test_a_distribution_is_named_as_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk may have a build of another name. A stranger's command of the same name does not count."""
    installed(monkeypatch, ("tracker", "tracker.main:main"), ("desk-tools", extras.COMMAND))
    assert extras.needed("serve") == "the extra serve: pip install 'desk-tools[serve]'"


def test_without_an_installation_the_name_is_that_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch)
    assert extras.needed("websub") == "the extra websub: pip install 'storyfold[websub]'"


def test_every_extra_that_the_package_names_is_declared() -> None:
    named = {
        extra
        for path in (ROOT / "tracker").rglob("*.py")
        for extra in re.findall(r"(?:extras\.needed\(.|storyfold\[)(\w+)", path.read_text())
    }
    assert {"serve", "websub", "postgres"} <= named <= {*PROJECT["optional-dependencies"]}


def test_no_text_tells_anybody_to_install_a_stranger() -> None:
    """``tracker`` in a registry is the package of another project."""
    texts = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*.toml"), *(ROOT / "tracker").rglob("*.py")]
    for path in texts:
        found = re.search(r"install[^\n]*\btracker\[|\bpip install (?:-\S+ )*'?tracker\b", path.read_text())
        assert not found, (path, found)
