"""Checks of published files: they accept sound documents, and refuse a document for each rule that it breaks."""

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
    page_faults,
    refuse,
)
from tests.conformance.markup import POLICY
from tests.conftest import FixedClock
from tests.pictures import FILES, image
from tracker.publishing.publisher import publish
from tracker.workspace import init
from tracker.workspace.desk import Workspace

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

TURNS = """{
"format": "tracker/1", "story": "s", "sections": ["In force", "Reported"],
"steps": [
  {"seq": 1, "recorded": "2024-08-01T12:00:01.000Z", "day": "0001-01-01",
    "items": [["title", -1, "", "A story", 0],
    ["status", -1, "", "open", 0], ["summary", -1, "", "<p>What it is about</p>", 0]]},
  {"seq": 2, "recorded": "2024-08-01T12:00:02.000Z", "day": "2024-07-31",
    "items": [["claim/a", 1, "000000002", "They pay", 2]]},
  {"seq": 3, "recorded": "2024-08-01T12:00:02.000Z", "day": "", "of": 2, "first": "2024-07-31",
    "items": [["claim/a"], ["summary", -1, "", "", 0]],
    "cells": [["claim/a", ["2024-07-31", 1, "000000002", "They paid", 2], ["2024-08-01"]]]},
  {"seq": 4, "recorded": "2024-08-01T12:00:03.000Z", "day": "2024-08-01", "items": []}
],
"was": {"2": [[3, "<h4><a href=\\"2.html\\">They pay</a></h4>", "", "x"],
  [4, "<h4>They paid</h4>", "retracted", "x y", "a b", "key"]]}
}
"""


def broken(document: str, old: str, new: str) -> bytes:
    """The document with one thing changed."""
    assert document.count(old) >= 1, f"{old!r} is not there"
    return document.replace(old, new, 1).encode()


def refused(check: Callable[[bytes], None], data: bytes, says: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(says)):
        check(data)


def assert_each_is_found(check: Callable[[bytes], None], document: str, changes: list[tuple[str, ...]]) -> None:
    """Break a document in several places at once. A change has the old text, the new text, and what the check has
    to say of it."""
    for old, new, *_ in changes:
        document = broken(document, old, new).decode()
    with pytest.raises(AssertionError) as raised:
        check(document.encode())
    said = str(raised.value)
    assert [each for _, _, *says in changes for each in says if each not in said] == [], said


@pytest.mark.parametrize("document", [ATOM, ENTRY, ARCHIVED, COMPLETE])
def test_good_atom_passes(document: str) -> None:
    """A feed, an entry that stands alone, an archive, and a feed that says it is the whole."""
    check_atom(document.encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<link href="https://desk.example/" type="text/html"/>', '<x:y xmlns:x="urn:x" a="b">z<x:w/></x:y>'),
        ("<entry>", '<entry><source><x:y xmlns:x="urn:x"><x:w/></x:y><title>Elsewhere</title></source>'),
        (XHTML, '<content src="https://desk.example/film" type="video/mp4"/><summary>A film</summary>'),
        (XHTML, '<link href="https://desk.example/stories/s/#1"/>'),
    ],
)
def test_atom_may_be_extended(old: str, new: str) -> None:
    """RFC 4287 allows elements of other namespaces, and content of any kind."""
    check_atom(broken(ATOM, old, new))


