"""The doctor: is everything that the log stands on in order, and what helps where it is not?

The findings on the log, and on what the read model and ``feeds/`` have seen of it, are those of ``verify``. The
doctor adds the folders, the file system, leftover files, the clock, git and the configuration. It changes nothing.
A check that fails says why, and the other checks are made all the same.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from functools import cached_property
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlsplit

from tracker.domain import chain
from tracker.domain.integrity import IntegrityProblem
from tracker.errors import BadInput, CorruptLog
from tracker.log import checkpoints, scratch
from tracker.log.files import FileLog
from tracker.maintenance import git
from tracker.maintenance.verify import Checked, check_log, check_published, check_seen, unpublished
from tracker.readmodel import tables
from tracker.text.dates import apart
from tracker.workspace.desk import Workspace

MOUNTS = "/proc/mounts"
"""The file in which Linux lists the mounted file systems."""

_NETWORK = re.compile(r"nfs\d?|cifs|smb\w*|9p|afs|ceph|fuse\b.*")


class CheckResult(NamedTuple):
    """What a check found, in a line, and the next step. ``ok`` is False for what is wrong, and None for what is
    worth a look and no fault."""

    check: str
    ok: bool | None
    what: str
    remedy: str = ""


def examine(workspace: Workspace) -> list[CheckResult]:
    """Makes every check and returns the findings; each check has at least one."""
    desk = _Desk(workspace)
    return [finding for name, check in _CHECKS.items() for finding in _made(name, check, desk)]


def _made(name: str, check: Callable[[_Desk], Iterator[_Result]], desk: _Desk) -> list[CheckResult]:
    """The findings of a check. An exception that ends the check is one of them."""
    found = []
    try:
        for result in check(desk):
            found.append(CheckResult(name, *result))
    except Exception as error:  # one check that fails must not keep the others from being made
        found.append(CheckResult(name, False, f"this could not be looked at: {_why(error)}", _REPAIR))
    return found


_REPAIR = "Repair that and ask again"

_Result = tuple[bool | None, str] | tuple[bool | None, str, str]
"""A finding without its check's name."""


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{_name(os.fsdecode(error.filename))}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


class _Desk:
    """A workspace whose log is checked once for all checks."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.log = workspace.log
        self.events = os.path.normpath(workspace.log.folder)

    @cached_property
    def checked(self) -> Checked | None:
        """What ``verify`` says of the log by itself; None where the desk's declarations cannot be understood."""
        with contextlib.suppress(BadInput):
            return check_log(self.workspace)
        return None

    @property
    def last(self) -> dict[str, tuple[int, bytes]]:
        """As in ``Checked``; empty where the declarations cannot be understood."""
        return self.checked.last if self.checked else {}

    def beyond_damage(self, problems: list[IntegrityProblem]) -> list[IntegrityProblem]:
        """The problems of stories of which no line is damaged; an unfinished line is no damage."""
        known = self.checked.problems if self.checked else []
        damaged = {_story(problem) for problem in known if not problem.remedy}
        return [problem for problem in problems if _story(problem) not in damaged]

    @property
    def paths(self) -> list[str]:
        """The files of the stories, if these are files."""
        if not isinstance(self.log, FileLog) or not os.path.isdir(self.events):
            return []
        return list(map(self.log.path, self.log.streams()))


# The disk.


def _folders(desk: _Desk) -> Iterator[_Result]:
    """Whether the log and the scratch folder are there and can be written."""
    if isinstance(desk.log, FileLog):
        yield _folder(desk.events)
    yield _folder(desk.workspace.scratch)
    for path in desk.paths:
        if not os.path.islink(path) and not os.access(path, os.R_OK | os.W_OK):
            yield False, f"{_name(path)} cannot be written", "Give its owner the right to read and write it"


