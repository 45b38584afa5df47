"""The peer of replays and appends: the ``eventsourcing`` library on SQLite, with an aggregate for each story.

The aggregate does less than tracker's fold: it keeps the recorded events, and of the story's state only the status
of claims and situations. It does not chain or verify events.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class StoryAggregate(Aggregate):
    """A story. ``items`` has the status of claims and situations by key, ``developments`` the recorded events."""

    items: dict[str, str]
    developments: list[dict[str, Any]]

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.items = {}
        self.developments = []

    @staticmethod
    def create_id(slug: str) -> UUID:
        return uuid5(NAMESPACE_URL, slug)

    @event("Recorded")
    def record(self, values: dict[str, Any]) -> None:
        self.developments.append(values)
        match values["type"]:
            case "report":
                self.items[f"claim/{values['id']}"] = "reported"
            case "confirmation":
                self.items[f"claim/{values['about']}"] = "confirmed"
            case "suspension":
                self.items[f"situation/{values['id']}"] = "suspended"
            case "reinstatement":
                self.items[f"situation/{values['closes']}"] = "reinstated"


def application(folder: str) -> Application[UUID]:
    """Returns an application that stores its events in a file of a folder."""
    return Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": os.path.join(folder, "peer.db")}
    )


def recorded(slug: str, events: Iterable[dict[str, Any]]) -> StoryAggregate:
    """Returns a story with these events, not saved yet."""
    story = StoryAggregate(slug)
    for each in events:
        story.record(each)
    return story
