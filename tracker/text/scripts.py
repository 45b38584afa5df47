"""Words of scripts that put no spaces between words, or few: Chinese, Japanese, Korean, Thai and their neighbours.

    "北京火灾" ──runs──▶ 北京火灾 ──parts──▶ 北, 京, 火, 灾, 北京, 京火, 火灾, 北京火, …

A full-text index takes such a run for one word. So the index also has each part of the run as a word, and a search
for 火灾 finds it. A part has at most ``LONGEST`` characters; a longer run in a query is looked up by its parts.

The index also has words with the plain letters of others (strasse for Straße, lodz for Łódź), because SQLite takes
marks off Latin letters only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 8
"""The largest number of characters of a part."""

_RUN = (
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3100-\u312f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+"
)


_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
_MARKS = "[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670]+"


def plain(text: str) -> str:
    """Returns the text in small plain letters: strasse for Straße, lodz for Łódź, елка for ёлка."""
    if text.isascii():
        return text.lower()
    from unicodedata import normalize

    apart = normalize("NFKD", text.casefold()).translate(_LETTERS)
    return normalize("NFC", re.sub(f"(?<!и){_MARKS}", "", apart))


def _plain_words(text: str) -> Iterator[str]:
    """Yields the words in plain letters that SQLite would not find by their plain letters."""
    from unicodedata import normalize

    for word in re.findall(rf"(?:\w|{_MARKS})+", text):
        if not word.isascii():
            found_anyway = re.sub("(?<=[a-z])[\u0300-\u036f]+", "", normalize("NFD", word.lower()))
            if normalize("NFC", found_anyway) != (letters := plain(word)):
                yield letters


def parts(text: str) -> str:
    """Returns the parts of all runs in the text, the words of other scripts beside a run (DeepSeek in
    中国DeepSeek发布), and words in plain letters, each once, with spaces between; empty for most texts."""
    if text.isascii():
        return ""
    found = dict.fromkeys(
        run[start : start + length]
        for run in re.findall(_RUN, text)
        for length in range(1, min(LONGEST, len(run)) + 1)
        for start in range(len(run) - length + 1)
    )
    beside = (piece for word in re.findall(r"\w+", text) if found for piece in _beside(word))
    return " ".join(dict.fromkeys((*found, *beside, *_plain_words(text))))


def _beside(word: str) -> list[str]:
    pieces = re.split(_RUN, word)
    return [piece for piece in pieces if piece and len(pieces) > 1]


def query(text: str) -> str:
    """Returns the words of a query: a run apart from other words, and a longer one as its parts of ``LONGEST``
    characters."""
    return " ".join(re.sub(_RUN, lambda found: f" {' '.join(_long_parts(found[0]))} ", text).split())


def _long_parts(run: str) -> list[str]:
    return [run[start : start + LONGEST] for start in range(max(1, len(run) - LONGEST + 1))]


def excerpt(text: str, query: str, around: int = 40) -> str:
    """Returns the text around the first run of the query in it; empty if it has none."""
    for run in re.findall(_RUN, query):
        place = text.find(run[:LONGEST])
        if place >= 0:
            first, last = max(0, place - around), place + len(run) + around
            return f"{'… ' if first else ''}{text[first:last]}{' …' if last < len(text) else ''}"
    return ""
