"""Record typed values as an event, and report the result. Options, prompts and forms all end here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from tracker.cli.terminal import mention, say, say_json, wrapped
from tracker.domain import drafts
from tracker.domain import values as event_values
from tracker.domain.amend import REDACTED, Development, remains, target_of
from tracker.domain.decide import refuse_out_of_turn
from tracker.domain.events import (
    NO_SOURCE,
    Event,
    Occurrence,
    Opened,
    Redaction,
    fields_of,
    lacks_source,
    type_of,
)
from tracker.domain.story import Story
from tracker.domain.wording import in_words as value_in_words
from tracker.errors import BadInput, TrackerError, Unknown
from tracker.text.dates import in_words
from tracker.text.names import Reference, check_slug
from tracker.workspace.desk import Workspace
from tracker.workspace.recorder import RecordResult
from tracker.workspace.zones import now_of

Values = dict[str, Any]


class How(Struct, frozen=True):
    """How to record an event: the editor, whether it is a dry run, whether the report is JSON, and whether an
    amendment is quiet."""

    editor: str | None = None
    dry_run: bool = False
    as_json: bool = False
    quiet: bool = False


def draft_of(desk: Workspace, name: str, typed: Mapping[str, Any]) -> Values:
    """Returns the values of a draft of this type, made from the typed values. Raises BadInput, Unknown."""
    cls = desk.log.glossary.of(name)
    if typed.get("image"):
        from tracker.workspace import pictures

        typed = {**typed, "image": pictures.of_draft(typed["image"], desk.pictures)}
    return {"type": name, **drafts.values(cls, typed, now_of(desk), desk.directory, desk.config.dollar)}


def correction_of(
    desk: Workspace,
    reference: Reference,
    target: Development,
    typed: Mapping[str, Any],
    why: str,
    *,
    quiet: bool = False,
) -> Values:
    """Returns the values of a correction of ``target`` to these typed values. Raises BadInput, Unknown."""
    changes = dict(typed)
    if changes.get("image"):
        from tracker.workspace import pictures

        now = getattr(target.event, "image", None)
        changes["image"] = pictures.of_correction(changes["image"], now, desk.pictures)
    if isinstance(target.event, Occurrence):
        changes = drafts.changes(target.event, changes, now_of(desk), desk.directory, desk.config.dollar)
    values = {"type": "correction", "corrects": str(reference), "changes": changes, "why": why}
    return values | ({"quiet": True} if quiet else {})


def retraction_of(reference: Reference, why: str, *, quiet: bool = False) -> Values:
    """Returns the values of a retraction."""
    values = {"type": "retraction", "retracts": str(reference), "why": why}
    return values | ({"quiet": True} if quiet else {})


def story_for(desk: Workspace, slug: str, cls: type[Event]) -> Story:
    """Returns the story to which an event of this type is to be appended. It runs before the editor fills in the
    event. Raises BadInput or Unknown if the story cannot take one."""
    try:
        story = desk.story(slug)
    except Unknown as error:
        if cls is not Opened:
            raise error.with_remedy(f"To begin a new one: tracker open {slug} TITLE") from None
        story = Story(check_slug(slug))
    refuse_out_of_turn(story, cls)
    return story


def correctable(reference: Reference, target: Development) -> Occurrence:
    """Returns the event that a correction would change. Raises BadInput if it cannot be corrected."""
    if isinstance(target.event, Occurrence):
        return target.event
    remedy = "its text is removed" if target.standing == REDACTED else "retract it and amend again"
    raise BadInput(f"{reference} ({target.type}) cannot be corrected; {remedy}")


def signed(values: Mapping[str, Any], desk: Workspace, editor: str | None) -> Values:
    """Returns the values with the editor's name and without empty values."""
    signature = editor or desk.config.author
    given = {"editor": signature, **values} if signature else values
    return {name: value for name, value in given.items() if value not in (None, "", (), [])}


def record(desk: Workspace, slug: str, values: Mapping[str, Any], how: How) -> None:
    """Records one event with these values and reports what it changed. A dry run only reports."""
    with desk.log.until_told():
        append(desk, slug, values, how)()


def record_removals(desk: Workspace, slug: str, removals: Sequence[Mapping[str, Any]], how: How) -> None:
    """Records these redactions, all or none, removes the texts and reports what each redaction changed. A dry run
    only reports; it also shows the feed entry of the first one."""
    with desk.log.until_told():
        drafts = [signed(values, desk, how.editor) for values in removals]
        (first, *others) = desk.record(slug, drafts, dry_run=how.dry_run, removes=True)
        _report_recorded(desk, first, removals[0], how)
        for recorded in others:
            report(recorded, dry_run=how.dry_run, title=False)


def append(desk: Workspace, slug: str, values: Mapping[str, Any], how: How) -> Callable[[], None]:
    """Records one event with these values (a dry run does not). Returns a function that reports it."""
    (recorded,) = desk.record(slug, [signed(values, desk, how.editor)], dry_run=how.dry_run)
    return partial(_report_recorded, desk, recorded, values, how)


def _report_recorded(desk: Workspace, recorded: RecordResult, values: Mapping[str, Any], how: How) -> None:
    """Reports the event. If standard output fails (a full disk), the error still says that the event is
    recorded."""
    try:
        _print_recorded(desk, recorded, values, how)
    except BrokenPipeError:
        raise
    except OSError as error:
        done = "nothing was recorded" if how.dry_run else f"{recorded.reference} is recorded"
        raise TrackerError(f"{done}; standard output: {error.strerror}") from None


def _print_recorded(desk: Workspace, recorded: RecordResult, values: Mapping[str, Any], how: How) -> None:
    if how.as_json:
        say_json(_shape(desk, recorded, how))
        return
    if how.dry_run:
        mention("nothing was recorded; a real run would record:")
    report(recorded, dry_run=how.dry_run, title=how.dry_run or not values.get("title"))
    if how.dry_run:
        tell_entry(desk, recorded)
    tell_advice(recorded)