def _folder(folder: str) -> _Result:
    if not os.path.lexists(folder):
        if os.access(os.path.dirname(folder), os.W_OK | os.X_OK):
            return True, f"{_name(folder)}/ is not there yet; the first command that needs it makes it"
        return False, f"{_name(folder)}/ is missing and cannot be made", "Make it, or make its parent writable"
    if not os.path.isdir(folder):
        return False, f"{_name(folder)} is not a folder", "Move it away: a folder belongs there"
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        remedy = "Give yourself the right to write there, or mount the disk for writing"
        return False, f"{_name(folder)}/ cannot be written", remedy
    return True, f"{_name(folder)}/ is there and can be written"


def _file_system(desk: _Desk) -> Iterator[_Result]:
    """Whether the log is on a local disk, where locks and flushes can be relied on."""
    kind = _kind_of_file_system(desk.events)
    if _NETWORK.fullmatch(kind):
        yield None, f"{_name(desk.events)}/ is on a network or user-space file system ({kind})", _LOCAL
    elif kind:
        yield True, f"{_name(desk.events)}/ is on a local file system ({kind})"
    else:
        yield True, f"the system does not say which file system {_name(desk.events)}/ is on"


_LOCAL = "Append from one machine only, or keep the log on a local disk and share it with git"


def _kind_of_file_system(path: str) -> str:
    """The type of the file system that holds the path; empty where the system does not say."""
    try:
        with open(MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            mounts = [line.split() for line in file]
    except OSError:
        return ""
    path, longest, kind = os.path.realpath(path) + "/", "", ""
    for words in mounts:
        place = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), words[1]).rstrip("/") + "/"
        if path.startswith(place) and len(place) >= len(longest):
            longest, kind = place, words[2]
    return kind


# The log, and what was left half done.


def _server(desk: _Desk) -> Iterator[_Result]:
    """What the server says that keeps the log, if one does."""
    if isinstance(desk.log, FileLog):
        yield True, "the log needs none: each story is a file"
    yield from desk.log.examine()


def _declarations(desk: _Desk) -> Iterator[_Result]:
    """Whether what the desk declares can be understood."""
    try:
        own, known = desk.log.glossary.declared, desk.workspace.directory.parties
    except BadInput as error:
        yield False, str(error), "Repair that; until then stories cannot be read, or not be appended to"
        return
    parties = _count(len(known), "party", "parties")
    yield True, f"{_count(len(own), 'type')} of the desk's own and {parties} are declared"


def _log(desk: _Desk) -> Iterator[_Result]:
    """What ``verify`` says of the log by itself."""
    if desk.checked is None:
        yield None, "was not checked, because the declarations cannot be understood", "Repair those first"
        return
    last, problems, remarks = desk.checked
    yield from _first_of_each(problems, "Restore the story from a copy; tracker verify names every damaged line")
    yield from ((None, str(remark)) for remark in remarks)
    if not problems:
        stories = _count(len(last), "story", "stories")
        events = _count(sum(number for number, _ in last.values()), "event")
        yield True, f"{stories} with {events}: every hash, reference and date is right"


def _first_of_each(problems: Iterable[IntegrityProblem], remedy: str) -> Iterator[_Result]:
    """The first problem of each story that has the same remedy: its own or else ``remedy``."""
    for (_, helps), group in groupby(problems, lambda problem: (_story(problem), problem.remedy or remedy)):
        first, *others = group
        more = f" (and {_count(len(others), 'more problem')})" if others else ""
        yield False, f"{first.place}: {first.message}{more}", helps


def _story(problem: IntegrityProblem) -> str:
    """The name of the story that the problem is in: its place without the line."""
    return re.sub(r":\d+$", "", problem.place)


def _leftovers(desk: _Desk) -> Iterator[_Result]:
    """Files that a command that was killed did not put in place or remove."""
    workspace, before = desk.workspace, "left by a command that was cut short"
    clean = True
    if left := [*scratch.leftovers(workspace.scratch), *scratch.leftovers(desk.events)]:
        clean = False
        yield None, f"{before}: {', '.join(map(_name, left))}", "Delete them; no command reads them any more"
    for folder in (workspace.scratch, workspace.feeds):
        aside = os.path.join(folder, ".aside")
        if os.path.isdir(aside) and not _is_publishing(workspace):
            clean = False
            yield None, f"left by a publication that was cut short: {_name(aside)}/", "tracker publish removes it"
    folder = os.path.join(workspace.scratch, "torn")
    if torn := os.listdir(folder) if os.path.isdir(folder) else []:
        clean = False
        stories = ", ".join(sorted({name[:-37] for name in torn}))
        what = f"{before}: {_count(len(torn), 'unfinished line')} (of {stories}), moved to {_name(folder)}/"
        yield None, what, "See whether anything in there still has to be recorded, then delete it"
    if clean:
        yield True, "no command that was cut short left anything"


