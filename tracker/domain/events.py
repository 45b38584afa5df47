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

    url: Annotated[Url, Meta(description="address, http or https")] = ""
    publisher: Annotated[LineText, Meta(description="name of the publisher")] = ""
    title: Annotated[LineText, Meta(description="its headline")] = ""
    published: Annotated[DateText, Meta(description="when it was published")] = Occurred("")
    quote: Annotated[Quote, Meta(description="verbatim quotation")] = ""
    archived: Annotated[Url, Meta(description="address of an archived copy")] = ""
    via: Annotated[LineText, Meta(description="the outlet whose reporting it rests on")] = ""


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

    file: Annotated[MediaName, Meta(description="a JPEG, PNG, WebP or GIF file")]
    width: Pixels
    height: Pixels
    bytes: Pixels
    small: MediaName
    small_width: Pixels
    small_height: Pixels
    small_bytes: Pixels
    alt: Annotated[
        LineText, Meta(min_length=1, description="what it shows, for readers who cannot see it; required")
    ]
    credit: Annotated[LineText, Meta(description="who made it, or whose it is")] = ""
    caption: Annotated[LineText, Meta(description="a sentence below it")] = ""


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

    id: Ref = ""
    recorded: Annotated[Recorded, Meta(max_length=24)] = Recorded("")
    editor: Annotated[Name, Meta(description="name of the editor who records this")] = ""
    salt: Annotated[str, Meta(max_length=32)] = ""
    hash: Annotated[str, Meta(max_length=64)] = ""


class Occurrence(Event, frozen=True, kw_only=True):
    """Something that occurred in the world.

    ``occurred`` is the date, as precisely as it is known. Without it, the time of recording counts.
    ``occurred_as`` holds the words of the source for that date ("last year"). ``closes`` is the id of the event
    that opened the situation which this one ends, ``also_closes`` has those of further ones. ``closes_as`` is the
    score of the expectations among them, one of ``SCORES``; it is empty in older lines. ``see`` has the ids of
    related events; an event of another story has its slug before the id: ``other#0191…``. ``key`` marks one of the
    events that make the story. ``at`` are the latitude and longitude of the ``place`` in degrees:
    ``45.5152,-122.6784``.
    """

    title: Annotated[Title, Meta(description="what happened, in one line")]
    occurred: Annotated[DateText, Meta(description="when it occurred, as precisely as is known")] = Occurred("")
    occurred_as: Annotated[Name, Meta(description="the source's own words for that date")] = ""
    body: Annotated[Prose, Meta(description="more text, in Markdown")] = ""
    parties: Annotated[Parties, Meta(description="the parties involved")] = ()
    figures: Annotated[
        tuple[Figure, ...], Meta(max_length=100, description="numbers that it reports", extra={"kind": "figures"})
    ] = ()
    closes: Annotated[Ref, Meta(description="the development that opened the situation which this one ends")] = ""
    closes_as: Annotated[
        LineText, Meta(description="how the expectation that it ends came out: met, missed or withdrawn")
    ] = ""
    also_closes: Annotated[Refs, Meta(description="the developments that opened further ones which it ends")] = ()
    see: Annotated[Links, Meta(description="related developments, also of other stories, such as other#3")] = ()
    key: Annotated[bool, Meta(description="one of the events that make the story")] = False
    tags: Annotated[Tags, Meta(description="words by which readers can follow it")] = ()
    place: Annotated[LineText, Meta(description="where it occurred, such as Portland, Oregon")] = ""
    at: Annotated[Coordinates, Meta(description="latitude and longitude of the place: 45.5152,-122.6784")] = ""
    image: Annotated[Image | None, Meta(description="a picture of it", extra={"kind": "image"})] = None
    sources: Annotated[
        tuple[Source, ...], Meta(max_length=100, description="where it was read", extra={"kind": "sources"})
    ] = ()
    minor: Annotated[bool, Meta(description="keep it out of the feeds")] = False


class Opener(Occurrence, frozen=True, kw_only=True):
    """An occurrence that opens a situation, a question or an expectation."""

    state: Annotated[LineText, Meta(description="its state, in place of the usual word, such as 'agreed'")] = ""
    pending: Annotated[LineText, Meta(description="what it waits for, such as 'awaits the judge'")] = ""


