"""The doctor: is everything around the log as it has to be, and what helps where it is not?

``verify`` asks whether the log is what was appended. This asks about what the log stands on: the disk and its
locks, what was left half done, the read model, ``feeds/``, the clock, git and the configuration. Nothing is mended
here and nothing is left behind; a check that cannot be made says why, and the others are made all the same.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit

from tracker import chain, git, heads, locks
from tracker import database as tables
from tracker.database import Checkpoint
from tracker.errors import BadInput, CorruptLog, Unknown
from tracker.log import FileLog, flush_folder
from tracker.publish import located_heads, seen_heads, stories_now
from tracker.times import apart
from tracker.workspace import Workspace

MOUNTS = "/proc/mounts"
"""Where Linux says which file systems there are."""

_NETWORK = re.compile(r"nfs\d?|cifs|smb\w*|9p|afs|ceph|fuse\b.*")


class Finding(NamedTuple):
    """What a check found, in a line, and what to do about it. ``ok`` is False for what is wrong, and None for what
    is worth a look and no fault."""

    check: str
    ok: bool | None
    what: str
    remedy: str = ""


def examine(workspace: Workspace) -> list[Finding]:
    """Makes every check; there is at least one finding of each."""
    ward = _Ward(workspace)
    return [finding for name, check in _CHECKS.items() for finding in _made(name, check, ward)]


def _made(name: str, check: Callable[[_Ward], Iterator[_Told]], ward: _Ward) -> list[Finding]:
    """The findings of a check, whatever happens to it."""
    found = []
    try:
        for told in check(ward):
            found.append(Finding(name, *told))
    except Exception as error:  # one check that fails must not keep the others from being made
        found.append(Finding(name, False, f"this could not be looked at: {_why(error)}", _MEND))
    return found


_MEND = "Mend that and ask again"

_Told = tuple[bool | None, str] | tuple[bool | None, str, str]
"""A finding without its check's name."""


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{_name(os.fsdecode(error.filename))}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


class _Stream(NamedTuple):
    """A story's file: its whole lines, the bytes after them, and what is wrong with it, if anything."""

    lines: list[bytes]
    rest: bytes = b""
    fault: str = ""


