"""The pages that an entry's link leads to."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from lxml import html as lxml_html

from tests.conformance import check_site, page_faults, refuse
from tests.conformance.markup import POLICY
from tests.conftest import FixedClock, Ran
from tracker.errors import Rewritten
from tracker.publishing import front_pages
from tracker.publishing.publisher import publish
from tracker.site import pages
from tracker.text.dates import later
from tracker.workspace.desk import Workspace

Record = Callable[..., Any]
Page = Callable[..., Any]

STORY = "stories/story/index.html"


@pytest.fixture
def page(desk: Workspace) -> Page:
    """Publishes, and gives a page as a browser would read it; one that breaks no rule of pages."""

    def page(path: str = STORY) -> Any:
        publish(desk)
        text = Path(desk.feeds, path).read_text()
        refuse(page_faults(text), path)
        return etree.HTML(text)

    return page


def words(node: Any) -> str:
    return " ".join("".join(node.itertext()).split())


def said(html: Any, path: str) -> list[str]:
    return [words(node) for node in html.xpath(path)]


def meta(html: Any, name: str) -> str:
    (content,) = html.xpath("//meta[@property=$name or @name=$name]/@content", name=name)
    return str(content)


def under(html: Any, id: str) -> list[str]:
    """The lines of the section with this heading."""
    return said(html, f"//section[@aria-labelledby='{id}-heading']/ul/li")


# A story's


def test_a_story_s_page_says_where_it_stands_and_how_it_came_there(record: Record, page: Page) -> None:
    """Each line leads to the development it rests on; developments are newest first, by month."""
    record("opened", "A story", summary="What it is *about*")
    record("suspension", "Out", subject="ByteDance", occurred="2023-12")
    record("question", "And now?")
    html = page()
    assert html.xpath("string(//h1)") == "A story"
    assert html.xpath("string(//div[@id='about']//em)") == "about"
    (facts,) = said(html, "//p[contains(@class, 'facts')]")
    assert facts == "Still developing updated 1 August 2024 3 developments Follow this story"
    assert said(html, "//div[@id='sections']/h3") == ["In force", "Open questions"]
    assert said(html, "//div[@id='sections']//li") == [
        "ByteDance has been suspended since December 2023. #2", "And now? #3",
    ]  # fmt: skip
    assert html.xpath("//div[@id='sections']//li/a/@href") == ["#2", "#3"]
    assert said(html, "//section[@class='month']/h3") == ["December 2023", "Date not known", "Notes of the desk"]
    assert html.xpath("//section[@class='month']/article/@id") == ["2", "3", "1"]


@pytest.mark.slow
def test_the_first_screen_says_what_it_is_where_it_stands_what_is_latest_and_what_is_open(
    record: Record, page: Page
) -> None:
    """A key event is more important than others, then what occurred last. Notes of the desk are no news."""
    record("opened", "A story", summary="What it is about")
    for number in range(1, 7):
        record("suspension", f"Out {number}", subject=f"Company {number}", occurred=f"2024-0{number}",
               key=number == 2)  # fmt: skip
    record("investigation", "They look", by="FAA", into="Company 1", occurred="2023")
    record("question", "And now?", occurred="2024-05-05")
    record("summary", "Six are out", text="Six are out")
    record("correction", corrects="#3", changes={"title": "Out two"}, why="a slip")
    html = page()
    assert said(html, "//div[@id='about']") == ["What it is about"]
    assert said(html, "//div[@id='summary']") == ["Six are out"]
    holds, opened = html.xpath("//section[@class='now']//ul[@class='marked']")
    assert holds.xpath("li/a/@href") == ["#3", "#7", "#6", "#5"]
    assert said(html, "//section[@class='now']//a[@href='#stands']") == ["2 more"]
    assert opened.xpath("li/a/@href") == ["#9", "#8"]
    latest = html.xpath("//section[@class='now']/div[2]//a")
    assert [words(each) for each in latest] == ["Out 6", "And now?", "Out 5"]
    assert said(html, "//section[@id='keys']//li") == ["February 2024Out two"]
    assert said(html, "//section[@id='corrections']//li") == ["Correction: “Out two”: A slip. 1 August 2024"]


def test_figures_are_in_groups_by_party_with_steps_where_they_moved(record: Record, page: Page) -> None:
    """The party with the latest figure comes first. What is in another part of the page is not said twice."""
    record("opened", "A story")
    for value, party, occurred in (("1", "A", "2024-01"), ("2", "B", "2024-02"), ("3", "B", "2024-03")):
        record("update", "It is so", occurred=occurred,
               figures=[{"party": party, "name": "cost", "value": value}])  # fmt: skip
    record("update", "None", occurred="2024-01", figures=[{"name": "staff", "value": "7"}])
    html = page()
    assert said(html, "//section[@class='num']/h3") == ["B", "A"]
    assert said(html, "//section[@class='num']//dd") == [
        "3 March 2024 #4", "7 January 2024 #5", "1 January 2024 #2",
    ]  # fmt: skip
    assert html.xpath("//section[@class='num']//path/@d") == ["M0 22V22H36V4H72"]
    assert html.xpath("//div[@id='sections']/h3") == []


def test_what_its_script_needs_is_there(desk: Workspace, record: Record, page: Page) -> None:
    """The controls are hidden, as they do nothing without it; articles say what is filtered by."""
    record("opened", "A story")
    suspended = record("suspension", "Out", subject="ByteDance", parties=["OpenAI"])
    record("update", "More", parties=["openai"])
    html = page()
    (main,) = html.xpath("//main")
    assert (main.get("data-story"), main.get("data-history")) == ("story", "history.json")
    assert html.xpath("//form/@hidden | //section[@id='since']/@hidden") == [""] * 3
    assert html.xpath("//select/@id") == ["by", "order", "party", "type"]
    (article,) = html.xpath("//article[@id='2']")
    assert dict(article.attrib) == {
        "id": "2",
        "class": "it",
        "data-type": "suspension",
        "data-parties": "openai bytedance",
        "data-recorded": suspended.event.recorded,
    }
    assert html.xpath("//select[@id='type']/option/@value") == ["", "opened", "suspension", "update"]
    parties = html.xpath("//select[@id='party']/option")
    assert [each.get("value") for each in parties] == ["", "bytedance", "openai"], "each folder once"
    slider = html.xpath("//input[@id='slider']")[0]
    assert (slider.get("min"), slider.get("max"), slider.get("value")) == ("0", "2", "2")
    date = html.xpath("//input[@id='date']")[0]
    assert (date.get("min"), date.get("max")) == ("2024-08-01", "2024-08-01")
    keys = set(html.xpath("//div[@id='sections']//li/@data-key"))
    told = json.loads(Path(desk.feeds, "stories/story/history.json").read_bytes())
    assert keys <= {item[0] for step in told["steps"] for item in step["items"]}


def test_a_story_says_what_it_is_where_it_is_shared(record: Record, page: Page) -> None:
    """Its title and its summary, on one line; without one, what its page is for. And all of it to machines."""
    record("opened", "A story", summary="What it\n\nis *about*")
    html = page()
    assert meta(html, "og:title") == "A story"
    assert meta(html, "og:description") == meta(html, "description") == "What it is about"
    assert (meta(html, "og:type"), meta(html, "og:site_name")) == ("article", "The desk")
    assert meta(html, "og:url") == html.xpath("string(//link[@rel='canonical']/@href)")
    assert meta(html, "og:url") == "https://desk.example/stories/story/"
    (data,) = html.xpath("//script[@type='application/ld+json']/text()")
    assert json.loads(data)["@type"] == "LiveBlogPosting"
    record("opened", "Another", story="other")
    assert meta(page("stories/other/index.html"), "description") == "Where things stand: Another"


@pytest.mark.slow
def test_a_figure_is_drawn_when_it_was_reported_more_than_once(record: Record, page: Page) -> None:
    """One number is no development."""
    record("opened", "A story")
    for value in ("10", "20"):
        assert page().xpath("//section[@id='charts'] | //svg") == []
        record("update", f"It is {value}", figures=[{"name": "revenue", "value": value}, {"name": f"cost {value}",
               "value": "1"}])  # fmt: skip
    html = page()
    assert said(html, "//figure[@class='chart']/figcaption") == ["revenue"]
    assert html.xpath("//figure//*[@data-known]/@data-known")[-1] == "3"


def test_amendments_are_shown_on_what_they_amend(record: Record, page: Page) -> None:
    """Struck where withdrawn; was and is where corrected."""
    record("opened", "A story")
    record("update", "Twenty millon")
    record("report", "They pay", body="The text.")
    record("correction", corrects="#2", changes={"title": "Twenty million"}, why="a slip")
    record("retraction", retracts="#3", why="a rumour")
    html = page()
    (corrected,) = html.xpath("//article[@id='2']")
    assert words(corrected.find("h4")) == "Twenty million (corrected)"
    assert "Corrected on 1 August 2024. A slip." in words(corrected)
    assert "Headline: we had said “Twenty millon”; it is “Twenty million”." in words(corrected)
    (retracted,) = html.xpath("//article[@id='3']")
    assert retracted.get("class") == "it retracted"
    assert "Withdrawn on 1 August 2024. A rumour." in words(retracted)
    assert retracted.xpath("string(.//del)").strip() == "The text."
    assert said(html, "//div[@id='sections']") == ["Nothing stands yet."]


def test_minor_developments_are_on_the_page(record: Record, page: Page) -> None:
    """The page has all of them; to a list in which they are not, they do not lead."""
    record("opened", "A story")
    record("update", "a detail", minor=True, parties=["OpenAI"])
    html = page()
    assert "a detail" in words(html)
    assert set(html.xpath("//article[@id='2']//a/@href")) == {"2.html"}
    assert "../../parties/openai/" not in html.xpath("//@href")


def test_of_a_very_long_story_the_oldest_are_a_line_each(
    record: Record, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a page of its own in full. If there is room again, all are in full again."""
    record("opened", "A story")
    for number in range(2, 8):
        record("update", f"number {number}", body="So it is.")
    page()
    monkeypatch.setattr(pages, "MOST_IN_FULL", 3_000)
    record("update", "number 8", body="So it is.")
    html = page()
    brief = html.xpath("//article[@class='it brief']")
    assert sorted(int(each.get("id")) for each in brief) == list(range(1, len(brief) + 1))
    assert 2 < len(brief) < 6
    for each in brief:
        assert [child.tag for child in each] == ["h4"]
        assert each.xpath("h4/a/@href") == [f"{each.get('id')}.html"]
    assert "So it is." in words(page(f"stories/story/{len(brief)}.html"))
    monkeypatch.undo()
    record("update", "number 9")
    assert page().xpath("//article[@class='it brief']") == []
    assert said(page(), "//article/p[text()='So it is.']") == ["So it is."] * 7


