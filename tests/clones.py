"""A bare repository, and clones of it in which editors work: real git, and the installed driver."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tracker.maintenance import git
from tracker.workspace import init
from tracker.workspace.desk import Workspace

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_MERGE_AUTOEDIT": "no",
    "GIT_EDITOR": "true",
    **{f"GIT_{who}_{what}": "desk" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
}
"""What git is run with: no settings of this machine."""

FIRST_TITLE = "The first event of all"
"""The title of story#2."""


def run(folder: Path | str, *arguments: str, fails: bool | None = False) -> str:
    """Runs git and returns what it says. ``fails``: it has to fail; None if it may."""
    environment: Mapping[str, str] = os.environ | ENVIRONMENT
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False, env=environment
    )
    said = done.stdout + done.stderr
    assert fails is None or bool(done.returncode) == fails, said
    return said


class Clone:
    """A clone of the desk's repository, whose workspace may be in a folder of it."""

    def __init__(self, root: Path, inside: str = "") -> None:
        self.root = root
        self.inside = inside

    @property
    def desk(self) -> Workspace:
        """The workspace, opened as a new command does."""
        return Workspace(str(self.root / self.inside), tell=lambda sentence: None)

    def git(self, *arguments: str, fails: bool | None = False) -> str:
        return run(self.root, *arguments, fails=fails)

    def add(self, *titles: str, slug: str = "story") -> None:
        self.desk.record(slug, [{"type": "update", "title": title} for title in titles])

    def open(self, slug: str, title: str) -> None:
        self.desk.record(slug, [{"type": "opened", "title": title}])

    def correct(self, number: int, title: str, slug: str = "story") -> None:
        values = {"corrects": f"{slug}#{number}", "changes": {"title": title}, "why": "It was wrong"}
        self.desk.record(slug, [{"type": "correction", **values}])

    def redact(self, *numbers: int, slug: str = "story") -> None:
        values = {"reason": "court-order", "authority": "The court"}
        drafts = [{"type": "redaction", "redacts": f"{slug}#{number}", **values} for number in numbers]
        self.desk.record(slug, drafts, removes=True)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", "more")

    def push(self) -> None:
        self.commit()
        self.git("push", "-q")

    def pull(self, *how: str, fails: bool | None = False) -> str:
        return self.git("pull", "-q", *(how or ("--no-rebase",)), fails=fails)

    def file(self, path: str) -> Path:
        return self.root / self.inside / path

    def lines(self, slug: str = "story") -> list[bytes]:
        return self.desk.log.lines(slug)

    def titles(self, slug: str = "story") -> list[str]:
        return [each.title for each in self.desk.story(slug).developments]


def a_hub(folder: Path, *, keeps_feeds: bool = False) -> Path:
    """Creates a bare repository with a desk that has one story with two events. ``keeps_feeds``: its ``feeds/``
    are in git, too."""
    hub, first = folder / "hub.git", Clone(folder / "first")
    run(folder, "init", "-q", "--bare", "-b", "main", str(hub))
    run(folder, "init", "-q", "-b", "main", str(first.root))
    init.init(str(first.root), "Desk", "https://desk.example/", "", "en")
    if keeps_feeds:
        first.file(".gitignore").write_text("/.tracker/\n")
    first.open("story", "The story")
    first.add(FIRST_TITLE)
    first.commit()
    first.git("push", "-q", str(hub), "main")
    return hub


def a_clone(hub: Path, name: str, *, set_up: bool = True) -> Clone:
    run(hub.parent, "clone", "-q", str(hub), name)
    clone = Clone(hub.parent / name)
    if set_up:
        git.set_up(clone.desk)
    return clone
