"""The files of ``.tracker``: what may have their paths, and leftover files of processes that were killed."""

from __future__ import annotations

import contextlib
import os
import re
import stat

from tracker.errors import InTheWay

DATABASE = ("", "-wal", "-shm", "-journal")
"""The endings of the files of an SQLite database."""


def make(folder: str) -> None:
    """Make the scratch folder, unless it is there. Raises InTheWay if something else has its path."""
    try:
        os.makedirs(folder, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        what = kind_of(os.lstat(folder).st_mode) if os.path.lexists(folder) else "a file above it"
        raise InTheWay(os.path.relpath(folder), f"{what} is in the way of a folder", "try again") from None


def check(path: str, endings: tuple[str, ...] = ("",)) -> None:
    """Raise InTheWay if something else than a file has one of these paths: a link would lead to a file elsewhere,
    and a FIFO would be waited for."""
    for each in (path + ending for ending in endings):
        with contextlib.suppress(FileNotFoundError):
            mode = os.lstat(each).st_mode
            check_mode(each, mode)


def check_mode(path: str, mode: int) -> None:
    """Raise InTheWay if the mode, which ``path`` has, is not that of a file."""
    if not stat.S_ISREG(mode):
        raise InTheWay(os.path.relpath(path), f"{kind_of(mode)} is in the way of a file", "try again")


def kind_of(mode: int) -> str:
    """Return what has this mode, with an article."""
    kinds = (
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISREG, "a file"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((name for is_one, name in kinds if is_one(mode)), "a device")


def leftovers(folder: str) -> list[str]:
    """The temporary files in a folder whose process has ended: ``NAME.4711.new``, and SQLite's files beside it."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    found = (re.fullmatch(_TEMPORARY, name) for name in names)
    return [os.path.join(folder, each[0]) for each in found if each and not _runs(int(each[1]))]


_TEMPORARY = r".+\.([0-9]+)\.new(-wal|-shm)?"


def is_temporary(name: str) -> bool:
    """Whether a file of this name is written by a process, or is left over by one."""
    return re.fullmatch(_TEMPORARY, name) is not None


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True
