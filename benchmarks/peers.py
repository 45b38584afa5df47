"""What people would use instead: the ``eventsourcing`` library on SQLite, with an aggregate for a story.

Its aggregate does less than tracker's fold: it keeps what was recorded, and of what stands only claims and
situations, by name. Nothing is chained or verified.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class StoryAggregate(Aggregate):
    """A story. ``items`` are words by key, ``developments`` what was recorded."""

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
    def record(self, said: dict[str, Any]) -> None:
        self.developments.append(said)
        match said["type"]:
            case "report":
                self.items[f"claim/{said['id']}"] = "reported"
            case "confirmation":
                self.items[f"claim/{said['about']}"] = "confirmed"
            case "suspension":
                self.items[f"situation/{said['id']}"] = "suspended"
            case "reinstatement":
                self.items[f"situation/{said['closes']}"] = "reinstated"


def application(folder: str) -> Application[UUID]:
    """Its store in a file of that folder."""
    return Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": os.path.join(folder, "peer.db")}
    )


def recorded(slug: str, said: Iterable[dict[str, Any]]) -> StoryAggregate:
    """A story that is not saved yet."""
    story = StoryAggregate(slug)
    for each in said:
        story.record(each)
    return story
