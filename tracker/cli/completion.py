"""Completions for a shell. They run at every press of Tab, so they are fast and print no errors.

If a completion fails, it offers nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from tracker.domain.events import Event, short_help
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.errors import BadInput, TrackerError, Unknown
from tracker.workspace.desk import Workspace

MOST = 1_000
"""The largest number of developments of one story that are offered."""

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def complete_story(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Returns the slugs of the stories."""
    return _safely(lambda: (_item(slug) for slug in _desk(ctx).log.streams(incomplete)))


def complete_development(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Returns slugs until only one story is left; then its developments, such as ``story#7``, with their
    titles."""
    return _safely(lambda: _developments(_desk(ctx), incomplete))


def complete_party(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Returns the parties in the desk's directory, and those of the story named earlier on the command line."""
    story = ctx.params.get("story") or next(iter(ctx.args), "")  # click has not parsed the arguments yet
    return _safely(lambda: _parties(_desk(ctx), story, incomplete))


def complete_type(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Returns the names of all event types."""
    return _types(ctx, incomplete, lambda glossary: glossary.types)


def complete_addable(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Returns the names of the types that ``tracker add`` records."""
    return _types(ctx, incomplete, lambda glossary: glossary.addable)


def _types(
    ctx: click.Context, incomplete: str, wanted: Callable[[Glossary], Mapping[str, type[Event]]]
) -> list[CompletionItem]:
    types = _safely(lambda: iter(wanted(_desk(ctx).log.glossary).items())) or list(wanted(BUILT_IN).items())
    return [_item(name, help=short_help(cls)) for name, cls in types if name.startswith(incomplete)]


def _desk(ctx: click.Context) -> Workspace:
    from tracker.cli.terminal import workspace

    return workspace(ctx)


def _developments(desk: Workspace, incomplete: str) -> Iterator[CompletionItem]:
    slug, hash, _ = incomplete.partition("#")
    slugs = [slug] if hash else desk.log.streams(slug)
    if len(slugs) != 1:
        yield from (_item(each) for each in slugs)
        return
    for development in desk.story(slugs[0]).developments[: -MOST - 1 : -1]:
        name = f"{slugs[0]}#{development.seq}"
        if name.startswith(incomplete):
            yield _item(name, help=development.title)


def _parties(desk: Workspace, slug: str, incomplete: str) -> Iterator[CompletionItem]:
    named = dict.fromkeys(desk.directory.parties)
    if slug:
        with contextlib.suppress(Unknown, BadInput):
            for event in desk.log.read(slug):
                named.update(dict.fromkeys(getattr(event, "parties", ())))
    start = incomplete.casefold()
    return (_item(party) for party in named if party.casefold().startswith(start))


def _item(value: str, help: str | None = None) -> CompletionItem:
    from click.shell_completion import CompletionItem  # an import costs time, and an append needs none of it

    return CompletionItem(value, help=help)


def _safely(offer: Callable[[], Iterator[Any]]) -> list[Any]:
    try:
        return list(offer())
    except (TrackerError, OSError):
        return []
