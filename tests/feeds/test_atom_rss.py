"""Feeds as the people who subscribe get them: read back with feedparser, in Atom and in RSS."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree

from tests.conformance import page_faults, refuse
from tests.conftest import FixedClock
from tracker.feeds.entries import titled
from tracker.feeds.paging import LEAST_ITEMS
from tracker.publishing.publisher import publish
from tracker.wording.messages import plain
from tracker.workspace.desk import Workspace

FORMATS = ("atom", "rss")
DEVELOPMENTS = "stories/story/developments"


@pytest.fixture(params=FORMATS)
def read(request: pytest.FixtureRequest, desk: Workspace) -> Callable[..., Any]:
    """Publishes, and gives a feed as feedparser understands it; well-formed in any case."""

    def read(path: str = DEVELOPMENTS) -> Any:
        publish(desk)
        data = Path(desk.feeds, f"{path}.{request.param}").read_bytes()
        parsed = feedparser.parse(data)
        assert not parsed.bozo, parsed.get("bozo_exception")
        etree.fromstring(data)
        return parsed

    read.format = request.param  # type: ignore[attr-defined]
    return read


def content(entry: Any) -> str:
    (html,) = entry.content
    return str(html.value)


def links(html: str) -> list[str]:
    return re.findall(r'(?:href|src)="([^"]*)"', html)


def test_a_feed_says_what_it_is(record: Callable[..., Any], read: Callable[..., Any]) -> None:
    """Title, subtitle, language, address and page; all addresses absolute."""
    record("opened", "A story", summary="What it is about", language="pt-BR")
    parsed = read()
    feed = parsed.feed
    assert parsed.version in ("atom10", "rss20")
    assert (feed.title, feed.subtitle, feed.language) == ("A story", "What it is about", "pt-BR")
    by_rel = {link.rel: link.href for link in feed.links}
    format = read.format  # type: ignore[attr-defined]
    assert by_rel["self"] == f"https://desk.example/stories/story/developments.{format}"
    assert feed.link == "https://desk.example/stories/story/"
    assert feed.get("author", "Desk") == "Desk"


def test_entries_have_the_names_of_their_events(
    desk: Workspace, record: Callable[..., Any], read: Callable[..., Any]
) -> None:
    """The same in every feed and format, for ever; none of them an address."""
    record("opened", "A story")
    record("update", "more")
    ids = [f"urn:uuid:{event.id}" for event in desk.log.read("story")][::-1]
    for path in ("all", "stories/story/developments"):
        parsed = read(path)
        assert [entry.id for entry in parsed.entries] == ids
    publish(desk)
    for item in etree.parse(Path(desk.feeds, "all.rss")).iter("guid"):
        assert item.get("isPermaLink") == "false"


def test_a_feed_has_a_name_of_its_own(desk: Workspace, record: Callable[..., Any]) -> None:
    """With neither host nor title in it, and another for each feed."""
    record("opened", "A story")
    record("opened", "Another", story="other")
    publish(desk)
    names = {feedparser.parse(path.read_bytes()).feed.id for path in Path(desk.feeds).rglob("*.atom")}
    assert len(names) == len(list(Path(desk.feeds).rglob("*.atom"))) == 3 + 2 * 3 + 1
    assert all(re.fullmatch("urn:uuid:[0-9a-f-]{36}", name) for name in names)


def test_published_is_when_it_was_recorded(record: Callable[..., Any], read: Callable[..., Any]) -> None:
    """Not when it occurred: a backdated development still reaches subscribers, as the newest."""
    record("opened", "A story")
    record("update", "today", occurred="2024-08-01")
    old = record("update", "years ago", occurred="2019-05")
    parsed = read()
    assert [entry.title for entry in parsed.entries] == ["A story: years ago", "A story: today", "A story"]
    newest = parsed.entries[0]
    assert newest.published_parsed[:6] == (2024, 8, 1, 12, 0, int(old.event.recorded[17:19]))
    assert newest.updated_parsed == newest.published_parsed
    assert parsed.feed.updated_parsed == newest.updated_parsed
    assert content(newest).startswith("<p>May 2019.</p>")
    assert "2024" not in content(parsed.entries[1]).split("Where things stand")[0], "it is of that day"


def test_the_order_is_total(record: Callable[..., Any], read: Callable[..., Any], clock: FixedClock) -> None:
    """Events recorded in the same instant keep an order: the later one of a story first."""
    desk_time = clock.instant
    for title in ("one", "two", "three"):
        clock.instant = desk_time
        record(*(("opened", title) if title == "one" else ("update", title)))
    assert [entry.title for entry in read().entries] == ["one: three", "one: two", "one"]


def test_an_entry_says_everything(record: Callable[..., Any], read: Callable[..., Any]) -> None:
    """The body, what changed, the sources with their quotes, and where to go on."""
    record("opened", "A story")
    record(
        "suspension", "OpenAI suspends ByteDance's account", subject="ByteDance", by="OpenAI", of="OpenAI account",
        occurred="2023-12", body="It was *suspended* [on Friday](https://b.example/2).",
        sources=[{"url": "https://v.example/1", "publisher": "The Verge", "title": "Used in secret",
                  "published": "2023-12-15", "quote": "has suspended ByteDance's account", "via": "Reuters",
                  "archived": "https://archive.example/1"}],
    )  # fmt: skip
    entry = read().entries[0]
    html = content(entry)
    assert "<p>It was <em>suspended</em>" in html
    assert 'href="https://b.example/2"' in html
    assert 'href="https://v.example/1"' in html
    text = " ".join(re.sub("<[^>]*>", " ", html).split())
    for words in (
        "December 2023. It was suspended",
        "What this changed OpenAI suspends ByteDance: OpenAI account.",
        "Used in secret , The Verge, 15 December 2023, citing Reuters",
        "has suspended ByteDance's account",
        "archived",
        "Where things stand",
    ):
        assert words in text.replace("&#39;", "'"), words
    assert entry.link == "https://desk.example/stories/story/2.html"
    terms = [(tag.term, tag.scheme) for tag in entry.tags]
    assert ("ByteDance", "https://desk.example/parties/") in terms
    assert "https://desk.example/stories/" in dict(map(reversed, terms))
    assert ("suspension", "https://desk.example/types/") in terms
    assert entry.author == "Desk"


def test_a_summary_is_short_and_plain(record: Callable[..., Any], read: Callable[..., Any]) -> None:
    """A line or two for lists; the whole is in the content."""
    record("opened", "A story")
    record("update", "long", body="word " * 500)
    entry = read().entries[0]
    assert len(entry.summary) < 300
    assert entry.summary.endswith("…")
    assert content(entry).count("word") == 500


def test_an_amendment_is_news_and_its_target_says_it_first(
    record: Callable[..., Any], read: Callable[..., Any]
) -> None:
    """The target keeps its id and published; its updated moves, and its text begins with what happened to it."""
    record("opened", "A story")
    target = record("update", "Twenty millon", body="The old text.", occurred="2024-03")
    untouched = record("update", "something else")
    changes = {"title": "Twenty million", "occurred": "2024-04"}
    correction = record("correction", corrects="#2", changes=changes, why="a slip")
    entries = {entry.id: entry for entry in read().entries}
    assert len(entries) == 4
    amended = entries[f"urn:uuid:{target.event.id}"]
    news = entries[f"urn:uuid:{correction.event.id}"]
    assert amended.title == "A story: Twenty million (corrected)"
    assert amended.published_parsed < amended.updated_parsed == news.published_parsed
    assert amended.updated > news.updated, "by a millisecond"
    assert re.match(r"Corrected on \d+ \w+ \d{4}\. A slip\.", re.sub("<[^>]*>", "", content(amended)))
    assert "Headline: we had said “Twenty millon”; it is “Twenty million”." in content(amended)
    assert "When it happened: we had said “March 2024”; it is “April 2024”." in content(amended)
    assert "Corrected on" in amended.summary.split(".")[0]
    assert news.title == "A story: Correction: “Twenty million”"
    assert "A slip." in content(news)
    other = entries[f"urn:uuid:{untouched.event.id}"]
    assert other.published_parsed == other.updated_parsed


@pytest.mark.slow
def test_a_retracted_entry_is_struck(record: Callable[..., Any], read: Callable[..., Any]) -> None:
    """Its title says it, its body stays, struck; a retraction of the retraction brings it back."""
    record("opened", "A story")
    record("report", "They pay", body="The text.")
    record("retraction", retracts="#2", why="it was a rumour")
    entry = read().entries[1]
    assert entry.title == "A story: They pay (withdrawn)"
    assert re.search(r"<del>\s*<p>The text\.</p>\s*</del>", content(entry))
    record("retraction", retracts="#3", why="it was true after all")
    entries = read().entries
    assert [each.title for each in entries][2] == "A story: They pay"
    assert entries[2].updated_parsed == entries[0].published_parsed


NAUGHTY = [
    "]]>",
    "</script><script>alert(1)</script>",
    "&amp; &lt; &#x26; &nbsp; &",
    "AT&T <b>bold</b> \"quoted\" 'single'",
    "👩‍👩‍👧‍👦 🏳️‍🌈 💰",
    "مرحبا بالعالم ‏(عربي)‏",
    "\u202eevil\u202c",
    "Zalgo t̸̝̋ë̶́x̷t",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \U0010fffd",
    "<!-- comment --> <?php ?> <![CDATA[x]]>",
    "{{ 7 * 7 }} {% raw %} ${x} %s %(x)s",
    "line separator \u2028 paragraph \u2029 nel",
    "x" * 300,
    "字" * 300,
]


@pytest.fixture
def a_month_later(desk: Workspace, record: Callable[..., Any], clock: FixedClock) -> Callable[[], None]:
    """``a_month_later()`` publishes the story after a development that no feed has, so that August has a page."""

    def a_month_later() -> None:
        clock.instant += timedelta(days=31)
        record("update", "By the way", minor=True)
        publish(desk)

    return a_month_later


@pytest.mark.slow
@pytest.mark.parametrize("text", NAUGHTY)
def test_a_naughty_title_arrives_as_it_is(
    desk: Workspace, record: Callable[..., Any], a_month_later: Callable[[], None], text: str
) -> None:
    """In both formats and on pages, for people and for machines, it is text, whatever it looks like."""
    record("opened", "A story")
    record("update", text, parties=[text[:200]], sources=[{"publisher": text, "quote": text}])
    a_month_later()
    folder = Path(desk.feeds, "stories", "story")
    for name, path in (("atom", "{*}entry/{*}title"), ("rss", "channel/item/title")):
        data = (folder / f"developments.{name}").read_bytes()
        assert not feedparser.parse(data).bozo
        assert titled(plain("en"), "A story", text) == etree.fromstring(data).findall(path)[0].text
    own, page = (etree.HTML((folder / name).read_text()) for name in ("2.html", "index.html"))
    assert page.xpath("string(//article[@id='2']/h4)").strip() == text.strip()
    assert own.xpath("string(//article/h1)").strip() == text.strip()
    assert own.xpath("string(//meta[@property='og:title']/@content)") == text
    (data,) = page.xpath("//script[@type='application/ld+json']/text()")
    told = json.loads(data)["liveBlogUpdate"][1]
    assert (told["headline"], told["citation"][0]["name"]) == (text, text)
    for name in ("2.html", "2024-08.html", "index.html"):
        refuse(page_faults((folder / name).read_text()), name)


HARMFUL = [
    ("<script>alert(1)</script>", "script"),
    ("<img src=x onerror=alert(1)>", "onerror"),
    ("[click](javascript:alert(1))", "javascript:"),
    ("[click](JAVASCRIPT:alert(1))", "javascript:"),
    ("[click](data:text/html;base64,PHNjcmlwdD4=)", "data:"),
    ("[click](vbscript:x)", "vbscript:"),
    ("<a href='javascript:alert(1)'>x</a>", "javascript:"),
    ("<a href='//evil.example/'>x</a>", "//evil"),
    ("[relative](/etc/passwd)", "/etc/passwd"),
    ("<iframe src='https://evil.example/'></iframe>", "iframe"),
    ("<style>body{display:none}</style>", "display:none"),
    ("<p style='position:fixed'>x</p>", "position:fixed"),
    ("<svg onload=alert(1)></svg>", "onload"),
    ("<form action='https://evil.example/'><input></form>", "<input"),
    ("<object data='https://evil.example/'></object>", "<object"),
    ("![tracked](https://evil.example/pixel.gif)", "<img"),
    ("<base href='https://evil.example/'>", "<base"),
    ("<meta http-equiv=refresh content='0;url=https://evil.example/'>", "http-equiv"),
    ("<math><mtext></p><script>alert(1)</script>", "<script"),
]


@pytest.mark.parametrize(("body", "harm"), HARMFUL)
def test_a_body_is_made_harmless(
    desk: Workspace, record: Callable[..., Any], a_month_later: Callable[[], None], body: str, harm: str
) -> None:
    """Before any reader gets it, and on every page."""
    record("opened", "A story")
    record("update", "harmful", body=f"before\n\n{body}\n\nafter")
    a_month_later()
    folder = Path(desk.feeds, "stories", "story")
    feeds = [(folder / f"developments.{name}").read_bytes() for name in FORMATS]
    htmls = [content(feedparser.parse(feed, sanitize_html=False).entries[0]) for feed in feeds]
    for name in ("2.html", "index.html"):
        page = etree.HTML((folder / name).read_text())
        (article,) = page.xpath("//article[@id='2' or not(@id)]")
        htmls.append(etree.tostring(article, encoding="unicode"))
    for html in htmls:
        tags = "".join(re.findall("<[^>]*>", html))
        assert harm.lower() not in tags.lower()
        assert "before" in html


def test_a_body_may_be_marked_up(record: Callable[..., Any], read: Callable[..., Any]) -> None:
    """Lists, tables, quotations, code and links are what an editor needs; headings go below the page's."""
    record("opened", "A story")
    body = "# Heading\n\n- one\n- two\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n`code` ~~gone~~ <https://x.example/>"
    record("update", "marked up", body=body)
    html = content(read().entries[0])
    for tag in ("<h4>Heading", "<li>one", "<blockquote>", "<td>1", "<code>code", 'href="https://x.example/"'):
        assert tag in html, tag
    assert "<h1" not in html