# A development's


def test_a_development_has_a_page(record: Record, page: Page) -> None:
    """At an address for ever, with what it says where it is shared, and the way to those beside it."""
    record("opened", "A story")
    record("report", "They pay", body="The text.\n\nAnd more.", parties=["OpenAI"], occurred="2024-07",
           sources=[{"url": "https://a.example/1"}])  # fmt: skip
    record("update", "More")
    html = page("stories/story/2.html")
    assert said(html, "//article/h1") == ["They pay"]
    assert said(html, "//title") == ["They pay: A story"]
    assert said(html, "//article/p[@class='stand']") == ["July 2024"]
    assert said(html, "//article/p[@class='ty']") == ["report OpenAI"]
    assert said(html, "//article/p[@class='src']") == ["#2 · recorded 1 August 2024, 12:00 UTC"]
    assert said(html, "//article/h2") == ["Source"]
    url = "https://desk.example/stories/story/2"
    assert html.xpath("//link[@rel='canonical']/@href") == [f"{url}.html"]
    assert (meta(html, "og:title"), meta(html, "og:url")) == ("They pay", f"{url}.html")
    assert html.xpath("//meta[@property='og:description']/@name") == ["description"]
    assert meta(html, "description") == "July 2024. The text. And more."
    schema = json.loads(html.xpath("string(//script[@type='application/ld+json'])"))
    assert schema["datePublished"] == schema["dateModified"]
    assert (schema["author"]["name"], schema["about"][0]["name"]) == ("Desk", "OpenAI")
    links = {link.get("rel"): link.get("href") for link in html.xpath("//nav[@class='along']/a")}
    assert links == {"prev": "1.html", None: "./#2", "next": "3.html"}
    assert page("stories/story/1.html").xpath("//a[@rel]/@rel") == ["next"]
    assert page("stories/story/3.html").xpath("//a[@rel]/@rel") == ["prev"]


