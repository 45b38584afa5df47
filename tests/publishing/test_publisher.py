"""The site: a function of the log, written so that nobody ever sees half of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.conformance import check_site
from tests.conformance.markup import Html
from tests.conftest import FixedClock
from tests.pictures import FILES
from tests.strategies import Stream, recorded
from tracker import cli as command_line
from tracker.domain.events import Correction, Figure, Retraction, Source, Update
from tracker.errors import InTheWay, Rewritten
from tracker.publishing.below import Below
from tracker.publishing.publisher import publish
from tracker.publishing.rewrites import seen_heads
from tracker.site import charts, pages
from tracker.text.dates import Occurred
from tracker.workspace import init
from tracker.workspace.desk import Workspace

NO_EVENT = "00000000-0000-7000-8000-000000000000"


def site(desk: Workspace) -> dict[str, bytes]:
    """Every published file by its path."""
    root = Path(desk.feeds)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def a_story_unfolds(record: Callable[..., Any], story: str = "story") -> None:
    record("opened", f"The title of {story}", story=story)
    record("report", "They pay", story=story, sources=[{"url": "https://a.example/1", "quote": "they pay"}])
    record("correction", story=story, corrects="#2", changes={"title": "They lend"}, why="misread")


def test_the_site_is_there(desk: Workspace, record: Callable[..., Any]) -> None:
    """There are feeds and pages of all stories, of each story, of parties and of types; the log of each story, and
    a page of each development; and lists."""
    a_story_unfolds(record)
    record("update", "More", parties=["ByteDance"])
    published = publish(desk)
    feeds = [
        "all", "corrections", "standing", *(f"stories/story/{name}" for name in ("corrections", "developments",
        "standing")), *(f"types/{type}/developments" for type in ("correction", "opened", "report", "update")),
        "parties/bytedance/developments",
    ]  # fmt: skip
    files = [f"{feed}.{ending}" for feed in feeds for ending in ("atom", "rss", "json")]
    files += [f"{feed.removesuffix('developments')}index.html" for feed in feeds if feed.startswith(("p", "t"))]
    own = ("index.html", "events.jsonl", "heads.json", "history.json", "timeline.json", "sitemap.xml")
    own += ("events.ics", "expected.ics", "oembed.json")
    files += [f"stories/story/{name}" for name in own]
    files += [f"stories/story/{seq}.html" for seq in (1, 2, 3, 4)]
    files += ["stories/2024-08.html", "stories/index.html"]
    files += [f"embed/story/{name}" for name in ("index.html", "badge.svg", "card.png")]
    files += [f"{name}index.html" for name in ("", "about/", "corrections/")]
    files += ["style.css", "script.js", "icon.svg", "feed.css", "feeds.opml", "heads.json"]
    files += ["icon.png", "favicon.ico", "robots.txt", "sitemap.xml", "404.html", "expected.ics"]
    assert sorted(site(desk)) == sorted(files) == sorted(published.written)
    assert published[1:] == (True, [], [])
    assert site(desk)["stories/story/events.jsonl"] == Path(desk.log.path("story")).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["robots.txt", "sitemap.xml", "404.html", "favicon.ico"])
def test_a_file_of_the_desk_stays(
    desk: Workspace, record: Callable[..., Any], cli: Callable[..., Any], name: str
) -> None:
    """Many sites have one of their own. If the desk removes it, tracker writes its own again."""
    record("opened", "A story")
    path = Path(desk.feeds, name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"the desk's")
    publish(desk)
    record("opened", "Another", story="other")
    publish(desk)
    assert path.read_bytes() == b"the desk's"
    assert cli("verify").code == 0
    path.unlink()
    assert name in publish(desk).written


@pytest.mark.slow
def test_expected_dates_are_calendars(desk: Workspace, record: Callable[..., Any]) -> None:
    """Of each story and of all stories that are followed. Only a new or amended date changes them."""
    record("opened", "Another", story="other")
    record("opened", "A story")
    record("expectation", "The plan", due="2024-09-01")
    publish(desk)
    own, of_all = "stories/story/expected.ics", "expected.ics"
    assert b"SUMMARY:The plan" in site(desk)[own]
    assert b"DTSTART;VALUE=DATE:20240901" in site(desk)[of_all]
    assert b"VEVENT" not in site(desk)["stories/other/expected.ics"]
    record("update", "More")
    assert not {own, of_all} & set(publish(desk).written)
    record("correction", corrects="#2", changes={"due": "2024-09-02"}, why="a slip")
    assert {own, of_all} <= set(publish(desk).written)
    assert b"SEQUENCE:1" in site(desk)[of_all]
    record("closed", "It is over")
    publish(desk)
    assert b"VEVENT" not in site(desk)[of_all]
    assert site(desk) == site(desk) | {of_all: site(desk)[of_all]}


@pytest.mark.slow
def test_publishing_again_writes_nothing(desk: Workspace, record: Callable[..., Any]) -> None:
    """Neither other bytes nor the same ones anew: a diff, a cache and rsync see nothing."""
    a_story_unfolds(record)
    publish(desk)
    before, stamps = site(desk), {path: path.stat() for path in Path(desk.feeds).rglob("*")}
    assert publish(desk) == ([], False, [], [])
    assert site(desk) == before
    assert publish(desk, anew=True) == ([], True, [], [])
    assert site(desk) == before
    assert {path: path.stat().st_mtime_ns for path in stamps} == {
        path: stat.st_mtime_ns for path, stat in stamps.items()
    }
    assert {path: path.stat().st_ino for path in stamps} == {path: stat.st_ino for path, stat in stamps.items()}


@pytest.mark.slow
def test_only_what_changed_is_written(desk: Workspace, record: Callable[..., Any]) -> None:
    """A new event of one story leaves the files of the other alone."""
    for story in ("one", "two"):
        a_story_unfolds(record, story)
    publish(desk)
    page = Path(desk.feeds, "stories", "one", "index.html")
    untouched = page.stat()
    record("update", "more", story="two")
    published = publish(desk)
    assert not published.anew
    assert not [path for path in published.written if path.startswith(("stories/one/", "types/report/"))]
    assert {"all.atom", "stories/two/developments.json", "types/update/developments.rss"} <= set(published.written)
    assert (page.stat().st_ino, page.stat().st_mtime_ns) == (untouched.st_ino, untouched.st_mtime_ns)


@pytest.mark.slow
def test_nothing_depends_on_now(desk: Workspace, record: Callable[..., Any], clock: FixedClock) -> None:
    """Published next year, somewhere else, from a copy of the log: the same bytes."""
    a_story_unfolds(record)
    publish(desk)
    elsewhere = Path(desk.root).parent / "elsewhere"
    shutil.copytree(desk.root, elsewhere, ignore=shutil.ignore_patterns("feeds", ".tracker"))
    clock.instant = clock.instant.replace(year=2031)
    copy = Workspace(str(elsewhere), clock=clock)
    publish(copy)
    assert site(copy) == site(desk)


PUBLISH = """
import sys
from tracker.errors import InTheWay
from tracker.publishing.below import Below
from tracker.publishing.publisher import publish
from tracker.workspace.desk import find
publish(find(sys.argv[1]))
"""


@pytest.mark.slow
def test_nothing_depends_on_the_process(desk: Workspace, record: Callable[..., Any]) -> None:
    """Another hash seed, time zone and language of the system: the same bytes."""
    a_story_unfolds(record)
    record("agreement", "Deal", between=["OpenAI", "Microsoft", "ByteDance"], parties=["Oracle"])
    publish(desk)
    before = site(desk)
    for seed, zone in (("1", "Asia/Kathmandu"), ("2", "America/St_Johns")):
        shutil.rmtree(desk.feeds)
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        subprocess.run([sys.executable, "-c", PUBLISH, desk.root], env=env, check=True)
        assert site(desk) == before


@pytest.mark.slow
@settings(max_examples=6)
@given(recorded(max_size=8), recorded(max_size=4, slug="other"), st.data())
def test_however_often_it_was_published_the_site_is_the_same(
    one: Stream, two: Stream, data: st.DataObject
) -> None:
    """After every event, now and then, once; with everything else deleted: the same bytes."""
    cuts = st.lists(st.tuples(st.integers(0, len(one.lines)), st.integers(0, len(two.lines))), max_size=3)
    with tempfile.TemporaryDirectory() as folder:
        init.init(folder, "The desk", "https://desk.example/", "Desk", "en")
        desk = Workspace(folder)
        for name, picture in FILES.items():
            desk.log.put_picture(name, picture)
        firsts, seconds = (
            sorted(each) for each in zip(*data.draw(cuts), (len(one.lines), len(two.lines)), strict=True)
        )
        for first, second in zip(firsts, seconds, strict=True):
            Path(desk.log.path("story")).write_bytes(b"".join(one.lines[:first]))
            Path(desk.log.path("other")).write_bytes(b"".join(two.lines[:second]))
            assert publish(desk).errors == []
        again = site(desk)
        shutil.rmtree(desk.feeds)
        shutil.rmtree(desk.scratch)
        publish(desk)
        assert site(desk) == again
        for name, feed in again.items():
            if name.endswith((".atom", ".rss")):
                parsed = feedparser.parse(feed)
                assert not parsed.bozo, (name, parsed.get("bozo_exception"))


def test_exports_have_what_the_page_shows_in_full(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest developments of a long story. With a limit of one byte, the last."""
    a_story_unfolds(record)
    for number in range(3):
        record("update", f"Number {number}", occurred=f"2024-07-0{number + 1}")
    monkeypatch.setattr(pages, "MOST_IN_FULL", 1)
    publish(desk)
    slides = json.loads(site(desk)["stories/story/timeline.json"])["events"]
    assert [each["text"]["headline"] for each in slides] == ["Number 2"]
    assert site(desk)["stories/story/events.ics"].count(b"BEGIN:VEVENT") == 1


