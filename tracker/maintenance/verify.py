"""Verify a log: every line is the one that was appended, the read model and ``feeds/`` agree with the log, and no
event that ``feeds/`` or a reader has seen was rewritten. The read model is no witness: a merge by git moves events
that only this clone has seen."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import timedelta
from functools import partial
from itertools import islice
from sqlite3 import DatabaseError
from typing import Any, NamedTuple

from tracker.domain import chain, integrity, media
from tracker.domain.amend import amend
from tracker.domain.events import links_of
from tracker.domain.integrity import IntegrityProblem
from tracker.errors import BadInput, CorruptLog, InTheWay, Unmerged
from tracker.feeds.paths import HEADERS
from tracker.log import checkpoints
from tracker.log.base import EventLog
from tracker.log.checkpoints import Heads, extended
from tracker.maintenance import history
from tracker.publishing import state
from tracker.publishing.below import Below
from tracker.publishing.owned import has_own_headers, is_desks, published_paths
from tracker.publishing.publisher import alone
from tracker.publishing.rewrites import MEND_HEADS, Now, located_heads, remedies, seen_heads, stories_now
from tracker.publishing.site_files import all_files, put_links, story_files
from tracker.publishing.state import PublicationState
from tracker.readmodel import cores, projection, tables
from tracker.readmodel.projection import Progress
from tracker.text.dates import Recorded, check_recorded, recorded_at, to_datetime
from tracker.views.development import is_withdrawn
from tracker.workspace import unmerged
from tracker.workspace.desk import Workspace
from tracker.workspace.recorder import ATTEMPTS


class Verified(NamedTuple):
    """The result of ``verify``. ``heads`` holds each story's ``seq`` and ``hash``, ``events`` the number of all
    events. ``problems`` are faults; ``remarks`` are worth a look and no faults. ``compared`` is None if ``verify``
    was given no earlier heads."""

    heads: dict[str, dict[str, Any]]
    events: int
    problems: list[IntegrityProblem]
    remarks: list[IntegrityProblem]
    compared: Compared | None = None


AHEAD = timedelta(minutes=5)
"""How far a line may be ahead of this machine's clock before verify says so."""


class Compared(NamedTuple):
    """How many stories were compared with earlier heads, and for how many lines those heads vouch."""

    stories: int
    lines: int


Phase = Callable[[str], AbstractContextManager[Progress]]
"""A function that takes what is done next, and gives a context with a function to call with the slug of each story
for which it is done."""


def verify(
    workspace: Workspace,
    against: Heads | None = None,
    phase: Phase = lambda what: nullcontext(lambda slug: None),
) -> Verified:
    """Checks all streams, then the read model and the published files, if there are any, against the log.

    ``against`` holds heads that the caller has kept. Differences from them come first among the problems. Raises
    BadInput where the desk's declarations are broken.
    """
    with phase("checking the log") as progress:
        last, problems, remarks = check_log(workspace, progress)
    found = {
        slug: {"seq": number, "hash": chain.hash_of(line).hex() if line else ""}
        for slug, (number, line) in last.items()
    }
    remarks += _check_clock(workspace, last)
    problems += _check_merged(workspace)
    problems += history.compare(workspace).problems
    problems += check_published(workspace)
    compared = None
    if against is not None:
        now = stories_now(workspace.log, against)
        rewritten = _check_against(workspace, against, now)
        problems = [*rewritten, *_check_announced(workspace, against, now.names), *problems]
        remarks += _check_names(workspace, now.names)
        del now  # it has all lines
        compared = Compared(
            len(against.stories), sum(each.seq for each in against.stories.values() if each.stream)
        )
        if against.format == checkpoints.OLD_FORMAT:
            message = (
                "is of format 1; that the log goes on from it is the desk's own word, and no line was compared"
            )
            remarks.append(IntegrityProblem(checkpoints.FILE, message))
        if not against.stories:
            problems.insert(
                0,
                IntegrityProblem(
                    checkpoints.FILE, "has no story, so that there is nothing to compare the log with"
                ),
            )
    problems = list(dict.fromkeys(problems))
    if not problems:
        with phase("comparing the read model") as progress:
            problems += _check_projection(workspace, remarks, progress)
        with phase("comparing the published files") as progress:
            problems += _check_feeds(workspace, last, remarks, progress)
    return Verified(found, sum(number for number, _ in last.values()), problems, remarks, compared)


