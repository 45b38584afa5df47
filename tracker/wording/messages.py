"""Sentences in one language: ``Wording`` fills messages with values.

``say`` and ``count`` are the names by which the messages are found in the code, and collected for translators::

    wording.say("It ended {when}.", when=wording.when(occurred))
    wording.count("One report", "{n} reports", 3)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import cached_property, lru_cache
from typing import Any

from tracker.domain.glossary import Glossary
from tracker.text.identity import name_key
from tracker.text.visible import direction, isolated
from tracker.wording.catalogue import supported, translations


def N_(message: str) -> str:
    """Marks a text as a message that is filled elsewhere."""
    return message


def forms(one: str, other: str) -> tuple[str, str]:
    """Marks two texts as the singular and the plural of a message that is filled elsewhere."""
    return one, other


class Wording:
    """Words for readers in one language.

    ``tag`` is the language of a page or a feed (BCP 47), ``language`` the one of tracker's languages in which it
    is told. ``glossary`` has the desk's own types with their sentences, which are in the language ``desk`` unless
    they say otherwise. ``plural`` are the parties whose names are plurals, each as ``identity.name_key`` gives it.
    """

    def __init__(
        self,
        tag: str = "en",
        glossary: Glossary | None = None,
        plural: Iterable[str] = (),
        messages: Callable[[str], Any] = translations,
    ) -> None:
        self.tag = tag
        self.language = supported(tag)
        self.glossary = glossary or Glossary()
        self.plural = frozenset(plural)
        self.direction = direction(self.language)
        self.isolates = True
        self._messages = messages(self.language)

    def say(self, message: str, /, **values: object) -> str:
        """Returns a message with its values. A value that is written in the other direction is isolated."""
        translated: str = self._messages.gettext(message)
        return translated.format_map(self._shown(values)) if values else translated

    def count(self, one: str, other: str, n: int, /, **values: object) -> str:
        """Returns the form of a message for the number ``n``, which is its value ``n``."""
        return self.form(one, other, n).format_map({"n": self.number(n), **self._shown(values)})

    def form(self, one: str, other: str, n: int) -> str:
        """Returns the form of a message for the number ``n``, without values."""
        return str(self._messages.ngettext(one, other, n))

    def number_of(self, *parties: object) -> int:
        """Returns the grammatical number of these parties: 1 for a singular, 2 for a plural."""
        names = [name for each in parties for name in (each if isinstance(each, (list, tuple)) else (each,))]
        return 2 if len(names) > 1 or any(name_key(str(name)) in self.plural for name in names) else 1

    def listed(self, words: Iterable[object]) -> str:
        """Returns ``OpenAI``, ``OpenAI and Microsoft`` or ``OpenAI, Microsoft and TikTok``."""
        *most, last = map(str, words)
        if not most:
            return last
        if self.locale is None:
            return f"{', '.join(most)} and {last}"
        from babel.lists import format_list

        return format_list([*most, last], locale=self.locale)

    def number(self, number: int) -> str:
        """Returns a whole number in the digits and the grouping of the language."""
        if self.locale is None:
            return f"{number:,}"
        from babel.numbers import format_decimal

        return format_decimal(number, locale=self.locale)

    @cached_property
    def locale(self) -> Any:
        """The Babel locale, or None for English, which needs none."""
        if self.language == "en":
            return None
        from babel.core import Locale

        return Locale.parse(self.language)

    @cached_property
    def without_isolates(self) -> Wording:
        """The same words for a terminal, which shows isolates as escapes."""
        bare = copy(self)
        bare.isolates = False
        return bare

    def isolated(self, text: str) -> str:
        """Returns a text of the log for use in a sentence of this language."""
        return isolated(text, self.direction) if self.isolates else text

    def _shown(self, values: Mapping[str, object]) -> dict[str, object]:
        return {name: self.isolated(each) if type(each) is str else each for name, each in values.items()}


def sentence(text: str) -> str:
    """Returns the text with a full stop, unless it ends a sentence itself."""
    return text if text.endswith((".", "!", "?", "…", ".”", "!”", "?”", "؟")) else f"{text}."


def capitalized(text: str) -> str:
    """Returns the text with a capital letter first, as a sentence begins. A name such as “iPhone” stays."""
    has_capitals = any(map(str.isupper, text.partition(" ")[0][1:]))
    return text if has_capitals else text[:1].upper() + text[1:]


Wordings = Callable[[str], Wording]
"""A function that returns the wording for a language tag (BCP 47); for an empty one, in the desk's language."""


def wordings(desk: str, glossary: Glossary, plural: Iterable[str]) -> Wordings:
    """Returns the wordings of a desk: its language, its own types, and the parties whose names are plurals."""
    names = frozenset(map(name_key, plural))
    return lru_cache(maxsize=100)(lambda tag: Wording(tag or desk, glossary, names))


@lru_cache(maxsize=100)
def plain(tag: str) -> Wording:
    """Returns the wording in a language, without the types of a desk."""
    return Wording(tag or "en")
