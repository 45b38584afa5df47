"""When two spellings are one name, one host, one address: tables of both, and the laws of an equivalence."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.text.identity import address_key, host_key, name_key

ONE_PARTY = [
    ("OpenAI", "OPENAI", "openai"),
    ("K\u00f6ner", "Ko\u0308ner", "K\u00d6NER"),
    ("Open AI", "Open  AI", " Open\tAI ", "Open\u00a0AI", "Open\u2009AI", "Open\u202fAI", "Open\u3000AI"),
    ("OpenAI", "Open\u200bAI", "Open\u2060AI", "Open\u00adAI", "\ufeffOpenAI", "Open\u200dAI", "OpenAI\ufe0f"),
    ("Gro\u00dfmann", "GROSSMANN", "Gro\u1e9emann"),
    ("\u0130stanbul", "istanbul", "ISTANBUL", "\u0131stanbul"),
    ("\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c2", "\u03bf\u03b4\u03bf\u03c3"),
    ("OpenAI", "\uff2f\uff50\uff45\uff4e\uff21\uff29"),
    ("Ofice fish", "Ofice \ufb01sh"),
    ("O'Neil", "O\u2019Neil", "O\u2018Neil", "O\u02bcNeil", "O`Neil", "O\u00b4Neil", "O\u2032Neil", "O\uff07Neil"),
    ("Hawai'i", "Hawai\u02bbi"),
    (
        "Rolls-Royce",
        "Rolls\u2010Royce",
        "Rolls\u2011Royce",
        "Rolls\u2013Royce",
        "Rolls\u2014Royce",
        "Rolls\u2212Royce",
    ),
    (
        'OOO "A"',
        "OOO \u00abA\u00bb",
        "OOO \u201cA\u201d",
        "OOO \u201eA\u201c",
        "OOO \uff02A\uff02",
        "OOO \u2033A\u2033",
    ),
    ('\u05e6\u05d4"\u05dc', "\u05e6\u05d4\u05f4\u05dc", "\u05e6\u05d4\u201d\u05dc"),
]

SEVERAL_PARTIES = [
    ("A&B", "A/B", "A B", "A-B", "AB", "A+B"),
    ("C", "C++", "C#"),
    ("K\u00f6ner", "Koner", "Koener"),
    ("EU", "E.U."),
    ("O'Neil", "ONeil", "O Neil", "O-Neil", 'O"Neil', "O,Neil"),
    ("Team 1", "Team 11", "Team 1 1"),
]


@pytest.mark.parametrize("names", ONE_PARTY, ids=lambda names: ascii(names[0]))
def test_spellings_of_one_name(names: tuple[str, ...]) -> None:
    assert len(set(map(name_key, names))) == 1


@pytest.mark.parametrize("names", SEVERAL_PARTIES, ids=lambda names: ascii(names[0]))
def test_names_of_several(names: tuple[str, ...]) -> None:
    assert len(set(map(name_key, names))) == len(names)


@pytest.mark.parametrize("address", [
    *("https://example.org/a", "http://example.org/a", "https://www.example.org/a", "https://m.example.org/a"),
    *("https://mobile.example.org/a", "https://amp.example.org/a", "https://example.org/a/", "https://example.org/a#x"),
    *("https://EXAMPLE.org/a", "https://example.org:443/a", "http://example.org:80/a", "https://example.org./a"),
    *("https://example.org/a?utm_source=y", "https://example.org/a?fbclid=1&gclid=2", "https://example.org/%61"),
    *("https://example.org//a", "https://example.org/a/amp/", "https://example.org/a?", "HTTPS://example.org/a"),
    "https://web.archive.org/web/20240101000000/https://example.org/a",
    "http://web.archive.org/web/2024id_/http://www.example.org:80/a/?utm_campaign=x",
    "https://web.archive.org/web/https:/example.org/a",
    "https://web.archive.org/web/2024/example.org/a",
    "https://web.archive.org/web/*/https://example.org/a",
    "https://archive.org/wayback/available?url=https%3A%2F%2Fexample.org%2Fa&timestamp=2024",
    "https://archive.ph/2024/https://example.org/a",
    "https://archive.today/newest/https://example.org/a",
    "https://www.google.com/amp/s/www.example.org/a",
    "https://www-example-org.cdn.ampproject.org/c/s/www.example.org/a",
    "https://www.google.com/url?sa=t&url=https%3A%2F%2Fexample.org%2Fa&usg=x",
    "https://translate.google.com/translate?sl=de&u=https://example.org/a",
    "https://www-example-org.translate.goog/a?_x_tr_sl=de&_x_tr_tl=en",
    "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa&h=x",
    "https://12ft.io/https://example.org/a",
])  # fmt: skip
def test_spellings_of_one_address(address: str) -> None:
    assert (host_key(address), address_key(address)) == ("example.org", "example.org/a")


def test_a_page_of_a_host_with_copies_that_is_no_copy() -> None:
    assert host_key("https://www.google.com/search?q=x") == "google.com"


def test_a_copy_of_many_copies_is_looked_into_three_times() -> None:
    copies = "https://web.archive.org/web/2020/" * 4
    assert host_key(f"{copies}https://example.org/a").startswith("web.archive.org")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://m\u00fcnchen.example/\u00e4", "https://xn--mnchen-3ya.example/%C3%A4"),
        ("https://m\u00fcnchen.example/\u00e4", "https://mu\u0308nchen.EXAMPLE/a\u0308"),
        ("https://stra\u00dfe.example", "https://xn--strae-oqa.example/"),
        ("https://example.org/?b=1&a=2", "https://example.org/?a=2&b=1"),
        ("https://example.org/index.html", "https://example.org"),
        ("https://en.m.example.org/a", "https://en.example.org/a"),
        ("https://a--b-example.translate.goog/c", "https://a-b.example/c"),
    ],
    ids=["xn--", "decomposed", "sharp s", "order of a query", "index", "telephone", "translated"],
)
def test_two_spellings_of_an_address(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize("addresses", [
    ("https://example.org/a", "https://example.org/b", "https://example.org/A", "https://example.org/a?id=1"),
    ("https://example.org/a%2Fb", "https://example.org/a/b"),
    ("https://example.org/?q=a%26b", "https://example.org/?q=a&b"),
    ("https://example.org/%ff", "https://example.org/%fe"),
    ("https://archive.ph/AbC", "https://archive.ph/XyZ"),
    ("https://www.google.com/a", "https://www.google.com/amp/s/a"),
])  # fmt: skip
def test_other_addresses(addresses: tuple[str, ...]) -> None:
    assert len(set(map(address_key, addresses))) == len(addresses)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://m.co/a", "m.co"),
        ("https://www.example/", "www.example"),
        ("https://en.example.org/", "en.example.org"),
        ("https://xn--\u00e4.example/", "xn--\u00e4.example"),
        ("https://example.org:8080/", "example.org"),
        ("https://archive.ph/AbC", "archive.ph/AbC"),
        ("", ""),
    ],
)
def test_the_host_of_an_address(address: str, key: str) -> None:
    assert host_key(address) == key


@given(st.text(max_size=30))
def test_forms_of_a_name_are_one(name: str) -> None:
    """Case, the four Unicode forms, spaces around and invisible characters make no other name."""
    forms = [unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    spellings = [
        *forms,
        name.upper(),
        name.lower(),
        name.casefold(),
        name.swapcase(),
        f" {name}\u00a0",
        f"{name}\u2060",
    ]
    assert {name_key(each) for each in spellings} == {name_key(name)}


@given(st.text(max_size=60))
def test_any_text_has_the_keys_of_an_address(text: str) -> None:
    assert host_key(text) == host_key(f"{text}#a") or "/" in host_key(text)
    assert address_key(text) == address_key(text.partition("#")[0])
