"""The HTML pages of a site.

========================================  =============================================================
page                                      content
========================================  =============================================================
``index.html``                            stories that moved lately, expected dates, corrections
``stories/``, ``stories/2024-08.html``    all stories, by the month in which they began
``stories/<slug>/``                       where it stands, every development, as known at any time
``stories/<slug>/7.html``                 one development, at a permanent address
``stories/<slug>/2024-08.html``           the story as known at the end of that month
``parties/<party>/``, ``types/<type>/``   developments of all stories with the party, or of the type
``tags/<tag>/``                           developments of all stories with the tag
``corrections/``                          every amendment
``about/``                                how to subscribe, how to verify, the heads
``404.html``                              for addresses without a file
========================================  =============================================================

A page loads nothing from other sites and works without its script. The article of a development keeps its bytes
until an event touches it.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import msgspec
from markupsafe import escape
from msgspec import Struct, structs

from tracker.domain.amend import REDACTED, RETRACTED
from tracker.domain.story import Note
from tracker.feeds import paths
from tracker.feeds.documents import Feed
from tracker.feeds.entries import Entry, StoryFeed
from tracker.feeds.formats import FORMATS
from tracker.feeds.posts import Family, content
from tracker.log.checkpoints import Rewrite
from tracker.site import script
from tracker.site.charts import charts
from tracker.site.jsonld import live_blog, news_article
from tracker.site.lanes import Drawing, draw
from tracker.site.numbers import numbers
from tracker.site.overview import Overview
from tracker.site.page_words import Said, heading, said
from tracker.site.rows import Expected, Involved, Mention, StoryRow
from tracker.templating import TEMPLATES, template
from tracker.text import markup
from tracker.text.dates import Recorded, moment, recorded_at, to_datetime
from tracker.text.names import folder_name, type_folder
from tracker.views import days as of_days
from tracker.views import time_travel
from tracker.views.bitemporal import as_of
from tracker.views.briefing import Placed, arranged, in_sections
from tracker.views.days import Turn
from tracker.views.lanes import Picture
from tracker.wording.html import in_templates
from tracker.wording.lines import Items, headings_of, line, lines
from tracker.wording.messages import Wording, plain

MOST_IN_FULL, BRIEF = 280_000, 190
"""Bytes of developments that the page of a story shows. In a longer story, the first that were recorded are a line
of about ``BRIEF`` bytes each."""

MOST_LINES = 50
"""The most lines of each section of where a story stands on its page. The feed ``standing`` has all."""

LATELY = timedelta(weeks=4)
"""How long corrections stay on the first page, counted back from the last event of all stories."""

MOST_CORRECTIONS = 20

MOST_NAMED = 24
"""The most parties that the page of a story names beside its developments."""

MOST_OTHERS = 60
"""The most lanes below the picture of a story that are not drawn at once."""

_ROOT = "../../"


class More(Struct):
    """The value of ``_tracker`` in an item of a JSON Feed."""

    story: str
    title: str
    type: str
    occurred: str = ""


class Listed(Struct, rename={"more": "_tracker"}):
    """An entry of a published JSON Feed, for the pages that list entries."""

    url: str
    date_published: str
    more: More
    summary: str = ""
    content_html: str = ""

    @property
    def title(self) -> str:
        """The title without the name of the story."""
        return self.more.title

    @property
    def type(self) -> str:
        return self.more.type

    @property
    def occurred(self) -> str:
        return self.more.occurred


def listed(item: bytes) -> Listed:
    """Decode an item of a published JSON Feed."""
    return msgspec.json.decode(item, type=Listed)


# Pages of the whole desk.


def index(
    feeds: Sequence[Feed],
    stories: Sequence[StoryRow],
    total: int,
    *,
    teasers: Mapping[str, str] = MappingProxyType({}),
    turned: Sequence[StoryRow] = (),
    expected: Sequence[Expected] = (),
    corrections: Sequence[Listed] = (),
    rewrites: Sequence[Rewrite] = (),
) -> bytes:
    """Return the first page. It lists the stories that are pinned or moved lately, out of ``total``; those that
    have ``teasers``, by slug, come first. It has the stories where the standing ``turned``, expected dates and
    corrections, newest first each, and the accepted rewrites of history."""
    latest = max((row.updated for row in stories), default="")
    since = recorded_at(to_datetime(Recorded(latest)) - LATELY) if latest else ""
    lately = [each for each in corrections if each.date_published >= since][:MOST_CORRECTIONS]
    return _page("index.html", feeds[0], root="", feeds=feeds, stories=stories, total=total, teasers=teasers,
                 turned=turned, expected=expected, corrections=lately, rewrites=rewrites)  # fmt: skip


def all_stories(feeds: Sequence[Feed], months: Sequence[tuple[str, int]], rows: Sequence[StoryRow]) -> bytes:
    """Return the list of stories: each month with the number of stories that began in it, and the stories in
    ``rows``, which is empty if there are too many."""
    return _page("stories.html", feeds[0], root="../", feeds=feeds, month="", months=months, rows=rows)


def stories_of_month(feeds: Sequence[Feed], month: str, rows: Sequence[StoryRow]) -> bytes:
    """Return the page of the stories that began in a month (``2024-08``)."""
    return _page("stories.html", feeds[0], root="../", feeds=feeds, month=month, months=(), rows=rows)


def group(
    site: Feed,
    feed: Feed,
    name: str,
    involved: Sequence[Involved],
    entries: Sequence[Listed],
    titles: Mapping[str, str],
    complete: bool,
) -> bytes:
    """Return the page of a party, a type or a tag. ``involved`` says where its stories stand. ``entries`` are
    those of the feed's head, newest first, ``titles`` the titles of their stories by slug. ``complete`` says that
    the head has all entries."""
    return _page("group.html", site, root=_ROOT, feeds=[feed], kind=paths.kind(feed.path), name=name,
                 value=feed.page.split("/")[1], folder=feed.page, involved=involved, told=entries, titles=titles,
                 complete=complete)  # fmt: skip


def corrections(site: Feed, feed: Feed, entries: Sequence[Listed], complete: bool) -> bytes:
    """Return the page of amendments, in the order of the feed. ``complete`` says that they are all."""
    return _page("corrections.html", site, root="../", feeds=[feed], told=entries, complete=complete)


def about(
    feeds: Sequence[Feed], stories: Sequence[StoryRow], total: int, rewrites: Sequence[Rewrite], *, types: bool
) -> bytes:
    """Return the page on how to subscribe and verify, with the heads of the stories that moved lately. ``types``
    says whether the desk declares types of its own."""
    published = [row for row in stories if row.seq]
    example = published[0].slug if published else "STORY"
    return _page("about.html", feeds[0], root="../", feeds=feeds, stories=published, total=total,
                 rewrites=rewrites, example=example, types=types)  # fmt: skip


def not_found(site: Feed) -> bytes:
    """Return the page that a host shows for an address without a file. Its links begin at the host, as it
    stands in for pages of any folder."""
    return _page("404.html", site, root=urlsplit(site.url).path, feeds=[site], mark=paths.MARK)


# Pages of a story.


def story(
    site: Feed,
    family: Family,
    found: Overview,
    articles: Mapping[int, str],
    mentions: Sequence[Mention] = (),
    turns: Sequence[Turn] = (),
    *,
    card: bool = False,
) -> bytes:
    """Return the page of a story: where it stands, and every development with its amendments, newest first.
    ``articles`` are the developments by number, ``mentions`` the developments of other stories that mention one of
    this story, ``turns`` what each event changed of what was so on any day."""
    story_feed, sections = found.story_feed, found.sections
    now, wording = story_feed.story, story_feed.wording
    seqs = {entry.id: entry.seq for entry in story_feed.entries}
    entries = story_feed.entries[::-1]
    return _page(
        "story.html",
        site,
        wording=wording,
        root=_ROOT,
        feeds=list(family.values()),
        story=now,
        description=markup.to_line(now.about or now.summary)
        or wording.say("Where things stand: {story}", story=now.title),
        schema=live_blog(site, family["developments"], now, entries),
        instants=len({entry.published for entry in entries}),
        first=entries[-1].published[:10],
        begun=min(of_days.days(turns).values(), default=entries[-1].published[:10]),
        months_of_world=of_days.months_over(turns)[::-1],
        months=sorted({entry.published[:7] for entry in entries}, reverse=True)[1:],
        latest=found.latest,
        card=site.url + paths.card(now.slug) if card else "",
        sections=sections,
        stands={each: told for each, told in sections.items() if each not in ("figures", "key")},
        digest=found.digest,
        chosen=found.chosen,
        drawing=_drawn(found.picture, wording),
        keys=found.picture.keys,
        charts=charts(now, wording),
        numbers=numbers(now, wording),
        timeline=[(heading(wording, group), [articles[seq] for seq in group.seqs]) for group in found.timeline],
        parties=_options(party for entry in entries for party in entry.parties),
        types=_options(entry.type for entry in entries),
        tags=_options(tag for entry in story_feed.entries for tag in entry.tagged),
        has_keys=any(entry.was_key for entry in entries),
        involved=_most_named(entries),
        amendments=[entry for entry in entries if entry.about],
        mentions=[(each, seqs[each.id]) for each in mentions if each.id in seqs],
    )


def teaser(found: Overview) -> str:
    """Return the HTML of a story on the first page: what it is, where it stands, and what happened last."""
    return _excerpt("teaser.html", found, counts=found.counts)


def embed(site: Feed, found: Overview) -> bytes:
    """Return the page of a story for the frames of other sites."""
    told = [("f", each) for each in found.digest.holds[:3]] + [("o", each) for each in found.digest.open[:2]]
    chosen = [(kind, found.chosen[each.key]) for kind, each in told]
    page = site.url + paths.story(found.story_feed.story.slug)
    return _excerpt("embed.html", found, site=site, page=page, lines=chosen).encode()


def _excerpt(file: str, found: Overview, **values: object) -> str:
    story = found.story_feed.story
    summary = markup.to_line(story.summary) if story.summary != story.about else ""
    shown = {**in_templates(found.wording), "story": story, "summary": summary,
             "about": markup.to_line(story.about), "latest": found.latest, "outline": found.outline}  # fmt: skip
    return template(file).render({**shown, **values})


def _drawn(drawn: Picture, wording: Wording) -> tuple[Drawing, dict[str, Said]] | None:
    """Return the drawing of a picture, and the words for each of its lanes by key; None if there is no lane."""
    drawing = draw(drawn, wording)
    if drawing is None:
        return None
    shown = (*drawing.rows, *drawing.others[:MOST_OTHERS])
    return drawing, {row.lane.key: said(wording, row.lane) for row in shown}


def _options(names: Iterable[str]) -> list[tuple[str, str, int]]:
    """Return the options of a filter: each folder name once, with the first name that it stands for, and how often
    it is there."""
    counts = Counter[str]()
    found: dict[str, str] = {}
    for name in names:
        counts[found.setdefault(folder_name(name), name)] += 1
    options = ((folder, name, counts[name]) for folder, name in found.items())
    return sorted(options, key=lambda each: each[1].casefold())


def _most_named(entries: Iterable[Entry]) -> list[tuple[str, str, int]]:
    """Return the parties that have a page, those in the most developments first."""
    named = _options(party for entry in entries if entry.in_feeds for party in entry.parties)
    return sorted(named, key=lambda each: -each[2])[:MOST_NAMED]


_LEVEL = "\0"
"""The level of the headings of ``told``, until it is known. No text has this character."""


def told(entry: Entry) -> str:
    """Return what the page of a story and the page of a development both show of it. It has its body."""
    values = {**in_templates(entry.wording), "entry": entry, "content": content(entry, _ROOT, level=_LEVEL)}
    return template("told.html").render(values).strip()


def article(entry: Entry, told: str) -> str:
    """Return the ``article`` of a development in the page of its story."""
    return _article(entry, _inner(entry, told), _kind(entry))


def most_in_full(count: int) -> int:
    """Return how many bytes of developments in full the page of a story of ``count`` developments shows: as many
    as leave room for a line for each."""
    return max(MOST_IN_FULL - BRIEF * count, MOST_IN_FULL // 4, 1)


def brief(entry: Entry) -> str:
    """Return the article of a development in one line."""
    return _article(entry, _title(entry), "brief")


def _dated(entry: Entry) -> str:
    """Return the article of a development that has its title and its date alone."""
    shown = f"it brief {_kind(entry)}".strip()
    return f'<article id="{entry.seq}" class="{shown}">\n{_inner(entry, "")}</article>'


def _kind(entry: Entry) -> str:
    return entry.standing if entry.standing in (RETRACTED, REDACTED) else ""


def _article(entry: Entry, inner: str, kind: str) -> str:
    values = {
        "type": type_folder(entry.type),
        "parties": _parties(entry),
        "recorded": entry.published,
        **({"tags": _tags(entry)} if entry.tagged else {}),
        **({"key": "key"} if entry.was_key else {}),
    }
    data = "".join(f' data-{name}="{value}"' for name, value in values.items())
    shown = f"it {kind}" if kind else "it"
    return f'<article id="{entry.seq}" class="{shown}"{data}>\n{inner}\n</article>'


def _parties(entry: Entry) -> str:
    """Return the folder names of the entry's parties, which the page's filter compares."""
    return " ".join(dict.fromkeys(map(folder_name, entry.parties)))


def _tags(entry: Entry) -> str:
    """Return the folder names of the entry's tags, in the same way."""
    return " ".join(map(folder_name, entry.tagged))


