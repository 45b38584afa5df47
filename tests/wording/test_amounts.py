"""Figures in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import figures as any_figure
from tracker.domain.events import Figure
from tracker.domain.figures import in_words, parse
from tracker.errors import BadInput
from tracker.wording import amounts
from tracker.wording.catalogue import LANGUAGES
from tracker.wording.messages import Wording

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"value": "5"}, "5", "5"),
    ({"value": "1234.5", "unit": "USD"}, "1,234.5 USD", "1.234,5 USD"),
    ({"value": "29", "unit": "%"}, "29%", "29 %"),
    ({"value": "20000000", "unit": "USD", "approx": True, "per": "month"}, "about 20 million USD per month",
     "etwa 20 Millionen USD je month"),
    ({"low": "200000000", "high": "900000000", "unit": "USD"}, "200 to 900 million USD",
     "200 bis 900 Millionen USD"),
    ({"low": "900000", "high": "2000000"}, "900,000 to 2,000,000", "900.000 bis 2 Millionen"),
    ({"low": "5"}, "at least 5", "mindestens 5"),
    ({"high": "5"}, "at most 5", "höchstens 5"),
    ({"low": "5", "bound": "more than"}, "more than 5", "mehr als 5"),
    ({"high": "5", "bound": "fewer than"}, "fewer than 5", "weniger als 5"),
    ({"value": "243600000", "scale": "mn", "unit": "USD"}, "243.6 mn USD", "243,6 Millionen USD"),
    ({"value": "22", "expected_low": "21"}, "22, where at least 21 was expected",
     "22; erwartet waren mindestens 21"),
    ({"value": "29", "unit": "%", "expected_low": "30", "expected_high": "31"},
     "29%, below the 30 to 31% expected", "29 %, unter den erwarteten 30 bis 31 %"),
    ({"value": "30", "expected_low": "30", "expected_high": "31"}, "30, within the 30 to 31 expected",
     "30, innerhalb der erwarteten 30 bis 31"),
    ({"low": "20", "expected_low": "30", "expected_high": "31"}, "at least 20, where 30 to 31 was expected",
     "mindestens 20; erwartet waren 30 bis 31"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "english", "german"), CASES, ids=lambda each: str(each)[:20])
def test_an_amount(values: dict[str, Any], english: str, german: str) -> None:
    figure = Figure(name="n", **values)
    assert amounts.figure(Wording(), figure) == english
    assert amounts.figure(Wording("de"), figure).replace("\xa0", " ") == german


def test_a_figure_says_who_counted_and_as_of_when() -> None:
    figure = Figure(name="dead", value="12", unit="people", according_to="coast guard", as_of="2024-01")  # type: ignore[arg-type]
    assert amounts.figure(Wording(), figure) == "12 people, according to coast guard, as of January 2024"


@given(any_figure(), st.sampled_from(LANGUAGES))
def test_every_figure_has_words_in_every_language(values: dict[str, Any], language: str) -> None:
    """With all that it says: its unit, its time, and who counted."""
    words = amounts.figure(Wording(language), Figure(**values))
    for name in ("unit", "per", "according_to"):
        if name in values:
            assert values[name].strip() in words


def read_back(words: str, figure: Figure) -> bool:
    try:
        return parse(f"{figure.name}={words}", party=figure.party) == figure
    except BadInput:
        return False


@given(any_figure())
def test_what_readers_are_told_is_read_as_the_same_figure(values: dict[str, Any]) -> None:
    """Where the words of editors are."""
    figure = Figure(**values)
    if read_back(in_words(figure), figure):
        assert read_back(amounts.figure(Wording("en"), figure), figure)
