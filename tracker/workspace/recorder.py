"""Record drafts into one story: decide them on the story as it stands, and append them, all or none.

::

    stream ─▶ decide each draft ─▶ append after the head of the stream ─▶ recorded
       ▲                                          │
       └──────────── Conflict: another process appended first

If an append ends without a certain answer (``Unsure``), the recorder keeps the ids of the drafts. When the editor
gives the same command again, the drafts get the same ids, and the log does not record them twice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct, structs

from tracker.domain import lines
from tracker.domain.advice import Adviser, wrong_clock
from tracker.domain.amend import without_body
from tracker.domain.chain import AMENDS
from tracker.domain.decide import check_alone, check_sourced, decide
from tracker.domain.directory import Directory
from tracker.domain.events import Event, Opened, files_of
from tracker.domain.fold import Replay, Step
from tracker.domain.glossary import Glossary
from tracker.domain.story import Change
from tracker.errors import BadDate, BadInput, Busy, Conflict, LogFailed, TrackerError, Unknown, Unsure, together
from tracker.log import clock as clocks
from tracker.log.base import NOTHING, EventLog, Head
from tracker.log.clock import Clock
from tracker.log.files import FileLog
from tracker.text.dates import Occurred, Recorded, Span, edge, to_datetime
from tracker.text.names import Reference, check_slug
from tracker.workspace.config import Config
from tracker.workspace.links import with_ids

if TYPE_CHECKING:
    from tracker.workspace.pending import Unsettled

PATIENCE = 10.0
"""Seconds for which the recorder retries, at least, while other processes append first."""

ATTEMPTS = 100
"""The number of attempts that it makes, at least."""

AN_HOUR = 3_600
"""Seconds by which the story's file may be newer than the clock without advice."""

UNSETTLED = "unsettled.json"
"""The file in ``.tracker`` with the ids of appends without a certain answer: see ``pending.py``."""


def refusal_of(
    values: Mapping[str, Any], glossary: Glossary, directory: Directory, now: Recorded, place: str
) -> BadInput | None:
    """The refusal of a draft that no story could take, with its place; None if there is no reason to refuse it."""
    try:
        check_alone(values, glossary, directory)
    except (BadInput, Unknown) as error:
        return BadInput(f"{place}: {_with_edtf(error, values, now)}")
    return None


def _with_edtf(error: TrackerError, values: Mapping[str, Any], now: Recorded) -> TrackerError:
    """Returns the refusal of a date in words with the date that they mean; any other as it is."""
    if not isinstance(error, BadDate):
        return error
    from tracker.domain import drafts
    from tracker.text.date_context import Reference

    cited = values.get("sources") if error.field == "occurred" else ()
    try:
        published = [Occurred(each.get("published", "")) for each in cited or ()]
        references = drafts.references_of(published, Reference(Span(edge(now), edge(now))))
        meant = drafts.date(error.text, error.field, references).occurred
    except BadDate as refused:  # its remedy is made from the words, unless it shows examples
        return refused if re.search("write [0-9.]{4}", str(refused)) else error
    except (BadInput, AttributeError, TypeError):
        return error
    return BadDate(error.text, f"a date is EDTF here; write {meant}", field=error.field)


class RecordResult(Struct, frozen=True):
    """A recorded event: its name, the event itself, what it changed, and what an editor might look at again."""

    reference: Reference
    event: Event
    changes: tuple[Change, ...]
    advice: tuple[str, ...] = ()


class Desk(Protocol):
    """The parts of a workspace that a recorder uses."""

    config: Config
    log: EventLog
    clock: Clock
    scratch: str
    pictures: dict[str, bytes]

    @property
    def directory(self) -> Directory: ...


