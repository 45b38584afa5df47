"""A rewritten log: each witness of the published log notices the change."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any, NamedTuple
from unittest import mock

from msgspec import structs

from tests.torture import desks
from tests.torture.damage import SLUG, a_long_story, write
from tests.torture.scenario import Scenario, Trying, case
from tracker.domain import chain
from tracker.domain import lines as event_lines
from tracker.domain.events import Update
from tracker.errors import Rewritten
from tracker.log.clock import new_id, now
from tracker.maintenance import verify as verifying
from tracker.publishing import damaged
from tracker.publishing import doubles as doubling
from tracker.publishing import publisher as publishing
from tracker.publishing.live import read_heads
from tracker.publishing.state import PublicationState
from tracker.text.dates import Recorded
from tracker.workspace.desk import Workspace

Lines = Sequence[bytes]


class Rewriting(NamedTuple):
    """A rewritten log: a description, and its lines."""

    what: str
    lines: Lines


def rewritten_logs(folder: str, quick: bool) -> Trying:
    """Takes out, moves, repeats, edits or inserts lines, with the old hashes or with new ones, in a log with a
    removed text and one that is to be removed. Each witness of the old log has to notice that alone: a
    ``heads.json`` kept elsewhere, the site, and the next publication, which leaves the story's published files as
    they are."""
    desk = desks.new_desk(folder)
    data = a_long_story(desk, 7 if quick else 9)
    lines = [line + b"\n" for line in data.split(b"\n")[:-1]]
    desks.published(desk)
    desks.catch_up(desk)
    witnesses = _witnesses(desk, folder)
    yield case(f"{name} says {said!r} of the unchanged log" for name, said in _said(desk, witnesses, data))
    for rewriting in list(_rewritings(lines))[2 if quick else 0 :: 16 if quick else 1]:
        continues = rewriting.lines[: len(lines)] == lines  # then only verify can notice
        asked = {name: each for name, each in witnesses.items() if name.startswith("verify") or not continues}
        noticed = {name for name, _ in _said(desk, asked, b"".join(rewriting.lines))}
        yield case(f"{name} does not notice {rewriting.what}" for name in asked if name not in noticed)
    write(desk, data)
    yield case(desks.published(desk) or desks.site_faults(desk, desks.fresh_site(desk)))


def _said(desk: Workspace, witnesses: Mapping[str, Witness], data: bytes) -> list[tuple[str, str]]:
    """Returns what each witness says of a log of these bytes."""
    said = []
    for name, witness in witnesses.items():
        shutil.rmtree(desk.scratch, ignore_errors=True)
        write(desk, data)
        said += [(name, sentence) for sentence in witness(desk)]
    return said


Witness = Callable[[Workspace], Iterator[str]]


def _witnesses(desk: Workspace, folder: str) -> dict[str, Witness]:
    """Returns the witnesses by name. Each uses one record of the old log, and yields the faults of the new log."""
    nowhere, known, scratch = (os.path.join(folder, name) for name in ("none", "heads.json", "scratch"))
    shutil.copyfile(os.path.join(desk.feeds, "heads.json"), known)
    shutil.copytree(desk.scratch, scratch)
    before, data = desks.site(desk), _log(desk)

    def by_a_known_head(desk: Workspace) -> Iterator[str]:
        with mock.patch.object(desk, "feeds", nowhere):
            yield from map(str, verifying.verify(desk, read_heads(known)).problems)

    def by_what_is_published(desk: Workspace) -> Iterator[str]:
        yield from map(str, verifying.verify(desk).problems)

    def by_publishing(desk: Workspace, anew: bool) -> Iterator[str]:
        shutil.copytree(scratch, desk.scratch)
        try:
            said = [str(error) for error in publishing.publish(desk, anew=anew).errors]
        except Rewritten as error:
            said = [str(error)]
        if _of_the_story(desks.site(desk)) == _of_the_story(before):
            yield from said
        if desks.site(desk) != before:  # it lists the damage; publish the old log for the next witness
            write(desk, data)
            with contextlib.suppress(Rewritten):
                publishing.publish(desk)
            shutil.rmtree(scratch)
            shutil.copytree(desk.scratch, scratch)

    return {
        "verify --against": by_a_known_head,
        "verify": by_what_is_published,
        "publish": partial(by_publishing, anew=False),
        "publish --anew": partial(by_publishing, anew=True),
    }


def _log(desk: Workspace) -> bytes:
    with open(desk.log.path(SLUG), "rb") as file:
        return file.read()


def _of_the_story(site: desks.Site) -> desks.Site:
    """Returns the published files of the story, and ``heads.json``."""
    return {
        path: data for path, data in site.items() if path.startswith(f"stories/{SLUG}/") or path == "heads.json"
    }


def _rewritings(lines: Lines) -> Iterator[Rewriting]:
    """Yields every rewriting of one step. The chain alone shows those that keep the old hashes, except that it
    does not show a log that is only cut short."""
    numbers = range(1, len(lines) + 1)
    for each in numbers:
        yield Rewriting(f"a log that ends before #{each}", lines[: each - 1])
    for what, changed in _steps(lines, numbers):
        if changed not in (lines[: len(changed)], lines):
            yield Rewriting(what, changed)
            yield Rewriting(f"{what}, with new hashes", rechained(changed))
    for each in numbers:
        yield Rewriting(f"#{each} edited, with new hashes", rechained([*lines[: each - 1], *_edited(lines, each)]))
        yield Rewriting(f"one put in before #{each}, with new hashes", rechained(_with_one_more(lines, each)))


def _steps(lines: Lines, numbers: range) -> Iterator[tuple[str, Lines]]:
    for each in numbers:
        yield f"#{each} taken out", [*lines[: each - 1], *lines[each:]]
    for one, other in combinations(numbers, 2):
        swapped = list(lines)
        swapped[one - 1], swapped[other - 1] = lines[other - 1], lines[one - 1]
        yield f"#{one} and #{other} swapped", swapped
        yield f"#{one} repeated after #{other}", [*lines[:other], lines[one - 1], *lines[other:]]
    for each in numbers:
        yield f"#{each} twice", [*lines[:each], *lines[each - 1 :]]


def _edited(lines: Lines, number: int) -> Lines:
    """Returns the lines from this one on, with another text in this one; a shell gets another digest."""
    line = lines[number - 1]
    for before in (b'"title":"', b'"why":"', b'"authority":"'):
        if before in line:
            return [line.replace(before, before + b"?", 1), *lines[number:]]
    digest = re.search(rb'"removed":"([0-9a-f]{64})"', line)
    assert digest
    return [line.replace(digest[1], digest[1][::-1]), *lines[number:]]


def _with_one_more(lines: Lines, number: int) -> Lines:
    salt = "0" * 32
    event = structs.replace(Update(title="Never published"), id=new_id(now()), recorded=now(), salt=salt)
    _, line, _ = event_lines.encode(event, bytes(32))
    return [*lines[: number - 1], line, *lines[number - 1 :]]


def rechained(lines: Lines) -> Lines:
    """Returns the lines with new hashes that follow from each other."""
    previous, made = chain.START, []
    for line in lines:
        line, previous = chain.relinked(line, chain.split(line).recorded, previous)
        made.append(line)
    return made


# Copies under other names.

OTHER = "other"


def doubles(folder: str, quick: bool) -> Trying:
    """Puts events of a published story, and of a new one, into files of other names and into another story: whole
    copies, old ones and rewritten ones, sorted before and after the story. The published story stays as it is,
    nothing of the copy is published, and the publisher names it. When it is gone, the site is as it was."""
    desk = desks.new_desk(folder)
    a_long_story(desk, 7)
    desk.record(OTHER, [{"type": "opened", "title": "Another"}, {"type": "update", "title": "Of another"}])
    desks.published(desk)
    for number, (what, slug, lines) in enumerate(_copies(desk)):
        if not quick or number % 3 == 0:
            yield case(f"{what}: {each}" for each in _double_faults(desk, slug, lines, anew=number % 2 == 0))


def _copies(desk: Workspace) -> Iterator[tuple[str, str, Lines]]:
    """Yields what is copied, and the name and the lines of the file that has it."""
    lines = desk.log.lines(SLUG)
    for slug in ("a-copy", "z-copy"):
        named = [_named(lines[0], slug), *lines[1:]]
        for count in (len(lines), 1, 3):
            yield f"the first {count} lines as {slug}", slug, rechained(named[:count])
        for each in (2, len(lines)):
            edited = [*named[: each - 1], *_edited(named, each)]
            yield f"all lines as {slug}, #{each} rewritten", slug, rechained(edited)
            yield (
                f"#{each} after an opening of its own as {slug}",
                slug,
                rechained([_opening(slug), lines[each - 1]]),
            )
    others = desk.log.lines(OTHER)
    for each in (2, len(lines)):
        yield f"#{each} at the end of {OTHER}", OTHER, rechained([*others, lines[each - 1]])


def _named(first: bytes, slug: str) -> bytes:
    return re.sub(rb'"slug":"[^"]*"', b'"slug":"%s"' % slug.encode(), first)


def _opening(slug: str) -> bytes:
    opened = structs.replace(desks.opening(slug, new_id(now())), recorded=Recorded("2020-01-01T00:00:00.000Z"))
    return event_lines.encode(structs.replace(opened, salt="0" * 32), bytes(32))[1]


def _double_faults(desk: Workspace, slug: str, lines: Lines, *, anew: bool) -> Iterator[str]:
    """Yields what is wrong with publications while a file has these lines, and after it is as it was."""
    before, path = desks.site(desk), desk.log.path(slug)
    was = desk.log.lines(slug) if slug == OTHER else []
    for part in (lines, [*lines, *rechained([*lines, _an_update()])[len(lines) :]]):
        with open(path, "wb") as file:
            file.write(b"".join(part))
        said = publishing.publish(desk, anew=anew).errors
        if [os.path.basename(str(each).partition(":")[0]) for each in said] != [f"{slug}.jsonl"]:
            yield f"the publisher says {said}"
        site = desks.site(desk)
        yield from (f"{name} is published" for name in site.keys() - before.keys())
        yield from (f"{name} has changed" for name in _changed(before, site) if slug != OTHER)
        yield from (f"{name} has changed" for name in _changed(_of_the_story(before), _of_the_story(site)))
        if not verifying.verify(desk).problems:
            yield "verify says nothing"
    if was:
        with open(path, "wb") as file:
            file.write(b"".join(was))
    else:
        os.remove(path)
    try:
        yield from desks.published(desk)
    except Rewritten as error:
        yield str(error)
    yield from (f"{name} differs when it is gone" for name in _changed(before, desks.site(desk)))


def _changed(before: desks.Site, now: desks.Site) -> list[str]:
    return [path for path, data in before.items() if now.get(path) != data]


def _an_update() -> bytes:
    event = structs.replace(desks.an_update("Forged"), recorded=now(), salt="0" * 32)
    return event_lines.encode(event, bytes(32))[1]


@contextlib.contextmanager
def _taking_every_story() -> Iterator[None]:
    """A publication that does not ask whose an event is."""
    with (
        mock.patch.object(doubling, "find", return_value={}),
        mock.patch.object(doubling, "check", return_value=None),
        mock.patch.object(PublicationState, "claim", return_value={}),
    ):
        yield


@contextlib.contextmanager
def _taking_the_first() -> Iterator[None]:
    """A publication that takes the first story with an event for its own."""
    with mock.patch.object(doubling, "find", return_value={}):
        yield


def _not_looking_at_known_heads() -> mock._patch[Any]:
    """A verify that ignores the kept heads."""
    return mock.patch.object(verifying, "_check_against", return_value=[])


@contextlib.contextmanager
def publishing_whatever_is_whole() -> Iterator[None]:
    """A publication that does not compare the log with the last publication."""
    with (
        mock.patch("tracker.publishing.rewrites._rewritten", return_value={}),
        mock.patch.object(damaged, "check_extends"),
    ):
        yield


SCENARIOS = (
    Scenario(
        "rewritten",
        "a published log that was cut short, reordered or rewritten is noticed",
        rewritten_logs,
        (_not_looking_at_known_heads, publishing_whatever_is_whole),
    ),
    Scenario(
        "doubles",
        "an event of a published story that is also in another file is published with its own story only, the"
        " publisher names the copy, and the site is as it was when the copy is gone",
        doubles,
        (_taking_every_story, _taking_the_first),
    ),
)
