"""Commands that append: open, add, correct, retract, append.

Each makes plain values of what was typed and hands them to ``Workspace.record``, which decides and
appends. Nothing slow is imported here: an editor waits for this during breaking news.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

import click

from tracker import codec, figures, phrases
from tracker.amend import UNCORRECTABLE
from tracker.cli.options import editor_option, grouped_sources, own_fields, short_help, type_command
from tracker.cli.terminal import count, mention, say, workspace
from tracker.decide import find
from tracker.errors import BadDate, BadInput, Unknown, nearest
from tracker.events import TYPES, Event, Occurrence, Opened, fields_of
from tracker.names import parse_reference
from tracker.times import Moment, Occurred, Span, in_words, span
from tracker.workspace import Recorded, Workspace

_ADDED = {name: cls for name, cls in TYPES.items() if issubclass(cls, Occurrence) and cls is not Opened}
_ELSEWHERE = {"opened": "open", "correction": "correct", "retraction": "retract", "redaction": "redact"}

Values = dict[str, Any]


@click.command()
@click.argument("story")
@click.option("--title", required=True, help="The story's title.")
@click.option("--summary", help="What the story is about.")
@click.option("--language", help="Its language, where it is not the workspace's: en, pt-BR, …")
@editor_option
@click.pass_context
def open_command(
    ctx: click.Context, story: str, title: str, summary: str | None, language: str | None, editor: str | None
) -> None:
    """Begin to follow a story. STORY is its short name, such as tiktok-openai."""
    desk = workspace(ctx)
    values = {
        "type": "opened",
        "title": title,
        "summary": summary,
        "language": language or desk.config.language,
    }
    record(desk, story, values, editor=editor, dry_run=False)


class _Types(click.Group):
    """``tracker add``: one subcommand for each type of the glossary, made when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_ADDED)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return type_command(cmd_name, _ADDED[cmd_name], _add(cmd_name)) if cmd_name in _ADDED else None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0] if args else ""
        if name in _ELSEWHERE:
            raise click.UsageError(f"{name} has a command of its own: tracker {_ELSEWHERE[name]} --help", ctx)
        if name and name not in _ADDED and not name.startswith("-"):
            near = nearest(name, _ADDED)
            hint = f"did you mean {near}?" if near else f"there are: {', '.join(_ADDED)}"
            raise click.UsageError(f"there is no type {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Types"):
            formatter.write_dl([(name, short_help(cls)) for name, cls in _ADDED.items()])


@click.group(cls=_Types, options_metavar="", subcommand_metavar="TYPE STORY TITLE [OPTIONS]")
def add_command() -> None:
    """Record a development. Each TYPE has options of its own: tracker add TYPE --help."""


def _add(name: str) -> Callable[..., None]:
    """What ``tracker add <name>`` does."""

    def add(
        ctx: click.Context,
        story: str,
        title: str,
        body: str | None,
        editor: str | None,
        dry_run: bool,
        **options: Any,
    ) -> None:
        desk = workspace(ctx)
        own_quote = any(field.name == "quote" for field in own_fields(TYPES[name]))
        sources, quote = grouped_sources(ctx, own_quote=own_quote)
        now = _now(desk)
        for source in sources:
            _resolve(source, "published", now)
        values: Values = {"type": name, "title": title, "body": body, "sources": sources}
        values |= {field.name: options[field.name] for field in fields_of(TYPES[name]) if options.get(field.name)}
        values |= {"quote": quote} if own_quote else {}
        _read_standard_input(name, values)
        values["figures"] = [_figure(text, number) for number, text in enumerate(options["figures"])]
        _resolve_dates(name, values, now)
        record(desk, story, values, editor=editor, dry_run=dry_run)

    return add


@click.command()
@click.argument("development", metavar="STORY#N")
@click.option("--set", "settings", multiple=True, required=True, metavar="FIELD=VALUE",
              help="What a field should say; nothing after = empties it. Repeatable, also for lists;"
              " a source is its address, or a JSON object with url, publisher, quote, …")  # fmt: skip
@click.option("--why", required=True, help="Why, for the readers.")
@click.option("--dry-run", is_flag=True, help="Say what it would change, and record nothing.")
@editor_option
@click.pass_context
def correct_command(
    ctx: click.Context,
    development: str,
    settings: tuple[str, ...],
    why: str,
    dry_run: bool,
    editor: str | None,
) -> None:
    """Correct an earlier development, visibly. Readers see both what it said and what it says now."""
    desk = workspace(ctx)
    reference = parse_reference(development)
    target = find(desk.story(reference.slug), str(reference))
    changes = _changes(settings, target.event, _now(desk))
    values = {"type": "correction", "corrects": str(reference), "changes": changes, "why": why}
    record(desk, reference.slug, values, editor=editor, dry_run=dry_run)


