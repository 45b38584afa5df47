"""The built-in types of events: the fields of each, and its effect on the story.

An event is one immutable line of a story's log. There are two families:

- an ``Occurrence`` records something that occurred in the world (a suspension, a statement, a figure);
- an ``Amendment`` corrects, retracts or redacts an earlier event. An editor never changes a line in place.

Each type is a small class: its docstring is its help text, its fields are its options, and ``effect``
says how it changes the story. ``fold.py`` has one short handler for each effect, and no other module gives a type
a meaning. The classes are frozen and flat, and evolve by defaults: a field may be added with a default, but no
field ever changes its meaning.

The log sets ``id``, ``recorded``, ``salt`` and ``hash`` when it appends the event. Until then they are empty, and
the event is a *draft*.

This module has no ``from __future__ import annotations``: with it, msgspec evaluates some 400 strings at start-up,
which is most of the cost of appending one event.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Union

from msgspec import NODEFAULT, Meta, Struct

from tracker.text.dates import Occurred, Recorded

# Kinds of field. A kind has limits, and a name by which the command line and the checks choose what they do.
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
Refs = Annotated[tuple[Ref, ...], Meta(max_length=20, extra={"kind": "refs"})]
Link = Annotated[str, Meta(max_length=117)]
Links = Annotated[tuple[Link, ...], Meta(max_length=50, extra={"kind": "links"})]
Tags = Annotated[tuple[Annotated[str, Meta(max_length=60)], ...], Meta(max_length=20, extra={"kind": "tags"})]
Coordinates = Annotated[str, Meta(max_length=40, extra={"kind": "coordinates"})]
DecimalText = Annotated[str, Meta(max_length=40, extra={"kind": "number"})]
Money = Annotated[str, Meta(max_length=100, extra={"kind": "money"})]
MediaName = Annotated[str, Meta(max_length=69, pattern=r"^[0-9a-f]{64}\.(jpg|png|webp)$", extra={"kind": "media"})]
Pixels = Annotated[int, Meta(ge=1, le=50_000_000, extra={"kind": "other"})]
Code = Annotated[str, Meta(max_length=40, pattern="^[a-z0-9]+(-[a-z0-9]+)*$", extra={"kind": "line"})]


# Effects on the story. These are declarations only: the handlers are in fold.py.


class Starts(Struct, frozen=True):
    """The effect that starts a story: it gets a title, and its status is open."""


class MakesClaim(Struct, frozen=True):
    """The effect that makes a claim. An event with ``about`` adds a report to an earlier claim instead."""


class TakesStance(Struct, frozen=True):
    """The effect that adds a party's stance to a claim: ``confirmed`` or ``denied``."""

    stance: str


class TakesPosition(Struct, frozen=True):
    """The effect that replaces the speaker's position."""


SITUATIONS, QUESTIONS, EXPECTED = "situations", "questions", "expected"
"""The lists of a story. A situation is in one of them."""


MET, MISSED, WITHDRAWN = SCORES = ("met", "missed", "withdrawn")
"""How an expectation may come out."""


class Opens(Struct, frozen=True):
    """The effect that opens a situation of this ``kind``.

    ``labels`` are templates over the event's fields. The first one whose fields are all set gives the situation
    its label. ``word`` is the situation's state while it is in force, ``ended`` its state afterwards. ``until``
    names the field that holds its announced end, ``terms`` the field that says what holds: what was agreed or
    ruled. ``pending`` says that it waits for an outcome; other situations
    hold until they end. ``listed`` is the list of the story that it is in. Any event may close a situation in
    ``questions`` or ``expected``.
    """

    kind: str
    labels: tuple[str, ...]
    word: str
    ended: str
    until: str = ""
    pending: bool = False
    listed: str = SITUATIONS
    terms: str = ""


class Moves(Struct, frozen=True):
    """The effect that changes the state of a situation: the one of this ``kind`` that the event is ``about``.

    An empty ``kind`` means every kind. ``state`` is a template of the new state over the event's fields. The
    event's own ``state`` comes first.
    """

    kind: str = ""
    state: str = ""


class Closes(Struct, frozen=True):
    """The effect that closes a situation: the one of this ``kind`` that matches the event's fields."""

    kind: str


class Fills(Struct, frozen=True):
    """The effect that gives a party an office. The appointments to one office, and the departures from it, are one
    line of succession.

    ``office`` is a template over the event's fields, such as ``{role} of {organisation}``; it names the office.
    ``holder`` names the field with the party.
    """

    office: str
    holder: str