def _inner(entry: Entry, told: str) -> str:
    occurred = f'<p class="dt">{escape(entry.occurred)}</p>\n' if entry.occurred else ""
    return f"{_title(entry)}\n{occurred}{told.replace(_LEVEL, '5')}"


def _title(entry: Entry) -> str:
    own = in_templates(entry.wording)["own"]
    return f'<h4><a href="{entry.seq}.html"><bdi{own}>{escape(entry.title)}</bdi></a></h4>'


def history(story_feed: StoryFeed, turns: Iterable[Turn]) -> Iterator[bytes]:
    """Yield ``history.json``, in parts, with which the page of a story is turned back in time, and to a day.
    ``turns`` are what each event changed of what was so on any day."""
    versions = (
        (seq, (_version(story_feed.earlier(each), each.until) for each in found))
        for seq, found in story_feed.amended.items()
    )
    headings = list(headings_of(story_feed.wording).values())
    words = partial(line, story_feed.wording)
    return of_days.serialize(story_feed.standing.slug, story_feed.states, turns, versions, headings, words)


def _version(entry: Entry, until: int) -> time_travel.Version:
    labels = (_tags(entry), "key" if entry.was_key else "") if entry.tagged or entry.was_key else ()
    return until, _inner(entry, told(entry)), _kind(entry), _parties(entry), *labels


