"""What stands: a story is a set of *items*, and a change is one item's words before and after.

========== ================================ ======================================================
item       key                              what it is
========== ================================ ======================================================
Note       ``title``, ``status``, ``summary``  what the desk says of the story itself
Situation  ``situation/<opener's id>``      something that starts and ends; questions and expected
                                            dates are situations too
Claim      ``claim/<report's id>``          something reported, and what became of it
Reading    ``figure/<party>/<name>``        the latest number of that name
Position   ``position/<party>``             what the party said last
========== ================================ ======================================================

Every item has a ``key`` (what it is compared by), a ``label`` (what readers call it) and ``words`` (its
state). That is all a change needs: ``OpenAI account of ByteDance: none → suspended``.

Items are values. A ``Story`` is the fold's working object: it is only ever changed in ``fold.apply``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from msgspec import Struct, field

from tracker.domain import figures
from tracker.domain.amend import Development
from tracker.domain.events import EXPECTED, QUESTIONS, SITUATIONS, Figure, Source
from tracker.text.dates import Occurred, Recorded

NONE = "none"


class Change(NamedTuple):
    """One difference that a single event makes. ``before``/``after`` are words; ``none`` is nothing."""

    key: str
    label: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.subject} {self.before} → {self.after}"

    @property
    def subject(self) -> str:
        """The label as what follows is said of it."""
        return introduced(self.label)


class Item(Struct, frozen=True, kw_only=True, gc=False):
    """One thing that stands."""

    key: str
    label: str

    @property
    def words(self) -> str:
        """Its state, as readers are told it."""
        raise NotImplementedError

    @property
    def seq(self) -> int:
        """The number of the development that it rests on; 0 for a note, which may rest on several."""
        return 0

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties that it is about."""
        return ()

    @property
    def retracted(self) -> bool:
        """Whether it stands only as something that was withdrawn."""
        return False


class Note(Item, frozen=True, kw_only=True, gc=False):
    """What the desk says of the story itself: its title, its status, its summary."""

    text: str

    @property
    def words(self) -> str:
        return self.text


class Situation(Item, frozen=True, kw_only=True, gc=False):
    """Something that starts and ends.

    ``listed`` is the list of the story in which it stands: ``situations``, ``questions`` or ``expected``.
    ``seq`` and ``id`` are the opener's, ``since`` is when that occurred. ``announced`` is the end that was
    announced, or the date something is expected by; ``ended`` is when the closer ``ended_by`` occurred.
    ``pending``: it wants an outcome. In as-of views ``begin_uncertain`` and ``end_uncertain`` are set where that
    date is too vague to say whether it had begun or ended by then.
    """

    kind: str
    listed: str
    id: str
    seq: int
    title: str
    word: str
    ended_word: str
    pending: bool = False
    parties: tuple[str, ...] = ()
    since: Occurred = Occurred("")
    recorded: Recorded
    announced: Occurred = Occurred("")
    ended: Occurred = Occurred("")
    ended_by: int = 0
    ended_recorded: Recorded = Recorded("")
    begin_uncertain: bool = False
    end_uncertain: bool = False

    @property
    def uncertain(self) -> bool:
        """Whether its dates are too vague to say if it was in force."""
        return self.begin_uncertain or self.end_uncertain

    @property
    def in_force(self) -> bool:
        return not self.ended_by

    @property
    def until(self) -> Occurred:
        """When it ended or, while it is in force, its announced end."""
        return self.announced if self.in_force else self.ended

    @property
    def words(self) -> str:
        return self.word if self.in_force else self.ended_word


class Claim(Item, frozen=True, kw_only=True, gc=False):
    """Something reported. Each party's latest stance counts; stances that contradict make it disputed."""

    id: str
    seq: int
    occurred: Occurred
    parties: tuple[str, ...] = ()
    reports: tuple[int, ...] = ()
    sources: tuple[Source, ...] = ()
    stances: tuple[tuple[str, str], ...] = ()

    @property
    def retracted(self) -> bool:
        """Whether every report of it was withdrawn."""
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
        return independent_origins(self.sources)

    @property
    def words(self) -> str:
        if self.origins > 1 and not self.retracted:
            return f"{self.status}, {self.origins} independent origins"
        return self.status


