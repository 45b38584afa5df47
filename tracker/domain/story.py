"""The state of a story: a set of *items*. A change is one item before and after an event.

========== ================================ ======================================================
item       key                              what it is
========== ================================ ======================================================
Note       ``title``, ``status``, ``summary``  a text of the desk about the story itself
Situation  ``situation/<opener's id>``      a state that starts and ends, or a question or expectation
Claim      ``claim/<report's id>``          a reported claim, and whether it is confirmed or denied
Reading    ``figure/<party>/<name>=<unit>`` the latest number of that name and unit
Position   ``position/<party>``             the latest statement of the party
Office     ``office/<name>``                the line of succession in an office
Pin        ``pinned``                       whether the story comes first in the desk's lists
KeyEvent   ``key/<id>``                     an event that makes the story
========== ================================ ======================================================

Every item has a ``key`` (its identity) and a ``state``, which is a tuple of values: an event changed the item if
its state is another one. For editors and programs it also has a ``label`` (its name) and ``words`` (its state in a
few English words), as in ``OpenAI account of ByteDance: none → suspended``. What readers are told is made of the
item's values in the package ``wording``.

Items are values. A ``Story`` is mutable: ``fold.py`` builds it, and ``views/bitemporal.py`` marks uncertain items
in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from msgspec import Struct, field, structs

from tracker.domain import figures
from tracker.domain.amend import Development, FieldChange
from tracker.domain.events import EXPECTED, QUESTIONS, SITUATIONS, Event, Figure, Opened, Opens, Source
from tracker.text.dates import Occurred, Recorded, span
from tracker.text.identity import host_key, name_key

NONE = "none"


class Change(Struct, frozen=True, gc=False):
    """One change by one event.

    ``label``, ``before`` and ``after`` are for editors and programs: the item's name, and its words before and
    after; ``none`` means that there is no item. ``was`` and ``now`` are the item itself, or None. Where an
    amendment changed a development and not an item, both are None; ``field`` is the change of its field, or None
    if its standing changed.
    """

    key: str
    label: str
    before: str
    after: str
    was: Item | None = None
    now: Item | None = None
    field: FieldChange | None = None

    def __str__(self) -> str:
        return f"{self.subject} {self.before} → {self.after}"

    @property
    def subject(self) -> str:
        """The label with a colon, as it stands before the words."""
        return introduced(self.label)


class Item(Struct, frozen=True, kw_only=True, gc=False):
    """One part of a story's state."""

    key: str
    label: str

    @property
    def state(self) -> tuple[object, ...]:
        """What an event changes about the item, as values."""
        raise NotImplementedError

    @property
    def words(self) -> str:
        """The state in a few English words, for editors and programs."""
        raise NotImplementedError

    @property
    def seq(self) -> int:
        """The number of the development that the item is based on; 0 for a note, which may have several."""
        return 0

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties that the item is about."""
        return ()

    @property
    def retracted(self) -> bool:
        """Whether the item is shown only because it was withdrawn."""
        return False

    @property
    def followers(self) -> tuple[tuple[str, int], ...]:
        """The events that changed, ended or answered it since: what each did, in a word, and its number."""
        return ()


class Note(Item, frozen=True, kw_only=True, gc=False):
    """A text of the desk about the story itself: the title, the status or the summary."""

    text: str

    @property
    def state(self) -> tuple[object, ...]:
        return (self.text,)

    @property
    def words(self) -> str:
        return self.text


class Pin(Item, frozen=True, kw_only=True, gc=False):
    """Whether the story comes first in the desk's lists. The briefing has no line for it."""

    pinned: bool

    @property
    def state(self) -> tuple[object, ...]:
        return (self.pinned,)

    @property
    def words(self) -> str:
        return "first" if self.pinned else "among the others"


class State(Struct, frozen=True, kw_only=True, gc=False):
    """What one event says of the state of a situation: the opener first, then the changes.

    ``words`` are the state, ``awaits`` is what it waits for in that state, ``until`` is the announced end.
    ``words`` and ``until`` are empty if the event leaves them as they were. ``given``: the editor gave the words.
    ``seq``, ``occurred`` and ``recorded`` are the event's.
    """

    seq: int
    words: str = ""
    awaits: str = ""
    given: bool = False
    until: Occurred = Occurred("")
    occurred: Occurred = Occurred("")
    recorded: Recorded


