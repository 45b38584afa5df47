"""The corpus of the fuzzer, replayed; that each of its targets can fail; and what Hypothesis makes of its seeds.

``python -m tests.fuzz`` looks for more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.fuzz import kept
from tests.fuzz.seeds import LONGEST, SEEDS, seeds, words
from tests.fuzz.targets import GENESIS, OPENED, TARGETS, chained, first_fault
from tests.lines import sealed, stem
from tracker.domain import chain, custom_types, directory, figures, forms, values
from tracker.domain import lines as event_lines
from tracker.domain.events import Event
from tracker.text import dates, markup, messages

FAULTS = kept.faults()


def replayed() -> Iterator[Any]:
    """The files of each target together; each of those with which something is wrong still by itself."""
    for name in TARGETS:
        files = [path for path in kept.of(name) if f"{name}/{path.name}" not in FAULTS]
        yield pytest.param(name, files, id=name)
    for file, reason in FAULTS.items():
        yield pytest.param(
            *(file.partition("/")[0], [kept.CORPUS / file]),
            id=file,
            marks=pytest.mark.xfail(reason=reason, strict=True),
        )


@pytest.mark.parametrize(("name", "files"), [*replayed()])
def test_the_corpus_is_read_or_refused(name: str, files: list[Path]) -> None:
    for file in files:
        TARGETS[name](file.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_is_small_and_named_by_what_is_in_it(name: str) -> None:
    files = kept.of(name)
    assert 0 < len(files) <= kept.MOST + 10  # and what showed a fault once
    assert all(path.name == kept.name_of(path.read_bytes()) for path in files)
    assert sum(path.stat().st_size for path in files) <= 40_000


def test_every_target_has_seeds_that_it_takes() -> None:
    assert set(SEEDS) == set(TARGETS)
    for name in TARGETS:
        assert seeds(name)
        assert words(name)


def test_the_log_that_the_fuzzer_begins_with_is_whole() -> None:
    """With a text removed from it, so that more than hashes is tried."""
    lines = chained(seeds("log")[0].removesuffix(b"\n").split(b"\n"))
    assert not first_fault(lines)
    assert any(map(chain.is_shell, lines))


# Controls: a reader that is broken on purpose, and an input by which its target finds that.

LINE = (
    b'{"id":"00000000-0000-7000-8000-000000000001","type":"update","recorded":"2024-08-01T12:00:00.000Z",'
    b'"title":"T","body":"More","salt":"00000000000000000000000000000000"'
)

EARLIER = b"\n".join([stem(OPENED), LINE.replace(b"2024", b"2023")])
"""A log whose second line was recorded before the first."""


def in_any_case(previous: bytes, line: bytes, *_: object) -> bytes:
    """Takes a hash for itself in capitals."""
    return follows(previous, line.lower())


def unchained(lines: list[bytes], place: str) -> Iterator[bytes]:
    """Takes any lines."""
    return iter(lines)


def without_body(event: Event, previous: bytes) -> tuple[Event, bytes, bytes]:
    return encode(values.convert(type(event), values.to_values(event) | {"body": ""}), previous)


def rounded(number: str) -> str:
    return str(round(Decimal(number), 1))


def quadratic(text: str) -> None:
    for _ in range(4):  # so that it takes longer than SMALL_ENOUGH on a fast machine
        re.search("x*y", text)


def unescaped(text: object) -> str:
    return f'"{text}"'


def nothing(*_: object, **__: object) -> Any:
    return set()


def itself(value: Any) -> Any:
    return value


encode, follows = event_lines.encode, chain.follows
whole = sealed(LINE, GENESIS)
CONTROLS: dict[str, list[tuple[Any, str, Callable[..., Any], bytes]]] = {
    "line": [
        (chain, "follows", in_any_case, whole[:-67] + whole[-67:-3].upper() + b'"}\n'),
        (event_lines, "encode", without_body, whole),
        (event_lines, "check_format", nothing, sealed(LINE.replace(b'"T"', b"1.5"), GENESIS)),
        (messages, "in_one", lambda error: error.field, b"{"),
    ],
    "log": [
        (chain, "unchain", unchained, b'{}\n{"a":1,"hash":"' + b"0" * 64 + b'"}\n'),
        (chain, "removals", lambda lines: {}, seeds("log")[0]),
        (
            chain,
            "_check_time",
            lambda recorded, last: "",
            EARLIER,
        ),
    ],
    "draft": [(event_lines, "encode", without_body, b'{"type":"update","title":"T","body":"More"}')],
    "date": [(dates, "_check_day", nothing, b"2024-02-30")],
    "figure": [(figures, "_notation", nothing, b"a=0.15 USD"), (figures, "_human", rounded, b"0.15 USD")],
    "types": [(custom_types, "_taken", nothing, b"[a]\nhelp = 'h'\nfields.title = { kind = 'parties' }")],
    "parties": [(directory.Directory, "canonical", lambda self, name: name, b"[A]\naliases = ['B']")],
    "form": [(forms, "_string", unescaped, b"\0title = 'a\"b'")],
    "body": [
        (markup, "to_html", itself, b"<b onclick='x'>y</b>"),
        (markup, "to_html", itself, b"> a"),
        (markup, "to_text", str.upper, b"a"),
    ],
    "long": [(figures, "parse", quadratic, b"\4\0x\0")],
}


def forget() -> None:
    """What is remembered was read by a reader that is whole, or by one that is broken."""
    for read in (dates._parse, markup.to_html, markup.to_text):
        read.cache_clear()


@pytest.fixture
def forgetful() -> Iterator[None]:
    forget()
    yield
    forget()


def is_at_fault(name: str, data: bytes) -> bool:
    try:
        TARGETS[name](data)
    except Exception:
        return True
    return False


@pytest.mark.slow
@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(
    ("name", "where", "what", "broken", "data"),
    [
        pytest.param(name, *each, id=f"{name}-{each[1]}-{n}")
        for name in CONTROLS
        for n, each in enumerate(CONTROLS[name])
    ],
)
def test_a_reader_that_is_broken_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, where: Any, what: str, broken: Any, data: bytes
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(where, what, broken)
        assert is_at_fault(name, data)
    forget()
    assert not is_at_fault(name, data)


def test_every_target_has_a_control() -> None:
    assert set(CONTROLS) == set(TARGETS)


# Seeds with a few bytes changed. What has such a law already is elsewhere: dates, types, parties, bodies.


@st.composite
def changed(draw: st.DrawFn, name: str) -> bytes:
    """A seed of the target in which some places say something else."""
    data = draw(st.sampled_from(seeds(name)))
    others = st.sampled_from([word.encode() for word in words(name)]) | st.binary(max_size=4)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(others) + data[at + draw(st.integers(0, 6)) :]
    return data[: LONGEST[name]]


@examples(150)
@given(changed("line"))
def test_a_line_that_was_changed_is_an_event_or_corrupt(data: bytes) -> None:
    TARGETS["line"](data)


@examples(50)
@given(changed("log"))
def test_a_log_that_was_changed_is_whole_or_corrupt(data: bytes) -> None:
    TARGETS["log"](data)


@pytest.mark.slow
@settings(max_examples=150)
@given(changed("draft"))
def test_a_draft_that_was_changed_is_stored_as_it_is_or_refused(data: bytes) -> None:
    TARGETS["draft"](data)


@examples(150)
@given(changed("figure") | st.binary(max_size=30) | st.text(max_size=30).map(str.encode))
def test_any_text_is_a_figure_or_refused(data: bytes) -> None:
    TARGETS["figure"](data)


@examples(100)
@given(changed("form"))
def test_a_form_that_was_changed_is_read_or_marked(data: bytes) -> None:
    TARGETS["form"](data)
