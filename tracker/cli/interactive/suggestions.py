"""Suggestions from earlier events: parties, publishers, addresses and cited sources."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from tracker.domain import values
from tracker.domain.amend import REDACTED, RETRACTED
from tracker.domain.events import Occurrence, Source
from tracker.domain.forms import source_as_typed
from tracker.domain.story import Story
from tracker.text.dates import Recorded, seconds_apart
from tracker.text.identity import name_key
from tracker.workspace.desk import Workspace


class Suggestions(NamedTuple):
    """Parties and publishers, each with a note, and publishers by the host of their address."""

    parties: dict[str, str]
    publishers: dict[str, str]
    hosts: dict[str, str]


class Cited(NamedTuple):
    """The sources that a development cites."""

    seq: int
    recorded: Recorded
    sources: tuple[Source, ...]


def cited_of(story: Story) -> list[Cited]:
    """Returns the developments in force that cite sources, the latest first. Of several that cite the same
    sources, only the latest."""
    cited: dict[tuple[tuple[str, str], ...], Cited] = {}
    for each in reversed(story.developments):
        sources = getattr(each.event, "sources", ())
        if sources and each.standing not in (RETRACTED, REDACTED):
            named = tuple((source.url, source.publisher) for source in sources)
            cited.setdefault(named, Cited(each.seq, each.event.recorded, sources))
    return list(cited.values())


SITTING = 3_600
"""Within this time, in seconds, the next event is likely from the same source and in the same story."""

ASKED_AGAIN = ("quote", "via")
"""The fields of a source that differ between two developments."""


def cited_just_now(story: Story, now: Recorded) -> Cited | None:
    """Returns the latest development with sources, if it was recorded within ``SITTING`` seconds before now; else
    None."""
    return next((each for each in cited_of(story)[:1] if seconds_apart(each.recorded, now) < SITTING), None)


def taken_over(sources: Sequence[Source]) -> list[dict[str, str]]:
    """Returns the sources for the next development, without the fields that are asked again."""
    return [
        {name: value for name, value in source_as_typed(values.to_values(each)).items() if name not in ASKED_AGAIN}
        for each in sources
    ]


def known_of(desk: Workspace, story: Story) -> Suggestions:
    """Returns suggestions from the story, from the desk's directory and from the read model. The read model is not
    brought up to date for this, because the editor waits."""
    known = Suggestions({}, {}, {})
    met: set[str] = set()

    def add_party(party: str, note: str) -> None:
        name = desk.directory.canonical(party)
        if name_key(name) not in met:
            met.add(name_key(name))
            known.parties[name] = note

    for development in story.developments:
        if isinstance(development.event, Occurrence):
            for party in development.event.parties:
                add_party(party, "in this story")
            for source in development.event.sources:
                _add_source(known, source.publisher, source.url, "cited in this story")
                _add_source(known, source.via, "", "cited in this story")
    for party in desk.directory.parties:
        add_party(party, "in parties.toml")
    parties, sources = _projected(desk)
    for party in parties:
        add_party(party, "")
    for publisher, url in sources:
        _add_source(known, publisher, url, "")
    return known


def _add_source(known: Suggestions, publisher: str, url: str, note: str) -> None:
    if publisher:
        known.publishers.setdefault(publisher, note)
        if host := urlsplit(url).netloc:
            known.hosts.setdefault(host, publisher)


def _projected(desk: Workspace) -> tuple[list[str], list[tuple[str, str]]]:
    """The parties, and the publishers with an address, in the read model; empty if it cannot be read."""
    if not os.path.exists(desk.database_path):
        return [], []
    from tracker.readmodel import tables

    return tables.names(desk.database_path)