def preview(desk: Workspace, slug: str, values: Mapping[str, Any], how: How) -> RecordResult:
    """Shows what recording the values would change. Records nothing. Raises BadInput, Unknown."""
    (recorded,) = desk.record(slug, [signed(values, desk, how.editor)], dry_run=True)
    report(recorded, dry_run=True, title=True)
    tell_advice(recorded)
    return recorded


def report(recorded: RecordResult, *, dry_run: bool, title: bool) -> None:
    """Prints the event: its name, its title (if ``title``), its dates and amounts as they were understood, its
    sources and its changes."""
    event = recorded.event
    when = "" if dry_run else f"  recorded {event.recorded}"
    say(f"{recorded.reference}  {type_of(event)}{when}", bold=True)
    if title and isinstance(event, Occurrence):
        say(f"  {event.title}")
    for field in fields_of(type(event)):
        value = getattr(event, field.name)
        if field.kind == "date" and value:
            words = drafts.from_words(event) if field.name == "occurred" and isinstance(event, Occurrence) else ""
            say(f"  {field.name}: {in_words(value)} ({value}){words}")
        elif field.kind == "money" and value:
            say(f"  {field.name}: {value_in_words('money', value)}")
    if image := getattr(event, "image", None):
        say(f"  picture: {image.width} × {image.height}, {_kilobytes(image.bytes)}: {image.alt}")
    for source in getattr(event, "sources", ()):
        say(f"  source: {', '.join(filter(None, (source.publisher, source.url)))}")
    for change in recorded.changes:
        say(f"  {change}")
    if not recorded.changes:
        say("  the state of the story is unchanged")
    if lacks_source(event):
        say(f"  {NO_SOURCE}")


def _kilobytes(size: int) -> str:
    return f"{max(1, round(size / 1000)):,} kB"


def tell_advice(recorded: RecordResult) -> None:
    """Prints the advice on standard error."""
    for sentence in recorded.advice:
        mention(f"worth a look: {sentence}")


def tell_entry(desk: Workspace, recorded: RecordResult) -> None:
    """Prints the entry that subscribers would get, and the notice on the entry that the event amends."""
    from tracker.feeds.entries import Entry, entries

    published = entries(recorded.reference.slug, _events(desk, recorded))
    entry = published[-1]
    say()
    say("the feed entry" + (_why_not_in_feeds(recorded.event) if entry.minor else ""), bold=True)
    for line in _entry_lines(entry):
        wrapped(line, "  ") if line else say()
    if entry.about:
        target: Entry = published[entry.about - 1]
        say()
        say(f"the entry of #{entry.about} would begin with", bold=True)
        wrapped(target.title, "  ")
        for notice in target.notices[-1:]:
            wrapped(f"{notice.text} {notice.why}", "  ")


def _why_not_in_feeds(event: Event) -> str:
    return f", kept out of the feeds because it is {'quiet' if getattr(event, 'quiet', False) else 'minor'}"


def _events(desk: Workspace, recorded: RecordResult) -> list[Event]:
    """The events of the story up to and including this one. If it is a redaction, without the text that it
    removes."""
    reference = recorded.reference
    before = list(desk.log.read(reference.slug))[: reference.seq - 1] if reference.seq > 1 else []
    removed = target_of(recorded.event) if isinstance(recorded.event, Redaction) else ""
    return [*(remains(event) if event.id == removed else event for event in before), recorded.event]


def _entry_lines(entry: Any) -> list[str]:
    """The lines of an entry as plain text, as a feed reader shows it."""
    from tracker.text import markup

    lines = [entry.title]
    if entry.occurred:
        lines.append(f"When: {entry.occurred}")
    lines += [f"{name}: {words}" for name, words in (*entry.details, *entry.figures)]
    if entry.quote:
        lines.append(f"“{entry.quote}”")
    lines += [f"{name}: “{quote}”" if quote else name for name, quote in entry.sayings]
    if entry.image:
        lines += [f"[{entry.image.alt}]", *filter(None, (entry.image.caption, entry.image.credit))]
    lines += [*filter(None, [entry.said]), *markup.to_text(entry.body).splitlines()]
    if entry.changes:
        lines += ["", "What this changed", *(f"- {change}" for change in entry.changes)]
    if entry.sources:
        lines += ["", "Sources"]
        for source in entry.sources:
            named = ", ".join(filter(None, (source.title, source.publisher, source.url)))
            lines.append(f"- {named}" + (f": “{source.quote}”" if source.quote else ""))
    if entry.unsourced:
        lines += ["", "No source recorded."]
    return lines


def _shape(desk: Workspace, recorded: RecordResult, how: How) -> Values:
    """The report for programs (--json)."""
    from tracker.views.as_json import change_shape

    shape = {
        "recorded": not how.dry_run,
        "reference": str(recorded.reference),
        "event": event_values.to_values(recorded.event),
        "changes": [change_shape(change) for change in recorded.changes],
        "worth_a_look": list(recorded.advice),
    }
    return shape | {"entry": _entry_shape(desk, recorded)} if how.dry_run else shape


def _entry_shape(desk: Workspace, recorded: RecordResult) -> Values:
    """The entry that subscribers would get, for programs."""
    from tracker.feeds.entries import entries

    entry = entries(recorded.reference.slug, _events(desk, recorded))[-1]
    return {
        "title": entry.title,
        "summary": entry.summary,
        "occurred": entry.occurred or None,
        "body": "\n\n".join(filter(None, (entry.said, entry.body))),
        "minor": entry.minor,
        "about": entry.about or None,
    }
