"""The messages in the code, as Babel collects them, and the catalogues that translate them.

``python -m tests.wording.catalogues`` brings the catalogues up to date. It adds new messages without a
translation, and drops those that are gone.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import tracker
from tracker.wording.catalogue import ENGLISH, LANGUAGES

PACKAGE = Path(tracker.__file__).parent
LOCALES = PACKAGE / "wording/locales"
METHODS = [
    *((f"{package}/**.py", "python") for package in ("wording", "feeds", "site", "publishing", "server/api")),
    ("templates/**.html", "jinja2.ext:babel_extract"),
    ("templates/**.js", "javascript"),
]
KEYWORDS = {"say": None, "N_": None, "count": (1, 2), "forms": (1, 2)}
OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}

TRANSLATED = tuple(each for each in LANGUAGES if each != ENGLISH)


def collected() -> Catalog:
    """Returns all messages in the code."""
    catalogue = Catalog(fuzzy=False)
    found = extract_from_dir(str(PACKAGE), METHODS, OPTIONS, keywords=KEYWORDS)
    for _, _, message, _, _ in sorted(found, key=lambda each: (each[0], each[1])):
        catalogue.add(message)
    return catalogue


def read(language: str) -> Catalog:
    with open(path(language), "rb") as file:
        return read_po(file, language)


def path(language: str) -> Path:
    return LOCALES / f"{language}.po"


def update() -> None:
    """Brings all catalogues up to date with the code."""
    template = collected()
    for language in TRANSLATED:
        old = read(language) if path(language).exists() else Catalog(language)
        new = Catalog(language, fuzzy=False)
        for message in template:
            if message.id:
                known, empty = old.get(message.id), ("",) * new.num_plurals if message.pluralizable else ""
                new.add(message.id, known.string if known and known.id == message.id else empty)
        with open(path(language), "wb") as file:
            write_po(file, new, width=0, omit_header=False, sort_output=False)


if __name__ == "__main__":
    update()
