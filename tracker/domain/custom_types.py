"""A desk's own types of events. ``read`` makes each declaration in ``events/types.toml`` into a class like those
of ``events.py``, so that help, completion, fold, feeds and search treat all types alike::

    [outage]
    help = "A service stops working."
    opens = "outage"  # the kind of situation; or closes = "outage", or moves = "outage"
    label = "outage of {service}"  # what the situation is called
    word = "going on"  # its state while it is in force
    ended = "over"  # its state afterwards
    pending = true  # it waits for an outcome, and is listed under Open
    until = "expected"  # the field that holds its announced end
    terms = "scope"  # the field of kind text that says what holds, shown behind the state
    sentence = "{service} is down"  # the default title

A type with ``fills`` gives a party an office, and one with ``vacates`` takes it away. All appointments to one
office, and the departures from it, are one line of succession::

    [appointment]
    help = "A person takes an office."
    fills = "{role} of {organisation}"  # the name of the office
    holder = "person"  # the field of kind party with the person

A type with ``moves`` changes the state of a situation in force. Its ``state`` is the new state, such as
``state = "on appeal"``; an event may give another one.

Readers are told the label and the state. A type can say it in sentences, each over its fields and some phrases:
``{since}`` and ``{began}`` say when it began, ``{when}`` when it ended, ``{due}`` by when it is expected,
``{outcome}`` how it ended, ``{terms}`` what was agreed. A table of a language says the same in that language::

    [outage.sentences]
    began = "{service} is down."
    holds = { one = "{service} has been down {since}.", other = "{service} have been down {since}." }
    ended = "{service} works again {when}."
    before = "It had been down {since}."

    [outage.sentences.de]
    name = "Ausfall"
    label = "Ausfall von {service}"
    word = "dauert an"
    over = "behoben"
    holds = "{service} ist {since} ausgefallen."
    fields = { service = "Was ausgefallen ist" }

The form ``other`` is for a plural: of a field with several parties, or of a party that ``parties.toml`` calls so.

A field has a kind::

    [outage.fields.service]
    kind = "party"  # text, party, parties, date, money or url
    help = "what has stopped working"
    required = true

Evolution: an editor may add fields and types at any time. A field or type that a log has used has to stay, or
tracker can no longer read that story. ``required`` applies to an event that is appended, not to older events.

This module is pure: ``read`` takes the text, and returns a glossary or raises a refusal that names the line.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Set
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, structs

from tracker.domain import chain, events
from tracker.domain.events import (
    SITUATIONS,
    TYPES,
    Closes,
    Effect,
    Event,
    Fills,
    Moves,
    Occurrence,
    Opens,
    Source,
    Vacates,
    fields_of,
)
from tracker.domain.glossary import Glossary, Sentences
from tracker.domain.wording import names_in
from tracker.errors import BadInput, nearest
from tracker.text import toml
from tracker.text.toml import Shape

KINDS = {
    "text": events.LineText,
    "party": events.PartyName,
    "parties": events.Parties,
    "date": events.DateText,
    "money": events.Money,
    "url": events.Url,
}
"""The kinds that a declared field may have, each with the annotation of such a field."""

EXAMPLE = '[outage], and below it help = "A service stops working."'

MOST = 100
"""The largest number of types in a glossary, and of fields in a type."""

_NAME = "[a-z]+(-[a-z]+)*"
_FIELD = "[a-z]+(_[a-z]+)*"

_OPTIONS = {
    *("source", "headline", "party", "figure", "dry_run", "help", "edit", "json", "as_json"),
    *("story", "why", "type", "ctx"),
}
"""Names that ``tracker add`` or the line format uses for something else."""

_FIXED_MEANING = {
    *chain.RESERVED,  # the line format keeps these names for itself
    *("slug", "was", "changes"),  # tracker sets them and does not show them
    *("about", "company", "period", "covers"),  # they decide to which event an event refers, and its dates
    *("text", "summary", "terms", "language"),  # feeds and pages show them in a place of their own
}
"""Names of fields of tracker's own types that have a fixed meaning in every type."""


class DeclaredField(Struct, frozen=True, forbid_unknown_fields=True):
    """A field as declared in a table ``[TYPE.fields.NAME]``."""

    kind: str
    help: str = ""
    required: bool = False


