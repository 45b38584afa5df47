"""``tracker merge``: branches are merged without a driver, unfinished merges finished, bad ones repaired."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clones import ENVIRONMENT, FIRST_TITLE, Clone, a_clone, a_hub
from tests.conftest import Ran
from tests.maintenance.test_git import SECRET, TYPE, files_with
from tracker.errors import BadInput, CorruptLog, TrackerError
from tracker.maintenance.branches import BranchMerger
from tracker.maintenance.verify import verify
from tracker.publishing.publisher import publish

pytestmark = pytest.mark.slow  # each test runs git a dozen times


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Clone, Clone]:
    """Two clones of a bare repository, neither of which is set up to merge."""
    hub = a_hub(tmp_path)
    return a_clone(hub, "a", set_up=False), a_clone(hub, "b", set_up=False)


def both_add(a: Clone, b: Clone) -> None:
    """Adds an event in each clone; that of ``a`` is pushed, and ``b`` has fetched it."""
    for clone in (a, b):
        clone.add(clone.root.name)
        clone.commit()
    a.git("push", "-q")
    b.git("fetch", "-q")


def both_open(a: Clone, b: Clone) -> None:
    for clone in (a, b):
        clone.open("trial", f"The trial of {clone.root.name}")
        clone.add("The verdict", slug="trial")
        clone.commit()
    a.git("push", "-q")
    b.git("fetch", "-q")


def merge(clone: Clone, ref: str = "origin/main", **names: str) -> list[str]:
    return BranchMerger(clone.desk, names).merge(ref)


def go_on(clone: Clone, **names: str) -> list[str]:
    return BranchMerger(clone.desk, names).go_on()


def test_a_branch_is_merged_and_committed_without_a_driver(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    both_add(a, b)
    before = b.lines()
    assert BranchMerger(b.desk).check("origin/main").said == [
        "story: 1 event of our branch follows the other's, from story#4 on"
    ]
    assert b.lines() == before
    assert merge(b) == ["story: 1 event of our branch follows the other's, from story#4 on"]
    assert b.titles()[2:] == ["a", "b"]
    assert b.git("status", "--short") == ""
    b.git("push", "-q")
    assert a.git("pull", "-q", "--ff-only") == ""


def test_a_bot_merges_a_branch_into_the_default_branch(pair: tuple[Clone, Clone]) -> None:
    """In its clone the default branch is ours and shared, and comes first."""
    a, b = pair
    b.git("checkout", "-qb", "topic")
    b.add("b")
    b.commit()
    b.git("push", "-q", "origin", "topic")
    a.add("a")
    a.push()
    a.git("fetch", "-q")
    assert merge(a, "origin/topic") == ["story: 1 event of the other branch follows ours, from story#4 on"]
    assert a.titles()[2:] == ["a", "b"]


def test_a_branch_that_moved_what_is_shared_is_put_right(pair: tuple[Clone, Clone]) -> None:
    """Git alone would fast-forward to it, or take its version, and so move an event that others have seen."""
    a, b = pair
    both_add(a, b)
    b.git("checkout", "-qb", "topic")
    b.git("update-ref", "-d", "refs/remotes/origin/main")
    b.git("symbolic-ref", "-d", "refs/remotes/origin/HEAD")
    shared = a.lines()
    b.git("fetch", "-q", str(b.root), "topic")
    merge(b, a.git("rev-parse", "HEAD").strip())
    assert b.titles()[2:] == ["b", "a"]
    a.git("fetch", "-q", str(b.root), "topic")
    merge(a, "FETCH_HEAD")
    assert a.lines()[:3] == shared
    assert a.titles()[2:] == ["a", "b"]


def test_nothing_to_merge(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    assert merge(b) == ["Already up to date."]
    a.add("a")
    a.push()
    b.git("fetch", "-q")
    assert merge(b)[0].startswith("Updating ")
    assert go_on(b) == ["there is nothing to merge or to repair"]


def test_a_story_that_both_opened_becomes_two(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    both_open(a, b)
    assert merge(b) == ["trial: both branches opened a story of this name; ours is now called trial-2"]
    assert b.titles("trial") == ["The trial of a", "The verdict"]
    assert b.titles("trial-2") == ["The trial of b", "The verdict"]
    assert b.desk.log.lines("trial") == a.desk.log.lines("trial")
    assert verify(b.desk)[2:4] == ([], [])


def test_the_new_name_can_be_given(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    both_open(a, b)
    with pytest.raises(BadInput, match="--rename: there is a story story already; choose another name"):
        merge(b, trial="story")
    assert b.git("status", "--short") == ""
    merge(b, trial="second-trial")
    assert b.desk.log.streams() == ["second-trial", "story", "trial"]


def test_a_branch_whose_story_was_renamed_is_merged_again(pair: tuple[Clone, Clone]) -> None:
    """It goes on under its old name there, and its new events join the renamed story."""
    a, b = pair
    both_open(a, b)
    a.git("fetch", "-q", str(b.root), "main")
    merge(a, "FETCH_HEAD")
    b.add("The appeal", slug="trial")
    b.commit()
    a.git("fetch", "-q", str(b.root), "main")
    merge(a, "FETCH_HEAD")
    assert a.titles("trial-2") == ["The trial of b", "The verdict", "The appeal"]
    assert a.desk.log.streams() == ["story", "trial", "trial-2"]
    assert verify(a.desk)[2:4] == ([], [])


def test_a_merge_that_git_left_unfinished_is_finished(pair: tuple[Clone, Clone]) -> None:
    """As where git-setup was forgotten: git put conflict markers into the story."""
    a, b = pair
    both_add(a, b)
    both_open(a, b)
    assert "CONFLICT" in b.pull(fails=True)
    with pytest.raises(BadInput, match="a merge is not finished here"):
        merge(b)
    assert len(go_on(b)) == 2
    assert b.titles()[2:] == ["a", "b"]
    assert b.desk.log.streams() == ["story", "trial", "trial-2"]
    assert b.git("status", "--short") == ""
    assert verify(b.desk)[2:4] == ([], [])


def accept_both(path: Path) -> None:
    """Takes the conflict markers out and leaves all lines, as many do by hand."""
    text = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in text if line[:7] not in ("<<<<<<<", "=======", ">>>>>>>")))


@pytest.mark.parametrize("committed", [False, True])
def test_a_merge_by_hand_is_made_again(pair: tuple[Clone, Clone], committed: bool) -> None:
    a, b = pair
    both_add(a, b)
    b.pull(fails=True)
    accept_both(b.file("events/story.jsonl"))
    if committed:
        b.commit()
    assert verify(b.desk).problems != []
    go_on(b)
    assert b.titles()[2:] == ["a", "b"]
    assert verify(b.desk)[2:4] == ([], [])


def test_a_merge_that_took_one_side_is_made_again(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    both_add(a, b)
    b.pull(fails=True)
    b.git("checkout", "--ours", "events/story.jsonl")
    b.git("add", "events/story.jsonl")
    go_on(b)
    assert b.titles()[2:] == ["a", "b"]


def test_an_event_that_neither_branch_has_is_not_dropped(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    both_add(a, b)
    b.pull(fails=True)
    accept_both(b.file("events/story.jsonl"))
    b.commit()
    with b.file("events/story.jsonl").open("ab") as file:
        file.write(b.lines()[1].replace(b'{"id":"0', b'{"id":"1'))
    with pytest.raises(CorruptLog, match=r"story\.jsonl:5: is an event of neither branch"):
        go_on(b)


def test_a_story_that_no_merge_damaged_is_not_touched(pair: tuple[Clone, Clone]) -> None:
    _, b = pair
    b.file("events/story.jsonl").write_text("{}\n")
    with pytest.raises(CorruptLog, match="is damaged, and not by a merge"):
        go_on(b)


def test_a_rebase_that_stopped_goes_on(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    both_add(a, b)
    b.pull("--rebase", fails=True)
    assert go_on(b)[-1] == "now go on, for example with git rebase --continue"
    b.git("rebase", "--continue")
    assert b.titles()[2:] == ["a", "b"]


def test_a_file_that_is_no_log_is_left_to_the_editor(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    for clone in pair:
        clone.file("notes.txt").write_text(clone.root.name)
    both_add(a, b)
    with pytest.raises(
        TrackerError, match=r"git could not merge notes.txt\. Edit and git add it, then git commit"
    ):
        merge(b)
    assert b.titles()[2:] == ["a", "b"]
    b.commit()
    assert verify(b.desk)[2:4] == ([], [])


def test_nothing_is_merged_where_a_file_of_the_log_cannot_be(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    for clone, name in ((a, "suit"), (b, "case")):
        clone.file("events/types.toml").write_text(TYPE.format(name="lawsuit").replace("happens", name))
    both_add(a, b)
    assert len(BranchMerger(b.desk).check("origin/main").errors) == 1
    with pytest.raises(BadInput, match=r"types\.toml: both branches changed lawsuit"):
        merge(b)
    assert b.git("status", "--short") == ""
    assert b.titles()[2:] == ["b"]


def test_a_story_that_a_branch_removed_is_not_lost(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    a.file("events/story.jsonl").unlink()
    a.push()
    b.add("b")
    b.commit()
    b.git("fetch", "-q")
    said = ["story: one branch has removed this story; a log keeps it"]
    assert merge(b) == said
    assert b.titles()[1:] == [FIRST_TITLE, "b"]
    a.git("fetch", "-q", str(b.root), "main")
    a.git("merge", "-q", "FETCH_HEAD~1", fails=True)  # for git it is a conflict
    assert go_on(a) == said
    assert a.lines() == b.lines()


def test_a_rebase_keeps_a_story_that_the_other_branch_removed(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    a.file("events/story.jsonl").unlink()
    a.push()
    b.add("b")
    b.commit()
    b.pull("--rebase", fails=True)
    go_on(b)
    b.git("rebase", "--continue")
    assert b.titles()[1:] == [FIRST_TITLE, "b"]


def test_changes_that_are_not_committed_are_left_alone(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    both_add(a, b)
    b.add("not committed")
    before = b.lines()
    with pytest.raises(TrackerError, match=r"story\.jsonl: has changes that are not committed"):
        merge(b)
    assert b.lines() == before
    b.git("stash", "-q")
    b.file("notes.txt").write_text("mine")
    a.file("notes.txt").write_text("theirs")
    a.push()
    b.git("fetch", "-q")
    with pytest.raises(TrackerError, match="git does not merge origin/main: "):
        merge(b)


def test_corrections_of_one_field_are_named(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    for clone in pair:
        clone.correct(2, f"According to {clone.root.name}")
        clone.commit()
    a.git("push", "-q")
    b.git("fetch", "-q")
    assert merge(b)[0] == (
        "story#4 corrects the title of #2, as #3 of the other branch does. #4 stands, because it is later."
        " If #3 is right: tracker retract story#4"
    )


def test_published_files_in_git_are_merged_too(tmp_path: Path) -> None:
    hub = a_hub(tmp_path, keeps_feeds=True)
    a, b = a_clone(hub, "a", set_up=False), a_clone(hub, "b", set_up=False)
    for clone in (a, b):
        publish(clone.desk)
        clone.add(clone.root.name)
        if clone is a:
            clone.redact(2)
        publish(clone.desk)
        clone.commit()
    a.git("push", "-q")
    b.git("fetch", "-q")
    merge(b)
    assert files_with(b.root, SECRET) == []
    publish(b.desk)
    assert verify(b.desk)[2:4] == ([], [])


# The command.

Cli = Callable[..., Ran]


def test_the_command_merges_and_says_what_it_did(pair: tuple[Clone, Clone], cli: Cli) -> None:
    a, b = pair
    both_open(a, b)
    root = str(b.root)
    checked = cli("-C", root, "merge", "--check", "origin/main")
    assert (checked.code, checked.out.splitlines()[-1]) == (0, "origin/main can be merged")
    done = cli("-C", root, "merge", "origin/main", "--rename", "trial=appeal")
    assert (done.code, done.out) == (0, "merged origin/main\n")
    assert "ours is now called appeal" in done.err


def test_the_exit_status_says_that_a_branch_cannot_be_merged(pair: tuple[Clone, Clone], cli: Cli) -> None:
    a, b = pair
    a.file("events/story.jsonl").write_bytes(a.lines()[0])
    a.push()
    both_add_nothing = cli("-C", str(b.root), "merge", "--check", "origin/main")
    assert both_add_nothing.code == 0  # git has not fetched it
    a.file("events/story.jsonl").write_text("{}\n")
    a.push()
    b.git("fetch", "-q")
    found = cli("-C", str(b.root), "merge", "--check", "origin/main")
    assert found.code == 1
    assert "story (theirs):1: " in found.err
    assert found.out == "origin/main cannot be merged\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such"], "there is no branch or commit 'no-such' here"),
        (["--check"], "--check: needs the branch to check"),
        (["main", "--rename", "trial"], "--rename: 'trial' is not OLD=NEW"),
        (["main", "--rename", "trial=No Name"], "No Name"),
    ],
)
def test_refusals(pair: tuple[Clone, Clone], cli: Cli, arguments: list[str], message: str) -> None:
    refused = cli("-C", str(pair[0].root), "merge", *arguments)
    assert refused.code == 2
    assert message in refused.err
