"""A document is an envelope around entries, which have the same bytes in every document."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec import structs

from tests.strategies import texts
from tracker.feeds.documents import NEVER, EntryBytes, Facts, Feed, Post
from tracker.feeds.formats import FORMATS
from tracker.feeds.writers import writer
from tracker.text.dates import Recorded

ATOM = "{http://www.w3.org/2005/Atom}"

FEED = Feed(
    path="all",
    page="",
    url="https://desk.example/",
    id="urn:uuid:00000000-0000-7000-8000-000000000000",
    title='All <of> & "it" </feed>',
    subtitle="]]></channel></rss>",
    language="en",
    author="Desk",
)
OWN = Feed(
    path="stories/s/developments",
    page="stories/s/",
    url=FEED.url,
    id="urn:uuid:00000000-0000-7000-8000-000000000001",
    title="<source>A story</source></around>",
    subtitle="",
    language="pt-BR",
    author="",
)
FACTS = Facts(updated=Recorded("2024-08-01T12:00:00.000Z"))

HOSTILE = [
    "</entry></item></feed></channel></rss>",
    "</around>",
    '<around xmlns:at="urn:x">',
    "<![CDATA[x]]>",
    "]]>",
    "]]]]><![CDATA[>",
    '<x:entry xmlns:x="urn:x" xmlns="urn:y"/>',
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e 'x'>]>&e;&amp;#38;",
    '\n]}\n,"items":[\n{"id":"urn:uuid:0"}',
    "<source>x</source>\n</item>\n<item>",
    "\u2028\u2029\U0001f4b0",
]


def post(number: int, **given: object) -> Post:
    values: dict[str, object] = {
        "id": f"urn:uuid:0000000{number}-0000-7000-8000-000000000000",
        "title": f"number {number}",
        "link": f"https://desk.example/#{number}",
        "published": Recorded(f"2024-08-0{number}T12:00:00.000Z"),
        "updated": Recorded(f"2024-08-0{number}T12:00:01.250Z"),
        "content": "<p>Text</p>",
        "summary": "Text",
        "author": "",
        "language": "en",
        "categories": (("update", "https://desk.example/types/", "update"),),
        "source": OWN,
    }
    return Post(**(values | given))  # type: ignore[arg-type]


def hostile(number: int, text: str) -> Post:
    return post(
        number,
        title=text,
        content=f"<p>{text}</p>",
        summary=text,
        author=text,
        categories=((text, "https://desk.example/parties/", text),),
        about=("urn:uuid:9", "https://desk.example/#9"),
    )


def document(format: str, entries: Sequence[EntryBytes], *, mixed: bool = True, facts: Facts = FACTS) -> bytes:
    return writer(format).document(FEED, facts, entries, mixed=mixed)


def entry(format: str, post: Post) -> EntryBytes:
    return writer(format).entry(post)


def titles(format: str, data: bytes) -> list[str | None]:
    if format == "json":
        return [item["title"] for item in json.loads(data)["items"]]
    root = etree.fromstring(data)
    return [
        each.text for each in root.findall(f"{ATOM}entry/{ATOM}title" if format == "atom" else ".//item/title")
    ]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("mixed", [False, True])
def test_entries_keep_their_bytes_in_every_document(format: str, mixed: bool) -> None:
    """An entry begins a line, and only the source is put into it."""
    made = [entry(format, post(number)) for number in (1, 2, 3)]
    for shown in ([], made[:1], made[1:], made[::-1]):
        data = document(format, shown, mixed=mixed)
        for each in shown:
            written = each.entry
            if mixed and each.source:
                end = written.rindex(b"</")
                written = written[:end] + each.source + written[end:]
            assert data.count(b"\n" + written) == 1
        assert titles(format, data) == [f"number {made.index(each) + 1}" for each in shown]
    assert [entry(format, post(number)) for number in (1, 2, 3)] == made, "another entry in between"


@pytest.mark.parametrize("format", FORMATS)
def test_an_archive_has_the_bytes_of_the_head(format: str) -> None:
    made = entry(format, post(1, removed=NEVER))
    archive = Facts(updated=FACTS.updated, name="2024-08", previous="2024-07")
    envelopes = [document(format, [made], facts=each).replace(made.entry, b"") for each in (FACTS, archive)]
    assert envelopes[0] != envelopes[1]
    assert all(made.entry in document(format, [made], mixed=False, facts=each) for each in (FACTS, archive))


@pytest.mark.parametrize("format", ["atom", "rss"])
def test_only_a_mixed_feed_names_sources(format: str) -> None:
    """The source has the title that the feed of the story had when the entry was written."""
    made = entry(format, post(1))
    root = etree.fromstring(document(format, [made]))
    (source,) = root.iter("{*}source")
    assert source.getparent()[-1] is source
    assert (source.findtext(f"{ATOM}title") if format == "atom" else source.text) == OWN.title
    assert list(etree.fromstring(document(format, [made], mixed=False)).iter("{*}source")) == []


def test_tombstones_stand_before_all_entries() -> None:
    """RFC 4287 wants extensions of a feed there. RSS and JSON have no tombstones."""
    posts = [post(1), post(2, removed=NEVER), post(3)]
    root = etree.fromstring(document("atom", [entry("atom", each) for each in posts]))
    tags = [etree.QName(each).localname for each in root if isinstance(each.tag, str)]
    assert tags[-4:] == ["deleted-entry", "entry", "entry", "entry"]
    assert root.find("{*}deleted-entry").attrib == {"ref": posts[1].id, "when": "1970-01-01T00:00:00+00:00"}
    for format in ("rss", "json"):
        assert [entry(format, each).tombstone for each in posts] == [b""] * 3


@pytest.mark.parametrize("format", FORMATS)
def test_hostile_texts_arrive_as_they_are(format: str) -> None:
    """No text ends an element or a document, and none declares a namespace."""
    posts = [hostile(number % 9 + 1, text) for number, text in enumerate(HOSTILE)]
    made = [entry(format, each) for each in posts]
    data = document(format, made)
    assert titles(format, data) == HOSTILE
    if format != "json":
        assert all(b"xmlns" not in html.unescape(each.source.decode()).encode() for each in made)
        assert not etree.fromstring(data).xpath("//*[namespace-uri() = 'urn:x']")
    contents = {
        "atom": lambda: [each.text for each in etree.fromstring(data).iter(f"{ATOM}content")],
        "rss": lambda: [each.text for each in etree.fromstring(data).iter("{*}encoded")],
        "json": lambda: [item["content_html"] for item in json.loads(data)["items"]],
    }
    assert contents[format]() == [each.content for each in posts]


@given(st.lists(texts(), max_size=4), st.booleans())
def test_any_text_survives_in_every_format(drawn: list[str], mixed: bool) -> None:
    for format in FORMATS:
        made = [entry(format, hostile(number, text)) for number, text in enumerate(drawn, 1)]
        assert titles(format, document(format, made, mixed=mixed)) == drawn


@pytest.mark.parametrize("format", ["atom", "rss"])
def test_prefixes_are_those_that_the_envelope_declares(format: str) -> None:
    """Entries have no declarations of their own, so that each is short."""
    made = entry(format, post(1, about=("urn:uuid:9", "https://desk.example/#9"), removed=NEVER, author="Ann"))
    assert b"xmlns" not in made.entry + made.source
    assert made.tombstone.count(b"xmlns") == (format == "atom"), "which few documents have"
    root = etree.fromstring(document(format, [made]))
    (reply,) = root.iter("{http://purl.org/syndication/thread/1.0}in-reply-to")
    assert reply.get("ref") == "urn:uuid:9"


@pytest.mark.parametrize("format", FORMATS)
def test_a_feed_has_an_icon_and_says_its_rights(format: str) -> None:
    feed = structs.replace(FEED, rights="CC BY 4.0")
    data = writer(format).document(feed, FACTS, [], mixed=False).decode()
    assert "https://desk.example/icon.png" in data
    assert "CC BY 4.0" in data
    assert "CC BY" not in document(format, []).decode()


@pytest.mark.parametrize("format", FORMATS)
def test_an_archive_names_itself_in_the_other_formats(format: str) -> None:
    """Those that have archives."""
    data = document(format, [], facts=structs.replace(FACTS, name="2024-08")).decode()
    named = {other for other in FORMATS if other != format and f"-2024-08.{other}" in data}
    assert named == {other for other, each in FORMATS.items() if other != format and not each.archives}


def test_only_a_document_with_a_tombstone_declares_its_vocabulary() -> None:
    made = [entry("atom", post(1)), entry("atom", post(2, removed=NEVER))]
    assert b"tombstones" not in document("atom", made[:1])
    assert b"tombstones" in document("atom", made)


@pytest.mark.parametrize("format", FORMATS)
def test_an_entry_names_the_one_whose_place_it_takes(format: str) -> None:
    made = entry(format, post(2, before=("urn:uuid:9", "https://desk.example/#9"))).entry.decode()
    assert (
        '"before":"urn:uuid:9"' if format == "json" else 'href="https://desk.example/#9" rel="related"'
    ) in made