@pytest.mark.slow
def test_a_damaged_story_keeps_its_last_publication(desk: Workspace, record: Callable[..., Any]) -> None:
    """It is reported; the others are published."""
    for story in ("bad", "good"):
        a_story_unfolds(record, story)
    publish(desk)
    before = site(desk)
    path = Path(desk.log.path("bad"))
    path.write_bytes(path.read_bytes().replace(b"They pay", b"They lie"))
    record("update", "The newest", story="good")
    published = publish(desk)
    (error,) = published.errors
    assert "bad.jsonl:2: the line is not what was appended" in str(error)
    after = site(desk)
    kept = {name: data for name, data in before.items() if name.startswith("stories/bad/")}
    assert len(kept) == 9 + 3 + 4 + 5, "documents, pages of developments; the story's own files; its exports"
    assert {name: data for name, data in after.items() if name.startswith("stories/bad/")} == kept
    assert b"The newest" in after["stories/good/developments.atom"]
    assert b"The newest" in after["all.atom"]
    assert not any(b"They lie" in data for data in after.values())
    assert b"stories/bad/1.html" in after["all.atom"], "what comes before the damage is still there"
    assert b"stories/bad/" in after["index.html"]


@pytest.mark.parametrize("kind", ["link", "folder", "empty"])
def test_a_strange_file_does_not_stop_the_others(desk: Workspace, record: Callable[..., Any], kind: str) -> None:
    """It is reported where it cannot be read; a story without events is just not there yet."""
    a_story_unfolds(record)
    strange = Path(desk.log.path("a-strange-one"))
    {"folder": strange.mkdir, "empty": strange.touch, "link": lambda: strange.symlink_to("story.jsonl")}[kind]()
    published = publish(desk)
    assert len(published.errors) == (kind != "empty")
    assert "stories/story/index.html" in site(desk)
    assert not any("strange" in name for name in site(desk))


