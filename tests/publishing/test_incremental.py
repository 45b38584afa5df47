"""A publication that goes on from the last one gives the bytes that one from nothing gives, and writes only the
files that new events change."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.conformance import check_site
from tests.conftest import FixedClock, Ran
from tests.pictures import FILES
from tests.publishing.test_publisher import site
from tests.strategies import Stream, next_event
from tracker.domain.amend import REDACTED
from tracker.errors import BadInput, Rewritten
from tracker.feeds import paging
from tracker.feeds.entries import build_feed
from tracker.feeds.formats import FORMATS
from tracker.feeds.standing import EARLIER
from tracker.log import checkpoints
from tracker.publishing import publisher, state
from tracker.publishing.atomic_files import AtomicFiles
from tracker.publishing.publisher import publish
from tracker.site import pages
from tracker.workspace import init
from tracker.workspace.desk import Workspace


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three entries, so that a short story has archives; and a disk that takes no time."""
    monkeypatch.setattr(paging, "MOST_ITEMS", 3)
    monkeypatch.setattr(paging, "LEAST_ITEMS", 2)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def anew(desk: Workspace) -> dict[str, bytes]:
    """Return the site that the same log gives from nothing, in another folder."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(desk.root, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("feeds", ".tracker"))
        copy = Workspace(folder, clock=desk.clock)
        assert publish(copy).anew
        return site(copy)


GAPS = st.sampled_from([timedelta(0), timedelta(seconds=1), timedelta(days=1), timedelta(days=20)])


def move(data: st.DataObject, streams: list[Stream]) -> None:
    """Record something in one of the stories, mostly after all that was recorded before, or remove a text."""
    stream = data.draw(st.sampled_from(streams))
    instant = max(each.instant for each in streams) if data.draw(st.integers(0, 3)) else stream.instant
    gap = instant - stream.instant + data.draw(GAPS)
    removable = [each.seq for each in stream.story.developments if each.standing != REDACTED and not each.target]
    if len(removable) > 3 and not data.draw(st.integers(0, 19)):
        stream.instant += gap
        stream.redact(data.draw(st.sampled_from(removable[1:])))
    else:
        stream.take(data.draw(next_event(stream.story)), after=gap)


def write(desk: Workspace, stream: Stream) -> None:
    for name, picture in FILES.items():
        desk.log.put_picture(name, picture)
    path = Path(desk.log.path(stream.slug))
    text = b"".join(stream.lines)
    if not path.exists() or path.read_bytes() != text:
        aside = path.with_suffix(".new")
        aside.write_bytes(text)
        aside.replace(path)


def lose(data: st.DataObject, scratch: str) -> None:
    """Drop random entries from the state of the last publication, and put items into it that are too old for the
    heads of their feeds."""
    with closing(sqlite3.connect(Path(scratch, state.FILE))) as db, db:
        for row in db.execute("SELECT rowid FROM entries ORDER BY slug, seq").fetchall():
            if data.draw(st.booleans()):
                db.execute("DELETE FROM entries WHERE rowid = ?", row)
        for path, *oldest, count, _ in db.execute(OLDEST).fetchall():
            assert count <= paging.MOST_ITEMS + 1, "the publisher drops the items that no head can show"
            if count > paging.MOST_ITEMS and data.draw(st.booleans()):
                too_old = (path, "2024-01-01T00:00:00.000Z", *oldest)
                db.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)", too_old)


OLDEST = """
    SELECT path, slug, seq, id, weight, backfilled, count(*), min(published)
    FROM items WHERE published > '2024-08' GROUP BY path, backfilled ORDER BY path, backfilled