def month_of_world(
    site: Feed, feed: Feed, story_feed: StoryFeed, name: str, before: str, entries: Iterable[Entry]
) -> bytes:
    """Return the page of what was so at the end of the month ``name``, as known now. ``feed`` is that of the
    story's developments, ``before`` the month before it that has such a page, or empty. ``entries`` are those that
    occurred in the month, the last first."""
    items = arranged(as_of(story_feed.story, moment(name)))
    return _month(site, feed, story_feed.wording, story_feed.story.title, items, name, before, entries)


def month(
    site: Feed, feed: Feed, last: Entry, places: Mapping[str, Placed | None], name: str, before: str,
    entries: Iterable[Entry],
) -> bytes:  # fmt: skip
    """Return the page of a story as known at the end of the month ``name``. ``last`` is the last entry that was
    recorded in it, ``places`` hold the items of then by key. ``feed`` is that of the story's developments as of
    then, ``before`` the month before it in which events were recorded, or empty. ``entries`` are those of the
    month as they read then, the newest first."""
    items = (place.item for place in places.values() if place)
    notes = {item.key: item.text for item in items if isinstance(item, Note)}
    known = {"status": notes["status"], "summary": notes.get("summary", ""), "last": last}
    sections = in_sections(places.values())
    return _month(site, feed, last.wording, notes["title"], sections, name, before, entries, known)