def test_every_address_is_absolute(desk: Workspace, record: Callable[..., Any], read: Callable[..., Any]) -> None:
    """A feed is read anywhere."""
    record("opened", "A story")
    record("update", "more", body="[a](relative) [b](#here) [c](https://c.example/)",
           sources=[{"url": "https://s.example/"}])  # fmt: skip
    for entry in read("all").entries:
        for address in [entry.link, *links(content(entry))]:
            assert address.startswith(("https://", "http://")), address


def test_minor_developments_stay_out(record: Callable[..., Any], read: Callable[..., Any]) -> None:
    """They, and what is said of them, are on the page only."""
    record("opened", "A story")
    record("update", "a detail", minor=True)
    record("correction", corrects="#2", changes={"title": "a small detail"}, why="a slip")
    assert [entry.title for entry in read().entries] == ["A story"]


def test_all_stories_are_in_one_feed(record: Callable[..., Any], read: Callable[..., Any]) -> None:
    """Newest first over all of them, each entry with its own page."""
    for story in ("one", "two"):
        record("opened", f"Story {story}", story=story)
    record("update", "more of one", story="one")
    entries = read("all").entries
    assert [entry.title for entry in entries] == ["Story one: more of one", "Story two", "Story one"]
    assert [entry.link for entry in entries] == [
        "https://desk.example/stories/one/2.html", "https://desk.example/stories/two/1.html",
        "https://desk.example/stories/one/1.html",
    ]  # fmt: skip


