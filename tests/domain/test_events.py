"""The glossary: every type is declared whole, and says in its declaration all that others need of it."""

from __future__ import annotations

import pytest
from msgspec import Struct

from tracker.domain.amend import amend
from tracker.domain.chain import START
from tracker.domain.events import (
    TYPES,
    Amendment,
    Closes,
    Event,
    Field,
    Figure,
    Occurrence,
    Opens,
    Redacted,
    Source,
    fields_of,
    type_of,
)
from tracker.domain.lines import encode

KINDS = {
    "line",
    "prose",
    "party",
    "parties",
    "date",
    "url",
    "ref",
    "number",
    "figures",
    "sayings",
    "sources",
    "flag",
}
every_type = pytest.mark.parametrize("cls", TYPES.values(), ids=list(TYPES))


def own_fields(cls: type[Event]) -> list[Field]:
    shared = (*Occurrence.__struct_fields__, *Event.__struct_fields__, "format", "slug", "was", "changes")
    return [field for field in fields_of(cls) if field.name not in shared]


def test_the_types_are_those_of_the_design() -> None:
    """What a desk can record is a closed list."""
    assert list(TYPES) == [
        *("opened", "report", "confirmation", "denial", "statement"),
        *("suspension", "reinstatement", "investigation", "finding", "agreement", "termination"),
        *("policy", "repeal", "change", "earnings", "question", "expectation", "update", "summary"),
        *("correction", "retraction", "redaction", "closed", "reopened", "pinned", "unpinned"),
    ]


@every_type
def test_every_type_explains_itself(cls: type[Event]) -> None:
    """Its docstring is its help text, and so is each of its own fields' description."""
    assert (cls.__doc__ or "").strip().endswith(".")
    assert all(field.help for field in own_fields(cls))


@every_type
def test_every_field_of_a_type_has_a_kind(cls: type[Event]) -> None:
    """The command line and the checks go by the kind, so none may be left to chance."""
    assert {field.kind for field in own_fields(cls)} <= KINDS


@every_type
def test_every_type_has_exactly_one_meaning(cls: type[Event]) -> None:
    """An amendment has a target and no effect on its own; all else is an occurrence."""
    assert issubclass(cls, Amendment) != issubclass(cls, Occurrence)
    if issubclass(cls, Amendment):
        assert cls.target_field in cls.__struct_fields__
        assert cls.effect is None


@every_type
def test_what_a_title_says_is_a_field(cls: type[Event]) -> None:
    """``title_says`` names a field of the type that may be left out."""
    if cls.title_says:
        (field,) = [field for field in fields_of(cls) if field.name == cls.title_says]
        assert not field.required


def test_whatever_opens_can_be_closed() -> None:
    """Each kind of situation has one type that opens it and, save what any event may close, one that closes it."""
    effects = [cls.effect for cls in TYPES.values()]
    opened = sorted(effect.kind for effect in effects if isinstance(effect, Opens))
    closed = sorted(effect.kind for effect in effects if isinstance(effect, Closes))
    assert opened == sorted([*closed, "question", "expectation"])


@pytest.mark.parametrize(
    ("cls", "name", "expected"),
    [
        (TYPES["suspension"], "subject", Field("subject", "party", "the party that is suspended", True)),
        (TYPES["suspension"], "until", Field("until", "date", "its announced end", False)),
        (TYPES["update"], "minor", Field("minor", "flag", "keep it out of the feeds", False)),
        (TYPES["opened"], "format", Field("format", "other", "", False)),
        (Source, "url", Field("url", "url", "address, http or https", False)),
        (Figure, "name", Field("name", "line", "", True)),
        (Figure, "value", Field("value", "number", "", False)),
    ],
)
def test_fields_are_read_from_their_declaration(cls: type[Struct], name: str, expected: Field) -> None:
    """Kind, help and whether it has to be there come from the one place where the field is declared."""
    assert next(field for field in fields_of(cls) if field.name == name) == expected


def test_events_are_immutable() -> None:
    """An event is never changed, not even by mistake."""
    event = TYPES["update"](title="What happened")  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        event.editor = "somebody"  # type: ignore[misc]


def test_a_removed_event_keeps_its_type() -> None:
    """What is left of a redacted event still says which type it was."""
    left = Redacted(id="1", was="statement")
    assert type_of(left) == "statement"
    assert amend([left])[0].title == "[removed]"


def test_an_event_says_its_type_as_its_line_does() -> None:
    """The name in the table is the tag in the line."""
    for name, cls in TYPES.items():
        assert cls.__struct_config__.tag == name
    event = TYPES["update"](title="What happened")  # type: ignore[call-arg]
    assert b'"type":"update"' in encode(event, START)[1]
    assert type_of(event) == "update"
