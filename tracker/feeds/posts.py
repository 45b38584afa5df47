"""Make posts with HTML of entries, and of where a story stands. A ``Post`` is defined in ``documents.py``.

A post begins with its amendments. Then it says what happened, what that changed and what the sources are, and
links to the story. A subscriber can read it alone, in any feed reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID, uuid5

from tracker.domain.amend import RETRACTED
from tracker.domain.media import media_type
from tracker.feeds import paths
from tracker.feeds.documents import Feed, Picture, Post
from tracker.feeds.entries import Entry, shortened
from tracker.feeds.paging import LONGEST
from tracker.feeds.standing import StoryStanding
from tracker.templating import template
from tracker.wording.html import in_templates
from tracker.wording.messages import N_

Family = Mapping[str, Feed]
"""The feeds of a story: ``developments``, ``corrections``, ``standing``."""


def of_entry(entry: Entry, family: Family) -> Post:
    """Return the entry as a post of its story's feed of developments."""
    source = family["developments"]
    about = (f"urn:uuid:{entry.about_id}", source.url + paths.development(entry.slug, entry.about))
    return Post(
        id=f"urn:uuid:{entry.id}",
        title=entry.title,
        link=source.url + entry.path,
        published=entry.published,
        updated=entry.updated,
        content=_content(entry, source.url),
        summary=entry.summary,
        author=entry.editor or source.author,
        language=entry.language,
        categories=(
            (entry.type, source.url + paths.TYPES, entry.type),
            (entry.slug, source.url + paths.STORIES, entry.story_title),
            *((party, source.url + paths.PARTIES, party) for party in entry.parties),
            *((tag, source.url + paths.TAGS, tag) for tag in entry.tags),
        ),
        source=source,
        about=about if entry.about else ("", ""),
        removed=entry.removed,
        picture=_picture(entry, source.url),
        more={
            "story": entry.slug,
            "story_title": entry.story_title,
            "seq": entry.seq,
            "type": entry.type,
            **({"occurred": entry.occurred} if entry.occurred else {}),
            **({"key": True} if entry.key else {}),
            **({"place": entry.place} if entry.place else {}),
        },
    )


def _picture(entry: Entry, url: str) -> Picture | None:
    """Return the picture of an entry, or None. A retracted entry still shows it, struck out, and offers it to no
    program."""
    image = entry.image
    if image is None or entry.standing == RETRACTED:
        return None
    address, small = url + paths.media(image.file), url + paths.media(image.small)
    return Picture(address, media_type(image.file), image.alt, image.bytes, image.width, image.height,
                   small, image.small_width, image.small_height)  # fmt: skip


def of_standing(standing: StoryStanding, family: Family) -> Post:
    """Return where a story stands, as the only post of the story's feed ``standing``."""
    source, wording = family["standing"], standing.wording
    turn = standing.turn.told(wording)
    earlier = [(each.recorded, " ".join(each.told(wording))) for each in standing.earlier]
    values = {"standing": standing, "turn": turn, "earlier": earlier, "url": source.url, "family": family}
    return Post(
        id=f"urn:uuid:{named(standing.opener, 'stands')}",
        title=wording.say("Where things stand: {story}", story=standing.title),
        link=source.url + source.page,
        published=standing.published,
        updated=standing.updated,
        content=template("standing.html").render({**in_templates(wording), **values}).strip(),
        summary=shortened(" ".join(turn)),
        author=source.author,
        language=wording.tag,
        categories=((standing.slug, source.url + paths.STORIES, standing.title),),
        source=source,
        more={"story": standing.slug, "seq": standing.turn.seq},
    )


@lru_cache(maxsize=1024)
def named(owner: str, name: str) -> str:
    """Return a permanent id that contains neither host nor title (RFC 4287, 4.2.6): a UUID of version 5 in the
    namespace of its owner's UUID."""
    return str(uuid5(UUID(owner), name))


def _content(entry: Entry, url: str) -> str:
    """Return the HTML of the entry or, if that is longer than ``LONGEST``, its summary with a link to its page."""
    whole = content(entry, url, in_feed=True)
    if len(whole) <= LONGEST:
        return whole
    return template("long.html").render(**in_templates(entry.wording), entry=entry, url=url)


def content(entry: Entry, url: str, *, in_feed: bool = False, level: int = 4) -> str:
    """Return the HTML of the entry, with headings of this level. In a feed it says when it happened and in which
    story; on a page, other elements do. ``url`` is the prefix with which links reach the site's root."""
    values = {**in_templates(entry.wording), "entry": entry, "url": url, "in_feed": in_feed, "level": level}
    return template("entry.html").render(values, follow=_FOLLOWED).strip()


_FOLLOWED = {
    "changed": N_("Changed since by {link}."),
    "ended": N_("Ended by {link}."),
    "answered": N_("Answered by {link}."),
    "settled": N_("Settled by {link}."),
    "met": N_("It came as expected: {link}."),
    "missed": N_("It did not come: {link}."),
    "withdrawn": N_("It is no longer expected: {link}."),
    "corroborated": N_("Also reported: {link}."),
    "confirmed": N_("Confirmed by {link}."),
    "denied": N_("Denied by {link}."),
    "mentioned": N_("Mentioned by {link}."),
}
"""What a later development did to one, by the word of its follower."""
