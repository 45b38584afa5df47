"""What types of events say to readers: sentences on a situation, the names of its states, and of types and fields.

A type says four sentences: ``began``, ``holds``, ``ended`` and ``before`` (what was so until it ended). Each may
have several forms; the first one whose values are all known counts. A pair of forms is a singular and a plural:
the verb goes by the first party in it. A desk says the same of its own types in ``types.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tracker.domain.events import kind_of
from tracker.domain.wording import names_in
from tracker.wording import dates, values
from tracker.wording.messages import N_, Wording, forms

if TYPE_CHECKING:
    from tracker.domain.story import Situation

Form = str | tuple[str, str]
"""A template over the values of an event, or two: for a singular and for a plural."""

SENTENCES: dict[str, dict[str, tuple[Form, ...]]] = {
    "suspension": {
        "label": (N_("{subject}’s {of}"), "{subject}"),
        "began": (
            forms("{by} suspends {subject}: {of}.", "{by} suspend {subject}: {of}."),
            forms("{by} suspends {subject}.", "{by} suspend {subject}."),
            N_("{subject}: {of} suspended."),
            forms("{subject} is suspended.", "{subject} are suspended."),
        ),
        "holds": (
            forms("{by} has suspended {subject} {since}: {of}.", "{by} have suspended {subject} {since}: {of}."),
            forms("{by} has suspended {subject} {since}.", "{by} have suspended {subject} {since}."),
            N_("{subject}: {of} suspended {since}."),
            forms("{subject} has been suspended {since}.", "{subject} have been suspended {since}."),
        ),
        "ended": (
            N_("The suspension of {subject} ended {when}: {of}."),
            N_("The suspension of {subject} ended {when}."),
        ),
        "before": (N_("It had been suspended {since}."),),
    },
    "investigation": {
        "label": (N_("{by} investigation into {into}"), N_("investigation into {into}")),
        "began": (
            forms("{by} is now investigating {into}.", "{by} are now investigating {into}."),
            forms("{into} is now under investigation.", "{into} are now under investigation."),
        ),
        "holds": (
            forms(
                "{by} has been investigating {into} {since}: {question}",
                "{by} have been investigating {into} {since}: {question}",
            ),
            forms("{by} has been investigating {into} {since}.", "{by} have been investigating {into} {since}."),
            forms("{into} has been under investigation {since}.", "{into} have been under investigation {since}."),
        ),
        "ended": (
            N_("The {by} investigation into {into} ended {when}: {outcome}"),
            N_("The {by} investigation into {into} ended {when}."),
            N_("The investigation into {into} ended {when}: {outcome}"),
            N_("The investigation into {into} ended {when}."),
        ),
        "before": (N_("It had begun {began}."),),
    },
    "agreement": {
        "label": (N_("agreement between {between}"),),
        "began": (N_("{between} have an agreement: {terms}"), N_("{between} have an agreement.")),
        "holds": (
            N_("The agreement between {between} has been in force {since}: {terms}"),
            N_("The agreement between {between} has been in force {since}."),
        ),
        "ended": (N_("The agreement between {between} ended {when}."),),
        "before": (N_("It had been in force {since}."),),
    },
    "policy": {
        "label": (N_("{by} policy ({rule})"),),
        "began": (N_("A rule of {by} is in force: {rule}"),),
        "holds": (N_("A rule of {by} has been in force {since}: {rule}"),),
        "ended": (N_("The rule of {by} ended {when}: {rule}"),),
        "before": (N_("It had been in force {since}."),),
    },
    "question": {
        "label": ("{text}",),
        "began": (N_("It is open: {text}"),),
        "holds": ("{text}",),
        "ended": (N_("{text} Answered {when}: {outcome}"), N_("{text} Answered {when}.")),
        "before": (N_("It had been open {since}."),),
    },
    "expectation": {
        "label": ("{what}",),
        "began": (N_("{what} It is expected {due}."),),
        "holds": (N_("{what} Expected {due}."),),
        "ended": (),
        "before": (N_("It had been expected {due}."),),
        "word": (N_("expected {due}"),),
    },
}
"""By type. The values are those of the event, and phrases: ``since`` and ``began`` say when it began, ``when``
says when it ended, ``outcome`` how."""

STATES = {
    "suspended": N_("suspended"),
    "reinstated": N_("reinstated"),
    "open": N_("open"),
    "concluded": N_("concluded"),
    "in force": N_("in force"),
    "terminated": N_("terminated"),
    "repealed": N_("repealed"),
    "answered": N_("answered"),
    "settled": N_("settled"),
    "pending": N_("pending"),
    "met": N_("met"),
    "missed": N_("missed"),
    "withdrawn": N_("withdrawn"),
}
"""The states that tracker's own types give a situation."""

NAMES = {
    "opened": N_("opening"),
    "report": N_("report"),
    "confirmation": N_("confirmation"),
    "denial": N_("denial"),
    "statement": N_("statement"),
    "suspension": N_("suspension"),
    "reinstatement": N_("reinstatement"),
    "investigation": N_("investigation"),
    "finding": N_("finding"),
    "agreement": N_("agreement"),
    "termination": N_("termination"),
    "policy": N_("policy"),
    "repeal": N_("repeal"),
    "earnings": N_("earnings"),
    "question": N_("question"),
    "expectation": N_("expectation"),
    "change": N_("change"),
    "update": N_("update"),
    "summary": N_("summary"),
    "correction": N_("correction"),
    "retraction": N_("withdrawal"),
    "redaction": N_("removal"),
    "closed": N_("end of our coverage"),
    "reopened": N_("our coverage goes on"),
    "pinned": N_("first in lists"),
    "unpinned": N_("no longer first in lists"),
}

