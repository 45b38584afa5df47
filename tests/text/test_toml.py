"""TOML as people write it: what it says, and the line on which each value of it stands."""

from __future__ import annotations

import time
import tomllib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct

from tracker.errors import BadInput
from tracker.text import toml


class Inner(Struct, frozen=True, forbid_unknown_fields=True):
    word: str = ""


class Outer(Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    names: tuple[str, ...] = ()
    inner: Inner = Inner()


def refusal(text: str | bytes, **given: str) -> str:
    with pytest.raises(BadInput) as refused:
        toml.read(text if isinstance(text, bytes) else text.encode(), "desk.toml", **given)
    return str(refused.value)


# Reading


def test_a_file_is_read_with_or_without_the_mark_that_windows_puts_in_front() -> None:
    assert toml.read(b'title = "A"', "desk.toml") == {"title": "A"}
    assert toml.read('\ufefftitle = "A"'.encode(), "desk.toml") == {"title": "A"}


PIECES = st.sampled_from([
    *("title", "a", "b-c", "_", "-", "é", "=", " = ", " ", "[", "]", "[a]", "[title]", "#", "# said", "true", "1"),
    *(".", '"', '"A"', '""', '"é"', "'A'", "\\", "\\n", "\n", "\r\n", "\t", "\x7f", "\x85", "\u2028"),
])  # fmt: skip
LINES = st.sampled_from(
    ['title = "A"', "a = true", "b = false", "[c]", "[b-c]", "# said", "", 'b-c = "#"', "a = 1"]
)
PLAIN = st.lists(LINES | LINES | st.lists(PIECES, max_size=8).map("".join), max_size=6).map("\n".join)


@given(PLAIN)
@example('a = """')
@example("[a]\n[a]")
@example("[a]\ntitle = true\n[b]\ntitle = true")
def test_most_files_are_read_without_tomllib_and_alike(text: str) -> None:
    """A plain document has the values that tomllib reads, and one that tomllib refuses is refused."""
    try:
        wanted = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        refusal(text)
    else:
        assert toml.read(text.encode(), "desk.toml") == wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\nb =", "desk.toml:2: is not TOML: Invalid value; write it like title = "),
        ('a = 1\n\nb = "x\nc = 1', "desk.toml:3: is not TOML: Illegal character"),
        ('a = """\nx\ny\n\n', "desk.toml:3: is not TOML: Unterminated string"),
        ("a = 1\n<<<<<<< HEAD\nb = 2\n", "desk.toml:2: is a conflict marker of git"),
        ("a = 1\na = 2", "desk.toml:2: is not TOML: Cannot overwrite a value"),
        ("a = 2024-02-30", "desk.toml:1: is not TOML: Invalid date"),
        (b"a = 1\nb = '\xff'", "desk.toml:2: is not UTF-8"),
        (b"\xef\xbb\xbfa = 1\nb = '\xff'", "desk.toml:2: is not UTF-8"),
        ("a = " + "[" * 5_000, "desk.toml: is nested too deeply"),
        ("a = " + "1" * 5_000, "desk.toml: has a number of more digits than can be read"),
    ],
)
def test_what_is_no_toml_is_refused_with_its_line(text: str | bytes, message: str) -> None:
    assert refusal(text).startswith(message)


def test_a_refusal_shows_what_works_in_that_file() -> None:
    assert refusal("[Open AI]", example='["Open AI"]').endswith('; write it like ["Open AI"]')


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | st.text("[]{}\"'=a.1,\n#").map(str.encode))
@example(b"a = 0x" + b"f" * 5_000)
def test_any_bytes_are_read_or_refused_with_a_line_that_is_there(data: bytes) -> None:
    try:
        assert isinstance(toml.read(data, "desk.toml"), dict)
    except BadInput as refused:
        assert_names_a_line(str(refused), "desk.toml", data)


def assert_names_a_line(message: str, place: str, data: bytes) -> None:
    """Where the message names a line, the file has that."""
    assert message.startswith(f"{place}:")
    number = message.removeprefix(f"{place}:").partition(":")[0]
    assert not number.isdigit() or 1 <= int(number) <= data.count(b"\n") + 1


