"""Options made from the glossary: each field of a type becomes an option. Sources keep the order they were
given."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Set
from functools import wraps
from typing import Any

import click

from tracker.cli.completion import Completer, complete_development, complete_party, complete_story
from tracker.cli.recording import How
from tracker.cli.terminal import json_option
from tracker.domain import figures
from tracker.domain.events import Event, Field, kind_of, short_help
from tracker.domain.glossary import own_fields
from tracker.errors import BadInput
from tracker.text import date_context

_ORDER = "tracker.order"

SOURCE_OPTIONS = ("source", "publisher", "headline", "quote", "published", "via", "archived")
"""The options that describe a source. ``--source``, or without it ``--publisher``, starts a new source."""

_SOURCE_FIELDS = {"source": "url", "headline": "title"}


class InOrder(click.Command):
    """A command that keeps the order in which its options were given."""

    def make_parser(self, ctx: click.Context) -> Any:
        parser = super().make_parser(ctx)
        parse = parser.parse_args

        def parse_in_order(args: list[str]) -> Any:
            values, rest, order = parse(args)
            ctx.meta[_ORDER] = [param.name for param in order]
            return values, rest, order

        parser.parse_args = parse_in_order  # type: ignore[method-assign]
        return parser


SPEAKER_OPTIONS = ("speaker", "quote", "to", "behalf", "role")
"""The options that describe a speaker of a statement. A second ``--speaker`` starts the next one."""


def grouped_speakers() -> list[dict[str, str]]:
    """Returns the speakers of a statement with their fields. The other options describe the ``--speaker`` before
    them; a quotation behind a source is not theirs. Raises UsageError."""
    ctx = click.get_current_context()
    values = {name: iter(ctx.params.get(name) or ()) for name in SPEAKER_OPTIONS}
    speakers: list[dict[str, str]] = [{}]
    has_sources = False
    for name in ctx.meta[_ORDER]:
        has_sources = has_sources or name in ("source", "publisher")
        if name not in values or (name == "quote" and has_sources):
            continue
        if name == "speaker" and "speaker" in speakers[-1]:
            speakers.append({})
        elif name in speakers[-1]:
            raise click.UsageError(f"{option_name(name)} was given twice for one speaker; put --speaker before it")
        speakers[-1][name] = next(values[name])
    return speakers


def grouped_sources(*, own_quote: bool) -> list[dict[str, str]]:
    """Returns the sources with their fields.

    ``--publisher`` and the other options describe the ``--source`` before them. If the type has a ``--quote`` of
    its own (``own_quote``), a quotation before the first source is not a source's. Raises UsageError.
    """
    ctx = click.get_current_context()
    values = {name: iter(ctx.params.get(name) or ()) for name in SOURCE_OPTIONS}
    sources: list[dict[str, str]] = []
    for name in ctx.meta[_ORDER]:
        if name not in values:
            continue
        value = next(values[name])
        field = _SOURCE_FIELDS.get(name, name)
        if name == "quote" and own_quote and not sources:
            continue
        if name == "source" or not sources or field in sources[-1]:
            _refuse_misplaced(name, sources)
            sources.append({field: value})
        else:
            sources[-1][field] = value
    return sources


def _refuse_misplaced(name: str, sources: list[dict[str, str]]) -> None:
    """Refuses an option that cannot start a source, or that probably describes the source before it."""
    if name == "source" and sources and "url" not in sources[-1]:
        raise click.UsageError("put --source before the --publisher and the rest of the same source")
    if name not in ("source", "publisher"):
        wrong = f"--{name} was given twice for one source" if sources else f"--{name} describes a source"
        raise click.UsageError(f"{wrong}: put it after its --source URL or --publisher")


def type_command(name: str, cls: type[Event], callback: Callable[..., None]) -> click.Command:
    """The command ``tracker add <name>``: its arguments, an option for each field of the type, and the common
    ones."""
    has_speakers = kind_of(cls, "also") == "sayings"
    own = [
        _option(field, several=has_speakers and field.name in SPEAKER_OPTIONS)
        for field in own_fields(cls)
        if field.kind != "sayings"
    ]
    names = {option.name for option in own}
    common = _common_options(own_quote="quote" in names)
    return click.command(
        name,
        cls=InOrder,
        params=[
            click.Argument(["story"], required=False, shell_complete=complete_story),
            click.Argument(["title"], required=False),
            *(option for option in own if option.name != "quote"),
            *(option for option in common if option.name not in names - {"quote"}),
            *_picture_options(names),
        ],
        help=cls.__doc__,
        short_help=short_help(cls),
        epilog=_title_note(cls),
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        options_metavar="[OPTIONS]",
    )(edit_option(record_options(callback)))


def _title_note(cls: type[Event]) -> str | None:
    """The note in the help on the title that is used if none is given; None if the type makes none."""
    defaults = " or ".join(f"“{sentence}”" for sentence in cls.sentences)
    return f"You can leave out TITLE; it is then {defaults}." if defaults else None


editor_option = click.option(
    "--editor", envvar="TRACKER_EDITOR", help="Your name as the editor. Default: the author in tracker.toml."
)
edit_option = click.option(
    "-e", "--edit", is_flag=True, help="Fill in a form in $EDITOR. It starts with the values that you give."
)


quiet_option = click.option(
    "--quiet", is_flag=True, help="Edit the entry in place, without a feed entry on the amendment. For typos."
)


def record_options(command: Callable[..., None]) -> Callable[..., None]:
    """Decorates the function of a command that records one event. The function gets --editor, --dry-run and --json
    as one argument (``How``), after the workspace."""

    @editor_option
    @click.option("--dry-run", is_flag=True,
                  help="Show what would change and what readers would get. Record nothing.")  # fmt: skip
    @json_option
    @wraps(command)
    def with_how(*, editor: str | None, dry_run: bool, as_json: bool, **options: Any) -> None:
        command(How(editor, dry_run, as_json), **options)

    return with_how


_METAVARS = {
    "date": "WHEN",
    "party": "PARTY",
    "parties": "PARTY",
    "ref": "STORY#N",
    "url": "URL",
    "money": "AMOUNT",
}
_COMPLETERS: dict[str, Completer] = {
    "party": complete_party,
    "parties": complete_party,
    "ref": complete_development,
}


def option_name(field: str) -> str:
    """``--fiscal-year`` for the field ``fiscal_year``, and ``--for`` for the party on whose behalf one speaks."""
    return "--for" if field == "behalf" else f"--{field.replace('_', '-')}"


def _option(field: Field, *, several: bool = False) -> click.Option:
    """A field as an option, which may be given ``several`` times. click does not require it, because on a terminal
    the command asks for it."""
    if field.kind == "flag":
        return click.Option([option_name(field.name), field.name], is_flag=True, help=_sentence(field.help))
    return click.Option(
        [option_name(field.name), field.name],
        multiple=several or field.kind == "parties" or field.name == "quote",
        metavar=_METAVARS.get(field.kind, "TEXT"),
        help=_sentence(field.help) + (" Required." if field.required else ""),
        shell_complete=_COMPLETERS.get(field.kind),
    )


def _common_options(*, own_quote: bool) -> list[click.Option]:
    whens = ", ".join(repr(example) for example in date_context.EXAMPLES[:4])
    quote = "That source's words, verbatim."
    if own_quote:
        quote = "The speaker's words, verbatim; after a --source, that source's."
    return [
        _text("occurred", "WHEN", f"When it occurred, as precisely as is known: {whens}."),
        _text("occurred-as", "TEXT", "The source's own words for that, such as 'last year'."),
        _text("body", "TEXT", "The text, in Markdown. With -, it is read from standard input."),
        _texts("party", "PARTY", "A party that is involved. Repeatable.", into="parties", complete=complete_party),
        _texts(
            "source", "URL", "The address of a source. Repeatable. The options down to --archived describe it."
        ),
        _texts("publisher", "NAME", "The publisher of that source."),
        _texts("headline", "TEXT", "That source's headline."),
        _texts("quote", "TEXT", quote),
        _texts("published", "WHEN", "When that source was published. Words such as 'last year' count from then."),
        _texts("via", "NAME", "The outlet whose reporting that source relies on."),
        _texts("archived", "URL", "An archived copy of that source."),
        _texts("figure", "FIGURE", f"'{figures.SYNTAX}'. Repeatable.", into="figures"),
        _texts(
            "closes",
            "STORY#N",
            "The development that this one ends, such as a suspension. Repeatable.",
            complete=complete_development,
        ),
        _texts(
            "see",
            "STORY#N",
            "A related development, also of another story. Repeatable.",
            complete=complete_development,
        ),
        _text(
            "closes-as", "HOW", "How the expectation that it ends came out: met (the default), missed, withdrawn."
        ),
        click.Option(["--key"], is_flag=True, help="It is one of the events that make the story."),
        _texts("tag", "TAG", "A word by which readers can follow it. Repeatable.", into="tags"),
        _text("place", "PLACE", "Where it occurred, such as 'Portland, Oregon'."),
        _text("at", "LAT,LON", "The latitude and longitude of the place, such as 45.5152,-122.6784."),
        click.Option(["--minor"], is_flag=True, help="Keep it out of the feeds."),
        click.Option(
            ["--backfill", "backfilled"], is_flag=True, help="It completes the story's past, and is no news."
        ),
    ]


PICTURE_OPTIONS = ("image", "alt", "credit", "caption")
"""The options that describe a picture. A type's own field of such a name has the option instead."""


