"""Write a story for TimelineJS (Knight Lab), as JSON and as the rows of its spreadsheet.

Each development that stands is a slide; the story's title and summary are the title slide. TimelineJS draws a
slide at a day or a clock time, and shows ``display_date`` instead, which says how precisely the date is known::

    2023-12-15                 a day                 15 December 2023
    2024-33                    January to March      Q1 2024
    202X                       2020 to 2029          the 2020s
    2024-03~                   March                 about March 2024
    2024-03/..                 March, no end         since March 2024
    ../2024-03                 March                 by March 2024
    2024-07-30T21:05+02:00     21:05 at the place    30 July 2024, 21:05 (UTC+02:00)
    none                       the day of recording  recorded 1 August 2024

Words are in the language of the story. In English no two dates have the same words, so that a program can tell the
date from them. ``unique_id`` is the id of the event.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

import msgspec

from tracker.domain.amend import Development
from tracker.domain.events import Image, Occurrence, Source
from tracker.domain.story import Story
from tracker.exporting import cells
from tracker.exporting.story import (
    Exported,
    date_words,
    facts,
    is_of_the_world,
    notes,
    occurrence,
    quotes,
    shown,
    source_words,
    stands,
)
from tracker.feeds import paths
from tracker.text import markup
from tracker.text.dates import Edge, Occurred, span
from tracker.text.names import is_absolute
from tracker.views.development import body_of, said_of
from tracker.wording.messages import Wording

Slide = dict[str, Any]

_FIELDS = ("year", "month", "day", "hour", "minute", "second", "millisecond")


def write(exported: Exported) -> bytes:
    """Return the JSON of a story."""
    slides = (encoded(exported.wording, each, exported.config.url) for each in exported.story.developments)
    return document(exported.story, slides)


def document(story: Story, slides: Iterable[bytes]) -> bytes:
    """Return the file that has these encoded slides, some of which may be empty: one a line."""
    title = msgspec.json.encode(title_slide(story))
    return b'{"title":' + title + b',\n"events":[\n' + b",\n".join(filter(None, slides)) + b"\n]}\n"


def encoded(wording: Wording, development: Development, url: str) -> bytes:
    """Return the encoded slide of a development, or nothing if it has none: an act of the desk, an amendment, or
    one that was withdrawn."""
    if not (stands(development) and is_of_the_world(development.event)):
        return b""
    return msgspec.json.encode(slide(wording, shown(development), url))


def title_slide(story: Story) -> Slide:
    texts = dict.fromkeys(filter(None, (story.about, story.summary)))
    return {"unique_id": story.slug, "text": _text(story.title, map(markup.to_html, texts))}


def slide(wording: Wording, development: Development, url: str) -> Slide:
    """Return the slide of a development that stands. ``url`` is the address of the site."""
    event = occurrence(development)
    start, end = _bounds(event.occurred or Occurred(event.recorded[:10]))
    made = {
        "unique_id": event.id,
        "start_date": start,
        **({"end_date": end} if end else {}),
        "display_date": date_words(wording, event),
        "text": _text(event.title, _html(wording, development, event)),
    }
    return made | ({"media": _media(event.image, url)} if event.image else {})


def _text(headline: str, parts: Iterable[str]) -> dict[str, str]:
    """Return a text object. Both of its fields are HTML."""
    text = "\n".join(filter(None, parts))
    return {"headline": escape(headline, quote=False), **({"text": text} if text else {})}


def _html(wording: Wording, development: Development, event: Occurrence) -> Iterator[str]:
    for speaker, words in quotes(event):
        quoted = f"<p>{escape(words, quote=False)}</p>" if words else ""
        yield f"<blockquote>{quoted}<p><cite>{escape(speaker, quote=False)}</cite></p></blockquote>"
    yield markup.paragraph(said_of(event))
    yield markup.to_html(body_of(event))
    yield _listed("facts", (escape(each, quote=False) for each in facts(wording, event)))
    yield _listed("sources", (_source(wording, each) for each in event.sources))
    yield from map(markup.paragraph, notes(wording, development))


def _listed(kind: str, items: Iterable[str]) -> str:
    found = "".join(f"<li>{each}</li>" for each in items)
    return f'<ul class="{kind}">{found}</ul>' if found else ""


def _source(wording: Wording, source: Source) -> str:
    words = escape(source_words(wording, source), quote=False)
    quote = f": <q>{escape(source.quote, quote=False)}</q>" if source.quote else ""
    archived = f" ({_link(source.archived, wording.say('archived'))})" if is_absolute(source.archived) else ""
    return (_link(source.url, words) if is_absolute(source.url) else words) + archived + quote


def _link(address: str, words: str) -> str:
    return f'<a href="{escape(address)}">{words}</a>'


def _media(image: Image, url: str) -> dict[str, str]:
    texts = {"credit": image.credit, "caption": image.caption}
    return {
        "url": url + paths.media(image.file),
        "thumbnail": url + paths.media(image.small),
        "alt": image.alt,
        **{name: escape(text, quote=False) for name, text in texts.items() if text},
    }


# Dates.


def _bounds(occurred: Occurred) -> tuple[dict[str, int], dict[str, int] | None]:
    """Return the date at which a slide begins, and the one at which it ends if that is another."""
    first, _, last = occurred.partition("/")
    if first == "..":
        first, last = last, ""
    start, end = _ends(first)
    if last and last != "..":
        begins, ends = _ends(last)
        end = ends or begins
    return start, None if end == start else end


def _ends(single: str) -> tuple[dict[str, int], dict[str, int] | None]:
    """Return the first and the last year, month or day of a date without a slash; the last is None for a date that
    is one year, month, day or clock time itself."""
    first, last = span(Occurred(single))
    if clock := re.search(r"T\d\d:\d\d(:\d\d)?(\.\d+)?", single):
        return _date(first, 5 + sum(map(bool, clock.groups()))), None
    depth = 3 if re.match(r"\d{4}-\d\d-\d\d", single) else 2 if "-" in single else 1
    start, end = _date(first, depth), _date(last, depth)
    return start, None if end == start else end


def _date(edge: Edge, depth: int) -> dict[str, int]:
    """Return the first ``depth`` fields of what the clock shows at the place."""
    return dict(zip(_FIELDS[:depth], map(int, re.findall(r"\d+", edge.local)), strict=False))


# The spreadsheet.

COLUMNS = (
    *("Year", "Month", "Day", "Time", "End Year", "End Month", "End Day", "End Time", "Display Date", "Headline"),
    *("Text", "Media", "Media Credit", "Media Caption", "Media Thumbnail", "Alt Text", "Type", "Group"),
    "Background",
)
"""The columns of the template for Google Sheets."""


def write_csv(exported: Exported) -> bytes:
    """Return the rows that TimelineJS reads from a spreadsheet. They have no ``unique_id``."""
    slides = (slide(exported.wording, each, exported.config.url) for each in exported.happened)
    title = _row(title_slide(exported.story)) | {"Type": "title"}
    rows = ([row.get(name, "") for name in COLUMNS] for row in (title, *map(_row, slides)))
    return cells.write(COLUMNS, rows).encode()


def _row(slide: Slide) -> dict[str, str]:
    media, text = slide.get("media", {}), slide["text"]
    return {
        **_date_cells("", slide.get("start_date", {})),
        **_date_cells("End ", slide.get("end_date", {})),
        "Display Date": slide.get("display_date", ""),
        "Headline": text["headline"],
        "Text": text.get("text", ""),
        "Media": media.get("url", ""),
        "Media Credit": media.get("credit", ""),
        "Media Caption": media.get("caption", ""),
        "Media Thumbnail": media.get("thumbnail", ""),
        "Alt Text": media.get("alt", ""),
    }


def _date_cells(prefix: str, date: dict[str, int]) -> dict[str, str]:
    """Return the cells of a date. Its time has no thousandths, which TimelineJS does not read there."""
    days = {f"{prefix}{name.capitalize()}": str(date[name]) for name in _FIELDS[:3] if name in date}
    clock = ":".join(f"{date[name]:02}" for name in _FIELDS[3:6] if name in date)
    return days | ({f"{prefix}Time": clock} if clock else {})