"""


@pytest.mark.slow
@settings(max_examples=8)
@given(st.data())
def test_any_history_of_publications_gives_the_same_site(data: st.DataObject) -> None:
    """Events are appended, amended and removed in any order, with publications in between. The state of the last
    publication may have lost entries."""
    streams = [Stream("one"), Stream("two")]
    for stream in streams:
        stream.add("opened", f"Story {stream.slug}", language="en")
    with tempfile.TemporaryDirectory() as folder:
        init.init(folder, "The desk", "https://desk.example/", "Desk", "en")
        desk = Workspace(folder)
        for _ in range(data.draw(st.integers(1, 5))):
            for _ in range(data.draw(st.integers(0, 6))):
                move(data, streams)
            for stream in streams[: data.draw(st.integers(1, 2))]:
                write(desk, stream)
            published = publish(desk)
            assert (published.errors, published.missing) == ([], [])
            event("anew" if published.anew else "went on")
            if data.draw(st.booleans()):
                lose(data, desk.scratch)
        assert site(desk) == anew(desk)


# What is written, and what is left alone


@pytest.fixture
def story(desk: Workspace, record: Callable[..., Any]) -> None:
    """Eight developments. Three fill a page, so there are two archives and a head."""
    record("opened", "A story")
    for number in range(2, 9):
        record("update", f"number {number}", parties=["ByteDance"])
    publish(desk)


def written(desk: Workspace) -> set[str]:
    published = publish(desk)
    assert (published.anew, published.errors, published.missing) == (False, [], [])
    assert site(desk) == anew(desk)
    return set(published.written)


def pages_of(seq: int) -> set[str]:
    """What a development of that number that does not change how the story stands writes in any case: its page and
    that of the one before it, which leads to it now, the story, its log, and what lists all."""
    story = (f"{seq - 1}.html", f"{seq}.html", "index.html", "history.json", "events.jsonl",
             "heads.json", "timeline.json", "sitemap.xml")  # fmt: skip
    own = {"index.html", "about/index.html", "heads.json", "embed/story/index.html"}
    return own | {*(f"stories/story/{name}" for name in story)}


def archives_of(files: Iterable[str]) -> set[str]:
    return {path.rpartition(".")[0] for path in files if "-2024-" in path}


DEVELOPMENTS = "stories/story/developments"


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_archives_stay_as_they_are(desk: Workspace, record: Callable[..., Any]) -> None:
    """A new event writes heads and, if it begins a page, the archive of the page before. Only the feeds of a story
    have archives."""
    assert archives_of(site(desk)) == {f"{DEVELOPMENTS}-2024-08", f"{DEVELOPMENTS}-2024-08-2"}
    record("update", "number 9", parties=["ByteDance"])
    found = written(desk)
    assert archives_of(found) == set()
    feeds = ("all", DEVELOPMENTS, "types/update/developments", "parties/bytedance/developments")
    pages = {"types/update/index.html", "parties/bytedance/index.html"}
    assert found == {f"{feed}.{format}" for feed in feeds for format in FORMATS} | pages | pages_of(9)
    record("update", "number 10", parties=["ByteDance"])
    assert archives_of(written(desk)) == {f"{DEVELOPMENTS}-2024-08-3"}


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_an_amendment_writes_the_archive_of_its_target(desk: Workspace, record: Callable[..., Any]) -> None:
    """No other archive is written."""
    record("correction", corrects="#4", changes={"title": "number four"}, why="a slip")
    assert archives_of(written(desk)) == {f"{DEVELOPMENTS}-2024-08-2"}
    record("retraction", retracts="#5", why="it was wrong")
    record("correction", corrects="#2", changes={"title": "number two"}, why="a slip")
    assert f"{DEVELOPMENTS}-2024-08" in archives_of(written(desk))


@pytest.mark.slow
def test_a_renamed_story_leaves_archives_alone(desk: Workspace, record: Callable[..., Any], story: None) -> None:
    """Archives have the title that the story had when they were written; heads and lists have the new one."""
    record("correction", corrects="#1", changes={"title": "Another story"}, why="a better title")
    found = written(desk)
    assert archives_of(found) == {f"{DEVELOPMENTS}-2024-08"}, "that of the opening"
    assert {"stories/index.html", "feeds.opml", "index.html"} <= found
    assert {f"stories/story/{seq}.html" for seq in range(1, 10)} <= found
    assert {"types/update/index.html", "parties/bytedance/index.html"} <= found
    assert b"<title>A story</title>" in site(desk)[f"{DEVELOPMENTS}-2024-08-2.atom"]
    assert b"<title>Another story</title>" in site(desk)[f"{DEVELOPMENTS}.atom"]


def test_a_minor_development_reaches_no_feed(desk: Workspace, record: Callable[..., Any], story: None) -> None:
    record("update", "by the way", minor=True)
    assert written(desk) == pages_of(9)


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_an_amendment_writes_the_pages_of_what_it_touches(desk: Workspace, record: Callable[..., Any]) -> None:
    """Those are the pages of its target, of the last development, which links to it, and of the feeds that have
    them. The page of the target's type has newer ones."""
    record("correction", corrects="#4", changes={"title": "number four"}, why="a slip")
    found = {path for path in written(desk) if path.endswith(".html")}
    assert found == {f"stories/story/{name}.html" for name in ("4", "8", "9", "index")} | {
        "index.html", "about/index.html", "corrections/index.html", "parties/bytedance/index.html",
        "types/correction/index.html",
    }  # fmt: skip


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_months_that_are_over_stay_as_they_are(
    desk: Workspace, record: Callable[..., Any], clock: FixedClock
) -> None:
    """Only a month before that of the last event has a page. Nothing that is recorded later changes it."""
    assert "stories/story/2024-08.html" not in site(desk)
    assert b"months" not in site(desk)["stories/story/index.html"]
    clock.instant += timedelta(days=40)
    record("correction", corrects="#4", changes={"title": "number four"}, why="a slip")
    assert "stories/story/2024-08.html" in written(desk)
    august = site(desk)["stories/story/2024-08.html"]
    assert b"number 4" in august
    assert b"number four" not in august
    assert b'<a href="2024-08.html">' in site(desk)["stories/story/index.html"]
    Path(desk.feeds, "stories/story/2024-08.html").unlink()
    record("update", "number 10")
    assert not publish(desk).anew
    assert "stories/story/2024-08.html" not in site(desk), "archives are not checked"
    clock.instant += timedelta(days=30)
    record("update", "number 11")
    assert not publish(desk).anew
    assert "stories/story/2024-09.html" in site(desk)
    assert publish(desk, anew=True).written == ["stories/story/2024-08.html"]
    assert site(desk)["stories/story/2024-08.html"] == august


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_articles_are_kept(desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The publisher makes the articles of the developments that an event touches, and those that were lost. It
    never reads the page."""
    made: list[int] = []
    article = pages.article
    monkeypatch.setattr(pages, "article", lambda entry, told: made.append(entry.seq) or article(entry, told))
    monkeypatch.setattr(publisher, "MOST_WATCHED", 0)
    page = Path(desk.feeds, "stories/story/index.html")
    record("correction", corrects="#4", changes={"title": "number four"}, why="a slip")
    assert not publish(desk).anew
    assert made == [9, 4]
    page.write_text(page.read_text().replace("number 7", "nothing"))
    with closing(sqlite3.connect(Path(desk.scratch, state.FILE))) as db, db:
        db.execute("DELETE FROM entries WHERE seq = 6")
    record("update", "number 10")
    made.clear()
    assert not publish(desk).anew
    assert made == [10, 6]
    assert "number 7" in page.read_text()
    monkeypatch.setattr(pages, "article", article)
    assert site(desk) == anew(desk)


@pytest.mark.slow
def test_backfilled_developments_are_no_news(
    desk: Workspace, record: Callable[..., Any], cli: Callable[..., Any]
) -> None:
    """They are in archives and on pages. The heads of feeds say how many there are, in one entry that grows."""
    record("opened", "A story")
    publish(desk)
    for number in range(3):
        record("update", f"Old {number}", backfilled=True, occurred="2019", parties=["ByteDance"])
        assert not is_anew(desk)
    record("update", "News")
    assert not is_anew(desk)
    heads = {path: data.decode() for path, data in site(desk).items() if path.endswith(".atom")}
    assert "Old" in heads.pop(f"{DEVELOPMENTS}-2024-08-2.atom")
    assert not [path for path, head in heads.items() if "Old" in head]
    assert "A story: 3 earlier developments were added" in heads["all.atom"]
    assert b"Old 2" in site(desk)["parties/bytedance/index.html"]
    assert b"Old 2" in site(desk)["stories/story/index.html"]
    check_site(desk.feeds, {DEVELOPMENTS: [f"urn:uuid:{event.id}" for event in desk.log.read("story")]})
    assert cli("verify").code == 0


@pytest.mark.slow
def test_more_backfilled_developments_than_a_page_shows(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They push no news out of a head."""
    monkeypatch.setattr(paging, "MOST_ITEMS", 4)
    record("opened", "A story")
    record("update", "News", parties=["ByteDance"])
    for number in range(20):
        record("update", f"Old {number}", backfilled=True, parties=["ByteDance"])
    publish(desk)
    for number in range(3):
        record("update", f"Older {number}", backfilled=True, parties=["ByteDance"])
        assert not is_anew(desk)
    assert b"News" in site(desk)["parties/bytedance/developments.atom"]
    record("update", "More news", parties=["ByteDance"])
    assert not is_anew(desk)


def kept(desk: Workspace) -> set[int]:
    with closing(sqlite3.connect(Path(desk.scratch, state.FILE))) as db:
        return {seq for (seq,) in db.execute("SELECT seq FROM entries WHERE slug = 'story'")}


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_entries_are_kept_while_a_document_needs_them(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of the story needs one here. The head of a feed needs three, and the state keeps one more of a feed
    of several stories."""
    monkeypatch.setattr(pages, "MOST_IN_FULL", 1)
    for number in (9, 10):
        record("update", f"number {number}", parties=["ByteDance"])
        written(desk)
    assert kept(desk) == {0, 1, 6, 7, 8, 9, 10}, "1 is alone in the feed of its type"


@pytest.mark.slow
def test_where_things_stand_moves_alone(desk: Workspace, record: Callable[..., Any], story: None) -> None:
    """An event that leaves the standing of its story alone writes no feed of where things stand."""
    record("opened", "Another", story="other")
    assert {"standing.atom", "stories/other/standing.atom"} <= written(desk)
    record("question", "Will it end?")
    found = written(desk)
    assert {"standing.json", "stories/story/standing.rss"} <= found
    record("update", "More")
    assert not [path for path in written(desk) if "standing" in path]


@pytest.mark.slow
def test_more_stories_than_a_feed_shows(desk: Workspace, record: Callable[..., Any]) -> None:
    """The feed of where things stand has those that changed last. A story that comes back into it is read from its
    log."""
    for name in "abcde":
        record("opened", f"Story {name}", story=name)
    publish(desk)
    record("question", "Why?", story="a")
    assert "standing.atom" in written(desk)
    feed = site(desk)["standing.atom"].decode()
    assert [name for name in "abcde" if f"<title>Story {name}: " in feed] == [
        "a",
        "d",
        "e",
    ]
    assert "complete" not in feed


# What a publication goes on from, and when it begins from nothing


def is_anew(desk: Workspace) -> bool:
    published = publish(desk)
    assert (published.errors, published.missing) == ([], [])
    assert site(desk) == anew(desk)
    return published.anew


@pytest.mark.slow
@pytest.mark.usefixtures("story")
def test_an_amendment_that_moves_an_entry_into_another_feed(desk: Workspace, record: Callable[..., Any]) -> None:
    """The entry is in both feeds then, so that subscribers of the wrong one read the correction. An entry that
    becomes minor stays in its feeds."""
    record("correction", corrects="#7", changes={"parties": ["OpenAI"]}, why="a slip")
    assert not is_anew(desk)
    for party in ("openai", "bytedance"):
        feed = site(desk)[f"parties/{party}/developments.atom"]
        assert "Correction: “".encode() in feed
        assert b"A story: number 7 (corrected)" in feed
    record("correction", corrects="#3", changes={"minor": True}, why="not news")
    assert not is_anew(desk)
    assert b"A story: number 3 (corrected)" in site(desk)[f"{DEVELOPMENTS}-2024-08.atom"]
    record("update", "Something else", parties=["OpenAI"])
    assert not is_anew(desk)
    record("correction", corrects="#5", changes={"parties": ["OpenAI"]}, why="a slip")
    assert not is_anew(desk), "the entry belongs before those that the head has"


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_an_event_before_the_first_entry_of_a_feed(
    desk: Workspace, record: Callable[..., Any], clock: FixedClock
) -> None:
    """The feed has the name that its first entry gives the party."""
    record("update", "first", parties=["Acme"])
    publish(desk)
    clock.instant -= timedelta(minutes=10)
    record("opened", "Another", story="other")
    record("update", "earlier", story="other", parties=["ACME"])
    assert not is_anew(desk)
    assert b": ACME</title>" in site(desk)["parties/acme/developments.atom"]
    assert b"The desk: ACME" in site(desk)["feeds.opml"]


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_the_first_entry_of_a_feed_was_minor(desk: Workspace, record: Callable[..., Any]) -> None:
    """The name of the feed changes with it, and so does the list of feeds, though a later entry comes first."""
    record("update", "by the way", minor=True, parties=["Acme"])
    record("update", "more", parties=["ACME"])
    record("correction", corrects="#2", changes={"title": "number two"}, why="a slip")
    publish(desk)
    record("correction", corrects="#9", changes={"minor": False}, why="it is news")
    assert not is_anew(desk)
    assert b"The desk: Acme" in site(desk)["feeds.opml"]


@pytest.mark.slow
def test_what_was_minor_stays_so_when_it_is_removed(
    desk: Workspace, record: Callable[..., Any], story: None
) -> None:
    """No feed names it, because subscribers never read it."""
    rumour = record("update", "by the way", minor=True)
    publish(desk)
    redaction = record("redaction", redacts="#9", reason="court-order", authority="a court")
    assert is_anew(desk)
    for path, data in site(desk).items():
        if path.endswith((".atom", ".rss")):
            assert rumour.event.id.encode() not in data
            assert redaction.event.id.encode() not in data


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_a_story_from_before_what_heads_have(
    desk: Workspace, record: Callable[..., Any], clock: FixedClock
) -> None:
    """Another desk recorded it earlier. It is in its own feeds, and not in those of all stories."""
    clock.instant -= timedelta(seconds=15)
    record("opened", "Late", story="late")
    assert not is_anew(desk)
    assert b"Late" not in site(desk)["all.atom"]
    assert b"Late" in site(desk)["stories/late/developments.atom"]
    clock.instant += timedelta(minutes=1)
    record("update", "In time", story="late")
    assert not is_anew(desk)
    assert b"In time" in site(desk)["all.atom"]


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_a_removed_text_is_removed_from_every_document(desk: Workspace, record: Callable[..., Any]) -> None:
    record("redaction", redacts="#2", reason="court-order", authority="a court")
    assert is_anew(desk)
    assert not [path for path, data in site(desk).items() if b"number 2" in data]
    assert not [
        path for path in Path(desk.scratch).iterdir() if path.is_file() and b"number 2" in path.read_bytes()
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("story")
@pytest.mark.parametrize(
    "path",
    ["all.atom", "all.rss", "stories/story/developments.json", "stories/story/index.html", "index.html",
     "types/update/developments.atom", "heads.json", "feeds.opml"],
)  # fmt: skip
@pytest.mark.parametrize("how", ["deleted", "emptied", "changed"])
def test_another_program_changed_a_checked_file(desk: Workspace, path: str, how: str) -> None:
    """The next publication puts it right, though there is no new event."""
    before = site(desk)
    file = Path(desk.feeds, path)
    match how:
        case "deleted":
            file.unlink()
        case "emptied":
            file.write_bytes(b"")
        case "changed":
            file.write_bytes(file.read_bytes().replace(b"desk", b"Desk"))
    if how == "emptied" and path == "heads.json":
        with pytest.raises(BadInput, match=r"not JSON.*\. Restore it from a copy, or delete it and publish again"):
            publish(desk)
        return
    assert publish(desk).anew
    assert site(desk) == before


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_another_configuration_or_code(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every document may differ then."""
    path = Path(desk.root, "tracker.toml")
    path.write_text(path.read_text().replace("https://desk.example/", "https://other.example/"))
    moved = Workspace(desk.root, clock=desk.clock)
    assert publish(moved).anew
    assert b"https://other.example/" in site(moved)["all.atom"]
    Path(desk.log.folder, "types.toml").write_text('[outage]\nhelp = "Something is down."\n')
    assert is_anew(Workspace(desk.root, clock=desk.clock))
    monkeypatch.setattr("tracker.publishing.publisher.__version__", "0.0.0")
    assert is_anew(Workspace(desk.root, clock=desk.clock))


@pytest.mark.slow
@pytest.mark.usefixtures("story")
def test_other_words_for_readers(desk: Workspace) -> None:
    """All pages are written again in another language of the desk, and with other sentences of its types or names
    that are plurals. No date changes: to subscribers, nothing is new."""
    config, types, parties = (
        Path(desk.root, "tracker.toml"),
        Path(desk.log.folder, "types.toml"),
        Path(desk.log.folder, "parties.toml"),
    )

    def dates() -> list[bytes]:
        found = site(Workspace(desk.root, clock=desk.clock))["all.atom"]
        return re.findall(rb"<(?:updated|published|id)>[^<]*", found)

    before = dates()
    config.write_text(config.read_text().replace('language = "en"', 'language = "de"'))
    assert is_anew(Workspace(desk.root, clock=desk.clock))
    assert b'<html lang="de"' in site(desk)["index.html"]
    for holds in ("{service} is down {since}.", "{service} has failed {since}."):
        types.write_text(f"""
            [outage]
            help = "Something is down."
            fields.service = {{ kind = "party", help = "the service" }}
            opens = "outage"
            label = "outage of {{service}}"
            word = "down"
            ended = "up"
            sentences.holds = "{holds}"
        """)
        assert is_anew(Workspace(desk.root, clock=desk.clock))
    parties.write_text('["Passengers"]\nplural = true\n')
    assert is_anew(Workspace(desk.root, clock=desk.clock))
    assert not is_anew(Workspace(desk.root, clock=desk.clock))
    assert dates() == before


def test_the_code_of_a_new_package_counts(tmp_path: Path) -> None:
    """A change in any package rebuilds everything, except in those that shape no published file."""
    for path in (
        "fold.py",
        "cli/app.py",
        "server/api/app.py",
        "wording/server/en.py",
        "wording/__pycache__/en.pyc",
    ):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    assert sorted(file.name for file in publisher._code(str(tmp_path))) == ["en.py", "fold.py"]


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_the_state_may_be_lost_or_broken(desk: Workspace) -> None:
    """The next publication begins from nothing and gives the same site."""
    before = site(desk)
    for break_it in (
        Path.unlink,
        lambda path: path.write_bytes(b"SQLite format 3\0 no"),
        lambda path: path.write_bytes(b""),
    ):
        break_it(Path(desk.scratch, state.FILE))
        for left in Path(desk.scratch).glob(f"{state.FILE}-*"):
            left.unlink()
        assert publish(desk) == ([], True, [], [])
        assert site(desk) == before
        assert publish(desk) == ([], False, [], [])


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_what_belongs_to_no_story_any_more_is_removed(desk: Workspace, record: Callable[..., Any]) -> None:
    """Its folder goes too, and archives of feeds that have none. Files that the desk put there stay."""
    record("opened", "Another", story="other")
    publish(desk)
    Path(desk.feeds, "CNAME").write_text("desk.example")
    for name in (f"{DEVELOPMENTS}-2023-01.atom", "stories/story/2.oembed.json", "all-2023-01.atom"):
        Path(desk.feeds, name).write_text("left from before")
    Path(desk.log.path("other")).unlink()
    with pytest.raises(Rewritten, match="the story is gone"):
        publish(desk)
    assert publish(desk, accept_rewrite="it was never a story").anew
    found = site(desk)
    assert not [path for path in found if "other" in path or "2023" in path]
    assert not Path(desk.feeds, "stories", "other").exists()
    assert found["CNAME"] == b"desk.example"


@pytest.mark.slow
@pytest.mark.parametrize("how", ["removed", "changed", "replaced"])
def test_another_program_works_on_the_site_meanwhile(
    desk: Workspace, record: Callable[..., Any], story: None, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The publication names the file. The next one begins from nothing and puts it right."""
    record("update", "number 9")
    file = Path(desk.feeds, "all.json")
    place = AtomicFiles.place

    def then_change(self: AtomicFiles) -> None:
        place(self)
        match how:
            case "removed":
                file.unlink()
            case "changed":
                file.write_bytes(file.read_bytes() + b" ")
            case "replaced":
                os.replace(shutil.copy(file, f"{file}.new"), file)

    with monkeypatch.context() as patched:
        patched.setattr(AtomicFiles, "place", then_change)
        published = publish(desk)
    assert (published.anew, published.missing) == (False, ["all.json"])
    assert is_anew(desk)


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_a_damaged_story_stops_no_other(desk: Workspace, record: Callable[..., Any]) -> None:
    """Every publication reports it, until the log is whole again."""
    path = Path(desk.log.path("story"))
    whole = path.read_bytes()
    record("opened", "Another", story="other")
    path.write_bytes(whole.replace(b"number 7", b"number 6"))
    assert len(publish(desk).errors) == 1
    with closing(sqlite3.connect(Path(desk.scratch, state.FILE))) as db, db:
        db.execute("DELETE FROM entries")
    record("update", "More", story="other")
    published = publish(desk)
    assert (len(published.errors), published.anew, published.missing) == (1, False, [])
    assert publish(desk, anew=True).written == []
    path.write_bytes(whole)
    assert is_anew(desk)


@pytest.mark.slow
@pytest.mark.usefixtures("story")
def test_many_stories_at_once(desk: Workspace, record: Callable[..., Any]) -> None:
    for name in ("one", "two", "three", "four"):
        record("opened", "A story", story=name)
    assert not is_anew(desk)
    for name in ("one", "three", "story"):
        record("update", "More", story=name, parties=["ByteDance"])
    assert not is_anew(desk)


def test_a_log_that_was_only_touched(desk: Workspace, story: None) -> None:
    path = Path(desk.log.path("story"))
    path.write_bytes(path.read_bytes())
    assert publish(desk) == ([], False, [], [])
    assert publish(desk) == ([], False, [], [])


@pytest.mark.slow
def test_hashes_of_many_stories_have_no_checkpoints(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That holds for the file of all stories, which every publication writes. Each story's own file has them."""
    monkeypatch.setattr(checkpoints, "FEW", 2)
    for name in ("one", "two", "three"):
        record("opened", "A story", story=name)
        publish(desk)
        few = b"checkpoints" in site(desk)["heads.json"]
        assert few == (name != "three")
        assert not is_anew(desk)
    record("update", "More", story="one")
    assert not is_anew(desk)
    assert b"checkpoints" not in site(desk)["heads.json"]
    assert b"checkpoints" in site(desk)["stories/one/heads.json"]


@pytest.mark.slow
def test_a_standing_that_fits_again_is_made_from_the_log(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It did not fit into the feed, and fits when another story has less to say."""
    record("opened", "Small", story="small")
    monkeypatch.setattr(
        paging, "MOST_WEIGHT", 2 * build_feed("small", list(desk.log.read("small"))).standing.weight + 2_000
    )
    record("opened", "Large", story="large")
    for number in range(4):
        record("question", f"{number} " * 140 + "?", story="large")
    publish(desk)
    assert b"Where things stand: Small" not in site(desk)["standing.atom"]
    for number in range(4):
        record("retraction", story="large", retracts=f"#{number + 2}", why="nobody asks")
    for number in range(EARLIER + 1):
        record("summary", "So", story="large", text=f"So it is {number}")
    assert "standing.atom" in written(desk)
    assert b"Where things stand: Small" in site(desk)["standing.atom"]


@pytest.mark.slow
@pytest.mark.usefixtures("story")
@pytest.mark.parametrize(
    "name", ["types/update/developments", DEVELOPMENTS, f"{DEVELOPMENTS}-2024-08", "stories/story/index"]
)
@pytest.mark.parametrize("how", ["deleted", "emptied"])
def test_an_unchecked_file_is_written_with_its_next_event(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, name: str, how: str
) -> None:
    """The publisher never reads published files, so what another program did to one is gone then."""
    monkeypatch.setattr(publisher, "MOST_WATCHED", 0)
    file = Path(desk.feeds, f"{name}.{'html' if name.endswith('index') else 'atom'}")
    file.unlink() if how == "deleted" else file.write_bytes(b"")
    assert publish(desk) == ([], False, [], [])
    record("correction", corrects="#2", changes={"title": "number two"}, why="a slip")
    assert not is_anew(desk)


def test_a_locked_state_counts_as_empty(desk: Workspace, story: None) -> None:
    path = Path(desk.scratch, state.FILE)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(state.open_state(desk.scratch, wait=0)) as aside:
            assert aside.versions() == {}
    assert publish(desk) == ([], False, [], [])


@pytest.mark.usefixtures("story")
@pytest.mark.slow
def test_a_disk_that_is_full(desk: Workspace, cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """A publication from nothing reports it. If only the end of the state cannot be saved, the next publication
    begins from nothing."""

    def full(self: state.PublicationState, *args: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(state.PublicationState, "put_item", full)
        code, out, err = cli("publish", "--anew")
    assert (code, out) == (1, "")
    assert err.endswith(
        "published.db: database or disk is full. Not all is published; repair that and publish again\n"
    )
    with monkeypatch.context() as patched:
        patched.setattr(state.PublicationState, "put_file", full)
        assert publish(desk).missing == []
    assert is_anew(desk)