@click.command()
@click.argument("development", metavar="STORY#N")
@click.option("--why", required=True, help="Why, for the readers.")
@click.option("--dry-run", is_flag=True, help="Say what it would change, and record nothing.")
@editor_option
@click.pass_context
def retract_command(ctx: click.Context, development: str, why: str, dry_run: bool, editor: str | None) -> None:
    """Withdraw an earlier event, visibly. Its effects are undone; it is still shown, struck."""
    reference = parse_reference(development)
    values = {"type": "retraction", "retracts": str(reference), "why": why}
    record(workspace(ctx), reference.slug, values, editor=editor, dry_run=dry_run)


@click.command()
@click.argument("story")
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--dry-run", is_flag=True, help="Check everything, and record nothing.")
@editor_option
@click.pass_context
def append_command(ctx: click.Context, story: str, file: Any, dry_run: bool, editor: str | None) -> None:
    """Record many developments from JSON lines. Each is as in the log, without id, recorded, salt and hash.

    All of them are recorded, or none. Dates are EDTF, such as 2024-03 or 2024-07-29/2024-08-04. A reference to
    another development is its id or its number, such as "#7".
    """
    desk = workspace(ctx)
    name = getattr(file, "name", "-")
    drafts, places = [], []
    for number, line in enumerate(file, 1):
        if line.strip():
            places.append(f"{name}:{number}")
            drafts.append(_signed(_draft(line, places[-1]), desk, editor))
    if not drafts:
        raise BadInput(f"{name}: has no events")
    recorded = desk.record(story, drafts, dry_run=dry_run, place=lambda number: places[number - 1])
    if dry_run:
        say(f"{count(len(recorded), 'event')} could be recorded; nothing was.")
    else:
        say(f"recorded {count(len(recorded), 'event')}: {recorded[0].reference} to {recorded[-1].reference}")


# From what was typed to plain values.


def _draft(line: bytes, place: str) -> Values:
    try:
        return codec.draft_values(line)
    except BadInput as error:
        raise error.at(place) from None


def _figure(text: str, number: int) -> Values:
    return codec.to_values(figures.parse(text, field=f"figures[{number}]"))


def _read_standard_input(name: str, values: Values) -> None:
    """A long text given as ``-`` is read from standard input; there is only one."""
    wanted = [
        field.name for field in fields_of(TYPES[name]) if field.kind == "prose" and values.get(field.name) == "-"
    ]
    if len(wanted) > 1:
        raise BadInput("only one text can come from standard input", field=wanted[1])
    for field in wanted:
        values[field] = _standard_input(field)


def _standard_input(field: str) -> str:
    text = sys.stdin.buffer.read(codec.MAX_LINE + 1)
    if len(text) > codec.MAX_LINE:
        raise BadInput(f"takes more than the {codec.MAX_LINE:,} bytes that a line may have", field=field)
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"is not UTF-8 (byte {error.start} of standard input)", field=field) from None


def _resolve_dates(name: str, values: Values, now: Span) -> None:
    """Dates in people's words to dates as stored."""
    references = _references([source.get("published", "") for source in values["sources"]], now)
    for field in fields_of(TYPES[name]):
        if field.kind == "date" and values.get(field.name):
            understood = _understood(values[field.name], field.name, references)
            values[field.name] = understood.occurred
            if field.name == "occurred":
                _refuse_yet_to_come(understood, now)
                values.setdefault("occurred_as", _own_words(understood))


def _references(published: list[str], now: Span) -> list[Span]:
    """What relative words are counted from: when the sources were published or, where none has a date, now."""
    return [span(Occurred(date)) for date in published if date] or [now]


def _understood(text: str, field: str, references: list[Span]) -> phrases.Understood:
    """The one date that the words mean, from whichever reference they are counted."""
    readings = {phrases.understand(text, reference, field=field) for reference in references}
    if len(readings) > 1:
        dates = " and ".join(sorted(reading.occurred for reading in readings))
        raise BadDate(text, f"counted from the dates of the sources it means {dates}; write the date", field=field)
    return readings.pop()


def _refuse_yet_to_come(understood: phrases.Understood, now: Span) -> None:
    words = understood.occurred_as.casefold()
    if words.startswith(("tomorrow", "next ", "in ")) and span(understood.occurred).earliest > now.latest:
        raise BadDate(
            words, "is still to come; record it with tracker add expectation and --due", field="occurred"
        )


