"""Find leftover files of processes that were killed."""

from __future__ import annotations

import os
import re


def leftovers(folder: str) -> list[str]:
    """The temporary files in a folder whose process has ended: ``NAME.4711.new``, and SQLite's files beside it."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    found = (re.fullmatch(r".+\.([0-9]+)\.new(-wal|-shm)?", name) for name in names)
    return [os.path.join(folder, each[0]) for each in found if each and not _runs(int(each[1]))]


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True
