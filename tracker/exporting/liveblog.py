"""Write a story as a live blog: schema.org's ``LiveBlogPosting`` as JSON-LD, with all that stands."""

from __future__ import annotations

from tracker.exporting.story import Exported
from tracker.feeds import catalogue
from tracker.feeds.entries import build_feed
from tracker.site import jsonld


def write(exported: Exported) -> bytes:
    """Return the JSON-LD of a story, newest first. The line that opens the story is its description."""
    config, story = exported.config, exported.story
    story_feed = build_feed(
        story.slug,
        exported.events,
        canonical=exported.canonical,
        numbers=exported.numbers,
        wordings=exported.wordings,
    )
    seqs = {each.seq for each in story.developments}
    standing = {each.seq for each in exported.standing if each.type != "opened"}
    entries = [each for each in reversed(story_feed.entries) if each.seq in seqs]
    return jsonld.whole(
        catalogue.site_feed(config, "all"),
        catalogue.of_standing(config, story_feed.standing)["developments"],
        story,
        entries,
        [story_feed.with_body(each) for each in entries if each.seq in standing],
    )
