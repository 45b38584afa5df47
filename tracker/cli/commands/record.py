"""Commands that append: open, pin, unpin, add, correct, retract, append.

A command turns its options into typed values, which ``recording.py`` makes into a draft and records. If a value is
missing on a terminal, ``interactive/dialogs.py`` asks for it; with ``-e``, ``interactive/editor.py`` opens a form.
Nothing slow is imported here, because an editor waits for these commands during breaking news.
"""

from __future__ import annotations

import re
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Container, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click
from msgspec import structs

from tracker.cli.completion import complete_addable, complete_development, complete_story
from tracker.cli.options import (
    SPEAKER_OPTIONS,
    edit_option,
    editor_option,
    grouped_sources,
    grouped_speakers,
    option_name,
    picture,
    quiet_option,
    record_options,
    type_command,
)
from tracker.cli.recording import How, Values, correction_of, draft_of, record, retraction_of, signed
from tracker.cli.terminal import (
    bar,
    count,
    glossary_of,
    is_interactive,
    json_option,
    mention,
    pass_desk,
    say,
    say_json,
    workspace,
)
from tracker.domain import chain, drafts
from tracker.domain import values as event_values
from tracker.domain.amend import UNCORRECTABLE
from tracker.domain.decide import find
from tracker.domain.events import (
    LISTS,
    NO_SOURCE,
    REFERENCES,
    TYPED_OF_IMAGE,
    Event,
    Field,
    Image,
    Occurrence,
    fields_of,
    kind_of,
    lacks_source,
    short_help,
    type_of,
)
from tracker.domain.glossary import own_fields
from tracker.domain.story import Story
from tracker.domain.wording import names_in
from tracker.errors import BadInput, Unknown, nearest, together
from tracker.text.identity import address_key, name_key
from tracker.text.names import is_link, is_reference, parse_reference
from tracker.workspace.desk import Workspace
from tracker.workspace.recorder import RecordResult, refusal_of

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_ELSEWHERE = {
    **{"pinned": "pin", "unpinned": "unpin"},
    **{"opened": "open", "correction": "correct", "retraction": "retract", "redaction": "redact"},
}


@click.command()
@click.argument("story", required=False, shell_complete=complete_story)
@click.argument("words", metavar="[TITLE]", required=False)
@click.option("--title", help="The story's title; the same as TITLE.")
@click.option("--short", help="A shorter title, for feeds and lists.")
@click.option("--summary", help="What the story is about.")
@click.option("--language", help="The story's language, if not the workspace's: en, pt-BR, …")
@edit_option
@record_options
@pass_desk
def open_command(
    desk: Workspace,
    how: How,
    story: str | None,
    words: str | None,
    title: str | None,
    short: str | None,
    summary: str | None,
    language: str | None,
    edit: bool,
) -> None:
    """Begin to follow a story. STORY is its short name, such as tiktok-openai.

    On a terminal, the command asks for missing values.
    """
    if words and title:
        raise click.UsageError("the title is there twice: as TITLE and as --title")
    title = title or words
    typed = {"title": title, "short": short, "summary": summary, "language": language}
    if edit:
        _forms().fill_in(desk, "opened", story, typed, how)
    elif not (story and title) and is_interactive(how.as_json):
        _dialogs().open_story(desk, story, typed, how)
    else:
        if not (story and title):
            lacking = "TITLE (the story's title)" if story else "STORY (its short name, such as tiktok-openai)"
            raise click.UsageError(f"missing: {lacking}")
        values = {"type": "opened", **typed, "language": language or desk.config.language}
        record(desk, story, values, how)


@click.command()
@click.argument("story", shell_complete=complete_story)
@click.option("--why", help="The reason, for readers.")
@record_options
@pass_desk
def pin_command(desk: Workspace, how: How, story: str, why: str | None) -> None:
    """Put a story first in the desk's lists. Feeds do not tell it."""
    record(desk, story, {"type": "pinned", "why": why, "minor": True}, how)


@click.command()
@click.argument("story", shell_complete=complete_story)
@click.option("--why", help="The reason, for readers.")
@record_options
@pass_desk
def unpin_command(desk: Workspace, how: How, story: str, why: str | None) -> None:
    """Put a pinned story back among the others."""
    record(desk, story, {"type": "unpinned", "why": why, "minor": True}, how)


