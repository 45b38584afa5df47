"""The command feeds: list the published feeds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran
from tracker.domain.events import Update
from tracker.feeds import paging
from tracker.publishing.publisher import publish
from tracker.text.dates import Occurred
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]
Record = Callable[..., Any]

PUBLISH = "tracker publish catches up\n"


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


def lacking(cli: Cli, *args: str) -> dict[str, str | None]:
    """What each feed lacks that is not fresh."""
    return {path: row["lacks"] for path, row in rows(cli, *args).items() if row["stale"] or not row["published"]}


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
  The desk: opened
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
        "published": True,
        "entries": 3,
        "archives": 0,
        "updated": corrected.recorded,
        "unreadable": [],
        "stale": False,
        "lacks": None,
        "fault": False,
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


def test_archives_are_counted(cli: Cli, desk: Workspace, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """The head has what fits into it."""
    monkeypatch.setattr(paging, "MOST_ITEMS", 2)
    record("opened", "A story")
    for number in range(4):
        record("update", f"More {number}")
    publish(desk)
    found = rows(cli)["stories/story/developments.atom"]
    assert (found["entries"], found["archives"], found["stale"]) == (2, 2, False)
    assert "2 entries and 2 archives, last update" in cli("feeds", "story").out


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
    assert (ran.code, ran.out, ran.err) == (0, "", "there is no feed of the kind party yet\n")


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


def test_nothing_is_published_yet(cli: Cli, story: None) -> None:
    """Not even an empty site."""
    ran = cli("feeds")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "nothing is published yet; run tracker publish\n"
    assert not any(row["published"] for row in rows(cli).values())


def test_a_story_is_not_published_yet(cli: Cli, published: None, record: Record) -> None:
    record("opened", "Another", story="other")
    ran = cli("feeds", "other")
    assert (ran.code, ran.err) == (0, f"3 feeds are behind the log; {PUBLISH}")
    assert ran.out.count("    not published yet\n") == 3


def test_a_story_is_completed(cli: Cli, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    record("opened", "A story", story="tiktok-openai")
    for name, value in {
        "_TRACKER_COMPLETE": "bash_complete",
        "COMP_WORDS": "tracker feeds tik",
        "COMP_CWORD": "2",
    }.items():
        monkeypatch.setenv(name, value)
    assert cli().out == "plain,tiktok-openai\n"


# What is stale


def test_an_append_is_not_published_yet(cli: Cli, desk: Workspace, published: None, record: Record) -> None:
    """The feeds that it belongs into lack it, one that it begins is not there, and all others are fresh."""
    record("update", "More", parties=["Nvidia"])
    assert lacking(cli) == {
        "all.atom": "story#4",
        "stories/story/developments.atom": "story#4",
        "parties/nvidia/developments.atom": "story#4",
        "types/update/developments.atom": "story#4",
    }
    ran = cli("feeds")
    assert (ran.code, ran.err) == (0, f"4 feeds are behind the log; {PUBLISH}")
    assert "all.atom\n    3 entries, last update 2024-08-01 12:00 UTC, stale: lacks story#4\n" in ran.out
    assert "  The desk: Nvidia\n    https://desk.example/parties/nvidia/developments.atom\n" in ran.out
    assert "nvidia/developments.atom\n    not published yet\n" in ran.out
    publish(desk)
    assert lacking(cli) == {}
    assert cli("feeds").err == ""


def test_a_minor_development_belongs_nowhere(cli: Cli, published: None, record: Record) -> None:
    record("update", "A detail", minor=True)
    assert (lacking(cli), cli("feeds").err) == ({}, "")


def test_of_another_story_only_its_own_is_looked_at(cli: Cli, published: None, record: Record) -> None:
    record("opened", "Another", story="other")
    assert lacking(cli, "story") == {}
    assert lacking(cli)["standing.atom"] == "other#1"


def test_where_a_story_stands(cli: Cli, desk: Workspace, published: None, record: Record) -> None:
    """An update changes nothing of it; a question does, without a new entry."""
    record("update", "More")
    assert "stories/story/standing.atom" not in lacking(cli)
    record("question", "Who pays?")
    record("update", "Still more")
    found = lacking(cli)
    assert (found["stories/story/standing.atom"], found["standing.atom"]) == ("story#5", "story#5")
    publish(desk)
    assert lacking(cli) == {}


def test_an_entry_as_it_was_before_it_was_amended(cli: Cli, published: None, record: Record) -> None:
    """A correction belongs into no feed of reports; what it corrects does."""
    record("retraction", retracts="#2", why="never so")
    assert lacking(cli)["types/report/developments.atom"] == "story#4"
    assert "types/opened/developments.atom" not in lacking(cli)


def test_what_the_log_has_no_more(cli: Cli, desk: Workspace, published: None, record: Record) -> None:
    """The text of the only development of a party is removed."""
    record("report", "A secret of Nvidia", parties=["Nvidia"])
    publish(desk)
    record("redaction", redacts="#4", reason="court-order", authority="a court")
    assert cli("feeds", "--kind", "party").out.count("stale: nothing in the log belongs into it") == 1
    assert cli("feeds", "--kind", "party").err.endswith(PUBLISH)
    publish(desk)
    assert lacking(cli) == {}


# What was published and is not there


@pytest.mark.slow
@pytest.mark.parametrize("text", [b"", b"<feed", b"<feed/>", b'{"items": []}', b"\xff"])
@pytest.mark.parametrize("format", ["atom", "rss", "json"])
def test_a_document_emptied_by_hand(cli: Cli, desk: Workspace, published: None, format: str, text: bytes) -> None:
    """The next publication would not look at it again."""
    document(desk, f"stories/story/developments.{format}").write_bytes(text)
    ran = cli("feeds")
    assert ran.code == 1
    assert ran.err == (
        "1 feed is without events that heads.json lists as published; rewrite it with tracker publish --anew\n"
    )
    name = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}[format]
    assert ran.out.count(f"unreadable in {name}\n") == 1
    found = rows(cli)["stories/story/developments.atom"]
    assert (found["unreadable"], found["stale"], found["fault"]) == ([format], True, True)
    publish(desk, anew=True)
    assert (cli("feeds").code, lacking(cli)) == (0, {})


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["items"][0].update(date_modified=5),
        lambda told: told["items"][0].update(date_modified="yesterday"),
        lambda told: told["items"][0].update(date_modified="0001-01-01T00:00:00+14:00"),
        lambda told: told["items"][0].update(id=None),
        lambda told: told["items"].append([]),
        lambda told: told["_tracker"].update(updated=5),
        lambda told: told.update(title=["a"]),
    ],
)
def test_values_of_another_kind(cli: Cli, desk: Workspace, published: None, change: Callable[[Any], None]) -> None:
    path = document(desk, "all.json")
    told = json.loads(path.read_bytes())
    change(told)
    path.write_text(json.dumps(told))
    ran = cli("feeds")
    assert (ran.code, ran.out.count("unreadable in JSON Feed\n")) == (1, 1)
    assert rows(cli)["all.atom"]["unreadable"] == ["json"]


def test_keys_that_nothing_is_known_of(cli: Cli, desk: Workspace, published: None) -> None:
    path = document(desk, "all.json")
    told = json.loads(path.read_bytes())
    told["items"][0]["more"] = told["more"] = [5, {"id": 5}]
    path.write_text(json.dumps(told))
    assert (cli("feeds").code, lacking(cli)) == (0, {})


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("json", b"[" * 200_000),
        ("json", b'{"title": "A", "more": ' + b"[" * 200_000),
        ("atom", b"<feed>" * 200_000),
        ("rss", b"<rss>" * 200_000 + b"</rss>" * 200_000),
    ],
)
def test_nesting_without_end(cli: Cli, desk: Workspace, published: None, format: str, text: bytes) -> None:
    document(desk, f"all.{format}").write_bytes(text)
    assert cli("feeds").code == 1
    assert rows(cli)["all.atom"]["unreadable"] == [format]


@pytest.mark.parametrize("path", ["corrections", "stories/story/corrections"])
def test_unreadable_is_not_empty(cli: Cli, desk: Workspace, record: Record, path: str) -> None:
    """Also where nothing belongs into the feed that it could lack."""
    record("opened", "A story")
    publish(desk)
    document(desk, f"{path}.atom").write_bytes(b"garbage")
    document(desk, f"{path}.json").write_bytes(b"garbage")
    ran = cli("feeds")
    assert (ran.code, ran.err) == (
        1,
        "1 feed is without events that heads.json lists as published; rewrite it with tracker publish --anew\n",
    )
    assert f"/{path}.atom\n    unreadable in Atom and JSON Feed\n" in ran.out
    found = rows(cli)[f"{path}.atom"]
    assert (found["unreadable"], found["lacks"], found["fault"]) == (["atom", "json"], None, True)
    assert cli("publish", "--anew").code == 0
    assert cli("feeds").code == 0


def test_unreadable_and_behind(cli: Cli, desk: Workspace, published: None, record: Record) -> None:
    """What the others lack is not published yet; that does not excuse it."""
    record("update", "More")
    document(desk, "all.rss").write_bytes(b"garbage")
    ran = cli("feeds")
    assert ran.code == 1
    assert "unreadable in RSS, stale: lacks story#4 in Atom and JSON Feed" in " ".join(ran.out.split())


def test_an_unreadable_document_that_was_never_published(
    cli: Cli, desk: Workspace, published: None, record: Record
) -> None:
    record("opened", "Another", story="other")
    document(desk, "stories/other").mkdir()
    document(desk, "stories/other/corrections.atom").write_bytes(b"garbage")
    ran = cli("feeds", "other")
    assert (ran.code, ran.err) == (0, f"3 feeds are behind the log; {PUBLISH}")
    assert "    unreadable in Atom, missing in RSS and JSON Feed\n" in ran.out
    assert cli("publish").code == 0
    assert (cli("feeds").code, lacking(cli)) == (0, {})


def test_an_unreadable_document_of_a_damaged_story(cli: Cli, desk: Workspace, damaged: None) -> None:
    document(desk, "stories/story/corrections.atom").write_bytes(b"garbage")
    ran = cli("feeds", "story")
    assert (ran.code, ran.out.count("    unreadable in Atom\n")) == (1, 1)


def test_a_document_that_was_deleted(cli: Cli, desk: Workspace, published: None) -> None:
    """In one format or in all."""
    document(desk, "parties/openai/developments.rss").unlink()
    assert "stale: lacks story#3 in RSS\n" in cli("feeds").out
    document(desk, "parties/openai/developments.atom").unlink()
    assert "stale: lacks story#3 in Atom and RSS\n" in cli("feeds").out
    document(desk, "parties/openai/developments.json").unlink()
    ran = cli("feeds", "--kind", "party")
    assert ran.code == 1
    assert ran.out == (
        "  The desk: OpenAI\n    https://desk.example/parties/openai/developments.atom\n"
        "    missing, though it was published\n"
    )
    assert cli("publish", "--anew").code == 0
    assert cli("feeds").code == 0


@pytest.mark.parametrize("path", ["corrections", "stories/story/corrections"])
def test_a_deleted_feed_without_entries(cli: Cli, desk: Workspace, record: Record, path: str) -> None:
    record("opened", "A story")
    publish(desk)
    document(desk, f"{path}.rss").unlink()
    ran = cli("feeds")
    assert (ran.code, ran.out.count("missing in RSS\n")) == (1, 1)
    for format in ("atom", "json"):
        document(desk, f"{path}.{format}").unlink()
    ran = cli("feeds")
    assert (ran.code, ran.out.count("missing, though it was published\n")) == (1, 1)


def test_what_is_behind_and_what_is_at_fault(cli: Cli, desk: Workspace, published: None, record: Record) -> None:
    """Publishing catches up with the one story, and does not look at the other."""
    record("opened", "Another", story="other")
    document(desk, "stories/story/developments.json").write_bytes(b"")
    ran = cli("feeds")
    assert ran.code == 1
    behind, fault = ran.err.splitlines()
    assert behind.endswith("are behind the log; tracker publish catches up")
    assert fault.startswith("1 feed is without events that heads.json lists as published")


# Damaged stories


@pytest.fixture
def damaged(desk: Workspace, published: None, record: Record) -> None:
    """A story that was published is damaged in its second line; another is whole."""
    record("opened", "Another", story="whole")
    publish(desk)
    path = Path(desk.log.path("story"))
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], lines[1].replace(b"They pay", b"They pax"), *lines[2:]]))


def test_a_damaged_story_does_not_stop_the_listing(cli: Cli, damaged: None, record: Record) -> None:
    """It keeps its last publication; all others are looked at."""
    record("update", "More", story="whole")
    ran = cli("feeds")
    assert ran.code == 0
    damage, behind = ran.err.splitlines()
    assert damage.startswith("only events before the damage were checked: events/story.jsonl:2: ")
    assert behind.endswith("tracker publish catches up")
    assert {path for path in lacking(cli) if path.startswith("stories/")} == {"stories/whole/developments.atom"}
    assert "  Corrections: TikTok and OpenAI\n" in ran.out


def test_a_damaged_story_alone(cli: Cli, desk: Workspace, damaged: None) -> None:
    """Also where nothing of it can be read, or it is no file."""
    assert len(rows(cli, "story")) == 3
    path = Path(desk.log.path("story"))
    path.write_bytes(b"nothing\n")
    assert (cli("feeds", "story").code, len(rows(cli, "story"))) == (0, 3)
    path.unlink()
    path.symlink_to(desk.log.path("whole"))
    ran = cli("feeds", "story")
    assert (ran.code, "symbolic link" in ran.err, len(rows(cli, "story"))) == (0, True, 3)


def test_a_forged_story(cli: Cli, desk: Workspace, published: None, record: Record) -> None:
    """Its chain holds, and yet tracker would not have appended what is in it."""
    record("opened", "Another", story="whole")
    publish(desk)
    desk.log.append("story", [Update(title="forged", occurred=Occurred("32 March"))])
    ran = cli("feeds")
    assert ran.code == 0
    assert ran.err.startswith("only events before the damage were checked: events/story.jsonl")
    assert lacking(cli) == {}


def test_the_site_after_publication_with_a_damaged_story(cli: Cli, desk: Workspace, damaged: None) -> None:
    """Its entries after the damage are in no feed of many stories any more, and that is not held against them."""
    publish(desk)
    assert (lacking(cli), cli("feeds").code) == ({}, 0)


def test_broken_heads(cli: Cli, desk: Workspace, published: None) -> None:
    document(desk, "heads.json").write_bytes(b"{")
    ran = cli("feeds")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: feeds/heads.json: ")
