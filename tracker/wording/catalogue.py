"""The catalogues of messages: ``locales/<language>.po``. English is in the code."""

from __future__ import annotations

import gettext
from functools import cache

ENGLISH = "en"
LANGUAGES = (ENGLISH, "ar", "de", "es", "fr")
"""The languages that tracker speaks to readers."""


def primary(tag: str) -> str:
    """Returns the language of a tag (BCP 47): ``de`` for ``de-AT``."""
    return tag.replace("_", "-").partition("-")[0].lower()


def supported(tag: str, otherwise: str = ENGLISH) -> str:
    """Returns the language in which tracker speaks for a language tag (BCP 47): ``de`` for ``de-AT``, and English
    or another text for a language that it does not speak."""
    language = primary(tag)
    return language if language in LANGUAGES else otherwise


@cache
def translations(language: str) -> gettext.NullTranslations:
    """Returns the messages in one of the ``LANGUAGES``. A message that is not translated is English."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    from importlib.resources import files
    from io import BytesIO

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with files("tracker.wording").joinpath("locales", f"{language}.po").open("rb") as file:
        catalogue = read_po(file, language, ignore_obsolete=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
