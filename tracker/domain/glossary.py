"""The types of events that a log may hold: those of ``events.py``, and those that a desk declares.

A glossary is a value. Functions that read or check events take one as an argument; there is no global list of
types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, Union

import msgspec
from msgspec import Struct

from tracker.domain import chain
from tracker.domain.events import (
    TYPES,
    Closer,
    Event,
    Field,
    Occurrence,
    Opened,
    Opener,
    Pinned,
    Unpinned,
    fields_of,
    type_of,
)
from tracker.errors import Unknown
from tracker.text import messages

MANY = 4_000
"""The number of lines from which one decoder of all types is faster than one for each type that is read."""


Sentences = Mapping[str, Any]
"""What a type says to readers in one language: templates by name, each a text or a pair (for a singular and for a
plural); and ``fields``, the names of fields for readers."""


class Glossary:
    """The types of events by their names in a line.

    ``types`` has all of them, ``declared`` those that the desk declares. ``fingerprint`` is the SHA-256 of the
    declarations: two glossaries with the same fingerprint read every log alike. ``sentences`` has what the desk's
    types say to readers: by type and by language, where the empty language is the desk's.
    """

    def __init__(
        self,
        declared: Mapping[str, type[Event]] | None = None,
        fingerprint: str = "",
        sentences: Mapping[str, Mapping[str, Sentences]] | None = None,
    ) -> None:
        self.declared = dict(declared or {})
        self.sentences = dict(sentences or {})
        self.types: Mapping[str, type[Event]] = {**TYPES, **self.declared}
        self.fingerprint = fingerprint
        self._single: dict[bytes, msgspec.json.Decoder[Event]] = {}
        self._lines = 0

    def of(self, name: Any) -> type[Event]:
        """Returns the class of the type of this name. Raises Unknown."""
        if not isinstance(name, str) or name not in self.types:
            raise Unknown("type of event", str(name), self.types, "tracker types lists them all.")
        return self.types[name]

    @property
    def addable(self) -> dict[str, type[Occurrence]]:
        """The types that ``tracker add`` records: all occurrences but those that have a command of their own."""
        occurrences = {name: cls for name, cls in self.types.items() if issubclass(cls, Occurrence)}
        return {name: cls for name, cls in occurrences.items() if cls not in (Opened, Pinned, Unpinned)}

    def declares(self, events: Iterable[Event]) -> bool:
        """Whether one of these events is of a declared type."""
        return bool(self.declared) and any(type_of(event) in self.declared for event in events)

    def decode(self, line: bytes) -> Event:
        """Returns the event of a stored line. Raises UnicodeDecodeError, and the errors of msgspec.

        Building the decoder of all types takes as long as reading a short story. So the types that a short log has
        get a decoder each.
        """
        messages.utf8(line)
        if self._lines > MANY:
            return self._decoder.decode(line)
        tag = chain.type_of(line)
        return (self._single.get(tag) or self._decoder_of(tag)).decode(line)

    def reader(self, number: int) -> Callable[[bytes], Event]:
        """Returns a function for this many more lines. It decodes as ``decode`` does, and expects lines that are
        UTF-8."""
        self._lines += number
        return self._decoder.decode if self._lines > MANY else self.decode

    def _decoder_of(self, tag: bytes) -> msgspec.json.Decoder[Event]:
        cls = self.types.get(tag.decode("ascii", "replace"))
        if cls is None:
            return self._decoder  # it raises the error that names the unknown type
        self._single[tag] = msgspec.json.Decoder(cls)
        return self._single[tag]

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[Event]:
        return msgspec.json.Decoder(Union[tuple(self.types.values())])  # noqa: UP007  made at run time


BUILT_IN = Glossary()
"""The glossary of a desk that declares no types."""


def own_fields(cls: type[Struct]) -> list[Field]:
    """Returns the fields that not every type has, in the order of their declaration. Those that all openers or all
    closers have come last."""
    common = {field.name for field in fields_of(Occurrence)} - getattr(cls, "redefined", frozenset())
    own = [field for field in fields_of(cls) if field.name not in common]
    return sorted(own, key=lambda field: field.name in shared_fields(cls))


def shared_fields(cls: type[Struct]) -> set[str]:
    """Returns the names of the fields that a type has because it opens or closes a situation."""
    base = next((base for base in (Opener, Closer) if issubclass(cls, base)), None)
    return (
        {*base.__struct_fields__} - {*Occurrence.__struct_fields__} - getattr(cls, "redefined", frozenset())
        if base
        else set()
    )
