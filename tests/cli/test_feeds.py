"""The command that lists the published feeds: feeds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran
from tracker.publishing.publisher import publish
from tracker.text.dates import later
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]
Record = Callable[..., Any]

ANEW = "run tracker publish --anew\n"


@pytest.fixture
def story(record: Record) -> None:
    """A story of three developments, of which the last corrects the second."""
    record("opened", "TikTok and OpenAI")
    record("report", "They pay", parties=["OpenAI"])
    record("correction", corrects="#2", changes={"title": "They lend"}, why="misread")


@pytest.fixture
def published(desk: Workspace, story: None) -> None:
    publish(desk)


def rows(cli: Cli, *args: str) -> dict[str, dict[str, Any]]:
    """The feeds by the path of their address."""
    listed = cli("feeds", *args, "--json").json
    return {each["addresses"]["atom"].removeprefix("https://desk.example/"): each for each in listed}


def behind(cli: Cli, *args: str) -> dict[str, int]:
    """How many events the feeds are behind that are so."""
    return {path: row["behind"] for path, row in rows(cli, *args).items() if row["behind"]}


def document(desk: Workspace, path: str) -> Path:
    return Path(desk.feeds, path)


# What is listed


def test_what_subscribers_get(cli: Cli, published: None) -> None:
    """Every feed once, those of the site first."""
    ran = cli("feeds")
    assert (ran.code, ran.err) == (0, "")
    assert (
        ran.out
        == """\
All stories
  The desk
    https://desk.example/all.atom
    3 entries, last update 2024-08-01 12:00 UTC
  The desk: corrections
    https://desk.example/corrections.atom
    1 entry, last update 2024-08-01 12:00 UTC
  The desk: where things stand
    https://desk.example/standing.atom
    1 entry, last update 2024-08-01 12:00 UTC

Stories
  TikTok and OpenAI
    https://desk.example/stories/story/developments.atom
    3 entries, last update 2024-08-01 12:00 UTC
  Corrections: TikTok and OpenAI
    https://desk.example/stories/story/corrections.atom
    1 entry, last update 2024-08-01 12:00 UTC
  Where things stand: TikTok and OpenAI
    https://desk.example/stories/story/standing.atom
    1 entry, last update 2024-08-01 12:00 UTC

Parties
  The desk: OpenAI
    https://desk.example/parties/openai/developments.atom
    2 entries, last update 2024-08-01 12:00 UTC

Types
  The desk: correction
    https://desk.example/types/correction/developments.atom
    1 entry, last update 2024-08-01 12:00 UTC
  The desk: opening
    https://desk.example/types/opened/developments.atom
    1 entry, last update 2024-08-01 12:00 UTC
  The desk: report
    https://desk.example/types/report/developments.atom
    1 entry, last update 2024-08-01 12:00 UTC
