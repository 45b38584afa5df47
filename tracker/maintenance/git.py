"""Git: run it, and configure a clone so that it merges the log."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tracker.domain import chain
from tracker.errors import TrackerError
from tracker.workspace.init import attributes

if TYPE_CHECKING:
    from tracker.workspace.desk import Workspace

NAMES = {
    "tracker": "two branches of a story's log, chained again",
    "tracker-toml": "two branches of a file of tables",
    "tracker-published": "the upstream branch's is kept; tracker publish makes it again",
}
"""The merge drivers by name, with what each says of itself."""

_DRIVER = """\
if command -v tracker >/dev/null; then tracker git-merge %O %A %B %P; \
else {python} -P -m tracker git-merge %O %A %B %P; fi \
|| {{ git merge-file -q -L ours -L base -L theirs %A %O %B; \
grep -q '^<<<<<<< ' %A || printf '<<<<<<< ours\\n=======\\n>>>>>>> theirs\\n' >> %A; exit 1; }}"""
"""The command that git runs for each file. If tracker is missing or fails, the file gets conflict markers: without
them, ``git commit -a`` would take our side and lose the other."""


class NoGit(TrackerError):
    """The workspace is in no git repository, or git is not installed."""

    exit_code = 2


def driver() -> str:
    """Returns the command of every merge driver."""
    return _DRIVER.format(python=shlex.quote(sys.executable).replace("%", "%%"))


def set_up(workspace: Workspace, ignored: Sequence[str] = ("/.tracker/",)) -> list[str]:
    """Configures the workspace's repository to merge stories and to ignore the paths ``ignored``, and returns a
    sentence for each change.

    The editor commits ``.gitattributes``; the drivers are part of each clone's own configuration. Raises NoGit.
    """
    require(workspace.root)
    done = []
    if _with_lines(workspace, ".gitattributes", attributes(workspace.config.log.folder)):
        done.append("wrote .gitattributes: commit it")
    if _with_lines(workspace, ".gitignore", ignored):
        done.append("wrote .gitignore: commit it")
    settings = {f"merge.{name}.{key}": value for name in NAMES for key, value in _settings(name).items()}
    for key, value in settings.items():
        if ask_text(workspace.root, "config", "--get", key) != value:
            ask(workspace.root, "config", key, value)
            done.append(f"set {key} in this clone")
    if not ask(workspace.root, "config", "--get", "pull.rebase"):
        ask(workspace.root, "config", "pull.rebase", "false")
        done.append("set pull.rebase to false in this clone")
    return done


def _settings(name: str) -> dict[str, str]:
    return {"name": NAMES[name], "driver": driver()}


_HEAD = '{"id":"00000000-0000-7000-8000-%012d","type":"%s","recorded":"2024-01-01T00:00:00.000Z",'
_TEXT = '"title":"A sample","slug":"sample","salt":"%032d"'


def try_driver(workspace: Workspace) -> str:
    """Runs the merge driver of this clone on a sample. Returns the reason why it does not work, or nothing."""
    command = ask_text(workspace.root, "config", "--get", "merge.tracker.driver")
    base, previous = chain.seal(b'%b"format":2,' % _sample(_HEAD, 1, "opened"), _sample(_TEXT, 1), chain.START)
    ours, theirs = (chain.seal(_sample(_HEAD, n, "update"), _sample(_TEXT, n), previous)[0] for n in (2, 3))
    import tempfile  # takes 2 ms, and git waits for the merge driver

    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("O", base), ("A", base + ours), ("B", base + theirs)):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
        for name, value in (("%O", "O"), ("%A", "A"), ("%B", "B"), ("%P", "events/sample.jsonl"), ("%%", "%")):
            command = command.replace(name, value)
        done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, check=False)
        with open(os.path.join(folder, "A"), "rb") as file:
            is_merged = file.read().startswith(base + ours) and not done.returncode
    return "" if is_merged else os.fsdecode(done.stderr).strip() or f"exit status {done.returncode}"


def _sample(form: str, *values: object) -> bytes:
    return (form % values).encode()


def require(folder: str) -> None:
    """Raises NoGit where the folder is in no repository."""
    if not inside_repository(folder):
        raise NoGit(f"{folder} is not in a git repository; make one with git init, then try again")


def inside_repository(folder: str) -> bool:
    """Whether the folder is in a git repository. False also where git is not installed."""
    try:
        return ask(folder, "rev-parse", "--is-inside-work-tree").strip() == b"true"
    except NoGit:
        return False


def _with_lines(workspace: Workspace, name: str, lines: Sequence[str]) -> bool:
    """Adds the lines to the file, in place of lines with the same pattern. Returns whether the file changed."""
    path = os.path.join(workspace.root, name)
    try:
        with open(path, encoding="utf-8") as file:
            before = file.read().splitlines()
    except FileNotFoundError:
        before = []
    patterns = {line.split()[0] for line in lines}
    kept = [line for line in before if line in lines or not line.split() or line.split()[0] not in patterns]
    after = [*kept, *(line for line in lines if line not in kept)]
    if after == before:
        return False
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(after) + "\n")
    return True


class Repository:
    """A repository, by the top folder of its work tree. ``merging`` are the commits that are merged into the
    present one. ``version`` and ``redactions`` return nothing for a commit or a path that is not there."""

    def __init__(self, top: str, merging: Sequence[str] = ()) -> None:
        self.top = top
        self.merging = merging

    def run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Runs git and returns what became of it. Raises NoGit."""
        return run(self.top, *arguments)

    def ask(self, *arguments: str) -> bytes:
        """Returns the output of git, which is empty where git refuses."""
        return ask(self.top, *arguments)

    def text(self, *arguments: str) -> str:
        """Returns the output of git as text without the line end."""
        return ask_text(self.top, *arguments)

    def paths(self, *arguments: str) -> list[str]:
        """Returns the paths that git lists with ``-z``, each once."""
        return list(dict.fromkeys(map(os.fsdecode, self.ask(*arguments).split(b"\0")[:-1])))

    def version(self, commit: str, path: str) -> bytes:
        """Returns a file of a commit; ``:2`` and ``:3`` are the two sides of an unmerged file."""
        return self.ask("show", f"{commit}:{path}") if commit else b""

    def commit(self, name: str) -> str:
        """Returns the id of a commit; empty where there is none of the name."""
        return "" if name.startswith("-") else self.text("rev-parse", "-q", "--verify", f"{name}^{{commit}}")

    def shared_branches(self) -> list[str]:
        """Returns the last commits of branches that others have seen, the most important first: the default branch
        of each remote, and the upstream of the current branch."""
        shown = "--format=%(objectname) %(refname) %(HEAD)%(upstream)"
        refs: dict[str, str] = {}
        remotes: dict[str, dict[str, str]] = {}
        upstreams: dict[str, str] = {}
        for line in self.text("for-each-ref", shown, "refs/heads", "refs/remotes").splitlines():
            commit, ref, more = line.split(" ", 2)
            refs[ref] = commit
            if ref.startswith("refs/remotes/"):
                remote, _, name = ref.removeprefix("refs/remotes/").partition("/")
                remotes.setdefault(remote, {})[name] = commit
            else:
                upstreams["" if more.startswith("*") else ref] = more[1:]
        found = []
        for remote in sorted(remotes, key=lambda remote: (remote != "upstream", remote != "origin", remote)):
            names = remotes[remote]
            found += [names[name] for name in ("HEAD", "main", "master") if name in names][:1]
        upstream = upstreams.get("") if "" in upstreams else upstreams.get(self.rebasing("head-name"))
        return list(dict.fromkeys([*found, *(refs[each] for each in (upstream,) if each in refs)]))

    def seen(self) -> Iterator[str]:
        """Yields the commits that others have seen, the most important first: the shared branches, what was
        fetched last, and the present commit and those that are merged into it, if a remote's branch has them."""
        yield from self.shared_branches()
        yield "FETCH_HEAD"
        for commit in ("HEAD", *self.merging):
            if self.ask("for-each-ref", "--count=1", f"--contains={commit}", "refs/remotes"):
                yield commit

    def rebasing(self, name: str) -> str:
        """Returns what git notes about the rebase that is under way, such as ``head-name``; empty where there is
        none."""
        words = (word for folder in ("merge", "apply") for word in ("--git-path", f"rebase-{folder}/{name}"))
        for path in self.text("rev-parse", *words).splitlines():
            with contextlib.suppress(OSError), open(os.path.join(self.top, path), encoding="utf-8") as file:
                return file.read().strip()
        return ""

    def redactions(self, commit: str) -> set[bytes]:
        """Returns the targets of the redactions in the logs of a commit."""
        pattern = f'^."id":"{chain.UUID}","type":"redaction".*"redacts":"{chain.UUID}"'
        found = self.ask("grep", "-h", "-o", "-E", pattern, commit, "--", "*.jsonl")
        return {line[-37:-1] for line in found.splitlines()}


def run(folder: str, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs git in a folder, with ``given`` as its input, and returns what became of it. Raises NoGit where git is
    not installed."""
    try:
        return subprocess.run(["git", "-C", folder, *arguments], input=given, capture_output=True, check=False)
    except FileNotFoundError:
        raise NoGit("there is no git on this machine; install it first") from None


def ask(folder: str, *arguments: str, given: bytes = b"") -> bytes:
    """Returns the output of git, which is empty where git refuses. Raises NoGit as ``run`` does."""
    done = run(folder, *arguments, given=given)
    return b"" if done.returncode else done.stdout


def ask_text(folder: str, *arguments: str) -> str:
    """Returns the output of git as text without the line end."""
    return os.fsdecode(ask(folder, *arguments)).rstrip("\n")