def test_broken_atom_is_refused() -> None:
    """The grammar of RFC 4287 refuses it, and each rule that the grammar leaves out."""
    refused(check_atom, broken(ATOM, "</feed>", ""), "not well-formed")
    refused(check_atom, broken(ATOM, f"<id>{FIRST}</id>", f"<id>{SECOND}</id>"), "two entries have this id")
    refused(check_atom, broken(ATOM, XHTML, ""), "neither content nor an alternate link")
    assert_each_is_found(check_atom, ATOM, [
        ("<title>The desk</title>", "", "validate"),
        ("<author><name>Desk</name></author>", "", f"{SECOND}: has no author"),
        (f"<id>{FEED}</id>", "<id>https://desk.example/</id>", "'https://desk.example/' is no urn:uuid"),
        ("12:00:00.5+00:00", "12:00:01+00:00", "its newest entry 2024-08-02T12:00:00.5"),
        ("2024-08-01T10:00:00Z", "yesterday", "'yesterday' is not one of RFC 3339"),
        ('<link href="https://desk.example/" type',
         '<link href="/" type="text/html"/><link href="https://a.example/" type',
         "two alternate links"),
        ('scheme="https://desk.example/types/"', 'scheme="types/"', "'types/' is not absolute"),
        ('rel="self"', 'rel="next-archive"', "no link rel=self"),
        ("<at:", f'<at:deleted-entry ref="{FIRST}" when="2024-08-01T12:00:00Z"/><at:',
         "not newer than its tombstone"),
        ('when="2024-08-01T11:00:00Z"', 'when="then"', "no urn:uuid or no date"),
        (XHTML, '<content type="image/png">AAAA</content>', "no summary"),
        ("&lt;br&gt;", "&lt;script&gt;", "a <script>"),
        ("AT&amp;amp;T", "&lt;b&gt;AT&amp;amp;T", "<b> is not closed"),
    ])  # fmt: skip


def test_broken_archives_are_refused_by_themselves() -> None:
    """RFC 5005 has rules for archives and for feeds that are complete."""
    refused(check_atom, broken(ENTRY, "<author><name>Desk</name></author>", ""), "has no author, nor has its feed")
    refused(check_atom, broken(COMPLETE, 'rel="self"', 'rel="prev-archive"'), "complete and yet has a link")
    assert_each_is_found(check_atom, ARCHIVED, [
        ("<fh:archive/>", "<fh:archive/><fh:complete/>", "both complete and an archive"),
        ('rel="current"', 'rel="related"', "an archive without a link rel=current"),
        ("<at:", '<link href="https://desk.example/all-2024-08.atom" rel="prev-archive"/><at:',
         "is its own prev-archive"),
    ])  # fmt: skip


def test_an_empty_feed_has_an_author() -> None:
    """An empty feed needs an author of its own. Its date of update is free."""
    empty = re.sub("<entry>.*</entry>", "", ATOM, flags=re.DOTALL)
    check_atom(empty.encode())
    refused(check_atom, broken(empty, "<author><name>Desk</name></author>", ""), "neither an author nor an entry")


def test_every_fault_is_listed() -> None:
    """One run lists all faults of a document."""
    worse = ATOM.replace("https://desk.example/stories/s/#2", "there").replace(FEED, "me")
    with pytest.raises(AssertionError) as raised:
        check_atom(worse.encode())
    assert str(raised.value).split("\n") == [
        "the id 'me' is no urn:uuid",
        f"{SECOND}: the address 'there' is not absolute",
    ]


def test_good_rss_passes() -> None:
    """The order of the elements is free. An archive passes too."""
    check_rss(RSS.encode())
    archive = '<fh:archive/><atom:link href="https://desk.example/all.rss" rel="current"/><ttl>'
    check_rss(broken(RSS.replace("all.rss", "all-2024-08.rss", 1), "<ttl>", archive))


