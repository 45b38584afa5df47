"""A read-only disk: commands that write fail with a message, and commands that read work."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

from tests.torture import desks, disks
from tests.torture.children import Child, Ended
from tests.torture.faults import command, saying_nothing, unsaid
from tests.torture.scenario import Scenario, Trying, case
from tracker.workspace.desk import Workspace

WRITING = (
    ("add", "update", "story", "More"),
    ("open", "new-story", "--title", "New"),
    ("append", "story", "lines"),
    ("correct", "story#2", "--set", "title=Other", "--why", "misread"),
    ("retract", "story#2", "--why", "misread"),
    ("redact", "story#2", "--reason", "court-order", "--authority", "a court", "--yes"),
    ("publish",),
    ("publish", "--anew"),
    ("rebuild",),
)

READING = (
    ("show", "story"),
    ("timeline", "story"),
    ("replay", "story"),
    ("diff", "story", "#1"),
    ("hindsight", "story"),
    ("add", "update", "story", "More", "--dry-run"),
    ("feeds",),
    ("verify",),
    ("search", "more"),
    ("stories",),
    ("expected",),
    ("parties",),
)
"""Commands that only read. The last four use the read model."""


def disks_that_cannot_be_written(folder: str, quick: bool) -> Trying:
    """Runs commands in a read-only workspace: a new clone without read model and feeds; one in which these are up
    to date; one in which they are behind."""
    for made, behind in ((False, False), (True, False), (True, True)):
        desk = _a_desk(folder, f"desk-{made}-{behind}".lower(), made, behind)
        before = dict(desks.files_below(desk.root))
        ended = {}
        with disks.read_only(desk.root):
            for args in (*WRITING, *READING)[:: 3 if quick else 1]:
                with Child(command(desk.root, *args)) as child:
                    ended[args] = child.wait()
        for args, each in ended.items():
            problems = unsaid(each) if args in WRITING else _unread(each)
            state = "cloned" if not made else "behind" if behind else "up to date"
            yield case(f"{state}, {' '.join(args)}: {problem}" for problem in problems)
        yield case(f"{path} has changed" for path in _changed(before, dict(desks.files_below(desk.root))))
        yield case([*desks.published(desk), *desks.model_faults(desk), *desks.story_faults(desk.log, "story")])


def _a_desk(folder: str, name: str, made: bool, behind: bool) -> Workspace:
    desk = desks.new_desk(folder, name)
    with open(os.path.join(desk.root, "lines"), "w", encoding="utf-8") as file:
        file.write('{"type":"update","title":"Even more"}\n')
    desk.record("story", [{"type": "opened", "title": "A story"}, {"type": "update", "title": "More"}])
    if made:
        desks.published(desk)
        desks.catch_up(desk)
    else:
        shutil.rmtree(desk.scratch, ignore_errors=True)
    if behind:
        desk.record("story", [{"type": "update", "title": "And more"}])
    return desk


def _unread(ended: Ended) -> Iterator[str]:
    """Yields the faults in how a command ended that only reads."""
    if ended.code or "Traceback" in "".join(ended.lines) or not ended.lines:
        yield f"it ends with {ended.code} and {''.join(ended.lines[-1:])!r}"


def _changed(before: desks.Site, after: desks.Site) -> list[str]:
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


SCENARIOS = (
    Scenario(
        "read-only",
        "on a read-only disk commands that write fail with a message, and commands that read work",
        disks_that_cannot_be_written,
        (saying_nothing,),
        lacking=disks.no_mounts,
    ),
)
