"""The commands that keep a workspace in order: init, publish, rebuild, verify."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]


@pytest.fixture
def story(cli: Cli, desk: Workspace) -> Path:
    """The file of a story."""
    cli("open", "story", "--title", "A story")
    cli("add", "report", "story", "They pay")
    cli("add", "suspension", "story", "Out", "--subject", "ByteDance")
    return Path(desk.log.path("story"))


# init


def test_making_a_workspace(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next command is told; it works."""
    monkeypatch.chdir(tmp_path)
    ran = cli(
        "init", "new", "--title", "News", "--url", "https://n.example", "--author", "Ann", "--language", "fr"
    )
    assert ran == (0, "made new/tracker.toml; now: tracker -C new open STORY TITLE\n", "")
    assert cli("-C", "new", "open", "story", "T").code == 0
    assert '"language":"fr"' in (tmp_path / "new" / "events" / "story.jsonl").read_text()
    assert cli("-C", "new", "publish").code == 0
    atom = (tmp_path / "new" / "feeds" / "all.atom").read_text()
    assert "<title>News</title>" in atom
    assert "https://n.example/all.atom" in atom


def test_making_a_workspace_here(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli("init", ".").out == "made tracker.toml; now: tracker open STORY TITLE\n"


def test_a_workspace_is_not_made_twice(cli: Cli) -> None:
    """Status 2; the one that is there stays."""
    before = Path("tracker.toml").read_bytes()
    assert cli("init", ".") == (2, "", "error: tracker.toml is there already; this folder is a workspace\n")
    assert Path("tracker.toml").read_bytes() == before


@pytest.mark.parametrize(
    "options", [["--url", "nowhere"], ["--language", "English!"], ["--title", "a\x00b"], ["--title", "\udcff"]]
)
def test_a_workspace_that_would_not_work_is_not_made(cli: Cli, options: list[str]) -> None:
    """The command may be given again, mended."""
    code, out, err = cli("init", "new", *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert not Path("new").exists()
    assert cli("init", "new").code == 0


# publish


def test_publishing(cli: Cli, story: Path) -> None:
    """What was done, and what to subscribe to."""
    assert cli("publish") == (
        0, "published to feeds: 66 files written\nsubscribe to feeds/all.atom or feeds/all.rss\n", "",
    )  # fmt: skip
    assert cli("publish").out.startswith("feeds is up to date\n")
    assert Path("feeds/all.atom").exists()


def test_everything_but_the_log_may_be_deleted(cli: Cli, story: Path) -> None:
    """And is back, to the byte."""
    cli("stories")
    cli("publish")
    before = {path: path.read_bytes() for path in Path("feeds").rglob("*") if path.is_file()}
    listed = cli("stories", "--json").json
    shutil.rmtree("feeds")
    shutil.rmtree(".tracker")
    cli("publish")
    assert {path: path.read_bytes() for path in Path("feeds").rglob("*") if path.is_file()} == before
    assert cli("stories", "--json").json == listed


def test_a_damaged_story_is_told_and_the_others_published(cli: Cli, story: Path, desk: Workspace) -> None:
    """Status 1: somebody has to look."""
    cli("open", "other", "--title", "Other")
    story.write_bytes(story.read_bytes().replace(b"They pay", b"They lie"))
    code, out, err = cli("publish")
    assert code == 1
    assert out.startswith("published to feeds: ")
    assert err.startswith("events/story.jsonl:2: the line is not what was appended")
    assert err.rstrip().endswith("(it is not published)")
    assert Path("feeds/stories/other/index.html").exists()


# rebuild


def test_rebuilding(cli: Cli, story: Path) -> None:
    """From whatever state it is in."""
    assert cli("rebuild") == (0, "built .tracker/tracker.db from events\n", "")
    Path(".tracker/tracker.db").write_bytes(b"garbage")
    assert cli("rebuild").code == 0
    assert cli("stories").out.startswith("Moved lately\n  story  ")
    assert cli("verify").code == 0


def test_a_damaged_story_is_told_and_left_out(cli: Cli, story: Path) -> None:
    """Status 1."""
    story.write_bytes(b"garbage\n")
    code, _, err = cli("rebuild")
    assert code == 1
    assert err == "events/story.jsonl:1: the line does not end with its hash (left out)\n"


# verify


def test_all_is_well(cli: Cli, story: Path, desk: Workspace) -> None:
    """The heads are told, for whoever remembers them."""
    head = desk.log.head("story").hash
    assert cli("verify") == (0, f"story#3  {head}\n1 story, 3 events: all is well\n", "")
    assert cli("verify", "--json").json == {
        "ok": True, "stories": {"story": {"seq": 3, "hash": head}}, "events": 3,
        "compared": None, "problems": [], "remarks": [],
    }  # fmt: skip


def test_problems_are_told_with_their_place(cli: Cli, story: Path) -> None:
    """Status 1; the same for programs."""
    story.write_bytes(story.read_bytes().replace(b"They pay", b"They lie"))
    code, out, err = cli("verify")
    assert code == 1
    assert err.startswith("events/story.jsonl:2: the line is not what was appended")
    assert out.endswith("1 story, 3 events: 1 problem\n")
    ran = cli("verify", "--json")
    assert ran.code == 1
    assert ran.json["ok"] is False
    (problem,) = ran.json["problems"]
    assert problem["place"] == "events/story.jsonl:2"
    assert "its hash does not follow" in problem["message"]
