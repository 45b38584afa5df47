"""The types of events that a log may hold: those of ``events.py``, and those that a desk declares for itself.

A glossary is a value. Whoever reads or takes events is given one; nothing else knows which types there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, Union

import msgspec
from msgspec import Struct

from tracker.domain.events import TYPES, Event, Field, Occurrence, Opened, fields_of, type_of
from tracker.errors import Unknown
from tracker.text import messages

FEW = 8
"""Types that are decoded each by itself."""


class Glossary:
    """Types by the name they have in a line. ``declared`` are a desk's own, ``fingerprint`` says which these are:
    two glossaries of one fingerprint read every log alike."""

    def __init__(self, declared: Mapping[str, type[Event]] | None = None, fingerprint: str = "") -> None:
        self.declared = dict(declared or {})
        self.types: Mapping[str, type[Event]] = {**TYPES, **self.declared}
        self.fingerprint = fingerprint
        self._single: dict[bytes, msgspec.json.Decoder[Event]] = {}

    def of(self, name: Any) -> type[Event]:
        """The class of a type. Raises Unknown."""
        if not isinstance(name, str) or name not in self.types:
            raise Unknown("type of event", str(name), self.types, "tracker types lists them all.")
        return self.types[name]

    @property
    def addable(self) -> dict[str, type[Occurrence]]:
        """What ``tracker add`` records: everything that occurs in the world, and the story's status."""
        return {name: cls for name, cls in self.types.items() if issubclass(cls, Occurrence) and cls is not Opened}

    def declares(self, events: Iterable[Event]) -> bool:
        """Whether one of these events is of a declared type."""
        return bool(self.declared) and any(type_of(event) in self.declared for event in events)

    def decode(self, line: bytes) -> Event:
        """The event of a stored line. Raises UnicodeDecodeError, and what msgspec raises.

        Making the decoder of all types takes as long as reading a short story, so the first few types that are met
        get one each.
        """
        messages.utf8(line)
        if len(self._single) > FEW:
            return self._decoder.decode(line)
        found = re.match(_TAGGED, line)
        if not found:
            return self._decoder.decode(line)
        return (self._single.get(found[1]) or self._decoder_of(found[1])).decode(line)

    def reader(self) -> Callable[[bytes], Event]:
        """What decodes lines that are UTF-8 as ``decode`` does, for many lines."""
        return self._decoder.decode if len(self._single) > FEW else self.decode

    def _decoder_of(self, tag: bytes) -> msgspec.json.Decoder[Event]:
        cls = self.types.get(tag.decode("ascii", "replace"))
        if cls is None:
            return self._decoder  # which will say what is wrong
        self._single[tag] = msgspec.json.Decoder(cls)
        return self._single[tag]

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[Event]:
        return msgspec.json.Decoder(Union[tuple(self.types.values())])  # noqa: UP007  made at run time


_TAGGED = rb'\{"id":"[0-9a-f-]{36}","type":"([a-z-]+)"'
"""How a line begins, and where it says its type."""

BUILT_IN = Glossary()
"""Without any declarations."""


def own_fields(cls: type[Struct]) -> list[Field]:
    """The fields that a type has of its own, in the order of their declaration."""
    common = {field.name for field in fields_of(Occurrence)}
    return [field for field in fields_of(cls) if field.name not in common]