def test_broken_rss_is_refused() -> None:
    """The check names each rule that the channel or an item breaks."""
    refused(check_rss, broken(RSS, "</rss>", ""), "not well-formed")
    refused(check_rss, broken(RSS, "</channel>", "</channel><channel/>"), "has not one channel")
    refused(check_rss, broken(RSS, SECOND, FIRST), "two items have this guid")
    assert_each_is_found(check_rss, RSS, [
        ('version="2.0"', 'version="0.91"', "is no RSS 2.0"),
        ("<title>The desk</title>", "", "has no title"),
        ("<ttl>5</ttl>", "<story/><ttl>soon</ttl><ttl>6</ttl>",
         "no <story> in <channel>", "the ttl 'soon'", "more than one <ttl>"),
        ("<docs>", "<webMaster>Desk</webMaster><docs>", "webMaster has no e-mail address"),
        ("en-GB", "British English", "the language"),
        (">hourly<", ">Hourly<", "sy:updatePeriod may not be 'Hourly'"),
        ("<sy:updateFrequency>12</sy:updateFrequency>", "<sy:often/>", "there is no sy:often"),
        ('isPermaLink="false"', "", "passes for an address"),
        (SECOND, "2", "is no urn:uuid"),
        ("<category>", "<author>desk@desk.example</author><category>", "takes for an e-mail address"),
        ("<description>In short</description>",
         "<content:encoded>&lt;a href='/x'&gt;x&lt;/a&gt;</content:encoded><description>x</description>",
         "after content:encoded", "more than one content:encoded", "the address '/x' is not absolute"),
        (PUBLISHED, "<pubDate>Fri, 42 Aug 2024 12:00:00 +0000", "'Fri, 42 Aug 2024 12:00:00 +0000' is not one of"),
        ("<lastBuildDate>Fri", "<lastBuildDate>Mon", "'Mon, 02 Aug 2024 12:00:00 +0000' is not one of RFC 822"),
        ("<atom:updated>2024-08-02T12:00:00Z", "<atom:updated>Friday", "not one of RFC 3339"),
        ("<link>https://desk.example/</link>", "<link>/</link>", "'/' is not absolute"),
        ('rel="self"', 'rel="related"', "no link rel=self"),
    ])  # fmt: skip


def test_good_json_passes() -> None:
    """A feed with dates, authors, tags, extensions and a next page passes."""
    check_json_feed(JSON.encode())


def test_broken_json_is_refused() -> None:
    """The check names each rule that the feed or an item breaks."""
    refused(check_json_feed, broken(JSON, "}\n  ]\n}", "}\n  ]\n"), "is no JSON")
    refused(check_json_feed, broken(JSON, '"expired"', '"title": "Another", "expired"'), "'title' is there twice")
    refused(check_json_feed, broken(JSON, FIRST, SECOND), "two items have this id")
    assert_each_is_found(check_json_feed, JSON, [
        ('"version": "https://jsonfeed.org/version/1.1",', "", "has no version"),
        ('"title": "The desk"', '"title": " "', "not a text with something in it"),
        ("https://desk.example/all-2024-07.json", "https://desk.example/all.json", "is its own next_url"),
        ('"description": "What happens"', '"description": 5', "description is '5', not a text"),
        ('"language": "en"', '"language": "in English"', "not a language"),
        ('"name": "Desk"', '"name": "Desk", "email": "x"', "authors is"),
        ('"expired": false', '"expired": "no", "hubs": [1]', "not true or false"),
        ('"_tracker": {"about"', '"_": {"about"', "_ is no name of an extension"),
        ('"_tracker": {"occurred"', '"occurred": {"occurred"', "occurred is neither a field"),
        (f'"id": "{FIRST}", ', "", "has no id"),
        ("https://desk.example/stories/s/#2", "stories/s/#2", "url is 'stories/s/#2'"),
        ('"2024-08-02T12:00:00Z"', '"2 August 2024"', "not a date of RFC 3339"),
        ('["report", "money"]', '["report", 5]', "not a list of texts"),
        ('"mime_type": "application/pdf"', '"type": "application/pdf"', "not a list of attachments"),
        ('"content_text": "Plain"', '"title": "Plain"', "neither content_html nor content_text"),
        ("<p>At length</p>", "<p>At length", "<p> is not closed"),
    ])  # fmt: skip


def test_json_is_an_object_in_utf_8() -> None:
    """JSON that is not an object, and bytes that are not UTF-8, are refused."""
    refused(check_json_feed, b"[]", "is no object")
    refused(check_json_feed, JSON.replace("They", "\u00fe").encode("latin-1"), "is no JSON")


def test_only_an_archive_may_be_long() -> None:
    """A feed that readers poll has less than 250,000 bytes."""
    long = JSON.replace("Plain", "x" * 250_000).encode()
    check_json_feed(long, archive=True)
    refused(check_json_feed, long, "too many to poll")


