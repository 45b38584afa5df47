"""SIGKILL at every system call of one append, one publication, one redaction and one rebuild."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count
from typing import Any
from unittest import mock

from tests.pictures import image, stored
from tests.torture import desks
from tests.torture.children import RENAME, UNLINK, Child, Ended, Say, Work, kills
from tests.torture.faults import command
from tests.torture.kills import row_by_row, writing_in_place
from tests.torture.scenario import Found, Scenario, Trying, case
from tracker.domain import chain as chained
from tracker.domain import media, redaction
from tracker.domain.amend import REDACTED
from tracker.errors import CorruptLog
from tracker.log.clock import new_id, now
from tracker.log.files import FileLog
from tracker.log.media import MediaFolder
from tracker.maintenance.verify import verify
from tracker.readmodel import projection, tables
from tracker.workspace.desk import Workspace

SOME = ("openat", "write", "pwrite64", "fsync", RENAME, UNLINK)
"""The system calls at which the quick scenarios kill."""

WORD = "zqxkvjw"
SECRET = f"a secret with {WORD} in it"
"""A text to remove, with a word that is nowhere else: a full-text index has only words."""

PICTURES = stored(f"a picture of {SECRET}".encode(), f"a small one of {SECRET}".encode())
"""The files of a picture to remove."""


class Tries:
    """Gives each try a new small desk with an opened story. ``prepare`` completes the desk, and returns the work
    to kill."""

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
    """Kills an append to an old or new story. An acknowledged event is there; a repeated one is there once."""
    desk = desks.new_desk(folder)
    for story in (_an_old_story, _a_new_story):
        tries: list[tuple[str, str]] = []

        def work(number: int, story: Any = story, tries: list[tuple[str, str]] = tries) -> Work:
            for earlier in desk.log.streams():  # an append with an id looks into all of them
                os.remove(desk.log.path(earlier))
            tries.append((story(desk, number), new_id(now())))
            return _appending(desk.root, *tries[-1])

        for place, ended in kills(work, count(1)):
            yield _appended_once(desk, *tries[-1], ended, place)


def _an_old_story(desk: Workspace, number: int) -> str:
    """Creates a story with an event and a torn tail from an earlier crash. Returns its slug."""
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
    """Appends an update, or the opening of a new story."""
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
    """A log that does not recognize a retried event."""
    with mock.patch.object(FileLog, "_present", return_value={}):
        yield


# An append of several events.

MANY = 5


def killed_batch(folder: str, quick: bool) -> Trying:
    """Kills an append of several events: all of them are there, or none."""
    desk = desks.new_desk(folder)
    slugs: list[str] = []

    def prepare(number: int) -> Work:
        for earlier in desk.log.streams():  # an append looks into all of them
            os.remove(desk.log.path(earlier))
        slugs.append(f"story-{number}")
        desks.open_story(desk.log, slugs[-1])
        return _appending_many(desk.root, slugs[-1])

    for place, ended in kills(prepare, count(1)):
        there = len(desk.log.lines(slugs[-1])) - 1
        faults = desks.story_faults(desk.log, slugs[-1])
        if there not in ((MANY,) if "acknowledged" in ended.lines else (0, MANY)):
            faults.append(f"{there} of {MANY} events are there")
        yield Found(1, int(bool(faults)), 0, tuple(f"killed at {place}: {fault}" for fault in faults))


def _appending_many(root: str, slug: str) -> Work:
    def work(say: Say) -> None:
        desks.at(root).log.append(slug, [desks.an_update() for _ in range(MANY)])
        say("acknowledged")

    return work


@contextlib.contextmanager
def writing_line_by_line() -> Iterator[None]:
    """A log that writes several lines one after the other."""

    def write(log: FileLog, slug: str, descriptor: int, stored: Sequence[bytes], lines: Sequence[bytes]) -> None:
        for line in lines:
            os.write(descriptor, line)

    with mock.patch.object(FileLog, "_write_together", write):
        yield


# A publication.


def killed_publication(folder: str, quick: bool) -> Trying:
    """Kills an incremental publication, and one that writes everything."""
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
            after = desks.fresh_site(tries.desk)
            faults = [*_failure(ended), *desks.halves(tries.desk, before, after)]
            faults += [*desks.published(desks.at(tries.desk.root)), *desks.site_faults(tries.desk, after)]
            yield case(f"killed at {place}: {fault}" for fault in faults)


def _publishing(root: str, anew: bool) -> Work:
    from tracker.publishing.publisher import publish

    return lambda say: say(f"published {len(publish(desks.at(root), anew=anew).written)} files")


def _failure(ended: Ended) -> list[str]:
    return [] if ended.killed or not ended.code else [f"it failed: {ended.lines[-1:]}"]


# A redaction.


def killed_redaction(folder: str, quick: bool) -> Trying:
    """Kills a redaction. The text to remove is in the log and in a correction, in the event's picture, in a kept
    torn tail, in the read model and in the site. Once the redaction is recorded, no output shows the text. After
    the removal is finished, or repeated if it was not recorded, no file has the text."""
    tries = Tries(folder, lambda desk: redacting(desk.root, told(desk)))
    few = chain(kills(tries, (1,), (RENAME,)), kills(tries, (2,), SOME))
    for place, ended in few if quick else kills(tries, count(1)):
        faults = [*_failure(ended), *after_redaction(tries.desk)]
        yield case(f"killed at {place}: {fault}" for fault in faults)


def told(desk: Workspace) -> int:
    """Puts the secret into a torn tail, an event, its picture, a correction, read model and site. Returns the
    event's number."""
    with open(desk.log.path("story"), "ab") as file:
        file.write(f'{{"title":"{SECRET}'.encode())
    desk.pictures |= PICTURES
    update = {"type": "update", "title": f"They say {SECRET}", "image": image(*PICTURES, alt=SECRET)}
    (event,) = desk.record("story", [update])
    seq = event.reference.seq
    changes = {"title": f"They said {SECRET}"}
    desk.record("story", [{"type": "correction", "corrects": f"#{seq}", "changes": changes, "why": "a slip"}])
    desks.catch_up(desk)
    desks.published(desk)
    return seq


