"""Line format 2, seen from outside: examples/verify.py against test vectors, forgers and random logs.

The logs are made by a writer of its own, below, so that neither tracker nor the verifier is asked what a line is.
``agreed`` is where tracker's own verdict on each of these logs is compared: see ``verdict_of_tracker``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tracker.domain import chain
from tracker.domain import lines as event_lines
from tracker.domain.chain import id_of
from tracker.errors import BadInput, CorruptLog

ROOT = Path(__file__).parents[2]
VERIFIER = ROOT / "examples" / "verify.py"
PAGE = ROOT / "docs" / "format.md"

Streams = dict[str, bytes]


@cache
def verifier(*replaced: tuple[str, str]) -> ModuleType:
    """The verifier as a module, with parts of its source replaced; each part is there exactly once."""
    source = VERIFIER.read_text(encoding="utf-8")
    for old, new in replaced:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    module = ModuleType("verify")
    exec(compile(source, str(VERIFIER), "exec"), module.__dict__)
    return module


def first_faults(faults: list[tuple[str, int, str]]) -> set[tuple[str, int]]:
    """The first line at fault of each file: how a verifier goes on after a fault is its own affair."""
    return {(name, min(n for other, n, _ in faults if other == name)) for name, _, _ in faults}


def verdict(streams: Streams, heads: Any = None, using: ModuleType | None = None) -> set[tuple[str, int]]:
    """The first line at fault of each file, by examples/verify.py. Empty if the log is sound."""
    return first_faults((using or verifier()).check(streams, heads)[0])


def verdict_of_tracker(streams: Streams) -> set[tuple[str, int]] | None:
    """The same by tracker itself: the grammar, the chain and the format of every line, without what tracker asks
    of a type besides. None where there is no line at all."""
    found, seen = set(), set[str]()
    for name, data in sorted(streams.items()):
        lines = [line + b"\n" for line in data.split(b"\n")[:-1]]
        numbers = {number for number, _ in chain.check(lines)}
        numbers |= {
            number for number, line in enumerate(lines, 1) if says_wrong(line, name) or id_of(line) in seen
        }
        found |= {(name, min(numbers))} if numbers else set()
        seen |= {id_of(line) for line in lines}
    return found if seen else None


def says_wrong(line: bytes, name: str) -> bool:
    """Whether a line by itself is no line that tracker would take from a file of this name."""
    try:
        event_lines.check_format(line)
        parts, values = chain.split(line), json.loads(line)
    except (BadInput, CorruptLog):
        return True
    if (parts.type == "desk") > (name == "desk") or (parts.type == "opened") > (name != "desk"):
        return True  # the name is reserved
    if parts.is_shell or parts.type not in ("opened", "redaction"):
        return False
    return values.get("slug") != name if parts.type == "opened" else not {"reason", "authority"} <= set(values)


def agreed(streams: Streams, *, to_the_line: bool = True) -> set[tuple[str, int]]:
    """The verdict of both. They agree on the files at fault and, where a log has one fault, on its line."""
    ours, theirs = verdict(streams), verdict_of_tracker(streams)
    if theirs is not None:
        assert {name for name, _ in theirs} == {name for name, _ in ours}
        assert theirs == ours or not to_the_line
    return ours


def remarks(streams: Streams) -> list[tuple[str, int, str]]:
    return verifier().check(streams)[1]


# A writer.


class Row(NamedTuple):
    """A line before it is chained: its head, and its text or, in a shell, the digest of the text it had."""

    head: str
    text: str | bytes
    digest: bytes | None = None

    @property
    def shell(self) -> Row:
        return Row(self.head, "", self.digest or sha256(in_bytes(self.text)).digest())


def in_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


def uuid(n: int) -> str:
    return f"01a20aff-3af5-7fe5-9734-{n:012d}"


def salt(n: int) -> str:
    return bytes(range(16 * n, 16 * n + 16)).hex() if n < 16 else f"{n:032x}"


def row(n: int, kind: str, members: str = "", *, between: str = "", seconds: int | None = None) -> Row:
    """Line n: ``between`` stands in its head after the time, ``members`` in its text before the salt."""
    time = f"2026-11-24T00:00:{n - 1 if seconds is None else seconds:02d}.000Z"
    head = f'{{"id":"{uuid(n)}","type":"{kind}","recorded":"{time}",{between}'
    return Row(head, f'{members}{"," if members else ""}"salt":"{salt(n - 1)}"')


def opened(members: str = '"title":"Stör","slug":"stor"', n: int = 1) -> Row:
    return row(n, "opened", members, between='"format":2,')


def amendment(n: int, kind: str, target: int, members: str = '"why":"An error"') -> Row:
    name = {"correction": "corrects", "retraction": "retracts", "redaction": "redacts"}[kind]
    return row(n, kind, members, between=f'"{name}":"{uuid(target)}",')


def redaction(n: int, target: int, members: str = '"reason":"court-order","authority":"A court"') -> Row:
    return amendment(n, "redaction", target, members)


def chained(rows: list[Row], start: bytes = sha256(b"tracker/2\n").digest()) -> bytes:
    """The file of these lines, each with its right hash."""
    file, previous = b"", start
    for head, text, digest in rows:
        middle = b'"removed":"%b"' % digest.hex().encode() if digest else in_bytes(text)
        previous = sha256(previous + in_bytes(head) + (digest or sha256(in_bytes(text)).digest())).digest()
        file += in_bytes(head) + middle + b',"hash":"%b"}\n' % previous.hex().encode()
    return file


def executed(rows: list[Row]) -> list[Row]:
    """The rows with each text removed that a redaction names."""
    named = {found[1] for row in rows if (found := re.search('"redacts":"(.*?)"', row.head))}
    return [row.shell if row.head[7:43] in named else row for row in rows]


def hashes_of(file: bytes) -> list[str]:
    return [line[-66:-2].decode() for line in file.splitlines()]


def heads_of(streams: Streams, every: int = 1) -> dict[str, Any]:
    """The heads.json of these streams."""
    stories = {}
    for name, file in streams.items():
        hashes = hashes_of(file)
        earlier = {str(n): said for n, said in enumerate(hashes, 1) if n % every == 0}
        head = {"stream": file[7:43].decode(), "seq": len(hashes), "hash": hashes[-1], "checkpoints": earlier}
        stories[name] = head
    return {"format": "tracker/2", "stories": stories, "rewrites": []}


# Test vectors.

THREE = [
    opened(),
    row(2, "update", r'"title":"A \"quoted\" text"', between='"minor":true,'),
    redaction(3, 2),
]
LINES = (
    b'{"id":"01a20aff-3af5-7fe5-9734-000000000001","type":"opened","recorded":"2026-11-24T00:00:00.000Z","format":2,'
    b'"title":"St\xc3\xb6r","slug":"stor","salt":"000102030405060708090a0b0c0d0e0f",'
    b'"hash":"7fa34369cf015381b427b80a1defea3c210a8b14fec7e85e67456b3356d5cd20"}\n',
    b'{"id":"01a20aff-3af5-7fe5-9734-000000000002","type":"update","recorded":"2026-11-24T00:00:01.000Z","minor":true,'
    b'"title":"A \\"quoted\\" text","salt":"101112131415161718191a1b1c1d1e1f",'
    b'"hash":"c261b261d2b6191102e811a9beec97974d273261b8f2ab20cc8bc9a4e2011f46"}\n',
    b'{"id":"01a20aff-3af5-7fe5-9734-000000000003","type":"redaction","recorded":"2026-11-24T00:00:02.000Z",'
    b'"redacts":"01a20aff-3af5-7fe5-9734-000000000002",'
    b'"reason":"court-order","authority":"A court","salt":"202122232425262728292a2b2c2d2e2f",'
    b'"hash":"1960beb253b21df920fe9d05bfeb1b0b1e92acabecaee7386bc0ff472b63b68f"}\n',
)
SHELL = (
    b'{"id":"01a20aff-3af5-7fe5-9734-000000000002","type":"update","recorded":"2026-11-24T00:00:01.000Z","minor":true,'
    b'"removed":"b3c34a3976a6a39c47f1116b9db27d9934cc23fd4fbf3e0083c09ffff0bf2a55",'
    b'"hash":"c261b261d2b6191102e811a9beec97974d273261b8f2ab20cc8bc9a4e2011f46"}\n'
)
FULL, EXECUTED = b"".join(LINES), LINES[0] + SHELL + LINES[2]
START = "236ee012ebecdefbbb46e9383a64f32bd51fff60aa9dc48ed388b9e73c1a796f"
DIGESTS = [
    "b7482c42eb47e45b46e812760d5f89115166e2991b8f2672a63f267437e48bbb",
    "b3c34a3976a6a39c47f1116b9db27d9934cc23fd4fbf3e0083c09ffff0bf2a55",
    "8347fb10e7962666a16a378f085f0638ad50121c4c2b34163a3c24c7be38a809",
]
FILES = {
    "8a5a233b9c1dd4874768dc9a4fa4c2d3c3ca6ed9a8095c6d22716436fc97a47e": FULL,
    "22b21a5239fa04daa230c6ba1e49b619f540854c12ed75f0c14daee6d49b7ad6": EXECUTED,
}


def test_the_vectors_are_what_the_writer_writes() -> None:
    """The bytes of both files, their SHA-256, and the start."""
    assert chained(THREE) == FULL
    assert chained(executed(THREE)) == EXECUTED
    assert {sha256(file).hexdigest(): file for file in FILES.values()} == FILES
    assert sha256(b"tracker/2\n").hexdigest() == START


@pytest.mark.parametrize("file", FILES.values(), ids=("full", "executed"))
def test_the_verifier_reads_the_vectors(file: bytes) -> None:
    """Heads, digests and hashes of the three lines, and no fault."""
    split = [verifier().split(line) for line in file.splitlines()]
    assert [digest.hex() for _, _, _, digest, _ in split] == DIGESTS
    assert [said for *_, said in split] == hashes_of(FULL)
    assert [head.decode() for head, *_ in split] == [row.head for row in THREE]
    assert agreed({"stor": file}) == set()
    assert verifier().check({"stor": file}, heads_of({"stor": FULL}))[2] == (1, 3, 1, 3)


def test_the_page_has_the_vectors() -> None:
    """Every byte and digest of them: with the page alone, a reader can test a verifier."""
    page = PAGE.read_text(encoding="utf-8")
    assert f"```\n{FULL.decode()}```\n" in page
    assert f"```\n{SHELL.decode()}```\n" in page
    for digest in (START, *DIGESTS, *FILES):
        assert digest in page
    (kept,) = (json.loads(block) for block in re.findall("```json\n(.*?)```\n", page, re.DOTALL))
    assert verdict({"stor": EXECUTED}, kept) == set()
    assert verifier().check({"stor": EXECUTED}, kept)[2] == (1, 3, 1, 3)


# Bad lines: for each rule, a log that breaks this rule alone.

SOUND = [
    opened(),
    row(2, "report", '"title":"A report"'),
    amendment(3, "correction", 2),
    row(4, "update", '"title":"An update","figures":[{"value":"1","unit":null}]', between='"minor":true,'),
    row(5, "update", '"title":"Another"'),
]
DIGEST = sha256(b"a text that nobody has").digest()
OTHER = [opened('"slug":"other"', 21), row(22, "update", '"title":"Of another story"')]


def text(members: str | bytes) -> list[Row]:
    """The sound log, its last text beginning with these members."""
    salted = b'"salt":"%b"' % salt(4).encode()
    before = in_bytes(members)
    return [*SOUND[:4], Row(SOUND[4].head, before + b"," * bool(before) + salted)]


def head(old: str, new: str, n: int = 5) -> list[Row]:
    """The sound log, with a part of the head of line n replaced."""
    assert old in SOUND[n - 1].head
    return [*SOUND[: n - 1], SOUND[n - 1]._replace(head=SOUND[n - 1].head.replace(old, new)), *SOUND[n:]]


def nested(depth: int) -> list[Row]:
    """The sound log, its last line nested to this depth."""
    return text('"a":' + "[" * (depth - 1) + "]" * (depth - 1))


def size(length: int) -> list[Row]:
    """The sound log, its last line of this length, with the line feed."""
    shortest = len(chained(text('"body":""')).splitlines(keepends=True)[-1])
    return text(f'"body":"{"x" * (length - shortest)}"')


def only_line(members: str, between: str = '"format":2,', kind: str = "opened") -> list[Row]:
    return [row(1, kind, members, between=between)]


BAD: dict[str, tuple[int, list[Row]]] = {
    # 1: what a head is
    "no format on the first line": (1, [row(1, "opened", '"slug":"stor"'), *SOUND[1:]]),
    "format 3": (1, only_line('"slug":"stor"', '"format":3,')),
    "format twice": (1, only_line('"slug":"stor"', '"format":2,"format":2,')),
    "format on a later line": (5, head('000Z",', '000Z","format":2,')),
    "format after minor": (1, only_line('"slug":"stor"', '"minor":true,"format":2,')),
    "format in quotes": (1, only_line('"slug":"stor"', '"format":"2",')),
    "the first line is no opening": (1, only_line('"slug":"stor"', kind="update")),
    "opened later": (5, head('"update"', '"opened"')),
    "desk later": (5, head('"update"', '"desk"')),
    "desk first, in a file of another name": (1, only_line('"slug":"stor"', kind="desk")),
    "an id in capitals": (5, head(uuid(5), uuid(5).upper())),
    "an id with a letter too many": (5, head(uuid(5), f"{uuid(5)}0")),
    "an id in braces": (5, head(uuid(5), f"{{{uuid(5)}}}")),
    "an id with digits of another script": (5, head(uuid(5), uuid(5).replace("5", "\u0665"))),
    "a type in capitals": (5, head('"update"', '"Update"')),
    "a type with an underscore": (5, head('"update"', '"up_date"')),
    "a type that ends with a hyphen": (5, head('"update"', '"update-"')),
    "a type with two hyphens": (5, head('"update"', '"up--date"')),
    "a type with an escape": (5, head('"update"', r'"\u0075pdate"')),
    "an empty type": (5, head('"update"', '""')),
    "a type of 41 characters": (5, head('"update"', f'"{"x" * 41}"')),
    "30 February": (5, head("11-24T", "02-30T")),
    "the year 0": (1, [SOUND[0]._replace(head=SOUND[0].head.replace("2026", "0000"))]),
    "hour 24": (5, head("T00:00:04.000Z", "T24:00:00.000Z")),
    "a leap second": (5, head("T00:00:04.000Z", "T23:59:60.000Z")),
    "no milliseconds": (5, head("04.000Z", "04Z")),
    "microseconds": (5, head("04.000Z", "04.000000Z")),
    "a comma in the time": (5, head("04.000Z", "04,000Z")),
    "an offset": (5, head("04.000Z", "04.000+00:00")),
    "a time with a small letter": (5, head("T00:", "t00:")),
    "white space in the head": (5, head('","type"', '", "type"')),
    "another order in the head": (
        5,
        head(f'"id":"{uuid(5)}","type":"update"', f'"type":"update","id":"{uuid(5)}"'),
    ),
    "an escape in a name of the head": (5, head('"id"', r'"\u0069d"')),
    "a byte order mark": (1, head('{"id"', '\ufeff{"id"', 1)),
    "white space before the line": (5, head('{"id"', ' {"id"')),
    "minor is false": (4, head("true", "false", 4)),
    "minor twice": (4, head('"minor":true,', '"minor":true,"minor":true,', 4)),
    "minor before the target": (3, head('"corrects"', '"minor":true,"corrects"', 3)),
    "a minor amendment": (3, head(f'{uuid(2)}",', f'{uuid(2)}","minor":true,', 3)),
    "two targets": (3, head('"corrects"', f'"corrects":"{uuid(1)}","corrects"', 3)),
    "two kinds of target": (3, head('"corrects"', f'"redacts":"{uuid(2)}","corrects"', 3)),
    "a target on an update": (5, head('000Z",', f'000Z","corrects":"{uuid(2)}",')),
    "a redaction that corrects": (3, head('"correction"', '"redaction"', 3)),
    "a correction that redacts": (3, head('"corrects"', '"redacts"', 3)),
    "a correction of nothing": (3, head(f'"corrects":"{uuid(2)}",', "", 3)),
    "a redaction of nothing": (5, [*SOUND[:4], row(5, "redaction", '"reason":"x","authority":"y"')]),
    # 1: what stands between head and hash
    "no salt": (5, [*SOUND[:4], SOUND[4]._replace(text='"title":"Another"')]),
    "the salt is not last": (5, [*SOUND[:4], SOUND[4]._replace(text=f'"salt":"{salt(4)}","title":"Another"')]),
    "a salt in capitals": (5, [*SOUND[:4], SOUND[4]._replace(text=f'"salt":"{"AB" * 16}"')]),
    "a short salt": (5, [*SOUND[:4], SOUND[4]._replace(text=f'"salt":"{"ab" * 15}"')]),
    "a salt that is closed too early": (
        5,
        [*SOUND[:4], SOUND[4]._replace(text=f'"title":"x","salt":"{salt(4)[:9]}"{salt(4)[9:]}')],
    ),
    "no comma before the salt": (5, [*SOUND[:4], SOUND[4]._replace(text=f'"title":"x"{SOUND[1].text[19:]}')]),
    "a space after the salt": (5, [*SOUND[:4], SOUND[4]._replace(text=f"{SOUND[4].text} ")]),
    "an empty text": (5, [*SOUND[:4], SOUND[4]._replace(text="")]),
    "two salts": (5, text(f'"salt":"{salt(9)}"')),
    "the salt in a nested object": (5, [*SOUND[:4], SOUND[4]._replace(text=f'"a":{{"b":1,"salt":"{salt(4)}"')]),
    "a text and a digest": (5, text(f'"removed":"{DIGEST.hex()}"')),
    "a text before a digest": (5, [*SOUND[:4], SOUND[4]._replace(text=f'"title":"x","removed":"{DIGEST.hex()}"')]),
    "a digest twice": (5, [*SOUND[:4], SOUND[4]._replace(text=f'"removed":"{DIGEST.hex()}",' * 2)]),
    "a digest in capitals": (5, [*SOUND[:4], SOUND[4]._replace(text=f'"removed":"{DIGEST.hex().upper()}"')]),
    "a short digest": (5, [*SOUND[:4], SOUND[4]._replace(text=f'"removed":"{DIGEST.hex()[:40]}"')]),
    # 1: bytes
    "a carriage return": (5, text('"a":1,\r"b":2')),
    "a tabulator": (5, text('"a":1,\t"b":2')),
    "a null byte in a string": (5, text('"a":"\0"')),
    "an escape character in a string": (5, text('"a":"\x1b[2J"')),
    "a line of 262,145 bytes": (5, size(262_145)),
    # 2 to 5: identities, times, targets, shells
    "an id twice": (5, head(uuid(5), uuid(2))),
    "recorded before the line above": (5, head("04.000Z", "02.999Z")),
    "a correction of itself": (3, head(f'"corrects":"{uuid(2)}"', f'"corrects":"{uuid(3)}"', 3)),
    "a correction of a later line": (3, head(f'"corrects":"{uuid(2)}"', f'"corrects":"{uuid(4)}"', 3)),
    "a correction of a line that is not there": (3, head(f'"corrects":"{uuid(2)}"', f'"corrects":"{uuid(9)}"', 3)),
    "a redaction of itself": (5, [*SOUND[:4], redaction(5, 5)]),
    "a redaction of a later line": (4, [*SOUND[:3], redaction(4, 5), SOUND[4].shell]),
    "a shell without a redaction": (4, [*SOUND[:3], SOUND[3].shell, SOUND[4]]),
    "a shell that is only corrected": (2, [SOUND[0], SOUND[1].shell, *SOUND[2:]]),
    "a shell that is only retracted": (2, [SOUND[0], SOUND[1].shell, amendment(3, "retraction", 2)]),
    "a redaction that is its own shell": (5, [*SOUND[:4], redaction(5, 2).shell]),
    "a shell with another target": (4, [*SOUND[:3], SOUND[3].shell, redaction(5, 2)]),
    "a redaction that lists several in its text": (
        2,
        [SOUND[0], SOUND[1].shell, redaction(3, 1, f'"reason":"x","authority":"y","lines":["{uuid(2)}"]')],
    ),
    # 6: JSON
    "no JSON": (5, text('"a":1,"b":')),
    "two objects": (5, text('"a":1},{"b":2')),
    "a comma too many": (5, text('"a":1,')),
    "a name without quotes": (5, text("a:1")),
    "a name with an escape": (5, text(r'"\u0061":1')),
    "a name with an escaped quote": (5, text(r'"a\"b":1')),
    "a name in capitals": (5, text('"Title":1')),
    "a name with a hyphen": (5, text('"a-b":1')),
    "a name with a letter of another script": (5, text('"titl\u0435":1')),
    "an empty name": (5, text('"":1')),
    "a name that begins with a digit": (5, text('"1a":1')),
    "a nested name in capitals": (5, text('"a":[{"B":1}]')),
    "a nested name with an escape": (5, text(r'"a":[{"\u0062":1}]')),
    "a name twice": (5, text('"a":1,"a":1')),
    "a name twice with white space": (5, text('"a":1,"a" :1')),
    "a nested name twice": (5, text('"a":{"b":1,"b":2}')),
    **{
        f"{name} in the text": (5, text(f'"title":"x","{name}":true'))
        for name in (
            *("id", "type", "recorded", "format", "minor"),
            *("corrects", "retracts", "redacts", "removed", "hash"),
        )
    },
    "a second id for readers that take the last": (5, text(f'"title":"x","id":"{uuid(2)}"')),
    "a name of the head with an escape": (5, text(r'"title":"x","mino\u0072":true')),
    "2^53": (5, text('"a":9007199254740992')),
    "-2^53": (5, text('"a":-9007199254740992')),
    "a number of 5,000 digits": (5, text(f'"a":{"9" * 5000}')),
    "a fraction": (5, text('"a":1.0')),
    "an exponent": (5, text('"a":1e3')),
    "a leading zero": (5, text('"a":01')),
    "a leading plus": (5, text('"a":+1')),
    "NaN": (5, text('"a":NaN')),
    "-Infinity": (5, text('"a":-Infinity')),
    "nested to 17": (5, nested(17)),
    "nested to 100,000": (5, nested(100_000)),
    "nested to 17 by objects": (5, text('"a":' + '{"a":' * 16 + "1" + "}" * 16)),
    "nested and never closed": (5, text('"a":' + "[" * 100_000)),
    "a lone surrogate": (5, text(r'"a":"\ud800"')),
    "a low surrogate before a high one": (5, text(r'"a":"\ude00\ud83d"')),
    "a surrogate in bytes": (5, text(b'"a":"\xed\xa0\x80"')),
    "a byte that is not UTF-8": (5, text(b'"a":"\xff"')),
    "an overlong quote": (5, text(b'"a":"\xc0\xa2"')),
    "a next line character between tokens": (5, text('"a":1,\x85"b":2')),
    "a line separator between tokens": (5, text('"a":1,\u2028"b":2')),
    "a byte order mark in the text": (5, text('\ufeff"a":1')),
    "a comment": (5, text('"a":1/**/')),
    "single quotes": (5, text("'a':1")),
    "an escape that JSON does not have": (5, text(r'"a":"\x41"')),
    # 6: what a type asks for
    "no slug": (1, only_line('"title":"x"')),
    "another slug": (1, only_line('"slug":"other"')),
    "a slug in capitals": (1, only_line('"slug":"Stor"')),
    "a slug that is a list": (1, only_line('"slug":["stor"]')),
    "a slug in an object": (1, only_line('"a":{"slug":"stor"}')),
    "two slugs": (1, only_line('"slug":"other","slug":"stor"')),
    "a redaction without a reason": (5, [*SOUND[:4], redaction(5, 2, '"authority":"A court"')]),
    "a redaction without an authority": (5, [*SOUND[:4], redaction(5, 2, '"reason":"court-order"')]),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_a_fault_where_it_is(name: str) -> None:
    """Each hash is right: the rule alone refuses the log."""
    n, rows = BAD[name]
    assert agreed({"stor": chained(rows)}) == {("stor", n)}


FINE: dict[str, list[Row]] = {
    "a story": SOUND,
    "only salt": text(""),
    "a hash in a nested object": text(f'"a":{{"title":"x","hash":"{DIGEST.hex()}"}}'),
    "a hash in a string": text(r'"a":"x\",\"hash\":\"' + DIGEST.hex() + r'\"}"'),
    "a salt in a string": text(r'"a":",\"salt\":\"' + salt(3) + r'\""'),
    "names of the head in a nested object": text(
        '"changes":{"id":1,"type":2,"minor":false,"removed":null,"salt":"x"}'
    ),
    "white space between tokens": text('"a": [1, 2], "b" :3 '),
    "2^53 - 1": text('"a":[9007199254740991,-9007199254740991,0,-0]'),
    "long digits in a string": text(f'"a":"{"9" * 5000}","b":"1.5e3"'),
    "nested to 16": nested(16),
    "brackets in a string": text(f'"a":"{"[{" * 50}\\"{"[{" * 50}"'),
    "what looks like a name, in a string": text(r'"a":"\"B\":","c":["D",":"]'),
    "a pair of surrogates": text(r'"a":"\ud83d\ude00"'),
    "a next line character in a string": text('"a":"\x85\u2028\ufeff\x7f"'),
    "a line of 262,144 bytes": size(262_144),
    "a type of 40 characters": head('"update"', f'"{"-".join(["x" * 19, "y" * 20])}"'),
    "recorded with the line above": head("04.000Z", "03.000Z"),
    "29 February": [SOUND[0]._replace(head=SOUND[0].head.replace("2026-11-24", "2024-02-29")), *SOUND[1:]],
    "a redaction of the first line": [*SOUND, redaction(6, 1)],
    "a redaction of a redaction": executed([*SOUND, redaction(6, 4), redaction(7, 6)]),
    "a redaction twice": executed([*SOUND, redaction(6, 4), redaction(7, 4)]),
    "a redaction and its correction": executed([*SOUND, redaction(6, 2), redaction(7, 3)]),
    "a shell first": executed([*SOUND, redaction(6, 1)]),
    "all but the last redaction removed": executed([*SOUND, *(redaction(n + 5, n) for n in range(1, 20))]),
}


@pytest.mark.parametrize("name", FINE)
def test_what_is_allowed_is_no_fault(name: str) -> None:
    """Just inside each limit, and what only looks like a trick."""
    assert agreed({"stor": chained(FINE[name])}) == set()


SWITCHED_OFF = {
    "another slug": ('found.get("slug") == name', "True"),
    "an id twice": ("place == (name, n)", "True"),
    "recorded before the line above": ("above <= last", "True"),
    "a correction of a later line": ("not amends or rows[n][2]", "True"),
    "a shell without a redaction": ("if not rows[n][0]]", "if False]"),
    "a name twice": ("len(dict(pairs)) == len(pairs)", "True"),
    "a name with an escape": ("for name in names)", "for name in [])"),
    "a lone surrogate": ("json.dumps(found, ensure_ascii=False).encode()", "pass"),
    "nested to 17": ("<= 16", "<= 17"),
    "2^53": ("< 2**53", "<= 2**53"),
    "a fraction": ("parse_float=int", "parse_float=float"),
    "minor in the text": ("not RESERVED & found.keys()", "True"),
    "a minor amendment": ("and not (amends and minor)", ""),
    "opened later": ('else kind != "opened"', "else True"),
    "desk later": ('n == 1 or kind == "desk"', "n == 1"),
    "format on a later line": ("(n == 1) == bool(form)", "True"),
    "a line of 262,145 bytes": ("{,262143}", "*"),
    "a type of 41 characters": ("{{1,40}}", "{{1,41}}"),
    "a redaction without an authority": ('{"reason", "authority"} <= found.keys()', "True"),
}


@pytest.mark.parametrize("name", SWITCHED_OFF)
def test_without_its_rule_a_bad_line_passes(name: str) -> None:
    """Controls: the table above finds a verifier that lacks a rule."""
    assert verdict({"stor": chained(BAD[name][1])}, using=verifier(SWITCHED_OFF[name])) == set()


# Files and several streams.

STOR, SIDE = chained(SOUND), chained(OTHER)


def test_carriage_returns_before_line_feeds_are_faults() -> None:
    assert agreed({"stor": STOR.replace(b"\n", b"\r\n")}) == {("stor", 1)}


def test_an_empty_line_is_a_fault() -> None:
    assert agreed({"stor": STOR + b"\n"}) == {("stor", 6)}


def test_a_torn_tail_is_no_line() -> None:
    """What follows the last line feed is a remark, even a line that is whole but for its line feed."""
    assert agreed({"stor": STOR + b'{"id":'}) == agreed({"stor": STOR[:-1]}) == set()
    assert [n for _, n, _ in remarks({"stor": STOR + b'{"id":'})] == [6]
    assert verdict({"stor": STOR[:-1]}, heads_of({"stor": STOR})) == {("stor", 5)}


def test_an_empty_file_is_no_fault_until_it_is_compared() -> None:
    assert agreed({"stor": b""}) == set()
    assert verdict({"stor": b""}, heads_of({"stor": STOR})) == {("stor", 1)}


@pytest.mark.parametrize("other", ["0", "A"])
def test_a_hash_is_compared_to_the_letter(other: str) -> None:
    at = STOR.rfind(b'"}')
    letters = STOR[at - 64 : at].decode().upper() if other == "A" else other * 64
    assert agreed({"stor": STOR[: at - 64] + letters.encode() + STOR[at:]}) == {("stor", 5)}


def test_another_start_is_a_fault() -> None:
    assert agreed({"stor": chained(SOUND, bytes(32))}) == {("stor", 1)}
    assert agreed({"stor": chained(SOUND, sha256(b"tracker/1 stor\n").digest())}) == {("stor", 1)}


def test_a_line_of_another_stream_is_no_target() -> None:
    """A redaction in one story removes nothing in another."""
    rows = [*SOUND[:3], SOUND[3].shell, SOUND[4]]
    assert agreed({"stor": STOR, "other": chained([*OTHER, redaction(23, 4)])}) == {("other", 3)}
    assert agreed({"other": chained([*OTHER, redaction(23, 4)]), "stor": chained(rows)}) == {
        ("other", 3),
        ("stor", 4),
    }


def test_no_id_is_in_two_streams() -> None:
    """A copy of a story under another name, its first line redacted, is found."""
    copy = executed([*SOUND, redaction(6, 1)])
    assert agreed({"copy": chained(copy), "stor": chained([*SOUND, redaction(7, 1)])}) == {("stor", 1)}
    assert agreed({"stor": STOR, "other": chained([*OTHER, row(5, "update", seconds=50)])}) == {("stor", 5)}
    assert agreed({"stor": STOR, "other": SIDE}) == set()


def test_the_stream_of_the_desk() -> None:
    """It has lines of type desk, and no slug."""
    rows = [row(1, "desk", '"title":"x"', between='"format":2,'), row(2, "desk", '"title":"y"'), redaction(3, 1)]
    assert agreed({"desk": chained(rows)}) == agreed({"desk": chained(executed(rows))}) == set()
    assert agreed({"desk": chained([opened('"slug":"desk"')])}) == {("desk", 1)}
    assert agreed({"opened": chained([opened('"slug":"opened"'), row(2, "opened")])}) == {("opened", 2)}


def test_remarks() -> None:
    """A removal that is not finished, a correction that was left, and a line from the future are no faults."""
    rows = [*SOUND, redaction(6, 2), row(7, "update")]
    assert [n for _, n, _ in remarks({"stor": chained(rows)})] == [2, 3]
    assert [n for _, n, _ in remarks({"stor": chained(executed(rows))})] == [3]
    rows = [*SOUND, redaction(6, 2), redaction(7, 3)]
    assert [n for _, n, _ in remarks({"stor": chained(rows)})] == [2, 3]
    assert remarks({"stor": chained(executed(rows))}) == []
    rows = [*SOUND[:4], SOUND[4]._replace(head=SOUND[4].head.replace("2026", "9999"))]
    assert agreed({"stor": chained(rows)}) == set()
    assert [n for _, n, _ in remarks({"stor": chained(rows)})] == [5]


# Heads that were kept.


def against(streams: Streams, heads: Any) -> list[tuple[str, int]]:
    return [(name, n) for name, n, _ in verifier().check(streams, heads)[0]]


def test_the_first_number_that_disagrees_is_said() -> None:
    kept = heads_of({"stor": STOR})
    changed = chained([*SOUND[:2], amendment(3, "correction", 2, '"why":"Other words"'), *SOUND[3:]])
    assert agreed({"stor": changed}) == set()
    assert against({"stor": changed}, kept) == [("stor", 3)]
    del kept["stories"]["stor"]["checkpoints"]["3"]
    assert against({"stor": changed}, kept) == [("stor", 4)]
    kept["stories"]["stor"].pop("checkpoints")
    assert against({"stor": changed}, kept) == [("stor", 5)]


def test_a_story_that_is_shorter_or_gone_is_a_fault() -> None:
    kept = heads_of({"stor": STOR, "other": SIDE}, every=9)
    assert against({"stor": chained(SOUND[:4]), "other": SIDE}, kept) == [("stor", 5)]
    assert against({"other": SIDE}, kept) == [("stor", 5)]


def test_a_story_that_has_another_name_is_found_by_its_first_line() -> None:
    """Two stories that changed names, too."""
    kept = heads_of({"stor": STOR, "other": SIDE})
    moved = {
        "new": chained(executed([*SOUND, redaction(6, 1)])),
        "stor": chained(executed([*OTHER, redaction(23, 21)])),
    }
    assert against(moved, kept) == []
    assert verifier().check(moved, kept)[2] == (2, 9, 2, 7)


def test_a_new_story_under_an_old_name_is_a_fault() -> None:
    forged = chained([opened(n=9), row(10, "update")])
    assert against({"stor": forged}, heads_of({"stor": STOR})) == [("stor", 1)]


def test_nothing_to_compare_is_a_fault() -> None:
    assert against({"stor": STOR}, {"format": "tracker/2", "stories": {}, "rewrites": []}) == [("heads.json", 0)]


WAS = {"format": 1, "seq": 3, "hash": DIGEST.hex()}


def upgraded(was: Any) -> bytes:
    return chained([opened(f'"slug":"stor","was":{json.dumps(was)}'), *SOUND[1:]])


@pytest.mark.parametrize(
    ("was", "seq", "sound"),
    [
        (WAS, 3, True),
        (WAS, 2, False),  # an older head: only the old file can show that it led there
        (WAS, 4, False),  # a line was dropped
        (WAS | {"hash": "0" * 64}, 3, False),
        (WAS | {"format": 2}, 3, False),
        ("nonsense", 3, False),
        (None, 3, False),
    ],
)
def test_a_head_of_format_1(was: Any, seq: int, sound: bool) -> None:
    """It fits the line at which the log was upgraded, by the desk's own word."""
    head = {"seq": seq, "hash": DIGEST.hex(), "checkpoints": {"1": "1" * 64}}
    faults, remarks, counts = verifier().check(
        {"stor": upgraded(was)}, {"format": "tracker/1", "stories": {"stor": head}}
    )
    assert (first_faults(faults) == set()) is sound
    assert counts[2:] == (int(sound), 0)
    assert bool(remarks) is sound
    assert sound or "old log" in "".join(sentence for _, _, sentence in faults)


