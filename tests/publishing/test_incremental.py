"""Going on from the last publication gives the bytes that making everything anew gives, and costs what is new."""

from __future__ import annotations

import os
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

from tests.conftest import FixedClock, Ran
from tests.publishing.test_publisher import site
from tests.strategies import Stream, next_event
from tracker.domain.amend import REDACTED
from tracker.errors import BadInput, Rewritten
from tracker.feeds import paging
from tracker.feeds.documents import FORMATS
from tracker.feeds.entries import build_feed
from tracker.feeds.standing import EARLIER
from tracker.log import checkpoints
from tracker.publishing import incremental, publisher, state
from tracker.publishing import render as sites
from tracker.publishing.atomic_files import AtomicFiles
from tracker.publishing.publisher import publish
from tracker.site import pages
from tracker.workspace import init
from tracker.workspace.desk import Workspace


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three entries, so that a short story has archives; and a disk that takes no time."""
    for module in (paging, sites):
        monkeypatch.setattr(module, "MOST_ITEMS", 3)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def anew(desk: Workspace) -> dict[str, bytes]:
    """The site that the same log gives when everything is made anew, elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(desk.root, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("feeds", ".tracker"))
        copy = Workspace(folder, clock=desk.clock)
        assert publish(copy).anew
        return site(copy)


GAPS = st.sampled_from([timedelta(0), timedelta(seconds=1), timedelta(days=1), timedelta(days=20)])


def move(data: st.DataObject, streams: list[Stream]) -> None:
    """Something is recorded in one of the stories, after all that was recorded before, or a text is removed."""
    stream = data.draw(st.sampled_from(streams))
    instant = max(each.instant for each in streams) if data.draw(st.integers(0, 9)) else stream.instant
    gap = instant - stream.instant + data.draw(GAPS)
    removable = [each.seq for each in stream.story.developments if each.standing != REDACTED and not each.target]
    if len(removable) > 3 and not data.draw(st.integers(0, 19)):
        stream.instant += gap
        stream.redact(data.draw(st.sampled_from(removable[1:])))
    else:
        stream.take(data.draw(next_event(stream.story)), after=gap)


def write(desk: Workspace, stream: Stream) -> None:
    path = Path(desk.log.path(stream.slug))
    text = b"".join(stream.lines)
    if not path.exists() or path.read_bytes() != text:
        aside = path.with_suffix(".new")
        aside.write_bytes(text)
        aside.replace(path)


@pytest.mark.slow
@settings(max_examples=8)
@given(st.data())
def test_any_history_of_publications_gives_the_same_site(data: st.DataObject) -> None:
    """Whatever is appended, amended, removed and published in between, in whatever order."""
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
        assert site(desk) == anew(desk)


# What is written, and what is left alone