class Declaration(Struct, frozen=True, forbid_unknown_fields=True):
    """A type as declared in a table ``[TYPE]``."""

    help: str
    opens: str = ""
    closes: str = ""
    moves: str = ""
    label: str = ""
    word: str = "open"
    ended: str = "ended"
    pending: bool = False
    until: str = ""
    terms: str = ""
    sentence: str = ""
    state: str = ""
    fills: str = ""
    vacates: str = ""
    holder: str = ""
    fields: dict[str, Any] = {}
    sentences: dict[str, Any] = {}


class DeclaredSentences(Struct, frozen=True, forbid_unknown_fields=True):
    """What a type says to readers in one language. A sentence is a text, or a table with ``one`` and ``other``."""

    name: str = ""
    label: str = ""
    word: str = ""
    over: str = ""
    began: Any = ""
    holds: Any = ""
    ended: Any = ""
    before: Any = ""
    fields: dict[str, str] = {}


PHRASES = ("since", "began", "when", "due", "outcome", "terms")
"""What a sentence may name besides the fields of its type."""

_KINDS = ("opens", "moves", "closes")
"""The effects on a situation. The value of each is a kind of situation."""
_OFFICES = ("fills", "vacates")
"""The effects on an office. The value of each is a template of its name."""
_EFFECTS = (*_KINDS, *_OFFICES)
_OPENER_KEYS = ("label", "word", "ended", "pending", "until", "terms")
_DEFAULTS = Declaration(help="")


class _Broken(Exception):
    """A declaration is refused. ``path`` has the keys that lead to the wrong value. ``read`` catches every one."""

    def __init__(self, reason: str, *path: str) -> None:
        self.path = path
        super().__init__(reason)


def read(text: bytes, place: str) -> Glossary:
    """Returns the glossary with the types that ``text`` declares. Raises BadInput with ``place``, line and key."""
    values = toml.read(text, place, EXAMPLE)
    try:
        if len(values) > MOST:
            raise _Broken(f"declares {len(values)} types; {MOST} is the most")
        declarations = {name: _declaration(name, value) for name, value in values.items()}
        _check_kinds(declarations)
        classes = {name: _class(name, declaration) for name, declaration in declarations.items()}
        declarations = {name: _with_sentences(name, each) for name, each in declarations.items()}
    except _Broken as broken:
        line = toml.line_of(toml.decoded(text), broken.path)
        where = f"{place}:{line}" if line else place
        raise BadInput(": ".join(filter(None, (where, ".".join(broken.path), str(broken))))) from None
    sentences = {name: found for name, each in declarations.items() if (found := each.sentences)}
    return Glossary(classes, sha256(text).hexdigest(), sentences)


def _declaration(name: str, value: Any) -> Declaration:
    """Returns the declaration of one type, checked on its own. Raises _Broken."""
    if not isinstance(value, dict):
        raise _Broken(toml.no_table(name, value, Declaration, "type", "outage"), name)
    if name in TYPES:
        raise _Broken("is a type of tracker's own; choose another name", name)
    if not re.fullmatch(_NAME, name) or len(name) > 40:
        raise _Broken("cannot name a type: use at most 40 small letters and single hyphens, such as outage", name)
    declaration = _converted(value, Declaration, name)
    declared = {
        field: _converted(each, DeclaredField, name, "fields", field) for field, each in declaration.fields.items()
    }
    declaration = structs.replace(declaration, fields=declared)
    _check_texts(name, declaration)
    _check_effect(name, declaration)
    if len(declaration.fields) > MOST:
        raise _Broken(f"has {len(declaration.fields)} fields; {MOST} is the most", name, "fields")
    for field, declared in declaration.fields.items():
        _check_field(name, field, declared)
        if declaration.moves and field in {*events.Mover.__struct_fields__} - {*events.ADDED}:
            raise _Broken(
                "every type that changes a situation has this field; leave it out", name, "fields", field
            )
    _check_templates(name, declaration)
    return declaration


def _converted(value: Any, cls: type[Shape], *path: str) -> Shape:
    """Returns the table at this path as an instance of ``cls``. Raises _Broken."""
    if not isinstance(value, dict):
        raise _Broken('has to be a table such as { kind = "text" }', *path)
    try:
        return toml.convert(value, cls)
    except BadInput as error:
        if error.reason != "is missing":
            raise _Broken(error.reason, *path, *error.field.split(".")) from None
        example = 'kind = "text"' if error.field == "kind" else 'help = "A service stops working."'
        raise _Broken(f"has no {error.field}; add {example}", *path) from None