def test_a_head_of_format_1_needs_the_text_of_the_first_line() -> None:
    rows = executed([opened(f'"slug":"stor","was":{json.dumps(WAS)}'), *SOUND[1:], redaction(6, 1)])
    kept = {"format": "tracker/1", "stories": {"stor": {"seq": 3, "hash": DIGEST.hex()}}}
    assert ("stor", 3) in against({"stor": chained(rows)}, kept)


# A forger, who may write files but has not the kept heads.json.

STORY = [
    opened(),
    *(row(n, "update", f'"title":"Number {n}"', between='"minor":true,' * (n % 3 == 0)) for n in range(2, 13)),
]


def rewritten(n: int) -> Row:
    return row(n, "update", '"title":"It was never said"')


@pytest.mark.parametrize("n", range(2, 12))
def test_a_forged_redaction_hides_no_rewrite(n: int) -> None:
    """Lines are rewritten, the next becomes a shell with its old hash, and a redaction vouches for it."""
    kept, old = heads_of({"stor": chained(STORY)}, every=100), chained(STORY).splitlines(keepends=True)
    forged = chained([*STORY[: n - 1], rewritten(n)])
    shell = chained([*STORY[:n], STORY[n].shell]).splitlines(keepends=True)[-1]
    tail = chained([*STORY, redaction(13, n + 1)]).splitlines(keepends=True)[-1]
    assert verdict({"stor": forged + shell + b"".join(old[n + 1 :]) + tail}, kept) == {("stor", n + 1)}
    digest = sha256(b"any").digest()
    consistent = [
        *STORY[: n - 1],
        rewritten(n),
        Row(STORY[n].head, "", digest),
        *STORY[n + 1 :],
        redaction(13, n + 1),
    ]
    assert verdict({"stor": chained(consistent)}) == set()
    assert verdict({"stor": chained(consistent)}, kept) == {("stor", 12)}