@pytest.mark.parametrize(
    "folder", ["stories/story", "embed/story", "parties/a", "types/report", "tags/b", "about"]
)
@pytest.mark.slow
def test_a_link_to_the_same_bytes_is_in_the_way(desk: Workspace, record: Callable[..., Any], folder: str) -> None:
    """Although nothing new is to be published: what is behind it is not ours to keep."""
    a_story_unfolds(record)
    record("report", "They pay again", parties=["A"], tags=["b"])
    publish(desk)
    assert publish(desk).written == []
    path, elsewhere = Path(desk.feeds, folder), Path(desk.root, "elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(InTheWay, match=f"feeds/{folder}: a symbolic link is in the way of a folder"):
        publish(desk)


def test_an_unfinished_line_is_not_published(desk: Workspace, record: Callable[..., Any]) -> None:
    """Nor is it an error: somebody is appending."""
    a_story_unfolds(record)
    publish(desk)
    before = site(desk)
    with Path(desk.log.path("story")).open("ab") as file:
        file.write(b'{"id":"019')
    assert publish(desk) == ([], False, [], [])
    assert site(desk) == before


def test_no_building_site_is_left(desk: Workspace, record: Callable[..., Any]) -> None:
    """Not even where a file could not be put in place."""
    a_story_unfolds(record)
    publish(desk)
    assert not [name for name in site(desk) if name.endswith(".new")]
    path = Path(desk.feeds, "index.html")
    path.unlink()
    path.mkdir()
    with pytest.raises(InTheWay, match=r"index\.html: a folder is in the way"):
        publish(desk)
    assert not [name for name in site(desk) if name.endswith(".new")]


READ = """
import sys
from pathlib import Path
while True:
    data = Path(sys.argv[1]).read_bytes()
    assert data.endswith(b"</feed>\\n"), data[-50:]
    print(len(data), flush=True)
"""


def test_a_reader_never_sees_half_a_file(desk: Workspace, record: Callable[..., Any]) -> None:
    """While it is published again and again, what is at the address is whole."""
    record("opened", "A story")
    publish(desk)
    path = Path(desk.feeds, "all.atom")
    with subprocess.Popen(
        [sys.executable, "-c", READ, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as reader:
        assert reader.stdout
        assert reader.stderr
        reader.stdout.readline()
        for number in range(10):
            record("update", f"number {number}", body="long " * 2_000)
            publish(desk)
        assert reader.poll() is None, reader.stderr.read()
        reader.kill()
        seen = set(reader.stdout.read().split())
    assert len(seen) > 1, "the control: it saw it grow"


@pytest.mark.slow
def test_two_publications_at_once_make_one_site(desk: Workspace, record: Callable[..., Any]) -> None:
    """The second waits for the first."""
    a_story_unfolds(record)
    both = [subprocess.Popen([sys.executable, "-c", PUBLISH, desk.root]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert publish(desk) == ([], False, [], [])


def test_an_empty_workspace_publishes_valid_feeds(desk: Workspace) -> None:
    """Somebody may subscribe before there is anything."""
    assert publish(desk)[1:] == (True, [], [])
    for name in ("all.atom", "all.rss"):
        parsed = feedparser.parse(site(desk)[name])
        assert not parsed.bozo
        assert parsed.entries == []
        assert parsed.feed.title == "The desk"
    assert b"No story yet." in site(desk)["index.html"]


def test_progress_is_told_by_story(desk: Workspace, record: Callable[..., Any]) -> None:
    """Each that was published."""
    for story in ("b", "a"):
        record("opened", "A story", story=story)
    passed: list[str] = []
    publish(desk, passed.append)
    assert passed == ["a", "b"]


def test_a_workspace_without_an_id_has_a_name_still(tmp_path: Path, clock: FixedClock) -> None:
    """One that follows from its address."""
    (tmp_path / "tracker.toml").write_text('url = "https://desk.example/"')
    desk = Workspace(str(tmp_path), clock=clock)
    publish(desk)
    name = uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, "https://desk.example/"), "all")
    assert feedparser.parse(site(desk)["all.atom"]).feed.id == f"urn:uuid:{name}"


def test_an_event_that_only_a_forger_appends_stops_nothing(desk: Workspace, record: Callable[..., Any]) -> None:
    """Its chain holds, but its date is none: the story is reported, the others are published."""
    record("opened", "One", story="one")
    desk.log.append("one", [Update(title="forged", occurred=Occurred("32 March"))])
    record("opened", "Two", story="two")
    (error,) = publish(desk).errors
    assert str(error).startswith(str(os.path.relpath(desk.log.path("one"))))
    assert "tracker verify says which line" in str(error)
    assert (Path(desk.feeds) / "stories/two/developments.atom").exists()
    assert not (Path(desk.feeds) / "stories/one").exists()


@pytest.mark.slow
@pytest.mark.parametrize("error", [TypeError, LookupError])
@pytest.mark.parametrize("args", [(), ("--anew",)])
def test_a_fault_in_a_page_is_no_damage_and_publishes_nothing(
    desk: Workspace,
    record: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    args: tuple[str, ...],
    error: type[Exception],
) -> None:
    """A drawing fails: the command says that tracker has a fault, and leaves the site as it is."""

    def broken(*args: object) -> None:
        raise error("oops")

    for story in ("a-first", "story"):
        a_story_unfolds(record, story)
        for value in ("1", "2"):
            figures = [{"party": "A", "name": "revenue", "value": value, "unit": "USD"}]
            record("update", f"It is {value}", story=story, figures=figures)
    publish(desk)
    before = site(desk)
    for story in ("a-first", "story"):
        record("update", "More", story=story)
    monkeypatch.setattr(charts, "_svg", broken)
    monkeypatch.setattr(sys, "argv", ["tracker", "-C", desk.root, "publish", *args])
    monkeypatch.setattr(os, "_exit", sys.exit)
    with pytest.raises(SystemExit) as stopped:
        command_line.run()
    assert stopped.value.code == 70
    assert capfd.readouterr().err.startswith(f"error: a fault in tracker, please report it: {error.__name__}: ")
    assert site(desk) == before
    monkeypatch.undo()
    assert publish(desk).errors == []
    assert b"More" in site(desk)["stories/story/index.html"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Update(title="forged", occurred=Occurred("32 March")), "'32 March': "),
        (Update(title="forged", sources=(Source(url="https://a.example/", published=Occurred("x")),)), "'x': "),
        (Update(title="a\x00b"), "title: U+0000 at character 2"),
        (Update(title="forged", figures=(Figure(name="revenue", value="NaN"),)), "figures[0].value: 'NaN' is not"),
        (
            Correction(corrects="#1", changes={"figures": [{"name": "revenue", "value": "NaN"}]}, why="w"),
            "'NaN' is",
        ),
        (Correction(corrects="#1", changes={"closes": NO_EVENT}, why="w"), "is the id of no event"),
        (Retraction(retracts="#1", why="w"), "the event that opened the story is withdrawn"),
    ],
    ids=["date", "date of a source", "text", "figure", "corrected figure", "corrected reference", "opening"],
)
@pytest.mark.parametrize("is_published", [False, True])
def test_whatever_a_forger_appends_stops_no_other_story(
    desk: Workspace, record: Callable[..., Any], event: Any, said: str, is_published: bool
) -> None:
    """Its own story is reported and keeps what was published of it."""
    record("opened", "One", story="one")
    opening = record("update", "More", story="one").event.id
    if is_published:
        publish(desk)
    before = {path: data for path, data in site(desk).items() if path.startswith("stories/one/")}
    field = getattr(event, "target_field", "")
    target = desk.log.lines("one")[0][7:43].decode() if isinstance(event, Retraction) else opening
    desk.log.append("one", [structs.replace(event, **{field: target}) if field else event])
    record("opened", "Two", story="two")
    (error,) = publish(desk).errors
    assert str(error).startswith(str(os.path.relpath(desk.log.path("one"))))
    assert said in str(error)
    assert "stories/two/developments.atom" in site(desk)
    assert {path: data for path, data in site(desk).items() if path.startswith("stories/one/")} == before


@pytest.mark.slow
def test_a_removed_text_does_not_stay_because_its_story_is_damaged(
    desk: Workspace, record: Callable[..., Any]
) -> None:
    """What comes before the damage is published then, with the removal in it."""
    record("opened", "A story")
    record("update", "unspeakable", body="unspeakable")
    publish(desk)
    record("redaction", redacts="#2", reason="court-order", authority="a court")
    with Path(desk.log.path("story")).open("ab") as file:
        file.write(b"junk\n")
    published = publish(desk)
    assert len(published.errors) == 1
    assert not any(b"unspeakable" in data for data in site(desk).values())
    check_site(desk.feeds)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["gone", "cut short", "another"])
