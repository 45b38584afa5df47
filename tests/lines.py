"""Stored lines made by hand: what a forger or a later tracker could write, with hashes that follow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Protocol, cast

from tracker.domain import chain

STREAM = "01a20aff-0000-7000-8000-000000000001"
"""The id of a stream's first line."""

HEAD = re.compile(
    rb'\{"id":"[0-9a-f-]{36}","type":"[a-z-]+","recorded":"[0-9TZ:.-]{24}",(?:"format":2,)?'
    rb'(?:"(?:corrects|retracts|redacts)":"[0-9a-f-]{36}",)?(?:"minor":true,)?'
)


def sealed(stem: bytes, previous: bytes = chain.START) -> bytes:
    """The line that has these bytes before its ending, with the hash that follows ``previous``."""
    found = HEAD.match(stem)
    head = found[0] if found else b""
    middle = stem[len(head) :]
    removed = re.fullmatch(rb'"removed":"([0-9a-f]{64})"', middle)
    digest = bytes.fromhex(removed[1].decode()) if removed else sha256(middle).digest()
    return b'%b,"hash":"%b"}\n' % (stem, sha256(previous + head + digest).hexdigest().encode())


def stem(line: bytes) -> bytes:
    """The line without its ending."""
    return line[: line.rindex(b',"hash":"')]


def rechained(lines: Iterable[bytes], previous: bytes = chain.START) -> list[bytes]:
    """The lines with hashes that follow from each other, the first from ``previous``: history rewritten."""
    made = []
    for line in lines:
        made.append(sealed(stem(line) if b',"hash":"' in line else line.rstrip(b"\n"), previous))
        previous = chain.hash_of(made[-1])
    return made


def shells(lines: Sequence[bytes], numbers: Iterable[int]) -> list[bytes]:
    """The lines, those of these numbers (from 1) without their texts."""
    return [chain.shell(line) if number in set(numbers) else line for number, line in enumerate(lines, 1)]


class Outsider(Protocol):
    """What ``examples/verify.py`` defines: a verifier that shares no code with tracker."""

    def split(self, line: bytes) -> tuple[bytes, list[str | None], bytes | None, bytes, str]: ...

    def strict(self, text: bytes) -> dict[str, Any]: ...

    def check(
        self, streams: Mapping[str, bytes], heads: Mapping[str, Any] | None = None
    ) -> tuple[list[tuple[str, int, str]], list[tuple[str, int, str]], tuple[int, ...]]: ...


@cache
def outsider() -> Outsider:
    """The verifier of ``examples/verify.py``."""
    place = Path(__file__).parent.parent / "examples" / "verify.py"
    found = spec_from_file_location("outsider", place)
    assert found
    assert found.loader
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return cast("Outsider", module)