class Vacates(Struct, frozen=True):
    """The effect that takes an office from a party. If the event names no ``holder``, the present one leaves."""

    office: str
    holder: str


class SetsSummary(Struct, frozen=True):
    """The effect that replaces the story's summary."""


class SetsStatus(Struct, frozen=True):
    """The effect that sets the story's ``status``: ``open`` or ``closed``."""

    status: str


class SetsPin(Struct, frozen=True):
    """The effect that puts the story first in the desk's lists (``pinned``), or back among the others."""

    pinned: bool


Effect = Union[  # noqa: UP007  evaluated at run time
    Starts,
    MakesClaim,
    TakesStance,
    TakesPosition,
    Opens,
    Moves,
    Closes,
    Fills,
    Vacates,
    SetsSummary,
    SetsStatus,
    SetsPin,
]


# The structs inside an event.


class Source(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A source of a development. It has a url, a publisher, or both.

    ``via`` is the outlet whose reporting this source rests on: five outlets that repeat one report are one
    origin. ``quote`` is verbatim.
    """

    helps = {
        "url": "address, http or https",
        "publisher": "name of the publisher",
        "title": "its headline",
        "published": "when it was published",
        "quote": "verbatim quotation",
        "archived": "address of an archived copy",
        "via": "the outlet whose reporting it rests on",
    }

    url: Url = ""
    publisher: LineText = ""
    title: LineText = ""
    published: DateText = Occurred("")
    quote: Quote = ""
    archived: Url = ""
    via: LineText = ""


class Figure(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A number with a party, a name and a unit, and with the range that was expected if there is one.

    Numbers are decimal strings, so that ``0.10`` stays ``0.10``. A vague number has ``low`` and ``high`` in place
    of ``value``, one of them, or has ``approx``. ``bound`` holds the words of a number of which one side is known
    ("more than"), ``scale`` the scale in which it is shown ("bn"). Both may be empty.

    ``according_to`` is the one who counted, ``as_of`` the date of the number if it is not that of the event, and
    ``about`` the id of the event that opened the situation to which it belongs, such as an agreement.
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
    bound: LineText = ""
    scale: LineText = ""
    according_to: LineText = ""
    as_of: DateText = Occurred("")
    about: Ref = ""


class Image(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A picture of a development.

    ``file`` and ``small`` are the names of two files in the log's folder ``media``: the picture, and the same one
    for lists and small screens. A name is the SHA-256 of the file with the ending of its format. ``small`` is the
    same name as ``file`` if the picture is small itself. ``bytes`` and ``small_bytes`` are the sizes of the files.
    """

    helps = {
        "file": "a JPEG, PNG, WebP or GIF file",
        "alt": "what it shows, for readers who cannot see it; required",
        "credit": "who made it, or whose it is",
        "caption": "a sentence below it",
    }

    file: MediaName
    width: Pixels
    height: Pixels
    bytes: Pixels
    small: MediaName
    small_width: Pixels
    small_height: Pixels
    small_bytes: Pixels
    alt: Annotated[LineText, Meta(min_length=1)]
    credit: LineText = ""
    caption: LineText = ""


class Imported(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The origin of an imported event.

    ``importer`` is the name of the mapping, ``key`` names the record at its origin, ``at`` is when the record was
    last changed there if it says so, and ``batch`` names the import that recorded the event. In a redaction, and
    there alone, ``key`` is a digest of the removed event's key: see ``redaction.digest``.
    """

    importer: Annotated[LineText, Meta(min_length=1)]
    key: Annotated[LineText, Meta(min_length=1)]
    at: DateText = Occurred("")
    batch: LineText = ""


class Saying(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The words of one more speaker in a statement. Its fields mean what those of the statement mean."""

    speaker: Annotated[PartyName, Meta(min_length=1, description="the party that speaks")]
    quote: Annotated[Quote, Meta(description="the words, verbatim")] = ""
    to: Annotated[LineText, Meta(description="the addressee")] = ""
    behalf: Annotated[PartyName, Meta(description="the party for which the speaker speaks")] = ""
    role: Annotated[LineText, Meta(description="the speaker's role; by default from parties.toml")] = ""


TYPED_OF_IMAGE = ("file", "alt", "credit", "caption")
"""The fields of a picture that an editor types. The typed ``file`` is a path, or the name of a stored file."""


class Event(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
):
    """One line of a log, or a draft of one."""

    effect: ClassVar[Effect | None] = None
    title_says: ClassVar[str] = ""
    """The name of the field that defaults to the title, or an empty string."""
    redefined: ClassVar[frozenset[str]] = frozenset()
    """The names of fields of a base class that a desk declares itself, with a meaning of its own."""
    sentences: ClassVar[tuple[str, ...]] = ()
    """Templates over the event's fields. The first one whose fields are all set is the default title."""
    helps: ClassVar[Mapping[str, str]] = {"editor": "name of the editor who records this"}
    """The help texts of the fields that a class declares, by name. They are not in the annotations, because that
    would build an ``Annotated`` for each, which is a tenth of the imports of ``tracker add``."""

    id: Ref = ""
    recorded: Annotated[Recorded, Meta(max_length=24)] = Recorded("")
    editor: Name = ""
    salt: Annotated[str, Meta(max_length=32)] = ""
    hash: Annotated[str, Meta(max_length=64)] = ""
    imported: Annotated[Imported | None, Meta(extra={"kind": "imported"})] = None


class Occurrence(Event, frozen=True, kw_only=True):
    """Something that occurred in the world.

    ``occurred`` is the date, as precisely as it is known. Without it, the time of recording counts.
    ``occurred_as`` holds the words of the source for that date ("last year"). ``closes`` is the id of the event
    that opened the situation which this one ends, ``also_closes`` has those of further ones. ``closes_as`` is the
    score of the expectations among them, one of ``SCORES``; it is empty in older lines. ``see`` has the ids of
    related events; an event of another story has its slug before the id: ``other#0191…``. ``key`` marks one of the
    events that make the story. ``at`` are the latitude and longitude of the ``place`` in degrees:
    ``45.5152,-122.6784``. ``backfilled`` marks an event that the desk records long after it occurred, to complete
    the story.
    """

    helps = {
        "title": "what happened, in one line",
        "occurred": "when it occurred, as precisely as is known",
        "occurred_as": "the source's own words for that date",
        "body": "more text, in Markdown",
        "parties": "the parties involved",
        "figures": "numbers that it reports",
        "closes": "the development that opened the situation which this one ends",
        "closes_as": "how the expectation that it ends came out: met, missed or withdrawn",
        "also_closes": "the developments that opened further ones which it ends",
        "see": "related developments, also of other stories, such as other#3",
        "key": "one of the events that make the story",
        "tags": "words by which readers can follow it",
        "place": "where it occurred, such as Portland, Oregon",
        "at": "latitude and longitude of the place: 45.5152,-122.6784",
        "image": "a picture of it",
        "sources": "where it was read",
        "minor": "keep it out of the feeds",
        "backfilled": "it belongs to the past of the story, and is no news",
    }

    title: Title
    occurred: DateText = Occurred("")
    occurred_as: Name = ""
    body: Prose = ""
    parties: Parties = ()
    figures: Annotated[tuple[Figure, ...], Meta(max_length=100, extra={"kind": "figures"})] = ()
    closes: Ref = ""
    closes_as: LineText = ""
    also_closes: Refs = ()
    see: Links = ()
    key: bool = False
    tags: Tags = ()
    place: LineText = ""
    at: Coordinates = ""
    image: Annotated[Image | None, Meta(extra={"kind": "image"})] = None
    sources: Annotated[tuple[Source, ...], Meta(max_length=100, extra={"kind": "sources"})] = ()
    minor: bool = False
    backfilled: bool = False


class Opener(Occurrence, frozen=True, kw_only=True):
    """An occurrence that opens a situation, a question or an expectation."""

    helps = {
        "state": "its state, in place of the usual word, such as 'agreed'",
        "pending": "what it waits for, such as 'awaits the judge'",
    }

    state: LineText = ""
    pending: LineText = ""


class Mover(Occurrence, frozen=True, kw_only=True):
    """An occurrence that changes the state of a situation, which stays in force."""

    helps = {
        "about": "the development that opened what changes; needed only if there are several",
        "state": "the state from then on, such as 'eased: may fly again'",
        "pending": "what it waits for from then on",
        "until": "its announced end from then on",
    }

    about: Ref = ""
    state: LineText = ""
    pending: LineText = ""
    until: DateText = Occurred("")


class Closer(Occurrence, frozen=True, kw_only=True):
    """An occurrence that ends a situation of its kind."""

    helps = {
        "unopened": "what it ends is not in the log",
        "state": "how it ends, in place of the usual word, such as 'rejected'",
    }

    unopened: bool = False
    state: LineText = ""


def stated(event: Event, name: str) -> str:
    """Returns the field ``state`` or ``pending`` of an event; empty if it has none, or one of the desk's own."""
    return "" if name in event.redefined else str(getattr(event, name, ""))


ADDED = ("also_closes", "see", "key", "tags", "place", "at", "backfilled", "imported")
"""Fields of every occurrence that are younger than the types of some desks. A type of a desk may declare a field
of such a name, with a meaning of its own."""


def added(event: Event, name: str) -> Any:
    """Returns one of the fields ``ADDED``; None if the event has none, or one of the desk's own."""
    return None if name in event.redefined else getattr(event, name, None)


def closed_by(event: Event) -> tuple[str, ...]:
    """Returns the ids of the events that opened what this event ends."""
    closes = getattr(event, "closes", "")
    return (closes, *(added(event, "also_closes") or ())) if closes else ()


def links_of(event: Event) -> tuple[tuple[str, str], ...]:
    """Returns the related events that an event names: the slug of each, empty in the same story, and its id."""
    parts = (each.rpartition("#") for each in added(event, "see") or ())
    return tuple((slug, id) for slug, _, id in parts)


OWN_MARKDOWN = ("text", "summary", "terms")
"""Fields of some types that are Markdown if they are prose, as the body of every type is. A quote is verbatim."""


class Amendment(Event, frozen=True):
    """A correction, retraction or redaction of an earlier event, which stays visible unless it is redacted."""

    target_field: ClassVar[str]
    """The name of the field that holds the id of the amended event."""


# The story itself.


class Was(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The head of a stream before it was upgraded to the present line format: the last line's number and hash.

    A reader who kept the old file and its head can check the upgrade with it.
    """

    format: int
    seq: int
    hash: str


class Opened(Occurrence, tag="opened", frozen=True, kw_only=True):
    """The desk begins to follow a story. Always the first line of its log.

    ``slug`` is the story's name in addresses, ``was`` its last head in an earlier line format. Feeds and lists
    have the ``short`` title if there is one.
    """

    effect = Starts()
    helps = {
        "short": "a shorter title, for feeds and lists",
        "summary": "what the story is about",
        "language": "language tag, such as en or pt-BR",
    }

    format: int = 0
    slug: str = ""
    was: Was | None = None
    short: Annotated[str, Meta(max_length=80, extra={"kind": "line"})] = ""
    summary: Prose = ""
    language: Name = ""


class Summary(Occurrence, tag="summary", frozen=True, kw_only=True):
    """The editor's own account of where things stand."""

    effect = SetsSummary()
    title_says = "text"
    helps = {"text": "where things stand; by default the title"}

    text: Prose = ""


class Closed(Occurrence, tag="closed", frozen=True, kw_only=True):
    """The desk stops following the story; its feeds say so and end."""

    effect = SetsStatus("closed")
    sentences = ("{why}",)
    helps = {"why": "why it ends"}

    why: LineText = ""


class Reopened(Occurrence, tag="reopened", frozen=True, kw_only=True):
    """The desk takes a closed story up again."""

    effect = SetsStatus("open")
    sentences = ("{why}",)
    helps = {"why": "why it goes on"}

    why: LineText = ""


class Pinned(Occurrence, tag="pinned", frozen=True, kw_only=True):
    """The desk puts the story first in its lists."""

    effect = SetsPin(pinned=True)
    sentences = ("{why}", "The story comes first in lists")
    helps = {"why": "why it comes first"}

    why: LineText = ""


class Unpinned(Occurrence, tag="unpinned", frozen=True, kw_only=True):
    """The desk puts the story back among the others in its lists."""

    effect = SetsPin(pinned=False)
    sentences = ("{why}", "The story is listed among the others")
    helps = {"why": "why it no longer comes first"}

    why: LineText = ""


class Update(Occurrence, tag="update", frozen=True, kw_only=True):
    """A development that changes no state of the story: context, colour, background."""


# Claims: reported, then confirmed, denied, disputed or retracted.


class Report(Occurrence, tag="report", frozen=True, kw_only=True):
    """A source reports a claim. With --about, it corroborates an earlier report."""

    effect = MakesClaim()
    title_says = "claim"
    helps = {
        "claim": "the claim; by default the title",
        "about": "the earlier report that this one corroborates",
    }

    claim: LineText = ""
    about: Ref = ""


class Confirmation(Occurrence, tag="confirmation", frozen=True, kw_only=True):
    """A party confirms a claim."""

    effect = TakesStance("confirmed")
    helps = {
        "about": "the report it confirms; needed only if there are several",
        "by": "the party that confirms it",
    }

    about: Ref = ""
    by: PartyName = ""


class Denial(Occurrence, tag="denial", frozen=True, kw_only=True):
    """A party denies a claim."""

    effect = TakesStance("denied")
    helps = {
        "about": "the report it denies; needed only if there are several",
        "by": "the party that denies it",
    }

    about: Ref = ""
    by: PartyName = ""


class Statement(Occurrence, tag="statement", frozen=True, kw_only=True):
    """A party says where it stands; its latest statement is its position.

    With ``behalf``, it is the position of the party for which the speaker speaks. ``also`` has further speakers.
    """

    effect = TakesPosition()
    helps = {
        "speaker": "the party that speaks; again for the next one",
        "quote": "the words, verbatim; by default the title",
        "to": "the addressee, such as CNN",
        "also": "further speakers",
        "behalf": "the party for which the speaker speaks, such as Boeing",
        "role": "the speaker's role, such as 'chief executive of Boeing'; by default from parties.toml",
    }

    speaker: Annotated[PartyName, Meta(min_length=1)]
    quote: Quote = ""
    to: LineText = ""
    also: Annotated[tuple[Saying, ...], Meta(max_length=100, extra={"kind": "sayings"})] = ()
    behalf: PartyName = ""
    role: LineText = ""


# Situations: something that starts and ends.


class Suspension(Opener, tag="suspension", frozen=True, kw_only=True):
    """A party's account, service, product or licence is stopped for now."""

    effect = Opens("suspension", ("{of} of {subject}", "{subject}"), "suspended", "reinstated", until="until")
    sentences = ("{by} suspends {subject}", "{subject} is suspended")
    helps = {
        "subject": "the party that is suspended",
        "by": "the party that suspends",
        "of": "what is suspended, such as OpenAI account",
        "reason": "the reason given",
        "until": "its announced end",
    }

    subject: Annotated[PartyName, Meta(min_length=1)]
    by: PartyName = ""
    of: LineText = ""
    reason: LineText = ""
    until: DateText = Occurred("")


class Reinstatement(Closer, tag="reinstatement", frozen=True, kw_only=True):
    """A suspension ends."""

    effect = Closes("suspension")
    sentences = ("{by} reinstates {subject}", "{subject} is reinstated")
    helps = {
        "subject": "the party that is reinstated",
        "by": "the party that reinstates",
        "of": "what is reinstated",
        "reason": "the reason given",
    }

    subject: PartyName = ""
    by: PartyName = ""
    of: LineText = ""
    reason: LineText = ""


class Investigation(Opener, tag="investigation", frozen=True, kw_only=True):
    """A party looks into another's conduct."""

    effect = Opens(
        "investigation",
        ("{by} investigation into {into}", "investigation into {into}"),
        "open",
        "concluded",
        pending=True,
    )
    sentences = ("{by} investigates {into}", "{into} is under investigation")
    helps = {
        "into": "the party that is investigated",
        "by": "the party that investigates",
        "question": "the question to answer",
    }

    into: Annotated[PartyName, Meta(min_length=1)]
    by: PartyName = ""
    question: LineText = ""


class Finding(Closer, tag="finding", frozen=True, kw_only=True):
    """An investigation ends with an outcome."""

    effect = Closes("investigation")
    title_says = "outcome"
    helps = {
        "into": "the party that was investigated",
        "by": "the party that investigated",
        "outcome": "the outcome; by default the title",
    }

    into: PartyName = ""
    by: PartyName = ""
    outcome: LineText = ""


class Agreement(Opener, tag="agreement", frozen=True, kw_only=True):
    """Parties agree on something that holds from then on."""

    effect = Opens("agreement", ("agreement between {between}",), "in force", "terminated", terms="terms")
    sentences = ("{between} agree",)
    helps = {
        "between": "a party that agrees; give it once for each party",
        "terms": "the terms agreed on",
    }

    between: Annotated[Parties, Meta(min_length=2)]
    terms: Prose = ""


class Termination(Closer, tag="termination", frozen=True, kw_only=True):
    """An agreement ends."""

    effect = Closes("agreement")
    sentences = ("The agreement between {between} ends",)
    helps = {
        "between": "a party to the agreement",
        "terms": "the terms on which it ends",
    }

    between: Parties = ()
    terms: Prose = ""


class Policy(Opener, tag="policy", frozen=True, kw_only=True):
    """A party sets a rule that holds from then on."""

    effect = Opens("policy", ("{by} policy: {rule}",), "in force", "repealed", terms="rule")
    title_says = "rule"
    helps = {
        "by": "the party that sets the rule",
        "rule": "the rule; by default the title",
    }

    by: Annotated[PartyName, Meta(min_length=1)]
    rule: LineText = ""


class Repeal(Closer, tag="repeal", frozen=True, kw_only=True):
    """A policy ends."""

    effect = Closes("policy")
    sentences = ("{by} repeals its rule: {rule}",)
    helps = {
        "by": "the party that repeals the rule",
        "rule": "the rule that ends",
    }

    by: PartyName = ""
    rule: LineText = ""


class Question(Opener, tag="question", frozen=True, kw_only=True):
    """Something the story leaves open. Any later development may close it with --closes."""

    effect = Opens("question", ("{text}",), "open", "answered", pending=True, listed=QUESTIONS)
    title_says = "text"
    helps = {"text": "the question; by default the title"}

    text: LineText = ""


class Expectation(Opener, tag="expectation", frozen=True, kw_only=True):
    """Something is expected by a date. Any later development may close it with --closes."""

    effect = Opens(
        "expectation", ("{what}",), "expected {due}", "settled", until="due", pending=True, listed=EXPECTED
    )
    title_says = "what"
    helps = {
        "due": "when it is expected",
        "what": "the expected event; by default the title",
    }

    due: Annotated[DateText, Meta(min_length=1)]
    what: LineText = ""


# Changes of a situation that stays in force.


class StateChange(Mover, tag="change", frozen=True, kw_only=True):
    """A situation changes while it is in force: an order is eased, a lawsuit is appealed."""

    effect = Moves()


# Numbers.


class Earnings(Occurrence, tag="earnings", frozen=True, kw_only=True):
    """A company reports its numbers for a period, often against what was expected."""

    sentences = ("{company} reports its numbers for {period}", "{company} reports its numbers")
    helps = {
        "company": "the company that reports",
        "period": "the period in the company's words, such as Q4 FY2024",
        "covers": "the dates of that period; by default worked out from its words",
    }

    company: Annotated[PartyName, Meta(min_length=1)]
    period: LineText = ""
    covers: DateText = Occurred("")


# Amendments.


class Correction(Amendment, tag="correction", frozen=True, kw_only=True):
    """An earlier event was wrong: it now stands with these fields changed."""

    target_field = "corrects"
    helps = {
        "corrects": "the event that is corrected",
        "changes": "new values by field; null empties a field",
        "why": "why, for the readers",
        "quiet": "no entry of its own; the amended entry is edited",
    }

    corrects: Annotated[Ref, Meta(min_length=1)]
    changes: Annotated[dict[str, Any], Meta(min_length=1)]
    why: Annotated[LineText, Meta(min_length=1)]
    quiet: bool = False


class Retraction(Amendment, tag="retraction", frozen=True, kw_only=True):
    """An earlier event is withdrawn: its effects are undone. It stays visible, struck through."""

    target_field = "retracts"
    helps = {
        "retracts": "the event that is withdrawn",
        "why": "why, for the readers",
        "quiet": "no entry of its own; the amended entry is edited",
    }

    retracts: Annotated[Ref, Meta(min_length=1)]
    why: Annotated[LineText, Meta(min_length=1)]
    quiet: bool = False


class Redaction(Amendment, tag="redaction", frozen=True, kw_only=True):
    """An earlier event's text had to be removed (a legal demand); its place in the log stays.

    It removes the text of one line, which its head names. It has no other effect on that line.
    """

    target_field = "redacts"
    helps = {
        "redacts": "the event whose text is removed",
        "reason": "a code, such as court-order",
        "authority": "the authority that demands it; never repeat the text here",
    }

    redacts: Annotated[Ref, Meta(min_length=1)]
    reason: Annotated[Code, Meta(min_length=1)]
    authority: Annotated[LineText, Meta(min_length=1)]

    @property
    def why(self) -> str:
        """The reason and the authority, in one text."""
        return f"{self.reason}, {self.authority}"


class Redacted(Event, frozen=True, kw_only=True):
    """A line whose text is removed: its head and its hash.

    ``was`` is its type. ``about`` is the id of the event that it amends, or empty. ``minor`` says whether it was
    kept out of the feeds.
    """

    was: str
    about: Ref = ""
    minor: bool = False


TYPES: dict[str, type[Event]] = {
    cls.__struct_config__.tag: cls  # type: ignore[misc]
    for cls in (
        Opened, Report, Confirmation, Denial, Statement, Suspension, Reinstatement, Investigation, Finding,
        Agreement, Termination, Policy, Repeal, StateChange, Earnings, Question, Expectation, Update, Summary,
        Correction, Retraction, Redaction, Closed, Reopened, Pinned, Unpinned,
    )
}  # fmt: skip
"""Every built-in type by its name in a line."""


def type_of(event: Event) -> str:
    """Returns the name of the event's type in its line."""
    return event.was if isinstance(event, Redacted) else str(event.__struct_config__.tag)


def files_of(event: Event) -> tuple[str, ...]:
    """Returns the names of the stored files of an event's picture, or of the picture that a correction gives an
    event."""
    if isinstance(event, Occurrence):
        return tuple(dict.fromkeys((event.image.file, event.image.small))) if event.image else ()
    image = event.changes.get("image") if isinstance(event, Correction) else None
    named = (image.get("file"), image.get("small")) if isinstance(image, dict) else ()
    return tuple(dict.fromkeys(each for each in named if isinstance(each, str)))


def lacks_source(event: Event) -> bool:
    """Returns whether this is a development of the world that cites no source. The desk's own acts need none: it
    opens, closes and pins a story, sums it up, and asks."""
    if not isinstance(event, Occurrence) or event.sources:
        return False
    effect = event.effect
    is_question = isinstance(effect, Opens) and effect.listed == QUESTIONS
    return not (is_question or isinstance(effect, (Starts, SetsStatus, SetsSummary, SetsPin)))


NO_SOURCE = "no source given"
"""The words for a development that lacks a source."""


def short_help(cls: type[Event]) -> str:
    """Returns the first sentence of a type's docstring."""
    return (cls.__doc__ or "").strip().partition(". ")[0].partition("\n")[0].rstrip(".") + "."


class Field(Struct, frozen=True):
    """The declaration of a field.

    ``kind`` is one of line, prose, party, parties, date, money, url, ref, refs, links, tags, coordinates, number,
    figures, image, imported, sayings, sources, flag, media (the name of a stored file), and other (set by tracker,
    never by the editor). ``required``: the field must not be empty in an event that is appended.
    """

    name: str
    kind: str
    help: str
    required: bool


REFERENCES = ("refs", "links")
"""The kinds of fields that are lists of references to events."""

LISTS = ("parties", *REFERENCES, "tags")
"""The kinds of fields that are lists of texts."""


@cache
def fields_of(cls: type[Struct]) -> tuple[Field, ...]:
    """Returns the fields of an event type (or of Source, Figure) in the order of their declaration."""
    hints: dict[str, Any] = {}
    helps: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        hints.update(getattr(base, "__annotations__", {}))
        helps.update(getattr(base, "helps", {}))
    defaults = dict(zip(reversed(cls.__struct_fields__), reversed(cls.__struct_defaults__), strict=False))
    return tuple(
        Field(
            name,
            _kind(hints[name]),
            helps.get(name, ""),
            defaults.get(name, NODEFAULT) is NODEFAULT or _is_asked_for(hints[name]),
        )
        for name in cls.__struct_fields__
    )


@cache
def kind_of(cls: type[Struct], name: str) -> str:
    """Returns the kind of one field, or an empty string if there is no such field."""
    return next((field.kind for field in fields_of(cls) if field.name == name), "")


def _kind(hint: Any) -> str:
    """Returns the kind in an annotation."""
    metas = getattr(hint, "__metadata__", ())
    kinds = [meta.extra["kind"] for meta in metas if meta.extra and "kind" in meta.extra]
    return "flag" if getattr(hint, "__origin__", hint) is bool else next(iter(kinds), "other")


def _is_asked_for(hint: Any) -> bool:
    """Whether types.toml requires the field. Its annotation has a default, because older lines may lack it."""
    return any(meta.extra and meta.extra.get("required") for meta in getattr(hint, "__metadata__", ()))
