"""What a desk has written before, to choose from: parties, publishers, and who publishes at which address."""

from __future__ import annotations

import os
from typing import NamedTuple
from urllib.parse import urlsplit

from tracker.events import Occurrence
from tracker.story import Story
from tracker.workspace import Workspace


class Known(NamedTuple):
    """Parties and publishers with a word on each, and publishers by the host of their address."""

    parties: dict[str, str]
    publishers: dict[str, str]
    hosts: dict[str, str]


def known_of(desk: Workspace, story: Story) -> Known:
    """What is known to the story, to the desk's directory, and to the read model as it is (it is not brought up to
    date for this: somebody is waiting)."""
    known = Known({}, {}, {})
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


def _add_source(known: Known, publisher: str, url: str, word: str) -> None:
    if publisher:
        known.publishers.setdefault(publisher, word)
        if host := urlsplit(url).netloc:
            known.hosts.setdefault(host, publisher)


def _projected(desk: Workspace) -> tuple[list[str], list[tuple[str, str]]]:
    """The parties and the publishers (with an address) in the read model; nothing where it cannot be read."""
    if not os.path.exists(desk.database_path):
        return [], []
    from tracker import database

    return database.names(desk.database_path)