class Reading(Item, frozen=True, kw_only=True, gc=False):
    """The latest figure of its party and name."""

    figure: Figure
    seq: int
    occurred: Occurred
    recorded: Recorded

    @property
    def words(self) -> str:
        return figures.in_words(self.figure)

    @property
    def parties(self) -> tuple[str, ...]:
        return (self.figure.party,) if self.figure.party else ()


class Position(Item, frozen=True, kw_only=True, gc=False):
    """What a party said last; ``quote`` is verbatim and may be empty, ``title`` is the desk's words."""

    party: str
    seq: int
    title: str
    quote: str
    to: str
    occurred: Occurred
    recorded: Recorded

    @property
    def words(self) -> str:
        return f"“{self.quote}”" if self.quote else self.title

    @property
    def parties(self) -> tuple[str, ...]:
        return (self.party,)


def figure_key(figure: Figure) -> str:
    """The key of a figure's reading: later ones of that party and name take its place."""
    return f"figure/{figure.party}/{figure.name}"


def introduced(label: str) -> str:
    """A label with a colon, where it does not end in a mark of its own."""
    return label if label.endswith(("?", "!")) else f"{label}:"


Kind = TypeVar("Kind", bound=Item)


class Story(Struct):
    """One story as it stands. ``head`` is the hash of the last event folded, ``seq`` its number."""

    slug: str
    seq: int = 0
    head: str = ""
    updated: Recorded = Recorded("")
    language: str = ""
    items: dict[str, Item] = field(default_factory=dict)
    developments: list[Development] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self._note("title")

    @property
    def status(self) -> str:
        """``open`` or ``closed``."""
        return self._note("status")

    @property
    def summary(self) -> str:
        return self._note("summary")

    @property
    def all_situations(self) -> list[Situation]:
        """All situations, those that ended included; the next three properties are parts of this."""
        return list(self._of(Situation))

    @property
    def situations(self) -> list[Situation]:
        """Those that are neither questions nor expected dates."""
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

    def situation(self, id: str) -> Situation | None:
        """The situation which the event ``id`` opened."""
        found = self.items.get(f"situation/{id}")
        return found if isinstance(found, Situation) else None

    def claim(self, id: str) -> Claim | None:
        """The claim which the report ``id`` made."""
        found = self.items.get(f"claim/{id}")
        return found if isinstance(found, Claim) else None

    def _of(self, kind: type[Kind]) -> Iterator[Kind]:
        return (item for item in self.items.values() if isinstance(item, kind))

    def _note(self, key: str) -> str:
        item = self.items.get(key)
        return item.words if item else ""


def differences(before: Story, after: Story) -> tuple[Change, ...]:
    """What changed between two foldings of a story, in the order of the items."""
    return tuple(change for was, now in apart(before, after) if (change := change_of(was, now)))


def apart(before: Story, after: Story) -> Iterator[tuple[Item | None, Item | None]]:
    """The items that are not the same in two foldings of a story, each as it was and as it is."""
    for key in (*before.items, *(key for key in after.items if key not in before.items)):
        was, now = before.items.get(key), after.items.get(key)
        if was != now:
            yield was, now


def change_of(before: Item | None, after: Item | None) -> Change | None:
    """The change from one state of an item to another; None where its words are the same."""
    item = after or before
    was, now = before.words if before else NONE, after.words if after else NONE
    if item is None or was == now:
        return None
    return Change(item.key, item.label, was, now)


def independent_origins(sources: Iterable[Source]) -> int:
    """How many origins these sources come down to.

    Sources that share a ``via`` count once, and so do a source and the one that is its ``via``. Outlets are
    compared by name, without case; a source without a publisher goes by the host of its address.
    """
    root: dict[str, str] = {}

    def find(name: str) -> str:
        while root.setdefault(name, name) != name:
            name = root[name]
        return name

    for source in sources:
        name = (source.publisher or _host(source.url)).casefold()
        root[find(name)] = find(source.via.casefold() or name)
    return len({find(name) for name in root})


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].removeprefix("www.")
