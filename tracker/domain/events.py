"""The glossary: every type of event, what it says, and what it does to the story.

An event is one immutable line of a story's log. There are two families:

- an ``Occurrence`` tells of something that occurred in the world (a suspension, a statement, a figure);
- an ``Amendment`` says that an earlier event was wrong, withdrawn or removed. Nothing is ever edited.

Each type is a small class: its docstring is its help text, its fields are its options, and ``effect``
says what it does to the story. ``fold.py`` has one short handler for each effect; there is no other place
where a type means something. The classes are frozen, flat, and evolve by defaults: a field may be added
with a default, but no field ever changes its meaning.

The fields every line has (``id``, ``recorded``, ``salt``, ``hash``) are given by the log when the event is
appended; before that they are empty and the event is a *draft*.

No ``from __future__ import annotations`` here: msgspec would have to evaluate some 400 strings at start-up,
which is most of what appending one event costs.
"""

from functools import cache
from typing import Annotated, Any, ClassVar, NamedTuple, Union

from msgspec import NODEFAULT, Meta, Struct

from tracker.text.dates import Occurred, Recorded

# Kinds of field. A kind is a limit plus a name that the command line and the checks go by.
Title = Annotated[str, Meta(min_length=1, max_length=300, extra={"kind": "line"})]
LineText = Annotated[str, Meta(max_length=1_000, extra={"kind": "line"})]
Name = Annotated[str, Meta(max_length=200, extra={"kind": "line"})]
Prose = Annotated[str, Meta(max_length=50_000, extra={"kind": "prose"})]
Quote = Annotated[str, Meta(max_length=5_000, extra={"kind": "prose"})]
PartyName = Annotated[str, Meta(max_length=200, extra={"kind": "party"})]
Parties = Annotated[tuple[PartyName, ...], Meta(max_length=100, extra={"kind": "parties"})]
DateText = Annotated[Occurred, Meta(max_length=64, extra={"kind": "date"})]
Url = Annotated[str, Meta(max_length=2_000, extra={"kind": "url"})]
Ref = Annotated[str, Meta(max_length=36, extra={"kind": "ref"})]
DecimalText = Annotated[str, Meta(max_length=40, extra={"kind": "number"})]
Money = Annotated[str, Meta(max_length=100, extra={"kind": "money"})]
Code = Annotated[str, Meta(max_length=40, pattern="^[a-z0-9]+(-[a-z0-9]+)*$", extra={"kind": "line"})]


# What an event can do to the story. Declarations only: the handlers are in fold.py.


class Starts(Struct, frozen=True):
    """Starts the stream: gives the story its title and makes it open."""


class MakesClaim(Struct, frozen=True):
    """Something is claimed; with ``about``, an earlier claim is reported once more."""


class TakesStance(Struct, frozen=True):
    """Moves a claim: ``stance`` is ``confirmed`` or ``denied``."""

    stance: str


class TakesPosition(Struct, frozen=True):
    """The speaker's latest position."""


SITUATIONS, QUESTIONS, EXPECTED = "situations", "questions", "expected"
"""The lists of a story in which what an event opens may stand."""


class Opens(Struct, frozen=True):
    """Opens a situation of this ``kind``.

    ``labels`` are templates over the event's fields; the first whose fields are all there names the
    situation in words. ``word`` is its state while in force, ``ended`` its state afterwards. ``until`` names
    the field that has its announced end. A ``pending`` one wants an outcome, where others hold until they end.
    ``listed`` is the list of the story in which it stands. Any event may close what is in ``questions`` or in
    ``expected``.
    """

    kind: str
    labels: tuple[str, ...]
    word: str
    ended: str
    until: str = ""
    pending: bool = False
    listed: str = SITUATIONS


class Closes(Struct, frozen=True):
    """Closes the one situation of this ``kind`` which the event's fields match."""

    kind: str


class SetsSummary(Struct, frozen=True):
    """Replaces the editor's own account of where things stand."""


class SetsStatus(Struct, frozen=True):
    """Gives the story this ``status``: ``open`` or ``closed``."""

    status: str