FIELDS = {
    "title": N_("Headline"),
    "short": N_("Short headline"),
    "summary": N_("What it is about"),
    "body": N_("Text"),
    "occurred": N_("When it happened"),
    "occurred_as": N_("The source's words for the date"),
    "parties": N_("Parties"),
    "figures": N_("Figures"),
    "sources": N_("Sources"),
    "image": N_("Picture"),
    "place": N_("Place"),
    "at": N_("Coordinates"),
    "key": N_("Key event"),
    "tags": N_("Tags"),
    "closes": N_("What it ends"),
    "also_closes": N_("What else it ends"),
    "closes_as": N_("How it came out"),
    "see": N_("Related"),
    "minor": N_("Minor"),
    "about": N_("What it is about"),
    "by": N_("By"),
    "of": N_("What is concerned"),
    "subject": N_("Who is concerned"),
    "into": N_("Who is investigated"),
    "between": N_("Between"),
    "terms": N_("Terms"),
    "rule": N_("Rule"),
    "reason": N_("Reason"),
    "until": N_("Until"),
    "due": N_("Expected"),
    "what": N_("What is expected"),
    "text": N_("Text"),
    "question": N_("Question"),
    "outcome": N_("Outcome"),
    "claim": N_("Claim"),
    "speaker": N_("Speaker"),
    "also": N_("Further speakers"),
    "quote": N_("Quotation"),
    "to": N_("To"),
    "behalf": N_("On behalf of"),
    "role": N_("Role"),
    "company": N_("Company"),
    "period": N_("Period"),
    "covers": N_("Dates of the period"),
    "state": N_("State"),
    "pending": N_("What it waits for"),
    "language": N_("Language"),
    "why": N_("Why"),
}


def type_name(wording: Wording, type: str) -> str:
    """Returns what readers call a type of event."""
    declared = _declared(wording, type).get("name")
    return declared or (wording.say(NAMES[type]) if type in NAMES else type.replace("-", " "))


def field_name(wording: Wording, type: str, field: str) -> str:
    """Returns what readers call a field of a type."""
    declared = _declared(wording, type).get("fields", {}).get(field)
    own = field in getattr(wording.glossary.types.get(type), "redefined", ())
    if declared or field not in FIELDS or own:
        return declared or field.replace("_", " ").capitalize()
    return wording.say(FIELDS[field])


def state_name(wording: Wording, situation: Situation, words: str) -> str:
    """Returns the name of a state: in the reader's language if it is a state that the type gives."""
    first, own = situation.states[0], ""
    if words == first.words and not first.given:
        due = dates.by(wording, first.until) if first.until else ""
        own = told(wording, situation, "word", due=due)
    elif words == getattr(_effect(wording, situation.type), "ended", ""):
        own = told(wording, situation, "over")
    return own or (wording.say(STATES[words]) if words in STATES else words)


def told(wording: Wording, situation: Situation, which: str, **phrases: str) -> str:
    """Returns one of the sentences of a situation's type, its ``label`` or the ``word`` for its state. The text is
    empty if no form has all its values."""
    known = {name: _plain(wording, situation.type, name, each) for name, each in situation.values} | phrases
    if known.get("by") in (known.get("subject"), known.get("into")):
        known["by"] = ""  # a party that stops something of its own
    declared = _declared(wording, situation.type).get(which)
    forms = (declared,) if declared else SENTENCES.get(situation.type, {}).get(which, ())
    return first_filled(wording, forms, known, translate=not declared)


def first_filled(wording: Wording, forms: Iterable[Form], values: Mapping[str, Any], *, translate: bool) -> str:
    for form in forms:
        one, other = form if isinstance(form, tuple) else (form, "")
        names = names_in(one)
        if not all(values.get(name) for name in names):
            continue
        given = {name: _value(wording, values[name]) for name in names}
        parties = next((values[name] for name in names), "")
        number = wording.number_of(parties) if other else 1
        if not translate:
            template = other if number > 1 else one
            return template.format_map({name: wording.isolated(value) for name, value in given.items()})
        return wording.count(one, other, number, **given) if other else wording.say(one, **given)
    return ""


def _plain(wording: Wording, type: str, name: str, value: Any) -> Any:
    """Returns the value of a field in words; that of several parties as it is."""
    if isinstance(value, (list, tuple)) or not value:
        return value
    cls = wording.glossary.types.get(type)
    return values.value(wording, kind_of(cls, name) if cls else "", value)


def _value(wording: Wording, value: Any) -> str:
    return wording.listed(value) if isinstance(value, (list, tuple)) else str(value)


def _declared(wording: Wording, type: str) -> Mapping[str, Any]:
    """Returns what the desk says of one of its types in the language of the wording. In a language in which it
    says nothing, these are the words in the desk's own."""
    found = wording.glossary.sentences.get(type, {})
    return {**found.get("", {}), **found.get(wording.language, {})} if found else {}


def _effect(wording: Wording, type: str) -> Any:
    return getattr(wording.glossary.types.get(type), "effect", None)
