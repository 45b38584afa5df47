"""Two clones of a workspace append to the same story, and git itself merges them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clones import ENVIRONMENT, FIRST_TITLE, Clone, a_clone, a_hub, run
from tests.conftest import Ran
from tests.pictures import FILES, NAME, image, stored
from tracker.domain.events import Redaction, Update
from tracker.errors import BadInput, CorruptLog, Rewritten, Unmerged
from tracker.maintenance import git, merging
from tracker.maintenance.verify import check_log, verify
from tracker.publishing.live import read_heads
from tracker.publishing.publisher import publish
from tracker.publishing.rewrites import seen_heads
from tracker.readmodel import projection
from tracker.workspace import init
from tracker.workspace.desk import Workspace


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=["", "desks/ours"])
def clones(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Clone, Clone]:
    """Two clones of one repository with a story in it, both set up to merge."""
    one = tmp_path / "one"
    folder = one / request.param
    one.mkdir()
    run(one, "init", "-q", "-b", "main")
    init.init(str(folder), "Desk", "https://desk.example/", "", "en")
    (folder / ".gitignore").write_text("/.tracker/\n")
    first = Clone(one, request.param)
    first.desk.record("story", [{"type": "opened", "title": "The story"}])
    git.set_up(first.desk)
    first.commit()
    run(tmp_path, "clone", "-q", "one", "two")
    second = Clone(tmp_path / "two", request.param)
    git.set_up(second.desk)
    return first, second


@pytest.mark.slow
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


@pytest.mark.slow
def test_pictures_come_along(clones: tuple[Clone, Clone]) -> None:
    """Two branches add pictures, also the same one. Git merges the files by their names, and changes no byte."""
    one, two = clones
    run(two.root, "config", "core.autocrlf", "true")
    both = stored(b"both\r\nof them\n")
    (name,) = both
    for clone, own in ((one, stored(b"of one\n")), (two, FILES)):
        desk = clone.desk
        desk.pictures |= both | own
        for file in (name, *own):
            values = {"type": "update", "title": "Seen", "image": image(file, name)}
            desk.record("story", [values])
        clone.commit()
    run(two.root, "pull", "-q", "--no-rebase", "--no-edit")
    assert len(two.desk.log.picture_names()) == 4
    assert not two.desk.log.lacking(two.desk.log.picture_names())
    assert not check_log(two.desk).problems


@pytest.mark.slow
def test_a_picture_that_the_other_branch_removes(clones: tuple[Clone, Clone]) -> None:
    """Git takes the file away. If an event of this branch shows it too, ``verify`` names that one."""
    one, two = clones
    desk = one.desk
    desk.pictures |= FILES
    desk.record("story", [{"type": "update", "title": "Seen", "image": image()}])
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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
    told = run(two.root, "pull", "-q", "--no-rebase", "--no-edit", fails=True)
    assert "both branches opened the story another" in told
    assert "CONFLICT" in told
    assert "<<<<<<< ours" in two.file("events/another.jsonl").read_text()


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
    assert "<<<<<<< ours" in two.file("events/story.jsonl").read_text()


@pytest.mark.slow
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
        "/events/*.toml text eol=lf merge=tracker-toml",
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
    with pytest.raises(CorruptLog, match="ends with an unfinished line"):
        merging.merge_files(os.devnull, str(ours), str(theirs), path)
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
    (tmp_path / "another").mkdir()
    (tmp_path / "another/.gitignore").write_text("*.swp\n")
    assert cli("init", str(tmp_path / "another")).code == 0
    assert (tmp_path / "another/.gitignore").read_text() == "*.swp\n/.tracker/\n/feeds/\n/.env\n/.venv/\n"
    assert "git-merge %O %A %B %P" in run(tmp_path, "config", "--get", "merge.tracker.driver")


# Editors with a repository that all push to.

Hub = Callable[..., tuple[Clone, Clone]]


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """Two clones of a bare repository, in which feeds/ is ignored unless it is said to be kept."""

    def made(**how: bool) -> tuple[Clone, Clone]:
        there = a_hub(tmp_path, **how)
        return a_clone(there, "a"), a_clone(there, "b")

    return made


def pushed(clone: Clone, branch: str = "origin/main", slug: str = "story") -> list[bytes]:
    """The lines of the story in a branch that others have seen."""
    return git.ask(str(clone.root), "show", f"{branch}:events/{slug}.jsonl").splitlines(keepends=True)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["--no-rebase", "--rebase"])
def test_what_is_pushed_keeps_its_place_whatever_was_published_here(hub: Hub, how: str) -> None:
    """An editor's own publication is a preview that no reader has seen."""
    a, b = hub()
    a.add("pushed")
    a.push()
    publish(a.desk)
    b.add("ours", "ours, too")
    publish(b.desk)
    b.commit()
    b.pull(how)
    assert b.titles()[2:] == ["pushed", "ours", "ours, too"]
    assert b.lines()[:3] == pushed(b)
    assert verify(b.desk, read_heads(str(a.file("feeds/heads.json"))))[2] != []  # only its own preview
    shutil.rmtree(b.file("feeds"))
    assert verify(b.desk, read_heads(str(a.file("feeds/heads.json"))))[2:4] == ([], [])


