"""Documents are taken apart into their entries and put together again, byte for byte."""

from __future__ import annotations

import pytest
from lxml import etree

from tracker.feeds import atom_rss, jsonfeed
from tracker.feeds.documents import FORMATS, NEVER, Facts, Feed, Post, assemble, latest, own_bytes, split
from tracker.text.dates import Recorded

WRITERS = {"atom": atom_rss.atom, "rss": atom_rss.rss, "json": jsonfeed.json}

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
FACTS = Facts(updated=Recorded("2024-08-01T12:00:00.000Z"))


def post(number: int, **given: object) -> Post:
    values: dict[str, object] = {
        "id": f"urn:uuid:0000000{number}-0000-7000-8000-000000000000",
        "title": f"<entry> {number} </entry></item>",
        "link": f"https://desk.example/#{number}",
        "published": Recorded(f"2024-08-0{number}T12:00:00.000Z"),
        "updated": Recorded(f"2024-08-0{number}T12:00:01.250Z"),
        "content": '<p>urn:uuid:0 </entry></item>\n<source>"date_modified":"9"</source>]}</p>',
        "summary": "<guid>\n</feed>",
        "author": "",
        "language": "en",
        "categories": (("update", "https://desk.example/types/", "update"),),
        "source": FEED,
    }
    return Post(**(values | given))  # type: ignore[arg-type]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_parts_put_together_are_the_whole(format: str, count: int) -> None:
    """The same as the writer makes at once, but for line breaks; whatever is in the texts."""
    posts = [post(number, removed=NEVER if number == 2 else "") for number in range(1, count + 1)]
    whole = WRITERS[format](FEED, FACTS, posts)
    apart = split(format, whole)
    assert list(apart) == [each.id.removeprefix("urn:uuid:") for each in posts]
    again = assemble(format, WRITERS[format](FEED, FACTS), apart.values())
    assert again.replace(b"\n", b"") == whole.replace(b"\n", b"")
    assert split(format, again) == apart
    assert assemble(format, WRITERS[format](FEED, FACTS), split(format, again).values()) == again


def test_tombstones_stand_before_all_entries() -> None:
    """As RFC 4287 wants what extends a feed; each goes with its entry."""
    whole = atom_rss.atom(FEED, FACTS, [post(1), post(2, removed=NEVER)])
    document = assemble("atom", atom_rss.atom(FEED, FACTS), split("atom", whole).values())
    tags = [etree.QName(each).localname for each in etree.fromstring(document) if isinstance(each.tag, str)]
    assert tags[-3:] == ["deleted-entry", "entry", "entry"]
    assert split("atom", document)["00000002-0000-7000-8000-000000000000"].startswith(b"<at:deleted-entry ")


@pytest.mark.parametrize("format", FORMATS)
def test_an_entry_of_its_own_feed_needs_no_source(format: str) -> None:
    (entry,) = split(format, WRITERS[format](FEED, FACTS, [post(1)])).values()
    assert own_bytes(format, own_bytes(format, entry)) == own_bytes(format, entry)
    if format == "json":
        assert own_bytes(format, entry) == entry
    else:
        assert (b"<source" in entry, b"<source" in own_bytes(format, entry)) == (True, False)


def test_the_latest_of_entries() -> None:
    """As they say it themselves, not as their texts do."""
    entries = split("json", jsonfeed.json(FEED, FACTS, [post(1), post(3), post(2)]))
    assert latest(entries.values()) == "2024-08-03T12:00:01.250Z"
    assert latest([]) == NEVER