@pytest.fixture
def story(desk: Workspace, record: Callable[..., Any]) -> None:
    """Eight developments, three a page: two archives and a head."""
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
    that of the one before it, which leads to it now, the month, the story, its log, and what lists all."""
    story = (f"{seq - 1}.html", f"{seq}.html", f"{seq}.oembed.json", "2024-08.html", "index.html", "history.json",
             "events.jsonl", "heads.json")  # fmt: skip
    return {"index.html", "about/index.html", "heads.json", *(f"stories/story/{name}" for name in story)}


def archives_of(paths: Iterable[str]) -> set[str]:
    return {path.partition(".")[0] for path in paths if "-2024-" in path}


@pytest.mark.usefixtures("story")
def test_archives_stay_as_they_are(desk: Workspace, record: Callable[..., Any]) -> None:
    """A new event writes heads and, where a page is full, the archive that it closes."""
    assert archives_of(site(desk)) == {
        f"{feed}-2024-08{number}"
        for feed in (
            "all",
            "stories/story/developments",
            "types/update/developments",
            "parties/bytedance/developments",
        )
        for number in ("", "-2")
    }
    record("update", "number 9", parties=["ByteDance"])
    found = written(desk)
    assert archives_of(found) == set()
    feeds = ("all", "stories/story/developments", "types/update/developments", "parties/bytedance/developments")
    pages = {"types/update/index.html", "parties/bytedance/index.html"}
    assert found == {f"{feed}.{format}" for feed in feeds for format in FORMATS} | pages | pages_of(9)
    record("update", "number 10", parties=["ByteDance"])
    assert archives_of(written(desk)) == {"all-2024-08-3", "stories/story/developments-2024-08-3"}


@pytest.mark.usefixtures("story")
def test_an_amendment_writes_the_archive_of_its_target(desk: Workspace, record: Callable[..., Any]) -> None:
    """In every feed that the target is in, and no other archive; though heads may still have it as well."""
    record("correction", corrects="#4", changes={"title": "number four"}, why="a slip")
    assert archives_of(written(desk)) == {
        "all-2024-08-2",
        "stories/story/developments-2024-08-2",
        "types/update/developments-2024-08",
        "parties/bytedance/developments-2024-08",
    }
    record("retraction", retracts="#5", why="it was wrong")
    record("correction", corrects="#2", changes={"title": "number two"}, why="a slip")
    assert "all-2024-08" in archives_of(written(desk))


def test_a_story_that_is_called_otherwise_leaves_archives_alone(
    desk: Workspace, record: Callable[..., Any], story: None
) -> None:
    """They are called as the story was when they were written; heads and lists as it is."""
    record("correction", corrects="#1", changes={"title": "Another story"}, why="a better title")
    found = written(desk)
    assert archives_of(found) == {"all-2024-08", "stories/story/developments-2024-08"}, "that of the opening"
    assert {"stories/index.html", "feeds.opml", "index.html"} <= found
    assert b"<title>A story</title>" in site(desk)["stories/story/developments-2024-08-2.atom"]
    assert b"<title>Another story</title>" in site(desk)["stories/story/developments.atom"]


def test_a_minor_development_reaches_no_feed(desk: Workspace, record: Callable[..., Any], story: None) -> None:
    record("update", "by the way", minor=True)
    assert written(desk) == pages_of(9)


@pytest.mark.usefixtures("story")
def test_an_amendment_writes_the_pages_of_what_it_touches(desk: Workspace, record: Callable[..., Any]) -> None:
    """Those of the developments, and of the groups that show them; not that of its type, which has newer ones."""
    record("correction", corrects="#4", changes={"title": "number four"}, why="a slip")
    found = written(desk)
    assert {path for path in found if path.endswith((".html", ".oembed.json")) and "stories/" in path} == {
        f"stories/story/{name}"
        for name in ("4.html", "4.oembed.json", "8.html", "9.html", "9.oembed.json", "2024-08.html", "index.html")
    }
    assert {path for path in found if path.endswith(".html") and "stories/" not in path} == {
        "index.html", "about/index.html", "corrections/index.html", "parties/bytedance/index.html",
        "types/correction/index.html",
    }  # fmt: skip


@pytest.mark.usefixtures("story")
def test_months_that_are_over_stay_as_they_are(
    desk: Workspace, record: Callable[..., Any], clock: FixedClock
) -> None:
    """What is recorded later is not on their pages, whatever it amends."""
    august = site(desk)["stories/story/2024-08.html"]
    clock.instant += timedelta(days=40)
    record("correction", corrects="#4", changes={"title": "number four"}, why="a slip")
    found = written(desk)
    assert "stories/story/2024-09.html" in found
    assert site(desk)["stories/story/2024-08.html"] == august
    Path(desk.feeds, "stories/story/2024-08.html").unlink()
    record("update", "number 10")
    assert site(desk).get("stories/story/2024-08.html") is None
    publish(desk)
    assert site(desk)["stories/story/2024-08.html"] == august


@pytest.mark.usefixtures("story")
def test_articles_are_taken_from_a_page_that_is_as_it_was_left(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that no event touched since; all are made anew where somebody was at the page."""
    made: list[int] = []
    article = pages.article
    monkeypatch.setattr(pages, "article", lambda entry: made.append(entry.seq) or article(entry))
    monkeypatch.setattr("tracker.publishing.publisher.MOST_WATCHED", 0)
    page = Path(desk.feeds, "stories/story/index.html")
    record("correction", corrects="#4", changes={"title": "number four"}, why="a slip")
    assert not publish(desk).anew
    on_the_month, on_the_story = made[:-2], made[-2:]
    assert on_the_month == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert on_the_story == [9, 4]
    page.write_text(page.read_text().replace("number 7", "nothing"))
    record("update", "number 10")
    made.clear()
    assert not publish(desk).anew
    assert made[-10:] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert "number 7" in page.read_text()
    monkeypatch.setattr(pages, "article", article)
    assert site(desk) == anew(desk)


def test_where_things_stand_moves_alone(desk: Workspace, record: Callable[..., Any], story: None) -> None:
    """Stories whose standing did not change keep their entries in the feed of all."""
    record("opened", "Another", story="other")
    assert {"standing.atom", "stories/other/standing.atom"} <= written(desk)
    record("question", "Will it end?")
    found = written(desk)
    assert {"standing.json", "stories/story/standing.rss"} <= found
    record("update", "More")
    assert not [path for path in written(desk) if "standing" in path]