@pytest.mark.slow
def test_a_branch_without_an_upstream_follows_the_default_branch(hub: Hub) -> None:
    """Also where the clone does not know which branch of its origin is the default one."""
    a, b = hub()
    a.add("pushed")
    a.push()
    b.git("checkout", "-qb", "topic")
    b.git("symbolic-ref", "-d", "refs/remotes/origin/HEAD")
    b.add("ours")
    b.commit()
    b.git("fetch", "-q")
    b.git("merge", "-q", "origin/main")
    assert b.lines()[:3] == pushed(b)


@pytest.mark.slow
def test_the_desk_s_repository_comes_before_a_fork_of_it(hub: Hub, tmp_path: Path) -> None:
    a, _ = hub()
    run(tmp_path, "clone", "-q", "--bare", "hub.git", "fork.git")
    fork = a_clone(tmp_path / "fork.git", "c")
    fork.git("remote", "add", "upstream", str(tmp_path / "hub.git"))
    fork.add("ours")
    fork.push()
    a.add("pushed")
    a.push()
    fork.pull("--no-rebase", "upstream", "main")
    assert fork.lines()[:3] == pushed(a)


@pytest.mark.slow
def test_a_branch_that_is_pulled_by_its_address_comes_first_where_no_branch_is_known(hub: Hub) -> None:
    a, b = hub()
    a.add("pushed")
    a.push()
    b.git("remote", "remove", "origin")
    b.add("ours")
    b.commit()
    b.pull("--no-rebase", str(a.root), "main")
    assert b.lines()[:3] == pushed(a, "main")


@pytest.mark.slow
def test_a_stash_and_an_autostash_keep_what_is_not_committed(hub: Hub) -> None:
    a, b = hub()
    a.add("pushed")
    a.push()
    b.add("not committed")
    b.pull("--rebase", "--autostash")
    assert b.titles()[2:] == ["pushed", "not committed"]
    assert verify(b.desk)[2:4] == ([], [])


# Picking.


def embargoed(hub: Hub) -> Clone:
    """A clone on main, beside a branch topic with an embargoed event and, in another commit, a second one."""
    _, b = hub()
    b.git("checkout", "-qb", "topic")
    b.add("embargoed")
    b.commit()
    b.add("free")
    b.commit()
    b.git("checkout", "-q", "main")
    b.add("ours")
    b.commit()
    return b


@pytest.mark.slow
def test_a_picked_commit_brings_its_own_events_only(hub: Hub) -> None:
    b = embargoed(hub)
    assert "story: 1 event of earlier commits, which are not here, stays out" in b.git("cherry-pick", "topic")
    assert b.titles()[2:] == ["ours", "free"]
    b.git("merge", "-q", "topic")
    assert b.titles()[2:] == ["ours", "free", "embargoed"]
    assert verify(b.desk)[2:4] == ([], [])


@pytest.mark.slow
def test_a_picked_event_that_refers_to_one_that_is_not_here_is_refused(hub: Hub) -> None:
    b = embargoed(hub)
    b.git("checkout", "-q", "topic")
    b.correct(3, "Still embargoed")
    b.commit()
    b.git("checkout", "-q", "main")
    assert "refers to " in b.git("cherry-pick", "topic", fails=True)
    b.git("cherry-pick", "--abort")
    b.git("cherry-pick", "topic~2", "topic~1", "topic")
    assert b.titles()[2:] == ["ours", "Still embargoed", "free", "Correction of #4: Still embargoed"]


@pytest.mark.slow
def test_a_rebase_leaves_out_a_commit_that_is_dropped(hub: Hub) -> None:
    b = embargoed(hub)
    b.git("rebase", "-q", "--onto", "main", "topic~1", "topic")
    assert b.titles()[2:] == ["ours", "free"]


@pytest.mark.slow
def test_a_revert_takes_nothing_out_of_a_log(hub: Hub) -> None:
    b = embargoed(hub)
    b.add("later")
    b.commit()
    before = b.lines()
    said = b.git("revert", "--no-edit", "HEAD~1", fails=None)
    assert "story: the other side takes back 1 event; a log keeps it" in said
    assert b.lines() == before


# Removed texts.

SECRET = FIRST_TITLE