class _Ward:
    """A workspace whose log is read once for all checks, without finishing or mending anything in it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.log = workspace.log
        self.events = os.path.normpath(workspace.log.folder)

    @cached_property
    def streams(self) -> dict[str, _Stream]:
        return {slug: self.read(slug) for slug in self.log.streams()}

    def read(self, slug: str) -> _Stream:
        """A story as it is now: whoever is in the middle of an append is soon done."""
        try:
            lines, rest = self.log.lines_and_rest(slug)
        except (CorruptLog, Unknown, OSError) as error:
            return _Stream([], fault=_why(error))
        try:
            for _ in chain.unchain(lines, self.log.name(slug)):
                pass
        except CorruptLog as error:
            return _Stream(lines, rest, str(error))
        empty = "" if lines or rest else f"{self.log.place(slug, 1)}: the story has no events"
        return _Stream(lines, rest, empty)

    @property
    def paths(self) -> list[str]:
        """The files of the stories, if these are files."""
        if not isinstance(self.log, FileLog) or not os.path.isdir(self.events):
            return []
        return list(map(self.log.path, self.log.streams()))

    @property
    def whole(self) -> dict[str, list[bytes]]:
        """The lines of the stories whose chain holds. What is wrong with the others is said once."""
        return {slug: stream.lines for slug, stream in self.streams.items() if not stream.fault}


# The disk.


def _folders(ward: _Ward) -> Iterator[_Told]:
    """Whether the log and the scratch folder are there and can be written."""
    if isinstance(ward.log, FileLog):
        yield _folder(ward.events, "the first event")
    yield _folder(ward.workspace.scratch, "the first command")
    for path in ward.paths:
        if not os.path.islink(path) and not os.access(path, os.R_OK | os.W_OK):
            yield False, f"{_name(path)} cannot be written", "Give its owner the right to read and write it"


def _folder(folder: str, maker: str) -> _Told:
    if not os.path.lexists(folder):
        if os.access(os.path.dirname(folder), os.W_OK | os.X_OK):
            return None, f"{_name(folder)}/ is missing", f"Nothing to do: {maker} that needs it makes it"
        return False, f"{_name(folder)}/ is missing and cannot be made", "Make it, or make its parent writable"
    if not os.path.isdir(folder):
        return False, f"{_name(folder)} is not a folder", "Move it away: a folder belongs there"
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        remedy = "Give yourself the right to write there, or mount the disk for writing"
        return False, f"{_name(folder)}/ cannot be written", remedy
    return True, f"{_name(folder)}/ is there and can be written"


def _file_system(ward: _Ward) -> Iterator[_Told]:
    """Whether the disk does what appending and publishing rely on. It is really tried, beside the events."""
    beside = _beside(ward)
    failed = _tried(beside)
    if failed:
        yield False, f"{', and '.join(failed)} in {_name(beside)}/", _ELSEWHERE
    else:
        yield True, f"appends, locks, flushes and renames work in {_name(beside)}/"
    if os.path.isdir(ward.events) and _device(ward.events) != _device(beside):
        yield None, f"{_name(ward.events)}/ is on another disk, where this was not tried"
    kind = _kind_of_file_system(ward.events)
    if _NETWORK.fullmatch(kind):
        yield None, f"{_name(ward.events)}/ is on a network or user-space file system ({kind})", _LOCAL


def _tried(beside: str) -> list[str]:
    """What does not work in a folder."""
    trials = {
        "appends do not go to the end of a file": _appends,
        "a lock does not keep others out": _locks,
        "a file is not replaced as a whole": _replaces,
    }
    try:
        with _made_aside(beside) as folder:
            failed = [what for what, works in trials.items() if not works(folder)]
            flush_folder(folder)
    except OSError as error:
        return [f"trying appends, locks, flushes and renames ended in “{error.strerror}”"]
    return failed


_ELSEWHERE = (
    "Mend the disk, or move the workspace to a local one; until then nothing that is recorded here is safe"
)
_LOCAL = "Append from one machine only, or keep the log on a local disk and share it with git"


def _beside(ward: _Ward) -> str:
    """The folder where the disk is tried: one on the disk of the events, if that can be."""
    places = (ward.workspace.scratch, os.path.dirname(ward.events), ward.workspace.root)
    found = [place for place in places if os.path.isdir(place)]
    if os.path.isdir(ward.events):
        found.sort(key=lambda place: _device(place) != _device(ward.events))
    return found[0]


@contextmanager
def _made_aside(beside: str) -> Iterator[str]:
    """A folder for a moment."""
    folder = os.path.join(beside, f"doctor.{os.getpid()}.new")
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _appends(folder: str) -> bool:
    """Two that append to a file in turn: neither writes over the other."""
    path = os.path.join(folder, "appended")
    with _opened(path) as one, _opened(path) as other:
        for descriptor, line in ((one, b"one\n"), (other, b"two\n"), (one, b"three\n")):
            os.write(descriptor, line)
            os.fsync(descriptor)
    return _content(path) == b"one\ntwo\nthree\n"


def _locks(folder: str) -> bool:
    """A second lock is refused while the first is held, and given afterwards."""
    path = os.path.join(folder, "locked")
    with _opened(path) as other:
        with _opened(path) as one:
            fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
            refused = not _may_lock(other)
        return refused and _may_lock(other)


def _may_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _replaces(folder: str) -> bool:
    """Who has the old file open reads the old one, who opens it afterwards the new one."""
    path, aside = os.path.join(folder, "replaced"), os.path.join(folder, "aside")
    for each, data in ((path, b"old"), (aside, b"new")):
        with _opened(each) as descriptor:
            os.write(descriptor, data)
            os.fsync(descriptor)
    with open(path, "rb") as before:
        os.replace(aside, path)
        return (before.read(), _content(path), os.path.exists(aside)) == (b"old", b"new", False)


@contextmanager
def _opened(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _device(path: str) -> int:
    return os.stat(path).st_dev


def _kind_of_file_system(path: str) -> str:
    """What kind of file system holds the path; empty where the system does not tell."""
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


def _server(ward: _Ward) -> Iterator[_Told]:
    """What the server says that keeps the log, if one does."""
    if isinstance(ward.log, FileLog):
        yield True, "the log needs none: each story is a file"
    yield from ward.log.examine()


def _declarations(ward: _Ward) -> Iterator[_Told]:
    """Whether what the desk declares can be understood."""
    try:
        own, known = ward.log.glossary.declared, ward.workspace.directory.parties
    except BadInput as error:
        yield False, str(error), "Mend that; until then stories cannot be read, or not be appended to"
        return
    parties = _count(len(known), "party", "parties")
    yield True, f"{_count(len(own), 'type')} of the desk's own and {parties} are declared"


def _chain(ward: _Ward) -> Iterator[_Told]:
    """Whether each story's hashes follow from each other."""
    damaged = [stream.fault for stream in ward.streams.values() if stream.fault]
    for fault in damaged:
        yield False, fault, "Restore the file from a copy; tracker verify names every line that is damaged"
    if not damaged:
        whole = ward.whole.values()
        events = _count(sum(map(len, whole)), "event")
        yield True, f"the hashes of {_count(len(whole), 'story', 'stories')} with {events} follow from each other"