def redacting(root: str, number: int) -> Work:
    """Returns work that does the same as ``tracker redact``."""

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
    """Yields what is wrong after a redaction that was cut short, first if it is recorded and not finished, then
    after it was finished."""
    desk = desks.at(desk.root)
    if not _unredacted(desk):
        yield from (f"recorded and not finished: {fault}" for fault in shown(desk))
    while still := _unredacted(desk):
        redact(desk, still)
    for number, line in enumerate(desk.log.lines("story"), 1):
        if chained.is_redaction(line):
            yield from finish(desk, number)
    yield from shown(desk)
    yield from (f"{path} still has the text" for path in desks.files_with(desk.root, WORD.encode()))
    verified = verify(desk)
    yield from map(str, (*verified.problems, *verified.remarks))


def _unredacted(desk: Workspace) -> int:
    """Returns the number of the first event that has the secret and is not redacted; 0 if there is none."""
    developments = desk.story("story").developments
    numbers = (each.seq for each in developments if each.standing != REDACTED and WORD in repr(each.original))
    return next(numbers, 0)


def shown(desk: Workspace) -> Iterator[str]:
    """Yields where the secret is: in a view, in an export of the log, in the read model or in the site."""
    if WORD in repr(desk.story("story")):
        yield "the story shows the text"
    if any(WORD.encode() in line for line in chained.executed(desk.log.lines("story"))):
        yield "an export of the log has the text"
    yield from desks.model_faults(desk)
    if any(WORD in repr(rows) for rows in desks.model(desk).values()):
        yield "the read model has the text"
    yield from desks.published(desk)
    yield from (f"feeds/{path} has the text" for path in desks.files_with(desk.feeds, WORD.encode()))


