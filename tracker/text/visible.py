"""What of a text can be seen, and whether it leaves a direction of writing open.

Some characters order the text behind them to run the other way (U+202A to U+202E, U+2066 to U+2068) until another
one ends that. Left open, they reorder what follows the text on a page.
"""

from __future__ import annotations

import re

_EMBEDDINGS, _ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
_END_EMBEDDING, _END_ISOLATE = "\u202c", "\u2069"
_FILLERS = "\u115f\u1160\u3164\uffa0\u2800"
"""Letters and symbols that are blank: fillers of Hangul, and the empty pattern of Braille."""

OPENS = f"[{_EMBEDDINGS}{_ISOLATES}]"
"""A pattern of a character that opens a direction."""


def shows(text: str) -> bool:
    """Returns whether the text has a character that can be seen. A mark that combines with another character is
    none by itself."""
    if text.isascii():
        return not text.isspace() and bool(text)
    from unicodedata import category  # most texts are ASCII

    return any(
        each not in _FILLERS and category(each) not in ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Mc", "Me")
        for each in text
    )


def left_open(line: str) -> str:
    """Returns the characters of a line that open a direction which nothing ends."""
    opened: list[str] = []
    for each in line if not line.isascii() and re.search(OPENS, line) else "":
        if each in _EMBEDDINGS or each in _ISOLATES:
            opened.append(each)
        elif each == _END_EMBEDDING and opened and opened[-1] in _EMBEDDINGS:
            opened.pop()
        elif each == _END_ISOLATE and any(one in _ISOLATES for one in opened):
            while opened.pop() not in _ISOLATES:
                pass
    return "".join(opened)


def overrides(line: str) -> str:
    """Returns the character of U+202A to U+202E that a line leaves open, or an empty text."""
    return next((each for each in left_open(line) if each in _EMBEDDINGS), "")


def closed(text: str) -> str:
    """Returns the text with each direction ended in the line that opens it."""
    if text.isascii() or not re.search(OPENS, text):
        return text
    ends = (
        "".join(_END_ISOLATE if each in _ISOLATES else _END_EMBEDDING for each in reversed(left_open(line)))
        for line in text.split("\n")
    )
    return "\n".join(line + end for line, end in zip(text.split("\n"), ends, strict=True))


_RIGHT_TO_LEFT = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"))
"""Languages that are written from right to left, unless their tag names a script."""


def direction(tag: str) -> str:
    """Returns ``rtl`` or ``ltr``: how a language with this tag (BCP 47) is written."""
    language, *others = tag.lower().split("-")
    scripts = {each for each in others if len(each) == 4 and each.isalpha()}
    if scripts:
        return "rtl" if scripts & {"arab", "hebr", "syrc", "thaa", "nkoo"} else "ltr"
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"


def isolated(text: str, around: str) -> str:
    """Returns the text for use in a sentence that is written ``rtl`` or ``ltr``. If a letter in it is written the
    other way, the text is inside isolates (UAX 9, 2.4), so that it keeps its order and the sentence keeps its own.
    Letters that are isolated already do not count."""
    if around == "ltr" and text.isascii():
        return text
    from unicodedata import bidirectional  # as above

    others = ("R", "AL") if around == "ltr" else ("L",)
    rest = re.sub("\u2068[^\u2068\u2069]*\u2069", "", text)
    return f"\u2068{text}\u2069" if any(bidirectional(each) in others for each in rest) else text