def test_a_removed_text_does_not_stay_because_another_story_was_rewritten(
    desk: Workspace, record: Callable[..., Any], how: str
) -> None:
    """The rewritten story keeps its publication, all else is published, once. Without a removal, nothing is."""
    for story in ("bad", "good"):
        a_story_unfolds(record, story)
    record("update", "unspeakable", story="good", body="unspeakable", parties=["ByteDance"])
    publish(desk)
    before, path = site(desk), Path(desk.log.path("bad"))
    whole = path.read_bytes()
    path.unlink()
    if how == "cut short":
        path.write_bytes(b"".join(whole.splitlines(keepends=True)[:2]))
    elif how == "another":
        record("opened", "Impostor", story="bad")
    record("update", "More", story="good")
    with pytest.raises(Rewritten, match="Nothing was published"):
        publish(desk)
    assert site(desk) == before
    record("redaction", story="good", redacts="#4", reason="court-order", authority="a court")
    (error,) = publish(desk).errors
    assert "tracker publish --accept-rewrite REASON (its last publication was kept)" in str(error)
    after = site(desk)
    assert not any(b"unspeakable" in data for data in after.values())
    kept = {name: data for name, data in before.items() if name.startswith("stories/bad/")}
    assert {name: data for name, data in after.items() if name.startswith("stories/bad/")} == kept
    assert not any(b"Impostor" in data for data in after.values())
    assert seen_heads(desk).stories["bad"].seq == 3
    with pytest.raises(Rewritten, match="Nothing was published"):
        publish(desk)
    assert site(desk) == after
    path.write_bytes(whole)
    assert publish(desk).errors == []
    again = site(desk)
    shutil.rmtree(desk.feeds)
    publish(desk)
    assert site(desk) == again


