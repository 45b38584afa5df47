"""Addresses of a published site: the path of each feed, page and file below the root, and which files are ours.

The publisher, the server, ``tracker feeds``, ``tracker verify`` and the pages ask this module. The path of a feed
has no ending; a document of the feed has that of its format."""

from __future__ import annotations

import re

from tracker.domain.media import is_name
from tracker.feeds.formats import FORMATS
from tracker.log import checkpoints
from tracker.log.base import TYPES_FILE
from tracker.text.names import folder_name, type_folder

STORIES, PARTIES, TYPES, TAGS = "stories/", "parties/", "types/", "tags/"
GROUPS = (PARTIES, TYPES, TAGS)
"""The folders of feeds and pages with developments of several stories."""

EMBED = "embed/"
"""The folder of the pages that other sites may frame."""

OF_MANY = (STORIES, *GROUPS, EMBED)
"""The folders that hold a folder for each story, party, type or tag."""

MEDIA = "media/"
"""The folder of the pictures of all stories."""

HEADERS = "_headers"
"""The file that tells a static host which header fields to send. An editor may have one that tracker did not
write."""

HEADERS_MARK = (
    b"# tracker publish writes this file (headers = true in tracker.toml) and overwrites changes in it.\n"
)
"""The first line of such a file if tracker wrote it."""

ICON, FAVICON = "icon.png", "favicon.ico"
"""The icon of a desk as a picture, and in the format that browsers ask for without a link to it."""

ROBOTS, SITEMAP, NOT_FOUND = "robots.txt", "sitemap.xml", "404.html"

MARK = "tracker publish writes this file"
"""A text in each of the files of ``SHARED`` that tracker wrote."""

SHARED = (ROBOTS, SITEMAP, NOT_FOUND, FAVICON)
"""The files that every program expects under these names. If the desk has one of its own, it stays."""

EXPECTED = "expected.ics"
"""The calendar of the expected dates, of all stories or in the folder of one."""

ASSETS = ("style.css", "feed.css", "script.js", "icon.svg", ICON, FAVICON)

SITE = ("all", "corrections", "standing")
"""The feeds of all stories that every site has."""

STORY = ("developments", "corrections", "standing")
"""The feeds that every story has in its folder."""

KEY = "key"
"""The feed of key events, of a story and of all stories. There is none without a key event."""

INDEX = "index.html"
ABOUT, CORRECTIONS, ALL_STORIES = (f"{folder}{INDEX}" for folder in ("about/", "corrections/", STORIES))
OPML = "feeds.opml"

LISTS = (
    *(
        *ASSETS,
        HEADERS,
        ROBOTS,
        SITEMAP,
        NOT_FOUND,
        EXPECTED,
        INDEX,
        ABOUT,
        CORRECTIONS,
        ALL_STORIES,
        OPML,
        checkpoints.FILE,
    ),
    *(f"{name}.{format}" for name in (*SITE, KEY) for format in FORMATS),
)
"""The files that belong to no story, party or type."""

_GROUP = "developments"
_ARCHIVE = r"-\d{4}-\d{2}(?:-\d+)?"
_DOCUMENT = rf"\.({'|'.join(FORMATS)})"
_FEED = re.compile(
    rf"(?:{'|'.join((*SITE, KEY))}|{STORIES}[^/]+/(?:{'|'.join((*STORY, KEY))})(?P<archive>{_ARCHIVE})?"
    rf"|(?:{'|'.join(GROUPS)})[^/]+/{_GROUP}){_DOCUMENT}"
)
_PAGE = re.compile(
    rf"{STORIES}[^/]+/(?:index\.html|events\.jsonl|(?:events|expected)\.ics|sitemap(?:-\d+)?\.xml"
    rf"|(?:heads|history|timeline|oembed)\.json|(?:(?:asof-)?\d{{4}}-)?\d+\.html)"
    rf"|sitemap-\d+\.xml|{STORIES}\d{{4}}-\d{{2}}\.html|{EMBED}[^/]+/(?:index\.html|badge\.svg|card\.png)"
    rf"|(?:{'|'.join(GROUPS)})[^/]+/index\.html|{re.escape(TYPES_FILE)}"
)
_EARLIER = re.compile(
    rf"(?:{'|'.join(SITE)}|(?:{PARTIES}|{TYPES})[^/]+/{_GROUP}){_ARCHIVE}{_DOCUMENT}"
    rf"|{STORIES}[^/]+/(?:\d+\.oembed|days)\.json"
)
"""Files that earlier versions wrote, and that a publication removes."""