def test_a_development_s_page_shows_what_became_of_it(record: Record, page: Page) -> None:
    """An amendment leads to what it is about."""
    record("opened", "A story")
    record("update", "Twenty millon")
    record("correction", corrects="#2", changes={"title": "Twenty million"}, why="a slip")
    retraction = record("retraction", retracts="#2", why="a rumour")
    html = page("stories/story/2.html")
    assert said(html, "//article[@class='one retracted']/h1") == ["Twenty million (withdrawn)"]
    assert said(html, "//article//strong") == ["Corrected on 1 August 2024.", "Withdrawn on 1 August 2024."]
    schema = json.loads(html.xpath("string(//script[@type='application/ld+json'])"))
    assert schema["dateModified"] == later(retraction.event.recorded, 1)
    assert said(html, "//details/*")[:2] == ["As it read until 1 August 2024, 12:00 UTC", "Twenty millon"]
    about = page("stories/story/4.html").xpath("//article/p/a[text()='development 2']/@href")
    assert about == ["../../stories/story/2.html"]


def test_a_removed_text_is_on_no_page(desk: Workspace, record: Record, page: Page) -> None:
    """Its page answers still, and says that there was one."""
    record("opened", "A story")
    record("update", "A secret", body="The secret.")
    page()
    record("redaction", redacts="#2", reason="court-order", authority="a court")
    assert page().xpath("//article[@id='2']/@class") == ["it redacted"]
    html = page("stories/story/2.html")
    assert "The text of this development was removed." in words(html)
    for path in Path(desk.feeds).rglob("*"):
        assert path.is_dir() or b"secret" not in path.read_bytes().lower(), path


