"""Advice to the editor on an event that is to be recorded, such as a party that may be misspelt. It refuses
nothing.

An ``Adviser`` follows a story as it grows, so that advice on each of a thousand events takes one pass over them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from tracker.domain.amend import Development
from tracker.domain.directory import Directory
from tracker.domain.events import (
    EXPECTED,
    OWN_MARKDOWN,
    REFERENCES,
    SITUATIONS,
    Correction,
    Event,
    Occurrence,
    Opens,
    closed_by,
    kind_of,
)
from tracker.domain.story import Situation, Story
from tracker.domain.wording import in_words
from tracker.text.dates import Recorded, apart, seconds_apart, when
from tracker.text.identity import address_key, name_key
from tracker.text.names import without_accents

LEGAL_FORMS = frozenset(
    {
        *("inc", "incorporated", "corp", "corporation", "co", "company", "llc", "ltd", "limited", "plc"),
        *("ag", "bv", "gmbh", "nv", "sa", "se"),
    }
)
"""Words at the end of a company's name that a comparison of names leaves out."""

LONG_ENOUGH = 5
"""The shortest word, in letters, in which one different letter is likely to be a slip. EU and UK, and Iran and
Iraq, are different names."""

MOST_ANSWERED = 3
"""The largest number of expectations that the advice on one event names."""

SOON = 3_600
"""Seconds within which two events with the same title are likely to be one development, and two events with the
same source are likely to be recorded from one reading of it."""


A_DAY = 86_400
"""Seconds by which the time of an event may be before that of the last one without advice."""


def wrong_clock(now: Recorded, but: str) -> str:
    """Returns advice on a clock that is behind: it says ``now``, ``but`` something is later."""
    return (
        f"this computer's clock says {now}, but {but}. If the clock is wrong, set it (timedatectl set-ntp true)"
        " before you go on; if the other time is wrong, run tracker doctor"
    )


class Adviser:
    """The parties, titles, sources and expectations of a story, and the advice that follows from them."""

    def __init__(self, slug: str, developments: Iterable[Development], directory: Directory) -> None:
        self.slug = slug
        self.directory = directory
        self._parties: dict[str, None] = {}
        self._keys: set[str] = set()
        self._indexed = 0
        self._spelt: dict[str, str] = {}
        self._alike: dict[str, list[str]] = {}
        self._titles: dict[str, tuple[int, Event]] = {}
        self._cited: dict[str, int] = {}
        self._last: Occurrence | None = None
        self._recorded = Recorded("")
        self._expecting: dict[str, list[str]] = {}
        self._meet(directory.names())
        for development in developments:
            self.take(development.seq, development.event)

    def take(self, seq: int, event: Event) -> None:
        """Takes in the next event of the story."""
        self._recorded = max(self._recorded, event.recorded)
        if not isinstance(event, Occurrence):
            return
        self._meet(event.parties)
        self._titles[event.title.casefold()] = seq, event
        for source in event.sources:
            self._cited.setdefault(address_key(source.url), seq)
        self._last = event
        if isinstance(event.effect, Opens) and event.effect.listed == EXPECTED:
            for party in event.parties or ("",):
                self._expecting.setdefault(name_key(party), []).append(event.id)

    def _early(self, event: Event) -> list[str]:
        """Returns advice on a clock that says a time long before that of the last event."""
        if event.recorded >= self._recorded or seconds_apart(event.recorded, self._recorded) <= A_DAY:
            return []
        return [wrong_clock(event.recorded, f"the last event was recorded at {self._recorded}")]

    def _meet(self, parties: Iterable[str]) -> None:
        for party in parties:
            if party not in self._parties:
                self._parties[party] = None
                self._keys.add(name_key(party))

    def _index(self) -> None:
        """Indexes the spellings of the parties that are new since the last call. Most events name no new party."""
        for party in islice(self._parties, self._indexed, None):
            words = _words(party)
            self._spelt["".join(words)] = party
            self._alike.setdefault(_initials(words), []).append(party)
        self._indexed = len(self._parties)

    def on(self, event: Event, story: Story) -> list[str]:
        """Returns sentences of advice on an event that ``take`` has not seen yet. ``story`` includes that
        event."""
        if not isinstance(event, Occurrence):
            return [*_taken_away(story), *_unshown(event, story)] if isinstance(event, Correction) else []
        return [
            *self._early(event),
            *_unshown(event, story),
            *self._near_misses(event.parties),
            *_in_force_already(event, story),
            *self._repeated(event, story.seq),
            *self._cited_before(event),
            *self._answered(event, story),
        ]

    def near_miss(self, party: str) -> str:
        """Returns the known party of which this name seems to be another spelling. The text is empty if the name
        is known itself, or resembles no known party."""
        if name_key(party) in self._keys or self.directory.knows(party):
            return ""
        self._index()
        words = _words(party)
        same = self._spelt.get("".join(words))
        alike = self._alike.get(_initials(words), ())
        slip = same or next((each for each in alike if _is_slip(words, _words(each))), "")
        return self.directory.canonical(slip)

    def _near_misses(self, parties: Sequence[str]) -> list[str]:
        return [
            f"{party} is spelt almost like {near}; if you mean that party, correct the name, and add an alias to"
            " parties.toml"
            for party in parties
            if (near := self.near_miss(party))
        ]

    def _repeated(self, event: Occurrence, own_seq: int) -> list[str]:
        seq, earlier = self._titles.get(event.title.casefold(), (0, event))
        if not seq or not self._is_soon_after(earlier, event):
            return []
        return [
            f"#{seq}, recorded {apart(earlier.recorded, event.recorded)} earlier, has the same title; if this"
            f" event repeats it, withdraw it with tracker retract {self.slug}#{own_seq}"
        ]

    def _cited_before(self, event: Occurrence) -> list[str]:
        """Returns advice on sources that an earlier event cites. The sources of an event recorded just before are
        left out, because an editor who records several developments from one article knows that."""
        last = self._last
        just_cited = (
            {address_key(each.url) for each in last.sources}
            if last and self._is_soon_after(last, event)
            else set()
        )
        return [
            f"{source.url} is cited by #{self._cited[key]} already"
            for source in event.sources
            if source.url and (key := address_key(source.url)) in self._cited and key not in just_cited
        ]

    def _is_soon_after(self, earlier: Event, later: Event) -> bool:
        return seconds_apart(earlier.recorded, later.recorded) <= SOON

    def _answered(self, event: Occurrence, story: Story) -> list[str]:
        """Returns advice on the expectations that this event may answer. It names the first few only, because an
        editor does not read a long list."""
        if isinstance(event.effect, Opens) and event.effect.listed != SITUATIONS:
            return []  # a question or an expectation answers no other
        asked = dict.fromkeys(
            id for party in ("", *event.parties) for id in self._expecting.get(name_key(party), ())
        )
        expected = (story.situation(id) for id in asked if id not in closed_by(event))
        answered = (each for each in expected if each and each.in_force and _may_answer(event, each))
        return [
            f"this may be what #{each.seq} expects ({each.label}); if it is, say --closes '#{each.seq}' or, once"
            f" it is recorded: tracker correct {self.slug}#{story.seq} --set closes=#{each.seq} --why …"
            for each in islice(answered, MOST_ANSWERED)
        ]


