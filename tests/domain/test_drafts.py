"""What people type becomes the plain values of a draft: as understood, in their words, or refused by its field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.domain.test_custom_types import OUTAGES, declared_by
from tracker.domain import directory, drafts
from tracker.domain.events import Agreement, Earnings, Expectation, Figure, Occurrence, Source, Suspension, Update
from tracker.domain.values import from_values, to_values
from tracker.errors import BadDate, BadInput
from tracker.text.date_context import Reference
from tracker.text.dates import Moment, Occurred, Span, edge

INSTANT = Moment("2024-08-01T12:00:00.000Z")
NOW = Reference(Span(edge(INSTANT), edge(INSTANT)))

DIRECTORY = directory.read(
    b'[Microsoft]\naliases = ["MSFT"]\nfiscal_year_end = "June"\n'
    b'[Acme]\nfiscal_year_end = "March"\n[Oracle]\nhomepage = "https://oracle.example/"',
    "parties.toml",
)


def values(cls: Any = Update, **typed: Any) -> dict[str, Any]:
    return drafts.values(cls, typed, NOW, DIRECTORY)


def refusal(cls: Any = Update, **typed: Any) -> str:
    with pytest.raises(BadInput) as refused:
        values(cls, **typed)
    return str(refused.value)


# Texts


@pytest.mark.parametrize("nothing", [None, "", "  \n", (), [], {}])
def test_what_was_left_empty_is_left_out(nothing: Any) -> None:
    assert values(title="t", body=nothing, parties=nothing, occurred=nothing, sources=nothing) == {"title": "t"}


def test_texts_stay_as_they_are() -> None:
    """The codec tidies and checks them."""
    assert values(title=" t ", body="a\nb", parties=["A", "B"]) == {
        "title": " t ",
        "body": "a\nb",
        "parties": ["A", "B"],
    }


# Dates


def test_a_date_keeps_the_words_that_say_more_than_it() -> None:
    assert values(occurred="last year") == {"occurred": "2023", "occurred_as": "last year"}
    assert values(occurred="15 March 2024") == {"occurred": "2024-03-15"}
    assert values(occurred="2024-03") == {"occurred": "2024-03"}


def test_the_sources_own_words_stand_where_they_are_given() -> None:
    assert values(occurred="last year", occurred_as="in the past year")["occurred_as"] == "in the past year"


def test_other_dates_keep_no_words() -> None:
    assert values(Expectation, due="in 2 weeks") == {"due": "2024-08-12/2024-08-18"}


def test_relative_words_count_from_when_the_source_was_published() -> None:
    """Which itself may be said relative to now."""
    said = values(occurred="yesterday", sources=[{"publisher": "A", "published": "30 July 2024"}])
    assert said["occurred"] == "2024-07-29"
    assert said["sources"] == [{"publisher": "A", "published": "2024-07-30"}]
    assert values(occurred="today", sources=[{"url": "u", "published": "yesterday"}])["occurred"] == "2024-07-31"
    assert values(occurred="today", sources=[{"url": "u"}])["occurred"] == "2024-08-01"


def test_sources_of_which_words_mean_different_days_are_refused_with_both() -> None:
    sources = [{"published": "2024-07-30"}, {"published": "2024-07-31"}, {}]
    assert refusal(occurred="yesterday", sources=sources) == (
        "occurred: 'yesterday': counted from the dates of the sources it means 2024-07-29 and 2024-07-30; write"
        " the date"
    )
    assert values(occurred="last year", sources=sources)["occurred"] == "2023"


@pytest.mark.parametrize("words", ["Tomorrow", "next week", "in 3 days", "in 2030", "next year"])
def test_what_is_still_to_come_is_recorded_as_expected(words: str) -> None:
    assert refusal(occurred=words) == (
        f"occurred: {words!r}: is still to come; record it with tracker add expectation and --due"
    )
    assert values(Expectation, due=words)["due"]


def test_a_date_that_nobody_understands_names_its_field() -> None:
    assert refusal(Expectation, due="soon").startswith("due: 'soon': write a date like")
    assert refusal(sources=[{}, {"published": "soon"}]).startswith(
        "sources[1].published: 'soon': write a date like"
    )


@pytest.mark.parametrize(
    ("occurred", "as_words", "published", "told"),
    [
        ("2023", "last year", "2024-08-01", ", from “last year” counted from 1 August 2024"),
        ("2023-12", "last year", "2024-08-01", ", from “last year”"),
        ("2023", "last year", "", ", from “last year”"),
        ("2023", "letztes Jahr", "2024-08-01", ", from “letztes Jahr”"),
        ("2024-04/2024-06", "Q4 FY2024", "2024-08-01", ", from “Q4 FY2024”"),
        ("2023", "", "2024-08-01", ""),
    ],
)
def test_words_are_told_with_what_they_were_counted_from(
    occurred: str, as_words: str, published: str, told: str
) -> None:
    sources = (Source(publisher="A"), Source(publisher="B", published=Occurred(published)))
    event = Update(title="t", occurred=Occurred(occurred), occurred_as=as_words, sources=sources)
    assert drafts.from_words(event) == told


# Fiscal periods


def test_a_fiscal_period_is_that_of_the_company() -> None:
    """By any of its names, whoever else is named; and the words are kept, though they name a year."""
    said = values(Earnings, company="msft", parties=["Acme"], occurred="Q4 FY2024")
    assert (said["occurred"], said["occurred_as"]) == ("2024-04/2024-06", "Q4 FY2024")


def test_without_a_company_it_is_that_of_whoever_is_named() -> None:
    """Of all of them, where they agree."""
    assert values(parties=["Oracle", "MSFT"], occurred="FY2024")["occurred"] == "2023-07/2024-06"
    assert values(Agreement, between=["MSFT", "Oracle"], occurred="FY2024")["occurred"] == "2023-07/2024-06"
    assert values(Suspension, subject="MSFT", until="Q4 FY2024")["until"] == "2024-04/2024-06"
    assert "2023-07/2024-06 for Microsoft, 2023-04/2024-03 for Acme" in refusal(
        parties=["MSFT", "Acme"], occurred="FY2024"
    )
    assert "name the company, with its fiscal_year_end" in refusal(parties=["Oracle"], occurred="FY2024")


def test_a_period_covers_its_dates() -> None:
    assert values(Earnings, company="MSFT", period="Q4 FY2024") == {
        "company": "MSFT",
        "period": "Q4 FY2024",
        "covers": "2024-04/2024-06",
    }
    assert values(Earnings, company="Oracle", period="Q2 2024")["covers"] == "2024-34"


def test_a_period_that_nobody_can_date_covers_nothing() -> None:
    """It may be in the company's own words; whoever knows its dates gives them."""
    assert "covers" not in values(Earnings, company="Oracle", period="Q4 FY2024")
    assert "covers" not in values(Earnings, company="MSFT", period="the fourth quarter")
    assert "covers" not in values(Earnings, company="MSFT")
    assert values(Earnings, company="MSFT", period="Q4 FY2024", covers="May 2024")["covers"] == "2024-05"