@pytest.mark.slow
def test_no_document_is_too_large(desk: Workspace, record: Callable[..., Any], read: Callable[..., Any]) -> None:
    """The head has the entries that are in no archive, and at least fifty. The page has all."""
    record("opened", "A story")
    desk.record("story", [{"type": "update", "title": f"number {number}"} for number in range(2, 306)])
    parsed = read()
    size = Path(desk.feeds, f"stories/story/developments.{read.format}").stat().st_size  # type: ignore[attr-defined]
    assert size < 250_000
    titles = [entry.title for entry in parsed.entries]
    assert len(titles) >= LEAST_ITEMS
    assert titles == [f"A story: number {number}" for number in range(305, 305 - len(titles), -1)]
    archived = []
    while before := [link.href for link in parsed.feed.links if link.rel == "prev-archive"]:
        parsed = feedparser.parse(Path(desk.feeds, before[0].removeprefix("https://desk.example/")).read_bytes())
        archived += [entry.title for entry in parsed.entries]
    assert {*titles, *archived} == {"A story", *(f"A story: number {number}" for number in range(2, 306))}
    assert len(archived) == len(set(archived))
    assert Path(desk.feeds, "stories/story/index.html").read_text().count("<article") == 305


def test_a_feed_moves_only_when_it_has_news(record: Callable[..., Any], read: Callable[..., Any]) -> None:
    """Another story's event does not touch this one's feed."""
    record("opened", "A story")
    before = read().feed.updated
    record("opened", "Another", story="other")
    assert read().feed.updated == before