def _check_merged(workspace: Workspace) -> list[IntegrityProblem]:
    """A problem if git has merged the log only in part."""
    try:
        unmerged.check_merged(workspace.root, workspace.log.folder)
    except Unmerged as error:
        place, _, message = str(error).partition(": ")
        return [IntegrityProblem(place, message)]
    return []


class Checked(NamedTuple):
    """The result of checking a log by itself. ``last`` holds, by slug, the number of lines and the last line
    (empty where there is none) of each story that can be read."""

    last: dict[str, tuple[int, bytes]]
    problems: list[IntegrityProblem]
    remarks: list[IntegrityProblem]


def check_log(workspace: Workspace, progress: Progress = lambda slug: None) -> Checked:
    """Checks each line of the log by itself, on all cores. Raises BadInput where the desk's declarations are
    broken."""
    log = workspace.log
    assert log.glossary.types  # read before processes are forked
    slugs = log.streams()
    stories = {}
    for slug, story in zip(slugs, cores.each(partial(_check_story, log), slugs), strict=True):
        stories[slug] = story
        progress(slug)
    _check_ids(workspace, stories)
    checked, pictures, named = Checked({}, [], []), dict[str, str](), set[str]()
    for slug, story in stories.items():
        checked.problems.extend(story.problems)
        checked.remarks.extend(story.remarks)
        if story.last is not None:
            checked.last[slug] = story.last
        for name, place in story.pictures.items():
            pictures.setdefault(name, place)
        named.update(story.named)
    checked.remarks.extend(_check_links(stories))
    checked.remarks.extend(_check_strays(workspace))
    checked.problems.extend(_check_pictures(workspace, pictures))
    checked.remarks.extend(_check_other_pictures(workspace, named))
    return checked


class _Link(NamedTuple):
    """A link of a development that stands: its place, and the story and the id of the event that it mentions."""

    place: str
    story: str
    id: str


class _Story(NamedTuple):
    """The result of checking a story by itself: what ``Checked.last`` has of it, None where it cannot be read, the
    ids of its events, its links to other stories, the place of a line for each picture that it shows, and the
    pictures that its lines name, also those that a redaction removes."""

    last: tuple[int, bytes] | None
    problems: list[IntegrityProblem]
    remarks: list[IntegrityProblem]
    ids: list[str]
    links: list[_Link]
    pictures: dict[str, str]
    named: frozenset[str]


def _check_story(log: EventLog, slug: str) -> _Story:
    try:
        lines, rest = log.lines_and_rest(slug)
    except CorruptLog as error:
        place, _, message = str(error).partition(": ")
        return _Story(None, [IntegrityProblem(place, message)], [], [], [], {}, frozenset())
    ids: dict[str, str] = {}
    problems = list(integrity.check_stream(slug, lines, log.name(slug), ids, log.glossary))
    if rest and log.lines_and_rest(slug)[1] == rest:  # else an append was under way
        place = log.place(slug, len(lines) + 1)
        message = f"an unfinished line of {len(rest)} bytes; the next append to this story moves it away"
        remedy = "It was never acknowledged: record again what is missing"
        problems.append(IntegrityProblem(place, message, remedy))
    last = len(lines), lines[-1] if lines else b""
    remarks = list(integrity.remarks(slug, lines, log.name(slug)))
    shown = {name: log.place(slug, number) for number, name in media.named(chain.executed(lines))}
    named = frozenset(name for _, name in media.named(lines))
    return _Story(last, problems, remarks, list(ids), list(_links(log, slug, lines)), shown, named)


def _links(log: EventLog, slug: str, lines: Sequence[bytes]) -> Iterator[_Link]:
    """The links of a story to others; none of a damaged story."""
    if not any(b'"see":' in line for line in lines):
        return
    with contextlib.suppress(CorruptLog):
        for each in amend(list(log.decoded(slug, lines))):
            for other, id in () if is_withdrawn(each) else links_of(each.event):
                if other:
                    yield _Link(log.place(slug, each.seq), other, id)


