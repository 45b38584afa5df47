"""The checks of published files: they pass what is right, and each of their rules refuses what breaks it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import (
    check_atom,
    check_html,
    check_json_feed,
    check_opml,
    check_rss,
    check_site,
    history_faults,
    oembed_faults,
    page_faults,
    refuse,
)
from tests.conformance.markup import POLICY
from tests.conftest import FixedClock
from tracker import workspace as workspaces
from tracker.publish import publish
from tracker.workspace import Workspace

FIRST, SECOND, FEED = (f"urn:uuid:00000000-0000-7000-8000-00000000000{digit}" for digit in "123")

XHTML = '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One<br/>two</p></div></content>'

ATOM = f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"
  xmlns:fh="http://purl.org/syndication/history/1.0" xml:lang="en">
  <id>{FEED}</id>
  <title>The desk</title>
  <updated>2024-08-02T12:00:00.5+00:00</updated>
  <author><name>Desk</name></author>
  <link href="https://desk.example/all.atom" rel="self"/>
  <link href="https://desk.example/" type="text/html"/>
  <at:deleted-entry ref="{FIRST}" when="2024-08-01T11:00:00Z"/>
  <entry>
    <id>{SECOND}</id>
    <title type="html">AT&amp;amp;T pays</title>
    <updated>2024-08-02T12:00:00.5Z</updated>
    <link href="https://desk.example/stories/s/#2"/>
    <content type="html">&lt;p&gt;Some &lt;a href="https://a.example/"&gt;text&lt;/a&gt;&lt;br&gt;&lt;/p&gt;</content>
  </entry>
  <entry>
    <id>{FIRST}</id>
    <title>A story</title>
    <updated>2024-08-01T12:00:00Z</updated>
    <published>2024-08-01T10:00:00Z</published>
    <category term="opened" scheme="https://desk.example/types/"/>
    {XHTML}
  </entry>
</feed>
"""

ENTRY = f"""<entry xmlns="http://www.w3.org/2005/Atom"><id>{FIRST}</id><title>Alone</title>
<updated>2024-08-01T12:00:00Z</updated><author><name>Desk</name></author><content>Text</content></entry>
"""

ARCHIVED = ATOM.replace(
    "<at:", '<fh:archive/><link href="https://desk.example/all.atom" rel="current"/><at:'
).replace('all.atom" rel="self"', 'all-2024-08.atom" rel="self"')

COMPLETE = ATOM.replace("<at:", "<fh:complete/><at:")

PUBLISHED = "<pubDate>Fri, 02 Aug 2024 12:00:00 +0000"

RSS = f"""<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:fh="http://purl.org/syndication/history/1.0"
  version="2.0">
  <channel>
    <language>en-GB</language>
    <description>What happens</description>
    <title>The desk</title>
    <link>https://desk.example/</link>
    <atom:link href="https://desk.example/all.rss" rel="self" type="application/rss+xml"/>
    <lastBuildDate>Fri, 02 Aug 2024 12:00:00 +0000</lastBuildDate>
    <docs>https://www.rssboard.org/rss-specification</docs>
    <ttl>5</ttl>
    <sy:updatePeriod>hourly</sy:updatePeriod>
    <sy:updateFrequency>12</sy:updateFrequency>
    <sy:updateBase>2024-01-01T00:00:00Z</sy:updateBase>
    <item>
      <title>They pay</title>
      <link>https://desk.example/stories/s/#2</link>
      <guid isPermaLink="false">{SECOND}</guid>
      <description>In short</description>
      <content:encoded>&lt;p&gt;At length&lt;/p&gt;</content:encoded>
      <category domain="https://desk.example/types/">report</category>
      <category>money</category>
      {PUBLISHED}</pubDate>
      <atom:updated>2024-08-02T12:00:00Z</atom:updated>
    </item>
    <item>
      <title>A story</title>
      <link>https://desk.example/stories/s/#1</link>
      <guid isPermaLink="false">{FIRST}</guid>
      <description>In short</description>
      <content:encoded>&lt;p&gt;All of it&lt;/p&gt;</content:encoded>
      <pubDate>Thu, 1 Aug 2024 12:00:00 GMT</pubDate>
    </item>
  </channel>
</rss>
"""

JSON = f"""{{
  "version": "https://jsonfeed.org/version/1.1",
  "title": "The desk",
  "home_page_url": "https://desk.example/",
  "feed_url": "https://desk.example/all.json",
  "next_url": "https://desk.example/all-2024-07.json",
  "description": "What happens",
  "language": "en",
  "authors": [{{"name": "Desk", "url": "https://desk.example/"}}],
  "expired": false,
  "_tracker": {{"about": "https://tracker.example/"}},
  "items": [
    {{
      "id": "{SECOND}",
      "url": "https://desk.example/stories/s/#2",
      "title": "They pay",
      "content_html": "<p>At length</p>",
      "summary": "In short",
      "date_published": "2024-08-02T12:00:00Z",
      "date_modified": "2024-08-02T13:00:00.25+00:00",
      "tags": ["report", "money"],
      "attachments": [{{"url": "https://desk.example/a.pdf", "mime_type": "application/pdf"}}],
      "_tracker": {{"occurred": "2024-08"}}
    }},
    {{"id": "{FIRST}", "content_text": "Plain"}}
  ]
}}
"""

OPML = """<?xml version='1.0' encoding='UTF-8'?>
<opml version="2.0">
  <head><title>The desk</title><dateModified>Fri, 02 Aug 2024 12:00:00 +0000</dateModified></head>
  <body>
    <outline text="Everything" type="rss" xmlUrl="https://desk.example/all.atom" htmlUrl="https://desk.example/"/>
    <outline text="Stories">
      <outline text="A story" type="rss" xmlUrl="https://desk.example/stories/s/developments.atom"/>
    </outline>
  </body>
</opml>
"""

HTML = '<p>Some <a href="https://a.example/">text</a>, 1 &lt; 2<br></p><ul><li id="x">one</li></ul>'


POLICED = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'

PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">{POLICED}<title>A story</title>
<link rel="stylesheet" href="../../style.css">
<script src="../../script.js" defer></script>
<link rel="canonical" href="https://desk.example/stories/s/1.html">
<meta property="og:title" content="A story"><meta property="og:type" content="article">
<meta property="og:url" content="https://desk.example/stories/s/1.html">
<script type="application/ld+json">{{"@type": "LiveBlogPosting", "url": "https://desk.example/\\u003c"}}</script>
</head><body><main id="main">
<form id="filter" hidden><label for="date">Until</label> <input type="date" id="date">
<label for="slider">Back</label> <input type="range" id="slider" min="0"><input type="search" aria-label="Find">
<select aria-labelledby="filter main"><option value="">all</option></select>
<button type="button" disabled>Now</button></form>
<svg viewBox="0 0 9 9" role="img"><title>Two</title><g data-known="2"><path d="M0 0"/></g></svg>
</main></body></html>
"""

OEMBED = """{
  "version": "1.0", "type": "rich", "title": "They pay", "author_name": "Desk", "provider_name": "The desk",
  "provider_url": "https://desk.example/", "html": "<blockquote><p>They pay</p></blockquote>",
  "width": 600, "height": 240
}
"""

TURNS = """{
"format": "tracker/1", "story": "s", "sections": ["In force", "Reported"],
"steps": [
  {"seq": 1, "recorded": "2024-08-01T12:00:01.000Z", "items": [["title", -1, "", "A story", 0],
    ["status", -1, "", "open", 0], ["summary", -1, "", "<p>What it is about</p>", 0]]},
  {"seq": 2, "recorded": "2024-08-01T12:00:02.000Z", "items": [["claim/a", 1, "000000002", "They pay", 2]]},
  {"seq": 3, "recorded": "2024-08-01T12:00:02.000Z", "items": [["claim/a"], ["summary", -1, "", "", 0]]},
  {"seq": 4, "recorded": "2024-08-01T12:00:03.000Z", "items": []}
],
"was": {"2": [[3, "<h4><a href=\\"2.html\\">They pay</a></h4>", "", "x"],
  [4, "<h4>They paid</h4>", "retracted", "x y"]]}
}
"""


def broken(document: str, old: str, new: str) -> bytes:
    """The document with one thing changed."""
    assert document.count(old) >= 1, f"{old!r} is not there"
    return document.replace(old, new, 1).encode()


def refused(check: Callable[[bytes], None], data: bytes, says: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(says)):
        check(data)


@pytest.mark.parametrize("document", [ATOM, ENTRY, ARCHIVED, COMPLETE])
def test_good_atom_passes(document: str) -> None:
    """A feed, an entry that stands alone, an archive, and a feed that says it is the whole."""
    check_atom(document.encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<link href="https://desk.example/" type="text/html"/>', '<x:y xmlns:x="urn:x">z</x:y>'),
        ('<link href="https://desk.example/" type="text/html"/>', '<x:y xmlns:x="urn:x" a="b">z<x:w/></x:y>'),
        ("<name>Desk</name>", '<name>Desk</name><x:y xmlns:x="urn:x"/>'),
        ("<entry>", '<entry><source><x:y xmlns:x="urn:x"><x:w/></x:y><title>Elsewhere</title></source>'),
        ("<entry>", '<entry x:y="z" xmlns:x="urn:x">'),
        ('content type="html"', 'content type="text"'),
        (XHTML, '<content src="https://desk.example/film" type="video/mp4"/><summary>A film</summary>'),
        (XHTML, '<content type="image/svg+xml"><svg xmlns="http://www.w3.org/2000/svg"/></content>'),
        (XHTML, '<link href="https://desk.example/stories/s/#1"/>'),
        ("<author><name>Desk</name></author>\n", "<author><name>Desk</name><uri>urn:x:y</uri></author>"),
    ],
)  # fmt: skip
def test_atom_may_be_extended(old: str, new: str) -> None:
    """By what is not Atom's, where RFC 4287 allows it; and content is of any kind."""
    check_atom(broken(ATOM, old, new))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("</feed>", "", "not well-formed"),
        (f"<id>{FEED}</id>", "", "validate"),
        ("<title>The desk</title>", "", "validate"),
        ("<updated>2024-08-02T12:00:00.5+00:00</updated>", "", "validate"),
        ("<title>A story</title>", "", "validate"),
        ("<title>A story</title>", "<title>A story</title><title>Another</title>", "validate"),
        ("<updated>2024-08-01T12:00:00Z</updated>", "", "validate"),
        ("<entry>", "<story/><entry>", "story"),
        ("<entry>", '<entry story="x">', "Invalid attribute story"),
        ("<entry>", "<entry><subtitle>x</subtitle>", "validate"),
        ("</feed>", "<subtitle>too late</subtitle></feed>", "extra content"),
        ("<name>Desk</name>", "", "validate"),
        ("<name>Desk</name>", "<name>Desk</name><email>none</email>", "validate"),
        ('title type="html"', 'title type="markdown"', "validate"),
        ('<div xmlns="http://www.w3.org/1999/xhtml">', "<div>", "validate"),
        ('xml:lang="en"', 'xml:lang="very english"', "Invalid attribute lang"),
        ('type="text/html"', 'type="html"', "validate"),
        (' term="opened"', "", "validate"),
        ("2024-08-01T12:00:00Z", "yesterday", "'yesterday' is not one of RFC 3339"),
        ("2024-08-01T12:00:00Z", "2024-08-01T12:00:00", "is not one of RFC 3339"),
        ("2024-08-01T10:00:00Z", "2024-08-32T10:00:00Z", "is not one of RFC 3339"),
        ("<author><name>Desk</name></author>", "", f"{SECOND}: has no author"),
        ('<link href="https://desk.example/" type="text/html"/>', '<link href="/" type="text/html"/>',
         "'/' is not absolute"),
        ("https://desk.example/stories/s/#2", "https://", "is not absolute"),
        ("https://desk.example/stories/s/#2", "https://[desk/", "is not absolute"),
        ("https://desk.example/stories/s/#2", "https://desk.example/a b", "is not absolute"),
        ("https://desk.example/stories/s/#2", "ftp://desk.example/", "is not absolute"),
        ('scheme="https://desk.example/types/"', 'scheme="types/"', "is not absolute"),
        ("<name>Desk</name>", "<name>Desk</name><uri>desk.example</uri>", "is not absolute"),
        ("<title>The desk</title>", "<title>The desk</title><icon>icon.png</icon>", "is not absolute"),
        (f"<id>{FEED}</id>", "<id>https://desk.example/</id>", "is no urn:uuid"),
        (f"<id>{FIRST}</id>", f"<id>{FIRST}</id>".upper().replace("ID>", "id>"), "is no urn:uuid"),
        (f"<id>{FIRST}</id>", f"<id>{SECOND}</id>", "two entries have this id"),
        ("12:00:00.5+00:00", "12:00:01+00:00", "its newest entry 2024-08-02T12:00:00.5"),
        ("12:00:00.5+00:00", "12:00:00+00:00", "its newest entry 2024-08-02T12:00:00.5"),
        ("<at:", '<link href="https://desk.example/other" type="text/html"/><at:', "two alternate links"),
        ("<entry>", '<entry><link href="https://desk.example/other"/>', "two alternate links"),
        ('rel="self"', 'rel="related"', "no link rel=self"),
        ("<at:", '<link href="https://desk.example/all" rel="self"/><at:', "more than one link rel=self"),
        (XHTML, "",
         "neither content nor an alternate link"),
        (XHTML, '<content src="https://desk.example/page"/>', "no summary"),
        (XHTML, '<content type="image/png">AAAA</content>', "no summary"),
        (XHTML, '<content type="text/plain"><x:y xmlns:x="urn:x"/></content>', "elements in content of type"),
        (XHTML, '<content src="https://desk.example/page">both</content>', "validate"),
        ("&lt;br&gt;", "&lt;script&gt;", "a <script>"),
        ("<p>One<br/>two</p>", '<p onclick="x()">One</p>', "attribute onclick"),
        ("AT&amp;amp;T", "&lt;b&gt;AT&amp;amp;T", "<b> is not closed"),
        ("<at:", f'<at:deleted-entry ref="{FIRST}" when="2024-08-01T11:00:00Z"/><at:', "two tombstones"),
        ('when="2024-08-01T11:00:00Z"', 'when="2024-08-01T12:00:00Z"', "not newer than its tombstone"),
        ('when="2024-08-01T11:00:00Z"', 'when="then"', "no urn:uuid or no date"),
        (f'ref="{FIRST}"', 'ref="one"', "no urn:uuid or no date"),
    ],
)  # fmt: skip
def test_bad_atom_is_refused(old: str, new: str, says: str) -> None:
    """By the rule that it breaks."""
    refused(check_atom, broken(ATOM, old, new), says)