def test_good_opml_passes() -> None:
    """A list has feeds, and groups of feeds."""
    check_opml(OPML.encode())


def test_broken_opml_is_refused() -> None:
    """The check names each rule that the list or an outline breaks."""
    refused(check_opml, broken(OPML, "</opml>", ""), "not well-formed")
    refused(check_opml, broken(OPML, OPML[OPML.index("<outline") : OPML.index("</body>")], ""), "lists nothing")
    refused(check_opml, broken(OPML, "stories/s/developments", "all"), "all.atom is listed twice")
    assert_each_is_found(check_opml, OPML, [
        ('version="2.0"', 'version="1.0"', "is no OPML 2.0"),
        ("<title>The desk</title>", "", "has no title"),
        ("</head>", "</head><foot/>", "has not a head and a body"),
        ("Fri, 02 Aug 2024 12:00:00 +0000", "2024-08-02", "not one of RFC 822"),
        ('text="Everything" type="rss"', 'title="Everything" type="atom"', "of type 'atom'"),
        ('htmlUrl="https://desk.example/"', 'htmlUrl="/"', "an outline: the address '/' is not absolute"),
        (' xmlUrl="https://desk.example/stories/s/developments.atom"', "", "a feed without xmlUrl"),
    ])  # fmt: skip


def test_good_html_passes() -> None:
    """The HTML of an entry passes."""
    check_html(HTML)


def test_broken_html_is_refused() -> None:
    """The check names each rule that the HTML of an entry breaks."""
    check = lambda data: check_html(data.decode())  # noqa: E731
    refused(check, broken(HTML, "</ul>", "</ul></div>"), "</div> closes nothing")
    for address in ("javascript:x()", "JAVA\nscript:x()", "&#106;avascript:x()", "data:text/html,x"):
        refused(check, broken(HTML, "https://a.example/", address), "is a program")
    for address in ("/there", "#here", "//a.example/"):
        refused(check, broken(HTML, "https://a.example/", address), "is not absolute")
    refused(check, broken(HTML, "https://a.example/", "mailto:desk"), "is no mail address")
    assert_each_is_found(check, HTML, [
        ("<br>", "<script>x()</script><style>p {}</style><iframe src='https://a.example/'></iframe>",
         "a <script>", "a <style>", "a <iframe>"),
        ("<p>", '<P ONLOAD="x()" style="color: red" id="x">',
         "attribute onload", "attribute style", "the place 'x' is there twice"),
        ("Some", "<meta name='x'><img src='dot.png'>", "a <meta>", "'dot.png' is not absolute"),
        ("</a>", "", "</p> closes ['a']"),
    ])  # fmt: skip


def test_a_good_page_passes() -> None:
    """A page may have the script of the site, data, controls that send nothing, and a drawing."""
    refuse(page_faults(PAGE))