# A month's


MONTHS = "//nav[@class='months'][not(details)]"
"""The links to the pages of what was known at the ends of months."""


@pytest.mark.slow
def test_the_page_of_a_month_of_the_world_says_what_was_so_then(
    record: Record, page: Page, desk: Workspace
) -> None:
    """As known now, also of a past that was recorded in one sitting. Each month in which something occurred has
    one, except for the last."""
    record("opened", "A story")
    record("suspension", "Out", subject="ByteDance", occurred="2023-12-15", body="The first text.")
    record("question", "And now?", occurred="2024-02")
    record("reinstatement", "Back again", occurred="2024-04-02")
    record("suspension", "Out too", subject="Acme", occurred="2024-02-03")
    record("correction", corrects="#2", changes={"body": "A better text."}, why="a slip")
    record("update", "More", occurred="2024-05-01")
    links = page().xpath("//nav[@class='months']/details//a/@href")
    assert links == ["asof-2024-04.html", "asof-2024-02.html", "asof-2023-12.html"]
    december, february, april = (
        page(f"stories/story/asof-{month}.html") for month in ("2023-12", "2024-02", "2024-04")
    )
    assert said(december, "//h1") == ["A story, at the end of December 2023"]
    assert said(december, "//section[@id='stands']//li") == [
        "ByteDance has been suspended since 15 December 2023. #2"
    ]
    assert said(december, "//article/h4") == ["Out (corrected)"]
    assert "A better text." in words(page("stories/story/2.html"))
    assert "And now?" not in words(december)
    assert said(february, "//section[@id='stands']//li") == [
        "ByteDance has been suspended since 15 December 2023. #2",
        "Acme has been suspended since 3 February 2024. #5",
        "And now? #3",
    ]
    assert february.xpath("//article/@id") == ["5", "3"]
    assert "ended on 2 April 2024" in words(april)
    before = [html.xpath("//p[@class='kick']/a/@href") for html in (december, april)]
    assert before == [["./"], ["./", "asof-2024-02.html"]]
    record("correction", corrects="#7", changes={"occurred": "2024-04-03"}, why="a slip")
    april_page = Path(desk.feeds, "stories/story/asof-2024-04.html")
    assert april_page.exists()
    page()
    assert not april_page.exists(), "it is the last month now"


@pytest.mark.slow
def test_a_month_s_page_says_what_was_known_then(record: Record, page: Page, clock: FixedClock) -> None:
    """And nothing that was recorded later: neither what happened nor what was amended."""
    record("opened", "A story")
    record("suspension", "Out", subject="ByteDance", body="The first text.")
    clock.instant += timedelta(days=31)
    record("question", "And now?")
    clock.instant += timedelta(days=61)
    record("correction", corrects="#1", changes={"title": "Another story"}, why="a better title")
    record("retraction", retracts="#2", why="a rumour")
    clock.instant += timedelta(days=30)
    record("update", "More")
    august, september, november = (page(f"stories/story/2024-{month}.html") for month in ("08", "09", "11"))
    assert said(august, "//h1") == ["A story, as known at the end of August 2024"]
    assert said(august, "//section[@id='stands']//li") == ["ByteDance is suspended. #2"]
    assert august.xpath("//article/@id") == ["2", "1"]
    assert said(september, "//section[@id='stands']//li") == ["ByteDance is suspended. #2", "And now? #3"]
    assert september.xpath("//article/@id") == ["3"]
    for html in (august, september):
        assert not re.search(
            "Another story|rumour|[Rr]etract|[Cc]orrect(ed|ion of)", words(html.find("body/main"))
        )
        assert "What was recorded later is not on this page." in words(html)
    assert said(november, "//h1") == ["Another story, as known at the end of November 2024"]
    assert said(november, "//section[@id='stands']//li") == ["And now? #3"]
    assert november.xpath("//article/@id") == ["5", "4"]
    before = [html.xpath("//p[@class='kick']/a/@href") for html in (august, september, november)]
    assert before == [["./"], ["./", "2024-08.html"], ["./", "2024-09.html"]]
    months = page().xpath(f"{MONTHS}//a/@href")
    assert months == ["2024-11.html", "2024-09.html", "2024-08.html"]