def test_more_stories_than_a_feed_shows(desk: Workspace, record: Callable[..., Any]) -> None:
    """Of where things stand, those that changed last; one that comes back is told from its log."""
    for name in "abcde":
        record("opened", f"Story {name}", story=name)
    publish(desk)
    record("question", "Why?", story="a")
    assert "standing.atom" in written(desk)
    feed = site(desk)["standing.atom"].decode()
    assert [name for name in "abcde" if f"Where things stand: Story {name}</title><updated>" in feed] == [
        "a",
        "d",
        "e",
    ]
    assert "complete" not in feed


# When everything is made anew


def is_anew(desk: Workspace) -> bool:
    published = publish(desk)
    assert (published.errors, published.missing) == ([], [])
    assert site(desk) == anew(desk)
    return published.anew


@pytest.mark.usefixtures("story")
def test_an_amendment_that_moves_an_entry_into_another_feed(desk: Workspace, record: Callable[..., Any]) -> None:
    """It is in both from then on: who was told what was wrong is told that it was. One that is minor now stays."""
    record("correction", corrects="#2", changes={"parties": ["OpenAI"]}, why="a slip")
    assert not is_anew(desk)
    for party in ("openai", "bytedance"):
        feed = site(desk)[f"parties/{party}/developments.atom"]
        assert b"Correction of" in feed
    assert b"Corrected: number 2" in site(desk)["parties/openai/developments.atom"]
    assert b"Corrected: number 2" in site(desk)["parties/bytedance/developments-2024-08.atom"]
    record("correction", corrects="#3", changes={"minor": True}, why="not news")
    assert not is_anew(desk)
    assert b"Corrected: number 3" in site(desk)["all-2024-08.atom"]
    record("correction", corrects="#4", changes={"parties": ["OpenAI"]}, why="a slip")
    record("update", "Something else", parties=["OpenAI"])
    assert not is_anew(desk)
    record("correction", corrects="#5", changes={"parties": ["OpenAI"]}, why="a slip")
    assert is_anew(desk), "it belongs before what an archive has"


@pytest.mark.usefixtures("story")
def test_an_event_that_begins_a_feed_from_now_on(
    desk: Workspace, record: Callable[..., Any], clock: FixedClock
) -> None:
    """The feed is called as its first entry calls the party."""
    record("update", "first", parties=["Acme"])
    publish(desk)
    clock.instant -= timedelta(minutes=10)
    record("opened", "Another", story="other")
    record("update", "earlier", story="other", parties=["ACME"])
    assert is_anew(desk)
    assert b": ACME</title>" in site(desk)["parties/acme/developments.atom"]


def test_what_was_minor_stays_so_when_it_is_removed(
    desk: Workspace, record: Callable[..., Any], story: None
) -> None:
    """Nobody is told of what they never heard of."""
    rumour = record("update", "by the way", minor=True)
    publish(desk)
    redaction = record("redaction", redacts="#9", reason="court-order", authority="a court")
    assert is_anew(desk)
    for path, data in site(desk).items():
        if path.endswith((".atom", ".rss")):
            assert rumour.event.id.encode() not in data
            assert redaction.event.id.encode() not in data


@pytest.mark.usefixtures("story")
def test_an_event_that_belongs_into_an_archive(
    desk: Workspace, record: Callable[..., Any], clock: FixedClock
) -> None:
    """Another desk recorded it before what was published already."""
    clock.instant -= timedelta(seconds=15)
    record("opened", "Late", story="late")
    assert is_anew(desk)
    clock.instant += timedelta(minutes=1)
    record("update", "In time", story="late")
    assert not is_anew(desk)


@pytest.mark.usefixtures("story")
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
def test_somebody_was_at_what_is_published(desk: Workspace, path: str, how: str) -> None:
    """It is as it was again, though nothing is new."""
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
        with pytest.raises(BadInput, match="not JSON"):
            publish(desk)
        return
    assert publish(desk).anew
    assert site(desk) == before


