"""What a desk has written before, to choose from: parties, publishers, addresses, and what was cited."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from tracker.domain import values
from tracker.domain.amend import REDACTED, RETRACTED
from tracker.domain.events import Occurrence, Source
from tracker.domain.story import Story
from tracker.text.dates import Recorded, seconds_apart
from tracker.workspace.desk import Workspace


class Suggestions(NamedTuple):
    """Parties and publishers with a word on each, and publishers by the host of their address."""

    parties: dict[str, str]
    publishers: dict[str, str]
    hosts: dict[str, str]


class Cited(NamedTuple):
    """What a development cites."""

    seq: int
    recorded: Recorded
    sources: tuple[Source, ...]


def cited_of(story: Story) -> list[Cited]:
    """What the developments that stand cite, the latest first; what is cited by several, only at the latest."""
    cited: dict[tuple[tuple[str, str], ...], Cited] = {}
    for each in reversed(story.developments):
        sources = getattr(each.event, "sources", ())
        if sources and each.standing not in (RETRACTED, REDACTED):
            named = tuple((source.url, source.publisher) for source in sources)
            cited.setdefault(named, Cited(each.seq, each.event.recorded, sources))
    return list(cited.values())


SITTING = 3_600
"""Seconds within which what is recorded next is likely to be from the same source, and of the same story."""

ASKED_AGAIN = ("quote", "via")
"""What differs between two developments from one source."""


def cited_just_now(story: Story, now: Recorded) -> Cited | None:
    """The latest that cites anything, where that was recorded in one sitting with what is recorded now."""
    return next((each for each in cited_of(story)[:1] if seconds_apart(each.recorded, now) < SITTING), None)


def taken_over(sources: Sequence[Source]) -> list[dict[str, str]]:
    """Sources to be cited once more, without what was taken from them."""
    return [
        {name: value for name, value in values.to_values(each).items() if name not in ASKED_AGAIN}
        for each in sources
    ]


def known_of(desk: Workspace, story: Story) -> Suggestions:
    """What is known to the story, to the desk's directory, and to the read model as it is (it is not brought up to
    date for this: somebody is waiting)."""
    known = Suggestions({}, {}, {})
    for development in story.developments:
        if isinstance(development.event, Occurrence):
            known.parties.update(dict.fromkeys(development.event.parties, "in this story"))
            for source in development.event.sources:
                _add_source(known, source.publisher, source.url, "cited in this story")
                _add_source(known, source.via, "", "cited in this story")
    for party in desk.directory.parties:
        known.parties.setdefault(party, "in parties.toml")
    parties, sources = _projected(desk)
    for party in parties:
        known.parties.setdefault(party, "")
    for publisher, url in sources:
        _add_source(known, publisher, url, "")
    return known


def _add_source(known: Suggestions, publisher: str, url: str, word: str) -> None:
    if publisher:
        known.publishers.setdefault(publisher, word)
        if host := urlsplit(url).netloc:
            known.hosts.setdefault(host, publisher)


def _projected(desk: Workspace) -> tuple[list[str], list[tuple[str, str]]]:
    """The parties and the publishers (with an address) in the read model; nothing where it cannot be read."""
    if not os.path.exists(desk.database_path):
        return [], []
    from tracker.readmodel import tables

    return tables.names(desk.database_path)
