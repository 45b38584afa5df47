"""Words of scripts without spaces: each part of a run is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.text import scripts

RUNS = st.text(st.sampled_from("北京发生火灾東京で地震화재가ไฟไหม้"), min_size=1, max_size=30)


def test_most_texts_have_no_such_run() -> None:
    assert scripts.parts("LockBit, Zürich and Αθηνα") == ""
    assert scripts.parts("plain") == ""


def test_each_part_of_a_run_is_a_word() -> None:
    assert scripts.parts("A 北京火灾, 火") == "北 京 火 灾 北京 京火 火灾 北京火 京火灾 北京火灾"


def test_a_word_of_another_script_beside_a_run_is_a_word() -> None:
    assert set(scripts.parts("中国DeepSeek发布R1, plain").split()) == {
        *("中", "国", "中国", "发", "布", "发布", "DeepSeek", "R1"),
    }
    assert scripts.query("AI公司 R1") == "AI 公司 R1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Die Straße", "strasse"),
        ("Łódź, København", "lodz kobenhavn"),
        ("Ελλάδα", "ελλαδα"),
        ("Москва ёлка", "елка"),
        ("السَّلام", "السلام"),
        ("ﬁnance", "finance"),
        ("Zürich Việt", ""),
    ],
)
def test_a_word_is_found_by_its_plain_letters(text: str, words: str) -> None:
    """Those that SQLite finds anyway are left out."""
    assert scripts.parts(text) == words


@given(RUNS, st.data())
def test_what_stands_in_a_text_is_found_by_its_parts(text: str, data: st.DataObject) -> None:
    """Also if it is longer than the parts in the index."""
    start = data.draw(st.integers(0, len(text) - 1))
    wanted = text[start : data.draw(st.integers(start + 1, len(text)))]
    words = scripts.query(wanted).split(" ")
    assert set(words) <= set(scripts.parts(text).split(" "))
    assert len(words) == max(1, len(wanted) - scripts.LONGEST + 1)


@pytest.mark.parametrize(
    ("text", "query", "excerpt"),
    [
        ("北京发生火灾", "火灾", "北京发生火灾"),
        (f"{'x' * 50}火灾{'y' * 50}", "a 火灾", f"… {'x' * 40}火灾{'y' * 40} …"),
        ("no such run", "火灾", ""),
        ("火灾", "fire", ""),
    ],
)
def test_an_excerpt_shows_the_first_run_of_the_query(text: str, query: str, excerpt: str) -> None:
    assert scripts.excerpt(text, query) == excerpt
