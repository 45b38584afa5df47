"""What subscribers read: entries, and where a story stands, as posts with their HTML. ``documents.py`` has them.

A post begins with what was amended, then says what happened, what that changed, what it rests on, and where to go
on. It stands alone in any reader.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

import jinja2
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from tracker import markup
from tracker.archives import LONGEST
from tracker.compiled import Compiled
from tracker.documents import Feed, Post
from tracker.entries import Entry, shortened
from tracker.names import is_device
from tracker.standing import Standing
from tracker.times import in_words

TEMPLATES = os.path.join(os.path.dirname(__file__), "templates")

Family = Mapping[str, Feed]
"""The feeds of a story: ``developments``, ``corrections``, ``standing``."""


def of_entry(entry: Entry, family: Family) -> Post:
    """The entry as a post of its story's feed of developments."""
    source = family["developments"]
    about = (f"urn:uuid:{entry.about_id}", f"{source.url}stories/{entry.slug}/{entry.about}.html")
    return Post(
        id=f"urn:uuid:{entry.id}",
        title=entry.title,
        link=source.url + entry.path,
        published=entry.published,
        updated=entry.updated,
        content=_content(entry, source.url, family),
        summary=entry.summary,
        author=entry.editor or source.author,
        language=entry.language,
        categories=(
            (entry.type, f"{source.url}types/", entry.type),
            (entry.slug, f"{source.url}stories/", entry.story_title),
            *((party, f"{source.url}parties/", party) for party in entry.parties),
        ),
        source=source,
        about=about if entry.about else ("", ""),
        removed=entry.removed,
        more={
            "story": entry.slug,
            "story_title": entry.story_title,
            "seq": entry.seq,
            "type": entry.type,
            **({"occurred": entry.occurred} if entry.occurred else {}),
        },
    )


def of_standing(standing: Standing, family: Family) -> Post:
    """Where a story stands as the one post of its feed."""
    source = family["standing"]
    return Post(
        id=f"urn:uuid:{named(standing.opener, 'stands')}",
        title=f"Where things stand: {standing.title}",
        link=source.url + source.page,
        published=standing.published,
        updated=standing.updated,
        content=_template("standing.html").render(standing=standing, url=source.url, family=family).strip(),
        summary=shortened(str(standing.turn)),
        author=source.author,
        language=standing.language,
        categories=((standing.slug, f"{source.url}stories/", standing.title),),
        source=source,
        more={"story": standing.slug, "seq": standing.turn.seq},
    )


@lru_cache(maxsize=1024)
def named(owner: str, name: str) -> str:
    """A name for ever that has neither host nor title in it (RFC 4287, 4.2.6): a UUID of version 5 below that of
    its owner."""
    return str(uuid5(UUID(owner), name))


@lru_cache(maxsize=1024)
def folder_name(name: str) -> str:
    """The name of a party or a type as a folder can have it. Names that differ in case, accents and punctuation
    only share one (but not ``C``, ``C++`` and ``C#``); what no such letters can say goes by a hash."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    slug = "-".join(re.findall("[a-z0-9]+", kept))
    if slug and len(slug) <= 60 and not re.search(r"[^\W_a-z0-9]|[+#]", kept) and not is_device(slug):
        return slug
    return f"{slug[:60].rstrip('-')}-{sha256(name.casefold().encode()).hexdigest()[:10]}".lstrip("-")


def _content(entry: Entry, url: str, family: Family) -> str:
    """What the entry says or, where that is too long for any document of a feed, its summary."""
    whole = content(entry, url, family)
    return whole if len(whole) <= LONGEST else _template("long.html").render(entry=entry, url=url)


def content(entry: Entry, url: str, family: Family | None = None, *, level: int = 4) -> str:
    """What the entry says, as HTML, with headings of this level. In a feed it leads to the feeds of its
    ``family``; on a page, which is where they lead to, not. ``url`` is the site's root, as links there say it."""
    return _template("entry.html").render(entry=entry, url=url, family=family, level=level).strip()


def _template(name: str) -> Template:
    return environment().get_template(name)


@cache
def environment() -> Environment:
    """The templates, with everything in them escaped unless it is marked safe."""
    installed = os.stat(jinja2.__file__).st_mtime_ns  # another jinja may run another bytecode
    options: dict[str, Any] = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        auto_reload=False,
        bytecode_cache=Compiled(os.path.join(TEMPLATES, "__pycache__"), {**options, "installed": installed}),
        **options,
    )
    environment.filters["markdown"] = markup.to_html
    environment.filters["date"] = in_words
    environment.filters["folder"] = folder_name
    environment.filters["within"] = _within
    return environment


def _within(address: str, site: Feed, root: str = "") -> str:
    """An address of the site as a page can say it whose way to the root is ``root``."""
    return f"{root}{address.removeprefix(site.url)}"