def _month(
    site: Feed, feed: Feed, wording: Wording, title: str, items: Items, name: str, before: str,
    entries: Iterable[Entry], known: Mapping[str, object] | None = None,
) -> bytes:  # fmt: skip
    """Return the page of a month. It has the titles of its developments: their texts are on their own pages."""
    return _page(
        "month.html",
        site,
        wording=wording,
        root=_ROOT,
        feeds=[feed],
        title=title,
        sections=lines(items, wording),
        month=name,
        before=before,
        articles=map(_dated, entries),
        known=known,
    )


def development(
    site: Feed, feed: Feed, title: str, entry: Entry, told: str, last: int, mentions: Sequence[Mention] = (),
    was: Mapping[int, Entry] = MappingProxyType({}),
) -> bytes:  # fmt: skip
    """Return the page of one development. ``feed`` is that of the story's developments, ``title`` the story's,
    ``told`` what the function of this name made of the entry, ``last`` the number of the story's last development.
    ``mentions`` are the developments of other stories that mention it, ``was`` how it read until the event
    with this number: the page shows what was corrected, without its pictures."""
    corrected = {notice.seq: notice.recorded for notice in entry.notices if notice.changes}
    return _page(
        "development.html",
        site,
        wording=entry.wording,
        root=_ROOT,
        feeds=[feed],
        entry=entry,
        schema=news_article(site, entry),
        title=title,
        last=last,
        mentions=mentions,
        told=told.replace(_LEVEL, "2"),
        was=[
            (corrected[until], earlier, content(structs.replace(earlier, image=None), _ROOT, level=3))
            for until, earlier in was.items()
            if until in corrected
        ],
    )