class Situation(Item, frozen=True, kw_only=True, gc=False):
    """A state that starts and ends, such as a suspension; or a question or an expectation.

    ``type`` is the opener's type, ``values`` are those of its own fields that a sentence may name. ``listed`` is
    the list of the story that it is in: ``situations``, ``questions`` or ``expected``. ``terms`` is what was
    agreed or ruled; it may be Markdown. ``seq`` and ``id`` are the opener's, ``since`` is when the opener
    occurred. ``states`` are its states in the order in which they occurred. Three attributes follow from them:
    ``word``, the present state; ``awaits``, what it waits for; ``announced``, the announced end, or the date of an
    expectation. ``ended_by`` is the closer's number, 0 while the situation is in force; ``ended`` is when the
    closer occurred, ``outcome`` how it ended. ``score`` says how an expectation came out, one of ``SCORES`` or
    empty; ``days`` by how many days it was met late, where a negative number means early. ``pending``: all
    situations of its kind wait for an outcome. As-of views set ``begin_uncertain``, ``state_uncertain`` and
    ``end_uncertain`` if its dates are too vague to say whether it had begun, changed or ended by then.
    """

    kind: str
    type: str
    listed: str
    id: str
    seq: int
    title: str
    values: tuple[tuple[str, object], ...] = ()
    terms: str = ""
    word: str
    ended_word: str
    pending: bool = False
    parties: tuple[str, ...] = ()
    since: Occurred = Occurred("")
    recorded: Recorded
    announced: Occurred = Occurred("")
    ended: Occurred = Occurred("")
    outcome: str = ""
    score: str = ""
    days: int = 0
    ended_by: int = 0
    ended_recorded: Recorded = Recorded("")
    awaits: str = ""
    states: tuple[State, ...] = ()
    begin_uncertain: bool = False
    state_uncertain: bool = False
    end_uncertain: bool = False

    @property
    def uncertain(self) -> bool:
        """Whether its dates are too vague to say if it was in force at the time of the view."""
        return self.begin_uncertain or self.end_uncertain

    @property
    def told_states(self) -> tuple[State, ...]:
        """The states that have words; the last one is the present state, or the last one before the end."""
        return tuple(each for each in self.states if each.words)

    @property
    def followers(self) -> tuple[tuple[str, int], ...]:
        changed = sorted(each.seq for each in self.states[1:])
        word = "ended" if self.listed == SITUATIONS else self.score or self.ended_word
        return (*(("changed", seq) for seq in changed), *([(word, self.ended_by)] if self.ended_by else []))

    @property
    def in_force(self) -> bool:
        return not self.ended_by

    @property
    def until(self) -> Occurred:
        """When it ended or, while it is in force, its announced end."""
        return self.announced if self.in_force else self.ended

    @property
    def is_pending(self) -> bool:
        """Whether it is no question or expectation, and waits for something before it is in force."""
        return self.in_force and bool(self.awaits) and self.listed == SITUATIONS

    @property
    def state(self) -> tuple[object, ...]:
        return (self.in_force, self.word, self.awaits) if self.in_force else (False, self.ended_word)

    @property
    def words(self) -> str:
        if not self.in_force:
            return self.ended_word
        return f"{self.word} ({self.awaits})" if self.awaits else self.word