def _torn(ward: _Ward) -> Iterator[_Told]:
    """Whether there are unfinished lines, in the log or moved out of it."""
    torn = [(slug, each) for slug, each in ward.streams.items() if each.rest and ward.read(slug) == each]
    for slug, (lines, rest, _) in torn:
        place = ward.log.place(slug, len(lines) + 1)
        what = f"{place}: an unfinished line of {_count(len(rest), 'byte')}, which was never acknowledged"
        yield False, what, "The next append to this story moves it aside; record again what is missing"
    folder = os.path.join(ward.workspace.scratch, "torn")
    aside = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    if aside:
        stories = ", ".join(sorted({name[:-37] for name in aside}))
        what = f"{_count(len(aside), 'unfinished line')} (of {stories}) in {_name(folder)}/"
        yield None, f"{what}: left by appends that were cut short, and moved out of the log", _ASIDE
    elif not torn:
        yield True, "no story ends in an unfinished line"


_ASIDE = "See whether anything in there still has to be recorded, then delete it"


def _redactions(ward: _Ward) -> Iterator[_Told]:
    """Whether every text that was to be removed is."""
    left = [slug for slug, lines in ward.whole.items() if chain.waiting(lines)]
    waiting = [(slug, *each) for slug in left for each in chain.waiting(ward.read(slug).lines)]
    for slug, redaction, number in waiting:
        what = f"{ward.log.place(slug, number)}: #{redaction} removes this text, which is still there"
        yield False, what, f"If the removal is right: tracker redact --finish {slug}#{redaction}"
    if not waiting:
        yield True, "every redaction is finished"


def _leftovers(ward: _Ward) -> Iterator[_Told]:
    """Files that somebody who was killed did not put in place or remove."""
    left = [*locks.left(ward.workspace.scratch), *locks.left(ward.events)]
    if left:
        names = ", ".join(map(_name, left))
        yield None, f"left by a command that was cut short: {names}", "Delete them; nothing reads them any more"
    places = (os.path.join(folder, ".aside") for folder in (ward.workspace.scratch, ward.workspace.feeds))
    aside = [place for place in places if os.path.isdir(place) and not _is_publishing(ward.workspace)]
    for place in aside:
        yield None, f"left by a publication that was cut short: {_name(place)}/", "tracker publish removes it"
    if not left and not aside:
        yield True, "no command that was cut short left anything"


