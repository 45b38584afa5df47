"""Links, FIFOs, devices, sockets, files and folders in the way of published files, and odd permissions."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import re
import shutil
import socket
import stat
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import NamedTuple
from unittest import mock

from tests.torture import children, desks, disks
from tests.torture.children import Child, Ended, Say
from tests.torture.faults import command, unsaid
from tests.torture.scenario import Scenario, Trying, case
from tracker.errors import TrackerError
from tracker.log import scratch
from tracker.publishing import below
from tracker.publishing.below import Below
from tracker.workspace.desk import Workspace

OUTSIDE = b"a precious file outside of feeds/"


class Place(NamedTuple):
    """A path of the desk to put something at. ``folder`` says that tracker has a folder there. ``checked`` says
    that each publication looks at it, also one that goes on from the last."""

    path: str
    folder: bool = False
    checked: bool = True


def _places(desk: Workspace) -> list[list[Place]]:
    """Returns the places of each sort: one of every sort is tried in turn."""
    paths = sorted(desks.site(desk))
    of_stories = [path for path in paths if re.fullmatch(r"stories/[a-z]+/[^/]+", path)]
    of_groups = [path for path in paths if path.startswith(("parties/", "types/"))]
    archives = [path for path in paths if re.search(r"-\d{4}-\d{2}(-\d+)?\.\w+$", path)]
    folders = sorted({os.path.dirname(path) for path in paths} - {""})
    following = [f"stories/{slug}/{len(desk.log.lines(slug)) + 1}.html" for slug in desk.log.streams()]
    return [
        [Place("feeds/heads.json")],
        [Place("feeds/index.html")],
        [Place(f"feeds/{path}", checked=False) for path in of_stories],
        [Place(f"feeds/{path}", checked=False) for path in of_groups],
        [Place(f"feeds/{path}", checked=False) for path in archives],
        [Place(f"feeds/{path}") for path in following],
        [Place("feeds/stories", folder=True), Place("feeds/parties", folder=True)],
        [Place(f"feeds/{path}", folder=True) for path in folders],
        [Place(".tracker/.aside" if _one_disk(desk) else "feeds/.aside", folder=True)],
    ]


def _one_disk(desk: Workspace) -> bool:
    return os.stat(desk.feeds).st_dev == os.stat(desk.scratch).st_dev


# What is in the way.

Make = Callable[[str, str], object]
"""Makes something at a path. It gets a folder outside, with a copy of what was at the path."""


def _socket(path: str, outside: str) -> None:
    with socket.socket(socket.AF_UNIX) as each, _in(os.path.dirname(path)):
        each.bind(os.path.basename(path))


@contextlib.contextmanager
def _in(folder: str) -> Iterator[None]:
    """A context in which a folder is the current one: the path of a socket has at most 108 bytes."""
    before = os.getcwd()
    os.chdir(folder)
    yield
    os.chdir(before)


def _device(number: int) -> Make:
    return lambda path, outside: os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, number))


def _full_folder(path: str, outside: str) -> None:
    os.mkdir(path)
    with open(os.path.join(path, "mine"), "wb") as file:
        file.write(OUTSIDE)


def _a_file(path: str, outside: str) -> None:
    with open(path, "wb") as file:
        file.write(OUTSIDE)


BY_KIND: dict[str, Make] = {
    "link to its own bytes": lambda path, outside: os.symlink(os.path.join(outside, "copy"), path),
    "link to another file": lambda path, outside: os.symlink(os.path.join(outside, "file"), path),
    "link to a folder": lambda path, outside: os.symlink(os.path.join(outside, "folder"), path),
    "link to nothing": lambda path, outside: os.symlink(os.path.join(outside, "nothing"), path),
    "link to itself": lambda path, outside: os.symlink(os.path.basename(path), path),
    "link to a FIFO": lambda path, outside: os.symlink(os.path.join(outside, "fifo"), path),
    "FIFO": lambda path, outside: os.mkfifo(path),
    "socket": _socket,
    "folder": lambda path, outside: os.mkdir(path),
    "folder that is not empty": _full_folder,
    "file": _a_file,
    "device that never ends": _device(5),
    "device that is empty": _device(3),
}


def _kinds(place: Place) -> list[str]:
    """Returns what may be in the way of a place, on this machine."""
    own = ("folder", "folder that is not empty") if place.folder else ("file",)
    return [each for each in BY_KIND if each not in own and (not each.startswith("device") or _has_devices())]


def _has_devices() -> bool:
    return not os.geteuid()


def things_in_the_way(folder: str, quick: bool) -> Trying:
    """Puts each kind of thing at places of each sort, publishes, removes the thing and publishes again. It runs
    with ``feeds/`` in the desk, and with ``feeds/`` a link to another disk."""
    for name, elsewhere in _homes(folder):
        with _umask(0o077):
            desk = _a_desk(folder, name, elsewhere)
        yield case(_well_published(desk))
        for sort, kind in _tries(len(_places(desk)), quick):
            place = random.choice(_places(desk)[sort])
            if kind in _kinds(place):
                yield case(
                    f"{name}, {kind} at {place.path}: {each}" for each in _faults(desk, folder, place, kind)
                )


def _tries(sorts: int, quick: bool) -> list[tuple[int, str]]:
    """Returns the sorts of places, by number, and kinds of things to try, in random order. Quickly, each is tried
    at least once, a link in place of a folder too."""
    tries = [(sort, kind) for sort in range(sorts) for kind in BY_KIND]
    if quick:
        kinds = random.sample(list(BY_KIND), len(BY_KIND))
        tries = [(number % sorts, kind) for number, kind in enumerate(kinds)] + [(6, "link to its own bytes")]
    return random.sample(tries, len(tries))


def _homes(folder: str) -> Iterator[tuple[str, str]]:
    """Yields names of desks, each with the folder that its ``feeds/`` leads to, which is empty for none."""
    yield "desk", ""
    with contextlib.suppress(OSError):
        other = f"/dev/shm/{os.path.basename(folder)}"
        if os.stat("/dev/shm").st_dev != os.stat(folder).st_dev:
            os.mkdir(other, 0o755)
            try:
                yield "another disk", other
            finally:
                shutil.rmtree(other)


def _a_desk(folder: str, name: str, elsewhere: str = "") -> Workspace:
    """Creates a published desk of two stories, with parties and archives."""
    desk = desks.new_desk(folder, name)
    if elsewhere:
        os.symlink(elsewhere, desk.feeds)
    long = "What happened, in some words. " * 400
    updates = [{"type": "update", "title": f"Update {number}", "body": long} for number in range(24)]
    desk.record("one", [{"type": "opened", "title": "One"}, *updates])
    policy = {"type": "policy", "title": "A rule", "by": "Acme", "rule": "No more"}
    desk.record("two", [{"type": "opened", "title": "Two"}, policy])
    desks.published(desk)
    return desk


def _faults(desk: Workspace, folder: str, place: Place, kind: str) -> list[str]:
    """Returns what is wrong with the publications while something is at the place, and after it is gone."""
    path = os.path.join(desk.root, place.path)
    outside = os.path.join(folder, "outside")
    _fill(outside, path)
    was = os.path.join(folder, "was")
    if os.path.lexists(path):
        shutil.move(path, was)
    BY_KIND[kind](path, outside)
    before, thing = _state(outside), os.lstat(path).st_ino
    if not os.path.lexists(was) or random.random() < 0.5:
        desk.record("two" if "/two/" in path else "one", [{"type": "update", "title": "And more"}])
    args = ("publish", "--anew") if not place.checked or random.random() < 0.3 else ("publish",)
    problems = _unnamed(_run(desk, *args, umask=random.choice((0, 0o022, 0o027, 0o077))), place.path)
    if os.path.lexists(was):  # and so the place is that of a published file or folder
        problems += [f"verify: {each}" for each in _unreported(_run(desk, "verify"))]
    if _state(outside) != before:
        problems.append("something outside has changed")
    if not os.path.lexists(path) or os.lstat(path).st_ino != thing:
        problems.append("it is not there any more")
    _remove(path)
    if os.path.lexists(was):
        shutil.move(was, path) if random.random() < 0.5 else _remove(was)
    with _umask(random.choice((0, 0o022, 0o077))):
        problems += _well_published(desk)
    return problems


def _fill(outside: str, path: str) -> None:
    """Fills a folder outside: a copy of what is at the path, a file, a folder and a FIFO."""
    shutil.rmtree(outside, ignore_errors=True)
    os.makedirs(os.path.join(outside, "folder"))
    _a_file(os.path.join(outside, "file"), "")
    os.mkfifo(os.path.join(outside, "fifo"))
    copy = os.path.join(outside, "copy")
    if os.path.isdir(path):
        shutil.copytree(path, copy)
    elif os.path.exists(path):
        shutil.copyfile(path, copy)
    else:
        os.mkdir(copy)


def _state(folder: str) -> dict[str, tuple[int, ...]]:
    """Returns kind, mode, size, inode and mtime of all that is below a folder."""
    found = {}
    for parent, names, others in os.walk(folder):
        for name in (*names, *others):
            status = os.lstat(os.path.join(parent, name))
            found[os.path.join(parent, name)] = (
                status.st_mode, status.st_size, status.st_ino, status.st_mtime_ns,
            )  # fmt: skip
    return found


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.remove(path)


def _run(desk: Workspace, *args: str, umask: int = 0o022) -> Ended:
    """Runs a command that may not override permissions."""
    run = command(desk.root, *args)

    def work(say: Say) -> None:
        os.umask(umask)
        _obey_permissions()
        run(say)

    with Child(work) as child:
        return child.wait()


def _obey_permissions() -> None:
    """Takes from this process the right of root to override permissions."""
    libc, header, data = ctypes.CDLL(None), (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    libc.capget(header, data)
    data[0] &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    libc.capset(header, data)


def _unnamed(ended: Ended, path: str) -> list[str]:
    """Returns the faults in how a command ended that has to refuse a path by name."""
    problems = unsaid(ended)
    if not problems and f"error: {path}: " not in " ".join(ended.lines):
        problems.append(f"it does not name the path: {ended.lines[-1:]}")
    return problems


def _unreported(ended: Ended) -> list[str]:
    said = " ".join(ended.lines)
    right = ended.code == 1 and "Traceback" not in said and "feeds/" in said
    return [] if right else [f"it ends with {ended.code} and {ended.lines[-1:]}"]


def _well_published(desk: Workspace) -> list[str]:
    """Publishes, and returns where the site differs from a first publication, and which modes are wrong."""
    try:
        problems = [*desks.published(desk), *desks.site_faults(desk, desks.fresh_site(desk))]
    except (TrackerError, OSError) as error:
        return [str(error)]
    for parent, folders, names in os.walk(desk.feeds):
        for name, mode in [*((each, 0o755) for each in folders), *((each, 0o644) for each in names)]:
            found = stat.S_IMODE(os.lstat(os.path.join(parent, name)).st_mode)
            if found != mode:
                problems.append(f"{name} has the mode {found:o}")
    return problems


@contextlib.contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


# The log.

READERS = {
    "events/one.jsonl": (("show", "one"), ("add", "update", "one", "More"), ("publish", "--anew"), ("verify",)),
    "events/new.jsonl": (
        ("show", "new"),
        ("open", "new", "New"),
        ("publish", "--anew"),
        ("rebuild",),
        ("verify",),
    ),
    "events/types.toml": (("show", "one"), ("add", "update", "one", "More"), ("publish",), ("verify",)),
    "events/parties.toml": (("add", "update", "one", "More"), ("parties",)),
}
"""Files of the log, and for each the commands that open it. The others are ``OTHERS``."""

OTHERS = (("show", "two"), ("add", "policy", "two", "A rule", "--by", "Acme", "--rule", "More"), ("doctor",))
"""Commands that may end in any way, but do end."""


def things_in_the_log(folder: str, quick: bool) -> Trying:
    """Puts each kind of thing at each file of the log that people and tracker make, and runs commands."""
    desk = _a_desk(folder, "desk")
    kinds = [kind for kind in BY_KIND if kind != "file" and (not kind.startswith("device") or _has_devices())]
    for path, kind in _some(kinds) if quick else product(READERS, kinds):
        yield case(f"{kind} at {path}: {each}" for each in _log_faults(desk, folder, path, kind))


def _some(kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yields each file of the log with a kind of thing. Two of these are links, which the control needs."""
    links = [kind for kind in kinds if kind.startswith("link")]
    others = [kind for kind in kinds if kind not in links]
    picked = [*random.sample(links, 2), *random.sample(others, 2)]
    yield from zip(random.sample(list(READERS), 4), picked, strict=True)


