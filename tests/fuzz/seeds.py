"""What the fuzzer begins with: valid inputs that the repository has, what its tests know to be bad, and the words
of each syntax."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.fuzz.targets import FORMS, LONG_READERS, SLUG
from tests.lines import stem
from tests.strategies import Stream
from tests.test_badinput import data
from tracker.domain import custom_types, events, figures, forms, quantities
from tracker.domain.events import TYPES, fields_of
from tracker.text import date_phrases, dates

ROOT = Path(__file__).parents[2]
BAD_INPUT = ROOT / "tests" / "badinput"

DATES = (
    *("2023", "2024-03", "2023-12-15", "2024-07-30T21:05+02:00", "2024-07-30T19:05:00.123Z", "2024-03~", "2024?"),
    *(
        "2024%",
        "2024-21",
        "2024-24",
        "2024-33",
        "2024-41",
        "202X",
        "20XX",
        "2024-03/2024-05",
        "2024-03/..",
        "../2024",
    ),
    *("2024-02-30", "0000", "9999-24", "9999-12-31T23:59-14:00", "2024-07/2024", "Winter 2024/25", "Q4 FY2024"),
    *("the 2020s (decade)", "2000s century", "3 days ago", "in two weeks", "last year", "this month", "tomorrow"),
    *("15 March 2024", "March 15th, 2024", "12 to 15 March 2024", "29 July to 4 August 2024", "until 2024"),
    *(
        "about March 2024 (uncertain)",
        "between March 2024 and May 2024",
        "since ~2024",
        "first fiscal half of '24",
    ),
    *(
        "15 March 2024, 21:05 (UTC+02:00)",
        "now",
        "from 2023 on",
        "30.7.2024",
        "last quarter",
        "Monday",
        "before 2024",
    ),
)
FIGURES = (
    *(figures.EXAMPLE, "payment to Microsoft=20 million USD per month approx", "cost=200..900 million USD"),
    *(
        "a=1",
        "a=-0.5%",
        "a=1,234,567.89 EUR",
        "a=1..2 expected 3..4 per b approx",
        "a=5 million expected 4..6 million",
    ),
    *(
        "20 million USD",
        "1,000 EUR",
        "+5 thousand USD",
        "0.10 USD",
        "a=1 % expected 2 %",
        "a=~5",
        "a=$5m",
        "a=1e5",
    ),
)
BODIES = (
    "# Title\n\nOne *two* **three** ~~four~~ `five`\nsix  \nseven\n\n> eight\n\n- nine\n- ten\n\n3. a\n\n---\n",
    "| a | b |\n| --- | --: |\n| 1 | 2 |\n",
    "[a](https://a.example 'b') ![c](https://c.example/d.png) <https://e.example> [f][g]\n\n[g]: http://g.example\n",
    "```python\nx = 1\n```\n\n    code <b>\n\n<abbr title='x'>y</abbr><ol start=\"3\"><li>z</ol>\n",
    "<script>alert(1)</script> <a href='javascript:x'>y</a> <!-- z --> &nbsp;&#1; &lt;b&gt; \\*a\\*\n\n[^1]: b\n",
    "Title\n=====\n\nmore\n---\n\n* one\n\n  two\n  * three\n",
)
PIECES = (
    b"\0x\0",
    b"\0[\0",
    b"\0a \0",
    b"\0> \0",
    b"\0*a_\0",
    b"\0<a \0",
    b"\0`\0",
    b'\0{"a":\0',
    b"\0\n\0",
    b"\0- \0",
)
TOML = ("[", "]", "[[", "]]", " = ", '"', "'''", '"""', "\n", "{", "}", ", ", "true", "#", "\\u0041", "1979-05-27")


def a_log(*, finished: bool = True) -> Stream:
    """A story with a development of every kind of field and every kind of amendment. Its removals are finished, or
    wait."""
    stream = Stream(SLUG)
    stream.add("opened", "A story", summary="About *it*", language="en")
    stream.add("report", "They pay", occurred="2023-12", occurred_as="in December", parties=["OpenAI"], minor=True)
    stream.add("confirmation", "Yes", about="#2", by="OpenAI")
    source = {"url": "https://a.example/", "publisher": "A", "quote": "says", "published": "2024-03", "via": "B"}
    stream.add("suspension", "Out", subject="ByteDance", by="OpenAI", sources=[source], until="2024-12")
    cost = {"name": "cost", "low": "1", "high": "2", "unit": "USD", "per": "month", "approx": True}
    stream.add("earnings", "Numbers", company="Microsoft", period="Q4 FY2024", figures=[cost])
    stream.correct(2, occurred="2024-01", title="They paid", parties=None)
    stream.retract(4)
    stream.add("agreement", "Ä deal", between=["A", "B"], terms="One\n\ntwo")
    if finished:
        stream.redact(2)
    else:
        for target in (2, 6):
            stream.add("redaction", redacts=f"#{target}", reason="court-order", authority="a court")
    stream.add("closed", "The end", why="over")
    return stream


def bad(door: str, key: str) -> Iterator[bytes]:
    """What the corpus of bad input has for a door, where it is not long."""
    for case in tomllib.loads((BAD_INPUT / f"{door}.toml").read_text(encoding="utf-8"))["case"]:
        if key in case:
            yield data(case[key])


