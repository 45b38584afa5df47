"""The public API: the names of ``tracker/__init__.py`` and their types. They cost nothing until they are used."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import tracker

FOLDER = Path(tracker.__file__).parent


@pytest.mark.parametrize("name", tracker.__all__)
def test_a_public_name_is_documented(name: str) -> None:
    """It is what its module defines, and has a docstring."""
    value = getattr(tracker, name)
    if name != "__version__":
        assert value is getattr(import_module(tracker._HOMES[name]), name)
        assert value.__module__ == tracker._HOMES[name]
        assert value.__doc__


def test_the_stub_has_the_public_names() -> None:
    """``mypy`` checks that each exists where the stub says."""
    tree = ast.parse((FOLDER / "__init__.pyi").read_text())
    imported = {
        alias.asname: node.module for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert imported == tracker._HOMES
    assert (FOLDER / "py.typed").exists()


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'unknown'"):
        tracker.unknown  # noqa: B018
    assert {*tracker.__all__} <= {*dir(tracker)}


def test_importing_tracker_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import tracker; print({*sys.modules} - before);"
    ran = subprocess.run([sys.executable, "-Ic", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "{'tracker'}\n"
