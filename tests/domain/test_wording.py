"""Values as readers are told them, by the kind of their field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.test_custom_types import OUTAGES, declared_by
from tests.pictures import NAME, image
from tracker.domain.events import Agreement, Policy, Suspension
from tracker.domain.wording import enumerated, filled, in_words, names_in
from tracker.errors import BadInput


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("line", "It happened", "It happened"),
        ("line", "", "nothing"),
        ("line", None, "nothing"),
        ("parties", [], "nothing"),
        ("parties", (), "nothing"),
        ("parties", ["A", "B"], "A; B"),
        ("date", "2024-03-15", "15 March 2024"),
        ("money", "20000000 USD", "20 million USD"),
        ("url", "https://a.example/", "https://a.example/"),
        ("flag", True, "yes"),
        ("flag", False, "no"),
        ("ref", "an-id", "#7"),
        ("figures", [{"name": "growth", "value": "29", "unit": "%"}], "growth 29%"),
        ("sources", [{"url": "https://a.example/", "publisher": "A"}], "https://a.example/, A"),
        ("sources", [{"publisher": "A"}, {"publisher": "B"}], "A; B"),
        ("other", 1, "1"),
    ],
)
def test_a_value_is_said_by_its_kind(kind: str, value: Any, words: str) -> None:
    assert in_words(kind, value, {"an-id": 7}) == words


@pytest.mark.parametrize(
    ("names", "words"),
    [(["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")],
)
def test_several_are_joined_as_in_a_sentence(names: list[str], words: str) -> None:
    assert enumerated(names) == words


def said(templates: tuple[str, ...], cls: Any, **values: Any) -> str:
    return filled(templates, cls, values.get)


def test_the_first_template_whose_fields_all_say_something_is_filled() -> None:
    templates = ("{by} suspends {subject}", "{subject} is suspended")
    assert said(templates, Suspension, by="OpenAI", subject="ByteDance") == "OpenAI suspends ByteDance"
    assert said(templates, Suspension, by="", subject="ByteDance") == "ByteDance is suspended"
    assert said(templates, Suspension, by="OpenAI") == ""
    assert said((), Suspension) == ""
    assert said(("It stops",), Suspension) == "It stops"


def test_values_in_a_template_are_in_words() -> None:
    """Lists as in a sentence, dates and amounts as they are read."""
    assert said(("{between} agree",), Agreement, between=("A", "B", "C")) == "A, B and C agree"
    assert said(("until {until}",), Suspension, until="2024-03") == "until March 2024"
    outage = declared_by(OUTAGES).types["outage"]
    assert (
        said(("{service} costs {cost}",), outage, service="API", cost="5000000 EUR") == "API costs 5 million EUR"
    )


def test_a_value_with_braces_is_no_template() -> None:
    assert said(("{by} policy",), Policy, by="{rule}") == "{rule} policy"


def test_a_template_names_fields_in_braces() -> None:
    assert names_in("outage of {service} until {expected_end} {service}") == ("service", "expected_end", "service")
    assert names_in("no field") == ()


def test_a_picture_in_words() -> None:
    """What it shows and who made it; and which file it is, so that two pictures differ."""
    assert in_words("image", image(caption="At noon")) == f"A quay at noon; At noon (picture {NAME[:8]})"


@pytest.mark.parametrize("places", [None, {}])
def test_a_reference_to_no_event_has_no_words(places: dict[str, int] | None) -> None:
    """As in a log that was edited by hand."""
    with pytest.raises(BadInput, match="is the id of no event"):
        in_words("ref", "0191", places)