def story(slug: str) -> str:
    """Return the folder of a story, which is also the address of its page."""
    return f"{STORIES}{slug}/"


def development(slug: str, seq: int) -> str:
    """Return the page of one development."""
    return f"{story(slug)}{seq}.html"


def embed(slug: str) -> str:
    """Return the page of a story for the frames of other sites."""
    return f"{EMBED}{slug}/{INDEX}"


def card(slug: str) -> str:
    """Return the share card of a story."""
    return f"{EMBED}{slug}/card.png"


def badge(slug: str) -> str:
    """Return the badge of a story."""
    return f"{EMBED}{slug}/badge.svg"


def oembed(slug: str) -> str:
    """Return the description of the frame of a story for programs."""
    return f"{story(slug)}oembed.json"


def media(name: str) -> str:
    """Return the published file of a picture."""
    return MEDIA + name


def log(slug: str) -> str:
    """Return the published log of a story."""
    return f"{story(slug)}events.jsonl"


def calendar(slug: str) -> str:
    """Return the calendar of a story's days and instants."""
    return f"{story(slug)}events.ics"


def expected(slug: str = "") -> str:
    """Return the calendar of the expected dates of a story, or of all stories."""
    return f"{story(slug) if slug else ''}{EXPECTED}"


def sitemap(slug: str = "", part: int = 1) -> str:
    """Return the first sitemap of a story, or the first list of the sitemaps of all stories; or a further part."""
    return f"{story(slug) if slug else ''}sitemap{f'-{part}' if part > 1 else ''}.xml"


def timeline(slug: str) -> str:
    """Return the story for TimelineJS."""
    return f"{story(slug)}timeline.json"


def heads(slug: str = "") -> str:
    """Return the file with the hashes of a story's log, or of all logs."""
    return f"{story(slug) if slug else ''}{checkpoints.FILE}"


def of_story(slug: str, feed: str) -> str:
    """Return one of the feeds of a story; ``feed`` is one of ``STORY``."""
    return story(slug) + feed


def of_party(party: str) -> str:
    """Return the feed of a party."""
    return f"{PARTIES}{folder_name(party)}/{_GROUP}"


def of_type(type: str) -> str:
    """Return the feed of a type."""
    return f"{TYPES}{type_folder(type)}/{_GROUP}"


def of_tag(tag: str) -> str:
    """Return the feed of a tag."""
    return f"{TAGS}{folder_name(tag)}/{_GROUP}"


def folder(feed: str) -> str:
    """Return the folder of a feed, which is empty for the feeds of all stories."""
    return feed[: feed.rfind("/") + 1]


def kind(path: str) -> str:
    """Return whose feed or file a path is: ``story``, ``party``, ``type``, ``tag``, or ``site``."""
    kinds = {STORIES: "story", PARTIES: "party", TYPES: "type", TAGS: "tag"}
    return kinds.get(path[: path.find("/") + 1], "site")


def slug_of(path: str) -> str:
    """Return the slug of the story that a path belongs to, or an empty text."""
    return path.split("/")[1] if path.startswith(STORIES) and path.count("/") == 2 else ""


def format_of(path: str) -> str:
    """Return the format of a document of a feed, or an empty text for every other path."""
    found = _FEED.fullmatch(path)
    return found[2] if found else ""


def is_archive(path: str) -> bool:
    """Whether a publication writes an archive of this path: one of a feed of a story."""
    return (
        kind(path) == "story" and bool(_FEED.fullmatch(path)) and bool(re.search(_ARCHIVE + _DOCUMENT + "$", path))
    )


def is_media(path: str) -> bool:
    """Whether a publication writes a picture of this path."""
    return path.startswith(MEDIA) and is_name(path[len(MEDIA) :])


def is_published(path: str) -> bool:
    """Whether a publication writes a file of this path that belongs to one story, party or type, is a feed or a
    picture, or did so once. Other files are the desk's, except for ``LISTS``."""
    return any(each.fullmatch(path) for each in (_FEED, _PAGE, _EARLIER)) or is_media(path)
