"""``tracker add``: record a development. It has a subcommand for each type of event.

A command turns its options into typed values, which ``recording.py`` makes into a draft and records. If a value is
missing on a terminal, ``interactive/dialogs.py`` asks for it; with ``-e``, ``interactive/editor.py`` opens a form.
Nothing slow is imported here, because an editor waits for this command during breaking news.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from tracker.cli.commands import dialogs, forms
from tracker.cli.completion import complete_addable
from tracker.cli.options import (
    SPEAKER_OPTIONS,
    grouped_sources,
    grouped_speakers,
    option_name,
    picture,
    type_command,
)
from tracker.cli.recording import How, Values, draft_of, record
from tracker.cli.terminal import glossary_of, is_interactive, mention, pass_desk, workspace
from tracker.domain import chain, drafts
from tracker.domain.events import Field, Occurrence, fields_of, kind_of, short_help
from tracker.domain.glossary import own_fields
from tracker.domain.wording import names_in
from tracker.errors import BadInput, nearest
from tracker.workspace.desk import Workspace

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_ELSEWHERE = {
    **{"pinned": "pin", "unpinned": "unpin"},
    **{"opened": "open", "correction": "correct", "retraction": "retract", "redaction": "redact"},
}


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
        dialogs().add(workspace(ctx), None, None, {}, How())
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
            forms().fill_in(desk, name, story, typed, how)
        elif (not story or missing(cls, typed)) and is_interactive(how.as_json):
            dialogs().add(desk, name, story, typed, how)
        else:
            _require(story, missing(cls, typed))
            try:
                record(desk, story or "", draft_of(desk, name, typed), how)
            except BadInput as error:
                if error.field not in ("closes", "about") or typed.get(error.field):
                    raise
                if not is_interactive(how.as_json):
                    raise
                dialogs().which(desk, name, story or "", typed, how, error)

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
