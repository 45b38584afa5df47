"""Power cuts: copies of a disk image, taken while programs are writing, and mounted as after the next start.

The disk is an ext4 file system in a file, behind a loop device. Bytes that a program has written and the kernel
has not sent to the device are not in the file, as they would not be on a disk. So a cut loses bytes that were
never flushed. It does not lose bytes that a disk loses in spite of a flush, nor bytes in the disk's own cache
before a flush: the scenarios trust the kernel to pass flushes on.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from unittest import mock

from tests.torture import desks, disks
from tests.torture.children import Child, Ended, Say, Work
from tests.torture.crashes import WORD, after_redaction, redact, removing_no_text, told
from tests.torture.kills import SHARED, Attempt, appending, is_whole, publishing, writing_in_place
from tests.torture.scenario import Found, Scenario, Trying, case
from tracker.errors import TrackerError
from tracker.workspace.config import FILE
from tracker.workspace.desk import Workspace

MEGABYTES = 12

WRITERS = 3


def cut_appends(folder: str, quick: bool) -> Trying:
    """Several processes append to one story and to their own, until the power is cut. After the cut, acknowledged
    events are there, and each story is an exact prefix of the story before. Unacknowledged events are retried, and
    are there once."""
    own = [f"story-{number}" for number in range(WRITERS)]
    for _ in range(3 if quick else 100):
        with _disk(folder) as desk:
            opened = [(slug, desks.open_story(desk.log, slug).id) for slug in (SHARED, *own)]
            ended = _cut(folder, [appending(desk.root, slug, []) for slug in own], 0.3)
            before = {slug: desk.log.lines(slug) for slug in (SHARED, *own)}
        with _after_the_cut(folder) as root:
            yield _appended(_opened(root), before, [*opened, *_attempts(ended, "done")], _attempts(ended, "try"))


def _attempts(ended: Sequence[Ended], word: str) -> list[Attempt]:
    said = (line.split() for each in ended for line in each.lines)
    return [(slug, id) for first, slug, id in said if first == word]


def _appended(
    desk: Workspace, before: Mapping[str, Sequence[bytes]], done: Sequence[Attempt], tried: Sequence[Attempt]
) -> Found:
    """Returns which acknowledged events are lost, and which events are lost or there twice after a retry."""
    there = Counter((slug, id) for slug in before for id in _ids(desk, slug))
    lost = [each for each in done if not there[each]]
    faults = [
        f"{slug} is no prefix of the story before the cut"
        for slug in before
        if not _is_prefix(desk, slug, before[slug])
    ]
    if not lost:
        for slug, id in tried:
            desk.log.append(slug, [desks.an_update(id=id)])
        there = Counter((slug, id) for slug in before for id in _ids(desk, slug))
        faults += [f"{id} is not there after a retry" for slug, id in tried if not there[slug, id]]
        faults += [fault for slug in before for fault in desks.story_faults(desk.log, slug)]
    twice = sum(count > 1 for count in there.values())
    said = (*(f"{id}, acknowledged, is lost from {slug}" for slug, id in lost), *faults)
    return Found(1, len(lost) + len(faults), twice, said)


def _ids(desk: Workspace, slug: str) -> list[str]:
    return [line[7:43].decode(errors="replace") for line in desk.log.lines_if_any(slug)]


def _is_prefix(desk: Workspace, slug: str, lines: Sequence[bytes]) -> bool:
    there = desk.log.lines_if_any(slug)
    return there == list(lines[: len(there)])


# The site and the read model.


def cut_publications(folder: str, quick: bool) -> Trying:
    """A process appends, publishes and updates the read model repeatedly, on a new desk or on one that has
    published. After the cut no published file may be incomplete, and the next command completes site and read
    model."""
    for number in range(2 if quick else 60):
        with _disk(folder) as desk:
            desks.open_story(desk.log, "story")
            if number % 2:
                desks.published(desk)
                desks.catch_up(desk)
            _cut(folder, [publishing(desk.root, desks.catch_up)], 0.5)
        with _after_the_cut(folder) as root:
            yield case(_with_refusals(_publication_faults(_opened(root))))


def _publication_faults(desk: Workspace) -> Iterator[str]:
    yield from (f"{path} is incomplete" for path, data in desks.site(desk).items() if not is_whole(path, data))
    yield from desks.published(desk)
    yield from desks.site_faults(desk, desks.fresh_site(desk))
    yield from desks.model_faults(desk)


# A redaction.


def cut_redactions(folder: str, quick: bool) -> Trying:
    """Redacts an event, until the power is cut. If the redaction was acknowledged, the log does not have the text.
    If it is recorded, no output shows the text. After it is finished or repeated, no file has the text."""
    for _ in range(1 if quick else 60):
        with _disk(folder) as desk:
            desk.record("story", [{"type": "opened", "title": "A story"}])
            number = told(desk)
            (ended,) = _cut(folder, [_redacting(desk.root, number)], 0.2)
        with _after_the_cut(folder) as root:
            yield case(_with_refusals(_redaction_faults(_opened(root), "redacted" in ended.lines)))


def _redaction_faults(desk: Workspace, acknowledged: bool) -> Iterator[str]:
    for path in desks.files_with(desk.log.folder, WORD.encode()) if acknowledged else ():
        yield f"{path} still has the text"
    yield from after_redaction(desk)


def _redacting(root: str, number: int) -> Work:
    def work(say: Say) -> None:
        desk = desks.at(root)
        say("redacting")
        redact(desk, number)
        say("redacted")
        desks.catch_up(desk)
        desks.published(desk)

    return work


# A new workspace.


def cut_workspaces(folder: str, quick: bool) -> Trying:
    """Creates a workspace and opens its first story; the power is cut after both are acknowledged. All files have
    to be there unchanged, also the configuration with the permanent id of the feeds."""
    for _ in range(1 if quick else 10):
        with _disk(folder) as desk:
            desks.open_story(desk.log, "story")
            made = dict(desks.files_below(desk.root))
            _cut(folder, [], 0.5)
        with _after_the_cut(folder) as root:
            there = dict(desks.files_below(root))
            yield case(f"{path} is not as it was created" for path in made if there.get(path) != made[path])


# Disks.


@contextlib.contextmanager
def _disk(folder: str) -> Iterator[Workspace]:
    """Mounts a new disk, and gives a new desk on it."""
    disks.make_disk(os.path.join(folder, "image"), MEGABYTES)
    with disks.disk(os.path.join(folder, "image"), os.path.join(folder, "disk")) as disk:
        yield desks.new_desk(disk)


def _cut(folder: str, works: Sequence[Work], seconds: float) -> list[Ended]:
    """Lets processes work for a random time, at most ``seconds`` after all have said something. Then it stops them
    and copies the disk. Returns what each process had said by then."""
    with contextlib.ExitStack() as stack:
        children = [stack.enter_context(Child(work)) for work in works]
        for child in children:
            child.has_said()
        time.sleep(random.uniform(0, seconds))
        for child in children:
            os.kill(child.pid, signal.SIGSTOP)
        _copy_image(folder)
        return [child.kill() for child in children]


def _copy_image(folder: str) -> None:
    """Copies the disk image. It repeats the copy until no write came in between: a stopped process may still be
    flushing, and has not acknowledged that yet."""
    image = os.path.join(folder, "image")
    device = os.minor(os.stat(os.path.join(folder, "disk")).st_dev)
    while True:
        before = _writes(device)
        shutil.copyfile(image, f"{image}.kept")
        if _writes(device) == before:
            return


def _writes(device: int) -> tuple[int, int]:
    """Returns how many writes, and how many sectors, a loop device has completed. It waits for pending writes."""
    while True:
        with open(f"/sys/block/loop{device}/stat", encoding="ascii") as file:
            numbers = file.read().split()
        if numbers[8] == "0":
            return int(numbers[4]), int(numbers[6])


@contextlib.contextmanager
def _after_the_cut(folder: str) -> Iterator[str]:
    """Mounts the copy of the disk, and gives the folder of its desk."""
    with disks.disk(os.path.join(folder, "image.kept"), os.path.join(folder, "after")) as disk:
        yield os.path.join(disk, "desk")


def _opened(root: str) -> Workspace:
    """Returns the desk. It adds an empty configuration if the cut lost it, which ``cut_workspaces`` checks."""
    os.makedirs(root, exist_ok=True)
    with open(os.path.join(root, FILE), "ab"):
        return desks.at(root)


def _with_refusals(problems: Iterator[str]) -> Iterator[str]:
    """Yields the problems. A refusal of a command is a problem too."""
    try:
        yield from problems
    except TrackerError as error:
        yield str(error)


def _flushing_nothing() -> contextlib.ExitStack:
    """A tracker that never flushes."""
    stack = contextlib.ExitStack()
    for name in ("fsync", "fdatasync"):
        stack.enter_context(mock.patch.object(os, name))
    return stack


POWER = partial(Scenario, strace=False, lacking=disks.no_disks)

SCENARIOS = (
    POWER(
        "power",
        "an acknowledged event survives a power cut, and is recorded once",
        cut_appends,
        (_flushing_nothing,),
    ),
    POWER(
        "power-new",
        "a new workspace and a newly opened story survive a power cut",
        cut_workspaces,
        (_flushing_nothing,),
    ),
    POWER(
        "power-site",
        "after a power cut no published file is incomplete, and the next publication completes the site",
        cut_publications,
        (writing_in_place, _flushing_nothing),
    ),
    POWER(
        "power-redact",
        "a redaction that was acknowledged survives a power cut, and one that was cut short can be finished",
        cut_redactions,
        (removing_no_text,),
    ),
)