def _picture_options(own: Set[str | None]) -> list[click.Option]:
    options = (
        click.Option(
            ["--image"],
            multiple=True,
            metavar="FILE",
            type=click.Path(),
            help="A picture of it: JPEG, PNG, WebP or GIF. Its metadata are not stored.",
        ),
        _texts("alt", "TEXT", "What the picture shows, for readers who cannot see it. Required with --image."),
        _texts("credit", "TEXT", "Who made the picture, or whose it is."),
        _texts("caption", "TEXT", "A sentence below the picture."),
    )
    return [option for option in options if option.name not in own]


def picture(options: Mapping[str, Any], own: Container[str]) -> dict[str, str]:
    """Returns the typed values of a picture; empty without one. ``own`` are the names of the type's own fields.
    Raises UsageError."""
    texts = {name: options[name] for name in PICTURE_OPTIONS if name not in own and options.get(name)}
    for name, given in texts.items():
        if len(given) > 1:
            raise click.UsageError(f"--{name} was given twice; a development has one picture")
        if not given[0].strip() and name in ("image", "alt"):
            raise click.UsageError(f"--{name} is empty")
    if not texts:
        return {}
    if "image" not in texts:
        raise click.UsageError(f"--{next(iter(texts))} describes a picture: name its file with --image")
    if "alt" not in texts:
        raise click.UsageError("missing: --alt (what the picture shows, for readers who cannot see it)")
    return {"file": texts.pop("image")[0], **{name: given[0] for name, given in texts.items()}}