def files_with(folder: Path, text: str = SECRET) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts]
    return [path for path in found if text.encode() in path.read_bytes()]


@pytest.mark.slow
def test_a_correction_and_a_redaction_that_cross(hub: Hub) -> None:
    """The merge says which correction may still have the text, and with which command it goes."""
    a, b = hub()
    b.correct(2, f"{SECRET}, in other words")
    b.commit()
    a.redact(2)
    a.push()
    said = b.pull()
    assert (
        "story#4 corrects #2, whose text was removed, and may repeat it. To remove it: tracker redact story#4"
        in said
    )
    b.redact(4)
    assert files_with(b.file("events")) == []
    assert verify(b.desk)[2:4] == ([], [])


@pytest.mark.parametrize("who", ["theirs", "ours"])
@pytest.mark.slow
def test_published_files_in_git_never_get_a_removed_text_back(hub: Hub, who: str) -> None:
    """Both branches changed them: the version of the branch with all redactions is kept, or none."""
    a, b = hub(keeps_feeds=True)
    for clone, removes in ((a, who == "theirs"), (b, who == "ours")):
        publish(clone.desk)
        clone.add("one more")
        if removes:
            clone.redact(2)
        publish(clone.desk)
        clone.push() if clone is a else clone.commit()
    b.pull()
    assert files_with(b.root) == []
    heads = seen_heads(b.desk)
    assert heads == seen_heads(a.desk)
    publish(b.desk)
    assert verify(b.desk)[2:4] == ([], [])
    assert files_with(b.root) == []


@pytest.mark.slow
def test_a_published_file_of_local_branches_is_kept_where_no_text_was_removed(hub: Hub) -> None:
    _, b = hub(keeps_feeds=True)
    b.git("checkout", "-qb", "topic")
    for branch in ("topic", "main"):
        b.git("checkout", "-q", branch)
        b.add(branch)
        publish(b.desk)
        b.commit()
    before = b.file("feeds/all.atom").read_bytes()
    b.git("merge", "-q", "topic")
    assert b.file("feeds/all.atom").read_bytes() == before


# A merge that fails.


def in_conflict(hub: Hub) -> tuple[Clone, str]:
    """A clone whose merge failed, because its tracker is gone: the environment was moved."""
    a, b = hub()
    for clone in (a, b):
        clone.add(clone.root.name)
        clone.commit()
    a.git("push", "-q")
    command = (
        git.driver().replace("command -v tracker", "command -v no-such").replace(sys.executable, "/gone/python")
    )
    b.git("config", "merge.tracker.driver", command)
    return b, b.pull(fails=True)


@pytest.mark.slow
def test_a_driver_that_is_gone_leaves_conflict_markers(hub: Hub) -> None:
    b, said = in_conflict(hub)
    assert "CONFLICT" in said
    text = b.file("events/story.jsonl").read_text()
    assert "<<<<<<< ours" in text
    assert '"title":"a"' in text
    assert '"title":"b"' in text


@pytest.mark.slow
def test_nothing_is_done_with_a_story_that_is_not_merged(hub: Hub) -> None:
    b, _ = in_conflict(hub)
    message = "events/story.jsonl: git has not merged its two branches yet. tracker merge finishes that"
    with pytest.raises(Unmerged, match=message):
        b.add("more")
    with pytest.raises(Unmerged, match=message):
        publish(b.desk)
    assert message in map(str, verify(b.desk).problems)
    b.git("checkout", "-q", "--ours", "events/story.jsonl")  # without markers, theirs would be dropped
    with pytest.raises(Unmerged):
        b.add("more")
    b.git("merge", "--abort")
    b.add("more")


@pytest.mark.slow
def test_markers_alone_are_refused(hub: Hub) -> None:
    """As after git stash pop, which leaves nothing behind that says so; or once they are committed."""
    b, _ = in_conflict(hub)
    b.commit()
    with pytest.raises(CorruptLog, match=r"story\.jsonl:3: is a conflict marker of git: two branches"):
        b.add("more")
    assert any("is a conflict marker of git" in problem.message for problem in verify(b.desk).problems)


@pytest.mark.slow
def test_a_work_tree_of_its_own_is_looked_at(hub: Hub, tmp_path: Path) -> None:
    b, _ = in_conflict(hub)
    b.git("merge", "--abort")
    b.git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other")
    other = Clone(tmp_path / "tree")
    other.git("merge", "-q", "origin/main", fails=True)
    with pytest.raises(Unmerged):
        other.add("more")


@pytest.mark.slow
def test_a_driver_whose_result_git_would_take_without_markers(hub: Hub) -> None:
    """Line by line, git would merge these without a conflict: the markers come all the same."""
    a, b = hub()
    a.add("a")
    a.push()
    b.file("events/story.jsonl").write_bytes(b.lines()[0] + b"{}\n" + b.lines()[1])
    b.commit()
    said = b.pull(fails=True)
    assert "story (ours):2: " in said
    assert ">>>>>>> theirs" in b.file("events/story.jsonl").read_text()


