"""Mounts for the scenarios: a folder that is read-only, and a file system in a file."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache


def mount(*args: str) -> None:
    """Runs ``mount``. Raises OSError with the first line of its message if it fails."""
    done = subprocess.run(["mount", *args], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError("".join(done.stderr.splitlines()[:1]) or "mount failed")


@contextlib.contextmanager
def mounted(*args: str, at: str) -> Iterator[str]:
    """A context in which a folder has the mount that these arguments of ``mount`` describe."""
    os.makedirs(at, exist_ok=True)
    mount(*args, at)
    try:
        yield at
    finally:
        if subprocess.run(["umount", at], capture_output=True, check=False).returncode:
            subprocess.run(["umount", "--lazy", at], check=False)  # a process still uses it


@contextlib.contextmanager
def read_only(folder: str) -> Iterator[None]:
    """A context in which a folder is read-only."""
    with mounted("--bind", folder, at=folder):
        mount("-o", "remount,ro,bind", folder)
        yield


def make_disk(image: str, megabytes: int) -> None:
    """Creates a file with an empty ext4 file system in it."""
    with open(image, "wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-b", "1024", image], check=True)


@contextlib.contextmanager
def disk(image: str, at: str) -> Iterator[str]:
    """A context in which the file system in a file is mounted at a folder."""
    with mounted("-o", "loop", image, at=at):
        yield at


@cache
def no_mounts() -> str:
    """Returns why this machine cannot mount, or an empty text if it can."""
    return _why_not(bind=True)


@cache
def no_disks() -> str:
    """Returns why this machine cannot mount a file system in a file, or an empty text if it can."""
    return _why_not(bind=False)


def _why_not(*, bind: bool) -> str:
    if os.geteuid():
        return "only root can mount"
    lacking = [name for name in ("mount", *(() if bind else ("mkfs.ext4",))) if not shutil.which(name)]
    if lacking:
        return f"needs {', '.join(lacking)}"
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        try:
            if bind:
                with read_only(folder):
                    return ""
            image = os.path.join(folder, "image")
            make_disk(image, 4)
            with disk(image, os.path.join(folder, "disk")):
                return ""
        except (OSError, subprocess.CalledProcessError) as error:
            return f"cannot mount here: {error}"
