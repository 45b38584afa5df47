"""File systems of our own: mounted so that nothing can be written, or in a file that can be copied."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache


def mount(*args: str) -> None:
    """Raises OSError, with the first line of what ``mount`` said."""
    done = subprocess.run(["mount", *args], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError("".join(done.stderr.splitlines()[:1]) or "mount failed")


@contextlib.contextmanager
def mounted(*args: str, at: str) -> Iterator[str]:
    """What these arguments of ``mount`` say is at that folder meanwhile."""
    os.makedirs(at, exist_ok=True)
    mount(*args, at)
    try:
        yield at
    finally:
        if subprocess.run(["umount", at], capture_output=True, check=False).returncode:
            subprocess.run(["umount", "--lazy", at], check=False)  # somebody is still in there


@contextlib.contextmanager
def read_only(folder: str) -> Iterator[None]:
    """Nothing below the folder can be written meanwhile."""
    with mounted("--bind", folder, at=folder):
        mount("-o", "remount,ro,bind", folder)
        yield


def make_disk(image: str, megabytes: int) -> None:
    """A file with an empty ext4 file system in it."""
    with open(image, "wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-b", "1024", image], check=True)


@contextlib.contextmanager
def disk(image: str, at: str) -> Iterator[str]:
    """The file system in that file is at that folder meanwhile."""
    with mounted("-o", "loop", image, at=at):
        yield at


@cache
def no_mounts() -> str:
    """Why nothing can be mounted here; empty where it can."""
    return _why_not(bind=True)


@cache
def no_disks() -> str:
    """Why no file system in a file can be mounted here; empty where it can."""
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