def _check_texts(name: str, declaration: Declaration) -> None:
    named = ("help", "label", "word", "ended", "sentence", *_OFFICES)
    texts = {key: getattr(declaration, key) for key in named} | {
        f"fields.{field}.help": declared.help for field, declared in declaration.fields.items()
    }
    for key, text in texts.items():
        if not text.isprintable() or len(text) > 300:
            raise _Broken("has to be one line of at most 300 printable characters", name, *key.split("."))
    if not declaration.help.strip():
        raise _Broken("is empty; say what happens when an event of this type occurs", name, "help")


def _check_effect(name: str, declaration: Declaration) -> None:
    effects = [key for key in _EFFECTS if getattr(declaration, key)]
    if len(effects) > 1:
        raise _Broken(
            "a type either opens a situation, or changes or closes one, or fills or vacates an office; make two"
            " types",
            name,
            effects[-1],
        )
    if bool(declaration.holder) != any(getattr(declaration, key) for key in _OFFICES):
        raise _Broken(
            "belongs to a type that fills or vacates an office"
            if declaration.holder
            else "is missing; say which field of kind party has the office, such as holder = 'person'",
            name,
            "holder",
        )
    if declaration.state and not declaration.moves:
        raise _Broken(
            "belongs to a type that changes a situation; say which, such as moves = 'outage'", name, "state"
        )
    for key in _KINDS:
        kind = getattr(declaration, key)
        if kind and (not re.fullmatch(_NAME, kind) or len(kind) > 40):
            raise _Broken(f"{kind!r} cannot name a kind of situation; write it like {name!r}", name, key)
    if not declaration.opens:
        for key in _OPENER_KEYS:
            if getattr(declaration, key) != getattr(_DEFAULTS, key):
                raise _Broken("belongs to a type that opens a situation", name, key)
    elif not declaration.label:
        raise _Broken('opens a situation, which needs a label such as label = "outage of {service}"', name)
    if not declaration.word or not declaration.ended:
        raise _Broken(
            "is empty; say what the situation's state is", name, "word" if not declaration.word else "ended"
        )


def _check_field(name: str, field: str, declared: DeclaredField) -> None:
    path = (name, "fields", field)
    if not re.fullmatch(_FIELD, field) or len(field) > 40 or keyword.iskeyword(field):
        raise _Broken("cannot name a field: use at most 40 small letters and single underscores", *path)
    if field in _taken():
        raise _Broken("every event has a field or an option of that name; choose another", *path)
    if field in _FIXED_MEANING:
        raise _Broken("is a field of tracker's own types, with a meaning of its own; choose another", *path)
    if declared.kind not in KINDS:
        near = nearest(declared.kind, KINDS)
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(KINDS)}"
        raise _Broken(f"{declared.kind!r} is not a kind of field; {hint}", *path, "kind")


def _taken() -> set[str]:
    """Returns the names of the fields and options that every type has, and that a desk's own cannot have."""
    common = {field.name for field in (*fields_of(Occurrence), *fields_of(Source))}
    return (common | _OPTIONS | set(dir(Occurrence))) - {*events.ADDED}


def _check_templates(name: str, declaration: Declaration) -> None:
    if re.search("[{}]", declaration.ended):
        raise _Broken("is the same for all of this kind; leave the braces out", name, "ended")
    for key in ("label", "word", "sentence", "state", *_OFFICES):
        template = getattr(declaration, key)
        if re.search("[{}]", re.sub(r"\{[a-z0-9_]+\}", "", template)):
            raise _Broken("has a brace that names no field; write a field like {service}", name, key)
        for field in names_in(template):
            if field not in declaration.fields:
                raise _Broken(f"{{{field}}} is not a field of this type", name, key)
    for key, kind in (("until", "date"), ("terms", "text"), ("holder", "party")):
        field = getattr(declaration, key)
        if field and (field not in declaration.fields or declaration.fields[field].kind != kind):
            raise _Broken(f"{field!r} is not a field of this type of kind {kind}", name, key)