# Figures and money


def test_figures_are_read_from_their_notation_or_field_by_field() -> None:
    by_field = {"name": "cost", "value": "5"}
    assert values(figures=["growth=29 %", by_field])["figures"] == [
        {"name": "growth", "value": "29", "unit": "%"},
        by_field,
    ]
    assert refusal(figures=["growth=29", "growth"]).startswith(
        "figures[1]: 'growth': a figure has a name and a value"
    )


def test_money_is_stored_as_a_number_and_its_currency() -> None:
    outage = declared_by(OUTAGES).types["outage"]
    assert values(outage, cost="1.5 million EUR") == {"cost": "1500000 EUR"}
    assert refusal(outage, cost="much").startswith("cost: 'much' is not one number and its currency")


# Corrections


EVENT = from_values(
    {
        "type": "earnings",
        "title": "t",
        "company": "Microsoft",
        "period": "Q3 FY2024",
        "covers": "2024-01/2024-03",
        "occurred": "2023",
        "occurred_as": "last year",
        "sources": [{"publisher": "A", "published": "2024-07-30"}],
    }
)


def changes(event: Any = EVENT, **typed: Any) -> dict[str, Any]:
    return drafts.changes(event, typed, NOW, DIRECTORY)


@pytest.mark.parametrize("nothing", [None, "", " ", ()])
def test_a_field_that_is_corrected_to_nothing_is_emptied(nothing: Any) -> None:
    assert changes(body=nothing) == {"body": None}
    assert changes(occurred=nothing) == {"occurred": None, "occurred_as": None}


