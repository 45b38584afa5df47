"""Two implementations, one hash."""

from __future__ import annotations

import hashlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import Stream
from tracker import chain, hashing
from tracker.errors import CorruptLog


@given(st.binary(max_size=2_000))
def test_both_give_the_same(data: bytes) -> None:
    wanted = hashlib.sha256(data)
    for implementation in (hashing.for_few(), hashing.for_many(), hashing.sha256):
        assert implementation(data).digest() == wanted.digest()
        assert implementation(data).hexdigest() == wanted.hexdigest()


def test_a_python_that_was_built_without_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the other."""
    for module in ("_sha2", "_sha256"):
        monkeypatch.setitem(sys.modules, module, None)
    assert hashing.for_few() is hashing.for_many()


def test_long_streams_are_checked_as_short_ones_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the last line, and a changed one shows."""
    monkeypatch.setattr(hashing, "MANY", 3)
    stream = Stream()
    for number in range(5):
        stream.add("update" if number else "opened", f"Update {number}")
    lines = stream.lines
    assert list(chain.unchain(lines, "f")) == lines
    lines[4] = lines[4].replace(b"Update 4", b"Update 5")
    with pytest.raises(CorruptLog, match="f:5: "):
        list(chain.unchain(lines, "f"))
