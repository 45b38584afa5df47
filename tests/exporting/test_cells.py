"""Cells that no spreadsheet takes for a formula, and that are read back as they were."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.exporting import cells

FIRST = st.sampled_from(["", "'", "''", "=", "+", "-", "@", "\t", "\r", "\n", " ", "＝", "＠", "\u00a0", "a"])


def any_text() -> st.SearchStrategy[str]:
    return st.tuples(FIRST, FIRST, FIRST, st.text(max_size=5)).map("".join)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1", "'+49 30 1"),
        ("-5 %", "'-5 %"),
        ("@desk", "'@desk"),
        ("\t=x", "'\t=x"),
        ("\rx", "'\rx"),
        (" =x", "' =x"),
        ("＝x", "'＝x"),
        ("'=x", "''=x"),
        ("'tis", "'tis"),
        ("a=b", "a=b"),
        ("2024-03", "2024-03"),
        ("", ""),
    ],
)
def test_a_formula_gets_an_apostrophe(text: str, cell: str) -> None:
    assert cells.harmless(text) == cell
    assert cells.text_of(cell) == text


@given(any_text())
def test_any_text_is_harmless_and_comes_back(text: str) -> None:
    cell = cells.harmless(text)
    assert cell.strip()[:1] not in ("=", "+", "-", "@", "＝", "＋", "－", "＠") or not cell.strip()
    assert cell[:1] not in ("\t", "\r", "\n")
    assert cells.text_of(cell) == text


@given(st.lists(st.lists(any_text(), min_size=2, max_size=2), max_size=4))
def test_any_table_comes_back(rows: list[list[str]]) -> None:
    read = list(cells.read(cells.BOM + cells.write(["a", "b"], rows)))
    assert read == [{name: text for name, text in zip("ab", row, strict=True) if text} for row in rows]


def test_what_a_person_typed_is_read_as_it_is() -> None:
    """More cells than columns are no field; a formula without an apostrophe is a text."""
    assert list(cells.read("a,b\n=1,'x,more\n")) == [{"a": "=1", "b": "'x"}]


def test_the_example_of_the_documentation_runs() -> None:
    text = Path(__file__).parents[2].joinpath("docs", "exporting.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert "assert" in example
    exec(example, {})