@pytest.mark.parametrize(
    ("document", "old", "new", "says"),
    [
        (ENTRY, "<author><name>Desk</name></author>", "", "has no author, nor has its feed"),
        (ENTRY.replace("</entry", "</story"), "entry", "story", "Did not expect element story"),
        (ARCHIVED, "<fh:archive/>", "<fh:archive/><fh:complete/>", "both complete and an archive"),
        (ARCHIVED, 'rel="current"', 'rel="related"', "an archive without a link rel=current"),
        (ARCHIVED, "<fh:archive/>", '<link href="https://desk.example/all-2024-08.atom" rel="prev-archive"/>',
         "is its own prev-archive"),
        (ATOM, "<at:", '<link href="https://desk.example/a" rel="next-archive"/><at:', "yet is no archive"),
        (COMPLETE, "<at:", '<link href="https://desk.example/a" rel="prev-archive"/><at:',
         "complete and yet has a link rel=prev-archive"),
    ],
)  # fmt: skip
def test_bad_entries_and_archives_are_refused(document: str, old: str, new: str, says: str) -> None:
    """What is no plain feed has rules of its own."""
    refused(check_atom, broken(document, old, new), says)


def test_an_empty_feed_has_an_author() -> None:
    """Nobody else could have signed it; with one it passes, and was updated whenever it says."""
    empty = re.sub("<entry>.*</entry>", "", ATOM, flags=re.DOTALL)
    check_atom(empty.encode())
    refused(check_atom, broken(empty, "<author><name>Desk</name></author>", ""), "neither an author nor an entry")


def test_every_fault_is_listed() -> None:
    """One run says all that has to be mended."""
    worse = ATOM.replace("https://desk.example/stories/s/#2", "there").replace(FEED, "me")
    with pytest.raises(AssertionError) as raised:
        check_atom(worse.encode())
    assert str(raised.value).split("\n") == [
        "the id 'me' is no urn:uuid",
        f"{SECOND}: the address 'there' is not absolute",
    ]


def test_good_rss_passes() -> None:
    """In whatever order its elements come; and as an archive."""
    check_rss(RSS.encode())
    archive = '<fh:archive/><atom:link href="https://desk.example/all.rss" rel="current"/><ttl>'
    check_rss(broken(RSS.replace("all.rss", "all-2024-08.rss", 1), "<ttl>", archive))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("</rss>", "", "not well-formed"),
        ('version="2.0"', 'version="0.91"', "is no RSS 2.0"),
        ("</channel>", "</channel><channel/>", "has not one channel"),
        ("<title>The desk</title>", "", "has no title"),
        ("<link>https://desk.example/</link>", "", "has no link"),
        ("<description>What happens</description>", "<description> </description>", "has no description"),
        ("<ttl>", "<story/><ttl>", "no <story> in <channel>"),
        ("<guid", "<ttl>5</ttl><guid", "no <ttl> in <item>"),
        ("<ttl>5</ttl>", "<ttl>5</ttl><ttl>6</ttl>", "more than one <ttl>"),
        ("<title>They pay</title>", "<title>They pay</title><title>They lend</title>", "more than one <title>"),
        ("<category>", "<content:encoded>x</content:encoded><category>", "more than one content:encoded"),
        ("<ttl>5</ttl>", "<ttl>0</ttl>", "the ttl '0'"),
        ("<ttl>5</ttl>", "<ttl>soon</ttl>", "the ttl 'soon'"),
        ("en-GB", "British English", "the language"),
        ("<ttl>", "<webMaster>Desk</webMaster><ttl>", "webMaster has no e-mail address"),
        (">hourly<", ">Hourly<", "sy:updatePeriod may not be 'Hourly'"),
        (">12<", ">often<", "sy:updateFrequency may not be 'often'"),
        (">2024-01-01T00:00:00Z<", ">2024<", "sy:updateBase may not be '2024'"),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", "<sy:updateperiod>hourly</sy:updateperiod>",
         "there is no sy:updateperiod"),
        ("<title>They pay</title>", "", "has no title"),
        ("<link>https://desk.example/stories/s/#2</link>", "", "has no link"),
        ("<description>In short</description>", "", "has no description"),
        ("<content:encoded>&lt;p&gt;At length&lt;/p&gt;</content:encoded>", "", "has no content:encoded"),
        (f"{PUBLISHED}</pubDate>", "", "has no pubDate"),
        (f'<guid isPermaLink="false">{SECOND}</guid>', "", "has no guid"),
        ('isPermaLink="false"', "", "passes for an address"),
        ('isPermaLink="false"', 'isPermaLink="true"', "passes for an address"),
        (SECOND, FIRST, "two items have this guid"),
        (SECOND, "2", "is no urn:uuid"),
        ("<category>", "<author>desk@desk.example</author><category>", "takes for an e-mail address"),
        ("<description>In short</description>", "<content:encoded>x</content:encoded><description>x</description>",
         "after content:encoded"),
        (PUBLISHED, "<pubDate>2024-08-02T12:00:00Z", "not one of RFC 822"),
        (PUBLISHED, "<pubDate>Fri, 02 Aug 24 12:00:00 +0000",
         "not one of RFC 822"),
        (PUBLISHED, "<pubDate>Fri, 42 Aug 2024 12:00:00 +0000",
         "not one of RFC 822"),
        ("<lastBuildDate>Fri", "<lastBuildDate>Mon", "not one of RFC 822"),
        ("<atom:updated>2024-08-02T12:00:00Z", "<atom:updated>Friday", "not one of RFC 3339"),
        ("<link>https://desk.example/</link>", "<link>/</link>", "'/' is not absolute"),
        ("https://desk.example/stories/s/#2", "stories/s/#2", "is not absolute"),
        ("https://www.rssboard.org/rss-specification", "rss-specification", "is not absolute"),
        ('domain="https://desk.example/types/"', 'domain="types"', "is not absolute"),
        ("https://desk.example/all.rss", "all.rss", "is not absolute"),
        ("<category>", '<source url="x">y</source><category>', "is not absolute"),
        ('rel="self"', 'rel="related"', "no link rel=self"),
        ("<ttl>", "<fh:archive/><ttl>", "an archive without a link rel=current"),
        ("In short", "In &lt;iframe&gt;&lt;/iframe&gt;short", "a <iframe>"),
        ("At length", '&lt;a href="/x"&gt;At length&lt;/a&gt;', "the address '/x' is not absolute"),
    ],
)  # fmt: skip
def test_bad_rss_is_refused(old: str, new: str, says: str) -> None:
    """By the rule that it breaks."""
    refused(check_rss, broken(RSS, old, new), says)