class Claim(Item, frozen=True, kw_only=True, gc=False):
    """A claim that was reported.

    Three dates are kept apart: ``occurred``, when it is said to have happened; ``reported``, when it was first
    reported, as far as its sources say; ``confirmed``, when it was first confirmed. Each may be empty.
    ``reports`` has the numbers of its reports that are not withdrawn, ``sources`` their sources. ``stances`` has
    the latest stance of each party: the party, or an id if it is not named, and ``confirmed`` or ``denied``.
    Stances that contradict each other make the claim disputed. ``answers`` has the number and the stance of every
    event that took one, ``answered`` when each of these events occurred.
    """

    id: str
    seq: int
    occurred: Occurred
    parties: tuple[str, ...] = ()
    reports: tuple[int, ...] = ()
    sources: tuple[Source, ...] = ()
    stances: tuple[tuple[str, str], ...] = ()
    answers: tuple[tuple[int, str], ...] = ()
    answered: tuple[Occurred, ...] = ()

    @property
    def reported(self) -> Occurred:
        """The earliest date on which a source published it; empty if no source has a date."""
        published = [each.published for each in self.sources if each.published]
        return min(published, key=lambda each: span(each).earliest.instant, default=Occurred(""))

    @property
    def confirmed(self) -> Occurred:
        """When the first confirmation occurred; empty if no confirmation stands, or none has a date."""
        if self.status not in ("confirmed", "disputed"):
            return Occurred("")
        told = zip(self.answers, self.answered, strict=True)
        dated = [occurred for (_, stance), occurred in told if stance == "confirmed" and occurred]
        return min(dated, key=lambda each: span(each).earliest.instant, default=Occurred(""))

    @property
    def followers(self) -> tuple[tuple[str, int], ...]:
        found = [(seq, "corroborated") for seq in self.reports if seq != self.seq]
        return tuple((word, seq) for seq, word in sorted([*found, *self.answers]))

    @property
    def retracted(self) -> bool:
        """Whether every report of the claim was withdrawn."""
        return not self.reports

    @property
    def status(self) -> str:
        """``reported``, ``confirmed``, ``denied``, ``disputed`` or ``retracted``."""
        if self.retracted:
            return "retracted"
        stances = {stance for _, stance in self.stances}
        return "disputed" if len(stances) > 1 else next(iter(stances), "reported")

    @property
    def origins(self) -> int:
        """The number of independent origins of its sources."""
        return independent_origins(self.sources)

    @property
    def state(self) -> tuple[object, ...]:
        return (self.status, 0 if self.retracted or self.origins < 2 else self.origins)

    @property
    def words(self) -> str:
        if self.origins > 1 and not self.retracted:
            return f"{self.status}, {self.origins} independent origins"
        return self.status


class Reading(Item, frozen=True, kw_only=True, gc=False):
    """The latest figure of its party, name and unit.

    ``occurred`` is the figure's own date or, without one, when its event occurred. ``about`` is the id of the
    opener of the situation to which it belongs, or empty. ``outdated`` says how that situation ended
    ("agreement terminated"). It is the only attribute that depends on another item: the fold sets it last.
    """

    figure: Figure
    seq: int
    occurred: Occurred
    recorded: Recorded
    about: str = ""
    outdated: str = ""

    @property
    def state(self) -> tuple[object, ...]:
        return structs.replace(self.figure, party="", about=""), self.outdated

    @property
    def words(self) -> str:
        words = figures.in_words(self.figure)
        return f"{words} ({self.outdated})" if self.outdated else words

    @property
    def parties(self) -> tuple[str, ...]:
        return (self.figure.party,) if self.figure.party else ()


class Position(Item, frozen=True, kw_only=True, gc=False):
    """The latest statement of a party. ``quote`` is verbatim and may be empty, ``title`` is in the desk's
    words. ``speaker`` is the one who spoke for the party, or empty; ``role`` the speaker's role, or empty."""

    party: str
    seq: int
    title: str
    quote: str
    to: str
    speaker: str = ""
    role: str = ""
    occurred: Occurred
    recorded: Recorded

    @property
    def state(self) -> tuple[object, ...]:
        return (self.quote or self.title,)

    @property
    def words(self) -> str:
        return f"“{self.quote}”" if self.quote else self.title

    @property
    def parties(self) -> tuple[str, ...]:
        return (self.party,)


class Succession(Struct, frozen=True, kw_only=True, gc=False):
    """One change in an office: the ``party`` takes it (``fills``) or leaves it. An empty party is the present
    holder. The rest is the event's."""

    seq: int
    party: str
    fills: bool
    occurred: Occurred
    recorded: Recorded


class Holder(Struct, frozen=True, gc=False):
    """A party that holds or held an office. ``seq`` and ``left`` are the numbers of the events by which it took
    the office and left it, or 0 if no event says so; ``since`` and ``until`` are their dates."""

    party: str
    seq: int = 0
    since: Occurred = Occurred("")
    left: int = 0
    until: Occurred = Occurred("")