class Mover(Occurrence, frozen=True, kw_only=True):
    """An occurrence that changes the state of a situation, which stays in force."""

    about: Annotated[
        Ref, Meta(description="the development that opened what changes; needed only if there are several")
    ] = ""
    state: Annotated[LineText, Meta(description="the state from then on, such as 'eased: may fly again'")] = ""
    pending: Annotated[LineText, Meta(description="what it waits for from then on")] = ""
    until: Annotated[DateText, Meta(description="its announced end from then on")] = Occurred("")


class Closer(Occurrence, frozen=True, kw_only=True):
    """An occurrence that ends a situation of its kind."""

    unopened: Annotated[bool, Meta(description="what it ends is not in the log")] = False
    state: Annotated[LineText, Meta(description="how it ends, in place of the usual word, such as 'rejected'")] = (
        ""
    )


def stated(event: Event, name: str) -> str:
    """Returns the field ``state`` or ``pending`` of an event; empty if it has none, or one of the desk's own."""
    return "" if name in event.redefined else str(getattr(event, name, ""))


ADDED = ("also_closes", "see", "key", "tags", "place", "at")
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

    format: int = 0
    slug: str = ""
    was: Was | None = None
    short: Annotated[
        str, Meta(max_length=80, description="a shorter title, for feeds and lists", extra={"kind": "line"})
    ] = ""
    summary: Annotated[Prose, Meta(description="what the story is about")] = ""
    language: Annotated[Name, Meta(description="language tag, such as en or pt-BR")] = ""


class Summary(Occurrence, tag="summary", frozen=True, kw_only=True):
    """The editor's own account of where things stand."""

    effect = SetsSummary()
    title_says = "text"

    text: Annotated[Prose, Meta(description="where things stand; by default the title")] = ""


class Closed(Occurrence, tag="closed", frozen=True, kw_only=True):
    """The desk stops following the story; its feeds say so and end."""

    effect = SetsStatus("closed")
    sentences = ("{why}",)

    why: Annotated[LineText, Meta(description="why it ends")] = ""


class Reopened(Occurrence, tag="reopened", frozen=True, kw_only=True):
    """The desk takes a closed story up again."""

    effect = SetsStatus("open")
    sentences = ("{why}",)

    why: Annotated[LineText, Meta(description="why it goes on")] = ""


class Pinned(Occurrence, tag="pinned", frozen=True, kw_only=True):
    """The desk puts the story first in its lists."""

    effect = SetsPin(pinned=True)
    sentences = ("{why}", "The story comes first in lists")

    why: Annotated[LineText, Meta(description="why it comes first")] = ""


class Unpinned(Occurrence, tag="unpinned", frozen=True, kw_only=True):
    """The desk puts the story back among the others in its lists."""

    effect = SetsPin(pinned=False)
    sentences = ("{why}", "The story is listed among the others")

    why: Annotated[LineText, Meta(description="why it no longer comes first")] = ""


class Update(Occurrence, tag="update", frozen=True, kw_only=True):
    """A development that changes no state of the story: context, colour, background."""


# Claims: reported, then confirmed, denied, disputed or retracted.


class Report(Occurrence, tag="report", frozen=True, kw_only=True):
    """A source reports a claim. With --about, it corroborates an earlier report."""

    effect = MakesClaim()
    title_says = "claim"

    claim: Annotated[LineText, Meta(description="the claim; by default the title")] = ""
    about: Annotated[Ref, Meta(description="the earlier report that this one corroborates")] = ""


class Confirmation(Occurrence, tag="confirmation", frozen=True, kw_only=True):
    """A party confirms a claim."""

    effect = TakesStance("confirmed")

    about: Annotated[Ref, Meta(description="the report it confirms; needed only if there are several")] = ""
    by: Annotated[PartyName, Meta(description="the party that confirms it")] = ""


class Denial(Occurrence, tag="denial", frozen=True, kw_only=True):
    """A party denies a claim."""

    effect = TakesStance("denied")

    about: Annotated[Ref, Meta(description="the report it denies; needed only if there are several")] = ""
    by: Annotated[PartyName, Meta(description="the party that denies it")] = ""