def test_good_json_passes() -> None:
    """With dates, authors, tags, extensions and the feed that comes next."""
    check_json_feed(JSON.encode())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("}\n  ]\n}", "}\n  ]\n", "is no JSON"),
        ('"title": "The desk"', '"title": "The desk", "title": "Another"', "'title' is there twice"),
        ("version/1.1", "version/1", "version is"),
        ('"version": "https://jsonfeed.org/version/1.1",', "", "has no version"),
        ('"title": "The desk",', "", "has no title"),
        ('"feed_url": "https://desk.example/all.json",', "", "has no feed_url"),
        ('"items"', '"_items"', "has no items"),
        ('"title": "The desk"', '"title": ""', "not a text with something in it"),
        ('"items": [', '"items": ["one",', "not a list of objects"),
        ('"home_page_url": "https://desk.example/"', '"home_page_url": "/"', "home_page_url is '/'"),
        ('"description": "What happens"', '"description": 5', "description is '5', not a text"),
        ("all-2024-07.json", "all.json", "is its own next_url"),
        ("https://desk.example/all-2024-07.json", "all-2024-07.json", "next_url is"),
        ('"language": "en"', '"language": "in English"', "not a language"),
        ('"expired": false', '"expired": "no"', "not true or false"),
        ('[{"name": "Desk", "url": "https://desk.example/"}]', '{"name": "Desk"}', "authors is"),
        ('{"name": "Desk", "url": "https://desk.example/"}', '"Desk"', "authors is"),
        ('"name": "Desk", "url"', '"url"', "authors is"),
        ('"name": "Desk", "url"', '"name": " ", "url"', "authors is"),
        ('"name": "Desk"', '"name": "Desk", "email": "x"', "authors is"),
        ('"authors": [{"name": "Desk", "url": "https://desk.example/"}]', '"author": {"name": "Desk"}',
         "author is neither a field of JSON Feed 1.1"),
        ('"expired"', '"tracker"', "tracker is neither a field"),
        ('"_tracker": {"about"', '"_": {"about"', "_ is no name of an extension"),
        ('"_tracker": {"occurred"', '"occurred": {"occurred"', "occurred is neither a field"),
        (f'"id": "{FIRST}"', '"id": 1', "id is '1', not a text"),
        (f'"id": "{FIRST}"', '"id": ""', "id is ''"),
        (f'"id": "{FIRST}", ', "", "has no id"),
        (FIRST, SECOND, "two items have this id"),
        ("https://desk.example/stories/s/#2", "stories/s/#2", "url is 'stories/s/#2'"),
        ('"2024-08-02T12:00:00Z"', '"2 August 2024"', "not a date of RFC 3339"),
        ('"2024-08-02T13:00:00.25+00:00"', "1722603600", "not a date of RFC 3339"),
        ('["report", "money"]', '"report"', "not a list of texts"),
        ('["report", "money"]', '["report", 5]', "not a list of texts"),
        ('"mime_type": "application/pdf"', '"type": "application/pdf"', "not a list of attachments"),
        (', "content_text": "Plain"', "", "neither content_html nor content_text"),
        ("<p>At length</p>", "<p>At length", "<p> is not closed"),
    ],
)  # fmt: skip
def test_bad_json_is_refused(old: str, new: str, says: str) -> None:
    """By the rule that it breaks."""
    refused(check_json_feed, broken(JSON, old, new), says)


def test_json_is_an_object_in_utf_8() -> None:
    """Anything else is no feed."""
    refused(check_json_feed, b"[]", "is no object")
    refused(check_json_feed, JSON.replace("They", "\u00fe").encode("latin-1"), "is no JSON")


def test_only_an_archive_may_be_long() -> None:
    """What is polled all day stays below a quarter of a megabyte."""
    long = JSON.replace("Plain", "x" * 250_000).encode()
    check_json_feed(long, archive=True)
    refused(check_json_feed, long, "too many to poll")


def test_good_opml_passes() -> None:
    """Feeds, and feeds in groups."""
    check_opml(OPML.encode())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("</opml>", "", "not well-formed"),
        ('version="2.0"', 'version="1.0"', "is no OPML 2.0"),
        ("<title>The desk</title>", "", "has no title"),
        ("</head>", "</head><foot/>", "has not a head and a body"),
        ("Fri, 02 Aug 2024 12:00:00 +0000", "2024-08-02", "not one of RFC 822"),
        (OPML[OPML.index("<outline") : OPML.index("</body>")], "", "lists nothing"),
        ('text="Everything"', 'title="Everything"', "has no text"),
        ('text="Everything"', 'text=" "', "has no text"),
        ('text="Everything" type="rss"', 'text="Everything"', "of type None"),
        ('type="rss"', 'type="atom"', "of type 'atom'"),
        (' xmlUrl="https://desk.example/all.atom"', "", "a feed without xmlUrl"),
        ('xmlUrl="https://desk.example/all.atom"', 'xmlUrl="all.atom"', "'all.atom' is not absolute"),
        ('htmlUrl="https://desk.example/"', 'htmlUrl="/"', "'/' is not absolute"),
        ("stories/s/developments.atom", "all.atom", "https://desk.example/all.atom is listed twice"),
    ],
)
def test_bad_opml_is_refused(old: str, new: str, says: str) -> None:
    """By the rule that it breaks."""
    refused(check_opml, broken(OPML, old, new), says)