class _Types(click.Group):
    """``tracker add``: one subcommand for each type of the glossary, made when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(glossary_of(ctx).addable)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        cls = glossary_of(ctx).addable.get(cmd_name)
        return type_command(cmd_name, cls, _add(cmd_name, cls)) if cls else None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if ctx.resilient_parsing:  # the shell completes a line
            return super().resolve_command(ctx, args)
        name = args[0] if args else ""
        if name in _ELSEWHERE:
            raise click.UsageError(f"{name} has a command of its own: tracker {_ELSEWHERE[name]} --help", ctx)
        types = self.list_commands(ctx)
        if name and name not in types and not name.startswith("-"):
            near = nearest(name, types)
            hint = f"did you mean {near}?" if near else f"there are: {', '.join(types)}"
            raise click.UsageError(f"there is no type {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return complete_addable(ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        glossary = glossary_of(ctx)
        declared = [name for name in glossary.addable if name in glossary.declared]
        for heading, names in (
            ("Types", [name for name in glossary.addable if name not in declared]),
            ("This desk's own types", declared),
        ):
            if names:
                with formatter.section(heading):
                    formatter.write_dl([(name, short_help(glossary.types[name])) for name in names])


@click.group(
    cls=_Types,
    options_metavar="",
    subcommand_metavar="TYPE STORY TITLE [OPTIONS]",
    invoke_without_command=True,
    no_args_is_help=False,
)
@click.pass_context
def add_command(ctx: click.Context) -> None:
    """Record a development. Each TYPE has options of its own: tracker add TYPE --help.

    On a terminal, the command asks for required values that you leave out; tracker add alone asks for all values.
    """
    if ctx.invoked_subcommand:
        return
    if is_interactive():
        _dialogs().add(workspace(ctx), None, None, {}, How())
    else:
        raise click.UsageError(f"missing: TYPE; there are: {', '.join(glossary_of(ctx).addable)}", ctx)


def _add(name: str, cls: type[Occurrence]) -> Callable[..., None]:
    """Returns the function of the command ``tracker add <name>``."""

    @pass_desk
    def add(
        desk: Workspace, how: How, /, story: str | None, title: str | None, edit: bool, **options: Any
    ) -> None:
        own_quote = any(field.name == "quote" for field in own_fields(cls))
        typed: Values = {field.name: options[field.name] for field in fields_of(cls) if options.get(field.name)}
        typed |= {"title": title, "sources": grouped_sources(own_quote=own_quote)}
        if typed.get("closes"):
            typed["closes"], *typed["also_closes"] = typed["closes"]
        if kind_of(cls, "also") == "sayings":
            first, *others = grouped_speakers()
            typed = {name: value for name, value in typed.items() if name not in SPEAKER_OPTIONS} | first
            typed |= {"also": others} if others else {}
        typed |= {"image": picture(options, {field.name for field in own_fields(cls)})}
        _read_standard_input(cls, typed)
        if edit:
            _forms().fill_in(desk, name, story, typed, how)
        elif (not story or missing(cls, typed)) and is_interactive(how.as_json):
            _dialogs().add(desk, name, story, typed, how)
        else:
            _require(story, missing(cls, typed))
            try:
                record(desk, story or "", draft_of(desk, name, typed), how)
            except BadInput as error:
                if error.field not in ("closes", "about") or typed.get(error.field):
                    raise
                if not is_interactive(how.as_json):
                    raise
                _dialogs().which(desk, name, story or "", typed, how, error)

    return add


def missing(cls: type[Occurrence], typed: Values) -> list[Field]:
    """The required fields without a value. The title is not among them if the type can make it from other
    fields."""
    wanted = (field for field in fields_of(cls) if field.required and drafts.is_empty(typed.get(field.name)))
    said = {field.name for field in fields_of(cls) if not drafts.is_empty(typed.get(field.name))}
    follows = any(said.issuperset(names_in(sentence)) for sentence in cls.sentences)
    return [field for field in wanted if field.name != "title" or not follows]


def _require(story: str | None, fields: Sequence[Field]) -> None:
    if not story:
        raise click.UsageError("missing: STORY (its short name; tracker stories lists all)")
    if fields:
        named = ("TITLE" if field.name == "title" else option_name(field.name) for field in fields)
        described = ", ".join(f"{name} ({field.help})" for name, field in zip(named, fields, strict=True))
        raise click.UsageError(f"missing: {described}")


@click.command()
@click.argument("development", metavar="STORY#N", required=False, shell_complete=complete_development)
@click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE",
              help="The new value of a field. Nothing after = empties it. Repeatable, also for lists."
              " A source is its address, or a JSON object with url, publisher, quote, …"
              " A further speaker (also) is a name, or an object with speaker, quote, to, …"
              " A picture is a file, and has alt, credit and caption."
              " figures.NAME=VALUE sets one figure and keeps the others.")  # fmt: skip
@click.option("--add", "added", multiple=True, metavar="FIELD=VALUE",
              help="Add to a list (parties, tags, figures, sources, …), keep the rest. Repeatable.")  # fmt: skip
@click.option("--remove", "removed", multiple=True, metavar="FIELD=VALUE",
              help="Remove from a list: a party, a development such as other#3, the name of a figure or speaker,"
              " the address or publisher of a source."
              " Repeatable.")  # fmt: skip
@click.option("--why", help="The reason, for readers.")
@quiet_option
@edit_option
@record_options
@pass_desk
def correct_command(
    desk: Workspace,
    how: How,
    development: str | None,
    settings: tuple[str, ...],
    added: tuple[str, ...],
    removed: tuple[str, ...],
    why: str | None,
    quiet: bool,
    edit: bool,
) -> None:
    """Correct an earlier development, visibly. Readers see both the old and the new values.

    On a terminal, unless both --set and --why are given, $EDITOR opens the development as it stands.
    """
    asks = is_interactive(how.as_json)
    if not (development or asks):
        raise click.UsageError("missing: STORY#N (which development, such as tiktok-openai#7)")
    reference = parse_reference(development) if development else _dialogs().wrong_development(desk)
    story = desk.story(reference.slug)
    target = find(story, str(reference))
    typed = _Settings(desk, story, target.event).typed(settings, added, removed)
    how = structs.replace(how, quiet=quiet)
    if edit or (asks and not (typed and why)):
        _forms().correct(desk, reference, target, typed, why, how)
        return
    if not (typed and why):
        lacking = "--why (the reason, for readers)" if typed else "--set FIELD=VALUE (the new value)"
        raise click.UsageError(f"missing: {lacking}")
    record(desk, reference.slug, correction_of(desk, reference, target, typed, why, quiet=quiet), how)


@click.command()
@click.argument("development", metavar="STORY#N", required=False, shell_complete=complete_development)
@click.option("--why", help="The reason, for readers.")
@quiet_option
@record_options
@pass_desk
def retract_command(desk: Workspace, how: How, development: str | None, why: str | None, quiet: bool) -> None:
    """Withdraw an earlier event, visibly. Its effects are undone. Readers still see it, struck through.

    On a terminal, the command asks for missing values.
    """
    if not (development and why) and is_interactive(how.as_json):
        _dialogs().retract(desk, development, why, structs.replace(how, quiet=quiet))
        return
    if not (development and why):
        lacking = (
            "--why (the reason, for readers)" if development else "STORY#N (which event, such as tiktok-openai#7)"
        )
        raise click.UsageError(f"missing: {lacking}")
    reference = parse_reference(development)
    record(desk, reference.slug, retraction_of(reference, why, quiet=quiet), how)


@click.command()
@click.argument("story", shell_complete=complete_story)
@click.argument("file", type=click.File("rb"), default="-")
@editor_option
@click.option("--dry-run", is_flag=True, help="Check all events. Record nothing.")
@json_option
@pass_desk
def append_command(
    desk: Workspace, story: str, file: Any, editor: str | None, dry_run: bool, as_json: bool
) -> None:
    """Record many developments from JSON lines. A line is as in the log, without id, recorded, salt and hash.

    The command records all of them or none. Dates are EDTF, such as 2024-03 or 2024-07-29/2024-08-04. A reference
    to another development is its id or its number, such as "#7".
    """
    name = getattr(file, "name", "-")
    if file.isatty():
        mention("reading JSON lines from the terminal; Ctrl-D ends them, Ctrl-C records nothing")
    given, places, refused = _drafts(file, name)
    if refused:
        known = desk.log.glossary, desk.directory, desk.clock()
        refusals = (refusal_of(values, *known, place) for values, place in zip(given, places, strict=True))
        told = dict(zip(places, refusals, strict=True)) | refused
        raise together([error for _, error in sorted(told.items(), key=_by_line) if error])
    if not given:
        raise BadInput(f"{name} has no events")
    given = [signed(values, desk, editor) for values in given]
    with desk.log.until_told(), bar("checking", len(given)) as advance:
        recorded = desk.record(
            story, given, dry_run=dry_run, place=lambda number: places[number - 1], progress=advance
        )
        if as_json:
            say_json({"recorded": not dry_run, "references": [str(each.reference) for each in recorded]})
        elif dry_run:
            say(f"{count(len(recorded), 'event')} can be recorded; nothing was recorded")
        else:
            ends = dict.fromkeys(str(each.reference) for each in (recorded[0], recorded[-1]))
            say(f"recorded {count(len(recorded), 'event')}: {' to '.join(ends)}")
    if unsourced := [each for each in recorded if lacks_source(each.event)]:
        mention(f"{NO_SOURCE} for {count(len(unsourced), 'event')}, the first is {unsourced[0].reference}")
    _advise(recorded)


def _advise(recorded: Sequence[RecordResult]) -> None:
    """Prints what readers do not get, the first ``MOST_ADVICE`` other sentences, and the number of the others."""
    advice = [f"{each.reference}: {sentence}" for each in recorded for sentence in each.advice]
    lost = [sentence for sentence in advice if ": not shown: " in sentence]
    advice = [sentence for sentence in advice if sentence not in lost]
    for sentence in (*lost, *advice[:MOST_ADVICE]):
        mention(f"worth a look: {sentence}")
    if len(advice) > MOST_ADVICE:
        mention(f"and {len(advice) - MOST_ADVICE} more hints")


MOST_ADVICE = 10


# From what was typed to typed values.


def _drafts(file: Iterable[bytes], name: str) -> tuple[list[Values], list[str], dict[str, BadInput]]:
    """Returns the drafts of a file and the place of each, and by place the refusals of other lines. Raises
    BadInput if the file is of another format."""
    given: list[Values] = []
    places: list[str] = []
    refused: dict[str, BadInput] = {}
    start = b""
    for number, line in enumerate(file, 1):
        line = line.removeprefix(BOM_UTF8) if number == 1 else line
        if not line.strip():
            continue
        start = start or line.strip()
        place = f"{name}:{number}"
        try:
            given.append(event_values.draft_values(line))
            places.append(place)
        except BadInput as error:
            if line.strip() == start and (format := _other_format(start)):
                raise BadInput(f"{place}: {format}") from None
            refused[place] = error.at(place)
    return given, places, refused


def _other_format(line: bytes) -> str:
    """Returns why a file that begins with this line has no events, if it is of another known format."""
    wanted = 'one object a line is wanted, such as {"type":"update","title":"…"}'
    if line.startswith(b"[") and not re.fullmatch(rb"\[+\w+\]+", line):
        return f"is a JSON array; {wanted}. jq -c '.[]' writes the objects of an array so"
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "is UTF-16; save it as UTF-8"
    if line.startswith((b"\x1f\x8b", b"PK")):
        return "is compressed; unpack it first"
    if line.startswith(b"<"):
        return f"is XML or HTML; {wanted}"
    if line.startswith(b"{") and line.endswith(b"},"):
        return f"ends with a comma; {wanted}, and nothing between two lines"
    if re.match(rb"\{.*\}\s*\{", line):
        return f"has several objects in one line; {wanted}. jq -c . writes each in its own line"
    if line.startswith(b"{") and line.endswith((b"{", b",", b":", b"[")):
        return f"is one JSON object over several lines; {wanted}. jq -c . writes an object so"
    if re.fullmatch(rb"\"?[\w .-]+\"?(?:[,;\t]\"?[\w .-]+\"?)+", line):
        return f"is a table (CSV); {wanted}"
    if line.startswith(b"%PDF"):
        return "is a PDF; its text has to be typed"
    if re.match(rb"(?:- )?\w+ ?[:=] |---$|\[\[?\w+\]\]?$", line):
        return f"is YAML, TOML or another format; {wanted}"
    if line.startswith((b"#", b"//", b"/*")):
        return f"begins with a comment; {wanted}, without comments"
    if line.startswith(b"{'"):
        return f"has single quotation marks; {wanted}, with double ones"
    return ""


def _by_line(told: tuple[str, Any]) -> int:
    return int(told[0].rpartition(":")[2])


def _read_standard_input(cls: type[Occurrence], typed: Values) -> None:
    """Replaces a long text given as ``-`` with standard input. Raises BadInput if two texts are ``-``."""
    wanted = [field.name for field in fields_of(cls) if field.kind == "prose" and typed.get(field.name) == "-"]
    if len(wanted) > 1:
        raise BadInput("only one text can come from standard input", field=wanted[1])
    for field in wanted:
        if sys.stdin.isatty():
            mention(f"type the {field}; Ctrl-D on an empty line ends it, Ctrl-C records nothing")
        typed[field] = _standard_input(field)


def _standard_input(field: str) -> str:
    text = sys.stdin.buffer.read(chain.MAX_LINE + 1)
    if not text.strip():
        raise BadInput("is empty: standard input had nothing in it", field=field)
    if len(text) > chain.MAX_LINE:
        raise BadInput(f"takes more than the {chain.MAX_LINE:,} bytes that a line may have", field=field)
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"is not UTF-8 (byte {error.start} of standard input)", field=field) from None


class _Settings:
    """Makes typed values of the texts that ``tracker correct`` gets about an event."""

    def __init__(self, desk: Workspace, story: Story, event: Event) -> None:
        self.desk = desk
        self.story = story
        self.event = event
        self.fields = {
            field.name: field.kind for field in fields_of(type(event)) if field.name not in UNCORRECTABLE
        }
        has_picture = "image" in self.fields
        self.picture = {name: "picture" for name in TYPED_OF_IMAGE[1:] if has_picture and name not in self.fields}
        self.fields |= self.picture

    def typed(self, settings: Sequence[str], added: Sequence[str], removed: Sequence[str]) -> Values:
        """Returns the typed values. A list has its new items and, unless it is set as a whole, its other items.
        Raises BadInput, Unknown."""
        texts: dict[str, list[str]] = {}
        parts = []
        for name, text in (self._split(each, "--set") for each in settings):
            if name.startswith("figures.") and "figures" in self.fields:
                parts.append((name.removeprefix("figures."), text))
            else:
                texts.setdefault(self._known(name), []).append(text)
        typed = {name: _typed(name, self.fields[name], given) for name, given in texts.items()}
        for figure, text in parts:
            typed["figures"] = self._with_figure(self._items("figures", typed), figure, text)
        for name, text in (self._item(each, "--remove") for each in removed):
            items = self._items(name, typed, "--remove")
            text = self._numbered(text) if self.fields[name] in REFERENCES else text
            typed[name] = self._without(name, items, text)
        for name, text in (self._item(each, "--add") for each in added):
            items = self._items(name, typed, "--add")
            typed[name] = [*items, *_typed(name, self.fields[name], [text])]
        return _with_picture(typed, self.picture, getattr(self.event, "image", None))

    def _split(self, setting: str, option: str) -> tuple[str, str]:
        name, equals, text = setting.partition("=")
        if not equals:
            raise BadInput(f"{setting!r} is not FIELD=VALUE, such as occurred=2023-12", field=option)
        return name.strip(), text.strip()

    def _item(self, setting: str, option: str) -> tuple[str, str]:
        """Returns a list and an item of it. ``figures.NAME`` is the figure of that name, as with ``--set``."""
        return self._split(re.sub(r"^figures\.", "figures=", setting.rstrip("=")), option)

    def _known(self, name: str) -> str:
        if name not in self.fields:
            there = f"There are: {', '.join(self.fields)}"
            raise Unknown(f"correctable {type_of(self.event)} field", name, self.fields, there)
        return name

    def _items(self, name: str, typed: Values, option: str = "--set") -> list[Any]:
        """Returns the items of a list as they are so far."""
        kind = self.fields[self._known(name)]
        if kind not in (*LISTS, "figures", "sayings", "sources"):
            raise BadInput(f"{name} is no list; give its value with --set {name}=…", field=option)
        items = list(typed.get(name, event_values.to_values(self.event).get(name, ())))
        return [self._numbered(each) for each in items] if kind in REFERENCES else items

    def _numbered(self, text: str) -> str:
        """Returns a reference to an event as people write it: ``#7``, or ``other#7`` for one of another story."""
        from tracker.domain.forms import reference_as_typed
        from tracker.workspace.links import Numbers

        slug = self.story.slug
        if is_reference(text) and not is_link(text):
            reference = parse_reference(text, slug)
            return f"#{reference.seq}" if reference.slug == slug else str(reference)
        places = {each.id: each.seq for each in self.story.developments}
        return reference_as_typed(text.removeprefix(f"{slug}#"), places, Numbers(self.desk.log))

    def _with_figure(self, items: list[Any], name: str, text: str) -> list[Any]:
        place = self._place(items, name, hint=f". To add it: --add figures.{name}=VALUE")
        return [*items[:place], *([f"{_named(items[place])}={text}"] if text else []), *items[place + 1 :]]

    def _without(self, name: str, items: list[Any], text: str) -> list[Any]:
        place = self._place(items, text, name)
        return [*items[:place], *items[place + 1 :]]

    def _place(self, items: list[Any], name: str, field: str = "figures", hint: str = "") -> int:
        """Returns the place of the one item of this name. Raises BadInput."""
        key = name_key(name)
        names = [list(map(name_key, filter(None, _names(each)))) for each in items]
        found = [place for place, each in enumerate(names) if key in each or _is_address(name, items[place])]
        if len(found) == 1:
            return found[0]
        there = ", ".join(_names(each)[0] for each in items) or "none"
        if found:
            raise BadInput(f"there are several of that name; there are: {there}", field=field)
        raise BadInput(f"{name!r} is not there; there are: {there}{hint}", field=field)


