"""Commands that describe tracker itself: types, completion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import click

from tracker.cli import COMPLETE_VARIABLE
from tracker.cli.completion import complete_type
from tracker.cli.terminal import glossary_of, json_option, mention, paged, say, say_json, workspace, wrapped
from tracker.domain.events import (
    Closes,
    Event,
    Field,
    Fills,
    MakesClaim,
    Moves,
    Occurrence,
    Opens,
    SetsPin,
    TakesStance,
    Vacates,
    fields_of,
)
from tracker.domain.glossary import Glossary

_HIDDEN = ("id", "recorded", "salt", "hash", "format", "slug", "was", "editor")


@click.command(options_metavar="[OPTIONS]")
@click.argument("words", metavar="[TYPE | add PACK [TYPE]...]", nargs=-1, shell_complete=complete_type)
@click.option("--packs", "shows_packs", is_flag=True, help="Show the packs: types that a desk can add to its own.")
@json_option
@click.pass_context
def types_command(ctx: click.Context, words: tuple[str, ...], shows_packs: bool, as_json: bool) -> None:
    """Show the types of events, and add packs of them. The desk's own types are included.

    With TYPE, show that one with all its fields. With add PACK, copy the declarations of a pack, or of some types
    in it, into the desk's events/types.toml, where you can change them."""
    if shows_packs:
        _say_packs(as_json=as_json)
        return
    if len(words) > 1:
        if words[0] != "add":
            raise click.UsageError("show one type, or add a pack: tracker types add PACK", ctx)
        _add_pack(ctx, words[1], words[2:], as_json=as_json)
        return
    if words == ("add",) and "add" not in glossary_of(ctx).types:
        raise click.UsageError("missing: PACK; tracker types --packs lists them", ctx)
    type = words[0] if words else None
    glossary = glossary_of(ctx)
    types = {type: glossary.of(type)} if type else dict(glossary.types)
    if as_json:
        say_json([_shape(name, cls, glossary) for name, cls in types.items()])
        return
    with paged():
        for number, (name, cls) in enumerate(types.items()):
            if number:
                say()
            _describe(name, cls, glossary, every_field=bool(type))
        if not type:
            say()
            wrapped(f"All types have: {', '.join(field.name for field in _common())}. See tracker types TYPE.")


def _say_packs(*, as_json: bool) -> None:
    from tracker.workspace.packs import packs

    found = packs()
    if as_json:
        say_json([{"pack": each.name, "help": each.help, "types": list(each.types)} for each in found])
        return
    for each in found:
        wrapped(f"{each.name}: {each.help}", bold=True)
        wrapped(", ".join(each.types), "  ")
    say()
    wrapped("tracker types add PACK copies one into events/types.toml.")


def _add_pack(ctx: click.Context, name: str, wanted: Sequence[str], *, as_json: bool) -> None:
    from tracker.workspace.packs import add

    added = add(workspace(ctx).log, name, wanted)
    if as_json:
        say_json(added._asdict())
        return
    if added.own:
        mention(f"{', '.join(added.own)}: among tracker's own types, and not copied")
    if added.declared:
        mention(f"{', '.join(added.declared)}: declared already")
    if added.copied:
        say(f"copied into events/types.toml: {', '.join(added.copied)}")


def _describe(name: str, cls: Any, glossary: Glossary, *, every_field: bool) -> None:
    say(name + ("  (this desk's own)" if name in glossary.declared else ""), bold=True)
    wrapped(" ".join((cls.__doc__ or "").split()), "  ")
    if effect := effect_of(cls):
        wrapped(effect, "  ")
    common = _common() if every_field and issubclass(cls, Occurrence) else []
    for field in (*_own(cls), *common):
        wrapped(f"{field.name}: {_words(field)}", "    ")


def effect_of(cls: type[Event]) -> str:
    """The effect of an event of this type on the story, in a sentence; empty if it has none."""
    effect = cls.effect
    if isinstance(effect, Opens):
        word = re.sub(r"\{\w+\}", "…", effect.word)
        return f"Opens: {effect.kind} ({word}, then {effect.ended})."
    if isinstance(effect, Moves):
        return f"Changes: {effect.kind or 'any situation in force'}."
    if isinstance(effect, Closes):
        return f"Closes: {effect.kind}."
    if isinstance(effect, (Fills, Vacates)):
        office = re.sub(r"\{(\w+)\}", r"\1", effect.office)
        return f"{type(effect).__name__} an office: {office}."
    if isinstance(effect, SetsPin):
        return f"Lists the story {'first' if effect.pinned else 'among the others'}."
    if isinstance(effect, MakesClaim):
        return "Makes a claim."
    return f"Moves a claim to {effect.stance}." if isinstance(effect, TakesStance) else ""


_KINDS = {
    **{"line": "text", "prose": "text in Markdown", "flag": "yes or no"},
    **{"ref": "story#7", "refs": "a list of story#7", "links": "a list of story#7"},
    **{"tags": "a list of texts", "coordinates": "latitude,longitude"},
}


def _words(field: Field) -> str:
    kind = _KINDS.get(field.kind, field.kind)
    if field.name == "quote":
        kind = "text"
    required = ", required" if field.required else ""
    return f"{field.help} ({kind}{required})" if field.help else f"{kind}{required}"


def _common() -> list[Field]:
    return [field for field in fields_of(Occurrence) if field.name not in _HIDDEN]


def _own(cls: type[Event]) -> list[Field]:
    common = [field.name for field in _common()]
    return [field for field in fields_of(cls) if field.name not in common and field.name not in _HIDDEN]


def _shape(name: str, cls: type[Event], glossary: Glossary) -> dict[str, Any]:
    effect = cls.effect
    return {
        "type": name,
        "help": " ".join((cls.__doc__ or "").split()),
        "declared": name in glossary.declared,
        "opens": effect.kind if isinstance(effect, Opens) else None,
        "moves": effect.kind or "any" if isinstance(effect, Moves) else None,
        "closes": effect.kind if isinstance(effect, Closes) else None,
        "fills": effect.office if isinstance(effect, Fills) else None,
        "vacates": effect.office if isinstance(effect, Vacates) else None,
        "fields": [
            {"name": each.name, "kind": each.kind, "help": each.help, "required": each.required}
            for each in fields_of(cls)
            if each.name not in _HIDDEN
        ],
    }


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print a completion script for a shell. It completes commands, stories, types, parties and story#7.

    \b
    bash: eval "$(tracker completion bash)"               in ~/.bashrc
    zsh:  eval "$(tracker completion zsh)"                in ~/.zshrc, after compinit
    fish: tracker completion fish > ~/.config/fish/completions/tracker.fish
    """
    from click.shell_completion import get_completion_class

    from tracker.cli import main

    found = get_completion_class(shell)
    assert found is not None
    script = found(main, {}, "tracker", COMPLETE_VARIABLE).source()
    if shell == "bash":  # zsh and fish quote the values themselves
        script = script.replace("COMPREPLY+=($value)", _QUOTED)
    click.echo(script)


_QUOTED = r"""[[ ${COMP_WORDS[COMP_CWORD]} == [\"\']* ]] || value=$(printf '%q' "$value")
            COMPREPLY+=("$value")"""
