"""No text is lost between an editor and a reader: each visible character of each field stands in the page, in
Atom, in RSS and in JSON Feed, or ``markup.unshown`` names it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree, html

from tests.pictures import image
from tests.strategies import Stream
from tracker.domain.events import TYPES, Figure, Occurrence, Opened, Saying, Source, fields_of
from tracker.feeds.atom_rss import ATOM, RSS
from tracker.feeds.catalogue import of_entry as of_story
from tracker.feeds.documents import Facts
from tracker.feeds.entries import Entry, entries
from tracker.feeds.jsonfeed import JSON
from tracker.feeds.posts import of_entry
from tracker.site import pages
from tracker.text import markup
from tracker.workspace.config import Config

CONFIG = Config(title="D", url="https://desk.example/", author="D")

TEXT = "{} <model> & </b> “5 < 6” 火灾 a_b"
"""A plain text of the field {} with characters that HTML and Markdown give a meaning."""


def value(field: Any, place: str) -> Any:
    """A value of the field with a text that no other field has."""
    text = TEXT.format(place)
    if field.kind == "parties":
        return [f"{text} 1", f"{text} 2"]
    if field.kind == "tags":
        return [f"{place} <tag> 1", f"{place} <tag> 2"]
    if field.kind == "figures":
        return [{each.name: number(each, place) for each in fields_of(Figure) if each.kind != "flag"
                 and each.name not in ("low", "high", "bound", "scale", "as_of", "about")}]  # fmt: skip
    if field.kind == "sources":
        return [{each.name: value(each, f"source {each.name}") for each in fields_of(Source)}]
    if field.kind == "sayings":
        return [{each.name: value(each, f"saying {each.name}") for each in fields_of(Saying)}]
    simple = {
        "url": f"https://example.org/{place.replace(' ', '-')}?a=1&b=2",
        "date": "2024-03",
        "money": "1.5 million USD",
        "flag": True,
        "image": image(alt=text, caption=f"{text} 1", credit=f"{text} 2"),
    }
    in_markdown = field.kind == "prose" and field.name != "quote"
    return simple.get(field.kind, f"{place} <b>so</b> *x*" if in_markdown else text)


def number(field: Any, place: str) -> str:
    if field.kind != "number":
        return f"{place} {field.name} <u>"
    return {"value": "17", "expected_low": "11", "expected_high": "13"}[field.name]


LEFT_OUT = (
    *("id", "recorded", "salt", "hash", "slug", "was", "format", "closes", "about", "minor", "language"),
    *("also_closes", "see", "closes_as", "at", "imported", "backfilled"),
)


def texts_of(values: Any) -> Iterator[str]:
    """Every text in plain values."""
    if isinstance(values, dict):
        for name, each in values.items():
            if name not in ("file", "small"):  # the addresses of a picture
                yield from texts_of(each)
    elif isinstance(values, list):
        for each in values:
            yield from texts_of(each)
    elif isinstance(values, str):
        yield values


def told(entry: Entry, opener: str) -> dict[str, str]:
    """All that a reader sees of the entry, by medium: texts, and the addresses and titles of links."""
    feeds = of_story(CONFIG, entry, opener)
    feed, post = feeds["developments"], of_entry(entry, feeds)
    facts = Facts(updated=entry.updated)
    document = json.loads(JSON.document(feed, facts, [JSON.entry(post)], mixed=False))
    item = document["items"][0]
    return {
        "page": seen(pages.development(feed, feed, "A story", entry, pages.told(entry), 9).decode()),
        "atom": in_xml(ATOM.document(feed, facts, [ATOM.entry(post)], mixed=False)),
        "rss": in_xml(RSS.document(feed, facts, [RSS.entry(post)], mixed=False)),
        "json": " ".join(
            [
                item["title"],
                seen(item["content_html"]),
                *item["tags"],
                item.get("authors", document["authors"])[0]["name"],
            ]
        ),
    }


def in_xml(document: bytes) -> str:
    """The texts of a feed. Those of its contents are HTML."""
    elements = etree.fromstring(document).iter(etree.Element)
    texts = [text for each in elements for text in (each.text, each.get("label")) if text]
    return " ".join(seen(text) if text.lstrip().startswith("<") else text for text in texts)


def seen(markup: str) -> str:
    """The words of HTML, and the addresses and titles of its links."""
    tree = html.document_fromstring(f"<body>{markup}" if "<body" not in markup else markup.encode())
    attributes = (
        text for each in tree.iter() for name, text in each.attrib.items() if name in ("href", "title", "alt")
    )
    return " ".join([*"".join(tree.itertext()).split(), *attributes])


OCCURRENCES = {name: cls for name, cls in TYPES.items() if issubclass(cls, Occurrence)}


@pytest.mark.parametrize("name", OCCURRENCES)
def test_no_field_of_any_type_is_lost(name: str) -> None:
    """Each text of each field is in each medium, as it is typed."""
    cls = OCCURRENCES[name]
    values = {each.name: value(each, each.name) for each in fields_of(cls) if each.name not in LEFT_OUT}
    values["editor"] = "D"
    stream = Stream()
    if cls is not Opened:
        stream.add("opened", "A story")
    prepare(stream, name)
    stream.add(name, **values)
    found_entries = entries("story", stream.events)
    found = told(found_entries[-1], found_entries[0].id)
    lost = {
        (medium, text)
        for medium, shown in found.items()
        for text in texts_of(values)
        if text != "2024-03" and " ".join(words(text)).casefold() not in shown.casefold()
        # readers get March 2024, and a sentence begins with a capital
    }
    assert not lost


def words(text: str) -> list[str]:
    return markup.to_text(text).split() if "<b>so</b>" in text else text.split()


def prepare(stream: Stream, name: str) -> None:
    """Records what an event of this type refers to."""
    before = {
        "change": ("suspension", {"subject": "X"}),
        "confirmation": ("report", {}), "denial": ("report", {}), "reopened": ("closed", {}),
        "unpinned": ("pinned", {}),
        "reinstatement": ("suspension", {name: TEXT.format(name) for name in ("subject", "by", "of", "reason")}),
        "finding": ("investigation", {name: TEXT.format(name) for name in ("into", "by")}),
        "termination": ("agreement", {"between": [TEXT.format("between") + " 1", TEXT.format("between") + " 2"]}),
        "repeal": ("policy", {"by": TEXT.format("by"), "rule": TEXT.format("rule")}),
    }  # fmt: skip
    if name in before:
        type, fields = before[name]
        stream.add(type, "Before", **fields)


@pytest.mark.parametrize(
    ("fields", "told_as"),
    [
        ({"figures": [{"name": "staff <x>", "value": "17"}]}, "staff <x>: 17"),
        ({"figures": [{"name": "deaths", "value": "3"}], "occurred": "2020"}, "deaths: 3"),
        ({"occurred_as": "in the <old> days"}, "in the <old> days"),
    ],
    ids=["a figure that was told before", "a figure of an earlier day", "words of a date alone"],
)
def test_what_changes_nothing_is_told_too(fields: dict[str, Any], told_as: str) -> None:
    stream = Stream()
    stream.add("opened", "A story")
    figures = [{"name": "staff <x>", "value": "17"}, {"name": "deaths", "value": "5"}]
    stream.add("update", "First", figures=figures, occurred="2024-05")
    stream.add("update", "Then", **fields)
    found_entries = entries("story", stream.events)
    for medium, shown in told(found_entries[-1], found_entries[0].id).items():
        assert told_as in shown, medium


PIECES = (
    *("{}", "*{}*", "**{}**", "~~{}~~", "`{}`", "# {}", "> {}", "- {}", "    {}", "```{}\n{}\n```"),
    *("<{}>", "<b>{}</b>", "<!-- {} -->", "<script>{}</script>", "<style>{}</style>", "<u>{}</u>", "<?{}?>"),
    *('<iframe src="https://example.org/{}">{}</iframe>', '<img src="/{}" alt="{}">', "<img src=https://a.org/{}>"),
    *('<video src="{}">{}</video>', "<details><summary>{}</summary>{}</details>", "<svg><text>{}</text></svg>"),
    *("[{}](/{})", '[{}](https://example.org/{} "{}")', '![{}](https://example.org/{} "{}")', "![{}]({})"),
    *("[{}]: https://example.org/{} '{}'", "[^{}]", "[^{}]: {}", "https://example.org/{}"),
    *("mailto:{}@example.org", "| {} |\n|---|"),
    *("<https://example.org/{}>", "<{}@example.org>", '<p title="{}">{}</p>', '<a href="{}">{}</a>', "&{};"),
    *("<!DOCTYPE {}>", "<![CDATA[{}]]>", "<table><td>{}</table>", "<select><option>{}</select>", "\\{}", "{}  \n"),
    *("[![{}](https://example.org/{})](https://example.org/{})", "![a <i>{}</i> [{}](/{})](https://example.org/{})"),
)  # fmt: skip
"""Kinds of Markdown and HTML with places for words."""


@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["\n\n", "\n", " "])), min_size=1, max_size=6))
@example([('<iframe src="https://example.org/{}">{}</iframe>', " ")])
def test_each_word_of_a_body_is_shown_or_named(pieces: list[tuple[str, str]]) -> None:
    count = itertools.count()
    typed = "".join(re.sub("{}", lambda _: f"w{next(count)}w", piece) + end for piece, end in pieces)
    shown = seen(markup.to_html(typed)) + " ".join(markup.unshown(typed))
    lost = [word for number in range(next(count)) if (word := f"w{number}w") not in shown]
    assert not lost, markup.to_html(typed)


def test_a_lost_word_would_be_noticed() -> None:
    """The control of the law above: the HTML alone lacks words."""
    assert "hidden" not in seen(markup.to_html("<!-- hidden -->"))