def variants() -> dict[str, list[Row]]:
    """Histories that are sound by themselves, and not the one that was published."""
    return {
        "a line changed": [*STORY[:4], rewritten(5), *STORY[5:]],
        "a line dropped": [*STORY[:4], *STORY[5:]],
        "a line put in": [*STORY[:4], row(30, "update", seconds=4), *STORY[4:]],
        "lines exchanged": [
            *STORY[:4],
            STORY[5]._replace(head=STORY[5].head.replace("05.000Z", "04.000Z")),
            *STORY[4:5],
        ],
        "a time changed": [
            *STORY[:4],
            STORY[4]._replace(head=STORY[4].head.replace("04.000Z", "04.001Z")),
            *STORY[5:],
        ],
        "a type changed": [
            *STORY[:4],
            STORY[4]._replace(head=STORY[4].head.replace("update", "report")),
            *STORY[5:],
        ],
        "minor taken away": [
            *STORY[:2],
            STORY[2]._replace(head=STORY[2].head.replace('"minor":true,', "")),
            *STORY[3:],
        ],
        "minor moved to the text": executed(
            [*STORY[:4], Row(STORY[4].head + '"minor":true,', STORY[4].text), *STORY[5:], redaction(13, 5)]
        ),
        "a removed text replaced by another": [
            *STORY[:4],
            Row(STORY[4].head, "", DIGEST),
            *STORY[5:],
            redaction(13, 5),
        ],
        "white space in a text": [*STORY[:4], Row(STORY[4].head, f" {STORY[4].text}"), *STORY[5:]],
        "all but the first line": [STORY[0], *(rewritten(n) for n in range(2, 14))],
        "another first line with the same id": [opened('"slug":"stor"'), *STORY[1:]],
    }