def test_good_html_passes() -> None:
    """As an entry has it."""
    check_html(HTML)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("<br>", "<script>x()</script>", "a <script>"),
        ("<br>", "<style>p { color: red }</style>", "a <style>"),
        ("<br>", '<iframe src="https://a.example/"></iframe>', "a <iframe>"),
        ("<br>", '<meta name="x">', "a <meta>"),
        ("<p>", '<p onload="x()">', "attribute onload"),
        ("<p>", '<P ONLOAD="x()">', "attribute onload"),
        ("<p>", '<p style="color: red">', "attribute style"),
        ("https://a.example/", "javascript:x()", "is a program"),
        ("https://a.example/", "JAVA\nscript:x()", "is a program"),
        ("https://a.example/", "&#106;avascript:x()", "is a program"),
        ("https://a.example/", "data:text/html,x", "is a program"),
        ("https://a.example/", "/there", "is not absolute"),
        ("https://a.example/", "#here", "is not absolute"),
        ("https://a.example/", "//a.example/", "is not absolute"),
        ("https://a.example/", "mailto:desk@desk.example", "is not absolute"),
        ("<br>", "<img src='dot.png'>", "is not absolute"),
        ("</p>", "", "<p> is not closed"),
        ("</a>", "", "</p> closes ['a']"),
        ("</ul>", "</ul></div>", "</div> closes nothing"),
        ("<p>", '<p id="x">', "the place 'x' is there twice"),
    ],
)
def test_bad_html_is_refused(old: str, new: str, says: str) -> None:
    """By the rule that it breaks."""
    refused(lambda data: check_html(data.decode()), broken(HTML, old, new), says)


def test_a_good_page_passes() -> None:
    """With its script and its data, with controls that send nothing, and with a drawing."""
    refuse(page_faults(PAGE))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("<!doctype html>", "", "does not begin with <!doctype html>"),
        (POLICED, "", "0 instead of one Content-Security-Policy"),
        (POLICED, POLICED * 2, "2 instead of one Content-Security-Policy"),
        ("script-src 'self'", "script-src 'self' 'unsafe-inline'", "its Content-Security-Policy is"),
        ("; form-action 'none'", "", "its Content-Security-Policy is"),
        ("http-equiv", "name", "0 instead of one Content-Security-Policy"),
        ("<title>", '<meta http-equiv="refresh" content="0; url=https://a.example/"><title>',
         "stands for a header refresh"),
        (POLICED, f'<script src="../../script.js" defer></script>{POLICED}',
         "a script comes before the Content-Security-Policy"),
        (POLICED, f'<link rel="stylesheet" href="../../style.css">{POLICED}', "a style sheet comes before"),
        (POLICED, f'<script src="../../script.js" defer></script>{POLICED}', "script.js is loaded twice"),
        ("defer></script>", "defer>x()</script>", "a <script> that says 'x()'"),
        ("</main>", "<script>x()</script></main>", "which is neither the site's nor data"),
        ("</main>", '<script src="other.js" defer></script></main>', "which is neither the site's nor data"),
        ('src="../../script.js" defer', 'src="https://a.example/script.js" defer', "neither the site's nor data"),
        ('src="../../script.js" defer', 'src="//a.example/script.js" defer', "neither the site's nor data"),
        ('src="../../script.js" defer', 'src="../../script.js"', "neither the site's nor data"),
        ('src="../../script.js" defer', 'src="../../script.js" type="module" defer',
         "neither the site's nor data"),
        ("application/ld+json", "text/javascript", "which is neither the site's nor data"),
        ('type="application/ld+json"', 'type="application/ld+json" src="../../script.js"',
         "neither the site's nor"),
        ("\\u003c", "<", "the data in a <script> may end it"),
        ("\\u003c", "<!--", "the data in a <script> may end it"),
        ("LiveBlogPosting", '"', "the data in a <script> is no JSON"),
        ("style.css", "other.css", "the style sheet '../../other.css' is not the site's"),
        ("../../style.css", "https://a.example/style.css", "is not the site's"),
        ("<title>", '<link rel="icon" href="https://a.example/icon.svg"><title>', "is not the site's"),
        ('rel="canonical"', 'rel="preload"', "a <link> to what is 'preload' of it"),
        ("</head>", '<link rel="canonical" href="https://desk.example/"></head>', "has two canonical addresses"),
        ('<meta property="og:title" content="A story">', "", "has no og:title"),
        ('<meta property="og:title" content="A story">', '<meta property="og:title" content="">',
         "has no og:title"),
        ('property="og:type"', 'property="og:kind"', "has no og:type"),
        ('property="og:url"', 'property="og:link"', "has no og:url"),
        ('property="og:type"', 'property="og:title"', "has og:title twice"),
        ("<form", '<form action="https://a.example/"', "a <form> has action"),
        ("<form", '<form method="post"', "a <form> has method"),
        ('type="range"', 'type="text"', "an <input> of the type text"),
        ('type="range"', 'type="image" src="x.png"', "an <input> of the type image"),
        ('type="range" ', "", "an <input> of the type None"),
        ('type="date"', 'type="date" formaction="https://a.example/"', "there is a formaction"),
        ('type="button"', "", "a <button> of the type None"),
        ('type="button"', 'type="submit"', "a <button> of the type submit"),
        ('type="button"', 'type="button" formaction="x"', "there is a formaction"),
        ("<select", "<textarea></textarea><select", "a <textarea>"),
        ("<path", "<foreignObject/><path", "a <foreignobject>"),
        ("<path", '<use href="#main"/><path', "a <use>"),
        ("<path", '<animate attributeName="href"/><path', "a <animate>"),
        ("<path", '<path onclick="x()"', "attribute onclick"),
        ("<path", '<path style="color: red"', "attribute style"),
        ('<main id="main">', '<main id="main" onload="x()">', "attribute onload"),
        ('<main id="main">', '<main id="main" id="filter">', "<main> has two attributes id"),
        ("</main>", '<iframe src="../../"></iframe></main>', "a <iframe>"),
        ("</main>", "<style>p { color: red }</style></main>", "a <style>"),
        ("</main>", '<base href="https://a.example/"></main>', "a <base>"),
        ('id="slider"', 'id="date"', "the place 'date' is there twice"),
        ('id="slider"', 'id="sli der"', "'sli der' is no name of a place"),
        ('for="slider"', 'for="slide"', "'slide' is named and not there"),
        ('"filter main"', '"filter none"', "'none' is named and not there"),
        ("</option>", "", "</select> closes ['option']"),
        ("</svg>", "", "</main> closes ['svg']"),
        ('href="../../style.css"', 'href="javascript:x()"', "is a program"),
    ],
)  # fmt: skip
def test_a_bad_page_is_refused(old: str, new: str, says: str) -> None:
    """By the rule that it breaks."""
    refused(lambda data: refuse(page_faults(data.decode())), broken(PAGE, old, new), says)


@pytest.mark.parametrize(
    "tag",
    ["button", "form", "input", "label", "link", "main", "nav", "script", "select", "svg", "textarea", "title"],
)
def test_what_is_on_pages_is_in_no_entry(tag: str) -> None:
    """Though it be harmless there."""
    refused(lambda data: check_html(data.decode()), f'<{tag} type="search">'.encode(), f"there is a <{tag}>")


