"""The feeds of a site, each with its title, its links and its other metadata.

========================================  =============================================================
feed                                      entries
========================================  =============================================================
``all``                                   every development of every story
``corrections``                           every amendment of every story
``standing``                              where each story stands, the last change of each
``key``                                   every key event of every story
``stories/<slug>/developments``           every development of the story
``stories/<slug>/corrections``            every amendment in it
``stories/<slug>/standing``               where it stands: its last change
``stories/<slug>/key``                    its key events
``parties/<party>/developments``          every development that names the party
``types/<type>/developments``             every development of the type
``tags/<tag>/developments``               every development with the tag
========================================  =============================================================

No feed has minor developments. The feeds of the site, of parties, of types and of tags are *mixed*: they hold
entries of many stories. There is no feed of key events without one.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

from tracker.feeds import paths
from tracker.feeds.documents import Feed, Link
from tracker.feeds.entries import Entry
from tracker.feeds.formats import FORMATS
from tracker.feeds.paths import KEY, SITE, STORY
from tracker.feeds.posts import Family, named
from tracker.feeds.standing import StoryStanding
from tracker.text import markup
from tracker.wording.messages import N_, plain
from tracker.wording.types import type_name
from tracker.workspace.config import Config


def story_feeds(
    config: Config,
    slug: str,
    opener: str,
    title: str,
    *,
    summary: str = "",
    language: str = "",
    closed: bool = False,
    key: bool = False,
) -> Family:
    """Return the feeds of a story by name: three, and with ``key`` that of its key events. ``opener`` is the id of
    the story's first event."""
    folder, say = paths.story(slug), plain(language or config.language).say
    titles = {
        "developments": (
            title,
            markup.to_line(summary) or say("Every development of the story: {story}", story=title),
        ),
        "corrections": (
            say("Corrections: {story}", story=title),
            say("What was corrected, withdrawn or removed in the story: {story}", story=title),
        ),
        "standing": (
            say("Where things stand: {story}", story=title),
            say("Where the story stands, whenever that changes: {story}", story=title),
        ),
        KEY: (
            say("Key events: {story}", story=title),
            say("The events that make the story: {story}", story=title),
        ),
    }
    links = {
        "via": Link("via", config.url + paths.log(slug), "application/x-ndjson", say("The log of the story")),
        "related": Link(
            "related", config.url + paths.heads(slug), "application/json", say("The hashes of its log")
        ),
    }
    return {
        name: Feed(
            path=folder + name,
            page=folder,
            url=config.url,
            id=f"urn:uuid:{named(opener, name)}",
            title=titles[name][0],
            subtitle=titles[name][1],
            language=language or config.language,
            author=config.author or config.title,
            hub=config.hub,
            rights=config.rights,
            links=(*_others(config, folder, STORY, name, say), *links.values()),
            expired=closed,
        )
        for name in (*STORY, *([KEY] if key else []))
    }


def of_standing(config: Config, standing: StoryStanding) -> Family:
    """Return the feeds of a story with the title, language and status that it has now."""
    return story_feeds(
        config,
        standing.slug,
        standing.opener,
        standing.title,
        summary=standing.about or standing.summary,
        language=standing.language,
        closed=standing.status == "closed",
        key=standing.has_key_events,
    )


def of_entry(config: Config, entry: Entry, opener: str) -> Family:
    """Return the feeds of the entry's story, with the title that the story had when the entry was recorded."""
    return story_feeds(config, entry.slug, opener, entry.story_title, language=entry.language, key=True)


def memberships(entry: Entry) -> dict[str, str]:
    """Return the mixed feeds that the entry belongs to: the name of each (a type, a party, a tag or empty) by its
    path."""
    if not entry.in_feeds:
        return {}
    found = {"all": ""} | ({"corrections": ""} if entry.about else {}) | ({KEY: ""} if entry.was_key else {})
    for tag in entry.tagged:
        found.setdefault(paths.of_tag(tag), tag)
    return found | concerning(entry.filed, entry.type)


def concerning(parties: Iterable[str], type: str) -> dict[str, str]:
    """Return the feeds of a type and of parties: the name of each by its path."""
    found = {paths.of_type(type): type}
    for party in parties:
        found.setdefault(paths.of_party(party), party)
    return found


def mixed_feed(config: Config, path: str, name: str) -> Feed:
    """Return a feed with entries of many stories. ``path`` and ``name`` are a pair that ``memberships``
    returns."""
    return site_feed(config, path) if path in (*SITE, KEY) else _group_feed(config, path, name)


def site_feed(config: Config, name: str) -> Feed:
    """Return one of the feeds of all stories; ``name`` is one of ``SITE``, or ``KEY``."""
    say, desk = plain(config.language).say, config.title
    title, subtitle = {
        "all": (desk, say("Every development of every story that {desk} follows", desk=desk)),
        "corrections": (
            say("{desk}: corrections", desk=desk),
            say("What was corrected, withdrawn or removed in all stories"),
        ),
        "standing": (
            say("{desk}: where things stand", desk=desk),
            say("Where each story stands, whenever that changes"),
        ),
        KEY: (say("{desk}: key events", desk=desk), say("The events that make each story")),
    }[name]
    page = f"{name}/" if name == "corrections" else ""
    return _feed(config, name, page, title, subtitle, _others(config, "", SITE, name, say))


def _group_feed(config: Config, path: str, name: str) -> Feed:
    wording, kind = plain(config.language), paths.kind(path)
    shown = type_name(wording, name) if kind == "type" else name
    title = wording.say("{desk}: {name}", desk=config.title, name=shown)
    return _feed(config, path, paths.folder(path), title, wording.say(_EVERY[kind], name=shown), ())


_EVERY = {
    "party": N_("Every development that names {name}"),
    "type": N_("Every development of the type {name}"),
    "tag": N_("Every development with the tag {name}"),
}


def _feed(config: Config, path: str, page: str, title: str, subtitle: str, links: tuple[Link, ...]) -> Feed:
    desk = config.id or str(uuid.uuid5(uuid.NAMESPACE_URL, config.url))
    title_of_heads = plain(config.language).say("The hashes of every log")
    heads = Link("related", config.url + paths.heads(), "application/json", title_of_heads)
    return Feed(
        path=path,
        page=page,
        url=config.url,
        id=f"urn:uuid:{named(desk, path)}",
        title=title,
        subtitle=subtitle,
        language=config.language,
        author=config.author or config.title,
        hub=config.hub,
        rights=config.rights,
        links=(*links, heads),
    )


_LINK_TITLES = {
    "all": N_("All developments"),
    "developments": N_("All developments"),
    "corrections": N_("Corrections"),
    "standing": N_("Where things stand"),
}


def _others(
    config: Config, folder: str, family: tuple[str, ...], name: str, say: Callable[[str], str]
) -> tuple[Link, ...]:
    """Return links to the other feeds of a family."""
    atom = FORMATS["atom"].media_type
    return tuple(
        Link("related", f"{config.url}{folder}{other}.atom", atom, say(_LINK_TITLES[other]))
        for other in family
        if other != name
    )