@pytest.mark.parametrize("name", variants())
def test_another_history_does_not_fit_a_kept_head(name: str) -> None:
    """Whatever the forger appends to it."""
    kept, rows = heads_of({"stor": chained(STORY)}, every=100), variants()[name]
    assert agreed({"stor": chained(rows)}) == set()
    for more in range(3):
        longer = [*rows, *(row(40 + n, "update", seconds=50) for n in range(more))]
        assert verdict({"stor": chained(longer)}, kept) == {("stor", 12)}


def test_one_head_pins_every_text_above_it() -> None:
    """A text that was removed cannot come back as another text under the same hash."""
    rows = executed([*STORY, redaction(13, 5)])
    kept = heads_of({"stor": chained(rows)})
    assert verdict({"stor": chained([*STORY, redaction(13, 5)])}, kept) == set()
    other = chained(rows).replace(rows[4].head.encode() + b'"removed":"', b"X" * 400)
    assert verdict({"stor": other}, kept) != set()
    lines = chained(rows).splitlines(keepends=True)
    lines[4] = rows[4].head.encode() + in_bytes(rewritten(5).text) + lines[4][-76:]
    assert verdict({"stor": b"".join(lines)}, kept) == {("stor", 5)}


# Random logs.

NAMES = st.sampled_from(
    ["a", "title", "body", "figures", "changes", "x_1", "a1", "hashes", "salted", "format_", "ids"]
)
STRINGS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ['","hash":"', '"removed":"', '"}\n', "\\", '"', "\u2028", "\x85", "\ufeff", "\U0001f600", ',"salt":"']
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | STRINGS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def logs(draw: st.DrawFn) -> dict[str, list[Row]]:
    """One to three streams of one to eight lines, with amendments of each kind, all texts there."""
    log = {}
    for stream in range(draw(st.integers(1, 3))):
        slug, rows = f"s{stream}", []
        for n in range(1, draw(st.integers(1, 8)) + 1):
            members = draw(st.dictionaries(NAMES, VALUES, max_size=3))
            kinds = ["update", "report", "up-date", "correction", "retraction", "redaction", "redaction"]
            kind = draw(st.sampled_from(kinds)) if n > 1 else "opened"
            between = '"format":2,' if n == 1 else ""
            if kind in ("correction", "retraction", "redaction"):
                name = {"correction": "corrects", "retraction": "retracts", "redaction": "redacts"}[kind]
                between = f'"{name}":"{uuid(100 * stream + draw(st.integers(1, n - 1)))}",'
            elif draw(st.booleans()):
                between += '"minor":true,'
            members |= {"slug": slug} if n == 1 else {}
            members |= {"reason": "other", "authority": "A court"} if kind == "redaction" else {}
            written = json.dumps(members, ensure_ascii=draw(st.booleans()), separators=(",", ":"))[1:-1]
            rows.append(row(100 * stream + n, kind, written, between=between, seconds=n))
        log[slug] = rows
    return log


