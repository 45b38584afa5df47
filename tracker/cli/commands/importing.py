"""Import events from files of other tools: ``tracker import``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import click

from tracker.cli.completion import complete_story
from tracker.cli.options import editor_option
from tracker.cli.recording import signed
from tracker.cli.terminal import bar, count, json_option, mention, say, say_json, second, workspace
from tracker.domain.events import Occurrence
from tracker.importing import guessing
from tracker.importing import mapping as mappings
from tracker.importing import run as importing
from tracker.importing.plan import Note, Plan
from tracker.importing.run import Outcome, Refused
from tracker.text import toml

MOST_NOTED = 20
"""The number of notes of one kind that are printed."""

_HEADINGS = {
    "conflict": "in conflict; nothing is overwritten",
    "asked": "changed there; the mapping says to ask",
    "type": "of another type by now; correct them by hand",
    "gone": "gone there",
    "removed": "removed for good here",
    "withdrawn": "withdrawn here",
    "less precise": "less precise there; kept as they are",
    "ignored": "changed there; the mapping says to ignore it",
    "repeated": "repeated in the file",
}
"""The kinds of notes, the most urgent first."""


@click.command()
@click.argument("mapping", required=False)
@click.argument("file", required=False, type=click.Path())
@click.option("--story", metavar="STORY", shell_complete=complete_story, help="The story that gets the events.")
@click.option("--timezone", metavar="ZONE", help="The time zone of times that name none, such as Europe/Paris.")
@editor_option
@click.option("--dry-run", is_flag=True, help="Show every event, correction and conflict. Record nothing.")
@json_option
@click.option("--list", "listed", is_flag=True, help="List the mappings that come with tracker.")
@click.option("--show", metavar="MAPPING", help="Print a mapping that comes with tracker, to begin your own with.")
@click.option("--guess", metavar="FILE", type=click.Path(), help="Print a mapping for FILE, to begin with.")
@click.option("--batches", is_flag=True, help="List the imports of all stories.")
@click.option("--undo", metavar="BATCH", help="Withdraw the events of an import, without entries in feeds.")
@click.pass_context
def import_command(
    ctx: click.Context,
    mapping: str | None,
    file: str | None,
    story: str | None,
    timezone: str | None,
    editor: str | None,
    dry_run: bool,
    as_json: bool,
    listed: bool,
    show: str | None,
    guess: str | None,
    batches: bool,
    undo: str | None,
) -> None:
    """Import events from a file of another tool. MAPPING is a TOML file that says what becomes what, or the name
    of one that comes with tracker.

    All events are recorded, or none. When you import the file again, only changes are recorded.
    """
    ways: list[tuple[Any, Callable[[], None]]] = [
        (listed, partial(_list, as_json)),
        (show, partial(_show, show or "")),
        (guess, partial(_guess, guess or "")),
        (batches, partial(_batches, ctx, as_json)),
        (undo, partial(_undo, ctx, undo or "", editor, dry_run, as_json)),
    ]
    chosen = [way for is_chosen, way in ways if is_chosen]
    if len(chosen) + bool(mapping) > 1:
        raise click.UsageError("--list, --show, --guess, --batches and --undo stand alone", ctx)
    if chosen:
        chosen[0]()
        return
    if not (mapping and file and story):
        missing = [name for name, value in (("MAPPING", mapping), ("FILE", file), ("--story", story)) if not value]
        raise click.UsageError(
            f"missing: {', '.join(missing)}. tracker import --guess FILE prints a mapping to begin with", ctx
        )
    _import(ctx, mapping, file, story, timezone or "", editor, dry_run, as_json)


def _list(as_json: bool) -> None:
    found = []
    for name in mappings.shipped():
        text, _, place = mappings.text_of_mapping(name)
        keys = toml.read(text, place)
        found.append({"name": name, "help": keys.get("help", ""), "pack": keys.get("pack") or None})
    if as_json:
        say_json(found)
        return
    for each in found:
        pack = f" (types of the pack {each['pack']})" if each["pack"] else ""
        say(f"{each['name']:16}{each['help']}{pack}")


def _show(name: str) -> None:
    text, _, _ = mappings.text_of_mapping(name)
    say(text.decode().rstrip("\n"))


def _guess(path: str) -> None:
    say(guessing.guess(path).rstrip("\n"))


def _batches(ctx: click.Context, as_json: bool) -> None:
    found = importing.imports(workspace(ctx))
    if as_json:
        say_json(
            [
                {
                    "batch": each.name,
                    "story": slug,
                    "importer": each.importer,
                    "recorded": each.recorded,
                    "events": each.seqs,
                    "types": each.types,
                    "undone": each.undone,
                }
                for slug, each in found
            ]
        )
    for slug, each in found if not as_json else ():
        types = ", ".join(count(number, type) for type, number in each.types.items())
        state = f"; {each.undone} undone" if each.undone else ""
        say(f"{each.name}  {second(each.recorded)}  {slug}  {each.importer}: {types}{state}")
    if not found and not as_json:
        say("nothing was imported yet")


def _undo(ctx: click.Context, name: str, editor: str | None, dry_run: bool, as_json: bool) -> None:
    desk = workspace(ctx)
    with desk.log.until_told():
        slug, results = importing.undo(
            desk, name, sign=lambda values: signed(values, desk, editor), dry_run=dry_run
        )
        if as_json:
            say_json(
                {"recorded": not dry_run, "story": slug, "references": [str(each.reference) for each in results]}
            )
        else:
            done = "would be withdrawn; nothing was recorded" if dry_run else "withdrawn, without entries in feeds"
            say(f"{count(len(results), 'event')} of {slug} {done}")


def _import(
    ctx: click.Context,
    mapping: str,
    file: str,
    story: str,
    timezone: str,
    editor: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    desk = workspace(ctx)
    try:
        with desk.log.until_told(), bar("importing", lambda: 100_000, after=1) as advance:
            outcome = importing.run(
                desk,
                mapping,
                file,
                story,
                sign=lambda values: signed(values, desk, editor),
                timezone=timezone,
                dry_run=dry_run,
                progress=advance,
            )
            if as_json:
                say_json(_shape(outcome, story, dry_run))
                return
            _print(outcome, story, dry_run)
    except Refused as error:
        if not as_json:
            raise
        say_json({"recorded": False, "refused": [str(each) for each in error.refusals]})
        ctx.exit(error.exit_code)


def _print(outcome: Outcome, story: str, dry_run: bool) -> None:
    plan = outcome.plan
    for planned, result in zip(plan.drafts, outcome.results, strict=True) if dry_run else ():
        event = result.event
        title = event.title if isinstance(event, Occurrence) else _fields(planned.values)
        when = f"  {event.occurred}" if isinstance(event, Occurrence) and event.occurred else ""
        say(f"{result.reference}  {planned.values['type']}{when}  {title}  ({planned.place})")
        for sentence in result.advice:
            say(f"    worth a look: {sentence}")
    said = _counts(plan)
    if dry_run:
        said += "; nothing was recorded"
    elif plan.drafts:
        said = f"recorded {said} in {story} (import {plan.batch})"
    say(said)
    if plan.unchanged:
        say(f"{count(plan.unchanged, 'record')} unchanged")
    for what, heading in _HEADINGS.items():
        _notes(plan.told(what), heading)
    _sentences(outcome.skipped, "left out")
    _sentences(outcome.lost, "not imported")
    if plan.drafts and not dry_run:
        mention(f"to take it back: tracker import --undo {plan.batch}")
    if not dry_run:
        advice = [f"{each.reference}: {sentence}" for each in outcome.results for sentence in each.advice]
        for sentence in advice[:MOST_NOTED]:
            mention(f"worth a look: {sentence}")
        if len(advice) > MOST_NOTED:
            mention(f"and {len(advice) - MOST_NOTED} more hints")


def _fields(values: dict[str, Any]) -> str:
    return f"{', '.join(values['changes'])} of {values['corrects']}"


def _counts(plan: Plan) -> str:
    kinds = [("event", "new event"), ("correction", "correction"), ("update", "update")]
    return ", ".join(count(plan.count(kind), name) for kind, name in kinds if plan.count(kind) or kind == "event")


def _notes(notes: Sequence[Note], heading: str) -> None:
    _sentences([each.text for each in notes], heading)


def _sentences(sentences: Sequence[str], heading: str) -> None:
    if not sentences:
        return
    say(f"{len(sentences)} {heading}:")
    for each in sentences[:MOST_NOTED]:
        say(f"  {each}")
    if len(sentences) > MOST_NOTED:
        say(f"  and {len(sentences) - MOST_NOTED} more")


def _shape(outcome: Outcome, story: str, dry_run: bool) -> dict[str, Any]:
    plan = outcome.plan
    return {
        "recorded": bool(plan.drafts) and not dry_run,
        "story": story,
        "importer": outcome.mapping.name,
        "batch": plan.batch if plan.drafts else None,
        "records": outcome.records,
        "unchanged": plan.unchanged,
        "planned": [
            {
                "what": planned.what,
                "reference": str(result.reference),
                "place": planned.place,
                "key": planned.key,
                "event": planned.values,
                "worth_a_look": list(result.advice),
            }
            for planned, result in zip(plan.drafts, outcome.results, strict=True)
        ],
        "notes": [
            {"what": each.what, "text": each.text, "key": each.key or None, "seq": each.seq or None}
            for each in plan.notes
        ],
        "skipped": outcome.skipped,
        "lost": outcome.lost,
        "refused": [],
    }
