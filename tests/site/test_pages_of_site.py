"""A whole desk: three stories, seven hundred events over months, corrections, a retraction, a removal."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.conformance import check_site
from tests.conftest import FixedClock
from tests.publishing.test_publisher import site
from tests.subscribers import Feedparser, Newsboat, Reader, serving
from tracker.feeds.paging import LEAST_ITEMS, MOST_ITEMS
from tracker.maintenance.verify import verify
from tracker.publishing.publisher import publish
from tracker.workspace import init
from tracker.workspace.desk import Workspace

SIZES = {"alpha": 400, "beta": 200, "gamma": 90}
FORMATS = ("atom", "rss", "json")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("a whole desk")]  # which is made once


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Published every now and then, as a desk does."""
    clock = FixedClock()
    root = tmp_path_factory.mktemp("whole") / "desk"
    init.init(str(root), "The desk", "https://desk.example/", "Desk", "en", clock=clock)
    desk = Workspace(str(root), clock=clock)
    for slug, size in SIZES.items():
        desk.record(slug, [{"type": "opened", "title": f"The story of {slug}"}])
        for start in range(0, size, 50):
            clock.instant += timedelta(days=6)
            desk.record(slug, [development(slug, number) for number in range(start, min(start + 50, size))])
        publish(desk)
    for slug, values in amendments():
        desk.record(slug, [values], removes=True)
        publish(desk)
    return desk


def development(slug: str, number: int) -> dict[str, Any]:
    type = ("update", "report", "statement", "question", "expectation")[number % 5]
    own: dict[str, Any] = {
        "statement": {"speaker": "OpenAI", "quote": f"We say {number}."},
        "expectation": {"due": "2025"},
    }.get(type, {})
    if number % 2:
        own["sources"] = [
            {"url": f"https://news.example/{slug}/{number}", "publisher": "CNN", "quote": "they pay"}
        ]
    return {
        "type": type,
        "title": f"What happened in {slug} as number {number}",
        "body": f"Number **{number}** of [many](https://news.example/{number}).",
        "occurred": f"2024-{number % 7 + 1:02}",
        "parties": [("ByteDance", "OpenAI", "Microsoft")[number % 3]],
        "minor": number % 40 == 39,
    } | own


def amendments() -> Iterator[tuple[str, dict[str, Any]]]:
    yield (
        "alpha",
        {"type": "correction", "corrects": "#3", "changes": {"title": "It was otherwise"}, "why": "a slip"},
    )
    yield "alpha", {"type": "correction", "corrects": "#399", "changes": {"occurred": "2024-05"}, "why": "a slip"}
    yield "beta", {"type": "retraction", "retracts": "#7", "why": "the source took it back"}
    yield "gamma", {"type": "redaction", "redacts": "#9", "reason": "court-order", "authority": "a court"}
    yield "gamma", {"type": "closed", "title": "That was all"}


@pytest.mark.slow
def test_everything_conforms(desk: Workspace) -> None:
    """Every file, every format, and every link of the site to itself. Heads of stories and their archives have
    everything."""
    check_site(desk.feeds, covers={f"stories/{slug}/developments": material(desk, slug) for slug in SIZES})


def material(desk: Workspace, slug: str) -> set[str]:
    return {f"urn:uuid:{event.id}" for event in desk.log.read(slug) if not getattr(event, "minor", False)}


@pytest.mark.slow
def test_it_is_what_the_log_publishes(desk: Workspace) -> None:
    """Though it was published in many steps."""
    assert verify(desk).problems == []
    kept = site(desk)
    shutil.rmtree(desk.feeds)
    publish(desk)
    assert site(desk) == kept


def feeds_in(desk: Workspace) -> list[Path]:
    """Every JSON Feed, archives included: not all that ends like one is one."""
    return [path.with_suffix(".json") for path in Path(desk.feeds).rglob("*.atom")]


def test_no_document_that_subscribers_poll_is_too_large(desk: Workspace) -> None:
    """And no archive has too many entries; a busy head is not small either."""
    for path in feeds_in(desk):
        entries = json.loads(path.read_bytes())["items"]
        assert len(entries) <= MOST_ITEMS
        if path.parent.name == "alpha" and path.stem == "developments":
            assert len(entries) >= LEAST_ITEMS
        if path.name == "all.json":
            assert len(entries) > LEAST_ITEMS
        if "-20" not in path.name:
            assert all(path.with_suffix(f".{format}").stat().st_size < 250_000 for format in FORMATS)


def test_archives_go_by_month(desk: Workspace) -> None:
    """The month is that of recording. Only stories have archives."""
    archives = [path for path in feeds_in(desk) if "-20" in path.name]
    assert {path.parent.name for path in archives} == {"alpha", "beta"}
    for path in archives:
        month = path.name.partition("-")[2][:7]
        assert {item["date_published"][:7] for item in json.loads(path.read_bytes())["items"]} == {month}


@pytest.mark.slow
def test_every_development_and_every_month_has_a_page(desk: Workspace) -> None:
    """The last month of a story has none. The page of a month has the articles of that month."""
    for slug in SIZES:
        folder = Path(desk.feeds, "stories", slug)
        events = list(desk.log.read(slug))
        months = sorted({event.recorded[:7] for event in events})[:-1]
        pages = {"index", *months, *map(str, range(1, len(events) + 1))}
        assert {path.stem for path in folder.glob("*.html") if not path.stem.startswith("asof-")} == pages
        for month in months:
            ids = etree.HTML((folder / f"{month}.html").read_text()).xpath("//article/@id")
            recorded = [str(seq) for seq, event in enumerate(events, 1) if event.recorded.startswith(month)]
            assert ids == recorded[::-1]


@pytest.mark.parametrize("name", ["developments", "corrections", "standing"])
def test_a_closed_story_says_that_no_more_is_to_come(desk: Workspace, name: str) -> None:
    """And its last entry is that it closed."""
    feed = json.loads(Path(desk.feeds, f"stories/gamma/{name}.json").read_bytes())
    assert feed["expired"] is True
    assert "expired" not in json.loads(Path(desk.feeds, f"stories/alpha/{name}.json").read_bytes())
    if name == "developments":
        assert feed["items"][0]["title"].endswith(": That was all")


def test_every_feed_is_in_the_list(desk: Workspace) -> None:
    listed = etree.parse(Path(desk.feeds, "feeds.opml")).xpath("//outline/@xmlUrl")
    heads = {
        str(path.relative_to(desk.feeds)) for path in Path(desk.feeds).rglob("*.atom") if "-20" not in path.name
    }
    assert {each.removeprefix("https://desk.example/") for each in listed} == heads
    assert len(listed) == len(heads)


@pytest.mark.slow
@pytest.mark.debian
def test_readers_see_it(desk: Workspace, tmp_path: Path) -> None:
    """Each all that a head has, in each format that it reads, and the removed text nowhere."""
    with serving(desk.feeds) as url:
        for program, formats in ((Feedparser, ("atom", "rss")), (Reader, FORMATS), (Newsboat, ("atom", "rss"))):
            for format in formats:
                folder = tmp_path / f"{program.__name__}-{format}"
                folder.mkdir()
                for feed in ("all", "stories/gamma/developments", "standing"):
                    seen = program(folder).polls(f"{url}/{feed}.{format}")
                    items = json.loads(Path(desk.feeds, f"{feed}.json").read_bytes())["items"]
                    assert [item.id for item in seen if item.id not in {each["id"] for each in items}] == []
                    assert len(seen) == len(items)
                    assert "number 7 " not in " ".join(item.title for item in seen if "gamma" in item.title)