def test_a_good_embedding_passes() -> None:
    """With all that oEmbed asks of a rich one."""
    refuse(oembed_faults(OEMBED.encode()))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("240\n}", "240\n", "is no JSON"),
        ('"type": "rich"', '"type": "rich", "type": "rich"', "'type' is there twice"),
        ('"1.0"', "1.0", "version is 1.0, not '1.0'"),
        ('"1.0"', '"2.0"', "version is '2.0'"),
        ('"version": "1.0", ', "", "has no version"),
        ('"rich"', '"photo"', "type is 'photo'"),
        ('"html"', '"markup"', "has no html"),
        ('"html"', '"markup"', "markup is no field of oEmbed 1.0"),
        ('"width": 600, ', "", "has no width"),
        ("600", '"600"', "width is '600', not a number of pixels"),
        ("600", "true", "width is True, not a number of pixels"),
        ("240", "0", "height is 0, not a number of pixels"),
        ('"They pay"', '" "', "title is ' '"),
        ('"Desk"', "null", "author_name is None"),
        ("https://desk.example/", "/", "provider_url is '/', not an absolute address"),
        ("<p>", "<script>", "a <script>"),
        ("<p>", "<p><iframe></iframe>", "a <iframe>"),
        ("<p>", "<p onclick='x()'>", "attribute onclick"),
        ("<p>", "<p><a href='../1.html'>x</a>", "is not absolute"),
        ("</p>", "", "</blockquote> closes ['p']"),
    ],
)  # fmt: skip
def test_a_bad_embedding_is_refused(old: str, new: str, says: str) -> None:
    """By the rule that it breaks."""
    refused(lambda data: refuse(oembed_faults(data)), broken(OEMBED, old, new), says)


def test_a_good_history_passes() -> None:
    """With what came, what went, and what read otherwise."""
    refuse(history_faults(TURNS.encode()))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("}\n}", "}\n", "is no JSON"),
        ('"story": "s", ', "", "has no story"),
        ('"story": "s"', '"story": "s", "more": 1', "has a more"),
        ("tracker/1", "tracker/2", "its format is 'tracker/2'"),
        ('["In force", "Reported"]', '"In force"', "the sections are"),
        ('"In force", "Reported"', '"In force", ""', "the sections are"),
        ('"In force", "Reported"', '"Reported", "Reported"', "the sections are"),
        (TURNS[TURNS.index('"steps"') : TURNS.index('"was"')], '"steps": [],', "has no steps"),
        ('"seq": 2', '"seq": 3', "step 2 is"),
        ('{"seq": 4,', '{"seq": 4, "more": 1,', "step 4 is"),
        ("12:00:01.000Z", "12:00:01Z", "step 1 was recorded '2024-08-01T12:00:01Z'"),
        ("2024-08-01T12:00:01.000Z", "2024-08-41T12:00:01.000Z", "step 1 was recorded"),
        ("12:00:03.000Z", "12:00:00.000Z", "step 4 was recorded before the one before it"),
        ('["claim/a", 1, "000000002", "They pay", 2]', '["claim/a"]',
         "step 2: claim/a is gone and was never there"),
        ('["claim/a"],', '["claim/b"],', "step 3: claim/b is gone and was never there"),
        ('["claim/a"],', '["claim/a"], ["claim/a"],', "step 3 has claim/a twice"),
        ('["claim/a"],', '["claim/a", 1],', "is no item"),
        ('["claim/a"],', '"claim/a",', "is no item"),
        ('["claim/a"],', "[1],", "is no item"),
        ('["claim/a"],', '["status"],', "at step 3 there is no status"),
        ('["title", -1, "", "A story", 0],', "", "at step 1 there is no title"),
        ('"claim/a", 1', '"claim/a", 2', "claim/a stands in the section 2"),
        ('"claim/a", 1', '"claim/a", true', "claim/a stands in the section True"),
        ('"claim/a", 1', '"claim/a", -1', "claim/a stands where it does not belong"),
        ('"title", -1', '"title", 0', "title stands where it does not belong"),
        ('"000000002"', "2", "claim/a says 'They pay', in the order of 2"),
        ('"They pay", 2', '"", 2', "claim/a says ''"),
        ('"They pay", 2', '"They pay", 3', "claim/a rests on 3"),
        ('"They pay", 2', '"They pay", 0', "claim/a rests on 0"),
        ("<p>What it is about</p>", "<p>What it is about", "step 1: <p> is not closed"),
        ("<p>What it is about</p>", "<script></script>", "step 1: there is a <script>"),
        ("<p>What it is about</p>", "<a href='2.html'>x</a>", "step 1: the address '2.html' is not absolute"),
        ('{"2":', '{"4":', "there is no development 4 that was amended"),
        ('{"2":', '{"02":', "there is no development 02 that was amended"),
        (TURNS[TURNS.index('{"2"') : -2], "[]", "what was is []"),
        ("[3, ", "[2, ", "development 2 read so until 2, after 2"),
        ("[3, ", "[4, ", "development 2 read so until 4, after 4"),
        ("[4, ", "[5, ", "development 2 read so until 5, after 3"),
        ("[4, ", '["4", ', "development 2 was ['4',"),
        ('</h4>", "", "x"]', '</h4>", ""]', "development 2 was [3,"),
        ('</h4>", "", "x"]', '</h4>", "brief", "x"]', "development 2 was of the kind 'brief'"),
        ('"x y"', '"X y"', "development 2 named the parties 'X y'"),
        ("<h4>They paid</h4>", "<h4>They paid", "development 2: <h4> is not closed"),
        ("<h4>They paid</h4>", "<form></form>", "development 2: there is a <form>"),
        ("<h4>They paid</h4>", "<h4 onclick='x()'>They paid</h4>", "development 2: <h4> has an attribute onclick"),
        ("2.html", "javascript:x()", "development 2: the address 'javascript:x()' is a program"),
    ],
)  # fmt: skip
def test_a_bad_history_is_refused(old: str, new: str, says: str) -> None:
    """By the rule that it breaks."""
    refused(lambda data: refuse(history_faults(data)), broken(TURNS, old, new), says)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A desk that published two stories in which everything happens that can happen to a development."""
    root, clock = str(tmp_path_factory.mktemp("published") / "desk"), FixedClock()
    workspaces.init(root, "The desk", "https://desk.example/", "Desk", "en", clock=clock)
    desk = Workspace(root, clock=clock)

    def record(type: str, title: str = "", *, story: str = "story", **fields: Any) -> None:
        desk.record(story, [{"type": type, **({"title": title} if title else {}), **fields}], removes=True)

    record("opened", "A story", summary="What it is about")
    record("report", "They pay", body="They *pay* [much](https://b.example/).", parties=["OpenAI"],
           sources=[{"url": "https://a.example/1", "quote": "they pay", "publisher": "AT&T <b>"}])  # fmt: skip
    record("correction", corrects="#2", changes={"title": "They lend"}, why="misread")
    record("update", "A detail", minor=True)
    record("update", "naughty ]]> <script> 💰", body="<script>x()</script> <b onclick=x()>b</b> [x](/x) ![y](/y)")
    record("retraction", retracts="#2", why="a rumour")
    for value in ("10", "20"):
        record("update", f"It is {value}", figures=[{"name": "revenue", "value": value}])
    record("expectation", "A ruling", due="2024-09")
    record("opened", "Another", story="other", language="pt-BR")
    record("update", "secret", story="other", body="a secret")
    record("redaction", story="other", redacts="#2", reason="court-order", authority="a court")
    record("closed", "It is over", story="other", why="nothing more to come")
    publish(desk)
    return desk


@pytest.fixture
def site(published: Workspace, tmp_path: Path) -> Path:
    """A copy of what it published."""
    return Path(shutil.copytree(published.feeds, tmp_path / "site"))


def test_what_the_desk_publishes_passes(site: Path, published: Workspace) -> None:
    """Every file of it, and every development that is no detail is in its story's feed and in that of all."""
    stories = {
        slug: [f"urn:uuid:{event.id}" for event in published.log.read(slug) if not getattr(event, "minor", False)]
        for slug in ("story", "other")
    }
    covers = {f"stories/{slug}/developments": ids for slug, ids in stories.items()}
    check_site(site, {**covers, "all": [*stories["story"], *stories["other"]]})


