"""Make posts with HTML of entries, and of where a story stands. A ``Post`` is defined in ``documents.py``.

The title of a post begins with the name of its story. Its content begins with the amendments, each with a link.
Then it says when that happened, what happened, what that changed and what the sources are, and links to where the
story stands. A subscriber can read it alone, in any feed reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from uuid import UUID, uuid5

from msgspec import structs

from tracker.domain.amend import RETRACTED
from tracker.domain.media import media_type
from tracker.feeds import paths
from tracker.feeds.documents import Feed, Picture, Post
from tracker.feeds.entries import Addition, Entry, shortened, titled
from tracker.feeds.paging import LONGEST
from tracker.feeds.standing import StandingChange, StoryStanding, Stub
from tracker.templating import template
from tracker.text.visible import direction
from tracker.wording.html import in_templates
from tracker.wording.messages import N_, Wording

Family = Mapping[str, Feed]
"""The feeds of a story: ``developments``, ``corrections``, ``standing``."""


def of_entry(entry: Entry, family: Family) -> Post:
    """Return the entry as a post of its story's feed of developments."""
    source = family["developments"]
    about = (f"urn:uuid:{entry.about_id}", source.url + paths.development(entry.slug, entry.about))
    return Post(
        id=f"urn:uuid:{entry.id}",
        title=entry.full_title,
        link=source.url + entry.path,
        published=entry.published,
        updated=entry.updated,
        content=_in_direction(_content(entry, source.url), entry.wording),
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
            "title": entry.title,
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
    """Return where a story stands, as an entry of its last change: the story's feed ``standing`` has it."""
    wording = standing.wording
    turn = standing.turn.told(wording)
    earlier = [(each.recorded, " ".join(each.told(wording))) for each in standing.earlier]
    values = {"standing": standing, "turn": turn, "earlier": earlier, "family": family}
    before = standing.earlier[0].seq if standing.earlier else 0
    return structs.replace(
        _of_turn(standing, family, standing.turn, _change_in_title(turn), "standing.html", values),
        summary=shortened(" ".join(turn)),
        before=(_id_of_turn(standing, before), _link_of_turn(family, before)) if before else ("", ""),
    )


def of_removed(standing: StoryStanding, family: Family) -> Iterator[Post]:
    """Yield the entries of earlier changes that may quote a removed text, without text, the latest first."""
    for stub in standing.removed:
        title = standing.wording.say("A text that we removed")
        said = standing.wording.say("We removed a text.")
        values = {"said": said, "slug": standing.slug}
        yield structs.replace(
            _of_turn(standing, family, stub, title, "notice.html", values),
            updated=stub.updated,
            removed=stub.removed,
        )


def _of_turn(
    standing: StoryStanding,
    family: Family,
    turn: StandingChange | Stub,
    title: str,
    file: str,
    values: Mapping[str, object],
) -> Post:
    source, wording = family["standing"], standing.wording
    content = template(file).render({**in_templates(wording), "url": source.url, **values}).strip()
    return Post(
        id=_id_of_turn(standing, turn.seq),
        title=titled(wording, standing.title, title),
        link=_link_of_turn(family, turn.seq),
        published=turn.recorded,
        updated=turn.recorded,
        content=_in_direction(content, wording),
        summary=title,
        author=source.author,
        language=wording.tag,
        categories=((standing.slug, source.url + paths.STORIES, standing.title),),
        source=source,
        more={"story": standing.slug, "seq": turn.seq},
    )


def of_addition(addition: Addition, family: Family) -> Post:
    """Return the one entry that a story's feed of developments has of a run of backfilled ones."""
    first, source = addition.first, family["developments"]
    wording = first.wording
    added = wording.count(
        "One earlier development was added.", "{n} earlier developments were added.", addition.number
    )
    values = {**in_templates(wording), "said": added, "url": source.url, "slug": first.slug}
    return Post(
        id=f"urn:uuid:{named(first.id, 'backfilled')}",
        title=titled(wording, first.story_title, added.removesuffix(".")),
        link=f"{source.url}{source.page}#{first.seq}",
        published=first.published,
        updated=addition.updated,
        content=_in_direction(template("notice.html").render(values).strip(), wording),
        summary=added,
        author=source.author,
        language=wording.tag,
        categories=((first.slug, source.url + paths.STORIES, first.story_title),),
        source=source,
        more={
            "story": first.slug,
            "title": added.removesuffix("."),
            "seq": first.seq,
            "type": "update",
            "backfilled": addition.number,
        },
    )


LONGEST_CHANGE = 120
"""Characters of a change in the title of an entry."""


def _change_in_title(turn: Sequence[str]) -> str:
    return shortened(turn[0].removesuffix("."), LONGEST_CHANGE)


def _id_of_turn(standing: StoryStanding, seq: int) -> str:
    return f"urn:uuid:{named(standing.opener, f'stands/{seq}')}"


def _link_of_turn(family: Family, seq: int) -> str:
    """Return the address of the story's page at the development that changed where it stands. It differs from that
    of every other entry, since some feed readers know an entry by its address."""
    return f"{family['standing'].url}{family['standing'].page}#{seq}"


def _in_direction(content: str, wording: Wording) -> str:
    """Return the HTML in an element with the direction of its language, unless that is the usual one."""
    return f'<div dir="rtl">\n{content}\n</div>' if direction(wording.tag) == "rtl" else content


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


def content(entry: Entry, url: str, *, in_feed: bool = False, level: int | str = 4) -> str:
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