def _is_publishing(workspace: Workspace) -> bool:
    try:
        with open(os.path.join(workspace.scratch, "publish.lock"), "rb") as lock:
            return not _may_lock(lock.fileno())
    except OSError:
        return False


# What is made from the log.


def _read_model(ward: _Ward) -> Iterator[_Told]:
    """Whether the read model can be read, and how far it is."""
    path = ward.workspace.database_path
    name = _name(path)
    if not os.path.exists(path):
        yield None, f"{name} is not made yet", "Nothing to do: it catches up by itself"
        return
    try:
        version, fault, seen = _looked_into(path)
    except sqlite3.DatabaseError as error:
        cannot = isinstance(error, sqlite3.OperationalError)
        yield False, f"{name}: {error}", _UNREADABLE if cannot else "tracker rebuild makes it anew"
        return
    if fault:
        yield False, f"{name} is damaged: {fault}", "tracker rebuild makes it anew"
    elif version != tables.VERSION:
        remedy = "Nothing to do: it is made anew by itself"
        yield None, f"{name} is of version {version}, not {tables.VERSION}", remedy
    else:
        yield from _in_step(ward, name, seen)


_UNREADABLE = "See who holds it and who may write it; or delete it, for all of it is made from the log"


def _looked_into(path: str) -> tuple[int, str, dict[str, Checkpoint]]:
    """The file's version, what is wrong with it (or nothing), and how far each story is projected. Nothing is made
    or mended. Raises sqlite3.DatabaseError."""
    with closing(tables.as_it_is(path)) as database:
        version = database.conn.execute("PRAGMA user_version").fetchone()[0]
        answer = database.conn.execute("PRAGMA quick_check(1)").fetchone()[0]
        if version != tables.VERSION or answer != "ok":
            return version, "" if answer == "ok" else answer.splitlines()[-1], {}
        there = {name for (name,) in database.conn.execute("SELECT name FROM sqlite_master")}
        missing = sorted(tables.TABLES.keys() - there)
        if missing:
            return version, f"no such table: {missing[0]}", {}
        return version, "", tables.checkpoints(database)


def _in_step(ward: _Ward, name: str, seen: dict[str, Checkpoint]) -> Iterator[_Told]:
    whole = ward.whole
    damaged = ward.streams.keys() - whole.keys()
    gone = [slug for slug in sorted(seen.keys() - damaged) if not _has(whole.get(slug, []), seen[slug])]
    gone = [slug for slug in gone if not _has(ward.read(slug).lines, seen[slug])]
    for slug in gone:
        what = f"{name} has seen {slug}#{seen[slug].seq} {seen[slug].hash}, which the log no longer has"
        yield False, what, "Restore the story from a copy; if that was meant: tracker rebuild"
    behind = _behind(whole, {slug: checkpoint.seq for slug, checkpoint in seen.items()})
    if behind:
        yield None, f"{name} is {_count(behind, 'event')} behind the log", "Nothing to do: it catches up by itself"
    elif not gone:
        yield True, f"{name} is sound and has what the log has"


def _has(lines: Sequence[bytes], seen: Checkpoint) -> bool:
    return 0 < seen.seq <= len(lines) and chain.hash_of(lines[seen.seq - 1]).hex() == seen.hash


def _behind(whole: dict[str, list[bytes]], done: dict[str, int]) -> int:
    """How many events come after those numbers."""
    return sum(max(0, len(lines) - done.get(slug, 0)) for slug, lines in whole.items())