def test_an_empty_desk_passes(desk: Workspace) -> None:
    """Before its first story it has feeds too."""
    publish(desk)
    check_site(desk.feeds)


def test_what_the_project_publishes_passes() -> None:
    """Its own site, as it is committed."""
    check_site(Path(__file__).parent.parent / "feeds")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("all.atom", "<title>The desk</title>", "", "all.atom: "),
        ("all.rss", "<title>The desk</title>", "", "all.rss: has no title"),
        ("index.html", "<!doctype html>", "", "does not begin with <!doctype html>"),
        ("index.html", "</main>", "", "index.html: </body> closes ['main']"),
        ("index.html", '<main id="main">', '<main id="main"><script>x()</script>',
         "index.html: there is a <script>"),
        ("index.html", 'href="stories/story/"', 'href="stories/none/"', "index.html: stories/none/ leads nowhere"),
        ("stories/index.html", 'src="../script.js"', 'src="script.js"',
         "stories/index.html: script.js leads nowhere"),
        ("stories/index.html", 'href="../style.css"', 'href="style.css"',
         "stories/index.html: style.css leads nowhere"),
        ("index.html", 'href="stories/story/"', 'href="../up/"', "index.html: ../up/ leads nowhere"),
        ("index.html", 'href="stories/story/"', 'href="mailto:desk"', "index.html: mailto:desk leads out"),
        ("index.html", 'href="stories/story/"', 'href="stories/story/#99"', "stories/story/#99 leads nowhere"),
        ("index.html", 'og:url" content="https://desk.example/', 'og:url" content="https://desk.example/about/',
         "index.html: says it is at https://desk.example/about/, not at https://desk.example/"),
        ("about/index.html", 'canonical" href="https://desk.example/about/', 'canonical" href="https://a.example/',
         "about/index.html: says it is at https://a.example/, not at https://desk.example/about/"),
        ("stories/story/index.html", "script-src 'self'", "script-src *",
         "stories/story/index.html: its Content-Security-Policy is"),
        ("stories/story/index.html", 'for="slider"', 'for="slide"',
         "stories/story/index.html: 'slide' is named and not there"),
        ("stories/story/index.html", 'data-history="history.json"', 'data-history="past.json"',
         "stories/story/index.html: past.json leads nowhere"),
        ("stories/story/index.html", 'href="2.html"', 'href="99.html"',
         "stories/story/index.html: 99.html leads nowhere"),
        ("stories/story/index.html", '"url":"https://desk.example/stories/story/2.html"',
         '"url":"https://desk.example/stories/story/99.html"',
         "stories/story/index.html: https://desk.example/stories/story/99.html leads nowhere"),
        ("stories/story/index.html", "2024-08.html", "2024-07.html",
         "stories/story/index.html: 2024-07.html leads nowhere"),
        ("stories/story/2.html", "story/2.oembed.json", "story/1.oembed.json",
         "stories/story/2.html: https://desk.example/stories/story/1.oembed.json is not how it looks elsewhere"),
        ("stories/story/2.html", "story/2.oembed.json", "story/99.oembed.json",
         "stories/story/2.html: https://desk.example/stories/story/99.oembed.json leads nowhere"),
        ("stories/story/2.html", 'rel="next" href="3.html"', 'rel="next" href="99.html"',
         "stories/story/2.html: 99.html leads nowhere"),
        ("stories/story/2.oembed.json", "story/2.html", "story/99.html",
         "stories/story/2.oembed.json: https://desk.example/stories/story/99.html leads nowhere"),
        ("stories/story/2.oembed.json", '"rich"', '"video"', "stories/story/2.oembed.json: type is 'video'"),
        ("stories/story/history.json", '"story":"story"', '"story":"other"',
         "stories/story/history.json: is the history of another story"),
        ("stories/story/history.json", 'href=\\"2.html', 'href=\\"99.html',
         "stories/story/history.json: 99.html leads nowhere"),
        ("stories/story/history.json", "tracker/1", "tracker/0",
         "stories/story/history.json: its format is 'tracker/0'"),
        ("stories/story/2024-08.html", "../../parties/openai/", "../../parties/none/",
         "stories/story/2024-08.html: ../../parties/none/ leads nowhere"),
        ("parties/openai/index.html", "../../stories/story/2.html", "../../stories/story/99.html",
         "parties/openai/index.html: ../../stories/story/99.html leads nowhere"),
        ("types/report/index.html", "../../stories/story/2.html", "../../stories/story/99.html",
         "types/report/index.html: ../../stories/story/99.html leads nowhere"),
        ("corrections/index.html", "../stories/story/3.html", "../stories/story/99.html",
         "corrections/index.html: ../stories/story/99.html leads nowhere"),
        ("icon.svg", "</svg>", "", "icon.svg: is no XML"),
        ("icon.svg", "http://www.w3.org/2000/svg", "urn:x", "icon.svg: is no drawing but {urn:x}svg"),
        ("icon.svg", "</svg>", "<script>x()</script></svg>", "icon.svg: has a <script>"),
        ("icon.svg", "</svg>", '<path onclick="x()"/></svg>', "icon.svg: <path> has an attribute onclick"),
        ("icon.svg", "</svg>", '<image href="https://a.example/x.png"/></svg>', "icon.svg: there is a <image>"),
        ("icon.svg", "</svg>", '<g href="https://a.example/x.png"/></svg>', "icon.svg: loads https://a.example/x.png"),
        ("all.atom", "stories/story/1.html", "stories/story/99.html",
         "all.atom: https://desk.example/stories/story/99.html leads nowhere"),
        ("all.rss", "stories/story/1.html", "stories/none/1.html",
         "all.rss: https://desk.example/stories/none/1.html leads nowhere"),
        ("stories/other/developments.rss", "other/developments.rss", "developments.rss",
         "stories/other/developments.rss: says it is at https://desk.example/stories/developments.rss"),
    ],
)  # fmt: skip
def test_a_broken_site_is_refused(site: Path, name: str, old: str, new: str, says: str) -> None:
    """With the name of the file that is broken."""
    path = site / name
    path.write_bytes(broken(path.read_text(), old, new))
    refused(lambda _: check_site(site), b"", says)


