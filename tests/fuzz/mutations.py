"""JSON that is changed as JSON: a key more or less or elsewhere, another value. Of bytes changed at random few are
still JSON, and most faults lie behind that."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, MutableMapping
from random import Random
from typing import Any

from tests.fuzz.seeds import DATES
from tests.lines import sealed, stem
from tracker.domain import chain
from tracker.domain.events import TYPES, Figure, Source, fields_of
from tracker.errors import CorruptLog

NAMES = [
    *{field.name for cls in (*TYPES.values(), Figure, Source) for field in fields_of(cls)},
    *("type", "removed", "minor", "format", "hash", "x", "X", "a\\u0062"),
]
VALUES: list[Any] = [
    *(
        "",
        " ",
        "x",
        "\u007f",
        "\u0085",
        "\r\n",
        "\ud800",
        "\ufffe",
        "a\tb",
        "\u00a0",
        "e\u0301",
        "x" * 301,
        "-0",
        "1.50",
        "1e5",
    ),
    *(
        "#2",
        "story#3",
        "00000000-0000-7000-8000-000000000002",
        "00000000-0000-7000-8000-000000000003",
        "court-order",
    ),
    *(
        "https://a.example/",
        "http://[",
        "javascript:x",
        "20 million USD",
        "20 USD",
        "en",
        "2024-07-30T19:05:00.123Z",
    ),
    *(None, True, False, 0, -0.0, 1, 1.0, 1.5, 2**53, 2**53 + 1, 2**63, 2**64, 10**30, 5e-324, 1e300),
    *(
        [],
        {},
        [""],
        ["A", "B"],
        [None],
        {"": ""},
        {"title": "x"},
        {"body": None},
        {"figures": [{"name": "x", "value": "1"}]},
    ),
    *({"name": "x", "low": "2", "high": "1"}, {"url": "https://a.example"}, {"publisher": ""}),
    *TYPES,
    *DATES,
]


def containers(value: Any) -> Iterator[Any]:
    """The objects and lists in a value, itself first."""
    if isinstance(value, (dict, list)):
        yield value
        for each in value.values() if isinstance(value, dict) else value:
            yield from containers(each)


def changed(value: Any, random: Random) -> None:
    """Changes one thing somewhere in the value."""
    inside = random.choice([*containers(value)])
    other = (
        random.choice(VALUES) if random.random() < 0.7 else random.choice([*containers(value), random.random()])
    )
    if isinstance(inside, list):
        at = random.randint(0, len(inside))
        inside[at : at + random.randint(0, 1)] = [json.loads(json.dumps(other))]
        return
    keys = [*inside]
    match random.randint(0, 3):
        case 0 if keys:
            del inside[random.choice(keys)]
        case 1 if keys:
            moved = random.choice(keys)
            inside[moved] = inside.pop(moved)
        case 2 if keys:
            inside[random.choice(keys)] = json.loads(json.dumps(other))
        case _:
            inside[random.choice(NAMES)] = json.loads(json.dumps(other))


def json_changed(data: bytes, most: int, seed: int, otherwise: Callable[[bytes, int], bytes]) -> bytes:
    """The data with its JSON changed, or else its bytes."""
    random = Random(seed)
    if random.random() < 0.3:
        return otherwise(data, most)
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return otherwise(data, most)
    if not isinstance(values, MutableMapping):
        return otherwise(data, most)
    for _ in range(random.randint(1, 3)):
        changed(values, random)
    for last in ("salt", "hash") if random.random() < 0.8 else ():  # where a stored line has them
        if last in values:
            values[last] = values.pop(last)
    text = json.dumps(values, ensure_ascii=random.random() < 0.3, separators=(",", ":"))
    made = text.encode("utf-8", "surrogatepass") + (b"\n" if data.endswith(b"\n") else b"")
    return made if len(made) <= most else otherwise(data, most)


def log_changed(data: bytes, most: int, seed: int, otherwise: Callable[[bytes, int], bytes]) -> bytes:
    """The log with one line changed: its text, its place, its hash, its target; or with its text removed."""
    random = Random(seed)
    pieces = data.split(b"\n")
    if random.random() < 0.2 or len(pieces) < 2:
        return otherwise(data, most)
    at, other = random.randrange(len(pieces)), random.randrange(len(pieces))
    piece = pieces[at]
    match random.randint(0, 6):
        case 0:
            whole = piece if piece.endswith(b"}") else piece + b"}"
            piece = json_changed(whole, most, random.getrandbits(32), otherwise)
            pieces[at] = piece if whole == pieces[at] else piece.removesuffix(b"}")
        case 1:
            pieces[at], pieces[other] = pieces[other], piece
        case 2:
            pieces.insert(other, pieces.pop(at))
        case 3:
            pieces.insert(other, piece)
        case 4:
            pieces = [each.rpartition(b',"hash":"')[0] or each for each in pieces]
        case 5:
            ids = [chain.id_of(each).encode() for each in pieces]
            pieces[at] = piece[:60] + re.sub(UUID, lambda found: ids[other], piece[60:], count=1)
        case _:
            pieces[at] = _removed(piece)
    made = b"\n".join(pieces)
    return made if len(made) <= most else otherwise(data, most)


UUID = chain.UUID.encode()


def _removed(piece: bytes) -> bytes:
    """The stem, or the line, without its text."""
    has_hash = b',"hash":"' in piece
    try:
        shell = chain.shell(piece + b"\n" if has_hash else sealed(piece, chain.START))
    except CorruptLog:
        return piece
    return shell[:-1] if has_hash else stem(shell)