def _with_sentences(name: str, declaration: Declaration) -> Declaration:
    """Returns the declaration with its sentences by language, checked. The empty language is the desk's."""
    path = (name, "sentences")
    own = {
        key: value for key, value in declaration.sentences.items() if key in DeclaredSentences.__struct_fields__
    }
    found = {"": _sentences(own, declaration, *path)} if own else {}
    for language, value in declaration.sentences.items():
        if language not in own:
            if not re.fullmatch("[a-z]{2,3}", language):
                raise _Broken("is neither a sentence nor a language such as de", *path, language)
            found[language] = _sentences(value, declaration, *path, language)
    return structs.replace(declaration, sentences=found)


def _sentences(value: Any, declaration: Declaration, *path: str) -> Sentences:
    """Returns the sentences of a table in one language. Raises _Broken."""
    declared = structs.asdict(_converted(value, DeclaredSentences, *path))
    forms: dict[str, Any] = {"fields": fields} if (fields := declared.pop("fields")) else {}
    for field in fields:
        if field not in declaration.fields:
            raise _Broken("is not a field of this type", *path, "fields", field)
    for key, form in declared.items():
        found = (
            [form["one"], form["other"]] if isinstance(form, dict) and form.keys() == {"one", "other"} else [form]
        )
        for text in found:
            if not isinstance(text, str) or not text.isprintable() or len(text) > 300:
                raise _Broken("has to be one line of at most 300 characters, or one and other", *path, key)
            _check_sentence(text, {*declaration.fields, *PHRASES}, *path, key)
        if form:
            forms[key] = tuple(found) if len(found) > 1 else found[0]
    return forms


def _check_sentence(template: str, names: Set[str], *path: str) -> None:
    if re.search("[{}]", re.sub(r"\{[a-z0-9_]+\}", "", template)):
        raise _Broken("has a brace that names no field; write a field like {service}", *path)
    for field in names_in(template):
        if field not in names:
            raise _Broken(f"{{{field}}} is neither a field of this type nor one of {', '.join(PHRASES)}", *path)


_LISTED = {each.effect.kind: each.effect.listed for each in TYPES.values() if isinstance(each.effect, Opens)}
"""The kinds of situation that tracker's own types open, each with the list of the story that it is in."""


def _check_kinds(declarations: Mapping[str, Declaration]) -> None:
    """Refuses (_Broken) a type that changes or closes a kind of situation which no type opens."""
    opened = {*_LISTED, *(each.opens for each in declarations.values() if each.opens)}
    for name, each in declarations.items():
        for key, kind in (("moves", each.moves), ("closes", each.closes)):
            if kind and kind not in opened:
                near = nearest(kind, opened)
                hint = f"did you mean {near}?" if near else f"declare a type with opens = {kind!r}"
                raise _Broken(f"nothing opens {kind!r}; {hint}", name, key)


_BASES = {"opens": events.Opener, "moves": events.Mover, "closes": events.Closer}
"""The class that a type extends, by the key of its effect."""


def _class(name: str, declaration: Declaration) -> type[Event]:
    """Returns the class of a declared type. It is like those of ``events.py``."""
    fields = [
        (field, _annotated(declared), () if declared.kind == "parties" else "")
        for field, declared in declaration.fields.items()
    ]
    base = next((base for key, base in _BASES.items() if getattr(declaration, key)), Occurrence)
    namespace = {
        "__doc__": declaration.help,
        "effect": _effect(declaration),
        "redefined": frozenset(base.__struct_fields__) & declaration.fields.keys(),
        "sentences": (declaration.sentence,) if declaration.sentence else (),
        "helps": {field: declared.help for field, declared in declaration.fields.items()},
    }
    made = msgspec.defstruct(name, fields, bases=(base,), namespace=namespace, tag=name, frozen=True, kw_only=True)
    assert issubclass(made, Occurrence)
    return made


def _annotated(declared: DeclaredField) -> Any:
    return Annotated[KINDS[declared.kind], Meta(extra={"required": declared.required})]


def _effect(declaration: Declaration) -> Effect | None:
    if declaration.opens:
        return Opens(
            declaration.opens,
            (declaration.label,),
            declaration.word,
            declaration.ended,
            until=declaration.until,
            pending=declaration.pending,
            listed=_LISTED.get(declaration.opens, SITUATIONS),
            terms=declaration.terms,
        )
    if declaration.moves:
        return Moves(declaration.moves, declaration.state)
    if declaration.fills:
        return Fills(declaration.fills, declaration.holder)
    if declaration.vacates:
        return Vacates(declaration.vacates, declaration.holder)
    return Closes(declaration.closes) if declaration.closes else None
