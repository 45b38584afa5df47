"""JSON that is changed as JSON: a key more or less or elsewhere, another value. Of bytes changed at random few are
still JSON, and most faults lie behind that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, MutableMapping
from random import Random
from typing import Any

from tests.fuzz.seeds import DATES
from tracker.events import TYPES, Figure, Removed, Source, fields_of

NAMES = [
    *{field.name for cls in (*TYPES.values(), Figure, Source, Removed) for field in fields_of(cls)},
    *("type", "redacted", "x"),
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
    text = json.dumps(values, ensure_ascii=random.random() < 0.3, separators=(",", ":"))
    made = text.encode("utf-8", "surrogatepass") + (b"\n" if data.endswith(b"\n") else b"")
    return made if len(made) <= most else otherwise(data, most)