def test_a_broken_page_is_refused() -> None:
    """The check names each rule that a page breaks."""
    check = lambda data: refuse(page_faults(data.decode()))  # noqa: E731
    for old, new, says in (
        (
            "<title>",
            '<meta http-equiv="refresh" content="0; url=https://a.example/"><title>',
            "stands for a header refresh",
        ),
        (POLICED, POLICED * 2, "2 instead of one Content-Security-Policy"),
        ("script-src 'self'", "script-src 'self' 'unsafe-inline'", "its Content-Security-Policy is"),
        ("</main>", '<script src="other.js" defer></script></main>', "which is neither the site's nor data"),
        ('src="../../script.js" defer', 'src="//a.example/script.js" defer', "neither the site's nor data"),
        ("application/ld+json", "text/javascript", "which is neither the site's nor data"),
        ("\\u003c", "<!--", "the data in a <script> may end it"),
        ("LiveBlogPosting", '"', "the data in a <script> is no JSON"),
        ('property="og:type"', 'property="og:title"', "has og:title twice"),
        ("</svg>", "", "</main> closes ['svg']"),
        ('href="../../style.css"', 'href="javascript:x()"', "is a program"),
    ):
        refused(check, broken(PAGE, old, new), says)
    assert_each_is_found(check, PAGE, [
        ("<!doctype html>", "", "does not begin with <!doctype html>"),
        (POLICED, '<script src="../../script.js" defer></script><link rel="stylesheet" href="../../style.css">',
         "0 instead of one Content-Security-Policy", "a script comes before the Content-Security-Policy",
         "a style sheet comes before", "script.js is loaded twice"),
        ("defer></script>", "defer>x()</script>", "a <script> that says 'x()'"),
        ("style.css", "other.css", "the style sheet '../../other.css' is not the site's"),
        ('rel="canonical"', 'rel="preload"', "a <link> to what is 'preload' of it"),
        ("</head>", 2 * '<link rel="canonical" href="https://desk.example/">' + "</head>",
         "has two canonical addresses"),
        ('property="og:url"', 'property="og:link"', "has no og:url"),
        ("<form", '<form action="https://a.example/"', "a <form> has action"),
        ('type="range"', 'type="image" src="x.png"', "an <input> of the type image"),
        ('type="button"', 'type="submit" formaction="x"', "a <button> of the type submit",
         "there is a formaction"),
        ("<select", "<textarea></textarea><select", "a <textarea>"),
        ("<path", '<use href="#main"/><foreignObject/><animate attributeName="href"/><path onclick="x()"',
         "a <use>", "a <foreignobject>", "a <animate>", "attribute onclick"),
        ('<main id="main">', '<main id="main" id="filter">', "<main> has two attributes id"),
        ("</main>", '<base href="https://a.example/"></main>', "a <base>"),
        ('id="slider"', 'id="date"', "the place 'date' is there twice", "'slider' is named and not there"),
        ('"filter main"', '"filter none"', "'none' is named and not there"),
    ])  # fmt: skip


@pytest.mark.parametrize(
    "tag",
    ["button", "form", "input", "label", "link", "main", "nav", "script", "select", "svg", "textarea", "title"],
)
def test_what_is_on_pages_is_in_no_entry(tag: str) -> None:
    """The HTML of an entry has no element that only a page may have."""
    refused(lambda data: check_html(data.decode()), f'<{tag} type="search">'.encode(), f"there is a <{tag}>")


def test_a_good_history_passes() -> None:
    """A history has items that came, items that went, and former readings."""
    refuse(history_faults(TURNS.encode()))


