"""Figures: as they are typed, judged against what was expected, and said; never rounded, never a float."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import figures as drawn_figures
from tracker.domain import figures
from tracker.domain.events import Figure, Update
from tracker.domain.quantities import SCALES
from tracker.domain.values import convert
from tracker.errors import BadInput


def figure(**fields: Any) -> Figure:
    return Figure(**{"name": "x", **fields})


PERCENT = {"value": "29", "unit": "%", "expected_low": "30", "expected_high": "31"}
MILLIONS = {"value": "20000000", "unit": "USD", "expected_low": "18000000", "expected_high": "19000000"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("growth=29", {"value": "29"}),
        ("growth=29%", {"value": "29", "unit": "%"}),
        ("growth=29 % expected 30..31", PERCENT),
        ("growth=29 % expected 30..31 %", PERCENT),
        ("growth=29% expected 30..31%", PERCENT),
        ("growth=29 % expected 30", PERCENT | {"expected_high": "30"}),
        ("growth=20 million USD expected 18..19 million", MILLIONS),
        ("growth=20 million USD expected 18..19 million USD per year", MILLIONS | {"per": "year"}),
        (
            "growth=20 million USD per month approx",
            {"value": "20000000", "unit": "USD", "per": "month", "approx": True},
        ),
        ("growth=200..900 Million USD", {"low": "200000000", "high": "900000000", "unit": "USD"}),
        ("growth=5 expected 1 thousand", {"value": "5", "expected_low": "1000", "expected_high": "1000"}),
        ("growth=5..5", {"value": "5"}),
        ("growth=1,234,567.50", {"value": "1234567.50"}),
        ("growth=1.50 million", {"value": "1500000"}),
        ("growth=1.2345678 million", {"value": "1234567.8", "scale": "million"}),
        ("growth=1.0000000 million", {"value": "1000000"}),
        ("growth=2 trillion", {"value": "2000000000000"}),
        ("growth=3 thousand", {"value": "3000", "scale": "thousand"}),
        ("growth=-0.5", {"value": "-0.5"}),
        ("growth=+5", {"value": "5"}),
        ("growth=007", {"value": "7"}),
        ("growth=0.0000001", {"value": "0.0000001"}),
        ("growth=123456789012345678901234567890", {"value": "123456789012345678901234567890"}),
        (
            "growth=1234567890123456789012345678 million",
            {"value": "1234567890123456789012345678000000", "scale": "million"},
        ),
    ],
)
def test_a_figure_as_it_is_typed(text: str, expected: dict[str, Any]) -> None:
    assert figures.parse(text) == Figure(name="growth", **expected)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("dead=12 people according to the coast guard as of 5 January 2024",
         {"unit": "people", "according_to": "the coast guard", "as_of": "5 January 2024"}),
        ("dead=12, as of 2024-01-05, according to Reuters, of Boeing",
         {"as_of": "2024-01-05", "according_to": "Reuters", "party": "Boeing"}),
        ("fine=about 2 bn USD per year about #4", {"per": "year", "about": "#4", "approx": True}),
        ("growth=29% (below the 30 to 31% expected), according to Microsoft about story#14",
         {"expected_low": "30", "according_to": "Microsoft", "about": "story#14"}),
        ("share=5 % of GDP", {"unit": "% of GDP"}),
    ],
)  # fmt: skip
def test_a_figure_says_whose_it_is_who_counted_and_when(text: str, fields: dict[str, Any]) -> None:
    found = figures.parse(text)
    assert {name: getattr(found, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("dead=12 as of 2024 as of 2023", "'as of' is there twice"),
        ("dead=12 according to", "'according to' with nothing after it"),
        ("dead=12, of , as of 2024", "'of' with nothing after it"),
        ("dead=according to Reuters", "'according' is not a number"),
    ],
)
def test_a_statement_about_a_figure_is_there_once(text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=re.escape(reason)):
        figures.parse(text)


def test_a_figure_gets_its_party_and_a_tidy_name() -> None:
    assert figures.parse(" Azure   growth = 29 % ", party="Microsoft") == Figure(
        party="Microsoft", name="Azure growth", value="29", unit="%"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a figure has a name and a value"),
        ("growth", "a figure has a name and a value"),
        ("=29", "a figure has a name and a value"),
        ("growth=", "a figure has a name and a value"),
        ("growth=many", "'many' is not a number"),
        ("growth=1,23", "'1,23' is not a number"),
        ("growth=1e5", "'1e5' is not a number"),
        ("growth=200..", "a unit begins with a letter or a sign such as %"),
        ("growth=NaN", "'NaN' is not a number"),
        ("growth=" + "1" * 41, "a number has at most 40 digits"),
        ("growth=1 expected", "'expected' with nothing after it"),
        ("growth=1 per", "'per' with nothing after it"),
        ("growth=1 expected 2 expected 3", "'expected' is there twice"),
        ("growth=1 per a per b", "'per' is there twice"),
        ("growth=1 approx approx", "'approx' is there twice"),
        ("growth=1 approx USD", "'USD' after 'approx' means nothing"),
        ("growth=1 expected many", "'many' is not a number"),
        ("growth=1 USD expected 2 EUR", "'EUR' after the expected range is not its unit"),
        ("growth=20 million expected 18..19", "say the scale of what was expected too, as in 18..19 million"),
    ],
)
def test_what_is_no_figure_is_refused_with_the_form_and_an_example(text: str, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        figures.parse(text, field="figures[2]")
    assert reason in refused.value.reason
    assert refused.value.field == "figures[2]"
    assert "The form is NAME=VALUE UNIT" in refused.value.reason
    assert figures.EXAMPLE in refused.value.reason


def test_the_example_in_refusals_works() -> None:
    assert figures.verdict(figures.parse(figures.EXAMPLE)) == "below"


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"value": "1e5"}, "figures.value", "'1e5' is not a decimal number such as 29 or -0.5"),
        ({"value": "+5"}, "figures.value", "not a decimal number"),
        ({"value": "05"}, "figures.value", "not a decimal number"),
        ({"value": "5\n"}, "figures.value", "not a decimal number"),
        ({"value": "٥"}, "figures.value", "not a decimal number"),
        ({"low": "1", "high": "Infinity"}, "figures.high", "not a decimal number"),
        ({"value": "1", "expected_low": "x"}, "figures.expected_low", "not a decimal number"),
        ({}, "figures", "has no value; give value, or low and high"),
        ({"expected_low": "1"}, "figures", "has no value"),
        ({"value": "1", "low": "1"}, "figures", "give either value or low and high"),
        ({"low": "10", "high": "9"}, "figures", "the range 10..9 is upside down"),
        ({"value": "1", "expected_low": "2", "expected_high": "1"}, "figures", "the range 2..1 is upside down"),
    ],
)
def test_a_figure_that_makes_no_sense_is_refused(fields: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        figures.check(figure(**fields))
    assert refused.value.field == field
    assert reason in refused.value.reason


@pytest.mark.parametrize(
    ("number", "expected", "verdict"),
    [
        (("29", "29"), ("30", "31"), "below"),
        (("30", "30"), ("30", "31"), "within"),
        (("31", "31"), ("30", "31"), "within"),
        (("31.01", "31.01"), ("30", "31"), "above"),
        (("9", "9"), ("10", "10"), "below"),
        (("10.0", "10.0"), ("10", "10"), "within"),
        (("-2", "-2"), ("-1", "1"), "below"),
        (("30", "31"), ("29", "32"), "within"),
        (("29", "31"), ("30", "32"), ""),
        (("33", "35"), ("30", "32"), "above"),
        (("29", "29"), ("", ""), ""),
        (("29", "29"), ("", "30"), "within"),
        (("31", "31"), ("", "30"), "above"),
        (("29", "29"), ("28", ""), "within"),
        (("27", "27"), ("28", ""), "below"),
        (("29", ""), ("1", "2"), "above"),
        (("29", ""), ("30", "31"), ""),
        (("29", ""), ("28", ""), "within"),
        (("", "29"), ("30", "31"), "below"),
        (("", "29"), ("28", "31"), ""),
        (("", "29"), ("", "31"), "within"),
    ],
)
def test_a_figure_is_judged_against_what_was_expected(
    number: tuple[str, str], expected: tuple[str, str], verdict: str
) -> None:
    """A range that only overlaps the expected one is not judged."""
    low, high = number
    amount = {"value": low} if low == high else {"low": low, "high": high}
    judged = figure(**amount, expected_low=expected[0], expected_high=expected[1])
    assert figures.verdict(judged) == verdict


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": "29", "unit": "%"}, "29%"),
        ({"value": "29"}, "29"),
        ({"value": "20000000", "unit": "USD", "per": "month", "approx": True}, "about 20 million USD per month"),
        ({"low": "200000000", "high": "900000000", "unit": "USD"}, "200 to 900 million USD"),
        ({"low": "900000000", "high": "1000000000"}, "900 million to 1 billion"),
        ({"low": "3", "high": "4"}, "3 to 4"),
        ({"low": "3"}, "at least 3"),
        ({"high": "3"}, "at most 3"),
        ({"value": "1234567"}, "1,234,567"),
        ({"value": "1234000"}, "1.234 million"),
        ({"value": "-2500000000"}, "-2.5 billion"),
        ({"value": "5000"}, "5,000"),
        ({"value": "0"}, "0"),
        ({"value": "0.10"}, "0.10"),
        ({"value": "29", "unit": "%", "expected_low": "30", "expected_high": "31"},
         "29% (below the 30 to 31% expected)"),
        ({"value": "30", "expected_low": "30", "expected_high": "30"}, "30 (within the 30 expected)"),
        ({"low": "29", "high": "31", "expected_low": "30", "expected_high": "32"}, "29 to 31 (expected 30 to 32)"),
        ({"value": "9" * 40}, ",".join(["9", *["999"] * 13])),
    ],
)  # fmt: skip
def test_a_figure_in_words(fields: dict[str, Any], words: str) -> None:
    assert figures.in_words(figure(**fields)) == words


def written_out(words: str) -> Decimal:
    number, _, scale = words.partition(" ")
    return Decimal(number.replace(",", "")).scaleb(SCALES.get(scale, 0))


@given(st.integers(-(10**27), 10**27), st.integers(0, 9))
def test_words_never_round(digits: int, places: int) -> None:
    """What is read in words is the number that is stored, to the last digit."""
    number = f"{Decimal(digits).scaleb(-places):f}"
    assert written_out(figures.in_words(figure(value=number))) == Decimal(number)


def test_rounded_words_would_be_noticed() -> None:
    """The control of the law above: words with four digits are not the number."""
    assert written_out(f"{Decimal('1234567'):.3e}") != Decimal("1234567")


@given(drawn_figures())
def test_any_figure_that_can_be_recorded_can_be_said_and_judged(values: dict[str, Any]) -> None:
    """No stored figure stops a page from being made."""
    event = convert(Update, {"type": "update", "title": "t", "figures": [values]})
    (drawn,) = event.figures  # type: ignore[attr-defined]
    figures.check(drawn)
    assert figures.in_words(drawn)
    assert figures.verdict(drawn) in ("above", "within", "below", "")


def test_a_scale_that_two_numbers_share_is_said_once() -> None:
    """And one that they do not share is said of each."""
    assert figures.in_words(figure(low="2000000", high="5000000")) == "2 to 5 million"
    assert figures.in_words(figure(low="5", high="2000000")) == "5 to 2,000,000"
    assert figures.in_words(figure(low="5000000", high="2000000000")) == "5 million to 2 billion"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("cost=almost 200 USD", "write 'about 200 USD' or 'fewer than 200 USD'"),
        ("cost=$20 million", "write '20 million USD' or '20 million CAD'"),
        ("cost=¥20 per day", "write '20 JPY per day' or '20 CNY per day'"),
        ("cost=€20 USD", "'€' and USD are two currencies; leave one out"),
        ("cost=20m", "write '20 million' or '20 metres'"),
        ("cost=20 K", "write '20 thousand' or '20 kelvin'"),
        ("cost=20 million - 30 USD", "say the scale of both ends, as in 20 to 30 million"),
        ("cost=20-30+", "a bound and a range exclude each other"),
        ("cost=5 expected more than 4", "at least or at most a number"),
        ("cost=5 dogs to 3 cats", "'dogs' and 'cats' are two units; give two figures"),
        ("cost=Rs 500 crore", "write '500 crore Rs'"),
        ("cost=20 USD million", "'million' belongs before the unit"),
    ],
)
def test_what_people_type_instead_is_answered_with_what_works(text: str, hint: str) -> None:
    with pytest.raises(BadInput) as refused:
        figures.parse(text)
    assert hint in refused.value.reason


# Amounts of money


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("20 million USD", "20000000 USD"),
        ("20000000 USD", "20000000 USD"),
        ("  1,234,567.50   EUR ", "1234567.50 EUR"),
        ("0.10 EUR", "0.10 EUR"),
        ("1.5 Billion  Hong Kong dollars", "1500000000 Hong Kong dollars"),
        ("-5 thousand US$", "-5000 US$"),
        ("5..5 USD", "5 USD"),
    ],
)
def test_an_amount_as_it_is_typed(text: str, amount: str) -> None:
    assert figures.money(text) == amount
    figures.check_money(amount)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "USD",
            "20",
            "20 million",
            "$20",
            "many USD",
            "NaN USD",
        ),
        *("5..6 USD", "5 USD per month", "5 USD approx", "5 million million USD", "5 USD million"),
        *("about 5 USD", "5 Expected", "1" * 41 + " USD", "1" * 40 + " trillion USD"),
    ],
)
def test_what_is_no_amount_is_refused_with_one_that_is(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        figures.money(text, field="cost")
    assert refused.value.field == "cost"
    assert refused.value.reason.startswith(f"{text!r} is not one number and its currency, like 20 million USD")


@pytest.mark.parametrize(
    "text",
    [
        *("", "20", "20 ", "20 million USD", "1,000 USD", "+5 USD", "05 USD", " 5 USD", "5  USD", "5 USD "),
        *("5 US  dollars", "5 per month", "٥ USD", "5\nUSD", "1" * 41 + " USD"),
    ],
)
def test_what_is_no_stored_amount_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is not an amount such as 20000000 USD"):
        figures.check_money(text, field="cost")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("20000000 USD", "20 million USD"),
        ("1500000.00 USD", "1,500,000.00 USD"),
        ("999.99 EUR", "999.99 EUR"),
        ("-2500000000 JPY", "-2.5 billion JPY"),
    ],
)
def test_an_amount_in_words(amount: str, words: str) -> None:
    """No digit is lost, not even a cent of nought."""
    assert figures.money_in_words(amount) == words


@pytest.mark.parametrize("text", ["soonish", "", "20000000", "1_000 USD"])
def test_what_is_no_amount_is_not_put_into_words(text: str) -> None:
    """It was recorded as a text, before its field was declared money."""
    with pytest.raises(BadInput, match="is not an amount such as 20000000 USD"):
        figures.money_in_words(text)


def amounts() -> st.SearchStrategy[str]:
    """Everything that may be stored, but for the numbers that are refused where they are typed: 1.234 and -0."""
    numbers = st.from_regex(r"-?(?:0|[1-9][0-9]{0,35})(?:\.[0-9]{1,5})?", fullmatch=True).filter(
        lambda number: not re.fullmatch(r"-0(?:\.0+)?|-?[1-9][0-9]{0,2}\.[0-9]{3}", number)
    )
    rounded = st.builds(
        lambda digits, noughts: f"{digits}{'0' * noughts}", st.integers(1, 9999), st.integers(0, 30)
    )
    currencies = st.sampled_from(["USD", "EUR", "US$", "Hong Kong dollars", "¥", "million", "5"]) | st.text()
    return st.builds("{} {}".format, numbers | rounded, currencies).filter(is_plain)


def is_plain(amount: str) -> bool:
    """Whether the amount may be stored, and its currency is one that tracker reads as it is."""
    currency = amount.partition(" ")[2]
    try:
        return is_stored(amount) and figures.money(f"1 {currency}") == f"1 {currency}"
    except BadInput:
        return False


def is_stored(amount: str) -> bool:
    try:
        figures.check_money(amount)
    except BadInput:
        return False
    return True


@given(amounts())
def test_an_amount_read_in_words_is_understood_as_itself(amount: str) -> None:
    """Copied from a page and typed again, it is the same to the last digit."""
    assert figures.money(figures.money_in_words(amount)) == amount


def test_an_amount_without_its_cents_would_be_noticed() -> None:
    """The control of the law above."""
    assert figures.money("1.5 million USD") != "1500000.00 USD"


@given(st.text() | amounts())
def test_any_text_is_an_amount_that_can_be_stored_or_refused(text: str) -> None:
    try:
        amount = figures.money(text)
    except BadInput:
        return
    assert is_stored(amount)


# Figures back into the notation


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"value": "29", "unit": "%", "expected_low": "30", "expected_high": "31"}, "x=29 % expected 30..31"),
        ({"value": "5", "expected_low": "5", "expected_high": "5"}, "x=5 expected 5"),
        ({"value": "20000000", "unit": "USD"}, "x=20 million USD"),
        ({"low": "200000000", "high": "900000000"}, "x=200..900 million"),
        ({"low": "900000000", "high": "1500000000"}, "x=900000000..1500000000"),
        (
            {"value": "20000000", "expected_low": "18000000", "expected_high": "19000000"},
            "x=20 million expected 18..19 million",
        ),
        ({"value": "20000000", "expected_low": "5", "expected_high": "6"}, "x=20000000 expected 5..6"),
        ({"low": "2", "high": "9", "unit": "USD", "per": "day", "approx": True}, "x=2..9 USD per day approx"),
        ({"low": "200"}, "x=at least 200"),
        ({"low": "200", "bound": "more than", "unit": "people"}, "x=more than 200 people"),
        ({"low": "200", "bound": "+", "unit": "people"}, "x=200+ people"),
        ({"value": "20000", "unit": "USD", "scale": "k"}, "x=20 k USD"),
        ({"value": "5", "expected_high": "5"}, "x=5 (within the at most 5 expected)"),
        ({"value": "5", "unit": "per head"}, ""),
        ({"name": "x=y", "value": "5"}, ""),
    ],
)  # fmt: skip
def test_a_figure_is_written_as_it_can_be_typed(fields: dict[str, Any], text: str) -> None:
    """To be edited; what the notation cannot say is left to those who give it field by field."""
    assert figures.notation(figure(**fields)) == text


@given(drawn_figures())
def test_what_is_written_for_a_figure_is_read_as_that(values: dict[str, Any]) -> None:
    (drawn,) = convert(Update, {"title": "t", "figures": [values]}).figures  # type: ignore[attr-defined]
    text = figures.notation(drawn)
    assert not text or figures.parse(text, party=drawn.party) == drawn
