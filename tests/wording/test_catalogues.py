"""The catalogues: every message of the code is translated, with the same values, in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.wording.catalogues import TRANSLATED, collected, read

Text = str | tuple[str, ...]


def texts(text: Text) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


def values(text: str) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)\}", text))


def faults(language: str) -> Iterator[str]:
    """Yields what is wrong with a catalogue."""
    catalogue, messages = read(language), {each.id: each for each in collected() if each.id}
    for id in messages:
        found = catalogue.get(id)
        if found is None or found.fuzzy or not all(texts(found.string)):
            yield f"not translated: {id!r}"
            continue
        *_, whole = texts(id)
        for form in texts(found.string):
            left_out = values(whole) - values(form)
            if values(form) - values(whole) or left_out - {"n"} or (left_out and len(texts(id)) == 1):
                yield f"other values: {id!r}: {form!r}"
        if len(texts(id)) > 1 and "{n}" in whole and "{n}" not in texts(found.string)[-1]:
            yield f"no number: {id!r}"
    yield from (f"no longer used: {each.id!r}" for each in catalogue if each.id and each.id not in messages)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language: str) -> None:
    assert list(faults(language)) == []


def test_the_messages_of_all_kinds_of_files_are_collected() -> None:
    ids = {each.id for each in collected()}
    assert {"Where things stand", ("One report", "{n} reports"), "since {day}", "suspended"} <= ids
    assert ("{by} suspends {subject}.", "{by} suspend {subject}.") in ids
