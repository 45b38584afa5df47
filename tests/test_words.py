"""The words of README, docs and helps: plain English, by a list of words that it does without."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = {
    str(path.relative_to(ROOT)): path
    for pattern in ("*.md", "docs/**/*.md", "examples/*/README.md", ".github/**/*.yml", "tracker/starters/*")
    for path in ROOT.glob(pattern)
}

WORDS = {
    "no person acts": "whoever whomever somebody nobody",
    "archaic": "anew afresh begotten thereof therein thereby thereupon wherein whereby hitherto lest whence thence"
    " hence henceforth heretofore albeit amongst whilst upon mend mends mended",
    "adds nothing": "basically obviously simply actually seamless seamlessly effortless effortlessly blazing",
    "longer than its plain word": "utilize utilise utilizes leverage leverages facilitate facilitates commence"
    " commences prior subsequently aforementioned",
}
"""Words to avoid, by the reason."""

AVOIDED = {word: reason for reason, words in WORDS.items() for word in words.split()}


def prose(text: str) -> list[str]:
    """The lines without code, addresses and comments; each is empty where it was code."""
    blank = re.sub(
        r"^```.*?^```$|<!--.*?-->", lambda block: "\n" * block[0].count("\n"), text, flags=re.DOTALL | re.MULTILINE
    )
    return [
        re.sub(r"`[^`]*`|\]\([^)]*\)|https?://\S+|“[^”]*”|\"[^\"]*\"", " ", line) for line in blank.split("\n")
    ]


def found(text: str) -> list[str]:
    """The words to avoid, with their lines."""
    return [
        f"{number}: {word} ({AVOIDED[word]})"
        for number, line in enumerate(prose(text), 1)
        for word in re.findall(r"[a-z]+", line.lower())
        if word in AVOIDED
    ]


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_in_plain_english(page: str) -> None:
    assert not found(PAGES[page].read_text(encoding="utf-8"))


def test_helps_are_in_plain_english() -> None:
    """docs/cli.md shows each, in blocks of code."""
    blocks = re.findall(r"^```\n(Usage: .*?)^```$", (ROOT / "docs/cli.md").read_text(), re.DOTALL | re.MULTILINE)
    assert len(blocks) > 30
    assert not [word for block in blocks for word in found(block.replace("--anew", ""))]


def test_the_control() -> None:
    """A word of the list is found in prose, and not in code, quotes or addresses."""
    assert found("It is\nmended by whoever sees `anew` https://anew.example/ “nobody”.") == [
        "2: mended (archaic)",
        "2: whoever (no person acts)",
    ]
    assert not found("```\nwhoever\n```\n")