"""
    )


def test_for_programs(cli: Cli, desk: Workspace, published: None) -> None:
    (opened, _, corrected) = desk.log.read("story")
    found = rows(cli)
    assert found["stories/story/developments.atom"] == {
        "kind": "story",
        "story": "story",
        "title": "TikTok and OpenAI",
        "addresses": {
            format: f"https://desk.example/stories/story/developments.{format}"
            for format in ("atom", "rss", "json")
        },
        "entries": 3,
        "updated": later(corrected.recorded, 1),  # the entry that it corrects is newer by that
        "behind": 0,
        "altered": [],
    }
    assert (found["all.atom"]["kind"], found["all.atom"]["story"]) == ("site", None)
    assert found["types/opened/developments.atom"]["updated"] == opened.recorded


def test_a_feed_without_entries(cli: Cli, desk: Workspace, record: Record) -> None:
    """Nothing is made up of when it was updated: that of all stories never was."""
    opened = record("opened", "A story").event
    publish(desk)
    assert "corrections.atom\n    no entries\n" in cli("feeds", "--kind", "site").out
    found = rows(cli)
    assert (found["corrections.atom"]["entries"], found["corrections.atom"]["updated"]) == (0, None)
    assert found["stories/story/corrections.atom"]["updated"] == opened.recorded


@pytest.mark.parametrize(
    ("kind", "start", "number"),
    [("site", "", 3), ("story", "stories/", 3), ("party", "parties/", 1), ("type", "types/", 3)],
)
def test_of_one_kind(cli: Cli, published: None, kind: str, start: str, number: int) -> None:
    found = rows(cli, "--kind", kind)
    assert len(found) == number
    assert all(path.startswith(start) and row["kind"] == kind for path, row in found.items())


def test_no_feed_of_that_kind(cli: Cli, desk: Workspace, record: Record) -> None:
    record("opened", "A story")
    publish(desk)
    ran = cli("feeds", "--kind", "party")
    assert (ran.code, ran.out, ran.err) == (0, "", "no feed of the kind party was published yet\n")


@pytest.mark.slow
def test_of_one_story(cli: Cli, desk: Workspace, record: Record, story: None) -> None:
    record("opened", "Another", story="story-2")
    publish(desk)
    assert list(rows(cli, "story")) == [
        f"stories/story/{name}.atom" for name in ("developments", "corrections", "standing")
    ]
    assert "Another" not in cli("feeds", "story").out


def test_a_story_that_is_not_there(cli: Cli, published: None) -> None:
    ran = cli("feeds", "stori")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: there is no story 'stori'. Did you mean story? tracker stories lists them all.\n"


def test_a_story_has_feeds_of_its_kind_only(cli: Cli, published: None) -> None:
    ran = cli("feeds", "story", "--kind", "party")
    assert (ran.code, ran.err) == (
        2,
        "error: --kind: all feeds of story are of the kind story; leave the option out\n",
    )


def test_nothing_is_published_yet(cli: Cli, desk: Workspace, story: None) -> None:
    """Nor is it after the state of the publication was lost, or in a copy of the workspace without it."""
    nothing = (0, "", "nothing was published from this workspace yet; tracker publish does that\n")
    assert cli("feeds") == nothing
    publish(desk)
    state = Path(desk.scratch, "published.db")
    state.write_bytes(b"garbage")
    assert cli("feeds") == nothing
    state.unlink()
    assert cli("feeds") == nothing
    assert rows(cli) == {}


def test_a_story_is_not_published_yet(cli: Cli, published: None, record: Record) -> None:
    record("opened", "Another", story="other")
    assert cli("feeds", "other") == (
        *(0, ""),
        "no feed of that story was published yet\n1 event is not published; run tracker publish\n",
    )


def test_a_story_is_completed(cli: Cli, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    record("opened", "A story", story="tiktok-openai")
    for name, value in {
        "_TRACKER_COMPLETE": "bash_complete",
        "COMP_WORDS": "tracker feeds tik",
        "COMP_CWORD": "2",
    }.items():
        monkeypatch.setenv(name, value)
    assert cli().out == "plain,tiktok-openai\n"


# What is behind


def test_events_that_are_not_published_yet(cli: Cli, desk: Workspace, published: None, record: Record) -> None:
    """Those of its story for the feed of a story, all for the feeds of all stories."""
    record("update", "More", parties=["OpenAI"])
    record("update", "Still more", minor=True)
    record("opened", "Another", story="other")
    assert behind(cli) == {
        **dict.fromkeys(("all.atom", "corrections.atom", "standing.atom"), 3),
        **{f"stories/story/{name}.atom": 2 for name in ("developments", "corrections", "standing")},
    }
    ran = cli("feeds")
    assert (ran.code, ran.err) == (0, "3 events are not published; run tracker publish\n")
    assert "all.atom\n    3 entries, last update 2024-08-01 12:00 UTC, 3 behind\n" in ran.out
    ran = cli("feeds", "story")
    assert (ran.out.count(", 2 behind\n"), ran.err) == (3, "2 events are not published; run tracker publish\n")
    publish(desk)
    assert (behind(cli), cli("feeds").err) == ({}, "")


def test_of_a_party_and_a_type_it_is_not_told(cli: Cli, published: None, record: Record) -> None:
    record("update", "More", parties=["OpenAI"])
    assert rows(cli)["parties/openai/developments.atom"]["behind"] is None
    assert cli("feeds", "--kind", "party").err == "1 event is not published; run tracker publish\n"


def test_a_story_that_was_only_touched_is_not_behind(cli: Cli, desk: Workspace, published: None) -> None:
    path = Path(desk.log.path("story"))
    path.write_bytes(path.read_bytes())
    assert (behind(cli), cli("feeds").err) == ({}, "")


# What is altered


@pytest.mark.slow
@pytest.mark.parametrize("text", [b"", b"<feed", b"{}", b"\xff", None])
@pytest.mark.parametrize("format", ["atom", "rss", "json"])
def test_a_document_changed_or_deleted_by_hand(
    cli: Cli, desk: Workspace, published: None, format: str, text: bytes | None
) -> None:
    path = document(desk, f"stories/story/developments.{format}")
    path.unlink() if text is None else path.write_bytes(text)
    ran = cli("feeds")
    assert (ran.code, ran.err) == (1, f"1 feed is altered; {ANEW}")
    assert ran.out.count(f"altered: {format}\n") == 1
    found = rows(cli)["stories/story/developments.atom"]
    assert (found["altered"], found["title"], found["entries"]) == ([format], "TikTok and OpenAI", 3)
    assert cli("feeds", "--kind", "site").code == 0
    assert cli("publish", "--anew").code == 0
    assert cli("feeds").code == 0


@pytest.mark.slow
def test_all_that_was_published_is_gone(cli: Cli, desk: Workspace, published: None) -> None:
    shutil.rmtree(desk.feeds)
    ran = cli("feeds")
    assert (ran.code, ran.err) == (1, f"10 feeds are altered; {ANEW}")
    assert ran.out.count(", last update 2024-08-01 12:00 UTC, altered: atom, rss, json\n") == 10
    assert cli("publish", "--anew").code == 0
    assert cli("feeds").code == 0


def test_altered_and_behind(cli: Cli, desk: Workspace, published: None, record: Record) -> None:
    record("update", "More")
    document(desk, "all.rss").write_bytes(b"garbage")
    ran = cli("feeds")
    assert (ran.code, ran.err) == (
        1,
        f"1 event is not published; run tracker publish\n1 feed is altered; {ANEW}",
    )
    assert "1 behind, altered: rss\n" in ran.out


def test_a_publication_under_way_is_waited_for(
    cli: Cli, desk: Workspace, published: None, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are in place before its state is."""
    document(desk, "all.rss").write_bytes(b"another publisher's")

    @contextmanager
    def alone(scratch: str) -> Iterator[None]:
        publish(desk, anew=True)
        yield

    monkeypatch.setattr("tracker.publishing.status.alone", alone)
    assert cli("feeds").code == 0