class Office(Item, frozen=True, kw_only=True, gc=False):
    """An office, such as chief executive of Boeing. ``line`` has the changes in it, in the order in which they
    occurred."""

    line: tuple[Succession, ...]

    @property
    def seq(self) -> int:
        return self.line[-1].seq

    @property
    def holders(self) -> tuple[Holder, ...]:
        """The holders, one after the other. One who takes the office follows the present holder, who leaves it."""
        found: list[Holder] = []
        for each in self.line:
            present = found[-1] if found and not found[-1].left else None
            if not each.fills:
                self._leave(found, present, each)
            elif present is None or name_key(present.party) != name_key(each.party):
                if present:
                    found[-1] = structs.replace(present, left=each.seq, until=each.occurred)
                found.append(Holder(each.party, each.seq, each.occurred))
        return tuple(found)

    def _leave(self, found: list[Holder], present: Holder | None, change: Succession) -> None:
        """Notes that a party leaves. One that is not among the holders stands before the present one. Of one whose
        successor is known already, the date is that on which it leaves."""
        party = change.party or (present.party if present else "")
        places = [place for place, each in enumerate(found) if name_key(each.party) == name_key(party)]
        ended = {each.seq for each in self.line if not each.fills}
        if not places and party:
            found.insert(len(found) - bool(present), Holder(party, left=change.seq, until=change.occurred))
        elif places and found[places[-1]].left not in ended:
            found[places[-1]] = structs.replace(found[places[-1]], left=change.seq, until=change.occurred)

    @property
    def holder(self) -> Holder | None:
        """The present holder; None if the office is vacant."""
        *_, last = (None, *self.holders)
        return last if last and not last.left else None

    @property
    def state(self) -> tuple[object, ...]:
        return (self.holder.party if self.holder else None,)

    @property
    def words(self) -> str:
        return self.holder.party if self.holder else "vacant"

    @property
    def parties(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.party for each in self.holders))


class KeyEvent(Item, frozen=True, kw_only=True, gc=False):
    """One of the events that make the story. It has no state of its own, so that it makes no change."""

    seq: int
    title: str
    occurred: Occurred
    recorded: Recorded

    @property
    def state(self) -> tuple[object, ...]:
        return ()

    @property
    def words(self) -> str:
        return self.title


def figure_key(figure: Figure) -> str:
    """Returns the key of a figure's reading. A later figure with the same party, name and unit replaces it."""
    key = f"figure/{name_key(figure.party)}/{figure.name}"
    unit = f"{figure.unit} per {figure.per}" if figure.per else figure.unit
    return f"{key}={unit}" if unit else key


def belongs_to(event: Event, figure: Figure) -> str:
    """Returns the id of the opener of the situation to which a figure of the event belongs: the one that it names,
    or the one that the event opens. It is empty if there is none; figures of questions and expectations belong to
    none."""
    effect = event.effect
    opens = isinstance(effect, Opens) and effect.listed == SITUATIONS
    return figure.about or (event.id if opens else "")


def introduced(label: str) -> str:
    """Returns a label with a colon, unless it ends in a question mark or an exclamation mark."""
    return label if label.endswith(("?", "!")) else f"{label}:"


Kind = TypeVar("Kind", bound=Item)


