"""The removal of a text for good: which lines it concerns, and which other events repeat their text.

A redaction names one line in its head. A correction repeats the text of its target, so an editor who removes a
text redacts the corrections of it too, each with a redaction of its own. The log replaces the lines by their
shells (``chain.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from tracker.domain import values
from tracker.domain.amend import REDACTED, Development
from tracker.domain.events import Event, Figure, Image, Imported, Redaction, Saying, Source, added, kind_of
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.domain.story import Story
from tracker.errors import BadInput
from tracker.startup import sha256

LONG_ENOUGH = 12
"""The shortest text, in characters, that counts as repeated. Shorter texts are common words."""


def concerned(story: Story, target: Development) -> list[Development]:
    """Returns the developments that a removal of the target's text concerns: the target, and those of its
    corrections that still have their text."""
    corrections = (
        each
        for each in story.developments
        if each.type == "correction" and each.target == target.seq and each.standing != REDACTED
    )
    return [target, *corrections]


def check(story: Story, target: Development, draft: Redaction, glossary: Glossary = BUILT_IN) -> None:
    """Refuses (BadInput) a redaction whose target has no text any more, or that repeats the text to remove."""
    if target.standing == REDACTED:
        place = f"{story.slug}#{target.seq}"
        raise BadInput(f"{place} was redacted already", field="redacts")
    if any(text in draft.authority for text in texts(story, target, glossary)):
        raise BadInput("repeats the text that is to be removed", field="authority")


def digest(id: str, importer: str, key: str) -> str:
    """Returns a digest of the origin of the event ``id``: the SHA-256 of the id, the importer and the key, each
    ended by LF, in hexadecimal. A redaction keeps it, so that an import does not record the removed text again.
    The key itself may be what has to go."""
    return sha256(f"{id}\n{importer}\n{key}\n".encode()).hexdigest()


def origin(target: Event) -> Imported | None:
    """Returns the origin of the target as its redaction keeps it; None if it was not imported."""
    if not (imported := added(target, "imported")):
        return None
    return Imported(importer=imported.importer, key=digest(target.id, imported.importer, imported.key))


def repeats(story: Story, target: Development, glossary: Glossary = BUILT_IN) -> list[int]:
    """Returns the numbers of other events that repeat a text of the target word for word. Its corrections are left
    out, because their texts are removed with it."""
    own = texts(story, target, glossary)
    return [
        each.seq
        for each in story.developments
        if each.seq != target.seq and not (each.type == "correction" and each.target == target.seq)
        if any(text in other for text in own for other in texts(story, each, glossary, least=1))
    ]


def texts(
    story: Story, development: Development, glossary: Glossary = BUILT_IN, least: int = LONG_ENOUGH
) -> list[str]:
    """Returns the texts of the development as it was appended: titles, bodies, quotations, but no names, dates and
    addresses. Texts shorter than ``least`` characters are left out. ``glossary`` has the type of the event that a
    correction corrects."""
    target = story.developments[development.target - 1].type if development.target else ""
    found = _texts_in(
        values.to_values(development.original), type(development.original), glossary.types.get(target)
    )
    return [text for text in found if len(text) >= least]


_NO_TEXT = frozenset(["party", "parties", "date", "url", "ref", "refs", "links", "coordinates", "imported"])
"""Kinds of field that hold a name, a date or an address."""

_NAMES = frozenset(["type", "recorded", "editor", "salt", "hash", "language", "publisher", "via"])
"""Fields of other kinds that hold no text of the editor. A declared type cannot have a field of such a name."""

_NESTED: dict[str, type[Struct]] = {
    "figures": Figure,
    "image": Image,
    "sayings": Saying,
    "sources": Source,
}


def _texts_in(value: Any, cls: type[Struct] | None, target: type[Event] | None = None) -> Iterator[str]:
    """Yields the texts in plain values of class ``cls``. ``target`` is the type of the event that a correction
    corrects; its ``changes`` have fields of that type."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            kind = kind_of(cls, name) if cls else ""
            if kind not in _NO_TEXT and name not in _NAMES:
                yield from _texts_in(item, target if name == "changes" else _NESTED.get(kind))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts_in(item, cls)
