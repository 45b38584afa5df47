"""What pages, lists and embeds show of a story as it stands: computed once for a publication."""

from __future__ import annotations

from typing import NamedTuple

from tracker.feeds.entries import Entry, StoryFeed
from tracker.site.lanes import outline
from tracker.views.digest import Digest, digest
from tracker.views.lanes import Picture, picture
from tracker.views.timeline import Group, groups
from tracker.wording.lines import Line, lines
from tracker.wording.messages import Wording


class Overview(NamedTuple):
    """A story as it stands. ``sections`` are the lines of its briefing, ``timeline`` its developments in groups by
    what happened when, ``outline`` is its picture in small, as SVG. ``entries`` are all entries in log order."""

    story_feed: StoryFeed
    sections: dict[str, list[Line]]
    timeline: list[Group]
    picture: Picture
    digest: Digest
    outline: str

    @property
    def wording(self) -> Wording:
        return self.story_feed.wording

    @property
    def chosen(self) -> dict[str, Line]:
        """All lines by the key of their item."""
        return {each.key: each for found in self.sections.values() for each in found}

    @property
    def latest(self) -> list[Entry]:
        """The entries that occurred last."""
        return [self.story_feed.entries[each.seq - 1] for each in self.digest.latest]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many lines there are that hold, are open, are confirmed and have ended, without those of none."""
        kinds = {"f": ("force", "offices"), "o": ("pending", "open", "questions"), "n": ("contested",),
                 "y": ("confirmed",), "e": ("ended",)}  # fmt: skip
        found = [(kind, sum(len(self.sections.get(each, ())) for each in names)) for kind, names in kinds.items()]
        return [(kind, count) for kind, count in found if count]


def overview(story_feed: StoryFeed) -> Overview:
    """Return the overview of a story that has at least one event."""
    story, items = story_feed.story, story_feed.standing.items
    timeline, drawn = groups(story.developments), picture(story)
    return Overview(story_feed, lines(items, story_feed.wording), timeline, drawn, digest(story, items, timeline),
                    outline(drawn))  # fmt: skip