def _text(name: str, metavar: str, help: str, complete: Completer | None = None) -> click.Option:
    return click.Option([f"--{name}"], metavar=metavar, help=help, shell_complete=complete)


def _texts(name: str, metavar: str, help: str, into: str = "", complete: Completer | None = None) -> click.Option:
    return click.Option(
        [f"--{name}", into or name], multiple=True, metavar=metavar, help=help, shell_complete=complete
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "." if text else ""


def given(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    """Returns the option's text; empty if it was left out. Raises BadInput for an empty text, because the caller
    meant to restrict something."""
    if value is not None and not value.strip():
        raise BadInput("is empty; write a date like 2024-12-31, or leave it out", field=param.opts[0])
    return value or ""


as_of_option = click.option(
    "--as-of",
    metavar="WHEN",
    callback=given,
    help="Only what had occurred by then. A date, such as 2023-12, or words, such as 'last month'.",
)


def spoken(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    """Returns a language tag; empty if it was left out. Raises BadInput for a language that tracker does not
    speak."""
    if value is None:
        return ""
    from tracker.wording.catalogue import LANGUAGES, primary

    if primary(value) not in LANGUAGES:
        spoken = ", ".join(LANGUAGES)
        raise BadInput(f"tracker does not speak {value!r}; give one of {spoken}", field=param.opts[0])
    return value


language_option = click.option(
    "--language",
    metavar="LANGUAGE",
    callback=spoken,
    help="The language of tracker's own words: ar, de, en, es or fr. By default that of the story.",
)
known_at_option = click.option(
    "--known-at",
    metavar="WHEN",
    callback=given,
    help="Only what was recorded by then. A date (in UTC), or an event such as #9.",
)


full_option = click.option("--full", is_flag=True, help="With --json: also the texts, sources and figures.")


def check_full(full: bool, as_json: bool) -> None:
    """Refuses --full without --json (UsageError): the text for people has no more to show."""
    if full and not as_json:
        raise click.UsageError("--full goes with --json; tracker export writes a story in full in other formats")