def _names(item: Any) -> list[str]:
    """Returns the names by which an item of a list can be meant, the most telling one first."""
    if not isinstance(item, dict):
        return [str(item).partition("=")[0].strip()]
    if "name" in item:
        party = item.get("party")
        return [f"{party}: {item['name']}", item["name"]] if party else [item["name"]]
    if "speaker" in item:
        return [item["speaker"]]
    return [item.get("url") or item.get("publisher", ""), item.get("publisher", ""), item.get("title", "")]


def _named(item: Any) -> str:
    return _names(item)[-1]


def _is_address(text: str, item: Any) -> bool:
    url = item.get("url") if isinstance(item, dict) else ""
    return bool(url) and "://" in text and address_key(text) == address_key(url)


def _with_picture(typed: Values, names: Container[str], image: Image | None) -> Values:
    """Returns the typed values, with the texts of a picture (``names``) together with its file. A new file keeps
    no text of the old one. Raises BadInput."""
    texts = {name: text for name, text in typed.items() if name in names}
    rest = {name: value for name, value in typed.items() if name not in names}
    if not texts and "image" not in typed:
        return rest
    if "image" in typed:
        if texts and not typed["image"]:
            raise BadInput("describes a picture; it cannot be removed at the same time", field=next(iter(texts)))
        return rest | {"image": {"file": typed["image"], **texts} if typed["image"] else {}}
    if image is None:
        raise BadInput("has no picture; add one with --set image=FILE", field=next(iter(texts)))
    now = {name: getattr(image, name) for name in TYPED_OF_IMAGE}
    return rest | {"image": {**now, **texts}}


def _typed(name: str, kind: str, given: list[str]) -> Any:
    """Returns the typed value of a field from its texts; an empty one if they are empty. Raises BadInput."""
    given = [text for text in given if text]
    if kind in _NAMED_BY:
        return [_item_of(text, _NAMED_BY[kind]) for text in given]
    if kind in (*LISTS, "figures"):
        return given
    if len(given) > 1:
        raise BadInput("takes one value, and was set more than once", field=name)
    return given[0] if given else ""


_NAMED_BY = {"sayings": "speaker", "sources": "url"}
"""The field of an item of a list that may be typed alone."""


def _item_of(text: str, name: str) -> Any:
    """Returns an item from its field ``name``, or from a JSON object with its fields. Raises BadInput."""
    if not text.startswith("{"):
        return {name: text}
    return event_values.parse_json(text.encode("utf-8", "surrogatepass"))


# Imported only when they are needed, because they take as long to import as everything else.


def _dialogs() -> Any:
    from tracker.cli.interactive import dialogs

    return dialogs


def _forms() -> Any:
    from tracker.cli.interactive import editor as form_editor

    return form_editor