def test_corrected_dates_count_from_the_events_own_sources() -> None:
    """And keep the new words, not the old."""
    assert changes(occurred="yesterday") == {"occurred": "2024-07-29", "occurred_as": "yesterday"}
    assert changes(occurred="May 2023") == {"occurred": "2023-05", "occurred_as": None}
    assert changes(occurred="last year") == {"occurred": "2023"}
    assert changes(occurred="2022", occurred_as="back then") == {"occurred": "2022", "occurred_as": "back then"}


def test_a_corrected_period_covers_other_dates() -> None:
    assert changes(period="Q4 FY2024") == {"period": "Q4 FY2024", "covers": "2024-04/2024-06"}
    assert changes(period="Q3 of FY2024") == {"period": "Q3 of FY2024"}
    assert changes(period="the quarter") == {"period": "the quarter", "covers": None}
    assert changes(period="Q4 FY2024", covers="May 2024") == {"period": "Q4 FY2024", "covers": "2024-05"}


def test_a_period_of_another_company_covers_other_dates() -> None:
    """Those of its fiscal year; where nobody knows that, none."""
    assert changes(company="Acme") == {"company": "Acme", "covers": "2023-10/2023-12"}
    assert changes(company="MSFT") == {"company": "MSFT"}
    assert changes(company="Oracle") == {"company": "Oracle", "covers": None}
    assert changes(company="Acme", covers="May 2024") == {"company": "Acme", "covers": "2024-05"}
    assert changes(company="Acme", period="Q1 FY2024") == {
        "company": "Acme",
        "period": "Q1 FY2024",
        "covers": "2023-04/2023-06",
    }
    for words in ("", "the quarter"):  # whose dates an editor gave
        by_hand = structs.replace(EVENT, period=words, covers="2024-02")  # type: ignore[call-arg]
        assert changes(by_hand, company="Acme") == {"company": "Acme"}


def test_every_kind_of_field_is_corrected_as_it_is_typed() -> None:
    outage: Any = declared_by(OUTAGES).types["outage"](title="t", service="API")  # type: ignore[call-arg]
    assert changes(outage, cost="5 million EUR", expected="15 March 2024", impact="all", regions=["A"]) == {
        "cost": "5000000 EUR",
        "expected": "2024-03-15",
        "impact": "all",
        "regions": ["A"],
    }
    assert changes(minor="yes", figures=["cost=5"], sources=[{"publisher": "A", "published": "yesterday"}]) == {
        "minor": True,
        "figures": [{"name": "cost", "value": "5"}],
        "sources": [{"publisher": "A", "published": "2024-07-31"}],
    }


def test_a_field_that_is_not_there_is_left_to_be_refused() -> None:
    assert changes(titel="t") == {"titel": "t"}


@pytest.mark.parametrize(("text", "flag"), [("yes", True), ("No", False), ("TRUE", True), ("false", False)])
def test_a_flag_is_yes_or_no(text: str, flag: bool) -> None:
    assert drafts.flag(text, "minor") is flag


def test_a_flag_that_is_neither_is_refused() -> None:
    with pytest.raises(BadInput, match="minor: 'maybe' is neither yes nor no"):
        changes(minor="maybe")


