"""Two clones of a workspace append to the same story, and git itself merges them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.pictures import FILES, NAME, image, stored
from tracker.domain.events import Redaction, Update
from tracker.maintenance import git
from tracker.maintenance.verify import check_log, verify
from tracker.publishing.publisher import publish
from tracker.publishing.rewrites import seen_heads
from tracker.workspace import init
from tracker.workspace.desk import Workspace

GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "desk" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIT.items():
        monkeypatch.setenv(name, value)


def run(folder: Path, *arguments: str, fails: bool = False) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert bool(done.returncode) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


class Clone:
    """A clone of the desk, whose workspace may be in a folder of the repository."""

    def __init__(self, root: Path, inside: str = "") -> None:
        self.root = root
        self.desk = Workspace(str(root / inside))

    def add(self, *titles: str) -> None:
        self.desk.record("story", [{"type": "update", "title": title} for title in titles])

    def commit(self) -> None:
        run(self.root, "add", "-A")
        run(self.root, "commit", "-qm", "more")

    def titles(self) -> list[str]:
        return [each.title for each in self.desk.story("story").developments]


@pytest.fixture(params=["", "desks/ours"])
def clones(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Clone, Clone]:
    """Two clones of one repository with a story in it, both set up to merge."""
    one = tmp_path / "one"
    folder = one / request.param
    one.mkdir()
    run(one, "init", "-q", "-b", "main")
    init.init(str(folder), "Desk", "https://desk.example/", "", "en")
    first = Clone(one, request.param)
    first.desk.record("story", [{"type": "opened", "title": "The story"}])
    git.set_up(first.desk)
    first.commit()
    run(tmp_path, "clone", "-q", "one", "two")
    second = Clone(tmp_path / "two", request.param)
    git.set_up(second.desk)
    return first, second


def test_two_clones_merge_without_a_conflict(clones: tuple[Clone, Clone]) -> None:
    one, two = clones
    one.add("a", "b")
    one.commit()
    two.add("c")
    two.commit()
    pulled = one.desk.log.lines("story")
    told = run(two.root, "pull", "-q", "--no-rebase", "--no-edit")
    assert "story: 1 event of our branch follows the other's, from story#4 on" in told
    assert two.titles() == ["The story", "a", "b", "c"]
    assert two.desk.log.lines("story")[:3] == pulled
    assert verify(two.desk).problems == []
    run(one.root, "pull", "-q", "../two")
    assert one.titles() == two.titles()


def test_pictures_come_along(clones: tuple[Clone, Clone]) -> None:
    """Two branches add pictures, also the same one. Git merges the files by their names, and changes no byte."""
    one, two = clones
    run(two.root, "config", "core.autocrlf", "true")
    both = stored(b"both\r\nof them\n")
    (name,) = both
    for clone, own in ((one, stored(b"of one\n")), (two, FILES)):
        clone.desk.pictures |= both | own
        for file in (name, *own):
            values = {"type": "update", "title": "Seen", "image": image(file, name)}
            clone.desk.record("story", [values])
        clone.commit()
    run(two.root, "pull", "-q", "--no-rebase", "--no-edit")
    assert len(two.desk.log.picture_names()) == 4
    assert not two.desk.log.lacking(two.desk.log.picture_names())
    assert not check_log(two.desk).problems


def test_a_picture_that_the_other_branch_removes(clones: tuple[Clone, Clone]) -> None:
    """Git takes the file away. If an event of this branch shows it too, ``verify`` names that one."""
    one, two = clones
    one.desk.pictures |= FILES
    one.desk.record("story", [{"type": "update", "title": "Seen", "image": image()}])
    one.commit()
    run(two.root, "pull", "-q")
    two.desk.record("story", [{"type": "update", "title": "Seen again", "image": image()}])
    two.commit()
    redaction = {"type": "redaction", "redacts": "#2", "reason": "copyright", "authority": "A photographer"}
    one.desk.record("story", [redaction], removes=True)
    one.commit()
    run(two.root, "pull", "-q", "--no-rebase", "--no-edit")
    assert two.desk.log.picture_names() == []
    assert [f"{NAME}: is missing" in str(each) for each in check_log(two.desk).problems] == [True, False]


def test_a_type_that_only_one_branch_declares(clones: tuple[Clone, Clone]) -> None:
    """Git merges the stories before it writes the declaration."""
    one, two = clones
    declaration = '[outage]\nhelp = "A service stops."\nopens = "outage"\nlabel = "outage"\n'
    Path(one.desk.log.folder, "types.toml").write_text(declaration)
    Workspace(one.desk.root).record("story", [{"type": "outage", "title": "It is down"}])
    one.commit()
    two.add("meanwhile")
    two.commit()
    run(two.root, "pull", "-q", "--no-rebase", "--no-edit")
    merged = Workspace(two.desk.root)
    assert [each.title for each in merged.story("story").developments] == ["The story", "It is down", "meanwhile"]
    assert verify(merged).problems == []


def test_what_the_other_branch_has_published_keeps_its_place(clones: tuple[Clone, Clone]) -> None:
    """Its heads.json is in the commit that is merged; the published files are made anew afterwards."""
    one, two = clones
    for clone, title in ((one, "published"), (two, "not yet")):
        clone.add(title)
        if clone is one:
            publish(clone.desk)
        clone.commit()
    told = run(two.root, "pull", "-q", "--no-rebase", "--no-edit")
    assert "1 event of our branch follows the other's" in told
    assert two.titles() == ["The story", "published", "not yet"]
    assert verify(two.desk).remarks != []
    publish(two.desk)
    assert verify(two.desk)[2:4] == ([], [])


def test_published_files_of_two_branches_do_not_conflict(clones: tuple[Clone, Clone]) -> None:
    """What the upstream branch has published is seen by others; it stays, and the next publication extends it."""
    for clone, title in zip(clones, "ab", strict=True):
        clone.add(title)
        publish(clone.desk)
        clone.commit()
    two = clones[1]
    run(two.root, "pull", "-q", "--no-rebase", "--no-edit")
    assert two.titles() == ["The story", "a", "b"]
    assert seen_heads(two.desk) == seen_heads(clones[0].desk)
    publish(two.desk)
    assert verify(two.desk)[2:4] == ([], [])


def test_a_rebase_works_as_well(clones: tuple[Clone, Clone]) -> None:
    one, two = clones
    for clone, title in ((one, "a"), (two, "c")):
        clone.add(title)
        clone.commit()
    run(two.root, "pull", "-q", "--rebase")
    assert two.titles() == ["The story", "a", "c"]
    assert verify(two.desk).problems == []


def test_a_story_that_both_opened_is_a_conflict(clones: tuple[Clone, Clone]) -> None:
    one, two = clones
    for clone, title in ((one, "Ours"), (two, "Theirs")):
        clone.desk.record("another", [{"type": "opened", "title": title}])
        clone.commit()
    before = two.desk.log.lines("another")
    told = run(two.root, "pull", "-q", "--no-rebase", "--no-edit", fails=True)
    assert "both branches opened the story another" in told
    assert "CONFLICT" in told
    assert two.desk.log.lines("another") == before


def test_an_event_of_another_story_is_a_conflict(clones: tuple[Clone, Clone]) -> None:
    """A branch cannot bring it under another story's name."""
    one, two = clones
    two.desk.record("other", [{"type": "opened", "title": "Another"}])
    (other,) = two.desk.log.read("other")
    one.desk.log.append("story", [Update(title="Forged", id=other.id)])
    one.commit()
    two.add("b")
    two.commit()
    told = run(two.root, "pull", "-q", "--no-rebase", "--no-edit", fails=True)
    assert f"{other.id} is the id of other#1 already; no two events can have one" in told
    assert two.titles() == ["The story", "b"]


