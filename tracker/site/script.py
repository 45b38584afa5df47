"""The words of ``script.js`` in the language of a page."""

from __future__ import annotations

import os
from functools import lru_cache

from tracker.site.jsonld import in_script
from tracker.templating import TEMPLATES
from tracker.wording.catalogue import ENGLISH
from tracker.wording.messages import Wording

KEYWORDS = {"say": None, "count": (1, 2)}

_NUMBERS = range(200)
"""Among these numbers are examples of every plural."""


@lru_cache(maxsize=100)
def messages(wording: Wording) -> str:
    """Return the messages as JSON that is safe inside a ``script`` element: the translation of each by its English
    words or, if it has plurals, its forms by CLDR's names of plurals. The text is empty for English, which is in
    the script."""
    if wording.language == ENGLISH:
        return ""
    return in_script({_first(id): _translated(wording, id) for id in ids()})


def _translated(wording: Wording, id: str | tuple[str, ...]) -> str | dict[str, str]:
    if isinstance(id, str):
        return wording.say(id)
    one, other = id
    return {wording.locale.plural_form(n): wording.form(one, other, n) for n in reversed(_NUMBERS)}


def _first(id: str | tuple[str, ...]) -> str:
    return id if isinstance(id, str) else id[0]


@lru_cache(maxsize=1)
def ids() -> list[str | tuple[str, ...]]:
    """Return the messages in the script, each once."""
    from babel.messages.extract import extract

    with open(os.path.join(TEMPLATES, "script.js"), "rb") as file:
        return list(dict.fromkeys(message for _, message, *_ in extract("javascript", file, KEYWORDS)))