class Statement(Occurrence, tag="statement", frozen=True, kw_only=True):
    """A party says where it stands; its latest statement is its position.

    With ``behalf``, it is the position of the party for which the speaker speaks. ``also`` has further speakers.
    """

    effect = TakesPosition()

    speaker: Annotated[PartyName, Meta(min_length=1, description="the party that speaks; again for the next one")]
    quote: Annotated[Quote, Meta(description="the words, verbatim; by default the title")] = ""
    to: Annotated[LineText, Meta(description="the addressee, such as CNN")] = ""
    also: Annotated[
        tuple[Saying, ...], Meta(max_length=100, description="further speakers", extra={"kind": "sayings"})
    ] = ()
    behalf: Annotated[PartyName, Meta(description="the party for which the speaker speaks, such as Boeing")] = ""
    role: Annotated[
        LineText,
        Meta(description="the speaker's role, such as 'chief executive of Boeing'; by default from parties.toml"),
    ] = ""


# Situations: something that starts and ends.


class Suspension(Opener, tag="suspension", frozen=True, kw_only=True):
    """A party's account, service, product or licence is stopped for now."""

    effect = Opens("suspension", ("{of} of {subject}", "{subject}"), "suspended", "reinstated", until="until")
    sentences = ("{by} suspends {subject}", "{subject} is suspended")

    subject: Annotated[PartyName, Meta(min_length=1, description="the party that is suspended")]
    by: Annotated[PartyName, Meta(description="the party that suspends")] = ""
    of: Annotated[LineText, Meta(description="what is suspended, such as OpenAI account")] = ""
    reason: Annotated[LineText, Meta(description="the reason given")] = ""
    until: Annotated[DateText, Meta(description="its announced end")] = Occurred("")


class Reinstatement(Closer, tag="reinstatement", frozen=True, kw_only=True):
    """A suspension ends."""

    effect = Closes("suspension")
    sentences = ("{by} reinstates {subject}", "{subject} is reinstated")

    subject: Annotated[PartyName, Meta(description="the party that is reinstated")] = ""
    by: Annotated[PartyName, Meta(description="the party that reinstates")] = ""
    of: Annotated[LineText, Meta(description="what is reinstated")] = ""
    reason: Annotated[LineText, Meta(description="the reason given")] = ""


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

    into: Annotated[PartyName, Meta(min_length=1, description="the party that is investigated")]
    by: Annotated[PartyName, Meta(description="the party that investigates")] = ""
    question: Annotated[LineText, Meta(description="the question to answer")] = ""


class Finding(Closer, tag="finding", frozen=True, kw_only=True):
    """An investigation ends with an outcome."""

    effect = Closes("investigation")
    title_says = "outcome"

    into: Annotated[PartyName, Meta(description="the party that was investigated")] = ""
    by: Annotated[PartyName, Meta(description="the party that investigated")] = ""
    outcome: Annotated[LineText, Meta(description="the outcome; by default the title")] = ""


class Agreement(Opener, tag="agreement", frozen=True, kw_only=True):
    """Parties agree on something that holds from then on."""

    effect = Opens("agreement", ("agreement between {between}",), "in force", "terminated", terms="terms")
    sentences = ("{between} agree",)

    between: Annotated[Parties, Meta(min_length=2, description="a party that agrees; give it once for each party")]
    terms: Annotated[Prose, Meta(description="the terms agreed on")] = ""


class Termination(Closer, tag="termination", frozen=True, kw_only=True):
    """An agreement ends."""

    effect = Closes("agreement")
    sentences = ("The agreement between {between} ends",)

    between: Annotated[Parties, Meta(description="a party to the agreement")] = ()
    terms: Annotated[Prose, Meta(description="the terms on which it ends")] = ""


class Policy(Opener, tag="policy", frozen=True, kw_only=True):
    """A party sets a rule that holds from then on."""

    effect = Opens("policy", ("{by} policy: {rule}",), "in force", "repealed", terms="rule")
    title_says = "rule"

    by: Annotated[PartyName, Meta(min_length=1, description="the party that sets the rule")]
    rule: Annotated[LineText, Meta(description="the rule; by default the title")] = ""


class Repeal(Closer, tag="repeal", frozen=True, kw_only=True):
    """A policy ends."""

    effect = Closes("policy")
    sentences = ("{by} repeals its rule: {rule}",)

    by: Annotated[PartyName, Meta(description="the party that repeals the rule")] = ""
    rule: Annotated[LineText, Meta(description="the rule that ends")] = ""


class Question(Opener, tag="question", frozen=True, kw_only=True):
    """Something the story leaves open. Any later development may close it with --closes."""

    effect = Opens("question", ("{text}",), "open", "answered", pending=True, listed=QUESTIONS)
    title_says = "text"

    text: Annotated[LineText, Meta(description="the question; by default the title")] = ""