def _own_words(understood: phrases.Understood) -> str:
    """The words to keep beside a date: those that say more than the date, such as "last year". What names its year
    is a date in another spelling."""
    words = understood.occurred_as
    return "" if re.search("[0-9]{4}", words) else words


def _resolve(values: dict[str, str], field: str, now: Span) -> None:
    if values.get(field):
        values[field] = phrases.understand(values[field], now, field=field).occurred


def _changes(settings: tuple[str, ...], event: Event, now: Span) -> Values:
    """``FIELD=VALUE``, repeated for lists, as the changes of a correction."""
    fields = {field.name: field for field in fields_of(type(event)) if field.name not in UNCORRECTABLE}
    texts: dict[str, list[str]] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise BadInput(f"{setting!r} is not FIELD=VALUE, such as occurred=2023-12", field="--set")
        if name not in fields:
            raise Unknown(f"field to correct in a {codec.to_values(event)['type']}", name, fields)
        texts.setdefault(name, []).append(text)
    references = _references([source.published for source in getattr(event, "sources", ())], now)
    changes = {name: _value(name, fields[name].kind, given, references) for name, given in texts.items()}
    if "occurred" in texts and "occurred_as" not in texts:
        changes |= _new_words(texts["occurred"][-1], event, references)
    return changes


def _new_words(text: str, event: Event, references: list[Span]) -> Values:
    """A corrected date does not keep the words of the old one."""
    words = _own_words(_understood(text, "occurred", references)) if text else ""
    return {} if words == getattr(event, "occurred_as", "") else {"occurred_as": words or None}


def _value(name: str, kind: str, given: list[str], references: list[Span]) -> Any:
    """The value that the texts given for a field mean; None where they are empty."""
    given = [text for text in given if text]
    if not given:
        return None
    if kind == "parties":
        return given
    if kind == "figures":
        return [_figure(text, number) for number, text in enumerate(given)]
    if kind == "sources":
        return [_source(text) for text in given]
    if len(given) > 1:
        raise BadInput("is one value, and was set more than once", field=name)
    if kind == "date":
        return _understood(given[0], name, references).occurred
    if kind == "flag":
        return _flag(name, given[0])
    return given[0]


def _flag(name: str, text: str) -> bool:
    if text.lower() not in ("yes", "no", "true", "false"):
        raise BadInput(f"{text!r} is neither yes nor no", field=name)
    return text.lower() in ("yes", "true")


def _source(text: str) -> Any:
    """A source as its address, or as a JSON object with all its fields."""
    if not text.startswith("{"):
        return {"url": text}
    return codec.parse_json(text.encode("utf-8", "surrogatepass"))


def _now(desk: Workspace) -> Span:
    now = Moment(desk.clock())
    return Span(now, now)


def _signed(values: Values, desk: Workspace, editor: str | None) -> Values:
    signature = editor or desk.config.author
    return {"editor": signature, **values} if signature else values


# Recording, and saying what was recorded.


def record(desk: Workspace, slug: str, values: Values, *, editor: str | None, dry_run: bool) -> None:
    """Records one event of these values and says what it changed."""
    given = {
        name: value for name, value in _signed(values, desk, editor).items() if value not in (None, "", (), [])
    }
    (recorded,) = desk.record(slug, [given], dry_run=dry_run)
    _tell(recorded, dry_run=dry_run)


def _tell(recorded: Recorded, *, dry_run: bool) -> None:
    event = recorded.event
    name = codec.to_values(event)["type"]
    if dry_run:
        mention("nothing was recorded; this is what would be:")
    say(f"{recorded.reference}  {name}" + ("" if dry_run else f"  recorded {event.recorded}"), bold=True)
    for field in fields_of(type(event)):
        value = getattr(event, field.name)
        if field.kind == "date" and value:
            words = _from_words(event) if field.name == "occurred" else ""
            say(f"  {field.name}: {in_words(value)} ({value}){words}")
    for source in getattr(event, "sources", ()):
        say(f"  source: {', '.join(filter(None, (source.publisher, source.url)))}")
    for change in recorded.changes:
        say(f"  {change}")
    if not recorded.changes:
        say("  nothing of what stands has changed")


def _from_words(event: Any) -> str:
    """``, from “last year” counted from 1 August 2024``; empty where a date was typed as a date."""
    words = f", from “{event.occurred_as}”" if event.occurred_as else ""
    published = next((source.published for source in event.sources if source.published), None)
    if not words or not published:
        return words
    try:
        counted = phrases.understand(event.occurred_as, span(published)).occurred == event.occurred
    except BadDate:  # the source's words, which only an editor can read
        counted = False
    return f"{words} counted from {in_words(published)}" if counted else words
