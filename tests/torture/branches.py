"""Several editors with git: random runs of clones that merge, rebase, pick, redact and publish, with real git."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from unittest import mock

from tests.clones import ENVIRONMENT, FIRST_TITLE, Clone, a_clone, a_hub
from tests.torture import desks
from tests.torture.scenario import Scenario, Trying, case
from tracker.domain import chain, redaction
from tracker.domain.amend import CORRECTED, STANDS
from tracker.domain.events import Update
from tracker.errors import Rewritten, TrackerError
from tracker.log import merge
from tracker.log.checkpoints import Heads, extended
from tracker.maintenance import branches, git, history
from tracker.publishing.publisher import publish
from tracker.publishing.rewrites import seen_heads
from tracker.workspace import unmerged

RUNS, STEPS, FEW_RUNS = 100, 14, 4

_BROKEN_CODE: list[str] = []
"""Code that breaks the driver on purpose, in the process that git starts."""


def branches_of_editors(folder: str, quick: bool) -> Trying:
    """Lets two to four editors work at random in clones of one repository, with ``feeds/`` in git or not. What was
    pushed may not move, what is live may not be rewritten, and in the end every clone has every event once, no
    removed text, and publishes the same bytes."""
    with mock.patch.dict(os.environ, ENVIRONMENT):
        for number in range(FEW_RUNS if quick else RUNS):
            desk = _Desk(Path(folder, str(number)), Random(number))
            try:
                desk.work()
            except (AssertionError, TrackerError) as error:
                desk.faults.append(str(error).splitlines()[-1])
            yield case(f"run {number}: {fault}" for fault in desk.faults)


class _Desk:
    """A run. ``known`` are the acknowledged titles; ``removed`` those that a redaction removes; ``live`` are the
    heads that are live, and ``shared`` the lines of each story in the repository."""

    def __init__(self, folder: Path, random: Random) -> None:
        folder.mkdir()
        self.random = random
        self.keeps_feeds = random.random() < 0.5
        hub = a_hub(folder, keeps_feeds=self.keeps_feeds)
        self.hub = str(hub)
        self.clones = [a_clone(hub, f"clone-{number}") for number in range(random.randint(2, 4))]
        for clone in self.clones:
            if _BROKEN_CODE:
                clone.git("config", "merge.tracker.driver", _broken_driver())
        self.known: set[str] = set()
        self.removed: set[str] = set()
        self.live = Heads()
        self.shared: dict[str, list[bytes]] = {}
        self.faults: list[str] = []

    def work(self) -> None:
        steps: list[Callable[[Clone], None]] = [
            *[self.add] * 4, self.correct, self.open, self.redact, self.preview,
            self.pick, self.pull_without_driver, *[self.sync] * 4, *[self.go_live] * 2,
            self.revert, self.remove, *[self.accept_one_side] * 2,
        ]  # fmt: skip
        self.cross()
        self.revert(self.clones[0])
        for _ in range(STEPS):
            self.random.choice(steps)(self.random.choice(self.clones))
        for clone in (*self.clones, *self.clones):
            self.sync(clone)
            self.push(clone)
        self.finish_removals(self.clones[0])
        self.go_live(self.clones[0])
        for clone in self.clones:
            self.sync(clone)
        self.check_end()

    # What editors do.

    def title(self) -> str:
        title = f"text-{len(self.known)}-{self.random.getrandbits(60):x}"
        self.known.add(title)
        return title

    def story(self, clone: Clone) -> str:
        slugs = clone.desk.log.streams()
        assert slugs, "no story is left"
        return self.random.choice(slugs)

    def add(self, clone: Clone) -> None:
        slug = self.story(clone)
        clone.add(*(self.title() for _ in range(self.random.randint(1, 3))), slug=slug)

    def open(self, clone: Clone) -> None:
        slug = self.random.choice(["trial", "strike"])
        if slug not in clone.desk.log.streams():
            clone.open(slug, self.title())

    def correct(self, clone: Clone) -> None:
        """A correction repeats the title, so that it has to go with it."""
        slug = self.story(clone)
        if found := self.updates(clone, slug):
            seq, title = self.random.choice(found)
            new = f"{title}-again-{self.random.getrandbits(60):x}"
            self.known.add(new)
            clone.correct(seq, new, slug)

    def redact(self, clone: Clone) -> None:
        slug = self.story(clone)
        if found := self.updates(clone, slug):
            seq, title = self.random.choice(found)
            self.removed.add(title)
            story = clone.desk.story(slug)
            concerned = redaction.concerned(story, story.developments[seq - 1])
            clone.redact(*(each.seq for each in concerned), slug=slug)

    def updates(self, clone: Clone, slug: str) -> list[tuple[int, str]]:
        """The developments that have their text, with the title that they were appended with."""
        found = [each for each in clone.desk.story(slug).developments if each.standing in (STANDS, CORRECTED)]
        return [(each.seq, each.original.title) for each in found if isinstance(each.original, Update)]

    def finish_removals(self, clone: Clone) -> None:
        """Does what merges and verify say about corrections of removed texts."""
        for slug in clone.desk.log.streams():
            while found := [
                number for number, said in chain.remarks(slug, clone.lines(slug)) if "corrects" in said
            ]:
                clone.redact(found[0], slug=slug)

    def preview(self, clone: Clone) -> None:
        with contextlib.suppress(Rewritten):
            publish(clone.desk)

    def pick(self, clone: Clone) -> None:
        """Picks the second of two commits of another branch. The branch is merged later, as a whole."""
        self.commit(clone)
        name = f"topic-{self.random.getrandbits(30):x}"
        slug = self.story(clone)
        clone.git("checkout", "-qb", name)
        for _ in range(2):
            clone.add(self.title(), slug=slug)
            self.commit(clone)
        clone.git("checkout", "-q", "main")
        clone.add(self.title(), slug=slug)
        self.commit(clone)
        clone.git("cherry-pick", name)
        clone.git("merge", "-q", name)

    def pull_without_driver(self, clone: Clone) -> None:
        """The environment of the clone was moved, and its editor is careless."""
        before = git.ask_text(str(clone.root), "config", "merge.tracker.driver")
        gone = (
            git.driver()
            .replace("command -v tracker", "command -v no-such")
            .replace(sys.executable, "/gone/python")
        )
        clone.git("config", "merge.tracker.driver", "false" if _BROKEN_CODE else gone)
        self.sync(clone)
        clone.git("config", "merge.tracker.driver", before)

    # What git does without the driver.

    def revert(self, clone: Clone) -> None:
        """Reverts the last commit, which may be a merge, unless the desk was made in it."""
        self.commit(clone)
        if b"tracker.toml" in git.ask(str(clone.root), "show", "--name-only", "--format=", "HEAD"):
            return
        is_merge = bool(git.ask(str(clone.root), "rev-parse", "-q", "--verify", "HEAD^2"))
        clone.git("revert", "--no-edit", *["-m", "1"] * is_merge, "HEAD", fails=None)
        if git.ask(str(clone.root), "rev-parse", "-q", "--verify", "REVERT_HEAD"):
            clone.git("revert", "--abort")
        self.keep_a_story(clone)

    def remove(self, clone: Clone) -> None:
        """Removes a story."""
        self.commit(clone)
        clone.git("rm", "-q", f"events/{self.story(clone)}.jsonl")
        if self.random.random() < 0.5:
            self.commit(clone)
        self.keep_a_story(clone)

    def keep_a_story(self, clone: Clone) -> None:
        """Repairs a log in which no story is left, with which a run could not go on."""
        if not clone.desk.log.streams():
            self.repair(clone)

    def accept_one_side(self, clone: Clone) -> None:
        """Merges the shared branch, and takes all of one side."""
        self.commit(clone)
        clone.git("fetch", "-q")
        clone.git("merge", "-q", "-s", "ours", "--no-commit", "origin/main")
        if self.random.random() < 0.5 and git.ask(str(clone.root), "rev-parse", "-q", "--verify", "MERGE_HEAD"):
            clone.git("rm", "-rqf", "events")
            clone.git("checkout", "MERGE_HEAD", "--", "events")
        self.commit(clone)

    def repair(self, clone: Clone) -> None:
        """Does what verify says before a push."""
        if history.compare(clone.desk).problems:
            try:
                branches.BranchMerger(clone.desk).go_on()
            except TrackerError as error:
                raise AssertionError(f"tracker merge repairs nothing: {error}") from None
            self.commit(clone)
            self.faults += [f"not repaired: {each}" for each in history.compare(clone.desk).problems]

    def cross(self) -> None:
        """A redaction that is not pushed yet, and an event in the same story that is. The first is pulled by its
        address, so that the clone knows no branch that has it."""
        one, other, *_ = self.clones
        one.redact(2)
        self.removed.add(FIRST_TITLE)
        self.add(other)
        self.sync(other)
        self.push(other)
        self.commit(one)
        one.pull("--no-rebase", self.hub, "main")
        self.push(one)

    def sync(self, clone: Clone) -> None:
        """Commits, pulls in one of two ways, by name or by address, and pushes."""
        self.commit(clone)
        rebases = self.random.random() < 0.5
        address = [self.hub, "main"] if self.random.random() < 0.3 else []
        clone.pull("--rebase" if rebases else "--no-rebase", *address, fails=None)
        self.resolve(clone, rebases)
        if self.random.random() < 0.8:
            self.push(clone)

    def resolve(self, clone: Clone, rebases: bool) -> None:
        """Finishes what git left unfinished."""
        while git.ask(str(clone.root), "ls-files", "-u"):
            title = self.title()
            try:
                clone.add(title)
                self.commit(clone)  # nothing stopped the editor
                return
            except TrackerError:
                self.known.remove(title)
            try:
                branches.BranchMerger(clone.desk).go_on()
            except TrackerError as error:
                if not rebases:
                    raise AssertionError(f"tracker merge fails: {error}") from None
                clone.git("rebase", "--abort")
                rebases = False
                clone.pull("--no-rebase", fails=None)
                continue
            if rebases:
                clone.git("rebase", "--continue", fails=None)

    def commit(self, clone: Clone) -> None:
        clone.git("add", "-A")
        clone.git("commit", "-qam", "more", fails=None)

    def push(self, clone: Clone) -> None:
        self.repair(clone)
        clone.git("push", "-q", "origin", "main", fails=None)
        clone.git("fetch", "-q")
        if git.ask(str(clone.root), "rev-parse", "HEAD") == git.ask(str(clone.root), "rev-parse", "origin/main"):
            log = clone.desk.log
            now = {slug: log.lines_if_any(slug) for slug in log.streams()}
            for slug, lines in self.shared.items():
                if not _extends(now.get(slug, []), lines):
                    self.faults.append(f"{slug}: pushed events moved")
            self.shared = now

    def published(self, clone: Clone) -> None:
        try:
            done = publish(clone.desk, live=self.live)
        except TrackerError as error:
            raise AssertionError(f"cannot publish: {error}") from None
        self.faults += [str(error) for error in done.errors]

    def go_live(self, clone: Clone) -> None:
        """Publishes what is pushed, as the two publishers do, one at a time."""
        self.sync(clone)
        self.push(clone)
        if git.ask(str(clone.root), "rev-parse", "HEAD") != git.ask(str(clone.root), "rev-parse", "origin/main"):
            return
        self.published(clone)
        log = clone.desk.log
        if extended(self.live, {slug: log.lines_if_any(slug) for slug in self.live.stories}):
            self.faults.append("live heads are broken")
        self.live = seen_heads(clone.desk)
        self.commit(clone)

    # What has to be so in the end.

    def check_end(self) -> None:
        sites = []
        for clone in self.clones:
            self.published(clone)
            sites.append(desks.site(clone.desk))
            log = clone.desk.log
            for slug in log.streams():
                self.faults += desks.story_faults(log, slug)
            ids = [chain.id_of(line) for slug in log.streams() for line in log.lines(slug)]
            if len(ids) != len(set(ids)):
                self.faults.append("an event is there twice")
            text = b"".join(data for _, data in desks.files_below(log.folder)).decode()
            gone = {title for title in self.known if any(title.startswith(each) for each in self.removed)}
            self.faults += [f"{title} is lost" for title in self.known - gone if title not in text]
            everything = b"".join(
                data
                for path, data in desks.files_below(str(clone.root))
                if not path.startswith((".git/", ".tracker/"))
            )
            self.faults += [f"{title} is back" for title in self.removed if title.encode() in everything]
        if any(site != sites[0] for site in sites):
            self.faults.append("the clones publish different bytes")


def _extends(now: list[bytes], before: list[bytes]) -> bool:
    return [chain.hash_of(line) for line in now[: len(before)]] == [chain.hash_of(line) for line in before]


def _broken_driver() -> str:
    code = "; ".join([*_BROKEN_CODE, "import sys; from tracker.maintenance.merging import merge_files",
                      "merge_files(*sys.argv[1:])"])  # fmt: skip
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} %O %A %B %P"


@contextlib.contextmanager
def _ours_always_first() -> Iterator[None]:
    """A merge that does not ask what others have seen."""
    with mock.patch.object(
        _this(), "_BROKEN_CODE", ["import tracker.log.merge as m", "m._ours_first = lambda *sides: True"]
    ):
        yield


@contextlib.contextmanager
def _fetched_is_not_seen() -> Iterator[None]:
    """A merge that asks only the branches that the clone tracks."""
    code = ["import tracker.maintenance.git as g", "g.Repository.seen = lambda self: iter(self.shared_branches())"]
    with mock.patch.object(_this(), "_BROKEN_CODE", code):
        yield


@contextlib.contextmanager
def _blind_to_commits() -> Iterator[None]:
    """A verify that does not compare the log with the commits of git."""
    with mock.patch.object(history, "compare", return_value=history.Compared("", [], [], [])):
        yield


@contextlib.contextmanager
def _no_markers() -> Iterator[None]:
    """A driver that fails without a mark, and commands that do not look whether git has merged."""
    with (
        mock.patch.object(_this(), "_BROKEN_CODE", ["import sys", "sys.exit(1)"]),
        mock.patch.object(unmerged, "check_merged"),
    ):
        yield


@contextlib.contextmanager
def _texts_come_back() -> Iterator[None]:
    """A merge that keeps the text of a line that one side has removed."""
    code = ["import tracker.log.merge as m", "m._without_texts = lambda lines, ours, theirs: list(lines)"]
    with (
        mock.patch.object(_this(), "_BROKEN_CODE", code),
        mock.patch.object(merge, "_without_texts", lambda lines, ours, theirs: list(lines)),
    ):
        yield


def _this() -> object:
    return sys.modules[__name__]


SCENARIOS = (
    Scenario(
        "git",
        "clones that merge, rebase, pick, revert, redact and publish lose and move nothing",
        branches_of_editors,
        (_ours_always_first, _fetched_is_not_seen, _blind_to_commits, _no_markers, _texts_come_back),
    ),
)