def test_a_closed_story_says_so(record: Callable[..., Any], read: Callable[..., Any]) -> None:
    """Its last entry is the closing."""
    record("opened", "A story")
    record("closed", "Nothing more to come", why="it is over")
    entry = read().entries[0]
    assert entry.title == "A story: Nothing more to come"
    assert "We no longer follow this story." in content(entry)


def test_a_summary_is_plain_text_in_every_reader(desk: Workspace, record: Callable[..., Any]) -> None:
    """RSS readers take a description for HTML: what the editor typed must not become a tag there."""
    record("opened", "A story")
    record("update", "T", body="# Head\n\n**bold** <img src=x onerror=alert(1)> a < b & c")
    publish(desk)
    folder = Path(desk.feeds)
    files = [(folder / name).read_bytes() for name in ("all.atom", "all.rss")]
    atom, rss = (feedparser.parse(data).entries[0] for data in files)
    assert atom.summary_detail.type == "text/plain"
    assert atom.summary == "Head. bold a < b & c"
    assert b"<description>Head. bold a &amp;lt; b &amp;amp; c</description>" in files[1]
    assert "img" not in rss.summary


@pytest.mark.parametrize(("language", "begins"), [("ar", '<div dir="rtl">'), ("en", "<p>")])
def test_a_content_has_the_direction_of_its_story(
    record: Callable[..., Any], read: Callable[..., Any], language: str, begins: str
) -> None:
    record("opened", "A story", language=language, summary="What it is")
    assert content(read().entries[0]).startswith(begins)
    assert content(read("standing").entries[0]).startswith(begins if language == "ar" else "<h4>")