def _log_faults(desk: Workspace, folder: str, path: str, kind: str) -> list[str]:
    """Returns what is wrong with commands while something is at the path, and after it is gone."""
    place, outside, was = (
        os.path.join(desk.root, path),
        *(os.path.join(folder, name) for name in ("outside", "was")),
    )
    _fill(outside, place)
    if there := os.path.lexists(place):
        shutil.move(place, was)
    BY_KIND[kind](place, outside)
    before, thing = _state(outside), os.lstat(place).st_ino
    problems = []
    for args in READERS[path]:
        ended = _run(desk, *args)
        problems += [f"{' '.join(args)}: {each}" for each in _unmentioned(ended, path)]
    for args in OTHERS:
        ended = _run(desk, *args)
        if ended.code not in (0, 1, 2) or "Traceback" in " ".join(ended.lines):
            problems.append(f"{' '.join(args)}: ends with {ended.code} and {ended.lines[-1:]}")
    if _state(outside) != before or os.lstat(place).st_ino != thing:
        problems.append("it or something outside has changed")
    _remove(place)
    if there:
        shutil.move(was, place)
    return problems + _well_published(desk)


def _unmentioned(ended: Ended, path: str) -> list[str]:
    """Returns the faults in how a command ended that has to name the path and what is there."""
    said = " ".join(ended.lines)
    right = ended.code in (1, 2) and "Traceback" not in said and f"{path}: " in said and "in the way of" in said
    return [] if right else [f"it ends with {ended.code} and {ended.lines[-1:]}"]