class Expectation(Opener, tag="expectation", frozen=True, kw_only=True):
    """Something is expected by a date. Any later development may close it with --closes."""

    effect = Opens(
        "expectation", ("{what}",), "expected {due}", "settled", until="due", pending=True, listed=EXPECTED
    )
    title_says = "what"

    due: Annotated[DateText, Meta(min_length=1, description="when it is expected")]
    what: Annotated[LineText, Meta(description="the expected event; by default the title")] = ""


# Changes of a situation that stays in force.


class StateChange(Mover, tag="change", frozen=True, kw_only=True):
    """A situation changes while it is in force: an order is eased, a lawsuit is appealed."""

    effect = Moves()


# Numbers.


class Earnings(Occurrence, tag="earnings", frozen=True, kw_only=True):
    """A company reports its numbers for a period, often against what was expected."""

    sentences = ("{company} reports its numbers for {period}", "{company} reports its numbers")

    company: Annotated[PartyName, Meta(min_length=1, description="the company that reports")]
    period: Annotated[LineText, Meta(description="the period in the company's words, such as Q4 FY2024")] = ""
    covers: Annotated[
        DateText, Meta(description="the dates of that period; by default worked out from its words")
    ] = Occurred("")


# Amendments.


class Correction(Amendment, tag="correction", frozen=True, kw_only=True):
    """An earlier event was wrong: it now stands with these fields changed."""

    target_field = "corrects"

    corrects: Annotated[Ref, Meta(min_length=1, description="the event that is corrected")]
    changes: Annotated[dict[str, Any], Meta(min_length=1, description="new values by field; null empties a field")]
    why: Annotated[LineText, Meta(min_length=1, description="why, for the readers")]
    quiet: Annotated[bool, Meta(description="no entry of its own; the amended entry is edited")] = False


class Retraction(Amendment, tag="retraction", frozen=True, kw_only=True):
    """An earlier event is withdrawn: its effects are undone. It stays visible, struck through."""

    target_field = "retracts"

    retracts: Annotated[Ref, Meta(min_length=1, description="the event that is withdrawn")]
    why: Annotated[LineText, Meta(min_length=1, description="why, for the readers")]
    quiet: Annotated[bool, Meta(description="no entry of its own; the amended entry is edited")] = False


class Redaction(Amendment, tag="redaction", frozen=True, kw_only=True):
    """An earlier event's text had to be removed (a legal demand); its place in the log stays.

    It removes the text of one line, which its head names. It has no other effect on that line.
    """

    target_field = "redacts"

    redacts: Annotated[Ref, Meta(min_length=1, description="the event whose text is removed")]
    reason: Annotated[Code, Meta(min_length=1, description="a code, such as court-order")]
    authority: Annotated[
        LineText, Meta(min_length=1, description="the authority that demands it; never repeat the text here")
    ]

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
    figures, image, sayings, sources, flag, media (the name of a stored file), and other (set by tracker, never by
    the editor). ``required``: the field must not be empty in an event that is appended.
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
    for base in reversed(cls.__mro__):
        hints.update(getattr(base, "__annotations__", {}))
    defaults = dict(zip(reversed(cls.__struct_fields__), reversed(cls.__struct_defaults__), strict=False))
    return tuple(
        Field(
            name,
            *_kind_and_help(hints[name]),
            defaults.get(name, NODEFAULT) is NODEFAULT or _is_asked_for(hints[name]),
        )
        for name in cls.__struct_fields__
    )


@cache
def kind_of(cls: type[Struct], name: str) -> str:
    """Returns the kind of one field, or an empty string if there is no such field."""
    return next((field.kind for field in fields_of(cls) if field.name == name), "")


def _kind_and_help(hint: Any) -> tuple[str, str]:
    """Returns the kind and the help text in an annotation."""
    metas = getattr(hint, "__metadata__", ())
    kinds = [meta.extra["kind"] for meta in metas if meta.extra and "kind" in meta.extra]
    kind = "flag" if getattr(hint, "__origin__", hint) is bool else next(iter(kinds), "other")
    return kind, next((meta.description for meta in metas if meta.description), "")


def _is_asked_for(hint: Any) -> bool:
    """Whether types.toml requires the field. Its annotation has a default, because older lines may lack it."""
    return any(meta.extra and meta.extra.get("required") for meta in getattr(hint, "__metadata__", ()))