def _feeds(ward: _Ward) -> Iterator[_Told]:
    """How far ``feeds/`` is, and whether the log extends what was published."""
    name = _name(ward.workspace.feeds)
    if not os.path.exists(os.path.join(ward.workspace.feeds, heads.FILE)):
        yield None, f"nothing is published in {name}/ yet", "tracker publish does that"
        return
    try:
        seen = seen_heads(ward.workspace)
    except BadInput as error:
        yield False, str(error), "Restore it from a copy, or delete it and publish again"
        return
    whole = ward.whole
    damaged = ward.streams.keys() - whole.keys()
    located = located_heads(ward.workspace, seen)
    moved = heads.extended(located, whole)  # or was more appended and published since the log was read?
    parted = heads.extended(located, stories_now(ward.log, located).lines) if moved else {}
    parted = {slug: where for slug, where in parted.items() if slug not in damaged}
    for slug, where in parted.items():
        yield False, f"{ward.log.place(slug, where.line)}: {where.message}", _REWRITTEN
    behind = _behind(whole, {slug: each.seq for slug, each in seen.stories.items()})
    if behind:
        yield None, f"{name}/ is {_count(behind, 'event')} behind the log", "tracker publish catches up"
    elif not parted:
        yield True, f"{name}/ has every event of the log"


_REWRITTEN = (
    "Restore the log from a copy or, if this was meant, tell readers why: tracker publish --accept-rewrite REASON"
)


# What surrounds it.


def _clock(ward: _Ward) -> Iterator[_Told]:
    """Whether it is as late as the log says, and a year in which there are desks."""
    last = {slug: chain.split(lines[-1]).recorded for slug, lines in ward.whole.items() if lines}
    now = ward.workspace.clock()
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


def _git(ward: _Ward) -> Iterator[_Told]:
    """Whether git would change a line's end, leave stories out, or fail to merge them."""
    root = ward.workspace.root
    if not git.inside_repository(root):
        yield True, "the workspace is in no git repository that could change the log"
        return
    if not isinstance(ward.log, FileLog):
        yield True, "the log is in a database, where git changes nothing"
        return
    paths = ward.paths or [ward.log.path("story")]
    attributes = _attributes(root, paths[0])
    if not attributes:
        yield None, f"{_name(ward.events)}/ is outside of the workspace's repository, which does not keep it"
        return
    yield _line_ends(root, attributes)
    yield from _ignored(root, paths)
    if attributes["merge"] == "tracker" and _asked(root, "config", "merge.tracker.driver"):
        yield True, "git can merge two branches that appended to the same story"
    else:
        what = "git cannot merge two branches that appended to the same story"
        yield None, what, "tracker git-setup teaches it, once in each clone"


def _ignored(root: str, paths: Sequence[str]) -> Iterator[_Told]:
    ignored = _asked(root, "check-ignore", "-z", "--stdin", given="\0".join(paths)).split("\0")[:-1]
    if ignored:
        others = f" (and {len(ignored) - 1} more)" if ignored[1:] else ""
        remedy = "Take it out of .gitignore (git check-ignore -v names the line) and git add it"
        yield False, f"git ignores {_name(ignored[0])}{others}, so that no clone has it", remedy


def _line_ends(root: str, attributes: dict[str, str]) -> _Told:
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
    """What git answers; nothing where it refuses."""
    asked = ["git", "-C", root, *arguments]
    answer = subprocess.run(asked, input=os.fsencode(given), capture_output=True, check=False)
    return os.fsdecode(answer.stdout)


def _configuration(ward: _Ward) -> Iterator[_Told]:
    """Whether readers could reach the address that all feeds carry."""
    url = ward.workspace.config.url
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


_CHECKS: dict[str, Callable[[_Ward], Iterator[_Told]]] = {
    "folders": _folders,
    "file system": _file_system,
    "server": _server,
    "declarations": _declarations,
    "chain": _chain,
    "unfinished lines": _torn,
    "redactions": _redactions,
    "leftovers": _leftovers,
    "read model": _read_model,
    "feeds": _feeds,
    "clock": _clock,
    "git": _git,
    "configuration": _configuration,
}
