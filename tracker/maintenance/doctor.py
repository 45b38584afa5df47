"""The doctor: check a desk and its surroundings, and give the next step for each fault.

The doctor reports the findings of ``verify`` on the log, the read model and ``feeds/``. It also checks the
folders, the file system, leftover files, the clock, git and the configuration. It changes nothing. If a check
fails, the doctor says why and makes the other checks.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlsplit

from tracker.domain import chain
from tracker.domain.integrity import IntegrityProblem
from tracker.errors import BadInput, CorruptLog, InTheWay
from tracker.log import checkpoints, scratch
from tracker.log import clock as clocks
from tracker.log.files import FileLog
from tracker.maintenance import git, history
from tracker.maintenance.verify import Checked, check_log, check_published, unpublished
from tracker.readmodel import tables
from tracker.text.dates import Recorded, apart, recorded_at, to_datetime
from tracker.workspace.desk import Workspace
from tracker.workspace.recorder import AN_HOUR

MOUNTS = "/proc/mounts"
"""The file in which Linux lists the mounted file systems."""

_NETWORK = re.compile(r"nfs\d?|cifs|smb\w*|9p|afs|ceph|fuse\b.*")


class CheckResult(NamedTuple):
    """A finding of a check: a line on it, and the next step. ``ok`` is True if all is well, False for a fault, and
    None for a finding that is worth a look and no fault."""

    check: str
    ok: bool | None
    what: str
    remedy: str = ""


def examine(workspace: Workspace) -> list[CheckResult]:
    """Makes every check and returns the findings. Each check has at least one."""
    desk = _Desk(workspace)
    return [finding for name, check in _CHECKS.items() for finding in _findings(name, check, desk)]


def _findings(name: str, check: Callable[[_Desk], Iterator[_Result]], desk: _Desk) -> list[CheckResult]:
    """The findings of a check. If an exception ends the check, it becomes a finding."""
    found = []
    try:
        for result in check(desk):
            found.append(CheckResult(name, *result))
    except Exception as error:  # the other checks are made all the same
        found.append(CheckResult(name, False, f"this could not be checked: {_why(error)}", _REPAIR))
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
        """The result of ``check_log``; None where the desk's declarations cannot be read."""
        with contextlib.suppress(BadInput):
            return check_log(self.workspace)
        return None

    @property
    def last(self) -> dict[str, tuple[int, bytes]]:
        """As in ``Checked``; empty where the declarations cannot be read."""
        return self.checked.last if self.checked else {}

    def beyond_damage(self, problems: list[IntegrityProblem]) -> list[IntegrityProblem]:
        """Those of the problems whose story has no damaged line. An unfinished line is no damage."""
        known = self.checked.problems if self.checked else []
        damaged = {_story(problem) for problem in known if not problem.remedy}
        return [problem for problem in problems if _story(problem) not in damaged]

    @property
    def paths(self) -> list[str]:
        """The files of the stories; none where the log is in a database."""
        if not isinstance(self.log, FileLog) or not os.path.isdir(self.events):
            return []
        return list(map(self.log.path, self.log.streams()))


# The disk.


def _folders(desk: _Desk) -> Iterator[_Result]:
    """Checks that the log and the scratch folder exist and can be written."""
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
    """Checks that the log is on a local disk, where locks and flushes are reliable."""
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


# The log, and leftover files.


def _server(desk: _Desk) -> Iterator[_Result]:
    """Checks the server that keeps the log, if there is one."""
    if isinstance(desk.log, FileLog):
        yield True, "the log needs none: each story is a file"
    yield from desk.log.examine()


def _declarations(desk: _Desk) -> Iterator[_Result]:
    """Checks that the desk's declarations of types and parties can be read."""
    try:
        own, known = desk.log.glossary.declared, desk.workspace.directory.parties
    except BadInput as error:
        yield False, str(error), "Repair that; until then stories cannot be read, or not be appended to"
        return
    parties = _count(len(known), "party", "parties")
    yield True, f"{_count(len(own), 'type')} of the desk's own and {parties} are declared"