@pytest.mark.slow
@pytest.mark.parametrize("how", ["renamed", "published log gone", "published log cut"])
def test_a_removed_text_goes_though_less_is_known_of_its_story(
    desk: Workspace, record: Callable[..., Any], how: str
) -> None:
    """While another story is missing: the redacted one has a new name, or its published log says nothing."""
    for story in ("bad", "good"):
        a_story_unfolds(record, story)
    publish(desk)
    Path(desk.log.path("bad")).unlink()
    redacted = desk.log.lines("good")[0][7:43].decode()
    record("redaction", story="good", redacts="#1", reason="court-order", authority="a court")
    path = Path(desk.feeds, "stories", "good", "events.jsonl")
    if how == "renamed":
        desk.log.remove_texts("good", {redacted})
        desk.log.rename("good", "other")
    elif how == "published log gone":
        path.unlink()
    else:
        path.write_bytes(b"")
    assert len(publish(desk).errors) == 1
    assert not any(b"The title of good" in data for data in site(desk).values())


@pytest.mark.slow
def test_a_published_log_that_was_rewritten_too_is_believed_nothing(
    desk: Workspace, record: Callable[..., Any]
) -> None:
    """No line of the rewritten story is published when a removed text of another has to go."""
    for story in ("bad", "good"):
        a_story_unfolds(record, story)
    publish(desk)
    before = site(desk)
    Path(desk.log.path("bad")).unlink()
    record("opened", "Impostor", story="bad")
    published = Path(desk.feeds, "stories", "bad", "events.jsonl")
    published.write_bytes(Path(desk.log.path("bad")).read_bytes())
    record("redaction", story="good", redacts="#2", reason="court-order", authority="a court")
    assert len(publish(desk).errors) == 1
    after = site(desk)
    after.pop("stories/bad/events.jsonl")
    assert not any(b"Impostor" in data for data in after.values())
    assert seen_heads(desk).stories["bad"].seq == 3
    assert after["stories/bad/index.html"] == before["stories/bad/index.html"]