def files(log: dict[str, list[Row]]) -> Streams:
    return {slug: chained(rows) for slug, rows in log.items()}


def after(log: dict[str, list[Row]]) -> dict[str, list[Row]]:
    return {slug: executed(rows) for slug, rows in log.items()}


@given(logs())
@examples(40)
@pytest.mark.slow
def test_a_log_is_sound_and_redacting_changes_no_hash(log: dict[str, list[Row]]) -> None:
    """Before and after its redactions are executed, against heads of before and after."""
    full, gone = files(log), files(after(log))
    assert agreed(full) == agreed(gone) == set()
    assert {slug: hashes_of(file) for slug, file in full.items()} == {
        s: hashes_of(file) for s, file in gone.items()
    }
    lines = sum(map(len, log.values()))
    for streams in (full, gone):
        assert verdict(streams, heads_of(full)) == verdict(streams, heads_of(gone, every=2)) == set()
        assert verifier().check(streams, heads_of(full))[2] == (len(log), lines, len(log), lines)


@given(logs(), st.booleans())
@examples(40)
def test_every_prefix_is_sound_and_its_head_fits_the_whole(log: dict[str, list[Row]], done: bool) -> None:
    """With the redactions executed that it has, and with those that came later."""
    whole = files(after(log) if done else log)
    for slug, rows in log.items():
        for n in range(1, len(rows)):
            part = {slug: chained(executed(rows[:n]) if done else rows[:n])}
            assert agreed(part) == verdict(part, heads_of(part)) == verdict(whole, heads_of(part)) == set()