Effect = Union[  # noqa: UP007  evaluated at run time
    Starts, MakesClaim, TakesStance, TakesPosition, Opens, Closes, SetsSummary, SetsStatus
]


# What events are made of.


class Source(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """Where it was read. At least a url or a publisher.

    ``via`` is the outlet whose reporting this source rests on: five outlets repeating one report are one
    origin. ``quote`` is verbatim; everything else is in the editor's own words.
    """

    url: Annotated[Url, Meta(description="address, http or https")] = ""
    publisher: Annotated[LineText, Meta(description="who published it")] = ""
    title: Annotated[LineText, Meta(description="its headline")] = ""
    published: Annotated[DateText, Meta(description="when it was published")] = Occurred("")
    quote: Annotated[Quote, Meta(description="verbatim quotation")] = ""
    archived: Annotated[Url, Meta(description="address of an archived copy")] = ""
    via: Annotated[LineText, Meta(description="the outlet whose reporting it rests on")] = ""


class Figure(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A number with a party, a name and a unit, and possibly what was expected.

    Numbers are decimal strings, so that ``0.10`` stays ``0.10``. A vague number has ``low`` and ``high``
    in place of ``value``, or ``approx``.
    """

    party: PartyName = ""
    name: Annotated[LineText, Meta(min_length=1)]
    value: DecimalText = ""
    unit: LineText = ""
    per: LineText = ""
    approx: bool = False
    low: DecimalText = ""
    high: DecimalText = ""
    expected_low: DecimalText = ""
    expected_high: DecimalText = ""


class Event(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
):
    """One line of a log."""

    effect: ClassVar[Effect | None] = None
    title_says: ClassVar[str] = ""
    """The field that may be left out because the title says it."""
    sentences: ClassVar[tuple[str, ...]] = ()
    """What the event says in a sentence, as templates over its fields; the title, where none is given."""

    id: Ref = ""
    recorded: Annotated[Recorded, Meta(max_length=24)] = Recorded("")
    editor: Annotated[Name, Meta(description="who records this")] = ""
    salt: Annotated[str, Meta(max_length=32)] = ""
    hash: Annotated[str, Meta(max_length=64)] = ""


class Occurrence(Event, frozen=True, kw_only=True):
    """Something that occurred in the world.

    ``occurred`` is when, as precisely as is known; left out, it is taken to be when it was recorded.
    ``occurred_as`` keeps the words it was given in ("last year"). ``closes`` is the id of the event that
    opened what this one ends.
    """

    title: Annotated[Title, Meta(description="what happened, in one line")]
    occurred: Annotated[DateText, Meta(description="when it occurred, as precisely as is known")] = Occurred("")
    occurred_as: Annotated[Name, Meta(description="the source's own words for that")] = ""
    body: Annotated[Prose, Meta(description="more, in Markdown")] = ""
    parties: Annotated[Parties, Meta(description="who is involved")] = ()
    figures: Annotated[
        tuple[Figure, ...], Meta(max_length=100, description="numbers that it gives", extra={"kind": "figures"})
    ] = ()
    closes: Annotated[Ref, Meta(description="the development that opened what this one ends")] = ""
    sources: Annotated[
        tuple[Source, ...], Meta(max_length=100, description="where it was read", extra={"kind": "sources"})
    ] = ()
    minor: Annotated[bool, Meta(description="keep it out of the feeds")] = False


class Amendment(Event, frozen=True):
    """A later word about an earlier event, which stays visible (unless it is redacted)."""

    target_field: ClassVar[str]


# The story itself.


class Was(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The last line of a stream in an earlier line format, before it was upgraded: its number and its hash. A
    reader who kept that head, and the old file, can check the step."""

    format: int
    seq: int
    hash: str


class Opened(Occurrence, tag="opened", frozen=True, kw_only=True):
    """The desk begins to follow a story. Always the first line of its log.

    ``slug`` is the name that the story goes by, ``was`` its last head in an earlier line format.
    """

    effect = Starts()

    format: int = 0
    slug: str = ""
    was: Was | None = None
    summary: Annotated[Prose, Meta(description="what the story is about")] = ""
    language: Annotated[Name, Meta(description="language tag, such as en or pt-BR")] = ""


class Summary(Occurrence, tag="summary", frozen=True, kw_only=True):
    """The editor's own account of where things stand."""

    effect = SetsSummary()
    title_says = "text"

    text: Annotated[Prose, Meta(description="where things stand; left out, the title says it")] = ""


class Closed(Occurrence, tag="closed", frozen=True, kw_only=True):
    """The desk stops following the story; its feeds say so and end."""

    effect = SetsStatus("closed")

    why: Annotated[LineText, Meta(description="why it ends")] = ""


class Reopened(Occurrence, tag="reopened", frozen=True, kw_only=True):
    """The desk takes a closed story up again."""

    effect = SetsStatus("open")

    why: Annotated[LineText, Meta(description="why it goes on")] = ""


class Update(Occurrence, tag="update", frozen=True, kw_only=True):
    """A development that changes nothing of what stands: context, colour, background."""


# Claims: reported, then confirmed, denied, disputed or retracted.


class Report(Occurrence, tag="report", frozen=True, kw_only=True):
    """Somebody reports that something is so. With --about, it corroborates an earlier report."""

    effect = MakesClaim()
    title_says = "claim"

    claim: Annotated[LineText, Meta(description="what is claimed; left out, the title says it")] = ""
    about: Annotated[Ref, Meta(description="the earlier report that this one corroborates")] = ""


class Confirmation(Occurrence, tag="confirmation", frozen=True, kw_only=True):
    """A party confirms a claim."""

    effect = TakesStance("confirmed")

    about: Annotated[Ref, Meta(description="the report it confirms; not needed where there is only one")] = ""
    by: Annotated[PartyName, Meta(description="who confirms it")] = ""


class Denial(Occurrence, tag="denial", frozen=True, kw_only=True):
    """A party denies a claim."""

    effect = TakesStance("denied")

    about: Annotated[Ref, Meta(description="the report it denies; not needed where there is only one")] = ""
    by: Annotated[PartyName, Meta(description="who denies it")] = ""


class Statement(Occurrence, tag="statement", frozen=True, kw_only=True):
    """A party says where it stands; its latest statement is its position."""

    effect = TakesPosition()

    speaker: Annotated[PartyName, Meta(min_length=1, description="who speaks")]
    quote: Annotated[Quote, Meta(description="verbatim; left out, the title says it")] = ""
    to: Annotated[LineText, Meta(description="to whom, such as CNN")] = ""


# Situations: something that starts and ends.


class Suspension(Occurrence, tag="suspension", frozen=True, kw_only=True):
    """Somebody's account, service, product or licence is stopped for now."""

    effect = Opens("suspension", ("{of} of {subject}", "{subject}"), "suspended", "reinstated", until="until")
    sentences = ("{by} suspends {subject}", "{subject} is suspended")

    subject: Annotated[PartyName, Meta(min_length=1, description="who is suspended")]
    by: Annotated[PartyName, Meta(description="who suspends")] = ""
    of: Annotated[LineText, Meta(description="what is suspended, such as OpenAI account")] = ""
    reason: Annotated[LineText, Meta(description="the reason given")] = ""
    until: Annotated[DateText, Meta(description="its announced end")] = Occurred("")


class Reinstatement(Occurrence, tag="reinstatement", frozen=True, kw_only=True):
    """A suspension ends."""

    effect = Closes("suspension")
    sentences = ("{by} reinstates {subject}", "{subject} is reinstated")

    subject: Annotated[PartyName, Meta(description="who is reinstated")] = ""
    by: Annotated[PartyName, Meta(description="who reinstates")] = ""
    of: Annotated[LineText, Meta(description="what is reinstated")] = ""
    reason: Annotated[LineText, Meta(description="the reason given")] = ""


class Investigation(Occurrence, tag="investigation", frozen=True, kw_only=True):
    """A party looks into another's conduct."""

    effect = Opens(
        "investigation",
        ("{by} investigation into {into}", "investigation into {into}"),
        "open",
        "concluded",
        pending=True,
    )
    sentences = ("{by} investigates {into}", "{into} is under investigation")

    into: Annotated[PartyName, Meta(min_length=1, description="who is investigated")]
    by: Annotated[PartyName, Meta(description="who investigates")] = ""
    question: Annotated[LineText, Meta(description="what it is to find out")] = ""


class Finding(Occurrence, tag="finding", frozen=True, kw_only=True):
    """An investigation ends with an outcome."""

    effect = Closes("investigation")
    title_says = "outcome"

    into: Annotated[PartyName, Meta(description="who was investigated")] = ""
    by: Annotated[PartyName, Meta(description="who investigated")] = ""
    outcome: Annotated[LineText, Meta(description="what was found; left out, the title says it")] = ""


class Agreement(Occurrence, tag="agreement", frozen=True, kw_only=True):
    """Parties agree on something that holds from then on."""

    effect = Opens("agreement", ("agreement between {between}",), "in force", "terminated")
    sentences = ("{between} agree",)

    between: Annotated[Parties, Meta(min_length=2, description="who agrees; give it once for each party")]
    terms: Annotated[Prose, Meta(description="what is agreed")] = ""


class Termination(Occurrence, tag="termination", frozen=True, kw_only=True):
    """An agreement ends."""

    effect = Closes("agreement")
    sentences = ("The agreement between {between} ends",)

    between: Annotated[Parties, Meta(description="whose agreement")] = ()
    terms: Annotated[Prose, Meta(description="on what terms it ends")] = ""


class Policy(Occurrence, tag="policy", frozen=True, kw_only=True):
    """A party sets a rule that holds from then on."""

    effect = Opens("policy", ("{by} policy: {rule}",), "in force", "repealed")
    title_says = "rule"

    by: Annotated[PartyName, Meta(min_length=1, description="who sets the rule")]
    rule: Annotated[LineText, Meta(description="the rule; left out, the title says it")] = ""


class Repeal(Occurrence, tag="repeal", frozen=True, kw_only=True):
    """A policy ends."""

    effect = Closes("policy")
    sentences = ("{by} repeals its rule: {rule}",)

    by: Annotated[PartyName, Meta(description="who repeals")] = ""
    rule: Annotated[LineText, Meta(description="the rule that ends")] = ""


class Question(Occurrence, tag="question", frozen=True, kw_only=True):
    """Something the story leaves open. Any later development may close it with --closes."""

    effect = Opens("question", ("{text}",), "open", "answered", pending=True, listed=QUESTIONS)
    title_says = "text"

    text: Annotated[LineText, Meta(description="the question; left out, the title says it")] = ""


class Expectation(Occurrence, tag="expectation", frozen=True, kw_only=True):
    """Something is expected by a date. Any later development may close it with --closes."""

    effect = Opens(
        "expectation", ("{what}",), "expected {due}", "settled", until="due", pending=True, listed=EXPECTED
    )
    title_says = "what"

    due: Annotated[DateText, Meta(min_length=1, description="when it is expected")]
    what: Annotated[LineText, Meta(description="what is expected; left out, the title says it")] = ""


# Numbers.


class Earnings(Occurrence, tag="earnings", frozen=True, kw_only=True):
    """A company reports its numbers for a period, often against what was expected."""

    sentences = ("{company} reports its numbers for {period}", "{company} reports its numbers")

    company: Annotated[PartyName, Meta(min_length=1, description="whose numbers")]
    period: Annotated[LineText, Meta(description="the period in the company's words, such as Q4 FY2024")] = ""
    covers: Annotated[DateText, Meta(description="that period's dates; left out, worked out of its words")] = (
        Occurred("")
    )


# Amendments.


class Correction(Amendment, tag="correction", frozen=True, kw_only=True):
    """An earlier event was wrong: from now on it stands with these fields changed."""

    target_field = "corrects"

    corrects: Annotated[Ref, Meta(min_length=1, description="the event that is corrected")]
    changes: Annotated[dict[str, Any], Meta(min_length=1, description="field: what it should say (null: nothing)")]
    why: Annotated[LineText, Meta(min_length=1, description="why, for the readers")]


class Retraction(Amendment, tag="retraction", frozen=True, kw_only=True):
    """An earlier event is withdrawn: its effects are undone, and it stays visible, struck."""

    target_field = "retracts"

    retracts: Annotated[Ref, Meta(min_length=1, description="the event that is withdrawn")]
    why: Annotated[LineText, Meta(min_length=1, description="why, for the readers")]


class Redaction(Amendment, tag="redaction", frozen=True, kw_only=True):
    """An earlier event's text had to be removed (a legal demand); its place in the log stays.

    It removes the text of one line, which its head names. It says nothing else about that line.
    """

    target_field = "redacts"

    redacts: Annotated[Ref, Meta(min_length=1, description="the event whose text is removed")]
    reason: Annotated[Code, Meta(min_length=1, description="a code, such as court-order")]
    authority: Annotated[LineText, Meta(min_length=1, description="who demands it, never the text")]

    @property
    def why(self) -> str:
        return f"{self.reason}, {self.authority}"


class Redacted(Event, frozen=True, kw_only=True):
    """A line whose text is removed: its head and its hash. ``was`` is its type, ``about`` the id of the event
    that it amends, or empty, and ``minor`` whether it was kept out of the feeds."""

    was: str
    about: Ref = ""
    minor: bool = False


TYPES: dict[str, type[Event]] = {
    cls.__struct_config__.tag: cls  # type: ignore[misc]
    for cls in (
        Opened, Report, Confirmation, Denial, Statement, Suspension, Reinstatement, Investigation, Finding,
        Agreement, Termination, Policy, Repeal, Earnings, Question, Expectation, Update, Summary,
        Correction, Retraction, Redaction, Closed, Reopened,
    )
}  # fmt: skip
"""Every type by the name it has in a line."""


def type_of(event: Event) -> str:
    """The event's type, as its line has it."""
    return event.was if isinstance(event, Redacted) else str(event.__struct_config__.tag)


def short_help(cls: type[Event]) -> str:
    """Returns the first sentence of a type's docstring."""
    return (cls.__doc__ or "").strip().partition(". ")[0].partition("\n")[0].rstrip(".") + "."


class Field(NamedTuple):
    """A field as its declaration has it. A ``required`` one has to say something when the event is appended.

    ``kind`` is one of line, prose, party, parties, date, money, url, ref, number, figures, sources, flag, and
    other (given by tracker, never by people).
    """

    name: str
    kind: str
    help: str
    required: bool


@cache
def fields_of(cls: type[Struct]) -> tuple[Field, ...]:
    """The fields of an event type (or of Source, Figure) in the order of their declaration."""
    hints: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        hints.update(getattr(base, "__annotations__", {}))
    defaults = dict(zip(reversed(cls.__struct_fields__), reversed(cls.__struct_defaults__), strict=False))
    return tuple(
        Field(
            name, *_kind_and_help(hints[name]), defaults.get(name, NODEFAULT) is NODEFAULT or _asked(hints[name])
        )
        for name in cls.__struct_fields__
    )


@cache
def kind_of(cls: type[Struct], name: str) -> str:
    """The kind of one field; empty where there is no such field."""
    return next((field.kind for field in fields_of(cls) if field.name == name), "")


def _kind_and_help(hint: Any) -> tuple[str, str]:
    metas = getattr(hint, "__metadata__", ())
    kinds = [meta.extra["kind"] for meta in metas if meta.extra and "kind" in meta.extra]
    kind = "flag" if getattr(hint, "__origin__", hint) is bool else next(iter(kinds), "other")
    return kind, next((meta.description for meta in metas if meta.description), "")


def _asked(hint: Any) -> bool:
    """Whether a declaration asks for the field, though lines from before it did may lack it."""
    return any(meta.extra and meta.extra.get("required") for meta in getattr(hint, "__metadata__", ()))