def test_a_story_that_was_damaged_before_it_was_published_is_left_out(
    desk: Workspace, record: Callable[..., Any]
) -> None:
    """Nothing leads to what is not there."""
    record("opened", "A story")
    record("report", "They pay", parties=["ByteDance"])
    record("opened", "Another", story="other")
    with Path(desk.log.path("story")).open("ab") as file:
        file.write(b"junk\n")
    assert len(publish(desk).errors) == 1
    check_site(desk.feeds)
    assert not any(b"They pay" in data for data in site(desk).values())


@pytest.mark.slow
def test_what_a_damaged_story_leads_to_stays(desk: Workspace, record: Callable[..., Any]) -> None:
    """Its pages are kept, and so are those of its parties and types, though its log has lost them."""
    a_story_unfolds(record)
    record("suspension", "Out", subject="Only Here", parties=["Only Here"])
    publish(desk)
    path = Path(desk.log.path("story"))
    path.write_bytes(path.read_bytes().replace(b"They pay", b"They lie"))
    assert len(publish(desk).errors) == 1
    page = Html(Path(desk.feeds, "stories/story/index.html").read_text(), page=True)
    linked = [each for each in page.addresses if each.startswith("../../parties/") and each.endswith("/")]
    assert "../../parties/only-here/" in linked
    assert all(Path(desk.feeds, "stories/story", each, "index.html").exists() for each in linked)


def test_what_others_lead_to_is_put_in_place_before_them(desk: Workspace, record: Callable[..., Any]) -> None:
    """A feed's new entry leads to its page, and that of the development before it does."""
    a_story_unfolds(record)
    publish(desk)
    record("update", "The newest")
    with pytest.MonkeyPatch.context() as patched:
        paths: list[str] = []
        place = Below.place
        patched.setattr(Below, "place", lambda self, path, *aside: (paths.append(path), place(self, path, *aside)))
        publish(desk)
    newest = max(int(found[1]) for path in paths if (found := re.fullmatch(r"stories/story/(\d+)\.html", path)))
    expected = [f"stories/story/{newest}.html", f"stories/story/{newest - 1}.html"]
    order = [*expected, "stories/story/developments.atom", "all.atom", "index.html", "heads.json"]
    assert [path for path in paths if path in order] == order
