"""Import a file into a story of a workspace, list its imports, and undo one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from tracker.domain.amend import RETRACTED
from tracker.domain.events import Opened
from tracker.domain.fold import fold
from tracker.errors import BadInput, Conflict, Unknown, together
from tracker.importing import readers
from tracker.importing.dating import Dates
from tracker.importing.drafting import Drafted, Drafter
from tracker.importing.mapping import ImportMapping, read, with_zone
from tracker.importing.origins import Batch, batches, origin_of, undone
from tracker.importing.plan import Plan, plan
from tracker.importing.records import Document
from tracker.importing.templates import leaves
from tracker.log.base import NOTHING, Head
from tracker.text.date_context import Zones
from tracker.workspace.desk import Workspace
from tracker.workspace.recorder import RecordResult
from tracker.workspace.zones import find_zone, now_of

ATTEMPTS = 20
"""How often an import is planned again because another process appended to the story."""

Sign = Callable[[Mapping[str, Any]], dict[str, Any]]
"""A function that returns the values of a draft with the editor's name."""


class Refused(BadInput):
    """Records that are refused. ``refusals`` has all of them; the text has the first ones."""

    def __init__(self, refusals: Sequence[BadInput]) -> None:
        self.refusals = list(refusals)
        super().__init__(f"{together(self.refusals)}\nnothing was recorded")


class Outcome(Struct, frozen=True):
    """What an import did: its plan, what was recorded (or would be), and what it did not take: ``lost`` are
    sentences on values that no event has, ``skipped`` on records that were left out. ``records`` is the number of
    records in the file."""

    mapping: ImportMapping
    plan: Plan
    results: list[RecordResult]
    lost: list[str]
    skipped: list[str]
    records: int


def run(
    desk: Workspace,
    mapping: str,
    path: str,
    slug: str,
    *,
    sign: Sign,
    timezone: str = "",
    dry_run: bool = False,
    progress: Callable[[], None] = lambda: None,
) -> Outcome:
    """Imports a file, or with ``dry_run`` returns what an import would do.

    Raises BadInput for the mapping and the file, ``Refused`` where records are refused, Unknown where there is no
    such story, and what ``Workspace.record`` raises. Nothing is recorded then.
    """
    try:
        checked = with_zone(read(mapping, desk.log.glossary), timezone)
        _check_zone(checked)
        document = readers.read(checked.keys.format, path, checked.options)
        drafted = _drafted(desk, checked, path, document)
    except BadInput as error:
        raise Refused([error]) from None
    lost = [*document.lost, *unused(checked, document), *drafted.cut]
    for attempt in range(ATTEMPTS):
        made, head = _planned(desk, slug, checked, path, drafted)
        if refusals := [*drafted.refusals, *made.refusals]:
            raise Refused(refusals)
        drafts = [sign(each.values) for each in made.drafts]
        places = [f"{path}: {each.place}" for each in made.drafts]
        try:
            results = (
                desk.record(
                    slug,
                    drafts,
                    dry_run=dry_run,
                    place=lambda number: places[number - 1],  # noqa: B023  called at once
                    progress=progress,
                    after=head,
                )
                if drafts
                else []
            )
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        except BadInput as error:
            raise Refused([error]) from None
        return Outcome(checked, made, results, lost, drafted.skipped, len(document.records))
    raise AssertionError


def _check_zone(mapping: ImportMapping) -> None:
    if mapping.keys.timezone and find_zone(mapping.keys.timezone) is None:
        raise BadInput(f"{mapping.keys.timezone!r} is no time zone; write one like Europe/Paris", field="timezone")


def _drafted(desk: Workspace, mapping: ImportMapping, path: str, document: Document) -> Drafted:
    dates = Dates(Zones(mapping.keys.timezone, find_zone), mapping.keys.dates)
    drafter = Drafter(
        mapping, path, desk.log.glossary, desk.directory, dates, now_of(desk), dollar=desk.config.dollar
    )
    return drafter.drafted(document)


def _planned(desk: Workspace, slug: str, mapping: ImportMapping, path: str, drafted: Drafted) -> tuple[Plan, Head]:
    """Returns the plan for the story as it is, and the head of the story."""
    try:
        stream = list(desk.log.read(slug))
    except Unknown as error:
        raise error.with_remedy(f"To begin a new one: tracker open {slug} TITLE") from None
    head = Head(len(stream), stream[-1].hash) if stream else NOTHING
    return plan(fold(slug, stream), drafted.candidates, mapping, path, desk.directory), head


def unused(mapping: ImportMapping, document: Document) -> list[str]:
    """Returns sentences on the values of a file that the mapping does not use, by their names."""
    if mapping.keys.format == readers.OWN:
        return []  # it has columns for readers only
    used = mapping.names()
    counts: dict[str, int] = {}
    for record in document.records:
        for path in dict.fromkeys(each for each in leaves(record.values) if not each.startswith("_")):
            if not any(path == name or path.startswith(f"{name}.") for name in used):
                counts[path] = counts.get(path, 0) + 1
    return [f"{path}: is not imported (in {number} of {len(document.records)})" for path, number in counts.items()]


def imports(desk: Workspace) -> list[tuple[str, Batch]]:
    """Returns the imports of all stories, each with the story."""
    return [(slug, each) for slug in desk.log.streams() for each in batches(desk.story(slug).developments)]


def undo(desk: Workspace, name: str, *, sign: Sign, dry_run: bool = False) -> tuple[str, list[RecordResult]]:
    """Withdraws the events of an import quietly, all or none, and returns the story and the retractions. Events
    that were withdrawn before stay so. Raises Unknown, BadInput."""
    everything = imports(desk)
    found = [(slug, each) for slug, each in everything if each.name == name]
    if not found:
        raise Unknown(
            "import", name, [each.name for _, each in everything], "tracker import --batches lists them."
        )
    ((slug, _),) = found
    story = desk.story(slug)
    gone = undone(story.developments)
    drafts = []
    for each in reversed(story.developments):
        origin = origin_of(each.original)
        if not origin or origin.batch != name or each.id in gone or each.standing == RETRACTED:
            continue
        if each.type in ("retraction", "redaction") or isinstance(each.original, Opened):
            continue
        drafts.append(
            {
                "type": "retraction",
                "retracts": each.id,
                "why": f"the import {name} is undone",
                "quiet": True,
                "imported": {"importer": origin.importer, "key": origin.key, "batch": name},
            }
        )
    if not drafts:
        raise BadInput(f"the import {name} was undone already")
    return slug, desk.record(slug, [sign(each) for each in drafts], dry_run=dry_run)
