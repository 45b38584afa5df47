"""What is worth a look about an event that was, or is about to be, recorded. Nothing here refuses anything.

An ``Adviser`` follows a story as it grows, so that advice on each of a thousand events takes one pass over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tracker.amend import Development
from tracker.errors import nearest
from tracker.events import Event, Occurrence
from tracker.parties import Directory
from tracker.story import Situation, Story
from tracker.times import apart, seconds_apart, when

TWICE_WITHIN = 3_600
"""Seconds within which the same title is likely to be the same development."""


class Adviser:
    """Knows what has been recorded of a story: its parties, titles and sources."""

    def __init__(self, slug: str, developments: Iterable[Development], directory: Directory) -> None:
        self.slug = slug
        self.directory = directory
        self._parties: dict[str, None] = dict.fromkeys(directory.names())
        self._titles: dict[str, tuple[int, Event]] = {}
        self._cited: dict[str, int] = {}
        for development in developments:
            self.take(development.seq, development.event)

    def take(self, seq: int, event: Event) -> None:
        """Goes on to the next event of the story."""
        if not isinstance(event, Occurrence):
            return
        self._parties.update(dict.fromkeys(event.parties))
        self._titles[event.title.casefold()] = seq, event
        for source in event.sources:
            self._cited.setdefault(source.url, seq)

    def on(self, event: Event, story: Story) -> list[str]:
        """Sentences about an event that is not taken yet. ``story`` is how it stands, with or without it."""
        if not isinstance(event, Occurrence):
            return []
        return [
            *self._near_misses(event.parties),
            *self._repeated(event),
            *self._cited_before(event),
            *self._answered(event, story.expected),
        ]

    def near_miss(self, party: str) -> str:
        """The known party that one which nobody knows is nearly called like; empty for any other."""
        if party in self._parties or self.directory.knows(party):
            return ""
        by_fold = {each.casefold(): each for each in self._parties}
        near = by_fold.get(party.casefold()) or by_fold.get(nearest(party.casefold(), by_fold), "")
        return self.directory.canonical(near)

    def _near_misses(self, parties: Sequence[str]) -> list[str]:
        return [
            f"{party} is nearly called like {near}; if it is the same: tracker correct it, or make it an alias in"
            " parties.toml"
            for party in parties
            if (near := self.near_miss(party))
        ]

    def _repeated(self, event: Occurrence) -> list[str]:
        seq, earlier = self._titles.get(event.title.casefold(), (0, event))
        if not seq or seconds_apart(earlier.recorded, event.recorded) > TWICE_WITHIN:
            return []
        return [
            f"#{seq}, recorded {apart(earlier.recorded, event.recorded)} earlier, has the same title; if this is"
            " one too many: tracker retract it"
        ]

    def _cited_before(self, event: Occurrence) -> list[str]:
        return [
            f"{source.url} is cited by #{self._cited[source.url]} already"
            for source in event.sources
            if source.url and source.url in self._cited
        ]

    def _answered(self, event: Occurrence, expected: Iterable[Situation]) -> list[str]:
        return [
            f"this may be what #{each.seq} expects ({each.label}); if it is: --closes {self.slug}#{each.seq}"
            for each in expected
            if each.in_force and each.id not in (event.id, event.closes) and _may_answer(event, each)
        ]


def _may_answer(event: Occurrence, expected: Situation) -> bool:
    """Whether the event has to do with those of whom something is expected (with anybody, where nobody is named),
    and did not occur before that was recorded."""
    about_them = not expected.parties or bool(set(event.parties) & set(expected.parties))
    return about_them and when(event.occurred, event.recorded).latest >= expected.recorded