def test_a_story_that_one_branch_has_renamed_still_merges(clones: tuple[Clone, Clone]) -> None:
    """In the work tree it has its old name while git merges."""
    one, two = clones
    one.add(*"abcdefgh")
    one.commit()
    run(two.root, "pull", "-q")
    one.desk.log.append(
        "story", [Redaction(redacts=next(one.desk.log.read("story")).id, reason="r", authority="a")]
    )
    one.desk.log.rename("story", "new")
    one.commit()
    two.add("i")
    two.commit()
    run(two.root, "pull", "-q", "--no-rebase", "--no-edit")
    assert two.desk.log.streams() == ["new"]
    assert len(two.desk.log.lines("new")) == 11


def test_without_the_driver_git_finds_a_conflict(clones: tuple[Clone, Clone]) -> None:
    """The control: it is the driver that merges."""
    one, two = clones
    run(two.root, "config", "--remove-section", "merge.tracker")
    for clone, title in ((one, "a"), (two, "c")):
        clone.add(title)
        clone.commit()
    assert "CONFLICT" in run(two.root, "pull", "-q", "--no-rebase", "--no-edit", fails=True)


def test_setting_up_again_changes_nothing(clones: tuple[Clone, Clone]) -> None:
    assert git.set_up(clones[0].desk) == []


def test_lines_for_the_same_files_are_replaced_and_others_kept(clones: tuple[Clone, Clone]) -> None:
    root = Path(clones[0].desk.root)
    root.joinpath(".gitattributes").write_text("/events/*.jsonl -text\n*.png binary\n")
    root.joinpath(".gitignore").unlink()
    done = git.set_up(clones[0].desk)
    assert done == ["wrote .gitattributes: commit it", "wrote .gitignore: commit it"]
    assert root.joinpath(".gitattributes").read_text().splitlines() == [
        "*.png binary",
        "/events/*.jsonl -text merge=tracker",
        "/events/media/* binary",
        "/feeds/** -text merge=tracker-published",
    ]


def test_outside_a_repository_it_is_refused(tmp_path: Path) -> None:
    init.init(str(tmp_path / "desk"), "Desk", "https://desk.example/", "", "en")
    with pytest.raises(git.NoGit, match="is not in a git repository; make one with git init"):
        git.set_up(Workspace(str(tmp_path / "desk")))


def test_without_git_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    init.init(str(tmp_path / "desk"), "Desk", "https://desk.example/", "", "en")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not git.inside_repository(str(tmp_path))


def test_a_branch_that_ends_torn_is_left_alone(clones: tuple[Clone, Clone], tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.write_bytes(b"".join(clones[0].desk.log.lines("story")))
    theirs.write_bytes(ours.read_bytes() + b'{"id":')
    path = clones[0].desk.log.path("story")
    with pytest.raises(git.CorruptLog, match="ends with an unfinished line"):
        git.merge_files(str(ours), str(theirs), path)
    assert ours.read_bytes() + b'{"id":' == theirs.read_bytes()


def test_the_command_says_what_it_did(
    clones: tuple[Clone, Clone], cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = clones[0].desk.root
    assert cli("-C", root, "git-setup").out == "git can merge stories here already\n"
    run(clones[0].root, "config", "--unset", "merge.tracker.driver")
    assert (
        cli("-C", root, "git-setup").out == "set merge.tracker.driver in this clone\ngit can merge stories here\n"
    )


def test_a_workspace_made_in_a_repository_can_merge(tmp_path: Path, cli: Callable[..., Ran]) -> None:
    run(tmp_path, "init", "-q")
    assert cli("init", str(tmp_path / "another")).code == 0
    assert "git-merge %O %A %B %P" in run(tmp_path, "config", "--get", "merge.tracker.driver")
