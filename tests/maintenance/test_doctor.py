"""The doctor sees whatever is wrong around a log, says what helps, and leaves everything as it is."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FixedClock, Ran
from tests.pictures import FILES, NAME
from tracker.domain import chain
from tracker.maintenance import doctor, git
from tracker.maintenance.doctor import CheckResult, examine
from tracker.publishing.publisher import publish
from tracker.readmodel import projection
from tracker.readmodel.tables import VERSION
from tracker.workspace import init
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of git but those that a test makes."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A desk with a story, of which everything is made that can be made: once, as it takes a while."""
    root = str(tmp_path_factory.mktemp("made"))
    clock = FixedClock()
    clock.instant -= timedelta(hours=1)
    init.init(root, "The desk", "https://stories.press/", "Desk", "en", clock=clock)
    desk = Workspace(root, clock=clock)
    desk.record("story", [{"type": "opened", "title": "A story"}, {"type": "report", "title": "They pay"}])
    catch_up(desk)
    publish(desk)
    return root


@pytest.fixture
def ward(made: str, desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A copy of that desk, in the place of the empty one, an hour later."""
    monkeypatch.chdir(desk.root)
    shutil.copytree(made, desk.root, dirs_exist_ok=True)
    return Workspace(desk.root, clock=desk.clock)


def catch_up(desk: Workspace) -> None:
    with projection.caught_up(desk.database_path, desk.log, print):
        pass


def found(desk: Workspace, check: str) -> list[CheckResult]:
    """What a check finds in a workspace that is opened afresh."""
    every = examine(Workspace(desk.root, clock=desk.clock))
    assert {finding.check for finding in every} == set(doctor._CHECKS)
    return [finding for finding in every if finding.check == check]


def only(desk: Workspace, check: str) -> CheckResult:
    (finding,) = found(desk, check)
    return finding


def wrong(desk: Workspace) -> set[str]:
    return {finding.check for finding in examine(Workspace(desk.root, clock=desk.clock)) if finding.ok is False}


def contents(root: str) -> dict[str, bytes]:
    files = (path for path in Path(root).rglob("*") if ".git" not in path.parts)
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in files}


# In all.


def test_a_desk_in_order_is_well_and_left_as_it_is(ward: Workspace) -> None:
    before = contents(ward.root)
    findings = examine(ward)
    assert [finding for finding in findings if not finding.ok] == []
    assert {finding.check for finding in findings} == set(doctor._CHECKS)
    assert not any(finding.remedy for finding in findings)
    assert contents(ward.root) == before


def test_a_new_desk_is_well(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """What tracker makes when it is needed is no fault, and is not made by looking."""
    monkeypatch.chdir(desk.root)
    before = contents(desk.root)
    assert wrong(desk) == set()
    assert contents(desk.root) == before
    looked_at = {finding.check for finding in examine(desk) if finding.ok is None}
    assert looked_at == {"feeds", "configuration"}


def test_whatever_is_wrong_has_a_remedy_and_is_left_as_it_is(ward: Workspace, clock: FixedClock) -> None:
    path = Path(ward.log.path("story"))
    path.write_bytes(path.read_bytes().replace(b"They pay", b"They lie") + b'{"id":')
    Path(ward.database_path).write_bytes(b"garbage" * 1000)
    Path(ward.feeds, "heads.json").write_bytes(b"{}}")
    clock.instant = datetime(1970, 1, 1, tzinfo=UTC)
    before = contents(ward.root)
    findings = [finding for finding in examine(ward) if not finding.ok]
    assert {finding.check for finding in findings} == {"log", "read model", "feeds", "clock"}
    assert all(finding.remedy for finding in findings)
    assert contents(ward.root) == before


def test_a_check_that_cannot_be_made_says_why(ward: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the others are made."""

    def fails(*args: object, **given: object) -> None:
        raise RuntimeError("no idea")

    monkeypatch.setattr(doctor, "check_published", fails)
    assert only(ward, "feeds") == CheckResult(
        "feeds", False, "this could not be checked: no idea", "Repair that and ask again"
    )
    assert wrong(ward) == {"feeds"}


# The command.


def test_the_command(cli: Cli, ward: Workspace, by_the_clock: FixedClock) -> None:
    """Status 0, also where there is something to look at."""
    code, out, err = cli("doctor")
    assert (code, err) == (0, "")
    assert "well   log: 1 story with 2 events: every hash, reference and date is right\n" in out
    assert out.endswith("\nall is well\n")
    shutil.rmtree("feeds")
    code, out, _ = cli("doctor")
    assert code == 0
    assert "look   feeds: nothing is published in feeds/ yet\n       → tracker publish does that\n" in out
    assert out.endswith("\nall is well; 1 thing to look at\n")


def test_the_command_where_something_is_wrong(cli: Cli, ward: Workspace, by_the_clock: FixedClock) -> None:
    """Status 1, also for programs."""
    path = Path(ward.log.path("story"))
    path.write_bytes(path.read_bytes() + b"torn")
    code, out, err = cli("doctor")
    assert (code, err) == (1, "")
    assert "wrong  log: events/story.jsonl:3: an unfinished line of 4 bytes" in out
    assert "\n       → It was never acknowledged: record again what is missing\n" in out
    assert out.endswith("\n1 thing wrong\n")
    ran = cli("doctor", "--json")
    assert ran.code == 1
    assert {each["check"]: each["ok"] for each in ran.json} == {name: name != "log" for name in doctor._CHECKS}
    assert set(ran.json[0]) == {"check", "ok", "what", "remedy"}


# The disk.


def test_a_missing_folder_is_made_by_who_needs_it(ward: Workspace) -> None:
    shutil.rmtree(ward.scratch)
    what = ".tracker/ is not there yet; the first command that needs it makes it"
    assert found(ward, "folders")[1] == CheckResult("folders", True, what)
    assert not os.path.exists(ward.scratch)


@pytest.mark.parametrize("name", ["events", ".tracker"])
def test_a_file_in_place_of_a_folder(ward: Workspace, name: str) -> None:
    shutil.rmtree(name)
    Path(name).write_bytes(b"")
    (finding,) = (each for each in found(ward, "folders") if not each.ok)
    assert finding[1:3] == (False, f"{name} is not a folder")
    assert Path(name).read_bytes() == b""


def test_what_cannot_be_written(ward: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system says it to anybody but root."""
    readable = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and readable(path, mode))
    assert [(each.ok, each.what) for each in found(ward, "folders")] == [
        (False, "events/ cannot be written"),
        (False, ".tracker/ cannot be written"),
        (False, "events/story.jsonl cannot be written"),
    ]


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "9p", "fuse.sshfs", "fuse"])
def test_a_network_file_system_is_worth_a_look(
    ward: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """That of the events is meant, however its place is written, and not that of another folder."""
    mounts = tmp_path / "mounts"
    place = os.path.realpath(ward.root).replace("desk", r"\144esk")
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nserver:/ {place} {kind} rw 0 0\nserver:/ {place}/eve nfs rw 0 0\n")
    monkeypatch.setattr(doctor, "MOUNTS", str(mounts))
    finding = only(ward, "file system")
    assert finding.remedy.startswith("Append from one machine only")
    assert finding[1:3] == (None, f"events/ is on a network or user-space file system ({kind})")


@pytest.mark.parametrize("kind", ["ext4", "fuseblk"])
def test_a_local_file_system_is_well(
    ward: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """And so is a system that does not tell."""
    monkeypatch.setattr(doctor, "MOUNTS", str(tmp_path / "mounts"))
    assert only(ward, "file system").ok
    (tmp_path / "mounts").write_text(f"/dev/a / {kind} rw 0 0\n")
    assert only(ward, "file system").ok


# The log.


def test_declarations_that_cannot_be_understood(ward: Workspace) -> None:
    Path("events/types.toml").write_text("[outage]\nhelp = \n")
    assert only(ward, "declarations").what.startswith("events/types.toml:2: is not TOML")
    assert only(ward, "log")[1:3] == (None, "was not checked, because the declarations cannot be understood")
    assert wrong(ward) == {"declarations"}


def test_a_chain_that_does_not_hold(ward: Workspace) -> None:
    """Each damaged story is named once, with its first damaged line: not again as one that was rewritten."""
    path = Path(ward.log.path("story"))
    path.write_bytes(path.read_bytes().replace(b"They pay", b"They lie"))
    Path(ward.log.path("empty")).write_bytes(b"")
    Path(ward.log.path("link")).symlink_to(path)
    findings = found(ward, "log")
    assert [each.what.partition(": ")[::2] for each in findings] == [
        ("events/empty.jsonl:1", "the story has no events"),
        ("events/link.jsonl", "a symbolic link is in the way of a file. Remove it or move it away, and try again"),
        ("events/story.jsonl:2", findings[2].what.partition(": ")[2]),
    ]
    assert {each.remedy.partition(";")[0] for each in findings} == {"Restore the story from a copy"}
    assert wrong(ward) == {"log"}


def test_a_story_of_which_every_line_is_damaged_is_one_finding(ward: Workspace) -> None:
    path = Path(ward.log.path("story"))
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    finding = only(ward, "log")
    assert finding.what.startswith("events/story.jsonl:1: ")
    assert finding.what.endswith(" more problems)")


def test_an_unfinished_line_before_and_after_it_was_moved_aside(
    ward: Workspace, record: Callable[..., Any]
) -> None:
    path = Path(ward.log.path("story"))
    with path.open("ab") as file:
        file.write(b'{"id":"019')
    finding = only(ward, "log")
    assert finding[1:3] == (
        False, "events/story.jsonl:3: an unfinished line of 10 bytes; the next append to this story moves it away"
    )  # fmt: skip
    assert finding.remedy == "It was never acknowledged: record again what is missing"
    record("update", "More")
    assert only(ward, "log").ok
    finding = only(ward, "leftovers")
    assert finding[1:3] == (
        None, "left by a command that was cut short: 1 unfinished line (of story), moved to .tracker/torn/"
    )  # fmt: skip
    assert finding.remedy.endswith("then delete it")


def test_a_redaction_that_was_cut_short(ward: Workspace, record: Callable[..., Any]) -> None:
    """It is told and not finished: that is for an editor, who says so."""
    before = Path(ward.log.path("story")).read_bytes()
    record("redaction", redacts="#2", reason="safety", authority="A court")
    removal = Path(ward.log.path("story")).read_bytes().splitlines(keepends=True)[2]
    Path(ward.log.path("story")).write_bytes(before + removal)
    assert [(each.ok, each.what) for each in found(ward, "log")] == [
        (
            None,
            "events/story.jsonl:2: #3 removes this text, which is still there."
            " If the removal is right: tracker redact --finish story#3",
        ),
        (True, "1 story with 3 events: every hash, reference and date is right"),
    ]
    publish(ward)
    assert Path(ward.log.path("story")).read_bytes() == before + removal
    ward.log.remove_texts("story", {chain.id_of(ward.log.lines("story")[1])})
    assert only(ward, "log").ok


def test_an_append_in_between_is_no_trouble(
    ward: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is made from the log may by now have more of it than was read."""
    log = doctor._log

    def while_somebody_appends(ward: Any) -> Any:
        yield from log(ward)
        record("update", "More")
        catch_up(ward.workspace)
        publish(ward.workspace)

    monkeypatch.setitem(doctor._CHECKS, "log", while_somebody_appends)
    assert wrong(ward) == set()


# What was left.


def test_what_a_killed_command_has_left(ward: Workspace) -> None:
    """What one that runs is about to put in place is not meant."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    for name in (f".tracker/tracker.db.{ended.pid}.new-wal", f"events/story.jsonl.{ended.pid}.new"):
        Path(name).write_bytes(b"")
    Path(f".tracker/topics.{os.getpid()}.new").write_bytes(b"")
    finding = only(ward, "leftovers")
    assert finding.ok is None
    assert finding.what == (
        f"left by a command that was cut short: .tracker/tracker.db.{ended.pid}.new-wal,"
        f" events/story.jsonl.{ended.pid}.new"
    )


def test_what_a_killed_publication_has_left(ward: Workspace) -> None:
    """While somebody publishes it is his."""
    Path(".tracker/.aside").mkdir()
    with open(".tracker/publish.lock", "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert only(ward, "leftovers").ok
    finding = only(ward, "leftovers")
    assert finding[1:3] == (None, "left by a publication that was cut short: .tracker/.aside/")
    assert finding.remedy == "tracker publish removes it"
    publish(ward)
    assert only(ward, "leftovers").ok


# The read model.


def run_sql(desk: Workspace, sql: str) -> None:
    with sqlite3.connect(desk.database_path) as database:
        database.execute(sql)
    database.close()


def test_a_read_model_that_is_not_there_or_behind(ward: Workspace, record: Callable[..., Any]) -> None:
    """Neither is a fault: the next command that needs it makes it, or brings it up to date."""
    record("update", "More")
    assert only(ward, "read model").what == ".tracker/tracker.db is sound"
    Path(ward.database_path).unlink()
    what = ".tracker/tracker.db is not there yet; the first command that needs it makes it"
    assert only(ward, "read model") == CheckResult("read model", True, what)
    assert not os.path.exists(ward.database_path)


def test_a_read_model_of_another_version(ward: Workspace) -> None:
    run_sql(ward, "PRAGMA user_version = 99")
    what = f".tracker/tracker.db is of version 99, not {VERSION}; the next command rebuilds it"
    assert only(ward, "read model") == CheckResult("read model", True, what)
    catch_up(ward)
    assert only(ward, "read model").ok


@pytest.mark.parametrize("how", ["garbage", "pages", "table", "folder"])
def test_a_damaged_read_model(ward: Workspace, how: str) -> None:
    path = Path(ward.database_path)
    if how == "table":
        run_sql(ward, "DROP TABLE claims")
    elif how == "folder":
        path.unlink()
        path.mkdir()
    else:
        data = path.read_bytes()
        path.write_bytes(b"garbage" * 1000 if how == "garbage" else data[:4096] + b"\xff" * (len(data) - 4096))
    finding = only(ward, "read model")
    assert finding.ok is False
    assert ("Remove it" if how == "folder" else "tracker rebuild") in finding.remedy


def test_a_log_that_was_cut_short_shows(ward: Workspace) -> None:
    """In what was published of it."""
    path = Path(ward.log.path("story"))
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    assert wrong(ward) == {"feeds"}
    assert "--accept-rewrite" in only(ward, "feeds").remedy
    path.unlink()
    assert wrong(ward) == {"feeds"}


# The feeds.


@pytest.mark.slow
def test_feeds_that_are_behind_or_not_there(ward: Workspace, record: Callable[..., Any]) -> None:
    record("update", "More")
    record("opened", "Another", story="other")
    assert only(ward, "feeds") == (
        "feeds", None, "feeds/ is 2 events behind the log", "tracker publish catches up"
    )  # fmt: skip
    publish(ward)
    assert only(ward, "feeds").ok
    shutil.rmtree(ward.feeds)
    assert only(ward, "feeds")[1:3] == (None, "nothing is published in feeds/ yet")


# The clock.


@pytest.mark.parametrize(
    ("now", "checks", "words"),
    [
        (datetime(2024, 8, 1, 10, tzinfo=UTC), 1, "1 hour before the last event of story"),
        (datetime(2019, 8, 1, tzinfo=UTC), 2, "the clock says 2019-"),
        (datetime(2100, 1, 1, tzinfo=UTC), 1, "the clock says 2100-"),
    ],
)
def test_a_clock_that_is_wrong(ward: Workspace, clock: FixedClock, now: datetime, checks: int, words: str) -> None:
    clock.instant = now
    findings = found(ward, "clock")
    assert [finding.ok for finding in findings] == [False] * checks
    assert words in findings[0].what
    assert findings[0].remedy.startswith("Set the clock right")


# Git.


@pytest.fixture
def repository(ward: Workspace) -> Callable[..., None]:
    """The desk as a repository, set up; gives what runs git in it."""

    def run(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=ward.root, check=True, capture_output=True)

    run("init", "-q")
    git.set_up(ward)
    return run


def test_git_that_is_set_up(ward: Workspace, repository: Callable[..., None]) -> None:
    """Whatever it does with the line ends of other files."""
    repository("config", "core.autocrlf", "true")
    assert [(each.ok, each.what) for each in found(ward, "git")] == [
        (True, "git leaves the line ends of the log alone"),
        (True, "git can merge two branches that appended to the same story; a sample was merged"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("committed", "ok"), [("2099-01-01T00:00:00Z", [True, False]), ("2024-01-01T00:00:00Z", [True])]
)
def test_a_clock_behind_the_last_commit(
    ward: Workspace,
    repository: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    committed: str,
    ok: list[bool],
) -> None:
    """Only the computer's own clock is compared, and only if there is a commit."""
    by_the_computer = Workspace(ward.root)
    assert [each.ok for each in doctor.examine(by_the_computer) if each.check == "clock"] == [True]
    monkeypatch.setenv("GIT_COMMITTER_DATE", committed)
    repository("-c", "user.name=Desk", "-c", "user.email=d@desk.example", "commit", "--allow-empty", "-m", "x")
    findings = [each for each in doctor.examine(by_the_computer) if each.check == "clock"]
    assert [each.ok for each in findings] == ok
    assert len(ok) == 1 or "before the last commit of git (2099-01-01T00:00:00.000Z)" in findings[1].what
    assert [each.ok for each in found(ward, "clock")] == [True]


@pytest.mark.parametrize("setting", ["true", "input"])
@pytest.mark.slow
def test_git_that_changes_line_ends(ward: Workspace, repository: Callable[..., None], setting: str) -> None:
    Path(".gitattributes").unlink()
    assert found(ward, "git")[0].ok is None
    repository("config", "core.autocrlf", setting)
    finding = found(ward, "git")[0]
    assert finding[1:3] == (False, f"git changes line ends (core.autocrlf is {setting}), which breaks the hashes")
    assert "tracker git-setup" in finding.remedy
    git.set_up(ward)
    assert found(ward, "git")[0].ok


def test_git_that_writes_line_ends_as_elsewhere(ward: Workspace, repository: Callable[..., None]) -> None:
    Path(".gitattributes").write_text("*.jsonl text eol=crlf\n")
    assert found(ward, "git")[0].ok is False
    Path(".gitattributes").write_text("*.jsonl text\n")
    assert found(ward, "git")[0].ok is None
    repository("config", "core.eol", "crlf")
    assert found(ward, "git")[0].ok is False


def test_git_that_cannot_merge(ward: Workspace, repository: Callable[..., None]) -> None:
    repository("config", "--unset", "merge.tracker.driver")
    finding = found(ward, "git")[1]
    assert finding[1:3] == (None, "git cannot merge two branches that appended to the same story")
    assert finding.remedy.startswith("tracker git-setup")


@pytest.mark.slow
def test_git_that_ignores_pictures(ward: Workspace, repository: Callable[..., None]) -> None:
    Path(".gitignore").write_text("*.jpg\n")
    ward.log.put_picture(NAME, FILES[NAME])
    finding = found(ward, "git")[1]
    assert finding[1:3] == (False, f"git ignores events/media/{NAME}, so that no clone has it")


@pytest.mark.slow
def test_git_that_ignores_the_log(ward: Workspace, repository: Callable[..., None]) -> None:
    """Also in folders further up, and also some of it."""
    Path(".gitignore").write_text("*.jsonl\n")
    finding = found(ward, "git")[1]
    assert finding[1:3] == (False, "git ignores events/story.jsonl, so that no clone has it")
    repository("add", "-f", "events/story.jsonl")
    assert [each.ok for each in found(ward, "git")] == [True, True]


def test_without_a_repository_or_git(ward: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "the workspace is in no git repository that could change the log"
    assert only(ward, "git")[1:3] == (True, words)
    monkeypatch.setenv("PATH", "")
    assert only(ward, "git").ok


# The configuration.


@pytest.mark.parametrize(
    ("url", "ok"),
    [
        ("http://localhost:8000/", None),
        ("http://127.0.0.1/", None),
        ("https://desk.example.org/feeds/", None),
        ("https://desk.example/", None),
        ("https://exemplary.press/localhost/", True),
        ("https://counterexample.com/", True),
    ],
)
def test_an_address_that_no_reader_reaches(ward: Workspace, url: str, ok: bool | None) -> None:
    path = Path("tracker.toml")
    path.write_text(path.read_text().replace("https://stories.press/", url))
    assert only(ward, "configuration").ok is ok