@pytest.mark.usefixtures("story")
def test_another_configuration_or_code(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then every document says something else."""
    path = Path(desk.root, "tracker.toml")
    path.write_text(path.read_text().replace("https://desk.example/", "https://other.example/"))
    moved = Workspace(desk.root, clock=desk.clock)
    assert publish(moved).anew
    assert b"https://other.example/" in site(moved)["all.atom"]
    Path(desk.log.folder, "types.toml").write_text('[outage]\nhelp = "Something is down."\n')
    assert is_anew(Workspace(desk.root, clock=desk.clock))
    monkeypatch.setattr("tracker.publishing.publisher.__version__", "0.0.0")
    assert is_anew(Workspace(desk.root, clock=desk.clock))


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
def test_what_is_kept_may_be_lost_or_broken(desk: Workspace) -> None:
    """Nothing is published otherwise for it."""
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
def test_what_belongs_to_no_story_any_more_is_removed(desk: Workspace, record: Callable[..., Any]) -> None:
    """With its folder; what the desk put there itself stays."""
    record("opened", "Another", story="other")
    publish(desk)
    Path(desk.feeds, "CNAME").write_text("desk.example")
    Path(desk.feeds, "all-2023-01.atom").write_text("left from before")
    Path(desk.log.path("other")).unlink()
    with pytest.raises(Rewritten, match="the story is gone"):
        publish(desk)
    assert publish(desk, accept_rewrite="it was never a story").anew
    found = site(desk)
    assert not [path for path in found if "other" in path or "2023" in path]
    assert not Path(desk.feeds, "stories", "other").exists()
    assert found["CNAME"] == b"desk.example"


def test_a_feed_that_lacks_its_newest_is_told(
    desk: Workspace, record: Callable[..., Any], story: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever went wrong: the next publication starts from nothing."""
    record("update", "number 9")
    put = AtomicFiles.put

    def loses(self: AtomicFiles, path: str, data: bytes) -> bool:
        return put(self, path, data.replace(b"urn:uuid", b"urn:lost") if path == "all.json" else data)

    with monkeypatch.context() as patched:
        patched.setattr(AtomicFiles, "put", loses)
        assert publish(desk).missing == ["all.json: lacks story#9, the newest that belongs into it"]
    assert is_anew(desk)


@pytest.mark.usefixtures("story")
def test_a_damaged_story_stops_no_other(desk: Workspace, record: Callable[..., Any]) -> None:
    """It is told every time, and made good when it is whole again."""
    path = Path(desk.log.path("story"))
    whole = path.read_bytes()
    record("opened", "Another", story="other")
    path.write_bytes(whole.replace(b"number 7", b"number 6"))
    assert len(publish(desk).errors) == 1
    record("update", "More", story="other")
    published = publish(desk)
    assert (len(published.errors), published.anew, published.missing) == (1, False, [])
    path.write_bytes(whole)
    assert is_anew(desk)


def test_many_stories_at_once_are_published_anew(
    desk: Workspace, record: Callable[..., Any], story: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incremental, "MOST_STORIES", 1)
    for name in ("one", "two"):
        record("opened", "A story", story=name)
    assert is_anew(desk)
    record("update", "More", story="one")
    assert not is_anew(desk)


def test_a_file_that_was_only_touched_costs_a_look(desk: Workspace, story: None) -> None:
    path = Path(desk.log.path("story"))
    path.write_bytes(path.read_bytes())
    assert publish(desk) == ([], False, [], [])
    assert publish(desk) == ([], False, [], [])


def test_hashes_of_many_stories_have_no_checkpoints(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the file that every publication writes anew; the story's own file has them."""
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


def test_where_a_story_stands_is_told_from_its_log_when_there_is_room_again(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was not among those shown, and is now that another story says less."""
    record("opened", "Small", story="small")
    monkeypatch.setattr(
        sites, "MOST_WEIGHT", 2 * build_feed("small", desk.log.read("small")).standing.weight + 1_000
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


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize("name", ["developments", "developments-2024-08"])
def test_what_is_not_looked_at_every_time_is_found_when_it_is_needed(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A head that is not as it was left, an archive that is gone."""
    monkeypatch.setattr("tracker.publishing.publisher.MOST_WATCHED", 0)
    Path(desk.feeds, f"types/update/{name}.atom").write_bytes(b"")
    assert publish(desk) == ([], False, [], [])
    record("correction", corrects="#2", changes={"title": "number two"}, why="a slip")
    assert is_anew(desk)


def test_a_database_that_somebody_looks_into_is_left_to_them(desk: Workspace, story: None) -> None:
    """It is published anew, and nothing is kept for the next time."""
    path = Path(desk.scratch, state.FILE)
    with closing(sqlite3.connect(path, isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        with closing(state.open_state(desk.scratch, wait=0)) as aside:
            assert aside.versions() == {}
    assert publish(desk) == ([], False, [], [])


@pytest.mark.usefixtures("story")
def test_a_scratch_folder_that_gives_out_is_told(
    desk: Workspace, cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While everything is made anew; what is kept of publications that went on is only given up."""

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