def _check_links(stories: Mapping[str, _Story]) -> Iterator[IntegrityProblem]:
    """A remark for each link to a story or an event that is not in the log."""
    linked = {link.story for story in stories.values() for link in story.links}
    ids = {slug: frozenset(stories[slug].ids) for slug in linked if slug in stories}
    for link in (link for story in stories.values() for link in story.links):
        if link.story not in stories:
            yield IntegrityProblem(link.place, f"see: leads nowhere, because there is no story {link.story}")
        elif link.id not in ids[link.story] and not stories[link.story].problems:
            yield IntegrityProblem(link.place, f"see: leads nowhere, because {link.story} has no event {link.id}")


def _check_ids(workspace: Workspace, stories: Mapping[str, _Story]) -> None:
    """Adds a problem for each event that is in two stories: to the story that is not published, if one is."""
    log, published = workspace.log, _published_slugs(workspace)
    seen: dict[str, str] = {}
    for slug in sorted(stories, key=lambda slug: slug not in published):
        for id in stories[slug].ids:
            other = seen.setdefault(id, slug)
            if other != slug:
                here, there = (_place_of(log, each, id) for each in (slug, other))
                stories[slug].problems.append(IntegrityProblem(here, f"id: {id} is the id of {there} already"))


def _place_of(log: EventLog, slug: str, id: str) -> str:
    numbers = (seq for seq, line in enumerate(log.lines_if_any(slug), 1) if chain.id_of(line) == id)
    return log.place(slug, next(numbers, 1))


def _published_slugs(workspace: Workspace) -> Container[str]:
    with contextlib.suppress(BadInput, InTheWay, OSError):  # check_published reports a broken file
        return seen_heads(workspace).stories
    return ()


def _check_pictures(workspace: Workspace, named: Mapping[str, str]) -> Iterator[IntegrityProblem]:
    """A problem for each picture that is missing or was changed. ``named`` has the place of a line that names
    it."""
    for name, place in named.items():
        try:
            workspace.log.picture(name)
        except CorruptLog as error:
            message, _, remedy = f"image: {error}".partition(". ")
            yield IntegrityProblem(place, message, remedy)


def _check_other_pictures(workspace: Workspace, named: Container[str]) -> Iterator[IntegrityProblem]:
    """A remark for each stored picture that no line names, and for other files among the pictures."""
    log = workspace.log
    for name in log.picture_names():
        if name not in named:
            what = "no event names this picture; a command that was cut short left it. Delete it"
            yield IntegrityProblem(log.picture_place(name), what)
    for path in log.stray_pictures():
        yield IntegrityProblem(path, "is no picture that tracker stored")


def _check_clock(workspace: Workspace, last: Mapping[str, tuple[int, bytes]]) -> Iterator[IntegrityProblem]:
    """A remark for each story whose last line was recorded later than the present time of this machine's clock."""
    latest = recorded_at(to_datetime(workspace.clock()) + AHEAD)
    for slug, (number, line) in last.items():
        with contextlib.suppress(CorruptLog, BadInput, ValueError):
            recorded = check_recorded(chain.split(line).recorded) if line else Recorded("")
            if recorded > latest:
                message = f"was recorded at {recorded}, which this machine's clock has not reached yet"
                yield IntegrityProblem(workspace.log.place(slug, number), message)


def _check_against(workspace: Workspace, seen: Heads, now: Now) -> list[IntegrityProblem]:
    """A problem for each story that does not extend its head."""
    divergences = extended(located_heads(workspace, seen), now.lines)
    return [
        IntegrityProblem(workspace.log.place(slug, each.line), each.message) for slug, each in divergences.items()
    ]