# Parts of all pages.

_MARGINS = re.compile(rb"^[ ]*(?://[^\n]*\n|/\*.*?\*/\n)|^[ ]+|^\n", re.MULTILINE | re.DOTALL)

_SPACES = re.compile(rb"(?<=[:;{}]) | (?=[{}])")


def asset(name: str) -> bytes:
    """Return the bytes of one of ``paths.ASSETS``; of a text, without the comments and the indentation of whole
    lines; of a style sheet, without spaces that it does not need."""
    with open(os.path.join(TEMPLATES, name), "rb") as file:
        data = file.read()
    if name in (paths.ICON, paths.FAVICON):
        return data
    data = _MARGINS.sub(b"", data)
    return _SPACES.sub(b"", data) if name.endswith(".css") else data


_TERRITORIES = {"en": "US", "ar": "AR"}
"""The territory of the languages whose own is another, where Open Graph wants one."""


def locale(tag: str) -> str:
    """Return a language tag as Open Graph writes it, such as ``de_DE``."""
    language, _, territory = tag.replace("-", "_").partition("_")
    return f"{language}_{territory or _TERRITORIES.get(language, language.upper())}"


def _page(file: str, site: Feed, **values: Any) -> bytes:
    return template(file).render(_values(site, **values)).encode() + b"\n"


def _near(here: str, root: str, path: str) -> str:
    """Return the address of a path for a page in the folder ``here``, which is empty for the pages that are in no
    folder of a story or of a group. ``root`` leads from the page to the site's root."""
    return path.removeprefix(here) if here and path.startswith(here) else root + path


def _values(
    site: Feed, *, wording: Wording | None = None, root: str, feeds: Sequence[Feed], **values: object
) -> dict[str, object]:
    """Return the values of a page. Without ``wording``, its words are in the desk's language. ``root`` is its path
    to the site's root, ``feeds`` are those that it names."""
    wording = wording or plain(site.language)
    common = {"site": site, "formats": FORMATS, "headings": headings_of(wording), "MOST_LINES": MOST_LINES}
    near = partial(_near, feeds[0].page if root == _ROOT else "", root)
    functions = {"messages": partial(script.messages, wording), "locale": locale(wording.tag), "near": near}
    return {**in_templates(wording), **common, **functions, "root": root, "feeds": feeds, **values}