def test_only_a_month_before_the_last_has_a_page(
    desk: Workspace, record: Record, page: Page, clock: FixedClock
) -> None:
    """The page of the story itself shows the last month. It names no months if there is no other."""
    for month in ("08", "09", "10"):
        record(*(("opened", "A story") if month == "08" else ("update", "More")))
        html = page()
        folder = Path(desk.feeds, "stories", "story")
        there = sorted(path.name for path in folder.glob("2024-*.html"))
        assert there == [f"2024-{each}.html" for each in ("08", "09") if each < month]
        assert html.xpath(f"{MONTHS}//a/@href") == there[::-1]
        assert len(html.xpath(MONTHS)) == (month > "08")
        clock.instant += timedelta(days=31)


# Of the whole desk


def test_a_month_s_page_leads_to_no_list_that_is_not_there(
    desk: Workspace, record: Record, clock: FixedClock
) -> None:
    """That of a development which was minor, and whose text was removed only later."""
    record("opened", "A story")
    record("report", "A rumour", minor=True)
    clock.instant += timedelta(days=40)
    record("update", "More")
    record("redaction", redacts="#2", reason="court-order", authority="a court")
    publish(desk)
    check_site(desk.feeds)


def test_every_link_of_the_site_leads_somewhere(desk: Workspace, record: Record) -> None:
    """Between pages, to feeds, to the style sheet and the script, to places on the page."""
    for story in ("one", "two"):
        record("opened", "A story", story=story)
        record("suspension", "Out", story=story, subject="ByteDance")
        record("correction", story=story, corrects="#2", changes={"title": "Off"}, why="a slip")
    publish(desk)
    for path in Path(desk.feeds).rglob("*.html"):
        html = etree.HTML(path.read_text())
        for link in html.xpath("//@href | //@src"):
            address, _, place = link.partition("#")
            folder = Path(desk.feeds) if address.startswith("/") else path.parent
            target = (folder / address.partition("?")[0].removeprefix("/")).resolve() if address else path
            if link.startswith("https://"):
                continue
            target = target / "index.html" if target.is_dir() else target
            assert target.is_file(), (path, link)
            if place:
                assert etree.HTML(target.read_text()).xpath("//*[@id=$place]", place=place), (path, link)


def test_each_page_names_its_own_feeds(record: Record, page: Page, clock: FixedClock) -> None:
    """A feed reader finds them by the address of the page, a person in its footer. A development names one feed of
    its story."""
    record("opened", "A story")
    clock.instant += timedelta(days=31)
    record("update", "More", parties=["OpenAI"])
    types = ["application/atom+xml", "application/rss+xml", "application/feed+json"]
    all = ["all", "corrections", "standing"]
    story = [f"stories/story/{name}" for name in ("developments", "corrections", "standing")]
    for path, feeds in (
        ("index.html", all), ("stories/index.html", all), ("stories/2024-08.html", all), ("about/index.html", all),
        (STORY, story), ("stories/story/2.html", story[:1]), ("stories/story/2024-08.html", story[:1]),
        ("parties/openai/index.html", ["parties/openai/developments"]),
        ("types/update/index.html", ["types/update/developments"]),
        ("corrections/index.html", ["corrections"]),
    ):  # fmt: skip
        html = page(path)
        found = html.xpath("//link[@rel='alternate' and @type != 'application/json+oembed']")
        up = "../" * path.count("/")
        here = f"{os.path.dirname(path)}/" if up == "../../" else "-"
        places = [feed.removeprefix(here) if feed.startswith(here) else up + feed for feed in feeds]
        addresses = [f"{place}.{format}" for place in places for format in ("atom", "rss", "json")]
        assert [link.get("href") for link in found] == addresses
        assert [link.get("type") for link in found] == types * len(feeds)
        beside = html.xpath("//section[@aria-labelledby='feeds-heading']/ul/li[position() < last()]//a/@href")
        if path == "index.html":
            assert beside == addresses
            continue
        assert html.xpath("//footer//a/@href") == addresses
        footers = ["".join(each.itertext()).strip() for each in html.xpath("//footer/p")]
        assert [each for each in footers if not each.endswith(": Atom, RSS, JSON Feed")] == []


def test_the_list_has_what_moved_last_first(record: Record, page: Page) -> None:
    """With the status, and how much there is."""
    for story in ("a", "b"):
        record("opened", f"Story {story}", story=story)
    record("closed", "done", story="a")
    html = page("index.html")
    assert said(html, "//ul[@id='stories']/li/p[contains(@class, 'kick')]") == [
        "No longer followed updated 1 August 2024 2 developments",
        "Still developing updated 1 August 2024 1 development",
    ]
    assert said(html, "//ul[@id='stories']/li/h2") == ["Story a", "Story b"]
    assert html.xpath("//form[@id='find' and @hidden]//input/@type") == ["search"]