def _check_announced(workspace: Workspace, against: Heads, names: Mapping[str, str]) -> list[IntegrityProblem]:
    """A problem for each rewrite that the heads ``against`` announce and ``feeds/`` no longer announces."""
    path = os.path.join(workspace.feeds, checkpoints.FILE)
    if not os.path.lexists(path):
        return []
    with contextlib.suppress(BadInput, InTheWay, OSError):  # check_published reports a broken file
        announced = {each.under(names) for each in seen_heads(workspace).rewrites}
        return [
            IntegrityProblem(
                os.path.relpath(path), f"the rewrite of {each.at} ({each.reason}) is not announced any more"
            )
            for each in against.rewrites
            if each.under(names) not in announced
        ]
    return []


def _check_names(workspace: Workspace, names: Mapping[str, str]) -> list[IntegrityProblem]:
    """A remark for each story that was published under another name."""
    return [
        IntegrityProblem(
            workspace.log.place(name, 1), f"was published as {slug}; the text that had its name is removed"
        )
        for slug, name in names.items()
    ]


def _check_strays(workspace: Workspace) -> list[IntegrityProblem]:
    """A remark for each file that looks like a story and has a name that no story can have."""
    return [
        IntegrityProblem(
            path if path.isprintable() else repr(path)[1:-1],
            "is no story: a story is named with small letters, digits and single hyphens",
        )
        for path in workspace.log.strays()
    ]


def check_published(workspace: Workspace) -> list[IntegrityProblem]:
    """A problem for each story that does not extend its head in ``feeds/``, or for a ``heads.json`` that cannot be
    read."""
    try:
        seen = seen_heads(workspace)
        found = _check_against(workspace, seen, stories_now(workspace.log, seen))
        return [each._replace(remedy=remedies(workspace)) for each in found]
    except BadInput as error:
        place, _, message = str(error).partition(": ")
        return [IntegrityProblem(place, message, MEND_HEADS)]
    except (InTheWay, OSError) as error:
        return [_unreadable(error)]


def _unreadable(error: InTheWay | OSError) -> IntegrityProblem:
    """The problem with a published file that cannot be read."""
    if isinstance(error, InTheWay):
        return IntegrityProblem(error.place, error.what, error.remedy)
    return IntegrityProblem(
        str(error.filename), error.strerror or str(error), "Make it readable, and verify again"
    )


def _check_feeds(
    workspace: Workspace,
    last: Mapping[str, tuple[int, bytes]],
    remarks: list[IntegrityProblem],
    progress: Progress,
) -> list[IntegrityProblem]:
    """A problem for each published file that the log does not publish as it is. If ``feeds/`` only lacks the
    newest events, it gets a remark."""
    if not os.path.isdir(workspace.feeds):
        return []
    found = list(_differing(workspace, seen_heads(workspace), progress))
    if found:  # another process may be publishing: wait for it and look again
        with alone(workspace.scratch):
            found = list(_differing(workspace, seen_heads(workspace)))
            if found:
                state.forget(workspace.scratch)
    with Below(workspace.feeds) as published:
        problems = list(dict.fromkeys(_difference(published, path) for path in found))
    if not problems and (behind := unpublished(workspace, last)):
        events = f"{behind} event{'s' if behind > 1 else ''}"
        message = f"is {events} behind the log; tracker publish catches up"
        remarks.append(IntegrityProblem(os.path.relpath(workspace.feeds), message))
    return problems


def _difference(published: Below, path: str) -> IntegrityProblem:
    """The problem with a file that is not what the log publishes."""
    try:
        published.load(path)
    except (InTheWay, OSError) as error:
        return _unreadable(error)
    place = published.place_of(path)
    if path == HEADERS and not has_own_headers(published):
        return IntegrityProblem(place, "was not written by tracker. Remove it, or headers = true in tracker.toml")
    return IntegrityProblem(place, "is not what the log publishes. tracker publish makes it again")