def _is_publishing(workspace: Workspace) -> bool:
    try:
        with open(os.path.join(workspace.scratch, "publish.lock"), "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    return False


# What is made from the log.


def _read_model(desk: _Desk) -> Iterator[_Result]:
    """Whether the read model can be read, and the log has all that it has seen."""
    path = desk.workspace.database_path
    name = _name(path)
    if not os.path.exists(path):
        yield True, f"{name} is not there yet; the first command that needs it makes it"
        return
    try:
        with closing(tables.as_it_is(path)) as database:
            (version,) = database.conn.execute("PRAGMA user_version").fetchone()
            (answer,) = database.conn.execute("PRAGMA quick_check(1)").fetchone()
            there = {table for (table,) in database.conn.execute("SELECT name FROM sqlite_master")}
    except sqlite3.DatabaseError as error:
        cannot = isinstance(error, sqlite3.OperationalError)
        yield False, f"{name}: {error}", _UNREADABLE if cannot else _REBUILD
        return
    missing = sorted(tables.TABLES.keys() - there)
    if answer != "ok":
        yield False, f"{name} is damaged: {answer.splitlines()[-1]}", _REBUILD
    elif version != tables.VERSION:
        yield True, f"{name} is of version {version}, not {tables.VERSION}; the next command makes it anew"
    elif missing:
        yield False, f"{name} is damaged: no such table: {missing[0]}", _REBUILD
    elif problems := desk.beyond_damage(check_seen(desk.workspace)):
        yield from _first_of_each(problems, "")
    else:
        yield True, f"{name} is sound, and the log has all that it has seen"


_REBUILD = "tracker rebuild makes it anew"
_UNREADABLE = "See who holds it and who may write it; or delete it, for all of it is made from the log"


def _feeds(desk: _Desk) -> Iterator[_Result]:
    """Whether the log extends what was published in ``feeds/``, and how far that is."""
    name = _name(desk.workspace.feeds)
    if not os.path.exists(os.path.join(desk.workspace.feeds, checkpoints.FILE)):
        yield None, f"nothing is published in {name}/ yet", "tracker publish does that"
    elif problems := desk.beyond_damage(check_published(desk.workspace)):
        yield from _first_of_each(problems, _REWRITTEN)
    elif events := unpublished(desk.workspace, desk.last):
        yield None, f"{name}/ is {_count(events, 'event')} behind the log", "tracker publish catches up"
    elif desk.checked:
        yield True, f"{name}/ has every event of the log"
    else:
        yield True, f"the log extends what was published in {name}/"


_REWRITTEN = (
    "Restore the log from a copy or, if this was meant, tell readers why: tracker publish --accept-rewrite REASON"
)


# What surrounds it.


def _clock(desk: _Desk) -> Iterator[_Result]:
    """Whether it is as late as the log says, and a year in which there are desks."""
    last = {}
    for slug, (_, line) in desk.last.items():
        with contextlib.suppress(CorruptLog):
            last[slug] = chain.split(line).recorded
    now = desk.workspace.clock()
    ahead = sorted(((recorded, slug) for slug, recorded in last.items() if recorded > now), reverse=True)
    is_likely = "2020" <= now < "2100"
    if not is_likely:
        yield False, f"the clock says {now}", _SET
    if ahead:
        recorded, slug = ahead[0]
        others = f" (and of {len(ahead) - 1} more)" if ahead[1:] else ""
        what = f"the clock says {now}, {apart(now, recorded)} before the last event of {slug}{others}"
        yield False, what, f"{_SET}; until {recorded} new events are recorded as of then"
    elif is_likely:
        yield True, f"the clock says {now}, and no event is later"


_SET = "Set the clock right, or have it set by NTP"


def _git(desk: _Desk) -> Iterator[_Result]:
    """Whether git would change a line's end, leave stories out, or fail to merge them."""
    root = desk.workspace.root
    if not git.inside_repository(root):
        yield True, "the workspace is in no git repository that could change the log"
        return
    if not isinstance(desk.log, FileLog):
        yield True, "the log is in a database, where git changes nothing"
        return
    paths = desk.paths or [desk.log.path("story")]
    attributes = _attributes(root, paths[0])
    if not attributes:
        yield None, f"{_name(desk.events)}/ is outside of the workspace's repository, which does not keep it"
        return
    yield _line_ends(root, attributes)
    yield from _ignored(root, paths)
    if attributes["merge"] == "tracker" and _asked(root, "config", "merge.tracker.driver"):
        yield True, "git can merge two branches that appended to the same story"
    else:
        what = "git cannot merge two branches that appended to the same story"
        yield None, what, "tracker git-setup teaches it, once in each clone"


def _ignored(root: str, paths: Sequence[str]) -> Iterator[_Result]:
    ignored = _asked(root, "check-ignore", "-z", "--stdin", given="\0".join(paths)).split("\0")[:-1]
    if ignored:
        others = f" (and {len(ignored) - 1} more)" if ignored[1:] else ""
        remedy = "Take it out of .gitignore (git check-ignore -v names the line) and git add it"
        yield False, f"git ignores {_name(ignored[0])}{others}, so that no clone has it", remedy


def _line_ends(root: str, attributes: dict[str, str]) -> _Result:
    setting = _asked(root, "config", "core.autocrlf").strip()
    remedy = "tracker git-setup writes the line of .gitattributes that forbids it; commit that"
    if attributes.get("text") == "unset":
        return True, "git leaves the line ends of the log alone"
    if setting.lower() in ("true", "yes", "on", "1", "input"):
        return False, f"git changes line ends (core.autocrlf is {setting}), which breaks the hashes", remedy
    if attributes.get("eol") == "crlf" or _asked(root, "config", "core.eol").strip() == "crlf":
        return False, "git writes line ends as CRLF, which breaks the hashes", remedy
    return None, "a clone whose git changes line ends (core.autocrlf) would break the hashes", remedy


def _attributes(root: str, path: str) -> dict[str, str]:
    """What ``.gitattributes`` says about a file, as far as it matters here."""
    words = _asked(root, "check-attr", "-z", "text", "eol", "merge", "--", path).split("\0")
    return dict(zip(words[1::3], words[2::3], strict=False))


def _asked(root: str, *arguments: str, given: str = "") -> str:
    return os.fsdecode(git.ask(root, *arguments, given=os.fsencode(given)))


def _configuration(desk: _Desk) -> Iterator[_Result]:
    """Whether readers could reach the address that all feeds carry."""
    url = desk.workspace.config.url
    if _is_nobodys(urlsplit(url).hostname or ""):
        what = f"tracker.toml says that feeds are served at {url}, where no reader finds them"
        yield None, what, "Write your own url there before you publish for others: entries lead to it"
    else:
        yield True, f"feeds are served at {url}"


def _is_nobodys(host: str) -> bool:
    if re.fullmatch(r"127(\.\d+){3}|::1|0\.0\.0\.0", host):
        return True
    return re.fullmatch(r"(.+\.)?(localhost|test|invalid|example|example\.(com|net|org))\.?", host) is not None


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _name(path: str) -> str:
    return os.path.relpath(path)


_CHECKS: dict[str, Callable[[_Desk], Iterator[_Result]]] = {
    "folders": _folders,
    "file system": _file_system,
    "server": _server,
    "declarations": _declarations,
    "log": _log,
    "leftovers": _leftovers,
    "read model": _read_model,
    "feeds": _feeds,
    "clock": _clock,
    "git": _git,
    "configuration": _configuration,
}