# What typed values are not


def test_what_has_another_shape_is_left_for_the_codec_to_refuse() -> None:
    """Which names the field."""
    assert values(title="t", sources=["https://a.example"], figures=[5], occurred=5, parties=5) == {
        "title": "t",
        "sources": ["https://a.example"],
        "figures": [5],
        "occurred": 5,
        "parties": 5,
    }
    assert values(occurred="today", sources=[{"published": 5}])["sources"] == [{"published": 5}]
    assert values(Earnings, company=5, period=5) == {"company": 5, "period": 5}


# Laws


TYPED = st.text(max_size=20) | st.sampled_from(["last year", "FY2024", "5 USD", "x=5 %", "March 2024", "MSFT"])


@given(st.sampled_from([Update, Earnings, Suspension, Expectation]), st.data())
def test_whatever_is_typed_is_understood_or_refused(cls: type[Occurrence], data: st.DataObject) -> None:
    """And what was understood is a date, an amount or a figure, not words any more."""
    source = st.fixed_dictionaries({}, optional={"published": TYPED, "publisher": TYPED})
    lists = {"parties": TYPED, "figures": TYPED, "sources": source, "between": TYPED}
    typed = {
        name: data.draw(st.lists(lists[name], max_size=2) if name in lists else TYPED)
        for name in data.draw(st.lists(st.sampled_from(cls.__struct_fields__), unique=True, max_size=5))
    }
    try:
        given_values = values(cls, **typed)
    except BadInput:
        return
    again = {name: given_values[name] for name in ("occurred", "due", "until", "covers") if name in given_values}
    assert values(cls, **again) == again


def test_words_that_are_kept_are_read_again_as_the_same_date() -> None:
    for words in ("last year", "yesterday", "about 3 months ago"):
        said = values(occurred=words)
        assert values(occurred=said["occurred_as"]) == said


def test_a_date_of_two_sources_that_differ_would_be_noticed() -> None:
    """The control of the law above: not everything is understood."""
    with pytest.raises(BadDate):
        values(occurred="yesterday or so")


def test_the_figure_of_a_notation_is_as_it_is_stored() -> None:
    figure = drafts.figure("growth=29 %", "figures", [])
    assert figure == to_values(Figure(name="growth", value="29", unit="%"))


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ("backlog=5,500 aircraft of MSFT", {"unit": "aircraft", "party": "MSFT"}),
        ("backlog=5,500 of microsoft", {"unit": "", "party": "microsoft"}),
        ("debt=60 % of GDP", {"unit": "% of GDP", "party": ""}),
        ("debt=60 % of GDP, of Italy", {"unit": "% of GDP", "party": "Italy"}),
        ("dead=12 of MSFT, of Airbus", {"unit": "of MSFT", "party": "Airbus"}),
        ("dead=12 people as of yesterday", {"unit": "people", "as_of": "2024-07-31"}),
        ("dead=12 people as of 5 Jan. 2024", {"as_of": "2024-01-05"}),
    ],
)
def test_a_figure_has_the_party_and_the_date_that_were_typed(typed: str, fields: dict[str, str]) -> None:
    """Behind the unit a party is read if the event or the directory names it; behind a comma, any is."""
    (figure,) = values(figures=[typed])["figures"]
    assert {name: figure.get(name, "") for name in fields} == fields


def test_a_party_of_the_event_may_stand_behind_a_unit() -> None:
    typed = "backlog=5,500 aircraft of Boeing"
    assert values(figures=[typed])["figures"][0]["unit"] == "aircraft of Boeing"
    assert values(figures=[typed], parties=["Boeing"])["figures"][0]["party"] == "Boeing"


def test_the_date_of_a_figure_is_refused_by_name() -> None:
    assert refusal(figures=["a=5", "dead=12 as of next Friday"]).startswith("figures[1].as_of: 'next Friday'")