def fails_where_a_byte_changed(log: dict[str, list[Row]], data: st.DataObject, using: ModuleType) -> None:
    streams = files(after(log) if data.draw(st.booleans()) else log)
    slug = data.draw(st.sampled_from(sorted(streams)))
    file = streams[slug]
    at = data.draw(st.integers(0, len(file) - 1).filter(lambda at: file[at] != 10))
    byte = data.draw(
        (st.sampled_from(b"0123456789abcdef") | st.integers(0, 255)).filter(lambda byte: byte != file[at])
    )
    changed = streams | {slug: file[:at] + bytes([byte]) + file[at + 1 :]}
    line = file.count(b"\n", 0, at) + 1
    assert (slug, line) in {(name, n) for name, n, _ in using.check(changed)[0]}
    agreed(changed, to_the_line=False)


@given(logs(), st.data())
@examples(70)
@pytest.mark.slow
def test_a_changed_byte_is_a_fault(log: dict[str, list[Row]], data: st.DataObject) -> None:
    """In head, text, digest or hash, with no heads.json: the hash of its own line does not match."""
    fails_where_a_byte_changed(log, data, verifier())


UNHASHED = verifier(("sha256(before + head + digest).digest() == previous", "True"))


def test_a_verifier_that_compares_no_hash_is_found() -> None:
    """The control of the test above."""

    @given(logs(), st.data())
    @settings(
        max_examples=100, database=None, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False
    )
    def changed(log: dict[str, list[Row]], data: st.DataObject) -> None:
        fails_where_a_byte_changed(log, data, UNHASHED)

    with pytest.raises(AssertionError):
        changed()


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES.values(), ids=("full", "executed"))
def test_each_byte_of_the_vectors_is_pinned(file: bytes) -> None:
    """Changed to three other bytes. That the last line feed went is found by the kept head."""
    kept = heads_of({"stor": FULL})
    for at in range(len(file)):
        for other in (file[at] ^ 1, file[at] ^ 0x20, 0x0A if file[at] != 0x0A else 0x20):
            changed = {"stor": file[:at] + bytes([other]) + file[at + 1 :]}
            assert verdict(changed, kept if at == len(file) - 1 else None)