@pytest.mark.slow
def test_the_read_model_is_no_witness(hub: Hub) -> None:
    """It has seen events under the hashes that they had before the rebase."""
    a, b = hub()
    for clone in (a, b):
        clone.add(clone.root.name)
        clone.commit()
    a.git("push", "-q")
    with projection.caught_up(b.desk.database_path, b.desk.log, print):
        pass
    b.pull("--rebase")
    assert verify(b.desk)[2:4] == ([], [])


@pytest.mark.slow
def test_a_publication_that_no_reader_saw_is_not_held_against_the_log(hub: Hub, tmp_path: Path) -> None:
    """Published and committed, then rebased: publish goes on from what is live."""
    a, b = hub(keeps_feeds=True)
    publish(a.desk)
    live = tmp_path / "live.json"
    shutil.copyfile(a.file("feeds/heads.json"), live)
    a.add("pushed")
    a.git("add", "events")
    a.git("commit", "-qm", "more")
    a.git("push", "-q")
    b.add("ours")
    publish(b.desk)
    b.commit()
    b.pull("--rebase")
    with pytest.raises(
        Rewritten, match="If no reader has seen what feeds/ has: tracker publish --against https://d"
    ):
        publish(b.desk)
    publish(b.desk, live=read_heads(str(live)))
    assert seen_heads(b.desk).rewrites == ()
    assert verify(b.desk, read_heads(str(live)))[2:4] == ([], [])


# Files of tables, and different stories.

TYPE = '[{name}]\nhelp = "It happens."\nopens = "{name}"\nlabel = "{name}"\n'


@pytest.mark.slow
def test_types_that_both_branches_declare(hub: Hub) -> None:
    a, b = hub()
    for clone, name in ((a, "lawsuit"), (b, "outage")):
        clone.file("events/types.toml").write_text(TYPE.format(name=name))
        clone.commit()
    a.git("push", "-q")
    b.pull()
    assert {"lawsuit", "outage"} <= b.desk.log.glossary.types.keys()


@pytest.mark.slow
def test_one_type_that_both_branches_declare_in_different_words(hub: Hub) -> None:
    a, b = hub()
    for clone, label in ((a, "suit"), (b, "lawsuit")):
        clone.file("events/types.toml").write_text(
            TYPE.format(name="lawsuit").replace('"lawsuit"\n', f'"{label}"\n')
        )
        clone.commit()
    a.git("push", "-q")
    assert "both branches changed lawsuit." in b.pull(fails=True)
    with pytest.raises(Unmerged, match=r"types\.toml: git has not merged its two branches yet"):
        b.add("more")
    b.commit()
    with pytest.raises(BadInput, match=r"types.toml:\d: is a conflict marker of git"):
        b.add("more")


@pytest.mark.slow
def test_tables_have_the_same_line_ends_in_every_clone(hub: Hub) -> None:
    _, b = hub()
    b.git("config", "core.autocrlf", "true")
    b.file("events/types.toml").write_bytes(TYPE.format(name="outage").encode())
    b.commit()
    b.file("events/types.toml").unlink()
    b.git("checkout", "-q", "events/types.toml")
    assert b"\r" not in b.file("events/types.toml").read_bytes()


@pytest.mark.parametrize("keeps_feeds", [False, True])
@pytest.mark.slow
def test_branches_with_different_stories_do_not_conflict(hub: Hub, keeps_feeds: bool) -> None:
    a, b = hub(keeps_feeds=keeps_feeds)
    for clone in (a, b):
        clone.open(clone.root.name, "Another story")
        publish(clone.desk)
        clone.commit()
    a.git("push", "-q")
    b.pull()
    assert b.desk.log.streams() == ["a", "b", "story"]
    publish(b.desk, live=seen_heads(a.desk))
    assert verify(b.desk)[2:4] == ([], [])


# The command of the driver, and the doctor.


@pytest.mark.slow
def test_the_driver_runs_without_a_tracker_on_the_path(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = hub()
    for clone in (a, b):
        clone.add(clone.root.name)
        clone.commit()
    a.git("push", "-q")
    b.git("config", "merge.tracker.driver", git.driver().replace("command -v tracker", "command -v no-such"))
    assert "1 event of our branch follows" in b.pull()


def test_a_setting_of_pull_rebase_stays(hub: Hub) -> None:
    _, b = hub()
    assert git.ask_text(str(b.root), "config", "pull.rebase") == "false"
    b.git("config", "pull.rebase", "true")
    assert git.set_up(b.desk) == []
