"""Texts that show nothing, and directions of writing that a text leaves open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.text.visible import closed, direction, left_open, overrides, shows

NOTHING = [
    *("", " ", "\u00a0", "\u3000", "\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff", "\u3164", "\u115f", "\uffa0"),
    *("\u2800", "\u0301", "\u034f", "\ufe0f", "\u180b", "\u180e", "\U000e0041", "\U000e0100", "\u2063", "\u061c"),
    *("\u200b \u3164\u0301", "\u202e\u202c", "\u2028", "\u1160\u200b", "\u20dd", "\u0903"),
]


@pytest.mark.parametrize("text", NOTHING, ids=ascii)
def test_a_text_without_a_visible_character_shows_nothing(text: str) -> None:
    assert not shows(text)
    assert shows(f"{text}a{text}")


@pytest.mark.parametrize(
    "text", ["-", "0", "\u5b57", "\U0001f600", "e\u0301", "\u2800\u28ff", "\ue000", "\u202ea", "\u0915\u093e"]
)
def test_other_texts_show_something(text: str) -> None:
    assert shows(text)


@pytest.mark.parametrize(
    ("line", "opened", "override"),
    [
        ("plain", "", ""),
        ("\u202eevil", "\u202e", "\u202e"),
        ("\u202eevil\u202c", "", ""),
        ("\u202a\u202b x \u202c", "\u202a", "\u202a"),
        ("\u2066 x", "\u2066", ""),
        ("\u2066 \u202e x \u2069", "", ""),
        ("\u2067 x \u202c", "\u2067", ""),
        ("\u202d\u2068 x", "\u202d\u2068", "\u202d"),
        ("x \u2069 \u202c", "", ""),
        ("\u202e x \u2069", "\u202e", "\u202e"),
    ],
    ids=ascii,
)
def test_what_a_line_leaves_open(line: str, opened: str, override: str) -> None:
    assert (left_open(line), overrides(line)) == (opened, override)


@given(st.text("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069ab\n", max_size=20))
def test_a_closed_text_leaves_nothing_open(text: str) -> None:
    """It has all that it had, and closing it again changes nothing."""
    ended = closed(text)
    assert not any(map(left_open, ended.split("\n")))
    assert [each.rstrip("\u202c\u2069") for each in ended.split("\n")] == [
        each.rstrip("\u202c\u2069") for each in text.split("\n")
    ]
    assert closed(ended) == ended


@pytest.mark.parametrize(
    ("tag", "written"), [("en", "ltr"), ("ar", "rtl"), ("ar-Latn", "ltr"), ("az-Arab", "rtl"), ("pt-BR", "ltr")]
)
def test_a_language_is_written_in_a_direction(tag: str, written: str) -> None:
    assert direction(tag) == written
