"""What is worth a look about an event that was, or is about to be, recorded. Nothing here refuses anything.

An ``Adviser`` follows a story as it grows, so that advice on each of a thousand events takes one pass over them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice

from tracker.domain.amend import Development
from tracker.domain.directory import Directory
from tracker.domain.events import EXPECTED, SITUATIONS, Event, Occurrence, Opens
from tracker.domain.story import Situation, Story
from tracker.text.dates import apart, seconds_apart, when

LEGAL_FORMS = frozenset(
    {
        *("inc", "incorporated", "corp", "corporation", "co", "company", "llc", "ltd", "limited", "plc"),
        *("ag", "bv", "gmbh", "nv", "sa", "se"),
    }
)
"""What a company's name may end in or not."""

LONG_ENOUGH = 5
"""Letters of a word in which one that differs is likely to be a slip: EU and UK, Iran and Iraq are no slips."""

MOST_ANSWERED = 3
"""Expectations that are said to be answered, perhaps, by one event."""

SOON = 3_600
"""Seconds within which the same title is likely to be the same development, and the same source one sitting."""


class Adviser:
    """Knows what has been recorded of a story: its parties, titles and sources."""

    def __init__(self, slug: str, developments: Iterable[Development], directory: Directory) -> None:
        self.slug = slug
        self.directory = directory
        self._parties: dict[str, None] = {}
        self._indexed = 0
        self._spelt: dict[str, str] = {}
        self._alike: dict[str, list[str]] = {}
        self._titles: dict[str, tuple[int, Event]] = {}
        self._cited: dict[str, int] = {}
        self._last: Occurrence | None = None
        self._expecting: dict[str, list[str]] = {}
        self._meet(directory.names())
        for development in developments:
            self.take(development.seq, development.event)

    def take(self, seq: int, event: Event) -> None:
        """Goes on to the next event of the story."""
        if not isinstance(event, Occurrence):
            return
        self._meet(event.parties)
        self._titles[event.title.casefold()] = seq, event
        for source in event.sources:
            self._cited.setdefault(source.url, seq)
        self._last = event
        if isinstance(event.effect, Opens) and event.effect.listed == EXPECTED:
            for party in event.parties or ("",):
                self._expecting.setdefault(party, []).append(event.id)

    def _meet(self, parties: Iterable[str]) -> None:
        self._parties.update(dict.fromkeys(parties))

    def _index(self) -> None:
        """Sorts the parties met since the last time by how they are spelt; most events name none that is new."""
        for party in islice(self._parties, self._indexed, None):
            words = _words(party)
            self._spelt["".join(words)] = party
            self._alike.setdefault(_initials(words), []).append(party)
        self._indexed = len(self._parties)

    def on(self, event: Event, story: Story) -> list[str]:
        """Sentences about an event that is not taken yet. ``story`` is how it stands with it."""
        if not isinstance(event, Occurrence):
            return []
        return [
            *self._near_misses(event.parties),
            *self._repeated(event, story.seq),
            *self._cited_before(event),
            *self._answered(event, story),
        ]

    def near_miss(self, party: str) -> str:
        """The known party of which this seems to be another spelling; empty where it is known itself, or seems to
        be somebody else."""
        if party in self._parties or self.directory.knows(party):
            return ""
        self._index()
        words = _words(party)
        same = self._spelt.get("".join(words))
        alike = self._alike.get(_initials(words), ())
        slip = same or next((each for each in alike if _is_slip(words, _words(each))), "")
        return self.directory.canonical(slip)

    def _near_misses(self, parties: Sequence[str]) -> list[str]:
        return [
            f"{party} is nearly called like {near}; if that is meant, correct it, and make it an alias in"
            " parties.toml"
            for party in parties
            if (near := self.near_miss(party))
        ]

    def _repeated(self, event: Occurrence, seq_of_it: int) -> list[str]:
        seq, earlier = self._titles.get(event.title.casefold(), (0, event))
        if not seq or not self._is_soon_after(earlier, event):
            return []
        return [
            f"#{seq}, recorded {apart(earlier.recorded, event.recorded)} earlier, has the same title; if this is"
            f" one too many, tracker retract {self.slug}#{seq_of_it} takes it back"
        ]

    def _cited_before(self, event: Occurrence) -> list[str]:
        """Somebody who types several developments from one article, one after the other, knows that."""
        last = self._last
        at_it = {each.url for each in last.sources} if last and self._is_soon_after(last, event) else set()
        return [
            f"{source.url} is cited by #{self._cited[source.url]} already"
            for source in event.sources
            if source.url and source.url in self._cited and source.url not in at_it
        ]

    def _is_soon_after(self, earlier: Event, later: Event) -> bool:
        return seconds_apart(earlier.recorded, later.recorded) <= SOON

    def _answered(self, event: Occurrence, story: Story) -> list[str]:
        """Of many that this may answer, the first few: an editor who is told of all of them reads none."""
        if isinstance(event.effect, Opens) and event.effect.listed != SITUATIONS:
            return []  # it asks for more, and settles nothing
        asked = dict.fromkeys(id for party in ("", *event.parties) for id in self._expecting.get(party, ()))
        expected = (story.situation(id) for id in asked if id != event.closes)
        answered = (each for each in expected if each and each.in_force and _may_answer(event, each))
        return [
            f"this may be what #{each.seq} expects ({each.label}); if it is, say --closes '#{each.seq}' or, once"
            f" it is recorded: tracker correct {self.slug}#{story.seq} --set closes=#{each.seq} --why …"
            for each in islice(answered, MOST_ANSWERED)
        ]


def _may_answer(event: Occurrence, expected: Situation) -> bool:
    """Whether the event did not occur before this was expected."""
    return when(event.occurred, event.recorded).latest >= expected.recorded


@lru_cache(10_000)
def _words(name: str) -> tuple[str, ...]:
    """The words of a name by which spellings of it are compared: without case, accents and punctuation, an article
    in front, or the legal form behind."""
    letters = name.casefold().replace("&", " and ")
    joined = re.sub("[.'’]", "", letters if letters.isascii() else _without_accents(letters))
    words = re.sub(r"[\W_]+", " ", joined).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words = words[:-1]
    return tuple(words) or (name,)


def _without_accents(text: str) -> str:
    import unicodedata  # a millisecond, and most names have none

    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))


def _initials(words: Sequence[str]) -> str:
    """The letters that names which differ by a slip have in common."""
    return "".join(word[:1] for word in words)


def _is_slip(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether, of two names with the same initials, all words are the same but one long one, and that but for a
    letter, or two in each other's place. Digits and first letters tell names apart; they are no slips."""
    different = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    if len(different) != 1:
        return False
    a, b = different[0]
    return min(len(a), len(b)) >= LONG_ENOUGH and (a + b).isalpha() and _one_letter_apart(a, b)


def _one_letter_apart(a: str, b: str) -> bool:
    start = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[start:], b[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
