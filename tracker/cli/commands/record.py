"""Commands that append: open, pin, unpin, append. ``add.py`` and ``amend.py`` have the others.

A command turns its options into typed values, which ``recording.py`` makes into a draft and records. If a value is
missing on a terminal, ``interactive/dialogs.py`` asks for it; with ``-e``, ``interactive/editor.py`` opens a form.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Sequence
from typing import Any

import click

from tracker.cli.commands import dialogs, forms
from tracker.cli.completion import complete_story
from tracker.cli.options import edit_option, editor_option, record_options
from tracker.cli.recording import How, Values, record, signed
from tracker.cli.terminal import bar, count, is_interactive, json_option, mention, pass_desk, say, say_json
from tracker.domain import values as event_values
from tracker.domain.events import NO_SOURCE, lacks_source
from tracker.errors import BadInput, together
from tracker.workspace.desk import Workspace
from tracker.workspace.recorder import RecordResult, refusal_of


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
        forms().fill_in(desk, "opened", story, typed, how)
    elif not (story and title) and is_interactive(how.as_json):
        dialogs().open_story(desk, story, typed, how)
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