# Permissions.

HOSTILE = (
    ("feeds/heads.json", 0o000),
    ("feeds/stories/one", 0o555),
    ("feeds/stories/one", 0o000),
    ("feeds/stories", 0o444),
    ("feeds/stories", 0o000),
    ("feeds/parties", 0o000),
    ("feeds", 0o555),
    ("feeds", 0o000),
)
"""Paths and modes that do not let tracker publish."""


def hostile_permissions(folder: str, quick: bool) -> Trying:
    """Takes permissions from folders and files of ``feeds/``, publishes a new event, gives them back and publishes
    again."""
    desk = _a_desk(folder, "desk")
    for path, mode in HOSTILE[:: 2 if quick else 1]:
        for args in (("publish",), ("publish", "--anew")):
            place = os.path.join(desk.root, path)
            was = stat.S_IMODE(os.stat(place).st_mode)
            before = desks.site(desk)
            desk.record("one", [{"type": "update", "title": "And more"}])
            os.chmod(place, mode)
            ended, verified = _run(desk, *args), _run(desk, "verify")
            os.chmod(place, was)
            problems = unsaid(ended)
            if path not in " ".join(ended.lines):
                problems.append(f"it does not name the path: {ended.lines[-1:]}")
            if "Traceback" in " ".join(verified.lines) or verified.code not in (0, 1):
                problems.append(f"verify ends with {verified.code} and {verified.lines[-1:]}")
            problems += [*desks.halves(desk, before, desks.fresh_site(desk)), *_well_published(desk)]
            yield case(f"{path} with {mode:o}, {' '.join(args)}: {each}" for each in problems)