def lines() -> Iterator[bytes]:
    yield from a_log().lines
    for file in (*ROOT.glob("events/*.jsonl"), *ROOT.glob("examples/*/events/*.jsonl")):
        yield from file.read_bytes().splitlines(keepends=True)


def logs() -> Iterator[bytes]:
    of_every_kind, waiting = a_log().lines, a_log(finished=False).lines
    for each in (of_every_kind, waiting):
        yield b"".join(each)
        yield b"".join(each[:3])
        yield b"\n".join(map(stem, each))
    yield b"a\nb\nc"


def drafts() -> Iterator[bytes]:
    for line in lines():
        stem, _, _ = line.rpartition(b',"salt"')
        head, _, rest = stem.partition(b'"type"')
        yield head[:1] + b'"type"' + rest + b"}"
    yield b'{"type":"correction","corrects":"#2","changes":{"title":"x","occurred":null,"figures":[]},"why":"y"}'
    yield b'{"type":"redaction","redacts":"#2","reason":"court-order","authority":"a court"}'
    yield b'{"type":"update","title":"x","closes":"story#3"}'
    yield from bad("lines", "line")


def filled_forms() -> Iterator[bytes]:
    for number, cls in enumerate(FORMS):
        typed = {field.name: SAID.get(field.kind, "says") for field in fields_of(cls)}
        for each in ({}, typed):
            yield bytes([number]) + forms.Form(cls, ["A form"]).text(each).encode()
    for name, number in (("update", FORMS.index(events.Update)), ("report", FORMS.index(events.Report))):
        yield bytes([number]) + f'title = "{name}"\n[[sources]]\npublished = 2024-03-05\n'.encode()


SAID: dict[str, Any] = {
    "date": "March 2024",
    "parties": ["A", "B"],
    "sayings": [{"speaker": "A", "quote": "Hm"}],
    "figures": [figures.EXAMPLE, {"name": "x", "value": "1"}],
    "sources": [{"url": "https://a.example/", "published": "last year"}],
    "prose": "One\n\ntwo",
    "image": {"file": "quay.jpg", "alt": "A quay"},
    "flag": True,
}


def of_type(pattern: str) -> Iterator[bytes]:
    for file in (*ROOT.glob(f"events/{pattern}"), *ROOT.glob(f"examples/*/events/{pattern}")):
        yield file.read_bytes()
    yield from bad(pattern.removesuffix(".toml"), "text")


def long_ones() -> Iterator[bytes]:
    for number in range(len(LONG_READERS)):
        for piece in PIECES:
            yield bytes([number]) + piece


SEEDS = {
    "line": lines,
    "log": logs,
    "draft": drafts,
    "date": lambda: (each.encode() for each in (*DATES, *date_phrases.EXAMPLES)),
    "figure": lambda: (each.encode() for each in FIGURES),
    "types": lambda: of_type("types.toml"),
    "parties": lambda: of_type("parties.toml"),
    "form": filled_forms,
    "body": lambda: (each.encode() for each in BODIES),
    "long": long_ones,
}


def seeds(name: str) -> list[bytes]:
    """What a target begins with: no two the same, none longer than it will ever be tried with."""
    return [each for each in dict.fromkeys(SEEDS[name]()) if len(each) <= LONGEST[name]]


LONGEST = dict.fromkeys(SEEDS, 1_000) | {
    **{"line": 2_500, "log": 6_000, "draft": 1_500, "types": 3_000, "form": 3_000},
    **{"date": 130, "figure": 200, "long": 200},
}
"""Bytes of an input."""


def words(name: str) -> list[str]:
    """Words of the syntax, which no fuzzer would guess."""
    fields = [field.name for cls in TYPES.values() for field in fields_of(cls)]
    nested = [field.name for cls in (events.Figure, events.Source) for field in fields_of(cls)]
    names = [*TYPES, *fields, *nested]
    quoted = [f'"{each}":' for each in (*fields, *nested, "removed", "was")] + [f'"{each}"' for each in TYPES]
    dated = [
        *dates.MONTHS,
        *date_phrases._CODES,
        "fiscal",
        "FY",
        "century",
        "decade",
        " to ",
        "since",
        "until",
        "ago",
        "Z",
    ]
    scaled = [*quantities.TYPED_SCALES, "expected", "per", "approx", "..", "%", "=", ","]
    tags = [
        "<b>",
        "<a href=",
        "<table>",
        "</p>",
        "https://",
        "```",
        "~~",
        "![",
        "](",
        "&#",
        "<!--",
        "-->",
        "<?",
        "\n\n",
    ]
    declares = [
        *custom_types.KINDS,
        *custom_types.Declaration.__struct_fields__,
        *custom_types.DeclaredField.__struct_fields__,
    ]
    keeps = ["aliases", "fiscal_year_end", "fiscal_year_named", "homepage", "https://", "June", "start", "end"]
    stored = ['"format":2,', '"minor":true,', ',"hash":"', ',"salt":"', "null", "\\u", "1e5", "https://", "#2"]
    said: dict[str, Iterable[str]] = {
        **dict.fromkeys(("line", "log", "draft"), (*quoted, *stored)),
        **{"date": dated, "figure": scaled, "body": tags, "parties": (*TOML, *keeps)},
        **{"types": (*TOML, *declares, "fields.", "{"), "form": (*TOML, *names, *dated, *scaled)},
        "long": (*TOML, *tags, *scaled, "\0", '"', "{"),
    }
    return [*dict.fromkeys(said[name])]