class Recorder:
    """Drafts for one story of a desk. ``place`` names the draft of a number (from 1) in refusals. ``progress`` is
    called after each draft that is decided. Redactions are refused unless ``removes`` is true. ``after`` is the
    head of the story that the drafts are for, or None for any."""

    def __init__(
        self,
        desk: Desk,
        slug: str,
        drafts: Sequence[Mapping[str, Any]],
        *,
        place: Callable[[int], str],
        progress: Callable[[], None],
        removes: bool,
        after: Head | None = None,
    ) -> None:
        self.desk = desk
        self.slug = slug
        self.drafts = drafts
        self.place = place
        self.progress = progress
        self.removes = removes
        self.after = after

    def preview(self) -> list[RecordResult]:
        """Decide the drafts and return what would be recorded. Nothing is written."""
        results, _ = self._decided(self._stream(), self._new_ids())
        return results

    def record(self) -> list[RecordResult]:
        """Decide and append the drafts, and return what is recorded.

        Raises BadInput where a draft is refused, Unknown where there is no such story, Conflict where other
        processes kept appending first, and what ``EventLog.append`` raises.
        """
        known = self._known_ids()
        ids = known or self._new_ids()
        deadline = monotonic() + PATIENCE
        for attempt in count(1):
            stream = self._stream(known)
            results = self._recorded_before(stream, known) if known else []
            if not results:
                decided, head = self._decided(stream, ids)
                try:
                    drafts = [each.event for each in decided]
                    events = self.desk.log.append(self.slug, drafts, head, self._pictures(drafts))
                except Conflict:
                    if attempt >= ATTEMPTS and monotonic() >= deadline:
                        break
                    continue
                except (Busy, LogFailed) as error:
                    if known or isinstance(error, Unsure):
                        raise self._unsure(error, ids) from None
                    raise
                results = [structs.replace(each, event=event) for each, event in zip(decided, events, strict=True)]
            if known:
                self._unsettled().settle(self.slug, self.drafts, self.desk.clock())
            return results
        raise Conflict(f"other processes kept appending to {self.slug}; nothing was recorded. Try again")

    def _stream(self, known: Collection[str] = ()) -> list[Event]:
        """The events of the story; none for a story that the first draft opens. They have no body, except for
        those that a draft amends and those with a ``known`` id."""
        whole = {str(draft[field]) for draft in self.drafts for field in AMENDS.values() if field in draft}
        whole.update(known)
        try:
            return [
                event if whole and not whole.isdisjoint(_names(self.slug, seq, event)) else without_body(event)
                for seq, event in enumerate(self.desk.log.read(self.slug), 1)
            ]
        except Unknown as error:
            if self.drafts and self.drafts[0].get("type") == Opened.__struct_config__.tag:
                return []
            raise error.with_remedy(f"To begin a new one: tracker open {self.slug} TITLE") from None

    def _new_ids(self) -> list[str]:
        return [clocks.new_id(self.desk.clock()) for _ in self.drafts]

    def _decided(self, stream: Sequence[Event], ids: Sequence[str]) -> tuple[list[RecordResult], Head]:
        """The drafts as they would be recorded after the stream, and the head of the stream."""
        replayed = Replay(check_slug(self.slug), stream)
        head = Head(len(stream), stream[-1].hash) if stream else NOTHING
        if self.after not in (None, head):
            raise Conflict(f"another process appended to {self.slug}; nothing was recorded. Try again")
        adviser = Adviser(self.slug, replayed.developments, self.desk.directory)
        results: list[RecordResult] = []
        for number, (values, id) in enumerate(zip(self.drafts, ids, strict=True), 1):
            try:
                step = self._step(replayed, values, id, self.place(number))
            except BadInput as error:
                raise together([error, *self._other_refusals(number)]) from None
            seq, event = step.development.seq, step.development.original
            advice = (*(self._behind_the_file() if number == 1 else ()), *adviser.on(event, step.story))
            results.append(RecordResult(Reference(self.slug, seq), event, step.changes, advice))
            adviser.take(seq, event)
            self.progress()
        return results, head

    def _pictures(self, drafts: Sequence[Event]) -> dict[str, bytes]:
        """The files to store with the drafts, by name. Others that they name are in the log already."""
        given = self.desk.pictures
        return {name: given[name] for draft in drafts for name in files_of(draft) if name in given}

    def _behind_the_file(self) -> list[str]:
        """Advice on a clock that says a time before the story's file was changed."""
        if self.desk.clock is not clocks.now or not isinstance(self.desk.log, FileLog):
            return []  # only the computer's clock can be compared with the times of its files
        now = self.desk.clock()
        try:
            changed = os.stat(self.desk.log.path(self.slug)).st_mtime
        except OSError:
            return []
        if changed - to_datetime(now).timestamp() <= AN_HOUR:
            return []
        return [wrong_clock(now, "the file of the story was changed later than that")]

    def _other_refusals(self, after: int) -> Iterator[BadInput]:
        """The refusals of the drafts after this number, as far as they do not depend on the refused one."""
        for number, values in enumerate(self.drafts[after:], after + 1):
            now, log = self.desk.clock(), self.desk.log
            if error := refusal_of(values, log.glossary, self.desk.directory, now, self.place(number)):
                yield error

    def _step(self, replayed: Replay, values: Mapping[str, Any], id: str, place: str) -> Step:
        """Decide a draft and apply it to the replayed story. A refusal (BadInput) names the draft's place."""
        now = self.desk.clock()
        try:
            if values.get("type") == "redaction" and not self.removes:
                raise BadInput("a text is removed by tracker redact STORY#N, and by nothing else", field="type")
            values = with_ids(self.desk.log, self.slug, values)
            decided = decide(replayed.story, values, now, self.desk.log.glossary, self.desk.directory)
            if self.desk.config.require_source:
                check_sourced(decided)
            draft = structs.replace(decided, id=id, recorded=now)
            lines.check_length(draft)
            self.desk.log.check_pictures(draft, self.desk.pictures)
        except BadInput as error:
            raise (BadInput(f"{place}: {_with_edtf(error, values, now)}") if place else error) from None
        except Unknown as error:
            raise (BadInput(f"{place}: {error}") if place else error) from None
        return replayed.step(draft)

    # An earlier attempt without a certain answer, which is rare.

    def _known_ids(self) -> list[str]:
        """The ids that the drafts had in such an attempt; none where there was none."""
        if not os.path.exists(os.path.join(self.desk.scratch, UNSETTLED)):
            return []
        return self._unsettled().ids(self.slug, self.drafts, self.desk.clock())

    def _recorded_before(self, stream: Sequence[Event], ids: Sequence[str]) -> list[RecordResult]:
        """The events of the attempt with these ids; none where it recorded nothing. Appending them again changes
        nothing, and makes sure that they are durable."""
        start = next((index for index, event in enumerate(stream) if event.id == ids[0]), None)
        if start is None:
            return []
        events = self.desk.log.append(self.slug, stream[start : start + len(ids)])
        replayed = Replay(self.slug, stream[:start])
        return [
            RecordResult(Reference(self.slug, step.development.seq), step.development.original, step.changes)
            for step in map(replayed.step, events)
        ]

    def _unsure(self, error: TrackerError, ids: list[str]) -> Unsure:
        """Keep the ids of the drafts, and return the error with the editor's next step. If this attempt failed
        for certain, an earlier one may still be recorded."""
        if not isinstance(error, Unsure):
            error = Unsure(
                f"{self.desk.log.name(self.slug)}: recorded: unknown, from an earlier attempt ({error})"
            )
        if self._unsettled().keep(self.slug, self.drafts, ids, self.desk.clock()):
            return Unsure(f"{error}. Run the same command again: it will not be recorded twice")
        return Unsure(f"{error}. Look at tracker timeline {self.slug} before you record it again")

    def _unsettled(self) -> Unsettled:
        from tracker.workspace.pending import Unsettled  # seldom needed

        return Unsettled(os.path.join(self.desk.scratch, UNSETTLED))


def _names(slug: str, seq: int, event: Event) -> tuple[str, ...]:
    """The ways in which a draft may name an event of its story."""
    return event.id, str(seq), f"#{seq}", f"{slug}#{seq}"