class Story(Struct):
    """A story in its current state.

    ``head`` is the hash of the last event in it, ``seq`` that event's number, ``updated`` when it was recorded.
    ``items`` has the items by key, ``developments`` the developments in the order in which they were applied,
    ``spellings`` the first spelling of each party in them, by its ``identity.name_key``. ``belonging`` has, by the
    id of a situation's opener, the keys of the readings that may belong to it.
    """

    slug: str
    seq: int = 0
    head: str = ""
    updated: Recorded = Recorded("")
    language: str = ""
    items: dict[str, Item] = field(default_factory=dict)
    developments: list[Development] = field(default_factory=list)
    spellings: dict[str, str] = field(default_factory=dict)
    belonging: dict[str, dict[str, None]] = field(default_factory=dict)

    def spelling(self, party: str) -> str:
        """Returns the first spelling of a party in this story."""
        return self.spellings.get(name_key(party), party)

    def meet(self, development: Development) -> None:
        """Notes the spellings of the parties of the next development, and where its figures belong."""
        event = development.event
        for party in getattr(event, "parties", ()):
            self.spellings.setdefault(name_key(party), party)
        for figure in getattr(event, "figures", ()):
            if whose := belongs_to(event, figure):
                self.belonging.setdefault(whose, {})[figure_key(figure)] = None

    def meet_again(self) -> None:
        """Notes the same of all developments again, after the parties or figures of one were amended."""
        self.spellings.clear()
        self.belonging.clear()
        for development in self.developments:
            self.meet(development)

    @property
    def title(self) -> str:
        return self._note("title")

    @property
    def status(self) -> str:
        """``open`` or ``closed``."""
        return self._note("status")

    @property
    def summary(self) -> str:
        """Where the story stands, in the desk's words; until the desk says that, what it is about."""
        return self._note("summary")

    @property
    def about(self) -> str:
        """What the story is about."""
        opened = self._opened
        return opened.summary if opened else ""

    @property
    def short(self) -> str:
        opened = self._opened
        return opened.short if opened else ""

    @property
    def name(self) -> str:
        """The title for feeds and lists."""
        return self.short or self.title

    @property
    def pinned(self) -> bool:
        """Whether it comes first in the desk's lists."""
        pin = self.items.get("pinned")
        return isinstance(pin, Pin) and pin.pinned

    @property
    def _opened(self) -> Opened | None:
        first = self.developments[0].event if self.developments else None
        return first if isinstance(first, Opened) else None

    @property
    def all_situations(self) -> list[Situation]:
        """All situations, ended ones included. The next three properties are parts of this list."""
        return list(self._of(Situation))

    @property
    def situations(self) -> list[Situation]:
        """The situations that are neither questions nor expectations."""
        return [each for each in self.all_situations if each.listed == SITUATIONS]

    @property
    def questions(self) -> list[Situation]:
        return [each for each in self.all_situations if each.listed == QUESTIONS]

    @property
    def expected(self) -> list[Situation]:
        return [each for each in self.all_situations if each.listed == EXPECTED]

    @property
    def claims(self) -> list[Claim]:
        return list(self._of(Claim))

    @property
    def readings(self) -> list[Reading]:
        return list(self._of(Reading))

    @property
    def positions(self) -> list[Position]:
        return list(self._of(Position))

    @property
    def offices(self) -> list[Office]:
        return list(self._of(Office))

    def situation(self, id: str) -> Situation | None:
        """Returns the situation that the event ``id`` opened, if there is one."""
        found = self.items.get(f"situation/{id}")
        return found if isinstance(found, Situation) else None

    def claim(self, id: str) -> Claim | None:
        """Returns the claim that the report ``id`` made, if there is one."""
        found = self.items.get(f"claim/{id}")
        return found if isinstance(found, Claim) else None

    def _of(self, kind: type[Kind]) -> Iterator[Kind]:
        return (item for item in self.items.values() if isinstance(item, kind))

    def _note(self, key: str) -> str:
        item = self.items.get(key)
        return item.words if item else ""


def differences(before: Story, after: Story) -> tuple[Change, ...]:
    """Returns the changes between two states of a story, in the order of the items."""
    return tuple(change for was, now in apart(before, after) if (change := change_of(was, now)))


def apart(before: Story, after: Story) -> Iterator[tuple[Item | None, Item | None]]:
    """Yields the items that differ between two states of a story, each before and after; None if it is missing."""
    for key in (*before.items, *(key for key in after.items if key not in before.items)):
        was, now = before.items.get(key), after.items.get(key)
        if was != now:
            yield was, now


def change_of(before: Item | None, after: Item | None) -> Change | None:
    """Returns the change from one state of an item to another, or None if the state is the same, or if the item
    has none."""
    item = after or before
    was, now = before.state if before else (), after.state if after else ()
    if item is None or was == now:
        return None
    words = before.words if before else NONE, after.words if after else NONE
    return Change(item.key, item.label, *words, before, after)


def independent_origins(sources: Iterable[Source]) -> int:
    """Returns the number of independent origins of these sources.

    Sources with the same ``via`` count once, and so do a source and the outlet that is its ``via``; sources with
    the same publisher or host; and copies of one article. Spellings do not matter: see ``identity.py``.
    """
    root: dict[str, str] = {}

    def find(name: str) -> str:
        while root.setdefault(name, name) != name:
            name = root[name]
        return name

    for source in sources:
        first, *others = _outlets(source)
        for other in others:
            root[find(other)] = find(first)
        find(first)
    return len({find(name) for name in root})


def _outlets(source: Source) -> list[str]:
    """Returns the keys of the outlets that a source names: its own, and that on whose reporting it rests."""
    hosts = {host_key(each) for each in (source.url, source.archived) if each}
    return [*filter(None, map(name_key, (source.via, source.publisher))), *sorted(hosts)] or [""]