# Damaged stories


@pytest.fixture
def damaged(desk: Workspace, published: None, record: Record) -> None:
    """A story that was published is damaged in its second line; another is whole."""
    record("opened", "Another", story="whole")
    publish(desk)
    path = Path(desk.log.path("story"))
    path.write_bytes(path.read_bytes().replace(b"They pay", b"They pax"))


def test_a_damaged_story_does_not_stop_the_listing(cli: Cli, damaged: None, record: Record) -> None:
    """What was published of it is listed."""
    record("update", "More", story="whole")
    ran = cli("feeds")
    assert (ran.code, ran.err) == (0, "1 event is not published; run tracker publish\n")
    assert "  Corrections: TikTok and OpenAI\n" in ran.out


def test_a_story_that_is_no_file(cli: Cli, desk: Workspace, damaged: None) -> None:
    path = Path(desk.log.path("story"))
    path.unlink()
    path.symlink_to(desk.log.path("whole"))
    assert (cli("feeds", "story").code, len(rows(cli, "story"))) == (0, 3)


def test_after_a_publication_with_a_damaged_story(cli: Cli, desk: Workspace, damaged: None) -> None:
    """The publisher left its feeds as they were, and its state does not have them."""
    publish(desk)
    ran = cli("feeds")
    assert (ran.code, "stories/story/" in ran.out) == (0, False)
    assert (
        ran.err == "story was damaged when it was published last; its feeds are not listed. Run tracker verify\n"
    )
    assert cli("feeds", "story").err.endswith(ran.err)
    assert cli("feeds", "whole").err == ""
