"""Where git calls no merge driver, verify, publish and doctor say what it did, and tracker merge repairs it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clones import ENVIRONMENT, FIRST_TITLE, Clone, a_clone, a_hub
from tests.conftest import Ran
from tests.maintenance.test_branches import go_on, merge
from tests.maintenance.test_git import files_with, pushed
from tests.pictures import FILES, NAME, image
from tracker.maintenance import history
from tracker.maintenance.doctor import examine
from tracker.maintenance.verify import check_log, verify
from tracker.publishing.publisher import publish

pytestmark = pytest.mark.slow  # each test runs git a dozen times

Cli = Callable[..., Ran]


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Clone, Clone]:
    """Two clones of a bare repository, both set up to merge."""
    hub = a_hub(tmp_path)
    return a_clone(hub, "a"), a_clone(hub, "b")


def problems(clone: Clone) -> list[str]:
    return [each.text for each in history.compare(clone.desk).problems]


def check_repaired(clone: Clone, *titles: str) -> None:
    """Checks that verify finds a fault, and that tracker merge repairs it: then the story has these titles."""
    assert verify(clone.desk).problems != []
    go_on(clone)
    assert all(line[0] in "MAD" for line in clone.git("status", "--short").splitlines())  # all is staged
    clone.git("commit", "-qm", "repaired", fails=None)
    assert clone.titles()[2:] == list(titles)
    assert verify(clone.desk)[2:4] == ([], [])
    assert go_on(clone) == ["there is nothing to merge or to repair"]


# Each function does something after which an event "a" is gone from the story.


def revert(a: Clone, b: Clone) -> None:
    """The last commit of a story is reverted: only one side changed the file."""
    b.pull()
    b.git("revert", "--no-edit", "HEAD")


def revert_and_push(a: Clone, b: Clone) -> None:
    revert(a, b)
    b.git("push", "-q")


def revert_without_commit(a: Clone, b: Clone) -> None:
    b.pull()
    b.git("revert", "-n", "HEAD")


def take_ours(a: Clone, b: Clone) -> None:
    """A merge that keeps our side of everything."""
    b.file("notes.txt").write_text("b")
    b.commit()
    b.git("fetch", "-q")
    b.git("merge", "-q", "-s", "ours", "--no-edit", "origin/main")


def take_ours_of_one_file(a: Clone, b: Clone) -> None:
    """An editor resolves the conflict of a clone that is not set up by accepting one side."""
    b.add("b")
    b.commit()
    b.git("config", "--remove-section", "merge.tracker")
    b.pull(fails=True)
    b.git("checkout", "--ours", "events/story.jsonl")
    b.commit()


def merge_a_branch_that_took_lines_out(a: Clone, b: Clone) -> None:
    """Main did not change the story meanwhile, so that git takes the version of the branch."""
    b.pull()
    b.git("checkout", "-qb", "topic")
    b.git("revert", "--no-edit", "HEAD")
    b.git("checkout", "-q", "main")
    b.file("notes.txt").write_text("b")
    b.commit()
    b.git("merge", "-q", "--no-edit", "topic")


def remove_the_story(a: Clone, b: Clone) -> None:
    b.pull()
    b.git("rm", "-q", "events/story.jsonl")
    b.git("commit", "-qm", "remove")


def remove_the_story_without_a_commit(a: Clone, b: Clone) -> None:
    b.pull()
    b.git("rm", "-q", "events/story.jsonl")


LOSSES = [revert, revert_and_push, revert_without_commit, take_ours, take_ours_of_one_file,
          merge_a_branch_that_took_lines_out, remove_the_story, remove_the_story_without_a_commit]  # fmt: skip


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
def test_an_event_that_was_committed_is_not_lost(
    pair: tuple[Clone, Clone], lose: Callable[[Clone, Clone], None]
) -> None:
    a, b = pair
    a.add("a")
    a.push()
    there = a.lines()
    lose(a, b)
    assert " tracker merge puts " in problems(b)[0]
    check_repaired(b, "a", *["b"] * (lose is take_ours_of_one_file))
    assert b.lines()[:3] == there


def test_an_event_that_came_after_a_revert_stays_behind_what_others_have_seen(pair: tuple[Clone, Clone]) -> None:
    a, b = pair
    a.add("a")
    a.push()
    revert(a, b)
    b.add("b")
    b.commit()
    check_repaired(b, "a", "b")
    assert b.lines()[:3] == pushed(b)


def test_after_a_push_a_lost_event_comes_last(pair: tuple[Clone, Clone]) -> None:
    """Others have seen the ones after it by then."""
    a, b = pair
    a.add("a")
    a.push()
    revert(a, b)
    b.add("b")
    b.push()
    check_repaired(b, "b", "a")
    assert b.lines()[:3] == pushed(b)


def test_events_that_others_have_seen_are_put_back_in_their_place(pair: tuple[Clone, Clone]) -> None:
    """The branch was merged in another clone that knew nothing of main; git takes it as it is."""
    a, b = pair
    a.add("a")
    a.push()
    b.add("b")
    b.commit()
    b.git("fetch", "-q")
    for ref in ("refs/remotes/origin/main", "refs/remotes/origin/HEAD", "FETCH_HEAD"):
        b.git("update-ref", "--no-deref", "-d", ref, fails=None)
    b.git("merge", "-q", "--no-edit", a.git("rev-parse", "HEAD").strip())
    assert b.titles()[2:] == ["b", "a"]
    b.git("fetch", "-q")
    (problem,) = history.compare(b.desk).problems
    assert problem.place.endswith("story.jsonl:4")
    check_repaired(b, "a", "b")
    assert b.lines()[:3] == pushed(b)


def test_a_story_that_was_opened_again_under_the_same_name_becomes_two(pair: tuple[Clone, Clone]) -> None:
    _, b = pair
    b.git("rm", "-q", "events/story.jsonl")
    b.git("commit", "-qm", "remove")
    b.open("story", "Another story")
    b.commit()
    go_on(b)
    b.commit()
    assert (b.titles(), b.titles("story-2")) == (["The story", FIRST_TITLE], ["Another story"])
    assert verify(b.desk)[2:4] == ([], [])


# Removed texts.


@pytest.mark.parametrize("more", [False, True])
def test_a_text_does_not_come_back_by_a_revert(pair: tuple[Clone, Clone], cli: Cli, more: bool) -> None:
    """publish refuses: else readers would get the text again."""
    _, b = pair
    b.redact(2)
    b.commit()
    b.git("revert", "--no-edit", "HEAD")
    if more:
        b.add("b")
        b.commit()
    assert files_with(b.file("events")) != []
    assert any(
        "has its text again, which an earlier commit removed. tracker merge" in each for each in problems(b)
    )
    refused = cli("-C", str(b.root), "publish")
    assert refused.code == 1
    assert "story.jsonl:2: has its text again" in refused.err
    assert not b.file("feeds").exists()
    go_on(b)
    b.commit()
    assert files_with(b.file("events")) == []
    assert verify(b.desk)[2:4] == ([], [])
    assert cli("-C", str(b.root), "publish").code == 0


def test_publish_says_which_correction_may_repeat_a_removed_text(pair: tuple[Clone, Clone], cli: Cli) -> None:
    a, b = pair
    b.correct(2, f"{FIRST_TITLE}, in other words")
    b.commit()
    publish(b.desk)
    a.redact(2)
    a.push()
    b.pull()
    message = "story.jsonl:4: corrects #2, whose text was removed, and may repeat it. To remove it: tracker redact"
    assert message in cli("-C", str(b.root), "publish", "--accept-rewrite", "A preview").err
    b.redact(4)
    assert "corrects #2" not in cli("-C", str(b.root), "publish").err


# Pictures.


@pytest.mark.parametrize("by", ["git", "tracker"])
def test_a_picture_that_one_branch_removed_and_the_other_shows(pair: tuple[Clone, Clone], by: str) -> None:
    a, b = pair
    desk = a.desk
    desk.pictures |= FILES
    desk.record("story", [{"type": "update", "title": "Seen", "image": image()}])
    a.push()
    b.pull()
    b.desk.record("story", [{"type": "update", "title": "Seen again", "image": image()}])
    b.commit()
    a.redact(3)
    a.push()
    if by == "git":
        b.pull()
        assert any(f"{NAME}: is missing" in str(each) for each in check_log(b.desk).problems)
        assert any(f"events/media/{NAME}: put back, because an event shows it" in each for each in go_on(b))
        b.commit()
    else:
        b.git("fetch", "-q")
        merge(b)
    assert b.git("status", "--short") == ""
    assert sorted(b.desk.log.picture_names()) == sorted(FILES)
    assert verify(b.desk)[2:4] == ([], [])


# What others have seen.


def pull_by_address(b: Clone, hub: str) -> None:
    """The branches that the clone knows of its origin are older than what it pulls."""
    b.pull("--no-rebase", hub, "main")


def rebase_by_address(b: Clone, hub: str) -> None:
    b.pull("--rebase", hub, "main")


def pull_a_branch_that_is_not_tracked(b: Clone, hub: str) -> None:
    b.git("config", "remote.origin.fetch", "+refs/heads/other:refs/remotes/origin/other")
    b.pull("--no-rebase", "origin", "main")


def merge_a_branch_that_is_not_the_default(b: Clone, hub: str) -> None:
    b.git("push", "-q", hub, "refs/remotes/origin/main:refs/heads/x")
    b.git("fetch", "-q")
    b.git("update-ref", "--no-deref", "-d", "FETCH_HEAD", fails=None)
    b.git("update-ref", "refs/remotes/origin/desk", "origin/main")
    b.git("update-ref", "refs/remotes/origin/main", "origin/main~1")
    b.git("merge", "-q", "--no-edit", "origin/desk")


PULLS = [pull_by_address, rebase_by_address, pull_a_branch_that_is_not_tracked,
         merge_a_branch_that_is_not_the_default]  # fmt: skip


@pytest.mark.parametrize("pull", PULLS, ids=lambda pull: pull.__name__)
def test_what_is_pushed_stays_in_its_place(pair: tuple[Clone, Clone], pull: Callable[[Clone, str], None]) -> None:
    a, b = pair
    a.add("a")
    a.push()
    b.add("b")
    b.commit()
    pull(b, str(a.root.parent / "hub.git"))
    assert b.titles()[2:] == ["a", "b"]
    assert b.lines()[:3] == a.lines()


# What is no fault.


def amend(a: Clone, b: Clone) -> None:
    b.git("checkout", "-q", "HEAD~1", "--", "events")
    b.git("commit", "-q", "--amend", "-m", "another", "--allow-empty")


def reset(a: Clone, b: Clone) -> None:
    b.git("reset", "-q", "--hard", "HEAD~1")


def fetch(a: Clone, b: Clone) -> None:
    """What was fetched and not merged yet is not lost."""
    a.add("a")
    a.redact(2)
    a.push()
    b.git("fetch", "-q")


def merge_and_rebase(a: Clone, b: Clone) -> None:
    fetch(a, b)
    b.git("checkout", "-qb", "topic")
    b.git("merge", "-q", "--no-edit", "origin/main")
    b.git("checkout", "-q", "main")
    b.git("rebase", "-q", "origin/main")


def a_topic_that_was_pushed_moves(a: Clone, b: Clone) -> None:
    b.git("checkout", "-qb", "topic")
    b.git("push", "-qu", "origin", "topic")
    fetch(a, b)
    b.git("merge", "-q", "--no-edit", "origin/main")


def rename_a_story(a: Clone, b: Clone) -> None:
    b.redact(1)
    b.desk.log.rename("story", "renamed")
    b.commit()


LEGITIMATE = [amend, reset, fetch, merge_and_rebase, a_topic_that_was_pushed_moves, rename_a_story]


@pytest.mark.parametrize("act", LEGITIMATE, ids=lambda act: act.__name__)
def test_what_an_editor_may_do_is_no_fault(pair: tuple[Clone, Clone], act: Callable[[Clone, Clone], None]) -> None:
    a, b = pair
    b.add("b")
    b.commit()
    act(a, b)
    assert problems(b) == []
    assert verify(b.desk).problems == []


def test_an_announced_rewrite_is_no_fault(pair: tuple[Clone, Clone]) -> None:
    _, b = pair
    b.add("b")
    b.commit()
    publish(b.desk)
    b.git("revert", "--no-edit", "HEAD")
    publish(b.desk, accept_rewrite="It was a test")
    assert problems(b) == []
    b.add("c")
    b.commit()
    b.git("revert", "--no-edit", "HEAD")
    assert len(problems(b)) == 1


def test_a_log_outside_of_a_repository_is_not_compared(pair: tuple[Clone, Clone], tmp_path: Path) -> None:
    _, b = pair
    b.add("b")
    b.commit()
    b.git("revert", "--no-edit", "HEAD")
    assert len(problems(b)) == 1
    b.file(".git").rename(tmp_path / "gone")
    assert problems(b) == []
    b.git("init", "-q")
    assert problems(b) == []  # there is no commit yet


# Commands.


def test_the_commands_say_it(pair: tuple[Clone, Clone], cli: Cli) -> None:
    _, b = pair
    b.add("b")
    b.commit()
    id = b.lines()[2][7:43].decode()
    b.git("revert", "--no-edit", "HEAD")
    commit = b.git("rev-parse", "HEAD")[:10]
    root = str(b.root)
    message = (
        f"story.jsonl: the event {id} is gone: commit {commit} took it out. tracker merge puts it back; to"
        " withdraw an event, use tracker retract"
    )
    for command, code in (("publish", 0), ("verify", 1)):
        said = cli("-C", root, command)
        assert (said.code, message in said.err) == (code, True), command
    assert message not in cli("-C", root, "publish").err  # nothing is new
    assert any(not each.ok and f"the event {id} is gone" in each.what for each in examine(b.desk))
    said = cli("-C", root, "merge", "--check", "main")
    assert (said.code, message in said.err) == (1, True)
    assert cli("-C", root, "merge").out == "done\nnow publish it: tracker publish\n"
    assert cli("-C", root, "merge", "--check", "main").code == 0


def test_a_merge_says_what_the_other_branch_took_out(pair: tuple[Clone, Clone], cli: Cli) -> None:
    _, b = pair
    b.git("checkout", "-qb", "topic")
    b.add("b")
    b.commit()
    b.git("revert", "--no-edit", "HEAD")
    b.git("checkout", "-q", "main")
    said = cli("-C", str(b.root), "merge", "topic")
    assert said.code == 0
    assert "took it out. tracker merge puts it back" in said.err