# Tables as structs


@pytest.mark.parametrize(
    ("values", "field", "reason"),
    [
        ({}, "title", "is missing"),
        ({"title": 5}, "title", "has to be a text, not a number"),
        ({"title": "a", "names": ["a", 5]}, "names[1]", "has to be a text, not a number"),
        ({"title": "a", "inner": 5}, "inner", "has to be a table, not a number"),
        ({"title": "a", "titel": "b"}, "titel", "is not a key; did you mean title?"),
        ({"title": "a", "zzz": "b"}, "zzz", "is not a key; there are: title, names, inner"),
        ({"title": "a", "b.c": "b"}, '"b.c"', "is not a key; there are: title, names, inner"),
        (
            {"inner": {"word": "a"}, "title": "a", "zzz": "b"},
            "zzz",
            "is not a key; there are: title, names, inner",
        ),
        ({"inner": {"a`b": 1}}, 'inner."a`b"', "is not a key; there are: word"),
        ({"inner": {"names": []}}, "inner.names", "belongs above the line [inner], which begins a table"),
        ({"title": "a", "inner": {"wrod": "b"}}, "inner.wrod", "is not a key; did you mean word?"),
    ],
)
def test_a_table_that_is_not_as_it_has_to_be_names_the_key(values: Any, field: str, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        toml.convert(values, Outer)
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_a_table_becomes_its_struct() -> None:
    converted = toml.convert({"title": "a", "names": ["b"], "inner": {"word": "c"}}, Outer)
    assert converted == Outer("a", ("b",), Inner("c"))


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("title", 1, "stands outside of a thing; put it below a heading such as [box]"),
        ("names", ["a"], "stands outside of a thing; put it below a heading such as [box]"),
        ("box", [{}], "is a list; a thing has single brackets: [box]"),
        ("my box", 1, 'is not a thing, which begins with its name in brackets: ["my box"]'),
    ],
)
def test_what_stands_in_place_of_a_table_is_told_where_it_belongs(name: str, value: Any, reason: str) -> None:
    assert toml.no_table(name, value, Outer, "thing", "box") == reason


@given(st.text(min_size=1, max_size=8))
def test_a_heading_is_read_as_the_name_it_is_of(name: str) -> None:
    assert tomllib.loads(toml.heading(name).replace("\x7f", "\\u007f")) == {name: {}}


# Lines


EVERYTHING = '''\
# What this desk keeps
title = "[a] # \\" = 1"
'quoted key' = 'x'
a.b.c = 1

text = """
[title]
b = "1"
""\\""""""  # the end
words = \'\'\'
[[sources]]\'\'\'

inline = { one = 1, two = { three = "]" } }
list = [1, "]", [2]]
long = [
  "a",  # not ]

  { x = 1, y = ["""
"""] }, { x = 2 },
]

[table]
key = 1
[table.inside]
key = 2
[table."with.dot"]
key = 3
[[sources]]
url = "a"
[[sources]]
title = "b"
url = "c"
[sources.more]
deep = true
'''


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (("title",), "title ="),
        (("quoted key",), "'quoted key'"),
        (("a",), "a.b.c"),
        (("a", "b", "c"), "a.b.c"),
        (("text",), "text ="),
        (("words",), "words ="),
        (("inline", "two", "three"), "inline ="),
        (("list",), "list ="),
        (("list", 2, 0), "list ="),
        (("long",), "long ="),
        (("long", 0), '  "a"'),
        (("long", 1, "y"), "  { x = 1"),
        (("long", 2, "x"), '"""] }, { x = 2'),
        (("table",), "[table]"),
        (("table", "key"), "key = 1"),
        (("table", "inside"), "[table.inside]"),
        (("table", "inside", "key"), "key = 2"),
        (("table", "with.dot", "key"), "key = 3"),
        (("sources",), "[[sources]]"),
        (("sources", 0, "url"), 'url = "a"'),
        (("sources", 1, "title"), 'title = "b"'),
        (("sources", 1, "url"), 'url = "c"'),
        (("sources", 1, "more", "deep"), "deep"),
    ],
)
def test_a_value_stands_on_its_own_line(path: toml.Path, says: str) -> None:
    """Whatever its key looks like, and whatever brackets and quotes stand around it."""
    line = toml.line_of(EVERYTHING, path)
    assert EVERYTHING.split("\n")[line - 1].startswith(says)


