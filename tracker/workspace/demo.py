"""A desk of examples: the stories, types and parties that come with tracker, in one new workspace."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict

from tracker import atomic
from tracker.log import clock as clocks
from tracker.log.clock import Clock
from tracker.log.files import SUFFIX
from tracker.log.media import FOLDER as MEDIA
from tracker.workspace import init
from tracker.workspace.config import EVENTS
from tracker.workspace.desk import Workspace

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "examples")
"""The examples that the wheel carries. In a checkout they are links to those of the repository."""


def make(folder: str, url: str, *, clock: Clock = clocks.now) -> Workspace:
    """Makes a workspace with all stories of the examples and returns it. ``url`` is the address at which it
    will be served. Raises BadInput where the folder is a workspace."""
    init.init(folder, "Examples of tracker", url, "tracker", "en", clock=clock)
    events = os.path.join(folder, EVENTS)
    declared: defaultdict[str, list[bytes]] = defaultdict(list)
    for example in sorted(os.listdir(FOLDER)):
        source = os.path.join(FOLDER, example, EVENTS)
        for name in sorted(os.listdir(source)):
            path = os.path.join(source, name)
            if name.endswith(".toml"):
                with open(path, "rb") as file:
                    declared[name].append(file.read().rstrip())
            elif name == MEDIA:
                shutil.copytree(path, os.path.join(events, MEDIA), dirs_exist_ok=True)
            elif name.endswith(SUFFIX):
                shutil.copyfile(path, os.path.join(events, name))
    for name, texts in declared.items():
        atomic.create(os.path.join(events, name), b"\n\n".join(texts) + b"\n")
    return Workspace(folder, clock=clock)
