"""A forged log: a reader who kept a ``heads.json`` notices the forgery, or sees the removals."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from unittest import mock

import msgspec
import psycopg

from tests.lines import outsider
from tests.servers import Server, a_server
from tests.torture import desks
from tests.torture.children import Child
from tests.torture.failover import a_desk
from tests.torture.faults import command
from tests.torture.forging import (
    AUTHORITY,
    COPY,
    OTHER,
    STORY,
    Attack,
    Published,
    a_redaction,
    an_update,
    appended,
    attacks,
)
from tests.torture.rewriting import publishing_whatever_is_whole
from tests.torture.scenario import Found, Scenario, Trying, case
from tracker.domain import chain, integrity
from tracker.domain.amend import REDACTED
from tracker.domain.events import Event, Redacted
from tracker.domain.integrity import IntegrityProblem
from tracker.errors import BadInput, CorruptLog, Rewritten, TrackerError
from tracker.log import checkpoints
from tracker.log.base import NOTHING, EventLog
from tracker.log.checkpoints import Heads
from tracker.log.checkpoints import PublishedHead as Head
from tracker.log.files import FileLog
from tracker.maintenance import verify as verifying
from tracker.publishing import publisher as publishing
from tracker.publishing import rewrites
from tracker.workspace.desk import Workspace

NOTHING_KEPT = (b"{}", b'{"format":"tracker/2","stories":{},"rewrites":[]}')
"""Empty contents with which a forger may replace a kept ``heads.json``."""


def a_published_log(desk: Workspace, count: int) -> Published:
    """Records and publishes two stories, and returns their lines. Of the ``count`` events of the first, every
    tenth has lost its text and every tenth is to lose it."""
    redaction = {"type": "redaction", "reason": "court-order", "authority": "a court"}
    source = {"url": "https://a.example/1", "publisher": "A", "quote": "they pay"}
    drafts: list[dict[str, object]] = [{"type": "opened", "title": "A story"}]
    for number in range(2, count + 1):
        kinds: dict[int, dict[str, object]] = {
            2: {"type": "report", "title": "They pay", "sources": [source], "parties": ["ByteDance"]},
            3: {"type": "update", "title": f"A secret, the {number}th", "minor": True},
            4: {"type": "statement", "title": f"Said, the {number}th", "speaker": "A", "quote": "we comply"},
            5: {"type": "correction", "corrects": f"#{number - 3}", "changes": {"title": "No"}, "why": "misread"},
            6: {**redaction, "redacts": f"#{number - 3}"},
            7: {**redaction, "redacts": f"#{number - 3}"},
        }
        drafts.append(kinds.get(number % 10, {"type": "update", "title": f"Nº {number}"}))
    with mock.patch.object(FileLog, "_remove_texts"):
        desk.record(STORY, drafts, removes=True)
    desk.record(OTHER, [{"type": "opened", "title": "Another"}, *[{"type": "update", "title": "More"}] * 2])
    full = desk.log.lines(STORY)
    finished = [chain.id_of(line) for number, line in enumerate(full, 1) if number % 10 == 3]
    lines = chain.without_texts(full, finished)
    write(desk, {STORY: lines, OTHER: desk.log.lines(OTHER)})
    desks.published(desk)
    return Published(lines, full, desk.log.lines(OTHER))


def write(desk: Workspace, streams: Mapping[str, Sequence[bytes]]) -> None:
    """Makes these streams the log."""
    for slug, lines in streams.items():
        with open(desk.log.path(slug), "wb") as file:
            file.writelines(lines)
    for slug in {STORY, OTHER, COPY} - streams.keys():
        with contextlib.suppress(FileNotFoundError):
            os.remove(desk.log.path(slug))


def forged_logs(folder: str, quick: bool) -> Trying:
    """Tries every attack on every line of a log of 200 events. ``verify --against`` and the independent verifier
    have to notice each, or the story has to show the removal. Reading writes nothing. Published files stay."""
    desk = desks.new_desk(folder)
    log = a_published_log(desk, 20 if quick else 200)
    reader = desks.new_desk(folder, "reader")
    heads = without_checkpoints(rewrites.seen_heads(desk))
    kept = os.path.join(folder, "heads.json")
    with open(kept, "wb") as file:
        file.write(msgspec.json.encode(heads))
    write(reader, {STORY: log.lines, OTHER: log.other})
    yield case(map(str, verifying.verify(reader, heads).problems))
    yield from nothing_to_compare(reader, kept)
    publisher = Publisher(desk)
    for number in range(1, len(log.lines) + 1)[:: 6 if quick else 1]:
        for attack in attacks(log, number):
            write(reader, attack.streams)
            yield case(f"{attack.what}: {fault}" for fault in faults(reader, attack, heads))
        if number in ((7,) if quick else (1, 103, 104, 106)):
            for attack in list(attacks(log, number))[:: 7 if quick else 1]:
                yield case(f"{attack.what}: {fault}" for fault in publisher.faults(attack, log))
    for attack in list(attacks(log, 2))[:: 20 if quick else 1]:
        write(reader, attack.streams)
        yield case(f"{attack.what}: {fault}" for fault in command_faults(reader, attack, kept))


def without_checkpoints(heads: Heads) -> Heads:
    """Returns heads with only the last number and hash of each story, which cover all lines before."""
    stories = {
        slug: Head(stream=each.stream, seq=each.seq, hash=each.hash) for slug, each in heads.stories.items()
    }
    return Heads(stories=stories)


def nothing_to_compare(reader: Workspace, kept: str) -> Iterator[Found]:
    """Tries an emptied ``heads.json``, while the log is intact."""
    for data in NOTHING_KEPT:
        problems: list[object] = []
        try:
            problems += verifying.verify(reader, checkpoints.read(data, kept)).problems
        except BadInput as error:
            problems.append(error)
        yield case([] if problems else [f"verify --against accepts {data!r}"])


# The same in tables.


def forged_tables(folder: str, quick: bool) -> Trying:
    """Tries the attacks on every tenth line of a log in PostgreSQL, as its owner, who can switch off the triggers.
    The table itself refuses an attack that repeats an id; ``verify --against`` has to notice all others."""
    desk = desks.new_desk(folder)
    log = a_published_log(desk, 20 if quick else 200)
    heads = without_checkpoints(rewrites.seen_heads(desk))
    with a_server() as server:
        url = server.log()
        owner = desks.at(a_desk(folder, "owner", url))
        for slug, lines in ((STORY, log.lines), (OTHER, log.other)):
            owner.log.put(slug, lines, NOTHING)
        yield case(map(str, verifying.verify(owner, heads).problems))
        yield from an_editors_tries(server, url, log)
        with psycopg.connect(url, autocommit=True) as connection:
            for number in range(3, len(log.lines) + 1)[:: 11 if quick else 10]:
                for attack in list(attacks(log, number))[:: 5 if quick else 1]:
                    if load(connection, attack.streams):
                        yield case(f"{attack.what}: {fault}" for fault in faults(owner, attack, heads))
                    else:
                        yield case([f"{attack.what}: the table refuses a removal"] if attack.visible else [])


def an_editors_tries(server: Server, url: str, log: Published) -> Iterator[Found]:
    """Tries to insert lines as an editor. The table has to refuse a redaction of any line, a shell, and a line
    that is dated before the last or ahead. It has to accept the last try, an update."""
    server.run(
        url,
        "CREATE ROLE editor LOGIN",
        "GRANT USAGE ON SCHEMA tracker TO editor",
        "GRANT SELECT ON ALL TABLES IN SCHEMA tracker TO editor",
        "GRANT INSERT ON tracker.events TO editor",
    )
    update = an_update(log.lines)
    recorded = chain.split(log.lines[-1]).recorded.encode()
    stems = [a_redaction(log.lines, chain.id_of(line)) for line in log.lines]
    stems.append(update[: update.index(b'"title"')] + b'"removed":"%064x"' % 5)
    stems += [update.replace(recorded, year + recorded[4:]) for year in (b"2001", b"2099")]
    with psycopg.connect(url.replace("postgres@", "editor@"), autocommit=True) as editor:
        for number, stem in enumerate((*stems, update), 1):
            line = appended(log.lines, stem)[-1]
            row = (STORY, len(log.lines) + 1, chain.id_of(line), line)
            try:
                editor.execute("INSERT INTO tracker.events VALUES (%s, %s, %s, %s)", row)
                is_taken = True
            except psycopg.Error:
                is_taken = False
            yield case([] if is_taken == (stem == update) else [f"an editor's try {number}: {stem[:120]!r}"])


def load(connection: psycopg.Connection[Any], streams: Mapping[str, Sequence[bytes]]) -> bool:
    """Replaces the rows of the table by these streams, without triggers. Returns whether the table accepts
    them."""
    try:
        with connection.transaction():
            connection.execute("ALTER TABLE tracker.events DISABLE TRIGGER USER")
            connection.execute("DELETE FROM tracker.events")
            with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                for slug, lines in streams.items():
                    for seq, line in enumerate(lines, 1):
                        copy.write_row((slug, seq, chain.id_of(line), line))
            connection.execute("ALTER TABLE tracker.events ENABLE TRIGGER USER")
    except psycopg.Error:
        return False
    return True


_COPY = "COPY tracker.events (story, seq, id, line) FROM STDIN"


# Faults that a reader notices.


def faults(reader: Workspace, attack: Attack, heads: Heads) -> Iterator[str]:
    """Yields what a reader who kept the heads should notice and does not, and what is wrong with reading."""
    log, before = reader.log, contents(reader)
    said = [*verifying.verify(reader, heads).problems]
    if attack.visible:
        yield from (f"verify --against says {problem}" for problem in said)
        yield from unseen(reader, attack)
    elif not said:
        yield "verify --against notices nothing"
    for slug in log.streams():
        with contextlib.suppress(TrackerError):
            reader.story(slug)
    if contents(reader) != before:
        yield "reading has written"
    if bool(outside_faults(attack, heads)) != bool(said):
        yield f"examples/verify.py does not say what verify says: {[*map(str, said[:1])]}"


def contents(reader: Workspace) -> dict[str, bytes]:
    """Returns the bytes of every stream."""
    return {slug: b"".join([*lines, rest]) for slug, lines, rest in _read(reader)}


def _read(reader: Workspace) -> Iterator[tuple[str, list[bytes], bytes]]:
    for slug in reader.log.streams():
        yield slug, *reader.log.lines_and_rest(slug)


def outside_faults(attack: Attack, heads: Heads) -> Sequence[object]:
    """Returns the faults that the independent verifier finds in the streams."""
    streams = {slug: b"".join(lines) for slug, lines in attack.streams.items()}
    try:
        return outsider().check(streams, json.loads(msgspec.json.encode(heads)))[0]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        return [error]


def unseen(reader: Workspace, attack: Attack) -> Iterator[str]:
    """Yields what a view should show of a removal and does not."""
    slug = next(iter(attack.streams))
    development = reader.story(slug).developments[attack.visible - 1]
    line = attack.streams[slug][attack.visible - 1]
    if development.standing != REDACTED or not isinstance(development.original, Redacted):
        yield "the event is not shown as removed"
    if not any(AUTHORITY in each.why or "a court" in each.why for each in development.amendments):
        yield "the authority of the removal is not shown"
    if development.original.hash != chain.hash_of(line).hex():
        yield "the removed event is shown with another hash"
    text = chain.split(line).middle
    if not chain.is_shell(line) and text in b"".join(chain.executed(reader.log.lines(slug))):
        yield "an export of the log has the text"


class Publisher:
    """The desk that has published the log. Each publication starts from the same ``feeds/`` and state."""

    def __init__(self, desk: Workspace) -> None:
        self.desk = desk
        self.left = f"{desk.root}.left"
        self.before = desks.site(desk)
        for name in ("feeds", ".tracker"):
            shutil.copytree(os.path.join(desk.root, name), os.path.join(self.left, name))

    def faults(self, attack: Attack, log: Published) -> Iterator[str]:
        """Yields what is wrong with publishing a forged log: a change of published files, other than a visible
        removal. If the log still has all published lines, the publication may add more. If a forged redaction
        names a published text, the publication may end the story before it, and change nothing else of it.
        """
        story = attack.streams.get(STORY, ())
        continues = [*map(chain.hash_of, story[: len(log.lines)])] == [*map(chain.hash_of, log.lines)]
        for anew in (False, True):
            self._restore()
            write(self.desk, attack.streams)
            told = self._published(anew=anew)
            after = desks.site(self.desk)
            if attack.visible:
                yield from told
                slug = next(iter(attack.streams))
                if (
                    AUTHORITY.encode() not in after[f"stories/{slug}/events.jsonl"]
                    and "put back" not in attack.what
                ):
                    yield "the removal is not published"
                continue
            was, now = (json.loads(each["heads.json"])["stories"].get(STORY) for each in (self.before, after))
            if now != was and not continues:
                yield f"publish{' --anew' * anew} has changed what heads.json says of the story"
            of_the_story = [path for path in self.before if path.startswith(f"stories/{STORY}/")]
            changed = [path for path in of_the_story if after.get(path) != self.before[path]]
            cut = self._names_a_text(story) and self._is_cut(after)
            if changed and now == was and not cut:
                yield f"publish{' --anew' * anew} has changed {changed[0]}"

    def _names_a_text(self, story: Sequence[bytes]) -> bool:
        """Returns whether a redaction in a forged story names an event whose text is published."""
        lines = self.before[f"stories/{STORY}/events.jsonl"].splitlines(keepends=True)
        return (
            not chain.removals(story)
            .keys()
            .isdisjoint(chain.id_of(line) for line in lines if not chain.is_shell(line))
        )

    def _is_cut(self, after: Mapping[str, bytes]) -> bool:
        """Returns whether the published log is a prefix of the one before."""
        log = f"stories/{STORY}/events.jsonl"
        hashes = [
            [*map(chain.hash_of, each.get(log, b"").splitlines(keepends=True))] for each in (self.before, after)
        ]
        return hashes[0][: len(hashes[1])] == hashes[1]

    def _restore(self) -> None:
        for name in ("feeds", ".tracker"):
            shutil.rmtree(os.path.join(self.desk.root, name))
            shutil.copytree(os.path.join(self.left, name), os.path.join(self.desk.root, name))

    def _published(self, *, anew: bool) -> list[str]:
        try:
            return [str(error) for error in publishing.publish(self.desk, anew=anew).errors]
        except (Rewritten, CorruptLog) as error:
            return [str(error)]


def command_faults(reader: Workspace, attack: Attack, kept: str) -> Iterator[str]:
    """Yields wrong exit statuses of ``verify --against``, and faults of commands that read."""
    before = contents(reader)
    wanted = 0 if attack.visible else 1
    with Child(command(reader.root, "verify", "--against", kept)) as child:
        if (ended := child.wait()).code != wanted:
            yield f"tracker verify --against ends with {ended.code}: {ended.lines[-1:]}"
    for args in (("show", STORY), ("timeline", STORY), ("stories",)):
        with Child(command(reader.root, *args)) as child:
            if "Traceback" in "".join((ended := child.wait()).lines) or ended.code not in (0, 1, 2):
                yield f"tracker {args[0]} ends with {ended.code}: {ended.lines[-1:]}"
    if contents(reader) != before:
        yield "reading has written"


# Trackers that are broken on purpose.


def _not_looking_at_known_heads() -> mock._patch[Any]:
    """A verify that ignores the kept heads."""
    return mock.patch.object(verifying, "_check_against", return_value=[])


@contextlib.contextmanager
def _believing_shells() -> Iterator[None]:
    """A chain that trusts the hash at the end of a shell, as format 1 did."""
    following = chain._following

    def believing(previous: bytes, line: bytes, parts: chain.LineParts) -> bytes:
        return chain.hash_of(line) if parts.is_shell else following(previous, line, parts)

    with mock.patch.object(chain, "_following", believing):
        yield


@contextlib.contextmanager
def _asking_for_no_redaction() -> Iterator[None]:
    """A check that accepts a shell without a redaction."""
    everything = mock.MagicMock()
    everything.get.return_value = 10**9
    with mock.patch.object(chain, "removals", return_value=everything):
        yield


@contextlib.contextmanager
def _believing_what_redactions_say() -> Iterator[None]:
    """A check that lets the text of a redaction name further removed lines, as format 1 did."""
    removals, decode = chain.removals, integrity.event_lines.decode_strictly

    def believing(lines: Sequence[bytes]) -> dict[str, int]:
        told = {
            each.decode(): number
            for number, line in enumerate(lines, 1)
            if chain.is_redaction(line)
            for each in _ids_in(line)
        }
        return told | removals(lines)

    def lenient(line: bytes, *arguments: Any) -> Event:
        return decode(re.sub(rb'"removed":\[[^]]*\],', b"", line), *arguments)

    with (
        mock.patch.object(chain, "removals", believing),
        mock.patch.object(integrity.event_lines, "decode_strictly", lenient),
    ):
        yield


def _ids_in(line: bytes) -> Collection[bytes]:
    return re.findall(rb'"id":"(%b)"' % chain.UUID.encode(), line)[1:]


@contextlib.contextmanager
def _not_knowing_other_stories() -> Iterator[None]:
    """A verify that looks for repeated ids only within a story."""
    check_stream = integrity.check_stream

    def alone(slug: str, lines: Any, name: str, seen: dict[str, str], *more: Any) -> Iterator[IntegrityProblem]:
        return check_stream(slug, lines, name, {}, *more)

    with mock.patch.object(integrity, "check_stream", alone):
        yield


@contextlib.contextmanager
def _comparing_with_nothing() -> Iterator[None]:
    """A verify that accepts heads of no story."""
    verify = verifying.verify

    def content(workspace: Workspace, against: Heads | None = None) -> verifying.Verified:
        return verify(workspace, against if against and against.stories else None)

    with mock.patch.object(verifying, "verify", content):
        yield


@contextlib.contextmanager
def _carrying_out_what_it_finds() -> Iterator[None]:
    """A log that removes the text named by a redaction when it reads the redaction."""
    decoded = EventLog.decoded

    def removing(log: EventLog, slug: str, lines: Sequence[bytes], after: int = 0) -> Iterator[Event]:
        log.remove_texts(slug, set(chain.removals(lines)))
        return decoded(log, slug, lines, after)

    with mock.patch.object(EventLog, "decoded", removing):
        yield


def _showing_what_is_there() -> mock._patch[Any]:
    """A reader that shows a text until its bytes are gone."""
    return mock.patch.object(chain, "executed", list)


SCENARIOS = (
    Scenario(
        "forged",
        "a reader who kept a `heads.json` notices a log that a forger has written, or the log shows the removals",
        forged_logs,
        (
            _not_looking_at_known_heads,
            _believing_shells,
            _asking_for_no_redaction,
            _believing_what_redactions_say,
            _not_knowing_other_stories,
            _comparing_with_nothing,
            _carrying_out_what_it_finds,
            _showing_what_is_there,
            publishing_whatever_is_whole,
        ),
    ),
    Scenario(
        "forged-rows",
        "the same for a log in PostgreSQL whose owner has forged it with the triggers switched off",
        forged_tables,
        (_not_looking_at_known_heads, _carrying_out_what_it_finds),
    ),
)