def finish(desk: Workspace, number: int) -> Iterator[str]:
    """Finishes the removal of a redaction with the command. Yields a fault if that fails."""
    with Child(command(desk.root, "redact", "--finish", f"story#{number}", "--yes")) as child:
        if (ended := child.wait()).code:
            yield f"--finish fails: {ended.lines[-1:]}"


def finishing_nothing() -> mock._patch[Any]:
    """A removal that was cut short and is never finished."""
    return mock.patch(f"{__name__}.finish", return_value=())


@contextlib.contextmanager
def removing_no_text() -> Iterator[None]:
    """A log that records redactions and removes no text."""
    with mock.patch.object(FileLog, "_remove_texts"):
        yield


@contextlib.contextmanager
def leaving_the_pictures() -> Iterator[None]:
    """A log that removes texts and leaves their pictures."""
    with mock.patch.object(MediaFolder, "remove"):
        yield


@contextlib.contextmanager
def removing_pictures_last() -> Iterator[None]:
    """A log that removes a picture after the line no longer says which one that is."""
    remove_texts, remove = FileLog._remove_texts, MediaFolder.remove

    def in_the_wrong_order(log: FileLog, slug: str, descriptor: int, ids: Any) -> None:
        before = log.lines(slug)
        with mock.patch.object(MediaFolder, "remove"):
            remove_texts(log, slug, descriptor, ids)
        remove(log._media, media.gone(before, log.lines(slug)))

    with mock.patch.object(FileLog, "_remove_texts", in_the_wrong_order):
        yield


@contextlib.contextmanager
def showing_what_is_there() -> Iterator[None]:
    """A reader that shows a text until its bytes are gone."""
    with mock.patch.object(chained, "executed", list):
        yield


# Leftover files of earlier crashes.

Earlier = Callable[[str, int], Work]


def killed_before(folder: str, quick: bool) -> Trying:
    """Kills a rebuild, a publication or the redaction of another event, and then removes a text. Leftover files of
    the killed command may not have it."""
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
    """Kills a rebuild. The read model works at once and equals a new rebuild, also after the next rebuild."""

    def prepare(desk: Workspace) -> Work:
        desks.catch_up(desk)
        desk.log.append("story", [desks.an_update() for _ in range(5)])
        return lambda say: rebuild(desks.at(desk.root))

    tries = Tries(folder, prepare)
    few = kills(tries, (9, 25), SOME)
    for place, ended in few if quick else kills(tries, count(1)):
        faults = [*_failure(ended), *desks.model_faults(tries.desk)]
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
        "an append killed at any system call: the event is there if it was acknowledged, and only once if the"
        " append was repeated",
        killed_append,
        (not_looking_whether_it_is_there,),
        strace=True,
    ),
    Scenario(
        "batch",
        "an append of several events killed at any system call: all of them are there, or none",
        killed_batch,
        (writing_line_by_line,),
        strace=True,
    ),
    Scenario(
        "publish",
        "a publication killed at any system call: no incomplete file, and the next publication completes the site",
        killed_publication,
        (writing_in_place,),
        strace=True,
    ),
    Scenario(
        "redact",
        "a redaction killed at any system call: no output shows the text once the redaction is recorded, no"
        " file has it once the redaction is finished",
        killed_redaction,
        (removing_no_text, finishing_nothing, showing_what_is_there, leaving_the_pictures, removing_pictures_last),
        strace=True,
    ),
    Scenario(
        "leftovers",
        "leftover files of a killed command do not keep a text that is removed later",
        killed_before,
        (removing_no_text,),
        strace=True,
    ),
    Scenario(
        "rebuild",
        "a rebuild killed at any system call: the read model equals a new rebuild",
        killed_rebuild,
        (_rebuilding_in_place,),
        strace=True,
    ),
)