@pytest.mark.slow
def test_the_first_page_says_what_moved_and_what_is_expected(
    record: Record, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where what stands turned last, first; what is due soonest, first, with the story that it is of."""
    record("opened", "Story a", story="a")
    record("opened", "Story b", story="b")
    record("expectation", "A ruling", story="a", due="2025-06")
    record("expectation", "A hearing", story="b", due="2024-09-12")
    record("expectation", "An appeal", story="a", due="2024-10")
    record("update", "By the way", story="b")
    html = page("index.html")
    assert said(html, "//section[@aria-labelledby='moved-heading']//small/a") == ["Story a", "Story b"]
    assert [line.partition(".")[0] for line in under(html, "expected")] == ["A hearing", "An appeal", "A ruling"]
    assert html.xpath("//section[@aria-labelledby='expected-heading']//a/@href") == [
        "stories/b/2.html", "stories/a/3.html", "stories/a/2.html",
    ]  # fmt: skip
    record("retraction", story="b", retracts="#2", why="it was none")
    assert [line.partition(".")[0] for line in under(page("index.html"), "expected")] == ["An appeal", "A ruling"]
    monkeypatch.setattr(front_pages, "EXPECTED_ON_INDEX", 1)
    monkeypatch.setattr(front_pages, "TURNED_ON_INDEX", 1)
    monkeypatch.setattr(front_pages, "STORIES_ON_INDEX", 1)
    record("update", "More", story="a")
    html = page("index.html")
    assert (len(under(html, "moved")), len(under(html, "expected"))) == (1, 1)
    assert said(html, "//ul[@id='stories']/li/h2") == ["Story a"]
    assert "The 1 of 2 stories that moved last." in words(html)


def test_what_is_overdue_comes_after_what_is_still_to_come(record: Record, page: Page, clock: FixedClock) -> None:
    """Counted from the last event of all; and a story that is closed expects nothing."""
    record("opened", "Story a", story="a")
    record("expectation", "An old ruling", story="a", due="2024-09")
    record("expectation", "A new ruling", story="a", due="2026-06")
    record("opened", "Story b", story="b")
    record("expectation", "A hearing", story="b", due="2026-01")
    record("closed", "It is over", story="b")
    clock.instant += timedelta(days=500)
    record("update", "More", story="a")
    assert under(page("index.html"), "expected") == [
        "A new ruling. Expected by June 2026. Story a",
        "An old ruling. Expected by September 2024. Overdue. Story a",
    ]


def test_a_story_that_is_called_otherwise_is_so_on_all_pages(desk: Workspace, record: Record, page: Page) -> None:
    """Also where it was published under another title before."""
    record("opened", "Mr X arrested")
    record("suspension", "Out", subject="Mr Z", parties=["Mr Z"])
    record("update", "More", parties=["City"])
    publish(desk)
    record("correction", corrects="#1", changes={"title": "Mr Y arrested"}, why="a mistaken name")
    publish(desk)
    wrong = [
        str(path.relative_to(desk.feeds))
        for path in Path(desk.feeds).rglob("*.html")
        if "Mr X" in path.read_text() and "mistaken name" not in path.read_text()
    ]
    assert wrong == []
    assert "Mr Y arrested" in Path(desk.feeds, "stories/story/2.html").read_text()


@pytest.mark.slow
def test_corrections_stay_on_the_first_page_for_four_weeks(record: Record, page: Page, clock: FixedClock) -> None:
    """Counted back from the last event of all, as what is published does not know what day it is."""
    record("opened", "A story")
    record("update", "Twenty millon")
    assert under(page("index.html"), "corrections") == []
    record("correction", corrects="#2", changes={"title": "Twenty million"}, why="a slip")
    clock.instant += timedelta(days=20)
    record("correction", corrects="#2", changes={"body": "More."}, why="it lacked")
    assert under(page("index.html"), "corrections") == [
        "Correction: “Twenty million” Text: we added “More.” It lacked. 21 August 2024",
        "Correction: “Twenty million” Headline: we had said “Twenty millon”; it is “Twenty million”. A slip."
        " 1 August 2024",
    ]
    clock.instant += timedelta(days=10)
    record("update", "By the way")
    assert len(under(page("index.html"), "corrections")) == 1
    clock.instant += timedelta(days=40)
    record("opened", "Another", story="other")
    assert under(page("index.html"), "corrections") == []
    assert len(page("corrections/index.html").xpath("//article")) == 2


@pytest.mark.slow
def test_that_history_was_rewritten_is_on_the_first_page(desk: Workspace, record: Record, page: Page) -> None:
    """And where it is said how to verify: when, of which stories, and why."""
    for story in ("one", "two"):
        record("opened", "A story", story=story)
    assert page("index.html").xpath("//ul[@class='rewrites']") == []
    Path(desk.log.path("two")).unlink()
    with pytest.raises(Rewritten):
        publish(desk)
    publish(desk, accept_rewrite="it was never a story")
    for path in ("index.html", "about/index.html"):
        assert said(page(path), "//ul[@class='rewrites']/li") == ["1 August 2024, two: it was never a story"]


@pytest.mark.slow
def test_stories_are_listed_by_the_month_in_which_they_began(
    record: Record, page: Page, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The latest first; all on one page as long as they are not very many."""
    for story in ("a", "b", "c"):
        record("opened", f"Story {story}", story=story)
        clock.instant += timedelta(days=20)
    record("update", "More", story="a")
    html = page("stories/index.html")
    assert said(html, "//main/p") == ["By when they began: September 2024 (1), August 2024 (2)"]
    assert html.xpath("//main/p/a/@href") == ["2024-09.html", "2024-08.html"]
    assert said(html, "//ul[@id='stories']/li") == ["Story c", "Story b", "Story a"]
    assert said(page("stories/2024-08.html"), "//ul[@id='stories']/li") == ["Story b", "Story a"]
    assert page("stories/2024-08.html").xpath("//ul[@id='stories']//a/@href") == ["b/", "a/"]
    assert said(page("stories/2024-09.html"), "//ul[@id='stories']/li") == ["Story c"]
    monkeypatch.setattr(front_pages, "STORIES_IN_FULL", 3)
    record("opened", "Story d", story="d")
    html = page("stories/index.html")
    assert html.xpath("//ul[@id='stories'] | //form") == []
    assert said(html, "//main/p") == ["By when they began: September 2024 (2), August 2024 (2)"]


@pytest.mark.slow
def test_a_party_has_a_page(record: Record, page: Page) -> None:
    """With where things stand that it is part of, and all developments that name it, newest first."""
    record("opened", "Story a", story="a")
    record("opened", "Story b", story="b")
    record("suspension", "Out", story="a", subject="ByteDance", occurred="2023-12")
    record("update", "More", story="b", parties=["ByteDance", "OpenAI"])
    record("update", "A detail", story="b", parties=["ByteDance"], minor=True)
    html = page("parties/bytedance/index.html")
    assert said(html, "//h1") == ["ByteDance"]
    assert said(html, "//p[@class='stand']") == ["In 2 stories that we follow"]
    assert said(html, "//section[@class='now']/div[1]//li") == [
        "ByteDance has been suspended since December 2023. #2"
    ]
    assert html.xpath("//section[@class='now']//a/@href") == [
        "../../stories/a/?party=bytedance", "../../stories/a/2.html",
    ]  # fmt: skip
    assert said(html, "//ul[@class='told']/li") == [
        "More update, in Story b, recorded 1 August 2024",
        "December 2023 Out suspension, in Story a, recorded 1 August 2024",
    ]
    assert html.xpath("//ul[@class='told']//a/@href") == ["../../stories/b/2.html", "../../stories/a/2.html"]
    record("reinstatement", "In again", story="a", closes="#2")
    html = page("parties/bytedance/index.html")
    assert [len(each.xpath(".//li")) for each in html.xpath("//section[@class='now']/div")] == [0, 0, 1]
    assert said(page("parties/openai/index.html"), "//ul[@class='told']/li/a") == ["More"]


def test_a_type_has_a_page(record: Record, page: Page) -> None:
    """With all developments of that type; an amendment is of one too."""
    for story in ("a", "b"):
        record("opened", f"Story {story}", story=story)
    record("correction", story="a", corrects="#1", changes={"title": "Story c"}, why="a better title")
    html = page("types/opened/index.html")
    assert said(html, "//p[@class='kick'] | //h1") == ["Type", "opening"]
    assert said(html, "//ul[@class='told']/li/a") == ["Story b", "Story c (corrected)"]
    assert said(page("types/correction/index.html"), "//ul[@class='told']/li/a") == ["Correction: “Story c”"]


def test_all_amendments_are_on_one_page(record: Record, page: Page) -> None:
    """Newest first, with what was and what is; each leads to its own page."""
    record("opened", "A story")
    assert "Nothing was corrected yet." in words(page("corrections/index.html"))
    record("update", "Twenty millon")
    record("correction", corrects="#2", changes={"title": "Twenty million"}, why="a slip")
    record("retraction", retracts="#2", why="a rumour")
    html = page("corrections/index.html")
    assert said(html, "//article/h2") == ["Withdrawn: “Twenty million”", "Correction: “Twenty million”"]
    assert html.xpath("//article/h2/a/@href") == ["../stories/story/4.html", "../stories/story/3.html"]
    assert "A rumour." in words(html.xpath("//article")[0])


def test_how_to_subscribe_and_to_verify_is_said(desk: Workspace, record: Record, page: Page) -> None:
    """With addresses to copy, commands that are of this site, and the heads."""
    html = page("about/index.html")
    assert "No story yet." in words(html)
    assert "events/STORY.jsonl" in html.xpath("string(//pre)")
    heads = {slug: record("opened", "A story", story=slug).event.hash for slug in ("one", "two")}
    html = page("about/index.html")
    assert html.xpath("//ul/li/code/text() | //ul/li/a/code/text()")[:4] == [
        *(f"https://desk.example/{name}.atom" for name in ("all", "corrections", "standing")),
        "https://desk.example/feeds.opml",
    ]
    assert html.xpath("string(//pre)").splitlines() == [
        "tracker init copy",
        "curl -o copy/events/two.jsonl https://desk.example/stories/two/events.jsonl",
        "curl -o two.heads.json https://desk.example/stories/two/heads.json",
        "tracker -C copy verify --against two.heads.json",
    ]
    assert said(html, "//ul[@class='heads']/li") == [f"{slug}#1 {heads[slug]}" for slug in ("two", "one")]


def test_a_log_with_types_of_its_own_can_be_verified_too(
    desk: Workspace, record: Record, page: Page, cli: Callable[..., Ran]
) -> None:
    """What declares them is published with it; without that, its events are not understood."""
    declared = Path(desk.log.folder, "types.toml")
    declared.write_text('[ban]\nhelp = "Somebody is banned."\n')
    record("opened", "A story")
    assert cli("add", "ban", "story", "Out").code == 0
    lines = commands(page("about/index.html"))
    assert run(desk, cli, lines) == 0
    Path("copy/events/types.toml").unlink()
    assert run(desk, cli, lines[-1:]) == 1


def commands(html: Any) -> list[list[str]]:
    """What is to be typed, word by word."""
    return [shlex.split(line) for line in html.xpath("string(//pre)").splitlines()]


def run(desk: Workspace, cli: Callable[..., Ran], lines: list[list[str]]) -> int:
    """Does what the commands would where the site is served; the exit status of the last."""
    for program, *args in lines:
        if program == "tracker":
            code = cli(*args).code
        else:
            option, target, url = args
            assert (program, option) == ("curl", "-o")
            shutil.copy(Path(desk.feeds, url.removeprefix("https://desk.example/")), target)
    return code


def test_the_commands_that_verify_do(desk: Workspace, record: Record, page: Page, cli: Callable[..., Ran]) -> None:
    """As they stand on the page; and those that are run again tell a history that was rewritten."""
    record("opened", "A story")
    record("update", "More")
    lines = commands(page("about/index.html"))
    assert run(desk, cli, lines) == 0
    record("update", "Even more")
    publish(desk)
    log, verify = lines[1], lines[-1]
    assert run(desk, cli, [log, verify]) == 0
    Path(desk.feeds, "stories/story/events.jsonl").write_bytes(b"".join(desk.log.lines("story")[:1]))
    assert run(desk, cli, [log, verify]) == 1


def test_pages_run_one_script_and_load_nothing_from_elsewhere(desk: Workspace, record: Record) -> None:
    """They say so themselves, for hosts that send no headers."""
    record("opened", "A story", language="pt-BR", summary="![x](https://a.example/x.png)")
    record("update", "More", parties=["OpenAI"])
    publish(desk)
    for path in Path(desk.feeds).rglob("*.html"):
        if "embed" in path.parts:
            continue
        html = etree.HTML(path.read_text())
        up = "/" if path.name == "404.html" else "../" * (len(path.relative_to(desk.feeds).parts) - 1)
        assert html.xpath("//meta[@http-equiv='Content-Security-Policy']/@content") == [POLICY]
        assert html.xpath("//script[not(@type)]/@src") == [f"{up}script.js"]
        assert html.xpath("//link[@rel='stylesheet']/@href") == [f"{up}style.css"]
        assert html.xpath("//img | //iframe | //@style | //@onclick | //form/@action") == []
        assert html.get("lang") == "en", "tracker speaks no Portuguese"
        assert len(html.xpath("//h1")) == len(html.xpath("//title")) == len(html.xpath("//main[@id='main']")) == 1
        assert html.xpath("//a[@class='skip']/@href") == ["#main"]


def test_texts_in_a_language_that_tracker_does_not_speak_say_which(desk: Workspace, record: Record) -> None:
    """The words of the page are English then."""
    record("opened", "Um título", language="pt-BR", summary="Sobre")
    record("update", "Notícia", body="Mais texto")
    publish(desk)
    for name, texts in (
        ("index.html", ["Um título", "Notícia", "Mais texto"]),
        ("2.html", ["Notícia", "Mais texto"]),
    ):
        page = lxml_html.fromstring(Path(desk.feeds, "stories/story", name).read_bytes())
        assert page.get("lang") == "en"
        told = ["".join(each.itertext()).strip() for each in page.xpath("//*[@lang='pt-BR']")]
        assert {*texts} <= {*told}
