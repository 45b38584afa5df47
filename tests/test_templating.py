"""What templates are compiled to is kept, and is only a shortcut."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from tracker.templating import Compiled


def rendered(folder: Path, source: str, options: Mapping[str, object] | None = None) -> str:
    environment = Environment(
        loader=DictLoader({"page.html": source}), bytecode_cache=Compiled(str(folder), options or {})
    )
    return environment.get_template("page.html").render(name="x")


@pytest.fixture(autouse=True)
def writing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def compiles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that are compiled from now on."""
    done: list[str] = []
    compile = Environment.compile

    def noticed(self: Environment, source: str, *args: object, **named: object) -> object:
        done.append(source)
        return compile(self, source, *args, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Environment, "compile", noticed)
    return done


def test_a_template_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = compiles(monkeypatch)
    assert [rendered(tmp_path, "a{{ name }}") for _ in range(3)] == ["ax"] * 3
    assert len(done) == 1
    assert [path.suffix for path in tmp_path.iterdir()] == [".jinja"]


def test_another_text_and_other_options_are_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = compiles(monkeypatch)
    assert rendered(tmp_path, "a{{ name }}") == "ax"
    assert rendered(tmp_path, "b{{ name }}") == "bx"
    assert rendered(tmp_path, "b{{ name }}", {"autoescape": True}) == "bx"
    assert len(done) == 3


@pytest.mark.parametrize("data", [b"", b"j2", b"\x00" * 500])
def test_a_damaged_file_is_none(tmp_path: Path, data: bytes) -> None:
    rendered(tmp_path, "a{{ name }}")
    (kept,) = tmp_path.iterdir()
    for damaged in (data, kept.read_bytes()[:-9], kept.read_bytes()[:30]):
        kept.write_bytes(damaged)
        assert rendered(tmp_path, "a{{ name }}") == "ax"


def test_where_nothing_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a file").write_text("")
    assert rendered(tmp_path / "a file", "a{{ name }}") == "ax"
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered(tmp_path / "other", "a{{ name }}") == "ax"
    assert not (tmp_path / "other").exists()