def test_pages_alone_are_a_site(tmp_path: Path) -> None:
    """Wherever it may be."""
    page = tmp_path / "index.html"
    page.write_text(
        f"<!doctype html>\n<html><head>{POLICED}</head>"
        '<body class="x"><a href="#here" id="here">here</a></body></html>'
    )
    check_site(tmp_path)


def test_a_lost_file_is_missed(site: Path) -> None:
    """By the feeds and pages that lead to it."""
    shutil.rmtree(site / "stories" / "other")
    with pytest.raises(AssertionError, match=r"index\.html: stories/other/ leads nowhere") as raised:
        check_site(site)
    assert "all.atom: https://desk.example/stories/other/1.html leads nowhere" in str(raised.value)


def test_what_a_feed_has_to_cover_is_missed(site: Path) -> None:
    """Where neither it nor an archive has it, or where there is no such feed."""
    refused(lambda _: check_site(site, {"all": [FIRST]}), b"", f"all.rss: lacks {FIRST}")
    refused(lambda _: check_site(site, {"none": [FIRST]}), b"", "there is no feed none")


def id_of(number: int) -> str:
    return f"urn:uuid:00000000-0000-7000-8000-{number:012}"


def entry_of(number: int) -> str:
    return (
        f"<entry><id>{id_of(number)}</id><title>{number}</title><updated>2024-08-01T12:00:{number:02}Z</updated>"
        "<content>Text</content></entry>"
    )


def feed_of(name: str, numbers: list[int], **rels: str) -> str:
    """An Atom feed of the desk with these entries, newest first, and links to other files of the same folder."""
    named = {"self": name, **{rel.replace("_", "-"): other for rel, other in rels.items()}}
    links = "".join(f'<link rel="{rel}" href="https://desk.example/{path}"/>' for rel, path in named.items())
    archive = "<fh:archive/>" if "current" in rels else ""
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0">'
        f"<id>{FEED}</id><title>All</title><updated>2024-08-01T12:00:{numbers[0]:02}Z</updated>"
        f"<author><name>Desk</name></author>{links}{archive}{''.join(map(entry_of, numbers))}</feed>"
    )


@pytest.fixture
def archived(tmp_path: Path) -> Path:
    """A feed of seven entries: the newest four, and behind them two archives."""
    june, july, head = "all-2024-06.atom", "all-2024-07.atom", "all.atom"
    (tmp_path / head).write_text(feed_of(head, [7, 6, 5, 4], prev_archive=july))
    (tmp_path / july).write_text(feed_of(july, [5, 4, 3], current=head, prev_archive=june))
    (tmp_path / june).write_text(feed_of(june, [2, 1], current=head, next_archive=july))
    return tmp_path


def test_archives_are_followed_to_their_end(archived: Path) -> None:
    """Between them the head and its archives have everything; the head may have what an archive has too."""
    check_site(archived, {"all": [id_of(number) for number in range(1, 8)]})


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("all.atom", "all-2024-07", "all-2024-01", "at https://desk.example/all-2024-01.atom, which is not there"),
        ("all.atom", "all-2024-07", "all-2024-06", "all-2024-07.atom: no feed leads to this archive"),
        ("all.atom", "all-2024-07", "all-2024-06", "says that https://desk.example/all-2024-07.atom comes after"),
        ("all-2024-07.atom", "all-2024-06", "all", "goes on at https://desk.example/all.atom, again"),
        ("all-2024-07.atom", "/all.atom", "/all-2024-06.atom",
         "says that the current feed is https://desk.example/all-2024-06.atom"),
        ("all-2024-07.atom", "<fh:archive/>", "", "fh:archive and the name of the file disagree"),
        ("all-2024-06.atom", id_of(1), id_of(3), f"{id_of(3)} is in two archives"),
    ],
)  # fmt: skip
def test_broken_archives_are_refused(archived: Path, name: str, old: str, new: str, says: str) -> None:
    """Whoever follows them would end nowhere, never, or with less than everything."""
    path = archived / name
    path.write_bytes(broken(path.read_text(), old, new))
    refused(lambda _: check_site(archived), b"", says)


def test_the_archives_of_another_feed_are_none(archived: Path) -> None:
    """A head goes on with its own."""
    corrections = feed_of("corrections.atom", [7], prev_archive="all-2024-07.atom")
    (archived / "corrections.atom").write_text(corrections)
    refused(lambda _: check_site(archived), b"", "corrections.atom: all-2024-07.atom is no archive of it")


def test_a_story_has_nothing_that_the_feed_of_everything_lacks(archived: Path) -> None:
    """Save how it stands, which is no development."""
    folder = archived / "stories" / "s"
    folder.mkdir(parents=True)
    for name in ("standing", "developments"):
        (folder / f"{name}.atom").write_text(feed_of(f"stories/s/{name}.atom", [9, 1]))
    with pytest.raises(AssertionError) as raised:
        check_site(archived)
    assert str(raised.value).split("\n")[1:] == [
        f"all.atom: lacks {id_of(9)}, which stories/s/developments.atom has"
    ]


def test_json_goes_on_too(archived: Path) -> None:
    """With next_url; and has what the same feed has in another format, between itself and its archives."""
    items = [f'{{"id": "{id_of(number)}", "content_text": "Text"}}' for number in range(7, 0, -1)]
    pages = {"all.json": items[:4], "all-2024-06.json": items[4:]}
    for name, part in pages.items():
        next_url = '"next_url": "https://desk.example/all-2024-06.json",' if name == "all.json" else ""
        (archived / name).write_text(
            f'{{"version": "https://jsonfeed.org/version/1.1", "title": "All", {next_url}'
            f'"feed_url": "https://desk.example/{name}", "items": [{", ".join(part)}]}}'
        )
    check_site(archived)
    path = archived / "all-2024-06.json"
    path.write_bytes(broken(path.read_text(), id_of(1), id_of(8)))
    refused(lambda _: check_site(archived), b"", f"all.json: lacks {id_of(1)}, which all.atom has")


def test_a_list_of_feeds_leads_to_them(archived: Path) -> None:
    """All of them."""
    listed = OPML.replace("stories/s/developments", "corrections")
    (archived / "feeds.opml").write_text(listed)
    refused(lambda _: check_site(archived), b"", "feeds.opml: https://desk.example/corrections.atom leads nowhere")
    (archived / "feeds.opml").write_bytes(broken(listed, "<title>The desk</title>", ""))
    refused(lambda _: check_site(archived), b"", "feeds.opml: has no title")
