"""A TOML file that says the same is not parsed again; what is wrong with the copy costs nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tracker import toml
from tracker.errors import BadInput
from tracker.remembered import FILE, Remembered

TEXT = b'title = "Our desk"\n[log]\nurl = "events"\n'
VALUES = {"title": "Our desk", "log": {"url": "events"}}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The texts that were parsed."""
    texts: list[bytes] = []
    read = toml.read

    def spy(text: bytes, place: str, example: str = "") -> dict[str, object]:
        texts.append(text)
        return read(text, place, example)

    monkeypatch.setattr(toml, "read", spy)
    return texts


def test_what_says_the_same_is_parsed_once(tmp_path: Path, parsed: list[bytes]) -> None:
    """By any process; what says something else is parsed again."""
    assert Remembered(str(tmp_path)).read(TEXT, "tracker.toml") == VALUES
    assert Remembered(str(tmp_path)).read(TEXT, "sub/tracker.toml") == VALUES
    assert parsed == [TEXT]
    changed = TEXT.replace(b"Our", b"My")
    assert Remembered(str(tmp_path)).read(changed, "tracker.toml")["title"] == "My desk"
    assert parsed == [TEXT, changed]


def test_files_are_told_apart_by_name(tmp_path: Path, parsed: list[bytes]) -> None:
    remembered = Remembered(str(tmp_path))
    remembered.read(TEXT, "tracker.toml")
    remembered.read(b"[OpenAI]\n", "parties.toml")
    assert remembered.read(TEXT, "tracker.toml") == VALUES
    assert remembered.read(b"[OpenAI]\n", "parties.toml") == {"OpenAI": {}}
    assert len(parsed) == 2


@pytest.mark.parametrize(
    "copy",
    [
        b"",
        b"\xff",
        b"[1]",
        b"[" * 100_000,
        b'{"tracker.toml": 5}',
        b'{"tracker.toml": {"text": 5}}',
        json.dumps({"tracker.toml": {"text": TEXT.decode(), "values": 5}}).encode(),
        json.dumps({"tracker.toml": {"text": "x", "values": {}}}).encode(),
        json.dumps({"tracker.toml": {"text": TEXT.decode(), "values": {"title": 5}, "check": "x"}}).encode(),
        json.dumps({"tracker.toml": {"text": TEXT.decode(), "values": {}, "check": ""}}).encode(),
    ],
)
def test_a_damaged_copy_counts_as_nothing(tmp_path: Path, copy: bytes) -> None:
    (tmp_path / FILE).write_bytes(copy)
    assert Remembered(str(tmp_path)).read(TEXT, "tracker.toml") == VALUES
    assert Remembered(str(tmp_path)).read(TEXT, "tracker.toml") == VALUES


def test_without_a_folder_it_is_parsed_each_time(tmp_path: Path, parsed: list[bytes]) -> None:
    """Reading makes no folders."""
    for _ in range(2):
        assert Remembered(str(tmp_path / "none")).read(TEXT, "tracker.toml") == VALUES
    assert len(parsed) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", [b"day = 2024-03-15", b"most = inf", b"none = nan"])
def test_what_json_cannot_say_is_parsed_each_time(tmp_path: Path, parsed: list[bytes], text: bytes) -> None:
    first, again = (Remembered(str(tmp_path)).read(text, "tracker.toml") for _ in range(2))
    assert str(first) == str(again)
    assert len(parsed) == 2


def test_what_is_refused_is_refused_again(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(BadInput, match=r"tracker\.toml:1: is not TOML"):
            Remembered(str(tmp_path)).read(b"title =", "tracker.toml")
