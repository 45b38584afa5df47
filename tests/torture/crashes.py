"""SIGKILL at every system call of one append, one publication, one redaction and one rebuild."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from itertools import chain, count
from typing import Any
from unittest import mock

from tests.torture import desks
from tests.torture.children import RENAME, UNLINK, Child, Ended, Say, Work, kills
from tests.torture.faults import command
from tests.torture.kills import row_by_row, writing_in_place
from tests.torture.scenario import Found, Scenario, Trying, case
from tracker.domain import chain as chained
from tracker.domain import redaction
from tracker.domain.amend import REDACTED
from tracker.errors import CorruptLog
from tracker.log.clock import new_id, now
from tracker.log.files import FileLog
from tracker.maintenance.verify import verify
from tracker.readmodel import projection, tables
from tracker.workspace.desk import Workspace

SOME = ("openat", "write", "pwrite64", "fsync", RENAME, UNLINK)
"""The system calls of which a sample is killed."""

WORD = "zqxkvjw"
SECRET = f"a secret with {WORD} in it"
"""A text to be removed, and a word that is nowhere else: a full-text index has words only."""


class Tries:
    """Gives each try a desk of its own, small and always the same, with a story that has begun. ``prepare`` does
    what comes before, and gives the work in which the try is killed."""

    def __init__(self, folder: str, prepare: Callable[[Workspace], Work]) -> None:
        self.folder = folder
        self.prepare = prepare

    def __call__(self, number: int) -> Work:
        shutil.rmtree(os.path.join(self.folder, "desk"), ignore_errors=True)
        self.desk = desks.new_desk(self.folder)
        self.desk.record("story", [{"type": "opened", "title": "A story"}])
        return self.prepare(self.desk)


# An append.


def killed_append(folder: str, quick: bool) -> Trying:
    """One append, to a story and to a new one: acknowledged it is there; tried again it is there once."""
    desk = desks.new_desk(folder)
    for story in (_an_old_story, _a_new_story):
        tries: list[tuple[str, str]] = []

        def work(number: int, story: Any = story, tries: list[tuple[str, str]] = tries) -> Work:
            tries.append((story(desk, number), new_id(now())))
            return _appending(desk.root, *tries[-1])

        for place, ended in kills(work, count(1)):
            yield _appended_once(desk, *tries[-1], ended, place)


def _an_old_story(desk: Workspace, number: int) -> str:
    """One with an event, and with a torn tail from an earlier crash."""
    slug = f"old-{number}"
    desks.open_story(desk.log, slug)
    with open(desk.log.path(slug), "ab") as file:
        file.write(b'{"id":"torn')
    return slug


def _a_new_story(desk: Workspace, number: int) -> str:
    return f"new-{number}"


def _appending(root: str, slug: str, id: str) -> Work:
    def work(say: Say) -> None:
        _append(desks.at(root), slug, id)
        say("acknowledged")

    return work


def _append(desk: Workspace, slug: str, id: str) -> None:
    """An update, or for a new story what opens it."""
    desk.log.append(slug, [desks.opening(slug, id) if slug.startswith("new-") else desks.an_update(id=id)])


def _appended_once(desk: Workspace, slug: str, id: str, ended: Ended, place: str) -> Found:
    there = _count(desk, slug, id)
    lost = "acknowledged" in ended.lines and not there
    _append(desk, slug, id)
    number = _count(desk, slug, id)
    faults = desks.story_faults(desk.log, slug)
    if lost or not number:
        faults.append("the event is lost")
    said = tuple(f"killed at {place}: {fault}" for fault in faults)
    return Found(1, int(bool(faults)), int(number > 1), said)


def _count(desk: Workspace, slug: str, id: str) -> int:
    if not os.path.exists(desk.log.path(slug)):
        return 0
    lines, _ = desk.log.lines_and_rest(slug)
    return sum(id.encode() in line for line in lines)


@contextlib.contextmanager
def not_looking_whether_it_is_there() -> Iterator[None]:
    with mock.patch.object(FileLog, "_present", return_value={}):
        yield


# A publication.


def killed_publication(folder: str, quick: bool) -> Trying:
    """One that goes on from the last, and one that makes everything anew."""
    for anew in (False, True):
        before: desks.Site = {}

        def prepare(desk: Workspace, anew: bool = anew, before: desks.Site = before) -> Work:
            desks.published(desk)
            before.clear()
            before.update(desks.site(desk))
            desk.log.append("story", [desks.an_update()])
            return _publishing(desk.root, anew)

        tries = Tries(folder, prepare)
        few = kills(tries, (7,), SOME)
        for place, ended in few if quick else kills(tries, count(1, 3 if anew else 1)):
            after = desks.site_anew(tries.desk)
            faults = [*_failed(ended), *desks.halves(tries.desk, before, after)]
            faults += [*desks.published(desks.at(tries.desk.root)), *desks.site_faults(tries.desk, after)]
            yield case(f"killed at {place}: {fault}" for fault in faults)


def _publishing(root: str, anew: bool) -> Work:
    from tracker.publishing.publisher import publish

    return lambda say: say(f"published {len(publish(desks.at(root), anew=anew).written)} files")


def _failed(ended: Ended) -> list[str]:
    return [] if ended.killed or not ended.code else [f"it failed: {ended.lines[-1:]}"]


# A redaction.


def killed_redaction(folder: str, quick: bool) -> Trying:
    """What is to be removed is in the log and in a correction, in its kept torn tail, in the read model and in
    what is published. Once the redaction is recorded nothing shows or publishes it. After the removal was finished
    (or recorded again, where it was not recorded) the text is nowhere."""
    tries = Tries(folder, lambda desk: redacting(desk.root, told(desk)))
    few = chain(kills(tries, (1,), (RENAME,)), kills(tries, (2,), SOME))
    for place, ended in few if quick else kills(tries, count(1)):
        faults = [*_failed(ended), *after_redaction(tries.desk)]
        yield case(f"killed at {place}: {fault}" for fault in faults)


def told(desk: Workspace) -> int:
    """Records, corrects, projects and publishes the secret; an append of it is torn. Gives its number."""
    with open(desk.log.path("story"), "ab") as file:
        file.write(f'{{"title":"{SECRET}'.encode())
    (event,) = desk.record("story", [{"type": "update", "title": f"They say {SECRET}"}])
    seq = event.reference.seq
    changes = {"title": f"They said {SECRET}"}
    desk.record("story", [{"type": "correction", "corrects": f"#{seq}", "changes": changes, "why": "a slip"}])
    desks.catch_up(desk)
    desks.published(desk)
    return seq


def redacting(root: str, number: int) -> Work:
    """What ``tracker redact`` does."""

    def work(say: Say) -> None:
        desk = desks.at(root)
        redact(desk, number)
        desks.catch_up(desk)
        desks.published(desk)

    return work


def redact(desk: Workspace, number: int) -> None:
    """Removes the text of an event and of its corrections."""
    story = desk.story("story")
    concerned = redaction.concerned(story, story.developments[number - 1])
    given = {"type": "redaction", "reason": "court-order", "authority": "a court"}
    desk.record("story", [{**given, "redacts": f"#{each.seq}"} for each in concerned], removes=True)


def after_redaction(desk: Workspace) -> Iterator[str]:
    """What is wrong after a redaction that was cut short: while its text is still in the log, where it was
    recorded, and after it was finished."""
    desk = desks.at(desk.root)
    if not _standing(desk):
        yield from (f"recorded and not finished: {fault}" for fault in shown(desk))
    while still := _standing(desk):
        redact(desk, still)
    for number, line in enumerate(desk.log.lines("story"), 1):
        if chained.is_redaction(line):
            yield from finish(desk, number)
    yield from shown(desk)
    yield from (f"{path} still has the text" for path in desks.files_with(desk.root, WORD.encode()))
    verified = verify(desk)
    yield from map(str, (*verified.problems, *verified.remarks))


def _standing(desk: Workspace) -> int:
    """The number of the first event that tells the secret and that no redaction removes; 0 where there is none."""
    developments = desk.story("story").developments
    story_feed = (each.seq for each in developments if each.standing != REDACTED and WORD in repr(each.original))
    return next(story_feed, 0)


def shown(desk: Workspace) -> Iterator[str]:
    """Where the secret is in a view, in what may leave the log, in the read model or in what is published."""
    if WORD in repr(desk.story("story")):
        yield "the story shows the text"
    if any(WORD.encode() in line for line in chained.executed(desk.log.lines("story"))):
        yield "what leaves the log has the text"
    yield from desks.model_faults(desk)
    if any(WORD in repr(rows) for rows in desks.model(desk).values()):
        yield "the read model has the text"
    yield from desks.published(desk)
    yield from (f"feeds/{path} has the text" for path in desks.files_with(desk.feeds, WORD.encode()))


def finish(desk: Workspace, number: int) -> Iterator[str]:
    """Finishes the removal of this redaction with the command; what is wrong with that."""
    with Child(command(desk.root, "redact", "--finish", f"story#{number}", "--yes")) as child:
        if (ended := child.wait()).code:
            yield f"--finish fails: {ended.lines[-1:]}"


def finishing_nothing() -> mock._patch[Any]:
    """A removal that was cut short and stays so."""
    return mock.patch(f"{__name__}.finish", return_value=())


@contextlib.contextmanager
def removing_no_text() -> Iterator[None]:
    """A log in which redactions are recorded, and no more."""
    with mock.patch.object(FileLog, "_remove_texts"):
        yield


@contextlib.contextmanager
def showing_what_is_there() -> Iterator[None]:
    """A reader that shows a text until its bytes are gone."""
    with mock.patch.object(chained, "executed", list):
        yield


# What earlier crashes have left.

Earlier = Callable[[str, int], Work]


def killed_before(folder: str, quick: bool) -> Trying:
    """A rebuild, a publication or the redaction of another event was killed; then a text is removed. It is in
    nothing that they have left."""
    for name, earlier in _EARLIER.items():

        def prepare(desk: Workspace, earlier: Earlier = earlier) -> Work:
            (other,) = desk.record("story", [{"type": "update", "title": "Another secret of many words"}])
            told(desk)
            return earlier(desk.root, other.reference.seq)

        tries = Tries(folder, prepare)
        few = chain(kills(tries, (2,), (RENAME,)), kills(tries, (6,), (UNLINK,)))
        for place, _ in few if quick else kills(tries, count(1, 5)):
            faults = after_redaction(tries.desk)
            yield case(f"{name} killed at {place}, then a redaction: {fault}" for fault in faults)


# A rebuild.


def killed_rebuild(folder: str, quick: bool) -> Trying:
    """The read model is of use at once and what a rebuild makes, and so it is after the next rebuild."""

    def prepare(desk: Workspace) -> Work:
        desks.catch_up(desk)
        desk.log.append("story", [desks.an_update() for _ in range(5)])
        return lambda say: rebuild(desks.at(desk.root))

    tries = Tries(folder, prepare)
    few = kills(tries, (9, 25), SOME)
    for place, ended in few if quick else kills(tries, count(1)):
        faults = [*_failed(ended), *desks.model_faults(tries.desk)]
        rebuild(tries.desk)
        faults += desks.model_faults(tries.desk)
        yield case(f"killed at {place}: {fault}" for fault in faults)


def rebuild(desk: Workspace) -> None:
    projection.rebuild(desk.database_path, desk.log)


@contextlib.contextmanager
def _rebuilding_in_place() -> Iterator[None]:
    """A rebuild that empties the read model and fills it row by row."""

    def rebuild(path: str, log: FileLog, progress: Any = None) -> list[CorruptLog]:
        with tables.connect(path) as database:
            database.conn.isolation_level = None
            for slug in log.streams():
                tables.forget(database, slug)
            return projection.catch_up(database, log)

    with row_by_row(), mock.patch.object(projection, "rebuild", rebuild):
        yield


def _publishing_more(root: str) -> Work:
    def work(say: Say) -> None:
        desk = desks.at(root)
        desk.log.append("story", [desks.an_update()])
        desks.published(desk)

    return work


_EARLIER: dict[str, Earlier] = {
    "rebuild": lambda root, other: lambda say: rebuild(desks.at(root)),
    "publication": lambda root, other: _publishing_more(root),
    "redaction": lambda root, other: redacting(root, other),
}

SCENARIOS = (
    Scenario(
        "append",
        "one append killed at any system call: there if acknowledged, and once if repeated",
        killed_append,
        (not_looking_whether_it_is_there,),
        strace=True,
    ),
    Scenario(
        "publish",
        "one publication killed at any system call: no half file, and the next completes it",
        killed_publication,
        (writing_in_place,),
        strace=True,
    ),
    Scenario(
        "redact",
        "one redaction killed at any system call: shown nowhere once recorded, nowhere when finished",
        killed_redaction,
        (removing_no_text, finishing_nothing, showing_what_is_there),
        strace=True,
    ),
    Scenario(
        "leftovers",
        "what a killed command has left does not keep a text that is removed later",
        killed_before,
        (removing_no_text,),
        strace=True,
    ),
    Scenario(
        "rebuild",
        "one rebuild killed at any system call: the read model is what a rebuild makes",
        killed_rebuild,
        (_rebuilding_in_place,),
        strace=True,
    ),
)