def _log(desk: _Desk) -> Iterator[_Result]:
    """Reports the findings of ``check_log``."""
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
    """The first problem of each story, and the number of its others with the same remedy. ``remedy`` is for
    problems that have none of their own."""
    for (_, helps), group in groupby(problems, lambda problem: (_story(problem), problem.remedy or remedy)):
        first, *others = group
        more = f" (and {_count(len(others), 'more problem')})" if others else ""
        yield False, f"{first.place}: {first.message}{more}", helps


def _story(problem: IntegrityProblem) -> str:
    """The place of a problem without the line: the name of its story."""
    return re.sub(r":\d+$", "", problem.place)


def _leftovers(desk: _Desk) -> Iterator[_Result]:
    """Looks for leftover files of commands that were killed."""
    workspace, before = desk.workspace, "left by a command that was cut short"
    clean = True
    folders = (workspace.scratch, desk.events)
    if leftovers := [*(path for each in folders for path in scratch.leftovers(each)),
                     *desk.log.leftover_pictures()]:  # fmt: skip
        clean = False
        yield None, f"{before}: {', '.join(map(_name, leftovers))}", "Delete them; no command reads them any more"
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
    """Whether another process holds the publisher's lock."""
    try:
        with open(os.path.join(workspace.scratch, "publish.lock"), "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    return False


# The read model and the feeds.


def _read_model(desk: _Desk) -> Iterator[_Result]:
    """Checks that the read model can be read."""
    path = desk.workspace.database_path
    name = _name(path)
    if not os.path.exists(path):
        yield True, f"{name} is not there yet; the first command that needs it makes it"
        return
    try:
        with closing(tables.as_it_is(path)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            there = {table for (table,) in connection.execute("SELECT name FROM sqlite_master")}
    except InTheWay as error:
        yield False, f"{error.place}: {error.what}", error.remedy
        return
    except sqlite3.DatabaseError as error:
        cannot = isinstance(error, sqlite3.OperationalError)
        yield False, f"{name}: {error}", _UNREADABLE if cannot else _REBUILD
        return
    missing = sorted(tables.TABLES.keys() - there)
    if answer != "ok":
        yield False, f"{name} is damaged: {answer.splitlines()[-1]}", _REBUILD
    elif version != tables.VERSION:
        yield True, f"{name} is of version {version}, not {tables.VERSION}; the next command rebuilds it"
    elif missing:
        yield False, f"{name} is damaged: no such table: {missing[0]}", _REBUILD
    else:
        yield True, f"{name} is sound"


_REBUILD = "tracker rebuild makes it again"
_UNREADABLE = "See which process holds it and who may write it; or delete it: all of it is made from the log"


def _feeds(desk: _Desk) -> Iterator[_Result]:
    """Checks that the log extends the heads in ``feeds/``, and counts the events that are not published yet."""
    name = _name(desk.workspace.feeds)
    if not os.path.lexists(os.path.join(desk.workspace.feeds, checkpoints.FILE)):
        yield None, f"nothing is published in {name}/ yet", "tracker publish does that"
    elif problems := desk.beyond_damage(check_published(desk.workspace)):
        yield from _first_of_each(problems, "")
    elif events := unpublished(desk.workspace, desk.last):
        yield None, f"{name}/ is {_count(events, 'event')} behind the log", "tracker publish catches up"
    elif desk.checked:
        yield True, f"{name}/ has every event of the log"
    else:
        yield True, f"the log extends what was published in {name}/"


# The surroundings.


def _clock(desk: _Desk) -> Iterator[_Result]:
    """Checks that the clock is not before the last event of a story, and that its year is plausible."""
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
    yield from _behind_git(desk, now)


def _behind_git(desk: _Desk, now: Recorded) -> Iterator[_Result]:
    """Finds that the last commit is more than an hour later than the computer's clock."""
    root = desk.workspace.root
    if desk.workspace.clock is not clocks.now or not git.inside_repository(root):
        return
    committed = _ask_git(root, "log", "-1", "--format=%ct").strip()
    ahead = int(committed) - to_datetime(now).timestamp() if committed else 0
    if ahead > AN_HOUR:
        at = recorded_at(datetime.fromtimestamp(int(committed), UTC))
        what = f"the clock says {now}, {apart(now, at)} before the last commit of git ({at})"
        yield False, what, f"{_SET}; if the commit was made on another computer, look at its clock, too"


_SET = "Set the clock right, or have it set by NTP"


def _git(desk: _Desk) -> Iterator[_Result]:
    """Checks that git neither changes line ends nor ignores stories, and can merge them."""
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
    pictures = map(desk.log.picture_place, desk.log.picture_names())
    yield from _ignored(root, [*paths, *map(os.path.abspath, pictures)])
    if attributes["merge"] != "tracker" or not _ask_git(root, "config", "merge.tracker.driver"):
        what = "git cannot merge two branches that appended to the same story"
        yield None, what, "tracker git-setup teaches it, once in each clone"
    elif _ask_git(root, "config", "merge.tracker.driver").strip() != git.driver():
        what = "git merges stories as another tracker has taught it"
        yield None, what, "tracker git-setup teaches it again, once in each clone"
    elif reason := git.try_driver(desk.workspace):
        what = f"git cannot merge stories, because the command in its configuration fails: {reason}"
        yield False, what, "Repair that, then tracker git-setup"
    else:
        yield True, "git can merge two branches that appended to the same story; a sample was merged"
    yield from _first_of_each(history.compare(desk.workspace).problems, "")


def _ignored(root: str, paths: Sequence[str]) -> Iterator[_Result]:
    """Finds stories and pictures that git ignores."""
    ignored = _ask_git(root, "check-ignore", "-z", "--stdin", given="\0".join(paths)).split("\0")[:-1]
    if ignored:
        others = f" (and {len(ignored) - 1} more)" if ignored[1:] else ""
        remedy = "Take it out of .gitignore (git check-ignore -v names the line) and git add it"
        yield False, f"git ignores {_name(ignored[0])}{others}, so that no clone has it", remedy


def _line_ends(root: str, attributes: dict[str, str]) -> _Result:
    """Checks that git does not change the line ends of the log."""
    setting = _ask_git(root, "config", "core.autocrlf").strip()
    remedy = "tracker git-setup writes the line of .gitattributes that forbids it; commit that"
    if attributes.get("text") == "unset":
        return True, "git leaves the line ends of the log alone"
    if setting.lower() in ("true", "yes", "on", "1", "input"):
        return False, f"git changes line ends (core.autocrlf is {setting}), which breaks the hashes", remedy
    if attributes.get("eol") == "crlf" or _ask_git(root, "config", "core.eol").strip() == "crlf":
        return False, "git writes line ends as CRLF, which breaks the hashes", remedy
    return None, "a clone whose git changes line ends (core.autocrlf) would break the hashes", remedy


def _attributes(root: str, path: str) -> dict[str, str]:
    """The attributes ``text``, ``eol`` and ``merge`` of a file; empty where git does not answer."""
    words = _ask_git(root, "check-attr", "-z", "text", "eol", "merge", "--", path).split("\0")
    return dict(zip(words[1::3], words[2::3], strict=False))


def _ask_git(root: str, *arguments: str, given: str = "") -> str:
    """The output of git as text."""
    return os.fsdecode(git.ask(root, *arguments, given=os.fsencode(given)))


def _configuration(desk: _Desk) -> Iterator[_Result]:
    """Checks that readers can reach the address in the feeds."""
    url = desk.workspace.config.url
    if _is_unreachable(urlsplit(url).hostname or ""):
        what = f"tracker.toml says that feeds are served at {url}, where no reader finds them"
        yield None, what, "Write your own url there before you publish for others: entries lead to it"
    else:
        yield True, f"feeds are served at {url}"


def _is_unreachable(host: str) -> bool:
    """Whether the host is an address of this machine or a name that is reserved for tests and examples (RFC
    2606)."""
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