def mounts_as_feeds(folder: str, quick: bool) -> Trying:
    """Publishes with ``feeds/`` a mount of a folder on the same disk, and of another file system."""
    served = os.path.join(folder, "served")
    os.mkdir(served)
    for name, args in (("same", ("--bind", served)), ("other", ("-t", "tmpfs", "-o", "mode=0755", "tmpfs"))):
        desk = desks.new_desk(folder, name)
        with disks.mounted(*args, at=desk.feeds):
            for slug in ("one", "two"):
                desk.record(slug, [{"type": "opened", "title": f"The story {slug}"}])
                yield case(_well_published(desk))


# Broken on purpose.


@contextlib.contextmanager
def _following_links() -> Iterator[None]:
    """A publication that follows links to folders."""
    with mock.patch.object(below, "_FOLDER", below._FIRST):
        yield


@contextlib.contextmanager
def _following_links_in_the_log() -> Iterator[None]:
    """A log that follows links and opens FIFOs. What then hangs is ended soon."""
    with (
        mock.patch.object(scratch, "check_mode"),
        mock.patch.object(os, "O_NOFOLLOW", 0),
        mock.patch.object(children, "PATIENCE", 5.0),
    ):
        yield


@contextlib.contextmanager
def _taking_all_for_files() -> Iterator[None]:
    """A publication that does not look whether a file is one."""
    with mock.patch.object(Below, "_check_file"):
        yield


@contextlib.contextmanager
def _obeying_the_umask() -> Iterator[None]:
    """A publication whose folders have the mode of the umask."""
    with mock.patch.object(below, "_add_mode"):
        yield


@contextlib.contextmanager
def _going_on_without_permission() -> Iterator[None]:
    """A publication that takes files that it cannot read for missing ones."""
    load = Below.load

    def careless(files: Below, path: str) -> bytes | None:
        with contextlib.suppress(PermissionError):
            return load(files, path)
        return None

    with mock.patch.object(Below, "load", careless):
        yield


@contextlib.contextmanager
def _comparing_disks_only() -> Iterator[None]:
    """A publication that takes a mount of the same disk for the same mount."""
    with mock.patch.object(below, "can_rename", lambda one, other: os.stat(one).st_dev == os.stat(other).st_dev):
        yield


SCENARIOS = (
    Scenario(
        "placement",
        "a link, FIFO, device, socket, file or folder in the way of a published file or folder is refused by name,"
        " nothing outside `feeds/` changes, and when it is gone the site is that of a first publication",
        things_in_the_way,
        (_following_links, _taking_all_for_files, _obeying_the_umask),
    ),
    Scenario(
        "log-placement",
        "a link, FIFO, device, socket or folder in the way of a file of `events/` is named by each command that"
        " needs the file, and nothing outside changes",
        things_in_the_log,
        (_following_links_in_the_log,),
    ),
    Scenario(
        "permissions",
        "a file or folder of `feeds/` that tracker may not read or write is named, and no file is incomplete",
        hostile_permissions,
        (_going_on_without_permission,),
    ),
    Scenario(
        "feeds-mounts",
        "`feeds/` may be a mount, of the same disk or of another",
        mounts_as_feeds,
        (_comparing_disks_only,),
        lacking=disks.no_mounts,
    ),
)
