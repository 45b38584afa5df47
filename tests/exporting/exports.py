"""Stories to export, without a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.strategies import Stream, streams
from tracker.domain.events import Event
from tracker.exporting.story import Exported
from tracker.text.dates import moment
from tracker.views.bitemporal import view
from tracker.workspace.config import Config

URL = "https://desk.example/"

CONFIG = Config(title="The desk", url=URL, language="en", author="Desk", id="0191fe0a-0000-7000-8000-000000000001")


def exported(events: Sequence[Event], as_of: str = "", slug: str = "story") -> Exported:
    """The story of these events, as of a date."""
    edge = moment(as_of) if as_of else None
    return Exported(CONFIG, view(events, as_of=edge, slug=slug), events, edge.instant if edge else None)


def views() -> st.SearchStrategy[Exported]:
    """Any story, as of any date."""
    return st.builds(exported, streams(max_size=8), st.sampled_from(["", "2024-03", "2023-06-01", "9999"]))


def a_story(**fields: Any) -> Stream:
    """A story with one update, which has these fields."""
    stream = Stream()
    stream.add("opened", "A story", summary="What it is *about*")
    stream.add("update", **({"title": "It happened"} | fields))
    return stream