def _differing(workspace: Workspace, seen: Heads, progress: Progress = lambda slug: None) -> Iterator[str]:
    """The paths of the files that differ from a publication of the log up to the heads ``seen``, or are not part
    of one. All cores make the files of single stories, while this process makes the others."""
    rendered, differing = set[str](), list[str]()
    upto = {slug: each.seq for slug, each in seen.stories.items()}
    with (
        closing(PublicationState()) as temporary,
        closing(PublicationState()) as of_a_story,  # in memory: each process that is forked has its own
        Below(workspace.feeds) as published,
    ):
        put_links(workspace, of_a_story, seen, upto)
        compared = partial(_compared, workspace, published, of_a_story, seen, upto)
        of_stories = cores.each(compared, sorted(upto))

        def take(number: int | None) -> None:
            for paths, other in islice(of_stories, number):
                rendered.update(paths)
                differing.extend(other)

        def step(slug: str) -> None:
            take(1)  # so that the other cores can go on
            progress(slug)

        for file in all_files(workspace, temporary, seen, upto=upto, progress=step, own=False):
            rendered.add(file.path)
            if not published.reads(file.path, file.content) and not is_desks(published, file.path):
                yield file.path
        take(None)
        yield from differing
        yield from (path for path in published_paths(published) if path not in rendered)


def _compared(
    workspace: Workspace,
    published: Below,
    state: PublicationState,
    seen: Heads,
    upto: Mapping[str, int],
    slug: str,
) -> tuple[list[str], list[str]]:
    """The paths of the files of a single story, and of those that differ from what is published."""
    with state.undone():
        files = story_files(workspace, state, seen, slug, upto)
        same = {file.path: published.reads(file.path, file.content) for file in files}
    return list(same), [path for path, is_same in same.items() if not is_same]


def unpublished(workspace: Workspace, last: Mapping[str, tuple[int, bytes]]) -> int:
    """The number of events in the log of ``Checked.last`` that are not published yet. Raises BadInput where
    ``heads.json`` is broken."""
    published = {slug: each.seq for slug, each in seen_heads(workspace).stories.items()}
    return sum(max(0, number - published.get(slug, 0)) for slug, (number, _) in last.items())


def _check_projection(
    workspace: Workspace, remarks: list[IntegrityProblem], progress: Progress
) -> list[IntegrityProblem]:
    """A problem for each table of the read model that, after catching up, differs from a rebuild."""
    path = workspace.database_path
    if not os.path.exists(path):
        return []
    name = os.path.relpath(path)
    if not projection.is_writable(path):
        remarks.append(IntegrityProblem(name, "cannot be written, and was not compared with a rebuild"))
        return []
    try:
        with projection.open_database(path, workspace.tell or (lambda sentence: None)) as database:
            projection.catch_up(database, workspace.log)
        if projection.is_rebuilt(path, workspace.log, progress):
            return []
        for _ in range(ATTEMPTS):
            versions = workspace.log.versions()
            had, has = _read_model(workspace), _rebuilt(workspace)
            if had == has or versions == workspace.log.versions():  # else another process has appended
                break
    except DatabaseError as error:
        return [IntegrityProblem(name, f"{error}. {_REMEDY}")]
    return [
        IntegrityProblem(f"{name}:{table}", f"{_first_difference(had[table], has[table])}. {_REMEDY}")
        for table in has
        if had[table] != has[table]
    ]


_REBUILD = "tracker rebuild"
_REMEDY = f"Make it again with {_REBUILD}"


def _read_model(workspace: Workspace) -> dict[str, list[tables.Row]]:
    """The dump of the read model, after catching up."""
    with projection.open_database(workspace.database_path, workspace.tell or (lambda sentence: None)) as database:
        projection.catch_up(database, workspace.log)
        return tables.dump(database)


def _rebuilt(workspace: Workspace) -> dict[str, list[tables.Row]]:
    """The dump of a rebuild."""
    with tables.in_memory() as database:
        projection.load(database, workspace.log)
        return tables.dump(database)


def _first_difference(had: list[tables.Row], has: list[tables.Row]) -> str:
    """A message on the first row in which a table differs from its rebuild."""
    extra, missing = _first_not_in(had, has), _first_not_in(has, had)
    if extra:
        return f"has a row that the log does not make: {extra}"
    return f"lacks a row that the log makes: {missing}" if missing else "has a row twice"


def _first_not_in(rows: list[tables.Row], others: list[tables.Row]) -> tables.Row | None:
    known = set(others)
    return next((row for row in rows if row not in known), None)
