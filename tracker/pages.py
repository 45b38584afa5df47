"""Pages that an entry's link leads to: the list of stories, and each story with all its developments."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from tracker.briefing import briefing
from tracker.entries import Entry
from tracker.feeds import Feed, content, environment
from tracker.heads import Rewrite
from tracker.story import Story


def index(feed: Feed, stories: Sequence[Story], rewrites: Sequence[Rewrite] = ()) -> bytes:
    """The list of stories, in the order given, and when their history was rewritten."""
    return _page("index.html", feed, root="", site=feed, stories=stories, rewrites=rewrites, feeds=[feed])


def story_page(site: Feed, feed: Feed, story: Story, entries: Sequence[Entry]) -> bytes:
    """A story: where it stands, and every development with its amendments, newest first."""
    return _page(
        "story.html",
        feed,
        root="../../",
        site=site,
        story=story,
        sections=briefing(story),
        entries=entries,
        contents={entry.seq: content(entry, feed.url, stands=False) for entry in entries},
        feeds=[feed],
    )


def style_sheet() -> bytes:
    return files("tracker").joinpath("templates/style.css").read_bytes()


def _page(template: str, feed: Feed, **values: object) -> bytes:
    return environment().get_template(template).render(language=feed.language, **values).encode() + b"\n"
