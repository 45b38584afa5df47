"""Addresses that may be published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import addresses
from tracker.addresses import is_absolute


@pytest.mark.parametrize(
    "address",
    [
        *("https://example.org", "http://localhost:8000/", "https://a.example/2024/07/some-news_1.html?a=b#c"),
        *("https://bücher.example/é", "HTTPS://EXAMPLE.ORG/", "http://[::1]:80/", "http://1.2.3.4/"),
    ],
)
def test_what_leads_somewhere(address: str) -> None:
    assert is_absolute(address)


@pytest.mark.parametrize(
    "address",
    [
        *("", "example.org", "/news", "//example.org/", "ftp://example.org/", "javascript:alert(1)", "https://"),
        *("https:///news", "https://user@example.org/", "https://example.org:99999/", "https://example.org/a b"),
        *(
            "https://example.org\\@other.example/",
            "https://exa\nmple.org/",
            "https://[::1/",
            "http://example.org\n",
        ),
    ],
)
def test_what_does_not(address: str) -> None:
    assert not is_absolute(address)


@given(st.from_regex(addresses._PLAIN, fullmatch=True))
def test_plain_addresses_need_no_parser(address: str) -> None:
    """It would say the same."""
    assert addresses._is_absolute(address)
