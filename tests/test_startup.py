"""Two implementations, one hash; and a garbage collector that pauses while a command is imported.

Python's implementation is private: these tests say whether each Python that they run on has it.
"""

from __future__ import annotations

import gc
import hashlib
import subprocess
import sys
from types import ModuleType

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import Stream
from tracker import startup
from tracker.cli import main
from tracker.domain import chain
from tracker.errors import CorruptLog

PRIVATE = ("_sha2", "_sha256")


@given(st.binary(max_size=2_000))
def test_both_give_the_same(data: bytes) -> None:
    wanted = hashlib.sha256(data)
    for implementation in (startup.for_few(), startup.for_many(), startup.sha256):
        assert implementation(data).digest() == wanted.digest()
        assert implementation(data).hexdigest() == wanted.hexdigest()


def test_this_python_has_its_own() -> None:
    """If this fails with a new Python, that has moved its private module: everything works, and starts slower."""
    assert startup.for_few() is not startup.for_many()
    assert getattr(startup.sha256, "__module__", "") in PRIVATE


@pytest.mark.parametrize("instead", [None, ModuleType("empty")], ids=["no module", "no function"])
def test_a_python_without_its_own_takes_openssl(
    monkeypatch: pytest.MonkeyPatch, instead: ModuleType | None
) -> None:
    for module in PRIVATE:
        monkeypatch.setitem(sys.modules, module, instead)
    assert startup.for_few() is startup.for_many()


WRITTEN = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))
from tests.strategies import Stream
from tracker import startup as hashing
stream = Stream()
stream.add("opened", "A story")
stream.add("update", "More")
print(hashing.sha256.__module__, stream.lines)
"""


def test_the_same_log_is_written_without_its_own() -> None:
    """Each in a process of its own, in which the private modules are there or cannot be imported."""
    own, private = written()
    without, openssl = written(*PRIVATE)
    assert (own in PRIVATE, without) == (True, "_hashlib")
    assert private == openssl


def written(*missing: str) -> tuple[str, str]:
    ran = subprocess.run([sys.executable, "-c", WRITTEN, *missing], capture_output=True, text=True, check=True)
    module, _, lines = ran.stdout.partition(" ")
    return module, lines


def test_garbage_is_collected_again_when_a_command_is_imported() -> None:
    """And the collector passes over what the imports have made."""
    startup.pause_collection()
    try:
        assert not gc.isenabled()
        main.get_command(click.Context(main), "types")
        assert gc.isenabled()
        assert gc.get_freeze_count() > 1_000
    finally:
        gc.enable()


def test_long_streams_are_checked_as_short_ones_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the last line, and a changed one shows."""
    monkeypatch.setattr(startup, "MANY", 3)
    stream = Stream()
    for number in range(5):
        stream.add("update" if number else "opened", f"Update {number}")
    lines = stream.lines
    assert list(chain.unchain(lines, "f")) == lines
    lines[4] = lines[4].replace(b"Update 4", b"Update 5")
    with pytest.raises(CorruptLog, match="f:5: "):
        list(chain.unchain(lines, "f"))