def test_a_broken_history_is_refused() -> None:
    """The check names each rule that a history breaks."""
    check = lambda data: refuse(history_faults(data))  # noqa: E731
    for old, new, says in (
        ("}\n}", "}\n", "is no JSON"),
        ('"story": "s", ', "", "has no story"),
        ('"story": "s"', '"story": "s", "more": 1', "has a more"),
        ('"In force", "Reported"', '"Reported", "Reported"', "the sections are"),
        (TURNS[TURNS.index('"steps"') : TURNS.index('"was"')], '"steps": [],', "has no steps"),
        ('"seq": 2', '"seq": 3', "step 2 is"),
        ("12:00:03.000Z", "12:00:00.000Z", "step 4 was recorded before the one before it"),
        ('["claim/a"],', '["claim/a"], ["claim/a"],', "step 3 has claim/a twice"),
        ('["claim/a"],', '["claim/a", 1],', "is no item"),
        ('"day": "2024-07-31"', '"days": "2024-07-31"', "step 2 is"),
        ('"first": "2024-07-31"', '"first": "July"', "step 3 has the first 'July'"),
        ('"of": 2', '"of": 3', "step 3 is of development 3"),
        ('["2024-08-01"]]', '["2024-07-30"]]', "step 3: claim/a has the days ['2024-07-31', '2024-07-30']"),
        ('"They paid", 2]', '"", 2]', "step 3: claim/a says ''"),
        (TURNS[TURNS.index('{"2"') : -2], "[]", "what was is []"),
        ('{"2":', '{"4":', "there is no development 4 that was amended"),
        ("[4, ", '["4", ', "development 2 was ['4',"),
        ('"a b", "key"', '"", ""', "development 2 had the labels ['', '']"),
    ):
        refused(check, broken(TURNS, old, new), says)
    assert_each_is_found(check, TURNS, [
        ("tracker/1", "tracker/2", "its format is 'tracker/2'"),
        ("12:00:01.000Z", "12:00:01Z", "step 1 was recorded '2024-08-01T12:00:01Z'"),
        ('["title", -1, "", "A story", 0],', '["claim/b"],',
         "at step 1 there is no title", "claim/b is gone and was never there"),
        ('"claim/a", 1', '"claim/a", 2', "claim/a stands in the section 2"),
        ('"000000002", "They pay", 2', '2, "They pay", 3',
         "claim/a says 'They pay', in the order of 2", "claim/a rests on 3"),
        ('["claim/a"],', '["status", 0, "", "open", 0],', "status stands where it does not belong"),
        ("<p>What it is about</p>", "<a href='2.html'>x</a>", "step 1: the address '2.html' is not absolute"),
        ("[4, ", "[5, ", "development 2 read so until 5, after 3"),
        ('</h4>", "", "x"]', '</h4>", "brief", "x"]', "development 2 was of the kind 'brief'"),
        ('"x y"', '"X y"', "development 2 named the parties 'X y'"),
        ('"key"', '"lock"', "development 2 had the labels ['a b', 'lock']"),
        ("<h4>They paid</h4>", "<h4 onclick='x()'>They paid</h4>", "development 2: <h4> has an attribute onclick"),
    ])  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A desk that published two stories. In them developments are corrected, retracted and redacted."""
    root, clock = str(tmp_path_factory.mktemp("published") / "desk"), FixedClock()
    init.init(root, "The desk", "https://desk.example/", "Desk", "en", clock=clock)
    desk = Workspace(root, clock=clock)

    def record(type: str, title: str = "", *, story: str = "story", **fields: Any) -> None:
        desk.record(story, [{"type": type, **({"title": title} if title else {}), **fields}], removes=True)

    record("opened", "A story", summary="What it is about")
    record("report", "They pay", body="They *pay* [much](https://b.example/).", parties=["OpenAI"],
           sources=[{"url": "https://a.example/1", "quote": "they pay", "publisher": "AT&T <b>"}])  # fmt: skip
    record("correction", corrects="#2", changes={"title": "They lend"}, why="misread")
    record("update", "A detail", minor=True)
    desk.pictures |= FILES
    record("update", "Seen", image=image(alt='A "quay" & <pier>', caption="At noon", credit="Ann"))
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
    """A copy of the published files."""
    return Path(shutil.copytree(published.feeds, tmp_path / "site"))


def test_what_the_desk_publishes_passes(site: Path, published: Workspace) -> None:
    """Each file passes. Each development that is not minor is in the feed of its story and in the feed of all."""
    stories = {
        slug: [f"urn:uuid:{event.id}" for event in published.log.read(slug) if not getattr(event, "minor", False)]
        for slug in ("story", "other")
    }
    covers = {f"stories/{slug}/developments": ids for slug, ids in stories.items()}
    check_site(site, {**covers, "all": [*stories["story"], *stories["other"]]})


def test_an_empty_desk_passes(desk: Workspace) -> None:
    """A desk has feeds before its first story."""
    publish(desk)
    check_site(desk.feeds)


def test_what_the_project_publishes_passes() -> None:
    """The committed site of the project passes."""
    check_site(Path(__file__).parent.parent / "feeds")


NAMED = [
    ("all.rss", "<title>The desk</title>", "", "all.rss: has no title"),
    ("index.html", "</main>", "", "index.html: </body> closes ['main']"),
    ("stories/story/history.json", "tracker/1", "tracker/0",
     "stories/story/history.json: its format is 'tracker/0'"),
    ("stories/story/timeline.json", '"start_date"', '"date"',
     "stories/story/timeline.json: slide 1: it has a date"),
    ("stories/story/events.ics", "VERSION:2.0", "VERSION:2.0\n",
     "stories/story/events.ics: a line does not end in CR LF"),
    ("icon.svg", "</svg>", '<script/><path onclick="x()"/><image/></svg>', "icon.svg: has a <script>"),
    ("stories/other/developments.atom", "<title>", "<titel>", "stories/other/developments.atom: not well-formed"),
]  # fmt: skip
"""What is wrong with one file by itself."""

ASTRAY = [
    ("index.html", 'href="stories/story/"', 'href="stories/none/"', "index.html: stories/none/ leads nowhere"),
    ("stories/index.html", 'src="../script.js"', 'src="script.js"', "stories/index.html: script.js leads nowhere"),
    ("about/index.html", 'canonical" href="https://desk.example/about/', 'canonical" href="https://a.example/',
     "about/index.html: says it is at https://a.example/, not at https://desk.example/about/"),
    ("stories/story/index.html", 'data-history="history.json"', 'data-history="past.json"',
     "stories/story/index.html: past.json leads nowhere"),
    ("stories/story/index.html", '"url":"https://desk.example/stories/story/2.html"',
     '"url":"https://desk.example/stories/story/99.html"',
     "stories/story/index.html: https://desk.example/stories/story/99.html leads nowhere"),
    ("stories/story/history.json", '"story":"story"', '"story":"other"',
     "stories/story/history.json: is the history of another story"),
    ("stories/story/history.json", 'href=\\"2.html', 'href=\\"99.html',
     "stories/story/history.json: 99.html leads nowhere"),
    ("stories/story/index.html", 'href="events.ics"', 'href="days.ics"',
     "stories/story/index.html: days.ics leads nowhere"),
    ("corrections/index.html", "../stories/story/3.html", "../stories/story/#99",
     "corrections/index.html: ../stories/story/#99 leads nowhere"),
    ("all.atom", "stories/story/1.html", "stories/story/99.html",
     "all.atom: https://desk.example/stories/story/99.html leads nowhere"),
    ("all.rss", "stories/story/1.html", "stories/none/1.html",
     "all.rss: https://desk.example/stories/none/1.html leads nowhere"),
    ("stories/other/developments.rss", "other/developments.rss", "developments.rss",
     "stories/other/developments.rss: says it is at https://desk.example/stories/developments.rss"),
]  # fmt: skip
"""What is wrong with where a file leads. The check looks at this when each file by itself is right."""


@pytest.mark.parametrize("changes", [NAMED, ASTRAY], ids=["files", "links"])
def test_a_broken_site_is_refused(site: Path, changes: list[tuple[str, str, str, str]]) -> None:
    """The check names each file that is broken."""
    for name, old, new, _ in changes:
        (site / name).write_bytes(broken((site / name).read_text(), old, new))
    with pytest.raises(AssertionError) as raised:
        check_site(site)
    assert [says for *_, says in changes if says not in str(raised.value)] == [], str(raised.value)


def test_pages_alone_are_a_site(tmp_path: Path) -> None:
    """A folder with a page and no feed passes, whatever its address is."""
    page = tmp_path / "index.html"
    page.write_text(
        f"<!doctype html>\n<html><head>{POLICED}</head>"
        '<body class="x"><a href="#here" id="here">here</a></body></html>'
    )
    check_site(tmp_path)


def test_a_lost_file_is_missed(site: Path) -> None:
    """The check names the feeds and pages that lead to a lost file."""
    shutil.rmtree(site / "stories" / "other")
    with pytest.raises(AssertionError, match=r"index\.html: stories/other/ leads nowhere") as raised:
        check_site(site)
    assert "all.atom: https://desk.example/stories/other/1.html leads nowhere" in str(raised.value)


def test_what_a_feed_has_to_cover_is_missed(site: Path) -> None:
    """The check names an entry that neither a feed nor its archives have, and a feed that is not there."""
    refused(lambda _: check_site(site, {"all": [FIRST]}), b"", f"all.rss: lacks {FIRST}")
    refused(lambda _: check_site(site, {"none": [FIRST]}), b"", "there is no feed none")


def id_of(number: int) -> str:
    return f"urn:uuid:00000000-0000-7000-8000-{number:012}"


def entry_of(number: int) -> str:
    return (
        f"<entry><id>{id_of(number)}</id><title>{number}</title><updated>2024-08-01T12:00:{number:02}Z</updated>"
        f"<published>2024-08-01T12:00:{number:02}Z</published><content>Text</content></entry>"
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
    """The head and its archives together have all entries. An entry may be in the head and in an archive."""
    check_site(archived, {"all": [id_of(number) for number in range(1, 8)]})


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("all.atom", "all-2024-07", "all-2024-01", "at https://desk.example/all-2024-01.atom, which is not there"),
        ("all.atom", "all-2024-07", "all-2024-06", "all-2024-07.atom: no feed leads to this archive"),
        ("all-2024-07.atom", "all-2024-06", "all", "goes on at https://desk.example/all.atom, again"),
        ("all-2024-07.atom", "/all.atom", "/all-2024-06.atom",
         "says that the current feed is https://desk.example/all-2024-06.atom"),
        ("all-2024-07.atom", "<fh:archive/>", "", "fh:archive and the name of the file disagree"),
        ("all-2024-06.atom", id_of(1), id_of(3), f"{id_of(3)} is in two archives"),
    ],
)  # fmt: skip
def test_broken_archives_are_refused(archived: Path, name: str, old: str, new: str, says: str) -> None:
    """A subscriber that follows them misses entries, or never comes to an end."""
    path = archived / name
    path.write_bytes(broken(path.read_text(), old, new))
    refused(lambda _: check_site(archived), b"", says)


def test_the_archives_of_another_feed_are_none(archived: Path) -> None:
    """A feed that goes on with the archive of another feed is refused."""
    corrections = feed_of("corrections.atom", [7], prev_archive="all-2024-07.atom")
    (archived / "corrections.atom").write_text(corrections)
    refused(lambda _: check_site(archived), b"", "corrections.atom: all-2024-07.atom is no archive of it")


def test_a_story_has_nothing_that_the_feed_of_everything_lacks(archived: Path) -> None:
    """The feed of everything has each development of a story. It need not have entries of ``standing``."""
    folder = archived / "stories" / "s"
    folder.mkdir(parents=True)
    for name in ("standing", "developments"):
        (folder / f"{name}.atom").write_text(feed_of(f"stories/s/{name}.atom", [9, 1]))
    with pytest.raises(AssertionError) as raised:
        check_site(archived)
    assert str(raised.value).split("\n")[1:] == [
        f"all.atom: lacks {id_of(9)}, which stories/s/developments.atom has"
    ]


def test_an_older_entry_need_not_be_in_the_feed_of_everything(tmp_path: Path) -> None:
    """The feed of everything has the newest entries. It has all of them if it says that it is complete."""
    folder = tmp_path / "stories" / "s"
    folder.mkdir(parents=True)
    (folder / "developments.atom").write_text(feed_of("stories/s/developments.atom", [8, 6, 5]))
    everything = feed_of("all.atom", [7, 6])
    (tmp_path / "all.atom").write_text(everything)
    refused(lambda _: check_site(tmp_path), b"", f"all.atom: lacks {id_of(8)}, which")
    (tmp_path / "all.atom").write_bytes(broken(everything, "</title>", "</title><fh:complete/>"))
    refused(lambda _: check_site(tmp_path), b"", f"all.atom: lacks {id_of(5)}, {id_of(8)}, which")


def test_json_goes_on_too(archived: Path) -> None:
    """A JSON Feed goes on with next_url. With its archives it has the entries of the same feed in Atom."""
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
    """The check follows each address of a list of feeds."""
    listed = OPML.replace("stories/s/developments", "corrections")
    (archived / "feeds.opml").write_text(listed)
    refused(lambda _: check_site(archived), b"", "feeds.opml: https://desk.example/corrections.atom leads nowhere")
    (archived / "feeds.opml").write_bytes(broken(listed, "<title>The desk</title>", ""))
    refused(lambda _: check_site(archived), b"", "feeds.opml: has no title")