def test_a_second_table_of_a_list_stands_on_its_heading() -> None:
    assert toml.line_of("[[a]]\nx = 1\n[[a]]\nx = 2", ("a", 1)) == 3


def test_what_is_not_there_is_looked_for_around_it() -> None:
    """The table without the key, or nothing at all."""
    assert toml.line_of("[a]\n[b]\nx = 1", ("b", "help")) == 2
    assert toml.line_of("[a]\n[b]\nx = 1", ("b", "x", "y", 3)) == 3
    assert toml.line_of("[a]\n[b]\nx = 1", ("c", "x")) == 0
    assert toml.line_of("[a]", ()) == 0
    assert toml.line_of("this is no TOML", ("this",)) == 0


def test_lines_end_where_editors_end_them() -> None:
    """At LF and CRLF, not at what else Python takes for a line's end."""
    assert toml.line_of('a = "\u2028\x85"\r\nb = 1', ("b",)) == 2


def keys() -> st.SearchStrategy[str]:
    return st.sampled_from(["a", "b", "c-d", "e.f", 'g"', "", "#", "[x]"])


def scalars() -> st.SearchStrategy[str]:
    said = st.sampled_from(["1", "true", "2024-03-15", '"a # ]"', "'[x'", '"\\""', '"""\n"q" ]\n"""', "'''\n}'''"])
    return st.recursive(said, lambda inner: st.lists(inner, max_size=2).flatmap(collected), max_leaves=3)


def collected(values: list[str]) -> st.SearchStrategy[str]:
    """A list over several lines, or a table on one."""
    lines = "".join(f"{value},\n" for value in values)
    pairs = ", ".join(f"k{number} = {value}" for number, value in enumerate(values))
    return st.sampled_from([f"[\n{lines}]", f"{{{pairs}}}"])


@pytest.mark.slow
@given(st.lists(st.tuples(keys(), st.dictionaries(keys(), scalars(), max_size=3)), unique_by=lambda each: each[0]))
def test_every_value_is_found_on_the_line_on_which_it_was_written(
    tables: list[tuple[str, dict[str, str]]],
) -> None:
    """The law of the examples above."""
    text, lines = "", {}
    for name, table in tables:
        lines[(name,)] = text.count("\n") + 1
        text += f"[{quoted(name)}]\n# {name}\n"
        for key, value in table.items():
            lines[name, key] = text.count("\n") + 1
            text += f"{quoted(key)} = {value}\n\n"
    assert {path: toml.line_of(text, path) for path in lines} == lines


def quoted(key: str) -> str:
    return '"' + key.replace('"', '\\"') + '"'


@given(st.text(max_size=40) | st.text("[]{}\"'=a.1,\n#", max_size=40), st.lists(keys() | st.integers(0, 2)))
def test_any_text_and_path_give_a_line_that_is_there_or_none(text: str, path: list[str | int]) -> None:
    assert 0 <= toml.line_of(text, path) <= text.count("\n") + 1


def test_a_line_of_a_long_file_is_found_at_once() -> None:
    text = "".join(f'[p{n}]\naliases = ["a{n}"]\nhomepage = "https://p.example/{n}"\n\n' for n in range(250))
    began = time.perf_counter()
    assert toml.line_of(text, ("p249", "homepage")) == 999
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("title", ["title"]),
        ("log.url", ["log", "url"]),
        ("sources[1].published", ["sources", 1, "published"]),
        (".aliases[0]", ["aliases", 0]),
        ("", []),
    ],
)
def test_a_field_in_a_message_is_a_path(field: str, path: list[str | int]) -> None:
    assert toml.path_of(field) == path