def _taken_away(story: Story) -> list[str]:
    """Returns the items that the last event of the story, a correction, takes away from lists."""
    correction = story.developments[story.seq - 1]
    amended = story.developments[correction.target - 1].amendments
    changes = (change for each in amended if each.id == correction.id for change in each.changes)
    return [
        f"this takes away from {change.field}: {_item_in_words(story, change.kind, each)}"
        for change in changes
        if change.kind in _ITEM_KEYS
        for each in _lost(_ITEM_KEYS[change.kind], change.before or (), change.after or ())
    ]


def _item_in_words(story: Story, kind: str, item: Any) -> str:
    numbers = {each.id: each.seq for each in story.developments} if kind in REFERENCES else None
    return in_words(kind, [item], numbers)


def _lost(key: Callable[[Any], Any], before: Iterable[Any], after: Iterable[Any]) -> Iterator[Any]:
    """Yields the items of a list that have no successor of the same key."""
    left = Counter(map(key, after))
    for each in before:
        if left[key(each)]:
            left[key(each)] -= 1
        else:
            yield each


_ITEM_KEYS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("parties", "tags"), name_key),
    **dict.fromkeys(REFERENCES, str),
    "sayings": lambda each: name_key(each["speaker"]),
    "figures": lambda each: (name_key(each.get("party", "")), name_key(each["name"])),
    "sources": lambda each: address_key(each.get("url", "")) or name_key(each.get("publisher", "")),
}
"""The identity of the items of each kind of list."""


def _in_force_already(event: Occurrence, story: Story) -> list[str]:
    """Returns advice on a situation that this event opens although one of its kind and label is in force."""
    opened = story.situation(event.id)
    if opened is None:
        return []
    same = (
        each
        for each in story.all_situations
        if each.kind == opened.kind
        and each.in_force
        and each.id != opened.id
        and name_key(each.label) == name_key(opened.label)
    )
    return [f"{each.label} is {each.words} already, by #{each.seq}" for each in islice(same, 1)]


def _unshown(event: Occurrence | Correction, story: Story) -> list[str]:
    """Returns the parts of the event's Markdown, or of the corrected fields, that feeds and pages do not show."""
    shown = story.developments[story.seq - 1]
    if isinstance(event, Correction):
        shown = story.developments[shown.target - 1]
    names = [name for name in ("body", *OWN_MARKDOWN) if kind_of(type(shown.event), name) == "prose"]
    corrected = event.changes if isinstance(event, Correction) else names
    texts = [getattr(shown.event, name) for name in names if name in corrected]
    if not any(texts):
        return []
    from tracker.text import markup  # its patterns take a millisecond, and most events have no such text

    return [f"not shown: {each}" for text in texts for each in markup.unshown(text)]


def _may_answer(event: Occurrence, expected: Situation) -> bool:
    """Whether the event did not occur before this was expected."""
    return when(event.occurred, event.recorded).latest.instant >= expected.recorded


@lru_cache(10_000)
def _words(name: str) -> tuple[str, ...]:
    """Returns the words of a name in lower case, for comparing spellings. Accents, punctuation, an article in
    front and a legal form at the end are left out."""
    letters = name_key(name).replace("&", " and ")
    joined = re.sub("[.']", "", without_accents(letters))
    words = re.sub(r"[\W_]+", " ", joined).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words = words[:-1]
    return tuple(words) or (name,)


def _initials(words: Sequence[str]) -> str:
    """Returns the first letters of the words. Names that differ by a slip have the same ones."""
    return "".join(word[:1] for word in words)


def _is_slip(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two names with the same initials differ in one long word only, and there in one letter or in two
    neighbouring letters that are swapped. A different digit or first letter makes a different name."""
    different = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    if len(different) != 1:
        return False
    a, b = different[0]
    return min(len(a), len(b)) >= LONG_ENOUGH and (a + b).isalpha() and _one_letter_apart(a, b)


def _one_letter_apart(a: str, b: str) -> bool:
    start = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[start:], b[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