# The command.


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, VERIFIER, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_command(tmp_path: Path) -> None:
    """Exit code 0 for a sound log, 1 for faults, 2 where nothing could be verified; never a traceback."""
    log, kept, wrong = tmp_path / "stor.jsonl", tmp_path / "heads.json", tmp_path / "wrong"
    log.write_bytes(FULL)
    kept.write_text(json.dumps(heads_of({"stor": FULL})))
    sound = run(tmp_path, "--against", kept)
    assert (sound.returncode, sound.stderr) == (0, "")
    assert sound.stdout.splitlines() == [
        "stor.jsonl:2: A redaction names it, and its text is still there.",
        "1 stories, 3 lines verified; 1 stories, 3 lines compared; 0 faults",
    ]
    log.write_bytes(FULL.replace(b"quoted", b"quotes"))
    faulty = run(log, "--against", kept)
    assert (faulty.returncode, faulty.stderr) == (1, "")
    assert faulty.stdout.splitlines()[0] == "stor.jsonl:2: Its hash does not match."
    wrong.mkdir()
    contents = (
        "{}",
        "[]",
        "null",
        "",
        '{"format":"tracker/2"}',
        '{"format":"tracker/3","stories":{}}',
        '{"format":"tracker/2","stories":{},"stories":{}}',
        "[" * 100_000,
    )
    for content in contents:
        (wrong / "heads.json").write_text(content)
        bad = run(log, "--against", wrong / "heads.json")
        assert bad.returncode == 2, content
        assert "Traceback" not in bad.stderr
    for arguments in ([], [wrong], [tmp_path / "not there"], [log, log]):
        bad = run(*arguments)
        assert bad.returncode == 2
        assert "Traceback" not in bad.stderr


def test_the_verifier_is_short_and_stands_alone() -> None:
    """At most 120 lines, and nothing but the standard library."""
    source = VERIFIER.read_text(encoding="utf-8")
    assert source.count("\n") <= 120
    imported = set(re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE))
    assert imported <= sys.stdlib_module_names
