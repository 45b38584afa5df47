"""The names that people write: slugs, how a development is referred to, and web addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import BadInput
from tracker.text import names
from tracker.text.names import Reference, check_slug, is_absolute, is_slug, parse_reference


@pytest.mark.parametrize("slug", ["a", "tiktok-openai", "2024", "a-1-b", "console", "com10", "x" * 80])
def test_a_slug_that_any_file_system_takes(slug: str) -> None:
    assert check_slug(slug) == slug


@pytest.mark.parametrize(
    "slug",
    [
        *("", "-", "-a", "a-", "a--b", "A", "Tiktok", "a_b", "a b", " a", "a.b", "a\n", "\na", "a\x00", "é", "١"),
        *(".", "..", "../a", "a/b", "a\\b", "/etc/passwd", "~", "a#1", "a:b", "x" * 81),
    ],
)
def test_a_slug_that_would_not_do_everywhere_is_refused(slug: str) -> None:
    """The refusal shows what was written, as text that is safe to show, and what works."""
    with pytest.raises(
        BadInput, match="small letters, digits and single hyphens, such as tiktok-openai"
    ) as refused:
        check_slug(slug)
    assert str(refused.value).startswith(f"{slug!r} cannot name a story")
    assert refused.value.exit_code == 2


def test_the_name_of_the_desk_itself_is_kept() -> None:
    with pytest.raises(BadInput, match="'desk' cannot name a story: tracker keeps that name"):
        check_slug("desk")
    assert not is_slug("desk")


@pytest.mark.parametrize("slug", ["con", "prn", "aux", "nul", "com0", "com1", "com9", "lpt1", "lpt9"])
def test_a_slug_that_windows_reserves_is_refused(slug: str) -> None:
    with pytest.raises(BadInput, match="Windows reserves that file name"):
        check_slug(slug)


@given(st.text(max_size=5))
def test_no_slug_leaves_the_folder(text: str) -> None:
    """Whatever is taken has no separator, no dot, no control and no capital in it."""
    try:
        slug = check_slug(text)
    except BadInput:
        return
    assert slug.isascii()
    assert slug.replace("-", "").isalnum()
    assert slug == slug.lower()


@pytest.mark.parametrize(
    ("text", "slug", "expected"),
    [
        ("tiktok-openai#7", "", Reference("tiktok-openai", 7)),
        ("tiktok-openai#7", "other", Reference("tiktok-openai", 7)),
        ("#7", "story", Reference("story", 7)),
        ("7", "story", Reference("story", 7)),
        ("a#123456789", "", Reference("a", 123456789)),
    ],
)
def test_a_development_is_named_by_story_and_number(text: str, slug: str, expected: Reference) -> None:
    assert parse_reference(text, slug) == expected
    assert parse_reference(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        *(("", ""), ("#", ""), ("#7", ""), ("7", ""), ("a#", "a"), ("a#0", "a"), ("a#-1", "a"), ("a#07", "a")),
        *(("a#1#2", "a"), ("a#1\n", "a"), ("a#x", "a"), ("a#1234567890", "a"), ("#١", "a"), ("seven", "a")),
    ],
)
def test_what_names_no_development_is_refused(text: str, slug: str) -> None:
    with pytest.raises(BadInput, match="is not a development: write the story and its number") as refused:
        parse_reference(text, slug)
    assert repr(text) in str(refused.value)


def test_a_reference_into_no_possible_story_is_refused() -> None:
    with pytest.raises(BadInput, match=r"'\.\./a' cannot name a story"):
        parse_reference("../a#1")


# Web addresses


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


@given(st.from_regex(names._PLAIN, fullmatch=True))
def test_plain_addresses_need_no_parser(address: str) -> None:
    """It would say the same."""
    assert names._is_absolute(address)
